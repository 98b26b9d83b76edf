/* The way back from pb_bank_describe(). */
#ifndef PB_BANK_DESCRIPTION_H
#define PB_BANK_DESCRIPTION_H

#include <jansson.h>

#include <purebank/bank.h>

#include "base/error.h"

/* Fills in the description's fields of an empty bank, which pb_bank_free() releases also after a failure. */
pb_status pb_bank_undescribe(const json_t *object, const char *name, pb_bank *bank);

#endif
