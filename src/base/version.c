#include <purebank/runtime.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *pb_version(void)
{
    return TEXT(PB_VERSION_MAJOR) "." TEXT(PB_VERSION_MINOR) "." TEXT(PB_VERSION_PATCH);
}

int pb_version_number(void)
{
    return PB_VERSION_NUMBER;
}
