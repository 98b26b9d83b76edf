/* Decisions from memory: what pb_decisions_load() and pb_decisions_recall() do once the file is read. */
#ifndef PB_BANK_DECISIONS_H
#define PB_BANK_DECISIONS_H

#include <purebank/bank.h>

#include "base/error.h"

/* Of decisions.json; pages/decisions_text.h shows the whole of it. */
#define PB_DECISIONS_FORMAT "purebank-decisions"
#define PB_DECISIONS_VERSION 1

/* `file` stands for the path in messages; the rest as in pb_decisions_load() and pb_decisions_recall(). */
pb_status pb_decisions_parse(const char *text, size_t size, const char *file, const char *const *paths,
                             const char *const *sha256, int64_t n, pb_decision *out);
pb_status pb_recall_parse(const char *text, size_t size, const char *file, const char *const *paths,
                          const char *const *sha256, int64_t n, pb_recall *out);

#endif
