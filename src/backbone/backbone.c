#include <purebank/backbone.h>

#include <stdio.h>
#include <string.h>

#include <purebank/catalog.h>

#include "backbone/checkpoint_find.h"
#include "backbone/extract_tiles.h"
#include "backbone/image_source.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/words.h"
#include "io/features.h"

static const pb_backbone_kind *const kinds[] = {
#define KIND(name) &pb_backbone_##name,
#include "backbone/kinds.def"
#undef KIND
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

struct pb_backbone {
    const pb_backbone_kind *kind;
    pb_origin origin;
    pb_tiling tiling;
    void *state; /* the kind's */
};

/* ---- Catalogue ---- */

const pb_backbone_entry *pb_backbone_entry_at(int64_t index)
{
    for (int k = 0; k < N_KINDS; k++) {
        int n = 0;
        while (kinds[k]->entry(n) && n < index)
            n++;
        if (kinds[k]->entry(n))
            return kinds[k]->entry(n);
        index -= n;
    }
    return NULL;
}

/* ---- Opening ---- */

static const pb_backbone_kind *find_named(const char *name)
{
    for (int i = 0; i < N_KINDS; i++)
        if (kinds[i]->name && strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static pb_status fail_unclaimed(const pb_checkpoint *checkpoint)
{
    const char *name = pb_checkpoint_model_name(checkpoint), *config = pb_checkpoint_config_name(checkpoint);
    const pb_backbone_entry *entry;
    char names[1024] = "";
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++)
        if (entry->repositories[0])
            pb_words_list(names, sizeof names, entry->name);
    if (!name)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no \"model_type\"; this version computes %s", config, names);
    return pb_fail(PB_STATUS_UNSUPPORTED, "%s: model_type '%.60s' cannot be computed; this version has %s", config,
                   name, names);
}

/* NULL: none. */
static const pb_backbone_entry *find_claiming(const pb_checkpoint *checkpoint, const pb_backbone_kind **out)
{
    for (int i = 0; i < N_KINDS; i++) {
        const pb_backbone_entry *entry = kinds[i]->claims ? kinds[i]->claims(checkpoint) : NULL;
        if (entry) {
            *out = kinds[i];
            return entry;
        }
    }
    return NULL;
}

pb_status pb_backbone_inspect(const char *folder, pb_backbone_summary *out)
{
    PB_CHECK_ARG(folder && out, "pb_backbone_inspect: folder or out is NULL");
    const pb_backbone_kind *kind;
    pb_checkpoint *checkpoint;
    *out = (pb_backbone_summary){0};
    PB_TRY(pb_checkpoint_open(folder, &checkpoint));
    const char *name = pb_checkpoint_model_name(checkpoint);
    snprintf(out->kind, sizeof out->kind, "%s", name ? name : "");
    out->entry = find_claiming(checkpoint, &kind);
    pb_checkpoint_count(checkpoint, &out->n_tensors, &out->n_values);
    pb_checkpoint_close(checkpoint);
    return PB_STATUS_OK;
}

pb_status pb_backbone_search(pb_backbone_visit visit, void *context)
{
    PB_CHECK_ARG(visit, "pb_backbone_search: visit is NULL");
    return pb_checkpoint_visit(visit, context);
}

/* ---- Resolution ---- */

/* The geometry of a tile gives way to that of the photo: "448x448 tiles of 4096x3000 bilinear, overlap 112; mean ...". */
static void describe_tiles(const pb_tiling *tiling, char *preprocessing, size_t size)
{
    char rest[sizeof((pb_origin *)0)->preprocessing] = "";
    const char *end = strchr(preprocessing, ';');
    if (end)
        snprintf(rest, sizeof rest, "%s", end);
    snprintf(preprocessing, size, "%dx%d tiles of %dx%d %s, overlap %d%s", (int)tiling->tile, (int)tiling->tile,
             (int)tiling->x.pixels, (int)tiling->y.pixels,
             tiling->filter == PB_RESAMPLE_BICUBIC ? "bicubic" : "bilinear", (int)pb_tiling_overlap(tiling), rest);
}

/* What the kind has opened sees a tile: the origin becomes that of all of them. */
static pb_status tile(const pb_backbone_options *options, pb_backbone *backbone)
{
    pb_origin *origin = &backbone->origin;
    pb_tiling *tiling = &backbone->tiling;
    PB_TRY(pb_tiling_make(options->width, options->height, origin->input_width, origin->grid_width,
                          options->tile_overlap, tiling));
    tiling->filter = backbone->kind->filter ? backbone->kind->filter(backbone->state) : PB_RESAMPLE_BILINEAR;
    describe_tiles(tiling, origin->preprocessing, sizeof origin->preprocessing);
    origin->tile = tiling->tile;
    origin->overlap = pb_tiling_overlap(tiling);
    origin->input_width = tiling->x.pixels;
    origin->input_height = tiling->y.pixels;
    origin->grid_width = tiling->x.cells;
    origin->grid_height = tiling->y.cells;
    origin->fit = PB_FIT_BOTH_SIDES;
    origin->resize_side = 0;
    return PB_STATUS_OK;
}

static pb_status set_resolution(const pb_backbone_options *options, pb_backbone *backbone)
{
    backbone->origin.is_upright = true;
    backbone->origin.photo_width = options->photo_width;
    backbone->origin.photo_height = options->photo_height;
    return options->width > 0 && !backbone->kind->sees_whole ? tile(options, backbone) : PB_STATUS_OK;
}

static pb_status check_sizes(const pb_backbone_options *options)
{
    PB_CHECK_ARG(options->width >= 0 && options->height >= 0 && (options->width == 0) == (options->height == 0),
                 "a resolution of %d x %d pixels", (int)options->width, (int)options->height);
    PB_CHECK_ARG(options->photo_width >= 0 && options->photo_height >= 0 &&
                     (options->photo_width == 0) == (options->photo_height == 0),
                 "photos of %d x %d pixels", (int)options->photo_width, (int)options->photo_height);
    PB_CHECK_ARG(options->width > 0 || options->tile_overlap == 0,
                 "tiles overlap where a resolution is given: there is none");
    return PB_STATUS_OK;
}

/* *checkpoint becomes the backbone's. */
static pb_status open_kind(const char *name, const pb_backbone_options *options, pb_checkpoint **checkpoint,
                           pb_backbone *backbone)
{
    backbone->kind = find_named(name);
    if (!backbone->kind) {
        char *folder = NULL;
        PB_TRY(pb_checkpoint_find(name, &folder));
        const pb_status status = pb_checkpoint_open(folder, checkpoint);
        pb_free(folder);
        PB_TRY(status);
        if (!find_claiming(*checkpoint, &backbone->kind))
            return fail_unclaimed(*checkpoint);
    }
    PB_TRY(backbone->kind->open(*checkpoint, options, &backbone->origin, &backbone->state));
    *checkpoint = NULL;
    const pb_status status = set_resolution(options, backbone);
    if (status != PB_STATUS_OK)
        backbone->kind->close(backbone->state);
    return status;
}

pb_status pb_backbone_open(const char *name, const pb_backbone_options *options, pb_backbone **out)
{
    const pb_backbone_options defaults = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone_options chosen;
    PB_CHECK_ARG(out, "pb_backbone_open: out is NULL");
    *out = NULL;
    PB_CHECK_ARG(name && *name, "no backbone named");
    PB_TRY(PB_OPTIONS_READ(pb_backbone_options, options, &defaults, &chosen));
    PB_TRY(check_sizes(&chosen));
    pb_backbone *backbone = NULL;
    pb_checkpoint *checkpoint = NULL;
    PB_TRY(PB_NEW(backbone, 1));
    const pb_status status = open_kind(name, &chosen, &checkpoint, backbone);
    pb_checkpoint_close(checkpoint);
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

pb_status pb_backbone_set_sample_bits(pb_backbone *backbone, int32_t sample_bits)
{
    PB_CHECK_ARG(backbone, "pb_backbone_set_sample_bits: backbone is NULL");
    PB_CHECK_ARG(sample_bits == 0 || (sample_bits >= 8 && sample_bits <= 16),
                 "photos have 8 to 16 bits a sample, or 0 for as many as they need, not %d", (int)sample_bits);
    backbone->origin.sample_bits = sample_bits;
    return PB_STATUS_OK;
}

double pb_backbone_gflop(const pb_backbone *backbone)
{
    const double n_tiles = backbone->tiling.tile ? (double)backbone->tiling.x.n * backbone->tiling.y.n : 1;
    return backbone->kind->gflop ? n_tiles * backbone->kind->gflop(backbone->state) : 0;
}

const char *pb_backbone_speed_class(double gflop)
{
    return gflop < 10 ? "fast" : gflop < 100 ? "medium" : "slow";
}

/* Does the grid have so many patches that a percent of them is more than a small defect has? */
static bool is_large(const pb_origin *origin)
{
    enum { MANY_PATCHES = 4096 };
    return (int64_t)origin->grid_height * origin->grid_width > MANY_PATCHES;
}

const char *pb_backbone_default_image_score(const pb_backbone *backbone)
{
    return is_large(&backbone->origin) ? "top8" : backbone->kind->default_image_score;
}

const char *pb_backbone_image_score_for(const pb_origin *origin)
{
    return is_large(origin) ? "top8" : pb_backbone_image_score_of(origin->backbone);
}

/* NULL: none of this library's. */
static const pb_backbone_kind *find_maker(const char *backbone)
{
    for (int i = 0; backbone && i < N_KINDS; i++)
        if (kinds[i]->made(backbone))
            return kinds[i];
    return NULL;
}

const char *pb_backbone_image_score_of(const char *backbone)
{
    const pb_backbone_kind *kind = find_maker(backbone);
    return kind ? kind->default_image_score : "p95"; /* that of the studies */
}

const char *pb_backbone_audit_rule_of(const char *backbone)
{
    const pb_backbone_kind *kind = find_maker(backbone);
    return kind && kind->default_audit_rule ? kind->default_audit_rule : PB_AUDIT_RULE_OF_STUDIES;
}

bool pb_backbone_is_same_on_every_cpu(const char *backbone)
{
    const pb_backbone_kind *kind = find_maker(backbone);
    return kind && kind->same_on_every_cpu;
}

bool pb_backbone_is_light(const char *backbone)
{
    const pb_backbone_kind *kind = find_maker(backbone);
    return kind && kind->is_light;
}

const char *pb_backbone_note(const char *backbone)
{
    const pb_backbone_kind *kind = find_maker(backbone);
    return kind && kind->note ? kind->note : "";
}

void pb_backbone_close(pb_backbone *backbone)
{
    if (!backbone)
        return;
    backbone->kind->close(backbone->state);
    pb_free(backbone);
}

/* ---- Extracting ---- */

static pb_status extract(pb_backbone *backbone, const pb_image_source *source, const pb_progress *progress, float *out)
{
    if (backbone->tiling.tile)
        return pb_extract_tiles(backbone->kind, backbone->state, &backbone->tiling, backbone->origin.dim, source,
                                progress, out);
    return backbone->kind->extract(backbone->state, source, progress, out);
}

static pb_status check_images(const pb_image *images, int64_t n, const void *out)
{
    PB_CHECK_ARG(n >= 0, "number of images must be >= 0, not %lld", (long long)n);
    PB_CHECK_ARG(n == 0 || (images && out), "pb_backbone_extract: images or out is NULL");
    return PB_STATUS_OK;
}

pb_status pb_backbone_extract(pb_backbone *backbone, const pb_image *images, int64_t n, float *out)
{
    PB_CHECK_ARG(backbone, "pb_backbone_extract: backbone is NULL");
    PB_TRY(check_images(images, n, out));
    if (n == 0)
        return PB_STATUS_OK;
    const pb_image_source source = {.n = n, .images = images};
    return extract(backbone, &source, NULL, out);
}

/* All variants of the photos, each as it lies; then patch by patch where the photo has it. */
static pb_status extract_variants(pb_backbone *backbone, const pb_augment *augment, pb_image_source *source,
                                  const pb_progress *progress, float *out)
{
    const int64_t n_photos = source->n;
    PB_TRY(pb_image_variants_begin(augment, source));
    pb_status status = extract(backbone, source, progress, out);
    pb_image_variants_end(source);
    if (status == PB_STATUS_OK)
        status = pb_variants_put_in_place(augment, &backbone->origin, n_photos, out);
    return status;
}

/* @param augment NULL, or what copies there are */
static pb_status extract_features(pb_backbone *backbone, const pb_augment *augment, pb_image_source *source,
                                  const pb_progress *progress, pb_features **out)
{
    pb_features *features;
    PB_TRY(pb_features_new_within(source->n, &backbone->origin, NULL, augment, &features));
    float *rows = pb_features_rows(features);
    const pb_status status = pb_features_augment(features) ? extract_variants(backbone, augment, source, progress, rows)
                                                           : extract(backbone, source, progress, rows);
    if (status == PB_STATUS_OK)
        *out = features;
    else
        pb_features_free(features);
    return status;
}

pb_status pb_backbone_extract_files(pb_backbone *backbone, const char *const *paths, int64_t n,
                                    const pb_progress *progress, pb_features **out)
{
    return pb_backbone_extract_augmented(backbone, NULL, paths, n, progress, NULL, NULL, out);
}

pb_status pb_backbone_extract_visited(pb_backbone *backbone, const char *const *paths, int64_t n,
                                      const pb_progress *progress, pb_image_visit visit, void *context,
                                      pb_features **out)
{
    return pb_backbone_extract_augmented(backbone, NULL, paths, n, progress, visit, context, out);
}

pb_status pb_backbone_extract_augmented(pb_backbone *backbone, const pb_augment *augment, const char *const *paths,
                                        int64_t n, const pb_progress *progress, pb_image_visit visit, void *context,
                                        pb_features **out)
{
    PB_CHECK_ARG(backbone && out, "pb_backbone_extract_files: backbone or out is NULL");
    *out = NULL;
    PB_CHECK_ARG(n >= 1 && paths, "no image to extract features from");
    for (int64_t i = 0; i < n; i++)
        PB_CHECK_ARG(paths[i], "path %lld is NULL", (long long)i);
    pb_image_source source = {.n = n,
                              .paths = paths,
                              .sample_bits = backbone->origin.sample_bits,
                              .width = backbone->origin.photo_width,
                              .height = backbone->origin.photo_height,
                              .visit = visit,
                              .context = context};
    return extract_features(backbone, augment, &source, progress, out);
}

pb_status pb_backbone_extract_augmented_images(pb_backbone *backbone, const pb_augment *augment, const pb_image *images,
                                               int64_t n, pb_features **out)
{
    PB_CHECK_ARG(backbone && out, "pb_backbone_extract: backbone or out is NULL");
    PB_TRY(check_images(images, n, out));
    pb_image_source source = {.n = n, .images = images};
    return extract_features(backbone, augment, &source, NULL, out);
}
