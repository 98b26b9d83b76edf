/* What the library says about an error, with the way out in the program's words. */
#ifndef PB_CLI_HINTS_H
#define PB_CLI_HINTS_H

/* pb_error_message(), and the options that its hint means: "...: raise the limit (--max-pixels)". Static buffer, of one call at
 * a time; never NULL. */
const char *cli_error_message(void);

#endif
