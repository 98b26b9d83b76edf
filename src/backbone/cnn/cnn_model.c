#include "backbone/cnn/cnn_model.h"

#include <stdio.h>
#include <string.h>

enum { MAX_CHANNELS = 65536, MAX_BLOCKS = 1024 };

/* ---- Blocks ---- */

/* He et al., "Deep residual learning for image recognition" (2016), figure 5 left, as timm's BasicBlock. */
static const pb_cnn_block basic = {
    .n_layers = 2,
    .layers = {{.conv = "conv1",
                .norm = "bn1",
                .kernel = 3,
                .strided = true,
                .width = PB_CNN_OUT,
                .activation = PB_CNN_RELU,
                .norm_kind = PB_CNN_BATCH_NORM},
               {.conv = "conv2", .norm = "bn2", .kernel = 3, .width = PB_CNN_OUT, .norm_kind = PB_CNN_BATCH_NORM}},
    .shortcut = "downsample.0",
    .shortcut_norm = "downsample.1",
    .activation = PB_CNN_RELU};

/* Figure 5 right, with the stride in the 3 x 3 convolution, as timm's Bottleneck. */
static const pb_cnn_block bottleneck = {
    .n_layers = 3,
    .layers = {{.conv = "conv1",
                .norm = "bn1",
                .kernel = 1,
                .width = PB_CNN_MIDDLE,
                .activation = PB_CNN_RELU,
                .norm_kind = PB_CNN_BATCH_NORM},
               {.conv = "conv2",
                .norm = "bn2",
                .kernel = 3,
                .strided = true,
                .width = PB_CNN_MIDDLE,
                .activation = PB_CNN_RELU,
                .norm_kind = PB_CNN_BATCH_NORM},
               {.conv = "conv3", .norm = "bn3", .kernel = 1, .width = PB_CNN_OUT, .norm_kind = PB_CNN_BATCH_NORM}},
    .shortcut = "downsample.0",
    .shortcut_norm = "downsample.1",
    .activation = PB_CNN_RELU};

/* Sandler et al., "MobileNetV2" (2018), figure 4, as timm's DepthwiseSeparableConv and InvertedResidual. */
static const pb_cnn_block separable = {
    .n_layers = 2,
    .layers = {{.conv = "conv_dw",
                .norm = "bn1",
                .strided = true,
                .depthwise = true,
                .activation = PB_CNN_RELU6,
                .norm_kind = PB_CNN_BATCH_NORM},
               {.conv = "conv_pw", .norm = "bn2", .kernel = 1, .width = PB_CNN_OUT, .norm_kind = PB_CNN_BATCH_NORM}}};
static const pb_cnn_block inverted = {
    .n_layers = 3,
    .layers = {{.conv = "conv_pw",
                .norm = "bn1",
                .kernel = 1,
                .width = PB_CNN_MIDDLE,
                .activation = PB_CNN_RELU6,
                .norm_kind = PB_CNN_BATCH_NORM},
               {.conv = "conv_dw",
                .norm = "bn2",
                .strided = true,
                .depthwise = true,
                .activation = PB_CNN_RELU6,
                .norm_kind = PB_CNN_BATCH_NORM},
               {.conv = "conv_pwl", .norm = "bn3", .kernel = 1, .width = PB_CNN_OUT, .norm_kind = PB_CNN_BATCH_NORM}}};

/* Liu et al., "A ConvNet for the 2020s" (2022), figure 4. */
static const pb_cnn_block convnext = {
    .n_layers = 3,
    .layers = {
        {.conv = "depthwise_conv",
         .norm = "layer_norm",
         .kernel = 7,
         .depthwise = true,
         .bias = true,
         .norm_kind = PB_CNN_LAYER_NORM_AFTER},
        {.conv = "pointwise_conv1",
         .kernel = 1,
         .width = PB_CNN_MIDDLE,
         .bias = true,
         .matrix = true,
         .activation = PB_CNN_GELU},
        {.conv = "pointwise_conv2", .scale = "gamma", .kernel = 1, .width = PB_CNN_OUT, .bias = true, .matrix = true}}};

/* ---- Networks ---- */

/* What the residual networks of timm share. Features after Roth et al., "Towards total recall in industrial anomaly detection"
 * (2022), section 3.1: two stages, means of 3 x 3 neighbours. */
#define RESNET                                                                                                         \
    .prefix = "", .stages = "layer%d", .blocks = ".%d", .first_stage = 1, .stem_channels = 64, .stem_stride = 2,       \
    .stem = {.conv = "conv1",                                                                                          \
             .norm = "bn1",                                                                                            \
             .kernel = 7,                                                                                              \
             .strided = true,                                                                                          \
             .width = PB_CNN_OUT,                                                                                      \
             .activation = PB_CNN_RELU,                                                                                \
             .norm_kind = PB_CNN_BATCH_NORM},                                                                          \
    .pools = true, .norm_eps = 1e-5, .neighbourhood = 3, .n_stages = 4

static const pb_cnn_kind kinds[] = {
    {.about = {"resnet18", "timm/resnet18.*", "Apache-2.0 (timm) or BSD-3-Clause (torchvision)",
               "any, published at 224", "layer2,layer3", "PatchCore's features on a small machine"},
     RESNET,
     .stage = {{&basic, 2, 3, 1, 64, 0, 0},
               {&basic, 2, 3, 2, 128, 0, 0},
               {&basic, 2, 3, 2, 256, 0, 0},
               {&basic, 2, 3, 2, 512, 0, 0}}},
    {.about = {"resnet50", "timm/resnet50.*", "Apache-2.0 (timm) or BSD-3-Clause (torchvision)",
               "any, published at 224", "layer2,layer3", "PatchCore's features at half the cost"},
     RESNET,
     .stage = {{&bottleneck, 3, 3, 1, 256, 64, 0},
               {&bottleneck, 4, 3, 2, 512, 128, 0},
               {&bottleneck, 6, 3, 2, 1024, 256, 0},
               {&bottleneck, 3, 3, 2, 2048, 512, 0}}},
    {.about = {"wide_resnet50_2", "timm/wide_resnet50_2.*", "Apache-2.0 (timm) or BSD-3-Clause (torchvision)",
               "any, published at 224", "layer2,layer3", "PatchCore as published"},
     RESNET,
     .stage = {{&bottleneck, 3, 3, 1, 256, 128, 0},
               {&bottleneck, 4, 3, 2, 512, 256, 0},
               {&bottleneck, 6, 3, 2, 1024, 512, 0},
               {&bottleneck, 3, 3, 2, 2048, 1024, 0}}},
    {.about = {"tf_efficientnet_lite0", "timm/tf_efficientnet_lite0.in1k", "Apache-2.0", "any, published at 224",
               "blocks.2,blocks.4", "small machines; boards and other assemblies rather than textures"},
     .prefix = "",
     .stages = "blocks.%d",
     .blocks = ".%d",
     .stem_channels = 32,
     .stem_stride = 2,
     .stem = {.conv = "conv_stem",
              .norm = "bn1",
              .kernel = 3,
              .strided = true,
              .width = PB_CNN_OUT,
              .activation = PB_CNN_RELU6,
              .norm_kind = PB_CNN_BATCH_NORM},
     .same_padding = true,
     .norm_eps = 1e-3,
     .neighbourhood = 1,
     .n_stages = 7,
     .stage = {{&separable, 1, 3, 1, 16, 0, 1},
               {&inverted, 2, 3, 2, 24, 0, 6},
               {&inverted, 2, 5, 2, 40, 0, 6},
               {&inverted, 3, 3, 2, 80, 0, 6},
               {&inverted, 3, 5, 1, 112, 0, 6},
               {&inverted, 4, 5, 2, 192, 0, 6},
               {&inverted, 1, 3, 1, 320, 0, 6}}},
    {.about = {"dinov3_convnext", "facebook/dinov3-convnext-{tiny,small,base,large}-pretrain-lvd1689m",
               "DINOv3 licence (to be accepted first)", "any, 224 by default", "stages.2",
               "DINOv3 at the cost of a convolutional network"},
     .prefix = "|model.",
     .stages = "stages.%d",
     .blocks = ".layers.%d",
     .stem_stride = 4,
     .stem = {.conv = "stages.0.downsample_layers.0",
              .norm = "stages.0.downsample_layers.1",
              .kernel = 4,
              .strided = true,
              .bias = true,
              .width = PB_CNN_OUT,
              .norm_kind = PB_CNN_LAYER_NORM_AFTER},
     .transition = {.conv = "downsample_layers.1",
                    .norm = "downsample_layers.0",
                    .kernel = 2,
                    .strided = true,
                    .bias = true,
                    .width = PB_CNN_OUT,
                    .norm_kind = PB_CNN_LAYER_NORM_BEFORE},
     .channels_last = true,
     .norm_eps = 1e-6,
     .neighbourhood = 1,
     .stage = {{.block = &convnext, .expansion = 4}}},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* ---- Finding ---- */

const pb_cnn_kind *pb_cnn_kind_at(int index)
{
    return index < N_KINDS ? &kinds[index] : NULL;
}

const pb_cnn_kind *pb_cnn_find_name(const char *name)
{
    for (int i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].about.name, name) == 0)
            return &kinds[i];
    return NULL;
}

const pb_cnn_kind *pb_cnn_find_kind(const pb_checkpoint *checkpoint)
{
    const char *name = pb_checkpoint_model_name(checkpoint);
    return name ? pb_cnn_find_name(name) : NULL;
}

/* ---- config.json of ConvNeXt ---- */

static pb_status read_sizes(const json_t *config, const char *name, const char *key, int64_t high, int *out, int *n)
{
    const json_t *values = json_object_get(config, key);
    const size_t size = json_array_size(values);
    if (size < 1 || size > PB_CNN_MAX_STAGES)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must be a list of 1 to %d whole numbers", name, key,
                       PB_CNN_MAX_STAGES);
    for (size_t i = 0; i < size; i++) {
        const json_t *value = json_array_get(values, i);
        if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > high)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" must hold whole numbers from 1 to %lld", name, key,
                           (long long)high);
        out[i] = (int)json_integer_value(value);
    }
    *n = (int)size;
    return PB_STATUS_OK;
}

static pb_status read_activation(const json_t *config, const char *name)
{
    const json_t *value = json_object_get(config, "hidden_act");
    if (!value || (json_is_string(value) && strcmp(json_string_value(value), "gelu") == 0))
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_UNSUPPORTED, "%s: \"hidden_act\" must be gelu, others cannot be computed", name);
}

static pb_status read_config(const pb_checkpoint *checkpoint, pb_cnn_kind *kind)
{
    const json_t *config = pb_checkpoint_config(checkpoint), *eps = json_object_get(config, "layer_norm_eps");
    const char *name = pb_checkpoint_config_name(checkpoint);
    int depths[PB_CNN_MAX_STAGES], channels[PB_CNN_MAX_STAGES], n = 0;
    PB_TRY(read_activation(config, name));
    PB_TRY(read_sizes(config, name, "depths", MAX_BLOCKS, depths, &n));
    PB_TRY(read_sizes(config, name, "hidden_sizes", MAX_CHANNELS, channels, &kind->n_stages));
    if (n != kind->n_stages)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %d \"depths\" with %d \"hidden_sizes\"", name, n, kind->n_stages);
    if (eps && !(json_number_value(eps) > 0 && json_number_value(eps) < 1))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"layer_norm_eps\" must be a number between 0 and 1", name);
    kind->norm_eps = eps ? json_number_value(eps) : kind->norm_eps;
    kind->stem_channels = channels[0];
    const pb_cnn_stage first = kind->stage[0];
    for (int i = 0; i < n; i++) {
        kind->stage[i] = first;
        kind->stage[i].n_blocks = depths[i];
        kind->stage[i].channels = channels[i];
        kind->stage[i].stride = 1; /* the transition has it */
    }
    return PB_STATUS_OK;
}

/* The alternative under which the checkpoint has the stem. */
static pb_status choose_prefix(const pb_checkpoint *checkpoint, pb_cnn_model *model)
{
    const char *stem = model->kind.stem.conv;
    for (const char *at = model->kind.prefix;; at++) {
        const size_t length = strcspn(at, "|");
        char name[128];
        snprintf(name, sizeof name, "%.*s%s.weight", (int)length, at, stem);
        if (pb_checkpoint_tensor(checkpoint, name)) {
            snprintf(model->prefix, sizeof model->prefix, "%.*s", (int)length, at);
            return PB_STATUS_OK;
        }
        at += length;
        if (!*at)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %s.weight: it does not hold a %s",
                           pb_checkpoint_weights_name(checkpoint), stem, model->kind.about.name);
    }
}

pb_status pb_cnn_model_read(const pb_checkpoint *checkpoint, pb_cnn_model *out)
{
    const pb_cnn_kind *kind = pb_cnn_find_kind(checkpoint);
    PB_ASSERT(kind);
    *out = (pb_cnn_model){.kind = *kind};
    if (out->kind.n_stages == 0)
        PB_TRY(read_config(checkpoint, &out->kind));
    for (int i = 0; i < out->kind.n_stages; i++)
        out->n_blocks += out->kind.stage[i].n_blocks;
    return choose_prefix(checkpoint, out);
}
