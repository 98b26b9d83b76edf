/* The program draws figures: the numbers of the results stand in them, the same bytes each time, whatever names there are. */
#include "program.h"

#include <math.h>

#include <purebank/image.h>

#include "base/memory.h"
#include "io/file.h"

static const char *const file_names[] = {"fig1_contamination", "fig2_categories", "fig3_risk",
                                         "fig4_range",         "fig5_percentile", "fig6_references",
                                         "fig7_backbones",     "fig8_benchmarks", "fig9_cd"};
enum { N_FIGURES = 9 };

static const char *const categories[] = {"mvtec_AD/bottle",        "mvtec_AD/cable", "VisA/pcb1",
                                         "mvtec_loco_AD/pushpins", "btad/01",        "mine"};
static const char *const methods[] = {
    "none", "random_patch", "loo_patch", "mahalanobis_patch", "ensemble_loo_mahal", "oracle_patch"};
enum { N_CATEGORIES = 6, N_METHODS = 6 };

/* Share of the damage that each method undoes, and what it costs. */
static const double undone[] = {0, 0.05, 0.3, 0.2, 0.5, 0.9}, cost[] = {0, 0, 0.004, 0.006, 0.005, 0};

typedef struct csv_grid {
    const char *const *categories, *const *methods;
    int n_categories, n_methods;
    const int *limits;
    const double *contaminations, *percentiles;
    int n_limits, n_contaminations, n_percentiles, n_seeds;
    double level; /* of the clean AUROC */
} csv_grid;

static double auroc(const csv_grid *grid, int category, int method, int limit, double c, double q, int seed)
{
    const double clean = grid->level + 0.01 * category + 0.001 * limit + 0.002 * seed;
    const double damage = c * (0.3 + 0.02 * category);
    return clean - damage * (1 - undone[method] * (q > 94 ? 1 : 0.9)) - cost[method] * (100 - q) / 5;
}

static void write_csv(const char *name, const csv_grid *grid)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("timestamp;dataset;config;contamination_rate;purification_method;train_limit;seed;knn_k;percentile_threshold;"
          "img_auroc\n",
          file);
    for (int d = 0; d < grid->n_categories; d++)
        for (int m = 0; m < grid->n_methods; m++)
            for (int l = 0; l < grid->n_limits; l++)
                for (int c = 0; c < grid->n_contaminations; c++)
                    for (int q = 0; q < grid->n_percentiles; q++)
                        for (int s = 0; s < grid->n_seeds; s++)
                            fprintf(
                                file, "2026-01-01;\"%s\";\"cont_%.0fpct_%s\";%g;\"%s\";%d;%d;5;%g;%.6f\n",
                                grid->categories[d], 100 * grid->contaminations[c], grid->methods[m],
                                grid->contaminations[c], grid->methods[m], grid->limits[l], s, grid->percentiles[q],
                                auroc(grid, d, m, grid->limits[l], grid->contaminations[c], grid->percentiles[q], s));
    assert_int_equal(fclose(file), 0);
}

static const int three_limits[] = {5, 10, 20}, one_limit[] = {10};
static const double five_c[] = {0, 0.1, 0.2, 0.3, 0.4}, three_q[] = {80, 90, 95}, one_q[] = {95};

static csv_grid whole_grid(void)
{
    return (csv_grid){categories, methods, N_CATEGORIES, N_METHODS, three_limits, five_c, one_q, 3, 5, 1, 3, 0.85};
}

static int make_results(void **state)
{
    (void)state;
    csv_grid grid = whole_grid();
    test_make_temp_dir(program_folder, sizeof program_folder - 8);
    write_csv("results_v2.csv", &grid);
    grid.level = 0.83;
    write_csv("clip_results.csv", &grid);
    grid = whole_grid();
    grid.limits = one_limit;
    grid.percentiles = three_q;
    grid.n_limits = 1;
    grid.n_percentiles = 3;
    write_csv("ablation_percentile.csv", &grid);
    grid = whole_grid();
    grid.n_categories = 1;
    grid.categories = categories + 5;
    grid.n_seeds = 1;
    grid.limits = one_limit;
    grid.n_limits = 1;
    write_csv("small.csv", &grid);
    return 0;
}

#define ALL "figures dinov3=results_v2.csv dinov3=ablation_percentile.csv clip=clip_results.csv --setup shared "

/* A file of the folder as text; free with pb_free(). */
static char *read_text(const char *folder, const char *name, const char *ending)
{
    char path[1024];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/%s/%s.%s", program_folder, folder, name, ending);
    assert_ok(pb_file_read(path, 1 << 26, &bytes, &size));
    return (char *)bytes;
}

static void assert_text_has(const char *folder, const char *name, const char *ending, const char *wanted)
{
    char *text = read_text(folder, name, ending);
    if (!strstr(text, wanted))
        fail_msg("%s/%s.%s does not have \"%s\"", folder, name, ending, wanted);
    pb_free(text);
}

/* NaN fails. */
static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%g instead of %g", value, expected);
}

/* ---- All figures ---- */

/* Pixels with a colour, in the rows from `top` to `bottom` (shares of the height). */
static int64_t count_colored(const pb_image *image, double top, double bottom)
{
    int64_t n = 0;
    for (int64_t y = (int64_t)(top * image->height); y < (int64_t)(bottom * image->height); y++)
        for (int64_t x = 0; x < image->width; x++) {
            const uint8_t *p = image->rgb + 3 * (y * image->width + x);
            const int least = p[0] < p[1] ? (p[0] < p[2] ? p[0] : p[2]) : (p[1] < p[2] ? p[1] : p[2]);
            const int most = p[0] > p[1] ? (p[0] > p[2] ? p[0] : p[2]) : (p[1] > p[2] ? p[1] : p[2]);
            n += most - least > 60;
        }
    return n;
}

static int64_t count_dark(const pb_image *image)
{
    int64_t n = 0;
    for (int64_t i = 0; i < (int64_t)image->width * image->height; i++)
        n += image->rgb[3 * i] < 128;
    return n;
}

static void every_figure_is_drawn(void **state)
{
    (void)state;
    assert_run(ALL "-o all --format pdf,svg,png", 0);
    assert_null(strstr(program_output, "skipped"));
    for (int i = 0; i < N_FIGURES; i++) {
        char path[1024];
        pb_image image;
        snprintf(path, sizeof path, "%s/all/%s.png", program_folder, file_names[i]);
        assert_ok(pb_image_read(path, &image));
        assert_int_equal(image.width, 992); /* 84 mm at 300 dots an inch */
        assert_true(count_dark(&image) > 2000);
        const bool is_stacked = i == 0 || (i >= 3 && i <= 5);
        if (is_stacked) /* lines in the upper and in the lower panel */
            assert_true(count_colored(&image, 0, 0.5) > 300 && count_colored(&image, 0.5, 1) > 300);
        else if (i < 8)
            assert_true(count_colored(&image, 0.1, 1) > 1000);
        pb_image_free(&image);
        assert_text_has("all", file_names[i], "txt", "etup shared, n = 6 categories");
    }
    assert_text_has("all", "fig1_contamination", "txt", "for N = 5, 10 and 20 references");
    assert_text_has("all", "fig1_contamination", "txt",
                    "Bands, of none and ensemble alone: mean over categories \u00b1 1 standard deviation over seeds");
    assert_text_has("all", "fig2_categories", "txt", "with 30 % of the references contaminated");
    assert_text_has("all", "fig2_categories", "txt", "N = 10 and 20 references pooled");
    assert_text_has("all", "fig4_range", "txt", "from 0 to 40 %");
    assert_text_has("all", "fig5_percentile", "txt", "N = 10 references");
    assert_text_has("all", "fig7_backbones", "svg", ">clip<");
    assert_text_has("all", "fig8_benchmarks", "svg", ">LOCO<");
    assert_text_has("all", "fig2_categories", "svg", ">pushpins<");
    assert_text_has("all", "fig2_categories", "svg", ">btad/01<");
}

/* The results that come with the program: one category, two detectors. */
static void the_example_results_give_all(void **state)
{
    (void)state;
    char line[4096];
    snprintf(line, sizeof line,
             "figures '%s'/disjoint/*.csv '%s'/exp_p5_assurance/results.csv --setup disjoint -o examples --format svg",
             PB_RESULTS_DIR, PB_RESULTS_DIR);
    assert_run(line, 0);
    assert_null(strstr(program_output, "skipped"));
    for (int i = 0; i < N_FIGURES; i++)
        assert_text_has("examples", file_names[i], "txt", "etup disjoint, n = 1 category");
    assert_text_has("examples", "fig2_categories", "svg", ">magnetic_tile<");
}

static void pages_are_one_and_fonts_embedded(void **state)
{
    (void)state;
    if (system("which pdfinfo pdffonts > /dev/null") != 0)
        skip();
    assert_run(ALL "-o paged --format pdf -q", 0);
    for (int i = 0; i < N_FIGURES; i++) {
        char line[1024];
        snprintf(line, sizeof line, "pdfinfo paged/%s.pdf | grep -q '^Pages: *1$'", file_names[i]);
        shell(line);
        snprintf(line, sizeof line, "pdfinfo paged/%s.pdf | grep -q '^Page size: *238'", file_names[i]); /* 84 mm */
        shell(line);
        /* "emb sub uni": every font is embedded, and there is one */
        snprintf(line, sizeof line, "pdffonts paged/%s.pdf | tail -n +3 | grep -q ' yes yes '", file_names[i]);
        shell(line);
        snprintf(line, sizeof line, "pdffonts paged/%s.pdf | tail -n +3 | grep -vq ' yes yes '", file_names[i]);
        assert_int_not_equal(shell_status(line), 0);
    }
}

static void two_runs_give_the_same_bytes(void **state)
{
    (void)state;
    assert_run(ALL "-o once --format pdf,svg,png -q", 0);
    shell("sleep 1.1"); /* the clock of a PDF's date has seconds */
    assert_run(ALL "-o twice --format pdf,svg,png -q --threads 1", 0);
    shell("diff -r once twice");
    shell("test $(ls once | wc -l) = 36");
    assert_int_not_equal(shell_status("cat once/*.pdf | grep -aq CreationDate"), 0);
    assert_int_not_equal(shell_status("grep -aq GNUPLOT once/*.svg"), 0);
}

/* ---- Numbers ---- */

typedef struct spot {
    double x, y;
} spot;

enum { MAX_SPOTS = 64 };

/* Places of gnuplot's marker in the order of x. */
static int find_markers(const char *svg, const char *id, spot *out)
{
    char wanted[64];
    int n = 0;
    snprintf(wanted, sizeof wanted, "<use xlink:href='#%s' transform='translate(", id);
    for (const char *at = svg; (at = strstr(at, wanted)) && n < MAX_SPOTS; n++) {
        at += strlen(wanted);
        char *end;
        out[n].x = strtod(at, &end);
        assert_int_equal(*end, ',');
        out[n].y = strtod(end + 1, NULL);
        for (int i = n; i > 0 && out[i - 1].x > out[i].x; i--) {
            const spot swapped = out[i];
            out[i] = out[i - 1];
            out[i - 1] = swapped;
        }
    }
    return n;
}

/* Place of a text, where it begins, in the first group that holds it. */
static spot find_text(const char *svg, const char *text)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, ">%s</text>", text);
    const char *at = strstr(svg, wanted);
    if (!at) {
        fail_msg("no text \"%s\"", text);
        return (spot){0, 0};
    }
    while (strncmp(at, "translate(", 10) != 0)
        at--;
    char *end;
    const double x = strtod(at + 10, &end);
    return (spot){x, strtod(end + 1, NULL)};
}

/* none: 86 % clean, and 3 points less for each tenth. */
static void points_lie_where_the_numbers_are(void **state)
{
    (void)state;
    spot markers[MAX_SPOTS] = {{0}};
    assert_run("figures small.csv --setup shared -o points --format svg --only fig1,range --methods none,loo_patch", 0);
    char *svg = read_text("points", "fig1_contamination", "svg");
    const int n = find_markers(svg, "fig1-gpPt5", markers); /* of none: 4 points and the one beside its name */
    assert_int_equal(n, 5);
    const double points = (find_text(svg, "80").y - find_text(svg, "84").y) / 4;
    const double percent = (find_text(svg, "30").x - find_text(svg, "0").x) / 30;
    assert_true(points > 5 && percent > 3);
    for (int i = 0; i < 4; i++) {
        assert_near(markers[i].y - markers[0].y, points * 3 * i, 0.1); /* gnuplot rounds to 1/100 */
        assert_near(markers[i].x - markers[0].x, percent * 10 * i, 1); /* numbers are centred */
    }
    /* loo_patch: costs 0.4 points, and undoes 30 % of the 9 */
    spot loo[MAX_SPOTS] = {{0}};
    assert_int_equal(find_markers(svg, "fig1-gpPt4", loo), 5);
    assert_near(loo[3].y - markers[0].y, points * (0.4 + 0.7 * 9), 0.1);
    pb_free(svg);
}

/* Bars end at the mean gain of the category: ensemble undoes half of c (0.3 + 0.02 d) and costs 0.5 points. */
static void bars_are_as_long_as_the_gains(void **state)
{
    (void)state;
    assert_run("figures results_v2.csv -o bars --format svg --only categories --methods ensemble_loo_mahal", 0);
    char *svg = read_text("bars", "fig2_categories", "svg");
    const double point = (find_text(svg, "4").x - find_text(svg, "0").x) / 4;
    double widest = 0;
    for (const char *at = svg; (at = strstr(at, "<polygon fill = 'rgb(239, 191, 153)' points = '")); at++) {
        const char *list = strstr(at, "points = '");
        double x[3];
        char *end;
        for (int i = 0; i < 3; i++) { /* "x,y x,y x,y ..." */
            list += strcspn(list, "0123456789");
            x[i] = strtod(list, &end);
            assert_int_equal(*end, ',');
            strtod(end + 1, &end);
            list = end;
        }
        widest = fmax(widest, fmax(fabs(x[2] - x[0]), fabs(x[1] - x[0])));
    }
    assert_near(widest / point, 0.5 * 30 * 0.4 - 0.5, 0.03); /* d = 5 */
    pb_free(svg);
}

/* In every category: oracle, ensemble, loo, mahalanobis, random, none. Nemenyi for k = 4, n = 6: 2.569 sqrt(20 / 36) = 1.915. */
static void ranks_and_critical_difference(void **state)
{
    (void)state;
    assert_run("figures results_v2.csv -o ranks --format svg --only cd --methods "
               "random_patch,loo_patch,ensemble_loo_mahal",
               0);
    assert_text_has("ranks", "fig9_cd", "svg", ">ensemble  1.00<");
    assert_text_has("ranks", "fig9_cd", "svg", ">LOO  2.00<");
    assert_text_has("ranks", "fig9_cd", "svg", ">random  3.00<");
    assert_text_has("ranks", "fig9_cd", "svg", ">none  4.00<");
    assert_text_has("ranks", "fig9_cd", "svg", ">CD = 1.91<");
    assert_text_has("ranks", "fig9_cd", "txt", "over the 4 methods with a mean rank (1 = best) and n = 6 categories.");
    char *svg = read_text("ranks", "fig9_cd", "svg");
    int n_bars = 0; /* 1-2, 2-3, 3-4: neighbours but one differ by 2 > CD */
    for (const char *at = svg; (at = strstr(at, "stroke=\"#000000\"")); at++)
        n_bars++;
    assert_int_equal(n_bars, 3);
    pb_free(svg);
}

/* ---- Little data ---- */

static void one_category_one_seed(void **state)
{
    (void)state;
    assert_run("figures small.csv --setup shared -o small --format svg,pdf", 0);
    assert_says("fig5  percentile    skipped: it needs rows at two or more percentiles");
    assert_says("fig6  references    skipped: it needs two or more N");
    assert_says("fig7  backbones     skipped: it needs results of two or more backbones");
    assert_text_has("small", "fig1_contamination", "txt", "One seed: no bands.");
    assert_text_has("small", "fig2_categories", "svg", ">mine<");
    assert_text_has("small", "fig9_cd", "svg", "more than the axis");
    assert_int_not_equal(shell_status("grep -q fill-opacity small/fig1_contamination.svg"), 0); /* no band */
    shell("test ! -e small/fig5_percentile.svg");
    assert_run("figures small.csv --setup shared -o clean --contamination 0 --only fig2,fig3", 0);
    assert_says("fig3  risk          skipped: it needs a contamination above 0");
    assert_text_has("clean", "fig2_categories", "txt", "0 % of the references contaminated");
    assert_run("figures small.csv --setup shared -o nothing --only fig6,fig7", 3);
    assert_says("the data of none of the figures asked for");
}

/* Shared lacks what disjoint has: a figure of three methods goes on with what shared has. */
static void each_setup_has_its_methods(void **state)
{
    (void)state;
    static const char *const many[] = {"none", "ensemble_loo_mahal", "loo_patch"};
    static const char *const few[] = {"none", "ensemble_loo_mahal", "imgmax_mad"};
    csv_grid grid = whole_grid();
    grid.limits = one_limit;
    grid.n_limits = 1;
    grid.n_seeds = 1;
    grid.n_methods = 3;
    grid.methods = many;
    write_csv("plain.csv", &grid);
    grid.methods = few;
    write_csv("few.csv", &grid);
    shell("(sed '1s/$/;setup/;1!s/$/;disjoint/' plain.csv; sed '1d;s/$/;shared/' few.csv) > two.csv");
    assert_run("figures two.csv --setup both -o two --only fig8 --format svg", 0);
    assert_run("figures two.csv --setup shared -o one --only fig8 --format svg", 0);
    shell("cmp two/shared/fig8_benchmarks.svg one/fig8_benchmarks.svg");
    assert_int_equal(shell_status("cmp -s two/disjoint/fig8_benchmarks.svg one/fig8_benchmarks.svg"), 256);
}

/* Files whose N differ: the main run has 5, 10 and 20, the assurance of two detectors 10 alone. */
static void detectors_are_compared(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/assurance.csv", program_folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("dataset;setup;detector;auditor;method;contamination_rate;seed;train_limit;img_auroc\n", file);
    for (int d = 0; d < 2; d++)
        for (int c = 0; c <= 3; c += 3)
            for (int m = 0; m < 2; m++)
                fprintf(file, "mine;shared;%s;first;%s;0.%d;0;10;%.2f\n", d ? "second" : "first",
                        m ? "audit_remove" : "none", c, 0.9 - 0.01 * d - (m ? 0.01 : 0.03) * c);
    assert_int_equal(fclose(file), 0);
    assert_run("figures results_v2.csv assurance.csv -o detectors --format svg --only backbones", 0);
    assert_null(strstr(program_output, "skipped"));
    assert_text_has("detectors", "fig7_backbones", "svg", ">first<");
    assert_text_has("detectors", "fig7_backbones", "svg", ">second<");
    assert_text_has("detectors", "fig7_backbones", "svg", ">audit, remove<");
    assert_text_has("detectors", "fig7_backbones", "txt", "1 category that all backbones have");
}

/* ---- Much data ---- */

/* Nine N, of which the last two are those that the studies pool. */
static void figures_pool_the_n_of_the_statistics(void **state)
{
    (void)state;
    static const int limits[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 20};
    csv_grid grid = whole_grid();
    grid.limits = limits;
    grid.n_limits = sizeof limits / sizeof limits[0];
    write_csv("many_n.csv", &grid);
    assert_run("figures many_n.csv --setup shared -o many_n --format svg --only fig2,cd", 0);
    assert_text_has("many_n", "fig2_categories", "txt", "N = 10 and 20 references pooled");
    assert_text_has("many_n", "fig9_cd", "txt", "N = 10 and 20 pooled");
    grid.n_limits = 8;
    write_csv("few_n.csv", &grid);
    assert_run("figures few_n.csv --setup shared -o few_n --format svg --only fig2,cd", 0);
    assert_text_has("few_n", "fig2_categories", "txt", "N = 1, 2, 3, 4, 5, 6, 7 and 8 references pooled");
    assert_text_has("few_n", "fig9_cd", "txt", "N = 1, 2, 3, 4, 5, 6, 7 and 8 pooled");
    assert_run("stats few_n.csv --setup shared -o few_n --contamination 0.3", 0);
    shell("grep -q '1+2+3+4+5+6+7+8' few_n/rankings_shared_c0.3_all.csv");
}

enum { N_MANY = 60, N_TOO_MANY = 65 };

/* One category at `n_c` contaminations, of `n_methods` methods. */
static void write_many(const char *name, int n_methods, int n_c)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("dataset;setup;method;contamination_rate;seed;train_limit;knn_k;percentile_threshold;img_auroc\n", file);
    for (int m = 0; m < n_methods; m++)
        for (int c = 0; c < n_c; c++) {
            char method[16] = "none";
            if (m)
                snprintf(method, sizeof method, "m%02d", m);
            fprintf(file, "mine;shared;%s;%.3f;0;10;5;95;%.6f\n", method, 0.3 * c / (n_c - 1),
                    0.9 - 0.1 * c / n_c + 0.001 * m);
        }
    assert_int_equal(fclose(file), 0);
}

static void no_method_is_dropped(void **state)
{
    (void)state;
    write_many("many_methods.csv", N_MANY, 2);
    assert_run("figures many_methods.csv -o many_methods --format svg --only cd --methods all", 0);
    assert_text_has("many_methods", "fig9_cd", "txt", "over the 60 methods");
    assert_text_has("many_methods", "fig9_cd", "svg", ">m01  59.00<");
    assert_text_has("many_methods", "fig9_cd", "svg", ">none  60.00<");
}

static void too_many_points_are_refused(void **state)
{
    (void)state;
    write_many("many_c.csv", 2, N_TOO_MANY);
    assert_run("figures many_c.csv -o many_c --format svg --only fig1", 3);
    assert_says("at most 64 points, and the results have 65 contaminations");
    write_many("most_c.csv", 2, N_TOO_MANY - 1);
    assert_run("figures most_c.csv -o most_c --format svg --only fig1", 0);
}

/* ---- Names ---- */

static const char *const hostile[] = {
    "'a'; set output 'pwned'; plot x #",  "`touch pwned`",           "EOD", "$(touch pwned) !touch pwned",
    "<b>&amp;</b> id='x' {x_2}^3 @m \\n", "Tr\u00e4ger \u65e5\u672c"};
static const char *const hostile_methods[] = {
    "none",
    "m' `touch pwned`",
    "loo_patch",
    "a name that is far too long for any margin of a figure this small and so is cut",
    "ensemble_loo_mahal",
    "oracle_patch"};

static void hostile_names_are_drawn(void **state)
{
    (void)state;
    csv_grid grid = whole_grid();
    grid.categories = hostile;
    grid.methods = hostile_methods;
    write_csv("hostile.csv", &grid);
    assert_run("figures hostile.csv --setup shared --methods all -o 'out `touch pwned`' --format svg,pdf,png", 0);
    shell("test ! -e pwned");
    assert_text_has("out `touch pwned`", "fig2_categories", "svg", ">EOD<");
    assert_text_has("out `touch pwned`", "fig2_categories", "svg", ">`touch pwned`<");
    assert_text_has("out `touch pwned`", "fig2_categories", "svg", ">Tr\u00e4ger \u65e5\u672c<");
    assert_text_has("out `touch pwned`", "fig1_contamination", "svg", ">m\u2019 `touch pwned`<");
    assert_text_has("out `touch pwned`", "fig1_contamination", "svg", "\u2026"); /* the long one */
    if (system("which xmllint > /dev/null") == 0)
        shell("xmllint --noout out*/*.svg");
}

/* ---- What goes wrong ---- */

/* A machine without the font: figures are drawn all the same, and it is said what is wrong and which package helps. */
static void a_missing_font_is_named(void **state)
{
    (void)state;
    char path[512];
    shell("mkdir -p fonts && printf '<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">"
          "<fontconfig><dir>%s/fonts</dir></fontconfig>' \"$PWD\" > fonts/fonts.conf");
    snprintf(path, sizeof path, "%s/fonts/fonts.conf", program_folder);
    assert_int_equal(setenv("FONTCONFIG_FILE", path, 1), 0);
    const int status = run_program("figures results_v2.csv -o fontless --only cd");
    assert_int_equal(unsetenv("FONTCONFIG_FILE"), 0);
    assert_int_equal(status, 0);
    assert_says("Liberation Sans is not installed");
    assert_says("fonts-liberation");
    assert_run("figures results_v2.csv -o fontful --only cd", 0);
    assert_null(strstr(program_output, "not installed"));
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    assert_run("figures results_v2.csv", 2);
    assert_says("-o DIR");
    assert_run("figures results_v2.csv -o wrong --format jpg", 2);
    assert_says("not 'jpg'");
    assert_run("figures results_v2.csv -o wrong --only fig1,fig77", 2);
    assert_says("no figure 'fig77'");
    assert_run("figures results_v2.csv -o wrong --methods none,loo", 2);
    assert_says("no method 'loo'");
    assert_run("figures results_v2.csv -o wrong --max-pixels 1000", 2); /* it reads no image */
    assert_says("figures has no option --max-pixels");
    assert_run("figures absent.csv -o wrong", 3);
    assert_says("absent.csv");
    shell("test ! -e wrong");
    shell("mkdir -p own && cp results_v2.csv own/fig2_categories.txt");
    assert_run("figures own/fig2_categories.txt --setup shared -o own --only fig2", 2);
    assert_says("would be overwritten");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_drawn),
        cmocka_unit_test(the_example_results_give_all),
        cmocka_unit_test(pages_are_one_and_fonts_embedded),
        cmocka_unit_test(two_runs_give_the_same_bytes),
        cmocka_unit_test(points_lie_where_the_numbers_are),
        cmocka_unit_test(bars_are_as_long_as_the_gains),
        cmocka_unit_test(ranks_and_critical_difference),
        cmocka_unit_test(one_category_one_seed),
        cmocka_unit_test(each_setup_has_its_methods),
        cmocka_unit_test(detectors_are_compared),
        cmocka_unit_test(figures_pool_the_n_of_the_statistics),
        cmocka_unit_test(no_method_is_dropped),
        cmocka_unit_test(too_many_points_are_refused),
        cmocka_unit_test(hostile_names_are_drawn),
        cmocka_unit_test(a_missing_font_is_named),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_results, remove_program_folder);
}
