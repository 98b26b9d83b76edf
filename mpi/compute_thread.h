/* The thread that computes, so that the main one always answers: to other ranks here, to the dealer there. */
#ifndef PB_MPI_COMPUTE_THREAD_H
#define PB_MPI_COMPUTE_THREAD_H

#include <stdbool.h>

#include "base/work_engine.h"

typedef struct compute_thread compute_thread;

pb_status compute_thread_start(const pb_work *work, compute_thread **out);
/* Begins with a task, which has to stay where it is; the thread must be idle. */
void compute_thread_give(compute_thread *thread, const pb_bytes *task);
bool compute_thread_is_idle(compute_thread *thread); /* nothing was given, or what came of it has been taken */
/* Is what was given finished? Then what came of it: the message of a failure becomes this thread's, the bytes are the caller's. */
bool compute_thread_take(compute_thread *thread, pb_status *out_status, pb_bytes *out_result);
/* How much of the item is done, 0 to 1. */
double compute_thread_share(const compute_thread *thread);
/* Asks the computation to end early, as soon as it next reports progress. */
void compute_thread_cancel(compute_thread *thread);
/* Waits for what is computed, and frees the thread. Accepts NULL. */
void compute_thread_stop(compute_thread *thread);

#endif
