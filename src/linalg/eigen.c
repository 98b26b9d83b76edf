/* Householder tridiagonalisation and implicit QL (Golub and Van Loan 2013, "Matrix computations", 8.3; the QL steps are
 * those of EISPACK's tql2, Bowdler, Martin, Reinsch and Wilkinson 1968).
 * Why not LAPACK's dsyevd: its bits depend on the BLAS beneath, which picks kernels by CPU and number of threads, and
 * which patches a percentile removes must not.
 * The QL steps need the tridiagonal matrix alone: they record their rotations, which then turn the rows of Q' in
 * panels of columns. Panels are independent of each other and stay in the L2 cache. */
#include "linalg/eigen.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "base/clones.h"
#include "base/memory.h"
#include "base/order.h"
#include "base/product.h"
#include "base/threads.h"

enum { LANES = 32, PANEL = 32, MAX_SWEEPS = 60, MAX_ROTATIONS = 1 << 18 };

/* Turns rows `lower` and lower + 1. */
typedef struct rotation {
    double c, s;
    int64_t lower;
} rotation;

typedef struct eigen {
    int64_t dim, n_panels;
    double scale;              /* what the matrix was divided by: its elements are at most 1 */
    double *a;                 /* dim x dim, reduced in place; row k, right of the diagonal, ends as reflector k */
    double *beta;              /* reflector k is I - beta[k] v v' */
    double *diagonal, *beside; /* of the tridiagonal matrix; beside[i] stands between i and i + 1 */
    double *w;                 /* scratch of the reduction, dim */
    double *p;                 /* the same */
    rotation *rotations;
    int64_t n_rotations;
    double *panels; /* n_panels x dim x PANEL: columns of Q', then of the matrix of eigenvectors */
} eigen;

/* row -= x w + y v, then row . next: one pass over memory for the update of a step and the product of the following. */
PB_CLONES static double update_and_dot(double *restrict row, double x, const double *restrict w, double y,
                                       const double *restrict v, const double *restrict next, int64_t n)
{
    double lanes[LANES] = {0}, sum = 0;
    int64_t j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int64_t i = 0; i < LANES; i++) {
            const double value = row[j + i] - (x * w[j + i] + y * v[j + i]);
            row[j + i] = value;
            lanes[i] += value * next[j + i];
        }
    for (int64_t i = 0; j < n; i++, j++) {
        row[j] -= x * w[j] + y * v[j];
        lanes[i] += row[j] * next[j];
    }
    for (int64_t i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

/* x becomes v with v[0] = 1 so that (I - beta v v') x = (*out, 0, ..., 0); beta is returned (algorithm 5.1.1). */
static double make_reflector(double *x, int64_t n, double *out)
{
    double square = 0;
    for (int64_t i = 1; i < n; i++)
        square += x[i] * x[i];
    const double first = x[0];
    x[0] = 1;
    *out = first;
    if (square < 1e-60) { /* 1e-30 of the matrix: far below its rounding, and squares of it would lose digits */
        for (int64_t i = 1; i < n; i++)
            x[i] = 0;
        return 0;
    }
    const double norm = sqrt(first * first + square);
    const double pivot = first <= 0 ? first - norm : -square / (first + norm);
    for (int64_t i = 1; i < n; i++)
        x[i] /= pivot;
    *out = norm;
    return 2 * pivot * pivot / (square + pivot * pivot);
}

/* p = A v of step k, on rows that first get the update which the step before left to do. In one thread: there are dim
 * steps, each too short to wait for others, least of all on a busy machine. */
static void reduce_rows(const eigen *e, int64_t k)
{
    const int64_t n = e->dim, rest = n - k - 1;
    const double *v = e->a + k * n + k + 1, *w = e->w + k + 1;
    const double *before = k > 0 ? v - n : w; /* w is 0 at first */
    for (int64_t r = 0; r < rest; r++)
        e->p[k + 1 + r] = update_and_dot(e->a + (k + 1 + r) * n + k + 1, before[r], w, w[r], before, v, rest);
}

/* w of the update A -= v w' + w v' (section 8.3.1), for reflector k. */
static void make_update(eigen *e, int64_t k)
{
    const double *v = e->a + k * e->dim, beta = e->beta[k];
    double dot = 0;
    for (int64_t j = k + 1; j < e->dim; j++)
        dot += e->p[j] * v[j];
    for (int64_t j = k + 1; j < e->dim; j++)
        e->w[j] = beta * (e->p[j] - beta / 2 * dot * v[j]);
}

static void tridiagonalise(eigen *e)
{
    const int64_t n = e->dim;
    for (int64_t k = 0; k < n; k++) {
        double *row = e->a + k * n;
        if (k > 0) { /* what reflector k - 1 does to row k */
            const double *v = row - n, x = v[k], y = e->w[k];
            for (int64_t j = k; j < n; j++)
                row[j] -= x * e->w[j] + y * v[j];
        }
        e->diagonal[k] = row[k];
        if (k + 1 == n)
            break;
        e->beta[k] = make_reflector(row + k + 1, n - k - 1, &e->beside[k]);
        reduce_rows(e, k);
        make_update(e, k);
    }
}

/* Columns [PANEL item, + PANEL) of Q' = H_{n-2} ... H_0: each reflector in turn on columns of the identity. */
PB_CLONES static void reflect_panel(const double *restrict v, double beta, int64_t n, double *restrict panel)
{
    double t[PANEL] = {0};
    for (int64_t r = 0; r < n; r++)
        for (int64_t c = 0; c < PANEL; c++)
            t[c] += v[r] * panel[r * PANEL + c];
    for (int64_t c = 0; c < PANEL; c++)
        t[c] *= beta;
    for (int64_t r = 0; r < n; r++)
        for (int64_t c = 0; c < PANEL; c++)
            panel[r * PANEL + c] -= v[r] * t[c];
}

static pb_status start_panel(void *context, int64_t item, int worker)
{
    (void)worker;
    const eigen *e = context;
    const int64_t n = e->dim;
    double *panel = e->panels + item * n * PANEL;
    for (int64_t c = 0; c < PANEL && item * PANEL + c < n; c++)
        panel[(item * PANEL + c) * PANEL + c] = 1;
    for (int64_t k = 0; k + 1 < n; k++)
        if (e->beta[k] > 0)
            reflect_panel(e->a + k * n + k + 1, e->beta[k], n - k - 1, panel + (k + 1) * PANEL);
    return PB_STATUS_OK;
}

PB_CLONES static void rotate_panel(const rotation *rotations, int64_t n, double *restrict panel)
{
    for (int64_t i = 0; i < n; i++) {
        const double c = rotations[i].c, s = rotations[i].s;
        double *low = panel + rotations[i].lower * PANEL, *high = low + PANEL;
        for (int64_t j = 0; j < PANEL; j++) {
            const double a = low[j], b = high[j];
            high[j] = s * a + c * b;
            low[j] = c * a - s * b;
        }
    }
}

static pb_status turn_panel(void *context, int64_t item, int worker)
{
    (void)worker;
    const eigen *e = context;
    rotate_panel(e->rotations, e->n_rotations, e->panels + item * e->dim * PANEL);
    return PB_STATUS_OK;
}

static pb_status apply_rotations(eigen *e)
{
    PB_TRY(pb_parallel_for(e->n_panels, turn_panel, e, NULL));
    e->n_rotations = 0;
    return PB_STATUS_OK;
}

/* sqrt(a^2 + b^2) without overflow; libm's may differ by CPU. */
static double hypotenuse(double a, double b)
{
    const double x = fabs(a), y = fabs(b), large = x > y ? x : y, small = x > y ? y : x;
    return large == 0 ? 0 : large * sqrt(1 + small / large * (small / large));
}

/* One implicit QL sweep over the unreduced block [low, high]. */
static void sweep(eigen *e, int64_t low, int64_t high)
{
    double *d = e->diagonal, *f = e->beside;
    const double half = (d[low + 1] - d[low]) / (2 * f[low]), root = hypotenuse(half, 1);
    double g = d[high] - d[low] + f[low] / (half + (half < 0 ? -root : root)), s = 1, c = 1, p = 0;
    for (int64_t i = high - 1; i >= low; i--) {
        const double b = c * f[i], side = s * f[i], r = hypotenuse(side, g);
        f[i + 1] = r;
        if (r == 0) { /* the block falls apart here */
            d[i + 1] -= p;
            f[high] = 0;
            return;
        }
        s = side / r;
        c = g / r;
        g = d[i + 1] - p;
        const double q = (d[i] - g) * s + 2 * c * b;
        p = s * q;
        d[i + 1] = g + p;
        g = c * q - b;
        e->rotations[e->n_rotations++] = (rotation){c, s, i};
    }
    d[low] -= p;
    f[low] = g;
    f[high] = 0;
}

static pb_status diagonalise(eigen *e)
{
    double norm = 0;
    for (int64_t i = 0; i < e->dim; i++)
        norm = fmax(norm, fabs(e->diagonal[i]) + fabs(e->beside[i]));
    const double negligible = DBL_EPSILON / 2 * norm;
    for (int64_t low = 0; low < e->dim; low++)
        for (int sweeps = 0;; sweeps++) {
            int64_t high = low;
            while (high < e->dim - 1 && fabs(e->beside[high]) > negligible)
                high++;
            if (high == low)
                break;
            if (sweeps == MAX_SWEEPS)
                return pb_fail(PB_STATUS_INTERNAL, "eigenvalue %" PRId64 " of %" PRId64 " did not converge", low,
                               e->dim);
            sweep(e, low, high);
            if (e->n_rotations > MAX_ROTATIONS)
                PB_TRY(apply_rotations(e));
        }
    return apply_rotations(e);
}

static pb_status gather(const eigen *e, double *values, double *vectors)
{
    const int64_t n = e->dim;
    int64_t *order;
    PB_TRY(PB_NEW_UNINITIALISED(order, n));
    const pb_status status = pb_order_descending(e->diagonal, n, order);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++) {
        values[i] = e->diagonal[order[i]] * e->scale;
        for (int64_t j = 0; j < n; j++)
            vectors[i * n + j] = e->panels[(j / PANEL * n + order[i]) * PANEL + j % PANEL];
    }
    pb_free(order);
    return status;
}

static void load(eigen *e, const double *matrix)
{
    for (int64_t i = 0; i < e->dim * e->dim; i++)
        e->scale = fmax(e->scale, fabs(matrix[i]));
    if (e->scale == 0)
        e->scale = 1;
    for (int64_t i = 0; i < e->dim * e->dim; i++)
        e->a[i] = matrix[i] / e->scale;
}

pb_status pb_symmetric_eigen(const double *matrix, int64_t dim, double *values, double *vectors)
{
    eigen e = {.dim = dim, .n_panels = (dim + PANEL - 1) / PANEL};
    int64_t n_elements;
    pb_status status;
    PB_TRY(pb_size_multiply(dim, dim, "a symmetric matrix", &n_elements));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(e.a, n_elements));
    PB_TRY_GOTO(PB_NEW(e.beta, dim));
    PB_TRY_GOTO(PB_NEW(e.diagonal, dim));
    PB_TRY_GOTO(PB_NEW(e.beside, dim));
    PB_TRY_GOTO(PB_NEW(e.w, dim));
    PB_TRY_GOTO(PB_NEW(e.p, dim));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(e.rotations, MAX_ROTATIONS + dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT(e.panels, e.n_panels, dim, PANEL));
    load(&e, matrix);
    tridiagonalise(&e);
    PB_TRY_GOTO(pb_parallel_for(e.n_panels, start_panel, &e, NULL));
    PB_TRY_GOTO(diagonalise(&e));
    PB_TRY_GOTO(gather(&e, values, vectors));
done:
    pb_free(e.a);
    pb_free(e.beta);
    pb_free(e.diagonal);
    pb_free(e.beside);
    pb_free(e.w);
    pb_free(e.p);
    pb_free(e.rotations);
    pb_free(e.panels);
    return status;
}
