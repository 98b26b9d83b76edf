/** @file report.h
 *  @brief Self-contained HTML reports: one file, no network, light and dark, printable. No pointer in this header may be NULL unless
 *  it says so. */
#ifndef PUREBANK_REPORT_H
#define PUREBANK_REPORT_H

#include <stdint.h>

#include <purebank/audit.h>
#include <purebank/bank.h>
#include <purebank/calibrate.h>
#include <purebank/dataset.h>
#include <purebank/metrics.h>
#include <purebank/sensitivity.h>
#include <purebank/tables.h>

PB_BEGIN_DECLS

/** What an audit report shows. */
typedef struct pb_audit_report {
    size_t size;               /**< sizeof(pb_audit_report): PB_AUDIT_REPORT_INIT */
    const pb_audit *audit;     /**< its decisions are those that the page opens with */
    pb_references *references; /**< whose audit it is: heatmaps and nearest patches come from it */
    const char *const *paths;  /**< n_images; read again for the thumbnails */
    const char *const *sha256; /**< NULL (computed from the files), or n_images digests for decisions.json */
    const pb_recall *recall;   /**< NULL, or earlier decisions: what has changed since is said */
    const pb_bank *bank;       /**< NULL, or the bank fitted from these references: the page shows its decisions */
    const pb_sensitivity *sensitivity; /**< NULL, or what drawn defects say about the bank: a section of its page */
} pb_audit_report;

#define PB_AUDIT_REPORT_INIT                                                                                           \
    {                                                                                                                  \
        sizeof(pb_audit_report), NULL, NULL, NULL, NULL, NULL, NULL, NULL                                              \
    }

/** Writes the audit page: what stands out, in words; references by suspicion with thumbnail, leave-one-out heatmap, score
 *  against the limit, and a close-up of the worst patch beside the nearest good one. On the page of an audit a person
 *  decides keep / remove / recapture and saves decisions.json; that of a bank says what it holds, what it left out and why,
 *  and, with a sensitivity, which drawn defects it would catch; it is to be read only.
 *  @return PB_STATUS_BAD_SHAPE where audit, bank and recall are not of the same number of images */
PB_API pb_status pb_report_audit(const pb_audit_report *content, const char *path);

/** Writes the page of a calibration: the parts that the bank knows, what its threshold does to them and what others would, as curves
 *  and as a table.
 *  @param confidence of the rates in the table, 0..1
 *  @return PB_STATUS_BAD_SHAPE for a bank that knows no parts */
PB_API pb_status pb_report_calibration(const pb_bank *bank, const char *bank_path, double confidence, const char *path);

/** Writes the page of pb_sensitivity_run(): by kind, size and contrast of a defect, how many were caught, and what they look like in one
 *  reference. */
PB_API pb_status pb_report_sensitivity(const pb_sensitivity *sensitivity, const pb_bank *bank, const char *bank_path,
                                       const char *path);

/** What an evaluation report shows. */
typedef struct pb_eval_report {
    size_t size; /**< sizeof(pb_eval_report): PB_EVAL_REPORT_INIT */
    const pb_bank *bank;
    const char *bank_path;
    const pb_testset *testset;
    const double *image_scores; /**< one an image of the test set */
    const double *patch_scores; /**< images x n_patches */
    const pb_verdict *verdicts; /**< one an image, or NULL: by the bank's threshold alone */
    int64_t n_patches;
    const pb_detection_metrics *image;
    const pb_pixel_figures *pixel; /**< NULL without masks */
    int64_t n_unreadable;          /**< photos that are not in the test set, as they could not be read */
} pb_eval_report;

#define PB_EVAL_REPORT_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(pb_eval_report), NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0                                   \
    }

/** Writes the evaluation page: histograms with the threshold, ROC, worst misses and false alarms. */
PB_API pb_status pb_report_eval(const pb_eval_report *content, const char *path);

/** A figure for the page. Texts are borrowed, and never NULL but the setup. */
typedef struct pb_page_figure {
    const char *id, *title, *caption;
    const char *svg; /**< svg_size bytes, a complete document */
    size_t svg_size;
    const char *setup; /**< "disjoint" or "shared"; NULL: both */
} pb_page_figure;

/** What the page of a study shows. */
typedef struct pb_study_page {
    size_t size;           /**< sizeof(pb_study_page): PB_STUDY_PAGE_INIT */
    const pb_study *study; /**< the one that the tables are of: pb_study_selected.study */
    const pb_study_tables *tables;
    const pb_page_figure *figures; /**< n_figures; may be NULL where that is 0 */
    int64_t n_figures;
    const char *const *sources; /**< n_sources: names of the result files; may be NULL where that is 0 */
    int64_t n_sources;
    const char *see_also; /**< NULL, or sentences about what else there is, such as the tables in other formats */
} pb_study_page;

#define PB_STUDY_PAGE_INIT                                                                                             \
    {                                                                                                                  \
        sizeof(pb_study_page), NULL, NULL, NULL, 0, NULL, 0, NULL                                                      \
    }

/** Writes the page: the verdict in words, tables and figures, and a bar that filters them by setup, N, c and benchmark. One file that
 *  opens from disk; without scripts it shows everything. */
PB_API pb_status pb_report_study(const pb_study_page *content, const char *path);

PB_END_DECLS

#endif
