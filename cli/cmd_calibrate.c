/* purebank calibrate: parts that a person knows set the threshold of a bank. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "findings.h"
#include "io/file.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "output.h"
#include "overwrite.h"
#include "scoring.h"

typedef struct given_part {
    pb_known_part part;
    char reason[120]; /* what is wrong with its photo; "" for nothing */
} given_part;

typedef struct calibrate_job {
    const cli_settings *settings;
    cli_scorer scorer;
    cli_inputs inputs; /* at work */
    bool defects;      /* are they? */
    given_part *parts;
    int64_t n, capacity, n_taken_back;
} calibrate_job;

/* One that merely looks odd is the person's to judge. */
static pb_status take_photo(const pb_guard_verdict *photo, given_part *given)
{
    PB_TRY(pb_known_part_take_photo(&given->part, photo));
    snprintf(given->reason, sizeof given->reason, "%s", photo->reason);
    return PB_STATUS_OK;
}

/* Once it is counted. */
static void warn_about_photos(const calibrate_job *job)
{
    for (int64_t i = 0; i < job->n; i++)
        if (job->parts[i].part.unusable)
            cli_warn("%s is counted, but as a new part it might be called unusable: %s",
                     cli_path(job->parts[i].part.path), job->parts[i].reason);
}

static pb_status receive(void *context, const cli_scored *batch)
{
    calibrate_job *job = context;
    for (int64_t i = 0; i < batch->n; i++) {
        const char *path = job->inputs.paths.path[batch->first + i];
        given_part *given = &job->parts[job->n++];
        pb_known_part *part = &given->part;
        *given = (given_part){.reason = ""};
        part->score = batch->image_scores[i];
        part->defect = job->defects;
        PB_TRY(PB_NEW_STRING(part->path, path));
        if (!job->inputs.from_features)
            PB_TRY(pb_sha256_file(path, part->sha256));
        if (!job->defects)
            PB_TRY(take_photo(&batch->guarded[i], given));
    }
    return PB_STATUS_OK;
}

/* Before anything is scored: what finds itself in the bank is no evidence. */
static pb_status refuse_references(const calibrate_job *job)
{
    const pb_paths *paths = &job->inputs.paths;
    int64_t *copies, n = 0, first = 0;
    if (job->inputs.from_features)
        return PB_STATUS_OK; /* whose names pb_bank_calibrate() looks at */
    PB_TRY(PB_NEW(copies, paths->n));
    pb_status status = pb_bank_find_copies(job->scorer.bank, (const char *const *)paths->path, paths->n, copies);
    for (int64_t i = 0; i < paths->n && status == PB_STATUS_OK; i++)
        if (copies[i] >= 0 && n++ == 0)
            first = i;
    if (n > 0)
        status = pb_fail(PB_STATUS_MISMATCH,
                         "%s is the reference %s, which finds itself in the bank: calibrate with parts that are no "
                         "references (%lld of these %lld are)",
                         paths->path[first], pb_bank_reference_at(job->scorer.bank, copies[first])->path, (long long)n,
                         (long long)paths->n);
    pb_free(copies);
    return status;
}

/* Scores parts, and adds them to those that will calibrate. */
static pb_status add_parts(calibrate_job *job, const char *const *arguments, int n_arguments, bool defects)
{
    if (n_arguments == 0)
        return PB_STATUS_OK;
    job->defects = defects;
    PB_TRY(cli_inputs_open(arguments, n_arguments, PB_CACHE_TEST, &job->inputs));
    PB_TRY(cli_protect_inputs(job->settings, (const char *const *)job->inputs.paths.path, job->inputs.paths.n));
    PB_TRY(refuse_references(job));
    if (job->inputs.from_features)
        PB_TRY(cli_scorer_match(&job->scorer, job->inputs.features, arguments[0]));
    PB_TRY(PB_RESERVE(job->parts, job->n + job->inputs.paths.n, job->capacity));
    const cli_receiver receiver = {.scored = receive, .context = job};
    const pb_status status = cli_scorer_run(&job->scorer, &job->inputs, &receiver);
    cli_inputs_free(&job->inputs);
    job->inputs = (cli_inputs){0};
    return status;
}

/* One name: a file by its digest, wherever it lies now, or by the path that it had. */
static pb_status take_back(calibrate_job *job, const char *name)
{
    char hex[65] = "";
    int64_t n;
    if (pb_is_file(name))
        PB_TRY(pb_sha256_file(name, hex));
    PB_TRY(pb_bank_take_back(job->scorer.bank, name, hex, &n));
    if (n == 0)
        return pb_fail(PB_STATUS_MISMATCH, "%s is none of the %lld parts that %s knows, nor a folder of them", name,
                       (long long)pb_bank_n_known(job->scorer.bank), job->scorer.bank_path);
    job->n_taken_back += n;
    return PB_STATUS_OK;
}

static pb_status take_all_back(calibrate_job *job)
{
    const cli_settings *settings = job->settings;
    if (settings->reset)
        return pb_bank_take_back(job->scorer.bank, NULL, NULL, &job->n_taken_back);
    for (int i = 0; i < settings->taken_back.n; i++)
        PB_TRY(take_back(job, settings->taken_back.value[i]));
    return PB_STATUS_OK;
}

static pb_status set_threshold(const calibrate_job *job)
{
    pb_known_part *parts;
    PB_TRY(PB_NEW(parts, job->n));
    for (int64_t i = 0; i < job->n; i++)
        parts[i] = job->parts[i].part;
    const pb_status status = pb_bank_calibrate(job->scorer.bank, parts, job->n, job->settings->false_alarm_rate);
    pb_free(parts);
    return status;
}

static pb_status calibrate(calibrate_job *job)
{
    const cli_settings *settings = job->settings;
    PB_TRY(cli_scorer_open(settings, &job->scorer));
    PB_TRY(take_all_back(job));
    PB_TRY(add_parts(job, settings->arguments + 1, settings->n_arguments - 1, false));
    for (int i = 0; i < settings->defects.n; i++)
        PB_TRY(add_parts(job, &settings->defects.value[i], 1, true));
    if (job->n > 0 || settings->false_alarm_rate > 0)
        PB_TRY(set_threshold(job));
    warn_about_photos(job);
    if (settings->false_alarm_rate > 0 && pb_bank_n_verified(job->scorer.bank) == 0)
        return pb_fail(
            PB_STATUS_BAD_ARGUMENT,
            "a false-alarm rate needs verified good parts, and %s knows none: give some, or none and no rate",
            job->scorer.bank_path);
    return PB_STATUS_OK;
}

/* Last, so that the bank stays as it is where anything else fails. Without a change it is only shown. */
static pb_status save(const calibrate_job *job)
{
    const cli_settings *settings = job->settings;
    if (job->n > 0 || job->n_taken_back > 0 || settings->false_alarm_rate > 0 || settings->output) {
        const char *path = settings->output ? settings->output : job->scorer.bank_path;
        PB_TRY(pb_bank_save(job->scorer.bank, path));
        cli_say("Bank: %s%s", cli_path(path), settings->output ? "" : ", changed in place (-o writes another)");
    }
    return PB_STATUS_OK;
}

/* ---- what it means ------------------------------------------------------------------------------------------------ */

static json_t *trade_off_to_json(const pb_trade_off *row)
{
    return json_pack("{s:f, s:I, s:I, s:o, s:o}", "threshold", row->threshold, "good_above",
                     (json_int_t)row->good_above, "caught", (json_int_t)row->caught, "promised",
                     pb_json_finite_or_null(row->promised), "bound", pb_json_finite_or_null(row->bound));
}

static pb_status write_json(const calibrate_job *job, const pb_trade_off *rows, int64_t n)
{
    const pb_bank *bank = job->scorer.bank;
    json_t *all = json_array(), *parts = json_array();
    for (int64_t i = 0; all && i < n; i++)
        json_array_append_new(all, trade_off_to_json(&rows[i]));
    for (int64_t i = 0; parts && i < pb_bank_n_known(bank); i++) {
        const pb_known_part *part = pb_bank_known_at(bank, i);
        json_array_append_new(parts,
                              json_pack("{s:o, s:s, s:f, s:s, s:b, s:b}", "path", pb_json_lossy_string(part->path),
                                        "sha256", part->sha256, "score", part->score, "kind",
                                        part->defect ? "defect" : "good", "unusable", (int)part->unusable, "fails",
                                        (int)(pb_bank_verdict(bank, part->score, NULL) == PB_VERDICT_FAIL)));
    }
    if (!all || !parts || (int64_t)json_array_size(all) != n ||
        (int64_t)json_array_size(parts) != pb_bank_n_known(bank)) {
        json_decref(all);
        json_decref(parts);
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
    }
    const pb_threshold *threshold = pb_bank_threshold(bank);
    return cli_write_json(json_pack("{s:f, s:f, s:s, s:f, s:o, s:o}", "threshold", threshold->value, "false_alarm_rate",
                                    threshold->false_alarm_rate, "method", pb_threshold_method_name(threshold->method),
                                    "fitted_threshold", pb_bank_fitted_threshold(bank)->value, "trade_offs", all,
                                    "parts", parts),
                          job->settings->json);
}

static void print_row(const pb_bank *bank, const pb_trade_off *row, const char *what)
{
    const int64_t n = pb_bank_n_verified(bank), n_defects = pb_bank_n_known(bank) - n;
    char rates[64] = "", caught[48] = "";
    if (n > 0)
        snprintf(rates, sizeof rates, "%8.3g %%  %8.3g %%", 100 * row->promised, 100 * row->bound);
    if (n_defects > 0)
        snprintf(caught, sizeof caught, "%lld of %lld", (long long)row->caught, (long long)n_defects);
    cli_say("  %9.4g  %6lld of %-6lld  %-22s  %-12s%s", row->threshold, (long long)row->good_above, (long long)n, rates,
            caught, what);
}

/* The highest scores of verified parts, where one more or less allowed above matters. */
static pb_status print_table(const calibrate_job *job, const pb_trade_off *rows, int64_t n)
{
    enum { MOST = 8 };
    const pb_bank *bank = job->scorer.bank;
    const double threshold = pb_bank_threshold(bank)->value, fitted = pb_bank_fitted_threshold(bank)->value;
    const double confidence = job->settings->confidence;
    pb_trade_off row;
    cli_say("\n  threshold   good that fail    on average  %3g %% see at  defects caught", 100 * confidence);
    cli_say("                               at most     most");
    if (fitted != threshold) {
        PB_TRY(pb_bank_trade_off_at(bank, fitted, confidence, &row));
        print_row(bank, &row, "<- of the references alone");
    }
    PB_TRY(pb_bank_trade_off_at(bank, threshold, confidence, &row));
    print_row(bank, &row, "<- set");
    for (int64_t i = 0, step = 1; i < n && i < (1 << MOST); i += step, step = i < 4 ? 1 : i)
        if (rows[i].threshold != threshold)
            print_row(bank, &rows[i], "");
    return PB_STATUS_OK;
}

static void print_promise(const pb_bank *bank)
{
    const pb_threshold *threshold = pb_bank_threshold(bank);
    const int64_t n = pb_bank_n_verified(bank);
    const double rate = threshold->false_alarm_rate;
    cli_say("%sThreshold %.4g%s for a false-alarm rate of %g %%.", cli_color_on(CLI_BOLD), threshold->value,
            cli_color_off(), 100 * rate);
    if (n == 0)
        cli_say("  It is that of the references: no verified good part is known.");
    else if (pb_threshold_is_promised(threshold))
        cli_say("  %lld verified good parts promise it without assumptions, on average, as long as new parts are\n"
                "  made and photographed like them.",
                (long long)n);
    else
        cli_say(
            "  %lld verified good parts alone promise no rate below %.2g %%; %g %% takes %.0f. This threshold assumes\n"
            "  that log scores, theirs and the references' together, are normally distributed.",
            (long long)n, 100 * threshold->guaranteed_rate, 100 * rate, ceil(1 / rate - 1 - 1e-9));
}

static pb_status show(const calibrate_job *job)
{
    const cli_settings *settings = job->settings;
    const pb_bank *bank = job->scorer.bank;
    const int64_t n_good = pb_bank_n_verified(bank);
    pb_trade_off *rows;
    int64_t n;
    PB_TRY(pb_bank_trade_offs(bank, settings->confidence, NULL, 0, &n));
    PB_TRY(PB_NEW(rows, n + 1));
    pb_status status = pb_bank_trade_offs(bank, settings->confidence, rows, n, &n);
    if (status == PB_STATUS_OK) {
        cli_say("%s: %lld verified good parts and %lld known defects (%lld told now, %lld taken back)",
                cli_path(settings->output ? settings->output : job->scorer.bank_path), (long long)n_good,
                (long long)(pb_bank_n_known(bank) - n_good), (long long)job->n, (long long)job->n_taken_back);
        print_promise(bank);
        if (pb_bank_n_known(bank) > 0)
            status = print_table(job, rows, n);
    }
    if (status == PB_STATUS_OK && settings->json)
        status = write_json(job, rows, n);
    pb_free(rows);
    if (status == PB_STATUS_OK && settings->report)
        status = pb_report_calibration(bank, job->scorer.bank_path, settings->confidence, settings->report);
    if (status == PB_STATUS_OK && settings->report)
        cli_say("Report: %s", cli_path(settings->report));
    if (status == PB_STATUS_OK)
        cli_say_trust(bank, settings->output ? settings->output : job->scorer.bank_path);
    return status;
}

int cli_calibrate(const cli_settings *settings)
{
    calibrate_job job = {.settings = settings};
    cli_reserve_stdout(settings->json, NULL);
    pb_status status = calibrate(&job);
    if (status == PB_STATUS_OK)
        status = show(&job);
    if (status == PB_STATUS_OK)
        status = save(&job);
    if (status == PB_STATUS_OK)
        cli_warn_about_weakness(job.scorer.bank);
    for (int64_t i = 0; i < job.n; i++)
        pb_free(job.parts[i].part.path);
    pb_free(job.parts);
    cli_inputs_free(&job.inputs);
    cli_scorer_close(&job.scorer);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
