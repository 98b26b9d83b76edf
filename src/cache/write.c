/* Writing caches: plan, compute, publish. A category is worked on in <category>.partial/:
 *   lists and labels, then job.json     what is to be computed
 *   features with their logs            grow (partial.c)
 *   cache.json                          all is there: from here on only cleaning up and renaming are left
 * and appears under its own name by one rename. Whatever a killed run leaves behind is recognised by the next one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/options.h"
#include "base/work_engine.h"
#include "cache/folders.h"
#include "cache/partial.h"
#include "cache/photos.h"
#include "cache/writer.h"
#include "dataset/category.h"
#include "dataset/paths.h"
#include "io/file.h"
#include "io/lock.h"
#include "io/npy.h"

static const char LOCK_NAME[] = ".purebank.lock";

static int64_t part_count(const pb_category *category, pb_cache_file file)
{
    return pb_cache_is_train_file(file) ? category->train.n : category->test.n;
}

/* ---- A category's names ----------------------------------------------------------------------------------------- */

void pb_cache_job_close(category_job *job)
{
    pb_free(job->final);
    pb_free(job->partial);
    pb_free(job->old);
    pb_free(job->lines[0]);
    pb_free(job->lines[1]);
}

pb_status pb_cache_job_open(pb_cache_writer *writer, int64_t i, category_job *job)
{
    const pb_category *category = &writer->dataset->category[i];
    *job = (category_job){.writer = writer,
                          .category = category,
                          .plan = &writer->plan[i],
                          .n_images = category->train.n + category->test.n};
    pb_status status;
    PB_TRY_GOTO(pb_cache_folder_of(writer->root, category->name, "", &job->final));
    PB_TRY_GOTO(pb_cache_folder_of(writer->root, category->name, PB_CACHE_PARTIAL_ENDING, &job->partial));
    PB_TRY_GOTO(pb_cache_folder_of(writer->root, category->name, PB_CACHE_OLD_ENDING, &job->old));
    PB_TRY_GOTO(pb_cache_lines_join(&category->train, &job->lines[0]));
    status = pb_cache_lines_join(&(pb_paths){.n = category->test.n, .path = category->test.path}, &job->lines[1]);
done:
    if (status != PB_STATUS_OK)
        pb_cache_job_close(job);
    return status;
}

/* ---- Is what is there the work of this run? --------------------------------------------------------------------- */

static pb_status check_values(const pb_cache_writer *writer, const char *folder, const pb_cache_description *there)
{
    char name[1024];
    snprintf(name, sizeof name, "the cache %s", folder);
    if (pb_origin_match(&there->origin, name, &writer->origin, "this run") != PB_STATUS_OK)
        return pb_suggest(PB_STATUS_MISMATCH, PB_HINT_START_OVER, NULL);
    if (there->half != writer->options.half)
        return pb_suggest(pb_fail(PB_STATUS_MISMATCH, "%s holds %s, this run is to write %s", name,
                                  there->half ? "float16" : "float32", writer->options.half ? "float16" : "float32"),
                          PB_HINT_START_OVER, NULL);
    return PB_STATUS_OK;
}

static pb_status check_list(const char *folder, pb_cache_file file, const char *expected, const char *category)
{
    char *path;
    uint8_t *bytes = NULL;
    size_t size = 0;
    const size_t length = strlen(expected);
    if (length == 0 && !pb_cache_has(folder, file))
        return PB_STATUS_OK;
    PB_TRY(pb_cache_path(folder, file, &path));
    pb_status status = pb_file_read(path, length, &bytes, &size);
    if (status == PB_STATUS_LIMIT || (status == PB_STATUS_OK && (size != length || memcmp(bytes, expected, size) != 0)))
        status = pb_suggest(pb_fail(PB_STATUS_MISMATCH, "%s lists other images than the data set has now", path),
                            PB_HINT_START_OVER, category);
    pb_free(bytes);
    pb_free(path);
    return status;
}

static pb_cache_photo_paths photos_of(const pb_category *category)
{
    return (pb_cache_photo_paths){&category->train, category->test.path, category->test.n};
}

/* Are the photos still those of which the features in `folder` are? Caches of purebank 0.1 do not tell. */
static pb_status check_photos(const category_job *job, const char *folder)
{
    pb_cache_photos photos;
    const pb_cache_photo_paths paths = photos_of(job->category);
    PB_TRY(pb_cache_photos_load(folder, pb_cache_photo_count(&paths), &photos));
    pb_status status = pb_cache_photos_compare(&photos, &paths);
    if (status == PB_STATUS_MISMATCH)
        status = pb_suggest(status, PB_HINT_START_OVER, job->category->name);
    pb_cache_photos_free(&photos);
    return status;
}

/* `name` is cache.json or job.json. */
static pb_status check_folder(const category_job *job, const char *folder, const char *name)
{
    pb_cache_description there;
    pb_status status = pb_cache_description_load(folder, name, &there);
    if (status == PB_STATUS_OK)
        status = check_values(job->writer, folder, &there);
    if (status == PB_STATUS_OK)
        status = check_list(folder, PB_CACHE_TRAIN_PATHS, job->lines[0], job->category->name);
    if (status == PB_STATUS_OK)
        status = check_list(folder, PB_CACHE_TEST_PATHS, job->lines[1], job->category->name);
    if (status == PB_STATUS_OK)
        status = check_photos(job, folder);
    pb_cache_description_free(&there);
    return status;
}

/* Files of a finished cache that went away or changed size; hashes are for pb_cache_check(). */
static pb_status check_sizes(const char *folder)
{
    pb_cache_description there;
    pb_status status = pb_cache_description_load(folder, PB_CACHE_DESCRIPTION_NAME, &there);
    for (int i = 0; i < PB_CACHE_N_FILES && status == PB_STATUS_OK; i++) {
        struct stat info;
        char *path = NULL;
        status = pb_cache_path(folder, (pb_cache_file)i, &path);
        if (status == PB_STATUS_OK && there.bytes[i] >= 0 && (stat(path, &info) != 0 || info.st_size != there.bytes[i]))
            status = pb_suggest(pb_fail(PB_STATUS_BAD_FORMAT, "%s is missing, or its size is not what %s says", path,
                                        PB_CACHE_DESCRIPTION_NAME),
                                PB_HINT_START_OVER, there.category);
        pb_free(path);
    }
    pb_cache_description_free(&there);
    return status;
}

/* ---- Publishing ------------------------------------------------------------------------------------------------- */

/* A complete .partial folder becomes the category's; also after a run that was killed in the middle of this. */
static pb_status publish(const category_job *job)
{
    PB_TRY(pb_cache_clean(job->partial));
    if (pb_is_folder(job->final)) {
        PB_TRY(pb_cache_retire(job->old));
        if (pb_is_folder(job->old))
            return pb_fail(PB_STATUS_OUTPUT, "%s holds files that are not of a cache: move them away, then run again",
                           job->old);
        PB_TRY(pb_cache_rename(job->final, job->old));
    }
    PB_TRY(pb_cache_rename(job->partial, job->final));
    PB_TRY(pb_cache_sync_folder(job->writer->root));
    return pb_cache_retire(job->old);
}

/* Puts right what a run killed while it published left behind. */
static pb_status recover(const category_job *job)
{
    if (pb_cache_has_name(job->partial, PB_CACHE_DESCRIPTION_NAME))
        return publish(job);
    if (!pb_cache_has_name(job->partial, PB_CACHE_JOB_NAME)) /* killed while it began */
        PB_TRY(pb_cache_remove_folder(job->partial));
    if (!pb_is_folder(job->old))
        return PB_STATUS_OK;
    return pb_is_folder(job->final) ? pb_cache_retire(job->old) : pb_cache_rename(job->old, job->final);
}

/* ---- Planning --------------------------------------------------------------------------------------------------- */

static pb_status plan_category(const category_job *job)
{
    const pb_cache_writer *writer = job->writer;
    pb_cache_plan *plan = job->plan;
    const pb_origin *origin = &writer->origin;
    int64_t image = 0;
    PB_TRY(pb_size_multiply((int64_t)origin->grid_height * origin->grid_width,
                            origin->dim * (writer->options.half ? 2 : 4), "bytes of an image's features", &image));
    *plan = (pb_cache_plan){.n_images = job->n_images};
    PB_TRY(pb_size_multiply(image, job->n_images, "bytes of all features", &plan->bytes));
    if (job->n_images == 0)
        return pb_fail(PB_STATUS_IO, "%s has no images", job->category->folder);
    PB_TRY(pb_cache_check_own(job->partial));
    PB_TRY(pb_cache_check_no_link(job->old));
    if (writer->options.force)
        return pb_cache_check_no_link(job->final);
    PB_TRY(recover(job));
    if (pb_cache_has_name(job->partial, PB_CACHE_JOB_NAME)) {
        PB_TRY(check_folder(job, job->partial, PB_CACHE_JOB_NAME));
        plan->n_done = pb_partial_count(job->partial, PB_CACHE_TRAIN_FEATURES, origin, writer->options.half) +
                       pb_partial_count(job->partial, PB_CACHE_TEST_FEATURES, origin, writer->options.half);
        return PB_STATUS_OK;
    }
    if (!pb_is_folder(job->final))
        return PB_STATUS_OK;
    if (!pb_cache_has_name(job->final, PB_CACHE_DESCRIPTION_NAME))
        return pb_suggest(pb_fail(PB_STATUS_MISMATCH, "%s is there, made elsewhere (it has no cache.json)", job->final),
                          PB_HINT_START_OVER, NULL);
    PB_TRY(check_folder(job, job->final, PB_CACHE_DESCRIPTION_NAME));
    PB_TRY(check_sizes(job->final));
    plan->n_done = plan->n_images;
    plan->complete = true;
    return PB_STATUS_OK;
}

static bool is_ours(const pb_cache_writer *writer, const char *folder)
{
    bool ours = false;
    for (int64_t i = 0; i < writer->dataset->n && !ours; i++) {
        char *mine;
        if (pb_cache_folder_of(writer->root, writer->dataset->category[i].name, "", &mine) != PB_STATUS_OK)
            return false;
        ours = strcmp(mine, folder) == 0;
        pb_free(mine);
    }
    return ours;
}

/* One folder of caches is one backbone's: also categories that this run does not touch must agree with it. */
static pb_status check_neighbours(const pb_cache_writer *writer)
{
    pb_list folders = {0};
    pb_status status = pb_folder_read(writer->root, true, &folders);
    pb_list_sort(&folders, 0);
    for (int64_t i = 0; i < folders.n && status == PB_STATUS_OK; i++) {
        pb_cache_description there;
        if (pb_cache_is_partial(folders.item[i]) || pb_cache_is_old(folders.item[i]) ||
            is_ours(writer, folders.item[i]) || !pb_cache_has_name(folders.item[i], PB_CACHE_DESCRIPTION_NAME))
            continue;
        status = pb_cache_description_load(folders.item[i], PB_CACHE_DESCRIPTION_NAME, &there);
        if (status == PB_STATUS_OK)
            status = check_values(writer, folders.item[i], &there);
        pb_cache_description_free(&there);
    }
    pb_list_clear(&folders);
    return status;
}

static pb_status plan_all(pb_cache_writer *writer)
{
    PB_TRY(PB_NEW(writer->plan, writer->dataset->n));
    PB_TRY(check_neighbours(writer));
    for (int64_t i = 0; i < writer->dataset->n; i++) {
        category_job job;
        PB_TRY(pb_cache_job_open(writer, i, &job));
        const pb_status status = plan_category(&job);
        writer->plan[i].n_kept = writer->plan[i].n_done;
        pb_cache_job_close(&job);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

static pb_status lock_and_plan(pb_cache_writer *writer)
{
    PB_TRY(pb_cache_make_folder(writer->root));
    PB_TRY(pb_lock_take(writer->root, LOCK_NAME, &writer->lock_fd));
    return plan_all(writer);
}

pb_status pb_cache_writer_open(const char *root, const pb_dataset *dataset, pb_backbone *backbone,
                               const pb_cache_options *options, pb_cache_writer **out)
{
    static const pb_cache_options defaults = PB_CACHE_OPTIONS_INIT;
    pb_cache_options chosen;
    pb_cache_writer *writer;
    PB_TRY(PB_OPTIONS_READ(pb_cache_options, options, &defaults, &chosen));
    PB_TRY(PB_NEW(writer, 1));
    *writer = (pb_cache_writer){.dataset = dataset,
                                .backbone = backbone,
                                .origin = *pb_backbone_origin(backbone),
                                .options = chosen,
                                .lock_fd = -1};
    pb_status status = PB_NEW_STRING(writer->root, root);
    if (status == PB_STATUS_OK && !pb_work_is_remote())
        status = lock_and_plan(writer);
    if (status != PB_STATUS_OK) {
        pb_cache_writer_close(writer);
        return status;
    }
    *out = writer;
    return PB_STATUS_OK;
}

const pb_cache_plan *pb_cache_writer_plans(const pb_cache_writer *writer)
{
    return writer->plan;
}

void pb_cache_writer_close(pb_cache_writer *writer)
{
    if (!writer)
        return;
    pb_lock_release(writer->lock_fd);
    pb_free(writer->plan);
    pb_free(writer->root);
    pb_free(writer);
}

/* ---- A category begins and ends ----------------------------------------------------------------------------------- */

static pb_status write_text(const char *folder, pb_cache_file file, const char *text)
{
    char *path;
    PB_TRY(pb_cache_path(folder, file, &path));
    const pb_status status = pb_file_write(path, text, strlen(text));
    pb_free(path);
    return status;
}

static pb_status write_labels(const char *folder, const pb_testset *test)
{
    char *path = NULL;
    int64_t *labels;
    PB_TRY(PB_NEW(labels, test->n));
    for (int64_t i = 0; i < test->n; i++)
        labels[i] = test->label[i];
    pb_status status = pb_cache_path(folder, PB_CACHE_TEST_LABELS, &path);
    if (status == PB_STATUS_OK)
        status = pb_npy_write(path, PB_NPY_I8, 1, &test->n, labels);
    pb_free(path);
    pb_free(labels);
    return status;
}

static void fill_description(const category_job *job, pb_cache_description *out)
{
    const pb_category *category = job->category;
    *out = (pb_cache_description){.category = category->name,
                                  .half = job->writer->options.half,
                                  .origin = job->writer->origin,
                                  .n_train = category->train.n,
                                  .n_test = category->test.n,
                                  .n_defect = category->test.n_defect};
    out->origin.sample_bits = job->sample_bits;
}

/* A .partial folder with everything but the features; job.json last, as it says that the rest is there. */
static pb_status begin(const category_job *job, const pb_progress *progress)
{
    const pb_category *category = job->category;
    pb_cache_description description;
    PB_TRY(pb_cache_remove_folder(job->partial));
    PB_TRY(pb_cache_make_folder(job->partial));
    if (category->train.n > 0)
        PB_TRY(write_text(job->partial, PB_CACHE_TRAIN_PATHS, job->lines[0]));
    if (category->test.n > 0) {
        PB_TRY(write_text(job->partial, PB_CACHE_TEST_PATHS, job->lines[1]));
        PB_TRY(write_labels(job->partial, &category->test));
    }
    const pb_cache_photo_paths photos = photos_of(category);
    PB_TRY(pb_cache_photos_record(job->partial, &photos, progress));
    fill_description(job, &description);
    return pb_cache_description_save(&description, job->partial, PB_CACHE_JOB_NAME);
}

/* The hash of photos.txt, whose photos have not changed while their features were computed. */
static pb_status finish_photos(const category_job *job, char sha256[65])
{
    char *path;
    if (!pb_cache_has_name(job->partial, PB_CACHE_PHOTOS_NAME)) /* begun by purebank 0.1 */
        return PB_STATUS_OK;
    PB_TRY(check_photos(job, job->partial));
    PB_TRY(pb_path_join(job->partial, PB_CACHE_PHOTOS_NAME, &path));
    const pb_status status = pb_sha256_file(path, sha256);
    pb_free(path);
    return status;
}

/* Sizes and hashes of all files, then cache.json: the folder is complete. */
static pb_status finish(const category_job *job)
{
    pb_cache_description description;
    fill_description(job, &description);
    description.has_files = true;
    PB_TRY(finish_photos(job, description.photos_sha256));
    for (int i = 0; i < PB_CACHE_N_FILES; i++) {
        struct stat info = {0};
        char *path;
        description.bytes[i] = -1;
        if (part_count(job->category, (pb_cache_file)i) == 0)
            continue;
        PB_TRY(pb_cache_path(job->partial, (pb_cache_file)i, &path));
        pb_status status = stat(path, &info) == 0 ? pb_sha256_file(path, description.sha256[i])
                                                  : pb_fail(PB_STATUS_IO, "cannot read %s: %s", path, strerror(errno));
        description.bytes[i] = info.st_size;
        pb_free(path);
        PB_TRY(status);
    }
    return pb_cache_description_save(&description, job->partial, PB_CACHE_DESCRIPTION_NAME);
}

pb_status pb_cache_job_begin(category_job *job, const pb_progress *progress)
{
    const bool is_begun = !job->writer->options.force && pb_cache_has_name(job->partial, PB_CACHE_JOB_NAME);
    PB_TRY(pb_category_sample_bits(job->category, &job->sample_bits));
    return is_begun ? PB_STATUS_OK : begin(job, progress);
}

pb_status pb_cache_job_complete(const category_job *job)
{
    PB_TRY(finish(job));
    return publish(job);
}
