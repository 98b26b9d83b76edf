/* Everything that is printed from the option table: help, man page, completion. */
#include "options.h"

#include <string.h>

#include <purebank/purebank.h>

enum { WIDTH = 80, OPTION_COLUMN = 30, CHOICE_COLUMN = 32 };

/* The names, with spaces between them. */
static const char *choice_text(cli_choice (*choice)(int), char *buffer, size_t size)
{
    buffer[0] = '\0';
    for (int i = 0; choice(i).name; i++) {
        if (i)
            strncat(buffer, " ", size - strlen(buffer) - 1);
        strncat(buffer, choice(i).name, size - strlen(buffer) - 1);
    }
    return buffer;
}

/* "-o, --output FILE" */
static void option_usage(const cli_option *option, char *buffer, size_t size)
{
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(buffer, size, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
}

/* Prints `text` wrapped to `width` columns, continuation lines indented. */
static void print_wrapped(FILE *out, const char *text, int indent, int width)
{
    int column = indent;
    while (*text) {
        const int word = (int)strcspn(text, " ");
        if (column > indent && column + 1 + word > width) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const cli_option *option)
{
    char usage[96], help[1024];
    option_usage(option, usage, sizeof usage);
    snprintf(help, sizeof help, "%s", option->help);
    if (option->initial && option->type != CLI_FLAG)
        snprintf(help + strlen(help), sizeof help - strlen(help), " [%s]", option->initial);
    fprintf(out, "  %-*s", OPTION_COLUMN - 2, usage);
    print_wrapped(out, help, OPTION_COLUMN, WIDTH);
    for (int i = 0; option->choice && option->choice(i).name; i++) {
        const cli_choice choice = option->choice(i);
        snprintf(help, sizeof help, "%s: %s", choice.name, choice.meaning);
        fprintf(out, "%*s", CHOICE_COLUMN, "");
        print_wrapped(out, help, CHOICE_COLUMN + 2, WIDTH);
    }
}

/* "RUN:", and what the argument may be. */
static void print_argument(FILE *out, const cli_command *command)
{
    fprintf(out, "\n%s:\n", command->arguments);
    for (int i = 0; command->argument(i).name; i++) {
        fprintf(out, "  %-*s ", OPTION_COLUMN - 3, command->argument(i).name);
        print_wrapped(out, command->argument(i).meaning, OPTION_COLUMN, WIDTH);
    }
}

void cli_print_overview(FILE *out)
{
    enum { SUMMARY_COLUMN = 28 };
    const cli_program *program = &cli_this_program;
    fprintf(out, "%s %s: %s\n\n", program->name, pb_version(), program->summary);
    fprintf(out, "usage: %s COMMAND ... [options]\n\n", program->name);
    for (const cli_command *command = cli_commands; command->name; command++) {
        if (!(command->bit & program->commands))
            continue;
        fprintf(out, "  %-10s %-14s ", command->name, command->arguments);
        print_wrapped(out, command->summary, SUMMARY_COLUMN, WIDTH);
    }
    fprintf(out, "\nThe usual way:\n%s", program->usual);
    fputs("\n'purebank help COMMAND' explains a command, 'purebank demo' shows it all.\n", out);
    fputs("Exit status: 0 done, 1 parts failed (score --exit-code), 2 usage, 3 bad input,\n4 resources, "
          "130 interrupted.\n",
          out);
}

void cli_print_command_help(FILE *out, const cli_command *command)
{
    fprintf(out, "usage: purebank %s%s%s [options]\n\n", command->name, *command->arguments ? " " : "",
            command->arguments);
    print_wrapped(out, command->description, 0, WIDTH);
    if (command->argument)
        print_argument(out, command);
    fputs("\noptions:\n", out);
    for (const cli_option *option = cli_options; option->name; option++)
        if (option->commands & command->bit)
            print_option(out, option);
    const char *photos = strstr(command->arguments, "REFS") ? "REFS" : strstr(command->arguments, "IMAGES");
    if (photos)
        fprintf(out,
                "\n%.*s are files, folders (searched recursively, in the order of whole paths),\none .npy file of "
                "features, or the cache of one category.\n",
                (int)strcspn(photos, ". "), photos);
    fprintf(out, "\nexample: %s\n", command->example);
}

/* troff: backslashes and leading dots are special, dashes are to be typed as they stand. */
static void print_troff(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '-')
            fputs("\\-", out);
        else if (*c == '\\')
            fputs("\\e", out);
        else if (*c == '.' && c == text)
            fputs("\\&.", out);
        else
            fputc(*c, out);
    }
}

static void man_choices(FILE *out, cli_choice (*choice)(int))
{
    for (int i = 0; choice && choice(i).name; i++) {
        fprintf(out, "%s.br\n\\fB", i ? "" : ".sp\n");
        print_troff(out, choice(i).name);
        fputs("\\fR: ", out);
        print_troff(out, choice(i).meaning);
        fputs(".\n", out);
    }
}

static void man_option(FILE *out, const cli_option *option)
{
    fputs(".TP\n\\fB", out);
    if (option->letter)
        fprintf(out, "\\-%c\\fR, \\fB", option->letter);
    fputs("\\-\\-", out);
    print_troff(out, option->name);
    fprintf(out, "\\fR");
    if (option->value)
        fprintf(out, " \\fI%s\\fR", option->value);
    fputc('\n', out);
    print_troff(out, option->help);
    if (option->initial && option->type != CLI_FLAG) {
        fputs(". Default: ", out);
        print_troff(out, option->initial);
    }
    fputs(".\n", out);
    man_choices(out, option->choice);
}

static void man_command(FILE *out, const cli_command *command)
{
    fprintf(out, ".SS purebank %s \\fI%s\\fR\n", command->name, command->arguments);
    print_troff(out, command->description);
    fputc('\n', out);
    man_choices(out, command->argument);
    for (const cli_option *option = cli_options; option->name; option++)
        if ((option->commands & command->bit) && option->commands != CLI_ALL)
            man_option(out, option);
    fputs(".PP\nExample: \\fB", out);
    print_troff(out, command->example);
    fputs("\\fR\n", out);
}

void cli_print_man_page(FILE *out)
{
    fprintf(out, ".TH PUREBANK 1 \"\" \"purebank %s\" \"User Commands\"\n", pb_version());
    fputs(".SH NAME\npurebank \\- few\\-shot visual inspection from photos of good parts\n", out);
    fputs(".SH SYNOPSIS\n.B purebank\n.I COMMAND\n[\\fIoptions\\fR]\n", out);
    fputs(".SH DESCRIPTION\n", out);
    fputs("A station is commissioned from 5\\-20 photos of good parts. Their patch features form a memory bank; a new "
          "part is\n"
          "scored by the distance of its patches to the bank. As one bad reference poisons the bank, the references "
          "are audited\n"
          "first.\n",
          out);
    fputs(".PP\nREFS and IMAGES are files, folders (searched recursively, in the order of whole paths), one .npy "
          "file of\n"
          "features, or the cache of one category.\n",
          out);
    fputs(".SH COMMANDS\n", out);
    for (const cli_command *command = cli_commands; command->name; command++)
        man_command(out, command);
    fputs(".SH OPTIONS OF ALL COMMANDS\n", out);
    for (const cli_option *option = cli_options; option->name; option++)
        if (option->commands == CLI_ALL)
            man_option(out, option);
    fputs(".SH EXIT STATUS\n0 done; 1 a part failed (score \\-\\-exit\\-code), or results differ (compare); 2 usage; 3 "
          "bad input; 4 resources "
          "(memory, disk,\n"
          "permissions); 130 interrupted.\n",
          out);
    fputs(".SH ENVIRONMENT\n.TP\n.B PB_NUM_THREADS\nthreads when \\-\\-threads is not given.\n.TP\n.B NO_COLOR\nno "
          "colours.\n",
          out);
    fputs(".SH FILES\nOutput files are written beside their final name and renamed when complete: an old file stays "
          "intact until\n"
          "the new one is whole.\n",
          out);
}

/* The words that may follow an option: choices, else file names, else nothing. */
static void completion_case(FILE *out, const cli_command *command, const cli_option *option)
{
    char choices[512];
    if (option->choice)
        fprintf(out, "        %s:--%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", command->name,
                option->name, choice_text(option->choice, choices, sizeof choices));
    else if (strcmp(option->name, "backbone") == 0)
        fprintf(out, "        %s:--%s) _purebank_files -d; _purebank_builtin; return ;;\n", command->name,
                option->name);
    else if (option->type == CLI_PATH || option->type == CLI_PATHS)
        fprintf(out, "        %s:--%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", command->name,
                option->name);
    else if (option->type != CLI_FLAG)
        fprintf(out, "        %s:--%s) return ;;\n", command->name, option->name);
}

/* The words that the argument of a command may be. */
static void completion_argument(FILE *out, const cli_command *command)
{
    char choices[512];
    fprintf(out, "    if [ \"$command\" = %s ]; then COMPREPLY=($(compgen -W '%s' -- \"$cur\")); fi\n", command->name,
            choice_text(command->argument, choices, sizeof choices));
}

static void completion_commands(FILE *out)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        fprintf(out, "%s%s", command == cli_commands ? "" : " ", command->name);
}

void cli_print_completion(FILE *out)
{
    fputs("# bash completion for purebank; generated from its option table\n", out);
    fputs("_purebank_files() { mapfile -t COMPREPLY < <(compgen \"${1:--f}\" -- \"$cur\"); }\n", out);
    fputs("_purebank_builtin() { [[ builtin != \"$cur\"* ]] || COMPREPLY+=(builtin); }\n_purebank() {\n", out);
    fputs("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n", out);
    fputs("    local IFS=$' \\t\\n'\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W '", out);
    completion_commands(out);
    fputs(" help' -- \"$cur\"))\n        return\n    fi\n    if [ \"$command\" = help ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    completion_commands(out);
    fputs("' -- \"$cur\"))\n        return\n    fi\n    case \"$command:$prev\" in\n", out);
    for (const cli_command *command = cli_commands; command->name; command++)
        for (const cli_option *option = cli_options; option->name; option++)
            if (option->commands & command->bit)
                completion_case(out, command, option);
    fputs("    esac\n    if [[ $cur == -* ]]; then\n        case $command in\n", out);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(out, "        %s) COMPREPLY=($(compgen -W '", command->name);
        for (const cli_option *option = cli_options; option->name; option++)
            if (option->commands & command->bit)
                fprintf(out, "--%s ", option->name);
        fputs("' -- \"$cur\")) ;;\n", out);
    }
    fputs("        esac\n        return\n    fi\n    _purebank_files\n"
          "    if [ \"$command\" = info ]; then _purebank_builtin; fi\n",
          out);
    for (const cli_command *command = cli_commands; command->name; command++)
        if (command->argument)
            completion_argument(out, command);
    fputs("}\n", out);
    fputs("complete -o filenames -F _purebank purebank\n", out);
}
