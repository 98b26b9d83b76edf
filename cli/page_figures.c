#include "page_figures.h"

#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "figure_font.h"
#include "figures/figures.h"
#include "hints.h"
#include "terminal.h"

enum { MAX_SETUPS = 2 };

typedef struct drawings {
    pb_setup setup[MAX_SETUPS];
    pb_svg_figure *of_setup[MAX_SETUPS];
    int64_t n_of_setup[MAX_SETUPS];
} drawings;

static void add_figure(cli_page_figures *all, const pb_svg_figure *figure, pb_setup setup)
{
    all->figure[all->n++] = (pb_page_figure){.id = figure->id,
                                             .title = figure->title,
                                             .caption = figure->caption,
                                             .svg = figure->svg,
                                             .svg_size = strlen(figure->svg),
                                             .setup = pb_setup_name(setup)};
}

static void sort_figures(const drawings *from, cli_page_figures *all)
{
    for (int f = 0; f < PB_N_FIGURES; f++)
        for (int s = 0; s < MAX_SETUPS; s++)
            for (int64_t i = 0; i < from->n_of_setup[s]; i++)
                if (strcmp(from->of_setup[s][i].id, pb_figure_id(f)) == 0)
                    add_figure(all, &from->of_setup[s][i], from->setup[s]);
}

static pb_status draw_setup(const cli_study *study, int s, drawings *out)
{
    const pb_study_contents *contents = pb_study_get_contents(study->selected.study);
    const pb_figures_backbone backbone = {contents->origin ? contents->origin->backbone : "unnamed", &study->selected};
    out->setup[s] = contents->setups[contents->n_setups - 1 - s]; /* disjoint first */
    const pb_figures_request request = {.backbones = &backbone, .n_backbones = 1, .setup = out->setup[s]};
    if (cli_interrupted())
        return pb_fail(PB_STATUS_CANCELLED, "interrupted");
    return pb_figures_to_svg(&request, &cli_stop_if_interrupted, &out->of_setup[s], &out->n_of_setup[s]);
}

pb_status cli_page_figures_draw(const cli_study *study, cli_page_figures *out)
{
    const int64_t n_setups = pb_study_get_contents(study->selected.study)->n_setups;
    drawings *all;
    cli_warn_missing_font();
    *out = (cli_page_figures){0};
    PB_TRY(PB_NEW(all, 1));
    out->drawings = all;
    PB_TRY(PB_NEW_PRODUCT(out->figure, MAX_SETUPS, PB_N_FIGURES));
    for (int s = 0; s < n_setups && s < MAX_SETUPS; s++) {
        const pb_status status = draw_setup(study, s, all);
        if (status == PB_STATUS_OUTPUT) {
            cli_warn("the page has no figures: %s", cli_error_message());
            return PB_STATUS_OK;
        }
        PB_TRY(status);
    }
    sort_figures(all, out);
    return PB_STATUS_OK;
}

void cli_page_figures_free(cli_page_figures *figures)
{
    drawings *all = figures->drawings;
    for (int s = 0; all && s < MAX_SETUPS; s++)
        pb_svg_figures_free(all->of_setup[s], all->n_of_setup[s]);
    pb_free(all);
    pb_free(figures->figure);
    *figures = (cli_page_figures){0};
}
