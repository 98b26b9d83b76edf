/* --augment through the commands: parts that come turned are normal, what changes a bank gives references their copies, and what has none
 * to be made of is refused by name. */
#include "photos.h"

/* Upright stripes, or lying ones; 64 x 64, noise of its own, with a bright spot on demand. */
static void write_stripes(const char *name, uint64_t seed, bool lying, bool spot, double light)
{
    pb_image image;
    char path[512];
    test_rng rng = {seed};
    assert_ok(pb_image_new(64, 64, &image));
    for (int i = 0; i < 64 * 64; i++) {
        const int x = i % 64, y = i / 64, bright = spot && (x - 30) * (x - 30) + (y - 30) * (y - 30) < 40 ? 80 : 0;
        const double value = 110 + 40 * sin(0.5 * (lying ? y : x)) + 6 * test_rng_normal(&rng) + bright;
        memset(image.rgb + 3 * i, (int)(light * fmin(fmax(value, 0), 255)), 3);
    }
    in_root(name, path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static int make_inputs(void **state)
{
    static const char *const folders[] = {"stripes", "upright", "lying", "spots"};
    char name[64];
    begin_with_photos(state);
    for (int f = 0; f < 4; f++) {
        make_folder(folders[f]);
        for (int i = 0; i < (f == 0 ? 8 : 3); i++) {
            snprintf(name, sizeof name, "%s/%d.png", folders[f], i);
            write_stripes(name, 100 * (uint64_t)f + (uint64_t)i, f >= 2, f == 3, 1);
        }
    }
    return 0;
}

static void parts_may_come_turned(void **state)
{
    (void)state;
    assert_run("fit stripes -o plain.bank --size 256 -q", 0);
    assert_run("fit stripes -o turned.bank --size 256 --augment rot90", 0);
    assert_says("altered copies rot90: 3 of each reference");
    assert_run("score plain.bank upright", 0);
    assert_says("0 of 3 parts fail");
    assert_run("score plain.bank lying", 0);
    assert_says("3 of 3 parts fail");
    assert_run("score turned.bank upright lying", 0);
    assert_says("0 of 6 parts fail");
    assert_null(strstr(program_output, "unusable")); /* they show what a copy shows */
    assert_run("score turned.bank spots --heatmaps maps", 0);
    assert_says("3 of 3 parts fail");
    assert_run("sensitivity turned.bank --limit 1 -q", 0);
    assert_run("calibrate turned.bank upright -o known.bank", 0);
    assert_run("info known.bank", 0);
    assert_says("altered copies  rot90: 3 of each reference");
}

/* What a part may look like, a reference may: the copies cover it, and whoever adds it is not warned. */
static void references_may_come_turned(void **state)
{
    (void)state;
    assert_run("fit stripes -o plain.bank --size 256 -q", 0);
    assert_run("fit stripes -o turned.bank --size 256 --augment rot90 -q", 0);
    assert_run("mend plain.bank --add lying/0.png -o odd.bank", 0);
    assert_says("becomes a reference though it looks odd");
    assert_run("mend turned.bank --add lying/0.png -o more.bank", 0);
    assert_null(strstr(program_output, "looks odd"));
    assert_script("cp -r stripes mixed && cp lying/0.png mixed", 0); /* in place of stripes/0.png */
    assert_run("fit mixed -o mixed.bank --size 256 -q", 0);
    assert_script(
        "$P info odd.bank --json - -q | grep -q unusable && $P info mixed.bank --json - -q | grep -q unusable", 0);
    assert_run("fit mixed -o mixed.bank --size 256 --augment rot90 -q", 0);
    assert_script(
        "$P info more.bank --json - -q | grep -q unusable || $P info mixed.bank --json - -q | grep -q unusable", 1);
    assert_run("audit mixed --size 256", 0);
    assert_says("flagged as a photo");
    assert_run("audit mixed --size 256 --augment rot90", 0);
    assert_null(strstr(program_output, "flagged as a photo"));
}

/* The light of the part is that of a copy, which plain references never show. */
static void parts_and_references_may_be_dimmer(void **state)
{
    (void)state;
    make_folder("dim");
    write_stripes("dim/0.png", 777, false, false, 0.7);
    assert_run("fit stripes -o plain.bank --size 256 -q", 0);
    assert_run("score plain.bank dim", 0);
    assert_says("darker than the references");
    assert_run("mend plain.bank --add dim/0.png -o odd.bank", 0);
    assert_says("becomes a reference though it looks odd");
    assert_run("fit stripes -o lit.bank --size 256 --augment brightness:0.6-1.2 -q", 0);
    assert_run("score lit.bank dim", 0);
    assert_says("0 of 1 parts fail");
    assert_null(strstr(program_output, "unusable"));
    assert_run("mend lit.bank --add dim/0.png -o more.bank", 0);
    assert_null(strstr(program_output, "looks odd"));
}

static void the_bank_tells_its_copies(void **state)
{
    (void)state;
    assert_run("fit stripes -o both.bank --size 256 --augment brightness:0.80-1.2,flips --report fit.html -q", 0);
    assert_script("grep -q 'stands with 8 altered copies (flips,brightness:0.8-1.2)' fit.html", 0);
    assert_run("info both.bank --json info.json", 0);
    assert_says("altered copies  flips,brightness:0.8-1.2: 8 of each reference");
    json_t *info = load_json("info.json");
    assert_string_equal(json_string_value(json_object_get(info, "augment")), "flips,brightness:0.8-1.2");
    assert_int_equal(json_integer_value(json_object_get(info, "n_patches")), 8 * 256 * 9);
    json_decref(info);
    assert_run("audit stripes --size 256 --augment flips --report audit.html", 0);
    assert_says("altered copies flips: 2 of each reference");
    assert_script("grep -q 'stands with 2 altered copies (flips)' audit.html", 0);
    assert_script("grep -q 'column&nbsp;[0-9]*, mirrored ' audit.html", 0); /* where the nearest patch is a copy's */
    assert_run("fit stripes -o one.bank --size 256 --augment flips -q --threads 1", 0);
    assert_run("fit stripes -o four.bank --size 256 --augment flips -q --threads 4", 0);
    assert_script("cmp one.bank four.bank", 0);
    assert_run("fit stripes -o none.bank --size 256 -q", 0);
    assert_run("info none.bank --json info.json", 0);
    assert_null(strstr(program_output, "copies"));
    assert_script("grep -q augment info.json", 1);
}

/* A trace names the copy that a patch of a part is like. */
static void a_trace_names_the_copy(void **state)
{
    (void)state;
    assert_run("fit stripes -o turned.bank --size 256 --augment rot90 -q", 0);
    assert_run("mend turned.bank --trace lying/0.png:100 --json trace.json", 0);
    assert_says("  turned by ");
    json_t *object = load_json("trace.json");
    const json_t *patch =
        json_array_get(json_object_get(json_array_get(json_object_get(object, "traces"), 0), "patches"), 0);
    const json_t *near = json_array_get(json_object_get(patch, "nearest"), 0);
    assert_true(json_integer_value(json_object_get(near, "patch")) < 256);
    assert_non_null(strstr(json_string_value(json_object_get(near, "variant")), "degrees"));
    json_decref(object);
}

/* The bank that mend makes is the one that fit makes of the same references, with what it keeps for the next change; the history aside. */
static void adding_and_removing_is_fitting(void **state)
{
    (void)state;
    assert_script("mkdir few && cp stripes/[0-5].png few && $P fit few -o few.bank --size 256 --augment rot90,flips "
                  "--coreset 700 -q",
                  0);
    assert_script("$P fit few -o all.bank --size 256 --augment rot90,flips -q", 0);
    assert_run("mend all.bank --add stripes/6.png --remove few/0.png -o mended.bank", 0);
    assert_run("mend few.bank --add stripes/6.png --remove few/0.png -o mended-few.bank", 0);
    assert_script("mkdir now && cp few/[1-5].png now && cp stripes/6.png now/z.png", 0);
    assert_run("fit now -o fitted.bank --size 256 --augment rot90,flips -q", 0);
    assert_run("fit now -o fitted-few.bank --size 256 --augment rot90,flips --coreset 700 -q", 0);
    for (int few = 0; few < 2; few++)
        assert_script(
            few ? "for b in mended-few fitted-few; do $P score $b.bank lying spots upright -q --csv $b.csv; done; "
                  "cmp mended-few.csv fitted-few.csv"
                : "for b in mended fitted; do $P score $b.bank lying spots upright -q --csv $b.csv; done; "
                  "cmp mended.csv fitted.csv",
            0);
    assert_run("mend mended.bank --take-out few/1.png:5,6", 0);
    assert_run("info mended.bank --json info.json -q", 0);
    json_t *info = load_json("info.json");
    assert_int_equal(json_integer_value(json_object_get(info, "n_patches")), 8 * (6 * 256 - 2));
    json_decref(info);
    assert_run("mend mended.bank --put-back few/1.png:5,6", 0);
    assert_script("$P score mended.bank lying spots upright -q --csv back.csv && cmp back.csv fitted.csv", 0);
}

static void what_has_no_copies_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"rot45", "rot90,", "brightness:0-9", "brightness:1.2-0.8", "rot90,rot90"};
    char line[256];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(line, sizeof line, "fit stripes -o bad.bank --augment %s", bad[i]);
        assert_run(line, 2);
        snprintf(line, sizeof line, "\"%s\" is no list of copies", bad[i]);
        assert_says(line);
    }
    assert_false(exists("bad.bank"));
    assert_run("extract stripes -o f.npy --size 256 -q", 0);
    assert_run("fit f.npy -o bad.bank --augment flips", 2);
    assert_says("--augment makes copies of photos, and f.npy is features already");
    assert_run("extract stripes -o g.npy --augment flips", 2);
    assert_run("fit refs -o bad.bank --resolution 160x128 --augment rot90", 3);
    assert_says("160 x 128");
    assert_run("fit refs -o tall.bank --resolution 160x128 --augment flips -q", 0);
    assert_run("fit refs -o square.bank --resolution 160x160 --augment rot90 -q", 0);
    assert_run("audit refs --augment rot90 -q",
               0); /* squeezed into a square: 96 x 80 turned is 80 x 96 squeezed likewise, which is no turned part */
    assert_says("of 96 x 80 pixels is squeezed into a square");
    assert_run("audit stripes --size 256 --augment rot90 -q", 0);
    assert_null(strstr(program_output, "squeezed"));
    assert_run("audit refs --augment flips -q", 0);
    assert_null(strstr(program_output, "squeezed"));
    assert_false(exists("bad.bank"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_may_come_turned),
        cmocka_unit_test(references_may_come_turned),
        cmocka_unit_test(parts_and_references_may_be_dimmer),
        cmocka_unit_test(the_bank_tells_its_copies),
        cmocka_unit_test(a_trace_names_the_copy),
        cmocka_unit_test(adding_and_removing_is_fitting),
        cmocka_unit_test(what_has_no_copies_is_refused_by_name),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_program_folder);
}
