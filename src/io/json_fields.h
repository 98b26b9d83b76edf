/* Typed, checked access to the members of a JSON object; `name` stands for the file in messages. */
#ifndef PB_IO_JSON_FIELDS_H
#define PB_IO_JSON_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

/* Copies a string that must fit the buffer with its NUL. */
pb_status pb_json_get_text(const json_t *object, const char *key, const char *name, char *out, size_t out_size);
/* Borrows a string of any length. */
pb_status pb_json_get_string(const json_t *object, const char *key, const char *name, const char **out);
pb_status pb_json_get_int(const json_t *object, const char *key, const char *name, int64_t low, int64_t high,
                          int64_t *out);
/* A finite number; null becomes NaN where `nullable`. */
pb_status pb_json_get_real(const json_t *object, const char *key, const char *name, bool nullable, double *out);
pb_status pb_json_get_bool(const json_t *object, const char *key, const char *name, bool *out);
pb_status pb_json_get_object(const json_t *object, const char *key, const char *name, const json_t **out);
pb_status pb_json_get_array(const json_t *object, const char *key, const char *name, const json_t **out);

/* A JSON string of any bytes: what is not UTF-8 becomes U+FFFD. NULL when out of memory. */
json_t *pb_json_lossy_string(const char *text);
/* A number, or null for NaN and infinity, which JSON does not have. */
json_t *pb_json_finite_or_null(double value);

#endif
