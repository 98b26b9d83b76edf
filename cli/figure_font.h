/* A word where figures will not look as they should. */
#ifndef PB_CLI_FIGURE_FONT_H
#define PB_CLI_FIGURE_FONT_H

/* Warns where the font of figures is not installed. */
void cli_warn_missing_font(void);

#endif
