/* A small data set that heatmaps can be drawn of: striped tiles, some with a bright blot and a mask of it. */
#ifndef PB_TESTS_TILES_H
#define PB_TESTS_TILES_H

#include "trees.h"

enum { TILE_WIDTH = 72, TILE_HEIGHT = 48, BLOT_LEFT = 44, BLOT_TOP = 10, BLOT_SIDE = 16 };

static inline int tile_in_blot(int x, int y)
{
    return x >= BLOT_LEFT && x < BLOT_LEFT + BLOT_SIDE && y >= BLOT_TOP && y < BLOT_TOP + BLOT_SIDE;
}

static inline void tile_save(const char *name, pb_image *image)
{
    char path[1024];
    tree_path(name, path);
    assert_ok(pb_image_write_png(image, path));
    pb_image_free(image);
}

static inline void tile_photo(const char *name, int seed, int with_blot)
{
    pb_image image;
    test_rng rng = {(uint64_t)seed};
    assert_ok(pb_image_new(TILE_WIDTH, TILE_HEIGHT, &image));
    for (int y = 0; y < TILE_HEIGHT; y++)
        for (int x = 0; x < TILE_WIDTH; x++) {
            const int stripe = (x / 6) % 2 ? 150 : 90, noise = (int)(test_rng_next(&rng) % 24);
            memset(image.rgb + (y * TILE_WIDTH + x) * 3,
                   with_blot && tile_in_blot(x, y) ? 240 - (x + y) % 5 * 20 : stripe + noise, 3);
        }
    tile_save(name, &image);
}

static inline void tile_mask(const char *name)
{
    pb_image image;
    assert_ok(pb_image_new(TILE_WIDTH, TILE_HEIGHT, &image));
    for (int y = 0; y < TILE_HEIGHT; y++)
        for (int x = 0; x < TILE_WIDTH; x++)
            memset(image.rgb + (y * TILE_WIDTH + x) * 3, tile_in_blot(x, y) ? 255 : 0, 3);
    tile_save(name, &image);
}

/* root/<category>: 8 for training, 4 good and 3 + 3 bad ones for testing, below tree_root. */
static inline void tile_category(const char *root, const char *category, int seed)
{
    char name[512];
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "%s/%s/train/good/%03d.png", root, category, i);
        tile_photo(name, seed + i, 0);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s/%s/test/good/%03d.png", root, category, i);
        tile_photo(name, seed + 10 + i, 0);
    }
    for (int i = 0; i < 6; i++) {
        const char *kind = i % 2 ? "dent" : "blot \xc3\xa9";
        snprintf(name, sizeof name, "%s/%s/test/%s/%03d.png", root, category, kind, i);
        tile_photo(name, seed + 20 + i, 1);
        snprintf(name, sizeof name, "%s/%s/ground_truth/%s/%03d.png", root, category, kind, i);
        tile_mask(name);
    }
}

#endif
