#include "compute_thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"

typedef enum thread_state { IDLE, GIVEN, FINISHED, STOPPING } thread_state;

struct compute_thread {
    const pb_work *work;
    pthread_t id;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    thread_state state;   /* guarded by the lock, as the following */
    const pb_bytes *task; /* borrowed */
    pb_status status;
    pb_error error;
    pb_bytes result;
    atomic_bool cancelled;
    _Atomic double share;
};

static int on_progress(void *context, int64_t done, int64_t total)
{
    compute_thread *thread = context;
    atomic_store_explicit(&thread->share, total > 0 ? (double)done / (double)total : 0, memory_order_relaxed);
    return atomic_load_explicit(&thread->cancelled, memory_order_relaxed);
}

static void compute(compute_thread *thread)
{
    const pb_work *work = thread->work;
    const pb_progress progress = {on_progress, thread};
    pb_bytes result = {0};
    const pb_status status = work->compute(work->context, thread->task, &progress, &result);
    pthread_mutex_lock(&thread->lock);
    thread->status = status;
    if (status != PB_STATUS_OK)
        pb_error_save(&thread->error);
    thread->result = result;
    thread->state = FINISHED;
    pthread_cond_broadcast(&thread->changed); /* compute_thread_stop() may wait for it */
    pthread_mutex_unlock(&thread->lock);
}

static void *run(void *context)
{
    compute_thread *thread = context;
    for (;;) {
        pthread_mutex_lock(&thread->lock);
        while (thread->state != GIVEN && thread->state != STOPPING)
            pthread_cond_wait(&thread->changed, &thread->lock);
        const bool stops = thread->state == STOPPING;
        pthread_mutex_unlock(&thread->lock);
        if (stops)
            return NULL;
        compute(thread);
    }
}

static void free_thread(compute_thread *thread)
{
    pthread_mutex_destroy(&thread->lock);
    pthread_cond_destroy(&thread->changed);
    pb_bytes_free(&thread->result);
    pb_free(thread);
}

pb_status compute_thread_start(const pb_work *work, compute_thread **out)
{
    compute_thread *thread;
    PB_TRY(PB_NEW(thread, 1));
    thread->work = work;
    pthread_mutex_init(&thread->lock, NULL);
    pthread_cond_init(&thread->changed, NULL);
    const int error = pthread_create(&thread->id, NULL, run, thread);
    if (error) {
        free_thread(thread);
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot start a thread: %s", strerror(error));
    }
    *out = thread;
    return PB_STATUS_OK;
}

static void set_state(compute_thread *thread, thread_state state)
{
    pthread_mutex_lock(&thread->lock);
    thread->state = state;
    pthread_cond_broadcast(&thread->changed);
    pthread_mutex_unlock(&thread->lock);
}

void compute_thread_give(compute_thread *thread, const pb_bytes *task)
{
    atomic_store(&thread->share, 0);
    thread->task = task;
    set_state(thread, GIVEN);
}

static thread_state state_of(compute_thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    const thread_state state = thread->state;
    pthread_mutex_unlock(&thread->lock);
    return state;
}

bool compute_thread_is_idle(compute_thread *thread)
{
    return state_of(thread) == IDLE;
}

bool compute_thread_take(compute_thread *thread, pb_status *out_status, pb_bytes *out_result)
{
    if (state_of(thread) != FINISHED)
        return false;
    *out_status = thread->status;
    *out_result = thread->result;
    thread->result = (pb_bytes){0};
    if (thread->status != PB_STATUS_OK)
        pb_error_restore(&thread->error);
    set_state(thread, IDLE);
    return true;
}

double compute_thread_share(const compute_thread *thread)
{
    return atomic_load_explicit(&thread->share, memory_order_relaxed);
}

void compute_thread_cancel(compute_thread *thread)
{
    atomic_store(&thread->cancelled, true);
}

void compute_thread_stop(compute_thread *thread)
{
    if (!thread)
        return;
    pthread_mutex_lock(&thread->lock);
    while (thread->state == GIVEN)
        pthread_cond_wait(&thread->changed, &thread->lock);
    thread->state = STOPPING;
    pthread_cond_broadcast(&thread->changed);
    pthread_mutex_unlock(&thread->lock);
    pthread_join(thread->id, NULL);
    free_thread(thread);
}
