/* A bank's description as JSON: everything but the descriptors. */
#ifndef PB_BANK_DESCRIPTION_H
#define PB_BANK_DESCRIPTION_H

#include <jansson.h>

#include <purebank/bank.h>

#include "base/error.h"

/* New reference; PB_STATUS_NO_MEMORY when jansson fails. */
pb_status pb_bank_describe(const pb_bank *bank, json_t **out);
/* Fills in the description's fields of an empty bank, which pb_bank_free() releases also after a failure. */
pb_status pb_bank_undescribe(const json_t *object, const char *name, pb_bank *bank);

#endif
