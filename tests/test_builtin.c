/* The built-in backbone: its golden values, and that neither threads nor batches show in the features. */
#include "support.h"

#include <math.h>

#include "backbone/builtin/builtin_kernels.h"
#include "base/memory.h"
#include "io/npy.h"

enum { PATCHES = 784, DIM = 35, PER_IMAGE = PATCHES * DIM };

static pb_backbone *open_builtin(void)
{
    pb_backbone *backbone = NULL;
    assert_ok(pb_backbone_open("builtin", NULL, &backbone));
    return backbone;
}

/* As synthetic() in golden/builtin/make.py. */
static pb_image synthetic(int width, int height)
{
    pb_image image = {0};
    assert_ok(pb_image_new(width, height, &image));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *pixel = image.rgb + (y * width + x) * 3;
            pixel[0] = (uint8_t)((x * x / 97 + 3 * y) & 255);
            pixel[1] = (uint8_t)((y * y / 89 + 2 * x) & 255);
            pixel[2] = (uint8_t)((x * y / 113 + 40) & 255);
        }
    return image;
}

static pb_image constant(int width, int height, uint8_t value)
{
    pb_image image = {0};
    assert_ok(pb_image_new(width, height, &image));
    memset(image.rgb, value, (size_t)width * (size_t)height * 3);
    return image;
}

static pb_image noise(int width, int height, uint64_t seed)
{
    test_rng rng = {seed};
    pb_image image = {0};
    assert_ok(pb_image_new(width, height, &image));
    for (int64_t i = 0; i < (int64_t)width * height * 3; i++)
        image.rgb[i] = (uint8_t)(test_rng_next(&rng) >> 56);
    return image;
}

static float *features_of(const pb_image *images, int64_t n)
{
    pb_backbone *backbone = open_builtin();
    float *out = NULL;
    assert_ok(PB_NEW(out, n * PER_IMAGE));
    assert_ok(pb_backbone_extract(backbone, images, n, out));
    pb_backbone_close(backbone);
    return out;
}

/* Golden values are float32 of other summation orders: agreement is to about 1e-5, the definition allows
 * 2e-4. */
static void assert_golden(const float *features, const float *golden, int64_t n, int64_t patch_step, double tolerance)
{
    int64_t compared = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t patch = 0; patch < PATCHES; patch += patch_step)
            for (int64_t channel = 0; channel < DIM; channel++, compared++) {
                const double actual = (double)features[(i * PATCHES + patch) * DIM + channel];
                const double expected = (double)golden[compared];
                if (!(fabs(actual - expected) <= tolerance))
                    fail_msg("image %d patch %d channel %d: %.7g instead of %.7g", (int)i, (int)patch, (int)channel,
                             actual, expected);
            }
    assert_true(compared > 0);
}

static float *load_golden(const char *path, int64_t n, int64_t n_patches)
{
    pb_npy array;
    float *golden = NULL;
    assert_ok(pb_npy_open(path, &array));
    assert_int_equal(array.n_dims, 3);
    assert_int_equal(array.shape[0], n);
    assert_int_equal(array.shape[1], n_patches);
    assert_int_equal(array.shape[2], DIM);
    assert_ok(PB_NEW(golden, array.n_items));
    assert_ok(pb_npy_to_f32(&array, 0, array.n_items, golden));
    pb_npy_close(&array);
    return golden;
}

static void synthetic_images_match_the_definition(void **state)
{
    (void)state;
    enum { STEP = 5 };
    pb_image images[] = {synthetic(448, 448), synthetic(300, 211)};
    float *golden = load_golden(PB_GOLDEN_DIR "/builtin/golden.npy", 2, (PATCHES + STEP - 1) / STEP);
    float *features = features_of(images, 2);
    assert_golden(features, golden, 2, STEP, 5e-5);
    pb_free(features);
    pb_free(golden);
    pb_image_free(&images[0]);
    pb_image_free(&images[1]);
}

static void real_images_match_the_reference(void **state)
{
    (void)state;
    enum { N = 4 };
    if (!test_has_shared("data/builtin_golden/golden.npy"))
        skip();
    const char *const names[N] = {"magnetic_tile/train/good/000.jpg", "magnetic_tile/test/fray/000.jpg",
                                  "magnetic_tile/test/crack/000.jpg", "builtin_golden/colour.png"};
    pb_image images[N];
    for (int i = 0; i < N; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/data/%s", PB_SHARED_DIR, names[i]);
        assert_ok(pb_image_read(path, &images[i]));
    }
    float *golden = load_golden(PB_SHARED_DIR "/data/builtin_golden/golden.npy", N, PATCHES);
    float *features = features_of(images, N);
    assert_golden(features, golden, N, 1, 2e-4);
    pb_free(features);
    pb_free(golden);
    for (int i = 0; i < N; i++)
        pb_image_free(&images[i]);
}

static void threads_and_batches_do_not_show(void **state)
{
    (void)state;
    enum { N = 4 };
    pb_image images[N] = {synthetic(448, 448), noise(97, 640, 1), constant(30, 20, 90), noise(448, 448, 2)};
    assert_ok(pb_threads_set(1));
    float *together = features_of(images, N);
    assert_ok(pb_threads_set(3));
    float *threaded = features_of(images, N);
    assert_memory_equal(together, threaded, sizeof(float) * N * PER_IMAGE);
    for (int i = 0; i < N; i++) {
        float *alone = features_of(&images[i], 1);
        assert_memory_equal(together + i * PER_IMAGE, alone, sizeof(float) * PER_IMAGE);
        pb_free(alone);
        pb_image_free(&images[i]);
    }
    assert_ok(pb_threads_set(0));
    assert_memory_not_equal(together, together + PER_IMAGE, sizeof(float) * PER_IMAGE);
    pb_free(together);
    pb_free(threaded);
}

static void grey_images_have_no_colour(void **state)
{
    (void)state;
    pb_image grey = noise(448, 448, 3), colour = noise(448, 448, 3);
    for (int64_t i = 0; i < 448 * 448 * 3; i += 3)
        grey.rgb[i + 1] = grey.rgb[i + 2] = grey.rgb[i];
    float *of_grey = features_of(&grey, 1), *of_colour = features_of(&colour, 1);
    for (int patch = 0; patch < PATCHES; patch++)
        for (int channel = 33; channel < DIM; channel++) {
            assert_true(of_grey[patch * DIM + channel] == 0.0f);
            assert_true(of_colour[patch * DIM + channel] != 0.0f);
        }
    pb_free(of_grey);
    pb_free(of_colour);
    pb_image_free(&grey);
    pb_image_free(&colour);
}

static void assert_finite_features(pb_image image)
{
    float *features = features_of(&image, 1);
    for (int i = 0; i < PER_IMAGE; i++)
        assert_true(isfinite(features[i]));
    pb_free(features);
    pb_image_free(&image);
}

/* Nothing divides by the contrast of an image that has none; a 1x1 image is enlarged to one. */
static void flat_and_tiny_images_give_finite_features(void **state)
{
    (void)state;
    assert_finite_features(constant(448, 448, 0));
    assert_finite_features(constant(448, 448, 255));
    assert_finite_features(constant(1, 1, 128));
    assert_finite_features(noise(1, 700, 4));
    assert_finite_features(noise(2, 1, 5));
}

/* Without contrast there is no energy: all channels of a constant image are nearly zero. */
static void a_flat_image_has_no_energy(void **state)
{
    (void)state;
    pb_image flat = constant(448, 448, 77);
    float *features = features_of(&flat, 1);
    for (int i = 0; i < PER_IMAGE; i++)
        assert_true(fabs((double)features[i]) < 5e-3);
    pb_free(features);
    pb_image_free(&flat);
}

/* Turning a picture by 90 degrees moves orientation l to l + 4 and turns the grid: a check of every sign in
 * the folded filters that needs no golden values. */
static void a_quarter_turn_swaps_orientations(void **state)
{
    (void)state;
    pb_image upright = noise(448, 448, 6), turned = constant(448, 448, 0);
    for (int y = 0; y < 448; y++)
        for (int x = 0; x < 448; x++)
            memcpy(turned.rgb + (x * 448 + 447 - y) * 3, upright.rgb + (y * 448 + x) * 3, 3);
    float *a = features_of(&upright, 1), *b = features_of(&turned, 1);
    for (int row = 0; row < 28; row++)
        for (int column = 0; column < 28; column++)
            for (int channel = 0; channel < 32; channel++) {
                const int other = channel / 8 * 8 + (channel + 4) % 8;
                const double difference =
                    (double)a[(row * 28 + column) * DIM + channel] - (double)b[(column * 28 + 27 - row) * DIM + other];
                assert_true(fabs(difference) < 5e-5);
            }
    pb_free(a);
    pb_free(b);
    pb_image_free(&upright);
    pb_image_free(&turned);
}

/* The only function approximated by hand: against libm over four decades. */
static void logarithm_is_accurate(void **state)
{
    (void)state;
    enum { N = 100000 };
    static float values[N], logs[N];
    for (int i = 0; i < N; i++)
        logs[i] = values[i] = (float)pow(10, 4.0 * i / N - 2);
    pb_builtin_log1p_scaled(logs, 2.0f, N);
    for (int i = 0; i < N; i++) {
        const double expected = log((double)(1.0f + 2.0f * values[i]));
        assert_true(fabs((double)logs[i] - expected) <= 2.5e-7 * expected);
    }
}

static void origin_says_what_was_done(void **state)
{
    (void)state;
    pb_backbone *backbone = open_builtin();
    const pb_origin *origin = pb_backbone_origin(backbone);
    assert_string_equal(origin->backbone, "builtin");
    assert_int_equal(strlen(origin->weights_hash), 64);
    assert_string_equal(origin->layer, "");
    assert_string_equal(origin->precision, "f32");
    assert_int_equal(strncmp(origin->preprocessing, "resize 448x448 bilinear; ", 25), 0);
    assert_true(origin->is_upright);
    assert_int_equal(origin->input_height, 448);
    assert_int_equal(origin->input_width, 448);
    assert_int_equal(origin->grid_height, 28);
    assert_int_equal(origin->grid_width, 28);
    assert_int_equal(origin->dim, DIM);
    assert_string_equal(pb_backbone_default_image_score(backbone), "top1");
    assert_string_equal(pb_backbone_image_score_of(origin->backbone), "top1");
    assert_string_equal(pb_backbone_image_score_of(""), "p95");
    assert_string_equal(pb_backbone_audit_rule_of(origin->backbone), "imgt5_k1_mad");
    assert_string_equal(pb_backbone_audit_rule_of(""), "imgmax_mad");
    assert_string_equal(pb_backbone_audit_rule_of(NULL), "imgmax_mad");
    assert_string_equal(pb_backbone_image_score_of(NULL), "p95");
    pb_backbone_close(backbone);
    pb_backbone_close(NULL);
}

static void unknown_backbones_and_options_are_refused(void **state)
{
    (void)state;
    pb_backbone *backbone = NULL;
    const pb_backbone_options size = {.size = sizeof(pb_backbone_options), .input_size = 100},
                              layer = {.size = sizeof(pb_backbone_options), .layer = "19"},
                              bytes = {.size = sizeof(pb_backbone_options), .precision = "int8"},
                              fine = {.size = sizeof(pb_backbone_options),
                                      .input_size = 448,
                                      .layer = "",
                                      .precision = "f32"};
    assert_status(pb_backbone_open("no-such-backbone", NULL, &backbone), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "no-such-backbone"));
    assert_non_null(strstr(pb_error_message(), "builtin"));
    assert_status(pb_backbone_open("", NULL, &backbone), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_backbone_open(PB_GOLDEN_DIR, NULL, &backbone), PB_STATUS_BAD_FORMAT);
    assert_non_null(strstr(pb_error_message(), PB_GOLDEN_DIR));
    assert_status(pb_backbone_open("builtin", &size, &backbone), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "100"));
    assert_status(pb_backbone_open("builtin", &layer, &backbone), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_backbone_open("builtin", &bytes, &backbone), PB_STATUS_BAD_ARGUMENT);
    assert_null(backbone);
    assert_ok(pb_backbone_open("builtin", &fine, &backbone));
    pb_backbone_close(backbone);
}

static void empty_images_and_batches(void **state)
{
    (void)state;
    pb_backbone *backbone = open_builtin();
    float *out = NULL;
    assert_ok(PB_NEW(out, PER_IMAGE));
    const pb_image empty = {0};
    assert_status(pb_backbone_extract(backbone, &empty, 1, out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_backbone_extract(backbone, NULL, 1, out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_backbone_extract(backbone, &empty, -1, out), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_backbone_extract(backbone, NULL, 0, NULL));
    pb_free(out);
    pb_backbone_close(backbone);
}

/* ---- Files ---- */

typedef struct files {
    char dir[512];
    char path[3][600];
} files;

/* Two images, and one path without a file. */
static files write_files(void)
{
    files made;
    pb_image first = synthetic(120, 90), second = noise(33, 57, 7);
    test_make_temp_dir(made.dir, sizeof made.dir);
    for (int i = 0; i < 3; i++)
        snprintf(made.path[i], sizeof made.path[i], "%s/%d.png", made.dir, i);
    assert_ok(pb_image_write_png(&first, made.path[0]));
    assert_ok(pb_image_write_png(&second, made.path[1]));
    pb_image_free(&first);
    pb_image_free(&second);
    return made;
}

static void remove_files(const files *made)
{
    unlink(made->path[0]);
    unlink(made->path[1]);
    assert_int_equal(rmdir(made->dir), 0);
}

static int count_reports(void *context, int64_t done, int64_t total)
{
    assert_true(done >= 1 && done <= total);
    *(int64_t *)context = done;
    return 0;
}

static void files_give_the_features_of_their_images(void **state)
{
    (void)state;
    const files made = write_files();
    const char *const paths[] = {made.path[1], made.path[0], made.path[1]};
    pb_backbone *backbone = open_builtin();
    pb_features *features = NULL;
    int64_t last = 0;
    const pb_progress progress = {count_reports, &last};
    assert_ok(pb_backbone_extract_files(backbone, paths, 3, &progress, &features));
    assert_int_equal(last, 3);
    assert_int_equal(pb_features_n_images(features), 3);
    assert_int_equal(pb_features_n_patches(features), PATCHES);
    assert_int_equal(pb_features_dim(features), DIM);
    assert_ok(pb_origin_match(pb_features_origin(features), "the files", pb_backbone_origin(backbone), "the backbone"));
    for (int i = 0; i < 3; i++) {
        pb_image image = {0};
        assert_ok(pb_image_read(paths[i], &image));
        float *expected = features_of(&image, 1);
        assert_memory_equal(pb_features_data(features) + i * PER_IMAGE, expected, sizeof(float) * PER_IMAGE);
        pb_free(expected);
        pb_image_free(&image);
    }
    pb_features_free(features);
    pb_backbone_close(backbone);
    remove_files(&made);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    const files made = write_files();
    const char *const paths[] = {made.path[0], made.path[2], made.path[1], "/no/such/file.png"};
    pb_backbone *backbone = open_builtin();
    pb_features *features = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        assert_ok(pb_threads_set(threads));
        assert_status(pb_backbone_extract_files(backbone, paths, 4, NULL, &features), PB_STATUS_IO);
        assert_non_null(strstr(pb_error_message(), made.path[2]));
        assert_null(features);
    }
    assert_ok(pb_threads_set(0));
    assert_status(pb_backbone_extract_files(backbone, paths, 0, NULL, &features), PB_STATUS_BAD_ARGUMENT);
    pb_backbone_close(backbone);
    remove_files(&made);
}

/* Asked by the name in an origin; what nobody knows promises nothing. */
static void kinds_say_what_they_promise(void **state)
{
    (void)state;
    static const char *const others[] = {"dinov3_vit", "resnet18", "of another program", "", NULL};
    assert_true(pb_backbone_is_same_on_every_cpu("builtin") && pb_backbone_is_light("builtin"));
    assert_non_null(strstr(pb_backbone_note("builtin"), "Gabor"));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(pb_backbone_is_same_on_every_cpu(others[i]) || pb_backbone_is_light(others[i]));
        assert_string_equal(pb_backbone_note(others[i]), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthetic_images_match_the_definition),
        cmocka_unit_test(real_images_match_the_reference),
        cmocka_unit_test(threads_and_batches_do_not_show),
        cmocka_unit_test(grey_images_have_no_colour),
        cmocka_unit_test(flat_and_tiny_images_give_finite_features),
        cmocka_unit_test(a_flat_image_has_no_energy),
        cmocka_unit_test(a_quarter_turn_swaps_orientations),
        cmocka_unit_test(logarithm_is_accurate),
        cmocka_unit_test(origin_says_what_was_done),
        cmocka_unit_test(unknown_backbones_and_options_are_refused),
        cmocka_unit_test(empty_images_and_batches),
        cmocka_unit_test(files_give_the_features_of_their_images),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(kinds_say_what_they_promise),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
