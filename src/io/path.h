/* Names made from names. */
#ifndef PB_IO_PATH_H
#define PB_IO_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A companion of a feature file: "parts.npy" and ".origin.json" -> "parts.origin.json"; an ending other than .npy stays.
 * Free *out with pb_free(). */
pb_status pb_path_beside(const char *features_path, const char *ending, char **out);

/* "folder/name"; free *out with pb_free(). */
pb_status pb_path_join(const char *folder, const char *name, char **out);

/* Length of the longest folder prefix, with its final slash, that all n paths share; 0 where there is none. */
size_t pb_common_folder(const char *const *paths, int64_t n);

#endif
