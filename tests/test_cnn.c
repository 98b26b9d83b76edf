/* Convolutional networks: features of timm and transformers, the same bits for any batch, and what is refused. */
#include "drawn.h"
#include "holes.h"
#include "vit.h"

#include <math.h>

#include <purebank/runtime.h>

#include "backbone/cnn/cnn_embed.h"
#include "backbone/cnn/cnn_plan.h"
#include "backbone/cnn/cnn_plan_make.h"
#include "backbone/cnn/cnn_weights.h"

enum { CNN_PATH = 512 };

static char root[256];
static json_t *golden;

static int set_up(void **state)
{
    (void)state;
    test_make_temp_dir(root, sizeof root);
    golden = drawn_open("cnn", root);
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
    static char folder[CNN_PATH];
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    return folder;
}

static pb_status try_open(const char *name, int32_t size, const char *layer, pb_backbone **out)
{
    const pb_backbone_options options = {.size = sizeof(pb_backbone_options), .input_size = size, .layer = layer};
    return pb_backbone_open(folder_of(name), &options, out);
}

/* ---- The reference ---- */

static void check_cases(bool trained, const char *trained_folder)
{
    const json_t *one;
    size_t i, n = 0;
    pb_safetensors *expected;
    assert_ok(pb_safetensors_open(PB_GOLDEN_DIR "/cnn/features.safetensors", &expected));
    json_array_foreach(json_object_get(golden, "cases"), i, one)
    {
        if (json_is_true(json_object_get(one, "trained")) != trained)
            continue;
        drawn_check(expected, one, i,
                    trained ? trained_folder : folder_of(json_string_value(json_object_get(one, "network"))));
        n++;
    }
    assert_int_equal(n, trained ? 3 : 13);
    pb_safetensors_close(expected);
}

/* Float32 against the reference's float64, hence 1e-4 standard deviations. */
static void features_are_those_of_the_reference(void **state)
{
    (void)state;
    check_cases(false, NULL);
}

static void trained_weights_give_the_features_of_the_reference(void **state)
{
    (void)state;
    static const char folder[] = PB_SHARED_DIR "/data/backbones/tf_efficientnet_lite0";
    struct stat info;
    if (stat(folder, &info) != 0)
        skip();
    check_cases(true, folder);
}

/* Names and shapes of the published files, whose weights are not here. */
static void published_networks_fit_the_table(void **state)
{
    (void)state;
    json_t *published, *one;
    size_t i;
    assert_ok(pb_json_load(PB_GOLDEN_DIR "/cnn/published.json", 1 << 20, &published));
    assert_int_equal(json_array_size(json_object_get(published, "checkpoints")), 6);
    json_array_foreach(json_object_get(published, "checkpoints"), i, one)
    {
        const char *name;
        json_t *shape, *header = json_object();
        int64_t at = 0;
        json_object_foreach(json_object_get(one, "tensors"), name, shape) at =
            add_tensor(header, name, "F32", 4, shape, at);
        char folder[CNN_PATH], path[CNN_PATH + 16];
        snprintf(folder, sizeof folder, "%s/published%zu", root, i);
        snprintf(path, sizeof path, "%s/config.json", folder);
        assert_int_equal(mkdir(folder, 0777), 0);
        write_holes(folder, header, at);
        assert_ok(pb_json_save(json_object_get(one, "config"), path));
        json_decref(header);
        pb_checkpoint *checkpoint;
        pb_cnn_plan plan;
        pb_origin origin;
        assert_ok(pb_checkpoint_open(folder, &checkpoint));
        const pb_backbone_options last = {.size = sizeof(pb_backbone_options), .layer = "-1"};
        if (pb_cnn_plan_make(checkpoint, &last, &plan, &origin) != PB_STATUS_OK ||
            pb_cnn_weights_check(checkpoint, &plan) != PB_STATUS_OK)
            fail_msg("%s: %s", json_string_value(json_object_get(one, "repository")), pb_error_message());
        pb_cnn_plan_free(&plan);
        pb_checkpoint_close(checkpoint);
    }
    json_decref(published);
}

/* ---- Determinism ---- */

static void neither_batch_nor_threads_show(void **state)
{
    (void)state;
    static const char *const names[] = {"resnet18", "tf_efficientnet_lite0", "dinov3_convnext"};
    static const char *const photos[] = {"photo.jpg", "wide.png", "tall.png", "alpha.png", "square_grey.png"};
    pb_image images[5];
    for (int i = 0; i < 5; i++)
        images[i] = vit_image(photos[i]);
    for (int k = 0; k < 3; k++) {
        pb_backbone *backbone = NULL;
        assert_ok(try_open(names[k], 64, NULL, &backbone));
        const size_t n = (size_t)vit_per_image(backbone);
        float *one[5];
        assert_ok(pb_threads_set(1));
        for (int i = 0; i < 5; i++)
            one[i] = vit_extract(backbone, &images[i], 1);
        pb_backbone_close(backbone);
        for (int threads = 1; threads <= 3; threads++) {
            assert_ok(pb_threads_set(threads)); /* before its primitives are made, too */
            assert_ok(try_open(names[k], 64, NULL, &backbone));
            float *all = vit_extract(backbone, images, 5);
            for (size_t i = 0; i < 5; i++)
                assert_memory_equal(all + i * n, one[i], n * sizeof **one);
            free(all);
            pb_backbone_close(backbone);
        }
        for (int i = 0; i < 5; i++)
            free(one[i]);
    }
    assert_ok(pb_threads_set(0));
    for (int i = 0; i < 5; i++)
        pb_image_free(&images[i]);
}

/* ---- Origins and layers ---- */

static void assert_layer(const char *name, const char *asked, const char *written)
{
    pb_backbone *backbone = NULL, *again = NULL;
    assert_ok(try_open(name, 64, asked, &backbone));
    const pb_origin *origin = pb_backbone_origin(backbone);
    assert_string_equal(origin->layer, written);
    assert_ok(try_open(name, 64, origin->layer, &again));
    assert_ok(pb_origin_match(origin, "the bank", pb_backbone_origin(again), "the photos"));
    pb_backbone_close(again);
    pb_backbone_close(backbone);
}

/* A layer has one name in origins, which opens it again. */
static void layers_have_one_name(void **state)
{
    (void)state;
    assert_layer("resnet18", NULL, "layer2,layer3");
    assert_layer("resnet18", "4,6", "layer2,layer3");
    assert_layer("resnet18", "3", "3");
    assert_layer("resnet18", "4,layer3:0256", "layer2,layer3:256");
    assert_layer("tf_efficientnet_lite0", NULL, "blocks.2,blocks.4");
    assert_layer("tf_efficientnet_lite0", "8e", "8e");
    assert_layer("tf_efficientnet_lite0", "-5e,8,0", "12e,blocks.3,0");
    assert_layer("dinov3_convnext", "", "stages.2");
}

static void an_origin_says_what_made_the_features(void **state)
{
    (void)state;
    pb_backbone *backbone = NULL;
    assert_ok(try_open("resnet18", 0, NULL, &backbone));
    const pb_origin *origin = pb_backbone_origin(backbone);
    assert_string_equal(origin->backbone, "resnet18");
    assert_string_equal(origin->precision, "f32");
    assert_int_equal(strlen(origin->weights_hash), 64);
    assert_int_equal(origin->input_width, 64);
    assert_int_equal(origin->grid_width, 8);
    assert_int_equal(origin->dim, 128 + 256);
    assert_int_equal(origin->fit, PB_FIT_SHORTEST_SIDE);
    assert_int_equal(origin->resize_side, 73); /* 64 / 0.875 */
    assert_non_null(strstr(origin->preprocessing, "shortest side 73 bicubic, centre 64x64; mean 0.485"));
    assert_string_equal(pb_backbone_default_image_score(backbone), "top1");
    assert_string_equal(pb_backbone_image_score_of("resnet18"), "top1");
    pb_backbone_close(backbone);
}

/* ---- What is refused ---- */

static void assert_refused(const char *name, int32_t size, const char *layer, pb_status status, const char *what)
{
    pb_backbone *backbone = NULL;
    assert_status(try_open(name, size, layer, &backbone), status);
    assert_null(backbone);
    if (!strstr(pb_error_message(), what))
        fail_msg("'%s' is not in: %s", what, pb_error_message());
}

static void other_options_are_refused(void **state)
{
    (void)state;
    pb_backbone *backbone = NULL;
    const pb_backbone_options bytes = {.size = sizeof(pb_backbone_options), .precision = "int8"};
    assert_status(pb_backbone_open(folder_of("resnet18"), &bytes, &backbone), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "int8"));
    static const char *const layers[] = {"layer5", "9", "-10", "0e", "2x", ",", "layer2,", "layer2,4", "1,1", "x"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        assert_refused("resnet18", 64, layers[i], PB_STATUS_BAD_ARGUMENT, "layer '");
    static const char *const pooled[] = {":", ":0", ":x", ":65537", ":10:10", ":1024,layer1"};
    for (size_t i = 0; i < sizeof pooled / sizeof *pooled; i++) {
        char layer[64];
        snprintf(layer, sizeof layer, "layer2,layer3%s", pooled[i]);
        assert_refused("resnet18", 64, layer, PB_STATUS_BAD_ARGUMENT, "behind the layers is not ':'");
    }
    assert_refused("tf_efficientnet_lite0", 64, "blocks.2:64", PB_STATUS_BAD_ARGUMENT, "not means of neighbours");
    assert_refused("resnet18", 16, NULL, PB_STATUS_BAD_ARGUMENT, "size 16");
    assert_refused("resnet18", 64, "layer4", PB_STATUS_BAD_FORMAT, "layer4.0.");
}

static int drop(pb_tensor *tensor, void *name)
{
    return strcmp(tensor->name, name) != 0;
}

static int flatten(pb_tensor *tensor, void *name)
{
    if (strcmp(tensor->name, name) == 0) {
        tensor->n_dims = 1;
        tensor->shape[0] = tensor->n_items;
    }
    return 1;
}

static int make_infinite(pb_tensor *tensor, void *context)
{
    static float values[1 << 16];
    if (strcmp(tensor->name, "bn1.running_var") == 0) {
        memcpy(values, tensor->data, tensor->bytes);
        values[3] = *(float *)context;
        tensor->data = values;
    }
    return 1;
}

static void copy_network(const char *name, const char *copy)
{
    char command[3 * CNN_PATH];
    snprintf(command, sizeof command, "rm -rf '%s/%s' && cp -r '%s/%s' '%s/%s'", root, copy, root, name, root, copy);
    assert_int_equal(system(command), 0);
}

static void damaged_weights_are_refused(void **state)
{
    (void)state;
    static char missing[] = "layer2.0.downsample.1.running_mean", flat[] = "layer1.1.conv2.weight";
    float bad[] = {INFINITY, -1};
    copy_network("resnet18", "damaged");
    vit_edit_tensors(folder_of("damaged"), drop, missing);
    assert_refused("damaged", 64, NULL, PB_STATUS_BAD_FORMAT, missing);
    copy_network("resnet18", "damaged");
    vit_edit_tensors(folder_of("damaged"), flatten, flat);
    assert_refused("damaged", 64, NULL, PB_STATUS_BAD_SHAPE, flat);
    pb_image image = vit_image("photo.jpg");
    for (int i = 0; i < 2; i++) { /* values are looked at when the first image comes */
        pb_backbone *backbone = NULL;
        static float out[64 * 384];
        copy_network("resnet18", "damaged");
        vit_edit_tensors(folder_of("damaged"), make_infinite, &bad[i]);
        assert_ok(try_open("damaged", 64, NULL, &backbone));
        for (int attempt = 0; attempt < 2; attempt++) {
            assert_status(pb_backbone_extract(backbone, &image, 1, out), PB_STATUS_BAD_VALUE);
            assert_non_null(strstr(pb_error_message(), "bn1.running_var"));
        }
        pb_backbone_close(backbone);
    }
    pb_image_free(&image);
}

static void other_configs_are_refused(void **state)
{
    (void)state;
    copy_network("dinov3_convnext", "damaged");
    vit_edit_config(folder_of("damaged"), "hidden_act", json_string("relu"));
    assert_refused("damaged", 64, NULL, PB_STATUS_UNSUPPORTED, "hidden_act");
    copy_network("dinov3_convnext", "damaged");
    vit_edit_config(folder_of("damaged"), "depths", json_pack("[i, i]", 1, 2));
    assert_refused("damaged", 64, NULL, PB_STATUS_BAD_FORMAT, "depths");
    vit_edit_config(folder_of("damaged"), "depths", json_string("x"));
    assert_refused("damaged", 64, NULL, PB_STATUS_BAD_FORMAT, "depths");
    copy_network("resnet18", "damaged");
    vit_edit_json(folder_of("damaged"), "config.json", "pretrained_cfg", "crop_mode", json_string("border"));
    assert_refused("damaged", 64, NULL, PB_STATUS_UNSUPPORTED, "border");
    vit_edit_config(folder_of("damaged"), "architecture", json_string("resnet18d"));
    assert_refused("damaged", 64, NULL, PB_STATUS_UNSUPPORTED, "resnet18d");
}

/* ---- Embedding ---- */

static void means_count_what_lies_beyond_the_edge(void **state)
{
    (void)state;
    const float map[] = {9, 18, 27, 36, 45, 54, 63, 72, 81};
    float means[9];
    pb_cnn_means(map, 3, 1, 3, means);
    const float wanted[] = {12, 21, 16, 27, 45, 33, 24, 39, 28};
    for (int i = 0; i < 9; i++)
        assert_true(fabsf(means[i] - wanted[i]) < 1e-5f);
}

/* torch.nn.functional.interpolate(torch.tensor([[[[0., 1.], [2., 3.]]]]), size=3, mode="bilinear") */
static void coarser_maps_are_interpolated(void **state)
{
    (void)state;
    const float map[] = {0, 1, 2, 3}, wanted[] = {0, 0.5f, 1, 1, 1.5f, 2, 2, 2.5f, 3};
    float out[18] = {0};
    pb_cnn_place(map, 2, 1, 3, 2, out);
    for (int i = 0; i < 9; i++) {
        assert_true(fabsf(out[2 * i] - wanted[i]) < 1e-6f);
        assert_true(out[2 * i + 1] == 0); /* another map's */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_those_of_the_reference),
        cmocka_unit_test(trained_weights_give_the_features_of_the_reference),
        cmocka_unit_test(published_networks_fit_the_table),
        cmocka_unit_test(neither_batch_nor_threads_show),
        cmocka_unit_test(layers_have_one_name),
        cmocka_unit_test(an_origin_says_what_made_the_features),
        cmocka_unit_test(other_options_are_refused),
        cmocka_unit_test(damaged_weights_are_refused),
        cmocka_unit_test(other_configs_are_refused),
        cmocka_unit_test(means_count_what_lies_beyond_the_edge),
        cmocka_unit_test(coarser_maps_are_interpolated),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
