/* Patches whose lists run out, searched in what the lists were made with. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "search/distance.h"
#include "search/neighbors_pass.h"
#include "search/scan.h"

/* Open patches of one image that go through together. */
typedef struct open_tile {
    int64_t image, first, n;
} open_tile;

typedef struct open_search {
    const pb_neighbors_made *made;
    const pb_neighbors_open *open;
    pb_searched
        kept; /* a view of the rows, in which those that are not kept have a half_square of NAN, which nothing reaches */
    float *half_squares;
    open_tile *tiles;
    int64_t n_tiles, tile;
    pb_product *product;
    struct open_worker *workers;
} open_search;

typedef struct open_worker {
    bool ready;
    pb_rounded tile;
    double *squares; /* tile, for cosine */
    pb_scan scan;
} open_worker;

static pb_status make_view(open_search *search, const uint8_t *keep)
{
    const pb_searched *all = &search->made->searched;
    pb_searched *kept = &search->kept;
    *kept = *all;
    kept->blocks = NULL;
    PB_TRY(PB_NEW_UNINITIALISED(kept->blocks, all->n_blocks));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(search->half_squares, all->n_blocks, all->block_rows));
    for (int64_t b = 0; b < all->n_blocks; b++) {
        const pb_rounded *block = &all->blocks[b];
        float *half_square = search->half_squares + b * all->block_rows;
        for (int64_t i = 0; i < block->n; i++)
            half_square[i] = !keep || keep[pb_searched_row(all, b, i)] ? block->half_square[i] : NAN;
        kept->blocks[b] = *block;
        kept->blocks[b].half_square = half_square;
    }
    return PB_STATUS_OK;
}

static pb_status make_tiles(open_search *search)
{
    const pb_neighbors_open *open = search->open;
    const int64_t n_patches = search->made->n_patches;
    search->tile = pb_scan_largest_tile(&search->kept.frame);
    if (open->n < search->tile)
        search->tile = open->n;
    PB_TRY(PB_NEW_UNINITIALISED(search->tiles, open->n));
    for (int64_t o = 0; o < open->n; o++) {
        const int64_t image = open->patches[o] / n_patches;
        open_tile *last = search->n_tiles > 0 ? &search->tiles[search->n_tiles - 1] : NULL;
        if (last && last->image == image && last->n < search->tile)
            last->n++;
        else
            search->tiles[search->n_tiles++] = (open_tile){image, o, 1};
    }
    return PB_STATUS_OK;
}

static pb_status make_ready(open_worker *worker, const open_search *search)
{
    const pb_searched *kept = &search->kept;
    const pb_scan_plan plan = {kept, search->open->k, search->tile, kept->n_blocks, search->product};
    worker->ready = true;
    PB_TRY(pb_rounded_init(&worker->tile, &kept->frame, search->tile));
    PB_TRY(PB_NEW(worker->squares, search->tile));
    return pb_scan_init(&worker->scan, &plan);
}

static pb_status search_tile(void *context, int64_t item, int number)
{
    const open_search *search = context;
    const open_tile t = search->tiles[item];
    const pb_searched *kept = &search->kept;
    const int64_t dim = kept->frame.dim, own = t.image * search->made->blocks_per_image;
    const float *queries = search->open->queries + t.first * dim;
    open_worker *worker = &search->workers[number];
    if (!worker->ready)
        PB_TRY(make_ready(worker, search));
    for (int64_t q = 0; q < t.n; q++)
        worker->squares[q] = kept->squares ? pb_dot(queries + q * dim, queries + q * dim, dim) : 0;
    PB_TRY(pb_rounded_fill(&worker->tile, &kept->frame, queries, t.n, 1));
    const pb_scan_tile tile = {.rounded = &worker->tile,
                               .n = t.n,
                               .x = queries,
                               .squares = worker->squares,
                               .top = search->open->top + t.first,
                               .stride = 1};
    return pb_scan_run(
        &worker->scan, &tile,
        (pb_scan_range){.end = kept->n_blocks, .skip = own, .resume = own + search->made->blocks_per_image});
}

static pb_status run(open_search *search)
{
    PB_TRY(make_view(search, search->open->keep));
    PB_TRY(make_tiles(search));
    const pb_frame *frame = &search->kept.frame;
    const pb_product_shape shape = {search->tile, search->kept.block_rows, frame->columns, frame->precision};
    PB_TRY(pb_product_new(shape, search->made->packing, &search->product));
    PB_TRY(PB_NEW(search->workers, pb_threads_get()));
    return pb_parallel_for(search->n_tiles, search_tile, search, NULL);
}

pb_status pb_neighbors_search_open(const pb_neighbors_made *made, const pb_neighbors_open *open)
{
    open_search search = {.made = made, .open = open};
    const int threads = pb_threads_get();
    const pb_status status = run(&search);
    for (int i = 0; search.workers && i < threads; i++) {
        pb_rounded_clear(&search.workers[i].tile);
        pb_free(search.workers[i].squares);
        pb_scan_clear(&search.workers[i].scan);
    }
    pb_free(search.workers);
    pb_product_free(search.product);
    pb_free(search.tiles);
    pb_free(search.kept.blocks);
    pb_free(search.half_squares);
    return status;
}
