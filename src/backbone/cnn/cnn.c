/* Convolutional networks of checkpoint folders as a row of the table of kinds. */
#include "backbone/kind.h"

#include "backbone/cnn/cnn_plan_make.h"
#include "backbone/cnn/cnn_run.h"
#include "backbone/cnn/cnn_weights.h"
#include "base/memory.h"

typedef struct cnn_state {
    pb_checkpoint *checkpoint; /* NULL once the weights are loaded */
    pb_cnn_network network;
} cnn_state;

static const pb_backbone_entry *cnn_entry(int index)
{
    const pb_cnn_kind *kind = pb_cnn_kind_at(index);
    return kind ? &kind->about : NULL;
}

static bool cnn_made(const char *origin_name)
{
    return pb_cnn_find_name(origin_name) != NULL;
}

static const pb_backbone_entry *cnn_claims(const pb_checkpoint *checkpoint)
{
    const pb_cnn_kind *kind = pb_cnn_find_kind(checkpoint);
    return kind ? &kind->about : NULL;
}

static pb_resample cnn_filter(const void *opaque)
{
    const cnn_state *state = opaque;
    return state->network.plan.image.filter;
}

static double cnn_gflop(const void *opaque)
{
    const cnn_state *state = opaque;
    return pb_cnn_plan_gflop(&state->network.plan);
}

static void cnn_close(void *opaque)
{
    cnn_state *state = opaque;
    pb_checkpoint_close(state->checkpoint);
    pb_cnn_network_free(&state->network);
    pb_free(state);
}

static pb_status plan(const pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_cnn_plan *out,
                      pb_origin *origin)
{
    PB_TRY(pb_cnn_plan_make(checkpoint, options, out, origin));
    PB_TRY(pb_cnn_weights_check(checkpoint, out));
    return pb_checkpoint_hash(checkpoint, origin->weights_hash);
}

static pb_status cnn_open(pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_origin *origin,
                          void **out_state)
{
    cnn_state *state;
    PB_TRY(PB_NEW(state, 1));
    const pb_status status = plan(checkpoint, options, &state->network.plan, origin);
    if (status != PB_STATUS_OK) {
        cnn_close(state);
        return status;
    }
    state->checkpoint = checkpoint;
    *out_state = state;
    return PB_STATUS_OK;
}

static pb_status cnn_extract(void *opaque, const pb_image_source *source, const pb_progress *progress, float *out)
{
    cnn_state *state = opaque;
    if (state->checkpoint) { /* weights wait for the first image */
        PB_TRY(pb_cnn_network_make(state->checkpoint, &state->network));
        pb_checkpoint_close(state->checkpoint);
        state->checkpoint = NULL;
    }
    return pb_cnn_run(&state->network, source, progress, out);
}

const pb_backbone_kind pb_backbone_cnn = {
    .default_image_score = "top1",
    .entry = cnn_entry,
    .made = cnn_made,
    .claims = cnn_claims,
    .open = cnn_open,
    .extract = cnn_extract,
    .filter = cnn_filter,
    .gflop = cnn_gflop,
    .close = cnn_close,
};
