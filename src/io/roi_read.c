/* A mask over a photo -> which patches of the grid are inside. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/file.h"
#include "io/path.h"
#include "io/roi.h"

static uint8_t level_of(const uint8_t *rgb)
{
    const uint8_t most = rgb[0] > rgb[1] ? rgb[0] : rgb[1];
    return rgb[2] > most ? rgb[2] : most;
}

/* A mask has black and white, and some grey along soft or compressed edges; a photo, or one grey all over, marks nothing. */
static pb_status check_levels(const pb_image *mask, const char *path)
{
    enum { MOST_GREY = 20, WHITE = 240 }; /* % */
    static const char way_out[] = "white marks what is looked at, black what is not";
    const int64_t n = (int64_t)mask->width * mask->height;
    int64_t count[256] = {0}, grey = 0;
    int darkest = 255, brightest = 0;
    for (int64_t i = 0; i < n; i++)
        count[level_of(mask->rgb + 3 * i)]++;
    for (int level = 0; level < 256; level++)
        if (count[level] > 0) {
            darkest = level < darkest ? level : darkest;
            brightest = level;
        }
    for (int level = brightest / 8 + 1; 8 * level < 7 * brightest; level++)
        grey += count[level];
    if (2 * darkest >= brightest && brightest > 1 && brightest < WHITE)
        return pb_fail(PB_STATUS_MISMATCH, "%s is no mask: its pixels have values from %d to %d, all of them grey: %s",
                       path, darkest, brightest, way_out);
    if (100 * grey > MOST_GREY * n)
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s is no mask: %.0f %% of its pixels are grey, between %d and %d where the brightest is %d: %s",
                       path, 100.0 * (double)grey / (double)n, brightest / 8 + 1, (7 * brightest - 1) / 8, brightest,
                       way_out);
    return PB_STATUS_OK;
}

/* White to the mask's own measure, so that masks of 0 and 1 and soft edges both do what they show. */
static pb_status find_white(const pb_image *mask, uint8_t **out)
{
    const int64_t n = (int64_t)mask->width * mask->height;
    uint8_t brightest = 0, *white;
    PB_TRY(PB_NEW_UNINITIALISED(white, n));
    for (int64_t i = 0; i < n; i++) {
        white[i] = level_of(mask->rgb + 3 * i);
        brightest = white[i] > brightest ? white[i] : brightest;
    }
    for (int64_t i = 0; i < n; i++)
        white[i] = brightest > 0 && 2 * white[i] >= brightest;
    *out = white;
    return PB_STATUS_OK;
}

/* One direction of a cell in the mask's pixels: [low, high). */
typedef struct extent {
    double low, high;
} extent;

/* Cell i of n, of the `seen` pixels of a photo from `first` on, in a mask that shows all `photo` pixels as `mask` of its own. */
static extent extent_of(int64_t i, int64_t n, int32_t first, int32_t seen, int32_t photo, int32_t mask)
{
    const double scale = (double)mask / photo;
    return (extent){(first + (double)i * seen / (double)n) * scale,
                    (first + (double)(i + 1) * seen / (double)n) * scale};
}

static double overlap(const extent *along, int64_t pixel)
{
    return fmin(along->high, (double)pixel + 1) - fmax(along->low, (double)pixel);
}

/* The share of a cell's area that is white. */
static double white_share(const uint8_t *white, int32_t width, int32_t height, const extent *across, const extent *down)
{
    const int64_t right = (int64_t)fmin(ceil(across->high), width), bottom = (int64_t)fmin(ceil(down->high), height);
    double area = 0, all = 0;
    for (int64_t y = (int64_t)down->low; y < bottom; y++) {
        const double tall = overlap(down, y);
        for (int64_t x = (int64_t)across->low; x < right; x++) {
            const double piece = tall * overlap(across, x);
            all += piece;
            area += white[y * width + x] ? piece : 0;
        }
    }
    return all > 0 ? area / all : 0;
}

/* The photo as far as masks go: what of it the grid covers. */
typedef struct framed {
    int32_t width, height;
    pb_rect view;
} framed;

static void mark_cells(const uint8_t *white, const pb_image *mask, const framed *photo, const pb_origin *origin,
                       uint8_t *inside)
{
    static const double HALF = 0.5 - 1e-9; /* shares are sums of products that are rounded */
    for (int64_t row = 0; row < origin->grid_height; row++) {
        const extent down =
            extent_of(row, origin->grid_height, photo->view.top, photo->view.height, photo->height, mask->height);
        for (int64_t column = 0; column < origin->grid_width; column++) {
            const extent across =
                extent_of(column, origin->grid_width, photo->view.left, photo->view.width, photo->width, mask->width);
            inside[row * origin->grid_width + column] =
                white_share(white, mask->width, mask->height, &across, &down) >= HALF;
        }
    }
}

static pb_status make(const pb_image *mask, const pb_origin *origin, const framed *photo, const char *name,
                      pb_roi **out)
{
    uint8_t *white = NULL, *inside = NULL;
    pb_status status;
    PB_TRY_GOTO(find_white(mask, &white));
    PB_TRY_GOTO(PB_NEW_PRODUCT(inside, origin->grid_height, origin->grid_width));
    mark_cells(white, mask, photo, origin, inside);
    PB_TRY_GOTO(pb_roi_new(inside, origin->grid_height, origin->grid_width, name, out));
    (*out)->mask.width = mask->width;
    (*out)->mask.height = mask->height;
done:
    pb_free(white);
    pb_free(inside);
    return status;
}

/* The file's, without folder and ending, as far as it fits. */
static void name_of_file(const char *path, char *out)
{
    const char *base = pb_base_name(path), *dot = strrchr(base, '.');
    const int length = (int)(dot && dot > base ? (size_t)(dot - base) : strlen(base));
    snprintf(out, PB_ROI_NAME_BYTES, "%.*s", length, base);
}

static pb_status read_mask(const char *path, const pb_image *mask, const pb_origin *origin, int32_t photo_width,
                           int32_t photo_height, const char *name, pb_roi **out)
{
    char of_file[PB_ROI_NAME_BYTES];
    const pb_roi shape = {.mask = {.width = mask->width, .height = mask->height}};
    framed photo = {photo_width, photo_height, {0, 0, 0, 0}};
    if (photo_width == 0 || photo_height == 0)
        photo = (framed){mask->width, mask->height, {0, 0, 0, 0}};
    if (!pb_roi_fits(&shape, photo.width, photo.height))
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s has %" PRId32 " x %" PRId32 " pixels, and the photos have %" PRId32 " x %" PRId32
                       ": a region of interest is drawn on a photo of their shape",
                       path, mask->width, mask->height, photo.width, photo.height);
    PB_TRY(check_levels(mask, path));
    photo.view = pb_origin_view(origin, photo.width, photo.height);
    name_of_file(path, of_file);
    const pb_status status = make(mask, origin, &photo, name ? name : of_file, out);
    if (status == PB_STATUS_BAD_VALUE)
        return pb_fail(status,
                       "%s: of %" PRId32 " x %" PRId32
                       " patches none is inside, at least half of each is dark: white marks what is looked at",
                       path, origin->grid_width, origin->grid_height);
    return status;
}

pb_status pb_roi_read(const char *path, const pb_origin *origin, int32_t photo_width, int32_t photo_height,
                      const char *name, pb_roi **out)
{
    pb_image mask;
    pb_roi *roi = NULL;
    PB_CHECK_ARG(photo_width >= 0 && photo_height >= 0, "photos of %" PRId32 " x %" PRId32 " pixels", photo_width,
                 photo_height);
    PB_TRY(pb_image_read(path, &mask));
    pb_status status = read_mask(path, &mask, origin, photo_width, photo_height, name, &roi);
    pb_image_free(&mask);
    if (status == PB_STATUS_OK)
        status = pb_sha256_file(path, roi->mask.sha256);
    if (status == PB_STATUS_OK)
        *out = roi;
    else
        pb_roi_free(roi);
    return status;
}
