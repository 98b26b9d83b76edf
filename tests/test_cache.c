/* cache: written, killed, continued, checked, read; caches made elsewhere; float16. */
#include "trees.h"

#include <fcntl.h>
#include <math.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache/cache.h"
#include "cache/files.h"
#include "cache/partial.h"
#include "dataset/dataset.h"
#include "io/half.h"
#include "io/npy.h"

static const char *const GOLDEN = PB_GOLDEN_DIR "/cache";
static pb_dataset *dataset;
static pb_backbone *backbone;
static char caches[512];

static int make_inputs(void **state)
{
    (void)state;
    char data[512];
    test_make_temp_dir(tree_root, sizeof tree_root);
    tree_make_benchmarks();
    snprintf(data, sizeof data, "%s/mvtec_AD", tree_root);
    snprintf(caches, sizeof caches, "%s/caches", tree_root);
    assert_ok(pb_dataset_open(data, NULL, &dataset));
    assert_ok(pb_backbone_open("builtin", NULL, &backbone));
    return 0;
}

static int remove_inputs(void **state)
{
    (void)state;
    return test_remove_dir(tree_root);
}

/* Writes all categories; what happened last. */
static pb_status write_caches(const char *root, bool half, bool force)
{
    const pb_cache_options options = {.size = sizeof options, .half = half, .force = force};
    pb_cache_writer *writer;
    pb_status status = pb_cache_writer_open(root, dataset, backbone, &options, &writer);
    if (status != PB_STATUS_OK)
        return status;
    for (int64_t i = 0; i < dataset->n && status == PB_STATUS_OK; i++)
        status = pb_cache_writer_run(writer, i, NULL);
    pb_cache_writer_close(writer);
    return status;
}

static void shell(const char *format, const char *a, const char *b)
{
    char command[4096];
    snprintf(command, sizeof command, format, a, b);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static void make_caches(const char *name, char root[512])
{
    snprintf(root, 512, "%s/%s", tree_root, name);
    assert_ok(write_caches(root, false, false));
}

/* Replaces a file of mvtec_AD__bottle in a cache. */
static void overwrite(const char *root, const char *name, const void *bytes, size_t size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/mvtec_AD__bottle/%s", root, name);
    assert_ok(pb_file_write(path, bytes, size));
}

static int has_line(const pb_paths *lines, const char *text)
{
    for (int64_t i = 0; i < lines->n; i++)
        if (strstr(lines->path[i], text))
            return 1;
    return 0;
}

/* Checks <root>/<folder>; wants a problem with `text` in it, or none at all. */
static void assert_found(const char *root, const char *folder, const char *text)
{
    char path[1024];
    pb_cache_findings findings;
    snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_ok(pb_cache_check(path, &findings));
    if (text ? !has_line(&findings.problems, text) : findings.problems.n > 0)
        fail_msg("wanted %s, found %d problems: %s", text ? text : "nothing", (int)findings.problems.n,
                 findings.problems.n ? findings.problems.path[0] : "");
    pb_paths_free(&findings.problems);
    pb_paths_free(&findings.notes);
}

/* ---- Writing and reading ---------------------------------------------------------------------------------------- */

static void a_cache_holds_what_the_backbone_says(void **state)
{
    (void)state;
    char folder[1024];
    pb_cache *cache;
    pb_features *cached, *fresh;
    assert_ok(write_caches(caches, false, false));
    snprintf(folder, sizeof folder, "%s/mvtec_AD__bottle", caches);
    assert_true(pb_cache_is(folder));
    assert_false(pb_cache_is(caches));
    assert_ok(pb_cache_open(folder, &cache));
    assert_true(cache->described);
    assert_string_equal(cache->category, "mvtec_AD/bottle");
    assert_int_equal(cache->train.n, 6);
    assert_int_equal(cache->test.n, 6);
    assert_int_equal(cache->n_defect, 3);
    assert_ok(pb_origin_match(&cache->origin, "cache", pb_backbone_origin(backbone), "backbone"));
    const pb_category *bottle = &dataset->category[0];
    for (int part = 0; part < 2; part++) {
        const pb_paths *listed = part == PB_CACHE_TRAIN ? &cache->train : &cache->test;
        char **paths = part == PB_CACHE_TRAIN ? bottle->train.path : bottle->test.path;
        assert_ok(pb_cache_load(cache, (pb_cache_part)part, &cached));
        assert_ok(pb_backbone_extract_files(backbone, (const char *const *)paths, listed->n, NULL, &fresh));
        assert_int_equal(pb_features_n_images(cached), pb_features_n_images(fresh));
        assert_memory_equal(
            pb_features_data(cached), pb_features_data(fresh),
            (size_t)(pb_features_n_images(fresh) * pb_features_n_patches(fresh) * pb_features_dim(fresh)) * 4);
        for (int64_t i = 0; i < listed->n; i++)
            assert_string_equal(listed->path[i], paths[i]);
        pb_features_free(cached);
        pb_features_free(fresh);
    }
    pb_testset *set;
    int64_t n_missing;
    assert_ok(pb_cache_testset(cache, &set, &n_missing));
    assert_int_equal(n_missing, 0);
    assert_int_equal(set->n_masks, 3);
    assert_int_equal(set->label[0], 1);
    assert_string_equal(set->kind[0], "broken_large");
    pb_testset_free(set);
    pb_cache_free(cache);
    assert_found(caches, "mvtec_AD__bottle", NULL);
    assert_found(caches, "mvtec_AD__cable", NULL);
}

static void done_work_is_skipped(void **state)
{
    (void)state;
    char root[512], path[1024];
    struct stat before, after;
    make_caches("skip", root);
    snprintf(path, sizeof path, "%s/mvtec_AD__bottle/test_features.npy", root);
    assert_int_equal(stat(path, &before), 0);
    assert_ok(write_caches(root, false, false));
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino == after.st_ino && before.st_mtime == after.st_mtime);
    assert_ok(write_caches(root, false, true));
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    shell("diff -r -x .purebank.lock '%s' '%s'", root, caches);
}

typedef struct interruption {
    int64_t slow, last; /* takes long over image `slow`, cancels at image `last` */
    bool slept;
} interruption;

static int interrupt(void *context, int64_t done, int64_t total)
{
    interruption *at = context;
    (void)total;
    if (done == at->slow && !at->slept) {
        nanosleep(&(struct timespec){2, 600000000}, NULL);
        at->slept = true;
    }
    return done >= at->last;
}

/* The first call of the backbone takes an image a thread; after one that took 2.6 s a call takes one image. */
static void an_interrupted_run_keeps_what_it_says(void **state)
{
    (void)state;
    char root[512];
    const pb_cache_options options = PB_CACHE_OPTIONS_INIT;
    pb_cache_writer *writer;
    const int threads = pb_threads_get();
    snprintf(root, sizeof root, "%s/interrupted", tree_root);
    assert_ok(pb_threads_set(1));
    const interruption cases[] = {{.slow = -1, .last = 3}, {.slow = 2, .last = 4}};
    for (int i = 0; i < 2; i++) {
        interruption at = cases[i];
        assert_ok(pb_cache_writer_open(root, dataset, backbone, &options, &writer));
        assert_int_equal(pb_cache_writer_plans(writer)[0].n_done, i);
        const pb_status status = pb_cache_writer_run(writer, 0, &(pb_progress){interrupt, &at});
        assert_int_equal(status, PB_STATUS_CANCELLED);
        assert_int_equal(pb_cache_writer_plans(writer)[0].n_kept, i == 0 ? 1 : 3);
        pb_cache_writer_close(writer);
    }
    assert_ok(pb_threads_set(threads));
    assert_ok(pb_cache_writer_open(root, dataset, backbone, &options, &writer));
    assert_int_equal(pb_cache_writer_plans(writer)[0].n_done, 3);
    pb_cache_writer_close(writer);
    assert_ok(write_caches(root, false, false));
    shell("diff -r -x .purebank.lock '%s' '%s'", root, caches);
}

static void another_run_is_refused(void **state)
{
    (void)state;
    char root[512], command[1024];
    make_caches("refuse", root);
    assert_status(write_caches(root, true, false), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "holds float32, this run is to write float16"));
    snprintf(command, sizeof command, "sed -i 's/\"layer\": \"\"/\"layer\": \"17\"/' '%s/mvtec_AD__bottle/cache.json'",
             root);
    assert_int_equal(system(command), 0);
    assert_status(write_caches(root, false, false), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "they differ in layer, '17' against ''"));
    /* A run on the other category alone would mix backbones in one folder of caches, too. */
    pb_dataset *both = dataset, cable = {.n = 1, .category = &dataset->category[1]};
    dataset = &cable;
    assert_status(write_caches(root, false, false), PB_STATUS_MISMATCH);
    dataset = both;
    assert_ok(write_caches(root, false, true));
    tree_photo("mvtec_AD/bottle/train/good/006.png", 7);
    char data[512];
    snprintf(data, sizeof data, "%s/mvtec_AD", tree_root);
    assert_ok(pb_dataset_open(data, NULL, &dataset));
    assert_status(write_caches(root, false, false), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "lists other images"));
    pb_dataset_free(dataset);
    dataset = both;
    shell("rm '%s/mvtec_AD/bottle/train/good/006.png'%s", tree_root, "");
}

static void two_writers_are_one_too_many(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/.purebank.lock", caches);
    const int fd = open(path, O_RDWR | O_CREAT, 0666);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_status(write_caches(caches, false, false), PB_STATUS_OUTPUT);
    assert_non_null(strstr(pb_error_message(), "being written by another purebank"));
    close(fd);
    assert_ok(write_caches(caches, false, false));
}

/* A killed process holds its lock for as long as the system takes to free its memory. */
static void a_lock_that_is_about_to_go_is_waited_for(void **state)
{
    (void)state;
    char path[1024];
    const struct timespec pause = {0, 300 * 1000 * 1000};
    snprintf(path, sizeof path, "%s/.purebank.lock", caches);
    const int fd = open(path, O_RDWR | O_CREAT, 0666);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    const pid_t holder = fork();
    if (holder == 0) {
        nanosleep(&pause, NULL);
        _exit(0);
    }
    close(fd); /* the child has it, too */
    assert_ok(write_caches(caches, false, false));
    assert_int_equal(waitpid(holder, NULL, 0), holder);
}

/* ---- Killed ----------------------------------------------------------------------------------------------------- */

enum { N = 5, PATCHES = 4, DIM = 3, VALUES = PATCHES * DIM };

static const pb_origin small = {.grid_height = 2, .grid_width = 2, .dim = DIM};

static void small_features(int64_t first, int64_t n, float *values, pb_features **out)
{
    for (int i = 0; i < n * VALUES; i++)
        values[i] = 0.37f * (float)(first * VALUES + i);
    assert_ok(pb_features_borrow(values, n, 2, 2, DIM, out));
}

static void append_small(pb_partial *partial, int64_t n)
{
    static const char *const paths[N] = {"0", "1", "2", "3", "4"};
    float values[N * VALUES];
    pb_features *features;
    small_features(partial->n_done, n, values, &features);
    assert_ok(pb_partial_append(partial, features, paths));
    pb_features_free(features);
}

static void read_all(const char *path, uint8_t **bytes, size_t *size)
{
    assert_ok(pb_file_read(path, 1 << 20, bytes, size));
}

/* Without the fsync of pb_file_write(), which hundreds of states would wait for. */
static void write_quickly(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Whatever a kill leaves of file and log, work goes on from what is intact, and the file ends up the same. */
static void a_torn_file_goes_on_where_it_is_intact(void **state)
{
    (void)state;
    pb_partial partial;
    uint8_t *file, *log, *result;
    size_t file_size, log_size, result_size;
    char path[1024], log_path[1100];
    snprintf(path, sizeof path, "%s/all_train_features.npy", tree_root);
    snprintf(log_path, sizeof log_path, "%s.log", path);
    assert_ok(pb_partial_open(tree_root, PB_CACHE_TRAIN_FEATURES, N, &small, false, &partial));
    append_small(&partial, 2);
    append_small(&partial, 2);
    append_small(&partial, 1);
    pb_partial_close(&partial);
    read_all(path, &file, &file_size);
    read_all(log_path, &log, &log_size);
    const size_t header = file_size - N * VALUES * sizeof(float);
    for (size_t cut = 0; cut <= file_size; cut++) {
        write_quickly(path, file, cut);
        write_quickly(log_path, log, log_size);
        assert_ok(pb_partial_open(tree_root, PB_CACHE_TRAIN_FEATURES, N, &small, false, &partial));
        const size_t images = cut < header ? 0 : (cut - header) / (VALUES * sizeof(float));
        assert_int_equal(partial.n_done, images == N ? N : images / 2 * 2);
        while (partial.n_done < N)
            append_small(&partial, 1);
        pb_partial_close(&partial);
        read_all(path, &result, &result_size);
        assert_int_equal(result_size, file_size);
        assert_memory_equal(result, file, file_size);
        pb_buffer_free(result);
    }
    for (size_t cut = 0; cut <= log_size; cut++) {
        write_quickly(path, file, file_size);
        write_quickly(log_path, log, cut);
        assert_ok(pb_partial_open(tree_root, PB_CACHE_TRAIN_FEATURES, N, &small, false, &partial));
        while (partial.n_done < N)
            append_small(&partial, 1);
        pb_partial_close(&partial);
        read_all(path, &result, &result_size);
        assert_int_equal(result_size, file_size);
        assert_memory_equal(result, file, file_size);
        pb_buffer_free(result);
    }
    /* Blocks that never reached the disk before a power cut. */
    uint8_t *zeroed = malloc(file_size + 1);
    memcpy(zeroed, file, file_size);
    memset(zeroed + header + 3 * VALUES * sizeof(float), 0, VALUES * sizeof(float));
    write_quickly(path, zeroed, file_size);
    write_quickly(log_path, log, log_size);
    assert_ok(pb_partial_open(tree_root, PB_CACHE_TRAIN_FEATURES, N, &small, false, &partial));
    assert_int_equal(partial.n_done, 2);
    pb_partial_close(&partial);
    free(zeroed);
    remove(path);
    remove(log_path);
    pb_buffer_free(file);
    pb_buffer_free(log);
}

/* Every state between the steps of publishing leads to the finished cache. */
static void a_run_killed_while_publishing_is_completed(void **state)
{
    (void)state;
    static const char *const states[] = {
        /* cache.json is written, work files are still there */
        ("cd '%s' && mv mvtec_AD__bottle mvtec_AD__bottle.partial && cd mvtec_AD__bottle.partial && "
         "touch job.json test_features.npy.log .cache.json.1-0.tmp"),
        /* --force: the old cache is out of the way, the new one not yet in place */
        "cd '%s' && cp -r mvtec_AD__bottle mvtec_AD__bottle.old && mv mvtec_AD__bottle mvtec_AD__bottle.partial",
        /* --force: the new one is in place, the old one not yet gone */
        "cd '%s' && cp -r mvtec_AD__bottle mvtec_AD__bottle.old && rm mvtec_AD__bottle.old/test_paths.txt",
        /* killed before job.json: nothing is known of what is there */
        "cd '%s' && mv mvtec_AD__bottle mvtec_AD__bottle.partial && rm mvtec_AD__bottle.partial/cache.json",
        /* --force: killed before job.json, the old cache still in place */
        "cd '%s' && cp -r mvtec_AD__bottle mvtec_AD__bottle.partial && rm mvtec_AD__bottle.partial/cache.json",
    };
    char root[512];
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        make_caches("publish", root);
        shell(states[i], root, "");
        assert_ok(write_caches(root, false, false));
        shell("diff -r -x .purebank.lock '%s' '%s'", root, caches);
    }
}

static void foreign_files_survive_force(void **state)
{
    (void)state;
    char root[512];
    make_caches("foreign", root);
    shell("cd '%s/mvtec_AD__bottle' && rm cache.json && echo mine > notes.txt%s", root, "");
    assert_status(write_caches(root, false, false), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "made elsewhere"));
    assert_ok(write_caches(root, false, true));
    assert_found(root, "mvtec_AD__bottle", NULL);
    shell("grep -q mine '%s/mvtec_AD__bottle.old/notes.txt'%s", root, "");
    assert_status(write_caches(root, false, true), PB_STATUS_OUTPUT);
    assert_non_null(strstr(pb_error_message(), "move them away"));
    shell("rm -r '%s/mvtec_AD__bottle.old'%s", root, "");
    assert_ok(write_caches(root, false, false));
    shell("diff -r -x .purebank.lock '%s' '%s'", root, caches);
}

/* ---- Checked ---------------------------------------------------------------------------------------------------- */

static void damage_is_found(void **state)
{
    (void)state;
    char root[512];
    make_caches("damage", root);
    shell("printf x | dd of='%s/mvtec_AD__bottle/test_features.npy' bs=1 seek=5000 conv=notrunc 2>/dev/null%s", root,
          "");
    assert_found(root, "mvtec_AD__bottle", "test_features.npy is not what was written");
    shell("truncate -s 5000 '%s/mvtec_AD__bottle/test_features.npy'%s", root, "");
    assert_found(root, "mvtec_AD__bottle", "has 5000 bytes");
    assert_status(write_caches(root, false, false), PB_STATUS_BAD_FORMAT);
    shell("rm '%s/mvtec_AD__bottle/test_labels.npy'%s", root, "");
    assert_found(root, "mvtec_AD__bottle", "test_labels.npy is missing");
    assert_found(root, "mvtec_AD__cable", NULL);
    shell("echo '{}' > '%s/mvtec_AD__cable/cache.json'%s", root, "");
    assert_found(root, "mvtec_AD__cable", "\"format\"");
}

/* Without cache.json the contents speak for themselves. */
static void damaged_and_unfinished_caches_are_not_read(void **state)
{
    (void)state;
    char root[512], folder[1024];
    pb_cache *cache;
    pb_features *features;
    make_caches("unreadable", root);
    snprintf(folder, sizeof folder, "%s/mvtec_AD__bottle", root);
    shell("printf x | dd of='%s/%s' bs=1 seek=5000 conv=notrunc status=none", folder, "all_train_features.npy");
    assert_ok(pb_cache_open(folder, &cache));
    assert_int_equal(pb_cache_load(cache, PB_CACHE_TRAIN, &features), PB_STATUS_BAD_FORMAT);
    assert_non_null(strstr(pb_error_message(), "all_train_features.npy is not what was written"));
    assert_int_equal(pb_error_hint(), PB_HINT_CHECK_CACHE);
    assert_ok(pb_cache_load(cache, PB_CACHE_TEST, &features));
    pb_features_free(features);
    pb_cache_free(cache);
    shell("truncate -s -1 '%s/%s'", folder, "test_features.npy");
    assert_int_equal(write_caches(root, false, false), PB_STATUS_BAD_FORMAT);
    assert_int_equal(pb_error_hint(), PB_HINT_START_OVER);
    assert_string_equal(pb_error_hint_about(), "mvtec_AD/bottle");
    shell("cp -r '%s' '%s.partial'", folder, folder);
    strcat(folder, ".partial");
    assert_int_equal(pb_cache_open(folder, &cache), PB_STATUS_IO);
    assert_non_null(
        strstr(pb_error_message(), "mvtec_AD__bottle.partial is not finished: run the command that began it"));
}

static void wrong_contents_are_found_without_a_description(void **state)
{
    (void)state;
    char root[512];
    const int64_t six = 6;
    const int64_t wrong_labels[6] = {1, 1, 1, 0, 0, 1}, odd_labels[6] = {1, 1, 1, 0, 0, 2}, shape[3] = {6, 4, 3};
    float values[72] = {0};
    make_caches("contents", root);
    shell("rm '%s'/mvtec_AD__*/cache.json%s", root, "");
    assert_found(root, "mvtec_AD__bottle", NULL);
    char path[1024];
    snprintf(path, sizeof path, "%s/mvtec_AD__bottle/test_labels.npy", root);
    assert_ok(pb_npy_write(path, PB_NPY_I8, 1, &six, wrong_labels));
    assert_found(root, "mvtec_AD__bottle", "good/002.png is labelled 1");
    assert_ok(pb_npy_write(path, PB_NPY_I8, 1, &six, odd_labels));
    assert_found(root, "mvtec_AD__bottle", "label 5 is 2");
    shell("rm '%s/mvtec_AD__bottle/test_labels.npy'%s", root, "");
    assert_found(root, "mvtec_AD__bottle", "test_labels.npy is missing");
    snprintf(path, sizeof path, "%s/mvtec_AD__cable/test_features.npy", root);
    assert_ok(pb_npy_write(path, PB_NPY_F4, 3, shape, values));
    assert_found(root, "mvtec_AD__cable", "4 patches of 3 channels");
    shell("cd '%s/mvtec_AD__cable' && sort -r all_train_paths.txt > x && mv x all_train_paths.txt%s", root, "");
    shell("cd '%s/mvtec_AD__cable' && rm test_*%s", root, "");
    assert_found(root, "mvtec_AD__cable", "paths are to be sorted");
    overwrite(root, "all_train_paths.txt", "a\n\nb\n", 5);
    shell("cd '%s/mvtec_AD__bottle' && rm test_*%s", root, "");
    assert_found(root, "mvtec_AD__bottle", "line 2 is empty");
    overwrite(root, "all_train_paths.txt", "a\nb\n", 4);
    assert_found(root, "mvtec_AD__bottle", "has 6 images, the list of paths beside it 2");
}

static void not_finite_values_are_found(void **state)
{
    (void)state;
    char root[512], path[1024];
    const int64_t shape[3] = {6, 4, 3};
    float values[72] = {0};
    values[40] = (float)NAN;
    make_caches("nan", root);
    shell("cd '%s/mvtec_AD__bottle' && rm cache.json test_*%s", root, "");
    snprintf(path, sizeof path, "%s/mvtec_AD__bottle/all_train_features.npy", root);
    assert_ok(pb_npy_write(path, PB_NPY_F4, 3, shape, values));
    assert_found(root, "mvtec_AD__bottle", "image 3, patch 1, channel 1");
}

static void lists_are_told_apart(void **state)
{
    (void)state;
    char root[512];
    pb_paths found, unfinished;
    make_caches("list", root);
    shell("cd '%s' && mkdir other && mv mvtec_AD__cable mvtec_AD__cable.partial && "
          "mv mvtec_AD__cable.partial/cache.json mvtec_AD__cable.partial/job.json%s",
          root, "");
    assert_ok(pb_cache_list(root, &found, &unfinished));
    assert_int_equal(found.n, 1);
    assert_int_equal(unfinished.n, 1);
    assert_non_null(strstr(unfinished.path[0], "mvtec_AD__cable.partial"));
    pb_paths_free(&found);
    pb_paths_free(&unfinished);
    snprintf(root, sizeof root, "%s/list/other", tree_root);
    assert_status(pb_cache_list(root, &found, &unfinished), PB_STATUS_IO);
}

/* ---- Made elsewhere --------------------------------------------------------------------------------------------- */

static void a_cache_of_the_studies_loads(void **state)
{
    (void)state;
    char folder[1024];
    pb_cache *cache;
    pb_features *features;
    pb_testset *set;
    int64_t n_missing;
    snprintf(folder, sizeof folder, "%s/foreign__widget/", GOLDEN);
    assert_ok(pb_cache_open(folder, &cache));
    assert_false(cache->described);
    assert_string_equal(cache->category, "foreign/widget");
    assert_string_equal(cache->origin.backbone, "");
    assert_int_equal(cache->origin.grid_width, 2);
    assert_string_equal(cache->train.path[3], "D:/data/foreign/widget/train/good/003.png");
    assert_string_equal(cache->test.path[2], "D:/data/foreign/widget/test/good/000.png");
    assert_int_equal(cache->n_defect, 2);
    assert_ok(pb_cache_load(cache, PB_CACHE_TRAIN, &features));
    assert_int_equal(pb_features_n_images(features), 4);
    assert_true(pb_features_data(features)[47] == (float)(47 * 47) / 7);
    pb_features_free(features);
    assert_ok(pb_cache_testset(cache, &set, &n_missing));
    assert_int_equal(n_missing, 3);
    assert_string_equal(set->kind[0], "cut");
    assert_int_equal(set->n_good, 1);
    pb_testset_free(set);
    pb_cache_free(cache);
    assert_found(GOLDEN, "foreign__widget", NULL);
}

/* ---- float16 ---------------------------------------------------------------------------------------------------- */

static void halves_are_rounded_as_numpy_does(void **state)
{
    (void)state;
    pb_npy floats, halves;
    char path[1024], golden[1024];
    snprintf(path, sizeof path, "%s/floats.npy", GOLDEN);
    assert_ok(pb_npy_open(path, &floats));
    snprintf(golden, sizeof golden, "%s/halves.npy", GOLDEN);
    assert_ok(pb_npy_open(golden, &halves));
    assert_int_equal(floats.n_items, halves.n_items);
    uint16_t *out = malloc((size_t)floats.n_items * 2);
    assert_int_equal(pb_halves_of_floats(floats.data, floats.n_items, out), floats.n_items);
    assert_memory_equal(out, halves.data, (size_t)floats.n_items * 2);
    /* And the file is NumPy's to the byte. */
    uint8_t *ours, *numpys;
    size_t our_size, numpys_size;
    snprintf(path, sizeof path, "%s/halves.npy", tree_root);
    assert_ok(pb_npy_write(path, PB_NPY_F2, 1, &floats.n_items, out));
    read_all(path, &ours, &our_size);
    read_all(golden, &numpys, &numpys_size);
    assert_int_equal(our_size, numpys_size);
    assert_memory_equal(ours, numpys, our_size);
    pb_buffer_free(ours);
    pb_buffer_free(numpys);
    free(out);
    pb_npy_close(&floats);
    pb_npy_close(&halves);
}

static void every_half_comes_back(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        uint16_t back;
        if ((bits & 0x7c00) == 0x7c00)
            continue;
        const float value = pb_float_of_half((uint16_t)bits);
        assert_int_equal(pb_halves_of_floats(&value, 1, &back), 1);
        assert_int_equal(back, bits);
    }
    const float large[] = {1, 65519.99609375f, 65520, 2};
    uint16_t out[4];
    assert_int_equal(pb_halves_of_floats(large, 2, out), 2);
    assert_int_equal(pb_halves_of_floats(large, 4, out), 2); /* 65520 would round to infinity */
}

static void half_caches_are_half_as_large_and_close(void **state)
{
    (void)state;
    char root[512], folder[1024];
    pb_cache *exact, *half;
    pb_features *a, *b;
    snprintf(root, sizeof root, "%s/half", tree_root);
    assert_ok(write_caches(root, true, false));
    assert_found(root, "mvtec_AD__bottle", NULL);
    snprintf(folder, sizeof folder, "%s/mvtec_AD__bottle", root);
    assert_ok(pb_cache_open(folder, &half));
    snprintf(folder, sizeof folder, "%s/mvtec_AD__bottle", caches);
    assert_ok(pb_cache_open(folder, &exact));
    assert_true(half->half && !exact->half);
    assert_ok(pb_cache_load(half, PB_CACHE_TEST, &b));
    assert_ok(pb_cache_load(exact, PB_CACHE_TEST, &a));
    for (int64_t i = 0; i < pb_features_n_images(a) * pb_features_n_patches(a) * pb_features_dim(a); i++) {
        uint16_t rounded;
        assert_int_equal(pb_halves_of_floats(pb_features_data(a) + i, 1, &rounded), 1);
        assert_true(pb_features_data(b)[i] == pb_float_of_half(rounded));
    }
    pb_features_free(a);
    pb_features_free(b);
    pb_cache_free(half);
    pb_cache_free(exact);
}

static void values_too_large_for_half_are_refused(void **state)
{
    (void)state;
    static const char *const paths[] = {"first.png", "second.png"};
    pb_partial partial;
    pb_features *features;
    float values[2 * VALUES] = {0};
    values[VALUES + 1] = 70000;
    assert_ok(pb_partial_open(tree_root, PB_CACHE_TRAIN_FEATURES, 2, &small, true, &partial));
    assert_ok(pb_features_borrow(values, 2, 2, 2, DIM, &features));
    assert_status(pb_partial_append(&partial, features, paths), PB_STATUS_BAD_VALUE);
    pb_features_free(features);
    assert_non_null(strstr(pb_error_message(), "second.png hold 70000"));
    pb_partial_close(&partial);
}

static int close_inputs(void **state)
{
    (void)state;
    pb_dataset_free(dataset);
    pb_backbone_close(backbone);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cache_holds_what_the_backbone_says),
        cmocka_unit_test(done_work_is_skipped),
        cmocka_unit_test(an_interrupted_run_keeps_what_it_says),
        cmocka_unit_test(another_run_is_refused),
        cmocka_unit_test(two_writers_are_one_too_many),
        cmocka_unit_test(a_lock_that_is_about_to_go_is_waited_for),
        cmocka_unit_test(a_torn_file_goes_on_where_it_is_intact),
        cmocka_unit_test(a_run_killed_while_publishing_is_completed),
        cmocka_unit_test(foreign_files_survive_force),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(damaged_and_unfinished_caches_are_not_read),
        cmocka_unit_test(wrong_contents_are_found_without_a_description),
        cmocka_unit_test(not_finite_values_are_found),
        cmocka_unit_test(lists_are_told_apart),
        cmocka_unit_test(a_cache_of_the_studies_loads),
        cmocka_unit_test(halves_are_rounded_as_numpy_does),
        cmocka_unit_test(every_half_comes_back),
        cmocka_unit_test(half_caches_are_half_as_large_and_close),
        cmocka_unit_test_teardown(values_too_large_for_half_are_refused, close_inputs),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
