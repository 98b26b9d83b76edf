#include <purebank/backbone.h>

#include "backbone/builtin/builtin.h"
#include "backbone/kind.h"
#include "backbone/vit/vit.h"
#include "base/memory.h"

static const pb_backbone_kind *const kinds[] = {
    &pb_backbone_builtin, &pb_backbone_vit, /* last: it takes every name */
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

struct pb_backbone {
    const pb_backbone_kind *kind;
    pb_origin origin;
    void *state; /* the kind's */
};

/* ---- Images on demand ---- */

pb_status pb_image_source_get(const pb_image_source *source, int64_t index, pb_image *out)
{
    if (!source->images)
        return pb_image_read(source->paths[index], out);
    const pb_image *image = &source->images[index];
    PB_CHECK_ARG(image->rgb && image->width >= 1 && image->height >= 1, "image %lld is empty (%d x %d pixels)",
                 (long long)index, (int)image->width, (int)image->height);
    *out = *image;
    return PB_STATUS_OK;
}

void pb_image_source_release(const pb_image_source *source, pb_image *image)
{
    if (!source->images)
        pb_image_free(image);
    *image = (pb_image){0};
}

/* ---- Opening ---- */

static const pb_backbone_kind *find_kind(const char *name)
{
    int i = 0;
    while (i < N_KINDS - 1 && !kinds[i]->accepts(name))
        i++;
    return kinds[i];
}

pb_status pb_backbone_open(const char *name, const pb_backbone_options *options, pb_backbone **out)
{
    const pb_backbone_options defaults = {0};
    PB_CHECK_ARG(out, "pb_backbone_open: out is NULL");
    *out = NULL;
    PB_CHECK_ARG(name && *name, "no backbone named");
    const pb_backbone_kind *const kind = find_kind(name);
    pb_backbone *backbone = NULL;
    PB_TRY(PB_NEW(backbone, 1));
    backbone->kind = kind;
    const pb_status status = kind->open(name, options ? options : &defaults, &backbone->origin, &backbone->state);
    if (status != PB_STATUS_OK) {
        pb_free(backbone);
        return status;
    }
    *out = backbone;
    return PB_STATUS_OK;
}

const pb_origin *pb_backbone_origin(const pb_backbone *backbone)
{
    return &backbone->origin;
}

const char *pb_backbone_default_image_score(const pb_backbone *backbone)
{
    return backbone->kind->default_image_score;
}

const char *pb_backbone_image_score_of(const char *backbone)
{
    int i = 0;
    while (i < N_KINDS - 1 && !(backbone && kinds[i]->made(backbone)))
        i++;
    return kinds[i]->default_image_score;
}

void pb_backbone_close(pb_backbone *backbone)
{
    if (!backbone)
        return;
    backbone->kind->close(backbone->state);
    pb_free(backbone);
}

/* ---- Extracting ---- */

pb_status pb_backbone_extract(pb_backbone *backbone, const pb_image *images, int64_t n, float *out)
{
    PB_CHECK_ARG(backbone, "pb_backbone_extract: backbone is NULL");
    PB_CHECK_ARG(n >= 0, "number of images must be >= 0, not %lld", (long long)n);
    PB_CHECK_ARG(n == 0 || (images && out), "pb_backbone_extract: images or out is NULL");
    if (n == 0)
        return PB_STATUS_OK;
    const pb_image_source source = {.n = n, .images = images};
    return backbone->kind->extract(backbone->state, &source, NULL, out);
}

pb_status pb_backbone_extract_files(pb_backbone *backbone, const char *const *paths, int64_t n,
                                    const pb_progress *progress, pb_features **out)
{
    PB_CHECK_ARG(backbone && out, "pb_backbone_extract_files: backbone or out is NULL");
    *out = NULL;
    PB_CHECK_ARG(n >= 1 && paths, "no image to extract features from");
    for (int64_t i = 0; i < n; i++)
        PB_CHECK_ARG(paths[i], "path %lld is NULL", (long long)i);
    const pb_image_source source = {.n = n, .paths = paths};
    pb_features *features;
    PB_TRY(pb_features_new(n, &backbone->origin, &features));
    const pb_status status = backbone->kind->extract(backbone->state, &source, progress, pb_features_rows(features));
    if (status != PB_STATUS_OK) {
        pb_features_free(features);
        return status;
    }
    *out = features;
    return PB_STATUS_OK;
}
