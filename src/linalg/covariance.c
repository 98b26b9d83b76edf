/* Covariance of a set from what each of its images contributes: with n_i patches an image, mean m_i and scatter G_i around it, and
 * m the mean of all,
 *     n S = sum_i G_i + sum_i n_i (m_i - m)(m_i - m)'
 * (the within and between parts of the analysis of variance: sums of squares, nothing cancels). The images are added in the
 * order of the set, so that it makes no difference where their scatter comes from.
 *
 * Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", as implemented by
 * sklearn.covariance. With centred rows x_r, S = sum x_r x_r' / n and mu = tr S / d:
 *     delta = |S - mu I|^2 / d                          (Frobenius; lemma 2.1 without their 1/d^2)
 *     beta  = (sum_r |x_r|^4 / n - |S|^2) / (n d)       (lemma 3.4)
 *     s     = min(beta, delta) / delta
 * scikit-learn sums <X2', X2> over all channel pairs for the first term of beta; that is sum_r (sum_i x_ri^2)^2, hence
 * the norms to the fourth, and costs n d instead of n d^2. */
#include "linalg/covariance.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

enum { EDGE = PB_SCATTER_EDGE, LANES = 8, NORM_ROWS = 256 };

typedef struct covariance_job {
    const pb_patch_set *set;
    double *means; /* n_images x dim */
    pb_spread spread;
    double *scratch; /* 4 squares a worker */
    double *squares; /* n: |x_r|^2 */
} covariance_job;

static int64_t n_rows(const pb_patch_set *set)
{
    return set->n_images * set->n_patches;
}

double pb_centred_square(const float *row, const double *mean, int64_t dim)
{
    double lanes[LANES] = {0};
    int64_t j = 0;
    for (; j + LANES <= dim; j += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            const double x = (double)row[j + lane] - mean[j + lane];
            lanes[lane] += x * x;
        }
    for (int lane = 0; j < dim; j++, lane++) {
        const double x = (double)row[j] - mean[j];
        lanes[lane] += x * x;
    }
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

/* ---- Mean and covariance ---------------------------------------------------------------------------------------- */

static pb_status image_item(void *context, int64_t i, int worker)
{
    (void)worker;
    const covariance_job *job = context;
    const pb_patch_set *set = job->set;
    double *mean = job->means + i * set->dim;
    if (set->moments)
        memcpy(mean, pb_moments_mean(set->moments, set->images[i]), (size_t)set->dim * sizeof *mean);
    else
        pb_image_mean(set->rows + i * set->n_patches * set->dim, set->n_patches, set->dim, mean);
    return PB_STATUS_OK;
}

static void mean_of_means(const covariance_job *job)
{
    const pb_patch_set *set = job->set;
    for (int64_t j = 0; j < set->dim; j++) {
        double sum = 0;
        for (int64_t i = 0; i < set->n_images; i++)
            sum += job->means[i * set->dim + j];
        job->spread.mean[j] = sum / (double)set->n_images;
    }
}

/* The scatter of image i in one square: from the moments, or computed into `out`. */
static const double *scatter_of(const covariance_job *job, int64_t i, int64_t square, double *scratch, double *out)
{
    const pb_patch_set *set = job->set;
    if (set->moments)
        return pb_moments_square(set->moments, set->images[i], square);
    pb_scatter_compute(set->rows + i * set->n_patches * set->dim, set->n_patches, set->dim, job->means + i * set->dim,
                       square, scratch, out);
    return out;
}

/* sum_i (m_i - m)_a (m_i - m)_b */
static double between(const covariance_job *job, int64_t a, int64_t b)
{
    const int64_t dim = job->set->dim;
    double sum = 0;
    for (int64_t i = 0; i < job->set->n_images; i++)
        sum += (job->means[i * dim + a] - job->spread.mean[a]) * (job->means[i * dim + b] - job->spread.mean[b]);
    return sum;
}

static pb_status square_item(void *context, int64_t square, int worker)
{
    const covariance_job *job = context;
    const pb_patch_set *set = job->set;
    const int64_t dim = set->dim;
    double *scratch = job->scratch + (int64_t)worker * 4 * PB_SCATTER_SQUARE;
    double *of_image = scratch + 2 * PB_SCATTER_SQUARE, *sum = of_image + PB_SCATTER_SQUARE;
    int64_t row, column;
    memset(sum, 0, PB_SCATTER_SQUARE * sizeof *sum);
    for (int64_t i = 0; i < set->n_images; i++) {
        const double *scatter = scatter_of(job, i, square, scratch, of_image);
        for (int64_t e = 0; e < PB_SCATTER_SQUARE; e++)
            sum[e] += scatter[e];
    }
    pb_scatter_place(square, dim, &row, &column);
    for (int64_t a = row * EDGE, y = 0; y < EDGE && a < dim; y++, a++)
        for (int64_t b = column * EDGE, x = 0; x < EDGE && b < dim; x++, b++) {
            if (b < a)
                continue;
            const double all = sum[y * EDGE + x] + (double)set->n_patches * between(job, a, b);
            job->spread.covariance[a * dim + b] = job->spread.covariance[b * dim + a] = all / (double)n_rows(set);
        }
    return PB_STATUS_OK;
}

static pb_status compute_spread(covariance_job *job)
{
    const pb_patch_set *set = job->set;
    int64_t n_elements;
    PB_TRY(pb_size_multiply(set->dim, set->dim, "a covariance matrix", &n_elements));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(job->means, set->n_images, set->dim));
    PB_TRY(PB_NEW_UNINITIALISED(job->spread.mean, set->dim));
    PB_TRY(PB_NEW_UNINITIALISED(job->spread.covariance, n_elements));
    PB_TRY(PB_NEW_UNINITIALISED(job->scratch, (int64_t)pb_threads_get() * 4 * PB_SCATTER_SQUARE));
    PB_TRY(pb_parallel_for(set->n_images, image_item, job, NULL));
    mean_of_means(job);
    return pb_parallel_for(pb_scatter_squares(set->dim), square_item, job, NULL);
}

pb_status pb_spread_new(const pb_patch_set *set, pb_spread *out)
{
    covariance_job job = {.set = set};
    const pb_status status = compute_spread(&job);
    pb_free(job.means);
    pb_free(job.scratch);
    if (status == PB_STATUS_OK)
        *out = job.spread;
    else
        pb_spread_free(&job.spread);
    return status;
}

void pb_spread_free(pb_spread *spread)
{
    pb_free(spread->mean);
    pb_free(spread->covariance);
    *spread = (pb_spread){0};
}

/* ---- Shrinkage -------------------------------------------------------------------------------------------------- */

static pb_status squares_item(void *context, int64_t item, int worker)
{
    (void)worker;
    const covariance_job *job = context;
    const int64_t n = n_rows(job->set), dim = job->set->dim;
    for (int64_t r = item * NORM_ROWS; r < n && r < (item + 1) * NORM_ROWS; r++)
        job->squares[r] = pb_centred_square(job->set->rows + r * dim, job->spread.mean, dim);
    return PB_STATUS_OK;
}

/* Frobenius inner sums over S: *all = |S|^2, *centred = |S - mu I|^2. */
static void frobenius(const double *covariance, int64_t dim, double mu, double *all, double *centred)
{
    double off_diagonal = 0, diagonal = 0, centred_diagonal = 0;
    for (int64_t i = 0; i < dim; i++) {
        const double s = covariance[i * dim + i];
        diagonal += s * s;
        centred_diagonal += (s - mu) * (s - mu);
        for (int64_t j = 0; j < i; j++)
            off_diagonal += covariance[i * dim + j] * covariance[i * dim + j];
    }
    *all = 2 * off_diagonal + diagonal;
    *centred = 2 * off_diagonal + centred_diagonal;
}

static double shrinkage_of(const covariance_job *job, double mu)
{
    const int64_t dim = job->set->dim;
    if (dim == 1)
        return 0; /* the target is the covariance itself */
    double all, centred, fourth = 0;
    frobenius(job->spread.covariance, dim, mu, &all, &centred);
    for (int64_t r = 0; r < n_rows(job->set); r++)
        fourth += job->squares[r] * job->squares[r];
    const double n = (double)n_rows(job->set), d = (double)dim;
    const double delta = centred / d;
    const double beta = (fourth / n - all) / (n * d);
    if (!(beta > 0) || !(delta > 0)) /* beta: exactly 0 for two points, where rounding may leave less */
        return 0;
    return beta < delta ? beta / delta : 1;
}

pb_status pb_ledoit_wolf(const pb_patch_set *set, const pb_spread *spread, double *covariance, double *shrinkage)
{
    covariance_job job = {.set = set, .spread = *spread};
    const int64_t dim = set->dim, n_items = (n_rows(set) + NORM_ROWS - 1) / NORM_ROWS;
    PB_TRY(PB_NEW_UNINITIALISED(job.squares, n_rows(set)));
    const pb_status status = pb_parallel_for(n_items, squares_item, &job, NULL);
    if (status == PB_STATUS_OK) {
        double trace = 0;
        for (int64_t i = 0; i < dim; i++)
            trace += spread->covariance[i * dim + i];
        const double mu = trace / (double)dim;
        *shrinkage = shrinkage_of(&job, mu);
        for (int64_t i = 0; i < dim * dim; i++)
            covariance[i] = (1 - *shrinkage) * spread->covariance[i];
        for (int64_t i = 0; i < dim; i++)
            covariance[i * dim + i] += *shrinkage * mu;
    }
    pb_free(job.squares);
    return status;
}
