#include "bank/history.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/json_fields.h"

static const char *const kinds[] = {"add", "remove", "exclude", "restore"};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

const char *pb_change_kind_name(pb_change_kind kind)
{
    return kind >= PB_CHANGE_ADD && kind <= PB_CHANGE_RESTORE ? kinds[kind] : "unknown";
}

int64_t pb_bank_n_changes(const pb_bank *bank)
{
    return bank->n_changes;
}

const pb_bank_change *pb_bank_change_at(const pb_bank *bank, int64_t i)
{
    return &bank->changes[i];
}

static int64_t patches_of(const pb_bank *bank)
{
    return pb_bank_n_places(bank);
}

const uint8_t *pb_bank_excluded_at(const pb_bank *bank, int64_t i)
{
    const int64_t n_patches = patches_of(bank);
    const uint8_t *mask = bank->excluded ? bank->excluded + i * n_patches : NULL;
    return mask && memchr(mask, 1, (size_t)n_patches) ? mask : NULL;
}

void pb_change_clear(pb_bank_change *change)
{
    pb_free(change->path);
    pb_free(change->author);
    pb_free(change->reason);
    pb_free(change->evidence);
    pb_free(change->time);
}

void pb_changes_free(pb_bank_change *changes, int64_t n)
{
    for (int64_t i = 0; changes && i < n; i++)
        pb_change_clear(&changes[i]);
    pb_free(changes);
}

pb_status pb_change_copy(const pb_bank_change *change, pb_bank_change *out)
{
    *out = *change;
    out->path = out->author = out->reason = out->evidence = out->time = NULL;
    PB_TRY(PB_NEW_STRING(out->path, change->path));
    PB_TRY(PB_NEW_STRING(out->author, change->author));
    PB_TRY(PB_NEW_STRING(out->reason, change->reason));
    PB_TRY(PB_NEW_STRING(out->evidence, change->evidence));
    return PB_NEW_STRING(out->time, change->time);
}

/* ---- the description ---------------------------------------------------------------------------------------------- */

json_t *pb_history_to_json(const pb_bank *bank)
{
    json_t *history = json_array();
    for (int64_t i = 0; history && i < bank->n_changes; i++) {
        const pb_bank_change *change = &bank->changes[i];
        json_t *object = json_pack(
            "{s:s, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:f, s:f}", "change", pb_change_kind_name(change->kind), "path",
            pb_json_lossy_string(change->path), "sha256", change->sha256, "patches", (json_int_t)change->n_patches,
            "author", pb_json_lossy_string(change->author), "reason", pb_json_lossy_string(change->reason), "evidence",
            pb_json_lossy_string(change->evidence), "time", pb_json_lossy_string(change->time), "threshold_before",
            change->threshold_before, "threshold_after", change->threshold_after);
        if (json_array_append_new(history, object) != 0) {
            json_decref(history);
            return NULL;
        }
    }
    return history;
}

static pb_status read_copy(const json_t *object, const char *key, const char *name, char **out)
{
    const char *text;
    PB_TRY(pb_json_get_string(object, key, name, &text));
    return PB_NEW_STRING(*out, text);
}

static pb_status read_kind(const json_t *object, const char *name, pb_change_kind *out)
{
    const char *text;
    PB_TRY(pb_json_get_string(object, "change", name, &text));
    for (int kind = 0; kind < N_KINDS; kind++)
        if (strcmp(text, kinds[kind]) == 0) {
            *out = (pb_change_kind)kind;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: there is no change \"%s\"", name, text);
}

static pb_status read_change(const json_t *object, const char *name, pb_bank_change *out)
{
    PB_TRY(read_kind(object, name, &out->kind));
    PB_TRY(read_copy(object, "path", name, &out->path));
    PB_TRY(pb_json_get_text(object, "sha256", name, out->sha256, sizeof out->sha256));
    PB_TRY(pb_json_get_int(object, "patches", name, 0, INT32_MAX, &out->n_patches));
    PB_TRY(read_copy(object, "author", name, &out->author));
    PB_TRY(read_copy(object, "reason", name, &out->reason));
    PB_TRY(read_copy(object, "evidence", name, &out->evidence));
    PB_TRY(read_copy(object, "time", name, &out->time));
    PB_TRY(pb_json_get_real(object, "threshold_before", name, false, &out->threshold_before));
    return pb_json_get_real(object, "threshold_after", name, false, &out->threshold_after);
}

pb_status pb_history_from_json(const json_t *description, const char *name, pb_bank *bank)
{
    const json_t *history;
    if (!json_object_get(description, "history"))
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_array(description, "history", name, &history));
    const int64_t n = (int64_t)json_array_size(history);
    PB_TRY(PB_NEW(bank->changes, n + 1));
    for (bank->n_changes = 0; bank->n_changes < n;) {
        const int64_t i = bank->n_changes++; /* so that one read in part is freed */
        PB_TRY(read_change(json_array_get(history, (size_t)i), name, &bank->changes[i]));
    }
    return PB_STATUS_OK;
}

json_t *pb_excluded_to_json(const pb_bank *bank, int64_t reference)
{
    const uint8_t *mask = pb_bank_excluded_at(bank, reference);
    json_t *array = json_array();
    for (int64_t p = 0; array && mask && p < patches_of(bank); p++)
        if (mask[p] && json_array_append_new(array, json_integer((json_int_t)p)) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static pb_status read_excluded(const json_t *reference, const char *name, int64_t i, pb_bank *bank)
{
    const int64_t n_patches = patches_of(bank);
    const json_t *array;
    if (!json_object_get(reference, "excluded"))
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_array(reference, "excluded", name, &array));
    if (!bank->excluded)
        PB_TRY(PB_NEW_PRODUCT(bank->excluded, bank->n_references, n_patches));
    for (size_t j = 0; j < json_array_size(array); j++) {
        const json_t *patch = json_array_get(array, j);
        if (!json_is_integer(patch) || json_integer_value(patch) < 0 || json_integer_value(patch) >= n_patches)
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s: patch %zu of those taken out of reference %" PRId64 " does not exist", name, j, i);
        bank->excluded[i * n_patches + json_integer_value(patch)] = 1;
    }
    return PB_STATUS_OK;
}

pb_status pb_excluded_from_json(const json_t *references, const char *name, pb_bank *bank)
{
    for (int64_t i = 0; i < bank->n_references; i++)
        PB_TRY(read_excluded(json_array_get(references, (size_t)i), name, i, bank));
    return PB_STATUS_OK;
}
