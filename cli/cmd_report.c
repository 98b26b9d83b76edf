/* purebank report: one page with all tables and figures of a study. */
#include <purebank/purebank.h>

#include "options.h"
#include "page_figures.h"
#include "studies.h"
#include "terminal.h"

static pb_status write_page(const cli_settings *settings, const cli_study *study)
{
    cli_page_figures figures;
    pb_status status = cli_page_figures_draw(study, &figures);
    const pb_study_page page = {.size = sizeof page,
                                .study = study->selected.study,
                                .tables = &study->tables,
                                .figures = figures.figure,
                                .n_figures = figures.n,
                                .sources = settings->arguments,
                                .n_sources = settings->n_arguments,
                                .see_also = "To see where two result files differ, value by value: purebank compare "
                                            "A.csv B.csv. The tables as LaTeX, Markdown and CSV: purebank tables."};
    if (status == PB_STATUS_OK)
        status = pb_report_study(&page, settings->output);
    if (status == PB_STATUS_OK) {
        cli_study_say_missing(study);
        cli_say("%lld tables and %lld figures: %s", (long long)study->tables.n, (long long)figures.n,
                cli_path(settings->output));
    }
    cli_page_figures_free(&figures);
    return status;
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
