/* VisA: split_csv/1cls.csv (object, split, label, image, mask) says what is what. */
#include "dataset/visa.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/masks.h"
#include "dataset/paths.h"
#include "dataset/testset.h"
#include "io/csv.h"

enum { MAX_TABLE_BYTES = 64 << 20 };

static const char TABLE[] = "split_csv/1cls.csv";

typedef struct visa_table {
    const char *root;
    char *path; /* of the table */
    pb_csv_table csv;
    int64_t object, split, label, image, mask; /* columns */
} visa_table;

bool pb_is_visa(const char *folder)
{
    return pb_has_file(folder, TABLE);
}

static const char *cell(const visa_table *table, int64_t row, int64_t column)
{
    return table->csv.field[row * table->csv.n_columns + column];
}

/* Below the root, and nowhere else. */
static bool is_inside(const char *path)
{
    return path[0] != '/' && strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0 && !strstr(path, "/../");
}

static pb_status check_rows(const visa_table *table)
{
    for (int64_t i = 0; i < table->csv.n_rows; i++) {
        const char *object = cell(table, i, table->object), *split = cell(table, i, table->split);
        if (!*object || strchr(object, '/') || object[0] == '.')
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s, row %" PRId64 ": '%s' is no name of an object", table->path,
                           i + 1, object);
        if (strcmp(split, "train") != 0 && strcmp(split, "test") != 0)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s, row %" PRId64 ": split is '%s', neither train nor test",
                           table->path, i + 1, split);
        if (!is_inside(cell(table, i, table->image)) || !is_inside(cell(table, i, table->mask)))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s, row %" PRId64 ": a path leads out of the data set", table->path,
                           i + 1);
    }
    return PB_STATUS_OK;
}

static pb_status open_table(visa_table *table)
{
    PB_TRY(pb_path_join(table->root, TABLE, &table->path));
    PB_TRY(pb_csv_read(table->path, MAX_TABLE_BYTES, ',', &table->csv));
    const struct {
        const char *name;
        int64_t *column;
    } columns[] = {{"object", &table->object},
                   {"split", &table->split},
                   {"label", &table->label},
                   {"image", &table->image},
                   {"mask", &table->mask}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        PB_TRY(pb_csv_column(&table->csv, columns[i].name, table->path, columns[i].column));
    return check_rows(table);
}

/* By the image's path, as the studies do; else the one that the table names, if it is there. */
static pb_status find_mask(const visa_table *table, int64_t row, const char *image, pb_paths *out)
{
    char *path;
    const char *named = cell(table, row, table->mask);
    PB_TRY(pb_defect_masks_find(image, out));
    if (out->n > 0 || !*named)
        return PB_STATUS_OK;
    pb_list list = {0};
    PB_TRY(pb_path_join(table->root, named, &path));
    if (!pb_is_file(path)) {
        pb_free(path);
        return PB_STATUS_OK;
    }
    PB_TRY(pb_list_push(&list, path));
    pb_list_move(&list, out);
    return PB_STATUS_OK;
}

static pb_status add_test_row(const visa_table *table, int64_t row, const char *image, pb_testset *test)
{
    const char *label = cell(table, row, table->label);
    const bool defect = strcmp(label, "normal") != 0;
    pb_paths masks = {0};
    if (defect)
        PB_TRY(find_mask(table, row, image, &masks));
    return pb_testset_push(test, image, label, defect, &masks);
}

typedef struct row_counts {
    int64_t n_test, n_missing;
    const char *missing; /* the first, as the table has it */
} row_counts;

static pb_status read_rows(const visa_table *table, const char *object, pb_category *category, row_counts *counts)
{
    pb_list train = {0};
    char *image = NULL;
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < table->csv.n_rows && status == PB_STATUS_OK; i++) {
        if (strcmp(cell(table, i, table->object), object) != 0)
            continue;
        PB_TRY_GOTO(pb_path_join(table->root, cell(table, i, table->image), &image));
        if (!pb_is_file(image) && counts->n_missing++ == 0)
            counts->missing = cell(table, i, table->image);
        if (strcmp(cell(table, i, table->split), "test") == 0) {
            status = add_test_row(table, i, image, &category->test);
            pb_free(image);
        } else {
            status = pb_list_push(&train, image);
        }
        image = NULL;
    }
    pb_list_sort(&train, 0);
    if (status == PB_STATUS_OK)
        pb_list_move(&train, &category->train);
done:
    pb_list_clear(&train);
    pb_free(image);
    return status;
}

static pb_status read_object(const visa_table *table, const char *object, pb_categories *out)
{
    row_counts counts = {0};
    pb_category *category = NULL;
    char *folder;
    for (int64_t i = 0; i < table->csv.n_rows; i++)
        counts.n_test +=
            strcmp(cell(table, i, table->object), object) == 0 && strcmp(cell(table, i, table->split), "test") == 0;
    PB_TRY(pb_path_join(table->root, object, &folder));
    const pb_status status =
        pb_categories_add(out, pb_layout_name(PB_LAYOUT_VISA), object, folder, PB_LAYOUT_VISA, &category);
    pb_free(folder);
    PB_TRY(status);
    PB_TRY(pb_testset_reserve(&category->test, counts.n_test));
    PB_TRY(read_rows(table, object, category, &counts));
    if (counts.n_missing > 0)
        PB_TRY(pb_note(&category->notes, "%" PRId64 " images of %s do not exist, the first is %s", counts.n_missing,
                       TABLE, counts.missing));
    const int64_t n_without = category->test.n_defect - category->test.n_masks;
    if (n_without > 0)
        PB_TRY(pb_note(&category->notes, "%" PRId64 " of %" PRId64 " defect images have no mask", n_without,
                       category->test.n_defect));
    return PB_STATUS_OK;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

pb_status pb_visa_read(const char *root, const char *only, pb_categories *out)
{
    visa_table table = {.root = root};
    const char **objects = NULL;
    pb_status status;
    PB_TRY_GOTO(open_table(&table));
    PB_TRY_GOTO(PB_NEW(objects, table.csv.n_rows));
    for (int64_t i = 0; i < table.csv.n_rows; i++)
        objects[i] = cell(&table, i, table.object);
    qsort(objects, (size_t)table.csv.n_rows, sizeof *objects, compare_texts);
    for (int64_t i = 0; i < table.csv.n_rows && status == PB_STATUS_OK; i++)
        if ((i == 0 || strcmp(objects[i - 1], objects[i]) != 0) && (!only || strcmp(objects[i], only) == 0))
            status = read_object(&table, objects[i], out);
done:
    pb_free(objects);
    pb_csv_table_free(&table.csv);
    pb_free(table.path);
    return status;
}

pb_status pb_visa_testset(const char *dir, bool *found, pb_testset *out)
{
    char folder[PATH_MAX];
    pb_categories list = {0};
    *found = false;
    if (!pb_has_folder(dir, "Data/Images") || !realpath(dir, folder))
        return PB_STATUS_OK;
    char *slash = strrchr(folder, '/');
    *slash = '\0';
    *found = pb_is_visa(folder);
    const pb_status status = *found ? pb_visa_read(folder, slash + 1, &list) : PB_STATUS_OK;
    if (status == PB_STATUS_OK && list.n > 0) {
        *out = list.item[0].test;
        list.item[0].test = (pb_testset){0};
    }
    pb_categories_free(&list);
    return status;
}
