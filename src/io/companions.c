#include "io/companions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* An old file that waits beside its place for what becomes of the new one. */
typedef struct old_file {
    const char *place; /* borrowed, or `own` */
    char *own;
    char *aside; /* NULL: there was none */
    bool is_new; /* a new file stands in its place */
} old_file;

typedef struct exchange {
    old_file file;
    bool file_existed;
    old_file companion[PB_MAX_COMPANIONS];
    int n;
} exchange;

static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static pb_status fail_moving(const char *path)
{
    return pb_fail(PB_STATUS_OUTPUT, "cannot replace %s: %s", path, strerror(errno));
}

/* Moves an old companion out of the way. */
static pb_status put_aside(old_file *old)
{
    if (!exists(old->place))
        return PB_STATUS_OK;
    PB_TRY(pb_file_temporary_name(old->place, &old->aside));
    if (rename(old->place, old->aside) == 0)
        return PB_STATUS_OK;
    const pb_status status = fail_moving(old->place);
    pb_free(old->aside);
    old->aside = NULL;
    return status;
}

/* A second name for the old file, under which it survives the rename over its first. Not every file system has such: then the
 * old file cannot come back, and the new one stays without companions. */
static pb_status name_twice(old_file *old)
{
    PB_TRY(pb_file_temporary_name(old->place, &old->aside));
    if (link(old->place, old->aside) == 0)
        return PB_STATUS_OK;
    pb_free(old->aside);
    old->aside = NULL;
    return PB_STATUS_OK;
}

/* Where an old file cannot go back it goes on waiting beside its place: better litter than a loss. */
static void put_back(old_file *old)
{
    if (old->aside && rename(old->aside, old->place) != 0) {
        pb_free(old->aside);
        old->aside = NULL;
    }
}

/* As before: the new companions leave, the file comes back, the old companions come back. */
static void take_back(exchange *all)
{
    pb_error error;
    bool file_is_old = !all->file.is_new;
    pb_error_save(&error);
    for (int i = 0; i < all->n; i++)
        if (all->companion[i].is_new)
            (void)unlink(all->companion[i].place);
    if (all->file.is_new && all->file.aside) {
        put_back(&all->file);
        file_is_old = all->file.aside != NULL;
    } else if (all->file.is_new && !all->file_existed) {
        file_is_old = unlink(all->file.place) == 0;
    }
    for (int i = 0; file_is_old && i < all->n; i++)
        put_back(&all->companion[i]);
    pb_error_restore(&error);
}

/* What waited is of no use any more; what has been moved back is not there, which is fine. */
static void forget(old_file *old)
{
    if (old->aside)
        (void)unlink(old->aside);
    pb_free(old->aside);
    pb_free(old->own);
    *old = (old_file){.aside = NULL};
}

/* Takes the writer. */
static pb_status put_in_place(pb_writer *writer, old_file *old)
{
    return pb_writer_replace(writer, &old->is_new);
}

static pb_status sync_all(pb_writer *file, const pb_companion *companion, int n)
{
    PB_TRY(pb_writer_sync(file));
    for (int i = 0; i < n; i++)
        if (companion[i].writer)
            PB_TRY(pb_writer_sync(companion[i].writer));
    return PB_STATUS_OK;
}

static pb_status find_places(const pb_writer *file, const pb_companion *companion, int n, exchange *all)
{
    all->n = n;
    for (int i = 0; i < n; i++)
        all->companion[i].place = companion[i].path;
    PB_TRY(PB_NEW_STRING(all->file.own, pb_writer_target(file)));
    all->file.place = all->file.own;
    all->file_existed = exists(all->file.place);
    for (int i = 0; i < n; i++) {
        if (!companion[i].writer || !pb_writer_target(companion[i].writer))
            continue;
        PB_TRY(PB_NEW_STRING(all->companion[i].own, pb_writer_target(companion[i].writer)));
        all->companion[i].place = all->companion[i].own;
    }
    return PB_STATUS_OK;
}

/* Sets the writers to NULL that it has taken. */
static pb_status exchange_all(pb_writer **file, pb_writer **writer, const pb_companion *companion, exchange *all)
{
    pb_writer *taken = *file;
    PB_TRY(find_places(taken, companion, all->n, all));
    if (all->file_existed)
        PB_TRY(name_twice(&all->file));
    for (int i = 0; i < all->n; i++)
        PB_TRY(put_aside(&all->companion[i]));
    *file = NULL;
    PB_TRY(put_in_place(taken, &all->file));
    for (int i = 0; i < all->n; i++) {
        taken = writer[i];
        writer[i] = NULL;
        if (taken)
            PB_TRY(put_in_place(taken, &all->companion[i]));
    }
    return PB_STATUS_OK;
}

pb_status pb_writer_commit_together(pb_writer *file, const pb_companion *companion, int n)
{
    pb_writer *writer[PB_MAX_COMPANIONS] = {NULL};
    exchange all = {.n = n};
    PB_ASSERT(n <= PB_MAX_COMPANIONS);
    for (int i = 0; i < n; i++)
        writer[i] = companion[i].writer;
    pb_status status = sync_all(file, companion, n);
    if (status == PB_STATUS_OK && !pb_writer_target(file))
        status = pb_fail(PB_STATUS_OUTPUT, "files that belong together cannot go to a pipe or a device");
    if (status == PB_STATUS_OK)
        status = exchange_all(&file, writer, companion, &all);
    if (status != PB_STATUS_OK)
        take_back(&all);
    pb_writer_abort(file);
    forget(&all.file);
    for (int i = 0; i < n; i++) {
        pb_writer_abort(writer[i]);
        forget(&all.companion[i]);
    }
    return status;
}
