/* A person's decisions.json -> one decision per reference. */
#include "bank/decisions.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/json.h"
#include "io/json_fields.h"

enum { MAX_FILE_BYTES = 16 << 20 };

/* The names that decisions may use for the references. */
typedef struct reference_names {
    const char *const *paths;
    const char *const *sha256; /* may be NULL */
    int64_t n;
    bool *decided;
} reference_names;

static bool is_same_file(const char *a, const char *b)
{
    char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
    const bool same = real_a && real_b && strcmp(real_a, real_b) == 0;
    free(real_a);
    free(real_b);
    return same;
}

/* JSON cannot hold every byte of a file name; compare what it can. */
static bool is_same_text(const char *path, const char *json_path)
{
    json_t *lossy = pb_json_lossy_string(path);
    const bool same = lossy && strcmp(json_string_value(lossy), json_path) == 0;
    json_decref(lossy);
    return same;
}

static int64_t find(const reference_names *names, const char *path)
{
    for (int64_t i = 0; i < names->n; i++)
        if (is_same_text(names->paths[i], path))
            return i;
    for (int64_t i = 0; i < names->n; i++)
        if (is_same_file(names->paths[i], path))
            return i;
    return -1;
}

static pb_status check_unchanged(const json_t *entry, const char *file, const char *path, const char *sha256)
{
    const char *decided_on = "";
    if (json_object_get(entry, "sha256"))
        PB_TRY(pb_json_get_string(entry, "sha256", file, &decided_on));
    if (sha256 && *sha256 && *decided_on && strcmp(sha256, decided_on) != 0)
        return pb_fail(PB_STATUS_MISMATCH, "%s: %s has changed since the decision was made: audit the folder again",
                       file, path);
    return PB_STATUS_OK;
}

static pb_status apply(const json_t *entry, const char *file, reference_names *names, pb_decision *out)
{
    const char *path, *decision;
    if (!json_is_object(entry))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: an entry of \"images\" is not an object", file);
    PB_TRY(pb_json_get_string(entry, "path", file, &path));
    PB_TRY(pb_json_get_string(entry, "decision", file, &decision));
    const int64_t i = find(names, path);
    if (i < 0)
        return pb_fail(PB_STATUS_MISMATCH, "%s decides about %s, which is not among the %lld references given", file,
                       path, (long long)names->n);
    if (names->decided[i])
        return pb_fail(PB_STATUS_MISMATCH, "%s decides twice about %s", file, path);
    PB_TRY(check_unchanged(entry, file, path, names->sha256 ? names->sha256[i] : NULL));
    names->decided[i] = true;
    if (pb_decision_parse(decision, &out[i]) != PB_STATUS_OK)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s: %s", file, path, pb_error_message());
    return PB_STATUS_OK;
}

static pb_status apply_all(const json_t *root, const char *file, reference_names *names, pb_decision *out)
{
    const char *format;
    const json_t *images;
    int64_t version;
    PB_TRY(pb_json_get_string(root, "format", file, &format));
    if (strcmp(format, PB_DECISIONS_FORMAT) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a decisions file: its format is \"%s\"", file, format);
    PB_TRY(pb_json_get_int(root, "version", file, PB_DECISIONS_VERSION, PB_DECISIONS_VERSION, &version));
    PB_TRY(pb_json_get_array(root, "images", file, &images));
    for (size_t i = 0; i < json_array_size(images); i++)
        PB_TRY(apply(json_array_get(images, i), file, names, out));
    for (int64_t i = 0; i < names->n; i++)
        if (!names->decided[i])
            return pb_fail(PB_STATUS_MISMATCH, "%s says nothing about %s: audit the folder again", file,
                           names->paths[i]);
    return PB_STATUS_OK;
}

pb_status pb_decisions_parse(const char *text, size_t size, const char *file, const char *const *paths,
                             const char *const *sha256, int64_t n, pb_decision *out)
{
    reference_names names = {.paths = paths, .sha256 = sha256, .n = n};
    json_t *root = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(names.decided, n));
    PB_TRY_GOTO(pb_json_parse(text, size, file, &root));
    status = apply_all(root, file, &names, out);
done:
    json_decref(root);
    pb_free(names.decided);
    return status;
}

pb_status pb_decisions_load(const char *path, const char *const *paths, const char *const *sha256, int64_t n,
                            pb_decision *out)
{
    uint8_t *text;
    size_t size;
    PB_TRY(pb_file_read(path, MAX_FILE_BYTES, &text, &size));
    const pb_status status = pb_decisions_parse((const char *)text, size, path, paths, sha256, n, out);
    pb_free(text);
    return status;
}
