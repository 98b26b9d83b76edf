/* report, the evaluation page: counts, orders and explains; and the parts that all pages are made of. */
#include "report.h"

#include "bank/bank.h"
#include "dataset/dataset.h"
#include "io/jpeg.h"

/* ---- evaluation page ---- */

/* Sum of the counts that the bars of one class carry as titles. */
static int64_t bar_sum(const char *page, const char *class_name)
{
    char text[64];
    int64_t sum = 0;
    snprintf(text, sizeof text, "<path class=\"bar %s\"", class_name);
    while ((page = strstr(page, text))) {
        page = strstr(page, "<title>") + strlen("<title>");
        sum += strtoll(page, NULL, 10);
    }
    return sum;
}

enum { N_GOOD = 30, N_DEFECT = 20, N = N_GOOD + N_DEFECT };

/* Parts with their scores, and what is to be counted; folders in order: "crack", "good". */
typedef struct scored_parts {
    double image_scores[N], patch_scores[N * PATCHES];
    char names[N][32];
    pb_paths masks[N];
    char *paths[N], *kinds[N];
    uint8_t labels[N];
    int64_t n_caught, n_false, worst;
} scored_parts;

static void make_parts(scored_parts *parts)
{
    static char crack[] = "cr<ack", good[] = "good";
    test_rng rng = {3};
    *parts = (scored_parts){.worst = -1};
    for (int i = 0; i < N; i++) {
        const bool defect = i < N_DEFECT;
        double *score = &parts->image_scores[i];
        parts->labels[i] = defect;
        *score = 2 + 0.3 * test_rng_normal(&rng) + 0.4 * defect;
        parts->n_caught += defect && *score > 2.3;
        parts->n_false += !defect && *score > 2.3;
        if (defect && (parts->worst < 0 || *score < parts->image_scores[parts->worst]))
            parts->worst = i;
        snprintf(parts->names[i], sizeof parts->names[i], "test/%s/%02d.png", defect ? "crack" : "good", i);
        parts->paths[i] = parts->names[i];
        parts->kinds[i] = defect ? crack : good;
        for (int p = 0; p < PATCHES; p++)
            parts->patch_scores[i * PATCHES + p] = test_rng_uniform(&rng);
    }
    assert_true(parts->n_caught > 0 && parts->n_caught < N_DEFECT && parts->n_false > 0);
}

static void assert_counted(const char *page, const scored_parts *parts, double auroc)
{
    char text[128];
    snprintf(text, sizeof text, "%d of 20 defects caught,</span> <span>%d of 30 good parts fail by mistake",
             (int)parts->n_caught, (int)parts->n_false);
    assert_non_null(strstr(page, text));
    snprintf(text, sizeof text, "AUROC</th><td>%.4f</td>", auroc);
    assert_non_null(strstr(page, text));
    assert_non_null(strstr(page, parts->n_false * 10 > N_GOOD || parts->n_caught * 2 < N_DEFECT
                                     ? "<h1 class=\"verdict bad\">"
                                     : "<h1 class=\"verdict\">"));
    assert_int_equal(bar_sum(page, "good"), N_GOOD);
    assert_int_equal(bar_sum(page, "defect"), N_DEFECT);
    snprintf(text, sizeof text, "cr&lt;ack</bdi></th><td>20</td><td>%d</td>", (int)parts->n_caught);
    assert_non_null(strstr(page, text));
    const char *first = strstr(page, "class=\"value\">");
    snprintf(text, sizeof text, "class=\"value\">%.3f</span>", parts->image_scores[parts->worst]);
    assert_memory_equal(first, text, strlen(text));
}

/* What is missing or of another size is an error; the content is otherwise complete. */
static void assert_refused(pb_eval_report content, const char *path)
{
    const pb_eval_report zeroed = {0};
    const pb_detection_metrics *image = content.image;
    assert_status(pb_report_eval(&zeroed, path), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_report_eval(NULL, path), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_report_eval(&content, NULL), PB_STATUS_BAD_ARGUMENT);
    content.image = NULL;
    assert_status(pb_report_eval(&content, path), PB_STATUS_BAD_ARGUMENT);
    content.image = image;
    content.n_patches = PATCHES + 1;
    assert_status(pb_report_eval(&content, path), PB_STATUS_BAD_SHAPE);
}

static void evaluation_counts_and_orders(void **state)
{
    (void)state;
    static scored_parts parts;
    char dir[4096], path[4200];
    make_parts(&parts);
    pb_bank bank = {.k = 5, .origin = {.grid_height = GRID, .grid_width = GRID}, .threshold = {.value = 2.3, .n = 7}};
    const pb_testset set = {.n = N,
                            .path = parts.paths,
                            .label = parts.labels,
                            .kind = parts.kinds,
                            .mask = parts.masks,
                            .n_good = N_GOOD,
                            .n_defect = N_DEFECT};
    pb_detection_metrics image;
    pb_eval_report content = {.size = sizeof content,
                              .bank = &bank,
                              .bank_path = "a<b.bank",
                              .testset = &set,
                              .image_scores = parts.image_scores,
                              .patch_scores = parts.patch_scores,
                              .n_patches = PATCHES,
                              .image = &image};
    assert_ok(pb_metrics_detection(parts.image_scores, parts.labels, N, &image));
    test_make_temp_dir(dir, sizeof dir);
    snprintf(path, sizeof path, "%s/eval.html", dir);
    assert_ok(pb_report_eval(&content, path));
    char *page = read_page(path, NULL);
    assert_counted(page, &parts, image.auroc);
    assert_int_equal(occurrences(page, "% FPR (interpolated)</th>"), 2);
    assert_int_equal(occurrences(page, "<li class=\"pair\">"), 24); /* 12 of each at most */
    assert_int_equal(occurrences(page, "<script>"), 1);             /* which enlarges pictures */
    /* The threshold lies in the middle of the scores or right of it, and what the tallest bars are called left of it. */
    assert_int_equal(occurrences(page, "<text class=\"most\" text-anchor=\"start\""), 2);
    assert_int_equal(occurrences(page, "<path class=\"part good\""), 1); /* caught, in the colour of what is good */
    assert_int_equal(occurrences(page, "<path class=\"part\""), 1);
    assert_non_null(strstr(page, "&ge;&nbsp;2.300, the threshold</span>"));
    free(page);
    bank.threshold.value = -100; /* everything is caught and fails; the colours end with the references' */
    bank.patch_score_high = 7.25;
    assert_ok(pb_report_eval(&content, path));
    page = read_page(path, NULL);
    assert_int_equal(occurrences(page, "<text class=\"most\" text-anchor=\"end\""), 2);
    assert_non_null(strstr(page, "&ge;&nbsp;7.250</span>"));
    free(page);
    bank.threshold.value = 100; /* nothing is caught: that is no success */
    assert_ok(pb_report_eval(&content, path));
    page = read_page(path, NULL);
    assert_non_null(strstr(page, "<h1 class=\"verdict bad\"><span>0 of 20 defects caught,"));
    assert_non_null(strstr(page, "&ge;&nbsp;100.0, the threshold</span>"));
    free(page);
    assert_refused(content, path);
    unlink(path);
    rmdir(dir);
}

/* ---- parts ---- */

static void jpeg_comes_back(void **state)
{
    (void)state;
    pb_image image, back;
    uint8_t *jpeg;
    size_t size;
    assert_ok(pb_image_new(100, 41, &image));
    for (int i = 0; i < 100 * 41 * 3; i++)
        image.rgb[i] = (uint8_t)(i / 3 % 100 * 2);
    assert_ok(pb_jpeg_encode(&image, 90, &jpeg, &size));
    assert_ok(pb_image_decode(jpeg, size, "jpeg", &back));
    assert_int_equal(back.width, 100);
    assert_int_equal(back.height, 41);
    for (int i = 0; i < 100 * 41 * 3; i++)
        assert_in_range((uint8_t)(back.rgb[i] - image.rgb[i] + 8), 0, 16);
    pb_free(jpeg);
    pb_image_free(&image);
    pb_image_free(&back);
}

static void utf8_is_decoded_strictly(void **state)
{
    (void)state;
    static const uint32_t valid[] = {1, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        char bytes[5] = {0};
        const char *text = bytes;
        const int n = pb_utf8_encode(valid[i], bytes);
        assert_int_equal(pb_utf8_next(&text), valid[i]);
        assert_ptr_equal(text, bytes + n);
    }
    static const char *const invalid[] = {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                          "\xff",     "\x80",         "\xe2\x82"};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        const char *text = invalid[i];
        assert_int_equal(pb_utf8_next(&text), PB_UTF8_REPLACEMENT);
        assert_ptr_equal(text, invalid[i] + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation_counts_and_orders),
        cmocka_unit_test(jpeg_comes_back),
        cmocka_unit_test(utf8_is_decoded_strictly),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
