/* Calls without the GIL, which Ctrl-C and progress callbacks may end; and the library's errors as exceptions. */
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
