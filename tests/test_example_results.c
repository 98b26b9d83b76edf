/* The result files in examples/results are what the program reads and what this version would continue. */
#include "program.h"

#include <ftw.h>

#include "io/csv.h"

#define RESULTS                                                                                                        \
    "timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_train_original;"                    \
    "n_train_after_purification;n_contaminated;n_patches_removed;n_test;n_normal_test;n_anomaly_test;seed;knn_k;"      \
    "percentile_threshold;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;auroc_delta_vs_clean;recovery_rate;"          \
    "contaminant_detection_auroc;contaminant_precision_at_1;contaminant_precision_at_k;contaminant_recall_at_k;"       \
    "adaptive_did_purify;adaptive_skewness;inference_time_s"
#define PIXEL                                                                                                          \
    "timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_train_original;n_contaminated;"     \
    "n_patches_removed;n_test;seed;knn_k;percentile_threshold;img_auroc;pix_auroc;pix_aupr;n_masks_found;"             \
    "auroc_delta_vs_clean;recovery_rate;pix_auroc_delta_vs_clean;pix_recovery_rate;inference_time_s"
#define IMAGE_LEVEL                                                                                                    \
    "timestamp;dataset;setup;config;method;param_k;contamination_rate;seed;train_limit;knn_k;n_train_original;"        \
    "n_contaminated;n_images_removed;n_contaminated_removed;removal_precision;removal_recall;image_score_det_auroc;"   \
    "n_patches_after;n_test;n_normal_test;n_anomaly_test;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;elapsed_s"
#define ASSURANCE                                                                                                      \
    "timestamp;dataset;setup;detector;auditor;method;contamination_rate;seed;train_limit;n_train;n_contaminated;"      \
    "n_removed;n_cont_removed;top1_cont;top2_cont;top3_cont;img_auroc;img_aupr;tpr_fpr1;tpr_fpr5;elapsed_s"

/* Files by the end of their path. */
static const struct {
    const char *name, *header;
} kinds[] = {
    {"/results_v2.csv", RESULTS},
    {"/results_extra_cont.csv", RESULTS},
    {"/results_tl5.csv", RESULTS},
    {"/ablation_percentile.csv", RESULTS},
    {"/ablation_knn_k.csv", RESULTS},
    {"/results_pixel_auroc.csv", PIXEL},
    {"/exp_p4_image_level/results.csv", IMAGE_LEVEL},
    {"/exp_p5_assurance/results.csv", ASSURANCE},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

static int n_files[N_KINDS];

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    char *text = calloc(1, 1 << 22);
    assert_non_null(text);
    const size_t n = fread(text, 1, (1 << 22) - 1, file);
    assert_true(n > 0 && n < (1 << 22) - 1);
    fclose(file);
    return text;
}

/* Paths of a machine begin with a slash. */
static void assert_no_paths(const char *path, const char *text)
{
    for (const char *at = strchr(text, '/'); at; at = strchr(at + 1, '/'))
        if (at == text || strchr(";\" \n", at[-1]))
            fail_msg("%s has a path in it: %.40s", path, at);
}

/* What stands in <file>.json: the setup that the folder is called after, and what made the features. */
static void check_about(const char *path, bool in_rows)
{
    char name[1024], line[64];
    snprintf(name, sizeof name, "%s.json", path);
    char *text = read_text(name);
    assert_no_paths(name, text);
    assert_non_null(strstr(text, "\"backbone\": \"builtin\""));
    assert_int_equal(strstr(text, "\"setup\"") == NULL, in_rows);
    snprintf(line, sizeof line, "\"setup\": \"%s\"", strstr(path, "/shared/") ? "shared" : "disjoint");
    if (!in_rows && !strstr(text, line))
        fail_msg("%s does not say %s", name, line);
    free(text);
}

static void check_file(const char *path, int kind)
{
    char arguments[2048], lines[64];
    pb_csv_table table;
    char *text = read_text(path);
    assert_no_paths(path, text);
    const size_t length = strcspn(text, "\r\n");
    text[length] = '\0';
    assert_string_equal(text, kinds[kind].header);
    free(text);
    assert_ok(pb_csv_read(path, 1 << 22, ';', &table));
    snprintf(lines, sizeof lines, "%d rows in both, 0 only in A, 0 only in B;", (int)table.n_rows);
    assert_true(table.n_rows > 0);
    pb_csv_table_free(&table);
    snprintf(arguments, sizeof arguments, "compare '%s' '%s' --tolerance 0", path, path);
    assert_run(arguments, 0);
    assert_says(lines);
    assert_says(", 0 empty on one side");
    check_about(path, strcmp(kinds[kind].header, IMAGE_LEVEL) == 0 || strcmp(kinds[kind].header, ASSURANCE) == 0);
    n_files[kind]++;
}

static int visit(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)where;
    int kind = -1;
    if (type != FTW_F || ends_with(path, ".json") || ends_with(path, ".lock"))
        return 0;
    for (int i = 0; i < N_KINDS; i++)
        if (ends_with(path, kinds[i].name))
            kind = i;
    if (kind < 0)
        fail_msg("%s is no result file that a run writes", path);
    check_file(path, kind);
    return 0;
}

static void every_file_is_read(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder);
    assert_int_equal(nftw(PB_RESULTS_DIR, visit, 8, FTW_PHYS), 0);
    for (int i = 0; i < N_KINDS; i++)
        if (n_files[i] == 0)
            fail_msg("there is no %s", kinds[i].name);
    assert_int_equal(test_remove_dir(program_folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_read),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
