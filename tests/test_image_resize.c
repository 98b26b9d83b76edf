/* Resizing and the other transforms: Pillow's bytes. */
#include "golden_image.h"

#include "image/resize.h"

static void every_size_gives_pillows_pixels(void **state)
{
    (void)state;
    FILE *list = test_open_golden("resize.txt");
    char filter[16];
    int n = 0, width, height, new_width, new_height;
    uint32_t crc;
    while (fscanf(list, "%15s %d %d %d %d %x", filter, &width, &height, &new_width, &new_height, &crc) == 6) {
        const pb_resample kind = strcmp(filter, "bicubic") == 0 ? PB_RESAMPLE_BICUBIC : PB_RESAMPLE_BILINEAR;
        pb_image image, resized;
        assert_ok(pb_image_new(width, height, &image));
        test_fill_pattern(&image);
        assert_ok(pb_image_resize(&image, new_width, new_height, kind, &resized));
        assert_int_equal(resized.width, new_width);
        assert_int_equal(resized.height, new_height);
        if (test_image_crc(&resized) != crc)
            fail_msg("%s %d x %d -> %d x %d: other pixels than Pillow's", filter, width, height, new_width, new_height);
        pb_image_free(&image);
        pb_image_free(&resized);
        n++;
    }
    assert_true(feof(list));
    fclose(list);
    assert_true(n > 500);
}

static void a_flat_image_stays_flat(void **state)
{
    (void)state;
    for (int value = 0; value < 256; value += 51) {
        pb_image image, resized;
        assert_ok(pb_image_new(37, 23, &image));
        memset(image.rgb, value, 37 * 23 * 3);
        for (int filter = 0; filter < 2; filter++) {
            assert_ok(pb_image_resize(&image, 19, 41, (pb_resample)filter, &resized));
            for (int i = 0; i < 19 * 41 * 3; i++)
                assert_int_equal(resized.rgb[i], value);
            pb_image_free(&resized);
        }
        pb_image_free(&image);
    }
}

static void bad_sizes_are_refused(void **state)
{
    (void)state;
    pb_image image, out = {0};
    int32_t width, height;
    assert_ok(pb_image_new(8, 4, &image));
    assert_status(pb_image_resize(&image, 0, 4, PB_RESAMPLE_BILINEAR, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_resize(&image, 4, -1, PB_RESAMPLE_BILINEAR, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_resize(&image, 4, 4, (pb_resample)2, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_shortest_size(&image, 0, &width, &height), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_crop(&image, 0, 0, 9, 4, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_crop(&image, 1, 0, 8, 4, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_crop(&image, -1, 0, 2, 2, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_crop(&image, 0, INT32_MAX, 2, 2, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_crop(&image, 0, 0, 2, 0, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_new(0, 3, &out), PB_STATUS_BAD_ARGUMENT);
    assert_null(out.rgb);
    pb_image_free(&image);
    pb_image_free(&image);
    pb_image_free(NULL);
}

static void the_longest_side_is_truncated(void **state)
{
    (void)state;
    /* int(size * long / short), as torchvision computes it. */
    static const int32_t cases[][5] = {{640, 480, 256, 341, 256},
                                       {480, 640, 256, 256, 341},
                                       {100, 100, 7, 7, 7},
                                       {3, 1000, 2, 2, 666},
                                       {5, 4, 3, 3, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pb_image image;
        int32_t width, height;
        assert_ok(pb_image_new(cases[i][0], cases[i][1], &image));
        assert_ok(pb_image_shortest_size(&image, cases[i][2], &width, &height));
        assert_int_equal(width, cases[i][3]);
        assert_int_equal(height, cases[i][4]);
        pb_image_free(&image);
    }
}

/* Every part of every kind of resizing: both orders of the passes, one pass, none. */
static void a_part_is_the_crop_of_the_whole(void **state)
{
    (void)state;
    static const int32_t cases[][4] = {{40, 31, 19, 13},   {13, 90, 30, 20}, {90, 13, 20, 30}, {17, 16, 17, 40},
                                       {17, 16, 40, 16},   {17, 16, 17, 16}, {9, 200, 7, 11},  {5, 4, 60, 70},
                                       {70000, 2, 40, 20}, {2, 3000, 9, 30}};
    test_rng rng = {5};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int32_t width = cases[i][2], height = cases[i][3];
        pb_image image, resized;
        assert_ok(pb_image_new(cases[i][0], cases[i][1], &image));
        test_fill_pattern(&image);
        assert_ok(pb_image_resize(&image, width, height, PB_RESAMPLE_BICUBIC, &resized));
        for (int j = 0; j < 20; j++) {
            pb_rect part = {(int32_t)(test_rng_next(&rng) % (uint64_t)width),
                            (int32_t)(test_rng_next(&rng) % (uint64_t)height), 0, 0};
            part.width = 1 + (int32_t)(test_rng_next(&rng) % (uint64_t)(width - part.left));
            part.height = 1 + (int32_t)(test_rng_next(&rng) % (uint64_t)(height - part.top));
            pb_image expected, got;
            assert_ok(pb_image_crop(&resized, part.left, part.top, part.width, part.height, &expected));
            assert_ok(pb_image_resize_part(&image, width, height, PB_RESAMPLE_BICUBIC, &part, &got));
            assert_int_equal(got.width, part.width);
            assert_int_equal(got.height, part.height);
            assert_memory_equal(got.rgb, expected.rgb, (size_t)part.width * (size_t)part.height * 3);
            pb_image_free(&expected);
            pb_image_free(&got);
        }
        pb_image_free(&image);
        pb_image_free(&resized);
    }
}

static void a_strip_does_not_grow_without_limit(void **state)
{
    (void)state;
    pb_image strip, out = {0};
    assert_ok(pb_image_new(1000000, 1, &strip));
    int32_t width, height;
    assert_status(pb_image_shortest_size(&strip, 224, &width, &height), PB_STATUS_LIMIT);
    assert_non_null(strstr(pb_error_message(), "224000000 x 224"));
    assert_status(pb_image_shortest_size(&strip, 16384, &width, &height), PB_STATUS_LIMIT);
    /* Squashed it is small, and so is what that takes: not 32 bytes for each column, as of photos of usual shapes. */
    assert_ok(pb_image_resize(&strip, 16, 16, PB_RESAMPLE_BILINEAR, &out));
    assert_true(pb_memory_peak_bytes() < (size_t)24 << 20);
    pb_image_free(&out);
    pb_image_free(&strip);
}

static void a_crop_is_the_rectangle(void **state)
{
    (void)state;
    pb_image image, crop;
    assert_ok(pb_image_new(9, 7, &image));
    test_fill_pattern(&image);
    assert_ok(pb_image_crop(&image, 2, 3, 7, 4, &crop));
    assert_int_equal(crop.width, 7);
    assert_int_equal(crop.height, 4);
    for (int y = 0; y < 4; y++)
        assert_memory_equal(crop.rgb + y * 7 * 3, image.rgb + ((y + 3) * 9 + 2) * 3, 7 * 3);
    pb_image_free(&image);
    pb_image_free(&crop);
}

static void grey_is_pillows_luma(void **state)
{
    (void)state;
    /* Image.new("RGB", (1, 1), colour).convert("L") in Pillow 13.0.0. */
    static const uint8_t colors[][4] = {{0, 0, 0, 0},    {255, 255, 255, 255}, {255, 0, 0, 76},    {0, 255, 0, 150},
                                        {0, 0, 255, 29}, {1, 2, 3, 2},         {200, 100, 50, 124}};
    const int n = sizeof colors / sizeof colors[0];
    pb_image image;
    uint8_t grey[sizeof colors / sizeof colors[0]];
    assert_ok(pb_image_new(n, 1, &image));
    for (int i = 0; i < n; i++)
        memcpy(image.rgb + 3 * i, colors[i], 3);
    pb_image_grey(&image, grey);
    for (int i = 0; i < n; i++)
        assert_int_equal(grey[i], colors[i][3]);
    pb_image_free(&image);
}

/* Rows are made in groups on all threads. */
static void threads_do_not_show(void **state)
{
    (void)state;
    static const int32_t sizes[][2] = {{100, 70}, {300, 400}, {450, 129}, {301, 700}, {257, 64}};
    pb_image image;
    test_rng rng = {5};
    assert_ok(pb_image_new(301, 257, &image));
    for (int64_t i = 0; i < (int64_t)301 * 257 * 3; i++)
        image.rgb[i] = (uint8_t)(256 * test_rng_uniform(&rng));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pb_image one, many;
        assert_ok(pb_threads_set(1));
        assert_ok(pb_image_resize(&image, sizes[i][0], sizes[i][1], PB_RESAMPLE_BICUBIC, &one));
        assert_ok(pb_threads_set(5));
        assert_ok(pb_image_resize(&image, sizes[i][0], sizes[i][1], PB_RESAMPLE_BICUBIC, &many));
        assert_memory_equal(one.rgb, many.rgb, (size_t)sizes[i][0] * (size_t)sizes[i][1] * 3);
        pb_image_free(&one);
        pb_image_free(&many);
    }
    assert_ok(pb_threads_set(0));
    pb_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First: it looks at the peak of memory so far. */
        cmocka_unit_test(a_strip_does_not_grow_without_limit),
        cmocka_unit_test(every_size_gives_pillows_pixels),
        cmocka_unit_test(a_flat_image_stays_flat),
        cmocka_unit_test(bad_sizes_are_refused),
        cmocka_unit_test(the_longest_side_is_truncated),
        cmocka_unit_test(a_part_is_the_crop_of_the_whole),
        cmocka_unit_test(a_crop_is_the_rectangle),
        cmocka_unit_test(grey_is_pillows_luma),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
