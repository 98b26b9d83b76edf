/* From the tensors of a checkpoint to what the products want. Checking and loading walk the same way: without a place
 * to put them, tensors are only looked for. */
#include "backbone/vit/vit_weights.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backbone/tensor_values.h"
#include "backbone/vit/vit_kernels.h"
#include "backbone/vit/vit_positions.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

enum { MAX_NAME = 256, OUTSIDE = -1 /* of the blocks */ };

typedef struct loader {
    const pb_checkpoint *checkpoint;
    const pb_vit_plan *plan;
    const pb_vit_products *products;
    pb_vit_weights *weights; /* NULL: check only */
} loader;

/* ---- One tensor ---- */

/* The full name of the first alternative that the checkpoint has; without any, the first one. */
static const pb_tensor *find(const loader *l, int64_t block, const char *alternatives, const char *suffix,
                             char name[MAX_NAME])
{
    const pb_vit_model *model = &l->plan->model;
    char place[96] = "";
    if (block >= 0)
        snprintf(place, sizeof place, "%s.%" PRId64 ".", model->blocks, block);
    for (const char *at = alternatives;; at++) {
        const size_t length = strcspn(at, "|");
        snprintf(name, MAX_NAME, "%s%s%.*s%s", model->prefix, place, (int)length, at, suffix);
        const pb_tensor *tensor = pb_checkpoint_tensor(l->checkpoint, name);
        if (tensor)
            return tensor;
        at += length;
        if (!*at)
            break;
    }
    snprintf(name, MAX_NAME, "%s%s%.*s%s", model->prefix, place, (int)strcspn(alternatives, "|"), alternatives, suffix);
    return NULL;
}

/* @param out NULL: check only */
static pb_status read_tensor(const loader *l, int64_t block, const char *alternatives, const char *suffix,
                             const int64_t *shape, int n_dims, float *out)
{
    char name[MAX_NAME];
    const pb_tensor *tensor = find(l, block, alternatives, suffix, name);
    if (!tensor)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %s", pb_checkpoint_weights_name(l->checkpoint), name);
    return pb_tensor_values(l->checkpoint, tensor, shape, n_dims, out);
}

static pb_status read_vector(const loader *l, int64_t block, const char *alternatives, const char *suffix, int64_t n,
                             float **out)
{
    if (out)
        PB_TRY(PB_NEW(*out, n));
    return read_tensor(l, block, alternatives, suffix, &n, 1, out ? *out : NULL);
}

static pb_status read_norm(const loader *l, int64_t block, const char *name, pb_vit_norm *out)
{
    PB_TRY(read_vector(l, block, name, ".weight", l->plan->model.dim, out ? &out->gain : NULL));
    return read_vector(l, block, name, ".bias", l->plan->model.dim, out ? &out->shift : NULL);
}

/* ---- Linear layers ---- */

/* Rows of a product's matrix that one tensor holds. */
typedef struct part {
    const char *names;
    int64_t rows;
    bool has_bias;
    bool underscored;                   /* "_weight" and "_bias" end its name, not ".weight" and ".bias" */
    const char *first_bias, *last_bias; /* of the first and the last third of the rows; NULL: none by themselves */
} part;

typedef struct linear_source {
    const part *parts;
    int n_parts;
    int64_t inputs[3]; /* shape of a row */
    int n_inputs;
    const char *scale; /* of layer scale: multiplies rows and biases; NULL: none */
} linear_source;

static pb_status read_parts(const loader *l, int64_t block, const linear_source *source, int64_t depth, float *matrix,
                            float *bias)
{
    for (int i = 0; i < source->n_parts; i++) {
        const part *p = &source->parts[i];
        int64_t shape[4] = {p->rows};
        memcpy(shape + 1, source->inputs, (size_t)source->n_inputs * sizeof *shape);
        PB_TRY(read_tensor(l, block, p->names, p->underscored ? "_weight" : ".weight", shape, 1 + source->n_inputs,
                           matrix));
        if (p->has_bias)
            PB_TRY(read_tensor(l, block, p->names, p->underscored ? "_bias" : ".bias", shape, 1, bias));
        shape[0] = p->rows / 3;
        if (p->first_bias)
            PB_TRY(read_tensor(l, block, p->first_bias, "", shape, 1, bias));
        if (p->last_bias)
            PB_TRY(read_tensor(l, block, p->last_bias, "", shape, 1, bias ? bias + 2 * shape[0] : NULL));
        matrix = matrix ? matrix + p->rows * depth : NULL;
        bias = bias ? bias + p->rows : NULL;
    }
    return PB_STATUS_OK;
}

static pb_status fold_scale(const loader *l, int64_t block, const char *name, int64_t rows, int64_t depth,
                            float *matrix, float *bias)
{
    float *scale = NULL;
    pb_status status = read_vector(l, block, name, "", rows, matrix ? &scale : NULL);
    for (int64_t r = 0; status == PB_STATUS_OK && matrix && r < rows; r++) {
        bias[r] *= scale[r];
        for (int64_t c = 0; c < depth; c++)
            matrix[r * depth + c] *= scale[r];
    }
    pb_free(scale);
    return status;
}

static pb_status pack_bytes(const pb_vit_product *product, const float *matrix, int64_t rows, int64_t depth,
                            pb_vit_linear *out)
{
    int8_t *bytes;
    PB_TRY(PB_NEW(out->steps, rows));
    PB_TRY(PB_NEW(out->sums, rows));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(bytes, rows, depth));
    for (int64_t r = 0; r < rows; r++)
        out->sums[r] = pb_vit_quantize_signed(matrix + r * depth, depth, bytes + r * depth, &out->steps[r]);
    const pb_status status = pb_vit_product_pack(product, bytes, out->packed);
    pb_free(bytes);
    return status;
}

static pb_status pack(bool as_bytes, const pb_vit_product *product, const float *matrix, int64_t rows, int64_t depth,
                      pb_vit_linear *out)
{
    char *packed;
    PB_TRY(PB_NEW_UNINITIALISED(packed, pb_vit_product_packed_bytes(product)));
    out->packed = packed;
    if (as_bytes)
        return pack_bytes(product, matrix, rows, depth, out);
    return pb_vit_product_pack(product, matrix, packed);
}

static pb_status read_linear(const loader *l, int64_t block, const linear_source *source, const pb_vit_product *product,
                             pb_vit_linear *out)
{
    int64_t rows = 0, depth = 1, n_values;
    float *matrix = NULL;
    pb_status status;
    for (int i = 0; i < source->n_parts; i++)
        rows += source->parts[i].rows;
    for (int i = 0; i < source->n_inputs; i++)
        depth *= source->inputs[i];
    if (out) {
        PB_TRY(pb_size_multiply(rows, depth, "weights", &n_values));
        PB_TRY(PB_NEW(out->bias, rows));
        PB_TRY(PB_NEW_UNINITIALISED(matrix, n_values));
    }
    PB_TRY_GOTO(read_parts(l, block, source, depth, matrix, out ? out->bias : NULL));
    if (source->scale)
        PB_TRY_GOTO(fold_scale(l, block, source->scale, rows, depth, matrix, out ? out->bias : NULL));
    if (out)
        status = pack(l->plan->type == PB_VIT_INT8 && block != OUTSIDE, product, matrix, rows, depth, out);
done:
    pb_free(matrix);
    return status;
}

/* ---- Blocks ---- */

static pb_status read_up(const loader *l, int64_t block, pb_vit_linear *out)
{
    const pb_vit_model *model = &l->plan->model;
    const pb_vit_names *names = &model->kind->names;
    const part plain = {names->up, model->mlp_dim, model->mlp_bias, false, NULL, NULL},
               fused = {names->gate_up, 2 * model->mlp_dim, model->mlp_bias, false, NULL, NULL},
               both[] = {{names->gate, model->mlp_dim, model->mlp_bias, false, NULL, NULL}, plain};
    linear_source source = {.parts = &plain, .n_parts = 1, .inputs = {model->dim}, .n_inputs = 1};
    char name[MAX_NAME];
    if (model->gated && names->gate_up && !(names->gate && find(l, block, names->gate, ".weight", name))) {
        source.parts = &fused;
    } else if (model->gated) {
        source.parts = both;
        source.n_parts = 2;
    }
    return read_linear(l, block, &source, l->products ? l->products->up : NULL, out);
}

static pb_status read_block(const loader *l, int64_t index, pb_vit_block *out)
{
    const pb_vit_model *model = &l->plan->model;
    const pb_vit_names *names = &model->kind->names;
    const pb_vit_products none = {0}, *products = l->products ? l->products : &none;
    const int64_t dim = model->dim;
    const bool split = model->split_bias;
    const part fused = {names->qkv,
                        3 * dim,
                        model->query_bias && !split,
                        names->qkv_underscored,
                        split ? names->query_bias : NULL,
                        split ? names->value_bias : NULL};
    const part qkv[] = {{names->query, dim, model->query_bias, false, NULL, NULL},
                        {names->key, dim, model->key_bias, false, NULL, NULL},
                        {names->value, dim, model->value_bias, false, NULL, NULL}};
    const part project = {names->out, dim, model->out_bias, false, NULL, NULL},
               down = {model->gated ? names->gated_down : names->down, dim, model->mlp_bias, false, NULL, NULL};
    const bool scaled = model->kind->has_scales;
    const linear_source qkv_source = {names->qkv ? &fused : qkv, names->qkv ? 1 : 3, {dim}, 1, NULL},
                        out_source = {&project, 1, {dim}, 1, scaled ? names->scale1 : NULL},
                        down_source = {&down, 1, {model->mlp_dim}, 1, scaled ? names->scale2 : NULL};
    PB_TRY(read_norm(l, index, names->norm1, out ? &out->norm1 : NULL));
    PB_TRY(read_linear(l, index, &qkv_source, products->qkv, out ? &out->qkv : NULL));
    PB_TRY(read_linear(l, index, &out_source, products->out, out ? &out->out : NULL));
    PB_TRY(read_norm(l, index, names->norm2, out ? &out->norm2 : NULL));
    PB_TRY(read_up(l, index, out ? &out->up : NULL));
    return read_linear(l, index, &down_source, products->down, out ? &out->down : NULL);
}

/* ---- What stands before the blocks ---- */

static pb_status read_patches(const loader *l, pb_vit_linear *out)
{
    const pb_vit_model *model = &l->plan->model;
    const part patches = {model->kind->names.patches, model->dim, model->kind->patch_bias, false, NULL, NULL};
    const linear_source source = {&patches, 1, {3, model->patch_size, model->patch_size}, 3, NULL};
    return read_linear(l, OUTSIDE, &source, l->products ? l->products->embed : NULL, out);
}

/* The class token, its position added, and the registers, which have none. */
static pb_status read_prefix(const loader *l, const float *cls_position, float *out)
{
    const pb_vit_model *model = &l->plan->model;
    const pb_vit_names *names = &model->kind->names;
    const int64_t shape[] = {model->n_registers, model->dim};
    PB_TRY(read_tensor(l, OUTSIDE, names->cls, "", &model->dim, 1, out));
    for (int64_t c = 0; out && cls_position && c < model->dim; c++)
        out[c] += cls_position[c];
    if (model->n_registers == 0)
        return PB_STATUS_OK;
    return read_tensor(l, OUTSIDE, names->registers, "", shape, 2, out ? out + model->dim : NULL);
}

/* Trained positions: one of the class token, then those of the patches. */
static pb_status read_positions(const loader *l, float **trained, float *out)
{
    const pb_vit_model *model = &l->plan->model;
    const int64_t grid = model->trained_grid, n_before = model->kind->bare_class ? 0 : 1,
                  shape[] = {n_before + grid * grid, model->dim};
    int64_t n_values;
    PB_TRY(pb_size_multiply(shape[0], shape[1], "position embeddings", &n_values));
    if (trained)
        PB_TRY(PB_NEW_UNINITIALISED(*trained, n_values));
    PB_TRY(read_tensor(l, OUTSIDE, model->kind->names.positions, "", shape, 2, trained ? *trained : NULL));
    if (!trained)
        return PB_STATUS_OK;
    return pb_vit_positions_resample(model->kind->positions, *trained + n_before * model->dim, grid, model->dim,
                                     l->plan->grid, out);
}

static pb_status read_added_positions(const loader *l)
{
    const pb_vit_plan *plan = l->plan;
    float *trained = NULL;
    if (!l->weights) {
        PB_TRY(read_positions(l, NULL, NULL));
        return read_prefix(l, NULL, NULL);
    }
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(l->weights->positions, plan->n_patches, plan->model.dim));
    pb_status status = read_positions(l, &trained, l->weights->positions);
    if (status == PB_STATUS_OK)
        status = read_prefix(l, plan->model.kind->bare_class ? NULL : trained, l->weights->prefix);
    pb_free(trained);
    return status;
}

static pb_status make_rotary(const loader *l)
{
    const int64_t n = l->plan->n_patches * (l->plan->model.head_dim / 2);
    PB_TRY(read_prefix(l, NULL, l->weights ? l->weights->prefix : NULL));
    if (!l->weights)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW_UNINITIALISED(l->weights->cosines, n));
    PB_TRY(PB_NEW_UNINITIALISED(l->weights->sines, n));
    pb_vit_rotary_tables(l->plan, l->weights->cosines, l->weights->sines);
    return PB_STATUS_OK;
}

static pb_status read_embedding(const loader *l)
{
    const pb_vit_model *model = &l->plan->model;
    pb_vit_weights *weights = l->weights;
    if (weights)
        PB_TRY(PB_NEW_PRODUCT(weights->prefix, l->plan->n_prefix, model->dim));
    PB_TRY(read_patches(l, weights ? &weights->embed : NULL));
    if (model->kind->names.pre_norm)
        PB_TRY(read_norm(l, OUTSIDE, model->kind->names.pre_norm, weights ? &weights->pre_norm : NULL));
    return model->kind->positions == PB_VIT_POSITIONS_ROTARY ? make_rotary(l) : read_added_positions(l);
}

/* ---- All ---- */

pb_status pb_vit_weights_check(const pb_checkpoint *checkpoint, const pb_vit_plan *plan)
{
    const loader check = {.checkpoint = checkpoint, .plan = plan};
    PB_TRY(read_embedding(&check));
    for (int64_t b = 0; b < plan->n_blocks; b++)
        PB_TRY(read_block(&check, b, NULL));
    return PB_STATUS_OK;
}

static pb_status load_item(void *context, int64_t index, int worker)
{
    (void)worker;
    const loader *l = context;
    return index == 0 ? read_embedding(l) : read_block(l, index - 1, &l->weights->blocks[index - 1]);
}

pb_status pb_vit_weights_load(const pb_checkpoint *checkpoint, const pb_vit_plan *plan, const pb_vit_products *products,
                              pb_vit_weights *out)
{
    loader load = {checkpoint, plan, products, out};
    *out = (pb_vit_weights){.n_blocks = plan->n_blocks};
    PB_TRY(PB_NEW(out->blocks, plan->n_blocks));
    return pb_parallel_for(plan->n_blocks + 1, load_item, &load, NULL);
}

static void free_norm(pb_vit_norm *norm)
{
    pb_free(norm->gain);
    pb_free(norm->shift);
}

static void free_linear(pb_vit_linear *linear)
{
    pb_free(linear->packed);
    pb_free(linear->bias);
    pb_free(linear->steps);
    pb_free(linear->sums);
}

void pb_vit_weights_free(pb_vit_weights *weights)
{
    for (int64_t b = 0; weights->blocks && b < weights->n_blocks; b++) {
        pb_vit_block *block = &weights->blocks[b];
        free_norm(&block->norm1);
        free_norm(&block->norm2);
        free_linear(&block->qkv);
        free_linear(&block->out);
        free_linear(&block->up);
        free_linear(&block->down);
    }
    free_norm(&weights->pre_norm);
    free_linear(&weights->embed);
    pb_free(weights->prefix);
    pb_free(weights->positions);
    pb_free(weights->cosines);
    pb_free(weights->sines);
    pb_free(weights->blocks);
    *weights = (pb_vit_weights){0};
}
