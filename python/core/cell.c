/* One cell of the studies, opened up (cell.h). */
#include "core.h"

static PyObject *bytes_new(const void *data, int64_t n_bytes)
{
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)n_bytes);
}

static PyObject *references_of(const pb_cell_view *view)
{
    const int64_t n_patches = pb_cell_view_n_patches(view);
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_cell_view_n_references(view); i++) {
        const pb_cell_reference *r = pb_cell_view_reference_at(view, i);
        if (!core_append(list,
                         Py_BuildValue("(NiiLdN)", core_path_new(r->path), (int)r->from_test, (int)r->contaminated,
                                       (long long)r->index, r->score, core_doubles_new(r->loo, n_patches)))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

static PyObject *tests_of(const pb_cell_view *view)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_cell_view_n_test(view); i++) {
        const pb_cell_image *image = pb_cell_view_test_at(view, i);
        if (!core_append(list, Py_BuildValue("(NLi)", core_path_new(image->path), (long long)image->index,
                                             (int)image->defect))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

static PyObject *methods_of(const pb_cell_view *view)
{
    const int64_t n_patches = pb_cell_view_n_patches(view), n_test = pb_cell_view_n_test(view),
                  n_references = pb_cell_view_n_references(view);
    PyObject *list = PyList_New(0);
    for (int64_t m = 0; list && m < pb_cell_view_n_methods(view); m++) {
        const pb_cell_method *method = pb_cell_view_method_at(view, m);
        if (!core_append(list,
                         Py_BuildValue("(sdNLNNd)", method->name, method->multiplier,
                                       bytes_new(method->keep, n_references * n_patches), (long long)method->n_removed,
                                       core_doubles_new(method->patch_scores, n_test * n_patches),
                                       core_doubles_new(method->image_scores, n_test), method->auroc))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

static PyObject *view_new(const pb_cell_view *view)
{
    return Py_BuildValue("(NNNNNd)", core_path_new(pb_cell_view_category(view)),
                         core_origin_new(pb_cell_view_origin(view)), references_of(view), tests_of(view),
                         methods_of(view), pb_cell_view_clean_auroc(view));
}

/* Begun and ended without the GIL. */
static PyObject *compute(const char *root, const char *category, const pb_cell_options *options, PyObject *progress)
{
    pb_cell_caches *caches = NULL;
    pb_cell_view *view = NULL;
    PyObject *result = NULL;
    core_call call;
    core_begin(&call, progress);
    pb_status status = pb_cell_caches_open(root, category, &caches);
    const int64_t n = status == PB_STATUS_OK ? pb_cell_caches_n(caches) : 0;
    if (n == 1)
        status = pb_cell_view_compute(caches, 0, options, &core_progress, &view);
    if (core_end(&call, status)) {
        if (n == 1)
            result = view_new(view);
        else
            core_raise("BadArgumentError", "'%s' names %lld categories: a cell is of one", category, (long long)n);
    }
    pb_cell_view_free(view);
    pb_cell_caches_close(caches);
    return result;
}

/* cell(root, category, setup, seed, N, c, K, q, methods, memory, progress) -> (category, origin, [(path, from_test, contaminated, index,
 * score, loo)], [(path, index, defect)], [(name, multiplier, keep, removed, patch scores, image scores, auroc)], clean auroc) */
static PyObject *cell(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_cell_options options = PB_CELL_OPTIONS_INIT;
    const char *root, *category, *setup, *methods;
    long long seed, n_references, k, memory;
    PyObject *progress;
    if (!core_parse(arguments, "yysLLdLdsLO", &root, &category, &setup, &seed, &n_references, &options.contamination,
                    &k, &options.percentile, &methods, &memory, &progress) ||
        !core_ok(pb_setup_parse(setup, &options.setup)))
        return NULL;
    options.seed = seed;
    options.n_references = n_references;
    options.k = k;
    options.methods = methods;
    options.memory = memory;
    return compute(root, category, &options, progress);
}

PyMethodDef core_cell_functions[] = {
    {"cell", cell, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
