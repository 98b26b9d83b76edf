/* How large photos are looked at: --resolution, --tile and --overlap of every command that opens a backbone. */
#ifndef PB_CLI_RESOLUTION_H
#define PB_CLI_RESOLUTION_H

#include <purebank/purebank.h>

#include "options.h"

/* Options that do not go together are a usage error, whose exit status is returned; else CLI_EXIT_OK. */
int cli_check_resolution(const cli_settings *settings);

/* What the options ask of a backbone.
 * @param photo the first of those that are to be looked at: "native" and scales go by its size, and then all must have it. NULL: there
 *              is none that stands for all, so that only WxH is possible */
pb_status cli_resolution_choose(const cli_settings *settings, const char *photo, pb_backbone_options *out);

#endif
