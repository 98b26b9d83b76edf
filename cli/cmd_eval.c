/* purebank eval: a bank measured on labelled parts. */
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/work_engine.h"
#include "hints.h"
#include "inputs.h"
#include "io/json_fields.h"
#include "io/roi.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "scoring.h"

typedef struct eval_job {
    cli_scorer scorer;
    pb_testset *set;
    bool has_masks;    /* and the photos that they belong to */
    cli_inputs images; /* those of the set, which owns the names */
    cli_inputs cached; /* the features, where TESTDIR is a cache */
    int64_t n_patches;
    double *image_scores; /* one a part */
    pb_verdict *verdicts; /* one a part */
    double *patch_scores; /* parts x n_patches */
    pb_detection_metrics image;
    int64_t caught, false_alarms; /* defects and good parts that fail at the bank's threshold, or are unusable */
    int64_t n_unusable[2];        /* good and defect parts whose photos are */
    int64_t n_outside;            /* defects whose masks mark nothing inside the bank's region */
    int64_t n_empty_masks;
    const char *empty_mask; /* the first */
    bool has_pixels;
    pb_pixel_figures pixel;
    pb_saturations *saturations; /* NULL: no such file, or not to be used */
    bool looked_for_saturations;
    uint8_t *leaves; /* one a part: its photo cannot be read, so that no figure is about it */
    int64_t n_unreadable;
    json_t *unreadable; /* their names */
} eval_job;

static pb_status receive(void *context, const cli_scored *batch)
{
    eval_job *job = context;
    const int64_t first = batch->first, n = batch->n;
    memcpy(job->image_scores + first, batch->image_scores, (size_t)n * sizeof *job->image_scores);
    memcpy(job->patch_scores + first * job->n_patches, batch->patch_scores,
           (size_t)(n * job->n_patches) * sizeof *job->patch_scores);
    for (int64_t i = 0; i < n; i++)
        job->verdicts[first + i] = pb_bank_verdict(job->scorer.bank, batch->image_scores[i], &batch->guarded[i]);
    return PB_STATUS_OK;
}

/* As score does: one photo that a camera wrote half must not keep the others from being judged. */
static pb_status receive_unreadable(void *context, int64_t i)
{
    eval_job *job = context;
    cli_warn("not judged: %s", cli_error_message());
    job->leaves[i] = 1;
    job->n_unreadable++;
    if (json_array_append_new(job->unreadable, pb_json_lossy_string(job->images.paths.path[i])) != 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while noting an unreadable photo");
    return PB_STATUS_OK;
}

/* What was scored moves up as the test set does. */
static pb_status leave_out_unreadable(eval_job *job)
{
    const int64_t n = pb_testset_n_images(job->set), n_patches = job->n_patches;
    if (job->n_unreadable == 0)
        return PB_STATUS_OK;
    for (int64_t i = 0, kept = 0; i < n; i++) {
        if (job->leaves[i])
            continue;
        job->image_scores[kept] = job->image_scores[i];
        job->verdicts[kept] = job->verdicts[i];
        memmove(job->patch_scores + kept * n_patches, job->patch_scores + i * n_patches,
                (size_t)n_patches * sizeof *job->patch_scores);
        kept++;
    }
    pb_testset_leave_out(job->set, job->leaves);
    const int64_t n_good = pb_testset_n_good(job->set), n_defect = pb_testset_n_defect(job->set);
    if (n_good == 0 || n_defect == 0)
        return pb_fail(
            PB_STATUS_BAD_SHAPE,
            "%lld good and %lld defect parts can be read: both are needed to say how well they are told apart",
            (long long)n_good, (long long)n_defect);
    return PB_STATUS_OK;
}

static pb_status list_images(eval_job *job)
{
    pb_paths *paths = &job->images.paths;
    if (!job->set)
        return PB_STATUS_OK;
    paths->n = pb_testset_n_images(job->set);
    PB_TRY(PB_NEW(paths->path, paths->n));
    memcpy(paths->path, pb_testset_paths(job->set), (size_t)paths->n * sizeof *paths->path);
    return PB_STATUS_OK;
}

static pb_status score_parts(eval_job *job)
{
    const pb_origin *origin = pb_bank_origin(job->scorer.bank);
    const cli_receiver receiver = {.scored = receive, .unreadable = receive_unreadable, .context = job};
    job->n_patches = (int64_t)origin->grid_height * origin->grid_width;
    PB_TRY(list_images(job));
    const int64_t n = job->images.paths.n;
    PB_TRY(PB_NEW(job->image_scores, n));
    PB_TRY(PB_NEW(job->verdicts, n));
    PB_TRY(PB_NEW(job->leaves, n));
    job->unreadable = json_array();
    PB_TRY(PB_NEW_PRODUCT(job->patch_scores, n, job->n_patches));
    return cli_scorer_run(&job->scorer, job->cached.from_cache ? &job->cached : &job->images, &receiver);
}

/* Keeps the part of a mask that the backbone sees: no map covers the rest. */
static void crop_mask(const pb_origin *origin, uint8_t *mask, int32_t *width, int32_t *height)
{
    const pb_rect view = pb_origin_view(origin, *width, *height);
    for (int64_t y = 0; y < view.height; y++)
        memmove(mask + y * view.width, mask + (view.top + y) * *width + view.left, (size_t)view.width);
    *width = view.width;
    *height = view.height;
}

/* Every mask file is a region. */
static pb_status add_regions(eval_job *job, const pb_paths *masks, pb_pixel_metrics *metrics)
{
    for (int64_t i = 0; i < masks->n; i++) {
        pb_saturated_region region;
        PB_TRY(pb_saturated_region_read(job->saturations, masks->path[i], &region));
        crop_mask(pb_bank_origin(job->scorer.bank), region.mask, &region.width, &region.height);
        const pb_status status = pb_pixel_metrics_add_region(metrics, region.mask, region.width, region.height,
                                                             region.enough, region.is_share);
        pb_buffer_free(region.mask);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

/* What is wrong with LOCO's file, or with the values of its masks, costs the saturated overlap alone. */
static pb_status add_saturated(eval_job *job, const pb_paths *masks, pb_pixel_metrics *metrics)
{
    pb_status status = PB_STATUS_OK;
    if (!job->looked_for_saturations)
        status = pb_saturations_find(masks->path[0], &job->saturations);
    job->looked_for_saturations = true;
    if (status == PB_STATUS_OK && job->saturations)
        status = add_regions(job, masks, metrics);
    if (status != PB_STATUS_BAD_FORMAT && status != PB_STATUS_BAD_VALUE)
        return status;
    cli_warn("no saturated overlap: %s", cli_error_message());
    pb_saturations_free(job->saturations);
    job->saturations = NULL;
    return PB_STATUS_OK;
}

/* Good parts count as free of defects; a defect without a mask tells nothing about its pixels. */
static pb_status add_pixels(eval_job *job, int64_t i, double *map, pb_pixel_metrics *metrics)
{
    const pb_origin *origin = pb_bank_origin(job->scorer.bank);
    const pb_roi *roi = pb_bank_roi(job->scorer.bank);
    const pb_paths *masks = pb_testset_masks_at(job->set, i);
    memcpy(map, job->patch_scores + i * job->n_patches, (size_t)job->n_patches * sizeof *map);
    if (roi)
        pb_roi_extend(roi, map, map);
    if (!pb_testset_labels(job->set)[i])
        return pb_pixel_metrics_add(metrics, map, origin->grid_height, origin->grid_width, NULL, 0, 0);
    if (masks->n == 0)
        return PB_STATUS_OK;
    uint8_t *mask;
    int32_t width, height;
    PB_TRY(pb_defect_mask_read(masks, pb_testset_paths(job->set)[i], &mask, &width, &height));
    const bool is_empty = pb_defect_mask_is_empty(mask, (int64_t)width * height);
    if (is_empty && job->n_empty_masks++ == 0)
        job->empty_mask = masks->path[0];
    crop_mask(origin, mask, &width, &height);
    if (roi && !is_empty)
        job->n_outside += !pb_roi_meets(roi, mask, width, height);
    const pb_status status =
        pb_pixel_metrics_add(metrics, map, origin->grid_height, origin->grid_width, mask, width, height);
    pb_buffer_free(mask);
    return status == PB_STATUS_OK ? add_saturated(job, masks, metrics) : status;
}

static pb_status add_all_pixels(eval_job *job, pb_pixel_metrics *metrics)
{
    double *map;
    const pb_origin *origin = pb_bank_origin(job->scorer.bank);
    const pb_roi *roi = pb_bank_roi(job->scorer.bank);
    if (roi)
        PB_TRY(pb_pixel_metrics_within(metrics, pb_roi_inside(roi), origin->grid_height, origin->grid_width));
    PB_TRY(PB_NEW(map, job->n_patches));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < pb_testset_n_images(job->set) && status == PB_STATUS_OK; i++)
        status = add_pixels(job, i, map, metrics);
    pb_free(map);
    return status;
}

static pb_status measure_pixels(eval_job *job)
{
    if (!job->has_masks)
        return PB_STATUS_OK;
    pb_pixel_metrics *metrics;
    const pb_origin *origin = pb_bank_origin(job->scorer.bank);
    PB_TRY(pb_pixel_metrics_new_for_grid(origin->grid_height, origin->grid_width, &metrics));
    const pb_status status = add_all_pixels(job, metrics);
    if (status == PB_STATUS_OK) {
        job->has_pixels = pb_pixel_metrics_result(metrics, &job->pixel) == PB_STATUS_OK;
        if (!job->has_pixels)
            cli_warn("no pixel figures: %s", cli_error_message());
        if (!job->saturations)
            job->pixel.n_saturated = 0; /* of those before the one that went wrong */
    }
    if (job->n_empty_masks > 0)
        cli_warn("%lld of %lld masks mark no pixel and count as free of defects, first %s",
                 (long long)job->n_empty_masks, (long long)pb_testset_n_masks(job->set), cli_path(job->empty_mask));
    if (job->n_outside > 0)
        cli_warn(
            "%lld of %lld defects lie outside of the region of interest %s by their masks: they count as defects that "
            "should fail all the same",
            (long long)job->n_outside, (long long)pb_testset_n_defect(job->set),
            cli_path(pb_roi_name(pb_bank_roi(job->scorer.bank))));
    pb_pixel_metrics_free(metrics);
    return status;
}

static void count_verdicts(eval_job *job)
{
    const uint8_t *label = pb_testset_labels(job->set);
    for (int64_t i = 0; i < pb_testset_n_images(job->set); i++) {
        const bool failed = job->verdicts[i] != PB_VERDICT_PASS;
        job->n_unusable[label[i]] += job->verdicts[i] == PB_VERDICT_UNUSABLE;
        job->caught += failed && label[i];
        job->false_alarms += failed && !label[i];
    }
}

/* Pixel figures need the photos, whose masks lie beside them. */
static void look_for_photos(const cli_settings *settings, eval_job *job, int64_t n_missing)
{
    if (n_missing == 0) {
        if (!job->has_masks)
            cli_warn("no masks beside the photos: image figures only");
        return;
    }
    job->has_masks = false;
    cli_warn("%lld of %lld photos are not where the cache says (first %s): image figures only%s", (long long)n_missing,
             (long long)pb_testset_n_images(job->set), cli_path(cli_inputs_missing_photo(&job->cached)),
             settings->report ? ", and the report shows heatmaps without photos" : "");
}

/* A test folder, or the test part of a cache. */
static pb_status open_testset(const cli_settings *settings, eval_job *job)
{
    const char *dir = settings->arguments[1];
    int64_t n_missing = 0;
    if (!pb_cache_is(dir)) {
        PB_TRY(pb_testset_open(dir, &job->set));
        job->has_masks = pb_testset_n_masks(job->set) > 0;
        return PB_STATUS_OK;
    }
    PB_TRY(cli_inputs_open(&dir, 1, PB_CACHE_TEST, &job->cached));
    PB_TRY(pb_cache_testset(job->cached.cache, &job->set, &n_missing));
    const int64_t n_good = pb_testset_n_good(job->set), n_defect = pb_testset_n_defect(job->set);
    job->has_masks = pb_testset_n_masks(job->set) > 0;
    if (n_good == 0 || n_defect == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s has %lld good and %lld defect test images: both are needed", dir,
                       (long long)n_good, (long long)n_defect);
    PB_TRY(cli_scorer_match(&job->scorer, job->cached.features, dir));
    look_for_photos(settings, job, n_missing);
    return PB_STATUS_OK;
}

/* For another process, which has the labels. */
static pb_status compute_only(const cli_settings *settings, eval_job *job)
{
    PB_TRY(cli_scorer_open(settings, &job->scorer));
    PB_TRY(cli_inputs_open(&settings->arguments[1], 1, PB_CACHE_TEST, &job->cached));
    if (job->cached.from_cache)
        PB_TRY(cli_scorer_match(&job->scorer, job->cached.features, settings->arguments[1]));
    return score_parts(job);
}

static pb_status protect_testset(const cli_settings *settings, const pb_testset *set)
{
    const int64_t n = pb_testset_n_images(set);
    PB_TRY(cli_protect_inputs(settings, pb_testset_paths(set), n));
    for (int64_t i = 0; i < n; i++) {
        const pb_paths *masks = pb_testset_masks_at(set, i);
        PB_TRY(cli_protect_inputs(settings, (const char *const *)masks->path, masks->n));
    }
    return PB_STATUS_OK;
}

static pb_status measure(const cli_settings *settings, eval_job *job)
{
    PB_TRY(cli_scorer_open(settings, &job->scorer));
    PB_TRY(open_testset(settings, job));
    PB_TRY(protect_testset(settings, job->set));
    PB_TRY(score_parts(job));
    PB_TRY(leave_out_unreadable(job));
    count_verdicts(job);
    PB_TRY(pb_metrics_detection(job->image_scores, pb_testset_labels(job->set), pb_testset_n_images(job->set),
                                &job->image));
    return measure_pixels(job);
}

static json_t *part_to_json(const eval_job *job, int64_t i)
{
    return json_pack("{s:o, s:o, s:i, s:f, s:s}", "path", pb_json_lossy_string(pb_testset_paths(job->set)[i]), "kind",
                     pb_json_lossy_string(pb_testset_kind_at(job->set, i)), "label",
                     (int)pb_testset_labels(job->set)[i], "score", job->image_scores[i], "verdict",
                     pb_verdict_name(job->verdicts[i]));
}

static json_t *parts_to_json(const eval_job *job)
{
    json_t *parts = json_array();
    for (int64_t i = 0; parts && i < pb_testset_n_images(job->set); i++)
        if (json_array_append_new(parts, part_to_json(job, i)) != 0) {
            json_decref(parts);
            return NULL;
        }
    return parts;
}

static json_t *pixel_to_json(const eval_job *job)
{
    const pb_pixel_figures *pixel = &job->pixel;
    if (!job->has_pixels)
        return json_null();
    json_t *json = json_object();
#define PB_PIXEL_FIGURE(member, id, regions, ...)                                                                      \
    if (pixel->regions > 0)                                                                                            \
        json_object_set_new(json, #member, json_real(pixel->member));
#define PB_PIXEL_COUNT(member)                                                                                         \
    if (pixel->member > 0)                                                                                             \
        json_object_set_new(json, #member, json_integer(pixel->member));
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
    return json;
}

static json_t *image_to_json(const pb_detection_metrics *image)
{
    json_t *json = json_object();
#define PB_METRIC(member, ...) json_object_set_new(json, #member, json_real(image->member));
#include <purebank/detection_metrics.def>
#undef PB_METRIC
    return json;
}

static json_t *to_json(const eval_job *job)
{
    json_t *pixel = pixel_to_json(job);
    const pb_threshold *threshold = pb_bank_threshold(job->scorer.bank);
    return json_pack("{s:I, s:I, s:o, s:o, s:I, s:I, s:f, s:f, s:I, s:I, s:o, s:O}", "n_good",
                     (json_int_t)pb_testset_n_good(job->set), "n_defect", (json_int_t)pb_testset_n_defect(job->set),
                     "image", image_to_json(&job->image), "pixel", pixel, "unusable_good",
                     (json_int_t)job->n_unusable[0], "unusable_defect", (json_int_t)job->n_unusable[1], "threshold",
                     threshold->value, "false_alarm_rate", threshold->false_alarm_rate, "caught",
                     (json_int_t)job->caught, "false_alarms", (json_int_t)job->false_alarms, "parts",
                     parts_to_json(job), "unreadable", job->unreadable);
}

static pb_status write_results(const cli_settings *settings, const eval_job *job)
{
    if (settings->json)
        PB_TRY(cli_write_json(to_json(job), settings->json));
    if (!settings->report)
        return PB_STATUS_OK;
    const pb_eval_report content = {.size = sizeof content,
                                    .bank = job->scorer.bank,
                                    .bank_path = job->scorer.bank_path,
                                    .testset = job->set,
                                    .image_scores = job->image_scores,
                                    .patch_scores = job->patch_scores,
                                    .verdicts = job->verdicts,
                                    .n_patches = job->n_patches,
                                    .image = &job->image,
                                    .pixel = job->has_pixels ? &job->pixel : NULL,
                                    .n_unreadable = job->n_unreadable};
    return pb_report_eval(&content, settings->report);
}

static void print_verdicts(const eval_job *job)
{
    const pb_threshold *threshold = pb_bank_threshold(job->scorer.bank);
    cli_say("At the bank's threshold %.4g (false-alarm rate asked for: %g %%):", threshold->value,
            100 * threshold->false_alarm_rate);
    cli_say("  caught        %lld of %lld defects", (long long)job->caught, (long long)pb_testset_n_defect(job->set));
    cli_say("  false alarms  %lld of %lld good parts", (long long)job->false_alarms,
            (long long)pb_testset_n_good(job->set));
    if (job->n_unusable[0] + job->n_unusable[1] > 0)
        cli_say("  unusable      %lld photos of good parts and %lld of defects, counted above",
                (long long)job->n_unusable[0], (long long)job->n_unusable[1]);
    if (job->n_unreadable > 0)
        cli_say("  unreadable    %lld photos, counted nowhere", (long long)job->n_unreadable);
}

static void print_pixels(const pb_pixel_figures *pixel)
{
#define PB_PIXEL_FIGURE(member, id, regions, label, ...)                                                               \
    if (pixel->regions > 0)                                                                                            \
        cli_say("  %-29s %.4f", label, pixel->member);
#define PB_PIXEL_COUNT(member)
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
}

static void print_results(const eval_job *job)
{
    cli_say("%lld good, %lld defect parts", (long long)pb_testset_n_good(job->set),
            (long long)pb_testset_n_defect(job->set));
    const char *on = cli_color_on(CLI_BOLD), *off = cli_color_off(); /* of the first */
#define PB_METRIC(member, id, label, ...)                                                                              \
    cli_say("  %-29s %s%.4f%s", label, on, job->image.member, off);                                                    \
    on = off = "";
#include <purebank/detection_metrics.def>
#undef PB_METRIC
    if (job->has_pixels)
        print_pixels(&job->pixel);
    print_verdicts(job);
}

int cli_eval(const cli_settings *settings)
{
    eval_job job = {0};
    cli_reserve_stdout(settings->json, NULL);
    pb_status status = pb_work_is_remote() ? compute_only(settings, &job) : measure(settings, &job);
    if (status == PB_STATUS_OK && !pb_work_is_remote()) {
        print_results(&job);
        status = write_results(settings, &job);
    }
    if (status == PB_STATUS_OK && settings->report && !pb_work_is_remote())
        cli_say("Report: %s", cli_path(settings->report));
    pb_free(job.image_scores);
    pb_free(job.verdicts);
    pb_free(job.leaves);
    json_decref(job.unreadable);
    pb_free(job.patch_scores);
    pb_free(job.images.paths.path);
    pb_testset_free(job.set);
    pb_saturations_free(job.saturations);
    cli_inputs_free(&job.cached);
    cli_scorer_close(&job.scorer);
    if (status == PB_STATUS_OK)
        return job.n_unreadable > 0 ? CLI_EXIT_BAD_INPUT : CLI_EXIT_OK;
    return cli_fail(status);
}
