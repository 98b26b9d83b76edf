#include "pages/table_panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tables/study_tables.h"
#include "tables/table_formats.h"

static void write_attribute(pb_page *page, const char *name, const char *value)
{
    pb_page_printf(page, " data-%s=\"", name);
    pb_page_text(page, value);
    pb_page_html(page, "\"");
}

void pb_page_scope(pb_page *page, const pb_table_scope *scope)
{
    char text[PB_NUMBER_BYTES];
    if (scope->setup)
        write_attribute(page, "setup", scope->setup);
    if (scope->limit > 0) {
        snprintf(text, sizeof text, "%lld", (long long)scope->limit);
        write_attribute(page, "n", text);
    }
    if (scope->has_contamination)
        write_attribute(page, "c", pb_maker_c(scope->contamination, text));
    if (scope->benchmark)
        write_attribute(page, "benchmark", scope->benchmark);
}

/* -0.0012 with a minus, 3.2e-07 as a power of ten */
static void write_number(pb_page *page, const char *number)
{
    const char *e = strchr(number, 'e');
    if (*number == '-')
        pb_page_html(page, "&minus;");
    number += *number == '-';
    if (!e) {
        pb_page_html(page, number);
        return;
    }
    const long exponent = strtol(e + 1, NULL, 10);
    pb_page_printf(page, "%.*s&thinsp;&times;&thinsp;10<sup>%s%ld</sup>", (int)(e - number), number,
                   exponent < 0 ? "&minus;" : "", labs(exponent));
}

static void write_value(pb_page *page, const pb_table *table, int64_t i, int64_t j)
{
    const pb_table_cell *cell = pb_table_at(table, i, j);
    const bool interval = table->column[j].kind == PB_FORMAT_INTERVAL;
    const pb_cell_text text = pb_table_cell_text(table, i, j);
    if (!*text.value) {
        pb_page_html(page, "<span class=\"nothing\">&ndash;</span>");
        return;
    }
    pb_page_html(page, cell->best ? "<b>" : interval ? "[" : "");
    write_number(page, text.value);
    pb_page_html(page, cell->best ? "</b>" : "");
    if (*text.second) {
        pb_page_html(page, interval ? ", " : "<small>&thinsp;&plusmn;&thinsp;");
        write_number(page, text.second);
        pb_page_html(page, interval ? "]" : "</small>");
    }
    pb_page_html(page, cell->partial ? "<sup>*</sup>" : "");
}

static void write_group_heads(pb_page *page, const pb_table *table)
{
    pb_page_html(page, "<tr class=\"groups\">");
    for (int64_t j = 0; j < table->n_columns; j += pb_table_group_width(table, j)) {
        const long long width = (long long)pb_table_group_width(table, j);
        pb_page_printf(page,
                       *table->column[j].group ? "<th scope=\"colgroup\" colspan=\"%lld\">" : "<td colspan=\"%lld\">",
                       width);
        pb_page_text(page, table->column[j].group);
        pb_page_html(page, *table->column[j].group ? "</th>" : "</td>");
    }
    pb_page_html(page, "</tr>\n");
}

static void write_heads(pb_page *page, const pb_table *table)
{
    pb_page_html(page, "<thead>");
    if (pb_table_has_column_groups(table))
        write_group_heads(page, table);
    pb_page_html(page, "<tr>");
    for (int64_t j = 0; j < table->n_columns; j++) {
        pb_page_html(page, "<th scope=\"col\"");
        pb_page_scope(page, &table->column[j].scope);
        pb_page_html(page, ">");
        pb_page_text(page, table->column[j].head);
        pb_page_html(page, "</th>");
    }
    pb_page_html(page, "</tr></thead>\n<tbody>\n");
}

static void write_row(pb_page *page, const pb_table *table, int64_t i)
{
    if (pb_table_begins_group(table, i)) {
        pb_page_html(page, "<tr class=\"group\"");
        pb_page_scope(page, &table->row[i].scope);
        pb_page_printf(page, "><th scope=\"rowgroup\" colspan=\"%lld\">", (long long)table->n_columns);
        pb_page_text(page, table->row[i].group);
        pb_page_html(page, "</th></tr>\n");
    }
    pb_page_html(page, table->row[i].contest ? "<tr" : "<tr class=\"told\"");
    pb_page_scope(page, &table->row[i].scope);
    pb_page_html(page, ">");
    for (int64_t j = 0; j < table->n_columns; j++) {
        const bool words = table->column[j].kind == PB_FORMAT_TEXT;
        pb_page_html(page, j == 0 ? "<th scope=\"row\"" : words ? "<td class=\"words\"" : "<td");
        pb_page_scope(page, &table->column[j].scope);
        pb_page_html(page, ">");
        if (words)
            pb_page_text(page, pb_table_at(table, i, j)->text ? pb_table_at(table, i, j)->text : "");
        else
            write_value(page, table, i, j);
        pb_page_html(page, j == 0 ? "</th>" : "</td>");
    }
    pb_page_html(page, "</tr>\n");
}

static void write_notes(pb_page *page, const pb_table *table)
{
    pb_page_html(page, "<p class=\"explains\">");
    pb_page_text(page, table->caption);
    for (int64_t i = 0; i < table->n_notes; i++) {
        pb_page_html(page, " ");
        pb_page_text(page, table->note[i]);
    }
    if (pb_table_has_partial(table))
        pb_page_html(page, " " PB_TABLE_PARTIAL_NOTE);
    pb_page_html(page, "</p>");
}

void pb_page_table(pb_page *page, const pb_table *table, bool folded)
{
    pb_page_printf(page, folded ? "<details class=\"panel folded\" id=\"%s\"" : "<section class=\"panel\" id=\"%s\"",
                   table->id);
    pb_page_scope(page, &table->scope);
    pb_page_html(page, folded ? "><summary><h3>" : "><h3>");
    pb_page_text(page, table->title);
    /* Focus, so that the keyboard can move what is wider than the screen. */
    pb_page_html(page, folded ? "</h3></summary>\n" : "</h3>\n");
    pb_page_html(page, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
    pb_page_text(page, table->title);
    pb_page_html(page, "\"><table class=\"numbers\">");
    write_heads(page, table);
    for (int64_t i = 0; i < table->n_rows; i++)
        write_row(page, table, i);
    pb_page_html(page, "</tbody></table></div>\n");
    write_notes(page, table);
    pb_page_html(page, folded ? "</details>\n" : "</section>\n");
}
