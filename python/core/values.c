/* What the library hands out, as Python objects. */
#include <stddef.h>
#include <string.h>

#include "core.h"

PyObject *core_path_new(const char *path)
{
    return path ? PyUnicode_DecodeFSDefault(path) : Py_BuildValue("");
}

PyObject *core_text_new(const char *text)
{
    return text ? PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace") : Py_BuildValue("");
}

bool core_append(PyObject *list, PyObject *item)
{
    const bool ok = list && item && PyList_Append(list, item) == 0;
    Py_DecRef(item);
    return ok;
}

bool core_put(PyObject *dictionary, const char *key, PyObject *item)
{
    const bool ok = dictionary && item && PyDict_SetItemString(dictionary, key, item) == 0;
    Py_DecRef(item);
    return ok;
}

static PyObject *list_new(const char *const *texts, int64_t n, PyObject *(*make)(const char *text))
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < n; i++)
        if (!core_append(list, make(texts[i]))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

PyObject *core_paths_new(char *const *paths, int64_t n)
{
    return list_new((const char *const *)paths, n, core_path_new);
}

PyObject *core_texts_new(const char *const *texts, int64_t n)
{
    return list_new(texts, n, core_text_new);
}

PyObject *core_doubles_new(const double *values, int64_t n)
{
    return PyBytes_FromStringAndSize((const char *)values, (Py_ssize_t)((size_t)n * sizeof *values));
}

/* A member that is not carried here would be lost on the way. */
_Static_assert(sizeof(pb_origin) == offsetof(pb_origin, photo_height) + sizeof(int32_t),
               "pb_origin has new members: they belong into both functions, and into Origin of _features.py");

PyObject *core_origin_new(const pb_origin *origin)
{
    return Py_BuildValue("(sssssiiiiLiiNiiiii)", origin->backbone, origin->weights_hash, origin->layer,
                         origin->precision, origin->preprocessing, origin->input_height, origin->input_width,
                         origin->grid_height, origin->grid_width, (long long)origin->dim, (int)origin->fit,
                         origin->resize_side, PyBool_FromLong(origin->is_upright), origin->sample_bits, origin->tile,
                         origin->overlap, origin->photo_width, origin->photo_height);
}

/* @param size of the member, with the NUL */
static bool copy_text(char *out, size_t size, const char *text, const char *name)
{
    if (strlen(text) < size) {
        memcpy(out, text, strlen(text) + 1);
        return true;
    }
    core_raise("BadArgumentError", "an origin's %s may have at most %d bytes", name, (int)size - 1);
    return false;
}

int core_to_origin(PyObject *object, void *out)
{
    pb_origin *origin = out;
    const char *backbone, *hash, *layer, *precision, *preprocessing;
    int fit, is_upright;
    long long dim;
    memset(origin, 0, sizeof *origin);
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "an origin is a tuple here");
        return 0;
    }
    if (!core_parse(object, "sssssiiiiLiipiiiii", &backbone, &hash, &layer, &precision, &preprocessing,
                    &origin->input_height, &origin->input_width, &origin->grid_height, &origin->grid_width, &dim, &fit,
                    &origin->resize_side, &is_upright, &origin->sample_bits, &origin->tile, &origin->overlap,
                    &origin->photo_width, &origin->photo_height))
        return 0;
    origin->is_upright = is_upright != 0;
    origin->dim = dim;
    origin->fit = (pb_fit)fit;
    return copy_text(origin->backbone, sizeof origin->backbone, backbone, "backbone") &&
           copy_text(origin->weights_hash, sizeof origin->weights_hash, hash, "weights_hash") &&
           copy_text(origin->layer, sizeof origin->layer, layer, "layer") &&
           copy_text(origin->precision, sizeof origin->precision, precision, "precision") &&
           copy_text(origin->preprocessing, sizeof origin->preprocessing, preprocessing, "preprocessing");
}
