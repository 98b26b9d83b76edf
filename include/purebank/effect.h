/** @file effect.h
 *  @brief What a method brings against doing nothing, over categories (method.md#win-tie-loss): one rule for every table, figure, headline
 *  and verdict, so that no page shows two gains of the same method. */
#ifndef PUREBANK_EFFECT_H
#define PUREBANK_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/study.h>

PB_BEGIN_DECLS

/** Which categories count, of those that have both the method and the baseline. */
typedef enum pb_effect_categories {
    PB_EFFECT_AS_MANY_SEEDS, /**< those with as many seeds of both; the others are named as excluded */
    PB_EFFECT_ANY_SEEDS      /**< all */
} pb_effect_categories;

/** What an effect is the mean of; pb_effect_policy_words() says it in captions. In each category seeds are averaged first, for each
 *  N, then the N of the slice. */
typedef struct pb_effect_policy {
    size_t size; /**< sizeof(pb_effect_policy) */
    pb_effect_categories categories;
    double
        tie; /**< differences of a category within +-tie are neither wins nor losses, >= 0; as decimals: 0.851 - 0.85 is 0.001 */
} pb_effect_policy;

/** What tests compare: as many seeds, ties at 0.001. Tables and the headline of a page describe: they take PB_EFFECT_ANY_SEEDS. */
#define PB_EFFECT_POLICY_INIT                                                                                          \
    {                                                                                                                  \
        sizeof(pb_effect_policy), PB_EFFECT_AS_MANY_SEEDS, 0.001                                                       \
    }

/** What is asked about methods: by pb_study_effect(), and by pb_study_rank() and pb_study_compare() of stats.h. Zero and NULL mean
 *  what is said. */
typedef struct pb_study_question {
    size_t size; /**< sizeof(pb_study_question): PB_STUDY_QUESTION_INIT */
    pb_study_slice slice;
    pb_measure measure;             /**< higher is better; 0: AUROC */
    const pb_effect_policy *policy; /**< NULL: PB_EFFECT_POLICY_INIT */
    const char *baseline;           /**< NULL: "none"; its rows are those of any auditor */
    const char *const *datasets;    /**< n_datasets categories that may count; NULL: all of the study */
    int64_t n_datasets;             /**< ignored where datasets is NULL */
    bool exclude_loco;              /**< leave mvtec_loco_AD out */
    const char *const *methods;     /**< n_methods that are ranked, or compared; NULL: see pb_study_default_methods() */
    int64_t n_methods;              /**< ignored where methods is NULL */
} pb_study_question;

#define PB_STUDY_QUESTION_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(pb_study_question), {PB_SETUP_SHARED, 0, NULL, 0, 0, 0, NULL, NULL}, PB_MEASURE_AUROC, NULL, NULL,      \
            NULL, 0, false, NULL, 0                                                                                    \
    }

/** A method against the baseline. Means over the categories that count; NaN: cannot be told. */
typedef struct pb_effect {
    int64_t n;                  /**< categories that count */
    int64_t wins, ties, losses; /**< of these */
    double mean, baseline;
    double gain;     /**< mean of the differences, method - baseline */
    int64_t n_clean; /**< of the n, those with the baseline at c = 0 */
    double clean;    /**< the baseline at c = 0 over the n_clean */
    double damage;   /**< what contamination costs: clean - baseline, over the n_clean */
    double
        clean_penalty; /**< clean - the method at c = 0 (method.md#clean-penalty), over the n_clean: > 0 is what it costs where nothing is wrong */
    double recovery;   /**< pb_study_recovery() of the means over the n_clean */
} pb_effect;

/** The effect of one method (question->methods is not looked at). Where no category counts, n is 0 and means are NaN. No pointer
 *  may be NULL.
 *  @return PB_STATUS_BAD_ARGUMENT for a tie below 0 or NaN */
PB_API pb_status pb_study_effect(const pb_study *study, const pb_study_question *question, const char *method,
                                 pb_effect *out);

/** Is a difference in favour of the method (1), of the baseline (-1), or a tie by the policy (0)? As a win of a category is told, so is
 *  the gain over all. @param policy NULL: PB_EFFECT_POLICY_INIT */
PB_API int pb_effect_sign(double difference, const pb_effect_policy *policy);

/** Share of what contamination costs that a method undoes: (mean - baseline) / (clean - baseline), below 0 where it makes things
 *  worse (method.md#recovery). Of means over categories, as that of a cell is wild.
 *  @return NaN where contamination costs nothing (clean - baseline <= 1e-6, the bound of recovery_rate): then there is nothing to
 *          recover, and the quotient would praise losses */
PB_API double pb_study_recovery(double mean, double baseline, double clean);

/** "over the categories with as many seeds of both, seeds averaged first; ties within 0.001", for captions.
 *  @param policy NULL: PB_EFFECT_POLICY_INIT @param out never NULL, room for size bytes: 160 are enough */
PB_API void pb_effect_policy_words(const pb_effect_policy *policy, char *out, size_t size);

PB_END_DECLS

#endif
