/* A checkpoint folder as Hugging Face publishes it: config.json, preprocessor_config.json when there, and the weights as
 * model.safetensors or in the shards that model.safetensors.index.json lists; or open_clip_config.json and
 * open_clip_model.safetensors. */
#ifndef PB_BACKBONE_CHECKPOINT_H
#define PB_BACKBONE_CHECKPOINT_H

#include <jansson.h>

#include "io/safetensors.h"

typedef struct pb_checkpoint pb_checkpoint;

/* Reads the JSON files and the headers of the weight files, which stay mapped until the checkpoint is closed. */
pb_status pb_checkpoint_open(const char *folder, pb_checkpoint **out);

const json_t *pb_checkpoint_config(const pb_checkpoint *checkpoint);
/* What computes it: "model_type" of transformers, "architecture" of timm, or "open_clip"; NULL where config.json says neither. */
const char *pb_checkpoint_model_name(const pb_checkpoint *checkpoint);
/* "pretrained_cfg" of timm's config.json, or the whole of it (older files have its members there); NULL for a checkpoint of transformers. */
const json_t *pb_checkpoint_timm(const pb_checkpoint *checkpoint);
/* "preprocess_cfg" of open_clip_config.json, or the whole of it; NULL for any other checkpoint. */
const json_t *pb_checkpoint_open_clip(const pb_checkpoint *checkpoint);
const char *pb_checkpoint_config_name(const pb_checkpoint *checkpoint); /* its path, for messages */
/* preprocessor_config.json; NULL where there is none. */
const json_t *pb_checkpoint_preprocessor(const pb_checkpoint *checkpoint);
const char *pb_checkpoint_preprocessor_name(const pb_checkpoint *checkpoint);

/* The path of model.safetensors or of the index, for messages. */
const char *pb_checkpoint_weights_name(const pb_checkpoint *checkpoint);
/* NULL if missing. */
const pb_tensor *pb_checkpoint_tensor(const pb_checkpoint *checkpoint, const char *name);

/* Tensors and values of all weight files. */
void pb_checkpoint_count(const pb_checkpoint *checkpoint, int64_t *n_tensors, int64_t *n_values);

/* SHA-256 of model.safetensors; of several shards, of the lines that sha256sum prints for them in the order of their
 * names. */
pb_status pb_checkpoint_hash(const pb_checkpoint *checkpoint, char hex[65]);

/* Accepts NULL. */
void pb_checkpoint_close(pb_checkpoint *checkpoint);

#endif
