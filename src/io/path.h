/* Names made from names, and what stands behind a name. */
#ifndef PB_IO_PATH_H
#define PB_IO_PATH_H

#include <stdbool.h>
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

/* What stands behind the last slash. */
const char *pb_base_name(const char *path);
/* *out = what stands before it: "." for a name alone, "/" for one in the root; free with pb_free(). */
pb_status pb_path_folder(const char *path, char **out);

/* Is there anything of this name, a folder, a regular file? Links are followed; one that leads nowhere is nothing. */
bool pb_path_exists(const char *path);
bool pb_is_folder(const char *path);
bool pb_is_file(const char *path);
/* Is folder/name a folder, a file? A path too long for the system is neither. */
bool pb_has_folder(const char *folder, const char *name);
bool pb_has_file(const char *folder, const char *name);

#endif
