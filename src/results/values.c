#include "results/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pb_value_number(const char *text, double *out)
{
    if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0) {
        *out = *text == 'T';
        return true;
    }
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && !strpbrk(text, "xX"); /* hexadecimal is text */
}

void pb_key_text(const char *const *value, int n, char out[PB_KEY_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < n && used < PB_KEY_BYTES; i++) {
        double number;
        char text[64];
        const char *shown = value[i];
        if (pb_value_number(value[i], &number)) {
            snprintf(text, sizeof text, "%.9g", number == 0 ? 0 : number);
            shown = text;
        }
        used += (size_t)snprintf(out + used, PB_KEY_BYTES - used, "%s%s", i ? ";" : "", shown);
    }
}
