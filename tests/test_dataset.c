/* dataset: folders -> sorted lists, MVTec layout. */
#include "root.h"
#include "support.h"

#include "dataset/dataset.h"

static void put(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static const char *relative(const char *path)
{
    return path + strlen(root) + 1;
}

static void folders_are_listed_in_whole_path_order(void **state)
{
    (void)state;
    put("refs/b.PNG");
    put("refs/a/z.jpg");
    put("refs/a.tif");
    put("refs/notes.txt");
    put("refs/.hidden.png");
    put("refs/with space\n\xc3\xa9.webp");
    char folder[512];
    snprintf(folder, sizeof folder, "%s/refs/", root);
    char file[512];
    snprintf(file, sizeof file, "%s/refs/b.PNG", root);
    const char *inputs[] = {file, folder, file};
    pb_paths paths;
    assert_ok(pb_paths_collect(inputs, 3, &paths));
    assert_int_equal(paths.n, 4);
    assert_string_equal(relative(paths.path[0]), "refs/b.PNG");
    assert_string_equal(relative(paths.path[1]), "refs/a.tif");
    assert_string_equal(relative(paths.path[2]), "refs/a/z.jpg");
    assert_string_equal(relative(paths.path[3]), "refs/with space\n\xc3\xa9.webp");
    pb_paths_free(&paths);
}

static void missing_and_empty_folders_are_named(void **state)
{
    (void)state;
    char folder[512];
    pb_paths paths;
    snprintf(folder, sizeof folder, "%s/nowhere", root);
    const char *input = folder;
    assert_status(pb_paths_collect(&input, 1, &paths), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "nowhere"));
    put("empty/readme.txt");
    snprintf(folder, sizeof folder, "%s/empty", root);
    assert_status(pb_paths_collect(&input, 1, &paths), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "no image in folder"));
    assert_status(pb_paths_collect(&input, 0, &paths), PB_STATUS_BAD_ARGUMENT);
}

static void a_folder_linked_into_itself_is_read_once(void **state)
{
    (void)state;
    char folder[512], link_path[600];
    put("loop/a.png");
    snprintf(folder, sizeof folder, "%s/loop", root);
    snprintf(link_path, sizeof link_path, "%s/again", folder);
    assert_int_equal(symlink(folder, link_path), 0);
    const char *input = folder;
    pb_paths paths;
    assert_ok(pb_paths_collect(&input, 1, &paths));
    assert_int_equal(paths.n, 1);
    pb_paths_free(&paths);
}

/* Every folder is entered once, under its own name where it has one: with links both ways the paths grow exponentially. */
static void folders_linked_into_each_other_are_left(void **state)
{
    (void)state;
    char folder[512], other[512], link_path[600];
    put("pair/a/1.png");
    put("pair/b/2.png");
    snprintf(folder, sizeof folder, "%s/pair/a", root);
    snprintf(other, sizeof other, "%s/pair/b", root);
    snprintf(link_path, sizeof link_path, "%s/to_b", folder);
    assert_int_equal(symlink(other, link_path), 0);
    snprintf(link_path, sizeof link_path, "%s/to_a", other);
    assert_int_equal(symlink(folder, link_path), 0);
    snprintf(folder, sizeof folder, "%s/pair", root);
    const char *const inputs[] = {folder};
    static const char *const expected[] = {"a/1.png", "b/2.png"};
    pb_paths paths;
    assert_ok(pb_paths_collect(inputs, 1, &paths));
    assert_int_equal(paths.n, 2);
    for (int i = 0; i < 2; i++)
        assert_string_equal(paths.path[i] + strlen(folder) + 1, expected[i]);
    pb_paths_free(&paths);
}

/* Twelve folders, each with links to all others: more ways through them than could ever be walked. */
static void crossing_links_are_walked_in_time(void **state)
{
    (void)state;
    enum { N = 12 };
    char folder[512], link_path[600], target[64], name[64];
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "cross/%02d/%02d.png", i, i);
        put(name);
        for (int j = 0; j < N; j++) {
            snprintf(link_path, sizeof link_path, "%s/cross/%02d/to_%02d", root, i, j);
            snprintf(target, sizeof target, "../%02d", j);
            assert_int_equal(symlink(target, link_path), 0);
        }
    }
    snprintf(folder, sizeof folder, "%s/cross", root);
    const char *const inputs[] = {folder};
    pb_paths paths;
    assert_ok(pb_paths_collect(inputs, 1, &paths));
    assert_int_equal(paths.n, N);
    pb_paths_free(&paths);
}

/* It is one photo that cannot be read, not the end of all others. */
static void a_link_that_leads_nowhere_is_an_unreadable_photo(void **state)
{
    (void)state;
    char folder[512], link_path[600];
    put("linked/a.png");
    snprintf(folder, sizeof folder, "%s/linked", root);
    snprintf(link_path, sizeof link_path, "%s/b.png", folder);
    assert_int_equal(symlink("nowhere.png", link_path), 0);
    const char *input = folder;
    pb_paths paths;
    pb_image image;
    assert_ok(pb_paths_collect(&input, 1, &paths));
    assert_int_equal(paths.n, 2);
    assert_status(pb_image_read(paths.path[1], &image), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "b.png: it is a link that leads nowhere"));
    pb_paths_free(&paths);
    assert_int_equal(unlink(link_path), 0);
    snprintf(link_path, sizeof link_path, "%s/notes.txt", folder);
    assert_int_equal(symlink("nowhere.txt", link_path), 0); /* nobody's business here */
    assert_ok(pb_paths_collect(&input, 1, &paths));
    assert_int_equal(paths.n, 1);
    pb_paths_free(&paths);
}

static void mvtec_layout_is_read(void **state)
{
    (void)state;
    put("set/test/good/000.png");
    put("set/test/good/001.png");
    put("set/test/scratch/000.png");
    put("set/test/dent/007.png");
    put("set/test/dent/008.png");
    put("set/ground_truth/scratch/000_mask.png");
    put("set/ground_truth/dent/007.png");
    const char *const folders[] = {"set", "set/test", "set/test/"};
    for (int i = 0; i < 3; i++) {
        char dir[512];
        snprintf(dir, sizeof dir, "%s/%s", root, folders[i]);
        pb_testset *set;
        assert_ok(pb_testset_open(dir, &set));
        assert_int_equal(set->n, 5);
        assert_int_equal(set->n_good, 2);
        assert_int_equal(set->n_defect, 3);
        assert_int_equal(set->n_masks, 2);
        assert_string_equal(set->kind[0], "dent");
        assert_int_equal(set->label[0], 1);
        assert_int_equal(set->mask[0].n, 1);
        assert_null(strstr(set->mask[0].path[0], ".."));
        assert_int_equal(set->mask[1].n, 0);
        assert_string_equal(set->kind[2], "good");
        assert_int_equal(set->label[2], 0);
        assert_string_equal(set->kind[4], "scratch");
        assert_int_equal(set->mask[4].n, 1);
        pb_testset_free(set);
    }
}

static void copies_are_known_by_their_hash(void **state)
{
    (void)state;
    static const char *const sha256[] = {"aa", "", "bb", "aa", "", "bb", "aa"};
    int64_t copy_of[7];
    pb_photos_find_copies(sha256, 7, copy_of);
    assert_memory_equal(copy_of, ((int64_t[]){-1, -1, -1, 0, -1, 2, 0}), sizeof copy_of);
    char digest[2][65], path[512];
    const char *paths[] = {path, "/nonexistent"};
    put("hashed/0.png");
    snprintf(path, sizeof path, "%s/hashed/0.png", root);
    assert_ok(pb_photos_hash(paths, 1, digest));
    assert_int_equal(strlen(digest[0]), 64);
    assert_status(pb_photos_hash(paths, 2, digest), PB_STATUS_IO);
}

static void btad_ok_folder_is_good(void **state)
{
    (void)state;
    put("btad/ok/0.bmp");
    put("btad/ko/1.bmp");
    char dir[512];
    snprintf(dir, sizeof dir, "%s/btad", root);
    pb_testset *set;
    assert_ok(pb_testset_open(dir, &set));
    assert_int_equal(set->n_good, 1);
    assert_int_equal(set->label[0], 1);
    assert_int_equal(set->label[1], 0);
    pb_testset_free(set);
}

static void a_set_without_good_or_defects_is_refused(void **state)
{
    (void)state;
    char dir[512];
    pb_testset *set;
    put("onlybad/crack/0.png");
    snprintf(dir, sizeof dir, "%s/onlybad", root);
    assert_status(pb_testset_open(dir, &set), PB_STATUS_IO);
    put("onlygood/good/0.png");
    snprintf(dir, sizeof dir, "%s/onlygood", root);
    assert_status(pb_testset_open(dir, &set), PB_STATUS_IO);
    snprintf(dir, sizeof dir, "%s/onlygood/good/0.png", root);
    assert_status(pb_testset_open(dir, &set), PB_STATUS_IO);
}

static void assert_found(const char *below, const char *path, const char *expected)
{
    char folder[512], *found = NULL;
    snprintf(folder, sizeof folder, "%s/%s", root, below);
    assert_ok(pb_photo_find(folder, path, &found));
    assert_string_equal(relative(found), expected);
    pb_buffer_free(found);
}

/* Lists of other machines name photos by paths that are not there. */
static void photos_are_found_by_the_end_of_their_path(void **state)
{
    (void)state;
    char *found = NULL, path[512];
    put("data/mvtec_AD/bottle/test/broken/000.png");
    put("data/mvtec_AD/bottle/test/good/000.png");
    put("data/test/good/000.png"); /* a shorter end of the same path */
    put("data/with\\backslash/a b \xc3\xa9.png");
    put("data/000.png");
    assert_found("data", "mvtec_AD/bottle/test/good/000.png", "data/mvtec_AD/bottle/test/good/000.png");
    assert_found("data", "/home/x/data/mvtec_AD/bottle/test/good/000.png", "data/mvtec_AD/bottle/test/good/000.png");
    assert_found("data/", "D:\\x\\mvtec_AD\\bottle\\test\\broken\\000.png", "data/mvtec_AD/bottle/test/broken/000.png");
    assert_found("data/mvtec_AD", "../data//mvtec_AD/bottle/test/good/000.png",
                 "data/mvtec_AD/bottle/test/good/000.png");
    assert_found("data/mvtec_AD/bottle", "mvtec_AD/bottle/test/good/000.png", "data/mvtec_AD/bottle/test/good/000.png");
    assert_found("data", "VisA/test/good/000.png", "data/test/good/000.png");
    assert_found("data", "x/with\\backslash/a b \xc3\xa9.png", "data/with\\backslash/a b \xc3\xa9.png");
    assert_found("data", "000.png", "data/000.png");

    put("secret/000.png"); /* no list leads out of the folder */
    snprintf(path, sizeof path, "%s/data", root);
    assert_status(pb_photo_find(path, "test/../../secret/000.png", &found), PB_STATUS_IO);
    assert_status(pb_photo_find(path, "./../secret/000.png", &found), PB_STATUS_IO);
    assert_status(pb_photo_find(path, "test\\..\\..\\secret\\000.png", &found), PB_STATUS_IO);
    assert_status(pb_photo_find(path, "VisA/pcb1/other/000.png", &found), PB_STATUS_IO); /* not data/000.png */
    assert_non_null(strstr(pb_error_message(), "VisA/pcb1/other/000.png"));
    assert_non_null(strstr(pb_error_message(), "down to other/000.png"));
    assert_non_null(strstr(pb_error_message(), path));
    assert_status(pb_photo_find(path, "mvtec_AD/bottle", &found), PB_STATUS_IO); /* a folder */
    assert_status(pb_photo_find(path, "", &found), PB_STATUS_IO);
    assert_status(pb_photo_find(path, "/", &found), PB_STATUS_IO);
    assert_status(pb_photo_find(NULL, "data/000.png", &found), PB_STATUS_IO);
    snprintf(path, sizeof path, "%s/data/000.png", root);
    assert_ok(pb_photo_find(NULL, path, &found));
    assert_string_equal(found, path);
    pb_buffer_free(found);
}

static void photos_outside_the_folder_are_not_found(void **state)
{
    static const char *const paths[] = {"../outside.png",   "a/../../outside.png",    "a/b/../../../outside.png",
                                        "./../outside.png", "a/.././../outside.png",  "a//..//../outside.png",
                                        "..\\outside.png",  "a\\..\\..\\outside.png", "../below/inside.png"};
    (void)state;
    char folder[512], *found = NULL;
    put("outside.png");
    put("below/inside.png");
    put("below/a/b/inside.png");
    snprintf(folder, sizeof folder, "%s/below", root);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (pb_photo_find(folder, paths[i], &found) == PB_STATUS_OK)
            fail_msg("%s leads to %s", paths[i], found);
    assert_found("below", "../a/b/inside.png", "below/a/b/inside.png"); /* by a shorter end */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_listed_in_whole_path_order),
        cmocka_unit_test(missing_and_empty_folders_are_named),
        cmocka_unit_test(a_folder_linked_into_itself_is_read_once),
        cmocka_unit_test(folders_linked_into_each_other_are_left),
        cmocka_unit_test(crossing_links_are_walked_in_time),
        cmocka_unit_test(a_link_that_leads_nowhere_is_an_unreadable_photo),
        cmocka_unit_test(mvtec_layout_is_read),
        cmocka_unit_test(copies_are_known_by_their_hash),
        cmocka_unit_test(btad_ok_folder_is_good),
        cmocka_unit_test(a_set_without_good_or_defects_is_refused),
        cmocka_unit_test(photos_are_found_by_the_end_of_their_path),
        cmocka_unit_test(photos_outside_the_folder_are_not_found),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
