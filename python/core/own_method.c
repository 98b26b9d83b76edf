/* Purification methods that are Python functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

/* ---- Exceptions on their way ---- */

/* Message -> exception. Methods run in whatever thread computes their cell, and their failure comes back as a status and a message:
 * by the message the exception is found again. */
static PyObject *pending;

/* Who passes a failure on may write about it before and behind: "bottle, seed 0: the method mine failed: ...". */
static PyObject *find_pending(const char *message)
{
    PyObject *key, *error;
    Py_ssize_t place = 0;
    while (pending && PyDict_Next(pending, &place, &key, &error)) {
        PyObject *bytes = PyUnicode_AsUTF8String(key);
        const bool found = bytes && strstr(message, PyBytes_AsString(bytes));
        Py_DecRef(bytes);
        if (found)
            return error;
    }
    return NULL;
}

bool core_raise_pending(const char *message)
{
    PyObject *error = find_pending(message);
    if (!error)
        return false;
    Py_IncRef(error);
    PyDict_Clear(pending); /* with those of other threads of the call, of which only the first is told */
    PyObject *noted = PyObject_CallMethod(error, "add_note", "s", message); /* from Python 3.11 on */
    Py_DecRef(noted);
    PyErr_Clear();
    PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_DecRef(error);
    return true;
}

/* "the method mine failed: ValueError: no such thing" */
static void describe(PyObject *error, const char *method, char *out, size_t size)
{
    PyObject *type = PyObject_GetAttrString((PyObject *)Py_TYPE(error), "__name__"), *value = PyObject_Str(error);
    PyObject *text = type && value ? PyUnicode_FromFormat("%U: %U", type, value) : NULL;
    PyObject *bytes = text ? PyUnicode_AsEncodedString(text, "utf-8", "replace") : NULL;
    snprintf(out, size, "the method %s failed: %s", method, bytes ? PyBytes_AsString(bytes) : "an exception");
    PyErr_Clear();
    Py_DecRef(bytes);
    Py_DecRef(text);
    Py_DecRef(value);
    Py_DecRef(type);
}

pb_status core_keep_pending(const char *method)
{
    char message[800];
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (trace)
        PyException_SetTraceback(error, trace);
    describe(error, method, message, sizeof message);
    (void)pb_error_set(PB_STATUS_BAD_ARGUMENT, message);
    if (!pending)
        pending = PyDict_New();
    if (!pending || PyDict_SetItemString(pending, pb_error_message(), error) < 0)
        PyErr_Clear(); /* then the message alone has to do */
    Py_DecRef(type);
    Py_DecRef(error);
    Py_DecRef(trace);
    return PB_STATUS_BAD_ARGUMENT;
}

/* ---- Running ---- */

typedef struct own_method {
    char name[32];
    PyObject *run; /* (references handle, n_images, n_patches, options) -> array of bytes, 1 = stays */
} own_method;

static PyObject *options_new(const pb_purify_options *options, int64_t n_images)
{
    PyObject *truth = options->contaminated ? PyBytes_FromStringAndSize((const char *)options->contaminated, n_images)
                                            : Py_BuildValue("");
    return Py_BuildValue("(ddLN)", options->percentile, options->contamination, (long long)options->seed, truth);
}

static bool take_mask(PyObject *answer, pb_patch_mask *mask)
{
    core_array keep;
    const int64_t n = mask->n_images * mask->n_patches;
    if (!answer || !core_u8_in(answer, &keep) || !core_has(&keep, n, "the mask of patches to keep"))
        return false;
    memcpy(mask->keep, keep.data, (size_t)n);
    return true;
}

/* A pb_purify_fn: called without the GIL, in any thread. */
static pb_status run_own_method(void *context, pb_references *references, const pb_purify_options *options,
                                pb_patch_mask *mask)
{
    const own_method *method = context;
    pb_status status = PB_STATUS_OK;
    const PyGILState_STATE state = PyGILState_Ensure();
    if (PyErr_Occurred()) { /* the thread is on its way out of the call: nothing more may run there */
        PyGILState_Release(state);
        return PB_STATUS_CANCELLED;
    }
    PyObject *handle = core_handle_lend(CORE_REFERENCES, references);
    PyObject *told = handle ? options_new(options, mask->n_images) : NULL;
    PyObject *answer = told ? PyObject_CallFunction(method->run, "OLLO", handle, (long long)mask->n_images,
                                                    (long long)mask->n_patches, told)
                            : NULL;
    if (handle)
        core_handle_expire(handle);
    if (!take_mask(answer, mask))
        status = core_keep_pending(method->name);
    Py_DecRef(answer);
    Py_DecRef(told);
    Py_DecRef(handle);
    PyGILState_Release(state);
    return status;
}

/* register_method(name, label, summary, family, needs, takes, run) */
static PyObject *register_method(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_method method = {.size = sizeof method, .kind = PB_METHOD_PURIFICATION};
    int family;
    PyObject *run;
    if (!core_parse(arguments, "szsiIIO", &method.name, &method.label, &method.summary, &family, &method.needs,
                    &method.takes, &run))
        return NULL;
    own_method *own = calloc(1, sizeof *own); /* methods are registered for good */
    if (!own)
        return PyErr_NoMemory();
    method.family = (pb_method_family)family;
    snprintf(own->name, sizeof own->name, "%s", method.name);
    own->run = run;
    if (!core_ok(pb_purify_register(&method, run_own_method, own))) {
        free(own);
        return NULL;
    }
    Py_IncRef(run);
    return Py_BuildValue("");
}

/* purify(references, name, percentile, contamination, seed, contaminated or None, keep, progress) */
static PyObject *purify(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_references *references;
    const char *name;
    pb_purify_options options = PB_PURIFY_OPTIONS_INIT;
    core_array contaminated, keep;
    PyObject *progress;
    long long seed;
    if (!core_parse(arguments, "O&sddLO&O&O", core_to_references, &references, &name, &options.percentile,
                    &options.contamination, &seed, core_u8_in, &contaminated, core_u8_out, &keep, &progress))
        return NULL;
    const pb_features *features = pb_references_features(references);
    const int64_t n_images = pb_features_n_images(features), n_patches = pb_features_n_patches(features);
    if ((contaminated.data && !core_has(&contaminated, n_images, "contaminated")) ||
        !core_has(&keep, n_images * n_patches, "keep"))
        return NULL;
    options.seed = seed;
    options.contaminated = contaminated.data;
    core_call call;
    pb_patch_mask mask = {0};
    core_begin(&call, progress);
    const pb_status status = pb_purify(references, name, &options, &mask);
    if (status == PB_STATUS_OK)
        memcpy(keep.data, mask.keep, (size_t)keep.n);
    pb_patch_mask_free(&mask);
    return core_end(&call, status) ? Py_BuildValue("") : NULL;
}

PyMethodDef core_purify_functions[] = {
    {"register_method", register_method, METH_VARARGS, NULL},
    {"purify", purify, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
