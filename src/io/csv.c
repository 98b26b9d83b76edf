#include "io/csv.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pb_status separate(pb_writer *writer, bool first, char separator)
{
    return first ? PB_STATUS_OK : pb_writer_write(writer, &separator, 1);
}

/* RFC 4180, 2.6 and 2.7: in quotes where a reader would split, with quotes doubled. */
static pb_status write_quoted(pb_writer *writer, const char *text)
{
    const char start[] = {'"', PB_CSV_GUARD};
    PB_TRY(pb_writer_write(writer, start, pb_csv_is_guarded(text) ? 2 : 1));
    for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
        PB_TRY(pb_writer_write(writer, text, (size_t)(quote - text)));
        PB_TRY(pb_writer_write(writer, "\"\"", 2));
    }
    PB_TRY(pb_writer_write(writer, text, strlen(text)));
    return pb_writer_write(writer, "\"", 1);
}

/* Not by strtod(), which asks the locale. */
static bool is_number(const char *text)
{
    static const char digits[] = "0123456789";
    text += *text == '+' || *text == '-';
    if (strcmp(text, "inf") == 0 || strcmp(text, "nan") == 0)
        return true;
    const size_t whole = strspn(text, digits);
    text += whole;
    const size_t fraction = *text == '.' ? strspn(text + 1, digits) : 0;
    text += *text == '.' ? fraction + 1 : 0;
    if (whole + fraction == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-';
        const size_t exponent = strspn(text, digits);
        return exponent > 0 && !text[exponent];
    }
    return !*text;
}

bool pb_csv_is_guarded(const char *text)
{
    if (*text == PB_CSV_GUARD)
        return pb_csv_is_guarded(text + 1);
    return *text && strchr("=+-@\t", *text) && text[1] && !is_number(text);
}

pb_status pb_csv_text(pb_writer *writer, bool first, char separator, const char *text)
{
    const char special[] = {'"', '\r', '\n', separator, '\0'};
    const char guard = PB_CSV_GUARD;
    PB_TRY(separate(writer, first, separator));
    if (strpbrk(text, special))
        return write_quoted(writer, text);
    if (pb_csv_is_guarded(text))
        PB_TRY(pb_writer_write(writer, &guard, 1));
    return pb_writer_write(writer, text, strlen(text));
}

void pb_use_decimal_point(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *found = strstr(text, point);
    if (!found)
        return;
    *found = '.';
    memmove(found + 1, found + strlen(point), strlen(found + strlen(point)) + 1);
}

pb_status pb_csv_number(pb_writer *writer, bool first, char separator, double value)
{
    char text[64];
    PB_TRY(separate(writer, first, separator));
    if (!isfinite(value)) {
        const char *name = isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
        return pb_writer_write(writer, name, strlen(name));
    }
    /* 15 digits survive decimal -> double -> decimal, 17 survive double -> decimal -> double (DBL_DIG,
     * DBL_DECIMAL_DIG); only subnormal numbers have shorter forms than this finds. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    pb_use_decimal_point(text);
    return pb_csv_text(writer, true, separator, text);
}

pb_status pb_csv_end_row(pb_writer *writer)
{
    return pb_writer_write(writer, "\r\n", 2);
}
