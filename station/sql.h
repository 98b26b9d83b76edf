/* SQLite, with our errors. */
#ifndef PB_STATION_SQL_H
#define PB_STATION_SQL_H

#include <pthread.h>
#include <sqlite3.h>

#include "station/store.h"

enum { STATION_MAX_STATEMENTS = 48 };

struct station_db {
    sqlite3 *handle;
    pthread_mutex_t lock; /* of this connection: one statement at a time */
    struct {
        const char *sql; /* a literal: compared by address */
        sqlite3_stmt *statement;
    } prepared[STATION_MAX_STATEMENTS];
    int n_prepared;
};

/* A statement that is prepared once. Reset it with sqlite3_reset() when done. @param sql a literal */
pb_status station_sql(station_db *db, const char *sql, sqlite3_stmt **out);
pb_status station_sql_fail(station_db *db, int code, const char *doing);
/* Runs a statement without rows, and resets it. */
pb_status station_sql_run(station_db *db, sqlite3_stmt *statement, const char *doing);
/* *row: is there one more? At the end the statement is reset. */
pb_status station_sql_next(station_db *db, sqlite3_stmt *statement, const char *doing, bool *row);
void station_sql_text(sqlite3_stmt *statement, int column, const char *text);
void station_sql_copy(sqlite3_stmt *statement, int column, char *out, size_t size);

/* The columns of a part, in this order. */
#define STATION_PART_COLUMNS                                                                                           \
    "seq, id, product, line, lot, name, time, verdict, score, threshold, reason1, reason2, bank, width, height, "      \
    "type, sha256, file, bytes, wait, decode, features, scoring, store, total, label, reviewed_by, reviewed"
void station_sql_part(sqlite3_stmt *statement, station_part *out);

#endif
