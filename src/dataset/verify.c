/* Reading every image and mask of a data set, to find those that cannot be used. */
#include <purebank/dataset.h>
#include <purebank/image.h>

#include <inttypes.h>

#include "base/memory.h"
#include "base/threads.h"
#include "dataset/category.h"

enum { MAX_NOTES = 20 }; /* a category */

typedef struct verify_job {
    const pb_category *category;
    char **problem;        /* one an image, training first; NULL where all is well */
    pb_progress *progress; /* the caller's, or NULL */
    int64_t done, total;   /* images of the categories before, of all */
} verify_job;

static bool is_the_files_fault(pb_status status)
{
    return status == PB_STATUS_IO || status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED ||
           status == PB_STATUS_LIMIT || status == PB_STATUS_BAD_SHAPE;
}

static pb_status verify_image(void *context, int64_t i, int worker)
{
    (void)worker;
    const verify_job *job = context;
    const pb_category *category = job->category;
    const int64_t at = i - category->train.n;
    pb_status status;
    if (at >= 0 && category->test.mask[at].n > 0) {
        uint8_t *mask = NULL;
        int32_t width, height;
        status = pb_mask_read(&category->test.mask[at], category->test.path[at], &mask, &width, &height);
        pb_buffer_free(mask);
    } else {
        pb_image image = {0};
        status = pb_image_read(at < 0 ? category->train.path[i] : category->test.path[at], &image);
        pb_image_free(&image);
    }
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

static pb_status verify_category(pb_category *category, verify_job *job)
{
    const int64_t n = category->train.n + category->test.n;
    const pb_progress progress = {report, job};
    job->category = category;
    PB_TRY(PB_NEW(job->problem, n));
    pb_status status = pb_parallel_for(n, verify_image, job, job->progress ? &progress : NULL);
    if (status == PB_STATUS_OK)
        status = note_problems(category, job->problem, n);
    for (int64_t i = 0; i < n; i++)
        pb_free(job->problem[i]);
    pb_free(job->problem);
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
