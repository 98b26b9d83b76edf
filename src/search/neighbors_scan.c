/* Neighbours of every patch in the other images, where the products are short, as contracted ones are: each image is searched
 * for in the others. */
#include <stdbool.h>

#include "base/memory.h"
#include "base/threads.h"
#include "search/neighbors_pass.h"
#include "search/scan.h"

typedef struct scan_pass {
    const pb_neighbors_pass *pass;
    int64_t tile, tiles_per_block;
    pb_product *product;
    struct scan_worker *workers;
} scan_pass;

typedef struct scan_worker {
    bool ready;
    pb_scan scan;
} scan_worker;

/* A tile of a block against the other images. */
static pb_status scan_tile(void *context, int64_t item, int number)
{
    const scan_pass *job = context;
    const pb_searched *s = job->pass->searched;
    scan_worker *worker = &job->workers[number];
    const pb_scan_plan plan = {s, job->pass->k, job->tile, s->n_blocks, job->product};
    if (!worker->ready)
        PB_TRY(pb_scan_init(&worker->scan, &plan));
    worker->ready = true;
    const int64_t b = item / job->tiles_per_block, first = item % job->tiles_per_block * job->tile;
    const pb_rounded *block = &s->blocks[b];
    const int64_t own = b - b % job->pass->blocks_per_image, last = block->capacity - job->tile;
    if (first >= block->n)
        return PB_STATUS_OK;
    const pb_scan_tile tile = {.rounded = block,
                               .start = first < last ? first : last,
                               .first = first,
                               .n = block->n - first < job->tile ? block->n - first : job->tile,
                               .x = s->rows + block->first * s->frame.dim,
                               .squares = s->squares ? s->squares + block->first : NULL,
                               .top = job->pass->top + block->first,
                               .stride = block->stride};
    return pb_scan_run(&worker->scan, &tile,
                       (pb_scan_range){.end = s->n_blocks, .skip = own, .resume = own + job->pass->blocks_per_image});
}

static pb_status run(scan_pass *job, const pb_progress *progress)
{
    const pb_searched *s = job->pass->searched;
    const int64_t largest = pb_scan_largest_tile(&s->frame);
    job->tiles_per_block = (s->block_rows + largest - 1) / largest;
    job->tile = (s->block_rows + job->tiles_per_block - 1) / job->tiles_per_block;
    const pb_product_shape shape = {job->tile, s->block_rows, s->frame.columns, s->frame.precision};
    PB_TRY(pb_product_new(shape, job->pass->packing, &job->product));
    PB_TRY(PB_NEW(job->workers, pb_threads_get()));
    return pb_parallel_for(s->n_blocks * job->tiles_per_block, scan_tile, job, progress);
}

pb_status pb_neighbors_pass_scan(const pb_neighbors_pass *pass, const pb_progress *progress)
{
    scan_pass job = {.pass = pass};
    const int threads = pb_threads_get();
    const pb_status status = run(&job, progress);
    for (int i = 0; job.workers && i < threads; i++)
        pb_scan_clear(&job.workers[i].scan);
    pb_free(job.workers);
    pb_product_free(job.product);
    return status;
}
