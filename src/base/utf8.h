/* File names are bytes, pages and terminals show Unicode: how the one becomes the other. */
#ifndef PB_BASE_UTF8_H
#define PB_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

enum { PB_UTF8_REPLACEMENT = 0xfffd };

/* The code point at *text, which must not be empty, and moves *text behind it. A byte that is not part of valid UTF-8
 * (overlong forms, surrogates and values above U+10FFFF are not valid) is one PB_UTF8_REPLACEMENT. */
uint32_t pb_utf8_next(const char **text);

/* Writes the 1..4 bytes of a valid code point; returns their number. */
int pb_utf8_encode(uint32_t code, char bytes[4]);

/* Marks that make what follows them read from the other side, so that a name looks like another. */
bool pb_utf8_turns_direction(uint32_t code);

/* Replaces, in place, by '?' what a terminal might obey instead of showing: control characters, line separators, marks that
 * turn the direction of writing; and every byte that is not valid UTF-8. */
void pb_utf8_make_printable(char *text);

#endif
