/* The program from outside: exit statuses, messages, files, and what bad input does to them. */
#include "photos.h"

#include <math.h>

static void usage_errors_help(void **state)
{
    (void)state;
    assert_run("", 2);
    assert_says("usage: purebank COMMAND");
    assert_run("scroe x", 2);
    assert_says("did you mean 'score'");
    assert_run("frobnicate", 2);
    assert_says("purebank --help");
    assert_run("fit refs", 2);
    assert_says("-o part.bank");
    assert_run("fit refs -o x.bank --purfy none", 2);
    assert_says("did you mean --purify");
    assert_run("fit refs -o x.bank --purify nothing", 2);
    assert_says("loo_patch");
    assert_run("fit refs -o x.bank --purify image_level_loo", 2);
    assert_says("--contamination");
    assert_run("fit refs -o x.bank --purify global_iforest", 2);
    assert_says("--purify global_iforest must be told");
    assert_run("fit refs -o x.bank --purify oracle_patch", 2);
    assert_says("one of none, loo_patch");
    assert_run("fit refs -o x.bank --percentile 101", 2);
    assert_says("from 0.001 to 100");
    assert_run("fit refs -o x.bank --knn-k", 2);
    assert_says("needs a value");
    assert_run("fit refs -o x.bank --false-alarm-rate nan", 2);
    assert_run("fit refs -o x.bank --false-alarm-rate 60%", 2);
    assert_says("percentage");
    assert_run("fit refs -o x.bank --percentile 95%", 2);
    assert_run("help frobnicate", 2);
    assert_run("frob$(printf '\\033[31m')", 2);
    assert_false(strchr(program_output, '\033'));
    assert_run("score part.bank", 2);
    assert_run("eval part.bank set extra", 2);
    assert_run("score part.bank set/test --csv - --json -", 2);
    assert_false(exists("x.bank"));
}

static void help_and_version_come_from_the_table(void **state)
{
    (void)state;
    assert_run("--version", 0);
    assert_says(pb_version());
    assert_run("--help", 0);
    static const char *const commands[] = {
#define COMMAND(name, ...) #name,
#include "../cli/commands.def"
#undef COMMAND
    };
    enum { N_COMMANDS = sizeof commands / sizeof *commands };
    for (int i = 0; i < N_COMMANDS; i++)
        assert_says(commands[i]);
    for (int i = 0; i < N_COMMANDS; i++) {
        static char asked[PROGRAM_OUTPUT_BYTES];
        char line[64];
        snprintf(line, sizeof line, "%s --help", commands[i]);
        assert_run(line, 0);
        assert_says("--threads");
        assert_says("example: purebank");
        strcpy(asked, program_output);
        snprintf(line, sizeof line, "help %s", commands[i]);
        assert_run(line, 0);
        assert_string_equal(program_output, asked);
        for (const char *start = asked; *start; start += strcspn(start, "\n") + 1)
            if (strcspn(start, "\n") > 80)
                fail_msg("wider than 80 columns: %.*s", (int)strcspn(start, "\n"), start);
    }
    assert_run("fit --help", 0);
    assert_says("ensemble_loo_mahal");
    assert_run("--print-man", 0);
    assert_says(".SH EXIT STATUS");
    assert_says("\\-\\-false\\-alarm\\-rate");
    assert_run("--print-completion", 0);
    assert_says("--false-alarm-rate");
}

static void audit_names_the_planted_reference(void **state)
{
    (void)state;
    assert_run("audit refs --json audit.json --report audit.html --multiplier 4", 0);
    assert_says("1 of 8 references flagged");
    assert_says("(audit top 5 %, K 1, multiplier 4)"); /* the label, as everywhere */
    assert_true(exists("audit.html"));
    json_t *root_object = load_json("audit.json");
    assert_string_equal(json_string_value(json_object_get(root_object, "rule")), "imgt5_k1_mad");
    assert_true(json_number_value(json_object_get(root_object, "multiplier")) == 4);
    const json_t *images = json_object_get(root_object, "images");
    assert_int_equal(json_array_size(images), 8);
    for (size_t i = 0; i < 8; i++) {
        const json_t *image = json_array_get(images, i);
        const int bad = i == 3;
        assert_int_equal(json_is_true(json_object_get(image, "flagged")), bad);
        assert_string_equal(json_string_value(json_object_get(image, "decision")), bad ? "remove" : "keep");
        assert_int_equal(json_integer_value(json_object_get(image, "rank")) == 1, bad);
        assert_int_equal(json_number_value(json_object_get(image, "score")) >
                             json_number_value(json_object_get(root_object, "limit")),
                         bad);
        assert_true(json_number_value(json_object_get(image, "mean")) > 0);
    }
    json_decref(root_object);
}

static void score_writes_csv_json_and_heatmaps(void **state)
{
    (void)state;
    assert_run("score part.bank set/test --csv s.csv --json s.json --heatmaps maps", 0);
    assert_says("4 of 8 parts fail");
    json_t *object = load_json("s.json");
    const double threshold = json_number_value(json_object_get(object, "threshold"));
    assert_true(json_number_value(json_object_get(object, "false_alarm_rate")) == 0.01);
    const json_t *images = json_object_get(object, "images");
    assert_int_equal(json_array_size(images), 8);
    for (size_t i = 0; i < 8; i++) {
        const json_t *image = json_array_get(images, i);
        const int defect = strstr(json_string_value(json_object_get(image, "path")), "/blot/") != NULL;
        const char *verdict = json_string_value(json_object_get(image, "verdict"));
        assert_string_equal(verdict, defect ? "fail" : "pass");
        assert_int_equal(json_number_value(json_object_get(image, "score")) > threshold, defect);
        pb_image heatmap;
        char path[512];
        in_root(json_string_value(json_object_get(image, "heatmap")), path);
        assert_ok(pb_image_read(path, &heatmap));
        assert_int_equal(heatmap.width, 96);
        assert_true(heatmap.height > 80 + 20); /* score, verdict and scale below the photo */
        pb_image_free(&heatmap);
    }
    json_decref(object);
    assert_true(exists("maps/blot__0.png"));
    assert_run("score part.bank set/test --exit-code --quiet", 1);
    assert_string_equal(program_output, "");
    assert_run("score part.bank set/test/good --exit-code", 0);
    assert_run("score part.bank set/test/good/0.png --csv -", 0);
    assert_true(strncmp(program_output, "path,score,verdict,heatmap,reason\r\n", 35) == 0);
    assert_run("score part.bank set/test/good/0.png --json -", 0);
    json_t *printed = json_loads(program_output, 0, NULL);
    assert_non_null(printed);
    json_decref(printed);
}

static void eval_measures_labelled_parts(void **state)
{
    (void)state;
    assert_run("eval part.bank set/test --json e.json --report e.html", 0);
    json_t *object = load_json("e.json");
    const json_t *image = json_object_get(object, "image"), *pixel = json_object_get(object, "pixel");
    assert_int_equal(json_integer_value(json_object_get(object, "n_good")), 4);
    assert_int_equal(json_integer_value(json_object_get(object, "n_defect")), 4);
    assert_true(json_number_value(json_object_get(image, "auroc")) == 1);
    assert_true(json_number_value(json_object_get(image, "tpr_fpr1")) == 1);
    assert_true(json_number_value(json_object_get(pixel, "auroc")) > 0.9);
    assert_true(json_number_value(json_object_get(object, "threshold")) > 0);
    assert_true(json_number_value(json_object_get(object, "false_alarm_rate")) == 0.01);
    assert_int_equal(json_integer_value(json_object_get(object, "caught")), 4);
    assert_int_equal(json_integer_value(json_object_get(object, "false_alarms")), 0);
    json_decref(object);
    assert_says("TPR at FPR 1 %");
    assert_says("caught        4 of 4 defects");
    assert_says("false alarms  0 of 4 good parts");
    assert_true(exists("e.html"));
    assert_run("eval part.bank set/test/good", 3);
    assert_says("MVTec layout");
}

/* Masks of the defects that mark nothing: the image figures stand, there are no pixel figures. */
static void empty_masks_leave_the_image_figures(void **state)
{
    (void)state;
    static const char *const folders[] = {"blank",           "blank/test",         "blank/test/good",
                                          "blank/test/blot", "blank/ground_truth", "blank/ground_truth/blot"};
    for (int i = 0; i < 6; i++)
        make_folder(folders[i]);
    char name[64];
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "blank/test/good/%d.png", i);
        write_photo(name, (uint64_t)i + 100, 0);
        snprintf(name, sizeof name, "blank/test/blot/%d.png", i);
        write_photo(name, (uint64_t)i + 200, 1);
        snprintf(name, sizeof name, "blank/ground_truth/blot/%d.png", i);
        write_mask(name, 0);
    }
    assert_run("eval part.bank blank --json blank.json --report blank.html", 0);
    assert_says("no pixel figures");
    assert_says("2 of 2 masks mark no pixel");
    json_t *object = load_json("blank.json");
    assert_true(json_is_null(json_object_get(object, "pixel")));
    assert_true(json_number_value(json_object_get(json_object_get(object, "image"), "auroc")) == 1);
    json_decref(object);
    write_mask("blank/ground_truth/blot/1.png", 1);
    assert_run("eval part.bank blank --json blank.json", 0);
    assert_says("1 of 2 masks mark no pixel");
    object = load_json("blank.json");
    assert_true(json_number_value(json_object_get(json_object_get(object, "pixel"), "auroc")) > 0.9);
    json_decref(object);
}

static void decisions_rule_the_bank(void **state)
{
    (void)state;
    char text[2048] = "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[";
    for (int i = 0; i < 8; i++) {
        char entry[128];
        snprintf(entry, sizeof entry, "%s{\"path\":\"refs/%02d.png\",\"decision\":\"%s\"}", i ? "," : "", i,
                 i == 0   ? "remove"
                 : i == 5 ? "recapture"
                          : "keep");
        strcat(text, entry);
    }
    strcat(text, "]}");
    write_bytes("decisions.json", text, strlen(text));
    assert_run("fit refs -o decided.bank --decisions decisions.json", 0);
    assert_run("info decided.bank --json info.json", 0);
    json_t *object = load_json("info.json");
    const json_t *references = json_object_get(object, "references");
    for (size_t i = 0; i < 8; i++) {
        const char *decision = json_string_value(json_object_get(json_array_get(references, i), "decision"));
        assert_string_equal(decision, i == 0 ? "remove" : i == 5 ? "recapture" : "keep");
    }
    assert_int_equal(json_integer_value(json_object_get(object, "n_patches")), 6 * 784);
    json_decref(object);
    assert_run("audit refs --decisions decisions.json --report again.html --json again.json", 0);
    assert_says("decides about 8 of 8 references as they are now");
    object = load_json("again.json");
    for (size_t i = 0; i < 8; i++) {
        const json_t *image = json_array_get(json_object_get(object, "images"), i);
        assert_string_equal(json_string_value(json_object_get(image, "decision")), i == 0   ? "remove"
                                                                                   : i == 5 ? "recapture"
                                                                                            : "keep");
    }
    json_decref(object);
    assert_run("audit refs set/test/good/0.png --decisions decisions.json", 0);
    assert_says("new        set/test/good/0.png");
    assert_run("audit refs --decisions part.bank", 3);
    assert_run("fit refs set/test/good/0.png -o decided.bank --decisions decisions.json", 3);
    assert_says("set/test/good/0.png");
    assert_run("fit refs/00.png refs/01.png refs/02.png -o decided.bank --decisions decisions.json", 3);
    assert_says("not among the 3 references");
    assert_run("fit refs -o decided.bank --decisions part.bank", 3);
    assert_run("fit refs -o level.bank --audit off --purify image_level_loo --contamination 0.1", 0);
    assert_says("5488 patches"); /* 7 of 8 images */
    assert_run("fit refs -o random.bank --audit off --purify random_patch --seed 7", 0);
    assert_says("5959 patches");        /* of 6272, less 313 */
    assert_run("info decided.bank", 0); /* what failed left it whole */
    assert_says("  weak points     ");
}

static void features_travel_as_npy(void **state)
{
    (void)state;
    assert_run("extract refs -o refs.npy", 0);
    assert_true(exists("refs.paths.txt") && exists("refs.origin.json"));
    assert_run("info refs.npy", 0);
    assert_says("8 images, 784 patches, 35 channels");
    assert_run("fit refs.npy -o from_npy.bank --decisions reviewed.json", 0);
    assert_run("extract set/test -o parts.npy", 0);
    assert_run("score from_npy.bank parts.npy --csv a.csv", 0);
    assert_run("score part.bank set/test --csv b.csv", 0);
    assert_run("score from_npy.bank parts.npy --json a.json", 0);
    assert_run("score part.bank set/test --json b.json", 0);
    json_t *a = load_json("a.json"), *b = load_json("b.json");
    assert_true(json_equal(a, b)); /* the same numbers, paths and verdicts */
    json_decref(a);
    json_decref(b);
    assert_run("score part.bank parts.npy --heatmaps npymaps/", 0); /* over the photos that parts.paths.txt names */
    assert_run("score part.bank set/test --heatmaps maps", 0);
    shell("diff -r maps npymaps");
    assert_run("extract parts.npy refs -o again.npy", 2);
    assert_says("a feature file must be the only input");
    assert_run("extract parts.npy -o parts.npy", 2);
    assert_says("would be overwritten");
    /* Lists of names made elsewhere: Windows' line ends, and none after the last. */
    static const char names[] = "x\\a.png\r\n1\n2\n3\n4\n5\n6\nlast.png";
    write_bytes("parts.paths.txt", names, sizeof names - 1);
    assert_run("score part.bank parts.npy --csv -", 0);
    assert_says("\nx\\a.png,");
    assert_says("\nlast.png,");
    write_bytes("parts.paths.txt", "one\n", 4); /* a list of another run */
    assert_run("score part.bank parts.npy --csv -", 0);
    assert_says("\nparts.npy[7],");
    assert_run("score part.bank parts.npy --heatmaps maps", 2);
    assert_says("parts.npy[0] is not there");

    uint8_t *bytes;
    size_t size;
    char path[512];
    in_root("parts.npy", path);
    assert_ok(pb_file_read(path, 1 << 26, &bytes, &size));
    bytes[size / 2] ^= 1; /* of a mantissa: still a number */
    write_bytes("parts.npy", bytes, size);
    pb_buffer_free(bytes);
    assert_run("score part.bank parts.npy", 3);
    assert_says("parts.npy is damaged or has been changed");
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    assert_run("fit refs -o one.bank --threads 1", 0);
    assert_run("fit refs -o three.bank --threads 3", 0);
    uint8_t *one, *three;
    size_t n_one, n_three;
    char path[512];
    in_root("one.bank", path);
    assert_ok(pb_file_read(path, 1 << 26, &one, &n_one));
    in_root("three.bank", path);
    assert_ok(pb_file_read(path, 1 << 26, &three, &n_three));
    assert_int_equal(n_one, n_three);
    assert_memory_equal(one, three, n_one);
    pb_buffer_free(one);
    pb_buffer_free(three);
}

static void bad_images_are_named(void **state)
{
    (void)state;
    make_folder("empty");
    assert_run("audit empty", 3);
    assert_says("no image in folder empty");
    assert_run("audit nowhere", 3);
    assert_says("nowhere");
    assert_run("audit refs/00.png", 3);
    assert_says("2");
    write_bytes("zero.png", "", 0);
    assert_run("audit refs zero.png", 3);
    assert_says("zero.png");
    write_bytes("text.png", "hello, I am text", 16);
    assert_run("audit refs text.png", 3);
    assert_says("text.png");
    uint8_t *bytes;
    size_t size;
    char path[512];
    in_root("refs/00.png", path);
    assert_ok(pb_file_read(path, 1 << 24, &bytes, &size));
    write_bytes("cut.png", bytes, size / 2);
    pb_buffer_free(bytes);
    assert_run("score part.bank cut.png --csv cut.csv", 3);
    assert_says("cut.png");
    assert_run("extract refs/00.png cut.png -o cut.npy", 3);
    assert_says("cut.png");
    assert_false(exists("cut.npy"));
    assert_run("audit refs --max-pixels 1000", 3);
    assert_says("--max-pixels");
    assert_run("audit refs --knn-k 9999", 2);
}

static void weak_banks_are_warned_about(void **state)
{
    (void)state;
    assert_run("fit refs/00.png refs/01.png refs/02.png refs/04.png -o few.bank --audit off", 0);
    assert_says("only 4 good references");
    assert_run("fit refs/00.png refs/01.png refs/02.png -o few.bank --audit off --false-alarm-rate 0.0001%", 0);
    assert_says("times what good parts typically score");
    assert_says("What helps: more references");
    assert_run("fit refs -o many.bank --false-alarm-rate 20% --decisions reviewed.json", 0);
    assert_null(strstr(program_output, "warning"));
    assert_says("What is known, and what not"); /* no warning is no knowledge */
    assert_says("estimated  the false-alarm rate of 20 %, from the references alone");
    assert_says("not known  which defects it sees");
    assert_says("known      that its references are good: a person has decided");
    assert_run("info many.bank", 0);
    assert_says("not known  which defects it sees");
}

/* A part that the bank was made of passes whatever is wrong with it. */
static void parts_in_the_bank_are_warned_about(void **state)
{
    (void)state;
    shell("cp refs/01.png known.png");
    assert_run("score part.bank set/test/good known.png --csv known.csv", 0);
    assert_says("1 part is itself in the bank");
    assert_says("known.png is the reference refs/01.png");
    assert_run("score part.bank refs/03.png", 0); /* the audit left it out */
    assert_null(strstr(program_output, "warning"));
    assert_run("score part.bank refs", 0);
    assert_says("7 parts are themselves in the bank");
}

static void options_without_effect_are_said(void **state)
{
    (void)state;
    assert_run("fit refs -o idle.bank --percentile 50 --contamination 10% --audit off --k 9", 0);
    assert_says("--percentile and --seed have no effect without --purify");
    assert_says("--contamination has no effect on --purify none");
    assert_says("--multiplier has no effect with --audit off");
}

/* On a floor one half-written photo must not hold up the rest. */
static void a_photo_that_cannot_be_read_does_not_stop_the_others(void **state)
{
    (void)state;
    shell("head -c 900 refs/01.png > torn.png; echo text > text.png");
    assert_run("score part.bank set/test/good --csv whole.csv", 0);
    assert_run("score part.bank torn.png set/test/good text.png --csv part.csv --json part.json --heatmaps seen", 3);
    assert_says("warning: not judged: torn.png");
    assert_says("warning: not judged: text.png: not an image");
    assert_says("2 of them cannot be read");
    assert_run("score part.bank refs/00.png --max-pixels 1000", 3);
    assert_says("raise the limit (--max-pixels)");
    assert_run("score part.bank torn.png set/test/good text.png --csv part.csv --exit-code -q", 3);
    shell("grep -v -e torn -e text part.csv | cmp - whole.csv");
    shell("grep -q '^torn.png,,unreadable,' part.csv");
    shell("test $(grep -c unreadable part.json) = 2 && test ! -e seen/torn.png");
}

static void copies_are_warned_about(void **state)
{
    (void)state;
    char command[600];
    snprintf(command, sizeof command, "cp '%s/refs/03.png' '%s/copy.png'", program_folder, program_folder);
    assert_int_equal(system(command), 0);
    assert_run("audit refs copy.png", 0);
    assert_says("is a copy of refs/03.png");
    assert_null(strstr(program_output, "more are copies"));
    shell("for i in 1 2 3 4 5; do cp refs/03.png copy$i.png; done");
    assert_run("audit refs copy1.png copy2.png copy3.png copy4.png copy5.png", 0);
    assert_says("copy3.png is a copy of");
    assert_null(strstr(program_output, "copy4.png is a copy of"));
    assert_says("and 2 more are copies");
}

static void damaged_banks_are_refused(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t size;
    char path[512];
    in_root("part.bank", path);
    assert_ok(pb_file_read(path, 1 << 26, &bytes, &size));
    bytes[size / 2] ^= 1;
    write_bytes("flipped.bank", bytes, size);
    write_bytes("short.bank", bytes, size / 2);
    pb_buffer_free(bytes);
    assert_run("score flipped.bank refs", 3);
    assert_says("damaged");
    assert_run("score short.bank refs", 3);
    assert_run("score refs/00.png refs", 3);
    assert_says("refs/00.png is not a purebank bank: it looks like PNG");
    assert_run("info text.png", 3);
}

static void bad_features_are_refused(void **state)
{
    (void)state;
    /* 2 images x 4 patches x 3 channels with a NaN. */
    static const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4, 3), }";
    char bytes[128 + 96];
    memset(bytes, ' ', 128);
    memcpy(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
    memcpy(bytes + 10, header, sizeof header - 1);
    bytes[127] = '\n';
    float values[24] = {0};
    for (int i = 0; i < 24; i++)
        values[i] = (float)(i * i % 7);
    values[17] = NAN;
    memcpy(bytes + 128, values, sizeof values);
    write_bytes("nan.npy", bytes, sizeof bytes);
    assert_run("audit nan.npy --knn-k 1", 3);
    assert_says("nan.npy");
    values[17] = 1;
    memcpy(bytes + 128, values, sizeof values);
    write_bytes("small.npy", bytes, sizeof bytes);
    assert_run("audit small.npy --knn-k 1", 0);
    assert_run("score part.bank small.npy", 3);
    assert_run("audit small.npy refs", 2);
    assert_run("fit small.npy -o small.bank --knn-k 2", 0);
    assert_run("score small.bank refs", 3);
    assert_says("unknown origin");
}

static void odd_names_work(void **state)
{
    (void)state;
    make_folder("odd");
    write_photo("odd/with space.png", 1, 0);
    write_photo("odd/line\nbreak.png", 2, 0);
    write_photo("odd/-dash.png", 3, 0);
    write_photo("odd/\xc3\xa4\xe6\xbc\xa2.png", 4, 0);
    write_photo("odd/not utf8 \xff.png", 5, 0);
    write_photo("odd/\x1b[31mred \xc2\x9b"
                "31m.png",
                6, 0);
    assert_run("audit odd --json odd.json --report odd.html", 0);
    assert_says("odd/?[31mred ?31m.png");
    assert_null(strchr(program_output, 0x1b));
    assert_run("fit odd -o odd.bank", 0);
    assert_run("score odd.bank odd --csv odd.csv --heatmaps oddmaps", 0);
    assert_null(strchr(program_output, 0x1b));
    assert_run("extract odd -o odd.npy", 3);
    assert_says("line break");
    json_decref(load_json("odd.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_errors_help),
        cmocka_unit_test(help_and_version_come_from_the_table),
        cmocka_unit_test(audit_names_the_planted_reference),
        cmocka_unit_test(score_writes_csv_json_and_heatmaps),
        cmocka_unit_test(eval_measures_labelled_parts),
        cmocka_unit_test(empty_masks_leave_the_image_figures),
        cmocka_unit_test(decisions_rule_the_bank),
        cmocka_unit_test(features_travel_as_npy),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(bad_images_are_named),
        cmocka_unit_test(weak_banks_are_warned_about),
        cmocka_unit_test(parts_in_the_bank_are_warned_about),
        cmocka_unit_test(a_photo_that_cannot_be_read_does_not_stop_the_others),
        cmocka_unit_test(options_without_effect_are_said),
        cmocka_unit_test(copies_are_warned_about),
        cmocka_unit_test(damaged_banks_are_refused),
        cmocka_unit_test(bad_features_are_refused),
        cmocka_unit_test(odd_names_work),
    };
    return cmocka_run_group_tests(tests, begin_with_bank, remove_program_folder);
}
