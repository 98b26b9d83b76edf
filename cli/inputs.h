/* What REFS and IMAGES stand for: image files, or one .npy file of features. */
#ifndef PB_CLI_INPUTS_H
#define PB_CLI_INPUTS_H

#include <stdbool.h>

#include <purebank/purebank.h>

#include "terminal.h"

typedef struct cli_inputs {
    bool from_features;
    pb_paths paths;       /* one name an image: files, or lines of <stem>.paths.txt, or "features.npy[3]" */
    pb_features features; /* filled by cli_inputs_open() for .npy, by cli_inputs_extract() for images */
    char **sha256;        /* paths.n digests; "" where there is no file */
} cli_inputs;

/* By its name. */
bool cli_is_feature_file(const char *path);
/* Lists the inputs; opens features when the single argument is a .npy file. */
pb_status cli_inputs_open(const char *const *arguments, int n_arguments, cli_inputs *out);
/* Computes features of all images with the backbone of the settings; nothing to do for a .npy file. */
pb_status cli_inputs_extract(cli_inputs *inputs, const cli_settings *settings);
/* SHA-256 of every image file; warns about identical references, which hide each other. */
pb_status cli_inputs_hash(cli_inputs *inputs);
void cli_inputs_free(cli_inputs *inputs);

pb_status cli_backbone_open(const cli_settings *settings, pb_backbone **out);

#endif
