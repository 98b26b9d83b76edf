/* What is answered. */
#ifndef PB_STATION_RESPONSE_H
#define PB_STATION_RESPONSE_H

#include <stdbool.h>

#include <jansson.h>

#include "base/error.h"

typedef struct station_response {
    int status;
    const char *type; /* NULL: no body */
    void *bytes;
    size_t size;
    void (*release)(void *); /* of bytes; NULL: they are constant */
    int file;                /* -1, or an open file whose content is the body */
    int retry_after;         /* seconds; 0: not said */
    const char *allow;       /* methods, of 405 */
    char cookie[256];        /* "" but where one is set */
    bool lasting;            /* what this address says never changes */
    const char *download;    /* name of the file to save it as; NULL: it is shown */
    bool is_stream;          /* events */
    char stream_product[80]; /* of the events; "": all */
    const char *folder;      /* of the station: errors do not tell where it lies */
} station_response;

/* @param folder of the station; borrowed */
void station_response_init(station_response *out, const char *folder);
void station_response_free(station_response *response);
/* Paths below the folder lose its name. */
void station_hide_folder(const char *folder, char *message);
/* {"error": {"code", "message"}} */
void station_answer_error(station_response *out, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The library's last error, as the status that belongs to it. */
void station_answer_failure(station_response *out, pb_status status);
/* Takes the value over; NULL: out of memory. */
void station_answer_json(station_response *out, int status, json_t *value);
/* Takes over what open_memstream() gave. */
void station_answer_text(station_response *out, const char *type, char *text, size_t size);
/* Takes over memory of pb_calloc(). */
void station_answer_bytes(station_response *out, const char *type, void *bytes, size_t size);
void station_answer_constant(station_response *out, const char *type, const void *bytes, size_t size);

#endif
