/* The two tables behind the command line. */
#include <stddef.h>

#include <purebank/purebank.h>

#include "options.h"

#define FIELD(name) offsetof(cli_settings, name)

static cli_choice rule_choice(int i)
{
    static char meaning[160]; /* of the rule asked for last */
    int64_t n;
    const pb_method *const *rules = pb_audit_rules(&n);
    if (i >= n)
        return (cli_choice){0};
    snprintf(meaning, sizeof meaning, "%s; --multiplier is %g unless given", rules[i]->summary, rules[i]->multiplier);
    return (cli_choice){rules[i]->name, meaning};
}

/* All but those that must be told which references are bad: then nobody would purify. */
static cli_choice method_choice(int i)
{
    int64_t n;
    const pb_method *const *methods = pb_purify_methods(&n);
    for (int64_t m = 0; m < n; m++)
        if (!(methods[m]->needs & PB_NEEDS_TRUTH) && i-- == 0)
            return (cli_choice){methods[m]->name, methods[m]->summary};
    return (cli_choice){0};
}

static cli_choice image_score_choice(int i)
{
    static const char *const meanings[] = {
        [PB_IMAGE_SCORE_P95] = "95 % of the patches score this or less: the published rule; for larger defects",
        [PB_IMAGE_SCORE_MAX] = "the highest patch score: for the smallest defects, at the price of noise",
        [PB_IMAGE_SCORE_TOP1] = "the mean of the highest 1 % of patch scores: for small defects"};
    return i <= PB_IMAGE_SCORE_TOP1 ? (cli_choice){pb_image_score_name((pb_image_score)i), meanings[i]}
                                    : (cli_choice){0};
}

static cli_choice audit_action_choice(int i)
{
    static const cli_choice actions[] = {{"remove", "leave them out of the bank"},
                                         {"report", "only say so, and keep them"},
                                         {"off", "run no audit"},
                                         {0}};
    return actions[i];
}

static cli_choice precision_choice(int i)
{
    static const cli_choice precisions[] = {
        {"f32", "as published"}, {"bf16", "faster, less exact"}, {"int8", "fastest, least exact"}, {0}};
    return precisions[i];
}

/* Of rows that exist already; "one" would be the choice of a command that compares. */
static cli_choice setups_choice(int i)
{
    static const cli_choice setups[] = {{"both", "side by side"},
                                        {"disjoint", "rows of the other setup are left out"},
                                        {"shared", "rows of the other setup are left out"},
                                        {0}};
    return setups[i];
}

static cli_choice setup_choice(int i)
{
    static const cli_choice setups[] = {
        {"disjoint", "contaminants come from one half of the anomalies, the other half is tested"},
        {"shared", "contaminants are tested, too, as in the first study: this flatters purification"},
        {0}};
    return setups[i];
}

/* Which rows of result files. */
static cli_choice study_setup_choice(int i)
{
    static const cli_choice setups[] = {{"disjoint", "contaminants are not among the tested anomalies"},
                                        {"shared", "contaminants are tested, too: this flatters purification"},
                                        {"both", "one after the other"},
                                        {0}};
    return setups[i];
}

/* Of pb_experiment_runs(); a test compares. */
#define RUN_NAMES                                                                                                      \
    "main, extra-contamination, tl5, leakage-check, ablation-percentile, ablation-full-percentile, ablation-knn-k, "   \
    "gate-check, image-level, assurance or pixel"

const cli_command cli_commands[] = {
    {"extract", CLI_EXTRACT, cli_extract, "IMAGES...", 1, -1, "compute patch features of images",
     "Writes the features of all images as one .npy file of shape (images, patches, channels), float32, and beside it "
     "FILE.paths.txt with one path a line and FILE.origin.json with what made them.",
     "purebank extract photos/ -o photos.npy"},
    {"audit", CLI_AUDIT, cli_audit, "REFS...", 1, -1, "find the reference photos that do not belong",
     "Scores each reference by how unlike the other references its patches are (leave-one-out), and flags those above "
     "a "
     "robust limit. Changes nothing: look at the report, then fit.",
     "purebank audit references/ --report audit.html"},
    {"fit", CLI_FIT, cli_fit, "REFS...", 1, -1, "build a memory bank with a threshold from good parts",
     "Audits the references, leaves the flagged ones out (or obeys --decisions), optionally purifies single patches, "
     "and "
     "writes a bank that carries everything needed to score parts, the threshold included.",
     "purebank fit references/ -o part.bank --report fit.html"},
    {"score", CLI_SCORE, cli_score, "BANK IMAGES...", 2, -1, "score new parts against a bank",
     "Prints a score and a verdict for each part: fail above the bank's threshold. A photo that cannot be read gets a "
     "warning, the verdict unreadable and no score; the others are judged, and the exit status is 3.",
     "purebank score part.bank new/ --csv scores.csv --heatmaps maps/"},
    {"eval", CLI_EVAL, cli_eval, "BANK TESTDIR", 2, 2, "measure a bank on labelled parts",
     "TESTDIR is in MVTec layout: good/ and one folder a kind of defect; masks in ground_truth/ beside it are used for "
     "the pixel figures when they are there (0.8 MB of memory a part). It may also be one of VisA's categories, or the "
     "cache of a category.",
     "purebank eval part.bank test/ --report eval.html"},
    {"datasets", CLI_DATASETS, cli_datasets, "ROOT", 1, 1,
     "list the categories of a data set and what is odd about them",
     "Finds the benchmarks mvtec_AD, VisA, mvtec_loco_AD and btad in their published layouts, folders of one's own in "
     "MVTec layout, or a folder of good images alone; ROOT may hold several of them, or be one benchmark or one "
     "category. Every image and mask is read, so that damaged ones are found here and not in the middle of long work.",
     "purebank datasets data/ --json datasets.json"},
    {"cache", CLI_CACHE, cli_cache, "ROOT", 0, 1, "compute the features of a whole data set, once",
     "Finds categories as datasets does and writes one folder a category (mvtec_AD__bottle), with the file names and "
     "formats of the studies, so that their scripts read these caches and purebank reads theirs. Killed at any moment, "
     "the same command goes on where it was. audit, fit, score, eval and info take such a folder in place of images. "
     "With --check, ROOT is a folder of caches, and every file in it is read and verified.",
     "purebank cache data/ -o caches/ --categories quick"},
    {"experiment", CLI_EXPERIMENT, cli_experiment, "RUN", 1, 1, "run the studies on feature caches",
     "Computes the cells of a published run (category, seed, N, contamination, method) from caches and appends them to "
     "its CSV. Killed at any moment, the same command goes on where it was. RUN is " RUN_NAMES ".",
     "purebank experiment main --cache caches/ -o results/ --plan"},
    {"compare", CLI_COMPARE, cli_compare, "A.csv B.csv", 2, 2, "compare two files of results, worst differences first",
     "Joins the rows of two result files by their key and compares all columns that both have, but for times. Numbers "
     "count "
     "as equal within the tolerance; the exit status is 1 where something is beyond it. Rows that only one file has "
     "are "
     "counted, and are no difference.",
     "purebank compare results/results_v2.csv published/results_v2.csv"},
    {"merge", CLI_MERGE, cli_merge, "FILES...", 1, -1, "join files of results, such as the shards of a run",
     "Writes all rows of files with the same columns into one, sorted by key. Rows that stand in several files are "
     "written "
     "once; rows that contradict each other are an error.",
     "purebank merge results/results_v2.shard-*.csv -o results_v2.csv"},
    {"stats", CLI_STATS, cli_stats, "RESULTS...", 1, -1, "what result files say: ranks, tests, intervals, effect sizes",
     "Compares the methods of result files, ours or the authors', category by category: Friedman and Nemenyi, Wilcoxon "
     "against none with Holm's correction, bootstrap intervals, Cliff's delta, A12, wins and losses, clean penalty and "
     "recovery. For each setup and contamination, with and without LOCO, it writes rankings_*.csv, wilcoxon_*.csv and "
     "summary_*.txt, and all of it into stats.json. Files without a column for the setup, or a .json beside them that "
     "tells it, are of the setup that the studies published under their name.",
     "purebank stats results/results_v2.csv -o analysis/"},
    {"heatmaps", CLI_HEATMAPS, cli_heatmaps, "", 0, 0, "draw what purification does to references and test images",
     "Computes one cell of the studies for each category (the same draws and scores as experiment) and draws two "
     "sheets of "
     "it: CATEGORY_removal, the references with their leave-one-out maps and the patches that each method removes, and "
     "CATEGORY_scores, test images with their maps before and after purification on one scale of colours. Several "
     "categories also give combined sheets with a row for each. CATEGORY_heatmaps.json has the numbers.",
     "purebank heatmaps --cache caches/ --data data/ -o sheets/"},
    {"figures", CLI_FIGURES, cli_figures, "RESULTS...", 1, -1, "draw the studies' figures from files of results",
     "Nine figures for one column of a paper, as far as the results go, each with a caption in a .txt beside it: "
     "contamination, categories, risk, range, percentile, references, backbones, benchmarks, cd (critical "
     "differences). "
     "Results of several backbones are told apart as NAME=FILE, the one that all figures show first.",
     "purebank figures results/*.csv -o figures/ --format pdf,svg"},
    {"tables", CLI_TABLES, cli_tables, "RESULTS...", 1, -1, "write the tables of the studies from result files",
     "Reads result CSVs, ours or the published ones, and writes every table that they give, one file each as LaTeX "
     "(booktabs), Markdown and CSV with the same numbers; says which it cannot write, and why. Every table says its "
     "setup, "
     "N, c and number of categories.",
     "purebank tables results/results_v2.csv -o tables/"},
    {"report", CLI_REPORT, cli_report, "RESULTS...", 1, -1,
     "write one page with all tables and figures of result files",
     "Puts what the commands figures and tables make of result CSVs, ours or the published ones, on one page of HTML. "
     "It "
     "is complete in itself, opens without a network, and filters by setup, N, c and benchmark.",
     "purebank report results/results_v2.csv -o report.html"},
    {"info", CLI_INFO, cli_info, "FILE", 1, 1,
     "describe a bank, a feature file, a cache, a checkpoint folder, or \"builtin\"",
     "Says what a file holds and where it came from. FILE may also be the name of a backbone, as --backbone takes it.",
     "purebank info part.bank"},
    {"demo", CLI_DEMO, cli_demo, "[DIR]", 0, 1, "the whole job on images made on the spot",
     "Makes product photos (12 references, 2 of them bad, and 40 test parts) in DIR, default purebank-demo, then "
     "audits, fits "
     "with and without the bad references, evaluates both, and writes heatmaps and reports.",
     "purebank demo"},
    {0}};

/* clang-format off */
const cli_option cli_options[] = {
    {"output", 'o', CLI_PATH, FIELD(output), CLI_EXTRACT, "FILE", NULL, 0, 0, NULL,
     "write the features to FILE (.npy); needed"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_FIT, "FILE", NULL, 0, 0, NULL, "write the bank to FILE; needed"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_CACHE, "DIR", NULL, 0, 0, NULL,
     "write the caches to this folder, one folder a category"},
    {"cache", 0, CLI_PATHS, FIELD(caches), CLI_EXPERIMENT, "[NAME=]DIR", NULL, 0, 0, NULL,
     "folder of feature caches, as the command cache writes them; for assurance given once for each detector, named as its "
     "rows shall be, unless it is the backbone's name"},
    {"auditor", 0, CLI_TEXT, FIELD(auditor), CLI_EXPERIMENT, "NAME", NULL, 0, 0, NULL,
     "assurance: the detector whose features decide about references; unless given, the first one"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_EXPERIMENT, "DIR", NULL, 0, 0, NULL,
     "folder of the results; what is there is continued"},
    {"backbone", 0, CLI_TEXT, FIELD(backbone), CLI_EXTRACT | CLI_AUDIT | CLI_FIT | CLI_CACHE, "NAME", "builtin", 0, 0, NULL,
     "what turns images into patch features: \"builtin\", a checkpoint folder (DINOv3, DINOv2, CLIP), or its name"},
    {"backbone", 0, CLI_TEXT, FIELD(backbone), CLI_SCORE | CLI_EVAL, "NAME", NULL, 0, 0, NULL,
     "the checkpoint folder that the bank was built with; not needed for a bank of the built-in backbone"},
    {"size", 0, CLI_INT, FIELD(size), CLI_EXTRACT | CLI_AUDIT | CLI_FIT | CLI_CACHE, "PX", "0", 0, 8192, NULL,
     "side of the input image in pixels; 0 = the backbone's own"},
    {"layer", 0, CLI_TEXT, FIELD(layer), CLI_EXTRACT | CLI_AUDIT | CLI_FIT | CLI_CACHE, "L", NULL, 0, 0, NULL,
     "hidden state of a transformer: 0 = the embedding, n = after block n, negative = from the end; several side by "
     "side: -6,-3; default -6"},
    {"precision", 0, CLI_CHOICE, FIELD(precision), CLI_EXTRACT | CLI_AUDIT | CLI_FIT | CLI_CACHE, "P", "f32", 0, 0, precision_choice,
     "how a transformer computes; the built-in backbone has f32 only"},
    {"precision", 0, CLI_CHOICE, FIELD(precision), CLI_SCORE | CLI_EVAL, "P", NULL, 0, 0, precision_choice,
     "how a transformer computes; default: as the bank was built"},
    {"allow-precision-mix", 0, CLI_FLAG, FIELD(allow_precision_mix), CLI_SCORE | CLI_EVAL, NULL, NULL, 0, 0, NULL,
     "score parts in another precision than the bank's, which is refused otherwise: scores differ a little"},
    {"rule", 0, CLI_CHOICE, FIELD(rule), CLI_AUDIT | CLI_FIT, "RULE", PB_AUDIT_DEFAULT_RULE, 0, 0, rule_choice,
     "what makes a reference suspicious"},
    {"multiplier", 0, CLI_REAL, FIELD(multiplier), CLI_AUDIT | CLI_FIT, "X", "0", 0, 1000, NULL,
     "flag above median + X * 1.4826 * MAD of the references' scores; 0 = the rule's own, named with --rule"},
    {"knn-k", 0, CLI_INT, FIELD(knn_k), CLI_AUDIT | CLI_FIT, "K", "5", 1, 10000, NULL,
     "nearest patches that a patch's score averages"},
    {"audit", 0, CLI_CHOICE, FIELD(audit_action), CLI_FIT, "ACTION", "remove", 0, 0, audit_action_choice,
     "what to do with flagged references"},
    {"decisions", 0, CLI_PATH, FIELD(decisions), CLI_AUDIT | CLI_FIT, "FILE", NULL, 0, 0, NULL,
     "the decisions.json saved from an audit report: fit obeys it, whatever the audit says; audit fills it in"},
    {"purify", 0, CLI_CHOICE, FIELD(purify), CLI_FIT, "METHOD", "none", 0, 0, method_choice,
     "take single patches out of the references that stay; it helps only where bad references look like the defects "
     "to be found, so by default nothing is taken out"},
    {"percentile", 0, CLI_REAL, FIELD(percentile), CLI_FIT, "Q", "95", 0, 100, NULL,
     "purification removes patches scoring above the Q-th percentile"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_FIT, "C", "0", 0, 1, NULL,
     "expected share of bad references, such as 0.1 or 10%, for --purify image_level_loo and global_iforest"},
    {"seed", 0, CLI_INT, FIELD(seed), CLI_FIT, "N", "0", 0, (double)PB_SEED_MAX, NULL,
     "seed of the draws, for --purify random_patch, isolation_forest_patch and global_iforest"},
    {"image-score", 0, CLI_CHOICE, FIELD(image_score), CLI_FIT, "RULE", NULL, 0, 0, image_score_choice,
     "how patch scores become the image score; unless given, top1 for builtin and p95 for transformers"},
    {"false-alarm-rate", 0, CLI_SHARE, FIELD(false_alarm_rate), CLI_FIT, "R", "0.01", 1e-6, 0.5, NULL,
     "share of good parts that may fail, such as 0.01 or 1%; sets the threshold"},
    {"csv", 0, CLI_PATH, FIELD(csv), CLI_SCORE, "FILE", NULL, 0, 0, NULL, 
     "write a row for each part: path, score, verdict, heatmap (its file; empty without --heatmaps); - = standard output"},
    {"json", 0, CLI_PATH, FIELD(json), CLI_AUDIT | CLI_SCORE | CLI_EVAL | CLI_INFO | CLI_DATASETS, "FILE", NULL, 0, 0, NULL,
     "write the result as JSON; - = standard output"},
    {"heatmaps", 0, CLI_PATH, FIELD(heatmaps), CLI_SCORE, "DIR", NULL, 0, 0, NULL,
     "write one heatmap a part, at the photo's full size, all on the bank's colour scale"},
    {"report", 0, CLI_PATH, FIELD(report), CLI_AUDIT | CLI_FIT | CLI_EVAL, "FILE", NULL, 0, 0, NULL,
     "write a self-contained HTML page"},
    {"exit-code", 0, CLI_FLAG, FIELD(exit_code), CLI_SCORE, NULL, NULL, 0, 0, NULL, "exit with status 1 if a part fails"},
    {"cache", 0, CLI_PATH, FIELD(cache), CLI_HEATMAPS, "DIR", NULL, 0, 0, NULL,
     "folder of feature caches, as the command cache writes them"},
    {"data", 0, CLI_PATH, FIELD(data), CLI_HEATMAPS, "ROOT", NULL, 0, 0, NULL,
     "folder that the photos are below, by the end of the paths that the cache lists; unless given, they are where it "
     "says"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_HEATMAPS, "DIR", NULL, 0, 0, NULL, "folder of the sheets; needed"},
    {"category", 0, CLI_TEXT, FIELD(categories), CLI_HEATMAPS, "NAMES", "all", 0, 0, NULL,
     "names or folders in the cache, separated by commas; or all, quick or gate"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_HEATMAPS, "S", "disjoint", 0, 0, setup_choice,
     "where contaminants come from"},
    {"seed", 0, CLI_INT, FIELD(seed), CLI_HEATMAPS, "S", "0", 0, (double)PB_SEED_MAX, NULL, "seed of the draws"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_HEATMAPS, "C", "0.3", 0, 1, NULL,
     "share of references that are replaced by anomalies"},
    {"limit", 0, CLI_INT, FIELD(limit), CLI_HEATMAPS, "N", "10", 2, 1000, NULL, "number of references"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_HEATMAPS, "M,..", "loo_patch,mahalanobis_patch,ensemble_loo_mahal", 0, 0,
     NULL, "fast, core, extended, all, or names as fit --purify has them, or audit rules"},
    {"percentile", 0, CLI_REAL, FIELD(percentile), CLI_HEATMAPS, "Q", "95", 0, 100, NULL,
     "purification removes patches scoring above the Q-th percentile"},
    {"knn-k", 0, CLI_INT, FIELD(knn_k), CLI_HEATMAPS, "K", "5", 1, 10000, NULL,
     "nearest patches that a patch's score averages"},
    {"images", 0, CLI_INT, FIELD(n_images), CLI_HEATMAPS, "M", "5", 1, 1000, NULL,
     "test images on a sheet: one normal, the others defects; those whose score the methods change most"},
    {"format", 0, CLI_TEXT, FIELD(format), CLI_HEATMAPS, "F,..", "png,pdf", 0, 0, NULL, "png, pdf, or both"},
    {"categories", 0, CLI_TEXT, FIELD(categories), CLI_DATASETS | CLI_CACHE, "NAMES", "all", 0, 0, NULL,
     "names separated by commas (bottle, VisA/pcb1, btad); or all, quick or gate: the studies' sets of 6 and 4"},
    {"categories", 0, CLI_TEXT, FIELD(categories), CLI_EXPERIMENT, "NAMES", NULL, 0, 0, NULL,
     "names or folders in the cache, separated by commas; or all, quick or gate; unless given, the run's own"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_EXPERIMENT, "S", NULL, 0, 0, setup_choice,
     "where contaminants come from; unless given, disjoint, and both for image-level"},
    {"limits", 0, CLI_TEXT, FIELD(limits), CLI_EXPERIMENT, "N,..", NULL, 0, 0, NULL,
     "numbers of references; unless given, as published (so for the lists that follow)"},
    {"contamination", 0, CLI_TEXT, FIELD(contaminations), CLI_EXPERIMENT, "C,..", NULL, 0, 0, NULL,
     "shares of references that are replaced by anomalies, each 0 to 1"},
    {"seeds", 0, CLI_TEXT, FIELD(seeds), CLI_EXPERIMENT, "S,..", NULL, 0, 0, NULL, "seeds of the draws, such as 0-4 or 0,3"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_EXPERIMENT, "M,..", NULL, 0, 0, NULL,
     "fast (2 methods), core (7), extended (11), all (17), or names as fit --purify has them; image-level: of audit "
     "rules, too; assurance: all (7), or names"},
    {"percentile", 0, CLI_TEXT, FIELD(percentiles), CLI_EXPERIMENT, "Q,..", NULL, 0, 0, NULL,
     "purification removes patches scoring above the Q-th percentile"},
    {"knn-k", 0, CLI_TEXT, FIELD(knn_ks), CLI_EXPERIMENT, "K,..", NULL, 0, 0, NULL,
     "nearest patches that a patch's score averages"},
    {"shard", 0, CLI_TEXT, FIELD(shard), CLI_EXPERIMENT, "I/N", NULL, 0, 0, NULL,
     "compute part I of N, into a file of its own"},
    {"memory", 0, CLI_TEXT, FIELD(memory), CLI_EXPERIMENT, "BYTES", NULL, 0, 0, NULL,
     "stay below, such as 8G or 500M; unless given, half of what this process may use"},
    {"plan", 0, CLI_FLAG, FIELD(plan), CLI_EXPERIMENT, NULL, NULL, 0, 0, NULL, "say what there is to do, and do nothing"},
    {"status", 0, CLI_FLAG, FIELD(show_status), CLI_EXPERIMENT, NULL, NULL, 0, 0, NULL,
     "say what is done and what is missing, by category"},
    {"verbose", 'v', CLI_FLAG, FIELD(verbose), CLI_EXPERIMENT, NULL, NULL, 0, 0, NULL, "print a line for each cell"},
    {"debug", 0, CLI_FLAG, FIELD(debug), CLI_EXPERIMENT, NULL, NULL, 0, 0, NULL,
     "a trial: the first two categories of the quick set, seed 0, 10 references, contamination 0 and 0.2"},
    {"force", 0, CLI_FLAG, FIELD(force), CLI_EXPERIMENT, NULL, NULL, 0, 0, NULL,
     "begin the file anew; the one that is there stays, with .old behind its name"},
    {"key", 0, CLI_TEXT, FIELD(key), CLI_COMPARE | CLI_MERGE, "C,..", NULL, 0, 0, NULL,
     "columns that tell rows apart; unless given, all of the published keys that the files have"},
    {"tolerance", 0, CLI_REAL, FIELD(tolerance), CLI_COMPARE, "X", "0.0001", 0, 1e9, NULL,
     "numbers may be as far apart as this"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_MERGE, "FILE", NULL, 0, 0, NULL, "write to FILE; needed"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_STATS, "DIR", NULL, 0, 0, NULL, "write to the folder DIR; needed"},
    {"contamination", 0, CLI_TEXT, FIELD(contaminations), CLI_STATS, "C,..", "0.3", 0, 0, NULL,
     "shares of contaminated references, each 0 to 1, looked at one by one"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_STATS, "S", NULL, 0, 0, study_setup_choice,
     "rows of this setup, which files that do not tell theirs then have; unless given, whichever it is, but never both"},
    {"limits", 0, CLI_TEXT, FIELD(limits), CLI_STATS, "N,..", NULL, 0, 0, NULL,
     "numbers of references, pooled inside a category; unless given, 10 and 20, or what there is"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_STATS, "M,..", NULL, 0, 0, NULL,
     "methods to rank and to correct for; an audit rule stands for all its k; unless given, the seven published ones and audits"},
    {"exclude-loco", 0, CLI_FLAG, FIELD(exclude_loco), CLI_STATS, NULL, NULL, 0, 0, NULL,
     "only without mvtec_loco_AD; unless given, with and without"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_FIGURES, "DIR", NULL, 0, 0, NULL, "write the figures to this folder; needed"},
    {"format", 0, CLI_TEXT, FIELD(format), CLI_FIGURES, "F,..", "pdf", 0, 0, NULL,
     "pdf, svg, png (300 dots an inch), or several"},
    {"only", 0, CLI_TEXT, FIELD(only), CLI_FIGURES, "F,..", NULL, 0, 0, NULL,
     "these figures alone, by number or name: fig2,cd"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_FIGURES, "M,..", NULL, 0, 0, NULL,
     "methods to show, or all; an audit rule stands for all its k; unless given, those of the published figures that occur"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_FIGURES, "S", NULL, 0, 0, study_setup_choice,
     "rows of this setup alone; needed where results have both"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_FIGURES, "C", NULL, 0, 1, NULL,
     "contamination at which methods are compared; unless given, 0.3, or the largest there is"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_TABLES, "DIR", NULL, 0, 0, NULL, "folder of the tables; needed"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_REPORT, "FILE", NULL, 0, 0, NULL, "write the page to FILE; needed"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_TABLES | CLI_REPORT, "S", "both", 0, 0, setups_choice,
     "which rows; of files that do not tell their setup, which one it is"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_TABLES | CLI_REPORT, "C", NULL, 0, 1, NULL,
     "the c of tables of one c, such as 0.2 or 20%; unless given, 0.3 where the results have it, else the highest that they have"},
    {"names-only", 0, CLI_FLAG, FIELD(names_only), CLI_DATASETS, NULL, NULL, 0, 0, NULL,
     "do not open the images: quick, but damaged files go unnoticed"},
    {"check", 0, CLI_FLAG, FIELD(check), CLI_CACHE, NULL, NULL, 0, 0, NULL,
     "verify caches: presence, hashes, shapes, finite values, labels, order; exit with status 3 if something is wrong"},
    {"f16", 0, CLI_FLAG, FIELD(half), CLI_CACHE, NULL, NULL, 0, 0, NULL,
     "write float16: half the disk; what it does to the figures is in docs/caches.md"},
    {"debug", 0, CLI_FLAG, FIELD(debug), CLI_CACHE, NULL, NULL, 0, 0, NULL, "only the first two categories, as a trial"},
    {"force", 0, CLI_FLAG, FIELD(force), CLI_CACHE, NULL, NULL, 0, 0, NULL, "redo the chosen categories, whatever is there"},
    {"threads", 0, CLI_INT, FIELD(threads), CLI_ALL, "N", "0", 0, 1024, NULL,
     "threads; 0 = PB_NUM_THREADS or the cores this process may use; results do not depend on it"},
    {"max-pixels", 0, CLI_INT, FIELD(max_pixels), CLI_ALL & ~CLI_READS_RESULTS, "N", "178956970", 1, 1e12, NULL,
     "refuse images with more pixels"},
    {"quiet", 'q', CLI_FLAG, FIELD(quiet), CLI_ALL, NULL, NULL, 0, 0, NULL, "print errors and warnings only"},
    {"help", 'h', CLI_FLAG, FIELD(help), CLI_ALL, NULL, NULL, 0, 0, NULL, "print help"},
    {"version", 'V', CLI_FLAG, FIELD(version), CLI_ALL, NULL, NULL, 0, 0, NULL, "print the version"},
    {0}};
/* clang-format on */
