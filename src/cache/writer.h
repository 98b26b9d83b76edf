/* Inside of the writer of caches: what planning and publishing (write.c) and the work between them (write_work.c) share. */
#ifndef PB_CACHE_WRITER_H
#define PB_CACHE_WRITER_H

#include "cache/files.h"
#include "dataset/dataset.h"

struct pb_cache_writer {
    char *root;
    const pb_dataset *dataset;
    pb_backbone *backbone; /* belongs to whoever computes; all others look at this: */
    pb_origin origin;      /* as at the beginning */
    pb_cache_options options;
    pb_cache_plan *plan;      /* dataset->n */
    double seconds_per_image; /* of the last call of the backbone; 0 before the first */
    int lock_fd;
};

/* Names and expected lists of one category. */
typedef struct category_job {
    pb_cache_writer *writer;
    const pb_category *category;
    pb_cache_plan *plan;
    char *final, *partial, *old; /* folders */
    char *lines[2];              /* all_train_paths.txt, test_paths.txt */
    int64_t n_images;
    int32_t sample_bits; /* with which its photos are read; known once it has begun */
} category_job;

pb_status pb_cache_job_open(pb_cache_writer *writer, int64_t i, category_job *job);
void pb_cache_job_close(category_job *job);

/* Makes the .partial folder ready for features, unless it is. @param progress NULL, or asked whether to go on */
pb_status pb_cache_job_begin(category_job *job, const pb_progress *progress);
/* All features are there: the category appears under its name. */
pb_status pb_cache_job_complete(const category_job *job);

#endif
