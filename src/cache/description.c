/* cache.json, there and back. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include <purebank/runtime.h>

#include "base/memory.h"
#include "cache/files.h"
#include "dataset/paths.h"
#include "io/file.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/origin.h"

enum { FORMAT_VERSION = 1, MAX_DESCRIPTION_BYTES = 1 << 20 };

static const char FORMAT[] = "purebank-cache";

static json_t *files_to_json(const pb_cache_description *description)
{
    json_t *files = json_array();
    for (int i = 0; files && i < PB_CACHE_N_FILES; i++) {
        if (description->bytes[i] < 0)
            continue;
        json_t *file = json_pack("{s:s, s:I, s:s}", "name", pb_cache_file_name((pb_cache_file)i), "bytes",
                                 (json_int_t)description->bytes[i], "sha256", description->sha256[i]);
        if (json_array_append_new(files, file) != 0) {
            json_decref(files);
            return NULL;
        }
    }
    return files;
}

pb_status pb_cache_description_save(const pb_cache_description *description, const char *folder, const char *name)
{
    json_t *origin;
    char *path = NULL;
    PB_TRY(pb_origin_to_json(&description->origin, &origin));
    json_t *object =
        json_pack("{s:s, s:i, s:s, s:o, s:s, s:I, s:I, s:I, s:o}", "format", FORMAT, "version", FORMAT_VERSION,
                  "program", pb_version(), "category", pb_json_lossy_string(description->category), "values",
                  description->half ? "float16" : "float32", "n_train", (json_int_t)description->n_train, "n_test",
                  (json_int_t)description->n_test, "n_defect", (json_int_t)description->n_defect, "origin", origin);
    if (!object)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while describing a cache");
    pb_status status = PB_STATUS_OK;
    if (description->has_files && json_object_set_new(object, "files", files_to_json(description)) != 0)
        status = pb_fail(PB_STATUS_NO_MEMORY, "out of memory while describing a cache");
    if (status == PB_STATUS_OK && *description->photos_sha256 &&
        json_object_set_new(object, "photos_sha256", json_string(description->photos_sha256)) != 0)
        status = pb_fail(PB_STATUS_NO_MEMORY, "out of memory while describing a cache");
    if (status == PB_STATUS_OK)
        status = pb_path_join(folder, name, &path);
    if (status == PB_STATUS_OK)
        status = pb_json_save(object, path);
    pb_free(path);
    json_decref(object);
    return status;
}

static pb_status read_file(const json_t *file, const char *path, pb_cache_description *out)
{
    char name[64];
    if (!json_is_object(file))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a file is not described by an object", path);
    PB_TRY(pb_json_get_text(file, "name", path, name, sizeof name));
    for (int i = 0; i < PB_CACHE_N_FILES; i++)
        if (strcmp(name, pb_cache_file_name((pb_cache_file)i)) == 0) {
            PB_TRY(pb_json_get_int(file, "bytes", path, 0, INT64_MAX, &out->bytes[i]));
            return pb_json_get_text(file, "sha256", path, out->sha256[i], sizeof out->sha256[i]);
        }
    return PB_STATUS_OK; /* of a later version */
}

static pb_status read_files(const json_t *object, const char *path, pb_cache_description *out)
{
    const json_t *files = NULL;
    for (int i = 0; i < PB_CACHE_N_FILES; i++)
        out->bytes[i] = -1;
    out->has_files = json_object_get(object, "files") != NULL;
    if (!out->has_files)
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_array(object, "files", path, &files));
    for (size_t i = 0; i < json_array_size(files); i++)
        PB_TRY(read_file(json_array_get(files, i), path, out));
    for (int i = 0; i < PB_CACHE_N_FILES; i++) {
        const bool needed = (pb_cache_is_train_file((pb_cache_file)i) ? out->n_train : out->n_test) > 0;
        if (needed != (out->bytes[i] >= 0))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s is %s", path, pb_cache_file_name((pb_cache_file)i),
                           needed ? "not described" : "described, but there are no such images");
    }
    return PB_STATUS_OK;
}

static pb_status read_description(const json_t *object, const char *path, pb_cache_description *out)
{
    char text[32] = "";
    const char *category = NULL;
    const json_t *origin = NULL;
    int64_t version = 0;
    PB_TRY(pb_json_get_text(object, "format", path, text, sizeof text));
    if (strcmp(text, FORMAT) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s does not describe a cache: its format is '%s'", path, text);
    PB_TRY(pb_json_get_int(object, "version", path, 1, INT32_MAX, &version));
    if (version != FORMAT_VERSION)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s is of version %" PRId64 "; the one that can be read is %d", path,
                       version, FORMAT_VERSION);
    PB_TRY(pb_json_get_text(object, "values", path, text, sizeof text));
    out->half = strcmp(text, "float16") == 0;
    if (!out->half && strcmp(text, "float32") != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: values are '%s', neither float32 nor float16", path, text);
    PB_TRY(pb_json_get_int(object, "n_train", path, 0, INT64_MAX, &out->n_train));
    PB_TRY(pb_json_get_int(object, "n_test", path, 0, INT64_MAX, &out->n_test));
    PB_TRY(pb_json_get_int(object, "n_defect", path, 0, out->n_test, &out->n_defect));
    PB_TRY(pb_json_get_object(object, "origin", path, &origin));
    PB_TRY(pb_origin_from_json(origin, path, &out->origin));
    PB_TRY(read_files(object, path, out));
    if (json_object_get(object, "photos_sha256"))
        PB_TRY(pb_json_get_text(object, "photos_sha256", path, out->photos_sha256, sizeof out->photos_sha256));
    PB_TRY(pb_json_get_string(object, "category", path, &category));
    if (strlen(category) > PB_CACHE_MAX_CATEGORY_BYTES)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: the category's name has %zu bytes, at most %d can be", path,
                       strlen(category), PB_CACHE_MAX_CATEGORY_BYTES);
    return PB_NEW_STRING(out->category, category);
}

pb_status pb_cache_description_load(const char *folder, const char *name, pb_cache_description *out)
{
    char *path;
    json_t *object = NULL;
    *out = (pb_cache_description){0};
    PB_TRY(pb_path_join(folder, name, &path));
    pb_status status = pb_json_load(path, MAX_DESCRIPTION_BYTES, &object);
    if (status == PB_STATUS_OK)
        status = json_is_object(object) ? read_description(object, path, out)
                                        : pb_fail(PB_STATUS_BAD_FORMAT, "%s does not hold a JSON object", path);
    json_decref(object);
    pb_free(path);
    return status;
}

void pb_cache_description_free(pb_cache_description *description)
{
    pb_free(description->category);
    description->category = NULL;
}

static pb_status verify(const char *path, const pb_cache_description *description, pb_cache_file file)
{
    struct stat info;
    char hex[65];
    if (stat(path, &info) != 0)
        return pb_fail(PB_STATUS_IO, "%s is missing", path);
    if (info.st_size != description->bytes[file])
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has %" PRId64 " bytes, cache.json says %" PRId64, path,
                       (int64_t)info.st_size, description->bytes[file]);
    PB_TRY(pb_sha256_file(path, hex));
    if (strcmp(hex, description->sha256[file]) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is not what was written: its SHA-256 is %.16s..., cache.json says %.16s...", path, hex,
                       description->sha256[file]);
    return PB_STATUS_OK;
}

pb_status pb_cache_file_verify(const char *folder, pb_cache_file file, const pb_cache_description *description)
{
    char *path;
    if (!description->has_files || description->bytes[file] < 0)
        return PB_STATUS_OK;
    PB_TRY(pb_cache_path(folder, file, &path));
    const pb_status status = verify(path, description, file);
    pb_free(path);
    return status;
}
