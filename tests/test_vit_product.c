/* Products with weights: what float64 makes of the same numbers, and packed once instead of at every call. */
#include "support.h"

#include <math.h>

#include "backbone/vit/vit_product.h"
#include "base/cpu.h"
#include "base/memory.h"
#include "base/threads.h"

enum { MAX_ROWS = 99, MAX_COLUMNS = 136, MAX_DEPTH = 588 };

static float a[MAX_ROWS * MAX_DEPTH], b[MAX_COLUMNS * MAX_DEPTH], bias[MAX_COLUMNS], before[MAX_ROWS * MAX_COLUMNS],
    c[MAX_ROWS * MAX_COLUMNS];

static void fill(void)
{
    test_rng rng = {5};
    for (int i = 0; i < MAX_ROWS * MAX_DEPTH; i++)
        a[i] = (float)test_rng_normal(&rng);
    for (int i = 0; i < MAX_COLUMNS * MAX_DEPTH; i++)
        b[i] = (float)test_rng_normal(&rng);
    for (int i = 0; i < MAX_COLUMNS; i++)
        bias[i] = (float)test_rng_normal(&rng);
    for (int i = 0; i < MAX_ROWS * MAX_COLUMNS; i++)
        before[i] = (float)test_rng_normal(&rng);
}

static double finish(const pb_vit_product_shape *shape, double sum, double was)
{
    if (shape->finish == PB_VIT_ADD)
        return sum + was;
    if (shape->finish == PB_VIT_STORE)
        return sum;
    return shape->activation == PB_VIT_GELU ? sum * 0.5 * erfc(-sum / sqrt(2)) : sum / (1 + exp(-1.702 * sum));
}

static void check_values(const pb_vit_product_shape *shape)
{
    for (int64_t r = 0; r < shape->rows; r++)
        for (int64_t k = 0; k < shape->columns; k++) {
            double sum = (double)bias[k], size = fabs(sum);
            for (int64_t i = 0; i < shape->depth; i++) {
                const double term = (double)a[r * shape->depth + i] * (double)b[k * shape->depth + i];
                sum += term;
                size += fabs(term);
            }
            const int64_t at = r * shape->columns + k;
            const double wanted = finish(shape, sum, (double)before[at]);
            /* `depth` roundings of at most the sum of sizes would be allowed; errors of random signs stay far below. The last
             * term is that of the approximated activations. */
            if (!(fabs((double)c[at] - wanted) <= size * 1e-6 + fabs(wanted) * 1e-6 + 1e-6))
                fail_msg("%lld x %lld x %lld, row %lld, column %lld: %.9g instead of %.9g", (long long)shape->rows,
                         (long long)shape->depth, (long long)shape->columns, (long long)r, (long long)k, (double)c[at],
                         wanted);
        }
}

typedef struct job {
    const pb_vit_product *product;
    void *packed, *scratch;
} job;

static pb_status run(void *context, int64_t index, int worker)
{
    const job *j = context;
    (void)index;
    (void)worker;
    PB_TRY(pb_vit_product_pack(j->product, b, j->packed));
    return pb_vit_product_run(j->product, a, j->packed, bias, c, j->scratch);
}

static void check_product(const pb_vit_product_shape *shape)
{
    pb_vit_product *product;
    assert_ok(pb_vit_product_new(shape, &product));
    job j = {.product = product,
             .packed = pb_malloc(pb_vit_product_packed_bytes(product), 1),
             .scratch = pb_malloc(pb_vit_product_scratch_bytes(product) + 1, 1)};
    memcpy(c, before, sizeof c);
    assert_ok(pb_parallel_for(1, run, &j, NULL));
    check_values(shape);
    if (pb_cpu_get_level() >= PB_CPU_V3)
        assert_true(pb_vit_product_is_prepacked(product));
    pb_free(j.packed);
    pb_free(j.scratch);
    pb_vit_product_free(product);
}

/* Rows of a tile, channels that fill no vector, the depth of a patch of 14 x 14 pixels. On a CPU without AVX-512 oneDNN's
 * matmul would pack at every call: half of the time of a transformer. */
static void products_are_those_of_float64_and_packed_once(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{99, 136, 64}, {1, 32, 32}, {33, 100, 588}, {64, 20, 13}};
    static const pb_vit_finish finishes[] = {PB_VIT_STORE, PB_VIT_ADD, PB_VIT_ACTIVATE, PB_VIT_ACTIVATE};
    static const pb_vit_activation activations[] = {PB_VIT_GELU, PB_VIT_GELU, PB_VIT_GELU, PB_VIT_QUICK_GELU};
    fill();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t f = 0; f < sizeof finishes / sizeof *finishes; f++)
            check_product(&(pb_vit_product_shape){.rows = sizes[i][0],
                                                  .columns = sizes[i][1],
                                                  .depth = sizes[i][2],
                                                  .transposed = true,
                                                  .reused = true,
                                                  .bias = true,
                                                  .finish = finishes[f],
                                                  .activation = activations[f]});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_float64_and_packed_once),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
