/* One photo against a bank: the very numbers of `purebank score`. */
#ifndef PB_STATION_JUDGE_H
#define PB_STATION_JUDGE_H

#include <purebank/guard.h>

#include "station/banks.h"

/* What is known of a photo after its features were computed. */
typedef struct station_look {
    pb_features *features; /* free with pb_features_free() */
    pb_photo photo;
    int32_t width, height;
    int64_t decoded_ns; /* when the photo was decoded */
} station_look;

/* @return as pb_backbone_extract_visited() */
pb_status station_look_at(const station_bank *bank, const char *path, station_look *out);

/* The same of a photo that is, or becomes, a reference: with the copies that the bank has of its references. */
pb_status station_look_at_reference(const station_bank *bank, const char *path, station_look *out);

/* Fills verdict, score, threshold, reasons, size, bank and the times of the steps, by a photo whose digest is part->sha256 already.
 * @param map free its level with pb_free() */
pb_status station_judge(const station_bank *bank, const char *path, station_part *part, station_map *map);

/* The reference of the bank, kept, with this digest, or NULL. A part that is one finds itself in the bank, and its score says nothing. */
const pb_bank_reference *station_find_reference(const pb_bank *bank, const char *sha256);

/* Is it the photo's fault, and not the station's? */
bool station_is_of_the_photo(pb_status status);

#endif
