/* The loops of the transformer engine against float64, one by one. */
#include "support.h"

#include <math.h>

#include "backbone/layer_norm.h"
#include "backbone/vit/vit_kernels.h"
#include "backbone/vit/vit_positions.h"

enum { N = 1003 }; /* no multiple of any number of lanes */

static void fill(test_rng *rng, double scale, float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(scale * test_rng_normal(rng));
}

static void assert_near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.9g instead of %.9g, tolerance %g", actual, expected, tolerance);
}

static void exponentials_are_those_of_float64(void **state)
{
    (void)state;
    test_rng rng = {1};
    float x[N], values[N];
    double expected = 0, largest = -1e30;
    fill(&rng, 20, x, N);
    for (int i = 0; i < N; i++)
        largest = fmax(largest, (double)x[i]);
    memcpy(values, x, sizeof x);
    const float sum = pb_vit_exponentials(values, N);
    for (int i = 0; i < N; i++) {
        const double wanted = exp((double)x[i] - largest);
        /* 4 roundings of float, and the difference from the maximum, whose rounding the exponential scales */
        assert_near((double)values[i], wanted, wanted * (4 + fabs((double)x[i] - largest)) * 0x1p-24 + 1.7e-38);
        expected += wanted;
    }
    assert_near((double)sum, expected, expected * 1e-6);
    float far_apart[3] = {-1e30f, 0, 1e4f};
    assert_near((double)pb_vit_exponentials(far_apart, 3), 1, 1e-6); /* nothing overflows */
}

static void activations_are_those_of_float64(void **state)
{
    (void)state;
    float gelu[N], quick[N], silu[N];
    for (int i = 0; i < N; i++)
        gelu[i] = quick[i] = silu[i] = (float)(i - N / 2) * 0.05f;
    pb_vit_activate(PB_VIT_GELU, N, gelu);
    pb_vit_activate(PB_VIT_QUICK_GELU, N, quick);
    pb_vit_activate(PB_VIT_SILU, N, silu);
    for (int i = 0; i < N; i++) {
        const double x = (double)((float)(i - N / 2) * 0.05f), size = fabs(x) + 1;
        assert_near((double)gelu[i], x * 0.5 * erfc(-x / sqrt(2)), size * 2e-7); /* erf itself to 1.5e-7 */
        assert_near((double)quick[i], x / (1 + exp(-1.702 * x)), size * 4e-7);
        assert_near((double)silu[i], x / (1 + exp(-x)), size * 4e-7);
    }
}

static void a_gate_multiplies(void **state)
{
    (void)state;
    test_rng rng = {2};
    float gate[N], up[N], out[N], activated[N];
    fill(&rng, 3, gate, N);
    fill(&rng, 3, up, N);
    memcpy(activated, gate, sizeof gate);
    pb_vit_activate(PB_VIT_SILU, N, activated);
    pb_vit_gate(PB_VIT_SILU, gate, up, N, out);
    for (int i = 0; i < N; i++)
        assert_true(out[i] == activated[i] * up[i]);
    pb_vit_gate(PB_VIT_SILU, gate, up, N, gate); /* in place */
    assert_memory_equal(gate, out, sizeof out);
}

static void normalised_rows_have_mean_0_and_variance_1(void **state)
{
    (void)state;
    test_rng rng = {3};
    float x[N], gain[N], shift[N], out[N];
    double mean = 0, variance = 0;
    fill(&rng, 2, x, N);
    fill(&rng, 1, gain, N);
    fill(&rng, 1, shift, N);
    for (int i = 0; i < N; i++)
        x[i] += 5;
    for (int i = 0; i < N; i++)
        mean += (double)x[i] / N;
    for (int i = 0; i < N; i++)
        variance += ((double)x[i] - mean) * ((double)x[i] - mean) / N;
    pb_layer_norm(x, gain, shift, 1e-5f, N, out);
    for (int i = 0; i < N; i++)
        assert_near((double)out[i], ((double)x[i] - mean) / sqrt(variance + 1e-5) * (double)gain[i] + (double)shift[i],
                    5e-6);
}

/* A rotation keeps lengths, by 0 does nothing, and by a quarter swaps the partners. */
static void rotations_turn_pairs(void **state)
{
    (void)state;
    enum { PAIRS = 3 };
    const float x[2 * PAIRS] = {1, 2, 3, 4, 5, 6}, cosines[PAIRS] = {1, 0, 0.6f}, sines[PAIRS] = {0, 1, 0.8f};
    const double expected[2 * PAIRS] = {1, -5, 0.6 * 3 - 0.8 * 6, 4, 2, 0.6 * 6 + 0.8 * 3};
    float out[2 * PAIRS];
    pb_vit_rotate(x, cosines, sines, 2, 2 * PAIRS, out);
    for (int i = 0; i < 2 * PAIRS; i++)
        assert_near((double)out[i], 2 * expected[i], 1e-6);
}

static void bfloat16_is_the_nearest(void **state)
{
    (void)state;
    /* 1 + 2^-8 lies halfway between two: the even one is 1; 1 + 3 * 2^-8 goes up to 1 + 2^-6. */
    const float x[] = {0, 1, -2, 1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 1 + 0x1.02p-8f, -0x1p-130f};
    const pb_bf16 expected[] = {0, 0x3f80, 0xc000, 0x3f80, 0x3f82, 0x3f81, 0x8008};
    pb_bf16 out[7];
    pb_vit_to_bf16(x, 7, out);
    for (int i = 0; i < 7; i++)
        assert_int_equal(out[i], expected[i]);
}

static void bytes_are_within_half_a_step(void **state)
{
    (void)state;
    test_rng rng = {4};
    const double offsets[] = {0, 3, -3, 100};
    for (int run = 0; run < 4; run++) {
        float x[N], step, signed_step;
        uint8_t bytes[N];
        int8_t signed_bytes[N];
        int32_t zero, sum = 0;
        fill(&rng, 1, x, N);
        for (int i = 0; i < N; i++)
            x[i] += (float)offsets[run];
        pb_vit_quantize(x, N, bytes, &step, &zero);
        const int32_t actual_sum = pb_vit_quantize_signed(x, N, signed_bytes, &signed_step);
        assert_in_range(zero, 0, 255); /* so that 0 stays 0 */
        for (int i = 0; i < N; i++) {
            /* Half a step, and another half at the ends of the range, where the rounded zero moves it. */
            assert_near((double)step * (bytes[i] - zero), (double)x[i], (double)step * 1.001);
            assert_near((double)signed_step * signed_bytes[i], (double)x[i], (double)signed_step * 0.501);
            sum += signed_bytes[i];
        }
        assert_int_equal(actual_sum, sum);
    }
    const float zeroes[N] = {0};
    uint8_t bytes[N];
    float step;
    int32_t zero;
    pb_vit_quantize(zeroes, N, bytes, &step, &zero);
    assert_true(step == 0 && zero == 0 && bytes[0] == 0 && bytes[N - 1] == 0);
}

/* Counts of a product of bytes become the product of the numbers that the bytes stand for. */
static void counts_become_products(void **state)
{
    (void)state;
    enum { DEPTH = 200, COLUMNS = 37 };
    test_rng rng = {5};
    float row[DEPTH], weights[COLUMNS][DEPTH], bias[COLUMNS], steps[COLUMNS], out[COLUMNS], step;
    uint8_t bytes[DEPTH];
    int8_t weight_bytes[COLUMNS][DEPTH];
    int32_t sums[COLUMNS], counts[COLUMNS] = {0}, zero;
    fill(&rng, 1, row, DEPTH);
    fill(&rng, 1, weights[0], COLUMNS * DEPTH);
    fill(&rng, 1, bias, COLUMNS);
    pb_vit_quantize(row, DEPTH, bytes, &step, &zero);
    for (int c = 0; c < COLUMNS; c++) {
        sums[c] = pb_vit_quantize_signed(weights[c], DEPTH, weight_bytes[c], &steps[c]);
        for (int k = 0; k < DEPTH; k++)
            counts[c] += bytes[k] * weight_bytes[c][k];
    }
    pb_vit_dequantize(counts, step, zero, steps, sums, bias, COLUMNS, out);
    for (int c = 0; c < COLUMNS; c++) {
        double expected = (double)bias[c], exact = (double)bias[c];
        for (int k = 0; k < DEPTH; k++) {
            expected += (double)step * (bytes[k] - zero) * (double)steps[c] * weight_bytes[c][k];
            exact += (double)row[k] * (double)weights[c][k];
        }
        assert_near((double)out[c], expected, 1e-4);
        assert_near((double)out[c], exact, 1.5); /* of a product of deviation 14 */
    }
}

/* Resampling keeps what is constant, and a grid of the same size as it is. */
static void resampled_positions_keep_constants(void **state)
{
    (void)state;
    enum { TRAINED = 7, DIM = 3, LARGEST = 16 };
    const pb_vit_positions ways[] = {PB_VIT_POSITIONS_BICUBIC, PB_VIT_POSITIONS_ANTIALIAS};
    float trained[TRAINED * TRAINED * DIM], out[LARGEST * LARGEST * DIM];
    for (int i = 0; i < TRAINED * TRAINED * DIM; i++)
        trained[i] = (float)(i % DIM) - 0.7f;
    for (int way = 0; way < 2; way++)
        for (int grid = 1; grid <= LARGEST; grid++) {
            assert_ok(pb_vit_positions_resample(ways[way], trained, TRAINED, DIM, grid, out));
            for (int i = 0; i < grid * grid * DIM; i++)
                assert_near((double)out[i], (double)trained[i % DIM], 1e-6);
        }
    test_rng rng = {6};
    fill(&rng, 1, trained, TRAINED * TRAINED * DIM);
    assert_ok(pb_vit_positions_resample(PB_VIT_POSITIONS_BICUBIC, trained, TRAINED, DIM, TRAINED, out));
    assert_memory_equal(out, trained, sizeof trained);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponentials_are_those_of_float64),
        cmocka_unit_test(activations_are_those_of_float64),
        cmocka_unit_test(a_gate_multiplies),
        cmocka_unit_test(normalised_rows_have_mean_0_and_variance_1),
        cmocka_unit_test(rotations_turn_pairs),
        cmocka_unit_test(bfloat16_is_the_nearest),
        cmocka_unit_test(bytes_are_within_half_a_step),
        cmocka_unit_test(counts_become_products),
        cmocka_unit_test(resampled_positions_keep_constants),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
