#include <purebank/image.h>

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Where the centre of pixel i of n falls between the cells of a grid: cell centres lie on patch centres. */
typedef struct grid_position {
    int32_t cell;  /* the first of two neighbours */
    int32_t next;  /* the second; the same at the edges */
    double weight; /* of the second, 0..1 */
} grid_position;

static grid_position locate(int64_t i, int64_t n, int32_t n_cells)
{
    double at = ((double)i + 0.5) * n_cells / (double)n - 0.5;
    at = at < 0 ? 0 : at > n_cells - 1 ? n_cells - 1 : at;
    const int32_t cell = (int32_t)at;
    return (grid_position){cell, cell + 1 < n_cells ? cell + 1 : cell, at - cell};
}

typedef struct heat_layer {
    const double *map;
    int32_t grid_height, grid_width;
    double low, high, opacity;
    pb_colormap colors;
} heat_layer;

static uint8_t blend(uint8_t under, uint8_t over, double weight)
{
    return (uint8_t)(under + (over - under) * weight + 0.5);
}

static void blend_pixel(const heat_layer *heat, double value, uint8_t *rgb)
{
    uint8_t color[3];
    double height = (value - heat->low) / (heat->high - heat->low);
    height = height < 0 ? 0 : height > 1 ? 1 : height;
    pb_colormap_rgb(heat->colors, height, color);
    for (int c = 0; c < 3; c++)
        rgb[c] = blend(rgb[c], color[c], heat->opacity * height);
}

static void blend_row(const heat_layer *heat, const grid_position *columns, grid_position row, int64_t width,
                      uint8_t *rgb)
{
    const double *above = heat->map + (int64_t)row.cell * heat->grid_width;
    const double *below = heat->map + (int64_t)row.next * heat->grid_width;
    for (int64_t x = 0; x < width; x++) {
        const grid_position at = columns[x];
        const double upper = above[at.cell] + (above[at.next] - above[at.cell]) * at.weight;
        const double lower = below[at.cell] + (below[at.next] - below[at.cell]) * at.weight;
        blend_pixel(heat, upper + (lower - upper) * row.weight, rgb + 3 * x);
    }
}

static pb_status blend_heat(const heat_layer *heat, const pb_rect *view, pb_image *image)
{
    grid_position *columns;
    PB_TRY(PB_NEW(columns, view->width));
    for (int64_t x = 0; x < view->width; x++)
        columns[x] = locate(x, view->width, heat->grid_width);
    for (int64_t y = 0; y < view->height; y++)
        blend_row(heat, columns, locate(y, view->height, heat->grid_height), view->width,
                  image->rgb + ((view->top + y) * image->width + view->left) * 3);
    pb_free(columns);
    return PB_STATUS_OK;
}

/* Distances are in thirds of a pixel: 3 to the side, 4 diagonally (Borgefors 1986, the 3-4 chamfer distance). */
enum { STEP = 3, DIAGONAL = 4, FAR = UINT16_MAX - DIAGONAL };

static void relax(uint16_t *distance, const uint16_t *from, int step)
{
    if (*from + step < *distance)
        *distance = (uint16_t)(*from + step);
}

static void relax_row(uint16_t *row, const uint16_t *neighbours, int64_t width, int64_t x)
{
    if (x > 0)
        relax(&row[x], &neighbours[x - 1], DIAGONAL);
    relax(&row[x], &neighbours[x], STEP);
    if (x + 1 < width)
        relax(&row[x], &neighbours[x + 1], DIAGONAL);
}

/* distance[i] = how far pixel i is from the mask, 0 inside. */
static void measure_distances(const uint8_t *mask, int64_t width, int64_t height, uint16_t *distance)
{
    for (int64_t i = 0; i < width * height; i++)
        distance[i] = mask[i] ? 0 : FAR;
    for (int64_t y = 0; y < height; y++) {
        uint16_t *row = distance + y * width;
        for (int64_t x = 0; x < width; x++) {
            if (y > 0)
                relax_row(row, row - width, width, x);
            if (x > 0)
                relax(&row[x], &row[x - 1], STEP);
        }
    }
    for (int64_t y = height - 1; y >= 0; y--) {
        uint16_t *row = distance + y * width;
        for (int64_t x = width - 1; x >= 0; x--) {
            if (y + 1 < height)
                relax_row(row, row + width, width, x);
            if (x + 1 < width)
                relax(&row[x], &row[x + 1], STEP);
        }
    }
}

/* How much of a pixel at `distance` a band from..to covers. */
static double coverage(double distance, double from, double to)
{
    const double inner = distance + 0.5 - from, outer = to - distance + 0.5;
    const double covered = inner < outer ? inner : outer;
    return covered < 0 ? 0 : covered > 1 ? 1 : covered;
}

/* A white line between two dark ones, which shows on any background, just outside of the mask, so that the
 * defect itself stays in sight. */
static pb_status draw_contour(const uint8_t *mask, pb_image *image)
{
    const uint8_t dark = 16, light = 255;
    const int64_t pixels = (int64_t)image->width * image->height;
    const double shortest = image->width < image->height ? image->width : image->height;
    const double line = fmax(1.0, shortest / 250.0), rim = fmax(1.0, line / 2.0);
    uint16_t *distance;
    PB_TRY(PB_NEW_UNINITIALISED(distance, pixels));
    measure_distances(mask, image->width, image->height, distance);
    for (int64_t i = 0; i < pixels; i++) {
        if (distance[i] == 0 || distance[i] == FAR)
            continue;
        /* The first pixel outside has its centre half a pixel from the mask's edge. */
        const double away = distance[i] / (double)STEP - 0.5;
        const double rims = coverage(away, 0, line + 2 * rim), white = coverage(away, rim, rim + line);
        for (int c = 0; c < 3; c++) {
            uint8_t *value = &image->rgb[3 * i + c];
            *value = blend(blend(*value, dark, rims), light, white);
        }
    }
    pb_free(distance);
    return PB_STATUS_OK;
}

static pb_status check_view(const pb_image *image, const pb_rect *view)
{
    PB_CHECK_ARG(view->left >= 0 && view->top >= 0 && view->width >= 1 && view->height >= 1 &&
                     view->width <= image->width - view->left && view->height <= image->height - view->top,
                 "a map cannot cover %d x %d pixels at (%d, %d) of an image of %d x %d", (int)view->width,
                 (int)view->height, (int)view->left, (int)view->top, (int)image->width, (int)image->height);
    return PB_STATUS_OK;
}

static pb_status check_heat(const pb_image *image, const heat_layer *heat)
{
    PB_CHECK_ARG(image->rgb && image->width >= 1 && image->height >= 1, "cannot lay a map over %d x %d pixels",
                 (int)image->width, (int)image->height);
    PB_CHECK_ARG(heat->grid_height >= 1 && heat->grid_width >= 1, "a map of %d x %d patches has no patches",
                 (int)heat->grid_height, (int)heat->grid_width);
    PB_CHECK_ARG(isfinite(heat->low) && isfinite(heat->high) && heat->low < heat->high,
                 "a map's scale must rise: low %g, high %g", heat->low, heat->high);
    PB_CHECK_ARG(heat->opacity >= 0 && heat->opacity <= 1, "opacity must be between 0 and 1, not %g", heat->opacity);
    PB_CHECK_ARG(heat->colors >= PB_COLORMAP_VIRIDIS && heat->colors <= PB_COLORMAP_TURBO, "%d is not a colour map",
                 (int)heat->colors);
    for (int64_t i = 0; i < (int64_t)heat->grid_height * heat->grid_width; i++)
        if (!isfinite(heat->map[i]))
            return pb_fail(PB_STATUS_BAD_VALUE, "patch (%d, %d) of the map is %g", (int)(i / heat->grid_width),
                           (int)(i % heat->grid_width), heat->map[i]);
    return PB_STATUS_OK;
}

pb_status pb_image_overlay(const pb_image *image, const double *map, int32_t grid_height, int32_t grid_width,
                           const pb_rect *view, double low, double high, double opacity, pb_colormap colors,
                           const uint8_t *mask, pb_image *out)
{
    const heat_layer heat = {map, grid_height, grid_width, low, high, opacity, colors};
    PB_TRY(check_heat(image, &heat));
    const pb_rect whole = {0, 0, image->width, image->height};
    if (!view)
        view = &whole;
    PB_TRY(check_view(image, view));
    pb_image overlay;
    PB_TRY(pb_image_new(image->width, image->height, &overlay));
    memcpy(overlay.rgb, image->rgb, (size_t)image->width * (size_t)image->height * 3);
    pb_status status = blend_heat(&heat, view, &overlay);
    if (status == PB_STATUS_OK && mask)
        status = draw_contour(mask, &overlay);
    if (status == PB_STATUS_OK)
        *out = overlay;
    else
        pb_image_free(&overlay);
    return status;
}
