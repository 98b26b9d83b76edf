#include "experiment/treatments.h"

#include <stdio.h>
#include <string.h>

#include <purebank/purify.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/words.h"

enum { MAX_ITEM_BYTES = 64 };

pb_status pb_treatments_push(pb_treatment_list *list, pb_treatment treatment)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->value[i].method == treatment.method && list->value[i].multiplier == treatment.multiplier)
            return PB_STATUS_OK;
    PB_TRY(PB_RESERVE(list->value, list->n + 1, list->capacity));
    list->value[list->n++] = treatment;
    return PB_STATUS_OK;
}

/* A method, and an audit with each multiplier that the studies tried. */
static pb_status push_method(const pb_method *method, pb_treatment_list *out)
{
    if (!(method->takes & PB_TAKES_MULTIPLIER))
        return pb_treatments_push(out, (pb_treatment){method, 0});
    for (int64_t i = 0; i < method->n_published_multipliers; i++)
        PB_TRY(pb_treatments_push(out, (pb_treatment){method, method->published_multipliers[i]}));
    return PB_STATUS_OK;
}

static pb_status push_all(pb_method_kind kind, pb_treatment_list *out)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(kind, &n);
    for (int64_t i = 0; i < n; i++)
        PB_TRY(push_method(methods[i], out));
    return PB_STATUS_OK;
}

static pb_status push_listed(pb_method_list list, pb_treatment_list *out)
{
    const pb_method **methods;
    const int64_t n = pb_methods_listed(list, NULL, 0);
    PB_TRY(PB_NEW(methods, n));
    pb_methods_listed(list, methods, n);
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        status = push_method(methods[i], out);
    pb_free(methods);
    return status;
}

/* ---- Purifications and audits ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    pb_method_list list;
    bool audits; /* it has some */
} lists[] = {
    {"fast", PB_LIST_FAST, false},
    {"core", PB_LIST_CORE, false},
    {"extended", PB_LIST_EXTENDED, false},
    {"few-references", PB_LIST_FEW_REFERENCES, false},
    {"percentile", PB_LIST_PERCENTILE, false},
    {"pixel", PB_LIST_PIXEL, false},
    {"image-level", PB_LIST_IMAGE_LEVEL, true},
};

static pb_status push_named(const char *name, bool audits, pb_treatment_list *out)
{
    const pb_method *method = audits ? pb_method_find(PB_METHOD_AUDIT, name) : NULL;
    if (!method && pb_purify_method_find(name, &method) != PB_STATUS_OK)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s; or one of fast, core, extended, all%s", pb_error_message(),
                       audits ? "; or an audit rule" : "");
    return push_method(method, out);
}

static pb_status parse(const char *text, bool audits, pb_treatment_list *out)
{
    char item[MAX_ITEM_BYTES];
    if (strcmp(text, "all") == 0)
        return push_all(PB_METHOD_PURIFICATION, out);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(text, lists[i].name) == 0 && (audits || !lists[i].audits))
            return push_listed(lists[i].list, out);
    while (pb_item_next_text(&text, item, sizeof item))
        PB_TRY(push_named(item, audits, out));
    PB_CHECK_ARG(out->n > 0, "the list of methods is empty");
    return PB_STATUS_OK;
}

pb_status pb_treatments_purify(const char *text, pb_treatment_list *out)
{
    return parse(text, false, out);
}

pb_status pb_treatments_images(const char *text, pb_treatment_list *out)
{
    return parse(text, true, out);
}

/* ---- Assurance ---------------------------------------------------------------------------------------------------- */

static pb_status push_assurance(const char *name, pb_treatment_list *out)
{
    const pb_method *method = pb_method_find(PB_METHOD_ASSURANCE, name);
    if (strcmp(name, "all") == 0)
        return push_listed(PB_LIST_ASSURANCE, out);
    if (method && method->place[PB_LIST_ASSURANCE] > 0) /* one does not: it stands in published files only */
        return push_method(method, out);
    pb_treatment_list all = {0};
    char known[512] = "";
    PB_TRY(push_listed(PB_LIST_ASSURANCE, &all));
    for (int64_t i = 0; i < all.n; i++)
        pb_words_list(known, sizeof known, all.value[i].method->name);
    pb_free(all.value);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no method \"%s\" of assurance; there are all, %s", name, known);
}

pb_status pb_treatments_assure(const char *text, pb_treatment_list *out)
{
    char item[MAX_ITEM_BYTES];
    while (pb_item_next_text(&text, item, sizeof item))
        PB_TRY(push_assurance(item, out));
    PB_CHECK_ARG(out->n > 0, "the list of methods is empty");
    return PB_STATUS_OK;
}
