#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parse.h"
#include "io/file.h"
#include "terminal.h"

/* mpirun gives the others a second when one has died. */
static const double ROLL_CALL_SECONDS = 0.4;

peer *peers(void)
{
    static peer *all;
    if (!all) {
        all = pb_calloc((size_t)ranks_count(), sizeof *all); /* until the program ends */
        if (!all)
            ranks_abort(CLI_EXIT_RESOURCES);
    }
    return all;
}

const char *peer_name(int rank)
{
    static char text[PEER_HOST_BYTES + 32];
    const char *host = peers()[rank].host;
    snprintf(text, sizeof text, "rank %d%s%s", rank, *host ? " on " : "", host);
    return text;
}

double peers_lost_after(void)
{
    enum { USUAL = 60, MOST = 1000000 };
    const char *text = getenv("PB_MPI_LOST_AFTER");
    int64_t value;
    return text && pb_item_integer(pb_item_of(text), 1, MOST, &value) ? (double)value : USUAL;
}

/* ---- What they say ------------------------------------------------------------------------------------------------ */

static pb_status note_hello(int from, const pb_bytes *bytes, const char *same)
{
    peer *other = &peers()[from];
    pb_bytes_reader reader = pb_bytes_read(bytes);
    const char *host, *has;
    PB_TRY(pb_bytes_take_text(&reader, &host));
    PB_TRY(pb_bytes_take_text(&reader, &has));
    snprintf(other->host, sizeof other->host, "%s", host);
    other->state = PEER_READY;
    other->heard = ranks_seconds();
    if (same && strcmp(same, has) != 0)
        return pb_fail(PB_STATUS_MISMATCH, "%s has [%s] where rank 0 has [%s]: all ranks need the same",
                       peer_name(from), has, same);
    return PB_STATUS_OK;
}

static pb_status note_end(int from, const pb_bytes *bytes)
{
    peer *other = &peers()[from];
    pb_bytes_reader reader = pb_bytes_read(bytes);
    int64_t exit_status;
    const char *host, *said;
    PB_TRY(pb_bytes_take_integer(&reader, &exit_status));
    PB_TRY(pb_bytes_take_text(&reader, &host));
    PB_TRY(pb_bytes_take_text(&reader, &said));
    snprintf(other->host, sizeof other->host, "%s", host);
    snprintf(other->said, sizeof other->said, "%s", said);
    other->exit_status = (int)exit_status;
    other->state = PEER_ENDED;
    return PB_STATUS_OK;
}

pb_status peers_note(int from, rank_message kind, const pb_bytes *bytes, const char *same)
{
    switch (kind) {
    case RANK_HELLO:
        return note_hello(from, bytes, same);
    case RANK_STOPPED:
        peers()[from].state = PEER_STOPPED;
        return PB_STATUS_OK;
    case RANK_LEAVING:
        peers()[from].leaves = true;
        return PB_STATUS_OK;
    case RANK_END:
        return note_end(from, bytes);
    default:
        return PB_STATUS_OK;
    }
}

/* ---- Who is lost? ------------------------------------------------------------------------------------------------- */

static void say_lost(int rank, const pb_dealer *dealer, const char *what)
{
    const pb_work_item *item = dealer ? pb_dealer_item(dealer, rank) : NULL;
    if (item)
        cli_warn("%s %s; it was computing %s. Nothing is damaged: run the same command again", peer_name(rank), what,
                 cli_path(item->name));
    else
        cli_warn("%s %s. Nothing is damaged: run the same command again", peer_name(rank), what);
}

/* Where a rank dies, mpirun asks all others to end, and those say so. */
bool peers_say_who_is_lost(const pb_dealer *dealer)
{
    bool lost = false;
    int idle = 0;
    for (const double started = ranks_seconds(); ranks_seconds() - started < ROLL_CALL_SECONDS;) {
        const int leaving = ranks_take_leaving();
        if (leaving < 0)
            ranks_pause(&idle);
        else
            peers()[leaving].leaves = true;
    }
    for (int rank = 1; rank < ranks_count(); rank++) {
        const peer *other = &peers()[rank];
        if (other->state == PEER_ENDED || other->leaves == cli_interrupted())
            continue;
        say_lost(rank, dealer, other->leaves ? "was asked to end" : "does not answer any more");
        lost = true;
    }
    return lost;
}

void peers_check_silence(const pb_dealer *dealer)
{
    const double now = ranks_seconds(), most = peers_lost_after();
    char what[80];
    for (int rank = 1; rank < ranks_count(); rank++) {
        const peer *other = &peers()[rank];
        if (other->state != PEER_READY || now - other->heard <= most)
            continue;
        snprintf(what, sizeof what, "has not been heard of for %.0f s", now - other->heard);
        say_lost(rank, dealer, what);
        pb_writer_remove_unfinished();
        ranks_abort(CLI_EXIT_RESOURCES);
    }
}

void peers_excuse(double seconds)
{
    for (int rank = 1; rank < ranks_count(); rank++)
        peers()[rank].heard += seconds;
}
