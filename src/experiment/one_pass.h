/* All banks of a block scored in one pass over its test images. */
#ifndef PB_EXPERIMENT_ONE_PASS_H
#define PB_EXPERIMENT_ONE_PASS_H

#include "experiment/shared_images.h"

/* Fills patch_scores of all banks in, and image_scores, for which there is room.
 * @return PB_STATUS_LIMIT where memory is too little */
pb_status pb_banks_score_together(const pb_block *block, const pb_shared_images *shared, const pb_scoring *scoring,
                                  pb_study_banks *banks);

#endif
