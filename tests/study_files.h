/* Result files that tests write. */
#ifndef PB_TESTS_STUDY_FILES_H
#define PB_TESTS_STUDY_FILES_H

#include "support.h"

static char study_folder[256]; /* made by the test */

static inline int study_make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(study_folder, sizeof study_folder);
    return 0;
}

static inline int study_remove_folder(void **state)
{
    (void)state;
    return test_remove_dir(study_folder);
}

static inline const char *study_path(const char *name)
{
    static char path[8][512];
    static int next;
    char *out = path[next++ % 8];
    snprintf(out, sizeof path[0], "%s/%s", study_folder, name);
    return out;
}

static inline void study_write(const char *name, const char *text)
{
    FILE *file = fopen(study_path(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Fails unless the last message has all of `text`. */
#define assert_message(text)                                                                                           \
    do {                                                                                                               \
        if (!strstr(pb_error_message(), text))                                                                         \
            fail_msg("\"%s\" is not in: %s", text, pb_error_message());                                                \
    } while (0)

#endif
