/* The program and its outputs: what is refused before the work, what a full disk, a signal or a closed stream leave behind. */
#include "photos.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

static int make_inputs(void **state)
{
    begin_with_bank(state);
    write_bytes("unreadable.png", "no image", 8); /* among the inputs, it shows that the work had begun */
    return 0;
}

static void assert_one_line(void)
{
    const char *end = strchr(program_output, '\n');
    if (!end || end[1])
        fail_msg("not one line: %s", program_output);
}

static void assert_holds(const char *name, const char *text)
{
    uint8_t *bytes;
    size_t size;
    char path[512];
    in_root(name, path);
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &size));
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    pb_buffer_free(bytes);
}

static void hopeless_outputs_are_refused_before_the_work(void **state)
{
    (void)state;
    assert_script("cp refs/00.png before.png && ln -s refs/00.png link.png && ln refs/00.png hard.png && ln "
                  "refs/00.png hard.npy && mkfifo fifo",
                  0);
    static const struct {
        const char *arguments;
        int expected;
        const char *says;
    } cases[] = {
        {"fit refs unreadable.png -o refs", 4, "it is a folder"},
        {"fit refs unreadable.png -o new/", 4, "it is a folder"},
        {"fit refs unreadable.png -o no/such/folder/x.bank", 4, "folder no/such/folder"},
        {"fit refs unreadable.png -o part.bank/x", 4, "cannot write"},
        {"fit refs unreadable.png -o /dev/null", 4, "a pipe or a device"},
        {"fit refs unreadable.png -o fifo", 4, "a pipe or a device"},
        {"fit refs unreadable.png -o -", 4, "standard output"},
        {"audit refs unreadable.png --report fifo", 4, "a pipe or a device"},
        {"audit refs unreadable.png --report /dev/full", 4, "a pipe or a device"},
        {"fit refs unreadable.png -o refs/00.png", 2, "refs/00.png would be overwritten"},
        {"fit refs unreadable.png -o refs//00.png", 2, "same file as refs/00.png"},
        {"fit refs unreadable.png -o link.png", 2, "same file as refs/00.png"},
        {"fit refs unreadable.png -o hard.png", 2, "same file as refs/00.png"},
        {"audit refs unreadable.png --json refs/00.png", 2, "would be overwritten"},
        {"audit refs unreadable.png --json a.out --report a.out", 2, "two outputs would go to a.out"},
        {"extract refs unreadable.png -o hard.npy", 2, "same file as refs/00.png"},
        {"fit refs unreadable.png --decisions refs/01.png -o refs/01.png", 2, "would be overwritten"},
        {"score part.bank refs unreadable.png --csv part.bank", 2, "part.bank would be overwritten"},
        {"score part.bank refs unreadable.png --csv ./part.bank", 2, "same file as part.bank"},
        {"score part.bank refs unreadable.png --csv - --json -", 2, "two outputs would go to standard output"},
        {"score part.bank refs unreadable.png --csv both --json both", 2, "two outputs would go to both"},
        {"score part.bank refs --heatmaps refs", 2, "refs/00.png would be overwritten"},
        {"score part.bank refs --heatmaps refs/", 2, "refs/00.png would be overwritten"},
        {"score part.bank refs --heatmaps no/such/folder", 4, "no/such/folder"},
        {"eval part.bank set --json set/test/good/0.png", 2, "would be overwritten"},
        {"eval part.bank set --report set/ground_truth/blot/0_mask.png", 2, "would be overwritten"},
        {"info part.bank --json part.bank", 2, "would be overwritten"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_run(cases[i].arguments, cases[i].expected);
        if (!strstr(program_output, cases[i].says))
            fail_msg("%s: \"%s\" is not in: %s", cases[i].arguments, cases[i].says, program_output);
        assert_one_line();
    }
    assert_script("cmp before.png refs/00.png && rm link.png hard.png hard.npy", 0);
    assert_run("info part.bank", 0);
    if (geteuid() != 0) {
        assert_script("mkdir locked && chmod a-w locked", 0);
        assert_run("fit refs unreadable.png -o locked/x.bank", 4);
        assert_says("Permission denied");
    }
    assert_script("\"$P\" score part.bank refs --csv fifo -q & cat fifo | wc -l; wait $!", 0); /* a stream may be one */
    assert_says("9");
}

static void names_too_long_are_one_line(void **state)
{
    (void)state;
    char name[5001], line[5200];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(line, sizeof line, "audit %s", name);
    assert_run(line, 3);
    assert_says("File name too long");
    snprintf(line, sizeof line, "fit refs -o %s", name);
    assert_run(line, 4);
    snprintf(line, sizeof line, "fit refs -o %.300s", name); /* longer than a name, shorter than a path */
    assert_run(line, 4);
    assert_one_line();
    snprintf(line, sizeof line, "demo %s", name);
    assert_run(line, 2);
    assert_one_line();
}

static void full_disks_leave_the_old_file(void **state)
{
    (void)state;
    assert_run("score part.bank refs --csv /dev/full", 4);
    assert_run("score part.bank refs --json /dev/full", 4);
    write_bytes("old.bank", "old", 3);
    write_bytes("old.npy", "old", 3);
    write_bytes("old.html", "old", 3);
    assert_script("ulimit -f 4; \"$P\" fit refs -o old.bank", 4);
    assert_says("cannot write old.bank");
    assert_script("ulimit -f 4; \"$P\" extract refs -o old.npy", 4);
    assert_script("ulimit -f 4; \"$P\" audit refs --report old.html", 4);
    assert_run("audit refs unreadable.png --json old.html", 3);
    assert_holds("old.bank", "old");
    assert_holds("old.npy", "old");
    assert_holds("old.html", "old");
    assert_script("test -z \"$(find . -name '*.tmp')\"", 0);
}

/* As with any program that opens its output: the umask for a new file, its own mode for one that was there. */
static void files_have_the_mode_that_open_gives(void **state)
{
    (void)state;
    assert_script("umask 027; \"$P\" fit refs -o mode.bank --decisions reviewed.json -q; stat -c %a mode.bank", 0);
    assert_string_equal(program_output, "640\n");
    assert_script("chmod 600 mode.bank; umask 022; \"$P\" fit refs -o mode.bank --decisions reviewed.json -q; stat -c "
                  "%a mode.bank",
                  0);
    assert_string_equal(program_output, "600\n");
}

static void closed_streams_are_not_taken_by_files(void **state)
{
    (void)state;
    assert_script("\"$P\" audit refs unreadable.png >&-", 4);
    assert_says("standard output is closed");
    assert_one_line();
    assert_script("\"$P\" score part.bank set/test --csv - -q >&-", 4);
    assert_script("\"$P\" score part.bank set/test --csv closed.csv -q <&- >&-", 0);
    assert_script("\"$P\" score part.bank set/test --csv open.csv -q && cmp open.csv closed.csv", 0);
    assert_script("\"$P\" fit refs -o closed.bank >/dev/null 2>&- && \"$P\" info closed.bank >/dev/null", 0);
    assert_script("\"$P\" audit refs unreadable.png 2>&-", 3);
    assert_string_equal(program_output, "");
}

/* `head` and its like: nobody is told what nobody wants to read; files are written all the same. */
static void a_reader_may_leave(void **state)
{
    (void)state;
    assert_script("{ sleep 0.2; \"$P\" score part.bank set/test --csv head.csv; echo $? >status; } | true; cat status",
                  0);
    assert_string_equal(program_output, "0\n");
    assert_script("cmp open.csv head.csv", 0);
    assert_script("{ sleep 0.2; \"$P\" score part.bank set/test --exit-code; echo $? >status; } | true; cat status", 0);
    assert_string_equal(program_output, "1\n");
    assert_script("{ sleep 0.2; \"$P\" score part.bank set/test --json -; echo $? >status; } | true; cat status", 0);
    assert_string_equal(program_output, "4\n"); /* data that did not arrive, but no complaint */
    assert_script("\"$P\" --help >/dev/full", 4);
    assert_says("standard output");
}

/* ---- Signals ---------------------------------------------------------------------------------------------------- */

/* Starts the program, silent. */
static pid_t start_program(const char *const arguments[])
{
    enum { MAX_WORDS = 12, MAX_WORD = 64 };
    static char words[MAX_WORDS][MAX_WORD];
    char *argv[MAX_WORDS + 1] = {0};
    const pid_t child = fork();
    if (child != 0)
        return child;
    for (int i = 0; i < MAX_WORDS && (i == 0 || arguments[i - 1]); i++) {
        snprintf(words[i], MAX_WORD, "%s", i == 0 ? "purebank" : arguments[i - 1]);
        argv[i] = words[i];
    }
    if (chdir(program_folder) != 0)
        _exit(99);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP}; /* whoever runs the tests may ignore them */
    for (int i = 0; i < 3; i++)
        signal(stops[i], SIG_DFL);
    execv(PB_PROGRAM, argv);
    _exit(99);
}

static int wait_for(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void nap(long milliseconds)
{
    const struct timespec pause = {0, milliseconds * 1000 * 1000};
    nanosleep(&pause, NULL);
}

/* Waits until the program has begun the file that is to replace `name`. */
static void wait_until_begun(const char *name)
{
    char script[256];
    snprintf(script, sizeof script, "test -n \"$(find . -maxdepth 1 -name '.%s*.tmp')\"", name);
    int begun = 0;
    for (int i = 0; i < 1000 && !(begun = run_script(script) == 0); i++)
        nap(5);
    assert_true(begun);
}

enum { N_PHOTOS = 60 };

static void make_many_photos(void)
{
    char path[64];
    if (exists("many"))
        return;
    make_folder("many");
    for (int i = 0; i < N_PHOTOS; i++) {
        snprintf(path, sizeof path, "many/%02d.png", i);
        write_photo(path, (uint64_t)i, 0);
    }
}

/* A signal in the middle of a long job: status 130, the old file as it was, and no other. */
static void interruption_leaves_the_old_file(void **state)
{
    (void)state;
    make_many_photos();
    static const char *const extract[] = {"extract", "many", "-o", "old.npy", "--threads", "1", NULL};
    static const char *const score[] = {"score", "part.bank", "many", "--csv", "old.npy", "--threads", "1", NULL};
    const char *const *const commands[] = {extract, score};
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (int c = 0; c < 2; c++)
        for (int s = 0; s < 3; s++) {
            write_bytes("old.npy", "old", 3);
            const pid_t child = start_program(commands[c]);
            wait_until_begun("old.npy");
            kill(child, signals[s]);
            assert_int_equal(wait_for(child), 130);
            assert_holds("old.npy", "old");
            assert_script("test -z \"$(find . -name '*.tmp')\" && ! test -e old.paths.txt", 0);
        }
}

/* fit writes only at its end: it is held by decisions that come through a pipe, before the work. */
static void interruption_of_fit_leaves_the_old_bank(void **state)
{
    (void)state;
    make_many_photos();
    write_bytes("old.bank", "old", 3);
    char path[512];
    assert_script("rm -f held.json; mkfifo held.json", 0);
    in_root("held.json", path);
    static const char *const fit[] = {"fit",      "many",      "--decisions", "held.json", "-o",
                                      "old.bank", "--threads", "1",           NULL};
    const pid_t child = start_program(fit);
    FILE *held = fopen(path, "w"); /* returns once the program has opened the other end */
    assert_non_null(held);
    kill(child, SIGINT);
    nap(20);
    fputs("{\"format\":\"purebank-decisions\",\"version\":1,\"images\":[", held);
    for (int i = 0; i < N_PHOTOS; i++)
        fprintf(held, "%s{\"path\":\"many/%02d.png\",\"decision\":\"keep\"}", i ? "," : "", i);
    fputs("]}", held);
    fclose(held);
    assert_int_equal(wait_for(child), 130);
    assert_holds("old.bank", "old");
    assert_script("rm held.json; test -z \"$(find . -name '*.tmp')\"", 0);
}

/* The second Ctrl-C does not wait for anything, and still leaves nothing behind. */
static void a_second_signal_stops_at_once(void **state)
{
    (void)state;
    char path[512];
    assert_script("rm -f held.png; mkfifo held.png", 0);
    in_root("held.png", path);
    write_bytes("old.csv", "old", 3);
    static const char *const score[] = {"score", "part.bank", "held.png", "--csv", "old.csv", NULL};
    const pid_t child = start_program(score);
    wait_until_begun("old.csv");
    const int held = open(path, O_WRONLY);
    assert_true(held >= 0);
    kill(child, SIGINT);
    nap(50);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0); /* the first one waits for the image, which does not come */
    kill(child, SIGINT);
    assert_int_equal(wait_for(child), 130);
    close(held);
    assert_holds("old.csv", "old");
    assert_script("rm held.png; test -z \"$(find . -name '*.tmp')\"", 0);
}

static void ignored_signals_stay_ignored(void **state)
{
    (void)state;
    make_many_photos();
    assert_script(
        "trap '' HUP INT; \"$P\" extract many -o ignored.npy -q & sleep 0.1; kill -HUP $!; kill -INT $!; wait $!", 0);
    assert_true(exists("ignored.npy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hopeless_outputs_are_refused_before_the_work),
        cmocka_unit_test(names_too_long_are_one_line),
        cmocka_unit_test(full_disks_leave_the_old_file),
        cmocka_unit_test(files_have_the_mode_that_open_gives),
        cmocka_unit_test(closed_streams_are_not_taken_by_files),
        cmocka_unit_test(a_reader_may_leave),
        cmocka_unit_test(interruption_leaves_the_old_file),
        cmocka_unit_test(interruption_of_fit_leaves_the_old_bank),
        cmocka_unit_test(a_second_signal_stops_at_once),
        cmocka_unit_test(ignored_signals_stay_ignored),
    };
    return cmocka_run_group_tests(tests, make_inputs, remove_program_folder);
}
