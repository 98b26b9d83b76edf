/* The program on data sets: what it lists, and what it says is odd. */
#include "program.h"
#include "trees.h"

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

static int remove_tree(void **state)
{
    (void)state;
    return test_remove_dir(program_folder);
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
    assert_run("datasets data/bad --names-only", 0);
    assert_null(strstr(program_output, "good/0.png"));
    assert_run("datasets data --categories quick", 2);
    assert_says("mvtec_AD/screw");
    assert_run("datasets nowhere", 3);
    assert_run("datasets", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datasets_lists_categories_and_oddities),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
