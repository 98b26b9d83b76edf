/* Names of series: at the ends of their lines, or in rows above the panels. */
#include <math.h>
#include <stdlib.h>

#include "figures/chart.h"

enum { LEADER_MM = 4, MARKER_MM = 2 };

double pb_end_labels_width(const pb_end_label *labels, int64_t n)
{
    double widest = 0;
    for (int64_t i = 0; i < n; i++)
        widest = fmax(widest, pb_text_width(labels[i].style.label, PB_FIGURE_FONT_PT, false));
    return LEADER_MM + MARKER_MM + widest + 1;
}

typedef struct end_place {
    double wanted, y; /* mm */
    int64_t label;
} end_place;

static int by_height(const void *a, const void *b)
{
    const end_place *left = a, *right = b;
    if (left->wanted != right->wanted)
        return left->wanted < right->wanted ? -1 : 1;
    return (left->label > right->label) - (left->label < right->label);
}

/* The least squares of the moves, with `gap` between neighbours: those that would overlap move as one block, whose middle is
 * that of what its members want (pool adjacent violators); then all are pushed into low..high. */
static void spread(end_place *places, int64_t n, double gap, double low, double high)
{
    double mean[PB_CHART_MAX_END_LABELS];
    int64_t size[PB_CHART_MAX_END_LABELS], n_blocks = 0;
    for (int64_t i = 0; i < n; i++) {
        mean[n_blocks] = places[i].wanted - (double)i * gap;
        size[n_blocks++] = 1;
        for (; n_blocks > 1 && mean[n_blocks - 2] > mean[n_blocks - 1]; n_blocks--) {
            const double a = (double)size[n_blocks - 2], b = (double)size[n_blocks - 1];
            mean[n_blocks - 2] = (a * mean[n_blocks - 2] + b * mean[n_blocks - 1]) / (a + b);
            size[n_blocks - 2] += size[n_blocks - 1];
        }
    }
    const double last = high - (double)(n - 1) * gap;
    int64_t i = 0;
    for (int64_t b = 0; b < n_blocks; b++)
        for (int64_t k = 0; k < size[b]; k++, i++)
            places[i].y = fmax(fmin(mean[b], last), low) + (double)i * gap;
}

static void add_leader(pb_chart *chart, double x0, double y0, double x1, double y1)
{
    pb_text_add(&chart->figure->script,
                "set arrow from screen %.4f/WIDTH, screen 1-%.4f/HEIGHT to screen %.4f/WIDTH, screen 1-%.4f/HEIGHT "
                "nohead lw 0.4 lc rgb '#aaaaaa' back\n",
                x0, y0, x1, y1);
}

void pb_chart_end_labels(pb_chart *chart, const pb_end_label *labels, int64_t n)
{
    end_place places[PB_CHART_MAX_END_LABELS] = {{0}};
    const pb_panel *panel = &chart->panel;
    const double x = panel->left + panel->width + LEADER_MM;
    if (n > PB_CHART_MAX_END_LABELS)
        n = PB_CHART_MAX_END_LABELS;
    double edge = -(double)INFINITY;
    for (int64_t i = 0; i < n; i++)
        edge = fmax(edge, labels[i].x);
    for (int64_t i = 0; i < n; i++)
        places[i] = (end_place){pb_panel_y(chart, labels[i].y), 0, i};
    qsort(places, (size_t)n, sizeof *places, by_height);
    spread(places, n, PB_FIGURE_LINE_MM, panel->top, panel->top + panel->height);
    for (int64_t i = 0; i < n; i++) {
        const pb_end_label *label = &labels[places[i].label];
        if (label->x >= edge) /* from a line that ends before the others it would run across the panel */
            add_leader(chart, pb_panel_x(chart, label->x) + 0.8, places[i].wanted, x - 0.9, places[i].y);
        pb_chart_marker(chart, x, places[i].y, &label->style, 0.55);
        pb_chart_text(chart, x + MARKER_MM - 0.6, places[i].y, PB_TEXT_LEFT, PB_FIGURE_FONT_PT, label->style.label);
    }
}

double pb_chart_legend(pb_chart *chart, double left, double right, double y, const pb_figure_style *styles, int64_t n)
{
    double x = left;
    for (int64_t i = 0; i < n; i++) {
        const double width = MARKER_MM + pb_text_width(styles[i].label, PB_FIGURE_FONT_PT, false);
        if (x > left && x + width > right) {
            x = left;
            y += PB_FIGURE_LINE_MM + 0.4;
        }
        pb_chart_marker(chart, x + 0.8, y, &styles[i], 0.65);
        pb_chart_text(chart, x + MARKER_MM + 0.2, y, PB_TEXT_LEFT, PB_FIGURE_FONT_PT, styles[i].label);
        x += width + 3.4;
    }
    return n ? y + PB_FIGURE_LINE_MM : y;
}

/* ---- Names inside a panel ---- */

void pb_obstacles_add(pb_obstacles *obstacles, const pb_chart *chart, double x0, double y0, double x1, double y1)
{
    const double left = pb_panel_x(chart, x0), top = pb_panel_y(chart, y0);
    const double right = pb_panel_x(chart, x1), bottom = pb_panel_y(chart, y1);
    const int64_t steps = (int64_t)ceil(hypot(right - left, bottom - top) / 0.7) + 1;
    for (int64_t i = 0; i < steps && obstacles->n < PB_CHART_MAX_OBSTACLES; i++) {
        const double share = steps > 1 ? (double)i / (double)(steps - 1) : 0;
        obstacles->x[obstacles->n] = left + share * (right - left);
        obstacles->y[obstacles->n++] = top + share * (bottom - top);
    }
}

typedef struct rectangle {
    double left, top, right, bottom; /* mm */
} rectangle;

/* Obstacles inside, with room for markers; a place that leaves the panel is as bad as can be. */
static int64_t count_covered(const pb_obstacles *obstacles, const pb_panel *panel, const rectangle *place)
{
    const double air = 0.7;
    if (place->left < panel->left + 0.3 || place->right > panel->left + panel->width || place->top < panel->top ||
        place->bottom > panel->top + panel->height)
        return PB_CHART_MAX_OBSTACLES;
    int64_t n = 0;
    for (int64_t i = 0; i < obstacles->n; i++)
        n += obstacles->x[i] > place->left - air && obstacles->x[i] < place->right + air &&
             obstacles->y[i] > place->top - air && obstacles->y[i] < place->bottom + air;
    return n;
}

/* All of the text, as points. */
static void add_rectangle(pb_obstacles *obstacles, const rectangle *place)
{
    for (double y = place->top; y <= place->bottom; y += 0.5)
        for (double x = place->left; x <= place->right && obstacles->n < PB_CHART_MAX_OBSTACLES; x += 0.5) {
            obstacles->x[obstacles->n] = x;
            obstacles->y[obstacles->n++] = y;
        }
}

void pb_chart_name(pb_chart *chart, pb_obstacles *obstacles, double x, double y, bool must, const char *text)
{
    enum { PLACES = 8, RINGS = 2, MUST_RINGS = 6 };
    static const double side[PLACES] = {1, -1, 1, -1, 1, -1, 0, 0}, rise[PLACES] = {0, 0, -1, -1, 1, 1, -1, 1};
    const double width = pb_text_width(text, PB_FIGURE_FONT_PT - 1, false), half = 0.9, at_x = pb_panel_x(chart, x);
    const double at_y = pb_panel_y(chart, y);
    rectangle best = {0};
    int64_t least = PB_CHART_MAX_OBSTACLES + 1;
    for (int i = 0; i < PLACES * (must ? MUST_RINGS : RINGS) && least > 0; i++) {
        const int p = i % PLACES, ring = i / PLACES;
        const double farther = 1 + 0.5 * ring, aside = rise[p] == 0 ? 1.6 : 1.1;
        const double middle_x = at_x + side[p] * (aside * farther + width / 2);
        const double middle_y = at_y + rise[p] * (side[p] == 0 ? 2.4 : 1.8) * farther;
        const rectangle place = {middle_x - width / 2, middle_y - half, middle_x + width / 2, middle_y + half};
        const int64_t covered = count_covered(obstacles, &chart->panel, &place);
        if (covered < least) {
            least = covered;
            best = place;
        }
    }
    if (least > 0 && !must)
        return;
    add_rectangle(obstacles, &best);
    pb_chart_text(chart, best.left, (best.top + best.bottom) / 2, PB_TEXT_LEFT, PB_FIGURE_FONT_PT - 1, text);
}
