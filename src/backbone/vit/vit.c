/* Vision transformers of checkpoint folders as a row of the table of kinds. */
#include "backbone/vit/vit.h"

#include "backbone/checkpoint_find.h"
#include "backbone/vit/vit_run.h"

#include "base/memory.h"

typedef struct vit_state {
    pb_checkpoint *checkpoint; /* NULL once the weights are loaded */
    pb_vit_engine engine;
} vit_state;

/* The last row of the table: takes what no other kind knows, and says what is missing. */
static bool vit_accepts(const char *name)
{
    (void)name;
    return true;
}

static void vit_close(void *opaque)
{
    vit_state *state = opaque;
    pb_checkpoint_close(state->checkpoint);
    pb_vit_products_free(&state->engine.products);
    pb_vit_weights_free(&state->engine.weights);
    pb_free(state);
}

static pb_status open_folder(vit_state *state, const char *folder, const pb_backbone_options *options,
                             pb_origin *origin)
{
    PB_TRY(pb_checkpoint_open(folder, &state->checkpoint));
    PB_TRY(pb_vit_plan_make(state->checkpoint, options, &state->engine.plan, origin));
    PB_TRY(pb_vit_weights_check(state->checkpoint, &state->engine.plan));
    return pb_checkpoint_hash(state->checkpoint, origin->weights_hash);
}

static pb_status vit_open(const char *name, const pb_backbone_options *options, pb_origin *origin, void **out_state)
{
    vit_state *state;
    char *folder;
    PB_TRY(pb_checkpoint_find(name, &folder));
    pb_status status = PB_NEW(state, 1);
    if (status == PB_STATUS_OK)
        status = open_folder(state, folder, options, origin);
    pb_free(folder);
    if (status == PB_STATUS_OK)
        *out_state = state;
    else if (state)
        vit_close(state);
    return status;
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
    .made = vit_accepts,
    .accepts = vit_accepts,
    .open = vit_open,
    .extract = vit_extract,
    .close = vit_close,
};
