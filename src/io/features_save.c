/* Feature files with their companions: .origin.json says what made them, .paths.txt of which images they are. */
#include <string.h>

#include "base/memory.h"
#include "io/companions.h"
#include "io/features.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/origin.h"
#include "io/path.h"

static pb_status begin_sidecar(const pb_origin *origin, const char sha256[65], const char *path, pb_writer **out)
{
    json_t *object = NULL;
    pb_status status = pb_origin_to_json(origin, &object);
    if (status == PB_STATUS_OK && json_object_set_new(object, "sha256", json_string(sha256)) != 0)
        status = pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot write %s", path);
    if (status == PB_STATUS_OK)
        status = pb_writer_open(path, out);
    if (status == PB_STATUS_OK)
        status = pb_json_write(object, *out);
    json_decref(object);
    return status;
}

static pb_status begin_names(const char *const *names, int64_t n, const char *path, pb_writer **out)
{
    PB_TRY(pb_writer_open(path, out));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_writer_printf(*out, "%s\n", names[i]));
    return PB_STATUS_OK;
}

/* A file without a sidecar means an unknown origin and a square grid. */
static bool needs_sidecar(const pb_origin *origin)
{
    return origin->backbone[0] || origin->grid_height != origin->grid_width;
}

pb_status pb_features_commit(pb_writer *array, const pb_origin *origin, const char *const *names, int64_t n,
                             const char *path)
{
    char *sidecar = NULL, *list = NULL, sha256[65];
    pb_companion companion[2] = {{NULL, NULL}, {NULL, NULL}};
    pb_status status;
    PB_TRY_GOTO(pb_path_beside(path, PB_FEATURES_SIDECAR_ENDING, &sidecar));
    PB_TRY_GOTO(pb_path_beside(path, PB_FEATURES_NAMES_ENDING, &list));
    companion[0].path = sidecar;
    companion[1].path = list;
    PB_TRY_GOTO(pb_writer_sync(array));
    PB_TRY_GOTO(pb_writer_sha256(array, sha256));
    if (needs_sidecar(origin))
        PB_TRY_GOTO(begin_sidecar(origin, sha256, sidecar, &companion[0].writer));
    if (names)
        PB_TRY_GOTO(begin_names(names, n, list, &companion[1].writer));
    status = pb_writer_commit_together(array, companion, 2);
    array = companion[0].writer = companion[1].writer = NULL;
done:
    pb_writer_abort(array);
    pb_writer_abort(companion[0].writer);
    pb_writer_abort(companion[1].writer);
    pb_free(sidecar);
    pb_free(list);
    return status;
}

static pb_status write_array(const pb_features *features, pb_writer *writer)
{
    const int64_t shape[3] = {features->n_images, features->n_patches, features->dim};
    const int64_t n_values = features->n_images * features->n_patches * features->dim;
    PB_TRY(pb_writer_hash(writer));
    PB_TRY(pb_npy_write_header(writer, PB_NPY_F4, 3, shape));
    return pb_writer_write(writer, features->data, (size_t)n_values * sizeof(float));
}

pb_status pb_features_save_named(const pb_features *features, const char *const *names, const char *path)
{
    pb_writer *writer;
    if (features->roi)
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "feature files hold whole photos, and these features are of the region of interest %s alone",
                       features->roi->name);
    if (pb_augment_is_any(&features->augment)) {
        char text[PB_AUGMENT_TEXT];
        pb_augment_text(&features->augment, text, sizeof text);
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "feature files hold photos as they are, and these features are of their copies (%s), too", text);
    }
    PB_TRY(pb_features_check_finite(features));
    PB_TRY(pb_writer_open(path, &writer));
    const pb_status status = write_array(features, writer);
    if (status == PB_STATUS_OK)
        return pb_features_commit(writer, &features->origin, names, features->n_images, path);
    pb_writer_abort(writer);
    return status;
}

pb_status pb_features_save(const pb_features *features, const char *path)
{
    return pb_features_save_named(features, NULL, path);
}
