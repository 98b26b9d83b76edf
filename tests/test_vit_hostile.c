/* Checkpoints that are damaged, foreign or made to harm: one clear message each, no crash, nothing left in memory. */
#include "vit.h"

#include <math.h>
#include <sys/stat.h>

#include "base/error.h"
#include "root.h"

static char folder[300];

static int make_folder(void **state)
{
    make_root(state);
    snprintf(folder, sizeof folder, "%s/checkpoint", root);
    return 0;
}

/* ---- Expecting a failure ---- */

#define assert_says(wanted)                                                                                            \
    do {                                                                                                               \
        if (!strstr(pb_error_message(), wanted))                                                                       \
            fail_msg("\"%s\" is not in: %s", wanted, pb_error_message());                                              \
    } while (0)

static pb_status open_with(int32_t size, const char *layer, const char *precision)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {
        .size = sizeof(pb_backbone_options), .input_size = size, .layer = layer, .precision = precision};
    const size_t before = pb_memory_live_bytes();
    const pb_status status = pb_backbone_open(folder, &options, &backbone);
    if (status == PB_STATUS_OK)
        pb_backbone_close(backbone);
    else
        assert_null(backbone);
    assert_int_equal(pb_memory_live_bytes(), before);
    return status;
}

/* Opens and computes one picture: weights are read when they are first needed. */
static pb_status compute_with(const char *layer, const char *precision)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {.size = sizeof(pb_backbone_options), .layer = layer, .precision = precision};
    const size_t before = pb_memory_live_bytes();
    PB_TRY(pb_backbone_open(folder, &options, &backbone));
    pb_image image = vit_image("wide.png");
    float *out = calloc((size_t)vit_per_image(backbone), sizeof *out);
    const pb_status status = pb_backbone_extract(backbone, &image, 1, out);
    free(out);
    pb_image_free(&image);
    pb_backbone_close(backbone);
    assert_int_equal(pb_memory_live_bytes(), before);
    return status;
}

/* The folder cannot be opened; the message has `wanted` in it. */
#define assert_refused(expected, wanted)                                                                               \
    do {                                                                                                               \
        assert_status(open_with(0, "-1", NULL), expected);                                                             \
        assert_says(wanted);                                                                                           \
    } while (0)

static void assert_computes(const char *layer)
{
    if (compute_with(layer, NULL) != PB_STATUS_OK)
        fail_msg("layer %s: %s", layer, pb_error_message());
}

/* ---- Tensors ---- */

typedef struct change {
    const char *name; /* of the tensor, or a part of it */
    int drop;
    int n_dims; /* 0: as it is */
    int64_t shape[4];
    int retype; /* take `type` */
    pb_dtype type;
    const void *data; /* NULL: as it is, or zeroes where size or type change */
    int found;
} change;

static uint8_t zeroes[1 << 20];

static int apply(pb_tensor *tensor, void *context)
{
    change *wanted = context;
    if (!strstr(tensor->name, wanted->name))
        return 1;
    wanted->found++;
    if (wanted->drop)
        return 0;
    if (wanted->n_dims > 0) {
        tensor->n_dims = wanted->n_dims;
        tensor->n_items = 1;
        for (int i = 0; i < wanted->n_dims; i++) {
            tensor->shape[i] = wanted->shape[i];
            tensor->n_items *= wanted->shape[i];
        }
        tensor->data = zeroes;
    }
    if (wanted->retype) {
        tensor->type = wanted->type;
        tensor->data = zeroes;
    }
    if (wanted->data)
        tensor->data = wanted->data;
    tensor->bytes = (size_t)tensor->n_items * pb_dtype_bytes(tensor->type);
    assert_true(tensor->bytes <= sizeof zeroes);
    return 1;
}

static void damage(const char *checkpoint, change wanted)
{
    vit_copy(checkpoint, folder);
    vit_edit_tensors(folder, apply, &wanted);
    assert_true(wanted.found > 0);
}

static void missing_tensors_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *checkpoint, *tensor;
    } needed[] = {
        {"dinov3", "embeddings.cls_token"},
        {"dinov3", "embeddings.register_tokens"},
        {"dinov3", "embeddings.patch_embeddings.weight"},
        {"dinov3", "embeddings.patch_embeddings.bias"},
        {"dinov3", "layer.0.norm1.weight"},
        {"dinov3", "layer.5.norm2.bias"},
        {"dinov3", "layer.3.attention.q_proj.weight"},
        {"dinov3", "layer.3.attention.q_proj.bias"},
        {"dinov3", "layer.3.attention.v_proj.bias"},
        {"dinov3", "layer.3.attention.o_proj.bias"},
        {"dinov3", "layer.2.layer_scale1.lambda1"},
        {"dinov3", "layer.2.mlp.up_proj.bias"},
        {"dinov3_gated", "layer.1.mlp.gate_proj.weight"},
        {"dinov3_no_registers", "layer.1.attention.k_proj.bias"},
        {"dinov2", "embeddings.position_embeddings"},
        {"dinov2", "encoder.layer.4.attention.attention.key.bias"},
        {"dinov2", "encoder.layer.4.attention.output.dense.weight"},
        {"dinov2", "encoder.layer.0.mlp.fc2.bias"},
        {"dinov2_registers", "embeddings.register_tokens"},
        {"dinov2_registers_swiglu", "encoder.layer.0.mlp.weights_in.weight"},
        {"dinov2_registers_swiglu", "encoder.layer.0.mlp.weights_out.bias"},
        {"clip_whole", "vision_model.embeddings.class_embedding"},
        {"clip_whole", "vision_model.embeddings.position_embedding.weight"},
        {"clip_whole", "vision_model.pre_layrnorm.weight"},
        {"clip_whole", "vision_model.encoder.layers.1.self_attn.out_proj.bias"},
        {"clip_vision", "vision_model.encoder.layers.2.mlp.fc1.weight"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        damage(needed[i].checkpoint, (change){.name = needed[i].tensor, .drop = 1});
        assert_refused(PB_STATUS_BAD_FORMAT, needed[i].tensor);
        assert_says("model.safetensors");
    }
}

/* What the features do not depend on may be missing or of any type. */
static void tensors_that_are_not_needed_may_be_missing(void **state)
{
    (void)state;
    static const struct {
        const char *checkpoint, *tensor;
    } idle[] = {{"dinov3", "mask_token"},        {"dinov3_no_registers", "register_tokens"},
                {"dinov2", "mask_token"},        {"dinov2", "layernorm"},
                {"clip_whole", "position_ids"},  {"clip_whole", "text_"},
                {"clip_whole", "post_layernorm"}};
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        damage(idle[i].checkpoint, (change){.name = idle[i].tensor, .drop = 1});
        assert_computes("-1");
    }
    damage("clip_whole", (change){.name = "text_model.final_layer_norm", .retype = 1, .type = PB_DTYPE_I64});
    assert_computes("-1");
}

/* Blocks after the last wanted layer are not read: they may be missing, wrong or not numbers. */
static void later_blocks_are_not_read(void **state)
{
    (void)state;
    float nans[16 * 64];
    for (int i = 0; i < 16 * 64; i++)
        nans[i] = NAN;
    pb_image image = vit_image("wide.png");
    pb_backbone *backbone = vit_open("dinov3", 32, "3", NULL);
    float *whole = vit_extract(backbone, &image, 1);
    pb_backbone_close(backbone);
    const change changes[] = {{.name = "layer.3.", .drop = 1},
                              {.name = "layer.4.mlp.up_proj.weight", .data = nans},
                              {.name = "layer.5.norm1", .n_dims = 1, .shape = {7}}};
    const pb_status expected[] = {PB_STATUS_BAD_FORMAT, PB_STATUS_BAD_VALUE, PB_STATUS_BAD_SHAPE};
    for (int i = 0; i < 3; i++) {
        damage("dinov3", changes[i]);
        assert_status(compute_with("-1", NULL), expected[i]);
        const pb_backbone_options options = {.size = sizeof(pb_backbone_options), .input_size = 32, .layer = "3"};
        assert_ok(pb_backbone_open(folder, &options, &backbone));
        float *cut = vit_extract(backbone, &image, 1);
        assert_memory_equal(cut, whole, (size_t)vit_per_image(backbone) * sizeof *cut);
        free(cut);
        pb_backbone_close(backbone);
    }
    free(whole);
    pb_image_free(&image);
}

static void wrong_shapes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *checkpoint;
        change wanted;
        const char *message;
    } shapes[] = {
        {"dinov3", {.name = "layer.1.norm1.weight", .n_dims = 1, .shape = {17}}, "layer.1.norm1.weight"},
        {"dinov3", {.name = "layer.1.norm1.weight", .n_dims = 2, .shape = {16, 1}}, "layer.1.norm1.weight"},
        {"dinov3", {.name = "layer.1.attention.q_proj.weight", .n_dims = 2, .shape = {32, 16}}, "q_proj.weight"},
        {"dinov3", {.name = "layer.1.attention.o_proj.weight", .n_dims = 2, .shape = {16, 8}}, "o_proj.weight"},
        {"dinov3", {.name = "layer.1.mlp.up_proj.weight", .n_dims = 2, .shape = {16, 64}}, "up_proj.weight"},
        {"dinov3", {.name = "layer.1.mlp.down_proj.bias", .n_dims = 1, .shape = {0}}, "down_proj.bias"},
        {"dinov3", {.name = "register_tokens", .n_dims = 3, .shape = {1, 3, 16}}, "register_tokens"},
        {"dinov3", {.name = "patch_embeddings.weight", .n_dims = 4, .shape = {16, 3, 14, 14}}, "patch_embeddings"},
        {"dinov3", {.name = "patch_embeddings.weight", .n_dims = 4, .shape = {16, 1, 16, 16}}, "patch_embeddings"},
        {"dinov2", {.name = "position_embeddings", .n_dims = 3, .shape = {1, 1369, 16}}, "position_embeddings"},
        {"dinov2", {.name = "layer.0.layer_scale2.lambda1", .n_dims = 1, .shape = {1}}, "layer_scale2"},
        {"clip_whole", {.name = "class_embedding", .n_dims = 1, .shape = {15}}, "class_embedding"},
        {"clip_whole", {.name = "position_embedding.weight", .n_dims = 2, .shape = {81, 16}}, "position_embedding"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        damage(shapes[i].checkpoint, shapes[i].wanted);
        assert_refused(PB_STATUS_BAD_SHAPE, shapes[i].message);
    }
}

static void other_dtypes_are_unsupported(void **state)
{
    (void)state;
    static const pb_dtype types[] = {PB_DTYPE_I64, PB_DTYPE_F64, PB_DTYPE_I8, PB_DTYPE_U8};
    static const char *const names[] = {"I64", "F64", "I8", "U8"};
    for (int i = 0; i < 4; i++) {
        damage("dinov3", (change){.name = "layer.0.mlp.up_proj.weight", .retype = 1, .type = types[i]});
        assert_status(open_with(0, "-1", NULL), PB_STATUS_UNSUPPORTED);
        assert_says("layer.0.mlp.up_proj.weight");
        assert_says(names[i]);
        assert_says("F32, F16");
    }
}

/* NaN and infinity in weights are found at the door, in every dtype and whatever part they are in. */
static void weights_that_are_not_numbers_are_refused(void **state)
{
    (void)state;
    static float bad[16 * 3 * 256];
    static uint16_t bad_half[16 * 3 * 196];
    static const char *const names[] = {"embeddings.cls_token",
                                        "patch_embeddings.weight",
                                        "layer.0.norm1.bias",
                                        "layer.3.attention.k_proj.weight",
                                        "layer.3.attention.v_proj.bias",
                                        "layer.5.layer_scale1.lambda1",
                                        "layer.5.mlp.down_proj.weight"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bad[5] = i % 2 ? NAN : INFINITY;
        damage("dinov3", (change){.name = names[i], .data = bad});
        assert_status(compute_with("-1", NULL), PB_STATUS_BAD_VALUE);
        assert_says(names[i]);
    }
    bad_half[7] = 0x7f80; /* infinity of bfloat16 */
    damage("dinov2", (change){.name = "patch_embeddings.projection.weight", .data = bad_half});
    assert_status(compute_with("-1", NULL), PB_STATUS_BAD_VALUE);
    bad_half[7] = 0xfe00; /* NaN of float16 */
    damage("clip_vision", (change){.name = "layers.1.mlp.fc2.bias", .data = bad_half});
    assert_status(compute_with("-1", NULL), PB_STATUS_BAD_VALUE);
}

/* Weights that are numbers, but so large that the sums overflow: an error that says so, not NaN features. */
static void check_overflow(const char *precision)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {
        .size = sizeof(pb_backbone_options), .input_size = 32, .layer = "2", .precision = precision};
    pb_features *features = NULL;
    const char *path = vit_image_path("photo.jpg");
    assert_ok(pb_backbone_open(folder, &options, &backbone));
    pb_image image = vit_image("photo.jpg");
    float *out = calloc((size_t)vit_per_image(backbone), sizeof *out);
    assert_status(pb_backbone_extract(backbone, &image, 1, out), PB_STATUS_BAD_VALUE);
    assert_status(pb_backbone_extract_files(backbone, &path, 1, NULL, &features), PB_STATUS_BAD_VALUE);
    free(out);
    pb_image_free(&image);
    pb_backbone_close(backbone);
}

static void overflowing_sums_are_an_error(void **state)
{
    (void)state;
    static const char *const precisions[] = {"f32", "bf16", "int8"};
    static const char *const tensors[] = {"layer.0.attention.v_proj.weight", "layer.1.mlp.up_proj.weight",
                                          "embeddings.cls_token", "embeddings.register_tokens"};
    static float huge[64 * 16]; /* the class token and the registers are no patches, but patches look at them */
    for (int i = 0; i < 64 * 16; i++)
        huge[i] = 3e38f;
    for (int i = 0; i < 3; i++)
        for (int t = 0; t < 4 && vit_can(precisions[i]); t++) {
            damage("dinov3", (change){.name = tensors[t], .data = huge});
            check_overflow(precisions[i]);
        }
}

/* ---- Files ---- */

static void remove_file(const char *name)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(remove(path), 0);
}

static void missing_files_are_named(void **state)
{
    (void)state;
    vit_copy("dinov3", folder);
    remove_file("config.json");
    assert_refused(PB_STATUS_BAD_FORMAT, "config.json");
    vit_copy("dinov3", folder);
    remove_file("model.safetensors");
    assert_refused(PB_STATUS_BAD_FORMAT, "model.safetensors");
    vit_copy("dinov3", folder);
    remove_file("preprocessor_config.json");
    assert_computes("-1");
    vit_copy("dinov3_sharded_mixed", folder);
    remove_file("model-00002-of-00002.safetensors");
    assert_refused(PB_STATUS_IO, "model-00002-of-00002.safetensors");
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    char path[VIT_PATH];
    vit_copy("dinov3", folder);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    static const off_t sizes[] = {100000, 500, 7, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(truncate(path, sizes[i]), 0);
        assert_refused(PB_STATUS_BAD_FORMAT, "model.safetensors");
    }
    static const char *const texts[] = {
        "", "{", "[]", "null", "{\"model_type\": \"dinov3_vit\"", "{}", "\xff\xfe", "{\"model_type\": 3}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vit_copy("dinov3", folder);
        vit_write_text(folder, "config.json", texts[i]);
        assert_refused(PB_STATUS_BAD_FORMAT, "config.json");
    }
    vit_write_text(folder, "config.json", "{\"model_type\": \"dinov3_vit\"}"); /* sizes of the class, not of the file */
    assert_refused(PB_STATUS_BAD_SHAPE, "model.safetensors");
    vit_copy("dinov3", folder);
    vit_write_text(folder, "preprocessor_config.json", "{\"image_mean\": [0.5, 0.5]}");
    assert_refused(PB_STATUS_BAD_FORMAT, "preprocessor_config.json");
    vit_write_text(folder, "preprocessor_config.json", "not JSON");
    assert_refused(PB_STATUS_BAD_FORMAT, "preprocessor_config.json");
    vit_write_text(folder, "preprocessor_config.json", "{\"image_std\": [0.5, 0, 0.5]}");
    assert_refused(PB_STATUS_BAD_FORMAT, "image_std");
}

/* Files that ask for other pixels than are computed: refused, not ignored. */
static void other_preprocessing_is_unsupported(void **state)
{
    (void)state;
    static const char *const both[] = {"{\"do_rescale\": false}", "{\"do_normalize\": false}",
                                       "{\"rescale_factor\": 0.0078125}", "{\"rescale_factor\": \"x\"}"};
    static const char *const clip[] = {"{\"do_center_crop\": false}", "{\"do_resize\": false}"};
    for (int i = 0; i < 4; i++) {
        vit_copy(i % 2 ? "dinov3" : "clip_vision", folder);
        vit_write_text(folder, "preprocessor_config.json", both[i]);
        assert_refused(PB_STATUS_UNSUPPORTED, i < 2 ? "is false" : "rescale_factor");
    }
    for (int i = 0; i < 2; i++) {
        vit_copy("clip_vision", folder);
        vit_write_text(folder, "preprocessor_config.json", clip[i]);
        assert_refused(PB_STATUS_UNSUPPORTED, "is false");
    }
    vit_copy("dinov3", folder);
    vit_write_text(folder, "preprocessor_config.json",
                   "{\"do_center_crop\": false, \"do_rescale\": true, \"rescale_factor\": 0.00392156862745098}");
    assert_computes("-1");
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    char path[VIT_PATH];
    vit_copy("dinov3", folder);
    vit_write_text(folder, "model.safetensors",
                   "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1212559808\n");
    assert_refused(PB_STATUS_BAD_FORMAT, "git lfs pull");
    vit_copy("dinov3", folder);
    remove_file("config.json");
    snprintf(path, sizeof path, "%s/config.json", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(PB_STATUS_IO, "config.json: it is no regular file");
    remove_file("config.json");
}

static void an_index_is_not_trusted(void **state)
{
    (void)state;
    static const char index[] = "model.safetensors.index.json", tensor[] = "layer.2.mlp.down_proj.weight";
    static const char *const outside[] = {
        "../model-00001-of-00002.safetensors",     "/etc/passwd", "sub/model-00001-of-00002.safetensors", "..", "",
        "model-00001-of-00002.safetensors/../../x"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        vit_copy("dinov3_sharded_mixed", folder);
        vit_edit_json(folder, index, "weight_map", tensor, json_string(outside[i]));
        assert_refused(PB_STATUS_BAD_FORMAT, index);
    }
    vit_copy("dinov3_sharded_mixed", folder);
    vit_edit_json(folder, index, "weight_map", tensor, json_integer(1));
    assert_refused(PB_STATUS_BAD_FORMAT, index);
    vit_edit_json(folder, index, "weight_map", tensor, json_string("model-00009-of-00002.safetensors"));
    assert_refused(PB_STATUS_IO, "model-00009-of-00002.safetensors");
    /* In the other shard than the index says, and not in the index. */
    vit_edit_json(folder, index, "weight_map", tensor, json_string("model-00001-of-00002.safetensors"));
    assert_refused(PB_STATUS_BAD_FORMAT, tensor);
    vit_edit_json(folder, index, "weight_map", tensor, NULL);
    assert_refused(PB_STATUS_BAD_FORMAT, tensor);
    vit_edit_json(folder, index, NULL, "weight_map", json_array());
    assert_refused(PB_STATUS_BAD_FORMAT, "weight_map");
    vit_write_text(folder, index, "[]");
    assert_refused(PB_STATUS_BAD_FORMAT, index);
}

/* ---- config.json ---- */

static void assert_config_refused(const char *checkpoint, const char *key, json_t *value, pb_status expected,
                                  const char *wanted)
{
    vit_copy(checkpoint, folder);
    vit_edit_config(folder, key, value);
    assert_refused(expected, wanted);
}

static void unknown_models_are_unsupported(void **state)
{
    (void)state;
    assert_config_refused("dinov3", "model_type", json_string("vit_mae"), PB_STATUS_UNSUPPORTED, "vit_mae");
    assert_says("dinov3_vit, dinov2");
    assert_config_refused("dinov3", "model_type", json_string("siglip_vision_model"), PB_STATUS_UNSUPPORTED,
                          "siglip_vision_model");
    assert_config_refused("dinov3", "model_type", NULL, PB_STATUS_BAD_FORMAT, "model_type");
    assert_config_refused("dinov3", "hidden_act", json_string("relu"), PB_STATUS_UNSUPPORTED, "relu");
    assert_config_refused("dinov3", "num_channels", json_integer(1), PB_STATUS_UNSUPPORTED, "1 channels");
    vit_copy("clip_whole", folder);
    vit_edit_config(folder, "vision_config", NULL);
    assert_refused(PB_STATUS_BAD_FORMAT, "");
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {"hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size",
                                       "patch_size"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_config_refused("dinov3", keys[i], json_integer(0), PB_STATUS_BAD_FORMAT, keys[i]);
        assert_config_refused("dinov3", keys[i], json_integer(-16), PB_STATUS_BAD_FORMAT, keys[i]);
        assert_config_refused("dinov3", keys[i], json_integer(INT64_C(4611686018427387904)), PB_STATUS_BAD_FORMAT,
                              keys[i]);
        assert_config_refused("dinov3", keys[i], json_real(1.5), PB_STATUS_BAD_FORMAT, keys[i]);
        assert_config_refused("dinov3", keys[i], json_string("16"), PB_STATUS_BAD_FORMAT, keys[i]);
    }
    /* Heads that do not divide; a head whose size RoPE cannot halve twice. */
    assert_config_refused("dinov3", "num_attention_heads", json_integer(3), PB_STATUS_BAD_FORMAT, "3 heads");
    assert_config_refused("dinov3", "num_attention_heads", json_integer(8), PB_STATUS_BAD_FORMAT, "multiple of 4");
    assert_config_refused("dinov3", "num_hidden_layers", json_integer(7), PB_STATUS_BAD_FORMAT, "layer.6.");
    assert_config_refused("dinov3", "num_register_tokens", json_integer(-1), PB_STATUS_BAD_FORMAT,
                          "num_register_tokens");
    assert_config_refused("dinov3", "layer_norm_eps", json_real(-1), PB_STATUS_BAD_FORMAT, "layer_norm_eps");
    assert_config_refused("dinov3", "rope_theta", json_real(0), PB_STATUS_BAD_FORMAT, "rope_theta");
    assert_config_refused("dinov3", "use_gated_mlp", json_string("no"), PB_STATUS_BAD_FORMAT, "use_gated_mlp");
    assert_config_refused("dinov2", "mlp_ratio", json_integer(0), PB_STATUS_BAD_FORMAT, "mlp_ratio");
    assert_config_refused("dinov2", "image_size", json_integer(3), PB_STATUS_BAD_FORMAT, "3 pixels");
    assert_config_refused("clip_vision", "image_size", json_integer(0), PB_STATUS_BAD_FORMAT, "image_size");
}

/* ---- Options ---- */

static void options_outside_the_model_are_refused(void **state)
{
    (void)state;
    vit_copy("dinov3", folder);
    static const int32_t sizes[] = {40, 1, 15, -16, 450};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_status(open_with(sizes[i], "-1", NULL), PB_STATUS_BAD_ARGUMENT);
        assert_says("16"); /* the patch */
    }
    assert_status(open_with(2147483632, "-1", NULL), PB_STATUS_BAD_ARGUMENT);
    assert_status(open_with(0, "7", NULL), PB_STATUS_BAD_ARGUMENT);
    assert_says("6");
    assert_status(open_with(0, "-8", NULL), PB_STATUS_BAD_ARGUMENT);
    assert_ok(open_with(0, "-7", NULL));
    static const char *const layers[] = {"x", "1x",  "1,", ",1", "1,,2", "1 2", "0x1", "1.5", "99999999999999999999",
                                         "-", "--1", "1,7"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        assert_status(open_with(0, layers[i], NULL), PB_STATUS_BAD_ARGUMENT);
        assert_says("layer");
    }
    assert_status(open_with(0, "-1", "f16"), PB_STATUS_BAD_ARGUMENT);
    assert_says("bf16");
    assert_status(open_with(0, "-1", ""), PB_STATUS_BAD_ARGUMENT);
    vit_copy("clip_vision", folder);
    assert_status(open_with(48, "-1", NULL), PB_STATUS_BAD_ARGUMENT);
    assert_says("40");
    assert_ok(open_with(40, "-1", NULL));
}

/* ---- Mutations: whatever stands in the files, opening ends in a status ---- */

static void flipped_bytes_never_crash(void **state)
{
    (void)state;
    test_rng rng = {20};
    const char *const files[] = {"config.json", "model.safetensors", "model.safetensors.index.json"};
    char from[2 * VIT_PATH], path[VIT_PATH];
    for (int round = 0; round < 150; round++) {
        const int which = round % 3;
        const char *const checkpoint = which == 2 ? "dinov3_sharded_mixed" : "clip_whole";
        if (round < 3)
            vit_copy("clip_whole", folder);
        if (which == 2 || round % 3 == 0)
            vit_copy(checkpoint, folder);
        uint8_t *bytes;
        size_t size;
        snprintf(from, sizeof from, "%s/%s", vit_checkpoint(checkpoint), files[which]);
        snprintf(path, sizeof path, "%s/%s", folder, files[which]);
        assert_ok(pb_file_read(from, 1 << 20, &bytes, &size));
        const size_t reach = which == 1 ? 4000 : size; /* in the header of the weights */
        for (int i = 0; i < 3; i++)
            bytes[test_rng_next(&rng) % reach] = (uint8_t)test_rng_next(&rng);
        assert_ok(pb_file_write(path, bytes, size));
        pb_free(bytes);
        open_with(0, "-1", NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_tensors_are_named),
        cmocka_unit_test(tensors_that_are_not_needed_may_be_missing),
        cmocka_unit_test(later_blocks_are_not_read),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(other_dtypes_are_unsupported),
        cmocka_unit_test(weights_that_are_not_numbers_are_refused),
        cmocka_unit_test(overflowing_sums_are_an_error),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(other_preprocessing_is_unsupported),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(an_index_is_not_trusted),
        cmocka_unit_test(unknown_models_are_unsupported),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(options_outside_the_model_are_refused),
        cmocka_unit_test(flipped_bytes_never_crash),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_root);
}
