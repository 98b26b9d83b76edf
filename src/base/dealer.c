#include "base/dealer.h"

#include <math.h>

#include "base/memory.h"
#include "base/threads.h"

/* An item on its way: with a worker, then waiting for those before it, then kept. */
typedef struct ticket {
    pb_work_item item;
    int64_t group, number; /* of the group's items */
    pb_status status;
    pb_error *error; /* where status is not PB_STATUS_OK */
    pb_bytes result;
    struct ticket *next; /* of those that wait, by number */
} ticket;

typedef struct group_state {
    bool begun, exhausted;
    int64_t n_taken, n_kept, n_workers; /* items; workers that compute one now */
    ticket *waiting;
} group_state;

typedef struct worker_state {
    ticket *ticket; /* NULL: idle */
    int64_t group;  /* of its last item; -1: none yet */
    double share;
} worker_state;

struct pb_dealer {
    const pb_work *work;
    int64_t n_workers, n_busy, most_held, units_done;
    size_t held; /* bytes that wait */
    group_state *group;
    worker_state *worker;
};

pb_status pb_dealer_new(const pb_work *work, int64_t n_workers, int64_t most_held, pb_dealer **out)
{
    pb_dealer *dealer;
    PB_TRY(PB_NEW(dealer, 1));
    *dealer = (pb_dealer){.work = work, .n_workers = n_workers, .most_held = most_held, .units_done = work->units_done};
    pb_status status = PB_NEW(dealer->group, work->n_groups);
    if (status == PB_STATUS_OK)
        status = PB_NEW(dealer->worker, n_workers);
    for (int64_t i = 0; i < n_workers && status == PB_STATUS_OK; i++)
        dealer->worker[i].group = -1;
    if (status == PB_STATUS_OK)
        *out = dealer;
    else
        pb_dealer_free(dealer);
    return status;
}

static void free_ticket(ticket *old)
{
    if (!old)
        return;
    pb_bytes_free(&old->item.task);
    pb_bytes_free(&old->result);
    pb_free(old->error);
    pb_free(old);
}

void pb_dealer_free(pb_dealer *dealer)
{
    if (!dealer)
        return;
    for (int64_t g = 0; dealer->group && g < dealer->work->n_groups; g++)
        for (ticket *old = dealer->group[g].waiting, *next; old; old = next) {
            next = old->next;
            free_ticket(old);
        }
    for (int64_t i = 0; dealer->worker && i < dealer->n_workers; i++)
        free_ticket(dealer->worker[i].ticket);
    pb_free(dealer->group);
    pb_free(dealer->worker);
    pb_free(dealer);
}

/* ---- Which group? ------------------------------------------------------------------------------------------------- */

static double left_of(const pb_dealer *dealer, int64_t g)
{
    return dealer->group[g].exhausted ? 0 : dealer->work->left(dealer->work->context, g);
}

/* Where results wait for one that somebody still computes, more of them would only fill the memory. */
static bool may_deal(const pb_dealer *dealer, int64_t g)
{
    return !dealer->group[g].waiting || dealer->held <= (size_t)dealer->most_held;
}

/* -1: none. */
static int64_t choose_group(const pb_dealer *dealer, int64_t worker)
{
    const int64_t last = dealer->worker[worker].group;
    int64_t best = -1;
    double most = 0;
    if (last >= 0 && may_deal(dealer, last) && left_of(dealer, last) > 0)
        return last;
    for (int64_t g = 0; g < dealer->work->n_groups; g++) {
        const group_state *group = &dealer->group[g];
        const double left = left_of(dealer, g);
        if (left <= 0 || !may_deal(dealer, g))
            continue;
        if (dealer->n_workers == 1)
            return g;
        /* One that is not begun comes before all that are: joining others costs a load, and gains only at the end. */
        const double key = group->begun ? -(double)(group->n_workers + 1) / left : left;
        if (best < 0 || key > most) {
            best = g;
            most = key;
        }
    }
    return best;
}

/* ---- Dealing ------------------------------------------------------------------------------------------------------ */

static pb_status take_ticket(pb_dealer *dealer, int64_t g, ticket **out)
{
    const pb_work *work = dealer->work;
    group_state *group = &dealer->group[g];
    ticket *new;
    PB_TRY(PB_NEW(new, 1));
    const pb_status status = work->take(work->context, g, &new->item);
    if (status != PB_STATUS_OK || !new->item.name[0]) {
        group->exhausted = status == PB_STATUS_OK;
        free_ticket(new);
        *out = NULL;
        return status;
    }
    group->begun = true;
    new->group = g;
    new->number = group->n_taken++;
    *out = new;
    return PB_STATUS_OK;
}

pb_status pb_dealer_take(pb_dealer *dealer, int64_t worker, const pb_work_item **out)
{
    ticket *new = NULL;
    *out = NULL;
    for (int64_t g = choose_group(dealer, worker); g >= 0 && !new; g = new ? g : choose_group(dealer, worker))
        PB_TRY(take_ticket(dealer, g, &new));
    if (!new)
        return PB_STATUS_OK;
    dealer->worker[worker] = (worker_state){.ticket = new, .group = new->group};
    dealer->group[new->group].n_workers++;
    dealer->n_busy++;
    *out = &new->item;
    return PB_STATUS_OK;
}

static pb_status keep(pb_dealer *dealer, const ticket *done)
{
    const pb_work *work = dealer->work;
    if (done->status == PB_STATUS_OK) {
        PB_TRY(work->sink(work->context, &done->item.task, &done->result));
        dealer->units_done += done->item.units;
        return PB_STATUS_OK;
    }
    pb_error_restore(done->error);
    if (done->status == PB_STATUS_CANCELLED || !work->failed)
        return done->status;
    return work->failed(work->context, &done->item.task, done->status);
}

/* Those whose turn it is. */
static pb_status keep_waiting(pb_dealer *dealer, group_state *group)
{
    pb_status status = PB_STATUS_OK;
    while (group->waiting && status == PB_STATUS_OK &&
           (!dealer->work->ordered || group->waiting->number == group->n_kept)) {
        ticket *done = group->waiting;
        group->waiting = done->next;
        group->n_kept++;
        dealer->held -= done->result.size;
        status = keep(dealer, done);
        free_ticket(done);
    }
    return status;
}

pb_status pb_dealer_give_back(pb_dealer *dealer, int64_t worker, pb_status status, pb_bytes *result)
{
    ticket *done = dealer->worker[worker].ticket;
    group_state *group = &dealer->group[done->group];
    done->status = status;
    done->result = *result; /* first of all, as it goes with the ticket whatever fails from here on */
    *result = (pb_bytes){0};
    if (status != PB_STATUS_OK) {
        pb_error error;
        pb_error_save(&error);
        PB_TRY(PB_NEW(done->error, 1));
        *done->error = error;
    }
    dealer->worker[worker].ticket = NULL;
    dealer->n_busy--;
    group->n_workers--;
    dealer->held += done->result.size;
    ticket **place = &group->waiting;
    while (*place && (*place)->number < done->number)
        place = &(*place)->next;
    done->next = *place;
    *place = done;
    PB_TRY(keep_waiting(dealer, group));
    return pb_dealer_report(dealer);
}

bool pb_dealer_is_done(const pb_dealer *dealer)
{
    for (int64_t g = 0; g < dealer->work->n_groups; g++)
        if (dealer->group[g].waiting || left_of(dealer, g) > 0)
            return false;
    return dealer->n_busy == 0;
}

const pb_work_item *pb_dealer_item(const pb_dealer *dealer, int64_t worker)
{
    const ticket *held = dealer->worker[worker].ticket;
    return held ? &held->item : NULL;
}

void pb_dealer_note_share(pb_dealer *dealer, int64_t worker, double share)
{
    dealer->worker[worker].share = fmin(fmax(share, 0), 1);
}

pb_status pb_dealer_report(const pb_dealer *dealer)
{
    const pb_work *work = dealer->work;
    double running = 0;
    for (int64_t i = 0; i < dealer->n_workers; i++)
        if (dealer->worker[i].ticket)
            running += dealer->worker[i].share * (double)dealer->worker[i].ticket->item.units;
    const int64_t done = dealer->units_done + (int64_t)running;
    return pb_progress_report(work->progress, done < work->units ? done : work->units, work->units);
}
