#include "backbone/cnn/cnn_run.h"

#include <math.h>
#include <string.h>

#include "backbone/cnn/cnn_embed.h"
#include "backbone/layer_norm.h"
#include "base/memory.h"
#include "base/threads.h"

/* Memory of one thread. */
typedef struct scratch {
    uint8_t *pixels;
    char *slots[PB_CNN_SLOTS];
    char *reordered, *work;
    float *row;            /* of the widest map */
    float *map, *means;    /* a tap's, pixel by pixel */
    float *patch, *placed; /* where channels are pooled: neighbours of a pixel, and means on the grid */
} scratch;

typedef struct run {
    const pb_cnn_network *network;
    const pb_image_source *source;
    scratch *scratch; /* one a thread */
    float *out;
} run;

/* ---- Memory ---- */

static pb_status new_scratch(const pb_cnn_network *network, scratch *out)
{
    const pb_cnn_plan *plan = &network->plan;
    const int64_t width = plan->model.kind.neighbourhood;
    int64_t widest = 1, largest = 1, patch = 1;
    for (int i = 0; i < plan->n_steps; i++)
        widest = plan->steps[i].out_channels > widest ? plan->steps[i].out_channels : widest;
    for (int i = 0; i < plan->n_taps; i++) {
        const pb_cnn_tap *tap = &plan->taps[i];
        const int64_t channels = tap->channels > plan->pooled ? tap->channels : plan->pooled;
        largest = tap->side * tap->side * channels > largest ? tap->side * tap->side * channels : largest;
        patch = tap->channels * width * width > patch ? tap->channels * width * width : patch;
    }
    PB_TRY(PB_NEW_UNINITIALISED(out->pixels, plan->image.size * plan->image.size * 3));
    for (int i = 0; i < PB_CNN_SLOTS; i++)
        PB_TRY(PB_NEW(out->slots[i], network->slot_bytes[i]));
    PB_TRY(PB_NEW(out->reordered, network->reorder_bytes));
    PB_TRY(PB_NEW(out->work, network->scratch_bytes));
    PB_TRY(PB_NEW_UNINITIALISED(out->row, widest));
    PB_TRY(PB_NEW_UNINITIALISED(out->map, largest));
    if (plan->pooled) {
        PB_TRY(PB_NEW_UNINITIALISED(out->patch, patch));
        PB_TRY(PB_NEW_UNINITIALISED(out->placed, plan->grid * plan->grid * plan->pooled));
    }
    return PB_NEW_UNINITIALISED(out->means, largest);
}

static void free_scratch(scratch *s)
{
    pb_free(s->pixels);
    for (int i = 0; i < PB_CNN_SLOTS; i++)
        pb_free(s->slots[i]);
    pb_free(s->reordered);
    pb_free(s->work);
    pb_free(s->row);
    pb_free(s->map);
    pb_free(s->means);
    pb_free(s->patch);
    pb_free(s->placed);
}

/* ---- Steps ---- */

static pb_status run_operation(const pb_cnn_network *network, const pb_cnn_step *step, const pb_cnn_unit *unit,
                               scratch *s)
{
    const void *source = s->slots[step->from];
    if (unit->reorder) {
        const pb_onednn_argument arguments[] = {{DNNL_ARG_FROM, &unit->before, source},
                                                {DNNL_ARG_TO, &unit->source, s->reordered}};
        PB_TRY(pb_onednn_run(network->engine, unit->reorder, arguments, 2));
        source = s->reordered;
    }
    if (unit->winograd) {
        pb_cnn_winograd_run(unit->winograd, source, unit->grouped, unit->shift, (float *)(void *)s->slots[step->to],
                            (float *)(void *)s->work);
        return PB_STATUS_OK;
    }
    const pb_onednn_argument arguments[] = {{DNNL_ARG_SRC, &unit->source, source},
                                            {DNNL_ARG_DST, &unit->target, s->slots[step->to]},
                                            {DNNL_ARG_SCRATCHPAD, &unit->scratchpad, s->work},
                                            {DNNL_ARG_WEIGHTS, &unit->packed, unit->kernel},
                                            {DNNL_ARG_BIAS, &unit->shift_row, unit->shift}};
    return pb_onednn_run(network->engine, unit->primitive, arguments, step->operation == PB_CNN_CONVOLVE ? 5 : 3);
}

/* In place, pixel by pixel: its maps have the channels last. */
static void normalize(const pb_cnn_network *network, const pb_cnn_step *step, const pb_cnn_unit *unit, scratch *s)
{
    const int64_t n = step->out_channels;
    float *map = (float *)(void *)s->slots[step->to];
    for (int64_t i = 0; i < step->out_side * step->out_side; i++) {
        pb_layer_norm(map + i * n, unit->gain, unit->shift, (float)network->plan.model.kind.norm_eps, n, s->row);
        memcpy(map + i * n, s->row, (size_t)n * sizeof *map);
    }
}

static pb_status check_finite(const float *values, int64_t n, const pb_cnn_plan *plan)
{
    float sum = 0; /* of zeroes, unless a value is not finite */
    for (int64_t i = 0; i < n; i++)
        sum += values[i] * 0;
    if (isnan(sum))
        return pb_fail(PB_STATUS_BAD_VALUE,
                       "a map of this %s overflows: its weights are not those of a trained network",
                       plan->model.kind.about.name);
    return PB_STATUS_OK;
}

/* Roth et al. (2022) as their program does it: the channels of each map come down to as many as wanted, and those of all once more. */
static void take_pooled(const pb_cnn_plan *plan, int index, scratch *s, float *out)
{
    const pb_cnn_tap *tap = &plan->taps[index];
    pb_cnn_pool(s->map, tap->side, tap->channels, plan->model.kind.neighbourhood, plan->pooled, s->patch, s->means);
    pb_cnn_place(s->means, tap->side, plan->pooled, plan->grid, plan->pooled, s->placed);
    pb_cnn_merge(s->placed, plan->grid * plan->grid, plan->pooled, index, plan->n_taps, out);
}

/* @param out features of the image */
static pb_status take(const pb_cnn_network *network, const pb_cnn_step *step, const pb_cnn_unit *unit, scratch *s,
                      float *out)
{
    const pb_cnn_plan *plan = &network->plan;
    const pb_cnn_tap *tap = &plan->taps[step->tap];
    const int64_t width = plan->model.kind.neighbourhood;
    const pb_onednn_argument arguments[] = {{DNNL_ARG_FROM, &unit->target, s->slots[step->to]},
                                            {DNNL_ARG_TO, &unit->extracted, s->map}};
    const float *map = s->map;
    PB_TRY(pb_onednn_run(network->engine, unit->extract, arguments, 2));
    PB_TRY(check_finite(map, tap->side * tap->side * tap->channels, plan));
    if (plan->pooled) {
        take_pooled(plan, step->tap, s, out);
        return PB_STATUS_OK;
    }
    if (width > 1) {
        pb_cnn_means(map, tap->side, tap->channels, width, s->means);
        map = s->means;
    }
    for (int i = 0; i < step->tap; i++)
        out += plan->taps[i].channels;
    pb_cnn_place(map, tap->side, tap->channels, plan->grid, plan->dim, out);
    return PB_STATUS_OK;
}

static pb_status run_steps(const pb_cnn_network *network, scratch *s, float *out)
{
    for (int i = 0; i < network->plan.n_steps; i++) {
        const pb_cnn_step *step = &network->plan.steps[i];
        const pb_cnn_unit *unit = &network->units[i];
        if (step->operation == PB_CNN_NORMALIZE)
            normalize(network, step, unit, s);
        else
            PB_TRY(run_operation(network, step, unit, s));
        if (step->tap >= 0)
            PB_TRY(take(network, step, unit, s, out));
    }
    return PB_STATUS_OK;
}

/* ---- Images ---- */

static pb_status run_image(void *context, int64_t index, int worker)
{
    const run *r = context;
    const pb_cnn_plan *plan = &r->network->plan;
    const int64_t n_values = (int64_t)plan->image.size * plan->image.size * 3;
    scratch *s = &r->scratch[worker];
    float *input = (float *)(void *)s->slots[0];
    pb_image image = {0};
    PB_TRY(pb_image_source_get(r->source, index, &image));
    const pb_status status = pb_preprocess_run(&plan->image, &image, s->pixels);
    pb_image_source_release(r->source, &image);
    PB_TRY(pb_image_source_blame(r->source, index, status));
    for (int64_t i = 0; i < n_values; i++)
        input[i] = plan->table[i % 3][s->pixels[i]];
    float *out = r->out + index * plan->grid * plan->grid * plan->dim;
    if (plan->pooled) /* maps are added to it */
        memset(out, 0, (size_t)(plan->grid * plan->grid * plan->dim) * sizeof *out);
    return run_steps(r->network, s, out);
}

pb_status pb_cnn_run(const pb_cnn_network *network, const pb_image_source *source, const pb_progress *progress,
                     float *out)
{
    run r = {.network = network, .source = source, .out = out};
    const int64_t n_workers = source->n < pb_threads_get() ? source->n : pb_threads_get();
    PB_TRY(PB_NEW(r.scratch, n_workers));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n_workers && status == PB_STATUS_OK; i++)
        status = new_scratch(network, &r.scratch[i]);
    if (status == PB_STATUS_OK)
        status = pb_parallel_for(source->n, run_image, &r, progress);
    for (int64_t i = 0; i < n_workers; i++)
        free_scratch(&r.scratch[i]);
    pb_free(r.scratch);
    return status;
}
