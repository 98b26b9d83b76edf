/* What every caption says about its rows. */

#include "base/words.h"
#include "figures/shown_rows.h"

/* Fewest and most seeds of the cells that are there. */
static void count_seeds(const pb_mean_grid *grid, int64_t *least, int64_t *most)
{
    *least = *most = 0;
    for (int64_t c = 0; c < grid->n_methods * grid->n_slices; c++) {
        const int64_t n = grid->cell[c].n_seeds;
        if (grid->cell[c].n == 0)
            continue;
        *least = *least == 0 || n < *least ? n : *least;
        *most = n > *most ? n : *most;
    }
}

static void add_limits(pb_text *caption, const pb_shown_rows *view, int64_t limit)
{
    char limits[512];
    if (limit > 0) {
        pb_text_add(caption, ", N = %lld references", (long long)limit);
        return;
    }
    pb_words_of_integers(view->focus.slice.limits, view->focus.slice.n_limits, ", ", " and ", limits, sizeof limits);
    pb_text_add(caption, ", N = %s references%s", limits, view->focus.slice.n_limits > 1 ? " pooled" : "");
}

void pb_caption_rows(pb_text *caption, const pb_mean_grid *grid, int64_t limit, bool all_q)
{
    const pb_shown_rows *view = grid->view;
    int64_t least, most;
    count_seeds(grid, &least, &most);
    pb_text_add(caption, "Setup %s, n = %lld %s, ", pb_setup_name(view->focus.slice.setup), (long long)grid->n,
                grid->n == 1 ? "category" : "categories");
    if (least == most)
        pb_text_add(caption, "%lld %s", (long long)most, most == 1 ? "seed" : "seeds averaged first");
    else
        pb_text_add(caption, "%lld to %lld seeds averaged first", (long long)least, (long long)most);
    if (limit >= 0)
        add_limits(caption, view, limit);
    if (*view->focus.slice.detector)
        pb_text_add(caption, ", features of %s", view->focus.slice.detector);
    if (!all_q)
        pb_text_add(caption, ", q = %g", view->focus.slice.percentile);
    pb_text_add(caption, ", K = %lld.", (long long)view->focus.slice.k);
    if (*grid->excluded)
        pb_text_add(caption, " Left out, as something of this is not in the results: %s.", grid->excluded);
}
