#include "base/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_INTEGERS = 10000, MAX_NUMBER_BYTES = 64 };

/* ---- Items ------------------------------------------------------------------------------------------------------ */

pb_item pb_item_of(const char *text)
{
    return (pb_item){text, strlen(text)};
}

bool pb_item_is(pb_item item, const char *text)
{
    return strlen(text) == item.length && strncmp(text, item.text, item.length) == 0;
}

bool pb_item_next(const char **list, pb_item *out)
{
    const char *start = *list + strspn(*list, ", ");
    const size_t length = strcspn(start, ",");
    *list = start + length;
    *out = (pb_item){start, length};
    return length > 0;
}

bool pb_item_next_text(const char **list, char *out, size_t size)
{
    pb_item item;
    if (!pb_item_next(list, &item))
        return false;
    snprintf(out, size, "%.*s", (int)(item.length < size ? item.length : size - 1), item.text);
    return true;
}

int64_t pb_item_count(const char *list)
{
    pb_item item;
    int64_t n = 0;
    while (pb_item_next(&list, &item))
        n++;
    return n;
}

bool pb_item_split(const char **list, char separator, pb_item *out)
{
    if (!*list)
        return false;
    const char *end = strchr(*list, separator);
    *out = (pb_item){*list, end ? (size_t)(end - *list) : strlen(*list)};
    *list = end ? end + 1 : NULL;
    return true;
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

/* As people write numbers: strtod() and strtoll() alone would pass over blanks before them, and take 0x10, inf and nan. */
static bool is_decimal(pb_item item)
{
    return item.length > 0 && strspn(item.text, "0123456789+-.eE") >= item.length;
}

bool pb_item_integer(pb_item item, int64_t low, int64_t high, int64_t *out)
{
    char *end;
    errno = 0;
    const long long value = strtoll(item.text, &end, 10);
    if (!is_decimal(item) || end != item.text + item.length || errno || value < low || value > high)
        return false;
    *out = value;
    return true;
}

bool pb_item_real(pb_item item, double low, double high, double *out)
{
    char *end;
    errno = 0;
    const double value = strtod(item.text, &end);
    if (!is_decimal(item) || end != item.text + item.length || !(value >= low && value <= high))
        return false;
    if (errno == ERANGE && (value == 0 || isinf(value))) /* 1e-400 is not 0; 5e-324 is a number, if a rough one */
        return false;
    *out = value;
    return true;
}

/* "0.1%" becomes "0.1e-2": a quotient of rounded numbers would not be the number that 0.001 is. */
bool pb_item_share(pb_item item, double low, double high, double *out)
{
    char text[MAX_NUMBER_BYTES];
    if (item.length == 0 || item.text[item.length - 1] != '%')
        return pb_item_real(item, low, high, out);
    const size_t digits = item.length - 1;
    if (digits == 0 || digits > sizeof text - sizeof "e-2" || strspn(item.text, "0123456789.") != digits)
        return false;
    snprintf(text, sizeof text, "%.*se-2", (int)digits, item.text);
    return pb_item_real(pb_item_of(text), low, high, out);
}

bool pb_item_range(pb_item item, int64_t low, int64_t high, int64_t *first, int64_t *last)
{
    const char *dash = item.length > 1 ? memchr(item.text + 1, '-', item.length - 1) : NULL; /* not a sign */
    if (!dash) {
        const bool is_number = pb_item_integer(item, low, high, first);
        if (is_number)
            *last = *first;
        return is_number;
    }
    const size_t length = (size_t)(dash - item.text);
    int64_t begin, end;
    if (!pb_item_integer((pb_item){item.text, length}, low, high, &begin) ||
        !pb_item_integer((pb_item){dash + 1, item.length - length - 1}, begin, high, &end))
        return false;
    *first = begin;
    *last = end;
    return true;
}

bool pb_item_bytes(pb_item item, int64_t *out)
{
    static const char units[] = "kMGT";
    double factor = 1, value;
    const char *unit = item.length > 0 ? memchr(units, item.text[item.length - 1], sizeof units - 1) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        factor *= 1000;
    if (!pb_item_real((pb_item){item.text, item.length - (unit != NULL)}, 0, 1e18, &value))
        return false;
    value *= factor;
    if (!(value >= 1 && value <= 1e18))
        return false;
    *out = (int64_t)value;
    return true;
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

static pb_status bad_item(const char *what, pb_item item, const char *expected)
{
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: '%.*s' is not %s", what, (int)item.length, item.text, expected);
}

static pb_status push_integer(const char *what, int64_t value, int64_t *list, int64_t *n)
{
    for (int64_t i = 0; i < *n; i++)
        if (list[i] == value)
            return PB_STATUS_OK;
    PB_CHECK_ARG(*n < MAX_INTEGERS, "%s: a list of more than %d numbers", what, MAX_INTEGERS);
    list[(*n)++] = value;
    return PB_STATUS_OK;
}

pb_status pb_parse_integers(const char *what, const char *list, int64_t low, int64_t high, int64_t **out,
                            int64_t *out_n)
{
    char expected[96];
    pb_item item;
    int64_t first, last;
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64 ", or a range such as 0-4", low,
             high);
    *out_n = 0;
    PB_TRY(PB_NEW_UNINITIALISED(*out, MAX_INTEGERS));
    while (pb_item_next(&list, &item)) {
        if (!pb_item_range(item, low, high, &first, &last))
            return bad_item(what, item, expected);
        for (int64_t value = first; value <= last; value++)
            PB_TRY(push_integer(what, value, *out, out_n));
    }
    PB_CHECK_ARG(*out_n > 0, "%s: the list is empty", what);
    return PB_STATUS_OK;
}

static pb_status parse_numbers(const char *what, const char *list, const char *expected,
                               bool (*parse)(pb_item, double, double, double *), double low, double high, double **out,
                               int64_t *out_n)
{
    pb_item item;
    double value;
    int64_t n = 0;
    *out_n = 0;
    PB_TRY(PB_NEW(*out, pb_item_count(list)));
    while (pb_item_next(&list, &item)) {
        bool is_there = false;
        if (!parse(item, low, high, &value))
            return bad_item(what, item, expected);
        for (int64_t i = 0; i < n; i++)
            is_there = is_there || (*out)[i] == value;
        if (!is_there)
            (*out)[n++] = value;
    }
    PB_CHECK_ARG(n > 0, "%s: the list is empty", what);
    *out_n = n;
    return PB_STATUS_OK;
}

pb_status pb_parse_reals(const char *what, const char *list, double low, double high, double **out, int64_t *out_n)
{
    char expected[96];
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    return parse_numbers(what, list, expected, pb_item_real, low, high, out, out_n);
}

pb_status pb_parse_shares(const char *what, const char *list, double low, double high, double **out, int64_t *out_n)
{
    char expected[96];
    snprintf(expected, sizeof expected, "a number from %g to %g, or a percentage such as 5%%", low, high);
    return parse_numbers(what, list, expected, pb_item_share, low, high, out, out_n);
}
