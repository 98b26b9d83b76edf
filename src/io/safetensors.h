/* The safetensors format (8-byte little-endian header length, JSON header, tensor bytes). The reader treats
 * the file as hostile: every offset, shape and dtype is checked against the file's size; overlaps, gaps and
 * duplicate names are refused. */
#ifndef PB_IO_SAFETENSORS_H
#define PB_IO_SAFETENSORS_H

#include "io/file.h"

enum { PB_TENSOR_MAX_DIMS = 8 };

typedef enum pb_dtype {
    PB_DTYPE_F64,
    PB_DTYPE_F32,
    PB_DTYPE_F16,
    PB_DTYPE_BF16,
    PB_DTYPE_I64,
    PB_DTYPE_I32,
    PB_DTYPE_I16,
    PB_DTYPE_I8,
    PB_DTYPE_U8,
    PB_DTYPE_BOOL
} pb_dtype;

size_t pb_dtype_bytes(pb_dtype type);
const char *pb_dtype_name(pb_dtype type); /* "F32" */

typedef struct pb_tensor {
    const char *name; /* owned by the file */
    pb_dtype type;
    int n_dims;
    int64_t shape[PB_TENSOR_MAX_DIMS];
    int64_t n_items;
    const void *data; /* into the map; safetensors does not promise alignment beyond 8 bytes of the header */
    size_t bytes;
} pb_tensor;

typedef struct pb_safetensors pb_safetensors;

pb_status pb_safetensors_open(const char *path, pb_safetensors **out);
/* Parses bytes that the caller keeps alive; `name` stands for the path in messages. */
pb_status pb_safetensors_parse(const uint8_t *bytes, size_t size, const char *name, pb_safetensors **out);
void pb_safetensors_close(pb_safetensors *file);

int64_t pb_safetensors_count(const pb_safetensors *file);
const pb_tensor *pb_safetensors_at(const pb_safetensors *file, int64_t i);          /* sorted by offset */
const pb_tensor *pb_safetensors_find(const pb_safetensors *file, const char *name); /* NULL if missing */
/* Find, or PB_STATUS_BAD_FORMAT unless the type, n_dims and shape agree (shape[i] < 0 matches anything). */
pb_status pb_safetensors_require(const pb_safetensors *file, const char *name, pb_dtype type, int n_dims,
                                 const int64_t *shape, const pb_tensor **out);
/* A string of __metadata__; NULL if missing. */
const char *pb_safetensors_metadata(const pb_safetensors *file, const char *key);

/* Writes tensors (name, type, shape, data set) and metadata (n_metadata key/value pairs), each tensor aligned
 * to 64 bytes by padding the header with spaces as the format allows; temporary file, fsync, rename. */
pb_status pb_safetensors_write(const char *path, const pb_tensor *tensors, int64_t n_tensors, const char *const *keys,
                               const char *const *values, int64_t n_metadata);

#endif
