/* A page under construction. Functions that write return nothing: the first failure is remembered and what
 * follows is dropped; pb_page_close() reports it. Whatever comes from outside goes through pb_page_text(). */
#ifndef PB_PAGES_HTML_H
#define PB_PAGES_HTML_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "io/file.h"

/* What a page does by itself beside enlarging its pictures: nothing, or what its script does. */
typedef enum pb_page_script {
    PB_PAGE_STILL,
#define SCRIPT(ID, name) PB_PAGE_##ID,
#include "pages/page_scripts.def"
#undef SCRIPT
} pb_page_script;

typedef struct pb_page {
    pb_writer *writer;
    pb_status status;
    locale_t numbers, previous; /* decimal points, whatever the program's locale says */
    pb_page_script script;
} pb_page;

pb_status pb_page_open(const char *path, pb_page *out);

/* Commits the file if `content` and everything written so far are PB_STATUS_OK; otherwise leaves the old
 * file. */
pb_status pb_page_close(pb_page *page, pb_status content);

/* From the doctype to <main>. The content security policy lets nothing run or load but this style sheet, the
 * page's scripts and images within the page. @param is_wide tables of numbers take what room there is */
void pb_page_begin(pb_page *page, const char *title, bool is_wide, pb_page_script script);
void pb_page_end(pb_page *page);

/* Markup of our own, as it is. */
void pb_page_html(pb_page *page, const char *markup);
void pb_page_printf(pb_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Any bytes as text or as a quoted attribute's value: markup escaped, control characters made visible,
 * invalid UTF-8 as U+FFFD. */
void pb_page_text(pb_page *page, const char *text);

/* JSON in a data block that the script reads; cannot end the block. */
void pb_page_json(pb_page *page, const char *id, const char *json);

/* data:image/jpeg;base64,... */
void pb_page_jpeg_url(pb_page *page, const uint8_t *jpeg, size_t size);
/* data:image/svg+xml;base64,...: as an image, a drawing's styles and names are its own. */
void pb_page_svg_url(pb_page *page, const char *svg, size_t size);

/* A score with `decimals` digits, or in %g form where that would be long; finite or not. */
void pb_page_score(pb_page *page, double score, int decimals);

/* Decimals that give the largest of n scores four digits, so that a column of them lines up. */
int pb_score_decimals(const double *scores, int64_t n);

/* "3 references", "1 reference". */
void pb_page_count(pb_page *page, int64_t n, const char *one, const char *many);

#endif
