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
    if (!core_parse(arguments, "OL", &owner, &k) || !core_to_features(owner, &features))
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
    if (!core_parse(arguments, "O&", core_to_references, &references))
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
    if (!core_parse(arguments, "O&iO&O", core_to_references, &references, &metric, core_f64_out, &out, &progress) ||
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
    if (!core_parse(arguments, "O&O&O", core_to_references, &references, core_f64_out, &out, &progress) ||
        !has_patches(&out, references))
        return NULL;
    core_begin(&call, progress);
    const pb_status status = pb_references_mahalanobis_scores(references, &scores);
    return copy_scores(&call, status, &out, scores);
}

/* ---- Audits ---- */

/* audit_run(references, rule, multiplier, contamination, seed, photos or None, progress) -> handle */
static PyObject *audit_run(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_references *references;
    const char *rule;
    pb_audit_options options = PB_AUDIT_OPTIONS_INIT;
    long long seed;
    core_array photos;
    PyObject *progress;
    pb_audit *audit = NULL;
    core_call call;
    if (!core_parse(arguments, "O&sddLO&O", core_to_references, &references, &rule, &options.multiplier,
                    &options.contamination, &seed, core_photos_in, &photos, &progress) ||
        (photos.data && !core_has(&photos, pb_features_n_images(pb_references_features(references)), "photos")))
        return NULL;
    options.seed = seed;
    core_begin(&call, progress);
    pb_status status = pb_audit_run(references, rule, &options, &audit);
    if (status == PB_STATUS_OK && photos.data) {
        status = pb_audit_photos(audit, references, photos.data);
        if (status != PB_STATUS_OK)
            pb_audit_free(audit);
    }
    return core_end_new(&call, status, CORE_AUDIT, audit, NULL);
}

static PyObject *audit_images(const pb_audit *audit)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; i < pb_audit_n_images(audit); i++) {
        const pb_audit_image *image = pb_audit_image_at(audit, i);
        if (!core_append(list,
                         Py_BuildValue("(ddLiiss)", image->score, image->mean, (long long)image->rank,
                                       (int)image->flagged, (int)image->decision, image->reason, image->stands_out))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* audit_info(handle) -> (rule, multiplier, limit, [(score, mean, rank, flagged, decision, reason, stands out)]) */
static PyObject *audit_info(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_audit *audit;
    if (!core_parse(arguments, "O&", core_to_audit, &audit))
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
    if (!core_parse(arguments, "O&Ls", core_to_audit, &audit, &i, &name) ||
        !core_ok(pb_decision_parse(name, &decision)) || !core_ok(pb_audit_decide(audit, i, decision)))
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
    if (!core_parse(arguments, "O&O&L", core_to_audit, &audit, core_u8_in, &contaminated, &top) ||
        !core_has(&contaminated, pb_audit_n_images(audit), "contaminated"))
        return NULL;
    return PyLong_FromLongLong(pb_audit_found(audit, contaminated.data, top));
}

/* The arguments of audit_report(), in their order. */
typedef struct report_arguments {
    pb_audit *audit;
    pb_references *references;
    core_strings paths, sha256, decisions;
    PyObject *bank_handle;
    pb_bank *bank;
    const char *file;
} report_arguments;

static bool read_report(PyObject *arguments, report_arguments *out)
{
    if (!core_parse(arguments, "O&O&O&O&OO&y", core_to_audit, &out->audit, core_to_references, &out->references,
                    core_strings_in, &out->paths, core_strings_in, &out->sha256, &out->bank_handle, core_strings_in,
                    &out->decisions, &out->file) ||
        (out->bank_handle != Py_None && !core_to_bank(out->bank_handle, &out->bank)))
        return false;
    const int64_t n = pb_audit_n_images(out->audit);
    if (out->paths.n == n && (!out->sha256.text || out->sha256.n == n) && out->decisions.n <= 1)
        return true;
    core_raise("BadShapeError", "%lld paths and %lld digests for %lld references", (long long)out->paths.n,
               (long long)out->sha256.n, (long long)n);
    return false;
}

static pb_status report(const report_arguments *a)
{
    pb_audit_report content = PB_AUDIT_REPORT_INIT;
    pb_recall recall = {0};
    pb_status status = PB_STATUS_OK;
    content.audit = a->audit;
    content.references = a->references;
    content.paths = a->paths.text;
    content.sha256 = a->sha256.text;
    content.bank = a->bank;
    if (a->decisions.n == 1) {
        status = pb_decisions_recall(a->decisions.text[0], a->paths.text, a->sha256.text, a->paths.n, &recall);
        content.recall = &recall;
    }
    if (status == PB_STATUS_OK)
        status = pb_report_audit(&content, a->file);
    pb_recall_free(&recall);
    return status;
}

/* audit_report(audit, references, paths, digests or None, bank or None, [decisions file] or None, file) */
static PyObject *audit_report(PyObject *self, PyObject *arguments)
{
    (void)self;
    report_arguments a = {0};
    core_call call;
    bool ok = read_report(arguments, &a);
    if (ok) {
        core_begin(&call, NULL);
        ok = core_end(&call, report(&a));
    }
    PyMem_Free(a.paths.text);
    PyMem_Free(a.sha256.text);
    PyMem_Free(a.decisions.text);
    return ok ? Py_BuildValue("") : NULL;
}

/* ---- What there is ---- */

/* methods(kind) -> list of (name, label, summary, family, needs, takes, multiplier) */
static PyObject *methods(PyObject *self, PyObject *arguments)
{
    (void)self;
    int kind;
    int64_t n;
    if (!core_parse(arguments, "i", &kind))
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
    {"audit_found", audit_found, METH_VARARGS, NULL},
    {"audit_report", audit_report, METH_VARARGS, NULL},
    {"methods", methods, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
