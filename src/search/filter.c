#include "search/filter.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/finite.h"
#include "search/distance.h"
#include "search/kernels.h"

enum {
    CENTRE_SAMPLE = 31,     /* rows whose median is the centre: the median, so that outliers do not move it */
    PROBE_QUERIES = 24,     /* rows tried when the precision is chosen ... */
    PROBE_ROWS = 256,       /* ... against this many others */
    INT8_MIN_DIM = 24,      /* below, reading the products costs more than computing them */
    INT8_MAX_DIM = 1 << 16, /* 255 * 127 * dim fits int32 */
    FAR_EXPONENT = 30       /* rows beyond 2^30 units are not rounded */
};

/* An exact distance costs about as much as the products of 14 rows in int8 instead of float32. */
static const double int8_max_share = 1.0 / 14;

/* A rotation has to pay for itself: channels of similar size gain nothing. */
static const double rotation_gain = 0.75;

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
    double largest[CENTRE_SAMPLE], all = 0;
    for (int i = 0; i < samples; i++) {
        const float *row = sample_row(rows, n, frame->dim, i, samples);
        largest[i] = pb_centre_row(row, inverse_norm(frame, row), frame->centre, 1, scratch, frame->dim);
        all = fmax(all, largest[i]);
    }
    const double typical = median(largest, samples);
    frame->exponent = all > 0 ? ilogb(typical > 0 ? typical : all) + 1 : 0;
}

/* A sample on which the int8 filter is tried before it is used. */
typedef struct probe {
    int64_t n_rows, n_queries;
    const float *row[PROBE_ROWS];
    int64_t query[PROBE_QUERIES]; /* numbers of rows */
    double distance[PROBE_QUERIES][PROBE_ROWS];
    double nearest[PROBE_QUERIES];
} probe;

static double euclidean_distance(const pb_frame *frame, const float *a, const float *b)
{
    const double distance = pb_index_distance(a, b, frame->dim, frame->metric);
    return frame->metric == PB_METRIC_COSINE ? sqrt(2 * distance) : distance;
}

static void probe_fill(probe *p, const pb_frame *frame, const float *rows, int64_t n)
{
    p->n_rows = n < PROBE_ROWS ? n : PROBE_ROWS;
    p->n_queries = n < PROBE_QUERIES ? n : PROBE_QUERIES;
    for (int64_t i = 0; i < p->n_rows; i++)
        p->row[i] = sample_row(rows, n, frame->dim, i, p->n_rows);
    for (int64_t q = 0; q < p->n_queries; q++) {
        p->query[q] = q * p->n_rows / p->n_queries;
        p->nearest[q] = (double)INFINITY;
        for (int64_t i = 0; i < p->n_rows; i++) {
            p->distance[q][i] = euclidean_distance(frame, p->row[p->query[q]], p->row[i]);
            if (i != p->query[q])
                p->nearest[q] = fmin(p->nearest[q], p->distance[q][i]);
        }
    }
}

/* Share of the rows that int8 lets through: those whose lower bound is below the distance of the nearest. */
static pb_status probe_share(const probe *p, const pb_frame *frame, bool rotated, double *scratch, double *out)
{
    pb_frame trial = *frame;
    trial.precision = PB_PRECISION_INT8;
    trial.rotated = rotated;
    pb_rounded rounded;
    double lost[PROBE_ROWS];
    PB_TRY(pb_rounded_init(&rounded, &trial, 1));
    for (int64_t i = 0; i < p->n_rows; i++) {
        pb_rounded_fill(&rounded, &trial, p->row[i], 1, scratch);
        lost[i] = ldexp(rounded.lost[0], trial.exponent);
    }
    pb_rounded_clear(&rounded);
    int64_t passed = 0;
    for (int64_t q = 0; q < p->n_queries; q++)
        for (int64_t i = 0; i < p->n_rows; i++)
            passed += i != p->query[q] && p->distance[q][i] - lost[i] - lost[p->query[q]] <= p->nearest[q];
    *out = (double)passed / (double)(p->n_queries * p->n_rows);
    return PB_STATUS_OK;
}

static pb_status int8_shares(const pb_frame *frame, const float *rows, int64_t n, double *scratch, double *plain,
                             double *rotated)
{
    probe *p;
    PB_TRY(PB_NEW(p, 1));
    probe_fill(p, frame, rows, n);
    pb_status status = probe_share(p, frame, false, scratch, plain);
    if (status == PB_STATUS_OK)
        status = probe_share(p, frame, true, scratch, rotated);
    pb_free(p);
    return status;
}

static pb_status has_exact_int8(int64_t dim, bool *out)
{
    pb_product *product;
    *out = false;
    if (dim > INT8_MAX_DIM)
        return PB_STATUS_OK;
    PB_TRY(pb_product_new((pb_product_shape){64, 64, dim, PB_PRECISION_INT8}, NULL, &product));
    *out = pb_product_is_exact_int8(product);
    pb_product_free(product);
    return PB_STATUS_OK;
}

static pb_status choose_precision(pb_frame *frame, const float *rows, int64_t n, const pb_precision *wanted,
                                  double *scratch)
{
    frame->precision = PB_PRECISION_F32;
    if (wanted ? *wanted == PB_PRECISION_F32 : frame->dim < INT8_MIN_DIM || n < PROBE_ROWS)
        return PB_STATUS_OK;
    bool available;
    PB_TRY(has_exact_int8(frame->dim, &available));
    if (!available)
        return PB_STATUS_OK;
    double plain, rotated;
    PB_TRY(int8_shares(frame, rows, n, scratch, &plain, &rotated));
    if (wanted || fmin(plain, rotated) <= int8_max_share) {
        frame->precision = PB_PRECISION_INT8;
        frame->rotated = rotated < rotation_gain * plain;
    }
    return PB_STATUS_OK;
}

pb_status pb_frame_init(pb_frame *frame, const float *rows, int64_t n, int64_t dim, pb_metric metric,
                        const pb_precision *precision)
{
    double *scratch = NULL;
    *frame = (pb_frame){.dim = dim, .metric = metric};
    pb_status status = PB_NEW(frame->centre, dim);
    if (status == PB_STATUS_OK)
        status = PB_NEW(scratch, dim);
    if (status == PB_STATUS_OK) {
        choose_centre(frame, rows, n);
        choose_unit(frame, rows, n, scratch);
        status = choose_precision(frame, rows, n, precision, scratch);
    }
    pb_free(scratch);
    if (status != PB_STATUS_OK)
        pb_frame_clear(frame);
    return status;
}

void pb_frame_clear(pb_frame *frame)
{
    pb_free(frame->centre);
    frame->centre = NULL;
}

static pb_status allocate_rounded(pb_rounded *rounded, const pb_frame *frame, int64_t capacity)
{
    int64_t bytes;
    PB_TRY(pb_size_multiply(capacity, frame->dim * pb_frame_value_bytes(frame), "rounded rows", &bytes));
    char *values;
    PB_TRY(PB_NEW(values, bytes));
    rounded->values = values;
    PB_TRY(PB_NEW(rounded->scale, capacity));
    PB_TRY(PB_NEW(rounded->shift, capacity));
    PB_TRY(PB_NEW(rounded->half_square, capacity));
    PB_TRY(PB_NEW(rounded->norm, capacity));
    return PB_NEW(rounded->lost, capacity);
}

pb_status pb_rounded_init(pb_rounded *rounded, const pb_frame *frame, int64_t capacity)
{
    *rounded = (pb_rounded){.capacity = capacity};
    const pb_status status = allocate_rounded(rounded, frame, capacity);
    if (status != PB_STATUS_OK)
        pb_rounded_clear(rounded);
    return status;
}

void pb_rounded_clear(pb_rounded *rounded)
{
    pb_free(rounded->values);
    pb_free(rounded->packed);
    pb_free(rounded->scale);
    pb_free(rounded->shift);
    pb_free(rounded->half_square);
    pb_free(rounded->norm);
    pb_free(rounded->lost);
    *rounded = (pb_rounded){0};
}

/* A scale that maps `largest` to 127. 0 where the product of two might underflow: the row then rounds to the centre. */
static float int8_scale(double largest)
{
    const double scale = largest / 127;
    return scale > 0x1p-60 ? (float)scale : 0;
}

static pb_rounding round_values(pb_rounded *rounded, const pb_frame *frame, int64_t i, double largest,
                                const double *centred)
{
    if (frame->precision == PB_PRECISION_F32)
        return pb_round_to_float(centred, (float *)rounded->values + i * frame->dim, frame->dim);
    int64_t sum;
    rounded->scale[i] = int8_scale(largest);
    const pb_rounding rounding = pb_round_to_bytes(centred, (double)rounded->scale[i],
                                                   (uint8_t *)rounded->values + i * frame->dim, frame->dim, &sum);
    rounded->shift[i] = (int32_t)(128 * sum);
    return rounding;
}

static void round_row(pb_rounded *rounded, const pb_frame *frame, const float *row, int64_t i, double *scratch)
{
    const double inverse_unit = ldexp(1, -frame->exponent);
    const double largest =
        pb_centre_row(row, inverse_norm(frame, row), frame->centre, inverse_unit, scratch, frame->dim);
    const double far_limit = ldexp(1, FAR_EXPONENT) / sqrt((double)frame->dim);
    const bool far = largest > far_limit;
    if (far)
        memset(scratch, 0, (size_t)frame->dim * sizeof *scratch);
    const double largest_rotated = frame->rotated ? pb_rotate(scratch, frame->dim) : far ? 0 : largest;
    const pb_rounding rounding = round_values(rounded, frame, i, largest_rotated, scratch);
    /* The float64 sums and the centring are themselves rounded: see index.c. */
    const double inflate = 1 + (double)(frame->dim + 16) * 0x1p-52;
    rounded->norm[i] = sqrt(rounding.square) * inflate;
    rounded->lost[i] = sqrt(rounding.lost_square) * inflate;
    rounded->lost[i] += (rounded->norm[i] + rounded->lost[i]) * 0x1p-46;
    if (frame->metric == PB_METRIC_COSINE)
        rounded->lost[i] += (double)(frame->dim + 16) * 0x1p-52 * inverse_unit;
    rounded->half_square[i] = far ? -INFINITY : (float)(rounding.square / 2);
    rounded->max_norm = fmax(rounded->max_norm, rounded->norm[i]);
    rounded->max_lost = fmax(rounded->max_lost, rounded->lost[i]);
}

void pb_rounded_fill(pb_rounded *rounded, const pb_frame *frame, const float *rows, int64_t n, double *scratch)
{
    PB_ASSERT(n <= rounded->capacity);
    rounded->n = n;
    rounded->max_norm = rounded->max_lost = 0;
    for (int64_t i = 0; i < n; i++)
        round_row(rounded, frame, rows + i * frame->dim, i, scratch);
}

static pb_status pack_bytes(pb_rounded *rounded, const pb_frame *frame, const pb_product *product)
{
    int8_t *columns;
    PB_TRY(PB_NEW(columns, rounded->capacity * frame->dim));
    pb_bytes_to_signed(rounded->values, columns, rounded->n * frame->dim);
    const pb_status status = pb_product_pack(product, columns, rounded->packed);
    pb_free(columns);
    return status;
}

pb_status pb_rounded_pack(pb_rounded *rounded, const pb_frame *frame, const pb_product *product)
{
    char *packed;
    PB_TRY(PB_NEW(packed, pb_product_packed_bytes(product)));
    rounded->packed = packed;
    if (frame->precision == PB_PRECISION_F32)
        return pb_product_pack(product, rounded->values, packed);
    return pack_bytes(rounded, frame, product);
}

void pb_rounded_drop_values(pb_rounded *rounded)
{
    pb_free(rounded->values);
    rounded->values = NULL;
}

const float *pb_filter_products(const pb_frame *frame, const pb_rounded *rows, const pb_rounded *columns,
                                const void *products, int64_t i, float *scratch)
{
    if (frame->precision == PB_PRECISION_F32)
        return (const float *)products + i * columns->capacity;
    pb_scale_products((const int32_t *)products + i * columns->capacity, columns->shift, columns->scale, rows->scale[i],
                      scratch, columns->n);
    return scratch;
}

pb_topk pb_filter_best(const pb_rounded *candidates, const float *product, int64_t stride, int64_t k,
                       pb_neighbor *items)
{
    pb_topk best = {items, 0, k};
    for (int64_t c = 0; c < candidates->n; c++) {
        const double score = (double)candidates->half_square[c] - (double)product[c * stride];
        if (best.count < best.k || score < best.items[0].distance)
            pb_topk_push(&best, (pb_neighbor){score, c});
    }
    return best;
}

pb_status pb_check_finite_rows(const float *rows, int64_t first, int64_t n, int64_t dim, const char *what)
{
    const float *values = rows + first * dim;
    const int64_t at = pb_first_not_finite(values, n * dim);
    if (at == n * dim)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_VALUE, "%s %" PRId64 ", channel %" PRId64 " is %g: not a finite number", what,
                   first + at / dim, at % dim, (double)values[at]);
}

/* Into units of the frame; the cosine distance becomes the Euclidean one of unit vectors, |x - y|^2 = 2 (1 -
 * cos). */
static double limit_in_units(const pb_frame *frame, double limit)
{
    const double rounding = pb_distance_rounding(frame->dim, frame->metric);
    const double euclidean = frame->metric == PB_METRIC_COSINE ? sqrt(2 * (limit + rounding)) : limit * (1 + rounding);
    return ldexp(euclidean, -frame->exponent);
}

/* index.c, (3) to (7). */
float pb_filter_threshold(const pb_frame *frame, pb_row_bound x, double norm_y, double lost_y, double limit)
{
    const double u = 0x1p-24, dim = (double)frame->dim;
    const double gamma = 1.01 * u * (frame->precision == PB_PRECISION_INT8 ? 8 : dim + 8); /* (4), (6) */
    const double squares = 4 * u * (x.norm * x.norm + norm_y * norm_y);                    /* (5), (6) */
    const double float32_error = gamma * x.norm * norm_y + squares + dim * 0x1p-125;
    const double reach = limit_in_units(frame, limit) + x.lost + lost_y;
    const double float64_error = (dim + 32) * 0x1p-51 * (reach * reach + x.norm * x.norm);
    const double threshold = x.half_square - reach * reach / 2 - float32_error - float64_error;
    return nextafterf((float)threshold, -INFINITY);
}
