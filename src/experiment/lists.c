#include "experiment/lists.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_VALUES = 10000 };

bool pb_list_next(const char **list, char item[PB_LIST_ITEM_BYTES])
{
    if (!**list)
        return false;
    const size_t length = strcspn(*list, ",");
    snprintf(item, PB_LIST_ITEM_BYTES, "%.*s", (int)(length < PB_LIST_ITEM_BYTES ? length : PB_LIST_ITEM_BYTES - 1),
             *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static int64_t count_items(const char *list)
{
    char item[PB_LIST_ITEM_BYTES];
    int64_t n = 0;
    while (pb_list_next(&list, item))
        n++;
    return n;
}

static pb_status bad_item(const char *what, const char *item, const char *expected)
{
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: '%s' is not %s", what, item, expected);
}

/* ---- Whole numbers ---------------------------------------------------------------------------------------------- */

static pb_status push_int(pb_int_list *list, int64_t value, int64_t capacity)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->value[i] == value)
            return PB_STATUS_OK;
    if (list->n == capacity)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "a list of more than %" PRId64 " numbers", capacity);
    list->value[list->n++] = value;
    return PB_STATUS_OK;
}

/* "7" or "0-4" */
static bool parse_range(const char *item, int64_t low, int64_t high, int64_t *first, int64_t *last)
{
    char *end;
    errno = 0;
    *first = *last = strtoll(item, &end, 10);
    if (end == item || errno)
        return false;
    if (*end == '-') {
        const char *second = end + 1;
        *last = strtoll(second, &end, 10);
        if (end == second)
            return false;
    }
    return !*end && !errno && *first >= low && *last <= high && *first <= *last;
}

pb_status pb_int_list_parse(const char *what, const char *text, int64_t low, int64_t high, pb_int_list *out)
{
    char item[PB_LIST_ITEM_BYTES], expected[96];
    PB_TRY(PB_NEW_UNINITIALISED(out->value, MAX_VALUES));
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64 ", or a range such as 0-4", low,
             high);
    while (pb_list_next(&text, item)) {
        int64_t first, last;
        if (!parse_range(item, low, high, &first, &last))
            return bad_item(what, item, expected);
        for (int64_t value = first; value <= last; value++)
            PB_TRY(push_int(out, value, MAX_VALUES));
    }
    PB_CHECK_ARG(out->n > 0, "%s: the list is empty", what);
    return PB_STATUS_OK;
}

/* ---- Real numbers ----------------------------------------------------------------------------------------------- */

static void push_real(pb_real_list *list, double value)
{
    for (int64_t i = 0; i < list->n; i++)
        if (list->value[i] == value)
            return;
    list->value[list->n++] = value;
}

pb_status pb_real_list_parse(const char *what, const char *text, double low, double high, pb_real_list *out)
{
    char item[PB_LIST_ITEM_BYTES], expected[64];
    PB_TRY(PB_NEW(out->value, count_items(text)));
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    while (pb_list_next(&text, item)) {
        char *end;
        const double value = strtod(item, &end);
        if (end == item || *end || !(value >= low && value <= high))
            return bad_item(what, item, expected);
        push_real(out, value);
    }
    PB_CHECK_ARG(out->n > 0, "%s: the list is empty", what);
    return PB_STATUS_OK;
}
