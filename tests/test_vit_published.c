/* The published checkpoints: the engine knows every tensor that it needs of them, by its name and shape
 * (published.json of tests/golden/vit and vit_layouts). Their weights are not here; files of holes stand for them. */
#include "holes.h"
#include "vit.h"

#include "backbone/vit/vit_weights.h"
#include "base/error.h"
#include "root.h"

/* What config.json says of the vision tower. */
static const json_t *vision_part(const json_t *config)
{
    const json_t *part = json_object_get(config, "vision_config");
    return part ? part : config;
}

typedef struct network_sizes {
    int64_t blocks, dim, heads, registers;
} network_sizes;

/* Of the class that makes it, where the file has them; else of its config. */
static network_sizes sizes_of(const json_t *published)
{
    const json_t *sizes = json_object_get(published, "sizes");
    const json_t *vision = vision_part(json_object_get(published, "config"));
    static const char *const names[2][4] = {
        {"num_hidden_layers", "hidden_size", "num_attention_heads", "num_register_tokens"},
        {"blocks", "dim", "heads", "registers"},
    };
    int64_t found[4];
    for (int i = 0; i < 4; i++)
        found[i] = json_integer_value(json_object_get(sizes ? sizes : vision, names[sizes != NULL][i]));
    return (network_sizes){found[0], found[1], found[2], found[3]};
}

/* The checkpoint as its repository has it, with holes for weights; returns how many tensors it has. */
static size_t write_checkpoint(const char *folder, const json_t *published)
{
    const json_t *config = json_object_get(published, "config"), *shape;
    const json_t *vision = vision_part(config), *file = json_object_get(published, "file");
    const int64_t blocks = sizes_of(published).blocks;
    const char *prefix = json_string_value(json_object_get(published, "prefix")), *name;
    json_t *header = json_object();
    int64_t at = 0;
    json_object_foreach(json_object_get(published, "other"), name, shape) at =
        add_tensor(header, name, "F32", 4, shape, at);
    for (int64_t block = 0; block < blocks; block++)
        json_object_foreach(json_object_get(published, "block"), name, shape)
        {
            char whole[256];
            snprintf(whole, sizeof whole, "%s%lld.%s", prefix, (long long)block, name);
            at = add_tensor(header, whole, "F32", 4, shape, at);
        }
    if (vision != config) { /* OpenAI's files carry it */
        json_t *ids = json_pack("[i, i]", 1, 7);
        at = add_tensor(header, "vision_model.embeddings.position_ids", "I64", 8, ids, at);
        json_decref(ids);
    }
    write_holes(folder, header, at);
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, file ? json_string_value(file) : "config.json");
    assert_ok(pb_json_save(config, path));
    const size_t n = json_object_size(header);
    json_decref(header);
    return n;
}

static void check_published(const json_t *published)
{
    const char *repository = json_string_value(json_object_get(published, "repository"));
    const network_sizes sizes = sizes_of(published);
    char folder[300];
    pb_checkpoint *checkpoint;
    pb_vit_plan plan;
    pb_origin origin;
    snprintf(folder, sizeof folder, "%s/checkpoint", root);
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_true(write_checkpoint(folder, published) > (size_t)sizes.blocks * 12);
    if (pb_checkpoint_open(folder, &checkpoint) != PB_STATUS_OK)
        fail_msg("%s: %s", repository, pb_error_message());
    const pb_backbone_options last = {.size = sizeof(pb_backbone_options), .layer = "-1"};
    if (pb_vit_plan_make(checkpoint, &last, &plan, &origin) != PB_STATUS_OK ||
        pb_vit_weights_check(checkpoint, &plan) != PB_STATUS_OK)
        fail_msg("%s: %s", repository, pb_error_message());
    assert_int_equal(plan.n_blocks, sizes.blocks);
    assert_int_equal(plan.model.dim, sizes.dim);
    assert_int_equal(plan.model.n_heads, sizes.heads);
    assert_int_equal(plan.model.n_registers, sizes.registers);
    pb_checkpoint_close(checkpoint);
    assert_int_equal(test_remove_dir(folder), 0);
}

static void check_all(const char *path, size_t n)
{
    json_t *golden;
    assert_ok(pb_json_load(path, 1 << 20, &golden));
    const json_t *checkpoints = json_object_get(golden, "checkpoints");
    assert_int_equal(json_array_size(checkpoints), n);
    for (size_t i = 0; i < n; i++)
        check_published(json_array_get(checkpoints, i));
    json_decref(golden);
}

static void every_published_checkpoint_fits_the_table(void **state)
{
    (void)state;
    check_all(PB_GOLDEN_DIR "/vit/published.json", 18);
}

static void those_of_timm_and_open_clip_do_too(void **state)
{
    (void)state;
    check_all(PB_GOLDEN_DIR "/vit_layouts/published.json", 38);
}

static void check_missing(const char *path, size_t i, const char *repository)
{
    json_t *golden;
    assert_ok(pb_json_load(path, 1 << 20, &golden));
    json_t *published = json_array_get(json_object_get(golden, "checkpoints"), i);
    assert_string_equal(json_string_value(json_object_get(published, "repository")), repository);
    json_t *block = json_object_get(published, "block");
    const size_t n = json_object_size(block);
    char folder[300];
    snprintf(folder, sizeof folder, "%s/damaged", root);
    assert_int_equal(mkdir(folder, 0777), 0);
    for (size_t left = n; left > 0; left--) {
        pb_checkpoint *checkpoint;
        pb_vit_plan plan;
        pb_origin origin;
        const char *name = json_object_iter_key(json_object_iter(block)); /* the first; it comes back as the last */
        char missing[256];
        snprintf(missing, sizeof missing, "%s", name);
        json_t *shape = json_incref(json_object_get(block, missing));
        json_object_del(block, missing);
        write_checkpoint(folder, published);
        assert_ok(pb_checkpoint_open(folder, &checkpoint));
        const pb_backbone_options last = {.size = sizeof(pb_backbone_options), .layer = "-1"};
        pb_status status = pb_vit_plan_make(checkpoint, &last, &plan, &origin);
        if (status == PB_STATUS_OK)
            status = pb_vit_weights_check(checkpoint, &plan);
        char module[256]; /* sizes are read off a module's weight: then it is named, without ".weight" */
        snprintf(module, sizeof module, "%.*s", (int)(strrchr(missing, '.') - missing), missing);
        if (status != PB_STATUS_BAD_FORMAT || !strstr(pb_error_message(), module))
            fail_msg("%s without %s: status %d, %s", repository, missing, (int)status, pb_error_message());
        pb_checkpoint_close(checkpoint);
        json_object_set_new(block, missing, shape);
    }
    assert_int_equal(test_remove_dir(folder), 0);
    json_decref(golden);
}

/* The check of the tests above does look at every tensor: without any one of a block's it fails. */
static void a_missing_tensor_would_be_seen(void **state)
{
    (void)state;
    check_missing(PB_GOLDEN_DIR "/vit/published.json", 3, "facebook/dinov3-vitl16-pretrain-lvd1689m");
    check_missing(PB_GOLDEN_DIR "/vit_layouts/published.json", 3, "timm/vit_large_patch16_dinov3.lvd1689m");
    check_missing(PB_GOLDEN_DIR "/vit_layouts/published.json", 18, "timm/vit_large_patch14_reg4_dinov2.lvd142m");
    check_missing(PB_GOLDEN_DIR "/vit_layouts/published.json", 30, "laion/CLIP-ViT-B-32-laion2B-s34B-b79K");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_published_checkpoint_fits_the_table),
        cmocka_unit_test(those_of_timm_and_open_clip_do_too),
        cmocka_unit_test(a_missing_tensor_would_be_seen),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
