/* Streaming through features that are larger than memory should be. */
#ifndef PB_IO_FEATURES_H
#define PB_IO_FEATURES_H

#include <purebank/features.h>

/* Gives the memory of images [first, first + n) back to the system where they are mapped: reading them again reads the file
 * again. Does nothing for features that are in memory. */
void pb_features_forget(const pb_features *features, int64_t first, int64_t n);

#endif
