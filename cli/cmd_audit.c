/* purebank audit: which references do not belong. */
#include "base/error.h"
#include "inputs.h"
#include "output.h"

typedef struct audit_job {
    cli_inputs inputs;
    pb_references *references;
    pb_audit audit;
} audit_job;

static pb_status examine(const cli_settings *settings, audit_job *job)
{
    cli_progress progress;
    PB_TRY(cli_inputs_open(settings->arguments, settings->n_arguments, &job->inputs));
    PB_TRY(cli_inputs_hash(&job->inputs));
    PB_TRY(cli_inputs_extract(&job->inputs, settings));
    cli_progress_start(&progress, "audit", NULL);
    pb_status status = pb_references_new(&job->inputs.features, settings->knn_k, &progress.callback, &job->references);
    if (status == PB_STATUS_OK)
        status = pb_audit_run(job->references, settings->rule, settings->k, &job->audit);
    cli_progress_end();
    return status;
}

static pb_status write_results(const cli_settings *settings, const audit_job *job)
{
    const char *const *paths = (const char *const *)job->inputs.paths.path;
    if (settings->json)
        PB_TRY(cli_write_json(cli_audit_to_json(&job->audit, paths), settings->json));
    if (!settings->report)
        return PB_STATUS_OK;
    const pb_audit_report content = {.audit = &job->audit, .references = job->references, .paths = paths};
    return pb_report_audit(&content, settings->report);
}

int cli_audit(const cli_settings *settings)
{
    audit_job job = {0};
    cli_reserve_stdout(settings->json, NULL);
    pb_status status = examine(settings, &job);
    if (status == PB_STATUS_OK) {
        cli_print_audit(&job.audit, (const char *const *)job.inputs.paths.path);
        status = write_results(settings, &job);
    }
    if (status == PB_STATUS_OK && settings->report)
        cli_say("Report: %s", cli_path(settings->report));
    pb_audit_free(&job.audit);
    pb_references_free(job.references);
    cli_inputs_free(&job.inputs);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
