/* purebank score: new parts -> scores and verdicts. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/work_engine.h"
#include "hints.h"
#include "inputs.h"
#include "io/csv.h"
#include "io/json_fields.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "scoring.h"

typedef struct score_job {
    const cli_settings *settings;
    cli_scorer scorer;
    cli_inputs inputs;
    pb_paths heatmaps;
    pb_writer *csv;
    json_t *rows;
    int64_t n_failed, n_unusable, n_unreadable, n_rows;
} score_job;

/* What score says about a part. */
typedef struct part_verdict {
    pb_verdict verdict;
    const char *name;
    const double *score; /* NULL where the photo cannot be read */
    const char *reason;  /* "" but where unusable */
} part_verdict;

static part_verdict judge(const pb_bank *bank, const double *score, const pb_guard_verdict *photo)
{
    const pb_verdict verdict = pb_bank_verdict(bank, *score, photo);
    return (part_verdict){verdict, pb_verdict_name(verdict), score,
                          verdict == PB_VERDICT_UNUSABLE ? photo->reason : ""};
}

enum { PATH_COLUMN = 38 }; /* of a row of the table */

static void print_row(const score_job *job, int64_t i, const part_verdict *part)
{
    const pb_bank *bank = job->scorer.bank;
    static const char *const words[] = {"pass", "FAIL", "????"};
    const bool failed = part->verdict == PB_VERDICT_FAIL;
    enum { BAR_WIDTH = 20 };
    const double scale = 2 * pb_bank_threshold(bank)->value;
    /* A cell is full when the score has gone all the way through it, so that what passes stays below the mark. */
    const double share = scale > 0 ? floor(*part->score / scale * BAR_WIDTH) / BAR_WIDTH : 0;
    cli_say("%s%-4s%s  %s  %8.4g  %s", cli_color_on(part->verdict == PB_VERDICT_PASS ? CLI_GREEN : CLI_RED),
            words[part->verdict], cli_color_off(),
            cli_bar(failed ? fmax(share, 0.5 + 1.0 / BAR_WIDTH) : share, 0.5, BAR_WIDTH), *part->score,
            cli_path_at(job->inputs.paths.path[i], PATH_COLUMN));
    if (part->verdict == PB_VERDICT_UNUSABLE)
        cli_say("      unusable: %s", part->reason);
}

static pb_status add_csv(score_job *job, int64_t i, const part_verdict *part)
{
    job->n_rows++;
    if (!job->csv)
        return PB_STATUS_OK;
    PB_TRY(pb_csv_text(job->csv, true, ',', job->inputs.paths.path[i]));
    PB_TRY(part->score ? pb_csv_number(job->csv, false, ',', *part->score) : pb_csv_text(job->csv, false, ',', ""));
    PB_TRY(pb_csv_text(job->csv, false, ',', part->name));
    PB_TRY(pb_csv_text(job->csv, false, ',', part->score && job->heatmaps.n ? job->heatmaps.path[i] : ""));
    PB_TRY(pb_csv_text(job->csv, false, ',', part->reason));
    return pb_csv_end_row(job->csv);
}

static pb_status add_json(score_job *job, int64_t i, const part_verdict *part)
{
    if (!job->rows)
        return PB_STATUS_OK;
    json_t *row = json_pack("{s:o, s:o, s:s, s:o}", "path", pb_json_lossy_string(job->inputs.paths.path[i]), "score",
                            part->score ? json_real(*part->score) : json_null(), "verdict", part->name, "heatmap",
                            part->score && job->heatmaps.n ? pb_json_lossy_string(job->heatmaps.path[i]) : json_null());
    const bool whole = row && (!part->reason[0] || json_object_set_new(row, "reason", json_string(part->reason)) == 0);
    if (json_array_append_new(job->rows, row) != 0 || !whole)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
    return PB_STATUS_OK;
}

static pb_status receive(void *context, const cli_scored *batch)
{
    score_job *job = context;
    if (batch->maps)
        PB_TRY(cli_heatmaps_write((const char *const *)job->heatmaps.path + batch->first, batch->maps, batch->n));
    for (int64_t i = 0; i < batch->n; i++) {
        const part_verdict part = judge(job->scorer.bank, &batch->image_scores[i], &batch->guarded[i]);
        job->n_failed += part.verdict == PB_VERDICT_FAIL;
        job->n_unusable += part.verdict == PB_VERDICT_UNUSABLE;
        print_row(job, batch->first + i, &part);
        PB_TRY(add_csv(job, batch->first + i, &part));
        PB_TRY(add_json(job, batch->first + i, &part));
    }
    return PB_STATUS_OK;
}

/* One photo that a camera wrote half must not keep the others from being judged. */
static pb_status receive_unreadable(void *context, int64_t i)
{
    score_job *job = context;
    cli_warn("not judged: %s", cli_error_message());
    const part_verdict part = {.name = "unreadable", .reason = ""};
    job->n_unreadable++;
    PB_TRY(add_csv(job, i, &part));
    return add_json(job, i, &part);
}

/* Of features whose origin nobody knows only the shape could be compared. */
static void warn_about_origin(const score_job *job, const char *name)
{
    const bool part_known = pb_features_origin(job->inputs.features)->backbone[0] != '\0';
    const bool bank_known = pb_bank_origin(job->scorer.bank)->backbone[0] != '\0';
    if (part_known && bank_known)
        return;
    cli_warn("what made the features of %s is unknown: they were compared with those of %s by grid and channels alone; "
             "scores "
             "mean something only if both come from the same model, layer and preprocessing",
             part_known ? "the bank" : cli_path(name), part_known ? cli_path(name) : "the bank");
}

static pb_status open_inputs(score_job *job)
{
    const cli_settings *settings = job->settings;
    PB_TRY(cli_scorer_open(settings, &job->scorer));
    PB_TRY(cli_inputs_open(settings->arguments + 1, settings->n_arguments - 1, PB_CACHE_TEST, &job->inputs));
    if (!job->inputs.from_features)
        return PB_STATUS_OK;
    warn_about_origin(job, settings->arguments[1]);
    return cli_scorer_match(&job->scorer, job->inputs.features, settings->arguments[1]);
}

/* Features are drawn over the photos that their list names. */
static pb_status open_heatmaps(score_job *job)
{
    const cli_settings *settings = job->settings;
    const pb_paths *parts = &job->inputs.paths;
    const char *missing = job->inputs.from_features ? cli_inputs_missing_photo(&job->inputs) : NULL;
    if (missing)
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "--heatmaps draws over the photos that %s came from, but %s is not there: leave out --heatmaps",
                       settings->arguments[1], missing);
    PB_TRY(cli_heatmap_names(settings->heatmaps, parts, &job->heatmaps));
    return cli_check_overwrite((const char *const *)job->heatmaps.path, job->heatmaps.n,
                               (const char *const *)parts->path, parts->n);
}

static pb_status open_outputs(score_job *job)
{
    const cli_settings *settings = job->settings;
    PB_TRY(cli_protect_inputs(settings, (const char *const *)job->inputs.paths.path, job->inputs.paths.n));
    if (settings->heatmaps)
        PB_TRY(open_heatmaps(job));
    if (settings->json && !(job->rows = json_array()))
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    if (!settings->csv)
        return PB_STATUS_OK;
    PB_TRY(cli_open_output(settings->csv, &job->csv));
    static const char *const columns[] = {"path", "score", "verdict", "heatmap", "reason"};
    for (int i = 0; i < 5; i++)
        PB_TRY(pb_csv_text(job->csv, i == 0, ',', columns[i]));
    return pb_csv_end_row(job->csv);
}

static pb_status close_outputs(score_job *job)
{
    const pb_threshold *threshold = pb_bank_threshold(job->scorer.bank);
    if (job->csv) {
        pb_writer *csv = job->csv;
        job->csv = NULL;
        PB_TRY(pb_writer_commit(csv));
    }
    if (!job->rows)
        return PB_STATUS_OK;
    json_t *rows = job->rows;
    job->rows = NULL;
    return cli_write_json(json_pack("{s:f, s:f, s:o}", "threshold", threshold->value, "false_alarm_rate",
                                    threshold->false_alarm_rate, "images", rows),
                          job->settings->json);
}

static void print_summary(const score_job *job)
{
    const pb_threshold *threshold = pb_bank_threshold(job->scorer.bank);
    cli_say("\n%s%lld of %lld parts fail%s (threshold %.4g, asked false-alarm rate %g %%)", cli_color_on(CLI_BOLD),
            (long long)job->n_failed, (long long)job->inputs.paths.n, cli_color_off(), threshold->value,
            100 * threshold->false_alarm_rate);
    if (job->n_unusable > 0)
        cli_say("%lld more are unusable: the photos do not show what the references show", (long long)job->n_unusable);
    if (!pb_bank_guard(job->scorer.bank) && !job->inputs.from_features)
        cli_say("Photos were not checked: the bank knows no limits for them (it is of features, or of purebank 0.1;\n"
                "fit it again, from photos)");
    if (job->n_unreadable > 0)
        cli_say("%lld of them cannot be read and have no verdict", (long long)job->n_unreadable);
}

static pb_status run(score_job *job)
{
    const cli_receiver receiver = {
        .draw = job->settings->heatmaps, .scored = receive, .unreadable = receive_unreadable, .context = job};
    PB_TRY(open_inputs(job));
    if (pb_work_is_remote())
        return cli_scorer_run(&job->scorer, &job->inputs, &receiver);
    PB_TRY(open_outputs(job));
    PB_TRY(cli_scorer_run(&job->scorer, &job->inputs, &receiver));
    PB_TRY(close_outputs(job));
    print_summary(job);
    return PB_STATUS_OK;
}

/* What is judged stays judged: the rows are in the file, and the last line says how far they go. */
static int keep_rows(score_job *job)
{
    pb_writer *csv = job->csv;
    job->csv = NULL;
    if (pb_writer_commit(csv) != PB_STATUS_OK)
        return cli_fail(PB_STATUS_OUTPUT);
    return cli_fail_interrupted("%lld of %lld parts were judged: they are in %s", (long long)job->n_rows,
                                (long long)job->inputs.paths.n, job->settings->csv);
}

int cli_score(const cli_settings *settings)
{
    score_job job = {.settings = settings};
    cli_reserve_stdout(settings->json, settings->csv);
    const pb_status status = run(&job);
    const bool keeps = status == PB_STATUS_CANCELLED && job.csv && job.n_rows > 0 && !cli_is_stdout(settings->csv);
    const int interrupted = keeps ? keep_rows(&job) : CLI_EXIT_OK;
    pb_writer_abort(job.csv);
    json_decref(job.rows);
    pb_paths_free(&job.heatmaps);
    cli_inputs_free(&job.inputs);
    cli_scorer_close(&job.scorer);
    if (keeps)
        return interrupted;
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    if (job.n_unreadable > 0)
        return CLI_EXIT_BAD_INPUT;
    return settings->exit_code && job.n_failed + job.n_unusable > 0 ? CLI_EXIT_PARTS_FAILED : CLI_EXIT_OK;
}
