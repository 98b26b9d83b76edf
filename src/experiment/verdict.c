/* Which methods are worth a longer run: gains over doing nothing, by method. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <purebank/experiment.h>

#include "base/memory.h"
#include "experiment/tables.h"

/* Wins and losses are differences beyond this (method 8). */
static const double tie = 0.001;

enum { DATASET, METHOD, SHARE, AUROC, N_COLUMNS };

typedef struct judging {
    pb_results_table table;
    int64_t column[N_COLUMNS];
    double share;
    double *none; /* n_rows: AUROC of `none` in the row's place, NaN where there is none */
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

/* Rows by everything but the method: `none` stands beside each. */
static pb_status find_none(judging *j)
{
    const pb_csv_table *csv = &j->table.csv;
    PB_TRY(PB_NEW(j->none, csv->n_rows));
    PB_TRY(pb_results_table_index(&j->table, "dataset,contamination_rate,seed,train_limit,knn_k,percentile_threshold,"
                                             "purification_method"));
    const size_t name = strlen("none");
    for (int64_t i = 0; i < csv->n_rows; i++) {
        const pb_keyed_row *row = &j->table.key[i];
        const size_t common = strlen(row->text) - strlen(field(j, row->row, METHOD));
        j->none[row->row] = (double)NAN;
        for (int64_t other = 0; other < csv->n_rows; other++) {
            const char *text = j->table.key[other].text;
            if (strncmp(text, row->text, common) == 0 && strlen(text) == common + name &&
                strcmp(text + common, "none") == 0)
                j->none[row->row] = number(j, j->table.key[other].row, AUROC);
        }
    }
    return PB_STATUS_OK;
}

/* Mean of a method's gains over `none` in one category; NaN where it has no rows there. */
static double gain_in(const judging *j, const char *method, const char *dataset, double share)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t r = 0; r < j->table.csv.n_rows; r++)
        if (strcmp(field(j, r, METHOD), method) == 0 && strcmp(field(j, r, DATASET), dataset) == 0 &&
            number(j, r, SHARE) == share) {
            sum += number(j, r, AUROC) - j->none[r];
            n++;
        }
    return n > 0 ? sum / (double)n : (double)NAN;
}

static bool is_first(const judging *j, int64_t row, int column)
{
    for (int64_t r = 0; r < row; r++)
        if (strcmp(field(j, r, column), field(j, row, column)) == 0)
            return false;
    return true;
}

/* Seeds are averaged first, then categories. */
static void judge(const judging *j, pb_experiment_verdict *verdict)
{
    double gain = 0, clean_gain = 0;
    int64_t n_clean = 0;
    for (int64_t r = 0; r < j->table.csv.n_rows; r++) {
        if (!is_first(j, r, DATASET))
            continue;
        const double here = gain_in(j, verdict->method, field(j, r, DATASET), j->share);
        const double clean = gain_in(j, verdict->method, field(j, r, DATASET), 0);
        if (!isnan(clean)) {
            clean_gain += clean;
            n_clean++;
        }
        if (isnan(here))
            continue;
        gain += here;
        verdict->n_categories++;
        verdict->wins += here > tie;
        verdict->losses += here < -tie;
    }
    verdict->gain = gain / (double)verdict->n_categories;
    verdict->clean_gain = clean_gain / (double)n_clean;
}

static pb_status judge_all(judging *j)
{
    static const char *const names[N_COLUMNS] = {"dataset", "purification_method", "contamination_rate", "img_auroc"};
    for (int i = 0; i < N_COLUMNS; i++)
        PB_TRY(pb_csv_column(&j->table.csv, names[i], j->table.path, &j->column[i]));
    PB_TRY(find_none(j));
    PB_TRY(PB_NEW(j->verdict, j->table.csv.n_rows));
    for (int64_t r = 0; r < j->table.csv.n_rows; r++) {
        if (!is_first(j, r, METHOD))
            continue;
        pb_experiment_verdict verdict = {.n_categories = 0};
        snprintf(verdict.method, sizeof verdict.method, "%s", field(j, r, METHOD));
        judge(j, &verdict);
        if (verdict.n_categories > 0)
            j->verdict[j->n++] = verdict;
    }
    return PB_STATUS_OK;
}

pb_status pb_experiment_verdicts(const char *path, double share, pb_experiment_verdict **out, int64_t *out_n)
{
    judging j = {.share = share};
    pb_status status = pb_results_table_read(path, &j.table);
    if (status == PB_STATUS_OK)
        status = judge_all(&j);
    pb_results_table_free(&j.table);
    pb_free(j.none);
    if (status == PB_STATUS_OK) {
        *out = j.verdict;
        *out_n = j.n;
    } else {
        pb_free(j.verdict);
    }
    return status;
}
