/* Where the time of `purebank score` goes with the built-in backbone, and that its memory does not grow.
 *
 *   bench_score
 *
 * Parts are 448x448 PNG photos made on the spot; the bank holds 10 references (7840 x 35). First decode, features and search of
 * one part on one thread, then all of it with all threads; medians of ROUNDS. Then banks and parts of 784 x 1024 features, 10 and
 * 1000 of them, scored from a mapped file: the library's own peak memory. Needs 3.3 GB of disk in TMPDIR for the latter. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench.h"
#include "io/npy.h"

enum { N_REFERENCES = 10, N_PARTS = 40, ROUNDS = 7, SIDE = 448, K = 5, WIDE = 1024 };

/* A woven texture under uneven light, with noise. */
static pb_status write_photo(const char *path, uint32_t seed)
{
    pb_image image;
    uint32_t noise = seed * 2654435761u + 1;
    PB_TRY(pb_image_new(SIDE, SIDE, &image));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            noise = noise * 1664525u + 1013904223u;
            const double light = 110 + 30 * sin(0.004 * x + 0.003 * y + seed);
            const double value = light + 25 * sin(0.5 * x + 0.01 * seed) * sin(0.45 * y) + (double)(noise >> 27) - 16;
            for (int c = 0; c < 3; c++)
                image.rgb[(y * SIDE + x) * 3 + c] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        }
    const pb_status status = pb_image_write_png(&image, path);
    pb_image_free(&image);
    return status;
}

typedef struct photos {
    char folder[256];
    char path[N_PARTS][300];
    const char *paths[N_PARTS];
} photos;

static pb_status write_photos(photos *out)
{
    for (int i = 0; i < N_PARTS; i++) {
        snprintf(out->path[i], sizeof out->path[i], "%s/%02d.png", out->folder, i);
        out->paths[i] = out->path[i];
        PB_TRY(write_photo(out->path[i], (uint32_t)i));
    }
    return PB_STATUS_OK;
}

static pb_status fit_bank(const pb_features *features, pb_bank **out)
{
    pb_references *references;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    PB_TRY(pb_references_new(features, K, NULL, &references));
    const pb_status status = pb_bank_fit(references, NULL, NULL, &options, out, NULL);
    pb_references_free(references);
    return status;
}

/* One part on one thread, step by step. */
static pb_status time_steps(pb_backbone *backbone, pb_bank *bank, const char *path, pb_features *features,
                            double *patch_scores, double seconds[3])
{
    double score;
    pb_image image;
    const double start = bench_now();
    PB_TRY(pb_image_read(path, &image));
    const double decoded = bench_now();
    pb_status status = pb_backbone_extract(backbone, &image, 1, pb_features_rows(features));
    pb_image_free(&image);
    const double described = bench_now();
    if (status == PB_STATUS_OK)
        status = pb_bank_score(bank, features, patch_scores, &score);
    const double scored = bench_now();
    seconds[0] = decoded - start;
    seconds[1] = described - decoded;
    seconds[2] = scored - described;
    return status;
}

static pb_status bench_steps(pb_backbone *backbone, pb_bank *bank, const photos *parts)
{
    static const char *const names[] = {"decode PNG", "resize + features", "search + score"};
    double times[3][ROUNDS * N_PARTS], patch_scores[784], sum = 0, medians[3];
    pb_features *features;
    PB_TRY(pb_features_new(1, pb_backbone_origin(backbone), &features));
    PB_TRY(pb_threads_set(1));
    pb_status status = PB_STATUS_OK;
    for (int i = 0; i < ROUNDS * N_PARTS && status == PB_STATUS_OK; i++) {
        double seconds[3] = {0};
        status = time_steps(backbone, bank, parts->paths[i % N_PARTS], features, patch_scores, seconds);
        for (int s = 0; s < 3; s++)
            times[s][i] = seconds[s];
    }
    PB_TRY(pb_threads_set(0));
    pb_features_free(features);
    for (int s = 0; s < 3; s++)
        sum += medians[s] = pb_median(times[s], ROUNDS * N_PARTS);
    printf("one part, one thread\n");
    for (int s = 0; s < 3; s++)
        printf("  %-18s %7.2f ms  %4.0f %%\n", names[s], 1e3 * medians[s], 100 * medians[s] / sum);
    printf("  %-18s %7.2f ms  = %.0f images/s a core\n", "sum", 1e3 * sum, 1 / sum);
    return status;
}

static pb_status bench_all_threads(pb_backbone *backbone, pb_bank *bank, const photos *parts)
{
    double times[ROUNDS], scores[N_PARTS], *patch_scores;
    PB_TRY(PB_NEW(patch_scores, N_PARTS * 784));
    pb_status status = PB_STATUS_OK;
    for (int round = 0; round < ROUNDS && status == PB_STATUS_OK; round++) {
        pb_features *features = NULL;
        const double start = bench_now();
        status = pb_backbone_extract_files(backbone, parts->paths, N_PARTS, NULL, &features);
        if (status == PB_STATUS_OK)
            status = pb_bank_score(bank, features, patch_scores, scores);
        times[round] = bench_now() - start;
        pb_features_free(features);
    }
    pb_free(patch_scores);
    const double seconds = pb_median(times, ROUNDS);
    printf("%d parts, %d threads: %.0f images/s, %.0f a core\n", N_PARTS, pb_threads_get(), N_PARTS / seconds,
           N_PARTS / seconds / pb_threads_get());
    return status;
}

static pb_status bench_builtin(const char *folder)
{
    photos parts;
    pb_backbone *backbone = NULL;
    pb_features *features = NULL;
    pb_bank *bank = NULL;
    pb_status status;
    snprintf(parts.folder, sizeof parts.folder, "%s", folder);
    PB_TRY_GOTO(write_photos(&parts));
    PB_TRY_GOTO(pb_backbone_open("builtin", NULL, &backbone));
    PB_TRY_GOTO(pb_backbone_extract_files(backbone, parts.paths, N_REFERENCES, NULL, &features));
    PB_TRY_GOTO(fit_bank(features, &bank));
    printf("built-in backbone, 448x448 PNG, bank %lld x %lld, K %d\n", (long long)pb_bank_n_rows(bank),
           (long long)pb_bank_dim(bank), K);
    PB_TRY_GOTO(bench_steps(backbone, bank, &parts));
    status = bench_all_threads(backbone, bank, &parts);
done:
    pb_bank_free(bank);
    pb_features_free(features);
    pb_backbone_close(backbone);
    return status;
}

/* n images of a smooth map a position plus noise, written image by image. */
static pb_status write_features(const char *path, int64_t n, uint64_t seed)
{
    const int64_t shape[] = {n, 784, WIDE};
    float *image;
    pb_writer *writer;
    PB_TRY(PB_NEW(image, 784 * WIDE));
    PB_TRY(pb_writer_open(path, &writer));
    pb_status status = pb_npy_write_header(writer, PB_NPY_F4, 3, shape);
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++) {
        for (int64_t j = 0; j < 784 * WIDE; j++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            image[j] = (float)((double)(j % 977) * 1e-3 + (double)(seed >> 40) * 0x1p-24);
        }
        status = pb_writer_write(writer, image, (size_t)(784 * WIDE) * sizeof *image);
    }
    pb_free(image);
    if (status == PB_STATUS_OK)
        return pb_writer_commit(writer);
    pb_writer_abort(writer);
    return status;
}

static long anonymous_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "RssAnon: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static pb_status score_mapped(pb_bank *bank, const char *path)
{
    pb_features *parts;
    double *patch_scores, *scores;
    PB_TRY(pb_features_load(path, &parts));
    PB_TRY(PB_NEW(patch_scores, pb_features_n_patches(parts)));
    PB_TRY(PB_NEW(scores, pb_features_n_images(parts)));
    pb_status status = PB_STATUS_OK;
    const double start = bench_now();
    long anonymous = 0;
    for (int64_t i = 0; i < pb_features_n_images(parts) && status == PB_STATUS_OK; i++) {
        pb_features *part;
        status = pb_features_slice(parts, i, 1, &part);
        if (status == PB_STATUS_OK)
            status = pb_bank_score(bank, part, patch_scores, &scores[i]);
        if (anonymous_kib() > anonymous)
            anonymous = anonymous_kib();
    }
    printf("  %5lld parts of 784 x %d: %6.1f ms a part, library peak %.0f MB, process beyond mapped files at most %.0f "
           "MB\n",
           (long long)pb_features_n_images(parts), WIDE,
           1e3 * (bench_now() - start) / (double)pb_features_n_images(parts), 1e-6 * (double)pb_memory_peak_bytes(),
           (double)anonymous * 1024e-6);
    pb_free(patch_scores);
    pb_free(scores);
    pb_features_free(parts);
    return status;
}

static pb_status bench_memory(const char *folder)
{
    static const int64_t sizes[] = {10, 1000};
    char path[300];
    pb_features *references;
    pb_bank *bank;
    snprintf(path, sizeof path, "%s/features.npy", folder);
    PB_TRY(write_features(path, N_REFERENCES, 1));
    PB_TRY(pb_features_load(path, &references));
    PB_TRY(fit_bank(references, &bank));
    pb_features_free(references);
    printf("memory, bank %lld x %lld (commissioned in this process)\n", (long long)pb_bank_n_rows(bank),
           (long long)pb_bank_dim(bank));
    pb_status status = PB_STATUS_OK;
    for (size_t i = 0; i < 2 && status == PB_STATUS_OK; i++) {
        status = write_features(path, sizes[i], 7);
        if (status == PB_STATUS_OK)
            status = score_mapped(bank, path);
    }
    pb_bank_free(bank);
    return status;
}

int main(void)
{
    char folder[200], command[256];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/purebank-bench-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_print_machine();
    pb_status status = bench_builtin(folder);
    if (status == PB_STATUS_OK)
        status = bench_memory(folder);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "bench_score: %s\n", pb_error_message());
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0 || status != PB_STATUS_OK;
}
