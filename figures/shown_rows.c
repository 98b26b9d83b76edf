#include "figures/shown_rows.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"

/* The study's own text, which equals by its pointer; NULL. */
static const char *find_method(const pb_study_contents *contents, const char *name)
{
    for (int64_t i = 0; i < contents->n_methods; i++)
        if (strcmp(contents->methods[i], name) == 0)
            return contents->methods[i];
    return NULL;
}

const char *pb_shown_rows_main_method(const pb_shown_rows *view)
{
    if (view->focus.method)
        return view->focus.method;
    for (int64_t i = 0; i < view->focus.n_methods; i++)
        if (pb_study_is_contender(view->focus.methods[i]))
            return view->focus.methods[i];
    return NULL;
}

int64_t pb_shown_rows_contenders(const pb_shown_rows *view, int64_t most, const char **methods)
{
    const char *first = pb_shown_rows_main_method(view);
    const char *none = find_method(view->contents, PB_METHOD_NONE);
    int64_t n = 0;
    if (!first || !none)
        return 0;
    methods[n++] = none;
    methods[n++] = first;
    for (int64_t i = 0; i < view->focus.n_methods && n < most; i++)
        if (view->focus.methods[i] != first && pb_study_is_contender(view->focus.methods[i]))
            methods[n++] = view->focus.methods[i];
    return n;
}

pb_study_slice pb_shown_rows_slice(const pb_shown_rows *view, double contamination, const int64_t *limit)
{
    pb_study_slice slice = view->focus.slice;
    slice.contamination = contamination;
    if (limit) {
        slice.limits = limit;
        slice.n_limits = 1;
    }
    return slice;
}

pb_status pb_shown_rows_of_detector(const pb_shown_rows *view, const char *detector, pb_shown_rows *out)
{
    *out = *view;
    return pb_study_focus_of_detector(view->study, &view->focus, detector, &out->focus);
}

pb_status pb_shown_rows_open(const pb_figures_request *request, const pb_figures_backbone *backbone, pb_shown_rows *out)
{
    const pb_study_selected *selected = backbone->selected;
    *out = (pb_shown_rows){.request = request,
                           .study = selected->study,
                           .contents = pb_study_get_contents(selected->study),
                           .policy = &selected->policy,
                           .is_named = selected->names_methods};
    return pb_study_focus_on(selected, request->setup, &out->focus);
}

void pb_shown_rows_close(pb_shown_rows *view)
{
    pb_study_focus_free(&view->focus);
    *view = (pb_shown_rows){0};
}

/* ---- Grids ---- */

const pb_study_summary *pb_mean_grid_cell(const pb_mean_grid *grid, int64_t method, int64_t slice)
{
    return &grid->cell[method * grid->n_slices + slice];
}

double pb_mean_grid_value(const pb_mean_grid *grid, int64_t method, int64_t slice, int64_t dataset)
{
    return grid->value[(method * grid->n_slices + slice) * grid->n + dataset];
}

double pb_mean_grid_gain(const pb_mean_grid *grid, int64_t method, int64_t slice, int64_t dataset)
{
    const bool one = dataset != PB_ALL_DATASETS;
    const pb_study_question question = {.size = sizeof question,
                                        .slice = grid->slices[slice],
                                        .policy = grid->view->policy,
                                        .datasets = one ? &grid->datasets[dataset] : grid->datasets,
                                        .n_datasets = one ? 1 : grid->n};
    pb_effect effect;
    if (grid->n == 0 || pb_mean_grid_cell(grid, method, slice)->n == 0 ||
        pb_study_effect(grid->view->study, &question, grid->methods[method], &effect) != PB_STATUS_OK)
        return (double)NAN;
    return 100 * effect.gain;
}

int64_t pb_mean_grid_find(const pb_mean_grid *grid, const char *method)
{
    for (int64_t m = 0; m < grid->n_methods; m++)
        if (strcmp(grid->methods[m], method) == 0)
            return m;
    return -1;
}

/* values: cells x all datasets of the study; live: a cell that at least half of the categories have which any cell has. */
static void find_live(const double *values, int64_t n_cells, int64_t n, bool *live)
{
    int64_t most = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t c = 0; c < n_cells; c++) {
            int64_t count = 0;
            for (int64_t d = 0; d < n; d++)
                count += isfinite(values[c * n + d]);
            if (pass == 0)
                most = count > most ? count : most;
            else
                live[c] = count > 0 && 2 * count >= most;
        }
}

typedef enum presence { ABSENT, PARTIAL, COMPLETE } presence;

static presence look(const double *values, int64_t n_cells, int64_t n, const bool *live, int64_t dataset)
{
    int64_t n_live = 0, n_there = 0;
    for (int64_t c = 0; c < n_cells; c++)
        if (live[c]) {
            n_live++;
            n_there += isfinite(values[c * n + dataset]);
        }
    return n_there == 0 ? ABSENT : n_there == n_live ? COMPLETE : PARTIAL;
}

/* Fills datasets and the names of what is left out. */
static pb_status choose_datasets(pb_mean_grid *grid, const double *values, const bool *live)
{
    enum { NAMED = 3 };
    const pb_study_contents *contents = grid->view->contents;
    const int64_t n = contents->n_datasets, n_cells = grid->n_methods * grid->n_slices;
    pb_text excluded = {0};
    int64_t n_excluded = 0;
    PB_TRY(PB_NEW(grid->datasets, n));
    for (int64_t d = 0; d < n; d++) {
        const presence found = look(values, n_cells, n, live, d);
        if (found == COMPLETE)
            grid->datasets[grid->n++] = contents->datasets[d];
        else if (found == PARTIAL && n_excluded++ < NAMED)
            pb_text_add(&excluded, "%s%s", excluded.size ? ", " : "", contents->datasets[d]);
    }
    if (n_excluded > NAMED)
        pb_text_add(&excluded, " and %lld more", (long long)(n_excluded - NAMED));
    const pb_status status = excluded.status ? excluded.status : PB_NEW_STRING(grid->excluded, pb_text_get(&excluded));
    pb_text_free(&excluded);
    return status;
}

/* One cell and its values; values: of all datasets of the study. */
static pb_status fill_cell(pb_mean_grid *grid, const pb_study_slice *slice, int64_t c, const double *values,
                           bool is_live)
{
    const pb_study_contents *contents = grid->view->contents;
    grid->cell[c] = (pb_study_summary){.mean = (double)NAN, .sd_seeds = (double)NAN};
    for (int64_t d = 0, all = 0; d < grid->n; d++) {
        while (contents->datasets[all] != grid->datasets[d])
            all++;
        grid->value[c * grid->n + d] = is_live ? values[all] : (double)NAN;
    }
    if (!is_live || grid->n == 0)
        return PB_STATUS_OK;
    return pb_study_summarise(grid->view->study, slice, grid->datasets, grid->n, grid->methods[c / grid->n_slices],
                              PB_MEASURE_AUROC, &grid->cell[c]);
}

/* How many slices a dataset has with any method. */
static int64_t count_slices(const pb_mean_grid *grid, const double *values, int64_t n, int64_t dataset)
{
    int64_t count = 0;
    for (int64_t s = 0; s < grid->n_slices; s++) {
        bool found = false;
        for (int64_t m = 0; m < grid->n_methods && !found; m++)
            found = isfinite(values[(m * grid->n_slices + s) * n + dataset]);
        count += found;
    }
    return count;
}

/* Drops the datasets that have fewer slices than others: an ablation on six categories beside the main run on all. */
static void keep_densest(const pb_mean_grid *grid, double *values, int64_t n)
{
    int64_t most = 0;
    for (int64_t d = 0; d < n; d++) {
        const int64_t count = count_slices(grid, values, n, d);
        most = count > most ? count : most;
    }
    for (int64_t d = 0; d < n; d++)
        if (count_slices(grid, values, n, d) < most)
            for (int64_t c = 0; c < grid->n_methods * grid->n_slices; c++)
                values[c * n + d] = (double)NAN;
}

static pb_status fill(pb_mean_grid *grid, const pb_study_slice *slices, bool densest, double *values, bool *live)
{
    const pb_study_contents *contents = grid->view->contents;
    const int64_t n = contents->n_datasets, n_cells = grid->n_methods * grid->n_slices;
    for (int64_t c = 0; c < n_cells; c++)
        for (int64_t d = 0; d < n; d++)
            values[c * n + d] = pb_study_mean(grid->view->study, &slices[c % grid->n_slices], contents->datasets[d],
                                              grid->methods[c / grid->n_slices], PB_MEASURE_AUROC);
    if (densest)
        keep_densest(grid, values, n);
    find_live(values, n_cells, n, live);
    PB_TRY(choose_datasets(grid, values, live));
    PB_TRY(PB_NEW(grid->cell, n_cells));
    PB_TRY(PB_NEW_PRODUCT(grid->value, n_cells, grid->n));
    for (int64_t c = 0; c < n_cells; c++)
        PB_TRY(fill_cell(grid, &slices[c % grid->n_slices], c, values + c * n, live[c]));
    return PB_STATUS_OK;
}

/* The slices with N of their own: the caller's may be gone when gains are asked for. */
static pb_status keep_slices(pb_mean_grid *grid, const pb_study_slice *slices, int64_t n)
{
    int64_t n_limits = 0;
    for (int64_t i = 0; i < n; i++)
        n_limits += slices[i].n_limits;
    PB_TRY(PB_NEW(grid->slices, n));
    PB_TRY(PB_NEW(grid->limits, n_limits + 1));
    n_limits = 0;
    for (int64_t i = 0; i < n; i++) {
        grid->slices[i] = slices[i];
        grid->slices[i].limits = grid->limits + n_limits;
        for (int64_t l = 0; l < slices[i].n_limits; l++)
            grid->limits[n_limits++] = slices[i].limits[l];
    }
    return PB_STATUS_OK;
}

pb_status pb_mean_grid_new(const pb_shown_rows *view, const char *const *methods, int64_t n_methods,
                           const pb_study_slice *slices, int64_t n_slices, bool densest, pb_mean_grid *out)
{
    const int64_t n_cells = n_methods * n_slices;
    double *values = NULL;
    bool *live = NULL;
    *out = (pb_mean_grid){.view = view, .n_methods = n_methods, .n_slices = n_slices, .methods = methods};
    pb_status status = keep_slices(out, slices, n_slices);
    if (status == PB_STATUS_OK)
        status = PB_NEW_PRODUCT(values, n_cells, view->contents->n_datasets);
    if (status == PB_STATUS_OK)
        status = PB_NEW(live, n_cells);
    if (status == PB_STATUS_OK)
        status = fill(out, slices, densest, values, live);
    pb_free(values);
    pb_free(live);
    if (status != PB_STATUS_OK)
        pb_mean_grid_free(out);
    return status;
}

void pb_mean_grid_free(pb_mean_grid *grid)
{
    pb_free(grid->datasets);
    pb_free(grid->excluded);
    pb_free(grid->cell);
    pb_free(grid->value);
    pb_free(grid->slices);
    pb_free(grid->limits);
    *grid = (pb_mean_grid){0};
}
