/* What makes a bank of many rows ready soon: checksums of its rows that are verified in parallel, in place of one long SHA-256, and
 * its index, made before. Written with banks of at least PB_BANK_MANY_ROWS rows. */
#ifndef PB_BANK_PREPARED_H
#define PB_BANK_PREPARED_H

#include "bank/bank.h"
#include "search/stored.h"

enum { PB_BANK_MANY_ROWS = 50000, PB_BANK_PREPARED_TENSORS = PB_STORED_TENSORS + 1 };

typedef struct pb_bank_prepared {
    uint64_t *checksums; /* of some rows each */
    pb_stored index;     /* without tensors where it is not worth keeping */
    char digest
        [65]; /* SHA-256 of all that the file holds besides the rows and the index's tensors, the checksums included */
    pb_tensor tensors[PB_BANK_PREPARED_TENSORS];
    int n_tensors;
} pb_bank_prepared;

/* What is to be written with the bank; valid as long as the bank. @param index of its rows */
pb_status pb_bank_prepared_of(const pb_bank *bank, const pb_index *index, const char *description,
                              pb_bank_prepared *out);
void pb_bank_prepared_clear(pb_bank_prepared *prepared);

/* Does the file have it? Then the rows are as they were written, and finite; or PB_STATUS_BAD_FORMAT.
 * @param out false: nothing was verified */
pb_status pb_bank_prepared_verify(const pb_bank *bank, const char *path, const char *description, bool *out);

/* The index of the file, or NULL: there is none, or it is damaged, or not one for this CPU, or the rows are no longer the file's. */
pb_status pb_bank_prepared_index(const pb_bank *bank, pb_index **out);

/* Keys of the metadata. */
#define PB_BANK_PREPARED_DIGEST "sha256_of_checksums"
#define PB_BANK_PREPARED_INDEX "index"

#endif
