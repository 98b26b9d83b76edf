/* purebank datasets: what a data set holds, and what is odd about it. */
#include <string.h>

#include "base/error.h"
#include "io/json_fields.h"
#include "output.h"
#include "terminal.h"

static int name_width(const pb_dataset *dataset)
{
    size_t widest = strlen("category");
    for (int64_t i = 0; i < dataset->n; i++) {
        const size_t length = strlen(dataset->category[i].name);
        widest = length > widest ? length : widest;
    }
    return (int)(widest < 48 ? widest : 48);
}

static void print_row(const char *name, int width, const pb_testset *test, int64_t n_train, const char *layout)
{
    cli_say("%-*s  %7lld  %9lld  %11lld  %7lld  %s", width, cli_path(name), (long long)n_train, (long long)test->n_good,
            (long long)test->n_defect, (long long)test->n_masks, layout);
}

static void print_table(const pb_dataset *dataset)
{
    const int width = name_width(dataset);
    pb_testset sum = {0};
    int64_t n_train = 0;
    cli_say("%s%-*s  %7s  %9s  %11s  %7s  %s%s", cli_color_on(CLI_DIM), width, "category", "train", "test good",
            "test defect", "masks", "layout", cli_color_off());
    for (int64_t i = 0; i < dataset->n; i++) {
        const pb_category *category = &dataset->category[i];
        print_row(category->name, width, &category->test, category->train.n, pb_layout_name(category->layout));
        n_train += category->train.n;
        sum.n_good += category->test.n_good;
        sum.n_defect += category->test.n_defect;
        sum.n_masks += category->test.n_masks;
    }
    if (dataset->n > 1) {
        char name[48];
        snprintf(name, sizeof name, "%lld categories", (long long)dataset->n);
        print_row(name, width, &sum, n_train, "");
    }
}

static void print_notes(const pb_dataset *dataset, bool names_only)
{
    bool any = dataset->notes.n > 0;
    for (int64_t i = 0; i < dataset->n; i++)
        any |= dataset->category[i].notes.n > 0;
    if (!any) {
        cli_say(names_only ? "\nNothing odd by name; files were not opened." : "\nNothing odd.");
        return;
    }
    cli_say("\nOdd:");
    for (int64_t i = 0; i < dataset->notes.n; i++)
        cli_say_wrapped(4, "  %s", cli_path(dataset->notes.path[i]));
    for (int64_t i = 0; i < dataset->n; i++)
        for (int64_t j = 0; j < dataset->category[i].notes.n; j++) {
            char name[256];
            snprintf(name, sizeof name, "%s", cli_path(dataset->category[i].name));
            cli_say_wrapped(4, "  %s: %s", name, cli_path(dataset->category[i].notes.path[j]));
        }
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

static json_t *to_json(const pb_dataset *dataset)
{
    json_t *categories = json_array();
    for (int64_t i = 0; categories && i < dataset->n; i++) {
        const pb_category *category = &dataset->category[i];
        json_t *row =
            json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:o}", "name", pb_json_lossy_string(category->name),
                      "folder", pb_json_lossy_string(category->folder), "layout", pb_layout_name(category->layout),
                      "train", (json_int_t)category->train.n, "test_good", (json_int_t)category->test.n_good,
                      "test_defect", (json_int_t)category->test.n_defect, "masks", (json_int_t)category->test.n_masks,
                      "notes", texts_to_json(&category->notes));
        if (json_array_append_new(categories, row) != 0) {
            json_decref(categories);
            return NULL;
        }
    }
    return json_pack("{s:o, s:o}", "categories", categories, "notes", texts_to_json(&dataset->notes));
}

static pb_status examine(const cli_settings *settings, pb_dataset *dataset)
{
    PB_TRY(pb_dataset_open(settings->arguments[0], settings->categories, dataset));
    if (settings->names_only)
        return PB_STATUS_OK;
    cli_progress progress;
    cli_progress_start(&progress, "reading", "images");
    const pb_status status = pb_dataset_verify(dataset, &progress.callback);
    cli_progress_end();
    return status;
}

int cli_datasets(const cli_settings *settings)
{
    pb_dataset dataset = {0};
    cli_reserve_stdout(settings->json, NULL);
    pb_status status = examine(settings, &dataset);
    if (status == PB_STATUS_OK) {
        print_table(&dataset);
        print_notes(&dataset, settings->names_only);
        if (settings->json)
            status = cli_write_json(to_json(&dataset), settings->json);
    }
    pb_dataset_free(&dataset);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
