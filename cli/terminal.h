/* What a person sees: errors, tables, bars, progress. */
#ifndef PB_CLI_TERMINAL_H
#define PB_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include <purebank/runtime.h>

#include "options.h"

typedef enum cli_color { CLI_PLAIN, CLI_BOLD, CLI_DIM, CLI_RED, CLI_GREEN, CLI_YELLOW } cli_color;

/* Before anything is opened: a stream that the caller closed must not be taken by the first file. */
void cli_streams_start(void);
/* From now on this process says nothing on stderr: another speaks for it. */
void cli_mute(void);
/* Until it has to speak for itself. */
void cli_unmute(void);
/* What cli_fail(), or cli_usage_error(), would have said last; "" where nothing. */
const char *cli_muted_failure(void);
/* Stdout is not what it seems, as mpirun gives its programs a terminal and sends what they say anywhere: before cli_terminal_start(). */
void cli_speak_plainly(void);
/* Looks at the environment: NO_COLOR, the locale, whether the streams are terminals; takes over Ctrl-C. */
void cli_terminal_start(bool quiet);
/* What was printed has left; else a message, and the exit status of that. */
int cli_streams_end(int exit_status);

/* "purebank: error: ..." on stderr; returns CLI_EXIT_USAGE. */
int cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints the library's message with the way out (hints.h) and returns the exit status that belongs to `status`. */
int cli_fail(pb_status status);
/* "purebank: interrupted; ..." on stderr: what became of the work. Returns CLI_EXIT_INTERRUPTED. */
int cli_fail_interrupted(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "purebank: warning: ..." on stderr. */
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line for people on stdout; silent with --quiet or when stdout carries data. Nothing that a terminal would obey gets through
 * but the program's own colours; foreign text goes through cli_path() as well, so that it cannot begin a line. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, broken between words where the terminal ends, further lines indented. */
void cli_say_wrapped(int indent, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_blank_line(void);
/* Was standard output closed before the program began? */
bool cli_stdout_was_closed(void);
/* Stdout now carries CSV or JSON: people's lines stop. */
void cli_claim_stdout(void);
bool cli_is_talking(void);

/* Wraps text for cli_say(): escape codes, or "" without colours. */
const char *cli_color_on(cli_color color);
const char *cli_color_off(void);
/* A bar of `width` cells filled to `share`, with a mark at `mark` (both 0..1; mark < 0: none). Static buffer. */
const char *cli_bar(double share, double mark, int width);
/* A path or any other foreign text made safe for a terminal (control characters as ?); static buffers, good for eight calls. */
const char *cli_path(const char *path);
/* The same for the end of a row that has `used` columns already: on a terminal too narrow for it, its beginning is cut off. */
const char *cli_path_at(const char *path, int used);

/* Progress on stderr when it is a terminal; also notices Ctrl-C. Start, pass &progress.callback to the library, end. */
typedef struct cli_progress {
    pb_progress callback;
    const char *what, *unit; /* unit NULL: steps that mean nothing to a person, shown as a share */
    double started, last_drawn;
    int64_t offset, total; /* of a larger job that the library sees in pieces; total 0 = the library's own */
    int64_t skipped;       /* of what is done: in earlier runs, so that it says nothing about the rate */
} cli_progress;

void cli_progress_start(cli_progress *progress, const char *what, const char *unit);
void cli_progress_end(void);

/* Has Ctrl-C been pressed? */
bool cli_interrupted(void);

#endif
