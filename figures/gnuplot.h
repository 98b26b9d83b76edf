/* gnuplot as a child process: a script goes in, the bytes of a picture come out. */
#ifndef PB_FIGURES_GNUPLOT_H
#define PB_FIGURES_GNUPLOT_H

#include <purebank/runtime.h>

#include "figures/growing_text.h"

/* Runs gnuplot, found by PATH and without anyone's start-up files, on `script`; appends what it prints to *out.
 * @param progress NULL, or asked all the time whether gnuplot is to be ended: PB_STATUS_CANCELLED
 * @return PB_STATUS_OUTPUT where there is no gnuplot, where it fails (with the first line of its complaint) or prints nothing. */
pb_status pb_gnuplot_run(const pb_text *script, const pb_progress *progress, pb_text *out);

#endif
