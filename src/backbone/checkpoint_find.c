#include "backbone/checkpoint_find.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/path.h"

enum { PATH_BYTES = 4096, MAX_REVISION_BYTES = 256 };

static bool has_file(const char *folder, const char *name)
{
    char *path;
    if (pb_path_join(folder, name, &path) != PB_STATUS_OK)
        return false;
    const bool found = pb_path_exists(path);
    pb_free(path);
    return found;
}

static bool has_config(const char *folder)
{
    return has_file(folder, "config.json") || has_file(folder, "open_clip_config.json");
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* Formats into a path of PATH_BYTES; false when it does not fit. */
__attribute__((format(printf, 2, 3))) static bool make_path(char *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(out, PATH_BYTES, format, arguments);
    va_end(arguments);
    return length >= 0 && length < PATH_BYTES;
}

/* ---- The Hugging Face cache: <hub>/models--ORG--NAME/{refs/main, snapshots/<revision>/} ---- */

/* As huggingface_hub/constants.py looks for it. */
static bool hub_folder(char *out)
{
    const char *hub = getenv("HF_HUB_CACHE"), *hf = getenv("HF_HOME"), *caches = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    if (hub && *hub)
        return make_path(out, "%s", hub);
    if (hf && *hf)
        return make_path(out, "%s/hub", hf);
    if (caches && *caches)
        return make_path(out, "%s/huggingface/hub", caches);
    return home && *home && make_path(out, "%s/.cache/huggingface/hub", home);
}

/* The first entry of `folder` in the order of names that `wanted` takes; false when there is none. */
static bool first_entry(const char *folder, bool (*wanted)(const char *folder, const char *entry, const char *name),
                        const char *name, char *out)
{
    bool found = false;
    DIR *entries = opendir(folder);
    if (!entries)
        return false;
    for (const struct dirent *entry; (entry = readdir(entries));)
        if (entry->d_name[0] != '.' && (!found || strcmp(entry->d_name, out) < 0) &&
            wanted(folder, entry->d_name, name)) {
            snprintf(out, PATH_BYTES, "%s", entry->d_name);
            found = true;
        }
    closedir(entries);
    return found;
}

static bool is_model(const char *folder, const char *entry, const char *name)
{
    char ending[PATH_BYTES];
    (void)folder;
    return strncmp(entry, "models--", 8) == 0 && make_path(ending, "--%s", name) && ends_with(entry, ending);
}

static bool is_snapshot(const char *folder, const char *entry, const char *name)
{
    char path[PATH_BYTES];
    (void)name;
    return make_path(path, "%s/%s", folder, entry) && has_config(path);
}

/* The revision that refs/main names, where its snapshot is there. */
static bool main_snapshot(const char *model, char *out)
{
    char path[PATH_BYTES], revision[MAX_REVISION_BYTES];
    if (!make_path(path, "%s/refs/main", model))
        return false;
    uint8_t *text;
    size_t size;
    pb_error before;
    pb_error_save(&before); /* a model without it is no error */
    if (pb_file_read(path, sizeof revision - 1, &text, &size) != PB_STATUS_OK) {
        pb_error_restore(&before);
        return false;
    }
    memcpy(revision, text, size + 1);
    pb_free(text);
    revision[strcspn(revision, "\r\n")] = '\0';
    return *revision && revision[0] != '.' && !strchr(revision, '/') &&
           make_path(out, "%s/snapshots/%s", model, revision) && has_config(out);
}

static bool any_snapshot(const char *model, char *out)
{
    char snapshots[PATH_BYTES], entry[PATH_BYTES];
    return make_path(snapshots, "%s/snapshots", model) && first_entry(snapshots, is_snapshot, NULL, entry) &&
           make_path(out, "%s/%s", snapshots, entry);
}

static bool find_in_hub(const char *name, char *out)
{
    char hub[PATH_BYTES], model[PATH_BYTES], entry[PATH_BYTES];
    const char *slash = strchr(name, '/');
    if (!hub_folder(hub))
        return false;
    if (slash) {
        if (!make_path(model, "%s/models--%.*s--%s", hub, (int)(slash - name), name, slash + 1))
            return false;
    } else if (!first_entry(hub, is_model, name, entry) || !make_path(model, "%s/%s", hub, entry)) {
        return false;
    }
    return main_snapshot(model, out) || any_snapshot(model, out);
}

/* ---- All places ---- */

static bool find_folder(const char *name, char *out)
{
    const char *own = getenv("PB_BACKBONES");
    if (pb_is_folder(name) && make_path(out, "%s", name))
        return true;
    if (own && *own && make_path(out, "%s/%s", own, name) && pb_is_folder(out))
        return true;
    return find_in_hub(name, out) || (make_path(out, "backbones/%s", name) && pb_is_folder(out));
}

/* ---- What there is ---- */

typedef struct found_list {
    char (*names)[PATH_BYTES];
    int64_t n;
} found_list;

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The entries of a folder in the order of their names; hidden ones are left out. */
static pb_status list_entries(const char *folder, found_list *out)
{
    int64_t capacity = 0;
    DIR *entries = opendir(folder);
    *out = (found_list){0};
    if (!entries)
        return PB_STATUS_OK;
    pb_status status = PB_STATUS_OK;
    for (const struct dirent *entry; status == PB_STATUS_OK && (entry = readdir(entries));) {
        if (entry->d_name[0] == '.')
            continue;
        status = PB_RESERVE(out->names, out->n + 1, capacity);
        if (status == PB_STATUS_OK)
            snprintf(out->names[out->n++], PATH_BYTES, "%s", entry->d_name);
    }
    closedir(entries);
    if (out->n > 0)
        qsort(out->names, (size_t)out->n, sizeof *out->names, compare_names);
    return status;
}

/* Checkpoints in `folder`, and in its folders: "dinov2-large" or "facebook/dinov2-large". `owner` is NULL in the outer one. */
static pb_status visit_plain(const char *folder, const char *owner, pb_backbone_visit visit, void *context)
{
    found_list list;
    pb_status status = list_entries(folder, &list);
    for (int64_t i = 0; i < list.n && status == PB_STATUS_OK; i++) {
        char path[PATH_BYTES], name[PATH_BYTES];
        if (!make_path(path, "%s/%s", folder, list.names[i]) ||
            !make_path(name, "%s%s%s", owner ? owner : "", owner ? "/" : "", list.names[i]) || !pb_is_folder(path))
            continue;
        if (has_config(path))
            status = visit(context, name, path);
        else if (!owner)
            status = visit_plain(path, list.names[i], visit, context);
    }
    pb_free(list.names);
    return status;
}

/* models--ORG--NAME, as far as a snapshot is there. */
static pb_status visit_hub(pb_backbone_visit visit, void *context)
{
    char hub[PATH_BYTES];
    found_list list = {0};
    if (!hub_folder(hub))
        return PB_STATUS_OK;
    pb_status status = list_entries(hub, &list);
    for (int64_t i = 0; i < list.n && status == PB_STATUS_OK; i++) {
        static const char start[] = "models--";
        const char *owner = list.names[i] + sizeof start - 1;
        const char *separator = strncmp(list.names[i], start, sizeof start - 1) == 0 ? strstr(owner, "--") : NULL;
        char model[PATH_BYTES], name[PATH_BYTES], folder[PATH_BYTES];
        if (separator && make_path(model, "%s/%s", hub, list.names[i]) &&
            make_path(name, "%.*s/%s", (int)(separator - owner), owner, separator + 2) &&
            (main_snapshot(model, folder) || any_snapshot(model, folder)))
            status = visit(context, name, folder);
    }
    pb_free(list.names);
    return status;
}

pb_status pb_checkpoint_visit(pb_backbone_visit visit, void *context)
{
    const char *own = getenv("PB_BACKBONES");
    if (own && *own)
        PB_TRY(visit_plain(own, NULL, visit, context));
    PB_TRY(visit_hub(visit, context));
    return visit_plain("backbones", NULL, visit, context);
}

/* The repositories of docs/backbones.md. */
static const char *const published[] = {
    "facebook/dinov3-vits16-pretrain-lvd1689m",
    "facebook/dinov3-vits16plus-pretrain-lvd1689m",
    "facebook/dinov3-vitb16-pretrain-lvd1689m",
    "facebook/dinov3-vitl16-pretrain-lvd1689m",
    "facebook/dinov3-vitl16-pretrain-sat493m",
    "facebook/dinov3-vith16plus-pretrain-lvd1689m",
    "facebook/dinov3-vit7b16-pretrain-lvd1689m",
    "facebook/dinov3-vit7b16-pretrain-sat493m",
    "facebook/dinov2-small",
    "facebook/dinov2-base",
    "facebook/dinov2-large",
    "facebook/dinov2-giant",
    "facebook/dinov2-with-registers-small",
    "facebook/dinov2-with-registers-base",
    "facebook/dinov2-with-registers-large",
    "facebook/dinov2-with-registers-giant",
    "openai/clip-vit-base-patch32",
    "openai/clip-vit-base-patch16",
    "openai/clip-vit-large-patch14",
    "openai/clip-vit-large-patch14-336",
};

/* The published repository of this very name, without its owner; NULL when there is none. */
static const char *find_published(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const char *own = strchr(published[i], '/') + 1;
        if (strlen(own) == length && strncmp(own, name, length) == 0)
            return published[i];
    }
    return NULL;
}

/* One of the kind that the name speaks of. */
static const char *find_example(const char *name)
{
    static const struct {
        const char *start, *example;
    } kinds[] = {
        {"dinov3-convnext", "facebook/dinov3-convnext-tiny-pretrain-lvd1689m"},
        {"dinov3_convnext", "facebook/dinov3-convnext-tiny-pretrain-lvd1689m"},
        {"resnet18", "timm/resnet18.a1_in1k"},
        {"resnet50", "timm/resnet50.a1_in1k"},
        {"wide_resnet50_2", "timm/wide_resnet50_2.racm_in1k"},
        {"tf_efficientnet_lite0", "timm/tf_efficientnet_lite0.in1k"},
        {"vit_", "timm/vit_base_patch14_dinov2.lvd142m"},
        {"CLIP-ViT", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K"},
        {"dinov3", "facebook/dinov3-vitl16-pretrain-lvd1689m"},
        {"dinov2_with_registers", "facebook/dinov2-with-registers-large"},
        {"dinov2-with-registers", "facebook/dinov2-with-registers-large"},
        {"clip", "openai/clip-vit-large-patch14"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(name, kinds[i].start, strlen(kinds[i].start)) == 0)
            return kinds[i].example;
    return "facebook/dinov2-large";
}

void pb_checkpoint_guess_repository(const char *name, char *out, size_t size)
{
    const char *hub = strstr(name, "models--"), *separator = hub ? strstr(hub + 8, "--") : NULL;
    if (separator) { /* inside the Hugging Face cache: models--ORG--NAME/snapshots/<revision> */
        snprintf(out, size, "the Hugging Face repository %.*s/%.*s", (int)(separator - hub - 8), hub + 8,
                 (int)strcspn(separator + 2, "/"), separator + 2);
        return;
    }
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && name[start - 1] != '/')
        start--;
    const char *repository = find_published(name + start, length - start);
    if (repository)
        snprintf(out, size, "the Hugging Face repository %s", repository);
    else
        snprintf(out, size, "a Hugging Face repository (such as %s)", find_example(name + start));
}

pb_status pb_checkpoint_find(const char *name, char **out_folder)
{
    char folder[PATH_BYTES], repository[512];
    if (find_folder(name, folder))
        return PB_NEW_STRING(*out_folder, folder);
    if (pb_path_exists(name))
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "backbone %s is a file: give the folder that holds config.json and model.safetensors", name);
    pb_checkpoint_guess_repository(name, repository, sizeof repository);
    return pb_fail(
        PB_STATUS_BAD_ARGUMENT,
        "no backbone '%s': no such folder, and nothing of this name in $PB_BACKBONES, the Hugging Face cache "
        "or ./backbones; put config.json and model.safetensors (and preprocessor_config.json, where there is one) of "
        "%s into a folder and name that, or use 'builtin'",
        name, repository);
}
