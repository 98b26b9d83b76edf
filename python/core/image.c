/* Photos, masks and heatmaps as arrays; version, threads and memory. */
#include <string.h>

#include "core.h"

/* image_read(path) -> (height, width, bytes) */
static PyObject *image_read(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *path;
    pb_image image = {0};
    core_call call;
    if (!core_parse(arguments, "y", &path))
        return NULL;
    core_begin(&call, NULL);
    const bool ok = core_end(&call, pb_image_read(path, &image));
    PyObject *result = ok ? Py_BuildValue("(iiN)", image.height, image.width,
                                          PyBytes_FromStringAndSize((const char *)image.rgb,
                                                                    (Py_ssize_t)image.height * image.width * 3))
                          : NULL;
    pb_image_free(&image);
    return result;
}

static bool is_image(const core_array *pixels)
{
    if (pixels->n_dimensions == 3 && pixels->shape[2] == 3 && pixels->n > 0 && pixels->shape[0] <= INT32_MAX &&
        pixels->shape[1] <= INT32_MAX)
        return true;
    core_raise("BadShapeError", "an image has the dimensions height, width, 3");
    return false;
}

/* image_write(path, pixels) */
static PyObject *image_write(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *path;
    core_array pixels;
    core_call call;
    if (!core_parse(arguments, "yO&", &path, core_u8_in, &pixels) || !is_image(&pixels))
        return NULL;
    const pb_image image = {(int32_t)pixels.shape[1], (int32_t)pixels.shape[0], pixels.data};
    core_begin(&call, NULL);
    return core_end(&call, pb_image_write_png(&image, path)) ? Py_BuildValue("") : NULL;
}

/* overlay(pixels, map (rows, columns), origin or None, low, high, opacity, mask or None, pixels to fill) */
static PyObject *overlay(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array pixels, map, mask, out;
    PyObject *origin_tuple;
    pb_origin origin;
    double low, high, opacity;
    core_call call;
    if (!core_parse(arguments, "O&O&OdddO&O&", core_u8_in, &pixels, core_f64_in, &map, &origin_tuple, &low, &high,
                    &opacity, core_u8_in, &mask, core_u8_out, &out) ||
        !is_image(&pixels) || !core_has(&out, pixels.n, "pixels") ||
        (mask.data && !core_has(&mask, pixels.n / 3, "the mask")) ||
        (origin_tuple != Py_None && !core_to_origin(origin_tuple, &origin)))
        return NULL;
    if (map.n_dimensions != 2 || map.shape[0] > INT32_MAX || map.shape[1] > INT32_MAX) {
        core_raise("BadShapeError", "a map has the dimensions rows, columns");
        return NULL;
    }
    const pb_image image = {(int32_t)pixels.shape[1], (int32_t)pixels.shape[0], pixels.data};
    pb_rect view = {0};
    pb_image drawn = {0};
    if (origin_tuple != Py_None)
        view = pb_origin_view(&origin, image.width, image.height);
    core_begin(&call, NULL);
    const bool ok = core_end(&call, pb_image_overlay(&image, map.data, (int32_t)map.shape[0], (int32_t)map.shape[1],
                                                     origin_tuple != Py_None ? &view : NULL, low, high, opacity,
                                                     PB_COLORMAP_INFERNO, mask.data, &drawn));
    if (ok)
        memcpy(out.data, drawn.rgb, (size_t)out.n);
    pb_image_free(&drawn);
    return ok ? Py_BuildValue("") : NULL;
}

/* mask_read(masks, path of the photo) -> (height, width, bytes) */
static PyObject *mask_read(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_strings masks = {0};
    const char *path;
    uint8_t *mask = NULL;
    int32_t width = 0, height = 0;
    PyObject *result = NULL;
    if (core_parse(arguments, "O&y", core_strings_in, &masks, &path)) {
        /* The library reads the list, and does not change it. */
        const pb_paths paths = {masks.n, (char **)(uintptr_t)masks.text};
        core_call call;
        core_begin(&call, NULL);
        if (core_end(&call, pb_defect_mask_read(&paths, path, &mask, &width, &height)))
            result = Py_BuildValue("(iiN)", height, width,
                                   PyBytes_FromStringAndSize((const char *)mask, (Py_ssize_t)height * width));
    }
    pb_buffer_free(mask);
    PyMem_Free(masks.text);
    return result;
}

/* paths_collect(files and folders) -> list of paths */
static PyObject *paths_collect(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_strings inputs = {0};
    pb_paths paths = {0};
    PyObject *result = NULL;
    if (core_parse(arguments, "O&", core_strings_in, &inputs)) {
        core_call call;
        core_begin(&call, NULL);
        if (core_end(&call, pb_paths_collect(inputs.text, inputs.n, &paths)))
            result = core_paths_new(paths.path, paths.n);
    }
    pb_paths_free(&paths);
    PyMem_Free(inputs.text);
    return result;
}

PyMethodDef core_image_functions[] = {
    {"image_read", image_read, METH_VARARGS, NULL},
    {"image_write", image_write, METH_VARARGS, NULL},
    {"overlay", overlay, METH_VARARGS, NULL},
    {"mask_read", mask_read, METH_VARARGS, NULL},
    {"paths_collect", paths_collect, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- Version, threads and memory ---- */

static PyObject *version(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return core_text_new(pb_version());
}

static PyObject *threads_get(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return PyLong_FromLong(pb_threads_get());
}

static PyObject *threads_set(PyObject *self, PyObject *arguments)
{
    (void)self;
    int n;
    return core_parse(arguments, "i", &n) && core_ok(pb_threads_set(n)) ? Py_BuildValue("") : NULL;
}

/* memory() -> (bytes that the library holds now, the most it has held) */
static PyObject *memory(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("(KK)", (unsigned long long)pb_memory_live_bytes(),
                         (unsigned long long)pb_memory_peak_bytes());
}

static PyObject *max_pixels_set(PyObject *self, PyObject *arguments)
{
    (void)self;
    long long n;
    return core_parse(arguments, "L", &n) && core_ok(pb_image_set_max_pixels(n)) ? Py_BuildValue("") : NULL;
}

PyMethodDef core_runtime_functions[] = {
    {"version", version, METH_NOARGS, NULL},
    {"threads_get", threads_get, METH_NOARGS, NULL},
    {"threads_set", threads_set, METH_VARARGS, NULL},
    {"memory", memory, METH_NOARGS, NULL},
    {"max_pixels_set", max_pixels_set, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
