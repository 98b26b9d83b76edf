/* What the tests of the reports share: a checker of markup, and references to report on. */
#ifndef PB_TESTS_REPORT_H
#define PB_TESTS_REPORT_H

#include "support.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "io/file.h"

enum { GRID = 4, PATCHES = GRID * GRID, DIM = 6, MAX_IMAGES = 24, MAX_DEPTH = 64 };

/* ---- a tiny checker of markup ---- */

static inline bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Does every element end where it should, every attribute's quote close, every text avoid '<'? On an error *where
 * points at it. */
static inline bool is_balanced(const char *html, const char **where)
{
    static const char *const voids[] = {"meta", "img", "input", "br", NULL};
    char stack[MAX_DEPTH][32];
    int depth = 0;
    for (const char *c = html; (c = strchr(c, '<'));) {
        char name[32] = "", end_tag[40];
        *where = c;
        if (strncmp(c, "<!DOCTYPE html>", 15) == 0 && c == html) {
            c++;
            continue;
        }
        const bool closes = c[1] == '/';
        const size_t length = strspn(c + 1 + closes, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (length == 0 || length >= sizeof name)
            return false;
        memcpy(name, c + 1 + closes, length);
        bool quoted = false;
        const char *end = c + 1;
        for (; *end && (quoted || *end != '>'); end++) {
            if (*end == '"')
                quoted = !quoted;
            else if (*end == '<' && !quoted)
                return false;
        }
        if (!*end)
            return false;
        c = end + 1;
        if (closes) {
            if (depth == 0 || strcmp(stack[--depth], name) != 0)
                return false;
        } else if (end[-1] != '/' && !is_one_of(name, voids)) {
            if (depth == MAX_DEPTH)
                return false;
            memcpy(stack[depth++], name, sizeof name);
            snprintf(end_tag, sizeof end_tag, "</%s", name);
            if ((strcmp(name, "script") == 0 || strcmp(name, "style") == 0) && !(c = strstr(c, end_tag)))
                return false;
        }
    }
    *where = html + strlen(html);
    return depth == 0;
}

static inline int64_t occurrences(const char *haystack, const char *needle)
{
    int64_t n = 0;
    for (; (haystack = strstr(haystack, needle)); haystack += strlen(needle))
        n++;
    return n;
}

/* Reads a page and checks what holds for every page; free with free(). */
static inline char *read_page(const char *path, size_t *size)
{
    uint8_t *bytes;
    size_t n;
    assert_ok(pb_file_read(path, 64 << 20, &bytes, &n));
    char *page = malloc(n + 1);
    assert_non_null(page);
    memcpy(page, bytes, n + 1);
    pb_free(bytes);
    assert_int_equal(strlen(page), n);
    const char *where;
    if (!is_balanced(page, &where))
        fail_msg("%s: markup broken at: %.200s", path, where);
    for (const char *c = page; *c;) {
        const char *const start = c;
        if (pb_utf8_next(&c) == PB_UTF8_REPLACEMENT)
            assert_int_equal(strncmp(start, "\xef\xbf\xbd", 3), 0);
    }
    assert_int_equal(occurrences(page, "http:"), 0);
    assert_int_equal(occurrences(page, "https:"), 0);
    assert_int_equal(occurrences(page, "@import"), 0);
    assert_int_equal(occurrences(page, "url("), 0);
    assert_int_equal(occurrences(page, " style=\""), 0); /* the policy would ignore them */
    assert_int_equal(occurrences(page, "Content-Security-Policy\" content=\"default-src 'none'"), 1);
    if (size)
        *size = n;
    return page;
}

/* ---- references to report on ---- */

typedef struct fixture {
    char dir[4096], page[4200];
    float data[MAX_IMAGES * PATCHES * DIM];
    char path[MAX_IMAGES][4400];
    const char *paths[MAX_IMAGES];
    pb_features *features;
    pb_references *references;
    pb_audit *audit;
} fixture;

/* Random references; the images in [0, n_bad) have patches far from all others. */
static inline void fixture_open(fixture *fix, int64_t n, int64_t n_bad)
{
    test_rng rng = {7};
    memset(fix, 0, sizeof *fix);
    test_make_temp_dir(fix->dir, sizeof fix->dir);
    snprintf(fix->page, sizeof fix->page, "%s/report.html", fix->dir);
    for (int64_t i = 0; i < n * PATCHES * DIM; i++)
        fix->data[i] = (float)test_rng_normal(&rng);
    for (int64_t i = 0; i < n_bad; i++)
        fix->data[i * PATCHES * DIM + 5 * DIM + i] += 30.0f + 5.0f * (float)i; /* patch 5: row 2, column 2 */
    for (int64_t i = 0; i < n; i++) {
        snprintf(fix->path[i], sizeof fix->path[i], "%s/%02d.png", fix->dir, (int)i);
        fix->paths[i] = fix->path[i];
    }
    assert_ok(pb_features_borrow(fix->data, n, GRID, GRID, DIM, &fix->features));
    assert_ok(pb_references_new(fix->features, 3, NULL, &fix->references));
    assert_ok(pb_audit_run(fix->references, "imgmax_mad", 0, &fix->audit));
}

static inline pb_audit_report fixture_report(const fixture *fix)
{
    return (pb_audit_report){
        .size = sizeof(pb_audit_report), .audit = fix->audit, .references = fix->references, .paths = fix->paths};
}

static inline void write_noise(const char *path, int32_t width, int32_t height)
{
    test_rng rng = {(uint64_t)width};
    pb_image image;
    assert_ok(pb_image_new(width, height, &image));
    for (int64_t i = 0; i < (int64_t)width * height * 3; i++)
        image.rgb[i] = (uint8_t)(test_rng_next(&rng) >> 56);
    assert_ok(pb_image_write_png(&image, path));
    pb_image_free(&image);
}

static inline void fixture_close(fixture *fix)
{
    pb_audit_free(fix->audit);
    pb_references_free(fix->references);
    pb_features_free(fix->features);
    for (int i = 0; i < MAX_IMAGES; i++)
        if (fix->path[i][0])
            unlink(fix->path[i]);
    unlink(fix->page);
    assert_int_equal(rmdir(fix->dir), 0);
}

#endif
