/* What the program says to the one that started it. */
#ifndef PB_CLI_EXIT_STATUS_H
#define PB_CLI_EXIT_STATUS_H

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

#endif
