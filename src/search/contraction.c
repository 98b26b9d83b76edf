#include "search/contraction.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "search/kernels.h"
#include "search/product.h"

struct pb_contraction {
    int64_t dim, count; /* of axes */
    double defect;      /* of the axes, see axes.h */
    pb_product *product;
    char *packed; /* the axes as its columns */
    float *axes;  /* at least `count` */
};

static pb_status pack(pb_contraction *c)
{
    const pb_product_shape shape = {PB_CONTRACTION_ROWS, c->count, c->dim, PB_PRECISION_F32};
    pb_product_free(c->product);
    pb_free(c->packed);
    c->product = NULL;
    c->packed = NULL;
    PB_TRY(pb_product_new(shape, NULL, &c->product));
    PB_TRY(PB_NEW(c->packed, pb_product_packed_bytes(c->product)));
    return pb_product_pack(c->product, c->axes, c->packed);
}

static pb_status build(pb_contraction *c, const float *sample, int64_t n, int64_t wanted)
{
    c->count = wanted - 1;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(c->axes, PB_AXES_MAX, c->dim));
    PB_TRY(pb_axes_fit(sample, n, c->dim, c->axes, &c->count, &c->defect));
    return c->count > 0 ? pack(c) : PB_STATUS_OK;
}

pb_status pb_contraction_new(const float *sample, int64_t n, int64_t dim, int64_t wanted, pb_contraction **out)
{
    pb_contraction *contraction;
    PB_ASSERT(wanted >= 2 && wanted <= PB_CONTRACTION_MAX_SIZE && dim <= PB_CONTRACTION_MAX_DIM);
    *out = NULL;
    PB_TRY(PB_NEW(contraction, 1));
    contraction->dim = dim;
    const pb_status status = build(contraction, sample, n, wanted);
    if (status == PB_STATUS_OK && contraction->count > 0)
        *out = contraction;
    else
        pb_contraction_free(contraction);
    return status;
}

pb_status pb_contraction_settle(pb_contraction *contraction, int64_t size)
{
    pb_status status = PB_STATUS_OK;
    PB_ASSERT(size >= 2 && size <= contraction->count + 1);
    if (size <= contraction->count) {
        contraction->count = size - 1;
        status = pack(contraction);
    }
    return status;
}

static pb_status fill(pb_contraction *c, const float *axes)
{
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(c->axes, c->count, c->dim));
    memcpy(c->axes, axes, (size_t)(c->count * c->dim) * sizeof *axes);
    PB_TRY(pb_axes_measure(c->axes, c->count, c->dim, &c->defect));
    if (!(c->defect < 0.01))
        return pb_fail(PB_STATUS_BAD_FORMAT, "the axes of an index are not at right angles");
    return pack(c);
}

pb_status pb_contraction_restore(const float *axes, int64_t count, int64_t dim, pb_contraction **out)
{
    pb_contraction *contraction;
    PB_ASSERT(count >= 1 && count <= PB_AXES_MAX && dim <= PB_CONTRACTION_MAX_DIM);
    PB_TRY(PB_NEW(contraction, 1));
    contraction->dim = dim;
    contraction->count = count;
    const pb_status status = fill(contraction, axes);
    if (status == PB_STATUS_OK)
        *out = contraction;
    else
        pb_contraction_free(contraction);
    return status;
}

const float *pb_contraction_axes(const pb_contraction *contraction)
{
    return contraction->axes;
}

int64_t pb_contraction_size(const pb_contraction *contraction)
{
    return contraction->count + 1;
}

pb_status pb_contraction_rotate(const pb_contraction *contraction, const float *rows, float *coordinates)
{
    const int64_t count = contraction->count, size = count + 1;
    PB_TRY(pb_product_run(contraction->product, rows, contraction->packed, coordinates));
    for (int64_t i = PB_CONTRACTION_ROWS - 1; i > 0; i--) /* make room for the norm of the rest */
        memmove(coordinates + i * size, coordinates + i * count, (size_t)count * sizeof *coordinates);
    return PB_STATUS_OK;
}

/* index.c, (9) to (12). */
double pb_contraction_rest(const pb_contraction *contraction, const float *coordinates, double square, int64_t size,
                           double *lost)
{
    const double u = 0x1p-24, dim = (double)contraction->dim, m = (double)(size - 1);
    const double norm = sqrt(square) * (1 + 0x1p-30), gamma = 1.01 * u * (dim + 2);
    const double rotation = (gamma * sqrt(m) * (1 + contraction->defect) + contraction->defect) * norm +
                            m * dim * 0x1p-125 + norm * 0x1p-30;
    const double turned = sqrt(pb_sum_of_squares(coordinates, size - 1));
    const double least = fmax(0, turned - rotation), most = turned + rotation;
    const double slack = (dim + 32) * 0x1p-51 * square;
    const double low = sqrt(fmax(0, square - most * most - slack));
    const double high = sqrt(fmax(0, square - least * least + slack));
    *lost = sqrt(rotation * rotation + (high - low) * (high - low) / 4) + norm * 0x1p-40;
    return (low + high) / 2;
}

void pb_contraction_free(pb_contraction *contraction)
{
    if (!contraction)
        return;
    pb_product_free(contraction->product);
    pb_free(contraction->packed);
    pb_free(contraction->axes);
    pb_free(contraction);
}
