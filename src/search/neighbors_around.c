/* Nearest patches of all images, the patch's own included, for some images of a larger set: out of the lists of that set. */
#include <math.h>
#include <string.h>

#include "io/features.h"
#include "search/neighbors.h"

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

pb_status pb_search_others(const pb_index *index, const float *queries, const int64_t *self, int64_t n, int64_t k,
                           double *distances, int64_t *indices)
{
    double *found_distances = NULL;
    int64_t *found = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(found_distances, n, (k + 1)));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(found, n, (k + 1)));
    PB_TRY_GOTO(pb_index_search(index, queries, n, k + 1, found_distances, found));
    for (int64_t q = 0; q < n; q++) {
        const int64_t row = self ? self[q] : q;
        /* A row finds itself at distance 0, unless more than k equal rows stand before it. */
        for (int64_t i = 0, from = q * (k + 1); i < k; i++, from++) {
            from += found[from] == row;
            distances[q * k + i] = found_distances[from];
            indices[q * k + i] = found[from];
        }
    }
done:
    pb_free(found_distances);
    pb_free(found);
    return status;
}

static pb_status search_own(const pb_neighbors *own, int64_t image, double *distances, int64_t *indices)
{
    const int64_t n_patches = own->n_patches, depth = own->depth;
    const float *rows = own->rows + image * n_patches * own->dim;
    pb_index *index;
    PB_TRY(pb_index_new(rows, n_patches, own->dim, own->metric, &index));
    const pb_status status = pb_search_others(index, rows, NULL, n_patches, depth, distances, indices);
    pb_index_free(index);
    pb_neighbor *lists = own->lists + image * n_patches * depth;
    for (int64_t i = 0; i < n_patches * depth && status == PB_STATUS_OK; i++)
        lists[i] = (pb_neighbor){distances[i], image * n_patches + indices[i]};
    return status;
}

static pb_status fill_own(pb_neighbors *own)
{
    double *distances = NULL;
    int64_t *indices = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(own->lists, own->n_images, own->n_patches, own->depth));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(distances, own->n_patches, own->depth));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(indices, own->n_patches, own->depth));
    for (int64_t i = 0; i < own->n_images; i++)
        PB_TRY_GOTO(search_own(own, i, distances, indices));
done:
    pb_free(distances);
    pb_free(indices);
    return status;
}

pb_status pb_neighbors_own_new(const pb_features *features, int64_t depth, pb_neighbors **out)
{
    pb_neighbors *own;
    PB_ASSERT(depth >= 1);
    PB_TRY(PB_NEW(own, 1));
    *own = (pb_neighbors){.rows = features->data,
                          .n_images = features->n_images,
                          .n_patches = features->n_patches,
                          .dim = features->dim,
                          .metric = PB_METRIC_EUCLIDEAN,
                          .depth = depth < features->n_patches ? depth : features->n_patches - 1};
    const pb_status status = own->depth > 0 ? fill_own(own) : PB_STATUS_OK;
    if (status == PB_STATUS_OK)
        *out = own;
    else
        pb_neighbors_free(own);
    return status;
}

typedef struct around {
    const pb_neighbors *others, *own;
    const pb_surroundings *set;
    int64_t *place; /* of each image of the larger set: its number in the smaller one, -1 = none */
    int64_t k;
    double *distances; /* n_images x n_patches x k */
    int64_t *indices;
    uint8_t *open; /* n_images x n_patches: the lists do not reach far enough */
} around;

/* All that are nearer than the end of a list are in it; of those at the same distance some may be missing. */
static double reach(const pb_neighbor *list, int64_t depth, int64_t all)
{
    return depth < all ? list[depth - 1].distance : (double)INFINITY;
}

static void offer(const around *a, const pb_neighbor *list, int64_t depth, double limit, pb_topk *top)
{
    const int64_t n_patches = a->others->n_patches;
    for (int64_t i = 0; i < depth && list[i].distance < limit; i++) {
        const int64_t place = a->place[list[i].index / n_patches];
        if (place >= 0)
            pb_topk_push(top, (pb_neighbor){list[i].distance, place * n_patches + list[i].index % n_patches});
    }
}

static pb_status merge_image(void *context, int64_t image, int worker)
{
    (void)worker;
    const around *a = context;
    const pb_neighbors *others = a->others, *own = a->own;
    const int64_t n_patches = others->n_patches, from = a->set->images[image] * n_patches;
    pb_topk top = {NULL, 0, a->k};
    PB_TRY(PB_NEW(top.items, a->k));
    for (int64_t p = 0; p < n_patches; p++) {
        const int64_t row = image * n_patches + p;
        const pb_neighbor *far = others->lists + (from + p) * others->depth, *near = own->lists;
        near = own->depth > 0 ? near + (from + p) * own->depth : near;
        const double limit =
            fmin(reach(far, others->depth, (others->n_images - 1) * n_patches), reach(near, own->depth, n_patches - 1));
        top.count = 0;
        offer(a, far, others->depth, limit, &top);
        offer(a, near, own->depth, limit, &top);
        a->open[row] = top.count < a->k;
        if (a->open[row])
            continue;
        pb_topk_sort(&top);
        for (int64_t i = 0; i < a->k; i++) {
            a->distances[row * a->k + i] = top.items[i].distance;
            a->indices[row * a->k + i] = top.items[i].index;
        }
    }
    pb_free(top.items);
    return PB_STATUS_OK;
}

static pb_status search_open(const around *a, const int64_t *rows, int64_t n)
{
    const int64_t dim = a->others->dim, n_all = a->set->n_images * a->others->n_patches;
    pb_index *index = NULL;
    float *queries = NULL;
    double *distances = NULL;
    int64_t *indices = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(queries, n, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(distances, n, a->k));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(indices, n, a->k));
    for (int64_t i = 0; i < n; i++)
        memcpy(queries + i * dim, a->set->rows + rows[i] * dim, (size_t)dim * sizeof *queries);
    PB_TRY_GOTO(pb_index_new(a->set->rows, n_all, dim, PB_METRIC_EUCLIDEAN, &index));
    PB_TRY_GOTO(pb_search_others(index, queries, rows, n, a->k, distances, indices));
    for (int64_t i = 0; i < n; i++) {
        memcpy(a->distances + rows[i] * a->k, distances + i * a->k, (size_t)a->k * sizeof *distances);
        memcpy(a->indices + rows[i] * a->k, indices + i * a->k, (size_t)a->k * sizeof *indices);
    }
done:
    pb_index_free(index);
    pb_free(queries);
    pb_free(distances);
    pb_free(indices);
    return status;
}

static pb_status answer_open(const around *a)
{
    const int64_t n = a->set->n_images * a->others->n_patches;
    int64_t *rows, n_open = 0;
    PB_TRY(PB_NEW_UNINITIALISED(rows, n));
    for (int64_t i = 0; i < n; i++)
        if (a->open[i])
            rows[n_open++] = i;
    const pb_status status = n_open > 0 ? search_open(a, rows, n_open) : PB_STATUS_OK;
    pb_free(rows);
    return status;
}

static pb_status find_places(around *a)
{
    PB_TRY(PB_NEW_UNINITIALISED(a->place, a->others->n_images));
    for (int64_t i = 0; i < a->others->n_images; i++)
        a->place[i] = -1;
    for (int64_t i = 0; i < a->set->n_images; i++)
        a->place[a->set->images[i]] = i;
    return PB_STATUS_OK;
}

pb_status pb_neighbors_around(const pb_neighbors *others, const pb_neighbors *own, const pb_surroundings *set,
                              int64_t k, double *distances, int64_t *indices)
{
    around a = {.others = others, .own = own, .set = set, .k = k, .distances = distances, .indices = indices};
    pb_status status;
    PB_ASSERT(others->n_images == own->n_images && others->n_patches == own->n_patches);
    PB_TRY_GOTO(find_places(&a));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(a.open, set->n_images, others->n_patches));
    PB_TRY_GOTO(pb_parallel_for(set->n_images, merge_image, &a, NULL));
    status = answer_open(&a);
done:
    pb_free(a.place);
    pb_free(a.open);
    return status;
}
