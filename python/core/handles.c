/* Objects of the library as capsules. */
#include <string.h>

#include "core.h"

/* What each kind is called and freed by. */
static void free_features(void *pointer)
{
    pb_features_free(pointer);
}

static void free_backbone(void *pointer)
{
    pb_backbone_close(pointer);
}

static void free_references(void *pointer)
{
    pb_references_free(pointer);
}

static void free_audit(void *pointer)
{
    pb_audit_free(pointer);
}

static void free_bank(void *pointer)
{
    pb_bank_free(pointer);
}

static void free_index(void *pointer)
{
    pb_index_free(pointer);
}

static void free_experiment(void *pointer)
{
    pb_experiment_close(pointer);
}

static void free_study(void *pointer)
{
    pb_study_free(pointer);
}

static const struct {
    const char *name;
    void (*free)(void *pointer);
} kinds[CORE_N_KINDS] = {
    [CORE_FEATURES] = {"purebank.features", free_features},
    [CORE_BACKBONE] = {"purebank.backbone", free_backbone},
    [CORE_REFERENCES] = {"purebank.references", free_references},
    [CORE_AUDIT] = {"purebank.audit", free_audit},
    [CORE_BANK] = {"purebank.bank", free_bank},
    [CORE_INDEX] = {"purebank.index", free_index},
    [CORE_EXPERIMENT] = {"purebank.experiment", free_experiment},
    [CORE_STUDY] = {"purebank.study", free_study},
};

static const char expired[] = "purebank.expired";

/* The owner goes after what borrows from it. */
static void destroy(PyObject *handle)
{
    const char *name = PyCapsule_GetName(handle);
    PyObject *owner = PyCapsule_GetContext(handle);
    void *pointer = PyCapsule_GetPointer(handle, name);
    for (int kind = 0; kind < CORE_N_KINDS; kind++)
        if (name == kinds[kind].name)
            kinds[kind].free(pointer);
    Py_DecRef(owner);
}

PyObject *core_handle_new(core_kind kind, void *pointer, PyObject *owner)
{
    PyObject *handle = PyCapsule_New(pointer, kinds[kind].name, destroy);
    if (!handle) {
        kinds[kind].free(pointer);
        return NULL;
    }
    if (owner) {
        Py_IncRef(owner);
        PyCapsule_SetContext(handle, owner);
    }
    return handle;
}

void core_free(core_kind kind, void *pointer)
{
    kinds[kind].free(pointer);
}

PyObject *core_handle_lend(core_kind kind, void *pointer)
{
    return PyCapsule_New(pointer, kinds[kind].name, NULL);
}

void core_handle_expire(PyObject *handle)
{
    PyCapsule_SetName(handle, expired);
}

static int convert(PyObject *object, core_kind kind, void *out)
{
    void *pointer = NULL;
    if (PyCapsule_CheckExact(object)) {
        if (PyCapsule_IsValid(object, expired))
            core_raise("BadArgumentError",
                       "the references of a method are gone when it has returned: keep copies of what "
                       "they say (features, loo_scores())");
        else
            pointer = PyCapsule_GetPointer(object, kinds[kind].name);
    } else {
        PyErr_Format(PyExc_TypeError, "a handle of %s is needed", kinds[kind].name);
    }
    memcpy(out, &pointer, sizeof pointer);
    return pointer != NULL;
}

int core_to_features(PyObject *object, void *out)
{
    return convert(object, CORE_FEATURES, out);
}

int core_to_backbone(PyObject *object, void *out)
{
    return convert(object, CORE_BACKBONE, out);
}

int core_to_references(PyObject *object, void *out)
{
    return convert(object, CORE_REFERENCES, out);
}

int core_to_audit(PyObject *object, void *out)
{
    return convert(object, CORE_AUDIT, out);
}

int core_to_bank(PyObject *object, void *out)
{
    return convert(object, CORE_BANK, out);
}

int core_to_index(PyObject *object, void *out)
{
    return convert(object, CORE_INDEX, out);
}

int core_to_experiment(PyObject *object, void *out)
{
    return convert(object, CORE_EXPERIMENT, out);
}

int core_to_study(PyObject *object, void *out)
{
    return convert(object, CORE_STUDY, out);
}
