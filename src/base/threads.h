/* Threads live behind one function, so that determinism and error handling are decided in one place. */
#ifndef PB_BASE_THREADS_H
#define PB_BASE_THREADS_H

#include <stdint.h>

#include <purebank/runtime.h>

/* Work item `index` of pb_parallel_for(). `worker` is 0..pb_threads_get()-1: it may select scratch memory,
 * but must not influence the result. */
typedef pb_status (*pb_work_fn)(void *context, int64_t index, int worker);

/* Runs fn(context, i, worker) for i in [0, n) on pb_threads_get() threads, items handed out one at a time in
 * ascending order. After a failure no new items start; the status and message of the failed item with the
 * lowest index are returned in the calling thread. A call made inside a work item runs serially. oneDNN
 * primitives executed inside a work item use that one thread.
 * `progress` (may be NULL) is reported from the calling thread in units of items. */
pb_status pb_parallel_for(int64_t n, pb_work_fn fn, void *context, const pb_progress *progress);

/* What pb_threads_set(0) stands for from now on, where the caller knows better than this process can: at least 1. */
void pb_threads_set_default(int n_threads);

/* Reports to `progress` when it is not NULL, and asks the thread's pb_cancel_fn; PB_STATUS_CANCELLED when either wants to stop. */
pb_status pb_progress_report(const pb_progress *progress, int64_t done, int64_t total);

#endif
