#include "station/engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/memory.h"
#include "io/file.h"
#include "station/clock.h"
#include "station/engine_parts.h"
#include "station/judge.h"

void station_jobs_add(station_jobs *jobs, station_job *job)
{
    job->next = NULL;
    if (jobs->last)
        jobs->last->next = job;
    else
        jobs->first = job;
    jobs->last = job;
}

station_job *station_jobs_take(station_jobs *jobs)
{
    station_job *job = jobs->first;
    if (!job)
        return NULL;
    jobs->first = job->next;
    if (!jobs->first)
        jobs->last = NULL;
    return job;
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

static void count(station_metrics *metrics, const station_job *job)
{
    switch (job->outcome) {
    case STATION_JUDGED:
        station_metrics_part(metrics, &job->part);
        break;
    case STATION_KNOWN:
        atomic_fetch_add(&metrics->known, 1);
        break;
    case STATION_CONFLICT:
        atomic_fetch_add(&metrics->conflicts, 1);
        break;
    case STATION_UNAVAILABLE:
        atomic_fetch_add(&metrics->refused_store, 1);
        break;
    default:
        atomic_fetch_add(&metrics->refused_photo, 1);
    }
}

void station_engine_answer(station_engine *engine, station_job *job, station_outcome outcome, bool failed)
{
    job->outcome = outcome;
    if (failed)
        snprintf(job->message, sizeof job->message, "%s", pb_error_message());
    pb_free(job->map.level);
    job->map.level = NULL;
    count(engine->options.metrics, job);
    pthread_mutex_lock(&engine->lock);
    engine->n_inside--;
    pthread_cond_broadcast(&engine->left);
    pthread_mutex_unlock(&engine->lock);
    job->done(job); /* the last touch: the job is its sender's again */
}

station_outcome station_engine_compare(const station_part *stored, const station_part *part)
{
    const bool same = strcmp(stored->sha256, part->sha256) == 0 && strcmp(stored->product, part->product) == 0;
    return same ? STATION_KNOWN : STATION_CONFLICT;
}

/* Messages for a sender do not tell where photos lie. */
static void hide_path(const char *path, char *message)
{
    static const char instead[] = "the photo";
    char *at = strstr(message, path);
    if (!at)
        return;
    const size_t n = strlen(path);
    memmove(at + sizeof instead - 1, at + n, strlen(at + n) + 1);
    memcpy(at, instead, sizeof instead - 1);
}

/* ---- lanes -------------------------------------------------------------------------------------------------------- */

/* Was this id judged before? */
static bool answer_by_store(station_engine *engine, station_db *db, station_job *job)
{
    station_part stored;
    bool found = false;
    if (!job->part.id[0])
        return false;
    if (station_db_find(db, job->part.id, &stored, &found) != PB_STATUS_OK) {
        station_engine_answer(engine, job, STATION_UNAVAILABLE, true);
        return true;
    }
    if (!found)
        return false;
    const station_outcome outcome = station_engine_compare(&stored, &job->part);
    if (outcome == STATION_KNOWN)
        job->part = stored;
    station_engine_answer(engine, job, outcome, false);
    return true;
}

static void hand_over(station_engine *engine, station_job *job, double ms)
{
    pthread_mutex_lock(&engine->lock);
    engine->mean_ms += (ms - engine->mean_ms) / 16;
    station_jobs_add(&engine->to_store, job);
    pthread_cond_signal(&engine->judged);
    pthread_mutex_unlock(&engine->lock);
}

static void judge_photo(station_engine *engine, const station_bank *bank, station_job *job)
{
    const int64_t began = station_steady_ns();
    const pb_status status = station_judge(bank, job->photo.temporary, &job->part, &job->map);
    job->part.time_ms = station_now_ms();
    if (status == PB_STATUS_OK) {
        hand_over(engine, job, (double)(station_steady_ns() - began) / 1e6);
        return;
    }
    snprintf(job->message, sizeof job->message, "%s", pb_error_message());
    hide_path(job->photo.temporary, job->message);
    station_photo_discard(engine->options.photos, &job->photo);
    station_engine_answer(engine, job, station_is_of_the_photo(status) ? STATION_BAD_PHOTO : STATION_UNAVAILABLE,
                          false);
}

static void write_photo(station_engine *engine, const station_bank *bank, station_job *job, const char *ending)
{
    const pb_status status =
        station_photo_write(engine->options.photos, station_now_ms(), ending, job->bytes, job->size, &job->photo);
    if (status != PB_STATUS_OK) {
        pthread_mutex_lock(&engine->lock);
        snprintf(engine->trouble, sizeof engine->trouble, "%s", pb_error_message());
        pthread_cond_signal(&engine->judged); /* the committer looks when it is over */
        pthread_mutex_unlock(&engine->lock);
        station_engine_answer(engine, job, STATION_UNAVAILABLE, true);
        return;
    }
    snprintf(job->part.file, sizeof job->part.file, "%s", job->photo.file);
    if (!job->part.id[0])
        snprintf(job->part.id, sizeof job->part.id, "%s", job->photo.stem);
    judge_photo(engine, bank, job);
}

static void answer_without_bank(station_engine *engine, station_job *job)
{
    char why[STATION_TROUBLE_BYTES];
    const bool is_there = station_banks_trouble(engine->options.banks, job->part.product, why);
    if (is_there)
        snprintf(job->message, sizeof job->message, "parts of product %s are not judged: %.400s", job->part.product,
                 why);
    else
        snprintf(job->message, sizeof job->message, "no product %s", job->part.product);
    station_engine_answer(engine, job, is_there ? STATION_UNAVAILABLE : STATION_NO_PRODUCT, false);
}

static void work_on(station_engine *engine, station_db *db, station_job *job)
{
    const char *type, *ending;
    job->part.ms[STATION_WAIT] = (double)(station_steady_ns() - job->received_ns) / 1e6;
    job->part.bytes = (int64_t)job->size;
    if (!station_photo_type(job->bytes, job->size, &type, &ending)) {
        snprintf(job->message, sizeof job->message, "the photo is not a JPEG, PNG, TIFF or WebP");
        station_engine_answer(engine, job, STATION_WRONG_TYPE, false);
        return;
    }
    snprintf(job->part.type, sizeof job->part.type, "%s", type);
    if (pb_sha256_bytes(job->bytes, job->size, job->part.sha256) != PB_STATUS_OK) {
        station_engine_answer(engine, job, STATION_UNAVAILABLE, true);
        return;
    }
    if (answer_by_store(engine, db, job))
        return;
    station_bank *bank = station_banks_active(engine->options.banks, job->part.product);
    if (!bank) {
        answer_without_bank(engine, job);
        return;
    }
    write_photo(engine, bank, job, ending);
    station_bank_release(bank);
}

static station_job *next_job(station_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    while (!engine->waiting.first && !engine->stopping)
        pthread_cond_wait(&engine->arrived, &engine->lock);
    station_job *job = station_jobs_take(&engine->waiting);
    pthread_mutex_unlock(&engine->lock);
    return job;
}

static void *run_lane(void *context)
{
    station_lane *lane = context;
    station_engine *engine = lane->engine;
    for (station_job *job; (job = next_job(engine)) != NULL;)
        work_on(engine, lane->db, job);
    pthread_mutex_lock(&engine->lock);
    engine->n_working--;
    pthread_cond_signal(&engine->judged);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

/* ---- from outside ------------------------------------------------------------------------------------------------- */

/* Asks the disk once a second. Locked. */
static bool disk_is_full(station_engine *engine)
{
    struct statvfs disk;
    const int64_t now = station_steady_ns();
    if (now - engine->disk_checked_ns < 1000000000 && engine->disk_checked_ns)
        return engine->disk_full;
    engine->disk_checked_ns = now;
    engine->disk_full = statvfs(engine->options.database, &disk) == 0 &&
                        (double)disk.f_bavail * (double)disk.f_frsize < engine->options.free_bytes;
    return engine->disk_full;
}

bool station_engine_submit(station_engine *engine, station_job *job, bool patient)
{
    pthread_mutex_lock(&engine->lock);
    while (patient && !engine->stopping && engine->n_inside >= engine->options.limit)
        pthread_cond_wait(&engine->left, &engine->lock);
    const bool room = engine->n_inside < engine->options.limit && !engine->stopping;
    const bool full = room && disk_is_full(engine);
    if (room)
        engine->n_inside++;
    if (room && !full) {
        station_jobs_add(&engine->waiting, job);
        pthread_cond_signal(&engine->arrived);
    }
    pthread_mutex_unlock(&engine->lock);
    if (!room)
        atomic_fetch_add(&engine->options.metrics->refused_full, 1);
    if (full) {
        snprintf(job->message, sizeof job->message, "less than %g gigabytes are free on the disk of the station",
                 engine->options.free_bytes / 1e9);
        station_engine_answer(engine, job, STATION_UNAVAILABLE, false);
    }
    return room;
}

int64_t station_engine_length(station_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    const int64_t n = engine->n_inside;
    pthread_mutex_unlock(&engine->lock);
    return n;
}

int station_engine_retry_after(station_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    const double seconds = engine->mean_ms * (double)engine->n_inside / engine->options.lanes / 2e3;
    pthread_mutex_unlock(&engine->lock);
    return seconds < 1 ? 1 : seconds > 60 ? 60 : (int)ceil(seconds);
}

bool station_engine_is_well(station_engine *engine, char *why, size_t size)
{
    pthread_mutex_lock(&engine->lock);
    const bool full = disk_is_full(engine);
    const bool well = !full && !engine->trouble[0] && !engine->stopping;
    snprintf(why, size, "%s",
             engine->stopping ? "the station is stopping"
             : full           ? "the disk of the station is full"
                              : engine->trouble);
    pthread_mutex_unlock(&engine->lock);
    return well;
}

static pb_status start_lane(station_engine *engine, station_lane *lane)
{
    lane->engine = engine;
    PB_TRY(station_db_open(engine->options.database, false, &lane->db));
    if (pthread_create(&lane->thread, NULL, run_lane, lane) != 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot start a thread");
    return PB_STATUS_OK;
}

static pb_status start_threads(station_engine *engine)
{
    if (pthread_create(&engine->committer, NULL, station_committer, engine) != 0)
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot start a thread");
    engine->has_committer = true;
    for (; engine->n_lanes < engine->options.lanes; engine->n_lanes++)
        PB_TRY(start_lane(engine, &engine->lane[engine->n_lanes]));
    return PB_STATUS_OK;
}

/* Whose waits end in time where the clock is set back. */
static void init_steady_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

pb_status station_engine_start(const station_engine_options *options, station_engine **out)
{
    station_engine *engine;
    PB_CHECK_ARG(options->lanes >= 1 && options->lanes <= STATION_MAX_LANES, "a station has 1 to %d lanes, not %d",
                 STATION_MAX_LANES, options->lanes);
    PB_TRY(PB_NEW(engine, 1));
    engine->options = *options;
    engine->n_working = options->lanes;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->arrived, NULL);
    init_steady_condition(&engine->judged);
    pthread_cond_init(&engine->left, NULL);
    const pb_status status = start_threads(engine);
    if (status != PB_STATUS_OK) {
        pthread_mutex_lock(&engine->lock);
        engine->n_working -= options->lanes - engine->n_lanes;
        pthread_mutex_unlock(&engine->lock);
        station_engine_free(engine);
        return status;
    }
    *out = engine;
    return PB_STATUS_OK;
}

void station_engine_stop(station_engine *engine)
{
    if (!engine)
        return;
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    pthread_cond_broadcast(&engine->arrived);
    pthread_cond_broadcast(&engine->left);
    pthread_cond_signal(&engine->judged);
    pthread_mutex_unlock(&engine->lock);
    for (int i = 0; i < engine->n_lanes; i++)
        pthread_join(engine->lane[i].thread, NULL);
    if (engine->has_committer)
        pthread_join(engine->committer, NULL);
    engine->n_lanes = 0;
    engine->has_committer = false;
}

void station_engine_free(station_engine *engine)
{
    if (!engine)
        return;
    station_engine_stop(engine);
    for (int i = 0; i < STATION_MAX_LANES; i++)
        station_db_close(engine->lane[i].db);
    pthread_cond_destroy(&engine->arrived);
    pthread_cond_destroy(&engine->judged);
    pthread_cond_destroy(&engine->left);
    pthread_mutex_destroy(&engine->lock);
    pb_free(engine);
}
