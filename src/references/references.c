#include "references/references.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/augment.h"
#include "io/features.h"
#include "references/mahalanobis.h"
#include "search/neighbors.h"

enum { N_METRICS = PB_REFERENCES_METRICS };

struct pb_references {
    const pb_features *features;
    int64_t k, n_scores;
    bool subsets;                /* will be asked about */
    pb_progress progress;        /* report = NULL once a computation has reported */
    pb_references_source source; /* lists of more images, or none */
    pb_neighbors *neighbors;
    double *loo[N_METRICS];
    double *loo_by_own_k; /* Euclidean, by: */
    int64_t own_k;
    double *mahalanobis;
    pb_spread spread;
};

/* As many as are asked for; twice as many where questions leave patches out, by removing one in twenty of them, say. Images
 * that an audit removes are the odd ones, which hardly anybody has as neighbours, and mostly there are none. Patches whose lists
 * run out cost a search of their own, nothing else: answers are exact at any depth. Deeper lists take longer, 10 neighbours a
 * third longer than 5; for a large k they would also take memory, so that no list has more than 64 to spare. */
static int64_t list_depth(const pb_references *references)
{
    enum { MOST_SPARES = 64 };
    const int64_t k = references->k;
    if (!references->subsets && !references->source.lists[PB_METRIC_EUCLIDEAN])
        return k;
    return k < MOST_SPARES ? 2 * k : k + MOST_SPARES;
}

pb_status pb_references_check_k(int64_t n_images, int64_t n_patches, int64_t k)
{
    int64_t others;
    PB_TRY(pb_size_multiply(n_images - 1, n_patches, "reference patches", &others));
    PB_CHECK_ARG(k >= 1 && k <= others,
                 "k = %" PRId64 " neighbours: %" PRId64 " images of %" PRId64 " patches allow 1 to %" PRId64, k,
                 n_images, n_patches, others);
    return PB_STATUS_OK;
}

static pb_status check_references(const pb_features *features, int64_t k)
{
    if (features->n_images < 2)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " reference image%s: to compare each with the others takes at least 2",
                       features->n_images, features->n_images == 1 ? "" : "s");
    if (features->n_patches < 1 || features->dim < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "references of %" PRId64 " patches x %" PRId64 " channels are empty",
                       features->n_patches, features->dim);
    return pb_references_check_k(features->n_images, features->n_patches, k);
}

pb_status pb_references_new(const pb_features *features, int64_t k, const pb_progress *progress, pb_references **out)
{
    PB_TRY(check_references(features, k));
    PB_TRY(pb_features_check_finite(features));
    pb_references *references;
    PB_TRY(PB_NEW(references, 1));
    references->features = features;
    references->k = k;
    references->n_scores = features->n_images * features->n_patches;
    if (progress)
        references->progress = *progress;
    *out = references;
    return PB_STATUS_OK;
}

pb_status pb_references_new_within(const pb_features *features, int64_t k, const pb_references_source *source,
                                   pb_references **out)
{
    PB_TRY(check_references(features, k));
    pb_references *references;
    PB_TRY(PB_NEW(references, 1));
    references->features = features;
    references->k = k;
    references->n_scores = features->n_images * features->n_patches;
    references->source = *source;
    *out = references;
    return PB_STATUS_OK;
}

const pb_features *pb_references_features(const pb_references *references)
{
    return references->features;
}

int64_t pb_references_k(const pb_references *references)
{
    return references->k;
}

static pb_status find_neighbors(pb_references *references, pb_metric metric, int64_t depth, pb_neighbors **out)
{
    const pb_references_source *source = &references->source;
    if (source->lists[metric])
        return pb_neighbors_within(source->lists[metric], source->images, references->features->n_images,
                                   references->features->data, depth, out);
    const pb_progress *progress = references->progress.report ? &references->progress : NULL;
    PB_TRY(pb_neighbors_new_with(references->features, metric, depth, NULL, progress, out));
    references->progress = (pb_progress){0};
    return PB_STATUS_OK;
}

void pb_references_expect_subsets(pb_references *references)
{
    references->subsets = true;
}

pb_status pb_references_neighbors(pb_references *references, const pb_neighbors **out)
{
    if (!references->neighbors)
        PB_TRY(find_neighbors(references, PB_METRIC_EUCLIDEAN, list_depth(references), &references->neighbors));
    *out = references->neighbors;
    return PB_STATUS_OK;
}

static pb_status compute_euclidean_loo(pb_references *references, double *scores)
{
    const pb_neighbors *neighbors;
    PB_TRY(pb_references_neighbors(references, &neighbors));
    return pb_neighbors_scores(neighbors, references->k, NULL, scores);
}

/* By cosine only this one question is ever asked: lists of k, not kept. */
static pb_status compute_cosine_loo(pb_references *references, double *scores)
{
    pb_neighbors *neighbors;
    PB_TRY(find_neighbors(references, PB_METRIC_COSINE, references->k, &neighbors));
    const pb_status status = pb_neighbors_scores(neighbors, references->k, NULL, scores);
    pb_neighbors_free(neighbors);
    return status;
}

pb_patch_set pb_references_patches(const pb_references *references)
{
    const pb_features *features = references->features;
    return (pb_patch_set){.rows = features->data,
                          .n_images = features->n_images,
                          .n_patches = features->n_patches,
                          .dim = features->dim,
                          .moments = references->source.moments,
                          .images = references->source.images};
}

pb_status pb_references_spread(pb_references *references, const pb_spread **out)
{
    const pb_patch_set set = pb_references_patches(references);
    if (!references->spread.mean)
        PB_TRY(pb_spread_new(&set, &references->spread));
    *out = &references->spread;
    return PB_STATUS_OK;
}

/* Which place of which image is, or shows, row r? */
static int64_t place_of_row(const pb_features *features, int64_t row)
{
    const int64_t n_own = pb_features_n_own(features);
    return row / features->n_patches * n_own + row % features->n_patches % n_own;
}

/* A place and its copies are found at once where they are nearest, and then as many are left as are asked for. */
static pb_status search_other_places(const pb_features *features, const pb_index *index, int64_t k, double *distances,
                                     int64_t *indices)
{
    const int64_t n = features->n_images * features->n_patches, depth = k + pb_augment_n_variants(&features->augment);
    double *found_distances = NULL;
    int64_t *found = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(found_distances, n, depth));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(found, n, depth));
    PB_TRY_GOTO(pb_index_search(index, features->data, n, depth, found_distances, found));
    for (int64_t row = 0; row < n; row++) {
        const int64_t place = place_of_row(features, row);
        for (int64_t i = 0, from = row * depth; i < k; from++)
            if (place_of_row(features, found[from]) != place) {
                distances[row * k + i] = found_distances[from];
                indices[row * k + i++] = found[from];
            }
    }
done:
    pb_free(found_distances);
    pb_free(found);
    return status;
}

pb_status pb_references_around(const pb_references *references, int64_t k, double *distances, int64_t *indices)
{
    const pb_features *features = references->features;
    const pb_references_source *source = &references->source;
    const pb_surroundings set = {source->images, features->n_images, features->data};
    pb_index *index;
    if (source->own)
        return pb_neighbors_around(source->lists[PB_METRIC_EUCLIDEAN], source->own, &set, k, distances, indices);
    PB_TRY(pb_index_new(features->data, references->n_scores, features->dim, PB_METRIC_EUCLIDEAN, &index));
    const pb_status status = search_other_places(features, index, k, distances, indices);
    pb_index_free(index);
    return status;
}

static pb_status compute_mahalanobis(pb_references *references, double *scores)
{
    const pb_patch_set set = pb_references_patches(references);
    const pb_spread *spread;
    PB_TRY(pb_references_spread(references, &spread));
    return pb_mahalanobis_scores(&set, spread, scores);
}

/* Fills *cache on the first call; a failed computation leaves it empty, so that it can be tried again. */
static pb_status cached_scores(pb_references *references, pb_status (*compute)(pb_references *, double *),
                               double **cache, const double **out)
{
    if (!*cache) {
        double *scores;
        PB_TRY(PB_NEW(scores, references->n_scores));
        const pb_status status = compute(references, scores);
        if (status != PB_STATUS_OK) {
            pb_free(scores);
            return status;
        }
        *cache = scores;
    }
    *out = *cache;
    return PB_STATUS_OK;
}

pb_status pb_references_loo_scores(pb_references *references, pb_metric metric, const double **out)
{
    PB_CHECK_ARG(metric == PB_METRIC_EUCLIDEAN || metric == PB_METRIC_COSINE, "there is no metric number %d",
                 (int)metric);
    return cached_scores(references, metric == PB_METRIC_COSINE ? compute_cosine_loo : compute_euclidean_loo,
                         &references->loo[metric], out);
}

static pb_status compute_own_loo(pb_references *references, double *scores)
{
    const pb_neighbors *neighbors;
    PB_TRY(pb_references_neighbors(references, &neighbors));
    return pb_neighbors_scores(neighbors, references->own_k, NULL, scores);
}

pb_status pb_references_scores_by(pb_references *references, int64_t k, const double **out, int64_t *out_k)
{
    const bool is_own = k > 0 && k < references->k;
    *out_k = is_own ? k : references->k;
    if (!is_own)
        return pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, out);
    if (references->own_k != k) {
        pb_free(references->loo_by_own_k);
        references->loo_by_own_k = NULL;
        references->own_k = k;
    }
    return cached_scores(references, compute_own_loo, &references->loo_by_own_k, out);
}

pb_status pb_references_mahalanobis_scores(pb_references *references, const double **out)
{
    return cached_scores(references, compute_mahalanobis, &references->mahalanobis, out);
}

void pb_references_free(pb_references *references)
{
    if (!references)
        return;
    pb_neighbors_free(references->neighbors);
    for (int i = 0; i < N_METRICS; i++)
        pb_free(references->loo[i]);
    pb_free(references->loo_by_own_k);
    pb_free(references->mahalanobis);
    pb_spread_free(&references->spread);
    pb_free(references);
}
