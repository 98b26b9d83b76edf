/* Banks of 10^4 to 10^6 patches: time and memory of the search, of a station that starts, and of a coreset. bench/scale.sh runs
 * this beside FAISS and anomalib.
 *
 *   bench_scale --write DIR ROWS        bank.npy (ROWS x 1024, structured) and queries.npy (one image of 784)
 *   bench_scale --search DIR N          one line: rows, seconds of processors to prepare the mapped bank, bytes of the index,
 *                                       precision and coordinates of its products, and of comparisons; then N lines: seconds by the clock and of processors for the image
 *   bench_scale --start DIR             seconds by the clock to load a bank file of these rows, to judge the image for the first time
 *                                       and again
 *   bench_scale --coreset DIR ROWS WANTED  seconds by the clock and of processors to select WANTED of the first ROWS rows, and the
 *                                       largest distance of any of them from the selected ones */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <purebank/purebank.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "bench.h"
#include "bench_data.h"
#include "search/index.h"

enum { K = 5, IMAGES_AT_A_TIME = 64, NPY_HEAD = 128 /* bytes, as bench_write_npy() writes it */ };

static double processors(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* More than fits in memory: some images at a time. */
static void write_bank(const char *folder, int64_t rows)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/bank.npy", folder);
    float *images = bench_make_images("structured", 1, 2);
    bench_write_npy(folder, "queries", images, BENCH_PATCHES, BENCH_DIM);
    bench_write_npy(folder, "bank", images, 0, BENCH_DIM);
    free(images);
    FILE *file = fopen(path, "r+b");
    char head[NPY_HEAD + 1];
    if (!file || fread(head, 1, NPY_HEAD, file) != NPY_HEAD)
        exit(1);
    head[NPY_HEAD] = '\0';
    snprintf(head + 10, NPY_HEAD - 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %d), }",
             (long long)rows, BENCH_DIM);
    for (size_t i = strlen(head + 10) + 10; i < NPY_HEAD - 1; i++)
        head[i] = ' ';
    head[NPY_HEAD - 1] = '\n';
    rewind(file);
    fwrite(head, 1, NPY_HEAD, file);
    const int64_t chunk = (int64_t)IMAGES_AT_A_TIME * BENCH_PATCHES;
    for (int64_t first = 0; first < rows; first += chunk) {
        const int64_t n = rows - first < chunk ? rows - first : chunk;
        images = bench_make_images("structured", IMAGES_AT_A_TIME, (uint64_t)(1000 + first));
        fwrite(images, sizeof *images, (size_t)n * BENCH_DIM, file);
        free(images);
    }
    if (fclose(file) != 0)
        exit(1);
}

/* The values of an .npy that bench_write_npy() wrote. */
static const float *map_npy(const char *folder, const char *name, int64_t *rows)
{
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    const int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &about) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    const char *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (bytes == MAP_FAILED)
        exit(1);
    *rows = (about.st_size - NPY_HEAD) / (int64_t)(BENCH_DIM * sizeof(float));
    return (const float *)(const void *)(bytes + NPY_HEAD);
}

static void time_search(const char *folder, int n)
{
    static double distances[BENCH_PATCHES * K];
    int64_t rows, queries_rows;
    const float *bank = map_npy(folder, "bank", &rows), *queries = map_npy(folder, "queries", &queries_rows);
    pb_index *index;
    const double before = processors();
    bench_require(pb_index_new(bank, rows, BENCH_DIM, PB_METRIC_EUCLIDEAN, &index));
    const double prepared = processors() - before;
    const pb_filter_plan plan = pb_index_plan(index);
    printf("%lld %.3f %zu %s,%d,%d\n", (long long)rows, prepared, pb_memory_live_bytes(),
           pb_precision_name(plan.precision), (int)plan.coarse, (int)plan.fine);
    bench_require(pb_index_search(index, queries, BENCH_PATCHES, K, distances, NULL));
    for (int r = 0; r < n; r++) {
        const double start = bench_now(), used = processors();
        bench_require(pb_index_search(index, queries, BENCH_PATCHES, K, distances, NULL));
        printf("%.6f %.6f\n", bench_now() - start, processors() - used);
        fflush(stdout);
    }
    pb_index_free(index);
}

/* A bank file without a fit: its rows, and what loading checks. */
static void save_bank(const char *folder, const char *path)
{
    pb_bank *bank;
    bench_require(pb_bank_allocate(&bank));
    bank->rows = map_npy(folder, "bank", &bank->n_rows);
    bank->dim = BENCH_DIM;
    bank->origin = (pb_origin){.backbone = "bench",
                               .weights_hash = "0",
                               .precision = "f32",
                               .preprocessing = "none",
                               .input_height = 448,
                               .input_width = 448,
                               .grid_height = 28,
                               .grid_width = 28,
                               .dim = BENCH_DIM};
    bank->k = K;
    bank->threshold = (pb_threshold){.value = 1, .false_alarm_rate = 0.1, .method = PB_THRESHOLD_LOG_T, .n = 2};
    bank->patch_score_high = 1;
    snprintf(bank->purify_method, sizeof bank->purify_method, "none");
    bank->n_references = (bank->n_rows + BENCH_PATCHES - 1) / BENCH_PATCHES;
    bench_require(PB_NEW(bank->references, bank->n_references));
    bench_require(PB_NEW(bank->image_of_row, bank->n_rows));
    bench_require(PB_NEW(bank->patch_of_row, bank->n_rows));
    for (int64_t i = 0; i < bank->n_references; i++)
        bench_require(PB_NEW_STRING(bank->references[i].path, "photo"));
    for (int64_t i = 0; i < bank->n_rows; i++) {
        bank->image_of_row[i] = (int32_t)(i / BENCH_PATCHES);
        bank->patch_of_row[i] = (int32_t)(i % BENCH_PATCHES);
    }
    bench_require(pb_bank_save(bank, path));
    pb_bank_free(bank);
}

static void time_start(const char *folder)
{
    static double patch_scores[BENCH_PATCHES];
    char path[4096];
    int64_t n;
    double score, times[3];
    pb_bank *bank;
    pb_features *features;
    snprintf(path, sizeof path, "%s/scale.bank", folder);
    save_bank(folder, path);
    double start = bench_now();
    bench_require(pb_bank_load(path, &bank));
    times[0] = bench_now() - start;
    bench_require(pb_features_new(1, pb_bank_origin(bank), &features));
    memcpy(pb_features_rows(features), map_npy(folder, "queries", &n),
           sizeof(float) * (size_t)BENCH_PATCHES * (size_t)BENCH_DIM);
    for (int i = 1; i < 3; i++) {
        start = bench_now();
        bench_require(pb_bank_score(bank, features, patch_scores, &score));
        times[i] = bench_now() - start;
    }
    printf("%.3f %.3f %.3f\n", times[0], times[1], times[2]);
    pb_features_free(features);
    pb_bank_free(bank);
    unlink(path);
}

static void time_coreset(const char *folder, int64_t n, int64_t wanted)
{
    int64_t rows;
    const float *bank = map_npy(folder, "bank", &rows);
    int64_t *selected = bench_allocate(sizeof *selected * (size_t)wanted);
    double radius = (double)INFINITY;
    const double start = bench_now(), used = processors();
    bench_require(pb_coreset_select(bank, n < rows ? n : rows, BENCH_DIM, wanted, NULL, selected));
    const double seconds = bench_now() - start, processor_seconds = processors() - used;
    const float *last = bank + selected[wanted - 1] * BENCH_DIM;
    for (int64_t s = 0; s + 1 < wanted; s++)
        radius = fmin(radius, pb_index_distance(bank + selected[s] * BENCH_DIM, last, BENCH_DIM, PB_METRIC_EUCLIDEAN));
    printf("%.3f %.3f %.6f\n", seconds, processor_seconds, radius);
    free(selected);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        write_bank(argv[2], strtoll(argv[3], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "--search") == 0)
        time_search(argv[2], (int)strtol(argv[3], NULL, 10));
    else if (argc == 3 && strcmp(argv[1], "--start") == 0)
        time_start(argv[2]);
    else if (argc == 5 && strcmp(argv[1], "--coreset") == 0)
        time_coreset(argv[2], strtoll(argv[3], NULL, 10), strtoll(argv[4], NULL, 10));
    else
        bench_print_machine();
    return 0;
}
