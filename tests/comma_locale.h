/* A locale whose decimal point is a comma, made for the test: whether a machine has one of the kind is chance. */
#ifndef PB_TESTS_COMMA_LOCALE_H
#define PB_TESTS_COMMA_LOCALE_H

#include <locale.h>

#include "support.h"

/* Numbers are printed with a comma from here on, until setlocale(LC_NUMERIC, "C"). Skips where localedef has no character maps
 * (Debian's package locales). @param folder a fresh one of the test's own */
static inline void test_use_comma_locale(const char *folder)
{
    char command[1024], number[8];
    snprintf(command, sizeof command,
             "cd '%s' && printf 'LC_NUMERIC\\ndecimal_point \",\"\\nthousands_sep \".\"\\ngrouping 3;3\\nEND "
             "LC_NUMERIC\\n' >comma && "
             "localedef -c -i ./comma ./xx_XX >localedef.log 2>&1; test -s xx_XX/LC_NUMERIC",
             folder);
    if (system(command) != 0)
        skip();
    assert_int_equal(setenv("LOCPATH", folder, 1), 0);
    assert_non_null(setlocale(LC_NUMERIC, "xx_XX"));
    snprintf(number, sizeof number, "%.1f", 0.5);
    assert_string_equal(number, "0,5");
}

#endif
