/* The search in all rows of a bank. */
#ifndef PB_BANK_SEARCH_H
#define PB_BANK_SEARCH_H

#include "bank/bank.h"
#include "base/error.h"

/* Out of the bank's file, or made: whoever comes first does it, and the others wait. Borrowed. */
pb_status pb_bank_index(const pb_bank *bank, const pb_index **out);

/* pb_bank_score() by an index of the bank's rows, or of some of them. The features are of the bank's kind (pb_bank_check_part()). */
pb_status pb_bank_score_by(const pb_bank *bank, const pb_index *index, const pb_features *features,
                           double *patch_scores, double *image_scores);

#endif
