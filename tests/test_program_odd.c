/* Odd photos at the program's door: one that is deeper than the others, parts that score and eval cannot judge, files of several pictures. */
#include "odd_photos.h"
#include "photos.h"

enum { OK = 0, BAD_INPUT = 3 };

static void write_tiff(const char *name, const odd_tiff *tiff)
{
    static odd_file file;
    odd_make_tiff(tiff, &file);
    write_bytes(name, file.bytes, file.size);
}

static const odd_tiff plain = {.n_pages = 1, .bits = 8, .orientation = -1, .highest = 255},
                      deep = {.n_pages = 1, .bits = 16, .orientation = -1, .highest = 65535},
                      shallow = {.n_pages = 1, .bits = 16, .orientation = -1, .highest = 255};

/* What one photo does to all others is said, with its name. */
static void one_deeper_photo_is_named(void **state)
{
    (void)state;
    make_folder("mixed");
    write_tiff("mixed/0.tif", &plain);
    write_tiff("mixed/1.tif", &deep);
    write_tiff("mixed/2.tif", &plain);
    assert_run("extract mixed -o mixed.npy", OK);
    assert_says(
        "1 of 3 photos, first mixed/1.tif, has samples of 16 bits, others, such as mixed/0.tif, no more than 8");
    make_folder("dark");
    write_tiff("dark/0.tif", &shallow);
    write_tiff("dark/1.tif", &shallow);
    write_tiff("dark/2.tif", &deep);
    assert_run("extract dark -o dark.npy", OK);
    assert_says("1 of 3 photos, first dark/2.tif, has samples of 16 bits");
    make_folder("alike");
    write_tiff("alike/0.tif", &shallow);
    write_tiff("alike/1.tif", &plain);
    assert_run("extract alike -o alike.npy", OK);
    assert_script("\"$P\" extract alike -o alike.npy 2>&1 | grep -q 'samples of'", 1);
}

static void datasets_names_it_too(void **state)
{
    (void)state;
    assert_script("mkdir -p tree/train/good tree/test/good tree/test/bad && cp refs/0[01].png tree/train/good && "
                  "cp refs/02.png tree/test/good && cp refs/03.png tree/test/bad && cp mixed/1.tif tree/train/good",
                  OK);
    assert_script("\"$P\" datasets tree | tr -s ' \\n' ' ' | grep -q 'training images differ in depth'", OK);
}

/* A photo with values that the bank's depth does not hold, and one that is cut: left out and named by both, and both end alike. */
static void eval_goes_on_where_score_does(void **state)
{
    (void)state;
    assert_script("cp -r set odd && head -c 3000 set/test/good/1.png >odd/test/good/1.png && mkdir eights", OK);
    const odd_tiff eight = {.n_pages = 1, .bits = 16, .orientation = -1, .highest = 255};
    write_tiff("eights/0.tif", &eight);
    write_tiff("eights/1.tif", &eight);
    assert_run("fit refs/00.png refs/01.png refs/02.png eights -o eight.bank --audit off -q", OK);
    write_tiff("odd/test/blot/deep.tif", &deep);
    assert_run("score eight.bank odd/test --csv odd.csv", BAD_INPUT);
    assert_script("test $(grep -c unreadable odd.csv) = 2", OK);
    assert_run("eval eight.bank odd --json odd.json --report odd.html", BAD_INPUT);
    assert_says("not judged: ");
    assert_says("values up to 65535, but photos of 8 bits are expected");
    assert_says("unreadable    2 photos, counted nowhere");
    assert_script("grep -q '2 photos could not be read and count nowhere' odd.html", OK);
    json_t *report = load_json("odd.json");
    assert_int_equal(json_integer_value(json_object_get(report, "n_good")), 3);
    assert_int_equal(json_integer_value(json_object_get(report, "n_defect")), 4);
    assert_int_equal(json_array_size(json_object_get(report, "parts")), 7);
    assert_int_equal(json_array_size(json_object_get(report, "unreadable")), 2);
    /* the figures are those of the parts that are left */
    assert_script("rm odd/test/good/1.png odd/test/blot/deep.tif", OK);
    assert_run("eval eight.bank odd --json left.json", OK);
    json_t *left = load_json("left.json");
    assert_int_equal(json_array_size(json_object_get(left, "unreadable")), 0);
    json_object_del(left, "unreadable");
    json_object_del(report, "unreadable");
    assert_true(json_equal(left, report));
    json_decref(report);
    json_decref(left);
    /* none of a kind left */
    assert_script(
        "cp odd/test/blot/0.png kept.png && head -c 3000 kept.png | tee odd/test/blot/0.png odd/test/blot/1.png "
        "odd/test/blot/2.png >odd/test/blot/3.png",
        OK);
    assert_run("eval eight.bank odd", BAD_INPUT);
    assert_says("3 good and 0 defect parts can be read");
}

static void files_of_several_pictures_are_unreadable(void **state)
{
    (void)state;
    static odd_file file;
    const odd_tiff two = {.n_pages = 2, .bits = 8, .orientation = -1, .highest = 255};
    make_folder("several");
    write_tiff("several/pages.tif", &two);
    odd_make_png("acTL", "\0\0\0\2\0\0\0\0", 8, &file);
    write_bytes("several/moving.png", file.bytes, file.size);
    assert_run("score part.bank several --csv several.csv", BAD_INPUT);
    assert_says("a TIFF of several pages: save the picture that shows the part as a file of its own");
    assert_says("an animated PNG: save the picture");
    assert_script("test $(grep -c unreadable several.csv) = 2", OK);
    assert_run("fit refs several -o no.bank", BAD_INPUT);
}

static void write_darker(const char *from, const char *to, double factor)
{
    char path[512];
    pb_image image;
    in_root(from, path);
    assert_ok(pb_image_read(path, &image));
    for (int64_t i = 0; i < (int64_t)image.width * image.height * 3; i++)
        image.rgb[i] = (uint8_t)fmin(image.rgb[i] * factor, 255);
    in_root(to, path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

/* Where the references' light varies by stops, nobody can see from a photo that it is the wrong one: fit and info say so. */
static void varying_light_is_said_to_hide_the_dark(void **state)
{
    (void)state;
    static const double factors[] = {1.5, .3, .7, .4, 1, .25, .55, .35};
    make_folder("light");
    for (int i = 0; i < 8; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "refs/%02d.png", i);
        snprintf(to, sizeof to, "light/%02d.png", i);
        write_darker(from, to, factors[i]);
    }
    assert_run("fit light -o light.bank --audit off", OK);
    assert_says("The references' own light varies so much");
    assert_run("info light.bank", OK);
    assert_says("The references' own light varies so much");
    assert_script("\"$P\" info part.bank | grep 'own light'", 1);
    /* and it is so: a photo two stops (in linear light) darker is refused by the steady bank alone */
    write_darker("set/test/good/0.png", "dark.png", 0.5);
    assert_run("score part.bank dark.png --csv dark.csv", OK);
    assert_script("grep -q ',unusable,.*much darker' dark.csv", OK);
    assert_run("score light.bank dark.png --csv dark.csv", OK);
    assert_script("grep -q 'much darker' dark.csv", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_deeper_photo_is_named),
        cmocka_unit_test(datasets_names_it_too),
        cmocka_unit_test(eval_goes_on_where_score_does),
        cmocka_unit_test(files_of_several_pictures_are_unreadable),
        cmocka_unit_test(varying_light_is_said_to_hide_the_dark),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, begin_with_bank, remove_program_folder);
}
