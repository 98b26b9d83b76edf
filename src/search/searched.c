#include "search/searched.h"

#include <math.h>

#include "base/memory.h"
#include "search/distance.h"

pb_status pb_searched_prepare(pb_searched *searched, int64_t b, int64_t first, int64_t n, int64_t stride,
                              const pb_product *product)
{
    const int64_t dim = searched->frame.dim;
    pb_rounded *block = &searched->blocks[b];
    for (int64_t j = 0; searched->squares && j < n; j++) {
        const float *row = searched->rows + (first + j * stride) * dim;
        searched->squares[first + j * stride] = pb_dot(row, row, dim);
    }
    PB_TRY(pb_rounded_init(block, &searched->frame, searched->block_rows));
    block->first = first;
    block->stride = stride;
    PB_TRY(pb_rounded_fill(block, &searched->frame, searched->rows + first * dim, n, stride));
    return pb_rounded_pack(block, &searched->frame, product);
}

void pb_searched_finish(pb_searched *searched)
{
    for (int64_t b = 0; b < searched->n_blocks; b++) {
        searched->max_norm = fmax(searched->max_norm, searched->blocks[b].max_norm);
        searched->max_lost = fmax(searched->max_lost, searched->blocks[b].max_lost);
    }
}

void pb_searched_clear(pb_searched *searched)
{
    for (int64_t b = 0; searched->blocks && b < searched->n_blocks; b++)
        pb_rounded_clear(&searched->blocks[b]);
    pb_free(searched->blocks);
    pb_free(searched->squares);
    pb_frame_clear(&searched->frame);
}
