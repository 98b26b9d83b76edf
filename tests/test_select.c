/* search/select, and the bounds that selections go by: what passes is what a plain loop lets through, on every instruction set. */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "search/filter.h"
#include "search/kernels.h"

enum { MOST = 3000 };

static const pb_cpu_level levels[] = {PB_CPU_BASELINE, PB_CPU_V3, PB_CPU_V4};
enum { LEVELS = sizeof levels / sizeof *levels };

/* Scores with ties, with rows that are not there and rows that always pass. @param odd share of those two */
static void draw_scores(test_rng *rng, int64_t n, double odd, float *out)
{
    for (int64_t j = 0; j < n; j++) {
        const double chance = test_rng_uniform(rng);
        out[j] = chance < odd / 2 ? NAN : chance < odd ? INFINITY : (float)round(8 * test_rng_normal(rng)) / 8;
    }
}

static int descending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

static void check_best(const float *score, int64_t n, int64_t k)
{
    float finite[MOST];
    int32_t passed[MOST];
    pb_neighbor items[MOST];
    bool taken[MOST] = {false};
    int64_t n_finite = 0;
    for (int64_t j = 0; j < n; j++)
        if (score[j] < INFINITY)
            finite[n_finite++] = score[j];
    qsort(finite, (size_t)n_finite, sizeof *finite, descending);
    const int64_t found = pb_best_scores(score, n, k, passed, items);
    assert_int_equal(found, k < n_finite ? k : n_finite);
    float own[MOST];
    for (int64_t i = 0; i < found; i++) {
        assert_false(taken[items[i].index]);
        taken[items[i].index] = true;
        own[i] = score[items[i].index];
        assert_true((float)-items[i].distance == own[i]);
    }
    qsort(own, (size_t)found, sizeof *own, descending);
    for (int64_t i = 0; i < found; i++)
        assert_true(own[i] == finite[i]);
}

static void the_best_scores_are_the_highest_below_infinity(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 15, 127, 128, 129, 255, 1000, 2048, MOST}, ks[] = {1, 2, 5, 10, 16, 17, 40};
    static const double odd[] = {0, 0.001, 0.5, 1};
    float score[MOST];
    test_rng rng = {5};
    for (int l = 0; l < LEVELS; l++) {
        (void)pb_cpu_limit_level(levels[l]);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t o = 0; o < sizeof odd / sizeof *odd; o++) {
                draw_scores(&rng, sizes[s], odd[o], score);
                for (size_t k = 0; k < sizeof ks / sizeof *ks; k++)
                    check_best(score, sizes[s], ks[k]);
            }
    }
    (void)pb_cpu_limit_level(PB_CPU_V4);
}

static void selections_are_those_of_a_plain_loop(void **state)
{
    (void)state;
    float score[MOST], lost[MOST];
    int32_t out[MOST];
    test_rng rng = {6};
    for (int l = 0; l < LEVELS; l++) {
        (void)pb_cpu_limit_level(levels[l]);
        for (int64_t n = 0; n < 200; n++) {
            const float threshold = (float)test_rng_normal(&rng), slope = (float)test_rng_uniform(&rng);
            int64_t plain = 0, by_loss = 0;
            draw_scores(&rng, n, 0.1, score);
            for (int64_t j = 0; j < n; j++)
                lost[j] = (float)(int)(4 * test_rng_uniform(&rng)) / 4;
            const int64_t found = pb_select(score, threshold, n, out);
            for (int64_t j = 0; j < n; j++)
                if (score[j] >= threshold)
                    assert_int_equal(out[plain++], j);
            assert_int_equal(found, plain);
            /* a slope of few bits: nothing is rounded */
            const float few = roundf(16 * slope) / 16;
            const int64_t found_by_loss = pb_select_by_loss(score, lost, few, threshold, n, out);
            for (int64_t j = 0; j < n; j++)
                if (score[j] + few * lost[j] >= threshold)
                    assert_int_equal(out[by_loss++], j);
            assert_int_equal(found_by_loss, by_loss);
        }
    }
    (void)pb_cpu_limit_level(PB_CPU_V4);
}

/* Powers of ten, as norms and losses of rows are spread over many. */
static double spread(test_rng *rng, double least, double most)
{
    return least * pow(most / least, test_rng_uniform(rng));
}

/* A score that reaches a row's own threshold reaches the line, and the line is not far below: else it would let everything pass. */
static void a_line_over_the_loss_refuses_no_row_that_its_own_bound_lets_pass(void **state)
{
    (void)state;
    test_rng rng = {7};
    int64_t close = 0;
    enum { ROUNDS = 200000 };
    const pb_frame frame = {.dim = 1000, .columns = 128, .precision = PB_PRECISION_INT8};
    for (int64_t round = 0; round < ROUNDS; round++) {
        const double norm = spread(&rng, 1e-3, 1e6), most_lost = norm * spread(&rng, 1e-6, 1);
        const pb_row_bound x = {norm * norm / 2, norm, norm * spread(&rng, 1e-6, 1e-1)};
        const double most_norm = norm * spread(&rng, 1e-2, 1e2), units = norm * spread(&rng, 1e-4, 10);
        const float lost = (float)(most_lost * test_rng_uniform(&rng));
        const pb_filter_line line = pb_filter_line_of(&frame, x, most_norm, most_lost, units);
        const float rounded_down =
            pb_filter_threshold(&frame, x, most_norm * test_rng_uniform(&rng), (double)lost, units);
        const float own = rounded_down + fabsf(rounded_down) * 0x1p-21F; /* above what it was before */
        int32_t out;
        if (pb_select_by_loss(&own, &lost, line.slope, line.least, 1, &out) != 1)
            fail_msg("%g + %g * %g is below %g", (double)own, (double)line.slope, (double)lost, (double)line.least);
        close += (double)own + (double)line.slope * (double)lost - (double)line.least <
                 most_lost * most_lost / 4 + 1e-3 * (norm + most_norm) * (norm + most_norm);
    }
    assert_true(close > ROUNDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_scores_are_the_highest_below_infinity),
        cmocka_unit_test(selections_are_those_of_a_plain_loop),
        cmocka_unit_test(a_line_over_the_loss_refuses_no_row_that_its_own_bound_lets_pass),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
