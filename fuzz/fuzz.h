/* What every libFuzzer target shares. */
#ifndef PB_FUZZ_FUZZ_H
#define PB_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <purebank/purebank.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A broken promise of the library is a crash for the fuzzer. */
#define FUZZ_CHECK(condition) PB_ASSERT(condition)

/* For the end of every run: an error has a message, and nothing is leaked. */
static inline void fuzz_check_end(pb_status status) {
    FUZZ_CHECK(status == PB_STATUS_OK || pb_error_message()[0] != '\0');
    FUZZ_CHECK(status != PB_STATUS_INTERNAL);
    FUZZ_CHECK(pb_memory_live_bytes() == 0);
}

#endif
