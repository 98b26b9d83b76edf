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
    char **sha256;         /* paths.n digests; "" where there is no file */
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
/* SHA-256 of every image file; warns about references that are the same file, or have the same features, and so hide each
 * other. */
pb_status cli_inputs_hash(cli_inputs *inputs);
void cli_inputs_free(cli_inputs *inputs);

pb_status cli_backbone_open(const cli_settings *settings, pb_backbone **out);

#endif
