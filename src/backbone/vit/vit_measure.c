#include "backbone/vit/vit_measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { MAX_NAME = 256, MAX_DIM = 65536, MAX_BLOCKS = 1024, MAX_PATCH = 1024, MAX_GRID = 1024 };

/* The first alternative that the checkpoint has, of a block (-1: outside of them); NULL: none. */
static const pb_tensor *find(const pb_checkpoint *checkpoint, const pb_vit_model *model, int64_t block,
                             const char *alternatives, const char *suffix)
{
    char place[96] = "", name[MAX_NAME];
    if (block >= 0)
        snprintf(place, sizeof place, "%s.%" PRId64 ".", model->blocks, block);
    for (const char *at = alternatives; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL) {
        snprintf(name, sizeof name, "%s%s%.*s%s", model->prefix, place, (int)strcspn(at, "|"), at, suffix);
        const pb_tensor *tensor = pb_checkpoint_tensor(checkpoint, name);
        if (tensor)
            return tensor;
    }
    return NULL;
}

/* Dimension `from_last` of a tensor, counted from its last one. */
static pb_status measure(const pb_checkpoint *checkpoint, const pb_tensor *tensor, const char *what, int from_last,
                         int64_t high, int64_t *out)
{
    if (!tensor)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %s", pb_checkpoint_weights_name(checkpoint), what);
    const int dimension = tensor->n_dims - 1 - from_last;
    *out = dimension >= 0 ? tensor->shape[dimension] : 0;
    if (*out < 1 || *out > high)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s: tensor %s has a side of %" PRId64 ", outside 1 to %" PRId64,
                       pb_checkpoint_weights_name(checkpoint), tensor->name, *out, high);
    return PB_STATUS_OK;
}

static int64_t count_blocks(const pb_checkpoint *checkpoint, const pb_vit_model *model)
{
    int64_t n = 0;
    while (n < MAX_BLOCKS && find(checkpoint, model, n, model->kind->names.norm1, ".weight"))
        n++;
    return n;
}

/* The MLP's width, and whether it is gated: by a tensor of its own, or by twice the rows. */
static pb_status measure_mlp(const pb_checkpoint *checkpoint, pb_vit_model *model)
{
    const pb_vit_names *names = &model->kind->names;
    const pb_tensor *up = find(checkpoint, model, 0, names->up, ".weight");
    const pb_tensor *down = find(checkpoint, model, 0, names->down, ".weight");
    int64_t rows = 0;
    PB_TRY(measure(checkpoint, up, names->up, 1, 4 * MAX_DIM, &rows));
    PB_TRY(measure(checkpoint, down, names->down, 0, 4 * MAX_DIM, &model->mlp_dim));
    model->gated = find(checkpoint, model, 0, names->gate, ".weight") || (names->gate_up && rows == 2 * model->mlp_dim);
    if (model->gated)
        model->activation = PB_VIT_SILU;
    return PB_STATUS_OK;
}

static pb_status measure_grid(const pb_checkpoint *checkpoint, pb_vit_model *model)
{
    const char *positions = model->kind->names.positions;
    int64_t n = 0;
    model->image_size = model->patch_size;
    if (!positions)
        return PB_STATUS_OK;
    const pb_tensor *tensor = find(checkpoint, model, -1, positions, "");
    PB_TRY(measure(checkpoint, tensor, positions, 1, MAX_GRID * MAX_GRID + 1, &n));
    n -= model->kind->bare_class ? 0 : 1;
    model->trained_grid = llround(sqrt((double)n));
    if (n < 1 || model->trained_grid * model->trained_grid != n)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s: tensor %s has positions of %" PRId64 " patches, which is no square",
                       pb_checkpoint_weights_name(checkpoint), tensor->name, n);
    model->image_size = model->trained_grid * model->patch_size;
    return PB_STATUS_OK;
}

static pb_status measure_registers(const pb_checkpoint *checkpoint, pb_vit_model *model)
{
    enum { MAX_REGISTERS = 1024 };
    const char *registers = model->kind->names.registers;
    if (!registers)
        return PB_STATUS_OK;
    return measure(checkpoint, find(checkpoint, model, -1, registers, ""), registers, 1, MAX_REGISTERS,
                   &model->n_registers);
}

/* open_clip says in its config which GELU it is, and how wide heads are. */
static pb_status read_config(const pb_checkpoint *checkpoint, pb_vit_model *model)
{
    const json_t *config = json_object_get(pb_checkpoint_config(checkpoint), "model_cfg");
    const json_t *width = json_object_get(json_object_get(config, "vision_cfg"), "head_width");
    const int64_t channels = width ? json_integer_value(width) : model->kind->channels_a_head;
    if (json_is_true(json_object_get(config, "quick_gelu")))
        model->activation = PB_VIT_QUICK_GELU;
    if (!model->kind->all_heads && (channels < 1 || channels > MAX_DIM || model->dim % channels != 0))
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s: %" PRId64 " channels cannot be divided into heads of %" PRId64,
                       pb_checkpoint_weights_name(checkpoint), model->dim, channels);
    model->n_heads = model->kind->all_heads ? model->kind->all_heads : model->dim / channels;
    return PB_STATUS_OK;
}

pb_status pb_vit_measure(const pb_checkpoint *checkpoint, pb_vit_model *model)
{
    const pb_vit_kind *kind = model->kind;
    const pb_vit_names *names = &kind->names;
    const pb_tensor *patches = find(checkpoint, model, -1, names->patches, ".weight");
    PB_TRY(measure(checkpoint, find(checkpoint, model, -1, names->cls, ""), names->cls, 0, MAX_DIM, &model->dim));
    PB_TRY(measure(checkpoint, patches, names->patches, 0, MAX_PATCH, &model->patch_size));
    model->activation = strstr(model->model_type, "quickgelu") ? PB_VIT_QUICK_GELU : PB_VIT_GELU; /* as timm names it */
    model->n_blocks = count_blocks(checkpoint, model);
    model->norm_eps = (float)kind->norm_eps;
    model->rope_theta = 100;
    model->out_bias = model->mlp_bias = true;
    /* DINOv3 goes without in most sizes; the others always have them */
    model->query_bias = model->key_bias = model->value_bias =
        kind->positions != PB_VIT_POSITIONS_ROTARY ||
        find(checkpoint, model, 0, names->qkv, names->qkv_underscored ? "_bias" : ".bias") != NULL;
    model->split_bias = names->query_bias && find(checkpoint, model, 0, names->query_bias, "");
    PB_TRY(measure_mlp(checkpoint, model));
    PB_TRY(measure_registers(checkpoint, model));
    PB_TRY(measure_grid(checkpoint, model));
    return read_config(checkpoint, model);
}
