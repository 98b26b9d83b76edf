/* What the last trials of changes found out: who has seen it and makes the very change need not wait for it again. */
#ifndef PB_STATION_TRIALS_H
#define PB_STATION_TRIALS_H

#include <stdbool.h>

#include <jansson.h>

#include "base/error.h"

/* Sentences for the version's evidence; "" where there is none. */
typedef struct station_trial {
    char sentence[2][512];
} station_trial;

/* A digest of the product and of all that a change asks for, but for who and why. */
pb_status station_trial_key(const char *product, const json_t *change, char key[65]);
void station_trial_keep(const char *key, const station_trial *trial);
/* false: not known, or forgotten since */
bool station_trial_find(const char *key, station_trial *out);

#endif
