/* What scoring does not need, but a change of the bank does. */
#ifndef PB_BANK_LEFT_OUT_H
#define PB_BANK_LEFT_OUT_H

#include "bank/bank.h"
#include "base/error.h"

/* Takes over what a fit leaves out of the bank: patches (but of a coreset), those that a person excluded, photos. @param keep n_images x
 * n_patches */
pb_status pb_left_out_copy(const pb_features *features, const pb_bank_options *options, const uint8_t *keep,
                           pb_bank *bank);

/* ---- in the bank's file ------------------------------------------------------------------------------------------- */

enum { PB_LEFT_OUT_TENSORS = 4 };

/* Tensors to write, borrowed from the bank; *photos is to be freed after that. @param tensors room for PB_LEFT_OUT_TENSORS
 * @param hex their digest; "" where there are none */
pb_status pb_left_out_to_tensors(const pb_bank *bank, pb_tensor *tensors, int64_t *out_n, double **photos,
                                 char hex[65]);

/* Reads them into a bank whose description, rows and file are there already. Banks of purebank 0.1 have none. */
pb_status pb_left_out_from_file(const pb_safetensors *file, const char *name, pb_bank *bank);

#define PB_LEFT_OUT_DIGEST "spare_sha256" /* key of the digest in the file's metadata */

#endif
