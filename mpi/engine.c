#include "engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "compute_thread.h"
#include "io/file.h"
#include "peers.h"
#include "rank_zero.h"
#include "terminal.h"

/* Results of one rank that wait for those of another: memory of rank 0. */
static const int64_t MOST_HELD = (int64_t)1 << 30;
/* How long a computation may take to notice that it is to end. */
static const double PATIENCE_SECONDS = 5;
static const double SECONDS_BETWEEN_REPORTS = 0.05;
/* mpirun gives a rank a second to end when another has died. */
static const double LAST_WORDS_SECONDS = 0.05;

static const char *host_name(void)
{
    static char name[PEER_HOST_BYTES];
    if (!name[0] && gethostname(name, sizeof name - 1) != 0)
        snprintf(name, sizeof name, "?");
    return name;
}

static pb_status cancelled(void)
{
    return pb_fail(PB_STATUS_CANCELLED, "cancelled");
}

/* ---- Rank 0 ------------------------------------------------------------------------------------------------------- */

typedef struct dealing {
    const pb_work *work;
    pb_dealer *dealer;
    compute_thread *thread; /* of rank 0 itself */
    bool others_know;       /* that rank 0 itself computes an item, and which */
    double listened;        /* when it last did */
    double reported;
} dealing;

static pb_status take_result(dealing *d, int from, const pb_bytes *bytes)
{
    pb_bytes_reader reader = pb_bytes_read(bytes);
    pb_bytes result = {0};
    int64_t status;
    PB_TRY(pb_bytes_take_integer(&reader, &status));
    if (status == PB_STATUS_OK) {
        PB_TRY(pb_bytes_add(&result, reader.at, reader.left));
    } else {
        pb_error error;
        PB_TRY(pb_bytes_take(&reader, &error, sizeof error));
        pb_error_restore(&error);
        if (status == PB_STATUS_NO_MEMORY || status == PB_STATUS_IO) /* of the host, rather than of the work */
            (void)pb_fail((pb_status)status, "%s: %s", peer_name(from), pb_error_message());
    }
    status = pb_dealer_give_back(d->dealer, from, (pb_status)status, &result);
    pb_bytes_free(&result);
    return (pb_status)status;
}

static pb_status take_alive(const dealing *d, int from, const pb_bytes *bytes)
{
    pb_bytes_reader reader = pb_bytes_read(bytes);
    double share;
    PB_TRY(pb_bytes_take(&reader, &share, sizeof share));
    pb_dealer_note_share(d->dealer, from, share);
    (void)ranks_send(from, RANK_ALIVE, NULL);
    return PB_STATUS_OK;
}

/* Where a rank could not even begin, the others would do its work; but what it says is for the one who began the job. */
static pb_status fail_as_peer(int from)
{
    const peer *other = &peers()[from];
    return pb_fail(PB_STATUS_IO, "%s: %s", peer_name(from), *other->said ? other->said : "ended without a word");
}

static pb_status take_message(dealing *d, int from, rank_message kind)
{
    pb_bytes bytes = {0};
    pb_status status = ranks_receive(from, kind, &bytes);
    peers()[from].heard = ranks_seconds();
    if (status == PB_STATUS_OK && kind == RANK_RESULT)
        status = take_result(d, from, &bytes);
    else if (status == PB_STATUS_OK && kind == RANK_ALIVE)
        status = take_alive(d, from, &bytes);
    else if (status == PB_STATUS_OK)
        status = peers_note(from, kind, &bytes, d->work->same);
    pb_bytes_free(&bytes);
    if (status == PB_STATUS_OK && kind == RANK_END)
        return fail_as_peer(from);
    if (status == PB_STATUS_OK && kind == RANK_LEAVING)
        return cancelled();
    return status;
}

/* All messages that are there. */
static pb_status listen(dealing *d, bool *out_heard)
{
    int from;
    rank_message kind;
    const double silent = ranks_seconds() - d->listened;
    if (silent > 1) /* keeping a result took so long: nobody else is to blame */
        peers_excuse(silent);
    for (int i = 0; i < ranks_count() && ranks_look(&from, &kind); i++) {
        PB_TRY(take_message(d, from, kind));
        *out_heard = true;
    }
    d->listened = ranks_seconds();
    return PB_STATUS_OK;
}

/* Who computes should be able to say what was under way where this process dies, whose item it is to be told, too. */
static pb_status send_task(const dealing *d, int rank, const pb_work_item *item)
{
    const pb_work_item *own = pb_dealer_item(d->dealer, 0);
    pb_bytes message = {0};
    pb_status status = pb_bytes_add_text(&message, host_name());
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_text(&message, rank_zero_place());
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_integer(&message, getpid());
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_text(&message, own ? own->name : "");
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_text(&message, item->name);
    if (status == PB_STATUS_OK)
        status = pb_bytes_add(&message, item->task.data, item->task.size);
    if (status == PB_STATUS_OK && !ranks_send(rank, RANK_TASK, &message))
        status = cancelled();
    pb_bytes_free(&message);
    return status;
}

/* @param item NULL: none any more */
static pb_status tell_own_item(dealing *d, const pb_work_item *item)
{
    pb_bytes message = {0};
    const pb_status status = pb_bytes_add_text(&message, item ? item->name : "");
    d->others_know = item;
    for (int rank = 1; status == PB_STATUS_OK && rank < ranks_count() && !cli_interrupted(); rank++)
        if (peers()[rank].state == PEER_READY)
            (void)ranks_send(rank, RANK_ALIVE, &message);
    pb_bytes_free(&message);
    return status;
}

static pb_status deal_to(dealing *d, int rank, bool *out_dealt)
{
    const pb_work_item *item;
    PB_TRY(pb_dealer_take(d->dealer, rank, &item));
    if (!item)
        return rank == 0 && d->others_know ? tell_own_item(d, NULL) : PB_STATUS_OK;
    *out_dealt = true;
    if (rank > 0)
        return send_task(d, rank, item);
    compute_thread_give(d->thread, &item->task);
    return tell_own_item(d, item);
}

static pb_status deal(dealing *d, bool *out_dealt)
{
    for (int rank = 1; rank < ranks_count(); rank++)
        if (peers()[rank].state == PEER_READY && !pb_dealer_item(d->dealer, rank))
            PB_TRY(deal_to(d, rank, out_dealt));
    return compute_thread_is_idle(d->thread) ? deal_to(d, 0, out_dealt) : PB_STATUS_OK;
}

static pb_status take_own_result(dealing *d, bool *out_taken)
{
    pb_status status;
    pb_bytes result = {0};
    pb_dealer_note_share(d->dealer, 0, compute_thread_share(d->thread));
    if (!compute_thread_take(d->thread, &status, &result))
        return PB_STATUS_OK;
    *out_taken = true;
    status = pb_dealer_give_back(d->dealer, 0, status, &result);
    pb_bytes_free(&result);
    return status;
}

static pb_status report(dealing *d)
{
    const double now = ranks_seconds();
    if (cli_interrupted())
        return cancelled();
    if (now - d->reported < SECONDS_BETWEEN_REPORTS)
        return PB_STATUS_OK;
    d->reported = now;
    peers_check_silence(d->dealer);
    return pb_dealer_report(d->dealer);
}

static pb_status deal_all(dealing *d)
{
    int idle = 0;
    while (!pb_dealer_is_done(d->dealer)) {
        bool busy = false;
        PB_TRY(take_own_result(d, &busy));
        PB_TRY(deal(d, &busy));
        PB_TRY(listen(d, &busy));
        PB_TRY(report(d));
        if (busy)
            idle = 0;
        else
            ranks_pause(&idle);
    }
    return PB_STATUS_OK;
}

/* Results that are under way are of no use any more. */
static void stop_others(void)
{
    int idle = 0, n_left = 0;
    for (int rank = 1; rank < ranks_count(); rank++)
        if (peers()[rank].state == PEER_READY && ranks_send(rank, RANK_STOP, NULL))
            n_left++;
    while (n_left > 0 && !cli_interrupted()) {
        int from;
        rank_message kind;
        pb_bytes bytes = {0};
        if (!ranks_look(&from, &kind)) {
            peers_check_silence(NULL);
            ranks_pause(&idle);
            continue;
        }
        if (ranks_receive(from, kind, &bytes) == PB_STATUS_OK)
            (void)peers_note(from, kind, &bytes, NULL);
        peers()[from].heard = ranks_seconds();
        n_left -= kind == RANK_STOPPED;
        if (kind == RANK_HELLO && ranks_send(from, RANK_STOP, NULL))
            n_left++;
        pb_bytes_free(&bytes);
        idle = 0;
    }
}

/* Waits for what rank 0 itself computes, as the caller is going to free what that uses. */
static void stop_own(dealing *d)
{
    int idle = 0;
    compute_thread_cancel(d->thread);
    for (const double started = ranks_seconds(); cli_interrupted() && !compute_thread_is_idle(d->thread);) {
        pb_status status;
        pb_bytes result = {0};
        if (compute_thread_take(d->thread, &status, &result))
            pb_bytes_free(&result);
        else if (ranks_seconds() - started > PATIENCE_SECONDS) {
            pb_writer_remove_unfinished();
            ranks_abort(CLI_EXIT_INTERRUPTED);
        } else
            ranks_pause(&idle);
    }
    compute_thread_stop(d->thread);
}

/* At once, as mpirun gives nobody more than a second. */
static void say_why(const pb_dealer *dealer)
{
    const bool lost = peers_say_who_is_lost(dealer);
    if (!lost && cli_interrupted())
        cli_warn("the job was asked to end: what is under way is given up");
    if (lost && !cli_interrupted()) { /* nobody else has noticed */
        pb_writer_remove_unfinished();
        ranks_abort(CLI_EXIT_RESOURCES);
    }
}

static pb_status run_dealing(const pb_work *work)
{
    dealing d = {.work = work, .listened = ranks_seconds()};
    PB_TRY(pb_dealer_new(work, ranks_count(), MOST_HELD, &d.dealer));
    pb_status status = compute_thread_start(work, &d.thread);
    if (status == PB_STATUS_OK)
        status = deal_all(&d);
    pb_error error;
    pb_error_save(&error);
    if (status == PB_STATUS_CANCELLED)
        say_why(d.dealer);
    if (!cli_interrupted())
        stop_others();
    if (d.thread)
        stop_own(&d);
    pb_dealer_free(d.dealer);
    pb_error_restore(&error);
    return status;
}

/* ---- The other ranks ---------------------------------------------------------------------------------------------- */

typedef struct computing {
    compute_thread *thread;
    pb_bytes task;
    char item[PB_WORK_NAME_BYTES]; /* its name */
    bool is_through;               /* with it: rank 0 has or gets the result */
    rank_zero zero;
    double heard, told; /* when rank 0 last said, and was last told, that all is well */
    bool stops;         /* rank 0 has no more work */
    bool leaves;        /* begins nothing any more */
} computing;

static bool say_hello(const pb_work *work)
{
    pb_bytes hello = {0};
    pb_status status = pb_bytes_add_text(&hello, host_name());
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_text(&hello, work->same ? work->same : "");
    const bool sent = status == PB_STATUS_OK && ranks_send(0, RANK_HELLO, &hello);
    pb_bytes_free(&hello);
    return sent;
}

/* Who computes what from here on; what is left of the message is the task. */
static pb_status note_task(computing *c, pb_bytes_reader *reader)
{
    const char *host, *place, *own, *name;
    PB_TRY(pb_bytes_take_text(reader, &host));
    PB_TRY(pb_bytes_take_text(reader, &place));
    PB_TRY(pb_bytes_take_integer(reader, &c->zero.process));
    PB_TRY(pb_bytes_take_text(reader, &own));
    PB_TRY(pb_bytes_take_text(reader, &name));
    snprintf(c->zero.host, sizeof c->zero.host, "%s", host);
    snprintf(c->zero.place, sizeof c->zero.place, "%s", place);
    snprintf(c->zero.item, sizeof c->zero.item, "%s", own);
    snprintf(c->item, sizeof c->item, "%s", name);
    c->is_through = false;
    return PB_STATUS_OK;
}

static pb_status take_message_of_zero(computing *c, rank_message kind, const pb_bytes *message)
{
    pb_bytes_reader reader = pb_bytes_read(message);
    if (kind == RANK_STOP)
        c->stops = true;
    if (kind == RANK_ALIVE && message->size > 0)
        return rank_zero_note_item(&c->zero, message);
    if (kind != RANK_TASK)
        return PB_STATUS_OK;
    PB_TRY(note_task(c, &reader));
    if (c->leaves)
        return PB_STATUS_OK;
    pb_bytes_free(&c->task);
    PB_TRY(pb_bytes_add(&c->task, reader.at, reader.left));
    compute_thread_give(c->thread, &c->task);
    return PB_STATUS_OK;
}

static pb_status hear(computing *c, bool *out_heard)
{
    int from;
    rank_message kind;
    pb_bytes bytes = {0};
    if (!ranks_look(&from, &kind))
        return PB_STATUS_OK;
    *out_heard = true;
    c->heard = ranks_seconds();
    PB_TRY(ranks_receive(from, kind, &bytes));
    const pb_status status = take_message_of_zero(c, kind, &bytes);
    pb_bytes_free(&bytes);
    return status;
}

/* A rank that was stopped for a while, or is late, has not read what rank 0 last did. */
static void hear_the_rest(computing *c)
{
    int idle = 0;
    c->leaves = true;
    for (double last = ranks_seconds(); ranks_seconds() - last < LAST_WORDS_SECONDS;) {
        bool heard = false;
        if (hear(c, &heard) != PB_STATUS_OK)
            return;
        if (heard)
            last = ranks_seconds();
        else
            ranks_pause(&idle);
    }
}

static pb_status send_result(pb_status status, const pb_bytes *result)
{
    pb_error error;
    pb_bytes message = {0};
    pb_error_save(&error);
    pb_status sent = pb_bytes_add_integer(&message, status);
    if (sent == PB_STATUS_OK)
        sent = status == PB_STATUS_OK ? pb_bytes_add(&message, result->data, result->size)
                                      : pb_bytes_add(&message, &error, sizeof error);
    if (sent == PB_STATUS_OK && !ranks_send(0, RANK_RESULT, &message))
        sent = cancelled();
    pb_bytes_free(&message);
    return sent;
}

static pb_status give_result(computing *c, bool *out_given)
{
    pb_status status;
    pb_bytes result = {0};
    if (!compute_thread_take(c->thread, &status, &result))
        return PB_STATUS_OK;
    *out_given = true;
    c->is_through = true;
    status = send_result(status, &result);
    pb_bytes_free(&result);
    return status;
}

static pb_status tell_alive(computing *c)
{
    const double now = ranks_seconds(), share = compute_thread_share(c->thread);
    pb_bytes message = {0};
    if (cli_interrupted())
        return cancelled();
    if (now - c->heard > 10 * peers_lost_after()) /* it may be writing, but not for ever */
        return pb_fail(PB_STATUS_CANCELLED, "rank 0 does not answer any more");
    if (now - c->told < peers_lost_after() / 6)
        return PB_STATUS_OK;
    c->told = now;
    PB_TRY(pb_bytes_add(&message, &share, sizeof share));
    (void)ranks_send(0, RANK_ALIVE, &message);
    pb_bytes_free(&message);
    return PB_STATUS_OK;
}

static pb_status compute_all(computing *c)
{
    int idle = 0;
    while (!c->stops) {
        bool busy = false;
        PB_TRY(hear(c, &busy));
        PB_TRY(give_result(c, &busy));
        PB_TRY(tell_alive(c));
        if (busy)
            idle = 0;
        else
            ranks_pause(&idle);
    }
    return PB_STATUS_OK;
}

/* mpirun ends whoever does not end by itself. @param c what this rank computes; NULL: nothing */
_Noreturn static void leave(computing *c)
{
    if (c && rank_zero_has_died(&c->zero)) {
        if (cli_interrupted()) /* half a message would be waited for otherwise */
            hear_the_rest(c);
        rank_zero_say_lost(&c->zero, c->item, c->is_through, host_name());
    }
    ranks_say_leaving();
    sleep(3);
    ranks_abort(CLI_EXIT_INTERRUPTED);
}

static pb_status run_computing(const pb_work *work)
{
    computing c = {.heard = ranks_seconds()};
    PB_TRY(compute_thread_start(work, &c.thread));
    pb_status status = say_hello(work) ? compute_all(&c) : PB_STATUS_CANCELLED;
    if (status == PB_STATUS_CANCELLED)
        leave(&c);
    compute_thread_cancel(c.thread);
    compute_thread_stop(c.thread);
    pb_bytes_free(&c.task);
    (void)ranks_send(0, RANK_STOPPED, NULL);
    return status;
}

/* ---- Both --------------------------------------------------------------------------------------------------------- */

static pb_status run(void *state, const pb_work *work)
{
    (void)state;
    return ranks_mine() == 0 ? run_dealing(work) : run_computing(work);
}

void engine_set(void)
{
    const pb_work_engine engine = {.run = run, .n_processes = ranks_count(), .is_remote = ranks_mine() > 0};
    pb_work_set_engine(&engine);
}

/* ---- The end ------------------------------------------------------------------------------------------------------ */

static void tell_end(int exit_status)
{
    pb_bytes bytes = {0};
    pb_status status = pb_bytes_add_integer(&bytes, exit_status);
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_text(&bytes, host_name());
    if (status == PB_STATUS_OK)
        status = pb_bytes_add_text(&bytes, cli_muted_failure());
    if (status != PB_STATUS_OK || !ranks_send(0, RANK_END, &bytes))
        leave(NULL);
    pb_bytes_free(&bytes);
}

static bool all_have_ended(void)
{
    for (int rank = 1; rank < ranks_count(); rank++)
        if (peers()[rank].state != PEER_ENDED)
            return false;
    return true;
}

/* Those that are late hear that there is nothing to do. */
static void wait_for_all(void)
{
    int idle = 0;
    while (!all_have_ended()) {
        int from;
        rank_message kind;
        pb_bytes bytes = {0};
        if (cli_interrupted()) {
            (void)peers_say_who_is_lost(NULL);
            ranks_abort(CLI_EXIT_INTERRUPTED);
        }
        if (!ranks_look(&from, &kind)) {
            ranks_pause(&idle);
            continue;
        }
        if (ranks_receive(from, kind, &bytes) == PB_STATUS_OK)
            (void)peers_note(from, kind, &bytes, NULL);
        if (kind == RANK_HELLO)
            (void)ranks_send(from, RANK_STOP, NULL);
        pb_bytes_free(&bytes);
        idle = 0;
    }
}

int engine_finish(int exit_status)
{
    if (ranks_mine() > 0) {
        tell_end(exit_status);
        ranks_finish();
        return CLI_EXIT_OK;
    }
    if (exit_status == CLI_EXIT_INTERRUPTED)
        ranks_abort(exit_status);
    wait_for_all();
    ranks_finish();
    for (int rank = 1; rank < ranks_count() && exit_status == CLI_EXIT_OK; rank++)
        if (peers()[rank].exit_status != CLI_EXIT_OK) {
            exit_status = peers()[rank].exit_status;
            cli_warn("%s: %s", peer_name(rank), peers()[rank].said);
        }
    return exit_status;
}
