#include "figures/style.h"

#include <cairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/study.h>

#include "base/utf8.h"
#include "figures/font.h"

#define SOLID "solid"
#define DASHED "(8,4)"
#define DOTTED "(2,3)"
#define DASH_DOT "(8,3,2,3)"
#define LONG_DASHED "(14,5)"

/* Labels are those of the catalogue. */
static const pb_figure_style methods[] = {
    {"none", "", "#000000", 6, SOLID, 1.0},
    {"ensemble_loo_mahal", "", "#D55E00", 7, SOLID, 1.3},
    {"loo_patch", "", "#0072B2", 5, SOLID, 0.9},
    {"mahalanobis_patch", "", "#009E73", 9, DASHED, 0.9},
    {"cosine_loo", "", "#56B4E9", 11, DASH_DOT, 0.9},
    {"lof_patch", "", "#CC79A7", 13, LONG_DASHED, 0.9},
    {"random_patch", "", "#888888", 1, DOTTED, 0.9},
    {"oracle_patch", "", "#000000", 12, DASHED, 0.8},
    {"pca_patch", "", "#E69F00", 4, SOLID, 0.9},
    {"isolation_forest_patch", "", "#882255", 2, DASHED, 0.9},
    {"iterative_loo", "", "#332288", 8, LONG_DASHED, 0.9},
    {"image_level_loo", "", "#999933", 12, SOLID, 0.9},
    {"global_iforest", "", "#CC6677", 10, DASH_DOT, 0.9},
    {"adaptive_loo_patch", "", "#44AA99", 3, DASHED, 0.9},
    {"grubbs_adaptive_loo", "", "#B8860B", 14, DOTTED, 0.9},
    {"gmm_adaptive_loo", "", "#AA4499", 15, SOLID, 0.9},
    {"mad_adaptive_loo", "", "#117733", 6, DASH_DOT, 0.9},
    {"imgmax_mad", "", "#AA3377", 13, SOLID, 1.2},
    {"imgq99_mad", "", "#BBAA00", 8, DASHED, 0.9},
    {"imgt5_mad", "", "#EE6677", 10, DASH_DOT, 0.9},
    {"image_mad", "", "#228833", 4, LONG_DASHED, 0.9},
    {"imgmax_known_c", "", "#AA3377", 12, DOTTED, 0.9},
    {"imgq99_known_c", "", "#BBAA00", 9, DOTTED, 0.9},
    {"imgt5_known_c", "", "#EE6677", 11, DOTTED, 0.9},
    {"image_known_c", "", "#228833", 5, DOTTED, 0.9},
    {"audit_remove", "", "#AA3377", 13, SOLID, 1.2},
    {"audit_recapture", "", "#4477AA", 5, SOLID, 1.0},
    {"oracle_remove", "", "#000000", 12, DASHED, 0.8},
    {"base_knn", "", "#999933", 8, DASHED, 0.9},
    {"base_lof", "", "#CC79A7", 10, LONG_DASHED, 0.9},
    {"base_iforest", "", "#882255", 2, DASH_DOT, 0.9},
};

enum { N_METHODS = sizeof methods / sizeof methods[0] };

static const pb_figure_style benchmarks[] = {
    {"mvtec_AD", "MVTec", "#0072B2", 7, SOLID, 0.9},
    {"VisA", "VisA", "#E69F00", 9, SOLID, 0.9},
    {"mvtec_loco_AD", "LOCO", "#CC79A7", 5, SOLID, 0.9},
    {"btad", "BTAD", "#009E73", 13, SOLID, 0.9},
    {"own", "own", "#555555", 6, SOLID, 0.9},
};

enum { N_BENCHMARKS = sizeof benchmarks / sizeof benchmarks[0] };

static const pb_figure_style backbones[] = {
    {"", "", "#0072B2", 7, SOLID, 0.9},  {"", "", "#D55E00", 9, DASHED, 0.9},  {"", "", "#009E73", 5, DASH_DOT, 0.9},
    {"", "", "#CC79A7", 13, SOLID, 0.9}, {"", "", "#56B4E9", 11, DOTTED, 0.9}, {"", "", "#000000", 6, SOLID, 0.9},
};

static uint32_t hash(const char *text)
{
    uint32_t value = 2166136261u; /* FNV-1a */
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 16777619u;
    return value;
}

static void set_label(const char *name, pb_figure_style *style)
{
    enum { WIDEST_MM = 27 };
    pb_label_fit(name, WIDEST_MM, style->label);
}

static pb_figure_style find(const pb_figure_style *table, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(table[i].method, name) == 0)
            return table[i];
    pb_figure_style style = methods[2 + hash(name) % (N_METHODS - 2)];
    style.method = name;
    set_label(name, &style);
    return style;
}

/* Audits with other multipliers are the same method: they keep its colour, and the one by default its marker, too. */
static void set_multiplier(const pb_method *method, double k, pb_figure_style *style)
{
    if (k < method->multiplier) {
        style->point = 8;
        style->dash = DASHED;
    } else if (k > method->multiplier) {
        style->point = 10;
        style->dash = DASH_DOT;
    }
}

pb_figure_style pb_figure_style_of(const char *name)
{
    char label[PB_FIGURE_LABEL_BYTES + 16];
    double k;
    const pb_method *method = pb_study_method(name, &k);
    pb_figure_style style = find(methods, N_METHODS, method ? method->name : name);
    style.method = name;
    if (!method)
        return style;
    pb_study_method_label(name, label, sizeof label);
    set_label(label, &style);
    if (k > 0)
        set_multiplier(method, k, &style);
    return style;
}

pb_figure_style pb_figure_style_of_benchmark(const char *benchmark)
{
    return find(benchmarks, N_BENCHMARKS, benchmark);
}

int pb_figure_benchmark_order(const char *benchmark)
{
    int64_t n;
    const char *const *names = pb_study_benchmarks(&n);
    int i = 0;
    while (i < n && strcmp(names[i], benchmark) != 0)
        i++;
    return i;
}

pb_figure_style pb_figure_style_of_backbone(int64_t i, const char *name)
{
    pb_figure_style style = backbones[i % (int64_t)(sizeof backbones / sizeof backbones[0])];
    style.method = name;
    set_label(name, &style);
    return style;
}

/* The first `head` and the last `tail` code points of n, with an ellipsis between them; false where that needs more bytes. */
static bool cut(const uint32_t *code, size_t n, size_t head, size_t tail, char label[PB_FIGURE_LABEL_BYTES])
{
    size_t length = 0;
    for (size_t i = 0; i < n; i = i + 1 == head && head + tail < n ? n - tail : i + 1) {
        if (length + 8 > PB_FIGURE_LABEL_BYTES)
            return false;
        length += (size_t)pb_utf8_encode(code[i], label + length);
        if (i + 1 == head && head + tail < n)
            length += (size_t)pb_utf8_encode(0x2026, label + length);
    }
    label[length] = '\0';
    return true;
}

void pb_label_fit(const char *name, double mm, char label[PB_FIGURE_LABEL_BYTES])
{
    enum { MOST = 200 };
    uint32_t code[MOST];
    size_t n = 0;
    while (*name && n < MOST) {
        code[n] = pb_utf8_next(&name);
        if (code[n] < 0x20 || (code[n] >= 0x7f && code[n] < 0xa0))
            code[n] = '?';
        n++;
    }
    size_t kept = n;
    while (!cut(code, n, (kept + 1) / 2, kept / 2, label) || pb_text_width(label, PB_FIGURE_FONT_PT, false) > mm) {
        if (kept < 3)
            break;
        kept--;
    }
    if (n == 0)
        label[0] = '\0';
    pb_utf8_make_printable(label); /* marks that turn the direction of writing */
}

void pb_color_lighten(const char *color, char out[8])
{
    const unsigned long rgb = strtoul(color + 1, NULL, 16);
    unsigned c[3];
    for (int i = 0; i < 3; i++)
        c[i] = (255 - (255 - (unsigned)(rgb >> (16 - 8 * i) & 255)) * 2 / 5) & 255;
    snprintf(out, 8, "#%02x%02x%02x", c[0], c[1], c[2]);
}

static const char *after_slash(const char *dataset)
{
    const char *slash = strchr(dataset, '/');
    return slash && slash[1] ? slash + 1 : dataset;
}

void pb_label_category(const char *const *datasets, int64_t n, int64_t i, double mm, char label[PB_FIGURE_LABEL_BYTES])
{
    const char *name = after_slash(datasets[i]);
    bool is_clear = strspn(name, "0123456789") < strlen(name);
    for (int64_t k = 0; k < n; k++)
        is_clear = is_clear && (k == i || strcmp(after_slash(datasets[k]), name) != 0);
    pb_label_fit(is_clear ? name : datasets[i], mm, label);
}

double pb_text_width(const char *text, double points, bool bold)
{
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    cairo_text_extents_t extents = {0};
    cairo_select_font_face(cairo, PB_FIGURE_FONT, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, 100); /* large: hinting must not round */
    cairo_text_extents(cairo, text, &extents);
    const bool failed = cairo_status(cairo) != CAIRO_STATUS_SUCCESS; /* text that is no UTF-8 */
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    const double per_point = failed ? 0.6 * (double)strlen(text) : extents.x_advance / 100;
    return per_point * points / PB_FIGURE_PT_PER_MM;
}
