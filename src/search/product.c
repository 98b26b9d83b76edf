#include "search/product.h"

#include <string.h>

#include "base/memory.h"
#include "base/onednn.h"

struct pb_product {
    dnnl_engine_t engine;
    dnnl_primitive_t matmul, reorder;
    dnnl_memory_desc_t a, b, packed, c, scratchpad;
    bool is_vnni;
    pb_product_shape shape;
};

const char *pb_precision_name(pb_precision precision)
{
    static const char *const names[PB_PRECISIONS] = {
        [PB_PRECISION_F32] = "float32", [PB_PRECISION_INT8] = "int8", [PB_PRECISION_INT7] = "int7"};
    return names[precision];
}

/* Ours, in place of oneDNN's. */
static bool is_own(const pb_product *p)
{
    return p->shape.precision == PB_PRECISION_INT7;
}

static pb_status describe(pb_product *p, pb_product_shape shape, const pb_product *packed_like)
{
    const dnnl_dims_t a = {shape.rows, shape.dim}, b = {shape.dim, shape.columns}, c = {shape.rows, shape.columns};
    const bool bytes = shape.precision == PB_PRECISION_INT8;
    const dnnl_data_type_t b_type = bytes ? dnnl_s8 : dnnl_f32;
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->a, 2, a, bytes ? dnnl_u8 : dnnl_f32, dnnl_ab));
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->b, 2, b, b_type, dnnl_ba)); /* rows of B are columns here */
    PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->c, 2, c, bytes ? dnnl_s32 : dnnl_f32, dnnl_ab));
    if (packed_like)
        p->packed = packed_like->packed;
    else
        PB_TRY_ONEDNN(dnnl_memory_desc_init_by_tag(&p->packed, 2, b, b_type, dnnl_format_tag_any));
    return PB_STATUS_OK;
}

static pb_status create_matmul(pb_product *p, dnnl_primitive_attr_t attributes)
{
    dnnl_matmul_desc_t operation;
    dnnl_primitive_desc_t description;
    const char *implementation = "";
    PB_TRY_ONEDNN(dnnl_matmul_desc_init(&operation, &p->a, &p->packed, NULL, &p->c));
    PB_TRY_ONEDNN(dnnl_primitive_desc_create(&description, &operation, attributes, p->engine, NULL));
    p->packed = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    p->scratchpad = *dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    (void)dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&implementation);
    p->is_vnni = strstr(implementation, "vnni") || strstr(implementation, "amx");
    const dnnl_status_t status = dnnl_primitive_create(&p->matmul, description);
    dnnl_primitive_desc_destroy(description);
    PB_TRY_ONEDNN(status);
    return PB_STATUS_OK;
}

typedef struct creation {
    pb_product_shape shape;
    const pb_product *packed_like;
    pb_product *product;
} creation;

static pb_status create(void *context)
{
    const creation *job = context;
    dnnl_primitive_attr_t attributes;
    PB_TRY(describe(job->product, job->shape, job->packed_like));
    PB_TRY_ONEDNN(dnnl_engine_create(&job->product->engine, dnnl_cpu, 0));
    PB_TRY_ONEDNN(dnnl_primitive_attr_create(&attributes));
    (void)dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    const pb_status status = create_matmul(job->product, attributes);
    dnnl_primitive_attr_destroy(attributes);
    PB_TRY(status);
    pb_product *product = job->product;
    return pb_onednn_reorder_new(product->engine, &product->b, &product->packed, &product->reorder);
}

pb_status pb_product_new(pb_product_shape shape, const pb_product *packed_like, pb_product **out)
{
    pb_product *product;
    PB_TRY(PB_NEW(product, 1));
    product->shape = shape;
    creation job = {shape, packed_like, product};
    const pb_status status = is_own(product) ? PB_STATUS_OK : pb_onednn_create(create, &job);
    if (status != PB_STATUS_OK) {
        pb_product_free(product);
        return status;
    }
    *out = product;
    return PB_STATUS_OK;
}

bool pb_product_pays(const pb_product *product)
{
    return is_own(product) ? pb_byte_product_pays() : product->shape.precision == PB_PRECISION_F32 || product->is_vnni;
}

int64_t pb_product_packed_bytes(const pb_product *product)
{
    if (is_own(product))
        return pb_byte_product_packed_bytes(product->shape.columns, product->shape.dim);
    return (int64_t)dnnl_memory_desc_get_size(&product->packed);
}

pb_status pb_product_pack(const pb_product *product, const void *b, void *packed)
{
    if (is_own(product)) {
        pb_byte_product_pack(b, product->shape.columns, product->shape.dim, packed);
        return PB_STATUS_OK;
    }
    const pb_onednn_argument arguments[] = {{DNNL_ARG_FROM, &product->b, b}, {DNNL_ARG_TO, &product->packed, packed}};
    return pb_onednn_run(product->engine, product->reorder, arguments, 2);
}

pb_status pb_product_unpack(const pb_product *product, const void *packed, void *b)
{
    dnnl_primitive_t reorder = NULL;
    if (is_own(product)) {
        pb_byte_product_unpack(packed, product->shape.columns, product->shape.dim, b);
        return PB_STATUS_OK;
    }
    PB_TRY(pb_onednn_reorder_new(product->engine, &product->packed, &product->b, &reorder));
    const pb_onednn_argument arguments[] = {{DNNL_ARG_FROM, &product->packed, packed}, {DNNL_ARG_TO, &product->b, b}};
    const pb_status status = pb_onednn_run(product->engine, reorder, arguments, 2);
    dnnl_primitive_destroy(reorder);
    return status;
}

static pb_status run_own(const pb_product *product, const void *a, const void *packed, void *c)
{
    const pb_product_shape shape = product->shape;
    uint8_t *scratch;
    PB_TRY(PB_NEW_UNINITIALISED(scratch, pb_byte_product_scratch_bytes(shape.rows, shape.dim)));
    pb_byte_product_run(a, shape.rows, packed, shape.columns, shape.dim, scratch, c);
    pb_free(scratch);
    return PB_STATUS_OK;
}

pb_status pb_product_run(const pb_product *product, const void *a, const void *packed, void *c)
{
    char *scratchpad;
    if (is_own(product))
        return run_own(product, a, packed, c);
    PB_TRY(PB_NEW_UNINITIALISED(scratchpad, dnnl_memory_desc_get_size(&product->scratchpad)));
    const pb_onednn_argument arguments[] = {{DNNL_ARG_SRC, &product->a, a},
                                            {DNNL_ARG_WEIGHTS, &product->packed, packed},
                                            {DNNL_ARG_DST, &product->c, c},
                                            {DNNL_ARG_SCRATCHPAD, &product->scratchpad, scratchpad}};
    const pb_status status = pb_onednn_run(product->engine, product->matmul, arguments, 4);
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
