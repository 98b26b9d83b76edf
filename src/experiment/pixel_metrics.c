#include "experiment/pixel_metrics.h"

#include <purebank/image.h>

#include "base/memory.h"
#include "base/product.h"
#include "dataset/dataset.h"
#include "io/features.h"

/* One mask file of a category whose regions saturate, a bit a pixel: they are held for all banks of a block. */
typedef struct region_bits {
    uint8_t *bits;
    double enough;
    bool is_share;
} region_bits;

typedef struct defect_mask {
    uint8_t *pixels; /* NULL: none */
    int32_t width, height;
    int64_t n_regions;
    region_bits *region; /* n_regions */
} defect_mask;

static void free_masks(defect_mask *masks, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        for (int64_t r = 0; r < masks[i].n_regions; r++)
            pb_free(masks[i].region[r].bits);
        pb_free(masks[i].region);
        pb_buffer_free(masks[i].pixels);
    }
    pb_free(masks);
}

static pb_status pack(const pb_saturated_region *read, region_bits *out)
{
    const int64_t n = (int64_t)read->width * read->height;
    PB_TRY(PB_NEW(out->bits, n / 8 + 1));
    for (int64_t i = 0; i < n; i++)
        if (read->mask[i])
            out->bits[i / 8] |= (uint8_t)(1 << i % 8);
    out->enough = read->enough;
    out->is_share = read->is_share;
    return PB_STATUS_OK;
}

static pb_status read_regions(const pb_saturations *saturations, const pb_paths *files, defect_mask *out)
{
    PB_TRY(PB_NEW(out->region, files->n));
    for (; out->n_regions < files->n; out->n_regions++) {
        pb_saturated_region read;
        PB_TRY(pb_saturated_region_read(saturations, files->path[out->n_regions], &read));
        const pb_status status = pack(&read, &out->region[out->n_regions]);
        pb_buffer_free(read.mask);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

/* The regions of all masks that are there, of a category that says when they saturate. */
static pb_status read_all_regions(const pb_block *block, defect_mask *masks)
{
    const pb_testset *set = block->category->testset;
    pb_saturations *saturations = NULL;
    bool looked = false;
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < block->split.n_test && status == PB_STATUS_OK; i++) {
        const pb_paths *files = &set->mask[block->split.test[i]];
        if (!masks[i].pixels)
            continue;
        if (!looked)
            status = pb_saturations_find(files->path[0], &saturations);
        looked = true;
        if (status == PB_STATUS_OK && saturations)
            status = read_regions(saturations, files, &masks[i]);
    }
    pb_saturations_free(saturations);
    return status;
}

static pb_status read_masks(const pb_block *block, defect_mask *masks, int64_t *n_masks)
{
    const pb_testset *set = block->category->testset;
    *n_masks = 0;
    for (int64_t i = 0; i < block->split.n_test; i++) {
        const int64_t image = block->split.test[i];
        if (!block->label[i] || set->mask[image].n == 0)
            continue;
        PB_TRY(pb_defect_mask_read(&set->mask[image], set->path[image], &masks[i].pixels, &masks[i].width,
                                   &masks[i].height));
        ++*n_masks;
    }
    if (*n_masks == 0)
        return pb_fail(PB_STATUS_IO,
                       "no defect has a mask: the photos are not where test_paths.txt says (%s), or have none",
                       set->n > 0 ? set->path[block->split.test[0]] : "");
    return read_all_regions(block, masks);
}

static pb_status add_regions(const defect_mask *mask, uint8_t *scratch, pb_pixel_metrics *metrics)
{
    for (int64_t r = 0; r < mask->n_regions; r++) {
        const region_bits *region = &mask->region[r];
        for (int64_t i = 0; i < (int64_t)mask->width * mask->height; i++)
            scratch[i] = region->bits[i / 8] >> i % 8 & 1;
        PB_TRY(
            pb_pixel_metrics_add_region(metrics, scratch, mask->width, mask->height, region->enough, region->is_share));
    }
    return PB_STATUS_OK;
}

static pb_status add_regions_of(const defect_mask *mask, pb_pixel_metrics *metrics)
{
    uint8_t *scratch;
    if (mask->n_regions == 0)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_PRODUCT(scratch, (int64_t)mask->width, mask->height));
    const pb_status status = add_regions(mask, scratch, metrics);
    pb_free(scratch);
    return status;
}

static pb_status add_images(const pb_block *block, const pb_study_bank *bank, const defect_mask *masks,
                            pb_pixel_metrics *metrics)
{
    const pb_features *like = block->category->test;
    for (int64_t i = 0; i < block->split.n_test; i++) {
        if (block->label[i] && !masks[i].pixels)
            continue;
        PB_TRY(pb_pixel_metrics_add(metrics, bank->patch_scores + i * like->n_patches, like->grid_height,
                                    like->grid_width, masks[i].pixels, masks[i].width, masks[i].height));
        PB_TRY(add_regions_of(&masks[i], metrics));
    }
    return PB_STATUS_OK;
}

static pb_status measure_bank(const pb_block *block, const pb_study_bank *bank, const defect_mask *masks,
                              pb_pixel_figures *out)
{
    pb_pixel_metrics *metrics;
    const pb_features *like = block->category->test;
    PB_TRY(pb_pixel_metrics_new_for_grid(like->grid_height, like->grid_width, &metrics));
    pb_status status = add_images(block, bank, masks, metrics);
    if (status == PB_STATUS_OK)
        status = pb_pixel_metrics_result(metrics, out);
    pb_pixel_metrics_free(metrics);
    return status;
}

pb_status pb_pixels_measure(const pb_block *block, const pb_study_banks *banks, pb_pixel_figures *out, int64_t *n_masks)
{
    defect_mask *masks;
    PB_TRY(PB_NEW(masks, block->split.n_test));
    pb_status status = read_masks(block, masks, n_masks);
    for (int64_t b = 0; b < banks->n && status == PB_STATUS_OK; b++)
        status = measure_bank(block, &banks->bank[b], masks, &out[b]);
    free_masks(masks, block->split.n_test);
    return status;
}
