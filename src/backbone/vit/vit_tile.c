/* The stages that handle tiles of rows: embedding, and everything in a block but attention. */
#include "backbone/vit/vit_tile.h"

#include <math.h>
#include <string.h>

#include "backbone/layer_norm.h"
#include "backbone/vit/vit_kernels.h"
#include "backbone/vit/vit_linear.h"

/* ---- Embedding ---- */

/* The values of patch `index`, channel by channel and row by row as the convolution's weights are. */
static void gather_patch(const pb_vit_plan *plan, const uint8_t *pixels, int64_t index, float *out)
{
    const int64_t side = plan->model.patch_size, size = plan->image.size;
    const uint8_t *corner = pixels + ((index / plan->grid) * size + index % plan->grid) * side * 3;
    for (int c = 0; c < 3; c++)
        for (int64_t y = 0; y < side; y++)
            for (int64_t x = 0; x < side; x++)
                *out++ = plan->table[c][corner[(y * size + x) * 3 + c]];
}

/* The class token and the registers; rows behind the last token only fill the last tile. */
static void place_prefix(const pb_vit_engine *engine, float *residual)
{
    const pb_vit_plan *plan = &engine->plan;
    const int64_t dim = plan->model.dim;
    memcpy(residual, engine->weights.prefix, (size_t)(plan->n_prefix * dim) * sizeof *residual);
    memset(residual + plan->n_tokens * dim, 0, (size_t)((plan->n_rows - plan->n_tokens) * dim) * sizeof *residual);
}

pb_status pb_vit_embed_patches(pb_vit_batch *batch, int64_t index, int worker)
{
    const pb_vit_engine *engine = batch->engine;
    const pb_vit_plan *plan = &engine->plan;
    const pb_vit_scratch *scratch = &batch->scratch[worker];
    const int64_t image = index / plan->n_patch_tiles, tile = index % plan->n_patch_tiles, dim = plan->model.dim;
    const int64_t first = tile * plan->tile_rows, left = plan->n_patches - first;
    const int64_t n = left < plan->tile_rows ? left : plan->tile_rows;
    const uint8_t *pixels = batch->pixels + image * plan->image.size * plan->image.size * 3;
    float *residual = batch->residual + image * plan->n_rows * dim;
    if (tile == 0)
        place_prefix(engine, residual);
    for (int64_t r = 0; r < n; r++) {
        gather_patch(plan, pixels, first + r, scratch->row);
        pb_vit_store_row(PB_VIT_F32, scratch->row, plan->patch_values, r, &scratch->operand);
    }
    PB_TRY(pb_vit_product_run(engine->products.embed, scratch->operand.values, engine->weights.embed.packed,
                              engine->weights.embed.bias, scratch->wide, scratch->onednn));
    for (int64_t i = 0; i < n * dim; i++)
        residual[(plan->n_prefix + first) * dim + i] =
            engine->weights.positions ? scratch->wide[i] + engine->weights.positions[first * dim + i]
                                      : scratch->wide[i];
    return PB_STATUS_OK;
}

/* ---- Steps of a tile ---- */

typedef struct tile {
    const pb_vit_engine *engine;
    const pb_vit_scratch *scratch;
    int64_t image, first; /* row of the image */
    float *residual;      /* tile_rows x dim */
} tile;

static tile tile_at(const pb_vit_batch *batch, int64_t index, int worker)
{
    const pb_vit_plan *plan = &batch->engine->plan;
    const int64_t image = index / plan->n_tiles, first = index % plan->n_tiles * plan->tile_rows;
    return (tile){batch->engine, &batch->scratch[worker], image, first,
                  batch->residual + (image * plan->n_rows + first) * plan->model.dim};
}

static void normalize(const tile *t, const pb_vit_norm *norm)
{
    const pb_vit_plan *plan = &t->engine->plan;
    const int64_t dim = plan->model.dim;
    for (int64_t r = 0; r < plan->tile_rows; r++) {
        pb_layer_norm(t->residual + r * dim, norm->gain, norm->shift, plan->model.norm_eps, dim, t->scratch->row);
        pb_vit_store_row(plan->type, t->scratch->row, dim, r, &t->scratch->operand);
    }
}

/* Row `r` of one of the three parts of a product, to the head-major memory of its image: rotated and scaled where it
 * has to be, in the type of attention's products. */
static void scatter_row(const tile *t, int64_t r, const float *values, bool rotate, float factor, void *out)
{
    const pb_vit_operand rows = {.values = out};
    const pb_vit_plan *plan = &t->engine->plan;
    const int64_t token = t->first + r, patch = token - plan->n_prefix, n = plan->model.head_dim;
    const bool turns = rotate && t->engine->weights.cosines && patch >= 0 && patch < plan->n_patches;
    float *row = t->scratch->row;
    for (int64_t head = 0; head < plan->model.n_heads; head++) {
        const int64_t at = (t->image * plan->model.n_heads + head) * plan->n_rows + token;
        if (turns)
            pb_vit_rotate(values + head * n, t->engine->weights.cosines + patch * (n / 2),
                          t->engine->weights.sines + patch * (n / 2), factor, n, row);
        else
            pb_vit_scale(values + head * n, factor, n, row);
        pb_vit_store_row(plan->attention, row, n, at, &rows);
    }
}

static pb_status make_queries_keys_values(const pb_vit_batch *batch, const tile *t, const pb_vit_block *block)
{
    const pb_vit_engine *engine = t->engine;
    const int64_t dim = engine->plan.model.dim;
    const float factor = 1.0f / sqrtf((float)engine->plan.model.head_dim);
    float *const wide = t->scratch->wide;
    const pb_vit_layer qkv = {engine->products.qkv, &block->qkv, 3 * dim, PB_VIT_STORE, PB_VIT_GELU};
    normalize(t, &block->norm1);
    PB_TRY(pb_vit_layer_run(&engine->plan, &qkv, &t->scratch->operand, t->scratch, wide));
    for (int64_t r = 0; r < engine->plan.tile_rows; r++) {
        const float *row = wide + r * 3 * dim;
        scatter_row(t, r, row, true, factor, batch->queries);
        scatter_row(t, r, row + dim, true, 1, batch->keys);
        scatter_row(t, r, row + 2 * dim, false, 1, batch->values);
    }
    return PB_STATUS_OK;
}

/* The MLP's inner rows as an operand: those of a plain one come activated from their product. */
static void make_inner(const tile *t, const pb_vit_operand *out)
{
    const pb_vit_plan *plan = &t->engine->plan;
    const int64_t n = plan->model.mlp_dim;
    for (int64_t r = 0; r < plan->tile_rows; r++) {
        const float *row = t->scratch->wide + r * plan->up_columns;
        if (plan->model.gated) {
            pb_vit_gate(plan->model.activation, row, row + n, n, t->scratch->row);
            row = t->scratch->row;
        }
        pb_vit_store_row(plan->type, row, n, r, out);
    }
}

/* residual += down(activation(up(normalised residual))) */
static pb_status run_mlp(const tile *t, const pb_vit_block *block)
{
    const pb_vit_plan *plan = &t->engine->plan;
    const pb_vit_model *model = &plan->model;
    const pb_vit_products *products = &t->engine->products;
    const pb_vit_layer up = {products->up, &block->up, plan->up_columns, model->gated ? PB_VIT_STORE : PB_VIT_ACTIVATE,
                             model->activation},
                       down = {products->down, &block->down, model->dim, PB_VIT_ADD, model->activation};
    pb_vit_operand inner = {.values = t->scratch->wide}; /* of its type already, unless something is left to do */
    normalize(t, &block->norm2);
    PB_TRY(pb_vit_layer_run(plan, &up, &t->scratch->operand, t->scratch, t->scratch->wide));
    if (model->gated || plan->type == PB_VIT_INT8) {
        inner = t->scratch->operand;
        make_inner(t, &inner);
    }
    return pb_vit_layer_run(plan, &down, &inner, t->scratch, t->residual);
}

/* residual += out(attended) */
static pb_status add_attention(const pb_vit_batch *batch, const tile *t, const pb_vit_block *block)
{
    const pb_vit_plan *plan = &t->engine->plan;
    const int64_t dim = plan->model.dim, at = (t->image * plan->n_rows + t->first) * dim;
    const pb_vit_layer out = {t->engine->products.out, &block->out, dim, PB_VIT_ADD, PB_VIT_GELU};
    pb_vit_operand attended = {.values = (char *)batch->attended + (size_t)at * pb_vit_type_bytes(plan->attention)};
    if (plan->type == PB_VIT_INT8) {
        const float *rows = attended.values;
        attended = t->scratch->operand;
        for (int64_t r = 0; r < plan->tile_rows; r++)
            pb_vit_store_row(plan->type, rows + r * dim, dim, r, &attended);
    }
    return pb_vit_layer_run(plan, &out, &attended, t->scratch, t->residual);
}

/* Copies the patches of a tile out where hidden state `layer` is wanted. The class token and the registers have to be finite,
 * too: every patch has looked at them. */
static pb_status emit(const pb_vit_batch *batch, const tile *t, int64_t layer)
{
    const pb_vit_plan *plan = &t->engine->plan;
    const int64_t dim = plan->model.dim;
    for (int64_t i = 0; i < plan->n_layers; i++)
        for (int64_t r = 0; r < plan->tile_rows && plan->layers[i] == layer; r++) {
            const int64_t patch = t->first + r - plan->n_prefix;
            const float *row = t->residual + r * dim;
            float sum = 0; /* of zeroes, unless a value is not finite */
            if (patch >= plan->n_patches)
                break;
            for (int64_t c = 0; c < dim; c++)
                sum += row[c] * 0;
            if (isnan(sum))
                return pb_fail(PB_STATUS_BAD_VALUE,
                               "hidden state %lld of this %s overflows: its weights are not those of a trained model",
                               (long long)layer, plan->model.model_type);
            if (patch >= 0)
                memcpy(batch->out + ((t->image * plan->n_patches + patch) * plan->n_layers + i) * dim, row,
                       (size_t)dim * sizeof *row);
        }
    return PB_STATUS_OK;
}

/* ---- Stages ---- */

pb_status pb_vit_first_tile(pb_vit_batch *batch, int64_t index, int worker)
{
    const tile t = tile_at(batch, index, worker);
    const pb_vit_weights *weights = &t.engine->weights;
    const pb_vit_plan *plan = &t.engine->plan;
    const int64_t dim = plan->model.dim;
    for (int64_t r = 0; weights->pre_norm.gain && r < plan->tile_rows; r++) {
        float *row = t.residual + r * dim;
        pb_layer_norm(row, weights->pre_norm.gain, weights->pre_norm.shift, plan->model.norm_eps, dim, t.scratch->row);
        memcpy(row, t.scratch->row, (size_t)dim * sizeof *row);
    }
    PB_TRY(emit(batch, &t, 0));
    return plan->n_blocks > 0 ? make_queries_keys_values(batch, &t, &weights->blocks[0]) : PB_STATUS_OK;
}

pb_status pb_vit_block_tile(pb_vit_batch *batch, int64_t index, int worker)
{
    const tile t = tile_at(batch, index, worker);
    const pb_vit_engine *engine = t.engine;
    const pb_vit_block *block = &engine->weights.blocks[batch->block];
    PB_TRY(add_attention(batch, &t, block));
    PB_TRY(run_mlp(&t, block));
    PB_TRY(emit(batch, &t, batch->block + 1));
    return batch->block + 1 < engine->plan.n_blocks ? make_queries_keys_values(batch, &t, block + 1) : PB_STATUS_OK;
}
