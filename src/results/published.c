#include "results/published.h"

#include <string.h>

#include "io/path.h"

static const struct {
    const char *file;
    pb_setup setup;
} published[] = {
    {"results_v2.csv", PB_SETUP_SHARED},          {"results_extra_cont.csv", PB_SETUP_SHARED},
    {"results_tl5.csv", PB_SETUP_SHARED},         {"results_leakage_check.csv", PB_SETUP_DISJOINT},
    {"ablation_percentile.csv", PB_SETUP_SHARED}, {"ablation_full_percentile.csv", PB_SETUP_SHARED},
    {"ablation_knn_k.csv", PB_SETUP_SHARED},      {"results_pixel_auroc.csv", PB_SETUP_SHARED},
    {"gate_check.csv", PB_SETUP_SHARED},
};

bool pb_results_published(const char *path, pb_setup *out)
{
    const char *name = pb_base_name(path);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strcmp(published[i].file, name) == 0) {
            *out = published[i].setup;
            return true;
        }
    return false;
}
