/* One category in MVTec layout, or a folder of images. */
#include "dataset/category.h"

#include <purebank/image.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "dataset/masks.h"
#include "dataset/testset.h"

pb_status pb_note(pb_paths *notes, const char *format, ...)
{
    char line[2048], **path = pb_realloc(notes->path, (size_t)notes->n + 1, sizeof *path);
    va_list arguments;
    if (!path)
        return PB_STATUS_NO_MEMORY;
    notes->path = path;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    PB_TRY(PB_NEW_STRING(notes->path[notes->n], line));
    notes->n++;
    return PB_STATUS_OK;
}

pb_status pb_categories_add(pb_categories *list, const char *prefix, const char *name, const char *folder,
                            pb_layout layout, pb_category **out)
{
    const size_t size = (prefix ? strlen(prefix) : 0) + strlen(name) + 2;
    PB_TRY(PB_RESERVE(list->item, list->n + 1, list->capacity));
    pb_category *category = &list->item[list->n++];
    *category = (pb_category){.layout = layout};
    PB_TRY(PB_NEW(category->name, size));
    snprintf(category->name, size, "%s%s%s", prefix ? prefix : "", prefix ? "/" : "", name);
    *out = category;
    return PB_NEW_STRING(category->folder, folder);
}

bool pb_is_mvtec_category(const char *folder)
{
    return pb_has_folder(folder, "train") || pb_has_folder(folder, "test");
}

/* The endings that the studies look for, case included. */
static bool taken_by_the_studies(const char *name)
{
    static const char *const endings[] = {".png", ".jpg", ".JPG", ".bmp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static pb_status read_train(pb_category *category, bool (*takes)(const char *name), int64_t *n_left_out)
{
    char *train = NULL;
    pb_list images = {0}, taken = {0};
    pb_status status;
    const bool has_good = pb_has_folder(category->folder, "train/good");
    PB_TRY_GOTO(pb_path_join(category->folder, has_good ? "train/good" : "train", &train));
    if (pb_is_folder(train))
        PB_TRY_GOTO(pb_folder_images(train, &images));
    for (int64_t i = 0; i < images.n; i++) {
        char *path = images.item[i];
        images.item[i] = NULL;
        if (!takes || takes(path)) {
            PB_TRY_GOTO(pb_list_push(&taken, path));
        } else {
            *n_left_out += 1;
            pb_free(path);
        }
    }
    pb_list_sort(&taken, 0);
    pb_list_move(&taken, &category->train);
done:
    pb_list_clear(&images);
    pb_list_clear(&taken);
    pb_free(train);
    return status;
}

static pb_status note_ok_folder(pb_category *category)
{
    for (int64_t i = 0; i < category->test.n; i++)
        if (strcmp(category->test.kind[i], "ok") == 0)
            return pb_note(&category->notes,
                           "test/ok is labelled good here; the studies' own scripts label it 1 (defect) unless it is "
                           "renamed to good");
    return PB_STATUS_OK;
}

/* "Good" is not "good": its images count as defects, as they do in the studies. */
static pb_status note_capital_good(pb_category *category)
{
    for (int64_t i = 0; i < category->test.n; i++) {
        const char *kind = category->test.kind[i];
        if (category->test.label[i] && (strcasecmp(kind, "good") == 0 || strcasecmp(kind, "ok") == 0))
            return pb_note(&category->notes, "test/%s counts as a kind of defect: name it good if its parts are good",
                           kind);
    }
    return PB_STATUS_OK;
}

/* Masks that are there and cannot be used must not be called missing. */
static pb_status note_lossy_masks(pb_category *category, bool *found)
{
    const pb_testset *test = &category->test;
    char *truth, *mask = NULL;
    PB_TRY(pb_path_join(category->folder, "ground_truth", &truth));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < test->n && status == PB_STATUS_OK && !mask; i++)
        if (test->label[i] && test->mask[i].n == 0)
            status = pb_defect_mask_find_lossy(truth, test->kind[i], test->path[i], &mask);
    *found = mask != NULL;
    if (mask)
        status = pb_note(&category->notes,
                         "masks such as %s are JPEG, which marks pixels beside the defects: not used; save them as PNG",
                         mask);
    pb_free(mask);
    pb_free(truth);
    return status;
}

/* train/good/ is what is taken; whoever puts photos beside it may think that they are. */
static pb_status note_beside_good(pb_category *category)
{
    char *train, *good;
    pb_list all = {0};
    pb_status status;
    PB_TRY(pb_path_join(category->folder, "train", &train));
    if ((status = pb_path_join(category->folder, "train/good", &good)) != PB_STATUS_OK) {
        pb_free(train);
        return status;
    }
    if (pb_is_folder(good))
        status = pb_folder_images(train, &all);
    int64_t n = 0;
    for (int64_t i = 0; i < all.n; i++)
        n += strncmp(all.item[i], good, strlen(good)) != 0 || all.item[i][strlen(good)] != '/';
    if (status == PB_STATUS_OK && n > 0)
        status = pb_note(&category->notes, "%" PRId64 " images in train/ beside train/good are left out", n);
    pb_list_clear(&all);
    pb_free(good);
    pb_free(train);
    return status;
}

static pb_status note_masks(pb_category *category)
{
    const pb_testset *test = &category->test;
    if (test->n_defect == 0 || test->n_masks == test->n_defect)
        return PB_STATUS_OK;
    bool lossy;
    PB_TRY(note_lossy_masks(category, &lossy));
    if (test->n_masks == 0)
        return lossy ? PB_STATUS_OK : pb_note(&category->notes, "no masks: pixel figures cannot be measured");
    int64_t first = 0;
    while (!test->label[first] || test->mask[first].n > 0)
        first++;
    return pb_note(&category->notes, "%" PRId64 " of %" PRId64 " defect images have no mask, the first is %s",
                   test->n_defect - test->n_masks, test->n_defect, test->path[first]);
}

static pb_status note_what_is_odd(pb_category *category, int64_t n_left_out)
{
    const pb_testset *test = &category->test;
    pb_paths *notes = &category->notes;
    if (category->train.n == 0)
        PB_TRY(pb_note(notes, "no training images"));
    if (test->n == 0)
        PB_TRY(pb_note(notes, "no test images"));
    else if (test->n_good == 0)
        PB_TRY(pb_note(notes, "no good test images: it needs test/good (or ok)"));
    else if (test->n_defect == 0)
        PB_TRY(pb_note(notes, "no defect images"));
    if (n_left_out > 0)
        PB_TRY(pb_note(notes, "%" PRId64 " images left out: the studies take *.png, *.jpg, *.JPG and *.bmp only",
                       n_left_out));
    PB_TRY(note_beside_good(category));
    PB_TRY(note_ok_folder(category));
    PB_TRY(note_capital_good(category));
    return note_masks(category);
}

static pb_status read_test(pb_category *category, const char *name, bool (*takes)(const char *name),
                           int64_t *n_left_out)
{
    char *test = NULL, *truth = NULL;
    pb_list loose = {0};
    pb_status status;
    PB_TRY_GOTO(name ? pb_path_join(category->folder, name, &test) : PB_NEW_STRING(test, category->folder));
    PB_TRY_GOTO(name ? pb_path_join(category->folder, "ground_truth", &truth)
                     : pb_defect_masks_beside(category->folder, &truth));
    if (!pb_is_folder(test))
        goto done;
    PB_TRY_GOTO(pb_testset_read(test, truth, takes, &category->test, n_left_out));
    PB_TRY_GOTO(pb_folder_read(test, false, &loose));
    if (loose.n > 0)
        status = pb_note(&category->notes, "%" PRId64 " images directly in %s have no label: left out", loose.n, test);
done:
    pb_list_clear(&loose);
    pb_free(test);
    pb_free(truth);
    return status;
}

pb_status pb_category_read_mvtec(pb_category *category)
{
    bool (*const takes)(const char *) = category->layout == PB_LAYOUT_OWN ? NULL : taken_by_the_studies;
    int64_t train_left_out = 0, test_left_out = 0;
    PB_TRY(read_train(category, takes, &train_left_out));
    PB_TRY(read_test(category, "test", takes, &test_left_out));
    return note_what_is_odd(category, train_left_out + test_left_out);
}

pb_status pb_category_read_test(pb_category *category)
{
    int64_t n_left_out = 0;
    PB_TRY(read_test(category, NULL, NULL, &n_left_out));
    return note_what_is_odd(category, n_left_out);
}

pb_status pb_category_read_images(pb_category *category)
{
    pb_list images = {0};
    const pb_status status = pb_folder_images(category->folder, &images);
    pb_list_sort(&images, 0);
    if (status == PB_STATUS_OK)
        pb_list_move(&images, &category->train);
    pb_list_clear(&images);
    return status;
}

pb_status pb_category_sample_bits(const pb_category *category, int32_t *out)
{
    int32_t train = 0, test = 0;
    PB_TRY(pb_image_sample_bits((const char *const *)category->train.path, category->train.n, &train));
    PB_TRY(pb_image_sample_bits((const char *const *)category->test.path, category->test.n, &test));
    *out = train > test ? train : test;
    return PB_STATUS_OK;
}

void pb_category_free(pb_category *category)
{
    pb_free(category->name);
    pb_free(category->folder);
    pb_paths_free(&category->train);
    pb_testset_clear(&category->test);
    pb_paths_free(&category->notes);
}

void pb_categories_free(pb_categories *list)
{
    for (int64_t i = 0; i < list->n; i++)
        pb_category_free(&list->item[i]);
    pb_free(list->item);
    *list = (pb_categories){0};
}

/* ---- Selection -------------------------------------------------------------------------------------------------- */

static const char QUICK_SET[] =
    "mvtec_AD/bottle,mvtec_AD/cable,mvtec_AD/screw,VisA/pcb1,mvtec_loco_AD/breakfast_box,btad/01";
static const char GATE_SET[] = "mvtec_AD/bottle,mvtec_AD/cable,VisA/pcb1,btad/01";

const char *pb_category_names(const char *selection)
{
    return strcmp(selection, "quick") == 0 ? QUICK_SET : strcmp(selection, "gate") == 0 ? GATE_SET : selection;
}

bool pb_category_is_selected(const char *whole, pb_item name)
{
    const char *last = pb_base_name(whole);
    const bool by_prefix = (size_t)(last - whole) == name.length + 1 && strncmp(whole, name.text, name.length) == 0;
    return pb_item_is(name, whole) || pb_item_is(name, last) || by_prefix;
}
