/* purebank tables: the tables of the studies from result files, each as LaTeX, Markdown and CSV. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "studies.h"
#include "terminal.h"

static pb_status write_format(const cli_settings *settings, const pb_table *table, pb_table_format format)
{
    char *path;
    const size_t size = strlen(settings->output) + strlen(pb_table_id(table)) + 8;
    PB_TRY(PB_NEW(path, size));
    snprintf(path, size, "%s/%s%s", settings->output, pb_table_id(table), pb_table_suffix(format));
    const char *output = path;
    pb_status status = cli_check_overwrite(&output, 1, settings->arguments, settings->n_arguments);
    if (status == PB_STATUS_OK)
        status = pb_table_write(table, format, path);
    pb_free(path);
    return status;
}

static pb_status write_tables(const cli_settings *settings, const cli_study *study)
{
    PB_TRY(cli_make_folder(settings->output));
    for (int64_t i = 0; i < study->tables.n; i++) {
        const pb_table *table = study->tables.table[i];
        for (pb_table_format format = PB_TABLE_LATEX; format <= PB_TABLE_CSV; format++)
            PB_TRY(write_format(settings, table, format));
        cli_say("  %-28s %s", pb_table_id(table), cli_path(pb_table_title(table)));
    }
    cli_study_say_missing(study);
    cli_say("%lld tables, each as .tex, .md and .csv: %s", (long long)study->tables.n, cli_path(settings->output));
    return PB_STATUS_OK;
}

int cli_tables(const cli_settings *settings)
{
    cli_study study;
    if (!settings->output)
        return cli_usage_error("tables needs a folder to write to: -o DIR");
    pb_status status = cli_study_open(settings, false, &study);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_study_say(&study);
    status = write_tables(settings, &study);
    cli_study_free(&study);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
