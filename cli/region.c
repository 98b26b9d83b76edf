#include "region.h"

#include <stdio.h>
#include <string.h>

#include "io/path.h"
#include "terminal.h"

const char *cli_region_path(const char *text)
{
    const char *sign = strchr(text, '=');
    return sign && sign > text && sign[1] && !pb_path_exists(text) ? sign + 1 : text;
}

/* What stands before the sign; NULL: nothing does. */
static pb_status name_of(const char *text, char out[PB_ROI_NAME_BYTES], const char **name)
{
    const char *path = cli_region_path(text);
    *name = NULL;
    if (path == text)
        return PB_STATUS_OK;
    const size_t length = (size_t)(path - text) - 1;
    if (length >= PB_ROI_NAME_BYTES)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "--roi: the name before \"=\" has %zu bytes, up to %d fit", length,
                       PB_ROI_NAME_BYTES - 1);
    memcpy(out, text, length);
    out[length] = '\0';
    *name = out;
    return PB_STATUS_OK;
}

static pb_status measure(const char *photo, int32_t *width, int32_t *height)
{
    pb_image image;
    PB_TRY(pb_image_read(photo, &image));
    *width = image.width;
    *height = image.height;
    pb_image_free(&image);
    return PB_STATUS_OK;
}

pb_status cli_region_open(const cli_settings *settings, const pb_origin *origin, const char *photo, pb_roi **out)
{
    char text[PB_ROI_NAME_BYTES];
    const char *name;
    int32_t width = origin->photo_width, height = origin->photo_height;
    *out = NULL;
    if (!settings->roi)
        return PB_STATUS_OK;
    PB_TRY(name_of(settings->roi, text, &name));
    if (photo)
        PB_TRY(measure(photo, &width, &height));
    PB_TRY(pb_roi_read(cli_region_path(settings->roi), origin, width, height, name, out));
    if (pb_roi_n_inside(*out) == (int64_t)origin->grid_height * origin->grid_width)
        cli_warn("--roi %s leaves nothing out: each of the %lld patches is white in its %d x %d pixels",
                 cli_path(cli_region_path(settings->roi)), (long long)pb_roi_n_inside(*out),
                 (int)pb_roi_mask_width(*out), (int)pb_roi_mask_height(*out));
    return PB_STATUS_OK;
}

pb_status cli_region_cut(const pb_roi *roi, const char *const *paths, const pb_photo *photos, pb_features **features)
{
    pb_features *cut;
    if (!roi)
        return PB_STATUS_OK;
    for (int64_t i = 0; photos && i < pb_features_n_images(*features); i++)
        PB_TRY(pb_roi_check_photo(roi, paths[i], photos[i].width, photos[i].height));
    PB_TRY(pb_features_cut(*features, roi, &cut));
    pb_features_free(*features);
    *features = cut;
    return PB_STATUS_OK;
}

void cli_say_region(const pb_roi *roi, const char *before)
{
    if (roi)
        cli_say("%sregion of interest %s: %lld patches of a photo count, the others are not looked at", before,
                cli_path(pb_roi_name(roi)), (long long)pb_roi_n_inside(roi));
}
