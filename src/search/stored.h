/* An index as tensors of a file, and an index out of them: the axes and the rounded rows, each with what the rounding lost.
 * What is read is verified by checksums of its blocks, and a sample of the rows is contracted anew: a damaged index is an error,
 * never a wrong neighbour. */
#ifndef PB_SEARCH_STORED_H
#define PB_SEARCH_STORED_H

#include <purebank/index.h>

#include "io/safetensors.h"

enum { PB_STORED_TENSORS = 9 };

typedef struct pb_stored {
    pb_tensor tensors[PB_STORED_TENSORS];
    int n_tensors;     /* 0: this index is not worth keeping, as it has no contraction */
    char *description; /* JSON, to be kept beside the tensors; NULL where there are none */
    void *owned[PB_STORED_TENSORS];
} pb_stored;

/* What is to be written; valid as long as the index. */
pb_status pb_stored_of(const pb_index *index, pb_stored *out);
void pb_stored_clear(pb_stored *stored);

/* @param file        with the tensors; borrowed, must outlive *out
 * @param description what was kept beside them
 * @param rows        n x dim, finite: those that the index was made of; borrowed
 * @return PB_STATUS_BAD_FORMAT for what is damaged or of other rows, PB_STATUS_UNSUPPORTED for what this CPU cannot use */
pb_status pb_stored_open(const pb_safetensors *file, const char *description, const float *rows, int64_t n, int64_t dim,
                         pb_index **out);

#endif
