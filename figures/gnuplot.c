#include "figures/gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

extern char **environ;

/* Its three streams are files without a name: however much goes through them, nobody waits for anybody. */
typedef struct child_files {
    FILE *in, *out, *err;
} child_files;

static void close_files(child_files *files)
{
    FILE *const all[] = {files->in, files->out, files->err};
    for (int i = 0; i < 3; i++)
        if (all[i])
            fclose(all[i]);
}

static pb_status open_files(const pb_text *script, child_files *files)
{
    files->in = tmpfile();
    files->out = tmpfile();
    files->err = tmpfile();
    if (!files->in || !files->out || !files->err)
        return pb_fail(PB_STATUS_OUTPUT, "cannot make a temporary file for gnuplot: %s", strerror(errno));
    if (fwrite(script->bytes, 1, script->size, files->in) != script->size || fflush(files->in) != 0)
        return pb_fail(PB_STATUS_OUTPUT, "cannot write gnuplot's script to a temporary file: %s", strerror(errno));
    rewind(files->in);
    return PB_STATUS_OK;
}

/* The caller's environment in the locale that scripts are written in: numbers with points, text as UTF-8. */
static pb_status make_environment(char ***out)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    int64_t n = 0;
    while (environ[n])
        n++;
    PB_TRY(PB_NEW(*out, n + 2));
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (strncmp(environ[i], "LC_ALL=", 7) != 0)
            (*out)[kept++] = environ[i];
    (*out)[kept] = locale;
    return PB_STATUS_OK;
}

static int spawn(const child_files *files, char **environment, pid_t *child)
{
    static char name[] = "gnuplot", bare[] = "-d"; /* -d: no ~/.gnuplot, no system-wide settings */
    char *const arguments[] = {name, bare, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    FILE *const all[] = {files->in, files->out, files->err};
    for (int i = 0; i < 3 && !error; i++)
        error = posix_spawn_file_actions_adddup2(&actions, fileno(all[i]), i);
    if (!error)
        error = posix_spawnp(child, name, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static pb_status start(const child_files *files, pid_t *child)
{
    char **environment;
    PB_TRY(make_environment(&environment));
    const int error = spawn(files, environment, child);
    pb_free(environment);
    if (error == ENOENT)
        return pb_suggest(pb_fail(PB_STATUS_OUTPUT,
                                  "gnuplot, which draws the charts, is not installed or not in PATH: install it "
                                  "(Debian: apt install gnuplot-nox), or draw the rest"),
                          PB_HINT_WITHOUT_CHARTS, NULL);
    if (error)
        return pb_fail(PB_STATUS_OUTPUT, "cannot start gnuplot, which draws the charts: %s", strerror(error));
    return PB_STATUS_OK;
}

/* The first line that says what is wrong: gnuplot first repeats the command and points at the place. */
static void read_complaint(FILE *err, char *line, size_t size)
{
    rewind(err);
    line[0] = '\0';
    while (fgets(line, (int)size, err)) {
        const char *text = line + strspn(line, " \t");
        line[strcspn(line, "\r\n")] = '\0';
        if (*text && *text != '^' && strncmp(text, "gnuplot>", 8) != 0) {
            memmove(line, text, strlen(text) + 1);
            return;
        }
    }
    snprintf(line, size, "it does not say why");
}

static bool is_cancelled(const pb_progress *progress)
{
    return progress && progress->report(progress->context, 0, 1) != 0;
}

/* A signal may be for this process alone, and a gnuplot that hangs would never end: cancelled, it is ended. */
static pb_status wait_for(pid_t child, const pb_progress *progress, int *status, bool *was_ended)
{
    const struct timespec moment = {.tv_nsec = 2000000};
    for (;;) {
        const pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child)
            return PB_STATUS_OK;
        if (ended < 0 && errno != EINTR)
            return pb_fail(PB_STATUS_OUTPUT, "cannot wait for gnuplot: %s", strerror(errno));
        if (!*was_ended && is_cancelled(progress))
            *was_ended = kill(child, SIGKILL) == 0;
        nanosleep(&moment, NULL);
    }
}

static pb_status finish(pid_t child, const child_files *files, const pb_progress *progress, pb_text *out)
{
    char complaint[256], buffer[1 << 14];
    bool was_ended = false;
    int status;
    PB_TRY(wait_for(child, progress, &status, &was_ended));
    rewind(files->out);
    const size_t before = out->size;
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, files->out)) > 0;)
        pb_text_add_bytes(out, buffer, n);
    read_complaint(files->err, complaint, sizeof complaint);
    if (was_ended || is_cancelled(progress))
        return pb_fail(PB_STATUS_CANCELLED, "interrupted");
    if (WIFSIGNALED(status))
        return pb_fail(PB_STATUS_OUTPUT, "gnuplot was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == 127) /* some systems notice only in the child that there is no such program */
        return pb_fail(PB_STATUS_OUTPUT, "gnuplot, which draws the charts, cannot be run: install it (Debian: apt "
                                         "install gnuplot-nox)");
    if (WEXITSTATUS(status) != 0 || out->size == before)
        return pb_fail(PB_STATUS_OUTPUT, "gnuplot failed: %s (it must have the terminals pdfcairo, pngcairo and svg)",
                       complaint);
    return out->status;
}

pb_status pb_gnuplot_run(const pb_text *script, const pb_progress *progress, pb_text *out)
{
    child_files files = {0};
    pid_t child = 0;
    PB_TRY(script->status);
    pb_status status = open_files(script, &files);
    if (status == PB_STATUS_OK)
        status = start(&files, &child);
    if (status == PB_STATUS_OK)
        status = finish(child, &files, progress, out);
    close_files(&files);
    return status;
}
