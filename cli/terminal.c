#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "hints.h"
#include "io/file.h"

enum { DEFAULT_COLUMNS = 80, MIN_BAR = 4, MAX_BAR = 24 };

static bool quiet, stdout_claimed, stdout_was_closed, colors, unicode, stdout_is_terminal, stderr_is_terminal;
static bool progress_line; /* the terminal's last line holds a progress bar */
static volatile sig_atomic_t interrupted;
static bool muted, plain;
static char muted_failure[2048];

void cli_mute(void)
{
    muted = true;
}

void cli_unmute(void)
{
    muted = false;
}

void cli_speak_plainly(void)
{
    plain = true;
}

const char *cli_muted_failure(void)
{
    return muted_failure;
}

/* The first one asks the library to stop cleanly; a second one stops at once, and still leaves no half file behind. */
static void on_interrupt(int signal_number)
{
    (void)signal_number;
    if (interrupted) {
        pb_writer_remove_unfinished();
        _exit(CLI_EXIT_INTERRUPTED);
    }
    interrupted = 1;
}

/* A library that runs out of memory where it cannot say so (oneDNN throws through C) ends the program by abort(). No half file
 * stays behind, and the exit status says what happened. */
static void on_abort(int signal_number)
{
    static const char message[] = "\npurebank: error: ended from within, most likely as memory ran out\n";
    (void)signal_number;
    pb_writer_remove_unfinished();
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
        _exit(CLI_EXIT_RESOURCES);
    _exit(CLI_EXIT_RESOURCES);
}

/* A crash stays one, for whoever looks into it: the handler is good for one time, and what caused the signal causes it again. */
static void on_crash(int signal_number)
{
    (void)signal_number;
    pb_writer_remove_unfinished();
}

/* Unless somebody else handles them, such as a sanitizer. */
static void catch_crash(int signal_number)
{
    const struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler == SIG_DFL && !(before.sa_flags & SA_SIGINFO))
        sigaction(signal_number, &action, NULL);
}

/* Signals that the caller chose to ignore (nohup, a background job of a script) stay ignored. */
static void catch_signal(int signal_number)
{
    const struct sigaction action = {.sa_handler = on_interrupt};
    struct sigaction before;
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal_number, &action, NULL);
}

void cli_streams_start(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            /* The lowest free number is this one. Nothing can be written to what was closed. */
            const int null = open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
            stdout_was_closed = stdout_was_closed || (null == fd && fd == STDOUT_FILENO);
        }
}

bool cli_stdout_was_closed(void)
{
    return stdout_was_closed;
}

/* Whoever read our output has gone, as `head` does after its lines. */
static bool reader_left(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

int cli_streams_end(int exit_status)
{
    const bool lost = fflush(stdout) != 0 || ferror(stdout);
    if (!lost || exit_status != CLI_EXIT_OK || reader_left())
        return exit_status;
    (void)fputs("purebank: error: cannot write to standard output\n", stderr);
    return CLI_EXIT_RESOURCES;
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
    stdout_is_terminal = isatty(STDOUT_FILENO) && !plain;
    colors = stdout_is_terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
    stderr_is_terminal = isatty(STDERR_FILENO);
    unicode = locale_is_utf8();
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    catch_signal(SIGHUP);
    const struct sigaction abort_action = {.sa_handler = on_abort};
    sigaction(SIGABRT, &abort_action, NULL);
    catch_crash(SIGSEGV);
    catch_crash(SIGBUS);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* Columns of the terminal behind `fd`. */
static int columns(int fd)
{
    const char *variable = getenv("COLUMNS");
    const long asked = variable ? strtol(variable, NULL, 10) : 0;
    struct winsize size;
    if (asked > 0 && asked <= USHRT_MAX)
        return (int)asked;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
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
    char text[2048];
    fflush(stdout);
    clear_progress_line();
    vsnprintf(text, sizeof text, format, arguments);
    pb_utf8_make_printable(text);
    if (!muted)
        fprintf(stderr, "purebank: %s: %s\n", kind, text);
    else if (strcmp(kind, "error") == 0)
        snprintf(muted_failure, sizeof muted_failure, "%s", text);
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

int cli_fail_interrupted(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    if (muted)
        return CLI_EXIT_INTERRUPTED;
    fflush(stdout);
    clear_progress_line();
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pb_utf8_make_printable(text);
    fprintf(stderr, "purebank: interrupted; %s\n", text);
    return CLI_EXIT_INTERRUPTED;
}

int cli_fail(pb_status status)
{
    clear_progress_line();
    if (status == PB_STATUS_CANCELLED)
        return cli_fail_interrupted("files that were not complete are as they were before");
    if (status == PB_STATUS_OUTPUT && stdout_claimed && reader_left())
        return CLI_EXIT_RESOURCES; /* not all of it was wanted: no reason to complain */
    fflush(stdout);
    if (muted)
        snprintf(muted_failure, sizeof muted_failure, "%s", cli_error_message());
    else
        fprintf(stderr, "purebank: error: %s\n", cli_error_message());
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

static const char *const color_codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"};
enum { COLOR_OFF = CLI_YELLOW + 1, N_COLOR_CODES };

/* Length of the code of ours that `text` begins with; 0: none. */
static size_t color_code_length(const char *text)
{
    for (int i = CLI_PLAIN + 1; i < N_COLOR_CODES && colors; i++)
        if (strncmp(text, color_codes[i], strlen(color_codes[i])) == 0)
            return strlen(color_codes[i]);
    return 0;
}

/* Prints what stands before the next line end or colour, made safe, then that; returns what follows. */
static char *print_piece(char *text)
{
    char *end = text;
    while (*end && *end != '\n' && color_code_length(end) == 0)
        end++;
    const char stop = *end;
    const size_t code = color_code_length(end);
    *end = '\0';
    pb_utf8_make_printable(text);
    fputs(text, stdout);
    *end = stop;
    if (stop == '\n')
        putchar('\n');
    fwrite(end, 1, code, stdout);
    return end + (stop == '\n') + code;
}

static void print_clean(const char *format, va_list arguments)
{
    va_list again;
    char shorter[4096], *text = shorter;
    va_copy(again, arguments);
    const int length = vsnprintf(shorter, sizeof shorter, format, arguments);
    if (length >= (int)sizeof shorter && (text = malloc((size_t)length + 1)))
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    for (char *at = text ? text : shorter; *at;)
        at = print_piece(at);
    if (text != shorter)
        free(text);
}

void cli_say(const char *format, ...)
{
    if (!cli_is_talking())
        return;
    clear_progress_line();
    va_list arguments;
    va_start(arguments, format);
    print_clean(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void cli_blank_line(void)
{
    cli_say("%s", "");
}

const char *cli_color_on(cli_color color)
{
    return colors ? color_codes[color] : "";
}

const char *cli_color_off(void)
{
    return colors ? color_codes[COLOR_OFF] : "";
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
    enum { AT_ONCE = 8, BYTES = 4096 };
    static char buffers[AT_ONCE][BYTES];
    static int next;
    char *safe = buffers[next++ % AT_ONCE];
    snprintf(safe, BYTES, "%s", path);
    pb_utf8_make_printable(safe);
    return safe;
}

/* Code points: near enough to columns for names. */
static int width_of(const char *text)
{
    int width = 0;
    while (*text) {
        (void)pb_utf8_next(&text);
        width++;
    }
    return width;
}

/* Length of as many words of `text` as take `room` columns at most; one word at least. */
static size_t fitting_length(const char *text, int room)
{
    const char *at = text + strspn(text, " ");
    size_t fits = 0;
    for (int width = (int)(at - text); *at;) {
        for (; *at && *at != ' '; width++)
            (void)pb_utf8_next(&at);
        if (width > room && fits > 0)
            break;
        fits = (size_t)(at - text);
        for (; *at == ' '; width++)
            at++;
    }
    return fits > 0 ? fits : strlen(text);
}

void cli_say_wrapped(int indent, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const int all = stdout_is_terminal ? columns(STDOUT_FILENO) : (int)sizeof text;
    for (const char *at = text; *at;) {
        const int margin = at == text ? 0 : indent;
        const size_t length = fitting_length(at, all - margin);
        cli_say("%*s%.*s", margin, "", (int)length, at);
        at += length;
        at += strspn(at, " ");
    }
}

const char *cli_path_at(const char *path, int used)
{
    static char cut[4096];
    const char *safe = cli_path(path), *mark = unicode ? "\xe2\x80\xa6" : "..."; /* an ellipsis */
    if (!stdout_is_terminal)
        return safe;
    const int room = columns(STDOUT_FILENO) - used, mark_width = width_of(mark);
    int width = width_of(safe);
    if (width <= room || room < 2 * mark_width)
        return safe;
    for (; width > room - mark_width; width--)
        (void)pb_utf8_next(&safe);
    snprintf(cut, sizeof cut, "%s%s", mark, safe);
    return cut;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* "12.5 images/s", or "4.2 s each" for slow ones; nothing before the first is done. */
static void describe_rate(double rate, const char *unit, char *text, size_t size)
{
    if (rate >= 1)
        snprintf(text, size, ", %.1f %s/s", rate, unit);
    else if (rate > 0)
        snprintf(text, size, ", %.1f s each", 1 / rate);
}

/* "0/60", "40/60, 12.5 images/s, 0:02 left", or "67 %, 0:02 left". */
static void describe_progress(const cli_progress *progress, int64_t done, int64_t total, double now, char *text,
                              size_t size)
{
    const double elapsed = now - progress->started;
    const double rate = elapsed > 0 ? (double)(done - progress->skipped) / elapsed : 0;
    char left[32] = "", speed[64] = "";
    if (rate > 0 && done < total) {
        const long long remaining = (long long)((double)(total - done) / rate + 0.5);
        snprintf(left, sizeof left, ", %lld:%02lld left", remaining / 60, remaining % 60);
    }
    if (progress->unit) {
        describe_rate(rate, progress->unit, speed, sizeof speed);
        snprintf(text, size, "%lld/%lld%s%s", (long long)done, (long long)total, speed, left);
    } else {
        snprintf(text, size, "%lld %%%s", (long long)(100 * done / (total > 0 ? total : 1)), left);
    }
}

/* In one line: the bar gives way first, then the text. */
static void draw(cli_progress *progress, int64_t done, int64_t total, double now)
{
    char text[160];
    fflush(stdout);
    describe_progress(progress, done, total, now, text, sizeof text);
    const int room = columns(STDERR_FILENO) - 1, label = (int)strlen(progress->what) + 1;
    const int bar = room - label - 1 - (int)strlen(text);
    fprintf(stderr, "\r\x1b[K%.*s", room, progress->what);
    if (bar >= MIN_BAR)
        fprintf(stderr, " %s",
                cli_bar((double)done / (double)(total > 0 ? total : 1), -1, bar < MAX_BAR ? bar : MAX_BAR));
    if (room > label)
        fprintf(stderr, " %.*s", room - label, text);
    progress_line = true;
    progress->last_drawn = now;
}

static int on_progress(void *context, int64_t done, int64_t total)
{
    cli_progress *progress = context;
    if (stderr_is_terminal && !quiet && !muted) {
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
