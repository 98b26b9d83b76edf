/* Means with seeds averaged first. */
#include <math.h>
#include <string.h>

#include <purebank/study.h>

#include "analysis/exact_sums.h"
#include "base/memory.h"

enum {
#define PB_BENCHMARK(id, ...) BENCHMARK_##id,
#include <purebank/benchmarks.def>
#undef PB_BENCHMARK
    N_PUBLISHED
};

static const char *const benchmarks[N_PUBLISHED + 1] = {
#define PB_BENCHMARK(id, name, ...) name,
#include <purebank/benchmarks.def>
#undef PB_BENCHMARK
    "own"};

const char *const *pb_study_benchmarks(int64_t *out_n)
{
    *out_n = N_PUBLISHED + 1;
    return benchmarks;
}

const char *pb_study_benchmark(const char *dataset)
{
    for (int i = 0; i < N_PUBLISHED; i++) {
        const size_t length = strlen(benchmarks[i]);
        if (strncmp(dataset, benchmarks[i], length) == 0 && dataset[length] == '/')
            return benchmarks[i];
    }
    return benchmarks[N_PUBLISHED];
}

bool pb_study_is_loco(const char *dataset)
{
    return pb_study_benchmark(dataset) == benchmarks[BENCHMARK_LOCO];
}

enum { ANY_SEED = -1 };

/* Of the slice, but for N? */
static bool fits(const pb_study_slice *slice, const pb_study_row *row)
{
    return row->contamination == slice->contamination &&
           row->percentile == (slice->percentile > 0 ? slice->percentile : PB_DEFAULT_PERCENTILE) &&
           row->k == (slice->k > 0 ? slice->k : PB_DEFAULT_K) &&
           (!slice->detector || strcmp(slice->detector, row->detector) == 0) &&
           (!slice->auditor || strcmp(slice->auditor, row->auditor) == 0);
}

/* Mean over seeds, or of one seed, for each N, then over the N; *n_seeds is the fewest rows of any N. */
static double mean_of(const pb_study *study, const pb_study_slice *slice, const char *dataset, const char *method,
                      pb_measure measure, int64_t seed, int64_t *n_seeds)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    const int64_t *limits = slice->n_limits > 0 ? slice->limits : contents->limits;
    const int64_t n_limits = slice->n_limits > 0 ? slice->n_limits : contents->n_limits;
    int64_t n_rows;
    const pb_study_row *rows = pb_study_find(study, slice->setup, dataset, method, &n_rows);
    pb_sum pooled = {0};
    *n_seeds = INT64_MAX;
    for (int64_t l = 0; l < n_limits; l++) {
        pb_sum sum = {0};
        for (int64_t r = 0; r < n_rows; r++)
            if (rows[r].limit == limits[l] && (seed == ANY_SEED || rows[r].seed == seed) && fits(slice, &rows[r]) &&
                !isnan(rows[r].value[measure]))
                pb_sum_add(&sum, rows[r].value[measure]);
        pb_sum_add(&pooled, pb_sum_mean(&sum));
        *n_seeds = sum.n < *n_seeds ? sum.n : *n_seeds;
    }
    return pb_sum_mean(&pooled);
}

double pb_study_mean(const pb_study *study, const pb_study_slice *slice, const char *dataset, const char *method,
                     pb_measure measure)
{
    int64_t n_seeds;
    return mean_of(study, slice, dataset, method, measure, ANY_SEED, &n_seeds);
}

int64_t pb_study_seeds(const pb_study *study, const pb_study_slice *slice, const char *dataset, const char *method,
                       pb_measure measure)
{
    int64_t n_seeds;
    mean_of(study, slice, dataset, method, measure, ANY_SEED, &n_seeds);
    return n_seeds;
}

double pb_study_choose_contamination(const pb_study *study, const pb_setup *setup, double wanted)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    const bool is_wanted = !isnan(wanted);
    double largest = (double)NAN;
    for (int64_t r = 0; r < contents->n_rows; r++) {
        const pb_study_row *row = &contents->rows[r];
        if (setup && row->setup != *setup)
            continue;
        if (fabs(row->contamination - (is_wanted ? wanted : PB_DEFAULT_CONTAMINATION)) < 1e-9)
            return row->contamination;
        largest = fmax(largest, row->contamination);
    }
    return is_wanted ? (double)NAN : largest;
}

static bool has_limit(const pb_study *study, const pb_study_slice *slice, const char *method, int64_t limit)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    for (int64_t r = 0; r < contents->n_rows; r++) {
        const pb_study_row *row = &contents->rows[r];
        if (row->limit == limit && row->setup == slice->setup && fits(slice, row) &&
            (!method || strcmp(row->method, method) == 0))
            return true;
    }
    return false;
}

int64_t pb_study_pooled_limits(const pb_study *study, const pb_study_slice *slice, const char *method, int64_t *out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    int64_t n = 0, n_published = 0;
    for (int64_t l = 0; l < contents->n_limits; l++) {
        const int64_t limit = contents->limits[l];
        const bool published = limit == 10 || limit == 20;
        if ((!published && n_published > 0) || !has_limit(study, slice, method, limit))
            continue;
        if (published && n_published++ == 0)
            n = 0; /* the others no longer count */
        out[n++] = limit;
    }
    return n;
}

/* Over the datasets whose mean is a number; NaN where one of these lacks the seed. */
static double mean_of_seed(const pb_study *study, const pb_study_slice *slice, const char *const *datasets, int64_t n,
                           const char *method, pb_measure measure, int64_t seed)
{
    pb_sum sum = {0};
    int64_t n_seeds;
    for (int64_t d = 0; d < n; d++)
        if (!isnan(pb_study_mean(study, slice, datasets[d], method, measure)))
            pb_sum_add(&sum, mean_of(study, slice, datasets[d], method, measure, seed, &n_seeds));
    return pb_sum_mean(&sum);
}

pb_status pb_study_summarise(const pb_study *study, const pb_study_slice *slice, const char *const *datasets, int64_t n,
                             const char *method, pb_measure measure, pb_study_summary *out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    pb_study_summary summary = {0};
    pb_sum sum = {0};
    double *values;
    if (!datasets) {
        datasets = contents->datasets;
        n = contents->n_datasets;
    }
    PB_TRY(PB_NEW(values, n + contents->n_seeds));
    for (int64_t d = 0; d < n; d++) {
        const double value = pb_study_mean(study, slice, datasets[d], method, measure);
        if (isnan(value))
            continue;
        pb_sum_add(&sum, value);
        values[summary.n++] = value;
    }
    summary.mean = pb_sum_mean(&sum);
    summary.sd_categories = pb_standard_deviation(values, summary.n);
    for (int64_t s = 0; s < contents->n_seeds; s++) {
        const double value = mean_of_seed(study, slice, datasets, n, method, measure, contents->seeds[s]);
        if (!isnan(value))
            values[summary.n_seeds++] = value;
    }
    summary.sd_seeds = pb_standard_deviation(values, summary.n_seeds);
    pb_free(values);
    *out = summary;
    return PB_STATUS_OK;
}
