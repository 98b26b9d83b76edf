/* Rows of every kind that a search may meet, and answers to compare: for the tests of the index. */
#ifndef PB_TESTS_INDEX_DATA_H
#define PB_TESTS_INDEX_DATA_H

#include "support.h"

#include <float.h>
#include <math.h>

typedef enum data_kind {
    NORMAL,
    DUPLICATES,
    NEAR_DUPLICATES,
    LARGE_NORMS,
    HUGE_NORMS,
    LARGEST_FLOATS,
    COMMON_OFFSET,
    ONE_OUTLIER,
    FAR_OUTLIERS,
    TINY,
    DENORMAL,
    ALL_EQUAL,
    ALL_ZERO,
    SOME_ZERO,
    INTEGERS,
    SPARSE_CHANNELS,
    CONSTANT_CHANNELS,
    MIXED_SCALES,
    LOW_RANK,
    FALLING_SPECTRUM,
    N_KINDS
} data_kind;

static const char *const kind_names[N_KINDS] = {"normal",
                                                "duplicates",
                                                "near duplicates",
                                                "norms of 1e6",
                                                "norms of 1e15",
                                                "largest floats",
                                                "offset 1e4",
                                                "one outlier",
                                                "far outliers",
                                                "1e-20",
                                                "denormals",
                                                "all equal",
                                                "all zero",
                                                "some zero",
                                                "integers",
                                                "few large channels",
                                                "constant channels",
                                                "mixed scales",
                                                "rank 3",
                                                "falling spectrum"};

static inline float value_of(data_kind kind, test_rng *rng, int64_t row, int64_t channel)
{
    const double x = test_rng_normal(rng);
    switch (kind) {
    case LARGE_NORMS:
        return (float)(x * 1e6);
    case HUGE_NORMS:
        return (float)(x * 1e15);
    case LARGEST_FLOATS:
        return (float)(x * (double)FLT_MAX / 7);
    case COMMON_OFFSET:
        return (float)(1e4 + (double)(channel % 3) + 1e-3 * x);
    case ONE_OUTLIER:
        return (float)(row == 7 ? 1e8 * x : x);
    case FAR_OUTLIERS:
        return (float)(row % 50 == 3 ? 1e30 * x : x);
    case TINY:
        return (float)(x * 1e-20);
    case DENORMAL:
        return (float)(x * 1e-42);
    case ALL_EQUAL:
        return (float)sin((double)channel);
    case ALL_ZERO:
        return 0;
    case SOME_ZERO:
        return row % 4 == 1 ? 0 : (float)x;
    case INTEGERS:
        return (float)floor(x + 0.5);
    case SPARSE_CHANNELS:
        return (float)(channel % 16 == 5 ? 300 * x : x);
    case CONSTANT_CHANNELS:
        return channel % 3 == 1 ? 7 : channel % 3 == 2 ? 0 : (float)x;
    case MIXED_SCALES:
        return (float)(x * pow(10, (double)(channel % 7) - 3) * (row % 5 == 0 ? 1e3 : 1));
    case NORMAL:
    case DUPLICATES:
    case NEAR_DUPLICATES:
    case LOW_RANK:
    case FALLING_SPECTRUM:
    case N_KINDS:
        break;
    }
    return (float)x;
}

/* Combinations of a few directions, the same for every seed, whose lengths fall. */
static inline void combine(float *rows, data_kind kind, int64_t n, int64_t dim, uint64_t seed)
{
    enum { DIRECTIONS = 40 };
    const int directions = kind == LOW_RANK ? 3 : DIRECTIONS;
    test_rng rng = {seed + 1000}, model = {1};
    float *direction = malloc((size_t)(directions * dim) * sizeof *direction);
    assert_non_null(direction);
    for (int64_t i = 0; i < directions * dim; i++)
        direction[i] = (float)(test_rng_normal(&model) / (1 + (double)(i / dim) / 4));
    for (int64_t i = 0; i < n; i++) {
        double weight[DIRECTIONS];
        for (int d = 0; d < directions; d++)
            weight[d] = test_rng_normal(&rng);
        for (int64_t c = 0; c < dim; c++) {
            double sum = kind == LOW_RANK ? 0 : 0.02 * (double)rows[i * dim + c];
            for (int d = 0; d < directions; d++)
                sum += weight[d] * (double)direction[d * dim + c];
            rows[i * dim + c] = (float)sum;
        }
    }
    free(direction);
}

static inline float *make_rows(data_kind kind, int64_t n, int64_t dim, uint64_t seed)
{
    test_rng rng = {seed};
    float *rows = malloc((size_t)(n * dim) * sizeof *rows + 1);
    assert_non_null(rows);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < dim; c++)
            rows[i * dim + c] = value_of(kind, &rng, i, c);
    if (kind == LOW_RANK || kind == FALLING_SPECTRUM)
        combine(rows, kind, n, dim, seed);
    if (kind == DUPLICATES || kind == NEAR_DUPLICATES)
        for (int64_t i = 5; i < n; i++)
            for (int64_t c = 0; c < dim; c++) {
                const double change = kind == DUPLICATES ? 0 : 1e-6 * test_rng_normal(&rng);
                rows[i * dim + c] = (float)((double)rows[i % 5 * dim + c] * (1 + change));
            }
    return rows;
}

/* Queries: own rows among fresh ones, from the same distribution. */
static inline float *make_queries(data_kind kind, const float *rows, int64_t n, int64_t n_queries, int64_t dim)
{
    float *queries = make_rows(kind, n_queries, dim, 99);
    for (int64_t q = 0; q < n_queries; q += 3)
        memcpy(queries + q * dim, rows + q * 31 % n * dim, (size_t)dim * sizeof *queries);
    return queries;
}

typedef struct answer {
    double *distances;
    int64_t *indices;
} answer;

static inline answer answer_new(int64_t count)
{
    const answer a = {calloc((size_t)count + 1, sizeof(double)), calloc((size_t)count + 1, sizeof(int64_t))};
    assert_non_null(a.distances);
    assert_non_null(a.indices);
    return a;
}

static inline void answer_free(answer a)
{
    free(a.distances);
    free(a.indices);
}

static inline void assert_same(answer expected, answer actual, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++)
        if (expected.indices[i] != actual.indices[i] ||
            memcmp(&expected.distances[i], &actual.distances[i], sizeof(double)) != 0)
            fail_msg("%s: neighbour %d is row %d at %.17g instead of row %d at %.17g", what, (int)i,
                     (int)actual.indices[i], actual.distances[i], (int)expected.indices[i], expected.distances[i]);
}

#endif
