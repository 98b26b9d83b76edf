/* NumPy's .npy, versions 1-3, C order, little or big endian numbers. */
#ifndef PB_IO_NPY_H
#define PB_IO_NPY_H

#include "io/file.h"

enum { PB_NPY_MAX_DIMS = 8 };

typedef enum pb_npy_type {
    PB_NPY_F2,
    PB_NPY_F4,
    PB_NPY_F8,
    PB_NPY_I1,
    PB_NPY_I2,
    PB_NPY_I4,
    PB_NPY_I8,
    PB_NPY_U1,
    PB_NPY_U2,
    PB_NPY_U4,
    PB_NPY_U8,
    PB_NPY_BOOL
} pb_npy_type;

/* A mapped array; `data` points into the map. */
typedef struct pb_npy {
    pb_npy_type type;
    bool byte_swapped; /* the file's byte order is not this machine's */
    int n_dims;
    int64_t shape[PB_NPY_MAX_DIMS];
    int64_t n_items;
    const void *data;
    pb_file_map map;
} pb_npy;

pb_status pb_npy_open(const char *path, pb_npy *out);
/* Parses bytes that the caller keeps; `name` stands for the path in messages. */
pb_status pb_npy_parse(const uint8_t *bytes, size_t size, const char *name, pb_npy *out);
void pb_npy_close(pb_npy *array);

/* Converts items [first, first + n) to float32 / int64; PB_STATUS_UNSUPPORTED where the type does not fit. */
pb_status pb_npy_to_f32(const pb_npy *array, int64_t first, int64_t n, float *out);
pb_status pb_npy_to_i64(const pb_npy *array, int64_t first, int64_t n, int64_t *out);

/* Writes v1: header bytes as NumPy writes them. */
pb_status pb_npy_write(const char *path, pb_npy_type type, int n_dims, const int64_t *shape, const void *data);
/* Header alone, for streaming writers. */
pb_status pb_npy_write_header(pb_writer *writer, pb_npy_type type, int n_dims, const int64_t *shape);

size_t pb_npy_item_bytes(pb_npy_type type);

#endif
