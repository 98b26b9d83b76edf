/* The module: the functions of all files, and the sizes that the package's arrays must have. */
#include <string.h>

#include "core.h"

static PyMethodDef none[] = {{NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "purebank._core",
    "What purebank's Python files call; no interface for others.",
    -1,
    none,
    NULL,
    NULL,
    NULL,
    NULL,
};

static bool add_functions(PyObject *module)
{
    PyMethodDef *const files[] = {
        core_runtime_functions,    core_features_functions, core_references_functions, core_purify_functions,
        core_bank_functions,       core_search_functions,   core_image_functions,      core_cache_functions,
        core_experiment_functions, core_study_functions,    core_stats_functions,      core_calibrate_functions,
        core_decisions_functions,  core_cell_functions,
#ifdef PB_PYTHON_FIGURES
        core_figures_functions,
#endif
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (PyModule_AddFunctions(module, files[i]) < 0)
            return false;
    return true;
}

/* ---- The library's words, so that the package has none of its own ---- */

static const char *family(unsigned i)
{
    return pb_method_family_name((pb_method_family)i);
}

static const char *need(unsigned flag)
{
    return pb_method_need_name((pb_method_needs)flag);
}

static const char *parameter(unsigned flag)
{
    return pb_method_parameter_name((pb_method_takes)flag);
}

static const char *metric(unsigned i)
{
    return pb_metric_name((pb_metric)i);
}

static const char *decision(unsigned i)
{
    return pb_decision_name((pb_decision)i);
}

static const char *wilcoxon_method(unsigned i)
{
    return pb_wilcoxon_method_name((pb_wilcoxon_method)i);
}

/* {word: number} of 0, 1, 2, ... or of the flags 1, 2, 4, ..., up to the first that has no name. */
static bool add_words(PyObject *module, const char *name, const char *(*word)(unsigned), bool flags)
{
    PyObject *words = PyDict_New();
    bool ok = words != NULL;
    for (unsigned i = 0; ok && i < 32; i++) {
        const unsigned number = flags ? 1u << i : i;
        if (strcmp(word(number), "unknown") == 0)
            break;
        PyObject *value = PyLong_FromUnsignedLong(number);
        ok = value && PyDict_SetItemString(words, word(number), value) == 0;
        Py_DecRef(value);
    }
    if (ok && PyModule_AddObject(module, name, words) == 0)
        return true;
    Py_DecRef(words);
    return false;
}

/* Takes over `texts`, which is NULL where it could not be made. */
static bool add_texts(PyObject *module, const char *name, PyObject *texts)
{
    if (texts && PyModule_AddObject(module, name, texts) == 0)
        return true;
    Py_DecRef(texts);
    return false;
}

/* {member of pb_detection_metrics: its label}, in their order */
static PyObject *detection_metrics(void)
{
    PyObject *labels = PyDict_New();
    bool ok = labels != NULL;
#define PB_METRIC(member, id, label, ...) ok = ok && core_put(labels, #member, PyUnicode_FromString(label));
#include <purebank/detection_metrics.def>
#undef PB_METRIC
    if (ok)
        return labels;
    Py_DecRef(labels);
    return NULL;
}

/* {member of pb_pixel_figures: its label}, in their order; a count's is "" */
static PyObject *pixel_metrics(void)
{
    PyObject *labels = PyDict_New();
    bool ok = labels != NULL;
#define PB_PIXEL_FIGURE(member, id, regions, label, ...)                                                               \
    ok = ok && core_put(labels, #member, PyUnicode_FromString(label));
#define PB_PIXEL_COUNT(member) ok = ok && core_put(labels, #member, PyUnicode_FromString(""));
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
    if (ok)
        return labels;
    Py_DecRef(labels);
    return NULL;
}

/* {name: the line for people who choose} */
static PyObject *image_scores(void)
{
    PyObject *summaries = PyDict_New();
    bool ok = summaries != NULL;
    for (int i = 0; ok && i < PB_N_IMAGE_SCORES; i++)
        ok = core_put(summaries, pb_image_score_name((pb_image_score)i),
                      PyUnicode_FromString(pb_image_score_summary((pb_image_score)i)));
    if (ok)
        return summaries;
    Py_DecRef(summaries);
    return NULL;
}

static bool add_all_words(PyObject *module)
{
    return add_words(module, "FAMILIES", family, false) && add_words(module, "NEEDS", need, true) &&
           add_words(module, "TAKES", parameter, true) && add_words(module, "METRICS", metric, false) &&
           add_words(module, "DECISIONS", decision, false) &&
           add_words(module, "WILCOXON_METHODS", wilcoxon_method, false) &&
           add_texts(module, "DETECTION_METRICS", detection_metrics()) &&
           add_texts(module, "PIXEL_METRICS", pixel_metrics()) && add_texts(module, "IMAGE_SCORES", image_scores());
}

static bool add_constants(PyObject *module)
{
    return PyModule_AddIntConstant(module, "PHOTO_BYTES", (long)sizeof(pb_photo)) == 0 &&
           PyModule_AddIntConstant(module, "N_MEASURES", PB_GUARD_N_MEASURES) == 0 &&
           PyModule_AddIntConstant(module, "THUMBNAIL", PB_GUARD_THUMBNAIL) == 0 &&
           PyModule_AddIntConstant(module, "DEFAULT_K", PB_DEFAULT_K) == 0 &&
           PyModule_AddIntConstant(module, "DEFAULT_PERCENTILE", PB_DEFAULT_PERCENTILE) == 0 &&
           PyModule_AddObject(module, "DEFAULT_FALSE_ALARM_RATE", PyFloat_FromDouble(PB_DEFAULT_FALSE_ALARM_RATE)) == 0;
}

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && add_functions(module) && add_constants(module) && add_all_words(module))
        return module;
    Py_DecRef(module);
    return NULL;
}
