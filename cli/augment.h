/* --augment: the altered copies that references have. */
#ifndef PB_CLI_AUGMENT_H
#define PB_CLI_AUGMENT_H

#include <purebank/purebank.h>

#include "options.h"

/* What the settings ask for; all zero where they ask for nothing. */
pb_status cli_augment_read(const cli_settings *settings, pb_augment *out);

/* One line of what is said of a bank or an audit; nothing for NULL and for none. */
void cli_say_augment(const pb_augment *augment, const char *before);

#endif
