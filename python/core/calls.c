/* Calls without the GIL, which Ctrl-C and progress callbacks may end; and the library's errors as exceptions. */
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "core.h"

/* Taking the GIL costs up to 5 ms where other threads run: a look now and then is enough for a person. */
static const double SECONDS_BETWEEN = 0.04;

static _Thread_local core_call *current;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool signals_arrived(core_call *call, double time)
{
    call->last_check = time;
    call->failed = PyErr_CheckSignals() < 0;
    return call->failed;
}

/* A pb_cancel_fn. */
static int ask(void *context)
{
    core_call *call = context;
    const double time = now();
    if (call->failed || time - call->last_check < SECONDS_BETWEEN)
        return call->failed;
    PyEval_RestoreThread(call->thread);
    signals_arrived(call, time);
    call->thread = PyEval_SaveThread();
    return call->failed;
}

static int report(void *context, int64_t done, int64_t total)
{
    core_call *call = current;
    (void)context;
    if (!call || call->failed || !call->progress)
        return call ? ask(call) : 0;
    const double time = now();
    if (time - call->last_report < SECONDS_BETWEEN && done < total)
        return 0;
    call->last_report = time;
    PyEval_RestoreThread(call->thread);
    if (!signals_arrived(call, time)) {
        PyObject *answer = PyObject_CallFunction(call->progress, "LL", (long long)done, (long long)total);
        call->failed = !answer;
        Py_DecRef(answer);
    }
    call->thread = PyEval_SaveThread();
    return call->failed;
}

const pb_progress core_progress = {report, NULL};

void core_begin(core_call *call, PyObject *progress)
{
    *call = (core_call){.progress = progress == Py_None ? NULL : progress, .last_check = now(), .outer = current};
    current = call;
    pb_cancel_set(ask, call);
    call->thread = PyEval_SaveThread();
}

bool core_end(core_call *call, pb_status status)
{
    PyEval_RestoreThread(call->thread);
    current = call->outer;
    if (current)
        pb_cancel_set(ask, current);
    else
        pb_cancel_set(NULL, NULL);
    /* Ctrl-C may have come when the work was as good as done: what is set is not lost, whatever the status. */
    return call->failed ? false : core_ok(status);
}

PyObject *core_end_new(core_call *call, pb_status status, core_kind kind, void *pointer, PyObject *owner)
{
    if (core_end(call, status))
        return core_handle_new(kind, pointer, owner);
    core_free(kind, status == PB_STATUS_OK ? pointer : NULL);
    return NULL;
}

/* A class of _errors.py; NULL, and an exception is set. */
static PyObject *error_class(const char *kind)
{
    PyObject *errors = PyImport_ImportModule("purebank._errors");
    PyObject *found = errors ? PyObject_GetAttrString(errors, kind) : NULL;
    Py_DecRef(errors);
    return found;
}

void core_raise(const char *kind, const char *format, ...)
{
    PyObject *type = error_class(kind);
    va_list values;
    va_start(values, format);
    if (type)
        PyErr_FormatV(type, format, values);
    va_end(values);
    Py_DecRef(type);
}

/* The exception that is set becomes one of the package, unless it is. */
static void own_exception(void)
{
    PyObject *type, *value, *trace, *base;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    base = error_class("Error");
    if (base && PyErr_GivenExceptionMatches(type, base)) {
        PyErr_Restore(type, value, trace);
    } else {
        if (base)
            core_raise("BadArgumentError", "%S", value);
        Py_DecRef(type);
        Py_DecRef(value);
        Py_DecRef(trace);
    }
    Py_DecRef(base);
}

/* Does a whole number fit a unit of PyArg_ParseTuple()? Those of other units are not looked at. */
static bool fits(PyObject *number, char unit)
{
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    switch (unit) {
    case 'i':
        return overflow == 0 && value >= INT_MIN && value <= INT_MAX;
    case 'L':
        return overflow == 0;
    case 'd':
        (void)PyLong_AsDouble(number);
        overflow = PyErr_Occurred() != NULL;
        PyErr_Clear();
        return overflow == 0;
    default:
        return true;
    }
}

/* The first argument that did not fit its unit of the format: a new reference, NULL where it cannot be told. */
static PyObject *find_misfit(PyObject *arguments, const char **format)
{
    PyObject *misfit = NULL;
    for (Py_ssize_t i = 0; !misfit && PyTuple_Check(arguments) && i < PyTuple_Size(arguments); i++) {
        PyObject *item = PyTuple_GetItem(arguments, i);
        while (**format == '&')
            ++*format;
        if (!**format || **format == ')')
            return NULL;
        const char unit = *(*format)++;
        if (unit == '(') {
            misfit = find_misfit(item, format);
            *format += **format == ')';
            continue;
        }
        PyObject *number = PyNumber_Check(item) ? PyNumber_Index(item) : NULL;
        PyErr_Clear();
        if (number && !fits(number, unit))
            misfit = number;
        else
            Py_DecRef(number);
    }
    return misfit;
}

static void number_out_of_range(PyObject *arguments, const char *format)
{
    PyErr_Clear();
    PyObject *number = find_misfit(arguments, &format);
    PyObject *text = number ? PyObject_Str(number) : NULL;
    PyErr_Clear(); /* Python writes no numbers of more than some thousand digits */
    if (text)
        core_raise("BadArgumentError", "the number %U is out of range", text);
    else
        core_raise("BadArgumentError", "a number is out of range");
    Py_DecRef(text);
    Py_DecRef(number);
}

bool core_parse(PyObject *arguments, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const bool ok = PyArg_VaParse(arguments, format, values);
    va_end(values);
    if (!ok && PyErr_ExceptionMatches(PyExc_OverflowError))
        number_out_of_range(arguments, format);
    else if (!ok && PyErr_ExceptionMatches(PyExc_ValueError))
        own_exception();
    return ok;
}

bool core_ok(pb_status status)
{
    if (status == PB_STATUS_OK)
        return true;
    const char *message = pb_error_message();
    if (core_raise_pending(message))
        return false;
    PyObject *errors = PyImport_ImportModule("purebank._errors");
    PyObject *text = errors ? PyUnicode_DecodeUTF8(message, (Py_ssize_t)strlen(message), "replace") : NULL;
    PyObject *error = text ? PyObject_CallMethod(errors, "of_status", "sOis", pb_status_name(status), text,
                                                 (int)pb_error_hint(), pb_error_hint_about())
                           : NULL;
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_DecRef(error);
    Py_DecRef(text);
    Py_DecRef(errors);
    return false;
}
