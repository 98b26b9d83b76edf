/* Which figures of what. */
#ifndef PB_FIGURES_FIGURES_REQUEST_H
#define PB_FIGURES_FIGURES_REQUEST_H

#include <purebank/selection.h>

/* Results of one backbone. */
typedef struct pb_figures_backbone {
    const char *label;                 /* as figures name it */
    const pb_study_selected *selected; /* the same selection for each */
} pb_figures_backbone;

typedef struct pb_figures_request {
    const pb_figures_backbone
        *backbones;      /* the first is what all figures show; the others stand beside it in their comparison */
    int64_t n_backbones; /* at least 1 */
    pb_setup setup;      /* setups are not mixed: of a selection of both, each has its figures */
    const char *only;    /* "fig2,cd": numbers or names; NULL: all */
} pb_figures_request;

#endif
