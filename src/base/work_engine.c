#include "base/work_engine.h"

#include "base/dealer.h"

static pb_work_engine engine; /* zeroed: this process */

void pb_work_set_engine(const pb_work_engine *new_engine)
{
    engine = new_engine ? *new_engine : (pb_work_engine){0};
}

bool pb_work_is_remote(void)
{
    return engine.is_remote;
}

int64_t pb_work_processes(void)
{
    return engine.run ? engine.n_processes : 1;
}

static int note_share(void *context, int64_t done, int64_t total)
{
    pb_dealer *dealer = context;
    pb_dealer_note_share(dealer, 0, total > 0 ? (double)done / (double)total : 0);
    return pb_dealer_report(dealer) == PB_STATUS_OK ? 0 : 1;
}

/* Items are one process's in turn; threads are inside them. */
static pb_status run_here(const pb_work *work)
{
    pb_dealer *dealer;
    PB_TRY(pb_dealer_new(work, 1, 0, &dealer));
    const pb_progress progress = {note_share, dealer};
    const pb_work_item *item;
    pb_status status = pb_dealer_take(dealer, 0, &item);
    while (item && status == PB_STATUS_OK) {
        pb_bytes result = {0};
        status = work->compute(work->context, &item->task, work->progress ? &progress : NULL, &result);
        status = pb_dealer_give_back(dealer, 0, status, &result);
        if (status == PB_STATUS_OK)
            status = pb_dealer_take(dealer, 0, &item);
    }
    pb_dealer_free(dealer);
    return status;
}

pb_status pb_work_run(const pb_work *work)
{
    return engine.run ? engine.run(engine.state, work) : run_here(work);
}
