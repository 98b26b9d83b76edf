/* The pixels of other programs, to the byte. */
#include "vit.h"

#include "backbone/preprocess.h"

typedef struct golden {
    json_t *cases;
    pb_safetensors *pixels;
} golden;

static golden golden_open(void)
{
    char path[VIT_PATH];
    golden out;
    snprintf(path, sizeof path, "%s/preprocess/cases.json", PB_GOLDEN_DIR);
    assert_ok(pb_json_load(path, 1 << 20, &out.cases));
    snprintf(path, sizeof path, "%s/preprocess/pixels.safetensors", PB_GOLDEN_DIR);
    assert_ok(pb_safetensors_open(path, &out.pixels));
    return out;
}

static pb_preprocess read_case(const json_t *one)
{
    const json_t *config = json_object_get(one, "config");
    const int32_t size = (int32_t)json_integer_value(json_object_get(one, "size"));
    pb_preprocess out = {.fit = PB_FIT_SHORTEST_SIDE,
                         .filter = PB_RESAMPLE_BICUBIC,
                         .resize_side = size,
                         .size = size,
                         .std = {1, 1, 1}};
    if (strcmp(json_string_value(json_object_get(one, "source")), "timm") == 0)
        assert_ok(pb_preprocess_read_timm(config, "config.json", size, &out));
    else
        assert_ok(pb_preprocess_read(config, "preprocessor_config.json", false, &out));
    return out;
}

static void pixels_are_those_of_the_reference(void **state)
{
    (void)state;
    const golden file = golden_open();
    const json_t *cases = json_object_get(file.cases, "cases"), *one;
    size_t i;
    assert_int_equal(json_array_size(cases), 30);
    json_array_foreach(cases, i, one)
    {
        char name[24];
        const pb_preprocess preprocess = read_case(one);
        pb_image image = vit_image(json_string_value(json_object_get(one, "image")));
        uint8_t pixels[32 * 32 * 3];
        snprintf(name, sizeof name, "%zu", i);
        const pb_tensor *expected = pb_safetensors_find(file.pixels, name);
        assert_non_null(expected);
        assert_int_equal(expected->n_items, preprocess.size * preprocess.size * 3);
        assert_ok(pb_preprocess_run(&preprocess, &image, pixels));
        if (memcmp(pixels, expected->data, expected->bytes) != 0)
            fail_msg("case %zu: other pixels", i);
        pb_image_free(&image);
    }
    pb_safetensors_close(file.pixels);
    json_decref(file.cases);
}

static void assert_refused(const char *text, bool timm, const char *what)
{
    pb_preprocess out = {.fit = PB_FIT_SHORTEST_SIDE, .resize_side = 24, .size = 24};
    json_t *config = json_loads(text, 0, NULL);
    assert_non_null(config);
    const pb_status status = timm ? pb_preprocess_read_timm(config, "config.json", 24, &out)
                                  : pb_preprocess_read(config, "preprocessor_config.json", false, &out);
    assert_true(status == PB_STATUS_UNSUPPORTED || status == PB_STATUS_BAD_FORMAT);
    if (!strstr(pb_error_message(), what))
        fail_msg("'%s' is not in: %s", what, pb_error_message());
    json_decref(config);
}

/* Computed or refused, never replaced silently. */
static void what_cannot_be_computed_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"size\": {\"height\": 24, \"width\": 32}}", false, "24 x 32");
    assert_refused("{\"size\": {\"shortest_edge\": 24}, \"do_center_crop\": false}", false, "do_center_crop");
    assert_refused("{\"size\": {\"longest_edge\": 24}}", false, "size");
    assert_refused("{\"size\": 24, \"crop_size\": 20}", false, "the model takes 24");
    assert_refused("{\"size\": 20, \"crop_size\": 24}", false, "borders");
    assert_refused("{\"size\": 24, \"resample\": 1}", false, "resample");
    assert_refused("{\"crop_mode\": \"border\"}", true, "border");
    assert_refused("{\"interpolation\": \"lanczos\"}", true, "lanczos");
    assert_refused("{\"crop_pct\": 1.5}", true, "crop_pct");
    assert_refused("{\"std\": [1, 0, 1]}", true, "std");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_those_of_the_reference),
        cmocka_unit_test(what_cannot_be_computed_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
