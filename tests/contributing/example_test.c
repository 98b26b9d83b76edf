/* The worked example of CONTRIBUTING.md, built from that page. */
#include "support.h"

#include "example_test.h"

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_loses_the_same_share),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
