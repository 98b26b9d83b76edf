/* report, the audit page: whole, complete in itself, shows each number and image once, and cannot be broken or scripted by
 * names. */
#include "report.h"

#include <inttypes.h>
#include <math.h>

#include "audit/audit.h"
#include "bank/bank.h"
#include "io/json.h"
#include "pages/html.h"

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
    assert_true(fix.audit->images[0].flagged && fix.audit->images[1].flagged && !fix.audit->images[2].flagged);
    assert_int_equal(fix.audit->images[1].rank, 1);
    fix.audit->images[4].decision = PB_DECISION_RECAPTURE;
    const pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL), text[256];
    assert_non_null(strstr(page, "2 of 10 references stand out: look at them</h1>"));
    snprintf(text, sizeof text, "the limit of %.2f: they differ", fix.audit->limit);
    assert_non_null(strstr(page, text));
    const char *last = page;
    for (int64_t rank = 1; rank <= 10; rank++) {
        int64_t i = 0;
        while (fix.audit->images[i].rank != rank)
            i++;
        snprintf(text, sizeof text, " id=\"reference-%" PRId64 "\"", i);
        assert_int_equal(occurrences(page, text), 1);
        const char *card = strstr(page, text);
        assert_true(card > last);
        last = card;
        snprintf(text, sizeof text, "class=\"value\">%.2f</span>", fix.audit->images[i].score);
        const char *value = strstr(card, "class=\"value\">");
        assert_memory_equal(value, text, strlen(text));
        snprintf(text, sizeof text, "name=\"decision-%" PRId64 "\" value=\"%s\" autocomplete=\"off\" checked>", i,
                 pb_decision_name(fix.audit->images[i].decision));
        assert_int_equal(occurrences(page, text), 1);
        snprintf(text, sizeof text, "name=\"decision-%" PRId64 "\"", i);
        assert_int_equal(occurrences(page, text), 3);
    }
    assert_int_equal(occurrences(page, " checked>"), 10);
    assert_int_equal(occurrences(page, "<details class=\"closeup\""), 10);
    assert_int_equal(occurrences(page, "<details class=\"closeup\" open>"), 2);
    assert_int_equal(occurrences(page, "<b>Worst patch</b>"), 10);
    for (int i = 0; i < 2; i++) { /* where the fault was put */
        snprintf(text, sizeof text, " id=\"reference-%d\"", i);
        const char *place = strstr(strstr(page, text), "row&nbsp;");
        assert_memory_equal(place, "row&nbsp;2, column&nbsp;2<br>score", strlen("row&nbsp;2, column&nbsp;2<br>score"));
    }
    free(page);
    fixture_close(&fix);
}

/* Its score says nothing against it, so nothing about the score may look as if it did. */
static void a_photo_that_is_flagged_as_such_is_told_from_a_score(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 10, 1);
    const double score = fix.audit->images[7].score;
    assert_true(score < fix.audit->limit && fix.audit->images[0].flagged);
    assert_ok(pb_audit_flag(fix.audit, 7, "almost black"));
    const pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    assert_int_equal(occurrences(page, ">flagged as a photo</span>"), 1);
    assert_int_equal(occurrences(page, "below the limit: flagged as a photo, whatever it scores"), 1);
    assert_int_equal(occurrences(page, "class=\"card flagged photo\""), 1);
    assert_int_equal(occurrences(page, "class=\"here flagged\""), 2); /* of images 0 and 1, above the limit */
    assert_int_equal(occurrences(page, "marked <em>Remove</em> below: a proposal"), 1);
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
    assert_true(json_number_value(json_object_get(root, "multiplier")) == 1.5);
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
    assert_int_equal(fix.audit->images[0].flagged + fix.audit->images[8].flagged, 2);
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
    assert_int_equal(occurrences(page, "<b>Worst patch</b>"), 6);
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
    assert_true(size < 7u << 20);
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
        fix.audit->images[i].flagged = false;
        fix.audit->images[i].decision = PB_DECISION_KEEP;
        fix.audit->limit = fmax(fix.audit->limit, fix.audit->images[i].score);
    }
    pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    assert_non_null(strstr(page, "None of 6 references stands out</h1>"));
    assert_null(strstr(page, "class=\"closeup\" open"));
    assert_null(strstr(page, "The bank made from"));
    free(page);
    fix.audit->limit = (double)INFINITY;
    assert_ok(pb_report_audit(&content, fix.page));
    page = read_page(fix.page, NULL);
    assert_non_null(strstr(page, "no limit can be drawn"));
    assert_null(strstr(page, ">inf"));
    assert_null(strstr(page, ">nan"));
    free(page);
    fixture_close(&fix);
}

/* ---- the page of a bank ---- */

/* The bank of a person's decisions about six references, of which the first is flagged. */
static pb_bank *fit_decided(fixture *fix, const pb_decision *decisions)
{
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank;
    options.decisions = decisions;
    options.audit_removes = true;
    pb_audit_free(fix->audit);
    assert_ok(pb_bank_fit(fix->references, fix->paths, NULL, &options, &bank, &fix->audit));
    return bank;
}

static void the_page_of_a_bank_is_read_only(void **state)
{
    (void)state;
    static const pb_decision decisions[6] = {PB_DECISION_KEEP, PB_DECISION_REMOVE, PB_DECISION_RECAPTURE};
    fixture fix;
    fixture_open(&fix, 6, 1);
    for (int by_person = 0; by_person < 2; by_person++) {
        pb_bank *bank = fit_decided(&fix, by_person ? decisions : NULL);
        pb_audit_report content = fixture_report(&fix);
        content.bank = bank;
        assert_ok(pb_report_audit(&content, fix.page));
        char *page = read_page(fix.page, NULL), text[128];
        assert_null(strstr(page, "<input"));
        assert_int_equal(occurrences(page, "<script>"), 1); /* which enlarges pictures */
        assert_null(strstr(page, "<script type"));
        assert_null(strstr(page, "<button"));
        double low, high;
        pb_bank_patch_scale(bank, &low, &high);
        assert_true(high == bank->threshold.value);
        snprintf(text, sizeof text, "&ge;&nbsp;%.*f, the threshold</span>",
                 pb_score_decimals(&bank->threshold.value, 1), high);
        assert_non_null(strstr(page, text)); /* the scale of its evaluation, too */
        assert_int_equal(occurrences(page, "<p class=\"outcome "), 6);
        snprintf(text, sizeof text, "%d of 6 references are in the bank, %d left out</h1>", by_person ? 4 : 5,
                 by_person ? 2 : 1);
        assert_non_null(strstr(page, text));
        snprintf(text, sizeof text, "<dd>%.*f</dd>", pb_score_decimals(&bank->threshold.value, 1),
                 bank->threshold.value);
        assert_non_null(strstr(page, text));
        assert_non_null(strstr(page, by_person ? "<dd>20&nbsp;%</dd>"
                                               : "<dd>14.3&nbsp;%</dd>")); /* 1 / (n + 1), what left unseen in n */
        assert_non_null(strstr(page, "takes 99 references"));
        if (by_person) {
            assert_int_equal(occurrences(page, "your decision, although the audit flagged it"), 1);
            assert_int_equal(
                occurrences(page, "<p class=\"outcome remove\"><b>Removed</b> <span>your decision; the audit did "
                                  "not flag it"),
                1);
            assert_int_equal(occurrences(page, "<b>To be taken again</b>"), 1);
            assert_int_equal(occurrences(page, "16 of its 16 patches are in the bank"), 4);
        } else {
            assert_int_equal(occurrences(page, "<b>Removed</b> <span>flagged by the audit"), 1);
            assert_int_equal(occurrences(page, "<b>Kept</b> <span>not flagged by the audit"), 5);
        }
        free(page);
        pb_bank_free(bank);
    }
    fixture_close(&fix);
}

/* ---- earlier decisions ---- */

static void recalled_decisions_open_the_page(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 6, 1);
    pb_recall_image images[6] = {{PB_RECALL_SAME, PB_DECISION_KEEP},   {PB_RECALL_CHANGED, PB_DECISION_RECAPTURE},
                                 {PB_RECALL_SAME, PB_DECISION_REMOVE}, {PB_RECALL_NEW, PB_DECISION_KEEP},
                                 {PB_RECALL_SAME, PB_DECISION_KEEP},   {PB_RECALL_SAME, PB_DECISION_KEEP}};
    char gone[] = "r/<gone>.png", *gone_paths[] = {gone};
    pb_recall recall = {.n_images = 6, .images = images, .n_gone = 1, .gone = gone_paths};
    pb_audit_report content = fixture_report(&fix);
    assert_ok(pb_recall_apply(&recall, fix.audit));
    content.recall = &recall;
    assert_ok(pb_report_audit(&content, fix.page));
    char *page = read_page(fix.page, NULL);
    assert_non_null(strstr(page, "filled in for 4 of 6 images"));
    assert_non_null(strstr(page, "1 photo has changed since."));
    assert_non_null(strstr(page, "1 image is new."));
    assert_non_null(strstr(page, "r/&lt;gone&gt;.png"));
    assert_non_null(strstr(page, "data-initial=\"Save again: the images have changed\""));
    assert_int_equal(occurrences(page, "(then: recapture)"), 1);
    assert_int_equal(occurrences(page, "As you decided earlier.</p>"), 4);
    assert_non_null(strstr(page, "name=\"decision-0\" value=\"keep\" autocomplete=\"off\" checked>"));
    assert_non_null(strstr(page, "name=\"decision-1\" value=\"keep\" autocomplete=\"off\" checked>"));
    assert_non_null(strstr(page, "name=\"decision-2\" value=\"remove\" autocomplete=\"off\" checked>"));
    free(page);
    recall.n_images = 5;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_SHAPE);
    fixture_close(&fix);
}

static void a_failed_report_leaves_the_old_file(void **state)
{
    (void)state;
    fixture fix;
    fixture_open(&fix, 5, 1);
    assert_ok(pb_file_write(fix.page, "old", 3));
    pb_audit_report content = fixture_report(&fix);
    fix.audit->images[1].rank = fix.audit->images[0].rank;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_ARGUMENT);
    fix.audit->images[0].score = (double)NAN;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_VALUE);
    fix.audit->n_images = 4;
    assert_status(pb_report_audit(&content, fix.page), PB_STATUS_BAD_SHAPE);
    fix.audit->n_images = 5;
    struct stat info;
    assert_int_equal(stat(fix.page, &info), 0);
    assert_int_equal(info.st_size, 3);
    pb_audit_free(fix.audit);
    assert_ok(pb_audit_run(fix.references, "imgmax_mad", NULL, &fix.audit));
    content.audit = fix.audit;
    assert_status(pb_report_audit(&content, "/nonexistent-folder/report.html"), PB_STATUS_OUTPUT);
    fixture_close(&fix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_finds_faults),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(each_reference_stands_once_in_order_with_its_numbers),
        cmocka_unit_test(a_photo_that_is_flagged_as_such_is_told_from_a_score),
        cmocka_unit_test(the_data_block_is_decisions_json),
        cmocka_unit_test(many_flagged_are_counted_not_listed),
        cmocka_unit_test(photos_that_cannot_be_read_leave_the_heatmaps),
        cmocka_unit_test(pages_stay_small_and_do_not_depend_on_threads),
        cmocka_unit_test(nothing_flagged_is_said_in_words),
        cmocka_unit_test(the_page_of_a_bank_is_read_only),
        cmocka_unit_test(recalled_decisions_open_the_page),
        cmocka_unit_test(a_failed_report_leaves_the_old_file),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
