/* purebank compare: two files of results, worst differences first. */

#include <purebank/purebank.h>

#include "options.h"
#include "terminal.h"

enum { SHOWN = 20 };

static void say_differences(const pb_results_comparison *comparison)
{
    const int64_t n = comparison->n_differences < SHOWN ? comparison->n_differences : SHOWN;
    for (int64_t i = 0; i < n; i++) {
        const pb_results_difference *difference = &comparison->difference[i];
        cli_say("  %-28s %12s %12s  %s", difference->column, difference->a, difference->b, cli_path(difference->key));
    }
    if (comparison->n_differences > n)
        cli_say("  ... and %lld more", (long long)(comparison->n_differences - n));
}

int cli_compare(const cli_settings *settings)
{
    pb_results_comparison comparison;
    const pb_status status = pb_results_compare(settings->arguments[0], settings->arguments[1], settings->key,
                                                settings->tolerance, &comparison);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    const bool differs = comparison.n_differences > 0;
    if (differs) {
        cli_say("%s  %-28s %12s %12s  %s%s", cli_color_on(CLI_DIM), "column", "A", "B", "row", cli_color_off());
        say_differences(&comparison);
    }
    cli_say("%lld rows in both, %lld only in A, %lld only in B; %lld values compared, %lld empty on one side",
            (long long)comparison.n_common, (long long)comparison.n_only_a, (long long)comparison.n_only_b,
            (long long)comparison.n_values, (long long)comparison.n_empty);
    cli_say("%lld values differ by more than %g", (long long)comparison.n_differences, settings->tolerance);
    pb_results_comparison_free(&comparison);
    return differs ? CLI_EXIT_DIFFERENT : CLI_EXIT_OK;
}
