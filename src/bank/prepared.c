#include "bank/prepared.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "io/checksum.h"
#include "io/file.h"
#include "io/finite.h"

enum { CHUNK = 64 }; /* rows of a checksum */

static const char checksums_name[] = "row_checksums";

static int64_t n_chunks(const pb_bank *bank)
{
    return (bank->n_rows + CHUNK - 1) / CHUNK;
}

static int64_t chunk_rows(const pb_bank *bank, int64_t chunk)
{
    const int64_t left = bank->n_rows - chunk * CHUNK;
    return left < CHUNK ? left : CHUNK;
}

static uint64_t chunk_checksum(const pb_bank *bank, int64_t chunk)
{
    const size_t bytes = (size_t)(chunk_rows(bank, chunk) * bank->dim) * sizeof *bank->rows;
    return pb_checksum(bank->rows + chunk * CHUNK * bank->dim, bytes, 0);
}

static pb_status digest(const pb_bank *bank, const char *description, const uint64_t *checksums, const char *index,
                        char hex[65])
{
    const size_t n = (size_t)bank->n_rows;
    const void *const pieces[] = {bank->image_of_row, bank->patch_of_row, checksums, description, index};
    const size_t sizes[] = {n * sizeof *bank->image_of_row, n * sizeof *bank->patch_of_row,
                            (size_t)n_chunks(bank) * sizeof *checksums, strlen(description), strlen(index)};
    return pb_sha256_pieces(pieces, sizes, 5, hex);
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

typedef struct summing {
    const pb_bank *bank;
    uint64_t *checksums;
} summing;

static pb_status sum_chunk(void *context, int64_t chunk, int worker)
{
    (void)worker;
    const summing *job = context;
    job->checksums[chunk] = chunk_checksum(job->bank, chunk);
    return PB_STATUS_OK;
}

static pb_status make(const pb_bank *bank, const pb_index *index, const char *description, pb_bank_prepared *out)
{
    const int64_t n = n_chunks(bank);
    PB_TRY(PB_NEW_UNINITIALISED(out->checksums, n));
    summing job = {bank, out->checksums};
    PB_TRY(pb_parallel_for(n, sum_chunk, &job, NULL));
    PB_TRY(pb_stored_of(index, &out->index));
    out->tensors[out->n_tensors++] = (pb_tensor){.name = checksums_name,
                                                 .type = PB_DTYPE_I64,
                                                 .n_dims = 1,
                                                 .shape = {n},
                                                 .n_items = n,
                                                 .data = out->checksums,
                                                 .bytes = (size_t)n * sizeof *out->checksums};
    for (int i = 0; i < out->index.n_tensors; i++)
        out->tensors[out->n_tensors++] = out->index.tensors[i];
    const char *about = out->index.description ? out->index.description : "";
    return digest(bank, description, out->checksums, about, out->digest);
}

pb_status pb_bank_prepared_of(const pb_bank *bank, const pb_index *index, const char *description,
                              pb_bank_prepared *out)
{
    *out = (pb_bank_prepared){0};
    const pb_status status = make(bank, index, description, out);
    if (status != PB_STATUS_OK)
        pb_bank_prepared_clear(out);
    return status;
}

void pb_bank_prepared_clear(pb_bank_prepared *prepared)
{
    pb_free(prepared->checksums);
    pb_stored_clear(&prepared->index);
    *prepared = (pb_bank_prepared){0};
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

typedef struct verification {
    const pb_bank *bank;
    const char *path;
    const uint64_t *checksums;
} verification;

static pb_status damaged(const char *path)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s is damaged: its checksums do not match its content; fit it again", path);
}

/* The checksum says that the rows are as they were written, not that a sound program wrote them. */
static pb_status verify_chunk(void *context, int64_t chunk, int worker)
{
    (void)worker;
    const verification *v = context;
    const pb_bank *bank = v->bank;
    const int64_t first = chunk * CHUNK, n_values = chunk_rows(bank, chunk) * bank->dim;
    const float *values = bank->rows + first * bank->dim;
    if (chunk_checksum(bank, chunk) != v->checksums[chunk])
        return damaged(v->path);
    const int64_t bad = pb_first_not_finite(values, n_values);
    if (bad == n_values)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_VALUE, "%s: channel %" PRId64 " of row %" PRId64 " is %s: fit it again", v->path,
                   bad % bank->dim, first + bad / bank->dim, isnan(values[bad]) ? "NaN" : "infinite");
}

pb_status pb_bank_prepared_verify(const pb_bank *bank, const char *path, const char *description, bool *out)
{
    const char *expected = pb_safetensors_metadata(bank->file, PB_BANK_PREPARED_DIGEST);
    const char *index = pb_safetensors_metadata(bank->file, PB_BANK_PREPARED_INDEX);
    const int64_t shape[] = {n_chunks(bank)};
    const pb_tensor *tensor;
    verification v = {bank, path, NULL};
    uint64_t *checksums;
    char hex[65];
    *out = false;
    if (!expected)
        return PB_STATUS_OK;
    PB_TRY(pb_safetensors_require(bank->file, checksums_name, PB_DTYPE_I64, 1, shape, &tensor));
    PB_TRY(PB_NEW_UNINITIALISED(checksums, n_chunks(bank)));
    memcpy(checksums, tensor->data, tensor->bytes); /* it may not be aligned */
    v.checksums = checksums;
    pb_status status = digest(bank, description, checksums, index ? index : "", hex);
    if (status == PB_STATUS_OK && strcmp(hex, expected) != 0)
        status = damaged(path);
    if (status == PB_STATUS_OK)
        status = pb_parallel_for(n_chunks(bank), verify_chunk, &v, NULL);
    pb_free(checksums);
    *out = status == PB_STATUS_OK;
    return status;
}

pb_status pb_bank_prepared_index(const pb_bank *bank, pb_index **out)
{
    const char *description = bank->file ? pb_safetensors_metadata(bank->file, PB_BANK_PREPARED_INDEX) : NULL;
    const pb_tensor *rows = bank->file ? pb_safetensors_find(bank->file, "rows") : NULL;
    *out = NULL;
    if (!description || !rows || rows->data != bank->rows)
        return PB_STATUS_OK;
    const pb_status status = pb_stored_open(bank->file, description, bank->rows, bank->n_rows, bank->dim, out);
    return status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED ? PB_STATUS_OK : status;
}
