/* The style sheet and the scripts of the reports, embedded by cmake/EmbedText.cmake; not NUL-terminated. */
#ifndef PB_REPORT_ASSETS_H
#define PB_REPORT_ASSETS_H

#include <stddef.h>

extern const unsigned char pb_report_css[];
extern const size_t pb_report_css_size;
extern const unsigned char pb_report_js[];
extern const size_t pb_report_js_size;
extern const unsigned char pb_study_js[];
extern const size_t pb_study_js_size;

#endif
