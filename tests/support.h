/* What every test program shares: cmocka with its required headers, and a few helpers. */
#ifndef PB_TESTS_SUPPORT_H
#define PB_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <purebank/purebank.h>

/* Fails with the library's message, not just "1 != 0". */
#define assert_ok(expression)                                                                                          \
    do {                                                                                                               \
        const pb_status status_ = (expression);                                                                        \
        if (status_ != PB_STATUS_OK)                                                                                   \
            fail_msg("%s: %s: %s", #expression, pb_status_name(status_), pb_error_message());                          \
    } while (0)

#define assert_status(expression, expected)                                                                            \
    do {                                                                                                               \
        const pb_status status_ = (expression);                                                                        \
        if (status_ != (expected))                                                                                     \
            fail_msg("%s: %s instead of %s: %s", #expression, pb_status_name(status_), #expected, pb_error_message()); \
    } while (0)

/* Small fixed generator (splitmix64), so that every test replays. */
typedef struct test_rng {
    uint64_t state;
} test_rng;

static inline uint64_t test_rng_next(test_rng *rng)
{
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static inline double test_rng_uniform(test_rng *rng)
{
    return (double)(test_rng_next(rng) >> 11) * 0x1p-53;
}

/* Roughly normal: sum of 12 uniforms. */
static inline double test_rng_normal(test_rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += test_rng_uniform(rng);
    return sum;
}

/* How often something is tried that a rare case may fail: briefly in every run of the suite, whole in `make long`. */
static inline int test_repeats(int briefly, int whole)
{
    return getenv("PB_LONG_TESTS") ? whole : briefly;
}

/* Of a clock that only goes on. */
static inline double test_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A fresh folder under TMPDIR or /tmp; the caller removes it. */
static inline void test_make_temp_dir(char *path, size_t size)
{
    const char *base = getenv("TMPDIR");
    snprintf(path, size, "%s/purebank-test-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
}

/* Removes it with all that is in it, read-only folders too; 0 or not. */
static inline int test_remove_dir(const char *path)
{
    char command[1024];
    snprintf(command, sizeof command, "chmod -R u+w '%s'; rm -rf '%s'", path, path);
    return system(command);
}

/* Does ../shared/<name> exist? Tests that need it call skip() otherwise. */
static inline int test_has_shared(const char *name)
{
    char path[4096];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", PB_SHARED_DIR, name);
    return stat(path, &info) == 0;
}

/* For use as the last test of a group: everything the library allocated has been freed. */
static inline void test_no_live_memory(void **state)
{
    (void)state;
    assert_int_equal(pb_memory_live_bytes(), 0);
}

/* Whose features a test makes up: a square grid of `side` patches a side, `n_dim` channels. */
#define TEST_ORIGIN(side, n_dim)                                                                                       \
    {                                                                                                                  \
        .backbone = "builtin", .weights_hash = "0123", .precision = "f32", .preprocessing = "none",                    \
        .input_height = 80, .input_width = 80, .grid_height = (side), .grid_width = (side), .dim = (n_dim)             \
    }

#endif
