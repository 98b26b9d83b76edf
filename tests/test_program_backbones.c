/* purebank backbones and info: what can be computed, what is on this machine, and what a folder holds, in every layout. */
#include "program.h"

#include "drawn.h"

static json_t *golden; /* small networks in the layouts of timm and open_clip */

static void make_folder(const char *name)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_int_equal(mkdir(path, 0777), 0);
}

static void write_text(const char *name, const char *text)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void put_drawn(const char *place, const char *network)
{
    char path[VIT_PATH / 2];
    const bool open_clip = strncmp(network, "open_clip", 9) == 0;
    snprintf(path, sizeof path, "%s/%s", program_folder, place);
    drawn_write(path, network, json_object_get(json_object_get(golden, "networks"), network),
                open_clip ? "open_clip_config.json" : "config.json",
                open_clip ? "open_clip_model.safetensors" : "model.safetensors");
}

static void put_checkpoint(const char *checkpoint, const char *name)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    vit_copy(checkpoint, path);
}

static int set_up(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder);
    setenv("HOME", program_folder, 1); /* no cache of ours */
    unsetenv("HF_HOME");
    unsetenv("HF_HUB_CACHE");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("PB_BACKBONES");
    assert_ok(pb_json_load(PB_GOLDEN_DIR "/vit_layouts/cases.json", 1 << 20, &golden));
    return 0;
}

static int tear_down(void **state)
{
    json_decref(golden);
    return remove_program_folder(state);
}

static void every_family_is_listed(void **state)
{
    (void)state;
    const pb_backbone_entry *entry;
    assert_run("backbones", 0);
    assert_says("none in $PB_BACKBONES");
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++) {
        assert_true(entry->licence[0] && entry->input[0] && entry->good_for[0]);
        assert_says(entry->name);
        assert_says(entry->repositories);
        assert_says(entry->licence);
        assert_says(entry->good_for);
    }
}

/* Every row of the catalogue stands in the table of docs/backbones.md, licence and repositories included. */
static void the_documented_table_is_the_catalogue(void **state)
{
    (void)state;
    const pb_backbone_entry *entry;
    FILE *file = fopen(PB_BACKBONES_PAGE, "r");
    assert_non_null(file);
    const size_t n = fread(program_output, 1, sizeof program_output - 1, file);
    program_output[n] = '\0';
    assert_int_equal(fclose(file), 0);
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++) {
        char row[96];
        snprintf(row, sizeof row, "\n| `%s` |", entry->name);
        const char *line = strstr(program_output, row);
        if (!line) {
            fail_msg("docs/backbones.md has no row for %s", entry->name);
            return;
        }
        const size_t length = strcspn(line + 1, "\n");
        char *text = strndup(line + 1, length);
        const char *const parts[] = {entry->repositories, entry->licence, entry->input, entry->good_for};
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
            if (!strstr(text, parts[p]))
                fail_msg("the row of %s lacks \"%s\"", entry->name, parts[p]);
        free(text);
    }
}

static json_t *find_named(const json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i,
                       item) if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0) return item;
    fail_msg("'%s' is not found", name);
    return NULL;
}

static void assert_member(const json_t *item, const char *key, const char *expected)
{
    const char *value = json_string_value(json_object_get(item, key));
    if (expected ? !value || strcmp(value, expected) != 0 : value != NULL)
        fail_msg("%s is %s instead of %s", key, value ? value : "null", expected ? expected : "null");
}

/* A folder of one's own, one below an owner's name, the Hugging Face cache, ./backbones; damaged and unknown ones too. */
static void what_is_on_this_machine_is_found(void **state)
{
    (void)state;
    make_folder("own");
    make_folder("own/timm");
    put_drawn("own/timm", "dinov2_registers");
    put_drawn("own", "open_clip");
    make_folder("own/unknown");
    write_text("own/unknown/config.json", "{\"model_type\": \"bert\"}");
    make_folder("own/damaged");
    write_text("own/damaged/config.json", "{");
    make_folder("own/empty");
    make_folder("backbones");
    put_checkpoint("dinov3", "backbones/dino");
    make_folder("hub");
    make_folder("hub/models--laion--CLIP");
    make_folder("hub/models--laion--CLIP/snapshots");
    put_drawn("hub/models--laion--CLIP/snapshots", "open_clip_quick");
    make_folder("hub/datasets--x--y");

    assert_script("PB_BACKBONES=own HF_HUB_CACHE=hub $P backbones --json found.json", 0);
    assert_says("dino: dinov3_vit");
    assert_says("timm/dinov2_registers: vit_*_patch14_reg4_dinov2*");
    assert_says("laion/CLIP: open_clip");
    assert_says("unknown: cannot be used");
    assert_says("damaged: cannot be used");
    json_t *result;
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/found.json", program_folder);
    assert_ok(pb_json_load(path, 1 << 20, &result));
    const json_t *found = json_object_get(result, "found");
    assert_int_equal(json_array_size(found), 6); /* nothing for the empty folder and the data set */
    assert_member(find_named(found, "dino"), "family", "dinov3_vit");
    assert_member(find_named(found, "open_clip"), "family", "open_clip");
    assert_member(find_named(found, "laion/CLIP"), "kind", "open_clip");
    assert_member(find_named(found, "timm/dinov2_registers"), "kind", "vit_base_patch14_reg4_dinov2");
    assert_member(find_named(found, "timm/dinov2_registers"), "problem", NULL);
    assert_member(find_named(found, "damaged"), "family", NULL);
    assert_true(json_integer_value(json_object_get(find_named(found, "dino"), "n_values")) > 1000);
    json_decref(result);

    /* What is listed opens under the name that is listed. */
    assert_script("PB_BACKBONES=own HF_HUB_CACHE=hub $P info laion/CLIP", 0);
    assert_script("PB_BACKBONES=own $P info timm/dinov2_registers", 0);
    assert_script("PB_BACKBONES=own $P info open_clip", 0);
    assert_script("$P info dino", 0);
}

static void info_says_kind_size_and_speed(void **state)
{
    (void)state;
    make_folder("layouts");
    put_drawn("layouts", "dinov3_gated");
    put_drawn("layouts", "open_clip");
    assert_run("info layouts/dinov3_gated --json timm.json", 0);
    assert_says("model type      vit_small_plus_patch16_dinov3");
    assert_says("family          vit_*_patch16_dinov3*");
    assert_says("licence         DINOv3 licence");
    assert_says("million values");
    assert_says("speed           medium: 20.2 GFLOP"); /* 3136 patches look at each other */
    assert_run("info layouts/open_clip --json open.json", 0);
    assert_says("model type      open_clip");
    assert_says("channels        128");
    assert_says("speed           fast: ");
    json_t *result;
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/open.json", program_folder);
    assert_ok(pb_json_load(path, 1 << 20, &result));
    const json_t *summary = json_object_get(result, "summary");
    assert_member(summary, "speed", "fast");
    assert_true(json_real_value(json_object_get(summary, "gflop_per_image")) > 0);
    json_decref(result);
}

/* Multiplications and additions of a small DINOv3, by hand: 9 patches of 16 x 16 x 3 values become 16 channels; two blocks
 * of 14 tokens have queries, keys, values and output (4 x 16 x 16), an MLP of 64 (2 x 16 x 64), and attention (2 x 14 x 14 x 16). */
static void work_is_counted(void **state)
{
    (void)state;
    const double products = 9 * 768 * 16 + 2 * (14 * (4 * 16 * 16 + 2 * 16 * 64) + 2 * 14 * 14 * 16);
    pb_backbone *backbone = vit_open("dinov3", 48, "2", NULL);
    assert_true(fabs(pb_backbone_gflop(backbone) - 2e-9 * products) < 1e-15);
    pb_backbone_close(backbone);
    assert_ok(pb_backbone_open("builtin", NULL, &backbone));
    assert_true(pb_backbone_gflop(backbone) == 0);
    pb_backbone_close(backbone);
    assert_string_equal(pb_backbone_speed_class(9.9), "fast");
    assert_string_equal(pb_backbone_speed_class(10), "medium");
    assert_string_equal(pb_backbone_speed_class(100), "slow");
}

static void a_file_of_a_checkpoint_is_not_overwritten(void **state)
{
    (void)state;
    make_folder("read");
    put_drawn("read", "open_clip");
    assert_run("info read/open_clip --json read/open_clip/open_clip_config.json", 2);
    assert_says("read/open_clip/open_clip_config.json would be overwritten");
    assert_run("info read/open_clip --json read/new.json", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_is_listed),
        cmocka_unit_test(the_documented_table_is_the_catalogue),
        cmocka_unit_test(what_is_on_this_machine_is_found),
        cmocka_unit_test(info_says_kind_size_and_speed),
        cmocka_unit_test(work_is_counted),
        cmocka_unit_test(a_file_of_a_checkpoint_is_not_overwritten),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
