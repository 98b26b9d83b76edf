#include "resolution.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "terminal.h"

enum { MAX_SIDE = 1 << 16 };

/* What --resolution says: a size, or a share of the first photo's (1 for native). */
typedef struct resolution {
    int64_t width, height;
    double scale; /* 0: width and height */
} resolution;

static bool read_size(const char *text, resolution *out)
{
    const char *cross = strchr(text, 'x');
    return cross && pb_item_integer((pb_item){text, (size_t)(cross - text)}, 1, MAX_SIDE, &out->width) &&
           pb_item_integer(pb_item_of(cross + 1), 1, MAX_SIDE, &out->height);
}

static bool read_resolution(const char *text, resolution *out)
{
    *out = (resolution){.scale = 1};
    if (strcmp(text, "native") == 0)
        return true;
    if (pb_item_share(pb_item_of(text), 0.01, 1, &out->scale))
        return true;
    out->scale = 0;
    return read_size(text, out);
}

/* Pixels as pb_backbone_options has them: -1 for none, 0 where the option is not given. */
static bool read_overlap(const char *text, int32_t *out)
{
    int64_t pixels;
    *out = 0;
    if (!text)
        return true;
    if (!pb_item_integer(pb_item_of(text), 0, MAX_SIDE, &pixels))
        return false;
    *out = pixels == 0 ? -1 : (int32_t)pixels;
    return true;
}

int cli_check_resolution(const cli_settings *settings)
{
    resolution asked;
    int32_t overlap;
    if (!settings->resolution && settings->tile)
        return cli_usage_error(
            "--tile needs --resolution: without it a photo is looked at as a whole, at the backbone's "
            "input size");
    if (!settings->resolution && settings->overlap)
        return cli_usage_error("--overlap needs --resolution: without it there are no tiles");
    if (!settings->resolution)
        return CLI_EXIT_OK;
    if (settings->size)
        return cli_usage_error("--size and --resolution exclude each other: --size is what a whole photo is squeezed "
                               "into, and how large a tile of it is says --tile");
    if (!read_resolution(settings->resolution, &asked))
        return cli_usage_error("--resolution %s is neither a size such as 2048x1536, nor native, nor a share of the "
                               "photo's sides such as 0.5 or 50%%",
                               settings->resolution);
    if (!read_overlap(settings->overlap, &overlap))
        return cli_usage_error("--overlap %s is no number of pixels", settings->overlap);
    return CLI_EXIT_OK;
}

static pb_status measure_photo(const char *path, double scale, pb_backbone_options *out)
{
    pb_image photo;
    PB_TRY(pb_image_read(path, &photo));
    out->photo_width = photo.width;
    out->photo_height = photo.height;
    out->width = (int32_t)fmax(1, floor(photo.width * scale + 0.5));
    out->height = (int32_t)fmax(1, floor(photo.height * scale + 0.5));
    pb_image_free(&photo);
    return PB_STATUS_OK;
}

pb_status cli_resolution_choose(const cli_settings *settings, const char *photo, pb_backbone_options *out)
{
    resolution asked;
    if (!settings->resolution)
        return PB_STATUS_OK;
    (void)read_resolution(settings->resolution, &asked); /* checked before, as is the overlap */
    (void)read_overlap(settings->overlap, &out->tile_overlap);
    out->input_size = (int32_t)settings->tile;
    if (asked.scale > 0) {
        if (!photo)
            return pb_fail(
                PB_STATUS_BAD_ARGUMENT,
                "--resolution %s goes by the size of a photo, and categories have different ones: give a size, "
                "such as 2048x1536",
                settings->resolution);
        return measure_photo(photo, asked.scale, out);
    }
    out->width = (int32_t)asked.width;
    out->height = (int32_t)asked.height;
    return PB_STATUS_OK;
}
