#include "station/fill.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/file.h"
#include "station/clock.h"

/* A file, and whoever waits for its verdict. */
typedef struct waiting {
    station_job job;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool is_answered;
} waiting;

static void on_answer(station_job *job)
{
    waiting *file = job->context;
    pthread_mutex_lock(&file->lock);
    file->is_answered = true;
    pthread_cond_signal(&file->answered);
    pthread_mutex_unlock(&file->lock);
}

static pb_status judge(station_engine *engine, station_job *job)
{
    waiting *file = job->context;
    if (!station_engine_submit(engine, job, true))
        return pb_fail(PB_STATUS_INTERNAL, "the station is stopping");
    pthread_mutex_lock(&file->lock);
    while (!file->is_answered)
        pthread_cond_wait(&file->answered, &file->lock);
    pthread_mutex_unlock(&file->lock);
    return job->outcome == STATION_JUDGED || job->outcome == STATION_KNOWN
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_BAD_FORMAT, "%s", job->message);
}

static pb_status fill_one(station *self, const char *product, const char *path)
{
    uint8_t *bytes;
    size_t size;
    waiting file = {.is_answered = false};
    PB_TRY(pb_file_read(path, (size_t)self->config.body_megabytes << 20, &bytes, &size));
    file.job = (station_job){
        .bytes = bytes, .size = size, .done = on_answer, .context = &file, .received_ns = station_steady_ns()};
    const char *slash = strrchr(path, '/');
    snprintf(file.job.part.product, sizeof file.job.part.product, "%s", product);
    snprintf(file.job.part.name, sizeof file.job.part.name, "%.200s", slash ? slash + 1 : path);
    pthread_mutex_init(&file.lock, NULL);
    pthread_cond_init(&file.answered, NULL);
    const pb_status status = judge(self->engine, &file.job);
    pthread_mutex_destroy(&file.lock);
    pthread_cond_destroy(&file.answered);
    pb_free(bytes);
    return status == PB_STATUS_OK ? status : pb_fail(status, "%s: %s", path, pb_error_message());
}

pb_status station_fill(station *self, const char *product, const char *const *paths, int64_t n)
{
    PB_TRY(station_start_engine(self, 1, NULL, NULL));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        status = fill_one(self, product, paths[i]);
    station_engine_free(self->engine);
    self->engine = NULL;
    return status;
}
