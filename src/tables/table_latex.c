/* Tables as LaTeX: booktabs rules, and graphicx to shrink what is wider than the line. */
#include <stdlib.h>
#include <string.h>

#include <purebank/runtime.h>

#include "base/utf8.h"
#include "tables/table_formats.h"

typedef struct replacement {
    uint32_t code;
    const char *latex;
} replacement;

/* The characters that LaTeX takes for itself, and those of our own texts that its text fonts lack. */
static const replacement replacements[] = {
    {'\\', "\\textbackslash{}"},
    {'{', "\\{"},
    {'}', "\\}"},
    {'$', "\\$"},
    {'&', "\\&"},
    {'#', "\\#"},
    {'_', "\\_"},
    {'%', "\\%"},
    {'^', "\\textasciicircum{}"},
    {'~', "\\textasciitilde{}"},
    {'<', "$<$"},
    {'>', "$>$"},
    {'|', "$|$"},
    {'"', "''"},
    {'=', "$=$"},
    {0xb1, "$\\pm$"},      /* plus-minus */
    {0xb2, "$^2$"},        /* squared */
    {0x3b4, "$\\delta$"},  /* delta */
    {0x3c7, "$\\chi$"},    /* chi */
    {0x2013, "--"},        /* en dash */
    {0x2192, "$\\to$"},    /* arrow */
    {0x2206, "$\\Delta$"}, /* increment */
    {0x2212, "$-$"},       /* minus */
    {0x2265, "$\\geq$"},   /* at least */
    {0x2264, "$\\leq$"},   /* at most */
    {0, NULL},
};

static pb_status write_character(pb_writer *writer, uint32_t code)
{
    char bytes[4];
    code = pb_table_visible(code);
    for (const replacement *r = replacements; r->latex; r++)
        if (r->code == code)
            return pb_writer_write(writer, r->latex, strlen(r->latex));
    return pb_writer_write(writer, bytes, (size_t)pb_utf8_encode(code, bytes));
}

static pb_status write_text(pb_writer *writer, const char *text)
{
    while (*text)
        PB_TRY(write_character(writer, pb_utf8_next(&text)));
    return PB_STATUS_OK;
}

/* -0.0012 -> $-$0.0012, 3.2e-07 -> 3.2$\cdot10^{-7}$ */
static pb_status write_number(pb_writer *writer, const char *number)
{
    const char *e = strchr(number, 'e');
    if (*number == '-')
        PB_TRY(pb_writer_printf(writer, "$-$"));
    else if (*number == '+')
        PB_TRY(pb_writer_printf(writer, "$+$"));
    number += *number == '-' || *number == '+';
    PB_TRY(pb_writer_write(writer, number, e ? (size_t)(e - number) : strlen(number)));
    return e ? pb_writer_printf(writer, "$\\cdot10^{%ld}$", strtol(e + 1, NULL, 10)) : PB_STATUS_OK;
}

static pb_status write_cell(const pb_table *table, int64_t i, int64_t j, pb_writer *writer)
{
    const pb_table_cell *cell = pb_table_at(table, i, j);
    const pb_table_column *column = &table->column[j];
    const pb_cell_text text = pb_table_cell_text(table, i, j);
    if (column->kind == PB_FORMAT_TEXT)
        return write_text(writer, cell->text ? cell->text : "");
    if (!*text.value)
        return pb_writer_printf(writer, "--");
    PB_TRY(
        pb_writer_printf(writer, "%s%s", cell->best ? "\\textbf{" : "", column->kind == PB_FORMAT_INTERVAL ? "[" : ""));
    PB_TRY(write_number(writer, text.value));
    PB_TRY(pb_writer_printf(writer, "%s", cell->best ? "}" : ""));
    if (*text.second) {
        const bool interval = column->kind == PB_FORMAT_INTERVAL;
        PB_TRY(pb_writer_printf(writer, "%s", interval ? ", " : " {\\tiny$\\pm$"));
        PB_TRY(write_number(writer, text.second));
        PB_TRY(pb_writer_printf(writer, "%s", interval ? "]" : "}"));
    }
    return pb_writer_printf(writer, "%s", cell->partial ? "$^*$" : "");
}

/* Groups of columns and the lines below them. */
static pb_status write_groups(const pb_table *table, pb_writer *writer)
{
    for (int64_t j = 0; j < table->n_columns; j += pb_table_group_width(table, j)) {
        const int64_t width = pb_table_group_width(table, j);
        PB_TRY(pb_writer_printf(writer, j > 0 ? " & " : ""));
        if (!*table->column[j].group) {
            for (int64_t k = 1; k < width; k++)
                PB_TRY(pb_writer_printf(writer, " & "));
            continue;
        }
        PB_TRY(pb_writer_printf(writer, "\\multicolumn{%lld}{c}{", (long long)width));
        PB_TRY(write_text(writer, table->column[j].group));
        PB_TRY(pb_writer_printf(writer, "}"));
    }
    PB_TRY(pb_writer_printf(writer, " \\\\\n"));
    for (int64_t j = 0; j < table->n_columns; j += pb_table_group_width(table, j))
        if (*table->column[j].group)
            PB_TRY(pb_writer_printf(writer, "\\cmidrule(lr){%lld-%lld}", (long long)j + 1,
                                    (long long)(j + pb_table_group_width(table, j))));
    return pb_writer_printf(writer, "\n");
}

static pb_status write_head(const pb_table *table, pb_writer *writer)
{
    PB_TRY(pb_writer_printf(writer, "\\toprule\n"));
    if (pb_table_has_column_groups(table))
        PB_TRY(write_groups(table, writer));
    for (int64_t j = 0; j < table->n_columns; j++) {
        PB_TRY(pb_writer_printf(writer, j > 0 ? " & " : ""));
        PB_TRY(write_text(writer, table->column[j].head));
    }
    return pb_writer_printf(writer, " \\\\\n\\midrule\n");
}

static pb_status write_row(const pb_table *table, int64_t i, pb_writer *writer)
{
    if (pb_table_begins_group(table, i)) {
        PB_TRY(pb_writer_printf(writer, "%s\\multicolumn{%lld}{@{}l}{\\emph{", i > 0 ? "\\addlinespace\n" : "",
                                (long long)table->n_columns));
        PB_TRY(write_text(writer, table->row[i].group));
        PB_TRY(pb_writer_printf(writer, "}} \\\\\n"));
    }
    for (int64_t j = 0; j < table->n_columns; j++) {
        PB_TRY(pb_writer_printf(writer, j > 0 ? " & " : ""));
        PB_TRY(write_cell(table, i, j, writer));
    }
    return pb_writer_printf(writer, " \\\\\n");
}

/* Letters small enough for a page: rows count, as what is too wide is shrunk to the line. */
static const char *size_of(const pb_table *table)
{
    int64_t n_lines = table->n_rows;
    for (int64_t i = 0; i < table->n_rows; i++)
        n_lines += pb_table_begins_group(table, i);
    return n_lines > 52 ? "\\scriptsize" : n_lines > 40 ? "\\footnotesize" : "\\small";
}

static pb_status write_opening(const pb_table *table, pb_writer *writer)
{
    PB_TRY(
        pb_writer_printf(writer, "%% Written by purebank %s; needs \\usepackage{booktabs,graphicx}\n", pb_version()));
    PB_TRY(pb_writer_printf(writer, "\\begin{table}[tbp]\n\\centering\n\\caption{\\textbf{"));
    PB_TRY(write_text(writer, table->title));
    PB_TRY(pb_writer_printf(writer, ".} "));
    PB_TRY(write_text(writer, table->caption));
    PB_TRY(pb_writer_printf(writer, "}\n\\label{tab:"));
    PB_TRY(pb_writer_write(writer, table->id, strlen(table->id))); /* letters, digits, '_' and '-' are safe in labels */
    PB_TRY(pb_writer_printf(
        writer,
        "}\n\\par\\smallskip%s\n\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n"
        "\\begin{tabular}{@{}",
        size_of(table)));
    for (int64_t j = 0; j < table->n_columns; j++)
        PB_TRY(pb_writer_printf(writer, table->column[j].kind == PB_FORMAT_TEXT ? "l" : "r"));
    return pb_writer_printf(writer, "@{}}\n");
}

static pb_status write_notes(const pb_table *table, pb_writer *writer)
{
    if (table->n_notes == 0 && !pb_table_has_partial(table))
        return PB_STATUS_OK;
    PB_TRY(pb_writer_printf(writer, "\n\\par\\smallskip\\begin{minipage}{\\linewidth}\\raggedright\\scriptsize\n"));
    for (int64_t i = 0; i < table->n_notes; i++) {
        PB_TRY(write_text(writer, table->note[i]));
        PB_TRY(pb_writer_printf(writer, "\\par\n"));
    }
    if (pb_table_has_partial(table)) {
        PB_TRY(write_text(writer, PB_TABLE_PARTIAL_NOTE));
        PB_TRY(pb_writer_printf(writer, "\\par\n"));
    }
    return pb_writer_printf(writer, "\\end{minipage}\n");
}

pb_status pb_table_write_latex(const pb_table *table, pb_writer *writer)
{
    PB_TRY(write_opening(table, writer));
    PB_TRY(write_head(table, writer));
    for (int64_t i = 0; i < table->n_rows; i++)
        PB_TRY(write_row(table, i, writer));
    PB_TRY(pb_writer_printf(writer, "\\bottomrule\n\\end{tabular}}"));
    PB_TRY(write_notes(table, writer));
    return pb_writer_printf(writer, "\n\\end{table}\n");
}
