/* References and audits. */
#include "core.h"

/* references_new(features, k) -> handle that holds the features */
static PyObject *references_new(PyObject *self, PyObject *arguments)
{
    (void)self;
    PyObject *owner;
    pb_features *features;
    pb_references *references = NULL;
    long long k;
    core_call call;
    if (!PyArg_ParseTuple(arguments, "OL", &owner, &k) || !core_to_features(owner, &features))
        return NULL;
    core_begin(&call, NULL);
    const pb_status status = pb_references_new(features, k, &core_progress, &references);
    return core_end_new(&call, status, CORE_REFERENCES, references, owner);
}

/* references_info(handle) -> (k, features as of features_info()) */
static PyObject *references_info(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_references *references;
    if (!PyArg_ParseTuple(arguments, "O&", core_to_references, &references))
        return NULL;
    const pb_features *features = pb_references_features(references);
    return Py_BuildValue("(LNLiiL)", (long long)pb_references_k(references),
                         PyLong_FromVoidPtr((void *)(uintptr_t)pb_features_data(features)),
                         (long long)pb_features_n_images(features), pb_features_grid_height(features),
                         pb_features_grid_width(features), (long long)pb_features_dim(features));
}

static PyObject *copy_scores(core_call *call, pb_status status, const core_array *out, const double *scores)
{
    if (!core_end(call, status))
        return NULL;
    for (int64_t i = 0; i < out->n; i++)
        ((double *)out->data)[i] = scores[i];
    return Py_BuildValue("");
}

static bool has_patches(const core_array *scores, const pb_references *references)
{
    const pb_features *features = pb_references_features(references);
    return core_has(scores, pb_features_n_images(features) * pb_features_n_patches(features), "scores");
}

/* references_loo_scores(handle, metric, scores to fill, progress) */
static PyObject *references_loo_scores(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_references *references;
    core_array out;
    int metric;
    PyObject *progress;
    const double *scores = NULL;
    core_call call;
    if (!PyArg_ParseTuple(arguments, "O&iO&O", core_to_references, &references, &metric, core_f64_out, &out,
                          &progress) ||
        !has_patches(&out, references))
        return NULL;
    core_begin(&call, progress);
    const pb_status status = pb_references_loo_scores(references, (pb_metric)metric, &scores);
    return copy_scores(&call, status, &out, scores);
}

/* references_mahalanobis_scores(handle, scores to fill, progress) */
static PyObject *references_mahalanobis_scores(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_references *references;
    core_array out;
    PyObject *progress;
    const double *scores = NULL;
    core_call call;
    if (!PyArg_ParseTuple(arguments, "O&O&O", core_to_references, &references, core_f64_out, &out, &progress) ||
        !has_patches(&out, references))
        return NULL;
    core_begin(&call, progress);
    const pb_status status = pb_references_mahalanobis_scores(references, &scores);
    return copy_scores(&call, status, &out, scores);
}

/* ---- Audits ---- */

/* audit_run(references, rule, multiplier, contamination, seed, progress) -> handle */
static PyObject *audit_run(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_references *references;
    const char *rule;
    pb_audit_options options = PB_AUDIT_OPTIONS_INIT;
    long long seed;
    PyObject *progress;
    pb_audit *audit = NULL;
    core_call call;
    if (!PyArg_ParseTuple(arguments, "O&sddLO", core_to_references, &references, &rule, &options.multiplier,
                          &options.contamination, &seed, &progress))
        return NULL;
    options.seed = seed;
    core_begin(&call, progress);
    const pb_status status = pb_audit_run(references, rule, &options, &audit);
    return core_end_new(&call, status, CORE_AUDIT, audit, NULL);
}

static PyObject *audit_images(const pb_audit *audit)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; i < pb_audit_n_images(audit); i++) {
        const pb_audit_image *image = pb_audit_image_at(audit, i);
        if (!core_append(list, Py_BuildValue("(ddLiis)", image->score, image->mean, (long long)image->rank,
                                             (int)image->flagged, (int)image->decision, image->reason))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* audit_info(handle) -> (rule, multiplier, limit, [(score, mean, rank, flagged, decision, reason)]) */
static PyObject *audit_info(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_audit *audit;
    if (!PyArg_ParseTuple(arguments, "O&", core_to_audit, &audit))
        return NULL;
    return Py_BuildValue("(sddN)", pb_audit_rule(audit), pb_audit_multiplier(audit), pb_audit_limit(audit),
                         audit_images(audit));
}

/* audit_decide(handle, i, "keep") */
static PyObject *audit_decide(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_audit *audit;
    long long i;
    const char *name;
    pb_decision decision;
    if (!PyArg_ParseTuple(arguments, "O&Ls", core_to_audit, &audit, &i, &name) ||
        !core_ok(pb_decision_parse(name, &decision)) || !core_ok(pb_audit_decide(audit, i, decision)))
        return NULL;
    return Py_BuildValue("");
}

/* audit_flag(handle, i, reason) */
static PyObject *audit_flag(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_audit *audit;
    long long i;
    const char *reason;
    if (!PyArg_ParseTuple(arguments, "O&Ls", core_to_audit, &audit, &i, &reason) ||
        !core_ok(pb_audit_flag(audit, i, reason)))
        return NULL;
    return Py_BuildValue("");
}

/* audit_found(handle, contaminated, top) -> int */
static PyObject *audit_found(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_audit *audit;
    core_array contaminated;
    long long top;
    if (!PyArg_ParseTuple(arguments, "O&O&L", core_to_audit, &audit, core_u8_in, &contaminated, &top) ||
        !core_has(&contaminated, pb_audit_n_images(audit), "contaminated"))
        return NULL;
    return PyLong_FromLongLong(pb_audit_found(audit, contaminated.data, top));
}

/* audit_report(audit, references, paths, bank or None, file) */
static PyObject *audit_report(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_audit_report content = PB_AUDIT_REPORT_INIT;
    pb_audit *audit;
    pb_references *references;
    core_strings paths = {0};
    const char *file;
    PyObject *bank_handle;
    pb_bank *bank = NULL;
    core_call call;
    bool ok = PyArg_ParseTuple(arguments, "O&O&O&Oy", core_to_audit, &audit, core_to_references, &references,
                               core_strings_in, &paths, &bank_handle, &file);
    if (ok && paths.n != pb_audit_n_images(audit)) {
        PyErr_Format(PyExc_ValueError, "%lld paths for %lld references", (long long)paths.n,
                     (long long)pb_audit_n_images(audit));
        ok = false;
    }
    ok = ok && (bank_handle == Py_None || core_to_bank(bank_handle, &bank));
    if (ok) {
        content.audit = audit;
        content.references = references;
        content.paths = paths.text;
        content.bank = bank;
        core_begin(&call, NULL);
        ok = core_end(&call, pb_report_audit(&content, file));
    }
    PyMem_Free(paths.text);
    return ok ? Py_BuildValue("") : NULL;
}

/* ---- What there is ---- */

/* methods(kind) -> list of (name, label, summary, family, needs, takes, multiplier) */
static PyObject *methods(PyObject *self, PyObject *arguments)
{
    (void)self;
    int kind;
    int64_t n;
    if (!PyArg_ParseTuple(arguments, "i", &kind))
        return NULL;
    const pb_method *const *all = pb_methods((pb_method_kind)kind, &n);
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; i < n; i++)
        if (!core_append(list, Py_BuildValue("(sssiIId)", all[i]->name, all[i]->label, all[i]->summary,
                                             (int)all[i]->family, all[i]->needs, all[i]->takes, all[i]->multiplier))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

PyMethodDef core_references_functions[] = {
    {"references_new", references_new, METH_VARARGS, NULL},
    {"references_info", references_info, METH_VARARGS, NULL},
    {"references_loo_scores", references_loo_scores, METH_VARARGS, NULL},
    {"references_mahalanobis_scores", references_mahalanobis_scores, METH_VARARGS, NULL},
    {"audit_run", audit_run, METH_VARARGS, NULL},
    {"audit_info", audit_info, METH_VARARGS, NULL},
    {"audit_decide", audit_decide, METH_VARARGS, NULL},
    {"audit_flag", audit_flag, METH_VARARGS, NULL},
    {"audit_found", audit_found, METH_VARARGS, NULL},
    {"audit_report", audit_report, METH_VARARGS, NULL},
    {"methods", methods, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
