#include "mistaken.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "io/path.h"

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

/* `folder`, which is root/below, and `depth` levels of folders in it: data sets hold categories, and may be held by benchmarks. Folders
 * that cannot be read are for whoever reads the photos to name. */
static pb_status check_below(const char *root, const char *below, int depth)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s%s%s", root, *below ? "/" : "", below) >= (int)sizeof folder)
        return PB_STATUS_OK;
    if (is_split(folder) || is_visa(folder))
        return fail_data_set(root, below);
    DIR *dir = depth > 0 ? opendir(folder) : NULL;
    pb_status status = PB_STATUS_OK;
    const struct dirent *entry;
    while (dir && status == PB_STATUS_OK && (entry = readdir(dir)) != NULL) {
        char inner[PATH_MAX];
        if (entry->d_name[0] != '.' && pb_has_folder(folder, entry->d_name) &&
            snprintf(inner, sizeof inner, "%s%s%s", below, *below ? "/" : "", entry->d_name) < (int)sizeof inner)
            status = check_below(root, inner, depth - 1);
    }
    if (dir)
        closedir(dir);
    return status;
}

pb_status cli_check_photos(const char *path)
{
    enum { DEPTH = 2 };
    char folder[PATH_MAX];
    if (!pb_is_folder(path) || strlen(path) >= sizeof folder)
        return PB_STATUS_OK;
    snprintf(folder, sizeof folder, "%s", path);
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
        folder[n - 1] = '\0';
    if (strcmp(pb_base_name(folder), "ground_truth") == 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s holds masks, not photos", path);
    return check_below(folder, "", DEPTH);
}
