/* purebank report: one page with all tables and figures of a study. */
#include "base/error.h"
#include "base/memory.h"
#include "io/path.h"
#include "studies.h"
#include "terminal.h"

static pb_status write_page(const cli_settings *settings, const cli_study *study)
{
    const pb_study_page page = {.study = study->study,
                                .tables = &study->tables,
                                .sources = settings->arguments,
                                .n_sources = settings->n_arguments};
    PB_TRY(pb_report_study(&page, settings->output));
    cli_study_say_missing(study);
    cli_say("%lld tables: %s", (long long)study->tables.n, cli_path(settings->output));
    return PB_STATUS_OK;
}

int cli_report(const cli_settings *settings)
{
    cli_study study;
    if (!settings->output)
        return cli_usage_error("report needs a file to write: -o FILE.html");
    pb_status status = cli_study_open(settings, true, &study);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_study_say(&study);
    status = write_page(settings, &study);
    cli_study_free(&study);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
