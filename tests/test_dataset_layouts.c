/* dataset: the four published layouts, folders of one's own, selections, masks, and what is odd. */
#include "trees.h"

#include "dataset/dataset.h"

static pb_dataset *dataset;

static int make_tree(void **state)
{
    (void)state;
    test_make_temp_dir(tree_root, sizeof tree_root);
    tree_make_benchmarks();
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    return test_remove_dir(tree_root);
}

/* Opens <root>/<name>. */
static pb_status open_tree(const char *name, const char *selection)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", tree_root, name);
    pb_dataset_free(dataset);
    return pb_dataset_open(path, selection, &dataset);
}

static const pb_category *category(const char *name)
{
    for (int64_t i = 0; i < dataset->n; i++)
        if (strcmp(dataset->category[i].name, name) == 0)
            return &dataset->category[i];
    fail_msg("no category %s", name);
    return NULL;
}

static void assert_names(const char *expected)
{
    char names[1024] = "";
    for (int64_t i = 0; i < dataset->n; i++) {
        strcat(names, i ? " " : "");
        strcat(names, dataset->category[i].name);
    }
    assert_string_equal(names, expected);
}

/* The path behind the root, which may itself be a link (/tmp on some systems). */
static const char *relative(const char *path)
{
    char absolute[4096];
    assert_non_null(realpath(tree_root, absolute));
    assert_int_equal(strncmp(path, absolute, strlen(absolute)), 0);
    return path + strlen(absolute) + 1;
}

static int has_note(const pb_paths *notes, const char *text)
{
    for (int64_t i = 0; i < notes->n; i++)
        if (strstr(notes->path[i], text))
            return 1;
    return 0;
}

static void all_four_layouts_are_found_in_order(void **state)
{
    (void)state;
    assert_ok(open_tree("", NULL));
    assert_names("mvtec_AD/bottle mvtec_AD/cable VisA/candle VisA/pcb1 mvtec_loco_AD/pushpins btad/01");
    assert_true(has_note(&dataset->notes, "mvtec_AD: 13 of 15 categories are missing: capsule, carpet"));
    const pb_category *bottle = category("mvtec_AD/bottle");
    assert_int_equal(bottle->layout, PB_LAYOUT_MVTEC);
    assert_int_equal(bottle->train.n, 6);
    assert_string_equal(relative(bottle->train.path[1]), "mvtec_AD/bottle/train/good/001.png");
    assert_int_equal(bottle->test.n, 6);
    assert_string_equal(relative(bottle->test.path[0]), "mvtec_AD/bottle/test/broken_large/000.png");
    assert_int_equal(bottle->test.label[0], 1);
    assert_int_equal(bottle->test.label[3], 0);
    assert_int_equal(bottle->test.n_masks, 3);
    assert_int_equal(bottle->notes.n, 0);
}

static void visa_follows_its_table(void **state)
{
    (void)state;
    assert_ok(open_tree("", NULL));
    const pb_category *pcb = category("VisA/pcb1");
    assert_int_equal(pcb->train.n, 2);
    assert_string_equal(relative(pcb->train.path[0]), "VisA/pcb1/Data/Images/Normal/0001.JPG"); /* sorted */
    assert_int_equal(pcb->test.n, 3);
    assert_string_equal(relative(pcb->test.path[1]), "VisA/pcb1/Data/Images/Anomaly/001.JPG"); /* as in the table */
    assert_string_equal(relative(pcb->test.path[2]), "VisA/pcb1/Data/Images/Anomaly/000.JPG");
    assert_int_equal(pcb->test.label[0], 0);
    assert_int_equal(pcb->test.label[1], 1);
    assert_string_equal(pcb->test.kind[1], "anomaly");
    assert_string_equal(relative(pcb->test.mask[1].path[0]), "VisA/pcb1/Data/Masks/Anomaly/001.png");
}

static void btad_ok_is_good_and_said_so(void **state)
{
    (void)state;
    assert_ok(open_tree("", NULL));
    const pb_category *btad = category("btad/01");
    assert_int_equal(btad->train.n, 3);
    assert_int_equal(btad->test.n_good, 1);
    assert_int_equal(btad->test.label[2], 0); /* ko, ko, ok */
    assert_int_equal(btad->test.n_masks, 2);  /* one .png, one .bmp */
    assert_true(has_note(&btad->notes, "renamed to good"));
}

static void several_masks_are_merged(void **state)
{
    (void)state;
    uint8_t *mask;
    int32_t width, height;
    assert_ok(open_tree("", NULL));
    const pb_testset *test = &category("mvtec_loco_AD/pushpins")->test;
    assert_int_equal(test->n, 3); /* validation/ is neither training nor test */
    assert_string_equal(test->kind[1], "logical_anomalies");
    assert_int_equal(test->mask[1].n, 2);
    assert_ok(pb_defect_mask_read(&test->mask[1], test->path[1], &mask, &width, &height));
    assert_int_equal(width, TREE_WIDTH);
    assert_int_equal(height, TREE_HEIGHT);
    for (int i = 0; i < TREE_WIDTH * TREE_HEIGHT; i++)
        assert_int_equal(mask[i], i < 2 || (i >= 5 && i < 8));
    pb_buffer_free(mask);
    for (int64_t i = 0; i < test->n; i++) { /* by the path alone, as for caches */
        pb_paths found;
        if (!test->label[i])
            continue;
        assert_ok(pb_defect_masks_find(test->path[i], &found));
        assert_int_equal(found.n, test->mask[i].n);
        for (int64_t j = 0; j < found.n; j++)
            assert_string_equal(found.path[j], test->mask[i].path[j]);
        pb_paths_free(&found);
    }
}

static void masks_are_found_by_path_in_every_layout(void **state)
{
    (void)state;
    assert_ok(open_tree("", NULL));
    for (int64_t c = 0; c < dataset->n; c++) {
        const pb_testset *test = &dataset->category[c].test;
        for (int64_t i = 0; i < test->n; i++)
            if (test->label[i]) {
                pb_paths found;
                assert_ok(pb_defect_masks_find(test->path[i], &found));
                assert_int_equal(found.n, test->mask[i].n);
                assert_true(found.n >= 1);
                assert_string_equal(found.path[0], test->mask[i].path[0]);
                pb_paths_free(&found);
            }
    }
    pb_paths none;
    assert_ok(pb_defect_masks_find("image.png", &none));
    assert_int_equal(none.n, 0);
    assert_ok(pb_defect_masks_find("/test//", &none));
    assert_int_equal(none.n, 0);
}

static void a_mask_of_another_size_is_an_error(void **state)
{
    (void)state;
    uint8_t *mask;
    int32_t width, height;
    tree_photo("sizes/train/good/0.png", 1);
    tree_photo("sizes/test/good/0.png", 2);
    tree_photo("sizes/test/dent/0.png", 3);
    tree_mask("sizes/ground_truth/dent/0.png", TREE_WIDTH - 1, TREE_HEIGHT, 0, 1);
    assert_ok(open_tree("sizes", NULL));
    const pb_testset *test = &category("sizes")->test;
    assert_status(pb_defect_mask_read(&test->mask[0], test->path[0], &mask, &width, &height), PB_STATUS_BAD_SHAPE);
    assert_non_null(strstr(pb_error_message(), "ground_truth/dent/0.png is 11x10"));
    assert_non_null(strstr(pb_error_message(), "test/dent/0.png is 12x10"));
    assert_ok(pb_dataset_verify(dataset, NULL));
    assert_true(has_note(&category("sizes")->notes, "is 11x10, but its image"));
}

static void one_benchmark_or_one_category_can_be_the_root(void **state)
{
    (void)state;
    assert_ok(open_tree("mvtec_AD", NULL));
    assert_names("mvtec_AD/bottle mvtec_AD/cable");
    assert_ok(open_tree("mvtec_AD/cable", NULL));
    assert_names("mvtec_AD/cable");
    assert_ok(open_tree("VisA", NULL));
    assert_names("VisA/candle VisA/pcb1");
    assert_ok(open_tree("VisA/pcb1", NULL));
    assert_names("VisA/pcb1");
    assert_int_equal(category("VisA/pcb1")->test.n, 3);
    tree_photo("VisA/mine/Data/Images/Normal/0.JPG", 1); /* not in the table */
    assert_status(open_tree("VisA/mine", NULL), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "1cls.csv"));
    assert_ok(open_tree("btad/01", NULL));
    assert_names("btad/01");
}

static void archives_names_stand_for_the_benchmarks(void **state)
{
    (void)state;
    tree_photo("other/mvtec_anomaly_detection/pill/train/good/0.png", 1);
    tree_photo("other/BTech_Dataset_transformed/02/train/ok/0.png", 2);
    assert_ok(open_tree("other", NULL));
    assert_names("mvtec_AD/pill btad/02");
    tree_photo("other/mvtec_AD/pill/train/good/0.png", 1);
    assert_status(open_tree("other", NULL), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "both mvtec_AD/pill"));
}

static void benchmarks_take_the_studies_endings_only(void **state)
{
    (void)state;
    static const char *const endings[] = {"png", "jpg", "JPG", "bmp", "jpeg", "PNG", "tif"};
    char name[256];
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "endings/mvtec_AD/bottle/train/good/%d.%s", i, endings[i]);
        tree_photo(name, i);
        snprintf(name, sizeof name, "endings/own/train/good/%d.%s", i, endings[i]);
        tree_photo(name, i);
    }
    assert_ok(open_tree("endings", NULL));
    assert_names("mvtec_AD/bottle own");
    assert_int_equal(category("mvtec_AD/bottle")->train.n, 4);
    assert_true(has_note(&category("mvtec_AD/bottle")->notes, "3 images left out"));
    assert_int_equal(category("own")->train.n, 7);
    assert_int_equal(category("own")->layout, PB_LAYOUT_OWN);
}

static void whole_paths_are_sorted(void **state)
{
    (void)state;
    tree_photo("order/train/good/a/1.png", 1);
    tree_photo("order/train/good/a-b.png", 2); /* '-' before '/': first by bytes, last by parts */
    tree_photo("order/train/good/B.png", 3);
    assert_ok(open_tree("order", NULL));
    const pb_paths *train = &category("order")->train;
    assert_string_equal(relative(train->path[0]), "order/train/good/B.png");
    assert_string_equal(relative(train->path[1]), "order/train/good/a-b.png");
    assert_string_equal(relative(train->path[2]), "order/train/good/a/1.png");
}

static void images_alone_are_all_good(void **state)
{
    (void)state;
    tree_photo("alone/b.png", 1);
    tree_photo("alone/deep/a.jpeg", 2);
    assert_ok(open_tree("alone", NULL));
    assert_names("alone");
    assert_int_equal(category("alone")->layout, PB_LAYOUT_IMAGES);
    assert_int_equal(category("alone")->train.n, 2);
    assert_int_equal(category("alone")->test.n, 0);
}

/* As "images, all good" their defects would poison a bank. */
static void defects_do_not_pass_for_good_images(void **state)
{
    (void)state;
    assert_ok(open_tree("mvtec_AD/bottle/test", NULL));
    assert_int_equal(dataset->category[0].train.n, 0);
    assert_int_equal(dataset->category[0].test.n_defect, 3);
    assert_int_equal(dataset->category[0].test.n_masks, 3);
    tree_photo("VisA_without/pcb1/Data/Images/Normal/0.JPG", 1);
    assert_status(open_tree("VisA_without/pcb1", NULL), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "1cls.csv"));
    tree_photo("nocsv/VisA/pcb1/Data/Images/Normal/0.JPG", 1);
    assert_status(open_tree("nocsv/VisA", NULL), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "1cls.csv"));
}

static void selections_choose(void **state)
{
    (void)state;
    assert_ok(open_tree("", "all"));
    assert_int_equal(dataset->n, 6);
    assert_ok(open_tree("", "gate"));
    assert_names("mvtec_AD/bottle mvtec_AD/cable VisA/pcb1 btad/01");
    assert_status(open_tree("", "quick"), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "mvtec_AD/screw"));
    assert_ok(open_tree("", "pcb1,mvtec_AD/bottle,pcb1"));
    assert_names("VisA/pcb1 mvtec_AD/bottle");
    assert_ok(open_tree("", "VisA"));
    assert_names("VisA/candle VisA/pcb1");
    assert_status(open_tree("", "bottel"), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "'bottel' is not there; there are 6: mvtec_AD/bottle, "));
    assert_status(open_tree("", ","), PB_STATUS_BAD_ARGUMENT);
}

static void tree_category(const char *root, char letter, int length)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%c%0*d/train/good/0.png", root, letter, length - 1, 0);
    tree_photo(path, 1);
    snprintf(path, sizeof path, "%s/%c%0*d/test/good/0.png", root, letter, length - 1, 0);
    tree_photo(path, 2);
}

/* 512 bytes have room for the names of one data set and not for those of the other. Where the list is cut it says so, and no name in its middle
 * is missing. */
static void a_list_of_categories_that_is_cut_says_so(void **state)
{
    (void)state;
    tree_category("few", 'a', 250);
    tree_category("few", 'b', 200);
    assert_status(open_tree("few", "none"), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), ", b0"));
    assert_null(strstr(pb_error_message(), "..."));
    tree_category("many", 'a', 200);
    tree_category("many", 'b', 200);
    tree_category("many", 'c', 200);
    tree_category("many", 'd', 20);
    assert_status(open_tree("many", "none"), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), ", b0"));
    assert_null(strstr(pb_error_message(), "c0"));
    assert_null(strstr(pb_error_message(), "d0"));
    assert_string_equal(pb_error_message() + strlen(pb_error_message()) - 5, ", ...");
}

static void what_is_odd_is_noted(void **state)
{
    (void)state;
    tree_photo("odd/train/good/0.png", 1);
    tree_text("odd/train/good/1.png", "not an image");
    tree_photo("odd/test/good/0.png", 2);
    tree_photo("odd/test/dent/0.png", 3);
    tree_photo("odd/test/dent/1.png", 4);
    tree_photo("odd/test/loose.png", 5);
    tree_photo("odd/test/Good/2.png", 6);
    tree_mask("odd/ground_truth/dent/0.png", TREE_WIDTH, TREE_HEIGHT, 0, 1);
    tree_text("odd/ground_truth/dent/1.txt", "");
    assert_ok(open_tree("odd", NULL));
    const pb_paths *notes = &category("odd")->notes;
    assert_true(has_note(notes, "2 of 3 defect images have no mask"));
    assert_true(has_note(notes, "test/Good/2.png"));
    assert_true(has_note(notes, "test/Good counts as a kind of defect"));
    assert_true(has_note(notes, "1 images directly in"));
    assert_false(has_note(notes, "train/good/1.png"));
    assert_ok(pb_dataset_verify(dataset, NULL));
    assert_true(has_note(&category("odd")->notes, "train/good/1.png"));
    tree_text("broken/split_csv/1cls.csv", "object,split,label,image\npcb1,train,normal,a.JPG\n");
    assert_status(open_tree("broken", NULL), PB_STATUS_BAD_FORMAT);
    assert_non_null(strstr(pb_error_message(), "\"mask\""));
    tree_text("broken/split_csv/1cls.csv", "object,split,label,image,mask\npcb1,train,normal,../../a.JPG,\n");
    assert_status(open_tree("broken", NULL), PB_STATUS_BAD_FORMAT);
    tree_text("broken/split_csv/1cls.csv", "object,split,label,image,mask\npcb1,valid,normal,a.JPG,\n");
    assert_status(open_tree("broken", NULL), PB_STATUS_BAD_FORMAT);
    tree_text("broken/split_csv/1cls.csv", "object,split,label,image,mask\npcb1,train,normal\n");
    assert_status(open_tree("broken", NULL), PB_STATUS_BAD_FORMAT);
    tree_text("broken/split_csv/1cls.csv", "object,split,label,image,mask\npcb1,train,normal,gone.JPG,\n");
    assert_ok(open_tree("broken", NULL));
    assert_true(has_note(&category("VisA/pcb1")->notes, "gone.JPG"));
}

static void nothing_found_is_an_error(void **state)
{
    (void)state;
    tree_text("nothing/readme.txt", "");
    assert_status(open_tree("nothing", NULL), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "no images found"));
    assert_status(open_tree("nowhere", NULL), PB_STATUS_IO);
    assert_status(open_tree("nothing/readme.txt", NULL), PB_STATUS_IO);
    pb_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_four_layouts_are_found_in_order),
        cmocka_unit_test(selections_choose), /* before others add to the tree */
        cmocka_unit_test(visa_follows_its_table),
        cmocka_unit_test(btad_ok_is_good_and_said_so),
        cmocka_unit_test(several_masks_are_merged),
        cmocka_unit_test(masks_are_found_by_path_in_every_layout),
        cmocka_unit_test(a_mask_of_another_size_is_an_error),
        cmocka_unit_test(one_benchmark_or_one_category_can_be_the_root),
        cmocka_unit_test(archives_names_stand_for_the_benchmarks),
        cmocka_unit_test(benchmarks_take_the_studies_endings_only),
        cmocka_unit_test(whole_paths_are_sorted),
        cmocka_unit_test(images_alone_are_all_good),
        cmocka_unit_test(defects_do_not_pass_for_good_images),
        cmocka_unit_test(a_list_of_categories_that_is_cut_says_so),
        cmocka_unit_test(what_is_odd_is_noted),
        cmocka_unit_test(nothing_found_is_an_error),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
