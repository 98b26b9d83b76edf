/* Checkpoints whose weights need no file: tests/golden/drawn.py draws the same, to the bit. */
#ifndef PB_TESTS_DRAWN_H
#define PB_TESTS_DRAWN_H

#include "vit.h"

#include <math.h>
#include <sys/stat.h>

enum { DRAWN_MAX_TENSORS = 400 };

static inline float drawn_uniform(uint32_t tensor, uint32_t item)
{
    uint32_t x = item + tensor * 0x9E3779B9u;
    x = (x ^ x >> 16) * 0x7FEB352Du;
    x = (x ^ x >> 15) * 0x846CA68Bu;
    return (float)((x ^ x >> 16) >> 8) * 0x1p-24f;
}

static inline float *drawn_tensor(uint32_t index, const json_t *described, pb_tensor *tensor)
{
    const float low = (float)json_real_value(json_array_get(described, 2)),
                high = (float)json_real_value(json_array_get(described, 3));
    const json_t *shape = json_array_get(described, 1);
    *tensor = (pb_tensor){.name = json_string_value(json_array_get(described, 0)),
                          .type = PB_DTYPE_F32,
                          .n_dims = (int)json_array_size(shape),
                          .n_items = 1};
    for (int d = 0; d < tensor->n_dims; d++)
        tensor->n_items *= tensor->shape[d] = json_integer_value(json_array_get(shape, (size_t)d));
    tensor->bytes = (size_t)tensor->n_items * sizeof(float);
    float *values = malloc(tensor->bytes);
    assert_non_null(values);
    for (int64_t i = 0; i < tensor->n_items; i++)
        values[i] = low + (high - low) * drawn_uniform(index, (uint32_t)i);
    tensor->data = values;
    return values;
}

/* The folder `name` below `root` with the weights and the config of a network of a golden file. */
static inline void drawn_write(const char *root, const char *name, const json_t *network, const char *config_file,
                               const char *weights_file)
{
    static pb_tensor tensors[DRAWN_MAX_TENSORS];
    static float *values[DRAWN_MAX_TENSORS];
    const json_t *list = json_object_get(network, "tensors");
    const size_t n = json_array_size(list);
    char folder[VIT_PATH], path[VIT_PATH + 64];
    assert_in_range(n, 1, DRAWN_MAX_TENSORS);
    for (size_t t = 0; t < n; t++)
        values[t] = drawn_tensor((uint32_t)t, json_array_get(list, t), &tensors[t]);
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    assert_int_equal(mkdir(folder, 0777), 0);
    snprintf(path, sizeof path, "%s/%s", folder, weights_file);
    assert_ok(pb_safetensors_write(path, tensors, (int64_t)n, NULL, NULL, 0));
    snprintf(path, sizeof path, "%s/%s", folder, config_file);
    assert_ok(pb_json_save(json_object_get(network, "config"), path));
    for (size_t t = 0; t < n; t++)
        free(values[t]);
}

/* The golden file of a topic, after its networks were written below `root` as timm has them. Give back with json_decref(). */
static inline json_t *drawn_open(const char *topic, const char *root)
{
    char path[VIT_PATH];
    const char *name;
    json_t *golden, *network;
    snprintf(path, sizeof path, "%s/%s/cases.json", PB_GOLDEN_DIR, topic);
    assert_ok(pb_json_load(path, 1 << 20, &golden));
    json_object_foreach(json_object_get(golden, "networks"), name, network)
        drawn_write(root, name, network, "config.json", "model.safetensors");
    return golden;
}

/* A case of a golden file against the features that the checkpoint in `folder` gives. Float32 against the reference's float64,
 * hence 1e-4 standard deviations. */
static inline void drawn_check(const pb_safetensors *expected, const json_t *one, size_t index, const char *folder)
{
    const double sd = json_real_value(json_object_get(one, "sd")), tolerance = 1e-4 * sd;
    const int64_t n = json_integer_value(json_object_get(one, "n")),
                  step = json_integer_value(json_object_get(one, "step"));
    const pb_backbone_options options = {.size = sizeof(pb_backbone_options),
                                         .input_size = (int32_t)json_integer_value(json_object_get(one, "size")),
                                         .layer = json_string_value(json_object_get(one, "layer"))};
    char key[24];
    pb_backbone *backbone = NULL;
    snprintf(key, sizeof key, "%zu", index);
    const pb_tensor *tensor = pb_safetensors_find(expected, key);
    assert_non_null(tensor);
    if (pb_backbone_open(folder, &options, &backbone) != PB_STATUS_OK)
        fail_msg("case %zu: %s", index, pb_error_message());
    assert_int_equal(pb_backbone_origin(backbone)->dim, json_integer_value(json_object_get(one, "dim")));
    assert_int_equal(vit_per_image(backbone), n);
    assert_int_equal(tensor->n_items, (n + step - 1) / step);
    pb_image image = vit_image(json_string_value(json_object_get(one, "image")));
    float *features = vit_extract(backbone, &image, 1);
    double worst = 0;
    for (int64_t i = 0; i < tensor->n_items; i++) {
        float wanted;
        memcpy(&wanted, (const char *)tensor->data + (size_t)i * sizeof wanted, sizeof wanted);
        const double difference = fabs((double)features[i * step] - (double)wanted);
        worst = difference > worst || isnan(difference) ? difference : worst;
    }
    if (!(worst <= tolerance))
        fail_msg("case %zu, %s layer %s: differs by %g sd", index, folder, options.layer, worst / sd);
    free(features);
    pb_image_free(&image);
    pb_backbone_close(backbone);
}

#endif
