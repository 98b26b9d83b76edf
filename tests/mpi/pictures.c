/* Pictures for the tests of purebank-mpi: a weave with noise, and the same with a spot, as a data set in MVTec layout.
 *   pictures FOLDER CATEGORY N_TRAIN N_GOOD N_BAD SEED */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <purebank/image.h>

enum { SIDE = 96, SPOT = 14 };

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void paint(pb_image *image, uint32_t *state, bool bad)
{
    const int row = (int)(draw(state) % (SIDE - SPOT)), column = (int)(draw(state) % (SIDE - SPOT));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const bool in_spot = bad && y >= row && y < row + SPOT && x >= column && x < column + SPOT;
            const int weave = ((x / 6 + y / 6) % 2) * 40 + (x % 6) * 4;
            for (int c = 0; c < 3; c++)
                image->rgb[3 * (y * SIDE + x) + c] = (uint8_t)(80 + weave + (int)(draw(state) % 12) + 60 * in_spot);
        }
}

static void make_folder(const char *root, const char *category, const char *rest, char *out, size_t size)
{
    snprintf(out, size, "%s/%s/%s", root, category, rest);
    for (char *at = out + 1; *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(out, 0777);
            *at = '/';
        }
    mkdir(out, 0777);
}

static int write_all(const char *folder, int n, bool bad, uint32_t *state)
{
    for (int i = 0; i < n; i++) {
        char path[1200];
        pb_image image;
        if (pb_image_new(SIDE, SIDE, &image) != PB_STATUS_OK)
            return 1;
        paint(&image, state, bad);
        snprintf(path, sizeof path, "%s/%03d.png", folder, i);
        const pb_status status = pb_image_write_png(&image, path);
        pb_image_free(&image);
        if (status != PB_STATUS_OK) {
            fprintf(stderr, "%s\n", pb_error_message());
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const parts[] = {"train/good", "test/good", "test/spot"};
    if (argc != 7)
        return 2;
    uint32_t state = (uint32_t)strtoul(argv[6], NULL, 10);
    for (int i = 0; i < 3; i++) {
        char folder[1100];
        make_folder(argv[1], argv[2], parts[i], folder, sizeof folder);
        if (write_all(folder, (int)strtol(argv[3 + i], NULL, 10), i == 2, &state) != 0)
            return 1;
    }
    return 0;
}
