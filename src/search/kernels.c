#include "search/kernels.h"

#include <float.h>
#include <math.h>

#include "base/clones.h"

/* Independent sums, so that the loops vectorise without leave to reorder additions. */
enum { LANES = 16 };

static double add(const double *lane)
{
    double sum = 0;
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

PB_KERNEL(double, pb_centre_row,
          (const float *row, double factor, const double *centre, double inverse_unit, double *out, int64_t dim),
          (row, factor, centre, inverse_unit, out, dim))
{
    double largest[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++) {
            out[c + l] = ((double)row[c + l] * factor - centre[c + l]) * inverse_unit;
            largest[l] = larger(fabs(out[c + l]), largest[l]);
        }
    for (; c < dim; c++) {
        out[c] = ((double)row[c] * factor - centre[c]) * inverse_unit;
        largest[0] = larger(fabs(out[c]), largest[0]);
    }
    for (int l = 1; l < LANES; l++)
        largest[0] = larger(largest[l], largest[0]);
    return largest[0];
}

PB_KERNEL(double, pb_largest_magnitude, (const double *values, int64_t n), (values, n))
{
    double largest[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            largest[l] = larger(fabs(values[c + l]), largest[l]);
    for (; c < n; c++)
        largest[0] = larger(fabs(values[c]), largest[0]);
    for (int l = 1; l < LANES; l++)
        largest[0] = larger(largest[l], largest[0]);
    return largest[0];
}

PB_KERNEL(double, pb_sum_of_squares, (const float *values, int64_t n), (values, n))
{
    double lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (double)values[c + l] * (double)values[c + l];
    for (; c < n; c++)
        lane[0] += (double)values[c] * (double)values[c];
    return add(lane);
}

/* Fast Walsh-Hadamard transform (Fino and Algazi 1976) of n = 2^m values, scaled to be orthonormal. */
static inline void hadamard(double *v, int64_t n)
{
    for (int64_t half = 1; half < n; half *= 2)
        for (int64_t i = 0; i < n; i += 2 * half)
            for (int64_t j = i; j < i + half; j++) {
                const double a = v[j], b = v[j + half];
                v[j] = a + b;
                v[j + half] = a - b;
            }
    const double scale = 1 / sqrt((double)n);
    for (int64_t i = 0; i < n; i++)
        v[i] *= scale;
}

PB_KERNEL(double, pb_rotate, (double *values, int64_t dim), (values, dim))
{
    const int64_t n = dim & -dim;
    double largest = 0;
    for (int64_t c = 0; c < dim; c += n)
        hadamard(values + c, n);
    for (int64_t c = 0; c < dim; c++)
        largest = larger(fabs(values[c]), largest);
    return largest;
}

static inline void round_to_float(double value, float *out, double *square, double *lost)
{
    *out = (float)value;
    const double rounded = (double)*out, residual = value - rounded;
    *square += rounded * rounded;
    *lost += residual * residual;
}

PB_KERNEL(pb_rounding, pb_round_to_float, (const double *restrict values, float *restrict out, int64_t dim),
          (values, out, dim))
{
    double square[LANES] = {0}, lost[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++)
            round_to_float(values[c + l], &out[c + l], &square[l], &lost[l]);
    for (; c < dim; c++)
        round_to_float(values[c], &out[c], &square[0], &lost[0]);
    return (pb_rounding){add(square), add(lost)};
}

PB_KERNEL(pb_rounding, pb_centre_to_float,
          (const float *restrict row, double factor, const double *restrict centre, double inverse_unit,
           float *restrict out, int64_t dim, double *largest),
          (row, factor, centre, inverse_unit, out, dim, largest))
{
    double square[LANES] = {0}, lost[LANES] = {0}, most[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++) {
            const double value = ((double)row[c + l] * factor - centre[c + l]) * inverse_unit;
            most[l] = larger(fabs(value), most[l]);
            round_to_float(value, &out[c + l], &square[l], &lost[l]);
        }
    for (; c < dim; c++) {
        const double value = ((double)row[c] * factor - centre[c]) * inverse_unit;
        most[0] = larger(fabs(value), most[0]);
        round_to_float(value, &out[c], &square[0], &lost[0]);
    }
    for (int l = 1; l < LANES; l++)
        most[0] = larger(most[l], most[0]);
    *largest = most[0];
    return (pb_rounding){add(square), add(lost)};
}

static inline float larger_float(float a, float b)
{
    return a > b ? a : b;
}

PB_KERNEL(double, pb_centre_floats,
          (const float *restrict row, const float *restrict centre, float inverse_unit, float *restrict out,
           int64_t dim, float *largest),
          (row, centre, inverse_unit, out, dim, largest))
{
    double square[LANES] = {0};
    float most[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++) {
            const float value = (row[c + l] - centre[c + l]) * inverse_unit;
            out[c + l] = value;
            most[l] = larger_float(fabsf(value), most[l]);
            square[l] += (double)value * (double)value;
        }
    for (; c < dim; c++) {
        out[c] = (row[c] - centre[c]) * inverse_unit;
        most[0] = larger_float(fabsf(out[c]), most[0]);
        square[0] += (double)out[c] * (double)out[c];
    }
    for (int l = 1; l < LANES; l++)
        most[0] = larger_float(most[l], most[0]);
    *largest = most[0];
    return add(square);
}

static inline double round_to_byte(double value, double inverse, double scale, int bias, uint8_t *out, double *lost)
{
    const int32_t biased = (int32_t)(value * inverse + ((double)bias + 0.5)); /* above 0: truncation rounds */
    *out = (uint8_t)biased;
    const double integer = (double)(biased - bias), residual = value - scale * integer;
    *lost += residual * residual;
    return integer;
}

PB_KERNEL(pb_rounding, pb_round_to_bytes,
          (const double *restrict values, double scale, int bias, uint8_t *restrict out, int64_t dim, int64_t *sum),
          (values, scale, bias, out, dim, sum))
{
    const double inverse = scale > 0 ? 1 / scale : 0;
    double square[LANES] = {0}, lost[LANES] = {0}, total[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++) {
            const double integer = round_to_byte(values[c + l], inverse, scale, bias, &out[c + l], &lost[l]);
            total[l] += integer;
            square[l] += integer * integer;
        }
    for (; c < dim; c++) {
        const double integer = round_to_byte(values[c], inverse, scale, bias, &out[c], &lost[0]);
        total[0] += integer;
        square[0] += integer * integer;
    }
    *sum = (int64_t)add(total);
    return (pb_rounding){add(square) * scale * scale, add(lost)};
}

PB_KERNEL(float, pb_largest_float, (const float *row, int64_t n), (row, n))
{
    float largest[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            largest[l] = larger_float(fabsf(row[c + l]), largest[l]);
    for (; c < n; c++)
        largest[0] = larger_float(fabsf(row[c]), largest[0]);
    for (int l = 1; l < LANES; l++)
        largest[0] = larger_float(largest[l], largest[0]);
    return largest[0];
}

static inline int32_t round_value(float value, float inverse, float scale, int8_t *out, float *lost)
{
    const int32_t integer = (int32_t)(value * inverse + 128.5F) - 128; /* of a positive number: truncation rounds */
    const float residual = value - scale * (float)integer;
    *out = (int8_t)integer;
    *lost += residual * residual;
    return integer * integer;
}

PB_KERNEL(pb_byte_rounding, pb_round_to_signed,
          (const float *restrict row, float scale, int8_t *restrict out, int64_t n), (row, scale, out, n))
{
    const float inverse = scale > 0 ? 1 / scale : 0;
    float lost[LANES] = {0};
    int32_t square[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            square[l] += round_value(row[c + l], inverse, scale, &out[c + l], &lost[l]);
    for (; c < n; c++)
        square[0] += round_value(row[c], inverse, scale, &out[c], &lost[0]);
    for (int l = 1; l < LANES; l++) {
        square[0] += square[l];
        lost[0] += lost[l];
    }
    return (pb_byte_rounding){lost[0], square[0]};
}

PB_KERNEL(void, pb_bytes_to_signed, (const uint8_t *bytes, int bias, int8_t *out, int64_t n), (bytes, bias, out, n))
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (int8_t)(bytes[i] - bias);
}

PB_KERNEL(void, pb_scale_products,
          (const int32_t *restrict raw, const int32_t *restrict shift, const float *restrict scale, float row_scale,
           float *restrict out, int64_t n),
          (raw, shift, scale, row_scale, out, n))
{
    for (int64_t j = 0; j < n; j++)
        out[j] = (float)(raw[j] - shift[j]) * (scale[j] * row_scale);
}

PB_KERNEL(void, pb_score_floats,
          (const float *restrict product, const float *restrict half_square, float *restrict out, int64_t n),
          (product, half_square, out, n))
{
    for (int64_t j = 0; j < n; j++)
        out[j] = product[j] - half_square[j];
}

PB_KERNEL(void, pb_score_bytes,
          (const int32_t *restrict raw, const int32_t *restrict shift, const float *restrict scale, float row_scale,
           const float *restrict half_square, float *restrict out, int64_t n),
          (raw, shift, scale, row_scale, half_square, out, n))
{
    for (int64_t j = 0; j < n; j++)
        out[j] = (float)(raw[j] - shift[j]) * (scale[j] * row_scale) - half_square[j];
}

PB_KERNEL(double, pb_take_out,
          (const double *restrict before, const float *restrict gram, double *restrict row, int64_t n),
          (before, gram, row, n))
{
    double lane[LANES] = {0}, dot = 0;
    int64_t j = 0;
    for (; j + LANES <= n; j += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += before[j + l] * (double)gram[j + l];
    for (; j < n; j++)
        dot += before[j] * (double)gram[j];
    for (int l = 0; l < LANES; l++)
        dot += lane[l];
    for (j = 0; j < n; j++)
        row[j] -= dot * before[j];
    return dot * dot;
}

PB_KERNEL(int64_t, pb_rows_within,
          (const float *restrict channels, int64_t n, const float *restrict centre, int64_t dim,
           const float *restrict limit, int32_t *restrict out),
          (channels, n, centre, dim, limit, out))
{
    int64_t n_out = 0;
    for (int64_t first = 0; first < n; first += PB_ROWS_AT_ONCE) {
        float sum[PB_ROWS_AT_ONCE] = {0};
        int32_t n_within = 0;
        for (int64_t c = 0; c < dim; c++)
            for (int l = 0; l < PB_ROWS_AT_ONCE; l++) {
                const float difference = channels[c * n + first + l] - centre[c];
                sum[l] += difference * difference;
            }
        for (int l = 0; l < PB_ROWS_AT_ONCE; l++)
            sum[l] = sum[l] < FLT_MAX ? sum[l] : FLT_MAX;
        for (int l = 0; l < PB_ROWS_AT_ONCE; l++)
            n_within += sum[l] <= limit[first + l];
        for (int l = 0; n_within > 0 && l < PB_ROWS_AT_ONCE; l++)
            if (sum[l] <= limit[first + l])
                out[n_out++] = (int32_t)first + l;
    }
    return n_out;
}
