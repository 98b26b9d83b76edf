/* The program on heatmaps: files of every format, the numbers of experiment, photos that moved, bad input. */
#include "program.h"
#include "tiles.h"

#include <math.h>

#include <jansson.h>

#include "base/memory.h"
#include "io/csv.h"
#include "io/json.h"

#define CELL "--limit 6 --seed 2 --methods loo_patch,ensemble_loo_mahal,imgmax_mad"

static int make_caches(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder);
    snprintf(tree_root, sizeof tree_root, "%s", program_folder);
    tile_category("my data", "part \xc3\xa9 1", 100);
    tile_category("my data", "lid", 300);
    assert_run("cache 'my data' -o caches -q", 0);
    assert_run("heatmaps --cache caches --data 'my data' -o sheets " CELL, 0);
    return 0;
}

static void read_file(const char *name, uint8_t **bytes, size_t *size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_ok(pb_file_read(path, 1 << 26, bytes, size));
}

/* How often `text` stands in a file; *last = where it stands last. */
static int count_text(const uint8_t *bytes, size_t size, const char *text, const char **last)
{
    const size_t length = strlen(text);
    int n = 0;
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, text, length) == 0) {
            n++;
            *last = (const char *)bytes + i;
        }
    return n;
}

/* A PDF of one page with its fonts in it and no date, and a PNG of the same size at 300 dots an inch. */
static void assert_sheet(const char *stem)
{
    char name[512];
    uint8_t *bytes;
    size_t size;
    pb_image image;
    double width = 0, height = 0;
    const char *at = NULL;
    snprintf(name, sizeof name, "sheets/%s.pdf", stem);
    read_file(name, &bytes, &size);
    assert_memory_equal(bytes, "%PDF-", 5);
    assert_true(count_text(bytes, size, "/FontFile2", &at) >= 2); /* normal and bold */
    assert_int_equal(count_text(bytes, size, "CreationDate", &at), 0);
    assert_int_equal(count_text(bytes, size, "/Count 1\n", &at), 1);
    assert_int_equal(count_text(bytes, size, "/MediaBox", &at), 1);
    assert_int_equal(sscanf(at, "/MediaBox [ 0 0 %lf %lf", &width, &height), 2);
    pb_free(bytes);

    char path[1024];
    snprintf(path, sizeof path, "%s/sheets/%s.png", program_folder, stem);
    assert_ok(pb_image_read(path, &image));
    assert_true(fabs(image.width - width * 300 / 72) < 0.5);
    assert_true(fabs(image.height - height * 300 / 72) < 0.5);
    assert_true(image.width >= 1600 && image.width <= 2161); /* no wider than two columns of a paper */
    int64_t n_colored = 0;
    for (int64_t i = 0; i < (int64_t)image.width * image.height; i++) {
        const int red = image.rgb[3 * i], green = image.rgb[3 * i + 1], blue = image.rgb[3 * i + 2];
        n_colored += abs(red - green) > 30 || abs(blue - green) > 30;
    }
    assert_true(n_colored > (int64_t)image.width * image.height / 50); /* there are maps on it */
    pb_image_free(&image);
}

static void every_sheet_is_there_in_both_formats(void **state)
{
    (void)state;
    static const char *const stems[] = {
        "part \xc3\xa9 1_removal", "part \xc3\xa9 1_scores", "lid_removal", "lid_scores",
        "combined_removal",        "combined_scores"};
    for (int i = 0; i < 6; i++)
        assert_sheet(stems[i]);
    shell("test $(ls sheets | wc -l) = 14"); /* and two files of numbers */
}

static json_t *load_facts(const char *name)
{
    char path[1024];
    json_t *facts = NULL;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_ok(pb_json_load(path, 1 << 24, &facts));
    return facts;
}

/* Field of the row of a result file whose method is this one, for the category lid. */
static double field_of(const char *method, const char *column)
{
    char path[1024];
    pb_csv_table table;
    int64_t at = -1, method_at = -1, dataset_at = -1;
    double value = -1;
    snprintf(path, sizeof path, "%s/results/exp_p4_image_level/results.csv", program_folder);
    assert_ok(pb_csv_read(path, 1 << 24, ';', &table));
    assert_ok(pb_csv_column(&table, column, path, &at));
    assert_ok(pb_csv_column(&table, "method", path, &method_at));
    assert_ok(pb_csv_column(&table, "dataset", path, &dataset_at));
    for (int64_t r = 0; r < table.n_rows; r++)
        if (strcmp(table.field[r * table.n_columns + method_at], method) == 0 &&
            strcmp(table.field[r * table.n_columns + dataset_at], "lid") == 0)
            value = strtod(table.field[r * table.n_columns + at], NULL);
    pb_csv_table_free(&table);
    assert_true(value >= 0);
    return value;
}

static void numbers_are_those_of_experiment(void **state)
{
    (void)state;
    static const char *const methods[][3] = {{"none", "none", "none"},
                                             {"loo_patch", "loo_patch", "LOO"},
                                             {"ensemble_loo_mahal", "ensemble_loo_mahal", "ensemble"},
                                             {"imgmax_mad", "imgmax_mad k1.5", "audit max, k 1.5"}};
    char line[128];
    /* The audit with all its k, of which the last, 2, would be found: only 1.5 is wanted. */
    assert_run("experiment image-level --cache caches -o results --categories lid --setup disjoint --limits 6 "
               "--contamination 0.3 --seeds 2 --methods none,loo_patch,ensemble_loo_mahal,imgmax_mad -q",
               0);
    shell("cd results/exp_p4_image_level && grep -v 'imgmax_mad;[12].0;' results.csv > kept && mv kept results.csv");
    assert_run("heatmaps --cache caches --data 'my data' -o again --category lid --format png " CELL, 0);
    json_t *facts = load_facts("again/lid_heatmaps.json");
    json_t *list = json_object_get(facts, "methods");
    assert_int_equal(json_array_size(list), 4);
    for (size_t m = 0; m < 4; m++) {
        const json_t *method = json_array_get(list, m);
        const double auroc = json_real_value(json_object_get(method, "img_auroc"));
        const json_int_t n_removed = json_integer_value(json_object_get(method, "n_patches_removed"));
        assert_string_equal(json_string_value(json_object_get(method, "method")), methods[m][1]);
        assert_true(fabs(field_of(methods[m][0], "img_auroc") - auroc) <= 0.5001e-4);
        assert_true(field_of(methods[m][0], "n_patches_after") == (double)(6 * 784 - n_removed));
        snprintf(line, sizeof line, "  %-24s %9lld %8.4f", methods[m][2], (long long)n_removed, auroc);
        assert_says(line);
    }
    assert_true(json_array_size(json_object_get(facts, "references")) == 6);
    assert_true((double)json_array_size(json_object_get(facts, "test")) == field_of("none", "n_test"));
    json_decref(facts);
    shell("test ! -e again/lid_removal.pdf");
}

/* Contaminated references are those whose photo is of a defect, and the counts of removed patches add up. */
static void facts_agree_with_themselves(void **state)
{
    (void)state;
    json_t *facts = load_facts("sheets/part \xc3\xa9 1_heatmaps.json");
    json_t *references = json_object_get(facts, "references"), *test = json_object_get(facts, "test");
    json_int_t n_removed = 0;
    int n_contaminated = 0, n_shown = 0;
    for (size_t i = 0; i < json_array_size(references); i++) {
        const json_t *reference = json_array_get(references, i);
        const char *path = json_string_value(json_object_get(reference, "path"));
        const bool contaminated = json_is_true(json_object_get(reference, "contaminated"));
        assert_true(contaminated == (strstr(path, "/test/") != NULL));
        assert_non_null(strstr(path, "/part \xc3\xa9 1/"));
        n_contaminated += contaminated;
        n_removed += json_integer_value(json_object_get(json_object_get(reference, "n_patches_removed"), "loo_patch"));
    }
    assert_int_equal(n_contaminated, 2); /* 6 * 0.3, rounded */
    json_t *loo_patch = json_array_get(json_object_get(facts, "methods"), 1);
    assert_true(n_removed == json_integer_value(json_object_get(loo_patch, "n_patches_removed")));
    for (size_t i = 0; i < json_array_size(test); i++)
        n_shown += json_is_true(json_object_get(json_array_get(test, i), "shown"));
    assert_int_equal(n_shown, 4); /* 3 defects are left to test, and a normal image */
    assert_string_equal(json_string_value(json_object_get(facts, "setup")), "disjoint");
    json_decref(facts);
}

static void the_same_bytes_for_any_number_of_threads(void **state)
{
    (void)state;
    assert_run("heatmaps --cache caches --data 'my data' -o one --category lid --threads 1 -q " CELL, 0);
    assert_run("heatmaps --cache caches --data 'my data' -o two --category lid --threads 3 -q " CELL, 0);
    shell("diff -r one two && for file in one/*; do cmp $file sheets/${file#one/} || exit 1; done");
}

static void photos_may_have_moved(void **state)
{
    (void)state;
    shell("mv 'my data' elsewhere");
    assert_run("heatmaps --cache caches -o moved " CELL, 3);
    assert_says("lid/train/good/000.png is not there; --data says where photos are");
    assert_run("heatmaps --cache caches --data caches -o moved " CELL, 3);
    assert_says("is not below caches");
    assert_says("down to good/000.png");
    shell("test ! -e moved");
    assert_run("heatmaps --cache caches --data elsewhere --category lid -o moved/by/some/folders -q " CELL, 0);
    shell("cmp moved/by/some/folders/lid_scores.pdf sheets/lid_scores.pdf && cp -r elsewhere holes");
    assert_run("heatmaps --cache caches --data elsewhere/lid --category lid -o moved -q " CELL, 0);
    shell("cmp moved/lid_removal.png sheets/lid_removal.png");
    /* A photo that is only needed later. */
    shell("find holes/lid -name '00[1-9].png' -delete");
    assert_run("heatmaps --cache caches --data holes --category lid -o moved -q " CELL, 3);
    assert_says("is not below holes");
    shell("mv elsewhere 'my data'");
}

static void photos_are_not_overwritten(void **state)
{
    (void)state;
    shell("cp -r 'my data' own && ln \"$(find own/lid/train -type f | head -1)\" own/lid_removal.png");
    assert_run("heatmaps --cache caches --data own --category lid --format png -o own -q " CELL, 2);
    assert_says("which is read here");
    shell("rm own/lid_removal.png");
}

static void caches_of_others_are_drawn_with_a_warning(void **state)
{
    (void)state;
    shell("cp -r caches others && rm others/*/cache.json && sed -i 's:/:\\\\:g; s:^:C\\::' others/lid/*_paths.txt");
    assert_run("heatmaps --cache others --data 'my data' --category lid -o of_others " CELL, 0);
    assert_says("warning: these caches do not say what made them");
    shell("test -s of_others/lid_removal.png && test -s of_others/lid_scores.pdf");
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int status;
        const char *says;
    } wrong[] = {
        {"--cache caches", 2, "heatmaps needs a folder to write to: -o DIR"},
        {"-o x", 2, "heatmaps needs feature caches: --cache DIR"},
        {"--cache nowhere -o x", 3, "nowhere"},
        {"--cache caches -o x --methods loo", 2, "there is no purification method \"loo\""},
        {"--cache caches -o x --category lid,box", 2, "category 'box' is not in caches; there are 2"},
        {"--cache caches -o x --format png,svg", 2, "'svg' is not png or pdf"},
        {"--cache caches -o x --contamination 2", 2, "--contamination"},
        {"--cache caches -o x --limit 1", 2, "--limit"},
        {"--cache caches -o x --images 0", 2, "--images"},
        {"--cache caches -o x --setup both", 2, "--setup"},
        {"--cache caches -o caches/lid/cache.json --category lid", 4, "cannot make folder"},
        {"--cache caches -o y --knn-k 9999 --category lid", 2, "k = 9999 neighbours"},
        {"--cache half -o x", 3, "has no test images: choose other categories"},
    };
    shell("mkdir -p half && cp -r caches/lid half/ && rm half/lid/test_* half/lid/cache.json");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[512];
        snprintf(line, sizeof line, "heatmaps --data 'my data' %s", wrong[i].arguments);
        const int status = run_program(line);
        if (status != wrong[i].status || !strstr(program_output, wrong[i].says))
            fail_msg("%s: exit status %d instead of %d, \"%s\" in:\n%s", line, status, wrong[i].status, wrong[i].says,
                     program_output);
    }
    shell("test ! -e x");
}

/* The smallest and the oddest that can be asked for. */
static void other_cells_can_be_drawn(void **state)
{
    (void)state;
    assert_run("heatmaps --cache caches --data 'my data' -o odd --category lid --contamination 0 --methods none "
               "--limit 2 --images 1 --setup shared -q",
               0);
    json_t *facts = load_facts("odd/lid_heatmaps.json");
    assert_int_equal(json_array_size(json_object_get(facts, "methods")), 1);
    json_decref(facts);
    assert_run("heatmaps --cache caches --data 'my data' -o odd --category lid --contamination 50% --methods core "
               "--limit 20 --images 50 -q",
               0);
    shell("test -s odd/lid_removal.pdf && test -s odd/lid_scores.png");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sheet_is_there_in_both_formats),
        cmocka_unit_test(numbers_are_those_of_experiment),
        cmocka_unit_test(facts_agree_with_themselves),
        cmocka_unit_test(the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(photos_may_have_moved),
        cmocka_unit_test(photos_are_not_overwritten),
        cmocka_unit_test(caches_of_others_are_drawn_with_a_warning),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(other_cells_can_be_drawn),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_caches, remove_program_folder);
}
