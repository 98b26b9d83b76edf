/** @file sensitivity.h
 *  @brief What a bank would see and what not, from good parts alone: defects of known size and contrast drawn into its references. */
#ifndef PUREBANK_SENSITIVITY_H
#define PUREBANK_SENSITIVITY_H

#include <stdint.h>

#include <purebank/bank.h>
#include <purebank/synthetic.h>

PB_BEGIN_DECLS

/** One size and contrast of one kind of defect, drawn into each reference once. */
typedef struct pb_sensitivity_row {
    pb_defect defect;
    int64_t n;      /**< references that it was drawn into */
    int64_t caught; /**< how many of them scored above the bank's threshold then */
    double ratio;   /**< median of score / threshold */
    bool example;   /**< was the one in the example reference caught? */
    uint64_t seed;  /**< of the one in the example reference (pb_defect_draw()) */
} pb_sensitivity_row;

/** What pb_sensitivity_run() found. Free with pb_sensitivity_free(). No pointer in this header may be NULL unless it says so. */
typedef struct pb_sensitivity pb_sensitivity;

/** Contrasts that are drawn unless somebody asks for others, and into how many references at most. */
#define PB_DEFAULT_CONTRASTS "5%,10%,20%,40%"
#define PB_DEFAULT_DRAWN_INTO 10

/** Choices: begin with PB_SENSITIVITY_OPTIONS_INIT. */
typedef struct pb_sensitivity_options {
    size_t size; /**< sizeof(pb_sensitivity_options) */
    const double *
        sizes; /**< n_sizes, in pixels of the photos, for every kind; NULL: up to three for each kind, by the smallest photo */
    int64_t n_sizes;
    const double *contrasts; /**< n_contrasts, 0..1; NULL: PB_DEFAULT_CONTRASTS */
    int64_t n_contrasts;
    int64_t n_references; /**< at most so many, evenly spread; PB_DEFAULT_DRAWN_INTO. The work is in proportion */
    int64_t seed;         /**< of places and directions, 0..PB_SEED_MAX; 0 */
    pb_progress progress; /**< in photos; zeroed: no reports */
} pb_sensitivity_options;

#define PB_SENSITIVITY_OPTIONS_INIT                                                                                    \
    {                                                                                                                  \
        sizeof(pb_sensitivity_options), NULL, 0, NULL, 0, PB_DEFAULT_DRAWN_INTO, 0,                                    \
        {                                                                                                              \
            NULL, NULL                                                                                                 \
        }                                                                                                              \
    }

/** Draws defects into references and scores each against the bank without that reference, as the threshold's own scores are made. A
 *  reference that is above the threshold as it is, is left out. Where the bank has a region of interest, defects lie with their middle in it,
 *  or as near to it as a thousand places come. The same bits for any number of threads.
 *  @param backbone the bank's (pb_bank_open_backbone())
 *  @param options  NULL: the defaults
 *  @return PB_STATUS_MISMATCH for a reference whose photo has changed, PB_STATUS_IO where it is gone, PB_STATUS_BAD_SHAPE where
 *          no reference is left, or all patches are of one, PB_STATUS_BAD_ARGUMENT for sizes and contrasts that are none, and for sizes that do not fit
 *          into the smallest photo, which the message names */
PB_API pb_status pb_sensitivity_run(const pb_bank *bank, pb_backbone *backbone, const pb_sensitivity_options *options,
                                    pb_sensitivity **out);

/** By kind, then size, then contrast, ascending. */
PB_API int64_t pb_sensitivity_n_rows(const pb_sensitivity *sensitivity);
PB_API const pb_sensitivity_row *pb_sensitivity_row_at(const pb_sensitivity *sensitivity, int64_t i);
/** Rows of one kind and size are a line of a table: one behind the last row of the line that row `first` begins. */
PB_API int64_t pb_sensitivity_line_end(const pb_sensitivity *sensitivity, int64_t first);
/** References that defects were drawn into, and those left out as they are above the threshold without any. */
PB_API int64_t pb_sensitivity_n_references(const pb_sensitivity *sensitivity);
PB_API int64_t pb_sensitivity_n_left_out(const pb_sensitivity *sensitivity);
/** References in the bank: those that defects could be drawn into. More than the two together where options.n_references is less. */
PB_API int64_t pb_sensitivity_n_in_bank(const pb_sensitivity *sensitivity);
/** What the table comes to, in one sentence: of each kind, up to which size fewer than half are caught at any contrast.
 *  @param out size bytes; 512 are enough */
PB_API void pb_sensitivity_summary(const pb_sensitivity *sensitivity, char *out, size_t size);
/** The photo of the rows' examples. */
PB_API const char *pb_sensitivity_example(const pb_sensitivity *sensitivity);

/** Accepts NULL. */
PB_API void pb_sensitivity_free(pb_sensitivity *sensitivity);

PB_END_DECLS

#endif
