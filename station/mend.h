/* Changes of a bank that a person asks for: made as a trial first, which says what it would do. */
#ifndef PB_STATION_MEND_H
#define PB_STATION_MEND_H

#include <jansson.h>

#include <purebank/calibrate.h>
#include <purebank/mend.h>

#include "station/judge.h"
#include "station/station.h"

typedef enum station_action {
    STATION_CALIBRATE,
    STATION_ADD_REFERENCE,
    STATION_REMOVE_REFERENCE,
    STATION_REMOVE_PATCHES
} station_action;

/* "calibrate", "add-reference", ... */
const char *station_action_name(station_action action);
/* -1: none of that name. */
int station_action_of(const char *name);

typedef struct station_change {
    station_action action;
    bool has_part;
    station_part part; /* the one to add, or the defect that was missed */
    int64_t reference; /* STATION_REMOVE_REFERENCE: its number in the bank */
    int64_t *rows;     /* STATION_REMOVE_PATCHES: n_rows descriptors of the bank; borrowed */
    int64_t n_rows;
    double rate;         /* STATION_CALIBRATE */
    pb_change_note note; /* who and why; borrowed. Zeroed for a trial */
} station_change;

/* What a change is tried with; borrowed. */
typedef struct station_bench {
    station *station;
    station_db *db;           /* for reading */
    const station_bank *base; /* the bank that judges now */
} station_bench;

/* What the audit says of a reference that is added, among all of them. */
typedef struct station_audit {
    bool known;
    char rule[32], unusable[120]; /* unusable: what is odd about its photo; "" for nothing */
    double score, limit;
    bool flagged;
} station_audit;

/* A changed bank that nobody uses yet. */
typedef struct station_mended {
    pb_bank *bank;
    station_audit audit;
    char change[512]; /* one sentence: what would change */
    json_t *evidence; /* sentences */
} station_mended;

/* Makes the changed bank. Free with station_mended_free(), also after a failure. */
pb_status station_mend(const station_bench *bench, const station_change *change, station_mended *out);
void station_mended_free(station_mended *mended);
/* One more sentence of evidence. */
pb_status station_mended_add(station_mended *mended, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- parts by another bank ---- */

typedef struct station_second {
    double score;
    pb_verdict verdict;
    pb_guard_verdict photo;
} station_second;

/* What a bank of the same origin as `by` says of a part whose photo `by`'s backbone has looked at. */
pb_status station_judge_again(const pb_bank *bank, const station_look *look, station_second *out);

/* Have two versions of a product the same descriptors? Then scores by one are scores by the other. */
pb_status station_same_rows(station_db *db, const char *product, int64_t a, int64_t b, bool *out);

/* ---- evidence (evidence.c) ---- */

/* What a person said of parts, as evidence for the threshold: with their scores by `mended`. Those that came to the station are taken anew
 * from the reviews where `reviews` is set; others, that the bank knew already, stay where they can be scored.
 * @param rate 0: that of the bank before */
pb_status station_evidence_apply(const station_bench *bench, station_mended *mended, bool reviews, bool same_rows,
                                 double rate);

/* ---- what would change (effect.c) ---- */

typedef struct station_changed {
    station_part part;
    station_second before, after;
} station_changed;

enum { STATION_MAX_CHANGED = 100 };

typedef struct station_effect {
    int64_t checked, to_ok, to_ng, to_unusable, n; /* n of changed are kept */
    int64_t late;                                  /* parts that the time did not suffice for */
    bool has_part;
    station_changed part; /* of the change */
    station_changed changed[STATION_MAX_CHANGED];
} station_effect;

/* Judges the newest parts of the product by the mended bank, for some seconds at most. */
pb_status station_effect_find(const station_bench *bench, const station_change *change, const station_mended *mended,
                              station_effect *out);

#endif
