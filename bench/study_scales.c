/* Do two scales of a photo find more than one?
 *
 *     study_scales BACKBONE WIDTH HEIGHT DRAWS N SET...
 *
 * Each SET is in MVTec layout, or made by study_large_photos. Photos are looked at in WIDTH x HEIGHT and in half of both: a grid each. A draw takes
 * N references (method.md#draw-references), and has a bank for each grid (K 5, no audit, all patches, the grid's default image score). The score
 * of a part at a scale is calibrated by the references' own leave-one-out scores: (ln score - their mean) / their deviation, as the threshold
 * log-t takes them (method.md#log-t). `max` and `mean` combine both. One line a set and way: image AUROC over the set's test parts and its
 * deviation over the draws, the distance of the mean scores of defects and good parts in deviations of the good ones, and in how many draws
 * AUROC is above, and below, that of full size. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench_features.h"

enum { MAX_PHOTOS = 400, MAX_N = 60, MAX_DRAWS = 100, N_SCALES = 2, N_WAYS = 4, K = 5 };
static const char *const ways[N_WAYS] = {"full", "half", "max", "mean"};

typedef struct study {
    const char *backbone;
    int32_t width, height;
    int n_draws, n;
    pb_paths train;
    pb_testset *test;
    pb_features *references[N_SCALES], *parts[N_SCALES]; /* of all photos of a set */
    double *patch_scores;                                /* of all parts at full size */
    double auroc[N_WAYS][MAX_DRAWS], distance[N_WAYS][MAX_DRAWS];
} study;

static pb_status open_set(study *s, const char *root)
{
    char folder[4096], test[4096];
    const char *input = folder;
    snprintf(folder, sizeof folder, "%.4000s/train/good", root);
    snprintf(test, sizeof test, "%.4000s/test", root);
    if (pb_paths_collect(&input, 1, &s->train) != PB_STATUS_OK) {
        snprintf(folder, sizeof folder, "%.4000s/references", root);
        PB_TRY(pb_paths_collect(&input, 1, &s->train));
    }
    return pb_testset_open(test, &s->test);
}

static pb_status describe(study *s, int scale)
{
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone *backbone;
    options.width = s->width >> scale;
    options.height = s->height >> scale;
    PB_TRY(pb_backbone_open(s->backbone, &options, &backbone));
    pb_status status = pb_backbone_extract_files(backbone, (const char *const *)s->train.path, s->train.n, NULL,
                                                 &s->references[scale]);
    if (status == PB_STATUS_OK)
        status = pb_backbone_extract_files(backbone, pb_testset_paths(s->test), pb_testset_n_images(s->test), NULL,
                                           &s->parts[scale]);
    pb_backbone_close(backbone);
    return status;
}

/* ln of the references' leave-one-out scores -> their mean and deviation. */
static pb_status calibrate(pb_references *references, pb_image_score rule, int64_t n, double out[2])
{
    const double *scores;
    const int64_t n_patches = pb_features_n_patches(pb_references_features(references));
    double own[MAX_N];
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &scores));
    out[0] = out[1] = 0;
    for (int64_t i = 0; i < n; i++) {
        PB_TRY(pb_image_score_of(rule, scores + i * n_patches, n_patches, &own[i]));
        own[i] = log(own[i]);
        out[0] += own[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++)
        out[1] += (own[i] - out[0]) * (own[i] - out[0]) / (double)(n - 1);
    out[1] = sqrt(out[1]);
    return PB_STATUS_OK;
}

/* @param out of the parts */
static pb_status score_scale(study *s, const int64_t *chosen, int scale, double *out)
{
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    pb_image_score rule;
    double usual[2];
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    PB_TRY(pb_image_score_parse(pb_backbone_image_score_for(pb_features_origin(s->parts[scale])), &rule));
    options.image_score = rule;
    PB_TRY(bench_copy_images(s->references[scale], chosen, s->n, &features));
    PB_TRY(pb_references_new(features, K, NULL, &references));
    PB_TRY(calibrate(references, rule, s->n, usual));
    PB_TRY(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    PB_TRY(pb_bank_score(bank, s->parts[scale], s->patch_scores, out));
    for (int64_t i = 0; i < pb_features_n_images(s->parts[scale]); i++)
        out[i] = (log(out[i]) - usual[0]) / usual[1];
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
    return PB_STATUS_OK;
}

static double distance_of(const double *scores, const uint8_t *labels, int64_t n)
{
    double mean[2] = {0, 0}, square = 0;
    int64_t count[2] = {0, 0};
    for (int64_t i = 0; i < n; i++) {
        mean[labels[i]] += scores[i];
        count[labels[i]]++;
    }
    for (int k = 0; k < 2; k++)
        mean[k] /= (double)count[k];
    for (int64_t i = 0; i < n; i++)
        square += labels[i] ? 0 : (scores[i] - mean[0]) * (scores[i] - mean[0]);
    return (mean[1] - mean[0]) / sqrt(square / (double)(count[0] - 1));
}

static pb_status draw(study *s, int d)
{
    static double scores[N_WAYS][MAX_PHOTOS];
    const uint8_t *labels = pb_testset_labels(s->test);
    const int64_t n = pb_testset_n_images(s->test);
    int64_t chosen[MAX_N], n_chosen;
    pb_detection_metrics metrics;
    PB_TRY(pb_draw_references(s->train.n, s->n, d, chosen, &n_chosen));
    for (int scale = 0; scale < N_SCALES; scale++)
        PB_TRY(score_scale(s, chosen, scale, scores[scale]));
    for (int64_t i = 0; i < n; i++) {
        scores[2][i] = fmax(scores[0][i], scores[1][i]);
        scores[3][i] = (scores[0][i] + scores[1][i]) / 2;
    }
    for (int w = 0; w < N_WAYS; w++) {
        PB_TRY(pb_metrics_detection(scores[w], labels, n, &metrics));
        s->auroc[w][d] = metrics.auroc;
        s->distance[w][d] = distance_of(scores[w], labels, n);
    }
    return PB_STATUS_OK;
}

static void print(const study *s, const char *root)
{
    const char *name = strrchr(root, '/') ? strrchr(root, '/') + 1 : root;
    for (int w = 0; w < N_WAYS; w++) {
        double mean = 0, square = 0, distance = 0;
        int above = 0, below = 0;
        for (int d = 0; d < s->n_draws; d++) {
            mean += s->auroc[w][d] / s->n_draws;
            distance += s->distance[w][d] / s->n_draws;
            above += s->auroc[w][d] > s->auroc[0][d];
            below += s->auroc[w][d] < s->auroc[0][d];
        }
        for (int d = 0; d < s->n_draws; d++)
            square += (s->auroc[w][d] - mean) * (s->auroc[w][d] - mean) / (s->n_draws - 1);
        printf("%s,%s,%" PRId32 "x%" PRId32 ",%d,%d,%s,%.4f,%.4f,%.3f,%d,%d\n", name, s->backbone, s->width, s->height,
               s->n_draws, s->n, ways[w], mean, sqrt(square), distance, above, below);
    }
}

static pb_status run(study *s, const char *root)
{
    PB_TRY(open_set(s, root));
    if (pb_testset_n_images(s->test) > MAX_PHOTOS || s->train.n < s->n)
        return pb_fail(PB_STATUS_LIMIT, "%s has more than %d parts or fewer than %d references", root, MAX_PHOTOS,
                       s->n);
    for (int scale = 0; scale < N_SCALES; scale++)
        PB_TRY(describe(s, scale));
    PB_TRY(PB_NEW(s->patch_scores, pb_features_n_images(s->parts[0]) * pb_features_n_patches(s->parts[0])));
    for (int d = 0; d < s->n_draws; d++)
        PB_TRY(draw(s, d));
    print(s, root);
    for (int scale = 0; scale < N_SCALES; scale++) {
        pb_features_free(s->references[scale]);
        pb_features_free(s->parts[scale]);
    }
    pb_free(s->patch_scores);
    pb_testset_free(s->test);
    pb_paths_free(&s->train);
    return PB_STATUS_OK;
}

int main(int argc, char **argv)
{
    static study s;
    pb_status status = PB_STATUS_OK;
    if (argc < 7) {
        fprintf(stderr, "usage: study_scales BACKBONE WIDTH HEIGHT DRAWS N SET...\n");
        return 2;
    }
    s.backbone = argv[1];
    s.width = atoi(argv[2]);
    s.height = atoi(argv[3]);
    s.n_draws = atoi(argv[4]);
    s.n = atoi(argv[5]);
    if (s.n < 3 || s.n > MAX_N || s.n_draws < 2 || s.n_draws > MAX_DRAWS) {
        fprintf(stderr, "study_scales: 3 to %d references, 2 to %d draws\n", MAX_N, MAX_DRAWS);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("set,backbone,size,draws,n,scores,auroc,auroc_sd,distance,above,below\n");
    for (int i = 6; i < argc && status == PB_STATUS_OK; i++)
        status = run(&s, argv[i]);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    return status != PB_STATUS_OK;
}
