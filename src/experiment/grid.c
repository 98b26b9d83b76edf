#include "experiment/grid.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/audit.h>
#include <purebank/purify.h>

#include "base/memory.h"

enum { MAX_VALUES = 10000, MAX_ITEM_BYTES = 64 };

/* The next item of a list "a,b,c" as text of its own; false behind the last. */
static bool next_item(const char **list, char item[MAX_ITEM_BYTES])
{
    if (!**list)
        return false;
    const size_t length = strcspn(*list, ",");
    snprintf(item, MAX_ITEM_BYTES, "%.*s", (int)(length < MAX_ITEM_BYTES ? length : MAX_ITEM_BYTES - 1), *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static int64_t count_items(const char *list)
{
    char item[MAX_ITEM_BYTES];
    int64_t n = 0;
    while (next_item(&list, item))
        n++;
    return n;
}

static pb_status bad_item(const char *what, const char *item, const char *expected)
{
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: '%s' is not %s", what, item, expected);
}

/* ---- Whole numbers ---------------------------------------------------------------------------------------------- */

static pb_status push_int(pb_int_list *list, int64_t value, int64_t capacity)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->value[i] == value)
            return PB_STATUS_OK;
    if (list->n == capacity)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "a list of more than %" PRId64 " numbers", capacity);
    list->value[list->n++] = value;
    return PB_STATUS_OK;
}

/* "7" or "0-4" */
static bool parse_range(const char *item, int64_t low, int64_t high, int64_t *first, int64_t *last)
{
    char *end;
    errno = 0;
    *first = *last = strtoll(item, &end, 10);
    if (end == item || errno)
        return false;
    if (*end == '-') {
        const char *second = end + 1;
        *last = strtoll(second, &end, 10);
        if (end == second)
            return false;
    }
    return !*end && !errno && *first >= low && *last <= high && *first <= *last;
}

static pb_status parse_ints(const char *what, const char *text, int64_t low, int64_t high, pb_int_list *out)
{
    char item[MAX_ITEM_BYTES], expected[96];
    PB_TRY(PB_NEW_UNINITIALISED(out->value, MAX_VALUES));
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64 ", or a range such as 0-4", low,
             high);
    while (next_item(&text, item)) {
        int64_t first, last;
        if (!parse_range(item, low, high, &first, &last))
            return bad_item(what, item, expected);
        for (int64_t value = first; value <= last; value++)
            PB_TRY(push_int(out, value, MAX_VALUES));
    }
    PB_CHECK_ARG(out->n > 0, "%s: the list is empty", what);
    return PB_STATUS_OK;
}

/* ---- Real numbers ----------------------------------------------------------------------------------------------- */

static void push_real(pb_real_list *list, double value)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->value[i] == value)
            return;
    list->value[list->n++] = value;
}

static pb_status parse_reals(const char *what, const char *text, double low, double high, pb_real_list *out)
{
    char item[MAX_ITEM_BYTES], expected[64];
    PB_TRY(PB_NEW(out->value, count_items(text)));
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    while (next_item(&text, item)) {
        char *end;
        const double value = strtod(item, &end);
        if (end == item || *end || !(value >= low && value <= high))
            return bad_item(what, item, expected);
        push_real(out, value);
    }
    PB_CHECK_ARG(out->n > 0, "%s: the list is empty", what);
    return PB_STATUS_OK;
}

/* ---- Methods ---------------------------------------------------------------------------------------------------- */

pb_status pb_treatments_push(pb_treatment_list *list, pb_treatment treatment)
{
    for (int64_t i = 0; i < list->n; i++)
        if (strcmp(list->value[i].name, treatment.name) == 0 && list->value[i].audit_k == treatment.audit_k)
            return PB_STATUS_OK;
    if (list->n == list->capacity) {
        const int64_t capacity = list->capacity ? 2 * list->capacity : 32;
        pb_treatment *larger = pb_realloc(list->value, (size_t)capacity, sizeof *larger);
        if (!larger)
            return PB_STATUS_NO_MEMORY;
        list->value = larger;
        list->capacity = capacity;
    }
    list->value[list->n++] = treatment;
    return PB_STATUS_OK;
}

/* An audit with each multiplier that the studies tried. */
static pb_status push_rule(const pb_method *rule, pb_treatment_list *list)
{
    if (!(rule->takes & PB_TAKES_MULTIPLIER))
        return pb_treatments_push(list, (pb_treatment){.name = rule->name});
    for (int64_t i = 0; i < rule->n_published_multipliers; i++)
        PB_TRY(pb_treatments_push(list, (pb_treatment){.name = rule->name, .audit_k = rule->published_multipliers[i]}));
    return PB_STATUS_OK;
}

static pb_status push_purification(const pb_method *method, pb_treatment_list *out)
{
    return pb_treatments_push(out, (pb_treatment){.name = method->name, .purify = method});
}

static pb_status push_all(pb_treatment_list *out)
{
    int64_t n;
    const pb_method *const *methods = pb_purify_methods(&n);
    for (int64_t i = 0; i < n; i++)
        PB_TRY(push_purification(methods[i], out));
    return PB_STATUS_OK;
}

static pb_status push_listed(pb_method_list list, pb_treatment_list *out)
{
    const pb_method **methods;
    const int64_t n = pb_methods_listed(list, NULL, 0);
    pb_status status = PB_NEW(methods, n);
    if (status != PB_STATUS_OK)
        return status;
    pb_methods_listed(list, methods, n);
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        status = push_purification(methods[i], out);
    pb_free(methods);
    return status;
}

static pb_status push_named(const char *name, bool audits, pb_treatment_list *out)
{
    const pb_method *method = NULL, *rule = audits ? pb_method_find(PB_METHOD_AUDIT, name) : NULL;
    if (rule)
        return push_rule(rule, out);
    if (pb_purify_method_find(name, &method) != PB_STATUS_OK)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s; or one of fast, core, extended, all%s", pb_error_message(),
                       audits ? "; or an audit rule" : "");
    return push_purification(method, out);
}

/* @param name "all": all of them */
static pb_status push_assurance(const char *name, pb_treatment_list *out)
{
    enum { MOST = 64 };
    const pb_method *methods[MOST];
    char known[512] = "";
    bool found = false;
    const int64_t n = pb_methods_listed(PB_LIST_ASSURANCE, methods, MOST);
    for (int64_t i = 0; i < n; i++) {
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, ", %s", methods[i]->name);
        if (strcmp(name, "all") != 0 && strcmp(name, methods[i]->name) != 0)
            continue;
        found = true;
        PB_TRY(pb_treatments_push(out, (pb_treatment){.name = methods[i]->name, .assurance = methods[i]}));
    }
    if (!found)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no method \"%s\" of assurance; there are all%s", name, known);
    return PB_STATUS_OK;
}

static pb_status parse_assurance(const char *text, pb_treatment_list *out)
{
    char item[MAX_ITEM_BYTES];
    while (next_item(&text, item))
        PB_TRY(push_assurance(item, out));
    PB_CHECK_ARG(out->n > 0, "the list of methods is empty");
    return PB_STATUS_OK;
}

pb_status pb_treatments_parse(const char *text, bool audits, pb_treatment_list *out)
{
    static const struct {
        const char *name;
        pb_method_list list;
    } tiers[] = {{"fast", PB_LIST_FAST}, {"core", PB_LIST_CORE}, {"extended", PB_LIST_EXTENDED}};
    char item[MAX_ITEM_BYTES];
    if (strcmp(text, "all") == 0)
        return push_all(out);
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
        if (strcmp(text, tiers[i].name) == 0)
            return push_listed(tiers[i].list, out);
    while (next_item(&text, item))
        PB_TRY(push_named(item, audits, out));
    PB_CHECK_ARG(out->n > 0, "the list of methods is empty");
    return PB_STATUS_OK;
}

/* ---- The grid --------------------------------------------------------------------------------------------------- */

static const char *first_of(const char *asked, const char *debug, const char *published)
{
    return asked ? asked : debug ? debug : published;
}

static pb_status fill(const pb_experiment_run *run, const pb_experiment_options *options, pb_grid *grid)
{
    const bool debug = options->debug;
    PB_TRY(
        parse_ints("limits", first_of(options->limits, debug ? "10" : NULL, run->limits), 2, INT32_MAX, &grid->limits));
    PB_TRY(parse_ints("seeds", first_of(options->seeds, debug ? "0" : NULL, run->seeds), 0, PB_SEED_MAX, &grid->seeds));
    PB_TRY(parse_ints("knn-k", first_of(options->ks, NULL, run->ks), 1, 10000, &grid->ks));
    PB_TRY(parse_reals("contamination", first_of(options->contamination, debug ? "0,0.2" : NULL, run->contamination), 0,
                       1, &grid->contamination));
    PB_TRY(
        parse_reals("percentile", first_of(options->percentiles, NULL, run->percentiles), 0, 100, &grid->percentiles));
    PB_CHECK_ARG(!(run->audits || run->assurance) || grid->percentiles.n == 1,
                 "%s: its file has no column for the percentile: give one", run->name);
    PB_CHECK_ARG(!run->assurance || grid->ks.n == 1, "%s: its file has no column for K: give one", run->name);
    const char *methods = first_of(options->methods, NULL, run->methods);
    return run->assurance ? parse_assurance(methods, &grid->methods)
                          : pb_treatments_parse(methods, run->audits, &grid->methods);
}

pb_status pb_grid_new(const pb_experiment_run *run, const pb_experiment_options *options, pb_grid *out)
{
    pb_grid grid = {.n_setups = 1, .setup = {PB_SETUP_DISJOINT, PB_SETUP_SHARED}};
    if (run->audits && !options->setup)
        grid.n_setups = 2;
    pb_status status = options->setup ? pb_setup_parse(options->setup, &grid.setup[0]) : PB_STATUS_OK;
    if (status == PB_STATUS_OK)
        status = fill(run, options, &grid);
    if (status == PB_STATUS_OK)
        *out = grid;
    else
        pb_grid_free(&grid);
    return status;
}

void pb_grid_free(pb_grid *grid)
{
    pb_free(grid->limits.value);
    pb_free(grid->seeds.value);
    pb_free(grid->ks.value);
    pb_free(grid->contamination.value);
    pb_free(grid->percentiles.value);
    pb_free(grid->methods.value);
    *grid = (pb_grid){.n_setups = 0};
}
