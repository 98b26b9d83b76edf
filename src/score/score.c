#include "score/score.h"

#include <stdbool.h>
#include <string.h>

#include <purebank/metrics.h>

#include "base/memory.h"
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

static const char *const names[] = {"p95", "max", "top1"};

static bool is_known(pb_image_score rule)
{
    return rule >= PB_IMAGE_SCORE_P95 && rule <= PB_IMAGE_SCORE_TOP1;
}

const char *pb_image_score_name(pb_image_score rule)
{
    return is_known(rule) ? names[rule] : "unknown";
}

pb_status pb_image_score_parse(const char *name, pb_image_score *out)
{
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (pb_image_score)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "unknown image score '%s': choose p95, max or top1", name);
}

/* ceil(share of n) in integers, as 0.95 has no exact binary form. */
static int64_t ceil_percent(int64_t percent, int64_t n)
{
    return n / 100 * percent + (n % 100 * percent + 99) / 100;
}

/* Reorders `scores`. */
static double aggregate(pb_image_score rule, double *scores, int64_t n)
{
    switch (rule) {
    case PB_IMAGE_SCORE_P95:
        return pb_order_statistic(scores, n, ceil_percent(95, n) - 1);
    case PB_IMAGE_SCORE_MAX:
        return pb_order_statistic(scores, n, n - 1);
    case PB_IMAGE_SCORE_TOP1:
    case PB_IMAGE_SCORE_OF_BACKBONE: /* asked for before */
        break;
    }
    return pb_mean_of_highest(scores, n, ceil_percent(1, n));
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
    *out = aggregate(rule, copy, n_patches);
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
    *out = pb_mean_of_highest(copy, n, (n + 19) / 20);
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
