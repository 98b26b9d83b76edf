/* gnuplot as a child process: a script goes in, the bytes of a picture come out. */
#ifndef PB_CLI_FIGURES_GNUPLOT_H
#define PB_CLI_FIGURES_GNUPLOT_H

#include "figures/text.h"

/* Runs gnuplot, found by PATH and without anyone's start-up files, on `script`; appends what it prints to *out.
 * PB_STATUS_OUTPUT where there is no gnuplot, where it fails (with the first line of its complaint) or prints nothing. */
pb_status cli_gnuplot_run(const cli_text *script, cli_text *out);

#endif
