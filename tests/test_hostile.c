/* Banks that a digest cannot judge: made on purpose, whole and well signed, and wrong. Each is refused at load, by name. */
#include "support.h"

#include <math.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/safetensors.h"

enum { N = 4, SIDE = 3, P = SIDE * SIDE, D = 6, ROWS = N * P };

static char root[256], bank_path[512];

static int make_bank(void **state)
{
    (void)state;
    static const pb_origin origin = {.backbone = "builtin",
                                     .precision = "f32",
                                     .input_height = 48,
                                     .input_width = 48,
                                     .grid_height = SIDE,
                                     .grid_width = SIDE,
                                     .dim = D};
    test_make_temp_dir(root, sizeof root);
    snprintf(bank_path, sizeof bank_path, "%s/good.bank", root);
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_removes = false;
    test_rng rng = {3};
    assert_ok(pb_features_new(N, &origin, &features));
    for (int i = 0; i < ROWS * D; i++)
        pb_features_rows(features)[i] = (float)test_rng_normal(&rng);
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    assert_ok(pb_bank_save(bank, bank_path));
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
    return 0;
}

static int remove_bank(void **state)
{
    (void)state;
    return test_remove_dir(root);
}

/* What a forger changes. */
typedef struct forgery {
    const char *old_text, *new_text; /* in the description; NULL: as it is */
    int at;                          /* of the value below, in its tensor; -1: none */
    float row_value;
    int32_t *image, *patch; /* value for image_of_row[at], patch_of_row[at]; NULL: as it is */
    const char *version, *format;
    const char *without; /* a tensor that is left out */
    pb_status expected;
    const char *says;
} forgery;

/* `text` with the first `old_text` replaced; it must be there. */
static char *replace(const char *text, const char *old_text, const char *new_text)
{
    const char *found = strstr(text, old_text);
    if (!found)
        fail_msg("%s is not in the description: %s", old_text, text);
    const size_t size = strlen(text) + strlen(new_text) + 1;
    char *out = malloc(size);
    assert_non_null(out);
    snprintf(out, size, "%.*s%s%s", (int)(found - text), text, new_text, found + strlen(old_text));
    return out;
}

/* Signs what a forger has made, as pb_bank_save() would. */
static void write_forgery(const forgery *f, const char *path)
{
    static float rows[ROWS * D];
    static int32_t images[ROWS], patches[ROWS];
    pb_safetensors *file;
    assert_ok(pb_safetensors_open(bank_path, &file));
    memcpy(rows, pb_safetensors_find(file, "rows")->data, sizeof rows);
    memcpy(images, pb_safetensors_find(file, "image_of_row")->data, sizeof images);
    memcpy(patches, pb_safetensors_find(file, "patch_of_row")->data, sizeof patches);
    const char *description = pb_safetensors_metadata(file, "description");
    char *text = f->old_text ? replace(description, f->old_text, f->new_text) : strdup(description);
    pb_safetensors_close(file);
    if (f->at >= 0 && f->image)
        images[f->at] = *f->image;
    else if (f->at >= 0 && f->patch)
        patches[f->at] = *f->patch;
    else if (f->at >= 0)
        rows[f->at] = f->row_value;
    const void *const pieces[] = {rows, images, patches, text};
    const size_t sizes[] = {sizeof rows, sizeof images, sizeof patches, strlen(text)};
    char hex[65];
    assert_ok(pb_sha256_pieces(pieces, sizes, 4, hex));
    const pb_tensor all[] = {
        {"rows", PB_DTYPE_F32, 2, {ROWS, D}, (int64_t)ROWS * D, rows, sizeof rows},
        {"image_of_row", PB_DTYPE_I32, 1, {ROWS}, ROWS, images, sizeof images},
        {"patch_of_row", PB_DTYPE_I32, 1, {ROWS}, ROWS, patches, sizeof patches},
    };
    pb_tensor chosen[3];
    int n = 0;
    for (int i = 0; i < 3; i++)
        if (!f->without || strcmp(all[i].name, f->without) != 0)
            chosen[n++] = all[i];
    const char *const keys[] = {"format", "version", "description", "sha256"};
    const char *const values[] = {f->format ? f->format : "purebank-bank", f->version ? f->version : "2", text, hex};
    assert_ok(pb_safetensors_write(path, chosen, n, keys, values, 4));
    free(text);
}

static void check_forgeries(const forgery *forgeries, size_t n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/forged.bank", root);
    for (size_t i = 0; i < n; i++) {
        const forgery *f = &forgeries[i];
        pb_bank *bank = NULL;
        write_forgery(f, path);
        const pb_status status = pb_bank_load(path, &bank);
        if (status != f->expected || !strstr(pb_error_message(), f->says) || !strstr(pb_error_message(), "forged.bank"))
            fail_msg("forgery %zu (%s): %s: %s", i, f->new_text ? f->new_text : "", pb_status_name(status),
                     pb_error_message());
    }
}

static void forged_banks_are_refused_by_name(void **state)
{
    (void)state;
    static int32_t minus_one = -1, too_many_images = N, too_many_patches = P, huge = INT32_MAX;
    const forgery forgeries[] = {
        {.at = 5, .row_value = NAN, .expected = PB_STATUS_BAD_VALUE, .says = "channel 5 of row 0 is NaN"},
        {.at = ROWS * D - 1, .row_value = INFINITY, .expected = PB_STATUS_BAD_VALUE, .says = "channel 5 of row 35"},
        {.at = 0, .row_value = -INFINITY, .expected = PB_STATUS_BAD_VALUE, .says = "infinite"},
        {.at = 0, .image = &minus_one, .expected = PB_STATUS_BAD_FORMAT, .says = "row 0"},
        {.at = 7, .image = &too_many_images, .expected = PB_STATUS_BAD_FORMAT, .says = "row 7"},
        {.at = 0, .patch = &minus_one, .expected = PB_STATUS_BAD_FORMAT, .says = "row 0"},
        {.at = 0, .patch = &too_many_patches, .expected = PB_STATUS_BAD_FORMAT, .says = "patch 9"},
        {.at = ROWS - 1, .patch = &huge, .expected = PB_STATUS_BAD_FORMAT, .says = "row 35"},
        /* counts that lie */
        {"\"n_patches\":36", "\"n_patches\":35", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "rows"},
        {"\"n_patches\":36", "\"n_patches\":2147483647", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "rows"},
        {"\"n_patches\":36", "\"n_patches\":-36", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "n_patches"},
        {"\"n_patches\":36", "\"n_patches\":3.6e1", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "n_patches"},
        {"\"n_patches\":36", "\"n_patches\":99999999999999999999", -1, .expected = PB_STATUS_BAD_FORMAT, .says = ""},
        {"\"knn_k\":5", "\"knn_k\":0", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "knn_k"},
        {"\"knn_k\":5", "\"knn_k\":37", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "K = 37"},
        {"\"dim\":6", "\"dim\":0", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "0 channels"},
        {"\"dim\":6", "\"dim\":7", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "rows"},
        {"\"dim\":6", "\"dim\":9223372036854775807", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "rows"},
        {"\"grid_height\":3", "\"grid_height\":0", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "0x3 patches"},
        {"\"grid_height\":3", "\"grid_height\":1", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "do not exist"},
        {"\"grid_width\":3", "\"grid_width\":4294967299", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "grid_width"},
        {"\"n\":4", "\"n\":5", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "there are 4"},
        {"\"references\":[", "\"references\":[],\"x\":[", -1, .expected = PB_STATUS_BAD_FORMAT,
         .says = "no references"},
        {"\"references\":[", "\"references\":[null,", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "path"},
        /* numbers that are none */
        {"\"false_alarm_rate\":0.01", "\"false_alarm_rate\":0", -1, .expected = PB_STATUS_BAD_FORMAT,
         .says = "rate of 0"},
        {"\"false_alarm_rate\":0.01", "\"false_alarm_rate\":1e999", -1, .expected = PB_STATUS_BAD_FORMAT, .says = ""},
        {"\"value\":", "\"value\":-1,\"x\":", -1, .expected = PB_STATUS_BAD_FORMAT, .says = "threshold of -1"},
        {"\"patch_score_low\":", "\"patch_score_low\":1e300,\"x\":", -1, .expected = PB_STATUS_BAD_FORMAT,
         .says = "colour"},
        /* files of another kind */
        {.at = -1, .version = "4", .expected = PB_STATUS_UNSUPPORTED, .says = "version 4"},
        {.at = -1, .format = "pt", .expected = PB_STATUS_BAD_FORMAT, .says = "not a purebank bank"},
        {.at = -1, .without = "patch_of_row", .expected = PB_STATUS_BAD_FORMAT, .says = "patch_of_row"},
        {"{", "[", -1, .expected = PB_STATUS_BAD_FORMAT, .says = ""},
    };
    check_forgeries(forgeries, sizeof forgeries / sizeof *forgeries);
    char path[512];
    snprintf(path, sizeof path, "%s/forged.bank", root);
    /* The forger's tools are sound: without a change the bank loads. */
    const forgery none = {.at = -1};
    pb_bank *bank = NULL;
    write_forgery(&none, path);
    assert_ok(pb_bank_load(path, &bank));
    pb_bank_free(bank);
}

static void forged_regions_are_refused_by_name(void **state)
{
    (void)state;
    const forgery forgeries[] = {
        {.at = -1,
         .version = "3",
         .expected = PB_STATUS_BAD_FORMAT,
         .says = "of version 3, which banks without a region of interest or copies of references are not"},
        {.old_text = "\"seed\"",
         .new_text =
             "\"roi\": {\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [0, 9]}, \"seed\"",
         .at = -1,
         .expected = PB_STATUS_BAD_FORMAT,
         .says = "of version 2, which banks with a region of interest are not"},
        {.old_text = "\"seed\"",
         .new_text =
             "\"roi\": {\"name\": \"a\", \"sha256\": \"\", \"width\": 0, \"height\": 0, \"runs\": [1, 8]}, \"seed\"",
         .at = -1,
         .version = "3",
         .expected = PB_STATUS_BAD_FORMAT,
         .says = "row 0 comes from image 0, patch 0, which do not exist or do not count"},
        {.old_text = "\"seed\"",
         .new_text = "\"roi\": 5, \"seed\"",
         .at = -1,
         .version = "3",
         .expected = PB_STATUS_BAD_FORMAT,
         .says = "roi"},
    };
    check_forgeries(forgeries, sizeof forgeries / sizeof *forgeries);
}

/* The bank's own rows are all of the photos as they are; with flips there are numbers up to 3 P. */
static void forged_copies_are_refused_by_name(void **state)
{
    (void)state;
    static int32_t last = 3 * P - 1, beyond = 3 * P, minus_one = -1;
    const char *const seed = "\"seed\"", *const flips = "\"augment\": \"flips\", \"seed\"";
    const forgery forgeries[] = {
        {seed, flips, -1, .expected = PB_STATUS_BAD_FORMAT,
         .says = "of version 2, which banks with copies of references"},
        {seed, flips, 4, .patch = &beyond, .version = "3", .expected = PB_STATUS_BAD_FORMAT,
         .says = "row 4 comes from"},
        {seed, flips, 4, .patch = &minus_one, .version = "3", .expected = PB_STATUS_BAD_FORMAT,
         .says = "row 4 comes from"},
        {seed, "\"augment\": \"rot45\", \"seed\"", -1, .version = "3", .expected = PB_STATUS_BAD_FORMAT,
         .says = "rot45"},
        {seed, "\"augment\": \"\", \"seed\"", -1, .version = "3", .expected = PB_STATUS_BAD_FORMAT,
         .says = "no list of"},
        {seed, "\"augment\": 4, \"seed\"", -1, .version = "3", .expected = PB_STATUS_BAD_FORMAT, .says = "augment"},
    };
    check_forgeries(forgeries, sizeof forgeries / sizeof *forgeries);
    char path[512];
    snprintf(path, sizeof path, "%s/forged.bank", root);
    const forgery sound = {seed, flips, 4, .patch = &last, .version = "3"};
    pb_bank *bank = NULL;
    write_forgery(&sound, path);
    assert_ok(pb_bank_load(path, &bank));
    pb_bank_free(bank);
}

/* A grid too large for any image is nobody's features. */
static void a_huge_grid_matches_no_part(void **state)
{
    (void)state;
    const forgery huge = {"\"grid_height\":3", "\"grid_height\":2147483647", .at = -1};
    char path[512];
    pb_bank *bank = NULL;
    float values[P * D] = {0};
    double patch_scores[P], score;
    pb_features *part;
    snprintf(path, sizeof path, "%s/huge.bank", root);
    write_forgery(&huge, path);
    assert_ok(pb_bank_load(path, &bank));
    assert_ok(pb_features_borrow(values, 1, SIDE, SIDE, D, &part));
    assert_status(pb_bank_score(bank, part, patch_scores, &score), PB_STATUS_MISMATCH);
    pb_features_free(part);
    pb_bank_free(bank);
}

static void other_files_are_named_for_what_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } files[] = {
        {"", 0, "an empty file"},
        {"\x89PNG\r\n\x1a\n----", 12, "looks like PNG"},
        {"\x93NUMPY\x01\x00", 8, "looks like NumPy"},
        {"PK\x03\x04----", 8, "ZIP"},
        {"{\"format\": \"purebank-decisions\"}", 32, "looks like JSON"},
        {"<!doctype html>", 15, "looks like HTML"},
        {"path,score\r\n", 12, "looks like text"},
        {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10, "nothing that is known here"},
    };
    char path[512];
    snprintf(path, sizeof path, "%s/other", root);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pb_bank *bank = NULL;
        assert_ok(pb_file_write(path, files[i].bytes, files[i].size));
        assert_status(pb_bank_load(path, &bank), PB_STATUS_BAD_FORMAT);
        assert_non_null(strstr(pb_error_message(), "is not a purebank bank"));
        if (!strstr(pb_error_message(), files[i].says))
            fail_msg("\"%s\" is not in: %s", files[i].says, pb_error_message());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_banks_are_refused_by_name),        cmocka_unit_test(forged_regions_are_refused_by_name),
        cmocka_unit_test(forged_copies_are_refused_by_name),       cmocka_unit_test(a_huge_grid_matches_no_part),
        cmocka_unit_test(other_files_are_named_for_what_they_are), cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_bank, remove_bank);
}
