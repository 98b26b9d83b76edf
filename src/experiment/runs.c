/* The runs of the studies (method 3). */
#include <purebank/experiment.h>

#define ALL_GRID "10,20", "0,0.1,0.2,0.3", "0-4"

/* The audits, and what they are to be compared with. */
#define IMAGE_LEVEL                                                                                                    \
    "none,ensemble_loo_mahal,oracle_patch,imgmax_mad,image_mad,imgq99_mad,imgt5_mad,imgmax_known_c,image_known_c,"     \
    "imgq99_known_c,imgt5_known_c"

static const pb_experiment_run runs[] = {
    {"main", "the main grid of both studies", "results_v2.csv", PB_SETUP_SHARED, false, "all", ALL_GRID, "core", "95",
     "5", 0, false, false},
    {"extra-contamination", "very little and very much contamination", "results_extra_cont.csv", PB_SETUP_SHARED, false,
     "all", "10", "0,0.05,0.4,0.5", "0-4", "core", "95", "5", 0, false, false},
    {"tl5", "five references", "results_tl5.csv", PB_SETUP_SHARED, false, "all", "5", "0,0.2,0.3", "0-4",
     "none,loo_patch,mahalanobis_patch,ensemble_loo_mahal", "95", "5", 0, false, false},
    {"leakage-check", "the main grid with contaminants that are not tested", "results_leakage_check.csv",
     PB_SETUP_DISJOINT, false, "quick", ALL_GRID, "core", "95", "5", 0, false, false},
    {"ablation-percentile", "how many patches to remove", "ablation_percentile.csv", PB_SETUP_SHARED, false, "quick",
     "10", "0,0.3", "0-4", "core", "80,90,95,98,99", "5", 0, false, false},
    {"ablation-full-percentile", "how many patches to remove, on all categories", "ablation_full_percentile.csv",
     PB_SETUP_SHARED, false, "all", "10", "0,0.3", "0-4", "none,ensemble_loo_mahal", "90,95,99", "5", 0, false, false},
    {"ablation-knn-k", "how many neighbours to average", "ablation_knn_k.csv", PB_SETUP_SHARED, false, "quick", "10",
     "0,0.3", "0-4", "core", "95", "1,3,5,7,10", 0, false, false},
    {"pixel", "pixel metrics, too; needs photos and masks where the caches say", "results_pixel_auroc.csv",
     PB_SETUP_SHARED, false, "all", "10", "0,0.3", "0-4", "none,ensemble_loo_mahal,oracle_patch", "95", "5", 0, true,
     false},
    {"gate-check", "every method on four categories, with a verdict on each", "gate_check.csv", PB_SETUP_SHARED, false,
     "gate", "10", "0,0.3", "0,1", "all", "95", "5", 0.3, false, false},
    {"image-level", "audits that remove whole images, in both setups", "exp_p4_image_level/results.csv",
     PB_SETUP_DISJOINT, true, "all", ALL_GRID, IMAGE_LEVEL, "95", "5", 0, false, false},
    {"assurance", "one detector's audit decides for all: removal, recapture, baselines", "exp_p5_assurance/results.csv",
     PB_SETUP_DISJOINT, false, "all", "10", "0,0.3", "0-4", "all", "95", "5", 0, false, true},
};

const pb_experiment_run *pb_experiment_runs(int64_t *out_n)
{
    *out_n = (int64_t)(sizeof runs / sizeof *runs);
    return runs;
}
