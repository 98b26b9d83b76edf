/* Text that grows: gnuplot scripts, SVG, captions, and the bytes of finished pictures. */
#ifndef PB_FIGURES_GROWING_TEXT_H
#define PB_FIGURES_GROWING_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Start zeroed. The first failure stays in `status`, and what follows it is dropped: look once, at the end. */
typedef struct pb_text {
    char *bytes; /* NUL-terminated; NULL while empty */
    size_t size;
    int64_t capacity;
    pb_status status;
} pb_text;

void pb_text_add(pb_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pb_text_add_bytes(pb_text *text, const void *bytes, size_t size);
/* For XML: & < > " and ' are escaped. */
void pb_text_add_escaped(pb_text *text, const char *raw);
/* Inside gnuplot's single quotes, where it interprets nothing: quotes become typographic ones, and what could end the line becomes ?. */
void pb_text_add_quoted(pb_text *text, const char *raw);
/* The text so far, never NULL. */
const char *pb_text_get(const pb_text *text);
void pb_text_free(pb_text *text);

#endif
