/* What a root folder holds: benchmarks, categories, or images. */
#include <purebank/dataset.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/words.h"
#include "dataset/category.h"
#include "dataset/masks.h"
#include "dataset/testset.h"
#include "dataset/visa.h"

enum { MAX_CATEGORIES = 16, MAX_ALIASES = 3 };

static const struct {
    const char *alias[MAX_ALIASES];
    const char *category[MAX_CATEGORIES];
} benchmarks[] = {
#define PB_BENCHMARK(id, name, archive, ...) [PB_LAYOUT_##id] = {{name, archive}, {__VA_ARGS__}},
#include <purebank/benchmarks.def>
#undef PB_BENCHMARK
};

enum { N_BENCHMARKS = sizeof benchmarks / sizeof *benchmarks };
_Static_assert(N_BENCHMARKS == (int)PB_LAYOUT_OWN, "each benchmark has its layout, and they come first");

const char *pb_layout_name(pb_layout layout)
{
    if ((unsigned)layout < N_BENCHMARKS)
        return benchmarks[layout].alias[0];
    return layout == PB_LAYOUT_OWN ? "own" : layout == PB_LAYOUT_IMAGES ? "images" : "unknown";
}

/* The benchmark that a folder's name stands for; PB_LAYOUT_OWN for none. */
static pb_layout benchmark_called(const char *name)
{
    for (int i = 0; i < N_BENCHMARKS; i++)
        for (int j = 0; j < MAX_ALIASES && benchmarks[i].alias[j]; j++)
            if (strcasecmp(name, benchmarks[i].alias[j]) == 0)
                return (pb_layout)i;
    return PB_LAYOUT_OWN;
}

static const char *prefix_of(pb_layout layout)
{
    return layout == PB_LAYOUT_OWN ? NULL : pb_layout_name(layout);
}

static pb_status add_mvtec(const char *folder, pb_layout layout, pb_categories *out)
{
    pb_category *category = NULL;
    PB_TRY(pb_categories_add(out, prefix_of(layout), pb_base_name(folder), folder, layout, &category));
    return pb_category_read_mvtec(category);
}

/* The categories directly in a folder; those of a benchmark that are missing are noted. */
static pb_status add_categories(const char *folder, pb_layout layout, pb_categories *out)
{
    pb_list folders = {0};
    pb_status status;
    PB_TRY_GOTO(pb_folder_read(folder, true, &folders));
    pb_list_sort(&folders, 0);
    for (int64_t i = 0; i < folders.n && status == PB_STATUS_OK; i++)
        if (pb_is_mvtec_category(folders.item[i]))
            status = add_mvtec(folders.item[i], layout, out);
done:
    pb_list_clear(&folders);
    return status;
}

static bool has_category(const pb_categories *list, const char *prefix, const char *name)
{
    for (int64_t i = 0; i < list->n; i++) {
        const char *known = list->item[i].name;
        const size_t length = strlen(prefix);
        if (strncmp(known, prefix, length) == 0 && known[length] == '/' && strcmp(known + length + 1, name) == 0)
            return true;
    }
    return false;
}

static pb_status note_missing(pb_layout layout, const pb_categories *list, pb_paths *notes)
{
    const char *prefix = pb_layout_name(layout);
    char missing[512] = "";
    int n = 0, n_missing = 0;
    for (; n < MAX_CATEGORIES && benchmarks[layout].category[n]; n++)
        if (!has_category(list, prefix, benchmarks[layout].category[n])) {
            pb_words_list(missing, sizeof missing, benchmarks[layout].category[n]);
            n_missing++;
        }
    return n_missing ? pb_note(notes, "%s: %d of %d categories are missing: %s", prefix, n_missing, n, missing)
                     : PB_STATUS_OK;
}

static pb_status add_benchmark(const char *folder, pb_layout layout, pb_categories *out, pb_paths *notes)
{
    if (layout == PB_LAYOUT_VISA && !pb_is_visa(folder))
        return pb_note(notes, "%s has no split_csv/1cls.csv, which says what is good: left out", folder);
    PB_TRY(layout == PB_LAYOUT_VISA ? pb_visa_read(folder, NULL, out) : add_categories(folder, layout, out));
    return note_missing(layout, out, notes);
}

/* Subfolders: benchmarks first, in the order of the studies, then categories of one's own. */
static pb_status add_below(const char *root, pb_categories *out, pb_paths *notes)
{
    pb_list folders = {0};
    pb_status status;
    PB_TRY_GOTO(pb_folder_read(root, true, &folders));
    pb_list_sort(&folders, 0);
    for (int layout = 0; layout < N_BENCHMARKS; layout++)
        for (int64_t i = 0; i < folders.n; i++)
            if ((int)benchmark_called(pb_base_name(folders.item[i])) == layout)
                PB_TRY_GOTO(add_benchmark(folders.item[i], (pb_layout)layout, out, notes));
    for (int64_t i = 0; i < folders.n; i++)
        if (benchmark_called(pb_base_name(folders.item[i])) == PB_LAYOUT_OWN && pb_is_mvtec_category(folders.item[i]))
            PB_TRY_GOTO(add_mvtec(folders.item[i], PB_LAYOUT_OWN, out));
done:
    pb_list_clear(&folders);
    return status;
}

/* A root that is one category itself: whether it belongs to a benchmark, the folder above tells. */
static pb_status add_single(const char *root, bool *found, pb_categories *out)
{
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", root);
    char *slash = strrchr(above, '/');
    *slash = '\0';
    *found = true;
    if (pb_is_visa(above) && pb_has_folder(root, "Data/Images"))
        return pb_visa_read(above, pb_base_name(root), out);
    if (pb_is_mvtec_category(root))
        return add_mvtec(root, benchmark_called(pb_base_name(above)), out);
    *found = false;
    return PB_STATUS_OK;
}

/* Does it look like a test folder: good/ or ok/ beside other kinds? As "images, all good" it would poison a bank. */
static pb_status is_test_folder(const char *root, bool *out)
{
    pb_list folders = {0};
    int64_t n_good = 0;
    const pb_status status = pb_folder_read(root, true, &folders);
    for (int64_t i = 0; i < folders.n; i++)
        n_good += pb_is_good_kind(pb_base_name(folders.item[i]));
    *out = n_good > 0 && folders.n > n_good;
    pb_list_clear(&folders);
    return status;
}

static pb_status add_loose(const char *root, pb_categories *out)
{
    pb_category *category = NULL;
    char known[128] = "";
    bool is_test;
    if (pb_has_folder(root, "Data/Images") || benchmark_called(pb_base_name(root)) == PB_LAYOUT_VISA)
        return pb_fail(PB_STATUS_IO, "%s looks like VisA, but split_csv/1cls.csv, which says what is good, is missing",
                       root);
    PB_TRY(is_test_folder(root, &is_test));
    PB_TRY(
        pb_categories_add(out, NULL, pb_base_name(root), root, is_test ? PB_LAYOUT_OWN : PB_LAYOUT_IMAGES, &category));
    PB_TRY(is_test ? pb_category_read_test(category) : pb_category_read_images(category));
    if (category->train.n > 0 || category->test.n > 0)
        return PB_STATUS_OK;
    for (int i = 0; i < N_BENCHMARKS; i++)
        pb_words_list(known, sizeof known, benchmarks[i].alias[0]);
    return pb_fail(
        PB_STATUS_IO,
        "no images found in %s: it needs benchmarks (%s), categories with train/good and test/<kind>, or images", root,
        known);
}

static pb_status scan(const char *root, pb_categories *out, pb_paths *notes)
{
    bool found;
    const pb_layout layout = pb_is_visa(root) ? PB_LAYOUT_VISA : benchmark_called(pb_base_name(root));
    PB_TRY(add_single(root, &found, out));
    if (found && out->n == 0)
        return pb_fail(PB_STATUS_IO, "%s: split_csv/1cls.csv in the folder above has no object of this name", root);
    if (found)
        return PB_STATUS_OK;
    if (layout != PB_LAYOUT_OWN)
        PB_TRY(add_benchmark(root, layout, out, notes));
    if (out->n == 0)
        PB_TRY(add_below(root, out, notes));
    return out->n == 0 ? add_loose(root, out) : PB_STATUS_OK;
}

static pb_status check_names(const pb_categories *list)
{
    for (int64_t i = 0; i < list->n; i++)
        for (int64_t j = 0; j < i; j++)
            if (strcmp(list->item[i].name, list->item[j].name) == 0)
                return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s and %s are both %s: name one of them as the root",
                               list->item[j].folder, list->item[i].folder, list->item[i].name);
    return PB_STATUS_OK;
}

/* ---- Selection -------------------------------------------------------------------------------------------------- */

static pb_status fail_not_there(const pb_dataset *dataset, pb_item name)
{
    char known[512] = "";
    for (int64_t i = 0; i < dataset->n; i++)
        pb_words_list(known, sizeof known, dataset->category[i].name);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "category '%.*s' is not there; there are %" PRId64 ": %s", (int)name.length,
                   name.text, dataset->n, known);
}

static pb_status check_selected(const pb_dataset *dataset, const char *names)
{
    pb_item name;
    while (pb_item_next(&names, &name)) {
        bool found = false;
        for (int64_t i = 0; i < dataset->n && !found; i++)
            found = pb_category_is_selected(dataset->category[i].name, name);
        if (!found)
            return fail_not_there(dataset, name);
    }
    return PB_STATUS_OK;
}

/* Keeps what the names select, in the order of the names. */
static pb_status select_categories(pb_dataset *dataset, const char *names)
{
    pb_category *kept;
    pb_item name;
    int64_t n = 0;
    PB_TRY(check_selected(dataset, names));
    PB_TRY(PB_NEW(kept, dataset->n));
    while (pb_item_next(&names, &name))
        for (int64_t i = 0; i < dataset->n; i++)
            if (dataset->category[i].name && pb_category_is_selected(dataset->category[i].name, name)) {
                kept[n++] = dataset->category[i];
                dataset->category[i] = (pb_category){0};
            }
    for (int64_t i = 0; i < dataset->n; i++)
        pb_category_free(&dataset->category[i]);
    pb_free(dataset->category);
    dataset->category = kept;
    dataset->n = n;
    return PB_STATUS_OK;
}

static pb_status select_names(pb_dataset *dataset, const char *selection)
{
    if (!selection || strcmp(selection, "all") == 0)
        return PB_STATUS_OK;
    PB_TRY(select_categories(dataset, pb_category_names(selection)));
    return dataset->n > 0 ? PB_STATUS_OK : pb_fail(PB_STATUS_BAD_ARGUMENT, "no category selected by '%s'", selection);
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static pb_status open_dataset(const char *root, const char *selection, pb_dataset *dataset)
{
    char absolute[PATH_MAX];
    pb_categories list = {0};
    if (!realpath(root, absolute))
        return pb_fail(PB_STATUS_IO, "%s: %s", root, strerror(errno));
    if (!pb_is_folder(absolute))
        return pb_fail(PB_STATUS_IO, "%s is not a folder", root);
    pb_status status = scan(absolute, &list, &dataset->notes);
    if (status == PB_STATUS_OK)
        status = check_names(&list);
    dataset->n = list.n;
    dataset->category = list.item;
    return status == PB_STATUS_OK ? select_names(dataset, selection) : status;
}

pb_status pb_dataset_open(const char *root, const char *selection, pb_dataset **out)
{
    pb_dataset *dataset;
    PB_CHECK_ARG(root && out, "pb_dataset_open: root or out is NULL");
    *out = NULL;
    PB_TRY(PB_NEW(dataset, 1));
    const pb_status status = open_dataset(root, selection, dataset);
    if (status == PB_STATUS_OK)
        *out = dataset;
    else
        pb_dataset_free(dataset);
    return status;
}

static bool is_empty(const pb_category *category)
{
    return category->train.n + category->test.n == 0;
}

pb_status pb_dataset_leave_out_empty(pb_dataset *dataset, pb_paths *out_folders)
{
    pb_list folders = {0};
    int64_t n_kept = 0;
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < dataset->n; i++)
        n_kept += !is_empty(&dataset->category[i]);
    for (int64_t i = 0; i < dataset->n && n_kept > 0 && status == PB_STATUS_OK; i++) {
        char *folder;
        if (!is_empty(&dataset->category[i]))
            continue;
        status = PB_NEW_STRING(folder, dataset->category[i].folder);
        if (status == PB_STATUS_OK)
            status = pb_list_push(&folders, folder);
    }
    if (status == PB_STATUS_OK)
        pb_list_move(&folders, out_folders);
    pb_list_clear(&folders);
    if (status != PB_STATUS_OK || n_kept == 0)
        return status;
    n_kept = 0;
    for (int64_t i = 0; i < dataset->n; i++)
        if (is_empty(&dataset->category[i]))
            pb_category_free(&dataset->category[i]);
        else
            dataset->category[n_kept++] = dataset->category[i];
    dataset->n = n_kept;
    return PB_STATUS_OK;
}

void pb_dataset_keep_first(pb_dataset *dataset, int64_t n)
{
    for (int64_t i = n > 0 ? n : 0; i < dataset->n; i++)
        pb_category_free(&dataset->category[i]);
    if (n < dataset->n)
        dataset->n = n > 0 ? n : 0;
}

void pb_dataset_free(pb_dataset *dataset)
{
    if (!dataset)
        return;
    for (int64_t i = 0; i < dataset->n; i++)
        pb_category_free(&dataset->category[i]);
    pb_free(dataset->category);
    pb_paths_free(&dataset->notes);
    pb_free(dataset);
}

/* ---- A test folder alone --------------------------------------------------------------------------------------------- */

/* The folder that holds the kinds: `dir`, or dir/test. */
static pb_status locate(const char *dir, char **out_test, char **out_masks)
{
    if (!pb_is_folder(dir))
        return pb_fail(PB_STATUS_IO, "%s is not a folder", dir);
    const bool above = pb_has_folder(dir, "test");
    PB_TRY(above ? pb_path_join(dir, "test", out_test) : PB_NEW_STRING(*out_test, dir));
    return above ? pb_path_join(dir, "ground_truth", out_masks) : pb_defect_masks_beside(dir, out_masks);
}

static pb_status check_has_both(const pb_testset *set, const char *test)
{
    if (set->n_good == 0)
        return pb_fail(PB_STATUS_IO,
                       "%s is not a test folder in MVTec layout: it needs a folder good/ (or ok/) with images, and one "
                       "folder a kind of defect",
                       test);
    if (set->n_defect == 0)
        return pb_fail(PB_STATUS_IO, "%s has no defect images: it needs one folder a kind of defect beside good/",
                       test);
    return PB_STATUS_OK;
}

static pb_status read_testset(const char *dir, pb_testset *set)
{
    char *test = NULL, *masks = NULL;
    int64_t n_left_out;
    bool is_visa;
    pb_status status;
    PB_TRY_GOTO(locate(dir, &test, &masks));
    PB_TRY_GOTO(pb_visa_testset(dir, &is_visa, set));
    if (!is_visa)
        PB_TRY_GOTO(pb_testset_read(test, masks, NULL, set, &n_left_out));
    status = check_has_both(set, test);
done:
    pb_free(test);
    pb_free(masks);
    return status;
}

pb_status pb_testset_open(const char *dir, pb_testset **out)
{
    pb_testset *set;
    PB_CHECK_ARG(dir && out, "pb_testset_open: dir or out is NULL");
    *out = NULL;
    PB_TRY(PB_NEW(set, 1));
    const pb_status status = read_testset(dir, set);
    if (status == PB_STATUS_OK)
        *out = set;
    else
        pb_testset_free(set);
    return status;
}
