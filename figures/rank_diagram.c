/* J. Demsar, Statistical comparisons of classifiers over multiple data sets, JMLR 7 (2006), figure 1. */
#include <math.h>
#include <stdio.h>

#include "figures/figure_kinds.h"
#include "figures/style.h"

#define INK "#222222"

enum { MAX_CLIQUES = 64 };

typedef struct layout {
    const pb_rank_list *ranks;
    double left, right, axis, rows; /* mm: ends of the axis, its height, the first row of names */
    int64_t first[MAX_CLIQUES], last[MAX_CLIQUES], n_cliques;
} layout;

static const double row_mm = 3.4, clique_mm = 1.5, cd_mm = 4.6, axis_mm = 9.6;

/* Largest groups of neighbours in rank that lie within the critical difference. */
static void find_cliques(layout *out)
{
    const pb_rank_list *ranks = out->ranks;
    int64_t covered = 0; /* the last method of the group before */
    for (int64_t i = 0; i < ranks->n && out->n_cliques < MAX_CLIQUES; i++) {
        int64_t j = i;
        while (j + 1 < ranks->n && ranks->ranks[j + 1] - ranks->ranks[i] < ranks->cd)
            j++;
        if (j == i || (out->n_cliques && j <= covered))
            continue;
        out->first[out->n_cliques] = i;
        out->last[out->n_cliques++] = j;
        covered = j;
    }
}

static double x_of(const layout *shown, double rank)
{
    return shown->left + (shown->right - shown->left) * (rank - 1) / (double)(shown->ranks->n - 1);
}

static void name_of(const pb_rank_list *ranks, int64_t i, char *text, size_t size)
{
    snprintf(text, size, "%s  %.2f", ranks->names[i], ranks->ranks[i]);
}

/* The better half stands at the left. */
static int64_t n_left(const pb_rank_list *ranks)
{
    return (ranks->n + 1) / 2;
}

static void place(layout *out)
{
    double left = 0, right = 0;
    for (int64_t i = 0; i < out->ranks->n; i++) {
        char text[160];
        name_of(out->ranks, i, text, sizeof text);
        double *side = i < n_left(out->ranks) ? &left : &right;
        *side = fmax(*side, pb_text_width(text, PB_FIGURE_FONT_PT, false));
    }
    out->left = left + 3.6;
    out->right = PB_FIGURE_COLUMN_MM - right - 3.6;
    out->axis = axis_mm;
    out->rows = axis_mm + 2.6 + clique_mm * (double)out->n_cliques + 1.2;
}

static void draw_axis(const layout *shown, pb_drawing *drawing)
{
    const int64_t n = shown->ranks->n;
    const double mm = (shown->right - shown->left) / (double)(n - 1); /* of one rank */
    const int64_t step = (int64_t)ceil(4 / mm);                       /* between numbers */
    pb_drawing_line(drawing, shown->left, shown->axis, shown->right, shown->axis, 0.7, INK);
    for (int64_t half = 2; half <= 2 * n; half++) {
        const double x = x_of(shown, 0.5 * (double)half);
        if (half % 2 && mm < 3)
            continue;
        pb_drawing_line(drawing, x, shown->axis - (half % 2 ? 0.6 : 1.1), x, shown->axis, 0.5, INK);
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)half / 2);
        if (half % 2 == 0 && (half / 2 - 1) % step == 0)
            pb_drawing_text(drawing, x, shown->axis - 2.5, PB_TEXT_CENTER, PB_FIGURE_FONT_PT, INK, text);
    }
}

/* As long as the ranks that it spans; where that is more than the axis, all of it, and the text says so. */
static void draw_cd(const layout *shown, pb_drawing *drawing)
{
    const double longest = (double)(shown->ranks->n - 1), cd = shown->ranks->cd;
    const double x0 = x_of(shown, 1), x1 = x_of(shown, 1 + fmin(cd, longest));
    char text[64];
    snprintf(text, sizeof text, cd > longest ? "CD = %.2f (more than the axis)" : "CD = %.2f", cd);
    pb_drawing_line(drawing, x0, cd_mm, x1, cd_mm, 0.7, INK);
    pb_drawing_line(drawing, x0, cd_mm - 0.7, x0, cd_mm + 0.7, 0.7, INK);
    if (cd <= longest)
        pb_drawing_line(drawing, x1, cd_mm - 0.7, x1, cd_mm + 0.7, 0.7, INK);
    const double half = pb_text_width(text, PB_FIGURE_FONT_PT, false) / 2;
    pb_drawing_text(drawing, fmin(fmax((x0 + x1) / 2, half), PB_FIGURE_COLUMN_MM - half), cd_mm - 2.4, PB_TEXT_CENTER,
                    PB_FIGURE_FONT_PT, INK, text);
}

static void draw_name(const layout *shown, int64_t i, pb_drawing *drawing)
{
    const bool is_left = i < n_left(shown->ranks);
    const double row =
        is_left ? (double)i : (double)(shown->ranks->n - 1 - i); /* the outer ones on top: no crossings */
    const double x = x_of(shown, shown->ranks->ranks[i]), y = shown->rows + row_mm * row;
    const double end = is_left ? shown->left - 1.2 : shown->right + 1.2;
    char text[160];
    name_of(shown->ranks, i, text, sizeof text);
    pb_drawing_line(drawing, x, shown->axis, x, y, 0.5, "#777777");
    pb_drawing_line(drawing, x, y, end, y, 0.5, "#777777");
    pb_drawing_text(drawing, is_left ? end - 0.8 : end + 0.8, y, is_left ? PB_TEXT_RIGHT : PB_TEXT_LEFT,
                    PB_FIGURE_FONT_PT, INK, text);
}

static void draw_cliques(const layout *shown, pb_drawing *drawing)
{
    for (int64_t c = 0; c < shown->n_cliques; c++) {
        const double y = shown->axis + 2.2 + clique_mm * (double)c;
        pb_drawing_line(drawing, x_of(shown, shown->ranks->ranks[shown->first[c]]) - 0.6, y,
                        x_of(shown, shown->ranks->ranks[shown->last[c]]) + 0.6, y, 2.2, "#000000");
    }
}

pb_status pb_rank_diagram(const pb_rank_list *ranks, pb_figure *figure)
{
    layout shown = {.ranks = ranks};
    PB_CHECK_ARG(ranks->n >= 2, "a diagram of ranks needs two methods or more, not %lld", (long long)ranks->n);
    find_cliques(&shown);
    place(&shown);
    draw_axis(&shown, &figure->drawing);
    draw_cd(&shown, &figure->drawing);
    for (int64_t i = 0; i < ranks->n; i++)
        draw_name(&shown, i, &figure->drawing);
    draw_cliques(&shown, &figure->drawing);
    figure->width = PB_FIGURE_COLUMN_MM;
    figure->height = shown.rows + row_mm * (double)(n_left(ranks) - 1) + 2.6;
    return figure->drawing.status;
}
