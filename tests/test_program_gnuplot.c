/* gnuplot as the program's child: missing, failing, lying or hanging. */
#include "program.h"

#include "base/memory.h"

#define RESULTS PB_RESULTS_DIR "/shared/results_v2.csv"

static int make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder - 8);
    return 0;
}

static void set_path(const char *path, char **before)
{
    if (before) {
        *before = pb_strdup(getenv("PATH"));
        assert_non_null(*before);
    }
    assert_int_equal(setenv("PATH", path, 1), 0);
}

static void gnuplot_missing_or_failing(void **state)
{
    (void)state;
    char *before, folder[512];
    set_path("/nonexistent", &before);
    const int missing = run_program("figures " RESULTS " -o without --only fig1");
    const bool says_install = strstr(program_output, "install gnuplot") || strstr(program_output, "apt install");
    const bool says_what_remains = strstr(program_output, "or draw the rest with --only cd") != NULL;
    const int only_cd = run_program("figures " RESULTS " -o without --only cd");
    set_path(before, NULL);
    assert_int_equal(missing, 4);
    assert_true(says_install && says_what_remains);
    assert_int_equal(only_cd, 0); /* Cairo's alone */
    shell("test -s without/fig9_cd.pdf && test ! -e without/fig1_contamination.pdf");

    assert_int_equal(
        shell_status(
            "mkdir -p fake && printf '#!/bin/sh\\necho >&2\\necho \"         line 0: broken today\" >&2\\nexit "
            "1\\n' > fake/gnuplot && chmod +x fake/gnuplot"),
        0);
    snprintf(folder, sizeof folder, "%s/fake", program_folder);
    set_path(folder, NULL);
    const int failing = run_program("figures " RESULTS " -o without --only fig1");
    set_path(before, NULL);
    pb_free(before);
    assert_int_equal(failing, 4);
    assert_says("gnuplot failed: line 0: broken today");
    shell("test ! -e without/fig1_contamination.pdf");
}

/* Runs with a gnuplot that is this script; returns the exit status. */
static int run_with_gnuplot(const char *script, const char *arguments)
{
    char *before, path[1024], command[1024];
    snprintf(command, sizeof command, "mkdir -p fake && printf '%%s\\n' '#!/bin/sh' '%s' > fake/gnuplot", script);
    shell(command);
    shell("chmod +x fake/gnuplot");
    snprintf(path, sizeof path, "%s/fake:%s", program_folder, getenv("PATH"));
    set_path(path, &before);
    const int status = run_program(arguments);
    set_path(before, NULL);
    pb_free(before);
    return status;
}

static void what_gnuplot_writes_is_looked_at(void **state)
{
    (void)state;
    assert_int_equal(run_with_gnuplot("echo \"<svg><desc>\"", "figures " RESULTS " -o odd --format svg --only fig1"),
                     4);
    assert_says("no whole svg");
    assert_int_equal(run_with_gnuplot("echo odd", "figures " RESULTS " -o odd --format pdf --only fig1"), 4);
    assert_says("no whole pdf");
    shell("test -z \"$(ls odd)\"");
}

/* The signal is for purebank alone, not for its children, as from a supervisor. The shell becomes gnuplot, so that its number
 * is the child's. */
static void an_interrupted_gnuplot_ends(void **state)
{
    (void)state;
    assert_int_equal(run_with_gnuplot("echo $$ > child; kill -TERM $PPID; exec sleep 100",
                                      "figures " RESULTS " -o hung --format svg --only fig1"),
                     130);
    assert_says("interrupted");
    shell("test -s child && ! kill -0 $(cat child) 2>/dev/null");
    shell("test -z \"$(ls hung)\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gnuplot_missing_or_failing),
        cmocka_unit_test(what_gnuplot_writes_is_looked_at),
        cmocka_unit_test(an_interrupted_gnuplot_ends),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_program_folder);
}
