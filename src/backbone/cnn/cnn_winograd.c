#include "backbone/cnn/cnn_winograd.h"

#include "backbone/cnn/cnn_winograd_kernels.h"
#include "base/memory.h"
#include "base/product.h"

/* Tiles go through in strips. Of a strip all channels are transformed; then, a panel of channels that come out after another, each of the
 * matrices is multiplied and the panel transformed back, so that products never leave the cache. Sums over channels run in order,
 * whatever the strips. */
struct pb_cnn_winograd {
    pb_cnn_winograd_shape shape;
    const pb_cnn_winograd_kernels *kernels;
    int outputs;
    int64_t n_tiles, most_tiles; /* of the map, of a strip */
    int64_t in_stride;           /* floats from one transformed matrix to the next */
    float *kernel;               /* panels x (outputs + 2)^2 x in_channels x the columns of a panel */
};

enum { KERNEL = 3, READING = 16, WIDEST_PANEL = 32, CACHE_LINE = 16, MOST_TILES = 28 };

static int64_t columns(const pb_cnn_winograd_kernels *kernels)
{
    return PB_CNN_WINOGRAD_VECTORS * kernels->lanes;
}

static int64_t n_matrices(const pb_cnn_winograd *w)
{
    return (w->outputs + 2) * (w->outputs + 2);
}

static int64_t tiles_of(int64_t side, int outputs)
{
    const int64_t across = (side + outputs - 1) / outputs;
    return across * across;
}

/* ---- Which way ---- */

int64_t pb_cnn_winograd_lanes(void)
{
    const pb_cnn_winograd_kernels *kernels = pb_cnn_winograd_kernels_get();
    return kernels ? kernels->lanes : 0;
}

/* Each weight of a matrix takes a multiplication a tile, and must be read: as much as READING tiles. Measured with the weights of a whole network,
 * which no cache holds: so few tiles that 4 x 4 outputs would be faster by 3 % only (14 x 14 pixels) go by 2 x 2, for less than half
 * the memory and smaller errors. */
int pb_cnn_winograd_outputs(const pb_cnn_winograd_shape *shape)
{
    if (!pb_cnn_winograd_kernels_get() || shape->in_channels % WIDEST_PANEL || shape->out_channels % WIDEST_PANEL)
        return 0;
    const int64_t four = 36 * (tiles_of(shape->side, 4) + READING), two = 16 * (tiles_of(shape->side, 2) + READING),
                  direct = 9 * (shape->side * shape->side + READING);
    return four <= two && four <= direct ? 4 : two <= direct ? 2 : 0;
}

/* ---- Weights ---- */

/* G of F(2, 3) and of F(4, 3): what a value of a kernel's line counts at each point. */
static void fill_g(int outputs, double g[6][KERNEL])
{
    static const double two[4][KERNEL] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    const double p = (double)PB_CNN_WINOGRAD_P, q = (double)PB_CNN_WINOGRAD_Q;
    const double points[5] = {0, p, -p, q, -q};
    if (outputs == 2) {
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < KERNEL; j++)
                g[i][j] = two[i][j];
        return;
    }
    for (int i = 0; i < 5; i++) {
        double product = 1; /* of the distances to the other points */
        for (int k = 0; k < 5; k++)
            if (k != i)
                product *= points[i] - points[k];
        g[i][0] = 1 / product;
        g[i][1] = points[i] / product;
        g[i][2] = points[i] * points[i] / product;
    }
    g[5][0] = g[5][1] = 0;
    g[5][2] = 1;
}

/* G k G^T of a kernel, n values of a line `step` apart. */
static void transform(double g[6][KERNEL], int n, const float *kernel, int64_t step, float *out)
{
    for (int i = 0; i < n; i++) {
        double line[KERNEL] = {0};
        for (int y = 0; y < KERNEL; y++)
            for (int x = 0; x < KERNEL; x++)
                line[x] += g[i][y] * (double)kernel[y * KERNEL + x];
        for (int j = 0; j < n; j++)
            out[(i * n + j) * step] = (float)(g[j][0] * line[0] + g[j][1] * line[1] + g[j][2] * line[2]);
    }
}

static void pack(const float *kernel, pb_cnn_winograd *w)
{
    const int64_t n_in = w->shape.in_channels, width = columns(w->kernels), panel = n_matrices(w) * n_in * width;
    double g[6][KERNEL] = {0};
    fill_g(w->outputs, g);
    for (int64_t in = 0; in < n_in; in++)
        for (int64_t out = 0; out < w->shape.out_channels; out++)
            transform(g, w->outputs + 2, kernel + (out * n_in + in) * KERNEL * KERNEL, n_in * width,
                      w->kernel + out / width * panel + in * width + out % width);
}

pb_status pb_cnn_winograd_new(const pb_cnn_winograd_shape *shape, int outputs, const float *kernel,
                              pb_cnn_winograd **out)
{
    pb_cnn_winograd *w;
    PB_TRY(PB_NEW(w, 1));
    *w = (pb_cnn_winograd){.shape = *shape, .kernels = pb_cnn_winograd_kernels_get(), .outputs = outputs};
    w->n_tiles = tiles_of(shape->side, outputs);
    const int64_t strips = (w->n_tiles + MOST_TILES - 1) / MOST_TILES;
    w->most_tiles = (w->n_tiles + strips - 1) / strips;
    w->in_stride =
        w->most_tiles * shape->in_channels + CACHE_LINE; /* no power of two: those share few lines of a cache */
    const pb_status status =
        PB_NEW_PRODUCT_UNINITIALISED(w->kernel, n_matrices(w), shape->in_channels, shape->out_channels);
    if (status != PB_STATUS_OK) {
        pb_free(w);
        return status;
    }
    pack(kernel, w);
    *out = w;
    return PB_STATUS_OK;
}

/* ---- Running ---- */

static int64_t out_stride(const pb_cnn_winograd *w)
{
    return w->most_tiles * columns(w->kernels) + CACHE_LINE;
}

size_t pb_cnn_winograd_scratch_bytes(const pb_cnn_winograd *w)
{
    return (size_t)(n_matrices(w) * (w->in_stride + out_stride(w))) * sizeof(float);
}

static void run_strip(const pb_cnn_winograd *w, const pb_cnn_winograd_map *in, const pb_cnn_winograd_finish *finish,
                      int64_t first, int64_t n_tiles, float *scratch)
{
    const int64_t n_groups = w->shape.in_channels / w->kernels->lanes, width = columns(w->kernels);
    const int64_t panels = w->shape.out_channels / width, matrix = w->shape.in_channels * width;
    const float *kernel = w->kernel, *end = kernel + panels * n_matrices(w) * matrix;
    float *products = scratch + n_matrices(w) * w->in_stride;
    w->kernels->gather(in, w->outputs, first, n_tiles, n_groups, scratch, w->in_stride);
    for (int64_t panel = 0; panel < panels; panel++) {
        for (int64_t m = 0; m < n_matrices(w); m++, kernel += matrix) {
            const float *next = kernel + matrix < end ? kernel + matrix : w->kernel; /* of the next strip */
            w->kernels->multiply(scratch + m * w->in_stride, n_tiles, kernel, next, n_groups,
                                 products + m * out_stride(w));
        }
        w->kernels->scatter(finish, w->outputs, first, n_tiles, panel, products, out_stride(w));
    }
}

static pb_cnn_winograd_map describe(const pb_cnn_winograd *w, const float *values, int64_t channels, bool grouped)
{
    const int64_t side = w->shape.side, lanes = w->kernels->lanes;
    return (pb_cnn_winograd_map){values, side, grouped ? lanes : channels, grouped ? side * side * lanes : lanes};
}

void pb_cnn_winograd_run(const pb_cnn_winograd *w, const float *in, bool grouped, const float *shift, float *out,
                         float *scratch)
{
    const pb_cnn_winograd_map from = describe(w, in, w->shape.in_channels, grouped);
    const pb_cnn_winograd_finish finish = {.map = describe(w, out, w->shape.out_channels, grouped),
                                           .values = out,
                                           .shift = shift,
                                           .adds = w->shape.adds,
                                           .relu = w->shape.relu};
    for (int64_t first = 0; first < w->n_tiles; first += w->most_tiles) {
        const int64_t left = w->n_tiles - first;
        run_strip(w, &from, &finish, first, left < w->most_tiles ? left : w->most_tiles, scratch);
    }
}

void pb_cnn_winograd_free(pb_cnn_winograd *w)
{
    if (!w)
        return;
    pb_free(w->kernel);
    pb_free(w);
}
