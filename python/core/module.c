/* The module: the functions of all files, and the sizes that the package's arrays must have. */
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
#ifdef PB_PYTHON_FIGURES
        core_figures_functions,
#endif
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (PyModule_AddFunctions(module, files[i]) < 0)
            return false;
    return true;
}

static bool add_constants(PyObject *module)
{
    return PyModule_AddIntConstant(module, "PHOTO_BYTES", (long)sizeof(pb_photo)) == 0 &&
           PyModule_AddIntConstant(module, "N_MEASURES", PB_GUARD_N_MEASURES) == 0 &&
           PyModule_AddIntConstant(module, "THUMBNAIL", PB_GUARD_THUMBNAIL) == 0;
}

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && add_functions(module) && add_constants(module))
        return module;
    Py_DecRef(module);
    return NULL;
}
