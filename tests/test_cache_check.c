/* cache: damage and unfinished work are found; caches made elsewhere are read. */
#include "caches_of_trees.h"

#include <math.h>

#include "cache/files.h"
#include "io/npy.h"

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
    assert_non_null(strstr(pb_error_message(), "mvtec_AD__bottle.partial is not finished: what began it"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(damaged_and_unfinished_caches_are_not_read),
        cmocka_unit_test(wrong_contents_are_found_without_a_description),
        cmocka_unit_test(not_finite_values_are_found),
        cmocka_unit_test(lists_are_told_apart),
        cmocka_unit_test_teardown(a_cache_of_the_studies_loads, close_inputs),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
