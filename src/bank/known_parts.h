/* What a person knows about parts, in the bank's description. */
#ifndef PB_BANK_KNOWN_PARTS_H
#define PB_BANK_KNOWN_PARTS_H

#include <jansson.h>

#include "bank/bank.h"
#include "base/error.h"

/* {"fitted_threshold", "parts"}; NULL where jansson ran out of memory. */
json_t *pb_known_parts_to_json(const pb_bank *bank);

/* Banks that were never calibrated, as those of purebank 0.1, have none: then the threshold is the fitted one. */
pb_status pb_known_parts_from_json(const json_t *description, const char *name, pb_bank *bank);

/* The threshold on its own, for the description as well. */
json_t *pb_threshold_to_json(const pb_threshold *threshold);
pb_status pb_threshold_from_json(const json_t *description, const char *key, const char *name, pb_threshold *out);

#endif
