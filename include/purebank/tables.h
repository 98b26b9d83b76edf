/** @file tables.h
 *  @brief The tables of the studies from result files: LaTeX, Markdown and CSV of the same numbers. No pointer in this header may be NULL
 *  unless it says so. */
#ifndef PUREBANK_TABLES_H
#define PUREBANK_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/selection.h>
#include <purebank/stats.h>

PB_BEGIN_DECLS

/** A table of a study; known by its id ("main_disjoint"), which also names its files. */
typedef struct pb_table pb_table;

/** Both never NULL, and borrowed from the table. */
PB_API const char *pb_table_id(const pb_table *table);
PB_API const char *pb_table_title(const pb_table *table);
/** Accepts NULL. */
PB_API void pb_table_free(pb_table *table);

typedef enum pb_table_format {
    PB_TABLE_LATEX,    /**< a float to be \\input after \\usepackage{booktabs,graphicx}; shrinks to the line */
    PB_TABLE_MARKDOWN, /**< a pipe table with its caption and notes */
    PB_TABLE_CSV       /**< ";" between fields, a line of names, nothing but the rows */
} pb_table_format;

/** ".tex", ".md", ".csv" */
PB_API const char *pb_table_suffix(pb_table_format format);

/** Writes a table; the numbers are the same in every format, digit by digit. @return PB_STATUS_OUTPUT */
PB_API pb_status pb_table_write(const pb_table *table, pb_table_format format, const char *path);

/** What a ranking says, in the words of tables, captions and summaries: "Friedman: χ² = 4.67, p = 0.0970, over the 3 methods with a
 *  mean rank (1 = best) and n = 3 categories. Ranks further apart than the critical difference 1.913 differ at the 5 % level (Nemenyi)."
 *  Of two methods, or where all are equal, without the test. @param out 400 bytes are enough, more is cut */
PB_API void pb_study_ranking_words(const pb_study_ranking *ranking, char *out, size_t size);
/** "LOO: without 3 categories where rows or seeds are missing: bottle, cable and 1 more."; "" where nothing is left out.
 *  @param method NULL: the ranking @param excluded n; may be NULL where n is 0 */
PB_API void pb_study_exclusion_words(const char *method, const pb_study_exclusion *excluded, int64_t n, char *out,
                                     size_t size);

typedef struct pb_study_tables_options {
    size_t size;   /**< sizeof(pb_study_tables_options): PB_STUDY_TABLES_OPTIONS_INIT */
    bool variants; /**< the tables of methods and benchmarks for every other c, too: what the page chooses from */
} pb_study_tables_options;

#define PB_STUDY_TABLES_OPTIONS_INIT                                                                                   \
    {                                                                                                                  \
        sizeof(pb_study_tables_options), false                                                                         \
    }

/** A table that the results do not give. */
typedef struct pb_missing_table {
    const char *id;     /**< static; without the setup where neither gives it */
    const char *reason; /**< static */
} pb_missing_table;

/** All tables that a selection of a study gives. Free with pb_study_tables_free(), before the selection. */
typedef struct pb_study_tables {
    double contamination; /**< that of the selection */
    char *headline;       /**< one line: what the audit recovers, disjoint where both setups are there */
    char *other_headline; /**< the same of the other setup; NULL: there is none */
    int64_t n, n_missing;
    pb_table **table;
    pb_missing_table *missing;
    bool headline_is_bad; /**< the method of the headline loses AUROC */
} pb_study_tables;

/** @param options NULL: PB_STUDY_TABLES_OPTIONS_INIT
 *  @return PB_STATUS_BAD_ARGUMENT for a contamination that the selection does not have */
PB_API pb_status pb_study_tables_make(const pb_study_selected *selected, const pb_study_tables_options *options,
                                      pb_study_tables *out);
/** Accepts NULL and zeroed tables. */
PB_API void pb_study_tables_free(pb_study_tables *tables);

PB_END_DECLS

#endif
