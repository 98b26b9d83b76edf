/* A block is a category with a seed: the images that any of its cells uses, and who of them is in which set of references. Its
 * cells differ only in which patches are in the bank. */
#ifndef PB_EXPERIMENT_DRAWN_IMAGES_H
#define PB_EXPERIMENT_DRAWN_IMAGES_H

#include <stdbool.h>

#include <purebank/dataset.h>
#include <purebank/features.h>
#include <purebank/protocol.h>

/* A category: features only while a block of it is computed. */
typedef struct pb_study_category {
    const char *name; /* borrowed, as `label` */
    int64_t n_train, n_test, n_patches, dim;
    const uint8_t *label;      /* n_test */
    pb_testset *testset;       /* photos and masks of the test part; NULL unless they are needed */
    pb_features *train, *test; /* NULL while not loaded */
} pb_study_category;

/* Where an image of the block comes from. */
typedef struct pb_drawn_image {
    bool from_test;
    int64_t index;
} pb_drawn_image;

/* The references of all cells with one N and c. */
typedef struct pb_reference_set {
    bool recaptured; /* not as drawn: some images have been replaced */
    int64_t limit;   /* N as asked for; n_images may be fewer */
    double contamination;
    int64_t n_images, n_contaminated;
    int64_t *image;        /* n_images numbers into the block's images, in the order of the slots */
    uint8_t *contaminated; /* n_images */
} pb_reference_set;

typedef struct pb_block {
    const pb_study_category *category;
    pb_setup setup;
    int64_t seed;
    pb_test_split split;
    uint8_t *label; /* split.n_test */
    int64_t n_anomalies;
    int64_t n_sets, n_images, capacity; /* capacity of `image` */
    pb_reference_set *set;
    pb_drawn_image *image; /* all that any set uses; a contaminant that a set holds twice stands here twice */
} pb_block;

pb_status pb_block_new(const pb_study_category *category, pb_setup setup, int64_t seed, pb_block *out);
/* The number of the set with this N and c, drawn now unless it is there. */
pb_status pb_block_add_set(pb_block *block, int64_t limit, double contamination, int64_t *out);
/* The set of the same references with new photos in place of some: the next of the training images that are no references, in
 * the order of their draw (method.md#recapture). Where these run out, the last places stay empty: the set has fewer images.
 * @param replaced n_images of the set, non-zero = to be replaced */
pb_status pb_block_add_recaptured(pb_block *block, int64_t set, const uint8_t *replaced, int64_t *out);
void pb_block_free(pb_block *block);

/* How many patches all images of the block have. */
int64_t pb_block_patches(const pb_block *block);
/* The patches of one image of the block: n_patches x dim. */
const float *pb_block_image(const pb_block *block, int64_t image);
/* The patches of all images of a set, one after another. @param rows n_images x n_patches x dim */
void pb_block_gather(const pb_block *block, const pb_reference_set *set, float *rows);

/* Puts category and seed before the message of an error; passes others on. */
pb_status pb_block_fail(const pb_block *block, pb_status status);

#endif
