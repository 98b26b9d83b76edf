/* Text that grows: gnuplot scripts, SVG, captions, and the bytes of finished pictures. */
#ifndef PB_CLI_FIGURES_TEXT_H
#define PB_CLI_FIGURES_TEXT_H

#include <stddef.h>

#include "base/error.h"

/* Start zeroed. The first failure stays in `status`, and what follows it is dropped: look once, at the end. */
typedef struct cli_text {
    char *bytes; /* NUL-terminated; NULL while empty */
    size_t size, capacity;
    pb_status status;
} cli_text;

void cli_text_add(cli_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_text_add_bytes(cli_text *text, const void *bytes, size_t size);
/* For XML: & < > " and ' are escaped. */
void cli_text_add_escaped(cli_text *text, const char *raw);
/* Inside gnuplot's single quotes, where it interprets nothing: quotes become typographic ones, and what could end the line becomes ?. */
void cli_text_add_quoted(cli_text *text, const char *raw);
/* The text so far, never NULL. */
const char *cli_text_get(const cli_text *text);
void cli_text_free(cli_text *text);

#endif
