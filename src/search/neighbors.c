/* Neighbours of every patch in the other images: the lists, and which way they are made. */
#include "search/neighbors.h"

#include <inttypes.h>

#include "base/memory.h"
#include "base/threads.h"
#include "io/features.h"
#include "search/neighbors_pass.h"

enum { MAX_BLOCK_ROWS = 448 };

typedef struct construction {
    pb_neighbors *result;
    pb_neighbors_made *made;
    pb_topk *top;               /* n_images x n_patches */
    const pb_filter_plan *plan; /* asked for, or NULL */
} construction;

/* The patches of a block are blocks_per_image apart: each has some from everywhere in its image. */
static pb_status prepare_block(void *context, int64_t b, int worker)
{
    (void)worker;
    pb_neighbors_made *made = context;
    const int64_t stride = made->blocks_per_image, place = b % stride, n_patches = made->n_patches;
    return pb_searched_prepare(&made->searched, b, b / stride * n_patches + place,
                               (n_patches - place + stride - 1) / stride, stride, made->packing);
}

static pb_status prepare(construction *c)
{
    const pb_neighbors *result = c->result;
    pb_neighbors_made *made = c->made;
    pb_searched *s = &made->searched;
    s->rows = result->rows;
    s->n = result->n_images * result->n_patches;
    PB_TRY(pb_frame_init(&s->frame, s->rows, s->n, result->dim, result->metric, c->plan));
    pb_frame_keep_bytes(&s->frame, s->n);
    made->n_patches = result->n_patches;
    made->blocks_per_image = (result->n_patches + MAX_BLOCK_ROWS - 1) / MAX_BLOCK_ROWS;
    s->block_rows = (result->n_patches + made->blocks_per_image - 1) / made->blocks_per_image;
    s->n_blocks = result->n_images * made->blocks_per_image;
    const pb_product_shape shape = {s->block_rows, s->block_rows, s->frame.columns, s->frame.precision};
    PB_TRY(pb_product_new(shape, NULL, &made->packing));
    PB_TRY(PB_NEW(s->blocks, s->n_blocks));
    PB_TRY(PB_NEW(c->top, s->n));
    if (result->metric == PB_METRIC_COSINE)
        PB_TRY(PB_NEW_UNINITIALISED(s->squares, s->n));
    for (int64_t i = 0; i < s->n; i++)
        c->top[i] = (pb_topk){result->lists + i * result->depth, 0, result->depth};
    PB_TRY(pb_parallel_for(s->n_blocks, prepare_block, made, NULL));
    pb_searched_finish(s);
    return PB_STATUS_OK;
}

static pb_status fill_lists(construction *c, const pb_progress *progress)
{
    PB_TRY(prepare(c));
    const pb_searched *s = &c->made->searched;
    const pb_neighbors_pass pass = {s, c->made->blocks_per_image, c->made->packing, c->result->depth, c->top};
    PB_TRY(s->frame.contraction ? pb_neighbors_pass_scan(&pass, progress) : pb_neighbors_pass_pairs(&pass, progress));
    for (int64_t i = 0; i < s->n; i++) {
        PB_ASSERT(c->top[i].count == c->result->depth);
        pb_topk_sort(&c->top[i]);
    }
    return PB_STATUS_OK;
}

static void made_free(pb_neighbors_made *made)
{
    if (!made)
        return;
    pb_searched_clear(&made->searched);
    pb_product_free(made->packing);
    pb_free(made);
}

/* What takes little memory is kept: contracted rows. */
static void keep(construction *c)
{
    pb_searched *s = &c->made->searched;
    if (!s->frame.contraction) {
        made_free(c->made);
        return;
    }
    for (int64_t b = 0; b < s->n_blocks; b++)
        pb_rounded_drop_values(&s->blocks[b]);
    c->result->made = c->made;
}

static pb_status build(pb_neighbors *neighbors, const pb_filter_plan *plan, const pb_progress *progress)
{
    int64_t n_lists, n_items;
    PB_TRY(pb_size_multiply(neighbors->n_images, neighbors->n_patches, "patches of all images", &n_lists));
    PB_TRY(pb_size_multiply(n_lists, neighbors->depth, "neighbours of all patches", &n_items));
    PB_TRY(PB_NEW_UNINITIALISED(neighbors->lists, n_items));
    construction c = {.result = neighbors, .plan = plan};
    PB_TRY(PB_NEW(c.made, 1));
    const pb_status status = fill_lists(&c, progress);
    pb_free(c.top);
    if (status == PB_STATUS_OK)
        keep(&c);
    else
        made_free(c.made);
    return status;
}

pb_status pb_neighbors_new_with(const pb_features *features, pb_metric metric, int64_t depth,
                                const pb_filter_plan *plan, const pb_progress *progress, pb_neighbors **out)
{
    if (features->n_images < 2 || features->n_patches < 1 || features->dim < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "leave-one-out needs at least 2 images with patches, not %" PRId64 " x %" PRId64 " x %" PRId64,
                       features->n_images, features->n_patches, features->dim);
    PB_CHECK_ARG(depth >= 1, "lists of %" PRId64 " neighbours: at least 1 is needed", depth);
    const int64_t others = (features->n_images - 1) * features->n_patches;
    pb_neighbors *neighbors;
    PB_TRY(PB_NEW(neighbors, 1));
    *neighbors = (pb_neighbors){.rows = features->data,
                                .n_images = features->n_images,
                                .n_patches = features->n_patches,
                                .dim = features->dim,
                                .metric = metric,
                                .depth = depth < others ? depth : others};

    const pb_status status = build(neighbors, plan, progress);
    if (status != PB_STATUS_OK) {
        pb_neighbors_free(neighbors);
        return status;
    }
    *out = neighbors;
    return PB_STATUS_OK;
}

pb_status pb_neighbors_new(const pb_features *features, pb_metric metric, int64_t depth, const pb_progress *progress,
                           pb_neighbors **out)
{
    PB_TRY(pb_features_check_finite(features));
    return pb_neighbors_new_with(features, metric, depth, NULL, progress, out);
}

void pb_neighbors_free(pb_neighbors *neighbors)
{
    if (!neighbors)
        return;
    made_free(neighbors->made);
    pb_free(neighbors->lists);
    pb_free(neighbors);
}
