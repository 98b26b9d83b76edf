/* Exact search against the matrix product it cannot do without: oneDNN's sgemm on the same shapes,
 * alternating in one run, medians.
 *
 *   bench_search                    all of it, on all kinds of data
 *   bench_search --write DIR KIND   bank.npy and queries.npy for bench/faiss_search.py
 *   bench_search --one KIND         one kind of data
 *   bench_search --knn KIND N       N timings of the kNN case alone, one a line: seconds by the clock and of processors
 *   bench_search --image KIND N       the same for one image, and the seconds of processors that sgemm takes for it
 *   bench_search --commission KIND N  the same for audit, fit and threshold of 10 images, and sgemm of their 45 pairs
 *   bench_search --prepare KIND N     the same for the index of the bank
 * PB_BENCH_PROCESSORS=1 counts seconds of processors instead of those of the clock.
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
#include "bench_data.h"
#include "io/features.h"
#include "search/index.h"
#include "search/neighbors.h"

enum {
    IMAGES = 10,
    BANK = IMAGES * BENCH_PATCHES,
    QUERY_IMAGES = 20,
    K = 5,
    DEPTH = 2 * K, /* as pb_references takes it */
    ROUNDS = 5
};

static double processors(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* By the clock, or of processors where PB_BENCH_PROCESSORS is set: on one thread of a busy machine these say more. */
static double time_now(void)
{
    static int of_processors = -1;
    if (of_processors < 0)
        of_processors = getenv("PB_BENCH_PROCESSORS") != NULL;
    return of_processors ? processors() : bench_now();
}

/* Of the data at hand. */
static size_t dim = BENCH_DIM;
static int query_images = QUERY_IMAGES;

/* Features of a trained network: 20 images, half of them references. */
static const char real_path[] = PB_SHARED_DIR "/data/real_features/magnetic_tile_lite0_1152.npy";

static float *read_images(int first, int n)
{
    pb_features *features;
    bench_require(pb_features_load(real_path, &features));
    dim = (size_t)pb_features_dim(features);
    const size_t values = (size_t)n * BENCH_PATCHES * dim;
    float *data = bench_allocate(sizeof *data * values);
    memcpy(data, pb_features_data(features) + (size_t)first * BENCH_PATCHES * dim, sizeof *data * values);
    pb_features_free(features);
    return data;
}

static float *make_bank(const char *kind)
{
    return strcmp(kind, "real") == 0 ? read_images(0, IMAGES) : bench_make_images(kind, IMAGES, 1);
}

static float *make_queries(const char *kind)
{
    query_images = strcmp(kind, "real") == 0 ? IMAGES : QUERY_IMAGES;
    return strcmp(kind, "real") == 0 ? read_images(IMAGES, IMAGES) : bench_make_images(kind, QUERY_IMAGES, 2);
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
    double distances[BENCH_PATCHES * K];
    const double start = time_now();
    for (int i = 0; i < n_images; i++)
        bench_require(
            pb_index_search(index, queries + (size_t)i * BENCH_PATCHES * dim, BENCH_PATCHES, K, distances, NULL));
    return time_now() - start;
}

static double time_search_sgemm(const float *bank, const float *queries, int n_images, float *products)
{
    const double start = time_now();
    for (int i = 0; i < n_images; i++)
        sgemm(queries + (size_t)i * BENCH_PATCHES * dim, BENCH_PATCHES, bank, BANK, products);
    return time_now() - start;
}

static void report(const char *what, double own, double gemm, double flop)
{
    printf("  %-44s %8.1f ms   sgemm %8.1f ms   %5.2f x sgemm   %6.1f GFLOP/s against %6.1f\n", what, 1e3 * own,
           1e3 * gemm, own / gemm, 1e-9 * flop / own, 1e-9 * flop / gemm);
}

static void bench_knn(const float *bank, const float *queries, const pb_filter_plan *plan, const char *name)
{
    double own[ROUNDS], gemm[ROUNDS], one[ROUNDS], one_gemm[ROUNDS], build[ROUNDS];
    float *products = bench_allocate(sizeof *products * BENCH_PATCHES * BANK);
    pb_index *index = NULL;
    for (int r = 0; r < ROUNDS; r++) {
        pb_index_free(index);
        const double start = time_now();
        bench_require(pb_index_new_with(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, plan, &index));
        build[r] = time_now() - start;
    }
    (void)time_search(index, queries, 1);
    for (int r = 0; r < ROUNDS; r++) {
        own[r] = time_search(index, queries, query_images);
        gemm[r] = time_search_sgemm(bank, queries, query_images, products);
        one[r] = time_search(index, queries + (size_t)r * BENCH_PATCHES * dim, 1);
        one_gemm[r] = time_search_sgemm(bank, queries + (size_t)r * BENCH_PATCHES * dim, 1, products);
    }
    const double flop = 2.0 * BENCH_PATCHES * BANK * (double)dim;
    char what[100];
    const pb_filter_plan chosen = pb_index_plan(index);
    snprintf(what, sizeof what, "kNN, %d images, %s (%s, %d, %d)", query_images, name,
             pb_precision_name(chosen.precision), (int)chosen.coarse, (int)chosen.fine);
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
    const double start = time_now();
    bench_require(pb_features_borrow(bank, IMAGES, 28, 28, (int64_t)dim, &features));
    bench_require(pb_references_new(features, K, NULL, &references));
    bench_require(pb_bank_fit(references, NULL, NULL, &options, &fitted, NULL));
    const double taken = time_now() - start;
    pb_bank_free(fitted);
    pb_references_free(references);
    pb_features_free(features);
    return taken;
}

/* The matrix products of the 45 image pairs alone. */
static double time_pairs_sgemm(const float *bank, float *products)
{
    const double start = time_now();
    for (int i = 0; i < IMAGES; i++)
        for (int j = 0; j < i; j++)
            sgemm(bank + (size_t)i * BENCH_PATCHES * dim, BENCH_PATCHES, bank + (size_t)j * BENCH_PATCHES * dim,
                  BENCH_PATCHES, products);
    return time_now() - start;
}

static double time_neighbors(const float *bank, const pb_filter_plan *plan, double *scores)
{
    pb_features features;
    pb_neighbors *neighbors;
    bench_require(pb_features_view(bank, IMAGES, 28, 28, (int64_t)dim, &features));
    const double start = time_now();
    bench_require(pb_neighbors_new_with(&features, PB_METRIC_EUCLIDEAN, DEPTH, plan, NULL, &neighbors));
    bench_require(pb_neighbors_scores(neighbors, K, NULL, scores));
    const double taken = time_now() - start;
    pb_neighbors_free(neighbors);
    return taken;
}

static void bench_commissioning(const float *bank)
{
    static const pb_filter_plan f32 = {.precision = PB_PRECISION_F32};
    double whole[ROUNDS], lists[ROUNDS], gemm[ROUNDS];
    double *scores = bench_allocate(sizeof *scores * BANK);
    float *products = bench_allocate(sizeof *products * BENCH_PATCHES * BENCH_PATCHES);
    for (int r = 0; r < ROUNDS; r++) {
        whole[r] = time_commissioning(bank);
        gemm[r] = time_pairs_sgemm(bank, products);
        lists[r] = time_neighbors(bank, &f32, scores);
    }
    const double pairs_gemm = pb_median(gemm, ROUNDS);
    report("audit + fit + threshold, 10 images", pb_median(whole, ROUNDS), pairs_gemm,
           45.0 * 2 * BENCH_PATCHES * BENCH_PATCHES * (double)dim);
    report("neighbour lists alone, float32", pb_median(lists, ROUNDS), pairs_gemm,
           45.0 * 2 * BENCH_PATCHES * BENCH_PATCHES * (double)dim);
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
           BENCH_PATCHES, (int)dim, K, DEPTH, ROUNDS);
    bench_knn(bank, queries, NULL, "chosen");
    bench_knn(bank, queries, &f32, "float32");
    bench_commissioning(bank);
    free(bank);
    free(queries);
}

static void time_knn_alone(const char *kind, int n)
{
    float *bank = make_bank(kind), *queries = make_queries(kind);
    pb_index *index;
    bench_require(pb_index_new(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, &index));
    (void)time_search(index, queries, 1);
    for (int r = 0; r < n; r++) {
        const double start = processors(), seconds = time_search(index, queries, query_images);
        printf("%.6f %.6f\n", seconds, processors() - start);
    }
    pb_index_free(index);
    free(bank);
    free(queries);
}

static void time_image_alone(const char *kind, int n)
{
    float *bank = make_bank(kind), *queries = make_queries(kind);
    float *products = bench_allocate(sizeof *products * BENCH_PATCHES * BANK);
    pb_index *index;
    bench_require(pb_index_new(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, &index));
    (void)time_search(index, queries, 1);
    for (int r = 0; r < n; r++) {
        const double start = processors();
        const double seconds = time_search(index, queries, 1), used = processors() - start;
        const double gemm_start = processors();
        (void)time_search_sgemm(bank, queries, 1, products);
        printf("%.6f %.6f %.6f\n", seconds, used, processors() - gemm_start);
        fflush(stdout);
    }
    pb_index_free(index);
    free(bank);
    free(queries);
    free(products);
}

static void time_commissioning_alone(const char *kind, int n)
{
    float *bank = make_bank(kind), *products = bench_allocate(sizeof *products * BENCH_PATCHES * BENCH_PATCHES);
    for (int r = 0; r < n; r++) {
        const double start = processors(), seconds = time_commissioning(bank), used = processors() - start;
        const double gemm_start = processors();
        (void)time_pairs_sgemm(bank, products);
        printf("%.6f %.6f %.6f\n", seconds, used, processors() - gemm_start);
        fflush(stdout);
    }
    free(bank);
    free(products);
}

static void time_preparing_alone(const char *kind, int n)
{
    float *bank = make_bank(kind);
    for (int r = 0; r < n; r++) {
        pb_index *index;
        const clock_t start = clock();
        const double now = bench_now();
        bench_require(pb_index_new(bank, BANK, (int64_t)dim, PB_METRIC_EUCLIDEAN, &index));
        printf("%.6f %.6f\n", bench_now() - now, (double)(clock() - start) / CLOCKS_PER_SEC);
        pb_index_free(index);
    }
    free(bank);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0) {
        float *bank = make_bank(argv[3]), *queries = make_queries(argv[3]);
        bench_write_npy(argv[2], "bank", bank, BANK, (int)dim);
        bench_write_npy(argv[2], "queries", queries, query_images * BENCH_PATCHES, (int)dim);
        free(bank);
        free(queries);
    } else if (argc == 4 && strcmp(argv[1], "--knn") == 0) {
        time_knn_alone(argv[2], (int)strtol(argv[3], NULL, 10));
    } else if (argc == 4 && strcmp(argv[1], "--image") == 0) {
        time_image_alone(argv[2], (int)strtol(argv[3], NULL, 10));
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
        dim = BENCH_DIM;
        bench_all("gaussian");
        bench_all("structured");
        bench_all("outliers");
        printf("memory held by the library at its peak: %.1f MB\n", 1e-6 * (double)pb_memory_peak_bytes());
        bench_print_field("/proc/self/status", "VmHWM");
    }
    return 0;
}
