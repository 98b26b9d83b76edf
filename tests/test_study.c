/* Result files, whoever wrote them: what is read, what is refused, and in which order means are taken. */
#include "study_files.h"

#include <math.h>

#include <purebank/study.h>

static pb_status read_files(const char *a, const char *b, pb_study_setups setups, pb_study **out)
{
    const char *paths[] = {study_path(a), b ? study_path(b) : NULL};
    return pb_study_read(paths, b ? 2 : 1, setups, out);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-12))
        fail_msg("%.17g is not %.17g", value, expected);
}

#define HEADER                                                                                                         \
    "dataset;purification_method;contamination_rate;train_limit;seed;knn_k;percentile_threshold;img_auroc;x\n"

/* ---- What is read ------------------------------------------------------------------------------------------------- */

static void columns_go_by_their_name(void **state)
{
    (void)state;
    pb_study *study;
    study_write("results_v2.csv", "img_auroc;seed;note;dataset;purification_method;train_limit;contamination_rate\r\n"
                                  "0.81234567890123;0;x;b/1;none;10;0.30\r\n"
                                  ";1;;b/1;none;10;0.3\r\n"
                                  "0.7;0;\"a;b\";a/1;loo_patch;10;3e-1\r\n");
    assert_ok(read_files("results_v2.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    const pb_study_contents *c = pb_study_get_contents(study);
    assert_int_equal(c->n_rows, 3);
    assert_int_equal(c->n_datasets, 2);
    assert_string_equal(c->datasets[0], "a/1");
    assert_string_equal(c->methods[1], "loo_patch");
    assert_int_equal(c->n_contaminations, 1);
    assert_near(c->contaminations[0], 0.3);
    assert_int_equal(c->rows[0].k, 5);
    assert_near(c->rows[0].percentile, 95);
    assert_int_equal(c->setups[0], PB_SETUP_SHARED);
    assert_null(c->assumed_shared);
    assert_true(c->has[PB_MEASURE_AUROC]);
    assert_false(c->has[PB_MEASURE_AUPR]);
    assert_true(isnan(c->rows[2].value[PB_MEASURE_AUROC])); /* empty */
    const pb_study_slice slice = {.setup = PB_SETUP_SHARED, .contamination = 0.3};
    assert_near(pb_study_mean(study, &slice, "b/1", "none", PB_MEASURE_AUROC), 0.81234567890123);
    assert_true(isnan(pb_study_mean(study, &slice, "b/1", "loo_patch", PB_MEASURE_AUROC)));
    assert_true(isnan(pb_study_mean(study, &slice, "b/2", "none", PB_MEASURE_AUROC)));
    pb_study_free(study);
}

static void audits_are_told_apart_by_their_multiplier(void **state)
{
    (void)state;
    static const char *const methods[] = {"none",           "ensemble_loo_mahal", "oracle_patch",
                                          "image_mad k2.5", "imgmax_mad k1.0",    "imgmax_mad k1.25",
                                          "imgmax_mad k1.5"};
    pb_study *study;
    study_write(
        "p4.csv",
        "dataset;setup;method;param_k;contamination_rate;seed;train_limit;img_auroc;n_images_removed;elapsed_s\n"
        "a;disjoint;imgmax_mad;1.5;0.3;0;10;0.8;2;1\n"
        "a;disjoint;imgmax_mad;1;0.3;0;10;0.7;3;1\n"
        "a;disjoint;imgmax_mad;1.25;0.3;0;10;0.7;3;1\n"
        "a;B;image_mad;2.5;0.3;0;10;0.7;3;1\n"
        "a;disjoint;oracle_patch;;0.3;0;10;0.9;3;1\n"
        "a;disjoint;none;nan;0.3;0;10;0.6;0;1\n"
        "a;disjoint;ensemble_loo_mahal;1.5;0.3;0;10;0.65;0;1");
    assert_ok(read_files("p4.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    const pb_study_contents *c = pb_study_get_contents(study);
    assert_int_equal(c->n_methods, 7);
    for (int i = 0; i < 7; i++) {
        bool found = false;
        for (int j = 0; j < 7; j++)
            found = found || strcmp(c->methods[j], methods[i]) == 0;
        if (!found)
            fail_msg("%s is missing", methods[i]);
    }
    assert_string_equal(c->methods[0], "none");
    assert_string_equal(c->methods[2], "oracle_patch");
    const pb_study_slice slice = {.setup = PB_SETUP_DISJOINT, .contamination = 0.3};
    assert_near(pb_study_mean(study, &slice, "a", "imgmax_mad k1.0", PB_MEASURE_AUROC), 0.7);
    assert_near(pb_study_mean(study, &slice, "a", "imgmax_mad k1.5", PB_MEASURE_IMAGES_REMOVED), 2);
    pb_study_free(study);
}

static void assurance_rows_are_told_apart_by_detector(void **state)
{
    (void)state;
    pb_study *study;
    study_write("p5.csv",
                "dataset;setup;detector;auditor;method;contamination_rate;seed;train_limit;n_removed;n_cont_removed;"
                "top1_cont;img_auroc;elapsed_s\n"
                "a;disjoint;clip;dinov3;audit_remove;0.3;0;10;3;2;1;0.8;1\n"
                "a;disjoint;dinov3;dinov3;audit_remove;0.3;0;10;3;2;1;0.9;1\n");
    assert_ok(read_files("p5.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    const pb_study_slice slice = {.setup = PB_SETUP_DISJOINT, .contamination = 0.3, .detector = "clip"};
    assert_int_equal(pb_study_get_contents(study)->n_detectors, 2);
    assert_near(pb_study_mean(study, &slice, "a", "audit_remove", PB_MEASURE_AUROC), 0.8);
    assert_near(pb_study_mean(study, &slice, "a", "audit_remove", PB_MEASURE_CONTAMINATED_REMOVED), 2);
    assert_near(pb_study_mean(study, &slice, "a", "audit_remove", PB_MEASURE_TOP1_CONTAMINATED), 1);
    pb_study_free(study);
}

/* N 10 has two seeds, N 20 has one: over all rows at once the mean would be 0.7. */
static void seeds_are_averaged_before_limits(void **state)
{
    (void)state;
    static const int64_t both[] = {10, 20}, ten[] = {10}, other[] = {10, 5};
    pb_study *study;
    study_write("results_v2.csv",
                HEADER "a;none;0.3;10;0;5;95;0.6;\na;none;0.3;10;1;5;95;0.6;\na;none;0.3;20;0;5;95;0.9;\n"
                       "a;none;0.3;10;0;7;95;0.1;\na;none;0.3;10;0;5;90;0.2;\na;none;0;10;0;5;95;0.3;\n"
                       "b;none;0.3;10;0;5;95;0.4;\nb;none;0.3;10;1;5;95;0.8;\n");
    assert_ok(read_files("results_v2.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    pb_study_slice slice = {.setup = PB_SETUP_SHARED, .contamination = 0.3, .limits = both, .n_limits = 2};
    assert_near(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC), 0.75);
    assert_int_equal(pb_study_seeds(study, &slice, "a", "none", PB_MEASURE_AUROC), 1);
    assert_true(isnan(pb_study_mean(study, &slice, "b", "none", PB_MEASURE_AUROC))); /* no N 20 */
    slice.limits = other;
    assert_true(isnan(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC)));
    slice.limits = ten;
    slice.n_limits = 1;
    assert_near(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC), 0.6);
    slice.k = 7;
    assert_near(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC), 0.1);
    slice.k = 0;
    slice.percentile = 90;
    assert_near(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC), 0.2);
    slice.percentile = 0;
    pb_study_summary summary;
    assert_ok(pb_study_summarise(study, &slice, NULL, 0, "none", PB_MEASURE_AUROC, &summary));
    assert_int_equal(summary.n, 2);
    assert_int_equal(summary.n_seeds, 2);
    assert_near(summary.mean, 0.6);
    assert_near(summary.sd_categories, 0);
    assert_near(summary.sd_seeds, sqrt(0.02)); /* of (.6 + .4) / 2 and (.6 + .8) / 2 */
    pb_study_free(study);
}

static int64_t pooled(const pb_study *study, double c, int64_t k, const char *method, int64_t *out)
{
    const pb_study_slice slice = {.setup = PB_SETUP_SHARED, .contamination = c, .k = k};
    return pb_study_pooled_limits(study, &slice, method, out);
}

static void published_limits_are_pooled_where_they_occur(void **state)
{
    (void)state;
    int64_t limits[4];
    pb_study *study;
    study_write("results_v2.csv", HEADER "a;none;0.3;5;0;5;95;0.6;\na;none;0.3;10;0;5;95;0.6;\n"
                                         "a;loo_patch;0.3;20;0;5;95;0.9;\na;none;0.3;40;0;5;95;0.9;\n"
                                         "a;none;0.1;40;0;5;95;0.6;\na;none;0.1;5;0;5;95;0.6;\n"
                                         "a;none;0.1;20;0;7;95;0.6;\n");
    assert_ok(read_files("results_v2.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    assert_int_equal(pooled(study, 0.3, 0, NULL, limits), 2);
    assert_true(limits[0] == 10 && limits[1] == 20);
    assert_int_equal(pooled(study, 0.3, 0, "none", limits), 1);
    assert_int_equal(limits[0], 10);
    assert_int_equal(pooled(study, 0.1, 0, NULL, limits), 2); /* 20 is of another K */
    assert_true(limits[0] == 5 && limits[1] == 40);
    assert_int_equal(pooled(study, 0.1, 7, NULL, limits), 1);
    assert_int_equal(limits[0], 20);
    assert_int_equal(pooled(study, 0.2, 0, NULL, limits), 0);
    pb_study_free(study);
}

static void equal_cells_are_one(void **state)
{
    (void)state;
    pb_study *study;
    study_write("results_v2.csv", HEADER "a;none;0.3;10;0;5;95;0.81234567;\na;none;0.30;10;0;5;95;0.81234567;\n");
    study_write("p4.csv",
                "dataset;setup;method;contamination_rate;seed;train_limit;img_auroc;removal_recall;elapsed_s\n"
                "a;shared;none;0.3;0;10;0.8123;0.5;1\n");
    assert_ok(read_files("results_v2.csv", "p4.csv", PB_STUDY_ONE_SETUP, &study));
    const pb_study_contents *c = pb_study_get_contents(study);
    assert_int_equal(c->n_rows, 1);
    assert_near(c->rows[0].value[PB_MEASURE_AUROC], 0.81234567);
    assert_near(c->rows[0].value[PB_MEASURE_REMOVAL_RECALL], 0.5);
    pb_study_free(study);
}

/* ---- Setups ------------------------------------------------------------------------------------------------------- */

static void the_setup_is_found(void **state)
{
    (void)state;
    pb_study *study;
    const char *row = HEADER "a;none;0.3;10;0;5;95;0.8;\n";
    study_write("results_leakage_check.csv", row);
    study_write("mine.csv", row);
    study_write("results_v2.csv", row);
    assert_ok(read_files("results_leakage_check.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    assert_int_equal(pb_study_get_contents(study)->setups[0], PB_SETUP_DISJOINT);
    pb_study_free(study);
    assert_ok(read_files("mine.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    assert_int_equal(pb_study_get_contents(study)->setups[0], PB_SETUP_SHARED);
    assert_string_equal(pb_study_get_contents(study)->assumed_shared, study_path("mine.csv"));
    pb_study_free(study);
    assert_ok(read_files("mine.csv", NULL, PB_STUDY_DISJOINT_ONLY, &study));
    assert_int_equal(pb_study_get_contents(study)->setups[0], PB_SETUP_DISJOINT);
    assert_null(pb_study_get_contents(study)->assumed_shared);
    pb_study_free(study);
    assert_status(read_files("results_v2.csv", NULL, PB_STUDY_DISJOINT_ONLY, &study), PB_STATUS_MISMATCH);
    assert_message("no row of");
    assert_message("is of setup disjoint");
}

static void setups_are_not_mixed_unless_asked_for(void **state)
{
    (void)state;
    pb_study *study;
    study_write("results_v2.csv", HEADER "a;none;0.3;10;0;5;95;0.8;\n");
    study_write("results_leakage_check.csv", HEADER "a;none;0.3;10;0;5;95;0.9;\n");
    assert_status(read_files("results_v2.csv", "results_leakage_check.csv", PB_STUDY_ONE_SETUP, &study),
                  PB_STATUS_MISMATCH);
    assert_message("results_v2.csv, line 2 is of setup shared");
    assert_message("results_leakage_check.csv, line 2 of setup disjoint");
    assert_ok(read_files("results_v2.csv", "results_leakage_check.csv", PB_STUDY_BOTH_SETUPS, &study));
    assert_int_equal(pb_study_get_contents(study)->n_setups, 2);
    pb_study_slice slice = {.setup = PB_SETUP_SHARED, .contamination = 0.3};
    assert_near(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC), 0.8);
    slice.setup = PB_SETUP_DISJOINT;
    assert_near(pb_study_mean(study, &slice, "a", "none", PB_MEASURE_AUROC), 0.9);
    pb_study_free(study);
    assert_ok(read_files("results_v2.csv", "results_leakage_check.csv", PB_STUDY_SHARED_ONLY, &study));
    assert_int_equal(pb_study_get_contents(study)->n_rows, 1);
    pb_study_free(study);
}

#define ABOUT(setup, weights)                                                                                          \
    "{" setup "\"features\": {\"backbone\": \"builtin\", \"weights_hash\": \"" weights                                 \
    "\", \"layer\": \"\", \"precision\": \"f32\", \"preprocessing\": \"\", \"input_height\": 64, \"input_width\": "    \
    "64, "                                                                                                             \
    "\"grid_height\": 8, \"grid_width\": 8, \"dim\": 4}}"

static void the_file_beside_results_is_read(void **state)
{
    (void)state;
    pb_study *study;
    study_write("results_v2.csv", HEADER "a;none;0.3;10;0;5;95;0.8;\n");
    study_write("results_v2.csv.json", ABOUT("\"setup\": \"disjoint\", ", "aa"));
    study_write("other.csv", HEADER "a;none;0.3;20;0;5;95;0.8;\n");
    study_write("other.csv.json", ABOUT("\"setup\": \"disjoint\", ", "bb"));
    assert_ok(read_files("results_v2.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    assert_int_equal(pb_study_get_contents(study)->setups[0], PB_SETUP_DISJOINT);
    assert_string_equal(pb_study_get_contents(study)->origin->weights_hash, "aa");
    pb_study_free(study);
    assert_status(read_files("results_v2.csv", "other.csv", PB_STUDY_ONE_SETUP, &study), PB_STATUS_MISMATCH);
    assert_message("one by one");
}

/* ---- What is refused ---------------------------------------------------------------------------------------------- */

static void bad_files_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        pb_status status;
        const char *says;
    } cases[] = {
        {"", PB_STATUS_BAD_FORMAT, "bad.csv is empty"},
        {HEADER, PB_STATUS_BAD_FORMAT, "line 1: names of columns, but no row"},
        {"dataset;method;img_auroc\na;none;0.5\n", PB_STATUS_BAD_FORMAT,
         "line 1: not a file of results: there is no column contamination_rate, train_limit, seed"},
        {"name;value\na;1\n", PB_STATUS_BAD_FORMAT,
         "no column dataset, purification_method, contamination_rate, train_limit, seed, img_auroc"},
        {"dataset,purification_method,contamination_rate,train_limit,seed,img_auroc\na,none,0.3,10,0,0.5\n",
         PB_STATUS_BAD_FORMAT, "line 1: fields must be separated by \";\", this file has \",\""},
        {HEADER "a;none;0.3;10;0;5;95;0.8;\na;none;0.3;10;1;5", PB_STATUS_BAD_FORMAT,
         "line 3: 6 fields, the first line has 9; the file ends within this row"},
        {HEADER "a;none;0.3;10;0;5;95;0.8;\n\n\na;none;0.3;10;1\na;none;0.3;10;2;5;95;0.8;\n", PB_STATUS_BAD_FORMAT,
         "line 5: 5 fields, the first line has 9"},
        {"seed;dataset;method;contamination_rate;train_limit;img_auroc\n0;a;none;0.3;10;0.8123\n1;a;none;0.3;10;0.8",
         PB_STATUS_BAD_FORMAT, "line 3: the last row has no line end: \"0.8\" of column img_auroc may not be whole"},
        {HEADER "a;none;0.3;10;0;5;95;0.81;\nb;none;0.3;10;0;5;95;0.8;\na;none;0.3;10;0;5;95;0.82;\n",
         PB_STATUS_BAD_FORMAT, "line 4 contradicts"},
        {HEADER "a;none;0.3;10;0;5;95;0.81;\n\na;none;0.3;10;1;5;95;nan;\n", PB_STATUS_BAD_VALUE,
         "line 4: img_auroc is \"nan\", not a finite number"},
        {HEADER "a;none;0.3;10;0;5;95;inf;\n", PB_STATUS_BAD_VALUE, "line 2: img_auroc is \"inf\""},
        {HEADER "a;none;nan;10;0;5;95;0.5;\n", PB_STATUS_BAD_VALUE, "line 2: contamination_rate is \"nan\""},
        {HEADER "a;none;0.3;10;0;5;95;81.2;\n", PB_STATUS_BAD_VALUE,
         "line 2: img_auroc is \"81.2\", not a number from 0 to 1"},
        {HEADER "a;none;0.3;10;0;5;95;0,8;\n", PB_STATUS_BAD_FORMAT, "line 2: img_auroc is \"0,8\", not a number"},
        {HEADER "a;none;0.3;;0;5;95;0.8;\n", PB_STATUS_BAD_FORMAT, "line 2: train_limit is \"\", not a number"},
        {HEADER "a;none;0.3;10.5;0;5;95;0.8;\n", PB_STATUS_BAD_VALUE, "train_limit is \"10.5\", not a whole number"},
        {HEADER ";none;0.3;10;0;5;95;0.8;\n", PB_STATUS_BAD_FORMAT, "line 2: dataset is \"\", a name is needed"},
        {"dataset;method;setup;contamination_rate;train_limit;seed;img_auroc\na;none;mixed;0.3;10;0;0.5\n",
         PB_STATUS_BAD_FORMAT, "line 2: setup is \"mixed\", neither shared nor disjoint"},
        {"dataset;method;purification_method;contamination_rate;train_limit;seed;img_auroc\na;none;none;0;10;0;0.5\n",
         PB_STATUS_BAD_FORMAT, "the columns \"method\" and \"purification_method\" say the same"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pb_study *study = NULL;
        study_write("bad.csv", cases[i].text);
        assert_status(read_files("bad.csv", NULL, PB_STUDY_ONE_SETUP, &study), cases[i].status);
        assert_message(cases[i].says);
        assert_message("bad.csv");
    }
    pb_study *study;
    assert_status(read_files("missing.csv", NULL, PB_STUDY_ONE_SETUP, &study), PB_STATUS_IO);
}

static void names_are_parsed(void **state)
{
    (void)state;
    pb_measure measure;
    pb_study_setups setups;
    assert_ok(pb_measure_parse("img_aupr", &measure));
    assert_int_equal(measure, PB_MEASURE_AUPR);
    assert_ok(pb_measure_parse("image_score_det_auroc", &measure));
    assert_string_equal(pb_measure_name(measure), "contaminant_detection_auroc");
    assert_status(pb_measure_parse("auroc", &measure), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_study_setups_parse("both", &setups));
    assert_int_equal(setups, PB_STUDY_BOTH_SETUPS);
    assert_status(pb_study_setups_parse("all", &setups), PB_STATUS_BAD_ARGUMENT);
    assert_true(pb_study_is_loco("mvtec_loco_AD/screw_bag"));
    assert_false(pb_study_is_loco("mvtec_loco_ADx/screw_bag"));
    assert_string_equal(pb_study_benchmark("VisA/pcb1"), "VisA");
    assert_string_equal(pb_study_benchmark("bottles"), "own");
}

/* The size of everything the studies computed with one backbone. */
static void large_files_take_little_memory(void **state)
{
    (void)state;
    enum { DATASETS = 40, METHODS = 25, ROWS = DATASETS * METHODS * 4 * 2 * 5 };
    FILE *file = fopen(study_path("large.csv"), "w");
    assert_non_null(file);
    fprintf(file, "timestamp;a;b;d;e;f;g;h;i;j;k;" HEADER);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "2026-01-01T00:00:00;1;2;3;4;5;6;7;8;9;10;d/%d;m%d;%.1f;%d;%d;5;95;%.4f;\n", i % DATASETS,
                i / DATASETS % METHODS, i / DATASETS / METHODS % 4 * 0.1, i / DATASETS / METHODS / 4 % 2 ? 10 : 20,
                i / DATASETS / METHODS / 8, 0.5 + i % 1000 * 1e-4);
    fclose(file);
    pb_study *study;
    assert_ok(read_files("large.csv", NULL, PB_STUDY_ONE_SETUP, &study));
    assert_int_equal(pb_study_get_contents(study)->n_rows, ROWS);
    assert_true(pb_memory_peak_bytes() < 100u << 20);
    pb_study_free(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_go_by_their_name),
        cmocka_unit_test(audits_are_told_apart_by_their_multiplier),
        cmocka_unit_test(assurance_rows_are_told_apart_by_detector),
        cmocka_unit_test(seeds_are_averaged_before_limits),
        cmocka_unit_test(published_limits_are_pooled_where_they_occur),
        cmocka_unit_test(equal_cells_are_one),
        cmocka_unit_test(the_setup_is_found),
        cmocka_unit_test(setups_are_not_mixed_unless_asked_for),
        cmocka_unit_test(the_file_beside_results_is_read),
        cmocka_unit_test(bad_files_are_refused_with_their_line),
        cmocka_unit_test(names_are_parsed),
        cmocka_unit_test(large_files_take_little_memory),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, study_make_folder, study_remove_folder);
}
