#include "experiment/scoring.h"

#include <math.h>

#include "linalg/covariance.h"

enum { IMAGES_AT_A_TIME = 16 };

static int64_t smallest_set(const pb_block *block)
{
    int64_t smallest = block->n_images;
    for (int64_t i = 0; i < block->n_sets; i++)
        smallest = block->set[i].n_images < smallest ? block->set[i].n_images : smallest;
    return smallest;
}

/* The smallest set owns a share of the images, and of a list about that share of entries: 2.5 times what holds k on average,
 * and 8 more, leaves fewer than k with a probability of about 1e-3 (binomial; k = 5, a third of the images). */
int64_t pb_shared_depth(const pb_block *block, int64_t k)
{
    const int64_t smallest = smallest_set(block);
    const int64_t wanted = (5 * k * block->n_images + 2 * smallest - 1) / (2 * smallest) + 8;
    return wanted < pb_block_patches(block) ? wanted : pb_block_patches(block);
}

/* Of lists among the images. With many neighbours wanted, what a set owns of a list scatters less: 3 standard deviations more. */
int64_t pb_list_depth(const pb_block *block, const pb_sharing *sharing)
{
    const int64_t depth = pb_shared_depth(block, sharing->k), all = pb_block_patches(block);
    if (!sharing->around)
        return depth;
    const double wanted = PB_LOF_NEIGHBORS + 3 * sqrt(PB_LOF_NEIGHBORS);
    const int64_t deep = (int64_t)ceil(wanted * (double)block->n_images / (double)smallest_set(block)) + 1;
    const int64_t deeper = deep > depth ? deep : depth;
    return deeper < all ? deeper : all;
}

/* ---- Memory ----------------------------------------------------------------------------------------------------- */

/* A list for every patch holds `depth` of (distance, index). */
enum { LIST_ENTRY_BYTES = 16 };

int64_t pb_images_at_a_time(const pb_block *block)
{
    return block->split.n_test < IMAGES_AT_A_TIME ? block->split.n_test : IMAGES_AT_A_TIME;
}

int64_t pb_scoring_memory_of_bank(const pb_block *block)
{
    return block->split.n_test * block->category->n_patches * (int64_t)sizeof(double) + 2 * pb_block_patches(block);
}

/* Held for the whole block: images, their index (at most float32 again) and lists; one set of references, and a bank with its
 * index; six matrices of the size of a covariance; the images at hand with their lists, which the search holds twice. */
int64_t pb_scoring_memory_fixed(const pb_block *block, const pb_sharing *sharing)
{
    const int64_t n_patches = block->category->n_patches, dim = block->category->dim;
    const int64_t depth = pb_list_depth(block, sharing), image = n_patches * dim * (int64_t)sizeof(float);
    int64_t largest = 0;
    for (int64_t i = 0; i < block->n_sets; i++)
        largest = block->set[i].n_images > largest ? block->set[i].n_images : largest;
    const int64_t lists = pb_block_patches(block) * depth * LIST_ENTRY_BYTES * (sharing->cosine ? 3 : 2);
    const int64_t batch = pb_images_at_a_time(block) * (2 * image + 4 * n_patches * depth * LIST_ENTRY_BYTES);
    const int64_t own = sharing->around ? 2 * pb_block_patches(block) * PB_OWN_DEPTH * LIST_ENTRY_BYTES : 0;
    const int64_t moments = sharing->spread ? pb_moments_bytes(block->n_images, dim) : 0;
    return (2 * block->n_images + 2 * largest) * image + lists + own + moments +
           6 * dim * dim * (int64_t)sizeof(double) + batch;
}

int64_t pb_scoring_memory(const pb_block *block, const pb_sharing *sharing, int64_t n_banks)
{
    return pb_scoring_memory_fixed(block, sharing) + n_banks * pb_scoring_memory_of_bank(block);
}
