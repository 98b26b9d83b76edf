/* Folders that photos are put into: one a product. */
#ifndef PB_STATION_WATCH_H
#define PB_STATION_WATCH_H

#include "station/station.h"

typedef struct station_watch station_watch;

/* Watches options.watch/<product>/, which are made where they are missing, for files that are complete: closed after writing, or renamed
 * in. What lies there at the start comes first. A file is judged under an id made of its name, time, inode and content, so that one that
 * a killed process has judged is not judged again. With options.sort it moves to ok/, ng/ or unusable/ once its row is on disk; what
 * is no photo moves to unusable/. */
pb_status station_watch_start(station *self, station_watch **out);
/* Accepts NULL. */
void station_watch_stop(station_watch *watch);

#endif
