/* A bank that is signed as pb_bank_save() signs it, whatever it says: an error, or a bank that scores and can be saved.
 * Input: the description, a NUL byte, then what the tensors hold (less is filled up with zeros): those of scoring, then those that are
 * kept for changes of the bank. */
#include "fuzz.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/safetensors.h"

enum { ROWS = 8, DIM = 3, SPARE = 2, PHOTOS = 2, PHOTO_VALUES = 277, MAX_PATCHES = 64, MAX_TEXT = 1 << 16 };

typedef struct tensor_bytes {
    float rows[ROWS * DIM];
    int32_t images[ROWS], patches[ROWS];
    float spare_rows[SPARE * DIM];
    int32_t spare_images[SPARE], spare_patches[SPARE];
    uint8_t has_spare, has_photos, filling[6];
    double photos[PHOTOS * PHOTO_VALUES];
} tensor_bytes;

static char bank_path[64];

static void remove_bank(void)
{
    unlink(bank_path);
}

/* In memory, where syncing costs nothing. */
static void name_bank(void)
{
    if (bank_path[0])
        return;
    snprintf(bank_path, sizeof bank_path, "/dev/shm/purebank-fuzz-%ld.bank", (long)getpid());
    atexit(remove_bank);
}

/* As pb_bank_save() does. */
static pb_status write_bank(const char *description, const tensor_bytes *content)
{
    const void *const pieces[] = {content, description};
    const size_t sizes[] = {offsetof(tensor_bytes, spare_rows), strlen(description)};
    char hex[65], spare_hex[65];
    PB_TRY(pb_sha256_pieces(pieces, sizes, 2, hex));
    pb_tensor tensors[7] = {
        {"rows", PB_DTYPE_F32, 2, {ROWS, DIM}, (int64_t)ROWS * DIM, content->rows, sizeof content->rows},
        {"image_of_row", PB_DTYPE_I32, 1, {ROWS}, ROWS, content->images, sizeof content->images},
        {"patch_of_row", PB_DTYPE_I32, 1, {ROWS}, ROWS, content->patches, sizeof content->patches},
    };
    const pb_tensor spare[] = {
        {"spare_rows", PB_DTYPE_F32, 2, {SPARE, DIM}, SPARE * DIM, content->spare_rows, sizeof content->spare_rows},
        {"spare_image", PB_DTYPE_I32, 1, {SPARE}, SPARE, content->spare_images, sizeof content->spare_images},
        {"spare_patch", PB_DTYPE_I32, 1, {SPARE}, SPARE, content->spare_patches, sizeof content->spare_patches},
        {"photos",
         PB_DTYPE_F64,
         2,
         {PHOTOS, PHOTO_VALUES},
         PHOTOS * PHOTO_VALUES,
         content->photos,
         sizeof content->photos},
    };
    const void *spare_pieces[4];
    size_t spare_sizes[4];
    int n = 0;
    for (int i = 0; i < 4; i++) {
        if (!(i < 3 ? content->has_spare & 1 : content->has_photos & 1))
            continue;
        tensors[3 + n] = spare[i];
        spare_pieces[n] = spare[i].data;
        spare_sizes[n++] = spare[i].bytes;
    }
    PB_TRY(pb_sha256_pieces(spare_pieces, spare_sizes, n, spare_hex));
    const char *const keys[] = {"format", "version", "description", "sha256", "spare_sha256"};
    const bool is_new = strstr(description, "\"roi\"") || strstr(description, "\"augment\"");
    const char *const values[] = {"purebank-bank", is_new ? "3" : "2", description, hex, spare_hex};
    return pb_safetensors_write(bank_path, tensors, 3 + n, keys, values, n > 0 ? 5 : 4);
}

/* A bank as it would be without its first reference: an error, or one that can be saved. */
static void check_mending(const pb_bank *bank)
{
    pb_mend *mend = NULL;
    pb_bank *mended = NULL;
    if ((int64_t)pb_bank_origin(bank)->grid_height * pb_bank_origin(bank)->grid_width > MAX_PATCHES ||
        pb_mend_new(bank, &mend) != PB_STATUS_OK)
        return;
    FUZZ_CHECK(pb_mend_remove(mend, 0) == PB_STATUS_OK);
    if (pb_mend_apply(mend, NULL, NULL, &mended) == PB_STATUS_OK)
        FUZZ_CHECK(pb_bank_n_changes(mended) == pb_bank_n_changes(bank) + 1);
    pb_bank_free(mended);
    pb_mend_free(mend);
}

/* Two parts: one of zeros, one of what the bank holds. */
static void check_scores(pb_bank *bank, const tensor_bytes *content)
{
    const int64_t n_patches = (int64_t)pb_bank_origin(bank)->grid_height * pb_bank_origin(bank)->grid_width;
    if (n_patches > MAX_PATCHES)
        return;
    pb_features *parts = NULL;
    double patch_scores[2 * MAX_PATCHES], scores[2];
    FUZZ_CHECK(pb_features_new(2, pb_bank_origin(bank), &parts) == PB_STATUS_OK);
    float *second = pb_features_rows(parts) + n_patches * DIM;
    for (int64_t i = 0; i < n_patches * DIM; i++)
        second[i] = content->rows[i % (ROWS * DIM)];
    FUZZ_CHECK(pb_bank_score(bank, parts, patch_scores, scores) == PB_STATUS_OK);
    for (int i = 0; i < 2; i++)
        FUZZ_CHECK(isfinite(scores[i]) && scores[i] >= 0);
    pb_features_free(parts);
}

/* What has been loaded comes back the same from a file of its own. */
static void check_saving(const pb_bank *bank)
{
    pb_bank *again = NULL;
    char *before = NULL, *after = NULL;
    FUZZ_CHECK(pb_bank_save(bank, bank_path) == PB_STATUS_OK);
    FUZZ_CHECK(pb_bank_load(bank_path, &again) == PB_STATUS_OK);
    FUZZ_CHECK(pb_bank_describe(bank, &before) == PB_STATUS_OK);
    FUZZ_CHECK(pb_bank_describe(again, &after) == PB_STATUS_OK);
    FUZZ_CHECK(strcmp(before, after) == 0);
    pb_buffer_free(before);
    pb_buffer_free(after);
    pb_bank_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char description[MAX_TEXT + 1];
    static const tensor_bytes nothing;
    tensor_bytes content = nothing;
    const uint8_t *end = size > 0 ? memchr(bytes, 0, size) : NULL;
    const size_t length = end ? (size_t)(end - bytes) : size;
    if (length > MAX_TEXT)
        return 0;
    if (length > 0)
        memcpy(description, bytes, length);
    description[length] = '\0';
    if (end && length + 1 < size)
        memcpy(&content, end + 1, size - length - 1 < sizeof content ? size - length - 1 : sizeof content);

    name_bank();
    if (write_bank(description, &content) != PB_STATUS_OK) /* the text is not UTF-8 */
        return 0;
    pb_bank *bank = NULL;
    const pb_status status = pb_bank_load(bank_path, &bank);
    if (status == PB_STATUS_OK) {
        check_scores(bank, &content);
        check_saving(bank);
        check_mending(bank);
    }
    pb_bank_free(bank);
    fuzz_check_end(status);
    return 0;
}
