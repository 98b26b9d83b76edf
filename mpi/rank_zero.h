/* What the other ranks know of rank 0, to be said when it dies: then nobody else is left to say anything. */
#ifndef PB_MPI_RANK_ZERO_H
#define PB_MPI_RANK_ZERO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/work_items.h"
#include "peers.h"

enum { RANK_PLACE_BYTES = 128 };

typedef struct rank_zero {
    char host[PEER_HOST_BYTES];
    char place[RANK_PLACE_BYTES];  /* rank_zero_place() there */
    int64_t process;               /* there; 0: not known */
    char item[PB_WORK_NAME_BYTES]; /* what it said to compute itself; "": nothing */
} rank_zero;

/* Where the number of this process means something: this boot of this machine, and this namespace of processes. Names of hosts do
 * not tell, as machines and containers may share one. "": not known. Static. */
const char *rank_zero_place(void);

pb_status rank_zero_note_item(rank_zero *zero, const pb_bytes *message);

/* Only ranks of its place know; the others would have to guess, as it may just be late. */
bool rank_zero_has_died(const rank_zero *zero);

/* @param item what this rank computes, or is through with; "": nothing yet */
void rank_zero_say_lost(const rank_zero *zero, const char *item, bool is_through, const char *host);

#endif
