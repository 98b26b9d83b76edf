/* Do altered copies of the references in the bank pay?
 *
 *     study_augment CATEGORY [SIDE [DRAWS [COME]]]
 *
 * CATEGORY is in MVTec layout; SIDE the built-in backbone's input (448). For each draw of 10 references (method.md#draw-references) banks
 * of all of them, as they are and with copies as `--augment` makes them, judge all test parts. One line for each way: variants of a reference,
 * image AUROC and its spread over the draws, defects caught and good parts failed at the threshold for a rate of 1 %, and rows searched.
 * With COME, such as rot90, parts come so in turn: the first as it was photographed, the second as the first copy of `--augment COME`, ... */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/product.h"

enum { N = 10, MAX_DRAWS = 16 };

static const char *const ways[] = {"", "rot90", "flips", "rot90,flips", "brightness:0.8-1.2"};

enum { N_WAYS = sizeof ways / sizeof *ways };

typedef struct study {
    pb_backbone *backbone;
    pb_paths train;
    pb_testset *test;
    pb_features *parts;
    double *scores, *patches;                                      /* of the parts */
    double auroc[MAX_DRAWS], caught[MAX_DRAWS], failed[MAX_DRAWS]; /* of one way */
    int64_t n_rows;
} study;

static pb_status judge(study *s, const pb_bank *bank, int draw)
{
    const uint8_t *labels = pb_testset_labels(s->test);
    pb_detection_metrics metrics;
    PB_TRY(pb_bank_score(bank, s->parts, s->patches, s->scores));
    PB_TRY(pb_metrics_detection(s->scores, labels, pb_testset_n_images(s->test), &metrics));
    s->auroc[draw] = metrics.auroc;
    s->caught[draw] = s->failed[draw] = 0;
    s->n_rows = pb_bank_n_rows(bank);
    for (int64_t i = 0; i < pb_testset_n_images(s->test); i++)
        (labels[i] ? s->caught : s->failed)[draw] += s->scores[i] > pb_bank_threshold(bank)->value;
    return PB_STATUS_OK;
}

static pb_status fit_and_judge(study *s, const pb_features *features, int draw)
{
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_references *references;
    pb_bank *bank = NULL;
    options.audit_rule = NULL;
    options.false_alarm_rate = 0.01;
    PB_TRY(pb_references_new(features, PB_DEFAULT_K, NULL, &references));
    pb_status status = pb_bank_fit(references, NULL, NULL, &options, &bank, NULL);
    if (status == PB_STATUS_OK)
        status = judge(s, bank, draw);
    pb_bank_free(bank);
    pb_references_free(references);
    return status;
}

static pb_status run(study *s, const pb_augment *augment, int draw)
{
    int64_t chosen[N], n;
    const char *paths[N];
    pb_features *features;
    PB_TRY(pb_draw_references(s->train.n, N, draw, chosen, &n));
    for (int64_t i = 0; i < n; i++)
        paths[i] = s->train.path[chosen[i]];
    PB_TRY(pb_backbone_extract_augmented(s->backbone, augment, paths, n, NULL, NULL, NULL, &features));
    const pb_status status = fit_and_judge(s, features, draw);
    pb_features_free(features);
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
        pb_augment augment = {0};
        if (*ways[w])
            PB_TRY(pb_augment_parse(ways[w], &augment));
        for (int draw = 0; draw < n_draws; draw++)
            PB_TRY(run(s, &augment, draw));
        printf("%-20s %d  AUROC %.4f (sd %.4f)  caught %.1f of %lld  failed %.1f of %lld  rows %lld\n",
               *ways[w] ? ways[w] : "none", (int)pb_augment_n_variants(&augment), mean(s->auroc, n_draws),
               deviation(s->auroc, n_draws), mean(s->caught, n_draws), (long long)pb_testset_n_defect(s->test),
               mean(s->failed, n_draws), (long long)pb_testset_n_good(s->test), (long long)s->n_rows);
        fflush(stdout);
    }
    return PB_STATUS_OK;
}

/* Part i as variant i of what they come as, so that a part that lies as it was photographed is one of them. */
static pb_status photograph_parts(const pb_augment *come, study *s)
{
    const int64_t n = pb_testset_n_images(s->test), n_variants = pb_augment_n_variants(come);
    pb_features *all;
    PB_TRY(pb_backbone_extract_augmented(s->backbone, come, pb_testset_paths(s->test), n, NULL, NULL, NULL, &all));
    const int64_t n_values = pb_features_n_own_patches(all) * pb_features_dim(all);
    const pb_status status = pb_features_new(n, pb_features_origin(all), &s->parts);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++)
        memcpy(pb_features_rows(s->parts) + i * n_values, pb_features_image_at(all, i) + i % n_variants * n_values,
               (size_t)n_values * sizeof(float));
    pb_features_free(all);
    return status;
}

static pb_status open_category(const char *category, const char *comes, study *s)
{
    pb_augment come = {0};
    char folder[4096];
    const char *input = folder;
    snprintf(folder, sizeof folder, "%s/train/good", category);
    PB_TRY(pb_paths_collect(&input, 1, &s->train));
    snprintf(folder, sizeof folder, "%s/test", category);
    PB_TRY(pb_testset_open(folder, &s->test));
    const pb_origin *origin = pb_backbone_origin(s->backbone);
    PB_TRY(PB_NEW(s->scores, pb_testset_n_images(s->test)));
    PB_TRY(PB_NEW_PRODUCT(s->patches, pb_testset_n_images(s->test), origin->grid_height, origin->grid_width));
    if (comes)
        PB_TRY(pb_augment_parse(comes, &come));
    return photograph_parts(&come, s);
}

int main(int argc, char **argv)
{
    study s = {0};
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    const int n_draws = argc > 3 ? (int32_t)strtol(argv[3], NULL, 10) : 5;
    if (argc < 2 || n_draws < 1 || n_draws > MAX_DRAWS)
        return 2;
    options.input_size = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : 0;
    pb_status status = pb_backbone_open("builtin", &options, &s.backbone);
    if (status == PB_STATUS_OK)
        status = open_category(argv[1], argc > 4 ? argv[4] : NULL, &s);
    if (status == PB_STATUS_OK)
        status = measure(&s, n_draws);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    pb_features_free(s.parts);
    pb_free(s.scores);
    pb_free(s.patches);
    pb_testset_free(s.test);
    pb_paths_free(&s.train);
    pb_backbone_close(s.backbone);
    return status != PB_STATUS_OK;
}
