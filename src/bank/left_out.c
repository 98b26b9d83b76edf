#include "bank/left_out.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "io/file.h"
#include "io/finite.h"

enum {
    N_CELLS = PB_GUARD_THUMBNAIL * PB_GUARD_THUMBNAIL,
    PHOTO_VALUES = 2 + PB_GUARD_N_MEASURES + N_CELLS /* width, height, measures, thumbnail */
};

/* ---- of a fit ----------------------------------------------------------------------------------------------------- */

static pb_status copy_patches(const pb_features *features, const uint8_t *keep, pb_bank *bank)
{
    const int64_t n_patches = features->n_patches, dim = features->dim, n_all = features->n_images * n_patches;
    pb_bank_left_out *left_out = &bank->left_out;
    const int64_t n = n_all - bank->n_rows;
    if (n == 0)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(left_out->own_rows, n, dim));
    PB_TRY(PB_NEW(left_out->image, n));
    PB_TRY(PB_NEW(left_out->patch, n));
    for (int64_t i = 0, to = 0; i < n_all; i++) {
        if (keep[i])
            continue;
        memcpy(left_out->own_rows + to * dim, features->data + i * dim, (size_t)dim * sizeof *left_out->own_rows);
        left_out->image[to] = (int32_t)(i / n_patches);
        left_out->patch[to++] = (int32_t)pb_features_number(features, i % n_patches);
    }
    left_out->rows = left_out->own_rows;
    left_out->n = n;
    return PB_STATUS_OK;
}

pb_status pb_left_out_copy(const pb_features *features, const pb_bank_options *options, const uint8_t *keep,
                           pb_bank *bank)
{
    const int64_t n = features->n_images, n_own = pb_features_n_own(features), n_bits = n * n_own;
    const int64_t n_cells = (int64_t)features->grid_height * features->grid_width;
    if (bank->coreset_of == 0)
        PB_TRY(copy_patches(features, keep, bank));
    if (options->photos) {
        PB_TRY(PB_NEW(bank->left_out.photos, n));
        memcpy(bank->left_out.photos, options->photos, (size_t)n * sizeof *options->photos);
    }
    bool any = false;
    for (int64_t i = 0; options->excluded && i < n_bits; i++)
        any = any || options->excluded[i];
    if (!any)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_PRODUCT(bank->excluded, n, n_cells));
    for (int64_t i = 0; i < n_bits; i++)
        bank->excluded[i / n_own * n_cells + pb_features_place(features, i % n_own)] = options->excluded[i] != 0;
    return PB_STATUS_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

static void photo_to_values(const pb_photo *photo, double *out)
{
    *out++ = photo->width;
    *out++ = photo->height;
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++)
        *out++ = photo->value[m];
    for (int i = 0; i < N_CELLS; i++)
        *out++ = (double)photo->thumbnail[i];
}

static bool is_side(double value)
{
    return value >= 0 && value <= INT32_MAX && value == floor(value);
}

static pb_status photo_from_values(const double *values, const char *name, int64_t i, pb_photo *out)
{
    for (int j = 0; j < PHOTO_VALUES; j++) {
        const bool may_be_unknown = j >= 2 && j < 2 + PB_GUARD_N_MEASURES;
        if (isinf(values[j]) || (isnan(values[j]) && !may_be_unknown))
            return pb_fail(PB_STATUS_BAD_VALUE, "%s: number %d of the photo of reference %" PRId64 " is %g", name, j, i,
                           values[j]);
    }
    if (!is_side(values[0]) || !is_side(values[1]))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: the photo of reference %" PRId64 " has %g x %g pixels", name, i,
                       values[0], values[1]);
    out->width = (int32_t)values[0];
    out->height = (int32_t)values[1];
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++)
        out->value[m] = values[2 + m];
    for (int c = 0; c < N_CELLS; c++)
        out->thumbnail[c] = (float)values[2 + PB_GUARD_N_MEASURES + c];
    return PB_STATUS_OK;
}

static pb_tensor tensor(const char *name, pb_dtype type, int64_t rows, int64_t columns, const void *data)
{
    return (pb_tensor){.name = name,
                       .type = type,
                       .n_dims = columns > 0 ? 2 : 1,
                       .shape = {rows, columns},
                       .n_items = columns > 0 ? rows * columns : rows,
                       .data = data,
                       .bytes = (size_t)(columns > 0 ? rows * columns : rows) * pb_dtype_bytes(type)};
}

static pb_status digest(const pb_tensor *tensors, int64_t n, char hex[65])
{
    const void *pieces[PB_LEFT_OUT_TENSORS];
    size_t sizes[PB_LEFT_OUT_TENSORS];
    for (int64_t i = 0; i < n; i++) {
        pieces[i] = tensors[i].data;
        sizes[i] = tensors[i].bytes;
    }
    return pb_sha256_pieces(pieces, sizes, (int)n, hex);
}

pb_status pb_left_out_to_tensors(const pb_bank *bank, pb_tensor *tensors, int64_t *out_n, double **photos, char hex[65])
{
    const pb_bank_left_out *left_out = &bank->left_out;
    *out_n = 0;
    *photos = NULL;
    hex[0] = '\0';
    if (left_out->n > 0) {
        tensors[(*out_n)++] = tensor("spare_rows", PB_DTYPE_F32, left_out->n, bank->dim, left_out->rows);
        tensors[(*out_n)++] = tensor("spare_image", PB_DTYPE_I32, left_out->n, 0, left_out->image);
        tensors[(*out_n)++] = tensor("spare_patch", PB_DTYPE_I32, left_out->n, 0, left_out->patch);
    }
    if (left_out->photos) {
        PB_TRY(PB_NEW_PRODUCT(*photos, bank->n_references, PHOTO_VALUES));
        for (int64_t i = 0; i < bank->n_references; i++)
            photo_to_values(&left_out->photos[i], *photos + i * PHOTO_VALUES);
        tensors[(*out_n)++] = tensor("photos", PB_DTYPE_F64, bank->n_references, PHOTO_VALUES, *photos);
    }
    return *out_n > 0 ? digest(tensors, *out_n, hex) : PB_STATUS_OK;
}

static pb_status check_patches(const pb_bank *bank, const char *name)
{
    const pb_bank_left_out *left_out = &bank->left_out;
    const int64_t n_values = left_out->n * bank->dim, bad = pb_first_not_finite(left_out->rows, n_values);
    if (bad < n_values)
        return pb_fail(PB_STATUS_BAD_VALUE, "%s: channel %" PRId64 " of spare row %" PRId64 " is not finite", name,
                       bad % bank->dim, bad / bank->dim);
    for (int64_t i = 0; i < left_out->n; i++)
        if (left_out->image[i] < 0 || left_out->image[i] >= bank->n_references ||
            !pb_bank_has_patch(bank, left_out->patch[i]))
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s: spare row %" PRId64
                           " comes from image %d, patch %d, which do not exist or do not count",
                           name, i, (int)left_out->image[i], (int)left_out->patch[i]);
    return PB_STATUS_OK;
}

static pb_status read_patches(const pb_safetensors *file, const char *name, const pb_tensor *rows, pb_bank *bank)
{
    pb_bank_left_out *left_out = &bank->left_out;
    const int64_t shape[] = {rows->shape[0], bank->dim};
    const pb_tensor *images, *patches;
    PB_TRY(pb_safetensors_require(file, "spare_rows", PB_DTYPE_F32, 2, shape, &rows));
    PB_TRY(pb_safetensors_require(file, "spare_image", PB_DTYPE_I32, 1, shape, &images));
    PB_TRY(pb_safetensors_require(file, "spare_patch", PB_DTYPE_I32, 1, shape, &patches));
    PB_TRY(PB_NEW(left_out->image, shape[0]));
    PB_TRY(PB_NEW(left_out->patch, shape[0]));
    memcpy(left_out->image, images->data, images->bytes);
    memcpy(left_out->patch, patches->data, patches->bytes);
    left_out->rows = rows->data;
    left_out->n = shape[0];
    if ((uintptr_t)rows->data % sizeof(float) != 0) {
        PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(left_out->own_rows, shape[0], bank->dim));
        memcpy(left_out->own_rows, rows->data, rows->bytes);
        left_out->rows = left_out->own_rows;
    }
    return check_patches(bank, name);
}

static pb_status read_photos(const pb_safetensors *file, const char *name, pb_bank *bank)
{
    const int64_t shape[] = {bank->n_references, PHOTO_VALUES};
    const pb_tensor *photos;
    double values[PHOTO_VALUES];
    PB_TRY(pb_safetensors_require(file, "photos", PB_DTYPE_F64, 2, shape, &photos));
    PB_TRY(PB_NEW(bank->left_out.photos, bank->n_references));
    for (int64_t i = 0; i < bank->n_references; i++) {
        memcpy(values, (const uint8_t *)photos->data + (size_t)i * sizeof values, sizeof values);
        PB_TRY(photo_from_values(values, name, i, &bank->left_out.photos[i]));
    }
    return PB_STATUS_OK;
}

pb_status pb_left_out_from_file(const pb_safetensors *file, const char *name, pb_bank *bank)
{
    const char *const names[PB_LEFT_OUT_TENSORS] = {"spare_rows", "spare_image", "spare_patch", "photos"};
    const char *expected = pb_safetensors_metadata(file, PB_LEFT_OUT_DIGEST);
    pb_tensor found[PB_LEFT_OUT_TENSORS];
    int64_t n = 0;
    char hex[65] = "";
    for (int i = 0; i < PB_LEFT_OUT_TENSORS; i++) {
        const pb_tensor *one = pb_safetensors_find(file, names[i]);
        if (one)
            found[n++] = *one;
    }
    if (n > 0)
        PB_TRY(digest(found, n, hex));
    if (strcmp(hex, expected ? expected : "") != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is damaged: the SHA-256 of what it keeps for changes does not match; fit it again", name);
    if (pb_safetensors_find(file, "spare_rows"))
        PB_TRY(read_patches(file, name, &found[0], bank));
    if (pb_safetensors_find(file, "photos"))
        PB_TRY(read_photos(file, name, bank));
    return PB_STATUS_OK;
}
