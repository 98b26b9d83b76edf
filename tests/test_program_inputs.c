/* Inputs as people give them: what is meant is found or named, and what is odd is said. */
#include "photos.h"

#include <signal.h>

#include "caches.h"

enum { OK = 0, USAGE = 2, BAD_INPUT = 3, INTERRUPTED = 130 };

static int make_inputs(void **state)
{
    (void)state;
    make_photos();
    assert_run("fit refs -o part.bank", OK);
    cache_make(program_folder, "features", (cache_sizes){.n_train = 12, .n_good = 6, .n_bad = 6, .side = 28, .dim = 35},
               1);
    assert_script("mkdir study && mv features study/", OK);
    assert_script("mkdir -p sets/one/train/good sets/one/ground_truth && cp refs/*.png sets/one/train/good/ && "
                  "cp -r set/test sets/one/ && cp -r set/ground_truth/* sets/one/ground_truth/",
                  OK);
    return 0;
}

static void assert_does_not_say(const char *text)
{
    if (strstr(program_output, text))
        fail_msg("\"%s\" is in:\n%s", text, program_output);
}

/* ---- which folder ---- */

static void a_data_set_is_no_folder_of_photos(void **state)
{
    (void)state;
    static const char *const commands[] = {"audit %s", "fit %s -o x.bank", "score part.bank %s"};
    static const char *const folders[] = {"sets/one", "sets/one/", "sets", "sets//"};
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++)
        for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
            char arguments[256];
            snprintf(arguments, sizeof arguments, commands[c], folders[f]);
            assert_run(arguments, USAGE);
            assert_says("one/train/good");
            assert_says("one/test");
        }
    assert_run("audit sets/one/ground_truth", USAGE);
    assert_says("masks");
    assert_run("audit sets/one/train/good -q", OK);
    assert_run("score part.bank sets/one/test -q", OK);
    assert_run("score part.bank refs/00.png sets/one/test/good -q", OK);
    assert_script(
        "mkdir -p visa/pcb/Data/Images/Normal visa/pcb/Data/Masks && cp refs/*.png visa/pcb/Data/Images/Normal/", OK);
    assert_run("fit visa/pcb -o x.bank", USAGE);
    assert_says("Images/Normal");
}

static void datasets_says_what_is_left_out(void **state)
{
    (void)state;
    assert_script("cp -r sets/one odd && cp refs/00.png odd/train/stray.png && for f in odd/ground_truth/*/*.png; do "
                  "mv $f ${f%.png}.jpg; done",
                  OK);
    assert_run("datasets odd", OK);
    assert_says("1 images in train/ beside train/good are left out");
    assert_says("are JPEG");
    assert_does_not_say("no masks");
}

static void masks_are_found_whatever_their_ending(void **state)
{
    (void)state;
    static const char *const endings[] = {"PNG", "tif", "TIFF", "bmp"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char script[512];
        snprintf(
            script, sizeof script,
            "rm -rf named && cp -r sets/one named && for f in named/ground_truth/*/*.png; do mv $f ${f%%.png}.%s; done",
            endings[i]);
        assert_script(script, OK);
        assert_run("eval part.bank named/test", OK);
        assert_says("pixel AUROC");
    }
}

/* ---- orders and outputs ---- */

static void mixed_up_arguments_are_explained(void **state)
{
    (void)state;
    assert_run("score refs part.bank", USAGE);
    assert_says("the bank comes first");
    assert_run("eval set part.bank", USAGE);
    assert_says("the bank comes first");
    assert_run("extract refs -o x.txt", USAGE);
    assert_says("-o x.txt.npy");
    assert_int_equal(exists("x.txt"), 0);
}

static void features_of_unknown_origin_are_said_to_be(void **state)
{
    (void)state;
    assert_run("score part.bank study/features/test_features.npy", OK);
    assert_says("what made the features of study/features/test_features.npy is unknown");
    assert_run("extract refs -o known.npy -q", OK);
    assert_run("score part.bank known.npy", OK);
    assert_does_not_say("is unknown");
}

static void fewer_images_than_asked_for_are_said(void **state)
{
    (void)state;
    assert_run(
        "experiment main --cache study -o r --categories all --limits 5,100 --seeds 0 --contamination 0 --methods fast "
        "--setup disjoint --plan",
        OK);
    assert_says("100 references are asked for");
    assert_says("12");
    assert_run(
        "experiment main --cache study -o r --categories all --limits 5,12 --seeds 0 --contamination 0 --methods fast "
        "--setup disjoint --plan",
        OK);
    assert_does_not_say("asked for");
}

static void eval_gives_every_part_as_json(void **state)
{
    (void)state;
    json_t *root = NULL;
    char path[512];
    assert_run("eval part.bank set --json e.json -q", OK);
    in_root("e.json", path);
    assert_non_null(root = json_load_file(path, 0, NULL));
    const json_t *parts = json_object_get(root, "parts");
    assert_int_equal(json_array_size(parts), json_integer_value(json_object_get(root, "n_good")) +
                                                 json_integer_value(json_object_get(root, "n_defect")));
    int64_t n_defect = 0;
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);
        const char *file = json_string_value(json_object_get(part, "path"));
        const int label = (int)json_integer_value(json_object_get(part, "label"));
        assert_int_equal(label, strstr(file, "/good/") == NULL);
        assert_true(json_is_real(json_object_get(part, "score")));
        assert_true(json_is_string(json_object_get(part, "verdict")));
        n_defect += label;
    }
    assert_int_equal(n_defect, json_integer_value(json_object_get(root, "n_defect")));
    json_decref(root);
}

static void the_bank_of_before_is_kept(void **state)
{
    (void)state;
    assert_script("cp part.bank kept.bank && cp part.bank first", OK);
    assert_run("fit refs -o kept.bank --false-alarm-rate 0.2 -q", OK);
    assert_script("cmp first kept.bank.previous && ! cmp -s first kept.bank && cp kept.bank second", OK);
    assert_run("fit refs -o kept.bank --false-alarm-rate 0.1 -q", OK);
    assert_script("cmp second kept.bank.previous && echo notes > kept.bank.previous && cp kept.bank third", OK);
    assert_run("fit refs -o kept.bank -q", 4);
    assert_says("kept.bank.previous");
    assert_script("cmp kept.bank third && grep -q notes kept.bank.previous", OK);
    assert_script("echo text > no_bank", OK);
    assert_run("fit refs -o no_bank -q", OK); /* it was told to */
    assert_int_equal(exists("no_bank.previous"), 0);
}

/* ---- heatmaps ---- */

static void heatmaps_are_no_parts(void **state)
{
    (void)state;
    assert_script("cp -r set/test/good judged", OK);
    assert_run("score part.bank judged --heatmaps judged/maps --csv first.csv -q", OK);
    assert_run("score part.bank judged --heatmaps judged/maps --csv second.csv -q", OK);
    assert_script("cmp first.csv second.csv && test $(wc -l < first.csv) = 5", OK);
    assert_run("score part.bank judged/maps/0.png --csv third.csv -q", OK); /* who names it means it */
}

static void long_names_have_heatmaps_too(void **state)
{
    (void)state;
    /* two photos in deep folders, whose names are alike for 255 bytes and more once they are flattened */
    assert_script(
        "a=$(printf 'a%.0s' $(seq 100)); b=$(printf '\\303\\251%.0s' $(seq 60)); mkdir -p \"deep/$a/$b/$a\" && "
        "cp refs/00.png \"deep/$a/$b/$a/one.png\" && cp refs/01.png \"deep/$a/$b/$a/two.png\" && "
        "cp refs/02.png deep/other.png",
        OK);
    assert_run("score part.bank deep --heatmaps deep_maps --csv deep.csv -q", OK);
    assert_script("test $(ls deep_maps | wc -l) = 3 && test $(ls deep_maps | sort -u | wc -l) = 3 && ls deep_maps | "
                  "iconv -f UTF-8 "
                  "-t UTF-8 > /dev/null",
                  OK);
    assert_script(
        "cut -d , -f 4 deep.csv | tail -n +2 | tr -d '\\r' | while read -r f; do test -f \"$f\" || exit 1; done", OK);
}

/* ---- interrupted ---- */

static void an_interrupted_score_keeps_its_rows(void **state)
{
    (void)state;
    /* A signal comes when the first batch is judged, whose heatmaps are there then; the second is on its way */
    assert_script("mkdir many && for i in $(seq 120); do ln -s ../refs/00.png many/$i.png; done", OK);
    const int status = run_script(
        "\"$P\" score part.bank many --csv many.csv --heatmaps many_maps --threads 1 > many.out 2> many.err & "
        "p=$!; for i in $(seq 1200); do test $(ls many_maps 2>/dev/null | wc -l) -ge 32 && break; "
        "sleep 0.05; done; kill -TERM $p; wait $p");
    if (status == OK)
        skip(); /* too fast to be interrupted */
    assert_int_equal(status, INTERRUPTED);
    assert_script("n=$(grep -o '[0-9]* of 120 parts' many.err | cut -d ' ' -f 1); test \"$n\" -ge 32 && "
                  "test $(wc -l < many.csv) = $((n + 1)) && ! ls .many* 2>/dev/null",
                  OK);
}

/* ---- memory ---- */

/* With memory for less and less of the work, oneDNN's part of it among that: an error or no error, never a crash, and no half file. */
static void short_memory_is_no_crash(void **state)
{
    (void)state;
    if (PB_IS_SANITIZED)
        skip(); /* a sanitizer's shadow takes more than any limit */
    for (int kilobytes = 60000; kilobytes <= 84000; kilobytes += 800) {
        char script[512];
        snprintf(script, sizeof script,
                 "(ulimit -c 0; ulimit -v %d; \"$P\" score part.bank refs/00.png refs/01.png --threads 1 --csv "
                 "short.csv -q)",
                 kilobytes);
        const int status = run_script(script);
        if (status != OK && status != 4 && status != 127) /* 127: not enough for the shared libraries */
            fail_msg("%d KB: exit status %d: %s", kilobytes, status, program_output);
        assert_script("! ls .short* 2>/dev/null", OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_data_set_is_no_folder_of_photos),
        cmocka_unit_test(datasets_says_what_is_left_out),
        cmocka_unit_test(masks_are_found_whatever_their_ending),
        cmocka_unit_test(mixed_up_arguments_are_explained),
        cmocka_unit_test(features_of_unknown_origin_are_said_to_be),
        cmocka_unit_test(fewer_images_than_asked_for_are_said),
        cmocka_unit_test(eval_gives_every_part_as_json),
        cmocka_unit_test(the_bank_of_before_is_kept),
        cmocka_unit_test(heatmaps_are_no_parts),
        cmocka_unit_test(long_names_have_heatmaps_too),
        cmocka_unit_test(an_interrupted_score_keeps_its_rows),
        cmocka_unit_test(short_memory_is_no_crash),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_program_folder);
}
