#include "terminal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool quiet, stdout_claimed, colors, unicode, stderr_is_terminal;
static bool progress_line; /* the terminal's last line holds a progress bar */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static bool locale_is_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "utf-8") || strstr(value, "UTF8");
    }
    return false;
}

void cli_terminal_start(bool be_quiet)
{
    quiet = be_quiet;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    colors = isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
    stderr_is_terminal = isatty(STDERR_FILENO);
    unicode = locale_is_utf8();
    /* The first Ctrl-C asks the library to stop cleanly; a second one kills. */
    struct sigaction action = {.sa_handler = on_interrupt};
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

/* Takes the progress bar away, so that text starts on a line of its own. */
static void clear_progress_line(void)
{
    if (progress_line)
        fputs("\r\x1b[K", stderr);
    progress_line = false;
}

static void print_message(const char *kind, const char *format, va_list arguments)
{
    fflush(stdout);
    clear_progress_line();
    fprintf(stderr, "purebank: %s: ", kind);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int cli_usage_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message("error", format, arguments);
    va_end(arguments);
    return CLI_EXIT_USAGE;
}

void cli_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message("warning", format, arguments);
    va_end(arguments);
}

int cli_fail(pb_status status)
{
    clear_progress_line();
    if (status == PB_STATUS_CANCELLED) {
        fputs("purebank: interrupted; files that were not complete are as they were before\n", stderr);
        return CLI_EXIT_INTERRUPTED;
    }
    fflush(stdout);
    fprintf(stderr, "purebank: error: %s\n", pb_error_message());
    switch (status) {
    case PB_STATUS_BAD_ARGUMENT:
        return CLI_EXIT_USAGE;
    case PB_STATUS_OUTPUT:
    case PB_STATUS_NO_MEMORY:
    case PB_STATUS_INTERNAL:
        return CLI_EXIT_RESOURCES;
    default:
        return CLI_EXIT_BAD_INPUT;
    }
}

void cli_claim_stdout(void)
{
    stdout_claimed = true;
}

bool cli_is_talking(void)
{
    return !quiet && !stdout_claimed;
}

void cli_say(const char *format, ...)
{
    if (!cli_is_talking())
        return;
    clear_progress_line();
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void cli_blank_line(void)
{
    cli_say("%s", "");
}

const char *cli_color_on(cli_color color)
{
    static const char *const codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"};
    return colors ? codes[color] : "";
}

const char *cli_color_off(void)
{
    return colors ? "\x1b[0m" : "";
}

const char *cli_bar(double share, double mark, int width)
{
    static char bar[512];
    const char *full = unicode ? "\xe2\x96\x88" : "#";  /* full block */
    const char *empty = unicode ? "\xe2\x96\x91" : "."; /* light shade */
    const char *limit = unicode ? "\xe2\x94\x82" : "|"; /* vertical line */
    const int filled = (int)((share < 0 ? 0 : share > 1 ? 1 : share) * width + 0.5);
    const int marked = mark < 0 || mark > 1 ? -1 : (int)(mark * width);
    bar[0] = '\0';
    for (int i = 0; i < width && i < 100; i++)
        strcat(bar, i == marked ? limit : (i < filled ? full : empty));
    return bar;
}

const char *cli_path(const char *path)
{
    static char safe[4096];
    size_t i = 0;
    for (; i < sizeof safe - 1 && path[i]; i++)
        safe[i] = (unsigned char)path[i] < 0x20 || path[i] == 0x7f ? '?' : path[i];
    safe[i] = '\0';
    return safe;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void draw(cli_progress *progress, int64_t done, int64_t total, double now)
{
    fflush(stdout);
    const double elapsed = now - progress->started;
    const double rate = elapsed > 0 ? (double)done / elapsed : 0;
    char left[32] = "";
    if (rate > 0 && done < total) {
        const long long remaining = (long long)((double)(total - done) / rate + 0.5);
        snprintf(left, sizeof left, ", %lld:%02lld left", remaining / 60, remaining % 60);
    }
    fprintf(stderr, "\r\x1b[K%s %s %lld/%lld, %.1f %s/s%s", progress->what,
            cli_bar((double)done / (double)(total > 0 ? total : 1), -1, 24), (long long)done, (long long)total, rate,
            progress->unit, left);
    progress_line = true;
    progress->last_drawn = now;
}

static int on_progress(void *context, int64_t done, int64_t total)
{
    cli_progress *progress = context;
    if (stderr_is_terminal && !quiet) {
        const double now = seconds();
        if (now - progress->last_drawn > 0.1)
            draw(progress, progress->offset + done, progress->total ? progress->total : total, now);
    }
    return interrupted;
}

void cli_progress_start(cli_progress *progress, const char *what, const char *unit)
{
    *progress = (cli_progress){.what = what, .unit = unit, .started = seconds()};
    progress->last_drawn = progress->started + 0.2; /* short work draws nothing */
    progress->callback = (pb_progress){on_progress, progress};
}

void cli_progress_end(void)
{
    clear_progress_line();
}
