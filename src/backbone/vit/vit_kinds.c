#include "backbone/vit/vit_kinds.h"

#include <string.h>

#include "backbone/preprocess.h"

enum { DEFAULT_SIZE = 448 };

#define OBJECTS "objects and varied views"
#define REGISTERS_TOO "as DINOv2, without its odd patches on plain ground"
#define LOGICAL "objects, where a CLIP is at hand already"

#define ANY_SIZE(patch) "448, any multiple of " #patch
#define FIXED_SIZE "that of its config, no other"
#define DINOV3_LICENCE "DINOv3 licence (to be accepted first)"
#define CLIP_LICENCE "MIT (OpenAI, LAION), others: see there"

/* What rows have in common, whatever their tensors are called. */
#define DINO                                                                                                           \
    .fit = PB_FIT_BOTH_SIDES, .filter = PB_RESAMPLE_BILINEAR, .has_scales = true, .patch_bias = true,                  \
    .size = DEFAULT_SIZE, .activation = "gelu", .mean = PB_IMAGENET_MEAN, .std = PB_IMAGENET_STD
#define CLIP                                                                                                           \
    .positions = PB_VIT_POSITIONS_FIXED, .fit = PB_FIT_SHORTEST_SIDE, .filter = PB_RESAMPLE_BICUBIC, .norm_eps = 1e-5, \
    .mean = {0.48145466f, 0.4578275f, 0.40821073f}, .std = {0.26862954f, 0.26130258f, 0.27577711f}

/* timm's names; `SCALE` is that of layer scale, with the number at its end. */
#define TIMM_NAMES(REGISTERS, POSITIONS, PRE_NORM, SCALE1, SCALE2, GATE, UP, GATE_UP)                                  \
    {                                                                                                                  \
        .prefix = "", .blocks = "blocks", .cls = "cls_token", .registers = (REGISTERS), .patches = "patch_embed.proj", \
        .positions = (POSITIONS), .pre_norm = (PRE_NORM), .norm1 = "norm1", .query_bias = "attn.q_bias",               \
        .value_bias = "attn.v_bias", .qkv = "attn.qkv", .out = "attn.proj", .scale1 = (SCALE1), .norm2 = "norm2",      \
        .up = (UP), .gate = (GATE), .gate_up = (GATE_UP), .down = "mlp.fc2", .gated_down = "mlp.fc2",                  \
        .scale2 = (SCALE2)                                                                                             \
    }
#define TIMM_DINOV3                                                                                                    \
    DINO, .names = TIMM_NAMES("reg_token", NULL, NULL, "gamma_1", "gamma_2", "mlp.fc1_g", "mlp.fc1|mlp.fc1_x", NULL),  \
          .positions = PB_VIT_POSITIONS_ROTARY, .norm_eps = 1e-5
/* timm resamples the positions of both with antialiasing. */
#define TIMM_DINOV2(REGISTERS)                                                                                         \
    DINO, .names = TIMM_NAMES(REGISTERS, "pos_embed", NULL, "ls1.gamma", "ls2.gamma", NULL, "mlp.fc1", "mlp.fc1"),     \
          .positions = PB_VIT_POSITIONS_ANTIALIAS, .norm_eps = 1e-6, .channels_a_head = 64
#define TIMM_CLIP                                                                                                      \
    CLIP, .names = TIMM_NAMES(NULL, "pos_embed", "norm_pre", NULL, NULL, NULL, "mlp.fc1", NULL), .activation = "gelu"

/* Published DINOv2 checkpoints have the first name of each pair; transformers 5 writes the second one too. */
#define DINOV2_NAMES(PREFIXES, REGISTERS)                                                                              \
    {                                                                                                                  \
        .prefix = PREFIXES, .blocks = "encoder.layer", .cls = "embeddings.cls_token", .registers = (REGISTERS),        \
        .patches = "embeddings.patch_embeddings.projection", .positions = "embeddings.position_embeddings",            \
        .norm1 = "norm1", .query = "attention.attention.query|attention.q_proj",                                       \
        .key = "attention.attention.key|attention.k_proj", .value = "attention.attention.value|attention.v_proj",      \
        .out = "attention.output.dense|attention.o_proj", .scale1 = "layer_scale1.lambda1", .norm2 = "norm2",          \
        .up = "mlp.fc1|mlp.up_proj", .gate = "mlp.gate_proj", .gate_up = "mlp.weights_in",                             \
        .down = "mlp.fc2|mlp.down_proj", .gated_down = "mlp.weights_out|mlp.down_proj",                                \
        .scale2 = "layer_scale2.lambda1",                                                                              \
    }

static const pb_vit_kind kinds[] = {
    {.about = {"dinov3_vit", "facebook/dinov3-{vits16,vits16plus,vitb16,vitl16,vith16plus,vit7b16}-pretrain-*",
               DINOV3_LICENCE, ANY_SIZE(16), "-6", OBJECTS},
     .names = {.prefix = "|dinov3_vit.|model.",
               .blocks = "layer|model.layer",
               .cls = "embeddings.cls_token",
               .registers = "embeddings.register_tokens",
               .patches = "embeddings.patch_embeddings",
               .norm1 = "norm1",
               .query = "attention.q_proj",
               .key = "attention.k_proj",
               .value = "attention.v_proj",
               .out = "attention.o_proj",
               .scale1 = "layer_scale1.lambda1",
               .norm2 = "norm2",
               .up = "mlp.up_proj",
               .gate = "mlp.gate_proj",
               .down = "mlp.down_proj",
               .gated_down = "mlp.down_proj",
               .scale2 = "layer_scale2.lambda1"},
     .positions = PB_VIT_POSITIONS_ROTARY,
     DINO,
     .gated = "use_gated_mlp",
     .hidden_size = 384,
     .n_blocks = 12,
     .n_heads = 6,
     .mlp_size = 1536,
     .patch_size = 16,
     .image_size = 224,
     .norm_eps = 1e-5},
    {.about = {"dinov2", "facebook/dinov2-{small,base,large,giant}", "Apache-2.0", ANY_SIZE(14), "-6", OBJECTS},
     .names = DINOV2_NAMES("|dinov2.", NULL),
     .positions = PB_VIT_POSITIONS_BICUBIC,
     DINO,
     .gated = "use_swiglu_ffn",
     .hidden_size = 768,
     .n_blocks = 12,
     .n_heads = 12,
     .patch_size = 14,
     .image_size = 224,
     .norm_eps = 1e-6},
    {.about = {"dinov2_with_registers", "facebook/dinov2-with-registers-{small,base,large,giant}", "Apache-2.0",
               ANY_SIZE(14), "-6", REGISTERS_TOO},
     .names = DINOV2_NAMES("|dinov2_with_registers.", "embeddings.register_tokens"),
     .positions = PB_VIT_POSITIONS_ANTIALIAS,
     DINO,
     .gated = "use_swiglu_ffn",
     .hidden_size = 768,
     .n_blocks = 12,
     .n_heads = 12,
     .patch_size = 16,
     .image_size = 224,
     .n_registers = 4,
     .norm_eps = 1e-6},
    {.about = {"clip_vision_model", "openai/clip-vit-{base-patch32,base-patch16,large-patch14,large-patch14-336}",
               "MIT", FIXED_SIZE, "-6", LOGICAL},
     .container = "clip",
     .section = "vision_config",
     .names = {.prefix = "vision_model.||clip.vision_model.",
               .blocks = "encoder.layers",
               .cls = "embeddings.class_embedding",
               .patches = "embeddings.patch_embedding",
               .positions = "embeddings.position_embedding.weight",
               .pre_norm = "pre_layrnorm",
               .norm1 = "layer_norm1",
               .query = "self_attn.q_proj",
               .key = "self_attn.k_proj",
               .value = "self_attn.v_proj",
               .out = "self_attn.out_proj",
               .norm2 = "layer_norm2",
               .up = "mlp.fc1",
               .down = "mlp.fc2"},
     CLIP,
     .hidden_size = 768,
     .n_blocks = 12,
     .n_heads = 12,
     .mlp_size = 3072,
     .patch_size = 32,
     .image_size = 224,
     .activation = "quick_gelu"},
    /* timm */
    {.about = {"vit_7b_patch16_dinov3*", "timm/vit_7b_patch16_dinov3.lvd1689m", DINOV3_LICENCE, ANY_SIZE(16), "-6",
               OBJECTS},
     TIMM_DINOV3,
     .channels_a_head = 128},
    {.about = {"vit_*_patch16_dinov3*", "timm/vit_{small,small_plus,base,large,huge_plus}_patch16_dinov3.lvd1689m",
               DINOV3_LICENCE, ANY_SIZE(16), "-6", OBJECTS},
     TIMM_DINOV3,
     .channels_a_head = 64},
    {.about = {"vit_*_patch14_reg4_dinov2*", "timm/vit_{small,base,large,giant}_patch14_reg4_dinov2.lvd142m",
               "Apache-2.0", ANY_SIZE(14), "-6", REGISTERS_TOO},
     TIMM_DINOV2("reg_token"),
     .bare_class = true},
    {.about = {"vit_*_patch14_dinov2*", "timm/vit_{small,base,large,giant}_patch14_dinov2.lvd142m", "Apache-2.0",
               ANY_SIZE(14), "-6", OBJECTS},
     TIMM_DINOV2(NULL)},
    {.about = {"vit_huge_*_clip_*", "timm/vit_huge_patch14_clip_*", CLIP_LICENCE, FIXED_SIZE, "-6", LOGICAL},
     TIMM_CLIP,
     .all_heads = 16},
    {.about = {"vit_gi*_clip_*", "timm/vit_{giant,gigantic}_patch14_clip_*", CLIP_LICENCE, FIXED_SIZE, "-6", LOGICAL},
     TIMM_CLIP,
     .all_heads = 16},
    {.about = {"vit_*_clip_*", "timm/vit_{base_patch16,base_patch32,large_patch14}_clip_{224,336}.*", CLIP_LICENCE,
               FIXED_SIZE, "-6", LOGICAL},
     TIMM_CLIP,
     .channels_a_head = 64},
    {.about = {"open_clip", "laion/CLIP-ViT-*, apple/DFN*-CLIP-ViT-*, timm/vit_*_clip_*", CLIP_LICENCE, FIXED_SIZE,
               "-6", LOGICAL},
     CLIP,
     .names = {.prefix = "visual.",
               .blocks = "transformer.resblocks",
               .cls = "class_embedding",
               .patches = "conv1",
               .positions = "positional_embedding",
               .pre_norm = "ln_pre",
               .norm1 = "ln_1",
               .qkv = "attn.in_proj",
               .qkv_underscored = true,
               .out = "attn.out_proj",
               .norm2 = "ln_2",
               .up = "mlp.c_fc",
               .down = "mlp.c_proj"},
     .activation = "gelu",
     .channels_a_head = 64},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

const pb_vit_kind *pb_vit_kind_at(int index)
{
    return index < N_KINDS ? &kinds[index] : NULL;
}

/* Is `name` the pattern, in which '*' stands for any letters? */
static bool matches(const char *pattern, const char *name)
{
    if (*pattern != '*')
        return *pattern == *name && (!*name || matches(pattern + 1, name + 1));
    for (const char *at = name;; at++) {
        if (matches(pattern + 1, at))
            return true;
        if (!*at)
            return false;
    }
}

const pb_vit_kind *pb_vit_find_kind(const char *name)
{
    for (int i = 0; i < N_KINDS; i++)
        if (matches(kinds[i].about.name, name) || (kinds[i].container && strcmp(kinds[i].container, name) == 0))
            return &kinds[i];
    return NULL;
}
