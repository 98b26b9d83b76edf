/** @file runtime.h
 *  @brief Version, threads, memory and progress: what a program sets or watches while the library works. No pointer in this header may be
 *  NULL unless it says so. */
#ifndef PUREBANK_RUNTIME_H
#define PUREBANK_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include <purebank/status.h>

PB_BEGIN_DECLS

/** The version of these headers, which the build reads from here. While the major version is 0, a new minor version may change
 *  anything, and the shared library is called after it (libpurebank.so.0.2); a new patch version only adds. */
#define PB_VERSION_MAJOR 0
#define PB_VERSION_MINOR 2
#define PB_VERSION_PATCH 0
#define PB_VERSION_NUMBER (PB_VERSION_MAJOR * 10000 + PB_VERSION_MINOR * 100 + PB_VERSION_PATCH)

/** Version of the linked library: "major.minor.patch", and as PB_VERSION_NUMBER. */
PB_API const char *pb_version(void);
PB_API int pb_version_number(void);

/** Sets the number of threads used by all later calls; 0 restores the default. Results do not depend on it.
 *  @param n_threads 0..1024
 *  @return PB_STATUS_BAD_ARGUMENT outside that range. */
PB_API pb_status pb_threads_set(int n_threads);

/** Threads in use: the value set, else PB_NUM_THREADS, else the cores this process may use (CPU affinity and
 *  cgroup quota respected). Always >= 1. */
PB_API int pb_threads_get(void);

/** Bytes the library holds now, and the most it has held; mapped files do not count. */
PB_API size_t pb_memory_live_bytes(void);
PB_API size_t pb_memory_peak_bytes(void);

/** Frees a buffer that the library handed out: pixels, masks, texts, encoded files, points of a curve. Every header that hands
 *  one out refers to this function; handles and structs have free functions of their own. Accepts NULL. */
PB_API void pb_buffer_free(void *buffer);

/** A caller's view of long work. `report` is called from the thread that called the library, with the work
 *  done so far and its total in one unit; returning non-zero cancels: the call then fails with
 *  PB_STATUS_CANCELLED and leaves no output. A NULL pointer to pb_progress means "no reports". */
typedef struct pb_progress {
    int (*report)(void *context, int64_t done, int64_t total);
    void *context;
} pb_progress;

/** Asked whether to stop; non-zero: yes. */
typedef int (*pb_cancel_fn)(void *context);

/** Lets every long call be ended, those without a pb_progress too: from now on `cancel` is asked between the pieces of the work that
 *  the calling thread has the library do, in this thread, up to some ten thousand times a second. Once it says yes, the call fails
 *  with PB_STATUS_CANCELLED and leaves no output. Other threads are asked what they have set themselves.
 *  @param cancel  NULL: nobody is asked, as in the beginning; it must not call the library
 *  @param context handed to `cancel` */
PB_API void pb_cancel_set(pb_cancel_fn cancel, void *context);

/** Seeds run from 0 to this: those of NumPy's RandomState, with room for what draws add to them (up to 7000). */
#define PB_SEED_MAX INT64_C(4294960000)

PB_END_DECLS

#endif
