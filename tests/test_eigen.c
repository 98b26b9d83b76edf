/* linalg/eigen: what defines a decomposition, on random and on degenerate matrices. */
#include "golden_text.h"

#include "linalg/eigen.h"

enum { MAX_DIM = 150 };

static double a[MAX_DIM * MAX_DIM], values[MAX_DIM], vectors[MAX_DIM * MAX_DIM];

/* Descending values; vectors orthonormal; A v = value v. Errors are a few dim eps of the largest element. */
static void check(int64_t dim)
{
    assert_ok(pb_symmetric_eigen(a, dim, values, vectors));
    double scale = 0;
    for (int64_t i = 0; i < dim * dim; i++)
        scale = fmax(scale, fabs(a[i]));
    const double bound = 10 * (double)dim * 0x1p-52;
    for (int64_t i = 0; i < dim; i++) {
        if (i > 0)
            assert_true(values[i - 1] >= values[i]);
        for (int64_t j = 0; j <= i; j++) {
            double dot = 0;
            for (int64_t k = 0; k < dim; k++)
                dot += vectors[i * dim + k] * vectors[j * dim + k];
            assert_close(dot, i == j, 0, bound);
        }
        for (int64_t j = 0; j < dim; j++) {
            double product = 0;
            for (int64_t k = 0; k < dim; k++)
                product += a[j * dim + k] * vectors[i * dim + k];
            assert_close(product, values[i] * vectors[i * dim + j], 0, (double)dim * bound * scale);
        }
    }
}

static void set(int64_t dim, int64_t i, int64_t j, double value)
{
    a[i * dim + j] = a[j * dim + i] = value;
}

static void random_matrices_are_decomposed(void **state)
{
    (void)state;
    static const int64_t dims[] = {1, 2, 3, 4, 7, 8, 31, 32, 33, 64, 97, MAX_DIM};
    test_rng rng = {3};
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        for (int64_t i = 0; i < dims[d]; i++)
            for (int64_t j = 0; j <= i; j++)
                set(dims[d], i, j, test_rng_normal(&rng));
        check(dims[d]);
    }
}

static void degenerate_matrices_are_decomposed(void **state)
{
    (void)state;
    enum { DIM = 40 };
    test_rng rng = {9};
    double x[DIM];
    memset(a, 0, sizeof a);
    check(DIM); /* zero */
    for (int i = 0; i < DIM; i++)
        set(DIM, i, i, 3);
    check(DIM); /* one eigenvalue, 40 times */
    assert_true(values[0] == 3 && values[DIM - 1] == 3);
    for (int i = 0; i < DIM; i++)
        set(DIM, i, i, i % 3 - 1.0);
    check(DIM); /* diagonal, negative ones too */
    for (int i = 0; i < DIM; i++)
        x[i] = test_rng_normal(&rng);
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j <= i; j++)
            set(DIM, i, j, x[i] * x[j]);
    check(DIM); /* rank 1 */
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j <= i; j++)
            set(DIM, i, j, exp(-3.0 * (i + j)) * (1 + 0.1 * x[i] * x[j])); /* graded down to 1e-103 */
    check(DIM);
    for (int i = 0; i < DIM * DIM; i++)
        a[i] *= 1e-290;
    check(DIM); /* squares underflow */
}

/* The second difference matrix: eigenvalues 2 - 2 cos(pi i / (n + 1)). */
static void known_eigenvalues_are_found(void **state)
{
    (void)state;
    enum { DIM = 100 };
    memset(a, 0, sizeof a);
    for (int i = 0; i < DIM; i++) {
        set(DIM, i, i, 2);
        if (i > 0)
            set(DIM, i, i - 1, -1);
    }
    check(DIM);
    for (int i = 0; i < DIM; i++)
        assert_close(values[DIM - 1 - i], 2 - 2 * cos(3.14159265358979323846 * (i + 1) / (DIM + 1)), 0, 1e-14 * DIM);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static double expected_values[MAX_DIM], expected_vectors[MAX_DIM * MAX_DIM];
    test_rng rng = {5};
    for (int64_t i = 0; i < MAX_DIM; i++)
        for (int64_t j = 0; j <= i; j++)
            set(MAX_DIM, i, j, test_rng_normal(&rng));
    for (int threads = 1; threads <= 4; threads++) {
        assert_ok(pb_threads_set(threads));
        assert_ok(pb_symmetric_eigen(a, MAX_DIM, values, vectors));
        if (threads == 1) {
            memcpy(expected_values, values, sizeof values);
            memcpy(expected_vectors, vectors, sizeof vectors);
        }
        assert_memory_equal(values, expected_values, sizeof values);
        assert_memory_equal(vectors, expected_vectors, sizeof vectors);
    }
    assert_ok(pb_threads_set(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_matrices_are_decomposed),
        cmocka_unit_test(degenerate_matrices_are_decomposed),
        cmocka_unit_test(known_eigenvalues_are_found),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
