/* What verdicts are worth: false alarms and caught defects by what becomes of flagged references, whether the stated interval of the
 * false-alarm rate holds, and what verified good parts win. One CSV row a bank; bench/verdict_tables.py makes the tables.
 *
 *   build/release/bench/study_verdicts DRAWS RULE SET... >verdicts.csv
 *
 * Each SET is a folder in MVTec layout. A draw takes 10 references from its good photos (train and test), for c .3 with 3 of them
 * replaced by defects, which are not tested. RULE is the audit's. The threshold is for 1 %; built-in features. Treatments: `keep` the
 * flagged references; `narrow`: they leave, and the threshold rests on the others; `wide`: they leave, and it rests on all; `review`: a
 * person looks at those flagged, and takes out the bad ones; `calibrate`: as keep, with the threshold from 40 verified good parts. */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench.h"
#include "bench_features.h"

enum { N = 10, N_BAD = 3, K = 5, MAX_GOOD = 80, MAX_BAD = 48, N_CALIBRATE = 40 };
static const double RATE = 0.01, CONFIDENCE = 0.9;

typedef struct image_set {
    const char *name;
    int64_t n_good, n_bad;
    pb_features *features; /* good ones, then bad ones */
} image_set;

/* Image i of a draw is image[i] of the set. */
typedef struct draw {
    int64_t image[N];
    bool used[MAX_GOOD + MAX_BAD];
} draw;

static pb_status collect_kinds(const char *root, pb_paths *out)
{
    char test[4096];
    static char folders[32][4096];
    const char *names[32];
    int n = 0;
    snprintf(test, sizeof test, "%s/test", root);
    DIR *dir = opendir(test);
    if (!dir)
        return pb_fail(PB_STATUS_IO, "cannot open %s", test);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL && n < 32;) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "good") == 0)
            continue;
        snprintf(folders[n], sizeof folders[n], "%.3000s/%.255s", test, entry->d_name);
        names[n] = folders[n];
        n++;
    }
    closedir(dir);
    return pb_paths_collect(names, n, out);
}

/* At most `max` of the paths, evenly spread. */
static int64_t choose(const pb_paths *paths, int64_t max, const char **out)
{
    const int64_t n = paths->n < max ? paths->n : max;
    for (int64_t i = 0; i < n; i++)
        out[i] = paths->path[i * paths->n / n];
    return n;
}

static pb_status load(const char *root, pb_backbone *backbone, image_set *out)
{
    char train[4096], test[4096];
    const char *folders[] = {train, test}, *paths[MAX_GOOD + MAX_BAD];
    pb_paths good = {0}, bad = {0};
    snprintf(train, sizeof train, "%s/train/good", root);
    snprintf(test, sizeof test, "%s/test/good", root);
    PB_TRY(pb_paths_collect(folders, 2, &good));
    PB_TRY(collect_kinds(root, &bad));
    out->name = strrchr(root, '/') ? strrchr(root, '/') + 1 : root;
    out->n_good = choose(&good, MAX_GOOD, paths);
    out->n_bad = choose(&bad, MAX_BAD, paths + out->n_good);
    const pb_status status = pb_backbone_extract_files(backbone, paths, out->n_good + out->n_bad, NULL, &out->features);
    pb_paths_free(&good);
    pb_paths_free(&bad);
    return status;
}

/* `count` of [first, first + n), none twice. */
static void draw_some(int64_t first, int64_t n, int64_t count, uint64_t *state, int64_t *out)
{
    int64_t order[MAX_GOOD + MAX_BAD] = {0};
    for (int64_t i = 0; i < n; i++)
        order[i] = first + i;
    for (int64_t i = 0; i < count && i < n; i++) {
        const int64_t j = i + (int64_t)(bench_random(state) % (uint64_t)(n - i)), t = order[i];
        order[i] = order[j];
        order[j] = t;
        out[i] = order[i];
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_row(const image_set *set, const draw *drawn, double c, const char *treatment, int d,
                      const pb_bank *bank, const pb_threshold *threshold, const double *scores, const bool *leave_out)
{
    double loo[N], bound = (double)NAN;
    int64_t n_loo = 0, n[2] = {0}, above[2] = {0}, flagged = 0, hits = 0;
    for (int64_t i = 0; i < N; i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        flagged += reference->flagged;
        hits += reference->flagged && drawn->image[i] >= set->n_good;
        if (!isnan(reference->loo_score))
            loo[n_loo++] = reference->loo_score;
    }
    qsort(loo, (size_t)n_loo, sizeof *loo, by_value);
    for (int64_t i = 0; i < set->n_good + set->n_bad; i++) {
        if (drawn->used[i] || (leave_out && leave_out[i]))
            continue;
        n[i >= set->n_good]++;
        above[i >= set->n_good] += scores[i] > threshold->value;
    }
    (void)pb_threshold_rate_bound(threshold, CONFIDENCE, &bound);
    printf("%s,%g,%s,%d,%.9g,%s,%.9g,%.9g,%.6g,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
           "\n",
           set->name, c, treatment, d, threshold->value, pb_threshold_method_name(threshold->method), loo[n_loo - 1],
           loo[n_loo / 2], bound, flagged, hits, n[0], above[0], n[1], above[1]);
}

/* Verified good parts: the first of those that are left over. */
static pb_status calibrate(const image_set *set, const draw *drawn, double c, int d, const pb_bank *bank,
                           const double *scores)
{
    double known[N_CALIBRATE];
    bool leave_out[MAX_GOOD + MAX_BAD] = {false};
    int64_t n = 0;
    uint64_t state = (uint64_t)d + 1000;
    int64_t order[MAX_GOOD];
    draw_some(0, set->n_good, set->n_good, &state, order);
    for (int64_t i = 0; i < set->n_good && n < N_CALIBRATE; i++)
        if (!drawn->used[order[i]]) {
            leave_out[order[i]] = true;
            known[n++] = scores[order[i]];
        }
    pb_threshold threshold;
    PB_TRY(pb_threshold_fit(known, n, 1.0 / (N_CALIBRATE + 1), &threshold));
    print_row(set, drawn, c, "calibrate", d, bank, &threshold, scores, leave_out);
    return PB_STATUS_OK;
}

static pb_status widen(const image_set *set, const draw *drawn, const pb_bank *bank, const double *scores,
                       pb_threshold *out)
{
    double all[N];
    for (int64_t i = 0; i < N; i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        all[i] = isnan(reference->loo_score) ? scores[drawn->image[i]] : reference->loo_score;
    }
    (void)set;
    return pb_threshold_fit(all, N, RATE, out);
}

/* One bank, and every photo of the set against it. */
static pb_status fit(const image_set *set, pb_references *references, const char *rule, const pb_decision *decisions,
                     double *scores, pb_bank **out)
{
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    double *patch_scores;
    options.audit_rule = rule;
    options.image_score = PB_IMAGE_SCORE_TOP1;
    options.false_alarm_rate = RATE;
    options.decisions = decisions;
    PB_TRY(pb_bank_fit(references, NULL, NULL, &options, out, NULL));
    PB_TRY(PB_NEW(patch_scores, pb_features_n_images(set->features) * pb_features_n_patches(set->features)));
    const pb_status status = pb_bank_score(*out, set->features, patch_scores, scores);
    pb_free(patch_scores);
    return status;
}

static pb_status decided(const image_set *set, const draw *drawn, pb_references *references, const char *rule, double c,
                         int d, const pb_bank *kept, const double *kept_scores)
{
    static double scores[MAX_GOOD + MAX_BAD];
    pb_decision unseen[N] = {PB_DECISION_KEEP}, seen[N] = {PB_DECISION_KEEP};
    int64_t n_unseen = 0, n_seen = 0;
    pb_bank *bank;
    pb_threshold wide;
    for (int64_t i = 0; i < N; i++) {
        const bool flagged = pb_bank_reference_at(kept, i)->flagged, bad = drawn->image[i] >= set->n_good;
        unseen[i] = flagged ? PB_DECISION_REMOVE : PB_DECISION_KEEP;
        seen[i] = flagged && bad ? PB_DECISION_REMOVE : PB_DECISION_KEEP;
        n_unseen += flagged;
        n_seen += flagged && bad;
    }
    if (n_unseen > 0) {
        PB_TRY(fit(set, references, rule, unseen, scores, &bank));
        print_row(set, drawn, c, "narrow", d, bank, pb_bank_threshold(bank), scores, NULL);
        PB_TRY(widen(set, drawn, bank, scores, &wide));
        print_row(set, drawn, c, "wide", d, bank, &wide, scores, NULL);
    } else {
        bank = NULL;
        print_row(set, drawn, c, "narrow", d, kept, pb_bank_threshold(kept), kept_scores, NULL);
        print_row(set, drawn, c, "wide", d, kept, pb_bank_threshold(kept), kept_scores, NULL);
    }
    if (n_seen > 0 && n_seen == n_unseen) {
        print_row(set, drawn, c, "review", d, bank, pb_bank_threshold(bank), scores, NULL);
    } else if (n_seen > 0) {
        pb_bank_free(bank);
        PB_TRY(fit(set, references, rule, seen, scores, &bank));
        print_row(set, drawn, c, "review", d, bank, pb_bank_threshold(bank), scores, NULL);
    } else {
        print_row(set, drawn, c, "review", d, kept, pb_bank_threshold(kept), kept_scores, NULL);
    }
    pb_bank_free(bank);
    return PB_STATUS_OK;
}

static pb_status run_draw(const image_set *set, const char *rule, double c, int d)
{
    static double scores[MAX_GOOD + MAX_BAD];
    draw drawn = {0};
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    uint64_t state = (uint64_t)d;
    draw_some(0, set->n_good, N, &state, drawn.image);
    if (c > 0)
        draw_some(set->n_good, set->n_bad, N_BAD, &state, drawn.image);
    for (int64_t i = 0; i < N; i++)
        drawn.used[drawn.image[i]] = true;
    PB_TRY(bench_copy_images(set->features, drawn.image, N, &features));
    PB_TRY(pb_references_new(features, K, NULL, &references));
    PB_TRY(fit(set, references, rule, NULL, scores, &bank));
    print_row(set, &drawn, c, "keep", d, bank, pb_bank_threshold(bank), scores, NULL);
    PB_TRY(calibrate(set, &drawn, c, d, bank, scores));
    PB_TRY(decided(set, &drawn, references, rule, c, d, bank, scores));
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
    return PB_STATUS_OK;
}

int main(int argc, char **argv)
{
    pb_backbone *backbone;
    const long n_draws = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
    pb_status status = pb_backbone_open("builtin", NULL, &backbone);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("set,c,treatment,draw,threshold,method,highest,median,bound,flagged,hits,n_good,false,n_defect,caught\n");
    for (int s = 3; s < argc && status == PB_STATUS_OK; s++) {
        image_set set;
        status = load(argv[s], backbone, &set);
        for (int d = 0; d < n_draws && status == PB_STATUS_OK; d++)
            for (int bad = 0; bad < 2 && status == PB_STATUS_OK; bad++)
                status = run_draw(&set, argv[2], bad ? 0.3 : 0, d);
        if (status == PB_STATUS_OK)
            pb_features_free(set.features);
    }
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    pb_backbone_close(backbone);
    return status != PB_STATUS_OK;
}
