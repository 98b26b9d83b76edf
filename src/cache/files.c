#include "cache/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/paths.h"
#include "io/file.h"
#include "io/npy.h"

enum { MAX_LIST_BYTES = 1 << 28 };

static const char *const names[] = {
    [PB_CACHE_TRAIN_PATHS] = "all_train_paths.txt",
    [PB_CACHE_TEST_PATHS] = "test_paths.txt",
    [PB_CACHE_TEST_LABELS] = "test_labels.npy",
    [PB_CACHE_TRAIN_FEATURES] = "all_train_features.npy",
    [PB_CACHE_TEST_FEATURES] = "test_features.npy",
    [PB_CACHE_N_FILES] = PB_CACHE_DESCRIPTION_NAME,
    PB_CACHE_PHOTOS_NAME,
    PB_CACHE_JOB_NAME,
};

const char *const *pb_cache_file_names(int64_t *out_n)
{
    *out_n = sizeof names / sizeof *names;
    return names;
}

const char *pb_cache_file_name(pb_cache_file file)
{
    return names[file];
}

bool pb_cache_is_train_file(pb_cache_file file)
{
    return file == PB_CACHE_TRAIN_PATHS || file == PB_CACHE_TRAIN_FEATURES;
}

pb_status pb_cache_path(const char *folder, pb_cache_file file, char **out)
{
    return pb_path_join(folder, names[file], out);
}

bool pb_cache_has(const char *folder, pb_cache_file file)
{
    return pb_has_file(folder, names[file]);
}

bool pb_cache_has_name(const char *folder, const char *name)
{
    return pb_has_file(folder, name);
}

pb_status pb_cache_folder_of(const char *root, const char *category, const char *ending, char **out)
{
    char *name;
    PB_TRY(PB_NEW(name, 2 * strlen(category) + strlen(ending) + 1));
    size_t used = 0;
    for (const char *c = category; *c; c++) {
        if (*c == '/')
            name[used++] = '_';
        name[used++] = *c == '/' ? '_' : *c;
    }
    strcpy(name + used, ending);
    const pb_status status = pb_path_join(root, name, out);
    pb_free(name);
    return status;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text);
    const size_t m = strlen(ending);
    while (n > 0 && text[n - 1] == '/')
        n--;
    return n >= m && strncmp(text + n - m, ending, m) == 0;
}

bool pb_cache_is_partial(const char *folder)
{
    return ends_with(folder, PB_CACHE_PARTIAL_ENDING);
}

bool pb_cache_is_old(const char *folder)
{
    return ends_with(folder, PB_CACHE_OLD_ENDING);
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

pb_status pb_cache_lines_join(const pb_paths *paths, char **out)
{
    size_t size = 1, used = 0;
    for (int64_t i = 0; i < paths->n; i++) {
        if (strchr(paths->path[i], '\n'))
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s has a line break in its name, but the list of paths has one a line: rename it",
                           paths->path[i]);
        size += strlen(paths->path[i]) + 1;
    }
    char *text;
    PB_TRY(PB_NEW_UNINITIALISED(text, size));
    for (int64_t i = 0; i < paths->n; i++) {
        const size_t length = strlen(paths->path[i]);
        memcpy(text + used, paths->path[i], length);
        used += length;
        text[used++] = '\n';
    }
    text[used] = '\0';
    *out = text;
    return PB_STATUS_OK;
}

static pb_status push_line(pb_list *list, const char *line, size_t length, const char *path)
{
    char *copy;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: line %" PRId64 " is empty", path, list->n + 1);
    PB_TRY(PB_NEW_UNINITIALISED(copy, length + 1));
    memcpy(copy, line, length);
    copy[length] = '\0';
    return pb_list_push(list, copy);
}

pb_status pb_cache_lines_read(const char *path, pb_paths *out)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    pb_list list = {0};
    pb_status status;
    PB_TRY(pb_file_read(path, MAX_LIST_BYTES, &bytes, &size));
    const char *line = (const char *)bytes;
    status =
        strlen(line) == size ? PB_STATUS_OK : pb_fail(PB_STATUS_BAD_FORMAT, "%s is not text: it has a NUL byte", path);
    while (*line && status == PB_STATUS_OK) {
        const size_t length = strcspn(line, "\n");
        status = push_line(&list, line, length, path);
        line += length + (line[length] == '\n');
    }
    if (status == PB_STATUS_OK)
        pb_list_move(&list, out);
    pb_list_clear(&list);
    pb_free(bytes);
    return status;
}

static pb_status read_labels(const pb_npy *array, const char *path, uint8_t *out)
{
    for (int64_t i = 0; i < array->n_items; i++) {
        int64_t label = 0;
        PB_TRY(pb_npy_to_i64(array, i, 1, &label));
        if (label != 0 && label != 1)
            return pb_fail(PB_STATUS_BAD_VALUE, "%s: label %" PRId64 " is %" PRId64 ", neither 0 (good) nor 1 (defect)",
                           path, i, label);
        out[i] = (uint8_t)label;
    }
    return PB_STATUS_OK;
}

pb_status pb_cache_labels_read(const char *path, uint8_t **out, int64_t *out_n)
{
    pb_npy array;
    uint8_t *labels = NULL;
    PB_TRY(pb_npy_open(path, &array));
    pb_status status = array.n_dims == 1
                           ? PB_NEW(labels, array.n_items)
                           : pb_fail(PB_STATUS_BAD_SHAPE, "%s has %d dimensions, labels have one", path, array.n_dims);
    if (status == PB_STATUS_OK)
        status = read_labels(&array, path, labels);
    if (status == PB_STATUS_UNSUPPORTED)
        status = pb_fail(PB_STATUS_UNSUPPORTED, "%s: labels are whole numbers (int64), not floats", path);
    *out_n = array.n_items;
    pb_npy_close(&array);
    if (status != PB_STATUS_OK)
        pb_free(labels);
    else
        *out = labels;
    return status;
}
