/* A part as the station remembers it. */
#ifndef PB_STATION_PART_H
#define PB_STATION_PART_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/bank.h>

#include "station/config.h"

enum { STATION_ID_BYTES = 65, STATION_FILE_BYTES = 64, STATION_REASON_BYTES = 200 };
/* What people write is limited by characters, of up to 4 bytes each: names, lines and lots, and reasons for what they do. */
enum { STATION_TEXT_CHARACTERS = 200, STATION_TEXT_BYTES = 4 * STATION_TEXT_CHARACTERS + 1 };
enum { STATION_WHY_CHARACTERS = 500, STATION_WHY_BYTES = 4 * STATION_WHY_CHARACTERS + 1 };

typedef enum station_label {
    STATION_LABEL_NONE,
    STATION_LABEL_GOOD,
    STATION_LABEL_DEFECT,
    STATION_LABEL_UNUSABLE
} station_label;

/* "ok", "ng", "unusable". */
const char *station_verdict_name(pb_verdict verdict);
/* -1: none of that name. */
int station_verdict_of(const char *name);
/* "good", "defect", "unusable"; "" for none. */
const char *station_label_name(station_label label);
int station_label_of(const char *name);
/* A letter or a digit, then up to 63 of these, ".", "_", ":" or "-". */
bool station_id_is_valid(const char *id);

/* In the order of their names below. */
enum { STATION_WAIT, STATION_DECODE, STATION_FEATURES, STATION_SCORE, STATION_STORE, STATION_TOTAL, STATION_N_STEPS };
const char *station_step_name(int step);

typedef struct station_part {
    int64_t seq; /* grows by one; 0: not stored yet */
    char id[STATION_ID_BYTES], product[STATION_NAME_BYTES];
    char line[STATION_TEXT_BYTES], lot[STATION_TEXT_BYTES], name[STATION_TEXT_BYTES]; /* UTF-8 */
    int64_t time_ms;                                                                  /* when it was judged */
    pb_verdict verdict;
    double score, threshold;
    char reason[2][STATION_REASON_BYTES]; /* "" behind the last */
    int64_t bank;                         /* version that judged it */
    int32_t width, height;
    char type[16];                 /* "image/png" */
    char sha256[65];               /* of the photo */
    char file[STATION_FILE_BYTES]; /* of the photo, below photos/ */
    int64_t bytes;                 /* of the photo */
    double ms[STATION_N_STEPS];
    station_label label;
    char reviewed_by[STATION_TEXT_BYTES];
    int64_t reviewed_ms;
} station_part;

/* Patch scores for heatmaps, on the scale of colours of the bank that judged: 0..255. */
typedef struct station_map {
    int32_t rows, columns;
    pb_rect view;   /* of the photo */
    uint8_t *level; /* rows x columns; with a region of interest, behind them as many bytes that are 1 inside */
    bool has_region;
} station_map;

#endif
