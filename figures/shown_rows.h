/* What figures look at: one study, the rows that count by default, and the cells of a panel over the same categories. */
#ifndef PB_FIGURES_SHOWN_ROWS_H
#define PB_FIGURES_SHOWN_ROWS_H

#include <purebank/selection.h>
#include <purebank/stats.h>
#include <purebank/study.h>

#include "figures/figure.h"
#include "figures/figures_request.h"
#include "figures/growing_text.h"

typedef struct pb_shown_rows {
    const pb_figures_request *request; /* of its views, one a backbone, this is the first, unless it is of a detector */
    const pb_study *study;
    const pb_study_contents *contents;
    pb_study_focus focus;           /* what the headline is about, too */
    bool is_named;                  /* by the caller */
    const pb_effect_policy *policy; /* of gains */
} pb_shown_rows;

/* Close with pb_shown_rows_close(), whatever is returned. */
pb_status pb_shown_rows_open(const pb_figures_request *request, const pb_figures_backbone *backbone,
                             pb_shown_rows *out);
/* The same view of one detector's rows, with the N that these have. Close as above. */
pb_status pb_shown_rows_of_detector(const pb_shown_rows *view, const char *detector, pb_shown_rows *out);
void pb_shown_rows_close(pb_shown_rows *view);
/* The rows at c and N (0: the pooled ones). */
pb_study_slice pb_shown_rows_slice(const pb_shown_rows *view, double contamination, const int64_t *limit);
/* What bars and boxes are about: the method of the focus, else the first that is no control; NULL: no such. */
const char *pb_shown_rows_main_method(const pb_shown_rows *view);
/* none, the main method and others that are no controls, at most `most` in all; 0 where there is nothing to compare. */
int64_t pb_shown_rows_contenders(const pb_shown_rows *view, int64_t most, const char **methods);

/* Methods x slices, over the categories that have all of it: what is compared stands on the same ground. A cell that most
 * categories lack is left out instead (its n is 0). Free with pb_mean_grid_free(). `densest`: only the categories that occur in the
 * most slices, as where an axis matters more than how many they are. */
typedef struct pb_mean_grid {
    const pb_shown_rows *view;
    int64_t n_methods, n_slices;
    const char *const *methods;
    const char **datasets;
    int64_t n;              /* datasets */
    pb_study_slice *slices; /* n_slices */
    int64_t *limits;        /* of the slices */
    char *excluded;         /* names of categories that lack something, "a, b and 3 more"; "" = none */
    pb_study_summary *cell; /* n_methods x n_slices, of AUROC */
    double *value;          /* n_methods x n_slices x n */
} pb_mean_grid;

pb_status pb_mean_grid_new(const pb_shown_rows *view, const char *const *methods, int64_t n_methods,
                           const pb_study_slice *slices, int64_t n_slices, bool densest, pb_mean_grid *out);
void pb_mean_grid_free(pb_mean_grid *grid);
const pb_study_summary *pb_mean_grid_cell(const pb_mean_grid *grid, int64_t method, int64_t slice);
double pb_mean_grid_value(const pb_mean_grid *grid, int64_t method, int64_t slice, int64_t dataset);
enum { PB_ALL_DATASETS = -1 };

/* What a method brings against none, in points, by the function that tables have too (effect.h): the mean over the grid's
 * categories, or of one of them; NaN where there is nothing, or memory is short. */
double pb_mean_grid_gain(const pb_mean_grid *grid, int64_t method, int64_t slice, int64_t dataset);
/* Index of a method; -1. */
int64_t pb_mean_grid_find(const pb_mean_grid *grid, const char *method);

/* "Setup disjoint, n = 35 categories, 5 seeds averaged first, N = 10 and 20 references pooled, q = 95, K = 5." and which
 * categories are left out. `limit` 0: the pooled ones; < 0: nothing about N. `all_q`: nothing about q. */
void pb_caption_rows(pb_text *caption, const pb_mean_grid *grid, int64_t limit, bool all_q);

#endif
