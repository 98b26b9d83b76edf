/* References with altered copies in audits and banks: a reference and its copies are one, scores are those of the photo as it is, and what
 * is not of the same copies is refused by name. */
#include "support.h"

#include <math.h>

#include <purebank/metrics.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "io/features.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "references/lof.h"
#include "root.h"

enum { N = 7, SIDE = 4, P = SIDE * SIDE, V = 6, DIM = 5, K = 3, BAD = 2 };

static const pb_origin origin = TEST_ORIGIN(SIDE, DIM);
static const pb_augment copies = {.flips = true, .darkest = 1, .brightest = 1.5}; /* V of them */

/* Copies are other patches than the photo's, as they are in life; those of image BAD are of its own kind, near each other alone. */
static pb_features *make_features(void)
{
    test_rng rng = {7};
    pb_features *features;
    assert_ok(pb_features_new_within(N, &origin, NULL, &copies, &features));
    assert_int_equal(pb_features_n_patches(features), V * P);
    float *out = pb_features_rows(features);
    for (int i = 0; i < N; i++)
        for (int p = 0; p < V * P; p++)
            for (int d = 0; d < DIM; d++)
                *out++ = (float)(sin(p % P + 2.0 * d) + 0.2 * (p / P) + 0.3 * test_rng_normal(&rng) +
                                 (i == BAD && p % P < 6 ? 9 : 0));
    return features;
}

static pb_roi *make_roi(void)
{
    uint8_t inside[P];
    pb_roi *roi;
    for (int p = 0; p < P; p++)
        inside[p] = p % SIDE > 0 && p != 6;
    assert_ok(pb_roi_new(inside, SIDE, SIDE, "right", &roi));
    return roi;
}

/* Features with or without the region. */
static pb_features *features_within(bool region)
{
    pb_features *features = make_features(), *cut;
    if (!region)
        return features;
    pb_roi *roi = make_roi();
    assert_ok(pb_features_cut(features, roi, &cut));
    pb_roi_free(roi);
    pb_features_free(features);
    return cut;
}

static pb_bank *fit(const pb_features *features, const pb_bank_options *options, pb_audit **audit)
{
    pb_references *references;
    pb_bank *bank;
    assert_ok(pb_references_new(features, K, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, options, &bank, audit));
    pb_references_free(references);
    return bank;
}

/* ---- by hand ------------------------------------------------------------------------------------------------------ */

static double distance(const float *a, const float *b)
{
    double sum = 0;
    for (int d = 0; d < DIM; d++)
        sum += ((double)a[d] - (double)b[d]) * ((double)a[d] - (double)b[d]);
    return sqrt(sum);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean distance of patch p of image i to the k nearest of all variants of all other images. @param out_of_use NULL, or P bytes of each
 * image, places whose patches are no neighbours */
static double score_by_hand(const pb_features *features, int i, int p, int k, const uint8_t *out_of_use)
{
    double distances[N * V * P], sum = 0;
    int n = 0;
    const int n_patches = (int)features->n_patches, n_own = (int)pb_features_n_own(features);
    for (int j = 0; j < N; j++)
        for (int q = 0; q < n_patches; q++)
            if (j != i && !(out_of_use && out_of_use[j * n_own + q % n_own]))
                distances[n++] =
                    distance(features->data + (i * n_patches + p) * DIM, features->data + (j * n_patches + q) * DIM);
    qsort(distances, (size_t)n, sizeof *distances, ascending);
    for (int j = 0; j < k; j++)
        sum += distances[j] / k;
    return sum;
}

/* Sums in another order: to the last bits. */
static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * fabs(b)))
        fail_msg("%.17g is not %.17g", a, b);
}

static void scores_are_of_the_photo_against_all_of_the_others(void **state)
{
    (void)state;
    for (int region = 0; region < 2; region++) {
        pb_features *features = features_within(region);
        const int n_own = (int)pb_features_n_own_patches(features);
        pb_bank_options options = PB_BANK_OPTIONS_INIT;
        pb_audit *audit;
        assert_int_equal(n_own, region ? 11 : P);
        options.audit_rule = "imgmax_mad";
        options.image_score = PB_IMAGE_SCORE_MAX;
        options.false_alarm_rate = 0.2;
        pb_bank *bank = fit(features, &options, &audit);
        double scores[N], all[N * P];
        for (int i = 0; i < N; i++) {
            double highest = 0, mean = 0;
            for (int p = 0; p < n_own; p++) {
                const double score = score_by_hand(features, i, p, K, NULL);
                highest = fmax(highest, score);
                mean += score / n_own;
                all[i * n_own + p] = score;
            }
            scores[i] = highest;
            assert_near(pb_bank_reference_at(bank, i)->loo_score, highest);
            assert_near(pb_audit_image_at(audit, i)->score, highest);
            assert_near(pb_audit_image_at(audit, i)->mean, mean);
        }
        pb_threshold threshold;
        double low;
        assert_ok(pb_threshold_fit(scores, N, 0.2, &threshold));
        assert_near(pb_bank_threshold(bank)->value, threshold.value);
        assert_ok(pb_percentile(all, N * n_own, 50, &low));
        assert_near(bank->patch_score_low, low);
        assert_int_equal(pb_bank_n_rows(bank), N * V * n_own);
        pb_audit_free(audit);
        pb_bank_free(bank);
        pb_features_free(features);
    }
}

/* Its V copies of the same defect are six patches of one reference, and none of them makes it look normal. */
static void a_bad_reference_is_flagged_for_all_its_copies(void **state)
{
    (void)state;
    static const char *const rules[] = {"imgt5_k1_mad", "imgmax_mad", "imgq99_mad", "image_mad", "imgt5_mad"};
    pb_features *features = make_features();
    pb_references *references;
    assert_ok(pb_references_new(features, K, NULL, &references));
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        pb_audit *audit;
        assert_ok(pb_audit_run(references, rules[r], NULL, &audit));
        assert_true(pb_audit_image_at(audit, BAD)->flagged);
        assert_int_equal(pb_audit_image_at(audit, BAD)->rank, 1);
        pb_audit_free(audit);
    }
    pb_references_free(references);
    pb_features_free(features);
}

/* What goes by whole images does not see copies at all. */
static void whole_images_are_the_photos_as_they_are(void **state)
{
    (void)state;
    static const char *const rules[] = {"base_knn", "base_lof", "base_iforest"};
    pb_features *features = make_features(), *photos;
    pb_references *with, *without;
    assert_ok(pb_features_new(N, &origin, &photos));
    for (int i = 0; i < N; i++)
        memcpy(pb_features_rows(photos) + i * P * DIM, pb_features_image_at(features, i), P * DIM * sizeof(float));
    assert_ok(pb_references_new(features, K, NULL, &with));
    assert_ok(pb_references_new(photos, K, NULL, &without));
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        pb_audit *a, *b;
        assert_ok(pb_audit_run(with, rules[r], NULL, &a));
        assert_ok(pb_audit_run(without, rules[r], NULL, &b));
        for (int i = 0; i < N; i++)
            assert_true(pb_audit_image_at(a, i)->score == pb_audit_image_at(b, i)->score);
        pb_audit_free(a);
        pb_audit_free(b);
    }
    pb_references_free(with);
    pb_references_free(without);
    pb_features_free(photos);
    pb_features_free(features);
}

/* Image-level purification takes the image that scores worst by its own patches, with all its copies. */
static void an_image_leaves_with_its_copies(void **state)
{
    (void)state;
    pb_features *features = make_features();
    float *rows = pb_features_rows(features);
    for (int j = 0; j < V * P * DIM; j++) /* copies that are odd, of a photo that is not */
        rows[(size_t)4 * V * P * DIM + (size_t)j] += j < P * DIM ? 0 : 30;
    pb_references *references;
    pb_purify_options options = PB_PURIFY_OPTIONS_INIT;
    pb_patch_mask mask;
    options.contamination = 0.14;
    assert_ok(pb_references_new(features, K, NULL, &references));
    assert_ok(pb_purify(references, "image_level_loo", &options, &mask));
    for (int i = 0; i < N * V * P; i++)
        assert_int_equal(mask.keep[i], i / (V * P) != BAD);
    pb_patch_mask_free(&mask);
    pb_references_free(references);
    pb_features_free(features);
}

/* A patch that is taken out leaves with its copies, and a copy alone never does: else what poisons a bank stays, turned. */
static void a_patch_leaves_with_its_copies(void **state)
{
    (void)state;
    static const char *const methods[] = {"loo_patch", "mahalanobis_patch", "lof_patch", "random_patch"};
    pb_features *features = make_features();
    pb_references *references;
    assert_ok(pb_references_new(features, K, NULL, &references));
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        pb_purify_options options = PB_PURIFY_OPTIONS_INIT;
        pb_patch_mask mask;
        int n_out = 0;
        options.percentile = 80;
        assert_ok(pb_purify(references, methods[m], &options, &mask));
        for (int i = 0; i < N * V * P; i++) {
            assert_int_equal(mask.keep[i], mask.keep[i / (V * P) * V * P + i % P]);
            n_out += !mask.keep[i];
        }
        assert_true(n_out > 0);
        pb_patch_mask_free(&mask);
    }
    pb_references_free(references);
    pb_features_free(features);
}

/* By its definition, where no copy of the same place is a neighbour. */
static void local_outlier_factors_are_among_other_places(void **state)
{
    (void)state;
    enum { ROWS = N * V * P, NEAR = 20 };
    static int near[ROWS][NEAR];
    static double reach[ROWS][NEAR], density[ROWS], scores[ROWS];
    pb_features *features = make_features();
    pb_references *references;
    assert_ok(pb_references_new(features, K, NULL, &references));
    assert_ok(pb_lof_reference_scores(references, scores));
    for (int a = 0; a < ROWS; a++) {
        int n = 0;
        for (int b = 0; b < ROWS; b++) {
            if (a / (V * P) == b / (V * P) && a % P == b % P)
                continue;
            const double d = distance(features->data + a * DIM, features->data + b * DIM);
            int at = n < NEAR ? n++ : NEAR;
            for (; at > 0 && d < reach[a][at - 1]; at--)
                if (at < NEAR) {
                    reach[a][at] = reach[a][at - 1];
                    near[a][at] = near[a][at - 1];
                }
            if (at < NEAR) {
                reach[a][at] = d;
                near[a][at] = b;
            }
        }
    }
    for (int a = 0; a < ROWS; a++) {
        for (int i = 0; i < NEAR; i++)
            density[a] += fmax(reach[a][i], reach[near[a][i]][NEAR - 1]) / NEAR;
        density[a] = 1 / (density[a] + 1e-10);
    }
    for (int a = 0; a < ROWS; a++) {
        double factor = 0;
        for (int i = 0; i < NEAR; i++)
            factor += density[near[a][i]] / density[a] / NEAR;
        assert_true(fabs(scores[a] - factor) <= 1e-9 * factor); /* sums in another order */
    }
    pb_references_free(references);
    pb_features_free(features);
}

/* More copies than a factor has neighbours, near each other alone: they are no neighbourhood. */
static void a_place_like_none_is_an_outlier_whatever_its_copies(void **state)
{
    (void)state;
    enum { IMAGES = 4, COPIES = 24, ODD = 2 * COPIES * P + 5 };
    static const pb_augment all = {.rot90 = true, .flips = true, .darkest = 0.5, .brightest = 1.5};
    test_rng rng = {8};
    pb_features *features;
    pb_references *references;
    pb_patch_mask mask;
    pb_purify_options options = PB_PURIFY_OPTIONS_INIT;
    assert_int_equal(pb_augment_n_variants(&all), COPIES);
    assert_ok(pb_features_new_within(IMAGES, &origin, NULL, &all, &features));
    float *out = pb_features_rows(features);
    for (int row = 0; row < IMAGES * COPIES * P; row++)
        for (int d = 0; d < DIM; d++)
            *out++ = (float)(test_rng_normal(&rng) +
                             (row / (COPIES * P) == ODD / (COPIES * P) && row % P == ODD % P ? 30 : 0));
    options.percentile = 98;
    assert_ok(pb_references_new(features, K, NULL, &references));
    assert_ok(pb_purify(references, "lof_patch", &options, &mask));
    assert_int_equal(mask.keep[ODD], 0);
    pb_patch_mask_free(&mask);
    pb_references_free(references);
    pb_features_free(features);
}

/* ---- rows, and patches that are taken out -------------------------------------------------------------------------- */

static void rows_tell_variant_and_place(void **state)
{
    (void)state;
    for (int region = 0; region < 2; region++) {
        pb_features *features = features_within(region), *all = make_features();
        pb_bank *bank = fit(features, NULL, NULL);
        for (int64_t row = 0; row < pb_bank_n_rows(bank); row++) {
            const int64_t image = pb_bank_image_of_row(bank)[row], number = pb_bank_patch_of_row(bank)[row];
            assert_true(number >= 0 && number < V * P);
            assert_memory_equal(pb_bank_rows(bank) + row * DIM, all->data + (image * V * P + number) * DIM,
                                DIM * sizeof(float));
            assert_true(!region || pb_roi_inside(pb_bank_roi(bank))[number % P]);
        }
        pb_features_free(all);
        pb_bank_free(bank);
        pb_features_free(features);
    }
}

static void patches_leave_in_all_variants(void **state)
{
    (void)state;
    for (int region = 0; region < 2; region++) {
        pb_features *features = features_within(region);
        const int n_own = (int)pb_features_n_own_patches(features);
        uint8_t excluded[N * P] = {0};
        pb_bank_options options = PB_BANK_OPTIONS_INIT;
        options.excluded = excluded;
        options.image_score = PB_IMAGE_SCORE_MAX;
        options.audit_rule = NULL;
        for (int p = 0; p < 4; p++)
            excluded[BAD * n_own + p] = 1;
        excluded[5 * n_own + 1] = 1;
        pb_bank *bank = fit(features, &options, NULL);
        assert_int_equal(pb_bank_n_rows(bank), V * (N * n_own - 5));
        for (int i = 0; i < N; i++) {
            double highest = 0;
            for (int p = 0; p < n_own; p++)
                if (!excluded[i * n_own + p])
                    highest = fmax(highest, score_by_hand(features, i, p, K, excluded));
            assert_near(pb_bank_reference_at(bank, i)->loo_score, highest);
            const uint8_t *out = pb_bank_excluded_at(bank, i);
            for (int p = 0; p < n_own; p++)
                assert_int_equal(out && out[pb_features_place(features, p)], excluded[i * n_own + p]);
        }
        pb_bank_free(bank);
        pb_features_free(features);
    }
}

static void traces_name_the_variant(void **state)
{
    (void)state;
    static const int32_t patches[] = {9};
    pb_features *features = make_features(), *part;
    pb_bank *bank = fit(features, NULL, NULL);
    pb_trace_row nearest;
    assert_ok(pb_features_new(1, &origin, &part));
    memcpy(pb_features_rows(part) + 9 * DIM, features->data + ((3 * V + 4) * P + 9) * DIM, DIM * sizeof(float));
    assert_ok(pb_bank_trace(bank, part, patches, 1, 1, &nearest));
    assert_true(nearest.distance == 0);
    assert_int_equal(nearest.reference, 3);
    assert_int_equal(nearest.patch, 9);
    assert_int_equal(nearest.variant, 4);
    pb_features_free(part);
    pb_bank_free(bank);
    pb_features_free(features);
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

/* The patches of photo ODD are far away, and those of photo BAD's copies alone: which is nothing about the photo. An audit notes what a fit does. */
static void copies_say_nothing_about_photos(void **state)
{
    (void)state;
    enum { ODD = 4 };
    pb_features *features = make_features();
    float *rows = pb_features_rows(features);
    pb_photo photos[N];
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_references *references;
    pb_audit *of_fit, *audit;
    for (int i = 0; i < N; i++)
        pb_photo_unknown(&photos[i]);
    for (int p = 0; p < P; p++)
        for (int d = 0; d < DIM; d++)
            rows[(ODD * V * P + p) * DIM + d] += 400 + (float)p;
    for (int p = P; p < V * P; p++)
        for (int d = 0; d < DIM; d++)
            rows[(BAD * V * P + p) * DIM + d] -= 400 + (float)p;
    options.photos = photos;
    options.audit_rule = "imgmax_mad";
    options.audit_removes = false; /* a bank of all of them */
    options.purify_method = "none";
    pb_bank *bank = fit(features, &options, &of_fit);
    assert_ok(pb_references_new(features, K, NULL, &references));
    assert_ok(pb_audit_run(references, "imgmax_mad", NULL, &audit));
    assert_ok(pb_audit_photos(audit, references, photos));
    for (int i = 0; i < N; i++) {
        const char *noted = pb_audit_image_at(audit, i)->stands_out;
        assert_int_equal(noted[0] != '\0', i == ODD);
        assert_string_equal(noted, pb_audit_image_at(of_fit, i)->stands_out);
        assert_string_equal(noted, pb_bank_reference_at(bank, i)->stands_out);
    }
    pb_audit_free(audit);
    pb_audit_free(of_fit);
    pb_references_free(references);
    pb_bank_free(bank);
    pb_features_free(features);
}

static void a_bank_is_the_same_once_saved(void **state)
{
    (void)state;
    char path[300], again_path[300], *text, *again_text;
    uint8_t *a, *b;
    size_t size_a, size_b;
    pb_features *features = features_within(true);
    pb_bank *bank = fit(features, NULL, NULL), *again;
    snprintf(path, sizeof path, "%s/a.bank", root);
    snprintf(again_path, sizeof again_path, "%s/b.bank", root);
    assert_ok(pb_bank_save(bank, path));
    assert_ok(pb_bank_load(path, &again));
    assert_true(pb_augment_same(pb_bank_augment(again), &copies));
    assert_ok(pb_bank_describe(bank, &text));
    assert_ok(pb_bank_describe(again, &again_text));
    assert_string_equal(text, again_text);
    assert_non_null(strstr(text, "\"augment\":\"flips,brightness:1-1.5\""));
    assert_memory_equal(pb_bank_patch_of_row(bank), pb_bank_patch_of_row(again),
                        (size_t)pb_bank_n_rows(bank) * sizeof(int32_t));
    assert_ok(pb_bank_save(again, again_path));
    assert_ok(pb_file_read(path, 1 << 24, &a, &size_a));
    assert_ok(pb_file_read(again_path, 1 << 24, &b, &size_b));
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    pb_safetensors *file;
    assert_ok(pb_safetensors_open(path, &file));
    assert_string_equal(pb_safetensors_metadata(file, "version"), "3");
    pb_safetensors_close(file);
    pb_buffer_free(a);
    pb_buffer_free(b);
    pb_buffer_free(text);
    pb_buffer_free(again_text);
    pb_bank_free(again);
    pb_bank_free(bank);
    pb_features_free(features);
}

static void banks_without_copies_know_of_none(void **state)
{
    (void)state;
    char *text;
    pb_features *features = make_features(), *photos;
    assert_ok(pb_features_borrow(features->data, N, SIDE, SIDE, DIM, &photos));
    pb_bank *bank = fit(photos, NULL, NULL);
    assert_null(pb_bank_augment(bank));
    assert_null(pb_features_augment(photos));
    assert_int_equal(pb_features_n_own_patches(photos), P);
    assert_ok(pb_bank_describe(bank, &text));
    assert_null(strstr(text, "augment"));
    pb_buffer_free(text);
    pb_bank_free(bank);
    pb_features_free(photos);
    pb_features_free(features);
}

/* ---- what is refused ---------------------------------------------------------------------------------------------- */

static void other_copies_are_refused_by_name(void **state)
{
    (void)state;
    char path[300];
    double patch_scores[N * V * P], scores[N];
    pb_features *features = make_features(), *plain, *turned, *one;
    pb_bank *bank = fit(features, NULL, NULL);
    pb_mend *mend;
    assert_ok(pb_features_new(1, &origin, &plain));
    assert_ok(pb_features_new_within(1, &origin, NULL, &(pb_augment){.rot90 = true}, &turned));
    assert_ok(pb_features_slice(features, 1, 1, &one));
    snprintf(path, sizeof path, "%s/f.npy", root);
    assert_status(pb_features_save(features, path), PB_STATUS_UNSUPPORTED);
    assert_non_null(strstr(pb_error_message(), "flips,brightness:1-1.5"));
    assert_true(access(path, F_OK) != 0);
    assert_status(pb_bank_score(bank, features, patch_scores, scores), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "flips,brightness:1-1.5"));
    assert_ok(pb_bank_score(bank, plain, patch_scores, scores));
    assert_ok(pb_mend_new(bank, &mend));
    assert_status(pb_mend_add(mend, "new.png", NULL, plain, NULL), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "none, not flips,brightness:1-1.5"));
    assert_status(pb_mend_add(mend, "new.png", NULL, turned, NULL), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "rot90, not flips"));
    assert_ok(pb_mend_add(mend, "new.png", NULL, one, NULL));
    pb_mend_free(mend);
    pb_bank_free(bank);
    pb_bank *without;
    pb_features *photos;
    assert_ok(pb_features_borrow(features->data, N, SIDE, SIDE, DIM, &photos));
    assert_ok(pb_features_set_origin(photos, &origin));
    without = fit(photos, NULL, NULL);
    assert_ok(pb_mend_new(without, &mend));
    assert_status(pb_mend_add(mend, "new.png", NULL, one, NULL), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "flips,brightness:1-1.5, not none"));
    pb_mend_free(mend);
    pb_bank_free(without);
    pb_features_free(photos);
    pb_features_free(one);
    pb_features_free(turned);
    pb_features_free(plain);
    pb_features_free(features);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_of_the_photo_against_all_of_the_others),
        cmocka_unit_test(a_bad_reference_is_flagged_for_all_its_copies),
        cmocka_unit_test(whole_images_are_the_photos_as_they_are),
        cmocka_unit_test(an_image_leaves_with_its_copies),
        cmocka_unit_test(a_patch_leaves_with_its_copies),
        cmocka_unit_test(local_outlier_factors_are_among_other_places),
        cmocka_unit_test(a_place_like_none_is_an_outlier_whatever_its_copies),
        cmocka_unit_test(rows_tell_variant_and_place),
        cmocka_unit_test(patches_leave_in_all_variants),
        cmocka_unit_test(traces_name_the_variant),
        cmocka_unit_test(copies_say_nothing_about_photos),
        cmocka_unit_test(a_bank_is_the_same_once_saved),
        cmocka_unit_test(banks_without_copies_know_of_none),
        cmocka_unit_test(other_copies_are_refused_by_name),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
