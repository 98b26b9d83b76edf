/* bank: fitting, the file, scoring. Features are synthetic: a smooth map a grid position plus noise. */
#include "root.h"
#include "support.h"

#include <fcntl.h>
#include <math.h>

#include "audit/audit.h"
#include "bank/bank.h"
#include "io/file.h"

enum { N = 8, SIDE = 5, P = SIDE * SIDE, D = 12 };

static const pb_origin origin = TEST_ORIGIN(SIDE, D);

/* n images; those with bad[i] carry a planted defect in 4 patches. */
static void make_features(int64_t n, const char *bad, uint64_t seed, pb_features **out)
{
    test_rng rng = {seed};
    assert_ok(pb_features_new(n, &origin, out));
    float *rows = pb_features_rows(*out);
    for (int64_t i = 0; i < n * P * D; i++) {
        const int64_t patch = i / D % P, channel = i % D;
        rows[i] = (float)(sin(0.7 * (double)patch + (double)channel) + 0.1 * test_rng_normal(&rng));
    }
    for (int64_t i = 0; bad && i < n; i++)
        for (int64_t j = 0; bad[i] == 'x' && j < 4 * D; j++)
            rows[(i * P + 6) * D + j] += 3;
}

typedef struct fixture {
    pb_features *features;
    pb_references *references;
} fixture;

static void open_fixture(fixture *f, const char *bad)
{
    make_features(N, bad, 7, &f->features);
    assert_ok(pb_references_new(f->features, 5, NULL, &f->references));
}

static void close_fixture(fixture *f)
{
    pb_references_free(f->references);
    pb_features_free(f->features);
}

static pb_bank *fit_bank(fixture *f, const pb_bank_options *options)
{
    pb_bank *bank = NULL;
    assert_ok(pb_bank_fit(f->references, NULL, NULL, options, &bank, NULL));
    return bank;
}

static void image_scores_follow_the_method(void **state)
{
    (void)state;
    double scores[784];
    for (int i = 0; i < 784; i++)
        scores[i] = (double)((i * 37) % 784); /* a permutation of 0..783 */
    double value;
    assert_ok(pb_image_score_of(PB_IMAGE_SCORE_P95, scores, 784, &value));
    assert_true(value == 744); /* ceil(0.95 * 784) = 745, 1-based */
    assert_ok(pb_image_score_of(PB_IMAGE_SCORE_MAX, scores, 784, &value));
    assert_true(value == 783);
    assert_ok(pb_image_score_of(PB_IMAGE_SCORE_TOP1, scores, 784, &value));
    assert_true(value == (776 + 783) / 2.0);
    double top8;
    assert_ok(pb_image_score_of(PB_IMAGE_SCORE_TOP8, scores, 784, &top8));
    assert_true(top8 == value); /* a percent of 784 patches is 8 */
    assert_ok(pb_image_score_of(PB_IMAGE_SCORE_TOP8, scores, 3, &top8));
    assert_true(top8 == (0 + 37 + 74) / 3.0);
    for (int64_t n = 1; n <= 400; n++) { /* against exact arithmetic on 95 n / 100 */
        assert_ok(pb_image_score_of(PB_IMAGE_SCORE_P95, scores, n, &value));
        int64_t below = 0;
        for (int64_t i = 0; i < n; i++)
            below += scores[i] < value;
        assert_int_equal(below + 1, (95 * n + 99) / 100);
    }
    scores[3] = (double)NAN;
    assert_status(pb_image_score_of(PB_IMAGE_SCORE_MAX, scores, 784, &value), PB_STATUS_BAD_VALUE);
    assert_status(pb_image_score_of(PB_IMAGE_SCORE_MAX, scores, 0, &value), PB_STATUS_BAD_SHAPE);
}

static void flagged_references_leave_the_bank(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_removes = true;
    pb_bank *bank = fit_bank(&f, &options);
    assert_int_equal(bank->references[3].decision, PB_DECISION_REMOVE);
    assert_true(bank->references[3].flagged);
    assert_true(isnan(bank->references[3].loo_score));
    int64_t kept = 0;
    for (int i = 0; i < N; i++)
        kept += bank->references[i].decision == PB_DECISION_KEEP;
    assert_int_equal(bank->n_rows, kept * P);
    for (int64_t row = 0; row < bank->n_rows; row++) {
        assert_int_not_equal(bank->image_of_row[row], 3);
        assert_memory_equal(bank->rows + row * D,
                            pb_features_data(f.features) + (bank->image_of_row[row] * P + bank->patch_of_row[row]) * D,
                            D * sizeof(float));
    }
    assert_int_equal(bank->threshold.n, N); /* what left unseen counts, and makes it no narrower */
    const double unseen = bank->threshold.value;
    pb_decision decisions[N];
    for (int i = 0; i < N; i++)
        decisions[i] = bank->references[i].decision;
    pb_bank_free(bank);

    options.decisions = decisions;
    bank = fit_bank(&f, &options);
    assert_int_equal(bank->threshold.n, kept);
    assert_true(bank->threshold.value < unseen);
    pb_bank_free(bank);

    options.decisions = NULL;
    options.audit_removes = false;
    bank = fit_bank(&f, &options);
    assert_true(bank->references[3].flagged);
    assert_int_equal(bank->n_rows, N * P);
    pb_bank_free(bank);

    options.audit_rule = NULL;
    bank = fit_bank(&f, &options);
    assert_false(bank->references[3].flagged);
    assert_int_equal(bank->n_rows, N * P);
    assert_string_equal(bank->audit_rule, "");
    pb_bank_free(bank);
    close_fixture(&f);
}

static void a_persons_decisions_override_the_audit(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    const pb_decision decisions[N] = {PB_DECISION_REMOVE, PB_DECISION_KEEP, PB_DECISION_RECAPTURE};
    options.decisions = decisions; /* the rest keeps, the flagged one too */
    pb_bank *bank = fit_bank(&f, &options);
    assert_int_equal(bank->n_rows, (N - 2) * P);
    assert_int_equal(bank->references[3].decision, PB_DECISION_KEEP);
    assert_true(bank->references[3].decided_by_person);
    for (int64_t row = 0; row < bank->n_rows; row++)
        assert_true(bank->image_of_row[row] != 0 && bank->image_of_row[row] != 2);
    pb_bank_free(bank);
    close_fixture(&f);
}

static void threshold_rests_on_leave_one_out_scores_of_the_kept(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank = fit_bank(&f, &options);
    /* The definition: a bank of the other kept images scores this one. */
    for (int64_t i = 0; i < N; i++) {
        if (bank->references[i].decision != PB_DECISION_KEEP)
            continue;
        float rows[N * P * D];
        int64_t n = 0;
        for (int64_t j = 0; j < N; j++)
            if (j != i && bank->references[j].decision == PB_DECISION_KEEP)
                memcpy(rows + n++ * P * D, pb_features_data(f.features) + j * P * D, P * D * sizeof(float));
        pb_index *index;
        double distances[P * 5], scores[P], expected;
        assert_ok(pb_index_new(rows, n * P, D, PB_METRIC_EUCLIDEAN, &index));
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
    close_fixture(&f);
}

static void purification_judges_the_kept_images_alone(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.purify_method = "loo_patch";
    options.percentile = 90;
    pb_bank *bank = fit_bank(&f, &options);
    int64_t kept = 0;
    for (int i = 0; i < N; i++)
        kept += bank->references[i].decision == PB_DECISION_KEEP;
    const int64_t expected = kept * P - (int64_t)((double)(kept * P) * 0.1);
    assert_true(llabs(bank->n_rows - expected) <= 1);
    pb_bank_free(bank);
    options.purify_method = "no_such_method";
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    close_fixture(&f);
}

static void a_bank_knows_the_seed_of_its_purification(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "........");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    options.purify_method = "random_patch";
    options.seed = PB_SEED_MAX;
    pb_bank *bank = fit_bank(&f, &options), *again;
    assert_true(bank->seed == PB_SEED_MAX);
    char folder[256], file[300];
    test_make_temp_dir(folder, sizeof folder);
    snprintf(file, sizeof file, "%s/a.bank", folder);
    assert_ok(pb_bank_save(bank, file));
    assert_ok(pb_bank_load(file, &again));
    assert_true(again->seed == PB_SEED_MAX);
    pb_bank_free(again);
    assert_int_equal(test_remove_dir(folder), 0);
    options.seed = 0;
    again = fit_bank(&f, &options);
    assert_int_equal(again->n_rows, bank->n_rows);
    assert_memory_not_equal(again->patch_of_row, bank->patch_of_row, (size_t)bank->n_rows * sizeof(int32_t));
    pb_bank_free(again);
    pb_bank_free(bank);
    options.seed = -1;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options.seed = 0;
    options.purify_method = "oracle_patch";
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    close_fixture(&f);
}

/* image_level_loo empties images: what it takes out must not set the threshold either. */
static void images_without_patches_do_not_set_the_threshold(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    options.purify_method = "image_level_loo";
    options.contamination = 0.1;
    pb_bank *purified = fit_bank(&f, &options);
    assert_int_equal(purified->n_rows, (N - 1) * P);
    assert_true(isnan(purified->references[3].loo_score));
    assert_true(purified->contamination == 0.1);
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    const pb_decision decisions[N] = {[3] = PB_DECISION_REMOVE};
    options.decisions = decisions;
    pb_bank *decided = fit_bank(&f, &options);
    assert_int_equal(purified->threshold.n, N - 1);
    assert_true(purified->threshold.value == decided->threshold.value);
    assert_true(purified->patch_score_high == decided->patch_score_high);
    pb_bank_free(decided);
    pb_bank_free(purified);
    close_fixture(&f);
}

static void the_returned_audit_shows_what_the_bank_obeys(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    const pb_decision decisions[N] = {[1] = PB_DECISION_RECAPTURE};
    for (int by_person = 0; by_person < 2; by_person++) {
        pb_bank *bank;
        pb_audit *audit = NULL;
        options.audit_removes = false;
        options.decisions = by_person ? decisions : NULL;
        assert_ok(pb_bank_fit(f.references, NULL, NULL, &options, &bank, &audit));
        assert_true(audit->images[3].flagged);
        for (int i = 0; i < N; i++)
            assert_int_equal(audit->images[i].decision, by_person ? decisions[i] : PB_DECISION_KEEP);
        pb_audit_free(audit);
        pb_bank_free(bank);
    }
    close_fixture(&f);
}

static void impossible_fits_say_why(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, NULL);
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank;
    pb_decision decisions[N];
    for (int i = 0; i < N; i++)
        decisions[i] = i ? PB_DECISION_REMOVE : PB_DECISION_KEEP;
    options.decisions = decisions;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_SHAPE);
    assert_non_null(strstr(pb_error_message(), "only 1 of 8"));
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    options.k = 4;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    options.contamination = 1.5;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    options.seed = -1; /* though nothing is drawn: the bank would remember it */
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    options.image_score = PB_N_IMAGE_SCORES;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_image_score_name(options.image_score), "unknown");
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    decisions[2] = (pb_decision)7;
    options.decisions = decisions;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options = (pb_bank_options)PB_BANK_OPTIONS_INIT;
    options.false_alarm_rate = 0;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    options.false_alarm_rate = (double)NAN;
    assert_status(pb_bank_fit(f.references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    close_fixture(&f);
}

static void save_example(char path[512], double patch_scores[P], double *image_score)
{
    fixture f;
    pb_features *part;
    open_fixture(&f, "...x....");
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    const pb_decision decisions[N] = {[3] = PB_DECISION_REMOVE};
    options.decisions = decisions;
    const char *const paths[N] = {"a.png", "b \"quoted\".png", "c\n.png", "\xff\xfe.png", "e", "f", "g", "h"};
    pb_bank *bank;
    assert_ok(pb_bank_fit(f.references, paths, NULL, &options, &bank, NULL));
    snprintf(path, 512, "%s/part.bank", root);
    assert_ok(pb_bank_save(bank, path));
    make_features(1, "x", 99, &part);
    assert_ok(pb_bank_score(bank, part, patch_scores, image_score));
    pb_features_free(part);
    pb_bank_free(bank);
    close_fixture(&f);
}

static void a_loaded_bank_scores_the_same_bits(void **state)
{
    (void)state;
    char path[512];
    double before[P], after[P], image_before, image_after;
    save_example(path, before, &image_before);
    pb_bank *bank;
    assert_ok(pb_bank_load(path, &bank));
    assert_int_equal(bank->n_references, N);
    assert_string_equal(bank->references[1].path, "b \"quoted\".png");
    assert_string_equal(bank->references[2].path, "c\n.png");
    assert_string_equal(bank->references[3].path, "\xef\xbf\xbd\xef\xbf\xbd.png"); /* U+FFFD for what is not UTF-8 */
    assert_string_equal(bank->origin.backbone, "builtin");
    assert_string_equal(bank->program_version, pb_version());
    pb_features *part;
    make_features(1, "x", 99, &part);
    assert_ok(pb_bank_score(bank, part, after, &image_after));
    assert_memory_equal(before, after, sizeof before);
    assert_true(image_before == image_after);
    assert_true(image_after > bank->threshold.value); /* the planted defect is found */
    pb_features_free(part);
    pb_bank_free(bank);
}

/* Replaces `from` by the equally long `to` in the description of a saved bank. */
static void forge(const char *path, const char *forged, const char *from, const char *to)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(strlen(from), strlen(to));
    assert_ok(pb_file_read(path, 1 << 24, &bytes, &size));
    bool found = false;
    for (size_t i = 0; i + strlen(from) <= size && !found; i++)
        if (memcmp(bytes + i, from, strlen(from)) == 0) {
            memcpy(bytes + i, to, strlen(to));
            found = true;
        }
    assert_true(found);
    assert_ok(pb_file_write(forged, bytes, size));
    pb_buffer_free(bytes);
}

/* Not "bad argument": nobody gave one. */
static void unknown_names_in_a_bank_are_the_files_fault(void **state)
{
    (void)state;
    char path[512], forged[512];
    double scores[P], image_score;
    pb_bank *bank;
    save_example(path, scores, &image_score);
    snprintf(forged, sizeof forged, "%s/forged.bank", root);
    forge(path, forged, "\\\"top1\\\"", "\\\"top2\\\"");
    assert_status(pb_bank_load(forged, &bank), PB_STATUS_BAD_FORMAT);
    assert_non_null(strstr(pb_error_message(), "forged.bank: "));
    assert_non_null(strstr(pb_error_message(), "top2"));
    forge(path, forged, "\\\"decision\\\":\\\"keep\\\"", "\\\"decision\\\":\\\"kept\\\"");
    assert_status(pb_bank_load(forged, &bank), PB_STATUS_BAD_FORMAT);
    assert_non_null(strstr(pb_error_message(), "forged.bank: "));
}

/* References that are all alike have no limit: infinity, before and after a file, which JSON cannot hold. */
static void an_infinite_limit_survives_the_file(void **state)
{
    (void)state;
    pb_features *features;
    pb_references *references;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank;
    char path[512];
    make_features(N, NULL, 7, &features);
    for (int64_t i = 1; i < N; i++)
        memcpy(pb_features_rows(features) + i * P * D, pb_features_data(features), P * D * sizeof(float));
    assert_ok(pb_references_new(features, 5, NULL, &references));
    options.false_alarm_rate = 0.2;
    assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    assert_true(isinf(bank->audit_limit));
    snprintf(path, sizeof path, "%s/alike.bank", root);
    assert_ok(pb_bank_save(bank, path));
    pb_bank_free(bank);
    assert_ok(pb_bank_load(path, &bank));
    assert_true(isinf(bank->audit_limit) && bank->audit_limit > 0);
    pb_bank_free(bank);
    options.audit_rule = NULL;
    assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    assert_ok(pb_bank_save(bank, path));
    pb_bank_free(bank);
    assert_ok(pb_bank_load(path, &bank));
    assert_true(isnan(bank->audit_limit));
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
}

static void defects_fail_whatever_their_photos_look_like(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, NULL);
    pb_bank *bank = fit_bank(&f, NULL);
    const double above = bank->threshold.value * 2, below = bank->threshold.value;
    const pb_guard_verdict usable = {.usable = true}, odd = {.usable = false}, black = {.no_part = true};
    assert_int_equal(pb_bank_verdict(bank, below, NULL), PB_VERDICT_PASS);
    assert_int_equal(pb_bank_verdict(bank, above, NULL), PB_VERDICT_FAIL);
    assert_int_equal(pb_bank_verdict(bank, below, &usable), PB_VERDICT_PASS);
    assert_int_equal(pb_bank_verdict(bank, above, &usable), PB_VERDICT_FAIL);
    assert_int_equal(pb_bank_verdict(bank, below, &odd), PB_VERDICT_UNUSABLE);
    assert_int_equal(pb_bank_verdict(bank, above, &odd), PB_VERDICT_FAIL);
    assert_int_equal(pb_bank_verdict(bank, below, &black), PB_VERDICT_UNUSABLE);
    assert_int_equal(pb_bank_verdict(bank, above, &black), PB_VERDICT_UNUSABLE);
    assert_string_equal(pb_verdict_name(PB_VERDICT_UNUSABLE), "unusable");
    assert_string_equal(pb_verdict_name((pb_verdict)7), "unknown");
    pb_bank_free(bank);
    close_fixture(&f);
}

/* Photos change who is flagged and add limits; what the scores say stays. */
static void the_threshold_is_the_same_with_and_without_photos(void **state)
{
    (void)state;
    fixture f;
    pb_photo photos[N];
    open_fixture(&f, NULL);
    for (int i = 0; i < N; i++) {
        test_rng rng = {(uint64_t)i + 1};
        pb_photo_unknown(&photos[i]);
        for (int m = 0; m < PB_GUARD_N_MEASURES; m++)
            photos[i].value[m] = 3 + 0.001 * test_rng_normal(&rng);
    }
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_removes = false;
    pb_bank *without = fit_bank(&f, &options);
    options.photos = photos;
    pb_bank *with = fit_bank(&f, &options);
    assert_null(pb_bank_guard(without));
    assert_non_null(pb_bank_guard(with));
    assert_true(pb_bank_guard(with)->rate == 0.002);
    assert_memory_equal(pb_bank_threshold(with), pb_bank_threshold(without), sizeof(pb_threshold));
    photos[2].value[PB_GUARD_BRIGHTNESS] = 9;
    pb_bank *odd = fit_bank(&f, &options);
    assert_true(odd->references[2].flagged && odd->references[2].unusable[0]);
    assert_int_equal(odd->references[2].decision, PB_DECISION_KEEP);
    pb_bank_free(without);
    pb_bank_free(with);
    pb_bank_free(odd);
    close_fixture(&f);
}

static void features_of_another_origin_are_refused(void **state)
{
    (void)state;
    char path[512];
    double scores[P], image_score;
    save_example(path, scores, &image_score);
    pb_bank *bank;
    assert_ok(pb_bank_load(path, &bank));
    pb_features *part;
    make_features(1, NULL, 99, &part);
    pb_origin other = *pb_features_origin(part);
    snprintf(other.backbone, sizeof other.backbone, "clip");
    snprintf(other.layer, sizeof other.layer, "18");
    assert_ok(pb_features_set_origin(part, &other));
    assert_status(pb_bank_score(bank, part, scores, &image_score), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "clip"));
    assert_non_null(strstr(pb_error_message(), "builtin"));
    pb_features_free(part);
    pb_bank_free(bank);
}

static void flip_in_place(int fd, size_t at, uint8_t byte)
{
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Every byte of the file matters, the padding of its header included: no flipped bit may load as a bank. */
static void damaged_files_are_refused(void **state)
{
    (void)state;
    char path[512], damaged[512];
    double scores[P], image_score;
    save_example(path, scores, &image_score);
    snprintf(damaged, sizeof damaged, "%s/damaged.bank", root);
    uint8_t *bytes;
    size_t size;
    assert_ok(pb_file_read(path, 1 << 24, &bytes, &size));
    assert_ok(pb_file_write(damaged, bytes, size));
    const int fd = open(damaged, O_WRONLY);
    assert_true(fd >= 0);
    test_rng rng = {5};
    for (size_t at = 0; at < size; at++) {
        const int bit = (int)(test_rng_next(&rng) % 8);
        pb_bank *bank = NULL;
        flip_in_place(fd, at, (uint8_t)(bytes[at] ^ 1 << bit));
        if (pb_bank_load(damaged, &bank) == PB_STATUS_OK)
            fail_msg("bit %d of byte %zu was flipped, and nobody noticed", bit, at);
        flip_in_place(fd, at, bytes[at]);
    }
    close(fd);
    pb_bank *whole = NULL;
    assert_ok(pb_bank_load(damaged, &whole)); /* every flip was taken back */
    pb_bank_free(whole);
    for (size_t length = 0; length < size; length += length < 2000 ? 13 : 1009) {
        pb_bank *bank = NULL;
        assert_ok(pb_file_write(damaged, bytes, length));
        assert_int_not_equal(pb_bank_load(damaged, &bank), PB_STATUS_OK);
    }
    pb_buffer_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_scores_follow_the_method),
        cmocka_unit_test(flagged_references_leave_the_bank),
        cmocka_unit_test(a_persons_decisions_override_the_audit),
        cmocka_unit_test(threshold_rests_on_leave_one_out_scores_of_the_kept),
        cmocka_unit_test(purification_judges_the_kept_images_alone),
        cmocka_unit_test(a_bank_knows_the_seed_of_its_purification),
        cmocka_unit_test(images_without_patches_do_not_set_the_threshold),
        cmocka_unit_test(the_returned_audit_shows_what_the_bank_obeys),
        cmocka_unit_test(impossible_fits_say_why),
        cmocka_unit_test(a_loaded_bank_scores_the_same_bits),
        cmocka_unit_test(unknown_names_in_a_bank_are_the_files_fault),
        cmocka_unit_test(an_infinite_limit_survives_the_file),
        cmocka_unit_test(defects_fail_whatever_their_photos_look_like),
        cmocka_unit_test(the_threshold_is_the_same_with_and_without_photos),
        cmocka_unit_test(features_of_another_origin_are_refused),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
