/* purebank cache: a data set's features, once; and the check of what is there. */
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/error.h"
#include "base/work_engine.h"
#include "hints.h"
#include "inputs.h"
#include "options.h"
#include "output.h"
#include "terminal.h"

enum { DEBUG_CATEGORIES = 2 };

/* What the time that is left is estimated from: so many images, or so many seconds. */
enum { IMAGES_BEFORE_AN_ESTIMATE = 16, SECONDS_BEFORE_AN_ESTIMATE = 10 };

typedef struct cache_job {
    const cli_settings *settings;
    pb_dataset *dataset;
    pb_paths empty; /* folders of categories without images */
    pb_backbone *backbone;
    pb_cache_writer *writer;
    int64_t n_images, n_done, bytes;
    cli_progress progress;
    double started;
    bool estimated;
    bool begun;         /* the plan stands */
    int64_t n_failed;   /* categories that damaged images ended */
    int64_t n_missing;  /* images of the latter that are not computed */
    pb_status failed;   /* of the last of them */
    char message[1024]; /* about that */
} cache_job;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* "2.61 GB"; static buffer. */
static const char *bytes_text(double bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    static char text[32];
    int unit = 0;
    for (; bytes >= 1000 && unit < 4; unit++)
        bytes /= 1000;
    snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.2f %s", bytes, units[unit]);
    return text;
}

/* "2 h 05 min", "7 min 30 s", "12 s"; static buffer. */
static const char *duration_text(double duration)
{
    static char text[64];
    const long long s = (long long)(duration + 0.5);
    if (s >= 3600)
        snprintf(text, sizeof text, "%lld h %02lld min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        snprintf(text, sizeof text, "%lld min %02lld s", s / 60, s % 60);
    else
        snprintf(text, sizeof text, "%lld s", s);
    return text;
}

/* "12.5 images/s", "4.2 s an image"; static buffer. */
static const char *rate_text(int64_t n, double took)
{
    static char text[48];
    const double rate = (double)n / (took > 0 ? took : 1e-9);
    if (rate >= 1)
        snprintf(text, sizeof text, "%.1f images/s", rate);
    else
        snprintf(text, sizeof text, "%.1f s an image", 1 / rate);
    return text;
}

/* ---- Computing -------------------------------------------------------------------------------------------------- */

/* What a category that was given up lacks counts as passed, so that the rate and the time left stay those of the others. */
static int on_progress(void *context, int64_t done, int64_t total)
{
    cache_job *job = context;
    const int64_t worked = done - job->n_done, left = total - done - job->n_missing;
    const double took = seconds() - job->started;
    const bool is_enough = worked >= IMAGES_BEFORE_AN_ESTIMATE || (worked > 1 && took >= SECONDS_BEFORE_AN_ESTIMATE);
    if (!job->estimated && is_enough && left > 0) {
        cli_say("%s: about %s to go", rate_text(worked, took), duration_text((double)left * took / (double)worked));
        job->estimated = true;
    }
    job->progress.skipped = job->n_done + job->n_missing;
    return job->progress.callback.report(job->progress.callback.context, done + job->n_missing, total);
}

static void warn_about_space(const cache_job *job)
{
    struct statvfs disk;
    const double left = (double)job->bytes * (double)(job->n_images - job->n_done) / (double)job->n_images;
    if (statvfs(job->settings->output, &disk) != 0)
        return;
    const double room = (double)disk.f_bavail * (double)disk.f_frsize;
    if (room < left) {
        char needed[32];
        snprintf(needed, sizeof needed, "%s", bytes_text(left));
        cli_warn("about %s are still to be written, but only %s are free in %s", needed, bytes_text(room),
                 job->settings->output);
    }
}

static pb_status plan(cache_job *job)
{
    const cli_settings *settings = job->settings;
    pb_cache_options options = PB_CACHE_OPTIONS_INIT;
    options.half = settings->half;
    options.force = settings->force;
    PB_TRY(pb_dataset_open(settings->arguments[0], settings->categories, &job->dataset));
    PB_TRY(pb_dataset_leave_out_empty(job->dataset, &job->empty));
    if (settings->debug)
        pb_dataset_keep_first(job->dataset, DEBUG_CATEGORIES);
    PB_TRY(cli_backbone_open(settings, NULL, &job->backbone));
    PB_TRY(pb_cache_writer_open(settings->output, job->dataset, job->backbone, &options, &job->writer));
    const pb_cache_plan *plans = pb_cache_writer_plans(job->writer);
    for (int64_t i = 0; i < pb_dataset_n_categories(job->dataset); i++) {
        job->n_images += plans[i].n_images;
        job->n_done += plans[i].n_done;
        job->bytes += plans[i].bytes;
    }
    return PB_STATUS_OK;
}

static void say_plan(const cache_job *job)
{
    const pb_origin *origin = pb_backbone_origin(job->backbone);
    cli_say_wrapped(2, "%lld %s, %lld images, %s of features (%s, %s%s%s)",
                    (long long)pb_dataset_n_categories(job->dataset),
                    pb_dataset_n_categories(job->dataset) == 1 ? "category" : "categories", (long long)job->n_images,
                    bytes_text((double)job->bytes), job->settings->half ? "float16" : "float32", origin->backbone,
                    origin->layer[0] ? " layer " : "", origin->layer);
    if (job->n_done > 0)
        cli_say("%lld images were done in earlier runs", (long long)job->n_done);
    cli_say_notes(job->dataset);
    for (int64_t i = 0; i < job->empty.n; i++)
        cli_warn("%s has no images: left out", job->empty.path[i]);
    warn_about_space(job);
}

static void say_category(const cache_job *job, int64_t i)
{
    const pb_cache_plan *plan = &pb_cache_writer_plans(job->writer)[i];
    const pb_category *category = pb_dataset_category_at(job->dataset, i);
    const int64_t computed = plan->n_images - plan->n_done;
    if (computed == 0)
        cli_say("%s: %lld images, finished", cli_path(pb_category_name(category)), (long long)plan->n_images);
    else
        cli_say_wrapped(4, "%s: %lld training and %lld test images, %s", cli_path(pb_category_name(category)),
                        (long long)pb_category_train(category)->n,
                        (long long)pb_testset_n_images(pb_category_test(category)), rate_text(computed, plan->seconds));
}

/* Whether an error is one category's own, so that the others can still be done: a damaged image, not a full disk. */
static bool is_about_images(pb_status status)
{
    return status == PB_STATUS_IO || status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_BAD_SHAPE ||
           status == PB_STATUS_BAD_VALUE || status == PB_STATUS_UNSUPPORTED || status == PB_STATUS_LIMIT;
}

/* One damaged image costs its category, not the night's run. The same error twice is not an image's. */
static pb_status on_category(void *context, int64_t i, pb_status status)
{
    cache_job *job = context;
    const pb_cache_plan *plan = &pb_cache_writer_plans(job->writer)[i];
    if (status == PB_STATUS_OK) {
        say_category(job, i);
        return PB_STATUS_OK;
    }
    if (!is_about_images(status) || pb_dataset_n_categories(job->dataset) == 1 ||
        strcmp(job->message, pb_error_message()) == 0)
        return status;
    snprintf(job->message, sizeof job->message, "%s", pb_error_message());
    cli_warn("%s is not finished: %s", pb_category_name(pb_dataset_category_at(job->dataset, i)), cli_error_message());
    job->n_missing += plan->n_images - plan->n_kept;
    job->n_failed++;
    job->failed = status;
    return PB_STATUS_OK;
}

static pb_status run_all(cache_job *job)
{
    const pb_cache_plan *plans = pb_cache_writer_plans(job->writer);
    const pb_cache_watch watch = {
        .size = sizeof watch, .progress = {on_progress, job}, .on_category = on_category, .context = job};
    for (int64_t i = 0; i < pb_dataset_n_categories(job->dataset); i++)
        if (plans[i].complete)
            cli_say("%s: %lld images, done before", cli_path(pb_category_name(pb_dataset_category_at(job->dataset, i))),
                    (long long)plans[i].n_images);
    PB_TRY(pb_cache_writer_run_all(job->writer, &watch));
    if (job->failed != PB_STATUS_OK)
        return pb_fail(job->failed,
                       "%lld of %lld categories could not be finished: repair what is named above, then run this again",
                       (long long)job->n_failed, (long long)pb_dataset_n_categories(job->dataset));
    return PB_STATUS_OK;
}

/* For another process, which has the list of images. */
static pb_status compute_only(cache_job *job)
{
    const pb_cache_options options = {.size = sizeof options, .half = job->settings->half};
    const pb_cache_watch watch = {.size = sizeof watch, .progress = {on_progress, job}};
    PB_TRY(cli_backbone_open(job->settings, NULL, &job->backbone));
    PB_TRY(pb_cache_writer_open(job->settings->output, job->dataset, job->backbone, &options, &job->writer));
    return pb_cache_writer_run_all(job->writer, &watch);
}

static pb_status compute(cache_job *job)
{
    if (pb_work_is_remote())
        return compute_only(job);
    PB_TRY(plan(job));
    job->begun = true;
    say_plan(job);
    cli_progress_start(&job->progress, "features", "images");
    job->progress.total = job->n_images;
    job->started = seconds();
    const pb_status status = run_all(job);
    cli_progress_end();
    return status;
}

/* What an interrupted run leaves: images that the next one need not compute. */
static int explain_interruption(const cache_job *job)
{
    const pb_cache_plan *plans = pb_cache_writer_plans(job->writer);
    long long n_kept = 0;
    for (int64_t i = 0; i < pb_dataset_n_categories(job->dataset); i++)
        n_kept += (long long)plans[i].n_kept;
    if (n_kept == 0)
        return cli_fail_interrupted("no image was finished: the same command begins again");
    return cli_fail_interrupted("%lld of %lld images are on disk: the same command%s goes on from here", n_kept,
                                (long long)job->n_images, job->settings->force ? " without --force" : "");
}

/* ---- Checking --------------------------------------------------------------------------------------------------- */

static void describe(const char *folder)
{
    pb_cache *cache;
    if (pb_cache_open(folder, &cache) != PB_STATUS_OK)
        return;
    char name[256];
    const pb_origin *origin = pb_cache_origin(cache);
    snprintf(name, sizeof name, "%s", cli_path(pb_cache_category(cache)));
    cli_say_wrapped(7, "%sok%s     %s: %lld training and %lld test images, %lld patches x %lld channels, %s, %s",
                    cli_color_on(CLI_GREEN), cli_color_off(), name, (long long)pb_cache_paths(cache, PB_CACHE_TRAIN)->n,
                    (long long)pb_cache_paths(cache, PB_CACHE_TEST)->n,
                    (long long)origin->grid_height * origin->grid_width, (long long)origin->dim,
                    pb_cache_is_half(cache) ? "float16" : "float32",
                    pb_cache_is_described(cache) ? origin->backbone : "origin unknown");
    pb_cache_free(cache);
}

static pb_status check_one(const char *folder, int64_t *n_wrong)
{
    pb_cache_findings findings;
    PB_TRY(pb_cache_check(folder, &findings));
    if (findings.problems.n == 0)
        describe(folder);
    else
        cli_say("%sWRONG%s  %s", cli_color_on(CLI_RED), cli_color_off(), cli_path(folder));
    for (int64_t i = 0; i < findings.problems.n; i++)
        cli_warn("%s", findings.problems.path[i]);
    for (int64_t i = 0; i < findings.notes.n; i++)
        cli_say_wrapped(7, "       %s", cli_path(findings.notes.path[i]));
    *n_wrong += findings.problems.n > 0;
    pb_paths_free(&findings.problems);
    pb_paths_free(&findings.notes);
    return cli_interrupted() ? pb_fail(PB_STATUS_CANCELLED, "cancelled") : PB_STATUS_OK;
}

static pb_status check(const char *root)
{
    pb_paths caches = {0}, unfinished = {0};
    int64_t n_wrong = 0;
    PB_TRY(pb_cache_list(root, &caches, &unfinished));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < caches.n && status == PB_STATUS_OK; i++)
        status = check_one(caches.path[i], &n_wrong);
    for (int64_t i = 0; i < unfinished.n && status == PB_STATUS_OK; i++)
        cli_warn("%s is not finished: what began it has to be done again", unfinished.path[i]);
    n_wrong += unfinished.n;
    const int64_t n = caches.n + unfinished.n;
    if (status == PB_STATUS_OK && n_wrong > 0)
        status = pb_fail(PB_STATUS_BAD_FORMAT, "%lld of %lld caches in %s are not sound", (long long)n_wrong,
                         (long long)n, root);
    else if (status == PB_STATUS_OK && n > 1)
        cli_say("All %lld caches are sound.", (long long)n);
    pb_paths_free(&caches);
    pb_paths_free(&unfinished);
    return status;
}

static int run_check(const cli_settings *settings)
{
    if (settings->n_arguments == 0)
        return cli_usage_error("cache --check needs the folder of caches: purebank cache --check CACHE");
    const pb_status status = check(settings->arguments[0]);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}

int cli_cache(const cli_settings *settings)
{
    cache_job job = {.settings = settings};
    if (settings->check)
        return run_check(settings);
    if (settings->n_arguments == 0)
        return cli_usage_error("cache needs the folder of a data set: purebank cache ROOT -o CACHE");
    if (!settings->output)
        return cli_usage_error("cache needs a folder to write to: -o CACHE");
    const pb_status status = compute(&job);
    int exit_status = CLI_EXIT_OK;
    if (status == PB_STATUS_CANCELLED && job.begun)
        exit_status = explain_interruption(&job);
    else if (status != PB_STATUS_OK)
        exit_status = cli_fail(status);
    pb_cache_writer_close(job.writer);
    pb_backbone_close(job.backbone);
    pb_paths_free(&job.empty);
    pb_dataset_free(job.dataset);
    return exit_status;
}
