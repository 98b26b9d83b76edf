/* What of a cell is shown. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/order.h"
#include "figures/heatmap_sheets.h"

/* ---- Order ------------------------------------------------------------------------------------------------------ */

static pb_status rank_references(pb_sheet_cell *cell)
{
    const pb_cell_view *view = cell->view;
    const int64_t n = pb_cell_view_n_references(view);
    double *scores;
    PB_TRY(PB_NEW(cell->reference, n));
    PB_TRY(PB_NEW(scores, n));
    for (int64_t i = 0; i < n; i++)
        scores[i] = pb_cell_view_reference_at(view, i)->score;
    const pb_status status = pb_order_descending(scores, n, cell->reference);
    pb_free(scores);
    cell->n_references = n;
    return status;
}

/* How far the method that changes it most moves the score of a test image. */
static double largest_change(const pb_cell_view *view, int64_t image)
{
    double most = 0;
    for (int64_t m = 1; m < pb_cell_view_n_methods(view); m++)
        most = fmax(most, fabs(pb_cell_view_method_at(view, m)->image_scores[image] -
                               pb_cell_view_method_at(view, 0)->image_scores[image]));
    return most;
}

/* ---- Kinds take turns ------------------------------------------------------------------------------------------- */

/* The folder of a photo: where it begins in the path, and its length. */
static const char *kind_of(const char *path, size_t *length)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] != '/' && path[end - 1] != '\\')
        end--;
    end -= end > 0;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/' && path[begin - 1] != '\\')
        begin--;
    *length = end - begin;
    return path + begin;
}

static bool same_kind(const char *a, const char *b)
{
    size_t length_a, length_b;
    const char *kind_a = kind_of(a, &length_a), *kind_b = kind_of(b, &length_b);
    return length_a == length_b && strncmp(kind_a, kind_b, length_a) == 0;
}

/* The round in which candidate i comes: how many of its kind stand before it. */
static int64_t round_of(const pb_cell_view *view, const int64_t *image, int64_t i)
{
    int64_t before = 0;
    for (int64_t j = 0; j < i; j++)
        before += same_kind(pb_cell_view_test_at(view, image[j])->path, pb_cell_view_test_at(view, image[i])->path);
    return before;
}

/* Takes up to `n` of the candidates into the shown ones. */
static void take(pb_sheet_cell *cell, const int64_t *image, int64_t n_candidates, int64_t n)
{
    for (int64_t round = 0; n > 0 && round < n_candidates; round++)
        for (int64_t i = 0; i < n_candidates && n > 0; i++)
            if (round_of(cell->view, image, i) == round) {
                cell->shown[cell->n_shown++] = image[i];
                n--;
            }
}

/* Takes up to `n` of the test images with defects, or without: those first that the methods change most. */
static pb_status take_tests(pb_sheet_cell *cell, bool defects, int64_t n)
{
    const pb_cell_view *view = cell->view;
    double *changes = NULL;
    int64_t *candidates = NULL, *order = NULL, n_candidates = 0;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(changes, pb_cell_view_n_test(view)));
    PB_TRY_GOTO(PB_NEW(candidates, pb_cell_view_n_test(view)));
    PB_TRY_GOTO(PB_NEW(order, pb_cell_view_n_test(view)));
    for (int64_t i = 0; i < pb_cell_view_n_test(view); i++)
        if (pb_cell_view_test_at(view, i)->defect == defects) {
            changes[n_candidates] = largest_change(view, i);
            candidates[n_candidates++] = i;
        }
    PB_TRY_GOTO(pb_order_descending(changes, n_candidates, order));
    for (int64_t i = 0; i < n_candidates; i++)
        order[i] = candidates[order[i]];
    take(cell, order, n_candidates, n);
done:
    pb_free(changes);
    pb_free(candidates);
    pb_free(order);
    return status;
}

static pb_status choose_tests(pb_sheet_cell *cell, int64_t n_images)
{
    PB_TRY(PB_NEW(cell->shown, pb_cell_view_n_test(cell->view)));
    PB_TRY(take_tests(cell, true, n_images > 1 ? n_images - 1 : 1));
    return n_images > 1 ? take_tests(cell, false, 1) : PB_STATUS_OK;
}

/* ---- Scales ----------------------------------------------------------------------------------------------------- */

/* From the 1st to the 99.5th percentile: one extreme patch must not make all others look alike. */
static pb_status find_scale(const double *values, int64_t n, pb_color_scale *out)
{
    PB_TRY(pb_percentile(values, n, 1, &out->low));
    PB_TRY(pb_percentile(values, n, 99.5, &out->high));
    pb_colormap_open_scale(out->low, &out->high);
    return PB_STATUS_OK;
}

static pb_status scale_of_maps(pb_sheet_cell *cell)
{
    const pb_cell_view *view = cell->view;
    const int64_t n = cell->n_shown * pb_cell_view_n_methods(view) * pb_cell_view_n_patches(view);
    double *values;
    PB_TRY(PB_NEW_UNINITIALISED(values, n));
    int64_t at = 0;
    for (int64_t i = 0; i < cell->n_shown; i++)
        for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++, at += pb_cell_view_n_patches(view))
            memcpy(values + at,
                   pb_cell_view_method_at(view, m)->patch_scores + cell->shown[i] * pb_cell_view_n_patches(view),
                   (size_t)pb_cell_view_n_patches(view) * sizeof *values);
    const pb_status status = find_scale(values, n, &cell->map_scale);
    pb_free(values);
    return status;
}

/* ---- The cell --------------------------------------------------------------------------------------------------- */

static pb_status read_photos(const char *root, pb_sheet_cell *cell)
{
    const pb_cell_view *view = cell->view;
    PB_TRY(PB_NEW(cell->reference_photo, cell->n_references));
    PB_TRY(PB_NEW(cell->shown_photo, cell->n_shown));
    for (int64_t i = 0; i < cell->n_references; i++) {
        const pb_cell_reference *reference = pb_cell_view_reference_at(view, cell->reference[i]);
        PB_TRY(pb_sheet_photo_read(root, reference->path, reference->contaminated, &cell->reference_photo[i]));
    }
    for (int64_t i = 0; i < cell->n_shown; i++) {
        const pb_cell_image *test = pb_cell_view_test_at(view, cell->shown[i]);
        PB_TRY(pb_sheet_photo_read(root, test->path, test->defect, &cell->shown_photo[i]));
    }
    return PB_STATUS_OK;
}

static pb_status open_cell(const char *root, int64_t n_images, pb_sheet_cell *cell)
{
    const pb_cell_view *view = cell->view;
    PB_TRY(rank_references(cell));
    PB_TRY(choose_tests(cell, n_images));
    PB_TRY(scale_of_maps(cell));
    /* The leave-one-out scores of all references stand one after another. */
    PB_TRY(find_scale(pb_cell_view_reference_at(view, 0)->loo,
                      pb_cell_view_n_references(view) * pb_cell_view_n_patches(view), &cell->loo_scale));
    return read_photos(root, cell);
}

pb_status pb_sheet_cell_open(const pb_cell_view *view, const pb_cell_options *options, const char *root,
                             int64_t n_images, pb_sheet_cell *out)
{
    pb_sheet_cell cell = {.view = view, .options = options};
    const pb_status status = open_cell(root, n_images, &cell);
    if (status == PB_STATUS_OK)
        *out = cell;
    else
        pb_sheet_cell_close(&cell);
    return status;
}

void pb_sheet_cell_close(pb_sheet_cell *cell)
{
    for (int64_t i = 0; cell->reference_photo && i < cell->n_references; i++)
        pb_sheet_photo_free(&cell->reference_photo[i]);
    for (int64_t i = 0; cell->shown_photo && i < cell->n_shown; i++)
        pb_sheet_photo_free(&cell->shown_photo[i]);
    pb_free(cell->reference);
    pb_free(cell->reference_photo);
    pb_free(cell->shown);
    pb_free(cell->shown_photo);
    *cell = (pb_sheet_cell){.view = NULL};
}
