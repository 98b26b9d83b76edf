/* The work of writing caches: some images of a category are an item, their features as the file has them are the result. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "base/work_engine.h"
#include "cache/partial.h"
#include "cache/writer.h"
#include "dataset/paths.h"

/* Images between two entries of the log. The backbone reads the images of its next batch while it computes one, so that a
 * call should hold several batches; but what a kill loses should be seconds of work. Where these two are at odds images are
 * slow, and reading them is little of that. */
enum { IMAGES_AT_A_TIME = 16, IMAGES_PER_THREAD = 4 };
static const double SECONDS_AT_A_TIME = 5;

enum { N_PARTS = 2 };
static const pb_cache_file FILES[N_PARTS] = {PB_CACHE_TRAIN_FEATURES, PB_CACHE_TEST_FEATURES};

/* One part's file, and how far it is. */
typedef struct part_state {
    char *const *paths;
    int64_t n, n_dealt; /* images; those before the first that is dealt are in the file already */
    pb_partial partial;
    bool is_open;
} part_state;

typedef struct category_state {
    category_job job;
    part_state part[N_PARTS];
    bool begun, is_over; /* complete, or given up */
    double started;
} category_state;

/* What compute() is told: which images of which part of which category, and how to read them. */
typedef struct images_task {
    int64_t g, p, n;
    int32_t sample_bits;
    pb_bytes_reader paths; /* n texts */
} images_task;

enum { TASK_NUMBERS = 4 };

typedef struct cache_work {
    pb_cache_writer *writer;
    const pb_cache_watch *watch;
    int64_t first, n; /* categories */
    category_state *category;
} cache_work;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- A category begins and ends ----------------------------------------------------------------------------------- */

/* Somebody may have asked to stop. */
static int report_kept(void *context, int64_t done, int64_t total)
{
    const cache_work *work = context;
    (void)done;
    for (int64_t g = done = total = 0; g < work->n; g++) {
        done += work->writer->plan[work->first + g].n_kept;
        total += work->writer->plan[work->first + g].n_images;
    }
    return work->watch->progress.report(work->watch->progress.context, done, total);
}

static void close_category(category_state *state)
{
    for (int p = 0; p < N_PARTS; p++)
        if (state->part[p].is_open) {
            pb_partial_close(&state->part[p].partial);
            state->part[p].is_open = false;
        }
    if (state->begun)
        pb_cache_job_close(&state->job);
    state->begun = false;
}

/* The category is complete, or cannot be: whoever watches decides whether that ends the work. */
static pb_status end_category(cache_work *work, int64_t g, pb_status status)
{
    category_state *state = &work->category[g];
    pb_cache_plan *plan = &work->writer->plan[work->first + g];
    plan->seconds = seconds() - state->started;
    plan->complete = status == PB_STATUS_OK;
    state->is_over = true;
    close_category(state);
    if (!work->watch->on_category || status == PB_STATUS_CANCELLED)
        return status;
    return work->watch->on_category(work->watch->context, work->first + g, status);
}

static pb_status open_part(category_state *state, int p)
{
    const pb_cache_writer *writer = state->job.writer;
    part_state *part = &state->part[p];
    if (part->n == 0)
        return PB_STATUS_OK;
    PB_TRY(
        pb_partial_open(state->job.partial, FILES[p], part->n, &writer->origin, writer->options.half, &part->partial));
    part->is_open = true;
    part->n_dealt = part->partial.n_done;
    state->job.plan->n_kept += part->partial.n_done;
    return PB_STATUS_OK;
}

static pb_status begin_category(cache_work *work, int64_t g)
{
    const pb_progress progress = {report_kept, work};
    category_state *state = &work->category[g];
    state->started = seconds();
    PB_TRY(pb_cache_job_open(work->writer, work->first + g, &state->job));
    state->begun = true;
    const pb_category *category = state->job.category;
    state->part[0] = (part_state){.paths = category->train.path, .n = category->train.n};
    state->part[1] = (part_state){.paths = category->test.path, .n = category->test.n};
    state->job.plan->n_kept = 0; /* counted again, as the hashes of the files confirm it */
    PB_TRY(pb_cache_job_begin(&state->job, work->watch->progress.report ? &progress : NULL));
    for (int p = 0; p < N_PARTS; p++)
        PB_TRY(open_part(state, p));
    return PB_STATUS_OK;
}

static bool has_all(const category_state *state)
{
    for (int p = 0; p < N_PARTS; p++)
        if (state->part[p].partial.n_done < state->part[p].n)
            return false;
    return true;
}

static pb_status complete(category_state *state)
{
    for (int p = 0; p < N_PARTS; p++)
        if (state->part[p].is_open)
            PB_TRY(pb_partial_sync(&state->part[p].partial));
    return pb_cache_job_complete(&state->job);
}

/* ---- Items -------------------------------------------------------------------------------------------------------- */

static int64_t images_left(const cache_work *work, int64_t g)
{
    const category_state *state = &work->category[g];
    const pb_cache_plan *plan = &work->writer->plan[work->first + g];
    if (state->is_over)
        return 0;
    if (!state->begun)
        return plan->n_images - plan->n_done;
    return state->part[0].n - state->part[0].n_dealt + state->part[1].n - state->part[1].n_dealt;
}

/* One that has all its images is still to be published. */
static double work_left(void *context, int64_t g)
{
    const cache_work *work = context;
    const double left = (double)images_left(work, g);
    return left > 0 || work->category[g].begun || work->category[g].is_over ? left : 0.5;
}

/* How many images the next call of the backbone takes: few at first, as nobody knows how slow they are, and few at the end, so that
 * all processes have some. */
static int64_t images_at_a_time(const cache_work *work)
{
    const int64_t threads = pb_threads_get(), n_processes = pb_work_processes(), wanted = IMAGES_PER_THREAD * threads;
    const double per_image = work->writer->seconds_per_image;
    double most = (double)(wanted > IMAGES_AT_A_TIME ? wanted : IMAGES_AT_A_TIME);
    if (per_image <= 0)
        return threads;
    if (SECONDS_AT_A_TIME / per_image < most)
        most = SECONDS_AT_A_TIME / per_image;
    if (n_processes > 1) {
        double left = 0;
        for (int64_t g = 0; g < work->n; g++)
            left += (double)images_left(work, g);
        if (left / (double)(2 * n_processes) < most)
            most = left / (double)(2 * n_processes);
    }
    return most < 1 ? 1 : (int64_t)most;
}

static pb_status fill_item(const category_state *state, int64_t g, int p, int64_t n, pb_work_item *out)
{
    const part_state *part = &state->part[p];
    const int64_t task[TASK_NUMBERS] = {g, p, n, state->job.sample_bits};
    snprintf(out->name, sizeof out->name, "%s, %s images %" PRId64 " to %" PRId64, state->job.category->name,
             p == 0 ? "training" : "test", part->n_dealt + 1, part->n_dealt + n);
    out->units = n;
    PB_TRY(pb_bytes_add(&out->task, task, sizeof task));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_bytes_add_text(&out->task, part->paths[part->n_dealt + i]));
    return PB_STATUS_OK;
}

static pb_status take_images(void *context, int64_t g, pb_work_item *out)
{
    cache_work *work = context;
    category_state *state = &work->category[g];
    if (!state->begun) {
        const pb_status status = begin_category(work, g);
        if (status != PB_STATUS_OK)
            return end_category(work, g, status);
        if (has_all(state))
            return end_category(work, g, complete(state));
    }
    const int p = state->part[0].n_dealt < state->part[0].n ? 0 : 1;
    part_state *part = &state->part[p];
    const int64_t left = part->n - part->n_dealt, at_a_time = images_at_a_time(work);
    const int64_t n = left < at_a_time ? left : at_a_time;
    PB_TRY(fill_item(state, g, p, n, out));
    part->n_dealt += n;
    return PB_STATUS_OK;
}

static pb_status read_task(const pb_bytes *bytes, images_task *out)
{
    int64_t task[TASK_NUMBERS];
    out->paths = pb_bytes_read(bytes);
    PB_TRY(pb_bytes_take(&out->paths, task, sizeof task));
    *out = (images_task){task[0], task[1], task[2], (int32_t)task[3], out->paths};
    if (out->g < 0 || out->p < 0 || out->p >= N_PARTS || out->n < 1 || (uint64_t)out->n > out->paths.left)
        return pb_fail(PB_STATUS_INTERNAL, "%" PRId64 " images of category %" PRId64, out->n, out->g);
    return PB_STATUS_OK;
}

/* ---- Computing ---------------------------------------------------------------------------------------------------- */

static pb_status extract(const pb_cache_writer *writer, const char *const *paths, int64_t n,
                         const pb_progress *progress, pb_bytes *result)
{
    pb_features *features;
    const double started = seconds();
    PB_TRY(pb_backbone_extract_files(writer->backbone, paths, n, progress, &features));
    const double took = seconds() - started;
    pb_status status = pb_bytes_add(result, &took, sizeof took);
    if (status == PB_STATUS_OK)
        status = pb_partial_encode(features, writer->options.half, paths, result);
    pb_features_free(features);
    return status;
}

static pb_status compute_images(void *context, const pb_bytes *bytes, const pb_progress *progress, pb_bytes *result)
{
    const cache_work *work = context;
    images_task task;
    const char **paths;
    PB_TRY(read_task(bytes, &task));
    PB_TRY(pb_backbone_set_sample_bits(work->writer->backbone, task.sample_bits));
    PB_TRY(PB_NEW(paths, task.n));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < task.n && status == PB_STATUS_OK; i++)
        status = pb_bytes_take_text(&task.paths, &paths[i]);
    if (status == PB_STATUS_OK)
        status = extract(work->writer, paths, task.n, progress, result);
    pb_free(paths);
    return status;
}

/* ---- Keeping ------------------------------------------------------------------------------------------------------ */

static pb_status append(cache_work *work, const images_task *task, const pb_bytes *result)
{
    category_state *state = &work->category[task->g];
    pb_bytes_reader reader = pb_bytes_read(result);
    double took;
    PB_TRY(pb_bytes_take(&reader, &took, sizeof took));
    PB_TRY(pb_partial_append(&state->part[task->p].partial, task->n, reader.at, reader.left));
    work->writer->seconds_per_image = took / (double)task->n;
    state->job.plan->n_kept += task->n;
    return PB_STATUS_OK;
}

static pb_status keep_features(void *context, const pb_bytes *bytes, const pb_bytes *result)
{
    cache_work *work = context;
    images_task task;
    PB_TRY(read_task(bytes, &task));
    category_state *state = &work->category[task.g];
    if (state->is_over)
        return PB_STATUS_OK;
    PB_TRY(append(work, &task, result));
    return has_all(state) ? end_category(work, task.g, complete(state)) : PB_STATUS_OK;
}

/* What other processes have computed of the category is of no use where images before it are missing. */
static pb_status give_up(void *context, const pb_bytes *bytes, pb_status status)
{
    cache_work *work = context;
    images_task task;
    pb_error error;
    pb_error_save(&error);
    PB_TRY(read_task(bytes, &task));
    if (work->category[task.g].is_over)
        return PB_STATUS_OK;
    pb_error_restore(&error);
    return end_category(work, task.g, status);
}

/* ---- The work ----------------------------------------------------------------------------------------------------- */

/* Features that are not the same on every CPU are not mixed. */
static void describe_same(const pb_cache_writer *writer, char *out, size_t size)
{
    const pb_origin *origin = &writer->origin;
    const bool is_same = pb_backbone_is_same_on_every_cpu(origin->backbone);
    snprintf(out, size, "%s %.16s layer %s %s %dx%d %s%s%s", origin->backbone, origin->weights_hash, origin->layer,
             origin->precision, (int)origin->input_width, (int)origin->input_height,
             writer->options.half ? "float16" : "float32", is_same ? "" : " on ",
             is_same ? "" : pb_cpu_level_name(pb_cpu_get_level()));
}

static pb_status run(cache_work *work)
{
    const pb_cache_writer *writer = work->writer;
    char same[256];
    pb_work all = {.same = same,
                   .n_groups = work->n,
                   .ordered = true,
                   .left = work_left,
                   .take = take_images,
                   .sink = keep_features,
                   .failed = give_up,
                   .compute = compute_images,
                   .context = work,
                   .progress = work->watch->progress.report ? &work->watch->progress : NULL};
    describe_same(writer, same, sizeof same);
    for (int64_t g = 0; g < work->n; g++) {
        const pb_cache_plan *plan = &writer->plan[work->first + g];
        all.units += plan->n_images;
        all.units_done += plan->n_done;
        work->category[g].is_over = plan->complete;
    }
    return pb_work_run(&all);
}

/* @param n categories from the first on */
static pb_status run_categories(pb_cache_writer *writer, int64_t first, int64_t n, const pb_cache_watch *watch)
{
    cache_work work = {.writer = writer, .watch = watch, .first = first, .n = n};
    PB_TRY(PB_NEW(work.category, n));
    const pb_status status = run(&work);
    (void)pb_backbone_set_sample_bits(writer->backbone, writer->origin.sample_bits);
    for (int64_t g = 0; g < n; g++)
        close_category(&work.category[g]);
    pb_free(work.category);
    return status;
}

pb_status pb_cache_writer_run(pb_cache_writer *writer, int64_t i, const pb_progress *progress)
{
    pb_cache_watch watch = PB_CACHE_WATCH_INIT;
    PB_CHECK_ARG(i >= 0 && i < writer->dataset->n, "there is no category %" PRId64, i);
    if (progress)
        watch.progress = *progress;
    return writer->plan[i].complete ? PB_STATUS_OK : run_categories(writer, i, 1, &watch);
}

pb_status pb_cache_writer_run_all(pb_cache_writer *writer, const pb_cache_watch *watch)
{
    static const pb_cache_watch nobody = PB_CACHE_WATCH_INIT;
    pb_cache_watch known;
    PB_TRY(PB_OPTIONS_READ(pb_cache_watch, watch, &nobody, &known));
    /* A rank that only computes has no data set: what it is given names its photos. */
    return run_categories(writer, 0, writer->dataset ? writer->dataset->n : 0, &known);
}
