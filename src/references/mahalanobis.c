#include "references/mahalanobis.h"

#include <math.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "linalg/cholesky.h"
#include "linalg/covariance.h"

enum { SIDES = PB_CHOLESKY_COLUMNS, PANELS = 4, ROWS = PANELS * SIDES };

typedef struct distance_job {
    const float *rows;
    int64_t n, dim;
    const double *mean;
    const pb_cholesky *factor;
    double *panels; /* PANELS x padded x SIDES a worker */
    double *scores;
} distance_job;

/* (x - mu)' S^-1 (x - mu) = |z|^2 with L z = x - mu, for ROWS rows at a time. */
static pb_status distance_item(void *context, int64_t item, int worker)
{
    const distance_job *job = context;
    const int64_t padded = job->factor->padded;
    double *panels = job->panels + (int64_t)worker * PANELS * padded * SIDES;
    for (int64_t side = 0; side < ROWS; side++) {
        const int64_t row = item * ROWS + side;
        double *out = panels + side / SIDES * padded * SIDES + side % SIDES;
        for (int64_t k = 0; k < padded; k++)
            out[k * SIDES] = row < job->n && k < job->dim ? (double)job->rows[row * job->dim + k] - job->mean[k] : 0;
    }
    pb_cholesky_forward(job->factor, PANELS, panels);
    for (int64_t panel = 0; panel < PANELS; panel++) {
        double squares[SIDES] = {0};
        for (int64_t k = 0; k < padded; k++)
            for (int64_t side = 0; side < SIDES; side++) {
                const double z = panels[(panel * padded + k) * SIDES + side];
                squares[side] += z * z;
            }
        for (int64_t side = 0, row = item * ROWS + panel * SIDES; side < SIDES && row < job->n; side++, row++)
            job->scores[row] = sqrt(squares[side]);
    }
    return PB_STATUS_OK;
}

static pb_status whitened_distances(distance_job *job)
{
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(job->panels, pb_threads_get(), PANELS, job->factor->padded, SIDES));
    const pb_status status = pb_parallel_for((job->n + ROWS - 1) / ROWS, distance_item, job, NULL);
    pb_free(job->panels);
    return status;
}

static void plain_distances(const distance_job *job)
{
    for (int64_t row = 0; row < job->n; row++)
        job->scores[row] = sqrt(pb_centred_square(job->rows + row * job->dim, job->mean, job->dim));
}

pb_status pb_mahalanobis_scores(const pb_patch_set *set, const pb_spread *spread, double *scores)
{
    const int64_t dim = set->dim;
    double *covariance, shrinkage;
    pb_cholesky factor = {0};
    pb_status status;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(covariance, dim, dim));
    PB_TRY_GOTO(pb_ledoit_wolf(set, spread, covariance, &shrinkage));
    PB_TRY_GOTO(pb_cholesky_new(covariance, dim, &factor));
    distance_job job = {.rows = set->rows, .n = set->n_images * set->n_patches, .dim = dim};
    job.mean = spread->mean;
    job.factor = &factor;
    job.scores = scores;
    if (factor.invertible)
        PB_TRY_GOTO(whitened_distances(&job));
    else
        plain_distances(&job);
done:
    pb_free(covariance);
    pb_cholesky_free(&factor);
    return status;
}
