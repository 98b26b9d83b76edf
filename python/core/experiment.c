/* The runs of the studies. */
#include "core.h"

/* runs() -> list of (name, summary, file, categories, limits, contamination, seeds, methods, percentiles, ks) */
static PyObject *runs(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    int64_t n;
    const pb_experiment_run *const *all = pb_experiment_runs(&n);
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < n; i++)
        if (!core_append(list, Py_BuildValue("(ssszsszzzz)", all[i]->name, all[i]->summary, all[i]->file,
                                             all[i]->categories, all[i]->limits, all[i]->contamination, all[i]->seeds,
                                             all[i]->methods, all[i]->percentiles, all[i]->ks))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

/* The arguments of experiment_open(), in their order. */
typedef struct open_arguments {
    const char *run, *output;
    core_strings names, folders;
    pb_experiment_options options;
} open_arguments;

static bool read_open(PyObject *arguments, open_arguments *out)
{
    pb_experiment_options *o = &out->options;
    int debug, force;
    long long shard, n_shards, memory;
    if (!core_parse(arguments, "sO&O&yzzzzzzzzLLLppz", &out->run, core_strings_in, &out->names, core_strings_in,
                    &out->folders, &out->output, &o->categories, &o->setup, &o->limits, &o->contamination, &o->seeds,
                    &o->methods, &o->percentiles, &o->ks, &shard, &n_shards, &memory, &debug, &force, &o->auditor))
        return false;
    o->shard = shard;
    o->n_shards = n_shards;
    o->memory = memory;
    o->debug = debug != 0;
    o->force = force != 0;
    if (out->names.n == out->folders.n)
        return true;
    core_raise("BadShapeError", "each folder of caches has a name or None");
    return false;
}

/* experiment_open(run, names, folders, output, categories, setup, limits, contamination, seeds, methods, percentiles, ks, shard,
 * n_shards, memory, debug, force, auditor) -> handle */
static PyObject *experiment_open(PyObject *self, PyObject *arguments)
{
    (void)self;
    open_arguments a = {.options = PB_EXPERIMENT_OPTIONS_INIT};
    PyObject *handle = NULL;
    pb_experiment_caches *caches = NULL;
    if (read_open(arguments, &a)) {
        caches = PyMem_Calloc((size_t)a.names.n + 1, sizeof *caches);
        if (!caches)
            PyErr_NoMemory();
    }
    if (caches) {
        pb_experiment *experiment = NULL;
        core_call call;
        for (int64_t i = 0; i < a.names.n; i++)
            caches[i] = (pb_experiment_caches){a.names.text[i], a.folders.text[i]};
        core_begin(&call, NULL);
        const pb_status status = pb_experiment_open(a.run, caches, a.names.n, a.output, &a.options, &experiment);
        handle = core_end_new(&call, status, CORE_EXPERIMENT, experiment, NULL);
    }
    PyMem_Free(caches);
    PyMem_Free(a.names.text);
    PyMem_Free(a.folders.text);
    return handle;
}

static PyObject *categories_new(const pb_experiment *experiment)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_experiment_get_plan(experiment)->n_categories; i++) {
        const pb_experiment_category *c = pb_experiment_category_at(experiment, i);
        if (!core_append(list,
                         Py_BuildValue("(NLLLLL)", core_path_new(c->name), (long long)c->n_cells, (long long)c->n_done,
                                       (long long)c->n_train, (long long)c->n_test, (long long)c->n_defect))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* experiment_plan(handle) -> dict */
static PyObject *experiment_plan(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_experiment *experiment;
    if (!core_parse(arguments, "O&", core_to_experiment, &experiment))
        return NULL;
    const pb_experiment_plan *p = pb_experiment_get_plan(experiment);
    return Py_BuildValue("{s:N,s:s,s:L,s:L,s:L,s:L,s:d,s:L,s:L,s:N}", "file", core_path_new(p->file), "setup",
                         p->both_setups ? "both" : pb_setup_name(p->setup), "n_cells", (long long)p->n_cells, "n_done",
                         (long long)p->n_done, "n_blocks", (long long)p->n_blocks, "n_blocks_left",
                         (long long)p->n_blocks_left, "products", p->products, "memory", (long long)p->memory,
                         "memory_limit", (long long)p->memory_limit, "categories", categories_new(experiment));
}

static pb_status compute(pb_experiment *experiment)
{
    pb_experiment_watch watch = PB_EXPERIMENT_WATCH_INIT;
    watch.progress = core_progress;
    return pb_experiment_compute(experiment, &watch);
}

/* experiment_compute(handle, progress) */
static PyObject *experiment_compute(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_experiment *experiment;
    PyObject *progress;
    core_call call;
    if (!core_parse(arguments, "O&O", core_to_experiment, &experiment, &progress))
        return NULL;
    core_begin(&call, progress);
    return core_end(&call, compute(experiment)) ? Py_BuildValue("") : NULL;
}

/* results_merge(paths, key or None, output) -> (rows written, rows repeated) */
static PyObject *results_merge(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_strings paths = {0};
    const char *key, *output;
    pb_results_merged merged = {0};
    bool ok = core_parse(arguments, "O&zy", core_strings_in, &paths, &key, &output);
    if (ok) {
        core_call call;
        core_begin(&call, NULL);
        ok = core_end(&call, pb_results_merge(paths.text, paths.n, key, output, &merged));
    }
    PyMem_Free(paths.text);
    return ok ? Py_BuildValue("(LL)", (long long)merged.n_rows, (long long)merged.n_repeated) : NULL;
}

static PyObject *differences_new(const pb_results_comparison *c)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < c->n_differences; i++) {
        const pb_results_difference *d = &c->difference[i];
        if (!core_append(list, Py_BuildValue("(NNNNd)", core_text_new(d->key), core_text_new(d->column),
                                             core_text_new(d->a), core_text_new(d->b), d->distance))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* results_compare(a, b, key or None, tolerance) -> dict */
static PyObject *results_compare(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *a, *b, *key;
    double tolerance;
    pb_results_comparison c = {0};
    core_call call;
    if (!core_parse(arguments, "yyzd", &a, &b, &key, &tolerance))
        return NULL;
    core_begin(&call, NULL);
    PyObject *result = NULL;
    if (core_end(&call, pb_results_compare(a, b, key, tolerance, &c)))
        result =
            Py_BuildValue("{s:L,s:L,s:L,s:L,s:L,s:N}", "n_common", (long long)c.n_common, "n_only_a",
                          (long long)c.n_only_a, "n_only_b", (long long)c.n_only_b, "n_values", (long long)c.n_values,
                          "n_empty", (long long)c.n_empty, "differences", differences_new(&c));
    pb_results_comparison_free(&c);
    return result;
}

PyMethodDef core_experiment_functions[] = {
    {"runs", runs, METH_NOARGS, NULL},
    {"experiment_open", experiment_open, METH_VARARGS, NULL},
    {"experiment_plan", experiment_plan, METH_VARARGS, NULL},
    {"experiment_compute", experiment_compute, METH_VARARGS, NULL},
    {"results_merge", results_merge, METH_VARARGS, NULL},
    {"results_compare", results_compare, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
