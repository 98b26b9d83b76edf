#include <purebank/runtime.h>

const char *pb_version(void)
{
    return PB_VERSION_STRING;
}
