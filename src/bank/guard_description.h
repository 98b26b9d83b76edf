/* The guard in the bank's description. */
#ifndef PB_BANK_GUARD_DESCRIPTION_H
#define PB_BANK_GUARD_DESCRIPTION_H

#include <jansson.h>

#include <purebank/guard.h>

#include "base/error.h"

/* NULL where jansson ran out of memory. */
json_t *pb_guard_to_json(const pb_guard *guard);

/* `name` stands for the file in messages. @return PB_STATUS_BAD_FORMAT for what no fit writes */
pb_status pb_guard_from_json(const json_t *object, const char *name, pb_guard *out);

#endif
