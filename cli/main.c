/* Finds the command, parses its options, runs it. */
#include <purebank/purebank.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/work_engine.h"
#include "io/file.h"
#include "options.h"
#include "overwrite.h"
#include "resolution.h"
#include "terminal.h"

static const char *command_name(int i)
{
    return cli_commands[i].name;
}

static int unknown_command(const char *name)
{
    const char *closest = cli_closest(name, command_name);
    if (closest)
        return cli_usage_error("there is no command '%s'; did you mean '%s'?", name, closest);
    return cli_usage_error("there is no command '%s'; see purebank --help", name);
}

/* "purebank help COMMAND" */
static int explain(const char *name)
{
    const cli_command *command = cli_find_command(name);
    if (!command)
        return unknown_command(name);
    cli_print_command_help(stdout, command);
    return CLI_EXIT_OK;
}

/* Not commands, but asked for without one. Returns -1 when it is neither. */
static int global_request(const char *argument)
{
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 || strcmp(argument, "help") == 0)
        cli_print_overview(stdout);
    else if (strcmp(argument, "--version") == 0 || strcmp(argument, "-V") == 0)
        printf("%s %s\n", cli_this_program.name, pb_version());
    else if (strcmp(argument, "--print-man") == 0)
        cli_print_man_page(stdout);
    else if (strcmp(argument, "--print-completion") == 0)
        cli_print_completion(stdout);
    else
        return -1;
    return CLI_EXIT_OK;
}

/* What can be found wrong before the work. */
static pb_status prepare(const cli_settings *settings)
{
    PB_TRY(pb_threads_set((int)settings->threads));
    if (settings->max_pixels > 0) /* of a command that reads images */
        PB_TRY(pb_image_set_max_pixels(settings->max_pixels));
    if (pb_work_is_remote()) /* nothing is written from here */
        return PB_STATUS_OK;
    if (cli_stdout_was_closed() && !settings->quiet)
        return pb_fail(PB_STATUS_OUTPUT,
                       "standard output is closed: send it to a file or to /dev/null, or use --quiet");
    return cli_check_outputs(settings);
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    cli_settings settings;
    if (!(command->bit & cli_this_program.commands))
        return cli_usage_error("%s has no command '%s', but purebank has", cli_this_program.name, command->name);
    int exit_status = cli_parse(command, argc, argv, &settings);
    cli_terminal_start(settings.quiet);
    if (exit_status == CLI_EXIT_OK && settings.help)
        cli_print_command_help(stdout, command);
    else if (exit_status == CLI_EXIT_OK && settings.version)
        printf("%s %s\n", cli_this_program.name, pb_version());
    else if (exit_status == CLI_EXIT_OK && (exit_status = cli_check_resolution(&settings)) == CLI_EXIT_OK) {
        const pb_status status = prepare(&settings);
        exit_status = status == PB_STATUS_OK ? command->run(&settings) : cli_fail(status);
    }
    free(settings.arguments);
    return exit_status;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        cli_print_overview(pb_work_is_remote() ? stdout : stderr);
        return CLI_EXIT_USAGE;
    }
    const cli_command *command = cli_find_command(argv[1]);
    if (command)
        return run_command(command, argc - 2, argv + 2);
    if (argc == 3 && strcmp(argv[1], "help") == 0)
        return explain(argv[2]);
    const int exit_status = global_request(argv[1]);
    if (exit_status >= 0)
        return exit_status;
    return argv[1][0] == '-' ? cli_usage_error("the command comes first; see purebank --help")
                             : unknown_command(argv[1]);
}

/* The OpenMP runtime, when it cannot start its threads, ends the program by exit(1): "a part failed" in our language. */
static bool has_ended;

static void end_early(void)
{
    if (has_ended)
        return;
    pb_writer_remove_unfinished();
    _exit(CLI_EXIT_RESOURCES);
}

int cli_main(int argc, char **argv)
{
    atexit(end_early);
    cli_streams_start();
    const int exit_status = cli_streams_end(run(argc, argv));
    has_ended = true;
    return exit_status;
}
