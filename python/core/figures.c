/* The studies' figures, where the package is built with Cairo: the one file that sees more than the public headers, since what draws
 * is no part of libpurebank. */
#include <string.h>

#include "core.h"
#include "figures/figures.h"

/* The arguments of study_figures(), in their order. */
typedef struct figures_arguments {
    pb_study *study;
    const char *label, *only;
    pb_setup setup;
    pb_study_selection selection;
    core_strings formats;
} figures_arguments;

static bool read_arguments(PyObject *arguments, figures_arguments *out)
{
    const char *setup;
    pb_study_selection *selection = &out->selection;
    if (!core_parse(arguments, "O&ssdzzO&", core_to_study, &out->study, &out->label, &setup, &selection->contamination,
                    &selection->methods, &out->only, core_strings_in, &out->formats))
        return false;
    selection->has_contamination = selection->contamination >= 0;
    selection->setup = &out->setup;
    return core_ok(pb_setup_parse(setup, &out->setup));
}

static bool find_format(const char *name, pb_figure_format *out)
{
    for (int f = 0; f < PB_N_FIGURE_FORMATS; f++)
        if (strcmp(pb_figure_format_name((pb_figure_format)f), name) == 0) {
            *out = (pb_figure_format)f;
            return true;
        }
    core_raise("BadArgumentError", "figures are pdf, svg or png, not %s", name);
    return false;
}

static PyObject *render(const pb_figure *figure, const char *name)
{
    pb_figure_format format;
    pb_text bytes = {0};
    core_call call;
    if (!find_format(name, &format))
        return NULL;
    core_begin(&call, NULL);
    PyObject *result = core_end(&call, pb_figure_render(figure, format, &core_progress, &bytes))
                           ? PyBytes_FromStringAndSize(bytes.bytes, (Py_ssize_t)bytes.size)
                           : NULL;
    pb_text_free(&bytes);
    return result;
}

/* (id, name, title, caption, what is missing, [bytes of each format]) */
static PyObject *figure_new(const pb_figure *figure, const core_strings *formats)
{
    PyObject *files = PyList_New(0);
    for (int64_t f = 0; files && figure->missing.size == 0 && f < formats->n; f++)
        if (!core_append(files, render(figure, formats->text[f]))) {
            Py_DecRef(files);
            return NULL;
        }
    return Py_BuildValue("(ssNNNN)", figure->id, figure->name, core_text_new(pb_text_get(&figure->title)),
                         core_text_new(pb_text_get(&figure->caption)), core_text_new(pb_text_get(&figure->missing)),
                         files);
}

static PyObject *draw(const figures_arguments *a, const pb_study_selected *selected)
{
    const pb_figures_backbone backbone = {a->label, selected};
    const pb_figures_request request = {&backbone, 1, a->setup, a->only};
    pb_figure figures[PB_N_FIGURES];
    if (!core_ok(pb_figures_make(&request, figures)))
        return NULL;
    PyObject *list = PyList_New(0);
    for (int i = 0; i < PB_N_FIGURES; i++) {
        if (list && figures[i].id && !core_append(list, figure_new(&figures[i], &a->formats))) {
            Py_DecRef(list);
            list = NULL;
        }
        pb_figure_free(&figures[i]);
    }
    return list;
}

/* study_figures(study, label of the backbone, setup, c or NaN, methods or None, only or None, formats) -> list */
static PyObject *study_figures(PyObject *self, PyObject *arguments)
{
    (void)self;
    figures_arguments a = {.selection = PB_STUDY_SELECTION_INIT};
    pb_study_selected selected = {0};
    PyObject *list = NULL;
    if (read_arguments(arguments, &a) && core_ok(pb_study_select(a.study, &a.selection, &selected)))
        list = draw(&a, &selected);
    pb_study_selected_free(&selected);
    PyMem_Free(a.formats.text);
    return list;
}

PyMethodDef core_figures_functions[] = {
    {"study_figures", study_figures, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
