/* The program's statistics from result files: equal to what pandas, SciPy, scikit-posthocs, statsmodels and NumPy conclude from the
 * same file (tests/golden/stats/make_study.py), and clear words about bad files. */
#include "golden_text.h"
#include "program.h"

#include <jansson.h>

#include "io/csv.h"

static int make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder - 8);
    shell("cp '" PB_GOLDEN_DIR "/stats/study.csv' results_v2.csv");
    return 0;
}

static void read_table(const char *name, pb_csv_table *out)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_ok(pb_csv_read(path, 1 << 20, ';', out));
}

/* The row of `method`. */
static int64_t row_of(const pb_csv_table *table, const char *method)
{
    int64_t column;
    assert_ok(pb_csv_column(table, "method", "table", &column));
    for (int64_t r = 0; r < table->n_rows; r++)
        if (strcmp(table->field[r * table->n_columns + column], method) == 0)
            return r;
    fail_msg("%s is not in the table", method);
    return -1;
}

static const char *text_at(const pb_csv_table *table, int64_t row, const char *name)
{
    int64_t column = 0;
    assert_ok(pb_csv_column(table, name, "table", &column));
    return table->field[row * table->n_columns + column];
}

static double number_at(const pb_csv_table *table, int64_t row, const char *name)
{
    char *end;
    const char *text = text_at(table, row, name);
    const double value = strtod(text, &end);
    if (*text == '\0' || *end)
        fail_msg("%s is \"%s\"", name, text);
    return value;
}

static const char *const methods[] = {
    "none", "loo_patch", "cosine_loo", "mahalanobis_patch", "ensemble_loo_mahal", "random_patch", "lof_patch"};
enum { N_METHODS = sizeof methods / sizeof *methods };

static double *golden(const char *name, const char *categories)
{
    char full[64];
    int64_t n;
    snprintf(full, sizeof full, "%s_%s", name, categories);
    return golden_array("stats/study.txt", full, &n);
}

static void check_rankings(const char *file, const char *categories)
{
    pb_csv_table table;
    double *friedman = golden("friedman", categories), *ranks = golden("ranks", categories);
    double *means = golden("means", categories), *nemenyi = golden("nemenyi", categories);
    read_table(file, &table);
    assert_int_equal(table.n_rows, N_METHODS);
    for (int m = 0; m < N_METHODS; m++) {
        const int64_t row = row_of(&table, methods[m]);
        assert_string_equal(text_at(&table, row, "setup"), "shared");
        assert_string_equal(text_at(&table, row, "train_limits"), "10+20");
        assert_string_equal(text_at(&table, row, "contamination_rate"), "0.3");
        assert_string_equal(text_at(&table, row, "categories"), categories);
        assert_close(number_at(&table, row, "n"), friedman[0], 0, 0);
        assert_close(number_at(&table, row, "friedman_chi2"), friedman[1], 1e-9, 0);
        assert_close(number_at(&table, row, "friedman_p"), friedman[2], 1e-6, 0);
        assert_close(number_at(&table, row, "critical_difference"), friedman[3], 1e-6, 0);
        assert_close(number_at(&table, row, "mean_rank"), ranks[m], 1e-12, 0);
        assert_close(number_at(&table, row, "mean_auroc"), means[m], 1e-12, 0);
        for (int j = 0; j < N_METHODS; j++) {
            char column[64];
            snprintf(column, sizeof column, "nemenyi_p_%s", methods[j]);
            assert_close(number_at(&table, row, column), nemenyi[m * N_METHODS + j], 1e-4, 1e-6);
        }
        /* Best first. */
        assert_true(row == 0 || number_at(&table, row - 1, "mean_rank") <= ranks[m]);
    }
    free(friedman);
    free(ranks);
    free(means);
    free(nemenyi);
    pb_csv_table_free(&table);
}

static void check_comparisons(const char *file, const char *categories)
{
    static const char *const columns[] = {"n",         "mean_auroc", "baseline_auroc", "difference", "ci95_low",
                                          "ci95_high", "wilcoxon_w", "wilcoxon_p",     "holm_p",     "cliffs_delta",
                                          "a12",       "wins",       "ties",           "losses",     "clean_penalty",
                                          "recovery"};
    pb_csv_table table;
    read_table(file, &table);
    assert_int_equal(table.n_rows, N_METHODS); /* oracle_patch in place of none */
    for (int m = 1; m <= N_METHODS; m++) {
        const char *method = m < N_METHODS ? methods[m] : "oracle_patch";
        const int64_t row = row_of(&table, method);
        double *expected = golden(method, categories);
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
            if (isnan(expected[i])) /* the oracle is no hypothesis */
                assert_string_equal(text_at(&table, row, columns[i]), "");
            else if (!is_close(number_at(&table, row, columns[i]), expected[i], 1e-9, 1e-12))
                fail_msg("%s of %s is %.17g instead of %.17g", columns[i], method, number_at(&table, row, columns[i]),
                         expected[i]);
        }
        assert_string_equal(text_at(&table, row, "effect"), pb_stats_effect(expected[9]));
        free(expected);
    }
    pb_csv_table_free(&table);
}

static void files_say_what_scipy_says(void **state)
{
    (void)state;
    assert_run("stats results_v2.csv -o out", 0);
    check_rankings("out/rankings_shared_c0.3_all.csv", "all");
    check_rankings("out/rankings_shared_c0.3_no_loco.csv", "no_loco");
    check_comparisons("out/wilcoxon_shared_c0.3_all.csv", "all");
    check_comparisons("out/wilcoxon_shared_c0.3_no_loco.csv", "no_loco");
}

static void the_terminal_and_the_summary_say_the_same(void **state)
{
    (void)state;
    assert_run("stats results_v2.csv -o out", 0);
    assert_says("Setup shared, N 10 and 20 pooled, c 0.3, all categories, img_auroc");
    assert_says("Setup shared, N 10 and 20 pooled, c 0.3, categories without LOCO, img_auroc");
    assert_says(
        "Friedman: χ² = 93.11, p = 6.8e-18, over the 7 methods with a mean rank (1 = best) and n = 18 categories.");
    assert_says("Ranks further apart than the critical difference 2.123 differ at the 5 % level (Nemenyi).");
    assert_says("left out of the ranking: VisA/v3, which has no LOF");
    assert_says("Holm over 6 methods");
    assert_says("Shared: the contaminants are among the tested anomalies");
    char path[512], line[1024];
    snprintf(path, sizeof path, "%s/out/summary_shared_c0.3_all.txt", program_folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int n_lines = 0;
    while (fgets(line, sizeof line, file) && line[0] != '\n') { /* up to the notes */
        assert_says(line);
        n_lines++;
    }
    fclose(file);
    assert_true(n_lines > 18);
}

static void json_has_everything(void **state)
{
    (void)state;
    char path[512];
    assert_run("stats results_v2.csv -o out -q", 0);
    assert_string_equal(program_output, "");
    snprintf(path, sizeof path, "%s/out/stats.json", program_folder);
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    const json_t *slices = json_object_get(root, "slices"), *slice = json_array_get(slices, 0);
    assert_int_equal(json_array_size(slices), 2);
    assert_string_equal(json_string_value(json_object_get(slice, "setup")), "shared");
    assert_string_equal(json_string_value(json_object_get(slice, "categories")), "all");
    assert_int_equal(json_array_size(json_object_get(slice, "train_limits")), 2);
    const json_t *ranking = json_object_get(slice, "ranking");
    double *friedman = golden("friedman", "all");
    assert_int_equal(json_integer_value(json_object_get(ranking, "n")), 18);
    assert_int_equal(json_array_size(json_object_get(ranking, "datasets")), 18);
    assert_close(json_real_value(json_object_get(ranking, "friedman_chi2")), friedman[1], 1e-9, 0);
    const json_t *excluded = json_array_get(json_object_get(ranking, "excluded"), 0);
    assert_string_equal(json_string_value(json_object_get(excluded, "dataset")), "VisA/v3");
    assert_string_equal(json_string_value(json_object_get(excluded, "lacks")), "lof_patch");
    assert_int_equal(json_array_size(json_object_get(slice, "comparisons")), N_METHODS);
    free(friedman);
    json_decref(root);
}

static void options_choose(void **state)
{
    (void)state;
    assert_run("stats results_v2.csv -o chosen --exclude-loco --limits 20 --contamination 0,0.3 --methods "
               "none,loo_patch,cosine_loo",
               0);
    assert_says("Setup shared, N 20, c 0.3, categories without LOCO");
    assert_says("over the 3 methods with a mean rank");
    shell("ls chosen > chosen.txt; printf '%s\\n' rankings_shared_n20_c0.3_no_loco.csv "
          "rankings_shared_n20_c0_no_loco.csv stats.json "
          "summary_shared_n20_c0.3_no_loco.txt summary_shared_n20_c0_no_loco.txt wilcoxon_shared_n20_c0.3_no_loco.csv "
          "wilcoxon_shared_n20_c0_no_loco.csv | LC_ALL=C sort > expected.txt; LC_ALL=C sort chosen.txt | cmp - "
          "expected.txt");
    assert_run("stats results_v2.csv -o chosen --setup disjoint", 3);
    assert_says("is of setup disjoint");
    assert_run("stats results_v2.csv -o chosen --methods none,lop_patch", 2);
    assert_says("the results have no method 'lop_patch'");
    assert_says("ensemble_loo_mahal");
    assert_run("stats results_v2.csv -o chosen --limits ten", 2);
    assert_says("--limits: 'ten' is not a whole number");
    assert_run("stats results_v2.csv -o chosen --contamination 0.2", 3);
    assert_says("there are no results of setup shared with c 0.2");
    assert_run("stats results_v2.csv", 2);
    assert_says("-o DIR");
    assert_run("stats -o chosen", 2);
}

static void few_categories_are_said_to_be_few(void **state)
{
    (void)state;
    shell("(head -1 results_v2.csv; grep btad/ results_v2.csv) > few_categories.csv");
    assert_run("stats few_categories.csv -o few --setup disjoint", 0);
    assert_says("With n = 3 no p of Wilcoxon's test can be below 0.05");
    assert_true(!strstr(program_output, "Shared"));
    shell("test ! -e few/summary_disjoint_c0.3_no_loco.txt"); /* nothing would be left out */
    shell("(head -1 results_v2.csv; grep btad/01 results_v2.csv) > one_category.csv");
    assert_run("stats one_category.csv -o one --setup disjoint", 0);
    assert_says("n = 1: no statistics over categories.");
    assert_null(strstr(program_output, "Friedman"));
    assert_null(strstr(program_output, "1.0000"));
}

static void setups_stay_apart(void **state)
{
    (void)state;
    shell("cp results_v2.csv results_leakage_check.csv");
    assert_run("stats results_v2.csv results_leakage_check.csv -o both", 3);
    assert_says("must not be mixed; use --setup disjoint, shared or both");
    shell("test ! -e both");
    assert_run("stats results_v2.csv results_leakage_check.csv -o both --setup both", 0);
    shell("cut -d';' -f2- both/wilcoxon_shared_c0.3_all.csv > a.txt; cut -d';' -f2- "
          "both/wilcoxon_disjoint_c0.3_all.csv | cmp - a.txt");
    shell("cp results_v2.csv mine.csv");
    assert_run("stats mine.csv -o mine", 0);
    assert_says("nothing tells the setup of mine.csv: it counts as shared");
    assert_run("stats mine.csv -o mine --setup disjoint", 0);
    assert_says("Setup disjoint");
}

static void audits_are_compared_by_multiplier(void **state)
{
    (void)state;
    FILE *file;
    char path[512];
    snprintf(path, sizeof path, "%s/p4.csv", program_folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "dataset;setup;method;param_k;contamination_rate;seed;train_limit;knn_k;img_auroc;elapsed_s\n");
    for (int c = 0; c < 8; c++)
        for (int share = 0; share < 2; share++) {
            const char *rest = share ? "0.3;0;10;5" : "0.0;0;10;5";
            fprintf(file, "d%d;disjoint;none;0.0;%s;%.4f;1\n", c, rest, share ? .8 - .01 * c : .9);
            fprintf(file, "d%d;disjoint;imgmax_mad;1.0;%s;%.4f;1\n", c, rest, share ? .84 - .009 * c : .89);
            fprintf(file, "d%d;disjoint;imgmax_mad;1.5;%s;%.4f;1\n", c, rest, share ? .85 - .008 * c : .895);
            fprintf(file, "d%d;disjoint;imgmax_known_c;0.0;%s;%.4f;1\n", c, rest, share ? .86 - .007 * c : .9);
        }
    fclose(file);
    pb_csv_table table;
    assert_run("stats p4.csv -o p4", 0);
    read_table("p4/wilcoxon_disjoint_c0.3_all.csv", &table);
    assert_int_equal(table.n_rows, 3);
    const int64_t row = row_of(&table, "imgmax_mad k1.5");
    assert_close(number_at(&table, row, "clean_penalty"), .005, 0, 1e-12);
    assert_close(number_at(&table, row, "wilcoxon_p"), 2.0 / 256, 1e-12, 0);
    assert_close(number_at(&table, row, "holm_p"), 4.0 / 256, 1e-12, 0);
    assert_string_equal(text_at(&table, row_of(&table, "imgmax_known_c"), "holm_p"), "");
    pb_csv_table_free(&table);
    assert_run("stats p4.csv -o p4 --methods none,imgmax_mad", 0);
    assert_says("  audit max, k 1  ");
    assert_says("  audit max, k 1.5  ");
    /* Beside rows of detectors, rows without one have no name that could be missing. */
    shell("sed '1s/$/;detector/; 2,$s/$/;half/' p4.csv > p5.csv");
    assert_run("stats p4.csv p5.csv -o p5", 0);
    assert_says("c 0.3, all categories");
    assert_says("c 0.3, detector half, all categories");
    shell("test -f p5/summary_disjoint_c0.3_all.txt -a -f p5/summary_disjoint_half_c0.3_all.txt");
}

/* Names of detectors that differ only in what file names cannot have: nobody's tables replace another's. */
static void detectors_keep_their_files(void **state)
{
    (void)state;
    static const char *const detectors[] = {"a b", "a-b", "a/b", "A-B"};
    char path[512];
    snprintf(path, sizeof path, "%s/detectors.csv", program_folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "dataset;setup;method;detector;contamination_rate;seed;train_limit;img_auroc\n");
    for (int d = 0; d < 4; d++)
        for (int c = 0; c < 3; c++)
            fprintf(file, "c%d;disjoint;none;%s;0.3;0;10;0.%d1\nc%d;disjoint;audit_remove;%s;0.3;0;10;0.%d2\n", c,
                    detectors[d], 5 + d, c, detectors[d], 5 + d);
    fclose(file);
    assert_run("stats detectors.csv -o detectors", 0);
    shell("test $(ls detectors/wilcoxon_* | wc -l) = 4 && test $(cat detectors/wilcoxon_* | grep -c audit_remove) = 4");
    shell("for value in 0.51 0.61 0.71 0.81; do grep -q $value detectors/wilcoxon_* || exit 1; done");
}

/* A number that is named twice counts once: an N would weigh twice in the mean. */
static void what_is_named_twice_counts_once(void **state)
{
    (void)state;
    assert_run("stats results_v2.csv -o once --limits 10,20 --contamination 0.3", 0);
    assert_run("stats results_v2.csv -o twice --limits 10,20,10 --contamination 0.3,0.3", 0);
    shell("diff -r once twice");
}

/* 3 * 0.1, and 0.3 in float32. */
static void contamination_may_be_a_little_off(void **state)
{
    (void)state;
    assert_run("stats results_v2.csv -o exact", 0);
    shell("sed 's/;0\\.3;/;0.30000000000000004;/' results_v2.csv > off.csv && ! cmp -s off.csv results_v2.csv");
    assert_run("stats off.csv -o off --setup shared", 0);
    shell("diff -r -x stats.json exact off");
    shell("sed 's/;0\\.3;/;0.30000001192092896;/; s/;0\\.0;/;-0.0;/' results_v2.csv > off.csv");
    assert_run("stats off.csv -o off --setup shared", 0);
    shell("diff -r -x stats.json exact off");
}

static void too_many_methods_are_refused(void **state)
{
    (void)state;
    shell("(echo 'dataset;method;contamination_rate;seed;train_limit;img_auroc'; for i in $(seq 600); do echo "
          "\"a;m$i;0.3;0;10;0.5\"; done; echo 'a;none;0.3;0;10;0.5') > many.csv");
    assert_run("stats many.csv -o many --setup shared", 3);
    assert_says("601 methods are more than the 500 that can be ranked together");
    assert_run("stats many.csv -o many --setup shared --methods none,m1,m2", 0);
}

static void bad_files_get_a_line(void **state)
{
    (void)state;
    shell("head -c 3000 results_v2.csv > torn.csv; tr ';' ',' < results_v2.csv > comma.csv; : > empty.csv; head -1 "
          "results_v2.csv > head.csv");
    shell("cut -d';' -f1-4 results_v2.csv > few.csv; sed '7s/[0-9.]*\\r*$/nan/' results_v2.csv > nan.csv");
    shell("(cat results_v2.csv; sed -n 3p results_v2.csv | sed 's/0\\.[0-9]*$/0.0123/') > twice.csv");
    const struct {
        const char *arguments, *says;
    } cases[] = {
        {"stats torn.csv -o bad", "torn.csv, line "},
        {"stats comma.csv -o bad", "comma.csv, line 1: fields must be separated by \";\", this file has \",\""},
        {"stats empty.csv -o bad", "empty.csv is empty"},
        {"stats head.csv -o bad", "head.csv, line 1: names of columns, but no row follows"},
        {"stats few.csv -o bad", "few.csv, line 1: not a file of results: there is no column seed, img_auroc"},
        {"stats nan.csv -o bad", "nan.csv, line 7: img_auroc is \"nan\""},
        {"stats twice.csv -o bad", "contradicts twice.csv, line 3: img_auroc is 0.0123 and"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_run(cases[i].arguments, 3);
        assert_says(cases[i].says);
        shell("test ! -e bad");
    }
}

static void inputs_are_not_overwritten(void **state)
{
    (void)state;
    shell("mkdir -p own && cp results_v2.csv own/wilcoxon_shared_c0.3_all.csv && cp own/wilcoxon_shared_c0.3_all.csv "
          "before.csv");
    assert_run("stats own/wilcoxon_shared_c0.3_all.csv -o own", 2);
    assert_says("would be overwritten");
    shell("cmp own/wilcoxon_shared_c0.3_all.csv before.csv");
    assert_run("stats results_v2.csv -o results_v2.csv", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_say_what_scipy_says),
        cmocka_unit_test(the_terminal_and_the_summary_say_the_same),
        cmocka_unit_test(json_has_everything),
        cmocka_unit_test(options_choose),
        cmocka_unit_test(few_categories_are_said_to_be_few),
        cmocka_unit_test(setups_stay_apart),
        cmocka_unit_test(audits_are_compared_by_multiplier),
        cmocka_unit_test(detectors_keep_their_files),
        cmocka_unit_test(what_is_named_twice_counts_once),
        cmocka_unit_test(contamination_may_be_a_little_off),
        cmocka_unit_test(too_many_methods_are_refused),
        cmocka_unit_test(bad_files_get_a_line),
        cmocka_unit_test(inputs_are_not_overwritten),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_program_folder);
}
