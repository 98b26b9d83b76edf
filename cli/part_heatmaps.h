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

/* What the bank says of n parts. */
typedef struct cli_judged {
    const double *patch_scores, *image_scores; /* n x P, n */
    const pb_guard_verdict *guarded;           /* n */
} cli_judged;

/* Reads n images again and draws their maps over them, on the bank's colour scale, which stands below with score and verdict.
 * @param out n, zeroed; to be freed also on failure */
pb_status cli_heatmaps_draw(const pb_bank *bank, const char *const *images, int64_t n, const cli_judged *judged,
                            cli_png *out);

/* @param pngs n, borrowed */
pb_status cli_heatmaps_write(const char *const *heatmaps, const cli_png *pngs, int64_t n);

#endif
