/* Small photos of a part, with and without a blot, in the folder where the program runs. */
#ifndef PB_TESTS_PHOTOS_H
#define PB_TESTS_PHOTOS_H

#include "program.h"

#include <math.h>

#include <jansson.h>

#include "io/file.h"

static inline void in_root(const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", program_folder, name);
}

static inline int exists(const char *name)
{
    char path[512];
    struct stat info;
    in_root(name, path);
    return stat(path, &info) == 0;
}

static inline void make_folder(const char *name)
{
    char path[512];
    in_root(name, path);
    mkdir(path, 0777);
}

static inline void write_bytes(const char *name, const void *bytes, size_t size)
{
    char path[512];
    in_root(name, path);
    assert_ok(pb_file_write(path, bytes, size));
}

/* A grid pattern with noise and, when asked, a bright blot. */
static inline void write_photo(const char *name, uint64_t seed, int with_defect)
{
    pb_image image;
    char path[512];
    test_rng rng = {seed};
    assert_ok(pb_image_new(96, 80, &image));
    for (int y = 0; y < 80; y++)
        for (int x = 0; x < 96; x++) {
            const int blot = with_defect && (x - 50) * (x - 50) + (y - 40) * (y - 40) < 80;
            const double value = 110 + 40 * sin(x * 0.4) * sin(y * 0.4) + 6 * test_rng_normal(&rng) + (blot ? 90 : 0);
            for (int c = 0; c < 3; c++)
                image.rgb[(y * 96 + x) * 3 + c] = (uint8_t)fmin(fmax(value, 0), 255);
        }
    in_root(name, path);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

/* Where write_photo() puts its blot; all black when not `marked`. */
static inline void write_mask(const char *name, int marked)
{
    pb_image mask;
    char path[512];
    assert_ok(pb_image_new(96, 80, &mask));
    for (int y = 0; y < 80; y++)
        for (int x = 0; x < 96; x++)
            if (marked && (x - 50) * (x - 50) + (y - 40) * (y - 40) < 80)
                memset(mask.rgb + (y * 96 + x) * 3, 255, 3);
    in_root(name, path);
    assert_ok(pb_image_write_png(&mask, path));
    pb_image_free(&mask);
}

/* What a person decides who looks at refs/. */
static inline void write_review(void)
{
    char text[1024] = "{\"format\": \"purebank-decisions\", \"version\": 1, \"images\": [";
    for (int i = 0; i < 8; i++) {
        const size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s{\"path\": \"refs/%02d.png\", \"decision\": \"%s\"}",
                 i ? ", " : "", i, i == 3 ? "remove" : "keep");
    }
    strcat(text, "]}");
    write_bytes("reviewed.json", text, strlen(text));
}

/* refs/ with 8 references, 03.png a bad one, which reviewed.json takes out; and set/ with 4 good and 4 bad parts in MVTec
 * layout. */
static inline void make_photos(void)
{
    char name[64];
    test_make_temp_dir(program_folder, sizeof program_folder);
    make_folder("refs");
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "refs/%02d.png", i);
        write_photo(name, (uint64_t)i + 1, i == 3);
    }
    write_review();
    make_folder("set");
    make_folder("set/test");
    make_folder("set/test/good");
    make_folder("set/test/blot");
    make_folder("set/ground_truth");
    make_folder("set/ground_truth/blot");
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "set/test/good/%d.png", i);
        write_photo(name, (uint64_t)i + 100, 0);
        snprintf(name, sizeof name, "set/test/blot/%d.png", i);
        write_photo(name, (uint64_t)i + 200, 1);
        snprintf(name, sizeof name, "set/ground_truth/blot/%d_mask.png", i);
        write_mask(name, 1);
    }
}

/* The beginning of a group of tests: the photos. */
static inline int begin_with_photos(void **state)
{
    (void)state;
    make_photos();
    return 0;
}

/* The same, and part.bank as a person has decided about it. */
static inline int begin_with_bank(void **state)
{
    (void)state;
    make_photos();
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    return 0;
}

static inline json_t *load_json(const char *name)
{
    char path[512];
    json_error_t error;
    in_root(name, path);
    json_t *value = json_load_file(path, 0, &error);
    if (!value)
        fail_msg("%s: %s", name, error.text);
    return value;
}

#endif
