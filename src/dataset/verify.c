/* Reading every image and mask of a data set, to find those that cannot be used, masks that mark nothing, and copies. */
#include <purebank/dataset.h>
#include <purebank/image.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "dataset/category.h"
#include "dataset/testset.h"
#include "io/file.h"

enum { MAX_NOTES = 20 }; /* a category */

typedef struct photo {
    int64_t index;
    char sha256[65];
} photo;

typedef struct verify_job {
    const pb_category *category;
    char **problem;        /* one an image, training first; NULL where all is well */
    photo *train;          /* train.n; "" for one that cannot be read */
    bool *is_empty;        /* test.n: there are masks, and no pixel is marked */
    pb_progress *progress; /* the caller's, or NULL */
    int64_t done, total;   /* images of the categories before, of all */
} verify_job;

static bool is_the_files_fault(pb_status status)
{
    return status == PB_STATUS_IO || status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED ||
           status == PB_STATUS_LIMIT || status == PB_STATUS_BAD_SHAPE;
}

static pb_status verify_training_image(const verify_job *job, int64_t i)
{
    const char *path = job->category->train.path[i];
    pb_image image = {0};
    PB_TRY(pb_image_read(path, &image));
    pb_image_free(&image);
    return pb_sha256_file(path, job->train[i].sha256);
}

static pb_status verify_test_image(const verify_job *job, int64_t i)
{
    const pb_testset *test = &job->category->test;
    pb_image image = {0};
    uint8_t *mask = NULL;
    int32_t width = 0, height = 0;
    if (test->mask[i].n == 0) {
        PB_TRY(pb_image_read(test->path[i], &image));
        pb_image_free(&image);
        return PB_STATUS_OK;
    }
    PB_TRY(pb_defect_mask_read(&test->mask[i], test->path[i], &mask, &width, &height));
    job->is_empty[i] = pb_defect_mask_is_empty(mask, (int64_t)width * height);
    pb_buffer_free(mask);
    return PB_STATUS_OK;
}

static pb_status verify_item(void *context, int64_t i, int worker)
{
    (void)worker;
    const verify_job *job = context;
    const int64_t n_train = job->category->train.n;
    const pb_status status = i < n_train ? verify_training_image(job, i) : verify_test_image(job, i - n_train);
    return is_the_files_fault(status) ? PB_NEW_STRING(job->problem[i], pb_error_message()) : status;
}

static int report(void *context, int64_t done, int64_t total)
{
    const verify_job *job = context;
    (void)total;
    return job->progress->report(job->progress->context, job->done + done, job->total);
}

static pb_status note_problems(pb_category *category, char **problem, int64_t n)
{
    int64_t n_problems = 0;
    for (int64_t i = 0; i < n; i++)
        if (problem[i] && n_problems++ < MAX_NOTES)
            PB_TRY(pb_note(&category->notes, "%s", problem[i]));
    if (n_problems > MAX_NOTES)
        return pb_note(&category->notes, "... and %" PRId64 " more files that cannot be used", n_problems - MAX_NOTES);
    return PB_STATUS_OK;
}

static pb_status note_empty_masks(pb_category *category, const bool *is_empty)
{
    const pb_testset *test = &category->test;
    int64_t n_empty = 0, first = 0;
    for (int64_t i = test->n - 1; i >= 0; i--)
        if (is_empty[i]) {
            n_empty++;
            first = i;
        }
    if (n_empty == 0)
        return PB_STATUS_OK;
    return pb_note(&category->notes,
                   "%" PRId64 " of %" PRId64 " masks mark no pixel and count as free of defects, first %s", n_empty,
                   test->n_masks, test->mask[first].path[0]);
}

static int compare_photos(const void *a, const void *b)
{
    const photo *x = a, *y = b;
    const int order = strcmp(x->sha256, y->sha256);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* Copies hide each other from the audit, and count twice in what is drawn from the training images. */
static pb_status note_copies(pb_category *category, photo *train)
{
    const pb_paths *paths = &category->train;
    int64_t n_copies = 0, copy = paths->n, original = 0;
    qsort(train, (size_t)paths->n, sizeof *train, compare_photos);
    for (int64_t i = 1, first = 0; i < paths->n; i++) {
        if (strcmp(train[i].sha256, train[first].sha256) != 0)
            first = i;
        else if (*train[i].sha256) {
            n_copies++;
            if (train[i].index < copy) {
                copy = train[i].index;
                original = train[first].index;
            }
        }
    }
    if (n_copies == 0)
        return PB_STATUS_OK;
    return pb_note(&category->notes, "%" PRId64 " of %" PRId64 " training images %s of others, first %s of %s",
                   n_copies, paths->n, n_copies == 1 ? "is an exact copy" : "are exact copies", paths->path[copy],
                   paths->path[original]);
}

/* Files of several depths in one category: not one camera's, or one that was set otherwise. */
static pb_status note_mixed_depths(pb_category *category, const char *const *paths, int64_t n, const char *what)
{
    int32_t *depths;
    int64_t shallow, deep;
    PB_TRY(PB_NEW(depths, n));
    pb_status status = pb_image_depths(paths, n, depths);
    if (status == PB_STATUS_OK && pb_image_depths_differ(depths, n, &shallow, &deep))
        status = pb_note(&category->notes,
                         "%s images differ in depth, and 16-bit files are all read alike: %s has samples of %" PRId32
                         " bits, %s no more than %" PRId32,
                         what, paths[deep], depths[deep], paths[shallow], depths[shallow] > 8 ? depths[shallow] : 8);
    pb_free(depths);
    return status;
}

/* They are read as they are meant; but a data set of which nobody knows that is odd. */
static pb_status note_depth(pb_category *category)
{
    int32_t bits;
    PB_TRY(pb_category_sample_bits(category, &bits));
    if (bits == 0)
        return PB_STATUS_OK;
    PB_TRY(note_mixed_depths(category, (const char *const *)category->train.path, category->train.n, "training"));
    PB_TRY(note_mixed_depths(category, (const char *const *)category->test.path, category->test.n, "test"));
    if (bits == 16)
        return PB_STATUS_OK;
    return pb_note(&category->notes, "16-bit files hold values of no more than %" PRId32 " bits, and are read so",
                   bits);
}

static pb_status verify_images(pb_category *category, verify_job *job)
{
    const int64_t n = category->train.n + category->test.n;
    const pb_progress progress = {report, job};
    for (int64_t i = 0; i < category->train.n; i++)
        job->train[i].index = i;
    PB_TRY(pb_parallel_for(n, verify_item, job, job->progress ? &progress : NULL));
    PB_TRY(note_problems(category, job->problem, n));
    PB_TRY(note_depth(category));
    PB_TRY(note_copies(category, job->train));
    return note_empty_masks(category, job->is_empty);
}

static pb_status verify_category(pb_category *category, verify_job *job)
{
    const int64_t n = category->train.n + category->test.n;
    pb_status status;
    job->category = category;
    PB_TRY_GOTO(PB_NEW(job->problem, n));
    PB_TRY_GOTO(PB_NEW(job->train, category->train.n));
    PB_TRY_GOTO(PB_NEW(job->is_empty, category->test.n));
    status = verify_images(category, job);
done:
    for (int64_t i = 0; job->problem && i < n; i++)
        pb_free(job->problem[i]);
    pb_free(job->problem);
    pb_free(job->train);
    pb_free(job->is_empty);
    job->problem = NULL;
    job->train = NULL;
    job->is_empty = NULL;
    job->done += n;
    return status;
}

pb_status pb_dataset_verify(pb_dataset *dataset, const pb_progress *progress)
{
    pb_progress callers = progress ? *progress : (pb_progress){0};
    verify_job job = {.progress = progress ? &callers : NULL};
    for (int64_t i = 0; i < dataset->n; i++)
        job.total += dataset->category[i].train.n + dataset->category[i].test.n;
    for (int64_t i = 0; i < dataset->n; i++)
        PB_TRY(verify_category(&dataset->category[i], &job));
    return PB_STATUS_OK;
}
