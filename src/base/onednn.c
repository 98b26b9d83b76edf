#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "base/onednn.h"

#include <string.h>
#include <sys/mman.h>

#include "base/threads.h"

pb_status pb_onednn_failed(dnnl_status_t status, const char *call)
{
    /* Its generated code needs pages of its own: where they are refused, it says runtime error. */
    if (status == dnnl_out_of_memory || status == dnnl_runtime_error)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: oneDNN could not do %.60s (status %d)", call, (int)status);
    return pb_fail(PB_STATUS_INTERNAL, "oneDNN: %.60s failed with status %d", call, (int)status);
}

/* Before primitives are made: is there room for the code that oneDNN will generate? Where there is none it calls abort(), or jumps to
 * code that is not there (2.6). */
static pb_status check_room(void)
{
    /* Ten times what a matrix product takes; only asked for, never touched, and no memory of ours. */
    const size_t bytes = (size_t)16 << 20;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: no room for the code that oneDNN generates");
    (void)munmap(room, bytes);
    return PB_STATUS_OK;
}

typedef struct creation {
    pb_status (*create)(void *context);
    void *context;
} creation;

/* A work item of its own: oneDNN plans a primitive for the number of threads that it sees when creating it. */
static pb_status create_on_one_thread(void *context, int64_t index, int worker)
{
    const creation *job = context;
    (void)index;
    (void)worker;
    PB_TRY(check_room());
    return job->create(job->context);
}

pb_status pb_onednn_create(pb_status (*create)(void *context), void *context)
{
    creation job = {create, context};
    return pb_parallel_for(1, create_on_one_thread, &job, NULL);
}

pb_status pb_onednn_run(dnnl_engine_t engine, dnnl_primitive_t primitive, const pb_onednn_argument *arguments,
                        int n_arguments)
{
    dnnl_exec_arg_t memory[PB_ONEDNN_MAX_ARGUMENTS];
    dnnl_stream_t stream;
    int made = 0;
    PB_ASSERT(n_arguments <= PB_ONEDNN_MAX_ARGUMENTS);
    dnnl_status_t status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    PB_TRY_ONEDNN(status);
    for (; made < n_arguments && status == dnnl_success; made++) {
        memory[made].arg = arguments[made].role;
        void *data; /* oneDNN's handles are not const, its inputs are */
        memcpy(&data, &arguments[made].data, sizeof data);
        status = dnnl_memory_create(&memory[made].memory, arguments[made].description, engine, data);
        if (status != dnnl_success)
            break;
    }
    if (status == dnnl_success)
        status = dnnl_primitive_execute(primitive, stream, n_arguments, memory);
    if (status == dnnl_success)
        status = dnnl_stream_wait(stream);
    while (made-- > 0)
        dnnl_memory_destroy(memory[made].memory);
    dnnl_stream_destroy(stream);
    PB_TRY_ONEDNN(status);
    return PB_STATUS_OK;
}

pb_status pb_onednn_reorder_new(dnnl_engine_t engine, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                                dnnl_primitive_t *out)
{
    dnnl_primitive_desc_t description;
    PB_TRY_ONEDNN(dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, NULL));
    const dnnl_status_t status = dnnl_primitive_create(out, description);
    dnnl_primitive_desc_destroy(description);
    PB_TRY_ONEDNN(status);
    return PB_STATUS_OK;
}
