/* Small inputs for the examples: make_inputs FOLDER writes refs/ (8 photos, 7.png a bad one), good.png, defect.png
 * and features.npy (4 images of 3x3 patches of 6 channels, the last patch far from all others). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <purebank/purebank.h>

enum { SIDE = 160, IMAGES = 4, GRID = 3, CHANNELS = 6, VALUES = IMAGES * GRID * GRID * CHANNELS };

static void check(pb_status status)
{
    if (status == PB_STATUS_OK)
        return;
    fprintf(stderr, "make_inputs: %s\n", pb_error_message());
    exit(1);
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Stripes of the given period with a little noise and a shift; `scratch` lays a dark bar across. */
static void write_photo(const char *folder, const char *name, unsigned seed, int period, int scratch)
{
    pb_image image;
    check(pb_image_new(SIDE, SIDE, &image));
    unsigned state = seed + 1;
    const int shift = (int)(seed % 5);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const int stripe = (x + shift) % period < period / 2 ? 150 : 110;
            const int dark = scratch && y > 60 && y < 100 && x > 30 && x < 130;
            const int value = (dark ? 20 : stripe) + (int)(next_random(&state) % 16);
            memset(image.rgb + ((size_t)y * SIDE + (size_t)x) * 3, value, 3);
        }
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    check(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static void write_features(const char *folder)
{
    float values[VALUES];
    unsigned state = 7;
    for (int i = 0; i < VALUES; i++)
        values[i] = (float)(next_random(&state) % 1000) / 1000 + (i >= VALUES - CHANNELS ? 50.0F : 0.0F);
    pb_features *features;
    check(pb_features_borrow(values, IMAGES, GRID, GRID, CHANNELS, &features));
    char path[4096];
    snprintf(path, sizeof path, "%s/features.npy", folder);
    check(pb_features_save(features, path));
    pb_features_free(features);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    char refs[4096], name[32];
    snprintf(refs, sizeof refs, "%s/refs", argv[1]);
    mkdir(refs, 0777);
    for (unsigned i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "%u.png", i);
        write_photo(refs, name, i, i == 7 ? 40 : 16, 0);
    }
    write_photo(argv[1], "good.png", 100, 16, 0);
    write_photo(argv[1], "defect.png", 101, 16, 1);
    write_features(argv[1]);
    return 0;
}
