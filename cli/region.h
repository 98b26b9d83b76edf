/* --roi: the region of interest that references are looked at in. */
#ifndef PB_CLI_REGION_H
#define PB_CLI_REGION_H

#include <purebank/purebank.h>

#include "options.h"

/* The mask's file in [NAME=]MASK; a file that is called so altogether has no name before it. Borrowed from the text. */
const char *cli_region_path(const char *text);

/* Reads the region that the settings ask for. @param photo the first one, whose shape the mask has; NULL: there are features alone
 * @param out NULL where none is asked for */
pb_status cli_region_open(const cli_settings *settings, const pb_origin *origin, const char *photo, pb_roi **out);

/* Cuts features to it, in place, once all photos turn out to have its shape. @param photos n of these paths; NULL: not known */
pb_status cli_region_cut(const pb_roi *roi, const char *const *paths, const pb_photo *photos, pb_features **features);

/* One line of what is said of a bank or an audit. */
void cli_say_region(const pb_roi *roi, const char *before);

#endif
