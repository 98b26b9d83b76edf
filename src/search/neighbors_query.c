/* Questions to the neighbour lists. A list that holds too few kept patches says nothing about the rest: those
 * patches are searched again, exactly, among the kept ones. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "score/score.h"
#include "search/neighbors.h"
#include "search/neighbors_pass.h"

#include "base/memory.h"
#include "base/product.h"

static bool is_kept(const uint8_t *keep, int64_t index)
{
    return index != PB_NEIGHBORS_END && (!keep || keep[index]);
}

static int64_t count_kept(const pb_neighbors *neighbors, int64_t image, const uint8_t *keep)
{
    int64_t count = 0;
    for (int64_t p = 0; p < neighbors->n_patches; p++)
        count += is_kept(keep, image * neighbors->n_patches + p);
    return count;
}

/* A question to all patches of all images. */
typedef struct question {
    const pb_neighbors *neighbors;
    int64_t k;
    const uint8_t *keep;
    double *scores;
    int64_t *n_kept; /* of each image */

    /* Patches whose lists ran out, by ascending index, and their search. */
    int64_t n_open;
    int64_t *open;          /* their indices */
    int64_t *open_of_image; /* n_images + 1: where each image's begin in `open` */
    float *queries;         /* n_open x dim */
    pb_topk *top;
    pb_neighbor *top_items; /* n_open x k */
} question;

static pb_status count_neighbours(question *q)
{
    const pb_neighbors *neighbors = q->neighbors;
    int64_t total = 0;
    for (int64_t i = 0; i < neighbors->n_images; i++)
        total += q->n_kept[i] = count_kept(neighbors, i, q->keep);
    for (int64_t i = 0; i < neighbors->n_images; i++)
        if (total - q->n_kept[i] < q->k)
            return pb_fail(PB_STATUS_BAD_SHAPE,
                           "the other images leave %" PRId64 " patches for image %" PRId64
                           " to compare with: fewer than "
                           "its %" PRId64 " neighbours",
                           total - q->n_kept[i], i, q->k);
    return PB_STATUS_OK;
}

/* Score by the first k kept patches of the list; false where it has fewer. */
static bool score_from_list(const question *q, int64_t index)
{
    const pb_neighbor *list = q->neighbors->lists + index * q->neighbors->depth;
    pb_patch_sum sum = {0};
    for (int64_t i = 0; i < q->neighbors->depth && sum.n < q->k; i++)
        if (is_kept(q->keep, list[i].index))
            pb_patch_sum_add(&sum, list[i].distance);
    q->scores[index] = pb_patch_sum_mean(&sum);
    return sum.n == q->k;
}

static pb_status score_from_lists(question *q)
{
    const int64_t n_patches = q->neighbors->n_patches;
    PB_TRY(PB_NEW_PRODUCT(q->open, q->neighbors->n_images, n_patches));
    PB_TRY(PB_NEW(q->open_of_image, q->neighbors->n_images + 1));
    for (int64_t i = 0; i < q->neighbors->n_images; i++) {
        q->open_of_image[i] = q->n_open;
        for (int64_t index = i * n_patches; index < (i + 1) * n_patches; index++)
            if (!score_from_list(q, index))
                q->open[q->n_open++] = index;
    }
    q->open_of_image[q->neighbors->n_images] = q->n_open;
    return PB_STATUS_OK;
}

/* Offers the kept patches of one image, which `index` holds, to the open patches [first, end). */
static pb_status search_among(question *q, const pb_index *index, int64_t n_rows, int64_t first, int64_t end)
{
    const int64_t k = q->k < n_rows ? q->k : n_rows;
    double *distances;
    PB_TRY(PB_NEW_PRODUCT(distances, (end - first), k));
    const pb_status status =
        pb_index_search(index, q->queries + first * q->neighbors->dim, end - first, k, distances, NULL);
    for (int64_t o = first; status == PB_STATUS_OK && o < end; o++)
        for (int64_t i = 0; i < k; i++) /* only distances count: ties need no index here */
            pb_topk_push(&q->top[o], (pb_neighbor){distances[(o - first) * k + i], 0});
    pb_free(distances);
    return status;
}

static pb_status search_image(question *q, int64_t image, float *rows)
{
    const pb_neighbors *neighbors = q->neighbors;
    const int64_t dim = neighbors->dim, first = image * neighbors->n_patches;
    int64_t n = 0;
    for (int64_t index = first; index < first + neighbors->n_patches; index++)
        if (is_kept(q->keep, index))
            memcpy(rows + n++ * dim, neighbors->rows + index * dim, (size_t)dim * sizeof *rows);
    if (n == 0)
        return PB_STATUS_OK;
    pb_index *index;
    PB_TRY(pb_index_new(rows, n, dim, neighbors->metric, &index));
    pb_status status = search_among(q, index, n, 0, q->open_of_image[image]);
    if (status == PB_STATUS_OK)
        status = search_among(q, index, n, q->open_of_image[image + 1], q->n_open);
    pb_index_free(index);
    return status;
}

static pb_status prepare_open(question *q)
{
    const int64_t dim = q->neighbors->dim;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(q->queries, q->n_open, dim));
    PB_TRY(PB_NEW(q->top, q->n_open));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(q->top_items, q->n_open, q->k));
    for (int64_t o = 0; o < q->n_open; o++) {
        memcpy(q->queries + o * dim, q->neighbors->rows + q->open[o] * dim, (size_t)dim * sizeof *q->queries);
        q->top[o] = (pb_topk){q->top_items + o * q->k, 0, q->k};
    }
    return PB_STATUS_OK;
}

static pb_status search_images(question *q)
{
    float *rows;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(rows, q->neighbors->n_patches, q->neighbors->dim));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < q->neighbors->n_images && status == PB_STATUS_OK; i++)
        status = search_image(q, i, rows);
    pb_free(rows);
    return status;
}

static pb_status score_open(question *q)
{
    PB_TRY(prepare_open(q));
    const pb_neighbors_open open = {q->open, q->queries, q->n_open, q->k, q->keep, q->top};
    PB_TRY(q->neighbors->made ? pb_neighbors_search_open(q->neighbors->made, &open) : search_images(q));
    for (int64_t o = 0; o < q->n_open; o++) {
        pb_patch_sum sum = {0};
        pb_topk_sort(&q->top[o]);
        for (int64_t i = 0; i < q->k; i++)
            pb_patch_sum_add(&sum, q->top[o].items[i].distance);
        q->scores[q->open[o]] = pb_patch_sum_mean(&sum);
    }
    return PB_STATUS_OK;
}

static pb_status answer(question *q)
{
    PB_TRY(PB_NEW(q->n_kept, q->neighbors->n_images));
    PB_TRY(count_neighbours(q));
    PB_TRY(score_from_lists(q));
    return q->n_open > 0 ? score_open(q) : PB_STATUS_OK;
}

pb_status pb_neighbors_scores(const pb_neighbors *neighbors, int64_t k, const uint8_t *keep, double *scores)
{
    PB_CHECK_ARG(k >= 1, "the number of neighbours is %" PRId64 ": at least 1 is needed", k);
    question q = {.neighbors = neighbors, .k = k, .keep = keep, .scores = scores};
    const pb_status status = answer(&q);
    pb_free(q.n_kept);
    pb_free(q.open);
    pb_free(q.open_of_image);
    pb_free(q.queries);
    pb_free(q.top);
    pb_free(q.top_items);
    return status;
}

static pb_neighbor nearest_by_scan(const pb_neighbors *neighbors, int64_t image, int64_t patch, const uint8_t *keep)
{
    const float *row = neighbors->rows + (image * neighbors->n_patches + patch) * neighbors->dim;
    pb_neighbor best = {(double)INFINITY, -1};
    for (int64_t index = 0; index < neighbors->n_images * neighbors->n_patches; index++) {
        if (index / neighbors->n_patches == image || !is_kept(keep, index))
            continue;
        const float *other = neighbors->rows + index * neighbors->dim;
        const pb_neighbor candidate = {pb_index_distance(row, other, neighbors->dim, neighbors->metric), index};
        if (pb_neighbor_before(candidate, best))
            best = candidate;
    }
    return best;
}

pb_status pb_neighbors_nearest(const pb_neighbors *neighbors, int64_t image, int64_t patch, const uint8_t *keep,
                               int64_t *out_image, int64_t *out_patch)
{
    PB_CHECK_ARG(image >= 0 && image < neighbors->n_images && patch >= 0 && patch < neighbors->n_patches,
                 "image %" PRId64 ", patch %" PRId64 " of %" PRId64 " images of %" PRId64 " patches", image, patch,
                 neighbors->n_images, neighbors->n_patches);
    const pb_neighbor *list = neighbors->lists + (image * neighbors->n_patches + patch) * neighbors->depth;
    int64_t i = 0;
    while (i < neighbors->depth && !is_kept(keep, list[i].index))
        i++;
    const pb_neighbor best = i < neighbors->depth ? list[i] : nearest_by_scan(neighbors, image, patch, keep);
    if (best.index < 0)
        return pb_fail(PB_STATUS_BAD_SHAPE, "no patch is kept in the images other than image %" PRId64, image);
    *out_image = best.index / neighbors->n_patches;
    *out_patch = best.index % neighbors->n_patches;
    return PB_STATUS_OK;
}
