#include "backbone/cnn/cnn_network.h"

#include <string.h>

#include "backbone/cnn/cnn_plan_make.h"
#include "backbone/cnn/cnn_weights.h"
#include "base/memory.h"

typedef struct construction {
    const pb_checkpoint *checkpoint;
    pb_cnn_network *network;
    dnnl_memory_desc_t slots[PB_CNN_SLOTS]; /* how the map in each lies at this step */
} construction;

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- Memory ---- */

static pb_status describe_map(int64_t channels, int64_t side, dnnl_format_tag_t tag, dnnl_memory_desc_t *out)
{
    const dnnl_dims_t sizes = {1, channels, side, side};
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(out, 4, sizes, dnnl_f32, tag));
    return PB_STATUS_OK;
}

/* The map of a slot as the primitive wants it. */
static pb_status connect(construction *c, const pb_cnn_step *step, pb_cnn_unit *unit)
{
    unit->before = c->slots[step->from];
    if (dnnl_memory_desc_equal(&unit->before, &unit->source))
        return PB_STATUS_OK;
    c->network->reorder_bytes = largest(c->network->reorder_bytes, dnnl_memory_desc_get_size(&unit->source));
    return pb_onednn_reorder_new(c->network->engine, &unit->before, &unit->source, &unit->reorder);
}

/* ---- Primitives ---- */

static pb_status append_finish(dnnl_post_ops_t operations, const pb_cnn_step *step)
{
    static const dnnl_alg_kind_t kinds[] = {
        [PB_CNN_RELU] = dnnl_eltwise_relu, [PB_CNN_RELU6] = dnnl_eltwise_clip, [PB_CNN_GELU] = dnnl_eltwise_gelu_erf};
    const float bound = step->activation == PB_CNN_RELU6 ? 6 : 0; /* clip to 0..6; the others take no second number */
    if (step->adds)
        PB_TRY_ONEDNN(dnnl_post_ops_append_sum(operations, 1));
    if (step->activation != PB_CNN_LINEAR)
        PB_TRY_ONEDNN(dnnl_post_ops_append_eltwise(operations, 1, kinds[step->activation], 0, bound));
    return PB_STATUS_OK;
}

static pb_status make_attributes(const pb_cnn_step *step, dnnl_primitive_attr_t *out)
{
    dnnl_post_ops_t operations;
    PB_TRY_ONEDNN(dnnl_primitive_attr_create(out));
    PB_TRY_ONEDNN(dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user));
    PB_TRY_ONEDNN(dnnl_post_ops_create(&operations));
    pb_status status = append_finish(operations, step);
    if (status == PB_STATUS_OK) {
        const dnnl_status_t set = dnnl_primitive_attr_set_post_ops(*out, operations);
        status = set == dnnl_success ? PB_STATUS_OK : pb_onednn_failed(set, "dnnl_primitive_attr_set_post_ops");
    }
    dnnl_post_ops_destroy(operations);
    return status;
}

/* Creates the primitive of an operation and asks for the layouts that it chose. */
static pb_status create(pb_cnn_network *network, const void *operation, const pb_cnn_step *step, pb_cnn_unit *unit)
{
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t description = NULL;
    pb_status status = make_attributes(step, &attributes);
    dnnl_status_t made = dnnl_success;
    if (status == PB_STATUS_OK)
        made = dnnl_primitive_desc_create(&description, operation, attributes, network->engine, NULL);
    if (status == PB_STATUS_OK && made == dnnl_success) {
        unit->source = *dnnl_primitive_desc_query_md(description, dnnl_query_src_md, 0);
        unit->target = *dnnl_primitive_desc_query_md(description, dnnl_query_dst_md, 0);
        unit->packed = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
        unit->scratchpad = *dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
        made = dnnl_primitive_create(&unit->primitive, description);
        dnnl_primitive_desc_destroy(description);
        network->scratch_bytes = largest(network->scratch_bytes, dnnl_memory_desc_get_size(&unit->scratchpad));
    }
    if (attributes)
        dnnl_primitive_attr_destroy(attributes);
    PB_TRY(status);
    PB_TRY_ONEDNN(made);
    return PB_STATUS_OK;
}

/* `given` is the kernel as a checkpoint stores it; depthwise and grouped ones have a dimension for the groups in front. */
static pb_status describe_kernel(const pb_cnn_step *step, dnnl_memory_desc_t *given, dnnl_memory_desc_t *any)
{
    const int64_t g = step->groups, k = step->kernel, in = step->in_channels / g, out = step->out_channels / g;
    const dnnl_dims_t grouped = {g, out, in, k, k}, plain = {out, in, k, k};
    const int n = g > 1 ? 5 : 4;
    PB_TRY_ONEDNN(
        dnnl_memory_desc_init_by_tag(given, n, g > 1 ? grouped : plain, dnnl_f32, g > 1 ? dnnl_goihw : dnnl_oihw));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(any, n, g > 1 ? grouped : plain, dnnl_f32, dnnl_format_tag_any));
    return PB_STATUS_OK;
}

static pb_status pack(pb_cnn_network *network, const dnnl_memory_desc_t *given, const float *kernel, pb_cnn_unit *unit)
{
    dnnl_primitive_t reorder = NULL;
    char *packed;
    PB_TRY(PB_NEW_UNINITIALISED(packed, dnnl_memory_desc_get_size(&unit->packed)));
    unit->kernel = packed;
    PB_TRY(pb_onednn_reorder_new(network->engine, given, &unit->packed, &reorder));
    const pb_onednn_argument arguments[] = {{DNNL_ARG_FROM, given, kernel}, {DNNL_ARG_TO, &unit->packed, packed}};
    const pb_status status = pb_onednn_run(network->engine, reorder, arguments, 2);
    dnnl_primitive_destroy(reorder);
    return status;
}

static pb_status make_convolution(construction *c, const pb_cnn_step *step, const float *kernel, pb_cnn_unit *unit)
{
    const dnnl_format_tag_t tag = c->network->plan.model.kind.channels_last ? dnnl_nhwc : dnnl_format_tag_any;
    const dnnl_dims_t strides = {step->stride, step->stride}, before = {step->pad_before, step->pad_before},
                      after = {step->pad_after, step->pad_after}, channels = {step->out_channels};
    dnnl_memory_desc_t source, target, given, any;
    dnnl_convolution_desc_t operation;
    PB_TRY(describe_map(step->in_channels, step->in_side, tag, &source));
    PB_TRY(describe_map(step->out_channels, step->out_side, tag, &target));
    PB_TRY(describe_kernel(step, &given, &any));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&unit->shift_row, 1, channels, dnnl_f32, dnnl_x));
    if (step->adds)
        target = c->slots[step->to];
    PB_TRY_ONEDNN(dnnl_convolution_forward_desc_init(&operation, dnnl_forward_inference, dnnl_convolution_direct,
                                                     &source, &any, &unit->shift_row, &target, strides, before, after));
    PB_TRY(create(c->network, &operation, step, unit));
    return pack(c->network, &given, kernel, unit);
}

static pb_status make_maximum(construction *c, const pb_cnn_step *step, pb_cnn_unit *unit)
{
    const dnnl_dims_t strides = {step->stride, step->stride}, kernel = {step->kernel, step->kernel},
                      before = {step->pad_before, step->pad_before}, after = {step->pad_after, step->pad_after};
    dnnl_memory_desc_t target;
    dnnl_pooling_desc_t operation;
    PB_TRY(describe_map(step->out_channels, step->out_side, dnnl_format_tag_any, &target));
    PB_TRY_ONEDNN(dnnl_pooling_forward_desc_init(&operation, dnnl_forward_inference, dnnl_pooling_max,
                                                 &c->slots[step->from], &target, strides, kernel, before, after));
    return create(c->network, &operation, step, unit);
}

/* ---- Winograd's convolutions ---- */

/* Does the map of a slot lie so? */
static bool lies_as(const dnnl_memory_desc_t *map, int64_t channels, int64_t side, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t wanted;
    return describe_map(channels, side, tag, &wanted) == PB_STATUS_OK && dnnl_memory_desc_equal(map, &wanted);
}

/* The layout that it reads and writes: that of the sum which it adds to, or else of its input; false: it cannot write that sum. */
static bool choose_layout(const construction *c, const pb_cnn_step *step, dnnl_format_tag_t *out)
{
    const dnnl_format_tag_t grouped = pb_cnn_winograd_lanes() == 16 ? dnnl_nChw16c : dnnl_nChw8c;
    const dnnl_memory_desc_t *map = &c->slots[step->adds ? step->to : step->from];
    const int64_t channels = step->adds ? step->out_channels : step->in_channels;
    *out = lies_as(map, channels, step->in_side, grouped) ? grouped : dnnl_nhwc;
    return *out == grouped || !step->adds || lies_as(map, channels, step->in_side, dnnl_nhwc);
}

/* Makes it where it can be and pays; leaves unit->winograd NULL elsewhere. */
static pb_status try_winograd(construction *c, const pb_cnn_step *step, const float *kernel, pb_cnn_unit *unit)
{
    const pb_cnn_winograd_shape shape = {.side = step->in_side,
                                         .in_channels = step->in_channels,
                                         .out_channels = step->out_channels,
                                         .adds = step->adds,
                                         .relu = step->activation == PB_CNN_RELU};
    const bool fits = step->kernel == 3 && step->stride == 1 && step->groups == 1 && step->pad_before == 1 &&
                      step->pad_after == 1 && (step->activation == PB_CNN_LINEAR || shape.relu);
    const int outputs = fits ? pb_cnn_winograd_outputs(&shape) : 0;
    dnnl_format_tag_t tag;
    if (!outputs || !choose_layout(c, step, &tag))
        return PB_STATUS_OK;
    PB_TRY(describe_map(step->in_channels, step->in_side, tag, &unit->source));
    PB_TRY(describe_map(step->out_channels, step->out_side, tag, &unit->target));
    PB_TRY(pb_cnn_winograd_new(&shape, outputs, kernel, &unit->winograd));
    unit->grouped = tag != dnnl_nhwc;
    c->network->scratch_bytes = largest(c->network->scratch_bytes, pb_cnn_winograd_scratch_bytes(unit->winograd));
    return PB_STATUS_OK;
}

/* ---- Units ---- */

static pb_status make_operation(construction *c, const pb_cnn_step *step, const float *kernel, pb_cnn_unit *unit)
{
    if (step->operation != PB_CNN_CONVOLVE)
        return make_maximum(c, step, unit);
    PB_TRY(try_winograd(c, step, kernel, unit));
    return unit->winograd ? PB_STATUS_OK : make_convolution(c, step, kernel, unit);
}

static pb_status make_tap(construction *c, const pb_cnn_step *step, pb_cnn_unit *unit)
{
    PB_TRY(describe_map(step->out_channels, step->out_side, dnnl_nhwc, &unit->extracted));
    return pb_onednn_reorder_new(c->network->engine, &c->slots[step->to], &unit->extracted, &unit->extract);
}

static pb_status make_unit(construction *c, const pb_cnn_step *step, pb_cnn_weights *weights, pb_cnn_unit *unit)
{
    PB_TRY(pb_cnn_weights_read(c->checkpoint, &c->network->plan, step, weights));
    if (step->operation == PB_CNN_NORMALIZE) {
        unit->gain = weights->gain;
        weights->gain = NULL;
        unit->target = c->slots[step->to];
    } else {
        PB_TRY(make_operation(c, step, weights->kernel, unit));
        PB_TRY(connect(c, step, unit));
        c->slots[step->to] = unit->target;
        size_t *bytes = &c->network->slot_bytes[step->to];
        *bytes = largest(*bytes, dnnl_memory_desc_get_size(&unit->target));
    }
    unit->shift = weights->shift;
    weights->shift = NULL;
    return step->tap >= 0 ? make_tap(c, step, unit) : PB_STATUS_OK;
}

static pb_status construct(void *context)
{
    construction *c = context;
    pb_cnn_network *network = c->network;
    const pb_cnn_plan *plan = &network->plan;
    PB_TRY_ONEDNN(dnnl_engine_create(&network->engine, dnnl_cpu, 0));
    PB_TRY(describe_map(3, plan->image.size, dnnl_nhwc, &c->slots[0]));
    network->slot_bytes[0] = dnnl_memory_desc_get_size(&c->slots[0]);
    for (int i = 0; i < plan->n_steps; i++) {
        pb_cnn_weights weights;
        const pb_status status = make_unit(c, &plan->steps[i], &weights, &network->units[i]);
        pb_cnn_weights_free(&weights);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

/* All but the plan. */
static void free_units(pb_cnn_network *network)
{
    for (int i = 0; network->units && i < network->plan.n_steps; i++) {
        pb_cnn_unit *unit = &network->units[i];
        dnnl_primitive_t primitives[] = {unit->primitive, unit->reorder, unit->extract};
        for (int p = 0; p < 3; p++)
            if (primitives[p])
                dnnl_primitive_destroy(primitives[p]);
        pb_cnn_winograd_free(unit->winograd);
        pb_free(unit->kernel);
        pb_free(unit->gain);
        pb_free(unit->shift);
    }
    pb_free(network->units);
    if (network->engine)
        dnnl_engine_destroy(network->engine);
    network->units = NULL;
    network->engine = NULL;
}

pb_status pb_cnn_network_make(const pb_checkpoint *checkpoint, pb_cnn_network *network)
{
    construction c = {.checkpoint = checkpoint, .network = network};
    PB_TRY(PB_NEW(network->units, network->plan.n_steps));
    const pb_status status = pb_onednn_create(construct, &c);
    if (status != PB_STATUS_OK)
        free_units(network);
    return status;
}

void pb_cnn_network_free(pb_cnn_network *network)
{
    free_units(network);
    pb_cnn_plan_free(&network->plan);
    *network = (pb_cnn_network){0};
}
