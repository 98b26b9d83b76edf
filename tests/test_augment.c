/* Altered copies of references: the right pixels, their patches where the photo has them, and all of a reference are one reference. */
#include "vit.h"

#include <math.h>

#include "io/augment.h"
#include "root.h"

/* ---- text --------------------------------------------------------------------------------------------------------- */

static void texts_say_which_copies(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
        int64_t n;
    } good[] = {
        {"rot90", "rot90", 4},
        {"flips", "flips", 3},
        {"flips,rot90", "rot90,flips", 8},
        {"brightness:0.8-1.2", "brightness:0.8-1.2", 3},
        {"brightness:0.80-1.200", "brightness:0.8-1.2", 3},
        {"brightness:1-1.2", "brightness:1-1.2", 2},
        {"brightness:0.8-1", "brightness:0.8-1", 2},
        {"brightness:1.5-1.5", "brightness:1.5-1.5", 2},
        {"brightness:0.1-5", "brightness:0.1-5", 3},
        {"brightness:0.125-1.05,rot90", "rot90,brightness:0.125-1.05", 12},
        {"rot90,flips,brightness:0.8-1.2", "rot90,flips,brightness:0.8-1.2", PB_AUGMENT_MOST_VARIANTS},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char text[PB_AUGMENT_TEXT];
        pb_augment augment, again;
        assert_ok(pb_augment_parse(good[i].text, &augment));
        assert_int_equal(pb_augment_n_variants(&augment), good[i].n);
        pb_augment_text(&augment, text, sizeof text);
        assert_string_equal(text, good[i].canonical);
        assert_ok(pb_augment_parse(text, &again));
        assert_true(pb_augment_same(&augment, &again));
    }
    char text[PB_AUGMENT_TEXT] = "x";
    pb_augment_text(&(pb_augment){0}, text, sizeof text);
    assert_string_equal(text, "");
    assert_int_equal(pb_augment_n_variants(&(pb_augment){0}), 1);
}

static void other_texts_are_refused_with_the_value(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "rot45",
                                      "Rot90",
                                      "rot90 ",
                                      "rot90,rot90",
                                      "flips,rot90,flips",
                                      "rot90,",
                                      ",rot90",
                                      "rot90,,flips",
                                      "brightness",
                                      "brightness:",
                                      "brightness:1.2",
                                      "brightness:0-9",
                                      "brightness:0-0",
                                      "brightness:0.8-5.001",
                                      "brightness:0.09-1",
                                      "brightness:1.2-0.8",
                                      "brightness:1-1",
                                      "brightness:-0.8-1.2",
                                      "brightness:0.8-+1.2",
                                      "brightness:.8-1.2",
                                      "brightness:0.8.1-1.2",
                                      "brightness:0.8-1e0",
                                      "brightness:0.8-nan",
                                      "brightness:0.8001-1.2",
                                      "brightness:99999999999999999999-1.2",
                                      "brightness:0.8-1.2,brightness:0.8-1.2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char quoted[96];
        pb_augment augment = {.flips = true};
        snprintf(quoted, sizeof quoted, "\"%s\"", bad[i]);
        if (pb_augment_parse(bad[i], &augment) != PB_STATUS_BAD_ARGUMENT || !strstr(pb_error_message(), quoted))
            fail_msg("%s: %s", quoted, pb_error_message());
        assert_true(augment.flips && !augment.rot90); /* as it was */
    }
}

/* ---- pixels, step by step ----------------------------------------------------------------------------------------- */

/* A photo of any size without symmetry. */
static pb_image odd_photo(int width, int height, uint64_t seed)
{
    test_rng rng = {seed};
    pb_image image;
    assert_ok(pb_image_new(width, height, &image));
    for (int i = 0; i < width * height * 3; i++)
        image.rgb[i] = (uint8_t)(40 + (i / 3 % width) * 100 / width + (i / 3 / width) * 60 / height +
                                 (int)(50 * test_rng_uniform(&rng)));
    return image;
}

/* Each pixel goes where a quarter turn clockwise takes it. */
static void turn(pb_image *image)
{
    pb_image out;
    const int width = image->width, height = image->height;
    assert_ok(pb_image_new(height, width, &out));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(out.rgb + 3 * (x * height + (height - 1 - y)), image->rgb + 3 * (y * width + x), 3);
    pb_image_free(image);
    *image = out;
}

static void mirror(pb_image *image, bool across)
{
    const int width = image->width, height = image->height;
    pb_image out;
    assert_ok(pb_image_new(width, height, &out));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(out.rgb + 3 * ((across ? y : height - 1 - y) * width + (across ? width - 1 - x : x)),
                   image->rgb + 3 * (y * width + x), 3);
    pb_image_free(image);
    *image = out;
}

/* Pillow's ImageEnhance.Brightness: (UINT8) of the float32 product, 255 above. */
static void brighten(pb_image *image, float factor)
{
    for (int i = 0; i < image->width * image->height * 3; i++) {
        const float value = factor * (float)image->rgb[i];
        image->rgb[i] = value > 255 ? 255 : (uint8_t)value;
    }
}

/* How a variant is made of steps: quarter turns, then 'a'cross, or 'd'own. */
typedef struct steps {
    int turns;
    char mirrored;
} steps;

static const steps TURNED[] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}}, MIRRORED[] = {{0, 0}, {0, 'a'}, {0, 'd'}},
                   BOTH[] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {0, 'a'}, {0, 'd'}, {1, 'a'}, {1, 'd'}};

static pb_image by_steps(const pb_image *photo, const steps *s, float factor)
{
    pb_image out;
    assert_ok(pb_image_crop(photo, 0, 0, photo->width, photo->height, &out));
    for (int i = 0; i < s->turns; i++)
        turn(&out);
    if (s->mirrored)
        mirror(&out, s->mirrored == 'a');
    brighten(&out, factor);
    return out;
}

static const struct {
    const char *text;
    const steps *lies;
    int n_lies;
    float factors[3];
} ways[] = {
    {"rot90", TURNED, 4, {1}},
    {"flips", MIRRORED, 3, {1}},
    {"rot90,flips", BOTH, 8, {1}},
    {"flips,brightness:0.8-1.2", MIRRORED, 3, {1, 0.8F, 1.2F}},
    {"rot90,brightness:1-2.5", TURNED, 4, {1, 2.5F}},
};

enum { N_WAYS = sizeof ways / sizeof *ways };

static void variants_are_made_pixel_by_pixel(void **state)
{
    (void)state;
    pb_image photo = odd_photo(11, 7, 3);
    for (int w = 0; w < N_WAYS; w++) {
        pb_augment augment;
        assert_ok(pb_augment_parse(ways[w].text, &augment));
        for (int v = 0; v < pb_augment_n_variants(&augment); v++) {
            pb_image variant,
                expected = by_steps(&photo, &ways[w].lies[v % ways[w].n_lies], ways[w].factors[v / ways[w].n_lies]);
            assert_ok(pb_augment_image(&augment, v, &photo, &variant));
            assert_int_equal(variant.width, expected.width);
            assert_int_equal(variant.height, expected.height);
            assert_memory_equal(variant.rgb, expected.rgb, (size_t)(11 * 7 * 3));
            pb_image_free(&variant);
            pb_image_free(&expected);
        }
        pb_image none = {0};
        assert_status(pb_augment_image(&augment, pb_augment_n_variants(&augment), &photo, &none),
                      PB_STATUS_BAD_ARGUMENT);
        assert_status(pb_augment_image(&augment, -1, &photo, &none), PB_STATUS_BAD_ARGUMENT);
    }
    pb_image_free(&photo);
}

static void words_say_what_a_variant_is(void **state)
{
    (void)state;
    pb_augment augment;
    char words[PB_AUGMENT_TEXT];
    assert_ok(pb_augment_parse("rot90,flips,brightness:0.8-1.25", &augment));
    pb_augment_words(&augment, 0, words, sizeof words);
    assert_string_equal(words, "as it is");
    pb_augment_words(&augment, 3, words, sizeof words);
    assert_string_equal(words, "turned by 270 degrees");
    pb_augment_words(&augment, 8, words, sizeof words);
    assert_string_equal(words, "0.8 times as bright");
    pb_augment_words(&augment, 20, words, sizeof words);
    assert_string_equal(words, "mirrored left to right, 1.25 times as bright");
}

/* ---- features of photos ------------------------------------------------------------------------------------------- */

enum { SIDE = 8, P = SIDE * SIDE, INPUT = 128, DIM = 35 };

static pb_backbone *open_backbone(void)
{
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone *backbone;
    options.input_size = INPUT;
    assert_ok(pb_backbone_open("builtin", &options, &backbone));
    return backbone;
}

enum { MOST_PATCHES = 256 };

/* Which patch of the photo each patch of a variant shows, found by altering a picture of the numbers. */
static void find_places(const steps *s, int side, int place[MOST_PATCHES])
{
    pb_image numbers;
    assert_true(side * side <= MOST_PATCHES);
    assert_ok(pb_image_new(side, side, &numbers));
    for (int p = 0; p < side * side; p++)
        numbers.rgb[3 * p] = (uint8_t)p;
    pb_image altered = by_steps(&numbers, s, 1);
    for (int p = 0; p < side * side; p++)
        place[p] = altered.rgb[3 * p];
    pb_image_free(&altered);
    pb_image_free(&numbers);
}

/* Each variant as a photo of its own, its patches put where the photo has them, against what the library makes of the photos. */
static void check_variants(pb_backbone *backbone, int w, const pb_image *photos, int n_photos)
{
    const pb_origin *origin = pb_backbone_origin(backbone);
    const int side = origin->grid_height, n_patches = side * side, dim = (int)origin->dim;
    pb_augment augment;
    pb_features *features, *direct;
    assert_ok(pb_augment_parse(ways[w].text, &augment));
    assert_ok(pb_features_new(1, origin, &direct));
    assert_ok(pb_backbone_extract_augmented_images(backbone, &augment, photos, n_photos, &features));
    const int n = (int)pb_augment_n_variants(&augment);
    assert_int_equal(pb_features_n_patches(features), n * n_patches);
    assert_int_equal(pb_features_n_own_patches(features), n_patches);
    assert_true(pb_augment_same(pb_features_augment(features), &augment));
    for (int i = 0; i < n_photos * n; i++) {
        const steps *s = &ways[w].lies[i % n % ways[w].n_lies];
        pb_image variant = by_steps(&photos[i / n], s, ways[w].factors[i % n / ways[w].n_lies]);
        int place[MOST_PATCHES];
        find_places(s, side, place);
        assert_ok(pb_backbone_extract(backbone, &variant, 1, pb_features_rows(direct)));
        for (int p = 0; p < n_patches; p++)
            assert_memory_equal(pb_features_data(features) + (i * n_patches + place[p]) * dim,
                                pb_features_data(direct) + p * dim, (size_t)dim * sizeof(float));
        pb_image_free(&variant);
    }
    pb_features_free(direct);
    pb_features_free(features);
}

static void patches_of_copies_stand_where_the_photo_has_them(void **state)
{
    (void)state;
    pb_backbone *backbone = open_backbone();
    pb_image photos[2] = {odd_photo(150, 110, 5), odd_photo(INPUT, INPUT, 6)};
    for (int w = 0; w < N_WAYS; w++)
        check_variants(backbone, w, photos, 2);
    pb_image_free(&photos[0]);
    pb_image_free(&photos[1]);
    pb_backbone_close(backbone);
}

/* A network that sees the photo at once, and one that sees it in tiles. */
static void networks_have_copies_too(void **state)
{
    (void)state;
    for (int in_tiles = 0; in_tiles < 2; in_tiles++) {
        pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
        pb_backbone *backbone;
        pb_image photos[2] = {odd_photo(150, 110, 5), odd_photo(90, 90, 6)};
        options.input_size = 112;
        options.width = options.height = in_tiles ? 196 : 0;
        assert_ok(pb_backbone_open(vit_checkpoint("dinov2"), &options, &backbone));
        check_variants(backbone, 2, photos, 2);
        pb_image_free(&photos[0]);
        pb_image_free(&photos[1]);
        pb_backbone_close(backbone);
    }
}

static pb_status count_visit(void *context, int64_t i, const pb_image *image)
{
    int *visits = context;
    assert_true(image->width == 60 + i && image->height == 50);
    __atomic_fetch_add(&visits[i], 1, __ATOMIC_RELAXED);
    return PB_STATUS_OK;
}

/* Files are as images in memory, whatever the number of threads; each is seen once, as it is. */
static void files_are_looked_at_once_by_any_number_of_threads(void **state)
{
    (void)state;
    enum { N = 5 };
    pb_backbone *backbone = open_backbone();
    pb_augment augment;
    pb_image photos[N];
    char text[N][300];
    const char *paths[N];
    pb_features *expected;
    assert_ok(pb_augment_parse("rot90,flips,brightness:0.8-1.2", &augment));
    for (int i = 0; i < N; i++) {
        photos[i] = odd_photo(60 + i, 50, (uint64_t)i);
        snprintf(text[i], sizeof text[i], "%s/%d.png", root, i);
        paths[i] = text[i];
        assert_ok(pb_image_write_png(&photos[i], paths[i]));
    }
    assert_ok(pb_backbone_extract_augmented_images(backbone, &augment, photos, N, &expected));
    const size_t bytes = (size_t)(N * pb_features_n_patches(expected) * DIM) * sizeof(float);
    for (int threads = 1; threads <= 4; threads += 3) {
        int visits[N] = {0};
        pb_features *features;
        assert_ok(pb_threads_set(threads));
        assert_ok(pb_backbone_extract_augmented(backbone, &augment, paths, N, NULL, count_visit, visits, &features));
        assert_memory_equal(pb_features_data(features), pb_features_data(expected), bytes);
        for (int i = 0; i < N; i++)
            assert_int_equal(visits[i], 1);
        pb_features_free(features);
    }
    paths[3] = "/no/such/photo.png";
    pb_features *none = NULL;
    assert_status(pb_backbone_extract_augmented(backbone, &augment, paths, N, NULL, NULL, NULL, &none), PB_STATUS_IO);
    assert_null(none);
    assert_ok(pb_threads_set(0));
    pb_features_free(expected);
    for (int i = 0; i < N; i++)
        pb_image_free(&photos[i]);
    pb_backbone_close(backbone);
}

static void turning_takes_a_square(void **state)
{
    (void)state;
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone *backbone;
    pb_features *features = NULL;
    pb_image photo = odd_photo(160, 128, 1);
    const pb_augment turned = {.rot90 = true}, mirrored = {.flips = true}, odd = {.darkest = 2, .brightest = 1};
    options.width = 160;
    options.height = 128;
    assert_ok(pb_backbone_open("builtin", &options, &backbone));
    assert_status(pb_backbone_extract_augmented_images(backbone, &turned, &photo, 1, &features), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "160 x 128"));
    assert_status(pb_backbone_extract_augmented_images(backbone, &odd, &photo, 1, &features), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_backbone_extract_augmented_images(backbone, &mirrored, &photo, 1, &features));
    pb_features_free(features);
    pb_backbone_close(backbone);
    options = (pb_backbone_options)PB_BACKBONE_OPTIONS_INIT;
    options.input_size = INPUT;
    options.photo_width = 160;
    options.photo_height = 128;
    assert_ok(pb_backbone_open("builtin", &options, &backbone)); /* squeezed into a square: parts have one size */
    assert_status(pb_backbone_extract_augmented_images(backbone, &turned, &photo, 1, &features), PB_STATUS_MISMATCH);
    pb_backbone_close(backbone);
    pb_image_free(&photo);
    int32_t place[6];
    assert_status(pb_augment_places(&turned, 1, 2, 3, place), PB_STATUS_MISMATCH);
    assert_ok(pb_augment_places(&turned, 2, 2, 3, place));
    assert_int_equal(place[0], 5);
}

/* ---- parts that come turned --------------------------------------------------------------------------------------- */

/* Stripes upright, of a phase of their own. */
static pb_image striped(uint64_t seed)
{
    test_rng rng = {seed};
    pb_image image;
    const double phase = test_rng_uniform(&rng);
    assert_ok(pb_image_new(INPUT, INPUT, &image));
    for (int i = 0; i < INPUT * INPUT; i++)
        memset(image.rgb + 3 * i, (int)(128 + 50 * sin(0.7 * (i % INPUT) + phase) + 8 * test_rng_normal(&rng)), 3);
    return image;
}

static pb_bank *fit_striped(pb_backbone *backbone, const pb_augment *augment)
{
    enum { N = 8 };
    pb_image photos[N];
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    for (int i = 0; i < N; i++)
        photos[i] = striped((uint64_t)i);
    assert_ok(pb_backbone_extract_augmented_images(backbone, augment, photos, N, &features));
    assert_ok(pb_references_new(features, 3, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, NULL, &bank, NULL));
    pb_references_free(references);
    pb_features_free(features);
    for (int i = 0; i < N; i++)
        pb_image_free(&photos[i]);
    return bank;
}

static bool fails(const pb_bank *bank, pb_backbone *backbone, const pb_image *photo)
{
    pb_features *features;
    double patches[P], score;
    assert_ok(pb_features_new(1, pb_backbone_origin(backbone), &features));
    assert_ok(pb_backbone_extract(backbone, photo, 1, pb_features_rows(features)));
    assert_ok(pb_bank_score(bank, features, patches, &score));
    pb_features_free(features);
    return score > pb_bank_threshold(bank)->value;
}

static void a_turned_part_is_normal_where_references_are_turned(void **state)
{
    (void)state;
    pb_backbone *backbone = open_backbone();
    const pb_augment turned = {.rot90 = true};
    pb_bank *plain = fit_striped(backbone, NULL), *augmented = fit_striped(backbone, &turned);
    pb_image upright = striped(99), lying = striped(98);
    turn(&lying);
    assert_false(fails(plain, backbone, &upright));
    assert_true(fails(plain, backbone, &lying));
    assert_false(fails(augmented, backbone, &upright));
    assert_false(fails(augmented, backbone, &lying));
    memset(lying.rgb + (size_t)40 * INPUT * 3, 250, (size_t)30 * INPUT * 3); /* a defect is one all the same */
    assert_true(fails(augmented, backbone, &lying));
    pb_image_free(&upright);
    pb_image_free(&lying);
    pb_bank_free(plain);
    pb_bank_free(augmented);
    pb_backbone_close(backbone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_say_which_copies),
        cmocka_unit_test(other_texts_are_refused_with_the_value),
        cmocka_unit_test(variants_are_made_pixel_by_pixel),
        cmocka_unit_test(words_say_what_a_variant_is),
        cmocka_unit_test(patches_of_copies_stand_where_the_photo_has_them),
        cmocka_unit_test(networks_have_copies_too),
        cmocka_unit_test(files_are_looked_at_once_by_any_number_of_threads),
        cmocka_unit_test(turning_takes_a_square),
        cmocka_unit_test(a_turned_part_is_normal_where_references_are_turned),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
