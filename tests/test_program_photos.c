/* What the program says of photos beside their scores: which references stand out, and which good parts would be called unusable. */
#include "photos.h"

enum { STEADY = 8, ODD = 2 };

/* A photo of refs/ enlarged to a width, and with another light. */
static void write_like(const char *from, const char *to, int32_t width, int more_light)
{
    char path[512];
    pb_image image, other;
    in_root(from, path);
    assert_ok(pb_image_read(path, &image));
    assert_ok(pb_image_resize(&image, width, width * 80 / 96, PB_RESAMPLE_BICUBIC, &other));
    for (int64_t i = 0; i < (int64_t)other.width * other.height * 3; i++)
        other.rgb[i] = (uint8_t)fmin(fmax(other.rgb[i] + more_light, 0), 255);
    in_root(to, path);
    assert_ok(pb_image_write_png(&other, path));
    pb_image_free(&image);
    pb_image_free(&other);
}

/* The same texture, however much of it the photo shows. */
static void write_texture(const char *name, int32_t width, uint64_t seed)
{
    pb_image image;
    char path[512];
    test_rng rng = {seed};
    assert_ok(pb_image_new(width, width * 5 / 6, &image));
    for (int64_t i = 0; i < (int64_t)image.width * image.height; i++)
        memset(image.rgb + i * 3, (int)(110 + 20 * test_rng_normal(&rng)) & 255, 3);
    in_root(name, path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

/* Of many sizes, so that none is judged by its size; and two that are much larger than all others. */
static void write_sizes(void)
{
    make_folder("sizes");
    for (int i = 0; i < STEADY + ODD; i++) {
        char name[32];
        snprintf(name, sizeof name, "sizes/%d.png", i);
        write_texture(name, i < STEADY ? 192 + 8 * i : 400 + i, (uint64_t)i + 50);
    }
}

static int begin(void **state)
{
    char name[32];
    (void)state;
    make_photos();
    make_folder("photos");
    for (int i = 0; i < STEADY + ODD; i++) {
        snprintf(name, sizeof name, "photos/%d.png", i);
        write_photo(name, (uint64_t)i + 900, 0);
    }
    write_sizes();
    return 0;
}

/* Number of objects of an array that stand out, all of them for their pixels. */
static int count_standing_out(const char *file, const char *array)
{
    json_t *object = load_json(file), *row;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(object, array), i, row)
    {
        const char *why = json_string_value(json_object_get(row, "stands_out"));
        const char *path = json_string_value(json_object_get(row, "path"));
        if (!why)
            continue;
        assert_string_equal(why, "more pixels than the references");
        assert_true(strcmp(path, "sizes/8.png") == 0 || strcmp(path, "sizes/9.png") == 0);
        n++;
    }
    json_decref(object);
    return n;
}

/* What info counts, audit names: in its table, its JSON and its page. */
static void photos_that_stand_out_are_named_everywhere(void **state)
{
    (void)state;
    assert_run("fit sizes -o sizes.bank --report fit.html", 0);
    assert_run("info sizes.bank --json bank.json", 0);
    assert_says("limits from 8 of 10 references");
    assert_says("; 2 stand out by far as photos (below), and count for no limit\n");
    assert_says("sizes/9.png\n             stands out by far as a photo: more pixels than the references\n");
    assert_int_equal(count_standing_out("bank.json", "references"), ODD);
    assert_run("audit sizes --json audit.json --report audit.html", 0);
    assert_says("sizes/8.png\n      stands out by far as a photo: more pixels than the references\n");
    assert_says("2 of 10 stand out by far as photos: the limits for photos of parts will not rest on them.\n");
    assert_int_equal(count_standing_out("audit.json", "images"), ODD);
    shell("grep -q 'stand out by far as photos: the limits for photos of parts will not rest on them' audit.html");
    shell("test $(grep -o 'Stands out by far as a photo: more pixels than the references' audit.html | wc -l) = 2");
    shell("grep -q 'stand out by far as photos: the limits for photos of parts do not rest on them' fit.html");
    assert_run("audit photos --json audit.json", 0);
    assert_null(strstr(program_output, "by far"));
    assert_int_equal(count_standing_out("audit.json", "images"), 0);
}

/* One rule for both, by the same words. */
static void audit_warns_of_sizes_as_fit_does(void **state)
{
    static const char warning[] = "the reference photos differ in size: their shorter sides are 160 to 340 pixels, and "
                                  "all become 448 x 448: take all from one distance";
    (void)state;
    assert_run("fit sizes -o sizes.bank", 0);
    assert_says(warning);
    assert_run("audit sizes", 0);
    assert_says(warning);
    assert_run("extract sizes -o sizes.npy", 0);
    assert_run("audit sizes.npy", 0); /* nobody sees photos */
    assert_null(strstr(program_output, "differ in size"));
    assert_run("audit photos", 0);
    assert_null(strstr(program_output, "differ in size"));
}

static void make_bright_parts(void)
{
    make_folder("bright");
    for (int i = 0; i < STEADY; i++) {
        char from[32], to[32];
        snprintf(from, sizeof from, "photos/%d.png", i);
        snprintf(to, sizeof to, "bright/%d.png", i);
        write_like(from, to, 96, i < 4 ? 60 : 0);
    }
}

/* Good parts that the guard would refuse are counted, told, and remembered. */
static void good_parts_that_would_be_unusable_are_told(void **state)
{
    static const char told[] = "4 of 8 verified good parts would be called unusable";
    (void)state;
    make_bright_parts();
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    assert_run("calibrate part.bank bright --json c.json", 0);
    assert_says("bright/0.png is counted, but as a new part it might be called unusable");
    assert_says(told);
    assert_says("What helps: such photos among the references (purebank mend --add)");
    json_t *object = load_json("c.json"), *row;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(object, "parts"), i, row) n += json_is_true(json_object_get(row, "unusable"));
    assert_int_equal(n, 4);
    json_decref(object);
    assert_run("info part.bank", 0);
    assert_says("verified good parts whose photos would be called unusable: 4 of 8\n");
    assert_run("calibrate part.bank --take-back bright/0.png --take-back bright/1.png --take-back bright/2.png", 0);
    assert_run("info part.bank", 0); /* one of five where two in a thousand are asked is no chance, either */
    assert_says("would be called unusable: 1 of 5\n");
    assert_run("calibrate part.bank --take-back bright/3.png", 0);
    assert_run("info part.bank", 0);
    assert_null(strstr(program_output, "would be called unusable"));
}

/* Nothing is said to be counted that is not. */
static void references_are_refused_without_a_warning(void **state)
{
    (void)state;
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    assert_run("calibrate part.bank refs bright", 3);
    assert_says(
        "refs/00.png is the reference refs/00.png, which finds itself in the bank: calibrate with parts that are "
        "no references (7 of these 16 are)");
    assert_null(strstr(program_output, "warning"));
    assert_run("calibrate part.bank --defects refs", 3);
    assert_null(strstr(program_output, "warning"));
}

/* A reference that is judged by its own bank is the same picture, though closer than any part. */
static void references_are_no_other_picture(void **state)
{
    (void)state;
    assert_run("fit photos -o own.bank", 0);
    assert_run("score own.bank photos --csv own.csv", 0);
    assert_says("10 parts are themselves in the bank");
    assert_null(strstr(program_output, "unusable"));
    shell("mkdir -p copies && cp photos/3.png copies/other-name.png");
    assert_run("score own.bank copies", 0);
    assert_null(strstr(program_output, "unusable"));
    write_like("photos/3.png", "copies/bright.png", 96, 60); /* what else a photo is judged by stays */
    assert_run("score own.bank copies/bright.png", 0);
    assert_says("unusable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_that_stand_out_are_named_everywhere),
        cmocka_unit_test(audit_warns_of_sizes_as_fit_does),
        cmocka_unit_test(good_parts_that_would_be_unusable_are_told),
        cmocka_unit_test(references_are_refused_without_a_warning),
        cmocka_unit_test(references_are_no_other_picture),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, begin, remove_program_folder);
}
