/* Long work as items that any process may compute, in any order: whoever has the files takes items from a list and keeps the results,
 * and the function between the two sees bytes alone. Here, one item after another is computed on all threads; a program may set an
 * engine that deals the items to other processes (mpi/). Results are the same. */
#ifndef PB_BASE_WORK_ENGINE_H
#define PB_BASE_WORK_ENGINE_H

#include <stdbool.h>

#include "base/work_items.h"

/* Computes all items. @return of the first failure that failed() does not excuse; PB_STATUS_CANCELLED */
pb_status pb_work_run(const pb_work *work);

/* Does this process only compute, for another that takes items and keeps results? Then take() and sink() are not called here, and
 * nothing is to be locked or written. */
bool pb_work_is_remote(void);

/* How many processes take part. */
int64_t pb_work_processes(void);

/* Who computes. */
typedef struct pb_work_engine {
    pb_status (*run)(void *state, const pb_work *work);
    void *state;
    int64_t n_processes;
    bool is_remote; /* see pb_work_is_remote() */
} pb_work_engine;

/* Copied; NULL: this process computes by itself. Not while work runs. */
void pb_work_set_engine(const pb_work_engine *new_engine);

#endif
