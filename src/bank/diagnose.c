/* What is weak about a bank, though all its numbers are right. */
#include <math.h>
#include <string.h>

#include "bank/bank.h"
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
    if (strcmp(threshold->method, "conformal") != 0)
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

static void judge_known_parts(const pb_bank *bank, findings *found)
{
    int64_t n_defects = 0, n_passing = 0;
    for (int64_t i = 0; i < bank->n_known; i++) {
        n_defects += bank->known[i].defect;
        n_passing += bank->known[i].defect && bank->known[i].score <= bank->threshold.value;
    }
    if (2 * n_passing > n_defects)
        add(found, PB_FINDING_DEFECTS_PASS, (double)n_passing, (double)n_defects);
}

int64_t pb_bank_diagnose(const pb_bank *bank, pb_bank_finding *out, int64_t capacity)
{
    findings found = {.out = out, .capacity = capacity};
    judge_threshold(bank, &found);
    judge_references(bank, &found);
    if (!bank->origin.backbone[0])
        add(&found, PB_FINDING_UNKNOWN_ORIGIN, 0, 0);
    judge_known_parts(bank, &found);
    return found.n;
}
