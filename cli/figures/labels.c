/* Names of series: at the ends of their lines, or in rows above the panels. */
#include <math.h>
#include <stdlib.h>

#include "figures/chart.h"

enum { LEADER_MM = 4, MARKER_MM = 2 };

double cli_end_labels_width(const cli_end_label *labels, int64_t n)
{
    double widest = 0;
    for (int64_t i = 0; i < n; i++)
        widest = fmax(widest, cli_text_width(labels[i].style.label, CLI_FONT_PT, false));
    return LEADER_MM + MARKER_MM + widest + 1;
}

typedef struct place {
    double wanted, y; /* mm */
    int64_t label;
} place;

static int by_height(const void *a, const void *b)
{
    const place *left = a, *right = b;
    if (left->wanted != right->wanted)
        return left->wanted < right->wanted ? -1 : 1;
    return (left->label > right->label) - (left->label < right->label);
}

/* The least squares of the moves, with `gap` between neighbours: those that would overlap move as one block, whose middle is
 * that of what its members want (pool adjacent violators); then all are pushed into low..high. */
static void spread(place *places, int64_t n, double gap, double low, double high)
{
    double mean[CLI_MAX_END_LABELS];
    int64_t size[CLI_MAX_END_LABELS], n_blocks = 0;
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

static void add_leader(cli_chart *chart, double x0, double y0, double x1, double y1)
{
    cli_text_add(&chart->figure->script,
                 "set arrow from screen %.4f/WIDTH, screen 1-%.4f/HEIGHT to screen %.4f/WIDTH, screen 1-%.4f/HEIGHT "
                 "nohead lw 0.4 lc rgb '#aaaaaa' back\n",
                 x0, y0, x1, y1);
}

void cli_chart_end_labels(cli_chart *chart, const cli_end_label *labels, int64_t n)
{
    place places[CLI_MAX_END_LABELS];
    const cli_panel *panel = &chart->panel;
    const double x = panel->left + panel->width + LEADER_MM;
    if (n > CLI_MAX_END_LABELS)
        n = CLI_MAX_END_LABELS;
    for (int64_t i = 0; i < n; i++)
        places[i] = (place){cli_panel_y(chart, labels[i].y), 0, i};
    qsort(places, (size_t)n, sizeof *places, by_height);
    spread(places, n, CLI_LINE_MM, panel->top, panel->top + panel->height);
    for (int64_t i = 0; i < n; i++) {
        const cli_end_label *label = &labels[places[i].label];
        add_leader(chart, cli_panel_x(chart, label->x) + 0.8, places[i].wanted, x - 0.9, places[i].y);
        cli_chart_marker(chart, x, places[i].y, &label->style, 0.55);
        cli_chart_text(chart, x + MARKER_MM - 0.6, places[i].y, CLI_LEFT, CLI_FONT_PT, label->style.label);
    }
}

double cli_chart_legend(cli_chart *chart, double left, double right, double y, const cli_style *styles, int64_t n)
{
    double x = left;
    for (int64_t i = 0; i < n; i++) {
        const double width = MARKER_MM + cli_text_width(styles[i].label, CLI_FONT_PT, false);
        if (x > left && x + width > right) {
            x = left;
            y += CLI_LINE_MM + 0.4;
        }
        cli_chart_marker(chart, x + 0.8, y, &styles[i], 0.65);
        cli_chart_text(chart, x + MARKER_MM + 0.2, y, CLI_LEFT, CLI_FONT_PT, styles[i].label);
        x += width + 3.4;
    }
    return n ? y + CLI_LINE_MM : y;
}
