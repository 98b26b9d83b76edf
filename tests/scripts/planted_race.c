/* Work items that write one counter without a lock: the thread sanitizer must say so (see CMakeLists.txt). */
#include <stdio.h>
#include <time.h>

#include "base/threads.h"

static int64_t counter;

static pb_status race(void *context, int64_t i, int worker)
{
    const struct timespec wait = {0, 10000};
    (void)context;
    (void)i;
    (void)worker;
    counter++;
    nanosleep(&wait, NULL); /* long enough for every thread to get items */
    return PB_STATUS_OK;
}

int main(void)
{
    if (pb_threads_set(4) != PB_STATUS_OK || pb_parallel_for(1000, race, NULL, NULL) != PB_STATUS_OK)
        return 2;
    printf("%d\n", (int)counter);
    return 0;
}
