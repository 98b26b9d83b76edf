"""Made-up results as the studies write them: rows of 35 categories, 17 methods, 7 c, 3 N and SEEDS seeds (5: 62 475 rows).

    python bench/study_rows.py made-up.csv [SEEDS]
    /usr/bin/time -v build/release/purebank stats made-up.csv --setup shared --threads 1 -o stats/

Needs nothing but Python; the same bytes each time.
"""
import itertools
import random
import sys

METHODS = ("none loo_patch cosine_loo mahalanobis_patch ensemble_loo_mahal random_patch oracle_patch lof_patch pca_patch "
           "isolation_forest_patch iterative_loo image_level_loo global_iforest adaptive_loo_patch grubbs_adaptive_loo "
           "gmm_adaptive_loo mad_adaptive_loo").split()

path, seeds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
draw = random.Random(1)
with open(path, "w") as file:
    file.write("dataset;method;contamination_rate;train_limit;seed;knn_k;percentile_threshold;img_auroc\n")
    for d, (m, method), c, n, seed in itertools.product(range(35), enumerate(METHODS), (0, .05, .1, .15, .2, .25, .3),
                                                        (5, 10, 20), range(seeds)):
        auroc = min(1, 0.8 + 0.005 * d + 0.002 * m * c + 0.001 * n - 0.2 * c + draw.gauss(0, 0.01))
        file.write(f"made-up/{d:02};{method};{c};{n};{seed};5;95;{auroc:.6f}\n")
