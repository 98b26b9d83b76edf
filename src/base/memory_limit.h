/* How much memory there is for this process. */
#ifndef PB_BASE_MEMORY_LIMIT_H
#define PB_BASE_MEMORY_LIMIT_H

#include <stdint.h>

/* The least of the machine's memory, the control group's limit and the process's own (ulimit -v), in bytes. */
int64_t pb_memory_limit(void);

/* This process is one of n of ours on the machine, which has its memory for all of them. */
void pb_memory_limit_share(int64_t n_processes);

#endif
