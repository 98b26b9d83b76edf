/* Photos, then rows, then answers.
 *
 * The order of writes, for a power cut: a photo's bytes (fsync), its name (rename), the folder's entry (fsync of the folder), the row in
 * the write-ahead log (fsync by SQLite at COMMIT, synchronous=FULL), the answer. Whatever is cut off before the row leaves a photo that
 * no row names, which the next start removes; a row without a photo cannot be. Parts that are ready together share a transaction. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "station/clock.h"
#include "station/engine_parts.h"

enum { MAX_BATCH = 64 };

typedef struct batch {
    station_engine *engine;
    int n;
    station_job *job[MAX_BATCH];
    bool taken[MAX_BATCH]; /* the id belongs to a part that is stored */
} batch;

static pb_status keep_photos(const batch *work)
{
    const char *root = work->engine->options.photos;
    for (int i = 0; i < work->n; i++)
        PB_TRY(station_photo_keep(root, &work->job[i]->photo));
    for (int i = 0; i < work->n; i++) {
        const char *file = work->job[i]->photo.file;
        const size_t folder = (size_t)(strrchr(file, '/') - file);
        if (i == 0 || strncmp(file, work->job[i - 1]->photo.file, folder) != 0)
            PB_TRY(station_photos_sync_folder(root, file));
    }
    return PB_STATUS_OK;
}

static void note_times(station_job *job, int64_t began_ns)
{
    const int64_t now = station_steady_ns();
    job->part.ms[STATION_STORE] = (double)(now - began_ns) / 1e6;
    job->part.ms[STATION_TOTAL] = (double)(now - job->received_ns) / 1e6;
}

static pb_status insert_rows(batch *work, int64_t began_ns)
{
    station_db *db = work->engine->options.writer;
    for (int i = 0; i < work->n; i++) {
        note_times(work->job[i], began_ns);
        PB_TRY(station_db_insert(db, &work->job[i]->part, &work->job[i]->map, &work->taken[i]));
    }
    return PB_STATUS_OK;
}

static pb_status store(batch *work)
{
    station_db *db = work->engine->options.writer;
    const int64_t began_ns = station_steady_ns();
    PB_TRY(keep_photos(work));
    PB_TRY(station_db_begin(db));
    PB_TRY(station_db_end(db, insert_rows(work, began_ns)));
    for (int i = 0; i < work->n; i++)
        note_times(work->job[i], began_ns);
    return PB_STATUS_OK;
}

static void note_trouble(station_engine *engine, pb_status status)
{
    pthread_mutex_lock(&engine->lock);
    snprintf(engine->trouble, sizeof engine->trouble, "%s", status == PB_STATUS_OK ? "" : pb_error_message());
    pthread_mutex_unlock(&engine->lock);
}

/* Its id was given to another job that was judged at the same time. */
static void answer_taken(station_engine *engine, station_job *job)
{
    station_part stored;
    bool found = false;
    station_photo_discard(engine->options.photos, &job->photo);
    pb_status status = station_db_begin(engine->options.writer);
    if (status == PB_STATUS_OK)
        status = station_db_end(engine->options.writer,
                                station_db_find(engine->options.writer, job->part.id, &stored, &found));
    if (status != PB_STATUS_OK || !found) {
        station_engine_answer(engine, job, STATION_UNAVAILABLE, true);
        return;
    }
    const station_outcome outcome = station_engine_compare(&stored, &job->part);
    if (outcome == STATION_KNOWN)
        job->part = stored;
    station_engine_answer(engine, job, outcome, false);
}

static void finish(batch *work, pb_status status)
{
    station_engine *engine = work->engine;
    const station_engine_options *options = &engine->options;
    note_trouble(engine, status);
    for (int i = 0; i < work->n; i++) {
        station_job *job = work->job[i];
        if (status != PB_STATUS_OK) {
            station_photo_discard(options->photos, &job->photo);
            station_engine_answer(engine, job, STATION_UNAVAILABLE, true);
        } else if (work->taken[i]) {
            answer_taken(engine, job);
        } else {
            if (options->stored)
                options->stored(options->context, &job->part);
            station_engine_answer(engine, job, STATION_JUDGED, false);
        }
    }
}

/* Waits for jobs, while there is trouble for a second only: then the batch is empty. false: none will come any more. */
static bool next_batch(station_engine *engine, batch *out)
{
    struct timespec end;
    bool late = false;
    *out = (batch){.engine = engine};
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec++;
    pthread_mutex_lock(&engine->lock);
    while (!engine->to_store.first && engine->n_working > 0 && !late)
        if (engine->trouble[0])
            late = pthread_cond_timedwait(&engine->judged, &engine->lock, &end) != 0;
        else
            pthread_cond_wait(&engine->judged, &engine->lock);
    while (engine->to_store.first && out->n < MAX_BATCH)
        out->job[out->n++] = station_jobs_take(&engine->to_store);
    const bool goes_on = out->n > 0 || engine->n_working > 0;
    pthread_mutex_unlock(&engine->lock);
    return goes_on;
}

/* Stores what is then taken away again. */
static pb_status rehearse(const station_engine *engine)
{
    static const uint8_t bytes[65536];
    const char *root = engine->options.photos;
    station_photo photo;
    PB_TRY(station_photo_write(root, station_now_ms(), "png", bytes, sizeof bytes, &photo));
    pb_status status = station_photo_keep(root, &photo);
    if (status == PB_STATUS_OK)
        status = station_photos_sync_folder(root, photo.file);
    station_photo_discard(root, &photo);
    if (status == PB_STATUS_OK)
        status = station_db_begin(engine->options.writer);
    return status == PB_STATUS_OK ? station_db_end(engine->options.writer, station_db_rehearse(engine->options.writer))
                                  : status;
}

void *station_committer(void *context)
{
    station_engine *engine = context;
    batch work;
    while (next_batch(engine, &work)) {
        if (work.n == 0) {
            /* Who asks /healthz before sending would send nothing any more, and nothing would show that all is well again. */
            note_trouble(engine, rehearse(engine));
            continue;
        }
        const pb_status status = store(&work);
        atomic_fetch_add(&engine->options.metrics->commits, 1);
        finish(&work, status);
    }
    return NULL;
}
