#include "demo_scene.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/threads.h"
#include "demo_part.h"
#include "demo_texture.h"

enum { SCENE_SEED = 2026, MAX_PATH = 4096, DEFECTS_IN_BAD_REFERENCE = 3 };

/* The bad references: two parts that nobody looked at closely, with defects that also turn up later. */
static const struct {
    int64_t index;
    demo_kind kind;
} BAD_REFERENCES[DEMO_SCENE_N_BAD] = {{4, DEMO_SCRATCH}, {9, DEMO_STAIN}};

static const struct {
    demo_kind kind;
    int64_t n;
} TEST_PARTS[] = {{DEMO_GOOD, 20}, {DEMO_SCRATCH, 8}, {DEMO_STAIN, 6}, {DEMO_DENT, 3}, {DEMO_CHIP, 3}};

/* For the station's watched folder: good parts of a later batch, brushed more coarsely than the references. They are rejected until a
 * person makes one of them a reference. */
enum { N_COARSE = 4 };
static const float COARSER = 2;

enum { N_TEST_KINDS = sizeof TEST_PARTS / sizeof *TEST_PARTS };

/* One picture to take: which part, and where it goes. */
typedef struct photo {
    demo_part part;
    char image[48], mask[48]; /* below the folder; mask is "" for good parts and references */
} photo;

enum { MAX_PHOTOS = 64 };

typedef struct photo_list {
    const char *dir;
    int64_t n;
    photo photos[MAX_PHOTOS];
} photo_list;

static pb_status make_folder(const char *dir, const char *name)
{
    char path[MAX_PATH];
    const int length = snprintf(path, sizeof path, *name ? "%s/%s" : "%s%s", dir, name);
    PB_CHECK_ARG(length >= 0 && length < MAX_PATH, "folder name of more than %d bytes", MAX_PATH - 1);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return pb_fail(PB_STATUS_OUTPUT, "cannot create folder '%s': %s", path, strerror(errno));
    return PB_STATUS_OK;
}

static pb_status make_folders(const char *dir)
{
    static const char *const parents[] = {"", "references", "test", "ground_truth", "camera", "camera/plate"};
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++)
        PB_TRY(make_folder(dir, parents[i]));
    for (int i = 0; i < N_TEST_KINDS; i++) {
        char name[48];
        snprintf(name, sizeof name, "test/%s", demo_kind_name(TEST_PARTS[i].kind));
        PB_TRY(make_folder(dir, name));
        if (TEST_PARTS[i].kind == DEMO_GOOD)
            continue;
        snprintf(name, sizeof name, "ground_truth/%s", demo_kind_name(TEST_PARTS[i].kind));
        PB_TRY(make_folder(dir, name));
    }
    return PB_STATUS_OK;
}

/* The next part off the line: a new seed for each. */
static photo *next_photo(photo_list *list, demo_kind kind, int n_defects)
{
    PB_ASSERT(list->n < MAX_PHOTOS);
    photo *next = &list->photos[list->n];
    next->part = demo_part_make(demo_hash(SCENE_SEED, (uint32_t)list->n), kind, n_defects);
    list->n++;
    return next;
}

static void list_references(photo_list *list, demo_scene *scene)
{
    scene->n_references = DEMO_SCENE_N_REFERENCES;
    for (int64_t i = 0; i < DEMO_SCENE_N_REFERENCES; i++) {
        demo_kind kind = DEMO_GOOD;
        for (int b = 0; b < DEMO_SCENE_N_BAD; b++)
            if (BAD_REFERENCES[b].index == i) {
                kind = BAD_REFERENCES[b].kind;
                scene->bad[scene->n_bad++] = i;
            }
        photo *reference = next_photo(list, kind, kind == DEMO_GOOD ? 0 : DEFECTS_IN_BAD_REFERENCE);
        snprintf(reference->image, sizeof reference->image, "references/ref_%02d.png", (int)i);
    }
}

static void list_test_parts(photo_list *list, demo_scene *scene)
{
    for (int k = 0; k < N_TEST_KINDS; k++) {
        const demo_kind kind = TEST_PARTS[k].kind;
        const char *name = demo_kind_name(kind);
        *(kind == DEMO_GOOD ? &scene->n_good : &scene->n_defect) += TEST_PARTS[k].n;
        for (int64_t i = 0; i < TEST_PARTS[k].n; i++) {
            photo *test = next_photo(list, kind, kind == DEMO_GOOD ? 0 : 1);
            snprintf(test->image, sizeof test->image, "test/%s/%03d.png", name, (int)i);
            if (kind != DEMO_GOOD)
                snprintf(test->mask, sizeof test->mask, "ground_truth/%s/%03d.png", name, (int)i);
        }
    }
}

static void list_coarse_parts(photo_list *list)
{
    for (int i = 0; i < N_COARSE; i++) {
        photo *coarse = next_photo(list, DEMO_GOOD, 0);
        coarse->part.grain *= COARSER;
        snprintf(coarse->image, sizeof coarse->image, "camera/plate/coarse_%d.png", i);
    }
}

static pb_status write_picture(const pb_image *picture, const char *dir, const char *name)
{
    char path[MAX_PATH];
    const int length = snprintf(path, sizeof path, "%s/%s", dir, name);
    PB_CHECK_ARG(length >= 0 && length < MAX_PATH, "file name of more than %d bytes", MAX_PATH - 1);
    return pb_image_write_png(picture, path);
}

static pb_status take_and_write(void *context, int64_t index, int worker)
{
    (void)worker;
    const photo_list *list = context;
    const photo *taken = &list->photos[index];
    const bool has_mask = taken->mask[0] != '\0';
    pb_image image, mask = {0};
    PB_TRY(demo_part_photo(&taken->part, &image, has_mask ? &mask : NULL));
    pb_status status = write_picture(&image, list->dir, taken->image);
    if (status == PB_STATUS_OK && has_mask)
        status = write_picture(&mask, list->dir, taken->mask);
    pb_image_free(&image);
    pb_image_free(&mask);
    return status;
}

pb_status demo_scene_write(const char *dir, const pb_progress *progress, demo_scene *out)
{
    *out = (demo_scene){0};
    PB_TRY(make_folders(dir));
    photo_list *list;
    PB_TRY(PB_NEW(list, 1));
    list->dir = dir;
    list_references(list, out);
    list_test_parts(list, out);
    list_coarse_parts(list);
    const pb_status status = pb_parallel_for(list->n, take_and_write, list, progress);
    pb_free(list);
    return status;
}
