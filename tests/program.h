/* Running the program from a test: one folder, one output buffer. */
#ifndef PB_TESTS_PROGRAM_H
#define PB_TESTS_PROGRAM_H

#include "support.h"

#include <stdlib.h>
#include <sys/wait.h>

enum { PROGRAM_OUTPUT_BYTES = 1 << 20 };

static char program_folder[256];                  /* where the program runs; made by the test */
static char program_output[PROGRAM_OUTPUT_BYTES]; /* of the last run: stdout and stderr together */

/* Runs a shell's command; its output into program_output, its exit status returned. */
static inline int run_command(const char *command)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t n = fread(program_output, 1, sizeof program_output - 1, pipe);
    program_output[n] = '\0';
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Runs "purebank ARGUMENTS" through the shell; returns the exit status. */
static int run_program(const char *arguments)
{
    static char command[1 << 16];
    const int length = snprintf(command, sizeof command, "cd '%s' && LC_ALL=C.UTF-8 '%s' %s 2>&1", program_folder,
                                PB_PROGRAM, arguments);
    assert_true(length < (int)sizeof command);
    return run_command(command);
}

#define assert_run(arguments, expected)                                                                                \
    do {                                                                                                               \
        const int status_ = run_program(arguments);                                                                    \
        if (status_ != (expected))                                                                                     \
            fail_msg("purebank %s: exit status %d instead of %d:\n%s", arguments, status_, expected, program_output);  \
    } while (0)

/* Runs a script in the folder, the program being $P; its output into program_output, its exit status returned. */
static inline int run_script(const char *script)
{
    char command[4096];
    const int length =
        snprintf(command, sizeof command, "(cd '%s' || exit 99; P='%s'; %s) 2>&1", program_folder, PB_PROGRAM, script);
    assert_true(length < (int)sizeof command);
    return run_command(command);
}

#define assert_script(script, expected)                                                                                \
    do {                                                                                                               \
        const int status_ = run_script(script);                                                                        \
        if (status_ != (expected))                                                                                     \
            fail_msg("%s: exit status %d instead of %d:\n%s", script, status_, expected, program_output);              \
    } while (0)

/* A shell's command in the folder, its output left where it is: what system() returns. */
static inline int shell_status(const char *command)
{
    char line[4096];
    const int length = snprintf(line, sizeof line, "cd '%s' && %s", program_folder, command);
    assert_true(length < (int)sizeof line);
    return system(line);
}

static inline void shell(const char *command)
{
    if (shell_status(command) != 0)
        fail_msg("%s", command);
}

/* The end of a group of tests. */
static inline int remove_program_folder(void **state)
{
    (void)state;
    return test_remove_dir(program_folder);
}

#define assert_says(text)                                                                                              \
    do {                                                                                                               \
        if (!strstr(program_output, text))                                                                             \
            fail_msg("\"%s\" is not in:\n%s", text, program_output);                                                   \
    } while (0)

#endif
