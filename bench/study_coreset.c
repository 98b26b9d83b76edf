/* Do thresholds of banks with a coreset keep their false-alarm rate? One CSV row a set and share, over random draws of references.
 *
 *   build/release/bench/study_coreset DRAWS N RATE RESOLUTION SET... >coreset.csv
 *
 * Each SET is a folder in MVTec layout. A draw takes N references from its good photos (train and test), the others are parts. Built-in
 * features at RESOLUTION ("448x448", or the photos' own size), no audit. `coresets`: each reference is scored by the coreset of the others;
 * `holes`: by what the bank's own coreset has of the others; `all`: a bank of all patches. Rates over all draws, and the geometric mean
 * of threshold over median score of good parts. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "bank/without_reference.h"
#include "base/error.h"
#include "base/memory.h"
#include "bench.h"

enum { MAX_PHOTOS = 400, MAX_N = 60, N_WAYS = 3 };
static const char *const ways[N_WAYS] = {"coresets", "holes", "all"};
static const double shares[] = {0.01, 0.1};

typedef struct study {
    int n_draws, n;
    double rate;
    int64_t n_good, n_photos; /* of the set, good ones first */
    pb_features *features;
    double *patch_scores, scores[MAX_PHOTOS]; /* of all photos */
} study;

typedef struct tally {
    int64_t n[2], above[2]; /* good parts, defects */
    double log_ratio;
    int draws;
} tally;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static pb_status collect(const char *root, pb_paths *good, pb_testset **test)
{
    char train[4096];
    const char *folder = train;
    snprintf(train, sizeof train, "%.4000s/train/good", root);
    PB_TRY(pb_paths_collect(&folder, 1, good));
    return pb_testset_open(root, test);
}

static pb_status load(const char *root, const char *resolution, study *s)
{
    pb_paths good = {0};
    pb_testset *test;
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone *backbone;
    const char *paths[MAX_PHOTOS];
    PB_TRY(collect(root, &good, &test));
    s->n_photos = 0;
    for (int64_t i = 0; i < good.n && s->n_photos < MAX_PHOTOS; i++)
        paths[s->n_photos++] = good.path[i];
    for (int label = 0; label < 2; label++) {
        for (int64_t i = 0; i < pb_testset_n_images(test) && s->n_photos < MAX_PHOTOS; i++)
            if (pb_testset_labels(test)[i] == label)
                paths[s->n_photos++] = pb_testset_paths(test)[i];
        s->n_good = label == 0 ? s->n_photos : s->n_good;
    }
    if (sscanf(resolution, "%" SCNd32 "x%" SCNd32, &options.width, &options.height) != 2)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s is no size", resolution);
    PB_TRY(pb_backbone_open("builtin", &options, &backbone));
    const pb_status status = pb_backbone_extract_files(backbone, paths, s->n_photos, NULL, &s->features);
    pb_backbone_close(backbone);
    pb_paths_free(&good);
    pb_testset_free(test);
    PB_TRY(status);
    return PB_NEW(s->patch_scores, s->n_photos * pb_features_n_patches(s->features));
}

static pb_status take(const study *s, const int64_t *images, int64_t n, pb_features **out)
{
    const int64_t floats = pb_features_n_patches(s->features) * pb_features_dim(s->features);
    PB_TRY(pb_features_new(n, pb_features_origin(s->features), out));
    for (int64_t i = 0; i < n; i++)
        memcpy(pb_features_rows(*out) + i * floats, pb_features_image_at(s->features, images[i]),
               (size_t)floats * sizeof(float));
    return PB_STATUS_OK;
}

static void count(const study *s, const bool *used, double threshold, tally *t)
{
    double good[MAX_PHOTOS];
    int64_t n = 0;
    for (int64_t i = 0; i < s->n_photos; i++) {
        if (used[i])
            continue;
        t->n[i >= s->n_good]++;
        t->above[i >= s->n_good] += s->scores[i] > threshold;
        if (i < s->n_good)
            good[n++] = s->scores[i];
    }
    qsort(good, (size_t)n, sizeof *good, by_value);
    t->log_ratio += log(threshold / good[n / 2]);
    t->draws++;
}

static pb_status threshold_by_holes(const study *s, const pb_bank *bank, const pb_features *references, double *out)
{
    double scores[MAX_N];
    pb_threshold threshold;
    for (int64_t i = 0; i < s->n; i++) {
        pb_bank_rest rest;
        pb_features *one;
        PB_TRY(pb_bank_rest_new(bank, i, &rest));
        PB_TRY(pb_features_slice(references, i, 1, &one));
        PB_TRY(pb_bank_rest_score(bank, &rest, one, s->patch_scores, &scores[i]));
        pb_features_free(one);
        pb_bank_rest_free(&rest);
    }
    PB_TRY(pb_threshold_fit(scores, s->n, s->rate, &threshold));
    *out = threshold.value;
    return PB_STATUS_OK;
}

static pb_status judge(study *s, pb_references *references, double share, const bool *used, tally *of)
{
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank;
    double holes = 0;
    options.audit_rule = NULL;
    options.false_alarm_rate = s->rate;
    options.coreset_share = share;
    PB_TRY(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    if (share > 0)
        PB_TRY(threshold_by_holes(s, bank, pb_references_features(references), &holes));
    PB_TRY(pb_bank_score(bank, s->features, s->patch_scores, s->scores));
    count(s, used, pb_bank_threshold(bank)->value, &of[share > 0 ? 0 : 2]);
    if (share > 0)
        count(s, used, holes, &of[1]);
    pb_bank_free(bank);
    return PB_STATUS_OK;
}

static pb_status draw(study *s, int d, double share, tally *of)
{
    int64_t order[MAX_PHOTOS] = {0};
    bool used[MAX_PHOTOS] = {false};
    uint64_t state = (uint64_t)d + 1;
    pb_features *features;
    pb_references *references;
    for (int64_t i = 0; i < s->n_good; i++)
        order[i] = i;
    for (int64_t i = 0; i < s->n; i++) {
        const int64_t j = i + (int64_t)(bench_random(&state) % (uint64_t)(s->n_good - i)), t = order[i];
        order[i] = order[j];
        order[j] = t;
        used[order[i]] = true;
    }
    PB_TRY(take(s, order, s->n, &features));
    PB_TRY(pb_references_new(features, 5, NULL, &references));
    PB_TRY(judge(s, references, share, used, of));
    pb_references_free(references);
    pb_features_free(features);
    return PB_STATUS_OK;
}

static pb_status run(study *s, const char *root, const char *resolution)
{
    const char *name = strrchr(root, '/') ? strrchr(root, '/') + 1 : root;
    PB_TRY(load(root, resolution, s));
    for (size_t i = 0; i <= sizeof shares / sizeof *shares; i++) {
        const double share = i < sizeof shares / sizeof *shares ? shares[i] : 0;
        tally of[N_WAYS] = {{{0}, {0}, 0, 0}};
        for (int d = 0; d < s->n_draws; d++)
            PB_TRY(draw(s, d, share, of));
        for (int w = 0; w < N_WAYS; w++)
            if (of[w].draws > 0)
                printf("%s,%s,%d,%g,%g,%s,%" PRId64 ",%.4f,%.4f,%.3f\n", name, resolution, s->n, s->rate, share,
                       ways[w], of[w].n[0], (double)of[w].above[0] / (double)of[w].n[0],
                       (double)of[w].above[1] / (double)of[w].n[1], exp(of[w].log_ratio / of[w].draws));
    }
    pb_free(s->patch_scores);
    pb_features_free(s->features);
    return PB_STATUS_OK;
}

int main(int argc, char **argv)
{
    static study s;
    pb_status status = PB_STATUS_OK;
    if (argc < 6) {
        fprintf(stderr, "usage: study_coreset DRAWS N RATE RESOLUTION SET...\n");
        return 2;
    }
    s.n_draws = atoi(argv[1]);
    s.n = atoi(argv[2]);
    s.rate = atof(argv[3]);
    if (s.n < 2 || s.n > MAX_N) {
        fprintf(stderr, "study_coreset: 2 to %d references\n", MAX_N);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("set,resolution,n,rate,share,threshold_by,n_good,false_alarms,caught,threshold_over_median\n");
    for (int i = 5; i < argc && status == PB_STATUS_OK; i++)
        status = run(&s, argv[i], argv[4]);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    return status != PB_STATUS_OK;
}
