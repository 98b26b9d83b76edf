/* --roi through the commands: what lies outside is not looked at, the bank knows its region, and masks that are none are refused by
 * name. */
#include "photos.h"

#include "io/jpeg.h"

/* The photos are 96 x 80, their blot is at (50, 40). */
static void write_white(const char *name, int32_t width, int32_t height, int32_t left, int32_t right)
{
    pb_image mask;
    char path[512];
    assert_ok(pb_image_new(width, height, &mask));
    for (int y = 0; y < height; y++)
        for (int x = left; x < right; x++)
            memset(mask.rgb + (y * width + x) * 3, 255, 3);
    in_root(name, path);
    assert_ok(pb_image_write_png(&mask, path));
    pb_image_free(&mask);
}

/* As large as the photos, and of one level. */
static void write_level(const char *name, uint8_t level)
{
    pb_image mask;
    char path[512];
    assert_ok(pb_image_new(96, 80, &mask));
    memset(mask.rgb, level, 96 * 80 * 3);
    in_root(name, path);
    assert_ok(pb_image_write_png(&mask, path));
    pb_image_free(&mask);
}

/* A disc whose edge falls off over some pixels, as brushes and resizing leave it; and the same as a bad JPEG. */
static void write_soft(const char *name, const char *jpeg)
{
    pb_image mask;
    char path[512];
    uint8_t *bytes;
    size_t size;
    assert_ok(pb_image_new(96, 80, &mask));
    for (int i = 0; i < 96 * 80; i++) {
        const double distance = hypot(i % 96 - 48, i / 96 - 40), level = 255 * (26 - distance) / 4;
        memset(mask.rgb + 3 * i, (int)fmin(fmax(level, 0), 255), 3);
    }
    in_root(name, path);
    assert_ok(pb_image_write_png(&mask, path));
    assert_ok(pb_jpeg_encode(&mask, 30, &bytes, &size));
    write_bytes(jpeg, bytes, size);
    pb_buffer_free(bytes);
    pb_image_free(&mask);
}

/* Without 03.png, whose blot is for those who look at it. */
static int make_inputs(void **state)
{
    begin_with_photos(state);
    write_white("left.png", 96, 80, 0, 16);
    write_white("middle.png", 96, 80, 30, 70);
    write_white("small.png", 24, 20, 0, 4);
    write_white("all.png", 96, 80, 0, 96);
    write_white("black.png", 96, 80, 0, 0);
    write_white("tall.png", 80, 96, 0, 80);
    write_white("dot.png", 1, 1, 0, 1);
    write_level("grey.png", 128);
    write_level("ones.png", 1);
    write_soft("soft.png", "soft.jpg");
    write_bytes("text.png", "hello", 5);
    make_folder("other");
    write_white("other/tall.png", 80, 96, 0, 80);
    return 0;
}

static json_t *eval(const char *bank)
{
    char command[128];
    snprintf(command, sizeof command, "eval %s set/test --json eval.json -q", bank);
    assert_run(command, 0);
    return load_json("eval.json");
}

static int64_t count(const json_t *result, const char *key)
{
    return json_integer_value(json_object_get(result, key));
}

static double pixel(const json_t *result, const char *key)
{
    return json_number_value(json_object_get(json_object_get(result, "pixel"), key));
}

/* The blots lie in the middle: a bank that looks there sees them, and one that looks at the left does not. The guard looks at whole photos
 * all the same, and finds these odd. */
static void a_bank_sees_its_region_alone(void **state)
{
    (void)state;
    assert_run("fit refs -o middle.bank --decisions reviewed.json --roi middle.png", 0);
    assert_says("region of interest middle: ");
    assert_run("fit refs -o left.bank --decisions reviewed.json --roi left.png -q", 0);
    json_t *middle = eval("middle.bank");
    assert_int_equal(count(middle, "caught"), 4);
    assert_true(pixel(middle, "aupro_30") > 0.9);
    assert_int_equal(pixel(middle, "n_regions"), 4);
    assert_null(strstr(program_output, "lie outside"));
    json_decref(middle);
    json_t *left = eval("left.bank");
    assert_int_equal(count(left, "unusable_defect"), 4);
    assert_says("4 of 4 defects lie outside of the region of interest left by their masks");
    assert_says("no pixel figures: 0 defect pixels");
    json_decref(left);
    assert_run("score middle.bank set/test/blot set/test/good", 0);
    assert_says("4 of 8 parts fail");
    assert_run("score left.bank set/test/blot set/test/good", 0);
    assert_says("0 of 8 parts fail");
}

/* A region that has everything is none: the same scores, and the same threshold. */
static void all_of_a_photo_is_as_without(void **state)
{
    (void)state;
    assert_run("fit refs -o whole.bank --decisions reviewed.json -q", 0);
    assert_run("fit refs -o all.bank --decisions reviewed.json --roi all.png -q", 0);
    assert_run("fit refs -o dot.bank --decisions reviewed.json --roi dot.png -q", 0);
    assert_run("score whole.bank set/test/good set/test/blot --csv whole.csv -q", 0);
    assert_run("score all.bank set/test/good set/test/blot --csv all.csv -q", 0);
    assert_run("score dot.bank set/test/good set/test/blot --csv dot.csv -q", 0);
    assert_script("cmp whole.csv all.csv && cmp whole.csv dot.csv", 0);
    json_t *whole = eval("whole.bank"), *all = eval("all.bank");
    assert_true(json_equal(whole, all));
    json_decref(whole);
    json_decref(all);
}

static void the_bank_tells_its_region(void **state)
{
    (void)state;
    char path[512], hex[65];
    assert_run("fit refs -o cap.bank --decisions reviewed.json --roi bottle-cap=left.png -q", 0);
    assert_run("info cap.bank --json info.json", 0);
    assert_says("region          bottle-cap: ");
    assert_says("its mask        96 x 80 pixels");
    json_t *info = load_json("info.json"), *roi = json_object_get(info, "roi");
    in_root("left.png", path);
    assert_ok(pb_sha256_file(path, hex));
    assert_string_equal(json_string_value(json_object_get(roi, "sha256")), hex);
    assert_string_equal(json_string_value(json_object_get(roi, "name")), "bottle-cap");
    json_t *runs = json_incref(json_object_get(roi, "runs"));
    json_decref(info);
    assert_run("fit refs -o small.bank --decisions reviewed.json --roi small.png -q",
               0); /* the same, a quarter as large */
    assert_run("info small.bank --json info.json -q", 0);
    info = load_json("info.json");
    assert_true(json_equal(json_object_get(json_object_get(info, "roi"), "runs"), runs));
    json_decref(info);
    json_decref(runs);
    assert_run("info whole.bank --json info.json", 0);
    assert_null(strstr(program_output, "region"));
    shell("mv left.png a=b.png"); /* a file that is called so has no name before it */
    assert_run("fit refs -o sign.bank --roi a=b.png -q", 0);
    shell("mv a=b.png left.png");
    assert_run("info sign.bank", 0);
    assert_says("region          a=b: ");
}

/* What changes a bank, calibrates it, draws and explains: all within the region, from photos of the whole. */
static void every_command_takes_the_region_from_the_bank(void **state)
{
    (void)state;
    assert_run("score middle.bank set/test/blot --heatmaps maps -q", 0);
    assert_true(exists("maps/0.png"));
    assert_run("mend middle.bank -o mended.bank --remove refs/00.png --add set/test/good/0.png -q", 0);
    assert_run("info mended.bank", 0);
    assert_says("region          middle: ");
    assert_run("mend middle.bank --trace set/test/blot/0.png", 0);
    assert_says("patch ");
    assert_run("mend middle.bank --trace set/test/blot/0.png:0", 2);
    assert_says("patch 0 lies outside of the region of interest middle");
    assert_run("mend middle.bank -o no.bank --take-out refs/00.png:0", 2);
    assert_says("patch 0 lies outside of the region of interest middle: it is not in the bank");
    assert_script("cp middle.bank known.bank && $P calibrate known.bank set/test/good --defects set/test/blot -q", 0);
    assert_run("info known.bank", 0);
    assert_says("4 verified good parts, 4 known defects");
    assert_run("sensitivity middle.bank --sizes 8 --contrasts 40% --limit 2 --csv drawn.csv -q", 0);
    assert_run("audit refs --roi middle.png --report audit.html", 0);
    assert_says("region of interest middle: ");
    assert_says("refs/03.png");
    assert_script("grep -q 'Region of interest middle: ' audit.html", 0);
    assert_run("fit refs -o report.bank --roi left.png --report fit.html -q", 0);
    assert_script("grep -q 'Region of interest left: ' fit.html", 0);
    assert_run("eval report.bank set/test --report eval.html -q", 0);
    assert_script("grep -q 'Region of interest left: ' eval.html", 0);
}

/* Features are of whole photos; the region is the bank's. */
static void features_of_whole_photos_are_cut(void **state)
{
    (void)state;
    assert_run("extract refs -o refs.npy -q", 0);
    assert_run("extract set/test/blot -o blot.npy -q", 0);
    assert_run("fit refs.npy -o cut.bank --decisions reviewed.json --roi middle.png -q", 0);
    assert_run("score cut.bank blot.npy --csv cut.csv -q", 0);
    assert_run("score middle.bank blot.npy --csv middle.csv -q", 0);
    assert_script("cut -d, -f1,2 cut.csv > a; cut -d, -f1,2 middle.csv > b; cmp a b", 0);
    assert_run("extract refs -o no.npy --roi middle.png", 2);
    assert_says("extract has no option --roi");
}

static void what_is_no_mask_is_refused(void **state)
{
    (void)state;
    assert_run("fit refs -o no.bank --roi tall.png", 3);
    assert_says("tall.png has 80 x 96 pixels, and the photos have 96 x 80");
    assert_run("fit refs -o no.bank --roi black.png", 3);
    assert_says("none is inside");
    assert_run("audit refs --roi text.png", 3);
    assert_says("text.png: not an image");
    assert_run("audit refs --roi nowhere.png", 3);
    assert_run("audit refs --roi name=nowhere.png", 3);
    assert_says("cannot open nowhere.png");
    assert_run("audit refs --roi refs", 3);
    assert_run("fit refs -o left.png --roi left.png", 2);
    assert_says("left.png would be overwritten, but is read here");
    assert_run("fit refs other/tall.png -o no.bank --roi left.png", 3);
    assert_says("other/tall.png has 80 x 96 pixels, and the mask of the region of interest left has 96 x 80");
    assert_run("score left.bank other/tall.png --csv odd.csv", 0);
    assert_says("unusable: 80 x 96 pixels: not of the shape of the region of interest's mask, 96 x 80");
    assert_run("mend left.bank -o no.bank --add other/tall.png", 3);
    assert_says("other/tall.png");
    assert_false(exists("no.bank"));
}

/* Two values make a mask: a photo or a grey picture marks nothing, whatever it was meant for. */
static void what_marks_nothing_is_refused(void **state)
{
    (void)state;
    assert_run("fit refs -o no.bank --roi refs/00.png", 3);
    assert_says("refs/00.png is no mask: ");
    assert_says(" % of its pixels are grey, between ");
    assert_run("fit refs -o no.bank --roi grey.png", 3);
    assert_says("grey.png is no mask: its pixels have values from 128 to 128, all of them grey");
    assert_false(exists("no.bank"));
    assert_run("audit refs --roi soft.png", 0);
    assert_null(strstr(program_output, "leaves nothing out"));
    assert_run("audit refs --roi soft.jpg", 0);
    assert_run("audit refs --roi dot.png", 0);
    assert_says("--roi dot.png leaves nothing out: each of the 784 patches is white in its 1 x 1 pixels");
    assert_run("audit refs --roi ones.png", 0);
    assert_says("leaves nothing out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bank_sees_its_region_alone),
        cmocka_unit_test(all_of_a_photo_is_as_without),
        cmocka_unit_test(the_bank_tells_its_region),
        cmocka_unit_test(every_command_takes_the_region_from_the_bank),
        cmocka_unit_test(features_of_whole_photos_are_cut),
        cmocka_unit_test(what_is_no_mask_is_refused),
        cmocka_unit_test(what_marks_nothing_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_program_folder);
}
