/* Lists in sentences: "a, b and c". */
#ifndef PB_BASE_WORDS_H
#define PB_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The text of a number that is a macro: PB_TEXT_OF(PB_DEFAULT_K). */
#define PB_TEXT_OF(macro) PB_TEXT_OF_EXPANDED(macro)
#define PB_TEXT_OF_EXPANDED(number) #number

/* What stands before item i of n: "", ", ", or `last` (" and ") before the last of several. */
const char *pb_words_between(int64_t i, int64_t n, const char *last);
/* Appends `between` and the word to the text, `between` only where there is something before it. What has no room as a whole is left out.
 * @return whether it was added */
bool pb_words_add(char *text, size_t size, const char *between, const char *word);
/* Appends a name to a list in a message, after ", ". The first that has no room, and all that follow, are ", ...": a list that is cut says so.
 * @param size of the text, 8 or more */
void pb_words_list(char *text, size_t size, const char *name);
/* "5, 10 and 20" with ", " between them and " and " before the last; "" of none. */
void pb_words_of_integers(const int64_t *values, int64_t n, const char *between, const char *last, char *out,
                          size_t size);

#endif
