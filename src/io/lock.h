/* One writer a folder: a lock that the system takes back when the process ends, however it ends. */
#ifndef PB_IO_LOCK_H
#define PB_IO_LOCK_H

#include "base/error.h"

/* Locks the file folder/name, which stays; *fd is to be given to pb_lock_release().
 * @return PB_STATUS_OUTPUT where another process holds it for more than two seconds, naming that */
pb_status pb_lock_take(const char *folder, const char *name, int *fd);
/* Accepts -1. */
void pb_lock_release(int fd);

#endif
