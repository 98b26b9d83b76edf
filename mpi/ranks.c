#define _GNU_SOURCE
#include "ranks.h"

#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/memory_limit.h"
#include "base/threads.h"
#include "terminal.h"

/* MPI counts by int, and half a message should not have to be kept twice. */
static const size_t PIECE = (size_t)64 << 20;

static int mine, count = 1;

int ranks_mine(void)
{
    return mine;
}

int ranks_count(void)
{
    return count;
}

void ranks_start(int *argc, char ***argv)
{
    int provided;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &mine);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

double ranks_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* MPI itself waits by asking without a pause, which takes a core from those that compute. */
void ranks_pause(int *idle)
{
    enum { SPINS = 64, SHORT_PAUSES = 256 };
    const struct timespec pause = {.tv_nsec = *idle < SHORT_PAUSES ? 100 * 1000 : 1000 * 1000};
    if (*idle < SPINS)
        sched_yield();
    else
        nanosleep(&pause, NULL);
    *idle += *idle < SHORT_PAUSES;
}

/* ---- Messages ----------------------------------------------------------------------------------------------------- */

/* What has become of a piece. One that is under way was given up, as somebody asks this process to end; but MPI goes on with it whenever
 * it is called, and a send cannot be taken back: its memory is MPI's until the process is gone. */
typedef enum piece_state { PASSED, BROKEN, UNDER_WAY } piece_state;

static piece_state wait_for(MPI_Request *request)
{
    int done = 0, idle = 0;
    for (;;) {
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return BROKEN;
        if (done)
            return PASSED;
        if (cli_interrupted())
            return UNDER_WAY;
        ranks_pause(&idle);
    }
}

static piece_state send_piece(int to, int tag, const void *bytes, size_t size)
{
    MPI_Request request;
    /* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): wait_for() tests until it is done, or leaves it to MPI */
    if (MPI_Isend(bytes, (int)size, MPI_BYTE, to, tag, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
        return BROKEN;
    return wait_for(&request);
}

static piece_state receive_piece(int from, int tag, void *bytes, size_t size)
{
    MPI_Request request;
    /* as above */
    if (MPI_Irecv(bytes, (int)size, MPI_BYTE, from, tag, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
        return BROKEN;
    return wait_for(&request);
}
/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

static size_t piece_at(size_t at, size_t size)
{
    return size - at < PIECE ? size - at : PIECE;
}

bool ranks_send(int to, rank_message kind, pb_bytes *bytes)
{
    const size_t size = bytes ? bytes->size : 0;
    int64_t *header = pb_malloc(1, sizeof *header);
    if (!header)
        return false;
    *header = (int64_t)size;
    piece_state state = send_piece(to, (int)kind, header, sizeof *header);
    if (state != UNDER_WAY)
        pb_free(header);
    for (size_t at = 0; state == PASSED && at < size; at += PIECE)
        state = send_piece(to, RANK_PIECE, bytes->data + at, piece_at(at, size));
    if (state == UNDER_WAY && bytes)
        *bytes = (pb_bytes){0};
    return state == PASSED;
}

bool ranks_look(int *from, rank_message *kind)
{
    int found = 0;
    MPI_Status status;
    /* A piece is never first: messages of a rank keep their order, and pieces are received with what they belong to. */
    if (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &found, &status) != MPI_SUCCESS || !found)
        return false;
    *from = status.MPI_SOURCE;
    *kind = (rank_message)status.MPI_TAG;
    return true;
}

pb_status ranks_receive(int from, rank_message kind, pb_bytes *out)
{
    int64_t *header;
    void *room = NULL;
    PB_TRY(PB_NEW(header, 1));
    piece_state state = receive_piece(from, (int)kind, header, sizeof *header);
    const size_t size = state == PASSED ? (size_t)*header : 0;
    if (state != UNDER_WAY)
        pb_free(header);
    if (size > 0)
        PB_TRY(pb_bytes_extend(out, size, &room));
    for (size_t at = 0; state == PASSED && at < size; at += PIECE)
        state = receive_piece(from, RANK_PIECE, out->data + at, piece_at(at, size));
    if (state == PASSED)
        return PB_STATUS_OK;
    if (state == UNDER_WAY)
        *out = (pb_bytes){0};
    pb_bytes_free(out);
    return pb_fail(PB_STATUS_CANCELLED, "a message of rank %d did not arrive", from);
}

void ranks_say_leaving(void)
{
    static const int64_t size = 0;
    MPI_Send(&size, sizeof size, MPI_BYTE, 0, RANK_LEAVING, MPI_COMM_WORLD);
}

int ranks_take_leaving(void)
{
    int found = 0;
    int64_t size;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, RANK_LEAVING, MPI_COMM_WORLD, &found, &status) != MPI_SUCCESS || !found)
        return -1;
    MPI_Recv(&size, sizeof size, MPI_BYTE, status.MPI_SOURCE, RANK_LEAVING, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return status.MPI_SOURCE;
}

/* ---- Sharing a host ----------------------------------------------------------------------------------------------- */

typedef struct host_share {
    int n, at; /* ranks that may use the cores of this one, and its place among them */
} host_share;

static host_share share_cores(MPI_Comm host, int n, int at)
{
    host_share share = {1, 0};
    cpu_set_t own, common, *all;
    if (sched_getaffinity(0, sizeof own, &own) != 0)
        CPU_ZERO(&own);
    all = pb_calloc((size_t)n, sizeof *all);
    if (!all)
        return (host_share){n, at};
    MPI_Allgather(&own, sizeof own, MPI_BYTE, all, sizeof own, MPI_BYTE, host);
    for (int i = 0; i < n; i++) {
        CPU_AND(&common, &own, &all[i]);
        const bool meets = i != at && CPU_COUNT(&common) > 0;
        share.n += meets;
        share.at += meets && i < at;
    }
    pb_free(all);
    return share;
}

void ranks_share_host(void)
{
    MPI_Comm host;
    int n, at;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, mine, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &n);
    MPI_Comm_rank(host, &at);
    const host_share share = share_cores(host, n, at);
    MPI_Comm_free(&host);
    pb_memory_limit_share(n);
    const char *asked = getenv("PB_NUM_THREADS");
    if (asked && *asked)
        return;
    const int cores = pb_threads_get();
    const int threads = (share.at + 1) * cores / share.n - share.at * cores / share.n;
    pb_threads_set_default(threads > 1 ? threads : 1);
}

/* ---- The end ------------------------------------------------------------------------------------------------------ */

void ranks_abort(int exit_status)
{
    fflush(NULL);
    MPI_Abort(MPI_COMM_WORLD, exit_status);
    _exit(exit_status);
}

void ranks_finish(void)
{
    MPI_Finalize();
}
