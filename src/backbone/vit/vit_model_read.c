#include "backbone/vit/vit_model_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backbone/vit/vit_kinds.h"
#include "backbone/vit/vit_measure.h"

enum {
    MAX_DIM = 65536,
    MAX_BLOCKS = 1024,
    MAX_HEADS = 1024,
    MAX_PATCH = 1024,
    MAX_IMAGE = 16384,
    MAX_REGISTERS = 1024
};

/* ---- config.json ---- */

typedef struct config {
    const json_t *object;
    const char *name; /* of the file */
} config;

/* NULL where the key is missing or null: the default holds then, as in the reference. */
static const json_t *get(const config *from, const char *key)
{
    const json_t *value = json_object_get(from->object, key);
    return json_is_null(value) ? NULL : value;
}

static pb_status get_int(const config *from, const char *key, int64_t default_value, int64_t low, int64_t high,
                         int64_t *out)
{
    const json_t *value = get(from, key);
    *out = default_value;
    if (!value)
        return PB_STATUS_OK;
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must be a whole number from %" PRId64 " to %" PRId64,
                       from->name, key, low, high);
    *out = json_integer_value(value);
    return PB_STATUS_OK;
}

/* image_size and patch_size: a number, or two equal ones. */
static pb_status get_side(const config *from, const char *key, int64_t default_value, int64_t high, int64_t *out)
{
    const json_t *value = get(from, key);
    if (!json_is_array(value))
        return get_int(from, key, default_value, 1, high, out);
    const json_t *height = json_array_get(value, 0), *width = json_array_get(value, 1);
    if (json_array_size(value) != 2 || !json_is_integer(height) || !json_is_integer(width) ||
        json_integer_value(height) < 1 || json_integer_value(height) > high)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must be one or two whole numbers from 1 to %" PRId64,
                       from->name, key, high);
    if (json_integer_value(height) != json_integer_value(width))
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"%s\" is not square", from->name, key);
    *out = json_integer_value(height);
    return PB_STATUS_OK;
}

static pb_status get_real(const config *from, const char *key, double default_value, double low, double high,
                          double *out)
{
    const json_t *value = get(from, key);
    *out = default_value;
    if (!value)
        return PB_STATUS_OK;
    *out = json_number_value(value);
    if (!json_is_number(value) || !(*out >= low && *out <= high))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must be a number from %g to %g", from->name, key, low, high);
    return PB_STATUS_OK;
}

static pb_status get_bool(const config *from, const char *key, bool default_value, bool *out)
{
    const json_t *value = get(from, key);
    *out = default_value;
    if (!value)
        return PB_STATUS_OK;
    if (!json_is_boolean(value))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must be true or false", from->name, key);
    *out = json_is_true(value);
    return PB_STATUS_OK;
}

static pb_status get_activation(const config *from, const char *default_value, pb_vit_activation *out)
{
    static const struct {
        const char *name;
        pb_vit_activation activation;
    } names[] = {
        {"gelu", PB_VIT_GELU}, {"quick_gelu", PB_VIT_QUICK_GELU}, {"silu", PB_VIT_SILU}, {"swish", PB_VIT_SILU}};
    const json_t *value = get(from, "hidden_act");
    const char *name = value ? json_string_value(value) : default_value;
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0) {
            *out = names[i].activation;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"hidden_act\" is '%.40s'; gelu, quick_gelu and silu can be computed",
                   from->name, name ? name : "?");
}

/* The sizes of a whole CLIP file lie in vision_config; in old files vision_config_dict overrides it. */
static pb_status find_section(const config *file, const pb_vit_model *model, config *out)
{
    const pb_vit_kind *kind = model->kind;
    char older[64];
    *out = *file;
    if (!kind->container || strcmp(model->model_type, kind->about.name) == 0)
        return PB_STATUS_OK;
    snprintf(older, sizeof older, "%s_dict", kind->section);
    const json_t *section = get(file, older) ? get(file, older) : get(file, kind->section);
    if (!json_is_object(section))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" is missing or not an object", file->name, kind->section);
    out->object = section;
    return PB_STATUS_OK;
}

/* DINOv2 gives the width of its MLP as a ratio; its gated MLP keeps two thirds of it, in steps of 8. */
static pb_status read_mlp(const config *from, pb_vit_model *model)
{
    const pb_vit_kind *kind = model->kind;
    double ratio;
    if (kind->gated)
        PB_TRY(get_bool(from, kind->gated, false, &model->gated));
    if (kind->mlp_size > 0)
        return get_int(from, "intermediate_size", kind->mlp_size, 1, 4 * MAX_DIM, &model->mlp_dim);
    PB_TRY(get_real(from, "mlp_ratio", 4, 1.0 / MAX_DIM, 64, &ratio));
    model->mlp_dim = (int64_t)((double)model->dim * ratio);
    if (model->gated) {
        model->mlp_dim = ((int64_t)((double)(model->mlp_dim * 2) / 3) + 7) / 8 * 8;
        model->activation = PB_VIT_SILU;
    }
    if (model->mlp_dim < 1)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"mlp_ratio\" %g leaves no MLP", from->name, ratio);
    return PB_STATUS_OK;
}

static pb_status read_biases(const config *from, pb_vit_model *model)
{
    const bool rotary = model->kind->positions == PB_VIT_POSITIONS_ROTARY; /* DINOv3 has a switch for each */
    bool all = true;
    if (!rotary)
        PB_TRY(get_bool(from, "qkv_bias", true, &all));
    model->query_bias = model->key_bias = model->value_bias = all;
    model->out_bias = model->mlp_bias = true;
    if (!rotary)
        return PB_STATUS_OK;
    PB_TRY(get_bool(from, "query_bias", true, &model->query_bias));
    PB_TRY(get_bool(from, "key_bias", false, &model->key_bias));
    PB_TRY(get_bool(from, "value_bias", true, &model->value_bias));
    PB_TRY(get_bool(from, "proj_bias", true, &model->out_bias));
    return get_bool(from, "mlp_bias", true, &model->mlp_bias);
}

static pb_status check_heads(const config *from, pb_vit_model *model)
{
    if (model->dim % model->n_heads != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %" PRId64 " channels cannot be divided among %" PRId64 " heads",
                       from->name, model->dim, model->n_heads);
    model->head_dim = model->dim / model->n_heads;
    if (model->kind->positions == PB_VIT_POSITIONS_ROTARY && model->head_dim % 4 != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s: rotary positions need a multiple of 4 channels a head, not %" PRId64 " (%" PRId64 " / "
                       "%" PRId64 ")",
                       from->name, model->head_dim, model->dim, model->n_heads);
    return PB_STATUS_OK;
}

static pb_status read_sizes(const config *from, pb_vit_model *model)
{
    const pb_vit_kind *kind = model->kind;
    double eps;
    int64_t channels;
    PB_TRY(get_int(from, "hidden_size", kind->hidden_size, 1, MAX_DIM, &model->dim));
    PB_TRY(get_int(from, "num_hidden_layers", kind->n_blocks, 1, MAX_BLOCKS, &model->n_blocks));
    PB_TRY(get_int(from, "num_attention_heads", kind->n_heads, 1, MAX_HEADS, &model->n_heads));
    PB_TRY(check_heads(from, model));
    PB_TRY(get_side(from, "patch_size", kind->patch_size, MAX_PATCH, &model->patch_size));
    PB_TRY(get_side(from, "image_size", kind->image_size, MAX_IMAGE, &model->image_size));
    PB_TRY(get_int(from, "num_channels", 3, 1, MAX_DIM, &channels));
    if (channels != 3)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: images of %" PRId64 " channels; only RGB can be computed",
                       from->name, channels);
    if (model->image_size < model->patch_size)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: images of %" PRId64 " pixels with patches of %" PRId64, from->name,
                       model->image_size, model->patch_size);
    if (kind->names.registers)
        PB_TRY(get_int(from, "num_register_tokens", kind->n_registers, 0, MAX_REGISTERS, &model->n_registers));
    if (kind->names.positions)
        model->trained_grid = model->image_size / model->patch_size;
    PB_TRY(get_activation(from, kind->activation, &model->activation));
    PB_TRY(read_mlp(from, model));
    PB_TRY(get_real(from, "layer_norm_eps", kind->norm_eps, 0, 1, &eps));
    PB_TRY(get_real(from, "rope_theta", 100, 1e-6, 1e12, &model->rope_theta));
    model->norm_eps = (float)eps;
    return read_biases(from, model);
}

/* ---- Alternative names ---- */

/* The alternative with which `format` (of prefix and the alternative itself) names a tensor of the checkpoint. */
static bool choose(const pb_checkpoint *checkpoint, const char *alternatives, const char *before, const char *after,
                   char *out, size_t size)
{
    for (const char *at = alternatives;; at++) {
        const size_t length = strcspn(at, "|");
        char name[256];
        snprintf(name, sizeof name, "%s%.*s%s", before, (int)length, at, after);
        if (pb_checkpoint_tensor(checkpoint, name)) {
            snprintf(out, size, "%.*s", (int)length, at);
            return true;
        }
        at += length;
        if (!*at)
            return false;
    }
}

static pb_status choose_names(const pb_checkpoint *checkpoint, pb_vit_model *model)
{
    const pb_vit_names *names = &model->kind->names;
    char norm[64];
    snprintf(norm, sizeof norm, ".0.%s.weight", names->norm1);
    if (!choose(checkpoint, names->prefix, "", names->cls, model->prefix, sizeof model->prefix))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %.*s%s: it does not hold a %s",
                       pb_checkpoint_weights_name(checkpoint), (int)strcspn(names->prefix, "|"), names->prefix,
                       names->cls, model->model_type);
    if (!choose(checkpoint, names->blocks, model->prefix, norm, model->blocks, sizeof model->blocks))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %s%.*s%s", pb_checkpoint_weights_name(checkpoint),
                       model->prefix, (int)strcspn(names->blocks, "|"), names->blocks, norm);
    return PB_STATUS_OK;
}

pb_status pb_vit_model_read(const pb_checkpoint *checkpoint, pb_vit_model *out)
{
    const config file = {pb_checkpoint_config(checkpoint), pb_checkpoint_config_name(checkpoint)};
    config section;
    *out = (pb_vit_model){0};
    const char *name = pb_checkpoint_model_name(checkpoint);
    out->kind = pb_vit_find_kind(name);
    PB_ASSERT(out->kind);
    snprintf(out->model_type, sizeof out->model_type, "%s", name);
    if (out->kind->channels_a_head || out->kind->all_heads) {
        PB_TRY(choose_names(checkpoint, out));
        PB_TRY(pb_vit_measure(checkpoint, out));
        return check_heads(&file, out);
    }
    PB_TRY(find_section(&file, out, &section));
    PB_TRY(read_sizes(&section, out));
    return choose_names(checkpoint, out);
}
