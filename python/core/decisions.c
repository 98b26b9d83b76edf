/* What a person has decided about references: decisions.json, as the page of an audit saves it. */
#include "core.h"

/* The names of references, for core_parse(): paths and digests, which may be None. */
typedef struct named {
    const char *file;
    core_strings paths, sha256;
} named;

static void named_free(named *n)
{
    PyMem_Free(n->paths.text);
    PyMem_Free(n->sha256.text);
}

static bool named_fit(const named *n)
{
    if (!n->sha256.text || n->sha256.n == n->paths.n)
        return true;
    core_raise("BadShapeError", "each reference has a digest, or none has");
    return false;
}

/* decisions_load(file, paths, digests or None) -> list of numbers */
static PyObject *decisions_load(PyObject *self, PyObject *arguments)
{
    (void)self;
    named n = {0};
    PyObject *list = NULL;
    pb_decision *decisions = NULL;
    if (core_parse(arguments, "yO&O&", &n.file, core_strings_in, &n.paths, core_strings_in, &n.sha256) &&
        named_fit(&n)) {
        decisions = PyMem_Calloc((size_t)n.paths.n + 1, sizeof *decisions);
        if (!decisions)
            PyErr_NoMemory();
        else if (core_ok(pb_decisions_load(n.file, n.paths.text, n.sha256.text, n.paths.n, decisions)))
            list = PyList_New(0);
    }
    for (int64_t i = 0; list && i < n.paths.n; i++)
        if (!core_append(list, PyLong_FromLong((long)decisions[i]))) {
            Py_DecRef(list);
            list = NULL;
        }
    PyMem_Free(decisions);
    named_free(&n);
    return list;
}

static PyObject *recalled_new(const pb_recall *recall)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < recall->n_images; i++)
        if (!core_append(list, Py_BuildValue("(ii)", (int)recall->images[i].kind, (int)recall->images[i].decision))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

/* decisions_recall(file, paths, digests or None, audit or None: it takes them over) -> ([(kind, decision)], paths that are gone) */
static PyObject *decisions_recall(PyObject *self, PyObject *arguments)
{
    (void)self;
    named n = {0};
    PyObject *audit_handle, *result = NULL;
    pb_audit *audit = NULL;
    pb_recall recall = {0};
    if (core_parse(arguments, "yO&O&O", &n.file, core_strings_in, &n.paths, core_strings_in, &n.sha256,
                   &audit_handle) &&
        named_fit(&n) && (audit_handle == Py_None || core_to_audit(audit_handle, &audit)) &&
        core_ok(pb_decisions_recall(n.file, n.paths.text, n.sha256.text, n.paths.n, &recall)) &&
        (!audit || core_ok(pb_recall_apply(&recall, audit))))
        result = Py_BuildValue("(NN)", recalled_new(&recall), core_paths_new(recall.gone, recall.n_gone));
    pb_recall_free(&recall);
    named_free(&n);
    return result;
}

PyMethodDef core_decisions_functions[] = {
    {"decisions_load", decisions_load, METH_VARARGS, NULL},
    {"decisions_recall", decisions_recall, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
