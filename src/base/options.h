/* The one convention of options: the first member of a public struct of options is `size_t size`, PB_X_OPTIONS_INIT fills in that
 * and the defaults, and NULL stands for the defaults everywhere. Members are only ever added at the end, and never into what was
 * padding, so that a struct of any version of the library is read by any other. */
#ifndef PB_BASE_OPTIONS_H
#define PB_BASE_OPTIONS_H

#include <stddef.h>

#include "base/error.h"

/* *out = *defaults, with what the caller's struct has of it; out->size is that of this library. A smaller struct is of an older
 * caller. A larger one is of a newer caller, who may want what this library does not know: its tail must be 0 (as Linux's
 * clone3() and openat2() have it).
 *  @param type     name of the struct, for messages
 *  @param options  the caller's; NULL: the defaults
 *  @param size     of the struct as this library knows it
 *  @return PB_STATUS_BAD_ARGUMENT for a size that no such struct has, PB_STATUS_UNSUPPORTED for a tail that says something */
pb_status pb_options_read(const char *type, const void *options, size_t size, const void *defaults, void *out);

/* The compiler checks that both are pointers to such a struct. */
#define PB_OPTIONS_READ(type, options, defaults, out)                                                                  \
    pb_options_read(#type, 1 ? (options) : (const type *)NULL, sizeof(type), 1 ? (defaults) : (const type *)NULL, out)

#endif
