#include "search/probe.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "search/distance.h"
#include "search/kernels.h"

enum { MAX_QUERIES = 24, MAX_ROWS = 512, SIZES = 9 };

/* Numbers of coordinates that are tried. */
static const int64_t sizes[SIZES] = {8, 16, 32, 48, 64, 96, 128, 192, PB_CONTRACTION_MAX_SIZE};

/* Nanoseconds on a core of 2022 and of today; only their ratios matter, and these differ little from CPU to CPU. */
static const double product[PB_PRECISIONS] = {0.02, 0.005, 0.009}; /* a channel of a row */
static const double select_row[PB_PRECISIONS] = {0.3, 0.4, 0.4};
static const double compare_row = 110, compare_coordinate = 0.06, compare_byte = 0.06;
static const double compare_fine_row = 30; /* in bytes that are next to each other, a line of the cache or two */
static const double measure_row = 30, measure_channel = 0.3;
static const double make_axes = 2e7;

/* A rotation before the rounding to bytes has to pay for itself: channels of similar size gain nothing. */
static const double rotation_gain = 0.75;

/* A contraction likewise: its costs are estimates. */
static const double contraction_gain = 0.85;

/* And rows in bytes, which take a quarter of the rows' memory. */
static const double bytes_gain = 0.85;

typedef struct probe {
    const pb_frame *frame;
    pb_precision byte_precision; /* that may be used, or PB_PRECISION_F32 */
    int64_t n_rows, n_queries;
    float *rows;                /* n_rows x dim: a sample */
    int64_t query[MAX_QUERIES]; /* numbers of rows of the sample */
    double *distance;           /* n_queries x n_rows, in units of the frame */
    double nearest[MAX_QUERIES];
    int64_t nearest_row[MAX_QUERIES];
} probe;

static double distance_in_units(const pb_frame *frame, const float *a, const float *b)
{
    const double distance = pb_index_distance(a, b, frame->dim, frame->metric);
    return ldexp(frame->metric == PB_METRIC_COSINE ? sqrt(2 * distance) : distance, -frame->exponent);
}

static pb_status probe_init(probe *p, const pb_frame *frame, const float *rows, int64_t n, pb_precision byte_precision)
{
    const int64_t dim = frame->dim;
    p->frame = frame;
    p->byte_precision = byte_precision;
    p->n_rows = n < MAX_ROWS ? n : MAX_ROWS;
    p->n_queries = n < MAX_QUERIES ? n : MAX_QUERIES;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(p->rows, p->n_rows, dim));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(p->distance, p->n_queries, p->n_rows));
    for (int64_t i = 0; i < p->n_rows; i++)
        memcpy(p->rows + i * dim, rows + i * n / p->n_rows * dim, (size_t)dim * sizeof *rows);
    for (int64_t q = 0; q < p->n_queries; q++) {
        p->query[q] = q * p->n_rows / p->n_queries;
        p->nearest[q] = (double)INFINITY;
        p->nearest_row[q] = -1;
        for (int64_t i = 0; i < p->n_rows; i++) {
            const double distance = distance_in_units(frame, p->rows + p->query[q] * dim, p->rows + i * dim);
            p->distance[q * p->n_rows + i] = distance;
            if (i != p->query[q] && distance < p->nearest[q]) {
                p->nearest[q] = distance;
                p->nearest_row[q] = i;
            }
        }
    }
    return PB_STATUS_OK;
}

static void probe_clear(probe *p)
{
    pb_free(p->rows);
    pb_free(p->distance);
}

/* Rounds the sample as a work item, which oneDNN gives one thread. */
typedef struct filling {
    const pb_frame *frame;
    const probe *probe;
    pb_rounded *rounded;
} filling;

static pb_status fill_item(void *context, int64_t item, int worker)
{
    (void)item;
    (void)worker;
    const filling *job = context;
    return pb_rounded_fill(job->rounded, job->frame, job->probe->rows, job->probe->n_rows, 1);
}

static pb_status fill(const probe *p, const pb_frame *frame, pb_rounded *rounded)
{
    filling job = {frame, p, rounded};
    return pb_parallel_for(1, fill_item, &job, NULL);
}

/* Share of the rows that are let through in vain, by what each row lost: those whose lower bound is below the distance of the nearest. */
static double share_within(const probe *p, const double *lost)
{
    int64_t passed = 0;
    for (int64_t q = 0; q < p->n_queries; q++)
        for (int64_t i = 0; i < p->n_rows; i++)
            passed += i != p->query[q] && i != p->nearest_row[q] &&
                      p->distance[q * p->n_rows + i] - lost[i] - lost[p->query[q]] <= p->nearest[q];
    return (double)passed / (double)(p->n_queries * p->n_rows);
}

/* The share of a frame whose rows are rounded to bytes of this precision. */
static pb_status bytes_share(const probe *p, pb_precision precision, bool rotated, double *out)
{
    pb_frame trial = *p->frame;
    pb_rounded rounded;
    double lost[MAX_ROWS];
    trial.precision = precision;
    trial.rotated = rotated;
    trial.fine = 0;
    PB_TRY(pb_rounded_init(&rounded, &trial, p->n_rows));
    const pb_status status = fill(p, &trial, &rounded);
    for (int64_t i = 0; i < p->n_rows; i++)
        lost[i] = status == PB_STATUS_OK ? (double)rounded.losses[i].lost : 0;
    pb_rounded_clear(&rounded);
    *out = share_within(p, lost);
    return status;
}

/* The sample contracted, with what each size would leave and bytes would lose. */
typedef struct contracted {
    int64_t size, n_sizes;
    pb_rounded rounded;
    double *rest;                              /* n_rows x n_sizes */
    double *lost;                              /* the same: typical loss of bytes */
    double passed[SIZES], passed_bytes[SIZES]; /* shares */
} contracted;

/* What rounding to bytes typically takes away of n values, uniformly between integers. Rotated, the largest of values that are spread over
 * a block is about 3 times as large as the typical one. */
static double typical_loss(double largest, double norm, int64_t n, pb_precision byte_precision)
{
    const double rotated = 3 * norm / sqrt((double)(n & -n));
    return fmin(largest, rotated) / fmax(pb_precision_most(byte_precision), 1) * sqrt((double)n / 12);
}

static void prepare_row(const contracted *c, const probe *p, int64_t i)
{
    const float *row = (const float *)c->rounded.values + i * c->size;
    double *rest = c->rest + i * c->n_sizes, *lost = c->lost + i * c->n_sizes;
    int64_t m = c->size - 1;
    double square = (double)row[m] * (double)row[m], largest = 0;
    for (int64_t s = c->n_sizes - 1; s >= 0; s--) {
        for (; m > sizes[s] - 1; m--)
            square += (double)row[m - 1] * (double)row[m - 1];
        rest[s] = sqrt(square);
    }
    for (; m > 0; m--)
        square += (double)row[m - 1] * (double)row[m - 1];
    const double norm = sqrt(square);
    for (int64_t s = 0; s < c->n_sizes; s++) {
        for (; m < sizes[s] - 1; m++)
            largest = fmax(largest, fabs((double)row[m]));
        lost[s] = typical_loss(fmax(largest, rest[s]), norm, sizes[s], p->byte_precision);
    }
}

static void count_pair(contracted *c, const probe *p, int64_t q, int64_t i)
{
    const float *x = (const float *)c->rounded.values + p->query[q] * c->size;
    const float *y = (const float *)c->rounded.values + i * c->size;
    const double *rest_x = c->rest + p->query[q] * c->n_sizes, *rest_y = c->rest + i * c->n_sizes;
    const double *lost_x = c->lost + p->query[q] * c->n_sizes, *lost_y = c->lost + i * c->n_sizes;
    double square = 0;
    for (int64_t s = 0, m = 0; s < c->n_sizes; s++) {
        for (; m < sizes[s] - 1; m++)
            square += ((double)x[m] - (double)y[m]) * ((double)x[m] - (double)y[m]);
        const double rest = rest_x[s] - rest_y[s], distance = sqrt(square + rest * rest);
        c->passed[s] += distance <= p->nearest[q];
        c->passed_bytes[s] += distance - lost_x[s] - lost_y[s] <= p->nearest[q];
    }
}

static pb_status try_contraction(const probe *p, contracted *c)
{
    pb_frame trial = *p->frame;
    trial.precision = PB_PRECISION_F32;
    trial.columns = c->size = pb_contraction_size(trial.contraction);
    trial.fine = 0;
    while (c->n_sizes < SIZES && sizes[c->n_sizes] <= c->size)
        c->n_sizes++;
    PB_TRY(PB_NEW_PRODUCT(c->rest, p->n_rows, c->n_sizes));
    PB_TRY(PB_NEW_PRODUCT(c->lost, p->n_rows, c->n_sizes));
    PB_TRY(pb_rounded_init(&c->rounded, &trial, p->n_rows));
    PB_TRY(fill(p, &trial, &c->rounded));
    for (int64_t i = 0; i < p->n_rows; i++)
        prepare_row(c, p, i);
    for (int64_t q = 0; q < p->n_queries; q++)
        for (int64_t i = 0; i < p->n_rows; i++)
            if (i != p->query[q] && i != p->nearest_row[q])
                count_pair(c, p, q, i);
    for (int64_t s = 0; s < c->n_sizes; s++) {
        c->passed[s] /= (double)(p->n_queries * p->n_rows);
        c->passed_bytes[s] /= (double)(p->n_queries * p->n_rows);
    }
    return PB_STATUS_OK;
}

/* bytes_share() of the first `coarse` coordinates of the contracted sample and the norm of the rest. */
static double contracted_bytes_share(const contracted *c, const probe *p, int64_t coarse, bool rotated)
{
    double values[PB_CONTRACTION_MAX_SIZE], lost[MAX_ROWS];
    uint8_t bytes[PB_CONTRACTION_MAX_SIZE];
    const int most = pb_precision_most(p->byte_precision);
    int64_t size = 0, sum;
    while (sizes[size] < coarse)
        size++;
    for (int64_t i = 0; i < p->n_rows; i++) {
        const float *row = (const float *)c->rounded.values + i * c->size;
        for (int64_t m = 0; m < coarse - 1; m++)
            values[m] = (double)row[m];
        values[coarse - 1] = c->rest[i * c->n_sizes + size];
        const double largest = rotated ? pb_rotate(values, coarse) : pb_largest_magnitude(values, coarse);
        lost[i] =
            sqrt(pb_round_to_bytes(values, largest / most, pb_precision_bias(p->byte_precision), bytes, coarse, &sum)
                     .lost_square);
    }
    return share_within(p, lost);
}

/* A row in bytes, which is read from memory. */
static double compare_byte_row(double dim)
{
    return compare_row + compare_byte * dim;
}

static double measuring_cost(const pb_frame *frame)
{
    return measure_row + measure_channel * (double)frame->dim;
}

/* Numbers of sizes, and what is kept in bytes. */
typedef struct trial {
    pb_precision precision;
    int64_t coarse, fine;
    bool fine_bytes, bytes;
} trial;

/* What a plan costs a row and question, as many questions assumed as there are rows. */
static double contraction_cost(const contracted *c, const probe *p, int64_t n, trial t)
{
    const bool floats = t.precision == PB_PRECISION_F32;
    const double share = floats ? c->passed[t.coarse] : c->passed_bytes[t.coarse], dim = (double)p->frame->dim;
    const double rotated = (double)sizes[t.fine] * dim * product[PB_PRECISION_F32];
    const double left = t.bytes ? compare_byte_row(dim) : measuring_cost(p->frame); /* a row that passes all */
    double cost = (double)sizes[t.coarse] * product[t.precision] + select_row[t.precision];
    cost += 2 * rotated / (double)n + make_axes / ((double)n * (double)n);
    if (t.fine == t.coarse)
        return cost + share * left;
    /* Before rounding to bytes the fine coordinates are rotated, which loses about half as much. */
    const double passed = t.fine_bytes ? (c->passed[t.fine] + c->passed_bytes[t.fine]) / 2 : c->passed[t.fine];
    return cost +
           share * ((t.fine_bytes ? compare_fine_row : compare_row) + compare_coordinate * (double)sizes[t.fine]) +
           passed * left;
}

/* The cheapest plan below `limit`, and what it costs. Products by VNNI cost so little that fewer of them save next to nothing:
 * what is looked at after them is kept in halves. */
static double cheapest(const contracted *c, const probe *p, int64_t n, bool bytes, double limit, pb_choice *out)
{
    const pb_precision precisions[] = {PB_PRECISION_F32, p->byte_precision};
    const int n_precisions = p->byte_precision == PB_PRECISION_F32 ? 1 : 2;
    const bool room = pb_frame_has_room_for_bytes(p->frame, n);
    for (int i = 0; i < n_precisions; i++)
        for (int64_t coarse = 0; coarse < c->n_sizes; coarse++)
            for (int64_t fine = coarse; fine < c->n_sizes; fine++) {
                const pb_precision precision = precisions[i];
                const bool fine_bytes = room && precision != PB_PRECISION_INT8;
                const trial t = {precision, coarse, fine, .fine_bytes = fine_bytes, .bytes = bytes};
                const double cost = contraction_cost(c, p, n, t);
                if (cost >= limit)
                    continue;
                limit = cost;
                *out = (pb_choice){.precision = precision,
                                   .coarse = sizes[coarse],
                                   .fine = fine > coarse ? sizes[fine] : 0,
                                   .fine_bytes = t.fine_bytes,
                                   .bytes = bytes};
            }
    return limit;
}

static void choose_contraction(const contracted *c, const probe *p, int64_t n, double limit, pb_choice *out)
{
    const double without = cheapest(c, p, n, false, limit, out);
    if (pb_frame_has_room_for_bytes(p->frame, n))
        (void)cheapest(c, p, n, true, bytes_gain * without, out);
}

/* All channels, by the cheaper of the two precisions. */
static pb_status choose_plain(const probe *p, int64_t n, pb_choice *out, double *cost)
{
    const double dim = (double)p->frame->dim;
    *out = (pb_choice){.precision = PB_PRECISION_F32};
    *cost = dim * product[PB_PRECISION_F32] + select_row[PB_PRECISION_F32];
    if (p->byte_precision == PB_PRECISION_F32)
        return PB_STATUS_OK;
    double plain, rotated;
    PB_TRY(bytes_share(p, p->byte_precision, false, &plain));
    PB_TRY(bytes_share(p, p->byte_precision, true, &rotated));
    const double share = fmin(plain, rotated),
                 products = dim * product[p->byte_precision] + select_row[p->byte_precision];
    double left = share * measuring_cost(p->frame);
    bool bytes = false;
    if (p->byte_precision == PB_PRECISION_INT7 && pb_frame_has_room_for_bytes(p->frame, n)) {
        double finer;
        PB_TRY(bytes_share(p, PB_PRECISION_INT8, false, &finer));
        const double by_bytes = share * compare_byte_row(dim) + finer * measuring_cost(p->frame);
        bytes = products + by_bytes < bytes_gain * (products + left);
        left = bytes ? by_bytes : left;
    }
    if (products + left >= *cost)
        return PB_STATUS_OK;
    *out = (pb_choice){.precision = p->byte_precision, .rotated = rotated < rotation_gain * plain, .bytes = bytes};
    *cost = products + left;
    return PB_STATUS_OK;
}

/* What all channels cost at least: where a contraction costs less, nobody has to know more, which takes long to find out. */
static double plain_at_least(const probe *p)
{
    const double dim = (double)p->frame->dim;
    return fmin(dim * product[PB_PRECISION_F32] + select_row[PB_PRECISION_F32],
                dim * product[p->byte_precision] + select_row[p->byte_precision]);
}

static pb_status choose_precision(const probe *p, const contracted *c, int64_t n, pb_choice *out)
{
    double cost = plain_at_least(p);
    *out = (pb_choice){.precision = PB_PRECISION_F32};
    if (!p->frame->contraction || cheapest(c, p, n, false, contraction_gain * cost, out) >= contraction_gain * cost) {
        pb_frame whole = *p->frame;
        probe plain = *p;
        whole.contraction = NULL;
        plain.frame = &whole;
        PB_TRY(choose_plain(&plain, n, out, &cost));
    }
    if (p->frame->contraction)
        choose_contraction(c, p, n, contraction_gain * cost, out);
    return PB_STATUS_OK;
}

static pb_status choose(const probe *p, contracted *c, int64_t n, pb_choice *out)
{
    if (p->frame->contraction)
        PB_TRY(try_contraction(p, c));
    PB_TRY(choose_precision(p, c, n, out));
    if (!p->frame->contraction || out->coarse == 0 || out->precision == PB_PRECISION_F32)
        return PB_STATUS_OK;
    const double straight = contracted_bytes_share(c, p, out->coarse, false);
    const double rotated = contracted_bytes_share(c, p, out->coarse, true);
    out->rotated = rotated < rotation_gain * straight;
    return PB_STATUS_OK;
}

pb_status pb_probe_choose(const pb_frame *frame, const float *rows, int64_t n, pb_precision byte_precision,
                          pb_choice *out)
{
    *out = (pb_choice){.precision = PB_PRECISION_F32};
    if (byte_precision == PB_PRECISION_F32 && !frame->contraction)
        return PB_STATUS_OK;
    probe p = {0};
    contracted c = {0};
    pb_status status = probe_init(&p, frame, rows, n, byte_precision);
    if (status == PB_STATUS_OK)
        status = choose(&p, &c, n, out);
    probe_clear(&p);
    pb_rounded_clear(&c.rounded);
    pb_free(c.rest);
    pb_free(c.lost);
    return status;
}

pb_status pb_probe_rotation(const pb_frame *frame, const float *rows, int64_t n, bool *out)
{
    probe p = {0};
    double plain = 0, rotated = 0;
    pb_status status = probe_init(&p, frame, rows, n, frame->precision);
    if (status == PB_STATUS_OK)
        status = bytes_share(&p, p.byte_precision, false, &plain);
    if (status == PB_STATUS_OK)
        status = bytes_share(&p, p.byte_precision, true, &rotated);
    probe_clear(&p);
    *out = rotated < rotation_gain * plain;
    return status;
}
