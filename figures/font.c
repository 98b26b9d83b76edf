#include "figures/font.h"

#include <stdio.h>
#include <string.h>

#include <fontconfig/fontconfig.h>

bool pb_figure_font_is_installed(char *instead, size_t size)
{
    FcResult result;
    FcChar8 *family = NULL;
    FcPattern *wanted = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, (const FcChar8 *)PB_FIGURE_FONT, (char *)NULL);
    FcConfigSubstitute(NULL, wanted, FcMatchPattern);
    FcDefaultSubstitute(wanted);
    FcPattern *found = FcFontMatch(NULL, wanted, &result);
    if (!found || FcPatternGetString(found, FC_FAMILY, 0, &family) != FcResultMatch)
        family = NULL;
    snprintf(instead, size, "%s", family ? (const char *)family : "");
    if (found)
        FcPatternDestroy(found);
    FcPatternDestroy(wanted);
    return strcmp(instead, PB_FIGURE_FONT) == 0;
}
