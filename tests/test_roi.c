/* Regions of interest: a bank of one is the bank of references from which the patches outside were cut by hand, and a mask says by a
 * plain rule which patches these are. */
#include <math.h>

#include <purebank/metrics.h>

#include "bank/bank.h"
#include "io/file.h"
#include "io/roi.h"
#include "support.h"

enum { ROWS = 6, COLUMNS = 7, P = ROWS * COLUMNS, D = 9, N = 9, N_PARTS = 4 };

static const pb_origin origin = {.backbone = "builtin",
                                 .weights_hash = "0123",
                                 .precision = "f32",
                                 .preprocessing = "none",
                                 .input_height = 60,
                                 .input_width = 70,
                                 .grid_height = ROWS,
                                 .grid_width = COLUMNS,
                                 .dim = D};

static char root[256];

static int make_root(void **state)
{
    (void)state;
    test_make_temp_dir(root, sizeof root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    return test_remove_dir(root);
}

/* ---- features ------------------------------------------------------------------------------------------------------ */

/* No two patches alike; what is outside varies far more than what is inside. */
static pb_features *make_features(int n, const uint8_t *inside, uint64_t seed)
{
    pb_features *features;
    test_rng rng = {seed};
    assert_ok(pb_features_new(n, &origin, &features));
    float *rows = pb_features_rows(features);
    for (int i = 0; i < n; i++)
        for (int p = 0; p < P; p++)
            for (int d = 0; d < D; d++)
                rows[(i * P + p) * D + d] = (float)(sin(0.7 * p + d) + (inside[p] ? 0.1 : 40) * test_rng_normal(&rng) +
                                                    (i == 3 && p == 9 ? 4 : 0));
    return features;
}

static void make_inside(uint8_t inside[P])
{
    for (int p = 0; p < P; p++)
        inside[p] = p % COLUMNS > 0 && p / COLUMNS < ROWS - 1 && p != 17;
}

/* The patches inside as a grid of one row: nothing of the library's own cutting. */
static pb_features *cut_by_hand(const pb_features *features, const uint8_t *inside)
{
    int n_inside = 0;
    for (int p = 0; p < P; p++)
        n_inside += inside[p];
    pb_origin row = origin;
    row.grid_height = 1;
    row.grid_width = n_inside;
    pb_features *cut;
    assert_ok(pb_features_new(pb_features_n_images(features), &row, &cut));
    float *to = pb_features_rows(cut);
    for (int64_t i = 0; i < pb_features_n_images(features) * P; i++)
        if (inside[i % P]) {
            memcpy(to, pb_features_data(features) + i * D, D * sizeof *to);
            to += D;
        }
    return cut;
}

static pb_bank *fit(const pb_features *features, const pb_bank_options *options)
{
    pb_references *references;
    pb_bank *bank = NULL;
    assert_ok(pb_references_new(features, options->k ? options->k : 5, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, options, &bank, NULL));
    pb_references_free(references);
    return bank;
}

static pb_bank *reload(pb_bank *bank)
{
    char path[512];
    pb_bank *loaded;
    snprintf(path, sizeof path, "%s/again.bank", root);
    assert_ok(pb_bank_save(bank, path));
    pb_bank_free(bank);
    assert_ok(pb_bank_load(path, &loaded));
    return loaded;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* All that they know, row by row; `place` says which patch of the whole grid is number p of those that were cut. */
static void assert_same_banks(const pb_bank *bank, const pb_bank *by_hand, const int32_t *place)
{
    assert_int_equal(pb_bank_n_rows(bank), pb_bank_n_rows(by_hand));
    assert_memory_equal(pb_bank_rows(bank), pb_bank_rows(by_hand), (size_t)(pb_bank_n_rows(bank) * D) * sizeof(float));
    for (int64_t row = 0; row < pb_bank_n_rows(bank); row++) {
        assert_int_equal(pb_bank_image_of_row(bank)[row], pb_bank_image_of_row(by_hand)[row]);
        assert_int_equal(pb_bank_patch_of_row(bank)[row], place[pb_bank_patch_of_row(by_hand)[row]]);
    }
    assert_memory_equal(pb_bank_threshold(bank), pb_bank_threshold(by_hand), sizeof(pb_threshold));
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *a = pb_bank_reference_at(bank, i), *b = pb_bank_reference_at(by_hand, i);
        assert_true(same(a->loo_score, b->loo_score) && same(a->audit_score, b->audit_score) &&
                    same(a->audit_mean, b->audit_mean));
        assert_true(a->flagged == b->flagged && a->decision == b->decision);
    }
    double low[2], high[2];
    pb_bank_patch_scale(bank, &low[0], &high[0]);
    pb_bank_patch_scale(by_hand, &low[1], &high[1]);
    assert_true(low[0] == low[1] && high[0] == high[1]);
}

static void assert_same_scores(const pb_bank *bank, const pb_bank *by_hand, const uint8_t *inside)
{
    pb_features *parts = make_features(N_PARTS, inside, 99), *cut = cut_by_hand(parts, inside);
    double scores[N_PARTS * P], image_scores[N_PARTS], expected[N_PARTS * P], expected_images[N_PARTS];
    assert_ok(pb_bank_score(bank, parts, scores, image_scores));
    assert_ok(pb_bank_score(by_hand, cut, expected, expected_images));
    for (int i = 0, at = 0; i < N_PARTS * P; i++)
        assert_true(scores[i] == (inside[i % P] ? expected[at++] : 0));
    assert_memory_equal(image_scores, expected_images, sizeof image_scores);
    pb_features_free(parts);
    pb_features_free(cut);
}

enum { PLAIN, PURIFIED, MIXTURE, REMOVES, CORESET, TOP1, TOP8, N_KINDS };

static void a_bank_of_a_region_is_that_of_features_cut_by_hand(void **state)
{
    (void)state;
    uint8_t inside[P];
    make_inside(inside);
    pb_roi *roi;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, "cap", &roi));
    pb_features *whole = make_features(N, inside, 5), *by_hand = cut_by_hand(whole, inside), *cut;
    assert_ok(pb_features_cut(whole, roi, &cut));
    assert_int_equal(pb_features_n_patches(cut), pb_roi_n_inside(roi));
    for (int kind = 0; kind < N_KINDS; kind++) {
        pb_bank_options options = PB_BANK_OPTIONS_INIT;
        options.audit_rule = PB_AUDIT_RULE_OF_STUDIES;
        options.purify_method = kind == PURIFIED || kind == REMOVES ? "loo_patch"
                                : kind == MIXTURE                   ? "mahalanobis_patch"
                                                                    : "none";
        options.audit_removes = kind == REMOVES;
        options.coreset_share = kind == CORESET ? 0.4 : 0;
        options.image_score = kind == TOP1   ? PB_IMAGE_SCORE_TOP1
                              : kind == TOP8 ? PB_IMAGE_SCORE_TOP8
                                             : PB_IMAGE_SCORE_P95;
        pb_bank *a = reload(fit(cut, &options)), *b = fit(by_hand, &options);
        assert_same_banks(a, b, roi->place);
        assert_same_scores(a, b, inside);
        assert_string_equal(pb_roi_name(pb_bank_roi(a)), "cap");
        assert_true(pb_roi_same(pb_bank_roi(a), roi));
        assert_null(pb_bank_roi(b));
        pb_bank_free(a);
        pb_bank_free(b);
    }
    pb_features_free(cut);
    pb_features_free(by_hand);
    pb_features_free(whole);
    pb_roi_free(roi);
}

/* The region is not looked at by accident: what lies outside would change everything. */
static void what_lies_outside_changes_nothing(void **state)
{
    (void)state;
    uint8_t inside[P];
    make_inside(inside);
    pb_roi *roi;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, NULL, &roi));
    pb_features *whole = make_features(N, inside, 5), *cut, *part = make_features(1, inside, 7);
    assert_ok(pb_features_cut(whole, roi, &cut));
    pb_bank *bank = fit(cut, &options), *of_all = fit(whole, &options);
    double scores[P], before, after, before_all, after_all;
    assert_ok(pb_bank_score(bank, part, scores, &before));
    assert_ok(pb_bank_score(of_all, part, scores, &before_all));
    for (int p = 0; p < P; p++)
        for (int d = 0; !inside[p] && d < D; d++)
            pb_features_rows(part)[p * D + d] += 1000;
    assert_ok(pb_bank_score(bank, part, scores, &after));
    assert_ok(pb_bank_score(of_all, part, scores, &after_all));
    assert_true(before == after && before_all != after_all);
    pb_bank_free(bank);
    pb_bank_free(of_all);
    pb_features_free(part);
    pb_features_free(cut);
    pb_features_free(whole);
    pb_roi_free(roi);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    uint8_t inside[P];
    int32_t outside = 0;
    make_inside(inside);
    pb_roi *roi, *other;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, "cap", &roi));
    assert_ok(pb_roi_new(inside, COLUMNS, ROWS, "turned", &other));
    pb_features *whole = make_features(N, inside, 5), *cut = NULL, *no = NULL, *part = make_features(1, inside, 7);
    double scores[N * P], image_scores[N];
    char path[512];
    snprintf(path, sizeof path, "%s/cut.npy", root);
    assert_ok(pb_features_cut(whole, roi, &cut));
    pb_bank *bank = fit(cut, &options);
    assert_status(pb_features_cut(whole, other, &no), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "turned is over 6 x 7 patches, the features are of 7 x 6"));
    assert_status(pb_features_cut(cut, roi, &no), PB_STATUS_MISMATCH);
    assert_status(pb_features_save(cut, path), PB_STATUS_UNSUPPORTED);
    assert_status(pb_bank_score(bank, cut, scores, image_scores), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "of the region of interest cap alone"));
    pb_trace_row trace[5];
    assert_status(pb_bank_trace(bank, part, &outside, 1, 5, trace), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "patch 0 lies outside of the region of interest cap"));
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    assert_status(pb_mend_exclude(mend, 0, &outside, 1), PB_STATUS_BAD_ARGUMENT);
    pb_features *one;
    assert_ok(pb_features_slice(cut, 0, 1, &one));
    assert_true(pb_features_roi(one) == pb_features_roi(cut));
    assert_status(pb_mend_add(mend, "new.png", NULL, one, NULL), PB_STATUS_MISMATCH);
    pb_features_free(one);
    pb_mend_free(mend);
    pb_bank_free(bank);
    memset(inside, 0, sizeof inside);
    assert_status(pb_roi_new(inside, ROWS, COLUMNS, "", &other), PB_STATUS_BAD_VALUE);
    pb_features_free(part);
    pb_features_free(cut);
    pb_features_free(whole);
    pb_roi_free(other);
    pb_roi_free(roi);
}

/* A bank without a region is written as before it could have one; an older program refuses the other. */
static void versions_of_files(void **state)
{
    (void)state;
    uint8_t inside[P];
    make_inside(inside);
    pb_roi *roi;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, "cap", &roi));
    pb_features *whole = make_features(N, inside, 5), *cut;
    assert_ok(pb_features_cut(whole, roi, &cut));
    const pb_features *const both[] = {whole, cut};
    static const char *const versions[] = {"\"version\":\"2\"", "\"version\":\"3\""};
    for (int i = 0; i < 2; i++) {
        char path[512];
        uint8_t *bytes;
        size_t size;
        snprintf(path, sizeof path, "%s/%d.bank", root, i);
        pb_bank *bank = fit(both[i], &options);
        assert_ok(pb_bank_save(bank, path));
        assert_ok(pb_file_read(path, 1 << 24, &bytes, &size));
        const char *header = (const char *)bytes + 8; /* JSON, after its length */
        assert_non_null(strstr(header, versions[i]));
        assert_true((strstr(header, "roi") != NULL) == (i == 1));
        pb_buffer_free((char *)bytes);
        pb_bank_free(bank);
    }
    pb_features_free(cut);
    pb_features_free(whole);
    pb_roi_free(roi);
}

static void damaged_descriptions_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [1, 40]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [1, 42]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [42]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [-1, 43]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [1, 9223372036854775807, 41]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [\"1\", 41]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 5, \"height\": 0, \"runs\": [1, 41]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 5, \"height\": -5, \"runs\": [1, 41]}",
        "{\"name\": \"a\", \"width\": 0, \"height\": 0, \"runs\": [1, 41]}",
        "{\"name\": 5, \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [1, 41]}",
        "{\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0}",
    };
    static const char good[] = "{\"name\": \"a\", \"sha256\": \"\", \"width\": 4, \"height\": 3, \"runs\": [1, 41]}";
    pb_roi *roi = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *object = json_loads(wrong[i], 0, NULL);
        assert_non_null(object);
        assert_status(pb_roi_from_json(object, "a.bank", ROWS, COLUMNS, &roi), PB_STATUS_BAD_FORMAT);
        assert_null(roi);
        json_decref(object);
    }
    json_t *object = json_loads(good, 0, NULL);
    assert_ok(pb_roi_from_json(object, "a.bank", ROWS, COLUMNS, &roi));
    assert_int_equal(pb_roi_n_inside(roi), 41);
    assert_false(pb_roi_inside(roi)[0]);
    json_t *again = pb_roi_to_json(roi);
    assert_true(json_equal(again, object));
    json_decref(again);
    json_decref(object);
    pb_roi_free(roi);
}

/* ---- masks --------------------------------------------------------------------------------------------------------- */

/* A mask of white and grey levels, written as a file; returns its path. */
static const char *write_mask(int32_t width, int32_t height, int (*level)(int x, int y))
{
    static char path[512];
    pb_image mask;
    assert_ok(pb_image_new(width, height, &mask));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memset(mask.rgb + (y * width + x) * 3, level(x, y), 3);
    snprintf(path, sizeof path, "%s/mask.png", root);
    assert_ok(pb_image_write_png(&mask, path));
    pb_image_free(&mask);
    return path;
}

static int left_half_white(int x, int y)
{
    (void)y;
    return x < 35 ? 255 : 0;
}

static int left_half_of_ones(int x, int y)
{
    (void)y;
    return x < 35 ? 1 : 0;
}

/* JPEG leaves such beside white; 127 of 255 is less than half, 128 is not. */
static int with_soft_edges(int x, int y)
{
    return x < 33 ? 255 : x < 35 ? 128 : x < 38 ? 127 : y % 3;
}

/* 5 of 10 pixels of the cells of the third column, 4 of the fourth. */
static int half_and_less(int x, int y)
{
    (void)y;
    return (x >= 20 && x < 25) || (x >= 30 && x < 34) ? 255 : 0;
}

static int one(int x, int y)
{
    (void)x, (void)y;
    return 255;
}

static int none(int x, int y)
{
    (void)x, (void)y;
    return 0;
}

static pb_roi *read_roi(const char *path, int32_t width, int32_t height)
{
    pb_roi *roi;
    assert_ok(pb_roi_read(path, &origin, width, height, NULL, &roi));
    return roi;
}

static void assert_columns(pb_roi *roi, const char *columns)
{
    for (int p = 0; p < P; p++)
        if (pb_roi_inside(roi)[p] != (columns[p % COLUMNS] == '#'))
            fail_msg("patch %d is %s", p, pb_roi_inside(roi)[p] ? "inside" : "outside");
    pb_roi_free(roi);
}

static void marks_meet_a_region_pixel_by_pixel(void **state)
{
    (void)state;
    uint8_t inside[P], marks[2 * P] = {0};
    make_inside(inside);
    pb_roi *roi;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, NULL, &roi));
    assert_false(pb_roi_meets(roi, marks, COLUMNS, ROWS));
    for (int p = 0; p < P; p++) { /* as many pixels as patches, and two beside each other in each patch */
        marks[p] = 1;
        assert_int_equal(pb_roi_meets(roi, marks, COLUMNS, ROWS), inside[p]);
        assert_int_equal(pb_roi_meets(roi, marks, 2 * COLUMNS, ROWS), inside[p / 2]);
        marks[p] = 0;
    }
    pb_roi_free(roi);
}

static void a_copy_is_of_the_same_mask(void **state)
{
    (void)state;
    pb_roi *roi = read_roi(write_mask(70, 60, left_half_white), 70, 60), *copy;
    assert_ok(pb_roi_copy(roi, &copy));
    assert_string_equal(pb_roi_sha256(copy), pb_roi_sha256(roi));
    assert_int_equal(pb_roi_mask_width(copy), 70);
    assert_int_equal(pb_roi_mask_height(copy), 60);
    pb_roi_free(copy);
    pb_roi_free(roi);
}

/* Cells of 10 x 10 pixels. */
static void half_of_a_cell_makes_it_inside(void **state)
{
    (void)state;
    assert_columns(read_roi(write_mask(70, 60, left_half_white), 70, 60), "####...");
    assert_columns(read_roi(write_mask(70, 60, left_half_of_ones), 70, 60), "####...");
    assert_columns(read_roi(write_mask(70, 60, with_soft_edges), 70, 60), "####...");
    assert_columns(read_roi(write_mask(70, 60, half_and_less), 70, 60), "..#....");
    assert_columns(read_roi(write_mask(70, 60, half_and_less), 0, 0), "..#....");
    assert_columns(read_roi(write_mask(70, 60, half_and_less), 1400, 1200), "..#...."); /* of the same shape */
    assert_columns(read_roi(write_mask(70, 60, one), 70, 60), "#######");
    assert_columns(read_roi(write_mask(1, 1, one), 70, 60), "#######"); /* what 70 x 60 may shrink to */
    assert_columns(read_roi(write_mask(7, 6, one), 3500, 3000), "#######");
}

static void masks_that_are_none_are_refused(void **state)
{
    (void)state;
    pb_roi *roi = NULL;
    const char *mask = write_mask(70, 60, none);
    assert_status(pb_roi_read(mask, &origin, 70, 60, NULL, &roi), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "of 7 x 6 patches none is inside"));
    mask = write_mask(70, 61, one);
    assert_status(pb_roi_read(mask, &origin, 70, 60, NULL, &roi), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "mask.png has 70 x 61 pixels, and the photos have 70 x 60"));
    mask = write_mask(60, 70, one);
    assert_status(pb_roi_read(mask, &origin, 70, 60, NULL, &roi), PB_STATUS_MISMATCH);
    assert_status(pb_roi_read("/nowhere/mask.png", &origin, 70, 60, NULL, &roi), PB_STATUS_IO);
    char name[PB_ROI_NAME_BYTES + 1];
    memset(name, 'a', sizeof name);
    name[PB_ROI_NAME_BYTES] = '\0';
    mask = write_mask(70, 60, one);
    assert_status(pb_roi_read(mask, &origin, 70, 60, name, &roi), PB_STATUS_BAD_ARGUMENT);
    name[PB_ROI_NAME_BYTES - 1] = '\0';
    assert_ok(pb_roi_read(mask, &origin, 70, 60, name, &roi));
    assert_string_equal(pb_roi_name(roi), name);
    pb_roi_free(roi);
    roi = read_roi(mask, 70, 60);
    assert_string_equal(pb_roi_name(roi), "mask");
    assert_int_equal(strlen(pb_roi_sha256(roi)), 64);
    pb_roi_free(roi);
}

/* The backbone cuts the middle out of the photo: cells of 5 x 5 pixels, from (10, 10) on. */
static void masks_go_by_what_the_grid_covers(void **state)
{
    (void)state;
    pb_roi *roi;
    pb_origin cropped = origin;
    cropped.grid_height = cropped.grid_width = 8;
    cropped.input_height = cropped.input_width = 40;
    cropped.resize_side = 60;
    cropped.fit = PB_FIT_SHORTEST_SIDE;
    const pb_rect view = pb_origin_view(&cropped, 70, 60);
    assert_int_equal(view.left, 15);
    assert_int_equal(view.width, 40);
    assert_ok(pb_roi_read(write_mask(70, 60, left_half_white), &cropped, 70, 60, NULL, &roi));
    for (int p = 0; p < 64; p++)
        assert_int_equal(pb_roi_inside(roi)[p], p % 8 < 4); /* 35 = 15 + 4 cells */
    pb_roi_free(roi);
}

static void photos_need_the_masks_shape(void **state)
{
    (void)state;
    pb_roi *roi = read_roi(write_mask(70, 60, one), 70, 60);
    static const int32_t fits[][2] = {{70, 60}, {700, 600}, {35, 30}, {7, 6}, {1400, 1200}, {1403, 1200}, {1400, 1203}};
    static const int32_t others[][2] = {{60, 70}, {70, 61}, {71, 60}, {700, 610}, {1400, 1220}, {1, 1000000}, {0, 5}};
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        assert_true(pb_roi_fits(roi, fits[i][0], fits[i][1]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(pb_roi_fits(roi, others[i][0], others[i][1]));
    assert_ok(pb_roi_check_photo(roi, "a.png", 0, 0));
    assert_status(pb_roi_check_photo(roi, "a.png", 60, 70), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "a.png has 60 x 70 pixels"));
    pb_roi_free(roi);
}

/* ---- what is shown and measured ------------------------------------------------------------------------------------ */

static void outside_takes_the_value_next_to_it(void **state)
{
    (void)state;
    uint8_t inside[P] = {0};
    double map[P], out[P];
    inside[0] = inside[P - 1] = 1;
    pb_roi *roi;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, "", &roi));
    for (int p = 0; p < P; p++)
        map[p] = p == 0 ? 5 : p == P - 1 ? 7 : 100;
    pb_roi_extend(roi, map, out);
    assert_true(out[0] == 5 && out[1] == 5 && out[COLUMNS + 1] == 5 && out[P - 1] == 7 && out[P - 2] == 7);
    for (int p = 0; p < P; p++)
        assert_true(out[p] < 100);
    pb_roi_extend(roi, map, map);
    assert_memory_equal(map, out, sizeof out);
    pb_roi_free(roi);
}

/* Pixels inside stay as they are, those outside become dark and grey. */
static void outside_is_drawn_as_such(void **state)
{
    (void)state;
    uint8_t inside[P];
    make_inside(inside);
    pb_roi *roi;
    pb_image image;
    assert_ok(pb_roi_new(inside, ROWS, COLUMNS, "", &roi));
    assert_ok(pb_image_new(140, 120, &image));
    for (int i = 0; i < 140 * 120; i++)
        memcpy(image.rgb + 3 * i, (const uint8_t[]){200, 100, 60}, 3);
    assert_ok(pb_roi_shade(roi, NULL, &image));
    for (int y = 0; y < 120; y++)
        for (int x = 0; x < 140; x++) {
            const uint8_t *rgb = image.rgb + (y * 140 + x) * 3;
            const bool is_inside = inside[y / 20 * COLUMNS + x / 20], is_as_it_was = rgb[0] == 200 && rgb[2] == 60;
            assert_true(is_inside == is_as_it_was);
            if (x == 10 && !is_inside)
                assert_true(rgb[0] == 48 && rgb[1] == 48 && rgb[2] == 48);
        }
    const pb_rect beyond = {10, 10, 131, 100};
    assert_status(pb_roi_shade(roi, &beyond, &image), PB_STATUS_BAD_ARGUMENT);
    pb_image_free(&image);
    pb_roi_free(roi);
}

static pb_pixel_figures measure(const uint8_t *inside, const double *map, const uint8_t *mask)
{
    pb_pixel_metrics *metrics;
    pb_pixel_figures figures;
    assert_ok(pb_pixel_metrics_new_for_grid(2, 4, &metrics));
    if (inside)
        assert_ok(pb_pixel_metrics_within(metrics, inside, 2, 4));
    assert_ok(pb_pixel_metrics_add(metrics, map, 2, 4, mask, 4, 2));
    assert_status(pb_pixel_metrics_within(metrics, (const uint8_t[]){1}, 1, 1), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_pixel_metrics_result(metrics, &figures));
    pb_pixel_metrics_free(metrics);
    return figures;
}

/* A defect found, and one that is not, on which a region decides whether it counts. */
static void pixels_outside_count_neither_as_defect_nor_as_good(void **state)
{
    (void)state;
    static const double map[] = {9, 9, 1, 1, 9, 9, 1, 1};
    static const uint8_t all[] = {1, 1, 1, 1, 1, 1, 1, 1}, left[] = {1, 1, 0, 0, 1, 1, 0, 0};
    static const uint8_t missed[] = {1, 0, 0, 1, 1, 0, 0, 1}, caught[] = {1, 0, 0, 0, 1, 0, 0, 0};
    static const double in_part[] = {9, 2, 1, 1, 9, 2, 1, 1};
    const pb_pixel_figures of_all = measure(NULL, in_part, missed), same_as_all = measure(all, in_part, missed);
    assert_memory_equal(&of_all, &same_as_all, sizeof of_all);
    const pb_pixel_figures inside = measure(left, in_part, missed), alone = measure(left, in_part, caught);
    assert_memory_equal(&inside, &alone, sizeof inside);
    assert_int_equal(inside.n_regions, 1);
    assert_int_equal(of_all.n_regions, 2);
    assert_true(inside.auroc > of_all.auroc && inside.aupro_30 > of_all.aupro_30);
    const pb_pixel_figures flat = measure(left, map, caught);
    assert_true(flat.auroc < inside.auroc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bank_of_a_region_is_that_of_features_cut_by_hand),
        cmocka_unit_test(what_lies_outside_changes_nothing),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(versions_of_files),
        cmocka_unit_test(damaged_descriptions_are_refused),
        cmocka_unit_test(marks_meet_a_region_pixel_by_pixel),
        cmocka_unit_test(a_copy_is_of_the_same_mask),
        cmocka_unit_test(half_of_a_cell_makes_it_inside),
        cmocka_unit_test(masks_that_are_none_are_refused),
        cmocka_unit_test(masks_go_by_what_the_grid_covers),
        cmocka_unit_test(photos_need_the_masks_shape),
        cmocka_unit_test(outside_takes_the_value_next_to_it),
        cmocka_unit_test(outside_is_drawn_as_such),
        cmocka_unit_test(pixels_outside_count_neither_as_defect_nor_as_good),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
