/* Banks of a coreset: what stays, and what the threshold rests on. */
#include "support.h"

#include <math.h>

#include <purebank/coreset.h>

#include "bank/bank.h"
#include "bank/choose_coreset.h"
#include "bank/without_reference.h"

enum { N = 8, SIDE = 5, P = SIDE * SIDE, D = 12 };

typedef struct fixture {
    pb_features *features;
    pb_references *references;
} fixture;

/* A smooth map a grid position plus noise; one image has a defect. */
static void open_fixture(fixture *f)
{
    static const pb_origin origin = TEST_ORIGIN(SIDE, D);
    test_rng rng = {7};
    assert_ok(pb_features_new(N, &origin, &f->features));
    float *rows = pb_features_rows(f->features);
    for (int64_t i = 0; i < N * P * D; i++)
        rows[i] = (float)(sin(0.7 * (double)(i / D % P) + (double)(i % D)) + 0.1 * test_rng_normal(&rng));
    for (int64_t j = 0; j < 4 * D; j++)
        rows[(3 * P + 6) * D + j] += 3;
    assert_ok(pb_references_new(f->features, 5, NULL, &f->references));
}

static void close_fixture(fixture *f)
{
    pb_references_free(f->references);
    pb_features_free(f->features);
}

static pb_bank *fit_bank(const fixture *f, const pb_bank_options *options)
{
    pb_bank *bank = NULL;
    assert_ok(pb_bank_fit(f->references, NULL, NULL, options, &bank, NULL));
    return bank;
}

/* The patches that pb_coreset_select() takes from all that are kept. */
static void a_bank_holds_its_coreset(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *whole = fit_bank(&f, &options), *again;
    assert_int_equal(pb_bank_coreset_of(whole), 0);
    options.coreset_share = 0.25;
    pb_bank *bank = fit_bank(&f, &options);
    const int64_t n = (whole->n_rows + 3) / 4;
    assert_int_equal(bank->n_rows, n);
    assert_int_equal(pb_bank_coreset_of(bank), whole->n_rows);
    int64_t selected[N * P];
    bool stays[N * P] = {false};
    assert_ok(pb_coreset_select(whole->rows, whole->n_rows, D, n, NULL, selected));
    for (int64_t s = 0; s < n; s++)
        stays[selected[s]] = true;
    for (int64_t i = 0, row = 0; i < whole->n_rows; i++)
        if (stays[i]) {
            assert_int_equal(bank->image_of_row[row], whole->image_of_row[i]);
            assert_int_equal(bank->patch_of_row[row], whole->patch_of_row[i]);
            assert_memory_equal(bank->rows + row++ * D, whole->rows + i * D, D * sizeof(float));
        }
    char folder[256], file[300];
    test_make_temp_dir(folder, sizeof folder);
    snprintf(file, sizeof file, "%s/a.bank", folder);
    assert_ok(pb_bank_save(bank, file));
    assert_ok(pb_bank_load(file, &again));
    assert_int_equal(pb_bank_coreset_of(again), whole->n_rows);
    assert_int_equal(again->n_rows, n);
    pb_bank_free(again);
    assert_int_equal(test_remove_dir(folder), 0);
    pb_bank_free(bank);

    pb_bank_free(whole);
    close_fixture(&f);
}

/* The image score of reference i against the coreset of `rows`, by the definition. */
static double score_by_coreset(const pb_features *features, int64_t i, const float *rows, int64_t n, double share,
                               const pb_bank *bank)
{
    const int64_t wanted = (int64_t)ceil(share * (double)n);
    int64_t *selected = malloc((size_t)wanted * sizeof *selected);
    float *chosen = malloc((size_t)(wanted * D) * sizeof *chosen);
    pb_index *index;
    double distances[P * 5], scores[P], out;
    assert_non_null(selected);
    assert_non_null(chosen);
    assert_ok(pb_coreset_select(rows, n, D, wanted, NULL, selected));
    for (int64_t s = 0; s < wanted; s++)
        memcpy(chosen + s * D, rows + selected[s] * D, D * sizeof *chosen);
    assert_ok(pb_index_new(chosen, wanted, D, PB_METRIC_EUCLIDEAN, &index));
    assert_ok(pb_index_search(index, pb_features_data(features) + i * P * D, P, 5, distances, NULL));
    pb_index_free(index);
    for (int p = 0; p < P; p++) {
        scores[p] = 0;
        for (int j = 0; j < 5; j++)
            scores[p] += distances[p * 5 + j];
        scores[p] /= 5;
    }
    assert_ok(pb_image_score_of(pb_bank_image_score(bank), scores, P, &out));
    free(selected);
    free(chosen);
    return out;
}

/* All patches of a reference, against the coreset that the others alone would have. */
static void a_threshold_rests_on_coresets_without_the_reference(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *whole = fit_bank(&f, &options);
    options.coreset_share = 0.25;
    pb_bank *bank = fit_bank(&f, &options);
    assert_int_equal(bank->threshold.n, whole->threshold.n);
    assert_true(bank->audit_limit == whole->audit_limit);
    for (int64_t i = 0; i < N; i++) {
        if (bank->references[i].decision != PB_DECISION_KEEP)
            continue;
        float rows[N * P * D];
        int64_t others = 0;
        for (int64_t row = 0; row < whole->n_rows; row++)
            if (whole->image_of_row[row] != i)
                memcpy(rows + others++ * D, whole->rows + row * D, D * sizeof(float));
        assert_true(score_by_coreset(f.features, i, rows, others, 0.25, bank) == bank->references[i].loo_score);
    }
    pb_bank_free(bank);
    pb_bank_free(whole);
    close_fixture(&f);
}

/* More than PB_CORESET_GROUPS references leave in groups: the first and the eleventh together. */
static void many_references_leave_in_groups(void **state)
{
    (void)state;
    enum { MANY = PB_CORESET_GROUPS + 2 };
    static const pb_origin origin = TEST_ORIGIN(SIDE, D);
    test_rng rng = {8};
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    assert_ok(pb_features_new(MANY, &origin, &features));
    for (int64_t i = 0; i < MANY * P * D; i++)
        pb_features_rows(features)[i] = (float)test_rng_normal(&rng);
    assert_ok(pb_references_new(features, 5, NULL, &references));
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.coreset_share = 0.1;
    options.audit_rule = NULL;
    assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    for (int64_t i = 0; i < MANY; i++) {
        float rows[MANY * P * D];
        int64_t others = 0;
        for (int64_t j = 0; j < MANY; j++)
            if (j % PB_CORESET_GROUPS != i % PB_CORESET_GROUPS)
                memcpy(rows + others++ * P * D, pb_features_data(features) + j * P * D, P * D * sizeof *rows);
        assert_true(score_by_coreset(features, i, rows, others * P, 0.1, bank) == bank->references[i].loo_score);
    }
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
}

enum { LARGE_SIDE = 12, LARGE_P = LARGE_SIDE * LARGE_SIDE };

/* Photos of a station whose patches are of one kind and differ in two ways, some by far: few stand for many. */
static void draw_station(pb_features *features, test_rng *rng)
{
    float *rows = pb_features_rows(features);
    for (int64_t i = 0; i < pb_features_n_images(features) * LARGE_P; i++) {
        const double far = exp(0.5 * test_rng_normal(rng));
        const double u = far * test_rng_normal(rng), v = far * test_rng_normal(rng);
        for (int c = 0; c < D; c++)
            rows[i * D + c] = (float)(u * sin(c) + v * cos(1.7 * c));
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The threshold of 9 references for a rate of .2, one by one against what is left of the bank's own coreset without them. */
static double threshold_by_holes(const pb_bank *bank, const pb_features *features)
{
    double scores[9];
    for (int64_t i = 0; i < 9; i++) {
        pb_bank_rest rest;
        pb_features *one;
        double patch_scores[LARGE_P];
        assert_ok(pb_bank_rest_new(bank, i, &rest));
        assert_ok(pb_features_slice(features, i, 1, &one));
        assert_ok(pb_bank_rest_score(bank, &rest, one, patch_scores, &scores[i]));
        pb_features_free(one);
        pb_bank_rest_free(&rest);
    }
    qsort(scores, 9, sizeof *scores, by_value);
    return scores[7];
}

/* A rate of .2 lets two of 9 references and one new part lie above the threshold, each with the same probability, whatever the
 * distribution (conformal). The new part is compared with the coreset of one reference more, so that the rate is a little lower. What is
 * left of the bank's own coreset without a reference has holes, and a threshold by it hardly lets any part lie above. */
static void a_coreset_keeps_the_rate(void **state)
{
    (void)state;
    enum { STATIONS = 150, REFERENCES = 9 };
    static const pb_origin origin = TEST_ORIGIN(LARGE_SIDE, D);
    test_rng rng = {21};
    int above = 0, above_by_holes = 0;
    for (int station = 0; station < STATIONS; station++) {
        pb_features *features, *part;
        pb_references *references;
        pb_bank *bank;
        double patch_scores[LARGE_P], score;
        assert_ok(pb_features_new(REFERENCES, &origin, &features));
        assert_ok(pb_features_new(1, &origin, &part));
        draw_station(features, &rng);
        draw_station(part, &rng);
        assert_ok(pb_references_new(features, 5, NULL, &references));
        pb_bank_options options = PB_BANK_OPTIONS_INIT;
        options.coreset_share = 0.02;
        options.audit_rule = NULL;
        options.false_alarm_rate = 0.2;
        assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
        assert_int_equal(bank->threshold.method, PB_THRESHOLD_CONFORMAL);
        assert_ok(pb_bank_score(bank, part, patch_scores, &score));
        above += score > bank->threshold.value;
        above_by_holes += score > threshold_by_holes(bank, features);
        pb_bank_free(bank);
        pb_references_free(references);
        pb_features_free(features);
        pb_features_free(part);
    }
    printf("%d of %d above the threshold, %d above one by holes\n", above, STATIONS, above_by_holes);
    assert_in_range(above, 18, 42); /* .12 to .28: .2 less what one reference more does */
    assert_true(4 * above_by_holes < 3 * above);
}

static void sizes_of_a_coreset(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f);
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.coreset_share = 0.25;
    pb_bank *bank, *whole;
    const pb_bank_options defaults = PB_BANK_OPTIONS_INIT;
    whole = fit_bank(&f, &defaults);
    options.coreset_rows = 17; /* goes before a share */
    bank = fit_bank(&f, &options);
    assert_int_equal(bank->n_rows, 17);
    pb_bank_free(bank);
    options.coreset_rows = whole->n_rows + 1; /* more than there are */
    bank = fit_bank(&f, &options);
    assert_int_equal(bank->n_rows, whole->n_rows);
    assert_int_equal(pb_bank_coreset_of(bank), 0);
    pb_bank_free(bank);
    options.coreset_rows = 4; /* fewer than K */
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_SHAPE);
    options.coreset_rows = -1;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options.coreset_rows = 0;
    options.coreset_share = 1.5;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    pb_bank_free(whole);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bank_holds_its_coreset),
        cmocka_unit_test(a_threshold_rests_on_coresets_without_the_reference),
        cmocka_unit_test(many_references_leave_in_groups),
        cmocka_unit_test(a_coreset_keeps_the_rate),
        cmocka_unit_test(sizes_of_a_coreset),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
