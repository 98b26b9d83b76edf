/* A file and its companions, which say something about it: all of them change, or none. */
#ifndef PB_IO_COMPANIONS_H
#define PB_IO_COMPANIONS_H

#include "io/file.h"

typedef struct pb_companion {
    const char *path;  /* beside the file */
    pb_writer *writer; /* NULL: of the new file there is no such companion, so that an old one goes */
} pb_companion;

enum { PB_MAX_COMPANIONS = 4 };

/* Commits `file` and the writers of its n companions, and frees them, whatever happens. After a failure all files are as they
 * were. The old companions leave before the file changes and the new ones come after it: whoever looks in between, or after
 * a crash in between, finds a file of which nothing is said, and never one of which something false is. */
pb_status pb_writer_commit_together(pb_writer *file, const pb_companion *companion, int n);

#endif
