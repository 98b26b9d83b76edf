/* Milliseconds an image of the built-in backbone on one core, stage by stage.
 *
 *     bench_builtin [IMAGE] [REPEATS]
 *
 * Prints median, minimum and maximum over REPEATS (default 25, at least 7) of decoding, resizing to 448x448
 * and describing IMAGE; without one, a synthetic 1024x1024 image, decoded from PNG. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <purebank/purebank.h>

#include "backbone/builtin/builtin_describe.h"
#include "backbone/builtin/builtin_frame.h"
#include "base/memory.h"
#include "bench.h"

enum { MIN_REPEATS = 7, MAX_REPEATS = 1000 };

typedef enum stage { DECODE, RESIZE, DESCRIBE, N_STAGES } stage;

static const char *const stage_names[N_STAGES] = {"decode", "resize", "describe"};

typedef struct bench {
    const char *path; /* NULL: decode `png` */
    uint8_t *png;
    size_t png_bytes;
    builtin_tables *tables;
    builtin_scratch *scratch;
    float *features;
    int32_t width, height;
} bench;

/* A smooth pattern with some noise, so that neither the PNG filters nor the resampling have it too easy. */
static pb_status make_png(bench *b)
{
    pb_image image = {0};
    uint32_t noise = 1;
    PB_TRY(pb_image_new(1024, 1024, &image));
    for (int y = 0; y < 1024; y++)
        for (int x = 0; x < 1024; x++)
            for (int c = 0; c < 3; c++) {
                noise = noise * 1664525u + 1013904223u;
                image.rgb[(y * 1024 + x) * 3 + c] =
                    (uint8_t)(((x * x + y * y) / 4096 + 40 * c + (int)(noise >> 29)) & 255);
            }
    const pb_status status = pb_image_encode_png(&image, &b->png, &b->png_bytes);
    pb_image_free(&image);
    return status;
}

static pb_status run_once(bench *b, double ms[N_STAGES])
{
    pb_image image = {0}, resized = {0};
    const double start = 1e3 * bench_now();
    PB_TRY(b->path ? pb_image_read(b->path, &image) : pb_image_decode(b->png, b->png_bytes, "synthetic", &image));
    const double decoded = 1e3 * bench_now();
    pb_status status = pb_image_resize(&image, BUILTIN_SIDE, BUILTIN_SIDE, PB_RESAMPLE_BILINEAR, &resized);
    const double resized_at = 1e3 * bench_now();
    if (status == PB_STATUS_OK)
        status = pb_builtin_describe(b->tables, &resized, b->scratch, b->features);
    ms[DECODE] = decoded - start;
    ms[RESIZE] = resized_at - decoded;
    ms[DESCRIBE] = 1e3 * bench_now() - resized_at;
    b->width = image.width;
    b->height = image.height;
    pb_image_free(&image);
    pb_image_free(&resized);
    return status;
}

static pb_status run(bench *b, int repeats)
{
    static double ms[N_STAGES][MAX_REPEATS];
    double once[N_STAGES];
    PB_TRY(run_once(b, once)); /* warm up */
    for (int i = 0; i < repeats; i++) {
        PB_TRY(run_once(b, once));
        for (int s = 0; s < N_STAGES; s++)
            ms[s][i] = once[s];
    }
    printf("%s, %d x %d, one core, %d repeats; milliseconds an image\n", b->path ? b->path : "synthetic PNG",
           (int)b->width, (int)b->height, repeats);
    printf("%-10s %8s %8s %8s\n", "stage", "median", "min", "max");
    double total = 0;
    for (int s = 0; s < N_STAGES; s++) {
        const double median = pb_median(ms[s], repeats);
        const double min = pb_order_statistic(ms[s], repeats, 0), max = pb_order_statistic(ms[s], repeats, repeats - 1);
        printf("%-10s %8.2f %8.2f %8.2f\n", stage_names[s], median, min, max);
        total += median;
    }
    printf("%-10s %8.2f   (%.0f images/s)\n", "sum", total, 1e3 / total);
    return PB_STATUS_OK;
}

static pb_status prepare(bench *b)
{
    PB_TRY(pb_threads_set(1));
    PB_TRY(PB_NEW(b->tables, 1));
    const int64_t cells = pb_builtin_cells(BUILTIN_SIDE);
    PB_TRY(pb_builtin_scratch_new(BUILTIN_SIDE, BUILTIN_SIDE, &b->scratch));
    PB_TRY(PB_NEW(b->features, cells * cells * BUILTIN_DIM));
    pb_builtin_tables_init(b->tables);
    return b->path ? PB_STATUS_OK : make_png(b);
}

int main(int argc, char **argv)
{
    bench b = {.path = argc > 1 ? argv[1] : NULL};
    const long asked = argc > 2 ? strtol(argv[2], NULL, 10) : 25;
    const int repeats = asked < MIN_REPEATS ? MIN_REPEATS : (asked > MAX_REPEATS ? MAX_REPEATS : (int)asked);
    pb_status status = prepare(&b);
    if (status == PB_STATUS_OK)
        status = run(&b, repeats);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    pb_buffer_free(b.png);
    pb_free(b.tables);
    pb_builtin_scratch_free(b.scratch);
    pb_free(b.features);
    return status == PB_STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
