/* purebank sensitivity: which defects a bank would see, told from good parts alone. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/parse.h"
#include "io/csv.h"
#include "io/json_fields.h"
#include "output.h"
#include "scoring.h"

typedef struct sensitivity_job {
    const cli_settings *settings;
    cli_scorer scorer;
    double *sizes, *contrasts;
    pb_sensitivity *found;
} sensitivity_job;

/* The sizes are what cannot be drawn: the message begins with them. */
static pb_status name_sizes(const char *sizes)
{
    char message[1024];
    snprintf(message, sizeof message, "%s", pb_error_message());
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "--sizes %s: %s", sizes, message);
}

static pb_status examine(sensitivity_job *job)
{
    const cli_settings *settings = job->settings;
    pb_sensitivity_options options = PB_SENSITIVITY_OPTIONS_INIT;
    cli_progress progress;
    if (settings->sizes)
        PB_TRY(pb_parse_reals("--sizes", settings->sizes, 1, 1e5, &job->sizes, &options.n_sizes));
    PB_TRY(pb_parse_shares("--contrasts", settings->contrasts, 1e-3, 1, &job->contrasts, &options.n_contrasts));
    options.sizes = job->sizes;
    options.contrasts = job->contrasts;
    options.n_references = settings->limit;
    options.seed = settings->seed;
    PB_TRY(cli_scorer_open(settings, &job->scorer));
    PB_TRY(cli_scorer_open_backbone(&job->scorer));
    cli_progress_start(&progress, "sensitivity", "images");
    options.progress = progress.callback;
    const pb_status status = pb_sensitivity_run(job->scorer.bank, job->scorer.backbone, &options, &job->found);
    cli_progress_end();
    return status == PB_STATUS_BAD_ARGUMENT && settings->sizes ? name_sizes(settings->sizes) : status;
}

/* ---- what was found ----------------------------------------------------------------------------------------------- */

static const char *name_of(const pb_sensitivity_row *row)
{
    return pb_defect_kind_name(row->defect.kind);
}

static void print_header(const pb_sensitivity *found)
{
    char columns[512] = "";
    size_t length = 0;
    for (int64_t i = 0, end = pb_sensitivity_line_end(found, 0); i < end && length < sizeof columns - 16; i++)
        length += (size_t)snprintf(columns + length, sizeof columns - length, "  %7.3g %%",
                                   100 * pb_sensitivity_row_at(found, i)->defect.contrast);
    cli_say("%s%-8s  %7s%s%s", cli_color_on(CLI_DIM), "defect", "size", columns, cli_color_off());
}

/* A line for each kind and size: how many are caught at each contrast. */
static void print_table(const pb_sensitivity *found)
{
    const int64_t n = pb_sensitivity_n_rows(found);
    print_header(found);
    for (int64_t first = 0, end; first < n; first = end) {
        const pb_sensitivity_row *line = pb_sensitivity_row_at(found, first);
        char cells[512] = "";
        size_t length = 0;
        end = pb_sensitivity_line_end(found, first);
        for (int64_t i = first; i < end && length < sizeof cells - 32; i++) {
            const pb_sensitivity_row *row = pb_sensitivity_row_at(found, i);
            length += (size_t)snprintf(cells + length, sizeof cells - length, "  %3lld of %-3lld",
                                       (long long)row->caught, (long long)row->n);
        }
        cli_say("%-8s  %4.4g px%s", name_of(line), line->defect.size, cells);
    }
}

/* Of each kind, the least contrast at which nine of ten are seen, at the largest size. */
static void print_words(const pb_sensitivity *found)
{
    const int64_t n = pb_sensitivity_n_rows(found);
    for (int kind = 0; kind < PB_N_DEFECT_KINDS; kind++) {
        const pb_sensitivity_row *best = NULL, *largest = NULL;
        for (int64_t i = 0; i < n; i++) {
            const pb_sensitivity_row *row = pb_sensitivity_row_at(found, i);
            if (row->defect.kind != (pb_defect_kind)kind)
                continue;
            largest = !largest || row->defect.size >= largest->defect.size ? row : largest;
            const bool seen = 10 * row->caught >= 9 * row->n;
            if (seen && (!best || row->defect.size < best->defect.size ||
                         (row->defect.size == best->defect.size && row->defect.contrast < best->defect.contrast)))
                best = row;
        }
        if (best)
            cli_say("  %-8s  from %g px at %g %% contrast, 9 of 10 or more are seen",
                    pb_defect_kind_name((pb_defect_kind)kind), best->defect.size, 100 * best->defect.contrast);
        else if (largest)
            cli_say("  %-8s  not reliably seen, up to %g px at %g %% contrast",
                    pb_defect_kind_name((pb_defect_kind)kind), largest->defect.size, 100 * largest->defect.contrast);
    }
}

static void print_summary(const sensitivity_job *job)
{
    const pb_sensitivity *found = job->found;
    const pb_bank *bank = job->scorer.bank;
    char summary[512];
    const int64_t n = pb_sensitivity_n_references(found), left_out = pb_sensitivity_n_left_out(found);
    const int64_t n_in_bank = pb_sensitivity_n_in_bank(found);
    cli_say("%s: defects drawn into %lld of %lld references, each scored without that reference; threshold %.4g",
            cli_path(job->scorer.bank_path), (long long)n, (long long)n_in_bank, pb_bank_threshold(bank)->value);
    if (left_out > 0)
        cli_say("%lld more %s above the threshold as %s, and left out", (long long)left_out,
                left_out == 1 ? "is" : "are", left_out == 1 ? "it is" : "they are");
    if (n + left_out < n_in_bank)
        cli_say("%lld were not looked at: at most %lld are taken unless --limit says otherwise",
                (long long)(n_in_bank - n - left_out), (long long)job->settings->limit);
    cli_say("Caught, by size and by contrast (share of full white):\n");
    print_table(found);
    cli_blank_line();
    print_words(found);
    pb_sensitivity_summary(found, summary, sizeof summary);
    cli_say_wrapped(2, "%s", summary);
    cli_say("What is not seen here will not be seen; real defects that are like these may still be missed.");
}

static pb_status write_csv(const sensitivity_job *job)
{
    static const char *const columns[] = {"defect", "size", "contrast", "drawn", "caught", "ratio"};
    pb_writer *csv;
    PB_TRY(cli_open_output(job->settings->csv, &csv));
    pb_status status = PB_STATUS_OK;
    for (int i = 0; i < 6 && status == PB_STATUS_OK; i++)
        status = pb_csv_text(csv, i == 0, ',', columns[i]);
    if (status == PB_STATUS_OK)
        status = pb_csv_end_row(csv);
    for (int64_t i = 0; i < pb_sensitivity_n_rows(job->found) && status == PB_STATUS_OK; i++) {
        const pb_sensitivity_row *row = pb_sensitivity_row_at(job->found, i);
        const double values[] = {row->defect.size, row->defect.contrast, (double)row->n, (double)row->caught,
                                 row->ratio};
        status = pb_csv_text(csv, true, ',', name_of(row));
        for (int v = 0; v < 5 && status == PB_STATUS_OK; v++)
            status = pb_csv_number(csv, false, ',', values[v]);
        if (status == PB_STATUS_OK)
            status = pb_csv_end_row(csv);
    }
    if (status == PB_STATUS_OK)
        return pb_writer_commit(csv);
    pb_writer_abort(csv);
    return status;
}

static pb_status write_json(const sensitivity_job *job)
{
    const int64_t n = pb_sensitivity_n_rows(job->found);
    json_t *rows = json_array();
    char summary[512];
    pb_sensitivity_summary(job->found, summary, sizeof summary);
    for (int64_t i = 0; rows && i < n; i++) {
        const pb_sensitivity_row *row = pb_sensitivity_row_at(job->found, i);
        json_array_append_new(rows, json_pack("{s:s, s:f, s:f, s:I, s:I, s:o}", "defect", name_of(row), "size",
                                              row->defect.size, "contrast", row->defect.contrast, "drawn",
                                              (json_int_t)row->n, "caught", (json_int_t)row->caught, "ratio",
                                              pb_json_finite_or_null(row->ratio)));
    }
    if (!rows || (int64_t)json_array_size(rows) != n) {
        json_decref(rows);
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
    }
    return cli_write_json(json_pack("{s:f, s:I, s:I, s:I, s:I, s:s, s:o}", "threshold",
                                    pb_bank_threshold(job->scorer.bank)->value, "references",
                                    (json_int_t)pb_sensitivity_n_references(job->found), "left_out",
                                    (json_int_t)pb_sensitivity_n_left_out(job->found), "in_bank",
                                    (json_int_t)pb_sensitivity_n_in_bank(job->found), "seed",
                                    (json_int_t)job->settings->seed, "summary", summary, "rows", rows),
                          job->settings->json);
}

static pb_status write_results(const sensitivity_job *job)
{
    const cli_settings *settings = job->settings;
    if (settings->csv)
        PB_TRY(write_csv(job));
    if (settings->json)
        PB_TRY(write_json(job));
    if (settings->report) {
        PB_TRY(pb_report_sensitivity(job->found, job->scorer.bank, job->scorer.bank_path, settings->report));
        cli_say("Report: %s", cli_path(settings->report));
    }
    return PB_STATUS_OK;
}

int cli_sensitivity(const cli_settings *settings)
{
    sensitivity_job job = {.settings = settings};
    cli_reserve_stdout(settings->json, settings->csv);
    pb_status status = examine(&job);
    if (status == PB_STATUS_OK) {
        print_summary(&job);
        status = write_results(&job);
    }
    pb_sensitivity_free(job.found);
    pb_free(job.sizes);
    pb_free(job.contrasts);
    cli_scorer_close(&job.scorer);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
