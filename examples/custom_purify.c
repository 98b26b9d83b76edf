/* A purification of one's own, from features of any origin: drop the patches whose leave-one-out score stands out,
 * then look at the rest again. The neighbour lists are computed once and asked twice.
 *   custom_purify FEATURES.npy [PERCENTILE]         FEATURES.npy as written by `purebank extract` */
#include <stdio.h>
#include <stdlib.h>

#include <purebank/purebank.h>

enum { NEIGHBOURS = 5, LIST_DEPTH = 16 }; /* lists deeper than K answer questions about subsets without a new search */

static void print_kept(const char *when, const pb_patch_mask *mask, const double *scores)
{
    double sum = 0;
    for (int64_t i = 0; i < mask->n_images * mask->n_patches; i++)
        sum += mask->keep[i] ? scores[i] : 0;
    const int64_t kept = pb_patch_mask_count(mask);
    printf("%s: %lld patches, mean score %.4f\n", when, (long long)kept, sum / (double)kept);
}

/* `mask` comes in keeping everything; `scores` has a place for every patch. */
static pb_status purify(const pb_neighbors *neighbors, double percentile, pb_patch_mask *mask, double *scores)
{
    const int64_t n = mask->n_images * mask->n_patches;
    double limit;
    pb_status status = pb_neighbors_scores(neighbors, NEIGHBOURS, NULL, scores);
    if (status == PB_STATUS_OK)
        status = pb_percentile(scores, n, percentile, &limit);
    if (status != PB_STATUS_OK)
        return status;
    print_kept("before", mask, scores);

    for (int64_t i = 0; i < n; i++)
        mask->keep[i] = scores[i] <= limit;
    status = pb_neighbors_scores(neighbors, NEIGHBOURS, mask->keep, scores);
    if (status == PB_STATUS_OK)
        print_kept("after", mask, scores);
    return status;
}

static pb_status run(const char *path, double percentile)
{
    pb_features *features = NULL;
    pb_neighbors *neighbors = NULL;
    pb_patch_mask mask = {0};
    double *scores = NULL;

    pb_status status = pb_features_load(path, &features);
    if (status == PB_STATUS_OK)
        status = pb_neighbors_new(features, PB_METRIC_EUCLIDEAN, LIST_DEPTH, NULL, &neighbors);
    if (status == PB_STATUS_OK)
        status = pb_patch_mask_new(pb_features_n_images(features), pb_features_n_patches(features), &mask);
    if (status == PB_STATUS_OK &&
        !(scores = calloc((size_t)(pb_features_n_images(features) * pb_features_n_patches(features)), sizeof *scores)))
        status = PB_STATUS_NO_MEMORY;
    if (status == PB_STATUS_OK)
        status = purify(neighbors, percentile, &mask, scores);

    free(scores);
    pb_patch_mask_free(&mask);
    pb_neighbors_free(neighbors);
    pb_features_free(features);
    return status;
}

int main(int argc, char **argv)
{
    const double percentile = argc == 3 ? strtod(argv[2], NULL) : 95;
    if (argc < 2 || argc > 3 || !(percentile > 0 && percentile <= 100)) {
        fprintf(stderr, "usage: custom_purify FEATURES.npy [PERCENTILE]\n");
        return 2;
    }
    if (run(argv[1], percentile) != PB_STATUS_OK) {
        fprintf(stderr, "custom_purify: %s\n", pb_error_message());
        return 3;
    }
    return 0;
}
