/* Any bytes are an error, or a study whose cells are in order, found again, and can be asked for conclusions. */
#define _GNU_SOURCE /* memfd_create() */
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void check_rows(const pb_study *study, const pb_study_contents *contents)
{
    FUZZ_CHECK(contents->n_rows >= 1 && contents->n_setups >= 1 && contents->n_methods >= 1);
    for (int64_t r = 0; r < contents->n_rows; r++) {
        const pb_study_row *row = &contents->rows[r];
        int64_t n;
        const pb_study_row *found = pb_study_find(study, row->setup, row->dataset, row->method, &n);
        FUZZ_CHECK(n >= 1 && found <= row && row < found + n);
        FUZZ_CHECK(row->contamination >= 0 && row->contamination <= 1 && row->limit >= 1 && row->seed >= 0);
        for (int m = 0; m < PB_N_MEASURES; m++)
            FUZZ_CHECK(!isinf(row->value[m]));
    }
}

static void ask(const pb_study *study, const pb_study_contents *contents)
{
    const pb_study_question question = {
        .slice = {.setup = contents->setups[0],
                  .contamination = contents->contaminations[contents->n_contaminations - 1],
                  .limits = contents->limits,
                  .n_limits = 1},
        .measure = PB_MEASURE_AUROC};
    pb_study_ranking ranking = {0};
    pb_study_comparisons comparisons = {0};
    if (pb_study_rank(study, &question, &ranking) == PB_STATUS_OK)
        FUZZ_CHECK(ranking.n >= 1 && ranking.k >= 2 && ranking.cd > 0);
    if (contents->n_methods <= 8 && pb_study_compare(study, &question, &comparisons) == PB_STATUS_OK)
        FUZZ_CHECK(comparisons.n >= 1);
    pb_study_ranking_free(&ranking);
    pb_study_comparisons_free(&comparisons);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    const int file = memfd_create("results", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const char *const paths[] = {path, path};
    pb_study *study = NULL;
    const pb_status status = pb_study_read(paths, 2, PB_STUDY_BOTH_SETUPS, &study);
    if (status == PB_STATUS_OK) {
        check_rows(study, pb_study_get_contents(study));
        ask(study, pb_study_get_contents(study));
    }
    pb_study_free(study);
    close(file);
    fuzz_check_end(status);
    return 0;
}
