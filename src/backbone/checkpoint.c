#include "backbone/checkpoint.h"

#include <purebank/backbone.h>

#include <stdio.h>
#include <string.h>

#include "backbone/checkpoint_find.h"
#include "base/memory.h"
#include "base/threads.h"
#include "io/json.h"
#include "io/path.h"

enum {
    MAX_CONFIG_BYTES = 4 << 20,
    MAX_INDEX_BYTES = 64 << 20,
    MAX_SHARDS = 1000,
    MAX_SHARD_NAME = 255,
    HASH_LINE_BYTES = 64 + 2 + MAX_SHARD_NAME + 1 /* "<hash>  <name>\n" */
};

enum { CONFIG, PREPROCESSOR, WEIGHTS, INDEX, OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS, N_FILES };

/* Those of open_clip are looked for where the others are missing. */
static const char *const files[N_FILES] = {
    [CONFIG] = "config.json",
    [PREPROCESSOR] = "preprocessor_config.json",
    [WEIGHTS] = "model.safetensors",
    [INDEX] = "model.safetensors.index.json",
    [OPEN_CLIP_CONFIG] = "open_clip_config.json",
    [OPEN_CLIP_WEIGHTS] = "open_clip_model.safetensors",
};

typedef struct shard {
    char *path;
    const char *name; /* the last part of `path` */
    pb_safetensors *file;
} shard;

struct pb_checkpoint {
    char *config_path, *preprocessor_path, *weights_path; /* the last one of the index where there is one */
    json_t *config, *preprocessor;
    bool is_open_clip;
    json_t *shard_of; /* tensor name -> shard name; NULL with a single file */
    int64_t n_shards;
    shard *shards; /* sorted by name */
};

const char *const *pb_backbone_file_names(int64_t *out_n)
{
    *out_n = N_FILES;
    return files;
}

/* ---- JSON files ---- */

static pb_status load_object(const char *path, size_t max_bytes, json_t **out)
{
    json_t *value;
    if (pb_path_exists(path) && !pb_is_file(path)) /* reading a pipe that nobody writes would wait for ever */
        return pb_fail(PB_STATUS_IO, "cannot read %s: it is no regular file", path);
    PB_TRY(pb_json_load(path, max_bytes, &value));
    if (!json_is_object(value)) {
        json_decref(value);
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a JSON object", path);
    }
    *out = value;
    return PB_STATUS_OK;
}

/* config.json, or else that of open_clip. */
static pb_status find_config(pb_checkpoint *checkpoint, const char *folder)
{
    char *other;
    PB_TRY(pb_path_join(folder, files[CONFIG], &checkpoint->config_path));
    if (pb_path_exists(checkpoint->config_path))
        return PB_STATUS_OK;
    PB_TRY(pb_path_join(folder, files[OPEN_CLIP_CONFIG], &other));
    checkpoint->is_open_clip = pb_path_exists(other);
    if (!checkpoint->is_open_clip) {
        pb_free(other);
        return PB_STATUS_OK;
    }
    pb_free(checkpoint->config_path);
    checkpoint->config_path = other;
    return PB_STATUS_OK;
}

static pb_status load_configs(pb_checkpoint *checkpoint, const char *folder)
{
    PB_TRY(find_config(checkpoint, folder));
    if (!pb_path_exists(checkpoint->config_path))
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is not a checkpoint: it has no config.json (a checkpoint is a folder with config.json and "
                       "%s, as Hugging Face publishes them)",
                       folder, files[WEIGHTS]);
    PB_TRY(load_object(checkpoint->config_path, MAX_CONFIG_BYTES, &checkpoint->config));
    PB_TRY(pb_path_join(folder, files[PREPROCESSOR], &checkpoint->preprocessor_path));
    if (!pb_path_exists(checkpoint->preprocessor_path))
        return PB_STATUS_OK;
    return load_object(checkpoint->preprocessor_path, MAX_CONFIG_BYTES, &checkpoint->preprocessor);
}

/* ---- Weight files ---- */

static int64_t find_shard(const pb_checkpoint *checkpoint, const char *name)
{
    for (int64_t i = 0; i < checkpoint->n_shards; i++)
        if (strcmp(checkpoint->shards[i].name, name) == 0)
            return i;
    return -1;
}

static pb_status add_shard(pb_checkpoint *checkpoint, const char *folder, const char *name)
{
    shard *added = &checkpoint->shards[checkpoint->n_shards];
    PB_TRY(pb_path_join(folder, name, &added->path));
    checkpoint->n_shards++;
    added->name = added->path + strlen(added->path) - strlen(name);
    return PB_STATUS_OK;
}

/* A shard is a file of the folder itself: the index must not reach out of it. */
static bool is_plain_name(const char *name, size_t length)
{
    return length > 0 && length <= MAX_SHARD_NAME && strlen(name) == length && name[0] != '.' && !strchr(name, '/');
}

static pb_status list_shards(pb_checkpoint *checkpoint, const char *folder)
{
    const char *tensor;
    json_t *value;
    json_object_foreach(checkpoint->shard_of, tensor, value)
    {
        const char *name = json_string_value(value);
        if (!name || !is_plain_name(name, json_string_length(value)))
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s: tensor %s lies in '%s', which is not the name of a file beside it",
                           checkpoint->weights_path, tensor, name ? name : "?");
        if (find_shard(checkpoint, name) >= 0)
            continue;
        if (checkpoint->n_shards == MAX_SHARDS)
            return pb_fail(PB_STATUS_LIMIT, "%s names more than %d files", checkpoint->weights_path, MAX_SHARDS);
        PB_TRY(add_shard(checkpoint, folder, name));
    }
    if (checkpoint->n_shards == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s lists no tensor", checkpoint->weights_path);
    return PB_STATUS_OK;
}

static int compare_shards(const void *left, const void *right)
{
    const shard *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static pb_status read_index(pb_checkpoint *checkpoint, const char *folder)
{
    json_t *index = NULL;
    PB_TRY(load_object(checkpoint->weights_path, MAX_INDEX_BYTES, &index));
    json_t *map = json_object_get(index, "weight_map");
    pb_status status = PB_STATUS_OK;
    if (json_is_object(map)) {
        checkpoint->shard_of = json_incref(map);
        status = list_shards(checkpoint, folder);
    } else {
        status = pb_fail(PB_STATUS_BAD_FORMAT, "%s has no \"weight_map\"", checkpoint->weights_path);
    }
    json_decref(index);
    qsort(checkpoint->shards, (size_t)checkpoint->n_shards, sizeof *checkpoint->shards, compare_shards);
    return status;
}

static pb_status fail_no_weights(const char *folder)
{
    char repository[512], *pickle;
    pb_checkpoint_guess_repository(folder, repository, sizeof repository);
    PB_TRY(pb_path_join(folder, "pytorch_model.bin", &pickle));
    const bool has_pickle = pb_path_exists(pickle);
    pb_free(pickle);
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s has config.json but no %s%s: get it from %s", folder, files[WEIGHTS],
                   has_pickle ? " (pytorch_model.bin is not read)" : "", repository);
}

static pb_status find_weights(pb_checkpoint *checkpoint, const char *folder)
{
    const char *const names[] = {files[WEIGHTS], checkpoint->is_open_clip ? files[OPEN_CLIP_WEIGHTS] : NULL};
    PB_TRY(PB_NEW(checkpoint->shards, MAX_SHARDS));
    for (int i = 0; i < 2 && names[i]; i++) {
        PB_TRY(pb_path_join(folder, names[i], &checkpoint->weights_path));
        if (pb_path_exists(checkpoint->weights_path))
            return add_shard(checkpoint, folder, names[i]);
        pb_free(checkpoint->weights_path);
        checkpoint->weights_path = NULL;
    }
    PB_TRY(pb_path_join(folder, files[INDEX], &checkpoint->weights_path));
    if (!pb_path_exists(checkpoint->weights_path))
        return fail_no_weights(folder);
    return read_index(checkpoint, folder);
}

static pb_status open_shards(pb_checkpoint *checkpoint)
{
    for (int64_t i = 0; i < checkpoint->n_shards; i++) {
        shard *opened = &checkpoint->shards[i];
        if (checkpoint->shard_of && !pb_path_exists(opened->path))
            return pb_fail(PB_STATUS_IO, "%s names %s, which is missing", checkpoint->weights_path, opened->name);
        PB_TRY(pb_safetensors_open(opened->path, &opened->file));
    }
    return PB_STATUS_OK;
}

static pb_status open_all(pb_checkpoint *checkpoint, const char *folder)
{
    PB_TRY(load_configs(checkpoint, folder));
    PB_TRY(find_weights(checkpoint, folder));
    return open_shards(checkpoint);
}

pb_status pb_checkpoint_open(const char *folder, pb_checkpoint **out)
{
    pb_checkpoint *checkpoint;
    PB_TRY(PB_NEW(checkpoint, 1));
    const pb_status status = open_all(checkpoint, folder);
    if (status != PB_STATUS_OK) {
        pb_checkpoint_close(checkpoint);
        return status;
    }
    *out = checkpoint;
    return PB_STATUS_OK;
}

void pb_checkpoint_close(pb_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    for (int64_t i = 0; i < checkpoint->n_shards; i++) {
        pb_safetensors_close(checkpoint->shards[i].file);
        pb_free(checkpoint->shards[i].path);
    }
    pb_free(checkpoint->shards);
    json_decref(checkpoint->shard_of);
    json_decref(checkpoint->config);
    json_decref(checkpoint->preprocessor);
    pb_free(checkpoint->config_path);
    pb_free(checkpoint->preprocessor_path);
    pb_free(checkpoint->weights_path);
    pb_free(checkpoint);
}

/* ---- Contents ---- */

const json_t *pb_checkpoint_config(const pb_checkpoint *checkpoint)
{
    return checkpoint->config;
}

const char *pb_checkpoint_config_name(const pb_checkpoint *checkpoint)
{
    return checkpoint->config_path;
}

const char *pb_checkpoint_model_name(const pb_checkpoint *checkpoint)
{
    const json_t *type = json_object_get(checkpoint->config, "model_type");
    if (checkpoint->is_open_clip)
        return "open_clip";
    return json_string_value(type ? type : json_object_get(checkpoint->config, "architecture"));
}

const json_t *pb_checkpoint_timm(const pb_checkpoint *checkpoint)
{
    const json_t *config = json_object_get(checkpoint->config, "pretrained_cfg");
    if (json_object_get(checkpoint->config, "model_type") || !json_object_get(checkpoint->config, "architecture"))
        return NULL;
    return json_is_object(config) ? config : checkpoint->config;
}

const json_t *pb_checkpoint_open_clip(const pb_checkpoint *checkpoint)
{
    const json_t *config = json_object_get(checkpoint->config, "preprocess_cfg");
    if (!checkpoint->is_open_clip)
        return NULL;
    return json_is_object(config) ? config : checkpoint->config;
}

const json_t *pb_checkpoint_preprocessor(const pb_checkpoint *checkpoint)
{
    return checkpoint->preprocessor;
}

const char *pb_checkpoint_preprocessor_name(const pb_checkpoint *checkpoint)
{
    return checkpoint->preprocessor_path;
}

const char *pb_checkpoint_weights_name(const pb_checkpoint *checkpoint)
{
    return checkpoint->weights_path;
}

const pb_tensor *pb_checkpoint_tensor(const pb_checkpoint *checkpoint, const char *name)
{
    int64_t i = 0;
    if (checkpoint->shard_of) {
        const json_t *shard_name = json_object_get(checkpoint->shard_of, name);
        if (!shard_name)
            return NULL;
        i = find_shard(checkpoint, json_string_value(shard_name));
    }
    return pb_safetensors_find(checkpoint->shards[i].file, name);
}

void pb_checkpoint_count(const pb_checkpoint *checkpoint, int64_t *n_tensors, int64_t *n_values)
{
    *n_tensors = *n_values = 0;
    for (int64_t s = 0; s < checkpoint->n_shards; s++) {
        const int64_t n = pb_safetensors_count(checkpoint->shards[s].file);
        *n_tensors += n;
        for (int64_t i = 0; i < n; i++)
            *n_values += pb_safetensors_at(checkpoint->shards[s].file, i)->n_items;
    }
}

/* ---- Hash ---- */

typedef struct hash_job {
    const pb_checkpoint *checkpoint;
    char (*hex)[65];
} hash_job;

static pb_status hash_shard(void *context, int64_t index, int worker)
{
    (void)worker;
    const hash_job *job = context;
    return pb_sha256_file(job->checkpoint->shards[index].path, job->hex[index]);
}

static pb_status hash_lines(const hash_job *job, char hex[65])
{
    const pb_checkpoint *checkpoint = job->checkpoint;
    char *lines;
    size_t used = 0;
    PB_TRY(PB_NEW(lines, checkpoint->n_shards * (int64_t)HASH_LINE_BYTES + 1));
    for (int64_t i = 0; i < checkpoint->n_shards; i++)
        used +=
            (size_t)snprintf(lines + used, HASH_LINE_BYTES + 1, "%s  %s\n", job->hex[i], checkpoint->shards[i].name);
    const pb_status status = pb_sha256_bytes(lines, used, hex);
    pb_free(lines);
    return status;
}

pb_status pb_checkpoint_hash(const pb_checkpoint *checkpoint, char hex[65])
{
    hash_job job = {.checkpoint = checkpoint};
    if (!checkpoint->shard_of)
        return pb_sha256_file(checkpoint->shards[0].path, hex);
    PB_TRY(PB_NEW(job.hex, checkpoint->n_shards));
    pb_status status = pb_parallel_for(checkpoint->n_shards, hash_shard, &job, NULL);
    if (status == PB_STATUS_OK)
        status = hash_lines(&job, hex);
    pb_free(job.hex);
    return status;
}
