#include "search/product.h"

#include <dnnl.h>
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"

struct pb_product {
    dnnl_engine_t engine;
    dnnl_primitive_t matmul, reorder;
    dnnl_memory_desc_t a, b, packed, c, scratchpad;
    bool is_vnni;
};

#define TRY_DNNL(call)                                                                                                 \
    do {                                                                                                               \
        const dnnl_status_t dnnl_status_ = (call);                                                                     \
        if (dnnl_status_ != dnnl_success)                                                                              \
            return dnnl_failed(dnnl_status_, #call);                                                                   \
    } while (0)

static pb_status dnnl_failed(dnnl_status_t status, const char *call)
{
    /* Its generated code needs pages of its own: where they are refused, it says runtime error. */
    if (status == dnnl_out_of_memory || status == dnnl_runtime_error)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: oneDNN could not do %.60s (status %d)", call, (int)status);
    return pb_fail(PB_STATUS_INTERNAL, "oneDNN: %.60s failed with status %d", call, (int)status);
}

static pb_status describe(pb_product *p, pb_product_shape shape, const pb_product *packed_like)
{
    const dnnl_dims_t a = {shape.rows, shape.dim}, b = {shape.dim, shape.columns}, c = {shape.rows, shape.columns};
    const bool bytes = shape.precision == PB_PRECISION_INT8;
    const dnnl_data_type_t b_type = bytes ? dnnl_s8 : dnnl_f32;
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&p->a, 2, a, bytes ? dnnl_u8 : dnnl_f32, dnnl_ab));
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&p->b, 2, b, b_type, dnnl_ba)); /* rows of B are columns here */
    TRY_DNNL(dnnl_memory_desc_init_by_tag(&p->c, 2, c, bytes ? dnnl_s32 : dnnl_f32, dnnl_ab));
    if (packed_like)
        p->packed = packed_like->packed;
    else
        TRY_DNNL(dnnl_memory_desc_init_by_tag(&p->packed, 2, b, b_type, dnnl_format_tag_any));
    return PB_STATUS_OK;
}

static pb_status create_matmul(pb_product *p, dnnl_primitive_attr_t attributes)
{
    dnnl_matmul_desc_t operation;
    dnnl_primitive_desc_t description;
    const char *implementation = "";
    TRY_DNNL(dnnl_matmul_desc_init(&operation, &p->a, &p->packed, NULL, &p->c));
    TRY_DNNL(dnnl_primitive_desc_create(&description, &operation, attributes, p->engine, NULL));
    p->packed = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    p->scratchpad = *dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    (void)dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&implementation);
    p->is_vnni = strstr(implementation, "vnni") || strstr(implementation, "amx");
    const dnnl_status_t status = dnnl_primitive_create(&p->matmul, description);
    dnnl_primitive_desc_destroy(description);
    TRY_DNNL(status);
    return PB_STATUS_OK;
}

static pb_status create_reorder(pb_product *p)
{
    dnnl_primitive_desc_t description;
    TRY_DNNL(dnnl_reorder_primitive_desc_create(&description, &p->b, p->engine, &p->packed, p->engine, NULL));
    const dnnl_status_t status = dnnl_primitive_create(&p->reorder, description);
    dnnl_primitive_desc_destroy(description);
    TRY_DNNL(status);
    return PB_STATUS_OK;
}

typedef struct creation {
    pb_product_shape shape;
    const pb_product *packed_like;
    pb_product *product;
} creation;

/* A work item of its own: oneDNN plans a primitive for the number of threads that it sees when creating it. */
static pb_status create_on_one_thread(void *context, int64_t index, int worker)
{
    (void)index;
    (void)worker;
    const creation *job = context;
    dnnl_primitive_attr_t attributes;
    PB_TRY(describe(job->product, job->shape, job->packed_like));
    TRY_DNNL(dnnl_engine_create(&job->product->engine, dnnl_cpu, 0));
    TRY_DNNL(dnnl_primitive_attr_create(&attributes));
    (void)dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    const pb_status status = create_matmul(job->product, attributes);
    dnnl_primitive_attr_destroy(attributes);
    PB_TRY(status);
    return create_reorder(job->product);
}

pb_status pb_product_new(pb_product_shape shape, const pb_product *packed_like, pb_product **out)
{
    pb_product *product;
    PB_TRY(PB_NEW(product, 1));
    creation job = {shape, packed_like, product};
    const pb_status status = pb_parallel_for(1, create_on_one_thread, &job, NULL);
    if (status != PB_STATUS_OK) {
        pb_product_free(product);
        return status;
    }
    *out = product;
    return PB_STATUS_OK;
}

bool pb_product_is_exact_int8(const pb_product *product)
{
    return product->is_vnni;
}

int64_t pb_product_packed_bytes(const pb_product *product)
{
    return (int64_t)dnnl_memory_desc_get_size(&product->packed);
}

typedef struct argument {
    int role;
    const dnnl_memory_desc_t *description;
    const void *data;
} argument;

enum { MAX_ARGUMENTS = 4 };

static pb_status execute(dnnl_engine_t engine, dnnl_primitive_t primitive, const argument *arguments, int count)
{
    dnnl_exec_arg_t memory[MAX_ARGUMENTS];
    dnnl_stream_t stream;
    int made = 0;
    dnnl_status_t status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    TRY_DNNL(status);
    for (; made < count && status == dnnl_success; made++) {
        memory[made].arg = arguments[made].role;
        void *data; /* oneDNN's handles are not const, its inputs are */
        memcpy(&data, &arguments[made].data, sizeof data);
        status = dnnl_memory_create(&memory[made].memory, arguments[made].description, engine, data);
        if (status != dnnl_success)
            break;
    }
    if (status == dnnl_success)
        status = dnnl_primitive_execute(primitive, stream, count, memory);
    if (status == dnnl_success)
        status = dnnl_stream_wait(stream);
    while (made-- > 0)
        dnnl_memory_destroy(memory[made].memory);
    dnnl_stream_destroy(stream);
    TRY_DNNL(status);
    return PB_STATUS_OK;
}

pb_status pb_product_pack(const pb_product *product, const void *b, void *packed)
{
    const argument arguments[] = {{DNNL_ARG_FROM, &product->b, b}, {DNNL_ARG_TO, &product->packed, packed}};
    return execute(product->engine, product->reorder, arguments, 2);
}

pb_status pb_product_run(const pb_product *product, const void *a, const void *packed, void *c)
{
    char *scratchpad;
    PB_TRY(PB_NEW_UNINITIALISED(scratchpad, dnnl_memory_desc_get_size(&product->scratchpad)));
    const argument arguments[] = {{DNNL_ARG_SRC, &product->a, a},
                                  {DNNL_ARG_WEIGHTS, &product->packed, packed},
                                  {DNNL_ARG_DST, &product->c, c},
                                  {DNNL_ARG_SCRATCHPAD, &product->scratchpad, scratchpad}};
    const pb_status status = execute(product->engine, product->matmul, arguments, 4);
    pb_free(scratchpad);
    return status;
}

void pb_product_free(pb_product *product)
{
    if (!product)
        return;
    if (product->matmul)
        dnnl_primitive_destroy(product->matmul);
    if (product->reorder)
        dnnl_primitive_destroy(product->reorder);
    if (product->engine)
        dnnl_engine_destroy(product->engine);
    pb_free(product);
}
