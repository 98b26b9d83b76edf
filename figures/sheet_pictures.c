#include "figures/sheet_pictures.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"

enum { LARGEST_SIDE = 660 }; /* no picture of a sheet is larger */

static int32_t scaled(int32_t side, double factor)
{
    const long pixels = lround(side * factor);
    return pixels < 1 ? 1 : (int32_t)pixels;
}

/* ---- Photos ----------------------------------------------------------------------------------------------------- */

/* A mask at another size: whatever has a pixel of the defect in it is defect, so that the smallest ones stay. */
static pb_status resize_mask(const uint8_t *mask, int64_t width, int64_t height, int64_t new_width, int64_t new_height,
                             uint8_t **out)
{
    PB_TRY(PB_NEW_PRODUCT(*out, new_width, new_height));
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            if (mask[y * width + x])
                (*out)[y * new_height / height * new_width + x * new_width / width] = 1;
    for (int64_t y = 0; y < new_height; y++)
        for (int64_t x = 0; x < new_width; x++)
            (*out)[y * new_width + x] |= mask[y * height / new_height * width + x * width / new_width] != 0;
    return PB_STATUS_OK;
}

static pb_status read_mask(const char *file, pb_sheet_photo *photo)
{
    pb_paths masks = {0};
    uint8_t *mask = NULL;
    int32_t width = 0, height = 0;
    PB_TRY(pb_defect_masks_find(file, &masks));
    pb_status status = PB_STATUS_OK;
    if (masks.n > 0)
        status = pb_defect_mask_read(&masks, file, &mask, &width, &height);
    pb_paths_free(&masks);
    if (status == PB_STATUS_OK && mask)
        status = resize_mask(mask, width, height, photo->image.width, photo->image.height, &photo->mask);
    pb_buffer_free(mask);
    return status;
}

static pb_status shrink(pb_image *image)
{
    const double factor = (double)LARGEST_SIDE / (image->width > image->height ? image->width : image->height);
    pb_image small;
    if (factor >= 1)
        return PB_STATUS_OK;
    PB_TRY(pb_image_resize(image, scaled(image->width, factor), scaled(image->height, factor), PB_RESAMPLE_BICUBIC,
                           &small));
    pb_image_free(image);
    *image = small;
    return PB_STATUS_OK;
}

pb_status pb_sheet_photo_read(const char *root, const char *path, bool defect, pb_sheet_photo *out)
{
    pb_sheet_photo photo = {.mask = NULL};
    char *file;
    pb_status status;
    PB_TRY(pb_photo_find(root, path, &file));
    PB_TRY_GOTO(pb_image_read(file, &photo.image));
    PB_TRY_GOTO(shrink(&photo.image));
    if (defect)
        PB_TRY_GOTO(read_mask(file, &photo));
done:
    pb_buffer_free(file);
    if (status == PB_STATUS_OK)
        *out = photo;
    else
        pb_sheet_photo_free(&photo);
    return status;
}

void pb_sheet_photo_free(pb_sheet_photo *photo)
{
    pb_image_free(&photo->image);
    pb_free(photo->mask);
    *photo = (pb_sheet_photo){.mask = NULL};
}

double pb_sheet_photos_aspect(const pb_sheet_photo *photos, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += log((double)photos[i].image.height / photos[i].image.width);
    return n > 0 ? exp(sum / (double)n) : 1;
}

/* ---- Pictures --------------------------------------------------------------------------------------------------- */

static pb_status fit(const pb_sheet_canvas *canvas, pb_image *out)
{
    const pb_image *image = &canvas->photo->image;
    const double factor = fmin((double)canvas->width / image->width, (double)canvas->height / image->height);
    return pb_image_resize(image, scaled(image->width, factor), scaled(image->height, factor), PB_RESAMPLE_BICUBIC,
                           out);
}

/* Lighter by `share`, and grey: what is drawn over it must show. */
static void make_pale(pb_image *image, double share)
{
    for (int64_t i = 0; i < (int64_t)image->width * image->height; i++) {
        uint8_t *rgb = image->rgb + 3 * i;
        const double grey = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
        memset(rgb, (int)lround(255 - (255 - grey) * (1 - share)), 3);
    }
}

/* The overlay of a map that weighs nothing is the outline alone. */
static pb_status draw_outline(const pb_sheet_photo *photo, pb_image *image)
{
    static const double nothing[1];
    uint8_t *mask = NULL;
    pb_image outlined;
    if (!photo->mask)
        return PB_STATUS_OK;
    PB_TRY(resize_mask(photo->mask, photo->image.width, photo->image.height, image->width, image->height, &mask));
    const pb_status status =
        pb_image_overlay(image, nothing, 1, 1, NULL, 0, 1, 0, PB_COLORMAP_INFERNO, mask, &outlined);
    pb_free(mask);
    PB_TRY(status);
    pb_image_free(image);
    *image = outlined;
    return PB_STATUS_OK;
}

pb_status pb_sheet_picture_photo(const pb_sheet_canvas *canvas, pb_image *out)
{
    PB_TRY(fit(canvas, out));
    return draw_outline(canvas->photo, out);
}

/* Where the centre of pixel i of n falls among the centres of cells. */
static double cell_position(int32_t i, int32_t n, int32_t n_cells)
{
    return fmin(fmax((i + 0.5) * n_cells / n - 0.5, 0), n_cells - 1);
}

/* Between the four nearest cells, linearly. */
static double map_value(const pb_origin *origin, const double *map, double x, double y)
{
    const int32_t left = (int32_t)x, top = (int32_t)y;
    const int32_t right = left + 1 < origin->grid_width ? left + 1 : left;
    const int32_t bottom = top + 1 < origin->grid_height ? top + 1 : top;
    const double *above = map + (int64_t)top * origin->grid_width, *below = map + (int64_t)bottom * origin->grid_width;
    const double upper = above[left] + (above[right] - above[left]) * (x - left);
    const double lower = below[left] + (below[right] - below[left]) * (x - left);
    return upper + (lower - upper) * (y - top);
}

pb_status pb_sheet_picture_map(const pb_sheet_canvas *canvas, const double *map, const pb_color_scale *scale,
                               pb_image *out)
{
    PB_TRY(fit(canvas, out));
    make_pale(out, 0.5);
    const pb_rect view = pb_origin_view(canvas->origin, out->width, out->height);
    for (int32_t y = 0; y < view.height; y++)
        for (int32_t x = 0; x < view.width; x++) {
            const double value =
                map_value(canvas->origin, map, cell_position(x, view.width, canvas->origin->grid_width),
                          cell_position(y, view.height, canvas->origin->grid_height));
            pb_colormap_rgb(PB_COLORMAP_INFERNO, (value - scale->low) / (scale->high - scale->low),
                            out->rgb + ((int64_t)(view.top + y) * out->width + view.left + x) * 3);
        }
    return draw_outline(canvas->photo, out);
}

/* Which patches a picture's pixels belong to. */
typedef struct patch_view {
    const uint8_t *keep;
    pb_rect view;
    int32_t grid_width, grid_height;
} patch_view;

static bool is_removed(const patch_view *patches, int32_t x, int32_t y)
{
    if (x < 0 || y < 0 || x >= patches->view.width || y >= patches->view.height)
        return false;
    const int64_t column = (int64_t)x * patches->grid_width / patches->view.width;
    const int64_t row = (int64_t)y * patches->grid_height / patches->view.height;
    return !patches->keep[row * patches->grid_width + column];
}

static void mark_pixel(const patch_view *patches, int32_t x, int32_t y, uint8_t *rgb)
{
    static const uint8_t blue[] = {0, 114, 178}, edge[] = {0, 45, 80};
    const bool inside = is_removed(patches, x - 1, y) && is_removed(patches, x + 1, y) &&
                        is_removed(patches, x, y - 1) && is_removed(patches, x, y + 1);
    for (int c = 0; c < 3; c++) /* a little of the photo shines through */
        rgb[c] = (uint8_t)(inside ? (5 * blue[c] + rgb[c]) / 6 : edge[c]);
}

pb_status pb_sheet_picture_removal(const pb_sheet_canvas *canvas, const uint8_t *keep, pb_image *out)
{
    PB_TRY(fit(canvas, out));
    make_pale(out, 0.6);
    const patch_view patches = {keep, pb_origin_view(canvas->origin, out->width, out->height),
                                canvas->origin->grid_width, canvas->origin->grid_height};
    for (int32_t y = 0; y < patches.view.height; y++)
        for (int32_t x = 0; x < patches.view.width; x++)
            if (is_removed(&patches, x, y))
                mark_pixel(&patches, x, y,
                           out->rgb + ((int64_t)(patches.view.top + y) * out->width + patches.view.left + x) * 3);
    return PB_STATUS_OK;
}
