/* The banks of a block: what is left of its references, and how that is searched. */
#ifndef PB_EXPERIMENT_BANKS_H
#define PB_EXPERIMENT_BANKS_H

#include <purebank/index.h>
#include <purebank/purify.h>

#include "experiment/drawn_images.h"
#include "io/features.h"

/* What is left of a set of references, and the number of neighbours that scores average. Cells with the same patches share
 * one. */
typedef struct pb_study_bank {
    int64_t set, k;
    uint8_t *keep; /* n_images x n_patches of the set */
    int64_t n_kept;
    double *image_scores; /* n_test of the block */
    double *patch_scores; /* n_test x n_patches while they are needed, or NULL */
    int64_t n_open;       /* of these, how many the shared lists could not tell */
} pb_study_bank;

typedef struct pb_study_banks {
    int64_t n, capacity;
    pb_study_bank *bank;
} pb_study_banks;

/* The number of the bank with this set, k and mask: a new one, or one that is there. Takes the mask over. */
pb_status pb_banks_add(pb_study_banks *banks, const pb_block *block, int64_t set, int64_t k, pb_patch_mask *mask,
                       int64_t *out);
void pb_banks_free(pb_study_banks *banks);

/* Copies the patches of a bank, image by image. @param rows n_kept x dim */
void pb_study_bank_gather(const pb_block *block, const pb_study_bank *bank, float *rows);

/* A bank ready to be searched. */
typedef struct pb_open_bank {
    float *rows;
    pb_index *index;
} pb_open_bank;

pb_status pb_study_bank_open(const pb_block *block, const pb_study_bank *bank, pb_open_bank *out);
void pb_study_bank_close(pb_open_bank *opened);

/* image_scores from patch_scores. */
pb_status pb_study_bank_score_images(const pb_block *block, pb_study_bank *bank);

#endif
