/* io/origin: what made features, in files and compared. */
#include "origins.h"

#include "io/origin.h"

static void origins_match_in_everything(void **state)
{
    (void)state;
    const pb_origin a = dinov3();
    pb_origin b = a;
    assert_ok(pb_origin_match(&a, "the bank", &b, "test.npy"));
    snprintf(b.backbone, sizeof b.backbone, "clip");
    snprintf(b.layer, sizeof b.layer, "18");
    b.input_height = b.input_width = 224;
    assert_status(pb_origin_match(&a, "the bank", &b, "test.npy"), PB_STATUS_MISMATCH);
    assert_string_equal(pb_error_message(),
                        "the bank was built with dinov3_vit layer 19 at 448x448, test.npy is clip layer 18 at "
                        "224x224: they differ in backbone, 'dinov3_vit' against 'clip'");
#define ASSERT_DIFFERS(change, field)                                                                                  \
    do {                                                                                                               \
        b = a;                                                                                                         \
        change;                                                                                                        \
        assert_status(pb_origin_match(&a, "the bank", &b, "test.npy"), PB_STATUS_MISMATCH);                            \
        message_names("they differ in " field);                                                                        \
        assert_status(pb_origin_match(&b, "test.npy", &a, "the bank"), PB_STATUS_MISMATCH);                            \
    } while (0)
    ASSERT_DIFFERS(b.weights_hash[0] = 'x', "weights_hash, 'abc' against 'xbc'");
    ASSERT_DIFFERS(b.layer[0] = '2', "layer, '19' against '29'");
    ASSERT_DIFFERS(b.precision[0] = 'b', "precision");
    ASSERT_DIFFERS(b.preprocessing[0] = 'b', "preprocessing");
    ASSERT_DIFFERS(b.input_height = 7, "input_height, 448 against 7");
    ASSERT_DIFFERS(b.input_width = 7, "input_width");
    ASSERT_DIFFERS(b.grid_height = 7, "grid_height");
    ASSERT_DIFFERS(b.grid_width = 7, "grid_width");
    ASSERT_DIFFERS(b.dim = 7, "dim, 5 against 7");
}

static void read_back(const pb_origin *origin, size_t n_members, pb_origin *out)
{
    json_t *object;
    assert_ok(pb_origin_to_json(origin, &object));
    assert_int_equal(json_object_size(object), n_members);
    assert_ok(pb_origin_from_json(object, "a bank", out));
    json_decref(object);
}

/* Files of the first edition have its text alone; where that is enough, so have those of today. */
static void a_fit_survives_its_file(void **state)
{
    (void)state;
    pb_origin origin = dinov3(), back;
    origin.resize_side = origin.input_width;
    read_back(&origin, 10, &back);
    assert_int_equal(back.fit, PB_FIT_BOTH_SIDES);
    assert_int_equal(back.resize_side, 0);
    snprintf(origin.preprocessing, sizeof origin.preprocessing, "shortest side 448 bicubic, centre 448x448; mean 0");
    origin.fit = PB_FIT_SHORTEST_SIDE;
    read_back(&origin, 10, &back);
    assert_int_equal(back.fit, PB_FIT_SHORTEST_SIDE);
    assert_int_equal(back.resize_side, 0);
    for (int fit = PB_FIT_BOTH_SIDES; fit <= PB_FIT_SHORTEST_SIDE; fit++) {
        origin.fit = (pb_fit)fit;
        origin.resize_side = 512;
        read_back(&origin, 12, &back);
        assert_int_equal(back.fit, fit);
        assert_int_equal(back.resize_side, 512);
    }
}

/* Whatever words a kind of backbone has for it, and whether or not more is resized than is cut out. */
static void a_fit_in_other_words_survives_its_file(void **state)
{
    (void)state;
    pb_origin back;
    for (int fit = PB_FIT_BOTH_SIDES; fit <= PB_FIT_SHORTEST_SIDE; fit++)
        for (int words = 0; words < 2; words++)
            for (int32_t side = 0; side <= 448; side += 448) {
                pb_origin origin = dinov3();
                origin.fit = (pb_fit)fit;
                origin.resize_side = side;
                snprintf(origin.preprocessing, sizeof origin.preprocessing, "%s",
                         words ? "shortest side 448 bicubic" : "short edge to 448, then its middle");
                const bool told = words != (fit == PB_FIT_SHORTEST_SIDE);
                read_back(&origin, told ? 12 : 10, &back);
                assert_int_equal(back.fit, fit);
                assert_int_equal(back.resize_side, told ? side : 0);
                const pb_rect before = pb_origin_view(&origin, 1000, 500), after = pb_origin_view(&back, 1000, 500);
                assert_memory_equal(&before, &after, sizeof before);
            }
}

/* How photos were read stands in files where the first edition would have read them otherwise. */
static void how_photos_were_read_survives_its_file(void **state)
{
    (void)state;
    pb_origin origin = dinov3(), back, other;
    read_back(&origin, 10, &back);
    assert_false(back.is_upright);
    assert_int_equal(back.sample_bits, 0);
    origin.is_upright = true;
    origin.sample_bits = 12;
    read_back(&origin, 12, &back);
    assert_true(back.is_upright);
    assert_int_equal(back.sample_bits, 12);
    /* One brightness against another; photos of 8 bits go with any, and so do banks of the first edition. */
    other = origin;
    other.sample_bits = 10;
    assert_status(pb_origin_match(&origin, "the bank", &other, "test.npy"), PB_STATUS_MISMATCH);
    message_names("12 bits");
    message_names("10 bits");
    other.sample_bits = 0;
    other.is_upright = false;
    assert_ok(pb_origin_match(&origin, "the bank", &other, "test.npy"));
    assert_ok(pb_origin_match(&other, "test.npy", &origin, "the bank"));
    static const char *const wrong[][2] = {{"orientation", "1"},      {"orientation", "\"stored\""},
                                           {"sample_bits", "7"},      {"sample_bits", "17"},
                                           {"sample_bits", "\"12\""}, {"sample_bits", "null"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *object, *value = json_loads(wrong[i][1], JSON_DECODE_ANY, NULL);
        assert_ok(pb_origin_to_json(&origin, &object));
        assert_int_equal(json_object_set_new(object, wrong[i][0], value), 0);
        assert_status(pb_origin_from_json(object, "a bank", &back), PB_STATUS_BAD_FORMAT);
        message_names(wrong[i][0]);
        json_decref(object);
    }
}

static void unknown_backbones_match_by_shape(void **state)
{
    (void)state;
    const pb_origin known = dinov3();
    pb_origin unknown = {.grid_height = 2, .grid_width = 3, .dim = 5};
    assert_ok(pb_origin_match(&known, "the bank", &unknown, "test.npy"));
    assert_ok(pb_origin_match(&unknown, "the bank", &known, "test.npy"));
    unknown.dim = 6;
    assert_status(pb_origin_match(&known, "the bank", &unknown, "test.npy"), PB_STATUS_MISMATCH);
    message_names("test.npy is an unknown backbone on a 2x3 grid with 6 channels");
    unknown = (pb_origin){.grid_height = 3, .grid_width = 2, .dim = 5};
    assert_status(pb_origin_match(&known, "the bank", &unknown, "test.npy"), PB_STATUS_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins_match_in_everything),
        cmocka_unit_test(a_fit_survives_its_file),
        cmocka_unit_test(a_fit_in_other_words_survives_its_file),
        cmocka_unit_test(how_photos_were_read_survives_its_file),
        cmocka_unit_test(unknown_backbones_match_by_shape),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
