/* Colour maps and overlays. */
#include "golden_image.h"

#include <math.h>
#include <stdbool.h>

static void colours_are_matplotlibs(void **state)
{
    (void)state;
    static const char *const names[] = {"viridis", "inferno", "turbo"};
    FILE *list = test_open_golden("colors.txt");
    char name[16];
    double value;
    int n = 0, expected[3];
    while (fscanf(list, "%15s %lf %d %d %d", name, &value, &expected[0], &expected[1], &expected[2]) == 5) {
        int map = 0;
        while (strcmp(name, names[map]) != 0)
            map++;
        uint8_t rgb[3];
        pb_colormap_rgb((pb_colormap)map, value, rgb);
        for (int c = 0; c < 3; c++)
            assert_int_equal(rgb[c], expected[c]);
        n++;
    }
    fclose(list);
    assert_int_equal(n, 27);
}

static void values_outside_are_clamped(void **state)
{
    (void)state;
    const double below[] = {-1, -(double)INFINITY, (double)NAN}, above[] = {1.5, 1e300, (double)INFINITY};
    for (int map = 0; map < 3; map++) {
        uint8_t first[3], last[3], rgb[3];
        pb_colormap_rgb((pb_colormap)map, 0, first);
        pb_colormap_rgb((pb_colormap)map, 1, last);
        for (int i = 0; i < 3; i++) {
            pb_colormap_rgb((pb_colormap)map, below[i], rgb);
            assert_memory_equal(rgb, first, 3);
            pb_colormap_rgb((pb_colormap)map, above[i], rgb);
            assert_memory_equal(rgb, last, 3);
        }
    }
}

static void make_image(int32_t width, int32_t height, int value, pb_image *image)
{
    assert_ok(pb_image_new(width, height, image));
    memset(image->rgb, value, (size_t)width * (size_t)height * 3);
}

static const uint8_t *pixel(const pb_image *image, int x, int y)
{
    return image->rgb + (y * image->width + x) * 3;
}

static void without_heat_the_image_shows(void **state)
{
    (void)state;
    /* Values at or below `low`, or opacity 0: not a bit of the image changes. */
    const double cold[4] = {0, -5, 1, 0.5}, hot[4] = {9, 9, 9, 9};
    pb_image image, out;
    assert_ok(pb_image_new(31, 20, &image));
    test_fill_pattern(&image);
    assert_ok(pb_image_overlay(&image, cold, 2, 2, NULL, 1, 2, 0.7, PB_COLORMAP_TURBO, NULL, &out));
    assert_memory_equal(out.rgb, image.rgb, 31 * 20 * 3);
    pb_image_free(&out);
    assert_ok(pb_image_overlay(&image, hot, 2, 2, NULL, 1, 2, 0, PB_COLORMAP_TURBO, NULL, &out));
    assert_memory_equal(out.rgb, image.rgb, 31 * 20 * 3);
    pb_image_free(&out);
    pb_image_free(&image);
}

static void full_heat_at_full_opacity_is_the_last_colour(void **state)
{
    (void)state;
    const double hot[6] = {9, 9, 9, 9, 9, 9};
    uint8_t last[3];
    pb_image image, out;
    make_image(10, 7, 100, &image);
    pb_colormap_rgb(PB_COLORMAP_INFERNO, 1, last);
    assert_ok(pb_image_overlay(&image, hot, 2, 3, NULL, 0, 9, 1, PB_COLORMAP_INFERNO, NULL, &out));
    for (int i = 0; i < 70; i++)
        assert_memory_equal(out.rgb + 3 * i, last, 3);
    pb_image_free(&out);
    pb_image_free(&image);
}

/* The overlay computed plainly, pixel by pixel, from the definition in image.h. */
static double enlarged(const double *map, int height, int width, double y, double x)
{
    y = fmin(fmax(y, 0), height - 1);
    x = fmin(fmax(x, 0), width - 1);
    double sum = 0;
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++)
            sum += map[i * width + j] * fmax(0, 1 - fabs(y - i)) * fmax(0, 1 - fabs(x - j));
    return sum;
}

static void the_map_is_enlarged_bilinearly_from_patch_centres(void **state)
{
    (void)state;
    enum { WIDTH = 37, HEIGHT = 22, GRID_WIDTH = 5, GRID_HEIGHT = 3 };
    double map[GRID_HEIGHT * GRID_WIDTH];
    test_rng rng = {3};
    pb_image image, out;
    for (int i = 0; i < GRID_HEIGHT * GRID_WIDTH; i++)
        map[i] = test_rng_uniform(&rng) * 1.4 - 0.2;
    make_image(WIDTH, HEIGHT, 90, &image);
    assert_ok(pb_image_overlay(&image, map, GRID_HEIGHT, GRID_WIDTH, NULL, 0, 1, 0.5, PB_COLORMAP_VIRIDIS, NULL, &out));
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const double value = enlarged(map, GRID_HEIGHT, GRID_WIDTH, (y + 0.5) * GRID_HEIGHT / HEIGHT - 0.5,
                                          (x + 0.5) * GRID_WIDTH / WIDTH - 0.5);
            const double heat = fmin(fmax(value, 0), 1);
            uint8_t color[3];
            pb_colormap_rgb(PB_COLORMAP_VIRIDIS, heat, color);
            for (int c = 0; c < 3; c++) {
                const double expected = 90 + (color[c] - 90) * 0.5 * heat;
                /* Rounding, and a neighbouring colour where the last bit of the value differs. */
                assert_true(fabs(pixel(&out, x, y)[c] - expected) <= 2.5);
            }
        }
    pb_image_free(&out);
    pb_image_free(&image);
}

static void the_contour_shows_on_any_background(void **state)
{
    (void)state;
    enum { SIZE = 64 };
    const double cold = 0;
    uint8_t mask[SIZE * SIZE] = {0};
    for (int y = 20; y < 40; y++)
        memset(mask + y * SIZE + 24, 1, 16);
    for (int background = 0; background <= 255; background += 15) {
        pb_image image, out;
        int lightest = 0, darkest = 255;
        make_image(SIZE, SIZE, background, &image);
        assert_ok(pb_image_overlay(&image, &cold, 1, 1, NULL, 0, 1, 0.5, PB_COLORMAP_VIRIDIS, mask, &out));
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++) {
                const uint8_t *rgb = pixel(&out, x, y);
                const int dx = x < 24 ? 24 - x : x - 39, dy = y < 20 ? 20 - y : y - 39;
                /* The defect stays in sight, and so does what is far from it. */
                if (mask[y * SIZE + x] || dx > 5 || dy > 5)
                    assert_int_equal(rgb[0], background);
                lightest = rgb[0] > lightest ? rgb[0] : lightest;
                darkest = rgb[0] < darkest ? rgb[0] : darkest;
            }
        assert_true(lightest >= 240 && darkest <= 32);
        /* Closed: it is crossed on the way out in every direction. */
        for (int i = 20; i < 40; i++) {
            int left = 0, right = 0;
            for (int x = 16; x < 24; x++) {
                left |= pixel(&out, x, i)[0] >= 240;
                right |= pixel(&out, SIZE - 1 - x, i)[0] >= 240;
            }
            assert_true(left && right);
        }
        pb_image_free(&out);
        pb_image_free(&image);
    }
}

static void masks_without_an_edge_draw_nothing(void **state)
{
    (void)state;
    const double cold = 0;
    uint8_t mask[12 * 9];
    pb_image image, out;
    make_image(12, 9, 77, &image);
    for (int value = 0; value < 2; value++) {
        memset(mask, value, sizeof mask);
        assert_ok(pb_image_overlay(&image, &cold, 1, 1, NULL, 0, 1, 0.5, PB_COLORMAP_VIRIDIS, mask, &out));
        assert_memory_equal(out.rgb, image.rgb, 12 * 9 * 3);
        pb_image_free(&out);
    }
    pb_image_free(&image);
}

/* CLIP's preprocessing sees the centre of a photo: the rest stays as it is. */
static void a_map_covers_its_view_only(void **state)
{
    (void)state;
    const double hot = 9;
    const pb_rect view = {2, 1, 4, 3};
    uint8_t last[3];
    pb_image image, out;
    make_image(8, 6, 100, &image);
    pb_colormap_rgb(PB_COLORMAP_INFERNO, 1, last);
    assert_ok(pb_image_overlay(&image, &hot, 1, 1, &view, 0, 9, 1, PB_COLORMAP_INFERNO, NULL, &out));
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 8; x++) {
            const bool inside = x >= 2 && x < 6 && y >= 1 && y < 4;
            assert_memory_equal(pixel(&out, x, y), inside ? last : pixel(&image, x, y), 3);
        }
    pb_image_free(&out);
    const pb_rect outside[] = {{-1, 0, 4, 3}, {5, 0, 4, 3}, {0, 0, 0, 3}, {0, 4, 4, 3}};
    for (int i = 0; i < 4; i++)
        assert_status(pb_image_overlay(&image, &hot, 1, 1, &outside[i], 0, 9, 1, PB_COLORMAP_INFERNO, NULL, &out),
                      PB_STATUS_BAD_ARGUMENT);
    pb_image_free(&image);
}

static void assert_view(pb_origin origin, int32_t width, int32_t height, pb_rect expected)
{
    const pb_rect view = pb_origin_view(&origin, width, height);
    assert_int_equal(view.left, expected.left);
    assert_int_equal(view.top, expected.top);
    assert_int_equal(view.width, expected.width);
    assert_int_equal(view.height, expected.height);
}

static void views_follow_the_preprocessing(void **state)
{
    (void)state;
    const pb_origin elsewhere = {.dim = 8},
                    whole = {.input_width = 448, .input_height = 448, .fit = PB_FIT_BOTH_SIDES, .resize_side = 448},
                    clip = {.input_width = 224, .input_height = 224, .fit = PB_FIT_SHORTEST_SIDE},
                    cnn = {.input_width = 224, .input_height = 224, .fit = PB_FIT_SHORTEST_SIDE, .resize_side = 256},
                    squashed = {.input_width = 224, .input_height = 224, .resize_side = 256};
    assert_view(elsewhere, 640, 480, (pb_rect){0, 0, 640, 480});
    assert_view(whole, 640, 480, (pb_rect){0, 0, 640, 480});
    assert_view(clip, 224, 224, (pb_rect){0, 0, 224, 224});
    assert_view(clip, 900, 900, (pb_rect){0, 0, 900, 900});
    /* 640 x 480 becomes 298 x 224; 37 of these columns are left of the crop, 224 in it, 37 right of it. */
    assert_view(clip, 640, 480, (pb_rect){79, 0, 482, 480});
    assert_view(clip, 480, 640, (pb_rect){0, 79, 480, 482});
    assert_view(clip, 1, 1000000, (pb_rect){0, 500000, 1, 1});
    /* 224 of 256 pixels: 16 are cut off on each side. */
    assert_view(cnn, 512, 512, (pb_rect){32, 32, 448, 448});
    assert_view(cnn, 1024, 512, (pb_rect){288, 32, 448, 448});
    assert_view(squashed, 1024, 512, (pb_rect){64, 32, 896, 448});
}

static void bad_maps_are_refused(void **state)
{
    (void)state;
    const double good[2] = {0, 1}, nan[2] = {0, (double)NAN}, infinite[2] = {(double)INFINITY, 0};
    pb_image image, out = {0};
    make_image(4, 4, 0, &image);
    const pb_colormap map = PB_COLORMAP_VIRIDIS;
    assert_status(pb_image_overlay(&image, nan, 1, 2, NULL, 0, 1, 0.5, map, NULL, &out), PB_STATUS_BAD_VALUE);
    assert_string_equal(pb_error_message(), "patch (0, 1) of the map is nan");
    assert_status(pb_image_overlay(&image, infinite, 1, 2, NULL, 0, 1, 0.5, map, NULL, &out), PB_STATUS_BAD_VALUE);
    assert_status(pb_image_overlay(&image, good, 0, 2, NULL, 0, 1, 0.5, map, NULL, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_overlay(&image, good, 1, 2, NULL, 1, 1, 0.5, map, NULL, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_overlay(&image, good, 1, 2, NULL, (double)NAN, 1, 0.5, map, NULL, &out),
                  PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_overlay(&image, good, 1, 2, NULL, 0, 1, 1.5, map, NULL, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_overlay(&image, good, 1, 2, NULL, 0, 1, (double)NAN, map, NULL, &out),
                  PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_image_overlay(&image, good, 1, 2, NULL, 0, 1, 0.5, (pb_colormap)3, NULL, &out),
                  PB_STATUS_BAD_ARGUMENT);
    assert_null(out.rgb);
    pb_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_matplotlibs),
        cmocka_unit_test(values_outside_are_clamped),
        cmocka_unit_test(without_heat_the_image_shows),
        cmocka_unit_test(full_heat_at_full_opacity_is_the_last_colour),
        cmocka_unit_test(the_map_is_enlarged_bilinearly_from_patch_centres),
        cmocka_unit_test(the_contour_shows_on_any_background),
        cmocka_unit_test(masks_without_an_edge_draw_nothing),
        cmocka_unit_test(a_map_covers_its_view_only),
        cmocka_unit_test(views_follow_the_preprocessing),
        cmocka_unit_test(bad_maps_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
