/* The summary of a slice, as people read it. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "stats_slices.h"
#include "terminal.h"

enum { LINE_BYTES = 1024, NUMBER_BYTES = 32 };

/* A line to the file or the terminal. */
__attribute__((format(printf, 2, 3))) static pb_status say(pb_writer *writer, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pb_utf8_make_printable(line);
    if (writer)
        return pb_writer_printf(writer, "%s\n", line);
    cli_say("%s", line);
    return PB_STATUS_OK;
}

/* "-" where there is none. */
static const char *fixed(double value, const char *format, char out[NUMBER_BYTES])
{
    if (isnan(value))
        return "-";
    snprintf(out, NUMBER_BYTES, format, value);
    return out;
}

static const char *p_text(double p, char out[NUMBER_BYTES])
{
    return fixed(p, p < 0.001 ? "%.1e" : "%.4f", out);
}

/* The method's label. */
static const char *label_of(const char *method, char out[PB_METHOD_LABEL_BYTES])
{
    pb_study_method_label(method, out, PB_METHOD_LABEL_BYTES);
    return out;
}

static pb_status say_excluded(pb_writer *writer, const pb_study_exclusion *excluded, int64_t n, const char *what)
{
    char label[PB_METHOD_LABEL_BYTES];
    for (int64_t i = 0; i < n; i++)
        if (excluded[i].n_seeds == 0)
            PB_TRY(say(writer, "  left out %s: %s, which has no %s", what, excluded[i].dataset,
                       label_of(excluded[i].method, label)));
        else
            PB_TRY(say(writer, "  left out %s: %s, which has %" PRId64 " of %" PRId64 " seeds of %s", what,
                       excluded[i].dataset, excluded[i].n_seeds, excluded[i].n_other,
                       label_of(excluded[i].method, label)));
    return PB_STATUS_OK;
}

static pb_status say_head(pb_writer *writer, const cli_slice *slice)
{
    const pb_study_slice *rows = &slice->question.slice;
    const bool named = rows->detector && *rows->detector; /* beside rows of detectors, others have none */
    char limits[256];
    cli_slice_limits(slice, " and ", limits, sizeof limits);
    return say(writer, "Setup %s, N %s%s, c %g%s%s, %s, %s", pb_setup_name(rows->setup), limits,
               rows->n_limits > 1 ? " pooled" : "", rows->contamination, named ? ", detector " : "",
               named ? rows->detector : "", slice->question.exclude_loco ? "categories without LOCO" : "all categories",
               pb_measure_name(slice->question.measure));
}

static pb_status say_ranks(pb_writer *writer, const pb_study_ranking *ranking)
{
    const int64_t *order = ranking->order;
    pb_status status = say(writer, "  %-26s %9s %8s  %s", "method", "mean rank", "AUROC", "against the best (Nemenyi)");
    for (int64_t i = 0; i < ranking->k && status == PB_STATUS_OK; i++) {
        const int64_t m = order[i];
        char p[NUMBER_BYTES], label[PB_METHOD_LABEL_BYTES];
        label_of(ranking->methods[m], label);
        if (i == 0 || ranking->n < 2)
            status = say(writer, "  %-26s %9.3f %8.4f", label, ranking->mean_ranks[m], ranking->means[m]);
        else
            status = say(writer, "  %-26s %9.3f %8.4f  p %s%s", label, ranking->mean_ranks[m], ranking->means[m],
                         p_text(ranking->p[m * ranking->k + order[0]], p),
                         ranking->mean_ranks[m] - ranking->mean_ranks[order[0]] > ranking->cd ? ", worse" : "");
    }
    return status;
}

/* A line each: lines of a terminal are short. */
static pb_status say_sentences(pb_writer *writer, char *words)
{
    char *end = strstr(words, ". ");
    for (; end; end = strstr(words, ". ")) {
        end[1] = '\0';
        PB_TRY(say(writer, "%s", words));
        words = end + 2;
    }
    return say(writer, "%s", words);
}

static pb_status say_ranking(pb_writer *writer, const cli_slice *slice)
{
    const pb_study_ranking *ranking = &slice->ranking;
    char words[512];
    if (!slice->has_ranking)
        return say(writer, "No ranking: %s", slice->no_ranking);
    pb_study_ranking_words(ranking, words, sizeof words);
    PB_TRY(ranking->n < 2 ? say(writer, "Ranks in one category") : say_sentences(writer, words));
    PB_TRY(say_ranks(writer, ranking));
    return say_excluded(writer, ranking->excluded, ranking->n_excluded, "of the ranking");
}

static int method_width(const pb_study_comparisons *all)
{
    size_t width = strlen("method");
    char label[PB_METHOD_LABEL_BYTES];
    for (int64_t i = 0; i < all->n; i++) {
        const size_t length = strlen(label_of(all->comparison[i].method, label));
        width = length > width ? length : width;
    }
    return width < 40 ? (int)width : 40;
}

static pb_status say_comparison(pb_writer *writer, const pb_study_comparison *c, int width)
{
    char p[NUMBER_BYTES], holm[NUMBER_BYTES], delta[NUMBER_BYTES], penalty[NUMBER_BYTES], recovery[NUMBER_BYTES];
    char interval[64], balance[96], label[PB_METHOD_LABEL_BYTES];
    const bool is_single = c->effect.n < 2;
    snprintf(interval, sizeof interval, "%+.4f %+.4f", c->ci_low, c->ci_high);
    snprintf(balance, sizeof balance, "%" PRId64 "/%" PRId64 "/%" PRId64, c->effect.wins, c->effect.ties,
             c->effect.losses);
    return say(writer, "  %-*s %3" PRId64 " %7.4f %8.4f %+8.4f %15s %8s %8s %6s %9s %8s %8s", width,
               label_of(c->method, label), c->effect.n, c->effect.mean, c->effect.baseline, c->effect.gain,
               is_single ? "-" : interval, is_single ? "-" : p_text(c->wilcoxon.p, p),
               is_single ? "-" : p_text(c->p_holm, holm), is_single ? "-" : fixed(c->delta, "%+.2f", delta), balance,
               fixed(c->effect.clean_penalty, "%+.4f", penalty), fixed(100 * c->effect.recovery, "%.1f %%", recovery));
}

static pb_status say_comparisons(pb_writer *writer, const cli_slice *slice)
{
    const pb_study_comparisons *all = &slice->comparisons;
    const int width = method_width(all);
    int64_t n_family = 0;
    if (!slice->has_comparisons)
        return say(writer, "No comparison: %s", slice->no_comparisons);
    for (int64_t i = 0; i < all->n; i++)
        n_family += all->comparison[i].in_family;
    PB_TRY(
        say(writer, "Against %s by Wilcoxon's test; Holm over %" PRId64 " method%s; wins, ties and losses at +-0.001",
            slice->question.baseline ? slice->question.baseline : PB_METHOD_NONE, n_family, n_family == 1 ? "" : "s"));
    PB_TRY(say(writer, "  %-*s %3s %7s %8s %8s %15s %8s %8s %6s %9s %8s %8s", width, "method", "n", "AUROC", "none",
               "gain", "95 % CI", "p", "Holm p", "delta", "w/t/l", "penalty", "recovery"));
    for (int64_t i = 0; i < all->n; i++)
        PB_TRY(say_comparison(writer, &all->comparison[i], width));
    for (int64_t i = 0; i < all->n; i++)
        PB_TRY(say_excluded(writer, all->comparison[i].excluded, all->comparison[i].n_excluded, "of a comparison"));
    return PB_STATUS_OK;
}

/* What a reader might take from the tables although they do not say it. */
static pb_status say_cautions(pb_writer *writer, const cli_slice *slice)
{
    enum { ENOUGH = 6 }; /* 2 / 2^6 is the first exact p below 0.05 */
    int64_t most = 0;
    for (int64_t i = 0; i < slice->comparisons.n; i++)
        most = slice->comparisons.comparison[i].effect.n > most ? slice->comparisons.comparison[i].effect.n : most;
    if (slice->question.slice.setup == PB_SETUP_SHARED)
        PB_TRY(say(writer, "Shared: the %s.", pb_setup_words(PB_SETUP_SHARED)));
    if (slice->has_comparisons && most == 1)
        PB_TRY(say(writer, "n = 1: no statistics over categories."));
    else if (slice->has_comparisons && most < ENOUGH)
        PB_TRY(say(writer, "With n = %" PRId64 " no p of Wilcoxon's test can be below 0.05: that takes %d categories.",
                   most, ENOUGH));
    return PB_STATUS_OK;
}

static pb_status say_notes(pb_writer *writer)
{
    PB_TRY(say(writer, "%s", ""));
    PB_TRY(say(writer,
               "Unit: the category; seeds are averaged first, then N. gain: mean difference, its interval by the "
               "bootstrap (10000 draws)."));
    PB_TRY(say(writer, "delta: Cliff's (.147 small, .33 medium, .474 large). penalty: what the method costs at c = 0. "
                       "recovery: share of the"));
    return say(writer,
               "damage that is undone, of means over categories. Holm p is given for methods that could be used: "
               "none that is told the truth.");
}

pb_status cli_slice_write_text(const cli_slice *slice, pb_writer *writer)
{
    PB_TRY(say_head(writer, slice));
    PB_TRY(say_ranking(writer, slice));
    PB_TRY(say_comparisons(writer, slice));
    PB_TRY(say_cautions(writer, slice));
    return writer ? say_notes(writer) : PB_STATUS_OK;
}
