#include "pages/image_names.h"

#include <inttypes.h>

void pb_page_name(pb_page *page, const char *path, size_t folder)
{
    pb_page_html(page, "<bdi title=\"");
    pb_page_text(page, path);
    pb_page_html(page, "\">");
    pb_page_text(page, path + folder);
    pb_page_html(page, "</bdi>");
}

void pb_page_patch_place(pb_page *page, int64_t patch, int32_t grid_width)
{
    pb_page_printf(page, "row&nbsp;%" PRId64 ", column&nbsp;%" PRId64, patch / grid_width + 1, patch % grid_width + 1);
}
