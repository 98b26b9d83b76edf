/* The n-th allocation, and the n-th system call of the one reader and the one writer, fail: once, and from then on. Whatever n is, every
 * command ends with an error or does without, loses nothing, and leaves what was there whole, or what it was to write. Some n are
 * tried, spread over all; PB_FAULTS=all tries every one (make faults). docs/reliability.md has the counts. */
#include "faults.h"

#include "fault_operations.h"

typedef enum leaves {
    LEAVES_ONE,  /* all files of before, or all of after */
    LEAVES_EACH, /* the same for every file by itself */
    LEAVES_WORK  /* what the same operation goes on with */
} leaves;

typedef struct operation {
    const char *name;
    pb_status (*run)(void);
    leaves leaves;
    bool shows_photos; /* a page does without those that cannot be opened */
} operation;

static const operation operations[] = {
    {"extract", run_extract, LEAVES_ONE, false},
    {"audit", run_audit, LEAVES_ONE, true},
    {"fit", run_fit, LEAVES_ONE, false},
    {"fit --augment", run_augment, LEAVES_ONE, false},
    {"score", run_score, LEAVES_ONE, false},
    {"eval", run_eval, LEAVES_ONE, true},
    {"info", run_info, LEAVES_ONE, false},
    {"mend", run_mend, LEAVES_ONE, false},
    {"merge", run_merge, LEAVES_ONE, false},
    {"compare", run_compare, LEAVES_ONE, false},
    {"tables", run_tables, LEAVES_EACH, false},
    {"cache", run_cache, LEAVES_WORK, false},
    {"experiment", run_experiment, LEAVES_WORK, false},
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

static char root[256];
static snapshot old_state[N_OPERATIONS], new_state[N_OPERATIONS];

/* ---- inputs ---- */

static void write_picture(const char *name, uint64_t seed, bool defect, bool mask)
{
    enum { SIDE = 72 };
    pb_image image;
    test_rng rng = {seed};
    assert_ok(pb_image_new(SIDE, SIDE, &image));
    for (int i = 0; i < SIDE * SIDE; i++) {
        const bool inside = defect && i / SIDE > 30 && i / SIDE < 44 && i % SIDE > 30 && i % SIDE < 44;
        const int grey = mask ? (inside ? 255 : 0) : (int)(90 + test_rng_next(&rng) % 40 + (inside ? 100 : 0));
        memset(image.rgb + 3 * i, grey, 3);
    }
    assert_ok(pb_image_write_png(&image, IN(name)));
    pb_image_free(&image);
}

static void make_folder(const char *path)
{
    mkdir(path, 0777);
}

static void make_photos(void)
{
    static const char *const folders[] = {"photos",
                                          "set",
                                          "set/test",
                                          "set/test/good",
                                          "set/test/bad",
                                          "set/ground_truth",
                                          "set/ground_truth/bad",
                                          "set/train",
                                          "set/train/good"};
    char name[64];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        make_folder(IN(folders[i]));
    for (int i = 0; i < FAULT_REFERENCES; i++) {
        snprintf(name, sizeof name, "photos/%d.png", i);
        write_picture(name, (uint64_t)i, false, false);
    }
    write_picture("set/train/good/0.png", 20, false, false);
    write_picture("set/test/good/0.png", 30, false, false);
    write_picture("set/test/bad/0.png", 40, true, false);
    write_picture("set/ground_truth/bad/0_mask.png", 0, true, true);
    static const char saturations[] =
        "[{\"pixel_value\": 255, \"saturation_threshold\": 50, \"relative_saturation\": false}]";
    assert_ok(pb_file_write(IN("set/defects_config.json"), saturations, strlen(saturations)));
}

/* Features of `n` images, whatever they show. */
static void write_features(const char *name, int n, uint64_t seed)
{
    const pb_origin origin = {.grid_height = FAULT_SIDE, .grid_width = FAULT_SIDE, .dim = FAULT_DIM};
    pb_features *features;
    test_rng rng = {seed};
    assert_ok(pb_features_new(n, &origin, &features));
    for (int64_t i = 0; i < (int64_t)n * FAULT_SIDE * FAULT_SIDE * FAULT_DIM; i++)
        pb_features_rows(features)[i] = (float)test_rng_normal(&rng);
    assert_ok(pb_features_save(features, IN(name)));
    pb_features_free(features);
}

/* A bank that opens the built-in backbone. */
static void write_photo_bank(void)
{
    const char *const photos[] = {IN("photos/1.png"), IN("photos/2.png")};
    pb_backbone *backbone;
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    assert_ok(pb_backbone_open("builtin", NULL, &backbone));
    assert_ok(pb_backbone_extract_files(backbone, photos, 2, NULL, &features));
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, photos, NULL, &options, &bank, NULL));
    assert_ok(pb_bank_save(bank, IN("photos.bank")));
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
    pb_backbone_close(backbone);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char ABOUT[] = "{\"setup\":\"%s\",\"features\":{\"backbone\":\"\",\"weights_hash\":\"\",\"layer\":\"\","
                            "\"precision\":\"\",\"input_height\":0,"
                            "\"input_width\":0,\"preprocessing\":\"\",\"grid_height\":1,\"grid_width\":1,\"dim\":1}}";

static void write_results(const char *path, int first_seed, const char *setup)
{
    static const char *const methods[] = {"none", "loo_patch"};
    char text[8192], about[1024], name[1100];
    int used =
        snprintf(text, sizeof text, "dataset;contamination_rate;purification_method;train_limit;seed;img_auroc\n");
    for (int d = 0; d < 3; d++)
        for (int m = 0; m < 2; m++)
            for (int c = 0; c < 2; c++)
                used += snprintf(text + used, sizeof text - (size_t)used, "mvtec_AD/c%d;0.%d;%s;10;%d;0.%d%d\n", d,
                                 3 * c, methods[m], first_seed, 9 - c, d + m + first_seed);
    write_text(path, text);
    snprintf(about, sizeof about, ABOUT, setup);
    snprintf(name, sizeof name, "%s.json", path);
    write_text(name, about);
}

static void write_decisions(void)
{
    char text[2048];
    int used = snprintf(text, sizeof text, "{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[");
    for (int i = 0; i < FAULT_REFERENCES; i++)
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s{\"path\":\"%s/photos/%d.png\",\"decision\":\"keep\"}", i ? "," : "", fault_inputs, i);
    snprintf(text + used, sizeof text - (size_t)used, "]}");
    write_text(IN("decisions.json"), text);
}

/* What stood there before: other files of the same names, complete with their companions. */
static void write_old_outputs(void)
{
    static const char *const pages[] = {"audit.html", "eval.html", "study.html", "heatmap.png"};
    pb_features *features;
    pb_origin origin = {.backbone = "older", .grid_height = 1, .grid_width = 2, .dim = 1};
    const char *const names[] = {"old/photo.png"};
    assert_ok(pb_features_new(1, &origin, &features));
    assert_ok(pb_features_save_named(features, names, OUT("parts.npy")));
    pb_features_free(features);
    write_results(OUT("all.csv"), 7, "shared");
    write_text(OUT("part.bank"), "an older bank");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        write_text(OUT(pages[i]), "an older file");
}

static void make_states(void)
{
    for (int i = 0; i < N_OPERATIONS; i++)
        snapshot_take(fault_output, &old_state[i]);
    for (int i = 0; i < N_OPERATIONS; i++) {
        snapshot_restore(fault_output, &old_state[i]);
        assert_ok(operations[i].run());
        snapshot_take(fault_output, &new_state[i]);
    }
}

static int make_inputs(void **state)
{
    (void)state;
    fault_take_allocators();
    pb_threads_set(1); /* so that the n-th call is the same every time */
    test_make_temp_dir(root, sizeof root);
    snprintf(fault_inputs, sizeof fault_inputs, "%s/inputs", root);
    snprintf(fault_output, sizeof fault_output, "%s/output", root);
    make_folder(fault_inputs);
    make_folder(fault_output);
    make_photos();
    cache_make(IN("caches"), "mvtec_AD__bottle", (cache_sizes){8, 5, 5, 3, 6}, 1);
    write_results(IN("a.csv"), 0, "disjoint");
    write_results(IN("b.csv"), 1, "disjoint");
    write_decisions();
    write_features("refs.npy", FAULT_REFERENCES, 1);
    write_features("set.npy", 2, 2);
    write_photo_bank();
    assert_ok(run_fit());
    assert_int_equal(rename(OUT("part.bank"), IN("part.bank")), 0);
    write_old_outputs();
    make_states();
    return 0;
}

static int remove_inputs(void **state)
{
    (void)state;
    for (int i = 0; i < N_OPERATIONS; i++) {
        snapshot_free(&old_state[i]);
        snapshot_free(&new_state[i]);
    }
    pb_threads_set(0);
    return test_remove_dir(root);
}

/* ---- what must hold after a fault ---- */

typedef struct point {
    const operation *operation;
    const snapshot *before, *after;
    fault_kind kind;
    long at;
    bool for_ever;
} point;

#define fail_at(p, ...)                                                                                                \
    do {                                                                                                               \
        fprintf(stderr, "%s, %s %ld%s: ", (p)->operation->name,                                                        \
                (p)->kind == FAULT_ALLOCATION ? "allocation" : "system call", (p)->at,                                 \
                (p)->for_ever ? " and all after it" : "");                                                             \
        fail_msg(__VA_ARGS__);                                                                                         \
    } while (0)

static bool is_temporary(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".tmp") == 0;
}

/* Rows of results tell when they were made: the rest must be the same. */
static bool same_results(const char *now, const snapshot_file *then)
{
    pb_results_comparison comparison = {0};
    char path[1024];
    snprintf(path, sizeof path, "%s/then.csv", root);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(then->bytes, 1, then->size, file), then->size);
    fclose(file);
    assert_ok(pb_results_compare(now, path, NULL, 0, &comparison));
    const bool same = comparison.n_differences == 0 && comparison.n_only_a + comparison.n_only_b == 0;
    pb_results_comparison_free(&comparison);
    return same;
}

static bool is_whole_page(const snapshot *now, const char *name)
{
    static const char end[] = "</html>\n";
    const snapshot_file *file = snapshot_find(now, name);
    return file && file->size > sizeof end && strcmp(file->bytes + file->size - strlen(end), end) == 0;
}

/* What stands now where the files begin to differ. */
static const char *first_difference(const snapshot *now, const snapshot_file *file)
{
    const snapshot_file *found = snapshot_find(now, file->name);
    size_t at = 0;
    while (found && at < found->size && at < file->size && found->bytes[at] == file->bytes[at])
        at++;
    return !found ? "it is gone" : found->bytes + (at > 60 ? at - 60 : 0);
}

static void check_same_as_after(const point *p, const snapshot *now)
{
    for (int i = 0; i < p->after->n; i++) {
        const snapshot_file *file = &p->after->file[i];
        const size_t length = strlen(file->name);
        if (strstr(file->name, ".lock")) /* the number of a process */
            continue;
        if (p->operation->run == run_experiment && length > 4 && strcmp(file->name + length - 4, ".csv") == 0 &&
            strncmp(file->name, "results/", 8) == 0) {
            if (!snapshot_find(now, file->name) || !same_results(OUT(file->name), file))
                fail_at(p, "other results than without a fault");
        } else if (p->operation->shows_photos && p->kind == FAULT_SYSTEM_CALL && is_whole_page(now, file->name)) {
            continue;
        } else if (!snapshot_same_file(now, p->after, file->name)) {
            fail_at(p, "%s is not what it is without a fault: %.700s", file->name, first_difference(now, file));
        }
    }
    if (now->n != p->after->n)
        fail_at(p, "%d files instead of %d", now->n, p->after->n);
}

/* After a lasting fault in the middle of an exchange the old companions may wait under another name: then nothing is said about the
 * file, and nothing false. */
static bool is_silent(const point *p, const snapshot *now)
{
    bool waits = false;
    for (int i = 0; i < now->n; i++)
        waits |= is_temporary(now->file[i].name);
    for (int i = 0; i < p->before->n && waits; i++) {
        const char *name = p->before->file[i].name;
        const bool is_there = snapshot_find(now, name) != NULL;
        waits = !is_there || snapshot_same_file(now, p->before, name) || snapshot_same_file(now, p->after, name);
    }
    return waits && p->for_ever && p->kind == FAULT_SYSTEM_CALL;
}

static void check_whole(const point *p, const snapshot *now)
{
    if (p->operation->leaves == LEAVES_ONE) {
        if (!snapshot_same(now, p->before) && !snapshot_same(now, p->after) && !is_silent(p, now))
            fail_at(p, "the files are neither those of before nor those of after");
        return;
    }
    for (int i = 0; i < now->n; i++) {
        const char *name = now->file[i].name;
        if (!snapshot_same_file(now, p->before, name) && !snapshot_same_file(now, p->after, name))
            fail_at(p, "%s is neither that of before nor that of after", name);
    }
    for (int i = 0; i < p->before->n; i++)
        if (!snapshot_find(now, p->before->file[i].name))
            fail_at(p, "%s is gone", p->before->file[i].name);
}

static void check_goes_on(const point *p)
{
    snapshot now = {.n = 0};
    const pb_status status = p->operation->run();
    if (status != PB_STATUS_OK)
        fail_at(p, "the next run: %s: %s", pb_status_name(status), pb_error_message());
    snapshot_take(fault_output, &now);
    check_same_as_after(p, &now);
    snapshot_free(&now);
}

/* false: there is no n-th call. */
static bool try_point(const point *p)
{
    snapshot now = {.n = 0};
    snapshot_restore(fault_output, p->before);
    if (getenv("PB_FAULTS_TRACE"))
        fprintf(stderr, "%s %d %ld %d\n", p->operation->name, p->kind, p->at, p->for_ever);
    const size_t live = pb_memory_live_bytes();
    fault_arm(p->kind, p->at, p->for_ever);
    const pb_status status = p->operation->run();
    fault_disarm();
    if (pb_memory_live_bytes() != live)
        fail_at(p, "%zu bytes are left", pb_memory_live_bytes() - live);
    if (status != PB_STATUS_OK && !*pb_error_message())
        fail_at(p, "an error without a message");
    if (status == PB_STATUS_INTERNAL)
        fail_at(p, "an internal error: %s", pb_error_message());
    snapshot_take(fault_output, &now);
    if (status == PB_STATUS_OK)
        check_same_as_after(p, &now);
    else if (p->operation->leaves != LEAVES_WORK)
        check_whole(p, &now);
    else
        check_goes_on(p);
    snapshot_free(&now);
    return fault.struck;
}

/* ---- which n ---- */

static long count_calls(const operation *o, const snapshot *before, fault_kind kind)
{
    snapshot_restore(fault_output, before);
    fault_arm(kind, 0, false);
    assert_ok(o->run());
    return fault_disarm();
}

/* The next n to try: all, or the first few, the last, and some between. */
static long next_point(long at, long n, bool all)
{
    const long step = n / test_repeats(12, 24);
    return at < n && !all && at >= 4 && step > 1 ? (at + step < n ? at + step : n) : at + 1;
}

static void try_operation(int i, fault_kind kind)
{
    const operation *o = &operations[i];
    const char *asked = getenv("PB_FAULTS"), *only = getenv("PB_FAULTS_ONLY"); /* the name of one of them */
    if (only && strcmp(only, o->name) != 0)
        return;
    const bool all = asked && strcmp(asked, "all") == 0;
    const long n = count_calls(o, &old_state[i], kind);
    long tried = 0;
    for (int for_ever = 0; for_ever < 2; for_ever++)
        for (long at = 1; at <= n; at = next_point(at, n, all)) {
            const point p = {o, &old_state[i], &new_state[i], kind, at, for_ever == 1};
            if (!try_point(&p))
                break;
            tried++;
        }
    printf("%-10s %6ld %s, %ld faults\n", o->name, n, kind == FAULT_ALLOCATION ? "allocations" : "system calls", tried);
    assert_true(tried > 0);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int i = 0; i < N_OPERATIONS; i++)
        try_operation(i, FAULT_ALLOCATION);
}

static void every_system_call_may_fail(void **state)
{
    (void)state;
    for (int i = 0; i < N_OPERATIONS; i++)
        try_operation(i, FAULT_SYSTEM_CALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_system_call_may_fail),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
