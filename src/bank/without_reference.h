/* A bank without one of its references: what the others say about it. */
#ifndef PB_BANK_WITHOUT_REFERENCE_H
#define PB_BANK_WITHOUT_REFERENCE_H

#include "bank/bank.h"
#include "base/error.h"

typedef struct pb_bank_rest {
    float *rows;
    pb_index *index;
} pb_bank_rest;

/* Free with pb_bank_rest_free(). @return PB_STATUS_BAD_SHAPE where fewer than K rows are left */
pb_status pb_bank_rest_new(const pb_bank *bank, int64_t reference, pb_bank_rest *out);

/* pb_bank_score() against the rest. */
pb_status pb_bank_rest_score(const pb_bank *bank, const pb_bank_rest *rest, const pb_features *features,
                             double *patch_scores, double *image_scores);

/* Accepts zeroed ones. */
void pb_bank_rest_free(pb_bank_rest *rest);

#endif
