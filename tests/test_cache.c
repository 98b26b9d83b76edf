/* cache: written, killed, continued, read; float16. */
#include "caches_of_trees.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache/files.h"
#include "cache/partial.h"
#include "io/half.h"
#include "io/npy.h"

/* ---- Writing and reading ---------------------------------------------------------------------------------------- */

static bool is_listed(const char *name)
{
    int64_t n;
    const char *const *names = pb_cache_file_names(&n);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Those in the folder of a cache are listed, and its features lead to it. */
static void assert_files_are_known(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int n = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.') {
            char path[2048], *found;
            pb_cache_part part = PB_CACHE_TRAIN;
            const bool is_test = strcmp(entry->d_name, "test_features.npy") == 0;
            assert_true(is_listed(entry->d_name));
            n++;
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            assert_ok(pb_cache_of_file(path, &found, &part));
            if (is_test || strcmp(entry->d_name, "all_train_features.npy") == 0) {
                assert_string_equal(found, folder);
                assert_int_equal(part, is_test ? PB_CACHE_TEST : PB_CACHE_TRAIN);
            } else {
                assert_null(found);
            }
            pb_buffer_free(found);
        }
    closedir(dir);
    assert_int_equal(n, 7);
}

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
    assert_files_are_known(folder);
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
    pb_bytes bytes = {0};
    small_features(partial->n_done, n, values, &features);
    assert_ok(pb_partial_encode(features, partial->half, paths, &bytes));
    assert_ok(pb_partial_append(partial, n, bytes.data, bytes.size));
    assert_status(pb_partial_append(partial, 0, bytes.data, bytes.size), PB_STATUS_INTERNAL); /* not what it says */
    pb_bytes_free(&bytes);
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
    pb_features *features;
    pb_bytes bytes = {0};
    float values[2 * VALUES] = {0};
    values[VALUES + 1] = 70000;
    assert_ok(pb_features_borrow(values, 2, 2, 2, DIM, &features));
    assert_status(pb_partial_encode(features, true, paths, &bytes), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "second.png hold 70000"));
    assert_ok(pb_partial_encode(features, false, paths, &bytes));
    pb_bytes_free(&bytes);
    pb_features_free(features);
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
        cmocka_unit_test(halves_are_rounded_as_numpy_does),
        cmocka_unit_test(every_half_comes_back),
        cmocka_unit_test(half_caches_are_half_as_large_and_close),
        cmocka_unit_test_teardown(values_too_large_for_half_are_refused, close_inputs),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
