#include "backbone/preprocess.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "image/resize.h"

enum {
    PILLOW_BILINEAR = 2, /* PIL.Image.Resampling, as `resample` gives it */
    PILLOW_BICUBIC = 3,
    MAX_SIDE = 16384
};

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

/* A side of `value`'s: a whole number, or a member of that name. */
static pb_status read_side(const json_t *value, const char *key, const char *name, int32_t *out)
{
    const json_int_t side = json_integer_value(value);
    if (!json_is_integer(value) || side < 1 || side > MAX_SIDE)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must give whole numbers from 1 to %d", name, key, MAX_SIDE);
    *out = (int32_t)side;
    return PB_STATUS_OK;
}

/* {"height": n, "width": n} */
static pb_status read_square(const json_t *value, const char *key, const char *name, int32_t *out)
{
    int32_t height = 0, width = 0;
    PB_TRY(read_side(json_object_get(value, "height"), key, name, &height));
    PB_TRY(read_side(json_object_get(value, "width"), key, name, &width));
    if (height != width)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"%s\" is %d x %d pixels; only squares can be computed", name, key,
                       (int)height, (int)width);
    *out = height;
    return PB_STATUS_OK;
}

/* "size": n or {"shortest_edge": n} keeps the shape of the photo, {"height": n, "width": n} does not. */
static pb_status read_resize(const json_t *config, const char *name, pb_preprocess *out)
{
    const json_t *value = json_object_get(config, "size"), *shortest = json_object_get(value, "shortest_edge");
    if (!value || json_is_null(value))
        return PB_STATUS_OK;
    if (json_is_object(value) && !shortest) {
        out->fit = PB_FIT_BOTH_SIDES;
        return read_square(value, "size", name, &out->resize_side);
    }
    out->fit = PB_FIT_SHORTEST_SIDE;
    return read_side(shortest ? shortest : value, "size", name, &out->resize_side);
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

/* What is cut out is the model's whole input. */
static pb_status check_crop(const json_t *config, const char *name, const pb_preprocess *preprocess)
{
    const json_t *value = json_object_get(config, "crop_size");
    int32_t side = preprocess->size;
    if (json_is_false(json_object_get(config, "do_center_crop"))) {
        if (preprocess->fit == PB_FIT_SHORTEST_SIDE)
            return pb_fail(PB_STATUS_UNSUPPORTED,
                           "%s: \"do_center_crop\" is false; only true can be computed where the shortest side is "
                           "resized",
                           name);
        side = preprocess->resize_side;
    } else if (json_is_object(value)) {
        PB_TRY(read_square(value, "crop_size", name, &side));
    } else if (value && !json_is_null(value)) {
        PB_TRY(read_side(value, "crop_size", name, &side));
    }
    if (side != preprocess->size)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: the photo's part is %d pixels, the model takes %d", name, (int)side,
                       (int)preprocess->size);
    if (preprocess->resize_side < side)
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "%s: \"size\" is %d pixels, less than the %d that are cut out: borders cannot be computed", name,
                       (int)preprocess->resize_side, (int)side);
    return PB_STATUS_OK;
}

/* Steps that another file could leave out or change: all are done here, and in one way. */
static pb_status check_steps(const json_t *config, const char *name, int n_steps)
{
    static const char *const steps[] = {"do_rescale", "do_normalize", "do_resize"};
    const json_t *factor = json_object_get(config, "rescale_factor");
    for (int i = 0; i < n_steps; i++)
        if (json_is_false(json_object_get(config, steps[i])))
            return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"%s\" is false; only true can be computed", name, steps[i]);
    if (factor && !json_is_null(factor) && !(fabs(json_number_value(factor) * 255 - 1) < 1e-4))
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"rescale_factor\" must be 1 / 255, others cannot be computed",
                       name);
    return PB_STATUS_OK;
}

pb_status pb_preprocess_read(const json_t *config, const char *name, bool whole_any, pb_preprocess *preprocess)
{
    if (!config)
        return PB_STATUS_OK;
    PB_TRY(read_channels(config, "image_mean", name, -1000, preprocess->mean));
    PB_TRY(read_channels(config, "image_std", name, 1e-6, preprocess->std));
    PB_TRY(check_steps(config, name, whole_any ? 2 : 3));
    if (whole_any)
        return PB_STATUS_OK;
    PB_TRY(read_filter(config, name, &preprocess->filter));
    PB_TRY(read_resize(config, name, preprocess));
    return check_crop(config, name, preprocess);
}

/* ---- timm, open_clip ---- */

/* The index of config[key] among `names`; `missing` where there is none. */
static pb_status read_choice(const json_t *config, const char *key, const char *name, const char *const *names, int n,
                             int missing, int *out)
{
    const json_t *value = json_object_get(config, key);
    const char *text = json_string_value(value);
    *out = missing;
    if (!value || json_is_null(value))
        return PB_STATUS_OK;
    for (*out = 0; *out < n; (*out)++)
        if (text && strcmp(text, names[*out]) == 0)
            return PB_STATUS_OK;
    return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"%s\" is '%.40s'; %s and %s can be computed", name, key,
                   text ? text : "?", names[0], names[1]);
}

/* What timm and open_clip have in common: `fit_key` has one of the two `fits`. */
static pb_status read_pil(const json_t *config, const char *name, const char *fit_key, const char *const fits[2],
                          pb_preprocess *out)
{
    static const char *const filters[] = {[PB_RESAMPLE_BILINEAR] = "bilinear", [PB_RESAMPLE_BICUBIC] = "bicubic"};
    int filter, fit;
    out->rounds_centre = true;
    PB_TRY(read_channels(config, "mean", name, -1000, out->mean));
    PB_TRY(read_channels(config, "std", name, 1e-6, out->std));
    PB_TRY(read_choice(config, "interpolation", name, filters, 2, PB_RESAMPLE_BICUBIC, &filter));
    PB_TRY(read_choice(config, fit_key, name, fits, 2, PB_FIT_SHORTEST_SIDE, &fit));
    out->filter = (pb_resample)filter;
    out->fit = (pb_fit)fit;
    return PB_STATUS_OK;
}

pb_status pb_preprocess_read_timm(const json_t *config, const char *name, int32_t size, pb_preprocess *out)
{
    static const char *const fits[] = {[PB_FIT_BOTH_SIDES] = "squash", [PB_FIT_SHORTEST_SIDE] = "center"};
    const double default_share = 0.875; /* as timm's transforms have it, and the rest of the defaults here */
    const json_t *share = json_object_get(config, "crop_pct");
    const double part = !share || json_is_null(share) ? default_share : json_number_value(share);
    *out = (pb_preprocess){.size = size, .mean = PB_IMAGENET_MEAN, .std = PB_IMAGENET_STD};
    PB_TRY(read_pil(config, name, "crop_mode", fits, out));
    if (!(part >= 0.1 && part <= 1))
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"crop_pct\" must be a number from 0.1 to 1", name);
    out->resize_side = (int32_t)floor(size / part);
    return PB_STATUS_OK;
}

pb_status pb_preprocess_read_open_clip(const json_t *config, const char *name, int32_t size, pb_preprocess *out)
{
    static const char *const fits[] = {[PB_FIT_BOTH_SIDES] = "squash", [PB_FIT_SHORTEST_SIDE] = "shortest"};
    out->size = out->resize_side = size;
    return read_pil(config, name, "resize_mode", fits, out);
}

void pb_preprocess_take_tiles(pb_preprocess *preprocess)
{
    preprocess->fit = PB_FIT_BOTH_SIDES;
    preprocess->resize_side = preprocess->size;
}

/* ---- Describing ---- */

/* "shortest side 256 bilinear, centre 224x224" */
static void describe_geometry(const pb_preprocess *p, char *out, size_t size)
{
    const char *filter = p->filter == PB_RESAMPLE_BICUBIC ? "bicubic" : "bilinear";
    const int resized = (int)p->resize_side, n = (int)p->size;
    if (p->fit == PB_FIT_SHORTEST_SIDE)
        snprintf(out, size, "shortest side %d %s, centre %dx%d", resized, filter, n, n);
    else if (resized == n)
        snprintf(out, size, "resize %dx%d %s", n, n, filter);
    else
        snprintf(out, size, "resize %dx%d %s, centre %dx%d", resized, resized, filter, n, n);
}

pb_status pb_preprocess_fill_origin(const pb_preprocess *preprocess, pb_origin *origin)
{
    const float *mean = preprocess->mean, *std = preprocess->std;
    char geometry[80];
    describe_geometry(preprocess, geometry, sizeof geometry);
    origin->input_height = origin->input_width = preprocess->size;
    origin->fit = preprocess->fit;
    origin->resize_side = preprocess->resize_side;
    const int length = snprintf(origin->preprocessing, sizeof origin->preprocessing,
                                "%s; mean %.7g %.7g %.7g; std %.7g %.7g %.7g", geometry, (double)mean[0],
                                (double)mean[1], (double)mean[2], (double)std[0], (double)std[1], (double)std[2]);
    if (length < 0 || (size_t)length >= sizeof origin->preprocessing)
        return pb_fail(PB_STATUS_LIMIT, "the preprocessing takes too long a text: %s...", origin->preprocessing);
    return PB_STATUS_OK;
}

/* ---- Running ---- */

void pb_preprocess_table(const pb_preprocess *preprocess, float table[3][256])
{
    for (int c = 0; c < 3; c++)
        for (int value = 0; value < 256; value++)
            table[c][value] = ((float)value / 255.0f - preprocess->mean[c]) / preprocess->std[c];
}

/* Pixels before the middle `size` of `side`. */
static int32_t margin(int32_t side, int32_t size, bool rounds)
{
    const int32_t twice = side - size;
    return twice / 2 + (rounds && twice % 4 == 3); /* 0.5 becomes 0, 1.5 becomes 2 */
}

pb_status pb_preprocess_run(const pb_preprocess *preprocess, const pb_image *image, uint8_t *pixels)
{
    const int32_t size = preprocess->size;
    int32_t width = preprocess->resize_side, height = width;
    pb_image centre;
    if (preprocess->fit == PB_FIT_SHORTEST_SIDE)
        PB_TRY(pb_image_shortest_size(image, preprocess->resize_side, &width, &height));
    const pb_rect part = {margin(width, size, preprocess->rounds_centre),
                          margin(height, size, preprocess->rounds_centre), size, size};
    PB_TRY(pb_image_resize_part(image, width, height, preprocess->filter, &part, &centre));
    memcpy(pixels, centre.rgb, (size_t)size * (size_t)size * 3);
    pb_image_free(&centre);
    return PB_STATUS_OK;
}
