/** @file selection.h
 *  @brief What of a study is looked at: one selection drives tables, figures and the headline of a page alike, so that none of them
 *  is about other rows than its neighbours. */
#ifndef PUREBANK_SELECTION_H
#define PUREBANK_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/effect.h>
#include <purebank/study.h>

PB_BEGIN_DECLS

/** Zero and NULL mean what is said; all is borrowed. */
typedef struct pb_study_selection {
    size_t size;           /**< sizeof(pb_study_selection): PB_STUDY_SELECTION_INIT */
    const pb_setup *setup; /**< NULL: each that the study has */
    const int64_t *limits; /**< n_limits N; NULL: all */
    int64_t n_limits;      /**< ignored where limits is NULL */
    const char *benchmark; /**< "VisA": see pb_study_benchmarks(); NULL: all */
    bool exclude_loco;     /**< leave mvtec_loco_AD out */
    const char *
        methods; /**< names with commas between them, a rule standing for all its multipliers; NULL, "all": all methods.
                            *   "none" stays with those named, as they are compared with it */
    bool pass_over_absent;  /**< methods that the study lacks are no error: of several studies, not all have all */
    double contamination;   /**< c at which methods are compared */
    bool has_contamination; /**< false: none is asked for, so that it is 0.3 where it occurs, else the highest */
    const pb_effect_policy
        *policy; /**< of what describes; tests have that of their question. NULL: PB_EFFECT_ANY_SEEDS, ties at
                                     *   0.001, since a method that was run with fewer seeds than the baseline is to be seen */
} pb_study_selection;

#define PB_STUDY_SELECTION_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(pb_study_selection), NULL, NULL, 0, NULL, false, NULL, false, 0, false, NULL                            \
    }

/** What a selection leaves. Free with pb_study_selected_free(), before the study that it was selected from. */
typedef struct pb_study_selected {
    pb_study *study;         /**< the rows that are left: a study of its own for all of study.h, stats.h and effect.h */
    double contamination;    /**< in the digits of the files; NaN: the one asked for does not occur */
    double wanted;           /**< the one asked for; NaN: none */
    bool names_methods;      /**< by the caller: then all are shown, not only those of the published lists */
    pb_effect_policy policy; /**< of what describes */
} pb_study_selected;

/** @param study, out never NULL @param selection NULL: PB_STUDY_SELECTION_INIT, everything
 *  @return PB_STATUS_BAD_ARGUMENT for an N, a benchmark or a method that the study does not have, and for a tie below 0;
 *          PB_STATUS_MISMATCH where no row is left */
PB_API pb_status pb_study_select(const pb_study *study, const pb_study_selection *selection, pb_study_selected *out);
/** Accepts NULL and zeroed ones. */
PB_API void pb_study_selected_free(pb_study_selected *selected);

/** What a page is about in one setup: its headline and its figures show the same rows and speak of the same method. Free with
 *  pb_study_focus_free(), before the selection. */
typedef struct pb_study_focus {
    pb_study_slice
        slice; /**< c: the one of the selection in this setup; N: see pb_study_pooled_limits(); PB_DEFAULT_K and PB_DEFAULT_PERCENTILE, or the first
                             that occurs; rows that are not about detectors, or the first detector that audits itself */
    const char **
        methods; /**< n_methods that are shown: all that the selection names, else those of the studies' figures that occur, else all;
                             "none" among them where it occurs */
    int64_t n_methods;
    const char *
        method; /**< of these, what the page is about: named beforehand, the audit before purification, and told nothing; NULL: none
                           has rows to compare with "none" */
    int64_t *limits; /**< of the slice */
} pb_study_focus;

/** @param selected, out never NULL */
PB_API pb_status pb_study_focus_on(const pb_study_selected *selected, pb_setup setup, pb_study_focus *out);
/** The same methods by one detector's rows, with the N that these have. No pointer may be NULL. Free as above. */
PB_API pb_status pb_study_focus_of_detector(const pb_study *study, const pb_study_focus *focus, const char *detector,
                                            pb_study_focus *out);
/** Accepts NULL and zeroed ones. */
PB_API void pb_study_focus_free(pb_study_focus *focus);

/** Does the method do something that is not only a control (nothing, chance, the truth)? Methods that are not known do.
 *  @param method never NULL, as it stands in tables */
PB_API bool pb_study_is_contender(const char *method);

PB_END_DECLS

#endif
