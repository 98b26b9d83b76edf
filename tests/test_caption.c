/* The strip under a heatmap: the picture stays as it is, the scale has its colours, the text is there whole. */
#include <purebank/image.h>

#include "support.h"

static void make_picture(int32_t width, int32_t height, pb_image *out)
{
    assert_ok(pb_image_new(width, height, out));
    for (int64_t i = 0; i < (int64_t)width * height * 3; i++)
        out->rgb[i] = (uint8_t)(i * 7);
}

static const uint8_t *pixel_at(const pb_image *image, int32_t x, int32_t y)
{
    return image->rgb + ((int64_t)y * image->width + x) * 3;
}

static bool is_grey(const uint8_t *rgb)
{
    return rgb[0] == rgb[1] && rgb[1] == rgb[2];
}

/* Pixels of ink in rows [first, last), with blank paper counted as none. */
static int64_t count_ink(const pb_image *image, int32_t first, int32_t last)
{
    int64_t n = 0;
    for (int32_t y = first; y < last; y++)
        for (int32_t x = 0; x < image->width; x++)
            n += is_grey(pixel_at(image, x, y)) && pixel_at(image, x, y)[0] < 100;
    return n;
}

/* First row below the picture that shows colours; the strip's scale. */
static int32_t find_scale(const pb_image *image, int32_t from)
{
    for (int32_t y = from; y < image->height; y++)
        if (!is_grey(pixel_at(image, image->width / 2, y)))
            return y;
    fail_msg("no scale");
    return -1;
}

static void the_picture_keeps_its_pixels(void **state)
{
    (void)state;
    static const int32_t sides[][2] = {{1, 1}, {5, 300}, {96, 80}, {448, 448}, {1601, 7}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        pb_image picture, out;
        make_picture(sides[i][0], sides[i][1], &picture);
        assert_ok(pb_image_add_scale(&picture, "unusable: score 0.1234, threshold 0.5678\nalmost black",
                                     PB_COLORMAP_INFERNO, 0.1, 0.9, &out));
        assert_int_equal(out.width, picture.width);
        assert_true(out.height > picture.height + 20);
        assert_memory_equal(out.rgb, picture.rgb, (size_t)picture.width * (size_t)picture.height * 3);
        pb_image_free(&picture);
        pb_image_free(&out);
    }
}

static void the_scale_goes_from_the_first_colour_to_the_last(void **state)
{
    (void)state;
    pb_image picture, out;
    make_picture(300, 10, &picture);
    assert_ok(pb_image_add_scale(&picture, "pass", PB_COLORMAP_INFERNO, 0.25, 0.5, &out));
    const int32_t y = find_scale(&out, picture.height);
    uint8_t first[3], last[3];
    pb_colormap_rgb(PB_COLORMAP_INFERNO, 0, first);
    pb_colormap_rgb(PB_COLORMAP_INFERNO, 1, last);
    int32_t left = 0, right = out.width - 1;
    while (pixel_at(&out, left, y)[0] == 255 && pixel_at(&out, left, y)[2] == 255)
        left++;
    while (pixel_at(&out, right, y)[0] == 255 && pixel_at(&out, right, y)[2] == 255)
        right--;
    assert_memory_equal(pixel_at(&out, left, y), first, 3);
    assert_memory_equal(pixel_at(&out, right, y), last, 3);
    assert_true(left < 10 && right > out.width - 10);
    pb_image_free(&picture);
    pb_image_free(&out);
}

/* Ink of the text is that of its characters, on one line or on several; it grows with the picture. */
static void words_are_kept_whatever_the_width(void **state)
{
    (void)state;
    static const int32_t widths[] = {60, 96, 200, 249, 250, 499};
    int64_t ink = 0;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        pb_image picture, out;
        make_picture(widths[i], 4, &picture);
        assert_ok(pb_image_add_scale(&picture, "fail: score 0.9340, limit 0.8284", PB_COLORMAP_VIRIDIS, 0, 1, &out));
        const int64_t found = count_ink(&out, picture.height, find_scale(&out, picture.height));
        assert_true(found > 100 && (ink == 0 || found == ink));
        ink = found;
        pb_image_free(&picture);
        pb_image_free(&out);
    }
    pb_image picture, out;
    make_picture(1000, 4, &picture);
    assert_ok(pb_image_add_scale(&picture, "fail: score 0.9340, limit 0.8284", PB_COLORMAP_VIRIDIS, 0, 1, &out));
    assert_int_equal(count_ink(&out, picture.height, find_scale(&out, picture.height)),
                     16 * ink); /* 4 x 4 pixels for one */
    pb_image_free(&picture);
    pb_image_free(&out);
}

/* What the font does not have is a question mark, and a scale needs two ends. */
static void odd_captions_are_taken_or_refused(void **state)
{
    (void)state;
    pb_image picture, out, marked;
    make_picture(300, 4, &picture);
    assert_ok(pb_image_add_scale(&picture, "\x01\xff", PB_COLORMAP_TURBO, 0, 1, &out));
    assert_ok(pb_image_add_scale(&picture,
                                 "?"
                                 "?",
                                 PB_COLORMAP_TURBO, 0, 1, &marked));
    assert_memory_equal(out.rgb, marked.rgb, (size_t)out.width * (size_t)out.height * 3);
    pb_image_free(&out);
    pb_image_free(&marked);
    assert_status(pb_image_add_scale(&picture, "", PB_COLORMAP_TURBO, 1, 1, &out), PB_STATUS_BAD_ARGUMENT);
    pb_image_free(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_keeps_its_pixels),
        cmocka_unit_test(the_scale_goes_from_the_first_colour_to_the_last),
        cmocka_unit_test(words_are_kept_whatever_the_width),
        cmocka_unit_test(odd_captions_are_taken_or_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
