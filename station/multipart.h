/* Bodies of forms (multipart/form-data, RFC 7578) that are in memory as a whole. */
#ifndef PB_STATION_MULTIPART_H
#define PB_STATION_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATION_MAX_FIELDS = 16, STATION_FIELD_NAME_BYTES = 64, STATION_FIELD_FILE_BYTES = 256 };

typedef struct station_field {
    char name[STATION_FIELD_NAME_BYTES];
    char file[STATION_FIELD_FILE_BYTES]; /* "" where the field is no file */
    const uint8_t *bytes;                /* borrowed from the body */
    size_t size;
} station_field;

typedef struct station_form {
    int n;
    station_field field[STATION_MAX_FIELDS];
} station_form;

/* @param type the header Content-Type, with its boundary
 *  @return false for what is no such body, ends early or has too many fields */
bool station_form_parse(const char *type, const uint8_t *body, size_t size, station_form *out);
/* NULL: not given. */
const station_field *station_form_field(const station_form *form, const char *name);

#endif
