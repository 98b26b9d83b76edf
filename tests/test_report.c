/* report: pages are whole, complete in themselves, show each number and image once, and cannot be broken or scripted by
 * names. */
#include "support.h"

#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/json.h"
#include "report/decisions.h"
#include "report/jpeg.h"
#include "base/utf8.h"

enum { GRID = 4, PATCHES = GRID * GRID, DIM = 6, MAX_IMAGES = 24, MAX_DEPTH = 64 };

/* ---- a tiny checker of markup ---- */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Does every element end where it should, every attribute's quote close, every text avoid '<'? On an error *where
 * points at it. */
static bool is_balanced(const char *html, const char **where)
{
    static const char *const voids[] = {"meta", "img", "input", "br", NULL};
    char stack[MAX_DEPTH][32];
    int depth = 0;
    for (const char *c = html; (c = strchr(c, '<'));) {
        char name[32] = "", end_tag[40];
        *where = c;
        if (strncmp(c, "<!DOCTYPE html>", 15) == 0 && c == html) {
            c++;
            continue;
        }
        const bool closes = c[1] == '/';
        const size_t length = strspn(c + 1 + closes, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (length == 0 || length >= sizeof name)
            return false;
        memcpy(name, c + 1 + closes, length);
        bool quoted = false;
        const char *end = c + 1;
        for (; *end && (quoted || *end != '>'); end++) {
            if (*end == '"')
                quoted = !quoted;
            else if (*end == '<' && !quoted)
                return false;
        }
        if (!*end)
            return false;
        c = end + 1;
        if (closes) {
            if (depth == 0 || strcmp(stack[--depth], name) != 0)
                return false;
        } else if (end[-1] != '/' && !is_one_of(name, voids)) {
            if (depth == MAX_DEPTH)
                return false;
            memcpy(stack[depth++], name, sizeof name);
            snprintf(end_tag, sizeof end_tag, "</%s", name);
            if ((strcmp(name, "script") == 0 || strcmp(name, "style") == 0) && !(c = strstr(c, end_tag)))
                return false;
        }
    }
    *where = html + strlen(html);
    return depth == 0;
}

static void the_checker_finds_faults(void **state)
{
    (void)state;
    const char *where;
    assert_true(is_balanced("<!DOCTYPE html>\n<p a=\"<\">x<br><svg><path/></svg><script>a<b</script></p>", &where));
    assert_false(is_balanced("<p><b>x</p></b>", &where));
    assert_false(is_balanced("<p>x", &where));
    assert_false(is_balanced("<p>1 < 2</p>", &where));
    assert_false(is_balanced("<p a=\"x>y</p>", &where));
}

static int64_t occurrences(const char *haystack, const char *needle)
{
    int64_t n = 0;
    for (; (haystack = strstr(haystack, needle)); haystack += strlen(needle))
        n++;
    return n;
}

/* Reads a page and checks what holds for every page; free with free(). */
static char *read_page(const char *path, size_t *size)
{
    uint8_t *bytes;
    size_t n;
    assert_ok(pb_file_read(path, 64 << 20, &bytes, &n));
    char *page = malloc(n + 1);
    assert_non_null(page);
    memcpy(page, bytes, n + 1);
    pb_free(bytes);
    assert_int_equal(strlen(page), n);
    const char *where;
    if (!is_balanced(page, &where))
        fail_msg("%s: markup broken at: %.200s", path, where);
    for (const char *c = page; *c;) {
        const char *const start = c;
        if (pb_utf8_next(&c) == PB_UTF8_REPLACEMENT)
            assert_int_equal(strncmp(start, "\xef\xbf\xbd", 3), 0);
    }
    assert_int_equal(occurrences(page, "http:"), 0);
    assert_int_equal(occurrences(page, "https:"), 0);
    assert_int_equal(occurrences(page, "@import"), 0);
    assert_int_equal(occurrences(page, "url("), 0);
    assert_int_equal(occurrences(page, " style=\""), 0); /* the policy would ignore them */
    assert_int_equal(occurrences(page, "Content-Security-Policy\" content=\"default-src 'none'"), 1);
    if (size)
        *size = n;
    return page;
}

/* ---- references to report on ---- */

typedef struct fixture {
    char dir[4096], page[4200];
    float data[MAX_IMAGES * PATCHES * DIM];
    char path[MAX_IMAGES][4400];
    const char *paths[MAX_IMAGES];
    pb_features features;
    pb_references *references;
    pb_audit audit;
} fixture;

/* Random references; the images in [0, n_bad) have patches far from all others. */
static void fixture_open(fixture *fix, int64_t n, int64_t n_bad)
{
    test_rng rng = {7};
    memset(fix, 0, sizeof *fix);
    test_make_temp_dir(fix->dir, sizeof fix->dir);
    snprintf(fix->page, sizeof fix->page, "%s/report.html", fix->dir);
    for (int64_t i = 0; i < n * PATCHES * DIM; i++)
        fix->data[i] = (float)test_rng_normal(&rng);
    for (int64_t i = 0; i < n_bad; i++)
        fix->data[i * PATCHES * DIM + 5 * DIM + i] += 30.0f + 5.0f * (float)i; /* patch 5: row 2, column 2 */
    for (int64_t i = 0; i < n; i++) {
        snprintf(fix->path[i], sizeof fix->path[i], "%s/%02d.png", fix->dir, (int)i);
        fix->paths[i] = fix->path[i];
    }
    assert_ok(pb_features_borrow(fix->data, n, GRID, GRID, DIM, &fix->features));
    assert_ok(pb_references_new(&fix->features, 3, NULL, &fix->references));
    assert_ok(pb_audit_run(fix->references, "imgmax_mad", 0, &fix->audit));
}

static pb_audit_report fixture_report(const fixture *fix)
{
    return (pb_audit_report){.audit = &fix->audit, .references = fix->references, .paths = fix->paths};
}

static void write_noise(const char *path, int32_t width, int32_t height)
{
    test_rng rng = {(uint64_t)width};
    pb_image image;
    assert_ok(pb_image_new(width, height, &image));
    for (int64_t i = 0; i < (int64_t)width * height * 3; i++)
        image.rgb[i] = (uint8_t)(test_rng_next(&rng) >> 56);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static void fixture_close(fixture *fix)
{
    pb_audit_free(&fix->audit);
    pb_references_free(fix->references);
    for (int i = 0; i < MAX_IMAGES; i++)
        if (fix->path[i][0])
            unlink(fix->path[i]);
    unlink(fix->page);
    assert_int_equal(rmdir(fix->dir), 0);
}

/* ---- audit page ---- */

static void hostile_names_stay_text(void **state)
{
    (void)state;
    static const char *const names[] = {
        "<script>alert(1)<!--&lt;&\"'.png", "a\nb\tc\x01.png", "sch\xc3\xb6n\xe2\x80\xae.png",
        "\xff\xc0\xaf\xed\xa0\x80.png",     "sp ace%20.png",   "plain.png"};
    static const char *const shown[] = {"&lt;script&gt;alert(1)&lt;!--&amp;lt;&amp;&quot;&#39;.png",
                                        "a\342\220\212b\342\220\211c\342\220\201.png",
                                        "sch\xc3\xb6n\xe2\x80\xae.png",
                                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
                                        "sp ace%20.png",
                                        "plain.png"};
    fixture fix;
    fixture_open(&fix, 6, 1);
    for (int i = 0; i < 6; i++) {
        snprintf(fix.path[i], sizeof fix.path[i], "%s/%s", fix.dir, names[i]);
        write_noise(fix.path[i], 40 + i, 30);
    }
    const pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    assert_null(strstr(page, "<script>alert"));
    assert_null(strstr(page, "<!--"));
    for (int i = 0; i < 6; i++)
        assert_non_null(strstr(page, shown[i]));
    assert_int_equal(occurrences(page, "alt=\"Photo "), 6);
    free(page);
    fixture_close(&fix);
}

static void each_reference_stands_once_in_order_with_its_numbers(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 10, 2);
    assert_true(fix.audit.images[0].flagged && fix.audit.images[1].flagged && !fix.audit.images[2].flagged);
    assert_int_equal(fix.audit.images[1].rank, 1);
    fix.audit.images[4].decision = PB_DECISION_RECAPTURE;
    const pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL), text[256];
    assert_non_null(strstr(page, "2 of 10 references look wrong: remove or retake them</h1>"));
    snprintf(text, sizeof text, "the limit of %.2f: they differ", fix.audit.limit);
    assert_non_null(strstr(page, text));
    const char *last = page;
    for (int64_t rank = 1; rank <= 10; rank++) {
        int64_t i = 0;
        while (fix.audit.images[i].rank != rank)
            i++;
        snprintf(text, sizeof text, " id=\"reference-%" PRId64 "\"", i);
        assert_int_equal(occurrences(page, text), 1);
        const char *card = strstr(page, text);
        assert_true(card > last);
        last = card;
        snprintf(text, sizeof text, "class=\"value\">%.2f</span>", fix.audit.images[i].score);
        const char *value = strstr(card, "class=\"value\">");
        assert_memory_equal(value, text, strlen(text));
        snprintf(text, sizeof text, "name=\"decision-%" PRId64 "\" value=\"%s\" autocomplete=\"off\" checked>", i,
                 pb_decision_name(fix.audit.images[i].decision));
        assert_int_equal(occurrences(page, text), 1);
        snprintf(text, sizeof text, "name=\"decision-%" PRId64 "\"", i);
        assert_int_equal(occurrences(page, text), 3);
    }
    assert_int_equal(occurrences(page, " checked>"), 10);
    assert_int_equal(occurrences(page, "class=\"evidence\""), 2);
    assert_int_equal(occurrences(page, "<b>Worst patch</b>"), 2);
    assert_int_equal(occurrences(page, "row&nbsp;2, column&nbsp;2<br>score"), 2); /* where the fault was put */
    free(page);
    fixture_close(&fix);
}

static void the_data_block_is_decisions_json(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 5, 1);
    snprintf(fix.path[3], sizeof fix.path[3], "%s/</script><b>\xff\n.png", fix.dir); /* never written to disk */
    write_noise(fix.path[2], 9, 9);
    char sha256[65];
    assert_ok(pb_sha256_file(fix.path[2], sha256));
    const pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    const char *block = strstr(page, "id=\"decisions\">");
    assert_non_null(block);
    block += strlen("id=\"decisions\">");
    json_t *root;
    assert_ok(pb_json_parse(block, (size_t)(strstr(block, "</script>") - block), "block", &root));
    assert_string_equal(json_string_value(json_object_get(root, "format")), "purebank-decisions");
    assert_int_equal(json_integer_value(json_object_get(root, "version")), 1);
    assert_string_equal(json_string_value(json_object_get(root, "rule")), "imgmax_mad");
    assert_true(json_number_value(json_object_get(root, "k")) == 1.5);
    json_t *images = json_object_get(root, "images");
    assert_int_equal(json_array_size(images), 5);
    for (size_t i = 0; i < 5; i++) {
        json_t *image = json_array_get(images, i);
        const char *path = json_string_value(json_object_get(image, "path"));
        if (i == 3)
            assert_string_equal(path + strlen(fix.dir), "/</script><b>\xef\xbf\xbd\n.png");
        else
            assert_string_equal(path, fix.path[i]);
        assert_string_equal(json_string_value(json_object_get(image, "decision")), i == 0 ? "remove" : "keep");
        assert_string_equal(json_string_value(json_object_get(image, "sha256")), i == 2 ? sha256 : "");
    }
    json_decref(root);
    free(page);
    fixture_close(&fix);
}

static void many_flagged_are_counted_not_listed(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 24, 9);
    const pb_audit_report content = fixture_report(&fix);
    assert_int_equal(fix.audit.images[0].flagged + fix.audit.images[8].flagged, 2);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    const char *lead = strstr(page, "<p class=\"lead\">"), *end = strstr(lead, "</p>");
    int64_t n_links = 0;
    for (const char *c = lead; (c = strstr(c, "<a href")) && c < end; c++)
        n_links++;
    assert_int_equal(n_links, 8);
    assert_non_null(strstr(lead, "and 1 more score above"));
    free(page);
    fixture_close(&fix);
}

static void photos_that_cannot_be_read_leave_the_heatmaps(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 6, 1);
    for (int i = 0; i < 6; i++)
        snprintf(fix.path[i], sizeof fix.path[i], "image %d", i);
    const pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    assert_int_equal(occurrences(page, "alt=\"Heatmap of image "), 6);
    assert_int_equal(occurrences(page, "alt=\"Photo "), 0);
    assert_int_equal(occurrences(page, "class=\"placeholder\""), 0);
    assert_int_equal(occurrences(page, "None of the photos could be read"), 1);
    assert_int_equal(occurrences(page, "<b>Worst patch</b>"), 1);
    free(page);
    snprintf(fix.path[2], sizeof fix.path[2], "%s/2.png", fix.dir);
    write_noise(fix.path[2], 10, 500);
    assert_ok(pb_report_audit(&content, fix.page));
    page = read_page(fix.page, NULL);
    assert_int_equal(occurrences(page, "class=\"placeholder\""), 5);
    assert_int_equal(occurrences(page, "alt=\"Photo "), 1);
    free(page);
    fixture_close(&fix);
}

static void pages_stay_small_and_do_not_depend_on_threads(void **state)
{
    (void)state;
    static fixture fix;
    fixture_open(&fix, 20, 4);
    for (int i = 0; i < 20; i++)
        write_noise(fix.path[i], 500, 400); /* noise is what compresses worst */
    const pb_audit_report content = fixture_report(&fix);
    size_t size, again_size;
    assert_ok(pb_threads_set(1));
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, &size);
    assert_true(size < 4u << 20);
    assert_ok(pb_threads_set(3));
    assert_ok(pb_report_audit(&content, fix.page));
    char *again = read_page(fix.page, &again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(page, again, size);
    assert_ok(pb_threads_set(0));
    free(page);
    free(again);
    fixture_close(&fix);
}

static void nothing_flagged_is_said_in_words(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 6, 0);
    for (int64_t i = 0; i < 6; i++) {
        fix.audit.images[i].flagged = false;
        fix.audit.images[i].decision = PB_DECISION_KEEP;
        fix.audit.limit = fmax(fix.audit.limit, fix.audit.images[i].score);
    }
    pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    assert_non_null(strstr(page, "No reference stands out</h1>"));
    assert_null(strstr(page, "class=\"evidence\""));
    assert_null(strstr(page, "The bank made from"));
    free(page);
    fix.audit.limit = (double)INFINITY;
    pb_bank bank = {.threshold = {.value = 1.25, .false_alarm_rate = 0.01, .n = 6, .guaranteed_rate = 1.0 / 7}};
    strcpy(bank.threshold.method, "log-t");
    content.bank = &bank;
    assert_ok(pb_report_audit(&content, fix.page));
    page = read_page(fix.page, NULL);
    assert_non_null(strstr(page, "no limit can be drawn"));
    assert_non_null(strstr(page, "<dd>1.250</dd>"));
    assert_non_null(strstr(page, "<dd>14.3&nbsp;%</dd>")); /* 1 / 7 */
    assert_non_null(strstr(page, "takes 99 references"));
    assert_null(strstr(page, ">inf"));
    assert_null(strstr(page, ">nan"));
    free(page);
    fixture_close(&fix);
}

static void a_failed_report_leaves_the_old_file(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 5, 1);
    assert_ok(pb_file_write(fix.page, "old", 3));
    const pb_audit_report content = fixture_report(&fix);
    fix.audit.images[1].rank = fix.audit.images[0].rank;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_ARGUMENT);
    fix.audit.images[0].score = (double)NAN;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_VALUE);
    fix.audit.n_images = 4;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_SHAPE);
    fix.audit.n_images = 5;
    struct stat info;
    assert_int_equal(stat(fix.page, &info), 0);
    assert_int_equal(info.st_size, 3);
    pb_audit_free(&fix.audit);
    assert_ok(pb_audit_run(fix.references, "imgmax_mad", 0, &fix.audit));
    assert_status(pb_report_audit(&content, "/nonexistent-folder/report.html"), PB_STATUS_OUTPUT);
    fixture_close(&fix);
}

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

static void evaluation_counts_and_orders(void **state)
{
    (void)state;
    enum { N_GOOD = 30, N_DEFECT = 20, N = N_GOOD + N_DEFECT };
    static double image_scores[N], patch_scores[N * PATCHES];
    static char names[N][32];
    pb_paths masks[N] = {0};
    char *paths[N], *kinds[N], dir[4096], path[4200], text[128];
    uint8_t labels[N];
    test_rng rng = {3};
    int64_t n_caught = 0, n_false = 0, worst = -1;
    for (int i = 0; i < N; i++) { /* folders in order: "crack", "good" */
        labels[i] = i < N_DEFECT;
        image_scores[i] = 2 + 0.3 * test_rng_normal(&rng) + 0.4 * labels[i];
        n_caught += labels[i] && image_scores[i] > 2.3;
        n_false += !labels[i] && image_scores[i] > 2.3;
        if (labels[i] && (worst < 0 || image_scores[i] < image_scores[worst]))
            worst = i;
        snprintf(names[i], sizeof names[i], "test/%s/%02d.png", labels[i] ? "crack" : "good", i);
        paths[i] = names[i];
        static char crack[] = "cr<ack", good[] = "good";
        kinds[i] = labels[i] ? crack : good;
        for (int p = 0; p < PATCHES; p++)
            patch_scores[i * PATCHES + p] = test_rng_uniform(&rng);
    }
    assert_true(n_caught > 0 && n_caught < N_DEFECT && n_false > 0);
    pb_bank bank = {.k = 5, .origin = {.grid_height = GRID, .grid_width = GRID}, .threshold = {.value = 2.3, .n = 7}};
    const pb_testset set = {
        .n = N, .path = paths, .label = labels, .kind = kinds, .mask = masks, .n_good = N_GOOD, .n_defect = N_DEFECT};
    pb_eval_report content = {.bank = &bank,
                              .bank_path = "a<b.bank",
                              .testset = &set,
                              .image_scores = image_scores,
                              .patch_scores = patch_scores,
                              .n_patches = PATCHES};
    assert_ok(pb_metrics_detection(image_scores, labels, N, &content.image));
    test_make_temp_dir(dir, sizeof dir);
    snprintf(path, sizeof path, "%s/eval.html", dir);
    assert_ok(pb_report_eval(&content, path));
    char *page = read_page(path, NULL);
    snprintf(text, sizeof text, "%d of 20 defects caught,</span> <span>%d of 30 good parts fail by mistake",
             (int)n_caught, (int)n_false);
    assert_non_null(strstr(page, text));
    snprintf(text, sizeof text, "AUROC</th><td>%.4f</td>", content.image.auroc);
    assert_non_null(strstr(page, text));
    assert_int_equal(bar_sum(page, "good"), N_GOOD);
    assert_int_equal(bar_sum(page, "defect"), N_DEFECT);
    snprintf(text, sizeof text, "cr&lt;ack</bdi></th><td>20</td><td>%d</td>", (int)n_caught);
    assert_non_null(strstr(page, text));
    const char *first = strstr(page, "class=\"value\">");
    snprintf(text, sizeof text, "class=\"value\">%.3f</span>", image_scores[worst]);
    assert_memory_equal(first, text, strlen(text));
    assert_int_equal(occurrences(page, "<li class=\"pair\">"), 24); /* 12 of each at most */
    assert_null(strstr(page, "<script"));
    free(page);
    content.n_patches = PATCHES + 1;
    assert_status(pb_report_eval(&content, path), PB_STATUS_BAD_SHAPE);
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
        cmocka_unit_test(the_checker_finds_faults),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(each_reference_stands_once_in_order_with_its_numbers),
        cmocka_unit_test(the_data_block_is_decisions_json),
        cmocka_unit_test(many_flagged_are_counted_not_listed),
        cmocka_unit_test(photos_that_cannot_be_read_leave_the_heatmaps),
        cmocka_unit_test(pages_stay_small_and_do_not_depend_on_threads),
        cmocka_unit_test(nothing_flagged_is_said_in_words),
        cmocka_unit_test(a_failed_report_leaves_the_old_file),
        cmocka_unit_test(evaluation_counts_and_orders),
        cmocka_unit_test(jpeg_comes_back),
        cmocka_unit_test(utf8_is_decoded_strictly),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
