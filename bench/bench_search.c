/* Exact search against the matrix product it cannot do without: oneDNN's sgemm on the same shapes,
 * alternating in one run, medians.
 *
 *   bench_search                    all of it, on all kinds of data
 *   bench_search --write DIR KIND   bank.npy and queries.npy for bench/faiss_search.py
 *   bench_search --one KIND         one kind of data
 *   bench_search --knn KIND N       N timings of the kNN case alone, one a line: seconds by the clock and of processors
 *   bench_search --commission KIND N  the same for audit, fit and threshold of 10 images
 *   bench_search --prepare KIND N     the same for the index of the bank
 *   bench_search --machine          what it runs on
 *
 * KIND: gaussian, structured, outliers, or real: features of a trained network out of ../shared. */
#include <dnnl.h>
#include <dnnl_debug.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <purebank/purebank.h>

#include "base/cpu.h"
#include "bench.h"
#include "io/features.h"
#include "search/index.h"
#include "search/neighbors.h"

enum {
    IMAGES = 10,
    PATCHES = 784,
    DIM = 1024,
    BANK = IMAGES * PATCHES,
    QUERY_IMAGES = 20,
    K = 5,
    DEPTH = 2 * K, /* as pb_references takes it */
    ROUNDS = 5,
    MANIFOLD = 24, /* dimensions a patch position varies in */
    OUTLIER_EVERY = 250
};

static void require(pb_status status)
{
    if (status == PB_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", pb_status_name(status), pb_error_message());
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *block = malloc(bytes);
    if (!block) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return block;
}

/* Box and Muller 1958. */
static double normal(uint64_t *state)
{
    const double a = ((double)(bench_random(state) >> 11) + 0.5) * 0x1p-53;
    const double b = (double)(bench_random(state) >> 11) * 0x1p-53;
    return sqrt(-2 * log(a)) * cos(6.283185307179586 * b);
}

/* "gaussian": independent values. "structured": as patch features are: a common offset, a mean for each
 * position, a few directions shared by all in which images differ, and noise. */
static float *make_images(const char *kind, int n_images, uint64_t seed)
{
    float *data = allocate(sizeof *data * (size_t)n_images * PATCHES * DIM);
    uint64_t state = seed, model = 1;
    if (strcmp(kind, "gaussian") == 0) {
        for (size_t i = 0; i < (size_t)n_images * PATCHES * DIM; i++)
            data[i] = (float)normal(&state);
        return data;
    }
    float *offset = allocate(sizeof *offset * DIM), *position = allocate(sizeof *position * PATCHES * DIM);
    float *direction = allocate(sizeof *direction * MANIFOLD * DIM);
    for (int c = 0; c < DIM; c++)
        offset[c] = (float)(3 * normal(&model));
    for (int i = 0; i < MANIFOLD * DIM; i++)
        direction[i] = (float)normal(&model);
    for (int p = 0; p < PATCHES; p++) {
        double weight[MANIFOLD];
        for (int m = 0; m < MANIFOLD; m++)
            weight[m] = normal(&model) / 4;
        for (int c = 0; c < DIM; c++) {
            double sum = (double)offset[c];
            for (int m = 0; m < MANIFOLD; m++)
                sum += weight[m] * (double)direction[m * DIM + c];
            position[p * DIM + c] = (float)sum;
        }
    }
    for (int i = 0; i < n_images * PATCHES; i++) {
        double weight[MANIFOLD];
        for (int m = 0; m < MANIFOLD; m++)
            weight[m] = normal(&state) / 8;
        for (int c = 0; c < DIM; c++) {
            const double noise = c % OUTLIER_EVERY == 7 && strcmp(kind, "outliers") == 0 ? 18 : 0.3;
            double sum = (double)position[i % PATCHES * DIM + c] + noise * normal(&state);
            for (int m = 0; m < MANIFOLD; m++)
                sum += weight[m] * (double)direction[m * DIM + c];
            data[(size_t)i * DIM + (size_t)c] = (float)sum;
        }
    }
    free(offset);
    free(position);
    free(direction);
    return data;
}

/* Of the data at hand. */
static size_t dim = DIM;
static int query_images = QUERY_IMAGES;

/* Features of a trained network: 20 images, half of them references. */
static const char real_path[] = PB_SHARED_DIR "/data/real_features/magnetic_tile_lite0_1152.npy";

static float *read_images(int first, int n)
{
    pb_features *features;
    require(pb_features_load(real_path, &features));
    dim = (size_t)pb_features_dim(features);
    const size_t values = (size_t)n * PATCHES * dim;
    float *data = allocate(sizeof *data * values);
    memcpy(data, pb_features_data(features) + (size_t)first * PATCHES * dim, sizeof *data * values);
    pb_features_free(features);
    return data;
}

static float *make_bank(const char *kind)
{
    return strcmp(kind, "real") == 0 ? read_images(0, IMAGES) : make_images(kind, IMAGES, 1);
}

static float *make_queries(const char *kind)
{
    query_images = strcmp(kind, "real") == 0 ? IMAGES : QUERY_IMAGES;
    return strcmp(kind, "real") == 0 ? read_images(IMAGES, IMAGES) : make_images(kind, QUERY_IMAGES, 2);
}

static void sgemm(const float *a, int64_t rows, const float *b, int64_t columns, float *c)
{
    omp_set_num_threads(pb_threads_get());
    const int64_t k = (int64_t)dim;
    if (dnnl_sgemm('N', 'T', rows, columns, k, 1, a, k, b, k, 0, c, columns) != dnnl_success)
        exit(1);
}

static double time_search(const pb_index *index, const float *queries, int n_images)
{
    double distances[PATCHES * K];
    const double start = bench_now();
    for (int i = 0; i < n_images; i++)
        require(pb_index_search(index, queries + (size_t)i * PATCHES * dim, PATCHES, K, distances, NULL));
    return bench_now() - start;
}

static double time_search_sgemm(const float *bank, const float *queries, int n_images, float *products)
{
    const double start = bench_now();
    for (int i = 0; i < n_images; i++)
        sgemm(queries + (size_t)i * PATCHES * dim, PATCHES, bank, BANK, products);
    return bench_now() - start;
}

static void report(const char *what, double own, double gemm, double flop)
{
    printf("  %-44s %8.1f ms   sgemm %8.1f ms   %5.2f x sgemm   %6.1f GFLOP/s against %6.1f\n", what, 1e3 * own,
           1e3 * gemm, own / gemm, 1e-9 * flop / own, 1e-9 * flop / gemm);
}

static void bench_knn(const float *bank, const float *queries, const pb_filter_plan *plan, const char *name)
{
    double own[ROUNDS], gemm[ROUNDS], one[ROUNDS], one_gemm[ROUNDS], build[ROUNDS];
    float *products = allocate(sizeof *products * PATCHES * BANK);
    pb_index *index = NULL;
    for (int r = 0; r < ROUNDS; r++) {
        pb_index_free(index);
        const double start = bench_now();
        require(pb_index_new_with(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, plan, &index));
        build[r] = bench_now() - start;
    }
    (void)time_search(index, queries, 1);
    for (int r = 0; r < ROUNDS; r++) {
        own[r] = time_search(index, queries, query_images);
        gemm[r] = time_search_sgemm(bank, queries, query_images, products);
        one[r] = time_search(index, queries + (size_t)r * PATCHES * dim, 1);
        one_gemm[r] = time_search_sgemm(bank, queries + (size_t)r * PATCHES * dim, 1, products);
    }
    const double flop = 2.0 * PATCHES * BANK * (double)dim;
    char what[100];
    const pb_filter_plan chosen = pb_index_plan(index);
    snprintf(what, sizeof what, "kNN, %d images, %s (%s, %d, %d)", query_images, name,
             chosen.precision == PB_PRECISION_INT8 ? "int8" : "float32", (int)chosen.coarse, (int)chosen.fine);
    report(what, pb_median(own, ROUNDS), pb_median(gemm, ROUNDS), query_images * flop);
    snprintf(what, sizeof what, "kNN, 1 image, %s", name);
    report(what, pb_median(one, ROUNDS), pb_median(one_gemm, ROUNDS), flop);
    printf("  %-44s %8.1f ms\n", "preparing the bank", 1e3 * pb_median(build, ROUNDS));
    pb_index_free(index);
    free(products);
}

/* Audit, fit and threshold of 10 references, as `purebank fit` does it. */
static double time_commissioning(const float *bank)
{
    pb_features *features;
    pb_references *references;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *fitted;
    const double start = bench_now();
    require(pb_features_borrow(bank, IMAGES, 28, 28, (int64_t)dim, &features));
    require(pb_references_new(features, K, NULL, &references));
    require(pb_bank_fit(references, NULL, NULL, &options, &fitted, NULL));
    const double seconds = bench_now() - start;
    pb_bank_free(fitted);
    pb_references_free(references);
    pb_features_free(features);
    return seconds;
}

/* The matrix products of the 45 image pairs alone. */
static double time_pairs_sgemm(const float *bank, float *products)
{
    const double start = bench_now();
    for (int i = 0; i < IMAGES; i++)
        for (int j = 0; j < i; j++)
            sgemm(bank + (size_t)i * PATCHES * dim, PATCHES, bank + (size_t)j * PATCHES * dim, PATCHES, products);
    return bench_now() - start;
}

static double time_neighbors(const float *bank, const pb_filter_plan *plan, double *scores)
{
    pb_features features;
    pb_neighbors *neighbors;
    require(pb_features_view(bank, IMAGES, 28, 28, (int64_t)dim, &features));
    const double start = bench_now();
    require(pb_neighbors_new_with(&features, PB_METRIC_EUCLIDEAN, DEPTH, plan, NULL, &neighbors));
    require(pb_neighbors_scores(neighbors, K, NULL, scores));
    const double seconds = bench_now() - start;
    pb_neighbors_free(neighbors);
    return seconds;
}

static void bench_commissioning(const float *bank)
{
    static const pb_filter_plan f32 = {.precision = PB_PRECISION_F32};
    double whole[ROUNDS], lists[ROUNDS], gemm[ROUNDS];
    double *scores = allocate(sizeof *scores * BANK);
    float *products = allocate(sizeof *products * PATCHES * PATCHES);
    for (int r = 0; r < ROUNDS; r++) {
        whole[r] = time_commissioning(bank);
        gemm[r] = time_pairs_sgemm(bank, products);
        lists[r] = time_neighbors(bank, &f32, scores);
    }
    const double pairs_gemm = pb_median(gemm, ROUNDS);
    report("audit + fit + threshold, 10 images", pb_median(whole, ROUNDS), pairs_gemm,
           45.0 * 2 * PATCHES * PATCHES * (double)dim);
    report("neighbour lists alone, float32", pb_median(lists, ROUNDS), pairs_gemm,
           45.0 * 2 * PATCHES * PATCHES * (double)dim);
    free(scores);
    free(products);
}

static void print_machine_card(void)
{
    const dnnl_version_t *dnnl = dnnl_version();
    bench_print_machine();
    printf("  oneDNN %d.%d.%d by %s; our kernels by %s\n", dnnl->major, dnnl->minor, dnnl->patch,
           dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()), pb_cpu_level_name(pb_cpu_get_level()));
}

/* In parentheses: the precision of the products, how many coordinates are multiplied, 0 for all channels, and compared. */
static void bench_all(const char *kind)
{
    const pb_filter_plan f32 = {.precision = PB_PRECISION_F32};
    float *bank = make_bank(kind), *queries = make_queries(kind);
    printf("%s data: bank %d x %d, images of %d x %d, K %d, lists of %d; medians of %d\n", kind, BANK, (int)dim,
           PATCHES, (int)dim, K, DEPTH, ROUNDS);
    bench_knn(bank, queries, NULL, "chosen");
    bench_knn(bank, queries, &f32, "float32");
    bench_commissioning(bank);
    free(bank);
    free(queries);
}

static void write_npy(const char *folder, const char *name, const float *data, int n)
{
    char path[4096], dictionary[128];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    const int text = snprintf(dictionary, sizeof dictionary,
                              "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n, (int)dim);
    const unsigned char head[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    fwrite(head, 1, sizeof head, file);
    fprintf(file, "%s%*s\n", dictionary, 117 - text, "");
    fwrite(data, sizeof *data, (size_t)n * dim, file);
    if (fclose(file) != 0)
        exit(1);
}

static void time_knn_alone(const char *kind, int n)
{
    float *bank = make_bank(kind), *queries = make_queries(kind);
    pb_index *index;
    require(pb_index_new(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, &index));
    (void)time_search(index, queries, 1);
    for (int r = 0; r < n; r++) {
        const clock_t start = clock();
        const double seconds = time_search(index, queries, query_images);
        printf("%.6f %.6f\n", seconds, (double)(clock() - start) / CLOCKS_PER_SEC);
    }
    pb_index_free(index);
    free(bank);
    free(queries);
}

static void time_commissioning_alone(const char *kind, int n)
{
    float *bank = make_bank(kind);
    for (int r = 0; r < n; r++) {
        const clock_t start = clock();
        const double seconds = time_commissioning(bank);
        printf("%.6f %.6f\n", seconds, (double)(clock() - start) / CLOCKS_PER_SEC);
    }
    free(bank);
}

static void time_preparing_alone(const char *kind, int n)
{
    float *bank = make_bank(kind);
    for (int r = 0; r < n; r++) {
        pb_index *index;
        const clock_t start = clock();
        const double now = bench_now();
        require(pb_index_new(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, &index));
        printf("%.6f %.6f\n", bench_now() - now, (double)(clock() - start) / CLOCKS_PER_SEC);
        pb_index_free(index);
    }
    free(bank);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0) {
        float *bank = make_bank(argv[3]), *queries = make_queries(argv[3]);
        write_npy(argv[2], "bank", bank, BANK);
        write_npy(argv[2], "queries", queries, query_images * PATCHES);
        free(bank);
        free(queries);
    } else if (argc == 4 && strcmp(argv[1], "--knn") == 0) {
        time_knn_alone(argv[2], (int)strtol(argv[3], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "--commission") == 0) {
        time_commissioning_alone(argv[2], (int)strtol(argv[3], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "--prepare") == 0) {
        time_preparing_alone(argv[2], (int)strtol(argv[3], NULL, 10));
    } else if (argc == 2 && strcmp(argv[1], "--machine") == 0) {
        print_machine_card();
    } else if (argc == 3 && strcmp(argv[1], "--one") == 0) {
        bench_all(argv[2]);
    } else {
        print_machine_card();
        if (access(real_path, R_OK) == 0)
            bench_all("real");
        else
            printf("real features: left out, %s is not there\n", real_path);
        dim = DIM;
        bench_all("gaussian");
        bench_all("structured");
        bench_all("outliers");
        printf("memory held by the library at its peak: %.1f MB\n", 1e-6 * (double)pb_memory_peak_bytes());
        bench_print_field("/proc/self/status", "VmHWM");
    }
    return 0;
}
