/* The runs of the studies (method 3). */
#include <purebank/experiment.h>

#define ALL_GRID "10,20", "0,0.1,0.2,0.3", "0-4"

static const pb_experiment_run runs[] = {
    {"main", "the main grid of both studies", "results_v2.csv", PB_SETUP_SHARED, "all", ALL_GRID, "core", "95", "5"},
    {"extra-contamination", "very little and very much contamination", "results_extra_cont.csv", PB_SETUP_SHARED, "all",
     "10", "0,0.05,0.4,0.5", "0-4", "core", "95", "5"},
    {"tl5", "five references", "results_tl5.csv", PB_SETUP_SHARED, "all", "5", "0,0.2,0.3", "0-4",
     "none,loo_patch,mahalanobis_patch,ensemble_loo_mahal", "95", "5"},
    {"leakage-check", "the main grid with contaminants that are not tested", "results_leakage_check.csv",
     PB_SETUP_DISJOINT, "quick", ALL_GRID, "core", "95", "5"},
    {"ablation-percentile", "how many patches to remove", "ablation_percentile.csv", PB_SETUP_SHARED, "quick", "10",
     "0,0.3", "0-4", "core", "80,90,95,98,99", "5"},
    {"ablation-full-percentile", "how many patches to remove, on all categories", "ablation_full_percentile.csv",
     PB_SETUP_SHARED, "all", "10", "0,0.3", "0-4", "none,ensemble_loo_mahal", "90,95,99", "5"},
    {"ablation-knn-k", "how many neighbours to average", "ablation_knn_k.csv", PB_SETUP_SHARED, "quick", "10", "0,0.3",
     "0-4", "core", "95", "1,3,5,7,10"},
};

const pb_experiment_run *pb_experiment_runs(int64_t *out_n)
{
    *out_n = (int64_t)(sizeof runs / sizeof *runs);
    return runs;
}
