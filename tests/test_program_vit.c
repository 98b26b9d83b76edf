/* The program with a transformer: a tiny checkpoint of tests/golden/vit through every command, and where names are looked for. */
#include "program.h"

#include "vit.h"

#include <math.h>

static char root[512]; /* program_folder with its symbolic links resolved */

/* A grid pattern with noise and, when asked, a dark blot. */
static void write_photo(const char *name, uint64_t seed, int with_defect)
{
    pb_image image;
    char path[VIT_PATH];
    test_rng rng = {seed};
    assert_ok(pb_image_new(80, 64, &image));
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < 80; x++) {
            const int blot = with_defect && (x - 40) * (x - 40) + (y - 30) * (y - 30) < 150;
            const double value = 120 + 50 * sin(x * 0.3) * sin(y * 0.3) + 3 * test_rng_normal(&rng) - (blot ? 110 : 0);
            for (int c = 0; c < 3; c++)
                image.rgb[(y * 80 + x) * 3 + c] = (uint8_t)fmin(fmax(value, 0), 255);
        }
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static void make_folder(const char *name)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_int_equal(mkdir(path, 0777), 0);
}

static void put_checkpoint(const char *checkpoint, const char *name)
{
    char path[VIT_PATH];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    vit_copy(checkpoint, path);
}

static int make_inputs(void **state)
{
    (void)state;
    char name[64];
    test_make_temp_dir(program_folder, sizeof program_folder);
    assert_non_null(realpath(program_folder, root));
    setenv("HOME", root, 1); /* no cache of ours */
    unsetenv("HF_HOME");
    unsetenv("HF_HUB_CACHE");
    unsetenv("PB_BACKBONES");
    make_folder("refs");
    make_folder("parts");
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "refs/%d.png", i);
        write_photo(name, (uint64_t)i + 1, i == 2);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "parts/%s%d.png", i < 2 ? "good" : "bad", i);
        write_photo(name, (uint64_t)i + 50, i >= 2);
    }
    put_checkpoint("dinov3", "dino");
    put_checkpoint("clip_whole", "clip");
    return 0;
}

static void a_checkpoint_is_described(void **state)
{
    (void)state;
    assert_run("info dino", 0);
    assert_says("image score     p95");
    assert_says("audited by      imgmax_mad, multiplier 1.5");
    assert_says("dinov3_vit layer 1, f32");
    assert_says("resize 448x448 bilinear");
    assert_says("28x28 patches, 16 channels");
    assert_run("info clip --json clip.json", 0);
    assert_says("clip layer 1, f32");
    assert_run("info parts", 3);
    assert_says("config.json");
}

static void features_are_those_of_the_library(void **state)
{
    (void)state;
    pb_features *features;
    char path[VIT_PATH];
    assert_run("extract parts -o parts.npy --backbone dino --size 64 --layer -3,-1", 0);
    assert_run("info parts.npy", 0);
    assert_says("features of 4 images, 16 patches, 32 channels");
    assert_says("dinov3_vit layer 4,6, f32");
    snprintf(path, sizeof path, "%s/parts.npy", program_folder);
    assert_ok(pb_features_load(path, &features));
    pb_backbone *backbone = vit_open("dinov3", 64, "-3,-1", NULL);
    pb_image image;
    snprintf(path, sizeof path, "%s/parts/good1.png", program_folder);
    assert_ok(pb_image_read(path, &image));
    float *own = vit_extract(backbone, &image, 1);
    assert_memory_equal(own, pb_features_data(features) + 3 * 16 * 32, 16 * 32 * sizeof *own);
    free(own);
    pb_image_free(&image);
    pb_backbone_close(backbone);
    pb_features_free(features);
}

static void the_whole_chain_runs_on_it(void **state)
{
    (void)state;
    assert_run("audit refs --backbone dino --size 64 --layer -1", 0);
    assert_says("refs/2.png");
    assert_run("fit refs -o part.bank --backbone dino --size 64 --layer -1 --audit remove", 0);
    assert_run("info part.bank", 0);
    assert_says("dinov3_vit layer 6, f32");
    assert_says("image score p95");
    assert_run("score part.bank parts --backbone dino --csv -", 0);
    assert_says("parts/bad2.png");
    char *line = strstr(program_output, "parts/bad2.png");
    assert_non_null(strstr(line, "fail"));
    /* The same from features; from those of another layer, size or model: refused. */
    assert_run("extract parts -o same.npy --backbone dino --size 64 --layer 6", 0);
    assert_run("score part.bank same.npy", 0);
    assert_run("extract parts -o layer.npy --backbone dino --size 64 --layer 5", 0);
    assert_run("score part.bank layer.npy", 3);
    assert_says("layer");
    assert_run("extract parts -o size.npy --backbone dino --size 80 --layer -1", 0);
    assert_run("score part.bank size.npy", 3);
    assert_says("80x80");
    assert_run("extract parts -o clip.npy --backbone clip --layer -1", 0);
    assert_run("score part.bank clip.npy", 3);
    assert_says("clip");
    assert_run("score part.bank parts", 2);
    assert_says("--backbone");
    assert_run("score part.bank parts --backbone clip", 3);
    assert_says("part.bank was built with dinov3_vit layer 6 at 64x64");
}

/* The weights changed since the bank was made: other features, so refused, though every name is the same. */
static int negate(pb_tensor *tensor, void *context)
{
    float *values = context;
    if (strcmp(tensor->name, "layer.0.norm1.bias") != 0)
        return 1;
    memcpy(values, tensor->data, 16 * sizeof *values);
    values[3] += 1;
    tensor->data = values;
    return 1;
}

static void other_weights_are_refused(void **state)
{
    (void)state;
    float values[16];
    char path[VIT_PATH];
    assert_run("fit refs -o weights.bank --backbone dino --size 32 --layer -1", 0);
    put_checkpoint("dinov3", "retrained");
    snprintf(path, sizeof path, "%s/retrained", program_folder);
    vit_edit_tensors(path, negate, values);
    assert_run("score weights.bank parts --backbone retrained", 3);
    assert_says("weights_hash");
}

static void banks_remember_the_precision(void **state)
{
    (void)state;
    if (!vit_can("bf16"))
        skip();
    assert_run("fit refs -o b.bank --backbone dino --size 64 --layer -1 --precision bf16", 0);
    assert_run("info b.bank", 0);
    assert_says("dinov3_vit layer 6, bf16");
    assert_run("score b.bank parts --backbone dino", 0); /* in bf16, as the bank says */
    assert_run("extract parts -o f32.npy --backbone dino --size 64 --layer -1", 0);
    assert_run("score b.bank f32.npy", 3);
    assert_says("precision");
    assert_says("--allow-precision-mix");
    assert_run("score b.bank f32.npy --allow-precision-mix", 0);
    assert_run("score b.bank parts --backbone dino --precision f32", 3);
    assert_says("--allow-precision-mix");
    assert_run("score b.bank parts --backbone dino --precision f32 --allow-precision-mix", 0);
    assert_run("extract parts -o b.npy --backbone dino --size 64 --layer -1 --precision bf16", 0);
    assert_run("score b.bank b.npy", 0);
    /* It allows another precision and nothing else. */
    assert_run("extract parts -o other.npy --backbone dino --size 64 --layer -2", 0);
    assert_run("score b.bank other.npy --allow-precision-mix", 3);
    assert_says("layer");
}

/* 1 KB that the resizing of CLIP would turn into 36 000 000 x 36 pixels: that photo cannot be used, the others can. */
static void a_strip_does_not_stop_the_others(void **state)
{
    (void)state;
    pb_image strip;
    char path[VIT_PATH];
    make_folder("strips");
    write_photo("strips/0.png", 60, 0);
    write_photo("strips/2.png", 61, 0);
    assert_ok(pb_image_new(1000000, 1, &strip));
    snprintf(path, sizeof path, "%s/strips/1.png", program_folder);
    assert_ok(pb_image_write_png(&strip, path));
    pb_image_free(&strip);
    assert_run("fit refs -o clip.bank --backbone clip --layer -1", 0);
    assert_run("score clip.bank strips --backbone clip --csv - --threads 1", 3);
    assert_says(
        "strips/1.png: 1000000 x 1 pixels, resized to a shortest side of 36: 36000000 x 36 pixels is more than");
    assert_says("strips/1.png,,unreadable");
    assert_says("strips/0.png,");
    assert_says("strips/2.png,");
    assert_run("extract strips -o strips.npy --backbone clip", 3);
    assert_says("strips/1.png: 1000000 x 1");
}

static void wrong_options_are_usage_errors(void **state)
{
    (void)state;
    assert_run("extract parts -o x.npy --backbone dino --size 50", 2);
    assert_says("48 and 64");
    assert_run("extract parts -o x.npy --backbone dino --layer 9", 2);
    assert_says("-7 to -1");
    assert_run("extract parts -o x.npy --backbone clip --size 64", 2);
    assert_run("extract parts -o x.npy --backbone dino --precision f16", 2);
    assert_run("extract parts -o x.npy --precision bf16", 2); /* the built-in one has none */
    char path[VIT_PATH];
    struct stat info;
    snprintf(path, sizeof path, "%s/x.npy", program_folder);
    assert_int_equal(stat(path, &info), -1);
}

/* ---- Names ---- */

static void assert_found(const char *name, const char *kind)
{
    char arguments[256];
    snprintf(arguments, sizeof arguments, "extract parts/good0.png -o found.npy --backbone %s --layer 0", name);
    assert_run(arguments, 0);
    assert_run("info found.npy", 0);
    assert_says(kind);
}

static void names_are_looked_up(void **state)
{
    (void)state;
    char path[VIT_PATH];
    make_folder("own");
    put_checkpoint("dinov2", "own/mine");
    assert_run("extract parts -o x.npy --backbone mine", 2);
    snprintf(path, sizeof path, "%s/own", root);
    setenv("PB_BACKBONES", path, 1);
    assert_found("mine", "dinov2 layer 0");
    unsetenv("PB_BACKBONES");

    make_folder("backbones");
    put_checkpoint("dinov3_gated", "backbones/here");
    assert_found("here", "dinov3_vit layer 0");

    /* A folder of that name comes before all others. */
    put_checkpoint("clip_gelu", "here");
    assert_found("here", "clip_vision_model layer 0");
}

/* The cache that Hugging Face's tools fill: blobs, and links to them in a folder a revision. */
static void the_cache_of_hugging_face_is_looked_into(void **state)
{
    (void)state;
    char command[4096];
    snprintf(
        command, sizeof command,
        "set -e; hub='%s/.cache/huggingface/hub/models--facebook--dinov2-small'; mkdir -p \"$hub/blobs\" "
        "\"$hub/refs\" \"$hub/snapshots/aaa\" \"$hub/snapshots/bbb\"; printf bbb >\"$hub/refs/main\"; "
        "cp '%s/vit/checkpoints/dinov2_no_qkv_bias/'* \"$hub/blobs\"; "
        "for file in config.json model.safetensors; do ln -s \"../../blobs/$file\" \"$hub/snapshots/bbb/$file\"; done; "
        "cp '%s/vit/checkpoints/dinov3_gated/'* \"$hub/snapshots/aaa\"",
        root, PB_GOLDEN_DIR, PB_GOLDEN_DIR);
    assert_int_equal(system(command), 0);
    assert_found("facebook/dinov2-small", "dinov2 layer 0");
    assert_found("dinov2-small", "dinov2 layer 0");
    snprintf(command, sizeof command, "rm '%s/.cache/huggingface/hub/models--facebook--dinov2-small/refs/main'", root);
    assert_int_equal(system(command), 0);
    assert_found("dinov2-small", "dinov3_vit layer 0"); /* the first snapshot there is */
    snprintf(command, sizeof command, "%s/.cache/huggingface", root);
    setenv("HOME", "/nowhere", 1);
    assert_run("extract parts -o x.npy --backbone dinov2-small", 2);
    setenv("HF_HOME", command, 1);
    assert_found("facebook/dinov2-small", "dinov3_vit layer 0");
    snprintf(command, sizeof command, "rm '%s/.cache/huggingface/hub/'*/snapshots/aaa/model.safetensors", root);
    assert_int_equal(system(command), 0); /* a download that was broken off */
    assert_run("extract parts -o x.npy --backbone dinov2-small", 3);
    assert_says("no model.safetensors: get it from the Hugging Face repository facebook/dinov2-small");
    unsetenv("HF_HOME");
    setenv("HOME", root, 1);
}

static void a_missing_backbone_says_what_to_get(void **state)
{
    (void)state;
    assert_run("extract parts -o x.npy --backbone dinov3-vitl16-pretrain-lvd1689m", 2);
    assert_says("config.json");
    assert_says("model.safetensors");
    assert_says("preprocessor_config.json");
    assert_says("of the Hugging Face repository facebook/dinov3-vitl16-pretrain-lvd1689m into");
    assert_run("extract parts -o x.npy --backbone dinov3-vitl16", 2); /* close, but no published name */
    assert_says("(such as facebook/dinov3-vitl16-pretrain-lvd1689m) into");
    assert_run("extract parts -o x.npy --backbone clip-vit-large-patch14", 2);
    assert_says("openai/clip-vit-large-patch14");
    assert_run("extract parts -o x.npy --backbone dino/model.safetensors", 3);
    assert_says("folder");
    assert_run("extract parts -o x.npy --backbone parts", 3);
    assert_says("config.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_is_described),
        cmocka_unit_test(features_are_those_of_the_library),
        cmocka_unit_test(the_whole_chain_runs_on_it),
        cmocka_unit_test(other_weights_are_refused),
        cmocka_unit_test(banks_remember_the_precision),
        cmocka_unit_test(a_strip_does_not_stop_the_others),
        cmocka_unit_test(wrong_options_are_usage_errors),
        cmocka_unit_test(names_are_looked_up),
        cmocka_unit_test(the_cache_of_hugging_face_is_looked_into),
        cmocka_unit_test(a_missing_backbone_says_what_to_get),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_program_folder);
}
