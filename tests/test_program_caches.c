/* The program on data sets and caches: what it lists, kill -9 at any moment, full disks, locks, caches in place of images. */
#include "program.h"
#include "trees.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>

#include <jansson.h>

static int make_tree(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder - 8);
    strcat(strcpy(tree_root, program_folder), "/data");
    mkdir(tree_root, 0777);
    tree_make_benchmarks();
    return 0;
}

static json_t *load_json(const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    json_t *value = json_load_file(path, 0, &error);
    if (!value)
        fail_msg("%s: %s", name, error.text);
    return value;
}

/* A cache names photos by the whole path, and kinds as its studies do. */
static void assert_same_but_for_names(const char *a, const char *b)
{
    static const char without[] = "grep -vE '\"(path|kind)\"'";
    char line[512];
    snprintf(line, sizeof line, "%s %s >a.txt && %s %s >b.txt && cmp a.txt b.txt", without, a, without, b);
    shell(line);
}

static void datasets_lists_categories_and_oddities(void **state)
{
    (void)state;
    assert_run("datasets data --json data.json", 0);
    assert_says("mvtec_AD/bottle               6          3            3        3  mvtec_AD");
    assert_says("6 categories                 22         10           13       13");
    assert_says("btad/01: test/ok is labelled good here");
    assert_says("VisA: 10 of 12 categories are missing");
    json_t *object = load_json("data.json");
    const json_t *categories = json_object_get(object, "categories");
    assert_int_equal(json_array_size(categories), 6);
    const json_t *loco = json_array_get(categories, 4);
    assert_string_equal(json_string_value(json_object_get(loco, "name")), "mvtec_loco_AD/pushpins");
    assert_string_equal(json_string_value(json_object_get(loco, "layout")), "mvtec_loco_AD");
    assert_int_equal(json_integer_value(json_object_get(loco, "masks")), 2);
    json_decref(object);
    tree_text("bad/train/good/0.png", "text");
    tree_photo("bad/train/good/1.png", 1);
    assert_run("datasets data/bad", 0);
    assert_says("data/bad/train/good/0.png");
    tree_photo("bad/train/good/2.png", 1);
    tree_photo("bad/test/good/0.png", 2);
    tree_photo("bad/test/cut/0.png", 3);
    tree_mask("bad/ground_truth/cut/0.png", TREE_WIDTH, TREE_HEIGHT, 0, 0);
    assert_run("datasets data/bad --json bad.json", 0);
    assert_says("1 of 3 training images is an exact copy of others, first ");
    assert_says("data/bad/train/good/2.png of ");
    assert_says("1 of 1 masks mark no pixel and count as free of defects, first ");
    object = load_json("bad.json");
    assert_int_equal(
        json_array_size(json_object_get(json_array_get(json_object_get(object, "categories"), 0), "notes")), 3);
    json_decref(object);
    assert_run("datasets data/bad --names-only", 0);
    assert_says("Nothing odd by name; files were not opened.");
    assert_null(strstr(program_output, "good/0.png"));
    assert_run("datasets data --categories quick", 2);
    assert_says("mvtec_AD/screw");
    assert_run("datasets nowhere", 3);
    shell("rm -r data/bad");
    assert_run("datasets", 2);
}

static int entry_exists(const char *name)
{
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    return stat(path, &info) == 0;
}

static long file_size(const char *name)
{
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    return stat(path, &info) == 0 ? (long)info.st_size : 0;
}

static void caches_are_written_and_checked(void **state)
{
    (void)state;
    shell("find data -printf '%p %T@ %s\\n' | sort > before.txt; chmod -R a-w data");
    assert_run("cache data -o caches", 0);
    shell("find data -printf '%p %T@ %s\\n' | sort > after.txt; chmod -R u+w data; cmp before.txt after.txt");
    assert_says("categories, ");
    assert_says("images, ");
    assert_says("of features (float32, builtin)");
    assert_says("mvtec_AD/bottle: 6 training and 6 test images");
    assert_says("btad/01: test/ok is labelled good here");
    assert_says("VisA: 10 of 12 categories are missing");
    assert_true(entry_exists("caches/mvtec_AD__bottle/all_train_features.npy"));
    assert_true(entry_exists("caches/VisA__pcb1/test_labels.npy"));
    assert_run("cache data -o caches", 0);
    assert_says("images were done in earlier runs");
    assert_says("mvtec_AD/bottle: 12 images, done before");
    assert_run("cache --check caches", 0);
    assert_says("caches are sound");
    assert_run("cache --check caches/btad__01", 0);
    assert_says("btad/01: 3 training and 3 test images, 784 patches x 35 channels, float32, builtin");
    shell("cp -r caches wrong && printf x >> wrong/btad__01/test_paths.txt && mkdir wrong/x.partial && "
          "cp wrong/btad__01/cache.json wrong/x.partial/job.json");
    assert_run("cache --check wrong", 3);
    assert_says("test_paths.txt has");
    assert_says("x.partial is not finished");
    assert_says("2 of ");
    shell("cp -r caches gone && rm gone/btad__01/*.npy gone/mvtec_AD__cable/*.npy gone/mvtec_AD__cable/cache.json");
    assert_run("cache --check gone", 3);
    assert_says("gone/btad__01/all_train_features.npy is missing");
    assert_says("gone/mvtec_AD__cable/all_train_features.npy is missing");
    assert_says("2 of ");
    assert_run("cache --check gone/btad__01", 3);
    assert_run("info gone", 3);
    assert_run("cache --check data", 3);
    assert_says("holds no cache");
}

static void choices_are_obeyed(void **state)
{
    (void)state;
    assert_run("cache data", 2);
    assert_says("-o CACHE");
    assert_run("cache -o nowhere", 2);
    assert_says("cache needs the folder of a data set: purebank cache ROOT -o CACHE");
    assert_run("cache --check", 2);
    assert_says("cache --check needs the folder of caches");
    assert_run("cache data -o gate --categories gate --f16", 0);
    assert_says("4 categories");
    assert_says("float16");
    assert_run("cache data -o debug --debug", 0);
    assert_says("2 categories");
    assert_false(entry_exists("debug/VisA__pcb1"));
    assert_run("cache data -o named --categories pcb1,btad", 0);
    assert_true(entry_exists("named/VisA__pcb1"));
    assert_true(entry_exists("named/btad__01"));
    assert_false(entry_exists("named/VisA__candle"));
    assert_run("cache data -o gate --categories gate", 3);
    assert_says("holds float16, this run is to write float32; use another folder, or --force");
    assert_run("cache data -o gate --categories pcb1 --force", 3); /* would mix float16 and float32 in one folder */
    assert_run("cache data -o caches --backbone dinov9", 2);
}

/* A category of more images than one batch, so that kills meet the middle of a file. */
static void make_many(void)
{
    char name[64];
    if (entry_exists("data2"))
        return;
    strcat(strcpy(tree_root, program_folder), "/data2");
    mkdir(tree_root, 0777);
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "many/train/good/%02d.png", i);
        tree_photo(name, i);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "many/test/%s/%02d.png", i % 2 ? "good" : "dent", i);
        tree_photo(name, 100 + i);
    }
    tree_photo("small/train/good/0.png", 1);
    strcat(strcpy(tree_root, program_folder), "/data");
}

/* Starts "purebank cache data2 -o OUTPUT" on one thread; what it prints goes to log.txt. */
static pid_t start_cache(const char *output)
{
    const pid_t child = fork();
    if (child == 0) {
        if (chdir(program_folder) != 0)
            _exit(99);
        const int file = open("log.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        execl(PB_PROGRAM, "purebank", "cache", "data2", "-o", output, "--threads", "1", (char *)NULL);
        _exit(99);
    }
    return child;
}

static void pause_for(long microseconds)
{
    const struct timespec pause = {0, microseconds * 1000};
    nanosleep(&pause, NULL);
}

/* Starts the program and kills it after `microseconds`; true when it had ended by itself before. */
static int run_and_kill(long microseconds)
{
    int status;
    const pid_t child = start_cache("killed");
    pause_for(microseconds);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void killed_runs_go_on_to_the_same_bytes(void **state)
{
    (void)state;
    test_rng rng = {2026};
    make_many();
    const double started = test_seconds();
    assert_run("cache data2 -o undisturbed", 0);
    /* Of what it takes here, so that most rounds of a slow machine get on, too. */
    const double longest = (test_seconds() - started) * 0.6e6;
    int n_kills = 0;
    for (int round = 0; round < test_repeats(1, 3); round++) {
        shell("rm -rf killed");
        for (int i = 0; i < 200 && !run_and_kill((long)(1000 + test_rng_uniform(&rng) * longest)); i++)
            n_kills++;
        assert_run("cache data2 -o killed", 0);
        shell("diff -r -x .purebank.lock killed undisturbed");
        shell("test \"$(ls -A killed | tr '\\n' ' ')\" = '.purebank.lock many small '");
    }
    assert_true(n_kills >= 1);
    assert_run("cache data2 -o killed --force", 0);
    shell("diff -r -x .purebank.lock killed undisturbed");
}

static void interrupted_runs_say_how_to_go_on(void **state)
{
    (void)state;
    int status;
    make_many();
    const pid_t child = start_cache("interrupted");
    for (int i = 0; i < 20000 && file_size("interrupted/many.partial/all_train_features.npy") < 250000; i++)
        pause_for(1000);
    kill(child, SIGINT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);
    shell("grep -q 'on disk: the same command goes on from here' log.txt");
    assert_run("cache data2 -o interrupted > again.txt", 0);
    shell("n=$(sed -n 's/.*interrupted; \\([0-9]*\\) of 81 images are on disk.*/\\1/p' log.txt) && "
          "test $n -ge 2 && grep -q \"^$n images were done in earlier runs\" again.txt");
    assert_run("cache data2 -o undisturbed", 0);
    shell("diff -r -x .purebank.lock interrupted undisturbed");
}

static void a_full_disk_is_survived(void **state)
{
    (void)state;
    char line[1024];
    make_many();
    assert_run("cache data2 -o undisturbed", 0);
    snprintf(line, sizeof line, "--version > /dev/null; cd '%s'; ulimit -f 6000; '%s' cache data2 -o full",
             program_folder, PB_PROGRAM);
    assert_run(line, 4);
    assert_says("make room and do the same again");
    assert_true(entry_exists("full/many.partial"));
    assert_false(entry_exists("full/many"));
    assert_run("cache --check full", 3);
    assert_says("many.partial is not finished");
    assert_run("cache data2 -o full", 0);
    assert_says("images were done in earlier runs");
    shell("diff -r -x .purebank.lock full undisturbed");
}

static void a_second_process_stops(void **state)
{
    (void)state;
    char path[512];
    assert_run("cache data -o locked --categories btad", 0);
    snprintf(path, sizeof path, "%s/locked/.purebank.lock", program_folder);
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_run("cache data -o locked --categories btad", 4);
    assert_says("locked is being written by another purebank (process ");
    close(fd);
    assert_run("cache data -o locked --categories btad", 0);
}

static void a_continued_run_with_other_options_is_refused(void **state)
{
    (void)state;
    char line[1024];
    make_many();
    snprintf(line, sizeof line, "--version > /dev/null; cd '%s'; ulimit -f 6000; '%s' cache data2 -o begun",
             program_folder, PB_PROGRAM);
    assert_run(line, 4);
    assert_run("cache data2 -o begun --f16", 3);
    assert_says("many.partial holds float32, this run is to write float16");
    shell("sed -i 's/\"weights_hash\": \"2/\"weights_hash\": \"3/' begun/many.partial/job.json");
    assert_run("cache data2 -o begun", 3);
    assert_says("they differ in weights_hash");
    assert_says("--force");
    assert_run("cache data2 -o begun --force", 0);
    assert_run("cache data2 -o undisturbed", 0);
    shell("diff -r -x .purebank.lock begun undisturbed");
}

/* ---- In place of images ----------------------------------------------------------------------------------------- */

/* Caches of all categories, and a bank of each kind. */
static void make_caches(void)
{
    if (!entry_exists("caches"))
        assert_run("cache data -o caches", 0);
    if (entry_exists("cached.bank"))
        return;
    assert_run("fit data/mvtec_AD/bottle/train/good -o images.bank --knn-k 2", 0);
    assert_run("fit caches/mvtec_AD__bottle -o cached.bank --knn-k 2", 0);
}

static void caches_stand_for_their_images(void **state)
{
    (void)state;
    make_caches();
    assert_run("eval images.bank data/mvtec_AD/bottle --json images.json", 0);
    assert_run("eval cached.bank caches/mvtec_AD__bottle/ --json cached.json", 0);
    assert_says("pixel AUROC");
    assert_same_but_for_names("images.json", "cached.json");
    assert_run("eval cached.bank data/mvtec_AD/bottle --json crossed.json", 0);
    assert_same_but_for_names("images.json", "crossed.json");
    assert_run("score cached.bank caches/mvtec_AD__bottle --csv cached.csv --heatmaps maps", 0);
    shell("grep -q 'test/broken_large/000.png' cached.csv && test $(ls maps | wc -l) = 6");
    assert_run("score cached.bank caches/mvtec_AD__bottle/all_train_features.npy --csv train.csv", 0);
    shell("grep -q 'train/good/005.png' train.csv");
    assert_run("audit caches/mvtec_AD__bottle --knn-k 2 --report audit.html --json audit.json", 0);
    assert_run("extract data/mvtec_AD/bottle/train/good -o images.npy", 0);
    assert_run("extract caches/mvtec_AD__bottle -o cached.npy", 0);
    shell("cmp images.npy cached.npy && cmp images.origin.json cached.origin.json && test -s cached.paths.txt");
}

static void several_masks_and_visa_are_evaluated(void **state)
{
    (void)state;
    make_caches();
    assert_run("fit data/mvtec_loco_AD/pushpins/train/good -o loco.bank --knn-k 2", 0);
    assert_run("eval loco.bank data/mvtec_loco_AD/pushpins --json images.json", 0);
    assert_says("pixel AUROC");
    assert_run("eval loco.bank caches/mvtec_loco_AD__pushpins --json cached.json", 0);
    assert_same_but_for_names("images.json", "cached.json");
    assert_null(strstr(program_output, "sPRO"));
    shell("echo '[{\"pixel_value\": 1, \"saturation_threshold\": 2, \"relative_saturation\": false}]' > "
          "data/mvtec_loco_AD/pushpins/defects_config.json");
    assert_run("eval loco.bank data/mvtec_loco_AD/pushpins --json images.json --report loco.html", 0);
    assert_says("AU-sPRO, FPR up to 5 %");
    shell("grep -q 'AU-sPRO 30' loco.html && grep -q '\"n_saturated\": 3' images.json");
    assert_run("eval loco.bank caches/mvtec_loco_AD__pushpins --json cached.json", 0);
    assert_same_but_for_names("images.json", "cached.json");
    shell("sed -i s/1/2/ data/mvtec_loco_AD/pushpins/defects_config.json");
    assert_run("eval loco.bank data/mvtec_loco_AD/pushpins --json images.json", 0);
    assert_says("no saturated overlap: ");
    assert_says("has the value 1, and");
    assert_null(strstr(program_output, "AU-sPRO"));
    shell("rm data/mvtec_loco_AD/pushpins/defects_config.json");
    assert_run("eval loco.bank data/VisA/pcb1 --json images.json", 0);
    assert_says("pixel AUROC");
    assert_run("eval loco.bank caches/VisA__pcb1 --json cached.json", 0);
    assert_same_but_for_names("images.json", "cached.json");
}

static void caches_work_without_their_photos(void **state)
{
    (void)state;
    make_caches();
    assert_run("eval cached.bank caches/mvtec_AD__bottle --json with.json", 0);
    shell("mv data elsewhere");
    assert_run("eval cached.bank caches/mvtec_AD__bottle --json without.json --report without.html", 0);
    assert_says("6 of 6 photos are not where the cache says");
    assert_says("image figures only, and the report shows heatmaps without photos");
    json_t *with = load_json("with.json"), *without = load_json("without.json");
    assert_true(json_equal(json_object_get(with, "image"), json_object_get(without, "image")));
    assert_true(json_is_null(json_object_get(without, "pixel")));
    assert_true(json_is_object(json_object_get(with, "pixel")));
    json_decref(with);
    json_decref(without);
    assert_true(entry_exists("without.html"));
    assert_run("score cached.bank caches/mvtec_AD__bottle --heatmaps nomaps", 2);
    assert_says("leave out --heatmaps");
    assert_run("fit caches/mvtec_AD__bottle -o again.bank --knn-k 2 --report again.html", 0);
    assert_run("cache --check caches", 0);
    shell("mv elsewhere data");
}

static void caches_made_elsewhere_say_so(void **state)
{
    (void)state;
    static const char folder[] = PB_GOLDEN_DIR "/cache/foreign__widget";
    char line[1024];
    make_caches();
    snprintf(line, sizeof line, "fit '%s' -o foreign.bank --knn-k 2 --audit off", folder);
    assert_run(line, 0);
    assert_says("was made elsewhere, and what made its features is unknown");
    snprintf(line, sizeof line, "eval foreign.bank '%s' --json foreign.json", folder);
    assert_run(line, 0);
    assert_says("3 of 3 photos are not where the cache says (first D:/data/foreign/widget/test/cut/000.png)");
    snprintf(line, sizeof line, "eval cached.bank '%s'", folder);
    assert_run(line, 3);
    assert_says("the bank");
    snprintf(line, sizeof line, "info '%s' --json info.json", folder);
    assert_run(line, 0);
    assert_says("foreign/widget");
    assert_says("unknown");
    json_t *info = load_json("info.json");
    assert_true(json_is_false(json_object_get(info, "described")));
    json_decref(info);
    assert_run("info caches", 0);
    assert_says("caches/VisA__pcb1: feature cache");
    assert_says("6 training, 6 test (3 good, 3 defect)");
}

static void wrong_uses_are_explained(void **state)
{
    (void)state;
    make_caches();
    assert_run("audit caches", 3);
    assert_says("holds caches, not images: name one of them, such as caches/VisA__candle");
    assert_run("audit caches/mvtec_AD__bottle data/mvtec_AD/bottle/train", 2);
    assert_says("a cache must be the only input");
    assert_run("fit caches/VisA__candle -o x.bank", 3);
    shell("cp -r caches/mvtec_AD__bottle torn && truncate -s 9000 torn/test_features.npy");
    assert_run("eval cached.bank torn", 3);
    assert_says("torn/test_features.npy is truncated");
    shell("rm torn/test_*");
    assert_run("score cached.bank torn", 3);
    assert_says("torn has no test_features.npy");
}

static void damaged_and_unfinished_caches_are_refused(void **state)
{
    (void)state;
    make_caches();
    shell("cp -r caches/mvtec_AD__bottle damaged && "
          "printf x | dd of=damaged/all_train_features.npy bs=1 seek=5000 conv=notrunc status=none");
    assert_run("fit damaged -o x.bank --knn-k 2", 3);
    assert_says("cache --check damaged");
    assert_false(entry_exists("x.bank"));
    assert_run("score cached.bank damaged", 0); /* its other part */
    shell("mkdir work && cp -r caches/mvtec_AD__bottle work/b.partial && "
          "mv work/b.partial/cache.json work/b.partial/job.json && truncate -s 200000 work/b.partial/*features.npy");
    static const char *const commands[] = {"fit work/b.partial/ -o x.bank",
                                           "audit work/b.partial",
                                           "score cached.bank work/b.partial/test_features.npy",
                                           "eval cached.bank work/b.partial",
                                           "extract work/b.partial -o x.npy",
                                           "cache --check work"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        assert_run(commands[i], 3);
        assert_says("work/b.partial is not finished: what began it has to be done again");
    }
    assert_run("info work/b.partial --json x.json", 0);
    assert_says("not finished");
}

static void a_damaged_image_costs_its_category_only(void **state)
{
    (void)state;
    shell("cp -r data sick && printf x > sick/mvtec_AD/bottle/test/good/zzz.png && "
          "mkdir -p sick/mvtec_AD/tile/train/good sick/mvtec_AD/tile/test/good");
    assert_run("cache sick -o sickly", 3);
    assert_says("sick/mvtec_AD/tile has no images: left out");
    assert_says("mvtec_AD/bottle is not finished: ");
    assert_says("zzz.png");
    assert_says("1 of 6 categories could not be finished");
    assert_false(entry_exists("sickly/mvtec_AD__bottle"));
    assert_true(entry_exists("sickly/VisA__pcb1/cache.json"));
    assert_true(entry_exists("sickly/btad__01/cache.json"));
    assert_run("cache --check sickly", 3);
    assert_says("mvtec_AD__bottle.partial is not finished");
    assert_run("cache sick -o sickly --categories mvtec_AD/bottle", 3);
    assert_null(strstr(program_output, "of 1 categories"));
    assert_run("cache sick -o sickly --categories mvtec_AD/tile", 3);
    assert_says("mvtec_AD/tile has no images");
    shell("rm sick/mvtec_AD/bottle/test/good/zzz.png"); /* another list: what was begun is not its own any more */
    assert_run("cache sick -o sickly", 3);
    assert_says("--force --categories mvtec_AD/bottle");
    assert_run("cache sick -o sickly --categories mvtec_AD/bottle --force", 0);
    assert_run("cache sick -o sickly", 0);
    assert_run("cache --check sickly", 0);
}

static void copies_in_a_cache_are_warned_of(void **state)
{
    (void)state;
    make_caches();
    shell("mkdir photos && for i in 0 1 2 3 4 5; do for p in 0 1 2; do "
          "cp data/mvtec_AD/bottle/train/good/00$p.png photos/$p$i.png; done; done");
    assert_run("cache photos -o copied", 0);
    assert_run("fit copied/photos -o copied.bank --false-alarm-rate 10%", 0);
    assert_says("photos/01.png has the very features of ");
    assert_says("and 12 more are copies: 15 of 18 references in all");
    assert_says("is practically 0");
    assert_says("It promises nothing");
    assert_null(strstr(program_output, "without assumptions"));
    shell("mkdir turns && for i in 0 1 2 3 4 5; do for p in 0 1 2; do cp photos/$p$i.png turns/$i$p.png; done; done");
    assert_run("cache turns -o copied", 0);
    assert_run("fit copied/turns -o copied.bank --false-alarm-rate 10%", 0);
    assert_says("is practically 0");
    assert_run("audit copied/photos/all_train_features.npy", 0);
    assert_says("and 12 more are copies: 15 of 18 references in all");
    assert_run("fit caches/mvtec_AD__bottle -o x.bank --knn-k 2", 0);
    assert_null(strstr(program_output, "practically 0"));
    assert_null(strstr(program_output, "very features"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datasets_lists_categories_and_oddities),
        cmocka_unit_test(caches_are_written_and_checked),
        cmocka_unit_test(choices_are_obeyed),
        cmocka_unit_test(killed_runs_go_on_to_the_same_bytes),
        cmocka_unit_test(interrupted_runs_say_how_to_go_on),
        cmocka_unit_test(a_full_disk_is_survived),
        cmocka_unit_test(a_second_process_stops),
        cmocka_unit_test(a_continued_run_with_other_options_is_refused),
        cmocka_unit_test(caches_stand_for_their_images),
        cmocka_unit_test(several_masks_and_visa_are_evaluated),
        cmocka_unit_test(caches_work_without_their_photos),
        cmocka_unit_test(caches_made_elsewhere_say_so),
        cmocka_unit_test(wrong_uses_are_explained),
        cmocka_unit_test(damaged_and_unfinished_caches_are_refused),
        cmocka_unit_test(a_damaged_image_costs_its_category_only),
        cmocka_unit_test(copies_in_a_cache_are_warned_of),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_program_folder);
}
