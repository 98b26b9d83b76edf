#include "station/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t station_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t station_steady_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void station_time_text(int64_t ms, char out[STATION_TIME_BYTES])
{
    const int64_t rest = ((ms % 1000) + 1000) % 1000;
    const time_t seconds = (time_t)((ms - rest) / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || parts.tm_year < -1900 || parts.tm_year > 8099) {
        snprintf(out, STATION_TIME_BYTES, "1970-01-01T00:00:00.000Z");
        return;
    }
    const size_t n = strftime(out, STATION_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out + n, STATION_TIME_BYTES - n, ".%03dZ", (int)rest);
}

/* `n` digits; false where there is anything else. */
static bool take_number(const char **text, int n, int low, int high, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        value = 10 * value + (**text - '0');
    }
    *out = value;
    return value >= low && value <= high;
}

static bool take_letter(const char **text, const char *allowed)
{
    if (!**text || !strchr(allowed, **text))
        return false;
    (*text)++;
    return true;
}

/* Days since 1970 of a date of the Gregorian calendar (Hinnant, chrono-compatible low-level date algorithms). */
static int64_t days_of(int year, int month, int day)
{
    const int64_t y = year - (month <= 2);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_fraction(const char **text, int *out_ms)
{
    int digits = 0, value = 0;
    *out_ms = 0;
    if (**text != '.')
        return true;
    for ((*text)++; **text >= '0' && **text <= '9' && digits < 9; (*text)++, digits++)
        if (digits < 3)
            value = 10 * value + (**text - '0');
    for (int i = digits; i < 3; i++)
        value *= 10;
    *out_ms = value;
    return digits > 0;
}

static bool take_offset(const char **text, int *out_minutes)
{
    int hours, minutes;
    *out_minutes = 0;
    if (take_letter(text, "Zz"))
        return true;
    /* In a query "+" may have become a space. */
    const int sign = **text == '-' ? -1 : 1;
    if (!take_letter(text, "+- ") || !take_number(text, 2, 0, 23, &hours) || !take_letter(text, ":") ||
        !take_number(text, 2, 0, 59, &minutes))
        return false;
    *out_minutes = sign * (60 * hours + minutes);
    return true;
}

bool station_time_parse(const char *text, int64_t *out_ms)
{
    int year, month, day, hour, minute, second, ms, offset;
    if (!take_number(&text, 4, 0, 9999, &year) || !take_letter(&text, "-") || !take_number(&text, 2, 1, 12, &month) ||
        !take_letter(&text, "-") || !take_number(&text, 2, 1, 31, &day) || !take_letter(&text, "Tt ") ||
        !take_number(&text, 2, 0, 23, &hour) || !take_letter(&text, ":") || !take_number(&text, 2, 0, 59, &minute) ||
        !take_letter(&text, ":") || !take_number(&text, 2, 0, 60, &second) || !take_fraction(&text, &ms) ||
        !take_offset(&text, &offset) || *text)
        return false;
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > length[month - 1] + (leap && month == 2))
        return false;
    *out_ms = (((days_of(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + ms;
    return true;
}
