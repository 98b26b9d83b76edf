/* The numbers of docs/results.md: few-shot studies on one category in MVTec layout, through the library.
 *
 *   build/release/bench/study_mvtec DIR [BAD_KIND...]
 *
 * DIR holds train/good and test/. Features are computed once; every row is then a mean (sd) over draws of references.
 * Contaminants come from the test folders BAD_KIND (all kinds when none is given) and leave the test set: disjoint pools. */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench.h"

enum {
    K = 5,
    N_REFERENCES = 10,
    N_CONTAMINATED = 3,
    N_DRAWS = 5,
    N_AUDIT_DRAWS = 20,
    N_ALARM_DRAWS = 100,
    MAX_REFERENCES = 20
};

typedef struct dataset {
    pb_features *features; /* all images */
    int64_t n_train, n;    /* train/good first, then test/ */
    uint8_t *label;        /* n */
    uint8_t *contaminant;  /* n: may poison the references */
} dataset;

/* Sums for a mean and a sample standard deviation. */
typedef struct series {
    double sum, squares;
    int64_t n;
} series;

static void add(series *s, double value)
{
    s->sum += value;
    s->squares += value * value;
    s->n++;
}

static double mean(const series *s)
{
    return s->sum / (double)s->n;
}

static double deviation(const series *s)
{
    const double variance = (s->squares - s->sum * s->sum / (double)s->n) / (double)(s->n - 1);
    return sqrt(fmax(variance, 0));
}

/* Moves a random choice of k items to the front (Fisher-Yates). */
static void choose(int64_t *items, int64_t n, int64_t k, uint64_t *state)
{
    for (int64_t i = 0; i < k && i < n; i++) {
        const int64_t j = i + (int64_t)(bench_random(state) % (uint64_t)(n - i));
        const int64_t item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}

static bool is_named(const char *kind, char **names, int n_names)
{
    for (int i = 0; i < n_names; i++)
        if (strcmp(kind, names[i]) == 0)
            return true;
    return n_names == 0;
}

static pb_status extract(const pb_paths *train, const pb_testset *test, pb_features **out)
{
    pb_backbone *backbone;
    const char **paths;
    const int64_t n_test = pb_testset_n_images(test);
    PB_TRY(PB_NEW(paths, train->n + n_test));
    for (int64_t i = 0; i < train->n; i++)
        paths[i] = train->path[i];
    for (int64_t i = 0; i < n_test; i++)
        paths[train->n + i] = pb_testset_paths(test)[i];
    pb_status status = pb_backbone_open("builtin", NULL, &backbone);
    if (status == PB_STATUS_OK)
        status = pb_backbone_extract_files(backbone, paths, train->n + n_test, NULL, out);
    pb_backbone_close(backbone);
    pb_free(paths);
    return status;
}

static pb_status load(const char *dir, char **bad_kinds, int n_bad_kinds, dataset *out)
{
    char folder[4096];
    const char *input = folder;
    pb_paths train = {0};
    pb_testset *test = NULL;
    snprintf(folder, sizeof folder, "%s/train/good", dir);
    PB_TRY(pb_paths_collect(&input, 1, &train));
    PB_TRY(pb_testset_open(dir, &test));
    out->n_train = train.n;
    const int64_t n_test = pb_testset_n_images(test);
    const uint8_t *label = pb_testset_labels(test);
    out->n = train.n + n_test;
    PB_TRY(PB_NEW(out->label, out->n));
    PB_TRY(PB_NEW(out->contaminant, out->n));
    for (int64_t i = 0; i < n_test; i++) {
        out->label[train.n + i] = label[i];
        out->contaminant[train.n + i] = label[i] && is_named(pb_testset_kind_at(test, i), bad_kinds, n_bad_kinds);
    }
    PB_TRY(extract(&train, test, &out->features));
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%s: %" PRId64 " good training parts, %" PRId64 " good and %" PRId64 " defect test parts\n", dir, train.n,
           pb_testset_n_good(test), pb_testset_n_defect(test));
    pb_paths_free(&train);
    pb_testset_free(test);
    return PB_STATUS_OK;
}

/* Copies images out of the data set. */
static pb_status gather(const dataset *data, const int64_t *images, int64_t n, pb_features **out)
{
    const int64_t floats = pb_features_n_patches(data->features) * pb_features_dim(data->features);
    PB_TRY(pb_features_new(n, pb_features_origin(data->features), out));
    for (int64_t i = 0; i < n; i++)
        memcpy(pb_features_rows(*out) + i * floats, pb_features_image_at(data->features, images[i]),
               (size_t)floats * sizeof(float));
    return PB_STATUS_OK;
}

/* Fits a bank of the given images and scores others with it. loo_scores (n) and audit may be NULL. */
static pb_status fit_and_score(const dataset *data, const int64_t *images, int64_t n, const pb_bank_options *options,
                               const int64_t *parts, int64_t n_parts, double *scores, double *loo_scores,
                               pb_audit **audit)
{
    pb_features *references = NULL, *tested = NULL;
    pb_references *examined = NULL;
    pb_bank *bank = NULL;
    double *patch_scores = NULL;
    pb_status status;
    PB_TRY_GOTO(gather(data, images, n, &references));
    PB_TRY_GOTO(gather(data, parts, n_parts, &tested));
    PB_TRY_GOTO(pb_references_new(references, K, NULL, &examined));
    PB_TRY_GOTO(pb_bank_fit(examined, NULL, NULL, options, &bank, audit));
    PB_TRY_GOTO(PB_NEW(patch_scores, n_parts * pb_features_n_patches(tested)));
    PB_TRY_GOTO(pb_bank_score(bank, tested, patch_scores, scores));
    for (int64_t i = 0; loo_scores && i < n; i++)
        loo_scores[i] = pb_bank_reference_at(bank, i)->loo_score;
done:
    pb_free(patch_scores);
    pb_bank_free(bank);
    pb_references_free(examined);
    pb_features_free(tested);
    pb_features_free(references);
    return status;
}

/* Test parts that are not among the used ones. */
static int64_t list_parts(const dataset *data, const int64_t *used, int64_t n_used, int64_t *out, uint8_t *labels)
{
    int64_t n = 0;
    for (int64_t i = data->n_train; i < data->n; i++) {
        bool is_used = false;
        for (int64_t j = 0; j < n_used; j++)
            is_used = is_used || used[j] == i;
        if (!is_used) {
            labels[n] = data->label[i];
            out[n++] = i;
        }
    }
    return n;
}

typedef struct workspace {
    int64_t *train, *pool, *parts;
    int64_t n_pool;
    uint8_t *labels;
    double *scores;
} workspace;

static pb_status make_workspace(const dataset *data, workspace *out)
{
    PB_TRY(PB_NEW(out->train, data->n));
    PB_TRY(PB_NEW(out->pool, data->n));
    PB_TRY(PB_NEW(out->parts, data->n));
    PB_TRY(PB_NEW(out->labels, data->n));
    PB_TRY(PB_NEW(out->scores, data->n));
    for (int64_t i = 0; i < data->n_train; i++)
        out->train[i] = i;
    for (int64_t i = data->n_train; i < data->n; i++)
        if (data->contaminant[i])
            out->pool[out->n_pool++] = i;
    return PB_STATUS_OK;
}

static void free_workspace(workspace *work)
{
    pb_free(work->train);
    pb_free(work->pool);
    pb_free(work->parts);
    pb_free(work->labels);
    pb_free(work->scores);
}

static pb_status study_clean(const dataset *data, workspace *work)
{
    printf("\n### Clean references\n\n10 good references, K 5, no audit; image AUROC, mean (sd) of %d draws.\n\n",
           N_DRAWS);
    printf("| image score | AUROC |\n|---|---|\n");
    for (int rule = 0; rule <= PB_IMAGE_SCORE_TOP1; rule++) {
        series auroc = {0};
        for (uint64_t draw = 0; draw < N_DRAWS; draw++) {
            pb_bank_options options = PB_BANK_OPTIONS_INIT;
            uint64_t state = draw;
            double value;
            options.audit_rule = NULL;
            options.image_score = (pb_image_score)rule;
            for (int64_t i = 0; i < data->n_train; i++)
                work->train[i] = i;
            choose(work->train, data->n_train, N_REFERENCES, &state);
            const int64_t n = list_parts(data, NULL, 0, work->parts, work->labels);
            PB_TRY(fit_and_score(data, work->train, N_REFERENCES, &options, work->parts, n, work->scores, NULL, NULL));
            PB_TRY(pb_metrics_auroc(work->scores, work->labels, n, &value));
            add(&auroc, value);
        }
        printf("| %s | %.3f (%.3f) |\n", pb_image_score_name((pb_image_score)rule), mean(&auroc), deviation(&auroc));
    }
    return PB_STATUS_OK;
}

typedef struct contamination_result {
    series detection, flagged, precision, recall, clean, dirty, audited;
} contamination_result;

static pb_status auroc_of(const dataset *data, workspace *work, const int64_t *images, int64_t n,
                          const char *audit_rule, int64_t n_parts, double *auroc, pb_audit **audit)
{
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = audit_rule;
    options.image_score = PB_IMAGE_SCORE_TOP1;
    PB_TRY(fit_and_score(data, images, n, &options, work->parts, n_parts, work->scores, NULL, audit));
    return pb_metrics_auroc(work->scores, work->labels, n_parts, auroc);
}

static pb_status note_audit(const pb_audit *audit, contamination_result *out)
{
    double scores[N_REFERENCES], value;
    uint8_t labels[N_REFERENCES];
    int64_t flagged = 0, hits = 0;
    for (int64_t i = 0; i < N_REFERENCES; i++) {
        scores[i] = pb_audit_image_at(audit, i)->score;
        labels[i] = i < N_CONTAMINATED;
        flagged += pb_audit_image_at(audit, i)->flagged;
        hits += pb_audit_image_at(audit, i)->flagged && labels[i];
    }
    PB_TRY(pb_metrics_auroc(scores, labels, N_REFERENCES, &value));
    add(&out->detection, value);
    add(&out->flagged, (double)flagged);
    add(&out->recall, (double)hits / N_CONTAMINATED);
    if (flagged)
        add(&out->precision, (double)hits / (double)flagged);
    return PB_STATUS_OK;
}

static pb_status contaminate_once(const dataset *data, workspace *work, uint64_t draw, contamination_result *out)
{
    int64_t images[N_REFERENCES];
    uint64_t state = 1000 + draw;
    double value;
    pb_audit *audit = NULL;
    for (int64_t i = 0; i < data->n_train; i++)
        work->train[i] = i;
    choose(work->train, data->n_train, N_REFERENCES, &state);
    choose(work->pool, work->n_pool, N_CONTAMINATED, &state);
    memcpy(images, work->train, sizeof images);
    memcpy(images, work->pool, N_CONTAMINATED * sizeof *images);
    const int64_t n = list_parts(data, work->pool, N_CONTAMINATED, work->parts, work->labels);
    PB_TRY(auroc_of(data, work, work->train, N_REFERENCES, NULL, n, &value, NULL));
    add(&out->clean, value);
    PB_TRY(auroc_of(data, work, images, N_REFERENCES, NULL, n, &value, NULL));
    add(&out->dirty, value);
    PB_TRY(auroc_of(data, work, images, N_REFERENCES, PB_AUDIT_RULE_OF_STUDIES, n, &value, &audit));
    add(&out->audited, value);
    const pb_status status = note_audit(audit, out);
    pb_audit_free(audit);
    return status;
}

static pb_status study_contamination(const dataset *data, workspace *work)
{
    contamination_result result = {0};
    for (uint64_t draw = 0; draw < N_AUDIT_DRAWS; draw++)
        PB_TRY(contaminate_once(data, work, draw, &result));
    printf("\n### Contaminated references\n\n3 of 10 references replaced by defect parts that leave the test set "
           "(disjoint), audit "
           "imgmax_mad k 1.5,\nimage score top1; mean (sd) of %d draws.\n\n",
           N_AUDIT_DRAWS);
    const struct {
        const char *name;
        const series *value;
    } rows[] = {
        {"detection AUROC of the audit (contaminated above clean)", &result.detection},
        {"images flagged", &result.flagged},
        {"precision of the flags (draws with a flag)", &result.precision},
        {"recall of the flags", &result.recall},
        {"image AUROC, the 10 good references", &result.clean},
        {"image AUROC, 3 of 10 contaminated", &result.dirty},
        {"image AUROC, flagged ones removed", &result.audited},
    };
    printf("| figure | mean (sd) |\n|---|---|\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("| %s | %.3f (%.3f) |\n", rows[i].name, mean(rows[i].value), deviation(rows[i].value));
    return PB_STATUS_OK;
}

enum { N_RATES = 3 };
static const double rates[N_RATES] = {0.01, 0.05, 0.1};

/* One draw: a bank of the first n references, the other good parts against the threshold of each rate. */
static pb_status count_false_alarms(const dataset *data, const int64_t *good, int64_t n_good, int64_t n_references,
                                    workspace *work, series measured[N_RATES])
{
    const int64_t n = n_good - n_references;
    double loo_scores[MAX_REFERENCES];
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    options.image_score = PB_IMAGE_SCORE_TOP1;
    PB_TRY(fit_and_score(data, good, n_references, &options, good + n_references, n, work->scores, loo_scores, NULL));
    for (int r = 0; r < N_RATES; r++) {
        pb_threshold threshold;
        int64_t alarms = 0;
        PB_TRY(pb_threshold_fit(loo_scores, n_references, rates[r], &threshold));
        for (int64_t i = 0; i < n; i++)
            alarms += work->scores[i] > threshold.value;
        add(&measured[r], (double)alarms / (double)n);
    }
    return PB_STATUS_OK;
}

static pb_status study_false_alarms(const dataset *data, workspace *work)
{
    static const int64_t sizes[] = {5, 10, MAX_REFERENCES};
    int64_t *good = work->parts, n_good = 0;
    printf("\n### False alarms, promised and measured\n\nReferences drawn from all good parts (train and test), the "
           "rest held "
           "out; image score top1, no audit;\nmean (sd over draws) of %d draws.\n\n"
           "| references | asked | threshold | measured |\n|---|---|---|---|\n",
           N_ALARM_DRAWS);
    for (int64_t i = 0; i < data->n; i++)
        if (!data->label[i])
            good[n_good++] = i;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        series measured[N_RATES] = {{0}};
        uint64_t state = 5000 + s;
        for (int draw = 0; draw < N_ALARM_DRAWS; draw++) {
            choose(good, n_good, sizes[s], &state);
            PB_TRY(count_false_alarms(data, good, n_good, sizes[s], work, measured));
        }
        for (int r = 0; r < N_RATES; r++)
            printf("| %" PRId64 " | %g %% | %s | %.1f %% (%.1f) |\n", sizes[s], 100 * rates[r],
                   rates[r] * (double)(sizes[s] + 1) >= 1 ? "conformal" : "log-t", 100 * mean(&measured[r]),
                   100 * deviation(&measured[r]));
    }
    return PB_STATUS_OK;
}

static pb_status run(const char *dir, char **bad_kinds, int n_bad_kinds)
{
    dataset data = {0};
    workspace work = {0};
    pb_status status;
    PB_TRY_GOTO(load(dir, bad_kinds, n_bad_kinds, &data));
    PB_TRY_GOTO(make_workspace(&data, &work));
    PB_TRY_GOTO(study_clean(&data, &work));
    PB_TRY_GOTO(study_contamination(&data, &work));
    PB_TRY_GOTO(study_false_alarms(&data, &work));
done:
    free_workspace(&work);
    pb_features_free(data.features);
    pb_free(data.label);
    pb_free(data.contaminant);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: study_mvtec DIR [BAD_KIND...]\n");
        return 2;
    }
    printf("purebank %s, built-in backbone\n", pb_version());
    const pb_status status = run(argv[1], argv + 2, argc - 2);
    if (status != PB_STATUS_OK) {
        fprintf(stderr, "study_mvtec: %s\n", pb_error_message());
        return 1;
    }
    return 0;
}
