/** @file status.h
 *  @brief How every fallible function reports: a status code, and a message of the calling thread.
 *
 *  Results travel through out-parameters. On an error the out-parameters are untouched or safe to free, and
 *  pb_error_message() says what was wrong, with the actual values and, where possible, the way out. The
 *  library never prints, exits or aborts on user input. */
#ifndef PUREBANK_STATUS_H
#define PUREBANK_STATUS_H

#include <purebank/export.h>

PB_BEGIN_DECLS

typedef enum pb_status {
    PB_STATUS_OK = 0,
    PB_STATUS_BAD_ARGUMENT, /**< an option or a parameter is outside its range */
    PB_STATUS_BAD_SHAPE,    /**< sizes that do not fit together */
    PB_STATUS_BAD_VALUE,    /**< NaN or infinity where finite numbers are needed */
    PB_STATUS_BAD_FORMAT,   /**< a file that is not what it says, truncated or damaged */
    PB_STATUS_UNSUPPORTED,  /**< a valid file of a kind this version does not read */
    PB_STATUS_MISMATCH,     /**< features of another backbone, layer or input size than the bank's */
    PB_STATUS_LIMIT,        /**< an input larger than a limit that the caller may raise */
    PB_STATUS_IO,           /**< the operating system refused to let an input be read: missing, no permission */
    PB_STATUS_OUTPUT,       /**< an output could not be written: full disk, no permission, missing folder */
    PB_STATUS_NO_MEMORY,    /**< an allocation failed, or the system has no file handle left */
    PB_STATUS_CANCELLED,    /**< a progress callback asked to stop */
    PB_STATUS_INTERNAL      /**< a broken invariant of the library: please report it */
} pb_status;

/** The name of a status as written in this header ("PB_STATUS_BAD_SHAPE"); never NULL. */
PB_API const char *pb_status_name(pb_status status);

/** What went wrong in the last failed call of this thread: one line, no trailing newline; "" before any
 *  failure. Valid until the next call into the library from the same thread. */
PB_API const char *pb_error_message(void);

PB_END_DECLS

#endif
