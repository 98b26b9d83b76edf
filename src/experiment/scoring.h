/* How the banks of a block are scored: what is shared, how long lists are, and the memory that takes. */
#ifndef PB_EXPERIMENT_SCORING_H
#define PB_EXPERIMENT_SCORING_H

#include "base/threads.h"
#include "experiment/banks.h"
#include "references/lof.h"

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

/* How many neighbours a list of the block's images holds, so that nearly every set finds k of its own among them. */
int64_t pb_shared_depth(const pb_block *block, int64_t k);
/* The same of lists among the images, which hold more where methods ask for it. */
int64_t pb_list_depth(const pb_block *block, const pb_sharing *sharing);

/* Of lists of an image's own patches. One more than what is asked for: of those at the distance of a list's last entry some may
 * be missing. */
enum { PB_OWN_DEPTH = PB_LOF_NEIGHBORS + 1 };

/* Test images that are searched together. */
int64_t pb_images_at_a_time(const pb_block *block);

/* Bytes that examining and scoring a block takes, with n_banks in one pass. Without sharing->spread, which can be done without,
 * and with one bank it is the least. */
int64_t pb_scoring_memory(const pb_block *block, const pb_sharing *sharing, int64_t n_banks);
/* The part of it that does not depend on the banks, and that of each bank. */
int64_t pb_scoring_memory_fixed(const pb_block *block, const pb_sharing *sharing);
int64_t pb_scoring_memory_of_bank(const pb_block *block);

#endif
