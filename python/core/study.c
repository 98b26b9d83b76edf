/* Result files, and what they conclude. */
#include <stdio.h>
#include <string.h>

#include "core.h"

/* study_read(paths, "one", "disjoint", "shared" or "both") -> handle */
static PyObject *study_read(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_strings paths = {0};
    const char *name;
    pb_study_setups setups;
    pb_study *study = NULL;
    PyObject *handle = NULL;
    if (core_parse(arguments, "O&s", core_strings_in, &paths, &name) && core_ok(pb_study_setups_parse(name, &setups))) {
        core_call call;
        core_begin(&call, NULL);
        const pb_status status = pb_study_read(paths.text, paths.n, setups, &study);
        handle = core_end_new(&call, status, CORE_STUDY, study, NULL);
    }
    PyMem_Free(paths.text);
    return handle;
}

/* measures() -> names of the columns */
static PyObject *measures(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    PyObject *list = PyList_New(0);
    for (int m = 0; list && m < PB_N_MEASURES; m++)
        if (!core_append(list, core_text_new(pb_measure_name((pb_measure)m)))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

static PyObject *row_new(const pb_study_row *row)
{
    return Py_BuildValue("(NNNNNsdddLLLN)", core_text_new(row->dataset), core_text_new(row->method),
                         core_text_new(row->rule), core_text_new(row->detector), core_text_new(row->auditor),
                         pb_setup_name(row->setup), row->multiplier, row->contamination, row->percentile,
                         (long long)row->limit, (long long)row->seed, (long long)row->k,
                         core_doubles_new(row->value, PB_N_MEASURES));
}

/* study_rows(handle) -> list of (dataset, method, rule, detector, auditor, setup, multiplier, c, q, N, seed, K, measures as bytes) */
static PyObject *study_rows(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    if (!core_parse(arguments, "O&", core_to_study, &study))
        return NULL;
    const pb_study_contents *contents = pb_study_get_contents(study);
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < contents->n_rows; i++)
        if (!core_append(list, row_new(&contents->rows[i]))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

static PyObject *setups_new(const pb_study_contents *contents)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < contents->n_setups; i++)
        if (!core_append(list, core_text_new(pb_setup_name(contents->setups[i])))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

/* study_contents(handle) -> (datasets, methods, setups, detectors, the c that tables are about or NaN, assumed shared or None) */
static PyObject *study_contents(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    if (!core_parse(arguments, "O&", core_to_study, &study))
        return NULL;
    const pb_study_contents *c = pb_study_get_contents(study);
    return Py_BuildValue("(NNNNdN)", core_texts_new(c->datasets, c->n_datasets),
                         core_texts_new(c->methods, c->n_methods), setups_new(c),
                         core_texts_new(c->detectors, c->n_detectors),
                         pb_study_choose_contamination(study, NULL, Py_NAN), core_path_new(c->assumed_shared));
}

/* study_methods_named(handle, name) -> names */
static PyObject *study_methods_named(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    const char *name;
    if (!core_parse(arguments, "O&s", core_to_study, &study, &name))
        return NULL;
    const size_t room = (size_t)pb_study_get_contents(study)->n_methods + 1;
    const char **found = PyMem_Calloc(room, sizeof *found);
    if (!found)
        return PyErr_NoMemory();
    const int64_t n = pb_study_methods_named(study, name, strlen(name), found);
    PyObject *list = core_texts_new(found, n);
    PyMem_Free(found);
    return list;
}

/* ---- Questions ---- */

/* What is asked; see question_in(). */
typedef struct question {
    pb_study *study;
    core_array limits;
    core_strings datasets, methods;
    pb_effect_policy policy;
    pb_study_question asked;
    int64_t *pooled; /* N that are pooled where none are named */
} question;

static void question_free(question *q)
{
    PyMem_Free(q->datasets.text);
    PyMem_Free(q->methods.text);
    PyMem_Free(q->pooled);
}

static bool question_pool(question *q)
{
    pb_study_slice *slice = &q->asked.slice;
    const int64_t n = pb_study_get_contents(q->study)->n_limits;
    q->pooled = PyMem_Calloc((size_t)n + 1, sizeof *q->pooled);
    if (!q->pooled)
        return PyErr_NoMemory() != NULL;
    slice->n_limits = pb_study_pooled_limits(q->study, slice, NULL, q->pooled);
    slice->limits = q->pooled;
    return true;
}

/* (setup, c, limits or None, percentile, k, detector or None, auditor or None, measure, tie, any number of seeds, baseline or None,
 * datasets or None, without loco, methods or None) */
static bool question_in(pb_study *study, PyObject *tuple, question *q)
{
    const char *setup, *measure;
    long long k;
    int any_seeds, exclude_loco;
    pb_study_slice *slice = &q->asked.slice;
    *q = (question){.study = study, .policy = PB_EFFECT_POLICY_INIT, .asked = PB_STUDY_QUESTION_INIT};
    if (!core_parse(tuple, "sdO&dLzzsdpzO&pO&", &setup, &slice->contamination, core_i64_in, &q->limits,
                    &slice->percentile, &k, &slice->detector, &slice->auditor, &measure, &q->policy.tie, &any_seeds,
                    &q->asked.baseline, core_strings_in, &q->datasets, &exclude_loco, core_strings_in, &q->methods) ||
        !core_ok(pb_setup_parse(setup, &slice->setup)) || !core_ok(pb_measure_parse(measure, &q->asked.measure)))
        return false;
    slice->k = k;
    slice->limits = q->limits.data;
    slice->n_limits = q->limits.n;
    q->policy.categories = any_seeds ? PB_EFFECT_ANY_SEEDS : PB_EFFECT_AS_MANY_SEEDS;
    q->asked.policy = &q->policy;
    q->asked.datasets = q->datasets.text;
    q->asked.n_datasets = q->datasets.n;
    q->asked.exclude_loco = exclude_loco != 0;
    q->asked.methods = q->methods.text;
    q->asked.n_methods = q->methods.n;
    return q->limits.data || question_pool(q);
}

static PyObject *exclusions_new(const pb_study_exclusion *excluded, int64_t n)
{
    PyObject *list = PyList_New(0);
    for (int64_t i = 0; list && i < n; i++)
        if (!core_append(list,
                         Py_BuildValue("(NNLL)", core_text_new(excluded[i].dataset), core_text_new(excluded[i].method),
                                       (long long)excluded[i].n_seeds, (long long)excluded[i].n_other))) {
            Py_DecRef(list);
            return NULL;
        }
    return list;
}

static PyObject *ranking_new(const pb_study_ranking *r)
{
    return Py_BuildValue("{s:N,s:N,s:N,s:N,s:N,s:d,s:d,s:d,s:N,s:N}", "datasets", core_texts_new(r->datasets, r->n),
                         "methods", core_texts_new(r->methods, r->k), "values",
                         core_doubles_new(r->values, r->n * r->k), "means", core_doubles_new(r->means, r->k),
                         "mean_ranks", core_doubles_new(r->mean_ranks, r->k), "chi2", r->friedman.chi2, "p",
                         r->friedman.p, "critical_difference", r->cd, "pairwise_p", core_doubles_new(r->p, r->k * r->k),
                         "excluded", exclusions_new(r->excluded, r->n_excluded));
}

/* study_rank(handle, question) -> dict */
static PyObject *study_rank(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    PyObject *tuple, *result = NULL;
    question q;
    pb_study_ranking ranking = {0};
    if (!core_parse(arguments, "O&O", core_to_study, &study, &tuple))
        return NULL;
    if (question_in(study, tuple, &q)) {
        core_call call;
        core_begin(&call, NULL);
        if (core_end(&call, pb_study_rank(study, &q.asked, &ranking)))
            result = ranking_new(&ranking);
    }
    pb_study_ranking_free(&ranking);
    question_free(&q);
    return result;
}

static PyObject *effect_new(const pb_effect *e)
{
    return Py_BuildValue("{s:L,s:L,s:L,s:L,s:d,s:d,s:d,s:L,s:d,s:d,s:d,s:d}", "n", (long long)e->n, "wins",
                         (long long)e->wins, "ties", (long long)e->ties, "losses", (long long)e->losses, "mean",
                         e->mean, "baseline", e->baseline, "gain", e->gain, "n_clean", (long long)e->n_clean, "clean",
                         e->clean, "damage", e->damage, "clean_penalty", e->clean_penalty, "recovery", e->recovery);
}

static PyObject *comparison_new(const pb_study_comparison *c)
{
    PyObject *dictionary = effect_new(&c->effect);
    if (core_put(dictionary, "method", core_text_new(c->method)) &&
        core_put(dictionary, "ci_low", PyFloat_FromDouble(c->ci_low)) &&
        core_put(dictionary, "ci_high", PyFloat_FromDouble(c->ci_high)) &&
        core_put(dictionary, "w", PyFloat_FromDouble(c->wilcoxon.w)) &&
        core_put(dictionary, "p", PyFloat_FromDouble(c->wilcoxon.p)) &&
        core_put(dictionary, "p_holm", PyFloat_FromDouble(c->p_holm)) &&
        core_put(dictionary, "in_family", PyBool_FromLong(c->in_family)) &&
        core_put(dictionary, "cliffs_delta", PyFloat_FromDouble(c->delta)) &&
        core_put(dictionary, "a12", PyFloat_FromDouble(c->a12)) &&
        core_put(dictionary, "excluded", exclusions_new(c->excluded, c->n_excluded)))
        return dictionary;
    Py_DecRef(dictionary);
    return NULL;
}

/* study_compare(handle, question) -> list of dicts */
static PyObject *study_compare(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    PyObject *tuple, *list = NULL;
    question q;
    pb_study_comparisons found = {0};
    if (!core_parse(arguments, "O&O", core_to_study, &study, &tuple))
        return NULL;
    if (question_in(study, tuple, &q)) {
        core_call call;
        core_begin(&call, NULL);
        if (core_end(&call, pb_study_compare(study, &q.asked, &found)))
            list = PyList_New(0);
    }
    for (int64_t i = 0; list && i < found.n; i++)
        if (!core_append(list, comparison_new(&found.comparison[i]))) {
            Py_DecRef(list);
            list = NULL;
        }
    pb_study_comparisons_free(&found);
    question_free(&q);
    return list;
}

/* study_effect(handle, question, method) -> dict */
static PyObject *study_effect(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    PyObject *tuple;
    const char *method;
    question q;
    pb_effect effect = {0};
    if (!core_parse(arguments, "O&Os", core_to_study, &study, &tuple, &method))
        return NULL;
    const bool ok = question_in(study, tuple, &q) && core_ok(pb_study_effect(study, &q.asked, method, &effect));
    question_free(&q);
    return ok ? effect_new(&effect) : NULL;
}

/* ---- Tables ---- */

static pb_status write_tables(const pb_study_tables *tables, pb_table_format format, const char *folder)
{
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < tables->n && status == PB_STATUS_OK; i++) {
        char path[4096];
        const int length =
            snprintf(path, sizeof path, "%s/%s%s", folder, pb_table_id(tables->table[i]), pb_table_suffix(format));
        if (length < 0 || (size_t)length >= sizeof path)
            return pb_error_set(PB_STATUS_OUTPUT, "the name of the folder is too long");
        status = pb_table_write(tables->table[i], format, path);
    }
    return status;
}

static PyObject *table_names(const pb_study_tables *tables)
{
    PyObject *dictionary = PyDict_New();
    for (int64_t i = 0; dictionary && i < tables->n; i++)
        if (!core_put(dictionary, pb_table_id(tables->table[i]), core_text_new(pb_table_title(tables->table[i])))) {
            Py_DecRef(dictionary);
            return NULL;
        }
    return dictionary;
}

/* study_tables(handle, c or NaN, folder, formats: 1 LaTeX | 2 Markdown | 4 CSV) -> (verdict, {id: title}) */
static PyObject *study_tables(PyObject *self, PyObject *arguments)
{
    (void)self;
    pb_study *study;
    const char *folder;
    int formats;
    pb_study_selection selection = PB_STUDY_SELECTION_INIT;
    pb_study_selected selected = {0};
    pb_study_tables tables = {0};
    core_call call;
    if (!core_parse(arguments, "O&dyi", core_to_study, &study, &selection.contamination, &folder, &formats))
        return NULL;
    selection.has_contamination = selection.contamination >= 0;
    core_begin(&call, NULL);
    pb_status status = pb_study_select(study, &selection, &selected);
    if (status == PB_STATUS_OK)
        status = pb_study_tables_make(&selected, NULL, &tables);
    for (int f = PB_TABLE_LATEX; f <= PB_TABLE_CSV && status == PB_STATUS_OK; f++)
        if (formats & 1 << f)
            status = write_tables(&tables, (pb_table_format)f, folder);
    PyObject *result =
        core_end(&call, status) ? Py_BuildValue("(NN)", core_text_new(tables.headline), table_names(&tables)) : NULL;
    pb_study_tables_free(&tables);
    pb_study_selected_free(&selected);
    return result;
}

PyMethodDef core_study_functions[] = {
    {"study_read", study_read, METH_VARARGS, NULL},
    {"measures", measures, METH_NOARGS, NULL},
    {"study_rows", study_rows, METH_VARARGS, NULL},
    {"study_contents", study_contents, METH_VARARGS, NULL},
    {"study_methods_named", study_methods_named, METH_VARARGS, NULL},
    {"study_rank", study_rank, METH_VARARGS, NULL},
    {"study_compare", study_compare, METH_VARARGS, NULL},
    {"study_effect", study_effect, METH_VARARGS, NULL},
    {"study_tables", study_tables, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
