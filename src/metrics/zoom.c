/* After NI_ZoomShift in SciPy's ni_interpolation.c: output i reads the input at i * (n_in - 1) / (n_out - 1),
 * so that corners map to corners. Where that product rounds to just beyond the last sample SciPy's default
 * mode "constant" yields 0, a known flaw of the function; the published pixel metrics contain it, hence so
 * does this. */
#include "metrics/zoom.h"

#include <math.h>

#include "base/memory.h"

/* Where one output row or column reads. */
typedef struct tap {
    int32_t first, second, nearest; /* input indices; first = -1: outside */
    double weight_first, weight_second;
} tap;

static pb_status make_taps(int32_t n_in, int32_t n_out, tap **out)
{
    tap *taps;
    PB_TRY(PB_NEW(taps, n_out));
    const double step = n_out > 1 ? (double)(n_in - 1) / (double)(n_out - 1) : 1.0;
    for (int32_t i = 0; i < n_out; i++) {
        const double x = (double)i * step;
        if (x > (double)(n_in - 1)) {
            taps[i].first = -1;
            continue;
        }
        const int32_t first = (int32_t)floor(x);
        taps[i].first = first;
        taps[i].second = first + 1 < n_in ? first + 1 : first; /* weight 0 at the end */
        taps[i].nearest = (int32_t)floor(x + 0.5);
        taps[i].weight_first = 1.0 - (x - (double)first);
        taps[i].weight_second = 1.0 - taps[i].weight_first;
    }
    *out = taps;
    return PB_STATUS_OK;
}

static float interpolate(const float *in, int32_t width, const tap *y, const tap *x)
{
    const float *top = in + (int64_t)y->first * width, *bottom = in + (int64_t)y->second * width;
    double sum = (double)top[x->first] * y->weight_first * x->weight_first;
    sum += (double)top[x->second] * y->weight_first * x->weight_second;
    sum += (double)bottom[x->first] * y->weight_second * x->weight_first;
    sum += (double)bottom[x->second] * y->weight_second * x->weight_second;
    return (float)sum;
}

static pb_status make_both_taps(int32_t in_height, int32_t in_width, int32_t out_height, int32_t out_width, tap **rows,
                                tap **columns)
{
    PB_TRY(make_taps(in_height, out_height, rows));
    const pb_status status = make_taps(in_width, out_width, columns);
    if (status != PB_STATUS_OK)
        pb_free(*rows);
    return status;
}

pb_status pb_zoom_linear(const float *in, int32_t in_height, int32_t in_width, float *out, int32_t out_height,
                         int32_t out_width)
{
    tap *rows, *columns;
    PB_TRY(make_both_taps(in_height, in_width, out_height, out_width, &rows, &columns));
    for (int32_t y = 0; y < out_height; y++)
        for (int32_t x = 0; x < out_width; x++) {
            const int outside = rows[y].first < 0 || columns[x].first < 0;
            out[(int64_t)y * out_width + x] = outside ? 0 : interpolate(in, in_width, &rows[y], &columns[x]);
        }
    pb_free(rows);
    pb_free(columns);
    return PB_STATUS_OK;
}

pb_status pb_zoom_nearest(const uint8_t *in, int32_t in_height, int32_t in_width, uint8_t *out, int32_t out_height,
                          int32_t out_width)
{
    tap *rows, *columns;
    PB_TRY(make_both_taps(in_height, in_width, out_height, out_width, &rows, &columns));
    for (int32_t y = 0; y < out_height; y++)
        for (int32_t x = 0; x < out_width; x++) {
            const int outside = rows[y].first < 0 || columns[x].first < 0;
            const int64_t source = (int64_t)rows[y].nearest * in_width + columns[x].nearest;
            out[(int64_t)y * out_width + x] = outside ? 0 : in[source];
        }
    pb_free(rows);
    pb_free(columns);
    return PB_STATUS_OK;
}
