/* purebank mend: what changes is what a fit would have made, and what a part was compared with. */
#include "photos.h"

static int make_inputs(void **state)
{
    (void)state;
    make_photos();
    return 0;
}

static int remove_inputs(void **state)
{
    (void)state;
    return test_remove_dir(program_folder);
}

/* All that the bank says of itself, but for its history. */
static char *facts_of(const char *bank)
{
    char line[256];
    snprintf(line, sizeof line, "info %s --json facts.json", bank);
    assert_run(line, 0);
    json_t *facts = load_json("facts.json");
    json_object_del(facts, "history");
    json_object_del(facts, "file");
    char *text = json_dumps(facts, JSON_INDENT(1) | JSON_SORT_KEYS);
    json_decref(facts);
    return text;
}

static void assert_same_facts(const char *a, const char *b)
{
    char *facts_a = facts_of(a), *facts_b = facts_of(b);
    assert_string_equal(facts_a, facts_b);
    free(facts_a);
    free(facts_b);
}

/* Scores of all parts, as CSV. */
static void assert_same_scores(const char *a, const char *b)
{
    char line[256];
    snprintf(line, sizeof line,
             "$P score %s set/test -q --csv a.csv && $P score %s set/test -q --csv b.csv && cmp a.csv b.csv", a, b);
    assert_script(line, 0);
}

static void removing_a_reference_is_fitting_without(void **state)
{
    (void)state;
    assert_script("mkdir few && cp refs/*.png few && $P fit few -q -o whole.bank", 0);
    assert_run("mend whole.bank --remove few/03.png -o mended.bank", 0);
    assert_says("7 of 7 references kept");
    assert_script("mv few/03.png 03.png && $P fit few -q -o fitted.bank", 0);
    assert_same_facts("mended.bank", "fitted.bank");
    assert_same_scores("mended.bank", "fitted.bank");
    assert_run("mend mended.bank --add 03.png --author Ada --reason 'a \"good\" one'",
               0); /* and back, but at the end */
    assert_says("rank 1 of 8");
    assert_says("flagged, look at it again");
    assert_same_scores("mended.bank", "whole.bank");
    assert_script("cmp mended.bank.previous mended.bank", 1);
    assert_run("mend mended.bank", 0);
    assert_says("remove   few/03.png");
    assert_says("Ada: a \"good\" one");
    assert_run("info mended.bank", 0);
    assert_says("changed         2 times");
}

/* A bank with a bad reference lets blots pass. The trace names it, and without it, or its patches, they fail. */
static void a_missed_defect_leads_to_what_hid_it(void **state)
{
    (void)state;
    assert_run("fit refs -o all.bank", 0);
    assert_run("mend all.bank --trace set/test/blot/0.png --json trace.json", 0);
    assert_says("of these 25, by reference:");
    json_t *object = load_json("trace.json");
    const json_t *patches = json_object_get(json_array_get(json_object_get(object, "traces"), 0), "patches");
    assert_int_equal(json_array_size(patches), 5);
    char line[512] = "mend all.bank --parts set/test --take-out refs/03.png:";
    int n = 0;
    for (int p = 0; p < 784; p++) { /* the middle of 28 x 28, where the blot is */
        if (p / 28 < 10 || p / 28 > 17 || p % 28 < 10 || p % 28 > 18)
            continue;
        char number[8];
        snprintf(number, sizeof number, "%s%d", n++ ? "," : "", p);
        strcat(line, number);
    }
    const json_t *near = json_object_get(json_array_get(patches, 0), "nearest");
    assert_string_equal(json_string_value(json_object_get(json_array_get(near, 0), "reference")), "refs/03.png");
    json_decref(object);
    strcat(line, " -o without.bank --json w.json");
    assert_run(line, 0);
    assert_says("pass     -> fail");
    assert_says("exclude  72 patches of refs/03.png");
    object = load_json("w.json");
    assert_int_equal(json_array_size(json_object_get(object, "verdicts")), 8);
    assert_true(json_real_value(json_object_get(object, "threshold")) <
                json_real_value(json_object_get(object, "threshold_before")));
    json_decref(object);
    assert_run("score without.bank set/test/blot --exit-code", 1);
    assert_says("4 of 4 parts fail");
    assert_run("mend all.bank --remove refs/03.png --parts set/test --plan", 0);
    assert_says("Planned, and nothing written");
    assert_says("pass     -> fail");
    assert_run("mend all.bank", 0);
    assert_says("Nothing was changed since the bank was fitted.");
}

static void known_parts_are_judged_anew(void **state)
{
    (void)state;
    assert_script("mkdir good && cp set/test/good/*.png good", 0);
    assert_run("fit refs -o known.bank --decisions reviewed.json", 0);
    assert_run("calibrate known.bank good --defects set/test/blot --false-alarm-rate 20%", 0);
    assert_script("rm good/3.png", 0);
    assert_run("mend known.bank --add good/0.png -o more.bank", 0);
    assert_says("6 of 8 known parts judged anew"); /* one has become a reference */
    assert_says("1 known parts are not where they were");
    assert_run("calibrate more.bank good/0.png", 3);
    assert_run("calibrate more.bank --json more.json", 0);
    assert_run("calibrate known.bank --take-back good/0.png --take-back good/3.png -o less.bank", 0);
    json_t *object = load_json("more.json");
    assert_true(json_real_value(json_object_get(object, "false_alarm_rate")) == 0.2);
    json_decref(object);
}

static void what_cannot_be_changed_is_refused(void **state)
{
    (void)state;
    assert_script("cp refs/01.png copy.png && $P fit refs -q -o r.bank && cp r.bank before.bank", 0);
    pb_image image;
    char path[512];
    assert_ok(pb_image_new(96, 80, &image));
    in_root("black.png", path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
    assert_run("mend r.bank --add copy.png", 3);
    assert_says("copy.png is the reference refs/01.png already");
    assert_run("mend r.bank --add black.png", 3);
    assert_says("black.png cannot become a reference: almost black");
    assert_run("mend r.bank --remove nothing.png", 3);
    assert_says("nothing.png is none of the 8 references");
    assert_run("mend r.bank --remove 01.png", 3);
    assert_says("01.png is none of the 8 references of r.bank: is it refs/01.png?");
    assert_run("mend r.bank --take-out refs/01.png", 2);
    assert_says("names no patches");
    assert_run("mend r.bank --take-out refs/01.png:1,x", 2);
    assert_run("mend r.bank --take-out refs/01.png:784", 2);
    assert_says("has no patch 784");
    assert_run("mend r.bank --put-back refs/01.png:3", 3);
    assert_says("is not taken out");
    assert_run("mend r.bank --plan", 2);
    assert_run("mend r.bank --add set/test/good/1.png -o set/test/good/1.png", 2);
    assert_script("cmp r.bank before.bank", 0);
    assert_run("mend r.bank --remove copy.png -o s.bank", 0); /* the same photo, by its digest */
    assert_says("remove   refs/01.png");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removing_a_reference_is_fitting_without),
        cmocka_unit_test(a_missed_defect_leads_to_what_hid_it),
        cmocka_unit_test(known_parts_are_judged_anew),
        cmocka_unit_test(what_cannot_be_changed_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
