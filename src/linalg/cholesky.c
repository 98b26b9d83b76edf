/* Bordering: rows i of L solve L[0..i) l_i = a_i, so that factorising is forward substitution with the rows of A
 * themselves, 8 at a time, and one routine on one kernel does it all. Every sum runs in ascending order of its index,
 * hence the same bits everywhere, which a BLAS does not promise.
 * Rows 4g..4g+3 of L form group g, stored column by column: element (4g + i, k) is packed[8 g (g + 1) + 4 k + i], for
 * k < 4g + 4. */
#include "linalg/cholesky.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "base/product.h"
#include "linalg/tile_f64.h"

enum { GROUP = PB_TILE_ROWS, SIDES = PB_CHOLESKY_COLUMNS };

_Static_assert((int)GROUP == 4 && (int)SIDES == (int)PB_TILE_COLUMNS && SIDES == 2 * GROUP,
               "the packed layout rests on these");

static double *group_of(const pb_cholesky *factor, int64_t group)
{
    return factor->packed + 8 * group * (group + 1);
}

static double *element(const pb_cholesky *factor, int64_t row, int64_t column)
{
    return group_of(factor, row / GROUP) + GROUP * column + row % GROUP;
}

/* Rows 4g..4g+3 of one panel, those above them being solved. */
static void solve_group(const pb_cholesky *factor, int64_t group, double *panel)
{
    const double *rows = group_of(factor, group);
    const int64_t first = group * GROUP;
    double sums[GROUP * SIDES] = {0};
    pb_tile_f64(first, rows, panel, sums, SIDES);
    for (int64_t i = 0; i < GROUP; i++) {
        double *z = panel + (first + i) * SIDES;
        for (int64_t side = 0; side < SIDES; side++) {
            double rest = z[side] - sums[i * SIDES + side];
            for (int64_t k = 0; k < i; k++)
                rest -= rows[GROUP * (first + k) + i] * panel[(first + k) * SIDES + side];
            z[side] = rest / rows[GROUP * (first + i) + i];
        }
    }
}

void pb_cholesky_forward(const pb_cholesky *factor, int64_t n_panels, double *panels)
{
    /* Group by group over all panels: a group is read from memory once, the panels stay in the L2 cache. */
    for (int64_t group = 0; group < factor->padded / GROUP; group++)
        for (int64_t panel = 0; panel < n_panels; panel++)
            solve_group(factor, group, panels + panel * factor->padded * SIDES);
}

/* Element (i, j) of the matrix padded by the identity. */
static double padded_element(const double *matrix, int64_t dim, int64_t i, int64_t j)
{
    if (i < dim && j < dim)
        return matrix[i * dim + j];
    return i == j ? 1 : 0;
}

/* Cholesky of the 8 x 8 block at the diagonal, from `block` into the factor. False if a pivot is below `tolerance`. */
static bool factor_block(const pb_cholesky *factor, int64_t first, double *block, double tolerance)
{
    for (int64_t j = 0; j < SIDES; j++) {
        for (int64_t i = j; i < SIDES; i++) {
            double rest = block[i * SIDES + j];
            for (int64_t k = 0; k < j; k++)
                rest -= block[i * SIDES + k] * block[j * SIDES + k];
            if (i == j && !(rest > tolerance))
                return false;
            block[i * SIDES + j] = i == j ? sqrt(rest) : rest / block[j * SIDES + j];
            *element(factor, first + i, first + j) = block[i * SIDES + j];
        }
    }
    return true;
}

/* Rows [first, first + 8) of L, the rows above being known. `panel` is scratch of padded x 8. */
static bool factor_rows(const pb_cholesky *factor, const double *matrix, int64_t first, double *panel, double tolerance)
{
    for (int64_t k = 0; k < first; k++)
        for (int64_t i = 0; i < SIDES; i++)
            panel[k * SIDES + i] = padded_element(matrix, factor->dim, first + i, k);
    for (int64_t group = 0; group < first / GROUP; group++)
        solve_group(factor, group, panel);
    for (int64_t k = 0; k < first; k++)
        for (int64_t i = 0; i < SIDES; i++)
            *element(factor, first + i, k) = panel[k * SIDES + i];
    double block[SIDES * SIDES] = {0};
    for (int64_t half = 0; half < 2; half++)
        pb_tile_f64(first, group_of(factor, first / GROUP + half), panel, block + half * GROUP * SIDES, SIDES);
    for (int64_t i = 0; i < SIDES; i++)
        for (int64_t j = 0; j < SIDES; j++)
            block[i * SIDES + j] = padded_element(matrix, factor->dim, first + i, first + j) - block[i * SIDES + j];
    return factor_block(factor, first, block, tolerance);
}

pb_status pb_cholesky_new(const double *matrix, int64_t dim, pb_cholesky *out)
{
    pb_cholesky factor = {.dim = dim, .padded = (dim + SIDES - 1) / SIDES * SIDES, .invertible = true};
    const int64_t groups = factor.padded / GROUP;
    double *panel;
    PB_TRY(PB_NEW_PRODUCT(panel, factor.padded, SIDES));
    const pb_status status = PB_NEW(factor.packed, 8 * groups * (groups + 1));
    if (status == PB_STATUS_OK) {
        double largest = 0;
        for (int64_t i = 0; i < dim; i++)
            largest = fmax(largest, matrix[i * dim + i]);
        /* Pivots at this level are rounding errors (Higham 2002, theorem 10.3): the inverse would be noise. */
        const double tolerance = (double)dim * DBL_EPSILON * largest;
        for (int64_t first = 0; first < factor.padded && factor.invertible; first += SIDES)
            factor.invertible = factor_rows(&factor, matrix, first, panel, tolerance);
        *out = factor;
    }
    pb_free(panel);
    return status;
}

void pb_cholesky_free(pb_cholesky *factor)
{
    pb_free(factor->packed);
    *factor = (pb_cholesky){0};
}
