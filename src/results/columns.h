/* The columns of result files: what the table in columns.def says, and what follows from it. */
#ifndef PB_RESULTS_COLUMNS_H
#define PB_RESULTS_COLUMNS_H

#include <stdbool.h>

/* The kinds of result files. */
typedef enum pb_results_kind {
    PB_RESULTS_PURIFICATION, /* what patch purification writes */
    PB_RESULTS_PIXEL,        /* ... with pixel metrics */
    PB_RESULTS_REGIONS,      /* the same cells: how well maps mark defects as regions */
    PB_RESULTS_IMAGE_LEVEL,  /* audits of whole images */
    PB_RESULTS_ASSURANCE,    /* several detectors with one auditor */
    PB_N_RESULTS_KINDS
} pb_results_kind;

typedef enum pb_column_type {
    PB_TYPE_TEXT,
    PB_TYPE_WHOLE,   /* a whole number */
    PB_TYPE_MEASURE, /* 4 decimals; not known: empty */
    PB_TYPE_SHARE,   /* shortest form, but never a whole number: "0.0", "0.05" */
    PB_TYPE_REAL,    /* shortest form: "95", "97.5" */
    PB_TYPE_DATE,    /* of the clock, as PB_TYPE_SECONDS: says nothing about results */
    PB_TYPE_SECONDS
} pb_column_type;

/* Numbers of the rows. */
typedef enum pb_column {
#define COLUMN(id, ...) PB_COLUMN_##id,
#include "results/columns.def"
#undef COLUMN
    PB_N_COLUMNS
} pb_column;

enum { PB_N_COLUMN_NAMES = 2 };

typedef struct pb_column_about {
    const char *name[PB_N_COLUMN_NAMES]; /* the second may be NULL */
    pb_column_type type;
    double low, high; /* of numbers */
} pb_column_about;

const pb_column_about *pb_column_get(pb_column column);
bool pb_column_is_called(pb_column column, const char *name);
/* By any of its names; false: no column of ours. */
bool pb_column_find(const char *name, pb_column *out);
/* Does the column help to tell rows apart in some kind of file? */
bool pb_column_is_key(pb_column column);
/* Does the column tell when, or how long? Then it says nothing about results. */
bool pb_column_is_clock(pb_column column);
/* The same by name; false for columns that are not ours. */
bool pb_column_name_is_clock(const char *name);

/* A kind of file: its columns in order, and those that tell a row from all others. */
typedef struct pb_results_layout {
    int n, n_keys;
    pb_column column[PB_N_COLUMNS], key[PB_N_COLUMNS];
    const char *name[PB_N_COLUMNS]; /* by column, as this kind of file has it; NULL: it has no such column */
} pb_results_layout;

void pb_results_layout_of(pb_results_kind kind, pb_results_layout *out);
/* The column that this kind of file has under that name; PB_N_COLUMNS: none. */
pb_column pb_results_layout_find(const pb_results_layout *layout, const char *name);

#endif
