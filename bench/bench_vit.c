/* Vision transformers: images/s, and how near the engine comes to oneDNN's own rate over the products of its blocks, measured in
 * the same run, in turns.
 *
 *   bench_vit CHECKPOINT [--size PX] [--layer L] [--precision P] [--images N] [--rounds R]
 *   bench_vit --serve CHECKPOINT --pixels FILE [--features FILE] ...    the other side of compare_transformers.py: answers each
 *                                                                       line "N" by computing N images, and the seconds
 *   bench_vit --serve CHECKPOINT --products packed|sgemm ...            the same for the yardstick: nothing but the products
 *                                                                       of N images; says first how many GFLOP one takes
 *
 * Random checkpoints of published sizes: make_checkpoint.py. Images are decoded and of the input size already. The yardstick
 * is float32 (oneDNN has no better), also for the other precisions. */
#include <dnnl.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <purebank/purebank.h>

#include "base/threads.h"
#include "bench.h"
#include "io/json.h"
#include "search/product.h"

enum { MAX_ROUNDS = 101, MAX_PATH = 4096, N_SHAPES = 4 };

typedef struct bench_options {
    const char *checkpoint, *layer, *precision, *pixels, *features, *products;
    int size, rounds;
    int64_t images;
    bool serve;
} bench_options;

static void require(pb_status status)
{
    if (status == PB_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", pb_status_name(status), pb_error_message());
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *block = malloc(bytes ? bytes : 1);
    if (!block) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return block;
}

static double megabytes(const char *key)
{
    char line[256];
    double value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtod(line + strlen(key) + 1, NULL) / 1024;
    if (file)
        fclose(file);
    return value;
}

/* ---- The engine ---- */

typedef struct engine {
    pb_backbone *backbone;
    const pb_origin *origin;
    pb_image *images;
    float *out;
    int64_t n, per_image;
} engine;

static void read_pixels(engine *e, const char *path)
{
    const size_t bytes = (size_t)e->images[0].width * (size_t)e->images[0].height * 3;
    FILE *file = fopen(path, "rb");
    for (int64_t i = 0; i < e->n; i++)
        if (!file || fread(e->images[i].rgb, 1, bytes, file) != bytes) {
            fprintf(stderr, "%s: cannot read %zu bytes an image\n", path, bytes);
            exit(1);
        }
    fclose(file);
}

static engine open_engine(const bench_options *options)
{
    engine e = {.n = options->images};
    const pb_backbone_options choices = {.size = sizeof(pb_backbone_options),
                                         .input_size = options->size,
                                         .layer = options->layer,
                                         .precision = options->precision};
    uint64_t random = 1;
    require(pb_backbone_open(options->checkpoint, &choices, &e.backbone));
    e.origin = pb_backbone_origin(e.backbone);
    e.per_image = (int64_t)e.origin->grid_height * e.origin->grid_width * e.origin->dim;
    e.images = allocate((size_t)e.n * sizeof *e.images);
    e.out = allocate((size_t)(e.n * e.per_image) * sizeof *e.out);
    for (int64_t i = 0; i < e.n; i++) {
        require(pb_image_new(e.origin->input_width, e.origin->input_height, &e.images[i]));
        for (int64_t j = 0; j < (int64_t)e.origin->input_width * e.origin->input_height * 3; j++)
            e.images[i].rgb[j] = (uint8_t)(bench_random(&random) >> 56);
    }
    if (options->pixels)
        read_pixels(&e, options->pixels);
    return e;
}

static void close_engine(engine *e)
{
    for (int64_t i = 0; i < e->n; i++)
        pb_image_free(&e->images[i]);
    free(e->images);
    free(e->out);
    pb_backbone_close(e->backbone);
}

static double time_images(engine *e)
{
    const double start = bench_now();
    require(pb_backbone_extract(e->backbone, e->images, e->n, e->out));
    return bench_now() - start;
}

static int serve(const bench_options *options)
{
    engine e = open_engine(options);
    char line[64];
    time_images(&e);
    FILE *file = options->features ? fopen(options->features, "wb") : NULL;
    if (file) {
        if (fwrite(e.out, sizeof *e.out, (size_t)e.per_image, file) != (size_t)e.per_image)
            return 1;
        fclose(file);
    }
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        const double computed = bench_cpu_now();
        double seconds = 0;
        for (int64_t left = strtoll(line, NULL, 10); left > 0; left -= e.n)
            seconds += time_images(&e);
        printf("%.6f %.6f\n", seconds, bench_cpu_now() - computed);
        fflush(stdout);
    }
    close_engine(&e);
    return 0;
}

/* ---- The yardstick: the products of one block, again and again ---- */

typedef struct shape {
    int64_t columns, dim;
} shape;

typedef struct yardstick {
    int64_t rows, blocks;
    shape shapes[N_SHAPES];
    int n_shapes;
    double flop_per_image, attention_flop_per_image;
    pb_product *products[N_SHAPES];
    float *weights[N_SHAPES], *packed[N_SHAPES];
    float **in, **out; /* of each thread */
} yardstick;

static int64_t config_number(const json_t *config, const char *key, int64_t missing)
{
    const json_t *value = json_object_get(config, key);
    return json_is_integer(value) ? json_integer_value(value) : missing;
}

/* Shapes from config.json, for the kinds of make_checkpoint.py. */
static yardstick plan_yardstick(const bench_options *options, const pb_origin *origin)
{
    char path[MAX_PATH];
    json_t *root;
    snprintf(path, sizeof path, "%s/config.json", options->checkpoint);
    require(pb_json_load(path, 1 << 20, &root));
    const json_t *config = json_object_get(root, "vision_config");
    if (!config)
        config = root;
    const int64_t dim = config_number(config, "hidden_size", 0);
    const int64_t mlp = config_number(config, "intermediate_size", dim * config_number(config, "mlp_ratio", 4));
    const int64_t tokens =
        (int64_t)origin->grid_height * origin->grid_width + 1 + config_number(config, "num_register_tokens", 0);
    const char *last = strrchr(origin->layer, ','); /* the last of a list is taken for the deepest */
    yardstick y = {.rows = tokens, .blocks = strtoll(last ? last + 1 : origin->layer, NULL, 10), .n_shapes = N_SHAPES};
    if (y.blocks < 0)
        y.blocks += config_number(config, "num_hidden_layers", 0) + 1;
    y.shapes[0] = (shape){3 * dim, dim};
    y.shapes[1] = (shape){dim, dim};
    y.shapes[2] = (shape){json_is_true(json_object_get(config, "use_gated_mlp")) ? 2 * mlp : mlp, dim};
    y.shapes[3] = (shape){dim, mlp};
    for (int i = 0; i < y.n_shapes; i++)
        y.flop_per_image += 2.0 * (double)(y.blocks * tokens * y.shapes[i].columns * y.shapes[i].dim);
    y.attention_flop_per_image = 4.0 * (double)(y.blocks * tokens * tokens * dim);
    json_decref(root);
    return y;
}

static float *random_floats(int64_t n)
{
    float *values = allocate((size_t)n * sizeof *values);
    uint64_t random = 7;
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)(bench_random(&random) >> 40) * 0x1p-24F - 0.5F;
    return values;
}

static void open_yardstick(yardstick *y)
{
    const int threads = pb_threads_get();
    int64_t widest_in = 0, widest_out = 0;
    for (int i = 0; i < y->n_shapes; i++) {
        const pb_product_shape wanted = {y->rows, y->shapes[i].columns, y->shapes[i].dim, PB_PRECISION_F32};
        require(pb_product_new(wanted, NULL, &y->products[i]));
        y->weights[i] = random_floats(wanted.columns * wanted.dim);
        y->packed[i] = allocate((size_t)pb_product_packed_bytes(y->products[i]));
        require(pb_product_pack(y->products[i], y->weights[i], y->packed[i]));
        widest_in = wanted.dim > widest_in ? wanted.dim : widest_in;
        widest_out = wanted.columns > widest_out ? wanted.columns : widest_out;
    }
    y->in = allocate((size_t)threads * sizeof *y->in);
    y->out = allocate((size_t)threads * sizeof *y->out);
    for (int i = 0; i < threads; i++) {
        y->in[i] = random_floats(y->rows * widest_in);
        y->out[i] = random_floats(y->rows * widest_out);
    }
}

static void close_yardstick(yardstick *y)
{
    for (int i = 0; i < y->n_shapes; i++) {
        pb_product_free(y->products[i]);
        free(y->weights[i]);
        free(y->packed[i]);
    }
    for (int i = 0; i < pb_threads_get(); i++) {
        free(y->in[i]);
        free(y->out[i]);
    }
    free(y->in);
    free(y->out);
}

static pb_status run_products(void *context, int64_t item, int worker)
{
    const yardstick *y = context;
    (void)item;
    for (int64_t block = 0; block < y->blocks; block++)
        for (int i = 0; i < y->n_shapes; i++)
            PB_TRY(pb_product_run(y->products[i], y->in[worker], y->packed[i], y->out[worker]));
    return PB_STATUS_OK;
}

/* Packed weights, an image a thread: as an engine with nothing but products would do it. Seconds an image. */
static double time_packed(yardstick *y)
{
    const int64_t images = pb_threads_get();
    const double start = bench_now();
    require(pb_parallel_for(images, run_products, y, NULL));
    return (bench_now() - start) / (double)images;
}

/* oneDNN's sgemm with threads of its own. Seconds an image. */
static double time_sgemm(yardstick *y)
{
    omp_set_num_threads(pb_threads_get());
    const double start = bench_now();
    for (int64_t block = 0; block < y->blocks; block++)
        for (int i = 0; i < y->n_shapes; i++)
            if (dnnl_sgemm('N', 'T', y->rows, y->shapes[i].columns, y->shapes[i].dim, 1, y->in[0], y->shapes[i].dim,
                           y->weights[i], y->shapes[i].dim, 0, y->out[0], y->shapes[i].columns) != dnnl_success)
                exit(1);
    return bench_now() - start;
}

static int serve_products(const bench_options *options)
{
    const pb_backbone_options choices = {
        .size = sizeof(pb_backbone_options), .input_size = options->size, .layer = options->layer};
    double (*const time_image)(yardstick *) = strcmp(options->products, "sgemm") == 0 ? time_sgemm : time_packed;
    pb_backbone *backbone;
    char line[64];
    require(pb_backbone_open(options->checkpoint, &choices, &backbone));
    yardstick y = plan_yardstick(options, pb_backbone_origin(backbone));
    pb_backbone_close(backbone);
    open_yardstick(&y);
    time_image(&y);
    printf("ready %.3f %.3f\n", 1e-9 * y.flop_per_image, 1e-9 * y.attention_flop_per_image);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        const int64_t n = strtoll(line, NULL, 10), at_once = time_image == time_packed ? pb_threads_get() : 1;
        double seconds = 0, computed = bench_cpu_now();
        int64_t done = 0;
        for (; done < n; done += at_once)
            seconds += time_image(&y) * (double)at_once;
        computed = bench_cpu_now() - computed;
        const double share = done > 0 ? (double)n / (double)done : 0;
        printf("%.6f %.6f\n", seconds * share, computed * share);
        fflush(stdout);
    }
    close_yardstick(&y);
    return 0;
}

/* ---- The report ---- */

static void measure(const bench_options *options)
{
    double own[MAX_ROUNDS], packed[MAX_ROUNDS], sgemm[MAX_ROUNDS], fastest = (double)INFINITY, slowest = 0;
    const double start = bench_now();
    engine e = open_engine(options);
    const double opened = bench_now() - start;
    time_images(&e);
    const double peak = megabytes("VmHWM"), now = megabytes("RssAnon");
    yardstick y = plan_yardstick(options, e.origin);
    open_yardstick(&y);
    time_packed(&y);
    for (int round = 0; round < options->rounds; round++) {
        own[round] = time_images(&e) / (double)e.n;
        fastest = fmin(fastest, own[round]);
        slowest = fmax(slowest, own[round]);
        packed[round] = time_packed(&y);
        sgemm[round] = time_sgemm(&y);
    }
    const double seconds = pb_median(own, options->rounds);
    const double packed_rate = y.flop_per_image / pb_median(packed, options->rounds),
                 sgemm_rate = y.flop_per_image / pb_median(sgemm, options->rounds),
                 best = packed_rate > sgemm_rate ? packed_rate : sgemm_rate;
    printf("%s, layer %s, %d x %d px, %s: %lld blocks, %lld tokens, %lld images a call\n", e.origin->backbone,
           e.origin->layer, (int)e.origin->input_width, (int)e.origin->input_height, e.origin->precision,
           (long long)y.blocks, (long long)y.rows, (long long)e.n);
    printf("  open                       %8.2f s\n", opened);
    printf("  images/s                   %8.3f   (%.3f to %.3f in %d rounds)\n", 1 / seconds, 1 / slowest, 1 / fastest,
           options->rounds);
    printf("  work of an image           %8.1f GFLOP in the blocks' products, %.1f in attention\n",
           1e-9 * y.flop_per_image, 1e-9 * y.attention_flop_per_image);
    printf("  oneDNN, products alone     %8.1f GFLOP/s packed weights, %.1f sgemm\n", 1e-9 * packed_rate,
           1e-9 * sgemm_rate);
    printf("  engine, all it does        %8.1f GFLOP/s counting the products alone: %.1f %% of oneDNN's rate;\n",
           1e-9 * y.flop_per_image / seconds, 100 * y.flop_per_image / seconds / best);
    printf("                             %8.1f GFLOP/s with attention: %.1f %%\n",
           1e-9 * (y.flop_per_image + y.attention_flop_per_image) / seconds,
           100 * (y.flop_per_image + y.attention_flop_per_image) / seconds / best);
    printf("  memory                     %8.0f MB at most (VmHWM), %.0f MB without mapped files\n", peak, now);
    close_yardstick(&y);
    close_engine(&e);
}

static int usage(void)
{
    fprintf(stderr,
            "usage: bench_vit [--serve] CHECKPOINT [--size PX] [--layer L] [--precision P] [--images N] [--rounds R] "
            "[--pixels FILE] [--features FILE] [--products packed|sgemm]\n");
    return 2;
}

int main(int argc, char **argv)
{
    bench_options options = {.images = 8, .rounds = 5};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--serve") == 0) {
            options.serve = true;
            continue;
        }
        if (strncmp(argv[i], "--", 2) != 0) {
            options.checkpoint = argv[i];
            continue;
        }
        if (!value)
            return usage();
        if (strcmp(argv[i], "--size") == 0)
            options.size = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--layer") == 0)
            options.layer = value;
        else if (strcmp(argv[i], "--precision") == 0)
            options.precision = value;
        else if (strcmp(argv[i], "--images") == 0)
            options.images = strtoll(value, NULL, 10);
        else if (strcmp(argv[i], "--rounds") == 0)
            options.rounds = (int)strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--pixels") == 0)
            options.pixels = value;
        else if (strcmp(argv[i], "--features") == 0)
            options.features = value;
        else if (strcmp(argv[i], "--products") == 0)
            options.products = value;
        else
            return usage();
        i++;
    }
    if (!options.checkpoint || options.images < 1 || options.rounds < 1 || options.rounds > MAX_ROUNDS)
        return usage();
    if (options.serve)
        return options.products ? serve_products(&options) : serve(&options);
    bench_print_machine();
    measure(&options);
    return 0;
}
