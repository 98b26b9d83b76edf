/* Inside a backbone: what a kind of backbone provides, and where it gets its images from. A new kind is one
 * more row of kinds.def. */
#ifndef PB_BACKBONE_KIND_H
#define PB_BACKBONE_KIND_H

#include <stdbool.h>

#include <purebank/backbone.h>

#include "backbone/checkpoint.h"
#include "base/error.h"

/* Of image_source.h. */
typedef struct pb_image_variants pb_image_variants;

/* n decoded images, or n files that are decoded when asked for. */
typedef struct pb_image_source {
    int64_t n;
    const pb_image *images;   /* NULL: read `paths` */
    const char *const *paths; /* NULL: lend `images` */
    int32_t sample_bits;      /* to read files with (pb_image_options) */
    int32_t width, height;    /* that photos must have; 0: any */
    pb_image_visit visit;     /* NULL, or sees every image once */
    void *context;
    pb_image_variants *variants; /* NULL: images are what is lent or read; else its copies are, too */
} pb_image_source;

/* Image `index`: lent, or freshly read (the message of a failure then names the path). To be called from
 * inside the work items of a kind, so that reading is parallel and only the images at work are in memory. */
pb_status pb_image_source_get(const pb_image_source *source, int64_t index, pb_image *out);

/* Says which photo it was that could not be used; passes other failures on. Returns `status`. */
pb_status pb_image_source_blame(const pb_image_source *source, int64_t index, pb_status status);

/* Frees an image that was read; leaves a lent one alone. */
void pb_image_source_release(const pb_image_source *source, pb_image *image);

typedef struct pb_backbone_kind {
    const char *default_image_score; /* a name that pb_image_score_parse() knows */
    const char *default_audit_rule;  /* a name that pb_audit_run() knows; NULL: that of the studies */
    const char *note;                /* what to know before relying on it; NULL: nothing in particular */
    bool same_on_every_cpu;          /* to the last bit; else features follow the instructions that a library chooses */
    bool is_light;                   /* no weights: a copy is open at once, and an image is a matter of milliseconds */
    bool
        sees_whole; /* photos of any size at once; else a resolution that is asked for is seen in tiles of the input's size */
    /* Has a backbone of this kind the name `origin_name` in its origin? Rows are asked in order. */
    bool (*made)(const char *origin_name);
    const pb_backbone_entry *(*entry)(int index); /* the families of this kind; NULL behind the last */
    const char *name;                             /* of a backbone that is no checkpoint; NULL for those that are */
    /* The checkpoint's family; NULL where it is none of this kind's. Rows are asked in order. NULL where `name` is given. */
    const pb_backbone_entry *(*claims)(const pb_checkpoint *checkpoint);
    /* Fills origin and state, `fit` and `resize_side` of the origin, too: nobody reads them out of its `preprocessing`, of which
     * the words up to the first ";" give way to those of tiles. `options` is never NULL, `checkpoint` is where `name` is given.
     * The state takes the checkpoint over; on failure nothing is left to free but that. */
    pb_status (*open)(pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_origin *origin,
                      void **out_state);
    /* Features of all images of the source: n x P x D. Decides by itself what runs in parallel: images where
     * each is small work, the inside of an image where it is not. */
    pb_status (*extract)(void *state, const pb_image_source *source, const pb_progress *progress, float *out);
    /* What `open` resizes photos with; NULL: bilinear. Asked where it does not see the whole. */
    pb_resample (*filter)(const void *state);
    double (*gflop)(const void *state); /* of an image's products and convolutions; NULL: not worth counting */
    void (*close)(void *state);
} pb_backbone_kind;

#define KIND(name) extern const pb_backbone_kind pb_backbone_##name;
#include "backbone/kinds.def"
#undef KIND

#endif
