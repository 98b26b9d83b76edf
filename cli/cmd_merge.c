/* purebank merge: files of results become one. */
#include <purebank/purebank.h>

#include "options.h"
#include "terminal.h"

int cli_merge(const cli_settings *settings)
{
    pb_results_merged merged;
    if (!settings->output)
        return cli_usage_error("merge needs a file to write: -o FILE");
    const pb_status status =
        pb_results_merge(settings->arguments, settings->n_arguments, settings->key, settings->output, &merged);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_say("%lld rows of %d files, %lld of them in more than one: %s", (long long)merged.n_rows, settings->n_arguments,
            (long long)merged.n_repeated, cli_path(settings->output));
    return CLI_EXIT_OK;
}
