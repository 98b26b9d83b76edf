/* The two tables behind the command line. */
#include <stddef.h>

#include <purebank/purebank.h>

#include "base/ranges.h"
#include "base/words.h"
#include "options.h"

#define FIELD(name) offsetof(cli_settings, name)

/* Commands that share options. */
enum {
    OPENS_BACKBONE = CLI_EXTRACT | CLI_AUDIT | CLI_FIT | CLI_CACHE,                     /* the one that is asked for */
    SCORES_BY_BANK = CLI_SCORE | CLI_CALIBRATE | CLI_MEND | CLI_SENSITIVITY | CLI_EVAL, /* with the bank's own */
    SHOWS_STUDY = CLI_FIGURES | CLI_TABLES | CLI_REPORT                                 /* of a selection of rows */
};

static cli_choice rule_choice(int i)
{
    static char meaning[160]; /* of the rule asked for last */
    int64_t n;
    const pb_method *const *rules = pb_methods(PB_METHOD_AUDIT, &n);
    for (int64_t r = 0; r < n; r++) {
        if (!pb_audit_is_for_use(rules[r]) || i-- > 0)
            continue;
        snprintf(meaning, sizeof meaning, "%s; --multiplier is %g unless given", rules[r]->summary,
                 rules[r]->multiplier);
        return (cli_choice){rules[r]->name, meaning};
    }
    return (cli_choice){0};
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
    const pb_image_score rule = (pb_image_score)i;
    return i < PB_N_IMAGE_SCORES ? (cli_choice){pb_image_score_name(rule), pb_image_score_summary(rule)}
                                 : (cli_choice){0};
}

static cli_choice audit_action_choice(int i)
{
    static const cli_choice actions[] = {{"report", "name them, and keep them until somebody has looked"},
                                         {"remove", "leave them out of the bank, unseen: on average that does harm"},
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

static cli_choice run_choice(int i)
{
    int64_t n;
    const pb_experiment_run *const *runs = pb_experiment_runs(&n);
    return i < n ? (cli_choice){runs[i]->name, runs[i]->summary} : (cli_choice){0};
}

static cli_choice station_choice(int i)
{
    static const cli_choice choices[] = {
        {"init", "make a station in DIR, add a product, or give a bank to a product whose own cannot be loaded"},
        {"activate", "let another version of a product's bank judge; the station is not running"},
        {0}};
    return choices[i];
}

const cli_command cli_commands[] = {
#define COMMAND(id, id_bit, takes, least, most, line, text, ...)                                                       \
    {.name = #id,                                                                                                      \
     .bit = CLI_##id_bit,                                                                                              \
     .run = cli_##id,                                                                                                  \
     .arguments = takes,                                                                                               \
     .min_arguments = least,                                                                                           \
     .max_arguments = most,                                                                                            \
     .summary = line,                                                                                                  \
     .description = text,                                                                                              \
     .example = __VA_ARGS__},
#include "commands.def"
#undef COMMAND
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
    {"backbone", 0, CLI_TEXT, FIELD(backbone), OPENS_BACKBONE, "NAME", "builtin", 0, 0, NULL,
     "what turns images into patch features: \"builtin\", the folder of a checkpoint (a transformer or a convolutional network: see "
     "purebank backbones), or its name"},
    {"backbone", 0, CLI_TEXT, FIELD(backbone), SCORES_BY_BANK | CLI_STATION, "NAME", NULL, 0, 0, NULL,
     "the checkpoint folder that the bank was built with; not needed for a bank of the built-in backbone"},
    {"size", 0, CLI_INT, FIELD(size), OPENS_BACKBONE, "PX", "0", 0, 8192, NULL,
     "side of the input image in pixels; 0 = the backbone's own"},
    {"resolution", 0, CLI_TEXT, FIELD(resolution), OPENS_BACKBONE, "SIZE", NULL, 0, 0, NULL,
     "look at photos in full at this size, so that small defects stay visible: WxH pixels, native as the first photo is, or a share of its "
     "sides (0.5); networks see it in overlapping tiles. With native and a share all photos must have one size"},
    {"tile", 0, CLI_INT, FIELD(tile), OPENS_BACKBONE, "PX", "0", 0, 8192, NULL,
     "side of the tiles that --resolution is cut into for a network; 0 = its own input"},
    {"overlap", 0, CLI_TEXT, FIELD(overlap), OPENS_BACKBONE, "PX", NULL, 0, 0, NULL,
     "pixels by which tiles overlap, up to half a tile; unless given, a quarter"},
    {"roi", 0, CLI_PATH, FIELD(roi), CLI_AUDIT | CLI_FIT, "[NAME=]MASK", NULL, 0, 0, NULL,
     "region of interest: an image of the photos' shape, white where the part is to be looked at; patches outside are neither in the "
     "bank nor scored, and the bank keeps the region, called NAME or else like the file"},
    {"augment", 0, CLI_TEXT, FIELD(augment), CLI_AUDIT | CLI_FIT, "LIST", NULL, 0, 0, NULL,
     "put altered copies of every reference into the bank, for parts that come so: rot90 (turned by 90, 180 and 270 degrees), flips "
     "(mirrored both ways), brightness:LOW-HIGH (darker and brighter, such as 0.8-1.2), or several between commas; copies count as the "
     "reference that they are of"},
    {"layer", 0, CLI_TEXT, FIELD(layer), OPENS_BACKBONE, "L", NULL, 0, 0, NULL,
     "of a transformer a hidden state: 0 = the embedding, n = after block n, negative = from the end; of a convolutional "
     "network stages, or numbers of blocks; several side by side: -6,-3; unless given, what purebank backbones says"},
    {"precision", 0, CLI_CHOICE, FIELD(precision), OPENS_BACKBONE, "P", "f32", 0, 0, precision_choice,
     "how a transformer computes; all others have f32 only"},
    {"precision", 0, CLI_CHOICE, FIELD(precision), SCORES_BY_BANK, "P", NULL, 0, 0, precision_choice,
     "how a transformer computes; default: as the bank was built"},
    {"allow-precision-mix", 0, CLI_FLAG, FIELD(allow_precision_mix), SCORES_BY_BANK, NULL, NULL, 0, 0, NULL,
     "score parts in another precision than the bank's, which is refused otherwise: scores differ a little"},
    {"rule", 0, CLI_CHOICE, FIELD(rule), CLI_AUDIT | CLI_FIT, "RULE", NULL, 0, 0, rule_choice,
     "what makes a reference suspicious; unless given, the backbone's, which purebank info BACKBONE names"},
    {"multiplier", 0, CLI_REAL, FIELD(multiplier), CLI_AUDIT | CLI_FIT, "X", "0", 0, 1000, NULL,
     "flag above median + X * 1.4826 * MAD of the references' scores; 0 = the rule's own, named with --rule"},
    {"knn-k", 0, CLI_INT, FIELD(knn_k), CLI_AUDIT | CLI_FIT, "K", PB_TEXT_OF(PB_DEFAULT_K), 1, 10000, NULL,
     "nearest patches that a patch's score averages"},
    {"audit", 0, CLI_CHOICE, FIELD(audit_action), CLI_FIT, "ACTION", "report", 0, 0, audit_action_choice,
     "what to do with flagged references that nobody has decided about"},
    {"decisions", 0, CLI_PATH, FIELD(decisions), CLI_AUDIT | CLI_FIT, "FILE", NULL, 0, 0, NULL,
     "the decisions.json saved from an audit report: fit obeys it, whatever the audit says; audit fills it in"},
    {"purify", 0, CLI_CHOICE, FIELD(purify), CLI_FIT, "METHOD", "none", 0, 0, method_choice,
     "take single patches out of the references that stay; it helps only where bad references look like the defects "
     "to be found, so by default nothing is taken out"},
    {"percentile", 0, CLI_REAL, FIELD(percentile), CLI_FIT, "Q", PB_TEXT_OF(PB_DEFAULT_PERCENTILE), PB_PERCENTILE_MIN, 100, NULL,
     "purification removes patches scoring above the Q-th percentile"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_FIT, "C", "0", 0, 1, NULL,
     "expected share of bad references, such as 0.1 or 10%, for methods of --purify that must be told it"},
    {"seed", 0, CLI_INT, FIELD(seed), CLI_FIT, "N", "0", 0, (double)PB_SEED_MAX, NULL,
     "seed of the draws, for methods of --purify that draw at random"},
    {"coreset", 0, CLI_TEXT, FIELD(coreset), CLI_FIT, "SHARE|ROWS", NULL, 0, 0, NULL,
     "keep few patches that stand for all (greedy k-center), such as 10%, 0.1 or 7840: for banks so big that time or memory "
     "matter; the audit uses all patches, the threshold is that of such a bank"},
    {"image-score", 0, CLI_CHOICE, FIELD(image_score), CLI_FIT, "RULE", NULL, 0, 0, image_score_choice,
     "how patch scores become the image score; unless given, top8 for grids of more than 4096 patches, else the backbone's, which purebank info BACKBONE names"},
    {"false-alarm-rate", 0, CLI_SHARE, FIELD(false_alarm_rate), CLI_FIT, "R", PB_TEXT_OF(PB_DEFAULT_FALSE_ALARM_RATE), 1e-6, 0.5, NULL,
     "share of good parts that may fail, such as 0.01 or 1%; sets the threshold"},
    {"sizes", 0, CLI_TEXT, FIELD(sizes), CLI_SENSITIVITY, "PX,..", NULL, 0, 0, NULL,
     "how large defects are, in pixels of the photo, and how wide scratches; unless given, up to three for each kind, by the smallest photo"},
    {"contrasts", 0, CLI_TEXT, FIELD(contrasts), CLI_SENSITIVITY, "C,..", PB_DEFAULT_CONTRASTS, 0, 0, NULL,
     "how much defects differ from what is there, as shares of full white"},
    {"limit", 0, CLI_INT, FIELD(limit), CLI_SENSITIVITY, "N", PB_TEXT_OF(PB_DEFAULT_DRAWN_INTO), 1, 1000, NULL, "draw into so many references at most, evenly spread"},
    {"seed", 0, CLI_INT, FIELD(seed), CLI_SENSITIVITY, "N", "0", 0, (double)PB_SEED_MAX, NULL, "seed of places and directions"},
    {"csv", 0, CLI_PATH, FIELD(csv), CLI_SENSITIVITY, "FILE", NULL, 0, 0, NULL,
     "write a row for each kind, size and contrast: defect, size, contrast, drawn, caught, ratio (median of score / threshold); - = standard output"},
    {"defects", 0, CLI_PATHS, FIELD(defects), CLI_CALIBRATE, "BAD", NULL, 0, 0, NULL,
     "a known defect, or a folder of them; may be given several times. They say what is caught, and never move the threshold"},
    {"take-back", 0, CLI_PATHS, FIELD(taken_back), CLI_CALIBRATE, "PART", NULL, 0, 0, NULL,
     "forget a part, or those in a folder; may be given several times"},
    {"reset", 0, CLI_FLAG, FIELD(reset), CLI_CALIBRATE, NULL, NULL, 0, 0, NULL,
     "forget all parts: the threshold is that of the references again"},
    {"false-alarm-rate", 0, CLI_SHARE, FIELD(false_alarm_rate), CLI_CALIBRATE, "R", "0", 0, 0.5, NULL,
     "share of good parts that may fail, such as 0.01 or 1%; 0 = as the bank has it"},
    {"add", 0, CLI_PATHS, FIELD(added), CLI_MEND, "PHOTO", NULL, 0, 0, NULL,
     "a good part, or a folder of them, that becomes a reference; may be given several times"},
    {"remove", 0, CLI_PATHS, FIELD(removed), CLI_MEND, "REF", NULL, 0, 0, NULL,
     "a reference that goes, by its path in the bank, or as a file by its digest; may be given several times"},
    {"take-out", 0, CLI_PATHS, FIELD(excluded), CLI_MEND, "REF:P,..", NULL, 0, 0, NULL,
     "patches of a reference that go, by the numbers that --trace shows; may be given several times"},
    {"put-back", 0, CLI_PATHS, FIELD(restored), CLI_MEND, "REF:P,..", NULL, 0, 0, NULL,
     "patches that were taken out and come back; may be given several times"},
    {"parts", 0, CLI_PATHS, FIELD(parts), CLI_MEND, "IMAGES", NULL, 0, 0, NULL,
     "say which verdicts on these parts the change turns; may be given several times"},
    {"trace", 0, CLI_PATHS, FIELD(traced), CLI_MEND, "PART", NULL, 0, 0, NULL,
     "show what the worst patches of a part were compared with, or PART:P,.. those of a defect; may be given several times"},
    {"plan", 0, CLI_FLAG, FIELD(plan), CLI_MEND, NULL, NULL, 0, 0, NULL, "say what would change, and write nothing"},
    {"author", 0, CLI_TEXT, FIELD(author), CLI_MEND, "NAME", NULL, 0, 0, NULL, "who changes it, for the bank's history"},
    {"reason", 0, CLI_TEXT, FIELD(reason), CLI_MEND, "TEXT", NULL, 0, 0, NULL, "why, for the bank's history"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_CALIBRATE | CLI_MEND, "FILE", NULL, 0, 0, NULL,
     "write the bank to FILE and leave BANK as it is"},
    {"confidence", 0, CLI_SHARE, FIELD(confidence), CLI_FIT | CLI_CALIBRATE, "C", "0.9", 0.5, 0.999, NULL,
     "share of stations for which the stated upper limit of the false-alarm rate is to hold"},
    {"csv", 0, CLI_PATH, FIELD(csv), CLI_SCORE, "FILE", NULL, 0, 0, NULL, 
     "write a row for each part: path, score, verdict, heatmap (its file; empty without --heatmaps), reason (of unusable); - = standard output"},
    {"json", 0, CLI_PATH, FIELD(json), CLI_AUDIT | SCORES_BY_BANK | CLI_INFO | CLI_BACKBONES | CLI_DATASETS, "FILE", NULL, 0, 0, NULL,
     "write the result as JSON; - = standard output"},
    {"heatmaps", 0, CLI_PATH, FIELD(heatmaps), CLI_SCORE, "DIR", NULL, 0, 0, NULL,
     "write one heatmap a part, at the photo's full size, all on the bank's colour scale, which stands below with score and verdict"},
    {"report", 0, CLI_PATH, FIELD(report), CLI_AUDIT | CLI_FIT | CLI_CALIBRATE | CLI_SENSITIVITY | CLI_EVAL, "FILE", NULL, 0, 0, NULL,
     "write a self-contained HTML page"},
    {"sensitivity", 0, CLI_TEXT, FIELD(sensitivity), CLI_FIT, "N", NULL, 0, 0, NULL,
     "for --report, draw defects into so many references (60 photos each), and show which are caught; 0 = no such section; unless given, 5 "
     "for the built-in backbone at its own size, and 0 for all others, which are slower"},
    {"exit-code", 0, CLI_FLAG, FIELD(exit_code), CLI_SCORE, NULL, NULL, 0, 0, NULL, "exit with status 1 if a part fails or its photo is unusable"},
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
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_HEATMAPS, "C", PB_TEXT_OF(PB_DEFAULT_CONTAMINATION), 0, 1, NULL,
     "share of references that are replaced by anomalies"},
    {"limit", 0, CLI_INT, FIELD(limit), CLI_HEATMAPS, "N", "10", 2, 1000, NULL, "number of references"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_HEATMAPS, "M,..", "loo_patch,mahalanobis_patch,ensemble_loo_mahal", 0, 0,
     NULL, "fast, core, extended, all, or names as fit --purify has them, or audit rules"},
    {"percentile", 0, CLI_REAL, FIELD(percentile), CLI_HEATMAPS, "Q", PB_TEXT_OF(PB_DEFAULT_PERCENTILE), PB_PERCENTILE_MIN, 100, NULL,
     "purification removes patches scoring above the Q-th percentile"},
    {"knn-k", 0, CLI_INT, FIELD(knn_k), CLI_HEATMAPS, "K", PB_TEXT_OF(PB_DEFAULT_K), 1, 10000, NULL,
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
     "fast, core, extended, all, or names as fit --purify has them; image-level: of audit rules, too; assurance: all, or "
     "names"},
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
    {"contamination", 0, CLI_TEXT, FIELD(contaminations), CLI_STATS, "C,..", PB_TEXT_OF(PB_DEFAULT_CONTAMINATION), 0, 0, NULL,
     "shares of contaminated references, each 0 to 1, looked at one by one"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_STATS, "S", NULL, 0, 0, study_setup_choice,
     "rows of this setup, which files that do not tell theirs then have; unless given, whichever it is, but never both"},
    {"limits", 0, CLI_TEXT, FIELD(limits), CLI_STATS, "N,..", NULL, 0, 0, NULL,
     "numbers of references, pooled inside a category; unless given, 10 and 20, or what there is"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_STATS, "M,..", NULL, 0, 0, NULL,
     "methods to rank and to correct for; an audit rule stands for all its multipliers; unless given, the seven published ones and audits"},
    {"exclude-loco", 0, CLI_FLAG, FIELD(exclude_loco), CLI_STATS, NULL, NULL, 0, 0, NULL,
     "only without mvtec_loco_AD; unless given, with and without"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_FIGURES, "DIR", NULL, 0, 0, NULL, "write the figures to this folder; needed"},
    {"format", 0, CLI_TEXT, FIELD(format), CLI_FIGURES, "F,..", "pdf", 0, 0, NULL,
     "pdf, svg, png (300 dots an inch), or several"},
    {"only", 0, CLI_TEXT, FIELD(only), CLI_FIGURES, "F,..", NULL, 0, 0, cli_figure_choice,
     "these figures alone, by number or name: fig2,cd"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_FIGURES, "M,..", NULL, 0, 0, NULL,
     "methods to show, or all; an audit rule stands for all its multipliers; unless given, those of the published figures that occur"},
    {"limits", 0, CLI_TEXT, FIELD(limits), CLI_FIGURES, "N,..", NULL, 0, 0, NULL,
     "numbers of references; unless given, all for the axes that show N, and 10 and 20, or what there is, pooled in the others"},
    {"limits", 0, CLI_TEXT, FIELD(limits), CLI_TABLES | CLI_REPORT, "N,..", NULL, 0, 0, NULL,
     "numbers of references; unless given, all that the results have; the line at the head and figures pool 10 and 20 of them"},
    {"benchmark", 0, CLI_TEXT, FIELD(benchmark), SHOWS_STUDY, "B", NULL, 0, 0, NULL,
     "categories of one benchmark: "
#define PB_BENCHMARK(id, name, ...) name ", "
#include <purebank/benchmarks.def>
#undef PB_BENCHMARK
     "or own for all others"},
    {"exclude-loco", 0, CLI_FLAG, FIELD(exclude_loco), SHOWS_STUDY, NULL, NULL, 0, 0, NULL,
     "without mvtec_loco_AD"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_FIGURES, "S", NULL, 0, 0, study_setup_choice,
     "rows of this setup alone; needed where results have both"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_FIGURES, "C", NULL, 0, 1, NULL,
     "contamination at which methods are compared; unless given, " PB_TEXT_OF(PB_DEFAULT_CONTAMINATION) ", or the largest there is"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_TABLES, "DIR", NULL, 0, 0, NULL, "folder of the tables; needed"},
    {"output", 'o', CLI_PATH, FIELD(output), CLI_REPORT, "FILE", NULL, 0, 0, NULL, "write the page to FILE; needed"},
    {"methods", 0, CLI_TEXT, FIELD(methods), CLI_TABLES | CLI_REPORT, "M,..", NULL, 0, 0, NULL,
     "methods to show beside none; an audit rule stands for all its multipliers; unless given, all, and in figures the published ones"},
    {"setup", 0, CLI_CHOICE, FIELD(setup), CLI_TABLES | CLI_REPORT, "S", "both", 0, 0, setups_choice,
     "which rows; of files that do not tell their setup, which one it is"},
    {"contamination", 0, CLI_SHARE, FIELD(contamination), CLI_TABLES | CLI_REPORT, "C", NULL, 0, 1, NULL,
     "the c of tables of one c, such as 0.2 or 20%; unless given, " PB_TEXT_OF(PB_DEFAULT_CONTAMINATION) " where the results have it, else the highest that they have"},
    {"names-only", 0, CLI_FLAG, FIELD(names_only), CLI_DATASETS, NULL, NULL, 0, 0, NULL,
     "do not open the images: quick, but damaged files go unnoticed"},
    {"check", 0, CLI_FLAG, FIELD(check), CLI_CACHE, NULL, NULL, 0, 0, NULL,
     "verify caches: presence, hashes, shapes, finite values, labels, order; exit with status 3 if something is wrong"},
    {"f16", 0, CLI_FLAG, FIELD(half), CLI_CACHE, NULL, NULL, 0, 0, NULL,
     "write float16: half the disk; what it does to the figures is in docs/caches.md"},
    {"debug", 0, CLI_FLAG, FIELD(debug), CLI_CACHE, NULL, NULL, 0, 0, NULL, "only the first two categories, as a trial"},
    {"force", 0, CLI_FLAG, FIELD(force), CLI_CACHE, NULL, NULL, 0, 0, NULL, "redo the chosen categories, whatever is there"},
    {"product", 0, CLI_TEXT, FIELD(product), CLI_STATION, "NAME", NULL, 0, 0, NULL,
     "the product: letters, digits, '.', '_', '-'; needed"},
    {"bank", 0, CLI_PATH, FIELD(bank), CLI_STATION, "FILE", NULL, 0, 0, NULL, "its bank, as fit writes it; init needs it"},
    {"to", 0, CLI_INT, FIELD(to_version), CLI_STATION, "V", NULL, 1, 1e9, NULL,
     "the version that activate lets judge; unless given, the newest beside the active one that can be loaded"},
    {"listen", 0, CLI_TEXT, FIELD(listen), CLI_SERVE, "ADDRESS", "127.0.0.1:8080", 0, 0, NULL,
     "address and port, such as 127.0.0.1:8080 or [::1]:8080; port 0 = any; one that the network reaches needs --token-file"},
    {"token-file", 0, CLI_PATH, FIELD(token_file), CLI_SERVE, "FILE", NULL, 0, 0, NULL,
     "the first line of FILE, 16 characters or more, is asked of everybody: Authorization: Bearer TOKEN, or typed into the page"},
    {"watch", 0, CLI_PATH, FIELD(watch), CLI_SERVE, "DIR", NULL, 0, 0, NULL,
     "judge the files that are put into DIR/<product>/, too, and those that lie there"},
    {"sort", 0, CLI_FLAG, FIELD(sort), CLI_SERVE, NULL, NULL, 0, 0, NULL,
     "move watched files to ok/, ng/ or unusable/ below their folder once they are judged"},
    {"mqtt", 0, CLI_TEXT, FIELD(mqtt), CLI_SERVE, "URL", NULL, 0, 0, NULL,
     "send each part's verdict to a broker, topic purebank/<product>/verdict: mqtt://[user:password@]host[:port], or mqtts://"},
    {"threads", 0, CLI_INT, FIELD(threads), CLI_ALL, "N", "0", 0, 1024, NULL,
     "threads; 0 = PB_NUM_THREADS or the cores this process may use; results do not depend on it"},
    {"max-pixels", 0, CLI_INT, FIELD(max_pixels), CLI_ALL & ~CLI_READS_RESULTS, "N", "178956970", 1, 1e12, NULL,
     "refuse images with more pixels"},
    {"quiet", 'q', CLI_FLAG, FIELD(quiet), CLI_ALL, NULL, NULL, 0, 0, NULL, "print errors and warnings only"},
    {"help", 'h', CLI_FLAG, FIELD(help), CLI_ALL, NULL, NULL, 0, 0, NULL, "print help"},
    {"version", 'V', CLI_FLAG, FIELD(version), CLI_ALL, NULL, NULL, 0, 0, NULL, "print the version"},
    {0}};
/* clang-format on */
