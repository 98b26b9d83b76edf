/* What REFS and IMAGES stand for: image files, one .npy file of features, or the cache of one category. */
#ifndef PB_CLI_INPUTS_H
#define PB_CLI_INPUTS_H

#include <stdbool.h>

#include <purebank/purebank.h>

#include "options.h"
#include "terminal.h"

typedef struct cli_inputs {
    bool from_features;    /* of a .npy file or a cache */
    bool from_cache;       /* then paths name photos that may be there */
    pb_paths paths;        /* one name an image: files, or lines of <stem>.paths.txt, or "features.npy[3]" */
    pb_features *features; /* filled by cli_inputs_open() for features, by cli_inputs_extract() for images */
    pb_cache *cache;       /* NULL where inputs are no cache */
    char (*digests)[65];   /* paths.n; "" where there is no file */
    const char **sha256;   /* the same, as the library takes them */
    pb_roi *roi;           /* filled by cli_inputs_extract(): what the features are cut to; NULL: whole photos */
    pb_augment augment;    /* filled by cli_inputs_extract(): what copies the features are of, too */
    pb_photo *photos;      /* paths.n, filled by cli_inputs_extract(); NULL where there are only features */
} cli_inputs;

/* By its name. */
bool cli_is_feature_file(const char *path);
/* Lists the inputs; opens features when the single argument is a .npy file or the cache of a category, of which `part` says
 * what is meant. Where this process only computes for another, photos are not listed. */
pb_status cli_inputs_open(const char *const *arguments, int n_arguments, pb_cache_part part, cli_inputs *out);
/* The first photo that a cache or the list beside a feature file names and that is not there; NULL when all are. */
const char *cli_inputs_missing_photo(const cli_inputs *inputs);
/* Computes features of all images with the backbone of the settings, and measures the photos for the guard; nothing to do where there are features. */
pb_status cli_inputs_extract(cli_inputs *inputs, const cli_settings *settings);
/* How photos that are to be compared are read (pb_image_sample_bits()); warns where their depths are not of one camera. */
pb_status cli_find_sample_bits(const pb_paths *paths, int32_t *out);
/* SHA-256 of every image file; warns about references that are the same file, or have the same features, and so hide each
 * other. */
pb_status cli_inputs_hash(cli_inputs *inputs);
void cli_inputs_free(cli_inputs *inputs);

/* As the settings ask. @param photo the first one, for resolutions that go by it; NULL: none stands for all */
pb_status cli_backbone_open(const cli_settings *settings, const char *photo, pb_backbone **out);

/* How many of `most` photos to have the features of at once: large grids fill the memory. */
int64_t cli_images_at_a_time(const pb_origin *origin, int64_t most);

#endif
