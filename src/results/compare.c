/* Two result files, joined by their keys. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/results.h>

#include "base/memory.h"
#include "results/file.h"
#include "results/values.h"

typedef struct joined_tables {
    pb_results_file a, b;
    int64_t n_columns;    /* that both have and that are compared */
    int64_t *in_a, *in_b; /* where they stand */
    double tolerance;
    int64_t capacity;
    pb_results_comparison result;
} joined_tables;

static int64_t column_of(const pb_results_file *table, const char *name)
{
    for (int64_t i = 0; i < table->csv.n_columns; i++)
        if (strcmp(table->csv.name[i], name) == 0)
            return i;
    return -1;
}

static pb_status match_columns(joined_tables *c)
{
    PB_TRY(PB_NEW(c->in_a, c->a.csv.n_columns));
    PB_TRY(PB_NEW(c->in_b, c->a.csv.n_columns));
    for (int64_t i = 0; i < c->a.csv.n_columns; i++) {
        const int64_t other = column_of(&c->b, c->a.csv.name[i]);
        if (other >= 0 && !pb_column_name_is_clock(c->a.csv.name[i])) {
            c->in_a[c->n_columns] = i;
            c->in_b[c->n_columns++] = other;
        }
    }
    return PB_STATUS_OK;
}

/* How far two values are apart: infinity for different texts, NaN where one is missing. */
static double distance_of(const char *a, const char *b)
{
    double x, y;
    if (!*a || !*b)
        return *a || *b ? (double)NAN : 0;
    if (pb_value_number(a, &x) && pb_value_number(b, &y))
        return x == y || (isnan(x) && isnan(y)) ? 0 : isnan(x - y) ? (double)INFINITY : fabs(x - y);
    return strcmp(a, b) == 0 ? 0 : (double)INFINITY;
}

static pb_status push(joined_tables *c, int64_t row_a, const char *column, const char *a, const char *b,
                      double distance)
{
    pb_results_comparison *result = &c->result;
    PB_TRY(PB_RESERVE(result->difference, result->n_differences + 1, c->capacity));
    pb_results_difference difference = {.distance = distance};
    snprintf(difference.key, sizeof difference.key, "%s", c->a.key[row_a].text);
    snprintf(difference.column, sizeof difference.column, "%s", column);
    snprintf(difference.a, sizeof difference.a, "%s", a);
    snprintf(difference.b, sizeof difference.b, "%s", b);
    result->difference[result->n_differences++] = difference;
    return PB_STATUS_OK;
}

/* @param row_a, row_b places in the sorted keys */
static pb_status compare_rows(joined_tables *c, int64_t row_a, int64_t row_b)
{
    char *const *fields_a = c->a.csv.field + c->a.key[row_a].row * c->a.csv.n_columns;
    char *const *fields_b = c->b.csv.field + c->b.key[row_b].row * c->b.csv.n_columns;
    for (int64_t i = 0; i < c->n_columns; i++) {
        const char *a = fields_a[c->in_a[i]], *b = fields_b[c->in_b[i]];
        const double distance = distance_of(a, b);
        c->result.n_empty += isnan(distance);
        c->result.n_values += !isnan(distance);
        if (distance > c->tolerance)
            PB_TRY(push(c, row_a, c->a.csv.name[c->in_a[i]], a, b, distance));
    }
    c->result.n_common++;
    return PB_STATUS_OK;
}

static pb_status join(joined_tables *c)
{
    int64_t i = 0, j = 0;
    while (i < c->a.csv.n_rows || j < c->b.csv.n_rows) {
        const int order = i == c->a.csv.n_rows   ? 1
                          : j == c->b.csv.n_rows ? -1
                                                 : strcmp(c->a.key[i].text, c->b.key[j].text);
        if (order == 0)
            PB_TRY(compare_rows(c, i++, j++));
        else if (order < 0)
            c->result.n_only_a++, i++;
        else
            c->result.n_only_b++, j++;
    }
    return PB_STATUS_OK;
}

static int by_distance(const void *a, const void *b)
{
    const pb_results_difference *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? 1 : -1;
    const int order = strcmp(x->key, y->key);
    return order != 0 ? order : strcmp(x->column, y->column);
}

static pb_status compare(joined_tables *c, const char *a, const char *b, const char *key)
{
    PB_TRY(pb_results_file_read(a, &c->a));
    PB_TRY(pb_results_file_read(b, &c->b));
    char *own = NULL;
    pb_status status = key ? PB_STATUS_OK : pb_results_common_key(&c->a, &c->b, &own);
    if (status == PB_STATUS_OK)
        status = pb_results_file_index(&c->a, key ? key : own);
    if (status == PB_STATUS_OK)
        status = pb_results_file_index(&c->b, key ? key : own);
    pb_free(own);
    PB_TRY(status);
    PB_TRY(match_columns(c));
    PB_TRY(join(c));
    if (c->result.n_common == 0)
        return pb_fail(PB_STATUS_MISMATCH, "%s and %s have no row in common", a, b);
    if (c->result.n_differences > 0)
        qsort(c->result.difference, (size_t)c->result.n_differences, sizeof *c->result.difference, by_distance);
    return PB_STATUS_OK;
}

pb_status pb_results_compare(const char *a, const char *b, const char *key, double tolerance,
                             pb_results_comparison *out)
{
    PB_CHECK_ARG(tolerance >= 0, "a tolerance of %g", tolerance);
    /* What is printed with 4 decimals is not exact in binary: 0.1235 and 0.1234 are not apart by 0.0001. */
    joined_tables c = {.tolerance = tolerance * (1 + 1e-9) + 1e-12};
    const pb_status status = compare(&c, a, b, key);
    pb_results_file_free(&c.a);
    pb_results_file_free(&c.b);
    pb_free(c.in_a);
    pb_free(c.in_b);
    if (status == PB_STATUS_OK)
        *out = c.result;
    else
        pb_results_comparison_free(&c.result);
    return status;
}

void pb_results_comparison_free(pb_results_comparison *comparison)
{
    if (!comparison)
        return;
    pb_free(comparison->difference);
    *comparison = (pb_results_comparison){0};
}
