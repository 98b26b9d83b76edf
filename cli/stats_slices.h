/* What purebank stats answers: one slice of the results after another, each as tables, text and JSON. */
#ifndef PB_CLI_STATS_SLICES_H
#define PB_CLI_STATS_SLICES_H

#include <jansson.h>

#include <purebank/purebank.h>

#include "io/file.h"

enum { CLI_SLICE_NAME_BYTES = 256, CLI_SLICE_REASON_BYTES = 512 };

/* One setup, detector and contamination, with or without LOCO. */
typedef struct cli_slice {
    char name[CLI_SLICE_NAME_BYTES]; /* "disjoint_c0.3_no_loco": the middle of file names */
    pb_study_question question;
    int64_t *limits; /* of the question; owned */
    bool has_ranking, has_comparisons;
    char no_ranking[CLI_SLICE_REASON_BYTES], no_comparisons[CLI_SLICE_REASON_BYTES]; /* why not */
    pb_study_ranking ranking;
    pb_study_comparisons comparisons;
} cli_slice;

/* Answers the question; PB_STATUS_MISMATCH where the results have neither a ranking nor a comparison. */
pb_status cli_slice_answer(const pb_study *study, cli_slice *slice);
void cli_slice_free(cli_slice *slice);

/* "10, 20 pooled" */
void cli_slice_limits(const cli_slice *slice, const char *between, char *out, size_t size);

/* Tables for programs. */
pb_status cli_slice_write_rankings(const cli_slice *slice, const char *path);
pb_status cli_slice_write_wilcoxon(const cli_slice *slice, const char *path);
/* Everything; NULL when out of memory. */
json_t *cli_slice_to_json(const cli_slice *slice);

/* Text for people, to a file, or where `writer` is NULL to the terminal. */
pb_status cli_slice_write_text(const cli_slice *slice, pb_writer *writer);

#endif
