/* The demo's data set, drawn by the program itself: references, some of them bad, and test parts with masks. */
#ifndef PB_CLI_DEMO_SCENE_H
#define PB_CLI_DEMO_SCENE_H

#include <stdint.h>

#include <purebank/runtime.h>

enum { DEMO_SCENE_N_REFERENCES = 12, DEMO_SCENE_N_BAD = 2 };

typedef struct demo_scene {
    int64_t n_references;
    int64_t bad[DEMO_SCENE_N_BAD]; /* indices of the bad references, ascending */
    int64_t n_bad;
    int64_t n_good, n_defect; /* test parts */
} demo_scene;

/* Writes the photos below `dir`, which is created when it is missing, in MVTec layout: references/ref_00.png
 * ..., test/good/000.png ..., test/<kind>/000.png ... and ground_truth/<kind>/000.png; and
 * camera/plate/coarse_0.png ..., good parts that differ from the references. Always the same bytes;
 * files that are already there are replaced, others left alone. `progress` counts photos; when it cancels,
 * the photos taken so far stay. */
pb_status demo_scene_write(const char *dir, const pb_progress *progress, demo_scene *out);

#endif
