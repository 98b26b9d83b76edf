/* Saturated per-region overlap: by its definition, by NumPy and SciPy (golden values from tests/golden/metrics/make_spro.py), by
 * an evaluator of files in the layout of MVTec LOCO (make_loco.py), and what that data set's own file says. */
#include "golden_text.h"
#include "trees.h"

#include "metrics/zoom.h"

enum { SIDE = PB_PIXEL_METRICS_SIDE };

static double *numbered(const char *name, int i, int64_t *n)
{
    char full[64];
    snprintf(full, sizeof full, "%s%d", name, i);
    return golden_array("metrics/spro.txt", full, n);
}

static void fill(uint8_t *mask, int32_t width, const double *rectangle)
{
    for (int64_t y = (int64_t)rectangle[1]; y < (int64_t)rectangle[3]; y++)
        for (int64_t x = (int64_t)rectangle[0]; x < (int64_t)rectangle[2]; x++)
            mask[y * width + x] = 7;
}

/* n_regions of make_spro.py, each of 6 numbers. */
static void add_image(pb_pixel_metrics *metrics, int i)
{
    int64_t n, n_numbers;
    double *sizes = numbered("sizes", i, &n), *map = numbered("map", i, &n);
    double *regions = numbered("regions", i, &n_numbers);
    const int32_t width = (int32_t)sizes[2], height = (int32_t)sizes[3];
    const size_t pixels = (size_t)width * (size_t)height;
    uint8_t *mask = calloc(pixels, 1);
    assert_non_null(mask);
    for (int64_t r = 0; r < n_numbers; r += 6)
        fill(mask, width, regions + r);
    assert_ok(pb_pixel_metrics_add(metrics, map, (int32_t)sizes[0], (int32_t)sizes[1], n_numbers ? mask : NULL, width,
                                   height));
    for (int64_t r = 0; r < n_numbers; r += 6) {
        memset(mask, 0, pixels);
        fill(mask, width, regions + r);
        assert_ok(pb_pixel_metrics_add_region(metrics, mask, width, height, regions[r + 4], regions[r + 5] != 0));
    }
    free(sizes);
    free(map);
    free(regions);
    free(mask);
}

static void saturated_overlap_equals_numpy(void **state)
{
    (void)state;
    int64_t n;
    pb_pixel_metrics *metrics;
    pb_pixel_figures found;
    double *expected = golden_array("metrics/spro.txt", "auspro", &n);
    assert_ok(pb_pixel_metrics_new(&metrics));
    for (int i = 0; i < 4; i++)
        add_image(metrics, i);
    assert_ok(pb_pixel_metrics_result(metrics, &found));
    const double got[] = {found.auspro_30, found.auspro_5, (double)found.n_saturated};
    assert_all_close(got, expected, 3, 0, 1e-12); /* sums of shares, each rounded */
    free(expected);
    pb_pixel_metrics_free(metrics);
}

/* ---- A category as MVTec LOCO's are ---------------------------------------------------------------------------------- */

enum { LOCO_GRID = 28, LOCO_PARTS = 6, SHAPE_NUMBERS = 8 };

/* A row of make_loco.py: part, region, value, whether an ellipse, and x0 y0 x1 y1 in 64ths of the photo. */
static bool shape_has(const double *shape, int64_t width, int64_t height, int64_t x, int64_t y)
{
    const int64_t x0 = (int64_t)shape[4] * width / 64, x1 = (int64_t)shape[6] * width / 64;
    const int64_t y0 = (int64_t)shape[5] * height / 64, y1 = (int64_t)shape[7] * height / 64;
    const int64_t across = (2 * x + 1 - x0 - x1) * (y1 - y0), down = (2 * y + 1 - y0 - y1) * (x1 - x0);
    const int64_t reach = (x1 - x0) * (y1 - y0);
    return shape[3] != 0 ? across * across + down * down <= reach * reach : x >= x0 && x < x1 && y >= y0 && y < y1;
}

static bool is_same_region(const double *a, const double *b)
{
    return a[0] == b[0] && a[1] == b[1];
}

/* The mask file of the region of shapes[i]: all its shapes. */
static void write_region(const double *shapes, int n_shapes, int i, int width, int height, const char *path)
{
    pb_image image;
    assert_ok(pb_image_new(width, height, &image));
    for (int s = 0; s < n_shapes; s++) {
        const double *shape = shapes + s * SHAPE_NUMBERS;
        for (int k = 0; is_same_region(shape, shapes + i * SHAPE_NUMBERS) && k < width * height; k++)
            if (shape_has(shape, width, height, k % width, k / width))
                memset(image.rgb + 3 * k, (int)shape[2], 3);
    }
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static void write_config(void)
{
    int64_t n;
    char text[1024] = "[";
    double *config = golden_array("metrics/loco.txt", "config", &n);
    for (int64_t i = 0; i < n; i += 3)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%s{\"pixel_value\": %g, \"saturation_threshold\": %.17g, \"relative_saturation\": %s}", i ? ", " : "",
                 config[i], config[i + 1], config[i + 2] != 0 ? "true" : "false");
    strcat(text, "]");
    tree_text("made/defects_config.json", text);
    free(config);
}

/* Regions of one part, from their files. */
typedef struct loco_part {
    pb_saturated_region region[8];
    int n;
} loco_part;

static void read_part(const double *shapes, int n_shapes, int part, int width, int height, loco_part *out)
{
    char name[64], path[1024];
    pb_saturations *saturations;
    *out = (loco_part){0};
    for (int i = 0; i < n_shapes; i++) {
        const double *shape = shapes + i * SHAPE_NUMBERS;
        if ((int)shape[0] != part || (i > 0 && is_same_region(shape, shape - SHAPE_NUMBERS)))
            continue;
        snprintf(name, sizeof name, "made/ground_truth/logical_anomalies/%03d/%03d.png", part, out->n);
        tree_path(name, path);
        write_region(shapes, n_shapes, i, width, height, path);
        assert_ok(pb_saturations_find(path, &saturations));
        assert_non_null(saturations);
        assert_ok(pb_saturated_region_read(saturations, path, &out->region[out->n++]));
        pb_saturations_free(saturations);
    }
}

static void add_part(pb_pixel_metrics *metrics, const double *map, loco_part *part, int width, int height)
{
    uint8_t *mask = calloc((size_t)width * (size_t)height, 1);
    assert_non_null(mask);
    for (int r = 0; r < part->n; r++)
        for (int k = 0; k < width * height; k++)
            mask[k] |= part->region[r].mask[k];
    assert_ok(pb_pixel_metrics_add(metrics, map, LOCO_GRID, LOCO_GRID, part->n > 0 ? mask : NULL, width, height));
    for (int r = 0; r < part->n; r++) {
        const pb_saturated_region *region = &part->region[r];
        assert_ok(pb_pixel_metrics_add_region(metrics, region->mask, width, height, region->enough, region->is_share));
        pb_buffer_free(region->mask);
    }
    free(mask);
}

/* The evaluator counts pixels of the photo. Photos of the frame's size differ by the rounding of scores to float32 alone; others by what the
 * frame of 448 x 448 makes of maps and masks. */
static void saturated_overlap_equals_an_evaluator_of_files(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double tolerance;
    } sizes[] = {{"frame", 1e-6}, {"bottle", 1e-3}, {"box", 1e-3}};
    int64_t n, n_numbers;
    double *shapes = golden_array("metrics/loco.txt", "shapes", &n_numbers);
    double *maps = golden_array("metrics/loco.txt", "maps", &n);
    assert_int_equal(n, LOCO_PARTS * LOCO_GRID * LOCO_GRID);
    write_config();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double *expected = golden_array("metrics/loco.txt", sizes[i].name, &n);
        const int width = (int)expected[0], height = (int)expected[1];
        pb_pixel_metrics *metrics;
        pb_pixel_figures found;
        assert_ok(pb_pixel_metrics_new(&metrics));
        for (int p = 0; p < LOCO_PARTS; p++) {
            loco_part part;
            read_part(shapes, (int)n_numbers / SHAPE_NUMBERS, p, width, height, &part);
            add_part(metrics, maps + p * LOCO_GRID * LOCO_GRID, &part, width, height);
        }
        assert_ok(pb_pixel_metrics_result(metrics, &found));
        assert_int_equal(found.n_saturated, 9);
        assert_close(found.auspro_30, expected[2], 0, sizes[i].tolerance);
        assert_close(found.auspro_5, expected[3], 0, sizes[i].tolerance);
        pb_pixel_metrics_free(metrics);
        free(expected);
    }
    free(shapes);
    free(maps);
}

/* ---- By the definition -------------------------------------------------------------------------------------------- */

enum { IMAGES = 3, REGIONS = 3, ROWS = 5 };

/* Random regions of single pixels, which overlap. Maps have one value a row of the frame: 448 thresholds an image at most. */
typedef struct made_set {
    double map[IMAGES][ROWS];
    float zoomed[IMAGES][SIDE * SIDE];
    uint8_t mask[IMAGES][SIDE * SIDE], region[IMAGES][REGIONS][SIDE * SIDE];
    double enough[IMAGES][REGIONS]; /* pixels */
} made_set;

static made_set *make_set(test_rng *rng)
{
    made_set *set = calloc(1, sizeof *set);
    assert_non_null(set);
    for (int i = 0; i < IMAGES; i++) {
        float grid[ROWS];
        for (int y = 0; y < ROWS; y++) {
            grid[y] = (float)test_rng_normal(rng);
            set->map[i][y] = (double)grid[y];
        }
        assert_ok(pb_zoom_linear(grid, ROWS, 1, set->zoomed[i], SIDE, SIDE));
        for (int r = 0; r < REGIONS; r++) {
            const int top = (int)(test_rng_uniform(rng) * SIDE);
            set->enough[i][r] = 1 + test_rng_uniform(rng) * 400;
            for (int k = top * SIDE; k < SIDE * SIDE; k++)
                set->region[i][r][k] = test_rng_uniform(rng) < 0.02;
            set->region[i][r][SIDE * SIDE - 1] = 1; /* all of them overlap there, and none is empty */
            for (int k = 0; k < SIDE * SIDE; k++)
                set->mask[i][k] |= set->region[i][r][k];
        }
    }
    return set;
}

/* @param out the rate of good pixels at or above, and the mean overlap there */
static void point_of(const made_set *set, float threshold, double out[2])
{
    int64_t n_good = 0, n_false = 0;
    out[1] = 0;
    for (int i = 0; i < IMAGES; i++) {
        for (int k = 0; k < SIDE * SIDE; k++) {
            n_good += !set->mask[i][k];
            n_false += !set->mask[i][k] && set->zoomed[i][k] >= threshold;
        }
        for (int r = 0; r < REGIONS; r++) {
            int64_t area = 0, covered = 0;
            for (int k = 0; k < SIDE * SIDE; k++) {
                area += set->region[i][r][k];
                covered += set->region[i][r][k] && set->zoomed[i][k] >= threshold;
            }
            const double saturation = fmin(set->enough[i][r], (double)area);
            out[1] += fmin((double)covered / saturation, 1) / (IMAGES * REGIONS);
        }
    }
    out[0] = (double)n_false / (double)n_good;
}

/* The next lower score; -INFINITY below all. */
static float next_below(const made_set *set, float score)
{
    float next = -INFINITY;
    for (int i = 0; i < IMAGES; i++)
        for (int y = 0; y < SIDE; y++)
            if (set->zoomed[i][y * SIDE] < score && set->zoomed[i][y * SIDE] > next)
                next = set->zoomed[i][y * SIDE];
    return next;
}

static double area_of(const made_set *set, double limit)
{
    double from[2] = {0, 0}, to[2], area = 0;
    for (float score = INFINITY; (score = next_below(set, score)) > -INFINITY && from[0] < limit;
         memcpy(from, to, sizeof to)) {
        point_of(set, score, to);
        const double end = fmin(to[0], limit);
        if (to[0] > from[0]) {
            const double at_end = from[1] + (to[1] - from[1]) * (end - from[0]) / (to[0] - from[0]);
            area += (end - from[0]) * (from[1] + at_end) / 2;
        }
    }
    return area / limit;
}

static void saturated_overlap_is_its_definition(void **state)
{
    (void)state;
    test_rng rng = {41};
    for (int round = 0; round < 2; round++) {
        made_set *set = make_set(&rng);
        pb_pixel_metrics *metrics;
        pb_pixel_figures found;
        assert_ok(pb_pixel_metrics_new(&metrics));
        for (int i = 0; i < IMAGES; i++) {
            assert_ok(pb_pixel_metrics_add(metrics, set->map[i], ROWS, 1, set->mask[i], SIDE, SIDE));
            for (int r = 0; r < REGIONS; r++)
                assert_ok(
                    pb_pixel_metrics_add_region(metrics, set->region[i][r], SIDE, SIDE, set->enough[i][r], false));
        }
        assert_ok(pb_pixel_metrics_result(metrics, &found));
        assert_int_equal(found.n_saturated, IMAGES * REGIONS);
        assert_close(found.auspro_30, area_of(set, 0.3), 0, 1e-12);
        assert_close(found.auspro_5, area_of(set, 0.05), 0, 1e-12);
        pb_pixel_metrics_free(metrics);
        free(set);
    }
}

/* The same regions that AUPRO finds, none of which saturates before all of it is covered. */
static void without_saturation_it_is_aupro(void **state)
{
    (void)state;
    enum { PHOTO = 200 };
    static const double boxes[3][4] = {{10, 10, 40, 30}, {80, 20, 100, 150}, {150, 150, 190, 195}};
    double map[49];
    uint8_t *mask = calloc(PHOTO, PHOTO);
    test_rng rng = {6};
    pb_pixel_metrics *metrics;
    pb_pixel_figures found;
    assert_non_null(mask);
    for (int i = 0; i < 49; i++)
        map[i] = test_rng_normal(&rng);
    for (int r = 0; r < 3; r++)
        fill(mask, PHOTO, boxes[r]);
    assert_ok(pb_pixel_metrics_new(&metrics));
    assert_ok(pb_pixel_metrics_add(metrics, map, 7, 7, mask, PHOTO, PHOTO));
    for (int r = 0; r < 3; r++) {
        memset(mask, 0, PHOTO * PHOTO);
        fill(mask, PHOTO, boxes[r]);
        assert_ok(pb_pixel_metrics_add_region(metrics, mask, PHOTO, PHOTO, r == 1 ? 1 : 1e9, r == 1));
    }
    assert_ok(pb_pixel_metrics_result(metrics, &found));
    assert_int_equal(found.n_saturated, found.n_regions);
    assert_true(found.aupro_30 > 0.01 && found.aupro_30 < 0.99);
    assert_close(found.auspro_30, found.aupro_30, 0, 1e-12);
    assert_close(found.auspro_5, found.aupro_5, 0, 1e-12);
    pb_pixel_metrics_free(metrics);
    free(mask);
}

/* A part of a region outside of the region of interest can neither be found nor missed: pixels that are enough are of what is left. */
static void a_region_of_interest_cuts_regions(void **state)
{
    (void)state;
    enum { PHOTO = 448 };
    const uint8_t inside[2] = {1, 0};
    const double box[4] = {200, 0, 248, 100}; /* 24 columns of 48 inside */
    uint8_t *mask = calloc(PHOTO, PHOTO);
    pb_pixel_figures found[2];
    assert_non_null(mask);
    fill(mask, PHOTO, box);
    for (int i = 0; i < 2; i++) {
        pb_pixel_metrics *metrics;
        double map[32 * 32];
        for (int k = 0; k < 32 * 32; k++)
            map[k] = k % 32 + k / 32 * 0.01;
        assert_ok(pb_pixel_metrics_new(&metrics));
        assert_ok(pb_pixel_metrics_within(metrics, inside, 1, 2));
        assert_ok(pb_pixel_metrics_add(metrics, map, 32, 32, mask, PHOTO, PHOTO));
        assert_ok(pb_pixel_metrics_add_region(metrics, mask, PHOTO, PHOTO, i ? 0.5 : 1200, i));
        assert_ok(pb_pixel_metrics_result(metrics, &found[i]));
        assert_int_equal(found[i].n_saturated, 1);
        pb_pixel_metrics_free(metrics);
    }
    assert_true(found[0].auspro_30 > found[0].aupro_30); /* 1200 are half of the 2400 inside */
    assert_close(found[0].auspro_30, found[1].auspro_30, 0, 0);
    free(mask);
}

static void bad_regions_are_refused(void **state)
{
    (void)state;
    pb_pixel_metrics *metrics;
    pb_pixel_figures found;
    const double map[2] = {1, 2};
    const uint8_t left[2] = {1, 0}, both[2] = {1, 1}, none[2] = {0, 0};
    assert_ok(pb_pixel_metrics_new(&metrics));
    assert_status(pb_pixel_metrics_add_region(metrics, left, 2, 1, 1, true), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_pixel_metrics_add(metrics, map, 1, 2, left, 2, 1));
    assert_status(pb_pixel_metrics_add_region(metrics, both, 2, 1, 1, true), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_pixel_metrics_add_region(metrics, left, 0, 1, 1, true), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_pixel_metrics_add_region(metrics, left, 2, 1, 0, false), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_pixel_metrics_add_region(metrics, left, 2, 1, 1.5, true), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_pixel_metrics_add_region(metrics, left, 2, 1, (double)NAN, true), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_pixel_metrics_add_region(metrics, left, 2, 1, (double)INFINITY, false), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_pixel_metrics_add_region(metrics, none, 2, 1, 1, true));
    assert_ok(pb_pixel_metrics_result(metrics, &found));
    assert_true(found.n_saturated == 0 && found.auspro_30 == 0 && found.auspro_5 == 0);
    assert_status(pb_pixel_metrics_add(metrics, map, 0, 2, NULL, 0, 0), PB_STATUS_BAD_SHAPE);
    assert_status(pb_pixel_metrics_add_region(metrics, left, 2, 1, 1, true), PB_STATUS_BAD_ARGUMENT);
    pb_pixel_metrics_free(metrics);
}

/* ---- MVTec LOCO's file ---------------------------------------------------------------------------------------------- */

static int make_tree(void **state)
{
    (void)state;
    strcpy(tree_root, "/tmp/pb_test_spro_XXXXXX");
    if (!mkdtemp(tree_root))
        return -1;
    tree_mask("loco/ground_truth/logical/000/000.png", 6, 4, 2, 5); /* of value 1 */
    tree_mask("loco/ground_truth/logical/000/001.png", 6, 4, 0, 0);
    tree_mask("other/ground_truth/logical/000/000.png", 6, 4, 2, 5);
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", tree_root);
    return system(command);
}

static void the_file_says_what_is_enough(void **state)
{
    (void)state;
    char mask[1024], empty[1024], other[1024];
    pb_saturations *saturations;
    pb_saturated_region region;
    tree_path("loco/ground_truth/logical/000/000.png", mask);
    tree_path("loco/ground_truth/logical/000/001.png", empty);
    tree_path("other/ground_truth/logical/000/000.png", other);
    tree_text(
        "loco/defects_config.json",
        "[{\"defect_name\": \"a\", \"pixel_value\": 255, \"saturation_threshold\": 0.5, \"relative_saturation\": true},"
        " {\"defect_name\": \"b\", \"pixel_value\": 1, \"saturation_threshold\": 63, \"relative_saturation\": false}]");
    assert_ok(pb_saturations_find(other, &saturations));
    assert_null(saturations);
    assert_ok(pb_saturations_find("nowhere/000.png", &saturations));
    assert_null(saturations);
    assert_ok(pb_saturations_find(mask, &saturations));
    assert_non_null(saturations);
    assert_ok(pb_saturated_region_read(saturations, mask, &region));
    assert_true(region.width == 6 && region.height == 4 && region.enough == 63 && !region.is_share);
    for (int i = 0; i < 24; i++)
        assert_int_equal(region.mask[i] != 0, i >= 2 && i < 5);
    pb_buffer_free(region.mask);
    assert_ok(pb_saturated_region_read(saturations, empty, &region));
    pb_buffer_free(region.mask);
    assert_status(pb_saturated_region_read(saturations, "/nowhere.png", &region), PB_STATUS_IO);
    pb_saturations_free(saturations);
    pb_saturations_free(NULL);
}

/* By a relative name, too, that begins with the folder of masks. */
static void a_relative_name_will_do(void **state)
{
    (void)state;
    pb_saturations *saturations;
    char folder[1024], before[4096];
    snprintf(folder, sizeof folder, "%s/loco", tree_root);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_ok(pb_saturations_find("ground_truth/logical/000/000.png", &saturations));
    assert_int_equal(chdir(before), 0);
    assert_non_null(saturations);
    pb_saturations_free(saturations);
}

static void odd_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } odd[] = {
        {"{}", "is no list of kinds of defects"},
        {"[]", "is no list of kinds of defects"},
        {"[", "is not valid JSON"},
        {"[3]", "a kind of defect is not an object"},
        {"[{\"pixel_value\": 256, \"saturation_threshold\": 1, \"relative_saturation\": true}]", "outside 1..255"},
        {"[{\"pixel_value\": 0, \"saturation_threshold\": 1, \"relative_saturation\": true}]", "outside 1..255"},
        {"[{\"pixel_value\": 9, \"saturation_threshold\": 2, \"relative_saturation\": true}]", "no share of a region"},
        {"[{\"pixel_value\": 9, \"saturation_threshold\": 0, \"relative_saturation\": false}]", "no number of pixels"},
        {"[{\"pixel_value\": 9, \"saturation_threshold\": \"1\", \"relative_saturation\": false}]",
         "saturation_threshold"},
        {"[{\"pixel_value\": 9, \"saturation_threshold\": 1, \"relative_saturation\": 1}]", "relative_saturation"},
        {"[{\"pixel_value\": 9, \"saturation_threshold\": 1, \"relative_saturation\": true},"
         "{\"pixel_value\": 9, \"saturation_threshold\": 1, \"relative_saturation\": true}]",
         "two kinds of defect"},
    };
    char mask[1024];
    pb_saturations *saturations;
    tree_path("loco/ground_truth/logical/000/000.png", mask);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        tree_text("loco/defects_config.json", odd[i].text);
        assert_status(pb_saturations_find(mask, &saturations), PB_STATUS_BAD_FORMAT);
        assert_null(saturations);
        assert_non_null(strstr(pb_error_message(), odd[i].message));
        assert_non_null(strstr(pb_error_message(), "loco/defects_config.json"));
    }
}

static void values_must_be_in_the_file(void **state)
{
    (void)state;
    char mask[1024], several[1024];
    pb_image image;
    pb_saturations *saturations;
    pb_saturated_region region;
    tree_path("loco/ground_truth/logical/000/000.png", mask);
    tree_path("loco/ground_truth/logical/000/002.png", several);
    assert_ok(pb_image_new(2, 1, &image));
    for (int i = 0; i < 6; i++)
        image.rgb[i] = i < 3 ? 17 : 18;
    assert_ok(pb_image_write_png(&image, several));
    pb_image_free(&image);
    tree_text("loco/defects_config.json",
              "[{\"pixel_value\": 17, \"saturation_threshold\": 5, \"relative_saturation\": false}]");
    assert_ok(pb_saturations_find(mask, &saturations));
    assert_status(pb_saturated_region_read(saturations, mask, &region), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "000.png has the value 1, and"));
    assert_null(region.mask);
    assert_status(pb_saturated_region_read(saturations, several, &region), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "002.png has the values 17 and 18"));
    pb_saturations_free(saturations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saturated_overlap_equals_an_evaluator_of_files),
        cmocka_unit_test(saturated_overlap_equals_numpy),
        cmocka_unit_test(saturated_overlap_is_its_definition),
        cmocka_unit_test(without_saturation_it_is_aupro),
        cmocka_unit_test(a_region_of_interest_cuts_regions),
        cmocka_unit_test(bad_regions_are_refused),
        cmocka_unit_test(the_file_says_what_is_enough),
        cmocka_unit_test(a_relative_name_will_do),
        cmocka_unit_test(odd_files_are_refused),
        cmocka_unit_test(values_must_be_in_the_file),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
