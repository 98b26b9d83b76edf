/* Who gets which item of the work, and what becomes of results: the same for one worker and for a thousand, wherever they are. */
#ifndef PB_BASE_DEALER_H
#define PB_BASE_DEALER_H

#include "base/work_items.h"

typedef struct pb_dealer pb_dealer;

/* @param work      borrowed
 * @param n_workers 1: groups are worked on in their order; else the largest first
 * @param most_held bytes of results that may wait for those before them: then no more items of such groups are dealt */
pb_status pb_dealer_new(const pb_work *work, int64_t n_workers, int64_t most_held, pb_dealer **out);
void pb_dealer_free(pb_dealer *dealer);

/* The next item for a worker that has none: of the group that it computed last, else of the largest that nobody has begun, else of the
 * one with most left for each of those that work on it. NULL: none now; pb_dealer_is_done() tells whether ever.
 * Borrowed, until pb_dealer_give_back(). */
pb_status pb_dealer_take(pb_dealer *dealer, int64_t worker, const pb_work_item **out);

/* What a worker made of its item.
 * @param status of compute(); this thread's message belongs to it
 * @param result moved away from there
 * @return what ends the work: a failure that is not excused, or one of the sink */
pb_status pb_dealer_give_back(pb_dealer *dealer, int64_t worker, pb_status status, pb_bytes *result);

/* Every item is dealt and kept. */
bool pb_dealer_is_done(const pb_dealer *dealer);

/* What the worker has been given and not given back; NULL: nothing. */
const pb_work_item *pb_dealer_item(const pb_dealer *dealer, int64_t worker);

/* How far the worker is with its item, and how far all are. */
void pb_dealer_note_share(pb_dealer *dealer, int64_t worker, double share);
pb_status pb_dealer_report(const pb_dealer *dealer);

#endif
