/* Milliseconds of a part against a bank, by what they go to: for photos that are looked at in full.
 *
 *     bench_resolution BANK PHOTO [BACKBONE [REPEATS]]
 *
 * Medians over REPEATS (default 7) of decoding, measuring the photo for the guard, features, and search with scores: by the clock, and the
 * processor time of all threads, which other programs on the machine disturb less. Threads are those of PB_NUM_THREADS, or the cores that
 * this process may use. */
#include <stdio.h>
#include <stdlib.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench.h"

enum { MAX_REPEATS = 100 };

typedef enum stage { DECODE, MEASURE, FEATURES, SEARCH, N_STAGES } stage;

typedef struct bench {
    pb_bank *bank;
    pb_backbone *backbone;
    const char *photo;
    double *patch_scores;
    double ms[N_STAGES][MAX_REPEATS], cpu[N_STAGES][MAX_REPEATS];
} bench;

typedef struct moment {
    double clock, cpu;
} moment;

static moment now(void)
{
    return (moment){bench_now(), bench_cpu_now()};
}

static void note(bench *b, stage at, int repeat, moment start, moment end)
{
    b->ms[at][repeat] = 1e3 * (end.clock - start.clock);
    b->cpu[at][repeat] = 1e3 * (end.cpu - start.cpu);
}

static pb_status judge(bench *b, const pb_image *image, int repeat, moment decoded)
{
    const pb_origin *origin = pb_backbone_origin(b->backbone);
    pb_photo measured;
    pb_features *features;
    double score;
    PB_TRY(pb_photo_measure(image, &measured));
    const moment measured_at = now();
    PB_TRY(pb_features_new(1, origin, &features));
    pb_status status = pb_backbone_extract(b->backbone, image, 1, pb_features_rows(features));
    const moment extracted = now();
    if (status == PB_STATUS_OK)
        status = pb_bank_score(b->bank, features, b->patch_scores, &score);
    note(b, MEASURE, repeat, decoded, measured_at);
    note(b, FEATURES, repeat, measured_at, extracted);
    note(b, SEARCH, repeat, extracted, now());
    pb_features_free(features);
    return status;
}

static pb_status run_once(bench *b, int repeat)
{
    pb_image image;
    const moment start = now();
    PB_TRY(pb_image_read(b->photo, &image));
    const moment decoded = now();
    note(b, DECODE, repeat, start, decoded);
    const pb_status status = judge(b, &image, repeat, decoded);
    pb_image_free(&image);
    return status;
}

static pb_status run(bench *b, const char *bank, const char *backbone, int repeats)
{
    static const char *const names[N_STAGES] = {"decode", "measure", "features", "search"};
    const pb_bank_backbone_options options = {.size = sizeof options, .name = backbone};
    double total = 0, total_cpu = 0;
    PB_TRY(pb_bank_load(bank, &b->bank));
    PB_TRY(pb_bank_open_backbone(b->bank, &options, &b->backbone));
    const pb_origin *origin = pb_backbone_origin(b->backbone);
    PB_TRY(PB_NEW(b->patch_scores, (int64_t)origin->grid_height * origin->grid_width));
    PB_TRY(run_once(b, 0)); /* warm up */
    for (int i = 0; i < repeats; i++)
        PB_TRY(run_once(b, i));
    printf("%s, %dx%d patches, bank of %lld, %d threads, %d repeats; milliseconds a photo\n", origin->preprocessing,
           (int)origin->grid_width, (int)origin->grid_height, (long long)pb_bank_n_rows(b->bank), pb_threads_get(),
           repeats);
    for (int s = 0; s < N_STAGES; s++) {
        const double median = pb_median(b->ms[s], repeats), cpu = pb_median(b->cpu[s], repeats);
        printf("%-10s %8.1f   processor time %8.1f\n", names[s], median, cpu);
        total += median;
        total_cpu += cpu;
    }
    printf("%-10s %8.1f   processor time %8.1f\n", "sum", total, total_cpu);
    return PB_STATUS_OK;
}

int main(int argc, char **argv)
{
    static bench b;
    const int asked = argc > 4 ? atoi(argv[4]) : 7, repeats = asked < 1 ? 1 : asked > MAX_REPEATS ? MAX_REPEATS : asked;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_resolution BANK PHOTO [BACKBONE [REPEATS]]\n");
        return 2;
    }
    b.photo = argv[2];
    const pb_status status = run(&b, argv[1], argc > 3 && argv[3][0] ? argv[3] : NULL, repeats);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    pb_free(b.patch_scores);
    pb_backbone_close(b.backbone);
    pb_bank_free(b.bank);
    return status != PB_STATUS_OK;
}
