/* What is concluded from a study: which categories count, in which order means are taken, and the published figures. */
#include "study_files.h"

#include <math.h>

#include <purebank/stats.h>

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static pb_study *read_study(const char *name, pb_study_setups setups)
{
    const char *path = study_path(name);
    pb_study *study = NULL;
    assert_ok(pb_study_read(&path, 1, setups, &study));
    return study;
}

static const pb_study_comparison *find(const pb_study_comparisons *all, const char *method)
{
    for (int64_t i = 0; i < all->n; i++)
        if (strcmp(all->comparison[i].method, method) == 0)
            return &all->comparison[i];
    fail_msg("%s is not compared", method);
    return NULL;
}

/* ---- The published figures ---------------------------------------------------------------------------------------- */

enum { CATEGORIES = 35, SEEDS = 5 };

static void dataset_name(int i, char out[32])
{
    const char *benchmark = i < 15 ? "mvtec_AD" : i < 27 ? "VisA" : i < 32 ? "mvtec_loco_AD" : "btad";
    snprintf(out, 32, "%s/c%02d", benchmark, i);
}

/* Numbers around 0 that sum up to 0 exactly: over the categories and, in each, over the seeds. */
static double scatter(int category, int seed, int salt)
{
    const int half = CATEGORIES / 2;
    const int place = (category * (3 + salt) + salt) % CATEGORIES -
                      half; /* -17..17, each once: 3 + salt and 35 have no common factor */
    return 0.002 * place + 0.003 * (seed - SEEDS / 2) * (1 + (category + salt) % 3);
}

typedef struct published_cell {
    const char *setup, *method, *k;
    double contamination;
    int limit;
    double mean;
} published_cell;

/* The second study's figures (method.md#published): 35 categories, DINOv3. */
static const published_cell published[] = {
    {"shared", "none", "0.0", 0, 10, .8573},
    {"shared", "none", "0.0", .3, 10, .8105},
    {"shared", "ensemble_loo_mahal", "0.0", .3, 10, .8344},
    {"shared", "imgmax_mad", "1.5", .3, 10, .8308},
    {"shared", "oracle_patch", "0.0", .3, 10, .8502},
    {"disjoint", "none", "0.0", 0, 10, .8591},
    {"disjoint", "none", "0.0", .3, 10, .8415},
    {"disjoint", "ensemble_loo_mahal", "0.0", .3, 10, .8406},
    {"disjoint", "imgmax_mad", "1.0", .3, 10, .8489},
    {"disjoint", "imgmax_mad", "1.5", .3, 10, .8480},
    {"disjoint", "imgmax_mad", "2.0", .3, 10, .8457},
    {"disjoint", "audit_recapture", "0.0", .3, 10, .8517},
    {"disjoint", "oracle_patch", "0.0", .3, 10, .8518},
    {"disjoint", "none", "0.0", 0, 20, .8704},
    {"disjoint", "none", "0.0", .3, 20, .8498},
    {"disjoint", "imgmax_mad", "1.5", .3, 20, .8582},
    {"disjoint", "oracle_patch", "0.0", .3, 20, .8648},
};

enum { N_PUBLISHED = sizeof published / sizeof *published };

/* With 4 decimals or all of them, as published files have. */
static void write_published(void)
{
    static const int salts[] = {1, 3, 5, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 23, 24, 26, 28};
    FILE *file = fopen(study_path("results.csv"), "w");
    assert_non_null(file);
    fprintf(file, "timestamp;dataset;setup;config;method;param_k;contamination_rate;seed;train_limit;knn_k;img_auroc;"
                  "elapsed_s\r\n");
    for (int p = 0; p < N_PUBLISHED; p++)
        for (int c = 0; c < CATEGORIES; c++)
            for (int s = 0; s < SEEDS; s++) {
                char dataset[32];
                dataset_name(c, dataset);
                fprintf(file,
                        p % 2 ? "t;%s;%s;x;%s;%s;%.1f;%d;%d;5;%.4f;1\r\n" : "t;%s;%s;x;%s;%s;%.1f;%d;%d;5;%.17g;1\r\n",
                        dataset, published[p].setup, published[p].method, published[p].k, published[p].contamination, s,
                        published[p].limit, published[p].mean + scatter(c, s, salts[p]));
            }
    assert_int_equal(fclose(file), 0);
}

static void published_means_come_back(void **state)
{
    (void)state;
    write_published();
    pb_study *study = read_study("results.csv", PB_STUDY_BOTH_SETUPS);
    for (int p = 0; p < N_PUBLISHED; p++) {
        const int64_t limit = published[p].limit;
        const pb_study_slice slice = {.setup = *published[p].setup == 's' ? PB_SETUP_SHARED : PB_SETUP_DISJOINT,
                                      .contamination = published[p].contamination,
                                      .limits = &limit,
                                      .n_limits = 1};
        char method[64];
        snprintf(method, sizeof method, "%s%s%s", published[p].method, *published[p].k != '0' ? " k" : "",
                 *published[p].k != '0' ? published[p].k : "");
        pb_study_summary summary;
        assert_ok(pb_study_summarise(study, &slice, NULL, 0, method, PB_MEASURE_AUROC, &summary));
        assert_int_equal(summary.n, CATEGORIES);
        assert_int_equal(summary.n_seeds, SEEDS);
        assert_near(summary.mean, published[p].mean, 1e-12);
        assert_near(summary.sd_categories, 0.002 * sqrt(CATEGORIES * (CATEGORIES + 1) / 12.0), 1e-9);
    }
    pb_study_free(study);
}

/* What the second study concludes: shared 51 % by patches; disjoint -5 % by patches, 37 % by removal, 58 % by recapture. */
static void published_conclusions_come_back(void **state)
{
    (void)state;
    static const int64_t ten[] = {10}, twenty[] = {20}, both[] = {10, 20};
    pb_study *study = read_study("results.csv", PB_STUDY_BOTH_SETUPS);
    pb_study_question question = {
        .size = sizeof question,
        .slice = {.setup = PB_SETUP_SHARED, .contamination = .3, .limits = ten, .n_limits = 1}};
    pb_study_comparisons all;
    assert_ok(pb_study_compare(study, &question, &all));
    assert_near(find(&all, "ensemble_loo_mahal")->effect.recovery, (.8344 - .8105) / (.8573 - .8105), 1e-9); /* 51 % */
    assert_near(find(&all, "ensemble_loo_mahal")->effect.recovery, .51, .005);
    pb_study_comparisons_free(&all);
    question.slice.setup = PB_SETUP_DISJOINT;
    assert_ok(pb_study_compare(study, &question, &all));
    assert_int_equal(all.n, 6);
    assert_near(find(&all, "ensemble_loo_mahal")->effect.recovery, -.05, .005);
    assert_near(find(&all, "imgmax_mad k1.5")->effect.recovery, .37, .005);
    assert_near(find(&all, "audit_recapture")->effect.recovery, .58, .005);
    assert_near(find(&all, "imgmax_mad k1.0")->effect.gain, .0074, 1e-9);
    assert_near(find(&all, "imgmax_mad k1.0")->effect.clean, .8591, 1e-9);
    assert_true(isnan(find(&all, "imgmax_mad k1.0")->effect.clean_penalty)); /* no rows at c = 0 */
    assert_true(find(&all, "imgmax_mad k2.0")->in_family);
    assert_false(find(&all, "oracle_patch")->in_family);
    assert_true(isnan(find(&all, "oracle_patch")->p_holm));
    pb_study_comparisons_free(&all);
    question.slice.limits = twenty;
    assert_ok(pb_study_compare(study, &question, &all));
    assert_int_equal(all.n, 2); /* no other has N = 20 */
    assert_near(find(&all, "imgmax_mad k1.5")->effect.mean, .8582, 1e-9);
    pb_study_comparisons_free(&all);
    question.slice.limits = both;
    question.slice.n_limits = 2;
    question.exclude_loco = true;
    assert_ok(pb_study_compare(study, &question, &all));
    assert_int_equal(find(&all, "imgmax_mad k1.5")->effect.n, 30);
    assert_true(find(&all, "imgmax_mad k1.5")->n_excluded == 0);
    pb_study_comparisons_free(&all);
    pb_study_free(study);
}

/* ---- Which categories count --------------------------------------------------------------------------------------- */

#define HEADER "dataset;purification_method;contamination_rate;train_limit;seed;img_auroc;x\n"

static void incomplete_categories_are_named(void **state)
{
    (void)state;
    study_write("results_v2.csv", HEADER "a;none;.3;10;0;.6;\na;loo_patch;.3;10;0;.7;\na;cosine_loo;.3;10;0;.8;\n"
                                         "b;none;.3;10;0;.6;\nb;loo_patch;.3;10;0;.7;\n"
                                         "c;none;.3;10;0;.6;\nc;none;.3;10;1;.6;\nc;loo_patch;.3;10;0;.5;\n"
                                         "c;loo_patch;.3;10;1;.5;\nc;cosine_loo;.3;10;1;.9;\n"
                                         "d;none;0;10;0;.6;\n"
                                         "a;none;0;10;0;.9;\na;loo_patch;0;10;0;.85;\nb;none;0;10;0;.8;\n"
                                         "a;oracle_patch;.3;10;0;.9;\n");
    pb_study *study = read_study("results_v2.csv", PB_STUDY_ONE_SETUP);
    const pb_study_question question = {.size = sizeof question,
                                        .slice = {.setup = PB_SETUP_SHARED, .contamination = .3}};
    pb_study_ranking ranking;
    assert_ok(pb_study_rank(study, &question, &ranking));
    assert_int_equal(ranking.n, 1);
    assert_int_equal(ranking.k, 3);
    assert_string_equal(ranking.datasets[0], "a");
    assert_string_equal(ranking.methods[2], "cosine_loo");
    assert_near(ranking.mean_ranks[2], 1, 0);
    assert_near(ranking.friedman.chi2, 2, 1e-12);
    assert_int_equal(ranking.n_excluded, 2); /* d has nothing at c = .3: it is no part of the question */
    assert_string_equal(ranking.excluded[0].dataset, "b");
    assert_string_equal(ranking.excluded[0].method, "cosine_loo");
    assert_int_equal(ranking.excluded[0].n_seeds, 0);
    assert_string_equal(ranking.excluded[1].dataset, "c");
    assert_int_equal(ranking.excluded[1].n_seeds, 1);
    assert_int_equal(ranking.excluded[1].n_other, 2);
    pb_study_ranking_free(&ranking);

    pb_study_comparisons all;
    assert_ok(pb_study_compare(study, &question, &all));
    const pb_study_comparison *loo = find(&all, "loo_patch"), *cosine = find(&all, "cosine_loo");
    assert_int_equal(loo->effect.n, 3);
    assert_int_equal(loo->n_excluded, 0);
    assert_int_equal(loo->effect.wins, 2);
    assert_int_equal(loo->effect.losses, 1);
    assert_near(loo->effect.gain, .1 / 3, 1e-12);
    assert_int_equal(loo->effect.n_clean, 2);
    assert_near(loo->effect.recovery, .1 / .25, 1e-12); /* of a and b: .7 of .6 to .85 */
    assert_true(isnan(loo->effect.clean_penalty));      /* b lacks it */
    assert_int_equal(cosine->effect.n, 1);
    assert_near(cosine->ci_low, .2, 1e-12);
    assert_int_equal(cosine->n_excluded, 2);
    pb_study_comparisons_free(&all);
    pb_study_free(study);
}

/* Where contaminated banks are no worse, a method that loses most would have "recovered" most. */
static void without_damage_nothing_is_recovered(void **state)
{
    (void)state;
    FILE *file = fopen(study_path("harmless.csv"), "w");
    assert_non_null(file);
    fprintf(file,
            HEADER "a;none;0;10;0;.8;\na;none;.3;10;0;.81;\na;loo_patch;.3;10;0;.79;\na;pca_patch;.3;10;0;.82;\n");
    fclose(file);
    pb_study *study = read_study("harmless.csv", PB_STUDY_SHARED_ONLY);
    const pb_study_question question = {.size = sizeof question,
                                        .slice = {.setup = PB_SETUP_SHARED, .contamination = .3}};
    pb_study_comparisons all;
    assert_ok(pb_study_compare(study, &question, &all));
    assert_near(find(&all, "loo_patch")->effect.clean, .8, 1e-12);
    assert_true(isnan(find(&all, "loo_patch")->effect.recovery));
    assert_true(isnan(find(&all, "pca_patch")->effect.recovery));
    pb_study_comparisons_free(&all);
    pb_study_free(study);

    assert_near(pb_study_recovery(.85, .8, .9), .5, 1e-12);
    assert_near(pb_study_recovery(.75, .8, .9), -.5, 1e-12);
    assert_true(isnan(pb_study_recovery(.9, .8, .8)));
    assert_true(isnan(pb_study_recovery(.9, .8, (double)NAN)));
}

static void questions_without_an_answer_are_refused(void **state)
{
    (void)state;
    static const char *const two[] = {"loo_patch", "pca_patch"};
    pb_study *study = read_study("results_v2.csv", PB_STUDY_ONE_SETUP);
    pb_study_question question = {.size = sizeof question, .slice = {.setup = PB_SETUP_SHARED, .contamination = .1}};
    pb_study_ranking ranking;
    pb_study_comparisons all;
    assert_status(pb_study_rank(study, &question, &ranking), PB_STATUS_MISMATCH);
    assert_message("no method has results with setup shared and c 0.1");
    assert_status(pb_study_compare(study, &question, &all), PB_STATUS_MISMATCH);
    assert_message("nothing to compare with none (setup shared, c 0.1)");
    question.slice.contamination = .3;
    question.methods = two;
    question.n_methods = 2;
    assert_status(pb_study_rank(study, &question, &ranking), PB_STATUS_MISMATCH);
    assert_message("no category has all 2 methods");
    assert_status(pb_study_compare(study, &question, &all), PB_STATUS_MISMATCH);
    assert_message("no category has both pca_patch and none");
    question.n_methods = 1;
    assert_status(pb_study_rank(study, &question, &ranking), PB_STATUS_MISMATCH);
    assert_message("only one method");
    pb_study_free(study);
}

/* The order of the rows in the file does not show. */
static void equal_results_tie_exactly(void **state)
{
    (void)state;
    FILE *file = fopen(study_path("ties.csv"), "w");
    assert_non_null(file);
    fprintf(file, HEADER);
    for (int c = 0; c < 20; c++)
        for (int s = 0; s < 5; s++) {
            fprintf(file, "d%02d;none;.3;10;%d;%.4f;\n", c, s, .5 + .0371 * s + .01 * c);
            fprintf(file, "d%02d;loo_patch;.3;10;%d;%.4f;\n", c, s, .5 + .0371 * (4 - s) + .01 * c);
            fprintf(file, "d%02d;cosine_loo;.3;10;%d;%.4f;\n", c, s, .5 + .0371 * ((s + 2) % 5) + .01 * c);
        }
    fclose(file);
    pb_study *study = read_study("ties.csv", PB_STUDY_SHARED_ONLY);
    const pb_study_question question = {.size = sizeof question,
                                        .slice = {.setup = PB_SETUP_SHARED, .contamination = .3}};
    pb_study_ranking ranking;
    pb_study_comparisons all;
    assert_ok(pb_study_rank(study, &question, &ranking));
    assert_true(isnan(ranking.friedman.chi2));
    assert_true(isnan(ranking.friedman.p));
    for (int j = 0; j < 3; j++)
        assert_near(ranking.mean_ranks[j], 2, 0);
    assert_ok(pb_study_compare(study, &question, &all));
    assert_int_equal(find(&all, "loo_patch")->wilcoxon.n_zeros, 20);
    assert_true(isnan(find(&all, "loo_patch")->wilcoxon.p));
    assert_int_equal(find(&all, "loo_patch")->effect.ties, 20);
    assert_near(find(&all, "loo_patch")->delta, 0, 0);
    pb_study_ranking_free(&ranking);
    pb_study_comparisons_free(&all);
    pb_study_free(study);
}

/* Differences that are equal as decimals, as seven times .0500 and twice -.0500, are not as doubles; and the sums of the same
 * values with 4 decimals in another order are equal. The expected W and p are SciPy's of whole numbers. */
static void equal_decimals_tie(void **state)
{
    (void)state;
    static const int first[] = {5013, 6127, 7001, 8111, 9007, 5555, 6481, 7333, 8999};
    FILE *file = fopen(study_path("decimals.csv"), "w");
    assert_non_null(file);
    fprintf(file, HEADER);
    for (int c = 0; c < 9; c++) {
        fprintf(file, "d%d;none;.3;10;0;%.4f;\n", c, first[c] / 1e4);
        fprintf(file, "d%d;loo_patch;.3;10;0;%.4f;\n", c, (first[c] + (c < 7 ? 500 : -500)) / 1e4);
        fprintf(file, "d%d;cosine_loo;.3;10;0;%.4f;\n", c, (first[c] + (c < 7 ? 10 : -10)) / 1e4);
    }
    fclose(file);
    pb_study *study = read_study("decimals.csv", PB_STUDY_SHARED_ONLY);
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    pb_study_comparisons all;
    question.slice = (pb_study_slice){.setup = PB_SETUP_SHARED, .contamination = .3};
    assert_ok(pb_study_compare(study, &question, &all));
    assert_near(find(&all, "loo_patch")->wilcoxon.w, 10, 0);
    assert_near(find(&all, "loo_patch")->wilcoxon.p, 0.1796875, 0);
    assert_int_equal(find(&all, "loo_patch")->effect.wins, 7);
    assert_int_equal(find(&all, "cosine_loo")->effect.ties, 9); /* within .001 is a tie, and so is .001 */
    pb_study_comparisons_free(&all);
    pb_study_free(study);
}

/* One policy counts a category with fewer seeds of the method, the other leaves it out. */
static void the_policy_says_which_categories_count(void **state)
{
    (void)state;
    FILE *file = fopen(study_path("policy.csv"), "w");
    assert_non_null(file);
    fprintf(file, HEADER "a;none;.3;10;0;.5;\na;none;.3;10;1;.5;\na;loo_patch;.3;10;0;.6;\na;loo_patch;.3;10;1;.6;\n"
                         "b;none;.3;10;0;.5;\nb;none;.3;10;1;.5;\nb;loo_patch;.3;10;0;.9;\n"
                         "a;none;0;10;0;.7;\na;loo_patch;0;10;0;.68;\n");
    fclose(file);
    pb_study *study = read_study("policy.csv", PB_STUDY_SHARED_ONLY);
    pb_effect_policy policy = PB_EFFECT_POLICY_INIT;
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    pb_effect effect;
    question.slice = (pb_study_slice){.setup = PB_SETUP_SHARED, .contamination = .3};
    question.policy = &policy;
    assert_ok(pb_study_effect(study, &question, "loo_patch", &effect));
    assert_int_equal(effect.n, 1);
    assert_near(effect.gain, .1, 1e-12);
    policy.categories = PB_EFFECT_ANY_SEEDS;
    policy.tie = .2;
    assert_ok(pb_study_effect(study, &question, "loo_patch", &effect));
    assert_int_equal(effect.n, 2);
    assert_near(effect.gain, .25, 1e-12);
    assert_int_equal(effect.wins, 1);
    assert_int_equal(effect.ties, 1);
    assert_int_equal(effect.n_clean, 1);
    assert_near(effect.clean_penalty, .02, 1e-12);
    assert_near(effect.recovery, .5, 1e-12); /* of a alone: .6 of .5 to .7 */
    policy.tie = (double)NAN;
    assert_status(pb_study_effect(study, &question, "loo_patch", &effect), PB_STATUS_BAD_ARGUMENT);
    pb_study_free(study);
}

static void ties_are_told_by_decimals(void **state)
{
    (void)state;
    const pb_effect_policy strict = {.size = sizeof strict, .tie = 0};
    assert_int_equal(pb_effect_sign(0.851 - 0.85, NULL), 0); /* in binary a little more than .001 */
    assert_int_equal(pb_effect_sign(0.85 - 0.851, NULL), 0);
    assert_int_equal(pb_effect_sign(0.0011, NULL), 1);
    assert_int_equal(pb_effect_sign(-0.0011, NULL), -1);
    assert_int_equal(pb_effect_sign(0.0001, &strict), 1);
    assert_int_equal(pb_effect_sign(0, &strict), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_means_come_back),
        cmocka_unit_test(published_conclusions_come_back),
        cmocka_unit_test(incomplete_categories_are_named),
        cmocka_unit_test(questions_without_an_answer_are_refused),
        cmocka_unit_test(equal_results_tie_exactly),
        cmocka_unit_test(equal_decimals_tie),
        cmocka_unit_test(the_policy_says_which_categories_count),
        cmocka_unit_test(without_damage_nothing_is_recovered),
        cmocka_unit_test(ties_are_told_by_decimals),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, study_make_folder, study_remove_folder);
}
