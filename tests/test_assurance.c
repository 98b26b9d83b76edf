/* The run `assurance` against its definition, step by step through the public interface: draws, audits, banks, scores. */
#include "caches.h"

#include <purebank/audit.h>
#include <purebank/cache.h>
#include <purebank/experiment.h>
#include <purebank/index.h>
#include <purebank/metrics.h>
#include <purebank/protocol.h>
#include <purebank/references.h>

#include "audit/audit.h"
#include "experiment/experiment.h"
#include "io/csv.h"

#define HEADER                                                                                                         \
    "timestamp;dataset;setup;detector;auditor;method;contamination_rate;seed;train_limit;n_train;n_contaminated;"      \
    "n_removed;n_cont_removed;top1_cont;top2_cont;top3_cont;img_auroc;img_aupr;tpr_fpr1;tpr_fpr5;elapsed_s"

enum { N_COLUMNS = 21, MAX_IMAGES = 32, K = 5 };

static char folder[256], roots[3][512];

/* Two detectors of the same images, and a third one; some categories have few unused photos, or a pool of one anomaly. */
static int make_caches(void **state)
{
    (void)state;
    const char *const names[] = {"sharp", "plain", "third"};
    test_make_temp_dir(folder, sizeof folder);
    for (int d = 0; d < 3; d++) {
        const int side = d == 1 ? 3 : 5, dim = d == 1 ? 7 : 12;
        snprintf(roots[d], sizeof roots[d], "%s/%s", folder, names[d]);
        cache_make(roots[d], "mvtec_AD__bottle", (cache_sizes){24, 9, 12, side, dim}, (uint64_t)d + 1);
        cache_make(roots[d], "btad__01", (cache_sizes){11, 6, 5, side, dim}, (uint64_t)d + 11);
        cache_make(roots[d], "mine", (cache_sizes){10, 7, 3, side, dim}, (uint64_t)d + 21);
    }
    return 0;
}

static int remove_caches(void **state)
{
    (void)state;
    pb_threads_set(0);
    return test_remove_dir(folder);
}

static void shell(const char *command)
{
    char line[2048];
    snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    if (system(line) != 0)
        fail_msg("%s", line);
}

/* ---- The definition --------------------------------------------------------------------------------------------- */

/* One image: of the training part, or a test image that stands among the references. */
typedef struct reference {
    bool contaminated;
    int64_t index;
} reference;

typedef struct detector {
    pb_cache *cache;
    pb_features *train, *test;
} detector;

static void open_detector(const char *root, const char *name, detector *out)
{
    char path[768];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_ok(pb_cache_open(path, &out->cache));
    assert_ok(pb_cache_load(out->cache, PB_CACHE_TRAIN, &out->train));
    assert_ok(pb_cache_load(out->cache, PB_CACHE_TEST, &out->test));
}

static void close_detector(detector *d)
{
    pb_features_free(d->train);
    pb_features_free(d->test);
    pb_cache_free(d->cache);
}

static const float *image_of(const detector *d, reference image)
{
    const pb_features *features = image.contaminated ? d->test : d->train;
    return pb_features_data(features) + image.index * pb_features_n_patches(features) * pb_features_dim(features);
}

static float *gather(const detector *d, const reference *image, int64_t n)
{
    const int64_t values = pb_features_n_patches(d->train) * pb_features_dim(d->train);
    float *rows = malloc((size_t)(n * values + 1) * sizeof *rows); /* never nothing, whatever the analyser assumes */
    assert_non_null(rows);
    for (int64_t i = 0; i < n; i++)
        memcpy(rows + i * values, image_of(d, image[i]), (size_t)values * sizeof *rows);
    return rows;
}

typedef struct cell {
    const char *method;
    double contamination;
    int64_t seed;
} cell;

typedef struct expected {
    reference image[MAX_IMAGES];
    uint8_t contaminated[MAX_IMAGES], removed[MAX_IMAGES];
    int64_t reference[MAX_IMAGES]; /* as drawn, before contamination */
    int64_t n, n_contaminated, n_removed, n_bad_removed, found[3];
} expected;

static void draw(const detector *d, const pb_test_split *split, const cell *c, expected *out)
{
    int64_t slots[MAX_IMAGES], contaminants[MAX_IMAGES];
    assert_ok(pb_draw_references(pb_features_n_images(d->train), 10, c->seed, out->reference, &out->n));
    out->n_contaminated = pb_contaminated_count(out->n, c->contamination);
    assert_ok(
        pb_draw_contamination(out->n, out->n_contaminated, split->pool, split->n_pool, c->seed, slots, contaminants));
    for (int64_t i = 0; i < out->n; i++)
        out->image[i] = (reference){false, out->reference[i]};
    for (int64_t m = 0; m < out->n_contaminated; m++) {
        out->image[slots[m]] = (reference){true, contaminants[m]};
        out->contaminated[slots[m]] = 1;
    }
}

static void audit(const detector *auditor, const cell *c, expected *e)
{
    const bool base = strncmp(c->method, "base_", 5) == 0;
    const pb_audit_options options = {.size = sizeof options, .multiplier = 1.5, .seed = c->seed};
    pb_references *references;
    pb_features *features;
    pb_audit *found = NULL;
    float *rows = gather(auditor, e->image, e->n);
    assert_ok(pb_features_borrow(rows, e->n, pb_features_grid_height(auditor->train),
                                 pb_features_grid_width(auditor->train), pb_features_dim(auditor->train), &features));
    assert_ok(pb_references_new(features, K, NULL, &references));
    assert_ok(pb_audit_run(references, base ? c->method : "imgmax_mad", &options, &found));
    for (int64_t i = 0; i < e->n; i++) {
        for (int top = 1; top <= 3; top++)
            e->found[top - 1] += e->contaminated[i] && found->images[i].rank <= top;
        e->removed[i] = strcmp(c->method, "none") == 0            ? 0
                        : strcmp(c->method, "oracle_remove") == 0 ? e->contaminated[i]
                                                                  : found->images[i].flagged;
        e->n_removed += e->removed[i];
        e->n_bad_removed += e->removed[i] && e->contaminated[i];
    }
    pb_audit_free(found);
    pb_references_free(references);
    pb_features_free(features);
    free(rows);
}

/* What is in the bank. */
static int64_t keep(const detector *d, const cell *c, const expected *e, reference *out)
{
    int64_t unused[MAX_IMAGES], n_unused = 0, n = 0, used = 0;
    for (int64_t i = 0; i < pb_features_n_images(d->train); i++) {
        bool is_reference = false;
        for (int64_t r = 0; r < e->n; r++)
            is_reference = is_reference || e->reference[r] == i;
        if (!is_reference)
            unused[n_unused++] = i;
    }
    assert_ok(pb_draw_recaptures(unused, n_unused, c->seed, unused));
    for (int64_t i = 0; i < e->n; i++)
        if (!e->removed[i])
            out[n++] = e->image[i];
        else if (strcmp(c->method, "audit_recapture") == 0 && used < n_unused)
            out[n++] = (reference){false, unused[used++]};
    return n;
}

static void score(const detector *d, const pb_test_split *split, const reference *image, int64_t n,
                  pb_detection_metrics *out)
{
    const int64_t n_patches = pb_features_n_patches(d->train), dim = pb_features_dim(d->train);
    double distances[64 * K], patch_scores[64], scores[MAX_IMAGES];
    uint8_t labels[MAX_IMAGES];
    pb_index *index;
    float *rows = gather(d, image, n);
    assert_ok(pb_index_new(rows, n * n_patches, dim, PB_METRIC_EUCLIDEAN, &index));
    for (int64_t t = 0; t < split->n_test; t++) {
        assert_ok(pb_index_search(index, pb_features_data(d->test) + split->test[t] * n_patches * dim, n_patches, K,
                                  distances, NULL));
        for (int64_t p = 0; p < n_patches; p++) {
            patch_scores[p] = 0;
            for (int j = 0; j < K; j++)
                patch_scores[p] += distances[p * K + j];
            patch_scores[p] /= K;
        }
        assert_ok(pb_image_score_of(PB_IMAGE_SCORE_P95, patch_scores, n_patches, &scores[t]));
        labels[t] = pb_cache_labels(d->cache)[split->test[t]];
    }
    assert_ok(pb_metrics_detection(scores, labels, split->n_test, out));
    pb_index_free(index);
    free(rows);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

/* The file's fields from the first column of numbers on, of the row with this key; fails unless there is exactly one. */
static char *const *find_row(const pb_csv_table *table, const char *dataset, const char *detector_name,
                             const char *auditor, const cell *c)
{
    char *const *found = NULL;
    char share[16], seed[16];
    snprintf(share, sizeof share, "%.1f", c->contamination);
    snprintf(seed, sizeof seed, "%d", (int)c->seed);
    for (int64_t r = 0; r < table->n_rows; r++) {
        char *const *field = table->field + r * N_COLUMNS;
        if (strcmp(field[1], dataset) == 0 && strcmp(field[2], "disjoint") == 0 &&
            strcmp(field[3], detector_name) == 0 && strcmp(field[4], auditor) == 0 &&
            strcmp(field[5], c->method) == 0 && strcmp(field[6], share) == 0 && strcmp(field[7], seed) == 0 &&
            strcmp(field[8], "10") == 0) {
            assert_null(found);
            found = field + 9;
        }
    }
    if (!found)
        fail_msg("no row %s %s %s %s %s", dataset, detector_name, c->method, share, seed);
    return found;
}

static void assert_row(char *const *field, const expected *e, const pb_detection_metrics *metrics)
{
    const int64_t counts[] = {e->n,        e->n_contaminated, e->n_removed, e->n_bad_removed,
                              e->found[0], e->found[1],       e->found[2]};
    const double measures[] = {metrics->auroc, metrics->ap, metrics->tpr_fpr1, metrics->tpr_fpr5};
    char text[32];
    for (int i = 0; i < 7; i++) {
        snprintf(text, sizeof text, "%d", (int)counts[i]);
        assert_string_equal(field[i], text);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "%.4f", measures[i]);
        assert_string_equal(field[7 + i], text);
    }
}

/* Counts of what the comparison must not miss. */
typedef struct seen {
    int n_rows, n_replaced, n_shorter, n_other_than_removed;
} seen;

static void check_cell(const pb_csv_table *table, const char *dataset, detector *detectors, const pb_test_split *split,
                       const cell *c, seen *out)
{
    static const char *const names[] = {"sharp", "plain"};
    expected e = {.n = 0};
    reference kept[MAX_IMAGES];
    draw(&detectors[0], split, c, &e);
    audit(&detectors[1], c, &e);
    const int64_t n = keep(&detectors[0], c, &e, kept);
    for (int d = 0; d < 2; d++) {
        pb_detection_metrics metrics;
        score(&detectors[d], split, kept, n, &metrics);
        assert_row(find_row(table, dataset, names[d], "plain", c), &e, &metrics);
        out->n_rows++;
    }
    out->n_replaced += strcmp(c->method, "audit_recapture") == 0 && e.n_removed > 0 && n == e.n;
    out->n_shorter += strcmp(c->method, "audit_recapture") == 0 && n < e.n;
}

static const char *const methods[] = {"none",     "audit_remove", "audit_recapture", "oracle_remove",
                                      "base_knn", "base_lof",     "base_iforest"};

static void check_category(const pb_csv_table *table, const char *name, const char *dataset, seen *out)
{
    detector detectors[2];
    for (int d = 0; d < 2; d++)
        open_detector(roots[d], name, &detectors[d]);
    for (int64_t seed = 0; seed < 5; seed++) {
        pb_test_split split;
        assert_ok(pb_test_split_new(pb_cache_labels(detectors[0].cache), pb_features_n_images(detectors[0].test),
                                    PB_SETUP_DISJOINT, seed, &split));
        for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
            for (int bad = 0; bad < 2; bad++)
                check_cell(table, dataset, detectors, &split, &(cell){methods[m], bad ? 0.3 : 0, seed}, out);
        pb_test_split_free(&split);
    }
    for (int d = 0; d < 2; d++)
        close_detector(&detectors[d]);
}

/* ---- Running ---------------------------------------------------------------------------------------------------- */

static const pb_experiment_caches both[] = {{"sharp", roots[0]}, {"plain", roots[1]}, {"third", roots[2]}};

static void run(const char *output, int64_t n_detectors, const pb_experiment_options *options, bool one_by_one)
{
    pb_experiment *experiment;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, output);
    assert_ok(pb_experiment_open("assurance", both, n_detectors, path, options, &experiment));
    if (one_by_one)
        pb_experiment_score_one_by_one(experiment);
    assert_ok(pb_experiment_compute(experiment, NULL));
    pb_experiment_close(experiment);
}

static void rows_are_as_defined(void **state)
{
    (void)state;
    const pb_experiment_options options = {.size = sizeof(pb_experiment_options), .auditor = "plain"};
    char path[512];
    pb_csv_table table;
    seen all = {0};
    run("defined", 2, &options, false);
    snprintf(path, sizeof path, "%s/defined/exp_p5_assurance/results.csv", folder);
    assert_ok(pb_csv_read(path, 1 << 24, ';', &table));
    assert_int_equal(table.n_columns, N_COLUMNS);
    assert_int_equal(table.n_rows, 3 * 5 * 2 * 7 * 2); /* categories, seeds, c, methods, detectors */
    check_category(&table, "mvtec_AD__bottle", "mvtec_AD/bottle", &all);
    check_category(&table, "btad__01", "btad/01", &all);
    check_category(&table, "mine", "mine", &all);
    assert_int_equal(all.n_rows, table.n_rows);
    assert_true(all.n_replaced > 0);
    assert_true(all.n_shorter > 0); /* no unused photo was left */
    pb_csv_table_free(&table);
    shell("head -n 1 defined/exp_p5_assurance/results.csv | tr -d '\\r' > header.txt; "
          "printf '%s\\n' '" HEADER "' | cmp - header.txt");
}

/* Columns 2 to 20: all but those of the clock. */
#define SORTED(files) "tail -q -n +2 " files " | tr -d '\\r' | cut -d ';' -f 2-20 | sort"

static void rows_depend_on_nothing_else(void **state)
{
    (void)state;
    pb_experiment_options options = {.size = sizeof(pb_experiment_options), .auditor = "plain", .seeds = "3"};
    shell(SORTED("defined/exp_p5_assurance/results.csv") " | awk -F ';' '$7 == 3' > defined.txt; "
                                                         "test $(wc -l < defined.txt) = 84");
    run("slowly", 2, &options, true);
    shell(SORTED("slowly/exp_p5_assurance/results.csv") " | cmp - defined.txt");
    for (int threads = 1; threads <= 5; threads += threads == 1 ? 1 : 3) { /* 1, 2, 5 */
        pb_threads_set(threads);
        for (options.memory = 100000; options.memory < 100000000;
             options.memory += options.memory / 4) { /* just enough */
            pb_experiment *experiment;
            char path[512];
            snprintf(path, sizeof path, "%s/threads%d", folder, threads);
            assert_ok(pb_experiment_open("assurance", both, 2, path, &options, &experiment));
            const pb_status status = pb_experiment_compute(experiment, NULL);
            pb_experiment_close(experiment);
            if (status == PB_STATUS_OK)
                break;
            assert_int_equal(status, PB_STATUS_LIMIT);
        }
        char command[256];
        snprintf(command, sizeof command, SORTED("threads%d/exp_p5_assurance/results.csv") " | cmp - defined.txt",
                 threads);
        shell(command);
    }
    pb_threads_set(0);
    options.memory = 0;
    for (options.n_shards = 3; options.n_shards <= 7; options.n_shards += 4) {
        for (options.shard = 1; options.shard <= options.n_shards; options.shard++)
            run("shards", 2, &options, false);
        shell(SORTED("shards/exp_p5_assurance/results.shard-*.csv") " | cmp - defined.txt; rm -r shards");
    }
}

/* A detector that comes later finds the others' rows done; the file's .json has all of them. */
static void detectors_can_be_added(void **state)
{
    (void)state;
    pb_experiment_options options = {
        .size = sizeof(pb_experiment_options), .auditor = "plain", .seeds = "0", .categories = "mine"};
    pb_experiment *experiment;
    char path[512];
    run("growing", 2, &options, false);
    snprintf(path, sizeof path, "%s/growing", folder);
    assert_ok(pb_experiment_open("assurance", both, 3, path, &options, &experiment));
    const pb_experiment_plan *plan = pb_experiment_get_plan(experiment);
    assert_int_equal(plan->n_cells, 42);
    assert_int_equal(plan->n_done, 28);
    assert_int_equal(plan->n_detectors, 3);
    assert_string_equal(plan->auditor, "plain");
    assert_string_equal(pb_experiment_detector_at(experiment, 2), "third");
    pb_experiment_close(experiment);
    run("growing", 3, &options, false);
    shell("test $(grep -c '\"dim\"' growing/exp_p5_assurance/results.csv.json) = 3");
    const pb_experiment_caches swapped[] = {{"plain", roots[0]}};
    assert_status(pb_experiment_open("assurance", swapped, 1, path, &options, &experiment), PB_STATUS_MISMATCH);
    options.auditor = NULL; /* the first: rows of their own */
    run("growing", 3, &options, false);
    shell("test $(wc -l < growing/exp_p5_assurance/results.csv) = 85");
}

/* ---- Caches that do not go together ----------------------------------------------------------------------------- */

static void assert_refused(const pb_experiment_caches *caches, int64_t n, const char *run_name,
                           const pb_experiment_options *options, pb_status expected_status, const char *says)
{
    pb_experiment *experiment;
    assert_status(pb_experiment_open(run_name, caches, n, "/nowhere", options, &experiment), expected_status);
    if (!strstr(pb_error_message(), says))
        fail_msg("\"%s\" is not in: %s", says, pb_error_message());
}

static void caches_must_be_of_the_same_images(void **state)
{
    (void)state;
    const pb_experiment_options options = {.size = sizeof(pb_experiment_options)},
                                mine = {.size = sizeof(pb_experiment_options), .categories = "mine"};
    char other[512];
    pb_experiment *experiment;
    const pb_experiment_caches pair[] = {{"sharp", roots[0]}, {"other", other}};
    snprintf(other, sizeof other, "%s/other", folder);
    /* Other folders above, and backslashes: the same images. */
    shell("cp -r plain other; cd other/mine; sed -i 's|^|D:/photos of somebody/|; s|/|\\\\|g' test_paths.txt; "
          "grep -q 'D:.photos of somebody.test.good.000.png' test_paths.txt");
    assert_ok(pb_experiment_open("assurance", pair, 2, "/nowhere", &mine, &experiment));
    pb_experiment_close(experiment);
    shell("sed -i '3s|00|99|' other/mine/test_paths.txt");
    assert_refused(pair, 2, "assurance", &mine, PB_STATUS_MISMATCH, "test image 2 is ");
    shell("rm -r other; cp -r plain other; rm -r other/btad__01");
    assert_refused(pair, 2, "assurance", &options, PB_STATUS_MISMATCH, "has btad/01 and ");
    assert_refused(&(const pb_experiment_caches[]){{"other", other}, {"sharp", roots[0]}}[0], 2, "assurance", &options,
                   PB_STATUS_MISMATCH, "has btad/01 and ");
    assert_ok(pb_experiment_open("assurance", pair, 2, "/nowhere", &mine, &experiment));
    pb_experiment_close(experiment);
    shell("rm -r other; mkdir other");
    cache_make(other, "mine", (cache_sizes){11, 7, 3, 3, 7}, 5);
    assert_refused(pair, 2, "assurance", &mine, PB_STATUS_MISMATCH, "mine has 10 training images and ");
    shell("rm -r other; mkdir other");
    cache_make(other, "mine", (cache_sizes){10, 6, 4, 3, 7}, 5);
    shell("cp plain/mine/test_paths.txt other/mine/");
    assert_refused(pair, 2, "assurance", &mine, PB_STATUS_MISMATCH, "is labelled 0 in ");
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    const pb_experiment_caches unnamed[] = {{NULL, roots[0]}, {NULL, roots[1]}};
    const pb_experiment_options none = {.size = sizeof(pb_experiment_options)};
    pb_experiment *experiment;
    assert_refused(unnamed, 2, "assurance", &none, PB_STATUS_BAD_ARGUMENT, "both of a detector called default");
    assert_refused(both, 2, "assurance",
                   &(pb_experiment_options){.size = sizeof(pb_experiment_options), .auditor = "dinov3"},
                   PB_STATUS_BAD_ARGUMENT, "the auditor dinov3 is none of the detectors: there are sharp, plain");
    assert_refused(both, 2, "main", &none, PB_STATUS_BAD_ARGUMENT, "its rows name no detector");
    assert_refused(both, 1, "main", &(pb_experiment_options){.size = sizeof(pb_experiment_options), .auditor = "sharp"},
                   PB_STATUS_BAD_ARGUMENT, "main has no auditor");
    assert_refused(both, 2, "assurance",
                   &(pb_experiment_options){.size = sizeof(pb_experiment_options), .methods = "none,loo_patch"},
                   PB_STATUS_BAD_ARGUMENT, "there are all, none, audit_remove, audit_recapture");
    assert_refused(both, 2, "assurance", &(pb_experiment_options){.size = sizeof(pb_experiment_options), .ks = "3,5"},
                   PB_STATUS_BAD_ARGUMENT, "no column for K");
    assert_refused(both, 2, "assurance",
                   &(pb_experiment_options){.size = sizeof(pb_experiment_options), .percentiles = "90,95"},
                   PB_STATUS_BAD_ARGUMENT, "no column for the percentile");
    assert_refused(both, 0, "assurance", &none, PB_STATUS_BAD_ARGUMENT, "caches of 0 detectors");
    assert_ok(pb_experiment_open("assurance", unnamed, 1, "/nowhere", &none, &experiment));
    assert_string_equal(pb_experiment_get_plan(experiment)->auditor, "default");
    pb_experiment_close(experiment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_as_defined),         cmocka_unit_test(rows_depend_on_nothing_else),
        cmocka_unit_test(detectors_can_be_added),      cmocka_unit_test(caches_must_be_of_the_same_images),
        cmocka_unit_test(wrong_questions_are_refused), cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_caches, remove_caches);
}
