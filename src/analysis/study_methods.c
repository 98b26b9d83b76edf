/* The order and the kinds of methods, by the tables that declare them. */
#include <string.h>

#include <purebank/audit.h>
#include <purebank/purify.h>

#include "analysis/study.h"

/* What assurance does to a bank (method 7), besides audits. */
static const char *const actions[] = {"clean",    "audit_remove", "audit_recapture", "oracle_remove",
                                      "base_knn", "base_lof",     "base_iforest"};

enum { AFTER = 1000 }; /* more than any table has */

static int64_t purification_place(const char *rule)
{
    int64_t n;
    const pb_purify_method *methods = pb_purify_methods(&n);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(methods[i].name, rule) == 0)
            return i;
    return -1;
}

int64_t pb_study_method_place(const char *rule)
{
    int64_t n;
    const pb_audit_rule *rules = pb_audit_study_rules(&n);
    const int64_t purification = purification_place(rule);
    if (purification >= 0)
        return purification;
    for (int64_t i = 0; i < (int64_t)(sizeof actions / sizeof *actions); i++)
        if (strcmp(actions[i], rule) == 0)
            return 2 * AFTER + i;
    for (int64_t i = 0; i < n; i++)
        if (strcmp(rules[i].name, rule) == 0)
            return AFTER + i;
    return 3 * AFTER;
}

bool pb_study_is_purification(const char *rule)
{
    return purification_place(rule) >= 0;
}

bool pb_study_is_told(const char *rule)
{
    int64_t n;
    const pb_purify_method *methods = pb_purify_methods(&n);
    const size_t length = strlen(rule), ending = strlen("_known_c");
    for (int64_t i = 0; i < n; i++)
        if ((methods[i].needs & (PB_NEEDS_SHARE | PB_NEEDS_TRUTH)) && strcmp(methods[i].name, rule) == 0)
            return true;
    return strcmp(rule, "clean") == 0 || strncmp(rule, "oracle", strlen("oracle")) == 0 ||
           (length >= ending && strcmp(rule + length - ending, "_known_c") == 0);
}
