#include "inputs.h"
#include "options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "augment.h"
#include "base/memory.h"
#include "base/work_engine.h"
#include "io/file.h"
#include "io/path.h"
#include "mistaken.h"
#include "region.h"
#include "resolution.h"

enum { MAX_PATHS_FILE_BYTES = 64 << 20 };

bool cli_is_feature_file(const char *path)
{
    static const char ending[] = ".npy";
    const size_t n = strlen(path), m = sizeof ending - 1;
    return n >= m && strcmp(path + n - m, ending) == 0;
}

/* "features.npy" -> the text of features.paths.txt beside it; NULL when there is none. */
static char *read_names(const char *features_path)
{
    uint8_t *text = NULL;
    size_t size;
    char *path;
    if (pb_path_beside(features_path, ".paths.txt", &path) != PB_STATUS_OK)
        return NULL;
    if (pb_file_read(path, MAX_PATHS_FILE_BYTES, &text, &size) != PB_STATUS_OK)
        text = NULL;
    pb_free(path);
    return (char *)text;
}

/* The line at *text, ended in place, *text moved behind it; NULL at the end. Takes CRLF, and a last line without end. */
static char *next_line(char **text)
{
    char *line = *text;
    if (!line || !*line)
        return NULL;
    size_t length = strcspn(line, "\n");
    *text = line + length + (line[length] == '\n');
    if (length > 0 && line[length] == '\n' && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return line;
}

static int64_t count_lines(const char *text)
{
    int64_t n = 0;
    for (; text && *text; n++)
        text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
    return n;
}

/* One name an image: the lines of `names`, or "features.npy[3]" where their number does not fit. */
static pb_status name_images(const char *features_path, int64_t n, char *names, pb_paths *out)
{
    const bool use_names = count_lines(names) == n;
    const size_t size = strlen(features_path) + 32;
    PB_TRY(PB_NEW(out->path, n));
    for (; out->n < n; out->n++) {
        char **name = &out->path[out->n];
        if (use_names) {
            PB_TRY(PB_NEW_STRING(*name, next_line(&names)));
        } else {
            PB_TRY(PB_NEW(*name, size));
            snprintf(*name, size, "%s[%lld]", features_path, (long long)out->n);
        }
    }
    return PB_STATUS_OK;
}

static pb_status open_features(const char *path, cli_inputs *out)
{
    out->from_features = true;
    PB_TRY(pb_features_load(path, &out->features));
    char *names = read_names(path);
    const pb_status status = name_images(path, pb_features_n_images(out->features), names, &out->paths);
    pb_free(names);
    return status;
}

static pb_status open_cache(const char *folder, pb_cache_part part, cli_inputs *out)
{
    out->from_features = out->from_cache = true;
    PB_TRY(pb_cache_open(folder, &out->cache));
    if (!pb_cache_is_described(out->cache))
        cli_warn("%s has no cache.json: it was made elsewhere, and what made its features is unknown",
                 cli_path(folder));
    PB_TRY(pb_cache_load(out->cache, part, &out->features));
    const pb_paths *list = pb_cache_paths(out->cache, part);
    PB_TRY(PB_NEW(out->paths.path, list->n));
    for (; out->paths.n < list->n; out->paths.n++)
        PB_TRY(PB_NEW_STRING(out->paths.path[out->paths.n], list->path[out->paths.n]));
    return PB_STATUS_OK;
}

static pb_status open_feature_file(const char *path, cli_inputs *out)
{
    pb_cache_part part;
    char *folder;
    PB_TRY(pb_cache_of_file(path, &folder, &part));
    const pb_status status = folder ? open_cache(folder, part, out) : open_features(path, out);
    pb_buffer_free(folder);
    return status;
}

/* A folder of caches in place of one of them: no images in it, but something better to say. */
static pb_status explain_no_images(const char *folder, pb_status status)
{
    pb_error error;
    pb_paths caches = {0}, unfinished = {0};
    pb_error_save(&error);
    if (pb_cache_list(folder, &caches, &unfinished) == PB_STATUS_OK && caches.n > 0)
        status = pb_fail(status, "%s holds caches, not images: name one of them, such as %s", folder, caches.path[0]);
    else
        pb_error_restore(&error);
    pb_paths_free(&caches);
    pb_paths_free(&unfinished);
    return status;
}

pb_status cli_inputs_open(const char *const *arguments, int n_arguments, pb_cache_part part, cli_inputs *out)
{
    *out = (cli_inputs){0};
    for (int i = 0; i < n_arguments && n_arguments > 1; i++) {
        if (cli_is_feature_file(arguments[i]))
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: a feature file must be the only input", arguments[i]);
        if (pb_cache_is(arguments[i]))
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: a cache must be the only input", arguments[i]);
    }
    if (cli_is_feature_file(arguments[0]))
        return open_feature_file(arguments[0], out);
    if (pb_cache_is(arguments[0]))
        return open_cache(arguments[0], part, out);
    if (pb_work_is_remote()) /* who deals names the photos */
        return PB_STATUS_OK;
    for (int i = 0; i < n_arguments; i++)
        PB_TRY(cli_check_photos(arguments[i]));
    const pb_status status = pb_paths_collect(arguments, n_arguments, &out->paths);
    return status == PB_STATUS_IO && n_arguments == 1 ? explain_no_images(arguments[0], status) : status;
}

const char *cli_inputs_missing_photo(const cli_inputs *inputs)
{
    for (int64_t i = 0; i < inputs->paths.n; i++)
        if (!pb_path_exists(inputs->paths.path[i]))
            return inputs->paths.path[i];
    return NULL;
}

pb_status cli_backbone_open(const cli_settings *settings, const char *photo, pb_backbone **out)
{
    pb_backbone_options options = {.size = sizeof(pb_backbone_options),
                                   .input_size = (int32_t)settings->size,
                                   .layer = settings->layer,
                                   .precision = settings->precision};
    PB_TRY(cli_resolution_choose(settings, photo, &options));
    return pb_backbone_open(settings->backbone, &options, out);
}

int64_t cli_images_at_a_time(const pb_origin *origin, int64_t most)
{
    const int64_t most_bytes = 128 << 20;
    const double bytes = (double)origin->grid_height * origin->grid_width * (double)origin->dim * (double)sizeof(float);
    const int64_t n = (int64_t)((double)most_bytes / bytes);
    return n < 1 ? 1 : n < most ? n : most;
}

/* The deepest of them says how all are read: what that does to the others is worth a word. */
static void warn_about_depths(const pb_paths *paths, const int32_t *depths, int32_t sample_bits)
{
    const int64_t n = paths->n;
    int64_t shallow, deep, n_deep = 0;
    char name[512];
    if (!pb_image_depths_differ(depths, n, &shallow, &deep))
        return;
    for (int64_t i = 0; i < n; i++)
        n_deep += depths[i] == sample_bits;
    snprintf(name, sizeof name, "%s", cli_path(paths->path[deep]));
    cli_warn("%lld of %lld photos, first %s, %s samples of %d bits, others, such as %s, no more than %d: 16-bit files "
             "are all "
             "read as %d bits deep, here and by the bank later. Are they of one camera?",
             (long long)n_deep, (long long)n, name, n_deep == 1 ? "has" : "have", (int)sample_bits,
             cli_path(paths->path[shallow]), depths[shallow] > 8 ? (int)depths[shallow] : 8, (int)sample_bits);
}

pb_status cli_find_sample_bits(const pb_paths *paths, int32_t *out)
{
    int32_t *depths;
    const int64_t n = paths->n;
    *out = 0;
    PB_TRY(PB_NEW(depths, n));
    const pb_status status = pb_image_depths((const char *const *)paths->path, n, depths);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++)
        *out = depths[i] > *out ? depths[i] : *out;
    if (status == PB_STATUS_OK)
        warn_about_depths(paths, depths, *out);
    pb_free(depths);
    return status;
}

/* By more than a twentieth. */
static bool is_no_square(const pb_photo *photo)
{
    return fabs((double)photo->width - photo->height) * 20 > fmax(photo->width, photo->height);
}

/* A part that lies turned in such a photo is stretched along its other side: no copy shows it. */
static void warn_about_stretching(const cli_inputs *inputs)
{
    const bool may_be = inputs->augment.rot90 && pb_features_origin(inputs->features)->fit == PB_FIT_BOTH_SIDES;
    for (int64_t i = 0; i < inputs->paths.n && may_be; i++)
        if (is_no_square(&inputs->photos[i])) {
            cli_warn("%s of %d x %d pixels is squeezed into a square: copies show the photo turned, and a part that "
                     "lies turned in such a photo looks otherwise; cut photos to squares for --augment rot90",
                     cli_path(inputs->paths.path[i]), (int)inputs->photos[i].width, (int)inputs->photos[i].height);
            return;
        }
}

pb_status cli_inputs_extract(cli_inputs *inputs, const cli_settings *settings)
{
    if (inputs->from_features && settings->resolution)
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "--resolution says how photos are looked at, and %s is features already: leave it out",
                       settings->arguments[0]);
    if (inputs->from_features && settings->augment)
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "--augment makes copies of photos, and %s is features already: leave it out",
                       settings->arguments[0]);
    if (inputs->from_features) {
        PB_TRY(cli_region_open(settings, pb_features_origin(inputs->features), NULL, &inputs->roi));
        return cli_region_cut(inputs->roi, NULL, NULL, &inputs->features);
    }
    pb_backbone *backbone;
    cli_progress progress;
    int32_t sample_bits;
    PB_TRY(cli_augment_read(settings, &inputs->augment));
    PB_TRY(cli_find_sample_bits(&inputs->paths, &sample_bits));
    PB_TRY(cli_backbone_open(settings, inputs->paths.path[0], &backbone));
    cli_progress_start(&progress, "features", "images");
    pb_status status = pb_backbone_set_sample_bits(backbone, sample_bits);
    if (status == PB_STATUS_OK) /* before the work */
        status = cli_region_open(settings, pb_backbone_origin(backbone), inputs->paths.path[0], &inputs->roi);
    if (status == PB_STATUS_OK)
        status = PB_NEW(inputs->photos, inputs->paths.n);
    if (status == PB_STATUS_OK)
        status = pb_backbone_extract_augmented(backbone, &inputs->augment, (const char *const *)inputs->paths.path,
                                               inputs->paths.n, &progress.callback, pb_photo_visit, inputs->photos,
                                               &inputs->features);
    cli_progress_end();
    pb_backbone_close(backbone);
    if (status == PB_STATUS_OK)
        warn_about_stretching(inputs);
    if (status == PB_STATUS_OK)
        status =
            cli_region_cut(inputs->roi, (const char *const *)inputs->paths.path, inputs->photos, &inputs->features);
    return status;
}

static void warn_about_copy(const cli_inputs *inputs, int64_t i, int64_t of)
{
    char first[512];
    snprintf(first, sizeof first, "%s", cli_path(inputs->paths.path[of]));
    cli_warn("%s %s %s: a bad part that is there twice hides itself from the audit", cli_path(inputs->paths.path[i]),
             inputs->from_features ? "has the very features of" : "is a copy of", first);
}

static void warn_about_copies(const cli_inputs *inputs, const int64_t *copy_of)
{
    enum { MAX_NAMED = 3 };
    int64_t n_copies = 0;
    for (int64_t i = 0; i < inputs->paths.n; i++)
        if (copy_of[i] >= 0 && n_copies++ < MAX_NAMED)
            warn_about_copy(inputs, i, copy_of[i]);
    if (n_copies > MAX_NAMED)
        cli_warn("and %lld more are copies: %lld of %lld references in all", (long long)(n_copies - MAX_NAMED),
                 (long long)n_copies, (long long)inputs->paths.n);
}

static pb_status find_copies(const cli_inputs *inputs)
{
    int64_t *copy_of;
    pb_status status = PB_STATUS_OK;
    PB_TRY(PB_NEW(copy_of, inputs->paths.n));
    if (inputs->from_features)
        status = pb_features_find_copies(inputs->features, copy_of);
    else
        pb_photos_find_copies(inputs->sha256, inputs->paths.n, copy_of);
    if (status == PB_STATUS_OK)
        warn_about_copies(inputs, copy_of);
    pb_free(copy_of);
    return status;
}

pb_status cli_inputs_hash(cli_inputs *inputs)
{
    const int64_t n = inputs->paths.n;
    PB_TRY(PB_NEW(inputs->digests, n));
    PB_TRY(PB_NEW(inputs->sha256, n));
    for (int64_t i = 0; i < n; i++)
        inputs->sha256[i] = inputs->digests[i];
    if (!inputs->from_features)
        PB_TRY(pb_photos_hash((const char *const *)inputs->paths.path, n, inputs->digests));
    return find_copies(inputs);
}

void cli_inputs_free(cli_inputs *inputs)
{
    pb_free(inputs->sha256);
    pb_free(inputs->digests);
    pb_free(inputs->photos);
    pb_features_free(inputs->features);
    pb_roi_free(inputs->roi);
    pb_cache_free(inputs->cache);
    pb_paths_free(&inputs->paths);
}
