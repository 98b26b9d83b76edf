/* Indexes and checksums that are kept in the bank file: the same answers as without, and no damage that goes unseen. */
#include "support.h"

#include <math.h>

#include <purebank/index.h>

#include "bank/bank.h"
#include "base/cpu.h"
#include "io/checksum.h"
#include "io/file.h"
#include "search/index.h"
#include "search/stored.h"

enum { N = 1500, DIM = 64, FACTORS = 6, QUERIES = 40, K = 7, SIDE = 5 };

/* Few directions, and noise. */
static float *make_rows(int64_t n, uint64_t seed)
{
    test_rng rng = {11};
    double direction[FACTORS][DIM];
    float *rows = malloc((size_t)n * DIM * sizeof *rows);
    for (int f = 0; f < FACTORS; f++)
        for (int c = 0; c < DIM; c++)
            direction[f][c] = test_rng_normal(&rng);
    rng.state = seed;
    for (int64_t i = 0; i < n; i++) {
        double weight[FACTORS];
        for (int f = 0; f < FACTORS; f++)
            weight[f] = test_rng_normal(&rng);
        for (int c = 0; c < DIM; c++) {
            double value = 5 + 0.7 * test_rng_normal(&rng);
            for (int f = 0; f < FACTORS; f++)
                value += weight[f] * direction[f][c];
            rows[i * DIM + c] = (float)value;
        }
    }
    return rows;
}

static char folder[256], path[300];

static int enter_folder(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/index", folder);
    return 0;
}

static int leave_folder(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(test_remove_dir(folder), 0);
    return 0;
}

static void write_index(const float *rows, const pb_filter_plan *plan, char **description)
{
    pb_index *index = NULL;
    pb_stored stored;
    assert_ok(pb_index_new_with(rows, N, DIM, PB_METRIC_EUCLIDEAN, plan, &index));
    assert_ok(pb_stored_of(index, &stored));
    assert_true(stored.n_tensors > 0);
    assert_ok(pb_safetensors_write(path, stored.tensors, stored.n_tensors, NULL, NULL, 0));
    *description = strdup(stored.description);
    pb_stored_clear(&stored);
    pb_index_free(index);
}

static void assert_same_answers(const pb_index *index, const float *queries)
{
    static double expected[QUERIES * K], found[QUERIES * K];
    static int64_t expected_rows[QUERIES * K], found_rows[QUERIES * K];
    assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected, expected_rows));
    assert_ok(pb_index_search(index, queries, QUERIES, K, found, found_rows));
    assert_memory_equal(expected, found, sizeof expected);
    assert_memory_equal(expected_rows, found_rows, sizeof expected_rows);
}

static const pb_filter_plan plans[] = {{.precision = PB_PRECISION_F32, .coarse = 8},
                                       {.precision = PB_PRECISION_F32, .coarse = 5, .fine = 20},
                                       {.precision = PB_PRECISION_INT8, .coarse = 16, .fine = 32},
                                       {.precision = PB_PRECISION_INT7, .coarse = 16, .fine = 32}};
enum { PLANS = sizeof plans / sizeof *plans };

static void an_index_out_of_a_file_answers_alike(void **state)
{
    (void)state;
    float *rows = make_rows(N, 1), *queries = make_rows(QUERIES, 2);
    for (int p = 0; p < PLANS; p++) {
        char *description;
        pb_safetensors *file = NULL;
        pb_index *index = NULL;
        write_index(rows, &plans[p], &description);
        assert_ok(pb_safetensors_open(path, &file));
        assert_ok(pb_stored_open(file, description, rows, N, DIM, &index));
        assert_same_answers(index, queries);
        /* And what is kept of it is the same again. */
        pb_stored again;
        assert_ok(pb_stored_of(index, &again));
        assert_string_equal(again.description, description);
        pb_stored_clear(&again);
        pb_index_free(index);
        pb_safetensors_close(file);
        free(description);
    }
    free(rows);
    free(queries);
}

/* On a CPU without AVX2 nothing multiplies bytes: the index is refused, for the caller to make another. */
static void an_index_in_bytes_needs_a_cpu_for_them(void **state)
{
    (void)state;
    static const pb_filter_plan bytes = {.precision = PB_PRECISION_INT7, .coarse = 16};
    float *rows = make_rows(N, 1);
    char *description;
    pb_safetensors *file = NULL;
    pb_index *index = NULL;
    write_index(rows, &bytes, &description);
    if (strstr(description, "int7")) { /* it has some itself */
        assert_ok(pb_safetensors_open(path, &file));
        (void)pb_cpu_limit_level(PB_CPU_BASELINE);
        assert_status(pb_stored_open(file, description, rows, N, DIM, &index), PB_STATUS_UNSUPPORTED);
        (void)pb_cpu_limit_level(PB_CPU_V4);
        assert_ok(pb_stored_open(file, description, rows, N, DIM, &index));
        pb_index_free(index);
        pb_safetensors_close(file);
    }
    free(description);
    free(rows);
}

static void indexes_without_a_contraction_are_not_kept(void **state)
{
    (void)state;
    static const pb_filter_plan whole = {.precision = PB_PRECISION_F32};
    float *rows = make_rows(N, 1);
    pb_index *index = NULL;
    pb_stored stored;
    assert_ok(pb_index_new_with(rows, N, DIM, PB_METRIC_EUCLIDEAN, &whole, &index));
    assert_ok(pb_stored_of(index, &stored));
    assert_int_equal(stored.n_tensors, 0);
    assert_null(stored.description);
    pb_index_free(index);
    free(rows);
}

/* Any changed byte of any tensor. */
static void damage_is_an_error(void **state)
{
    (void)state;
    enum { STEP = 3001 };
    float *rows = make_rows(N, 1);
    char *description;
    pb_file_map map;
    write_index(rows, &plans[1], &description);
    assert_ok(pb_file_map_open(path, &map));
    uint8_t *bytes = malloc(map.size);
    memcpy(bytes, map.bytes, map.size);
    size_t start = 8;
    for (int i = 0; i < 8; i++)
        start += (size_t)bytes[i] << 8 * i;
    for (size_t at = start; at < map.size; at += STEP) {
        pb_safetensors *file = NULL;
        pb_index *index = NULL;
        bytes[at] ^= 0x10;
        assert_ok(pb_safetensors_parse(bytes, map.size, "damaged", &file));
        assert_status(pb_stored_open(file, description, rows, N, DIM, &index), PB_STATUS_BAD_FORMAT);
        pb_safetensors_close(file);
        bytes[at] ^= 0x10;
    }
    pb_file_map_close(&map);
    free(bytes);
    free(description);
    free(rows);
}

static void replace(char *text, const char *what, const char *with)
{
    char *at = strstr(text, what);
    if (!at) {
        fail_msg("no %s in %s", what, text);
        return;
    }
    assert_int_equal(strlen(what), strlen(with));
    memcpy(at, with, strlen(with));
}

static void a_wrong_description_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        pb_status expected;
    } cases[] = {{"\"version\":1", "\"version\":9", PB_STATUS_UNSUPPORTED},
                 {"\"coarse\":5", "\"coarse\":6", PB_STATUS_BAD_FORMAT},
                 {"\"coarse\":5", "\"coarse\":1", PB_STATUS_BAD_FORMAT},
                 {"\"fine\":20", "\"fine\":04", PB_STATUS_BAD_FORMAT},
                 {"\"fine\":20", "\"fine\": 4", PB_STATUS_BAD_FORMAT},
                 {"\"fine\":20", "\"fine\":21", PB_STATUS_BAD_FORMAT},
                 {"float32", "float16", PB_STATUS_BAD_FORMAT},
                 {"checksum\"", "checksun\"", PB_STATUS_BAD_FORMAT}};
    float *rows = make_rows(N, 1), *queries = make_rows(QUERIES, 2);
    char *description;
    pb_safetensors *file = NULL;
    write_index(rows, &plans[1], &description);
    assert_ok(pb_safetensors_open(path, &file));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pb_index *index = NULL;
        char *wrong = strdup(description);
        replace(wrong, cases[i].from, cases[i].to);
        assert_status(pb_stored_open(file, wrong, rows, N, DIM, &index), cases[i].expected);
        if (index)
            assert_same_answers(index, queries);
        pb_index_free(index);
        free(wrong);
    }
    pb_safetensors_close(file);
    free(description);
    free(rows);
    free(queries);
}

/* The sample of rows that are contracted anew finds it. */
static void an_index_of_other_rows_is_an_error(void **state)
{
    (void)state;
    float *rows = make_rows(N, 1), *others = make_rows(N, 3);
    for (int p = 0; p < PLANS; p++) {
        char *description;
        pb_safetensors *file = NULL;
        pb_index *index = NULL;
        write_index(rows, &plans[p], &description);
        assert_ok(pb_safetensors_open(path, &file));
        assert_status(pb_stored_open(file, description, others, N, DIM, &index), PB_STATUS_BAD_FORMAT);
        pb_safetensors_close(file);
        free(description);
    }
    free(rows);
    free(others);
}

/* The values of the specification's own test and of its description. */
static void the_checksum_is_xxh64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t sum;
    } cases[] = {{"", 0xef46db3751d8e999u},
                 {"abc", 0x44bc2cf5ad770999u},
                 {"Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1u}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(pb_checksum(cases[i].text, strlen(cases[i].text), 0) == cases[i].sum);
}

/* ---- In a bank -------------------------------------------------------------------------------------------------- */

static const pb_origin origin = TEST_ORIGIN(SIDE, DIM);

static pb_bank *fit_bank(void)
{
    enum { IMAGES = N / (SIDE * SIDE) };
    pb_features *features = NULL;
    pb_references *references = NULL;
    pb_bank *bank = NULL;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    float *rows = make_rows(N, 1);
    assert_ok(pb_features_new(IMAGES, &origin, &features));
    memcpy(pb_features_rows(features), rows, N * DIM * sizeof *rows);
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    /* In so few rows nothing is contracted by itself. */
    assert_ok(pb_index_new_with(bank->rows, bank->n_rows, DIM, PB_METRIC_EUCLIDEAN, &plans[2], &bank->search->index));
    pb_references_free(references);
    pb_features_free(features);
    free(rows);
    return bank;
}

static double score_of(const pb_bank *bank)
{
    pb_features *part = NULL;
    double patch_scores[SIDE * SIDE], score;
    float *rows = make_rows(SIDE * SIDE, 2);
    assert_ok(pb_features_new(1, &origin, &part));
    memcpy(pb_features_rows(part), rows, SIDE * SIDE * DIM * sizeof *rows);
    assert_ok(pb_bank_score(bank, part, patch_scores, &score));
    pb_features_free(part);
    free(rows);
    return score;
}

static void a_bank_with_its_index_scores_alike(void **state)
{
    (void)state;
    pb_bank *bank = fit_bank(), *again = NULL, *third = NULL;
    const double score = score_of(bank);
    assert_ok(pb_bank_save_as(bank, path, true));
    assert_ok(pb_bank_load(path, &again));
    assert_non_null(pb_safetensors_metadata(again->file, "index"));
    const double loaded = score_of(again);
    assert_memory_equal(&loaded, &score, sizeof score);
    /* Over itself, out of its own map. */
    assert_ok(pb_bank_save_as(again, path, true));
    assert_ok(pb_bank_load(path, &third));
    const double saved_again = score_of(third);
    assert_memory_equal(&saved_again, &score, sizeof score);
    pb_bank_free(bank);
    pb_bank_free(again);
    pb_bank_free(third);
}

/* A changed byte anywhere: an error when it is loaded, or the same scores from an index that is made anew. */
static void a_damaged_bank_scores_alike_or_not_at_all(void **state)
{
    (void)state;
    enum { STEP = 7001 };
    pb_bank *bank = fit_bank();
    const double score = score_of(bank);
    pb_file_map map;
    int errors = 0, alike = 0;
    assert_ok(pb_bank_save_as(bank, path, true));
    assert_ok(pb_file_map_open(path, &map));
    const size_t size = map.size;
    uint8_t *bytes = malloc(size);
    memcpy(bytes, map.bytes, size);
    pb_file_map_close(&map);
    for (size_t at = 8; at < size; at += STEP) {
        pb_bank *damaged = NULL;
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        bytes[at] ^= 4;
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
        bytes[at] ^= 4;
        if (pb_bank_load(path, &damaged) != PB_STATUS_OK) {
            errors++;
            continue;
        }
        const double found = score_of(damaged);
        assert_memory_equal(&found, &score, sizeof score);
        pb_bank_free(damaged);
        alike++;
    }
    assert_true(errors > 0); /* in the rows */
    assert_true(alike > 0);  /* in the index */
    pb_bank_free(bank);
    free(bytes);
}

/* A checksum that fits says nothing about numbers. */
static void a_bank_of_nan_is_refused_with_checksums_too(void **state)
{
    (void)state;
    pb_bank *bank = fit_bank(), *again = NULL;
    assert_ok(pb_bank_save_as(bank, path, false));
    assert_ok(pb_bank_load(path, &again));
    assert_null(pb_safetensors_metadata(again->file, "index"));
    pb_bank_free(again);
    (void)score_of(bank); /* the index is made before the fault is planted */
    bank->own_rows[700 * DIM + 3] = NAN;
    assert_ok(pb_bank_save_as(bank, path, true));
    assert_status(pb_bank_load(path, &again), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "channel 3 of row 700 is NaN"));
    pb_bank_free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_out_of_a_file_answers_alike),
        cmocka_unit_test(an_index_in_bytes_needs_a_cpu_for_them),
        cmocka_unit_test(indexes_without_a_contraction_are_not_kept),
        cmocka_unit_test(damage_is_an_error),
        cmocka_unit_test(a_wrong_description_is_an_error),
        cmocka_unit_test(an_index_of_other_rows_is_an_error),
        cmocka_unit_test(the_checksum_is_xxh64),
        cmocka_unit_test(a_bank_with_its_index_scores_alike),
        cmocka_unit_test(a_damaged_bank_scores_alike_or_not_at_all),
        cmocka_unit_test(a_bank_of_nan_is_refused_with_checksums_too),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
