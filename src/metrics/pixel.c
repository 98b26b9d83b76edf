/* Pixel metrics over every pixel of every image, exactly: each image's float32 scores are kept as sorted
 * 32-bit keys, 4 bytes a pixel; those of defects know their region, too. As the images are sorted, all keys that
 * share their upper 16 bits lie together in each; a table of 65 536 counts for the lower 16 bits then orders them
 * all without a merge and without a second copy. */
#include <purebank/metrics.h>

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/pixel_figures.h"
#include "metrics/regions.h"
#include "metrics/zoom.h"

enum {
    LOW_KEYS = 1 << 16,
    RADIX_BITS = 11,
    RADIX = 1 << RADIX_BITS,
    PATCH_PIXELS = 4 /* of the frame, a patch of a large grid has on each side */
};

/* The keys of one image, n_defect defect pixels first, both parts ascending. */
typedef struct pixel_block {
    uint32_t *keys;
    int32_t n_defect;
    int32_t *region; /* n_defect: of the pixel's defect */
    double *share;   /* what one pixel is of each region */
} pixel_block;

/* The keys of a region that is found before all of it is, ascending. */
typedef struct saturated_region {
    uint32_t *keys;
    int32_t n;
    double enough; /* pixels of the frame, up to n */
} saturated_region;

struct pb_pixel_metrics {
    int32_t width, height; /* of the frame that maps and masks are brought to */
    int32_t pixels;
    int32_t n_counted; /* of the pixels */
    uint8_t *counted;  /* pixels; NULL: all */
    bool keeps_specks; /* defect pixels that lie between those that the zoom reads */
    int64_t n_blocks, capacity;
    pixel_block *blocks;
    int64_t n_defect, n_regions;
    int64_t n_saturated, saturated_capacity;
    saturated_region *saturated;
    bool has_last;         /* zoomed, label and frame are of the last block */
    float *zoomed;         /* pixels */
    uint8_t *mask;         /* pixels */
    uint32_t *scratch;     /* pixels */
    int32_t *label;        /* pixels: the region, -1 outside */
    uint64_t *defect_keys; /* pixels: key and region of defect pixels */
};

static void free_block(pixel_block *block)
{
    pb_free(block->keys);
    pb_free(block->region);
    pb_free(block->share);
    *block = (pixel_block){0};
}

void pb_pixel_metrics_free(pb_pixel_metrics *metrics)
{
    if (!metrics)
        return;
    for (int64_t i = 0; i < metrics->n_blocks; i++)
        free_block(&metrics->blocks[i]);
    for (int64_t i = 0; i < metrics->n_saturated; i++)
        pb_free(metrics->saturated[i].keys);
    pb_free(metrics->saturated);
    pb_free(metrics->blocks);
    pb_free(metrics->zoomed);
    pb_free(metrics->mask);
    pb_free(metrics->scratch);
    pb_free(metrics->label);
    pb_free(metrics->counted);
    pb_free(metrics->defect_keys);
    pb_free(metrics);
}

/* ---- Frames ---------------------------------------------------------------------------------------------------- */

static pb_status allocate(pb_pixel_metrics *metrics)
{
    const int64_t pixels = metrics->pixels;
    PB_TRY(PB_NEW(metrics->zoomed, pixels));
    PB_TRY(PB_NEW(metrics->mask, pixels));
    PB_TRY(PB_NEW(metrics->scratch, pixels));
    PB_TRY(PB_NEW(metrics->label, pixels));
    return PB_NEW(metrics->defect_keys, pixels);
}

static pb_status new_framed(int64_t width, int64_t height, pb_pixel_metrics **out)
{
    pb_pixel_metrics *metrics;
    int64_t pixels;
    PB_TRY(pb_size_multiply(width, height, "pixels of a map", &pixels));
    if (pixels >= INT32_MAX)
        return pb_fail(PB_STATUS_LIMIT, "a map of %" PRId64 " x %" PRId64 " pixels is too large to be measured", width,
                       height);
    PB_TRY(PB_NEW(metrics, 1));
    *metrics = (pb_pixel_metrics){.width = (int32_t)width, .height = (int32_t)height, .pixels = (int32_t)pixels};
    metrics->n_counted = metrics->pixels;
    const pb_status status = allocate(metrics);
    if (status == PB_STATUS_OK)
        *out = metrics;
    else
        pb_pixel_metrics_free(metrics);
    return status;
}

pb_status pb_pixel_metrics_new(pb_pixel_metrics **out)
{
    return new_framed(PB_PIXEL_METRICS_SIDE, PB_PIXEL_METRICS_SIDE, out);
}

static int64_t side_of_frame(int64_t n_patches)
{
    const int64_t side = n_patches * PATCH_PIXELS;
    return side > PB_PIXEL_METRICS_SIDE ? side : PB_PIXEL_METRICS_SIDE;
}

pb_status pb_pixel_metrics_new_for_grid(int32_t grid_height, int32_t grid_width, pb_pixel_metrics **out)
{
    if (grid_height < 1 || grid_width < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a patch map of %d x %d has no cells", grid_height, grid_width);
    PB_TRY(new_framed(side_of_frame(grid_width), side_of_frame(grid_height), out));
    (*out)->keeps_specks = (*out)->pixels > PB_PIXEL_METRICS_SIDE * PB_PIXEL_METRICS_SIDE;
    return PB_STATUS_OK;
}

pb_status pb_pixel_metrics_within(pb_pixel_metrics *metrics, const uint8_t *inside, int32_t grid_height,
                                  int32_t grid_width)
{
    if (grid_height < 1 || grid_width < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a region of %d x %d patches has none", grid_height, grid_width);
    PB_CHECK_ARG(metrics->n_blocks == 0, "which pixels count is said before the first image");
    if (!metrics->counted)
        PB_TRY(PB_NEW(metrics->counted, metrics->pixels));
    metrics->n_counted = 0;
    for (int64_t y = 0; y < metrics->height; y++) {
        const uint8_t *cells = inside + y * grid_height / metrics->height * grid_width;
        for (int64_t x = 0; x < metrics->width; x++) {
            const bool counts = cells[x * grid_width / metrics->width] != 0;
            metrics->counted[y * metrics->width + x] = counts;
            metrics->n_counted += counts;
        }
    }
    return PB_STATUS_OK;
}

static bool counts(const pb_pixel_metrics *metrics, int32_t pixel)
{
    return !metrics->counted || metrics->counted[pixel];
}

/* ---- Keys --------------------------------------------------------------------------------------------------------- */

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

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static pb_status reserve_block(pb_pixel_metrics *metrics)
{
    if (metrics->n_blocks >= INT32_MAX / metrics->pixels)
        return pb_fail(PB_STATUS_LIMIT, "pixel metrics of maps of this size hold at most %d images",
                       INT32_MAX / metrics->pixels);
    return PB_RESERVE(metrics->blocks, metrics->n_blocks + 1, metrics->capacity);
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
    status = pb_zoom_linear(rounded, grid_height, grid_width, metrics->zoomed, metrics->height, metrics->width);
done:
    pb_free(rounded);
    return status;
}

/* The image's defect pixels in order of their keys. */
static pb_status fill_defects(pb_pixel_metrics *metrics, int32_t n_regions, pixel_block *block)
{
    const int32_t n = block->n_defect;
    int32_t at = 0;
    if (n == 0)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_UNINITIALISED(block->region, n));
    PB_TRY(PB_NEW(block->share, n_regions));
    for (int32_t i = 0; i < metrics->pixels; i++)
        if (metrics->label[i] >= 0)
            metrics->defect_keys[at++] = (uint64_t)key_of(metrics->zoomed[i]) << 32 | (uint32_t)metrics->label[i];
    qsort(metrics->defect_keys, (size_t)n, sizeof *metrics->defect_keys, ascending);
    for (int32_t i = 0; i < n; i++) {
        block->keys[i] = (uint32_t)(metrics->defect_keys[i] >> 32);
        block->region[i] = (int32_t)(metrics->defect_keys[i] & UINT32_MAX);
        block->share[block->region[i]]++;
    }
    for (int32_t i = 0; i < n_regions; i++)
        block->share[i] = 1 / block->share[i];
    return PB_STATUS_OK;
}

/* @param n_regions of metrics->label */
static pb_status fill_block(pb_pixel_metrics *metrics, int32_t n_regions, pixel_block *block)
{
    for (int32_t i = 0; i < metrics->pixels; i++)
        block->n_defect += metrics->label[i] >= 0;
    PB_TRY(PB_NEW_UNINITIALISED(block->keys, metrics->n_counted));
    PB_TRY(fill_defects(metrics, n_regions, block));
    int32_t at = block->n_defect;
    for (int32_t i = 0; i < metrics->pixels; i++)
        if (metrics->label[i] < 0 && counts(metrics, i))
            block->keys[at++] = key_of(metrics->zoomed[i]);
    sort_keys(block->keys + block->n_defect, metrics->scratch, metrics->n_counted - block->n_defect);
    return PB_STATUS_OK;
}

/* Pixel i of n where it lies on a line of n_out, corner to corner. */
static int64_t place_of(int64_t i, int64_t n, int64_t n_out)
{
    return n > 1 ? (2 * i * (n_out - 1) + n - 1) / (2 * (n - 1)) : 0;
}

/* Every defect pixel marks its nearest pixel of the frame. */
static void add_specks(pb_pixel_metrics *metrics, const uint8_t *mask, int32_t width, int32_t height)
{
    for (int64_t y = 0; y < height; y++) {
        uint8_t *row = metrics->mask + place_of(y, height, metrics->height) * metrics->width;
        for (int64_t x = 0; x < width; x++)
            if (mask[y * width + x])
                row[place_of(x, width, metrics->width)] = 1;
    }
}

static pb_status zoom_mask(pb_pixel_metrics *metrics, const uint8_t *mask, int32_t width, int32_t height)
{
    if (!mask) {
        memset(metrics->mask, 0, (size_t)metrics->pixels);
        return PB_STATUS_OK;
    }
    PB_TRY(pb_zoom_nearest(mask, height, width, metrics->mask, metrics->height, metrics->width));
    if (metrics->keeps_specks)
        add_specks(metrics, mask, width, height);
    return PB_STATUS_OK;
}

pb_status pb_pixel_metrics_add(pb_pixel_metrics *metrics, const double *map, int32_t grid_height, int32_t grid_width,
                               const uint8_t *mask, int32_t width, int32_t height)
{
    int32_t n_regions;
    metrics->has_last = false;
    if (grid_height < 1 || grid_width < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a patch map of %d x %d has no cells", grid_height, grid_width);
    if (mask && (width < 1 || height < 1))
        return pb_fail(PB_STATUS_BAD_SHAPE, "a mask of %d x %d has no pixels", width, height);
    PB_TRY(zoom_map(metrics, map, grid_height, grid_width));
    PB_TRY(zoom_mask(metrics, mask, width, height));
    for (int32_t i = 0; i < metrics->pixels; i++)
        metrics->mask[i] = counts(metrics, i) ? metrics->mask[i] : 0;
    PB_TRY(pb_label_regions(metrics->mask, metrics->width, metrics->height, metrics->label, &n_regions));
    PB_TRY(reserve_block(metrics));
    pixel_block *block = &metrics->blocks[metrics->n_blocks];
    *block = (pixel_block){0};
    const pb_status status = fill_block(metrics, n_regions, block);
    if (status != PB_STATUS_OK) {
        free_block(block);
        return status;
    }
    metrics->n_defect += block->n_defect;
    metrics->n_regions += n_regions;
    metrics->n_blocks++;
    metrics->has_last = true;
    return PB_STATUS_OK;
}

/* ---- Saturated regions --------------------------------------------------------------------------------------------- */

/* How many pixels of the region in metrics->mask count, and how many there are. */
static pb_status count_region(const pb_pixel_metrics *metrics, int32_t *out_counted, int32_t *out_all)
{
    *out_counted = *out_all = 0;
    for (int32_t i = 0; i < metrics->pixels; i++) {
        if (!metrics->mask[i])
            continue;
        ++*out_all;
        *out_counted += counts(metrics, i);
        PB_CHECK_ARG(!counts(metrics, i) || metrics->label[i] >= 0, "a region marks pixels that are no defect");
    }
    return PB_STATUS_OK;
}

/* The keys of the region in metrics->mask. @param n of them */
static pb_status fill_region(pb_pixel_metrics *metrics, int32_t n, saturated_region *out)
{
    int32_t at = 0;
    PB_TRY(PB_NEW_UNINITIALISED(out->keys, n));
    for (int32_t i = 0; i < metrics->pixels; i++)
        if (metrics->mask[i] && counts(metrics, i))
            out->keys[at++] = key_of(metrics->zoomed[i]);
    sort_keys(out->keys, metrics->scratch, n);
    out->n = n;
    return PB_STATUS_OK;
}

pb_status pb_pixel_metrics_add_region(pb_pixel_metrics *metrics, const uint8_t *mask, int32_t width, int32_t height,
                                      double enough, bool is_share)
{
    int32_t n, n_all;
    int64_t area = 0;
    PB_CHECK_ARG(metrics->has_last, "a region needs an image: add it first");
    PB_CHECK_ARG(width >= 1 && height >= 1, "a region's mask of %d x %d has no pixels", width, height);
    PB_CHECK_ARG(enough > 0 && isfinite(enough) && (!is_share || enough <= 1), "%g %s a region cannot be enough of it",
                 enough, is_share ? "as a share of" : "pixels of");
    PB_TRY(zoom_mask(metrics, mask, width, height));
    PB_TRY(count_region(metrics, &n, &n_all));
    if (n == 0)
        return PB_STATUS_OK; /* nothing of it can be found or missed */
    for (int64_t i = 0; i < (int64_t)width * height; i++)
        area += mask[i] != 0;
    /* Pixels are those of the mask's own size: what counts has as many of them as its share of the frame's. */
    const double own = (double)area * n / n_all;
    PB_TRY(PB_RESERVE(metrics->saturated, metrics->n_saturated + 1, metrics->saturated_capacity));
    saturated_region *region = &metrics->saturated[metrics->n_saturated];
    PB_TRY(fill_region(metrics, n, region));
    region->enough = n * (is_share ? enough : enough < own ? enough / own : 1);
    metrics->n_saturated++;
    return PB_STATUS_OK;
}

/* ---- Sweeping ----------------------------------------------------------------------------------------------------- */

/* One class of one image while the sweep goes down its keys. */
typedef struct run {
    const uint32_t *keys;
    int32_t left;             /* keys not yet swept: keys[0..left) */
    const pixel_block *block; /* NULL: pixels outside of defects, or */
    const saturated_region *region;
} run;

typedef struct low_counts {
    uint32_t of[2][LOW_KEYS]; /* [in a defect][lower 16 bits], all 0 between buckets */
    double covered[LOW_KEYS]; /* shares of the regions, likewise */
    double saturated[LOW_KEYS];
} low_counts;

static int64_t highest_bucket(const run *runs, int64_t n_runs)
{
    int64_t bucket = -1;
    for (int64_t i = 0; i < n_runs; i++)
        if (runs[i].left > 0 && runs[i].keys[runs[i].left - 1] >> 16 > bucket)
            bucket = runs[i].keys[runs[i].left - 1] >> 16;
    return bucket;
}

/* What one more pixel, with `left` below it, is of the region. */
static double step_of(const saturated_region *region, int32_t left)
{
    const double before = region->n - left - 1;
    const double more = region->enough - before;
    return more <= 0 ? 0 : (more < 1 ? more : 1) / region->enough;
}

static void sweep_bucket(run *runs, int64_t n_runs, uint32_t bucket, low_counts *counts, pb_pixel_curves *curves)
{
    uint32_t lowest = LOW_KEYS - 1, highest = 0;
    for (int64_t i = 0; i < n_runs; i++) {
        const pixel_block *block = runs[i].block;
        uint32_t *count = counts->of[block != NULL];
        while (runs[i].left > 0 && runs[i].keys[runs[i].left - 1] >> 16 == bucket) {
            const uint32_t low = runs[i].keys[--runs[i].left] & (LOW_KEYS - 1);
            if (runs[i].region) { /* whose pixels are counted as the defects' */
                counts->saturated[low] += step_of(runs[i].region, runs[i].left);
                continue;
            }
            count[low]++;
            if (block)
                counts->covered[low] += block->share[block->region[runs[i].left]];
            lowest = low < lowest ? low : lowest;
            highest = low > highest ? low : highest;
        }
    }
    for (int64_t low = highest; low >= (int64_t)lowest; low--)
        if (counts->of[1][low] || counts->of[0][low]) {
            pb_curve_step(&curves->curve, counts->of[1][low], counts->of[0][low]);
            pb_overlap_step(&curves->overlap, counts->covered[low], counts->of[0][low]);
            if (curves->saturated.n_regions > 0)
                pb_overlap_step(&curves->saturated, counts->saturated[low], counts->of[0][low]);
            counts->of[1][low] = counts->of[0][low] = 0;
            counts->covered[low] = counts->saturated[low] = 0;
        }
}

static pb_status sweep_all(const pb_pixel_metrics *metrics, pb_pixel_curves *curves)
{
    const int64_t n_runs = 2 * metrics->n_blocks + metrics->n_saturated;
    run *runs = NULL;
    low_counts *counts = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(runs, n_runs));
    PB_TRY_GOTO(PB_NEW(counts, 1));
    for (int64_t i = 0; i < metrics->n_blocks; i++) {
        const pixel_block *block = &metrics->blocks[i];
        runs[2 * i] = (run){block->keys, block->n_defect, block, NULL};
        runs[2 * i + 1] = (run){block->keys + block->n_defect, metrics->n_counted - block->n_defect, NULL, NULL};
    }
    for (int64_t i = 0; i < metrics->n_saturated; i++) {
        const saturated_region *region = &metrics->saturated[i];
        runs[2 * metrics->n_blocks + i] = (run){region->keys, region->n, NULL, region};
    }
    for (int64_t bucket; (bucket = highest_bucket(runs, n_runs)) >= 0;)
        sweep_bucket(runs, n_runs, (uint32_t)bucket, counts, curves);
done:
    pb_free(runs);
    pb_free(counts);
    return status;
}

pb_status pb_pixel_metrics_result(const pb_pixel_metrics *metrics, pb_pixel_figures *out)
{
    const int64_t n_good = metrics->n_blocks * metrics->n_counted - metrics->n_defect;
    pb_pixel_curves curves = {.curve = {.n_positives = metrics->n_defect, .n_negatives = n_good},
                              .overlap = {.n_negatives = n_good, .n_regions = metrics->n_regions},
                              .saturated = {.n_negatives = n_good, .n_regions = metrics->n_saturated}};
    if (metrics->n_defect == 0 || n_good == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " defect pixels and %" PRId64 " good ones: pixel metrics need at least one of each",
                       metrics->n_defect, n_good);
    PB_TRY(sweep_all(metrics, &curves));
    *out = (pb_pixel_figures){.n_regions = metrics->n_regions, .n_saturated = metrics->n_saturated};
#define PB_PIXEL_FIGURE(member, ...) out->member = pb_pixel_figure_##member(&curves);
#define PB_PIXEL_COUNT(member)
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
    return PB_STATUS_OK;
}
