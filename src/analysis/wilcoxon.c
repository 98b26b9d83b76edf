/* Wilcoxon's signed-rank test (1945), as scipy.stats.wilcoxon computes it with its defaults (SciPy 1.17). */
#include <inttypes.h>
#include <math.h>

#include <purebank/stats.h>

#include "analysis/distributions.h"
#include "analysis/ranks.h"
#include "base/memory.h"
#include "metrics/check.h"

enum {
    MAX_EXACT = 50,       /* SciPy's limits of "auto"; n counts zeros */
    MAX_PERMUTATION = 13, /* 2^13 is below SciPy's 9999 resamples: all are looked at */
    MAX_DISTRIBUTION = 1000
};

const char *pb_wilcoxon_method_name(pb_wilcoxon_method method)
{
    static const char *const names[] = {[PB_WILCOXON_AUTO] = "auto",
                                        [PB_WILCOXON_EXACT] = "exact",
                                        [PB_WILCOXON_PERMUTATION] = "permutation",
                                        [PB_WILCOXON_NORMAL] = "normal"};
    return (unsigned)method <= PB_WILCOXON_NORMAL ? names[method] : "unknown";
}

/* The non-zero differences, and their ranks by size. */
typedef struct signed_ranks {
    int64_t n;
    double *difference, *rank;
    double ties;        /* sum of t^3 - t */
    double plus, minus; /* sums of ranks */
} signed_ranks;

static pb_status rank_differences(const double *differences, int64_t n, signed_ranks *out)
{
    double *size;
    PB_TRY(PB_NEW(out->difference, n));
    PB_TRY(PB_NEW(out->rank, n));
    PB_TRY(PB_NEW(size, n));
    for (int64_t i = 0; i < n; i++)
        if (differences[i] != 0) {
            size[out->n] = fabs(differences[i]);
            out->difference[out->n++] = differences[i];
        }
    const pb_status status = pb_ranks(size, out->n, out->rank, &out->ties);
    pb_free(size);
    for (int64_t i = 0; i < out->n && status == PB_STATUS_OK; i++)
        *(out->difference[i] > 0 ? &out->plus : &out->minus) += out->rank[i];
    return status;
}

/* P(sum of ranks <= w) where every sign is a fair coin. Ranks are halves of whole numbers; probabilities are multiples of
 * 2^-n, exact in double for n up to about 50.
 * @param rank n, or NULL: 1..n */
static pb_status sign_distribution(const double *rank, int64_t n, double w, double *out)
{
    const int64_t size = n * (n + 1) + 1; /* doubled sums */
    double *p;
    PB_TRY(PB_NEW(p, size));
    p[0] = 1;
    for (int64_t i = 0; i < n; i++) {
        const int64_t step = rank ? (int64_t)(2 * rank[i]) : 2 * (i + 1);
        for (int64_t sum = size - 1; sum >= 0; sum--)
            p[sum] = 0.5 * (p[sum] + (sum >= step ? p[sum - step] : 0));
    }
    *out = 0;
    for (int64_t sum = 0; sum < size && (double)sum <= 2 * w; sum++)
        *out += p[sum];
    pb_free(p);
    return PB_STATUS_OK;
}

/* Cureton 1967 for the ties; without correction for continuity. */
static double normal_p(const signed_ranks *ranks)
{
    const double n = (double)ranks->n;
    const double error = sqrt((n * (n + 1) * (2 * n + 1) - ranks->ties / 2) / 24);
    return ranks->n > 0 ? pb_normal_two_sided((ranks->plus - n * (n + 1) / 4) / error) : (double)NAN;
}

static pb_wilcoxon_method choose(int64_t n, const signed_ranks *ranks)
{
    const bool plain = ranks->n == n && ranks->ties == 0;
    return n <= MAX_EXACT && plain ? PB_WILCOXON_EXACT
           : n <= MAX_PERMUTATION  ? PB_WILCOXON_PERMUTATION
                                   : PB_WILCOXON_NORMAL;
}

static pb_status test(const signed_ranks *ranks, pb_wilcoxon *out)
{
    double tail;
    if (out->method == PB_WILCOXON_NORMAL) {
        out->p = normal_p(ranks);
        return PB_STATUS_OK;
    }
    PB_CHECK_ARG(ranks->n <= MAX_DISTRIBUTION, "an exact test of %" PRId64 " differences; at most %d", ranks->n,
                 MAX_DISTRIBUTION);
    /* With ties the distribution without ties is met at the next whole sum, as in SciPy. */
    if (out->method == PB_WILCOXON_EXACT)
        PB_TRY(sign_distribution(NULL, ranks->n, ceil(out->w), &tail));
    else
        PB_TRY(sign_distribution(ranks->rank, ranks->n, out->w, &tail));
    out->p = 2 * tail < 1 ? 2 * tail : 1;
    return PB_STATUS_OK;
}

pb_status pb_stats_wilcoxon(const double *differences, int64_t n, pb_wilcoxon_method method, pb_wilcoxon *out)
{
    PB_CHECK_ARG(n >= 1, "Wilcoxon's test needs differences");
    PB_CHECK_ARG((unsigned)method <= PB_WILCOXON_NORMAL, "there is no such method of Wilcoxon's test");
    PB_TRY(pb_check_finite(differences, n, "difference"));
    signed_ranks ranks = {0};
    pb_status status = rank_differences(differences, n, &ranks);
    if (status == PB_STATUS_OK) {
        *out = (pb_wilcoxon){.w = ranks.plus < ranks.minus ? ranks.plus : ranks.minus,
                             .n_zeros = n - ranks.n,
                             .method = method == PB_WILCOXON_AUTO ? choose(n, &ranks) : method};
        status = test(&ranks, out);
    }
    pb_free(ranks.difference);
    pb_free(ranks.rank);
    return status;
}
