/* purebank report: one page with all tables and figures of a study. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "figures/figures.h"
#include "hints.h"
#include "studies.h"
#include "terminal.h"

enum { MAX_SETUPS = 2 };

/* The figures of each setup; free with free_drawings(). */
typedef struct drawings {
    pb_setup setup[MAX_SETUPS];
    cli_svg_figure *of_setup[MAX_SETUPS];
    int64_t n_of_setup[MAX_SETUPS];
    pb_page_figure *figure;
    int64_t n;
} drawings;

static void free_drawings(drawings *all)
{
    for (int s = 0; s < MAX_SETUPS; s++)
        cli_svg_figures_free(all->of_setup[s], all->n_of_setup[s]);
    pb_free(all->figure);
}

static void add_figure(drawings *all, const cli_svg_figure *figure, pb_setup setup)
{
    all->figure[all->n++] = (pb_page_figure){.id = figure->id,
                                             .title = figure->title,
                                             .caption = figure->caption,
                                             .svg = figure->svg,
                                             .svg_size = strlen(figure->svg),
                                             .setup = pb_setup_name(setup)};
}

/* A figure of one setup beside that of the other. */
static void sort_figures(drawings *all)
{
    for (int f = 0; f < CLI_N_FIGURES; f++)
        for (int s = 0; s < MAX_SETUPS; s++)
            for (int64_t i = 0; i < all->n_of_setup[s]; i++)
                if (strcmp(all->of_setup[s][i].id, cli_figure_id(f)) == 0)
                    add_figure(all, &all->of_setup[s][i], all->setup[s]);
}

/* What the page shows needs gnuplot, and the tables do not: without it the page has no figures, and that is said. */
static pb_status draw(const cli_settings *settings, const cli_study *study, drawings *all)
{
    const pb_study_contents *contents = pb_study_get_contents(study->study);
    const cli_backbone backbone = {contents->origin ? contents->origin->backbone : "unnamed", study->study};
    PB_TRY(PB_NEW(all->figure, MAX_SETUPS * CLI_N_FIGURES));
    for (int s = 0; s < contents->n_setups && s < MAX_SETUPS; s++) {
        all->setup[s] = contents->setups[contents->n_setups - 1 - s]; /* disjoint first */
        const cli_figures_request request = {
            .backbones = &backbone, .n_backbones = 1, .setup = all->setup[s], .contamination = settings->contamination};
        if (cli_interrupted())
            return pb_fail(PB_STATUS_CANCELLED, "interrupted");
        const pb_status status = cli_figures_to_svg(&request, &all->of_setup[s], &all->n_of_setup[s]);
        if (status == PB_STATUS_OUTPUT) {
            cli_warn("the page has no figures: %s", cli_error_message());
            return PB_STATUS_OK;
        }
        PB_TRY(status);
    }
    sort_figures(all);
    return PB_STATUS_OK;
}

static pb_status write_page(const cli_settings *settings, const cli_study *study)
{
    drawings all = {0};
    pb_status status = draw(settings, study, &all);
    const pb_study_page page = {.study = study->study,
                                .tables = &study->tables,
                                .figures = all.figure,
                                .n_figures = all.n,
                                .sources = settings->arguments,
                                .n_sources = settings->n_arguments};
    if (status == PB_STATUS_OK)
        status = pb_report_study(&page, settings->output);
    if (status == PB_STATUS_OK) {
        cli_study_say_missing(study);
        cli_say("%lld tables and %lld figures: %s", (long long)study->tables.n, (long long)all.n,
                cli_path(settings->output));
    }
    free_drawings(&all);
    return status;
}

int cli_report(const cli_settings *settings)
{
    cli_study study;
    if (!settings->output)
        return cli_usage_error("report needs a file to write: -o FILE.html");
    pb_status status = cli_study_open(settings, true, &study);
    if (status != PB_STATUS_OK)
        return cli_fail(status);
    cli_study_say(&study);
    status = write_page(settings, &study);
    cli_study_free(&study);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
