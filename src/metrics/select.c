#include "metrics/select.h"

#include <math.h>

#include <stdlib.h>

static void swap(double *a, double *b)
{
    const double t = *a;
    *a = *b;
    *b = t;
}

static double median_of_3(double a, double b, double c)
{
    if (a > b)
        swap(&a, &b);
    if (b <= c)
        return b;
    return a > c ? a : c;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double pb_order_statistic(double *values, int64_t n, int64_t rank)
{
    /* Quickselect with a three-way partition, as scores tie often; a run of bad pivots falls back to sorting. */
    int64_t low = 0, high = n;
    for (int rounds = 0; high - low > 1; rounds++) {
        if (rounds == 100) {
            qsort(values + low, (size_t)(high - low), sizeof *values, ascending);
            break;
        }
        const double pivot = median_of_3(values[low], values[low + (high - low) / 2], values[high - 1]);
        int64_t less = low, greater = high; /* [low, less) < pivot, [greater, high) > pivot */
        for (int64_t i = low; i < greater;) {
            if (values[i] < pivot)
                swap(&values[i++], &values[less++]);
            else if (values[i] > pivot)
                swap(&values[i], &values[--greater]);
            else
                i++;
        }
        if (rank < less)
            high = less;
        else if (rank >= greater)
            low = greater;
        else
            break;
    }
    return values[rank];
}

double pb_mean_of_highest(double *values, int64_t n, int64_t count)
{
    double *highest = values + n - count, sum = 0;
    (void)pb_order_statistic(values, n, n - count);
    qsort(highest, (size_t)count, sizeof *highest, ascending);
    for (int64_t i = 0; i < count; i++)
        sum += highest[i];
    return sum / (double)count;
}

double pb_median(double *values, int64_t n)
{
    const double upper = pb_order_statistic(values, n, n / 2);
    if (n % 2 == 1)
        return upper;
    return (pb_order_statistic(values, n / 2, n / 2 - 1) + upper) / 2;
}

pb_deviation pb_median_deviation(double *values, int64_t n)
{
    const double median = pb_median(values, n);
    for (int64_t i = 0; i < n; i++)
        values[i] = fabs(values[i] - median);
    return (pb_deviation){median, pb_median(values, n)};
}
