/* Which methods are worth a longer run: gains over doing nothing, by method. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/experiment.h>

#include "base/memory.h"
#include "results/file.h"
#include "results/values.h"

/* Wins and losses are differences beyond this (method.md#win-tie-loss). */
static const double tie = 0.001;

enum { DATASET, METHOD, SHARE, AUROC, N_COLUMNS };

/* A row that counts. */
typedef struct gain {
    int64_t method, dataset; /* the first rows that have the same text there: files order both */
    int64_t row;
    bool clean;
    double value;
} gain;

typedef struct judging {
    pb_results_file table;
    int64_t column[N_COLUMNS];
    double share;
    double *none;               /* n_rows: AUROC of `none` in the row's place, NaN where there is none */
    int64_t *first[METHOD + 1]; /* n_rows: the first row with the same text, of DATASET and METHOD */
    gain *gains;
    int64_t n_gains;
    pb_experiment_verdict *verdict;
    int64_t n;
} judging;

static const char *field(const judging *j, int64_t row, int column)
{
    return j->table.csv.field[row * j->table.csv.n_columns + j->column[column]];
}

static double number(const judging *j, int64_t row, int column)
{
    double value;
    return pb_value_number(field(j, row, column), &value) ? value : (double)NAN;
}

/* Rows by everything but the method, which ends the key: those of one place follow each other, `none` among them. */
static size_t place_length(const judging *j, const pb_keyed_row *row)
{
    return strlen(row->text) - strlen(field(j, row->row, METHOD));
}

static pb_status find_none(judging *j)
{
    const int64_t n = j->table.csv.n_rows;
    PB_TRY(PB_NEW(j->none, n));
    PB_TRY(pb_results_file_index(&j->table, "dataset,contamination_rate,seed,train_limit,knn_k,percentile_threshold,"
                                            "purification_method"));
    const pb_keyed_row *key = j->table.key;
    for (int64_t start = 0, end; start < n; start = end) {
        const size_t length = place_length(j, &key[start]);
        double none = (double)NAN;
        for (end = start;
             end < n && place_length(j, &key[end]) == length && strncmp(key[end].text, key[start].text, length) == 0;
             end++)
            if (strcmp(key[end].text + length, "none") == 0)
                none = number(j, key[end].row, AUROC);
        for (int64_t i = start; i < end; i++)
            j->none[key[i].row] = none;
    }
    return PB_STATUS_OK;
}

/* ---- Rows with the same text ------------------------------------------------------------------------------------ */

typedef struct row_text {
    const char *text;
    int64_t row;
} row_text;

static int by_text(const void *a, const void *b)
{
    const row_text *x = a, *y = b;
    const int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static pb_status find_first(judging *j, int column)
{
    const int64_t n = j->table.csv.n_rows;
    row_text *texts;
    PB_TRY(PB_NEW(j->first[column], n));
    PB_TRY(PB_NEW(texts, n));
    for (int64_t r = 0; r < n; r++)
        texts[r] = (row_text){field(j, r, column), r};
    if (n > 0)
        qsort(texts, (size_t)n, sizeof *texts, by_text);
    for (int64_t i = 0, first = 0; i < n; i++) {
        if (strcmp(texts[i].text, texts[first].text) != 0)
            first = i;
        j->first[column][texts[i].row] = texts[first].row;
    }
    pb_free(texts);
    return PB_STATUS_OK;
}

/* ---- Gains ------------------------------------------------------------------------------------------------------ */

static int by_method(const void *a, const void *b)
{
    const gain *x = a, *y = b;
    if (x->method != y->method)
        return x->method < y->method ? -1 : 1;
    if (x->dataset != y->dataset)
        return x->dataset < y->dataset ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static pb_status find_gains(judging *j)
{
    PB_TRY(PB_NEW(j->gains, j->table.csv.n_rows));
    for (int64_t r = 0; r < j->table.csv.n_rows; r++) {
        const double share = number(j, r, SHARE);
        if (share == j->share || share == 0)
            j->gains[j->n_gains++] = (gain){.method = j->first[METHOD][r],
                                            .dataset = j->first[DATASET][r],
                                            .row = r,
                                            .clean = share == 0,
                                            .value = number(j, r, AUROC) - j->none[r]};
    }
    if (j->n_gains > 0)
        qsort(j->gains, (size_t)j->n_gains, sizeof *j->gains, by_method);
    return PB_STATUS_OK;
}

/* Mean of some gains, clean or not; NaN where there are none. */
static double mean_of(const gain *gains, int64_t n, bool clean)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (gains[i].clean == clean) {
            sum += gains[i].value;
            count++;
        }
    return count > 0 ? sum / (double)count : (double)NAN;
}

/* Seeds are averaged first, then categories. @param gains n of one method */
static pb_experiment_verdict judge(const judging *j, const gain *gains, int64_t n)
{
    pb_experiment_verdict verdict = {.n_categories = 0};
    double clean_gain = 0;
    int64_t n_clean = 0;
    snprintf(verdict.method, sizeof verdict.method, "%s", field(j, gains->row, METHOD));
    for (int64_t start = 0, end; start < n; start = end) {
        for (end = start; end < n && gains[end].dataset == gains[start].dataset;)
            end++;
        const double clean = mean_of(gains + start, end - start, true);
        const double here = j->share == 0 ? clean : mean_of(gains + start, end - start, false);
        if (!isnan(clean)) {
            clean_gain += clean;
            n_clean++;
        }
        if (isnan(here))
            continue;
        verdict.gain += here;
        verdict.n_categories++;
        verdict.wins += here > tie;
        verdict.losses += here < -tie;
    }
    verdict.gain /= (double)verdict.n_categories;
    verdict.clean_gain = clean_gain / (double)n_clean;
    return verdict;
}

static pb_status judge_all(judging *j)
{
    static const char *const names[N_COLUMNS] = {"dataset", "purification_method", "contamination_rate", "img_auroc"};
    for (int i = 0; i < N_COLUMNS; i++)
        PB_TRY(pb_csv_column(&j->table.csv, names[i], j->table.path, &j->column[i]));
    PB_TRY(find_none(j));
    PB_TRY(find_first(j, DATASET));
    PB_TRY(find_first(j, METHOD));
    PB_TRY(find_gains(j));
    PB_TRY(PB_NEW(j->verdict, j->n_gains));
    for (int64_t start = 0, end; start < j->n_gains; start = end) {
        for (end = start; end < j->n_gains && j->gains[end].method == j->gains[start].method;)
            end++;
        const pb_experiment_verdict verdict = judge(j, j->gains + start, end - start);
        if (verdict.n_categories > 0)
            j->verdict[j->n++] = verdict;
    }
    return PB_STATUS_OK;
}

pb_status pb_experiment_verdicts(const char *path, double share, pb_experiment_verdict **out, int64_t *out_n)
{
    judging j = {.share = share};
    pb_status status = pb_results_file_read(path, &j.table);
    if (status == PB_STATUS_OK)
        status = judge_all(&j);
    pb_results_file_free(&j.table);
    pb_free(j.none);
    pb_free(j.first[DATASET]);
    pb_free(j.first[METHOD]);
    pb_free(j.gains);
    if (status == PB_STATUS_OK) {
        *out = j.verdict;
        *out_n = j.n;
    } else {
        pb_free(j.verdict);
    }
    return status;
}
