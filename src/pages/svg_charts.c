#include "pages/svg_charts.h"

#include <inttypes.h>
#include <math.h>

enum {
    CHART_WIDTH = 640,
    MARGIN = 28,
    DOT_RADIUS = 6,
    DOT_PITCH = 14, /* of dots side by side or stacked */
    DOT_ROWS = 12,
    STRIP_WIDTH = 320,
    STRIP_HEIGHT = 30,
    N_BINS = 32,
    PANEL_HEIGHT = 150,
    ROC_SIDE = 300
};

/* ---- axes ---- */

static double round_step(double rough)
{
    const double power = pow(10, floor(log10(rough)));
    const double digit = rough / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

pb_axis pb_axis_over(double low, double high, int max_steps, double left, double right)
{
    const double smallest = fmax(fabs(low), fabs(high)) * 1e-3;
    if (high - low <= smallest) { /* all the same: some room around the value */
        const double room = smallest > 0 ? smallest : 1;
        low -= room;
        high += room;
    }
    pb_axis axis = {.left = left, .right = right};
    axis.step = round_step((high - low) / max_steps);
    axis.low = floor(low / axis.step) * axis.step;
    axis.high = ceil(high / axis.step) * axis.step;
    axis.decimals = (int)fmin(fmax(-floor(log10(axis.step) + 1e-9), 0), 9);
    return axis;
}

double pb_axis_place(const pb_axis *axis, double value)
{
    return axis->left + (value - axis->low) / (axis->high - axis->low) * (axis->right - axis->left);
}

/* Ticks with numbers under a base line at `y`. */
static void write_axis(pb_page *page, const pb_axis *axis, double y)
{
    pb_page_printf(page, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>", axis->left, y, axis->right);
    const int n_steps = (int)lround((axis->high - axis->low) / axis->step);
    for (int i = 0; i <= n_steps; i++) {
        const double value = axis->low + i * axis->step;
        const double x = pb_axis_place(axis, value);
        pb_page_printf(page, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/><text class=\"tick\" x=\"%.1f\" y=\"%.1f\">", x,
                       y, x, y + 9);
        pb_page_score(page, fabs(value) < axis->step / 2 ? 0 : value, axis->decimals);
        pb_page_html(page, "</text>");
    }
}

/* A dashed line at `value` from y0 down to y1, its name and number above it, kept inside the chart. */
static void write_limit(pb_page *page, const pb_axis *axis, const char *name, double value, int decimals, double y0,
                        double y1)
{
    const double x = pb_axis_place(axis, value);
    const char *anchor = x < 110 ? "start" : x > CHART_WIDTH - 110 ? "end" : "middle";
    pb_page_printf(page,
                   "<path class=\"limit\" d=\"M%.1f %.1fV%.1f\"/>"
                   "<text class=\"limit-name\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s ",
                   x, y0, y1, anchor, x, y0 - 7, name);
    pb_page_score(page, value, decimals);
    pb_page_html(page, "</text>");
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void range_of(const double *scores, int64_t n, double limit, double *low, double *high)
{
    *low = *high = isfinite(limit) ? limit : scores[0];
    for (int64_t i = 0; i < n; i++) {
        *low = smaller(*low, scores[i]);
        *high = larger(*high, scores[i]);
    }
}

/* ---- the overview of an audit ---- */

/* A circle, or a diamond where flagged: the shape says it without colour. */
static void write_dot(pb_page *page, const pb_svg_dot *dot, double x, double y, int decimals)
{
    pb_page_printf(page, "<a href=\"#%s\"><title>", dot->target);
    pb_page_text(page, dot->name);
    pb_page_html(page, ": ");
    pb_page_score(page, dot->score, decimals);
    pb_page_html(page, dot->flagged ? ", flagged</title>" : "</title>");
    if (dot->flagged)
        pb_page_printf(page, "<path class=\"dot flagged\" d=\"M%.1f %.1fl7 7l-7 7l-7-7z\"/></a>", x, y - 7);
    else
        pb_page_printf(page, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/></a>", x, y, DOT_RADIUS - 1);
}

/* The lowest row with room at x; beyond the last row dots overlap. */
static int row_with_room(double *last_x, double x)
{
    int row = 0;
    while (row < DOT_ROWS - 1 && x - last_x[row] < DOT_PITCH)
        row++;
    last_x[row] = x;
    return row;
}

static void clear_rows(double *last_x)
{
    for (int row = 0; row < DOT_ROWS; row++)
        last_x[row] = -DOT_PITCH;
}

void pb_svg_dot_plot(pb_page *page, const pb_svg_dot *dots, int64_t n, double limit, int decimals)
{
    const double low = smaller(dots[0].score, isfinite(limit) ? limit : dots[0].score);
    const double high = larger(dots[n - 1].score, isfinite(limit) ? limit : dots[n - 1].score);
    const pb_axis axis = pb_axis_over(low, high, 6, MARGIN, CHART_WIDTH - MARGIN);
    double last_x[DOT_ROWS];
    int top_row = 2;
    clear_rows(last_x);
    for (int64_t i = 0; i < n; i++) {
        const int row = row_with_room(last_x, pb_axis_place(&axis, dots[i].score));
        top_row = row > top_row ? row : top_row;
    }
    const double base = 34 + (top_row + 1) * DOT_PITCH;
    pb_page_printf(page,
                   "<svg class=\"chart\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"Scores of all references "
                   "along one axis\">",
                   CHART_WIDTH, base + 22);
    write_axis(page, &axis, base);
    if (isfinite(limit))
        write_limit(page, &axis, "limit", limit, decimals, 26, base);
    clear_rows(last_x);
    for (int64_t i = 0; i < n; i++) {
        const double x = pb_axis_place(&axis, dots[i].score);
        write_dot(page, &dots[i], x, base - DOT_PITCH * (0.6 + row_with_room(last_x, x)), decimals);
    }
    pb_page_html(page, "</svg>\n");
}

/* ---- the strip of one reference ---- */

void pb_svg_strip_define(pb_page *page, const double *scores, int64_t n, double limit, pb_axis *out_axis)
{
    double low, high;
    range_of(scores, n, limit, &low, &high);
    *out_axis = pb_axis_over(low, high, 8, 8, STRIP_WIDTH - 8);
    pb_page_html(page, "<svg class=\"definitions\" aria-hidden=\"true\"><defs><path id=\"strip-ticks\" d=\"");
    for (int64_t i = 0; i < n; i++)
        pb_page_printf(page, "M%.1f 10v12", pb_axis_place(out_axis, scores[i]));
    pb_page_html(page, "\"/></defs></svg>\n");
}

void pb_svg_strip(pb_page *page, const pb_axis *axis, double limit, double score, bool flagged)
{
    const double x = pb_axis_place(axis, score);
    pb_page_printf(page, "<svg class=\"strip\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\">", STRIP_WIDTH, STRIP_HEIGHT);
    if (isfinite(limit)) {
        const double at = pb_axis_place(axis, limit);
        pb_page_printf(page,
                       "<path class=\"beyond\" d=\"M%.1f 8H%.1fv16H%.1fz\"/><path class=\"limit\" d=\"M%.1f 3v26\"/>",
                       at, axis->right + 8, at, at);
    }
    pb_page_printf(page, "<path class=\"axis\" d=\"M0 24H%d\"/><use class=\"ticks\" href=\"#strip-ticks\"/>",
                   STRIP_WIDTH);
    pb_page_printf(page, "<path class=\"here%s\" d=\"M%.1f 24V9m0-1l5-7h-10z\"/></svg>\n", flagged ? " flagged" : "",
                   x);
}

/* ---- histograms ---- */

typedef struct histogram {
    int64_t counts[N_BINS];
    int64_t most;
} histogram;

static int bin_of(const pb_axis *axis, double score)
{
    const double share = (score - axis->low) / (axis->high - axis->low);
    const int bin = (int)floor(share * N_BINS);
    return bin < 0 ? 0 : bin >= N_BINS ? N_BINS - 1 : bin;
}

static histogram count_scores(const pb_axis *axis, const double *scores, const uint8_t *labels, int64_t n, bool defect)
{
    histogram result = {{0}, 0};
    for (int64_t i = 0; i < n; i++) {
        if ((labels[i] != 0) != defect)
            continue;
        const int64_t count = ++result.counts[bin_of(axis, scores[i])];
        result.most = count > result.most ? count : result.most;
    }
    return result;
}

/* Bars from `base` upwards (direction -1) or downwards (+1), the highest filling the panel. */
static void write_bars(pb_page *page, const pb_axis *axis, const histogram *bars, const char *class_name, double base,
                       int direction)
{
    const double pitch = (axis->right - axis->left) / N_BINS;
    for (int bin = 0; bin < N_BINS; bin++) {
        if (!bars->counts[bin])
            continue;
        const double height = PANEL_HEIGHT * (double)bars->counts[bin] / (double)bars->most;
        pb_page_printf(page,
                       "<path class=\"bar %s\" d=\"M%.2f %.1fv%.1fh%.2fv%.1fz\"><title>%" PRId64 "</title></path>",
                       class_name, axis->left + bin * pitch + 0.5, base, direction * height, pitch - 1,
                       -direction * height, bars->counts[bin]);
    }
}

/* How many parts the tallest bar has: outside of the bars, and on the side that the threshold leaves free. */
static void write_most(pb_page *page, const pb_axis *axis, double threshold, const char *what, int64_t most, double y)
{
    const bool left = pb_axis_place(axis, threshold) > CHART_WIDTH / 2.0;
    pb_page_printf(page,
                   "<text class=\"most\" text-anchor=\"%s\" x=\"%d\" y=\"%.1f\">%s, tallest bar %" PRId64 "</text>",
                   left ? "start" : "end", left ? MARGIN : CHART_WIDTH - MARGIN, y, what, most);
}

void pb_svg_histograms(pb_page *page, const double *scores, const uint8_t *labels, int64_t n, double threshold,
                       int decimals)
{
    double low, high;
    range_of(scores, n, threshold, &low, &high);
    const pb_axis axis = pb_axis_over(low, high, 8, MARGIN, CHART_WIDTH - MARGIN);
    const histogram good = count_scores(&axis, scores, labels, n, false);
    const histogram defect = count_scores(&axis, scores, labels, n, true);
    const double good_base = 56 + PANEL_HEIGHT, defect_base = good_base + 34;
    pb_page_printf(page,
                   "<svg class=\"chart\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"Histograms of the scores of "
                   "good parts and of defects, with the threshold\">",
                   CHART_WIDTH, defect_base + PANEL_HEIGHT + 22);
    write_most(page, &axis, threshold, "good parts", good.most, 2);
    write_bars(page, &axis, &good, "good", good_base, -1);
    write_axis(page, &axis, good_base);
    write_bars(page, &axis, &defect, "defect", defect_base, 1);
    write_most(page, &axis, threshold, "defects", defect.most, defect_base + PANEL_HEIGHT + 4);
    write_limit(page, &axis, "threshold", threshold, decimals, 46, defect_base + PANEL_HEIGHT + 3);
    pb_page_html(page, "</svg>\n");
}

/* ---- ROC ---- */

/* Drops points that would fall on the pixel of the one before: curves of long test sets stay small. */
static void write_curve(pb_page *page, const pb_axis *x_axis, const pb_axis *y_axis, const pb_roc_point *points,
                        int64_t n)
{
    double last_x = -1, last_y = -1;
    pb_page_html(page, "<path class=\"curve\" d=\"");
    for (int64_t i = 0; i < n; i++) {
        const double x = pb_axis_place(x_axis, points[i].fpr), y = pb_axis_place(y_axis, points[i].tpr);
        if (i > 0 && i < n - 1 && fabs(x - last_x) < 0.25 && fabs(y - last_y) < 0.25)
            continue;
        pb_page_printf(page, "%c%.2f %.2f", i == 0 ? 'M' : 'L', x, y);
        last_x = x;
        last_y = y;
    }
    pb_page_html(page, "\"/>");
}

void pb_svg_roc(pb_page *page, const pb_roc_point *points, int64_t n, double fpr, double tpr)
{
    enum { LEFT = 52, TOP = 12, BOTTOM = TOP + ROC_SIDE, RIGHT = LEFT + ROC_SIDE };
    const pb_axis x_axis = {.low = 0, .high = 1, .step = 0.25, .decimals = 2, .left = LEFT, .right = RIGHT};
    const pb_axis y_axis = {.low = 0, .high = 1, .step = 0.25, .decimals = 2, .left = BOTTOM, .right = TOP};
    pb_page_printf(page,
                   "<svg class=\"roc\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"ROC curve\">"
                   "<path class=\"frame\" d=\"M%d %dh%dv%dh-%dz\"/>",
                   RIGHT + 16, BOTTOM + 46, LEFT, TOP, ROC_SIDE, ROC_SIDE, ROC_SIDE);
    write_axis(page, &x_axis, BOTTOM);
    for (int i = 0; i <= 4; i++)
        pb_page_printf(page,
                       "<path class=\"grid\" d=\"M%d %.1fh%d\"/><text class=\"tick side\" x=\"%d\" "
                       "y=\"%.1f\">%.2f</text>",
                       LEFT, pb_axis_place(&y_axis, i / 4.0), ROC_SIDE, LEFT - 6, pb_axis_place(&y_axis, i / 4.0) + 4,
                       i / 4.0);
    pb_page_printf(page, "<path class=\"chance\" d=\"M%d %dL%d %d\"/>", LEFT, BOTTOM, RIGHT, TOP);
    write_curve(page, &x_axis, &y_axis, points, n);
    pb_page_printf(page,
                   "<circle class=\"operating\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"><title>at the "
                   "threshold</title></circle>",
                   pb_axis_place(&x_axis, fpr), pb_axis_place(&y_axis, tpr));
    pb_page_printf(page,
                   "<text class=\"axis-name\" x=\"%d\" y=\"%d\">good parts failed</text>"
                   "<text class=\"axis-name\" transform=\"translate(4 %d) rotate(-90)\">defects caught</text></svg>\n",
                   LEFT + ROC_SIDE / 2, BOTTOM + 30, TOP + ROC_SIDE / 2);
}
