/* io/features, io/origin, io/finite: features in memory and on disk, and what they may be compared with. */
#include "origins.h"

#include <math.h>

#include "base/memory.h"
#include "io/finite.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/origin.h"

static char folder[256], path[300], sidecar[300];

static int make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/parts.npy", folder);
    snprintf(sidecar, sizeof sidecar, "%s/parts.origin.json", folder);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    remove(path);
    remove(sidecar);
    return 0;
}

static int remove_folder(void **state)
{
    (void)clean(state);
    return rmdir(folder);
}

static bool exists(const char *name)
{
    struct stat info;
    return stat(name, &info) == 0;
}

/* Features of two images with values 0, 1, 2, ... */
static void make_features(const pb_origin *origin, pb_features **out)
{
    assert_ok(pb_features_new(2, origin, out));
    float *rows = pb_features_rows(*out);
    assert_non_null(rows);
    for (int64_t i = 0; i < pb_features_n_images(*out) * pb_features_n_patches(*out) * pb_features_dim(*out); i++) {
        assert_true(rows[i] == 0);
        rows[i] = (float)i;
    }
}

static void assert_same_origin(const pb_origin *a, const pb_origin *b)
{
    assert_string_equal(a->backbone, b->backbone);
    assert_string_equal(a->weights_hash, b->weights_hash);
    assert_string_equal(a->layer, b->layer);
    assert_string_equal(a->precision, b->precision);
    assert_string_equal(a->preprocessing, b->preprocessing);
    assert_int_equal(a->input_height, b->input_height);
    assert_int_equal(a->input_width, b->input_width);
    assert_int_equal(a->grid_height, b->grid_height);
    assert_int_equal(a->grid_width, b->grid_width);
    assert_int_equal(a->dim, b->dim);
}

static void saved_features_come_back(void **state)
{
    (void)state;
    const pb_origin origin = dinov3();
    pb_features *saved, *loaded;
    make_features(&origin, &saved);
    assert_ok(pb_features_save(saved, path));
    assert_ok(pb_features_load(path, &loaded));
    assert_int_equal(pb_features_n_images(loaded), 2);
    assert_int_equal(pb_features_n_patches(loaded), 6);
    assert_int_equal(pb_features_dim(loaded), 5);
    assert_int_equal(pb_features_grid_height(loaded), 2);
    assert_int_equal(pb_features_grid_width(loaded), 3);
    assert_memory_equal(pb_features_data(saved), pb_features_data(loaded), 2 * 6 * 5 * sizeof(float));
    assert_same_origin(&origin, pb_features_origin(loaded));
    assert_null(pb_features_rows(loaded));
    assert_ok(pb_features_save(loaded, path)); /* over the file that is mapped */
    assert_memory_equal(pb_features_data(saved), pb_features_data(loaded), 2 * 6 * 5 * sizeof(float));
    pb_features_free(saved);
    pb_features_free(loaded);
    pb_features_free(NULL);
}

static void unknown_square_features_need_no_sidecar(void **state)
{
    (void)state;
    float values[2 * 4 * 3];
    for (int i = 0; i < 24; i++)
        values[i] = (float)i;
    pb_features *borrowed, *loaded;
    assert_ok(pb_features_borrow(values, 2, 2, 2, 3, &borrowed));
    assert_null(pb_features_rows(borrowed));
    assert_ptr_equal(pb_features_data(borrowed), values);
    assert_ok(pb_features_save(borrowed, path));
    assert_false(exists(sidecar));
    assert_ok(pb_features_load(path, &loaded));
    assert_int_equal(pb_features_grid_height(loaded), 2);
    assert_int_equal(pb_features_grid_width(loaded), 2);
    assert_int_equal(pb_features_origin(loaded)->dim, 3);
    assert_string_equal(pb_features_origin(loaded)->backbone, "");
    assert_memory_equal(values, pb_features_data(loaded), sizeof values);
    pb_features_free(loaded);

    pb_features_free(borrowed);
    assert_ok(pb_features_borrow(values, 2, 1, 4, 3, &borrowed));
    assert_ok(pb_features_save(borrowed, path));
    assert_ok(pb_features_load(path, &loaded));
    assert_int_equal(pb_features_grid_width(loaded), 4);
    pb_features_free(loaded);
    pb_features_free(borrowed);
}

static void a_slice_is_a_view_with_the_same_origin(void **state)
{
    (void)state;
    const pb_origin origin = dinov3();
    pb_features *features, *second;
    make_features(&origin, &features);
    assert_ok(pb_features_slice(features, 1, 1, &second));
    assert_int_equal(pb_features_n_images(second), 1);
    assert_ptr_equal(pb_features_data(second), pb_features_image_at(features, 1));
    assert_ptr_equal(pb_features_data(second), pb_features_data(features) + 6 * 5);
    assert_same_origin(&origin, pb_features_origin(second));
    assert_null(pb_features_rows(second));
    pb_features_free(second);
    assert_status(pb_features_slice(features, 1, 2, &second), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_features_slice(features, -1, 1, &second), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_features_slice(features, 0, 0, &second), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_features_slice(features, INT64_MAX, 2, &second), PB_STATUS_BAD_ARGUMENT);
    pb_features_free(features);
}

static void copies_are_found(void **state)
{
    (void)state;
    float values[5 * 4] = {1, 2, 3, 4, 0, 2, 3, 4, 1, 2, 3, 4, 0, 2, 3, 4, 1, 2, 3, 5};
    int64_t copy_of[5];
    pb_features *features;
    assert_ok(pb_features_borrow(values, 5, 2, 2, 1, &features));
    assert_ok(pb_features_find_copies(features, copy_of));
    assert_memory_equal(copy_of, ((int64_t[]){-1, -1, 0, 1, -1}), sizeof copy_of);
    pb_features_free(features);
}

static void an_origin_must_fit(void **state)
{
    (void)state;
    pb_origin origin = dinov3();
    pb_features *features;
    make_features(&origin, &features);
    origin.dim++;
    assert_status(pb_features_set_origin(features, &origin), PB_STATUS_BAD_SHAPE);
    origin.dim--;
    origin.grid_width++;
    assert_status(pb_features_set_origin(features, &origin), PB_STATUS_BAD_SHAPE);
    pb_features_free(features);
}

/* New values of unknown origin must not inherit the old file's origin. */
static void old_sidecar_does_not_outlive_its_values(void **state)
{
    (void)state;
    const pb_origin origin = dinov3();
    pb_features *features, *loaded;
    make_features(&origin, &features);
    assert_ok(pb_features_save(features, path));
    pb_features_free(features);
    const float values[6] = {1, 2, 3, 4, 5, 6};
    assert_ok(pb_features_borrow(values, 1, 1, 1, 6, &features));
    assert_ok(pb_features_save(features, path));
    pb_features_free(features);
    assert_ok(pb_features_load(path, &loaded));
    assert_string_equal(pb_features_origin(loaded)->backbone, "");
    assert_int_equal(pb_features_dim(loaded), 6);
    pb_features_free(loaded);
}

static void a_failed_save_changes_nothing(void **state)
{
    (void)state;
    const pb_origin origin = dinov3();
    pb_features *features, *loaded;
    make_features(&origin, &features);
    assert_ok(pb_features_save(features, path));
    float *rows = pb_features_rows(features);
    rows[0] = 7;
    pb_origin broken = origin;
    snprintf(broken.backbone, sizeof broken.backbone, "not UTF-8 \xff");
    assert_ok(pb_features_set_origin(features, &broken));
    assert_status(pb_features_save(features, path), PB_STATUS_BAD_VALUE);
    assert_ok(pb_features_set_origin(features, &origin));
    rows[1] = NAN;
    assert_status(pb_features_save(features, path), PB_STATUS_BAD_VALUE);
    assert_ok(pb_features_load(path, &loaded));
    assert_true(pb_features_data(loaded)[0] == 0 && pb_features_data(loaded)[1] == 1);
    pb_features_free(loaded);
    rows[1] = 1;
    assert_status(pb_features_save(features, "/no/such/folder/a.npy"), PB_STATUS_OUTPUT);
    pb_features_free(features);
}

static void other_types_are_converted(void **state)
{
    (void)state;
    static const char *const names[] = {"f2", "f4", "f8", "i1", "u8", "big_f4", "version_2"};
    const int64_t shape[3] = {1, 1, 6};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char golden[512];
        pb_npy array;
        pb_features *features;
        float values[6];
        snprintf(golden, sizeof golden, PB_GOLDEN_DIR "/npy/%s.npy", names[i]);
        assert_status(pb_features_load(golden, &features), PB_STATUS_BAD_SHAPE);
        message_names("has 2 dimensions, shape (2, 3)");
        assert_ok(pb_npy_open(golden, &array));
        assert_ok(pb_npy_to_f32(&array, 0, 6, values));
        if (!array.byte_swapped) {
            assert_ok(pb_npy_write(path, array.type, 3, shape, array.data));
            assert_ok(pb_features_load(path, &features));
            assert_int_equal(pb_features_dim(features), 6);
            assert_memory_equal(pb_features_data(features), values, sizeof values);
            assert_null(pb_features_rows(features));
            pb_features_free(features);
        }
        pb_npy_close(&array);
    }
}

/* A header that leaves the items at an odd address: converted instead of mapped. */
static void unaligned_items_are_copied(void **state)
{
    (void)state;
    uint8_t bytes[256] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    const char dict[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4, 1)}";
    const float values[4] = {1, 2, 3, 4};
    pb_features *features;
    for (size_t spaces = 0; spaces < 4; spaces++) {
        const size_t length = strlen(dict) + spaces;
        bytes[8] = (uint8_t)length;
        memcpy(bytes + 10, dict, sizeof dict);
        memset(bytes + 10 + strlen(dict), ' ', spaces);
        memcpy(bytes + 10 + length, values, sizeof values);
        assert_ok(pb_file_write(path, bytes, 10 + length + sizeof values));
        assert_ok(pb_features_load(path, &features));
        assert_int_equal((uintptr_t)pb_features_data(features) % sizeof(float), 0);
        assert_memory_equal(pb_features_data(features), values, sizeof values);
        pb_features_free(features);
    }
}

static pb_status load_shape(int n_dims, const int64_t *shape)
{
    static const float zeros[64];
    pb_features *features = NULL;
    assert_ok(pb_npy_write(path, PB_NPY_F4, n_dims, shape, zeros));
    const pb_status status = pb_features_load(path, &features);
    pb_features_free(features);
    return status;
}

static void shapes_that_are_no_features_are_refused(void **state)
{
    (void)state;
    assert_status(load_shape(1, (const int64_t[]){5}), PB_STATUS_BAD_SHAPE);
    assert_status(load_shape(5, (const int64_t[]){1, 2, 2, 3, 1}), PB_STATUS_BAD_SHAPE);
    message_names("has 5 dimensions, shape (1, 2, 2, 3, 1); features are (images, patches, channels)");
    assert_status(load_shape(4, (const int64_t[]){1, 2, 0, 3}), PB_STATUS_BAD_SHAPE);
    message_names("is empty");
    assert_status(load_shape(4, (const int64_t[]){1, 0, (int64_t)INT32_MAX + 1, 3}), PB_STATUS_BAD_SHAPE);
    assert_status(load_shape(0, NULL), PB_STATUS_BAD_SHAPE);
    assert_status(load_shape(3, (const int64_t[]){0, 4, 3}), PB_STATUS_BAD_SHAPE);
    message_names("is empty: shape (0, 4, 3)");
    assert_status(load_shape(3, (const int64_t[]){2, 4, 0}), PB_STATUS_BAD_SHAPE);
    assert_status(load_shape(3, (const int64_t[]){2, 0, 3}), PB_STATUS_BAD_SHAPE);
    assert_status(load_shape(3, (const int64_t[]){2, 6, 3}), PB_STATUS_BAD_SHAPE);
    message_names("6 patches an image, which is no square");
    assert_ok(load_shape(3, (const int64_t[]){2, 4, 3}));
    assert_ok(load_shape(3, (const int64_t[]){1, 1, 1}));
    pb_features *features;
    assert_status(pb_features_load(folder, &features), PB_STATUS_IO);
    const float value = 0;
    pb_origin origin = dinov3();
    assert_status(pb_features_borrow(&value, 0, 1, 1, 1, &features), PB_STATUS_BAD_SHAPE);
    assert_status(pb_features_borrow(&value, 1, 1, -1, 1, &features), PB_STATUS_BAD_SHAPE);
    assert_status(pb_features_borrow(&value, INT64_MAX / 2, 1, 4, 1, &features), PB_STATUS_LIMIT);
    assert_status(pb_features_borrow(NULL, 1, 1, 1, 1, &features), PB_STATUS_BAD_ARGUMENT);
    origin.dim = 0;
    assert_status(pb_features_new(1, &origin, &features), PB_STATUS_BAD_SHAPE);
    origin.dim = INT64_MAX / 16;
    assert_status(pb_features_new(1, &origin, &features), PB_STATUS_LIMIT);
}

/* Four dimensions name the grid, which then need not be a square. */
static void a_grid_in_the_shape_is_taken(void **state)
{
    (void)state;
    float values[2 * 2 * 3 * 5];
    for (int i = 0; i < 60; i++)
        values[i] = (float)i;
    pb_features *features;
    assert_ok(pb_npy_write(path, PB_NPY_F4, 4, (const int64_t[]){2, 2, 3, 5}, values));
    assert_ok(pb_features_load(path, &features));
    assert_int_equal(pb_features_n_images(features), 2);
    assert_int_equal(pb_features_n_patches(features), 6);
    assert_int_equal(pb_features_dim(features), 5);
    assert_int_equal(pb_features_grid_height(features), 2);
    assert_int_equal(pb_features_grid_width(features), 3);
    assert_int_equal(pb_features_origin(features)->grid_width, 3);
    assert_memory_equal(pb_features_data(features), values, sizeof values);
    /* A sidecar may add the rest of the origin, and must agree. */
    pb_origin mine = *pb_features_origin(features);
    snprintf(mine.backbone, sizeof mine.backbone, "mine");
    assert_ok(pb_features_set_origin(features, &mine));
    assert_ok(pb_features_save(features, path)); /* three dimensions and a sidecar */
    pb_features_free(features);
    json_t *described; /* as by hand: of any array of this shape */
    assert_ok(pb_json_load(sidecar, 1 << 20, &described));
    assert_int_equal(json_object_del(described, "sha256"), 0);
    assert_ok(pb_json_save(described, sidecar));
    json_decref(described);
    assert_ok(pb_npy_write(path, PB_NPY_F4, 4, (const int64_t[]){2, 2, 3, 5}, values));
    assert_ok(pb_features_load(path, &features));
    assert_string_equal(pb_features_origin(features)->backbone, "mine");
    pb_features_free(features);
    assert_ok(pb_npy_write(path, PB_NPY_F4, 4, (const int64_t[]){2, 3, 2, 5}, values));
    assert_status(pb_features_load(path, &features), PB_STATUS_BAD_SHAPE);
    message_names("says 2x3 patches");
    message_names("has 3x2");
    unlink(sidecar);
}

/* One bit of the byte at `offset`, in place. */
static void flip_bit(long offset)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_true(byte != EOF);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_true(fputc(byte ^ (1 << (unsigned long)offset % 8), file) != EOF);
    assert_int_equal(fclose(file), 0);
}

static void a_flipped_bit_is_an_error(void **state)
{
    (void)state;
    const pb_origin origin = dinov3();
    pb_features *features;
    make_features(&origin, &features);
    assert_ok(pb_features_save(features, path));
    pb_features_free(features);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    for (long i = 0; i < info.st_size; i++) {
        flip_bit(i);
        assert_int_not_equal(pb_features_load(path, &features), PB_STATUS_OK);
        message_names("parts.npy");
        flip_bit(i);
    }
    flip_bit(info.st_size - 8); /* still a number */
    assert_status(pb_features_load(path, &features), PB_STATUS_BAD_FORMAT);
    message_names("SHA-256");
    message_names("parts.origin.json");
}

static void damaged_sidecars_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *field, *json;
        pb_status status;
    } changes[] = {
        {"grid_height", "3", PB_STATUS_BAD_SHAPE},
        {"dim", "4", PB_STATUS_BAD_SHAPE},
        {"grid_width", "\"3\"", PB_STATUS_BAD_FORMAT},
        {"dim", "5.0", PB_STATUS_BAD_FORMAT},
        {"dim", "-5", PB_STATUS_BAD_FORMAT},
        {"grid_height", "4294967298", PB_STATUS_BAD_FORMAT},
        {"backbone", "7", PB_STATUS_BAD_FORMAT},
        {"layer", "null", PB_STATUS_BAD_FORMAT},
        {"layer", "\"01234567890123456789012345678901\"", PB_STATUS_BAD_FORMAT},
        {"layer", "\"0123456789012345678901234567890123456789\"", PB_STATUS_BAD_FORMAT},
        {"layer", "\"0123456789012345678901234567890\"", PB_STATUS_OK}, /* 31 bytes fit */
        {"more", "1", PB_STATUS_OK},
        {"sha256", "7", PB_STATUS_BAD_FORMAT},
        {"sha256", "\"00\"", PB_STATUS_BAD_FORMAT},
    };
    const pb_origin origin = dinov3();
    pb_features *features;
    make_features(&origin, &features);
    assert_ok(pb_features_save(features, path));
    pb_features_free(features);
    json_t *good, *value;
    assert_ok(pb_json_load(sidecar, 1 << 20, &good));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        json_t *changed = json_copy(good);
        assert_ok(pb_json_parse(changes[i].json, strlen(changes[i].json), "test", &value));
        assert_int_equal(json_object_set_new(changed, changes[i].field, value), 0);
        assert_ok(pb_json_save(changed, sidecar));
        json_decref(changed);
        assert_status(pb_features_load(path, &features), changes[i].status);
        if (changes[i].status != PB_STATUS_OK)
            message_names("parts.origin.json");
        else
            pb_features_free(features);
    }
    const char *field;
    json_object_foreach(good, field, value)
    {
        json_t *changed = json_copy(good);
        assert_int_equal(json_object_del(changed, field), 0);
        assert_ok(pb_json_save(changed, sidecar));
        json_decref(changed);
        const bool needed = strcmp(field, "sha256") != 0; /* files made elsewhere may do without */
        assert_status(pb_features_load(path, &features), needed ? PB_STATUS_BAD_FORMAT : PB_STATUS_OK);
        if (needed)
            message_names(field);
        else
            pb_features_free(features);
    }
    assert_int_equal(json_object_size(good), 11);
    json_decref(good);
    assert_ok(pb_file_write(sidecar, "{", 1));
    assert_status(pb_features_load(path, &features), PB_STATUS_BAD_FORMAT);
    assert_ok(pb_file_write(sidecar, "[]", 2));
    assert_status(pb_features_load(path, &features), PB_STATUS_BAD_FORMAT);
}

/* Every position of an array longer than the blocks it is scanned in, and every kind of number. */
static void first_not_finite_value_is_found(void **state)
{
    (void)state;
    enum { N = 9000 };
    float *values = pb_calloc(N, sizeof *values);
    const float fine[] = {0, -0.0f, 3.4028235e38f, -3.4028235e38f, 1e-45f, -1};
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (int i = 0; i < N; i++)
        values[i] = fine[i % 6];
    assert_int_equal(pb_first_not_finite(values, N), N);
    assert_int_equal(pb_first_not_finite(values, 0), 0);
    for (int i = 0; i < N; i++) {
        const float old = values[i];
        values[i] = bad[i % 4];
        assert_int_equal(pb_first_not_finite(values, N), i);
        assert_int_equal(pb_first_not_finite(values, i), i);
        values[i] = old;
    }
    values[100] = NAN;
    values[50] = INFINITY;
    assert_int_equal(pb_first_not_finite(values, N), 50);
    pb_free(values);
}

static void position_of_nan_is_told_for_any_thread_count(void **state)
{
    (void)state;
    pb_origin origin = dinov3();
    pb_features *features;
    assert_ok(pb_features_new(50, &origin, &features));
    float *rows = pb_features_rows(features);
    rows[(20 * 6 + 4) * 5 + 3] = NAN;
    rows[(20 * 6 + 5) * 5 + 0] = INFINITY;
    rows[(49 * 6 + 0) * 5 + 0] = INFINITY;
    for (int threads = 1; threads <= 4; threads++) {
        assert_ok(pb_threads_set(threads));
        assert_status(pb_features_check_finite(features), PB_STATUS_BAD_VALUE);
        message_names("image 20, patch 4, channel 3 (counted from 0) is NaN");
    }
    rows[(20 * 6 + 4) * 5 + 3] = 0;
    assert_status(pb_features_check_finite(features), PB_STATUS_BAD_VALUE);
    message_names("image 20, patch 5, channel 0 (counted from 0) is infinite");
    assert_ok(pb_threads_set(0));
    const int64_t shape[3] = {50, 6, 5};
    assert_ok(pb_npy_write(path, PB_NPY_F4, 3, shape, rows));
    pb_features_free(features);
    json_t *object;
    assert_ok(pb_origin_to_json(&origin, &object));
    assert_ok(pb_json_save(object, sidecar));
    json_decref(object);
    assert_status(pb_features_load(path, &features), PB_STATUS_BAD_VALUE);
    message_names("parts.npy: image 20, patch 5");
}

static void doubles_beyond_float32_are_refused(void **state)
{
    (void)state;
    const double values[2] = {1, 1e300};
    pb_features *features;
    assert_ok(pb_npy_write(path, PB_NPY_F8, 3, (const int64_t[]){2, 1, 1}, values));
    assert_status(pb_features_load(path, &features), PB_STATUS_BAD_VALUE);
    message_names("parts.npy: item 1 is 1e+300");
}

#define TEST(name) cmocka_unit_test_setup(name, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(saved_features_come_back),
        TEST(unknown_square_features_need_no_sidecar),
        TEST(a_slice_is_a_view_with_the_same_origin),
        TEST(copies_are_found),
        TEST(an_origin_must_fit),
        TEST(old_sidecar_does_not_outlive_its_values),
        TEST(a_failed_save_changes_nothing),
        TEST(other_types_are_converted),
        TEST(unaligned_items_are_copied),
        TEST(shapes_that_are_no_features_are_refused),
        TEST(a_grid_in_the_shape_is_taken),
        TEST(a_flipped_bit_is_an_error),
        TEST(damaged_sidecars_are_refused),
        TEST(first_not_finite_value_is_found),
        TEST(position_of_nan_is_told_for_any_thread_count),
        TEST(doubles_beyond_float32_are_refused),
        TEST(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
