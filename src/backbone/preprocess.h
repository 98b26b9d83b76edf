/* From a photo to the pixels that a backbone sees, as data: read from a checkpoint, written for people and into origins. */
#ifndef PB_BACKBONE_PREPROCESS_H
#define PB_BACKBONE_PREPROCESS_H

#include <jansson.h>
#include <stdbool.h>

#include <purebank/features.h>
#include <purebank/image.h>

#include "base/error.h"

#define PB_IMAGENET_MEAN                                                                                               \
    {                                                                                                                  \
        0.485f, 0.456f, 0.406f                                                                                         \
    }
#define PB_IMAGENET_STD                                                                                                \
    {                                                                                                                  \
        0.229f, 0.224f, 0.225f                                                                                         \
    }

typedef struct pb_preprocess {
    pb_fit fit;
    pb_resample filter;
    int32_t resize_side; /* of the side or sides that `fit` names; at least `size` */
    int32_t size;        /* input side: the centre that is cut out of what was resized */
    bool rounds_centre;  /* half a pixel of the margin is rounded to even, as torchvision does; else cut off */
    float mean[3], std[3];
} pb_preprocess;

/* Changes what a preprocessor_config.json of Hugging Face says.
 *  @param config    NULL: there is none
 *  @param name      of the file, for messages
 *  @param whole_any the photo is resized to any input size as a whole, whatever the file says of sizes and crops */
pb_status pb_preprocess_read(const json_t *config, const char *name, bool whole_any, pb_preprocess *preprocess);

/* What the pretrained_cfg of timm's config.json says, at an input of `size` pixels: the photo is resized to size / crop_pct.
 *  @param name of the file, for messages */
pb_status pb_preprocess_read_timm(const json_t *config, const char *name, int32_t size, pb_preprocess *out);

/* The same of the preprocess_cfg of open_clip's config: no more is resized than goes in. */
pb_status pb_preprocess_read_open_clip(const json_t *config, const char *name, int32_t size, pb_preprocess *out);

/* A photo of the input's size goes in as it is: it is a tile of another, which was resized already. */
void pb_preprocess_take_tiles(pb_preprocess *preprocess);

/* Fit, text and input size of an origin. */
pb_status pb_preprocess_fill_origin(const pb_preprocess *preprocess, pb_origin *origin);

/* What a byte of a channel becomes: (byte / 255 - mean) / std. */
void pb_preprocess_table(const pb_preprocess *preprocess, float table[3][256]);

/* @param pixels size x size x 3 bytes */
pb_status pb_preprocess_run(const pb_preprocess *preprocess, const pb_image *image, uint8_t *pixels);

#endif
