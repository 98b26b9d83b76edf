/* Photos that are whole and yet odd: more than one picture in a file, tags and chunks that say nothing, sizes beyond all limits. */
#include "odd_photos.h"

static pb_status decode(const odd_file *file, pb_image *out)
{
    *out = (pb_image){0};
    return pb_image_decode(file->bytes, file->size, "odd", out);
}

static void assert_refused(const odd_file *file, pb_status status, const char *why)
{
    pb_image image;
    assert_status(decode(file, &image), status);
    assert_null(image.rgb);
    if (!strstr(pb_error_message(), why))
        fail_msg("\"%s\" does not say \"%s\"", pb_error_message(), why);
}

static void assert_read(const odd_file *file, uint32_t *crc)
{
    pb_image image;
    assert_ok(decode(file, &image));
    *crc = test_image_crc(&image);
    pb_image_free(&image);
}

/* ---- more than one picture ---- */

static void a_tiff_of_several_pages_is_refused(void **state)
{
    (void)state;
    static odd_file file;
    odd_tiff tiff = {.n_pages = 1, .bits = 8, .orientation = -1, .highest = 255};
    uint32_t single, further;
    odd_make_tiff(&tiff, &file);
    assert_read(&file, &single);
    tiff.n_pages = 2;
    odd_make_tiff(&tiff, &file);
    assert_refused(&file, PB_STATUS_UNSUPPORTED, "a TIFF of several pages");
    tiff.n_pages = 3;
    odd_make_tiff(&tiff, &file);
    assert_refused(&file, PB_STATUS_UNSUPPORTED, "a TIFF of several pages");
    const uint32_t no_pictures[] = {1, 4, 5}; /* smaller, mask, mask of the smaller */
    for (int i = 0; i < 3; i++) {
        tiff.kind_of_further = no_pictures[i];
        odd_make_tiff(&tiff, &file);
        assert_read(&file, &further);
        assert_int_equal(further, single);
    }
    tiff.kind_of_further = 2; /* "a page of several" */
    odd_make_tiff(&tiff, &file);
    assert_refused(&file, PB_STATUS_UNSUPPORTED, "several pages");
}

/* A damaged link to a page that is not there is no second picture, and neither is one back to the first. */
static void a_page_that_is_not_there_is_none(void **state)
{
    (void)state;
    static odd_file file;
    const odd_tiff tiff = {.n_pages = 1, .bits = 8, .orientation = -1, .highest = 255};
    uint32_t single, linked;
    odd_make_tiff(&tiff, &file);
    assert_read(&file, &single);
    odd_put(&file, file.size - 4, 0x00ffff00, 4);
    assert_read(&file, &linked);
    assert_int_equal(linked, single);
    odd_put(&file, file.size - 4, (uint32_t)file.bytes[4] | (uint32_t)file.bytes[5] << 8, 4);
    assert_read(&file, &linked);
    assert_int_equal(linked, single);
}

static void an_animated_png_is_refused(void **state)
{
    (void)state;
    static odd_file file;
    uint32_t still, one_frame;
    odd_make_png("tEXt", "a\0b", 3, &file);
    assert_read(&file, &still);
    odd_make_png("acTL", "\0\0\0\2\0\0\0\0", 8, &file);
    assert_refused(&file, PB_STATUS_UNSUPPORTED, "an animated PNG");
    odd_make_png("acTL", "\0\0\0\1\0\0\0\0", 8, &file);
    assert_read(&file, &one_frame);
    assert_int_equal(one_frame, still);
}

/* ---- tags and chunks ---- */

static void an_orientation_that_is_none_is_upright(void **state)
{
    (void)state;
    static odd_file file;
    odd_tiff tiff = {.n_pages = 1, .bits = 8, .orientation = -1, .highest = 255};
    uint32_t without, with;
    odd_make_tiff(&tiff, &file);
    assert_read(&file, &without);
    const int none[] = {0, 1, 9, 65535};
    for (int i = 0; i < 4; i++) {
        tiff.orientation = none[i];
        odd_make_tiff(&tiff, &file);
        assert_read(&file, &with);
        assert_int_equal(with, without);
    }
    tiff.orientation = 3;
    odd_make_tiff(&tiff, &file);
    assert_read(&file, &with);
    assert_int_not_equal(with, without);
}

static void messages_say_what_is_wrong(void **state)
{
    (void)state;
    static odd_file file;
    odd_make_png("eXIf", "", 0, &file);
    assert_refused(&file, PB_STATUS_BAD_FORMAT, "its eXIf chunk is empty");
    odd_make_png("tEXt", "a\0b", 3, &file);
    const struct {
        uint32_t width, height;
        uint8_t depth, color;
        pb_status status;
        const char *why;
    } sizes[] = {{0x7fffffff, 0x7fffffff, 16, 6, PB_STATUS_LIMIT, "2147483647 x 2147483647 pixels is more than"},
                 {0x7fffffff, 1, 16, 6, PB_STATUS_LIMIT, "2147483647 x 1 pixels is more than"},
                 {0x80000000u, 4, 8, 2, PB_STATUS_BAD_FORMAT, "invalid image width"},
                 {4, 0, 8, 2, PB_STATUS_BAD_FORMAT, "invalid image height"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *header = file.bytes + 16;
        odd_put_big(header, sizes[i].width);
        odd_put_big(header + 4, sizes[i].height);
        header[8] = sizes[i].depth;
        header[9] = sizes[i].color;
        odd_put_big(header + 13, test_crc32(header - 4, 17));
        assert_refused(&file, sizes[i].status, sizes[i].why);
    }
}

/* ---- depth ---- */

static void depths_of_one_camera_lie_together(void **state)
{
    (void)state;
    const struct {
        int32_t depths[3];
        bool differ;
    } sets[] = {{{0, 0, 0}, false},    {{8, 0, 8}, false},   {{12, 10, 12}, false},
                {{16, 16, 16}, false}, {{0, 16, 0}, true},   {{0, 10, 0}, true},
                {{12, 8, 12}, true},   {{16, 12, 16}, true}, {{10, 12, 10}, false}};
    int64_t shallow, deep;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        assert_int_equal(pb_image_depths_differ(sets[i].depths, 3, &shallow, &deep), sets[i].differ);
    assert_true(pb_image_depths_differ((const int32_t[]){0, 16, 0}, 3, &shallow, &deep) && shallow == 0 && deep == 1);
    assert_false(pb_image_depths_differ(NULL, 0, &shallow, &deep));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tiff_of_several_pages_is_refused),
        cmocka_unit_test(a_page_that_is_not_there_is_none),
        cmocka_unit_test(an_animated_png_is_refused),
        cmocka_unit_test(an_orientation_that_is_none_is_upright),
        cmocka_unit_test(messages_say_what_is_wrong),
        cmocka_unit_test(depths_of_one_camera_lie_together),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
