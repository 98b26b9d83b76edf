/* What every user of oneDNN needs: its statuses as ours, and running a primitive on borrowed memory. Primitives are to
 * be created and run inside work items of pb_parallel_for(), where oneDNN sees one thread: it plans for the number of
 * threads that it sees, and the bits follow the plan. */
#ifndef PB_BASE_ONEDNN_H
#define PB_BASE_ONEDNN_H

#include <dnnl.h>

#include "base/error.h"

/* `call` is the source text of what failed. */
pb_status pb_onednn_failed(dnnl_status_t status, const char *call);

/* Calls `create` where primitives may be made: on one thread, with room for their code. */
pb_status pb_onednn_create(pb_status (*create)(void *context), void *context);

/* What moves memory of one layout into another. */
pb_status pb_onednn_reorder_new(dnnl_engine_t engine, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                                dnnl_primitive_t *out);

#define PB_TRY_ONEDNN(call)                                                                                            \
    do {                                                                                                               \
        const dnnl_status_t pb_onednn_status_ = (call);                                                                \
        if (pb_onednn_status_ != dnnl_success)                                                                         \
            return pb_onednn_failed(pb_onednn_status_, #call);                                                         \
    } while (0)

typedef struct pb_onednn_argument {
    int role; /* DNNL_ARG_... */
    const dnnl_memory_desc_t *description;
    const void *data; /* outputs too: oneDNN's handles know no const */
} pb_onednn_argument;

enum { PB_ONEDNN_MAX_ARGUMENTS = 8 };

/* Runs a primitive and waits for it. */
pb_status pb_onednn_run(dnnl_engine_t engine, dnnl_primitive_t primitive, const pb_onednn_argument *arguments,
                        int n_arguments);

#endif
