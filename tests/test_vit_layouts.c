/* Vision transformers in the layouts of timm and open_clip. */
#include "drawn.h"
#include "vit.h"

static char root[256];
static json_t *golden;

static bool is_open_clip(const char *name)
{
    return strncmp(name, "open_clip", 9) == 0;
}

static int set_up(void **state)
{
    const char *name;
    json_t *network;
    (void)state;
    test_make_temp_dir(root, sizeof root);
    assert_ok(pb_json_load(PB_GOLDEN_DIR "/vit_layouts/cases.json", 1 << 20, &golden));
    json_object_foreach(json_object_get(golden, "networks"), name, network)
        drawn_write(root, name, network, is_open_clip(name) ? "open_clip_config.json" : "config.json",
                    is_open_clip(name) ? "open_clip_model.safetensors" : "model.safetensors");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(golden);
    return test_remove_dir(root);
}

static const char *folder_of(const char *name)
{
    static char folder[512];
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    return folder;
}

static void features_are_those_of_the_reference(void **state)
{
    (void)state;
    const json_t *one;
    size_t i;
    pb_safetensors *expected;
    assert_ok(pb_safetensors_open(PB_GOLDEN_DIR "/vit_layouts/features.safetensors", &expected));
    assert_int_equal(json_array_size(json_object_get(golden, "cases")), 15);
    json_array_foreach(json_object_get(golden, "cases"), i, one)
        drawn_check(expected, one, i, folder_of(json_string_value(json_object_get(one, "network"))));
    pb_safetensors_close(expected);
}

static void assert_origin(const char *name, const char *backbone_name, int32_t input, const char *preprocessing)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {.size = sizeof options, .layer = "2"};
    assert_ok(pb_backbone_open(folder_of(name), &options, &backbone));
    const pb_origin *origin = pb_backbone_origin(backbone);
    assert_string_equal(origin->backbone, backbone_name);
    assert_int_equal(origin->input_width, input);
    if (strncmp(origin->preprocessing, preprocessing, strlen(preprocessing)) != 0)
        fail_msg("%s: preprocessing is %s", name, origin->preprocessing);
    assert_string_equal(pb_backbone_default_image_score(backbone), "p95");
    assert_string_equal(pb_backbone_image_score_of(origin->backbone), "p95");
    pb_backbone_close(backbone);
}

static void an_origin_says_what_made_the_features(void **state)
{
    (void)state;
    assert_origin("dinov3", "vit_small_patch16_dinov3", 448, "resize 448x448 bilinear; mean 0.485");
    assert_origin("dinov2_registers", "vit_base_patch14_reg4_dinov2", 448, "resize 448x448 bilinear; mean 0.5 0.4");
    assert_origin("clip_quick", "vit_large_patch14_clip_quickgelu_224", 48,
                  "shortest side 53 bilinear, centre 48x48; ");
    assert_origin("open_clip", "open_clip", 40, "shortest side 40 bicubic, centre 40x40; mean 0.4814547");
    assert_origin("open_clip_quick", "open_clip", 48, "resize 48x48 bilinear; mean 0.5 0.4 0.3");
}

static void assert_refused(const char *folder, pb_status expected, const char *what)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {.size = sizeof options, .layer = "2"};
    assert_status(pb_backbone_open(folder, &options, &backbone), expected);
    if (!strstr(pb_error_message(), what))
        fail_msg("'%s' is not in: %s", what, pb_error_message());
}

static void copy_network(const char *name, const char *copy)
{
    char command[4 * VIT_PATH];
    snprintf(command, sizeof command, "rm -rf '%s/%s' && cp -r '%s/%s' '%s/%s'", root, copy, root, name, root, copy);
    assert_int_equal(system(command), 0);
}

static int drop(pb_tensor *tensor, void *name)
{
    return strcmp(tensor->name, name) != 0;
}

static int cut_positions(pb_tensor *tensor, void *context)
{
    (void)context;
    if (strcmp(tensor->name, "pos_embed") == 0) {
        tensor->shape[1]--;
        tensor->n_items -= tensor->shape[2];
        tensor->bytes -= (size_t)tensor->shape[2] * sizeof(float);
    }
    return 1;
}

/* Sizes come from the tensors, but not blindly. */
static void damaged_weights_are_refused(void **state)
{
    (void)state;
    static char missing[] = "blocks.1.attn.qkv.bias", patches[] = "patch_embed.proj.weight",
                up[] = "blocks.0.mlp.fc1.weight";
    copy_network("dinov2", "damaged");
    vit_edit_tensors(folder_of("damaged"), drop, missing);
    assert_refused(folder_of("damaged"), PB_STATUS_BAD_FORMAT, missing);
    copy_network("clip", "damaged");
    vit_edit_tensors(folder_of("damaged"), drop, patches);
    assert_refused(folder_of("damaged"), PB_STATUS_BAD_FORMAT, "patch_embed.proj");
    copy_network("clip", "damaged");
    vit_edit_tensors(folder_of("damaged"), drop, up);
    assert_refused(folder_of("damaged"), PB_STATUS_BAD_FORMAT, "mlp.fc1");
    copy_network("clip", "damaged");
    vit_edit_tensors(folder_of("damaged"), cut_positions, NULL);
    assert_refused(folder_of("damaged"), PB_STATUS_BAD_SHAPE, "no square");
    copy_network("clip", "damaged");
    vit_edit_config(folder_of("damaged"), "architecture", json_string("vit_base_patch16_siglip_224"));
    assert_refused(folder_of("damaged"), PB_STATUS_UNSUPPORTED, "siglip");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_the_reference),
        cmocka_unit_test(an_origin_says_what_made_the_features),
        cmocka_unit_test(damaged_weights_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
