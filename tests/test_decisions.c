/* decisions: a person's decisions.json is obeyed, or recalled when photos have been replaced since. */
#include "root.h"
#include "support.h"

#include "audit/audit.h"
#include "io/file.h"

static void write_text(const char *name, const char *text, char path[512])
{
    snprintf(path, 512, "%s/%s", root, name);
    assert_ok(pb_file_write(path, text, strlen(text)));
}

static void decisions_are_matched_to_references(void **state)
{
    (void)state;
    const char *const paths[] = {"r/a.png", "r/b.png"};
    const char *const sha256[] = {"aa", "bb"};
    pb_decision out[2];
    char file[512];
    const struct {
        const char *images;
        pb_status expected;
        const char *says;
    } cases[] = {
        {"{\"path\":\"r/b.png\",\"decision\":\"recapture\"},{\"path\":\"r/"
         "a.png\",\"sha256\":\"aa\",\"decision\":\"keep\"}",
         PB_STATUS_OK, NULL},
        {"{\"path\":\"r/a.png\",\"decision\":\"keep\"}", PB_STATUS_MISMATCH, "r/b.png"},
        {"{\"path\":\"r/c.png\",\"decision\":\"keep\"}", PB_STATUS_MISMATCH, "r/c.png"},
        {"{\"path\":\"r/a.png\",\"decision\":\"keep\"},{\"path\":\"r/a.png\",\"decision\":\"keep\"}",
         PB_STATUS_MISMATCH, "twice"},
        {"{\"path\":\"r/a.png\",\"sha256\":\"zz\",\"decision\":\"keep\"},{\"path\":\"r/b.png\",\"decision\":\"keep\"}",
         PB_STATUS_MISMATCH, "changed"},
        {"{\"path\":\"r/a.png\",\"decision\":\"maybe\"},{\"path\":\"r/b.png\",\"decision\":\"keep\"}",
         PB_STATUS_BAD_FORMAT, "decisions.json: r/a.png"},
        {"{\"path\":7,\"decision\":\"keep\"}", PB_STATUS_BAD_FORMAT, "path"},
        {"3", PB_STATUS_BAD_FORMAT, "object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        snprintf(text, sizeof text, "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[%s]}",
                 cases[i].images);
        write_text("decisions.json", text, file);
        assert_status(pb_decisions_load(file, paths, sha256, 2, out), cases[i].expected);
        if (cases[i].says)
            assert_non_null(strstr(pb_error_message(), cases[i].says));
    }
    write_text("decisions.json", "{\"format\":\"other\",\"version\":1,\"images\":[]}", file);
    assert_status(pb_decisions_load(file, paths, NULL, 2, out), PB_STATUS_BAD_FORMAT);
    write_text("decisions.json", "not json", file);
    assert_status(pb_decisions_load(file, paths, NULL, 2, out), PB_STATUS_BAD_FORMAT);
    write_text(
        "decisions.json",
        "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[{\"path\":\"r/b.png\",\"decision\":\"remove\"},"
        "{\"path\":\"r/a.png\",\"decision\":\"recapture\"}]}",
        file);
    assert_ok(pb_decisions_load(file, paths, NULL, 2, out));
    assert_int_equal(out[0], PB_DECISION_RECAPTURE);
    assert_int_equal(out[1], PB_DECISION_REMOVE);
}

/* A renamed or moved folder keeps its decisions, and photos that have changed places take theirs along. */
static void the_photo_decides_whatever_its_name(void **state)
{
    (void)state;
    const char *const moved[] = {"elsewhere/a.png", "elsewhere/b.png"}, *const swapped[] = {"r/b.png", "r/a.png"};
    const char *const names[] = {"r/a.png", "r/b.png"}, *const sha256[] = {"aa", "bb"}, *const copies[] = {"cc", "cc"};
    static const char start[] = "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[";
    pb_decision out[2];
    char file[512], text[1024];
    snprintf(text, sizeof text,
             "%s{\"path\":\"r/a.png\",\"sha256\":\"aa\",\"decision\":\"remove\"},"
             "{\"path\":\"r/b.png\",\"sha256\":\"bb\",\"decision\":\"keep\"}]}",
             start);
    write_text("moved.json", text, file);
    const char *const *const paths[] = {moved, swapped, names};
    for (int i = 0; i < 3; i++) {
        assert_ok(pb_decisions_load(file, paths[i], sha256, 2, out));
        assert_int_equal(out[0], PB_DECISION_REMOVE);
        assert_int_equal(out[1], PB_DECISION_KEEP);
    }
    /* of two copies each keeps what was decided under its name */
    snprintf(text, sizeof text,
             "%s{\"path\":\"r/b.png\",\"sha256\":\"cc\",\"decision\":\"remove\"},"
             "{\"path\":\"r/a.png\",\"sha256\":\"cc\",\"decision\":\"keep\"}]}",
             start);
    write_text("moved.json", text, file);
    assert_ok(pb_decisions_load(file, names, copies, 2, out));
    assert_int_equal(out[0], PB_DECISION_KEEP);
    assert_int_equal(out[1], PB_DECISION_REMOVE);
}

/* ---- recalled ---- */

static pb_status recall(const char *images, const char *const *paths, const char *const *sha256, int64_t n,
                        pb_recall *out)
{
    char text[2048], file[512];
    snprintf(text, sizeof text, "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[%s]}", images);
    write_text("old.json", text, file);
    return pb_decisions_recall(file, paths, sha256, n, out);
}

static void recalled_decisions_are_told_from_changed_new_and_gone(void **state)
{
    (void)state;
    enum { N = 5 };
    const char *const paths[N] = {"r/same.png", "r/taken again.png", "r/new.png", "moved/away.png", "r/no digest.png"};
    const char *const sha256[N] = {"aa", "bb", "cc", "dd", ""};
    static const char images[] = "{\"path\":\"r/gone.png\",\"sha256\":\"ee\",\"decision\":\"remove\"},"
                                 "{\"path\":\"r/away.png\",\"sha256\":\"dd\",\"decision\":\"remove\"},"
                                 "{\"path\":\"r/no digest.png\",\"sha256\":\"ff\",\"decision\":\"recapture\"},"
                                 "{\"path\":\"r/taken again.png\",\"sha256\":\"b0\",\"decision\":\"recapture\"},"
                                 "{\"path\":\"r/same.png\",\"sha256\":\"aa\",\"decision\":\"remove\"}";
    static const pb_recall_kind kinds[N] = {PB_RECALL_SAME, PB_RECALL_CHANGED, PB_RECALL_NEW, PB_RECALL_SAME,
                                            PB_RECALL_SAME};
    static const pb_decision earlier[N] = {PB_DECISION_REMOVE, PB_DECISION_RECAPTURE, PB_DECISION_KEEP,
                                           PB_DECISION_REMOVE, PB_DECISION_RECAPTURE};
    static const pb_decision applied[N] = {PB_DECISION_REMOVE, PB_DECISION_KEEP, PB_DECISION_REMOVE, PB_DECISION_REMOVE,
                                           PB_DECISION_RECAPTURE};
    pb_recall out;
    assert_ok(recall(images, paths, sha256, N, &out));
    assert_int_equal(out.n_images, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(out.images[i].kind, kinds[i]);
        assert_int_equal(out.images[i].decision, earlier[i]);
    }
    assert_int_equal(out.n_gone, 1);
    assert_string_equal(out.gone[0], "r/gone.png");

    pb_audit_image audited[N] = {[2] = {.decision = PB_DECISION_REMOVE}};
    pb_audit audit = {.n_images = N, .images = audited};
    assert_ok(pb_recall_apply(&out, &audit));
    for (int i = 0; i < N; i++)
        assert_int_equal(audited[i].decision, applied[i]);
    audit.n_images = N - 1;
    assert_status(pb_recall_apply(&out, &audit), PB_STATUS_BAD_SHAPE);
    pb_recall_free(&out);
    assert_null(out.images);
}

/* One photo under two names: each name keeps its own decision, whichever entry comes first. */
static void names_come_before_digests(void **state)
{
    (void)state;
    const char *const paths[] = {"r/a.png", "r/copy of a.png"};
    const char *const sha256[] = {"aa", "aa"};
    pb_recall out;
    assert_ok(recall("{\"path\":\"elsewhere/x.png\",\"sha256\":\"aa\",\"decision\":\"remove\"},"
                     "{\"path\":\"r/a.png\",\"sha256\":\"aa\",\"decision\":\"recapture\"}",
                     paths, sha256, 2, &out));
    assert_int_equal(out.images[0].decision, PB_DECISION_RECAPTURE);
    assert_int_equal(out.images[1].decision, PB_DECISION_REMOVE);
    assert_int_equal(out.n_gone, 0);
    pb_recall_free(&out);
    assert_ok(recall("{\"path\":\"elsewhere/x.png\",\"sha256\":\"\",\"decision\":\"remove\"}", paths, NULL, 2, &out));
    assert_int_equal(out.images[0].kind, PB_RECALL_NEW);
    assert_int_equal(out.n_gone, 1);
    pb_recall_free(&out);
}

/* JSON holds no invalid UTF-8: both names are written with U+FFFD, in the order of the references. */
static void odd_names_that_read_the_same_are_told_by_order(void **state)
{
    (void)state;
    const char *const paths[] = {"r/b\xfe.png", "r/b\xff.png"};
    pb_decision out[2];
    char file[512];
    write_text("odd.json",
               "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":["
               "{\"path\":\"r/b\xef\xbf\xbd.png\",\"decision\":\"remove\"},"
               "{\"path\":\"r/b\xef\xbf\xbd.png\",\"decision\":\"keep\"}]}",
               file);
    assert_ok(pb_decisions_load(file, paths, NULL, 2, out));
    assert_int_equal(out[0], PB_DECISION_REMOVE);
    assert_int_equal(out[1], PB_DECISION_KEEP);
}

static void a_broken_file_recalls_nothing(void **state)
{
    (void)state;
    const char *const paths[] = {"r/a.png"};
    pb_recall out;
    assert_status(recall("{\"path\":\"r/a.png\",\"decision\":\"keep\"},{\"path\":\"r/a.png\",\"decision\":\"keep\"}",
                         paths, NULL, 1, &out),
                  PB_STATUS_MISMATCH);
    pb_recall_free(&out);
    assert_status(recall("{\"path\":\"r/gone.png\",\"decision\":\"perhaps\"}", paths, NULL, 1, &out),
                  PB_STATUS_BAD_FORMAT);
    assert_status(recall("[]", paths, NULL, 1, &out), PB_STATUS_BAD_FORMAT);
    assert_status(pb_decisions_recall("/nonexistent/old.json", paths, NULL, 1, &out), PB_STATUS_IO);
    pb_recall_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_are_matched_to_references),
        cmocka_unit_test(the_photo_decides_whatever_its_name),
        cmocka_unit_test(recalled_decisions_are_told_from_changed_new_and_gone),
        cmocka_unit_test(names_come_before_digests),
        cmocka_unit_test(odd_names_that_read_the_same_are_told_by_order),
        cmocka_unit_test(a_broken_file_recalls_nothing),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
