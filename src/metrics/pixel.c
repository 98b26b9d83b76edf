/* Pixel AUROC and AP over every pixel of every image, exactly: each image's float32 scores are kept as sorted
 * 32-bit keys, 4 bytes a pixel. As the images are sorted, all keys that share their upper 16 bits lie
 * together in each; a table of 65 536 counts for the lower 16 bits then orders them all without a merge and
 * without a second copy. */
#include <purebank/metrics.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/curve.h"
#include "metrics/zoom.h"

enum {
    SIDE = PB_PIXEL_METRICS_SIDE,
    PIXELS = SIDE * SIDE,
    MAX_IMAGES = INT32_MAX / PIXELS,
    LOW_KEYS = 1 << 16,
    RADIX_BITS = 11,
    RADIX = 1 << RADIX_BITS
};

/* PIXELS keys of one image, n_positives defect pixels first, both parts ascending. */
typedef struct pixel_block {
    uint32_t *keys;
    int32_t n_positives;
} pixel_block;

struct pb_pixel_metrics {
    int64_t n_blocks, capacity;
    pixel_block *blocks;
    int64_t n_positives;
    float *zoomed;          /* PIXELS */
    uint8_t *mask;          /* PIXELS */
    uint32_t *sort_scratch; /* PIXELS */
};

pb_status pb_pixel_metrics_new(pb_pixel_metrics **out)
{
    pb_pixel_metrics *metrics;
    PB_TRY(PB_NEW(metrics, 1));
    pb_status status;
    PB_TRY_GOTO(PB_NEW(metrics->zoomed, PIXELS));
    PB_TRY_GOTO(PB_NEW(metrics->mask, PIXELS));
    PB_TRY_GOTO(PB_NEW(metrics->sort_scratch, PIXELS));
    *out = metrics;
    return PB_STATUS_OK;
done:
    pb_pixel_metrics_free(metrics);
    return status;
}

void pb_pixel_metrics_free(pb_pixel_metrics *metrics)
{
    if (!metrics)
        return;
    for (int64_t i = 0; i < metrics->n_blocks; i++)
        pb_free(metrics->blocks[i].keys);
    pb_free(metrics->blocks);
    pb_free(metrics->zoomed);
    pb_free(metrics->mask);
    pb_free(metrics->sort_scratch);
    pb_free(metrics);
}

/* An unsigned integer that orders as the float does; -0 becomes +0, as the two compare equal. */
static uint32_t key_of(float value)
{
    uint32_t bits;
    value += 0.0f;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static void counting_pass(const uint32_t *from, uint32_t *to, int32_t n, int shift)
{
    int32_t start[RADIX] = {0};
    for (int32_t i = 0; i < n; i++)
        start[(from[i] >> shift) & (RADIX - 1)]++;
    for (int32_t digit = 0, total = 0; digit < RADIX; digit++) {
        const int32_t count = start[digit];
        start[digit] = total;
        total += count;
    }
    for (int32_t i = 0; i < n; i++)
        to[start[(from[i] >> shift) & (RADIX - 1)]++] = from[i];
}

static void sort_keys(uint32_t *keys, uint32_t *scratch, int32_t n)
{
    counting_pass(keys, scratch, n, 0);
    counting_pass(scratch, keys, n, RADIX_BITS);
    counting_pass(keys, scratch, n, 2 * RADIX_BITS);
    memcpy(keys, scratch, (size_t)n * sizeof *keys);
}

static pb_status reserve_block(pb_pixel_metrics *metrics)
{
    if (metrics->n_blocks < metrics->capacity)
        return PB_STATUS_OK;
    if (metrics->n_blocks >= MAX_IMAGES)
        return pb_fail(PB_STATUS_LIMIT, "pixel metrics hold at most %d images", MAX_IMAGES);
    const int64_t capacity = 2 * metrics->capacity + 16;
    pixel_block *blocks = pb_realloc(metrics->blocks, (size_t)capacity, sizeof *blocks);
    if (!blocks)
        return PB_STATUS_NO_MEMORY;
    metrics->blocks = blocks;
    metrics->capacity = capacity;
    return PB_STATUS_OK;
}

/* The map, rounded to float32 as the published pipeline does, enlarged into metrics->zoomed. */
static pb_status zoom_map(pb_pixel_metrics *metrics, const double *map, int32_t grid_height, int32_t grid_width)
{
    const int64_t n = (int64_t)grid_height * grid_width;
    float *rounded;
    PB_TRY(PB_NEW_UNINITIALISED(rounded, n));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n; i++) {
        rounded[i] = (float)map[i];
        if (!isfinite(rounded[i])) {
            status = pb_fail(PB_STATUS_BAD_VALUE,
                             "the map's value %g at row %" PRId64 ", column %" PRId64 " is not a finite float32",
                             map[i], i / grid_width, i % grid_width);
            goto done;
        }
    }
    status = pb_zoom_linear(rounded, grid_height, grid_width, metrics->zoomed, SIDE, SIDE);
done:
    pb_free(rounded);
    return status;
}

static void fill_block(const pb_pixel_metrics *metrics, pixel_block *block)
{
    int32_t positives = 0, negatives = PIXELS;
    for (int32_t i = 0; i < PIXELS; i++)
        block->keys[metrics->mask[i] ? positives++ : --negatives] = key_of(metrics->zoomed[i]);
    block->n_positives = positives;
    sort_keys(block->keys, metrics->sort_scratch, positives);
    sort_keys(block->keys + positives, metrics->sort_scratch, PIXELS - positives);
}

pb_status pb_pixel_metrics_add(pb_pixel_metrics *metrics, const double *map, int32_t grid_height, int32_t grid_width,
                               const uint8_t *mask, int32_t width, int32_t height)
{
    if (grid_height < 1 || grid_width < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a patch map of %d x %d has no cells", grid_height, grid_width);
    if (mask && (width < 1 || height < 1))
        return pb_fail(PB_STATUS_BAD_SHAPE, "a mask of %d x %d has no pixels", width, height);
    PB_TRY(zoom_map(metrics, map, grid_height, grid_width));
    if (mask)
        PB_TRY(pb_zoom_nearest(mask, height, width, metrics->mask, SIDE, SIDE));
    else
        memset(metrics->mask, 0, PIXELS);
    PB_TRY(reserve_block(metrics));
    pixel_block *block = &metrics->blocks[metrics->n_blocks];
    PB_TRY(PB_NEW_UNINITIALISED(block->keys, PIXELS));
    fill_block(metrics, block);
    metrics->n_positives += block->n_positives;
    metrics->n_blocks++;
    return PB_STATUS_OK;
}

/* One class of one image while the sweep goes down its keys. */
typedef struct run {
    const uint32_t *keys;
    int32_t left; /* keys not yet swept: keys[0..left) */
    int positive;
} run;

typedef struct low_counts {
    uint32_t of[2][LOW_KEYS]; /* [positive][lower 16 bits], all 0 between buckets */
} low_counts;

static int64_t highest_bucket(const run *runs, int64_t n_runs)
{
    int64_t bucket = -1;
    for (int64_t i = 0; i < n_runs; i++)
        if (runs[i].left > 0 && runs[i].keys[runs[i].left - 1] >> 16 > bucket)
            bucket = runs[i].keys[runs[i].left - 1] >> 16;
    return bucket;
}

static void sweep_bucket(run *runs, int64_t n_runs, uint32_t bucket, low_counts *counts, pb_curve *curve)
{
    uint32_t lowest = LOW_KEYS - 1, highest = 0;
    for (int64_t i = 0; i < n_runs; i++) {
        uint32_t *count = counts->of[runs[i].positive];
        while (runs[i].left > 0 && runs[i].keys[runs[i].left - 1] >> 16 == bucket) {
            const uint32_t low = runs[i].keys[--runs[i].left] & (LOW_KEYS - 1);
            count[low]++;
            lowest = low < lowest ? low : lowest;
            highest = low > highest ? low : highest;
        }
    }
    for (int64_t low = highest; low >= (int64_t)lowest; low--)
        if (counts->of[1][low] || counts->of[0][low]) {
            pb_curve_step(curve, counts->of[1][low], counts->of[0][low]);
            counts->of[1][low] = counts->of[0][low] = 0;
        }
}

static pb_status sweep_all(const pb_pixel_metrics *metrics, pb_curve *curve)
{
    const int64_t n_runs = 2 * metrics->n_blocks;
    run *runs = NULL;
    low_counts *counts = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(runs, n_runs));
    PB_TRY_GOTO(PB_NEW(counts, 1));
    for (int64_t i = 0; i < metrics->n_blocks; i++) {
        const pixel_block *block = &metrics->blocks[i];
        runs[2 * i] = (run){block->keys, block->n_positives, 1};
        runs[2 * i + 1] = (run){block->keys + block->n_positives, PIXELS - block->n_positives, 0};
    }
    for (int64_t bucket; (bucket = highest_bucket(runs, n_runs)) >= 0;)
        sweep_bucket(runs, n_runs, (uint32_t)bucket, counts, curve);
done:
    pb_free(runs);
    pb_free(counts);
    return status;
}

pb_status pb_pixel_metrics_result(const pb_pixel_metrics *metrics, double *auroc, double *ap)
{
    pb_curve curve = {.n_positives = metrics->n_positives,
                      .n_negatives = metrics->n_blocks * PIXELS - metrics->n_positives};
    if (curve.n_positives == 0 || curve.n_negatives == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " defect pixels and %" PRId64 " good ones: pixel metrics need at least one of each",
                       curve.n_positives, curve.n_negatives);
    PB_TRY(sweep_all(metrics, &curve));
    *auroc = pb_curve_auroc(&curve);
    *ap = pb_curve_average_precision(&curve);
    return PB_STATUS_OK;
}
