/* purebank audit: which references do not belong. */
#include "augment.h"
#include "base/memory.h"
#include "findings.h"
#include "inputs.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "region.h"

typedef struct audit_job {
    cli_inputs inputs;
    pb_references *references;
    pb_audit *audit;
    pb_recall recall; /* zeroed without --decisions */
} audit_job;

/* Early: a file that cannot be read is said before the work, not after it. */
static pb_status read_decisions(const cli_settings *settings, audit_job *job)
{
    if (!settings->decisions)
        return PB_STATUS_OK;
    return pb_decisions_recall(settings->decisions, (const char *const *)job->inputs.paths.path, job->inputs.sha256,
                               job->inputs.paths.n, &job->recall);
}

/* The rule asked for, else that of the backbone. */
static const char *rule_of(const cli_settings *settings, const pb_features *features)
{
    return settings->rule ? settings->rule : pb_backbone_audit_rule_of(pb_features_origin(features)->backbone);
}

static pb_status examine(const cli_settings *settings, audit_job *job)
{
    cli_progress progress;
    const pb_audit_options options = {.size = sizeof options, .multiplier = settings->multiplier};
    PB_TRY(cli_inputs_open(settings->arguments, settings->n_arguments, PB_CACHE_TRAIN, &job->inputs));
    PB_TRY(cli_protect_inputs(settings, (const char *const *)job->inputs.paths.path, job->inputs.paths.n));
    PB_TRY(cli_inputs_hash(&job->inputs));
    PB_TRY(read_decisions(settings, job));
    PB_TRY(cli_inputs_extract(&job->inputs, settings));
    cli_progress_start(&progress, "audit", NULL);
    pb_status status = pb_references_new(job->inputs.features, settings->knn_k, &progress.callback, &job->references);
    if (status == PB_STATUS_OK)
        status = pb_audit_run(job->references, rule_of(settings, job->inputs.features), &options, &job->audit);
    cli_progress_end();
    if (status == PB_STATUS_OK && job->inputs.photos)
        status = pb_audit_photos(job->audit, job->references, job->inputs.photos);
    if (status == PB_STATUS_OK && settings->decisions)
        status = pb_recall_apply(&job->recall, job->audit);
    return status;
}

static pb_status write_results(const cli_settings *settings, const audit_job *job)
{
    const char *const *paths = (const char *const *)job->inputs.paths.path;
    if (settings->json)
        PB_TRY(cli_write_json(cli_audit_to_json(job->audit, paths), settings->json));
    if (!settings->report)
        return PB_STATUS_OK;
    const pb_audit_report content = {.size = sizeof content,
                                     .audit = job->audit,
                                     .references = job->references,
                                     .paths = paths,
                                     .sha256 = job->inputs.sha256,
                                     .recall = settings->decisions ? &job->recall : NULL};
    return pb_report_audit(&content, settings->report);
}

/* What the earlier decisions say about the references of today; those that they say nothing about, by name. */
static void print_recall(const cli_settings *settings, const audit_job *job)
{
    enum { MAX_GONE = 10 };
    const pb_recall *recall = &job->recall;
    int64_t n_same = 0;
    for (int64_t i = 0; i < recall->n_images; i++)
        n_same += recall->images[i].kind == PB_RECALL_SAME;
    cli_say("%s decides about %lld of %lld references as they are now.", cli_path(settings->decisions),
            (long long)n_same, (long long)recall->n_images);
    for (int64_t i = 0; i < recall->n_images; i++)
        if (recall->images[i].kind == PB_RECALL_CHANGED)
            cli_say("  changed    %s  (then: %s)", cli_path(job->inputs.paths.path[i]),
                    pb_decision_name(recall->images[i].decision));
        else if (recall->images[i].kind == PB_RECALL_NEW)
            cli_say("  new        %s", cli_path(job->inputs.paths.path[i]));
    for (int64_t i = 0; i < recall->n_gone && i < MAX_GONE; i++)
        cli_say("  gone       %s", cli_path(recall->gone[i]));
    if (recall->n_gone > MAX_GONE)
        cli_say("  and %lld more are gone", (long long)(recall->n_gone - MAX_GONE));
}

int cli_audit(const cli_settings *settings)
{
    audit_job job = {0};
    cli_reserve_stdout(settings->json, NULL);
    pb_status status = examine(settings, &job);
    if (status == PB_STATUS_OK) {
        cli_say_region(job.inputs.roi, "");
        cli_say_augment(&job.inputs.augment, "");
        cli_print_audit(job.audit, (const char *const *)job.inputs.paths.path);
        if (settings->decisions)
            print_recall(settings, &job);
        status = write_results(settings, &job);
        if (job.inputs.photos)
            cli_warn_about_photos(job.inputs.photos, job.inputs.paths.n, pb_features_origin(job.inputs.features));
    }
    if (status == PB_STATUS_OK && settings->report)
        cli_say("Report: %s", cli_path(settings->report));
    pb_recall_free(&job.recall);
    pb_audit_free(job.audit);
    pb_references_free(job.references);
    cli_inputs_free(&job.inputs);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
