#include "figures/heatmap_sheets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "figures/sheet_pages.h"
#include "figures/style.h"

enum { MOST_REFERENCES = 10 }; /* side by side */

#define DOT " \xc2\xb7 " /* between facts */
#define MINUS "\xe2\x88\x92"

/* ---- Words ------------------------------------------------------------------------------------------------------ */

void pb_sheet_method_name(const pb_cell_method *method, char out[PB_SHEET_TEXT])
{
    if (method->multiplier > 0) /* a default, which has one decimal */
        snprintf(out, PB_SHEET_TEXT, "%s k%.1f", method->name, method->multiplier);
    else
        snprintf(out, PB_SHEET_TEXT, "%s", method->name);
}

void pb_sheet_method_label(const pb_cell_method *method, char out[PB_SHEET_TEXT])
{
    char name[PB_SHEET_TEXT];
    pb_sheet_method_name(method, name);
    pb_study_method_label(name, out, PB_SHEET_TEXT);
}

/* As the figures call it, no wider than a column. */
static void head_method(const pb_cell_method *method, char out[PB_SHEET_TEXT])
{
    char name[PB_SHEET_TEXT];
    pb_sheet_method_name(method, name);
    const pb_figure_style style = pb_figure_style_of(name);
    pb_sheet_text(out, style.label);
}

void pb_sheet_photo_label(const char *path, char out[PB_SHEET_TEXT])
{
    const char *begin = path;
    for (const char *c = path, *last = path; *c; c++)
        if (*c == '/' || *c == '\\') {
            begin = last;
            last = c + 1;
        }
    pb_sheet_text(out, begin);
    char *dot = strrchr(out, '.');
    if (dot && dot != out)
        *dot = '\0';
}

static void describe(const pb_sheet_cell *cell, bool with_category, char out[PB_SHEET_TEXT])
{
    const pb_cell_options *options = cell->options;
    snprintf(
        out, PB_SHEET_TEXT,
        "%.90s%ssetup %s" DOT "N = %" PRId64 DOT "c = %g" DOT "seed %" PRId64 DOT "K = %" PRId64 DOT "q = %g%s%.30s",
        with_category ? pb_cell_view_category(cell->view) : "", with_category ? DOT : "", pb_setup_name(options->setup),
        options->n_references, options->contamination, options->seed, options->k, options->percentile,
        pb_cell_view_origin(cell->view)->backbone[0] ? DOT : "", pb_cell_view_origin(cell->view)->backbone);
    pb_utf8_make_printable(out); /* a very long name may have been cut within a letter */
}

static void say_unit(const pb_sheet_cell *cell, const char *of, char out[PB_SHEET_TEXT])
{
    snprintf(out, PB_SHEET_TEXT, "mean distance to K = %" PRId64 " nearest%s", cell->options->k, of);
}

static void say_removed(const uint8_t *keep, int64_t n, char out[PB_SHEET_TEXT])
{
    int64_t n_removed = 0;
    for (int64_t p = 0; p < n; p++)
        n_removed += !keep[p];
    const double percent = 100 * (double)n_removed / (double)n;
    if (n_removed == 0)
        snprintf(out, PB_SHEET_TEXT, "0");
    else
        snprintf(out, PB_SHEET_TEXT, "%" PRId64 " (%.*f %%)", n_removed, percent < 9.95 ? 1 : 0, percent);
}

/* "0.412", and behind a method's how far it is from that without purification. */
static void say_score(const pb_color_scale *scale, double score, const double *before, char out[PB_SHEET_TEXT])
{
    char text[48], change[48];
    pb_sheet_number(text, sizeof text, scale, score);
    if (!before) {
        snprintf(out, PB_SHEET_TEXT, "%s", text);
        return;
    }
    const double moved = score - *before;
    pb_sheet_number(change, sizeof change, scale, moved < 0 ? -moved : moved);
    snprintf(out, PB_SHEET_TEXT, "%s (%s%s)", text, moved < 0 ? MINUS : "+", change);
}

/* ---- Tiles ------------------------------------------------------------------------------------------------------ */

static pb_sheet_canvas canvas_of(const pb_sheet *sheet, const pb_sheet_cell *cell, const pb_sheet_photo *photo)
{
    return (pb_sheet_canvas){photo, pb_cell_view_origin(cell->view), sheet->cell_width, sheet->cell_height};
}

static pb_sheet_frame frame_of(const pb_cell_reference *reference)
{
    return reference->contaminated ? PB_SHEET_FRAME_CONTAMINATED : PB_SHEET_FRAME_CLEAN;
}

/* The i-th most suspicious reference: its photo. */
static pb_status fill_reference(const pb_sheet *sheet, const pb_sheet_cell *cell, int64_t i, pb_sheet_tile *tile)
{
    const pb_sheet_canvas canvas = canvas_of(sheet, cell, &cell->reference_photo[i]);
    tile->frame = frame_of(pb_cell_view_reference_at(cell->view, cell->reference[i]));
    return pb_sheet_picture_photo(&canvas, &tile->picture);
}

static void explain_reference(const pb_sheet_cell *cell, int64_t i, pb_sheet *sheet)
{
    const bool contaminated = pb_cell_view_reference_at(cell->view, cell->reference[i])->contaminated;
    sheet->explain_contaminated |= contaminated;
    sheet->explain_clean |= !contaminated;
    sheet->explain_line |= cell->reference_photo[i].mask != NULL;
}

/* ... its leave-one-out map. */
static pb_status fill_loo(const pb_sheet *sheet, const pb_sheet_cell *cell, int64_t i, pb_sheet_tile *tile)
{
    const pb_cell_reference *reference = pb_cell_view_reference_at(cell->view, cell->reference[i]);
    const pb_sheet_canvas canvas = canvas_of(sheet, cell, &cell->reference_photo[i]);
    tile->frame = frame_of(reference);
    say_score(&cell->loo_scale, reference->score, NULL, tile->caption);
    return pb_sheet_picture_map(&canvas, reference->loo, &cell->loo_scale, &tile->picture);
}

/* ... what a method takes out of it. */
static pb_status fill_removed(const pb_sheet *sheet, const pb_sheet_cell *cell, int64_t i, int64_t method,
                              pb_sheet_tile *tile)
{
    const int64_t n_patches = pb_cell_view_n_patches(cell->view);
    const uint8_t *keep = pb_cell_view_method_at(cell->view, method)->keep + cell->reference[i] * n_patches;
    const pb_sheet_canvas canvas = canvas_of(sheet, cell, &cell->reference_photo[i]);
    tile->frame = frame_of(pb_cell_view_reference_at(cell->view, cell->reference[i]));
    say_removed(keep, n_patches, tile->caption);
    return pb_sheet_picture_removal(&canvas, keep, &tile->picture);
}

/* The i-th test image that is shown: its photo, and the maps of all methods. */
static pb_status fill_test(const pb_sheet *sheet, const pb_sheet_cell *cell, int64_t i, pb_sheet_tile *tile)
{
    const pb_cell_view *view = cell->view;
    const int64_t image = cell->shown[i];
    const double *before = &pb_cell_view_method_at(view, 0)->image_scores[image];
    const pb_sheet_canvas canvas = canvas_of(sheet, cell, &cell->shown_photo[i]);
    PB_TRY(pb_sheet_picture_photo(&canvas, &tile[0].picture));
    for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
        say_score(&cell->map_scale, pb_cell_view_method_at(view, m)->image_scores[image], m ? before : NULL,
                  tile[1 + m].caption);
        PB_TRY(pb_sheet_picture_map(
            &canvas, pb_cell_view_method_at(view, m)->patch_scores + image * pb_cell_view_n_patches(view),
            &cell->map_scale, &tile[1 + m].picture));
    }
    return PB_STATUS_OK;
}

/* ---- One cell: its references ----------------------------------------------------------------------------------- */

/* Band b shows the references [first, first + n) in rows of photos, maps, and one for each method. */
static void label_band(const pb_sheet_cell *cell, int64_t first, int64_t n, pb_sheet_row *row)
{
    const pb_cell_view *view = cell->view;
    for (int64_t c = 0; c < n; c++) {
        const pb_cell_reference *reference = pb_cell_view_reference_at(view, cell->reference[first + c]);
        snprintf(row[0].head[c].name, PB_SHEET_TEXT, "%s", reference->contaminated ? "contaminated" : "clean");
        pb_sheet_photo_label(reference->path, row[0].head[c].detail);
    }
    snprintf(row[0].title, PB_SHEET_TEXT, "references");
    snprintf(row[0].detail[0], PB_SHEET_TEXT, "most suspicious first");
    snprintf(row[1].title, PB_SHEET_TEXT, "leave-one-out");
    snprintf(row[1].detail[0], PB_SHEET_TEXT, "score of the image: mean of the map");
    for (int64_t m = 1; m < pb_cell_view_n_methods(view); m++) {
        head_method(pb_cell_view_method_at(view, m), row[1 + m].title);
        snprintf(row[1 + m].detail[0], PB_SHEET_TEXT, "%" PRId64 " of %" PRId64,
                 pb_cell_view_method_at(view, m)->n_removed,
                 pb_cell_view_n_references(view) * pb_cell_view_n_patches(view));
        snprintf(row[1 + m].detail[1], PB_SHEET_TEXT, "AUROC %.4f", pb_cell_view_method_at(view, m)->auroc);
    }
}

static pb_status fill_band(const pb_sheet *sheet, const pb_sheet_cell *cell, int64_t first, int64_t n,
                           pb_sheet_row *row)
{
    for (int64_t c = 0; c < n; c++) {
        PB_TRY(fill_reference(sheet, cell, first + c, &row[0].tile[c]));
        PB_TRY(fill_loo(sheet, cell, first + c, &row[1].tile[c]));
        for (int64_t m = 1; m < pb_cell_view_n_methods(cell->view); m++)
            PB_TRY(fill_removed(sheet, cell, first + c, m, &row[1 + m].tile[c]));
    }
    return PB_STATUS_OK;
}

static pb_status fill_removal(const pb_sheet_cell *cell, int n_bands, pb_sheet *sheet)
{
    const int64_t rows_of_band = 1 + pb_cell_view_n_methods(cell->view);
    sheet->has_scale = true;
    sheet->explain_marks = pb_cell_view_n_methods(cell->view) > 1;
    for (int64_t i = 0; i < cell->n_references; i++)
        explain_reference(cell, i, sheet);
    sheet->scale = cell->loo_scale;
    describe(cell, true, sheet->title);
    say_unit(cell, " patches of the other references", sheet->unit);
    pb_sheet_size_cells(sheet, pb_sheet_photos_aspect(cell->reference_photo, cell->n_references));
    for (int b = 0; b < n_bands; b++) {
        const int64_t first = b * sheet->n_columns, left = cell->n_references - first;
        const int64_t n = left < sheet->n_columns ? left : sheet->n_columns;
        PB_TRY(pb_sheet_add_heads(sheet, (int)(b * rows_of_band)));
        label_band(cell, first, n, sheet->row + b * rows_of_band);
        PB_TRY(fill_band(sheet, cell, first, n, sheet->row + b * rows_of_band));
    }
    return PB_STATUS_OK;
}

static pb_status give(pb_status status, pb_sheet *sheet, pb_sheet *out)
{
    if (status == PB_STATUS_OK)
        *out = *sheet;
    else
        pb_sheet_free(sheet);
    return status;
}

pb_status pb_sheet_of_removal(const pb_sheet_cell *cell, pb_sheet *out)
{
    const int n = (int)cell->n_references, n_bands = (n + MOST_REFERENCES - 1) / MOST_REFERENCES;
    pb_sheet sheet;
    PB_TRY(pb_sheet_new(n_bands * (1 + (int)pb_cell_view_n_methods(cell->view)), (n + n_bands - 1) / n_bands, &sheet));
    return give(fill_removal(cell, n_bands, &sheet), &sheet, out);
}

/* ---- One cell: its test images ---------------------------------------------------------------------------------- */

/* @param auroc of each method, too: it belongs to one category */
static void head_methods(const pb_cell_view *view, bool auroc, pb_sheet_head *head)
{
    for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
        head_method(pb_cell_view_method_at(view, m), head[m].name);
        if (auroc)
            snprintf(head[m].detail, PB_SHEET_TEXT, "AUROC %.4f", pb_cell_view_method_at(view, m)->auroc);
    }
}

static pb_status fill_scores(const pb_sheet_cell *cell, pb_sheet *sheet)
{
    PB_TRY(pb_sheet_add_heads(sheet, 0));
    snprintf(sheet->row[0].head[0].name, PB_SHEET_TEXT, "photo");
    head_methods(cell->view, true, sheet->row[0].head + 1);
    sheet->has_scale = true;
    sheet->scale = cell->map_scale;
    describe(cell, true, sheet->title);
    say_unit(cell, " patches of the bank", sheet->unit);
    pb_sheet_size_cells(sheet, pb_sheet_photos_aspect(cell->shown_photo, cell->n_shown));
    for (int64_t i = 0; i < cell->n_shown; i++) {
        const pb_cell_image *test = pb_cell_view_test_at(cell->view, cell->shown[i]);
        pb_sheet_photo_label(test->path, sheet->row[i].title);
        snprintf(sheet->row[i].detail[0], PB_SHEET_TEXT, "%s", test->defect ? "defect" : "normal");
        sheet->explain_line |= cell->shown_photo[i].mask != NULL;
        PB_TRY(fill_test(sheet, cell, i, sheet->row[i].tile));
    }
    return PB_STATUS_OK;
}

pb_status pb_sheet_of_scores(const pb_sheet_cell *cell, pb_sheet *out)
{
    pb_sheet sheet;
    PB_TRY(pb_sheet_new((int)cell->n_shown, 1 + (int)pb_cell_view_n_methods(cell->view), &sheet));
    return give(fill_scores(cell, &sheet), &sheet, out);
}

/* ---- Several cells ---------------------------------------------------------------------------------------------- */

/* The most suspicious contaminated reference, or the most suspicious one where all are clean. */
static int64_t worst_reference(const pb_sheet_cell *cell)
{
    for (int64_t i = 0; i < cell->n_references; i++)
        if (pb_cell_view_reference_at(cell->view, cell->reference[i])->contaminated)
            return i;
    return 0;
}

void pb_sheet_cell_forget_photos(pb_sheet_cell *cell)
{
    const int64_t worst = worst_reference(cell);
    for (int64_t i = 0; i < cell->n_references; i++)
        if (i != worst)
            pb_sheet_photo_free(&cell->reference_photo[i]);
    for (int64_t i = 1; i < cell->n_shown; i++)
        pb_sheet_photo_free(&cell->shown_photo[i]);
}

static void start_combined(const pb_sheet_cell *cells, const char *what, pb_sheet *sheet)
{
    describe(&cells[0], false, sheet->title);
    snprintf(sheet->unit, PB_SHEET_TEXT,
             "mean distance to K = %" PRId64 " nearest%s; each row has its own scale, at its right",
             cells[0].options->k, what);
}

static pb_status fill_removals(const pb_sheet_cell *cells, int n, pb_sheet *sheet)
{
    double aspect = 0;
    const int64_t n_methods = pb_cell_view_n_methods(cells[0].view);
    PB_TRY(pb_sheet_add_heads(sheet, 0));
    snprintf(sheet->row[0].head[0].name, PB_SHEET_TEXT, "reference");
    snprintf(sheet->row[0].head[1].name, PB_SHEET_TEXT, "leave-one-out");
    for (int64_t m = 1; m < n_methods; m++)
        head_method(pb_cell_view_method_at(cells[0].view, m), sheet->row[0].head[1 + m].name);
    start_combined(cells, " patches of the other references", sheet);
    sheet->explain_marks = n_methods > 1;
    for (int i = 0; i < n; i++) {
        sheet->row[i].has_scale = true;
        sheet->row[i].scale = cells[i].loo_scale;
        aspect += pb_sheet_photos_aspect(&cells[i].reference_photo[worst_reference(&cells[i])], 1) / n;
    }
    pb_sheet_size_cells(sheet, aspect);
    for (int i = 0; i < n; i++) {
        pb_sheet_row *row = &sheet->row[i];
        const int64_t worst = worst_reference(&cells[i]);
        pb_sheet_text(row->title, pb_cell_view_category(cells[i].view));
        pb_sheet_photo_label(pb_cell_view_reference_at(cells[i].view, cells[i].reference[worst])->path, row->detail[0]);
        explain_reference(&cells[i], worst, sheet);
        PB_TRY(fill_reference(sheet, &cells[i], worst, &row->tile[0]));
        PB_TRY(fill_loo(sheet, &cells[i], worst, &row->tile[1]));
        for (int64_t m = 1; m < n_methods; m++)
            PB_TRY(fill_removed(sheet, &cells[i], worst, m, &row->tile[1 + m]));
    }
    return PB_STATUS_OK;
}

pb_status pb_sheet_of_removals(const pb_sheet_cell *cells, int n, pb_sheet *out)
{
    pb_sheet sheet;
    PB_TRY(pb_sheet_new(n, 1 + (int)pb_cell_view_n_methods(cells[0].view), &sheet));
    return give(fill_removals(cells, n, &sheet), &sheet, out);
}

static pb_status fill_all_scores(const pb_sheet_cell *cells, int n, pb_sheet *sheet)
{
    double aspect = 0;
    PB_TRY(pb_sheet_add_heads(sheet, 0));
    snprintf(sheet->row[0].head[0].name, PB_SHEET_TEXT, "photo");
    head_methods(cells[0].view, false, sheet->row[0].head + 1);
    start_combined(cells, " patches of the bank", sheet);
    for (int i = 0; i < n; i++) {
        sheet->row[i].has_scale = true;
        sheet->row[i].scale = cells[i].map_scale;
        aspect += pb_sheet_photos_aspect(cells[i].shown_photo, 1) / n;
    }
    pb_sheet_size_cells(sheet, aspect);
    for (int i = 0; i < n; i++) {
        pb_sheet_row *row = &sheet->row[i];
        pb_sheet_text(row->title, pb_cell_view_category(cells[i].view));
        pb_sheet_photo_label(pb_cell_view_test_at(cells[i].view, cells[i].shown[0])->path, row->detail[0]);
        sheet->explain_line |= cells[i].shown_photo[0].mask != NULL;
        PB_TRY(fill_test(sheet, &cells[i], 0, row->tile));
    }
    return PB_STATUS_OK;
}

pb_status pb_sheet_of_all_scores(const pb_sheet_cell *cells, int n, pb_sheet *out)
{
    pb_sheet sheet;
    PB_TRY(pb_sheet_new(n, 1 + (int)pb_cell_view_n_methods(cells[0].view), &sheet));
    return give(fill_all_scores(cells, n, &sheet), &sheet, out);
}
