/* A table as it stands in a paper: one model, and everything that shows it (LaTeX, Markdown, CSV, the page) takes the texts of
 * its numbers from here. Functions that add return nothing: the first failure is remembered, and pb_table_status() reports it. */
#ifndef PB_TABLES_TABLE_H
#define PB_TABLES_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/tables.h>

#include "base/error.h"

typedef enum pb_column_kind {
    PB_FORMAT_TEXT,        /* words, set left */
    PB_FORMAT_NUMBER,      /* 0.8415 */
    PB_FORMAT_SIGNED,      /* +0.0064: a difference */
    PB_FORMAT_SPREAD,      /* 0.8415 and its standard deviation */
    PB_FORMAT_INTERVAL,    /* [-0.0012, 0.0140] */
    PB_FORMAT_PROBABILITY, /* 0.0123 or 3.2e-07 */
} pb_column_kind;

/* Which value of a column is marked, in each group of rows. */
typedef enum pb_column_best { PB_BEST_NONE, PB_BEST_HIGHEST, PB_BEST_LOWEST } pb_column_best;

/* What a table, row or column is about; the page filters by it. Zeroed: about everything. Texts are borrowed. */
typedef struct pb_table_scope {
    const char *setup;     /* NULL: any */
    const char *benchmark; /* NULL: any */
    int64_t limit;         /* N; 0: any */
    double contamination;  /* c; NaN or 0 with !has_contamination: any */
    bool has_contamination;
} pb_table_scope;

typedef struct pb_table_column {
    char *group; /* a heading above this one and its neighbours of the same group; may be "" */
    char *head;
    char *name; /* for programs: what CSV calls it; NULL: made of group and head */
    pb_column_kind kind;
    pb_column_best best;
    int decimals;
    pb_table_scope scope;
} pb_table_column;

typedef struct pb_table_row {
    char *group;  /* rows of one group stand together below its name; may be "" */
    char *name;   /* of the group, for programs; NULL: the same */
    bool contest; /* its values may be marked as best: not those that are told the truth */
    pb_table_scope scope;
} pb_table_row;

typedef struct pb_table_cell {
    char *text;           /* of a column of words; NULL: none */
    char *name;           /* the same for programs, such as a method's identifier; NULL: the text */
    double value, second; /* NaN: none. The second: standard deviation, or the upper end */
    bool best;
    bool partial; /* over fewer categories than its neighbours: marked, and never the best */
} pb_table_cell;

struct pb_table {
    pb_status status;
    char *id, *title, *caption;
    char *policy; /* a sentence that ends the caption; NULL: none */
    pb_table_scope scope;
    int64_t n_columns, n_rows, n_notes;
    pb_table_column *column;
    pb_table_row *row;
    pb_table_cell *cell; /* n_rows x n_columns */
    char **note;
    bool is_unmarked; /* no best is marked: of one category, the best is an accident */
};

enum { PB_NUMBER_BYTES = 40 };

/* A formatted text of its own, or NULL with the message set. */
char *pb_table_textf(const char *format, ...) __attribute__((format(printf, 1, 2)));

pb_status pb_table_new(const char *id, pb_table **out);
pb_status pb_table_status(const pb_table *table);

/* These take the text over, as pb_table_textf() gives it; NULL is the failure to make one. */
void pb_table_set_title(pb_table *table, char *title);
void pb_table_set_caption(pb_table *table, char *caption);
/* A sentence about what its gains are the mean of, which will end the caption. */
void pb_table_set_policy(pb_table *table, char *policy);
void pb_table_add_note(pb_table *table, char *note);

/* Columns before rows. Copies the texts. */
void pb_table_add_column(pb_table *table, const char *group, const char *head, pb_column_kind kind, pb_column_best best,
                         int decimals, const pb_table_scope *scope);
/* What CSV calls the last column. People read labels, programs names. */
void pb_table_name_column(pb_table *table, const char *name);
/* A row of empty cells, which are filled from the left by those below. */
void pb_table_add_row(pb_table *table, const char *group, bool contest, const pb_table_scope *scope);
/* What CSV calls the group of the last row. */
void pb_table_name_group(pb_table *table, const char *name);
void pb_table_set_text(pb_table *table, int64_t column, const char *text);
/* A method of a study by its label, and by its name in CSV. `more` follows both, such as " (c = 0)". */
void pb_table_set_method(pb_table *table, int64_t column, const char *method, const char *more);
void pb_table_set_value(pb_table *table, int64_t column, double value);
void pb_table_set_pair(pb_table *table, int64_t column, double value, double second);
void pb_table_set_partial(pb_table *table, int64_t column);

/* Marks the best of each column and group, by the numbers as they are shown: equals share the mark. Where all are equal nothing is
 * marked. */
void pb_table_mark_best(pb_table *table);

const pb_table_cell *pb_table_at(const pb_table *table, int64_t row, int64_t column);

/* The number as every format shows it, with '.' whatever the locale: "" for NaN. A value that rounds to zero has no sign. */
void pb_table_number(pb_column_kind kind, int decimals, double value, char out[PB_NUMBER_BYTES]);

#endif
