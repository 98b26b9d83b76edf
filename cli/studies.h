/* What the commands on result files share; for tables and report, how files become a study and its tables. */
#ifndef PB_CLI_STUDIES_H
#define PB_CLI_STUDIES_H

#include <purebank/purebank.h>

#include "options.h"

/* A selection and what it points to; free with cli_selection_free(). */
typedef struct cli_selection {
    pb_study_selection wanted;
    int64_t *limits;
} cli_selection;

/* What --contamination, --limits, --benchmark, --exclude-loco and --methods say: the same for tables, figures and report.
 * To be freed also on failure. */
pb_status cli_selection_read(const cli_settings *settings, cli_selection *out);
void cli_selection_free(cli_selection *selection);

/* Free with cli_study_free(). */
typedef struct cli_study {
    pb_study *study;
    pb_study_selected selected; /* what tables, figures and headline are about */
    pb_study_tables tables;
} cli_study;

/* Reads the arguments; --setup and the options of cli_selection_read() choose. Rows of both setups stand side by side unless one is
 * asked for.
 * @param variants see pb_study_tables_options */
pb_status cli_study_open(const cli_settings *settings, bool variants, cli_study *out);
/* Warns of a file whose setup nothing tells. */
void cli_warn_assumed_setup(const pb_study_contents *contents);
/* Says what the results are of and what they say. */
void cli_study_say(const cli_study *study);
/* Says which tables the results do not give. */
void cli_study_say_missing(const cli_study *study);
/* Accepts zeroed studies. */
void cli_study_free(cli_study *study);

/* Says nothing, and stops the work where the user does. */
extern const pb_progress cli_stop_if_interrupted;

#endif
