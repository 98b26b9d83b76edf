/* Files: whole-file reads, read-only maps, and the one way to write: temporary file, fsync, rename. */
#ifndef PB_IO_FILE_H
#define PB_IO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* "cannot <verb> <path>: <what errno says>"; PB_STATUS_NO_MEMORY where that is a shortage, else `status`. */
pb_status pb_file_fail(pb_status status, const char *verb, const char *path);

/* A read-only memory map of a regular file; an empty file maps to bytes == NULL, size == 0. */
typedef struct pb_file_map {
    const uint8_t *bytes;
    size_t size;
} pb_file_map;

pb_status pb_file_map_open(const char *path, pb_file_map *out);
void pb_file_map_close(pb_file_map *map);
/* Gives the memory of a part of a map back to the system; reading it again reads the file again. */
void pb_file_forget_pages(const void *bytes, size_t size);

/* Reads a whole regular file of at most max_bytes; free *out with pb_free(). The buffer carries one extra NUL byte. */
pb_status pb_file_read(const char *path, size_t max_bytes, uint8_t **out, size_t *out_size);
/* The same for what a person has named, which may be a pipe: then it waits for the writer. Never for what is only found in a
 * folder. */
pb_status pb_file_read_stream(const char *path, size_t max_bytes, uint8_t **out, size_t *out_size);

/* An output file under construction. Until pb_writer_commit() the target is untouched; pb_writer_abort() (or
 * a crash) leaves it as it was. The temporary file stands in the same folder. */
typedef struct pb_writer pb_writer;

pb_status pb_writer_open(const char *path, pb_writer **out);
/* Writes to an open descriptor, which stays open; nothing can be taken back. `name` stands in messages. */
pb_status pb_writer_open_descriptor(int fd, const char *name, pb_writer **out);
pb_status pb_writer_write(pb_writer *writer, const void *bytes, size_t size);
pb_status pb_writer_printf(pb_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Everything written so far reaches the disk, the target is still untouched: lets several files be written in full
 * before the first of them is committed. */
pb_status pb_writer_sync(pb_writer *writer);
/* From here on what is written is hashed too; pb_writer_sha256() tells the SHA-256 of that, once. */
pb_status pb_writer_hash(pb_writer *writer);
pb_status pb_writer_sha256(pb_writer *writer, char hex[65]);
/* fsync, rename, fsync of the folder; frees the writer whatever happens. */
pb_status pb_writer_commit(pb_writer *writer);
/* The same; *replaced tells, after a failure too, whether the new file stands at the target. */
pb_status pb_writer_replace(pb_writer *writer, bool *replaced);
/* The file that will be replaced, links followed; NULL for a pipe or a device. */
const char *pb_writer_target(const pb_writer *writer);
/* Removes the temporary file and frees the writer; accepts NULL; keeps this thread's error message. */
void pb_writer_abort(pb_writer *writer);

/* Removes the temporary files of all writers, which are of no use afterwards: for a signal handler that ends the program.
 * Async-signal-safe. */
void pb_writer_remove_unfinished(void);

/* *out = a name in the folder of `path` that no file has, as those of temporary files; free with pb_free(). */
pb_status pb_file_temporary_name(const char *path, char **out);
/* Is `name` one that a temporary file for the target `name_of` (both without folder) has had? */
bool pb_file_is_temporary_of(const char *name, const char *name_of);

/* The entries of a folder reach the disk. */
pb_status pb_folder_sync(const char *path);

/* open + write + commit. */
pb_status pb_file_write(const char *path, const void *bytes, size_t size);

/* SHA-256 in hex of a regular file, or of bytes. */
pb_status pb_sha256_file(const char *path, char hex[65]);
pb_status pb_sha256_bytes(const void *bytes, size_t size, char hex[65]);
/* ... or of n pieces, one after another. */
pb_status pb_sha256_pieces(const void *const *pieces, const size_t *sizes, int n, char hex[65]);
/* ... or of pieces as they come: begin, add any number of times, end; free in any case, which accepts NULL. */
typedef struct evp_md_ctx_st pb_sha256;
pb_status pb_sha256_begin(pb_sha256 **out);
pb_status pb_sha256_add(pb_sha256 *hash, const void *bytes, size_t size);
pb_status pb_sha256_end(pb_sha256 *hash, char hex[65]);
void pb_sha256_free(pb_sha256 *hash);

#endif
