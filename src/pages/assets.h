/* The style sheet and the scripts of this folder, embedded by cmake/EmbedText.cmake; not NUL-terminated. */
#ifndef PB_PAGES_ASSETS_H
#define PB_PAGES_ASSETS_H

#include <stddef.h>

extern const unsigned char pb_page_css[];
extern const size_t pb_page_css_size;
extern const unsigned char pb_zoom_js[];
extern const size_t pb_zoom_js_size;
#define SCRIPT(ID, name)                                                                                               \
    extern const unsigned char pb_##name##_js[];                                                                       \
    extern const size_t pb_##name##_js_size;
#include "pages/page_scripts.def"
#undef SCRIPT

#endif
