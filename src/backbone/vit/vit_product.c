#include "backbone/vit/vit_product.h"

#include "base/memory.h"
#include "base/onednn.h"
#include "base/threads.h"

struct pb_vit_product {
    bool bias;
    dnnl_engine_t engine;
    dnnl_primitive_t matmul, reorder;
    dnnl_memory_desc_t a, b, packed, bias_row, c, scratchpad;
};

static dnnl_data_type_t type_of(pb_vit_type type)
{
    return type == PB_VIT_F32 ? dnnl_f32 : dnnl_bf16;
}

static pb_status describe(pb_vit_product *p, const pb_vit_product_shape *shape)
{
    const dnnl_dims_t a = {shape->rows, shape->depth}, b = {shape->depth, shape->columns},
                      c = {shape->rows, shape->columns}, bias = {1, shape->columns};
    const bool bytes = shape->type == PB_VIT_INT8;
    const dnnl_data_type_t packed = bytes ? dnnl_s8 : type_of(shape->type);
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->a, 2, a, bytes ? dnnl_u8 : type_of(shape->type), dnnl_ab));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->b, 2, b, bytes ? dnnl_s8 : type_of(shape->given),
                                               shape->transposed ? dnnl_ba : dnnl_ab));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->packed, 2, b, packed, dnnl_format_tag_any));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->c, 2, c, bytes ? dnnl_s32 : type_of(shape->result), dnnl_ab));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->bias_row, 2, bias, dnnl_f32, dnnl_ab));
    return PB_STATUS_OK;
}

static pb_status append_finish(dnnl_post_ops_t operations, const pb_vit_product_shape *shape)
{
    static const float slopes[] = {[PB_VIT_GELU] = 0, [PB_VIT_QUICK_GELU] = 1.702f, [PB_VIT_SILU] = 1};
    if (shape->finish == PB_VIT_ADD)
        PB_TRY_ONEDNN(dnnl_post_ops_append_sum(operations, 1));
    else if (shape->finish == PB_VIT_ACTIVATE)
        PB_TRY_ONEDNN(dnnl_post_ops_append_eltwise(
            operations, 1, shape->activation == PB_VIT_GELU ? dnnl_eltwise_gelu_erf : dnnl_eltwise_swish,
            slopes[shape->activation], 0));
    return PB_STATUS_OK;
}

static pb_status set_attributes(dnnl_primitive_attr_t attributes, const pb_vit_product_shape *shape)
{
    dnnl_post_ops_t operations;
    PB_TRY_ONEDNN(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
    PB_TRY_ONEDNN(dnnl_post_ops_create(&operations));
    pb_status status = append_finish(operations, shape);
    if (status == PB_STATUS_OK) {
        const dnnl_status_t set = dnnl_primitive_attr_set_post_ops(attributes, operations);
        status = set == dnnl_success ? PB_STATUS_OK : pb_onednn_failed(set, "dnnl_primitive_attr_set_post_ops");
    }
    dnnl_post_ops_destroy(operations);
    return status;
}

static pb_status create_matmul(pb_vit_product *p, dnnl_primitive_attr_t attributes)
{
    dnnl_matmul_desc_t operation;
    dnnl_primitive_desc_t description;
    PB_TRY_ONEDNN(dnnl_matmul_desc_init(&operation, &p->a, &p->packed, p->bias ? &p->bias_row : NULL, &p->c));
    PB_TRY_ONEDNN(dnnl_primitive_desc_create(&description, &operation, attributes, p->engine, NULL));
    p->packed = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    p->scratchpad = *dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    const dnnl_status_t status = dnnl_primitive_create(&p->matmul, description);
    dnnl_primitive_desc_destroy(description);
    PB_TRY_ONEDNN(status);
    return PB_STATUS_OK;
}

static pb_status create_reorder(pb_vit_product *p)
{
    dnnl_primitive_desc_t description;
    PB_TRY_ONEDNN(dnnl_reorder_primitive_desc_create(&description, &p->b, p->engine, &p->packed, p->engine, NULL));
    const dnnl_status_t status = dnnl_primitive_create(&p->reorder, description);
    dnnl_primitive_desc_destroy(description);
    PB_TRY_ONEDNN(status);
    return PB_STATUS_OK;
}

typedef struct creation {
    const pb_vit_product_shape *shape;
    pb_vit_product *product;
} creation;

/* A work item of its own: oneDNN plans a primitive for the number of threads that it sees when creating it. */
static pb_status create_on_one_thread(void *context, int64_t index, int worker)
{
    (void)index;
    (void)worker;
    const creation *job = context;
    dnnl_primitive_attr_t attributes;
    job->product->bias = job->shape->bias;
    PB_TRY(describe(job->product, job->shape));
    PB_TRY_ONEDNN(dnnl_engine_create(&job->product->engine, dnnl_cpu, 0));
    PB_TRY_ONEDNN(dnnl_primitive_attr_create(&attributes));
    pb_status status = set_attributes(attributes, job->shape);
    if (status == PB_STATUS_OK)
        status = create_matmul(job->product, attributes);
    dnnl_primitive_attr_destroy(attributes);
    PB_TRY(status);
    return create_reorder(job->product);
}

pb_status pb_vit_product_new(const pb_vit_product_shape *shape, pb_vit_product **out)
{
    pb_vit_product *product;
    PB_TRY(PB_NEW(product, 1));
    creation job = {shape, product};
    const pb_status status = pb_parallel_for(1, create_on_one_thread, &job, NULL);
    if (status != PB_STATUS_OK) {
        pb_vit_product_free(product);
        return status;
    }
    *out = product;
    return PB_STATUS_OK;
}

static pb_status fail_type(const char *lacks, const char *others)
{
    return pb_suggest(pb_fail(PB_STATUS_UNSUPPORTED, "this CPU has no %s: use precision %s", lacks, others),
                      PB_HINT_PRECISION, others);
}

pb_status pb_vit_type_check(pb_vit_type type)
{
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
    const bool has_bf16 = (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
    const bool has_bytes = (isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni ||
                           (isa & dnnl_cpu_isa_avx2_vnni) == dnnl_cpu_isa_avx2_vnni;
    if (type == PB_VIT_BF16 && !has_bf16)
        return fail_type("bf16 instructions (AVX512-BF16 or AMX)", has_bytes ? "f32 or int8" : "f32");
    if (type == PB_VIT_INT8 && !has_bytes)
        return fail_type("exact int8 products (AVX512-VNNI or AVX-VNNI)", "f32");
    return PB_STATUS_OK;
}

size_t pb_vit_product_packed_bytes(const pb_vit_product *product)
{
    return dnnl_memory_desc_get_size(&product->packed);
}

size_t pb_vit_product_scratch_bytes(const pb_vit_product *product)
{
    return dnnl_memory_desc_get_size(&product->scratchpad);
}

pb_status pb_vit_product_pack(const pb_vit_product *product, const void *b, void *packed)
{
    const pb_onednn_argument arguments[] = {{DNNL_ARG_FROM, &product->b, b}, {DNNL_ARG_TO, &product->packed, packed}};
    return pb_onednn_run(product->engine, product->reorder, arguments, 2);
}

pb_status pb_vit_product_run(const pb_vit_product *product, const void *a, const void *packed, const float *bias,
                             void *c, void *scratch)
{
    const pb_onednn_argument arguments[] = {{DNNL_ARG_SRC, &product->a, a},
                                            {DNNL_ARG_WEIGHTS, &product->packed, packed},
                                            {DNNL_ARG_DST, &product->c, c},
                                            {DNNL_ARG_SCRATCHPAD, &product->scratchpad, scratch},
                                            {DNNL_ARG_BIAS, &product->bias_row, bias}};
    return pb_onednn_run(product->engine, product->matmul, arguments, product->bias ? 5 : 4);
}

void pb_vit_product_free(pb_vit_product *product)
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
