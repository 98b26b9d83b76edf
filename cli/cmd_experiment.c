/* purebank experiment: the runs of the studies on feature caches. */
#include <math.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/parse.h"
#include "base/words.h"
#include "base/work_engine.h"
#include "options.h"
#include "terminal.h"

static pb_status parse_memory(const char *text, int64_t *out)
{
    if (pb_item_bytes(pb_item_of(text), out) && *out >= 1000000)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "--memory needs a number of bytes such as 500M or 8G, not '%s'", text);
}

/* "2/4" */
static pb_status parse_shard(const char *text, int64_t *shard, int64_t *n_shards)
{
    const size_t length = strcspn(text, "/");
    if (text[length] == '/' && pb_item_integer((pb_item){text, length}, INT64_MIN, INT64_MAX, shard) &&
        pb_item_integer(pb_item_of(text + length + 1), 1, INT64_MAX, n_shards))
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "--shard needs a part and the number of parts, such as 1/4, not '%s'", text);
}

static pb_status read_options(const cli_settings *settings, pb_experiment_options *out)
{
    *out = (pb_experiment_options){.size = sizeof *out,
                                   .categories = settings->categories,
                                   .setup = settings->setup,
                                   .limits = settings->limits,
                                   .contamination = settings->contaminations,
                                   .seeds = settings->seeds,
                                   .methods = settings->methods,
                                   .percentiles = settings->percentiles,
                                   .ks = settings->knn_ks,
                                   .debug = settings->debug,
                                   .force = settings->force,
                                   .auditor = settings->auditor};
    if (settings->debug && !settings->categories)
        out->categories = "quick";
    if (settings->shard)
        PB_TRY(parse_shard(settings->shard, &out->shard, &out->n_shards));
    return settings->memory ? parse_memory(settings->memory, &out->memory) : PB_STATUS_OK;
}

enum { MAX_NAME = 64 };

/* "NAME=DIR" or "DIR". A name has letters, digits, dots, dashes and underscores: any other text before a "=" is part of the folder.
 * @param name room for the name */
static pb_experiment_caches parse_cache(const char *text, char name[MAX_NAME])
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    if (length == 0 || length >= MAX_NAME || text[length] != '=' || !text[length + 1])
        return (pb_experiment_caches){NULL, text};
    memcpy(name, text, length);
    name[length] = '\0';
    return (pb_experiment_caches){name, text + length + 1};
}

static pb_status open_experiment(const cli_settings *settings, pb_experiment **out)
{
    pb_experiment_options options;
    pb_experiment_caches caches[CLI_MAX_LIST];
    char names[CLI_MAX_LIST][MAX_NAME];
    PB_TRY(read_options(settings, &options));
    for (int i = 0; i < settings->caches.n; i++)
        caches[i] = parse_cache(settings->caches.value[i], names[i]);
    return pb_experiment_open(settings->arguments[0], caches, settings->caches.n, settings->output, &options, out);
}

static void say_detectors(const pb_experiment *experiment)
{
    const pb_experiment_plan *plan = pb_experiment_get_plan(experiment);
    char others[1024] = "";
    for (int64_t i = 0; plan->auditor && i < plan->n_detectors; i++) {
        const char *name = pb_experiment_detector_at(experiment, i);
        if (strcmp(name, plan->auditor) != 0)
            pb_words_list(others, sizeof others, name);
    }
    if (*others)
        cli_say("The audit by %s decides for %s, too.", plan->auditor, cli_path(others));
}

static void say_setup(const pb_experiment_plan *plan)
{
    if (plan->both_setups)
        cli_say("Both setups: shared, where contaminants are tested, too, and disjoint, where they are not.");
    else
        cli_say("Setup %s: %s.", pb_setup_name(plan->setup), pb_setup_words(plan->setup));
}

static void say_plan(const pb_experiment *experiment)
{
    const pb_experiment_plan *plan = pb_experiment_get_plan(experiment);
    cli_say("%s", cli_path(plan->file));
    say_setup(plan);
    say_detectors(experiment);
    cli_say("  cells       %lld, of which %lld are done", (long long)plan->n_cells, (long long)plan->n_done);
    cli_say("  categories  %lld, in %lld passes (category x seed), of which %lld are left",
            (long long)plan->n_categories, (long long)plan->n_blocks, (long long)plan->n_blocks_left);
    cli_say("  work        %.3g multiplications to search the test patches", plan->products);
    cli_say("  memory      %.2f GB, limit %.2f GB", (double)plan->memory / 1e9, (double)plan->memory_limit / 1e9);
}

static void say_status(const pb_experiment *experiment)
{
    const pb_experiment_plan *plan = pb_experiment_get_plan(experiment);
    cli_say("%s", cli_path(plan->file));
    cli_say("%s%-32s %9s %9s %9s%s", cli_color_on(CLI_DIM), "category", "cells", "done", "missing", cli_color_off());
    for (int64_t i = 0; i < plan->n_categories; i++) {
        const pb_experiment_category *category = pb_experiment_category_at(experiment, i);
        cli_say("%-32s %9lld %9lld %9lld", cli_path(category->name), (long long)category->n_cells,
                (long long)category->n_done, (long long)(category->n_cells - category->n_done));
    }
    cli_say("%-32s %9lld %9lld %9lld", "all", (long long)plan->n_cells, (long long)plan->n_done,
            (long long)(plan->n_cells - plan->n_done));
}

typedef struct counts {
    bool verbose;
    int64_t n_rows;
    double n_open, n_scored; /* patches */
} counts;

static void on_row(void *context, const pb_experiment_row *row)
{
    counts *seen = context;
    seen->n_rows++;
    seen->n_open += (double)row->n_open;
    seen->n_scored += (double)row->n_scored;
    char multiplier[32] = "", detector[80] = "";
    if (row->multiplier > 0)
        snprintf(multiplier, sizeof multiplier, " k %.1f", row->multiplier);
    if (row->detector)
        snprintf(detector, sizeof detector, "  %s", row->detector);
    if (seen->verbose)
        cli_say("%s%s  %s  seed %lld  N %lld  K %lld  q %g  %s%s  AUROC %.4f", cli_path(row->category), detector,
                pb_setup_name(row->setup), (long long)row->seed, (long long)row->n_references, (long long)row->k,
                row->percentile, row->config, multiplier, row->auroc);
}

static pb_status say_verdict(const pb_study *study, const pb_study_question *question, const char *method)
{
    pb_effect effect;
    char balance[64], label[PB_METHOD_LABEL_BYTES];
    PB_TRY(pb_study_effect(study, question, method, &effect));
    if (effect.n == 0)
        return PB_STATUS_OK;
    pb_study_method_label(method, label, sizeof label);
    const int sign = pb_effect_sign(effect.gain, question->policy);
    snprintf(balance, sizeof balance, "%lld-%lld", (long long)effect.wins, (long long)effect.losses);
    cli_say("%-24s %+8.4f %+8.4f %11s  %s", cli_path(label), effect.gain, 0 - effect.clean_penalty, balance,
            sign > 0   ? "better"
            : sign < 0 ? "worse"
                       : "no change");
    return PB_STATUS_OK;
}

static pb_status say_study(const pb_study *study, double contamination)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    const pb_study_question question = {.size = sizeof question,
                                        .slice = {.setup = contents->setups[0],
                                                  .contamination = contamination,
                                                  .percentile = contents->percentiles[0],
                                                  .k = contents->ks[0]}};
    char policy[160];
    pb_effect_policy_words(question.policy, policy, sizeof policy);
    cli_say("\nAUROC against none, mean of the categories, contamination %g:", contamination);
    cli_say("%s%-24s %8s %8s %11s  %s%s", cli_color_on(CLI_DIM), "method", "gain", "clean", "wins-losses", "verdict",
            cli_color_off());
    for (int64_t m = 0; m < contents->n_methods; m++)
        PB_TRY(say_verdict(study, &question, contents->methods[m]));
    cli_say("K %lld, q %g; %s", (long long)question.slice.k, question.slice.percentile, policy);
    return PB_STATUS_OK;
}

static pb_status say_verdicts(const pb_experiment_plan *plan)
{
    const char *const path = plan->file;
    pb_study *study;
    PB_TRY(pb_study_read(&path, 1, PB_STUDY_ONE_SETUP, &study));
    const pb_status status = say_study(study, plan->verdict_at);
    pb_study_free(study);
    return status;
}

/* The largest N that was asked for. */
static int64_t largest_limit(const char *limits)
{
    int64_t largest = 0, first, last;
    pb_item item;
    while (limits && pb_item_next(&limits, &item))
        if (pb_item_range(item, 1, INT64_MAX, &first, &last) && last > largest)
            largest = last;
    return largest;
}

/* A draw takes all training images where there are no more, and its row says how many; whoever asked for more should hear it. */
static void warn_about_small_categories(const cli_settings *settings, const pb_experiment *experiment)
{
    const pb_experiment_plan *plan = pb_experiment_get_plan(experiment);
    const int64_t limit = largest_limit(settings->limits);
    const pb_experiment_category *smallest = NULL;
    int64_t n = 0;
    for (int64_t i = 0; i < plan->n_categories; i++) {
        const pb_experiment_category *category = pb_experiment_category_at(experiment, i);
        if (category->n_train >= limit)
            continue;
        n++;
        if (!smallest || category->n_train < smallest->n_train)
            smallest = category;
    }
    if (n > 0)
        cli_warn("%lld references are asked for, but %lld of %lld categories have fewer training images (%s: %lld): "
                 "there all are "
                 "taken",
                 (long long)limit, (long long)n, (long long)plan->n_categories, cli_path(smallest->name),
                 (long long)smallest->n_train);
}

static pb_status compute(const cli_settings *settings, pb_experiment *experiment)
{
    const pb_experiment_plan *plan = pb_experiment_get_plan(experiment);
    counts seen = {.verbose = settings->verbose};
    cli_progress progress;
    say_setup(plan);
    say_detectors(experiment);
    cli_progress_start(&progress, "cells", "cells");
    progress.skipped = plan->n_done;
    const pb_experiment_watch watch = {
        .size = sizeof watch, .progress = progress.callback, .on_row = on_row, .context = &seen};
    const pb_status status = pb_experiment_compute(experiment, &watch);
    cli_progress_end();
    if (status == PB_STATUS_CANCELLED)
        cli_say("What is done is kept: the same command goes on from here.");
    PB_TRY(status);
    if (pb_work_is_remote())
        return PB_STATUS_OK;
    cli_say("%lld cells computed, %lld done before: %s", (long long)seen.n_rows,
            (long long)(plan->n_cells - seen.n_rows), cli_path(plan->file));
    if (settings->verbose && seen.n_scored > 0)
        cli_say("%.3g %% of the patch scores took a search of their own", 100 * seen.n_open / seen.n_scored);
    return plan->verdict_at > 0 ? say_verdicts(plan) : PB_STATUS_OK;
}

static pb_status run(const cli_settings *settings, pb_experiment **experiment)
{
    PB_TRY(open_experiment(settings, experiment));
    warn_about_small_categories(settings, *experiment);
    if (settings->plan)
        say_plan(*experiment);
    if (settings->show_status)
        say_status(*experiment);
    return settings->plan || settings->show_status ? PB_STATUS_OK : compute(settings, *experiment);
}

int cli_experiment(const cli_settings *settings)
{
    pb_experiment *experiment = NULL;
    if (settings->caches.n == 0 || !settings->output)
        return cli_usage_error("experiment needs %s",
                               settings->caches.n ? "a folder to write to: -o DIR" : "feature caches: --cache DIR");
    const pb_status status = run(settings, &experiment);
    pb_experiment_close(experiment);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
