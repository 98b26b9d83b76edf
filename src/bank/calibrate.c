/* Verified good parts and known defects: evidence in the bank, and the threshold that follows from it. */
#include <purebank/calibrate.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "metrics/tolerance.h"

int64_t pb_bank_n_known(const pb_bank *bank)
{
    return bank->n_known;
}

const pb_known_part *pb_bank_known_at(const pb_bank *bank, int64_t i)
{
    return &bank->known[i];
}

int64_t pb_bank_n_verified(const pb_bank *bank)
{
    int64_t n = 0;
    for (int64_t i = 0; i < bank->n_known; i++)
        n += !bank->known[i].defect;
    return n;
}

const pb_threshold *pb_bank_fitted_threshold(const pb_bank *bank)
{
    return &bank->fitted_threshold;
}

/* ---- the threshold ------------------------------------------------------------------------------------------------ */

pb_status pb_bank_good_scores(const pb_bank *bank, double **out, int64_t *out_n_verified, int64_t *out_n_all)
{
    double *scores;
    int64_t n = 0;
    PB_TRY(PB_NEW(scores, bank->n_known + bank->n_references));
    for (int64_t i = 0; i < bank->n_known; i++)
        if (!bank->known[i].defect)
            scores[n++] = bank->known[i].score;
    *out_n_verified = n;
    for (int64_t i = 0; i < bank->n_references; i++)
        if (pb_bank_reference_is_good(&bank->references[i]))
            scores[n++] = bank->references[i].loo_score;
    *out_n_all = n;
    *out = scores;
    return PB_STATUS_OK;
}

static pb_status set_threshold(pb_bank *bank, double rate)
{
    double *scores;
    int64_t n_verified, n_all;
    pb_threshold threshold = bank->fitted_threshold;
    PB_TRY(pb_threshold_check_rate(rate));
    PB_TRY(pb_bank_good_scores(bank, &scores, &n_verified, &n_all));
    pb_status status = PB_STATUS_OK;
    if (n_verified > 0) {
        /* References are not exchangeable with parts, and promise nothing by rank. */
        const bool enough = n_verified >= 2 && pb_threshold_allowed_above(rate, n_verified) >= 1;
        status = enough ? pb_threshold_fit(scores, n_verified, rate, &threshold)
                        : pb_threshold_log_t(scores, n_all, rate, &threshold);
        threshold.guaranteed_rate = 1 / (double)(n_verified + 1);
    }
    if (status == PB_STATUS_OK)
        bank->threshold = threshold;
    pb_free(scores);
    return status;
}

/* ---- the evidence ------------------------------------------------------------------------------------------------- */

pb_status pb_known_part_take_photo(pb_known_part *part, const pb_guard_verdict *photo)
{
    if (photo->no_part && !part->defect)
        return pb_fail(PB_STATUS_MISMATCH, "%s cannot be judged: %s", part->path, photo->reason);
    part->unusable = !photo->usable;
    return PB_STATUS_OK;
}

bool pb_bank_is_same_file(const char *path_a, const char *sha256_a, const char *path_b, const char *sha256_b)
{
    return *sha256_a && *sha256_b ? strcmp(sha256_a, sha256_b) == 0 : strcmp(path_a, path_b) == 0;
}

/* Number of the part among n; n where it is not. */
static int64_t find_part(const pb_known_part *parts, int64_t n, const pb_known_part *part)
{
    int64_t i = 0;
    while (i < n && !pb_bank_is_same_file(parts[i].path, parts[i].sha256, part->path, part->sha256))
        i++;
    return i;
}

static pb_status check_part(const pb_bank *bank, const pb_known_part *part)
{
    PB_CHECK_ARG(part->path && *part->path, "a known part needs a path");
    if (!isfinite(part->score) || part->score < 0)
        return pb_fail(PB_STATUS_BAD_VALUE, "the score of %s is %g: scores are finite and not negative", part->path,
                       part->score);
    const int64_t i = pb_bank_find_reference(bank, part->path, part->sha256);
    return i < 0 ? PB_STATUS_OK
                 : pb_fail(PB_STATUS_MISMATCH,
                           "%s is the reference %s, which finds itself in the bank: calibrate with parts that are no "
                           "references",
                           part->path, bank->references[i].path);
}

static pb_status copy_part(const pb_known_part *part, pb_known_part *out)
{
    *out = *part;
    out->path = NULL;
    return PB_NEW_STRING(out->path, part->path);
}

static void free_parts(pb_known_part *parts, int64_t n)
{
    for (int64_t i = 0; parts && i < n; i++)
        pb_free(parts[i].path);
    pb_free(parts);
}

/* The old parts, and the new ones in their place or behind them. @param out room for all */
static pb_status join_parts(const pb_bank *bank, const pb_known_part *parts, int64_t n, pb_known_part *out,
                            int64_t *out_n)
{
    for (int64_t i = 0; i < bank->n_known; i++)
        PB_TRY(copy_part(&bank->known[i], &out[(*out_n)++]));
    for (int64_t i = 0; i < n; i++) {
        PB_TRY(check_part(bank, &parts[i]));
        const int64_t at = find_part(out, *out_n, &parts[i]);
        if (at < *out_n && out[at].defect != parts[i].defect)
            return pb_fail(
                PB_STATUS_MISMATCH,
                "%s is given as %s, but known as %s%s%s: whichever is wrong, give it once, or take back what is "
                "known",
                parts[i].path, parts[i].defect ? "a defect" : "a good part",
                out[at].defect ? "a defect" : "a good part",
                strcmp(parts[i].path, out[at].path) == 0 ? "" : ", then called ",
                strcmp(parts[i].path, out[at].path) == 0 ? "" : out[at].path);
        if (at < *out_n)
            pb_free(out[at].path);
        out[at].path = NULL;
        PB_TRY(copy_part(&parts[i], &out[at]));
        *out_n += at == *out_n;
    }
    return PB_STATUS_OK;
}

/* Puts other parts into the bank, or leaves it as it was. Takes them over. */
static pb_status replace_parts(pb_bank *bank, pb_known_part *parts, int64_t n, double rate)
{
    pb_known_part *old = bank->known;
    const int64_t n_old = bank->n_known;
    bank->known = parts;
    bank->n_known = n;
    const pb_status status = set_threshold(bank, rate);
    if (status == PB_STATUS_OK) {
        free_parts(old, n_old);
        return PB_STATUS_OK;
    }
    bank->known = old;
    bank->n_known = n_old;
    free_parts(parts, n);
    return status;
}

pb_status pb_bank_calibrate(pb_bank *bank, const pb_known_part *parts, int64_t n, double false_alarm_rate)
{
    pb_known_part *joined;
    int64_t n_joined = 0;
    PB_CHECK_ARG(n >= 0 && (parts || n == 0), "%" PRId64 " known parts cannot be added", n);
    PB_TRY(PB_NEW(joined, bank->n_known + n + 1));
    const pb_status status = join_parts(bank, parts, n, joined, &n_joined);
    if (status != PB_STATUS_OK) {
        free_parts(joined, bank->n_known + n);
        return status;
    }
    return replace_parts(bank, joined, n_joined,
                         false_alarm_rate == 0 ? bank->threshold.false_alarm_rate : false_alarm_rate);
}

/* Is it the part, or the folder that it is in? */
static bool names_part(const char *path, const pb_known_part *part)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return strncmp(part->path, path, length) == 0 && (part->path[length] == '\0' || part->path[length] == '/');
}

pb_status pb_bank_take_back(pb_bank *bank, const char *path, const char *sha256, int64_t *out_n)
{
    pb_known_part *left;
    int64_t n_left = 0;
    pb_status status = PB_STATUS_OK;
    PB_TRY(PB_NEW(left, bank->n_known + 1));
    for (int64_t i = 0; status == PB_STATUS_OK && i < bank->n_known; i++) {
        const pb_known_part *part = &bank->known[i];
        const bool goes = !path || names_part(path, part) || (sha256 && *sha256 && strcmp(part->sha256, sha256) == 0);
        if (!goes)
            status = copy_part(part, &left[n_left++]);
    }
    if (status != PB_STATUS_OK) {
        free_parts(left, n_left);
        return status;
    }
    const int64_t n_before = bank->n_known;
    PB_TRY(replace_parts(bank, left, n_left, bank->threshold.false_alarm_rate));
    *out_n = n_before - n_left;
    return PB_STATUS_OK;
}

/* ---- the trade-off ------------------------------------------------------------------------------------------------ */

pb_status pb_bank_trade_off_at(const pb_bank *bank, double threshold, double confidence, pb_trade_off *out)
{
    const int64_t n = pb_bank_n_verified(bank);
    PB_CHECK_ARG(confidence > 0 && confidence < 1, "the confidence must lie between 0 and 1, both excluded, not %g",
                 confidence);
    pb_trade_off found = {.threshold = threshold, .promised = (double)NAN, .bound = (double)NAN};
    for (int64_t i = 0; i < bank->n_known; i++)
        if (pb_score_fails(bank->known[i].score, threshold))
            (*(bank->known[i].defect ? &found.caught : &found.good_above))++;
    if (n > 0) {
        const bool none_below = found.good_above == n; /* then the order statistic is below all scores */
        found.promised = (double)(found.good_above + 1) / (double)(n + 1);
        found.bound = none_below ? 1 : pb_order_rate_bound(n, found.good_above + 1, confidence);
    }
    *out = found;
    return PB_STATUS_OK;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

pb_status pb_bank_trade_offs(const pb_bank *bank, double confidence, pb_trade_off *out, int64_t capacity,
                             int64_t *out_n)
{
    double *scores;
    int64_t n_verified, n_all, n = 0;
    PB_TRY(pb_bank_good_scores(bank, &scores, &n_verified, &n_all));
    qsort(scores, (size_t)n_verified, sizeof *scores, descending);
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; status == PB_STATUS_OK && i < n_verified; i++) {
        if (i > 0 && scores[i] == scores[i - 1])
            continue;
        if (n < capacity)
            status = pb_bank_trade_off_at(bank, scores[i], confidence, &out[n]);
        n++;
    }
    pb_free(scores);
    *out_n = n;
    return status;
}
