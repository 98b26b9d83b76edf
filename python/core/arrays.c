/* Memory of NumPy arrays, by the array interface (https://numpy.org/doc/stable/reference/arrays.interface.html, version 3). */
#include <string.h>

#include "core.h"

static PyObject *interface_item(PyObject *interface, const char *key)
{
    PyObject *item = PyDict_GetItemString(interface, key);
    if (!item)
        PyErr_Format(PyExc_TypeError, "the array interface has no %s", key);
    return item;
}

static bool read_shape(PyObject *shape, core_array *out)
{
    const Py_ssize_t n = PyTuple_Check(shape) ? PyTuple_Size(shape) : -1;
    if (n < 0) {
        PyErr_SetString(PyExc_TypeError, "the array interface gives no tuple of sizes");
        return false;
    }
    if (n > CORE_MAX_DIMENSIONS) {
        core_raise("BadShapeError", "an array has at most %d dimensions here", CORE_MAX_DIMENSIONS);
        return false;
    }
    out->n_dimensions = (int)n;
    out->n = 1;
    for (Py_ssize_t i = 0; i < n; i++) {
        out->shape[i] = PyLong_AsLongLong(PyTuple_GetItem(shape, i));
        if (out->shape[i] < 0 || __builtin_mul_overflow(out->n, out->shape[i], &out->n)) {
            if (!PyErr_Occurred())
                core_raise("BadShapeError", "an array's shape is out of range");
            return false;
        }
    }
    return true;
}

/* ("data": (address, read-only)) */
static bool read_data(PyObject *data, bool writable, core_array *out)
{
    if (!PyTuple_Check(data) || PyTuple_Size(data) != 2) {
        PyErr_SetString(PyExc_TypeError, "the array interface gives no address");
        return false;
    }
    const int read_only = PyObject_IsTrue(PyTuple_GetItem(data, 1));
    if (read_only < 0)
        return false;
    if (writable && read_only) {
        core_raise("BadArgumentError", "the array to write to is read-only");
        return false;
    }
    out->data = PyLong_AsVoidPtr(PyTuple_GetItem(data, 0));
    return !PyErr_Occurred();
}

static bool check_type(PyObject *type, const char *wanted)
{
    if (PyUnicode_Check(type) && PyUnicode_CompareWithASCIIString(type, wanted) == 0)
        return true;
    PyErr_Format(PyExc_TypeError, "an array of type %s is needed, not %S", wanted, type);
    return false;
}

static bool check_order(PyObject *interface)
{
    PyObject *strides = PyDict_GetItemString(interface, "strides");
    if (!strides || strides == Py_None)
        return true;
    core_raise("BadArgumentError", "the array is not C-contiguous");
    return false;
}

static bool read_interface(PyObject *interface, const char *type, bool writable, core_array *out)
{
    PyObject *typestr = interface_item(interface, "typestr");
    PyObject *shape = typestr ? interface_item(interface, "shape") : NULL;
    PyObject *data = shape ? interface_item(interface, "data") : NULL;
    return data && check_type(typestr, type) && check_order(interface) && read_shape(shape, out) &&
           read_data(data, writable, out);
}

static int read_array(PyObject *object, const char *type, bool writable, void *out)
{
    core_array *array = out;
    memset(array, 0, sizeof *array);
    if (object == Py_None)
        return 1;
    PyObject *interface = PyObject_GetAttrString(object, "__array_interface__");
    if (!interface)
        return 0;
    bool ok = PyDict_Check(interface);
    if (!ok)
        PyErr_SetString(PyExc_TypeError, "the array interface is no dictionary");
    ok = ok && read_interface(interface, type, writable, array);
    Py_DecRef(interface);
    return ok;
}

int core_f32_in(PyObject *object, void *out)
{
    return read_array(object, "<f4", false, out);
}

int core_f64_in(PyObject *object, void *out)
{
    return read_array(object, "<f8", false, out);
}

int core_f64_out(PyObject *object, void *out)
{
    return read_array(object, "<f8", true, out);
}

int core_i64_in(PyObject *object, void *out)
{
    return read_array(object, "<i8", false, out);
}

int core_i64_out(PyObject *object, void *out)
{
    return read_array(object, "<i8", true, out);
}

int core_i32_in(PyObject *object, void *out)
{
    return read_array(object, "<i4", false, out);
}

int core_u8_in(PyObject *object, void *out)
{
    return read_array(object, "|u1", false, out);
}

int core_u8_out(PyObject *object, void *out)
{
    return read_array(object, "|u1", true, out);
}

static int read_photos(PyObject *object, bool writable, void *out)
{
    char type[32];
    PyOS_snprintf(type, sizeof type, "|V%d", (int)sizeof(pb_photo));
    return read_array(object, type, writable, out);
}

int core_photos_in(PyObject *object, void *out)
{
    return read_photos(object, false, out);
}

int core_photos_out(PyObject *object, void *out)
{
    return read_photos(object, true, out);
}

bool core_has(const core_array *array, int64_t n, const char *name)
{
    if (array->n == n && array->data)
        return true;
    core_raise("BadShapeError", "%s must have %lld elements, not %lld", name, (long long)n, (long long)array->n);
    return false;
}

int core_path_in(PyObject *object, void *out)
{
    char *path = NULL;
    if (object != Py_None && PyBytes_AsStringAndSize(object, &path, NULL) < 0) /* refuses a NUL inside */
        return 0;
    *(const char **)out = path;
    return 1;
}

int core_strings_in(PyObject *object, void *out)
{
    core_strings *strings = out;
    if (object == Py_None)
        return 1;
    const Py_ssize_t n = PyList_Check(object) ? PyList_Size(object) : -1;
    if (n < 0) {
        PyErr_SetString(PyExc_TypeError, "a list of bytes is needed");
        return 0;
    }
    strings->text = PyMem_Calloc((size_t)n + 1, sizeof *strings->text);
    if (!strings->text) {
        PyErr_NoMemory();
        return 0;
    }
    strings->n = n;
    for (Py_ssize_t i = 0; i < n; i++) {
        char *text;
        PyObject *item = PyList_GetItem(object, i);
        if (item == Py_None)
            continue;
        if (PyBytes_AsStringAndSize(item, &text, NULL) < 0) /* refuses a NUL inside */
            return 0;
        strings->text[i] = text;
    }
    return 1;
}
