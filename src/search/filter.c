#include "search/filter.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/finite.h"
#include "io/half.h"
#include "search/distance.h"
#include "search/kernels.h"

static pb_status allocate_rounded(pb_rounded *rounded, const pb_frame *frame, int64_t capacity)
{
    int64_t bytes;
    PB_TRY(pb_size_multiply(capacity, frame->columns * pb_frame_value_bytes(frame), "rounded rows", &bytes));
    char *values;
    PB_TRY(PB_NEW(values, bytes));
    rounded->values = values;
    if (frame->precision != PB_PRECISION_F32) {
        PB_TRY(PB_NEW(rounded->scale, capacity));
        PB_TRY(PB_NEW(rounded->shift, capacity));
        PB_TRY(PB_NEW(rounded->lost, capacity));
    }
    PB_TRY(PB_NEW(rounded->half_square, capacity));
    if (frame->fine_bytes)
        PB_TRY(pb_byte_rows_init(&rounded->fine_bytes, capacity, frame->fine));
    else if (frame->fine > 0)
        PB_TRY(PB_NEW_PRODUCT(rounded->fine, capacity, pb_frame_fine_stride(frame)));
    if (frame->bytes)
        PB_TRY(pb_byte_rows_init(&rounded->bytes, capacity, frame->dim));
    return PB_NEW(rounded->losses, capacity);
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
    pb_free(rounded->packed);
    pb_free(rounded->lost);
    if (rounded->borrowed) {
        *rounded = (pb_rounded){0};
        return;
    }
    pb_free(rounded->values);
    pb_free(rounded->scale);
    pb_free(rounded->shift);
    pb_free(rounded->half_square);
    pb_free(rounded->losses);
    pb_free(rounded->fine);
    pb_byte_rows_clear(&rounded->fine_bytes);
    pb_byte_rows_clear(&rounded->bytes);
    *rounded = (pb_rounded){0};
}

/* Never below the double; infinity where that is too large. */
static float round_up(double value)
{
    return value < (double)FLT_MAX / 2 ? (float)(value * (1 + 0x1p-22)) + FLT_MIN : INFINITY;
}

/* A scale that maps `largest` to the largest integer. 0 where the product of two might underflow: the row then rounds to the centre. */
static float bytes_scale(double largest, pb_precision precision)
{
    const double scale = largest / pb_precision_most(precision);
    return scale > 0x1p-60 ? (float)scale : 0;
}

static pb_rounding round_values(pb_rounded *rounded, const pb_frame *frame, int64_t i, double *values)
{
    const int64_t n = frame->columns;
    if (frame->precision == PB_PRECISION_F32)
        return pb_round_to_float(values, (float *)rounded->values + i * n, n);
    int64_t sum;
    const int bias = pb_precision_bias(frame->precision);
    const double largest = frame->rotated ? pb_rotate(values, n) : pb_largest_magnitude(values, n);
    rounded->scale[i] = bytes_scale(largest, frame->precision);
    const pb_rounding rounding =
        pb_round_to_bytes(values, (double)rounded->scale[i], bias, (uint8_t *)rounded->values + i * n, n, &sum);
    rounded->shift[i] = (int32_t)(bias * sum);
    return rounding;
}

/* What rounding n values took away; the float64 sums and what was computed before are themselves rounded: see index.c. */
static double bound_lost(pb_rounding rounding, int64_t n, double *norm)
{
    const double inflate = 1 + (double)(n + 16) * 0x1p-52;
    *norm = sqrt(rounding.square) * inflate;
    const double lost = sqrt(rounding.lost_square) * inflate;
    return lost + (*norm + lost) * 0x1p-46;
}

/* The rounding of the cosine's normalisation. */
static double normalisation_lost(const pb_frame *frame)
{
    return frame->metric == PB_METRIC_COSINE ? (double)(frame->dim + 16) * 0x1p-52 * frame->inverse_unit : 0;
}

/* Rounds row i of which `lost` is lost already. */
static void round_row(pb_rounded *rounded, const pb_frame *frame, int64_t i, double *values, double lost, bool far)
{
    const pb_rounding rounding = round_values(rounded, frame, i, values);
    pb_row_losses *losses = &rounded->losses[i];
    double norm;
    losses->lost = round_up(lost + bound_lost(rounding, frame->columns, &norm));
    losses->norm = round_up(norm);
    if (rounded->lost)
        rounded->lost[i] = losses->lost;
    rounded->half_square[i] = far ? -INFINITY : (float)(rounding.square / 2);
    rounded->max_norm = fmax(rounded->max_norm, (double)losses->norm);
    rounded->max_lost = fmax(rounded->max_lost, (double)losses->lost);
}

/* Rows that are contracted together. */
typedef struct contracted_rows {
    int64_t n;
    double *values; /* of one row: coarse coordinates */
    float *rows;    /* PB_CONTRACTION_ROWS x dim: centred */
    float *turned;  /* PB_CONTRACTION_ROWS x size of the contraction */
    double square[PB_CONTRACTION_ROWS], lost[PB_CONTRACTION_ROWS];
    bool far[PB_CONTRACTION_ROWS];
} contracted_rows;

/* Half precision: what is compared must come from memory, and loses little by that.
 * @param lost of the values already; infinity: never to be refuted */
static void keep_halves(pb_rounded *rounded, const pb_frame *frame, int64_t i, const float *values, double lost)
{
    const int64_t n = frame->fine, stride = pb_frame_fine_stride(frame);
    uint16_t *fine = rounded->fine + i * stride;
    rounded->losses[i].fine_lost = INFINITY;
    if (!(lost < (double)INFINITY) || pb_halves_of_floats(values, n, fine) < n) {
        memset(fine, 0, (size_t)stride * sizeof *fine);
        return;
    }
    const double rounding = (double)pb_half_rounding(values, fine, n) * (1 + (double)(n + 8) * 0x1p-23);
    rounded->losses[i].fine_lost = round_up(lost + sqrt(rounding + (double)n * 0x1p-120));
}

/* Rotated, since the first coordinates are by far the largest and bytes have one scale: a rotation changes no distance.
 * Float64 makes it wrong by less than 2^-46 of the norm, rounding to float32 by 2^-24. */
static void keep_fine_bytes(pb_rounded *rounded, int64_t i, float *values, int64_t n, double lost)
{
    double turned[PB_CONTRACTION_MAX_SIZE];
    const double square = pb_sum_of_squares(values, n);
    for (int64_t m = 0; m < n; m++)
        turned[m] = (double)values[m];
    (void)pb_rotate(turned, n);
    for (int64_t m = 0; m < n; m++)
        values[m] = (float)turned[m];
    pb_byte_rows_round(&rounded->fine_bytes, i, values, n, square, lost + sqrt(square) * 0x1p-23 + 0x1p-100);
}

static void keep_fine(pb_rounded *rounded, const pb_frame *frame, int64_t i, const contracted_rows *c, int64_t from)
{
    const int64_t n = frame->fine;
    const float *turned = c->turned + from * pb_contraction_size(frame->contraction);
    float values[PB_CONTRACTION_MAX_SIZE];
    double lost;
    const double rest = pb_contraction_rest(frame->contraction, turned, c->square[from], n, &lost);
    memcpy(values, turned, (size_t)(n - 1) * sizeof *values);
    values[n - 1] = (float)rest;
    const double all = c->far[from] ? (double)INFINITY : c->lost[from] + lost + rest * 0x1p-23;
    if (frame->fine_bytes)
        keep_fine_bytes(rounded, i, values, n, all);
    else
        keep_halves(rounded, frame, i, values, all);
}

static void round_contracted(pb_rounded *rounded, const pb_frame *frame, int64_t first, const contracted_rows *c)
{
    const int64_t coarse = frame->columns;
    for (int64_t i = 0; i < c->n; i++) {
        const float *turned = c->turned + i * pb_contraction_size(frame->contraction);
        double lost;
        for (int64_t m = 0; m < coarse - 1; m++)
            c->values[m] = (double)turned[m];
        c->values[coarse - 1] = pb_contraction_rest(frame->contraction, turned, c->square[i], coarse, &lost);
        round_row(rounded, frame, first + i, c->values, c->lost[i] + lost, c->far[i]);
        if (frame->fine > 0)
            keep_fine(rounded, frame, first + i, c, i);
        if (frame->bytes)
            pb_byte_rows_round(&rounded->bytes, first + i, c->rows + i * frame->dim, frame->dim, c->square[i],
                               c->far[i] ? (double)INFINITY : c->lost[i]);
    }
}

static pb_status contract_rows(pb_rounded *rounded, const pb_frame *frame, const float *rows, int64_t stride,
                               contracted_rows *c)
{
    const int64_t dim = frame->dim;
    for (int64_t first = 0; first < rounded->n; first += PB_CONTRACTION_ROWS) {
        c->n = rounded->n - first < PB_CONTRACTION_ROWS ? rounded->n - first : PB_CONTRACTION_ROWS;
        for (int64_t i = 0; i < c->n; i++) {
            pb_rounding rounding;
            double norm;
            c->far[i] = pb_frame_round_row(frame, rows + (first + i) * stride * dim, c->rows + i * dim, &rounding);
            c->square[i] = rounding.square;
            c->lost[i] = bound_lost(rounding, dim, &norm) + normalisation_lost(frame);
        }
        PB_TRY(pb_contraction_rotate(frame->contraction, c->rows, c->turned));
        round_contracted(rounded, frame, first, c);
    }
    return PB_STATUS_OK;
}

static pb_status fill_contracted(pb_rounded *rounded, const pb_frame *frame, const float *rows, int64_t stride)
{
    contracted_rows c = {0};
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(c.values, frame->columns));
    PB_TRY_GOTO(PB_NEW_PRODUCT(c.rows, PB_CONTRACTION_ROWS, frame->dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT(c.turned, PB_CONTRACTION_ROWS, pb_contraction_size(frame->contraction)));
    status = contract_rows(rounded, frame, rows, stride, &c);
done:
    pb_free(c.values);
    pb_free(c.rows);
    pb_free(c.turned);
    return status;
}

/* Rows that are not contracted: 8 bits, which tell more than products of 7. @param floats scratch, dim */
static void keep_whole_bytes(pb_rounded *rounded, const pb_frame *frame, int64_t i, const double *values, float *floats,
                             bool far)
{
    double norm;
    const pb_rounding rounding = pb_round_to_float(values, floats, frame->dim);
    const double lost = bound_lost(rounding, frame->dim, &norm) + normalisation_lost(frame);
    pb_byte_rows_round(&rounded->bytes, i, floats, frame->dim, rounding.square, far ? (double)INFINITY : lost);
}

pb_status pb_rounded_fill(pb_rounded *rounded, const pb_frame *frame, const float *rows, int64_t n, int64_t stride)
{
    PB_ASSERT(n <= rounded->capacity);
    rounded->n = n;
    rounded->max_norm = rounded->max_lost = 0;
    if (frame->contraction)
        return fill_contracted(rounded, frame, rows, stride);
    double *values;
    float *floats = NULL;
    PB_TRY(PB_NEW_UNINITIALISED(values, frame->dim));
    const pb_status status = frame->bytes ? PB_NEW_UNINITIALISED(floats, frame->dim) : PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++) {
        const bool far = pb_frame_centre_row(frame, rows + i * stride * frame->dim, values);
        if (frame->bytes)
            keep_whole_bytes(rounded, frame, i, values, floats, far);
        round_row(rounded, frame, i, values, normalisation_lost(frame), far);
    }
    pb_free(values);
    pb_free(floats);
    return status;
}

static pb_status pack_bytes(pb_rounded *rounded, const pb_frame *frame, const pb_product *product)
{
    int8_t *columns;
    PB_TRY(PB_NEW_PRODUCT(columns, rounded->capacity, frame->columns));
    pb_bytes_to_signed(rounded->values, pb_precision_bias(frame->precision), columns, rounded->n * frame->columns);
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

pb_status pb_rounded_restore(pb_rounded *rounded, const pb_frame *frame, const pb_product *product)
{
    rounded->borrowed = true;
    rounded->max_norm = rounded->max_lost = 0;
    if (frame->precision != PB_PRECISION_F32)
        PB_TRY(PB_NEW(rounded->lost, rounded->capacity));
    for (int64_t i = 0; i < rounded->n; i++) {
        if (rounded->lost)
            rounded->lost[i] = rounded->losses[i].lost;
        rounded->max_norm = fmax(rounded->max_norm, (double)rounded->losses[i].norm);
        rounded->max_lost = fmax(rounded->max_lost, (double)rounded->losses[i].lost);
    }
    const pb_status status = pb_rounded_pack(rounded, frame, product);
    rounded->values = NULL;
    return status;
}

pb_status pb_rounded_unpack(const pb_rounded *rounded, const pb_frame *frame, const pb_product *product, void *out)
{
    PB_TRY(pb_product_unpack(product, rounded->packed, out));
    uint8_t *bytes = out;
    const int bias = pb_precision_bias(frame->precision); /* int8_t to what it was */
    for (int64_t i = 0; frame->precision != PB_PRECISION_F32 && i < rounded->capacity * frame->columns; i++)
        bytes[i] = (uint8_t)(bytes[i] + bias);
    return PB_STATUS_OK;
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

void pb_filter_scores(const pb_frame *frame, const pb_rounded *columns, const void *products, float scale, float *out)
{
    if (frame->precision == PB_PRECISION_F32)
        pb_score_floats(products, columns->half_square, out, columns->n);
    else
        pb_score_bytes(products, columns->shift, columns->scale, scale, columns->half_square, out, columns->n);
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
double pb_filter_units(const pb_frame *frame, double limit)
{
    const double rounding = pb_distance_rounding(frame->dim, frame->metric);
    const double euclidean = frame->metric == PB_METRIC_COSINE ? sqrt(2 * (limit + rounding)) : limit * (1 + rounding);
    return euclidean * frame->inverse_unit;
}

/* index.c, (3) to (7): the right side of (3) for rows with this loss, less what those with `most_lost` may be off by. */
static double right_side(const pb_frame *frame, pb_row_bound x, double norm_y, double lost_y, double most_lost,
                         double units)
{
    const double u = 0x1p-24, columns = (double)frame->columns;
    const double gamma = 1.01 * u * (frame->precision == PB_PRECISION_F32 ? columns + 8 : 8); /* (4), (6) */
    const double squares = 4 * u * (x.norm * x.norm + norm_y * norm_y);                       /* (5), (6) */
    const double float32_error = gamma * x.norm * norm_y + squares + columns * 0x1p-125;
    const double share = 1 - frame->fault[PB_STAGE_PRODUCTS];
    const double reach = (units + x.lost + lost_y) * share, most = (units + x.lost + most_lost) * share;
    const double float64_error = (columns + 32) * 0x1p-51 * (most * most + x.norm * x.norm);
    const double threshold = x.half_square - reach * reach / 2 - float32_error - float64_error;
    return threshold - fabs(threshold) * 0x1p-22 - 0x1p-140; /* to be rounded to float32 */
}

float pb_filter_threshold(const pb_frame *frame, pb_row_bound x, double norm_y, double lost_y, double units)
{
    return (float)right_side(frame, x, norm_y, lost_y, lost_y, units);
}

/* R^2/2 of (3) is a convex function of what y lost: no more than the line through its values for 0 and for the largest loss. The sum in
 * float32 is off by 2^-24 of itself, and the product by as much: it is rounded up. */
pb_filter_line pb_filter_line_of(const pb_frame *frame, pb_row_bound x, double norm_y, double lost_y, double units)
{
    const double share = 1 - frame->fault[PB_STAGE_PRODUCTS];
    const double slope = (units + x.lost + lost_y / 2) * share * share;
    const double least = right_side(frame, x, norm_y, 0, lost_y, units);
    return (pb_filter_line){(float)(slope * (1 + 0x1p-22)), (float)(least - slope * lost_y * 0x1p-21)};
}

float pb_filter_fine_square(const pb_frame *frame, const pb_rounded *x, int64_t i, const pb_rounded *y, int64_t j)
{
    const int64_t stride = pb_frame_fine_stride(frame);
    return pb_half_squared_distance(x->fine + i * stride, y->fine + j * stride, stride);
}

double pb_filter_row_limit(const pb_frame *frame, double limit)
{
    const double rounding = pb_distance_rounding(frame->dim, PB_METRIC_EUCLIDEAN);
    const double reach = limit * (1 + rounding) * (1 - frame->fault[PB_STAGE_ROWS]);
    return reach * reach * (1 + pb_filter_relative_error(frame->dim)) + pb_filter_absolute_error(frame->dim);
}

double pb_filter_row_bound(const pb_frame *frame, float square)
{
    const double most =
        (double)square * (1 + pb_filter_relative_error(frame->dim)) + pb_filter_absolute_error(frame->dim);
    return sqrt(most) * (1 + pb_distance_rounding(frame->dim, PB_METRIC_EUCLIDEAN));
}
