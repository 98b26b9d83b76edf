/* What bf16 and int8 cost in accuracy: features of the same photos by the same checkpoint, against float32.
 *
 *   study_precision CHECKPOINT PHOTOS... [--size PX] [--layer L]
 *
 * Printed for every precision that this CPU has, over all patches of all photos: the root mean square of the difference and the
 * largest one, in standard deviations of the photo's features; the smallest cosine between a patch and itself in float32; and
 * what becomes of distances: the largest relative change of a patch's distance to its nearest patch in another photo. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "bench.h"

enum { K = 1 };

static void require(pb_status status)
{
    if (status == PB_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", pb_status_name(status), pb_error_message());
    exit(1);
}

/* Features of all photos; 0 where the CPU does not have the precision. */
static int extract(const char *checkpoint, pb_backbone_options options, const pb_paths *paths, pb_features **out)
{
    pb_backbone *backbone = NULL;
    const pb_status status = pb_backbone_open(checkpoint, &options, &backbone);
    if (status == PB_STATUS_UNSUPPORTED) {
        printf("  %-6s not measured: %s\n", options.precision, pb_error_message());
        return 0;
    }
    require(status);
    require(pb_backbone_extract_files(backbone, (const char *const *)paths->path, paths->n, NULL, out));
    pb_backbone_close(backbone);
    return 1;
}

static double deviation(const float *values, int64_t n)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)values[i];
    for (int64_t i = 0; i < n; i++)
        squares += ((double)values[i] - sum / (double)n) * ((double)values[i] - sum / (double)n);
    return sqrt(squares / (double)n);
}

static double cosine(const float *a, const float *b, int64_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (int64_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Leave-one-out distances: n_images x n_patches. Free with free(). */
static double *distances_of(const pb_features *features)
{
    pb_references *references = NULL;
    const double *scores;
    const size_t bytes = (size_t)(pb_features_n_images(features) * pb_features_n_patches(features)) * sizeof(double);
    double *copy = malloc(bytes);
    require(pb_references_new(features, K, NULL, &references));
    require(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &scores));
    memcpy(copy, scores, bytes);
    pb_references_free(references);
    return copy;
}

static void compare(const char *name, const pb_features *exact, const double *exact_distances,
                    const pb_features *rounded)
{
    const int64_t per_image = pb_features_n_patches(exact) * pb_features_dim(exact);
    double squares = 0, largest = 0, smallest_cosine = 1, largest_change = 0;
    for (int64_t i = 0; i < pb_features_n_images(exact); i++) {
        const float *a = pb_features_image_at(exact, i), *b = pb_features_image_at(rounded, i);
        const double sd = deviation(a, per_image);
        for (int64_t j = 0; j < per_image; j++) {
            const double difference = fabs((double)a[j] - (double)b[j]) / sd;
            squares += difference * difference;
            largest = fmax(largest, difference);
        }
        for (int64_t p = 0; p < pb_features_n_patches(exact); p++)
            smallest_cosine = fmin(smallest_cosine, cosine(a + p * pb_features_dim(exact),
                                                           b + p * pb_features_dim(exact), pb_features_dim(exact)));
    }
    double *distances = distances_of(rounded);
    for (int64_t i = 0; i < pb_features_n_images(exact) * pb_features_n_patches(exact); i++)
        largest_change = fmax(largest_change, fabs(distances[i] / exact_distances[i] - 1));
    free(distances);
    printf("  %-6s rms %.2g sd, largest %.2g sd, smallest cosine %.6f, distances change by %.2g %% at most\n", name,
           sqrt(squares / (double)(pb_features_n_images(exact) * per_image)), largest, smallest_cosine,
           100 * largest_change);
}

static int usage(void)
{
    fprintf(stderr, "usage: study_precision CHECKPOINT PHOTOS... [--size PX] [--layer L]   (two photos or more)\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const char *const precisions[] = {"bf16", "int8"};
    pb_backbone_options options = {.size = sizeof(pb_backbone_options), .precision = "f32"};
    pb_features *exact = NULL;
    pb_paths paths;
    const char *checkpoint = argc > 1 ? argv[1] : NULL;
    int n_inputs = 0;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--size") == 0 && i + 1 < argc)
            options.input_size = (int32_t)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--layer") == 0 && i + 1 < argc)
            options.layer = argv[++i];
        else
            argv[n_inputs++] = argv[i];
    }
    if (!checkpoint || n_inputs < 1)
        return usage();
    require(pb_paths_collect((const char *const *)argv, n_inputs, &paths));
    if (paths.n < 2)
        return usage();
    bench_print_machine();
    extract(checkpoint, options, &paths, &exact);
    printf("%s, layer %s, %d x %d px, %lld photos\n", pb_features_origin(exact)->backbone,
           pb_features_origin(exact)->layer, (int)pb_features_origin(exact)->input_width,
           (int)pb_features_origin(exact)->input_height, (long long)pb_features_n_images(exact));
    double *distances = distances_of(exact);
    for (int i = 0; i < 2; i++) {
        pb_features *rounded = NULL;
        options.precision = precisions[i];
        if (!extract(checkpoint, options, &paths, &rounded))
            continue;
        compare(precisions[i], exact, distances, rounded);
        pb_features_free(rounded);
    }
    free(distances);
    pb_features_free(exact);
    pb_paths_free(&paths);
    return 0;
}
