/* What lies outside of a region, shown in an image. */
#include <purebank/image.h>
#include <purebank/roi.h>

#include <inttypes.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/product.h"
#include "io/roi.h"

/* Light enough to see what is there, dark and grey enough not to be taken for a part of the map. */
static void dim(uint8_t *rgb)
{
    const int grey = (rgb[0] + rgb[1] + rgb[2]) / 3;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)(grey * 2 / 5);
}

typedef struct shading {
    const pb_roi *roi;
    const pb_rect *view;
    int32_t line; /* half its width, in pixels */
} shading;

/* Pixels of the view outside of it count as those at its border. */
static bool is_inside(const shading *self, int64_t x, int64_t y)
{
    const pb_roi *roi = self->roi;
    const pb_rect *view = self->view;
    x = x < 0 ? 0 : x >= view->width ? view->width - 1 : x;
    y = y < 0 ? 0 : y >= view->height ? view->height - 1 : y;
    const int64_t column = x * roi->grid_width / view->width, row = y * roi->grid_height / view->height;
    return roi->inside[row * roi->grid_width + column] != 0;
}

/* Outside, and within a line's width of the region. */
static bool is_edge(const shading *self, int64_t x, int64_t y)
{
    for (int64_t down = -self->line; down <= self->line; down += self->line)
        for (int64_t across = -self->line; across <= self->line; across += self->line)
            if (is_inside(self, x + across, y + down))
                return true;
    return false;
}

pb_status pb_roi_shade(const pb_roi *roi, const pb_rect *view, pb_image *image)
{
    static const uint8_t LINE[3] = {0x3c, 0xb4, 0xff};
    const pb_rect whole = {0, 0, image->width, image->height};
    const int32_t shorter = image->width < image->height ? image->width : image->height;
    const shading self = {roi, view ? view : &whole, shorter / 250 > 1 ? shorter / 250 : 1};
    const pb_rect *seen = self.view;
    PB_CHECK_ARG(seen->left >= 0 && seen->top >= 0 && seen->width >= 1 && seen->height >= 1 &&
                     seen->width <= image->width - seen->left && seen->height <= image->height - seen->top,
                 "a grid cannot cover %" PRId32 " x %" PRId32 " pixels at (%" PRId32 ", %" PRId32
                 ") of an image of %" PRId32 " x %" PRId32,
                 seen->width, seen->height, seen->left, seen->top, image->width, image->height);
    for (int64_t y = 0; y < seen->height; y++) {
        uint8_t *row = image->rgb + ((seen->top + y) * image->width + seen->left) * 3;
        for (int64_t x = 0; x < seen->width; x++) {
            if (is_inside(&self, x, y))
                continue;
            if (is_edge(&self, x, y))
                for (int c = 0; c < 3; c++)
                    row[3 * x + c] = LINE[c];
            else
                dim(row + 3 * x);
        }
    }
    return PB_STATUS_OK;
}
