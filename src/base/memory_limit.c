#include "base/memory_limit.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/parse.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Control groups, version 2 and version 1; INT64_MAX where there is no limit. */
static int64_t read_limit(const char *path)
{
    char text[64] = "";
    int64_t value = INT64_MAX;
    FILE *file = fopen(path, "re");
    if (!file)
        return INT64_MAX;
    const size_t n = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[n] = '\0';
    (void)pb_item_integer((pb_item){text, strcspn(text, "\n")}, 1, INT64_MAX, &value); /* else it says "max" */
    return value;
}

static int64_t n_sharing = 1;

void pb_memory_limit_share(int64_t n_processes)
{
    n_sharing = n_processes > 1 ? n_processes : 1;
}

int64_t pb_memory_limit(void)
{
    struct rlimit limit;
    int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    bytes = smaller(bytes, read_limit("/sys/fs/cgroup/memory.max"));
    bytes = smaller(bytes, read_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    bytes /= n_sharing;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        bytes = smaller(bytes, (int64_t)limit.rlim_cur);
    return bytes;
}
