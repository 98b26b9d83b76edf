/* purebank-mpi: commands of purebank whose work is dealt out to the ranks of an MPI job. */
#include <fcntl.h>
#include <unistd.h>

#include "engine.h"
#include "ranks.h"
#include "terminal.h"

const cli_program cli_this_program = {
    .name = "purebank-mpi",
    .summary = "the long commands of purebank, dealt out to the ranks of an MPI job",
    .commands = CLI_CACHE | CLI_EXPERIMENT | CLI_SCORE | CLI_EVAL,
    .usual = "  mpirun -np 4 purebank-mpi cache data/ -o caches/\n"
             "  mpirun -np 4 purebank-mpi experiment main --cache caches/ -o results/\n"
             "      the same files as purebank writes; killed at any moment, the same command goes on\n"};

int main(int argc, char **argv)
{
    cli_streams_start();
    cli_speak_plainly();
    ranks_start(&argc, &argv);
    if (ranks_count() == 1) {
        const int exit_status = cli_main(argc, argv);
        ranks_finish();
        return exit_status;
    }
    if (ranks_mine() > 0) {
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDOUT_FILENO);
        cli_mute();
    }
    ranks_share_host();
    engine_set();
    return engine_finish(cli_main(argc, argv));
}
