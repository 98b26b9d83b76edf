/* Reading images: Pillow's pixels, and no way to hurt the program with a file. */
#include "golden_image.h"

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "io/file.h"
#include "io/jpeg.h"

enum { MAX_FILES = 512, MAX_FILE_BYTES = 1 << 20 };

typedef struct golden_file {
    char name[64];
    int32_t width, height;
    uint32_t crc;
    uint8_t *bytes;
    size_t size;
} golden_file;

static golden_file files[MAX_FILES];
static int n_files;

static void golden_path(const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/image/files/%.63s", PB_GOLDEN_DIR, name);
}

static int load_files(void **state)
{
    (void)state;
    FILE *list = test_open_golden("decode.txt");
    golden_file *file = files;
    while (n_files < MAX_FILES &&
           fscanf(list, "%63s %d %d %x", file->name, &file->width, &file->height, &file->crc) == 4) {
        char path[4096];
        golden_path(file->name, path, sizeof path);
        assert_ok(pb_file_read(path, MAX_FILE_BYTES, &file->bytes, &file->size));
        file = &files[++n_files];
    }
    fclose(list);
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < n_files; i++)
        pb_buffer_free(files[i].bytes);
    return 0;
}

static const golden_file *find_file(const char *name)
{
    for (int i = 0; i < n_files; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    fail_msg("no golden file %s", name);
    return NULL;
}

static int is_same_image(const golden_file *file, const pb_image *image)
{
    return image->width == file->width && image->height == file->height && test_image_crc(image) == file->crc;
}

static void every_kind_of_file_gives_pillows_pixels(void **state)
{
    (void)state;
    assert_true(n_files > 150);
    for (int i = 0; i < n_files; i++) {
        char path[4096];
        pb_image image;
        golden_path(files[i].name, path, sizeof path);
        assert_ok(pb_image_read(path, &image));
        if (!is_same_image(&files[i], &image))
            fail_msg("%s: other pixels than Pillow's", files[i].name);
        pb_image_free(&image);
    }
}

/* A copy of exactly n bytes, so that the address sanitizer sees a read past the end. */
static pb_status decode_copy(const uint8_t *bytes, size_t n, pb_image *image)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    const pb_status status = pb_image_decode(copy, n, "test", image);
    free(copy);
    return status;
}

/* Goes through the positions of a file: all of a small one, all of the headers and a sample of the rest of a
 * large one. */
static size_t next_position(const golden_file *file, size_t at)
{
    return at + (at < 256 || file->size < 512 ? 1 : file->size / 128);
}

static void a_truncated_file_is_an_error_or_complete(void **state)
{
    (void)state;
    for (int i = 0; i < n_files; i++) {
        for (size_t n = 0; n < files[i].size; n = next_position(&files[i], n)) {
            pb_image image = {0};
            if (decode_copy(files[i].bytes, n, &image) != PB_STATUS_OK) {
                assert_null(image.rgb);
                continue;
            }
            /* Only bytes that carry no pixels may be missing: end markers, trailing metadata. */
            if (!is_same_image(&files[i], &image))
                fail_msg("%s: damaged image accepted after %zu of %zu bytes", files[i].name, n, files[i].size);
            if (n < files[i].size / 4)
                fail_msg("%s: complete after %zu of %zu bytes?", files[i].name, n, files[i].size);
            pb_image_free(&image);
        }
    }
}

static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    test_rng rng = {7};
    int n_refused = 0;
    for (int i = 0; i < n_files; i++) {
        uint8_t *bytes = malloc(files[i].size);
        assert_non_null(bytes);
        for (size_t at = 0; at < files[i].size; at = next_position(&files[i], at)) {
            memcpy(bytes, files[i].bytes, files[i].size);
            bytes[at] ^= (uint8_t)(1 + test_rng_next(&rng) % 255);
            pb_image image = {0};
            const pb_status status = pb_image_decode(bytes, files[i].size, "test", &image);
            n_refused += status != PB_STATUS_OK;
            assert_true(status == PB_STATUS_OK || status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED ||
                        status == PB_STATUS_LIMIT);
            pb_image_free(&image);
        }
        free(bytes);
    }
    assert_true(n_refused > 1000);
}

static int damage_setup(void **state)
{
    (void)state;
    /* Flipped size bytes must not make the test slow. */
    assert_ok(pb_image_set_max_pixels(1 << 20));
    return 0;
}

static int default_limit(void **state)
{
    (void)state;
    assert_ok(pb_image_set_max_pixels(0));
    return 0;
}

static void big_endian(uint8_t *bytes, int n, uint32_t value)
{
    for (int i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> 8 * (n - 1 - i));
}

static void little_endian(uint8_t *bytes, int n, uint32_t value)
{
    for (int i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static void make_png_bomb(uint8_t *bytes)
{
    big_endian(bytes + 16, 4, 60000);
    big_endian(bytes + 20, 4, 50000);
    big_endian(bytes + 29, 4, test_crc32(bytes + 12, 17));
}

static void make_jpeg_bomb(uint8_t *bytes)
{
    uint8_t *frame = bytes;
    while (!(frame[0] == 0xff && frame[1] == 0xc0))
        frame++;
    big_endian(frame + 5, 2, 50000);
    big_endian(frame + 7, 2, 60000);
}

static void make_bmp_bomb(uint8_t *bytes)
{
    little_endian(bytes + 18, 4, 60000);
    little_endian(bytes + 22, 4, 50000);
}

static void make_tiff_bomb(uint8_t *bytes)
{
    uint8_t *width = bytes + (bytes[4] | bytes[5] << 8) + 2; /* the first entry of the directory */
    assert_int_equal(width[0] | width[1] << 8, 256);
    little_endian(width + 2, 2, 4);
    little_endian(width + 8, 4, 4000000000u);
}

static void make_webp_bomb(uint8_t *bytes)
{
    little_endian(bytes + 26, 2, 16383);
    little_endian(bytes + 28, 2, 16383);
}

static void image_bombs_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        void (*arm)(uint8_t *bytes);
        const char *size;
    } bombs[] = {
        {"7x5_rgb8.png", make_png_bomb, "60000 x 50000"},
        {"7x5_420.jpg", make_jpeg_bomb, "60000 x 50000"},
        {"7x5_24.bmp", make_bmp_bomb, "60000 x 50000"},
        {"white_is_zero_le.tif", make_tiff_bomb, "4000000000 x 13"},
        {"7x5_lossy.webp", make_webp_bomb, "16383 x 16383"},
    };
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        const golden_file *file = find_file(bombs[i].file);
        uint8_t *bytes = malloc(file->size);
        assert_non_null(bytes);
        memcpy(bytes, file->bytes, file->size);
        bombs[i].arm(bytes);
        pb_image image;
        assert_status(pb_image_decode(bytes, file->size, bombs[i].file, &image), PB_STATUS_LIMIT);
        assert_non_null(strstr(pb_error_message(), bombs[i].file));
        assert_non_null(strstr(pb_error_message(), bombs[i].size));
        assert_non_null(strstr(pb_error_message(), "178956970"));
        assert_non_null(strstr(pb_error_message(), "raise the limit"));
        free(bytes);
    }
    assert_true(pb_memory_peak_bytes() < (size_t)16 << 20);
}

/* The first 0xff at or after `at` that starts a marker. */
static size_t find_marker(const golden_file *file, size_t at)
{
    while (!(file->bytes[at] == 0xff && file->bytes[at + 1] != 0))
        at++;
    return at;
}

static void a_jpeg_of_endless_scans_is_refused(void **state)
{
    (void)state;
    enum { REPEATS = 200, START_OF_SCAN = 0xda };
    const golden_file *file = find_file("33x17_progressive.jpg");
    size_t scan = 2; /* the first one: every marker before it says how long it is */
    while (file->bytes[scan + 1] != START_OF_SCAN)
        scan += 2 + (size_t)(file->bytes[scan + 2] << 8 | file->bytes[scan + 3]);
    const size_t end = find_marker(file, scan + 2);
    const size_t length = end - scan, size = file->size + REPEATS * length;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, file->bytes, end);
    for (size_t i = 0; i < REPEATS; i++)
        memcpy(bytes + end + i * length, file->bytes + scan, length);
    memcpy(bytes + end + REPEATS * length, file->bytes + end, file->size - end);
    pb_image image;
    assert_status(pb_image_decode(bytes, size, "x.jpg", &image), PB_STATUS_LIMIT);
    free(bytes);
}

static void the_pixel_limit_can_be_set(void **state)
{
    (void)state;
    pb_image image;
    const golden_file *file = find_file("7x5_rgb8.png");
    assert_ok(pb_image_set_max_pixels(34));
    assert_status(pb_image_decode(file->bytes, file->size, "a.png", &image), PB_STATUS_LIMIT);
    assert_ok(pb_image_set_max_pixels(35));
    assert_ok(pb_image_decode(file->bytes, file->size, "a.png", &image));
    pb_image_free(&image);
    assert_status(pb_image_set_max_pixels(-1), PB_STATUS_BAD_ARGUMENT);
}

static pb_status decode_and_compare(void *context, int64_t i, int worker)
{
    (void)context;
    (void)worker;
    const golden_file *file = &files[i % n_files];
    pb_image image = {0};
    PB_TRY(pb_image_decode(file->bytes, file->size, file->name, &image));
    const bool same = is_same_image(file, &image);
    pb_image_free(&image);
    /* A fifth of a file fails, with a message of its own thread. */
    if (!same || pb_image_decode(file->bytes, file->size / 5, file->name, &image) == PB_STATUS_OK ||
        !strstr(pb_error_message(), file->name))
        return pb_fail(PB_STATUS_INTERNAL, "%s: threads disturb each other", file->name);
    return PB_STATUS_OK;
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    assert_ok(pb_threads_set(4));
    assert_ok(pb_parallel_for(4 * (int64_t)n_files, decode_and_compare, NULL, NULL));
    assert_ok(pb_threads_set(0));
}

static void a_jpeg_with_a_hole_is_an_error(void **state)
{
    (void)state;
    /* libjpeg alone would paint the missing part grey. */
    static const char *const names[] = {"33x17_420.jpg", "33x17_progressive.jpg", "restarts.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const golden_file *file = find_file(names[i]);
        uint8_t *bytes = malloc(file->size);
        assert_non_null(bytes);
        memcpy(bytes, file->bytes, file->size);
        bytes[file->size - 60] = 0xff;
        bytes[file->size - 59] = 0xd9;
        pb_image image;
        assert_status(pb_image_decode(bytes, file->size - 58, names[i], &image), PB_STATUS_BAD_FORMAT);
        assert_non_null(strstr(pb_error_message(), names[i]));
        free(bytes);
    }
}

static void expect_message(const char *bytes, size_t n, pb_status expected, const char *message)
{
    pb_image image;
    assert_status(pb_image_decode(bytes, n, "x.png", &image), expected);
    assert_string_equal(pb_error_message(), message);
}

static void files_that_are_no_images_say_so(void **state)
{
    (void)state;
    pb_image image;
    expect_message("", 0, PB_STATUS_BAD_FORMAT, "x.png: not an image: the file is empty");
    expect_message("hello", 5, PB_STATUS_BAD_FORMAT,
                   "x.png: not an image: starts with 'hello' (JPEG, PNG, TIFF, WebP and BMP files can be read)");
    expect_message("a\nb'\xff\0\x1b[31mlong text", 20, PB_STATUS_BAD_FORMAT,
                   "x.png: not an image: starts with 'a\\x0ab\\x27\\xff\\x00\\x1b[31mlong ' "
                   "(JPEG, PNG, TIFF, WebP and BMP files can be read)");
    expect_message("GIF89a", 6, PB_STATUS_UNSUPPORTED,
                   "x.png: GIF files cannot be read: convert it to PNG, JPEG, TIFF, WebP or BMP first");
    assert_status(pb_image_read("/nonexistent/a.png", &image), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), "/nonexistent/a.png"));
}

static void png_round_trip_is_exact_and_deterministic(void **state)
{
    (void)state;
    static const int32_t sizes[][2] = {{1, 1}, {7, 5}, {640, 3}, {300, 200}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pb_image image, back;
        uint8_t *png[2];
        size_t n[2];
        assert_ok(pb_image_new(sizes[i][0], sizes[i][1], &image));
        test_fill_pattern(&image);
        for (int turn = 0; turn < 2; turn++)
            assert_ok(pb_image_encode_png(&image, &png[turn], &n[turn]));
        assert_int_equal(n[0], n[1]);
        assert_memory_equal(png[0], png[1], n[0]);
        assert_ok(pb_image_decode(png[0], n[0], "a.png", &back));
        assert_int_equal(back.width, image.width);
        assert_int_equal(back.height, image.height);
        assert_memory_equal(back.rgb, image.rgb, (size_t)image.width * (size_t)image.height * 3);
        pb_buffer_free(png[0]);
        pb_buffer_free(png[1]);
        pb_image_free(&image);
        pb_image_free(&back);
    }
}

static void png_files_are_written_whole(void **state)
{
    (void)state;
    char folder[2048], path[2100];
    pb_image image, back;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/a.png", folder);
    assert_ok(pb_image_new(33, 17, &image));
    test_fill_pattern(&image);
    assert_ok(pb_image_write_png(&image, path));
    assert_ok(pb_image_read(path, &back));
    assert_int_equal(test_image_crc(&back), test_image_crc(&image));
    pb_image_free(&back);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left there */
    assert_status(pb_image_write_png(&image, path), PB_STATUS_OUTPUT);
    pb_image_free(&image);
    assert_status(pb_image_write_png(&image, path), PB_STATUS_BAD_ARGUMENT);
}

static void a_mask_is_any_channel_above_zero(void **state)
{
    (void)state;
    char folder[2048], path[2100];
    pb_image image;
    uint8_t *mask;
    int32_t width, height;
    static const uint8_t pixels[4 * 3] = {0, 0, 0, 1, 0, 0, 0, 255, 0, 0, 0, 1};
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/mask.png", folder);
    assert_ok(pb_image_new(2, 2, &image));
    memcpy(image.rgb, pixels, sizeof pixels);
    assert_ok(pb_image_write_png(&image, path));
    assert_ok(pb_defect_mask_image_read(path, &mask, &width, &height));
    assert_int_equal(width, 2);
    assert_int_equal(height, 2);
    assert_memory_equal(mask, ((uint8_t[]){0, 1, 1, 1}), 4);
    pb_buffer_free(mask);
    pb_image_free(&image);
    unlink(path);
    rmdir(folder);
}

static void read_golden(const char *name, int32_t sample_bits, pb_status expected, pb_image *out)
{
    char path[4096];
    pb_image_options options = PB_IMAGE_OPTIONS_INIT;
    options.sample_bits = sample_bits;
    golden_path(name, path, sizeof path);
    assert_status(pb_image_read_as(path, &options, out), expected);
}

static void photos_are_read_with_the_bits_that_are_asked_for(void **state)
{
    (void)state;
    static const char *const names[] = {"deep10_1.png", "deep10_3_interlaced.png", "deep10_1_le.tif",
                                        "deep10_3_be.tif"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        pb_image own, wide, other = {0};
        read_golden(names[i], 0, PB_STATUS_OK, &own);
        read_golden(names[i], 12, PB_STATUS_OK, &wide);
        for (int64_t j = 0; j < (int64_t)own.width * own.height * 3; j++)
            assert_int_equal(wide.rgb[j], own.rgb[j] >> 2);
        read_golden(names[i], 9, PB_STATUS_UNSUPPORTED, &other);
        assert_non_null(strstr(pb_error_message(), "values up to 1023"));
        read_golden(names[i], 7, PB_STATUS_BAD_ARGUMENT, &other);
        read_golden(names[i], 17, PB_STATUS_BAD_ARGUMENT, &other);
        assert_null(other.rgb);
        pb_image_free(&own);
        pb_image_free(&wide);
    }
}

static int32_t bits_of(const char *const *names, int64_t n)
{
    static char paths[4][4096];
    const char *list[4];
    int32_t bits = -1;
    for (int64_t i = 0; i < n; i++) {
        golden_path(names[i], paths[i], sizeof paths[i]);
        list[i] = paths[i];
    }
    assert_ok(pb_image_sample_bits(list, n, &bits));
    return bits;
}

static void the_deepest_photo_says_how_deep_all_are(void **state)
{
    (void)state;
    static const char *const names[] = {"33x17_420.jpg", "rgba8.png", "orientation3.tif", "missing.png"};
    assert_int_equal(bits_of(names, 4), 0);
    assert_int_equal(bits_of((const char *[]){"deep8_3.png", "rgba8.png"}, 2), 8);
    assert_int_equal(bits_of((const char *[]){"deep8_alpha.tif"}, 1), 8);
    assert_int_equal(bits_of((const char *[]){"deep12_1_be.tif", "deep10_1.png", "deep8_1_le.tif"}, 3), 12);
    assert_int_equal(bits_of((const char *[]){"packed12.tif"}, 1), 12);
    assert_int_equal(bits_of((const char *[]){"deep10_3.png", "deep16_3.png"}, 2), 16);
    assert_int_equal(bits_of(NULL, 0), 0);
}

/* The low values of 16-bit masks count, and white is no mark where white is zero. */
static void deep_masks_are_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {"deep8_1.png", "deep8_1_le.tif", "deep8_1_be.tif", "deep8_3_interlaced.png"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[4096];
        uint8_t *mask;
        int32_t width, height;
        pb_image photo;
        read_golden(names[i], 8, PB_STATUS_OK, &photo);
        golden_path(names[i], path, sizeof path);
        assert_ok(pb_defect_mask_image_read(path, &mask, &width, &height));
        for (int64_t j = 0; j < (int64_t)width * height; j++)
            assert_int_equal(mask[j], (photo.rgb[3 * j] | photo.rgb[3 * j + 1] | photo.rgb[3 * j + 2]) != 0);
        pb_buffer_free(mask);
        pb_image_free(&photo);
    }
}

static void the_limit_holds_for_photos_that_are_turned(void **state)
{
    (void)state;
    static const char *const names[] = {"exif6.jpg", "exif6.png", "exif6_lossless.webp", "orientation6.tif"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        pb_image image = {0};
        assert_ok(pb_image_set_max_pixels(21 * 13 - 1));
        read_golden(names[i], 0, PB_STATUS_LIMIT, &image);
        assert_null(image.rgb);
        assert_ok(pb_image_set_max_pixels(21 * 13));
        read_golden(names[i], 0, PB_STATUS_OK, &image);
        assert_int_equal(image.width, 13);
        assert_int_equal(image.height, 21);
        pb_image_free(&image);
    }
}

/* ---- damage that a decoder does not see, as it has its pixels ---- */

static uint32_t chunk_length(const uint8_t *chunk)
{
    return (uint32_t)chunk[0] << 24 | (uint32_t)chunk[1] << 16 | (uint32_t)chunk[2] << 8 | chunk[3];
}

static void every_flipped_byte_of_png_pixels_is_noticed(void **state)
{
    (void)state;
    pb_image image, again;
    uint8_t *png;
    size_t size;
    test_rng rng = {3};
    assert_ok(pb_image_new(40, 30, &image));
    for (int i = 0; i < 40 * 30 * 3; i++)
        image.rgb[i] = (uint8_t)test_rng_next(&rng);
    assert_ok(pb_image_encode_png(&image, &png, &size));
    size_t at = 8;
    while (memcmp(png + at + 4, "IDAT", 4) != 0)
        at += 12 + chunk_length(png + at);
    const size_t first = at + 8, end = first + chunk_length(png + at) + 4; /* data and checksum */
    for (size_t i = first; i < end; i += i + 48 < end ? 29 : 1) {
        png[i] ^= 0x10;
        if (pb_image_decode(png, size, "x.png", &again) != PB_STATUS_BAD_FORMAT)
            fail_msg("byte %zu of [%zu, %zu) is flipped", i, first, end);
        png[i] ^= 0x10;
    }
    assert_ok(pb_image_decode(png, size, "x.png", &again));
    assert_memory_equal(image.rgb, again.rgb, 40 * 30 * 3);
    pb_image_free(&again);
    pb_image_free(&image);
    pb_buffer_free(png);
}

/* What is left of the data when all pixels are there means that they are not those that were written; cameras fill up with zeroes. */
static void jpeg_data_that_nothing_needs_are_noticed(void **state)
{
    (void)state;
    enum { SIDE = 48, FILL = 6 };
    pb_image image, again;
    uint8_t *jpeg = NULL;
    size_t size = 0;
    test_rng rng = {5};
    assert_ok(pb_image_new(SIDE, SIDE, &image));
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        image.rgb[i] = (uint8_t)test_rng_next(&rng);
    assert_ok(pb_jpeg_encode(&image, 95, &jpeg, &size));
    uint8_t *longer = pb_malloc(size + FILL, 1);
    assert_non_null(longer);
    for (int kind = 0; kind < 2; kind++) { /* before the marker of the end, FF D9 */
        memcpy(longer, jpeg, size - 2);
        memset(longer + size - 2, kind ? 0x5a : 0, FILL);
        memcpy(longer + size - 2 + FILL, jpeg + size - 2, 2);
        const pb_status status = pb_image_decode(longer, size + FILL, "x.jpg", &again);
        assert_int_equal(status, kind ? PB_STATUS_BAD_FORMAT : PB_STATUS_OK);
        if (status == PB_STATUS_OK)
            pb_image_free(&again);
        else
            assert_non_null(strstr(pb_error_message(), "extraneous"));
    }
    pb_free(longer);
    pb_free(jpeg);
    pb_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: it looks at the peak of memory so far. */
        cmocka_unit_test(image_bombs_are_refused_before_memory_is_taken),
        cmocka_unit_test(every_kind_of_file_gives_pillows_pixels),
        cmocka_unit_test_setup_teardown(a_truncated_file_is_an_error_or_complete, damage_setup, default_limit),
        cmocka_unit_test_setup_teardown(damaged_files_do_no_harm, damage_setup, default_limit),
        cmocka_unit_test(a_jpeg_of_endless_scans_is_refused),
        cmocka_unit_test(every_flipped_byte_of_png_pixels_is_noticed),
        cmocka_unit_test(jpeg_data_that_nothing_needs_are_noticed),
        cmocka_unit_test_teardown(the_pixel_limit_can_be_set, default_limit),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(a_jpeg_with_a_hole_is_an_error),
        cmocka_unit_test(files_that_are_no_images_say_so),
        cmocka_unit_test(png_round_trip_is_exact_and_deterministic),
        cmocka_unit_test(png_files_are_written_whole),
        cmocka_unit_test(a_mask_is_any_channel_above_zero),
        cmocka_unit_test(photos_are_read_with_the_bits_that_are_asked_for),
        cmocka_unit_test(the_deepest_photo_says_how_deep_all_are),
        cmocka_unit_test(deep_masks_are_numbers),
        cmocka_unit_test_teardown(the_limit_holds_for_photos_that_are_turned, default_limit),
    };
    const struct CMUnitTest leaks[] = {cmocka_unit_test(test_no_live_memory)};
    /* The golden files are freed between the two groups. */
    const int failed = cmocka_run_group_tests(tests, load_files, free_files);
    return failed + cmocka_run_group_tests(leaks, NULL, NULL);
}
