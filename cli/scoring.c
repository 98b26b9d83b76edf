#include "scoring.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/work_engine.h"
#include "io/file.h"
#include "io/path.h"

enum { IMAGES_AT_A_TIME = 32 };

pb_status cli_scorer_open(const cli_settings *settings, cli_scorer *out)
{
    out->bank_path = settings->arguments[0];
    out->backbone_name = settings->backbone;
    out->precision = settings->precision;
    out->allow_precision_mix = settings->allow_precision_mix;
    if (pb_is_folder(out->bank_path))
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s is a folder: the bank comes first, the parts after it",
                       out->bank_path);
    return pb_bank_load(out->bank_path, &out->bank);
}

pb_status cli_scorer_match(const cli_scorer *scorer, pb_features *features, const char *name)
{
    pb_origin origin = *pb_features_origin(features);
    PB_TRY(pb_bank_match(scorer->bank, &origin, name, scorer->allow_precision_mix));
    memcpy(origin.precision, pb_bank_origin(scorer->bank)->precision, sizeof origin.precision);
    return pb_features_set_origin(features, &origin);
}

pb_status cli_scorer_open_backbone(cli_scorer *scorer)
{
    if (scorer->backbone) /* calibrate judges good parts and defects in two runs */
        return PB_STATUS_OK;
    const pb_bank_backbone_options options = {.size = sizeof options,
                                              .name = scorer->backbone_name,
                                              .precision = scorer->precision,
                                              .any_precision = scorer->allow_precision_mix};
    return pb_bank_open_backbone(scorer->bank, &options, &scorer->backbone);
}

void cli_scorer_close(cli_scorer *scorer)
{
    pb_backbone_close(scorer->backbone);
    pb_bank_free(scorer->bank);
}

/* ---- The work: a batch of parts is an item ------------------------------------------------------------------------ */

/* Parts that the bank was made of. They find themselves there, and their scores say nothing. */
typedef struct known_parts {
    const char *part, *reference; /* the first pair */
    int64_t n;
} known_parts;

typedef struct scoring_run {
    cli_scorer *scorer;
    const cli_inputs *inputs;
    const cli_receiver *receiver;
    cli_progress progress;
    int64_t n_dealt;
    known_parts known;
    pb_photo photos[IMAGES_AT_A_TIME]; /* of the batch that is computed */
} scoring_run;

/* What compute() is told: where the parts stand among all, and their photos, unless features are there. */
typedef struct batch_task {
    int64_t first, n;
    const char *paths[IMAGES_AT_A_TIME];
} batch_task;

static double batches_left(void *context, int64_t group)
{
    const scoring_run *run = context;
    (void)group;
    return (double)(run->inputs->paths.n - run->n_dealt);
}

/* Smaller towards the end, so that no process has much when the others have nothing. */
static int64_t parts_at_a_time(const pb_bank *bank, int64_t left)
{
    const int64_t most = cli_images_at_a_time(pb_bank_origin(bank), IMAGES_AT_A_TIME);
    const int64_t n_processes = pb_work_processes(), share = n_processes > 1 ? left / (2 * n_processes) : left;
    return share < 1 ? 1 : share < most ? share : most;
}

static pb_status take_batch(void *context, int64_t group, pb_work_item *out)
{
    scoring_run *run = context;
    const cli_inputs *inputs = run->inputs;
    (void)group;
    const int64_t first = run->n_dealt, n = parts_at_a_time(run->scorer->bank, inputs->paths.n - first);
    run->n_dealt += n;
    snprintf(out->name, sizeof out->name, "parts %lld to %lld, from %s", (long long)first + 1,
             (long long)first + (long long)n, cli_path(inputs->paths.path[first]));
    out->units = n;
    PB_TRY(pb_bytes_add_integer(&out->task, first));
    PB_TRY(pb_bytes_add_integer(&out->task, n));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_bytes_add_text(&out->task, inputs->paths.path[first + i]));
    return PB_STATUS_OK;
}

static pb_status read_task(const pb_bytes *bytes, batch_task *out)
{
    pb_bytes_reader reader = pb_bytes_read(bytes);
    PB_TRY(pb_bytes_take_integer(&reader, &out->first));
    PB_TRY(pb_bytes_take_integer(&reader, &out->n));
    if (out->n < 1 || out->n > IMAGES_AT_A_TIME)
        return pb_fail(PB_STATUS_INTERNAL, "a batch of %lld parts", (long long)out->n);
    for (int64_t i = 0; i < out->n; i++)
        PB_TRY(pb_bytes_take_text(&reader, &out->paths[i]));
    return PB_STATUS_OK;
}

/* ---- Computing ---------------------------------------------------------------------------------------------------- */

/* Features of a batch: a view of those that are there, or fresh ones from images. */
static pb_status batch_features(scoring_run *run, const batch_task *task, const pb_progress *progress,
                                pb_features **out)
{
    if (run->inputs->from_features)
        return pb_features_slice(run->inputs->features, task->first, task->n, out);
    const pb_bank *bank = run->scorer->bank;
    return pb_backbone_extract_visited(run->scorer->backbone, task->paths, task->n, progress,
                                       pb_bank_guard(bank) ? pb_photo_visit : NULL, run->photos, out);
}

static pb_status add_maps(const scoring_run *run, const batch_task *task, const cli_judged *judged, pb_bytes *result)
{
    cli_png pngs[IMAGES_AT_A_TIME] = {{0}};
    if (!run->receiver->draw)
        return PB_STATUS_OK;
    pb_status status = cli_heatmaps_draw(run->scorer->bank, task->paths, task->n, judged, pngs);
    for (int64_t i = 0; i < task->n && status == PB_STATUS_OK; i++) {
        status = pb_bytes_add_integer(result, (int64_t)pngs[i].size);
        if (status == PB_STATUS_OK)
            status = pb_bytes_add(result, pngs[i].bytes, pngs[i].size);
    }
    for (int64_t i = 0; i < task->n; i++)
        pb_free(pngs[i].bytes);
    return status;
}

/* Which references the photos are copies of; -1: none. */
static pb_status find_copies(const scoring_run *run, const batch_task *task, int64_t *out)
{
    for (int64_t i = 0; i < task->n; i++)
        out[i] = -1;
    return run->inputs->from_features ? PB_STATUS_OK
                                      : pb_bank_find_copies(run->scorer->bank, task->paths, task->n, out);
}

static pb_status score_batch(scoring_run *run, const batch_task *task, const pb_features *features, pb_bytes *result)
{
    const int64_t n = task->n, n_patches = pb_features_n_patches(features);
    double *patch_scores = NULL, *image_scores = NULL;
    pb_guard_verdict *guarded = NULL;
    int64_t copies[IMAGES_AT_A_TIME];
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT(patch_scores, n, n_patches));
    PB_TRY_GOTO(PB_NEW(guarded, n));
    PB_TRY_GOTO(PB_NEW(image_scores, n));
    PB_TRY_GOTO(pb_bank_score(run->scorer->bank, features, patch_scores, image_scores));
    PB_TRY_GOTO(pb_bank_judge_photos(run->scorer->bank, run->inputs->from_features ? NULL : run->photos, patch_scores,
                                     n, guarded));
    PB_TRY_GOTO(find_copies(run, task, copies));
    PB_TRY_GOTO(pb_bytes_add_integer(result, PB_STATUS_OK));
    PB_TRY_GOTO(pb_bytes_add_integer(result, n));
    PB_TRY_GOTO(pb_bytes_add(result, patch_scores, (size_t)(n * n_patches) * sizeof *patch_scores));
    PB_TRY_GOTO(pb_bytes_add(result, image_scores, (size_t)n * sizeof *image_scores));
    PB_TRY_GOTO(pb_bytes_add(result, guarded, (size_t)n * sizeof *guarded));
    PB_TRY_GOTO(pb_bytes_add(result, copies, (size_t)n * sizeof *copies));
    const cli_judged judged = {patch_scores, image_scores, guarded};
    status = add_maps(run, task, &judged, result);
done:
    pb_free(guarded);
    pb_free(patch_scores);
    pb_free(image_scores);
    return status;
}

/* A file that is damaged, of another format, too large or gone; not what would befall any other photo as well. */
static bool is_of_the_photo(pb_status status)
{
    return status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED || status == PB_STATUS_LIMIT ||
           status == PB_STATUS_IO;
}

static pb_status add_unreadable(pb_status why, pb_bytes *result)
{
    pb_error error;
    pb_error_save(&error);
    PB_TRY(pb_bytes_add_integer(result, why));
    return pb_bytes_add(result, &error, sizeof error);
}

static pb_status run_task(scoring_run *run, const batch_task *task, const pb_progress *progress, pb_bytes *result);

/* Extraction fails for a batch as a whole, so that its photos are taken one by one. */
static pb_status run_singly(scoring_run *run, const batch_task *task, pb_bytes *result)
{
    for (int64_t i = 0; i < task->n; i++) {
        const batch_task one = {.first = task->first + i, .n = 1, .paths = {task->paths[i]}};
        PB_TRY(run_task(run, &one, NULL, result));
    }
    return PB_STATUS_OK;
}

static pb_status run_task(scoring_run *run, const batch_task *task, const pb_progress *progress, pb_bytes *result)
{
    pb_features *features = NULL;
    pb_status status = batch_features(run, task, progress, &features);
    if (run->receiver->unreadable && !run->inputs->from_features && is_of_the_photo(status))
        return task->n > 1 ? run_singly(run, task, result) : add_unreadable(status, result);
    if (status == PB_STATUS_OK)
        status = cli_scorer_match(run->scorer, features, "the part");
    if (status == PB_STATUS_OK)
        status = score_batch(run, task, features, result);
    pb_features_free(features);
    return status;
}

static pb_status compute_batch(void *context, const pb_bytes *bytes, const pb_progress *progress, pb_bytes *result)
{
    batch_task task;
    PB_TRY(read_task(bytes, &task));
    return run_task(context, &task, progress, result);
}

/* ---- Receiving ---------------------------------------------------------------------------------------------------- */

static void note_copies(scoring_run *run, int64_t first, int64_t n, const int64_t *copies)
{
    for (int64_t i = 0; i < n; i++)
        if (copies[i] >= 0 && run->known.n++ == 0) {
            run->known.part = run->inputs->paths.path[first + i];
            run->known.reference = pb_bank_reference_at(run->scorer->bank, copies[i])->path;
        }
}

/* The pictures of a batch, borrowed from the message. */
static pb_status take_maps(pb_bytes_reader *reader, int64_t n, cli_png *out)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t size;
        const void *bytes;
        PB_TRY(pb_bytes_take_integer(reader, &size));
        PB_TRY(pb_bytes_take_view(reader, (size_t)size, &bytes));
        out[i] = (cli_png){(uint8_t *)(uintptr_t)bytes, (size_t)size};
    }
    return PB_STATUS_OK;
}

/* Values of a message need not lie where the type wants them. */
static pb_status take_array(pb_bytes_reader *reader, int64_t n, size_t size, void *out)
{
    return pb_bytes_take(reader, out, (size_t)n * size);
}

typedef struct batch_room {
    double *patch_scores, *image_scores;
    pb_guard_verdict *guarded;
} batch_room;

static pb_status take_scores(scoring_run *run, pb_bytes_reader *reader, int64_t first, int64_t n, batch_room *room)
{
    const pb_origin *origin = pb_bank_origin(run->scorer->bank);
    const int64_t n_patches = (int64_t)origin->grid_height * origin->grid_width;
    cli_png maps[IMAGES_AT_A_TIME];
    int64_t copies[IMAGES_AT_A_TIME];
    PB_TRY(PB_NEW_PRODUCT(room->patch_scores, n, n_patches));
    PB_TRY(PB_NEW(room->image_scores, n));
    PB_TRY(PB_NEW(room->guarded, n));
    PB_TRY(take_array(reader, n * n_patches, sizeof *room->patch_scores, room->patch_scores));
    PB_TRY(take_array(reader, n, sizeof *room->image_scores, room->image_scores));
    PB_TRY(take_array(reader, n, sizeof *room->guarded, room->guarded));
    PB_TRY(take_array(reader, n, sizeof *copies, copies));
    if (run->receiver->draw)
        PB_TRY(take_maps(reader, n, maps));
    note_copies(run, first, n, copies);
    const cli_scored batch = {.first = first,
                              .n = n,
                              .patch_scores = room->patch_scores,
                              .image_scores = room->image_scores,
                              .guarded = room->guarded,
                              .maps = run->receiver->draw ? maps : NULL};
    return run->receiver->scored(run->receiver->context, &batch);
}

static pb_status receive_scores(scoring_run *run, pb_bytes_reader *reader, int64_t first, int64_t most, int64_t *out_n)
{
    int64_t n;
    batch_room room = {0};
    PB_TRY(pb_bytes_take_integer(reader, &n));
    if (n < 1 || n > most)
        return pb_fail(PB_STATUS_INTERNAL, "scores of %lld parts where %lld are left", (long long)n, (long long)most);
    const pb_status status = take_scores(run, reader, first, n, &room);
    pb_free(room.patch_scores);
    pb_free(room.image_scores);
    pb_free(room.guarded);
    *out_n = n;
    return status;
}

static pb_status receive_unreadable(scoring_run *run, pb_bytes_reader *reader, int64_t i)
{
    pb_error error;
    PB_TRY(pb_bytes_take(reader, &error, sizeof error));
    pb_error_restore(&error);
    return run->receiver->unreadable(run->receiver->context, i);
}

static pb_status receive_batch(void *context, const pb_bytes *bytes, const pb_bytes *result)
{
    scoring_run *run = context;
    batch_task task;
    pb_bytes_reader reader = pb_bytes_read(result);
    PB_TRY(read_task(bytes, &task));
    for (int64_t done = 0, n; done < task.n; done += n) {
        int64_t status;
        n = 1;
        PB_TRY(pb_bytes_take_integer(&reader, &status));
        if (status == PB_STATUS_OK)
            PB_TRY(receive_scores(run, &reader, task.first + done, task.n - done, &n));
        else
            PB_TRY(receive_unreadable(run, &reader, task.first + done));
    }
    return PB_STATUS_OK;
}

static void warn_about_known(const known_parts *known)
{
    char part[512];
    if (known->n == 0)
        return;
    snprintf(part, sizeof part, "%s", cli_path(known->part));
    cli_warn("%lld part%s in the bank, so that the score is far too low: %s is the reference %s%s", (long long)known->n,
             known->n == 1 ? " is itself" : "s are themselves", part, cli_path(known->reference),
             known->n == 1 ? "" : ", to name one");
}

/* ---- Running ------------------------------------------------------------------------------------------------------ */

/* Features of networks follow the CPU's instructions in their last bits, and with them the scores. */
static pb_status describe_same(const scoring_run *run, char *out, size_t size)
{
    char hex[65];
    PB_TRY(pb_sha256_file(run->scorer->bank_path, hex));
    const bool is_same = pb_backbone_is_same_on_every_cpu(pb_bank_origin(run->scorer->bank)->backbone);
    if (run->inputs->from_features)
        snprintf(out, size, "bank %.16s, features of %lld parts", hex, (long long)run->inputs->paths.n);
    else
        snprintf(out, size, "bank %.16s, photos%s%s", hex, is_same ? "" : " on ",
                 is_same ? "" : pb_cpu_level_name(pb_cpu_get_level()));
    return PB_STATUS_OK;
}

pb_status cli_scorer_run(cli_scorer *scorer, const cli_inputs *inputs, const cli_receiver *receiver)
{
    scoring_run run = {.scorer = scorer, .inputs = inputs, .receiver = receiver};
    char same[256] = "";
    if (!inputs->from_features)
        PB_TRY(cli_scorer_open_backbone(scorer));
    if (pb_work_processes() > 1)
        PB_TRY(describe_same(&run, same, sizeof same));
    cli_progress_start(&run.progress, "score", "images");
    const pb_work work = {.same = same,
                          .n_groups = 1,
                          .ordered = true,
                          .left = batches_left,
                          .take = take_batch,
                          .sink = receive_batch,
                          .compute = compute_batch,
                          .context = &run,
                          .units = inputs->paths.n,
                          .progress = &run.progress.callback};
    const pb_status status = pb_work_run(&work);
    cli_progress_end();
    if (status == PB_STATUS_OK)
        warn_about_known(&run.known);
    return status;
}
