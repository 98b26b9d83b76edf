/* Results of all four formats whose means are known by hand, for the program's tables. */
#ifndef PB_TESTS_TABLE_RESULTS_H
#define PB_TESTS_TABLE_RESULTS_H

#include "program.h"

static const char *const categories[] = {"mvtec_AD/bottle",
                                         "mvtec_AD/cable",
                                         "mvtec_AD/capsule",
                                         "mvtec_AD/carpet",
                                         "mvtec_AD/grid",
                                         "mvtec_AD/hazelnut",
                                         "mvtec_AD/pill",
                                         "mvtec_AD/screw",
                                         "mvtec_AD/tile",
                                         "mvtec_AD/wood",
                                         "mvtec_AD/zipper",
                                         "VisA/candle",
                                         "VisA/capsules",
                                         "VisA/cashew",
                                         "VisA/chewinggum",
                                         "VisA/fryum",
                                         "VisA/macaroni1",
                                         "VisA/macaroni2",
                                         "VisA/pcb1",
                                         "VisA/pcb2",
                                         "VisA/pcb3",
                                         "VisA/pcb4",
                                         "VisA/pipe_fryum",
                                         "mvtec_AD/leather",
                                         "btad/01",
                                         "btad/02",
                                         "btad/03",
                                         "mvtec_AD/toothbrush",
                                         "mvtec_AD/transistor",
                                         "mvtec_AD/metal_nut",
                                         "mvtec_loco_AD/breakfast_box",
                                         "mvtec_loco_AD/juice_bottle",
                                         "mvtec_loco_AD/pushpins",
                                         "mvtec_loco_AD/screw_bag",
                                         "mvtec_loco_AD/splicing_connectors"};

enum { N_CATEGORIES = sizeof categories / sizeof *categories, N_SEEDS = 2 };

/* Of the mean: categories lie 0.002 apart around it, the two seeds 0.001 below and above, so that means are what they are called. */
static inline double spread(int category, int seed)
{
    return 0.002 * (category - N_CATEGORIES / 2) + (seed ? 0.001 : -0.001);
}

static inline FILE *open_results(const char *name, const char *header)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", header);
    return file;
}

/* ---- image level: the means of the second study ---- */

static const char image_header[] =
    "timestamp;dataset;setup;config;method;param_k;contamination_rate;seed;train_limit;knn_k;n_train_original;n_"
    "contaminated;"
    "n_images_removed;n_contaminated_removed;removal_precision;removal_recall;image_score_det_auroc;n_patches_after;n_"
    "test;"
    "n_normal_test;n_anomaly_test;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;elapsed_s";

static inline void write_image_cell(FILE *file, const char *setup, const char *method, const char *k, const char *c,
                                    int limit, double mean)
{
    const char *removal = *k && strcmp(c, "0.0") != 0 ? "2;1;0.9400;0.5200" : "0;0;;";
    for (int i = 0; i < N_CATEGORIES; i++)
        for (int seed = 0; seed < N_SEEDS; seed++)
            fprintf(file,
                    "t;%s;%s;x;%s;%s;%s;%d;%d;5;200;3;%s;0.9;7000;80;40;40;%.4f;0.8000;0.7000;0.2000;0.5000;1.0\n",
                    categories[i], setup, method, k, c, seed, limit, removal, mean + spread(i, seed));
}

static inline void write_image_level(const char *name)
{
    FILE *file = open_results(name, image_header);
    write_image_cell(file, "disjoint", "none", "", "0.0", 10, 0.8591);
    write_image_cell(file, "disjoint", "imgmax_mad", "1.5", "0.0", 10, 0.8580);
    write_image_cell(file, "disjoint", "none", "", "0.3", 10, 0.8415);
    write_image_cell(file, "disjoint", "ensemble_loo_mahal", "", "0.3", 10, 0.8406);
    write_image_cell(file, "disjoint", "imgmax_mad", "1.0", "0.3", 10, 0.8489);
    write_image_cell(file, "disjoint", "imgmax_mad", "1.5", "0.3", 10, 0.8480);
    write_image_cell(file, "disjoint", "imgmax_mad", "2.0", "0.3", 10, 0.8457);
    write_image_cell(file, "disjoint", "oracle_patch", "", "0.3", 10, 0.8518);
    write_image_cell(file, "disjoint", "none", "", "0.0", 20, 0.8704);
    write_image_cell(file, "disjoint", "none", "", "0.3", 20, 0.8498);
    write_image_cell(file, "disjoint", "imgmax_mad", "1.5", "0.3", 20, 0.8582);
    write_image_cell(file, "disjoint", "oracle_patch", "", "0.3", 20, 0.8648);
    write_image_cell(file, "disjoint", "none", "", "0.1", 10, 0.8550);
    write_image_cell(file, "disjoint", "imgmax_mad", "1.5", "0.1", 10, 0.8560);
    write_image_cell(file, "shared", "none", "", "0.0", 10, 0.8573);
    write_image_cell(file, "shared", "none", "", "0.3", 10, 0.8105);
    write_image_cell(file, "shared", "ensemble_loo_mahal", "", "0.3", 10, 0.8344);
    write_image_cell(file, "shared", "imgmax_mad", "1.5", "0.3", 10, 0.8308);
    write_image_cell(file, "shared", "oracle_patch", "", "0.3", 10, 0.8502);
    fclose(file);
}

/* ---- patch purification: three categories, one of them LOCO ---- */

static const char main_header[] =
    "timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_train_original;n_train_after_"
    "purification;"
    "n_contaminated;n_patches_removed;n_test;n_normal_test;n_anomaly_test;seed;knn_k;percentile_threshold;img_auroc;"
    "img_aupr;"
    "img_f1max;tpr_fpr1;tpr_fpr5;auroc_delta_vs_clean;recovery_rate;contaminant_detection_auroc;inference_time_s";

static const char *const three[] = {"mvtec_AD/bottle", "VisA/pcb1", "mvtec_loco_AD/screw_bag"};

static inline void write_main_cell(FILE *file, const char *method, const char *c, int k, int q, double a, double b,
                                   double d)
{
    const double means[] = {a, b, d};
    for (int i = 0; i < 3; i++)
        for (int seed = 0; seed < N_SEEDS; seed++)
            fprintf(file, "t;%s;x;%s;%s;10;200;10;3;0;80;40;40;%d;%d;%d;%.4f;0.8;0.7;0.2;0.5;;;;1.0\n", three[i], c,
                    method, seed, k, q, means[i] + (seed ? 0.002 : -0.002));
}

static inline void write_main(void)
{
    FILE *file = open_results("results_v2.csv", main_header);
    write_main_cell(file, "none", "0.0", 5, 95, 0.90, 0.92, 0.94);
    write_main_cell(file, "loo_patch", "0.0", 5, 95, 0.89, 0.91, 0.93);
    write_main_cell(file, "ensemble_loo_mahal", "0.0", 5, 95, 0.90, 0.92, 0.94);
    write_main_cell(file, "none", "0.3", 5, 95, 0.80, 0.82, 0.90);
    write_main_cell(file, "loo_patch", "0.3", 5, 95, 0.81, 0.84, 0.93);
    write_main_cell(file, "ensemble_loo_mahal", "0.3", 5, 95, 0.83, 0.83, 0.91);
    fclose(file);
    file = open_results("ablation_knn_k.csv", main_header);
    write_main_cell(file, "none", "0.0", 1, 95, 0.88, 0.90, 0.92);
    write_main_cell(file, "none", "0.3", 1, 95, 0.78, 0.80, 0.85);
    write_main_cell(file, "loo_patch", "0.3", 1, 95, 0.79, 0.80, 0.87);
    fclose(file);
    file = open_results("ablation_percentile.csv", main_header);
    write_main_cell(file, "loo_patch", "0.0", 5, 80, 0.86, 0.88, 0.90);
    write_main_cell(file, "loo_patch", "0.3", 5, 80, 0.83, 0.85, 0.93);
    fclose(file);
    file = open_results(
        "results_pixel_auroc.csv",
        "dataset;contamination_rate;purification_method;train_limit;seed;knn_k;percentile_threshold;pix_auroc;"
        "pix_aupr");
    for (int i = 0; i < 3; i++)
        for (int seed = 0; seed < N_SEEDS; seed++)
            fprintf(file, "%s;0.3;none;10;%d;5;95;%.4f;%.4f\n", three[i], seed, 0.70 + 0.1 * i + (seed ? 0.01 : -0.01),
                    0.30 + 0.05 * i);
    fclose(file);
}

/* ---- assurance ---- */

static inline void write_assurance_cell(FILE *file, const char *detector, const char *method, const char *c,
                                        double mean)
{
    for (int i = 0; i < 3; i++)
        for (int seed = 0; seed < N_SEEDS; seed++)
            fprintf(file, "t;%s;disjoint;%s;DINOv3;%s;%s;%d;10;200;3;2;1;1;%d;2;%.4f;0.8;0.2;0.5;1.0\n", three[i],
                    detector, method, c, seed, seed + 1, mean + 0.01 * (i - 1) + (seed ? 0.001 : -0.001));
}

static inline void write_assurance(void)
{
    FILE *file = open_results(
        "assurance.csv", "timestamp;dataset;setup;detector;auditor;method;contamination_rate;seed;train_limit;n_train;"
                         "n_contaminated;n_removed;n_cont_removed;top1_cont;top2_cont;top3_cont;img_auroc;img_aupr;"
                         "tpr_fpr1;tpr_fpr5;elapsed_s");
    write_assurance_cell(file, "DINOv3", "none", "0.0", 0.8591);
    write_assurance_cell(file, "DINOv3", "none", "0.3", 0.8415);
    write_assurance_cell(file, "DINOv3", "audit_remove", "0.3", 0.8480);
    write_assurance_cell(file, "DINOv3", "audit_recapture", "0.3", 0.8517);
    write_assurance_cell(file, "DINOv3", "oracle_remove", "0.3", 0.8518);
    write_assurance_cell(file, "DINOv3", "base_knn", "0.3", 0.8425);
    write_assurance_cell(file, "CLIP", "none", "0.0", 0.8678);
    write_assurance_cell(file, "CLIP", "none", "0.3", 0.8470);
    write_assurance_cell(file, "CLIP", "audit_remove", "0.3", 0.8550);
    fclose(file);
}

static inline int make_results(void **state)
{
    (void)state;
    test_make_temp_dir(program_folder, sizeof program_folder);
    write_image_level("results.csv");
    write_main();
    write_assurance();
    return 0;
}

#endif
