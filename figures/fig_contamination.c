/* AUROC over contamination: for each N up to 30 %, and for one N as far as the results go. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/figure_kinds.h"
#include "figures/lines.h"

enum { MAX_PANELS = 6 };

#define MAIN_RANGE 0.3 /* of the studies' main grid */
#define BEYOND 1e-9

typedef struct panel {
    int64_t limit;
    pb_mean_grid grid;
    double x[PB_LINES_MAX_POINTS], c[PB_LINES_MAX_POINTS];
    int64_t n;
    char title[64];
} panel;

static bool has_slice(const pb_mean_grid *grid, int64_t slice)
{
    for (int64_t m = 0; m < grid->n_methods; m++)
        if (pb_mean_grid_cell(grid, m, slice)->n)
            return true;
    return false;
}

static pb_status make_grid(const pb_shown_rows *view, bool densest, panel *out)
{
    pb_study_slice slices[PB_LINES_MAX_POINTS] = {{0}};
    for (int64_t i = 0; i < out->n; i++) {
        slices[i] = pb_shown_rows_slice(view, out->c[i], &out->limit);
        out->x[i] = 100 * out->c[i];
    }
    return pb_mean_grid_new(view, view->focus.methods, view->focus.n_methods, slices, out->n, densest, &out->grid);
}

/* The contaminations up to `most` that this N has. */
static pb_status read_panel(const pb_shown_rows *view, int64_t limit, double most, bool densest, panel *out)
{
    const pb_study_contents *contents = view->contents;
    *out = (panel){.limit = limit};
    PB_TRY(pb_lines_check(contents->n_contaminations, "contaminations"));
    for (int64_t i = 0; i < contents->n_contaminations; i++)
        if (contents->contaminations[i] <= most + BEYOND)
            out->c[out->n++] = contents->contaminations[i];
    snprintf(out->title, sizeof out->title, "N = %lld", (long long)limit);
    PB_TRY(make_grid(view, densest, out));
    int64_t n = 0;
    for (int64_t i = 0; i < out->n; i++)
        if (has_slice(&out->grid, i))
            out->c[n++] = out->c[i];
    const bool complete = n == out->n;
    out->n = n;
    if (complete)
        return PB_STATUS_OK;
    pb_mean_grid_free(&out->grid);
    return make_grid(view, densest, out);
}

static double get_clean(const panel *shown)
{
    const int64_t none = pb_mean_grid_find(&shown->grid, PB_METHOD_NONE);
    if (none < 0 || shown->n == 0 || shown->c[0] > BEYOND || pb_mean_grid_cell(&shown->grid, none, 0)->n == 0)
        return (double)NAN;
    return 100 * pb_mean_grid_cell(&shown->grid, none, 0)->mean;
}

static void say_lines(pb_figure *figure, const pb_lines *lines)
{
    pb_lines_say_bands(lines, &figure->caption);
    if (isfinite(lines->clean))
        pb_text_add(&figure->caption, " Dotted: none with clean references.");
}

static pb_lines get_lines(const panel *shown)
{
    return (pb_lines){.grid = &shown->grid,
                      .x = shown->x,
                      .n = shown->n,
                      .title = shown->title,
                      .x_title = "contaminated references (%)",
                      .clean = get_clean(shown)};
}

/* Once where all panels have the same categories, else for each. */
static void say_rows(pb_figure *figure, const panel *panels, int n)
{
    bool is_same = true;
    for (int i = 1; i < n; i++)
        is_same = is_same && panels[i].grid.n == panels[0].grid.n &&
                  strcmp(panels[i].grid.excluded, panels[0].grid.excluded) == 0;
    for (int i = 0; i < (is_same ? 1 : n); i++) {
        pb_text_add(&figure->caption, " ");
        if (!is_same)
            pb_text_add(&figure->caption, "%s: ", panels[i].title);
        pb_caption_rows(&figure->caption, &panels[i].grid, n == 1 ? panels[i].limit : -1, false);
    }
}

static void draw_panels(pb_figure *figure, const panel *panels, int n)
{
    pb_lines lines[MAX_PANELS];
    for (int i = 0; i < n; i++) {
        lines[i] = get_lines(&panels[i]);
        if (i + 1 < n)
            lines[i].x_title = NULL;
    }
    pb_text_add(&figure->title, "Image AUROC over contamination");
    pb_text_add(&figure->caption, "Image AUROC over the share of contaminated references, for N =");
    for (int i = 0; i < n; i++)
        pb_text_add(&figure->caption, "%s %lld", i == 0 ? "" : i + 1 < n ? "," : " and", (long long)panels[i].limit);
    pb_text_add(&figure->caption, " references.");
    say_rows(figure, panels, n);
    say_lines(figure, &lines[0]);
    pb_lines_stack(figure, lines, n, true);
}

/* Where nothing lies in the main grid's range, all of it. */
static double get_range(const pb_study_contents *contents)
{
    int64_t n = 0;
    for (int64_t i = 0; i < contents->n_contaminations; i++)
        n += contents->contaminations[i] <= MAIN_RANGE + BEYOND;
    return n >= 2 ? MAIN_RANGE : 1;
}

pb_status pb_figure_of_contamination(const pb_shown_rows *view, pb_figure *figure)
{
    panel panels[MAX_PANELS];
    int n = 0;
    pb_status status = PB_STATUS_OK;
    const double most = get_range(view->contents);
    for (int64_t i = 0; i < view->contents->n_limits && n < MAX_PANELS && status == PB_STATUS_OK; i++) {
        status = read_panel(view, view->contents->limits[i], most, false, &panels[n]);
        if (status == PB_STATUS_OK && panels[n].n >= 2 && panels[n].grid.n > 0)
            n++;
        else if (status == PB_STATUS_OK)
            pb_mean_grid_free(&panels[n].grid);
    }
    if (status == PB_STATUS_OK && n > 0)
        draw_panels(figure, panels, n);
    else if (status == PB_STATUS_OK)
        pb_text_add(&figure->missing, "rows at two or more contaminations with the same N");
    for (int i = 0; i < n; i++)
        pb_mean_grid_free(&panels[i].grid);
    return status;
}

static void draw_range(pb_figure *figure, const panel *shown)
{
    pb_lines lines[2] = {get_lines(shown), get_lines(shown)};
    lines[0].x_title = NULL;
    lines[0].title = "a  AUROC";
    lines[1].gain = true;
    lines[1].clean = (double)NAN;
    lines[1].title = "b  gain over none";
    pb_text_add(&figure->title, "Contamination up to %.0f %%", shown->x[shown->n - 1]);
    pb_text_add(&figure->caption,
                "Contamination from %.0f to %.0f %%. a: image AUROC. b: difference to none at the same contamination, "
                "in percentage points. ",
                shown->x[0], shown->x[shown->n - 1]);
    pb_caption_rows(&figure->caption, &shown->grid, shown->limit, false);
    say_lines(figure, &lines[0]);
    pb_lines_stack(figure, lines,
                   pb_mean_grid_find(&shown->grid, PB_METHOD_NONE) < 0 || shown->grid.n_methods < 2 ? 1 : 2, false);
}

/* The N with most contaminations, of these the smallest. */
pb_status pb_figure_of_range(const pb_shown_rows *view, pb_figure *figure)
{
    panel best = {0};
    for (int64_t i = 0; i < view->contents->n_limits; i++) {
        panel next;
        const pb_status status = read_panel(view, view->contents->limits[i], 1, true, &next);
        if (status != PB_STATUS_OK) {
            pb_mean_grid_free(&best.grid);
            return status;
        }
        const bool is_better = next.n > best.n && next.grid.n > 0 && next.c[next.n - 1] > MAIN_RANGE + BEYOND;
        pb_mean_grid_free(is_better ? &best.grid : &next.grid);
        if (is_better)
            best = next;
    }
    if (best.n >= 2)
        draw_range(figure, &best);
    else
        pb_text_add(&figure->missing, "rows with contamination above 0.3 (run extra-contamination)");
    pb_mean_grid_free(&best.grid);
    return PB_STATUS_OK;
}
