/* Heatmap files of scored parts. */
#ifndef PB_CLI_PART_HEATMAPS_H
#define PB_CLI_PART_HEATMAPS_H

#include <purebank/purebank.h>

/* One name an image: `folder`/<path below the common folder, "/" as "__">.png, made unique. Frees with pb_paths_free(). */
pb_status cli_heatmap_names(const char *folder, const pb_paths *images, pb_paths *out);

/* Reads n images again and writes their maps over them, on the bank's colour scale. `scores` is n x P. */
pb_status cli_heatmaps_write(const pb_bank *bank, const char *const *images, const char *const *heatmaps, int64_t n,
                             const double *scores);

#endif
