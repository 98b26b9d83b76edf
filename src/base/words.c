#include "base/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *pb_words_between(int64_t i, int64_t n, const char *last)
{
    if (i == 0)
        return "";
    return i + 1 < n ? ", " : last;
}

bool pb_words_add(char *text, size_t size, const char *between, const char *word)
{
    const size_t used = strlen(text), length = strlen(word) + (used ? strlen(between) : 0);
    if (used + length >= size)
        return false;
    snprintf(text + used, size - used, "%s%s", used ? between : "", word);
    return true;
}

void pb_words_list(char *text, size_t size, const char *name)
{
    static const char CUT[] = "...";
    const size_t used = strlen(text), length = strlen(CUT), between = strlen(", ");
    if (used >= length && strcmp(text + used - length, CUT) == 0)
        return;
    const bool has_room = used + between + strlen(name) + between + length < size; /* for the dots after it, too */
    pb_words_add(text, size, ", ", has_room ? name : CUT);
}

void pb_words_of_integers(const int64_t *values, int64_t n, const char *between, const char *last, char *out,
                          size_t size)
{
    char number[24];
    out[0] = '\0';
    for (int64_t i = 0; i < n; i++) {
        snprintf(number, sizeof number, "%" PRId64, values[i]);
        pb_words_add(out, size, i + 1 < n ? between : last, number);
    }
}
