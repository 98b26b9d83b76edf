/* Photos looked at in full: by the built-in backbone as a whole, by networks in tiles. */
#include "support.h"

#include <jansson.h>
#include <math.h>

#include "backbone/extract_tiles.h"
#include "base/memory.h"
#include "base/threads.h"
#include "io/origin.h"

static void random_image(int32_t width, int32_t height, uint64_t seed, pb_image *out)
{
    test_rng rng = {seed};
    assert_ok(pb_image_new(width, height, out));
    for (int64_t i = 0; i < (int64_t)width * height * 3; i++)
        out->rgb[i] = (uint8_t)(120 + 60 * sin((double)(i / 3 % width) * 0.2) + 50 * test_rng_uniform(&rng));
}

static int32_t reflect(int32_t i, int32_t n)
{
    return i < n ? i : 2 * (n - 1) - i;
}

/* The image continued to whole cells. */
static void pad_image(const pb_image *image, int32_t cell, pb_image *out)
{
    assert_ok(pb_image_new((image->width + cell - 1) / cell * cell, (image->height + cell - 1) / cell * cell, out));
    for (int32_t y = 0; y < out->height; y++)
        for (int32_t x = 0; x < out->width; x++)
            memcpy(out->rgb + ((int64_t)y * out->width + x) * 3,
                   image->rgb + ((int64_t)reflect(y, image->height) * image->width + reflect(x, image->width)) * 3, 3);
}

/* ---- The built-in backbone ---------------------------------------------------------------------------------------- */

static float *describe(int32_t width, int32_t height, const pb_image *image, int64_t *out_n)
{
    const pb_backbone_options options = {.size = sizeof options, .width = width, .height = height};
    pb_backbone *backbone;
    assert_ok(pb_backbone_open("builtin", &options, &backbone));
    const pb_origin *origin = pb_backbone_origin(backbone);
    assert_true(origin->input_width == width && origin->input_height == height && origin->tile == 0);
    *out_n = (int64_t)origin->grid_height * origin->grid_width * origin->dim;
    float *features = malloc((size_t)*out_n * sizeof *features);
    assert_non_null(features);
    assert_ok(pb_backbone_extract(backbone, image, 1, features));
    pb_backbone_close(backbone);
    return features;
}

/* An image that does not end with its cells is the same as one that was continued by reflection; odd sizes, and one above the size from
 * which an image is described by all threads. */
static void the_last_cells_see_the_photo_reflected(void **state)
{
    (void)state;
    static const int32_t sizes[][2] = {{128, 128}, {129, 200}, {333, 137}, {448, 448}, {1201, 903}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pb_image image, padded;
        int64_t n, n_padded;
        random_image(sizes[i][0], sizes[i][1], i, &image);
        pad_image(&image, 16, &padded);
        float *got = describe(image.width, image.height, &image, &n);
        float *expected = describe(padded.width, padded.height, &padded, &n_padded);
        assert_int_equal(n, n_padded);
        assert_memory_equal(got, expected, (size_t)n * sizeof *got);
        free(got);
        free(expected);
        pb_image_free(&image);
        pb_image_free(&padded);
    }
}

static void threads_and_batches_do_not_show(void **state)
{
    (void)state;
    pb_image images[2];
    const pb_backbone_options options = {.size = sizeof options, .width = 1301, .height = 811};
    pb_backbone *backbone;
    random_image(1301, 811, 1, &images[0]);
    random_image(700, 500, 2, &images[1]); /* is resized */
    assert_ok(pb_backbone_open("builtin", &options, &backbone));
    const pb_origin *origin = pb_backbone_origin(backbone);
    const int64_t n = (int64_t)origin->grid_height * origin->grid_width * origin->dim;
    float *got = malloc((size_t)n * 4 * sizeof *got);
    assert_non_null(got);
    assert_ok(pb_threads_set(1));
    assert_ok(pb_backbone_extract(backbone, &images[1], 1, got));
    assert_ok(pb_backbone_extract(backbone, &images[0], 1, got + n));
    assert_ok(pb_threads_set(5));
    assert_ok(pb_backbone_extract(backbone, images, 2, got + 2 * n));
    assert_memory_equal(got, got + 3 * n, (size_t)n * sizeof *got);
    assert_memory_equal(got + n, got + 2 * n, (size_t)n * sizeof *got);
    assert_ok(pb_threads_set(0));
    free(got);
    pb_backbone_close(backbone);
    pb_image_free(&images[0]);
    pb_image_free(&images[1]);
}

/* A cell far from every border sees the same neighbourhood in the whole photo and in a cut of it, but for the mean contrast of the
 * image (method.md#builtin-contrast), which is shared by all. */
static void cells_far_from_borders_see_the_same(void **state)
{
    (void)state;
    enum { SIDE = 768, CUT = 640, DIM = 35 };
    pb_image image, cut;
    int64_t n_whole, n_cut;
    random_image(SIDE, SIDE, 3, &image);
    assert_ok(pb_image_crop(&image, 64, 64, CUT, CUT, &cut));
    float *whole = describe(SIDE, SIDE, &image, &n_whole), *part = describe(CUT, CUT, &cut, &n_cut);
    for (int y = 16; y < 24; y++)
        for (int x = 16; x < 24; x++)
            for (int c = 0; c < DIM; c++)
                assert_true(fabsf(part[(y * (CUT / 16) + x) * DIM + c] -
                                  whole[((y + 4) * (SIDE / 16) + x + 4) * DIM + c]) < 0.02f);
    free(whole);
    free(part);
    pb_image_free(&image);
    pb_image_free(&cut);
}

/* ---- Tiles -------------------------------------------------------------------------------------------------------- */

/* Every cell belongs to one tile, which holds it, and as far from a border as half the overlap, unless the photo ends there. */
static void check_axis(const pb_tile_axis *axis, int32_t overlap)
{
    int32_t next = 0;
    for (int32_t i = 0; i < axis->n; i++) {
        const int32_t first = pb_tile_first(axis, i), own = pb_tile_own(axis, i), end = pb_tile_own(axis, i + 1);
        assert_int_equal(own, next);
        assert_true(end > own && own >= first && end <= first + axis->per_tile && first >= 0);
        assert_true(i == 0 || own - first >= overlap / 2);
        assert_true(i == axis->n - 1 || first + axis->per_tile - end >= overlap / 2);
        next = end;
    }
    assert_int_equal(next, axis->cells);
    assert_true(axis->cells >= axis->per_tile);
}

static void every_cell_has_one_tile(void **state)
{
    (void)state;
    static const int32_t tiles[][2] = {{448, 28}, {224, 28}, {518, 37}, {224, 7}};
    test_rng rng = {9};
    for (int i = 0; i < 400; i++) {
        const int32_t tile = tiles[i % 4][0], grid = tiles[i % 4][1], cell = tile / grid;
        const int32_t width = tile + (int32_t)(test_rng_uniform(&rng) * 3000);
        const int32_t height = tile + (int32_t)(test_rng_uniform(&rng) * (i % 3 ? 50 : 2000));
        const int32_t overlap = i % 5 == 0 ? -1 : 1 + (int32_t)(test_rng_uniform(&rng) * (tile / 2 - 1));
        pb_tiling tiling;
        if (pb_tiling_make(width, height, tile, grid, overlap, &tiling) != PB_STATUS_OK) {
            assert_true((overlap + cell - 1) / cell >= grid); /* 7 patches a side are soon used up */
            continue;
        }
        assert_true(pb_tiling_overlap(&tiling) >= overlap && pb_tiling_overlap(&tiling) % cell == 0);
        assert_int_equal(tiling.x.cells, (width + cell - 1) / cell);
        check_axis(&tiling.x, pb_tiling_overlap(&tiling) / cell);
        check_axis(&tiling.y, pb_tiling_overlap(&tiling) / cell);
    }
}

/* A backbone whose cells are their own mean colours: what it sees in tiles is what it would see in the whole. */
enum { MEANS_TILE = 64, MEANS_GRID = 8, MEANS_CELL = 8 };

static void mean_colours(const pb_image *image, int32_t cell, float *out)
{
    for (int32_t y = 0; y < image->height; y += cell)
        for (int32_t x = 0; x < image->width; x += cell, out += 3) {
            int32_t sum[3] = {0};
            for (int32_t i = 0; i < cell * cell * 3; i++)
                sum[i % 3] += image->rgb[((int64_t)(y + i / 3 / cell) * image->width + x + i / 3 % cell) * 3 + i % 3];
            for (int c = 0; c < 3; c++)
                out[c] = (float)sum[c];
        }
}

static pb_status extract_means(void *state, const pb_image_source *source, const pb_progress *progress, float *out)
{
    (void)state;
    (void)progress;
    for (int64_t i = 0; i < source->n; i++) {
        pb_image image;
        PB_TRY(pb_image_source_get(source, i, &image));
        assert_true(image.width == MEANS_TILE && image.height == MEANS_TILE);
        mean_colours(&image, MEANS_CELL, out + i * MEANS_GRID * MEANS_GRID * 3);
    }
    return PB_STATUS_OK;
}

static void seams_are_not_seen_where_patches_see_themselves_alone(void **state)
{
    (void)state;
    static const pb_backbone_kind kind = {.name = "means", .extract = extract_means};
    static const int32_t sizes[][2] = {{64, 64}, {65, 130}, {200, 77}, {333, 171}};
    static const int32_t overlaps[] = {0, -1, 8, 13, 32};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 5; k++) {
            pb_image image, padded;
            pb_tiling tiling;
            random_image(sizes[i][0], sizes[i][1], 20 + (uint64_t)i, &image);
            pad_image(&image, MEANS_CELL, &padded);
            assert_ok(pb_tiling_make(image.width, image.height, MEANS_TILE, MEANS_GRID, overlaps[k], &tiling));
            const int64_t n = (int64_t)tiling.x.cells * tiling.y.cells * 3;
            float *got = malloc((size_t)n * 4 * sizeof *got);
            assert_non_null(got);
            const pb_image_source source = {.n = 1, .images = &image};
            assert_ok(pb_extract_tiles(&kind, NULL, &tiling, 3, &source, NULL, got));
            mean_colours(&padded, MEANS_CELL, got + n);
            assert_memory_equal(got, got + n, (size_t)n * sizeof *got);
            free(got);
            pb_image_free(&image);
            pb_image_free(&padded);
        }
}

/* A bank keeps the overlap that was chosen, and its backbone is opened again with that. */
static void chosen_overlaps_can_be_asked_for(void **state)
{
    (void)state;
    static const int32_t cells[] = {8, 14, 16, 32};
    for (size_t c = 0; c < sizeof cells / sizeof *cells; c++)
        for (int32_t grid = 2; grid <= 40; grid++)
            for (int32_t overlap = 1; overlap <= grid * cells[c] / 2; overlap++) {
                const int32_t tile = grid * cells[c];
                pb_tiling first, second;
                if (pb_tiling_make(2 * tile + 5, 3 * tile, tile, grid, overlap, &first) != PB_STATUS_OK)
                    fail_msg("tiles of %d in %d cells, overlap %d: %s", tile, grid, overlap, pb_error_message());
                assert_true(pb_tiling_overlap(&first) >= overlap && pb_tiling_overlap(&first) < tile);
                if (pb_tiling_make(2 * tile + 5, 3 * tile, tile, grid, pb_tiling_overlap(&first), &second) !=
                    PB_STATUS_OK)
                    fail_msg("%d became %d: %s", overlap, pb_tiling_overlap(&first), pb_error_message());
                assert_int_equal(pb_tiling_overlap(&second), pb_tiling_overlap(&first));
            }
}

static void impossible_tiles_are_refused(void **state)
{
    (void)state;
    pb_tiling tiling;
    assert_status(pb_tiling_make(447, 600, 448, 28, 0, &tiling), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "width of 447"));
    assert_status(pb_tiling_make(600, 1, 448, 28, 0, &tiling), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_tiling_make(INT32_MAX, 600, 448, 28, 0, &tiling), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_tiling_make(600, 600, 448, 28, 225, &tiling), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_tiling_make(600, 600, 450, 28, 0, &tiling), PB_STATUS_UNSUPPORTED);
    static const pb_backbone_options wrong[] = {
        {.size = sizeof wrong[0], .width = 600},
        {.size = sizeof wrong[0], .width = -600, .height = -600},
        {.size = sizeof wrong[0], .width = 127, .height = 600},
        {.size = sizeof wrong[0], .width = 40000, .height = 600},
        {.size = sizeof wrong[0], .width = 600, .height = 600, .input_size = 448},
        {.size = sizeof wrong[0], .width = 600, .height = 600, .tile_overlap = 64},
        {.size = sizeof wrong[0], .tile_overlap = 64},
        {.size = sizeof wrong[0], .photo_width = 64},
        {.size = sizeof wrong[0], .input_size = 100},
    };
    pb_backbone *backbone;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_status(pb_backbone_open("builtin", &wrong[i], &backbone), PB_STATUS_BAD_ARGUMENT);
}

/* ---- Origins ------------------------------------------------------------------------------------------------------ */

static const pb_origin tiled = {.backbone = "vit",
                                .precision = "f32",
                                .input_width = 1200,
                                .input_height = 900,
                                .grid_width = 75,
                                .grid_height = 57,
                                .dim = 8,
                                .is_upright = true,
                                .tile = 448,
                                .overlap = 112,
                                .photo_width = 2400,
                                .photo_height = 1800};

static void origins_know_their_tiles(void **state)
{
    (void)state;
    json_t *object;
    pb_origin read, other = tiled;
    assert_ok(pb_origin_to_json(&tiled, &object));
    assert_ok(pb_origin_from_json(object, "it", &read));
    assert_true(read.tile == 448 && read.overlap == 112 && read.photo_width == 2400 && read.photo_height == 1800);
    json_object_set_new(object, "overlap", json_integer(449));
    assert_status(pb_origin_from_json(object, "it", &read), PB_STATUS_BAD_FORMAT);
    json_object_set_new(object, "overlap", json_string("112"));
    assert_status(pb_origin_from_json(object, "it", &read), PB_STATUS_BAD_FORMAT);
    json_object_del(object, "overlap");
    json_object_del(object, "photo_width");
    assert_status(pb_origin_from_json(object, "it", &read), PB_STATUS_BAD_FORMAT);
    json_decref(object);
    assert_ok(pb_origin_match(&tiled, "a", &other, "b"));
    other.overlap = 64;
    assert_status(pb_origin_match(&tiled, "a", &other, "b"), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "overlap, 112 against 64"));
    other = tiled;
    other.input_width = 1184;
    assert_status(pb_origin_match(&tiled, "a", &other, "b"), PB_STATUS_MISMATCH);
    const pb_rect view = pb_origin_view(&tiled, 2400, 1800);
    assert_true(view.left == 0 && view.top == 0 && view.width == 2400 && view.height == 1800);
}

/* A percent of many patches is more than a small defect has. */
static void the_image_score_follows_the_grid(void **state)
{
    (void)state;
    pb_origin origin = {.backbone = "builtin", .grid_height = 64, .grid_width = 64};
    assert_string_equal(pb_backbone_image_score_for(&origin), "top1");
    origin.grid_height = 65;
    assert_string_equal(pb_backbone_image_score_for(&origin), "top8");
    const pb_backbone_options options = {.size = sizeof options, .width = 1040, .height = 1024};
    pb_backbone *backbone;
    assert_ok(pb_backbone_open("builtin", &options, &backbone));
    assert_string_equal(pb_backbone_default_image_score(backbone), "top8");
    pb_backbone_close(backbone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_cells_see_the_photo_reflected),
        cmocka_unit_test(threads_and_batches_do_not_show),
        cmocka_unit_test(cells_far_from_borders_see_the_same),
        cmocka_unit_test(every_cell_has_one_tile),
        cmocka_unit_test(seams_are_not_seen_where_patches_see_themselves_alone),
        cmocka_unit_test(chosen_overlaps_can_be_asked_for),
        cmocka_unit_test(impossible_tiles_are_refused),
        cmocka_unit_test(origins_know_their_tiles),
        cmocka_unit_test(the_image_score_follows_the_grid),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
