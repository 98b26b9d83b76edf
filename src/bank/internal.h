/* What the files of this folder share. */
#ifndef PB_BANK_INTERNAL_H
#define PB_BANK_INTERNAL_H

#include <purebank/bank.h>
#include <purebank/index.h>

#include "io/safetensors.h"

struct pb_bank_private {
    pb_safetensors *file;  /* set when the descriptors are mapped */
    float *rows;           /* set when they are owned */
    int32_t *image_of_row; /* owned */
    int32_t *patch_of_row; /* owned */
    pb_index *index;       /* made by the first score */
};

/* An empty bank with its private part. */
pb_status pb_bank_allocate(pb_bank **out);

#endif
