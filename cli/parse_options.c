/* Parsing by the table. */
#include "options.h"

#include <math.h>
#include <string.h>

#include "terminal.h"

#include "base/parse.h"
#include "base/words.h"

enum { MAX_NAME = 64 };

const cli_command *cli_find_command(const char *name)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* Edit distance with adjacent swaps (restricted Damerau-Levenshtein), names cut at MAX_NAME. */
static int edit_distance(const char *a, const char *b)
{
    int d[MAX_NAME + 1][MAX_NAME + 1];
    const int n = (int)strnlen(a, MAX_NAME), m = (int)strnlen(b, MAX_NAME);
    for (int i = 0; i <= n; i++)
        d[i][0] = i;
    for (int j = 0; j <= m; j++)
        d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *cli_closest(const char *text, const char *(*next)(int))
{
    const char *closest = NULL;
    int best = 3;
    for (int i = 0; next(i); i++) {
        const int distance = edit_distance(text, next(i));
        if (distance < best && distance < (int)strlen(next(i))) {
            best = distance;
            closest = next(i);
        }
    }
    return closest;
}

static const char *option_name(int i)
{
    return cli_options[i].name;
}

/* What options were called before: scripts go on working, and nobody is told. */
static const struct {
    const char *former, *name;
} renamed[] = {{"k", "multiplier"}};

static const char *current_name(const char *name, size_t *length)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strlen(renamed[i].former) == *length && strncmp(renamed[i].former, name, *length) == 0) {
            *length = strlen(renamed[i].name);
            return renamed[i].name;
        }
    return name;
}

static const cli_option *find_option(const cli_command *command, const char *name, size_t length)
{
    name = current_name(name, &length);
    for (const cli_option *option = cli_options; option->name; option++)
        if ((option->commands & command->bit) && strlen(option->name) == length &&
            strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

static const cli_option *find_letter(const cli_command *command, char letter)
{
    for (const cli_option *option = cli_options; option->name; option++)
        if ((option->commands & command->bit) && option->letter == letter)
            return option;
    return NULL;
}

static int bad_value(const cli_option *option, const char *value, const char *expected)
{
    return cli_usage_error("--%s needs %s, not '%s'", option->name, expected, value);
}

static int set_number(const cli_option *option, const char *value, cli_settings *out)
{
    char expected[96];
    void *field = (char *)out + option->offset;
    const pb_item item = pb_item_of(value);
    if (option->type == CLI_INT) {
        snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f", option->low, option->high);
        return pb_item_integer(item, (int64_t)option->low, (int64_t)option->high, field)
                   ? CLI_EXIT_OK
                   : bad_value(option, value, expected);
    }
    const bool is_share = option->type == CLI_SHARE;
    snprintf(expected, sizeof expected, "a number from %g to %g%s", option->low, option->high,
             is_share ? ", or a percentage such as 5%" : "");
    return (is_share ? pb_item_share : pb_item_real)(item, option->low, option->high, field)
               ? CLI_EXIT_OK
               : bad_value(option, value, expected);
}

static int set_choice(const cli_option *option, const char *value, cli_settings *out)
{
    for (int i = 0; option->choice(i).name; i++)
        if (strcmp(option->choice(i).name, value) == 0) {
            *(const char **)((char *)out + option->offset) = option->choice(i).name;
            return CLI_EXIT_OK;
        }
    char known[480] = "", expected[512];
    for (int i = 0; option->choice(i).name; i++)
        pb_words_list(known, sizeof known, option->choice(i).name);
    snprintf(expected, sizeof expected, "one of %s", known);
    return bad_value(option, value, expected);
}

static int add_value(const cli_option *option, const char *value, cli_settings *out)
{
    cli_list *list = (cli_list *)((char *)out + option->offset);
    if (!*value)
        return bad_value(option, value, "a value");
    if (list->n == CLI_MAX_LIST)
        return cli_usage_error("--%s can be given %d times at most", option->name, CLI_MAX_LIST);
    list->value[list->n++] = value;
    return CLI_EXIT_OK;
}

static int set_value(const cli_option *option, const char *value, cli_settings *out)
{
    switch (option->type) {
    case CLI_FLAG:
        *(bool *)((char *)out + option->offset) = true;
        return CLI_EXIT_OK;
    case CLI_INT:
    case CLI_REAL:
    case CLI_SHARE:
        return set_number(option, value, out);
    case CLI_CHOICE:
        return set_choice(option, value, out);
    case CLI_PATHS:
        return add_value(option, value, out);
    case CLI_TEXT:
    case CLI_PATH:
        break;
    }
    if (!*value)
        return bad_value(option, value, "a value");
    *(const char **)((char *)out + option->offset) = value;
    return CLI_EXIT_OK;
}

static int set_defaults(const cli_command *command, cli_settings *out)
{
    for (const cli_option *option = cli_options; option->name; option++)
        if ((option->commands & command->bit) && option->initial) {
            const int status = set_value(option, option->initial, out);
            if (status != CLI_EXIT_OK)
                return status;
        }
    return CLI_EXIT_OK;
}

static int unknown_option(const cli_command *command, const char *argument)
{
    const char *name = argument + strspn(argument, "-");
    const char *closest = cli_closest(name, option_name);
    if (closest && find_option(command, closest, strlen(closest)))
        return cli_usage_error("%s has no option %s; did you mean --%s?", command->name, argument, closest);
    return cli_usage_error("%s has no option %s; see purebank %s --help", command->name, argument, command->name);
}

/* Handles argv[*at], an option; moves *at past a separate value. */
static int parse_option(const cli_command *command, int argc, char **argv, int *at, cli_settings *out)
{
    const char *argument = argv[*at];
    const char *value = NULL;
    const cli_option *option;
    if (argument[1] == '-') {
        const size_t length = strcspn(argument + 2, "=");
        option = find_option(command, argument + 2, length);
        if (argument[2 + length] == '=')
            value = argument + 2 + length + 1;
    } else {
        option = find_letter(command, argument[1]);
        if (argument[2])
            value = argument + 2;
    }
    if (!option)
        return unknown_option(command, argument);
    if (option->type == CLI_FLAG)
        return value ? cli_usage_error("--%s takes no value", option->name) : set_value(option, "", out);
    if (!value) {
        if (*at + 1 >= argc)
            return cli_usage_error("--%s needs a value: --%s %s", option->name, option->name, option->value);
        value = argv[++*at];
    }
    return set_value(option, value, out);
}

static int check_arguments(const cli_command *command, const cli_settings *settings)
{
    if (settings->help || settings->version)
        return CLI_EXIT_OK;
    if (settings->n_arguments > 0 && settings->n_arguments < command->min_arguments)
        return cli_usage_error("%s needs %s, but only '%s' was given; see purebank %s --help", command->name,
                               command->arguments, settings->arguments[0], command->name);
    if (settings->n_arguments < command->min_arguments)
        return cli_usage_error("usage: purebank %s %s [options]; see purebank %s --help", command->name,
                               command->arguments, command->name);
    if (command->max_arguments >= 0 && settings->n_arguments > command->max_arguments)
        return cli_usage_error("%s takes %s and nothing more, but '%s' was given too", command->name,
                               command->arguments, settings->arguments[command->max_arguments]);
    return CLI_EXIT_OK;
}

int cli_parse(const cli_command *command, int argc, char **argv, cli_settings *out)
{
    *out = (cli_settings){.command = command->bit, .contamination = (double)NAN};
    out->arguments = calloc((size_t)argc + 1, sizeof *out->arguments);
    if (!out->arguments)
        return CLI_EXIT_RESOURCES;
    int status = set_defaults(command, out);
    bool options_end = false;
    for (int i = 0; i < argc && status == CLI_EXIT_OK; i++) {
        if (!options_end && strcmp(argv[i], "--") == 0)
            options_end = true;
        else if (!options_end && argv[i][0] == '-' && argv[i][1])
            status = parse_option(command, argc, argv, &i, out);
        else
            out->arguments[out->n_arguments++] = argv[i];
    }
    return status == CLI_EXIT_OK ? check_arguments(command, out) : status;
}
