/* A data set where photos are asked for. */
#include <purebank/dataset.h>

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "dataset/paths.h"

static bool is_split(const char *folder)
{
    return (pb_has_folder(folder, "train") && pb_has_folder(folder, "test")) || pb_has_folder(folder, "ground_truth");
}

static bool is_visa(const char *folder)
{
    return pb_has_folder(folder, "Data/Images/Normal") ||
           (pb_has_folder(folder, "Images/Normal") && pb_has_folder(folder, "Masks"));
}

static pb_status fail_data_set(const char *folder, const char *category)
{
    const char *slash = *category ? "/" : "";
    char inner[512];
    snprintf(inner, sizeof inner, "%s%s%s", folder, slash, category);
    if (is_visa(inner)) {
        const char *data = pb_has_folder(inner, "Data") ? "/Data" : "";
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "%s is a data set%s%s: name the photos of one kind: %s%s/Images/Normal, or %s%s/Images/Anomaly",
                       folder, *category ? " with categories such as " : "", category, inner, data, inner, data);
    }
    char references[640] = "";
    if (pb_has_folder(inner, "train"))
        snprintf(references, sizeof references, "references are in %s/train%s, ", inner,
                 pb_has_folder(inner, "train/good") ? "/good" : "");
    return pb_fail(PB_STATUS_BAD_ARGUMENT,
                   "%s is a data set%s%s: its training and test photos and masks would all count as photos of one "
                   "kind; %sparts in "
                   "%s/test",
                   folder, *category ? " with categories such as " : "", category, references, inner);
}

/* Two levels down, as data sets of several benchmarks are. */
static pb_status check_inner(const char *root, const char *below, int depth)
{
    char *folder = NULL;
    pb_list folders = {0};
    pb_status status;
    PB_TRY_GOTO(*below ? pb_path_join(root, below, &folder) : PB_NEW_STRING(folder, root));
    if (is_split(folder) || is_visa(folder)) {
        status = fail_data_set(root, below);
        goto done;
    }
    if (depth == 0)
        goto done;
    PB_TRY_GOTO(pb_folder_read(folder, true, &folders));
    pb_list_sort(&folders, 0);
    for (int64_t i = 0; i < folders.n; i++)
        PB_TRY_GOTO(check_inner(root, folders.item[i] + strlen(root) + (root[strlen(root) - 1] != '/'), depth - 1));
done:
    pb_list_clear(&folders);
    pb_free(folder);
    return status;
}

pb_status pb_paths_check_photos(const char *path)
{
    if (!pb_is_folder(path))
        return PB_STATUS_OK;
    char *folder;
    PB_TRY(PB_NEW_STRING(folder, path));
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
        folder[n - 1] = '\0';
    const pb_status status = strcmp(pb_base_name(folder), "ground_truth") == 0
                                 ? pb_fail(PB_STATUS_BAD_ARGUMENT, "%s holds masks, not photos", path)
                                 : check_inner(folder, "", 2);
    pb_free(folder);
    return status;
}
