/* The one queue of all products: parts are judged by a few lanes in the order in which they came, and answered when photo and row are on
 * disk. */
#ifndef PB_STATION_ENGINE_H
#define PB_STATION_ENGINE_H

#include "station/job.h"

pb_status station_engine_start(const station_engine_options *options, station_engine **out);
/* Judges what is inside, then stops; may still be asked. */
void station_engine_stop(station_engine *engine);
/* Accepts NULL. */
void station_engine_free(station_engine *engine);

/* false: full, or stopping; `done` will not be called then. @param patient waits until there is room */
bool station_engine_submit(station_engine *engine, station_job *job, bool patient);
int64_t station_engine_length(station_engine *engine);
/* Seconds until there is likely room again, at least 1. */
int station_engine_retry_after(station_engine *engine);
/* Can parts be judged? Else a sentence in `why`. */
bool station_engine_is_well(station_engine *engine, char *why, size_t size);

#endif
