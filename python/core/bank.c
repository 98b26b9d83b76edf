/* Banks: fitting, scoring, and what they know. */
#include <string.h>

#include "core.h"

/* ---- Fitting ---- */

/* The arguments of bank_fit(), in their order. */
typedef struct fit_arguments {
    pb_references *references;
    pb_bank_options options;
    core_strings paths, sha256;
    core_array decisions, photos;
    PyObject *progress;
} fit_arguments;

static bool read_fit(PyObject *arguments, fit_arguments *out)
{
    const char *image_score;
    long long k, seed, coreset_rows;
    int removes;
    pb_bank_options *o = &out->options;
    if (!core_parse(arguments, "O&LzzdpsddLddLO&O&O&O&O", core_to_references, &out->references, &k, &image_score,
                    &o->audit_rule, &o->audit_multiplier, &removes, &o->purify_method, &o->percentile,
                    &o->contamination, &seed, &o->false_alarm_rate, &o->coreset_share, &coreset_rows, core_strings_in,
                    &out->paths, core_strings_in, &out->sha256, core_i32_in, &out->decisions, core_photos_in,
                    &out->photos, &out->progress))
        return false;
    o->k = k;
    o->coreset_rows = coreset_rows;
    o->seed = seed;
    o->audit_removes = removes != 0;
    return !image_score || core_ok(pb_image_score_parse(image_score, &o->image_score));
}

static bool check_fit(fit_arguments *a)
{
    const int64_t n = pb_features_n_images(pb_references_features(a->references));
    if ((a->paths.text && a->paths.n != n) || (a->sha256.text && a->sha256.n != n)) {
        core_raise("BadShapeError", "there are %lld references, and paths or digests of %lld", (long long)n,
                   (long long)(a->paths.text ? a->paths.n : a->sha256.n));
        return false;
    }
    if ((a->decisions.data && !core_has(&a->decisions, n, "decisions")) ||
        (a->photos.data && !core_has(&a->photos, n, "photos")))
        return false;
    a->options.decisions = a->decisions.data;
    a->options.photos = a->photos.data;
    return true;
}

/* bank_fit(references, k, image score or None, audit rule or None, multiplier, audit removes, purification, percentile, contamination, seed,
 * false-alarm rate, share and number of rows of a coreset, paths or None, digests or None, decisions or None, photos or None, progress) -> (bank, audit or None) */
static PyObject *bank_fit(PyObject *self, PyObject *arguments)
{
    (void)self;
    fit_arguments a = {.options = PB_BANK_OPTIONS_INIT};
    pb_bank *bank = NULL;
    pb_audit *audit = NULL;
    PyObject *handle = NULL, *audit_handle = NULL;
    if (read_fit(arguments, &a) && check_fit(&a)) {
        core_call call;
        core_begin(&call, a.progress);
        const pb_status status = pb_bank_fit(a.references, a.paths.text, a.sha256.text, &a.options, &bank, &audit);
        handle = core_end_new(&call, status, CORE_BANK, bank, NULL);
        if (handle)
            audit_handle = audit ? core_handle_new(CORE_AUDIT, audit, NULL) : Py_BuildValue("");
        else if (status == PB_STATUS_OK)
            pb_audit_free(audit);
    }
    PyMem_Free(a.paths.text);
    PyMem_Free(a.sha256.text);
    if (!handle || !audit_handle) {
        Py_DecRef(handle);
        Py_DecRef(audit_handle);
        return NULL;
    }
    return Py_BuildValue("(NN)", handle, audit_handle);
}

static PyObject *bank_load(PyObject *self, PyObject *arguments)
{
    (void)self;
    const char *path;
    pb_bank *bank = NULL;
    core_call call;
    if (!core_parse(arguments, "y", &path))
        return NULL;
    core_begin(&call, NULL);
    const pb_status status = pb_bank_load(path, &bank);
    return core_end_new(&call, status, CORE_BANK, bank, NULL);
}

static PyObject *bank_save(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    const char *path;
    core_call call;
    if (!core_parse(arguments, "O&y", core_to_bank, &bank, &path))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_bank_save(bank, path)) ? Py_BuildValue("") : NULL;
}

/* ---- Scoring ---- */

/* bank_score(bank, features, patch scores to fill, image scores to fill) */
static PyObject *bank_score(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    pb_features *features;
    core_array patch_scores, image_scores;
    core_call call;
    if (!core_parse(arguments, "O&O&O&O&", core_to_bank, &bank, core_to_features, &features, core_f64_out,
                    &patch_scores, core_f64_out, &image_scores))
        return NULL;
    const int64_t n = pb_features_n_images(features);
    if (!core_has(&patch_scores, n * pb_features_n_patches(features), "patch scores") ||
        !core_has(&image_scores, n, "image scores"))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_bank_score(bank, features, patch_scores.data, image_scores.data)) ? Py_BuildValue("")
                                                                                                : NULL;
}

/* By the bank's guard; usable where nothing tells otherwise.
 * @param photo NULL: nobody has seen it */
static bool judge(const pb_bank *bank, const double *patch_scores, const pb_photo *photo, pb_guard_verdict *out)
{
    pb_photo seen;
    if (photo)
        seen = *photo;
    return core_ok(pb_bank_judge_photos(bank, photo ? &seen : NULL, patch_scores, 1, out));
}

/* bank_verdicts(bank, patch scores (n, patches), image scores, photos or None) -> list of (verdict, reason) */
static PyObject *bank_verdicts(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    core_array patch_scores, image_scores, photos;
    if (!core_parse(arguments, "O&O&O&O&", core_to_bank, &bank, core_f64_in, &patch_scores, core_f64_in, &image_scores,
                    core_photos_in, &photos))
        return NULL;
    const pb_origin *origin = pb_bank_origin(bank);
    const int64_t n = image_scores.n, n_patches = (int64_t)origin->grid_height * origin->grid_width;
    if (!core_has(&patch_scores, n * n_patches, "patch scores") || (photos.data && !core_has(&photos, n, "photos")))
        return NULL;
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < n; i++) {
        pb_guard_verdict photo;
        const double score = ((const double *)image_scores.data)[i];
        bool ok = judge(bank, (const double *)patch_scores.data + i * n_patches,
                        photos.data ? (const pb_photo *)photos.data + i : NULL, &photo);
        if (ok) {
            const pb_verdict verdict = pb_bank_verdict(bank, score, &photo);
            ok = core_append(list, Py_BuildValue("(ss)", pb_verdict_name(verdict),
                                                 verdict == PB_VERDICT_UNUSABLE ? photo.reason : ""));
        }
        if (!ok) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* ---- What it knows ---- */

static PyObject *threshold_new(const pb_threshold *threshold)
{
    return Py_BuildValue("(ddsLd)", threshold->value, threshold->false_alarm_rate,
                         pb_threshold_method_name(threshold->method), (long long)threshold->n,
                         threshold->guaranteed_rate);
}

/* bank_info(bank) -> dict */
static PyObject *bank_info(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    double low, high;
    if (!core_parse(arguments, "O&", core_to_bank, &bank))
        return NULL;
    pb_bank_patch_scale(bank, &low, &high);
    const bool has_guard = pb_bank_guard(bank) != NULL;
    return Py_BuildValue(
        "{s:N,s:L,s:L,s:L,s:N,s:N,s:N,s:L,s:s,s:N,s:(dd),s:s,s:d,s:d,s:s,s:s,s:N}", "address",
        PyLong_FromVoidPtr((void *)(uintptr_t)pb_bank_rows(bank)), "n_rows", (long long)pb_bank_n_rows(bank), "dim",
        (long long)pb_bank_dim(bank), "coreset_of", (long long)pb_bank_coreset_of(bank), "image_of_row",
        PyLong_FromVoidPtr((void *)(uintptr_t)pb_bank_image_of_row(bank)), "patch_of_row",
        PyLong_FromVoidPtr((void *)(uintptr_t)pb_bank_patch_of_row(bank)), "origin",
        core_origin_new(pb_bank_origin(bank)), "k", (long long)pb_bank_k(bank), "image_score",
        pb_image_score_name(pb_bank_image_score(bank)), "threshold", threshold_new(pb_bank_threshold(bank)),
        "patch_scale", low, high, "audit_rule", pb_bank_audit_rule(bank), "audit_multiplier",
        pb_bank_audit_multiplier(bank), "audit_limit", pb_bank_audit_limit(bank), "purify", pb_bank_purify_method(bank),
        "program_version", pb_bank_program_version(bank), "guard_rate",
        has_guard ? PyFloat_FromDouble(pb_bank_guard(bank)->rate) : Py_BuildValue(""));
}

/* bank_augment(bank) -> as features_augment() */
static PyObject *bank_augment(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    if (!core_parse(arguments, "O&", core_to_bank, &bank))
        return NULL;
    return core_augment_new(pb_bank_augment(bank));
}

/* bank_roi(bank) -> as features_roi() */
static PyObject *bank_roi(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    if (!core_parse(arguments, "O&", core_to_bank, &bank))
        return NULL;
    return core_roi_new(pb_bank_roi(bank), pb_bank_origin(bank));
}

/* bank_extend(bank, map (rows, columns), map to fill): patches outside take the value next to them */
static PyObject *bank_extend(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    core_array map, out;
    if (!core_parse(arguments, "O&O&O&", core_to_bank, &bank, core_f64_in, &map, core_f64_out, &out))
        return NULL;
    const pb_origin *origin = pb_bank_origin(bank);
    const int64_t n = (int64_t)origin->grid_height * origin->grid_width;
    if (!core_has(&map, n, "the map") || !core_has(&out, n, "the map"))
        return NULL;
    pb_roi_extend(pb_bank_roi(bank), map.data, out.data);
    return Py_BuildValue("");
}

/* bank_shade(bank, pixels, changed in place) */
static PyObject *bank_shade(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    core_array pixels;
    if (!core_parse(arguments, "O&O&", core_to_bank, &bank, core_u8_out, &pixels))
        return NULL;
    if (pixels.n_dimensions != 3 || pixels.shape[2] != 3 || pixels.shape[0] > INT32_MAX ||
        pixels.shape[1] > INT32_MAX) {
        core_raise("BadShapeError", "an image has the dimensions height, width, 3");
        return NULL;
    }
    pb_image image = {(int32_t)pixels.shape[1], (int32_t)pixels.shape[0], pixels.data};
    const pb_rect view = pb_origin_view(pb_bank_origin(bank), image.width, image.height);
    return core_ok(pb_roi_shade(pb_bank_roi(bank), &view, &image)) ? Py_BuildValue("") : NULL;
}

/* bank_references(bank) -> list of (path, sha256, audit score, mean, flagged, decision, by a person, unusable, loo score) */
static PyObject *bank_references(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    if (!core_parse(arguments, "O&", core_to_bank, &bank))
        return NULL;
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *r = pb_bank_reference_at(bank, i);
        if (!core_append(list, Py_BuildValue("(NsddNsNsd)", core_path_new(r->path), r->sha256, r->audit_score,
                                             r->audit_mean, PyBool_FromLong(r->flagged), pb_decision_name(r->decision),
                                             PyBool_FromLong(r->decided_by_person), r->unusable, r->loo_score))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* bank_describe(bank) -> JSON */
static PyObject *bank_describe(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    char *text;
    if (!core_parse(arguments, "O&", core_to_bank, &bank) || !core_ok(pb_bank_describe(bank, &text)))
        return NULL;
    PyObject *result = core_text_new(text);
    pb_buffer_free(text);
    return result;
}

/* bank_diagnose(bank) -> list of (kind, value, limit) */
static PyObject *bank_diagnose(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    if (!core_parse(arguments, "O&", core_to_bank, &bank))
        return NULL;
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < n; i++) {
        const char *name = pb_bank_finding_name(findings[i].kind);
        if (!core_append(list, Py_BuildValue("(sdd)", name, findings[i].value, findings[i].limit))) {
            Py_DecRef(list);
            return NULL;
        }
    }
    return list;
}

/* bank_match(bank, origin, name, any precision) */
static PyObject *bank_match(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    pb_origin origin;
    const char *name;
    int any_precision;
    if (!core_parse(arguments, "O&O&sp", core_to_bank, &bank, core_to_origin, &origin, &name, &any_precision) ||
        !core_ok(pb_bank_match(bank, &origin, name, any_precision != 0)))
        return NULL;
    return Py_BuildValue("");
}

/* bank_open_backbone(bank, name or None, precision or None, any precision) -> handle */
static PyObject *bank_open_backbone(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    pb_bank_backbone_options options = PB_BANK_BACKBONE_OPTIONS_INIT;
    int any_precision;
    pb_backbone *backbone = NULL;
    core_call call;
    if (!core_parse(arguments, "O&O&zp", core_to_bank, &bank, core_path_in, &options.name, &options.precision,
                    &any_precision))
        return NULL;
    options.any_precision = any_precision != 0;
    core_begin(&call, NULL);
    const pb_status status = pb_bank_open_backbone(bank, &options, &backbone);
    return core_end_new(&call, status, CORE_BACKBONE, backbone, NULL);
}

/* bank_find_copies(bank, paths, indices to fill) */
static PyObject *bank_find_copies(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_bank *bank;
    core_strings paths = {0};
    core_array out;
    bool ok = core_parse(arguments, "O&O&O&", core_to_bank, &bank, core_strings_in, &paths, core_i64_out, &out) &&
              core_has(&out, paths.n, "indices");
    if (ok) {
        core_call call;
        core_begin(&call, NULL);
        ok = core_end(&call, pb_bank_find_copies(bank, paths.text, paths.n, out.data));
    }
    PyMem_Free(paths.text);
    return ok ? Py_BuildValue("") : NULL;
}

/* ---- Thresholds by themselves ---- */

/* threshold_fit(scores, rate) -> (value, rate, method, n, guaranteed rate) */
static PyObject *threshold_fit(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array scores;
    double rate;
    pb_threshold threshold;
    if (!core_parse(arguments, "O&d", core_f64_in, &scores, &rate) ||
        !core_ok(pb_threshold_fit(scores.data, scores.n, rate, &threshold)))
        return NULL;
    return threshold_new(&threshold);
}

/* threshold_rate_bound(threshold as of threshold_fit(), confidence) -> rate */
static PyObject *threshold_rate_bound(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_threshold threshold = {0};
    const char *method;
    long long n;
    double confidence, bound;
    if (!core_parse(arguments, "(ddsLd)d", &threshold.value, &threshold.false_alarm_rate, &method, &n,
                    &threshold.guaranteed_rate, &confidence))
        return NULL;
    threshold.n = n;
    threshold.method = pb_threshold_method_of(method);
    return core_ok(pb_threshold_rate_bound(&threshold, confidence, &bound)) ? PyFloat_FromDouble(bound) : NULL;
}

PyMethodDef core_bank_functions[] = {
    {"bank_fit", bank_fit, METH_VARARGS, NULL},
    {"bank_load", bank_load, METH_VARARGS, NULL},
    {"bank_save", bank_save, METH_VARARGS, NULL},
    {"bank_score", bank_score, METH_VARARGS, NULL},
    {"bank_verdicts", bank_verdicts, METH_VARARGS, NULL},
    {"bank_info", bank_info, METH_VARARGS, NULL},
    {"bank_roi", bank_roi, METH_VARARGS, NULL},
    {"bank_augment", bank_augment, METH_VARARGS, NULL},
    {"bank_extend", bank_extend, METH_VARARGS, NULL},
    {"bank_shade", bank_shade, METH_VARARGS, NULL},
    {"bank_references", bank_references, METH_VARARGS, NULL},
    {"bank_describe", bank_describe, METH_VARARGS, NULL},
    {"bank_diagnose", bank_diagnose, METH_VARARGS, NULL},
    {"bank_match", bank_match, METH_VARARGS, NULL},
    {"bank_open_backbone", bank_open_backbone, METH_VARARGS, NULL},
    {"bank_find_copies", bank_find_copies, METH_VARARGS, NULL},
    {"threshold_fit", threshold_fit, METH_VARARGS, NULL},
    {"threshold_rate_bound", threshold_rate_bound, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
