#include "overwrite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/path.h"
#include "options.h"
#include "output.h"
#include "region.h"
#include "terminal.h"

enum { MAX_OUTPUTS = 4 };

/* A file by what it is, not by how it is called. */
typedef struct file_id {
    dev_t device;
    ino_t inode;
    const char *path;
} file_id;

typedef struct file_set {
    file_id *file; /* sorted by device and inode */
    int64_t n;
} file_set;

static int compare_ids(const void *a, const void *b)
{
    const file_id *left = a, *right = b;
    if (left->device != right->device)
        return left->device < right->device ? -1 : 1;
    return (left->inode > right->inode) - (left->inode < right->inode);
}

/* Paths that are no files (folders, "image 3 of a feature file") are left out: nothing can be lost in them. */
static void add_file(file_set *set, const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        set->file[set->n++] = (file_id){info.st_dev, info.st_ino, path};
}

static pb_status refuse_overwriting(const file_set *inputs, const char *output, const struct stat *info)
{
    const file_id wanted = {info->st_dev, info->st_ino, NULL};
    const file_id *found = bsearch(&wanted, inputs->file, (size_t)inputs->n, sizeof *inputs->file, compare_ids);
    if (!found)
        return PB_STATUS_OK;
    if (strcmp(found->path, output) == 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s would be overwritten, but is read here: name another output",
                       output);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s is the same file as %s, which is read here: name another output", output,
                   found->path);
}

pb_status cli_check_overwrite(const char *const *outputs, int64_t n, const char *const *inputs, int64_t m)
{
    file_set set = {0};
    PB_TRY(PB_NEW(set.file, m));
    for (int64_t i = 0; i < m; i++)
        add_file(&set, inputs[i]);
    qsort(set.file, (size_t)set.n, sizeof *set.file, compare_ids);
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++) {
        struct stat info;
        if (!cli_is_stdout(outputs[i]) && stat(outputs[i], &info) == 0)
            status = refuse_overwriting(&set, outputs[i], &info);
    }
    pb_free(set.file);
    return status;
}

static pb_status cannot_write(const char *path, const char *why)
{
    return pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s", path, why);
}

/* Files are written beside their final place, so that the folder is what must be writable. */
static pb_status check_folder(const char *path)
{
    char *folder;
    struct stat info;
    PB_TRY(pb_path_folder(path, &folder));
    pb_status status = PB_STATUS_OK;
    const bool found = stat(folder, &info) == 0;
    if (found && !S_ISDIR(info.st_mode))
        status = pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s is not a folder", path, folder);
    else if (!found || access(folder, W_OK | X_OK) != 0)
        status = pb_fail(PB_STATUS_OUTPUT, "cannot write %s: folder %s: %s", path, folder, strerror(errno));
    pb_free(folder);
    return status;
}

static pb_status check_output(const char *path, bool may_stream)
{
    struct stat info;
    if (cli_is_stdout(path) && !may_stream)
        return cannot_write("to standard output", "this output must be a regular file");
    if (cli_is_stdout(path))
        return cli_stdout_was_closed() ? cannot_write("to standard output", "it is closed") : PB_STATUS_OK;
    if (path[strlen(path) - 1] == '/' || pb_is_folder(path))
        return cannot_write(path, "it is a folder, a file name is needed");
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode))
        return check_folder(path);
    return may_stream ? PB_STATUS_OK
                      : cannot_write(path, "it is a pipe or a device, and this output must be a regular file");
}

static bool are_same_file(const char *a, const char *b)
{
    struct stat info_a, info_b;
    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &info_a) == 0 && stat(b, &info_b) == 0 && S_ISREG(info_a.st_mode) &&
           info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
}

/* Does the command write a folder? The row of its -o says so. */
static bool writes_folder(unsigned command)
{
    for (const cli_option *option = cli_options; option->name; option++)
        if (strcmp(option->name, "output") == 0 && (option->commands & command))
            return option->value && strcmp(option->value, "DIR") == 0;
    return false;
}

/* The outputs that are asked for; returns their number. */
static int list_outputs(const cli_settings *settings, const char *paths[MAX_OUTPUTS], bool may_stream[MAX_OUTPUTS])
{
    const char *file = writes_folder(settings->command) ? NULL : settings->output;
    const char *const all[MAX_OUTPUTS] = {file, settings->report, settings->csv, settings->json};
    int n = 0;
    for (int i = 0; i < MAX_OUTPUTS; i++)
        if (all[i]) {
            may_stream[n] = all[i] == settings->csv || all[i] == settings->json;
            paths[n++] = all[i];
        }
    return n;
}

/* An input that is one of several files which belong together: of a cache or a checkpoint, or beside features. Its path is made of two. */
static pb_status protect_named(const cli_settings *settings,
                               pb_status (*make)(const char *path, const char *name, char **out), const char *path,
                               const char *name)
{
    char *input;
    PB_TRY(make(path, name, &input));
    const pb_status status = cli_protect_inputs(settings, (const char *const *)&input, 1);
    pb_free(input);
    return status;
}

static pb_status protect_all_named(const cli_settings *settings, const char *folder, const char *const *names,
                                   int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        PB_TRY(protect_named(settings, pb_path_join, folder, names[i]));
    return PB_STATUS_OK;
}

/* Of a cache or a checkpoint, whichever it is. */
static pb_status protect_folder(const cli_settings *settings, const char *folder)
{
    int64_t n;
    const char *const *names = pb_cache_file_names(&n);
    PB_TRY(protect_all_named(settings, folder, names, n));
    names = pb_backbone_file_names(&n);
    return protect_all_named(settings, folder, names, n);
}

static pb_status protect_what_belongs_to(const cli_settings *settings, const char *input)
{
    char *folder;
    PB_TRY(protect_folder(settings, input));
    PB_TRY(protect_named(settings, pb_path_beside, input, ".origin.json"));
    PB_TRY(protect_named(settings, pb_path_beside, input, ".paths.txt"));
    PB_TRY(pb_path_folder(input, &folder));
    const pb_status status = pb_cache_is(folder) ? protect_folder(settings, folder) : PB_STATUS_OK;
    pb_free(folder);
    return status;
}

pb_status cli_check_outputs(const cli_settings *settings)
{
    const char *outputs[MAX_OUTPUTS];
    bool may_stream[MAX_OUTPUTS];
    const int n = list_outputs(settings, outputs, may_stream);
    for (int i = 0; i < n; i++) {
        PB_TRY(check_output(outputs[i], may_stream[i]));
        for (int j = 0; j < i; j++)
            if (are_same_file(outputs[j], outputs[i]))
                return pb_fail(PB_STATUS_BAD_ARGUMENT, "two outputs would go to %s: give each its own",
                               cli_is_stdout(outputs[i]) ? "standard output" : outputs[i]);
    }
    PB_TRY(cli_protect_inputs(settings, settings->arguments, settings->n_arguments));
    for (int i = 0; i < settings->n_arguments; i++)
        PB_TRY(protect_what_belongs_to(settings, settings->arguments[i]));
    if (settings->backbone)
        PB_TRY(protect_folder(settings, settings->backbone));
    const char *mask = settings->roi ? cli_region_path(settings->roi) : NULL;
    if (mask)
        PB_TRY(cli_protect_inputs(settings, &mask, 1));
    return settings->decisions ? cli_protect_inputs(settings, &settings->decisions, 1) : PB_STATUS_OK;
}

pb_status cli_protect_inputs(const cli_settings *settings, const char *const *inputs, int64_t n)
{
    const char *outputs[MAX_OUTPUTS];
    bool may_stream[MAX_OUTPUTS];
    return cli_check_overwrite(outputs, list_outputs(settings, outputs, may_stream), inputs, n);
}
