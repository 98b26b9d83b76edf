/* oneDNN has two primitives for a product. Its matmul takes packed matrices where there is a kernel for blocks of them (AVX-512);
 * elsewhere it falls back on its gemm, which lays the right matrix out anew at each call. A convolution of 1 x 1 pixels is the
 * same product, of rows that are pixels and columns that are channels, and its weights are packed for AVX2, too. */
#include "backbone/vit/vit_product.h"

#include <string.h>

#include "base/memory.h"
#include "base/onednn.h"

struct pb_vit_product {
    bool bias, prepacked;
    dnnl_engine_t engine;
    dnnl_primitive_t multiply, reorder;
    dnnl_memory_desc_t a, b, packed, bias_row, c, scratchpad;
};

static dnnl_data_type_t type_of(pb_vit_type type)
{
    return type == PB_VIT_F32 ? dnnl_f32 : dnnl_bf16;
}

static pb_status describe_matmul(pb_vit_product *p, const pb_vit_product_shape *shape)
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

/* The same memory as an image of rows x 1 pixels. */
static pb_status describe_convolution(pb_vit_product *p, const pb_vit_product_shape *shape)
{
    const dnnl_dims_t a = {1, shape->depth, shape->rows, 1}, b = {shape->columns, shape->depth, 1, 1},
                      c = {1, shape->columns, shape->rows, 1}, bias = {shape->columns};
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->a, 4, a, dnnl_f32, dnnl_nhwc));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->b, 4, b, dnnl_f32, dnnl_oihw));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->packed, 4, b, dnnl_f32, dnnl_format_tag_any));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->c, 4, c, dnnl_f32, dnnl_nhwc));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->bias_row, 1, bias, dnnl_f32, dnnl_a));
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

static pb_status describe_operation(pb_vit_product *p, const pb_vit_product_shape *shape,
                                    dnnl_primitive_attr_t attributes, bool convolution, dnnl_primitive_desc_t *out)
{
    const dnnl_memory_desc_t *bias = shape->bias ? &p->bias_row : NULL;
    dnnl_matmul_desc_t matmul;
    dnnl_convolution_desc_t one_by_one;
    if (!convolution) {
        PB_TRY(describe_matmul(p, shape));
        PB_TRY_ONEDNN(dnnl_matmul_desc_init(&matmul, &p->a, &p->packed, bias, &p->c));
        PB_TRY_ONEDNN(dnnl_primitive_desc_create(out, &matmul, attributes, p->engine, NULL));
        return PB_STATUS_OK;
    }
    const dnnl_dims_t strides = {1, 1}, padding = {0, 0};
    PB_TRY(describe_convolution(p, shape));
    PB_TRY_ONEDNN(dnnl_convolution_forward_desc_init(&one_by_one, dnnl_forward_inference, dnnl_convolution_direct,
                                                     &p->a, &p->packed, bias, &p->c, strides, padding, padding));
    PB_TRY_ONEDNN(dnnl_primitive_desc_create(out, &one_by_one, attributes, p->engine, NULL));
    return PB_STATUS_OK;
}

/* Does the operation hand its right matrix on to gemm? */
static bool is_gemm(const_dnnl_primitive_desc_t description)
{
    const char *implementation = "";
    (void)dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&implementation);
    return strstr(implementation, "gemm") != NULL || strstr(implementation, "ref") != NULL;
}

static pb_status choose_operation(pb_vit_product *p, const pb_vit_product_shape *shape,
                                  dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t *out)
{
    PB_TRY(describe_operation(p, shape, attributes, false, out));
    p->prepacked = !is_gemm(*out);
    if (p->prepacked || !shape->reused || shape->type != PB_VIT_F32)
        return PB_STATUS_OK;
    dnnl_primitive_desc_t convolution = NULL;
    if (describe_operation(p, shape, attributes, true, &convolution) == PB_STATUS_OK) {
        p->prepacked = !is_gemm(convolution);
        dnnl_primitive_desc_destroy(p->prepacked ? *out : convolution);
        if (p->prepacked) {
            *out = convolution;
            return PB_STATUS_OK;
        }
    }
    return describe_matmul(p, shape);
}

static pb_status create_operation(pb_vit_product *p, const pb_vit_product_shape *shape,
                                  dnnl_primitive_attr_t attributes)
{
    dnnl_primitive_desc_t description = NULL;
    PB_TRY(choose_operation(p, shape, attributes, &description));
    p->packed = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    p->scratchpad = *dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    const dnnl_status_t status = dnnl_primitive_create(&p->multiply, description);
    dnnl_primitive_desc_destroy(description);
    PB_TRY_ONEDNN(status);
    return PB_STATUS_OK;
}

typedef struct creation {
    const pb_vit_product_shape *shape;
    pb_vit_product *product;
} creation;

static pb_status create(void *context)
{
    const creation *job = context;
    dnnl_primitive_attr_t attributes;
    job->product->bias = job->shape->bias;
    PB_TRY_ONEDNN(dnnl_engine_create(&job->product->engine, dnnl_cpu, 0));
    PB_TRY_ONEDNN(dnnl_primitive_attr_create(&attributes));
    pb_status status = set_attributes(attributes, job->shape);
    if (status == PB_STATUS_OK)
        status = create_operation(job->product, job->shape, attributes);
    dnnl_primitive_attr_destroy(attributes);
    PB_TRY(status);
    pb_vit_product *product = job->product;
    return pb_onednn_reorder_new(product->engine, &product->b, &product->packed, &product->reorder);
}

pb_status pb_vit_product_new(const pb_vit_product_shape *shape, pb_vit_product **out)
{
    pb_vit_product *product;
    PB_TRY(PB_NEW(product, 1));
    creation job = {shape, product};
    const pb_status status = pb_onednn_create(create, &job);
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

bool pb_vit_product_is_prepacked(const pb_vit_product *product)
{
    return product->prepacked;
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
    return pb_onednn_run(product->engine, product->multiply, arguments, product->bias ? 5 : 4);
}

void pb_vit_product_free(pb_vit_product *product)
{
    if (!product)
        return;
    if (product->multiply)
        dnnl_primitive_destroy(product->multiply);
    if (product->reorder)
        dnnl_primitive_destroy(product->reorder);
    if (product->engine)
        dnnl_engine_destroy(product->engine);
    pb_free(product);
}
