/* How a detector reports: pb_fail() writes the message, callers only pass the status on with PB_TRY(). */
#ifndef PB_BASE_ERROR_H
#define PB_BASE_ERROR_H

#include <stdlib.h> /* abort() */

#include <purebank/status.h>

#ifdef __FINITE_MATH_ONLY__
#if __FINITE_MATH_ONLY__
#error "purebank relies on NaN checks and exact comparisons: do not build with -ffast-math"
#endif
#endif

enum { PB_ERROR_MESSAGE_BYTES = 1024 };

/* Sets this thread's message and returns `status`. A hint of the last message is kept where the new one quotes it
 * ("%s: %s", path, pb_error_message()) and forgotten otherwise. Control characters and invalid UTF-8 in the result become '?', so that a
 * file name with a newline or an escape code in it breaks neither the line nor the terminal. */
pb_status pb_fail(pb_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__
/* The analyzer sees one file at a time: without this it follows paths on which pb_fail() returns PB_STATUS_OK. */
#define pb_fail(status, ...) (pb_fail(status, __VA_ARGS__), (status))
#endif

/* After pb_fail(): adds what the caller may do about it. Returns `status`, so that
 *     return pb_suggest(pb_fail(PB_STATUS_LIMIT, "..."), PB_HINT_MEMORY, NULL);
 * does both. `about` may be NULL, for
 * "", which stands for a text that is too long, too. */
pb_status pb_suggest(pb_status status, pb_hint hint, const char *about);

/* All of what a thread says about its last failure: to hand it to another thread, or to keep it over calls that may fail. */
typedef struct pb_error {
    char message[PB_ERROR_MESSAGE_BYTES];
    pb_hint hint;
    char about[PB_ERROR_MESSAGE_BYTES];
} pb_error;

void pb_error_save(pb_error *out);
void pb_error_restore(const pb_error *error);

#define PB_TRY(expression)                                                                                             \
    do {                                                                                                               \
        const pb_status pb_try_status_ = (expression);                                                                 \
        if (pb_try_status_ != PB_STATUS_OK)                                                                            \
            return pb_try_status_;                                                                                     \
    } while (0)

/* The same where something must be freed first: needs a local `status` and a label `done`. */
#define PB_TRY_GOTO(expression)                                                                                        \
    do {                                                                                                               \
        status = (expression);                                                                                         \
        if (status != PB_STATUS_OK)                                                                                    \
            goto done;                                                                                                 \
    } while (0)

#define PB_CHECK_ARG(condition, ...)                                                                                   \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return pb_fail(PB_STATUS_BAD_ARGUMENT, __VA_ARGS__);                                                       \
    } while (0)

/* For invariants of our own code only, never for user input; stays on in release builds. */
#define PB_ASSERT(condition) ((condition) ? (void)0 : abort())

#endif
