/* Shared by the two ways to the scores of banks. */
#ifndef PB_EXPERIMENT_SCORE_H
#define PB_EXPERIMENT_SCORE_H

#include "base/threads.h"
#include "experiment/banks.h"

/* A bank ready to be searched. */
typedef struct pb_open_bank {
    float *rows;
    pb_index *index;
} pb_open_bank;

pb_status pb_bank_open(const pb_block *block, const pb_study_bank *bank, pb_open_bank *out);
void pb_bank_close(pb_open_bank *opened);

/* image_scores from patch_scores. */
pb_status pb_bank_score_images(const pb_block *block, pb_study_bank *bank);

/* All banks from one pass over the test images. */
pb_status pb_banks_score_together(const pb_block *block, const pb_shared_images *shared, const pb_scoring *scoring,
                                  pb_study_banks *banks);

#endif
