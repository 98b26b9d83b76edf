/* Which audit finds the bad ones: aggregate of an image's leave-one-out patch scores, number of neighbours, multiplier.
 *
 *   build/release/bench/study_audit DRAWS GOOD BAD [GOOD BAD...]
 *
 * GOOD and BAD are folders of photos of one set. Each draw takes 10 good references, and the same with 3 of them replaced by bad
 * ones. Built-in features. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench.h"

enum { N = 10, N_BAD = 3, N_RULES = 4, N_KS = 2, N_MULTIPLIERS = 5, MAX_PHOTOS = 256 };
static const char *const rule_names[N_RULES] = {"imgmax", "imgq99", "imgt5", "image"};
static const int64_t ks[N_KS] = {5, 1};
static const double multipliers[N_MULTIPLIERS] = {1.5, 2, 2.5, 3, 4};

typedef struct tally {
    double auroc, false_flags[N_MULTIPLIERS], hits[N_MULTIPLIERS], wrong[N_MULTIPLIERS];
    int64_t n;
} tally;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static pb_status aggregate(int rule, const double *scores, int64_t n, double *out)
{
    double *copy;
    PB_TRY(PB_NEW(copy, n));
    memcpy(copy, scores, (size_t)n * sizeof *copy);
    pb_status status = PB_STATUS_OK;
    if (rule == 0)
        *out = pb_mean_of_highest(copy, n, 1);
    else if (rule == 1)
        status = pb_percentile(copy, n, 99, out);
    else
        *out = pb_mean_of_highest(copy, n, rule == 2 ? (n + 19) / 20 : n);
    pb_free(copy);
    return status;
}

/* Flags as the audit does: above median + multiplier x 1.4826 x MAD, at most 40 %. */
static double limit_of(const double *scores, double multiplier)
{
    double x[N];
    memcpy(x, scores, sizeof x);
    const double median = pb_median(x, N);
    for (int i = 0; i < N; i++)
        x[i] = fabs(scores[i] - median);
    double limit = median + multiplier * 1.4826 * pb_median(x, N);
    memcpy(x, scores, sizeof x);
    qsort(x, N, sizeof *x, by_value);
    return fmax(limit, x[N - N * 2 / 5 - 1]);
}

static pb_status score_references(const pb_features *all, const int64_t *images, int64_t k, double scores[N_RULES][N])
{
    const int64_t floats = pb_features_n_patches(all) * pb_features_dim(all);
    pb_features *features = NULL;
    pb_references *references = NULL;
    const double *loo;
    pb_status status;
    PB_TRY_GOTO(pb_features_new(N, pb_features_origin(all), &features));
    for (int i = 0; i < N; i++)
        memcpy(pb_features_rows(features) + i * floats, pb_features_image_at(all, images[i]),
               (size_t)floats * sizeof(float));
    PB_TRY_GOTO(pb_references_new(features, k, NULL, &references));
    PB_TRY_GOTO(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &loo));
    for (int rule = 0; rule < N_RULES; rule++)
        for (int i = 0; i < N; i++)
            PB_TRY_GOTO(
                aggregate(rule, loo + i * pb_features_n_patches(all), pb_features_n_patches(all), &scores[rule][i]));
done:
    pb_references_free(references);
    pb_features_free(features);
    return status;
}

static pb_status note(double clean[N], double dirty[N], tally *out)
{
    double auroc;
    uint8_t labels[N] = {0};
    memset(labels, 1, N_BAD);
    PB_TRY(pb_metrics_auroc(dirty, labels, N, &auroc));
    out->auroc += auroc;
    for (int m = 0; m < N_MULTIPLIERS; m++) {
        const double clean_limit = limit_of(clean, multipliers[m]), limit = limit_of(dirty, multipliers[m]);
        for (int i = 0; i < N; i++) {
            out->false_flags[m] += clean[i] > clean_limit;
            out->hits[m] += labels[i] && dirty[i] > limit;
            out->wrong[m] += !labels[i] && dirty[i] > limit;
        }
    }
    out->n++;
    return PB_STATUS_OK;
}

static void draw(int64_t n_good, int64_t n_bad, uint64_t seed, int64_t *clean, int64_t *dirty)
{
    int64_t order[MAX_PHOTOS], bad[MAX_PHOTOS];
    uint64_t state = seed;
    for (int64_t i = 0; i < n_good; i++)
        order[i] = i;
    for (int64_t i = 0; i < n_bad; i++)
        bad[i] = n_good + i;
    for (int64_t i = 0; i < N; i++) {
        const int64_t j = i + (int64_t)(bench_random(&state) % (uint64_t)(n_good - i)), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (int64_t i = 0; i < N_BAD; i++) {
        const int64_t j = i + (int64_t)(bench_random(&state) % (uint64_t)(n_bad - i)), t = bad[i];
        bad[i] = bad[j];
        bad[j] = t;
    }
    for (int i = 0; i < N; i++) {
        clean[i] = order[i];
        dirty[i] = i < N_BAD ? bad[i] : order[i];
    }
}

static pb_status study(const char *good, const char *bad, int n_draws, pb_backbone *backbone,
                       tally tallies[N_KS][N_RULES])
{
    pb_paths goods = {0}, bads = {0};
    const char *paths[MAX_PHOTOS];
    pb_features *features;
    PB_TRY(pb_paths_collect(&good, 1, &goods));
    PB_TRY(pb_paths_collect(&bad, 1, &bads));
    const int64_t n_good = goods.n < MAX_PHOTOS / 2 ? goods.n : MAX_PHOTOS / 2;
    const int64_t n_bad = bads.n < MAX_PHOTOS / 2 ? bads.n : MAX_PHOTOS / 2;
    for (int64_t i = 0; i < n_good; i++)
        paths[i] = goods.path[i];
    for (int64_t i = 0; i < n_bad; i++)
        paths[n_good + i] = bads.path[i];
    PB_TRY(pb_backbone_extract_files(backbone, paths, n_good + n_bad, NULL, &features));
    for (int d = 0; d < n_draws; d++) {
        int64_t clean[N], dirty[N];
        draw(n_good, n_bad, (uint64_t)d, clean, dirty);
        for (int k = 0; k < N_KS; k++) {
            double clean_scores[N_RULES][N], dirty_scores[N_RULES][N];
            PB_TRY(score_references(features, clean, ks[k], clean_scores));
            PB_TRY(score_references(features, dirty, ks[k], dirty_scores));
            for (int rule = 0; rule < N_RULES; rule++)
                PB_TRY(note(clean_scores[rule], dirty_scores[rule], &tallies[k][rule]));
        }
    }
    pb_features_free(features);
    pb_paths_free(&goods);
    pb_paths_free(&bads);
    return PB_STATUS_OK;
}

static void show(const char *name, const tally tallies[N_KS][N_RULES])
{
    printf("\n%s\n| rule | K | detection AUROC |", name);
    for (int m = 0; m < N_MULTIPLIERS; m++)
        printf(" %g |", multipliers[m]);
    printf("\n");
    for (int rule = 0; rule < N_RULES; rule++)
        for (int k = 0; k < N_KS; k++) {
            const tally *t = &tallies[k][rule];
            const double n = (double)t->n;
            printf("| %s | %d | %.3f |", rule_names[rule], (int)ks[k], t->auroc / n);
            for (int m = 0; m < N_MULTIPLIERS; m++)
                printf(" %.2f/%.2f+%.2f |", t->false_flags[m] / n, t->hits[m] / n, t->wrong[m] / n);
            printf("\n");
        }
}

int main(int argc, char **argv)
{
    static tally all[N_KS][N_RULES];
    pb_backbone *backbone;
    pb_status status = pb_backbone_open("builtin", NULL, &backbone);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("cells: good ones flagged of 10 good / bad ones flagged of 3 + good ones of 7\n");
    for (int i = 2; i + 1 < argc && status == PB_STATUS_OK; i += 2) {
        static const tally none;
        tally tallies[N_KS][N_RULES];
        for (int j = 0; j < N_KS * N_RULES; j++)
            tallies[j / N_RULES][j % N_RULES] = none;
        status = study(argv[i], argv[i + 1], atoi(argv[1]), backbone, tallies);
        show(argv[i], (const tally(*)[N_RULES])tallies);
        for (int j = 0; j < N_KS * N_RULES; j++) {
            const tally *t = &tallies[j / N_RULES][j % N_RULES];
            tally *sum = &all[j / N_RULES][j % N_RULES];
            sum->n += t->n;
            sum->auroc += t->auroc;
            for (int m = 0; m < N_MULTIPLIERS; m++) {
                sum->false_flags[m] += t->false_flags[m];
                sum->hits[m] += t->hits[m];
                sum->wrong[m] += t->wrong[m];
            }
        }
    }
    show("all", (const tally(*)[N_RULES])all);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    pb_backbone_close(backbone);
    return status != PB_STATUS_OK;
}
