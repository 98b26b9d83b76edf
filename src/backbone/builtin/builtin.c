/* The built-in backbone as a row of the table of kinds. */
#include "backbone/kind.h"

#include <stdio.h>
#include <string.h>

#include "backbone/builtin/builtin_describe.h"
#include "backbone/builtin/builtin_frame.h"
#include "base/memory.h"
#include "base/threads.h"
#include "io/file.h"
#include "io/image_codec.h"

/* Larger photos are described one after another, each on all threads, so that one of them is in memory at a time. */
enum { MAX_SIDE = 1 << 15, PIXELS_OF_LARGE = 1 << 20 };

typedef struct builtin_state {
    builtin_tables tables;
    int32_t width, height; /* that photos are resized to */
} builtin_state;

static bool builtin_made(const char *origin_name)
{
    return strcmp(origin_name, "builtin") == 0;
}

static const pb_backbone_entry *builtin_entry(int index)
{
    static const pb_backbone_entry entry = {"builtin",
                                            "",
                                            "MIT, part of purebank",
                                            "448, or a photo's own",
                                            "",
                                            "textures and fixed views under steady light; the fastest"};
    return index == 0 ? &entry : NULL;
}

static pb_status builtin_origin(const builtin_state *state, pb_origin *origin)
{
    *origin = (pb_origin){
        .backbone = "builtin",
        .precision = "f32",
        .input_height = state->height,
        .input_width = state->width,
        .grid_height = pb_builtin_cells(state->height),
        .grid_width = pb_builtin_cells(state->width),
        .dim = BUILTIN_DIM,
    };
    snprintf(origin->preprocessing, sizeof origin->preprocessing,
             "resize %dx%d bilinear; grey by ITU-R 601; log; local contrast", (int)state->width, (int)state->height);
    return pb_sha256_bytes(BUILTIN_DEFINITION, strlen(BUILTIN_DEFINITION), origin->weights_hash);
}

static pb_status check_options(const pb_backbone_options *options)
{
    PB_CHECK_ARG(options->width == 0 || options->input_size == 0,
                 "the built-in backbone looks at the whole photo: it has no tiles of %d pixels",
                 (int)options->input_size);
    PB_CHECK_ARG(options->tile_overlap <= 0,
                 "the built-in backbone looks at the whole photo: it has no tiles that overlap by %d pixels",
                 (int)options->tile_overlap);
    PB_CHECK_ARG(!options->layer || !*options->layer, "the built-in backbone has no layers, so no layer '%s'",
                 options->layer);
    PB_CHECK_ARG(!options->precision || strcmp(options->precision, "f32") == 0,
                 "the built-in backbone computes in f32 only, not in '%s'", options->precision);
    return PB_STATUS_OK;
}

static pb_status choose_size(const pb_backbone_options *options, builtin_state *state)
{
    state->width = state->height = options->input_size ? options->input_size : BUILTIN_SIDE;
    if (options->width) {
        state->width = options->width;
        state->height = options->height;
    }
    PB_CHECK_ARG(state->width >= BUILTIN_MIN_SIDE && state->width <= MAX_SIDE && state->height >= BUILTIN_MIN_SIDE &&
                     state->height <= MAX_SIDE,
                 "the built-in backbone looks at %d to %d pixels a side, not at %d x %d", BUILTIN_MIN_SIDE, MAX_SIDE,
                 (int)state->width, (int)state->height);
    return pb_image_check_size("the resolution asked for", state->width, state->height);
}

static pb_status builtin_open(pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_origin *origin,
                              void **out_state)
{
    builtin_state *state = NULL;
    builtin_state chosen;
    (void)checkpoint;
    PB_TRY(check_options(options));
    PB_TRY(choose_size(options, &chosen));
    PB_TRY(builtin_origin(&chosen, origin));
    PB_TRY(PB_NEW(state, 1));
    state->width = chosen.width;
    state->height = chosen.height;
    pb_builtin_tables_init(&state->tables);
    *out_state = state;
    return PB_STATUS_OK;
}

typedef struct extract_job {
    const builtin_state *state;
    const pb_image_source *source;
    builtin_scratch **scratch; /* one a worker */
    int64_t values;            /* of an image */
    float *out;
} extract_job;

/* method.md#builtin-input, then the stages. */
static pb_status describe_image(const extract_job *job, const pb_image *image, int worker, float *out)
{
    const builtin_state *state = job->state;
    if (image->width == state->width && image->height == state->height)
        return pb_builtin_describe(&state->tables, image, job->scratch[worker], out);
    pb_image resized = {0};
    PB_TRY(pb_image_resize(image, state->width, state->height, PB_RESAMPLE_BILINEAR, &resized));
    const pb_status status = pb_builtin_describe(&state->tables, &resized, job->scratch[worker], out);
    pb_image_free(&resized);
    return status;
}

static pb_status extract_item(void *context, int64_t index, int worker)
{
    const extract_job *job = context;
    pb_image image = {0};
    PB_TRY(pb_image_source_get(job->source, index, &image));
    const pb_status status = describe_image(job, &image, worker, job->out + index * job->values);
    pb_image_source_release(job->source, &image);
    return status;
}

/* What a large image is described in is large, too: it comes after decoding, which takes as much. */
static pb_status extract_large(extract_job *job, int64_t index)
{
    const builtin_state *state = job->state;
    pb_image image = {0};
    PB_TRY(pb_image_source_get(job->source, index, &image));
    pb_status status = pb_builtin_scratch_new(state->width, state->height, &job->scratch[0]);
    if (status == PB_STATUS_OK)
        status = describe_image(job, &image, 0, job->out + index * job->values);
    pb_builtin_scratch_free(job->scratch[0]);
    job->scratch[0] = NULL;
    pb_image_source_release(job->source, &image);
    return status;
}

static pb_status extract_one_by_one(extract_job *job, const pb_progress *progress)
{
    for (int64_t i = 0; i < job->source->n; i++) {
        PB_TRY(pb_progress_report(progress, i, job->source->n));
        PB_TRY(extract_large(job, i));
    }
    return pb_progress_report(progress, job->source->n, job->source->n);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the workers write to `out`, through the job */
static pb_status builtin_extract(void *opaque, const pb_image_source *source, const pb_progress *progress, float *out)
{
    const builtin_state *state = opaque;
    const int32_t width = state->width, height = state->height;
    extract_job job = {.state = state,
                       .source = source,
                       .values = (int64_t)pb_builtin_cells(width) * pb_builtin_cells(height) * BUILTIN_DIM,
                       .out = out};
    const bool is_large = (int64_t)width * height > PIXELS_OF_LARGE;
    const int64_t most = is_large ? 1 : pb_threads_get(), workers = source->n < most ? source->n : most;
    pb_status status;
    PB_TRY(PB_NEW(job.scratch, workers)); /* none yet */
    for (int64_t i = 0; i < workers && !is_large; i++)
        PB_TRY_GOTO(pb_builtin_scratch_new(width, height, &job.scratch[i]));
    status = is_large ? extract_one_by_one(&job, progress) : pb_parallel_for(source->n, extract_item, &job, progress);
done:
    for (int64_t i = 0; i < workers; i++)
        pb_builtin_scratch_free(job.scratch[i]);
    pb_free(job.scratch);
    return status;
}

static void builtin_close(void *state)
{
    pb_free(state);
}

const pb_backbone_kind pb_backbone_builtin = {
    .default_image_score = "top1",
    .default_audit_rule = "imgt5_k1_mad", /* docs/results.md, which audit finds the bad ones */
    .note =
        "The built-in backbone describes texture by a fixed Gabor pyramid; nothing in it is learned. It is good for "
        "textures and fixed views under steady light. It does not know objects: where a DINOv3, DINOv2 or CLIP "
        "checkpoint is at hand, its features are the better choice.",
    .same_on_every_cpu = true,
    .is_light = true,
    .sees_whole = true,
    .entry = builtin_entry,
    .name = "builtin",
    .made = builtin_made,
    .open = builtin_open,
    .extract = builtin_extract,
    .close = builtin_close,
};
