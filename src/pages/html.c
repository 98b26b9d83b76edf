#include "pages/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <purebank/runtime.h>

#include "base/utf8.h"
#include "pages/assets.h"

enum { FORMAT_BYTES = 1024, BASE64_GROUPS = 1024 };

static void write_bytes(pb_page *page, const void *bytes, size_t size)
{
    if (page->status == PB_STATUS_OK)
        page->status = pb_writer_write(page->writer, bytes, size);
}

pb_status pb_page_open(const char *path, pb_page *out)
{
    *out = (pb_page){.status = PB_STATUS_OK};
    PB_TRY(pb_writer_open(path, &out->writer));
    out->numbers = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!out->numbers) {
        pb_writer_abort(out->writer);
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot create the C locale for the report's numbers");
    }
    out->previous = uselocale(out->numbers);
    return PB_STATUS_OK;
}

pb_status pb_page_close(pb_page *page, pb_status content)
{
    (void)uselocale(page->previous);
    freelocale(page->numbers);
    const pb_status status = content != PB_STATUS_OK ? content : page->status;
    if (status == PB_STATUS_OK)
        return pb_writer_commit(page->writer);
    pb_writer_abort(page->writer);
    return status;
}

void pb_page_html(pb_page *page, const char *markup)
{
    write_bytes(page, markup, strlen(markup));
}

void pb_page_printf(pb_page *page, const char *format, ...)
{
    char text[FORMAT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang 14 loses sight of va_start() when it inlines */
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    PB_ASSERT(length >= 0 && length < FORMAT_BYTES);
    write_bytes(page, text, (size_t)length);
}

/* Unicode's pictures of control characters (U+2400...): a newline in a name is seen, and breaks nothing. */
static uint32_t visible(uint32_t code)
{
    if (code < 0x20)
        return 0x2400 + code;
    if (code == 0x7f)
        return 0x2421;
    return (code >= 0x80 && code < 0xa0) || pb_utf8_turns_direction(code) ? PB_UTF8_REPLACEMENT : code;
}

static const char *entity(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void pb_page_text(pb_page *page, const char *text)
{
    while (*text) {
        const uint32_t code = visible(pb_utf8_next(&text));
        char bytes[4];
        if (entity(code))
            pb_page_html(page, entity(code));
        else
            write_bytes(page, bytes, (size_t)pb_utf8_encode(code, bytes));
    }
}

void pb_page_json(pb_page *page, const char *id, const char *json)
{
    pb_page_printf(page, "<script type=\"application/json\" id=\"%s\">", id);
    /* '<' occurs only inside strings, where the escape means the same; so "</script>" cannot occur. */
    while (*json) {
        const size_t plain = strcspn(json, "<");
        write_bytes(page, json, plain);
        json += plain;
        if (*json == '<') {
            pb_page_html(page, "\\u003c");
            json++;
        }
    }
    pb_page_html(page, "</script>\n");
}

/* At most 3 bytes as 4 characters (RFC 4648). */
static void base64_group(const uint8_t *bytes, size_t n, char out[4])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint32_t bits = (uint32_t)bytes[0] << 16 | (n > 1 ? (uint32_t)bytes[1] << 8 : 0) | (n > 2 ? bytes[2] : 0);
    out[0] = digits[bits >> 18];
    out[1] = digits[bits >> 12 & 63];
    out[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
    out[3] = n > 2 ? digits[bits & 63] : '=';
}

static void write_base64(pb_page *page, const uint8_t *bytes, size_t size)
{
    char text[BASE64_GROUPS * 4];
    for (size_t done = 0; done < size;) {
        size_t used = 0;
        for (; used < sizeof text && done < size; used += 4, done += 3)
            base64_group(bytes + done, size - done < 3 ? size - done : 3, text + used);
        write_bytes(page, text, used);
    }
}

void pb_page_jpeg_url(pb_page *page, const uint8_t *jpeg, size_t size)
{
    pb_page_html(page, "data:image/jpeg;base64,");
    write_base64(page, jpeg, size);
}

void pb_page_svg_url(pb_page *page, const char *svg, size_t size)
{
    pb_page_html(page, "data:image/svg+xml;base64,");
    write_base64(page, (const uint8_t *)svg, size);
}

static uint8_t hex_digit(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* A source expression of the policy: 'sha256-...' of an inline element's text (Content Security Policy
 * 3, 6.7.3). */
static void write_policy_hash(pb_page *page, const unsigned char *text, size_t size)
{
    char hex[65];
    uint8_t digest[32];
    if (page->status == PB_STATUS_OK)
        page->status = pb_sha256_bytes(text, size, hex);
    if (page->status != PB_STATUS_OK)
        return;
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    pb_page_html(page, "'sha256-");
    write_base64(page, digest, sizeof digest);
    pb_page_html(page, "'");
}

/* The scripts of a page: its own, where it has one, after that of all. Returns how many. */
static int find_scripts(const pb_page *page, const unsigned char *text[2], size_t size[2])
{
    text[0] = pb_zoom_js;
    size[0] = pb_zoom_js_size;
    switch (page->script) {
    case PB_PAGE_STILL:
        return 1;
#define SCRIPT(ID, name)                                                                                               \
    case PB_PAGE_##ID:                                                                                                 \
        text[1] = pb_##name##_js;                                                                                      \
        size[1] = pb_##name##_js_size;                                                                                 \
        return 2;
#include "pages/page_scripts.def"
#undef SCRIPT
    }
    PB_ASSERT(false);
    return 1;
}

void pb_page_begin(pb_page *page, const char *title, bool is_wide, pb_page_script script)
{
    const unsigned char *text[2];
    size_t size[2];
    page->script = script;
    const int n_scripts = find_scripts(page, text, size);
    pb_page_html(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                       "base-uri 'none'; form-action 'none'; style-src ");
    write_policy_hash(page, pb_page_css, pb_page_css_size);
    pb_page_html(page, "; script-src");
    for (int i = 0; i < n_scripts; i++) {
        pb_page_html(page, " ");
        write_policy_hash(page, text[i], size[i]);
    }
    pb_page_html(page, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    pb_page_text(page, title);
    pb_page_html(page, "</title>\n<style>");
    write_bytes(page, pb_page_css, pb_page_css_size);
    pb_page_html(page, is_wide ? "</style>\n</head>\n<body>\n<main class=\"wide\">\n"
                               : "</style>\n</head>\n<body>\n<main>\n");
}

void pb_page_end(pb_page *page)
{
    const unsigned char *text[2];
    size_t size[2];
    const int n_scripts = find_scripts(page, text, size);
    pb_page_printf(page,
                   "<footer class=\"colophon\">Written by purebank %s. This file is complete in itself and opens "
                   "without a network.</footer>\n</main>\n",
                   pb_version());
    for (int i = 0; i < n_scripts; i++) {
        pb_page_html(page, "<script>");
        write_bytes(page, text[i], size[i]);
        pb_page_html(page, "</script>\n");
    }
    pb_page_html(page, "</body>\n</html>\n");
}

void pb_page_score(pb_page *page, double score, int decimals)
{
    if (isinf(score))
        pb_page_html(page, score > 0 ? "&infin;" : "&minus;&infin;");
    else if (fabs(score) >= 1e7)
        pb_page_printf(page, "%.4g", score);
    else
        pb_page_printf(page, "%.*f", decimals, score);
}

int pb_score_decimals(const double *scores, int64_t n)
{
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(scores[i]));
    const double digits = largest > 0 && isfinite(largest) ? floor(log10(largest)) : 0;
    return (int)fmin(fmax(3 - digits, 0), 9);
}

void pb_page_count(pb_page *page, int64_t n, const char *one, const char *many)
{
    pb_page_printf(page, "%" PRId64 " %s", n, n == 1 ? one : many);
}
