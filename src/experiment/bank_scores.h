/* The scores of a block's test images against its banks. */
#ifndef PB_EXPERIMENT_BANK_SCORES_H
#define PB_EXPERIMENT_BANK_SCORES_H

#include "experiment/shared_images.h"

/* Fills image_scores (and patch_scores, where they are wanted) of all banks.
 * @param shared NULL where scoring->one_by_one
 * @return PB_STATUS_BAD_SHAPE for a bank of fewer than k patches, PB_STATUS_LIMIT where memory is too little */
pb_status pb_banks_score(const pb_block *block, const pb_shared_images *shared, const pb_scoring *scoring,
                         pb_study_banks *banks);

#endif
