/* Heatmap files of scored parts. */
#ifndef PB_CLI_PART_HEATMAPS_H
#define PB_CLI_PART_HEATMAPS_H

#include <purebank/purebank.h>

/* A PNG in memory; free with pb_free(). */
typedef struct cli_png {
    uint8_t *bytes;
    size_t size;
} cli_png;

/* One name an image: `folder`/<path below the common folder, "/" as "__">.png, made unique. Frees with pb_paths_free(). */
pb_status cli_heatmap_names(const char *folder, const pb_paths *images, pb_paths *out);

/* Reads n images again and draws their maps over them, on the bank's colour scale. `scores` is n x P.
 * @param out n, zeroed; to be freed also on failure */
pb_status cli_heatmaps_draw(const pb_bank *bank, const char *const *images, int64_t n, const double *scores,
                            cli_png *out);

/* @param pngs n, borrowed */
pb_status cli_heatmaps_write(const char *const *heatmaps, const cli_png *pngs, int64_t n);

#endif
