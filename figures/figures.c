#include "figures/figures.h"

#include <string.h>

#include "base/memory.h"
#include "figures/kinds.h"

typedef struct kind {
    const char *id, *name;
    pb_status (*draw)(const cli_view *view, cli_figure *figure); /* NULL: of several backbones */
    bool compares_clean; /* rows at the contamination of the view with those at 0 */
} kind;

static const kind kinds[CLI_N_FIGURES] = {{"fig1", "contamination", cli_draw_contamination, false},
                                          {"fig2", "categories", cli_draw_categories, false},
                                          {"fig3", "risk", cli_draw_risk, true},
                                          {"fig4", "range", cli_draw_range, false},
                                          {"fig5", "percentile", cli_draw_percentile, true},
                                          {"fig6", "references", cli_draw_references, true},
                                          {"fig7", "backbones", NULL, true},
                                          {"fig8", "benchmarks", cli_draw_benchmarks, false},
                                          {"fig9", "cd", cli_draw_ranks, false}};

const char *cli_figure_id(int i)
{
    return kinds[i].id;
}

static bool is_called(int i, const char *name, size_t length)
{
    const char *const names[] = {kinds[i].id, kinds[i].name};
    for (int k = 0; k < 2; k++)
        if (strlen(names[k]) == length && strncmp(names[k], name, length) == 0)
            return true;
    return false;
}

/* Does `only` name figure i? */
static bool is_wanted(const char *only, int i)
{
    if (!only)
        return true;
    for (const char *name = only; *name; name += strspn(name, ",")) {
        const size_t length = strcspn(name, ",");
        if (is_called(i, name, length))
            return true;
        name += length;
    }
    return false;
}

static pb_status check_only(const char *only)
{
    for (const char *name = only; name && *name; name += strspn(name, ",")) {
        const size_t length = strcspn(name, ",");
        bool found = false;
        for (int i = 0; i < CLI_N_FIGURES; i++)
            found = found || is_called(i, name, length);
        if (!found)
            return pb_fail(
                PB_STATUS_BAD_ARGUMENT,
                "--only: there is no figure '%.*s'; there are fig1 to fig9, or contamination, categories, risk, "
                "range, percentile, references, backbones, benchmarks, cd",
                (int)length, name);
        name += length;
    }
    return PB_STATUS_OK;
}

static pb_status make_all(const cli_figures_request *request, const cli_view *views, cli_figure *figures)
{
    for (int i = 0; i < CLI_N_FIGURES; i++) {
        cli_figure *figure = &figures[i];
        if (!is_wanted(request->only, i))
            continue;
        figure->id = kinds[i].id;
        figure->name = kinds[i].name;
        if (kinds[i].compares_clean && views[0].contamination == 0) {
            cli_text_add(&figure->missing,
                         "a contamination above 0 to compare clean references with (--contamination)");
            PB_TRY(figure->missing.status);
            continue;
        }
        PB_TRY(kinds[i].draw ? kinds[i].draw(&views[0], figure)
                             : cli_draw_backbones(views, request->backbones, request->n_backbones, figure));
        PB_TRY(figure->script.status);
        PB_TRY(figure->caption.status);
        PB_TRY(figure->title.status);
        PB_TRY(figure->missing.status);
    }
    return PB_STATUS_OK;
}

pb_status cli_figures_make(const cli_figures_request *request, cli_figure figures[CLI_N_FIGURES])
{
    cli_view *views;
    memset(figures, 0, CLI_N_FIGURES * sizeof *figures);
    PB_TRY(check_only(request->only));
    PB_TRY(PB_NEW(views, request->n_backbones));
    pb_status status = PB_STATUS_OK;
    for (int64_t b = 0; b < request->n_backbones && status == PB_STATUS_OK; b++)
        status = cli_view_open(request, &request->backbones[b], &views[b]);
    if (status == PB_STATUS_OK)
        status = make_all(request, views, figures);
    for (int64_t b = 0; b < request->n_backbones; b++)
        cli_view_close(&views[b]);
    pb_free(views);
    for (int i = 0; status != PB_STATUS_OK && i < CLI_N_FIGURES; i++)
        cli_figure_free(&figures[i]);
    return status;
}

/* ---- For pages ---- */

static pb_status to_svg(const cli_figure *figure, cli_svg_figure *out)
{
    cli_text svg = {0};
    out->id = figure->id;
    out->name = figure->name;
    pb_status status = cli_figure_render(figure, CLI_SVG, &svg);
    const char *element = status == PB_STATUS_OK ? strstr(cli_text_get(&svg), "<svg") : NULL;
    if (status == PB_STATUS_OK && !element)
        status = pb_fail(PB_STATUS_INTERNAL, "gnuplot's SVG has no <svg>");
    if (status == PB_STATUS_OK)
        status = PB_NEW_STRING(out->svg, element);
    if (status == PB_STATUS_OK)
        status = PB_NEW_STRING(out->title, cli_text_get(&figure->title));
    if (status == PB_STATUS_OK)
        status = PB_NEW_STRING(out->caption, cli_text_get(&figure->caption));
    cli_text_free(&svg);
    return status;
}

pb_status cli_figures_to_svg(const cli_figures_request *request, cli_svg_figure **out, int64_t *out_n)
{
    cli_figure figures[CLI_N_FIGURES];
    *out = NULL;
    *out_n = 0;
    PB_TRY(cli_figures_make(request, figures));
    pb_status status = PB_NEW(*out, CLI_N_FIGURES);
    for (int i = 0; i < CLI_N_FIGURES && status == PB_STATUS_OK; i++)
        if (figures[i].id && !figures[i].missing.size)
            status = to_svg(&figures[i], &(*out)[(*out_n)++]);
    for (int i = 0; i < CLI_N_FIGURES; i++)
        cli_figure_free(&figures[i]);
    if (status != PB_STATUS_OK) {
        cli_svg_figures_free(*out, *out_n);
        *out = NULL;
        *out_n = 0;
    }
    return status;
}

void cli_svg_figures_free(cli_svg_figure *figures, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        pb_free(figures[i].title);
        pb_free(figures[i].caption);
        pb_free(figures[i].svg);
    }
    pb_free(figures);
}
