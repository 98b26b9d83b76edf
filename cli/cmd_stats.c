/* purebank stats: what a study concludes, from its result files alone. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <purebank/purebank.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/product.h"
#include "base/words.h"
#include "hints.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "stats_slices.h"
#include "studies.h"
#include "terminal.h"

typedef struct stats_run {
    const cli_settings *settings;
    pb_study *study;
    const pb_study_contents *contents;
    int64_t n_limits, n_contaminations, n_methods; /* asked for; 0: none */
    int64_t *limits;
    double *contaminations;
    const char **methods;
    int64_t n_slices;
    cli_slice *slice;
} stats_run;

/* ---- Lists -------------------------------------------------------------------------------------------------------- */

static bool is_chosen(const stats_run *run, const char *method)
{
    for (int64_t i = 0; i < run->n_methods; i++)
        if (run->methods[i] == method)
            return true;
    return false;
}

static pb_status add_methods(stats_run *run, const char *name)
{
    const int64_t before = run->n_methods;
    const char **named;
    PB_TRY(PB_NEW(named, run->contents->n_methods));
    const int64_t n = pb_study_methods_named(run->study, name, strlen(name), named);
    for (int64_t i = 0; i < n; i++)
        if (!is_chosen(run, named[i]))
            run->methods[run->n_methods++] = named[i];
    pb_free(named);
    if (run->n_methods > before)
        return PB_STATUS_OK;
    char known[512] = "";
    for (int64_t m = 0; m < run->contents->n_methods; m++)
        pb_words_list(known, sizeof known, run->contents->methods[m]);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "the results have no method '%s' (or it is named twice); they have %s", name,
                   known);
}

static pb_status parse_methods(stats_run *run)
{
    char item[128];
    const char *text = run->settings->methods;
    PB_TRY(PB_NEW(run->methods, run->contents->n_methods));
    while (pb_item_next_text(&text, item, sizeof item))
        PB_TRY(add_methods(run, item));
    return run->n_methods > 0 ? PB_STATUS_OK : pb_fail(PB_STATUS_BAD_ARGUMENT, "--methods names nothing");
}

static pb_status read_lists(stats_run *run)
{
    PB_TRY(pb_parse_shares("--contamination", run->settings->contaminations, 0, 1, &run->contaminations,
                           &run->n_contaminations));
    if (run->settings->limits)
        PB_TRY(pb_parse_integers("--limits", run->settings->limits, 1, INT32_MAX, &run->limits, &run->n_limits));
    return run->settings->methods ? parse_methods(run) : PB_STATUS_OK;
}

/* ---- Slices ------------------------------------------------------------------------------------------------------- */

/* The N asked for; else those that are usually pooled. */
static pb_status choose_limits(const stats_run *run, cli_slice *slice)
{
    pb_study_slice *rows = &slice->question.slice;
    PB_TRY(PB_NEW(slice->limits, run->n_limits + run->contents->n_limits));
    for (int64_t i = 0; i < run->n_limits; i++)
        slice->limits[i] = run->limits[i];
    rows->n_limits = run->n_limits > 0 ? run->n_limits : pb_study_pooled_limits(run->study, rows, NULL, slice->limits);
    rows->limits = slice->limits;
    return PB_STATUS_OK;
}

static void name_slice(const stats_run *run, cli_slice *slice)
{
    const pb_study_slice *rows = &slice->question.slice;
    const bool named = rows->detector && *rows->detector; /* beside rows of detectors, others have none */
    char limits[128] = "", *name = slice->name;
    if (run->n_limits > 0)
        cli_slice_limits(slice, "-", limits, sizeof limits);
    snprintf(name, sizeof slice->name, "%s%s%.64s%s%.100s_c%g_%s", pb_setup_name(rows->setup), named ? "_" : "",
             named ? rows->detector : "", *limits ? "_n" : "", limits, rows->contamination,
             slice->question.exclude_loco ? "no_loco" : "all");
    for (; *name; name++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", *name))
            *name = '-';
}

/* File systems that ignore case are no rarity. */
static bool is_named_before(const stats_run *run, const cli_slice *slice)
{
    for (const cli_slice *other = run->slice; other < slice; other++)
        if (strcasecmp(other->name, slice->name) == 0)
            return true;
    return false;
}

/* Detectors "a/b" and "a b" give one name: the second gets a number, since one's files must not replace the other's. */
static void make_name_unique(const stats_run *run, cli_slice *slice)
{
    const size_t length = strlen(slice->name);
    for (int number = 2; is_named_before(run, slice); number++)
        snprintf(slice->name + length, sizeof slice->name - length, "-%d", number);
}

/* Adds the answers about a slice, unless the results have none. */
static pb_status add_slice(stats_run *run, const pb_study_slice *rows, bool exclude_loco)
{
    if (cli_interrupted())
        return pb_fail(PB_STATUS_CANCELLED, "interrupted");
    cli_slice *slice = &run->slice[run->n_slices++]; /* freed with the others whatever happens */
    slice->question = (pb_study_question){.size = sizeof slice->question,
                                          .slice = *rows,
                                          .exclude_loco = exclude_loco,
                                          .methods = run->methods,
                                          .n_methods = run->n_methods};
    PB_TRY(choose_limits(run, slice));
    name_slice(run, slice);
    make_name_unique(run, slice);
    const pb_status status = slice->question.slice.n_limits > 0 || run->n_limits > 0
                                 ? cli_slice_answer(run->study, slice)
                                 : pb_fail(PB_STATUS_MISMATCH, "there are no results of setup %s with c %g",
                                           pb_setup_name(rows->setup), rows->contamination);
    if (status != PB_STATUS_MISMATCH)
        return status;
    cli_warn("%s", cli_error_message());
    cli_slice_free(slice);
    *slice = (cli_slice){0};
    run->n_slices--;
    return PB_STATUS_OK;
}

static pb_status add_with_and_without_loco(stats_run *run, const pb_study_slice *rows)
{
    bool has_loco = false, has_others = false;
    for (int64_t d = 0; d < run->contents->n_datasets; d++) {
        const bool is_loco = pb_study_is_loco(run->contents->datasets[d]);
        has_loco = has_loco || is_loco;
        has_others = has_others || !is_loco;
    }
    const int64_t before = run->n_slices;
    if (!run->settings->exclude_loco)
        PB_TRY(add_slice(run, rows, false));
    if (!run->settings->exclude_loco && run->n_slices == before) /* fewer categories say no more */
        return PB_STATUS_OK;
    return run->settings->exclude_loco || (has_loco && has_others) ? add_slice(run, rows, true) : PB_STATUS_OK;
}

static pb_status add_slices(stats_run *run)
{
    const pb_study_contents *c = run->contents;
    PB_TRY(PB_NEW_PRODUCT(run->slice, 2, c->n_setups, c->n_detectors, run->n_contaminations));
    for (int64_t s = 0; s < c->n_setups; s++)
        for (int64_t d = 0; d < c->n_detectors; d++)
            for (int64_t i = 0; i < run->n_contaminations; i++) {
                const pb_study_slice rows = {.setup = c->setups[s],
                                             .contamination = run->contaminations[i],
                                             .detector =
                                                 *c->detectors[d] || c->n_detectors > 1 ? c->detectors[d] : NULL};
                PB_TRY(add_with_and_without_loco(run, &rows));
            }
    return run->n_slices > 0 ? PB_STATUS_OK
                             : pb_fail(PB_STATUS_MISMATCH,
                                       "the results answer nothing that was asked (of the rows with K %d and q %d)",
                                       PB_DEFAULT_K, PB_DEFAULT_PERCENTILE);
}

/* ---- Files -------------------------------------------------------------------------------------------------------- */

static pb_status file_path(const stats_run *run, const char *kind, const char *name, const char *ending, char **out)
{
    char file[CLI_SLICE_NAME_BYTES + 64];
    snprintf(file, sizeof file, "%s%s%s%s", kind, *name ? "_" : "", name, ending);
    PB_TRY(pb_path_join(run->settings->output, file, out));
    const pb_status status =
        cli_check_overwrite((const char *const *)out, 1, run->settings->arguments, run->settings->n_arguments);
    if (status != PB_STATUS_OK) {
        pb_free(*out);
        *out = NULL;
    }
    return status;
}

static pb_status write_summary(const cli_slice *slice, const char *path)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    const pb_status status = cli_slice_write_text(slice, writer);
    if (status == PB_STATUS_OK)
        return pb_writer_commit(writer);
    pb_writer_abort(writer);
    return status;
}

static pb_status write_one(const stats_run *run, const cli_slice *slice, const char *kind, const char *ending,
                           pb_status (*write)(const cli_slice *, const char *))
{
    char *path;
    PB_TRY(file_path(run, kind, slice->name, ending, &path));
    const pb_status status = write(slice, path);
    pb_free(path);
    return status;
}

static json_t *to_json(const stats_run *run)
{
    json_t *inputs = json_array(), *slices = json_array();
    bool ok = inputs && slices;
    for (int i = 0; ok && i < run->settings->n_arguments; i++)
        ok = json_array_append_new(inputs, pb_json_lossy_string(run->settings->arguments[i])) == 0;
    for (int64_t i = 0; ok && i < run->n_slices; i++)
        ok = json_array_append_new(slices, cli_slice_to_json(&run->slice[i])) == 0;
    if (ok)
        return json_pack("{s:s, s:o, s:I, s:o}", "purebank", pb_version(), "inputs", inputs, "rows",
                         (json_int_t)run->contents->n_rows, "slices", slices);
    json_decref(inputs);
    json_decref(slices);
    return NULL;
}

static pb_status write_files(const stats_run *run)
{
    char *path;
    PB_TRY(cli_make_folder(run->settings->output));
    for (int64_t i = 0; i < run->n_slices; i++) {
        const cli_slice *slice = &run->slice[i];
        if (slice->has_ranking)
            PB_TRY(write_one(run, slice, "rankings", ".csv", cli_slice_write_rankings));
        if (slice->has_comparisons)
            PB_TRY(write_one(run, slice, "wilcoxon", ".csv", cli_slice_write_wilcoxon));
        PB_TRY(write_one(run, slice, "summary", ".txt", write_summary));
    }
    PB_TRY(file_path(run, "stats", "", ".json", &path));
    const pb_status status = cli_write_json(to_json(run), path);
    pb_free(path);
    return status;
}

static pb_status say_all(const stats_run *run)
{
    for (int64_t i = 0; i < run->n_slices && cli_is_talking(); i++) {
        PB_TRY(cli_slice_write_text(&run->slice[i], NULL));
        cli_blank_line();
    }
    cli_say("%lld rows of %d file%s: %s", (long long)run->contents->n_rows, run->settings->n_arguments,
            run->settings->n_arguments == 1 ? "" : "s", cli_path(run->settings->output));
    return PB_STATUS_OK;
}

static pb_status run_stats(stats_run *run)
{
    pb_study_setups setups = PB_STUDY_ONE_SETUP;
    if (run->settings->setup)
        PB_TRY(pb_study_setups_parse(run->settings->setup, &setups));
    PB_TRY(pb_study_read(run->settings->arguments, run->settings->n_arguments, setups, &run->study));
    run->contents = pb_study_get_contents(run->study);
    cli_warn_assumed_setup(run->contents);
    PB_TRY(read_lists(run));
    PB_TRY(add_slices(run));
    PB_TRY(write_files(run));
    return say_all(run);
}

int cli_stats(const cli_settings *settings)
{
    stats_run run = {.settings = settings};
    if (!settings->output)
        return cli_usage_error("stats needs a folder to write to: -o DIR");
    const pb_status status = run_stats(&run);
    for (int64_t i = 0; i < run.n_slices; i++)
        cli_slice_free(&run.slice[i]);
    pb_free(run.slice);
    pb_free(run.limits);
    pb_free(run.contaminations);
    pb_free(run.methods);
    pb_study_free(run.study);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
