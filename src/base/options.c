#include "base/options.h"

#include <string.h>

enum { MOST_BYTES = 4096 }; /* of any struct of options: beyond, the size was never set */

pb_status pb_options_read(const char *type, const void *options, size_t size, const void *defaults, void *out)
{
    size_t given = size;
    if (options)
        memcpy(&given, options, sizeof given);
    PB_CHECK_ARG(given >= sizeof given && given <= MOST_BYTES,
                 "the member size of %s is %zu: it must be the size of the struct, as its ..._INIT sets it", type,
                 given);
    const unsigned char *bytes = options;
    for (size_t i = size; options && i < given; i++)
        if (bytes[i] != 0)
            return pb_fail(
                PB_STATUS_UNSUPPORTED,
                "%s is of a newer version (%zu bytes, %zu are known) and sets what this version does not know", type,
                given, size);
    memcpy(out, defaults, size);
    if (options)
        memcpy(out, options, given < size ? given : size);
    memcpy(out, &size, sizeof size);
    return PB_STATUS_OK;
}
