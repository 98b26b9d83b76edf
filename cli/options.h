/* The command line, declared once: one table of commands and one of options drive parsing, validation, --help, the man page
 * and the completion. */
#ifndef PB_CLI_OPTIONS_H
#define PB_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Bits of cli_option.commands, one a row of commands.def. */
enum {
#define COMMAND(name, bit, ...) CLI_NUMBER_##bit,
#include "commands.def"
#undef COMMAND
    CLI_N_COMMANDS
};

enum {
#define COMMAND(name, bit, ...) CLI_##bit = 1 << CLI_NUMBER_##bit,
#include "commands.def"
#undef COMMAND
    CLI_READS_RESULTS = CLI_COMPARE | CLI_MERGE | CLI_FIGURES | CLI_STATS | CLI_TABLES | CLI_REPORT, /* and no images */
    CLI_ALL = (1 << CLI_N_COMMANDS) - 1
};

/* A program that has commands of this table. */
typedef struct cli_program {
    const char *name, *summary;
    unsigned commands; /* their bits */
    const char *usual; /* "The usual way:" of the overview */
} cli_program;

/* Each defines its own. */
extern const cli_program cli_this_program;
/* All of it but what is peculiar to the program; returns the exit status. */
int cli_main(int argc, char **argv);

/* Exit statuses, part of the interface. */
enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_PARTS_FAILED = 1,
    CLI_EXIT_DIFFERENT = 1, /* compare */
    CLI_EXIT_USAGE = 2,
    CLI_EXIT_BAD_INPUT = 3,
    CLI_EXIT_RESOURCES = 4,
    CLI_EXIT_INTERRUPTED = 130
};

enum { CLI_MAX_LIST = 16 };

/* Values of an option that may be given several times, in that order. */
typedef struct cli_list {
    const char *value[CLI_MAX_LIST];
    int n;
} cli_list;

/* Values of all options after parsing. */
typedef struct cli_settings {
    unsigned command; /* its bit */
    const char *output;
    const char *backbone;
    int64_t size;
    const char *resolution;
    int64_t tile;
    const char *overlap; /* a number, as 0 is one */
    const char *roi;
    const char *augment;
    const char *layer;
    const char *precision;
    bool allow_precision_mix;
    const char *rule;
    double multiplier;
    int64_t knn_k;
    int64_t to_version; /* of station activate; 0: the newest that can be loaded */
    const char *audit_action;
    const char *decisions;
    const char *purify;
    double percentile;
    double contamination; /* NaN: not given, where there is no default */
    int64_t seed;
    const char *coreset;
    const char *image_score;
    double false_alarm_rate, confidence;
    const char *csv;
    const char *json;
    const char *heatmaps;
    const char *report;
    bool exit_code;
    const char *categories;
    const char *cache; /* a single folder of them */
    const char *data;  /* where photos are */
    int64_t limit;     /* of references */
    int64_t n_images;  /* shown */
    cli_list caches, defects, taken_back;
    bool reset;
    cli_list added, removed, excluded, restored, parts, traced;
    const char *author, *reason;
    const char *sizes, *contrasts; /* lists */
    const char *sensitivity;       /* of fit: a number, as 0 is one */
    const char *auditor;
    const char *setup;
    const char *benchmark;
    const char *limits, *contaminations, *seeds, *methods, *percentiles, *knn_ks; /* lists */
    const char *product, *bank, *listen, *token_file, *watch, *mqtt;
    bool sort;
    const char *shard;
    const char *memory;
    bool exclude_loco;
    bool plan;
    bool show_status;
    const char *key;
    double tolerance;
    const char *format, *only; /* lists */
    bool verbose;
    bool names_only;
    bool check;
    bool half;
    bool debug;
    bool force;
    int64_t threads;
    int64_t max_pixels;
    bool quiet;
    bool help;
    bool version;
    const char **arguments; /* positional */
    int n_arguments;
} cli_settings;

/* An allowed value and what it means; name == NULL after the last. */
typedef struct cli_choice {
    const char *name, *meaning;
} cli_choice;

/* The studies' figures; none where the program was built without what draws them. */
cli_choice cli_figure_choice(int i);

typedef struct cli_command {
    const char *name;
    unsigned bit;
    int (*run)(const cli_settings *settings); /* returns an exit status */
    const char *arguments;                    /* "REFS..." */
    int min_arguments, max_arguments;         /* max < 0: any number */
    const char *summary;                      /* one line */
    const char *description;                  /* a paragraph for the man page and --help */
    const char *example;
    cli_choice (*argument)(int); /* i-th value that the argument may have; NULL: it is no name of ours */
} cli_command;

/* CLI_PATHS: a path that may be given several times, into a cli_list. CLI_SHARE: a number from 0 to 1, which may also be given as
 * a percentage ("5%"). */
typedef enum cli_type { CLI_FLAG, CLI_TEXT, CLI_PATH, CLI_PATHS, CLI_INT, CLI_REAL, CLI_SHARE, CLI_CHOICE } cli_type;

typedef struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* 0 = none */
    cli_type type;
    size_t offset;             /* of the field in cli_settings */
    unsigned commands;         /* which commands have it */
    const char *value;         /* "FILE", "PX"; NULL for flags */
    const char *initial;       /* default as text; NULL = none */
    double low, high;          /* range of numbers, inclusive */
    cli_choice (*choice)(int); /* i-th allowed value; NULL: not a choice */
    const char *help;
} cli_option;

extern const cli_command cli_commands[]; /* ends with a NULL name */
extern const cli_option cli_options[];   /* ends with a NULL name */

const cli_command *cli_find_command(const char *name);

/* Parses the arguments after the command. On an error writes one line to stderr and returns CLI_EXIT_USAGE. The arrays of
 * *out point into argv; settings->arguments is to be freed. */
int cli_parse(const cli_command *command, int argc, char **argv, cli_settings *out);

/* The name from `next(i)` (NULL-terminated sequence) that `text` was probably meant to be; NULL when none is close. */
const char *cli_closest(const char *text, const char *(*next)(int));

/* cli/help.c */
void cli_print_overview(FILE *out);
void cli_print_command_help(FILE *out, const cli_command *command);
void cli_print_man_page(FILE *out);
void cli_print_completion(FILE *out);

/* One function a command, each in its own file: cli/cmd_<name>.c. */
#define COMMAND(name, ...) int cli_##name(const cli_settings *settings);
#include "commands.def"
#undef COMMAND

#endif
