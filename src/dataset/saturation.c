/* MVTec LOCO's defects_config.json: what the value of a mask's pixels says about the region that they mark (method.md#spro). */
#include <purebank/image.h>

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/masks.h"
#include "io/file.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/mask_values.h"
#include "io/path.h"

enum { MAX_CONFIG_BYTES = 1 << 20, N_VALUES = 256 };

typedef struct saturation {
    double enough; /* 0: the file has no such value */
    bool is_share;
} saturation;

struct pb_saturations {
    char *path;
    saturation of[N_VALUES];
};

void pb_saturations_free(pb_saturations *saturations)
{
    if (!saturations)
        return;
    pb_free(saturations->path);
    pb_free(saturations);
}

/* *out = the file beside the folder of masks; NULL where the mask lies in none. */
static pb_status config_beside(const char *mask_path, char **out)
{
    static const char truth[] = "ground_truth/", name[] = "defects_config.json";
    size_t folder = 0;
    bool found = strncmp(mask_path, truth, strlen(truth)) == 0;
    for (const char *at = mask_path; (at = strstr(at, "/ground_truth/")) != NULL; at++) {
        folder = (size_t)(at - mask_path) + 1;
        found = true;
    }
    *out = NULL;
    if (!found)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(*out, (int64_t)(folder + sizeof name)));
    memcpy(*out, mask_path, folder);
    memcpy(*out + folder, name, sizeof name);
    return PB_STATUS_OK;
}

static pb_status read_entry(const json_t *entry, pb_saturations *out)
{
    int64_t value;
    saturation found;
    if (!json_is_object(entry))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a kind of defect is not an object", out->path);
    PB_TRY(pb_json_get_int(entry, "pixel_value", out->path, 1, N_VALUES - 1, &value));
    PB_TRY(pb_json_get_real(entry, "saturation_threshold", out->path, false, &found.enough));
    PB_TRY(pb_json_get_bool(entry, "relative_saturation", out->path, &found.is_share));
    if (found.enough <= 0 || (found.is_share && found.enough > 1))
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s: the \"saturation_threshold\" of value %" PRId64 " is %g, which is no %s", out->path, value,
                       found.enough, found.is_share ? "share of a region" : "number of pixels");
    if (out->of[value].enough > 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has two kinds of defect with \"pixel_value\" %" PRId64, out->path,
                       value);
    out->of[value] = found;
    return PB_STATUS_OK;
}

static pb_status read_config(pb_saturations *out)
{
    json_t *root, *entry;
    size_t i;
    PB_TRY(pb_json_load(out->path, MAX_CONFIG_BYTES, &root));
    pb_status status = PB_STATUS_OK;
    if (!json_is_array(root) || json_array_size(root) == 0)
        status = pb_fail(PB_STATUS_BAD_FORMAT, "%s is no list of kinds of defects", out->path);
    json_array_foreach(root, i, entry)
    {
        if (status == PB_STATUS_OK)
            status = read_entry(entry, out);
    }
    json_decref(root);
    return status;
}

pb_status pb_saturations_find(const char *mask_path, pb_saturations **out)
{
    pb_saturations *found;
    *out = NULL;
    PB_TRY(PB_NEW(found, 1));
    pb_status status = config_beside(mask_path, &found->path);
    const bool is_there = status == PB_STATUS_OK && found->path && pb_is_file(found->path);
    if (is_there)
        status = read_config(found);
    if (is_there && status == PB_STATUS_OK)
        *out = found;
    else
        pb_saturations_free(found);
    return status;
}

/* The one value above 0; 0 where there is none. */
static pb_status value_of(const uint8_t *mask, int64_t n, const char *path, uint8_t *out)
{
    *out = 0;
    for (int64_t i = 0; i < n; i++) {
        if (mask[i] && *out && mask[i] != *out)
            return pb_fail(PB_STATUS_BAD_VALUE,
                           "%s has the values %d and %d: the mask of a saturated region has one beside 0", path, *out,
                           mask[i]);
        if (mask[i])
            *out = mask[i];
    }
    return PB_STATUS_OK;
}

pb_status pb_saturated_region_read(const pb_saturations *saturations, const char *mask_path, pb_saturated_region *out)
{
    uint8_t value;
    *out = (pb_saturated_region){0};
    PB_TRY(pb_mask_values_read(mask_path, &out->mask, &out->width, &out->height));
    pb_status status = value_of(out->mask, (int64_t)out->width * out->height, mask_path, &value);
    if (status == PB_STATUS_OK && value && !(saturations->of[value].enough > 0))
        status = pb_fail(PB_STATUS_BAD_VALUE, "%s has the value %d, and %s no kind of defect with that \"pixel_value\"",
                         mask_path, value, saturations->path);
    out->enough = value ? saturations->of[value].enough : 1;
    out->is_share = value ? saturations->of[value].is_share : true;
    if (status != PB_STATUS_OK) {
        pb_buffer_free(out->mask);
        *out = (pb_saturated_region){0};
    }
    return status;
}
