#include "backbone/vit/vit_preprocess.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PILLOW_BILINEAR = 2, PILLOW_BICUBIC = 3 }; /* PIL.Image.Resampling, as `resample` gives it */

/* ---- preprocessor_config.json ---- */

static pb_status read_channels(const json_t *config, const char *key, const char *name, double low, float out[3])
{
    const json_t *values = json_object_get(config, key);
    if (!values || json_is_null(values))
        return PB_STATUS_OK;
    for (size_t c = 0; c < 3; c++) {
        const json_t *value = json_array_get(values, c);
        const double number = json_number_value(value);
        if (json_array_size(values) != 3 || !json_is_number(value) || !(number >= low && number <= 1000))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must be three numbers from %g to 1000", name, key, low);
        out[c] = (float)number;
    }
    return PB_STATUS_OK;
}

/* "size" and "crop_size" are a number, {"shortest_edge": n} or {"height": n, "width": n}; 0 where there is none. */
static int64_t side_of(const json_t *config, const char *key)
{
    static const char *const members[] = {"shortest_edge", "height", "width"};
    const json_t *value = json_object_get(config, key);
    for (size_t i = 0; json_is_object(value) && i < sizeof members / sizeof *members; i++)
        if (json_object_get(value, members[i]))
            return json_integer_value(json_object_get(value, members[i]));
    return json_integer_value(value);
}

static pb_status read_filter(const json_t *config, const char *name, pb_resample *out)
{
    const json_t *value = json_object_get(config, "resample");
    if (!value || json_is_null(value))
        return PB_STATUS_OK;
    const json_int_t filter = json_integer_value(value);
    if (!json_is_integer(value) || (filter != PILLOW_BILINEAR && filter != PILLOW_BICUBIC))
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "%s: \"resample\" must be 2 (bilinear) or 3 (bicubic); other filters cannot be computed", name);
    *out = filter == PILLOW_BICUBIC ? PB_RESAMPLE_BICUBIC : PB_RESAMPLE_BILINEAR;
    return PB_STATUS_OK;
}

/* The crop is the model's whole input; a shortest side that is larger would be another preprocessing. */
static pb_status check_crop(const json_t *config, const char *name, int32_t size)
{
    static const char *const keys[] = {"size", "crop_size"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const int64_t side = side_of(config, keys[i]);
        if (json_object_get(config, keys[i]) && side != size)
            return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"%s\" is %lld pixels, the model takes %d", name, keys[i],
                           (long long)side, (int)size);
    }
    return PB_STATUS_OK;
}

/* Steps that another file could leave out or change: all are done here, and in one way. Resizing and cropping are CLIP's alone,
 * as the DINOs take any size. */
static pb_status check_steps(const json_t *config, const char *name, pb_vit_geometry geometry)
{
    static const char *const steps[] = {"do_rescale", "do_normalize", "do_resize", "do_center_crop"};
    const int n = geometry == PB_VIT_CENTRE_CROP ? 4 : 2;
    const json_t *factor = json_object_get(config, "rescale_factor");
    for (int i = 0; i < n; i++)
        if (json_is_false(json_object_get(config, steps[i])))
            return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"%s\" is false; only true can be computed", name, steps[i]);
    if (factor && !json_is_null(factor) && !(fabs(json_number_value(factor) * 255 - 1) < 1e-4))
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"rescale_factor\" must be 1 / 255, others cannot be computed",
                       name);
    return PB_STATUS_OK;
}

static pb_status read_config(const json_t *config, const char *name, pb_vit_preprocess *out, float mean[3],
                             float std[3])
{
    PB_TRY(read_channels(config, "image_mean", name, -1000, mean));
    PB_TRY(read_channels(config, "image_std", name, 1e-6, std));
    PB_TRY(check_steps(config, name, out->geometry));
    if (out->geometry == PB_VIT_RESIZE_BOTH)
        return PB_STATUS_OK;
    PB_TRY(read_filter(config, name, &out->filter));
    return check_crop(config, name, out->size);
}

/* ---- Making ---- */

static void describe(pb_vit_preprocess *out, const float mean[3], const float std[3])
{
    const char *filter = out->filter == PB_RESAMPLE_BICUBIC ? "bicubic" : "bilinear";
    char geometry[64];
    const int n = (int)out->size;
    if (out->geometry == PB_VIT_RESIZE_BOTH)
        snprintf(geometry, sizeof geometry, "resize %dx%d %s", n, n, filter);
    else
        snprintf(geometry, sizeof geometry, "shortest side %d %s, centre %dx%d", n, filter, n, n);
    snprintf(out->description, sizeof out->description, "%s; mean %.7g %.7g %.7g; std %.7g %.7g %.7g", geometry,
             (double)mean[0], (double)mean[1], (double)mean[2], (double)std[0], (double)std[1], (double)std[2]);
}

pb_status pb_vit_preprocess_make(const pb_checkpoint *checkpoint, const pb_vit_model *model, int32_t size,
                                 pb_vit_preprocess *out)
{
    const json_t *config = pb_checkpoint_preprocessor(checkpoint);
    const pb_vit_kind *kind = model->kind;
    float mean[3], std[3];
    *out = (pb_vit_preprocess){.geometry = kind->geometry, .filter = kind->filter, .size = size};
    memcpy(mean, kind->mean, sizeof mean);
    memcpy(std, kind->std, sizeof std);
    if (config)
        PB_TRY(read_config(config, pb_checkpoint_preprocessor_name(checkpoint), out, mean, std));
    for (int c = 0; c < 3; c++)
        for (int value = 0; value < 256; value++)
            out->table[c][value] = ((float)value / 255.0f - mean[c]) / std[c];
    describe(out, mean, std);
    return PB_STATUS_OK;
}

/* ---- Running ---- */

static pb_status crop_centre(pb_image *resized, int32_t size, pb_image *out)
{
    const pb_status status =
        pb_image_crop(resized, (resized->width - size) / 2, (resized->height - size) / 2, size, size, out);
    pb_image_free(resized);
    return status;
}

pb_status pb_vit_preprocess_run(const pb_vit_preprocess *preprocess, const pb_image *image, uint8_t *pixels)
{
    const int32_t size = preprocess->size;
    const size_t bytes = (size_t)size * (size_t)size * 3;
    pb_image resized = {0};
    if (image->width == size && image->height == size) { /* every geometry leaves it as it is */
        memcpy(pixels, image->rgb, bytes);
        return PB_STATUS_OK;
    }
    if (preprocess->geometry == PB_VIT_RESIZE_BOTH) {
        PB_TRY(pb_image_resize(image, size, size, preprocess->filter, &resized));
    } else {
        pb_image whole = {0};
        PB_TRY(pb_image_resize_shortest(image, size, preprocess->filter, &whole));
        PB_TRY(crop_centre(&whole, size, &resized));
    }
    memcpy(pixels, resized.rgb, bytes);
    pb_image_free(&resized);
    return PB_STATUS_OK;
}
