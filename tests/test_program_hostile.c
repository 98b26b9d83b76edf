/* What a command must not touch, and what it must notice: a command writes, truncates and unlinks only what it made or was told
 * to replace, and companions change together with their file. */
#include "photos.h"

#include <errno.h>
#include <sys/stat.h>

#include "caches.h"

enum { OK = 0, USAGE = 2, BAD_INPUT = 3, RESOURCES = 4 };

static int make_inputs(void **state)
{
    (void)state;
    make_photos();
    assert_run("fit refs -o part.bank", OK);
    cache_make(program_folder, "features", (cache_sizes){.n_train = 20, .n_good = 10, .n_bad = 10, .side = 4, .dim = 6},
               1);
    assert_script("mkdir study && mv features study/", OK);
    return 0;
}

/* ---- merge ---- */

static const char HEADER[] = "dataset;contamination_rate;purification_method;train_limit;seed;img_auroc";

static void write_results(const char *name, const char *row, const char *setup)
{
    char text[1024], path[128];
    snprintf(text, sizeof text, "%s\n%s\n", HEADER, row);
    write_bytes(name, text, strlen(text));
    if (!setup)
        return;
    snprintf(path, sizeof path, "%s.json", name);
    snprintf(
        text, sizeof text,
        "{\"setup\":\"%s\",\"features\":{\"backbone\":\"\",\"weights_hash\":\"\",\"layer\":\"\",\"precision\":\"\","
        "\"input_height\":0,\"input_width\":0,\"preprocessing\":\"\",\"grid_height\":1,\"grid_width\":1,\"dim\":1}}",
        setup);
    write_bytes(path, text, strlen(text));
}

static void a_failed_merge_leaves_rows_and_their_setup(void **state)
{
    (void)state;
    write_results("all.csv", "a;0.0;none;5;0;0.5", "shared");
    write_results("d1.csv", "a;0.0;none;5;0;0.7", "disjoint");
    write_results("d2.csv", "a;0.0;none;5;0;0.8", "disjoint");
    assert_script("cp all.csv before.csv && cp all.csv.json before.csv.json", OK);
    assert_run("merge d1.csv d2.csv -o all.csv", BAD_INPUT);
    assert_script("cmp all.csv before.csv && cmp all.csv.json before.csv.json", OK);
}

static void rows_of_unknown_setup_take_no_older_json(void **state)
{
    (void)state;
    write_results("known.csv", "a;0.0;none;5;0;0.7", "disjoint");
    write_results("unknown.csv", "a;0.0;none;5;0;0.5", NULL);
    assert_run("merge unknown.csv -o known.csv", OK);
    assert_script("grep -q 0.5 known.csv && ! test -e known.csv.json && ! ls .known* 2>/dev/null", OK);
}

/* ---- cache ---- */

static void cache_removes_nothing_that_it_did_not_make(void **state)
{
    (void)state;
    assert_script("mkdir -p o1/set.partial && echo mine > o1/set.partial/notes.txt", OK);
    assert_run("cache set -o o1", RESOURCES);
    assert_says("notes.txt was not made by purebank");
    assert_run("cache set -o o1 --force", RESOURCES);
    assert_script("grep -q mine o1/set.partial/notes.txt", OK);

    assert_script("mkdir home o2 && echo thesis > home/thesis.tex && ln -s ../home o2/set.partial", OK);
    assert_run("cache set -o o2", RESOURCES);
    assert_says("is a link");
    assert_script("grep -q thesis home/thesis.tex", OK);

    /* names of its own, but links: what they lead to is somebody's */
    assert_script(
        "mkdir -p o3/set.partial && echo victim > v.txt && ln -s ../../v.txt o3/set.partial/test_features.npy && "
        "echo '{}' > o3/set.partial/job.json",
        OK);
    assert_run("cache set -o o3", RESOURCES);
    assert_script("grep -q victim v.txt && test -L o3/set.partial/test_features.npy", OK);
}

static void a_replaced_cache_that_is_a_link_stays(void **state)
{
    (void)state;
    assert_run("cache set -o o6 -q", OK);
    assert_script("mkdir o7 && ln -s ../o6/set o7/set && ls o6/set > before.txt", OK);
    assert_run("cache set -o o7 --force", RESOURCES);
    assert_says("is a link");
    assert_script("ls o6/set | cmp - before.txt && test -L o7/set", OK);
}

static void a_lock_is_not_written_over_other_files(void **state)
{
    (void)state;
    assert_script("mkdir o4 && echo important > w.txt && ln -s ../w.txt o4/.purebank.lock", OK);
    assert_run("cache set -o o4", RESOURCES);
    assert_script("grep -q important w.txt", OK);
    assert_script("mkdir o5 && echo 'my notes' > o5/.purebank.lock", OK);
    assert_run("cache set -o o5", RESOURCES);
    assert_says("is no lock of purebank's");
    assert_script("grep -q 'my notes' o5/.purebank.lock", OK);
}

/* ---- a photo that is replaced under its name ---- */

static void replaced_photos_are_noticed(void **state)
{
    (void)state;
    assert_script("cp -r set stale_set", OK);
    assert_run("cache stale_set -o stale -q", OK);
    assert_run("cache stale_set -o stale", OK);
    assert_says("done before");
    assert_run("cache stale --check", OK);
    /* touched or copied, but the same */
    assert_script("touch -d 2001-01-01 stale_set/test/good/0.png", OK);
    assert_run("cache stale_set -o stale", OK);
    /* another photo */
    assert_script("cp stale_set/test/good/1.png stale_set/test/good/0.png", OK);
    assert_run("cache stale_set -o stale", BAD_INPUT);
    assert_says("test/good/0.png has been replaced or changed");
    assert_says("--force");
    assert_run("cache stale --check", BAD_INPUT);
    assert_says("test/good/0.png has been replaced or changed");
    /* the same size and time: only reading it tells, which --check does */
    assert_script("cp -r set sly_set", OK);
    assert_run("cache sly_set -o sly -q", OK);
    assert_script(
        "f=sly_set/test/good/0.png; t=$(stat -c %y $f); printf x | dd of=$f bs=1 seek=40 conv=notrunc 2>/dev/null; "
        "touch -d \"$t\" $f",
        OK);
    assert_run("cache sly --check", BAD_INPUT);
    assert_says("test/good/0.png has been replaced or changed");
    assert_run("cache stale_set -o stale --force -q", OK);
    assert_run("cache stale --check", OK);
    /* a cache may go where its photos are not */
    assert_script("mv stale_set gone && \"$P\" cache stale --check", OK);
    assert_says("not compared");
}

static void replaced_photos_end_a_resumed_run(void **state)
{
    (void)state;
    assert_script("cp -r set torn_set && echo no image > torn_set/test/good/9.png", OK);
    assert_run("cache torn_set -o torn", BAD_INPUT);
    assert_script("cp torn_set/test/good/1.png torn_set/test/good/0.png", OK);
    assert_run("cache torn_set -o torn", BAD_INPUT);
    assert_says("has been replaced or changed");
}

/* ---- results ---- */

static void results_that_are_not_understood_are_not_cut(void **state)
{
    (void)state;
    static const char run[] =
        "experiment main --cache study -o r --categories all --limits 5 --seeds 0 --contamination 0 "
        "--methods fast --setup disjoint -q";
    assert_run(run, OK);
    assert_script("cp r/results_v2.csv whole.csv && tr -d '\\n' < whole.csv > cr.csv && cp cr.csv r/results_v2.csv",
                  OK);
    assert_run(run, BAD_INPUT); /* line ends of an old Mac, which `tables` reads */
    assert_says("line feed");
    assert_script("cmp cr.csv r/results_v2.csv && printf 'my notes, no line end' > r/results_v2.csv", OK);
    assert_run(run, BAD_INPUT);
    assert_script("printf 'my notes, no line end' | cmp - r/results_v2.csv", OK);
    /* what a run that was killed as it began leaves, is cut */
    assert_script("head -c 30 whole.csv > r/results_v2.csv", OK);
    assert_run(run, OK);
    assert_script("head -c -20 whole.csv > r/results_v2.csv && head -c 9 /dev/zero >> r/results_v2.csv", OK);
    assert_run(run, OK);
    assert_run("compare whole.csv r/results_v2.csv", OK);
}

/* ---- score ---- */

static void a_cache_is_not_written_over(void **state)
{
    (void)state;
    assert_script("cp -r study/features scored && (cd scored && md5sum *) > sums", OK);
    assert_run("fit scored -o scored.bank", OK);
    static const char *const files[] = {"test_features.npy", "all_train_features.npy", "test_paths.txt",
                                        "test_labels.npy"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char arguments[256];
        snprintf(arguments, sizeof arguments, "score scored.bank scored --csv scored/%s -q", files[i]);
        assert_run(arguments, USAGE);
        snprintf(arguments, sizeof arguments, "fit scored -o scored/%s -q", files[i]);
        assert_run(arguments, USAGE);
        snprintf(arguments, sizeof arguments, "score scored.bank scored/test_features.npy --json scored/%s -q",
                 files[i]);
        assert_run(arguments, USAGE);
    }
    assert_script("(cd scored && md5sum *) | cmp - sums", OK);
    assert_run("extract refs -o refs.npy -q", OK);
    assert_run("score part.bank refs.npy --csv refs.paths.txt", USAGE);
    assert_run("score part.bank refs.npy --csv refs.origin.json", USAGE);
}

/* ---- extract ---- */

static void a_failed_extract_leaves_all_three_files(void **state)
{
    (void)state;
    assert_run("extract refs -o three.npy -q", OK);
    assert_script("md5sum three.* > three_sums", OK);
    /* 8 refs of 784 x 35 floats are 878 KB: a limit of 500 KB ends the write as a full disk does */
    assert_script("mkdir other && cp refs/0[1-7].png other/ && cp refs/01.png other/zz.png && (ulimit -f 500; \"$P\" "
                  "extract other "
                  "-o three.npy -q)",
                  RESOURCES);
    assert_script("md5sum -c --quiet three_sums && ! ls .three* 2>/dev/null", OK);
    /* ... and where it comes late, in a companion: a folder stands in its place */
    assert_script("rm three.origin.json && mkdir -p three.origin.json/x && md5sum three.npy three.paths.txt > two_sums",
                  OK);
    assert_run("extract other -o three.npy -q", RESOURCES);
    assert_script("md5sum -c --quiet two_sums && ! ls .three* 2>/dev/null && rm -r three.origin.json", OK);
    /* features of unknown origin take no older origin and no older names */
    assert_run("extract refs -o three.npy -q", OK);
    assert_run("extract study/features -o three.npy -q", OK);
    assert_script("! test -e three.origin.json && test $(wc -l < three.paths.txt) = 20", OK);
}

/* ---- what stands in files and names ---- */

static void terminals_are_not_told_what_to_do(void **state)
{
    (void)state;
    assert_run("extract refs -o esc.npy -q", OK);
    assert_script(
        "sed -i 's/\"preprocessing\": \"/&\\\\u001b]0;owned\\\\u0007\\\\u001b[31mred\\\\u202e/' esc.origin.json && "
        "sed -i 's/\"backbone\": \"/&\\\\u001b[2J\\\\n/' esc.origin.json && grep -q u001b esc.origin.json",
        OK);
    assert_run("info esc.npy", OK);
    assert_says("owned");
    for (const char *c = program_output; *c; c++)
        if ((*c < ' ' && *c >= 0 && *c != '\n') || *c == 0x7f)
            fail_msg("byte %d in: %s", *c, program_output);
    assert_null(strstr(program_output, "\xe2\x80\xae"));
    assert_run("fit esc.npy -o esc.bank", OK);
    assert_null(strchr(program_output, '\x1b'));
    assert_run("info esc.bank", OK);
    assert_null(strchr(program_output, '\x1b'));
    assert_null(strchr(program_output, '\a'));
}

static void names_are_no_formulas(void **state)
{
    (void)state;
    assert_script(
        "mkdir formulas && cp refs/00.png 'formulas/=1+2.png' && cd formulas && \"$P\" score ../part.bank '=1+2.png' "
        "--csv ../f.csv -q",
        OK);
    assert_script("tail -1 f.csv | grep -q \"^'=1+2.png,\"", OK);
}

static void pipes_in_folders_are_not_waited_for(void **state)
{
    (void)state;
    assert_script("mkdir fifo && mkfifo fifo/config.json && timeout 20 \"$P\" info fifo", BAD_INPUT);
    assert_says("a pipe or a device");
    assert_script("timeout 20 \"$P\" extract refs --backbone fifo -o x.npy", BAD_INPUT);
    assert_script("cp study/features/test_features.npy p.npy && mkfifo p.origin.json && timeout 20 \"$P\" info p.npy",
                  BAD_INPUT);
    assert_script("rm p.origin.json && mkfifo p.paths.txt && timeout 20 \"$P\" audit p.npy -q", OK);
}

static void missing_permission_is_called_so(void **state)
{
    (void)state;
    /* root may write everywhere but in /sys, where that is mounted */
    if (geteuid() == 0 && (mkdir("/sys/purebank", 0700) == 0 || errno == ENOENT)) {
        rmdir("/sys/purebank");
        skip();
    }
    assert_script("mkdir locked_out && chmod a-w locked_out", OK);
    assert_run(geteuid() == 0 ? "cache set -o /sys/purebank/b" : "cache set -o locked_out/a/b", RESOURCES);
    if (!strstr(program_output, "ermission denied") && !strstr(program_output, "not permitted") &&
        !strstr(program_output, "Read-only"))
        fail_msg("%s", program_output);
}

static void models_are_looked_for_where_huggingface_hub_puts_them(void **state)
{
    (void)state;
    assert_script("d=xdg/huggingface/hub/models--org--some-model; mkdir -p $d/snapshots/r1 $d/refs && printf r1 > "
                  "$d/refs/main && "
                  "echo '{\"model_type\": \"other\"}' > $d/snapshots/r1/config.json",
                  OK);
    assert_script("env -u HF_HOME -u HF_HUB_CACHE XDG_CACHE_HOME=$PWD/xdg HOME=/nonexistent \"$P\" info org/some-model",
                  BAD_INPUT);
    assert_says("checkpoint folder");
}

static void a_broken_link_is_one_unreadable_photo(void **state)
{
    (void)state;
    assert_script("cp -r set/test/good dangling && ln -s nowhere.png dangling/1a.png", OK);
    assert_run("score part.bank dangling --csv d.csv", BAD_INPUT);
    assert_says("it is a link that leads nowhere");
    assert_script("test $(grep -c unreadable d.csv) = 1 && test $(wc -l < d.csv) = 6", OK);
}

static void a_long_category_is_refused(void **state)
{
    (void)state;
    assert_script("cp -r stale/set long 2>/dev/null || (\"$P\" cache set -o for_long -q && cp -r for_long/* long)", OK);
    assert_script("name=$(printf '%0288d' 7); sed -i \"s/\\\"category\\\": \\\"[^\\\"]*/\\\"category\\\": \\\"$name/\" "
                  "long/cache.json && "
                  "grep -q 000007 long/cache.json",
                  OK);
    assert_run("info long", BAD_INPUT);
    assert_says("the category's name has 288 bytes");
    assert_run("experiment main --cache long -o long_results --categories all --limits 5 --seeds 0 --contamination 0 "
               "--methods fast "
               "--setup disjoint -q",
               BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_merge_leaves_rows_and_their_setup),
        cmocka_unit_test(rows_of_unknown_setup_take_no_older_json),
        cmocka_unit_test(cache_removes_nothing_that_it_did_not_make),
        cmocka_unit_test(a_replaced_cache_that_is_a_link_stays),
        cmocka_unit_test(a_lock_is_not_written_over_other_files),
        cmocka_unit_test(replaced_photos_are_noticed),
        cmocka_unit_test(replaced_photos_end_a_resumed_run),
        cmocka_unit_test(results_that_are_not_understood_are_not_cut),
        cmocka_unit_test(a_cache_is_not_written_over),
        cmocka_unit_test(a_failed_extract_leaves_all_three_files),
        cmocka_unit_test(terminals_are_not_told_what_to_do),
        cmocka_unit_test(names_are_no_formulas),
        cmocka_unit_test(pipes_in_folders_are_not_waited_for),
        cmocka_unit_test(missing_permission_is_called_so),
        cmocka_unit_test(models_are_looked_for_where_huggingface_hub_puts_them),
        cmocka_unit_test(a_broken_link_is_one_unreadable_photo),
        cmocka_unit_test(a_long_category_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_program_folder);
}
