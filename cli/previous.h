/* What a command keeps of a bank that it replaces. */
#ifndef PB_CLI_PREVIOUS_H
#define PB_CLI_PREVIOUS_H

#include <purebank/purebank.h>

/* Gives a bank at `path` a second name, <path>.previous, in place of the one before it; where there is no bank nothing happens.
 * PB_STATUS_OUTPUT also where <path>.previous is no bank: it is somebody's file. */
pb_status cli_keep_previous_bank(const char *path);

#endif
