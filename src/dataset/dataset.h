/* What stands behind the handles of data sets. */
#ifndef PB_DATASET_DATASET_H
#define PB_DATASET_DATASET_H

#include <purebank/dataset.h>

struct pb_testset {
    int64_t n;
    char **path;    /* n, sorted by folder, then by name; VisA: in the table's order */
    uint8_t *label; /* n, 1 = defect, 0 = good ("good" or "ok" folder, VisA's "normal") */
    char **kind;    /* n, the folder's name; VisA: the table's label */
    pb_paths *mask; /* n lists of mask files; good images have none */
    int64_t n_good, n_defect;
    int64_t n_masks; /* images that have a mask */
};

struct pb_category {
    char *name;   /* "mvtec_AD/bottle"; the folder's name alone outside the benchmarks */
    char *folder; /* absolute */
    pb_layout layout;
    pb_paths train;  /* good images, sorted as whole path strings */
    pb_testset test; /* n = 0 where there is none; may also lack good images or defects */
    pb_paths notes;
};

struct pb_dataset {
    int64_t n;
    pb_category *category; /* n */
    pb_paths notes;
};

/* What pb_testset_free() frees but the struct itself; accepts zeroed sets. */
void pb_testset_clear(pb_testset *set);

#endif
