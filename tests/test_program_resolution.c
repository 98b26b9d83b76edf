/* --resolution through the commands: a small scratch that the whole photo loses is found at its own size, parts of another size are
 * unusable, and what does not go together is refused by name. */
#include <sys/resource.h>

#include "photos.h"
#include "vit.h"

#include "io/jpeg.h"

enum { WIDTH = 1400, HEIGHT = 1050 };

/* A ground plate: marks that run across, and on some photos a scratch 5 pixels wide and 40 long. */
static void write_plate(const char *name, int32_t width, int32_t height, uint64_t seed, int with_scratch)
{
    pb_image image;
    char path[512];
    test_rng rng = {seed};
    assert_ok(pb_image_new(width, height, &image));
    const double phase = 6 * test_rng_uniform(&rng);
    for (int y = 0; y < height; y++) {
        const double mark = 18 * test_rng_normal(&rng);
        for (int x = 0; x < width; x++) {
            const int scratch = with_scratch && x >= 700 && x < 740 && y >= 500 && y < 505;
            const double value =
                130 + 20 * sin(x * 0.02 + phase) + mark + 8 * test_rng_normal(&rng) - (scratch ? 70 : 0);
            memset(image.rgb + ((int64_t)y * width + x) * 3, (int)fmin(fmax(value, 0), 255), 3);
        }
    }
    in_root(name, path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static int make_inputs(void **state)
{
    (void)state;
    static const char *const folders[] = {"refs", "set", "set/test", "set/test/good", "set/test/scratch", "other"};
    char name[64];
    test_make_temp_dir(program_folder, sizeof program_folder);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(folders[i]);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "refs/%d.png", i);
        write_plate(name, WIDTH, HEIGHT, (uint64_t)i + 1, 0);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "set/test/good/%d.png", i);
        write_plate(name, WIDTH, HEIGHT, (uint64_t)i + 50, 0);
        snprintf(name, sizeof name, "set/test/scratch/%d.png", i);
        write_plate(name, WIDTH, HEIGHT, (uint64_t)i + 60, 1);
    }
    write_plate("other/larger.png", WIDTH + 2, HEIGHT, 70, 0);
    return 0;
}

static int remove_inputs(void **state)
{
    (void)state;
    return test_remove_dir(program_folder);
}

static int64_t count(const char *kind)
{
    json_t *result = load_json("eval.json");
    const int64_t n = json_integer_value(json_object_get(result, kind));
    json_decref(result);
    return n;
}

static void a_small_scratch_is_found_at_the_photos_own_size(void **state)
{
    (void)state;
    assert_run("fit refs -o whole.bank -q", 0);
    assert_run("eval whole.bank set/test --json eval.json", 0);
    const int64_t squeezed = count("caught");
    assert_run("fit refs -o native.bank -q --resolution native", 0);
    assert_run("eval native.bank set/test --json eval.json", 0);
    assert_true(squeezed < 3); /* a scratch of 5 pixels is one of 1.6 there */
    assert_int_equal(count("caught"), 3);
    assert_int_equal(count("false_alarms"), 0);
    assert_run("fit refs -o few.bank -q --resolution native --coreset 1%", 0);
    assert_run("eval few.bank set/test --json eval.json", 0);
    assert_int_equal(count("caught"), 3);
    assert_int_equal(count("false_alarms"), 0);
    assert_run("info native.bank", 0);
    assert_says("1400x1050 pixels");
    assert_says("88x66 patches");
    assert_says("top8");
}

static void parts_of_another_size_are_unusable(void **state)
{
    (void)state;
    assert_run("score native.bank other/larger.png set/test/good/0.png --csv scores.csv", 0);
    assert_says("unusable: 1402 x 1050 pixels, where the references have 1400 x 1050");
    assert_run("fit refs other/larger.png -o mixed.bank --resolution 50%", 3);
    assert_says("larger.png has 1402 x 1050 pixels, not 1400 x 1050 as the first photo");
    assert_run("fit refs other/larger.png -o mixed.bank --resolution 700x525 -q",
               0); /* a size that is asked for takes any */
    assert_run("score mixed.bank other/larger.png -q", 0);
}

static void features_know_their_resolution(void **state)
{
    (void)state;
    assert_run("extract set/test/good -o half.npy --resolution 0.5 -q", 0);
    assert_run("score native.bank half.npy", 3);
    assert_says("700");
    assert_run("extract set/test/good -o native.npy --resolution native -q", 0);
    assert_run("score native.bank native.npy -q", 0);
    assert_run("fit half.npy -o half.bank --resolution native", 2);
    assert_says("half.npy is features already");
    assert_run("extract half.npy -o copy.npy --resolution native", 2);
    assert_says("half.npy is features already");
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    assert_run("fit refs -o no.bank --tile 224", 2);
    assert_says("--tile needs --resolution");
    assert_run("fit refs -o no.bank --overlap 0", 2);
    assert_says("--overlap needs --resolution");
    assert_run("fit refs -o no.bank --size 448 --resolution native", 2);
    assert_says("--size and --resolution exclude each other");
    static const char *const wrong[] = {"large", "0x100", "100x", "x100",      "1e2x100",
                                        "0",     "1.5",   "-1",   "100x100x3", "99999x1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char command[128];
        snprintf(command, sizeof command, "audit refs --resolution %s", wrong[i]);
        assert_run(command, 2);
        assert_says("is neither a size such as 2048x1536, nor native");
    }
    assert_run("audit refs --resolution native --overlap few", 2);
    assert_run("audit refs --resolution native --tile 224", 2);
    assert_says("the built-in backbone looks at the whole photo");
    assert_run("audit refs --resolution 100x100", 2);
    assert_says("128 to");
    assert_script("mkdir -p data/part/train && cp -r refs data/part/train/good && cp -r set/test data/part/test", 0);
    assert_run("cache data -o caches --resolution native", 2);
    assert_says("categories have different ones");
    assert_run("cache data -o caches --resolution 700x525 -q", 0);
    assert_script("$P score native.bank caches/*", 3);
    assert_says("they differ in input_height");
    assert_run("extract refs -o like.npy --resolution 700x525 -q", 0);
    assert_script("$P fit caches/* -o cached.bank -q", 0);
    assert_run("score cached.bank like.npy -q", 0);
}

/* The same with a network: its tiles make one grid, and the bank opens it again as it was. */
static void a_network_sees_tiles(void **state)
{
    (void)state;
    char path[512];
    in_root("dino", path);
    vit_copy("dinov2", path);
    assert_run("fit refs -o tiles.bank --backbone dino --resolution 0.25 --tile 112 --overlap 20 -q", 0);
    assert_run("info tiles.bank", 0);
    assert_says("112x112 tiles of 350x263");
    assert_says("overlap 28"); /* two patches of 14 */
    assert_says("25x19 patches");
    assert_run("score tiles.bank set/test/good --backbone dino -q --heatmaps maps", 0);
    assert_run("extract set/test/good -o tiles.npy --backbone dino --resolution 0.25 --tile 112 --overlap 0 -q", 0);
    assert_run("score tiles.bank tiles.npy --backbone dino", 3);
    assert_says("overlap");
    assert_run("fit refs -o no.bank --backbone dino --resolution 100x600 --tile 112", 2);
    assert_says("width of 100 pixels cannot be cut into tiles of 112");
}

/* ---- Memory ------------------------------------------------------------------------------------------------------- */

enum { LARGE_WIDTH = 5472, LARGE_HEIGHT = 3648, LARGE_RUN = 64 }; /* 20 megapixels, pixels of a run are alike */

/* A bank of two small photos that are made as large, with few rows. */
static void fit_large(const char *name)
{
    const pb_backbone_options options = {.size = sizeof options, .width = LARGE_WIDTH, .height = LARGE_HEIGHT};
    pb_bank_options fit = PB_BANK_OPTIONS_INIT;
    pb_image images[2];
    pb_backbone *backbone;
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    char path[512];
    fit.audit_rule = NULL;
    fit.coreset_rows = 50;
    for (int i = 0; i < 2; i++) {
        test_rng rng = {(uint64_t)i + 1};
        assert_ok(pb_image_new(384, 256, &images[i]));
        for (int j = 0; j < 384 * 256 * 3; j++)
            images[i].rgb[j] = (uint8_t)(100 + 50 * test_rng_uniform(&rng));
    }
    assert_ok(pb_backbone_open("builtin", &options, &backbone));
    assert_ok(pb_features_new(2, pb_backbone_origin(backbone), &features));
    assert_ok(pb_backbone_extract(backbone, images, 2, pb_features_rows(features)));
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, &fit, &bank, NULL));
    in_root(name, path);
    assert_ok(pb_bank_save(bank, path));
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
    pb_backbone_close(backbone);
    pb_image_free(&images[0]);
    pb_image_free(&images[1]);
}

static void write_large(void)
{
    pb_image photo;
    uint8_t *bytes;
    size_t size;
    char path[512];
    test_rng rng = {9};
    assert_ok(pb_image_new(LARGE_WIDTH, LARGE_HEIGHT, &photo));
    for (int64_t i = 0; i < (int64_t)LARGE_WIDTH * LARGE_HEIGHT; i += LARGE_RUN)
        memset(photo.rgb + 3 * i, 100 + (int)(test_rng_next(&rng) % 50), 3 * LARGE_RUN);
    assert_ok(pb_jpeg_encode(&photo, 90, &bytes, &size));
    write_bytes("large.jpg", bytes, size);
    pb_free(bytes);
    in_root("large.png", path);
    assert_ok(pb_image_write_png(&photo, path));
    pb_image_free(&photo);
}

/* The most that any program run so far had at once, in bytes; 0 where nobody counts. */
static int64_t peak_of_children(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_CHILDREN, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

/* docs/resolution.md: less than 300 MB, whatever the format. Before the other tests, whose programs may take more. */
static void a_photo_of_20_megapixels_takes_less_than_300_mb(void **state)
{
    (void)state;
    if (PB_IS_SANITIZED)
        skip(); /* which takes memory of its own */
    fit_large("large.bank");
    write_large();
    assert_run("score large.bank large.jpg -q", 0);
    if (peak_of_children() == 0)
        skip();
    assert_true(peak_of_children() > 100000000); /* the photo alone has 60 */
    assert_true(peak_of_children() < 300000000);
    assert_run("score large.bank large.png -q", 0);
    assert_true(peak_of_children() < 300000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_photo_of_20_megapixels_takes_less_than_300_mb),
        cmocka_unit_test(a_small_scratch_is_found_at_the_photos_own_size),
        cmocka_unit_test(parts_of_another_size_are_unusable),
        cmocka_unit_test(features_know_their_resolution),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(a_network_sees_tiles),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
