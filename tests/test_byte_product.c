/* search/byte_product: products of bytes are the sums of integers, at the largest values that its 16 bits must hold, too. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "search/byte_product.h"
#include "search/product.h"

enum { LARGEST_ROW = 127, MOST = PB_BYTE_PRODUCT_MOST };

/* How rows and columns are drawn: evenly, or nothing but the largest magnitudes. */
typedef enum filling { EVEN, LARGEST, FILLINGS } filling;

typedef struct problem {
    int64_t rows, columns, dim;
    uint8_t *a;
    int8_t *b, *packed;
} problem;

/* In bytes of its own size each, so that a sanitizer sees what reads beyond. */
static problem problem_new(int64_t rows, int64_t columns, int64_t dim, filling f)
{
    test_rng rng = {5};
    problem p = {.rows = rows,
                 .columns = columns,
                 .dim = dim,
                 .a = malloc((size_t)(rows * dim)),
                 .b = malloc((size_t)(columns * dim)),
                 .packed = malloc((size_t)pb_byte_product_packed_bytes(columns, dim))};
    for (int64_t i = 0; i < rows * dim; i++)
        p.a[i] = f == LARGEST ? LARGEST_ROW : (uint8_t)(test_rng_next(&rng) % (LARGEST_ROW + 1));
    for (int64_t i = 0; i < columns * dim; i++)
        p.b[i] =
            (int8_t)(f == LARGEST ? (i / dim % 2 ? -MOST : MOST) : (int)(test_rng_next(&rng) % (2 * MOST + 1)) - MOST);
    pb_byte_product_pack(p.b, columns, dim, p.packed);
    return p;
}

static void problem_free(problem p)
{
    free(p.a);
    free(p.b);
    free(p.packed);
}

static void check_products(problem p)
{
    uint8_t *scratch = malloc((size_t)pb_byte_product_scratch_bytes(p.rows, p.dim));
    int32_t *c = malloc((size_t)(p.rows * p.columns) * sizeof *c);
    pb_byte_product_run(p.a, p.rows, p.packed, p.columns, p.dim, scratch, c);
    for (int64_t i = 0; i < p.rows; i++)
        for (int64_t j = 0; j < p.columns; j++) {
            int64_t sum = 0;
            for (int64_t d = 0; d < p.dim; d++)
                sum += p.a[i * p.dim + d] * p.b[j * p.dim + d];
            if (c[i * p.columns + j] != sum)
                fail_msg("%d x %d, %d channels by %s: %d in place of %d at %d, %d", (int)p.rows, (int)p.columns,
                         (int)p.dim, pb_cpu_level_name(pb_cpu_get_level()), (int)c[i * p.columns + j], (int)sum, (int)i,
                         (int)j);
        }
    free(scratch);
    free(c);
}

static void products_are_exact_for_every_shape(void **state)
{
    (void)state;
    static const int64_t rows[] = {1, 3, 4, 5, 64}, columns[] = {1, 15, 16, 17, 33}, dims[] = {1, 7, 8, 9, 65, 1000};
    const pb_cpu_level best = pb_cpu_get_level();
    for (int level = PB_CPU_BASELINE; level <= (int)best; level++) {
        (void)pb_cpu_limit_level((pb_cpu_level)level);
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
                for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
                    for (int f = 0; f < FILLINGS; f++) {
                        const problem p = problem_new(rows[r], columns[c], dims[d], (filling)f);
                        check_products(p);
                        problem_free(p);
                    }
    }
    (void)pb_cpu_limit_level(PB_CPU_V4);
}

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    static const int64_t dims[] = {1, 4, 13, 130};
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        const problem p = problem_new(1, 37, dims[d], EVEN);
        int8_t *back = malloc((size_t)(37 * dims[d]));
        pb_byte_product_unpack(p.packed, 37, dims[d], back);
        assert_memory_equal(back, p.b, (size_t)(37 * dims[d]));
        free(back);
        problem_free(p);
    }
}

/* As many bits as its sums hold: one more, and pairs of pairs would not fit 16 bits. */
static void the_bits_are_as_many_as_fit(void **state)
{
    (void)state;
    assert_int_equal(pb_precision_most(PB_PRECISION_INT7), MOST);
    assert_true(4 * (2 * MOST + 1) * MOST <= INT16_MAX);
    assert_true(4 * (2 * (2 * MOST + 1) + 1) * (2 * MOST + 1) > INT16_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact_for_every_shape),
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(the_bits_are_as_many_as_fit),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
