/* Small helpers over jansson: atomic writing, "-" for standard output is the program's business, not ours. */
#ifndef PB_IO_JSON_H
#define PB_IO_JSON_H

#include <jansson.h>

#include "io/file.h"

/* Loads a JSON file of at most max_bytes; duplicate keys are refused. Free with json_decref(). */
pb_status pb_json_load(const char *path, size_t max_bytes, json_t **out);
pb_status pb_json_parse(const char *text, size_t size, const char *name, json_t **out);
/* Writes with 2 spaces of indentation, keys in insertion order, reals with 17 digits, and a final newline. */
pb_status pb_json_save(const json_t *value, const char *path);
pb_status pb_json_write(const json_t *value, pb_writer *writer);
/* The same, and ends the writer: by pb_writer_commit(), or pb_writer_abort() where something is wrong. */
pb_status pb_json_commit(const json_t *value, pb_writer *writer);
/* Compact text; free with pb_free(). */
pb_status pb_json_text(const json_t *value, char **out);

#endif
