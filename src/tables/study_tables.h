/* What the tables of a study are made with: each function adds the tables that it can, and notes those that it cannot. */
#ifndef PB_TABLES_STUDY_TABLES_H
#define PB_TABLES_STUDY_TABLES_H

#include <purebank/selection.h>
#include <purebank/stats.h>
#include <purebank/tables.h>

#include "tables/table.h"

/* Categories of one benchmark; the first entry of table_maker.benchmark is all of them. */
typedef struct pb_benchmark_sets {
    const char *name;
    int64_t n;
    const char **datasets;
} pb_benchmark_sets;

enum { PB_MAX_BENCHMARKS = 6 };

typedef struct pb_table_maker {
    const pb_study_selected *selected;
    const pb_study *study;
    const pb_study_contents *contents;
    const char *detector; /* of rows that are not about detectors: ""; NULL: there are none */
    double contamination;
    pb_effect_policy policy; /* of what describes, by the selection; tests have the usual one of pb_study_question */
    int64_t n_setups;
    pb_setup setup[2]; /* disjoint first: what a result should rest on */
    int64_t n_benchmarks;
    pb_benchmark_sets benchmark[PB_MAX_BENCHMARKS];
    pb_study_tables *out;
    pb_status *failure; /* the first of pb_maker_summary(), which pb_maker_take() passes on */
} pb_table_maker;

/* ---- slices ---- */

/* One N (NULL: all), q 95, K 5, of the rows that are not about detectors. */
pb_study_slice pb_maker_slice(const pb_table_maker *maker, pb_setup setup, double contamination, const int64_t *limit);
bool pb_maker_has(const pb_table_maker *maker, const pb_study_slice *slice, const char *method, pb_measure measure);
/* pb_study_summarise() over all categories; n is 0 where that fails. */
pb_study_summary pb_maker_summary(const pb_table_maker *maker, const pb_study_slice *slice, const char *method,
                                  pb_measure measure);
/* Has the N baseline rows with this setup and contamination? */
bool pb_maker_has_limit(const pb_table_maker *maker, pb_setup setup, double contamination, const int64_t *limit);
/* Against the baseline of the same slice by the maker's policy, over the categories of a benchmark; n is 0 where that fails. */
pb_effect pb_maker_effect(const pb_table_maker *maker, const pb_study_slice *slice, const pb_benchmark_sets *sets,
                          const char *method);

/* ---- tables ---- */

/* Adds the table where it has rows and frees it where it has none; *added says which. Passes a failure of the table on. */
pb_status pb_maker_take(pb_table_maker *maker, pb_table *table, bool *added);
pb_status pb_maker_miss(pb_table_maker *maker, const char *id, const char *reason);

pb_table_scope pb_scope(const char *setup, int64_t limit);
/* "0", "0.3", "0.05" */
const char *pb_maker_c(double contamination, char text[PB_NUMBER_BYTES]);
/* "35 categories", "1 category" */
const char *pb_maker_categories(int64_t n, char text[PB_NUMBER_BYTES]);
/* Says that one category is no statistics, and leaves the best unmarked. */
void pb_maker_note_single(pb_table *table);
/* Says in the caption which categories a gain is the mean of. @param policy NULL: that of tests */
void pb_maker_set_policy(pb_table *table, const pb_effect_policy *policy);
/* Names the categories that a method (NULL: the ranking) is not compared over, if there are any. */
void pb_maker_note_excluded(pb_table *table, const char *method, const pb_study_exclusion *excluded,
                            int64_t n_excluded);
/* Names the methods that have rows but no test: none of the question's categories has as many seeds of them as of the baseline. */
void pb_maker_note_untested(const pb_table_maker *maker, const pb_study_question *question,
                            const pb_study_comparisons *comparisons, pb_table *table);
/* A mean over `n` categories next to others over n_most: marked where it is over fewer. */
void pb_maker_set_mean(pb_table *table, int64_t column, double value, int64_t n, int64_t n_most);
/* "disjoint: contaminants are not among the tested images" */
const char *pb_maker_setup_words(pb_setup setup);

/* ---- the tables, by file ---- */

/* auroc_tables.c: AUROC by c, by benchmark, by category, side by side */
pb_status pb_tables_main(pb_table_maker *maker);
pb_status pb_tables_side_by_side(pb_table_maker *maker);
pb_status pb_tables_benchmarks(pb_table_maker *maker, double contamination);
pb_status pb_tables_categories(pb_table_maker *maker);
pb_status pb_tables_methods(pb_table_maker *maker, double contamination); /* method_tables.c */
pb_status pb_tables_across(pb_table_maker *maker);
pb_status pb_tables_detection(pb_table_maker *maker);
pb_status pb_tables_removed(pb_table_maker *maker);
pb_status pb_tables_pixel(pb_table_maker *maker);
pb_status pb_tables_tests(pb_table_maker *maker); /* test_tables.c */
pb_status pb_tables_audit_k(pb_table_maker *maker);
pb_status pb_tables_ablations(pb_table_maker *maker); /* ablation_tables.c */
pb_status pb_tables_assurance(pb_table_maker *maker); /* assurance_tables.c */

pb_status pb_tables_verdicts(pb_table_maker *maker); /* study_verdict.c */

#endif
