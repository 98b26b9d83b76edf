#define _GNU_SOURCE
#include "base/threads.h"

#include <errno.h>
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/parse.h"

enum { MAX_THREADS = 1024 };

static atomic_int threads_set;

pb_status pb_threads_set(int n_threads)
{
    PB_CHECK_ARG(n_threads >= 0 && n_threads <= MAX_THREADS, "threads must be between 0 (automatic) and %d, not %d",
                 MAX_THREADS, n_threads);
    atomic_store(&threads_set, n_threads);
    return PB_STATUS_OK;
}

static int affinity_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < MAX_THREADS ? (int)online : 1;
}

/* Whole cores in a cgroup-v2 quota ("max" or "<quota> <period>", microseconds), or 0 where there is none. */
static int cgroup_v2_cores(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    long long quota = 0, period = 0;
    const int fields = fscanf(file, "%lld %lld", &quota, &period); /* NOLINT(cert-err34-c): the kernel wrote it */
    fclose(file);
    if (fields != 2 || quota <= 0 || period <= 0)
        return 0;
    const long long cores = (quota + period - 1) / period;
    return cores < MAX_THREADS ? (int)cores : MAX_THREADS;
}

static int cgroup_cores(void)
{
    /* Inside a container the process's own group is mounted at the root; outside, /proc names it. */
    char line[512], path[640];
    int cores = cgroup_v2_cores("/sys/fs/cgroup/cpu.max");
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file)
        return cores;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "0::", 3) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", line + 3);
        const int own = cgroup_v2_cores(path);
        if (own > 0 && (cores == 0 || own < cores))
            cores = own;
    }
    fclose(file);
    return cores;
}

static int default_threads(void)
{
    const char *text = getenv("PB_NUM_THREADS");
    if (text && *text) {
        int64_t value;
        if (pb_item_integer(pb_item_of(text), 1, MAX_THREADS, &value))
            return (int)value;
    }
    const int cores = affinity_cores();
    const int quota = cgroup_cores();
    return quota > 0 && quota < cores ? quota : cores;
}

static atomic_int cached; /* the default; 0: nobody has asked yet */

void pb_threads_set_default(int n_threads)
{
    atomic_store(&cached, n_threads);
}

int pb_threads_get(void)
{
    const int set = atomic_load(&threads_set);
    if (set > 0)
        return set;
    int value = atomic_load(&cached);
    if (value == 0) {
        value = default_threads();
        atomic_store(&cached, value);
    }
    return value;
}

/* Of this thread, so that callers in other threads are not asked about work that is not theirs. */
static _Thread_local struct {
    pb_cancel_fn ask;
    void *context;
} cancel;

void pb_cancel_set(pb_cancel_fn ask, void *context)
{
    cancel.ask = ask;
    cancel.context = context;
}

pb_status pb_progress_report(const pb_progress *progress, int64_t done, int64_t total)
{
    const bool refused = progress && progress->report && progress->report(progress->context, done, total) != 0;
    if (refused || (cancel.ask && cancel.ask(cancel.context) != 0))
        return pb_fail(PB_STATUS_CANCELLED, "cancelled");
    return PB_STATUS_OK;
}

typedef struct parallel_run {
    int64_t n;
    pb_work_fn fn;
    void *context;
    const pb_progress *progress;
    _Atomic int64_t next;
    _Atomic int64_t done;
    atomic_bool stop;
    int64_t failed_index; /* the rest is guarded by the critical section */
    pb_status status;
    pb_error error;
} parallel_run;

static void note_failure(parallel_run *run, int64_t index, pb_status status)
{
    atomic_store_explicit(&run->stop, true, memory_order_relaxed);
#pragma omp critical(pb_parallel_for_failure)
    {
        if (run->status == PB_STATUS_OK || index < run->failed_index) {
            run->failed_index = index;
            run->status = status;
            pb_error_save(&run->error);
        }
    }
}

/* Relaxed, since items are independent and the end of the parallel region publishes their results; a stronger order
 * would also hide races between items from the thread sanitizer. */
static void work_until_done(parallel_run *run, int worker)
{
    while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
        const int64_t index = atomic_fetch_add_explicit(&run->next, 1, memory_order_relaxed);
        if (index >= run->n)
            return;
        pb_status status = run->fn(run->context, index, worker);
        const int64_t done = atomic_fetch_add_explicit(&run->done, 1, memory_order_relaxed) + 1;
        if (status == PB_STATUS_OK && worker == 0)
            status = pb_progress_report(run->progress, done, run->n);
        if (status != PB_STATUS_OK)
            note_failure(run, index, status);
    }
}

pb_status pb_parallel_for(int64_t n, pb_work_fn fn, void *context, const pb_progress *progress)
{
    parallel_run run = {.n = n, .fn = fn, .context = context, .progress = progress, .failed_index = -1};
    /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): the pragma below reads it */
    const int threads = omp_in_parallel() ? 1 : (n < pb_threads_get() ? (int)(n > 0 ? n : 1) : pb_threads_get());
#pragma omp parallel num_threads(threads) default(none) shared(run)
    {
        /* oneDNN asks OpenMP how many threads it may take: one, as this item is already a thread's share. */
        omp_set_num_threads(1);
        work_until_done(&run, omp_get_thread_num());
    }
    if (run.status != PB_STATUS_OK) {
        pb_error_restore(&run.error);
        return run.status;
    }
    return n > 0 ? pb_progress_report(progress, n, n) : PB_STATUS_OK;
}
