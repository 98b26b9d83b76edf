/* What stands behind pb_sensitivity. */
#ifndef PB_SENSITIVITY_SENSITIVITY_H
#define PB_SENSITIVITY_SENSITIVITY_H

#include <purebank/sensitivity.h>

struct pb_sensitivity {
    int64_t n_rows, n_references, n_left_out, n_in_bank;
    pb_sensitivity_row *rows;
    char *example;
};

#endif
