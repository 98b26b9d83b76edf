/* The program purebank. */
#include "options.h"

const cli_program cli_this_program = {.name = "purebank",
                                      .summary = "few-shot visual inspection from 5-20 photos of good parts",
                                      .commands = CLI_ALL,
                                      .usual = "  purebank audit references/ --report audit.html\n"
                                               "      open the page, decide about each reference, save decisions.json\n"
                                               "  purebank fit references/ -o part.bank --decisions decisions.json\n"
                                               "      build the bank from those you kept\n"
                                               "  purebank score part.bank new/ --heatmaps maps/\n"
                                               "      judge new parts\n"};

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
