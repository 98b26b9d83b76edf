/* Checkpoints of published sizes whose weights are holes in a file: names and shapes without numbers. */
#ifndef PB_TESTS_HOLES_H
#define PB_TESTS_HOLES_H

#include "vit.h"

#include <unistd.h>

/* Adds a tensor behind all others to a header of safetensors; returns where it ends. */
static inline int64_t add_tensor(json_t *header, const char *name, const char *type, int64_t item, const json_t *shape,
                                 int64_t at)
{
    int64_t bytes = item;
    for (size_t i = 0; i < json_array_size(shape); i++)
        bytes *= json_integer_value(json_array_get(shape, i));
    json_t *tensor = json_pack("{s:s, s:O, s:[I, I]}", "dtype", type, "shape", shape, "data_offsets", (json_int_t)at,
                               (json_int_t)at + (json_int_t)bytes);
    assert_non_null(tensor);
    assert_int_equal(json_object_set_new(header, name, tensor), 0);
    return at + bytes;
}

static inline void write_holes(const char *folder, const json_t *header, int64_t bytes)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    char *text = json_dumps(header, JSON_COMPACT);
    const uint64_t length = strlen(text);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(&length, 1, 8, file), 8);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, (off_t)(8 + length) + bytes), 0);
    free(text);
}

#endif
