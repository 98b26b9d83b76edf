/* Rank 0 is asked to end in the middle of a message that it sends, and of one that it receives: MPI goes on with both whenever it is
 * called, and the memory must still be there, which the address sanitizer sees. Rank 1 does its part as soon as rank 0 has given up.
 *   mpirun -np 2 half_sent */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ranks.h"
#include "terminal.h"

enum { SIZE = 4 << 20 }; /* what waits for its receiver */

static double interrupted_at = 1e300; /* ranks_seconds() */

/* In place of the program's. */
bool cli_interrupted(void)
{
    return ranks_seconds() >= interrupted_at;
}

static void look_for(double seconds)
{
    int from, idle = 0;
    rank_message kind;
    for (const double started = ranks_seconds(); ranks_seconds() - started < seconds; ranks_pause(&idle))
        (void)ranks_look(&from, &kind);
}

static void wait_for_message(rank_message wanted)
{
    int from, idle = 0;
    rank_message kind = RANK_PIECE;
    while (!ranks_look(&from, &kind) || kind != wanted)
        ranks_pause(&idle);
}

static pb_bytes many(void)
{
    pb_bytes bytes = {0};
    void *room;
    if (pb_bytes_extend(&bytes, SIZE, &room) != PB_STATUS_OK)
        ranks_abort(1);
    memset(room, 7, SIZE);
    return bytes;
}

static const char *send_half(void)
{
    pb_bytes bytes = many();
    interrupted_at = ranks_seconds() + 0.3; /* its size has arrived by then */
    if (ranks_send(1, RANK_TASK, &bytes))
        return "a message was sent that nobody receives";
    const bool left = !bytes.data && bytes.size == 0;
    pb_bytes_free(&bytes);
    look_for(4);
    interrupted_at = 1e300;
    return left ? NULL : "memory that MPI still reads has stayed with the caller";
}

static const char *receive_half(void)
{
    pb_bytes bytes = {0};
    wait_for_message(RANK_RESULT);
    interrupted_at = 0;
    if (ranks_receive(1, RANK_RESULT, &bytes) != PB_STATUS_CANCELLED)
        return "a message was received that is not there yet";
    const bool left = !bytes.data && bytes.size == 0;
    pb_bytes_free(&bytes);
    look_for(2);
    interrupted_at = 1e300;
    return left ? NULL : "memory that MPI still writes to has stayed with the caller";
}

static void be_other(void)
{
    pb_bytes bytes = {0};
    sleep(2); /* without receiving anything, on a slow machine too */
    wait_for_message(RANK_TASK);
    if (ranks_receive(0, RANK_TASK, &bytes) != PB_STATUS_OK || bytes.size != SIZE)
        ranks_abort(1);
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] != 7)
            ranks_abort(1);
    (void)ranks_send(0, RANK_RESULT, &bytes);
    pb_bytes_free(&bytes);
}

int main(int argc, char **argv)
{
    ranks_start(&argc, &argv);
    if (ranks_mine() == 1) {
        be_other();
    } else {
        const char *wrong = send_half();
        wrong = wrong ? wrong : receive_half();
        if (wrong) {
            fprintf(stderr, "FAILED: %s\n", wrong);
            ranks_abort(1);
        }
    }
    ranks_finish();
    return 0;
}
