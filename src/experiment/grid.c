#include "experiment/grid.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/audit.h>
#include <purebank/purify.h>

#include "base/memory.h"
#include "base/parse.h"

enum { MAX_ITEM_BYTES = 64 };

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
    while (pb_list_next_text(&text, item, sizeof item))
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
    while (pb_list_next_text(&text, item, sizeof item))
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
    const char *limits = first_of(options->limits, debug ? "10" : NULL, run->limits);
    const char *seeds = first_of(options->seeds, debug ? "0" : NULL, run->seeds);
    const char *contamination = first_of(options->contamination, debug ? "0,0.2" : NULL, run->contamination);
    const char *percentiles = first_of(options->percentiles, NULL, run->percentiles);
    PB_TRY(pb_parse_integers("limits", limits, 2, INT32_MAX, &grid->limits.value, &grid->limits.n));
    PB_TRY(pb_parse_integers("seeds", seeds, 0, PB_SEED_MAX, &grid->seeds.value, &grid->seeds.n));
    PB_TRY(pb_parse_integers("knn-k", first_of(options->ks, NULL, run->ks), 1, 10000, &grid->ks.value, &grid->ks.n));
    PB_TRY(pb_parse_shares("contamination", contamination, 0, 1, &grid->contamination.value, &grid->contamination.n));
    PB_TRY(pb_parse_reals("percentile", percentiles, 0, 100, &grid->percentiles.value, &grid->percentiles.n));
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
