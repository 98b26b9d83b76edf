/* Work for all ranks: rank 0 takes items, deals them and keeps the results; every rank, 0 included, computes. */
#ifndef PB_MPI_ENGINE_H
#define PB_MPI_ENGINE_H

#include "base/work_engine.h"

/* Sets the engine of pb_work_run(); the ranks have started. */
void engine_set(void);

/* The end of the program: rank 0 waits for all others, and says what was wrong elsewhere. @return the exit status for mpirun */
int engine_finish(int exit_status);

#endif
