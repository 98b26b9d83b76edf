/* Data sets and feature caches. */
#include <string.h>

#include "core.h"

/* ---- Data sets ---- */

static PyObject *paths_new(const pb_paths *paths)
{
    return core_paths_new(paths->path, paths->n);
}

static PyObject *masks_new(const pb_testset *set)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_testset_n_images(set); i++)
        if (!core_append(list, paths_new(pb_testset_masks_at(set, i)))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

static PyObject *photos_new(const pb_testset *set)
{
    const char *const *paths = pb_testset_paths(set);
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_testset_n_images(set); i++)
        if (!core_append(list, core_path_new(paths[i]))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

static PyObject *kinds_new(const pb_testset *set)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_testset_n_images(set); i++)
        if (!core_append(list, core_path_new(pb_testset_kind_at(set, i)))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

static PyObject *labels_new(const uint8_t *labels, int64_t n)
{
    return PyBytes_FromStringAndSize((const char *)labels, n);
}

/* (name, folder, layout, training paths, test paths, labels, kinds, masks, notes) */
static PyObject *category_new(const pb_category *c)
{
    const pb_testset *test = pb_category_test(c);
    const int64_t n = pb_testset_n_images(test);
    return Py_BuildValue("(NNsNNNNNN)", core_path_new(pb_category_name(c)), core_path_new(pb_category_folder(c)),
                         pb_layout_name(pb_category_layout(c)), paths_new(pb_category_train(c)), photos_new(test),
                         labels_new(pb_testset_labels(test), n), kinds_new(test), masks_new(test),
                         paths_new(pb_category_notes(c)));
}

/* dataset_open(root, selection or None) -> (list of categories, notes) */
static PyObject *dataset_open(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *root, *selection;
    pb_dataset *dataset = NULL;
    core_call call;
    if (!core_parse(arguments, "yz", &root, &selection))
        return NULL;
    core_begin(&call, NULL);
    bool ok = core_end(&call, pb_dataset_open(root, selection, &dataset));
    PyObject *list = ok ? PyList_New(0) : NULL;
    for (int64_t i = 0; ok && i < pb_dataset_n_categories(dataset); i++)
        ok = core_append(list, category_new(pb_dataset_category_at(dataset, i)));
    PyObject *result = ok ? Py_BuildValue("(ON)", list, paths_new(pb_dataset_notes(dataset))) : NULL;
    Py_DecRef(list);
    pb_dataset_free(dataset);
    return result;
}

/* ---- Reading caches ---- */

static PyObject *cache_new(const pb_cache *c)
{
    const pb_paths *test = pb_cache_paths(c, PB_CACHE_TEST);
    return Py_BuildValue("{s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N}", "folder", core_path_new(pb_cache_folder(c)),
                         "category", core_path_new(pb_cache_category(c)), "described",
                         PyBool_FromLong(pb_cache_is_described(c)), "half", PyBool_FromLong(pb_cache_is_half(c)),
                         "origin", core_origin_new(pb_cache_origin(c)), "has_train",
                         PyBool_FromLong(pb_cache_has_part(c, PB_CACHE_TRAIN)), "has_test",
                         PyBool_FromLong(pb_cache_has_part(c, PB_CACHE_TEST)), "train_paths",
                         paths_new(pb_cache_paths(c, PB_CACHE_TRAIN)), "test_paths", paths_new(test), "labels",
                         labels_new(pb_cache_labels(c), test->n));
}

/* cache_open(folder) -> dict */
static PyObject *cache_open(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *folder;
    pb_cache *cache = NULL;
    core_call call;
    if (!core_parse(arguments, "y", &folder))
        return NULL;
    core_begin(&call, NULL);
    PyObject *result = core_end(&call, pb_cache_open(folder, &cache)) ? cache_new(cache) : NULL;
    pb_cache_free(cache);
    return result;
}

/* cache_load(folder, test?) -> handle of features */
static PyObject *cache_load(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *folder;
    int test;
    pb_cache *cache = NULL;
    pb_features *features = NULL;
    core_call call;
    if (!core_parse(arguments, "yp", &folder, &test))
        return NULL;
    core_begin(&call, NULL);
    pb_status status = pb_cache_open(folder, &cache);
    if (status == PB_STATUS_OK)
        status = pb_cache_load(cache, test ? PB_CACHE_TEST : PB_CACHE_TRAIN, &features);
    pb_cache_free(cache);
    return core_end_new(&call, status, CORE_FEATURES, features, NULL);
}

/* cache_list(root) -> (folders, those that are not finished) */
static PyObject *cache_list(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *root;
    pb_paths folders = {0}, unfinished = {0};
    core_call call;
    if (!core_parse(arguments, "y", &root))
        return NULL;
    core_begin(&call, NULL);
    PyObject *result = core_end(&call, pb_cache_list(root, &folders, &unfinished))
                           ? Py_BuildValue("(NN)", paths_new(&folders), paths_new(&unfinished))
                           : NULL;
    pb_paths_free(&folders);
    pb_paths_free(&unfinished);
    return result;
}

/* cache_check(folder) -> (problems, notes) */
static PyObject *cache_check(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *folder;
    pb_cache_findings findings = {0};
    core_call call;
    if (!core_parse(arguments, "y", &folder))
        return NULL;
    core_begin(&call, NULL);
    PyObject *result = core_end(&call, pb_cache_check(folder, &findings))
                           ? Py_BuildValue("(NN)", paths_new(&findings.problems), paths_new(&findings.notes))
                           : NULL;
    pb_paths_free(&findings.problems);
    pb_paths_free(&findings.notes);
    return result;
}

/* ---- Writing caches ---- */

static pb_status write_all(const char *output, const pb_dataset *dataset, pb_backbone *backbone,
                           const pb_cache_options *options)
{
    pb_cache_writer *writer;
    pb_status status = pb_cache_writer_open(output, dataset, backbone, options, &writer);
    if (status != PB_STATUS_OK)
        return status;
    for (int64_t i = 0; i < pb_dataset_n_categories(dataset) && status == PB_STATUS_OK; i++)
        status = pb_cache_writer_run(writer, i, &core_progress);
    pb_cache_writer_close(writer);
    return status;
}

/* cache_write(data set's root, selection or None, output, backbone, half, force, progress) */
static PyObject *cache_write(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *root, *selection, *output;
    pb_backbone *backbone;
    int half, force;
    PyObject *progress;
    pb_cache_options options = PB_CACHE_OPTIONS_INIT;
    pb_dataset *dataset = NULL;
    core_call call;
    if (!core_parse(arguments, "yzyO&ppO", &root, &selection, &output, core_to_backbone, &backbone, &half, &force,
                    &progress))
        return NULL;
    options.half = half != 0;
    options.force = force != 0;
    core_begin(&call, progress);
    pb_status status = pb_dataset_open(root, selection, &dataset);
    if (status == PB_STATUS_OK)
        status = write_all(output, dataset, backbone, &options);
    pb_dataset_free(dataset);
    return core_end(&call, status) ? Py_BuildValue("") : NULL;
}

PyMethodDef core_cache_functions[] = {
    {"dataset_open", dataset_open, METH_VARARGS, NULL},
    {"cache_open", cache_open, METH_VARARGS, NULL},
    {"cache_load", cache_load, METH_VARARGS, NULL},
    {"cache_list", cache_list, METH_VARARGS, NULL},
    {"cache_check", cache_check, METH_VARARGS, NULL},
    {"cache_write", cache_write, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
