/* A data set where photos are asked for. */
#ifndef PB_CLI_MISTAKEN_H
#define PB_CLI_MISTAKEN_H

#include <purebank/purebank.h>

/* Refuses a folder that is not one of photos, as references and parts are, but a whole data set, one that holds such, or masks: all of
 * it would count as photos of one kind. PB_STATUS_BAD_ARGUMENT, naming the folders that may be meant; files are fine. */
pb_status cli_check_photos(const char *path);

#endif
