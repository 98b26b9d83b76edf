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

/* Each of the studies, those of one's own, and all together. */
enum {
#define PB_BENCHMARK(id, ...) PB_BENCHMARK_##id,
#include <purebank/benchmarks.def>
#undef PB_BENCHMARK
    PB_BENCHMARK_OWN,
    PB_BENCHMARK_ALL,
    PB_MAX_BENCHMARKS
};

typedef struct pb_table_maker {
    const pb_study_selected *selected;
    const pb_study *study;
    const pb_study_contents *contents;
    const char *detector; /* of rows that are not about detectors: ""; NULL: there are none */
    double contamination;
    pb_effect_policy policy; /* of what describes, by the selection; tests have the usual one of pb_study_question */
    int64_t n_setups;
    pb_setup setup[2]; /* disjoint first: what a result should rest on */
    char setup_words[2][128];
    int64_t n_benchmarks;
    pb_benchmark_sets benchmark[PB_MAX_BENCHMARKS];
    pb_study_tables *out;
    pb_status *failure; /* the first of pb_maker_summary(), which pb_maker_take() passes on */
} pb_table_maker;

/* ---- slices ---- */

/* One N (NULL: all), the usual q and K, of the rows that are not about detectors. */
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
extern const char pb_maker_best_note[]; /* which rows compete for the best of a column */
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
/* "Setup disjoint: no contaminant is tested." */
const char *pb_maker_setup_words(const pb_table_maker *maker, pb_setup setup);

/* ---- the tables ---- */

#define TABLES(name) pb_status pb_tables_##name(pb_table_maker *maker);
#define TABLES_AT_C(name) pb_status pb_tables_##name(pb_table_maker *maker, double contamination);
#include "tables/study_tables.def"
#undef TABLES
#undef TABLES_AT_C

pb_status pb_tables_headlines(pb_table_maker *maker); /* headline.c */

#endif
