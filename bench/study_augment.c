/* Do altered copies of the references in the bank pay?
 *
 *     study_augment CATEGORY [SIDE [DRAWS]]
 *
 * CATEGORY is in MVTec layout; SIDE the built-in backbone's input (448). For each draw of 10 references (method.md#draw-references) the bank
 * has their patches, and those of their copies: turned, mirrored, darker and brighter. A reference is left out with all its copies, and scored
 * as it is, so that the threshold means what it always does. One line for each way: copies a reference, image AUROC and its spread
 * over the draws, defects caught and good parts failed at the threshold for a rate of 1 %, and rows searched. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/product.h"

enum { N = 10, MAX_COPIES = 8, K = 5, MAX_DRAWS = 16 };

/* One copy: transposed first, then mirrored, then brighter by a factor. */
typedef struct change {
    bool transposed, across, down;
    double factor;
} change;

typedef struct way {
    const char *name;
    int n; /* copies, the photo itself first */
    change copy[MAX_COPIES];
} way;

static const way ways[] = {
    {"none", 1, {{false, false, false, 1}}},
    {"rot90", 4, {{false, false, false, 1}, {true, true, false, 1}, {false, true, true, 1}, {true, false, true, 1}}},
    {"flips", 3, {{false, false, false, 1}, {false, true, false, 1}, {false, false, true, 1}}},
    {"rot90,flips",
     8,
     {{false, false, false, 1},
      {false, true, false, 1},
      {false, false, true, 1},
      {false, true, true, 1},
      {true, false, false, 1},
      {true, true, false, 1},
      {true, false, true, 1},
      {true, true, true, 1}}},
    {"brightness:0.8-1.2", 3, {{false, false, false, 1}, {false, false, false, 0.8}, {false, false, false, 1.2}}},
};

enum { N_WAYS = sizeof ways / sizeof *ways };

static pb_status alter(const pb_image *image, const change *how, pb_image *out)
{
    const int32_t width = how->transposed ? image->height : image->width;
    const int32_t height = how->transposed ? image->width : image->height;
    PB_TRY(pb_image_new(width, height, out));
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t column = how->across ? width - 1 - x : x, row = how->down ? height - 1 - y : y;
            const uint8_t *from =
                image->rgb + 3 * (how->transposed ? column * image->width + row : row * image->width + column);
            for (int c = 0; c < 3; c++)
                out->rgb[3 * (y * width + x) + c] = (uint8_t)fmin(255, from[c] * how->factor + 0.5);
        }
    return PB_STATUS_OK;
}

typedef struct study {
    pb_backbone *backbone;
    int64_t n_patches, dim;
    pb_paths train;
    pb_testset *test;
    pb_features *parts;
    double *scores;                                                /* of the parts */
    double auroc[MAX_DRAWS], caught[MAX_DRAWS], failed[MAX_DRAWS]; /* of one way */
} study;

/* The patches of one reference and of its copies, one below the other. */
static pb_status describe(study *s, const char *path, const way *how, float *out)
{
    pb_image photo, copy = {0};
    PB_TRY(pb_image_read(path, &photo));
    pb_status status = PB_STATUS_OK;
    for (int c = 0; c < how->n && status == PB_STATUS_OK; c++) {
        status = alter(&photo, &how->copy[c], &copy);
        if (status == PB_STATUS_OK)
            status = pb_backbone_extract(s->backbone, &copy, 1, out + c * s->n_patches * s->dim);
        pb_image_free(&copy);
    }
    pb_image_free(&photo);
    return status;
}

/* Copies are patches of their reference: leaving it out leaves them out. */
static pb_status threshold_of(const study *s, const pb_features *features, pb_image_score rule, double *out)
{
    pb_references *references;
    const double *scores;
    double own[N];
    pb_threshold threshold = {0};
    PB_TRY(pb_references_new(features, K, NULL, &references));
    pb_status status = pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &scores);
    for (int64_t i = 0; i < N && status == PB_STATUS_OK; i++)
        status = pb_image_score_of(rule, scores + i * pb_features_n_patches(features), s->n_patches, &own[i]);
    if (status == PB_STATUS_OK)
        status = pb_threshold_fit(own, N, 0.01, &threshold);
    *out = threshold.value;
    pb_references_free(references);
    return status;
}

static pb_status score_parts(const study *s, const pb_features *bank, pb_image_score rule)
{
    const int64_t n_rows = N * pb_features_n_patches(bank), n = s->n_patches;
    double *distances = NULL, *patches = NULL;
    pb_index *index = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_index_new(pb_features_data(bank), n_rows, s->dim, PB_METRIC_EUCLIDEAN, &index));
    PB_TRY_GOTO(PB_NEW_PRODUCT(distances, n, K));
    PB_TRY_GOTO(PB_NEW(patches, n));
    for (int64_t i = 0; i < pb_features_n_images(s->parts); i++) {
        PB_TRY_GOTO(pb_index_search(index, pb_features_image_at(s->parts, i), n, K, distances, NULL));
        for (int64_t p = 0; p < n; p++) {
            patches[p] = 0;
            for (int k = 0; k < K; k++)
                patches[p] += distances[p * K + k] / K;
        }
        PB_TRY_GOTO(pb_image_score_of(rule, patches, n, &s->scores[i]));
    }
done:
    pb_index_free(index);
    pb_free(distances);
    pb_free(patches);
    return status;
}

static pb_status judge(study *s, const pb_features *bank, int draw)
{
    const uint8_t *labels = pb_testset_labels(s->test);
    pb_detection_metrics metrics;
    pb_image_score rule;
    double threshold;
    PB_TRY(pb_image_score_parse(pb_backbone_default_image_score(s->backbone), &rule));
    PB_TRY(threshold_of(s, bank, rule, &threshold));
    PB_TRY(score_parts(s, bank, rule));
    PB_TRY(pb_metrics_detection(s->scores, labels, pb_testset_n_images(s->test), &metrics));
    s->auroc[draw] = metrics.auroc;
    s->caught[draw] = s->failed[draw] = 0;
    for (int64_t i = 0; i < pb_testset_n_images(s->test); i++)
        (labels[i] ? s->caught : s->failed)[draw] += s->scores[i] > threshold;
    return PB_STATUS_OK;
}

static pb_status run(study *s, const way *how, int draw)
{
    int64_t chosen[N], n;
    float *rows;
    pb_features *bank = NULL;
    PB_TRY(pb_draw_references(s->train.n, N, draw, chosen, &n));
    PB_TRY(PB_NEW_PRODUCT(rows, N, how->n, s->n_patches, s->dim));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < N && status == PB_STATUS_OK; i++)
        status = describe(s, s->train.path[chosen[i]], how, rows + i * how->n * s->n_patches * s->dim);
    if (status == PB_STATUS_OK)
        status = pb_features_borrow(rows, N, how->n, (int32_t)s->n_patches, s->dim, &bank);
    if (status == PB_STATUS_OK)
        status = judge(s, bank, draw);
    pb_features_free(bank);
    pb_free(rows);
    return status;
}

static double mean(const double *values, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += values[i] / n;
    return sum;
}

static double deviation(const double *values, int n)
{
    double sum = 0;
    for (int i = 0; i < n && n > 1; i++)
        sum += (values[i] - mean(values, n)) * (values[i] - mean(values, n)) / (n - 1);
    return sqrt(sum);
}

static pb_status measure(study *s, int n_draws)
{
    for (int w = 0; w < N_WAYS; w++) {
        for (int draw = 0; draw < n_draws; draw++)
            PB_TRY(run(s, &ways[w], draw));
        printf("%-20s %d  AUROC %.4f (sd %.4f)  caught %.1f of %lld  failed %.1f of %lld  rows %lld\n", ways[w].name,
               ways[w].n, mean(s->auroc, n_draws), deviation(s->auroc, n_draws), mean(s->caught, n_draws),
               (long long)pb_testset_n_defect(s->test), mean(s->failed, n_draws), (long long)pb_testset_n_good(s->test),
               (long long)(N * ways[w].n * s->n_patches));
        fflush(stdout);
    }
    return PB_STATUS_OK;
}

static pb_status open_category(const char *category, study *s)
{
    char folder[4096];
    const char *input = folder;
    snprintf(folder, sizeof folder, "%s/train/good", category);
    PB_TRY(pb_paths_collect(&input, 1, &s->train));
    snprintf(folder, sizeof folder, "%s/test", category);
    PB_TRY(pb_testset_open(folder, &s->test));
    PB_TRY(PB_NEW(s->scores, pb_testset_n_images(s->test)));
    return pb_backbone_extract_files(s->backbone, pb_testset_paths(s->test), pb_testset_n_images(s->test), NULL,
                                     &s->parts);
}

int main(int argc, char **argv)
{
    study s = {0};
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    const int n_draws = argc > 3 ? atoi(argv[3]) : 5;
    if (argc < 2 || n_draws < 1 || n_draws > MAX_DRAWS)
        return 2;
    options.input_size = argc > 2 ? atoi(argv[2]) : 0;
    pb_status status = pb_backbone_open("builtin", &options, &s.backbone);
    if (status == PB_STATUS_OK) {
        const pb_origin *origin = pb_backbone_origin(s.backbone);
        s.n_patches = (int64_t)origin->grid_height * origin->grid_width;
        s.dim = origin->dim;
        status = open_category(argv[1], &s);
    }
    if (status == PB_STATUS_OK)
        status = measure(&s, n_draws);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    pb_features_free(s.parts);
    pb_free(s.scores);
    pb_testset_free(s.test);
    pb_paths_free(&s.train);
    pb_backbone_close(s.backbone);
    return status != PB_STATUS_OK;
}
