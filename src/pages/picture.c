#include "pages/picture.h"

#include <math.h>
#include <string.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/jpeg.h"

enum {
    LONG_SIDE = 448,  /* shown at up to 224 CSS pixels, and enlarged: sharp on dense screens, and small in the file */
    PATCH_SIDE = 240, /* of the enlarged surroundings */
    PATCH_CELLS = 7,  /* patches along the surroundings: enough to see what the place is */
    QUALITY = 82,
    NEUTRAL_GREY = 0x8c
};

static const double HEAT_OPACITY = 0.72;
static const pb_colormap HEAT_COLORS = PB_COLORMAP_INFERNO;

/* ---- pictures ---- */

static pb_status picture_of(const pb_image *image, pb_picture *out)
{
    PB_TRY(pb_jpeg_encode(image, QUALITY, &out->jpeg, &out->size));
    out->width = image->width;
    out->height = image->height;
    return PB_STATUS_OK;
}

static int32_t scaled(int32_t side, double factor)
{
    const long pixels = lround(side * factor);
    return pixels < 1 ? 1 : (int32_t)pixels;
}

/* The image with its longer side at `long_side`, enlarged where it is smaller. */
static pb_status fit(const pb_image *image, int32_t long_side, pb_image *out)
{
    const double factor = (double)long_side / (image->width > image->height ? image->width : image->height);
    return pb_image_resize(image, scaled(image->width, factor), scaled(image->height, factor), PB_RESAMPLE_BICUBIC,
                           out);
}

/* A canvas for maps without a photo, in the proportions of the grid. */
static pb_status grey_image(int32_t grid_height, int32_t grid_width, pb_image *out)
{
    const double factor = (double)LONG_SIDE / (grid_width > grid_height ? grid_width : grid_height);
    PB_TRY(pb_image_new(scaled(grid_width, factor), scaled(grid_height, factor), out));
    memset(out->rgb, NEUTRAL_GREY, (size_t)out->width * (size_t)out->height * 3);
    return PB_STATUS_OK;
}

/* A file that cannot be shown is no failure of the report; running out of memory is. */
static bool is_the_files_fault(pb_status status)
{
    return status == PB_STATUS_IO || status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED ||
           status == PB_STATUS_LIMIT;
}

/* Adds a mask at the thumbnail's size (nearest pixel) to `out`; one that cannot be read adds nothing. */
static pb_status add_mask(const char *path, int32_t width, int32_t height, uint8_t *out)
{
    uint8_t *mask = NULL;
    int32_t mask_width = 0, mask_height = 0;
    const pb_status status = pb_defect_mask_image_read(path, &mask, &mask_width, &mask_height);
    if (status != PB_STATUS_OK)
        return is_the_files_fault(status) ? PB_STATUS_OK : status;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            out[y * width + x] |= mask[y * mask_height / height * mask_width + x * mask_width / width];
    pb_buffer_free(mask);
    return PB_STATUS_OK;
}

/* The masks merged, or NULL in *out where there are none. */
static pb_status read_masks(const pb_paths *masks, int32_t width, int32_t height, uint8_t **out)
{
    *out = NULL;
    if (!masks || masks->n == 0)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(*out, (int64_t)width * height));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < masks->n && status == PB_STATUS_OK; i++)
        status = add_mask(masks->path[i], width, height, *out);
    if (status != PB_STATUS_OK)
        pb_free(*out);
    return status;
}

/* NULL in *out where all patches count. */
static pb_status fill_map(const pb_heatmap *heatmap, double **out)
{
    if (!heatmap->roi)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_PRODUCT(*out, heatmap->grid_height, heatmap->grid_width));
    pb_roi_extend(heatmap->roi, heatmap->map, *out);
    return PB_STATUS_OK;
}

/* @param view the part of the photo that the map covers; NULL: all of it */
static pb_status draw_heatmap(const pb_image *photo, const pb_rect *view, const pb_heatmap *heatmap,
                              const pb_paths *masks, double opacity, pb_picture *out)
{
    pb_image overlay = {0};
    uint8_t *mask = NULL;
    double *map = NULL;
    pb_status status;
    PB_TRY(read_masks(masks, photo->width, photo->height, &mask));
    PB_TRY_GOTO(fill_map(heatmap, &map));
    PB_TRY_GOTO(pb_image_overlay(photo, map ? map : heatmap->map, heatmap->grid_height, heatmap->grid_width, view,
                                 heatmap->low, heatmap->high, opacity, HEAT_COLORS, mask, &overlay));
    if (heatmap->roi)
        PB_TRY_GOTO(pb_roi_shade(heatmap->roi, view, &overlay));
    PB_TRY_GOTO(picture_of(&overlay, out));
done:
    pb_image_free(&overlay);
    pb_free(mask);
    pb_free(map);
    return status;
}

static pb_status view_photo(const pb_image *image, const pb_heatmap *heatmap, const pb_paths *masks, pb_image_view *out)
{
    pb_image small = {0};
    pb_status status;
    PB_TRY_GOTO(fit(image, LONG_SIDE, &small));
    PB_TRY_GOTO(picture_of(&small, &out->photo));
    const pb_rect view = pb_origin_view(heatmap->origin, small.width, small.height);
    PB_TRY_GOTO(draw_heatmap(&small, &view, heatmap, masks, HEAT_OPACITY, &out->heatmap));
done:
    pb_image_free(&small);
    return status;
}

static pb_status view_without_photo(const pb_heatmap *heatmap, pb_image_view *out)
{
    pb_image grey = {0};
    pb_status status;
    PB_TRY_GOTO(PB_NEW_STRING(out->problem, pb_error_message()));
    PB_TRY_GOTO(grey_image(heatmap->grid_height, heatmap->grid_width, &grey));
    PB_TRY_GOTO(draw_heatmap(&grey, NULL, heatmap, NULL, 1, &out->heatmap));
done:
    pb_image_free(&grey);
    return status;
}

pb_status pb_image_view_make(const char *path, const pb_heatmap *heatmap, const pb_paths *masks, pb_image_view *out)
{
    pb_image image = {0};
    memset(out, 0, sizeof *out);
    pb_status status = pb_image_read(path, &image);
    if (status == PB_STATUS_OK)
        status = view_photo(&image, heatmap, masks, out);
    else if (is_the_files_fault(status))
        status = view_without_photo(heatmap, out);
    pb_image_free(&image);
    if (status != PB_STATUS_OK)
        pb_image_view_free(out);
    return status;
}

static void picture_free(pb_picture *picture)
{
    pb_free(picture->jpeg);
    memset(picture, 0, sizeof *picture);
}

void pb_image_view_free(pb_image_view *view)
{
    picture_free(&view->photo);
    picture_free(&view->heatmap);
    pb_free(view->problem);
    view->problem = NULL;
}

/* ---- patches ---- */

/* One direction of a patch's surroundings. */
typedef struct span {
    int32_t first, length;  /* pixels cut out */
    double box, box_length; /* the patch, in pixels of the image */
} span;

/* Cuts `window` pixels around a cell out of `side` pixels, moved inwards at the borders. The n_cells of the grid cover
 * `seen` pixels from `start` on. */
static span surroundings(int32_t side, int32_t start, int32_t seen, int32_t n_cells, int64_t cell, double window)
{
    const double cell_length = (double)seen / n_cells, box = start + (double)cell * cell_length;
    const double length = fmin(side, window);
    const double first = fmin(fmax(box + cell_length / 2 - length / 2, 0), side - length);
    span result = {.first = (int32_t)floor(first), .box = box, .box_length = cell_length};
    const int32_t end = (int32_t)fmin(ceil(first + length), side);
    result.length = end - result.first < 1 ? 1 : end - result.first;
    return result;
}

static pb_status cut_patch(const pb_image *image, const span *across, const span *down, pb_patch_view *out)
{
    pb_image cut = {0}, large = {0};
    pb_status status;
    PB_TRY_GOTO(pb_image_crop(image, across->first, down->first, across->length, down->length, &cut));
    PB_TRY_GOTO(fit(&cut, PATCH_SIDE, &large));
    PB_TRY_GOTO(picture_of(&large, &out->picture));
    const double x_factor = (double)large.width / cut.width, y_factor = (double)large.height / cut.height;
    out->box_left = (across->box - across->first) * x_factor;
    out->box_top = (down->box - down->first) * y_factor;
    out->box_width = across->box_length * x_factor;
    out->box_height = down->box_length * y_factor;
done:
    pb_image_free(&cut);
    pb_image_free(&large);
    return status;
}

pb_status pb_patch_view_make(const char *path, const pb_origin *origin, int32_t grid_height, int32_t grid_width,
                             int64_t patch, pb_patch_view *out)
{
    pb_image image = {0};
    memset(out, 0, sizeof *out);
    pb_status status = pb_image_read(path, &image);
    if (status != PB_STATUS_OK)
        return is_the_files_fault(status) ? PB_STATUS_OK : status;
    const pb_rect view = pb_origin_view(origin, image.width, image.height);
    /* A square, whatever the shape of the image. */
    const double window = PATCH_CELLS * fmax((double)view.width / grid_width, (double)view.height / grid_height);
    const span across = surroundings(image.width, view.left, view.width, grid_width, patch % grid_width, window);
    const span down = surroundings(image.height, view.top, view.height, grid_height, patch / grid_width, window);
    status = cut_patch(&image, &across, &down, out);
    pb_image_free(&image);
    return status;
}

void pb_patch_view_free(pb_patch_view *view)
{
    picture_free(&view->picture);
}

/* ---- into the page ---- */

pb_status pb_heatmap_scale(const double *scores, int64_t n, double *low, double *high)
{
    PB_TRY(pb_percentile(scores, n, 50, low));
    PB_TRY(pb_percentile(scores, n, 99.5, high));
    pb_colormap_open_scale(*low, high);
    return PB_STATUS_OK;
}

void pb_page_picture(pb_page *page, const pb_picture *picture, const char *what, const char *name)
{
    pb_page_printf(page, "<img width=\"%d\" height=\"%d\" alt=\"%s ", picture->width, picture->height, what);
    pb_page_text(page, name);
    pb_page_html(page, "\" src=\"");
    pb_page_jpeg_url(page, picture->jpeg, picture->size);
    pb_page_html(page, "\">");
}

void pb_page_no_photo(pb_page *page, const char *problem)
{
    pb_page_html(page, "<div class=\"placeholder\"><b>No photo</b><span>");
    pb_page_text(page, problem);
    pb_page_html(page, "</span></div>");
}

void pb_page_patch(pb_page *page, const pb_patch_view *view, const char *what, const char *name)
{
    const pb_picture *picture = &view->picture;
    pb_page_printf(page, "<svg class=\"patch\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s ", picture->width,
                   picture->height, what);
    pb_page_text(page, name);
    pb_page_printf(page, "\"><image width=\"%d\" height=\"%d\" href=\"", picture->width, picture->height);
    pb_page_jpeg_url(page, picture->jpeg, picture->size);
    pb_page_html(page, "\"/>");
    static const char *const outlines[] = {"box-outer", "box-inner"};
    for (int i = 0; i < 2; i++)
        pb_page_printf(page, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", outlines[i],
                       view->box_left, view->box_top, view->box_width, view->box_height);
    pb_page_html(page, "</svg>");
}

void pb_page_colors(pb_page *page, double low, double high, int decimals, bool threshold)
{
    enum { N_COLORS = 24, WIDTH = 6 };
    pb_page_html(page, "<p class=\"colors\"><span class=\"label\">Heatmap</span> <span class=\"number\">&le;&nbsp;");
    pb_page_score(page, low, decimals);
    pb_page_printf(page,
                   "</span><svg viewBox=\"0 0 %d 10\" width=\"%d\" height=\"10\" preserveAspectRatio=\"none\" "
                   "aria-hidden=\"true\" shape-rendering=\"crispEdges\">",
                   N_COLORS * WIDTH, N_COLORS * WIDTH);
    for (int i = 0; i < N_COLORS; i++) {
        uint8_t rgb[3];
        pb_colormap_rgb(HEAT_COLORS, i / (N_COLORS - 1.0), rgb);
        pb_page_printf(page, "<path fill=\"#%02x%02x%02x\" d=\"M%d 0h%dv10h-%dz\"/>", rgb[0], rgb[1], rgb[2], i * WIDTH,
                       WIDTH, WIDTH);
    }
    pb_page_html(page, "</svg><span class=\"number\">&ge;&nbsp;");
    pb_page_score(page, high, decimals);
    pb_page_html(page, threshold ? ", the threshold</span></p>\n" : "</span></p>\n");
}
