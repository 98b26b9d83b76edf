/* What is weak about a bank, in sentences. */
#ifndef PB_STATION_FINDINGS_H
#define PB_STATION_FINDINGS_H

#include <stddef.h>

#include <purebank/bank.h>

void station_finding_text(const pb_bank_finding *finding, char *out, size_t size);

#endif
