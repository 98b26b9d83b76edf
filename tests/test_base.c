/* base: messages, the counting allocator, parallel loops. */
#include <pthread.h>

#include "support.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

static void message_is_one_line(void **state)
{
    (void)state;
    assert_status(pb_fail(PB_STATUS_IO, "cannot open %s", "a\nb\x1b[31m"), PB_STATUS_IO);
    assert_string_equal(pb_error_message(), "cannot open a?b?[31m");
    (void)pb_fail(PB_STATUS_IO, "%s",
                  "\xc3\xa4 \xc2\x9b \xe2\x80\xae \xe2\x80\xa8 \xff\xe6\xbc\xa2 \xef\xbf\xbd \xe6\xbc");
    assert_string_equal(pb_error_message(), "\xc3\xa4 ? ? ? ?\xe6\xbc\xa2 \xef\xbf\xbd ??");
}

static void long_messages_keep_both_ends(void **state)
{
    (void)state;
    char path[5000];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    (void)pb_fail(PB_STATUS_IO, "cannot open %s: %s", path, "name too long");
    assert_true(strlen(pb_error_message()) < PB_ERROR_MESSAGE_BYTES);
    assert_true(strncmp(pb_error_message(), "cannot open aaa", 15) == 0);
    assert_non_null(strstr(pb_error_message(), "a ... a"));
    assert_non_null(strstr(pb_error_message(), "a: name too long"));
    for (int length = PB_ERROR_MESSAGE_BYTES - 3; length < PB_ERROR_MESSAGE_BYTES + 3; length++) {
        (void)pb_fail(PB_STATUS_IO, "%.*s!", length - 1, path);
        assert_int_equal(strlen(pb_error_message()) == (size_t)length, length < PB_ERROR_MESSAGE_BYTES);
        assert_int_equal(pb_error_message()[strlen(pb_error_message()) - 1], '!');
    }
}

static void message_may_quote_the_previous_one(void **state)
{
    (void)state;
    (void)pb_fail(PB_STATUS_IO, "inner");
    (void)pb_fail(PB_STATUS_IO, "outer: %s", pb_error_message());
    assert_string_equal(pb_error_message(), "outer: inner");
}

static void a_hint_stays_with_its_message(void **state)
{
    (void)state;
    char name[PB_ERROR_MESSAGE_BYTES + 1];
    assert_status(pb_suggest(pb_fail(PB_STATUS_IO, "inner"), PB_HINT_CHECK_CACHE, "a\nb"), PB_STATUS_IO);
    (void)pb_fail(PB_STATUS_IO, "outer: %s", pb_error_message());
    assert_int_equal(pb_error_hint(), PB_HINT_CHECK_CACHE);
    assert_string_equal(pb_error_hint_about(), "a?b");
    (void)pb_fail(PB_STATUS_IO, "another");
    assert_int_equal(pb_error_hint(), PB_HINT_NONE);
    assert_string_equal(pb_error_hint_about(), "");
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0'; /* half a path is no path */
    (void)pb_suggest(pb_fail(PB_STATUS_IO, "long"), PB_HINT_CHECK_CACHE, name);
    assert_string_equal(pb_error_hint_about(), "");
    (void)pb_suggest(pb_fail(PB_STATUS_IO, "none"), PB_HINT_MEMORY, NULL);
    assert_int_equal(pb_error_hint(), PB_HINT_MEMORY);
    assert_string_equal(pb_error_hint_about(), "");
}

static void a_kept_error_comes_back_whole(void **state)
{
    (void)state;
    pb_error kept;
    (void)pb_suggest(pb_fail(PB_STATUS_IO, "first"), PB_HINT_PRECISION, "f32");
    pb_error_save(&kept);
    (void)pb_fail(PB_STATUS_IO, "second");
    pb_error_restore(&kept);
    assert_string_equal(pb_error_message(), "first");
    assert_int_equal(pb_error_hint(), PB_HINT_PRECISION);
    assert_string_equal(pb_error_hint_about(), "f32");
}

static void every_status_has_its_own_name(void **state)
{
    (void)state;
    for (int a = 0; a <= PB_STATUS_INTERNAL; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(pb_status_name((pb_status)a), pb_status_name((pb_status)b));
}

static void allocator_counts_and_aligns(void **state)
{
    (void)state;
    const size_t before = pb_memory_live_bytes();
    char *block = pb_calloc(1000, 3);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % PB_ALIGNMENT, 0);
    assert_int_equal(pb_memory_live_bytes() - before, 3000);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(block[i], 0);
    block[2999] = 7;
    block = pb_realloc(block, 6000, 1);
    assert_int_equal(block[2999], 7);
    assert_int_equal(pb_memory_live_bytes() - before, 6000);
    assert_true(pb_memory_peak_bytes() >= before + 9000);
    pb_free(block);
    pb_free(NULL);
    assert_int_equal(pb_memory_live_bytes(), before);
}

/* Such as ask for huge pages: of any size, also of none that is a multiple of a page. */
static void large_blocks_are_as_small_ones(void **state)
{
    (void)state;
    const size_t before = pb_memory_live_bytes();
    for (size_t bytes = ((size_t)4 << 20) - 200; bytes < ((size_t)4 << 20) + 200; bytes += 7) {
        char *block = pb_malloc(bytes, 1);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % PB_ALIGNMENT, 0);
        block[0] = block[bytes - 1] = 1;
        assert_int_equal(pb_memory_live_bytes() - before, bytes);
        pb_free(block);
    }
    assert_int_equal(pb_memory_live_bytes(), before);
}

static void overflowing_sizes_are_refused(void **state)
{
    (void)state;
    int64_t product;
    assert_null(pb_calloc(SIZE_MAX / 2, 3));
    assert_null(pb_malloc(SIZE_MAX, 1));
    assert_status(pb_size_multiply(INT64_MAX / 2, 3, "patches", &product), PB_STATUS_LIMIT);
    assert_status(pb_size_multiply(-1, 3, "patches", &product), PB_STATUS_LIMIT);
    assert_ok(pb_size_multiply(1 << 20, 1 << 20, "patches", &product));
    assert_int_equal(product, (int64_t)1 << 40);
}

static pb_status square(void *context, int64_t i, int worker)
{
    (void)worker;
    ((int64_t *)context)[i] = i * i;
    return PB_STATUS_OK;
}

static pb_status fail_at_some(void *context, int64_t i, int worker)
{
    (void)context;
    (void)worker;
    char about[32];
    if (i % 10 != 7)
        return PB_STATUS_OK;
    snprintf(about, sizeof about, "of item %d", (int)i);
    return pb_suggest(pb_fail(PB_STATUS_BAD_VALUE, "item %d", (int)i), PB_HINT_MEMORY, about);
}

static void parallel_for_visits_every_item_once(void **state)
{
    (void)state;
    int64_t squares[1000];
    for (int threads = 1; threads <= 4; threads++) {
        memset(squares, 0xff, sizeof squares);
        assert_ok(pb_threads_set(threads));
        assert_ok(pb_parallel_for(1000, square, squares, NULL));
        for (int64_t i = 0; i < 1000; i++)
            assert_int_equal(squares[i], i * i);
    }
    assert_ok(pb_threads_set(0));
}

static void parallel_for_reports_the_first_failure(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        assert_ok(pb_threads_set(threads));
        assert_status(pb_parallel_for(1000, fail_at_some, NULL, NULL), PB_STATUS_BAD_VALUE);
        assert_string_equal(pb_error_message(), "item 7");
        assert_string_equal(pb_error_hint_about(), "of item 7");
    }
    assert_ok(pb_threads_set(0));
}

static int stop_at_once(void *context, int64_t done, int64_t total)
{
    (void)done;
    (void)total;
    ++*(int *)context;
    return 1;
}

static void progress_can_cancel(void **state)
{
    (void)state;
    int calls = 0;
    int64_t squares[1000];
    const pb_progress progress = {stop_at_once, &calls};
    assert_status(pb_parallel_for(1000, square, squares, &progress), PB_STATUS_CANCELLED);
    assert_int_equal(calls, 1);
}

static int refuse_third(void *context)
{
    return ++*(int *)context == 3;
}

static void *square_elsewhere(void *squares)
{
    return pb_parallel_for(1000, square, squares, NULL) == PB_STATUS_OK ? squares : NULL;
}

/* Of any loop of the thread that asked for it, nested ones too, and of no other thread's. */
static void a_thread_can_cancel_its_own_work(void **state)
{
    (void)state;
    int calls = 0;
    int64_t squares[1000], others[1000];
    pthread_t thread;
    void *finished;
    assert_ok(pb_threads_set(1));
    pb_cancel_set(refuse_third, &calls);
    assert_int_equal(pthread_create(&thread, NULL, square_elsewhere, others), 0);
    assert_int_equal(pthread_join(thread, &finished), 0);
    assert_ptr_equal(finished, others);
    assert_int_equal(calls, 0);

    assert_status(pb_parallel_for(1000, square, squares, NULL), PB_STATUS_CANCELLED);
    assert_int_equal(calls, 3);
    pb_cancel_set(NULL, NULL);
    assert_ok(pb_parallel_for(1000, square, squares, NULL));
    assert_int_equal(calls, 3);
    assert_ok(pb_threads_set(0));
}

static void callers_say_why_their_functions_failed(void **state)
{
    (void)state;
    pb_suggest(pb_fail(PB_STATUS_LIMIT, "too much"), PB_HINT_MEMORY, "some");
    assert_int_equal(pb_error_set(PB_STATUS_BAD_VALUE, "no such 100%s\npart"), PB_STATUS_BAD_VALUE);
    assert_string_equal(pb_error_message(), "no such 100%s?part");
    assert_int_equal(pb_error_hint(), PB_HINT_NONE);
    pb_error_set(PB_STATUS_BAD_VALUE, NULL);
    assert_string_equal(pb_error_message(), "");
}

static void thread_count_is_checked(void **state)
{
    (void)state;
    assert_status(pb_threads_set(-1), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_threads_set(1025), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_threads_set(3));
    assert_int_equal(pb_threads_get(), 3);
    assert_ok(pb_threads_set(0));
    assert_true(pb_threads_get() >= 1);
}

static void products_of_sizes_do_not_wrap(void **state)
{
    (void)state;
    double *values = NULL;
    const int64_t large = INT64_C(1) << 40;
    assert_ok(PB_NEW_PRODUCT(values, 3, 5, 7));
    for (int i = 0; i < 3 * 5 * 7; i++)
        assert_true(values[i] == 0);
    pb_free(values);
    assert_status(PB_NEW_PRODUCT(values, large, large), PB_STATUS_NO_MEMORY); /* 2^80, which wraps around to 0 */
    assert_null(values);
    assert_non_null(strstr(pb_error_message(), "overflows"));
    assert_status(PB_NEW_PRODUCT_UNINITIALISED(values, INT64_C(1) << 61, 4), PB_STATUS_NO_MEMORY);
    assert_status(PB_NEW_PRODUCT(values, INT64_C(1) << 60, 2), PB_STATUS_NO_MEMORY); /* bytes, not elements */
    assert_status(PB_NEW_PRODUCT(values, 4, -1), PB_STATUS_NO_MEMORY);
}

static void arrays_grow_and_survive_refusal(void **state)
{
    (void)state;
    int64_t *array = NULL, capacity = 0, moves = 0;
    for (int64_t n = 0; n < 10000; n++) {
        const int64_t before = capacity;
        assert_ok(PB_RESERVE(array, n + 1, capacity));
        assert_true(capacity > n);
        moves += capacity != before;
        array[n] = n;
    }
    assert_true(moves < 12); /* it doubles */
    for (int64_t n = 0; n < 10000; n++)
        assert_int_equal(array[n], n);

    const int64_t *old = array;
    const int64_t before = capacity;
    assert_int_equal(PB_RESERVE(array, INT64_MAX / 2, capacity),
                     PB_STATUS_NO_MEMORY); /* in bytes more than a size_t holds */
    assert_ptr_equal(array, old);
    assert_int_equal(capacity, before);
    assert_ok(PB_RESERVE(array, 0, capacity));
    assert_ptr_equal(array, old);
    pb_free(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_one_line),
        cmocka_unit_test(long_messages_keep_both_ends),
        cmocka_unit_test(message_may_quote_the_previous_one),
        cmocka_unit_test(a_hint_stays_with_its_message),
        cmocka_unit_test(a_kept_error_comes_back_whole),
        cmocka_unit_test(every_status_has_its_own_name),
        cmocka_unit_test(allocator_counts_and_aligns),
        cmocka_unit_test(large_blocks_are_as_small_ones),
        cmocka_unit_test(overflowing_sizes_are_refused),
        cmocka_unit_test(parallel_for_visits_every_item_once),
        cmocka_unit_test(parallel_for_reports_the_first_failure),
        cmocka_unit_test(progress_can_cancel),
        cmocka_unit_test(a_thread_can_cancel_its_own_work),
        cmocka_unit_test(callers_say_why_their_functions_failed),
        cmocka_unit_test(thread_count_is_checked),
        cmocka_unit_test(products_of_sizes_do_not_wrap),
        cmocka_unit_test(arrays_grow_and_survive_refusal),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
