#include "score/score.h"

#include <stdbool.h>
#include <string.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "base/words.h"
#include "metrics/check.h"
#include "metrics/select.h"

void pb_patch_scores(const double *distances, int64_t n, int64_t k, double *out)
{
    for (int64_t i = 0; i < n; i++) {
        pb_patch_sum sum = {0};
        for (int64_t j = 0; j < k; j++)
            pb_patch_sum_add(&sum, distances[i * k + j]);
        out[i] = pb_patch_sum_mean(&sum);
    }
}

/* ---- Images: the rules of banks ----------------------------------------------------------------------------------- */

enum { TOP_PATCHES = 8 };

typedef struct image_score {
    const char *name, *summary;
    double (*of)(double *patch_scores, int64_t n);
} image_score;

static const image_score rules[] = {
#define PB_IMAGE_SCORE(name, id, words) {#name, words, pb_image_score_by_##name},
#include <purebank/image_scores.def>
#undef PB_IMAGE_SCORE
};

static bool is_known(pb_image_score rule)
{
    return rule >= 0 && rule < PB_N_IMAGE_SCORES;
}

const char *pb_image_score_name(pb_image_score rule)
{
    return is_known(rule) ? rules[rule].name : "unknown";
}

const char *pb_image_score_summary(pb_image_score rule)
{
    return is_known(rule) ? rules[rule].summary : "unknown";
}

pb_status pb_image_score_parse(const char *name, pb_image_score *out)
{
    char known[256] = "";
    for (int i = 0; i < PB_N_IMAGE_SCORES; i++)
        if (strcmp(name, rules[i].name) == 0) {
            *out = (pb_image_score)i;
            return PB_STATUS_OK;
        }
    for (int i = 0; i < PB_N_IMAGE_SCORES; i++)
        pb_words_add(known, sizeof known, pb_words_between(i, PB_N_IMAGE_SCORES, " or "), rules[i].name);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "unknown image score '%s': choose %s", name, known);
}

/* ceil(share of n) in integers, as 0.95 has no exact binary form. */
static int64_t ceil_percent(int64_t percent, int64_t n)
{
    return n / 100 * percent + (n % 100 * percent + 99) / 100;
}

double pb_image_score_by_p95(double *patch_scores, int64_t n)
{
    return pb_order_statistic(patch_scores, n, ceil_percent(95, n) - 1);
}

double pb_image_score_by_max(double *patch_scores, int64_t n)
{
    return pb_order_statistic(patch_scores, n, n - 1);
}

double pb_image_score_by_top1(double *patch_scores, int64_t n)
{
    return pb_mean_of_highest(patch_scores, n, ceil_percent(1, n));
}

double pb_image_score_by_top8(double *patch_scores, int64_t n)
{
    return pb_mean_of_highest(patch_scores, n, n < TOP_PATCHES ? n : TOP_PATCHES);
}

pb_status pb_image_score_of(pb_image_score rule, const double *patch_scores, int64_t n_patches, double *out)
{
    PB_CHECK_ARG(is_known(rule), "there is no image score number %d", (int)rule);
    if (n_patches < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "an image needs at least one patch");
    PB_TRY(pb_check_finite(patch_scores, n_patches, "patch score"));
    double *copy;
    PB_TRY(PB_NEW_UNINITIALISED(copy, n_patches));
    memcpy(copy, patch_scores, (size_t)n_patches * sizeof *copy);
    *out = rules[rule].of(copy, n_patches);
    pb_free(copy);
    return PB_STATUS_OK;
}

/* ---- Images: what audits go by ------------------------------------------------------------------------------------ */

pb_status pb_aggregate_max(const double *patch_scores, int64_t n, double *out)
{
    double max = patch_scores[0];
    for (int64_t i = 1; i < n; i++)
        max = patch_scores[i] > max ? patch_scores[i] : max;
    *out = max;
    return PB_STATUS_OK;
}

pb_status pb_aggregate_q99(const double *patch_scores, int64_t n, double *out)
{
    return pb_percentile(patch_scores, n, 99, out);
}

pb_status pb_aggregate_top5(const double *patch_scores, int64_t n, double *out)
{
    double *copy;
    PB_TRY(PB_NEW_UNINITIALISED(copy, n));
    memcpy(copy, patch_scores, (size_t)n * sizeof *copy);
    *out = pb_mean_of_highest(copy, n, ceil_percent(5, n));
    pb_free(copy);
    return PB_STATUS_OK;
}

pb_status pb_aggregate_mean(const double *patch_scores, int64_t n, double *out)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += patch_scores[i];
    *out = sum / (double)n;
    return PB_STATUS_OK;
}

pb_status pb_image_means(const double *patch_scores, int64_t n_images, int64_t n_patches, double *out)
{
    for (int64_t i = 0; i < n_images; i++)
        PB_TRY(pb_aggregate_mean(patch_scores + i * n_patches, n_patches, &out[i]));
    return PB_STATUS_OK;
}
