/* The columns of result files (method 6, 7): writing, reading, resuming, merging, comparing and checking go by this table. A new
 * column is a row here, and a line of the code that computes it. */
#ifndef PB_RESULTS_COLUMNS_H
#define PB_RESULTS_COLUMNS_H

#include <stdbool.h>

/* The kinds of result files. */
typedef enum pb_results_kind {
    PB_RESULTS_PURIFICATION, /* what patch purification writes */
    PB_RESULTS_PIXEL,        /* ... with pixel metrics */
    PB_RESULTS_IMAGE_LEVEL,  /* audits of whole images */
    PB_RESULTS_ASSURANCE,    /* several detectors with one auditor */
    PB_N_RESULTS_KINDS
} pb_results_kind;

typedef enum pb_column_type {
    PB_TYPE_TEXT,
    PB_TYPE_WHOLE,   /* a whole number */
    PB_TYPE_MEASURE, /* 4 decimals; not known: empty */
    PB_TYPE_SHARE,   /* shortest form, but never a whole number: "0.0", "0.05" */
    PB_TYPE_REAL,    /* shortest form: "95", "97.5" */
    PB_TYPE_DATE,    /* of the clock, as PB_TYPE_SECONDS: says nothing about results */
    PB_TYPE_SECONDS
} pb_column_type;

/* X(id, name, second name, type, lowest, highest value, places)
 *
 * Some kinds of files have another name for the same thing: the second one. A place is the kind of file, and the order in
 * which columns stand there, in tens. KEY: the column is one of those that tell a row of such a file from all others. The rows of this
 * table that are keys anywhere come first, in the order in which two files are joined by them. */
/* clang-format off */
#define PB_RESULT_COLUMNS(X)                                                                                                       \
    X(DATASET,         "dataset", NULL, TEXT, 0, 0,                                                                                \
      PURIFICATION(20, KEY) PIXEL(20, KEY) IMAGE_LEVEL(20, KEY) ASSURANCE(20, KEY))                                                \
    X(SETUP,           "setup", NULL, TEXT, 0, 0,                                                                                  \
      IMAGE_LEVEL(30, KEY) ASSURANCE(30, KEY))                                                                                     \
    X(DETECTOR,        "detector", NULL, TEXT, 0, 0,                                                                               \
      ASSURANCE(40, KEY))                                                                                                          \
    X(AUDITOR,         "auditor", NULL, TEXT, 0, 0,                                                                                \
      ASSURANCE(50, KEY))                                                                                                          \
    X(CONFIG,          "config", NULL, TEXT, 0, 0,                                                                                 \
      PURIFICATION(30, KEY) PIXEL(30, KEY) IMAGE_LEVEL(40))                                                                        \
    X(METHOD,          "purification_method", "method", TEXT, 0, 0,                                                                \
      PURIFICATION(50) PIXEL(50) IMAGE_LEVEL(50, KEY, SECOND_NAME) ASSURANCE(60, KEY, SECOND_NAME))                                \
    X(PARAM_K,         "param_k", NULL, SHARE, 0, 1e9,                                                                             \
      IMAGE_LEVEL(60, KEY))                                                                                                        \
    X(CONTAMINATION,   "contamination_rate", NULL, SHARE, 0, 1,                                                                    \
      PURIFICATION(40, KEY) PIXEL(40, KEY) IMAGE_LEVEL(70, KEY) ASSURANCE(70, KEY))                                                \
    X(LIMIT,           "train_limit", NULL, WHOLE, 1, 1e9,                                                                         \
      PURIFICATION(60, KEY) PIXEL(60, KEY) IMAGE_LEVEL(90, KEY) ASSURANCE(90, KEY))                                                \
    X(SEED,            "seed", NULL, WHOLE, 0, 1e15,                                                                               \
      PURIFICATION(140, KEY) PIXEL(110, KEY) IMAGE_LEVEL(80, KEY) ASSURANCE(80, KEY))                                              \
    X(K,               "knn_k", NULL, WHOLE, 1, 1e9,                                                                               \
      PURIFICATION(150, KEY) PIXEL(120, KEY) IMAGE_LEVEL(100, KEY))                                                                \
    X(PERCENTILE,      "percentile_threshold", NULL, REAL, 0, 100,                                                                 \
      PURIFICATION(160, KEY) PIXEL(130, KEY))                                                                                      \
                                                                                                                                   \
    X(TIMESTAMP,       "timestamp", NULL, DATE, 0, 0,                                                                              \
      PURIFICATION(10) PIXEL(10) IMAGE_LEVEL(10) ASSURANCE(10))                                                                    \
    X(N_TRAIN,         "n_train_original", "n_train", WHOLE, 0, 1e15,                                                              \
      PURIFICATION(70) PIXEL(70) IMAGE_LEVEL(110) ASSURANCE(100, SECOND_NAME))                                                     \
    X(N_TRAIN_AFTER,   "n_train_after_purification", NULL, WHOLE, 0, 1e15,                                                         \
      PURIFICATION(80))                                                                                                            \
    X(N_CONTAMINATED,  "n_contaminated", NULL, WHOLE, 0, 1e15,                                                                     \
      PURIFICATION(90) PIXEL(80) IMAGE_LEVEL(120) ASSURANCE(110))                                                                  \
    X(PATCHES_REMOVED, "n_patches_removed", NULL, WHOLE, 0, 1e15,                                                                  \
      PURIFICATION(100) PIXEL(90))                                                                                                 \
    X(IMAGES_REMOVED,  "n_images_removed", "n_removed", WHOLE, 0, 1e15,                                                            \
      IMAGE_LEVEL(130) ASSURANCE(120, SECOND_NAME))                                                                                \
    X(CONTAMINATED_REMOVED, "n_contaminated_removed", "n_cont_removed", WHOLE, 0, 1e15,                                            \
      IMAGE_LEVEL(140) ASSURANCE(130, SECOND_NAME))                                                                                \
    X(REMOVAL_PRECISION, "removal_precision", NULL, MEASURE, 0, 1,                                                                 \
      IMAGE_LEVEL(150))                                                                                                            \
    X(REMOVAL_RECALL,  "removal_recall", NULL, MEASURE, 0, 1,                                                                      \
      IMAGE_LEVEL(160))                                                                                                            \
    X(TOP1_CONTAMINATED, "top1_cont", NULL, WHOLE, 0, 1e15,                                                                        \
      ASSURANCE(140))                                                                                                              \
    X(TOP2_CONTAMINATED, "top2_cont", NULL, WHOLE, 0, 1e15,                                                                        \
      ASSURANCE(150))                                                                                                              \
    X(TOP3_CONTAMINATED, "top3_cont", NULL, WHOLE, 0, 1e15,                                                                        \
      ASSURANCE(160))                                                                                                              \
    X(PATCHES_AFTER,   "n_patches_after", NULL, WHOLE, 0, 1e15,                                                                    \
      IMAGE_LEVEL(180))                                                                                                            \
    X(N_TEST,          "n_test", NULL, WHOLE, 0, 1e15,                                                                             \
      PURIFICATION(110) PIXEL(100) IMAGE_LEVEL(190))                                                                               \
    X(N_NORMAL_TEST,   "n_normal_test", NULL, WHOLE, 0, 1e15,                                                                      \
      PURIFICATION(120) IMAGE_LEVEL(200))                                                                                          \
    X(N_ANOMALY_TEST,  "n_anomaly_test", NULL, WHOLE, 0, 1e15,                                                                     \
      PURIFICATION(130) IMAGE_LEVEL(210))                                                                                          \
    X(AUROC,           "img_auroc", NULL, MEASURE, 0, 1,                                                                           \
      PURIFICATION(170) PIXEL(140) IMAGE_LEVEL(220) ASSURANCE(170))                                                                \
    X(AUPR,            "img_aupr", NULL, MEASURE, 0, 1,                                                                            \
      PURIFICATION(180) IMAGE_LEVEL(230) ASSURANCE(180))                                                                           \
    X(F1MAX,           "img_f1max", NULL, MEASURE, 0, 1,                                                                           \
      PURIFICATION(190) IMAGE_LEVEL(240))                                                                                          \
    X(TPR_FPR1,        "tpr_fpr1", NULL, MEASURE, 0, 1,                                                                            \
      PURIFICATION(200) IMAGE_LEVEL(250) ASSURANCE(190))                                                                           \
    X(TPR_FPR5,        "tpr_fpr5", NULL, MEASURE, 0, 1,                                                                            \
      PURIFICATION(210) IMAGE_LEVEL(260) ASSURANCE(200))                                                                           \
    X(PIXEL_AUROC,     "pix_auroc", NULL, MEASURE, 0, 1,                                                                           \
      PIXEL(150))                                                                                                                  \
    X(PIXEL_AUPR,      "pix_aupr", NULL, MEASURE, 0, 1,                                                                            \
      PIXEL(160))                                                                                                                  \
    X(N_MASKS,         "n_masks_found", NULL, WHOLE, 0, 1e15,                                                                      \
      PIXEL(170))                                                                                                                  \
    X(DELTA,           "auroc_delta_vs_clean", NULL, MEASURE, -1, 1,                                                               \
      PURIFICATION(220) PIXEL(180))                                                                                                \
    X(RECOVERY,        "recovery_rate", NULL, MEASURE, -1e9, 1e9,                                                                  \
      PURIFICATION(230) PIXEL(190))                                                                                                \
    X(PIXEL_DELTA,     "pix_auroc_delta_vs_clean", NULL, MEASURE, -1, 1,                                                           \
      PIXEL(200))                                                                                                                  \
    X(PIXEL_RECOVERY,  "pix_recovery_rate", NULL, MEASURE, -1e9, 1e9,                                                              \
      PIXEL(210))                                                                                                                  \
    X(DETECTION_AUROC, "contaminant_detection_auroc", "image_score_det_auroc", MEASURE, 0, 1,                                      \
      PURIFICATION(240) IMAGE_LEVEL(170, SECOND_NAME))                                                                             \
    X(PRECISION_AT_1,  "contaminant_precision_at_1", NULL, MEASURE, 0, 1,                                                          \
      PURIFICATION(250))                                                                                                           \
    X(PRECISION_AT_K,  "contaminant_precision_at_k", NULL, MEASURE, 0, 1,                                                          \
      PURIFICATION(260))                                                                                                           \
    X(RECALL_AT_K,     "contaminant_recall_at_k", NULL, MEASURE, 0, 1,                                                             \
      PURIFICATION(270))                                                                                                           \
    X(DID_PURIFY,      "adaptive_did_purify", NULL, WHOLE, 0, 1,                                                                   \
      PURIFICATION(280))                                                                                                           \
    X(SKEWNESS,        "adaptive_skewness", NULL, MEASURE, -1e9, 1e9,                                                              \
      PURIFICATION(290))                                                                                                           \
    X(TIME,            "inference_time_s", "elapsed_s", SECONDS, 0, 1e15,                                                          \
      PURIFICATION(300) PIXEL(220) IMAGE_LEVEL(270, SECOND_NAME) ASSURANCE(210, SECOND_NAME))
/* clang-format on */

#define PB_COLUMN_ID(id, ...) PB_COLUMN_##id,
typedef enum pb_column { PB_RESULT_COLUMNS(PB_COLUMN_ID) PB_N_COLUMNS } pb_column;
#undef PB_COLUMN_ID

enum { PB_N_COLUMN_NAMES = 2 };

typedef struct pb_column_about {
    const char *name[PB_N_COLUMN_NAMES]; /* the second may be NULL */
    pb_column_type type;
    double low, high; /* of numbers */
} pb_column_about;

const pb_column_about *pb_column_get(pb_column column);
bool pb_column_is_called(pb_column column, const char *name);
/* By any of its names; false: no column of ours. */
bool pb_column_find(const char *name, pb_column *out);
/* Does the column help to tell rows apart in some kind of file? */
bool pb_column_is_key(pb_column column);
/* Does the column tell when, or how long? Then it says nothing about results. */
bool pb_column_is_clock(pb_column column);
/* The same by name; false for columns that are not ours. */
bool pb_column_name_is_clock(const char *name);

/* A kind of file: its columns in order, and those that tell a row from all others. */
typedef struct pb_results_layout {
    int n, n_keys;
    pb_column column[PB_N_COLUMNS], key[PB_N_COLUMNS];
    const char *name[PB_N_COLUMNS]; /* by column, as this kind of file has it; NULL: it has no such column */
} pb_results_layout;

void pb_results_layout_of(pb_results_kind kind, pb_results_layout *out);
/* The column that this kind of file has under that name; PB_N_COLUMNS: none. */
pb_column pb_results_layout_find(const pb_results_layout *layout, const char *name);

#endif
