/* What info says of several kinds of files. */
#ifndef PB_CLI_INFO_H
#define PB_CLI_INFO_H

#include <purebank/purebank.h>

/* What made features. */
void cli_say_origin(const pb_origin *origin);

/* What banks of a backbone's features do unless told otherwise. */
void cli_say_defaults(const pb_backbone *backbone);

/* The folder of a checkpoint. `json`: a file to describe it in, or NULL. */
pb_status cli_info_checkpoint(const char *folder, const char *json);

#endif
