/* The published checkpoints: the engine knows every tensor that it needs of them, by its name and shape
 * (tests/golden/vit/published.json). Their weights are not here; files of holes stand for them. */
#include "holes.h"
#include "vit.h"

#include "backbone/vit/vit_weights.h"
#include "base/error.h"

static char root[256];

static int make_root(void **state)
{
    (void)state;
    test_make_temp_dir(root, sizeof root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    return test_remove_dir(root);
}

/* What config.json says of the vision tower. */
static const json_t *vision_part(const json_t *config)
{
    const json_t *part = json_object_get(config, "vision_config");
    return part ? part : config;
}

/* The checkpoint as its repository has it, with holes for weights; returns how many tensors it has. */
static size_t write_checkpoint(const char *folder, const json_t *published)
{
    const json_t *config = json_object_get(published, "config"), *shape;
    const json_t *vision = vision_part(config);
    const int64_t blocks = json_integer_value(json_object_get(vision, "num_hidden_layers"));
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
    snprintf(path, sizeof path, "%s/config.json", folder);
    assert_ok(pb_json_save(config, path));
    const size_t n = json_object_size(header);
    json_decref(header);
    return n;
}

static void check_published(const json_t *published)
{
    const char *repository = json_string_value(json_object_get(published, "repository"));
    const json_t *config = json_object_get(published, "config");
    const json_t *vision = vision_part(config);
    const int64_t blocks = json_integer_value(json_object_get(vision, "num_hidden_layers"));
    char folder[300];
    pb_checkpoint *checkpoint;
    pb_vit_plan plan;
    pb_origin origin;
    snprintf(folder, sizeof folder, "%s/checkpoint", root);
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_true(write_checkpoint(folder, published) > (size_t)blocks * 16);
    if (pb_checkpoint_open(folder, &checkpoint) != PB_STATUS_OK)
        fail_msg("%s: %s", repository, pb_error_message());
    const pb_backbone_options last = {.size = sizeof(pb_backbone_options), .layer = "-1"};
    if (pb_vit_plan_make(checkpoint, &last, &plan, &origin) != PB_STATUS_OK ||
        pb_vit_weights_check(checkpoint, &plan) != PB_STATUS_OK)
        fail_msg("%s: %s", repository, pb_error_message());
    assert_int_equal(plan.n_blocks, blocks);
    assert_int_equal(plan.model.dim, json_integer_value(json_object_get(vision, "hidden_size")));
    assert_int_equal(plan.model.n_heads, json_integer_value(json_object_get(vision, "num_attention_heads")));
    assert_int_equal(plan.model.n_registers, json_integer_value(json_object_get(vision, "num_register_tokens")));
    pb_checkpoint_close(checkpoint);
    assert_int_equal(test_remove_dir(folder), 0);
}

static void every_published_checkpoint_fits_the_table(void **state)
{
    (void)state;
    json_t *golden;
    assert_ok(pb_json_load(PB_GOLDEN_DIR "/vit/published.json", 1 << 20, &golden));
    const json_t *checkpoints = json_object_get(golden, "checkpoints");
    assert_int_equal(json_array_size(checkpoints), 18);
    for (size_t i = 0; i < json_array_size(checkpoints); i++)
        check_published(json_array_get(checkpoints, i));
    json_decref(golden);
}

/* The check of the test above does look at every tensor: without any one of a block's it fails. */
static void a_missing_tensor_would_be_seen(void **state)
{
    (void)state;
    json_t *golden;
    assert_ok(pb_json_load(PB_GOLDEN_DIR "/vit/published.json", 1 << 20, &golden));
    json_t *published = json_array_get(json_object_get(golden, "checkpoints"), 3);
    assert_string_equal(json_string_value(json_object_get(published, "repository")),
                        "facebook/dinov3-vitl16-pretrain-lvd1689m");
    json_t *block = json_object_get(published, "block");
    const size_t n = json_object_size(block);
    char folder[300];
    snprintf(folder, sizeof folder, "%s/damaged", root);
    assert_int_equal(mkdir(folder, 0777), 0);
    for (size_t i = 0; i < n; i++) {
        pb_checkpoint *checkpoint;
        pb_vit_plan plan;
        pb_origin origin;
        const char *name = json_object_iter_key(json_object_iter(block)); /* the first: others take its place */
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
        assert_int_equal(status, PB_STATUS_BAD_FORMAT);
        if (!strstr(pb_error_message(), missing))
            fail_msg("%s is not named: %s", missing, pb_error_message());
        pb_checkpoint_close(checkpoint);
        json_object_set_new(block, missing, shape);
    }
    json_decref(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_published_checkpoint_fits_the_table),
        cmocka_unit_test(a_missing_tensor_would_be_seen),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
