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
static const double product_f32 = 0.02, product_int8 = 0.005; /* a channel of a row */
static const double select_f32 = 0.3, select_int8 = 0.4;      /* a row */
static const double compare_row = 50, compare_coordinate = 0.06;
static const double measure_row = 30, measure_channel = 0.3;
static const double make_axes = 2e7;

/* A rotation before the rounding to int8 has to pay for itself: channels of similar size gain nothing. */
static const double rotation_gain = 0.75;

/* A contraction likewise: its costs are estimates. */
static const double contraction_gain = 0.85;

typedef struct probe {
    const pb_frame *frame;
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

static pb_status probe_init(probe *p, const pb_frame *frame, const float *rows, int64_t n)
{
    const int64_t dim = frame->dim;
    p->frame = frame;
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

/* Share of the rows that int8 products of a frame let through in vain: those whose lower bound is below the distance of the
 * nearest. */
static pb_status int8_share(const probe *p, bool rotated, double *out)
{
    pb_frame trial = *p->frame;
    pb_rounded rounded;
    int64_t passed = 0;
    trial.precision = PB_PRECISION_INT8;
    trial.rotated = rotated;
    trial.fine = 0;
    PB_TRY(pb_rounded_init(&rounded, &trial, p->n_rows));
    const pb_status status = fill(p, &trial, &rounded);
    for (int64_t q = 0; q < p->n_queries && status == PB_STATUS_OK; q++)
        for (int64_t i = 0; i < p->n_rows; i++)
            passed += i != p->query[q] && i != p->nearest_row[q] &&
                      p->distance[q * p->n_rows + i] - (double)rounded.losses[i].lost -
                              (double)rounded.losses[p->query[q]].lost <=
                          p->nearest[q];
    pb_rounded_clear(&rounded);
    *out = (double)passed / (double)(p->n_queries * p->n_rows);
    return status;
}

/* The sample contracted, with what each size would leave and int8 would lose. */
typedef struct contracted {
    int64_t size, n_sizes;
    pb_rounded rounded;
    double *rest;                             /* n_rows x n_sizes */
    double *lost;                             /* the same: typical loss of int8 */
    double passed[SIZES], passed_int8[SIZES]; /* shares */
} contracted;

static void prepare_row(const contracted *c, int64_t i)
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
    m = 0;
    for (int64_t s = 0; s < c->n_sizes; s++) {
        for (; m < sizes[s] - 1; m++)
            largest = fmax(largest, fabs((double)row[m]));
        lost[s] = fmax(largest, rest[s]) / 127 * sqrt((double)sizes[s] / 12); /* of uniform rounding */
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
        c->passed_int8[s] += distance - lost_x[s] - lost_y[s] <= p->nearest[q];
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
        prepare_row(c, i);
    for (int64_t q = 0; q < p->n_queries; q++)
        for (int64_t i = 0; i < p->n_rows; i++)
            if (i != p->query[q] && i != p->nearest_row[q])
                count_pair(c, p, q, i);
    for (int64_t s = 0; s < c->n_sizes; s++) {
        c->passed[s] /= (double)(p->n_queries * p->n_rows);
        c->passed_int8[s] /= (double)(p->n_queries * p->n_rows);
    }
    return PB_STATUS_OK;
}

static double measuring_cost(const pb_frame *frame)
{
    return measure_row + measure_channel * (double)frame->dim;
}

/* What a plan costs a row and question, as many questions assumed as there are rows. */
static double contraction_cost(const contracted *c, const probe *p, int64_t n, bool int8, int64_t coarse, int64_t fine)
{
    const double share = int8 ? c->passed_int8[coarse] : c->passed[coarse], dim = (double)p->frame->dim;
    const double product = int8 ? product_int8 : product_f32, columns = (double)sizes[coarse];
    const double rotated = (double)(fine > coarse ? sizes[fine] : sizes[coarse]) * dim * product_f32;
    double cost = columns * product + (int8 ? select_int8 : select_f32);
    cost += 2 * rotated / (double)n + make_axes / ((double)n * (double)n);
    if (fine > coarse)
        return cost + share * (compare_row + compare_coordinate * (double)sizes[fine]) +
               c->passed[fine] * measuring_cost(p->frame);
    return cost + share * measuring_cost(p->frame);
}

static void choose_contraction(const contracted *c, const probe *p, int64_t n, bool int8, double limit, pb_choice *out)
{
    for (int bytes = 0; bytes <= (int)int8; bytes++)
        for (int64_t coarse = 0; coarse < c->n_sizes; coarse++)
            for (int64_t fine = coarse; fine < c->n_sizes; fine++) {
                const double cost = contraction_cost(c, p, n, bytes, coarse, fine);
                if (cost >= limit)
                    continue;
                limit = cost;
                *out = (pb_choice){.precision = bytes ? PB_PRECISION_INT8 : PB_PRECISION_F32,
                                   .coarse = sizes[coarse],
                                   .fine = fine > coarse ? sizes[fine] : 0};
            }
}

/* All channels, by the cheaper of the two precisions. */
static pb_status choose_plain(const probe *p, bool int8, pb_choice *out, double *cost)
{
    const double dim = (double)p->frame->dim;
    *out = (pb_choice){.precision = PB_PRECISION_F32};
    *cost = dim * product_f32 + select_f32;
    if (!int8)
        return PB_STATUS_OK;
    double plain, rotated;
    PB_TRY(int8_share(p, false, &plain));
    PB_TRY(int8_share(p, true, &rotated));
    const double int8_cost = dim * product_int8 + select_int8 + fmin(plain, rotated) * measuring_cost(p->frame);
    if (int8_cost >= *cost)
        return PB_STATUS_OK;
    *out = (pb_choice){.precision = PB_PRECISION_INT8, .rotated = rotated < rotation_gain * plain};
    *cost = int8_cost;
    return PB_STATUS_OK;
}

static pb_status choose(const probe *p, contracted *c, int64_t n, bool int8, pb_choice *out)
{
    double cost;
    pb_frame whole = *p->frame;
    probe plain = *p;
    whole.contraction = NULL;
    plain.frame = &whole;
    PB_TRY(choose_plain(&plain, int8, out, &cost));
    if (!p->frame->contraction)
        return PB_STATUS_OK;
    PB_TRY(try_contraction(p, c));
    choose_contraction(c, p, n, int8, contraction_gain * cost, out);
    if (out->coarse == 0 || out->precision != PB_PRECISION_INT8)
        return PB_STATUS_OK;
    whole.contraction = p->frame->contraction;
    whole.columns = out->coarse;
    double straight, rotated;
    PB_TRY(int8_share(&plain, false, &straight));
    PB_TRY(int8_share(&plain, true, &rotated));
    out->rotated = rotated < rotation_gain * straight;
    return PB_STATUS_OK;
}

pb_status pb_probe_choose(const pb_frame *frame, const float *rows, int64_t n, bool int8, pb_choice *out)
{
    *out = (pb_choice){.precision = PB_PRECISION_F32};
    if (!int8 && !frame->contraction)
        return PB_STATUS_OK;
    probe p = {0};
    contracted c = {0};
    pb_status status = probe_init(&p, frame, rows, n);
    if (status == PB_STATUS_OK)
        status = choose(&p, &c, n, int8, out);
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
    pb_status status = probe_init(&p, frame, rows, n);
    if (status == PB_STATUS_OK)
        status = int8_share(&p, false, &plain);
    if (status == PB_STATUS_OK)
        status = int8_share(&p, true, &rotated);
    probe_clear(&p);
    *out = rotated < rotation_gain * plain;
    return status;
}
