/* One line of a result file, by the names of its columns. */
#ifndef PB_EXPERIMENT_ROW_H
#define PB_EXPERIMENT_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { PB_ROW_MAX_COLUMNS = 32, PB_ROW_VALUE_BYTES = 288, PB_KEY_BYTES = 1024 };

/* A kind of result file: its columns, and those that tell a row from all others. */
typedef struct pb_row_format {
    const char *const *column, *const *key;
    int n_columns, n_keys;
} pb_row_format;

/* What patch purification writes (method 6). */
extern const pb_row_format pb_row_format_results;
/* What audits of whole images write; the setup is part of the key. */
extern const pb_row_format pb_row_format_image_level;
/* As results, with pixel metrics. */
extern const pb_row_format pb_row_format_pixel;
/* Several detectors with one auditor (method 7). */
extern const pb_row_format pb_row_format_assurance;

typedef struct pb_row {
    const pb_row_format *format;
    char value[PB_ROW_MAX_COLUMNS][PB_ROW_VALUE_BYTES]; /* of each column; "" = empty */
} pb_row;

/* Setting a column that the format does not have does nothing: kinds of files differ in few columns. */
void pb_row_start(const pb_row_format *format, pb_row *row);
void pb_row_text(pb_row *row, const char *column, const char *text);
void pb_row_int(pb_row *row, const char *column, int64_t value);
/* 4 decimals; NaN leaves the column empty. */
void pb_row_fixed(pb_row *row, const char *column, double value);
/* Shortest form, but never a whole number: "0.0", "0.05". */
void pb_row_share(pb_row *row, const char *column, double value);
/* Shortest form: "95", "97.5". */
void pb_row_real(pb_row *row, const char *column, double value);
/* "" for a column that the format does not have. */
const char *pb_row_get(const pb_row *row, const char *column);

/* The key as one text: values in the order of the key's columns, numbers in one form, so that "0.1" and "0.10" agree.
 * @param value n values */
void pb_key_text(const char *const *value, int n, char out[PB_KEY_BYTES]);
void pb_row_key(const pb_row *row, char out[PB_KEY_BYTES]);

/* Does the column tell when, or how long? Then it says nothing about results. */
bool pb_is_clock_column(const char *name);

/* The whole of `text` as a number; "True" and "False" are 1 and 0. */
bool pb_value_number(const char *text, double *out);

#endif
