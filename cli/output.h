/* Where results go: files, or "-" for standard output. */
#ifndef PB_CLI_OUTPUT_H
#define PB_CLI_OUTPUT_H

#include <stdbool.h>

#include <jansson.h>

#include <purebank/purebank.h>

#include "io/file.h"

bool cli_is_stdout(const char *path);
/* Stdout belongs to data as soon as one output asks for it; call before any cli_say(). */
void cli_reserve_stdout(const char *json, const char *csv);
/* A file, or stdout for data; ends with pb_writer_commit(), after which stdout stays open. */
pb_status cli_open_output(const char *path, pb_writer **out);
/* Writes JSON to a file or stdout; takes the reference. NULL `value` means jansson ran out of memory. */
pb_status cli_write_json(json_t *value, const char *path);

/* Makes the folder and those above it, as far as they are missing. PB_STATUS_OUTPUT where there is something else of that name. */
pb_status cli_make_folder(const char *path);

/* What is odd about a data set and its categories, one line each. */
void cli_say_notes(const pb_dataset *dataset);

/* What an audit said, as a table for people and as JSON. */
void cli_print_audit(const pb_audit *audit, const char *const *paths);
/* Its last line alone: how many are flagged, and by what. */
void cli_print_audit_verdict(const pb_audit *audit);
json_t *cli_audit_to_json(const pb_audit *audit, const char *const *paths);

#endif
