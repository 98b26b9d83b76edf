/* The page of a study: what it says in words, figures, tables, and a bar that filters them. */
#include <stdio.h>
#include <string.h>

#include <purebank/report.h>

#include "base/memory.h"
#include "base/options.h"
#include "pages/table_panel.h"
#include "tables/study_tables.h"

enum { N_SOURCES_NAMED = 4 };

typedef struct study_page {
    pb_page page;
    const pb_study_page *content;
    const pb_study_contents *study;
} study_page;

/* ---- headline ---- */

static void write_sources(study_page *self)
{
    pb_page *page = &self->page;
    const pb_study_page *content = self->content;
    pb_page_html(page, "<p class=\"eyebrow\">Results of <bdi>");
    for (int64_t i = 0; i < content->n_sources && i < N_SOURCES_NAMED; i++) {
        pb_page_html(page, i > 0 ? "</bdi>, <bdi>" : "");
        pb_page_text(page, content->sources[i]);
    }
    pb_page_html(page, "</bdi>");
    if (content->n_sources > N_SOURCES_NAMED)
        pb_page_printf(page, " and %lld more", (long long)(content->n_sources - N_SOURCES_NAMED));
    pb_page_html(page, "</p>\n");
}

static bool has_setup(const study_page *self, pb_setup setup)
{
    for (int64_t i = 0; i < self->study->n_setups; i++)
        if (self->study->setups[i] == setup)
            return true;
    return false;
}

static void write_headline(study_page *self)
{
    pb_page *page = &self->page;
    const pb_study_tables *tables = self->content->tables;
    pb_page_html(page, "<header>");
    write_sources(self);
    pb_page_html(page, tables->headline_is_bad ? "<h1 class=\"verdict bad\">" : "<h1 class=\"verdict\">");
    pb_page_text(page, tables->headline);
    pb_page_html(page, "</h1>\n");
    if (tables->other_headline) {
        pb_page_html(page, "<p class=\"lead\">Beside it, ");
        pb_page_text(page, tables->other_headline);
        pb_page_html(page, ".</p>\n");
    }
    pb_page_html(page, "<p class=\"note\">");
    if (has_setup(self, PB_SETUP_DISJOINT))
        pb_page_printf(page, "Disjoint: %s. ", pb_setup_words(PB_SETUP_DISJOINT));
    if (has_setup(self, PB_SETUP_SHARED))
        pb_page_printf(page, "Shared: %s. ", pb_setup_words(PB_SETUP_SHARED));
    pb_page_html(
        page, "c is the share of the N references that are replaced by anomalies; &ldquo;none&rdquo; purifies nothing; "
              "recovery is the share of what contamination costs it that is undone.");
    if (self->study->assumed_shared) {
        pb_page_html(page, " Nothing tells the setup of <bdi>");
        pb_page_text(page, self->study->assumed_shared);
        pb_page_html(page, "</bdi>: it counts as shared, as published files are.");
    }
    pb_page_html(page, "</p></header>\n");
}

static void write_fact(pb_page *page, const char *name, int64_t value)
{
    pb_page_printf(page, "<div><dt>%s</dt><dd>%lld</dd></div>", name, (long long)value);
}

/* What files and options call the methods that the page calls by their labels. */
static void write_names(study_page *self)
{
    pb_page *page = &self->page;
    const char *before = "<details class=\"names\"><summary>The methods&rsquo; names in files and options</summary><p "
                         "class=\"explains\">";
    for (int64_t m = 0; m < self->study->n_methods; m++) {
        char label[PB_METHOD_LABEL_BYTES];
        pb_study_method_label(self->study->methods[m], label, sizeof label);
        if (strcmp(label, self->study->methods[m]) == 0)
            continue;
        pb_page_html(page, before);
        pb_page_text(page, label);
        pb_page_html(page, " is <code>");
        pb_page_text(page, self->study->methods[m]);
        pb_page_html(page, "</code>");
        before = "; ";
    }
    pb_page_html(page, *before == ';' ? ".</p></details>\n" : "");
}

static void write_facts(study_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<section class=\"bank\"><h2>The results</h2><dl class=\"facts\">");
    write_fact(page, "Rows", self->study->n_rows);
    write_fact(page, "Categories", self->study->n_datasets);
    write_fact(page, "Methods", self->study->n_methods);
    write_fact(page, "Seeds", self->study->n_seeds);
    if (self->study->origin) {
        pb_page_html(page, "<div><dt>Backbone</dt><dd>");
        pb_page_text(page, self->study->origin->backbone);
        pb_page_html(page, "</dd></div>");
    }
    pb_page_html(page, "</dl>\n");
    if (self->content->see_also) {
        pb_page_html(page, "<p class=\"explains\">");
        pb_page_text(page, self->content->see_also);
        pb_page_html(page, "</p>\n");
    }
    write_names(self);
    pb_page_html(page, "</section>\n");
}

/* ---- the bar ---- */

static void begin_choice(pb_page *page, const char *id, const char *name, const char *any)
{
    pb_page_printf(
        page, "<label for=\"filter-%s\">%s <select id=\"filter-%s\" data-filter=\"%s\"><option value=\"\">%s</option>",
        id, name, id, id, any);
}

static void write_choice(pb_page *page, const char *value)
{
    pb_page_html(page, "<option value=\"");
    pb_page_text(page, value);
    pb_page_html(page, "\">");
    pb_page_text(page, value);
    pb_page_html(page, "</option>");
}

static void end_choice(pb_page *page)
{
    pb_page_html(page, "</select></label>\n");
}

static bool has_benchmark(const study_page *self, const char *name)
{
    for (int64_t i = 0; i < self->study->n_datasets; i++)
        if (strcmp(self->study->benchmarks[i], name) == 0)
            return true;
    return false;
}

static void write_numbers_choice(study_page *self)
{
    pb_page *page = &self->page;
    char text[PB_NUMBER_BYTES];
    begin_choice(page, "n", "N", "all");
    for (int64_t i = 0; i < self->study->n_limits; i++) {
        snprintf(text, sizeof text, "%lld", (long long)self->study->limits[i]);
        write_choice(page, text);
    }
    end_choice(page);
    begin_choice(page, "c", "c", "all");
    for (int64_t i = 0; i < self->study->n_contaminations; i++)
        write_choice(page, pb_maker_c(self->study->contaminations[i], text));
    end_choice(page);
}

/* Hidden until the script runs: without it everything is shown. */
static void write_bar(study_page *self)
{
    int64_t n_benchmarks;
    const char *const *benchmarks = pb_study_benchmarks(&n_benchmarks);
    pb_page *page = &self->page;
    pb_page_html(page, "<form class=\"filters\" id=\"filters\" aria-label=\"Filter\" hidden>\n");
    begin_choice(page, "setup", "Setup", "all");
    for (int64_t i = 0; i < self->study->n_setups; i++)
        write_choice(page, pb_setup_name(self->study->setups[i]));
    end_choice(page);
    write_numbers_choice(self);
    begin_choice(page, "benchmark", "Benchmark", "all together");
    for (int64_t i = 0; i < n_benchmarks; i++)
        if (has_benchmark(self, benchmarks[i]))
            write_choice(page, benchmarks[i]);
    end_choice(page);
    pb_page_html(page, "<button type=\"reset\">Show all</button> <output id=\"shown\"></output></form>\n");
}

/* ---- figures and tables ---- */

static void write_figure(pb_page *page, const pb_page_figure *figure)
{
    const pb_table_scope scope = {.setup = figure->setup};
    pb_page_html(page, "<figure class=\"panel drawn\"");
    pb_page_scope(page, &scope);
    pb_page_html(page, "><h3>");
    pb_page_text(page, figure->title);
    pb_page_html(page, figure->setup ? ", " : "");
    pb_page_text(page, figure->setup ? figure->setup : "");
    pb_page_html(page, "</h3><img alt=\"");
    pb_page_text(page, figure->title);
    pb_page_html(page, "\" src=\"");
    pb_page_svg_url(page, figure->svg, figure->svg_size);
    pb_page_html(page, "\"><figcaption>");
    pb_page_text(page, figure->caption);
    pb_page_html(page, "</figcaption></figure>\n");
}

static void write_figures(study_page *self)
{
    pb_page *page = &self->page;
    const pb_page_figure *figures = self->content->figures;
    if (self->content->n_figures == 0)
        return;
    pb_page_html(page, "<h2 class=\"part\">Figures</h2>\n<div class=\"drawings\">\n");
    for (int64_t i = 0; i < self->content->n_figures; i++) {
        /* With two setups each figure has a line of its own, the setups side by side. */
        if (i > 0 && self->study->n_setups > 1 && strcmp(figures[i].id, figures[i - 1].id) != 0)
            pb_page_html(page, "</div>\n<div class=\"drawings\">\n");
        write_figure(page, &figures[i]);
    }
    pb_page_html(page, "</div>\n");
}

/* About a c that the page does not open with? */
static bool is_variant(const study_page *self, const pb_table *table)
{
    return table->scope.has_contamination && table->scope.contamination != self->content->tables->contamination;
}

static void write_tables(study_page *self, bool variants)
{
    const pb_study_tables *tables = self->content->tables;
    for (int64_t i = 0; i < tables->n; i++)
        if (is_variant(self, tables->table[i]) == variants)
            pb_page_table(&self->page, tables->table[i], variants);
}

static bool has_variants(const study_page *self)
{
    for (int64_t i = 0; i < self->content->tables->n; i++)
        if (is_variant(self, self->content->tables->table[i]))
            return true;
    return false;
}

static void write_contents(study_page *self)
{
    pb_page *page = &self->page;
    const pb_study_tables *tables = self->content->tables;
    pb_page_html(page, "<details class=\"reading contents\"><summary>Contents</summary><ul>\n");
    for (int64_t i = 0; i < tables->n; i++) {
        pb_page_printf(page, "<li><a href=\"#%s\">", pb_table_id(tables->table[i]));
        pb_page_text(page, pb_table_title(tables->table[i]));
        pb_page_html(page, "</a></li>\n");
    }
    pb_page_html(page, "</ul></details>\n");
}

static void write_missing(study_page *self)
{
    pb_page *page = &self->page;
    const pb_study_tables *tables = self->content->tables;
    if (tables->n_missing == 0)
        return;
    pb_page_html(page, "<h2 class=\"part\">Not here</h2>\n<section class=\"panel\"><ul>");
    for (int64_t i = 0; i < tables->n_missing; i++)
        pb_page_printf(page, "<li>%s: %s</li>", tables->missing[i].id, tables->missing[i].reason);
    pb_page_html(page, "</ul></section>\n");
}

static pb_status write_page(study_page *self)
{
    pb_page *page = &self->page;
    pb_page_begin(page, "Results of a study", true, PB_PAGE_FILTERS);
    write_headline(self);
    write_facts(self);
    write_contents(self);
    write_bar(self);
    write_figures(self);
    pb_page_html(page, "<h2 class=\"part\">Tables</h2>\n");
    write_tables(self, false);
    if (has_variants(self)) {
        pb_page_html(page, "<h2 class=\"part\">Other contamination</h2>\n");
        write_tables(self, true);
    }
    write_missing(self);
    pb_page_end(page);
    return page->status;
}

pb_status pb_report_study(const pb_study_page *given, const char *path)
{
    static const pb_study_page empty = PB_STUDY_PAGE_INIT;
    pb_study_page whole;
    const pb_study_page *content = &whole;
    PB_CHECK_ARG(given && path, "the page of a study needs its content and a path");
    PB_TRY(PB_OPTIONS_READ(pb_study_page, given, &empty, &whole));
    PB_CHECK_ARG(content->study && content->tables && content->tables->headline,
                 "the page of a study needs the study and its tables");
    study_page self = {.content = content, .study = pb_study_get_contents(content->study)};
    PB_TRY(pb_page_open(path, &self.page));
    return pb_page_close(&self.page, write_page(&self));
}
