#include "io/features.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "io/finite.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/npy.h"
#include "io/origin.h"
#include "io/path.h"

enum { MAX_SIDECAR_BYTES = 1 << 20 };

/* What stands behind pb_features.owner: a map, or rows of our own. */
typedef struct pb_features_owner {
    float *rows;
    pb_roi *roi;   /* NULL: whole photos, or borrowed */
    bool writable; /* made by pb_features_new(); converted files stay constant like mapped ones */
    pb_npy array;
} features_owner;

static int64_t image_values(const pb_features *features)
{
    return features->n_patches * features->dim;
}

/* Shape of features with a given grid, or PB_STATUS_BAD_SHAPE / PB_STATUS_LIMIT; *n_values = n * P * D. */
static pb_status set_shape(int64_t n_images, int32_t grid_height, int32_t grid_width, int64_t dim, pb_features *out,
                           int64_t *n_values)
{
    if (n_images < 1 || grid_height < 1 || grid_width < 1 || dim < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "features need at least one image, patch and channel, not %" PRId64 " images of %" PRId32
                       "x%" PRId32 " patches with %" PRId64 " channels",
                       n_images, grid_height, grid_width, dim);
    int64_t values = 0, bytes;
    pb_features features = {.n_images = n_images, .dim = dim, .grid_height = grid_height, .grid_width = grid_width};
    features.n_patches = (int64_t)grid_height * grid_width;
    PB_TRY(pb_size_multiply(n_images, features.n_patches, "patches of all images", &values));
    PB_TRY(pb_size_multiply(values, dim, "values of all features", &values));
    PB_TRY(pb_size_multiply(values, (int64_t)sizeof(float), "bytes of all features", &bytes));
    features.origin.grid_height = grid_height;
    features.origin.grid_width = grid_width;
    features.origin.dim = dim;
    *out = features;
    *n_values = values;
    return PB_STATUS_OK;
}

static void owner_free(features_owner *owner)
{
    if (!owner)
        return;
    pb_free(owner->rows);
    pb_roi_free(owner->roi);
    pb_npy_close(&owner->array);
    pb_free(owner);
}

/* *out = room for `shape` with an owner to be filled. */
static pb_status new_owned(const pb_features *shape, pb_features **out)
{
    pb_features *features;
    PB_TRY(PB_NEW(features, 1));
    *features = *shape;
    if (PB_NEW(features->owner, 1) != PB_STATUS_OK) {
        pb_free(features);
        return PB_STATUS_NO_MEMORY;
    }
    *out = features;
    return PB_STATUS_OK;
}

static pb_status make_rows(pb_features *features, const pb_roi *roi, const pb_augment *augment)
{
    features_owner *owner = features->owner;
    if (augment)
        features->augment = *augment;
    if (roi) {
        PB_TRY(pb_roi_copy(roi, &owner->roi));
        features->roi = owner->roi;
        features->n_patches = roi->n_inside;
    }
    PB_TRY(pb_size_multiply(features->n_patches, pb_augment_n_variants(&features->augment), "patches of an image",
                            &features->n_patches));
    PB_TRY(PB_NEW_PRODUCT(owner->rows, features->n_images, image_values(features)));
    owner->writable = true;
    features->data = owner->rows;
    return PB_STATUS_OK;
}

pb_status pb_features_new_within(int64_t n_images, const pb_origin *origin, const pb_roi *roi,
                                 const pb_augment *augment, pb_features **out)
{
    pb_features shape, *features;
    int64_t n_values = 0;
    PB_TRY(set_shape(n_images, origin->grid_height, origin->grid_width, origin->dim, &shape, &n_values));
    shape.origin = *origin;
    if (augment)
        PB_TRY(pb_augment_check(augment, origin));
    PB_TRY(new_owned(&shape, &features));
    const pb_status status = make_rows(features, roi, augment);
    if (status == PB_STATUS_OK)
        *out = features;
    else
        pb_features_free(features);
    return status;
}

pb_status pb_features_new(int64_t n_images, const pb_origin *origin, pb_features **out)
{
    return pb_features_new_within(n_images, origin, NULL, NULL, out);
}

pb_status pb_features_cut(const pb_features *features, const pb_roi *roi, pb_features **out)
{
    pb_features *cut;
    if (features->roi)
        return pb_fail(PB_STATUS_MISMATCH, "the features are of the region of interest %s already",
                       features->roi->name);
    if (roi->grid_height != features->grid_height || roi->grid_width != features->grid_width)
        return pb_fail(PB_STATUS_MISMATCH,
                       "the region of interest %s is over %" PRId32 " x %" PRId32
                       " patches, the features are of %" PRId32 " x %" PRId32,
                       roi->name, roi->grid_width, roi->grid_height, features->grid_width, features->grid_height);
    PB_TRY(pb_features_new_within(features->n_images, &features->origin, roi, &features->augment, &cut));
    const int64_t n_variants = pb_augment_n_variants(&features->augment);
    const int64_t from = image_values(features) / n_variants, to = image_values(cut) / n_variants;
    for (int64_t i = 0; i < features->n_images * n_variants; i++)
        pb_roi_gather(roi, features->data + i * from, (size_t)features->dim * sizeof(float), cut->owner->rows + i * to);
    *out = cut;
    return PB_STATUS_OK;
}

const pb_roi *pb_features_roi(const pb_features *features)
{
    return features->roi;
}

const pb_augment *pb_features_augment(const pb_features *features)
{
    return pb_augment_is_any(&features->augment) ? &features->augment : NULL;
}

int64_t pb_features_n_own_patches(const pb_features *features)
{
    return pb_features_n_own(features);
}

pb_status pb_features_view(const float *data, int64_t n_images, int32_t grid_height, int32_t grid_width, int64_t dim,
                           pb_features *out)
{
    pb_features features;
    int64_t n_values = 0;
    PB_CHECK_ARG(data, "features to borrow are NULL");
    PB_TRY(set_shape(n_images, grid_height, grid_width, dim, &features, &n_values));
    features.data = data;
    *out = features;
    return PB_STATUS_OK;
}

void pb_features_view_like(const pb_features *like, const float *data, int64_t n_images, pb_features *out)
{
    *out = *like;
    out->owner = NULL;
    out->data = data;
    out->n_images = n_images;
}

pb_status pb_features_borrow(const float *data, int64_t n_images, int32_t grid_height, int32_t grid_width, int64_t dim,
                             pb_features **out)
{
    pb_features view, *features;
    PB_TRY(pb_features_view(data, n_images, grid_height, grid_width, dim, &view));
    PB_TRY(PB_NEW(features, 1));
    *features = view;
    *out = features;
    return PB_STATUS_OK;
}

pb_status pb_features_slice(const pb_features *features, int64_t first, int64_t n, pb_features **out)
{
    PB_CHECK_ARG(first >= 0 && n >= 1 && first <= features->n_images - n,
                 "%" PRId64 " images from image %" PRId64 " on, of features of %" PRId64, n, first, features->n_images);
    PB_TRY(pb_features_borrow(pb_features_image_at(features, first), n, features->grid_height, features->grid_width,
                              features->dim, out));
    pb_features_view_like(features, pb_features_image_at(features, first), n, *out);
    return PB_STATUS_OK;
}

void pb_features_free(pb_features *features)
{
    if (!features)
        return;
    owner_free(features->owner);
    pb_free(features);
}

/* ---- What they hold --------------------------------------------------------------------------------------------- */

int64_t pb_features_n_images(const pb_features *features)
{
    return features->n_images;
}

int64_t pb_features_n_patches(const pb_features *features)
{
    return features->n_patches;
}

int64_t pb_features_dim(const pb_features *features)
{
    return features->dim;
}

int32_t pb_features_grid_height(const pb_features *features)
{
    return features->grid_height;
}

int32_t pb_features_grid_width(const pb_features *features)
{
    return features->grid_width;
}

const float *pb_features_data(const pb_features *features)
{
    return features->data;
}

const float *pb_features_image_at(const pb_features *features, int64_t i)
{
    return features->data + i * image_values(features);
}

float *pb_features_rows(pb_features *features)
{
    const features_owner *owner = features->owner;
    return owner && owner->writable ? owner->rows : NULL;
}

const pb_origin *pb_features_origin(const pb_features *features)
{
    return &features->origin;
}

pb_status pb_features_set_origin(pb_features *features, const pb_origin *origin)
{
    if (origin->grid_height != features->grid_height || origin->grid_width != features->grid_width ||
        origin->dim != features->dim)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "an origin of %" PRId32 "x%" PRId32 " patches with %" PRId64 " channels for features of %" PRId32
                       "x%" PRId32 " with %" PRId64,
                       origin->grid_height, origin->grid_width, origin->dim, features->grid_height,
                       features->grid_width, features->dim);
    features->origin = *origin;
    return PB_STATUS_OK;
}

/* ---- Finite values ---------------------------------------------------------------------------------------------- */

static pb_status check_image(void *context, int64_t image, int worker)
{
    (void)worker;
    const pb_features *features = context;
    const int64_t n_values = image_values(features);
    const float *values = features->data + image * n_values;
    const int64_t at = pb_first_not_finite(values, n_values);
    if (at == n_values)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_VALUE,
                   "image %" PRId64 ", patch %" PRId64 ", channel %" PRId64 " (counted from 0) is %s", image,
                   at / features->dim, at % features->dim, values[at] != values[at] ? "NaN" : "infinite");
}

pb_status pb_features_check_finite(const pb_features *features)
{
    pb_features view = *features;
    return pb_parallel_for(features->n_images, check_image, &view, NULL);
}

/* ---- The sidecar ------------------------------------------------------------------------------------------------ */

/* @param sha256 what the sidecar says of the feature file; "" where it says nothing, as those made elsewhere may */
static pb_status load_sidecar(const char *sidecar, pb_origin *out, char sha256[65])
{
    json_t *object;
    sha256[0] = '\0';
    PB_TRY(pb_json_load(sidecar, MAX_SIDECAR_BYTES, &object));
    pb_status status = pb_origin_from_json(object, sidecar, out);
    if (status == PB_STATUS_OK && json_object_get(object, "sha256"))
        status = pb_json_get_text(object, "sha256", sidecar, sha256, 65);
    json_decref(object);
    return status;
}

/* ---- Loading ---------------------------------------------------------------------------------------------------- */

static pb_status check_dims(const pb_npy *array, const char *path)
{
    char shape[PB_NPY_MAX_DIMS * 24] = "";
    size_t used = 0;
    for (int i = 0; i < array->n_dims; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRId64, i ? ", " : "", array->shape[i]);
    if (array->n_dims != 3 && array->n_dims != 4)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%s has %d dimensions, shape (%s); features are (images, patches, channels) or (images, rows, "
                       "columns, channels)",
                       path, array->n_dims, shape);
    if (array->n_items == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s is empty: shape (%s)", path, shape);
    return PB_STATUS_OK;
}

/* The side of a square grid with n cells, or 0. */
static int32_t square_side(int64_t n)
{
    int64_t low = 0, high = INT32_MAX;
    while (low < high) {
        const int64_t middle = low + (high - low + 1) / 2;
        if (middle <= n / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low * low == n ? (int32_t)low : 0;
}

/* The grid as the array itself tells it: its own two dimensions of four, or a square; *height = 0 when it does not. */
static pb_status grid_of(const pb_npy *array, const char *path, int32_t *height, int32_t *width)
{
    if (array->n_dims == 3) {
        *height = *width = square_side(array->shape[1]);
        return PB_STATUS_OK;
    }
    if (array->shape[1] > INT32_MAX || array->shape[2] > INT32_MAX)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s: a grid of %" PRId64 "x%" PRId64 " patches is too large", path,
                       array->shape[1], array->shape[2]);
    *height = (int32_t)array->shape[1];
    *width = (int32_t)array->shape[2];
    return PB_STATUS_OK;
}

/* Does the sidecar speak of this array? */
static pb_status check_sidecar(const pb_npy *array, const char *path, const char *sidecar, const pb_origin *origin)
{
    const int64_t dim = array->shape[array->n_dims - 1];
    if (array->n_dims == 4 && (array->shape[1] != origin->grid_height || array->shape[2] != origin->grid_width))
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%s says %" PRId32 "x%" PRId32 " patches, %s has %" PRId64 "x%" PRId64
                       ": they do not belong together",
                       sidecar, origin->grid_height, origin->grid_width, path, array->shape[1], array->shape[2]);
    if (array->n_dims == 3 && (int64_t)origin->grid_height * origin->grid_width != array->shape[1])
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%s says %" PRId32 "x%" PRId32 " patches, %s has %" PRId64 ": they do not belong together",
                       sidecar, origin->grid_height, origin->grid_width, path, array->shape[1]);
    if (origin->dim != dim)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%s says %" PRId64 " channels, %s has %" PRId64 ": they do not belong together", sidecar,
                       origin->dim, path, dim);
    return PB_STATUS_OK;
}

/* Is the array what it was when the sidecar was written? */
static pb_status check_sha256(const pb_npy *array, const char *path, const char *sidecar, const char sha256[65])
{
    char found[65];
    if (!sha256[0])
        return PB_STATUS_OK;
    PB_TRY(pb_sha256_bytes(array->map.bytes, array->map.size, found));
    if (strcmp(found, sha256) == 0)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_FORMAT,
                   "%s is damaged or has been changed: its SHA-256 is not the one in %s; make it again, or take "
                   "\"sha256\" out of there if the change is meant",
                   path, sidecar);
}

/* Where the patches stand: as the sidecar says, else as the array does. */
static pb_status find_origin(const pb_npy *array, const char *path, const char *sidecar, pb_origin *out)
{
    if (pb_path_exists(sidecar)) {
        char sha256[65];
        PB_TRY(load_sidecar(sidecar, out, sha256));
        PB_TRY(check_sidecar(array, path, sidecar, out));
        return check_sha256(array, path, sidecar, sha256);
    }
    *out = (pb_origin){.dim = array->shape[array->n_dims - 1]};
    PB_TRY(grid_of(array, path, &out->grid_height, &out->grid_width));
    if (out->grid_height == 0)
        return pb_fail(
            PB_STATUS_BAD_SHAPE,
            "%s has %" PRId64
            " patches an image, which is no square: give (images, rows, columns, channels), or tell the grid "
            "in %s",
            path, array->shape[1], sidecar);
    return PB_STATUS_OK;
}

static bool usable_in_place(const pb_npy *array)
{
    return array->type == PB_NPY_F4 && !array->byte_swapped && (uintptr_t)array->data % _Alignof(float) == 0;
}

typedef struct conversion {
    const pb_npy *array;
    int64_t image_values;
    float *out;
} conversion;

static pb_status convert_image(void *context, int64_t image, int worker)
{
    (void)worker;
    const conversion *work = context;
    const int64_t first = image * work->image_values;
    return pb_npy_to_f32(work->array, first, work->image_values, work->out + first);
}

/* *data = the array as float32: in the map where it is that already. */
static pb_status take_values(features_owner *owner, const pb_features *features, const float **data)
{
    if (usable_in_place(&owner->array)) {
        *data = owner->array.data;
        return PB_STATUS_OK;
    }
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(owner->rows, features->n_images, image_values(features)));
    conversion work = {&owner->array, image_values(features), owner->rows};
    PB_TRY(pb_parallel_for(features->n_images, convert_image, &work, NULL));
    pb_npy_close(&owner->array);
    *data = owner->rows;
    return PB_STATUS_OK;
}

/* Fills `features`, which have an owner and nothing else.
 * @param known NULL, or the origin, so that the sidecar is not looked for */
static pb_status load_into(pb_features *features, const char *path, const char *sidecar, const pb_origin *known)
{
    features_owner *owner = features->owner;
    pb_origin origin = {.dim = 0};
    int64_t n_values = 0;
    PB_TRY(pb_npy_open(path, &owner->array));
    PB_TRY(check_dims(&owner->array, path));
    if (known) {
        origin = *known;
        PB_TRY(check_sidecar(&owner->array, path, "its description", &origin));
    } else {
        PB_TRY(find_origin(&owner->array, path, sidecar, &origin));
    }
    PB_TRY(set_shape(owner->array.shape[0], origin.grid_height, origin.grid_width, origin.dim, features, &n_values));
    features->owner = owner;
    features->origin = origin;
    pb_status status = take_values(owner, features, &features->data);
    if (status == PB_STATUS_OK)
        status = pb_features_check_finite(features);
    return status == PB_STATUS_BAD_VALUE ? pb_fail(status, "%s: %s", path, pb_error_message()) : status;
}

static pb_status load(const char *path, const pb_origin *known, pb_features **out)
{
    char *sidecar;
    pb_features *features = NULL;
    PB_TRY(pb_path_beside(path, PB_FEATURES_SIDECAR_ENDING, &sidecar));
    pb_status status = new_owned(&(pb_features){.n_images = 0}, &features);
    if (status == PB_STATUS_OK)
        status = load_into(features, path, sidecar, known);
    pb_free(sidecar);
    if (status != PB_STATUS_OK) {
        pb_features_free(features);
        return status;
    }
    *out = features;
    return PB_STATUS_OK;
}

pb_status pb_features_load(const char *path, pb_features **out)
{
    return load(path, NULL, out);
}

pb_status pb_features_load_known(const char *path, const pb_origin *origin, pb_features **out)
{
    return load(path, origin, out);
}

void pb_features_forget(const pb_features *features, int64_t first, int64_t n)
{
    const features_owner *owner = features->owner;
    if (owner && (const void *)features->data == owner->array.data)
        pb_file_forget_pages(features->data + first * image_values(features),
                             (size_t)(n * image_values(features)) * sizeof(float));
}
