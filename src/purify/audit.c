/* The image-level audit (method 4): an image's leave-one-out patch scores become one number; numbers far above the
 * median, in units of the median absolute deviation, are flagged. */
#include <purebank/audit.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/select.h"
#include "purify/aggregate.h"

static const pb_audit_rule rules[] = {
    {"imgmax_mad", "an image is as suspicious as its worst patch", 1.5},
    {"imgq99_mad", "an image is as suspicious as the 99th percentile of its patches", 1.5},
    {"imgt5_mad", "an image is as suspicious as the mean of its worst 5 % of patches", 1.5},
    {"image_mad", "an image is as suspicious as the mean of all its patches", 2.5},
};

enum { N_RULES = sizeof rules / sizeof *rules };

/* What row i of the table aggregates by. */
static const pb_aggregate_fn aggregates[N_RULES] = {pb_aggregate_max, pb_aggregate_q99, pb_aggregate_top5,
                                                    pb_aggregate_mean};

const pb_audit_rule *pb_audit_rules(int64_t *out_n)
{
    *out_n = N_RULES;
    return rules;
}

static const char *const decision_names[] = {"keep", "remove", "recapture"};

enum { N_DECISIONS = sizeof decision_names / sizeof *decision_names };

const char *pb_decision_name(pb_decision decision)
{
    return decision >= PB_DECISION_KEEP && decision <= PB_DECISION_RECAPTURE ? decision_names[decision] : "unknown";
}

pb_status pb_decision_parse(const char *name, pb_decision *out)
{
    for (int i = 0; i < N_DECISIONS; i++)
        if (strcmp(decision_names[i], name) == 0) {
            *out = (pb_decision)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "\"%s\" is no decision; there are keep, remove, recapture", name);
}

static pb_status find_rule(const char *name, int *out)
{
    char known[128] = "";
    for (int i = 0; i < N_RULES; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            *out = i;
            return PB_STATUS_OK;
        }
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", rules[i].name);
    }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no audit rule \"%s\"; there are %s", name, known);
}

static pb_status score_images(const double *patch_scores, int64_t n_patches, pb_aggregate_fn aggregate, pb_audit *audit)
{
    for (int64_t i = 0; i < audit->n_images; i++) {
        const double *of_image = patch_scores + i * n_patches;
        PB_TRY(aggregate(of_image, n_patches, &audit->images[i].score));
        PB_TRY(pb_aggregate_mean(of_image, n_patches, &audit->images[i].mean));
    }
    return PB_STATUS_OK;
}

/* median + k * 1.4826 * MAD (1.4826: the MAD of a normal distribution is its sd / 1.4826). `scores` is reordered. */
static double limit_of(double *scores, int64_t n, double k)
{
    const double median = pb_median(scores, n);
    for (int64_t i = 0; i < n; i++)
        scores[i] = fabs(scores[i] - median);
    const double mad = pb_median(scores, n);
    return mad < 1e-12 ? (double)INFINITY : median + k * 1.4826 * mad;
}

static void flag_images(const int64_t *order, pb_audit *audit)
{
    const int64_t may_be_flagged = audit->n_images * 2 / 5;
    for (int64_t i = 0; i < audit->n_images; i++) {
        pb_audit_image *image = &audit->images[order[i]];
        image->rank = i + 1;
        image->flagged = i < may_be_flagged && image->score > audit->limit;
        image->decision = image->flagged ? PB_DECISION_REMOVE : PB_DECISION_KEEP;
    }
}

static pb_status judge_images(pb_audit *audit)
{
    const int64_t n = audit->n_images;
    double *scores = NULL;
    int64_t *order = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(scores, n));
    PB_TRY_GOTO(PB_NEW(order, n));
    for (int64_t i = 0; i < n; i++)
        scores[i] = audit->images[i].score;
    PB_TRY_GOTO(pb_order_descending(scores, n, order));
    audit->limit = limit_of(scores, n, audit->k);
    flag_images(order, audit);
done:
    pb_free(scores);
    pb_free(order);
    return status;
}

pb_status pb_audit_run(pb_references *references, const char *rule, double k, pb_audit *out)
{
    const pb_features *features = pb_references_features(references);
    const double *patch_scores;
    int row = 0;
    PB_TRY(find_rule(rule, &row));
    PB_CHECK_ARG(k >= 0 && k <= DBL_MAX, "the audit's k must be positive, or 0 for the rule's default, not %g", k);
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &patch_scores));
    pb_audit audit = {.rule = rules[row].name, .k = k > 0 ? k : rules[row].default_k, .n_images = features->n_images};
    pb_status status;
    PB_TRY_GOTO(PB_NEW(audit.images, audit.n_images));
    PB_TRY_GOTO(score_images(patch_scores, features->n_patches, aggregates[row], &audit));
    PB_TRY_GOTO(judge_images(&audit));
    *out = audit;
    return PB_STATUS_OK;
done:
    pb_audit_free(&audit);
    return status;
}

void pb_audit_free(pb_audit *audit)
{
    if (!audit)
        return;
    pb_free(audit->images);
    *audit = (pb_audit){0};
}
