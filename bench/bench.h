/* What the benchmarks share: a clock, medians, random numbers that are the same on every machine, the machine card. */
#ifndef PB_BENCH_H
#define PB_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <purebank/runtime.h>

#include "metrics/select.h"

/* Seconds since some fixed moment. */
static inline double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Seconds that all threads of this process have computed: on a machine that others use, the better clock for one thread. */
static inline double bench_cpu_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t bench_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Prints the first line of a /proc file that begins with `key`. */
static inline void bench_print_field(const char *path, const char *key)
{
    char line[512];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0) {
            printf("  %s", line);
            break;
        }
    if (file)
        fclose(file);
}

static inline void bench_print_machine(void)
{
    printf("machine\n");
    bench_print_field("/proc/cpuinfo", "model name");
    bench_print_field("/proc/cpuinfo", "cpu cores");
    printf("  compiler %s; purebank %s; %d threads\n", __VERSION__, pb_version(), pb_threads_get());
}

#endif
