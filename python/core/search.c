/* The exact search alone, and the metrics. */
#include <math.h>
#include <string.h>

#include "core.h"

/* index_new(rows (n, dim) float32, metric) -> handle that holds the rows */
static PyObject *index_new(PyObject *self, PyObject *arguments)
{
    (void)self;
    PyObject *owner;
    core_array rows;
    int metric;
    pb_index *index = NULL;
    core_call call;
    if (!core_parse(arguments, "Oi", &owner, &metric) || !core_f32_in(owner, &rows))
        return NULL;
    if (rows.n_dimensions != 2) {
        core_raise("BadShapeError", "rows to search have two dimensions");
        return NULL;
    }
    core_begin(&call, NULL);
    const pb_status status = pb_index_new(rows.data, rows.shape[0], rows.shape[1], (pb_metric)metric, &index);
    return core_end_new(&call, status, CORE_INDEX, index, owner);
}

/* index_search(index, n rows, dim, queries (n, dim), distances to fill (n, k), indices to fill (n, k)); the index does not tell its
 * own dim, so the caller does */
static PyObject *index_search(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_index *index;
    long long dim;
    core_array queries, distances, indices;
    core_call call;
    if (!core_parse(arguments, "O&LO&O&O&", core_to_index, &index, &dim, core_f32_in, &queries, core_f64_out,
                    &distances, core_i64_out, &indices))
        return NULL;
    if (queries.n_dimensions != 2 || queries.shape[1] != dim || distances.n_dimensions != 2 ||
        distances.shape[0] != queries.shape[0] || !core_has(&indices, distances.n, "indices")) {
        if (!PyErr_Occurred())
            core_raise("BadShapeError", "queries, distances and indices must fit together");
        return NULL;
    }
    core_begin(&call, NULL);
    return core_end(&call, pb_index_search(index, queries.data, queries.shape[0], distances.shape[1], distances.data,
                                           indices.data))
               ? Py_BuildValue("")
               : NULL;
}

/* coreset(rows (n, dim), indices to fill, progress) */
static PyObject *coreset(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array rows, selected;
    PyObject *progress;
    core_call call;
    if (!core_parse(arguments, "O&O&O", core_f32_in, &rows, core_i64_out, &selected, &progress))
        return NULL;
    if (rows.n_dimensions != 2 || selected.n > rows.shape[0]) {
        core_raise("BadShapeError", "rows have two dimensions, and no more of them are selected than there are");
        return NULL;
    }
    core_begin(&call, progress);
    return core_end(&call, pb_coreset_select(rows.data, rows.shape[0], rows.shape[1], selected.n, &core_progress,
                                             selected.data))
               ? Py_BuildValue("")
               : NULL;
}

/* ---- Metrics ---- */

/* detection(scores, labels) -> {name: value} of the metrics of detection_metrics.def */
static PyObject *detection(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array scores, labels;
    pb_detection_metrics m = {0};
    core_call call;
    if (!core_parse(arguments, "O&O&", core_f64_in, &scores, core_u8_in, &labels) ||
        !core_has(&labels, scores.n, "labels"))
        return NULL;
    core_begin(&call, NULL);
    if (!core_end(&call, pb_metrics_detection(scores.data, labels.data, scores.n, &m)))
        return NULL;
    PyObject *values = PyDict_New();
    bool ok = true;
#define PB_METRIC(member, ...) ok = ok && core_put(values, #member, PyFloat_FromDouble(m.member));
#include <purebank/detection_metrics.def>
#undef PB_METRIC
    if (ok)
        return values;
    Py_DecRef(values);
    return NULL;
}

static PyObject *auroc(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array scores, labels;
    double value = 0;
    core_call call;
    if (!core_parse(arguments, "O&O&", core_f64_in, &scores, core_u8_in, &labels) ||
        !core_has(&labels, scores.n, "labels"))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_metrics_auroc(scores.data, labels.data, scores.n, &value)) ? PyFloat_FromDouble(value)
                                                                                         : NULL;
}

/* roc(scores, labels) -> bytes of (fpr, tpr, threshold) */
static PyObject *roc(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array scores, labels;
    pb_roc_point *points = NULL;
    int64_t n = 0;
    core_call call;
    if (!core_parse(arguments, "O&O&", core_f64_in, &scores, core_u8_in, &labels) ||
        !core_has(&labels, scores.n, "labels"))
        return NULL;
    core_begin(&call, NULL);
    const bool ok = core_end(&call, pb_metrics_roc(scores.data, labels.data, scores.n, &points, &n));
    PyObject *bytes = ok ? core_doubles_new(&points->fpr, 3 * n) : NULL;
    pb_buffer_free(points);
    return bytes;
}

static PyObject *percentile(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array values;
    double q, value;
    if (!core_parse(arguments, "O&d", core_f64_in, &values, &q) ||
        !core_ok(pb_percentile(values.data, values.n, q, &value)))
        return NULL;
    return PyFloat_FromDouble(value);
}

/* image_scores(rule, patch scores (n, patches), scores to fill) */
static PyObject *image_scores(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *name;
    pb_image_score rule;
    core_array patch_scores, out;
    if (!core_parse(arguments, "sO&O&", &name, core_f64_in, &patch_scores, core_f64_out, &out) ||
        !core_ok(pb_image_score_parse(name, &rule)))
        return NULL;
    if (patch_scores.n_dimensions != 2 || !core_has(&out, patch_scores.shape[0], "scores")) {
        if (!PyErr_Occurred())
            core_raise("BadShapeError", "patch scores have two dimensions here");
        return NULL;
    }
    const int64_t n_patches = patch_scores.shape[1];
    for (int64_t i = 0; i < patch_scores.shape[0]; i++)
        if (!core_ok(pb_image_score_of(rule, (const double *)patch_scores.data + i * n_patches, n_patches,
                                       (double *)out.data + i)))
            return NULL;
    return Py_BuildValue("");
}

/* The mask of a photo; all zero for None. */
static bool read_mask(PyObject *object, core_array *out)
{
    if (!core_u8_in(object, out))
        return false;
    if (!out->data || (out->n_dimensions == 2 && out->shape[0] <= INT32_MAX && out->shape[1] <= INT32_MAX))
        return true;
    core_raise("BadShapeError", "a mask has the dimensions height, width");
    return false;
}

/* [(mask, enough, is share)] of the image that was added last */
static bool add_regions(pb_pixel_metrics *metrics, PyObject *regions)
{
    for (Py_ssize_t i = 0; i < PyList_Size(regions); i++) {
        PyObject *mask_array;
        core_array mask;
        double enough;
        int is_share;
        core_call call;
        if (!core_parse(PyList_GetItem(regions, i), "Odp", &mask_array, &enough, &is_share) ||
            !read_mask(mask_array, &mask))
            return false;
        core_begin(&call, NULL);
        if (!core_end(&call, pb_pixel_metrics_add_region(metrics, mask.data, (int32_t)mask.shape[1],
                                                         (int32_t)mask.shape[0], enough, is_share != 0)))
            return false;
    }
    return true;
}

/* Masks (height, width) uint8 or None, and lists of regions, one an image. */
static bool add_images(pb_pixel_metrics *metrics, const core_array *maps, PyObject *masks, PyObject *regions)
{
    const int64_t cells = maps->shape[1] * maps->shape[2];
    for (int64_t i = 0; i < maps->shape[0]; i++) {
        core_array mask;
        core_call call;
        if (!read_mask(PyList_GetItem(masks, i), &mask))
            return false;
        core_begin(&call, NULL);
        const pb_status status =
            pb_pixel_metrics_add(metrics, (const double *)maps->data + i * cells, (int32_t)maps->shape[1],
                                 (int32_t)maps->shape[2], mask.data, (int32_t)mask.shape[1], (int32_t)mask.shape[0]);
        if (!core_end(&call, status) || !add_regions(metrics, PyList_GetItem(regions, i)))
            return false;
    }
    return true;
}

static bool is_list_of(PyObject *list, int64_t n)
{
    return PyList_Check(list) && PyList_Size(list) == n;
}

/* {name: value} by pixel_figures.def; NaN where there are none of the regions that a figure is about */
static PyObject *pixel_figures(const pb_pixel_figures *found)
{
    PyObject *values = PyDict_New();
    bool ok = values != NULL;
#define PB_PIXEL_FIGURE(member, id, regions, ...)                                                                      \
    ok = ok && core_put(values, #member, PyFloat_FromDouble(found->regions > 0 ? found->member : (double)NAN));
#define PB_PIXEL_COUNT(member) ok = ok && core_put(values, #member, PyLong_FromLongLong(found->member));
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
    if (ok)
        return values;
    Py_DecRef(values);
    return NULL;
}

/* pixel(maps (n, rows, columns), list of n masks or None, list of n lists of (mask, enough, is share)) -> {name: value} of the figures
 * of pixel_figures.def */
static PyObject *pixel(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array maps;
    PyObject *masks, *regions;
    pb_pixel_metrics *metrics;
    pb_pixel_figures found = {0};
    if (!core_parse(arguments, "O&OO", core_f64_in, &maps, &masks, &regions))
        return NULL;
    if (maps.n_dimensions != 3 || maps.shape[1] > INT32_MAX || maps.shape[2] > INT32_MAX ||
        !is_list_of(masks, maps.shape[0]) || !is_list_of(regions, maps.shape[0])) {
        core_raise("BadShapeError",
                   "maps have the dimensions images, rows, columns, and each has a mask or None, and regions");
        return NULL;
    }
    if (!core_ok(pb_pixel_metrics_new(&metrics)))
        return NULL;
    bool ok = add_images(metrics, &maps, masks, regions);
    if (ok) {
        core_call call;
        core_begin(&call, NULL);
        ok = core_end(&call, pb_pixel_metrics_result(metrics, &found));
    }
    pb_pixel_metrics_free(metrics);
    return ok ? pixel_figures(&found) : NULL;
}

PyMethodDef core_search_functions[] = {
    {"index_new", index_new, METH_VARARGS, NULL},   {"index_search", index_search, METH_VARARGS, NULL},
    {"coreset", coreset, METH_VARARGS, NULL},       {"detection", detection, METH_VARARGS, NULL},
    {"auroc", auroc, METH_VARARGS, NULL},           {"roc", roc, METH_VARARGS, NULL},
    {"percentile", percentile, METH_VARARGS, NULL}, {"image_scores", image_scores, METH_VARARGS, NULL},
    {"pixel", pixel, METH_VARARGS, NULL},           {NULL, NULL, 0, NULL},
};
