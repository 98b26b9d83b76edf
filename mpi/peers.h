/* What rank 0 knows about the others. */
#ifndef PB_MPI_PEERS_H
#define PB_MPI_PEERS_H

#include "base/dealer.h"
#include "ranks.h"

enum { PEER_HOST_BYTES = 80, PEER_SAID_BYTES = 2048 };

typedef enum peer_state {
    PEER_STARTING, /* opens its files */
    PEER_READY,    /* computes, or waits for work */
    PEER_STOPPED,  /* of this work */
    PEER_ENDED     /* its program is through */
} peer_state;

typedef struct peer {
    peer_state state;
    char host[PEER_HOST_BYTES];
    double heard; /* ranks_seconds() of its last message */
    bool leaves;  /* somebody asked it to end */
    int exit_status;
    char said[PEER_SAID_BYTES]; /* what it would have printed on an error */
} peer;

/* One for each rank; [0] stays unused. For the whole program. */
peer *peers(void);

/* "rank 3 on node7"; static buffer. */
const char *peer_name(int rank);

/* Seconds without a word from a rank after which it counts as lost; PB_MPI_LOST_AFTER, else 60. */
double peers_lost_after(void);

/* What a message of the kinds HELLO, STOPPED, LEAVING and END says about its sender.
 * @param same what this rank has (pb_work.same); NULL: nothing to compare, as no work is at hand
 * @return PB_STATUS_MISMATCH where the other has something else */
pb_status peers_note(int from, rank_message kind, const pb_bytes *bytes, const char *same);

/* Rank 0 was asked to end, or others were: says who does not answer any more, or who leaves alone, and what it computed.
 * @param dealer what they compute; NULL: nothing
 * @return whether there is such a rank */
bool peers_say_who_is_lost(const pb_dealer *dealer);

/* Ends the job where a rank that computes has been silent for too long.
 * @param dealer what it computes */
void peers_check_silence(const pb_dealer *dealer);
/* Rank 0 itself has not listened for a while. */
void peers_excuse(double seconds);

#endif
