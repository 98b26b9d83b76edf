/* station.db as a connection: SQLite, with our errors. */
#ifndef PB_STATION_SQL_H
#define PB_STATION_SQL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/error.h"

enum { STATION_MAX_STATEMENTS = 48 };

typedef struct station_db {
    sqlite3 *handle;
    pthread_mutex_t lock; /* of this connection: one statement at a time */
    struct {
        const char *sql; /* a literal: compared by address */
        sqlite3_stmt *statement;
    } prepared[STATION_MAX_STATEMENTS];
    int n_prepared;
} station_db;

/* Opens station.db for one thread at a time. The first one, for writing, makes what is missing and brings an older schema up to date.
 * Write-ahead log, synchronous=FULL: what is committed survives a power cut.
 * @return PB_STATUS_UNSUPPORTED for the schema of a later version */
pb_status station_db_open(const char *path, bool writes, station_db **out);
void station_db_close(station_db *db);
/* PRAGMA quick_check. */
pb_status station_db_check(station_db *db);

/* A batch of parts becomes one transaction: begin, insert each, commit. Between a begin that succeeded and its commit that did, or
 * its rollback, other threads wait. */
pb_status station_db_begin(station_db *db);
pb_status station_db_commit(station_db *db);
void station_db_rollback(station_db *db);
/* Commits where `status` is PB_STATUS_OK and all goes well, else rolls back; returns what came of it. */
pb_status station_db_end(station_db *db, pb_status status);
/* Between begin and end: writes what is there already. */
pb_status station_db_rehearse(station_db *db);

/* A statement that is prepared once. Reset it with sqlite3_reset() when done. @param sql a literal */
pb_status station_sql(station_db *db, const char *sql, sqlite3_stmt **out);
pb_status station_sql_fail(station_db *db, int code, const char *doing);
/* Runs a statement without rows, and resets it. */
pb_status station_sql_run(station_db *db, sqlite3_stmt *statement, const char *doing);
/* *row: is there one more? At the end the statement is reset. */
pb_status station_sql_next(station_db *db, sqlite3_stmt *statement, const char *doing, bool *row);
/* The number that a statement gives; 0 where it gives none. */
pb_status station_sql_number(station_db *db, const char *sql, int64_t *out);
void station_sql_text(sqlite3_stmt *statement, int column, const char *text);
void station_sql_copy(sqlite3_stmt *statement, int column, char *out, size_t size);

#endif
