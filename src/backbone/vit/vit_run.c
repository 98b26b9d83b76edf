/* Batches: their memory, their stages, and the images of the next batch, which are read and resized by items of the
 * stages of this one. */
#include "backbone/vit/vit_run.h"

#include <string.h>

#include "backbone/vit/vit_attention.h"
#include "backbone/vit/vit_kernels.h"
#include "backbone/vit/vit_linear.h"
#include "backbone/vit/vit_tile.h"
#include "base/memory.h"
#include "base/threads.h"

enum {
    TILES_PER_THREAD = 8, /* in a batch, so that no thread waits long at the end of a stage */
    MAX_BATCH = 64
};

typedef pb_status (*stage_fn)(pb_vit_batch *batch, int64_t index, int worker);

typedef struct run {
    pb_vit_batch batch;
    const pb_image_source *source;
    const pb_progress *progress;
    int64_t n_workers, batch_size;
    uint8_t *pixels[2]; /* of this batch and of the next one */
    /* stages */
    int64_t done, n_stages, stage;    /* images before this batch; stages of a batch; the one at work */
    int64_t next_first, n_next;       /* images of the next batch */
    int64_t prepare_first, n_prepare; /* those of them that this stage prepares */
    uint8_t *next_pixels;
    stage_fn work;
} run;

/* ---- Memory ---- */

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t onednn_bytes(const pb_vit_products *products)
{
    const pb_vit_product *const all[] = {products->embed, products->qkv,    products->out, products->up,
                                         products->down,  products->scores, products->mix};
    size_t most = 1;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        most = largest(most, all[i] ? pb_vit_product_scratch_bytes(all[i]) : 0);
    return most;
}

static pb_status new_bytes(int64_t n_values, size_t size, void *out)
{
    void *memory = pb_malloc((size_t)n_values, size);
    if (!memory)
        return PB_STATUS_NO_MEMORY;
    memcpy(out, &memory, sizeof memory);
    return PB_STATUS_OK;
}

static pb_status new_scratch(const pb_vit_engine *engine, pb_vit_scratch *out)
{
    const pb_vit_plan *plan = &engine->plan;
    const pb_vit_model *model = &plan->model;
    const int64_t rows = plan->tile_rows;
    const int64_t inputs = model->dim > plan->patch_values ? model->dim : plan->patch_values;
    const int64_t deepest = inputs > model->mlp_dim ? inputs : model->mlp_dim;
    const int64_t widest = 3 * model->dim > plan->up_columns ? 3 * model->dim : plan->up_columns;
    int64_t scores;
    PB_TRY(pb_size_multiply(rows, plan->n_tokens, "attention", &scores));
    PB_TRY(new_bytes(deepest, sizeof(float), &out->row));
    PB_TRY(new_bytes(rows * deepest, sizeof(float), &out->operand.values));
    PB_TRY(new_bytes(rows * widest, sizeof(float), &out->wide));
    PB_TRY(new_bytes((int64_t)onednn_bytes(&engine->products), 1, &out->onednn));
    if (plan->n_blocks == 0)
        return PB_STATUS_OK;
    PB_TRY(new_bytes(scores, sizeof(float), &out->scores));
    out->weights = out->scores;
    if (plan->attention != PB_VIT_F32)
        PB_TRY(new_bytes(scores, pb_vit_type_bytes(plan->attention), &out->weights));
    if (plan->type == PB_VIT_INT8) {
        PB_TRY(new_bytes(rows, sizeof(float), &out->operand.steps));
        PB_TRY(new_bytes(rows, sizeof(int32_t), &out->operand.zeros));
        PB_TRY(new_bytes(rows * widest, sizeof(int32_t), &out->counts));
    }
    PB_TRY(new_bytes(rows, sizeof(float), &out->sums));
    PB_TRY(new_bytes(rows * model->head_dim, sizeof(float), &out->mixed));
    PB_TRY(new_bytes((int64_t)pb_vit_product_packed_bytes(engine->products.scores), 1, &out->keys));
    return new_bytes((int64_t)pb_vit_product_packed_bytes(engine->products.mix), 1, &out->values);
}

static void free_scratch(pb_vit_scratch *scratch)
{
    if (scratch->weights != scratch->scores)
        pb_free(scratch->weights);
    pb_free(scratch->row);
    pb_free(scratch->operand.values);
    pb_free(scratch->operand.steps);
    pb_free(scratch->operand.zeros);
    pb_free(scratch->counts);
    pb_free(scratch->wide);
    pb_free(scratch->scores);
    pb_free(scratch->sums);
    pb_free(scratch->mixed);
    pb_free(scratch->keys);
    pb_free(scratch->values);
    pb_free(scratch->onednn);
}

static int64_t choose_batch(const pb_vit_plan *plan, int64_t n_images)
{
    const int64_t tiles = TILES_PER_THREAD * (int64_t)pb_threads_get();
    int64_t n = (tiles + plan->n_tiles - 1) / plan->n_tiles;
    n = n < MAX_BATCH ? n : MAX_BATCH;
    return n < n_images ? n : n_images;
}

static pb_status new_batch(run *r)
{
    pb_vit_batch *batch = &r->batch;
    const pb_vit_plan *plan = &batch->engine->plan;
    const int64_t side = plan->image.size, bytes = r->batch_size * side * side;
    int64_t values;
    PB_TRY(pb_size_multiply(r->batch_size * plan->n_rows, plan->model.dim, "hidden states", &values));
    PB_TRY(PB_NEW(batch->scratch, r->n_workers));
    for (int64_t i = 0; i < r->n_workers; i++)
        PB_TRY(new_scratch(batch->engine, &batch->scratch[i]));
    for (int i = 0; i < 2; i++)
        PB_TRY(new_bytes(bytes, 3, &r->pixels[i]));
    PB_TRY(new_bytes(values, sizeof(float), &batch->residual));
    if (plan->n_blocks == 0)
        return PB_STATUS_OK;
    PB_TRY(new_bytes(values, pb_vit_type_bytes(plan->attention), &batch->attended));
    PB_TRY(new_bytes(values, pb_vit_type_bytes(plan->attention), &batch->queries));
    PB_TRY(new_bytes(values, pb_vit_type_bytes(plan->attention), &batch->keys));
    return new_bytes(values, pb_vit_type_bytes(plan->attention), &batch->values);
}

static void free_batch(run *r)
{
    pb_vit_batch *batch = &r->batch;
    for (int64_t i = 0; batch->scratch && i < r->n_workers; i++)
        free_scratch(&batch->scratch[i]);
    pb_free(batch->scratch);
    pb_free(r->pixels[0]);
    pb_free(r->pixels[1]);
    pb_free(batch->residual);
    pb_free(batch->attended);
    pb_free(batch->queries);
    pb_free(batch->keys);
    pb_free(batch->values);
}

/* ---- Stages ---- */

static pb_status prepare(const run *r, int64_t i)
{
    const pb_preprocess *preprocess = &r->batch.engine->plan.image;
    pb_image image = {0};
    PB_TRY(pb_image_source_get(r->source, r->next_first + i, &image));
    const pb_status status =
        pb_preprocess_run(preprocess, &image, r->next_pixels + i * preprocess->size * (int64_t)preprocess->size * 3);
    pb_image_source_release(r->source, &image);
    return pb_image_source_blame(r->source, r->next_first + i, status);
}

static pb_status stage_item(void *context, int64_t index, int worker)
{
    run *r = context;
    if (index < r->n_prepare)
        return prepare(r, r->prepare_first + index);
    return r->work(&r->batch, index - r->n_prepare, worker);
}

/* The next batch's images are spread over the stages; they come first, as one may take longer than any tile. */
static pb_status run_stage(run *r, stage_fn work, int64_t n_items)
{
    r->work = work;
    r->prepare_first = r->n_next * r->stage / r->n_stages;
    r->n_prepare = r->n_next * (r->stage + 1) / r->n_stages - r->prepare_first;
    PB_TRY(pb_parallel_for(r->n_prepare + n_items, stage_item, r, NULL));
    r->stage++;
    const int64_t finished = r->batch.n * r->stage / r->n_stages;
    return pb_progress_report(r->progress, r->done + finished, r->source->n);
}

static pb_status run_batch(run *r)
{
    pb_vit_batch *batch = &r->batch;
    const pb_vit_plan *plan = &batch->engine->plan;
    r->stage = 0;
    PB_TRY(run_stage(r, pb_vit_embed_patches, batch->n * plan->n_patch_tiles));
    PB_TRY(run_stage(r, pb_vit_first_tile, batch->n * plan->n_tiles));
    for (batch->block = 0; batch->block < plan->n_blocks; batch->block++) {
        PB_TRY(run_stage(r, pb_vit_attend, batch->n * plan->model.n_heads));
        PB_TRY(run_stage(r, pb_vit_block_tile, batch->n * plan->n_tiles));
    }
    return PB_STATUS_OK;
}

/* The images of the batch that follows `first`, as many as there are left. */
static void aim_at_next(run *r, int64_t first, uint8_t *pixels)
{
    const int64_t left = r->source->n - first;
    r->next_first = first;
    r->n_next = left < r->batch_size ? left : r->batch_size;
    r->next_pixels = pixels;
}

static pb_status run_all(run *r, float *out)
{
    const pb_vit_plan *plan = &r->batch.engine->plan;
    const int64_t per_image = plan->n_patches * plan->n_layers * plan->model.dim;
    int current = 0;
    aim_at_next(r, 0, r->pixels[current]);
    r->n_prepare = r->n_next;
    PB_TRY(pb_parallel_for(r->n_prepare, stage_item, r, NULL));
    while (r->done < r->source->n) {
        r->batch.n = r->n_next;
        r->batch.pixels = r->pixels[current];
        r->batch.out = out + r->done * per_image;
        aim_at_next(r, r->done + r->batch.n, r->pixels[1 - current]);
        PB_TRY(run_batch(r));
        r->done += r->batch.n;
        current = 1 - current;
    }
    return PB_STATUS_OK;
}

pb_status pb_vit_run(const pb_vit_engine *engine, const pb_image_source *source, const pb_progress *progress,
                     float *out)
{
    run r = {.batch = {.engine = engine},
             .source = source,
             .progress = progress,
             .n_workers = pb_threads_get(),
             .batch_size = choose_batch(&engine->plan, source->n),
             .n_stages = 2 + 2 * engine->plan.n_blocks};
    pb_status status = new_batch(&r);
    if (status == PB_STATUS_OK)
        status = run_all(&r, out);
    free_batch(&r);
    return status;
}
