/* From a photo to the pixels that a transformer sees. */
#ifndef PB_BACKBONE_VIT_PREPROCESS_H
#define PB_BACKBONE_VIT_PREPROCESS_H

#include "backbone/vit/vit_model.h"

typedef struct pb_vit_preprocess {
    pb_vit_geometry geometry;
    pb_resample filter;
    int32_t size;          /* input side */
    float table[3][256];   /* byte of a channel -> (byte / 255 - mean) / std */
    char description[192]; /* as it stands in pb_origin */
} pb_vit_preprocess;

/* Mean and standard deviation, and CLIP's filter, from preprocessor_config.json where there is one. */
pb_status pb_vit_preprocess_make(const pb_checkpoint *checkpoint, const pb_vit_model *model, int32_t size,
                                 pb_vit_preprocess *out);

/* @param pixels size x size x 3 bytes */
pb_status pb_vit_preprocess_run(const pb_vit_preprocess *preprocess, const pb_image *image, uint8_t *pixels);

#endif
