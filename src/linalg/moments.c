/* Mean and scatter of each image by itself: what it contributes to the covariance of any set. The scatter is taken around the
 * image's own mean, which needs no set to be known (covariance.c adds what the means are apart).
 * The product is summed in float64: the smallest eigenvalues decide the Mahalanobis distance, and float32 products
 * would perturb them by 1e-7 of the largest. */
#include "linalg/moments.h"

#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "linalg/tile_f64.h"

enum {
    EDGE = PB_SCATTER_EDGE,
    ROWS = PB_SCATTER_EDGE /* packed at a time: both panels and the square stay in the L2 cache */
};

struct pb_moments {
    int64_t n_images, n_patches, dim, n_squares;
    const float *rows; /* while they are computed */
    double *means;     /* n_images x dim */
    double *squares;   /* n_images x n_squares x PB_SCATTER_SQUARE */
    double *scratch;   /* 2 squares a worker, while they are computed */
};

int64_t pb_scatter_squares(int64_t dim)
{
    const int64_t n = (dim + EDGE - 1) / EDGE;
    return n * (n + 1) / 2;
}

void pb_scatter_place(int64_t square, int64_t dim, int64_t *row, int64_t *column)
{
    *row = 0;
    for (int64_t in_row = (dim + EDGE - 1) / EDGE; square >= in_row; in_row--, ++*row)
        square -= in_row;
    *column = *row + square;
}

void pb_image_mean(const float *rows, int64_t n_patches, int64_t dim, double *mean)
{
    memset(mean, 0, (size_t)dim * sizeof *mean);
    for (int64_t p = 0; p < n_patches; p++)
        for (int64_t j = 0; j < dim; j++)
            mean[j] += (double)rows[p * dim + j];
    for (int64_t j = 0; j < dim; j++)
        mean[j] /= (double)n_patches;
}

/* Centred rows [0, count) x channels [channel, channel + EDGE) as panels of `width` channels, each count x width;
 * channels beyond dim are 0. */
static void pack(const float *rows, int64_t count, int64_t dim, const double *mean, int64_t channel, int64_t width,
                 double *out)
{
    for (int64_t panel = 0; panel < EDGE; panel += width)
        for (int64_t r = 0; r < count; r++) {
            const float *from = rows + r * dim;
            for (int64_t j = channel + panel; j < channel + panel + width; j++)
                *out++ = j < dim ? (double)from[j] - mean[j] : 0;
        }
}

static void multiply_panels(int64_t count, const double *a, const double *b, double *out)
{
    for (int64_t j = 0; j < EDGE; j += PB_TILE_COLUMNS)
        for (int64_t i = 0; i < EDGE; i += PB_TILE_ROWS)
            pb_tile_f64(count, a + i * count, b + j * count, out + i * EDGE + j, EDGE);
}

void pb_scatter_compute(const float *rows, int64_t n_patches, int64_t dim, const double *mean, int64_t square,
                        double *scratch, double *out)
{
    double *a = scratch, *b = scratch + PB_SCATTER_SQUARE;
    int64_t row, column;
    pb_scatter_place(square, dim, &row, &column);
    memset(out, 0, PB_SCATTER_SQUARE * sizeof *out);
    for (int64_t p = 0; p < n_patches; p += ROWS) {
        const int64_t count = n_patches - p < ROWS ? n_patches - p : ROWS;
        pack(rows + p * dim, count, dim, mean, row * EDGE, PB_TILE_ROWS, a);
        pack(rows + p * dim, count, dim, mean, column * EDGE, PB_TILE_COLUMNS, b);
        multiply_panels(count, a, b, out);
    }
}

static pb_status mean_item(void *context, int64_t image, int worker)
{
    (void)worker;
    const pb_moments *m = context;
    pb_image_mean(m->rows + image * m->n_patches * m->dim, m->n_patches, m->dim, m->means + image * m->dim);
    return PB_STATUS_OK;
}

static pb_status square_item(void *context, int64_t item, int worker)
{
    const pb_moments *m = context;
    const int64_t image = item / m->n_squares;
    pb_scatter_compute(m->rows + image * m->n_patches * m->dim, m->n_patches, m->dim, m->means + image * m->dim,
                       item % m->n_squares, m->scratch + (int64_t)worker * 2 * PB_SCATTER_SQUARE,
                       m->squares + item * PB_SCATTER_SQUARE);
    return PB_STATUS_OK;
}

static pb_status compute(pb_moments *m)
{
    const int64_t n_items = m->n_images * m->n_squares;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(m->means, m->n_images, m->dim));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(m->squares, n_items, PB_SCATTER_SQUARE));
    PB_TRY(PB_NEW_UNINITIALISED(m->scratch, (int64_t)pb_threads_get() * 2 * PB_SCATTER_SQUARE));
    pb_status status = pb_parallel_for(m->n_images, mean_item, m, NULL);
    if (status == PB_STATUS_OK)
        status = pb_parallel_for(n_items, square_item, m, NULL);
    pb_free(m->scratch);
    m->scratch = NULL;
    m->rows = NULL;
    return status;
}

pb_status pb_moments_new(const float *rows, int64_t n_images, int64_t n_patches, int64_t dim, pb_moments **out)
{
    pb_moments *m;
    PB_TRY(PB_NEW(m, 1));
    *m = (pb_moments){.n_images = n_images, .n_patches = n_patches, .dim = dim, .rows = rows};
    m->n_squares = pb_scatter_squares(dim);
    const pb_status status = compute(m);
    if (status == PB_STATUS_OK)
        *out = m;
    else
        pb_moments_free(m);
    return status;
}

void pb_moments_free(pb_moments *moments)
{
    if (!moments)
        return;
    pb_free(moments->means);
    pb_free(moments->squares);
    pb_free(moments->scratch);
    pb_free(moments);
}

int64_t pb_moments_bytes(int64_t n_images, int64_t dim)
{
    return n_images * (dim + pb_scatter_squares(dim) * PB_SCATTER_SQUARE) * (int64_t)sizeof(double);
}

const double *pb_moments_mean(const pb_moments *moments, int64_t image)
{
    PB_ASSERT(image >= 0 && image < moments->n_images);
    return moments->means + image * moments->dim;
}

const double *pb_moments_square(const pb_moments *moments, int64_t image, int64_t square)
{
    PB_ASSERT(image >= 0 && image < moments->n_images);
    return moments->squares + (image * moments->n_squares + square) * PB_SCATTER_SQUARE;
}
