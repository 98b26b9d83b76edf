#include "catalog/catalog.h"

#include <stdatomic.h>
#include <string.h>

#include "base/utf8.h"
#include "base/words.h"

static const pb_method purifications[] = {
#define METHOD(id, ...) {.size = sizeof(pb_method), .name = #id, .kind = PB_METHOD_PURIFICATION, __VA_ARGS__},
#include "catalog/purify_methods.def"
#undef METHOD
};

static const pb_method audits[] = {
#define RULE(id, level, source, ...) {.size = sizeof(pb_method), .name = #id, .kind = PB_METHOD_AUDIT, __VA_ARGS__},
#include "catalog/audit_rules.def"
#undef RULE
};

static const pb_method assurances[] = {
#define METHOD(id, ...) {.size = sizeof(pb_method), .name = #id, .kind = PB_METHOD_ASSURANCE, __VA_ARGS__},
#include "catalog/assurance_methods.def"
#undef METHOD
};

/* Pointers, so that rows may grow by members without moving each other. */
static const pb_method *purification_rows[PB_PURIFY_ROWS + PB_CATALOG_REGISTERED] = {
#define METHOD(id, ...) &purifications[PB_PURIFY_ROW_##id],
#include "catalog/purify_methods.def"
#undef METHOD
};

static const pb_method *const audit_rows[] = {
#define RULE(id, ...) &audits[PB_AUDIT_ROW_##id],
#include "catalog/audit_rules.def"
#undef RULE
};

static const pb_method *const assurance_rows[] = {
#define METHOD(id, ...) &assurances[PB_ASSURANCE_ROW_##id],
#include "catalog/assurance_methods.def"
#undef METHOD
};

/* ---- What is registered ------------------------------------------------------------------------------------------- */

typedef struct registered_method {
    pb_method method;
    char name[32], label[32], summary[160]; /* a bank's file has room for as long a name */
} registered_method;

static registered_method registered[PB_CATALOG_REGISTERED];
static _Atomic int64_t n_registered;

static pb_status copy_text(const char *what, const char *text, char *out, size_t size)
{
    PB_CHECK_ARG(text && *text, "a method needs a %s", what);
    PB_CHECK_ARG(strlen(text) < size, "the %s \"%.200s\" is longer than %zu bytes", what, text, size - 1);
    memcpy(out, text, strlen(text) + 1);
    pb_utf8_make_printable(out);
    return PB_STATUS_OK;
}

static bool has_label(pb_method_kind kind, const char *label)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(kind, &n);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(methods[i]->label, label) == 0)
            return true;
    return false;
}

/* People must tell it from the others as programs must. */
static pb_status check_names(const registered_method *slot)
{
    PB_CHECK_ARG(strspn(slot->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(slot->name),
                 "the name of a method is of a-z, 0-9 and _, not \"%s\"", slot->name);
    PB_CHECK_ARG(!pb_method_of_results(slot->name), "there is a method called \"%s\" already", slot->name);
    PB_CHECK_ARG(!has_label(PB_METHOD_PURIFICATION, slot->label) && !has_label(PB_METHOD_AUDIT, slot->label),
                 "there is a method with the label \"%s\" already", slot->label);
    return PB_STATUS_OK;
}

pb_status pb_catalog_add(const pb_method *method, int64_t *out_row)
{
    const int64_t n = atomic_load(&n_registered);
    if (n == PB_CATALOG_REGISTERED)
        return pb_fail(PB_STATUS_LIMIT, "there is room for %d methods beside the built-in ones",
                       (int)PB_CATALOG_REGISTERED);
    registered_method *slot = &registered[n];
    PB_TRY(copy_text("name", method->name, slot->name, sizeof slot->name));
    PB_TRY(copy_text("label", method->label ? method->label : method->name, slot->label, sizeof slot->label));
    PB_TRY(copy_text("summary", method->summary, slot->summary, sizeof slot->summary));
    PB_TRY(check_names(slot));
    slot->method = (pb_method){.size = sizeof(pb_method),
                               .name = slot->name,
                               .label = slot->label,
                               .summary = slot->summary,
                               .kind = PB_METHOD_PURIFICATION,
                               .family = method->family,
                               .needs = method->needs,
                               .takes = method->takes};
    purification_rows[PB_PURIFY_ROWS + n] = &slot->method;
    *out_row = PB_PURIFY_ROWS + n;
    return PB_STATUS_OK;
}

void pb_catalog_publish(void)
{
    atomic_fetch_add(&n_registered, 1);
}

/* ---- Questions ---------------------------------------------------------------------------------------------------- */

const pb_method *const *pb_methods(pb_method_kind kind, int64_t *out_n)
{
    switch (kind) {
    case PB_METHOD_PURIFICATION:
        *out_n = PB_PURIFY_ROWS + atomic_load(&n_registered);
        return purification_rows;
    case PB_METHOD_AUDIT:
        *out_n = PB_AUDIT_ROWS;
        return audit_rows;
    case PB_METHOD_ASSURANCE:
        *out_n = PB_ASSURANCE_ROWS;
        return assurance_rows;
    }
    *out_n = 0;
    return audit_rows;
}

int64_t pb_catalog_find(pb_method_kind kind, const char *name)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(kind, &n);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(methods[i]->name, name) == 0)
            return i;
    return -1;
}

const pb_method *pb_method_find(pb_method_kind kind, const char *name)
{
    int64_t n;
    const int64_t row = pb_catalog_find(kind, name);
    return row < 0 ? NULL : pb_methods(kind, &n)[row];
}

const char *pb_method_label(pb_method_kind kind, const char *name)
{
    const pb_method *method = pb_method_find(kind, name);
    return method ? method->label : name;
}

const pb_method *pb_method_of_results(const char *name)
{
    static const pb_method_kind kinds[] = {PB_METHOD_PURIFICATION, PB_METHOD_ASSURANCE, PB_METHOD_AUDIT};
    const pb_method *method = NULL;
    for (int i = 0; i < 3 && !method; i++)
        method = pb_method_find(kinds[i], name);
    return method;
}

void pb_catalog_names(pb_method_kind kind, bool (*which)(const pb_method *), char *out, size_t size)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(kind, &n);
    out[0] = '\0';
    for (int64_t i = 0; i < n; i++)
        if (!which || which(methods[i]))
            pb_words_list(out, size, methods[i]->name);
}

pb_status pb_catalog_need(pb_method_kind kind, const char *what, const char *name, int64_t *out)
{
    char known[512];
    *out = pb_catalog_find(kind, name);
    if (*out >= 0)
        return PB_STATUS_OK;
    pb_catalog_names(kind, NULL, known, sizeof known);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no %s \"%s\"; there are %s", what, name, known);
}

/* Sorts by insertion: lists are short, and equal places keep the order of the rows. */
static void insert(const pb_method *method, pb_method_list list, const pb_method **out, int64_t n)
{
    int64_t at = n;
    for (; at > 0 && out[at - 1]->place[list] > method->place[list]; at--)
        out[at] = out[at - 1];
    out[at] = method;
}

int64_t pb_methods_listed(pb_method_list list, const pb_method **out, int64_t capacity)
{
    const pb_method *sorted[PB_PURIFY_ROWS + PB_CATALOG_REGISTERED + PB_AUDIT_ROWS + PB_ASSURANCE_ROWS] = {NULL};
    int64_t n_listed = 0;
    for (pb_method_kind kind = PB_METHOD_PURIFICATION; kind <= PB_METHOD_ASSURANCE; kind++) {
        int64_t n;
        const pb_method *const *methods = pb_methods(kind, &n);
        for (int64_t i = 0; i < n; i++)
            if (methods[i]->place[list] > 0)
                insert(methods[i], list, sorted, n_listed++);
    }
    for (int64_t i = 0; i < n_listed && i < capacity; i++)
        out[i] = sorted[i];
    return n_listed;
}

const char *pb_method_family_name(pb_method_family family)
{
    static const char *const names[] = {
        [PB_FAMILY_CONTROL] = "control",     [PB_FAMILY_DISTANCE] = "distance",
        [PB_FAMILY_DENSITY] = "density",     [PB_FAMILY_DISTRIBUTION] = "distribution",
        [PB_FAMILY_ISOLATION] = "isolation", [PB_FAMILY_COMBINED] = "combined",
        [PB_FAMILY_ADAPTIVE] = "adaptive",   [PB_FAMILY_AUDIT] = "audit",
        [PB_FAMILY_BASELINE] = "baseline",
    };
    return (size_t)family < sizeof names / sizeof *names ? names[family] : "unknown";
}

const char *pb_method_need_name(pb_method_needs flag)
{
    switch (flag) {
    case PB_NEEDS_SHARE:
        return "share";
    case PB_NEEDS_TRUTH:
        return "truth";
    case PB_NEEDS_COSINE:
        return "cosine";
    case PB_NEEDS_SPREAD:
        return "spread";
    case PB_NEEDS_AROUND:
        return "around";
    case PB_NEEDS_NOTHING:
        break;
    }
    return "unknown";
}

const char *pb_method_parameter_name(pb_method_takes flag)
{
    switch (flag) {
    case PB_TAKES_PERCENTILE:
        return "percentile";
    case PB_TAKES_SEED:
        return "seed";
    case PB_TAKES_MULTIPLIER:
        return "multiplier";
    case PB_TAKES_NOTHING:
        break;
    }
    return "unknown";
}

bool pb_method_is_told(const pb_method *method)
{
    return (method->needs & (PB_NEEDS_SHARE | PB_NEEDS_TRUTH)) != 0;
}
