#include "backbone/cnn/cnn_weights.h"

#include <math.h>
#include <stdio.h>

#include "backbone/tensor_values.h"
#include "base/memory.h"
#include "base/product.h"

typedef struct loader {
    const pb_checkpoint *checkpoint;
    const pb_cnn_step *step;
    double eps;
    pb_cnn_weights *weights; /* NULL: check only */
} loader;

/* @param out NULL: check only */
static pb_status read_channels(const loader *l, const char *name, const char *suffix, float *out)
{
    char full[PB_CNN_NAME + 16];
    snprintf(full, sizeof full, "%s%s", name, suffix);
    return pb_tensor_values_of(l->checkpoint, full, &l->step->out_channels, 1, out);
}

static pb_status read_kernel(const loader *l)
{
    const pb_cnn_step *step = l->step;
    const int64_t shape[] = {step->out_channels, step->in_channels / step->groups, step->kernel, step->kernel};
    char name[PB_CNN_NAME + 16];
    snprintf(name, sizeof name, "%s.weight", step->conv);
    if (l->weights) {
        PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(l->weights->kernel, shape[0], shape[1], shape[2], shape[3]));
        PB_TRY(PB_NEW(l->weights->shift, step->out_channels));
    }
    PB_TRY(
        pb_tensor_values_of(l->checkpoint, name, shape, step->matrix ? 2 : 4, l->weights ? l->weights->kernel : NULL));
    if (!step->bias)
        return PB_STATUS_OK;
    return read_channels(l, step->conv, ".bias", l->weights ? l->weights->shift : NULL);
}

/* Output channel c of the convolution, times `factor`. */
static void scale_channel(const loader *l, int64_t c, double factor)
{
    const pb_cnn_step *step = l->step;
    const int64_t n = step->in_channels / step->groups * step->kernel * step->kernel;
    for (int64_t i = c * n; i < (c + 1) * n; i++)
        l->weights->kernel[i] = (float)((double)l->weights->kernel[i] * factor);
}

/* Ioffe and Szegedy, "Batch normalization" (2015), algorithm 2 with the running mean and variance. */
static pb_status fold_batch_norm(const loader *l)
{
    enum { GAIN, SHIFT, MEAN, VARIANCE, N };
    static const char *const suffixes[] = {".weight", ".bias", ".running_mean", ".running_var"};
    float *values[N] = {0};
    pb_status status = PB_STATUS_OK;
    for (int i = 0; i < N && status == PB_STATUS_OK; i++) {
        if (l->weights)
            PB_TRY_GOTO(PB_NEW(values[i], l->step->out_channels));
        status = read_channels(l, l->step->batch_norm, suffixes[i], values[i]);
    }
    for (int64_t c = 0; status == PB_STATUS_OK && l->weights && c < l->step->out_channels; c++) {
        const double variance = (double)values[VARIANCE][c] + l->eps, bias = (double)l->weights->shift[c];
        if (!(variance > 0)) {
            status = pb_fail(PB_STATUS_BAD_VALUE, "%s: %s.running_var has %g at channel %lld, below 0",
                             pb_checkpoint_weights_name(l->checkpoint), l->step->batch_norm,
                             (double)values[VARIANCE][c], (long long)c);
            break;
        }
        const double factor = (double)values[GAIN][c] / sqrt(variance);
        scale_channel(l, c, factor);
        l->weights->shift[c] = (float)((bias - (double)values[MEAN][c]) * factor + (double)values[SHIFT][c]);
    }
done:
    for (int i = 0; i < N; i++)
        pb_free(values[i]);
    return status;
}

static pb_status fold_scale(const loader *l)
{
    float *scale = NULL;
    if (l->weights)
        PB_TRY(PB_NEW(scale, l->step->out_channels));
    const pb_status status = read_channels(l, l->step->scale, "", scale);
    for (int64_t c = 0; status == PB_STATUS_OK && scale && c < l->step->out_channels; c++) {
        scale_channel(l, c, (double)scale[c]);
        l->weights->shift[c] *= scale[c];
    }
    pb_free(scale);
    return status;
}

static pb_status read_layer_norm(const loader *l)
{
    if (l->weights) {
        PB_TRY(PB_NEW(l->weights->gain, l->step->out_channels));
        PB_TRY(PB_NEW(l->weights->shift, l->step->out_channels));
    }
    PB_TRY(read_channels(l, l->step->layer_norm, ".weight", l->weights ? l->weights->gain : NULL));
    return read_channels(l, l->step->layer_norm, ".bias", l->weights ? l->weights->shift : NULL);
}

static pb_status read_step(const loader *l)
{
    if (l->step->operation == PB_CNN_NORMALIZE)
        return read_layer_norm(l);
    if (l->step->operation != PB_CNN_CONVOLVE)
        return PB_STATUS_OK;
    PB_TRY(read_kernel(l));
    if (l->step->batch_norm[0])
        PB_TRY(fold_batch_norm(l));
    return l->step->scale[0] ? fold_scale(l) : PB_STATUS_OK;
}

pb_status pb_cnn_weights_check(const pb_checkpoint *checkpoint, const pb_cnn_plan *plan)
{
    for (int i = 0; i < plan->n_steps; i++) {
        const loader check = {.checkpoint = checkpoint, .step = &plan->steps[i]};
        PB_TRY(read_step(&check));
    }
    return PB_STATUS_OK;
}

pb_status pb_cnn_weights_read(const pb_checkpoint *checkpoint, const pb_cnn_plan *plan, const pb_cnn_step *step,
                              pb_cnn_weights *out)
{
    const loader load = {checkpoint, step, plan->model.kind.norm_eps, out};
    *out = (pb_cnn_weights){0};
    return read_step(&load);
}

void pb_cnn_weights_free(pb_cnn_weights *weights)
{
    pb_free(weights->kernel);
    pb_free(weights->gain);
    pb_free(weights->shift);
    *weights = (pb_cnn_weights){0};
}
