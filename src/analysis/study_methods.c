/* The order and the kinds of methods, by the catalogue that declares them. */
#include <purebank/catalog.h>

#include "analysis/study.h"

enum { AFTER = 1000 }; /* more than any table has */

static int64_t place_among(pb_method_kind kind, const pb_method *method)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(kind, &n);
    for (int64_t i = 0; i < n; i++)
        if (methods[i] == method)
            return i;
    return n;
}

int64_t pb_study_method_place(const char *rule)
{
    static const int64_t start[] = {
        [PB_METHOD_PURIFICATION] = 0, [PB_METHOD_AUDIT] = AFTER, [PB_METHOD_ASSURANCE] = 2 * AFTER};
    const pb_method *method = pb_method_of_results(rule);
    return method ? start[method->kind] + place_among(method->kind, method) : 3 * AFTER;
}

bool pb_study_is_purification(const char *rule)
{
    return pb_method_find(PB_METHOD_PURIFICATION, rule) != NULL;
}

bool pb_study_is_told(const char *rule)
{
    const pb_method *method = pb_method_of_results(rule);
    return method && pb_method_is_told(method);
}
