/* Statistical tests by themselves. */
#include "core.h"

/* friedman(values (n, k), mean ranks to fill (k)) -> (chi2, p) */
static PyObject *friedman(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array values, ranks;
    pb_friedman out;
    if (!core_parse(arguments, "O&O&", core_f64_in, &values, core_f64_out, &ranks))
        return NULL;
    if (values.n_dimensions != 2 || !core_has(&ranks, values.shape[1], "mean ranks")) {
        if (!PyErr_Occurred())
            core_raise("BadShapeError", "values have the dimensions categories, methods");
        return NULL;
    }
    core_call call;
    core_begin(&call, NULL);
    return core_end(&call, pb_stats_friedman(values.data, values.shape[0], values.shape[1], ranks.data, &out))
               ? Py_BuildValue("(dd)", out.chi2, out.p)
               : NULL;
}

/* nemenyi(mean ranks (k), n, p to fill (k, k)) */
static PyObject *nemenyi(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array ranks, p;
    long long n;
    core_call call;
    if (!core_parse(arguments, "O&LO&", core_f64_in, &ranks, &n, core_f64_out, &p) ||
        !core_has(&p, ranks.n * ranks.n, "p"))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_stats_nemenyi(ranks.data, n, ranks.n, p.data)) ? Py_BuildValue("") : NULL;
}

static PyObject *nemenyi_cd(PyObject *self, PyObject *arguments)
{
    (void)self;
    long long n, k;
    double alpha, value;
    if (!core_parse(arguments, "LLd", &n, &k, &alpha) || !core_ok(pb_stats_nemenyi_cd(n, k, alpha, &value)))
        return NULL;
    return PyFloat_FromDouble(value);
}

/* wilcoxon(differences, method) -> (w, p, zeros, method) */
static PyObject *wilcoxon(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array differences;
    int method;
    pb_wilcoxon out;
    core_call call;
    if (!core_parse(arguments, "O&i", core_f64_in, &differences, &method))
        return NULL;
    core_begin(&call, NULL);
    if (!core_end(&call, pb_stats_wilcoxon(differences.data, differences.n, (pb_wilcoxon_method)method, &out)))
        return NULL;
    return Py_BuildValue("(ddLs)", out.w, out.p, (long long)out.n_zeros, pb_wilcoxon_method_name(out.method));
}

/* holm(p, adjusted to fill) */
static PyObject *holm(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array p, adjusted;
    core_call call;
    if (!core_parse(arguments, "O&O&", core_f64_in, &p, core_f64_out, &adjusted) ||
        !core_has(&adjusted, p.n, "adjusted p values"))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_stats_holm(p.data, p.n, adjusted.data)) ? Py_BuildValue("") : NULL;
}

/* two_samples(x, y) -> (Cliff's delta, what it is called, A12) */
static PyObject *two_samples(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array x, y;
    double delta = 0, a12 = 0;
    core_call call;
    if (!core_parse(arguments, "O&O&", core_f64_in, &x, core_f64_in, &y))
        return NULL;
    core_begin(&call, NULL);
    pb_status status = pb_stats_cliffs_delta(x.data, x.n, y.data, y.n, &delta);
    if (status == PB_STATUS_OK)
        status = pb_stats_a12(x.data, x.n, y.data, y.n, &a12);
    if (!core_end(&call, status))
        return NULL;
    return Py_BuildValue("(dsd)", delta, pb_stats_effect(delta), a12);
}

/* bootstrap(values, seed, draws, confidence) -> (low, high) */
static PyObject *bootstrap(PyObject *self, PyObject *arguments)
{
    (void)self;
    core_array values;
    unsigned long long seed;
    long long draws;
    double confidence, low = 0, high = 0;
    core_call call;
    if (!core_parse(arguments, "O&KLd", core_f64_in, &values, &seed, &draws, &confidence))
        return NULL;
    core_begin(&call, NULL);
    return core_end(&call, pb_stats_bootstrap(values.data, values.n, seed, draws, confidence, &low, &high))
               ? Py_BuildValue("(dd)", low, high)
               : NULL;
}

PyMethodDef core_stats_functions[] = {
    {"friedman", friedman, METH_VARARGS, NULL},
    {"nemenyi", nemenyi, METH_VARARGS, NULL},
    {"nemenyi_cd", nemenyi_cd, METH_VARARGS, NULL},
    {"wilcoxon", wilcoxon, METH_VARARGS, NULL},
    {"holm", holm, METH_VARARGS, NULL},
    {"two_samples", two_samples, METH_VARARGS, NULL},
    {"bootstrap", bootstrap, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
