/* The search in all rows of a bank. */
#ifndef PB_BANK_SEARCH_H
#define PB_BANK_SEARCH_H

#include "bank/bank.h"
#include "base/error.h"

/* Out of the bank's file, or made: whoever comes first does it, and the others wait. Borrowed. */
pb_status pb_bank_index(const pb_bank *bank, const pb_index **out);

#endif
