/* AUROC over the number of references, with clean and with contaminated ones. */
#include <math.h>
#include <stdio.h>

#include "figures/figure_kinds.h"
#include "figures/lines.h"

/* The N that have something at both contaminations. */
static int64_t keep_limits(const pb_mean_grid *grid, const int64_t *limits, int64_t n, int64_t *kept)
{
    int64_t n_kept = 0;
    for (int64_t i = 0; i < n; i++) {
        bool clean = false, dirty = false;
        for (int64_t m = 0; m < grid->n_methods; m++) {
            dirty = dirty || pb_mean_grid_cell(grid, m, i)->n;
            clean = clean || pb_mean_grid_cell(grid, m, n + i)->n;
        }
        if (clean && dirty)
            kept[n_kept++] = limits[i];
    }
    return n_kept;
}

/* Slices: n at the contamination of the view, then n at 0. */
static pb_status make_grid(const pb_shown_rows *view, const int64_t *limits, int64_t n, pb_mean_grid *out)
{
    pb_study_slice slices[2 * PB_LINES_MAX_POINTS] = {{0}};
    for (int64_t i = 0; i < n; i++) {
        slices[i] = pb_shown_rows_slice(view, view->focus.slice.contamination, &limits[i]);
        slices[n + i] = pb_shown_rows_slice(view, 0, &limits[i]);
    }
    return pb_mean_grid_new(view, view->focus.methods, view->focus.n_methods, slices, 2 * n, true, out);
}

static void draw_references(const pb_shown_rows *view, const pb_mean_grid *grid, const int64_t *limits, int64_t n,
                            pb_figure *figure)
{
    char title[64];
    double x[PB_LINES_MAX_POINTS];
    for (int64_t i = 0; i < n; i++)
        x[i] = (double)limits[i];
    snprintf(title, sizeof title, "a  %g %% contaminated", 100 * view->focus.slice.contamination);
    const pb_lines lines[2] = {{.grid = grid, .x = x, .n = n, .title = title, .clean = (double)NAN},
                               {.grid = grid,
                                .x = x,
                                .n = n,
                                .first_slice = n,
                                .title = "b  clean",
                                .x_title = "references, N",
                                .clean = (double)NAN}};
    pb_text_add(&figure->title, "Number of references");
    pb_text_add(&figure->caption,
                "Image AUROC over the number of references N. a: %g %% of them contaminated. b: clean references. ",
                100 * view->focus.slice.contamination);
    pb_caption_rows(&figure->caption, grid, -1, false);
    pb_lines_say_bands(&lines[0], &figure->caption);
    pb_lines_stack(figure, lines, 2, false);
}

pb_status pb_figure_of_references(const pb_shown_rows *view, pb_figure *figure)
{
    int64_t kept[PB_LINES_MAX_POINTS];
    pb_mean_grid grid;
    const int64_t n = view->contents->n_limits;
    PB_TRY(pb_lines_check(n, "numbers of references"));
    PB_TRY(make_grid(view, view->contents->limits, n, &grid));
    const int64_t n_kept = keep_limits(&grid, view->contents->limits, n, kept);
    if (n_kept < 2) {
        pb_mean_grid_free(&grid);
        pb_text_add(&figure->missing, "two or more N with rows at contamination 0 and %g",
                    view->focus.slice.contamination);
        return PB_STATUS_OK;
    }
    if (n_kept < n) {
        pb_mean_grid_free(&grid);
        PB_TRY(make_grid(view, kept, n_kept, &grid));
    }
    draw_references(view, &grid, kept, n_kept, figure);
    pb_mean_grid_free(&grid);
    return PB_STATUS_OK;
}
