#include "experiment/row.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const results_columns[] = {"timestamp",
                                              "dataset",
                                              "config",
                                              "contamination_rate",
                                              "purification_method",
                                              "train_limit",
                                              "n_train_original",
                                              "n_train_after_purification",
                                              "n_contaminated",
                                              "n_patches_removed",
                                              "n_test",
                                              "n_normal_test",
                                              "n_anomaly_test",
                                              "seed",
                                              "knn_k",
                                              "percentile_threshold",
                                              "img_auroc",
                                              "img_aupr",
                                              "img_f1max",
                                              "tpr_fpr1",
                                              "tpr_fpr5",
                                              "auroc_delta_vs_clean",
                                              "recovery_rate",
                                              "contaminant_detection_auroc",
                                              "contaminant_precision_at_1",
                                              "contaminant_precision_at_k",
                                              "contaminant_recall_at_k",
                                              "adaptive_did_purify",
                                              "adaptive_skewness",
                                              "inference_time_s"};
static const char *const results_key[] = {"dataset",     "config", "contamination_rate",  "seed",
                                          "train_limit", "knn_k",  "percentile_threshold"};

static const char *const image_level_columns[] = {"timestamp",
                                                  "dataset",
                                                  "setup",
                                                  "config",
                                                  "method",
                                                  "param_k",
                                                  "contamination_rate",
                                                  "seed",
                                                  "train_limit",
                                                  "knn_k",
                                                  "n_train_original",
                                                  "n_contaminated",
                                                  "n_images_removed",
                                                  "n_contaminated_removed",
                                                  "removal_precision",
                                                  "removal_recall",
                                                  "image_score_det_auroc",
                                                  "n_patches_after",
                                                  "n_test",
                                                  "n_normal_test",
                                                  "n_anomaly_test",
                                                  "img_auroc",
                                                  "img_aupr",
                                                  "img_f1max",
                                                  "tpr_fpr1",
                                                  "tpr_fpr5",
                                                  "elapsed_s"};
static const char *const image_level_key[] = {"dataset", "setup",       "method", "param_k", "contamination_rate",
                                              "seed",    "train_limit", "knn_k"};

static const char *const pixel_columns[] = {"timestamp",
                                            "dataset",
                                            "config",
                                            "contamination_rate",
                                            "purification_method",
                                            "train_limit",
                                            "n_train_original",
                                            "n_contaminated",
                                            "n_patches_removed",
                                            "n_test",
                                            "seed",
                                            "knn_k",
                                            "percentile_threshold",
                                            "img_auroc",
                                            "pix_auroc",
                                            "pix_aupr",
                                            "n_masks_found",
                                            "auroc_delta_vs_clean",
                                            "recovery_rate",
                                            "pix_auroc_delta_vs_clean",
                                            "pix_recovery_rate",
                                            "inference_time_s"};

static const char *const assurance_columns[] = {
    "timestamp", "dataset",     "setup",     "detector",       "auditor",   "method",         "contamination_rate",
    "seed",      "train_limit", "n_train",   "n_contaminated", "n_removed", "n_cont_removed", "top1_cont",
    "top2_cont", "top3_cont",   "img_auroc", "img_aupr",       "tpr_fpr1",  "tpr_fpr5",       "elapsed_s"};
static const char *const assurance_key[] = {
    "dataset", "setup", "detector", "auditor", "method", "contamination_rate", "seed", "train_limit"};

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

const pb_row_format pb_row_format_results = {results_columns, results_key, COUNT(results_columns), COUNT(results_key)};

const pb_row_format pb_row_format_image_level = {image_level_columns, image_level_key, COUNT(image_level_columns),
                                                 COUNT(image_level_key)};

const pb_row_format pb_row_format_pixel = {pixel_columns, results_key, COUNT(pixel_columns), COUNT(results_key)};

const pb_row_format pb_row_format_assurance = {assurance_columns, assurance_key, COUNT(assurance_columns),
                                               COUNT(assurance_key)};

void pb_row_start(const pb_row_format *format, pb_row *row)
{
    memset(row, 0, sizeof *row);
    row->format = format;
}

static int find_column(const pb_row_format *format, const char *name)
{
    for (int i = 0; i < format->n_columns; i++)
        if (strcmp(format->column[i], name) == 0)
            return i;
    return -1;
}

void pb_row_text(pb_row *row, const char *column, const char *text)
{
    const int i = find_column(row->format, column);
    PB_ASSERT(strlen(text) < PB_ROW_VALUE_BYTES);
    if (i >= 0)
        snprintf(row->value[i], PB_ROW_VALUE_BYTES, "%s", text);
}

void pb_row_int(pb_row *row, const char *column, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    pb_row_text(row, column, text);
}

void pb_row_fixed(pb_row *row, const char *column, double value)
{
    char text[64] = "";
    if (!isnan(value))
        snprintf(text, sizeof text, "%.4f", value);
    pb_row_text(row, column, strcmp(text, "-0.0000") == 0 ? "0.0000" : text);
}

static void shortest(double value, char text[64])
{
    for (int digits = 3; digits <= 17; digits++) { /* 3: no exponent for 100 */
        snprintf(text, 64, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

void pb_row_real(pb_row *row, const char *column, double value)
{
    char text[64];
    shortest(value, text);
    pb_row_text(row, column, text);
}

void pb_row_share(pb_row *row, const char *column, double value)
{
    char text[68];
    shortest(value, text);
    if (!strpbrk(text, ".e"))
        strcat(text, ".0");
    pb_row_text(row, column, text);
}

const char *pb_row_get(const pb_row *row, const char *column)
{
    const int i = find_column(row->format, column);
    return i < 0 ? "" : row->value[i];
}

bool pb_is_clock_column(const char *name)
{
    return strcmp(name, "timestamp") == 0 || strcmp(name, "inference_time_s") == 0 || strcmp(name, "elapsed_s") == 0;
}

bool pb_value_number(const char *text, double *out)
{
    if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0) {
        *out = *text == 'T';
        return true;
    }
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end;
}

void pb_key_text(const char *const *value, int n, char out[PB_KEY_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < n && used < PB_KEY_BYTES; i++) {
        double number;
        char text[64];
        const char *shown = value[i];
        if (pb_value_number(value[i], &number)) {
            snprintf(text, sizeof text, "%.9g", number == 0 ? 0 : number);
            shown = text;
        }
        used += (size_t)snprintf(out + used, PB_KEY_BYTES - used, "%s%s", i ? ";" : "", shown);
    }
}

void pb_row_key(const pb_row *row, char out[PB_KEY_BYTES])
{
    const char *value[PB_ROW_MAX_COLUMNS];
    for (int i = 0; i < row->format->n_keys; i++)
        value[i] = pb_row_get(row, row->format->key[i]);
    pb_key_text(value, row->format->n_keys, out);
}
