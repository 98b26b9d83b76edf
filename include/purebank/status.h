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

/** Says why a function of the caller's failed that the library called (a pb_purify_fn, a pb_image_visit): the call that led to it
 *  fails with this message.
 *  @param message one line; NULL: none. It is cut where it is too long, and what cannot be printed becomes '?'
 *  @return status, so that `return pb_error_set(PB_STATUS_BAD_VALUE, "...");` does both */
PB_API pb_status pb_error_set(pb_status status, const char *message);

/** What may be done about an error, where that is a choice of the caller. Messages name it in the library's own words; a
 *  program has options, buttons or fields of its own for it, and this code to find them by. New codes are appended. */
typedef enum pb_hint {
    PB_HINT_NONE = 0,
    PB_HINT_MAX_PIXELS,   /**< pb_image_set_max_pixels() sets the limit that a photo exceeded */
    PB_HINT_MEMORY,       /**< the memory allowed is too little */
    PB_HINT_START_OVER,   /**< write to another folder, or over what is there (`force`); about: the category, if one */
    PB_HINT_NOT_HALF,     /**< write float32 instead of float16 (`half`) */
    PB_HINT_CHECK_CACHE,  /**< pb_cache_check() says more; about: the folder */
    PB_HINT_PRECISION,    /**< take another precision; about: those that work, as "f32 or int8" */
    PB_HINT_DECIDE_AGAIN, /**< audit the references again, with the decisions made so far; about: their file */
    PB_HINT_NAME_DETECTORS,    /**< give each folder of caches a name */
    PB_HINT_CHOOSE_CATEGORIES, /**< name the categories */
    PB_HINT_CHOOSE_SETUP,   /**< choose a setup; about: the one of what is there, unless that is to be written anew */
    PB_HINT_CHOOSE_METHODS, /**< name the methods */
    PB_HINT_BACKBONE,       /**< name the checkpoint */
    PB_HINT_ANY_PRECISION,  /**< allow another precision than the bank's */
    PB_HINT_SAVE_DECISIONS, /**< the audit's page saves the decisions, where the browser keeps its downloads */
    PB_HINT_WITHOUT_CHARTS  /**< draw the diagram of critical differences alone */
} pb_hint;

/** The hint that belongs to pb_error_message(); PB_HINT_NONE where there is none. */
PB_API pb_hint pb_error_hint(void);

/** What the hint is about, as its code says; "" where that says nothing. Never NULL; valid as long as the message. */
PB_API const char *pb_error_hint_about(void);

PB_END_DECLS

#endif
