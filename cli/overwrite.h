/* Before the work starts: can every output be written, and does none of them overwrite what the command reads? */
#ifndef PB_CLI_OVERWRITE_H
#define PB_CLI_OVERWRITE_H

#include <purebank/purebank.h>

#include "options.h"

/* Looks at the outputs named in the settings, at each other, at the arguments and at --decisions. Bank, features and report
 * must be regular files; CSV and JSON may go to standard output, a pipe or a device.
 * PB_STATUS_BAD_ARGUMENT where a file stands on both sides, PB_STATUS_OUTPUT where nothing could be written. */
pb_status cli_check_outputs(const cli_settings *settings);

/* The same for n input files that the command has found behind its arguments. */
pb_status cli_protect_inputs(const cli_settings *settings, const char *const *inputs, int64_t n);

/* The same for outputs whose names the command has made itself: none of the n outputs may be one of the m inputs. */
pb_status cli_check_overwrite(const char *const *outputs, int64_t n, const char *const *inputs, int64_t m);

#endif
