/* A folder of the test program's own: made before its tests, gone after them. */
#ifndef TESTS_ROOT_H
#define TESTS_ROOT_H

#include "support.h"

static char root[256];

static int make_root(void **state)
{
    (void)state;
    test_make_temp_dir(root, sizeof root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    return test_remove_dir(root);
}

#endif
