#include "report/names.h"

#include <inttypes.h>
#include <string.h>

size_t pb_common_folder(const char *const *paths, int64_t n)
{
    size_t shared = n > 0 ? strlen(paths[0]) : 0;
    for (int64_t i = 1; i < n; i++) {
        size_t same = 0;
        while (same < shared && paths[i][same] == paths[0][same])
            same++;
        shared = same;
    }
    while (shared > 0 && paths[0][shared - 1] != '/')
        shared--;
    return shared;
}

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
