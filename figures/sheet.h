/* A sheet: a table of pictures with labels, the same in a PDF and in a PNG. Lengths are pixels at 300 dots an inch. */
#ifndef PB_FIGURES_SHEET_H
#define PB_FIGURES_SHEET_H

#include <stdbool.h>

#include <purebank/image.h>

enum {
    PB_SHEET_DPI = 300,
    PB_SHEET_WIDTH = 2161,        /* 183 mm: two columns of a paper; sheets of very many columns are wider */
    PB_SHEET_LARGEST_CELL = 430,  /* px */
    PB_SHEET_SMALLEST_CELL = 166, /* px: below that patches cannot be told apart */
    PB_SHEET_TEXT = 256           /* bytes of a label */
};

/* Around a picture. Clean and contaminated differ in colour, in width and in that one is dashed. */
typedef enum pb_sheet_frame { PB_SHEET_FRAME_PLAIN, PB_SHEET_FRAME_CLEAN, PB_SHEET_FRAME_CONTAMINATED } pb_sheet_frame;

typedef struct pb_sheet_tile {
    pb_image picture; /* as large as it will stand there; zeroed: the place stays empty */
    pb_sheet_frame frame;
    char caption[PB_SHEET_TEXT]; /* below it */
} pb_sheet_tile;

/* The heading of a column. */
typedef struct pb_sheet_head {
    char name[PB_SHEET_TEXT], detail[PB_SHEET_TEXT];
} pb_sheet_head;

/* A scale of colours; low < high. */
typedef struct pb_color_scale {
    double low, high;
} pb_color_scale;

typedef struct pb_sheet_row {
    char title[PB_SHEET_TEXT], detail[2][PB_SHEET_TEXT]; /* left of the pictures */
    pb_sheet_head *head;                                 /* n_columns, above them; NULL: none */
    pb_sheet_tile *tile;                                 /* n_columns */
    bool has_scale;                                      /* one of its own, right of them */
    pb_color_scale scale;
} pb_sheet_row;

typedef struct pb_sheet {
    char title[PB_SHEET_TEXT];
    int n_columns, cell_width, cell_height;
    int n_rows;
    pb_sheet_row *row;
    bool has_scale; /* one for all maps, below them */
    pb_color_scale scale;
    char unit[PB_SHEET_TEXT];                                              /* what the colours mean */
    bool explain_contaminated, explain_clean, explain_marks, explain_line; /* what the legend says */
} pb_sheet;

/* Rows of empty tiles; free with pb_sheet_free(). The caller fills in the rest. */
pb_status pb_sheet_new(int n_rows, int n_columns, pb_sheet *out);
/* Headings for a row, empty so far. */
pb_status pb_sheet_add_heads(pb_sheet *sheet, int row);
void pb_sheet_free(pb_sheet *sheet);

/* Text for a label: cut to fit, control characters and broken UTF-8 replaced. */
void pb_sheet_text(char out[PB_SHEET_TEXT], const char *text);
/* A number on this scale, with the decimals that give its end four digits. */
void pb_sheet_number(char *out, size_t size, const pb_color_scale *scale, double value);

#endif
