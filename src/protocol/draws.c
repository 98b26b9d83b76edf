#include <purebank/protocol.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/ranges.h"

/* What each draw adds to the seed of the cell, as published. */
enum { CONTAMINATION = 2000, SPLIT = 5000, RECAPTURE = 7000 };

static pb_status seed_random(pb_random *random, int64_t seed, int64_t offset)
{
    PB_TRY(pb_check_seed(seed));
    pb_random_seed(random, (uint32_t)(seed + offset));
    return PB_STATUS_OK;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

pb_status pb_draw_references(int64_t n_train, int64_t n, int64_t seed, int64_t *out, int64_t *out_n)
{
    pb_random random;
    PB_CHECK_ARG(n_train >= 1 && n >= 1, "%" PRId64 " references of %" PRId64 " training images: both must be positive",
                 n, n_train);
    PB_TRY(seed_random(&random, seed, 0));
    *out_n = n < n_train ? n : n_train;
    if (n_train <= n)
        for (int64_t i = 0; i < n_train; i++)
            out[i] = i;
    else
        PB_TRY(pb_random_choice(&random, n_train, n, false, out));
    qsort(out, (size_t)*out_n, sizeof *out, ascending);
    return PB_STATUS_OK;
}

int64_t pb_contaminated_count(int64_t n, double contamination)
{
    return (int64_t)rint((double)n * contamination);
}

pb_status pb_draw_contamination(int64_t n, int64_t m, const int64_t *pool, int64_t n_pool, int64_t seed, int64_t *slots,
                                int64_t *contaminants)
{
    pb_random random;
    PB_CHECK_ARG(m >= 0 && m <= n, "%" PRId64 " of %" PRId64 " references cannot be contaminated", m, n);
    PB_CHECK_ARG(m == 0 || n_pool > 0, "there is no anomaly to contaminate %" PRId64 " references with", m);
    if (m == 0)
        return PB_STATUS_OK;
    PB_TRY(seed_random(&random, seed, CONTAMINATION));
    PB_TRY(pb_random_choice(&random, n, m, false, slots));
    PB_TRY(pb_random_choice(&random, n_pool, m, n_pool < m, contaminants));
    for (int64_t i = 0; i < m; i++)
        contaminants[i] = pool[contaminants[i]];
    return PB_STATUS_OK;
}

pb_status pb_draw_recaptures(const int64_t *unused, int64_t n, int64_t seed, int64_t *out)
{
    pb_random random;
    PB_TRY(seed_random(&random, seed, RECAPTURE));
    if (n > 0)
        memmove(out, unused, (size_t)n * sizeof *out);
    pb_random_shuffle(&random, out, n);
    return PB_STATUS_OK;
}

static const char *const setup_names[] = {"shared", "disjoint"};

enum { N_SETUPS = sizeof setup_names / sizeof *setup_names };

const char *pb_setup_name(pb_setup setup)
{
    return setup >= PB_SETUP_SHARED && setup <= PB_SETUP_DISJOINT ? setup_names[setup] : "unknown";
}

const char *pb_setup_words(pb_setup setup)
{
    static const char *const words[N_SETUPS] = {
        [PB_SETUP_SHARED] = "contaminants are among the tested anomalies, which flatters purification",
        [PB_SETUP_DISJOINT] = "no contaminant is tested"};
    return setup >= PB_SETUP_SHARED && setup <= PB_SETUP_DISJOINT ? words[setup] : "unknown";
}

pb_status pb_setup_parse(const char *name, pb_setup *out)
{
    for (int i = 0; i < N_SETUPS; i++)
        if (strcmp(setup_names[i], name) == 0) {
            *out = (pb_setup)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "\"%s\" is no setup; there are shared, disjoint", name);
}

/* The anomalies into the pool, and everything into the test set. */
static void split_shared(const uint8_t *labels, int64_t n, pb_test_split *split)
{
    for (int64_t i = 0; i < n; i++) {
        split->test[split->n_test++] = i;
        if (labels[i])
            split->pool[split->n_pool++] = i;
    }
}

static void take_half(const uint8_t *labels, int64_t n, pb_random *random, pb_test_split *split)
{
    const int64_t n_anomalies = split->n_pool;
    pb_random_shuffle(random, split->pool, n_anomalies);
    split->n_pool = n_anomalies / 2;
    split->n_test = 0;
    for (int64_t i = 0; i < n; i++)
        if (!labels[i])
            split->test[split->n_test++] = i;
    for (int64_t i = split->n_pool; i < n_anomalies; i++)
        split->test[split->n_test++] = split->pool[i];
    qsort(split->test, (size_t)split->n_test, sizeof *split->test, ascending);
}

pb_status pb_test_split_new(const uint8_t *labels, int64_t n, pb_setup setup, int64_t seed, pb_test_split *out)
{
    pb_random random;
    pb_test_split split = {0};
    pb_status status;
    PB_CHECK_ARG(n >= 1, "a test set of %" PRId64 " images cannot be split", n);
    PB_CHECK_ARG(setup == PB_SETUP_SHARED || setup == PB_SETUP_DISJOINT, "there is no setup number %d", (int)setup);
    PB_TRY(seed_random(&random, seed, SPLIT));
    PB_TRY_GOTO(PB_NEW(split.pool, n));
    PB_TRY_GOTO(PB_NEW(split.test, n));
    split_shared(labels, n, &split);
    if (setup == PB_SETUP_DISJOINT)
        take_half(labels, n, &random, &split);
    *out = split;
    return PB_STATUS_OK;
done:
    pb_test_split_free(&split);
    return status;
}

void pb_test_split_free(pb_test_split *split)
{
    if (!split)
        return;
    pb_free(split->pool);
    pb_free(split->test);
    *split = (pb_test_split){0};
}
