/* Which masks belong to an image, and what they say together. */
#include "dataset/masks.h"

#include <purebank/image.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "dataset/paths.h"

static const char VISA_IMAGES[] = "/Data/Images/", VISA_MASKS[] = "/Data/Masks/";

/* Length of a file name without its ending. */
static int stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return (int)(dot ? (size_t)(dot - name) : strlen(name));
}

/* A folder <stem>/ with one mask a defect, as LOCO has it. */
static pb_status masks_of_folder(const char *folder, pb_paths *out)
{
    pb_list list = {0};
    const pb_status status = pb_folder_read(folder, false, &list);
    pb_list_sort(&list, 0);
    if (status == PB_STATUS_OK)
        pb_list_move(&list, out);
    pb_list_clear(&list);
    return status;
}

static pb_status take_one(char *path, pb_paths *out)
{
    pb_list list = {0};
    PB_TRY(pb_list_push(&list, path));
    pb_list_move(&list, out);
    return PB_STATUS_OK;
}

/* Without loss: a mask marks every pixel above 0, and JPEG leaves such beside the defect. */
static const char *const mask_endings[] = {".png", ".bmp", ".tif", ".tiff", ".PNG", ".BMP", ".TIF", ".TIFF"};
static const char *const lossy_endings[] = {".jpg", ".jpeg", ".JPG", ".JPEG"};
enum {
    N_MASK_ENDINGS = sizeof mask_endings / sizeof *mask_endings,
    N_LOSSY = sizeof lossy_endings / sizeof *lossy_endings
};

/* Completes `path`, of which the first `length` bytes stand, to the first of n endings that is a file, "_mask" before it or not. */
static bool find_ending(char *path, size_t size, int length, const char *const *endings, int n)
{
    for (int i = 0; i < n; i++)
        for (int marked = 0; marked < 2; marked++) {
            snprintf(path + length, size - (size_t)length, "%s%s", marked ? "_mask" : "", endings[i]);
            if (pb_is_file(path))
                return true;
        }
    return false;
}

/* *out = <folder>/<kind>/<name of the image without its ending>, of *out_length bytes, in *out_size, which an ending fits into. */
static pb_status begin_name(const char *folder, const char *kind, const char *image, char **out, size_t *out_size,
                            int *out_length)
{
    const char *name = pb_base_name(image);
    *out_size = strlen(folder) + strlen(kind) + strlen(name) + 16;
    PB_TRY(PB_NEW(*out, *out_size));
    *out_length = snprintf(*out, *out_size, "%s/%s/%.*s", folder, kind, stem_length(name), name);
    return PB_STATUS_OK;
}

pb_status pb_defect_mask_find_lossy(const char *folder, const char *kind, const char *image, char **out)
{
    char *path;
    size_t size;
    int length;
    *out = NULL;
    PB_TRY(begin_name(folder, kind, image, &path, &size, &length));
    if (find_ending(path, size, length, lossy_endings, N_LOSSY))
        *out = path;
    else
        pb_free(path);
    return PB_STATUS_OK;
}

pb_status pb_defect_masks_in(const char *folder, const char *kind, const char *image, pb_paths *out)
{
    char *path;
    size_t size;
    int length;
    *out = (pb_paths){0};
    PB_TRY(begin_name(folder, kind, image, &path, &size, &length));
    if (find_ending(path, size, length, mask_endings, N_MASK_ENDINGS))
        return take_one(path, out);
    path[length] = '\0';
    const pb_status status = pb_is_folder(path) ? masks_of_folder(path, out) : PB_STATUS_OK;
    pb_free(path);
    return status;
}

/* The last place in `text` where `part` stands; NULL if there is none. */
static const char *find_last(const char *text, const char *part)
{
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        found = at;
    return found;
}

/* .../Data/Images/Anomaly/000.JPG -> .../Data/Masks/Anomaly/000.png */
static pb_status find_visa_mask(const char *image, const char *images_folder, pb_paths *out)
{
    const char *rest = images_folder + strlen(VISA_IMAGES), *name = pb_base_name(image);
    const size_t size = strlen(image) + 16;
    char *path;
    PB_TRY(PB_NEW(path, size));
    snprintf(path, size, "%.*s%s%.*s%.*s.png", (int)(images_folder - image), image, VISA_MASKS, (int)(name - rest),
             rest, stem_length(name), name);
    if (pb_is_file(path))
        return take_one(path, out);
    pb_free(path);
    return PB_STATUS_OK;
}

/* Cuts the last part off a path in place; false where there is none. */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

/* <base>/test/<kind>/... has its masks in <base>/ground_truth/<kind>; without a folder test/, two folders up. */
static pb_status find_mvtec_masks(const char *image, pb_paths *out)
{
    static const char test[] = "/test/", truth[] = "/ground_truth";
    const size_t size = strlen(image) + sizeof truth;
    char *base = NULL, *kind = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(base, size));
    PB_TRY_GOTO(PB_NEW(kind, size));
    const char *found = find_last(image, test);
    snprintf(base, size, "%.*s", (int)(found ? (size_t)(found - image) : strlen(image)), image);
    if (found) {
        found += strlen(test);
        snprintf(kind, size, "%.*s", (int)strcspn(found, "/"), found);
    } else {
        bool deep_enough = cut_last(base);
        snprintf(kind, size, "%s", pb_base_name(base));
        for (int i = 0; i < 2; i++)
            deep_enough = deep_enough && cut_last(base);
        if (!deep_enough)
            goto done;
    }
    strcat(base, truth);
    status = pb_defect_masks_in(base, kind, image, out);
done:
    pb_free(base);
    pb_free(kind);
    return status;
}

pb_status pb_defect_masks_find(const char *image_path, pb_paths *out)
{
    const char *visa = find_last(image_path, VISA_IMAGES);
    *out = (pb_paths){0};
    return visa ? find_visa_mask(image_path, visa, out) : find_mvtec_masks(image_path, out);
}

/* By name, so that messages say it as a person would, unless only ".." leads there: from ".", or out of a link. */
pb_status pb_defect_masks_beside(const char *test, char **out)
{
    static const char name[] = "ground_truth";
    size_t length = strlen(test);
    while (length > 0 && test[length - 1] == '/')
        length--;
    size_t above = length;
    while (above > 0 && test[above - 1] != '/')
        above--;
    const bool is_named = length > above && strncmp(test + above, ".", length - above) != 0 &&
                          strncmp(test + above, "..", length - above) != 0;
    if (is_named) {
        PB_TRY(PB_NEW(*out, above + sizeof name));
        memcpy(*out, test, above);
        memcpy(*out + above, name, sizeof name);
        if (pb_is_folder(*out))
            return PB_STATUS_OK;
        pb_free(*out);
    }
    return pb_path_join(test, "../ground_truth", out);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static pb_status add_mask(const char *mask_path, const char *image_path, const pb_image *image, uint8_t *merged)
{
    uint8_t *mask;
    int32_t width = 0, height = 0;
    PB_TRY(pb_defect_mask_image_read(mask_path, &mask, &width, &height));
    const bool fits = width == image->width && height == image->height;
    for (int64_t i = 0, n = (int64_t)width * height; fits && i < n; i++)
        merged[i] |= mask[i];
    pb_buffer_free(mask);
    if (fits)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_SHAPE, "%s is %" PRId32 "x%" PRId32 ", but its image %s is %" PRId32 "x%" PRId32,
                   mask_path, width, height, image_path, image->width, image->height);
}

pb_status pb_defect_mask_read(const pb_paths *masks, const char *image_path, uint8_t **out_mask, int32_t *out_width,
                              int32_t *out_height)
{
    pb_image image = {0};
    uint8_t *merged = NULL;
    PB_CHECK_ARG(masks->n >= 1, "%s has no mask to read", image_path);
    PB_TRY(pb_image_read(image_path, &image));
    pb_status status = PB_NEW_PRODUCT(merged, (int64_t)image.width, image.height);
    for (int64_t i = 0; i < masks->n && status == PB_STATUS_OK; i++)
        status = add_mask(masks->path[i], image_path, &image, merged);
    *out_width = image.width;
    *out_height = image.height;
    pb_image_free(&image);
    if (status != PB_STATUS_OK)
        pb_free(merged);
    else
        *out_mask = merged;
    return status;
}

bool pb_defect_mask_is_empty(const uint8_t *mask, int64_t n_pixels)
{
    for (int64_t i = 0; i < n_pixels; i++)
        if (mask[i])
            return false;
    return true;
}
