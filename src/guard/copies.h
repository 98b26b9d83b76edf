/* Photos that lie, or are lit, as an altered copy of a reference is. */
#ifndef PB_GUARD_COPIES_H
#define PB_GUARD_COPIES_H

#include <purebank/augment.h>
#include <purebank/guard.h>

/* pb_guard_judge(); one that is refused is judged once more as each copy, and is usable where a copy is (method.md#guard).
 * @param augment all zero: there are no copies */
void pb_guard_judge_as_copies(const pb_guard *guard, const pb_augment *augment, const pb_photo *photo,
                              pb_guard_verdict *out);

#endif
