/* Photos that are there already become parts of a station. */
#ifndef PB_CLI_STATION_FILL_H
#define PB_CLI_STATION_FILL_H

#include <purebank/dataset.h>

/* Judges photos as parts of a product of a station that is not being served. @return PB_STATUS_UNSUPPORTED where the program was
 * built without the station */
pb_status cli_station_fill(const char *folder, const char *product, const pb_paths *photos);

#endif
