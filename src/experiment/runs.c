/* The runs of the studies (method.md#runs): what a row leaves out is as usual (experiment.h). */
#include <purebank/experiment.h>

#include "experiment/run_kinds.h"

#define RUN(...)                                                                                                       \
    &(const pb_experiment_run)                                                                                         \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static const pb_experiment_run *const runs[] = {
    RUN(.name = "main", .summary = "the main grid of both studies", .file = "results_v2.csv",
        .kind = &pb_kind_purification, .limits = "10,20", .contamination = "0,0.1,0.2,0.3"),
    RUN(.name = "extra-contamination", .summary = "very little and very much contamination",
        .file = "results_extra_cont.csv", .kind = &pb_kind_purification, .limits = "10",
        .contamination = "0,0.05,0.4,0.5"),
    RUN(.name = "tl5", .summary = "five references", .file = "results_tl5.csv", .kind = &pb_kind_purification,
        .limits = "5", .contamination = "0,0.2,0.3", .methods = "few-references"),
    RUN(.name = "leakage-check", .summary = "the main grid with contaminants that are not tested",
        .file = "results_leakage_check.csv", .kind = &pb_kind_purification, .categories = "quick", .limits = "10,20",
        .contamination = "0,0.1,0.2,0.3"),
    RUN(.name = "ablation-percentile", .summary = "how many patches to remove", .file = "ablation_percentile.csv",
        .kind = &pb_kind_purification, .categories = "quick", .limits = "10", .contamination = "0,0.3",
        .percentiles = "80,90,95,98,99"),
    RUN(.name = "ablation-full-percentile", .summary = "how many patches to remove, on all categories",
        .file = "ablation_full_percentile.csv", .kind = &pb_kind_purification, .limits = "10", .contamination = "0,0.3",
        .methods = "percentile", .percentiles = "90,95,99"),
    RUN(.name = "ablation-knn-k", .summary = "how many neighbours to average", .file = "ablation_knn_k.csv",
        .kind = &pb_kind_purification, .categories = "quick", .limits = "10", .contamination = "0,0.3",
        .ks = "1,3,5,7,10"),
    RUN(.name = "pixel", .summary = "pixel metrics, too; needs photos and masks where the caches say",
        .file = "results_pixel_auroc.csv", .kind = &pb_kind_pixel, .limits = "10", .contamination = "0,0.3",
        .methods = "pixel"),
    RUN(.name = "gate-check", .summary = "every method on four categories, with a verdict on each",
        .file = "gate_check.csv", .kind = &pb_kind_purification, .categories = "gate", .limits = "10",
        .contamination = "0,0.3", .seeds = "0,1", .methods = "all", .verdict_at = 0.3),
    RUN(.name = "image-level", .summary = "audits that remove whole images, in both setups",
        .file = "exp_p4_image_level/results.csv", .kind = &pb_kind_image_level, .limits = "10,20",
        .contamination = "0,0.1,0.2,0.3", .methods = "image-level"),
    RUN(.name = "assurance", .summary = "one detector's audit decides for all: removal, recapture, baselines",
        .file = "exp_p5_assurance/results.csv", .kind = &pb_kind_assurance, .limits = "10", .contamination = "0,0.3",
        .methods = "all"),
};

const pb_experiment_run *const *pb_experiment_runs(int64_t *out_n)
{
    *out_n = (int64_t)(sizeof runs / sizeof *runs);
    return runs;
}
