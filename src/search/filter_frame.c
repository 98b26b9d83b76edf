/* How the filter works on the rows at hand: where they are centred, in which unit they are counted, and by how much of them
 * it judges, which a probe of the rows and a model of the costs decide. Nothing here can change a result. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "search/distance.h"
#include "search/filter.h"
#include "search/kernels.h"
#include "search/probe.h"

enum {
    CENTRE_SAMPLE = 31, /* rows whose median is the centre: the median, so that outliers do not move it */
    AXES_SHARE = 8,     /* one row in so many is taken for the principal axes, */
    AXES_LEAST = 1024,
    AXES_MOST = 4096,
    CONTRACTION_MIN_DIM = 64,
    CONTRACTION_MIN_ROWS = 1024,
    ROWS_PER_AXIS = 40,
    BYTES_MIN_DIM = 24, /* below, reading the products costs more than computing them */
    BYTES_MOST_ROWS = 50000,
    BESIDE_BYTES = 128, /* coordinates: bytes tell more than further ones would, and these take long to make */
    FAR_EXPONENT = 30   /* rows beyond 2^30 units are not rounded */
};

static double inverse_norm(const pb_frame *frame, const float *row)
{
    if (frame->metric == PB_METRIC_EUCLIDEAN)
        return 1;
    const double square = pb_dot(row, row, frame->dim);
    return square > 0 ? 1 / sqrt(square) : 0;
}

static double median(double *values, int n)
{
    for (int i = 1; i < n; i++) {
        const double moving = values[i];
        int at = i;
        for (; at > 0 && values[at - 1] > moving; at--)
            values[at] = values[at - 1];
        values[at] = moving;
    }
    return values[n / 2];
}

static const float *sample_row(const float *rows, int64_t n, int64_t dim, int64_t i, int64_t samples)
{
    return rows + (i * n / samples) * dim;
}

static void choose_centre(pb_frame *frame, const float *rows, int64_t n)
{
    const int samples = n < CENTRE_SAMPLE ? (int)n : CENTRE_SAMPLE;
    const float *sample[CENTRE_SAMPLE];
    double inverse[CENTRE_SAMPLE], values[CENTRE_SAMPLE];
    for (int i = 0; i < samples; i++) {
        sample[i] = sample_row(rows, n, frame->dim, i, samples);
        inverse[i] = inverse_norm(frame, sample[i]);
    }
    for (int64_t c = 0; c < frame->dim; c++) {
        for (int i = 0; i < samples; i++)
            values[i] = (double)sample[i][c] * inverse[i];
        frame->centre[c] = median(values, samples);
    }
}

/* The unit makes typical values about 1, so that float32 products neither over- nor underflow. */
static void choose_unit(pb_frame *frame, const float *rows, int64_t n, double *scratch)
{
    const int samples = n < CENTRE_SAMPLE ? (int)n : CENTRE_SAMPLE;
    double largest[CENTRE_SAMPLE] = {0}, all = 0;
    for (int i = 0; i < samples; i++) {
        const float *row = sample_row(rows, n, frame->dim, i, samples);
        largest[i] = pb_centre_row(row, inverse_norm(frame, row), frame->centre, 1, scratch, frame->dim);
        all = fmax(all, largest[i]);
    }
    const double typical = median(largest, samples);
    frame->exponent = all > 0 ? ilogb(typical > 0 ? typical : all) + 1 : 0;
    frame->inverse_unit = ldexp(1, -frame->exponent);
}

bool pb_frame_centre_row(const pb_frame *frame, const float *row, double *out)
{
    const double largest =
        pb_centre_row(row, inverse_norm(frame, row), frame->centre, ldexp(1, -frame->exponent), out, frame->dim);
    const bool far = largest > ldexp(1, FAR_EXPONENT) / sqrt((double)frame->dim);
    if (far)
        memset(out, 0, (size_t)frame->dim * sizeof *out);
    return far;
}

/* In float32, with a bound of what that loses in place of what it loses: both are far below what else is lost. */
static pb_rounding centre_floats(const pb_frame *frame, const float *row, float *out, double *largest)
{
    float most;
    const double square =
        pb_centre_floats(row, frame->float_centre, (float)frame->inverse_unit, out, frame->dim, &most);
    *largest = (double)most;
    return (pb_rounding){square, square * (0x1p-48 * (1 + 0x1p-20)) + (double)frame->dim * 0x1p-248};
}

bool pb_frame_round_row(const pb_frame *frame, const float *row, float *out, pb_rounding *rounding)
{
    double largest;
    *rounding = frame->float_centre ? centre_floats(frame, row, out, &largest)
                                    : pb_centre_to_float(row, inverse_norm(frame, row), frame->centre,
                                                         ldexp(1, -frame->exponent), out, frame->dim, &largest);
    const bool far = largest > ldexp(1, FAR_EXPONENT) / sqrt((double)frame->dim);
    if (far) {
        memset(out, 0, (size_t)frame->dim * sizeof *out);
        *rounding = (pb_rounding){0};
    }
    return far;
}

/* Centred rows for the axes. Few huge ones would leave nothing for the others: they are shortened to some multiple of the
 * median's norm. */
static pb_status axes_sample(const pb_frame *frame, const float *rows, int64_t n, int64_t samples, float *out)
{
    static const double longest = 4;
    const int64_t dim = frame->dim;
    double *norms, typical[CENTRE_SAMPLE];
    PB_TRY(PB_NEW(norms, samples));
    for (int64_t i = 0; i < samples; i++) {
        pb_rounding rounding;
        (void)pb_frame_round_row(frame, sample_row(rows, n, dim, i, samples), out + i * dim, &rounding);
        norms[i] = sqrt(rounding.square);
    }
    for (int64_t i = 0; i < CENTRE_SAMPLE; i++)
        typical[i] = norms[i * samples / CENTRE_SAMPLE];
    const double limit = longest * median(typical, CENTRE_SAMPLE);
    for (int64_t i = 0; i < samples; i++)
        for (int64_t c = 0; norms[i] > limit && c < dim; c++)
            out[i * dim + c] = (float)((double)out[i * dim + c] * (limit / norms[i]));
    pb_free(norms);
    return PB_STATUS_OK;
}

static pb_status make_contraction(pb_frame *frame, const float *rows, int64_t n, int64_t wanted)
{
    const int64_t share = n / AXES_SHARE < AXES_MOST ? n / AXES_SHARE : AXES_MOST;
    const int64_t wanted_rows = share > AXES_LEAST ? share : AXES_LEAST, samples = n < wanted_rows ? n : wanted_rows;
    float *sample;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(sample, samples, frame->dim));
    pb_status status = axes_sample(frame, rows, n, samples, sample);
    if (status == PB_STATUS_OK)
        status = pb_contraction_new(sample, samples, frame->dim, wanted, &frame->contraction);
    pb_free(sample);
    return status;
}

static void drop_contraction(pb_frame *frame)
{
    pb_contraction_free(frame->contraction);
    frame->contraction = NULL;
}

pb_status pb_frame_has(pb_precision precision, int64_t columns, bool *out)
{
    pb_product *product;
    *out = precision == PB_PRECISION_F32;
    if (*out || columns > PB_BYTES_MAX_DIM)
        return PB_STATUS_OK;
    PB_TRY(pb_product_new((pb_product_shape){64, 64, columns, precision}, NULL, &product));
    *out = pb_product_pays(product);
    pb_product_free(product);
    return PB_STATUS_OK;
}

pb_status pb_frame_bytes(int64_t columns, pb_precision *out)
{
    static const pb_precision best_first[] = {PB_PRECISION_INT8, PB_PRECISION_INT7};
    *out = PB_PRECISION_F32;
    for (size_t i = 0; i < sizeof best_first / sizeof *best_first && *out == PB_PRECISION_F32; i++) {
        bool available;
        PB_TRY(pb_frame_has(best_first[i], columns, &available));
        if (available)
            *out = best_first[i];
    }
    return PB_STATUS_OK;
}

/* Sizes of a plan as the contraction can have them. */
static pb_status use_sizes(pb_frame *frame, int64_t coarse, int64_t fine, bool fine_bytes)
{
    if (!frame->contraction || coarse == 0) {
        drop_contraction(frame);
        return PB_STATUS_OK;
    }
    const int64_t size = pb_contraction_size(frame->contraction);
    frame->columns = coarse < size ? coarse : size;
    frame->fine = fine < size ? fine : size;
    if (frame->fine <= frame->columns)
        frame->fine = 0;
    frame->fine_bytes = fine_bytes && frame->fine > 0;
    return pb_contraction_settle(frame->contraction, frame->fine > 0 ? frame->fine : frame->columns);
}

/* What was asked for, as far as this CPU and these rows have it. */
static pb_status follow(pb_frame *frame, const float *rows, int64_t n, const pb_filter_plan *plan)
{
    const int64_t wanted = plan->fine > plan->coarse ? plan->fine : plan->coarse;
    bool available = false;
    PB_ASSERT(plan->coarse == 0 || (plan->coarse >= 2 && wanted <= PB_CONTRACTION_MAX_SIZE));
    memcpy(frame->fault, plan->fault, sizeof frame->fault);
    if (plan->coarse > 0)
        PB_TRY(make_contraction(frame, rows, n, wanted));
    PB_TRY(use_sizes(frame, plan->coarse, plan->fine, plan->fine_bytes));
    PB_TRY(pb_frame_has(plan->precision, frame->columns, &available));
    frame->precision = available ? plan->precision : PB_PRECISION_F32;
    return frame->precision == PB_PRECISION_F32 ? PB_STATUS_OK : pb_probe_rotation(frame, rows, n, &frame->rotated);
}

/* Coordinates for which axes are made: at most as many as stay below a third of the rows' own memory, and as few rows can pay
 * for. */
static int64_t largest_contraction(const pb_frame *frame, int64_t n)
{
    if (n < CONTRACTION_MIN_ROWS || frame->dim < CONTRACTION_MIN_DIM || frame->dim > PB_CONTRACTION_MAX_DIM)
        return 0;
    const int64_t small = frame->dim / 4 / 16 * 16, paid = n / ROWS_PER_AXIS / 16 * 16;
    const int64_t most = small < paid ? small : paid;
    if (pb_frame_has_room_for_bytes(frame, n))
        return most < BESIDE_BYTES ? most : BESIDE_BYTES;
    return most < PB_CONTRACTION_MAX_SIZE ? most : PB_CONTRACTION_MAX_SIZE;
}

static pb_status choose(pb_frame *frame, const float *rows, int64_t n)
{
    const int64_t wanted = largest_contraction(frame, n);
    pb_choice choice;
    pb_precision bytes = PB_PRECISION_F32;
    if (frame->dim >= BYTES_MIN_DIM && n >= PB_PROBE_MIN_ROWS)
        PB_TRY(pb_frame_bytes(frame->dim, &bytes));
    if (wanted > 0)
        PB_TRY(make_contraction(frame, rows, n, wanted));
    PB_TRY(pb_probe_choose(frame, rows, n, bytes, &choice));
    PB_TRY(use_sizes(frame, choice.coarse, choice.fine, choice.fine_bytes));
    frame->spare_bytes = !choice.bytes;
    frame->precision = choice.precision;
    frame->rotated = choice.rotated;
    return PB_STATUS_OK;
}

pb_status pb_frame_use_floats(pb_frame *frame)
{
    enum { MOST_EXPONENT = 100 };
    bool exact = frame->metric == PB_METRIC_EUCLIDEAN && abs(frame->exponent) <= MOST_EXPONENT;
    for (int64_t c = 0; exact && c < frame->dim; c++)
        exact = frame->centre[c] == (double)(float)frame->centre[c];
    if (!exact)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_UNINITIALISED(frame->float_centre, frame->dim));
    for (int64_t c = 0; c < frame->dim; c++)
        frame->float_centre[c] = (float)frame->centre[c];
    return PB_STATUS_OK;
}

static pb_status make_frame(pb_frame *frame, const float *rows, int64_t n, const pb_filter_plan *plan)
{
    double *scratch;
    PB_TRY(PB_NEW(frame->centre, frame->dim));
    PB_TRY(PB_NEW(scratch, frame->dim));
    choose_centre(frame, rows, n);
    choose_unit(frame, rows, n, scratch);
    pb_free(scratch);
    PB_TRY(pb_frame_use_floats(frame));
    return plan ? follow(frame, rows, n, plan) : choose(frame, rows, n);
}

pb_status pb_frame_init(pb_frame *frame, const float *rows, int64_t n, int64_t dim, pb_metric metric,
                        const pb_filter_plan *plan)
{
    *frame = (pb_frame){.dim = dim, .columns = dim, .metric = metric};
    const pb_status status = make_frame(frame, rows, n, plan);
    if (status != PB_STATUS_OK)
        pb_frame_clear(frame);
    return status;
}

bool pb_frame_has_room_for_bytes(const pb_frame *frame, int64_t n)
{
    return n < BYTES_MOST_ROWS && frame->dim <= PB_BYTES_MAX_DIM;
}

void pb_frame_keep_bytes(pb_frame *frame, int64_t n)
{
    const bool finer = frame->contraction || frame->precision == PB_PRECISION_INT7; /* than the products */
    frame->bytes = finer && !frame->spare_bytes && pb_frame_has_room_for_bytes(frame, n);
}

void pb_frame_clear(pb_frame *frame)
{
    drop_contraction(frame);
    pb_free(frame->centre);
    pb_free(frame->float_centre);
    frame->centre = NULL;
    frame->float_centre = NULL;
}

pb_filter_plan pb_frame_plan(const pb_frame *frame)
{
    return (pb_filter_plan){.precision = frame->precision,
                            .coarse = frame->contraction ? frame->columns : 0,
                            .fine = frame->fine,
                            .fine_bytes = frame->fine_bytes};
}
