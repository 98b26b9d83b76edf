#include "backbone/cnn/cnn_plan_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backbone/cnn/cnn_layers.h"
#include "base/memory.h"
#include "base/product.h"

enum { MIN_SIZE = 32, MAX_SIZE = 4096, MAX_STEPS_A_BLOCK = 8 };

/* ---- Steps ---- */

typedef struct builder {
    pb_cnn_plan *plan;
    int64_t side, channels; /* of the map in `slot` */
    int slot;
} builder;

/* Tensor names of a layer: `place` and the layer's own. */
static void name_tensors(const builder *b, const char *place, const pb_cnn_layer *layer, pb_cnn_step *step)
{
    const char *prefix = b->plan->model.prefix;
    if (layer->conv)
        snprintf(step->conv, sizeof step->conv, "%s%s%s", prefix, place, layer->conv);
    if (layer->norm && layer->norm_kind == PB_CNN_BATCH_NORM)
        snprintf(step->batch_norm, sizeof step->batch_norm, "%s%s%s", prefix, place, layer->norm);
    if (layer->scale)
        snprintf(step->scale, sizeof step->scale, "%s%s%s", prefix, place, layer->scale);
}

/* Pixels that come out of `in`, and those beyond its edges that go in. */
static void measure(const pb_cnn_kind *kind, int64_t in, pb_cnn_step *step)
{
    const int64_t k = step->kernel, s = step->stride;
    PB_ASSERT(k >= 1 && s >= 1);
    step->in_side = in;
    if (kind->same_padding) {
        step->out_side = (in + s - 1) / s;
        const int64_t missing = (step->out_side - 1) * s + k - in, pad = missing > 0 ? missing : 0;
        step->pad_before = pad / 2;
        step->pad_after = pad - pad / 2;
        return;
    }
    step->pad_before = k % 2 ? (k - 1) / 2 : 0; /* even ones are cut into, not slid over, the map */
    step->out_side = (in + 2 * step->pad_before - k) / s + 1;
    step->pad_after = (step->out_side - 1) * s + k - in - step->pad_before;
}

static pb_cnn_step *add_step(builder *b, pb_cnn_operation operation, int from, int to)
{
    pb_cnn_step *step = &b->plan->steps[b->plan->n_steps++];
    *step =
        (pb_cnn_step){.operation = operation, .from = from, .to = to, .groups = 1, .kernel = 1, .stride = 1, .tap = -1};
    step->in_channels = step->out_channels = b->channels;
    step->in_side = step->out_side = b->side;
    return step;
}

static void add_layer_norm(builder *b, const char *place, const pb_cnn_layer *layer, int slot)
{
    pb_cnn_step *step = add_step(b, PB_CNN_NORMALIZE, slot, slot);
    snprintf(step->layer_norm, sizeof step->layer_norm, "%s%s%s", b->plan->model.prefix, place, layer->norm);
}

/* Appends a layer that reads `from` and writes `to`; `out_channels` and `stride` as they come out of the stage. */
static pb_cnn_step *add_layer(builder *b, const char *place, const pb_cnn_layer *layer, int64_t out_channels,
                              int64_t kernel, int64_t stride, int from, int to)
{
    if (layer->norm_kind == PB_CNN_LAYER_NORM_BEFORE)
        add_layer_norm(b, place, layer, from);
    pb_cnn_step *step = add_step(b, PB_CNN_CONVOLVE, from, to);
    name_tensors(b, place, layer, step);
    step->bias = layer->bias;
    step->matrix = layer->matrix;
    step->activation = layer->activation;
    step->kernel = layer->kernel ? layer->kernel : kernel;
    step->stride = layer->strided ? stride : 1;
    step->out_channels = layer->width == PB_CNN_AS_IS ? b->channels : out_channels;
    step->groups = layer->depthwise ? b->channels : 1;
    measure(&b->plan->model.kind, b->side, step);
    b->side = step->out_side;
    b->channels = step->out_channels;
    if (layer->norm_kind == PB_CNN_LAYER_NORM_AFTER)
        add_layer_norm(b, place, layer, to);
    return step;
}

/* Two slots besides those taken. */
static void free_slots(int taken, int also_taken, int out[2])
{
    int n = 0;
    for (int slot = 0; slot < PB_CNN_SLOTS && n < 2; slot++)
        if (slot != taken && slot != also_taken)
            out[n++] = slot;
}

/* Notes that the last step made what a tap wants. */
static void take(pb_cnn_plan *plan, int block, bool expanded, const builder *b)
{
    for (int i = 0; i < plan->n_taps; i++)
        if (plan->taps[i].block == block && plan->taps[i].expanded == expanded) {
            plan->steps[plan->n_steps - 1].tap = i;
            plan->taps[i].side = b->side;
            plan->taps[i].channels = b->channels;
        }
}

/* The input, or a convolution of it, in the slot that the last layer adds to; -1: nothing is added. */
static int add_shortcut(builder *b, const char *place, const pb_cnn_stage *stage, int64_t stride)
{
    const pb_cnn_block *block = stage->block;
    if (stride == 1 && b->channels == stage->channels)
        return b->slot;
    if (!block->shortcut)
        return -1;
    const pb_cnn_layer layer = {.conv = block->shortcut,
                                .norm = block->shortcut_norm,
                                .norm_kind = PB_CNN_BATCH_NORM,
                                .kernel = 1,
                                .strided = true,
                                .width = PB_CNN_OUT};
    builder beside = *b;
    int slots[2];
    free_slots(b->slot, b->slot, slots);
    add_layer(&beside, place, &layer, stage->channels, 1, stride, b->slot, slots[0]);
    return slots[0];
}

static void add_block(builder *b, const char *place, const pb_cnn_stage *stage, int64_t stride, int number)
{
    const pb_cnn_block *block = stage->block;
    const int64_t middle = stage->middle ? stage->middle : b->channels * stage->expansion;
    const int sum = add_shortcut(b, place, stage, stride);
    int slots[2], from = b->slot;
    free_slots(b->slot, sum, slots);
    for (int i = 0; i < block->n_layers; i++) {
        const pb_cnn_layer *layer = &block->layers[i];
        const bool last = i == block->n_layers - 1, adds = last && sum >= 0;
        const int to = adds ? sum : slots[i % 2];
        if (last)
            take(b->plan, number, true, b);
        pb_cnn_step *step = add_layer(b, place, layer, layer->width == PB_CNN_MIDDLE ? middle : stage->channels,
                                      stage->kernel, stride, from, to);
        step->adds = adds;
        if (last)
            step->activation = block->activation;
        from = to;
    }
    b->slot = from;
    take(b->plan, number, false, b);
}

static void add_stem(builder *b)
{
    const pb_cnn_kind *kind = &b->plan->model.kind;
    add_layer(b, "", &kind->stem, kind->stem_channels, 1, kind->stem_stride, 0, 1);
    b->slot = 1;
    if (kind->pools) {
        pb_cnn_step *step = add_step(b, PB_CNN_MAXIMUM, 1, 2);
        step->kernel = 3;
        step->stride = 2;
        measure(kind, b->side, step);
        b->side = step->out_side;
        b->slot = 2;
    }
    take(b->plan, 0, false, b);
}

/* What stands between two stages. */
static void add_transition(builder *b, const char *place, const pb_cnn_stage *stage)
{
    const pb_cnn_layer *layer = &b->plan->model.kind.transition;
    int slots[2];
    free_slots(b->slot, b->slot, slots);
    add_layer(b, place, layer, stage->channels, 1, layer->kernel, b->slot, slots[0]);
    b->slot = slots[0];
}

static pb_status add_steps(pb_cnn_plan *plan)
{
    const pb_cnn_kind *kind = &plan->model.kind;
    builder b = {.plan = plan, .side = plan->image.size, .channels = 3};
    int last = 0, number = 0;
    for (int i = 0; i < plan->n_taps; i++)
        last = plan->taps[i].block > last ? plan->taps[i].block : last;
    PB_TRY(PB_NEW_PRODUCT(plan->steps, (last + 1), MAX_STEPS_A_BLOCK));
    add_stem(&b);
    for (int s = 0; s < kind->n_stages; s++) {
        char stage[24], place[64];
        snprintf(stage, sizeof stage, kind->stages, kind->first_stage + s);
        snprintf(place, sizeof place, "%s.", stage);
        if (s > 0 && kind->transition.conv && number < last)
            add_transition(&b, place, &kind->stage[s]);
        for (int i = 0; i < kind->stage[s].n_blocks && number < last; i++) {
            const size_t used = (size_t)snprintf(place, sizeof place, "%s", stage);
            snprintf(place + used, sizeof place - used, kind->blocks, i);
            snprintf(place + strlen(place), sizeof place - strlen(place), ".");
            add_block(&b, place, &kind->stage[s], i == 0 ? kind->stage[s].stride : 1, ++number);
        }
    }
    return PB_STATUS_OK;
}

/* ---- Making ---- */

/* pretrained_cfg of timm, or preprocessor_config.json; the published input size where none is asked for. */
static pb_status read_image(const pb_checkpoint *checkpoint, int32_t asked, pb_cnn_plan *plan)
{
    enum { DEFAULT_SIZE = 224 };
    const json_t *timm = pb_checkpoint_timm(checkpoint);
    const json_t *side = json_array_get(json_object_get(timm, "input_size"), 1);
    const int64_t published = side ? json_integer_value(side) : DEFAULT_SIZE, size = asked ? asked : published;
    PB_CHECK_ARG(size >= MIN_SIZE && size <= MAX_SIZE, "size %lld is outside %d..%d pixels", (long long)size, MIN_SIZE,
                 MAX_SIZE);
    if (timm)
        return pb_preprocess_read_timm(timm, pb_checkpoint_config_name(checkpoint), (int32_t)size, &plan->image);
    plan->image = (pb_preprocess){.fit = PB_FIT_BOTH_SIDES,
                                  .filter = PB_RESAMPLE_BILINEAR,
                                  .resize_side = (int32_t)size,
                                  .size = (int32_t)size,
                                  .mean = PB_IMAGENET_MEAN,
                                  .std = PB_IMAGENET_STD};
    return pb_preprocess_read(pb_checkpoint_preprocessor(checkpoint), pb_checkpoint_preprocessor_name(checkpoint), true,
                              &plan->image);
}

static pb_status fill_origin(pb_cnn_plan *plan, pb_origin *origin)
{
    plan->grid = plan->taps[0].side;
    for (int i = 0; i < plan->n_taps; i++)
        plan->dim += plan->taps[i].channels;
    if (plan->pooled)
        plan->dim = plan->pooled;
    *origin = (pb_origin){.grid_height = (int32_t)plan->grid, .grid_width = (int32_t)plan->grid, .dim = plan->dim};
    snprintf(origin->backbone, sizeof origin->backbone, "%s", plan->model.kind.about.name);
    snprintf(origin->precision, sizeof origin->precision, "f32");
    PB_TRY(pb_preprocess_fill_origin(&plan->image, origin));
    return pb_cnn_layers_write(plan, origin->layer, sizeof origin->layer);
}

pb_status pb_cnn_plan_make(const pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_cnn_plan *plan,
                           pb_origin *origin)
{
    *plan = (pb_cnn_plan){0};
    PB_CHECK_ARG(!options->precision || strcmp(options->precision, "f32") == 0,
                 "convolutional networks are computed in f32 only, not in '%s'", options->precision);
    PB_TRY(pb_cnn_model_read(checkpoint, &plan->model));
    PB_TRY(read_image(checkpoint, options->input_size, plan));
    if (options->width > 0)
        pb_preprocess_take_tiles(&plan->image);
    pb_preprocess_table(&plan->image, plan->table);
    PB_TRY(pb_cnn_layers_parse(options->layer, plan));
    PB_TRY(add_steps(plan));
    return fill_origin(plan, origin);
}

double pb_cnn_plan_gflop(const pb_cnn_plan *plan)
{
    double products = 0;
    for (int i = 0; i < plan->n_steps; i++) {
        const pb_cnn_step *step = &plan->steps[i];
        if (step->operation == PB_CNN_CONVOLVE)
            products += (double)(step->out_side * step->out_side) * (double)(step->kernel * step->kernel) *
                        (double)step->in_channels / (double)step->groups * (double)step->out_channels;
    }
    return 2e-9 * products;
}

void pb_cnn_plan_free(pb_cnn_plan *plan)
{
    pb_free(plan->steps);
    *plan = (pb_cnn_plan){0};
}
