#include "backbone/vit/vit_positions.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"

/* ---- Rotary: Heo et al., Rotary Position Embedding for Vision Transformer (2024), with DINOv3's coordinates ---- */

/* Patch centres in [-1, 1]; a quarter of a head's channels turns with y and a quarter with x, the second half of the
 * channels being the partners of the first. Rounded to float where the reference rounds. */
void pb_vit_rotary_tables(const pb_vit_plan *plan, float *cosines, float *sines)
{
    const int64_t quarter = plan->model.head_dim / 4;
    for (int64_t p = 0; p < plan->n_patches; p++) {
        const int64_t cell[2] = {p / plan->grid, p % plan->grid};
        for (int axis = 0; axis < 2; axis++) {
            const float centre = 2.0f * (((float)cell[axis] + 0.5f) / (float)plan->grid) - 1.0f;
            for (int64_t j = 0; j < quarter; j++) {
                const float exponent = (float)(4.0 * (double)j / (double)plan->model.head_dim);
                const float frequency = (float)(1.0 / pow(plan->model.rope_theta, (double)exponent));
                const float angle = (float)(2.0 * M_PI) * centre * frequency;
                const int64_t at = (p * 2 + axis) * quarter + j;
                cosines[at] = cosf(angle);
                sines[at] = sinf(angle);
            }
        }
    }
}

/* ---- Resampling of trained embeddings ---- */

/* Keys, Cubic convolution interpolation for digital image processing (1981), with slope a at 1. */
static double cubic(double x, double a)
{
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

/* Weights of the trained positions for position i of the new grid, as torch.nn.functional.interpolate(mode="bicubic",
 * align_corners=False) has them: 4 neighbours, those beyond an edge taken from the edge. */
static void plain_weights(int64_t trained, int64_t grid, int64_t i, double *weights)
{
    const double x = ((double)i + 0.5) * ((double)trained / (double)grid) - 0.5;
    const int64_t first = (int64_t)floor(x) - 1;
    for (int64_t j = first; j < first + 4; j++) {
        const int64_t inside = j < 0 ? 0 : (j >= trained ? trained - 1 : j);
        weights[inside] += cubic(x - (double)j, -0.75);
    }
}

/* The same with antialias=True: the filter widens with the step, edges are cut off and the weights normalised. */
static void antialiased_weights(int64_t trained, int64_t grid, int64_t i, double *weights)
{
    const double step = (double)trained / (double)grid, widening = step > 1 ? step : 1, support = 2 * widening;
    const double centre = ((double)i + 0.5) * step;
    const double begin = floor(centre - support + 0.5), end = floor(centre + support + 0.5);
    const int64_t first = begin > 0 ? (int64_t)begin : 0, last = end < (double)trained ? (int64_t)end : trained;
    double sum = 0;
    for (int64_t j = first; j < last; j++)
        sum += weights[j] = cubic(((double)j + 0.5 - centre) / widening, -0.5);
    for (int64_t j = first; j < last; j++)
        weights[j] /= sum;
}

static void fill_weights(pb_vit_positions how, int64_t trained, int64_t grid, double *weights)
{
    for (int64_t i = 0; i < grid; i++)
        (how == PB_VIT_POSITIONS_ANTIALIAS ? antialiased_weights : plain_weights)(trained, grid, i,
                                                                                  weights + i * trained);
}

/* out (rows x n) = weights (rows x columns) * values (columns x n). */
static void apply(const double *weights, int64_t rows, int64_t columns, const double *values, int64_t n, double *out)
{
    memset(out, 0, (size_t)(rows * n) * sizeof *out);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            const double weight = weights[i * columns + j];
            for (int64_t c = 0; weight != 0 && c < n; c++)
                out[i * n + c] += weight * values[j * n + c];
        }
}

pb_status pb_vit_positions_resample(pb_vit_positions how, const float *trained_values, int64_t trained, int64_t dim,
                                    int64_t grid, float *out)
{
    double *weights = NULL, *source = NULL, *across = NULL, *down = NULL;
    pb_status status;
    if (trained == grid) {
        memcpy(out, trained_values, (size_t)(grid * grid * dim) * sizeof *out);
        return PB_STATUS_OK;
    }
    PB_TRY_GOTO(PB_NEW_PRODUCT(weights, grid, trained));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(source, trained, trained, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(across, trained, grid, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(down, grid, grid, dim));
    fill_weights(how, trained, grid, weights);
    for (int64_t i = 0; i < trained * trained * dim; i++)
        source[i] = (double)trained_values[i];
    for (int64_t y = 0; y < trained; y++)
        apply(weights, grid, trained, source + y * trained * dim, dim, across + y * grid * dim);
    apply(weights, grid, trained, across, grid * dim, down);
    for (int64_t i = 0; i < grid * grid * dim; i++)
        out[i] = (float)down[i];
done:
    pb_free(weights);
    pb_free(source);
    pb_free(across);
    pb_free(down);
    return status;
}
