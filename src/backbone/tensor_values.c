#include "backbone/tensor_values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/half.h"

static const char *shape_text(const int64_t *shape, int n_dims, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < n_dims && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, i ? ", " : "", shape[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
    return text;
}

/* Leading dimensions of 1, as of class tokens, do not count. */
static pb_status check_tensor(const pb_checkpoint *checkpoint, const pb_tensor *tensor, const int64_t *shape,
                              int n_dims)
{
    char actual[256], wanted[256];
    const int extra = tensor->n_dims - n_dims;
    bool same = extra >= 0;
    for (int i = 0; i < tensor->n_dims && same; i++)
        same = tensor->shape[i] == (i < extra ? 1 : shape[i - extra]);
    if (!same)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s: tensor %s is %s, the config asks for %s",
                       pb_checkpoint_weights_name(checkpoint), tensor->name,
                       shape_text(tensor->shape, tensor->n_dims, actual, sizeof actual),
                       shape_text(shape, n_dims, wanted, sizeof wanted));
    if (tensor->type != PB_DTYPE_F32 && tensor->type != PB_DTYPE_F16 && tensor->type != PB_DTYPE_BF16)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: tensor %s is of dtype %s; weights may be F32, F16 or BF16",
                       pb_checkpoint_weights_name(checkpoint), tensor->name, pb_dtype_name(tensor->type));
    return PB_STATUS_OK;
}

/* Tensors may lie at any byte. */
static uint16_t load16(const void *data, int64_t i)
{
    uint16_t bits;
    memcpy(&bits, (const char *)data + 2 * i, sizeof bits);
    return bits;
}

/* bfloat16 is the upper half of a float. */
static float float_of_bf16(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static pb_status convert(const pb_checkpoint *checkpoint, const pb_tensor *tensor, float *out)
{
    const int64_t n = tensor->n_items;
    if (tensor->type == PB_DTYPE_F32)
        memcpy(out, tensor->data, (size_t)n * sizeof *out);
    else if (tensor->type == PB_DTYPE_F16)
        for (int64_t i = 0; i < n; i++)
            out[i] = pb_float_of_half(load16(tensor->data, i));
    else
        for (int64_t i = 0; i < n; i++)
            out[i] = float_of_bf16(load16(tensor->data, i));
    pb_file_forget_pages(tensor->data, tensor->bytes);
    float sum = 0; /* of zeroes, unless a value is not finite */
    for (int64_t i = 0; i < n; i++)
        sum += out[i] * 0;
    if (sum != 0 || isnan(sum))
        return pb_fail(PB_STATUS_BAD_VALUE, "%s: tensor %s holds NaN or infinity",
                       pb_checkpoint_weights_name(checkpoint), tensor->name);
    return PB_STATUS_OK;
}

pb_status pb_tensor_values(const pb_checkpoint *checkpoint, const pb_tensor *tensor, const int64_t *shape, int n_dims,
                           float *out)
{
    PB_TRY(check_tensor(checkpoint, tensor, shape, n_dims));
    return out ? convert(checkpoint, tensor, out) : PB_STATUS_OK;
}

pb_status pb_tensor_values_of(const pb_checkpoint *checkpoint, const char *name, const int64_t *shape, int n_dims,
                              float *out)
{
    const pb_tensor *tensor = pb_checkpoint_tensor(checkpoint, name);
    if (!tensor)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %s", pb_checkpoint_weights_name(checkpoint), name);
    return pb_tensor_values(checkpoint, tensor, shape, n_dims, out);
}
