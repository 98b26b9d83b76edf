/* Vision transformers of checkpoint folders as a row of the table of kinds. */
#include "backbone/kind.h"
#include "backbone/vit/vit_kinds.h"
#include "backbone/vit/vit_run.h"
#include "base/memory.h"

typedef struct vit_state {
    pb_checkpoint *checkpoint; /* NULL once the weights are loaded */
    pb_vit_engine engine;
} vit_state;

static const pb_backbone_entry *vit_entry(int index)
{
    const pb_vit_kind *kind = pb_vit_kind_at(index);
    return kind ? &kind->about : NULL;
}

static bool vit_made(const char *origin_name)
{
    return pb_vit_find_kind(origin_name) != NULL;
}

static const pb_backbone_entry *vit_claims(const pb_checkpoint *checkpoint)
{
    const char *name = pb_checkpoint_model_name(checkpoint);
    const pb_vit_kind *kind = name ? pb_vit_find_kind(name) : NULL;
    return kind ? &kind->about : NULL;
}

static pb_resample vit_filter(const void *opaque)
{
    const vit_state *state = opaque;
    return state->engine.plan.image.filter;
}

static double vit_gflop(const void *opaque)
{
    const vit_state *state = opaque;
    return pb_vit_plan_gflop(&state->engine.plan);
}

static void vit_close(void *opaque)
{
    vit_state *state = opaque;
    pb_checkpoint_close(state->checkpoint);
    pb_vit_products_free(&state->engine.products);
    pb_vit_weights_free(&state->engine.weights);
    pb_free(state);
}

static pb_status plan(const pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_vit_plan *out,
                      pb_origin *origin)
{
    PB_TRY(pb_vit_plan_make(checkpoint, options, out, origin));
    PB_TRY(pb_vit_weights_check(checkpoint, out));
    return pb_checkpoint_hash(checkpoint, origin->weights_hash);
}

static pb_status vit_open(pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_origin *origin,
                          void **out_state)
{
    vit_state *state;
    PB_TRY(PB_NEW(state, 1));
    const pb_status status = plan(checkpoint, options, &state->engine.plan, origin);
    if (status != PB_STATUS_OK) {
        pb_free(state);
        return status;
    }
    state->checkpoint = checkpoint;
    *out_state = state;
    return PB_STATUS_OK;
}

/* Weights wait for the first image: whoever only asks what a checkpoint is need not hold them. */
static pb_status load(vit_state *state)
{
    pb_vit_engine *engine = &state->engine;
    pb_status status = pb_vit_products_make(&engine->plan, &engine->products);
    if (status == PB_STATUS_OK)
        status = pb_vit_weights_load(state->checkpoint, &engine->plan, &engine->products, &engine->weights);
    if (status != PB_STATUS_OK) {
        pb_vit_products_free(&engine->products);
        pb_vit_weights_free(&engine->weights);
        return status;
    }
    pb_checkpoint_close(state->checkpoint);
    state->checkpoint = NULL;
    return PB_STATUS_OK;
}

static pb_status vit_extract(void *opaque, const pb_image_source *source, const pb_progress *progress, float *out)
{
    vit_state *state = opaque;
    if (state->checkpoint)
        PB_TRY(load(state));
    return pb_vit_run(&state->engine, source, progress, out);
}

const pb_backbone_kind pb_backbone_vit = {
    .default_image_score = "p95",
    .entry = vit_entry,
    .made = vit_made,
    .claims = vit_claims,
    .open = vit_open,
    .extract = vit_extract,
    .filter = vit_filter,
    .gflop = vit_gflop,
    .close = vit_close,
};
