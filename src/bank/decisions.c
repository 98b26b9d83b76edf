/* A person's decisions.json -> one decision per reference: to be obeyed, or recalled when the photos have changed. */
#include "bank/decisions.h"

#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/memory.h"
#include "io/json.h"
#include "io/json_fields.h"

enum { MAX_FILE_BYTES = 16 << 20 };

/* ---- the names that decisions may use for the references ---- */

typedef struct reference_names {
    const char *const *paths;
    const char *const *sha256; /* may be NULL */
    int64_t n;
    json_t **texts; /* the paths as JSON, which cannot hold every byte of a file name, spells them */
    char **real;    /* NULL where there is no such file */
    bool *decided;
} reference_names;

static void names_free(reference_names *names)
{
    for (int64_t i = 0; i < names->n; i++) {
        if (names->texts)
            json_decref(names->texts[i]);
        if (names->real)
            free(names->real[i]);
    }
    pb_free(names->texts);
    pb_free(names->real);
    pb_free(names->decided);
}

/* On an error, too, free with names_free(). */
static pb_status names_open(const char *const *paths, const char *const *sha256, int64_t n, reference_names *out)
{
    *out = (reference_names){.paths = paths, .sha256 = sha256, .n = n};
    PB_TRY(PB_NEW(out->texts, n));
    PB_TRY(PB_NEW(out->real, n));
    PB_TRY(PB_NEW(out->decided, n));
    for (int64_t i = 0; i < n; i++) {
        out->texts[i] = pb_json_lossy_string(paths[i]);
        if (!out->texts[i])
            return pb_fail(PB_STATUS_NO_MEMORY, "out of memory for the names of %lld references", (long long)n);
        out->real[i] = realpath(paths[i], NULL);
    }
    return PB_STATUS_OK;
}

/* The reference of this path, as a string or as the same file; -1 if there is none. */
static int64_t find(const reference_names *names, const char *path)
{
    int64_t found = -1;
    for (int64_t i = 0; i < names->n; i++)
        if (strcmp(json_string_value(names->texts[i]), path) == 0) {
            if (!names->decided[i])
                return i;
            found = i; /* two names of odd bytes may read the same: the next one is as good */
        }
    if (found >= 0)
        return found;
    char *real = realpath(path, NULL);
    for (int64_t i = 0; real && found < 0 && i < names->n; i++)
        if (names->real[i] && strcmp(names->real[i], real) == 0)
            found = i;
    free(real);
    return found;
}

/* Is the photo of reference i surely another one than `sha256` says? Where a digest is missing nobody knows. */
static bool has_changed(const reference_names *names, int64_t i, const char *sha256)
{
    return names->sha256 && *names->sha256[i] && *sha256 && strcmp(names->sha256[i], sha256) != 0;
}

/* ---- the file ---- */

/* Borrows from the JSON. */
typedef struct decisions_entry {
    const char *path, *sha256; /* sha256 may be "" */
    pb_decision decision;
} decisions_entry;

static pb_status read_entry(const json_t *object, const char *file, decisions_entry *out)
{
    const char *decision;
    if (!json_is_object(object))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: an entry of \"images\" is not an object", file);
    PB_TRY(pb_json_get_string(object, "path", file, &out->path));
    PB_TRY(pb_json_get_string(object, "decision", file, &decision));
    out->sha256 = "";
    if (json_object_get(object, "sha256"))
        PB_TRY(pb_json_get_string(object, "sha256", file, &out->sha256));
    if (pb_decision_parse(decision, &out->decision) != PB_STATUS_OK)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s: %s", file, out->path, pb_error_message());
    return PB_STATUS_OK;
}

/* Free *out_root, from which *out_images is borrowed, with json_decref(). */
static pb_status open_images(const char *text, size_t size, const char *file, json_t **out_root,
                             const json_t **out_images)
{
    int64_t version;
    PB_TRY(pb_json_parse(text, size, file, out_root));
    const char *format = json_string_value(json_object_get(*out_root, "format"));
    if (!format || strcmp(format, PB_DECISIONS_FORMAT) != 0)
        return pb_suggest(pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a decisions file: its \"format\" is %s, not \"%s\"",
                                  file, format ? format : "no text", PB_DECISIONS_FORMAT),
                          PB_HINT_SAVE_DECISIONS, "");
    PB_TRY(pb_json_get_int(*out_root, "version", file, PB_DECISIONS_VERSION, PB_DECISIONS_VERSION, &version));
    return pb_json_get_array(*out_root, "images", file, out_images);
}

/* ---- which entry is about which reference ---- */

typedef struct matching {
    size_t n;
    decisions_entry *entry;
    int64_t *reference;  /* of each entry; -1: none */
    bool *decided_moved; /* of each reference: by an entry of another name */
} matching;

static void matching_free(matching *match)
{
    pb_free(match->entry);
    pb_free(match->reference);
    pb_free(match->decided_moved);
}

static bool is_same_photo(const reference_names *names, int64_t i, const char *sha256)
{
    return names->sha256 && *sha256 && strcmp(names->sha256[i], sha256) == 0;
}

static pb_status take(matching *match, reference_names *names, size_t e, int64_t i, const char *file)
{
    if (names->decided[i])
        return pb_fail(PB_STATUS_MISMATCH, "%s decides twice about %s", file, match->entry[e].path);
    names->decided[i] = true;
    match->reference[e] = i;
    return PB_STATUS_OK;
}

/* Both the photo and its name. */
static pb_status match_entirely(matching *match, reference_names *names, const char *file)
{
    for (size_t e = 0; e < match->n; e++) {
        const int64_t i = find(names, match->entry[e].path);
        if (i >= 0 && is_same_photo(names, i, match->entry[e].sha256))
            PB_TRY(take(match, names, e, i, file));
    }
    return PB_STATUS_OK;
}

/* The photo under whatever name: the folder may have been renamed, or the photo moved. */
static void match_photos(matching *match, reference_names *names)
{
    for (size_t e = 0; e < match->n; e++)
        for (int64_t i = 0; i < names->n && match->reference[e] < 0; i++)
            if (!names->decided[i] && is_same_photo(names, i, match->entry[e].sha256)) {
                names->decided[i] = match->decided_moved[i] = true;
                match->reference[e] = i;
            }
}

/* The name alone: the photo has been taken again, or nobody knows. */
static pb_status match_names(matching *match, reference_names *names, const char *file)
{
    for (size_t e = 0; e < match->n; e++) {
        const int64_t i = match->reference[e] < 0 ? find(names, match->entry[e].path) : -1;
        if (i >= 0 && !match->decided_moved[i])
            PB_TRY(take(match, names, e, i, file));
    }
    return PB_STATUS_OK;
}

/* Photos first: names may have changed, and may even be those of other photos now. On an error, too, free *out. */
static pb_status match_all(const json_t *images, const char *file, reference_names *names, matching *out)
{
    *out = (matching){.n = json_array_size(images)};
    PB_TRY(PB_NEW(out->entry, out->n));
    PB_TRY(PB_NEW(out->reference, out->n));
    PB_TRY(PB_NEW(out->decided_moved, names->n));
    for (size_t e = 0; e < out->n; e++) {
        out->reference[e] = -1;
        PB_TRY(read_entry(json_array_get(images, e), file, &out->entry[e]));
    }
    PB_TRY(match_entirely(out, names, file));
    match_photos(out, names);
    return match_names(out, names, file);
}

/* ---- decisions to be obeyed ---- */

static pb_status apply(const decisions_entry *entry, int64_t i, const char *file, const reference_names *names,
                       pb_decision *out)
{
    if (i < 0)
        return pb_fail(PB_STATUS_MISMATCH, "%s decides about %s, which is not among the %lld references given", file,
                       entry->path, (long long)names->n);
    if (has_changed(names, i, entry->sha256))
        return pb_suggest(
            pb_fail(PB_STATUS_MISMATCH,
                    "%s: %s has changed since the decision was made: audit the folder again with these decisions", file,
                    entry->path),
            PB_HINT_DECIDE_AGAIN, file);
    out[i] = entry->decision;
    return PB_STATUS_OK;
}

static pb_status apply_all(const json_t *images, const char *file, reference_names *names, pb_decision *out)
{
    matching match;
    pb_status status = match_all(images, file, names, &match);
    for (size_t e = 0; e < match.n && status == PB_STATUS_OK; e++)
        status = apply(&match.entry[e], match.reference[e], file, names, out);
    matching_free(&match);
    PB_TRY(status);
    for (int64_t i = 0; i < names->n; i++)
        if (!names->decided[i])
            return pb_suggest(pb_fail(PB_STATUS_MISMATCH,
                                      "%s says nothing about %s: audit the folder again with these decisions", file,
                                      names->paths[i]),
                              PB_HINT_DECIDE_AGAIN, file);
    return PB_STATUS_OK;
}

pb_status pb_decisions_parse(const char *text, size_t size, const char *file, const char *const *paths,
                             const char *const *sha256, int64_t n, pb_decision *out)
{
    reference_names names;
    json_t *root = NULL;
    const json_t *images = NULL;
    pb_status status;
    PB_TRY_GOTO(names_open(paths, sha256, n, &names));
    PB_TRY_GOTO(open_images(text, size, file, &root, &images));
    status = apply_all(images, file, &names, out);
done:
    json_decref(root);
    names_free(&names);
    return status;
}

/* ---- decisions to be recalled ---- */

static pb_status recall(const decisions_entry *entry, int64_t i, const reference_names *names, pb_recall *out)
{
    if (i < 0) {
        PB_TRY(PB_NEW_STRING(out->gone[out->n_gone], entry->path));
        out->n_gone++;
        return PB_STATUS_OK;
    }
    const bool changed = has_changed(names, i, entry->sha256);
    out->images[i] = (pb_recall_image){changed ? PB_RECALL_CHANGED : PB_RECALL_SAME, entry->decision};
    return PB_STATUS_OK;
}

static pb_status recall_all(const json_t *images, const char *file, reference_names *names, pb_recall *out)
{
    matching match;
    pb_status status = match_all(images, file, names, &match);
    if (status == PB_STATUS_OK)
        status = PB_NEW(out->gone, match.n);
    for (size_t e = 0; e < match.n && status == PB_STATUS_OK; e++)
        status = recall(&match.entry[e], match.reference[e], names, out);
    matching_free(&match);
    return status;
}

pb_status pb_recall_parse(const char *text, size_t size, const char *file, const char *const *paths,
                          const char *const *sha256, int64_t n, pb_recall *out)
{
    reference_names names;
    json_t *root = NULL;
    const json_t *images = NULL;
    pb_status status;
    *out = (pb_recall){.n_images = n};
    PB_TRY_GOTO(names_open(paths, sha256, n, &names));
    PB_TRY_GOTO(PB_NEW(out->images, n));
    PB_TRY_GOTO(open_images(text, size, file, &root, &images));
    status = recall_all(images, file, &names, out);
done:
    json_decref(root);
    names_free(&names);
    if (status != PB_STATUS_OK)
        pb_recall_free(out);
    return status;
}

pb_status pb_recall_apply(const pb_recall *recall, pb_audit *audit)
{
    if (recall->n_images != audit->n_images)
        return pb_fail(PB_STATUS_BAD_SHAPE, "decisions about %lld images do not fit an audit of %lld",
                       (long long)recall->n_images, (long long)audit->n_images);
    for (int64_t i = 0; i < audit->n_images; i++)
        if (recall->images[i].kind == PB_RECALL_SAME)
            audit->images[i].decision = recall->images[i].decision;
    return PB_STATUS_OK;
}

void pb_recall_free(pb_recall *recall)
{
    if (!recall)
        return;
    for (int64_t i = 0; i < recall->n_gone; i++)
        pb_free(recall->gone[i]);
    pb_free(recall->gone);
    pb_free(recall->images);
    *recall = (pb_recall){0};
}

/* ---- from files ---- */

/* Free *out with pb_free(). */
static pb_status read_decisions(const char *path, uint8_t **out, size_t *out_size)
{
    const pb_status status = pb_file_read_stream(path, MAX_FILE_BYTES, out, out_size);
    return status == PB_STATUS_OK ? status : pb_suggest(status, PB_HINT_SAVE_DECISIONS, "");
}

pb_status pb_decisions_load(const char *path, const char *const *paths, const char *const *sha256, int64_t n,
                            pb_decision *out)
{
    uint8_t *text;
    size_t size;
    PB_TRY(read_decisions(path, &text, &size));
    const pb_status status = pb_decisions_parse((const char *)text, size, path, paths, sha256, n, out);
    pb_free(text);
    return status;
}

pb_status pb_decisions_recall(const char *path, const char *const *paths, const char *const *sha256, int64_t n,
                              pb_recall *out)
{
    uint8_t *text;
    size_t size;
    *out = (pb_recall){0};
    PB_TRY(read_decisions(path, &text, &size));
    const pb_status status = pb_recall_parse((const char *)text, size, path, paths, sha256, n, out);
    pb_free(text);
    return status;
}
