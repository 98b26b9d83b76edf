/* Streaming through features that are larger than memory should be. */
#ifndef PB_IO_FEATURES_H
#define PB_IO_FEATURES_H

#include <purebank/features.h>

#include "io/file.h"

/* Gives the memory of images [first, first + n) back to the system where they are mapped: reading them again reads the file
 * again. Does nothing for features that are in memory. */
void pb_features_forget(const pb_features *features, int64_t first, int64_t n);

/* Begins the sidecar of a feature file: what made it, and the SHA-256 of the file, by which damage is found when it is loaded.
 * All of it is on disk then; commit or abort *out. */
pb_status pb_features_write_sidecar(const pb_origin *origin, const char sha256[65], const char *sidecar,
                                    pb_writer **out);

#endif
