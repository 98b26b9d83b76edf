/* Changes of a bank, in its description; and the patches that a person took out. */
#ifndef PB_BANK_HISTORY_H
#define PB_BANK_HISTORY_H

#include <jansson.h>

#include "bank/bank.h"
#include "base/error.h"

/* A copy; pb_change_clear() also after a failure. */
pb_status pb_change_copy(const pb_bank_change *change, pb_bank_change *out);
void pb_change_clear(pb_bank_change *change);
/* NULL where jansson ran out of memory. */
json_t *pb_history_to_json(const pb_bank *bank);
/* Banks of purebank 0.1, and those that nobody changed, have none. */
pb_status pb_history_from_json(const json_t *description, const char *name, pb_bank *bank);

/* Numbers of the patches of one reference that are out; NULL where jansson ran out of memory. */
json_t *pb_excluded_to_json(const pb_bank *bank, int64_t reference);
/* Of all references, once origin and references are known. @param references their array in the description */
pb_status pb_excluded_from_json(const json_t *references, const char *name, pb_bank *bank);

#endif
