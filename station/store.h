/* station.db: parts, reviews, versions of banks. One connection for writing, and one a thread for reading. */
#ifndef PB_STATION_STORE_H
#define PB_STATION_STORE_H

#include "station/part.h"
#include "station/sql.h"

/* ---- parts ---- */

/* Sets part->seq; *taken: the id is there already, and nothing was inserted. */
pb_status station_db_insert(station_db *db, station_part *part, const station_map *map, bool *taken);

/* *found: is there one? */
pb_status station_db_find(station_db *db, const char *id, station_part *out, bool *found);
/* Free map->level with pb_free(). */
pb_status station_db_map(station_db *db, int64_t seq, station_map *out, bool *found);
/* Is this file that of a part? */
pb_status station_db_has_file(station_db *db, const char *file, bool *out);
/* Of the newest part; 0 where there is none. */
pb_status station_db_newest_ms(station_db *db, int64_t *out);

typedef enum station_reviewed {
    STATION_REVIEWED_ANY,
    STATION_REVIEWED_YES,
    STATION_REVIEWED_NO,
    STATION_REVIEWED_GOOD,
    STATION_REVIEWED_DEFECT,
    STATION_REVIEWED_UNUSABLE
} station_reviewed;

/* Which parts; what is not set does not filter. */
typedef struct station_filter {
    char product[STATION_NAME_BYTES];
    unsigned verdicts; /* bits; 0: all */
    station_reviewed reviewed;
    bool has_from, has_to, has_low, has_high, has_line, has_lot;
    int64_t from_ms, to_ms;
    double low, high;
    char line[STATION_TEXT_BYTES], lot[STATION_TEXT_BYTES];
    int64_t before;  /* seq; 0: from the newest on */
    int64_t version; /* of the bank; 0: any */
} station_filter;

typedef pb_status (*station_part_visit)(void *context, const station_part *part);

/* Newest first, at most `limit`; what `visit` returns but PB_STATUS_OK ends it. */
pb_status station_db_list(station_db *db, const station_filter *filter, int64_t limit, station_part_visit visit,
                          void *context);
pb_status station_db_count(station_db *db, const station_filter *filter, int64_t *out);

/* ---- reviews ---- */

/* STATION_LABEL_NONE takes the word back. *found: is there such a part? */
pb_status station_db_review(station_db *db, const char *id, station_label label, const char *by, int64_t now_ms,
                            bool *found);
typedef enum station_why { STATION_WHY_NG, STATION_WHY_NEAR, STATION_WHY_UNUSABLE, STATION_WHY_RANDOM } station_why;
typedef pb_status (*station_queue_visit)(void *context, const station_part *part, station_why why);
/* Unreviewed parts that pay most: NG and unusable, those near the threshold, and a share of OK drawn by their number. */
pb_status station_db_queue(station_db *db, const char *product, double share, int64_t limit, station_queue_visit visit,
                           void *context, int64_t *out_left);
/* By label: good, defect, unusable. */
pb_status station_db_count_reviewed(station_db *db, const char *product, int64_t out[3]);

/* ---- versions of banks ---- */

typedef struct station_version {
    char product[STATION_NAME_BYTES];
    int64_t version, parent; /* parent 0: none */
    int64_t time_ms;
    char author[STATION_TEXT_BYTES], reason[STATION_WHY_BYTES], action[24];
    char change[512];
    char *evidence; /* JSON: a list of sentences; owned */
    int64_t n_references, n_rows;
    pb_threshold threshold;
    double bound; /* NaN: not known */
    char sha256[65];
} station_version;

void station_version_free(station_version *version);
/* Inserts the version, and makes it the active one, in one transaction. */
pb_status station_db_add_version(station_db *db, const station_version *version);
pb_status station_db_activate(station_db *db, const char *product, int64_t version, int64_t now_ms, const char *by,
                              const char *reason);
/* 0: none. */
pb_status station_db_active(station_db *db, const char *product, int64_t *out);
pb_status station_db_newest_version(station_db *db, const char *product, int64_t *out);
pb_status station_db_version(station_db *db, const char *product, int64_t version, station_version *out, bool *found);
typedef pb_status (*station_version_visit)(void *context, const station_version *version);
/* Newest first. */
pb_status station_db_versions(station_db *db, const char *product, station_version_visit visit, void *context);
/* Is there another one beside the one that should judge? False also where the database cannot say. */
bool station_db_has_other_version(station_db *db, const char *product);
typedef pb_status (*station_activation_visit)(void *context, int64_t version, int64_t time_ms, const char *by,
                                              const char *reason);
/* Newest first, 50 at most. */
pb_status station_db_activations(station_db *db, const char *product, station_activation_visit visit, void *context);
/* When the active version became it; 0: never. */
pb_status station_db_active_since(station_db *db, const char *product, int64_t *out_ms);

/* ---- retention ---- */

typedef struct station_usage {
    int64_t parts, bytes;
} station_usage;
pb_status station_db_usage(station_db *db, station_usage *out);
typedef struct station_old {
    int64_t seq, bytes;
    char file[STATION_FILE_BYTES];
} station_old;
/* The next parts that may go: OK and reviewed as good first, then OK, then others that somebody has looked at or that are unusable; each
 * oldest first; never NG that nobody has looked at. @param before_ms only older ones; 0: any @param out room for `limit` */
pb_status station_db_oldest(station_db *db, int64_t before_ms, int64_t limit, station_old *out, int64_t *out_n);
pb_status station_db_delete(station_db *db, const station_old *parts, int64_t n);

/* ---- statistics ---- */

/* Scores of parts judged in [from_ms, to_ms), or all others of a filter, as rows (time, verdict, label, score), oldest first. */
typedef struct station_point {
    int64_t time_ms;
    pb_verdict verdict;
    station_label label;
    double score;
} station_point;
/* The newest `limit` points, in the order in which they came; free *out with pb_free(). */
pb_status station_db_points(station_db *db, const station_filter *filter, int64_t limit, station_point **out,
                            int64_t *out_n);
#endif
