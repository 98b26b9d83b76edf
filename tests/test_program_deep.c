/* Photos and masks of more than 8 bits a sample, as industrial cameras write them: never black, never of two brightnesses. */
#include "photos.h"

#include <spng.h>

enum { WIDTH = 96, HEIGHT = 80, PIXELS = WIDTH * HEIGHT };

static void grey_path(const char *folder, const char *name, char path[512])
{
    char relative[256];
    snprintf(relative, sizeof relative, "%s/%s", folder, name);
    in_root(relative, path);
}

static void write_png(const char *path, const void *samples, size_t size, uint8_t bits)
{
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr header = {
        .width = WIDTH, .height = HEIGHT, .bit_depth = bits, .color_type = SPNG_COLOR_TYPE_GRAYSCALE};
    size_t png_size = 0;
    int error = 0;
    assert_non_null(context);
    assert_int_equal(spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1), 0);
    assert_int_equal(spng_set_ihdr(context, &header), 0);
    assert_int_equal(spng_encode_image(context, samples, size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE), 0);
    void *png = spng_get_png_buffer(context, &png_size, &error);
    assert_non_null(png);
    assert_ok(pb_file_write(path, png, png_size));
    free(png);
    spng_ctx_free(context);
}

/* The same picture twice: as an 8-bit file in u8/, and its values times `factor` in a 16-bit file in u16/. */
static void write_pair(const char *name, const uint8_t *grey, int factor)
{
    uint16_t deep[PIXELS];
    char path[512];
    for (int i = 0; i < PIXELS; i++)
        deep[i] = (uint16_t)(grey[i] * factor);
    grey_path("u8", name, path);
    write_png(path, grey, PIXELS, 8);
    grey_path("u16", name, path);
    write_png(path, deep, sizeof deep, 16);
}

/* A grid pattern around `middle` with noise and, when asked, a bright blot. */
static void draw(uint64_t seed, double middle, int with_defect, uint8_t *grey)
{
    test_rng rng = {seed};
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const int blot = with_defect && (x - 50) * (x - 50) + (y - 40) * (y - 40) < 80;
            const double value =
                middle + 12 * sin(x * 0.4) * sin(y * 0.4) + 3 * test_rng_normal(&rng) + (blot ? 60 : 0);
            grey[y * WIDTH + x] = (uint8_t)fmin(fmax(value, 0), 255);
        }
}

static void write_parts(int factor)
{
    static const char *const folders[] = {"u8", "u16", "u8/refs", "u16/refs", "u8/new", "u16/new"};
    uint8_t grey[PIXELS];
    char name[32];
    test_make_temp_dir(program_folder, sizeof program_folder);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(folders[i]);
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "refs/%d.png", i);
        draw((uint64_t)i + 1, i == 4 ? 100 : 40, 0, grey); /* one reference alone shows how deep they are */
        write_pair(name, grey, factor);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "new/%d.png", i);
        draw((uint64_t)i + 100, 40, i >= 2, grey);
        write_pair(name, grey, factor);
    }
}

static void fit_and_score(const char *kind)
{
    char line[256];
    snprintf(line, sizeof line, "fit %s/refs -o %s.bank --audit off", kind, kind);
    assert_run(line, 0);
    snprintf(line, sizeof line, "score %s.bank %s/new --json %s.json", kind, kind, kind);
    assert_run(line, 0);
}

static void assert_same_scores(void)
{
    json_t *of_8 = load_json("u8.json"), *of_16 = load_json("u16.json");
    const json_t *parts_8 = json_object_get(of_8, "images"), *parts_16 = json_object_get(of_16, "images");
    assert_int_equal(json_array_size(parts_8), 4);
    assert_int_equal(json_array_size(parts_16), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *a = json_array_get(parts_8, i), *b = json_array_get(parts_16, i);
        assert_true(json_real_value(json_object_get(a, "score")) > 0);
        assert_true(json_real_value(json_object_get(a, "score")) == json_real_value(json_object_get(b, "score")));
        assert_string_equal(json_string_value(json_object_get(a, "verdict")),
                            json_string_value(json_object_get(b, "verdict")));
    }
    json_decref(of_8);
    json_decref(of_16);
}

/* Cameras of 8, 10, 12 and 16 bits, whose values fill the low bits of a 16-bit file: as good as files of 8 bits. Dark photos of
 * a set are not read as if their camera had fewer bits than that of the others. */
static void deep_photos_score_as_shallow_ones(void **state)
{
    (void)state;
    static const int factors[] = {1, 4, 16, 256};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        write_parts(factors[i]);
        fit_and_score("u8");
        fit_and_score("u16");
        assert_same_scores();
        assert_int_equal(test_remove_dir(program_folder), 0);
    }
}

/* 40 of 255 becomes 640 of 4095, which 10 bits would hold: the bank says 12. */
static void a_bank_knows_how_deep_its_photos_are(void **state)
{
    (void)state;
    uint8_t grey[PIXELS];
    char path[512];
    uint16_t deep[PIXELS];
    write_parts(16);
    assert_run("fit u16/refs -o u16.bank --audit off", 0);
    assert_run("info u16.bank --json info.json", 0);
    json_t *info = load_json("info.json");
    const json_t *bits = json_object_get(json_object_get(info, "origin"), "sample_bits");
    assert_int_equal(json_integer_value(bits), 12);
    json_decref(info);
    /* What is deeper than the references is not scaled down silently, and does not stop the others. */
    draw(7, 40, 0, grey);
    for (int i = 0; i < PIXELS; i++)
        deep[i] = (uint16_t)(grey[i] * 256);
    in_root("u16/new/9.png", path);
    write_png(path, deep, sizeof deep, 16);
    assert_run("score u16.bank u16/new --csv -", 3);
    assert_says("u16/new/9.png: values up to");
    assert_says("12 bits");
    assert_says("u16/new/9.png,,unreadable");
    assert_says("u16/new/3.png,");
    assert_int_equal(test_remove_dir(program_folder), 0);
}

static void write_mask_pair(uint16_t value)
{
    uint8_t shallow[PIXELS];
    uint16_t deep[PIXELS];
    char path[512];
    for (int i = 0; i < PIXELS; i++) {
        const int x = i % WIDTH - 50, y = i / WIDTH - 40;
        shallow[i] = x * x + y * y < 80;
        deep[i] = shallow[i] ? value : 0;
    }
    in_root("u8/set/ground_truth/blot/0.png", path);
    write_png(path, shallow, PIXELS, 8);
    in_root("u16/set/ground_truth/blot/0.png", path);
    write_png(path, deep, sizeof deep, 16);
}

static double pixel_auroc(const char *kind)
{
    char line[256];
    snprintf(line, sizeof line, "eval u8.bank %s/set --json %s.json", kind, kind);
    assert_run(line, 0);
    snprintf(line, sizeof line, "%s.json", kind);
    json_t *eval = load_json(line);
    const json_t *pixel = json_object_get(eval, "pixel");
    const double auroc = json_real_value(json_object_get(pixel, "auroc"));
    json_decref(eval);
    return auroc;
}

/* A mask is numbers, not a picture: any depth, and any value above 0 counts. */
static void masks_of_any_depth_mark_the_same(void **state)
{
    (void)state;
    static const uint16_t values[] = {1, 255, 256, 65535};
    static const char *const folders[] = {"set",           "set/test",         "set/test/good",
                                          "set/test/blot", "set/ground_truth", "set/ground_truth/blot"};
    uint8_t grey[PIXELS];
    char name[64];
    write_parts(1);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        for (int deep = 0; deep < 2; deep++) {
            snprintf(name, sizeof name, "%s/%s", deep ? "u16" : "u8", folders[i]);
            make_folder(name);
        }
    draw(50, 40, 0, grey);
    write_pair("set/test/good/0.png", grey, 1);
    draw(51, 40, 1, grey);
    write_pair("set/test/blot/0.png", grey, 1);
    assert_run("fit u8/refs -o u8.bank --audit off", 0);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        write_mask_pair(values[i]);
        const double auroc = pixel_auroc("u8");
        assert_true(auroc > 0.5);
        assert_true(pixel_auroc("u16") == auroc);
    }
    assert_int_equal(test_remove_dir(program_folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_photos_score_as_shallow_ones),
        cmocka_unit_test(a_bank_knows_how_deep_its_photos_are),
        cmocka_unit_test(masks_of_any_depth_mark_the_same),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
