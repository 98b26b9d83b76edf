/* What can be asked of data sets, categories and test sets. */
#include "dataset/dataset.h"

int64_t pb_testset_n_images(const pb_testset *set)
{
    return set->n;
}

int64_t pb_testset_n_good(const pb_testset *set)
{
    return set->n_good;
}

int64_t pb_testset_n_defect(const pb_testset *set)
{
    return set->n_defect;
}

int64_t pb_testset_n_masks(const pb_testset *set)
{
    return set->n_masks;
}

const char *const *pb_testset_paths(const pb_testset *set)
{
    return (const char *const *)set->path;
}

const uint8_t *pb_testset_labels(const pb_testset *set)
{
    return set->label;
}

const char *pb_testset_kind_at(const pb_testset *set, int64_t i)
{
    return set->kind[i];
}

const pb_paths *pb_testset_masks_at(const pb_testset *set, int64_t i)
{
    return &set->mask[i];
}

const char *pb_category_name(const pb_category *category)
{
    return category->name;
}

const char *pb_category_folder(const pb_category *category)
{
    return category->folder;
}

pb_layout pb_category_layout(const pb_category *category)
{
    return category->layout;
}

const pb_paths *pb_category_train(const pb_category *category)
{
    return &category->train;
}

const pb_testset *pb_category_test(const pb_category *category)
{
    return &category->test;
}

const pb_paths *pb_category_notes(const pb_category *category)
{
    return &category->notes;
}

int64_t pb_dataset_n_categories(const pb_dataset *dataset)
{
    return dataset->n;
}

const pb_category *pb_dataset_category_at(const pb_dataset *dataset, int64_t i)
{
    return &dataset->category[i];
}

const pb_paths *pb_dataset_notes(const pb_dataset *dataset)
{
    return &dataset->notes;
}
