/** @file calibrate.h
 *  @brief What a person knows about parts sets the threshold of a bank: verified good ones say how high good parts score, known
 *  defects what is caught. No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_CALIBRATE_H
#define PUREBANK_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/bank.h>

PB_BEGIN_DECLS

/** A part that somebody has looked at, and its score by the bank. The bank keeps it as evidence for its threshold. */
typedef struct pb_known_part {
    char *path;
    char sha256[65]; /**< of the file; "" where the part came as features */
    double score;    /**< finite, >= 0 */
    bool defect;     /**< else it is good */
    bool
        unusable; /**< its photo is beyond the bank's limits for photos (pb_bank_judge_photos()): as a new part that does not fail it would be
                        called so; false where nobody looked */
} pb_known_part;

/** What the photo of a part makes of it as evidence, before it calibrates: sets part->unusable.
 *  @param photo as pb_bank_judge_photos() says of it
 *  @return PB_STATUS_MISMATCH for a good part whose photo shows no part: it says nothing about good ones. *part is as before then */
PB_API pb_status pb_known_part_take_photo(pb_known_part *part, const pb_guard_verdict *photo);

/** Adds parts to what the bank knows, and sets its threshold anew. The parts are to be none of its references. A part that is there
 *  already (by its digest; without one by its path) is replaced. Nobody may score with the bank meanwhile.
 *
 *  With n verified good parts the threshold is their order statistic number ceil((1 - rate)(n + 1)), as pb_threshold_fit() takes it
 *  ("conformal"): exchangeable parts exceed it with a probability of at most the rate, whatever the distribution of scores
 *  (method.md#calibration). That takes n >= 1/rate - 1. With fewer it is the "log-t" bound of their scores and the
 *  references' leave-one-out scores together, which assumes that logarithms are normal. Without any good part the threshold of the
 *  references stands. Defects never move the threshold.
 *  @param parts            n >= 0 parts, copied; all of them or none are taken
 *  @param false_alarm_rate of the threshold; 0: that of the bank's threshold
 *  @return PB_STATUS_MISMATCH naming a part that is a reference in the bank, or both good and a defect; PB_STATUS_BAD_VALUE for
 *          scores that are none, PB_STATUS_BAD_ARGUMENT for a rate that is none; the bank is as before then */
PB_API pb_status pb_bank_calibrate(pb_bank *bank, const pb_known_part *parts, int64_t n, double false_alarm_rate);

/** Takes parts back, and sets the threshold anew, at its rate; without good parts it is that of the references again.
 *  @param path   as the part was given, or a folder above it; NULL: all parts
 *  @param sha256 NULL, or a digest: parts of that digest go, whatever their path
 *  @param out_n  how many went; none is no error */
PB_API pb_status pb_bank_take_back(pb_bank *bank, const char *path, const char *sha256, int64_t *out_n);

/** What the bank knows, in the order in which it was told. Borrowed. */
PB_API int64_t pb_bank_n_known(const pb_bank *bank);
PB_API const pb_known_part *pb_bank_known_at(const pb_bank *bank, int64_t i);
/** How many of these are good. The threshold rests on them where there are any. */
PB_API int64_t pb_bank_n_verified(const pb_bank *bank);

/** The threshold that the references alone gave. */
PB_API const pb_threshold *pb_bank_fitted_threshold(const pb_bank *bank);

/** What a threshold would do to the parts that the bank knows. */
typedef struct pb_trade_off {
    double threshold;
    int64_t good_above; /**< verified good parts that would fail */
    int64_t caught;     /**< known defects that would */
    double
        promised; /**< conformal: (good_above + 1) / (n + 1), the rate that exchangeable parts keep on average over stations */
    double bound; /**< rate that `confidence` of the stations keep (pb_threshold_rate_bound()) */
} pb_trade_off;

/** Every choice that the verified good parts give: each of their scores as the threshold, from the highest to the lowest.
 *  @param out room for `capacity`; may be NULL where that is 0
 *  @param out_n how many there are: the number of different scores
 *  @return PB_STATUS_BAD_ARGUMENT unless 0 < confidence < 1 */
PB_API pb_status pb_bank_trade_offs(const pb_bank *bank, double confidence, pb_trade_off *out, int64_t capacity,
                                    int64_t *out_n);

/** The same for any one threshold. NaN for the rates where there is no verified part. */
PB_API pb_status pb_bank_trade_off_at(const pb_bank *bank, double threshold, double confidence, pb_trade_off *out);

PB_END_DECLS

#endif
