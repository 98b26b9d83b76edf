/* A bank's coreset, and what the references score by coresets that were chosen without them. */
#ifndef PB_BANK_CHOOSE_CORESET_H
#define PB_BANK_CHOOSE_CORESET_H

#include "bank/bank.h"

/* Patches of a bank that would have n; n where it keeps them all. */
int64_t pb_coreset_size(const pb_bank_options *options, int64_t n);

/* method.md#coreset-threshold: references leave in so many groups, or one by one where they are no more. */
enum { PB_CORESET_GROUPS = 10 };

/* @param good         n_images: has patches in the bank, 2 at least
 * @param keep         n_images x n_patches: the patches to choose from, then those that were chosen
 * @param patch_scores n_images x n_patches: good images against the coreset of the bank without their group, others against the bank
 * @return PB_STATUS_BAD_SHAPE where a coreset has fewer than K patches */
pb_status pb_choose_coreset(const pb_features *features, const pb_bank_options *options, const bool *good,
                            uint8_t *keep, double *patch_scores);

#endif
