/* Fields of result files: what is a number, and when rows are the same. */
#ifndef PB_RESULTS_VALUES_H
#define PB_RESULTS_VALUES_H

#include <stdbool.h>

enum { PB_KEY_BYTES = 1024 };

/* The whole of `text` as a number; "True" and "False" are 1 and 0. */
bool pb_value_number(const char *text, double *out);

/* A key as one text: its values in order, numbers in one form, so that "0.1" and "0.10" agree.
 * @param value n values */
void pb_key_text(const char *const *value, int n, char out[PB_KEY_BYTES]);

#endif
