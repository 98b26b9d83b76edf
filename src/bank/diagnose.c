/* What is weak about a bank, though all its numbers are right. */
#include <math.h>

#include "bank/bank.h"
#include "base/binomial.h"
#include "base/memory.h"
#include "metrics/select.h"

typedef struct findings {
    pb_bank_finding *out;
    int64_t n, capacity;
} findings;

static void add(findings *found, pb_bank_finding_kind kind, double value, double limit)
{
    if (found->n < found->capacity)
        found->out[found->n] = (pb_bank_finding){kind, value, limit};
    found->n++;
}

/* How far apart patches of the bank typically are: the mean distance of pairs with a share of the bank between them that
 * no repetition of whole images hits. */
static double typical_distance(const pb_bank *bank)
{
    enum { PAIRS = 1024 };
    const int64_t apart = bank->n_rows * 2 / 5 + 1, room = bank->n_rows - apart, n = room < PAIRS ? room : PAIRS;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *a = bank->rows + i * room / n * bank->dim, *b = a + apart * bank->dim;
        double squares = 0;
        for (int64_t d = 0; d < bank->dim; d++)
            squares += ((double)a[d] - (double)b[d]) * ((double)a[d] - (double)b[d]);
        sum += sqrt(squares);
    }
    return n > 0 ? sum / (double)n : 0;
}

/* Median score of a good part: of the verified ones, else of the references. NaN where memory is out, which no limit exceeds. */
static double typical_score(const pb_bank *bank)
{
    double *scores;
    int64_t n_verified, n_all;
    if (pb_bank_good_scores(bank, &scores, &n_verified, &n_all) != PB_STATUS_OK)
        return (double)NAN;
    const int64_t n = n_verified > 0 ? n_verified : n_all;
    const double median = n > 0 ? pb_median(scores, n) : (double)NAN;
    pb_free(scores);
    return median;
}

/* Copies find each other at distance 0, or what rounding makes of it: such scores say nothing about parts. */
static void judge_threshold(const pb_bank *bank, findings *found)
{
    enum { FEW = 5 };
    static const double FAR = 1.5; /* times what good parts score: docs/results.md, when defects pass */
    const pb_threshold *threshold = &bank->threshold;
    const double typical = typical_distance(bank), median = typical_score(bank);
    if (pb_bank_n_good(bank) < FEW)
        add(found, PB_FINDING_FEW_REFERENCES, (double)pb_bank_n_good(bank), FEW);
    if (threshold->value <= 1e-5 * typical)
        add(found, PB_FINDING_ZERO_THRESHOLD, threshold->value, typical);
    else if (threshold->value > FAR * median)
        add(found, PB_FINDING_DEFECTS_MAY_PASS, threshold->value, median);
    if (!pb_threshold_is_promised(threshold))
        add(found, PB_FINDING_RATE_NOT_PROMISED, threshold->false_alarm_rate, threshold->guaranteed_rate);
}

static void judge_references(const pb_bank *bank, findings *found)
{
    int64_t not_reviewed = 0, kept = 0;
    for (int64_t i = 0; i < bank->n_references; i++) {
        const pb_bank_reference *reference = &bank->references[i];
        not_reviewed += pb_bank_awaits_review(reference);
        kept += reference->flagged && reference->decision == PB_DECISION_KEEP;
    }
    if (!bank->audit_rule[0])
        add(found, PB_FINDING_NO_AUDIT, 0, 0);
    if (not_reviewed > 0)
        add(found, PB_FINDING_NOT_REVIEWED, (double)not_reviewed, 0);
    if (kept > 0)
        add(found, PB_FINDING_FLAGGED_KEPT, (double)kept, 0);
}

/* How many verified good parts fail where the threshold is just low enough to catch half of the defects. */
static int64_t good_above_half_caught(const pb_bank *bank, int64_t n_defects)
{
    double threshold = 0;
    int64_t n_above = 0;
    for (int64_t i = 0; i < bank->n_known; i++) {
        const double score = bank->known[i].score;
        int64_t n_caught = 0;
        if (!bank->known[i].defect || score < threshold)
            continue;
        for (int64_t j = 0; j < bank->n_known; j++)
            n_caught += bank->known[j].defect && bank->known[j].score >= score;
        if (2 * n_caught >= n_defects)
            threshold = score;
    }
    for (int64_t i = 0; i < bank->n_known; i++)
        n_above += !bank->known[i].defect && bank->known[i].score >= threshold;
    return n_above;
}

static void judge_separation(const pb_bank *bank, int64_t n_defects, findings *found)
{
    const int64_t n_good = bank->n_known - n_defects, n_above = good_above_half_caught(bank, n_defects);
    if (n_above >= 2 && 10 * n_above > n_good)
        add(found, PB_FINDING_NOT_SEPARATED, (double)n_above, (double)n_good);
}

static void judge_photos_of_parts(const pb_bank *bank, findings *found)
{
    static const double CHANCE = 0.05;
    int64_t n = 0, n_unusable = 0;
    for (int64_t i = 0; i < bank->n_known; i++) {
        const pb_known_part *part = &bank->known[i];
        n += !part->defect;
        n_unusable += !part->defect && part->unusable && !pb_score_fails(part->score, bank->threshold.value);
    }
    if (bank->has_guard && n_unusable > 0 && 1 - pb_binomial_below(n, bank->guard.rate, n_unusable) < CHANCE)
        add(found, PB_FINDING_GOOD_UNUSABLE, (double)n_unusable, (double)n);
}

static void judge_known_parts(const pb_bank *bank, findings *found)
{
    int64_t n_defects = 0, n_passing = 0;
    for (int64_t i = 0; i < bank->n_known; i++) {
        n_defects += bank->known[i].defect;
        n_passing += bank->known[i].defect && !pb_score_fails(bank->known[i].score, bank->threshold.value);
    }
    if (pb_catches_few(n_defects - n_passing, n_defects)) {
        add(found, PB_FINDING_DEFECTS_PASS, (double)n_passing, (double)n_defects);
        judge_separation(bank, n_defects, found);
    }
    if (n_defects == 0)
        add(found, PB_FINDING_DEFECTS_UNKNOWN, 0, 0);
    judge_photos_of_parts(bank, found);
}

typedef struct span {
    double low, high;
} span;

static void widen(span *of, double value)
{
    of->low = fmin(of->low, value);
    of->high = fmax(of->high, value);
}

/* Backbones look at one size of picture: photos that differ are enlarged, shrunk and squeezed to it, each in its own way.
 * @param references NULL, or whose decisions say which photos count */
static void judge_sizes(const pb_photo *photos, const pb_bank_reference *references, int64_t n, findings *found)
{
    static const double SIZE = 1.5, SHAPE = 1.25; /* more is no crop by hand, but another distance or another camera */
    span sides = {(double)INFINITY, 0}, shapes = {(double)INFINITY, 0};
    for (int64_t i = 0; photos && i < n; i++) {
        const pb_photo *photo = &photos[i];
        if ((references && references[i].decision != PB_DECISION_KEEP) || photo->width < 1 || photo->height < 1)
            continue;
        widen(&sides, fmin(photo->width, photo->height));
        widen(&shapes, (double)photo->width / photo->height);
    }
    if (sides.high > SIZE * sides.low)
        add(found, PB_FINDING_SIZES_DIFFER, sides.low, sides.high);
    if (shapes.high > SHAPE * shapes.low)
        add(found, PB_FINDING_SHAPES_DIFFER, shapes.low, shapes.high);
}

int64_t pb_bank_diagnose(const pb_bank *bank, pb_bank_finding *out, int64_t capacity)
{
    findings found = {.out = out, .capacity = capacity};
    judge_threshold(bank, &found);
    judge_references(bank, &found);
    if (!bank->origin.backbone[0])
        add(&found, PB_FINDING_UNKNOWN_ORIGIN, 0, 0);
    judge_known_parts(bank, &found);
    judge_sizes(bank->left_out.photos, bank->references, bank->n_references, &found);
    return found.n;
}

int64_t pb_photos_diagnose(const pb_photo *photos, int64_t n, pb_bank_finding *out, int64_t capacity)
{
    findings found = {.out = out, .capacity = capacity};
    judge_sizes(photos, NULL, n, &found);
    return found.n;
}
