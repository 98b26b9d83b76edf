/* The thread of a rank that computes: what is given comes back, progress is seen, and it ends when it is asked to. */
#include "support.h"

#include <stdatomic.h>
#include <time.h>

#include "base/threads.h"
#include "compute_thread.h"

static atomic_bool waits; /* compute() goes on until it is cancelled */

static pb_status square(void *context, const pb_bytes *task, const pb_progress *progress, pb_bytes *result)
{
    pb_bytes_reader reader = pb_bytes_read(task);
    int64_t value;
    (void)context;
    PB_TRY(pb_bytes_take_integer(&reader, &value));
    PB_TRY(pb_progress_report(progress, 1, 4));
    while (atomic_load(&waits))
        PB_TRY(pb_progress_report(progress, 3, 4));
    if (value < 0)
        return pb_fail(PB_STATUS_BAD_VALUE, "%d is negative", (int)value);
    return pb_bytes_add_integer(result, value * value);
}

static void pause_briefly(void)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000};
    nanosleep(&pause, NULL);
}

static pb_status take(compute_thread *thread, pb_bytes *result)
{
    pb_status status;
    while (!compute_thread_take(thread, &status, result))
        pause_briefly();
    return status;
}

static compute_thread *start(pb_work *work)
{
    compute_thread *thread = NULL;
    *work = (pb_work){.compute = square};
    assert_ok(compute_thread_start(work, &thread));
    assert_true(compute_thread_is_idle(thread));
    return thread;
}

static void what_is_given_comes_back(void **state)
{
    (void)state;
    pb_work work;
    compute_thread *thread = start(&work);
    for (int64_t i = -5; i < 50; i++) {
        pb_bytes task = {0}, result = {0};
        int64_t squared = -1;
        assert_ok(pb_bytes_add_integer(&task, i));
        compute_thread_give(thread, &task);
        const pb_status status = take(thread, &result);
        assert_int_equal(status, i < 0 ? PB_STATUS_BAD_VALUE : PB_STATUS_OK);
        if (i < 0) {
            assert_non_null(strstr(pb_error_message(), " is negative"));
        } else {
            pb_bytes_reader reader = pb_bytes_read(&result);
            assert_ok(pb_bytes_take_integer(&reader, &squared));
            assert_int_equal(squared, i * i);
        }
        assert_true(compute_thread_is_idle(thread));
        pb_bytes_free(&task);
        pb_bytes_free(&result);
    }
    compute_thread_stop(thread);
}

static void it_ends_when_it_is_cancelled(void **state)
{
    (void)state;
    pb_work work;
    pb_bytes task = {0}, result = {0};
    compute_thread *thread = start(&work);
    assert_ok(pb_bytes_add_integer(&task, 7));
    atomic_store(&waits, true);
    compute_thread_give(thread, &task);
    while (compute_thread_share(thread) < 0.75)
        pause_briefly();
    assert_false(compute_thread_is_idle(thread));
    compute_thread_cancel(thread);
    assert_int_equal(take(thread, &result), PB_STATUS_CANCELLED);
    atomic_store(&waits, false);
    compute_thread_stop(thread);
    pb_bytes_free(&task);
    pb_bytes_free(&result);
}

static void a_result_that_nobody_takes_is_freed(void **state)
{
    (void)state;
    pb_work work;
    pb_bytes task = {0};
    compute_thread *thread = start(&work);
    assert_ok(pb_bytes_add_integer(&task, 7));
    compute_thread_give(thread, &task);
    compute_thread_stop(thread);
    compute_thread_stop(NULL);
    pb_bytes_free(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_comes_back),
        cmocka_unit_test(it_ends_when_it_is_cancelled),
        cmocka_unit_test(a_result_that_nobody_takes_is_freed),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
