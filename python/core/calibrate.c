/* Parts that a person knows, and the threshold that follows from them. */
#include "core.h"

static bool read_parts(const core_strings *paths, const core_strings *sha256, const core_array *scores,
                       const core_array *defects, const core_array *unusable, pb_known_part *out)
{
    if (!core_has(scores, paths->n, "scores") || !core_has(defects, paths->n, "defects") ||
        !core_has(unusable, paths->n, "unusable") || sha256->n != paths->n) {
        if (!PyErr_Occurred())
            core_raise("BadShapeError", "each part has a path and a digest or None");
        return false;
    }
    for (int64_t i = 0; i < paths->n; i++) {
        out[i].path = (char *)(uintptr_t)paths->text[i]; /* the library copies it */
        out[i].score = ((const double *)scores->data)[i];
        out[i].defect = ((const uint8_t *)defects->data)[i] != 0;
        out[i].unusable = ((const uint8_t *)unusable->data)[i] != 0;
        if (sha256->text[i])
            PyOS_snprintf(out[i].sha256, sizeof out[i].sha256, "%s", sha256->text[i]);
    }
    return true;
}

/* bank_calibrate(bank that nobody else uses, paths, digests, scores, defects, unusable, rate or 0) */
static PyObject *bank_calibrate(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    core_strings paths = {0}, sha256 = {0};
    core_array scores, defects, unusable;
    double rate;
    pb_known_part *parts = NULL;
    bool ok = core_parse(arguments, "O&O&O&O&O&O&d", core_to_bank, &bank, core_strings_in, &paths, core_strings_in,
                         &sha256, core_f64_in, &scores, core_u8_in, &defects, core_u8_in, &unusable, &rate);
    if (ok) {
        parts = PyMem_Calloc((size_t)paths.n + 1, sizeof *parts);
        ok = parts ? read_parts(&paths, &sha256, &scores, &defects, &unusable, parts) : PyErr_NoMemory() != NULL;
    }
    ok = ok && core_ok(pb_bank_calibrate(bank, parts, paths.n, rate));
    PyMem_Free(parts);
    PyMem_Free(paths.text);
    PyMem_Free(sha256.text);
    return ok ? Py_BuildValue("") : NULL;
}

/* bank_take_back(bank that nobody else uses, path or None) -> how many parts went */
static PyObject *bank_take_back(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    const char *path;
    int64_t n;
    if (!core_parse(arguments, "O&O&", core_to_bank, &bank, core_path_in, &path) ||
        !core_ok(pb_bank_take_back(bank, path, NULL, &n)))
        return NULL;
    return PyLong_FromLongLong(n);
}

/* bank_known(bank) -> list of (path, sha256, score, defect) */
static PyObject *bank_known(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    if (!core_parse(arguments, "O&", core_to_bank, &bank))
        return NULL;
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_bank_n_known(bank); i++) {
        const pb_known_part *part = pb_bank_known_at(bank, i);
        if (!core_append(list, Py_BuildValue("(NsdN)", core_path_new(part->path), part->sha256, part->score,
                                             PyBool_FromLong(part->defect)))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* bank_trade_offs(bank, confidence) -> list of (threshold, good above, caught, promised, bound) */
static PyObject *bank_trade_offs(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    double confidence;
    int64_t n;
    if (!core_parse(arguments, "O&d", core_to_bank, &bank, &confidence))
        return NULL;
    const int64_t room = pb_bank_n_known(bank);
    pb_trade_off *all = PyMem_Calloc((size_t)room + 1, sizeof *all);
    if (!all)
        return PyErr_NoMemory();
    PyObject *list = core_ok(pb_bank_trade_offs(bank, confidence, all, room, &n)) ? PyList_New(0) : NULL;
    for (int64_t i = 0; list && i < n; i++)
        if (!core_append(list, Py_BuildValue("(dLLdd)", all[i].threshold, (long long)all[i].good_above,
                                             (long long)all[i].caught, all[i].promised, all[i].bound))) {
            Py_DecRef(list);
            list = NULL;
        }
    PyMem_Free(all);
    return list;
}

PyMethodDef core_calibrate_functions[] = {
    {"bank_calibrate", bank_calibrate, METH_VARARGS, NULL},
    {"bank_take_back", bank_take_back, METH_VARARGS, NULL},
    {"bank_known", bank_known, METH_VARARGS, NULL},
    {"bank_trade_offs", bank_trade_offs, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
