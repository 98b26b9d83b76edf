/* purebank fit: references -> bank. */
#include <string.h>

#include "augment.h"
#include "base/memory.h"
#include "base/parse.h"
#include "findings.h"
#include "hints.h"
#include "inputs.h"
#include "light.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "previous.h"
#include "region.h"

typedef struct fit_job {
    cli_inputs inputs;
    pb_references *references;
    pb_decision *decisions;
    pb_audit *audit;
    pb_bank *bank;
    int64_t drawn_into;          /* references, for the report's section */
    pb_sensitivity *sensitivity; /* NULL where the report has none */
} fit_job;

static pb_status read_decisions(const cli_settings *settings, fit_job *job)
{
    if (!settings->decisions)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(job->decisions, job->inputs.paths.n));
    return pb_decisions_load(settings->decisions, (const char *const *)job->inputs.paths.path, job->inputs.sha256,
                             job->inputs.paths.n, job->decisions);
}

/* A whole number is so many patches; "0.1" and "10%" are shares. */
static bool read_coreset(const char *text, pb_bank_options *out)
{
    out->coreset_share = 0;
    out->coreset_rows = 0;
    if (!text)
        return true;
    const pb_item item = pb_item_of(text);
    return pb_item_integer(item, 1, INT32_MAX, &out->coreset_rows) ||
           (pb_item_share(item, 0, 1, &out->coreset_share) && out->coreset_share > 0);
}

static pb_status choose_options(const cli_settings *settings, const fit_job *job, pb_bank_options *out)
{
    *out = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    out->k = settings->knn_k;
    if (strcmp(settings->audit_action, "off") == 0)
        out->audit_rule = NULL;
    else if (settings->rule)
        out->audit_rule = settings->rule;
    out->audit_multiplier = settings->multiplier;
    out->audit_removes = strcmp(settings->audit_action, "remove") == 0;
    out->decisions = job->decisions;
    out->photos = job->inputs.photos;
    out->purify_method = settings->purify;
    out->percentile = settings->percentile;
    out->contamination = settings->contamination;
    out->seed = settings->seed;
    out->false_alarm_rate = settings->false_alarm_rate;
    (void)read_coreset(settings->coreset, out); /* checked before */
    return settings->image_score ? pb_image_score_parse(settings->image_score, &out->image_score) : PB_STATUS_OK;
}

static pb_status fit(const cli_settings *settings, fit_job *job)
{
    cli_progress progress;
    pb_bank_options options;
    PB_TRY(cli_inputs_open(settings->arguments, settings->n_arguments, PB_CACHE_TRAIN, &job->inputs));
    PB_TRY(cli_protect_inputs(settings, (const char *const *)job->inputs.paths.path, job->inputs.paths.n));
    PB_TRY(cli_inputs_hash(&job->inputs));
    PB_TRY(read_decisions(settings, job));
    PB_TRY(cli_inputs_extract(&job->inputs, settings));
    PB_TRY(choose_options(settings, job, &options));
    cli_progress_start(&progress, "fit", NULL);
    pb_status status = pb_references_new(job->inputs.features, settings->knn_k, &progress.callback, &job->references);
    if (status == PB_STATUS_OK)
        status = pb_bank_fit(job->references, (const char *const *)job->inputs.paths.path, job->inputs.sha256, &options,
                             &job->bank, &job->audit);
    cli_progress_end();
    return status;
}

/* What the report draws defects into unless told: a matter of seconds, which only a light backbone at its own size promises.
 * @return false for what is no number */
static bool read_drawn_into(const cli_settings *settings, int64_t *out)
{
    const bool is_quick = pb_backbone_is_light(settings->backbone) && !settings->resolution && settings->size == 0;
    *out = is_quick ? 5 : 0;
    return !settings->sensitivity || pb_item_integer(pb_item_of(settings->sensitivity), 0, 1000, out);
}

static pb_status run_sensitivity(const cli_settings *settings, fit_job *job)
{
    const pb_bank_backbone_options of_backbone = {.size = sizeof of_backbone, .name = settings->backbone};
    pb_sensitivity_options options = PB_SENSITIVITY_OPTIONS_INIT;
    pb_backbone *backbone;
    cli_progress progress;
    options.n_references = job->drawn_into;
    PB_TRY(pb_bank_open_backbone(job->bank, &of_backbone, &backbone));
    cli_progress_start(&progress, "sensitivity", "images");
    options.progress = progress.callback;
    const pb_status status = pb_sensitivity_run(job->bank, backbone, &options, &job->sensitivity);
    cli_progress_end();
    pb_backbone_close(backbone);
    return status;
}

/* For the page alone: where nothing can be said about drawn defects, the bank is none the worse. */
static pb_status draw_defects(const cli_settings *settings, fit_job *job)
{
    if (job->drawn_into == 0 || job->inputs.from_features)
        return PB_STATUS_OK;
    const pb_status status = run_sensitivity(settings, job);
    if (status == PB_STATUS_OK || status == PB_STATUS_CANCELLED || status == PB_STATUS_NO_MEMORY)
        return status;
    cli_warn("the report says nothing about drawn defects: %s", cli_error_message());
    return PB_STATUS_OK;
}

static pb_status write_results(const cli_settings *settings, fit_job *job)
{
    PB_TRY(cli_keep_previous_bank(settings->output));
    PB_TRY(pb_bank_save(job->bank, settings->output));
    if (!settings->report)
        return PB_STATUS_OK;
    PB_TRY(draw_defects(settings, job));
    const pb_audit_report content = {.size = sizeof content,
                                     .audit = job->audit,
                                     .references = job->references,
                                     .paths = (const char *const *)job->inputs.paths.path,
                                     .bank = job->bank,
                                     .sensitivity = job->sensitivity};
    return pb_report_audit(&content, settings->report);
}

/* First of all: which photos somebody should look at, and how. */
static void print_not_reviewed(const cli_settings *settings, const pb_bank *bank)
{
    int64_t n = 0;
    const bool removed = strcmp(settings->audit_action, "remove") == 0;
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++)
        n += pb_bank_awaits_review(pb_bank_reference_at(bank, i));
    if (n == 0)
        return;
    cli_say("%sNot reviewed: %lld of %lld references %s out and %s, though nobody has looked at %s:%s",
            cli_color_on(CLI_BOLD), (long long)n, (long long)pb_bank_n_references(bank), n == 1 ? "stands" : "stand",
            removed  ? "left the bank"
            : n == 1 ? "is in the bank"
                     : "are in the bank",
            n == 1 ? "it" : "them", cli_color_off());
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        if (pb_bank_awaits_review(reference))
            cli_say("  %s%s%s", cli_path(reference->path), reference->unusable[0] ? "  " : "", reference->unusable);
    }
    cli_say("Look at %s: purebank audit %s --report audit.html\n"
            "Decide in the page, save decisions.json, and fit again with --decisions decisions.json.\n"
            "The page proposes to remove what is flagged; %s until you decide.\n",
            n == 1 ? "it" : "them", settings->n_arguments == 1 ? cli_path(settings->arguments[0]) : "REFS...",
            removed ? "--audit remove has done so" : "fit keeps it");
}

/* What became of references otherwise. */
static void print_decisions(const pb_bank *bank)
{
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        if (pb_bank_awaits_review(reference) || (reference->decision == PB_DECISION_KEEP && !reference->flagged))
            continue;
        cli_say("  %-9s  %s%s%s%s", pb_decision_name(reference->decision), cli_path(reference->path),
                reference->unusable[0] ? "  "
                : reference->flagged   ? "  (flagged by the audit)"
                                       : "",
                reference->unusable, reference->decided_by_person ? "  (your decision)" : "");
    }
}

/* What the threshold promises, and what nobody can promise from so few photos. */
static void print_promise(const pb_bank *bank, double confidence)
{
    double bound;
    int64_t unseen = 0;
    const pb_threshold *threshold = pb_bank_threshold(bank);
    const double rate = threshold->false_alarm_rate;
    cli_say("Threshold %.4g for a false-alarm rate of %g %%, from %lld good references.", threshold->value, 100 * rate,
            (long long)threshold->n);
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++)
        unseen += pb_bank_reference_at(bank, i)->decision != PB_DECISION_KEEP &&
                  !pb_bank_reference_at(bank, i)->decided_by_person;
    if (unseen > 0)
        cli_say("  Those that left the bank unseen count as good parts in it until somebody has decided.");
    if (cli_has_finding(bank, PB_FINDING_ZERO_THRESHOLD))
        cli_say("  It promises nothing: see the warning.");
    else if (!cli_has_finding(bank, PB_FINDING_RATE_NOT_PROMISED))
        cli_say("  It holds without assumptions on how scores are distributed, on average over\n"
                "  stations set up like this one.");
    else
        cli_say("  %lld references alone can promise no rate below %.2g %% (1 in %lld). This threshold\n"
                "  gets there by assuming that log scores of good parts are normally distributed:\n"
                "  set it by good parts you did not commission with (purebank calibrate).",
                (long long)threshold->n, 100 * threshold->guaranteed_rate, (long long)threshold->n + 1);
    if (!cli_has_finding(bank, PB_FINDING_ZERO_THRESHOLD) &&
        pb_threshold_rate_bound(threshold, confidence, &bound) == PB_STATUS_OK)
        cli_say("  Asked %g %%: that is the mean over stations. %g %% of stations made this way will see\n"
                "  at most %.2g %%, the others more.",
                100 * rate, 100 * confidence, 100 * bound);
}

/* The guard's share comes on top. */
static void print_guard(const pb_bank *bank)
{
    const pb_guard *guard = pb_bank_guard(bank);
    if (!guard)
        cli_say("Photos of parts will not be checked: features alone show no photos. Fit from photos to have\n"
                "  black, blurred or foreign ones called unusable.");
    else
        cli_say("Photos that do not look like the references' are called unusable: at most another %g %% of\n"
                "  good parts, %g %% with the false alarms.",
                100 * guard->rate, 100 * (guard->rate + pb_bank_threshold(bank)->false_alarm_rate));
    cli_say_light(bank);
}

/* The report has a table of few references; the command draws into all. */
static void print_sensitivity(const cli_settings *settings, const pb_sensitivity *found)
{
    int64_t caught = 0, drawn = 0;
    for (int64_t i = 0; found && i < pb_sensitivity_n_rows(found); i++) {
        caught += pb_sensitivity_row_at(found, i)->caught;
        drawn += pb_sensitivity_row_at(found, i)->n;
    }
    if (found)
        cli_say("Of defects drawn into %lld of %lld references, %lld of %lld are caught: the report says which, and\n"
                "  purebank sensitivity %s draws into more.",
                (long long)pb_sensitivity_n_references(found), (long long)pb_sensitivity_n_in_bank(found),
                (long long)caught, (long long)drawn, cli_path(settings->output));
}

static void print_summary(const cli_settings *settings, const fit_job *job)
{
    const pb_bank *bank = job->bank;
    print_not_reviewed(settings, bank);
    if (job->audit)
        cli_print_audit_verdict(job->audit);
    print_decisions(bank);
    cli_say("%s%s%s: %lld of %lld references kept, %lld patches x %lld channels", cli_color_on(CLI_BOLD),
            cli_path(settings->output), cli_color_off(), (long long)pb_bank_n_kept(bank),
            (long long)pb_bank_n_references(bank), (long long)pb_bank_n_rows(bank), (long long)pb_bank_dim(bank));
    if (pb_bank_coreset_of(bank) > 0)
        cli_say("  coreset of %lld patches: each of them is near one that stays", (long long)pb_bank_coreset_of(bank));
    cli_say_region(pb_bank_roi(bank), "  ");
    cli_say_augment(pb_bank_augment(bank), "  ");
    cli_say("  %s, image score %s, purification %s",
            pb_bank_origin(bank)->backbone[0] ? pb_bank_origin(bank)->backbone : "features of unknown origin",
            pb_image_score_name(pb_bank_image_score(bank)),
            pb_method_label(PB_METHOD_PURIFICATION, pb_bank_purify_method(bank)));
    print_promise(bank, settings->confidence);
    print_guard(bank);
    print_sensitivity(settings, job->sensitivity);
    if (settings->report)
        cli_say("Report: %s", cli_path(settings->report));
    cli_say_trust(bank, settings->output);
}

static bool needs_share(const char *method)
{
    const pb_method *row;
    return pb_purify_method_find(method, &row) == PB_STATUS_OK && (row->needs & PB_NEEDS_SHARE);
}

/* Options that change nothing beside the others given; a value that is the default goes unnoticed. */
static void warn_about_idle_options(const cli_settings *settings)
{
    const bool purifies = strcmp(settings->purify, PB_METHOD_NONE) != 0;
    if (!purifies && (settings->percentile != PB_DEFAULT_PERCENTILE || settings->seed != 0))
        cli_warn("--percentile and --seed have no effect without --purify");
    if (settings->contamination > 0 && !needs_share(settings->purify))
        cli_warn("--contamination has no effect on --purify %s", settings->purify);
    if (settings->sensitivity && !settings->report)
        cli_warn("--sensitivity has no effect without --report");
    if (settings->multiplier > 0 && strcmp(settings->audit_action, "off") == 0)
        cli_warn("--multiplier has no effect with --audit off");
}

int cli_fit(const cli_settings *settings)
{
    fit_job job = {0};
    if (!settings->output)
        return cli_usage_error("fit needs an output file: -o part.bank");
    if (settings->report && strcmp(settings->audit_action, "off") == 0)
        return cli_usage_error("--report shows the audit, but --audit off runs none");
    if (needs_share(settings->purify) && settings->contamination <= 0)
        return cli_usage_error("--purify %s must be told the expected share of bad references: --contamination C",
                               settings->purify);
    pb_bank_options options;
    if (!read_coreset(settings->coreset, &options))
        return cli_usage_error("--coreset %s is neither a share, such as 10%% or 0.1, nor a number of patches",
                               settings->coreset);
    if (!read_drawn_into(settings, &job.drawn_into))
        return cli_usage_error("--sensitivity %s is no number of references from 0 to 1000", settings->sensitivity);
    warn_about_idle_options(settings);
    pb_status status = fit(settings, &job);
    if (status == PB_STATUS_OK)
        status = write_results(settings, &job);
    if (status == PB_STATUS_OK) {
        print_summary(settings, &job);
        cli_warn_about_weakness(job.bank);
    }
    pb_sensitivity_free(job.sensitivity);
    pb_bank_free(job.bank);
    pb_audit_free(job.audit);
    pb_references_free(job.references);
    pb_free(job.decisions);
    cli_inputs_free(&job.inputs);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
