#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* Length of the sequence that `lead` starts, 0 if it starts none; *lowest is the smallest code of that
 * length. */
static int sequence_length(unsigned char lead, uint32_t *lowest)
{
    if (lead < 0x80) {
        *lowest = 0;
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        *lowest = 0x80;
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        *lowest = 0x800;
        return 3;
    }
    *lowest = 0x10000;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

uint32_t pb_utf8_next(const char **text)
{
    static const unsigned char lead_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *bytes = (const unsigned char *)*text;
    uint32_t lowest;
    const int length = sequence_length(bytes[0], &lowest);
    ++*text;
    if (length == 0)
        return PB_UTF8_REPLACEMENT;
    uint32_t code = bytes[0] & (uint32_t)lead_bits[length];
    for (int i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) /* also stops at the final NUL */
            return PB_UTF8_REPLACEMENT;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    if (code < lowest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return PB_UTF8_REPLACEMENT;
    *text += length - 1;
    return code;
}

int pb_utf8_encode(uint32_t code, char bytes[4])
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    const int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = length - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(lead[length] | code);
    return length;
}

bool pb_utf8_turns_direction(uint32_t code)
{
    return code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static bool is_obeyed(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           pb_utf8_turns_direction(code);
}

void pb_utf8_make_printable(char *text)
{
    const char *next = text;
    char *out = text;
    while (*next) {
        const char *here = next;
        const uint32_t code = pb_utf8_next(&next);
        const size_t length = (size_t)(next - here);
        /* U+FFFD itself is three bytes long; one byte means that it stands for an invalid one. */
        if (is_obeyed(code) || (code == PB_UTF8_REPLACEMENT && length == 1)) {
            *out++ = '?';
        } else {
            memmove(out, here, length);
            out += length;
        }
    }
    *out = '\0';
}
