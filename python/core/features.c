/* Features and backbones. */
#include "core.h"

/* features_borrow(array (n, rows, columns, dim) float32) -> handle that holds the array */
static PyObject *features_borrow(PyObject *self, PyObject *arguments)
{
    (void)self;
    PyObject *owner;
    core_array array;
    pb_features *features;
    if (!core_parse(arguments, "O", &owner) || !core_f32_in(owner, &array))
        return NULL;
    if (array.n_dimensions != 4 || array.shape[1] > INT32_MAX || array.shape[2] > INT32_MAX) {
        core_raise("BadShapeError", "features have the dimensions images, rows, columns, channels");
        return NULL;
    }
    if (!core_ok(pb_features_borrow(array.data, array.shape[0], (int32_t)array.shape[1], (int32_t)array.shape[2],
                                    array.shape[3], &features)))
        return NULL;
    return core_handle_new(CORE_FEATURES, features, owner);
}

/* features_slice(handle, first, n) -> handle that holds the other */
static PyObject *features_slice(PyObject *self, PyObject *arguments)
{
    (void)self;
    PyObject *owner;
    pb_features *features, *slice;
    long long first, n;
    if (!core_parse(arguments, "OLL", &owner, &first, &n) || !core_to_features(owner, &features) ||
        !core_ok(pb_features_slice(features, first, n, &slice)))
        return NULL;
    return core_handle_new(CORE_FEATURES, slice, owner);
}

/* features_cut(handle, path of a mask or None, mask (rows, columns) or None, width, height of the photos or 0, name or None) -> handle of those inside */
static PyObject *features_cut(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_features *features, *cut = NULL;
    core_array mask;
    const char *path, *name;
    int width, height;
    pb_roi *roi = NULL;
    core_call call;
    if (!core_parse(arguments, "O&O&O&iiz", core_to_features, &features, core_path_in, &path, core_u8_in, &mask, &width,
                    &height, &name))
        return NULL;
    if (!path && (mask.n_dimensions != 2 || mask.shape[0] > INT32_MAX || mask.shape[1] > INT32_MAX)) {
        core_raise("BadShapeError", "a region has the dimensions rows, columns");
        return NULL;
    }
    core_begin(&call, NULL);
    pb_status status = path ? pb_roi_read(path, pb_features_origin(features), width, height, name, &roi)
                            : pb_roi_new(mask.data, (int32_t)mask.shape[0], (int32_t)mask.shape[1], name, &roi);
    if (status == PB_STATUS_OK)
        status = pb_features_cut(features, roi, &cut);
    pb_roi_free(roi);
    return core_end_new(&call, status, CORE_FEATURES, cut, NULL);
}

/* (name, digest, width, height, bytes of the grid), or None */
PyObject *core_roi_new(const pb_roi *roi, const pb_origin *origin)
{
    if (!roi)
        return Py_BuildValue("");
    return Py_BuildValue("(ssiiN)", pb_roi_name(roi), pb_roi_sha256(roi), pb_roi_mask_width(roi),
                         pb_roi_mask_height(roi),
                         PyBytes_FromStringAndSize((const char *)pb_roi_inside(roi),
                                                   (Py_ssize_t)origin->grid_height * origin->grid_width));
}

/* features_roi(handle) -> as core_roi_new() */
static PyObject *features_roi(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_features *features;
    if (!core_parse(arguments, "O&", core_to_features, &features))
        return NULL;
    return core_roi_new(pb_features_roi(features), pb_features_origin(features));
}

/* (text, variants of an image); None where there are no copies */
PyObject *core_augment_new(const pb_augment *augment)
{
    char text[PB_AUGMENT_TEXT];
    if (!augment)
        return Py_BuildValue("");
    pb_augment_text(augment, text, sizeof text);
    return Py_BuildValue("(sL)", text, (long long)pb_augment_n_variants(augment));
}

/* features_augment(handle) -> as core_augment_new() */
static PyObject *features_augment(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_features *features;
    if (!core_parse(arguments, "O&", core_to_features, &features))
        return NULL;
    return core_augment_new(pb_features_augment(features));
}

static PyObject *features_load(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *path;
    pb_features *features = NULL;
    core_call call;
    if (!core_parse(arguments, "y", &path))
        return NULL;
    core_begin(&call, NULL);
    const pb_status status = pb_features_load(path, &features);
    return core_end_new(&call, status, CORE_FEATURES, features, NULL);
}

static PyObject *features_save(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *path;
    pb_features *features;
    core_call call;
    if (!core_parse(arguments, "O&y", core_to_features, &features, &path))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_features_save(features, path)) ? Py_BuildValue("") : NULL;
}

/* features_info(handle) -> (address, n, rows, columns, dim, origin) */
static PyObject *features_info(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_features *features;
    if (!core_parse(arguments, "O&", core_to_features, &features))
        return NULL;
    return Py_BuildValue("(NLiiLN)", PyLong_FromVoidPtr((void *)(uintptr_t)pb_features_data(features)),
                         (long long)pb_features_n_images(features), pb_features_grid_height(features),
                         pb_features_grid_width(features), (long long)pb_features_dim(features),
                         core_origin_new(pb_features_origin(features)));
}

static PyObject *features_set_origin(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_features *features;
    pb_origin origin;
    if (!core_parse(arguments, "O&O&", core_to_features, &features, core_to_origin, &origin) ||
        !core_ok(pb_features_set_origin(features, &origin)))
        return NULL;
    return Py_BuildValue("");
}

static PyObject *features_check(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_features *features;
    core_call call;
    if (!core_parse(arguments, "O&", core_to_features, &features))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_features_check_finite(features)) ? Py_BuildValue("") : NULL;
}

/* ---- Backbones ---- */

/* backbone_open(name, size, layer or None, precision or None, width, height, overlap) -> handle */
static PyObject *backbone_open(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *name;
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone *backbone = NULL;
    core_call call;
    if (!core_parse(arguments, "yizziii", &name, &options.input_size, &options.layer, &options.precision,
                    &options.width, &options.height, &options.tile_overlap))
        return NULL;
    core_begin(&call, NULL);
    const pb_status status = pb_backbone_open(name, &options, &backbone);
    return core_end_new(&call, status, CORE_BACKBONE, backbone, NULL);
}

/* backbone_info(handle) -> (origin, default image score) */
static PyObject *backbone_info(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_backbone *backbone;
    if (!core_parse(arguments, "O&", core_to_backbone, &backbone))
        return NULL;
    return Py_BuildValue("(Ns)", core_origin_new(pb_backbone_origin(backbone)),
                         pb_backbone_default_image_score(backbone));
}

/* backbone_set_sample_bits(handle, bits) */
static PyObject *backbone_set_sample_bits(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_backbone *backbone;
    int bits;
    if (!core_parse(arguments, "O&i", core_to_backbone, &backbone, &bits) ||
        !core_ok(pb_backbone_set_sample_bits(backbone, bits)))
        return NULL;
    return Py_BuildValue("");
}

/* sample_bits(paths) -> what the files are to be read with */
static PyObject *sample_bits(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_strings paths = {0};
    int32_t bits = 0;
    bool ok = core_parse(arguments, "O&", core_strings_in, &paths);
    if (ok) {
        core_call call;
        core_begin(&call, NULL);
        ok = core_end(&call, pb_image_sample_bits(paths.text, paths.n, &bits));
    }
    PyMem_Free(paths.text);
    return ok ? PyLong_FromLong(bits) : NULL;
}

/* audit_rule_of_backbone(its name) -> name of a rule */
static PyObject *audit_rule_of_backbone(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *name;
    return core_parse(arguments, "s", &name) ? core_text_new(pb_backbone_audit_rule_of(name)) : NULL;
}

/* Copies of photos as a text says them; NULL: none. */
static bool read_augment(const char *text, pb_augment *out)
{
    *out = (pb_augment){0};
    return !text || core_ok(pb_augment_parse(text, out));
}

/* extract_files(backbone, copies or None, paths, photos to fill, progress) -> handle of features */
static PyObject *extract_files(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_backbone *backbone;
    const char *text;
    pb_augment augment;
    core_strings paths = {0};
    core_array photos;
    PyObject *progress;
    pb_features *features = NULL;
    core_call call;
    if (!core_parse(arguments, "O&zO&O&O", core_to_backbone, &backbone, &text, core_strings_in, &paths, core_photos_out,
                    &photos, &progress) ||
        !core_has(&photos, paths.n, "photos") || !read_augment(text, &augment)) {
        PyMem_Free(paths.text);
        return NULL;
    }
    core_begin(&call, progress);
    const pb_status status = pb_backbone_extract_augmented(backbone, &augment, paths.text, paths.n, &core_progress,
                                                           pb_photo_visit, photos.data, &features);
    PyObject *handle = core_end_new(&call, status, CORE_FEATURES, features, NULL);
    PyMem_Free(paths.text);
    return handle;
}

/* Images (height, width, 3) uint8; borrowed from the list, which holds them. */
static bool read_images(PyObject *list, pb_image **out, int64_t *out_n)
{
    const Py_ssize_t n = PyList_Size(list);
    pb_image *images = n < 0 ? NULL : PyMem_Calloc((size_t)n + 1, sizeof *images);
    if (!images)
        return n < 0 ? false : PyErr_NoMemory() != NULL;
    *out = images;
    *out_n = n;
    for (Py_ssize_t i = 0; i < n; i++) {
        core_array pixels;
        if (!core_u8_in(PyList_GetItem(list, i), &pixels))
            return false;
        if (pixels.n_dimensions != 3 || pixels.shape[2] != 3 || pixels.n == 0 || pixels.shape[0] > INT32_MAX ||
            pixels.shape[1] > INT32_MAX) {
            core_raise("BadShapeError", "an image has the dimensions height, width, 3");
            return false;
        }
        images[i] = (pb_image){(int32_t)pixels.shape[1], (int32_t)pixels.shape[0], pixels.data};
    }
    return true;
}

static pb_status extract_and_measure(pb_backbone *backbone, const pb_augment *augment, const pb_image *images,
                                     int64_t n, pb_photo *photos, pb_features **out)
{
    pb_status status = pb_backbone_extract_augmented_images(backbone, augment, images, n, out);
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        status = pb_photo_measure(&images[i], &photos[i]);
    if (status != PB_STATUS_OK) {
        pb_features_free(*out);
        *out = NULL;
    }
    return status;
}

/* extract_images(backbone, copies or None, list of arrays, photos to fill) -> handle of features */
static PyObject *extract_images(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_backbone *backbone;
    const char *text;
    pb_augment augment;
    PyObject *list, *handle = NULL;
    core_array photos;
    pb_image *images = NULL;
    int64_t n = 0;
    if (!core_parse(arguments, "O&zOO&", core_to_backbone, &backbone, &text, &list, core_photos_out, &photos) ||
        !read_augment(text, &augment))
        return NULL;
    if (read_images(list, &images, &n) && core_has(&photos, n, "photos")) {
        pb_features *features = NULL;
        core_call call;
        core_begin(&call, NULL);
        const pb_status status = extract_and_measure(backbone, &augment, images, n, photos.data, &features);
        handle = core_end_new(&call, status, CORE_FEATURES, features, NULL);
    }
    PyMem_Free(images);
    return handle;
}

/* backbones() -> list of (name, repositories, licence, input, layers) */
static PyObject *backbones(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    PyObject *list = PyList_New(0);
    const pb_backbone_entry *entry;
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++)
        if (!core_append(list, Py_BuildValue("(sssss)", entry->name, entry->repositories, entry->licence, entry->input,
                                             entry->layers))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

PyMethodDef core_features_functions[] = {
    {"features_borrow", features_borrow, METH_VARARGS, NULL},
    {"features_cut", features_cut, METH_VARARGS, NULL},
    {"features_roi", features_roi, METH_VARARGS, NULL},
    {"features_augment", features_augment, METH_VARARGS, NULL},
    {"features_slice", features_slice, METH_VARARGS, NULL},
    {"features_load", features_load, METH_VARARGS, NULL},
    {"features_save", features_save, METH_VARARGS, NULL},
    {"features_info", features_info, METH_VARARGS, NULL},
    {"features_set_origin", features_set_origin, METH_VARARGS, NULL},
    {"features_check", features_check, METH_VARARGS, NULL},
    {"backbone_open", backbone_open, METH_VARARGS, NULL},
    {"backbone_info", backbone_info, METH_VARARGS, NULL},
    {"backbone_set_sample_bits", backbone_set_sample_bits, METH_VARARGS, NULL},
    {"sample_bits", sample_bits, METH_VARARGS, NULL},
    {"audit_rule_of_backbone", audit_rule_of_backbone, METH_VARARGS, NULL},
    {"extract_files", extract_files, METH_VARARGS, NULL},
    {"extract_images", extract_images, METH_VARARGS, NULL},
    {"backbones", backbones, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
