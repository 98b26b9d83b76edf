/** @file backbone.h
 *  @brief Backbones turn images into patch features: open, describe, extract a batch, close.
 *  No pointer in this header may be NULL unless it says so, but those to pb_progress. */
#ifndef PUREBANK_BACKBONE_H
#define PUREBANK_BACKBONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/augment.h>
#include <purebank/features.h>
#include <purebank/image.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** An open backbone; safe to use from one thread at a time. Close with pb_backbone_close(). */
typedef struct pb_backbone pb_backbone;

/** Choices for pb_backbone_open(). Initialise with PB_BACKBONE_OPTIONS_INIT. */
typedef struct pb_backbone_options {
    size_t size; /**< of this struct, so that later versions may add members */
    /** Input side in pixels; 0 = the backbone's default: 448 for "builtin", which takes any from 128 on, and the DINOs, which take
     *  any multiple of their patch size, that of its config for CLIP (its only one), and that of its config for convolutional
     *  networks, which take any. */
    int32_t input_size;
    /** The hidden state of a transformer that becomes its features, as transformers counts them: 0 is the embedding, n the
     *  residual stream after block n, negative ones count from the end; no final norm. Several are concatenated along the
     *  channels: "-6,-3". NULL = "-6". Of a convolutional network stages ("layer2,layer3") or numbers of blocks, NULL: its row's
     *  (pb_backbone_entry.layers); of residual ones ":1024" behind them brings their channels down to so many, as PatchCore's
     *  authors do. The built-in backbone has none. */
    const char *layer;
    const char *precision; /**< "f32", "bf16" or "int8" as far as backbone and CPU have it; NULL = "f32" */
    /** What photos are resized to instead of the input, both sides, and then looked at in full: "builtin" sees them as a whole,
     *  networks in overlapping tiles of the input's size, whose middles make one grid (docs/resolution.md). 0 and 0: the input. */
    int32_t width, height;
    int32_t
        tile_overlap; /**< pixels by which tiles overlap, rounded up (docs/resolution.md#seams); 0: a quarter of the tile; -1: none */
    int32_t photo_width,
        photo_height; /**< what every file that is extracted must have, and the origin tells; 0 and 0: any */
} pb_backbone_options;

/** The defaults of the backbone. */
#define PB_BACKBONE_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(pb_backbone_options), 0, NULL, NULL, 0, 0, 0, 0, 0                                                      \
    }

/** A family of backbones that this library computes. */
typedef struct pb_backbone_entry {
    const char *name;         /**< as origins have it and as config.json names it; '*' stands for any letters */
    const char *repositories; /**< where such checkpoints are published, on Hugging Face; "" where nothing is needed */
    const char *licence;      /**< of the published weights */
    const char *input;        /**< "448, any multiple of 16" */
    const char *layers;       /**< the default of `layer`; "" where there are none */
    const char *good_for;     /**< when to take it */
} pb_backbone_entry;

/** The families by index, from 0 on; NULL behind the last. Borrowed, never freed. */
PB_API const pb_backbone_entry *pb_backbone_entry_at(int64_t index);

/** What a checkpoint folder holds, by its JSON files and the heads of its weight files; no weights are read. */
typedef struct pb_backbone_summary {
    const pb_backbone_entry *entry; /**< its family; NULL: this version computes none of the kind */
    char kind[64];                  /**< what its config calls it; "" where that says nothing */
    int64_t n_tensors, n_values;    /**< in its weight files */
} pb_backbone_summary;

/** Names of the files of a checkpoint's folder that are read, n of them, shards aside: for who must not write onto one. */
PB_API const char *const *pb_backbone_file_names(int64_t *out_n);

/** @param folder of a checkpoint
 *  @return PB_STATUS_BAD_FORMAT where config or weights are missing or damaged */
PB_API pb_status pb_backbone_inspect(const char *folder, pb_backbone_summary *out);

/** Sees a checkpoint that lies where pb_backbone_open() looks for names.
 *  @param name   as pb_backbone_open() takes it
 *  @param folder where it lies */
typedef pb_status (*pb_backbone_visit)(void *context, const char *name, const char *folder);

/** Goes through $PB_BACKBONES, the Hugging Face cache and ./backbones, each in the order of names; places that do not exist hold
 *  nothing. What `visit` returns but PB_STATUS_OK ends it. */
PB_API pb_status pb_backbone_search(pb_backbone_visit visit, void *context);

/** Opens a backbone.
 *  @param name    "builtin" (a Gabor pyramid, nothing to download), or a checkpoint as Hugging Face publishes it (config.json,
 *                 model.safetensors or its shards, preprocessor_config.json): a folder, or the name of one in
 *                 $PB_BACKBONES, in the Hugging Face cache ("facebook/dinov2-large") or in ./backbones. Its weights are
 *                 loaded with the first image.
 *  @param options read and not kept; NULL for the defaults
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown name or an option the backbone does not have, PB_STATUS_UNSUPPORTED for a
 *          checkpoint of another kind of model or a precision that this CPU lacks, PB_STATUS_BAD_FORMAT,
 *          PB_STATUS_BAD_SHAPE */
PB_API pb_status pb_backbone_open(const char *name, const pb_backbone_options *options, pb_backbone **out);

/** Name, weights hash, preprocessing, input size, grid and D; borrowed from the backbone. */
PB_API const pb_origin *pb_backbone_origin(const pb_backbone *backbone);

/** Sets how 16-bit files are read from here on, and the origin of their features: pb_image_sample_bits() of all photos that belong
 *  together, or what the origin of earlier features has. pb_bank_open_backbone() does the latter.
 *  @param sample_bits 8..16; 0, as at first: each file with what its values need, which may differ from photo to photo */
PB_API pb_status pb_backbone_set_sample_bits(pb_backbone *backbone, int32_t sample_bits);

/** What an image costs: billions of floating-point operations in the convolutions and matrix products of an open checkpoint, at
 *  its input size, in all tiles and up to its layer; a convolution counts in full where fewer multiplications do, too. 0 for the built-in backbone, which takes a few milliseconds. */
PB_API double pb_backbone_gflop(const pb_backbone *backbone);

/** "fast" (below 10 GFLOP an image: parts of a second on one core), "medium" (below 100: about a second) or "slow". */
PB_API const char *pb_backbone_speed_class(double gflop);

/** The image score this backbone is at its best with, a name that pb_image_score_parse() knows: its kind's, and "top8" for any at a
 *  resolution with more than 4096 patches. */
PB_API const char *pb_backbone_default_image_score(const pb_backbone *backbone);

/** The same for features whose backbone is not open.
 *  @param backbone the name in their origin; NULL, "" or one that no backbone of this library has: "p95" */
PB_API const char *pb_backbone_image_score_of(const char *backbone);

/** The same by backbone and grid: "top8" for more than 4096 patches, whose share that is defective may be tiny (docs/resolution.md#scores). */
PB_API const char *pb_backbone_image_score_for(const pb_origin *origin);

/** The audit rule that tells best which references do not belong, by features of this backbone (docs/verdicts.md): its kind's, or
 *  PB_AUDIT_RULE_OF_STUDIES.
 *  @param backbone the name in their origin; may be NULL */
PB_API const char *pb_backbone_audit_rule_of(const char *backbone);

/** Are its features the same on every CPU, to the bit? Those of networks follow the instructions that oneDNN chooses.
 *  @param backbone as above; false for NULL, "" and unknown ones, here and below */
PB_API bool pb_backbone_is_same_on_every_cpu(const char *backbone);

/** Has it no weights, so that a copy is open at once and an image a matter of milliseconds at its own input size? */
PB_API bool pb_backbone_is_light(const char *backbone);

/** What to know before relying on it, in sentences; "" where there is nothing in particular. @param backbone as above */
PB_API const char *pb_backbone_note(const char *backbone);

/** Features of a batch of decoded images. Features of an image depend neither on the batch nor on the number
 * of threads, to the bit.
 *  @param images n images of any size
 *  @param out    n x P x D */
PB_API pb_status pb_backbone_extract(pb_backbone *backbone, const pb_image *images, int64_t n, float *out);

/** Reads and extracts files, images in parallel, one decoded image per thread in memory at a time.
 *  @param paths n file names
 *  @param out   features of n images, in the order of `paths`; free with pb_features_free() */
PB_API pb_status pb_backbone_extract_files(pb_backbone *backbone, const char *const *paths, int64_t n,
                                           const pb_progress *progress, pb_features **out);

/** Sees image i as it was decoded. May be called from several threads, in any order, once for each image. */
typedef pb_status (*pb_image_visit)(void *context, int64_t i, const pb_image *image);

/** The same as pb_backbone_extract_files(), for who has something to measure in the photos: they are decoded once for both.
 *  @param visit   NULL, or called for each image before its features are computed; what it returns but PB_STATUS_OK ends the
 *                 extraction
 *  @param context of `visit` */
PB_API pb_status pb_backbone_extract_visited(pb_backbone *backbone, const char *const *paths, int64_t n,
                                             const pb_progress *progress, pb_image_visit visit, void *context,
                                             pb_features **out);

/** The same with copies of each photo (augment.h), for references: one decoded photo and one copy per thread in memory at a time.
 *  `progress` counts copies as images; `visit` sees photos, each once.
 *  @param augment NULL or all zero: none
 *  @param out     features of n images with all their variants (pb_features_augment())
 *  @return as pb_augment_check(), too */
PB_API pb_status pb_backbone_extract_augmented(pb_backbone *backbone, const pb_augment *augment,
                                               const char *const *paths, int64_t n, const pb_progress *progress,
                                               pb_image_visit visit, void *context, pb_features **out);

/** The same for n >= 1 decoded images of any size. */
PB_API pb_status pb_backbone_extract_augmented_images(pb_backbone *backbone, const pb_augment *augment,
                                                      const pb_image *images, int64_t n, pb_features **out);

/** Accepts NULL. */
PB_API void pb_backbone_close(pb_backbone *backbone);

PB_END_DECLS

#endif
