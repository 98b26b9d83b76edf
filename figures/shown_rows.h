/* What figures look at: one study, the rows that count by default, and the cells of a panel over the same categories. */
#ifndef PB_CLI_FIGURES_VIEW_H
#define PB_CLI_FIGURES_VIEW_H

#include <purebank/stats.h>
#include <purebank/study.h>

#include "figures/figures.h"
#include "figures/text.h"

typedef struct cli_view {
    const pb_study *study;
    const pb_study_contents *contents;
    pb_setup setup;
    const char *detector, *auditor; /* where the files tell them */
    double percentile;              /* 95, or the one that occurs */
    int64_t k;                      /* 5, or the one that occurs */
    double contamination;           /* c at which methods are compared */
    const char **methods;           /* shown, "none" among them where it occurs */
    int64_t n_methods;
    bool is_named;             /* by the caller */
    int64_t *limits, n_limits; /* N that are pooled, as in the statistics: pb_study_pooled_limits() */
} cli_view;

/* Close with cli_view_close(), whatever is returned. @return PB_STATUS_BAD_ARGUMENT for a method that does not occur */
pb_status cli_view_open(const cli_figures_request *request, const cli_backbone *backbone, cli_view *out);
/* The same view of one detector's rows, with the N that these have. Close as above. */
pb_status cli_view_of_detector(const cli_view *view, const char *detector, cli_view *out);
void cli_view_close(cli_view *view);
/* The rows at c and N (0: the pooled ones). */
pb_study_slice cli_view_slice(const cli_view *view, double contamination, const int64_t *limit);
/* What bars and boxes are about: the ensemble, else the first method that is neither a control nor none; NULL: no such. */
const char *cli_view_main_method(const cli_view *view);
/* none, the main method and others that are no controls, at most `most` in all; 0 where there is nothing to compare. */
int64_t cli_view_contenders(const cli_view *view, int64_t most, const char **methods);
/* Does the method know nothing that nobody could know, and do something? Not none, random, oracle. */
bool cli_is_contender(const char *method);

/* Methods x slices, over the categories that have all of it: what is compared stands on the same ground. A cell that most
 * categories lack is left out instead (its n is 0). Free with cli_grid_free(). `densest`: only the categories that occur in the
 * most slices, as where an axis matters more than how many they are. */
typedef struct cli_grid {
    const cli_view *view;
    int64_t n_methods, n_slices;
    const char *const *methods;
    const char **datasets;
    int64_t n;              /* datasets */
    char *excluded;         /* names of categories that lack something, "a, b and 3 more"; "" = none */
    pb_study_summary *cell; /* n_methods x n_slices, of AUROC */
    double *value;          /* n_methods x n_slices x n */
} cli_grid;

pb_status cli_grid_new(const cli_view *view, const char *const *methods, int64_t n_methods,
                       const pb_study_slice *slices, int64_t n_slices, bool densest, cli_grid *out);
void cli_grid_free(cli_grid *grid);
const pb_study_summary *cli_grid_cell(const cli_grid *grid, int64_t method, int64_t slice);
double cli_grid_value(const cli_grid *grid, int64_t method, int64_t slice, int64_t dataset);
/* Index of a method; -1. */
int64_t cli_grid_find(const cli_grid *grid, const char *method);

/* "Setup disjoint, n = 35 categories, 5 seeds averaged first, N = 10 and 20 references pooled, q = 95, K = 5." and which
 * categories are left out. `limit` 0: the pooled ones; < 0: nothing about N. `all_q`: nothing about q. */
void cli_caption_rows(cli_text *caption, const cli_grid *grid, int64_t limit, bool all_q);

#endif
