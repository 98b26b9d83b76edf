/* purebank extract: images -> one .npy, streamed, so that memory does not grow with their number. */
#include <string.h>

#include "base/memory.h"
#include "inputs.h"
#include "io/features.h"
#include "io/file.h"
#include "io/npy.h"
#include "options.h"
#include "overwrite.h"

enum { IMAGES_AT_A_TIME = 64 };

static pb_status check_names(const pb_paths *paths)
{
    for (int64_t i = 0; i < paths->n; i++)
        if (strchr(paths->path[i], '\n'))
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s has a line break in its name, but the list of paths has one a line: rename it",
                           paths->path[i]);
    return PB_STATUS_OK;
}

static pb_status stream_features(pb_backbone *backbone, const pb_paths *paths, pb_writer *writer,
                                 cli_progress *progress)
{
    const pb_origin *origin = pb_backbone_origin(backbone);
    const int64_t shape[] = {paths->n, (int64_t)origin->grid_height * origin->grid_width, origin->dim};
    PB_TRY(pb_writer_hash(writer));
    PB_TRY(pb_npy_write_header(writer, PB_NPY_F4, 3, shape));
    const int64_t most = cli_images_at_a_time(origin, IMAGES_AT_A_TIME);
    progress->total = paths->n;
    for (int64_t first = 0; first < paths->n; first += most) {
        const int64_t left = paths->n - first, n = left < most ? left : most;
        pb_features *features = NULL;
        progress->offset = first;
        PB_TRY(pb_backbone_extract_files(backbone, (const char *const *)paths->path + first, n, &progress->callback,
                                         &features));
        const pb_status status =
            pb_writer_write(writer, pb_features_data(features), (size_t)(n * shape[1] * shape[2]) * sizeof(float));
        pb_features_free(features);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

static pb_status extract(const cli_settings *settings, const pb_paths *paths, pb_backbone *backbone)
{
    pb_writer *writer = NULL;
    cli_progress progress;
    PB_TRY(check_names(paths));
    PB_TRY(pb_writer_open(settings->output, &writer));
    cli_progress_start(&progress, "features", "images");
    const pb_status status = stream_features(backbone, paths, writer, &progress);
    cli_progress_end();
    if (status == PB_STATUS_OK)
        return pb_features_commit(writer, pb_backbone_origin(backbone), (const char *const *)paths->path, paths->n,
                                  settings->output);
    pb_writer_abort(writer);
    return status;
}

static void say_result(const char *output, int64_t n_images, const pb_origin *origin)
{
    cli_say("%s: %lld images x %d patches x %lld channels, %s", cli_path(output), (long long)n_images,
            (int)(origin->grid_height * origin->grid_width), (long long)origin->dim,
            origin->backbone[0] ? origin->backbone : "origin unknown");
}

/* Features that are there already, of a cache or a file, as float32. */
static pb_status copy_features(const cli_settings *settings)
{
    cli_inputs inputs;
    pb_status status = cli_inputs_open(settings->arguments, settings->n_arguments, PB_CACHE_TRAIN, &inputs);
    if (status == PB_STATUS_OK)
        status = cli_inputs_extract(&inputs, settings); /* nothing, but for what may not be asked of features */
    if (status == PB_STATUS_OK)
        status = check_names(&inputs.paths);
    if (status == PB_STATUS_OK)
        status = pb_features_save_named(inputs.features, (const char *const *)inputs.paths.path, settings->output);
    if (status == PB_STATUS_OK)
        say_result(settings->output, inputs.paths.n, pb_features_origin(inputs.features));
    cli_inputs_free(&inputs);
    return status;
}

static bool is_features(const cli_settings *settings)
{
    const char *first = settings->arguments[0], *dot = strrchr(first, '.');
    return settings->n_arguments == 1 && ((dot && strcmp(dot, ".npy") == 0) || pb_cache_is(first));
}

static pb_status extract_images(const cli_settings *settings)
{
    pb_paths paths = {0};
    pb_backbone *backbone = NULL;
    int32_t sample_bits = 0;
    for (int i = 0; i < settings->n_arguments; i++)
        if (cli_is_feature_file(settings->arguments[i]))
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: a feature file must be the only input", settings->arguments[i]);
    pb_status status = pb_paths_collect(settings->arguments, settings->n_arguments, &paths);
    if (status == PB_STATUS_OK)
        status = cli_protect_inputs(settings, (const char *const *)paths.path, paths.n);
    if (status == PB_STATUS_OK)
        status = cli_find_sample_bits(&paths, &sample_bits);
    if (status == PB_STATUS_OK)
        status = cli_backbone_open(settings, paths.path[0], &backbone);
    if (status == PB_STATUS_OK)
        status = pb_backbone_set_sample_bits(backbone, sample_bits);
    if (status == PB_STATUS_OK)
        status = extract(settings, &paths, backbone);
    if (status == PB_STATUS_OK)
        say_result(settings->output, paths.n, pb_backbone_origin(backbone));
    pb_backbone_close(backbone);
    pb_paths_free(&paths);
    return status;
}

int cli_extract(const cli_settings *settings)
{
    if (!settings->output)
        return cli_usage_error("extract needs an output file: -o FILE.npy");
    if (!cli_is_feature_file(settings->output))
        return cli_usage_error("extract writes NumPy arrays, which every command knows by their ending: -o %s.npy",
                               settings->output);
    const pb_status status = is_features(settings) ? copy_features(settings) : extract_images(settings);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
