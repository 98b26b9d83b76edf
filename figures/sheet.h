/* A sheet: a table of pictures with labels, the same in a PDF and in a PNG. Lengths are pixels at 300 dots an inch. */
#ifndef PB_CLI_FIGURES_SHEET_H
#define PB_CLI_FIGURES_SHEET_H

#include <stdbool.h>

#include <purebank/image.h>

enum {
    CLI_SHEET_DPI = 300,
    CLI_SHEET_WIDTH = 2161,        /* 183 mm: two columns of a paper; sheets of very many columns are wider */
    CLI_SHEET_LARGEST_CELL = 430,  /* px */
    CLI_SHEET_SMALLEST_CELL = 166, /* px: below that patches cannot be told apart */
    CLI_SHEET_TEXT = 256           /* bytes of a label */
};

/* Around a picture. Clean and contaminated differ in colour, in width and in that one is dashed. */
typedef enum cli_frame { CLI_FRAME_PLAIN, CLI_FRAME_CLEAN, CLI_FRAME_CONTAMINATED } cli_frame;

typedef struct cli_tile {
    pb_image picture; /* as large as it will stand there; zeroed: the place stays empty */
    cli_frame frame;
    char caption[CLI_SHEET_TEXT]; /* below it */
} cli_tile;

/* The heading of a column. */
typedef struct cli_head {
    char name[CLI_SHEET_TEXT], detail[CLI_SHEET_TEXT];
} cli_head;

/* A scale of colours; low < high. */
typedef struct cli_scale {
    double low, high;
} cli_scale;

typedef struct cli_sheet_row {
    char title[CLI_SHEET_TEXT], detail[2][CLI_SHEET_TEXT]; /* left of the pictures */
    cli_head *head;                                        /* n_columns, above them; NULL: none */
    cli_tile *tile;                                        /* n_columns */
    bool has_scale;                                        /* one of its own, right of them */
    cli_scale scale;
} cli_sheet_row;

typedef struct cli_sheet {
    char title[CLI_SHEET_TEXT];
    int n_columns, cell_width, cell_height;
    int n_rows;
    cli_sheet_row *row;
    bool has_scale; /* one for all maps, below them */
    cli_scale scale;
    char unit[CLI_SHEET_TEXT];                                             /* what the colours mean */
    bool explain_contaminated, explain_clean, explain_marks, explain_line; /* what the legend says */
} cli_sheet;

/* Rows of empty tiles; free with cli_sheet_free(). The caller fills in the rest. */
pb_status cli_sheet_new(int n_rows, int n_columns, cli_sheet *out);
/* Sizes the cells so that the sheet has CLI_SHEET_WIDTH, or less where a few rows then fit on one page; pictures are `aspect`
 * times as high as wide. */
void cli_sheet_size_cells(cli_sheet *sheet, double aspect);
/* Headings for a row, empty so far. */
pb_status cli_sheet_add_heads(cli_sheet *sheet, int row);
void cli_sheet_free(cli_sheet *sheet);

/* Text for a label: cut to fit, control characters and broken UTF-8 replaced. */
void cli_sheet_text(char out[CLI_SHEET_TEXT], const char *text);
/* A number on this scale, with the decimals that give its end four digits. */
void cli_sheet_number(char *out, size_t size, const cli_scale *scale, double value);

int cli_sheet_count_pages(const cli_sheet *sheet);

/* Pages break between rows. One PDF of all pages, with the font in it and without a date. */
pb_status cli_sheet_write_pdf(const cli_sheet *sheet, const char *path);
/* path is "stem.png"; further pages are "stem-2.png", ... */
pb_status cli_sheet_write_png(const cli_sheet *sheet, const char *path);

#endif
