/* PatchCore's embedding: that of anomalib's own model, and that of the program of the paper's authors (tests/golden/patchcore). */
#include "drawn.h"

#include <purebank/runtime.h>

#include "backbone/cnn/cnn_embed.h"

enum { FOLDER = 300 };

static char root[256];
static json_t *golden;

static int set_up(void **state)
{
    (void)state;
    test_make_temp_dir(root, sizeof root);
    golden = drawn_open("patchcore", root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(golden);
    return test_remove_dir(root);
}

/* Those with ":N" are the authors', all others anomalib's. */
static void check_cases(bool pooled, int n_wanted)
{
    const json_t *one;
    size_t i;
    int n = 0;
    pb_safetensors *expected;
    assert_ok(pb_safetensors_open(PB_GOLDEN_DIR "/patchcore/features.safetensors", &expected));
    json_array_foreach(json_object_get(golden, "cases"), i, one)
    {
        char folder[FOLDER];
        if ((strchr(json_string_value(json_object_get(one, "layer")), ':') != NULL) != pooled)
            continue;
        snprintf(folder, sizeof folder, "%s/%s", root, json_string_value(json_object_get(one, "network")));
        drawn_check(expected, one, i, folder);
        n++;
    }
    assert_int_equal(n, n_wanted);
    pb_safetensors_close(expected);
}

static void features_are_anomalibs_embedding(void **state)
{
    (void)state;
    check_cases(false, 3);
}

static void pooled_features_are_the_authors_embedding(void **state)
{
    (void)state;
    check_cases(true, 5);
}

static void neither_batch_nor_threads_show(void **state)
{
    (void)state;
    static const char *const photos[] = {"photo.jpg", "wide.png", "tall.png"};
    const pb_backbone_options options = {
        .size = sizeof(pb_backbone_options), .input_size = 64, .layer = "layer2,layer3:100"};
    char folder[FOLDER];
    pb_image images[3];
    pb_backbone *backbone = NULL;
    snprintf(folder, sizeof folder, "%s/resnet18", root);
    assert_ok(pb_backbone_open(folder, &options, &backbone));
    assert_int_equal(pb_backbone_origin(backbone)->dim, 100);
    const size_t n = (size_t)vit_per_image(backbone);
    for (int i = 0; i < 3; i++)
        images[i] = vit_image(photos[i]);
    for (int threads = 1; threads <= 2; threads++) {
        assert_ok(pb_threads_set(threads));
        float *all = vit_extract(backbone, images, 3);
        for (size_t i = 0; i < 3; i++) {
            float *one = vit_extract(backbone, &images[i], 1);
            assert_memory_equal(all + i * n, one, n * sizeof *one);
            free(one);
        }
        free(all);
    }
    assert_ok(pb_threads_set(0));
    for (int i = 0; i < 3; i++)
        pb_image_free(&images[i]);
    pb_backbone_close(backbone);
}

/* With 1024 of wide_resnet50_2, whose layers have 512 and 1024 channels: the two halves of a neighbourhood share its centre, so that
 * the centre of layer2 counts twice of ten, and each of layer3 is the mean of two channels (docs/backbones.md says so). */
static void the_centre_counts_twice(void **state)
{
    (void)state;
    float map[9], patch[9], halves[9 * 2], merged[9 * 2] = {0};
    for (int i = 0; i < 9; i++)
        map[i] = (float)(i * i);
    pb_cnn_pool(map, 3, 1, 3, 2, patch, halves);
    assert_true(fabsf(halves[2 * 4] - (0 + 1 + 4 + 9 + 16) / 5.0f) < 1e-5f);
    assert_true(fabsf(halves[2 * 4 + 1] - (16 + 25 + 36 + 49 + 64) / 5.0f) < 1e-5f);
    pb_cnn_merge(halves, 9, 2, 0, 2, merged);
    assert_true(fabsf(merged[2 * 4] - (204 + 16) / 10.0f) < 1e-5f);
    assert_true(merged[2 * 4 + 1] == 0); /* another map's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_anomalibs_embedding),
        cmocka_unit_test(pooled_features_are_the_authors_embedding),
        cmocka_unit_test(neither_batch_nor_threads_show),
        cmocka_unit_test(the_centre_counts_twice),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
