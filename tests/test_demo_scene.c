/* The demo's data set: always the same bytes, parts that differ, and masks that say where the defects are. */
#include "support.h"

#include <dirent.h>

#include "demo_part.h"
#include "demo_scene.h"

enum { SIDE = DEMO_PART_PIXELS, N_BYTES = SIDE * SIDE * 3 };

/* FNV-1a over the five photos of photos_have_always_the_same_bytes(). */
#define PHOTO_SUM 0x31f68e7cu

static int64_t count_pngs(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    int64_t n = 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        n += strstr(entry->d_name, ".png") != NULL;
    closedir(folder);
    return n;
}

static void remove_tree(const char *dir)
{
    assert_int_equal(test_remove_dir(dir), 0);
}

static void read_below(const char *dir, const char *name, pb_image *out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_ok(pb_image_read(path, out));
    assert_int_equal(out->width, SIDE);
    assert_int_equal(out->height, SIDE);
}

/* Counts on disk = counts reported; a folder of masks beside each folder of defects; the bad references are
 * inside the list; the file holds the picture. */
static void scene_has_what_it_reports(void **state)
{
    (void)state;
    static const char *const kinds[] = {"scratch", "stain", "dent", "chip"};
    char dir[256], test[64], truth[64];
    demo_scene scene;
    test_make_temp_dir(dir, sizeof dir);
    assert_ok(demo_scene_write(dir, NULL, &scene));
    assert_int_equal(scene.n_references, 12);
    assert_int_equal(count_pngs(dir, "references"), 12);
    assert_int_equal(scene.n_bad, 2);
    assert_true(0 <= scene.bad[0] && scene.bad[0] < scene.bad[1] && scene.bad[1] < 12);
    assert_int_equal(scene.n_good, 20);
    assert_int_equal(count_pngs(dir, "test/good"), 20);
    int64_t n_defect = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        snprintf(test, sizeof test, "test/%s", kinds[k]);
        snprintf(truth, sizeof truth, "ground_truth/%s", kinds[k]);
        assert_int_equal(count_pngs(dir, test), count_pngs(dir, truth));
        n_defect += count_pngs(dir, test);
    }
    assert_int_equal(n_defect, 20);
    assert_int_equal(scene.n_defect, 20);
    assert_int_equal(count_pngs(dir, "camera/plate"), 4);

    pb_image first, second;
    read_below(dir, "references/ref_00.png", &first);
    read_below(dir, "test/chip/000.png", &second);
    assert_memory_not_equal(first.rgb, second.rgb, N_BYTES);
    pb_image_free(&first);
    pb_image_free(&second);
    remove_tree(dir);
}

static int cancel_at_once(void *context, int64_t done, int64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return 1;
}

static void cancelling_and_missing_folders_are_reported(void **state)
{
    (void)state;
    char dir[256], missing[300];
    demo_scene scene;
    test_make_temp_dir(dir, sizeof dir);
    const pb_progress progress = {.report = cancel_at_once};
    assert_status(demo_scene_write(dir, &progress, &scene), PB_STATUS_CANCELLED);
    snprintf(missing, sizeof missing, "%s/no/such", dir);
    assert_status(demo_scene_write(missing, NULL, &scene), PB_STATUS_OUTPUT);
    assert_non_null(strstr(pb_error_message(), missing));
    remove_tree(dir);
}

/* The same bytes twice; and, pinned by a sum over all bytes, on every machine and compiler. */
static void photos_have_always_the_same_bytes(void **state)
{
    (void)state;
    static const demo_kind kinds[] = {DEMO_GOOD, DEMO_SCRATCH, DEMO_STAIN, DEMO_DENT, DEMO_CHIP};
    uint32_t fnv = 2166136261u;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const demo_part part = demo_part_make(7u, kinds[k], kinds[k] == DEMO_GOOD ? 0 : 2);
        pb_image once, again;
        assert_ok(demo_part_photo(&part, &once, NULL));
        assert_ok(demo_part_photo(&part, &again, NULL));
        assert_memory_equal(once.rgb, again.rgb, N_BYTES);
        for (int i = 0; i < N_BYTES; i++)
            fnv = (fnv ^ once.rgb[i]) * 16777619u;
        pb_image_free(&once);
        pb_image_free(&again);
    }
    assert_int_equal(fnv, PHOTO_SUM);
}

/* Two good parts differ nearly everywhere (grain, noise), yet are photos of the same thing. */
static void good_parts_vary_but_stay_alike(void **state)
{
    (void)state;
    const demo_part a = demo_part_make(1u, DEMO_GOOD, 0), b = demo_part_make(2u, DEMO_GOOD, 0);
    pb_image photo_a, photo_b;
    assert_ok(demo_part_photo(&a, &photo_a, NULL));
    assert_ok(demo_part_photo(&b, &photo_b, NULL));
    int64_t n_different = 0, sum = 0;
    for (int i = 0; i < N_BYTES; i++) {
        const int difference = abs(photo_a.rgb[i] - photo_b.rgb[i]);
        n_different += difference > 0;
        sum += difference;
    }
    assert_true(n_different > N_BYTES / 2);
    assert_true(sum < (int64_t)N_BYTES * 20);
    pb_image_free(&photo_a);
    pb_image_free(&photo_b);
}

static int largest_difference(const pb_image *a, const pb_image *b, int pixel)
{
    int largest = 0;
    for (int c = 0; c < 3; c++) {
        const int difference = abs(a->rgb[3 * pixel + c] - b->rgb[3 * pixel + c]);
        largest = difference > largest ? difference : largest;
    }
    return largest;
}

/* Against the same part without its defect: outside the mask nothing visible changes, inside most pixels do. */
static void check_mask(uint32_t seed, demo_kind kind)
{
    const demo_part with = demo_part_make(seed, kind, 1);
    demo_part without = with;
    without.n_defects = 0;
    pb_image defective, clean, mask;
    assert_ok(demo_part_photo(&with, &defective, &mask));
    assert_ok(demo_part_photo(&without, &clean, NULL));
    int n_mask = 0, n_changed = 0, largest_outside = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int difference = largest_difference(&defective, &clean, i);
        assert_true(mask.rgb[3 * i] == 0 || mask.rgb[3 * i] == 255);
        if (mask.rgb[3 * i]) {
            n_mask++;
            n_changed += difference > 3;
        } else if (difference > largest_outside) {
            largest_outside = difference;
        }
    }
    /* 0.02 of full scale, the noise's change with the light, and rounding. */
    assert_in_range(largest_outside, 0, 8);
    assert_in_range(n_mask, 50, SIDE * SIDE / 20);
    assert_true(2 * n_changed > n_mask);
    pb_image_free(&defective);
    pb_image_free(&clean);
    pb_image_free(&mask);
}

static void masks_say_where_the_defects_are(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 3; seed++)
        for (int kind = DEMO_SCRATCH; kind < DEMO_N_KINDS; kind++)
            check_mask(seed, (demo_kind)kind);
}

/* A defect changes the part, not the photo's circumstances: pose, light and grain come from the seed alone. */
static void defects_leave_the_rest_of_the_part_alone(void **state)
{
    (void)state;
    const demo_part good = demo_part_make(3u, DEMO_GOOD, 0);
    demo_part defective = demo_part_make(3u, DEMO_STAIN, 1);
    defective.n_defects = 0;
    pb_image a, b;
    assert_ok(demo_part_photo(&good, &a, NULL));
    assert_ok(demo_part_photo(&defective, &b, NULL));
    assert_memory_equal(a.rgb, b.rgb, N_BYTES);
    pb_image_free(&a);
    pb_image_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scene_has_what_it_reports),
        cmocka_unit_test(cancelling_and_missing_folders_are_reported),
        cmocka_unit_test(photos_have_always_the_same_bytes),
        cmocka_unit_test(good_parts_vary_but_stay_alike),
        cmocka_unit_test(masks_say_where_the_defects_are),
        cmocka_unit_test(defects_leave_the_rest_of_the_part_alone),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
