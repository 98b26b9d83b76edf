/* The bank file: a .safetensors with the descriptors, where each came from, and the description in its metadata.
 *
 *   tensors   rows F32 (n, D) · image_of_row I32 (n) · patch_of_row I32 (n)
 *             for changes of the bank (mend.h), where there are any, and nothing that an older program needs: spare_rows F32 (m, D) ·
 *             spare_image I32 (m) · spare_patch I32 (m) · photos F64 (references, values) (left_out.c)
 *   metadata  format "purebank-bank" · version "2", or "3" with a region of interest or copies of references · description JSON (description.c) · sha256 of the first three tensors and the
 *             description · spare_sha256 of the others
 *
 * Banks of many rows also hold what makes them ready soon (prepared.h): row_checksums I64 and index.* with "sha256_of_checksums" and
 * "index" in the metadata.
 *
 * The digests turn a flipped bit anywhere into an error instead of a wrong score. */
#include "bank/bank.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "bank/description.h"
#include "bank/left_out.h"
#include "bank/prepared.h"
#include "bank/search.h"
#include "base/memory.h"
#include "base/product.h"
#include "io/file.h"
#include "io/finite.h"
#include "io/json.h"
#include "io/sniff.h"

static const char *const FORMAT = "purebank-bank";
/* The latter of banks with a region of interest, which a program that knows none would score as a whole, and of those whose references have
 * copies, which one that knows none could neither load nor mend. */
static const char *const VERSIONS[] = {"2", "3"};

static const char *version_of(const pb_bank *bank)
{
    return VERSIONS[bank->roi != NULL || pb_augment_is_any(&bank->augment)];
}

static pb_status digest_bank(const pb_bank *bank, const char *description, char hex[65])
{
    const size_t n = (size_t)bank->n_rows;
    const void *const pieces[] = {bank->rows, bank->image_of_row, bank->patch_of_row, description};
    const size_t sizes[] = {n * (size_t)bank->dim * sizeof *bank->rows, n * sizeof *bank->image_of_row,
                            n * sizeof *bank->patch_of_row, strlen(description)};
    return pb_sha256_pieces(pieces, sizes, 4, hex);
}

static pb_tensor tensor(const char *name, pb_dtype type, int n_dims, int64_t rows, int64_t columns, const void *data)
{
    const int64_t n_items = rows * columns;
    return (pb_tensor){.name = name,
                       .type = type,
                       .n_dims = n_dims,
                       .shape = {rows, columns},
                       .n_items = n_items,
                       .data = data,
                       .bytes = (size_t)n_items * pb_dtype_bytes(type)};
}

/* What is written behind what every bank has. */
typedef struct more_tensors {
    pb_bank_prepared prepared;
    double *photos;
} more_tensors;

static pb_status write_bank(const pb_bank *bank, const char *path, const char *text, more_tensors *more)
{
    enum { OWN = 3, KEYS = 7 };
    pb_tensor tensors[OWN + PB_LEFT_OUT_TENSORS + PB_BANK_PREPARED_TENSORS] = {
        tensor("rows", PB_DTYPE_F32, 2, bank->n_rows, bank->dim, bank->rows),
        tensor("image_of_row", PB_DTYPE_I32, 1, bank->n_rows, 1, bank->image_of_row),
        tensor("patch_of_row", PB_DTYPE_I32, 1, bank->n_rows, 1, bank->patch_of_row),
    };
    const pb_bank_prepared *prepared = &more->prepared;
    char hex[65], left_out_hex[65];
    int64_t n_left_out, n = 4;
    PB_TRY(digest_bank(bank, text, hex));
    PB_TRY(pb_left_out_to_tensors(bank, tensors + OWN, &n_left_out, &more->photos, left_out_hex));
    memcpy(tensors + OWN + n_left_out, prepared->tensors, (size_t)prepared->n_tensors * sizeof *tensors);
    const char *keys[KEYS] = {"format", "version", "description", "sha256"};
    const char *values[KEYS] = {FORMAT, version_of(bank), text, hex};
    const char *const more_keys[] = {PB_LEFT_OUT_DIGEST, PB_BANK_PREPARED_DIGEST, PB_BANK_PREPARED_INDEX};
    const char *const more_values[] = {n_left_out > 0 ? left_out_hex : NULL,
                                       prepared->n_tensors > 0 ? prepared->digest : NULL, prepared->index.description};
    for (int i = 0; i < KEYS - 4; i++) {
        keys[n] = more_keys[i];
        values[n] = more_values[i];
        n += more_values[i] != NULL;
    }
    return pb_safetensors_write(path, tensors, OWN + n_left_out + prepared->n_tensors, keys, values, n);
}

pb_status pb_bank_save_as(const pb_bank *bank, const char *path, bool prepared)
{
    more_tensors more = {0};
    const pb_index *index;
    char *text = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_bank_describe(bank, &text));
    if (prepared) {
        PB_TRY_GOTO(pb_bank_index(bank, &index));
        PB_TRY_GOTO(pb_bank_prepared_of(bank, index, text, &more.prepared));
    }
    PB_TRY_GOTO(write_bank(bank, path, text, &more));
done:
    pb_bank_prepared_clear(&more.prepared);
    pb_free(more.photos);
    pb_free(text);
    return status;
}

pb_status pb_bank_save(const pb_bank *bank, const char *path)
{
    return pb_bank_save_as(bank, path, bank->n_rows >= PB_BANK_MANY_ROWS);
}

/* Metadata that must be there. */
static pb_status metadata(const pb_safetensors *file, const char *path, const char *key, const char **out)
{
    *out = pb_safetensors_metadata(file, key);
    if (*out)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_FORMAT,
                   "%s is not a purebank bank: it is a safetensors file whose metadata has no \"%s\"", path, key);
}

static pb_status check_format(const pb_safetensors *file, const char *path)
{
    const char *format, *version;
    PB_TRY(metadata(file, path, "format", &format));
    PB_TRY(metadata(file, path, "version", &version));
    if (strcmp(format, FORMAT) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a purebank bank: its format is \"%s\"", path, format);
    if (strcmp(version, VERSIONS[0]) != 0 && strcmp(version, VERSIONS[1]) != 0)
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "%s is a bank of format version %s; those that can be read are %s and %s: fit it again", path,
                       version, VERSIONS[0], VERSIONS[1]);
    return PB_STATUS_OK;
}

static pb_status load_description(const pb_safetensors *file, const char *path, pb_bank *bank)
{
    const char *text;
    json_t *object = NULL;
    PB_TRY(metadata(file, path, "description", &text));
    PB_TRY(pb_json_parse(text, strlen(text), path, &object));
    const pb_status status = pb_bank_undescribe(object, path, bank);
    json_decref(object);
    return status;
}

/* Else an older program would have scored it as a whole. */
static pb_status check_version(const pb_safetensors *file, const char *path, const pb_bank *bank)
{
    const char *version;
    PB_TRY(metadata(file, path, "version", &version));
    if (strcmp(version, version_of(bank)) == 0)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s is of version %s, which banks %s are not", path, version,
                   bank->roi                           ? "with a region of interest"
                   : pb_augment_is_any(&bank->augment) ? "with copies of references"
                                                       : "without a region of interest or copies of references");
}

static pb_status map_tensors(const pb_safetensors *file, pb_bank *bank)
{
    const pb_tensor *rows, *images, *patches;
    bank->dim = bank->origin.dim;
    const int64_t shape[] = {bank->n_rows, bank->dim};
    PB_TRY(pb_safetensors_require(file, "rows", PB_DTYPE_F32, 2, shape, &rows));
    PB_TRY(pb_safetensors_require(file, "image_of_row", PB_DTYPE_I32, 1, shape, &images));
    PB_TRY(pb_safetensors_require(file, "patch_of_row", PB_DTYPE_I32, 1, shape, &patches));
    /* The small ones are copied; the descriptors too where another writer left them unaligned. */
    PB_TRY(PB_NEW(bank->image_of_row, bank->n_rows));
    PB_TRY(PB_NEW(bank->patch_of_row, bank->n_rows));
    memcpy(bank->image_of_row, images->data, images->bytes);
    memcpy(bank->patch_of_row, patches->data, patches->bytes);
    bank->rows = rows->data;
    if ((uintptr_t)rows->data % sizeof(float) != 0) {
        PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(bank->own_rows, bank->n_rows, bank->dim));
        memcpy(bank->own_rows, rows->data, rows->bytes);
        bank->rows = bank->own_rows;
    }
    return PB_STATUS_OK;
}

/* The digest says that the file is as it was written, not that a sound program wrote it. */
static pb_status check_values(const pb_bank *bank, const char *path)
{
    const int64_t n_values = bank->n_rows * bank->dim, bad = pb_first_not_finite(bank->rows, n_values);
    if (bad < n_values)
        return pb_fail(PB_STATUS_BAD_VALUE, "%s: channel %" PRId64 " of row %" PRId64 " is %s: fit it again", path,
                       bad % bank->dim, bad / bank->dim, isnan(bank->rows[bad]) ? "NaN" : "infinite");
    return PB_STATUS_OK;
}

static pb_status check_rows(const pb_bank *bank, const char *path)
{
    const int64_t n_places = pb_bank_n_places(bank);
    if (bank->n_rows < bank->k)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %" PRId64 " patches cannot answer K = %" PRId64, path, bank->n_rows,
                       bank->k);
    for (int64_t i = 0; i < bank->n_rows; i++) {
        const int32_t image = bank->image_of_row[i], patch = bank->patch_of_row[i];
        if (image < 0 || image >= bank->n_references || !pb_bank_has_patch(bank, patch))
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s: row %" PRId64 " comes from image %d, patch %d, which do not exist or do not count",
                           path, i, (int)image, (int)patch);
        if (bank->excluded && bank->excluded[image * n_places + patch % n_places])
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: row %" PRId64 " is a patch that is said to be taken out", path,
                           i);
    }
    return PB_STATUS_OK;
}

/* Of rows that are many, by checksums in parallel. */
static pb_status check_content(const pb_safetensors *file, const char *path, const pb_bank *bank)
{
    const char *expected, *description;
    char hex[65];
    bool verified;
    PB_TRY(metadata(file, path, "sha256", &expected));
    PB_TRY(metadata(file, path, "description", &description));
    PB_TRY(pb_bank_prepared_verify(bank, path, description, &verified));
    if (verified)
        return PB_STATUS_OK;
    PB_TRY(digest_bank(bank, description, hex));
    if (strcmp(hex, expected) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is damaged: its SHA-256 does not match its content; fit it again",
                       path);
    return check_values(bank, path);
}

/* A photo or a table in the place of the bank is told apart from a damaged bank. */
static pb_status check_kind(const char *path)
{
    pb_file_map map;
    PB_TRY(pb_file_map_open(path, &map));
    const bool right = pb_sniff_is_safetensors(map.bytes, map.size);
    const char *kind = right ? "" : pb_sniff(map.bytes, map.size);
    pb_file_map_close(&map);
    return right ? PB_STATUS_OK
                 : pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a purebank bank: it looks like %s", path, kind);
}

static pb_status load(const char *path, pb_bank *bank)
{
    PB_TRY(check_kind(path));
    PB_TRY(PB_NEW_STRING(bank->path, path));
    PB_TRY(pb_safetensors_open(path, &bank->file));
    const pb_safetensors *file = bank->file;
    PB_TRY(check_format(file, path));
    PB_TRY(load_description(file, path, bank));
    PB_TRY(check_version(file, path, bank));
    PB_TRY(map_tensors(file, bank));
    PB_TRY(check_content(file, path, bank));
    PB_TRY(check_rows(bank, path));
    return pb_left_out_from_file(file, path, bank);
}

pb_status pb_bank_load(const char *path, pb_bank **out)
{
    pb_bank *bank;
    PB_TRY(pb_bank_allocate(&bank));
    const pb_status status = load(path, bank);
    if (status == PB_STATUS_OK)
        *out = bank;
    else
        pb_bank_free(bank);
    return status;
}
