/* Work as items: every item is computed and kept once, in order where order is asked for, by however many workers in whatever order they
 * finish. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/dealer.h"
#include "base/memory.h"
#include "base/threads.h"
#include "base/work_engine.h"

enum { MAX_GROUPS = 6, MAX_ITEMS = 40 };

/* Items are numbers; the result of an item is its square. */
typedef struct list {
    int64_t n[MAX_GROUPS], dealt[MAX_GROUPS];
    double size[MAX_GROUPS];                                    /* of an item of the group */
    int64_t kept[MAX_GROUPS][MAX_ITEMS], n_kept_of[MAX_GROUPS]; /* in the order of the sink */
    int64_t begun[MAX_GROUPS], n_begun;                         /* groups, in the order of their first item */
    int64_t n_failed, bad_group, bad_item;                      /* compute() fails for this one */
    bool goes_on;
    int64_t n_reports, last_done;
    int64_t stop_at; /* reports; 0: never */
} list;

static double left(void *context, int64_t g)
{
    const list *l = context;
    return (double)(l->n[g] - l->dealt[g]) * (l->size[g] > 0 ? l->size[g] : 1);
}

static pb_status take(void *context, int64_t g, pb_work_item *out)
{
    list *l = context;
    if (l->dealt[g] == 0)
        l->begun[l->n_begun++] = g;
    snprintf(out->name, sizeof out->name, "item %d of group %d", (int)l->dealt[g], (int)g);
    out->units = 1;
    PB_TRY(pb_bytes_add_integer(&out->task, g));
    return pb_bytes_add_integer(&out->task, l->dealt[g]++);
}

static void read_task(const pb_bytes *task, int64_t *g, int64_t *i)
{
    pb_bytes_reader reader = pb_bytes_read(task);
    assert_int_equal(pb_bytes_take_integer(&reader, g), PB_STATUS_OK);
    assert_int_equal(pb_bytes_take_integer(&reader, i), PB_STATUS_OK);
    assert_int_equal(reader.left, 0);
}

static pb_status compute(void *context, const pb_bytes *task, const pb_progress *progress, pb_bytes *result)
{
    const list *l = context;
    int64_t g, i;
    read_task(task, &g, &i);
    PB_TRY(pb_progress_report(progress, 1, 2));
    if (g == l->bad_group && i == l->bad_item)
        return pb_fail(PB_STATUS_IO, "item %d cannot be read", (int)i);
    return pb_bytes_add_integer(result, i * i);
}

static pb_status sink(void *context, const pb_bytes *task, const pb_bytes *result)
{
    list *l = context;
    int64_t g, i, square;
    pb_bytes_reader reader = pb_bytes_read(result);
    read_task(task, &g, &i);
    assert_int_equal(pb_bytes_take_integer(&reader, &square), PB_STATUS_OK);
    assert_int_equal(square, i * i);
    l->kept[g][l->n_kept_of[g]++] = i;
    return PB_STATUS_OK;
}

static pb_status failed(void *context, const pb_bytes *task, pb_status status)
{
    list *l = context;
    int64_t g, i;
    read_task(task, &g, &i);
    assert_int_equal(g, l->bad_group);
    assert_int_equal(i, l->bad_item);
    assert_string_equal(pb_error_message(), "item 2 cannot be read");
    l->n_failed++;
    return l->goes_on ? PB_STATUS_OK : status;
}

static int report(void *context, int64_t done, int64_t total)
{
    list *l = context;
    assert_true(done >= l->last_done);
    assert_true(done <= total);
    l->last_done = done;
    return ++l->n_reports == l->stop_at;
}

static pb_work work_of(list *l, int64_t n_groups, pb_progress *progress)
{
    int64_t n = 0;
    for (int64_t g = 0; g < n_groups; g++)
        n += l->n[g];
    *progress = (pb_progress){report, l};
    return (pb_work){.n_groups = n_groups,
                     .ordered = true,
                     .left = left,
                     .take = take,
                     .sink = sink,
                     .failed = failed,
                     .compute = compute,
                     .context = l,
                     .units = n,
                     .progress = progress};
}

static void assert_all_kept_in_order(const list *l, int64_t n_groups)
{
    for (int64_t g = 0; g < n_groups; g++) {
        assert_int_equal(l->n_kept_of[g], l->n[g]);
        for (int64_t i = 0; i < l->n[g]; i++)
            assert_int_equal(l->kept[g][i], i);
    }
}

static void here_items_are_computed_group_by_group(void **state)
{
    (void)state;
    list l = {.n = {3, 0, 5, 1}, .bad_group = -1};
    pb_progress progress;
    const pb_work work = work_of(&l, 4, &progress);
    assert_int_equal(pb_work_run(&work), PB_STATUS_OK);
    assert_all_kept_in_order(&l, 4);
    assert_int_equal(l.n_begun, 3);
    assert_int_equal(l.begun[0], 0);
    assert_int_equal(l.begun[1], 2);
    assert_int_equal(l.begun[2], 3);
    assert_int_equal(l.last_done, 9);
}

static void a_failure_ends_the_work_unless_it_is_excused(void **state)
{
    (void)state;
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        list l = {.n = {4, 2}, .bad_group = 0, .bad_item = 2, .goes_on = goes_on};
        pb_progress progress;
        const pb_work work = work_of(&l, 2, &progress);
        assert_int_equal(pb_work_run(&work), goes_on ? PB_STATUS_OK : PB_STATUS_IO);
        assert_int_equal(l.n_failed, 1);
        assert_int_equal(l.n_kept_of[0], goes_on ? 3 : 2);
        assert_int_equal(l.n_kept_of[1], goes_on ? 2 : 0);
        if (!goes_on)
            assert_string_equal(pb_error_message(), "item 2 cannot be read");
    }
}

static void whoever_watches_can_stop_it_inside_an_item(void **state)
{
    (void)state;
    list l = {.n = {4}, .bad_group = -1, .stop_at = 3};
    pb_progress progress;
    const pb_work work = work_of(&l, 1, &progress);
    assert_int_equal(pb_work_run(&work), PB_STATUS_CANCELLED);
    assert_int_equal(l.n_kept_of[0], 1);
    assert_int_equal(l.n_failed, 0);
}

/* Plays n workers whose turn comes in an order that `seed` draws. */
static pb_status deal(const pb_work *work, int64_t n_workers, int64_t most_held, uint32_t seed)
{
    pb_dealer *dealer;
    pb_status status = pb_dealer_new(work, n_workers, most_held, &dealer);
    assert_int_equal(status, PB_STATUS_OK);
    while (!pb_dealer_is_done(dealer) && status == PB_STATUS_OK) {
        seed = seed * 1664525u + 1013904223u;
        const int64_t worker = (int64_t)(seed >> 16) % n_workers;
        const pb_work_item *item = pb_dealer_item(dealer, worker);
        if (!item) {
            status = pb_dealer_take(dealer, worker, &item);
            continue;
        }
        pb_bytes result = {0};
        status = compute(work->context, &item->task, NULL, &result);
        status = pb_dealer_give_back(dealer, worker, status, &result);
    }
    pb_dealer_free(dealer);
    return status;
}

static void many_workers_keep_every_item_once_and_in_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        list l = {.n = {7, 0, 40, 13, 1, 22}, .bad_group = -1};
        pb_progress progress;
        pb_work work = work_of(&l, 6, &progress);
        work.progress = NULL;
        /* 0 bytes: nothing is dealt from a group whose results wait, and it ends all the same. */
        assert_int_equal(deal(&work, 1 + seed % 9, seed % 2 ? 0 : 1000, seed), PB_STATUS_OK);
        assert_all_kept_in_order(&l, 6);
    }
}

static void without_order_results_are_kept_as_they_come(void **state)
{
    (void)state;
    list l = {.n = {2}, .bad_group = -1};
    pb_progress progress;
    pb_work work = work_of(&l, 1, &progress);
    pb_dealer *dealer;
    const pb_work_item *item;
    work.ordered = false;
    assert_int_equal(pb_dealer_new(&work, 2, 0, &dealer), PB_STATUS_OK);
    for (int64_t w = 0; w < 2; w++)
        assert_int_equal(pb_dealer_take(dealer, w, &item), PB_STATUS_OK);
    for (int64_t w = 1; w >= 0; w--) {
        pb_bytes result = {0};
        assert_int_equal(compute(&l, &pb_dealer_item(dealer, w)->task, NULL, &result), PB_STATUS_OK);
        assert_int_equal(pb_dealer_give_back(dealer, w, PB_STATUS_OK, &result), PB_STATUS_OK);
    }
    assert_true(pb_dealer_is_done(dealer));
    assert_int_equal(l.kept[0][0], 1);
    assert_int_equal(l.kept[0][1], 0);
    pb_dealer_free(dealer);
}

static int64_t group_of(const pb_work_item *item)
{
    int64_t g, i;
    assert_non_null(item);
    read_task(&item->task, &g, &i);
    return g;
}

/* Takes an item for the worker, after giving back what it has. */
static int64_t next_group(pb_dealer *dealer, const pb_work *work, int64_t worker)
{
    const pb_work_item *item = pb_dealer_item(dealer, worker);
    if (item) {
        pb_bytes result = {0};
        assert_int_equal(compute(work->context, &item->task, NULL, &result), PB_STATUS_OK);
        assert_int_equal(pb_dealer_give_back(dealer, worker, PB_STATUS_OK, &result), PB_STATUS_OK);
    }
    assert_int_equal(pb_dealer_take(dealer, worker, &item), PB_STATUS_OK);
    return item ? group_of(item) : -1;
}

static void the_largest_group_is_begun_first_and_a_worker_stays_with_its_own(void **state)
{
    (void)state;
    list l = {.n = {2, 5, 3}, .size = {1, 1, 10}, .bad_group = -1};
    pb_progress progress;
    const pb_work work = work_of(&l, 3, &progress);
    pb_dealer *dealer;
    assert_int_equal(pb_dealer_new(&work, 2, 1000, &dealer), PB_STATUS_OK);
    assert_int_equal(next_group(dealer, &work, 0), 2);
    assert_int_equal(next_group(dealer, &work, 1), 1);
    assert_int_equal(next_group(dealer, &work, 0), 2);
    assert_int_equal(next_group(dealer, &work, 0), 2);
    assert_int_equal(next_group(dealer, &work, 0), 0); /* not begun: before joining the other */
    assert_int_equal(next_group(dealer, &work, 0), 0);
    assert_int_equal(next_group(dealer, &work, 0), 1); /* now it helps */
    assert_int_equal(next_group(dealer, &work, 1), 1);
    assert_int_equal(next_group(dealer, &work, 1), 1);
    assert_int_equal(next_group(dealer, &work, 1), 1);
    assert_int_equal(next_group(dealer, &work, 1), -1);
    assert_false(pb_dealer_is_done(dealer)); /* the first still has one */
    assert_int_equal(next_group(dealer, &work, 0), -1);
    assert_true(pb_dealer_is_done(dealer));
    assert_all_kept_in_order(&l, 3);
    pb_dealer_free(dealer);
}

static void a_message_that_is_cut_off_is_an_error(void **state)
{
    (void)state;
    pb_bytes bytes = {0};
    int64_t value;
    const char *text;
    assert_int_equal(pb_bytes_add_text(&bytes, "words"), PB_STATUS_OK);
    assert_int_equal(pb_bytes_add_integer(&bytes, -7), PB_STATUS_OK);
    pb_bytes_reader reader = pb_bytes_read(&bytes);
    assert_int_equal(pb_bytes_take_text(&reader, &text), PB_STATUS_OK);
    assert_string_equal(text, "words");
    assert_int_equal(pb_bytes_take_integer(&reader, &value), PB_STATUS_OK);
    assert_int_equal(value, -7);
    assert_int_equal(pb_bytes_take_integer(&reader, &value), PB_STATUS_INTERNAL);
    assert_int_equal(pb_bytes_take_text(&reader, &text), PB_STATUS_INTERNAL);
    bytes.size = 5; /* "words" without its end */
    reader = pb_bytes_read(&bytes);
    assert_int_equal(pb_bytes_take_text(&reader, &text), PB_STATUS_INTERNAL);
    pb_bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(here_items_are_computed_group_by_group),
        cmocka_unit_test(a_failure_ends_the_work_unless_it_is_excused),
        cmocka_unit_test(whoever_watches_can_stop_it_inside_an_item),
        cmocka_unit_test(many_workers_keep_every_item_once_and_in_order),
        cmocka_unit_test(without_order_results_are_kept_as_they_come),
        cmocka_unit_test(the_largest_group_is_begun_first_and_a_worker_stays_with_its_own),
        cmocka_unit_test(a_message_that_is_cut_off_is_an_error),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
