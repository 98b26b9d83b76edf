/* Parts that the bank was made of. */
#include <string.h>
#include <sys/stat.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "base/threads.h"
#include "io/file.h"

static int64_t find_reference(const pb_bank *bank, const char *sha256)
{
    for (int64_t i = 0; *sha256 && i < bank->n_references; i++)
        if (bank->references[i].decision == PB_DECISION_KEEP && strcmp(bank->references[i].sha256, sha256) == 0)
            return i;
    return -1;
}

typedef struct copies_job {
    const pb_bank *bank;
    const char *const *paths;
    int64_t *out;
} copies_job;

static pb_status look_at_one(void *context, int64_t i, int worker)
{
    (void)worker;
    const copies_job *job = context;
    struct stat info;
    char hex[65];
    job->out[i] = -1;
    if (stat(job->paths[i], &info) != 0 || !S_ISREG(info.st_mode))
        return PB_STATUS_OK; /* a pipe has been read, and is not read again */
    const pb_status status = pb_sha256_file(job->paths[i], hex);
    if (status == PB_STATUS_OK)
        job->out[i] = find_reference(job->bank, hex);
    return status == PB_STATUS_IO ? PB_STATUS_OK : status; /* that it cannot be read is said elsewhere */
}

pb_status pb_bank_find_copies(const pb_bank *bank, const char *const *paths, int64_t n, int64_t *out)
{
    copies_job job = {bank, paths, out};
    return pb_parallel_for(n, look_at_one, &job, NULL);
}
