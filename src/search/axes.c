/* Principal axes of a small part of the sample by way of its Gram matrix (Sirovich 1987, "method of snapshots"), one step of
 * orthogonal iteration on all of it (Golub and Van Loan 2013, "Matrix computations", 8.2.4), Cholesky QR in order.
 * Everything but the last check may be inexact: that measures in float64 how far the result is from orthonormal. */
#include "search/axes.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "linalg/eigen.h"
#include "search/distance.h"
#include "search/kernels.h"
#include "search/product.h"

enum { SNAPSHOTS = 128 /* at least */, TILE = 64 };

static const double negligible = 1e-5; /* of the largest variance: float32 products say no more */
static const double dependent = 0.003; /* of a row's square that is left after the rows before it: dropped */

typedef struct multiplication {
    const float *a, *b;
    int64_t rows, columns, dim;
    pb_product *product; /* rows x a tile of columns */
    float *c;
} multiplication;

static pb_status multiply_tile(void *context, int64_t item, int worker)
{
    (void)worker;
    const multiplication *m = context;
    const int64_t tile = m->columns < TILE ? m->columns : TILE, from = item * TILE;
    const int64_t first = from + tile <= m->columns ? from : m->columns - tile; /* the last tile overlaps another */
    char *packed = NULL;
    float *c = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(packed, pb_product_packed_bytes(m->product)));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(c, m->rows, tile));
    PB_TRY_GOTO(pb_product_pack(m->product, m->b + first * m->dim, packed));
    PB_TRY_GOTO(pb_product_run(m->product, m->a, packed, c));
    for (int64_t i = 0; i < m->rows; i++)
        memcpy(m->c + i * m->columns + from, c + i * tile + from - first, (size_t)(first + tile - from) * sizeof *c);
done:
    pb_free(packed);
    pb_free(c);
    return status;
}

/* C (rows x columns) = A (rows x dim) times the transpose of B (columns x dim). */
static pb_status multiply(const float *a, int64_t rows, const float *b, int64_t columns, int64_t dim, float *c)
{
    multiplication m = {.a = a, .b = b, .rows = rows, .columns = columns, .dim = dim, .c = c};
    const pb_product_shape shape = {rows, columns < TILE ? columns : TILE, dim, PB_PRECISION_F32};
    PB_TRY(pb_product_new(shape, NULL, &m.product));
    const pb_status status = pb_parallel_for((columns + TILE - 1) / TILE, multiply_tile, &m, NULL);
    pb_product_free(m.product);
    return status;
}

static pb_status transposed(const float *a, int64_t rows, int64_t columns, float **out)
{
    float *t;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(t, rows, columns));
    for (int64_t i0 = 0; i0 < rows; i0 += 16) /* a line of the cache at a time */
        for (int64_t j = 0; j < columns; j++)
            for (int64_t i = i0; i < i0 + 16 && i < rows; i++)
                t[j * rows + i] = a[i * columns + j];
    *out = t;
    return PB_STATUS_OK;
}

/* The eigenvectors that matter, each divided by the root of its eigenvalue: what combines rows to axes of length 1. */
static pb_status gram_weights(const float *rows, int64_t n, int64_t dim, float *weights, int64_t *count)
{
    float *gram = NULL;
    double *matrix = NULL, *values = NULL, *vectors = NULL;
    int64_t found = 0;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(gram, n, n));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(matrix, n, n));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(values, n));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(vectors, n, n));
    PB_TRY_GOTO(multiply(rows, n, rows, n, dim, gram));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            matrix[i * n + j] = ((double)gram[i * n + j] + (double)gram[j * n + i]) / 2;
    PB_TRY_GOTO(pb_symmetric_eigen(matrix, n, values, vectors));
    for (; found < *count && found < n && values[found] > negligible * values[0]; found++)
        for (int64_t j = 0; j < n; j++)
            weights[found * n + j] = (float)(vectors[found * n + j] / sqrt(values[found]));
done:
    *count = found;
    pb_free(gram);
    pb_free(matrix);
    pb_free(values);
    pb_free(vectors);
    return status;
}

/* Axes of some rows of the sample, one more than axes are wanted. */
static pb_status first_axes(const float *sample, int64_t n, int64_t dim, float *axes, int64_t *count)
{
    const int64_t wanted = *count + 1 > SNAPSHOTS ? *count + 1 : SNAPSHOTS, taken = n < wanted ? n : wanted;
    float *rows = NULL, *columns = NULL, *weights = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(rows, taken, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(weights, taken, taken));
    for (int64_t i = 0; i < taken; i++)
        memcpy(rows + i * dim, sample + i * n / taken * dim, (size_t)dim * sizeof *rows);
    PB_TRY_GOTO(gram_weights(rows, taken, dim, weights, count));
    PB_TRY_GOTO(transposed(rows, taken, dim, &columns));
    if (*count > 0)
        PB_TRY_GOTO(multiply(weights, *count, columns, dim, taken, axes));
done:
    pb_free(rows);
    pb_free(columns);
    pb_free(weights);
    return status;
}

/* axes = axes X'X for the sample X: each turns towards the axes of all rows; lengths as they come. */
static pb_status iterate(const float *sample, int64_t n, int64_t dim, float *axes, int64_t count)
{
    float *coordinates = NULL, *by_axis = NULL, *by_channel = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(coordinates, n, count));
    PB_TRY_GOTO(multiply(sample, n, axes, count, dim, coordinates));
    PB_TRY_GOTO(transposed(coordinates, n, count, &by_axis));
    PB_TRY_GOTO(transposed(sample, n, dim, &by_channel));
    PB_TRY_GOTO(multiply(by_axis, count, by_channel, dim, n, axes));
done:
    pb_free(coordinates);
    pb_free(by_axis);
    pb_free(by_channel);
    return status;
}

/* Rows to length 1; without those that have none. */
static int64_t normalise(float *axes, int64_t count, int64_t dim)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        const double square = pb_dot(axes + i * dim, axes + i * dim, dim);
        if (!(square > 0) || !isfinite(square))
            continue;
        for (int64_t c = 0; c < dim; c++)
            axes[kept * dim + c] = (float)((double)axes[i * dim + c] / sqrt(square));
        kept++;
    }
    return kept;
}

/* Inverse of the Cholesky factor of the rows' Gram matrix, row by row; rows that depend on those before them are left out.
 * @param inverse count x count, kept rows first; column j stands for row j */
static int64_t invert_factor(const float *gram, int64_t count, double *inverse)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        double *row = inverse + kept * count, left = (double)gram[i * count + i];
        memset(row, 0, (size_t)count * sizeof *row);
        row[i] = 1;
        for (int64_t r = 0; r < kept; r++)
            left -= pb_take_out(inverse + r * count, gram + i * count, row, i);
        if (left < dependent)
            continue;
        for (int64_t j = 0; j <= i; j++)
            row[j] /= sqrt(left);
        kept++;
    }
    return kept;
}

static pb_status orthonormalise(float *axes, int64_t *count, int64_t dim)
{
    const int64_t n = normalise(axes, *count, dim);
    float *gram = NULL, *weights = NULL, *by_channel = NULL;
    double *inverse = NULL;
    pb_status status;
    *count = 0;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(gram, n, n));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(weights, n, n));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(inverse, n, n));
    if (n == 0)
        goto done;
    PB_TRY_GOTO(multiply(axes, n, axes, n, dim, gram));
    PB_TRY_GOTO(transposed(axes, n, dim, &by_channel));
    *count = invert_factor(gram, n, inverse);
    for (int64_t i = 0; i < *count * n; i++)
        weights[i] = (float)inverse[i];
    if (*count > 0)
        PB_TRY_GOTO(multiply(weights, *count, by_channel, dim, n, axes));
done:
    pb_free(gram);
    pb_free(weights);
    pb_free(inverse);
    pb_free(by_channel);
    return status;
}

typedef struct verification {
    const float *axes;
    int64_t dim;
    double *squares; /* of the elements of PP' - I, a row each */
} verification;

static pb_status verify_row(void *context, int64_t i, int worker)
{
    (void)worker;
    const verification *v = context;
    for (int64_t j = 0; j <= i; j++) {
        const double error = pb_dot(v->axes + i * v->dim, v->axes + j * v->dim, v->dim) - (i == j);
        v->squares[i] += (i == j ? 1 : 2) * error * error;
    }
    return PB_STATUS_OK;
}

/* If |PP' - I| <= e < 1, then Q = (PP')^(-1/2) P has orthonormal rows, and |P - Q| is the largest |s - 1| = |s^2 - 1| / (s + 1)
 * <= e, s being a singular value of P. The Frobenius norm is at least the spectral norm. */
pb_status pb_axes_measure(const float *axes, int64_t count, int64_t dim, double *defect)
{
    verification v = {.axes = axes, .dim = dim};
    double sum = 0;
    PB_TRY(PB_NEW(v.squares, count));
    const pb_status status = pb_parallel_for(count, verify_row, &v, NULL);
    for (int64_t i = 0; i < count; i++)
        sum += v.squares[i];
    const double rounding = (double)(count * (dim + 16)) * 0x1p-52; /* of the sums */
    *defect = isfinite(sum) ? sqrt(sum) * (1 + 1e-9) + rounding : (double)INFINITY;
    pb_free(v.squares);
    return status;
}

pb_status pb_axes_fit(const float *sample, int64_t n, int64_t dim, float *axes, int64_t *count, double *defect)
{
    PB_ASSERT(n >= 1 && *count >= 1 && *count <= PB_AXES_MAX);
    *defect = 0;
    PB_TRY(first_axes(sample, n, dim, axes, count));
    if (*count == 0)
        return PB_STATUS_OK;
    PB_TRY(iterate(sample, n, dim, axes, *count));
    PB_TRY(orthonormalise(axes, count, dim));
    PB_TRY(orthonormalise(axes, count, dim)); /* "twice is enough" (Parlett 1998, 6.9) */
    PB_TRY(pb_axes_measure(axes, *count, dim, defect));
    if (!(*defect < 0.01))
        *count = 0;
    return PB_STATUS_OK;
}
