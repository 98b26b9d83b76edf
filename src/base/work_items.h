/* Long work as items: what work_engine.h runs and dealer.h deals. */
#ifndef PB_BASE_WORK_ITEMS_H
#define PB_BASE_WORK_ITEMS_H

#include <stdbool.h>

#include <purebank/runtime.h>

#include "base/bytes.h"

enum { PB_WORK_NAME_BYTES = 256 };

typedef struct pb_work_item {
    char name[PB_WORK_NAME_BYTES]; /* for people: "VisA/pcb1, seed 3" */
    int64_t units;                 /* what it counts in the progress */
    pb_bytes task;                 /* all that compute() is told */
} pb_work_item;

/* Items come in groups that share what has to be loaded: whoever has computed one gets the next of that group. */
typedef struct pb_work {
    const char *same; /* what has to agree in all processes, in one line for people; NULL: nothing */
    int64_t n_groups;
    bool ordered; /* the sink gets the results of a group in the order of its items */

    /* Where the files are: called from the thread that called pb_work_run(). ---- */
    /* How much work is left in the group, in any unit: 0: none. Larger groups are begun first. */
    double (*left)(void *context, int64_t group);
    /* Hands out the next item; none where its name stays empty. */
    pb_status (*take)(void *context, int64_t group, pb_work_item *out);
    /* Keeps what compute() made of a task. */
    pb_status (*sink)(void *context, const pb_bytes *task, const pb_bytes *result);
    /* compute() failed, and pb_error_message() says why: PB_STATUS_OK to go on with the others. NULL: the work ends. */
    pb_status (*failed)(void *context, const pb_bytes *task, pb_status status);

    /* Anywhere, and at the same time as the functions above: one item at a time, all from one thread. ---- */
    pb_status (*compute)(void *context, const pb_bytes *task, const pb_progress *progress, pb_bytes *result);

    void *context;
    int64_t units_done, units;   /* of the progress: before the work, and of all */
    const pb_progress *progress; /* may be NULL */
} pb_work;

#endif
