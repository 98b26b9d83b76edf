/* The banks of a block, and their scores of the block's test images. */
#ifndef PB_EXPERIMENT_BANKS_H
#define PB_EXPERIMENT_BANKS_H

#include <purebank/index.h>
#include <purebank/purify.h>

#include "experiment/block.h"
#include "io/features.h"
#include "linalg/covariance.h"

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
void pb_bank_gather(const pb_block *block, const pb_study_bank *bank, float *rows);

/* How scores are found. Both ways give the same bits; the first one is the definition that the second is tested against. */
typedef struct pb_scoring {
    bool one_by_one;      /* an index for each bank, a search of its own for each */
    bool keep_patches;    /* patch_scores are wanted, too */
    bool measure_pixels;  /* ... and are compared with the masks of defects */
    int64_t memory;       /* bytes that may be held beyond what is held already */
    pb_progress progress; /* in patches; report may be NULL */
} pb_scoring;

/* What the cells of a block ask of its images. */
typedef struct pb_sharing {
    int64_t k;   /* the largest of any cell */
    bool cosine; /* lists by cosine, too */
    bool spread; /* covariances */
    bool around; /* lists that include a patch's own image */
} pb_sharing;

/* The images of a block, examined once for all its sets. */
typedef struct pb_shared_images {
    float *rows; /* n_images x n_patches x dim */
    pb_features features;
    int64_t depth;
    pb_neighbors *lists[PB_METRIC_COSINE + 1]; /* NULL: not needed */
    pb_neighbors *own;                         /* NULL: not needed */
    pb_moments *moments; /* NULL: not needed, or no memory for them: then each set computes its own */
} pb_shared_images;

/* How many neighbours a list of the block's images holds, so that nearly every set finds k of its own among them. */
int64_t pb_shared_depth(const pb_block *block, int64_t k);
/* The images alone, for scoring. @param k the largest of any cell */
pb_status pb_shared_images_gather(const pb_block *block, int64_t k, pb_shared_images *out);
/* The images, examined.
 * @param memory bytes that may be held: what can be done without is left out where they are too few */
pb_status pb_shared_images_new(const pb_block *block, const pb_sharing *sharing, int64_t memory, pb_shared_images *out);
/* What only the examination of sets needs. */
void pb_shared_images_drop_moments(pb_shared_images *shared);
void pb_shared_images_free(pb_shared_images *shared);

/* Fills image_scores (and patch_scores, where they are wanted) of all banks.
 * @param shared NULL where scoring->one_by_one
 * @return PB_STATUS_BAD_SHAPE for a bank of fewer than k patches, PB_STATUS_LIMIT where memory is too little */
pb_status pb_banks_score(const pb_block *block, const pb_shared_images *shared, const pb_scoring *scoring,
                         pb_study_banks *banks);

/* Bytes that examining and scoring a block takes, with n_banks in one pass. Without sharing->spread, which can be done without,
 * and with one bank it is the least. */
int64_t pb_scoring_memory(const pb_block *block, const pb_sharing *sharing, int64_t n_banks);

#endif
