/* The extension module behind the package purebank: thin functions over libpurebank's public headers, and nothing else. What is
 * pleasant to call is in the package's Python files, which alone call these; but nothing here trusts sizes or types.
 *
 * Only CPython's limited API of 3.10 is used, so that one module serves every later version. It has no buffer protocol (that came
 * to it with 3.11): arrays come by NumPy's __array_interface__, address, type and shape, and are never copied. */
#ifndef PB_PYTHON_CORE_H
#define PB_PYTHON_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

#include <purebank/purebank.h>

/* ---- Arrays (arrays.c) ---- */

enum { CORE_MAX_DIMENSIONS = 4 };

/* Memory of a NumPy array in C order; all zero where None was given. Borrowed from the argument. */
typedef struct core_array {
    void *data;
    int n_dimensions;
    int64_t shape[CORE_MAX_DIMENSIONS];
    int64_t n; /* elements */
} core_array;

/* Converters for PyArg_ParseTuple()'s "O&": out is a core_array. `out` ones must be writable. */
int core_f32_in(PyObject *object, void *out);
int core_f64_in(PyObject *object, void *out);
int core_f64_out(PyObject *object, void *out);
int core_i64_in(PyObject *object, void *out);
int core_i64_out(PyObject *object, void *out);
int core_i32_in(PyObject *object, void *out);
int core_u8_in(PyObject *object, void *out);
int core_u8_out(PyObject *object, void *out);
int core_photos_in(PyObject *object, void *out);
int core_photos_out(PyObject *object, void *out);

/* Has the array n elements? Else an exception is set that says whose they are. */
bool core_has(const core_array *array, int64_t n, const char *name);

/* Strings of a sequence of bytes objects or None; their memory is the objects'. Free the list with PyMem_Free(). */
typedef struct core_strings {
    const char **text; /* n; NULL where None was given instead of a sequence */
    int64_t n;
} core_strings;
/* For "O&". Needs to be initialised with {0} and freed whatever happens. */
int core_strings_in(PyObject *object, void *out);
/* For "O&": the name of a file, bytes; or None, for NULL. out is a const char pointer, into the object. */
int core_path_in(PyObject *object, void *out);

/* ---- Handles (handles.c) ---- */

typedef enum core_kind {
    CORE_FEATURES,
    CORE_BACKBONE,
    CORE_REFERENCES,
    CORE_AUDIT,
    CORE_BANK,
    CORE_INDEX,
    CORE_EXPERIMENT,
    CORE_STUDY,
    CORE_N_KINDS
} core_kind;

/* An object of the library as a capsule, which frees it.
 * @param owner NULL, or what must live as long: the memory that the object borrows */
PyObject *core_handle_new(core_kind kind, void *pointer, PyObject *owner);
/* The same for an object that somebody else frees: to be ended with core_handle_expire() before that happens. */
PyObject *core_handle_lend(core_kind kind, void *pointer);
void core_handle_expire(PyObject *handle);
/* Frees an object of that kind; accepts NULL. */
void core_free(core_kind kind, void *pointer);

/* Converters for "O&": out is a pointer to the object's pointer. */
int core_to_features(PyObject *object, void *out);
int core_to_backbone(PyObject *object, void *out);
int core_to_references(PyObject *object, void *out);
int core_to_audit(PyObject *object, void *out);
int core_to_bank(PyObject *object, void *out);
int core_to_index(PyObject *object, void *out);
int core_to_experiment(PyObject *object, void *out);
int core_to_study(PyObject *object, void *out);

/* ---- Calls and errors (calls.c) ---- */

/* A call into the library without the GIL. Ctrl-C ends it, and so does an exception of its progress callback. */
typedef struct core_call {
    PyThreadState *thread;
    PyObject *progress; /* borrowed; NULL: nobody watches */
    double last_report, last_check;
    bool failed; /* an exception is set that ends the call */
    struct core_call *outer;
} core_call;

/* Releases the GIL. @param progress callable(done, total), None, or NULL */
void core_begin(core_call *call, PyObject *progress);
/* Takes the GIL back. @return whether the call went well; else an exception is set */
bool core_end(core_call *call, pb_status status);
/* core_end(), and the handle of what the call made; NULL where it did not go well. @param owner as of core_handle_new() */
PyObject *core_end_new(core_call *call, pb_status status, core_kind kind, void *pointer, PyObject *owner);
/* The pb_progress of whatever call the thread is in; static. */
extern const pb_progress core_progress;

/* Sets the exception of a status and the library's message, for calls that kept the GIL. @return whether status is fine */
bool core_ok(pb_status status);
/* Sets an exception of the package. @param kind its name in _errors.py @param format as of PyErr_Format() */
void core_raise(const char *kind, const char *format, ...);
/* PyArg_ParseTuple(), whose complaints about values (a text with lone surrogates or a NUL inside, a number that does not fit)
 * become BadArgumentError. */
bool core_parse(PyObject *arguments, const char *format, ...);

/* ---- Exceptions of methods of one's own (own_method.c) ---- */

/* If the library's message is that of an exception which a method raised, in whatever thread: sets that very exception. */
bool core_raise_pending(const char *message);
/* Keeps the exception that is set until the message arrives where the method was asked for. @return the status to fail with */
pb_status core_keep_pending(const char *method);

/* ---- Values (values.c) ---- */

/* An origin as a tuple, in the order of pb_origin's members; and back, for "O&". */
PyObject *core_roi_new(const pb_roi *roi, const pb_origin *origin);
PyObject *core_augment_new(const pb_augment *augment);
PyObject *core_origin_new(const pb_origin *origin);
int core_to_origin(PyObject *object, void *out);
/* What the library hands out as str: by the file system's encoding where they are names of files, else by
 * UTF-8 with what is no UTF-8 replaced. NULL becomes None. */
PyObject *core_path_new(const char *path);
PyObject *core_paths_new(char *const *paths, int64_t n);
PyObject *core_text_new(const char *text);
PyObject *core_texts_new(const char *const *texts, int64_t n);
/* Copies of numbers, as bytes in the machine's order: np.frombuffer() makes arrays of them. */
PyObject *core_doubles_new(const double *values, int64_t n);
/* Appends to a list and takes the item. @return whether both are there */
bool core_append(PyObject *list, PyObject *item);
/* Sets a key and takes the item; the same. */
bool core_put(PyObject *dictionary, const char *key, PyObject *item);

/* The functions of each file: zero-terminated. */
extern PyMethodDef core_runtime_functions[], core_features_functions[], core_references_functions[],
    core_purify_functions[], core_bank_functions[], core_search_functions[], core_image_functions[],
    core_cache_functions[], core_experiment_functions[], core_study_functions[], core_stats_functions[],
    core_calibrate_functions[], core_decisions_functions[], core_cell_functions[];
#ifdef PB_PYTHON_FIGURES
extern PyMethodDef core_figures_functions[];
#endif

#endif
