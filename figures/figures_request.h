/* Which figures of what. */
#ifndef PB_FIGURES_FIGURES_REQUEST_H
#define PB_FIGURES_FIGURES_REQUEST_H

#include <purebank/study.h>

/* Results of one backbone. */
typedef struct pb_figures_backbone {
    const char *label; /* as figures name it */
    const pb_study *study;
} pb_figures_backbone;

typedef struct pb_figures_request {
    const pb_figures_backbone
        *backbones;      /* the first is what all figures show; the others stand beside it in their comparison */
    int64_t n_backbones; /* at least 1 */
    pb_setup setup;
    double contamination; /* c at which methods are compared; NaN: 0.3, or the largest that occurs */
    const char *methods;  /* names separated by commas, or "all"; NULL: those of the studies' figures that occur */
    const char *only;     /* "fig2,cd": numbers or names; NULL: all */
} pb_figures_request;

#endif
