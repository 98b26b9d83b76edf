/* What a run will compute: geometry, layers, precision and the products that this takes. */
#include "backbone/vit/vit_plan.h"
#include "backbone/vit/vit_model_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

enum {
    DEFAULT_LAYER = -6,
    MAX_TILE_ROWS = 128, /* operands of a tile stay in a core's cache, and the weights are read rarely enough */
    MIN_TILE_ROWS = 32,
    TILE_STEP = 4, /* tiles of an image: a multiple of this shares it evenly among 2 or 4 threads */
    MAX_SIZE = 16384,
    MAX_INT8_DEPTH = 65536 /* 65536 * 255 * 127 < 2^31 */
};

/* ---- Layers ---- */

static pb_status add_layer(pb_vit_plan *plan, const char *text, int64_t value, bool is_default)
{
    const int64_t n = plan->model.n_blocks + 1, index = value < 0 ? value + n : value;
    PB_CHECK_ARG(
        index >= 0 && index < n,
        "layer '%s'%s: a %s of %" PRId64 " blocks has layers 0 (the embedding) to %" PRId64 ", or -%" PRId64 " to -1",
        text, is_default ? ", the default" : "", plan->model.model_type, plan->model.n_blocks, plan->model.n_blocks, n);
    PB_CHECK_ARG(plan->n_layers < PB_VIT_MAX_LAYERS, "layers '%s': up to %d can be asked for", text, PB_VIT_MAX_LAYERS);
    for (int64_t i = 0; i < plan->n_layers; i++)
        PB_CHECK_ARG(plan->layers[i] != index, "layers '%s': layer %" PRId64 " is asked for twice", text, index);
    plan->layers[plan->n_layers++] = index;
    plan->n_blocks = index > plan->n_blocks ? index : plan->n_blocks;
    return PB_STATUS_OK;
}

/* "-6" or "-6,-3". */
static pb_status parse_layers(pb_vit_plan *plan, const char *text)
{
    if (!text || !*text)
        return add_layer(plan, "-6", DEFAULT_LAYER, true);
    pb_item item;
    for (const char *list = text; pb_item_split(&list, ',', &item);) {
        int64_t value;
        PB_CHECK_ARG(pb_item_integer(item, INT32_MIN, INT32_MAX, &value),
                     "layer '%s' is not a number like -6, nor several like -6,-3", text);
        PB_TRY(add_layer(plan, text, value, false));
    }
    return PB_STATUS_OK;
}

static pb_status write_layers(const pb_vit_plan *plan, char *out, size_t size)
{
    size_t used = 0;
    for (int64_t i = 0; i < plan->n_layers && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%" PRId64, i ? "," : "", plan->layers[i]);
    PB_CHECK_ARG(used < size, "the list of layers is too long: '%s...'", out);
    return PB_STATUS_OK;
}

/* ---- Precision ---- */

static const char *const precisions[] = {[PB_VIT_F32] = "f32", [PB_VIT_BF16] = "bf16", [PB_VIT_INT8] = "int8"};
enum { N_PRECISIONS = sizeof precisions / sizeof *precisions };

static pb_status parse_precision(pb_vit_plan *plan, const char *text)
{
    for (int i = 0; i < N_PRECISIONS; i++)
        if (!text || strcmp(precisions[i], text) == 0) {
            plan->type = (pb_vit_type)i;
            plan->attention = plan->type == PB_VIT_BF16 ? PB_VIT_BF16 : PB_VIT_F32;
            return pb_vit_type_check(plan->type);
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "precision '%s' is unknown; it may be f32, bf16 or int8", text);
}

/* ---- Geometry ---- */

static pb_status choose_size(const pb_vit_model *model, int32_t asked, int64_t *out)
{
    const int64_t side = model->patch_size;
    *out = asked ? asked : (model->kind->size ? model->kind->size : model->image_size);
    if (!asked && model->kind->positions != PB_VIT_POSITIONS_FIXED)
        *out = *out < side ? side : *out / side * side;
    PB_CHECK_ARG(*out >= 1 && *out <= MAX_SIZE, "size %" PRId64 " is outside 1..%d pixels", *out, MAX_SIZE);
    PB_CHECK_ARG(model->kind->positions != PB_VIT_POSITIONS_FIXED || *out == model->image_size,
                 "this %s works at %" PRId64 " pixels only, not at %" PRId64, model->model_type, model->image_size,
                 *out);
    const int64_t below = *out < side ? side : *out / side * side;
    PB_CHECK_ARG(model->kind->positions == PB_VIT_POSITIONS_FIXED || *out % side == 0,
                 "size %" PRId64 " is not a multiple of the patch size %" PRId64 "; the nearest are %" PRId64
                 " and %" PRId64,
                 *out, side, below, below + side);
    return PB_STATUS_OK;
}

static int64_t ceil_divide(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static void cut_tiles(pb_vit_plan *plan)
{
    int64_t tiles = ceil_divide(ceil_divide(plan->n_tokens, MAX_TILE_ROWS), TILE_STEP) * TILE_STEP;
    while (tiles > 1 && plan->n_tokens / tiles < MIN_TILE_ROWS)
        tiles /= 2;
    plan->tile_rows = ceil_divide(plan->n_tokens, tiles);
    plan->n_tiles = ceil_divide(plan->n_tokens, plan->tile_rows);
    plan->n_rows = plan->tile_rows * plan->n_tiles;
    plan->n_patch_tiles = ceil_divide(plan->n_patches, plan->tile_rows);
}

static void measure(pb_vit_plan *plan, int64_t size)
{
    const pb_vit_model *model = &plan->model;
    plan->grid = size / model->patch_size;
    plan->n_patches = plan->grid * plan->grid;
    plan->n_prefix = 1 + model->n_registers;
    plan->n_tokens = plan->n_prefix + plan->n_patches;
    plan->patch_values = 3 * model->patch_size * model->patch_size;
    plan->up_columns = model->gated ? 2 * model->mlp_dim : model->mlp_dim;
    cut_tiles(plan);
}

/* Of models that take any size only the mean and the deviation, as from the other layouts. */
static pb_status read_timm(const pb_checkpoint *checkpoint, const pb_vit_kind *kind, pb_preprocess *image)
{
    pb_preprocess read;
    PB_TRY(pb_preprocess_read_timm(pb_checkpoint_timm(checkpoint), pb_checkpoint_config_name(checkpoint), image->size,
                                   &read));
    if (kind->positions == PB_VIT_POSITIONS_FIXED) {
        *image = read;
        return PB_STATUS_OK;
    }
    memcpy(image->mean, read.mean, sizeof image->mean);
    memcpy(image->std, read.std, sizeof image->std);
    return PB_STATUS_OK;
}

/* Mean and standard deviation, and for models of one size the geometry, may stand beside the checkpoint. */
static pb_status read_preprocessing(const pb_checkpoint *checkpoint, pb_vit_plan *plan, int32_t size)
{
    const pb_vit_kind *kind = plan->model.kind;
    pb_preprocess *image = &plan->image;
    *image = (pb_preprocess){.fit = kind->fit, .filter = kind->filter, .resize_side = size, .size = size};
    memcpy(image->mean, kind->mean, sizeof image->mean);
    memcpy(image->std, kind->std, sizeof image->std);
    if (pb_checkpoint_timm(checkpoint))
        PB_TRY(read_timm(checkpoint, kind, image));
    else if (pb_checkpoint_open_clip(checkpoint))
        PB_TRY(pb_preprocess_read_open_clip(pb_checkpoint_open_clip(checkpoint), pb_checkpoint_config_name(checkpoint),
                                            size, image));
    else
        PB_TRY(pb_preprocess_read(pb_checkpoint_preprocessor(checkpoint), pb_checkpoint_preprocessor_name(checkpoint),
                                  kind->positions != PB_VIT_POSITIONS_FIXED, image));
    pb_preprocess_table(image, plan->table);
    return PB_STATUS_OK;
}

static pb_status fill_origin(const pb_vit_plan *plan, pb_origin *origin)
{
    *origin = (pb_origin){
        .grid_height = (int32_t)plan->grid, .grid_width = (int32_t)plan->grid, .dim = plan->model.dim * plan->n_layers};
    snprintf(origin->backbone, sizeof origin->backbone, "%s", plan->model.model_type);
    snprintf(origin->precision, sizeof origin->precision, "%s", precisions[plan->type]);
    PB_TRY(pb_preprocess_fill_origin(&plan->image, origin));
    return write_layers(plan, origin->layer, sizeof origin->layer);
}

pb_status pb_vit_plan_make(const pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_vit_plan *plan,
                           pb_origin *origin)
{
    int64_t size;
    *plan = (pb_vit_plan){0};
    PB_TRY(pb_vit_model_read(checkpoint, &plan->model));
    PB_TRY(choose_size(&plan->model, options->input_size, &size));
    PB_TRY(parse_layers(plan, options->layer));
    PB_TRY(parse_precision(plan, options->precision));
    measure(plan, size);
    if (plan->type == PB_VIT_INT8 && plan->model.mlp_dim > MAX_INT8_DEPTH)
        return pb_fail(PB_STATUS_UNSUPPORTED, "int8 products of %" PRId64 " values could overflow: use f32 or bf16",
                       plan->model.mlp_dim);
    PB_TRY(read_preprocessing(checkpoint, plan, (int32_t)size));
    if (options->width > 0)
        pb_preprocess_take_tiles(&plan->image);
    return fill_origin(plan, origin);
}

double pb_vit_plan_gflop(const pb_vit_plan *plan)
{
    const double n = (double)plan->n_tokens, dim = (double)plan->model.dim;
    const double row =
        dim * (4 * dim + (double)plan->up_columns + (double)plan->model.mlp_dim); /* of a token, in a block */
    const double embedding = (double)plan->n_patches * (double)plan->patch_values * dim;
    return 2e-9 * (embedding + (double)plan->n_blocks * n * (row + 2 * n * dim));
}

/* ---- Products ---- */

/* Products with weights; INT8 ones are bare, as what follows happens outside of them. */
static pb_status make_layer(const pb_vit_plan *plan, int64_t columns, int64_t depth, pb_vit_finish finish,
                            pb_vit_product **out)
{
    const bool bytes = plan->type == PB_VIT_INT8;
    const pb_vit_product_shape shape = {
        .rows = plan->tile_rows,
        .columns = columns,
        .depth = depth,
        .type = plan->type,
        .given = bytes ? PB_VIT_INT8 : PB_VIT_F32,
        .result = finish == PB_VIT_ACTIVATE ? plan->type : PB_VIT_F32, /* goes into the next product as it is */
        .transposed = true,
        .reused = true,
        .bias = !bytes,
        .finish = bytes ? PB_VIT_STORE : finish,
        .activation = plan->model.activation,
    };
    return pb_vit_product_new(&shape, out);
}

static pb_status make_attention(const pb_vit_plan *plan, pb_vit_products *out)
{
    pb_vit_product_shape shape = {.rows = plan->tile_rows,
                                  .columns = plan->n_tokens,
                                  .depth = plan->model.head_dim,
                                  .type = plan->attention,
                                  .given = plan->attention,
                                  .result = PB_VIT_F32,
                                  .transposed = true};
    PB_TRY(pb_vit_product_new(&shape, &out->scores));
    shape.columns = plan->model.head_dim;
    shape.depth = plan->n_tokens;
    shape.transposed = false;
    return pb_vit_product_new(&shape, &out->mix);
}

pb_status pb_vit_products_make(const pb_vit_plan *plan, pb_vit_products *out)
{
    const pb_vit_model *model = &plan->model;
    const pb_vit_product_shape embed = {.rows = plan->tile_rows,
                                        .columns = model->dim,
                                        .depth = plan->patch_values,
                                        .transposed = true,
                                        .reused = true,
                                        .bias = true};
    *out = (pb_vit_products){0};
    PB_TRY(pb_vit_product_new(&embed, &out->embed));
    if (plan->n_blocks == 0)
        return PB_STATUS_OK;
    PB_TRY(make_layer(plan, 3 * model->dim, model->dim, PB_VIT_STORE, &out->qkv));
    PB_TRY(make_layer(plan, model->dim, model->dim, PB_VIT_ADD, &out->out));
    PB_TRY(make_layer(plan, plan->up_columns, model->dim, model->gated ? PB_VIT_STORE : PB_VIT_ACTIVATE, &out->up));
    PB_TRY(make_layer(plan, model->dim, model->mlp_dim, PB_VIT_ADD, &out->down));
    return make_attention(plan, out);
}

void pb_vit_products_free(pb_vit_products *products)
{
    pb_vit_product_free(products->embed);
    pb_vit_product_free(products->qkv);
    pb_vit_product_free(products->out);
    pb_vit_product_free(products->up);
    pb_vit_product_free(products->down);
    pb_vit_product_free(products->scores);
    pb_vit_product_free(products->mix);
    *products = (pb_vit_products){0};
}
