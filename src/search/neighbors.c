/* Neighbours of every patch in the other images. One pass over the pairs of blocks of patches; each tile of
 * products serves its rows and its columns. The filter and its bound are those of index.c, applied both ways. */
#include <inttypes.h>
#include <string.h>

#include "search/neighbors.h"

#include "base/memory.h"
#include "base/threads.h"
#include "io/features.h"
#include "search/distance.h"
#include "search/filter.h"
#include "search/kernels.h"

enum { MAX_BLOCK_ROWS = 448 };

static int64_t n_rows_of(const pb_neighbors *neighbors)
{
    return neighbors->n_images * neighbors->n_patches;
}

/* The pass: blocks of at most MAX_BLOCK_ROWS patches, each of one image. */
typedef struct pair_pass {
    pb_neighbors *result;
    pb_frame frame;
    int64_t blocks_per_image, block_rows, n_blocks;
    pb_rounded *blocks;
    pb_topk *top;    /* n_images x n_patches */
    double *squares; /* the same: |x|^2, for cosine */
    pb_product *product;
    const pb_precision *precision; /* asked for, or NULL */
    int64_t round;                 /* in progress */
} pair_pass;

static int64_t block_image(const pair_pass *pass, int64_t b)
{
    return b / pass->blocks_per_image;
}

/* Index of the block's first patch among all patches. */
static int64_t block_first(const pair_pass *pass, int64_t b)
{
    return block_image(pass, b) * pass->result->n_patches + b % pass->blocks_per_image * pass->block_rows;
}

static int64_t block_size(const pair_pass *pass, int64_t b)
{
    const int64_t left = pass->result->n_patches - b % pass->blocks_per_image * pass->block_rows;
    return left < pass->block_rows ? left : pass->block_rows;
}

static pb_status prepare_block(void *context, int64_t b, int worker)
{
    (void)worker;
    pair_pass *pass = context;
    double *scratch;
    for (int64_t i = block_first(pass, b); pass->squares && i < block_first(pass, b) + block_size(pass, b); i++)
        pass->squares[i] =
            pb_dot(pass->result->rows + i * pass->frame.dim, pass->result->rows + i * pass->frame.dim, pass->frame.dim);
    PB_TRY(PB_NEW(scratch, pass->frame.dim));
    pb_status status = pb_rounded_init(&pass->blocks[b], &pass->frame, pass->block_rows);
    if (status == PB_STATUS_OK) {
        const float *rows = pass->result->rows + block_first(pass, b) * pass->frame.dim;
        pb_rounded_fill(&pass->blocks[b], &pass->frame, rows, block_size(pass, b), scratch);
        status = pb_rounded_pack(&pass->blocks[b], &pass->frame, pass->product);
    }
    pb_free(scratch);
    return status;
}

/* A pair of blocks a, b of different images: rows and columns of one tile of products. */
typedef struct pair_tile {
    const pair_pass *pass;
    const pb_rounded *a, *b;
    int64_t first_a, first_b;
    float *products;           /* a x b */
    float *column_threshold;   /* b */
    int32_t *passed;           /* b */
    pb_neighbor *best;         /* max(a, b) */
    bool *seeded_a, *seeded_b; /* lists that may hold pairs of this tile already */
} pair_tile;

static void tile_clear(pair_tile *t)
{
    pb_free(t->products);
    pb_free(t->column_threshold);
    pb_free(t->passed);
    pb_free(t->best);
    pb_free(t->seeded_a);
    pb_free(t->seeded_b);
}

static pb_status tile_init(pair_tile *t)
{
    const int64_t n = t->pass->block_rows;
    PB_TRY(PB_NEW_UNINITIALISED(t->products, n * n));
    PB_TRY(PB_NEW(t->column_threshold, n));
    PB_TRY(PB_NEW(t->passed, n));
    PB_TRY(PB_NEW(t->best, n));
    PB_TRY(PB_NEW(t->seeded_a, n));
    return PB_NEW(t->seeded_b, n);
}

static double exact_distance(const pair_tile *t, int64_t i, int64_t j)
{
    const pb_neighbors *result = t->pass->result;
    const int64_t dim = result->dim, index_a = t->first_a + i, index_b = t->first_b + j;
    const float *a = result->rows + index_a * dim, *b = result->rows + index_b * dim;
    if (result->metric == PB_METRIC_COSINE)
        return pb_cosine_distance(a, b, t->pass->squares[index_a], t->pass->squares[index_b], dim);
    return pb_index_distance(a, b, dim, result->metric);
}

static pb_topk *top_of_row(const pair_tile *t, int64_t i)
{
    return &t->pass->top[t->first_a + i];
}

static pb_topk *top_of_column(const pair_tile *t, int64_t j)
{
    return &t->pass->top[t->first_b + j];
}

/* Empty lists have no limit: they start with the most promising candidates of the tile. */
static bool needs_seed(const pb_topk *top, const pb_rounded *candidates)
{
    return top->count == 0 && top->k <= candidates->n / 2;
}

static void seed_row(pair_tile *t, int64_t i)
{
    pb_topk *top = top_of_row(t, i);
    t->seeded_a[i] = needs_seed(top, t->b);
    if (!t->seeded_a[i])
        return;
    const pb_topk best = pb_filter_best(t->b, t->products + i * t->b->capacity, 1, top->k, t->best);
    for (int64_t c = 0; c < best.count; c++) {
        const int64_t j = best.items[c].index;
        pb_topk_push(top, (pb_neighbor){exact_distance(t, i, j), t->first_b + j});
    }
}

static void seed_column(pair_tile *t, int64_t j)
{
    pb_topk *top = top_of_column(t, j);
    t->seeded_b[j] = needs_seed(top, t->a);
    if (!t->seeded_b[j])
        return;
    const pb_topk best = pb_filter_best(t->a, t->products + j, t->b->capacity, top->k, t->best);
    for (int64_t c = 0; c < best.count; c++) {
        const int64_t i = best.items[c].index;
        pb_topk_push(top, (pb_neighbor){exact_distance(t, i, j), t->first_a + i});
    }
}

static float row_threshold(const pair_tile *t, int64_t i, double norm, double lost)
{
    const double limit = pb_topk_limit(top_of_row(t, i));
    return pb_filter_threshold(&t->pass->frame, pb_rounded_bound(t->a, i), norm, lost, limit);
}

static float column_threshold(const pair_tile *t, int64_t j, double norm, double lost)
{
    const double limit = pb_topk_limit(top_of_column(t, j));
    return pb_filter_threshold(&t->pass->frame, pb_rounded_bound(t->b, j), norm, lost, limit);
}

/* A pair that passed the filter: for which of its two ends, now, by their own bounds? */
static void measure_pair(pair_tile *t, int64_t i, int64_t j, float product)
{
    pb_topk *row = top_of_row(t, i), *column = top_of_column(t, j);
    const int64_t index_a = t->first_a + i, index_b = t->first_b + j;
    const bool for_row = product - t->b->half_square[j] >= row_threshold(t, i, t->b->norm[j], t->b->lost[j]) &&
                         !(t->seeded_a[i] && pb_topk_contains(row, index_b));
    const bool for_column = product - t->a->half_square[i] >= column_threshold(t, j, t->a->norm[i], t->a->lost[i]) &&
                            !(t->seeded_b[j] && pb_topk_contains(column, index_a));
    if (!for_row && !for_column)
        return;
    const double distance = exact_distance(t, i, j);
    if (for_row)
        pb_topk_push(row, (pb_neighbor){distance, index_b});
    if (for_column)
        pb_topk_push(column, (pb_neighbor){distance, index_a});
}

static void scan_tile(pair_tile *t)
{
    for (int64_t i = 0; i < t->a->n; i++)
        seed_row(t, i);
    for (int64_t j = 0; j < t->b->n; j++)
        seed_column(t, j);
    for (int64_t j = 0; j < t->b->n; j++)
        t->column_threshold[j] = column_threshold(t, j, t->a->max_norm, t->a->max_lost);
    for (int64_t i = 0; i < t->a->n; i++) {
        const float *product = t->products + i * t->b->capacity;
        const float threshold = row_threshold(t, i, t->b->max_norm, t->b->max_lost);
        const int64_t n_passed = pb_select_mutual(product, t->b->half_square, threshold, t->a->half_square[i],
                                                  t->column_threshold, t->b->n, t->passed);
        for (int64_t p = 0; p < n_passed; p++)
            measure_pair(t, i, t->passed[p], product[t->passed[p]]);
    }
}

static pb_status multiply_tile(pair_tile *t)
{
    PB_TRY(pb_product_run(t->pass->product, t->a->values, t->b->packed, t->products));
    float *row;
    PB_TRY(PB_NEW(row, t->b->capacity));
    for (int64_t i = 0; i < t->a->n; i++) {
        float *products = t->products + i * t->b->capacity;
        const float *scaled = pb_filter_products(&t->pass->frame, t->a, t->b, t->products, i, row);
        if (scaled == row)
            memcpy(products, row, (size_t)t->b->n * sizeof *row);
    }
    pb_free(row);
    return PB_STATUS_OK;
}

static pb_status process_pair(const pair_pass *pass, int64_t a, int64_t b)
{
    pair_tile t = {.pass = pass,
                   .a = &pass->blocks[a],
                   .b = &pass->blocks[b],
                   .first_a = block_first(pass, a),
                   .first_b = block_first(pass, b)};
    pb_status status = tile_init(&t);
    if (status == PB_STATUS_OK)
        status = multiply_tile(&t);
    if (status == PB_STATUS_OK)
        scan_tile(&t);
    tile_clear(&t);
    return status;
}

/* Pairs of a round share no block, so that threads share no list: a round-robin tournament by the circle
 * method (Kirkman 1847), with a bye where the number of blocks is odd. */
static pb_status play_pair(void *context, int64_t table, int worker)
{
    (void)worker;
    const pair_pass *pass = context;
    const int64_t circle = pass->n_blocks + pass->n_blocks % 2 - 1;
    int64_t a = (pass->round + table) % circle;
    int64_t b = table == 0 ? circle : (pass->round - table + circle) % circle;
    if (a > b) {
        const int64_t swap = a;
        a = b;
        b = swap;
    }
    if (b >= pass->n_blocks || block_image(pass, a) == block_image(pass, b))
        return PB_STATUS_OK;
    return process_pair(pass, a, b);
}

static pb_status play_rounds(pair_pass *pass, const pb_progress *progress)
{
    const int64_t players = pass->n_blocks + pass->n_blocks % 2;
    for (pass->round = 0; pass->round < players - 1; pass->round++) {
        PB_TRY(pb_parallel_for(players / 2, play_pair, pass, NULL));
        PB_TRY(pb_progress_report(progress, pass->round + 1, players - 1));
    }
    return PB_STATUS_OK;
}

static pb_status run_pass(pair_pass *pass, const pb_progress *progress)
{
    pb_neighbors *result = pass->result;
    const int64_t n_rows = n_rows_of(result);
    PB_TRY(pb_frame_init(&pass->frame, result->rows, n_rows, result->dim, result->metric, pass->precision));
    pass->blocks_per_image = (result->n_patches + MAX_BLOCK_ROWS - 1) / MAX_BLOCK_ROWS;
    pass->block_rows = (result->n_patches + pass->blocks_per_image - 1) / pass->blocks_per_image;
    pass->blocks_per_image = (result->n_patches + pass->block_rows - 1) / pass->block_rows;
    pass->n_blocks = result->n_images * pass->blocks_per_image;
    const pb_product_shape shape = {pass->block_rows, pass->block_rows, result->dim, pass->frame.precision};
    PB_TRY(pb_product_new(shape, NULL, &pass->product));
    PB_TRY(PB_NEW(pass->blocks, pass->n_blocks));
    PB_TRY(PB_NEW(pass->top, n_rows));
    if (result->metric == PB_METRIC_COSINE)
        PB_TRY(PB_NEW_UNINITIALISED(pass->squares, n_rows));
    for (int64_t i = 0; i < n_rows; i++)
        pass->top[i] = (pb_topk){result->lists + i * result->depth, 0, result->depth};
    PB_TRY(pb_parallel_for(pass->n_blocks, prepare_block, pass, NULL));
    PB_TRY(play_rounds(pass, progress));
    for (int64_t i = 0; i < n_rows; i++) {
        PB_ASSERT(pass->top[i].count == result->depth);
        pb_topk_sort(&pass->top[i]);
    }
    return PB_STATUS_OK;
}

static void pass_clear(pair_pass *pass)
{
    for (int64_t b = 0; pass->blocks && b < pass->n_blocks; b++)
        pb_rounded_clear(&pass->blocks[b]);
    pb_free(pass->blocks);
    pb_free(pass->top);
    pb_free(pass->squares);
    pb_product_free(pass->product);
    pb_frame_clear(&pass->frame);
}

static pb_status build(pb_neighbors *neighbors, const pb_precision *precision, const pb_progress *progress)
{
    int64_t n_lists, n_items;
    PB_TRY(pb_size_multiply(neighbors->n_images, neighbors->n_patches, "patches of all images", &n_lists));
    PB_TRY(pb_size_multiply(n_lists, neighbors->depth, "neighbours of all patches", &n_items));
    PB_TRY(PB_NEW_UNINITIALISED(neighbors->lists, n_items));
    pair_pass pass = {.result = neighbors, .precision = precision};
    const pb_status status = run_pass(&pass, progress);
    pass_clear(&pass);
    return status;
}

pb_status pb_neighbors_new_with(const pb_features *features, pb_metric metric, int64_t depth,
                                const pb_precision *precision, const pb_progress *progress, pb_neighbors **out)
{
    if (features->n_images < 2 || features->n_patches < 1 || features->dim < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "leave-one-out needs at least 2 images with patches, not %" PRId64 " x %" PRId64 " x %" PRId64,
                       features->n_images, features->n_patches, features->dim);
    PB_TRY(pb_features_check_finite(features));
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

    const pb_status status = build(neighbors, precision, progress);
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
    return pb_neighbors_new_with(features, metric, depth, NULL, progress, out);
}

void pb_neighbors_free(pb_neighbors *neighbors)
{
    if (!neighbors)
        return;
    pb_free(neighbors->lists);
    pb_free(neighbors);
}
