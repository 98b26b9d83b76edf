/* The tiny checkpoints of tests/golden/vit: opening them, copying them to a folder of the test, and damaging the copy. */
#ifndef PB_TESTS_VIT_H
#define PB_TESTS_VIT_H

#include "support.h"

#include <jansson.h>

#include "base/memory.h"
#include "io/json.h"
#include "io/safetensors.h"

enum { VIT_PATH = 768, VIT_MAX_TENSORS = 256 };

static inline const char *vit_checkpoint(const char *name)
{
    static char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/vit/checkpoints/%s", PB_GOLDEN_DIR, name);
    return path;
}

static inline const char *vit_image_path(const char *name)
{
    static char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/vit/images/%s", PB_GOLDEN_DIR, name);
    return path;
}

static inline pb_backbone *vit_open(const char *name, int32_t size, const char *layer, const char *precision)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {
        .size = sizeof(pb_backbone_options), .input_size = size, .layer = layer, .precision = precision};
    assert_ok(pb_backbone_open(vit_checkpoint(name), &options, &backbone));
    return backbone;
}

/* Can this CPU compute with the precision? */
static inline int vit_can(const char *precision)
{
    pb_backbone *backbone = NULL;
    const pb_backbone_options options = {.size = sizeof(pb_backbone_options), .input_size = 16, .precision = precision};
    const pb_status status = pb_backbone_open(vit_checkpoint("dinov3"), &options, &backbone);
    pb_backbone_close(backbone);
    if (status != PB_STATUS_OK)
        assert_int_equal(status, PB_STATUS_UNSUPPORTED);
    return status == PB_STATUS_OK;
}

/* Floats of one image. */
static inline int64_t vit_per_image(const pb_backbone *backbone)
{
    const pb_origin *origin = pb_backbone_origin(backbone);
    return (int64_t)origin->grid_height * origin->grid_width * origin->dim;
}

static inline float *vit_extract(pb_backbone *backbone, const pb_image *images, int64_t n)
{
    const size_t bytes = (size_t)(n * vit_per_image(backbone)) * sizeof(float);
    float *out = malloc(bytes ? bytes : 1);
    assert_non_null(out);
    assert_ok(pb_backbone_extract(backbone, images, n, out));
    return out;
}

static inline pb_image vit_image(const char *name)
{
    pb_image image;
    assert_ok(pb_image_read(vit_image_path(name), &image));
    return image;
}

/* ---- Copies that a test may damage ---- */

static inline void vit_copy(const char *name, const char *folder)
{
    char command[5 * VIT_PATH];
    snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s' && chmod -R u+w '%s'", folder,
             vit_checkpoint(name), folder, folder);
    assert_int_equal(system(command), 0);
}

static inline void vit_write_text(const char *folder, const char *file, const char *text)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_ok(pb_file_write(path, text, strlen(text)));
}

/* Sets a field of a JSON file, or of the object `part` in it; takes `value`, NULL removes the field. */
static inline void vit_edit_json(const char *folder, const char *file, const char *part, const char *key, json_t *value)
{
    char path[VIT_PATH];
    json_t *root;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_ok(pb_json_load(path, 1 << 20, &root));
    json_t *object = part ? json_object_get(root, part) : root;
    assert_true(json_is_object(object));
    assert_int_equal(value ? json_object_set_new(object, key, value) : json_object_del(object, key), 0);
    assert_ok(pb_json_save(root, path));
    json_decref(root);
}

static inline void vit_edit_config(const char *folder, const char *key, json_t *value)
{
    vit_edit_json(folder, "config.json", NULL, key, value);
}

/* Shows every tensor of model.safetensors to `edit`, which may change it (data by pointing elsewhere) or drop it by returning
 * 0, and writes the file anew. */
static inline void vit_edit_tensors(const char *folder, int (*edit)(pb_tensor *tensor, void *context), void *context)
{
    char path[VIT_PATH], next[VIT_PATH];
    pb_safetensors *file;
    pb_tensor tensors[VIT_MAX_TENSORS];
    int64_t n = 0;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    snprintf(next, sizeof next, "%s/next.safetensors", folder);
    assert_ok(pb_safetensors_open(path, &file));
    assert_true(pb_safetensors_count(file) <= VIT_MAX_TENSORS);
    for (int64_t i = 0; i < pb_safetensors_count(file); i++) {
        tensors[n] = *pb_safetensors_at(file, i);
        n += edit(&tensors[n], context) != 0;
    }
    assert_ok(pb_safetensors_write(next, tensors, n, NULL, NULL, 0));
    pb_safetensors_close(file);
    assert_int_equal(rename(next, path), 0);
}

#endif
