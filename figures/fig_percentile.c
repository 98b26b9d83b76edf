/* The percentile above which patches are removed: AUROC by q, and what each q costs and brings. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "figures/figure_kinds.h"
#include "figures/lines.h"

typedef struct ablation {
    int64_t limit;
    double q[PB_LINES_MAX_POINTS];
    int64_t n;
    pb_mean_grid grid; /* slices: n at the contamination of the view, then n at 0 */
} ablation;

static pb_status make_grid(const pb_shown_rows *view, ablation *out)
{
    pb_study_slice slices[2 * PB_LINES_MAX_POINTS] = {{0}};
    for (int64_t i = 0; i < out->n; i++) {
        slices[i] = pb_shown_rows_slice(view, view->focus.slice.contamination, &out->limit);
        slices[out->n + i] = pb_shown_rows_slice(view, 0, &out->limit);
        slices[i].percentile = slices[out->n + i].percentile = out->q[i];
    }
    return pb_mean_grid_new(view, view->focus.methods, view->focus.n_methods, slices, 2 * out->n, true, &out->grid);
}

static bool has_contender(const pb_mean_grid *grid, int64_t slice)
{
    for (int64_t m = 0; m < grid->n_methods; m++)
        if (pb_study_is_contender(grid->methods[m]) && pb_mean_grid_cell(grid, m, slice)->n)
            return true;
    return false;
}

static pb_status read_ablation(const pb_shown_rows *view, int64_t limit, ablation *out)
{
    const pb_study_contents *contents = view->contents;
    *out = (ablation){.limit = limit};
    PB_TRY(pb_lines_check(contents->n_percentiles, "percentiles"));
    for (int64_t i = 0; i < contents->n_percentiles; i++)
        out->q[out->n++] = contents->percentiles[i];
    PB_TRY(make_grid(view, out));
    int64_t n = 0;
    for (int64_t i = 0; i < out->n; i++)
        if (has_contender(&out->grid, i))
            out->q[n++] = out->q[i];
    if (n == out->n)
        return PB_STATUS_OK;
    out->n = n;
    pb_mean_grid_free(&out->grid);
    return make_grid(view, out);
}

/* none does not depend on q, and need not be there for each: its mean over those that are. In percent; NaN. */
static double get_none(const ablation *shown, int64_t first_slice)
{
    const int64_t none = pb_mean_grid_find(&shown->grid, PB_METHOD_NONE);
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; none >= 0 && i < shown->n; i++) {
        const pb_study_summary *cell = pb_mean_grid_cell(&shown->grid, none, first_slice + i);
        if (cell->n) {
            sum += 100 * cell->mean;
            n++;
        }
    }
    return n ? sum / (double)n : (double)NAN;
}

typedef struct trade {
    double penalty[PB_LINES_MAX_POINTS], benefit[PB_LINES_MAX_POINTS];
    int64_t n; /* points: q that have both */
    double q[PB_LINES_MAX_POINTS];
    pb_figure_style style;
} trade;

/* Curves of contenders; returns their number. */
static int64_t collect_trades(const ablation *shown, trade *trades)
{
    const double dirty = get_none(shown, 0), clean = get_none(shown, shown->n);
    int64_t n = 0;
    for (int64_t m = 0; m < shown->grid.n_methods; m++) {
        trade *out = &trades[n];
        *out = (trade){.style = pb_figure_style_of(shown->grid.methods[m])};
        for (int64_t i = 0; i < shown->n && pb_study_is_contender(shown->grid.methods[m]); i++) {
            const pb_study_summary *at_c = pb_mean_grid_cell(&shown->grid, m, i);
            const pb_study_summary *at_0 = pb_mean_grid_cell(&shown->grid, m, shown->n + i);
            if (!at_c->n || !at_0->n)
                continue;
            out->penalty[out->n] = clean - 100 * at_0->mean;
            out->benefit[out->n] = 100 * at_c->mean - dirty;
            out->q[out->n++] = shown->q[i];
        }
        n += out->n > 0;
    }
    return n;
}

/* The smallest and the largest q beside the ends of the first curve: the others follow in between. */
static pb_status label_ends(pb_chart *chart, const trade *trades, int64_t n)
{
    const trade *first = &trades[0];
    pb_obstacles *obstacles;
    PB_TRY(PB_NEW(obstacles, 1));
    for (int64_t t = 0; t < n; t++)
        for (int64_t i = 0; i < trades[t].n; i++) {
            const int64_t next = i + 1 < trades[t].n ? i + 1 : i;
            pb_obstacles_add(obstacles, chart, trades[t].penalty[i], trades[t].benefit[i], trades[t].penalty[next],
                             trades[t].benefit[next]);
        }
    for (int64_t i = 0; i<first->n; i += first->n> 1 ? first->n - 1 : 1) {
        char text[80];
        snprintf(text, sizeof text, "q = %g", first->q[i]);
        pb_chart_name(chart, obstacles, first->penalty[i], first->benefit[i], true, text);
    }
    pb_free(obstacles);
    return PB_STATUS_OK;
}

static pb_status draw_trades(pb_chart *chart, pb_panel *panel, const trade *trades, int64_t n)
{
    double low_x = 0, high_x = 0, low_y = 0, high_y = 0;
    for (int64_t t = 0; t < n; t++)
        for (int64_t i = 0; i < trades[t].n; i++) {
            low_x = fmin(low_x, trades[t].penalty[i]);
            high_x = fmax(high_x, trades[t].penalty[i]);
            low_y = fmin(low_y, trades[t].benefit[i]);
            high_y = fmax(high_y, trades[t].benefit[i]);
        }
    const double air_x = 0.1 * (high_x - low_x), air_y = 0.08 * (high_y - low_y); /* for the labels of q */
    low_x -= air_x;
    high_x += air_x;
    low_y -= air_y;
    high_y += air_y;
    panel->x = pb_chart_axis_round(low_x, high_x, 5);
    panel->y = pb_chart_axis_round(low_y, high_y, 5);
    pb_panel_open(chart, panel, "clean penalty (points)", "benefit (points)");
    pb_panel_title(chart, "b  cost and benefit of each q");
    pb_plot_segment(chart, 0, panel->y.low, 0, panel->y.high, "#999999", 0.5, "solid");
    pb_plot_segment(chart, panel->x.low, 0, panel->x.high, 0, "#999999", 0.5, "solid");
    for (int64_t t = n - 1; t >= 0; t--)
        pb_plot_line(chart, (pb_chart_points){trades[t].penalty, trades[t].benefit, trades[t].n}, &trades[t].style);
    const pb_status status = label_ends(chart, trades, n);
    pb_panel_close(chart);
    return status;
}

static void say(pb_figure *figure, const ablation *shown, const pb_lines *lines)
{
    const double c = 100 * shown->grid.view->focus.slice.contamination;
    pb_text_add(&figure->title, "Percentile of removal");
    pb_text_add(&figure->caption,
                "Patches above the q-th percentile are removed. a: image AUROC with %g %% of the references "
                "contaminated, by q. b: for each q what a method costs with clean references (none minus method) and "
                "what it brings with %g %% contaminated ones (method minus none), in percentage points; markers as in "
                "a. ",
                c, c);
    pb_caption_rows(&figure->caption, &shown->grid, shown->limit, true);
    pb_lines_say_bands(lines, &figure->caption);
}

static double left_margin(const pb_chart_axis *axis)
{
    return 5.8 + pb_chart_axis_label_width(axis);
}

static pb_status draw_percentiles(pb_figure *figure, const ablation *shown)
{
    enum { PLOT_MM = 34 };
    static const double tenths[] = {-10.5}; /* as wide as the numbers of gains get */
    trade *trades;
    PB_TRY(PB_NEW(trades, shown->grid.n_methods));
    const int64_t n = collect_trades(shown, trades);
    const pb_lines lines = {.grid = &shown->grid,
                            .x = shown->q,
                            .n = shown->n,
                            .title = "a  AUROC",
                            .x_title = "percentile, q",
                            .clean = (double)NAN};
    double low = (double)INFINITY, high = -(double)INFINITY;
    pb_lines_range(&lines, &low, &high);
    pb_panel panel = {.top = 5.6, .height = pb_lines_height(&lines, PLOT_MM), .y = pb_chart_axis_round(low, high, 5)};
    const pb_chart_axis widest = pb_chart_axis_at(tenths, 1);
    panel.left = fmax(left_margin(&panel.y), left_margin(&widest));
    panel.width = PB_FIGURE_COLUMN_MM - panel.left - pb_lines_label_width(&lines);
    pb_chart chart;
    say(figure, shown, &lines);
    pb_chart_open(&chart, figure);
    pb_lines_draw(&chart, &lines, &panel);
    panel.top += panel.height + 8 + 4.6;
    panel.height = PLOT_MM;
    panel.width = PB_FIGURE_COLUMN_MM - panel.left - 2;
    const pb_status status = draw_trades(&chart, &panel, trades, n);
    pb_chart_close(&chart, PB_FIGURE_COLUMN_MM, panel.top + panel.height + 8);
    pb_free(trades);
    return status;
}

/* Can something be drawn: two percentiles, with none to compare with at both contaminations? */
static bool is_enough(const ablation *shown)
{
    bool has_trade = false;
    for (int64_t m = 0; m < shown->grid.n_methods; m++)
        for (int64_t i = 0; i < shown->n && pb_study_is_contender(shown->grid.methods[m]); i++)
            has_trade = has_trade || (pb_mean_grid_cell(&shown->grid, m, i)->n > 0 &&
                                      pb_mean_grid_cell(&shown->grid, m, shown->n + i)->n > 0);
    return shown->n >= 2 && shown->grid.n > 0 && has_trade && isfinite(get_none(shown, 0)) &&
           isfinite(get_none(shown, shown->n));
}

/* The N with most percentiles, of these the smallest. */
pb_status pb_figure_of_percentile(const pb_shown_rows *view, pb_figure *figure)
{
    ablation best = {0};
    for (int64_t i = 0; i < view->contents->n_limits; i++) {
        ablation next;
        const pb_status status = read_ablation(view, view->contents->limits[i], &next);
        if (status != PB_STATUS_OK) {
            pb_mean_grid_free(&best.grid);
            return status;
        }
        const bool is_better = next.n > best.n && is_enough(&next);
        pb_mean_grid_free(is_better ? &best.grid : &next.grid);
        if (is_better)
            best = next;
    }
    pb_status status = PB_STATUS_OK;
    if (best.n)
        status = draw_percentiles(figure, &best);
    else
        pb_text_add(&figure->missing,
                    "rows at two or more percentiles, at contamination 0 and %g, with none (run "
                    "ablation-percentile)",
                    view->focus.slice.contamination);
    pb_mean_grid_free(&best.grid);
    return status;
}
