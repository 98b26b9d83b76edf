/* Golden values as text: one array a line, "name n v1 ... vn", written by the make.py beside the file.
 * Numbers have 17 digits, so they come back as the same doubles. */
#ifndef PB_TESTS_GOLDEN_TEXT_H
#define PB_TESTS_GOLDEN_TEXT_H

#include "support.h"

#include <math.h>

/* The array `name` of tests/golden/<file>; fails the test where it is missing. Free with free(). */
static inline double *golden_array(const char *file, const char *name, int64_t *out_n)
{
    char path[4096], word[128];
    *out_n = 0;
    snprintf(path, sizeof path, "%s/%s", PB_GOLDEN_DIR, file);
    FILE *stream = fopen(path, "r");
    if (!stream)
        fail_msg("cannot open %s", path);
    long long n;
    while (fscanf(stream, "%127s %lld", word, &n) == 2) {
        const int found = strcmp(word, name) == 0;
        double *values = malloc((size_t)(n > 0 ? n : 1) * sizeof *values);
        assert_non_null(values);
        for (long long i = 0; i < n; i++)
            assert_int_equal(fscanf(stream, "%lf", &values[i]), 1);
        if (found) {
            fclose(stream);
            *out_n = n;
            return values;
        }
        free(values);
    }
    fclose(stream);
    fail_msg("%s has no array \"%s\"", path, name);
    return NULL;
}

/* |a - b| <= absolute + relative |b|; false for NaN. */
static inline int is_close(double a, double b, double relative, double absolute)
{
    return a == b || fabs(a - b) <= absolute + relative * fabs(b);
}

#define assert_close(a, b, relative, absolute)                                                                         \
    do {                                                                                                               \
        const double a_ = (a), b_ = (b);                                                                               \
        if (!is_close(a_, b_, relative, absolute))                                                                     \
            fail_msg("%s = %.17g instead of %s = %.17g (difference %g)", #a, a_, #b, b_, a_ - b_);                     \
    } while (0)

static inline void assert_all_close(const double *a, const double *b, int64_t n, double relative, double absolute)
{
    for (int64_t i = 0; i < n; i++)
        if (!is_close(a[i], b[i], relative, absolute))
            fail_msg("[%lld] is %.17g instead of %.17g (difference %g)", (long long)i, a[i], b[i], a[i] - b[i]);
}

#endif
