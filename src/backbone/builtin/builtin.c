/* The built-in backbone as a row of the table of kinds. */
#include "backbone/kind.h"

#include <stdio.h>
#include <string.h>

#include "backbone/builtin/builtin_describe.h"
#include "base/memory.h"
#include "base/threads.h"
#include "io/file.h"

static bool builtin_made(const char *origin_name)
{
    return strcmp(origin_name, "builtin") == 0;
}

static const pb_backbone_entry *builtin_entry(int index)
{
    static const pb_backbone_entry entry = {"builtin", "", "MIT, part of purebank",
                                            "448",     "", "textures and fixed views under steady light; the fastest"};
    return index == 0 ? &entry : NULL;
}

static pb_status builtin_origin(pb_origin *origin)
{
    *origin = (pb_origin){
        .backbone = "builtin",
        .precision = "f32",
        .preprocessing = "resize 448x448 bilinear; grey by ITU-R 601; log; local contrast",
        .input_height = BUILTIN_SIDE,
        .input_width = BUILTIN_SIDE,
        .grid_height = BUILTIN_GRID,
        .grid_width = BUILTIN_GRID,
        .dim = BUILTIN_DIM,
    };
    return pb_sha256_bytes(BUILTIN_DEFINITION, strlen(BUILTIN_DEFINITION), origin->weights_hash);
}

static pb_status builtin_open(pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_origin *origin,
                              void **out_state)
{
    builtin_tables *tables = NULL;
    (void)checkpoint;
    PB_CHECK_ARG(options->input_size == 0 || options->input_size == BUILTIN_SIDE,
                 "the built-in backbone works at %d pixels only, not at %d", BUILTIN_SIDE, (int)options->input_size);
    PB_CHECK_ARG(!options->layer || !*options->layer, "the built-in backbone has no layers, so no layer '%s'",
                 options->layer);
    PB_CHECK_ARG(!options->precision || strcmp(options->precision, "f32") == 0,
                 "the built-in backbone computes in f32 only, not in '%s'", options->precision);
    PB_TRY(builtin_origin(origin));
    PB_TRY(PB_NEW(tables, 1));
    pb_builtin_tables_init(tables);
    *out_state = tables;
    return PB_STATUS_OK;
}

typedef struct extract_job {
    const builtin_tables *tables;
    const pb_image_source *source;
    builtin_scratch *scratch; /* one a worker */
    float *out;
} extract_job;

/* method.md#builtin-input, then the stages. */
static pb_status describe_image(const extract_job *job, const pb_image *image, int worker, float *out)
{
    if (image->width == BUILTIN_SIDE && image->height == BUILTIN_SIDE) {
        pb_builtin_describe(job->tables, image->rgb, &job->scratch[worker], out);
        return PB_STATUS_OK;
    }
    pb_image resized = {0};
    PB_TRY(pb_image_resize(image, BUILTIN_SIDE, BUILTIN_SIDE, PB_RESAMPLE_BILINEAR, &resized));
    pb_builtin_describe(job->tables, resized.rgb, &job->scratch[worker], out);
    pb_image_free(&resized);
    return PB_STATUS_OK;
}

static pb_status extract_item(void *context, int64_t index, int worker)
{
    const extract_job *job = context;
    pb_image image = {0};
    PB_TRY(pb_image_source_get(job->source, index, &image));
    const pb_status status = describe_image(job, &image, worker, job->out + index * BUILTIN_PATCHES * BUILTIN_DIM);
    pb_image_source_release(job->source, &image);
    return status;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the workers write to `out`, through the job */
static pb_status builtin_extract(void *state, const pb_image_source *source, const pb_progress *progress, float *out)
{
    extract_job job = {.tables = state, .source = source, .out = out};
    const int64_t workers = source->n < pb_threads_get() ? source->n : pb_threads_get();
    PB_TRY(PB_NEW_UNINITIALISED(job.scratch, workers));
    const pb_status status = pb_parallel_for(source->n, extract_item, &job, progress);
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
    .entry = builtin_entry,
    .name = "builtin",
    .made = builtin_made,
    .open = builtin_open,
    .extract = builtin_extract,
    .close = builtin_close,
};
