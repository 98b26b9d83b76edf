/* guard: what it measures, whose photos it refuses and with which words, and how many good ones. */
#include "support.h"

#include <math.h>

#include "guard/pixels.h"

enum { WIDTH = 160, HEIGHT = 120, N = 10 };

/* A plate with soft holes under light that varies a little; `seed` makes noise, light and pose. */
static void draw_part(uint64_t seed, pb_image *out)
{
    test_rng rng = {seed};
    const double light = exp(0.03 * test_rng_normal(&rng)), shift = 0.5 * test_rng_normal(&rng);
    assert_ok(pb_image_new(WIDTH, HEIGHT, out));
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const double bars = sin(0.16 * (x + shift)) * sin(0.2 * y) * (x + y < 200);
            const double hole = 0.5 + 0.5 * tanh(6 * (bars - 0.4));
            const double value = light * (150 - 0.3 * x + 0.2 * y - 60 * hole) + 5 * test_rng_normal(&rng);
            for (int c = 0; c < 3; c++)
                out->rgb[(y * WIDTH + x) * 3 + c] = (uint8_t)fmin(fmax(value * (c == 2 ? 0.9 : 1), 0), 255);
        }
}

static void measure_part(uint64_t seed, pb_photo *out)
{
    pb_image image;
    draw_part(seed, &image);
    assert_ok(pb_photo_measure(&image, out));
    pb_image_free(&image);
}

static void learn(pb_guard *guard)
{
    pb_photo photos[N];
    for (int i = 0; i < N; i++)
        measure_part((uint64_t)i + 1, &photos[i]);
    assert_ok(pb_guard_fit(photos, N, 0.0025, guard, NULL));
}

typedef void (*spoil_fn)(pb_image *image);

static void fill(pb_image *image, uint8_t level)
{
    memset(image->rgb, level, (size_t)WIDTH * HEIGHT * 3);
}

static void black(pb_image *image)
{
    fill(image, 0);
}

static void white(pb_image *image)
{
    fill(image, 255);
}

static void grey(pb_image *image)
{
    fill(image, 120);
}

static void noise(pb_image *image)
{
    test_rng rng = {99};
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        image->rgb[i] = (uint8_t)test_rng_next(&rng);
}

static void darken(pb_image *image)
{
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        image->rgb[i] = (uint8_t)(image->rgb[i] / 2);
}

static void brighten(pb_image *image)
{
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        image->rgb[i] = (uint8_t)fmin(image->rgb[i] * 1.6, 255);
}

static void negate(pb_image *image)
{
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        image->rgb[i] = (uint8_t)(255 - image->rgb[i]);
}

static void cover(pb_image *image)
{
    for (int y = 0; y < HEIGHT; y++)
        memset(image->rgb + (size_t)y * WIDTH * 3, 110, WIDTH / 2 * 3);
}

static void turn(pb_image *image)
{
    for (int i = 0, j = WIDTH * HEIGHT - 1; i < j; i++, j--)
        for (int c = 0; c < 3; c++) {
            const uint8_t other = image->rgb[j * 3 + c];
            image->rgb[j * 3 + c] = image->rgb[i * 3 + c];
            image->rgb[i * 3 + c] = other;
        }
}

static void redden(pb_image *image)
{
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        image->rgb[i * 3 + 1] = (uint8_t)(image->rgb[i * 3 + 1] * 0.8);
}

static void blur(pb_image *image)
{
    pb_image small, large;
    assert_ok(pb_image_resize(image, WIDTH / 8, HEIGHT / 8, PB_RESAMPLE_BILINEAR, &small));
    assert_ok(pb_image_resize(&small, WIDTH, HEIGHT, PB_RESAMPLE_BICUBIC, &large));
    memcpy(image->rgb, large.rgb, (size_t)WIDTH * HEIGHT * 3);
    pb_image_free(&small);
    pb_image_free(&large);
}

static const struct {
    spoil_fn spoil;
    const char *word; /* of the reason */
} spoils[] = {
    {black, "almost black"}, {white, "almost white"},  {grey, "blank"}, {noise, "noise"},        {darken, "darker"},
    {brighten, "brighter"},  {negate, "not the same"}, {cover, ""},     {turn, "lie elsewhere"}, {redden, "colour"},
    {blur, "less"}};

static void spoiled_photos_are_unusable_and_told_why(void **state)
{
    (void)state;
    pb_guard guard;
    learn(&guard);
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        pb_image image;
        pb_photo photo;
        pb_guard_verdict verdict;
        draw_part(1000 + i, &image);
        spoils[i].spoil(&image);
        assert_ok(pb_photo_measure(&image, &photo));
        pb_guard_judge(&guard, &photo, &verdict);
        if (verdict.usable || !strstr(verdict.reason, spoils[i].word) || !*verdict.reason)
            fail_msg("spoil %d: usable %d, excess %g by %s: %s", (int)i, verdict.usable, verdict.excess,
                     pb_guard_measure_name(verdict.measure), verdict.reason);
        pb_image_free(&image);
    }
}

static void good_photos_are_usable(void **state)
{
    (void)state;
    pb_guard guard;
    int refused = 0;
    learn(&guard);
    for (uint64_t seed = 0; seed < 200; seed++) {
        pb_photo photo;
        pb_guard_verdict verdict;
        measure_part(5000 + seed, &photo);
        pb_guard_judge(&guard, &photo, &verdict);
        assert_true(verdict.usable == (verdict.excess <= 1) && verdict.usable == !*verdict.reason);
        refused += !verdict.usable;
    }
    assert_in_range(refused, 0, 3); /* .5 are expected at most; 4 have a probability of 2e-3 */
}

/* Of measures that are normal, limits refuse the stated share: all measures of 4000 photos, each of a new station. */
static void limits_refuse_no_more_than_the_stated_share(void **state)
{
    (void)state;
    enum { STATIONS = 4000, REFERENCES = 6 };
    static const double RATE = 0.05;
    test_rng rng = {7};
    int refused = 0;
    for (int station = 0; station < STATIONS; station++) {
        pb_photo photos[REFERENCES + 1] = {0};
        pb_guard guard;
        pb_guard_verdict verdict;
        for (int i = 0; i <= REFERENCES; i++)
            for (int m = 0; m < PB_GUARD_N_MEASURES; m++) {
                const double radius = sqrt(-2 * log(1 - test_rng_uniform(&rng)));
                photos[i].value[m] = m == PB_GUARD_LAYOUT
                                         ? (double)NAN
                                         : 10 + 0.05 * radius * cos(6.28318530717958647692 * test_rng_uniform(&rng));
            }
        assert_ok(pb_guard_fit(photos, REFERENCES, RATE, &guard, NULL));
        pb_guard_judge(&guard, &photos[REFERENCES], &verdict);
        refused += !verdict.usable;
    }
    const double slack = 4 * sqrt(RATE * (1 - RATE) / STATIONS); /* four standard deviations */
    assert_true(refused / (double)STATIONS <= RATE + slack);
    assert_true(refused > 0); /* the limits do refuse */
}

static void a_black_reference_neither_widens_limits_nor_hides(void **state)
{
    (void)state;
    pb_photo photos[N];
    pb_guard guard, clean;
    pb_guard_verdict verdicts[N];
    pb_image image;
    for (int i = 0; i < N; i++)
        measure_part((uint64_t)i + 1, &photos[i]);
    assert_ok(pb_guard_fit(photos + 2, N - 2, 0.0025, &clean, NULL));
    draw_part(1, &image);
    black(&image);
    assert_ok(pb_photo_measure(&image, &photos[0]));
    pb_image_free(&image);
    draw_part(2, &image);
    blur(&image);
    assert_ok(pb_photo_measure(&image, &photos[1]));
    pb_image_free(&image);
    assert_ok(pb_guard_fit(photos, N, 0.0025, &guard, verdicts));
    assert_int_equal(guard.n, N - 2);
    for (int i = 0; i < N; i++)
        assert_int_equal(verdicts[i].usable, i > 1);
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++) {
        assert_true(guard.centre[m] == clean.centre[m] || (isnan(guard.centre[m]) && isnan(clean.centre[m])));
        assert_true(guard.scale[m] == clean.scale[m] || (isnan(guard.scale[m]) && isnan(clean.scale[m])));
    }
}

/* Each of three stands out by a measure of its own; of two each is far from the middle. */
static void where_no_two_references_agree_all_count(void **state)
{
    (void)state;
    static const pb_guard_measure far[] = {PB_GUARD_BRIGHTNESS, PB_GUARD_CONTRAST, PB_GUARD_DETAIL};
    pb_photo photos[3];
    pb_guard guard;
    pb_guard_verdict verdicts[3];
    for (int i = 0; i < 3; i++) {
        measure_part((uint64_t)i + 1, &photos[i]);
        photos[i].value[far[i]] += 100;
    }
    for (int n = 2; n <= 3; n++) {
        assert_ok(pb_guard_fit(photos, n, 0.0025, &guard, verdicts));
        assert_int_equal(guard.n, n);
        for (int i = 0; i < n; i++)
            assert_true(!verdicts[i].usable && *verdicts[i].stands_out == '\0');
    }
}

static void the_least_share_is_one(void **state)
{
    (void)state;
    pb_photo photos[2];
    pb_guard guard;
    for (int i = 0; i < 2; i++)
        measure_part((uint64_t)i + 1, &photos[i]);
    assert_ok(pb_guard_fit(photos, 2, 0x1p-1074, &guard, NULL));
    assert_true(guard.factor > 0 && isfinite(guard.factor));
}

static void size_matters_only_where_references_agree(void **state)
{
    (void)state;
    pb_photo photos[N], other;
    pb_guard guard;
    pb_guard_verdict verdict;
    for (int i = 0; i < N; i++)
        measure_part((uint64_t)i + 1, &photos[i]);
    measure_part(50, &other);
    other.value[PB_GUARD_SIZE] += 1;
    assert_ok(pb_guard_fit(photos, N, 0.0025, &guard, NULL));
    pb_guard_judge(&guard, &other, &verdict);
    assert_false(verdict.usable);
    assert_string_equal(verdict.reason, "more pixels than the references");
    for (int i = 0; i < N; i++)
        photos[i].value[PB_GUARD_SIZE] += 0.1 * i;
    assert_ok(pb_guard_fit(photos, N, 0.0025, &guard, NULL));
    pb_guard_judge(&guard, &other, &verdict);
    assert_true(isnan(guard.scale[PB_GUARD_SIZE]) && verdict.usable);
}

static void distances_too_small_are_of_the_wrong_kind(void **state)
{
    (void)state;
    pb_photo photos[N], part;
    pb_guard guard;
    pb_guard_verdict verdict;
    double patch_scores[100];
    for (int i = 0; i < N; i++) {
        measure_part((uint64_t)i + 1, &photos[i]);
        for (int p = 0; p < 100; p++)
            patch_scores[p] = 1 + 0.01 * i + 0.01 * p;
        assert_ok(pb_photo_add_patch_scores(patch_scores, 100, &photos[i]));
    }
    assert_ok(pb_guard_fit(photos, N, 0.0025, &guard, NULL));
    measure_part(77, &part);
    pb_guard_judge(&guard, &part, &verdict);
    assert_true(verdict.usable); /* patch scores not known: not judged */
    assert_ok(pb_photo_add_patch_scores(patch_scores, 100, &part));
    pb_guard_judge(&guard, &part, &verdict);
    assert_true(verdict.usable);
    for (int p = 0; p < 100; p++)
        patch_scores[p] = 1e-8;
    assert_ok(pb_photo_add_patch_scores(patch_scores, 100, &part));
    pb_guard_judge(&guard, &part, &verdict);
    assert_false(verdict.usable);
    assert_int_equal(verdict.measure, PB_GUARD_TYPICAL);
}

/* One pixel, one row, one column: no division by nothing, all values finite. */
static void the_smallest_photos_are_measured(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        pb_image image;
        pb_photo photo;
        assert_ok(pb_image_new(i & 1 ? 5 : 1, i & 2 ? 7 : 1, &image));
        image.rgb[0] = 200;
        assert_ok(pb_photo_measure(&image, &photo));
        for (int m = 0; m < PB_GUARD_LAYOUT; m++)
            assert_true(isfinite(photo.value[m]));
        pb_image_free(&image);
    }
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    pb_photo photos[2] = {0};
    pb_guard guard;
    assert_status(pb_guard_fit(photos, 1, 0.01, &guard, NULL), PB_STATUS_BAD_SHAPE);
    assert_status(pb_guard_fit(photos, 2, 0, &guard, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_guard_fit(photos, 2, (double)NAN, &guard, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_guard_measure_name(PB_GUARD_N_MEASURES), "unknown");
}

/* What is summed up in strips on all threads, one pixel after the other. */
static void sums_are_those_of_a_loop(void **state)
{
    (void)state;
    static const int32_t sizes[][2] = {{1, 1}, {1, 70}, {70, 1}, {130, 129}, {333, 64}, {61, 4301}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pb_image image;
        test_rng rng = {i + 1};
        assert_ok(pb_image_new(sizes[i][0], sizes[i][1], &image));
        const int64_t width = image.width, height = image.height;
        for (int64_t j = 0; j < width * height * 3; j++)
            image.rgb[j] = (uint8_t)(256 * test_rng_uniform(&rng));
        for (int threads = 1; threads <= 5; threads += 4) {
            pb_pixel_sums sums;
            pb_pixel_steps steps = {0};
            int64_t histogram[256] = {0}, colour[3] = {0};
            assert_ok(pb_threads_set(threads));
            assert_ok(pb_pixel_sums_of(&image, &sums));
            const uint8_t *grey = sums.grey;
            for (int64_t j = 0; j < width * height; j++) {
                histogram[grey[j]]++;
                for (int c = 0; c < 3; c++)
                    colour[c] += image.rgb[3 * j + c];
            }
            for (int64_t y = 0; y < height; y++)
                for (int64_t x = 0; x + 1 < width; x++) {
                    const uint8_t *at = grey + y * width + x;
                    sums.column[x] -= abs(at[1] - at[0]);
                    if (y + 1 == height)
                        continue;
                    steps.size += abs(at[1] - at[0]) + abs(at[width] - at[0]);
                    steps.across += (at[1] - at[0]) * (at[1] - at[0]);
                    steps.down += (at[width] - at[0]) * (at[width] - at[0]);
                    steps.falling += (at[width + 1] - at[0]) * (at[width + 1] - at[0]);
                    steps.rising += (at[width] - at[1]) * (at[width] - at[1]);
                }
            for (int64_t y = 0; y + 1 < height; y++) {
                for (int64_t x = 0; x < width; x++)
                    sums.row[y] -= abs(grey[(y + 1) * width + x] - grey[y * width + x]);
                assert_int_equal(sums.row[y], 0);
            }
            for (int64_t x = 0; x + 1 < width; x++)
                assert_int_equal(sums.column[x], 0);
            assert_memory_equal(sums.histogram, histogram, sizeof histogram);
            assert_memory_equal(sums.colour, colour, sizeof colour);
            assert_memory_equal(&sums.steps, &steps, sizeof steps);
            pb_pixel_sums_free(&sums);
        }
        assert_ok(pb_threads_set(0));
        pb_image_free(&image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoiled_photos_are_unusable_and_told_why),
        cmocka_unit_test(good_photos_are_usable),
        cmocka_unit_test(limits_refuse_no_more_than_the_stated_share),
        cmocka_unit_test(a_black_reference_neither_widens_limits_nor_hides),
        cmocka_unit_test(where_no_two_references_agree_all_count),
        cmocka_unit_test(the_least_share_is_one),
        cmocka_unit_test(size_matters_only_where_references_agree),
        cmocka_unit_test(distances_too_small_are_of_the_wrong_kind),
        cmocka_unit_test(the_smallest_photos_are_measured),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(sums_are_those_of_a_loop),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
