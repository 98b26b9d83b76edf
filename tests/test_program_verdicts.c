/* The program's verdicts: photos that cannot be judged, and how far a threshold can be trusted. */
#include "photos.h"

static void write_flat(const char *name, int32_t width, int32_t height, uint8_t level)
{
    pb_image image;
    char path[512];
    assert_ok(pb_image_new(width, height, &image));
    memset(image.rgb, level, (size_t)width * (size_t)height * 3);
    in_root(name, path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

/* good0.png .. good3.png, a blot, and photos that show nothing. */
static void make_parts(void)
{
    char name[64];
    make_folder("parts");
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "parts/good%d.png", i);
        write_photo(name, (uint64_t)i + 300, 0);
    }
    write_photo("parts/blot.png", 310, 1);
    write_flat("parts/black.png", 96, 80, 0);
    write_flat("parts/white.png", 96, 80, 255);
    write_flat("parts/grey.png", 96, 80, 120);
    write_flat("parts/small.png", 1, 1, 110);
}

static const json_t *row_of(const json_t *object, const char *path)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(object, "images"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "path")), path) == 0)
            return row;
    }
    fail_msg("no row of %s", path);
    return NULL;
}

static void assert_row(const json_t *object, const char *path, const char *verdict, const char *reason)
{
    const json_t *row = row_of(object, path);
    const char *said = json_string_value(json_object_get(row, "reason"));
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), verdict);
    assert_int_equal(reason != NULL, said != NULL);
    if (reason && !strstr(said, reason))
        fail_msg("%s: \"%s\" instead of \"%s\"", path, said, reason);
}

static void photos_without_a_part_never_pass(void **state)
{
    (void)state;
    make_parts();
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    assert_says("at most another 0.2 % of");
    assert_says("1.2 % with the false alarms");
    assert_run("score part.bank parts --json s.json --csv s.csv", 0);
    assert_says("1 of 9 parts fail");
    assert_says("4 more are unusable");
    assert_says("unusable: almost black: the light may be off");
    json_t *object = load_json("s.json");
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "parts/good%d.png", i);
        assert_row(object, name, "pass", NULL);
    }
    assert_row(object, "parts/blot.png", "fail", NULL);
    assert_row(object, "parts/black.png", "unusable", "almost black");
    assert_row(object, "parts/white.png", "unusable", "almost white");
    assert_row(object, "parts/grey.png", "unusable", "blank");
    assert_row(object, "parts/small.png", "unusable", "blank");
    json_decref(object);
    assert_run("score part.bank parts/black.png --csv -", 0);
    assert_says(",unusable,,almost black: the light may be off\r\n");
    assert_run("score part.bank parts/black.png --exit-code", 1);
    assert_run("score part.bank parts/good0.png --exit-code", 0);
    assert_run("info part.bank", 0);
    assert_says("limits from 7 of 8 references, which refuse another 0.2 % of good parts; 1 is not in the bank\n");
}

/* A part of which nothing is known is no good part, and no caught defect goes unnoticed. */
static void eval_counts_unusable_photos_as_failed(void **state)
{
    (void)state;
    make_folder("odd");
    make_folder("odd/good");
    make_folder("odd/blot");
    write_photo("odd/good/0.png", 320, 0);
    write_flat("odd/good/1.png", 96, 80, 0);
    write_photo("odd/blot/0.png", 330, 1);
    write_flat("odd/blot/1.png", 96, 80, 255);
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    assert_run("eval part.bank odd --json e.json --report e.html", 0);
    assert_says("unusable      1 photos of good parts and 1 of defects, counted above");
    json_t *object = load_json("e.json");
    assert_int_equal(json_integer_value(json_object_get(object, "caught")), 2);
    assert_int_equal(json_integer_value(json_object_get(object, "false_alarms")), 1);
    assert_int_equal(json_integer_value(json_object_get(object, "unusable_good")), 1);
    assert_int_equal(json_integer_value(json_object_get(object, "unusable_defect")), 1);
    json_decref(object);
    shell("grep -q '2 of 2 defects caught' e.html");
    shell("grep -q '2 photos are unusable and count as failed' e.html");
}

static void the_audit_names_odd_photos_first(void **state)
{
    (void)state;
    make_folder("dark");
    char name[64];
    for (int i = 0; i < 9; i++) {
        snprintf(name, sizeof name, "dark/%d.png", i);
        write_photo(name, (uint64_t)i + 400, i == 7);
    }
    write_flat("dark/black.png", 96, 80, 0);
    assert_run("audit dark --json a.json --report a.html", 0);
    assert_says("almost black: the light may be off");
    json_t *object = load_json("a.json");
    const json_t *row = row_of(object, "dark/black.png");
    assert_int_equal(json_integer_value(json_object_get(row, "rank")), 1);
    assert_true(json_is_true(json_object_get(row, "flagged")));
    assert_string_equal(json_string_value(json_object_get(row, "decision")), "remove");
    assert_non_null(strstr(json_string_value(json_object_get(row, "reason")), "almost black"));
    assert_int_equal(json_integer_value(json_object_get(row_of(object, "dark/7.png"), "rank")), 2);
    assert_null(json_object_get(row_of(object, "dark/7.png"), "reason"));
    json_decref(object);
    shell("grep -q 'As a photo: almost black' a.html");
    assert_run("fit dark -o dark.bank --audit remove", 0);
    assert_run("info dark.bank --json d.json", 0);
    json_t *bank = load_json("d.json"), *reference;
    size_t i;
    json_array_foreach(json_object_get(bank, "references"), i, reference)
    {
        const int black = strstr(json_string_value(json_object_get(reference, "path")), "black") != NULL;
        assert_int_equal(black, json_object_get(reference, "unusable") != NULL);
        if (black)
            assert_string_equal(json_string_value(json_object_get(reference, "decision")), "remove");
    }
    json_decref(bank);
}

static void banks_of_features_say_that_they_check_no_photos(void **state)
{
    (void)state;
    assert_run("extract refs -o refs.npy", 0);
    assert_run("fit refs.npy -o features.bank", 0);
    assert_says("Photos of parts will not be checked");
    assert_run("score features.bank parts/black.png", 0);
    assert_says("Photos were not checked");
    assert_run("info features.bank", 0);
    assert_says("not checked: the bank knows no limits for them");
}

/* good/ with parts that are no references, more.png, and bad/ with blots. */
static void make_known_parts(void)
{
    char name[64];
    make_folder("good");
    make_folder("bad");
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "good/%d.png", i);
        write_photo(name, (uint64_t)i + 400, 0);
        snprintf(name, sizeof name, "bad/%d.png", i);
        write_photo(name, (uint64_t)i + 500, i != 5); /* the last one shows no defect */
    }
    write_photo("more.png", 420, 0);
    write_flat("dark.png", 96, 80, 0);
}

static double threshold_of(const char *bank)
{
    char line[128];
    snprintf(line, sizeof line, "info %s --json t.json -q", bank);
    assert_run(line, 0);
    json_t *object = load_json("t.json");
    const double value = json_real_value(json_object_get(json_object_get(object, "threshold"), "value"));
    json_decref(object);
    return value;
}

static void calibrate_sets_the_threshold_by_known_parts(void **state)
{
    (void)state;
    make_known_parts();
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    const double fitted = threshold_of("part.bank");
    assert_run("calibrate part.bank good --defects bad --false-alarm-rate 20% --json c.json --report c.html", 0);
    assert_says("6 verified good parts and 6 known defects (12 told now, 0 taken back)");
    assert_says("promise it without assumptions");
    assert_says("<- of the references alone");
    assert_says("5 of 6");
    assert_says("known      5 of 6 known defects are caught");
    shell("grep -q '5 of 6 known defects caught' c.html && grep -q 'class=\"roc\"' c.html");
    json_t *object = load_json("c.json");
    assert_int_equal(json_array_size(json_object_get(object, "parts")), 12);
    assert_int_equal(json_array_size(json_object_get(object, "trade_offs")), 6);
    assert_true(json_real_value(json_object_get(object, "fitted_threshold")) == fitted);
    assert_true(json_real_value(json_object_get(object, "threshold")) == threshold_of("part.bank"));
    json_decref(object);
    const double calibrated = threshold_of("part.bank");
    assert_true(calibrated != fitted);
    assert_run("info part.bank", 0);
    assert_says("(conformal, from 6 verified good parts)");
    assert_says("by 6 verified good parts, 6 known defects; before:");
    assert_run("calibrate part.bank more.png", 0);
    assert_says("7 verified good parts and 6 known defects (1 told now, 0 taken back)");
    shell("cp more.png renamed.png");
    assert_run("calibrate part.bank --take-back renamed.png", 0); /* the same photo */
    assert_says("6 verified good parts and 6 known defects (0 told now, 1 taken back)");
    assert_true(threshold_of("part.bank") == calibrated);
    assert_run("calibrate part.bank --take-back good -o other.bank", 0);
    assert_true(threshold_of("part.bank") == calibrated && threshold_of("other.bank") == fitted);
    assert_run("calibrate part.bank --reset", 0);
    assert_says("It is that of the references");
    assert_true(threshold_of("part.bank") == fitted);
}

/* Defects that look like good parts: another threshold is no advice, nor are more parts of either kind. */
static void calibrate_says_when_no_threshold_separates(void **state)
{
    (void)state;
    make_known_parts();
    make_folder("same");
    for (uint64_t i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "same/%d.png", (int)i);
        write_photo(name, 700 + i, 0);
    }
    assert_run("fit refs -o same.bank", 0); /* not reviewed */
    assert_run("calibrate same.bank good --defects same --false-alarm-rate 20%", 0);
    assert_says(" known defects pass. No threshold separates: to catch half of the known defects, ");
    assert_says("of 6 verified good parts would fail; the features do not tell them apart");
    assert_says("purebank backbones");
    assert_says("flagged reference");
    assert_null(strstr(program_output, "(purebank calibrate)"));
    assert_run("mend same.bank --remove refs/00.png --plan", 0);
    assert_says("No threshold separates");
}

static void calibrate_refuses_what_is_no_evidence(void **state)
{
    (void)state;
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    shell("cp part.bank before.bank && cp refs/01.png copied.png");
    assert_run("calibrate part.bank good copied.png", 3);
    assert_says("copied.png is the reference refs/01.png");
    assert_run("calibrate part.bank good dark.png", 3);
    assert_says("dark.png cannot be judged: almost black");
    assert_run("calibrate part.bank good --defects good/0.png", 3);
    assert_says("good/0.png is given as a defect, but known as a good part: whichever is wrong");
    shell("mkdir -p renamed && cp good/0.png renamed/x.png");
    assert_run("calibrate part.bank good --defects renamed", 3);
    assert_says("x.png is given as a defect, but known as a good part, then called good/0.png");
    assert_run("fit refs -o other.bank --decisions nowhere.json", 3);
    assert_says("browser keeps its downloads");
    assert_script("echo '{\"images\": []}' > foreign.json; \"$P\" fit refs -o other.bank --decisions foreign.json", 3);
    assert_says("foreign.json is not a decisions file");
    assert_run("calibrate part.bank --take-back more.png", 3);
    assert_says("is none of the 0 parts");
    assert_run("calibrate part.bank good --report good/0.png", 2);
    assert_run("calibrate part.bank --report c.html", 3);
    assert_run("calibrate part.bank --defects bad --false-alarm-rate 50%", 2);
    assert_says("needs verified good parts");
    assert_run("calibrate part.bank good --json /dev/full", 4); /* the bank is written last */
    shell("cmp part.bank before.bank");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_without_a_part_never_pass),
        cmocka_unit_test(eval_counts_unusable_photos_as_failed),
        cmocka_unit_test(the_audit_names_odd_photos_first),
        cmocka_unit_test(banks_of_features_say_that_they_check_no_photos),
        cmocka_unit_test(calibrate_sets_the_threshold_by_known_parts),
        cmocka_unit_test(calibrate_says_when_no_threshold_separates),
        cmocka_unit_test(calibrate_refuses_what_is_no_evidence),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, begin_with_photos, remove_program_folder);
}
