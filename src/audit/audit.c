/* The image-level audit (method.md#audit): an image's leave-one-out patch scores become one number; numbers far above the
 * median, in units of the median absolute deviation, are flagged. */
#include "audit/audit.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/options.h"
#include "base/order.h"
#include "base/ranges.h"
#include "catalog/catalog.h"
#include "io/features.h"
#include "metrics/select.h"
#include "references/pooled.h"
#include "references/references.h"
#include "score/rank.h"
#include "score/score.h"

/* A score for each image as a whole. @param scores n_images */
typedef pb_status (*image_scores_fn)(const pb_features *features, int64_t seed, double *scores);

static pb_status pooled_knn(const pb_features *features, int64_t seed, double *scores)
{
    (void)seed;
    return pb_pooled_knn(features, scores);
}

static pb_status pooled_lof(const pb_features *features, int64_t seed, double *scores)
{
    (void)seed;
    return pb_pooled_lof(features, scores);
}

static pb_status pooled_forest(const pb_features *features, int64_t seed, double *scores)
{
    PB_TRY(pb_pooled_forest(features, (uint32_t)seed, scores));
    for (int64_t i = 0; i < features->n_images; i++)
        scores[i] = -scores[i];
    return PB_STATUS_OK;
}

/* Where the scores of a rule come from: patch scores by an aggregate, or whole images. */
static const struct {
    pb_aggregate_fn aggregate;
    image_scores_fn whole;
} sources[PB_AUDIT_ROWS] = {
#define PATCHES(source) .aggregate = pb_aggregate_##source
#define IMAGES(source) .whole = pooled_##source
#define RULE(id, level, source, ...) [PB_AUDIT_ROW_##id] = {level(source)},
#include "catalog/audit_rules.def"
#undef RULE
#undef IMAGES
#undef PATCHES
};

bool pb_audit_is_for_use(const pb_method *rule)
{
    return rule->kind == PB_METHOD_AUDIT && rule->family == PB_FAMILY_AUDIT && !pb_method_is_told(rule);
}

static const char *const decision_names[] = {"keep", "remove", "recapture"};

enum { N_DECISIONS = sizeof decision_names / sizeof *decision_names };

static bool is_decision(pb_decision decision)
{
    return (int)decision >= 0 && (int)decision < N_DECISIONS;
}

const char *pb_decision_name(pb_decision decision)
{
    return is_decision(decision) ? decision_names[decision] : "unknown";
}

pb_status pb_decision_check(pb_decision decision, int64_t image)
{
    PB_CHECK_ARG(is_decision(decision), "there is no decision number %d, for image %" PRId64, (int)decision, image);
    return PB_STATUS_OK;
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

static pb_status score_by_patches(pb_references *references, pb_aggregate_fn aggregate, int64_t k, pb_audit *audit)
{
    const pb_features *features = pb_references_features(references);
    const int64_t n_own = pb_features_n_own(features); /* as a part has them, whatever copies there are */
    const double *patch_scores;
    PB_TRY(pb_references_scores_by(references, k, &patch_scores, &audit->k));
    for (int64_t i = 0; i < audit->n_images; i++) {
        const double *of_image = patch_scores + i * features->n_patches;
        PB_TRY(aggregate(of_image, n_own, &audit->images[i].score));
        PB_TRY(pb_aggregate_mean(of_image, n_own, &audit->images[i].mean));
    }
    return PB_STATUS_OK;
}

static pb_status score_whole_images(const pb_features *features, image_scores_fn whole, int64_t seed, pb_audit *audit)
{
    double *scores;
    PB_TRY(PB_NEW(scores, audit->n_images));
    const pb_status status = whole(features, seed, scores);
    for (int64_t i = 0; i < audit->n_images; i++) {
        audit->images[i].score = scores[i];
        audit->images[i].mean = (double)NAN;
    }
    pb_free(scores);
    return status;
}

/* median + multiplier * 1.4826 * MAD (method.md#audit-mad). `scores` is reordered. */
static double limit_of(double *scores, int64_t n, double multiplier)
{
    const pb_deviation around = pb_median_deviation(scores, n);
    return around.mad < PB_MAD_LEAST ? (double)INFINITY : around.median + multiplier * PB_MAD_TO_SD * around.mad;
}

/* The highest, at most `count` of them, if they score above the limit. */
static void flag_images(const int64_t *order, int64_t count, double limit, pb_audit *audit)
{
    for (int64_t i = 0; i < audit->n_images; i++) {
        pb_audit_image *image = &audit->images[order[i]];
        image->rank = i + 1;
        image->flagged = i < count && image->score > limit;
        image->decision = image->flagged ? PB_DECISION_REMOVE : PB_DECISION_KEEP;
    }
}

/* @param scores reordered */
static void judge(const int64_t *order, double *scores, double contamination, pb_audit *audit)
{
    const int64_t n = audit->n_images;
    if (audit->multiplier > 0) {
        audit->limit = limit_of(scores, n, audit->multiplier);
        flag_images(order, pb_audit_most_flagged(n), audit->limit, audit);
    } else {
        const int64_t count = pb_known_count(n, contamination);
        audit->limit = scores[order[count]];
        flag_images(order, count, -(double)INFINITY, audit);
    }
}

static pb_status judge_images(double contamination, pb_audit *audit)
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
    judge(order, scores, contamination, audit);
done:
    pb_free(scores);
    pb_free(order);
    return status;
}

static pb_status check_options(const pb_method *rule, const pb_audit_options *options)
{
    PB_CHECK_ARG(options->multiplier >= 0 && options->multiplier <= DBL_MAX,
                 "the audit's multiplier must be positive, or 0 for the rule's default, not %g", options->multiplier);
    PB_CHECK_ARG(options->multiplier == 0 || (rule->takes & PB_TAKES_MULTIPLIER),
                 "%s flags by number: it has no multiplier", rule->name);
    PB_TRY(pb_check_share("the expected share of bad images", options->contamination));
    return pb_check_seed(options->seed);
}

static pb_status run(pb_references *references, int64_t row, const pb_audit_options *options, pb_audit *audit)
{
    const pb_features *features = pb_references_features(references);
    int64_t n;
    const pb_method *rule = pb_methods(PB_METHOD_AUDIT, &n)[row];
    PB_TRY(check_options(rule, options));
    audit->rule = rule->name;
    audit->multiplier = options->multiplier > 0 ? options->multiplier : rule->multiplier;
    audit->n_images = pb_features_n_images(features);
    PB_TRY(PB_NEW(audit->images, audit->n_images));
    if (sources[row].aggregate)
        PB_TRY(score_by_patches(references, sources[row].aggregate, rule->knn_k, audit));
    else
        PB_TRY(score_whole_images(features, sources[row].whole, options->seed, audit));
    return judge_images(options->contamination, audit);
}

pb_status pb_audit_run(pb_references *references, const char *rule, const pb_audit_options *options, pb_audit **out)
{
    static const pb_audit_options defaults = PB_AUDIT_OPTIONS_INIT;
    pb_audit_options known;
    pb_audit *audit;
    int64_t row = 0;
    PB_TRY(pb_catalog_need(PB_METHOD_AUDIT, "audit rule", rule, &row));
    PB_TRY(PB_OPTIONS_READ(pb_audit_options, options, &defaults, &known));
    PB_TRY(PB_NEW(audit, 1));
    const pb_status status = run(references, row, &known, audit);
    if (status == PB_STATUS_OK)
        *out = audit;
    else
        pb_audit_free(audit);
    return status;
}

/* ---- What was found ----------------------------------------------------------------------------------------------- */

const char *pb_audit_rule(const pb_audit *audit)
{
    return audit->rule;
}

double pb_audit_multiplier(const pb_audit *audit)
{
    return audit->multiplier;
}

int64_t pb_audit_k(const pb_audit *audit)
{
    return audit->k;
}

double pb_audit_limit(const pb_audit *audit)
{
    return audit->limit;
}

int64_t pb_audit_n_images(const pb_audit *audit)
{
    return audit->n_images;
}

int64_t pb_audit_n_flagged(const pb_audit *audit)
{
    int64_t n = 0;
    for (int64_t i = 0; i < audit->n_images; i++)
        n += audit->images[i].flagged;
    return n;
}

const pb_audit_image *pb_audit_image_at(const pb_audit *audit, int64_t i)
{
    return &audit->images[i];
}

pb_status pb_audit_decide(pb_audit *audit, int64_t i, pb_decision decision)
{
    PB_CHECK_ARG(i >= 0 && i < audit->n_images, "there is no image %" PRId64 " among %" PRId64, i, audit->n_images);
    PB_TRY(pb_decision_check(decision, i));
    audit->images[i].decision = decision;
    return PB_STATUS_OK;
}

pb_status pb_audit_flag(pb_audit *audit, int64_t i, const char *reason)
{
    PB_CHECK_ARG(i >= 0 && i < audit->n_images, "there is no image %" PRId64 " among %" PRId64, i, audit->n_images);
    PB_CHECK_ARG(reason && *reason, "image %" PRId64 " is flagged for no reason", i);
    pb_audit_image *image = &audit->images[i];
    int64_t rank = 1;
    for (int64_t j = 0; j < audit->n_images; j++)
        rank += j != i && audit->images[j].reason[0];
    for (int64_t j = 0; j < audit->n_images && !image->reason[0]; j++)
        audit->images[j].rank += audit->images[j].rank >= rank && audit->images[j].rank < image->rank;
    if (!image->reason[0])
        image->rank = rank;
    image->flagged = true;
    image->decision = PB_DECISION_REMOVE;
    snprintf(image->reason, sizeof image->reason, "%s", reason);
    return PB_STATUS_OK;
}

pb_status pb_audit_note(pb_audit *audit, int64_t i, const char *stands_out)
{
    PB_CHECK_ARG(i >= 0 && i < audit->n_images, "there is no image %" PRId64 " among %" PRId64, i, audit->n_images);
    snprintf(audit->images[i].stands_out, sizeof audit->images[i].stands_out, "%s", stands_out);
    return PB_STATUS_OK;
}

int64_t pb_audit_found(const pb_audit *audit, const uint8_t *contaminated, int64_t top)
{
    int64_t found = 0;
    for (int64_t i = 0; i < audit->n_images; i++)
        found += contaminated[i] && audit->images[i].rank <= top;
    return found;
}

void pb_audit_free(pb_audit *audit)
{
    if (!audit)
        return;
    pb_free(audit->images);
    pb_free(audit);
}
