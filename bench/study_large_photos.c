/* Photos of a made-up part at 4096 x 3000 pixels, some with a scratch 5 pixels wide: what docs/resolution.md is measured on.
 *
 *     study_large_photos DIR [WIDTH HEIGHT [REFERENCES TESTS]]
 *
 * Writes REFERENCES good photos to DIR/references, TESTS good ones and as many with a scratch to DIR/test, and masks to DIR/ground_truth:
 * always the same bytes on one machine. The part is a ground plate with bores; photos differ in exposure, in pose by a few
 * pixels, and in the grind itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"

enum { N_BORES = 8 };

typedef struct photos {
    const char *dir;
    int32_t width, height, n_references, n_tests;
} photos;

static uint32_t hash(uint32_t a, uint32_t b)
{
    uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca77u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return h ^ h >> 15;
}

/* -1..1. */
static float noise(uint32_t seed, uint32_t i)
{
    return (float)hash(seed, i) * 0x1p-31f - 1;
}

/* Smooth noise along a line. */
static float wave(uint32_t seed, float x)
{
    const float cell = floorf(x), t = x - cell, s = t * t * (3 - 2 * t);
    const uint32_t i = (uint32_t)(int32_t)cell;
    return noise(seed, i) + s * (noise(seed, i + 1) - noise(seed, i));
}

/* Smooth noise in the plane. */
static float mottle(uint32_t seed, float x, float y)
{
    const float cell = floorf(y), t = y - cell, s = t * t * (3 - 2 * t);
    const uint32_t i = (uint32_t)(int32_t)cell;
    const float above = wave(hash(seed, i), x), below = wave(hash(seed, i + 1), x);
    return above + s * (below - above);
}

/* Brightness of the plate, 0..1: grinding marks that run along x, each a little tilted, and light that falls off. */
static float plate(const photos *p, uint32_t seed, float x, float y)
{
    const float u = x / (float)p->width - 0.5f, v = y / (float)p->height - 0.5f;
    const float grind = 0.5f * wave(seed, y * 0.9f + 2 * wave(seed + 1, x * 0.002f)) + 0.3f * wave(seed + 2, y * 0.31f);
    return 0.55f - 0.25f * (u * u + v * v) + 0.05f * grind + 0.04f * mottle(seed + 3, x / 60, y / 25) +
           0.03f * mottle(seed + 4, x / 19, y / 14);
}

/* Bores in two rows, each with a bright chamfer. */
static float bores(const photos *p, float x, float y, float ground)
{
    const float radius = 0.055f * (float)p->height;
    for (int i = 0; i < N_BORES; i++) {
        const float cx = ((float)(i % 4) + 0.5f) / 4 * (float)p->width, cy = (i < 4 ? 0.22f : 0.78f) * (float)p->height;
        const float r = sqrtf((x - cx) * (x - cx) + (y - cy) * (y - cy)) - radius;
        if (r < -0.12f * radius)
            return 0.08f;
        if (r < 0)
            return 0.8f;
    }
    return ground;
}

static pb_status draw(const photos *p, uint32_t seed, pb_image *out)
{
    const float dx = 3 * noise(seed, 1), dy = 3 * noise(seed, 2), exposure = 1 + 0.03f * noise(seed, 3);
    PB_TRY(pb_image_new(p->width, p->height, out));
    for (int32_t y = 0; y < p->height; y++)
        for (int32_t x = 0; x < p->width; x++) {
            const float px = (float)x + dx, py = (float)y + dy;
            const uint32_t i = (uint32_t)y * (uint32_t)p->width + (uint32_t)x;
            const float grain = noise(seed + 10, 2 * i) + noise(seed + 10, 2 * i + 1);
            const float value = 255 * exposure * bores(p, px, py, plate(p, seed + 20, px, py)) + 2 * grain;
            memset(out->rgb + 3 * (size_t)i, (int)fminf(fmaxf(value + 0.5f, 0), 255), 3);
        }
    return PB_STATUS_OK;
}

/* The scratch in `photo`, and where it is. */
static pb_status scratch(pb_image *photo, uint64_t seed, pb_image *mask)
{
    const pb_defect defect = {.kind = PB_DEFECT_SCRATCH, .size = 5, .contrast = 0.2};
    const size_t n = (size_t)photo->width * (size_t)photo->height * 3;
    PB_TRY(pb_image_new(photo->width, photo->height, mask));
    memcpy(mask->rgb, photo->rgb, n);
    PB_TRY(pb_defect_draw(photo, &defect, seed, NULL));
    for (size_t i = 0; i < n; i++)
        mask->rgb[i] = abs(mask->rgb[i] - photo->rgb[i]) > 12 ? 255 : 0;
    return PB_STATUS_OK;
}

static pb_status write(const photos *p, const char *folder, int64_t i, const pb_image *image)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%03d.png", p->dir, folder, (int)i);
    return pb_image_write_png(image, path);
}

static pb_status make_photo(void *context, int64_t index, int worker)
{
    const photos *p = context;
    const int64_t i = index - p->n_references, kind = index < p->n_references ? 0 : 1 + i / p->n_tests;
    static const char *const folders[] = {"references", "test/good", "test/scratch"};
    pb_image photo = {0}, mask = {0};
    (void)worker;
    PB_TRY(draw(p, (uint32_t)(1000 * (index + 1)), &photo));
    pb_status status = kind == 2 ? scratch(&photo, (uint64_t)index, &mask) : PB_STATUS_OK;
    const int64_t number = kind == 0 ? index : i % p->n_tests;
    if (status == PB_STATUS_OK)
        status = write(p, folders[kind], number, &photo);
    if (status == PB_STATUS_OK && kind == 2)
        status = write(p, "ground_truth/scratch", number, &mask);
    pb_image_free(&photo);
    pb_image_free(&mask);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const folders[] = {
        "", "/references", "/test", "/test/good", "/test/scratch", "/ground_truth", "/ground_truth/scratch"};
    photos p = {.width = 4096, .height = 3000, .n_references = 6, .n_tests = 8};
    if (argc != 2 && argc != 4 && argc != 6) {
        fprintf(stderr, "usage: study_large_photos DIR [WIDTH HEIGHT [REFERENCES TESTS]]\n");
        return 2;
    }
    p.dir = argv[1];
    if (argc > 3) {
        p.width = atoi(argv[2]);
        p.height = atoi(argv[3]);
    }
    if (p.width < 128 || p.height < 128) {
        fprintf(stderr, "study_large_photos: photos need 128 pixels a side\n");
        return 2;
    }
    if (argc > 5) {
        p.n_references = atoi(argv[4]);
        p.n_tests = atoi(argv[5]);
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s%s", p.dir, folders[i]);
        mkdir(path, 0777);
    }
    if (pb_parallel_for(p.n_references + 2 * p.n_tests, make_photo, &p, NULL) != PB_STATUS_OK) {
        fprintf(stderr, "%s\n", pb_error_message());
        return 1;
    }
    return 0;
}
