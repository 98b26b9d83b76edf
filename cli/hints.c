#include "hints.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <purebank/status.h>

/* `%` stands for what the hint is about. */
typedef struct hint_words {
    const char *words;
    const char *words_about; /* where the hint says what it is about; NULL: `words` do for both */
} hint_words;

static const hint_words words_of[] = {
    [PB_HINT_MAX_PIXELS] = {.words = " (--max-pixels)"},
    [PB_HINT_MEMORY] = {.words = " (--memory sets the limit)"},
    [PB_HINT_START_OVER] = {.words = "; use another folder, or --force to redo it",
                            .words_about = "; use another folder, or --force --categories % to redo it"},
    [PB_HINT_NOT_HALF] = {.words = ": leave out --f16"},
    [PB_HINT_CHECK_CACHE] = {.words = "; purebank cache --check says more",
                             .words_about = "; purebank cache --check % says more"},
    [PB_HINT_PRECISION] = {.words = " (--precision)"},
    [PB_HINT_DECIDE_AGAIN] = {.words = " (--decisions)"},
    [PB_HINT_NAME_DETECTORS] = {.words = " (--cache NAME=DIR)"},
    [PB_HINT_CHOOSE_CATEGORIES] = {.words = " (--categories)"},
    [PB_HINT_CHOOSE_SETUP] = {.words = "; use --setup disjoint, shared or both",
                              .words_about = "; use --setup %, another folder, or --force"},
    [PB_HINT_CHOOSE_METHODS] = {.words = " (--methods)"},
    [PB_HINT_BACKBONE] = {.words = ", with --backbone"},
    [PB_HINT_ANY_PRECISION] = {.words = "; --allow-precision-mix takes it all the same"},
    [PB_HINT_SAVE_DECISIONS] = {.words =
                                    ": the page of audit --report saves decisions.json where the browser keeps its "
                                    "downloads; move it here, or name it there (--decisions)"},
    [PB_HINT_WITHOUT_CHARTS] = {.words = " with --only cd"},
};

const char *cli_error_message(void)
{
    static char text[4096];
    const pb_hint hint = pb_error_hint();
    const char *about = pb_error_hint_about(), *words = NULL;
    if ((size_t)hint < sizeof words_of / sizeof *words_of)
        words = *about && words_of[hint].words_about ? words_of[hint].words_about : words_of[hint].words;
    if (!words)
        words = "";
    const int before = (int)strcspn(words, "%");
    const bool has_place = words[before] == '%';
    snprintf(text, sizeof text, "%s%.*s%s%s", pb_error_message(), before, words, has_place ? about : "",
             has_place ? words + before + 1 : "");
    return text;
}
