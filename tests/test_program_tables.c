/* The program's tables and its page, from files of all four formats whose means are known by hand. */
#include "report.h"
#include "table_results.h"

#include "base/memory.h"
#include "io/file.h"

/* ---- looking ---- */

/* A file that the program wrote; free with pb_free(). */
static char *file_text(const char *name)
{
    char path[512];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_ok(pb_file_read(path, 16 << 20, &bytes, &size));
    return (char *)bytes;
}

#define assert_file_has(name, part)                                                                                    \
    do {                                                                                                               \
        char *text_ = file_text(name);                                                                                 \
        if (!strstr(text_, part))                                                                                      \
            fail_msg("\"%s\" is not in %s:\n%s", part, name, text_);                                                   \
        pb_free(text_);                                                                                                \
    } while (0)

static bool exists(const char *name)
{
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    return stat(path, &info) == 0;
}

/* ---- tests ---- */

/* method.md#published: what the second study published, recomputed from rows with its means. */
static void published_means_come_out(void **state)
{
    (void)state;
    assert_run("tables results.csv -o image", 0);
    assert_says("1330 rows, 35 categories, 6 methods");
    assert_says(
        "disjoint, N = 10 and 20, c = 0.3: audit max, k 1.5 recovers 39 % of what contamination costs (0.0191 AUROC, "
        "n = 35)"); /* as figures and tests, which pool them */
    assert_says(
        "shared, N = 10, c = 0.3: audit max, k 1.5 recovers 43 % of what contamination costs (0.0468 AUROC, n = 35)");
    const char *methods = "image/methods_disjoint_N10.csv";
    assert_file_has(methods,
                    "method;auroc;gain;recovery;p;wins;losses;clean_penalty;removal_precision;removal_recall\r\n");
    assert_file_has(methods, "\nnone (c = 0);0.8591;;;;;;;;\r\n");
    assert_file_has(methods, "\nnone;0.8415;;;;;;;;\r\n");
    assert_file_has(methods, "\nensemble_loo_mahal;0.8406;-0.0009;-5;");
    assert_file_has(methods, "\nimgmax_mad k1.0;0.8489;+0.0074;42;");
    assert_file_has(methods, "\nimgmax_mad k1.5;0.8480;+0.0065;37;");
    assert_file_has(methods, ";35;0;+0.0011;0.94;0.52\r\n");
    assert_file_has(methods, "\nimgmax_mad k2.0;0.8457;+0.0042;24;");
    assert_file_has(methods, "\noracle_patch;0.8518;+0.0103;59;");
    assert_file_has("image/methods_disjoint_N20.csv", "\nimgmax_mad k1.5;0.8582;+0.0084;41;");
    assert_file_has("image/methods_shared_N10.csv", "\nensemble_loo_mahal;0.8344;+0.0239;51;");
    assert_file_has("image/setups.csv",
                    "group;method;disjoint_auroc;disjoint_gain;disjoint_recovery;shared_auroc;shared_gain;"
                    "shared_recovery\r\n");
    assert_file_has("image/setups.csv",
                    "N = 10, 35 categories;imgmax_mad k1.5;0.8480;+0.0065;37;0.8308;+0.0203;43\r\n");
    /* Seeds lie 0.001 around the mean in every category: their standard deviation is 0.001 times the root of 2. */
    assert_file_has("image/main_disjoint.csv",
                    "N = 10, 35 categories;none;0.8591;0.0014;0.8550;0.0014;0.8415;0.0014\r\n");
    assert_file_has("image/main_disjoint.csv", "N = 20, 35 categories;none;0.8704;0.0014;;;0.8498;0.0014\r\n");
    assert_file_has("image/across_c_disjoint.csv", "N = 10;imgmax_mad k1.5;-0.0011;+0.0010;+0.0065;24;37\r\n");
    assert_file_has("image/removed_disjoint.csv", "N = 10;imgmax_mad k1.5;0.00;2.00;2.00;0.94;0.94;0.52;0.52\r\n");
    assert_file_has("image/detection_disjoint.csv",
                    "N = 10;none;0.8000;0.7000;0.2000;0.5000;0.8000;0.7000;0.2000;0.5000\r\n");
    assert_file_has("image/audit_k_disjoint.csv", "N = 10, 35 categories;imgmax_mad k1.0;0.8489;+0.0074;");
    assert_says("pixel                        not written: no columns of pixel metrics");
    assert_says("ablation_k                   not written: one K only");
    assert_says("review                       not written: no such rows of assurance");
    assert_false(exists("image/pixel_disjoint.csv"));
}

static void tests_are_those_of_a_table(void **state)
{
    (void)state;
    /* The second file of the pixel run lies among the others, and may come along with them. */
    assert_script(
        "printf 'timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_test;seed;knn_k;"
        "percentile_threshold;n_masks_found;n_regions;pix_f1max;pix_aupro_30;pix_aupro_5;pix_auspro_30;pix_auspro_5\\n"
        "2026-11-29T10:00:00;made;c;0;none;10;4;0;5;;2;2;0.5;0.5;0.5;;\\n' >results_pixel_regions.csv",
        0);
    assert_run("tables results_pixel_regions.csv -o nothing", 3);
    assert_run("tables results_v2.csv ablation_knn_k.csv ablation_percentile.csv results_pixel_auroc.csv "
               "results_pixel_regions.csv -o patch",
               0);
    assert_says("shared, N = 10, c = 0.3: ensemble recovers 21 % of what contamination costs (0.0800 AUROC, n = 3)");
    assert_says("setups                       not written: the results are of one setup");
    /* Ranks 3 3 3, 2 1 1, 1 2 2; differences of loo_patch 0.01 0.02 0.03: W = 0, p = 2 / 2^3; six of nine pairs above, three below. */
    const char *tests = "patch/tests_shared.csv";
    assert_file_has(tests, "\nnone;3.00;;");
    assert_file_has(tests, "\nloo_patch;1.33;+0.0200;0.0100;0.0300;0.0;0.2500;0.5000;+0.333;0.667;3;0;0;+0.0100\r\n");
    assert_file_has(tests, "\nensemble_loo_mahal;1.67;+0.0167;");
    assert_file_has("patch/tests_shared.md",
                    "Friedman: χ² = 4.67, p = 0.0970, over the 3 methods with a mean rank (1 = best) and n = 3 "
                    "categories.");
    assert_file_has("patch/tests_shared.md", "n = 3 categories, N = 10, c = 0.3, seeds averaged first. Setup shared: ");
    assert_file_has("patch/tests_shared_no_loco.md", "n = 2 categories without mvtec_loco_AD, N = 10");
    assert_file_has("patch/main_shared.csv", "N = 10, 3 categories;loo_patch;0.9100;0.0028;0.8600;0.0028\r\n");
}

static void parts_of_a_study_come_out(void **state)
{
    (void)state;
    assert_run("tables results_v2.csv -o clean --contamination 0", 0);
    assert_says("c = 0: nothing is contaminated");
    assert_says("Statistical tests, shared, N = 10, c = 0");
    assert_run("tables results_v2.csv ablation_knn_k.csv ablation_percentile.csv results_pixel_auroc.csv -o patch -q",
               0);
    assert_string_equal(program_output, "");
    assert_file_has(
        "patch/benchmarks_shared.csv",
        "group;method;all_3;mvtec_ad_1;visa_1;mvtec_loco_ad_1\r\nN = 10;none;0.8400;0.8000;0.8200;0.9000\r\n");
    assert_file_has("patch/benchmark_gains_shared.csv", "N = 10;loo_patch;+0.0200;+0.0100;+0.0200;+0.0300\r\n");
    assert_file_has("patch/categories_shared_N10.csv", "group;category;clean;none;loo_patch;ensemble_loo_mahal\r\n"
                                                       "mvtec_AD;mvtec_AD/bottle;0.9000;0.8000;0.8100;0.8300\r\n");
    assert_file_has("patch/pixel_shared.csv", "N = 10;none;;;;;0.8000;0.0141;0.3500;0.0000\r\n");
    /* At K = 1 the baseline has .81 and loo_patch .82; at q = 80 none is that of q = 95. */
    assert_file_has("patch/ablation_k_shared.csv", "none, N = 10, 3 categories;1;0.9000;0.8100;\r\n"
                                                   "none, N = 10, 3 categories;5;0.9200;0.8400;\r\n"
                                                   "loo_patch, N = 10, 3 categories;1;;0.8200;+0.0100\r\n"
                                                   "loo_patch, N = 10, 3 categories;5;0.9100;0.8600;+0.0200\r\n");
    assert_file_has("patch/ablation_percentile_shared.csv",
                    "loo_patch, N = 10, 3 categories;80;0.8800;0.8700;+0.0300\r\n"
                    "loo_patch, N = 10, 3 categories;95;0.9100;0.8600;+0.0200\r\n");
    assert_file_has("patch/main_shared.tex", "\\label{tab:main_shared}");
    assert_file_has("patch/main_shared.tex",
                    "LOO & 0.9100 {\\tiny$\\pm$0.0028} & \\textbf{0.8600} {\\tiny$\\pm$0.0028} \\\\\n");
    assert_file_has("patch/main_shared.md", "| LOO | 0.9100 ± 0.0028 | **0.8600** ± 0.0028 |\n");
}

static void assurance_comes_out(void **state)
{
    (void)state;
    assert_run("tables assurance.csv -o assurance", 0);
    assert_says(
        "disjoint, N = 10, c = 0.3: audit, remove recovers 37 % of what contamination costs (0.0176 AUROC, n = 3)");
    assert_says("main                         not written: no rows but those of assurance");
    assert_file_has("assurance/transfer_disjoint.csv",
                    "group;detector;n;auroc_clean;auroc_none;auroc_audit;auroc_oracle;gain;recovery;wins;losses\r\n"
                    "auditor DINOv3, N = 10;CLIP;3;0.8678;0.8470;0.8550;;+0.0080;38;3;0\r\n"
                    "auditor DINOv3, N = 10;DINOv3;3;0.8591;0.8415;0.8480;0.8518;+0.0065;37;3;0\r\n");
    assert_file_has("assurance/recapture_disjoint.csv",
                    "auditor DINOv3, detector DINOv3, N = 10;audit_recapture;0.8517;+0.0102;58;3;0;2.00;0.50;0.33\r\n");
    assert_file_has("assurance/baselines_disjoint.csv",
                    "auditor DINOv3, detector DINOv3, N = 10;base_knn;0.8425;+0.0010;6;");
    /* The first is contaminated, of two 1 or 2, of three 2; 3 are. */
    assert_file_has("assurance/review_disjoint.csv",
                    "group;reviewed;contaminated_found;contaminated_of_the_reviewed;contaminated_of_all\r\n"
                    "auditor DINOv3, N = 10;top 1;1.00;100;33\r\n"
                    "auditor DINOv3, N = 10;top 2;1.50;75;50\r\n"
                    "auditor DINOv3, N = 10;top 3;2.00;67;67\r\n");
}

static void one_setup_or_contamination_can_be_chosen(void **state)
{
    (void)state;
    assert_run("tables results.csv -o chosen --setup disjoint --contamination 10%", 0);
    assert_says(
        "disjoint, N = 10, c = 0.1: audit max, k 1.5 recovers 24 % of what contamination costs (0.0041 AUROC, n = 35)");
    assert_true(exists("chosen/methods_disjoint_N10.csv"));
    assert_false(exists("chosen/main_shared.csv"));
    assert_file_has("chosen/methods_disjoint_N10.csv", "\nimgmax_mad k1.5;0.8560;+0.0010;24;");
    assert_run("tables results.csv -o chosen --contamination 0.7", 2);
    assert_says("the results have no rows with contamination 0.7; the highest they have is 0.3");
}

/* The page has the numbers of the tables, and is one file that nothing comes into. */
static void the_page_has_the_same_numbers(void **state)
{
    (void)state;
    char path[512];
    assert_run("report results.csv assurance.csv -o report.html", 0);
    assert_says(" tables and ");
    snprintf(path, sizeof path, "%s/report.html", program_folder);
    char *page = read_page(path, NULL);
    static const char *const parts[] = {
        "<h1 class=\"verdict\">disjoint, N = 10 and 20, c = 0.3: audit max, k 1.5 recovers 39 % of what contamination "
        "costs "
        "(0.0191 AUROC, n = 35)</h1>",
        "Beside it, shared, N = 10, c = 0.3: audit max, k 1.5 recovers 43 % of what contamination costs (0.0468 AUROC, "
        "n = 35).",
        "Results of <bdi>results.csv</bdi>, <bdi>assurance.csv</bdi>",
        "audit max, k 1.5 is <code>imgmax_mad k1.5</code>",
        "id=\"methods_disjoint_N10\" data-setup=\"disjoint\" data-n=\"10\" data-c=\"0.3\">",
        "<th scope=\"row\">audit max, k 1.5</th><td>0.8480</td><td>+0.0065</td><td>37</td>",
        "<th scope=\"row\">ensemble</th><td>0.8406</td><td>&minus;0.0009</td><td>&minus;5</td>",
        "<details class=\"panel folded\" id=\"methods_disjoint_N10_c0.1\" data-setup=\"disjoint\" data-n=\"10\" "
        "data-c=\"0.1\">",
        "id=\"review_disjoint\"",
        "<option value=\"0.3\">0.3</option>",
        "<option value=\"mvtec_loco_AD\">mvtec_loco_AD</option>",
        "value by value: purebank compare A.csv B.csv. The tables",
        "<li>pixel: no columns of pixel metrics</li>"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(page, parts[i]))
            fail_msg("not on the page: %s", parts[i]);
    free(page);
}

/* Figures stand beside the tables, each setup's for itself; without gnuplot the page has tables alone, and says so. */
static void the_page_has_figures_where_they_can_be_drawn(void **state)
{
    (void)state;
    char path[512], *const search = getenv("PATH"), kept[4096];
    if (system("gnuplot --version >/dev/null 2>&1") == 0) {
        assert_run("report results.csv -o drawn.html", 0);
        snprintf(path, sizeof path, "%s/drawn.html", program_folder);
        char *page = read_page(path, NULL);
        const int64_t n = occurrences(page, "src=\"data:image/svg+xml;base64,");
        assert_true(n >= 4);
        assert_int_equal(occurrences(page, "<figure class=\"panel drawn\" data-setup=\"disjoint\">") +
                             occurrences(page, "<figure class=\"panel drawn\" data-setup=\"shared\">"),
                         n);
        assert_non_null(strstr(page, "data-setup=\"disjoint\"><h3>Image AUROC over contamination, disjoint</h3><img "
                                     "alt=\"Image AUROC over contamination\""));
        free(page);
    }
    snprintf(kept, sizeof kept, "%s", search ? search : "");
    assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
    const int status = run_program("report results.csv -o bare.html");
    assert_int_equal(setenv("PATH", kept, 1), 0);
    assert_int_equal(status, 0);
    assert_says("warning: the page has no figures: ");
    assert_says(" tables and 0 figures: bare.html");
    snprintf(path, sizeof path, "%s/bare.html", program_folder);
    char *page = read_page(path, NULL);
    assert_int_equal(occurrences(page, "<figure"), 0);
    assert_non_null(strstr(page, "id=\"main_disjoint\""));
    free(page);
}

/* Other methods, or the same over fewer categories: named, marked, and never the best. */
static void what_lacks_categories_is_marked(void **state)
{
    (void)state;
    FILE *file = open_results("lacking.csv", main_header);
    write_main_cell(file, "none", "0.0", 5, 95, 0.90, 0.92, 0.94);
    write_main_cell(file, "none", "0.3", 5, 95, 0.80, 0.82, 0.90);
    write_main_cell(file, "random_patch", "0.3", 5, 95, 0.79, 0.82, 0.90);
    fprintf(file, "t;VisA/pcb1;x;0.3;cosine_loo;10;200;10;3;0;80;40;40;0;5;95;0.9900;0.8;0.7;0.2;0.5;;;;1.0\n"
                  "t;VisA/pcb1;x;0.3;cosine_loo;10;200;10;3;0;80;40;40;1;5;95;0.9900;0.8;0.7;0.2;0.5;;;;1.0\n");
    fclose(file);
    assert_run("tables lacking.csv -o lacking --setup disjoint", 0);
    assert_says(
        "disjoint, N = 10, c = 0.3: cosine LOO recovers 170 % of what contamination costs (0.1000 AUROC, n = 1)");
    assert_file_has("lacking/methods_disjoint_N10.md", "| cosine LOO | 0.9900\\* | +0.1700\\* |");
    assert_file_has("lacking/methods_disjoint_N10.md", "| none | **0.8400** |");
    assert_file_has(
        "lacking/methods_disjoint_N10.md",
        "cosine LOO: without 2 categories where rows or seeds are missing: mvtec_AD/bottle, mvtec_loco_AD/screw_bag.");
    assert_file_has("lacking/main_disjoint.md", "| cosine LOO | – | 0.9900 ± 0.0000\\* |\n");
    assert_file_has("lacking/main_disjoint.md",
                    "* over fewer categories than the other methods: not to be compared with them.");
    file = open_results("worse.csv", main_header);
    write_main_cell(file, "none", "0.0", 5, 95, 0.90, 0.92, 0.94);
    write_main_cell(file, "none", "0.3", 5, 95, 0.80, 0.82, 0.90);
    write_main_cell(file, "loo_patch", "0.3", 5, 95, 0.79, 0.81, 0.90);
    fclose(file);
    assert_run("tables worse.csv -o worse", 0);
    assert_says("warning: nothing tells the setup of worse.csv: it counts as shared");
    assert_says("shared, N = 10, c = 0.3: LOO adds 8 % to what contamination costs (0.0800 AUROC, n = 3)");
    assert_run("report worse.csv -o worse.html", 0);
    assert_file_has("worse.html", "<h1 class=\"verdict bad\">shared, N = 10, c = 0.3: LOO adds"); /* no success */
}

/* An audit that was run with one seed, beside a baseline with two: what describes shows it, what tests names it and says why it is
 * not among the others. One page has one number for it. */
static void a_method_with_fewer_seeds_is_described(void **state)
{
    (void)state;
    FILE *file = open_results("few_seeds.csv", main_header);
    write_main_cell(file, "none", "0.0", 5, 95, 0.90, 0.92, 0.94);
    write_main_cell(file, "none", "0.3", 5, 95, 0.80, 0.82, 0.90);
    write_main_cell(file, "ensemble_loo_mahal", "0.3", 5, 95, 0.81, 0.83, 0.91);
    fclose(file);
    file = open_results("few_seeds_level.csv", image_header);
    for (int i = 0; i < 3; i++)
        fprintf(file,
                "t;%s;disjoint;x;imgmax_mad;1.5;0.3;0;10;5;200;3;2;1;0.9;0.5;0.9;7000;80;40;40;0.8800;0.8;0.7;"
                "0.2;0.5;1.0\n",
                three[i]);
    fclose(file);
    assert_run("tables few_seeds.csv few_seeds_level.csv -o few_seeds --setup disjoint", 0);
    assert_says(
        "disjoint, N = 10, c = 0.3: audit max, k 1.5 recovers 50 % of what contamination costs (0.0800 AUROC, n = 3)");
    assert_file_has("few_seeds/benchmark_gains_disjoint.csv",
                    "N = 10;imgmax_mad k1.5;+0.0400;+0.0800;+0.0600;-0.0200\r\n");
    assert_file_has("few_seeds/benchmark_gains_disjoint.md",
                    "Gains are means over the categories with both, seeds averaged first; ties within 0.001.");
    assert_file_has("few_seeds/across_c_disjoint.csv", "N = 10;imgmax_mad k1.5;;+0.0400;50\r\n");
    static const char untested[] = "Not tested, as no category has as many seeds of them as of none: audit max, k 1.5.";
    assert_file_has("few_seeds/methods_disjoint_N10.md", untested);
    assert_file_has("few_seeds/tests_disjoint.md", untested);
    assert_file_has("few_seeds/methods_disjoint_N10.md",
                    "Gains are means over the categories with as many seeds of both, seeds averaged first;");
    /* Alone, there is nothing to test, and that is the reason given. */
    file = open_results("few_seeds.csv", main_header);
    write_main_cell(file, "none", "0.3", 5, 95, 0.80, 0.82, 0.90);
    fclose(file);
    assert_run("tables few_seeds.csv few_seeds_level.csv -o few_seeds_alone --setup disjoint", 0);
    assert_says("not written: no category has as many seeds of any method as of \"none\"");
    assert_file_has("few_seeds_alone/across_c_disjoint.csv", "N = 10;imgmax_mad k1.5;+0.0400;\r\n");
}

/* Removes what stands between <code> and </code>: what one types. */
static void drop_code(char *text)
{
    for (char *begin = strstr(text, "<code>"); begin; begin = strstr(begin, "<code>")) {
        char *end = strstr(begin, "</code>");
        assert_non_null(end);
        memmove(begin, end + 7, strlen(end + 7) + 1);
    }
}

/* Fails where a text that people read has the name of a method instead of its label. */
static void check_labels(const char *file, char *text)
{
    static const pb_method_kind kinds[] = {PB_METHOD_PURIFICATION, PB_METHOD_AUDIT, PB_METHOD_ASSURANCE};
    drop_code(text);
    for (int kind = 0; kind < 3; kind++) {
        int64_t n;
        const pb_method *const *methods = pb_methods(kinds[kind], &n);
        for (int64_t i = 0; i < n; i++)
            if (strchr(methods[i]->name, '_') && strstr(text, methods[i]->name))
                fail_msg("%s has \"%s\" where people read \"%s\"", file, methods[i]->name, methods[i]->label);
    }
}

/* Files for people have labels, those for programs have names; what the terminal says is for people. */
static void methods_are_called_by_their_labels(void **state)
{
    (void)state;
    static const char *const files[] = {
        "main_disjoint",     "methods_disjoint_N10", "methods_shared_N10", "setups",
        "across_c_disjoint", "tests_disjoint",       "audit_k_disjoint",   "categories_disjoint_N10",
        "removed_disjoint",  "recapture_disjoint",   "baselines_disjoint", "transfer_disjoint"};
    char name[128];
    assert_run("tables results.csv assurance.csv --setup both -o named", 0);
    check_labels("the terminal", program_output);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(name, sizeof name, "named/%s.md", files[i]);
        char *text = file_text(name);
        check_labels(name, text);
        pb_free(text);
    }
    assert_file_has("named/categories_disjoint_N10.csv", ";none;ensemble_loo_mahal;imgmax_mad_k1.0;");
    assert_file_has("named/categories_disjoint_N10.md", "| none | ensemble | audit max, k 1 |");
    assert_run("tables results_v2.csv ablation_knn_k.csv -o named", 0);
    assert_file_has("named/ablation_k_shared.csv", "\nloo_patch, N = 10, 3 categories;");
    assert_file_has("named/ablation_k_shared.md", "| *LOO, N = 10, 3 categories* |");
    assert_file_has("named/recapture_disjoint.md", "replaced by new photos (audit, recapture), or not (audit, remove)");
    assert_run("report results.csv assurance.csv --setup both -o named.html", 0);
    char *page = file_text("named.html");
    check_labels("named.html", page);
    pb_free(page);
    assert_run("stats results.csv -o named_stats --setup both", 0);
    check_labels("the terminal", program_output);
    char *summary = file_text("named_stats/summary_disjoint_c0.3_all.txt");
    check_labels("the summary", summary);
    pb_free(summary);
}

/* What is chosen is what tables, figures, the headline and the page's bar are about, and nothing else. */
static void one_selection_drives_the_page(void **state)
{
    (void)state;
    assert_run(
        "report results.csv -o selected.html --setup disjoint --limits 20 --benchmark VisA --methods oracle_patch", 0);
    char *page = file_text("selected.html");
    static const char *const parts[] = {
        "<h1 class=\"verdict\">disjoint, N = 20, c = 0.3: no method beside &quot;none&quot;</h1>",
        "<dt>Categories</dt><dd>12</dd>", "<dt>Methods</dt><dd>2</dd>", "id=\"methods_disjoint_N20\"",
        "<option value=\"20\">20</option>"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(page, parts[i]))
            fail_msg("not on the page: %s", parts[i]);
    assert_null(strstr(page, "audit max"));
    assert_null(strstr(page, "N = 10"));
    assert_null(strstr(page, "<option value=\"10\">"));
    assert_null(strstr(page, "mvtec_AD"));
    pb_free(page);
    assert_run("tables results.csv -o selected --setup disjoint --methods imgmax_mad --limits 10 --exclude-loco", 0);
    assert_says("disjoint, N = 10, c = 0.3: audit max, k 1.5 recovers 37 % of what contamination costs");
    assert_file_has("selected/methods_disjoint_N10.csv", "\nimgmax_mad k2.0;0.84");
    char *methods = file_text("selected/methods_disjoint_N10.csv");
    assert_null(strstr(methods, "ensemble_loo_mahal"));
    pb_free(methods);
    assert_false(exists("selected/methods_disjoint_N20.csv"));
    assert_false(exists("selected/tests_disjoint_no_loco.csv"));
    /* What is not there is named, with what is. */
    assert_run("tables results.csv -o x --limits 7", 2);
    assert_says("the results have no rows with N = 7; they begin with 10 and end with 20");
    assert_run("tables results.csv -o x --benchmark visa", 2);
    assert_says("no category of the benchmark \"visa\"; they have mvtec_AD, VisA, mvtec_loco_AD, btad");
    assert_run("report results.csv -o x.html --methods loo", 2);
    assert_says("the results have no method 'loo'; they have none, ensemble_loo_mahal");
    assert_run("figures results.csv -o x --setup shared --limits 20", 2);
    assert_false(exists("x"));
}

/* 20 c: 20 columns of gains and 19 of recoveries. */
static void no_column_is_dropped(void **state)
{
    (void)state;
    FILE *file = open_results("many_c.csv", "dataset;setup;method;contamination_rate;seed;train_limit;knn_k;"
                                            "percentile_threshold;img_auroc");
    for (int c = 0; c < 20; c++)
        fprintf(file, "mine;shared;none;%.2f;0;10;5;95;%.4f\nmine;shared;loo_patch;%.2f;0;10;5;95;%.4f\n", 0.02 * c,
                0.9 - 0.01 * c, 0.02 * c, 0.9 - 0.005 * c);
    assert_int_equal(fclose(file), 0);
    assert_run("tables many_c.csv -o many_c", 0);
    assert_file_has("many_c/across_c_shared.csv", ";recovery_c_0.36;recovery_c_0.38\r\n");
    assert_file_has("many_c/across_c_shared.csv", "\nN = 10;loo_patch;0.0000;+0.0050;");
    assert_file_has("many_c/across_c_shared.csv", ";50;50;50;50;50;50;50;50;50;50;50;50;50;50;50;50;50;50;50\r\n");
}

static void what_is_no_result_is_refused(void **state)
{
    (void)state;
    fclose(open_results("empty.csv", "dataset;seed"));
    fclose(open_results("<b>.csv", main_header));
    assert_run("tables results.csv", 2);
    assert_says("tables needs a folder to write to: -o DIR");
    assert_run("report results.csv", 2);
    assert_says("report needs a file to write: -o FILE.html");
    assert_run("tables nothing.csv -o x", 3);
    assert_says("nothing.csv");
    assert_run("report empty.csv -o x.html", 3);
    assert_says("empty.csv");
    assert_run("report '<b>.csv' -o x.html", 3);
    assert_false(exists("x"));
    assert_false(exists("x.html"));
    assert_run("report results.csv -o results.csv", 2);
    assert_says("would be overwritten");
    assert_run("tables results.csv -o results_v2.csv", 4);
    assert_says("results_v2.csv");
    assert_run("tables results.csv -o x --setup one", 2);
    assert_run("report results.csv -o nowhere/report.html", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_means_come_out),
        cmocka_unit_test(tests_are_those_of_a_table),
        cmocka_unit_test(parts_of_a_study_come_out),
        cmocka_unit_test(assurance_comes_out),
        cmocka_unit_test(one_setup_or_contamination_can_be_chosen),
        cmocka_unit_test(the_page_has_the_same_numbers),
        cmocka_unit_test(the_page_has_figures_where_they_can_be_drawn),
        cmocka_unit_test(what_lacks_categories_is_marked),
        cmocka_unit_test(a_method_with_fewer_seeds_is_described),
        cmocka_unit_test(methods_are_called_by_their_labels),
        cmocka_unit_test(one_selection_drives_the_page),
        cmocka_unit_test(no_column_is_dropped),
        cmocka_unit_test(what_is_no_result_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_results, remove_program_folder);
}
