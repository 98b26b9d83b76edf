/* The worked example of CONTRIBUTING.md, built from that page. */
#include "support.h"

#include <purebank/study.h>

#include "example_test.h"

static void the_column_can_be_analysed(void **state)
{
    (void)state;
    pb_measure measure;
    assert_ok(pb_measure_parse("share_removed", &measure));
    assert_int_equal(measure, PB_MEASURE_SHARE_REMOVED);
    assert_ok(pb_measure_parse("img_clear", &measure));
    assert_int_equal(measure, PB_MEASURE_CLEAR);
    /* A program that was built before knows the others by these numbers. */
    assert_int_equal(PB_MEASURE_TPR_FPR5, 4);
    assert_int_equal(PB_MEASURE_PIXEL_AUROC, 5);
    assert_int_equal(PB_MEASURE_TOP3_CONTAMINATED, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_loses_the_same_share),
        cmocka_unit_test(the_column_can_be_analysed),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
