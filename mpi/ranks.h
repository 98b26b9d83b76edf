/* The ranks of this job: who they are, and messages between them. Only the main thread may call these. */
#ifndef PB_MPI_RANKS_H
#define PB_MPI_RANKS_H

#include <stdbool.h>

#include "base/bytes.h"

typedef enum rank_message {
    RANK_HELLO = 1, /* to 0: this rank is ready for work; what it has (pb_work.same) */
    RANK_TASK,      /* from 0: what rank_zero has of it, the item's name, and the task */
    RANK_RESULT,    /* to 0: status, then the result or the error */
    RANK_ALIVE, /* both ways: still here; to 0 with the share of the item that is done, from 0 at times with the name of its own */
    RANK_STOP,    /* from 0: no more work */
    RANK_STOPPED, /* to 0: the answer */
    RANK_LEAVING, /* to 0: somebody asked this rank to end */
    RANK_END,     /* to 0: the program is through; its exit status and what it would have said */
    RANK_PIECE    /* what is longer than a message may be */
} rank_message;

int ranks_mine(void);
int ranks_count(void);

/* Begins; rank 0 alone speaks to people. */
void ranks_start(int *argc, char ***argv);

/* Sends a message. Where somebody asks this process to end meanwhile, or the connection is broken, false; in the first case MPI may
 * still be reading, and *bytes is empty: the memory was left to it.
 * @param bytes NULL: nothing but the kind */
bool ranks_send(int to, rank_message kind, pb_bytes *bytes);
/* Is there a message? From whom and of what kind. */
bool ranks_look(int *from, rank_message *kind);
/* Receives what ranks_look() found. @return PB_STATUS_CANCELLED where ranks_send() says false; *out is then empty, too */
pb_status ranks_receive(int from, rank_message kind, pb_bytes *out);

/* Tells rank 0, though this process was asked to end. */
void ranks_say_leaving(void);
/* Takes a RANK_LEAVING, whatever else is there and whoever asked this process to end; -1: none. */
int ranks_take_leaving(void);

/* The CPU cores and the memory of a host are shared by the ranks on it: sets how many threads this one has, and what memory it
 * may take, unless the caller does. */
void ranks_share_host(void);

/* Ends all ranks at once, without waiting for any. */
_Noreturn void ranks_abort(int exit_status);
/* All are through. */
void ranks_finish(void);

/* Lets time pass while nothing comes; `idle` counts how often that has been, and is zeroed by whoever had something to do. */
void ranks_pause(int *idle);
double ranks_seconds(void);

#endif
