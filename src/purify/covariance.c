/* Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", as implemented by
 * sklearn.covariance. With centred rows x_r, S = sum x_r x_r' / n and mu = tr S / d:
 *     delta = |S - mu I|^2 / d                          (Frobenius; lemma 2.1 without their 1/d^2)
 *     beta  = (sum_r |x_r|^4 / n - |S|^2) / (n d)       (lemma 3.4)
 *     s     = min(beta, delta) / delta
 * scikit-learn sums <X2', X2> over all channel pairs for the first term of beta; that is sum_r (sum_i x_ri^2)^2, hence
 * the norms to the fourth, and costs n d instead of n d^2.
 * The product is summed in float64: the smallest eigenvalues decide the Mahalanobis distance, and float32 products
 * would perturb them by 1e-7 of the largest. */
#include "purify/covariance.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "purify/tile_f64.h"

enum {
    CHANNELS = 128, /* edge of a work item's square of S */
    ROWS = 128,     /* rows packed at a time: both panels and the square stay in the L2 cache */
    LANES = 8,
    MEAN_CHANNELS = 64,
    NORM_ROWS = 256
};

typedef struct covariance_job {
    const float *rows;
    int64_t n, dim;
    double *mean;       /* dim */
    double *covariance; /* dim x dim */
    double *squares;    /* n: |x_r|^2 */
    double *scratch;    /* 3 squares a worker */
    int64_t n_tiles;    /* of CHANNELS channels */
} covariance_job;

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

static pb_status mean_item(void *context, int64_t item, int worker)
{
    (void)worker;
    const covariance_job *job = context;
    const int64_t first = item * MEAN_CHANNELS;
    const int64_t count = job->dim - first < MEAN_CHANNELS ? job->dim - first : MEAN_CHANNELS;
    double sum[MEAN_CHANNELS] = {0};
    for (int64_t r = 0; r < job->n; r++)
        for (int64_t j = 0; j < count; j++)
            sum[j] += (double)job->rows[r * job->dim + first + j];
    for (int64_t j = 0; j < count; j++)
        job->mean[first + j] = sum[j] / (double)job->n;
    return PB_STATUS_OK;
}

static pb_status squares_item(void *context, int64_t item, int worker)
{
    (void)worker;
    const covariance_job *job = context;
    for (int64_t r = item * NORM_ROWS; r < job->n && r < (item + 1) * NORM_ROWS; r++)
        job->squares[r] = pb_centred_square(job->rows + r * job->dim, job->mean, job->dim);
    return PB_STATUS_OK;
}

/* Centred rows [row, row + count) x channels [channel, channel + CHANNELS) as panels of `width` channels, each count x
 * width; channels beyond dim are 0. */
static void pack(const covariance_job *job, int64_t row, int64_t count, int64_t channel, int64_t width, double *out)
{
    for (int64_t panel = 0; panel < CHANNELS; panel += width)
        for (int64_t r = 0; r < count; r++) {
            const float *from = job->rows + (row + r) * job->dim;
            for (int64_t j = channel + panel; j < channel + panel + width; j++)
                *out++ = j < job->dim ? (double)from[j] - job->mean[j] : 0;
        }
}

static void multiply_panels(int64_t count, const double *a, const double *b, double *square)
{
    for (int64_t j = 0; j < CHANNELS; j += PB_TILE_COLUMNS)
        for (int64_t i = 0; i < CHANNELS; i += PB_TILE_ROWS)
            pb_tile_f64(count, a + i * count, b + j * count, square + i * CHANNELS + j, CHANNELS);
}

/* Item number -> row and column of a tile on or above the diagonal. */
static void tile_of_item(int64_t item, int64_t n_tiles, int64_t *row, int64_t *column)
{
    *row = 0;
    for (int64_t in_row = n_tiles; item >= in_row; in_row--, ++*row)
        item -= in_row;
    *column = *row + item;
}

static pb_status product_item(void *context, int64_t item, int worker)
{
    const covariance_job *job = context;
    double *a = job->scratch + (int64_t)worker * 3 * CHANNELS * CHANNELS;
    double *b = a + ROWS * CHANNELS, *square = b + ROWS * CHANNELS;
    int64_t tile_row, tile_column;
    tile_of_item(item, job->n_tiles, &tile_row, &tile_column);
    memset(square, 0, sizeof *square * CHANNELS * CHANNELS);
    for (int64_t row = 0; row < job->n; row += ROWS) {
        const int64_t count = job->n - row < ROWS ? job->n - row : ROWS;
        pack(job, row, count, tile_row * CHANNELS, PB_TILE_ROWS, a);
        pack(job, row, count, tile_column * CHANNELS, PB_TILE_COLUMNS, b);
        multiply_panels(count, a, b, square);
    }
    for (int64_t i = tile_row * CHANNELS, y = 0; y < CHANNELS && i < job->dim; y++, i++)
        for (int64_t j = tile_column * CHANNELS, x = 0; x < CHANNELS && j < job->dim; x++, j++) {
            const double value = square[y * CHANNELS + x] / (double)job->n;
            job->covariance[i * job->dim + j] = job->covariance[j * job->dim + i] = value;
        }
    return PB_STATUS_OK;
}

static pb_status empirical_covariance(covariance_job *job)
{
    PB_TRY(PB_NEW_UNINITIALISED(job->scratch, (int64_t)pb_threads_get() * 3 * CHANNELS * CHANNELS));
    pb_status status;
    PB_TRY_GOTO(pb_parallel_for((job->dim + MEAN_CHANNELS - 1) / MEAN_CHANNELS, mean_item, job, NULL));
    PB_TRY_GOTO(pb_parallel_for(job->n_tiles * (job->n_tiles + 1) / 2, product_item, job, NULL));
done:
    pb_free(job->scratch);
    return status;
}

static covariance_job make_job(const float *rows, int64_t n, int64_t dim, double *mean, double *covariance)
{
    return (covariance_job){.rows = rows,
                            .n = n,
                            .dim = dim,
                            .mean = mean,
                            .covariance = covariance,
                            .n_tiles = (dim + CHANNELS - 1) / CHANNELS};
}

pb_status pb_covariance(const float *rows, int64_t n, int64_t dim, double *mean, double *covariance)
{
    covariance_job job = make_job(rows, n, dim, mean, covariance);
    return empirical_covariance(&job);
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
    if (job->dim == 1)
        return 0; /* the target is the covariance itself */
    double all, centred, fourth = 0;
    frobenius(job->covariance, job->dim, mu, &all, &centred);
    for (int64_t r = 0; r < job->n; r++)
        fourth += job->squares[r] * job->squares[r];
    const double n = (double)job->n, d = (double)job->dim;
    const double delta = centred / d;
    const double beta = (fourth / n - all) / (n * d);
    if (!(beta > 0) || !(delta > 0)) /* beta: exactly 0 for two points, where rounding may leave less */
        return 0;
    return beta < delta ? beta / delta : 1;
}

static void shrink(double *covariance, int64_t dim, double mu, double shrinkage)
{
    for (int64_t i = 0; i < dim * dim; i++)
        covariance[i] *= 1 - shrinkage;
    for (int64_t i = 0; i < dim; i++)
        covariance[i * dim + i] += shrinkage * mu;
}

pb_status pb_ledoit_wolf(const float *rows, int64_t n, int64_t dim, double *mean, double *covariance, double *shrinkage)
{
    covariance_job job = make_job(rows, n, dim, mean, covariance);
    pb_status status;
    PB_TRY(PB_NEW_UNINITIALISED(job.squares, n));
    PB_TRY_GOTO(empirical_covariance(&job));
    PB_TRY_GOTO(pb_parallel_for((n + NORM_ROWS - 1) / NORM_ROWS, squares_item, &job, NULL));
    double trace = 0;
    for (int64_t i = 0; i < dim; i++)
        trace += covariance[i * dim + i];
    *shrinkage = shrinkage_of(&job, trace / (double)dim);
    shrink(covariance, dim, trace / (double)dim, *shrinkage);
done:
    pb_free(job.squares);
    return status;
}
