/* purebank heatmaps: what purification does to a cell of the studies, as sheets of pictures. */
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/memory.h"
#include "base/parse.h"
#include "figure_font.h"
#include "figures/heatmap_sheets.h"
#include "figures/sheet_files.h"
#include "figures/sheet_pages.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "options.h"
#include "output.h"
#include "overwrite.h"
#include "terminal.h"

typedef struct heatmap_work {
    const cli_settings *settings;
    pb_cell_options options;
    bool png, pdf;
    pb_cell_caches *caches;
    int64_t n;           /* categories */
    pb_cell_view **view; /* n */
    pb_sheet_cell *cell; /* n */
} heatmap_work;

/* ---- Options ---------------------------------------------------------------------------------------------------- */

static pb_status read_formats(const char *text, bool *png, bool *pdf)
{
    *png = *pdf = false;
    pb_item name;
    while (pb_item_next(&text, &name))
        if (pb_item_is(name, "png"))
            *png = true;
        else if (pb_item_is(name, "pdf"))
            *pdf = true;
        else
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "--format: '%.*s' is not png or pdf", (int)name.length, name.text);
    return PB_STATUS_OK;
}

static pb_status read_options(heatmap_work *work)
{
    const cli_settings *settings = work->settings;
    work->options = (pb_cell_options)PB_CELL_OPTIONS_INIT;
    PB_TRY(pb_setup_parse(settings->setup, &work->options.setup));
    PB_TRY(read_formats(settings->format, &work->png, &work->pdf));
    work->options.seed = settings->seed;
    work->options.n_references = settings->limit;
    work->options.contamination = settings->contamination;
    work->options.k = settings->knn_k;
    work->options.percentile = settings->percentile;
    work->options.methods = settings->methods;
    return pb_cell_options_check(&work->options);
}

/* Long work should not end with a photo that is not there: the first ones are looked for before. */
static pb_status check_photos(const heatmap_work *work)
{
    for (int64_t i = 0; i < work->n; i++) {
        const pb_cache *cache = pb_cell_caches_at(work->caches, i);
        const char *const paths[] = {pb_cache_paths(cache, PB_CACHE_TRAIN)->path[0],
                                     pb_cache_paths(cache, PB_CACHE_TEST)->path[0]};
        for (int p = 0; p < 2; p++) {
            char *found;
            const pb_status status = pb_photo_find(work->settings->data, paths[p], &found);
            if (status != PB_STATUS_OK)
                return pb_fail(status, "%s: %s%s", pb_cache_folder(cache), pb_error_message(),
                               work->settings->data ? "" : "; --data says where photos are");
            pb_buffer_free(found);
        }
    }
    return PB_STATUS_OK;
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

/* Is the output one of these photos? Those that are not there cannot be. */
static pb_status check_against(const heatmap_work *work, const pb_paths *photos, const char *output)
{
    for (int64_t i = 0; i < photos->n; i++) {
        char *found;
        if (pb_photo_find(work->settings->data, photos->path[i], &found) != PB_STATUS_OK)
            continue;
        const char *const input = found;
        const pb_status status = cli_check_overwrite(&output, 1, &input, 1);
        pb_buffer_free(found);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

/* Sheets may go to the folder of the photos, but not onto one. */
static pb_status protect_photos(const heatmap_work *work, const char *output)
{
    if (!pb_path_exists(output))
        return PB_STATUS_OK;
    for (int64_t i = 0; i < work->n; i++) {
        const pb_cache *cache = pb_cell_caches_at(work->caches, i);
        PB_TRY(check_against(work, pb_cache_paths(cache, PB_CACHE_TRAIN), output));
        PB_TRY(check_against(work, pb_cache_paths(cache, PB_CACHE_TEST), output));
    }
    return PB_STATUS_OK;
}

/* output/<stem>_<what>.<ending> */
static pb_status name_file(const heatmap_work *work, const char *stem, const char *what, const char *ending, char **out)
{
    const size_t size = strlen(stem) + strlen(what) + strlen(ending) + 3;
    char *name;
    PB_TRY(PB_NEW(name, size));
    snprintf(name, size, "%s_%s.%s", stem, what, ending);
    pb_status status = pb_path_join(work->settings->output, name, out);
    pb_free(name);
    PB_TRY(status);
    status = protect_photos(work, *out);
    if (status != PB_STATUS_OK)
        pb_free(*out);
    return status;
}

static pb_status write_as(const heatmap_work *work, const pb_sheet *sheet, const char *stem, const char *what, bool pdf)
{
    char *path;
    PB_TRY(name_file(work, stem, what, pdf ? "pdf" : "png", &path));
    const pb_status status = pdf ? pb_sheet_write_pdf(sheet, path) : pb_sheet_write_png(sheet, path);
    const int n_pages = pb_sheet_count_pages(sheet);
    if (status == PB_STATUS_OK && n_pages > 1)
        cli_say("  %s (%d pages)", cli_path(path), n_pages);
    else if (status == PB_STATUS_OK)
        cli_say("  %s", cli_path(path));
    pb_free(path);
    return status;
}

/* Writes a sheet that was made, or not; takes it. */
static pb_status write_sheet(const heatmap_work *work, pb_status made, pb_sheet *sheet, const char *stem,
                             const char *what)
{
    PB_TRY(made);
    pb_status status = PB_STATUS_OK;
    if (work->pdf)
        status = write_as(work, sheet, stem, what, true);
    if (work->png && status == PB_STATUS_OK)
        status = write_as(work, sheet, stem, what, false);
    pb_sheet_free(sheet);
    return status;
}

/* ---- What the sheets show, as JSON ------------------------------------------------------------------------------ */

/* Both take the value. What lacks one becomes NULL, and so does whatever it is put into: no part goes missing unnoticed. */

static void append(json_t **list, json_t *value)
{
    if (json_array_append_new(*list, value) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

static void set(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

static json_t *json_methods(const pb_cell_view *view)
{
    json_t *list = json_array();
    for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
        char label[PB_SHEET_TEXT];
        pb_sheet_method_name(pb_cell_view_method_at(view, m), label);
        append(&list, json_pack("{s:s, s:I, s:f}", "method", label, "n_patches_removed",
                                (json_int_t)pb_cell_view_method_at(view, m)->n_removed, "img_auroc",
                                pb_cell_view_method_at(view, m)->auroc));
    }
    return list;
}

static int64_t count_removed(const pb_cell_view *view, int64_t method, int64_t reference)
{
    int64_t n = 0;
    for (int64_t p = 0; p < pb_cell_view_n_patches(view); p++)
        n += !pb_cell_view_method_at(view, method)->keep[reference * pb_cell_view_n_patches(view) + p];
    return n;
}

static json_t *json_references(const pb_sheet_cell *cell)
{
    const pb_cell_view *view = cell->view;
    json_t *list = json_array();
    for (int64_t i = 0; i < cell->n_references; i++) {
        const pb_cell_reference *reference = pb_cell_view_reference_at(view, cell->reference[i]);
        json_t *removed = json_object();
        for (int64_t m = 1; m < pb_cell_view_n_methods(view); m++) {
            char label[PB_SHEET_TEXT];
            pb_sheet_method_name(pb_cell_view_method_at(view, m), label);
            set(&removed, label, json_integer(count_removed(view, m, cell->reference[i])));
        }
        append(&list, json_pack("{s:o, s:b, s:f, s:o}", "path", pb_json_lossy_string(reference->path), "contaminated",
                                reference->contaminated, "loo_score", reference->score, "n_patches_removed", removed));
    }
    return list;
}

static bool is_shown(const pb_sheet_cell *cell, int64_t image)
{
    for (int64_t i = 0; i < cell->n_shown; i++)
        if (cell->shown[i] == image)
            return true;
    return false;
}

static json_t *json_tests(const pb_sheet_cell *cell)
{
    const pb_cell_view *view = cell->view;
    json_t *list = json_array();
    for (int64_t i = 0; i < pb_cell_view_n_test(view); i++) {
        json_t *scores = json_object();
        for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
            char label[PB_SHEET_TEXT];
            pb_sheet_method_name(pb_cell_view_method_at(view, m), label);
            set(&scores, label, json_real(pb_cell_view_method_at(view, m)->image_scores[i]));
        }
        append(&list, json_pack("{s:o, s:b, s:b, s:o}", "path",
                                pb_json_lossy_string(pb_cell_view_test_at(view, i)->path), "defect",
                                pb_cell_view_test_at(view, i)->defect, "shown", is_shown(cell, i), "scores", scores));
    }
    return list;
}

static pb_status write_facts(const heatmap_work *work, const pb_sheet_cell *cell, const char *stem)
{
    const pb_cell_view *view = cell->view;
    const pb_cell_options *options = &work->options;
    char *path;
    PB_TRY(name_file(work, stem, "heatmaps", "json", &path));
    json_t *facts =
        json_pack("{s:o, s:s, s:s, s:I, s:I, s:f, s:I, s:f, s:f, s:o, s:[ff], s:[ff], s:o, s:o}", "dataset",
                  pb_json_lossy_string(pb_cell_view_category(view)), "backbone", pb_cell_view_origin(view)->backbone,
                  "setup", pb_setup_name(options->setup), "seed", (json_int_t)options->seed, "train_limit",
                  (json_int_t)options->n_references, "contamination_rate", options->contamination, "knn_k",
                  (json_int_t)options->k, "percentile_threshold", options->percentile, "clean_img_auroc",
                  pb_cell_view_clean_auroc(view), "methods", json_methods(view), "removal_scale", cell->loo_scale.low,
                  cell->loo_scale.high, "scores_scale", cell->map_scale.low, cell->map_scale.high, "references",
                  json_references(cell), "test", json_tests(cell));
    const pb_status status = cli_write_json(facts, path);
    if (status == PB_STATUS_OK)
        cli_say("  %s", cli_path(path));
    pb_free(path);
    return status;
}

/* ---- Cells ------------------------------------------------------------------------------------------------------ */

static void say_cell(const pb_cell_view *view)
{
    cli_say("%s: %lld references, %lld test images, AUROC without contaminants %.4f",
            cli_path(pb_cell_view_category(view)), (long long)pb_cell_view_n_references(view),
            (long long)pb_cell_view_n_test(view), pb_cell_view_clean_auroc(view));
    cli_say("%s  %-24s %9s %8s%s", cli_color_on(CLI_DIM), "method", "removed", "AUROC", cli_color_off());
    for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
        char label[PB_SHEET_TEXT];
        pb_sheet_method_label(pb_cell_view_method_at(view, m), label);
        cli_say("  %-24s %9lld %8.4f", label, (long long)pb_cell_view_method_at(view, m)->n_removed,
                pb_cell_view_method_at(view, m)->auroc);
    }
}

static pb_status show_cell(heatmap_work *work, int64_t i)
{
    cli_progress progress;
    pb_sheet sheet;
    const char *stem = pb_base_name(pb_cache_folder(pb_cell_caches_at(work->caches, i)));
    cli_progress_start(&progress, pb_cache_category(pb_cell_caches_at(work->caches, i)), NULL);
    const pb_status status = pb_cell_view_compute(work->caches, i, &work->options, &progress.callback, &work->view[i]);
    cli_progress_end();
    PB_TRY(status);
    say_cell(work->view[i]);
    PB_TRY(pb_sheet_cell_open(work->view[i], &work->options, work->settings->data, work->settings->n_images,
                              &work->cell[i]));
    PB_TRY(write_sheet(work, pb_sheet_of_removal(&work->cell[i], &sheet), &sheet, stem, "removal"));
    PB_TRY(write_sheet(work, pb_sheet_of_scores(&work->cell[i], &sheet), &sheet, stem, "scores"));
    pb_sheet_cell_forget_photos(&work->cell[i]);
    return write_facts(work, &work->cell[i], stem);
}

static pb_status show_all(heatmap_work *work)
{
    pb_sheet sheet;
    for (int64_t i = 0; i < work->n; i++)
        PB_TRY(show_cell(work, i));
    if (work->n < 2)
        return PB_STATUS_OK;
    cli_say("%lld categories together:", (long long)work->n);
    PB_TRY(write_sheet(work, pb_sheet_of_removals(work->cell, (int)work->n, &sheet), &sheet, "combined", "removal"));
    return write_sheet(work, pb_sheet_of_all_scores(work->cell, (int)work->n, &sheet), &sheet, "combined", "scores");
}

static void warn_about_origin(const heatmap_work *work)
{
    if (!pb_cache_origin(pb_cell_caches_at(work->caches, 0))->backbone[0])
        cli_warn("these caches do not say what made them: maps are laid over whole photos, which is wrong for a "
                 "backbone that sees their middle alone, such as CLIP");
}

static pb_status run(heatmap_work *work)
{
    const cli_settings *settings = work->settings;
    PB_TRY(read_options(work));
    PB_TRY(pb_cell_caches_open(settings->cache, settings->categories, &work->caches));
    work->n = pb_cell_caches_n(work->caches);
    PB_TRY(check_photos(work));
    PB_TRY(cli_make_folder(settings->output));
    warn_about_origin(work);
    cli_warn_missing_font();
    PB_TRY(PB_NEW(work->view, work->n));
    PB_TRY(PB_NEW(work->cell, work->n));
    return show_all(work);
}

int cli_heatmaps(const cli_settings *settings)
{
    heatmap_work work = {.settings = settings};
    if (!settings->cache || !settings->output)
        return cli_usage_error("heatmaps needs %s",
                               settings->cache ? "a folder to write to: -o DIR" : "feature caches: --cache DIR");
    const pb_status status = run(&work);
    for (int64_t i = 0; i < work.n && work.cell; i++) {
        pb_sheet_cell_close(&work.cell[i]);
        pb_cell_view_free(work.view[i]);
    }
    pb_free(work.cell);
    pb_free(work.view);
    pb_cell_caches_close(work.caches);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
