/* purebank datasets: what a data set holds, and what is odd about it. */
#include <string.h>

#include "base/error.h"
#include "io/json_fields.h"
#include "options.h"
#include "output.h"
#include "terminal.h"

static int name_width(const pb_dataset *dataset)
{
    size_t widest = strlen("category");
    for (int64_t i = 0; i < pb_dataset_n_categories(dataset); i++) {
        const size_t length = strlen(pb_category_name(pb_dataset_category_at(dataset, i)));
        widest = length > widest ? length : widest;
    }
    return (int)(widest < 48 ? widest : 48);
}

/* The numbers of a row. */
typedef struct counts {
    int64_t n_train, n_good, n_defect, n_masks;
} counts;

static void print_row(const char *name, int width, const counts *row, const char *layout)
{
    cli_say("%-*s  %7lld  %9lld  %11lld  %7lld  %s", width, cli_path(name), (long long)row->n_train,
            (long long)row->n_good, (long long)row->n_defect, (long long)row->n_masks, layout);
}

static counts count(const pb_category *category)
{
    const pb_testset *test = pb_category_test(category);
    return (counts){pb_category_train(category)->n, pb_testset_n_good(test), pb_testset_n_defect(test),
                    pb_testset_n_masks(test)};
}

static void print_table(const pb_dataset *dataset)
{
    const int width = name_width(dataset);
    const int64_t n = pb_dataset_n_categories(dataset);
    counts sum = {0};
    cli_say("%s%-*s  %7s  %9s  %11s  %7s  %s%s", cli_color_on(CLI_DIM), width, "category", "train", "test good",
            "test defect", "masks", "layout", cli_color_off());
    for (int64_t i = 0; i < n; i++) {
        const pb_category *category = pb_dataset_category_at(dataset, i);
        const counts row = count(category);
        print_row(pb_category_name(category), width, &row, pb_layout_name(pb_category_layout(category)));
        sum.n_train += row.n_train;
        sum.n_good += row.n_good;
        sum.n_defect += row.n_defect;
        sum.n_masks += row.n_masks;
    }
    if (n > 1) {
        char name[48];
        snprintf(name, sizeof name, "%lld categories", (long long)n);
        print_row(name, width, &sum, "");
    }
}

static bool has_notes(const pb_dataset *dataset)
{
    bool any = pb_dataset_notes(dataset)->n > 0;
    for (int64_t i = 0; i < pb_dataset_n_categories(dataset); i++)
        any |= pb_category_notes(pb_dataset_category_at(dataset, i))->n > 0;
    return any;
}

static void print_notes(const pb_dataset *dataset, bool names_only)
{
    if (!has_notes(dataset)) {
        cli_say(names_only ? "\nNothing odd by name; files were not opened." : "\nNothing odd.");
        return;
    }
    cli_say("\nOdd:");
    cli_say_notes(dataset);
}

static json_t *texts_to_json(const pb_paths *texts)
{
    json_t *array = json_array();
    for (int64_t i = 0; array && i < texts->n; i++)
        if (json_array_append_new(array, pb_json_lossy_string(texts->path[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *category_to_json(const pb_category *category)
{
    const counts row = count(category);
    return json_pack(
        "{s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:o}", "name", pb_json_lossy_string(pb_category_name(category)), "folder",
        pb_json_lossy_string(pb_category_folder(category)), "layout", pb_layout_name(pb_category_layout(category)),
        "train", (json_int_t)row.n_train, "test_good", (json_int_t)row.n_good, "test_defect", (json_int_t)row.n_defect,
        "masks", (json_int_t)row.n_masks, "notes", texts_to_json(pb_category_notes(category)));
}

static json_t *to_json(const pb_dataset *dataset)
{
    json_t *categories = json_array();
    for (int64_t i = 0; categories && i < pb_dataset_n_categories(dataset); i++)
        if (json_array_append_new(categories, category_to_json(pb_dataset_category_at(dataset, i))) != 0) {
            json_decref(categories);
            return NULL;
        }
    return json_pack("{s:o, s:o}", "categories", categories, "notes", texts_to_json(pb_dataset_notes(dataset)));
}

static pb_status examine(const cli_settings *settings, pb_dataset **dataset)
{
    PB_TRY(pb_dataset_open(settings->arguments[0], settings->categories, dataset));
    if (settings->names_only)
        return PB_STATUS_OK;
    cli_progress progress;
    cli_progress_start(&progress, "reading", "images");
    const pb_status status = pb_dataset_verify(*dataset, &progress.callback);
    cli_progress_end();
    return status;
}

int cli_datasets(const cli_settings *settings)
{
    pb_dataset *dataset = NULL;
    cli_reserve_stdout(settings->json, NULL);
    pb_status status = examine(settings, &dataset);
    if (status == PB_STATUS_OK) {
        print_table(dataset);
        print_notes(dataset, settings->names_only);
        if (settings->json)
            status = cli_write_json(to_json(dataset), settings->json);
    }
    pb_dataset_free(dataset);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
