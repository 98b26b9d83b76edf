/* Banks of a coreset: what stays, and what the threshold rests on. */
#include "support.h"

#include <math.h>

#include <purebank/coreset.h>

#include "bank/bank.h"

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

/* All patches of a reference, by the definition: against the rows of the bank that are not its own. */
static void a_threshold_rests_on_all_patches(void **state)
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
        for (int64_t row = 0; row < bank->n_rows; row++)
            if (bank->image_of_row[row] != i)
                memcpy(rows + others++ * D, bank->rows + row * D, D * sizeof(float));
        pb_index *index;
        double distances[P * 5], scores[P], expected;
        assert_ok(pb_index_new(rows, others, D, PB_METRIC_EUCLIDEAN, &index));
        assert_ok(pb_index_search(index, pb_features_data(f.features) + i * P * D, P, 5, distances, NULL));
        pb_index_free(index);
        for (int p = 0; p < P; p++) {
            scores[p] = 0;
            for (int j = 0; j < 5; j++)
                scores[p] += distances[p * 5 + j];
            scores[p] /= 5;
        }
        assert_ok(pb_image_score_of(pb_bank_image_score(bank), scores, P, &expected));
        assert_true(expected == bank->references[i].loo_score);
    }
    pb_bank_free(bank);
    pb_bank_free(whole);
    close_fixture(&f);
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
        cmocka_unit_test(a_threshold_rests_on_all_patches),
        cmocka_unit_test(sizes_of_a_coreset),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
