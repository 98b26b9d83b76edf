/* What the sheets of heatmaps show, pixel by pixel: marks on removed patches, one scale for all maps, frames that differ. */
#include "caches.h"
#include "tiles.h"

#include <math.h>

#include "figures/heatmap_sheets.h"

#include "figures/sheet_files.h"
#include "figures/sheet_pages.h"

enum { SIDE = 6, PATCHES = SIDE * SIDE };

static char caches[300], photos[300];
static pb_cell_caches *opened;
static pb_cell_options options;
static pb_cell_view *view;
static pb_sheet_cell cell;

/* Features with a planted structure under the names of photos that exist. */
static int open_cell(void **state)
{
    (void)state;
    char name[128];
    test_make_temp_dir(tree_root, sizeof tree_root);
    snprintf(caches, sizeof caches, "%s/caches", tree_root);
    snprintf(photos, sizeof photos, "%s/photos", tree_root);
    cache_make(caches, "part", (cache_sizes){14, 5, 8, SIDE, 8}, 1);
    for (int i = 0; i < 14; i++) {
        snprintf(name, sizeof name, "photos/all_train/good/%03d.png", i);
        tile_photo(name, 100 + i, 0);
        if (i >= 13)
            continue;
        snprintf(name, sizeof name, "photos/test/%s/%03d.png", i < 5 ? "good" : "bad", i);
        tile_photo(name, 200 + i, i >= 5);
        snprintf(name, sizeof name, "photos/ground_truth/bad/%03d.png", i);
        tile_mask(name);
    }
    options = (pb_cell_options)PB_CELL_OPTIONS_INIT;
    options.methods = "loo_patch,ensemble_loo_mahal,oracle_patch";
    options.n_references = 12;
    options.percentile = 70;
    assert_ok(pb_cell_caches_open(caches, "all", &opened));
    assert_ok(pb_cell_view_compute(opened, 0, &options, NULL, &view));
    assert_ok(pb_sheet_cell_open(view, &options, photos, 4, &cell));
    return 0;
}

static int close_cell(void **state)
{
    (void)state;
    return test_remove_dir(tree_root);
}

static const uint8_t *pixel(const pb_image *image, int32_t x, int32_t y)
{
    return image->rgb + ((int64_t)y * image->width + x) * 3;
}

/* The pixel in the middle of a patch. */
static const uint8_t *patch_pixel(const pb_image *image, int64_t patch)
{
    const double column = (double)(patch % SIDE) + 0.5, row = (double)(patch / SIDE) + 0.5;
    return pixel(image, (int32_t)(column * image->width / SIDE), (int32_t)(row * image->height / SIDE));
}

static bool is_blue(const uint8_t *rgb)
{
    return rgb[2] > rgb[0] + 60;
}

/* 12 references stand in two bands of 6 columns; a band has rows of photos, maps, and one for each method. */
static void marks_are_where_masks_say(void **state)
{
    (void)state;
    pb_sheet sheet;
    int n_marked = 0, n_kept = 0;
    assert_ok(pb_sheet_of_removal(&cell, &sheet));
    assert_int_equal(sheet.n_columns, 6);
    assert_int_equal(sheet.n_rows, 2 * 5);
    for (int64_t i = 0; i < 12; i++)
        for (int64_t m = 1; m < pb_cell_view_n_methods(view); m++) {
            const pb_sheet_tile *tile = &sheet.row[i / 6 * 5 + 1 + m].tile[i % 6];
            const uint8_t *keep = pb_cell_view_method_at(view, m)->keep + cell.reference[i] * PATCHES;
            int n_removed = 0;
            for (int64_t p = 0; p < PATCHES; p++) {
                assert_int_equal(is_blue(patch_pixel(&tile->picture, p)), !keep[p]);
                n_removed += !keep[p];
            }
            assert_int_equal(atoi(tile->caption), n_removed);
            n_marked += n_removed;
            n_kept += PATCHES - n_removed;
        }
    assert_true(n_marked > 100 && n_kept > 100);
    pb_sheet_free(&sheet);
}

/* Of the most suspicious first, frames and headings that tell what is contaminated. */
static void references_are_in_order_and_framed(void **state)
{
    (void)state;
    pb_sheet sheet;
    int n_contaminated = 0;
    char expected[64];
    assert_ok(pb_sheet_of_removal(&cell, &sheet));
    for (int64_t i = 0; i < 12; i++) {
        const pb_cell_reference *reference = pb_cell_view_reference_at(view, cell.reference[i]);
        const pb_sheet_row *band = &sheet.row[i / 6 * 5];
        assert_true(i == 0 || reference->score <= pb_cell_view_reference_at(view, cell.reference[i - 1])->score);
        for (int row = 0; row < 5; row++)
            assert_int_equal(band[row].tile[i % 6].frame,
                             reference->contaminated ? PB_SHEET_FRAME_CONTAMINATED : PB_SHEET_FRAME_CLEAN);
        assert_string_equal(band[0].head[i % 6].name, reference->contaminated ? "contaminated" : "clean");
        pb_sheet_number(expected, sizeof expected, &sheet.scale, reference->score);
        assert_string_equal(band[1].tile[i % 6].caption, expected);
        n_contaminated += reference->contaminated;
    }
    assert_int_equal(n_contaminated, 4); /* 12 * 0.3, rounded */
    pb_sheet_free(&sheet);
}

static void assert_color(const uint8_t *rgb, const pb_color_scale *scale, double value)
{
    uint8_t expected[3];
    pb_colormap_rgb(PB_COLORMAP_INFERNO, (value - scale->low) / (scale->high - scale->low), expected);
    for (int c = 0; c < 3; c++)
        assert_true(abs(rgb[c] - expected[c]) <= 40); /* the pixel is up to one from the patch's centre */
}

/* Every map of a sheet can be read off the one scale: patch centres have the colour of their score. */
static void maps_are_on_one_scale(void **state)
{
    (void)state;
    pb_sheet sheet;
    double lowest = HUGE_VAL, highest = 0;
    int n_compared = 0;
    assert_ok(pb_sheet_of_scores(&cell, &sheet));
    assert_true(sheet.has_scale);
    assert_int_equal(sheet.n_rows, 4);
    assert_int_equal(sheet.n_columns, 1 + 4);
    assert_non_null(strstr(sheet.unit, "mean distance to K = 5 nearest"));
    for (int64_t i = 0; i < cell.n_shown; i++) {
        assert_false(sheet.row[i].has_scale);
        for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
            const double *map = pb_cell_view_method_at(view, m)->patch_scores + cell.shown[i] * PATCHES;
            for (int64_t p = 0; p < PATCHES; p++) {
                lowest = fmin(lowest, map[p]);
                highest = fmax(highest, map[p]);
                if (pb_cell_view_test_at(view, cell.shown[i])->defect && p / SIDE >= 1 && p / SIDE <= 3 &&
                    p % SIDE >= 3)
                    continue; /* the outline of the mask may be there */
                assert_color(patch_pixel(&sheet.row[i].tile[1 + m].picture, p), &sheet.scale, map[p]);
                n_compared++;
            }
        }
    }
    assert_true(n_compared > 300);
    assert_true(sheet.scale.low >= lowest && sheet.scale.high <= highest);
    assert_true(sheet.scale.high - sheet.scale.low > 0.4 * (highest - lowest));
    pb_sheet_free(&sheet);
}

static double change_of(int64_t image)
{
    double most = 0;
    for (int64_t m = 1; m < pb_cell_view_n_methods(view); m++)
        most = fmax(most, fabs(pb_cell_view_method_at(view, m)->image_scores[image] -
                               pb_cell_view_method_at(view, 0)->image_scores[image]));
    return most;
}

static void the_most_changed_test_images_are_shown(void **state)
{
    (void)state;
    assert_int_equal(cell.n_shown, 4);
    for (int64_t i = 0; i < 4; i++) {
        const bool defect = i < 3;
        assert_true(pb_cell_view_test_at(view, cell.shown[i])->defect == defect);
        int64_t n_more = 0;
        for (int64_t t = 0; t < pb_cell_view_n_test(view); t++)
            if (pb_cell_view_test_at(view, t)->defect == defect && change_of(t) > change_of(cell.shown[i]))
                n_more++;
        assert_true(n_more <= (defect ? i : 0)); /* there is one kind of defect here */
    }
}

static void scores_stand_below_the_maps(void **state)
{
    (void)state;
    pb_sheet sheet;
    assert_ok(pb_sheet_of_scores(&cell, &sheet));
    for (int64_t i = 0; i < cell.n_shown; i++) {
        const double before = pb_cell_view_method_at(view, 0)->image_scores[cell.shown[i]];
        assert_true(fabs(strtod(sheet.row[i].tile[1].caption, NULL) - before) < 1e-3);
        for (int64_t m = 1; m < pb_cell_view_n_methods(view); m++) {
            const char *caption = sheet.row[i].tile[1 + m].caption;
            const double after = pb_cell_view_method_at(view, m)->image_scores[cell.shown[i]];
            char *rest;
            assert_true(fabs(strtod(caption, &rest) - after) < 1e-3);
            if (after >= before) {
                assert_true(strncmp(rest, " (+", 3) == 0);
                assert_true(fabs(strtod(rest + 3, NULL) - (after - before)) < 1e-3);
            }
        }
    }
    pb_sheet_free(&sheet);
}

/* The outline runs just outside of the mask, on the photo and on each map. */
static void masks_are_outlined(void **state)
{
    (void)state;
    pb_sheet sheet;
    assert_ok(pb_sheet_of_scores(&cell, &sheet));
    for (int64_t i = 0; i < cell.n_shown; i++)
        for (int64_t c = 0; c < sheet.n_columns; c++) {
            const pb_image *picture = &sheet.row[i].tile[c].picture;
            const int32_t y = (int32_t)((BLOT_TOP + BLOT_SIDE / 2.0) * picture->height / TILE_HEIGHT);
            const int32_t x = (int32_t)((double)BLOT_LEFT * picture->width / TILE_WIDTH);
            int n_white = 0, n_dark = 0;
            for (int32_t near = x - 6; near < x + 1; near++) {
                const uint8_t *rgb = pixel(picture, near, y);
                n_white += rgb[0] > 240 && rgb[1] > 240 && rgb[2] > 240;
                n_dark += rgb[0] < 30 && rgb[1] < 30 && rgb[2] < 30;
            }
            if (pb_cell_view_test_at(view, cell.shown[i])->defect)
                assert_true(n_white >= 1 && n_dark >= 1);
            else
                assert_int_equal(n_white, 0);
        }
    pb_sheet_free(&sheet);
}

static bool is_grey(const uint8_t *rgb)
{
    return rgb[0] == rgb[1] && rgb[1] == rgb[2];
}

/* CLIP's preprocessing cuts the centre square out: what is left and right of it has neither colours nor marks. */
static void pictures_tell_what_the_backbone_sees(void **state)
{
    (void)state;
    const pb_origin clip = {.input_height = 224,
                            .input_width = 224,
                            .grid_height = 1,
                            .grid_width = 1,
                            .dim = 8,
                            .fit = PB_FIT_SHORTEST_SIDE};
    const pb_sheet_canvas canvas = {&cell.shown_photo[cell.n_shown - 1], &clip, 300, 300};
    const double map[] = {0.7};
    const uint8_t keep[] = {0};
    pb_image pictures[2];
    assert_ok(pb_sheet_picture_map(&canvas, map, &(pb_color_scale){0, 1}, &pictures[0]));
    assert_ok(pb_sheet_picture_removal(&canvas, keep, &pictures[1]));
    for (int i = 0; i < 2; i++) {
        const int32_t width = pictures[i].width, height = pictures[i].height, beside = (width - height) / 2;
        assert_true(width == 300 && height == 200);
        for (int32_t x = 0; x < width; x++)
            if (x < beside - 1 || x > width - beside)
                assert_true(is_grey(pixel(&pictures[i], x, height / 2)));
            else if (x > beside && x < width - beside - 1)
                assert_false(is_grey(pixel(&pictures[i], x, height / 2)));
        pb_image_free(&pictures[i]);
    }
}

/* ---- The page as it is printed ---------------------------------------------------------------------------------- */

static void draw_page(const pb_sheet *sheet, pb_image *out)
{
    char path[700];
    snprintf(path, sizeof path, "%s/page.png", tree_root);
    assert_ok(pb_sheet_write_png(sheet, path));
    assert_ok(pb_image_read(path, out));
}

static bool is_color(const uint8_t *rgb, int red, int green, int blue)
{
    return abs(rgb[0] - red) < 12 && abs(rgb[1] - green) < 12 && abs(rgb[2] - blue) < 12;
}

/* How many pixels in the column of a picture, in the lines of its row, have this colour. */
static int64_t count_color(const pb_image *page, const pb_sheet *sheet, int column, int top, int red, int green,
                           int blue)
{
    const int left = SHEET_MARGIN + SHEET_GUTTER + column * (sheet->cell_width + SHEET_GAP) - SHEET_GAP / 2;
    int64_t n = 0;
    for (int32_t y = top; y < top + sheet->cell_height; y++)
        for (int32_t x = left; x < left + sheet->cell_width + SHEET_GAP; x++)
            n += is_color(pixel(page, x, y), red, green, blue);
    return n;
}

static void printed_frames_differ(void **state)
{
    (void)state;
    pb_sheet sheet;
    pb_image page;
    int n_contaminated = 0;
    assert_ok(pb_sheet_of_removal(&cell, &sheet));
    draw_page(&sheet, &page);
    const pb_sheet_page layout = pb_sheet_page_at(&sheet, 0);
    assert_int_equal(layout.n, sheet.n_rows);
    assert_int_equal(page.width, layout.width);
    assert_int_equal(page.height, layout.height);
    for (int c = 0; c < sheet.n_columns; c++) {
        const bool contaminated = pb_cell_view_reference_at(view, cell.reference[c])->contaminated;
        const int64_t orange = count_color(&page, &sheet, c, 130, 213, 94, 0);
        const int64_t green = count_color(&page, &sheet, c, 130, 0, 158, 115);
        assert_true(contaminated ? orange > 1000 && green == 0 : green > 500 && orange == 0);
        n_contaminated += contaminated;
    }
    assert_true(n_contaminated > 0 && n_contaminated < sheet.n_columns);
    pb_image_free(&page);
    pb_sheet_free(&sheet);
}

/* Pictures reach the page pixel by pixel. */
static void pictures_are_not_resampled(void **state)
{
    (void)state;
    pb_sheet sheet;
    pb_image page;
    int n_found = 0;
    assert_ok(pb_sheet_of_removal(&cell, &sheet));
    draw_page(&sheet, &page);
    const pb_image *picture = &sheet.row[0].tile[0].picture;
    const int32_t left = SHEET_MARGIN + SHEET_GUTTER + (sheet.cell_width - picture->width) / 2;
    for (int32_t top = 0; top + picture->height < page.height; top++) {
        int32_t same = 0;
        while (same < picture->height &&
               memcmp(pixel(&page, left, top + same), pixel(picture, 0, same), (size_t)picture->width * 3) == 0)
            same++;
        n_found += same == picture->height;
    }
    assert_int_equal(n_found, 1);
    pb_image_free(&page);
    pb_sheet_free(&sheet);
}

static void long_sheets_break_between_rows(void **state)
{
    (void)state;
    pb_sheet sheet;
    int n = 0;
    pb_sheet_cell many[30];
    for (int i = 0; i < 30; i++)
        many[i] = cell;
    assert_ok(pb_sheet_of_all_scores(many, 30, &sheet));
    assert_true(pb_sheet_count_pages(&sheet) > 1);
    for (int first = 0; first < sheet.n_rows; n++) {
        const pb_sheet_page page = pb_sheet_page_at(&sheet, first);
        assert_true(page.n >= 1);
        assert_true(page.height <= SHEET_TALLEST);
        assert_true(sheet.row[first].has_scale);
        first += page.n;
    }
    assert_int_equal(n, pb_sheet_count_pages(&sheet));
    pb_sheet_free(&sheet);
}

/* ---- Words ------------------------------------------------------------------------------------------------------ */

static void labels_are_safe_and_short(void **state)
{
    (void)state;
    char label[PB_SHEET_TEXT], longer[1000];
    pb_sheet_photo_label("/data/part/test/crack/003.png", label);
    assert_string_equal(label, "crack/003");
    pb_sheet_photo_label("D:\\data\\crack\\003.v2.jpg", label);
    assert_string_equal(label, "crack\\003.v2");
    pb_sheet_photo_label("003.png", label);
    assert_string_equal(label, "003");
    pb_sheet_photo_label("a/b\nc\xff.png", label);
    assert_string_equal(label, "a/b?c?");
    memset(longer, 'x', sizeof longer);
    for (size_t i = 0; i + 2 < sizeof longer; i += 2)
        memcpy(longer + i, "\xc3\xa9", 2);
    longer[sizeof longer - 1] = '\0';
    pb_sheet_text(label, longer);
    assert_true(strlen(label) < PB_SHEET_TEXT && strlen(label) > PB_SHEET_TEXT - 4);
    assert_null(strchr(label, '?')); /* not cut within a letter */
}

static void numbers_have_the_decimals_of_their_scale(void **state)
{
    (void)state;
    char text[64];
    pb_sheet_number(text, sizeof text, &(pb_color_scale){0.5, 1.6}, 1.23456);
    assert_string_equal(text, "1.235");
    pb_sheet_number(text, sizeof text, &(pb_color_scale){20, 160}, 99.96);
    assert_string_equal(text, "100.0");
    pb_sheet_number(text, sizeof text, &(pb_color_scale){2e5, 9e7}, 123456);
    assert_string_equal(text, "123456");
    pb_sheet_number(text, sizeof text, &(pb_color_scale){0, 0.02}, 0.012344);
    assert_string_equal(text, "0.01234");
}

static void missing_photos_are_named(void **state)
{
    (void)state;
    pb_sheet_cell other;
    char nowhere[700];
    snprintf(nowhere, sizeof nowhere, "%s/nowhere", tree_root);
    assert_status(pb_sheet_cell_open(view, &options, nowhere, 4, &other), PB_STATUS_IO);
    assert_non_null(strstr(pb_error_message(), pb_cell_view_reference_at(view, cell.reference[0])->path));
    assert_non_null(strstr(pb_error_message(), "nowhere"));
}

static void nothing_is_left(void **state)
{
    pb_sheet_cell_close(&cell);
    pb_cell_view_free(view);
    pb_cell_caches_close(opened);
    test_no_live_memory(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_where_masks_say),
        cmocka_unit_test(references_are_in_order_and_framed),
        cmocka_unit_test(maps_are_on_one_scale),
        cmocka_unit_test(the_most_changed_test_images_are_shown),
        cmocka_unit_test(scores_stand_below_the_maps),
        cmocka_unit_test(masks_are_outlined),
        cmocka_unit_test(pictures_tell_what_the_backbone_sees),
        cmocka_unit_test(printed_frames_differ),
        cmocka_unit_test(pictures_are_not_resampled),
        cmocka_unit_test(long_sheets_break_between_rows),
        cmocka_unit_test(labels_are_safe_and_short),
        cmocka_unit_test(numbers_have_the_decimals_of_their_scale),
        cmocka_unit_test(missing_photos_are_named),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests(tests, open_cell, close_cell);
}
