/* The catalogue of methods: complete, without doubles, and open to methods of users. */
#include <pthread.h>
#include <string.h>

#include <purebank/audit.h>
#include <purebank/purify.h>

#include "base/options.h"
#include "support.h"

static void names_and_labels_are_unique(void **state)
{
    (void)state;
    for (pb_method_kind a = PB_METHOD_PURIFICATION; a <= PB_METHOD_ASSURANCE; a++)
        for (pb_method_kind b = PB_METHOD_PURIFICATION; b <= a; b++) {
            int64_t n_a, n_b;
            const pb_method *const *of_a = pb_methods(a, &n_a), *const *of_b = pb_methods(b, &n_b);
            for (int64_t i = 0; i < n_a; i++)
                for (int64_t j = 0; j < (a == b ? i : n_b); j++) {
                    const pb_method *x = of_a[i], *y = of_b[j];
                    const bool both_assurance = a == PB_METHOD_ASSURANCE && b == PB_METHOD_ASSURANCE;
                    if (a == b || (a != PB_METHOD_ASSURANCE && b != PB_METHOD_ASSURANCE))
                        assert_string_not_equal(x->name, y->name);
                    if (both_assurance || (a != PB_METHOD_ASSURANCE && b != PB_METHOD_ASSURANCE))
                        assert_string_not_equal(x->label, y->label);
                    else if (strcmp(x->name, y->name) == 0) /* a name of both means the same */
                        assert_string_equal(x->label, y->label);
                }
        }
}

static void rows_are_whole(void **state)
{
    (void)state;
    for (pb_method_kind kind = PB_METHOD_PURIFICATION; kind <= PB_METHOD_ASSURANCE; kind++) {
        int64_t n;
        const pb_method *const *methods = pb_methods(kind, &n);
        assert_true(n > 0);
        for (int64_t i = 0; i < n; i++) {
            const pb_method *method = methods[i];
            const bool multiplies = (method->takes & PB_TAKES_MULTIPLIER) != 0;
            assert_true(method->size == sizeof *method && method->kind == kind);
            assert_true(strlen(method->name) > 0 && strlen(method->label) > 0 && strlen(method->summary) > 0);
            assert_ptr_equal(pb_method_find(kind, method->name), method);
            assert_true(multiplies == (method->multiplier > 0));
            assert_true(multiplies || method->n_published_multipliers == 0);
            assert_true(method->n_published_multipliers > 0 || !multiplies || !method->place[PB_LIST_IMAGE_LEVEL]);
            assert_true(!multiplies || kind == PB_METHOD_AUDIT);
            assert_true(!method->audit_rule || pb_method_find(PB_METHOD_AUDIT, method->audit_rule));
        }
    }
    assert_null(pb_method_find(PB_METHOD_PURIFICATION, "imgmax_mad"));
    assert_null(pb_method_of_results("no_such_method"));
    assert_int_equal(pb_method_of_results("base_knn")->kind, PB_METHOD_ASSURANCE);
    assert_int_equal(pb_method_of_results("imgmax_known_c")->kind, PB_METHOD_AUDIT);
}

/* As the studies list them. */
static void lists_have_their_order(void **state)
{
    (void)state;
    static const struct {
        pb_method_list list;
        const char *names;
    } lists[] = {
        {PB_LIST_FAST, "none,loo_patch,"},
        {PB_LIST_CORE, "none,cosine_loo,loo_patch,mahalanobis_patch,ensemble_loo_mahal,random_patch,oracle_patch,"},
        {PB_LIST_EXTENDED, "none,cosine_loo,loo_patch,mahalanobis_patch,ensemble_loo_mahal,random_patch,oracle_patch,"
                           "image_level_loo,global_iforest,adaptive_loo_patch,pca_patch,"},
        {PB_LIST_FEW_REFERENCES, "none,loo_patch,mahalanobis_patch,ensemble_loo_mahal,"},
        {PB_LIST_PERCENTILE, "none,ensemble_loo_mahal,"},
        {PB_LIST_PIXEL, "none,ensemble_loo_mahal,oracle_patch,"},
        {PB_LIST_IMAGE_LEVEL, "none,ensemble_loo_mahal,oracle_patch,imgmax_mad,image_mad,imgq99_mad,imgt5_mad,"
                              "imgmax_known_c,image_known_c,imgq99_known_c,imgt5_known_c,"},
        {PB_LIST_ASSURANCE, "none,audit_remove,audit_recapture,oracle_remove,base_knn,base_lof,base_iforest,"},
        {PB_LIST_RANKING, "none,random_patch,lof_patch,loo_patch,cosine_loo,mahalanobis_patch,ensemble_loo_mahal,"},
        {PB_LIST_FIGURES, "none,ensemble_loo_mahal,loo_patch,mahalanobis_patch,cosine_loo,lof_patch,random_patch,"
                          "imgmax_mad,audit_remove,audit_recapture,oracle_patch,oracle_remove,"},
    };
    assert_int_equal(sizeof lists / sizeof *lists, PB_N_METHOD_LISTS);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        const pb_method *methods[64];
        char names[1024] = "";
        const int64_t n = pb_methods_listed(lists[l].list, methods, 64);
        assert_int_equal(pb_methods_listed(lists[l].list, NULL, 0), n);
        for (int64_t i = 0; i < n; i++)
            strcat(strcat(names, methods[i]->name), ",");
        assert_string_equal(names, lists[l].names);
    }
}

#define assert_fails(expression, expected, part)                                                                       \
    do {                                                                                                               \
        assert_status(expression, expected);                                                                           \
        assert_non_null(strstr(pb_error_message(), part));                                                             \
    } while (0)

/* ---- Methods of users --------------------------------------------------------------------------------------------- */

typedef struct counted_calls {
    int n;
    pb_status answer;
} counted_calls;

static pb_status remove_first_image(void *context, pb_references *references, const pb_purify_options *options,
                                    pb_patch_mask *mask)
{
    (void)references;
    (void)options;
    counted_calls *calls = context;
    calls->n++;
    for (int64_t p = 0; p < mask->n_patches; p++)
        mask->keep[p] = 0;
    mask->keep[mask->n_patches] = 200; /* what is not 0 stays */
    return calls->answer;
}

static pb_references *some_references(float *values, pb_features **features)
{
    enum { IMAGES = 3, SIDE = 2, DIM = 2 };
    pb_references *references;
    test_rng rng = {5};
    for (int i = 0; i < IMAGES * SIDE * SIDE * DIM; i++)
        values[i] = (float)test_rng_normal(&rng);
    assert_ok(pb_features_borrow(values, IMAGES, SIDE, SIDE, DIM, features));
    assert_ok(pb_references_new(*features, 2, NULL, &references));
    return references;
}

static void a_registered_method_is_a_method(void **state)
{
    (void)state;
    static counted_calls calls; /* methods are registered for good */
    const pb_method mine = {.size = sizeof mine,
                            .name = "first_image",
                            .label = "first",
                            .summary = "remove the first image",
                            .needs = PB_NEEDS_TRUTH,
                            .takes = PB_TAKES_SEED};
    int64_t n_before, n_after;
    const pb_method *found = NULL;
    pb_purify_methods(&n_before);
    assert_ok(pb_purify_register(&mine, remove_first_image, &calls));
    const pb_method *const *methods = pb_purify_methods(&n_after);
    assert_int_equal(n_after, n_before + 1);
    assert_ok(pb_purify_method_find("first_image", &found));
    assert_ptr_equal(found, methods[n_before]);
    assert_ptr_equal(pb_method_of_results("first_image"), found);
    assert_string_equal(found->label, "first");
    assert_true(found->name != mine.name && pb_method_is_told(found) && found->takes == PB_TAKES_SEED);

    float values[24];
    pb_features *features;
    pb_references *references = some_references(values, &features);
    pb_patch_mask mask;
    const pb_purify_options options = {.size = sizeof options, .percentile = 95};
    assert_ok(pb_purify(references, "first_image", &options, &mask));
    assert_int_equal(calls.n, 1);
    assert_int_equal(pb_patch_mask_count(&mask), 8);
    assert_int_equal(mask.keep[4], 1);
    pb_patch_mask_free(&mask);
    calls.answer = PB_STATUS_BAD_VALUE;
    assert_fails(pb_purify(references, "first_image", &options, &mask), PB_STATUS_BAD_VALUE, "first_image failed");
    pb_references_free(references);
    pb_features_free(features);
}

static void what_cannot_be_registered_is_refused(void **state)
{
    (void)state;
    static counted_calls calls;
    const pb_method good = {.size = sizeof good, .name = "another", .label = "another", .summary = "does things"};
    pb_method bad = good;
    bad.name = "loo_patch";
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "already");
    bad.name = "imgmax_mad";
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "already");
    bad.name = "With Spaces";
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "a-z");
    bad.name = "a_name_that_is_longer_than_a_bank_can_have_it";
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "longer");
    bad = good;
    bad.label = "LOO";
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "label \"LOO\"");
    bad = good;
    bad.summary = NULL;
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "summary");
    bad = good;
    bad.size = 0;
    assert_fails(pb_purify_register(&bad, remove_first_image, &calls), PB_STATUS_BAD_ARGUMENT, "size");
    assert_fails(pb_purify_register(&good, NULL, NULL), PB_STATUS_BAD_ARGUMENT, "function");
    assert_null(pb_method_of_results("another"));
}

static void *register_some(void *name)
{
    static counted_calls calls;
    for (int i = 0; i < 4; i++) {
        char own[32];
        snprintf(own, sizeof own, "%s_%d", (const char *)name, i);
        const pb_method method = {.size = sizeof method, .name = own, .summary = "one of many"};
        if (pb_purify_register(&method, remove_first_image, &calls) != PB_STATUS_OK)
            return name;
        for (int64_t n = 0, m = 0; m == 0 || m < n; m++) /* while others add to it */
            if (!pb_purify_methods(&n)[m]->name[0])
                return name;
    }
    return NULL;
}

static void threads_register_at_once(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    static char names[THREADS][8];
    pthread_t thread[THREADS];
    int64_t n_before, n_after;
    pb_purify_methods(&n_before);
    for (int t = 0; t < THREADS; t++) {
        snprintf(names[t], sizeof names[t], "t%d", t);
        assert_int_equal(pthread_create(&thread[t], NULL, register_some, names[t]), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        void *failed;
        assert_int_equal(pthread_join(thread[t], &failed), 0);
        assert_null(failed);
    }
    pb_purify_methods(&n_after);
    assert_int_equal(n_after, n_before + 4 * THREADS);
}

/* ---- Options ------------------------------------------------------------------------------------------------------ */

typedef struct sample_options {
    size_t size;
    int64_t first, second;
} sample_options;

static const sample_options sample_defaults = {sizeof sample_defaults, 1, 2};

static void options_of_any_version_are_read(void **state)
{
    (void)state;
    struct {
        sample_options known;
        int64_t third;
    } newer = {{sizeof newer, 10, 20}, 0};
    const sample_options older = {offsetof(sample_options, second), 10, 99};
    sample_options out;
    assert_ok(PB_OPTIONS_READ(sample_options, NULL, &sample_defaults, &out));
    assert_memory_equal(&out, &sample_defaults, sizeof out);
    assert_ok(PB_OPTIONS_READ(sample_options, &older, &sample_defaults, &out));
    assert_true(out.size == sizeof out && out.first == 10 && out.second == 2);
    assert_ok(PB_OPTIONS_READ(sample_options, &newer.known, &sample_defaults, &out));
    assert_true(out.size == sizeof out && out.first == 10 && out.second == 20);
    newer.third = 1;
    assert_fails(PB_OPTIONS_READ(sample_options, &newer.known, &sample_defaults, &out), PB_STATUS_UNSUPPORTED,
                 "newer version");
}

static void options_without_a_size_are_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, sizeof(size_t) - 1, 1 << 20, (size_t)-1};
    sample_options out;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const sample_options wrong = {sizes[i], 10, 20};
        assert_fails(PB_OPTIONS_READ(sample_options, &wrong, &sample_defaults, &out), PB_STATUS_BAD_ARGUMENT,
                     "member size of sample_options");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_labels_are_unique),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(lists_have_their_order),
        cmocka_unit_test(a_registered_method_is_a_method),
        cmocka_unit_test(what_cannot_be_registered_is_refused),
        cmocka_unit_test(threads_register_at_once),
        cmocka_unit_test(options_of_any_version_are_read),
        cmocka_unit_test(options_without_a_size_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
