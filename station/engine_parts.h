/* Inside the engine: queues of jobs, and what lanes and the committer share. */
#ifndef PB_STATION_ENGINE_PARTS_H
#define PB_STATION_ENGINE_PARTS_H

#include <pthread.h>

#include "station/job.h"

/* First in, first out. */
typedef struct station_jobs {
    station_job *first, *last;
} station_jobs;

enum { STATION_MAX_LANES = 64 };

typedef struct station_lane {
    station_engine *engine;
    station_db *db; /* for reading */
    pthread_t thread;
} station_lane;

struct station_engine {
    station_engine_options options;
    pthread_mutex_t lock;
    pthread_cond_t arrived, judged, left;
    station_jobs waiting, to_store;
    int64_t n_inside;
    int n_working; /* lanes that may still hand over jobs */
    bool stopping;
    double mean_ms;                       /* of a part in a lane, over the last ones */
    char trouble[PB_ERROR_MESSAGE_BYTES]; /* of the last attempt to store; "" where that went well */
    int64_t disk_checked_ns;
    bool disk_full;
    int n_lanes; /* started */
    bool has_committer;
    station_lane lane[STATION_MAX_LANES];
    pthread_t committer;
};

void station_jobs_add(station_jobs *jobs, station_job *job);
/* NULL: none. */
station_job *station_jobs_take(station_jobs *jobs);

/* Answers a job that leaves the engine. Its message is that of this thread's last error where `failed`. */
void station_engine_answer(station_engine *engine, station_job *job, station_outcome outcome, bool failed);
/* Is `stored` the answer to this job? Then, or in a conflict, the outcome is set, and true returned. */
station_outcome station_engine_compare(const station_part *stored, const station_part *part);

/* Thread: stores what lanes have judged, several parts in one transaction where they come fast. */
void *station_committer(void *engine);

#endif
