/* The order and the kinds of methods, by the catalogue that declares them. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/parse.h"

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

/* Files tell rule and multiplier in two columns; tables have them as one name. */
static const char multiplier_mark[] = " k";

pb_status pb_study_name_method(const char *rule, double k, char *out, size_t size)
{
    /* Published values have one decimal: "k1.0". */
    const int length = snprintf(out, size, k * 10 == round(k * 10) ? "%s%s%.1f" : "%s%s%.9g", rule, multiplier_mark, k);
    return length >= 0 && (size_t)length < size
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_LIMIT, "the name of the method \"%.100s\" is too long", rule);
}

const pb_method *pb_study_method(const char *name, double *out_multiplier)
{
    const char *mark = strstr(name, multiplier_mark);
    char rule[64] = "";
    if (out_multiplier) {
        *out_multiplier = 0;
        if (mark)
            (void)pb_item_real(pb_item_of(mark + strlen(multiplier_mark)), 0, DBL_MAX, out_multiplier);
    }
    if (!mark)
        return pb_method_of_results(name);
    if ((size_t)(mark - name) < sizeof rule)
        memcpy(rule, name, (size_t)(mark - name));
    return pb_method_of_results(rule);
}

void pb_study_method_label(const char *name, char *out, size_t size)
{
    double k;
    const pb_method *method = pb_study_method(name, &k);
    if (method && k > 0)
        snprintf(out, size, "%s, k %g", method->label, k);
    else
        snprintf(out, size, "%s", method ? method->label : name);
}

int64_t pb_study_method_place(const char *rule)
{
    static const int64_t start[] = {
        [PB_METHOD_PURIFICATION] = 0, [PB_METHOD_AUDIT] = AFTER, [PB_METHOD_ASSURANCE] = 2 * AFTER};
    const pb_method *method = pb_method_of_results(rule);
    return method ? start[method->kind] + place_among(method->kind, method) : 3 * AFTER;
}

bool pb_study_is_told(const char *name)
{
    const pb_method *method = pb_study_method(name, NULL);
    return method && pb_method_is_told(method);
}

int64_t pb_study_methods_named(const pb_study *study, const char *name, size_t length, const char **out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    int64_t n = 0;
    for (int64_t m = 0; m < contents->n_methods; m++) {
        const char *method = contents->methods[m];
        if (strncmp(method, name, length) == 0 &&
            (!method[length] || strncmp(method + length, multiplier_mark, strlen(multiplier_mark)) == 0))
            out[n++] = method;
    }
    return n;
}
