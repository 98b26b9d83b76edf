#include "references/pca.h"

#include <float.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "linalg/eigen.h"
#include "linalg/tile_f64.h"

enum { ROWS = 64 };

/* The residual of a row is its part along the components left out, so that its square is a sum of squares: no
 * difference of nearly equal numbers. */
typedef struct residual_job {
    const float *rows;
    int64_t n, dim;
    const double *mean;
    int64_t n_panels;
    double *panels; /* the components left out, PB_TILE_COLUMNS a panel, each dim x PB_TILE_COLUMNS; padded by 0 */
    double *packed; /* ROWS x dim a worker */
    double *scores;
} residual_job;

static void pack_rows(const residual_job *job, int64_t first, double *out)
{
    for (int64_t group = 0; group < ROWS; group += PB_TILE_ROWS)
        for (int64_t j = 0; j < job->dim; j++)
            for (int64_t r = first + group; r < first + group + PB_TILE_ROWS; r++)
                *out++ = r < job->n ? (double)job->rows[r * job->dim + j] - job->mean[j] : 0;
}

static pb_status residual_item(void *context, int64_t item, int worker)
{
    const residual_job *job = context;
    const int64_t dim = job->dim, first = item * ROWS;
    double *packed = job->packed + (int64_t)worker * ROWS * dim, squares[ROWS] = {0};
    pack_rows(job, first, packed);
    for (int64_t panel = 0; panel < job->n_panels; panel++)
        for (int64_t group = 0; group < ROWS; group += PB_TILE_ROWS) {
            double tile[PB_TILE_ROWS * PB_TILE_COLUMNS] = {0};
            pb_tile_f64(dim, packed + group * dim, job->panels + panel * dim * PB_TILE_COLUMNS, tile, PB_TILE_COLUMNS);
            for (int64_t i = 0; i < PB_TILE_ROWS; i++)
                for (int64_t j = 0; j < PB_TILE_COLUMNS; j++)
                    squares[group + i] += tile[i * PB_TILE_COLUMNS + j] * tile[i * PB_TILE_COLUMNS + j];
        }
    for (int64_t i = 0; i < ROWS && first + i < job->n; i++)
        job->scores[first + i] = squares[i] / (double)dim;
    return PB_STATUS_OK;
}

/* @param vectors n_left x dim */
static pb_status residuals(residual_job *job, const double *vectors, int64_t n_left)
{
    const int64_t dim = job->dim;
    pb_status status;
    job->n_panels = (n_left + PB_TILE_COLUMNS - 1) / PB_TILE_COLUMNS;
    PB_TRY_GOTO(PB_NEW_PRODUCT(job->panels, job->n_panels, dim, PB_TILE_COLUMNS));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(job->packed, pb_threads_get(), ROWS, dim));
    for (int64_t i = 0; i < n_left; i++)
        for (int64_t j = 0; j < dim; j++)
            job->panels[(i / PB_TILE_COLUMNS * dim + j) * PB_TILE_COLUMNS + i % PB_TILE_COLUMNS] = vectors[i * dim + j];
    PB_TRY_GOTO(pb_parallel_for((job->n + ROWS - 1) / ROWS, residual_item, job, NULL));
done:
    pb_free(job->panels);
    pb_free(job->packed);
    return status;
}

/* How many of the eigenvalues (descending) lie beyond rounding. */
static int64_t count_positive(const double *values, int64_t dim)
{
    int64_t count = 0;
    while (count < dim && values[count] > (double)dim * DBL_EPSILON * values[0])
        count++;
    return count;
}

static int64_t count_components(const double *values, int64_t n_positive, double share)
{
    double total = 0, sum = 0;
    for (int64_t i = 0; i < n_positive; i++)
        total += values[i];
    for (int64_t i = 0; i < n_positive; i++) {
        sum += values[i] / total;
        if (sum > share)
            return i + 1;
    }
    return n_positive;
}

pb_status pb_pca_scores(const pb_patch_set *set, const pb_spread *spread, double share, double *scores,
                        int64_t *n_components)
{
    const int64_t dim = set->dim;
    residual_job job = {.rows = set->rows, .n = set->n_images * set->n_patches, .dim = dim, .scores = scores};
    double *values = NULL, *vectors = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(values, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(vectors, dim, dim));
    PB_TRY_GOTO(pb_symmetric_eigen(spread->covariance, dim, values, vectors));
    job.mean = spread->mean;
    const int64_t n_positive = count_positive(values, dim), n_kept = count_components(values, n_positive, share);
    if (n_components)
        *n_components = n_kept;
    PB_TRY_GOTO(residuals(&job, vectors + n_kept * dim, n_positive - n_kept));
done:
    pb_free(values);
    pb_free(vectors);
    return status;
}
