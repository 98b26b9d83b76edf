/* A defect on a seam of a network's tiles: it shows as one defect, as one in the middle of a tile does. A small transformer of random weights,
 * whose attention goes across the whole tile. */
#include "vit.h"

#include <math.h>

#include "metrics/regions.h"

enum {
    TILE = 112,
    CELL = 14,
    SIDE = 4 * TILE,
    GRID = SIDE / CELL,
    PATCHES = GRID * GRID,
    N_REFERENCES = 4,
    DEFECT = 28
};

/* Grey with noise; a bright square of two patches a side at (x, y), unless x is negative. */
static void draw_photo(uint64_t seed, int x, int y, pb_image *out)
{
    test_rng rng = {seed};
    assert_ok(pb_image_new(SIDE, SIDE, out));
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int column = i % SIDE, row = i / SIDE;
        const int inside = x >= 0 && column >= x && column < x + DEFECT && row >= y && row < y + DEFECT;
        const double value = (inside ? 200 : 110) + 12 * test_rng_normal(&rng);
        memset(out->rgb + 3 * (size_t)i, (int)fmin(fmax(value, 0), 255), 3);
    }
}

typedef struct fixture {
    pb_backbone *backbone;
    pb_bank *bank;
} fixture;

static void open_fixture(fixture *f)
{
    const pb_backbone_options options = {.size = sizeof options, .input_size = TILE, .width = SIDE, .height = SIDE};
    pb_features *features;
    pb_references *references;
    pb_image images[N_REFERENCES];
    assert_ok(pb_backbone_open(vit_checkpoint("dinov2"), &options, &f->backbone));
    for (int i = 0; i < N_REFERENCES; i++)
        draw_photo((uint64_t)i + 1, -1, -1, &images[i]);
    assert_ok(pb_features_new(N_REFERENCES, pb_backbone_origin(f->backbone), &features));
    assert_ok(pb_backbone_extract(f->backbone, images, N_REFERENCES, pb_features_rows(features)));
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, NULL, &f->bank, NULL));
    pb_references_free(references);
    pb_features_free(features);
    for (int i = 0; i < N_REFERENCES; i++)
        pb_image_free(&images[i]);
}

static void close_fixture(fixture *f)
{
    pb_bank_free(f->bank);
    pb_backbone_close(f->backbone);
}

static void score_photo(const fixture *f, const pb_image *image, double *map)
{
    pb_features *features;
    double score;
    assert_ok(pb_features_new(1, pb_backbone_origin(f->backbone), &features));
    assert_ok(pb_backbone_extract(f->backbone, image, 1, pb_features_rows(features)));
    assert_ok(pb_bank_score(f->bank, features, map, &score));
    pb_features_free(features);
}

typedef struct shown {
    int32_t regions;
    int patches; /* of all regions */
    double peak; /* over the highest of the good photo */
} shown;

/* What lies a fifth above all that the same photo scores without the defect: the map's connected regions. */
static shown show(const fixture *f, int x, int y)
{
    double good[PATCHES], map[PATCHES], limit = 0;
    uint8_t above[PATCHES];
    int32_t label[PATCHES];
    pb_image image;
    shown out = {0};
    draw_photo(99, -1, -1, &image);
    score_photo(f, &image, good);
    pb_image_free(&image);
    draw_photo(99, x, y, &image);
    score_photo(f, &image, map);
    pb_image_free(&image);
    for (int p = 0; p < PATCHES; p++)
        limit = fmax(limit, good[p]);
    for (int p = 0; p < PATCHES; p++) {
        above[p] = map[p] > 1.2 * limit;
        out.patches += above[p];
        out.peak = fmax(out.peak, map[p] / limit);
    }
    assert_ok(pb_label_regions(above, GRID, GRID, label, &out.regions));
    return out;
}

/* Tiles begin every 84 pixels and are seen up to 14 before their end: seams lie at 98, 182, ... pixels. */
static void a_defect_on_a_seam_is_one_defect(void **state)
{
    (void)state;
    static const int offsets[] = {0, 7}; /* on the grid of patches, and across it */
    fixture f;
    open_fixture(&f);
    assert_int_equal(pb_backbone_origin(f.backbone)->overlap, 2 * CELL);
    for (int i = 0; i < 2; i++) {
        const int middle = 42 + offsets[i], seam = 84 + offsets[i];
        const shown alone = show(&f, middle, middle);
        const int covered = offsets[i] == 0 ? 4 : 9; /* a quarter of some where it lies across */
        const int places[][2] = {{seam, middle}, {middle, seam}, {seam, seam}, {seam + 84, seam}};
        assert_int_equal(alone.regions, 1);
        assert_in_range(alone.patches, covered - i, covered);
        for (int p = 0; p < 4; p++) {
            const shown there = show(&f, places[p][0], places[p][1]);
            assert_int_equal(there.regions, 1);
            assert_in_range(there.patches, alone.patches - i, alone.patches + i);
            /* Other noise, and other patches to attend to. */
            assert_true(fabs(there.peak - alone.peak) <= 0.2 * alone.peak);
        }
    }
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_defect_on_a_seam_is_one_defect),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
