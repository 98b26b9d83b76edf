#include "experiment/pixel_metrics.h"

#include <purebank/image.h>

#include "base/memory.h"
#include "dataset/dataset.h"
#include "io/features.h"

typedef struct defect_mask {
    uint8_t *pixels; /* NULL: none */
    int32_t width, height;
} defect_mask;

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
    return PB_STATUS_OK;
}

static pb_status add_images(const pb_block *block, const pb_study_bank *bank, const defect_mask *masks,
                            pb_pixel_metrics *metrics)
{
    const pb_features *like = block->category->test;
    for (int64_t i = 0; i < block->split.n_test; i++)
        if (!block->label[i] || masks[i].pixels)
            PB_TRY(pb_pixel_metrics_add(metrics, bank->patch_scores + i * like->n_patches, like->grid_height,
                                        like->grid_width, masks[i].pixels, masks[i].width, masks[i].height));
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
    for (int64_t i = 0; i < block->split.n_test; i++)
        pb_buffer_free(masks[i].pixels);
    pb_free(masks);
    return status;
}
