#include "figure_font.h"

#include "figures/font.h"
#include "terminal.h"

void cli_warn_missing_font(void)
{
    char instead[128];
    if (pb_figure_font_is_installed(instead, sizeof instead))
        return;
    if (*instead)
        cli_warn("the font %s is not installed: texts are drawn in %s and may not fit (Debian: fonts-liberation)",
                 PB_FIGURE_FONT, instead);
    else
        cli_warn("the font %s is not installed, nor is any other: pictures have no texts (Debian: fonts-liberation)",
                 PB_FIGURE_FONT);
}
