/* Folders of caches: making, cleaning, renaming, removing. */
#ifndef PB_CACHE_FOLDERS_H
#define PB_CACHE_FOLDERS_H

#include "cache/files.h"

/* Makes a folder, and those above it, unless it is there. */
pb_status pb_cache_make_folder(const char *path);
/* Refuses a link, and a folder with anything in it that a run has not made: nothing of it may be written or removed. One that is
 * not there is fine. */
pb_status pb_cache_check_own(const char *folder);
/* Refuses a link. */
pb_status pb_cache_check_no_link(const char *folder);
/* Removes what a run writes and a finished cache does not have: logs, job.json, what a killed writer left. */
pb_status pb_cache_clean(const char *folder);
pb_status pb_cache_rename(const char *from, const char *to);
/* Renames in it reach the disk. */
pb_status pb_cache_sync_folder(const char *folder);
/* Removes a folder of work with the files that a run makes; one that is not there is fine. */
pb_status pb_cache_remove_folder(const char *folder);
/* Removes a replaced cache: its own files, and the folder unless somebody else's files are in it. */
pb_status pb_cache_retire(const char *folder);

#endif
