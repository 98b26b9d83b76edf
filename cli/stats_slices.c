#include "stats_slices.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/words.h"
#include "hints.h"
#include "io/csv.h"
#include "io/json_fields.h"

static pb_status keep_reason(pb_status status, char reason[CLI_SLICE_REASON_BYTES])
{
    if (status == PB_STATUS_MISMATCH)
        snprintf(reason, CLI_SLICE_REASON_BYTES, "%s", cli_error_message());
    return status == PB_STATUS_MISMATCH ? PB_STATUS_OK : status;
}

pb_status cli_slice_answer(const pb_study *study, cli_slice *slice)
{
    pb_status status = pb_study_rank(study, &slice->question, &slice->ranking);
    slice->has_ranking = status == PB_STATUS_OK;
    PB_TRY(keep_reason(status, slice->no_ranking));
    status = pb_study_compare(study, &slice->question, &slice->comparisons);
    slice->has_comparisons = status == PB_STATUS_OK;
    PB_TRY(keep_reason(status, slice->no_comparisons));
    return slice->has_ranking || slice->has_comparisons ? PB_STATUS_OK : status;
}

void cli_slice_free(cli_slice *slice)
{
    pb_study_ranking_free(&slice->ranking);
    pb_study_comparisons_free(&slice->comparisons);
    pb_free(slice->limits);
    slice->limits = NULL;
}

void cli_slice_limits(const cli_slice *slice, const char *between, char *out, size_t size)
{
    pb_words_of_integers(slice->limits, slice->question.slice.n_limits, between, between, out, size);
}

/* ---- CSV ---------------------------------------------------------------------------------------------------------- */

static pb_status put_text(pb_writer *writer, const char *text)
{
    return pb_csv_text(writer, false, ';', text);
}

/* What cannot be told is empty. */
static pb_status put_number(pb_writer *writer, double value)
{
    return isnan(value) ? put_text(writer, "") : pb_csv_number(writer, false, ';', value);
}

static pb_status put_numbers(pb_writer *writer, const double *values, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        PB_TRY(put_number(writer, values[i]));
    return PB_STATUS_OK;
}

static pb_status put_header(pb_writer *writer, const char *const *names, int64_t n)
{
    static const char *const slice[] = {"detector", "train_limits", "contamination_rate", "categories"};
    PB_TRY(pb_csv_text(writer, true, ';', "setup"));
    for (size_t i = 0; i < sizeof slice / sizeof *slice; i++)
        PB_TRY(put_text(writer, slice[i]));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(put_text(writer, names[i]));
    return PB_STATUS_OK;
}

/* The columns that say what a row is about. */
static pb_status put_slice(pb_writer *writer, const cli_slice *slice)
{
    char limits[256];
    cli_slice_limits(slice, "+", limits, sizeof limits);
    PB_TRY(pb_csv_text(writer, true, ';', pb_setup_name(slice->question.slice.setup)));
    PB_TRY(put_text(writer, slice->question.slice.detector ? slice->question.slice.detector : ""));
    PB_TRY(put_text(writer, limits));
    PB_TRY(put_number(writer, slice->question.slice.contamination));
    return put_text(writer, slice->question.exclude_loco ? "no_loco" : "all");
}

static pb_status put_rankings(pb_writer *writer, const cli_slice *slice)
{
    static const char *const names[] = {
        "n", "method", "mean_rank", "mean_auroc", "friedman_chi2", "friedman_p", "critical_difference"};
    const pb_study_ranking *ranking = &slice->ranking;
    const int64_t *order = ranking->order;
    char name[CLI_SLICE_NAME_BYTES];
    PB_TRY(put_header(writer, names, sizeof names / sizeof *names));
    for (int64_t i = 0; i < ranking->k; i++) {
        snprintf(name, sizeof name, "nemenyi_p_%s", ranking->methods[order[i]]);
        PB_TRY(put_text(writer, name));
    }
    PB_TRY(pb_csv_end_row(writer));
    for (int64_t i = 0; i < ranking->k; i++) {
        const int64_t m = order[i];
        const double values[] = {ranking->mean_ranks[m], ranking->means[m], ranking->friedman.chi2, ranking->friedman.p,
                                 ranking->cd};
        PB_TRY(put_slice(writer, slice));
        PB_TRY(put_number(writer, (double)ranking->n));
        PB_TRY(put_text(writer, ranking->methods[m]));
        PB_TRY(put_numbers(writer, values, sizeof values / sizeof *values));
        for (int64_t j = 0; j < ranking->k; j++)
            PB_TRY(put_number(writer, ranking->p[m * ranking->k + order[j]]));
        PB_TRY(pb_csv_end_row(writer));
    }
    return PB_STATUS_OK;
}

static pb_status end(pb_writer *writer, pb_status status)
{
    if (status == PB_STATUS_OK)
        return pb_writer_commit(writer);
    pb_writer_abort(writer);
    return status;
}

pb_status cli_slice_write_rankings(const cli_slice *slice, const char *path)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    return end(writer, put_rankings(writer, slice));
}

static pb_status put_comparison(pb_writer *writer, const cli_slice *slice, const pb_study_comparison *c)
{
    const double first[] = {(double)c->effect.n, c->effect.mean, c->effect.baseline, c->effect.gain,
                            c->ci_low,           c->ci_high,     c->wilcoxon.w,      c->wilcoxon.p};
    const double last[] = {c->a12,
                           (double)c->effect.wins,
                           (double)c->effect.ties,
                           (double)c->effect.losses,
                           (double)c->effect.n_clean,
                           c->effect.clean,
                           c->effect.clean_penalty,
                           c->effect.recovery};
    PB_TRY(put_slice(writer, slice));
    PB_TRY(put_text(writer, c->method));
    PB_TRY(put_numbers(writer, first, sizeof first / sizeof *first));
    PB_TRY(put_text(writer, pb_wilcoxon_method_name(c->wilcoxon.method)));
    PB_TRY(put_number(writer, c->p_holm));
    PB_TRY(put_number(writer, c->delta));
    PB_TRY(put_text(writer, pb_stats_effect(c->delta)));
    PB_TRY(put_numbers(writer, last, sizeof last / sizeof *last));
    return pb_csv_end_row(writer);
}

static pb_status put_wilcoxon(pb_writer *writer, const cli_slice *slice)
{
    static const char *const names[] = {
        "method",     "n",          "mean_auroc",  "baseline_auroc", "difference",   "ci95_low",      "ci95_high",
        "wilcoxon_w", "wilcoxon_p", "wilcoxon_by", "holm_p",         "cliffs_delta", "effect",        "a12",
        "wins",       "ties",       "losses",      "n_clean",        "clean_auroc",  "clean_penalty", "recovery"};
    PB_TRY(put_header(writer, names, sizeof names / sizeof *names));
    PB_TRY(pb_csv_end_row(writer));
    for (int64_t i = 0; i < slice->comparisons.n; i++)
        PB_TRY(put_comparison(writer, slice, &slice->comparisons.comparison[i]));
    return PB_STATUS_OK;
}

pb_status cli_slice_write_wilcoxon(const cli_slice *slice, const char *path)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    return end(writer, put_wilcoxon(writer, slice));
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

/* Appends, taking the reference; false when out of memory. */
static bool append(json_t *array, json_t *value)
{
    return array && value && json_array_append_new(array, value) == 0;
}

static json_t *number(double value)
{
    return pb_json_finite_or_null(value);
}

static json_t *excluded_to_json(const pb_study_exclusion *excluded, int64_t n)
{
    json_t *array = json_array();
    for (int64_t i = 0; i < n; i++)
        if (!append(array,
                    json_pack("{s:o, s:o, s:I, s:I}", "dataset", pb_json_lossy_string(excluded[i].dataset), "lacks",
                              pb_json_lossy_string(excluded[i].method), "seeds", (json_int_t)excluded[i].n_seeds,
                              "seeds_of_others", (json_int_t)excluded[i].n_other))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static bool fill_ranking(const pb_study_ranking *ranking, json_t *datasets, json_t *methods)
{
    for (int64_t i = 0; i < ranking->n; i++)
        if (!append(datasets, pb_json_lossy_string(ranking->datasets[i])))
            return false;
    for (int64_t m = 0; m < ranking->k; m++) {
        json_t *p = json_array(), *values = json_array();
        bool ok = true;
        for (int64_t j = 0; j < ranking->k; j++)
            ok = append(p, number(ranking->p[m * ranking->k + j])) && ok;
        for (int64_t i = 0; i < ranking->n; i++)
            ok = append(values, number(ranking->values[i * ranking->k + m])) && ok;
        if (!append(methods, json_pack("{s:o, s:o, s:o, s:o, s:o}", "method", pb_json_lossy_string(ranking->methods[m]),
                                       "mean_rank", number(ranking->mean_ranks[m]), "mean", number(ranking->means[m]),
                                       "nemenyi_p", p, "values", values)) ||
            !ok)
            return false;
    }
    return true;
}

static json_t *ranking_to_json(const cli_slice *slice)
{
    const pb_study_ranking *ranking = &slice->ranking;
    if (!slice->has_ranking)
        return json_pack("{s:o}", "missing", pb_json_lossy_string(slice->no_ranking));
    json_t *datasets = json_array(), *methods = json_array();
    if (!fill_ranking(ranking, datasets, methods)) {
        json_decref(datasets);
        json_decref(methods);
        return NULL;
    }
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "n", (json_int_t)ranking->n, "friedman_chi2",
                     number(ranking->friedman.chi2), "friedman_p", number(ranking->friedman.p), "critical_difference",
                     number(ranking->cd), "methods", methods, "datasets", datasets, "excluded",
                     excluded_to_json(ranking->excluded, ranking->n_excluded));
}

static json_t *comparison_to_json(const pb_study_comparison *c)
{
    return json_pack(
        "{s:o, s:I, s:o, s:o, s:o, s:[o,o], s:o, s:o, s:s, s:I, s:o, s:b, s:o, s:s, s:o, s:I, s:I, s:I, "
        "s:I, s:o, s:o, s:o, s:o}",
        "method", pb_json_lossy_string(c->method), "n", (json_int_t)c->effect.n, "mean", number(c->effect.mean),
        "baseline", number(c->effect.baseline), "difference", number(c->effect.gain), "ci95", number(c->ci_low),
        number(c->ci_high), "wilcoxon_w", number(c->wilcoxon.w), "wilcoxon_p", number(c->wilcoxon.p), "wilcoxon_by",
        pb_wilcoxon_method_name(c->wilcoxon.method), "zeros", (json_int_t)c->wilcoxon.n_zeros, "holm_p",
        number(c->p_holm), "in_holm_family", (int)c->in_family, "cliffs_delta", number(c->delta), "effect",
        pb_stats_effect(c->delta), "a12", number(c->a12), "wins", (json_int_t)c->effect.wins, "ties",
        (json_int_t)c->effect.ties, "losses", (json_int_t)c->effect.losses, "n_clean", (json_int_t)c->effect.n_clean,
        "clean", number(c->effect.clean), "clean_penalty", number(c->effect.clean_penalty), "recovery",
        number(c->effect.recovery), "excluded", excluded_to_json(c->excluded, c->n_excluded));
}

static json_t *comparisons_to_json(const cli_slice *slice)
{
    if (!slice->has_comparisons)
        return json_pack("{s:o}", "missing", pb_json_lossy_string(slice->no_comparisons));
    json_t *array = json_array();
    for (int64_t i = 0; i < slice->comparisons.n; i++)
        if (!append(array, comparison_to_json(&slice->comparisons.comparison[i]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

json_t *cli_slice_to_json(const cli_slice *slice)
{
    const pb_study_slice *rows = &slice->question.slice;
    json_t *limits = json_array();
    for (int64_t i = 0; i < rows->n_limits; i++)
        if (!append(limits, json_integer((json_int_t)slice->limits[i]))) {
            json_decref(limits);
            return NULL;
        }
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:f, s:s, s:s, s:o, s:o}", "name", slice->name, "setup", pb_setup_name(rows->setup),
        "detector", rows->detector ? pb_json_lossy_string(rows->detector) : json_null(), "train_limits", limits,
        "contamination", rows->contamination, "categories", slice->question.exclude_loco ? "no_loco" : "all", "measure",
        pb_measure_name(slice->question.measure), "ranking", ranking_to_json(slice), "comparisons",
        comparisons_to_json(slice));
}
