#include "figures/figures.h"

#include <string.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/words.h"
#include "figures/figure_kinds.h"

typedef struct kind {
    const char *id, *name, *summary;
    pb_status (*draw)(const pb_shown_rows *view, pb_figure *figure);
    bool compares_clean; /* rows at the contamination of the view with those at 0 */
} kind;

static const kind kinds[PB_N_FIGURES] = {
#define FIGURE(id, name, compares_clean, summary) {#id, #name, summary, pb_figure_of_##name, compares_clean},
#include "figures/all_figures.def"
#undef FIGURE
};

const char *pb_figure_id(int i)
{
    return kinds[i].id;
}

const char *pb_figure_name(int i)
{
    return kinds[i].name;
}

const char *pb_figure_summary(int i)
{
    return kinds[i].summary;
}

static bool is_called(int i, pb_item name)
{
    return pb_item_is(name, kinds[i].id) || pb_item_is(name, kinds[i].name);
}

/* Does `only` name figure i? */
static bool is_wanted(const char *only, int i)
{
    pb_item name;
    if (!only)
        return true;
    while (pb_item_next(&only, &name))
        if (is_called(i, name))
            return true;
    return false;
}

static pb_status check_only(const char *only)
{
    pb_item name;
    while (only && pb_item_next(&only, &name)) {
        bool found = false;
        char known[256] = "";
        for (int i = 0; i < PB_N_FIGURES; i++) {
            found = found || is_called(i, name);
            pb_words_list(known, sizeof known, kinds[i].name);
        }
        if (!found)
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no figure '%.*s'; there are %s to %s, or %s",
                           (int)name.length, name.text, kinds[0].id, kinds[PB_N_FIGURES - 1].id, known);
    }
    return PB_STATUS_OK;
}

static pb_status make_all(const pb_figures_request *request, const pb_shown_rows *views, pb_figure *figures)
{
    for (int i = 0; i < PB_N_FIGURES; i++) {
        pb_figure *figure = &figures[i];
        if (!is_wanted(request->only, i))
            continue;
        figure->id = kinds[i].id;
        figure->name = kinds[i].name;
        if (kinds[i].compares_clean && views[0].focus.slice.contamination == 0) {
            pb_text_add(&figure->missing, "a contamination above 0 to compare clean references with");
            PB_TRY(figure->missing.status);
            continue;
        }
        PB_TRY(kinds[i].draw(&views[0], figure));
        PB_TRY(figure->script.status);
        PB_TRY(figure->caption.status);
        PB_TRY(figure->title.status);
        PB_TRY(figure->missing.status);
    }
    return PB_STATUS_OK;
}

pb_status pb_figures_make(const pb_figures_request *request, pb_figure figures[PB_N_FIGURES])
{
    pb_shown_rows *views;
    memset(figures, 0, PB_N_FIGURES * sizeof *figures);
    PB_TRY(check_only(request->only));
    PB_TRY(PB_NEW(views, request->n_backbones));
    pb_status status = PB_STATUS_OK;
    for (int64_t b = 0; b < request->n_backbones && status == PB_STATUS_OK; b++)
        status = pb_shown_rows_open(request, &request->backbones[b], &views[b]);
    if (status == PB_STATUS_OK)
        status = make_all(request, views, figures);
    for (int64_t b = 0; b < request->n_backbones; b++)
        pb_shown_rows_close(&views[b]);
    pb_free(views);
    for (int i = 0; status != PB_STATUS_OK && i < PB_N_FIGURES; i++)
        pb_figure_free(&figures[i]);
    return status;
}

/* ---- For pages ---- */

static pb_status to_svg(const pb_figure *figure, const pb_progress *progress, pb_svg_figure *out)
{
    pb_text svg = {0};
    out->id = figure->id;
    out->name = figure->name;
    pb_status status = pb_figure_render(figure, PB_FIGURE_SVG, progress, &svg);
    const char *element = status == PB_STATUS_OK ? strstr(pb_text_get(&svg), "<svg") : NULL;
    if (status == PB_STATUS_OK && !element)
        status = pb_fail(PB_STATUS_INTERNAL, "gnuplot's SVG has no <svg>");
    if (status == PB_STATUS_OK)
        status = PB_NEW_STRING(out->svg, element);
    if (status == PB_STATUS_OK)
        status = PB_NEW_STRING(out->title, pb_text_get(&figure->title));
    if (status == PB_STATUS_OK)
        status = PB_NEW_STRING(out->caption, pb_text_get(&figure->caption));
    pb_text_free(&svg);
    return status;
}

pb_status pb_figures_to_svg(const pb_figures_request *request, const pb_progress *progress, pb_svg_figure **out,
                            int64_t *out_n)
{
    pb_figure figures[PB_N_FIGURES];
    *out = NULL;
    *out_n = 0;
    PB_TRY(pb_figures_make(request, figures));
    pb_status status = PB_NEW(*out, PB_N_FIGURES);
    for (int i = 0; i < PB_N_FIGURES && status == PB_STATUS_OK; i++)
        if (figures[i].id && !figures[i].missing.size)
            status = to_svg(&figures[i], progress, &(*out)[(*out_n)++]);
    for (int i = 0; i < PB_N_FIGURES; i++)
        pb_figure_free(&figures[i]);
    if (status != PB_STATUS_OK) {
        pb_svg_figures_free(*out, *out_n);
        *out = NULL;
        *out_n = 0;
    }
    return status;
}

void pb_svg_figures_free(pb_svg_figure *figures, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        pb_free(figures[i].title);
        pb_free(figures[i].caption);
        pb_free(figures[i].svg);
    }
    pb_free(figures);
}
