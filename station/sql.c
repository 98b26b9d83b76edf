#include "station/sql.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { SCHEMA = 1, BUSY_MS = 5000 };

/* seq orders parts, so that a clock that is set back changes nothing. AUTOINCREMENT: a number is never given twice. */
static const char schema[] =
    "CREATE TABLE parts (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, product TEXT NOT NULL, line "
    "TEXT NOT "
    "NULL, lot TEXT NOT NULL, name TEXT NOT NULL, time INTEGER NOT NULL, verdict INTEGER NOT NULL, score REAL, "
    "threshold REAL "
    "NOT NULL, reason1 TEXT NOT NULL, reason2 TEXT NOT NULL, bank INTEGER NOT NULL, width INTEGER NOT NULL, height "
    "INTEGER NOT "
    "NULL, type TEXT NOT NULL, sha256 TEXT NOT NULL, file TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, wait REAL, "
    "decode REAL, features "
    "REAL, scoring REAL, store REAL, total REAL, label INTEGER NOT NULL DEFAULT 0, reviewed_by TEXT NOT NULL DEFAULT "
    "'', "
    "reviewed INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX parts_product ON parts (product, seq);"
    "CREATE INDEX parts_time ON parts (time);"
    "CREATE INDEX parts_open ON parts (product, verdict, seq) WHERE label = 0;"
    "CREATE INDEX parts_labelled ON parts (product, label, seq) WHERE label > 0;"
    "CREATE TABLE maps (seq INTEGER PRIMARY KEY, n_rows INTEGER NOT NULL, n_columns INTEGER NOT NULL, view_left "
    "INTEGER NOT NULL, "
    "view_top INTEGER NOT NULL, view_width INTEGER NOT NULL, view_height INTEGER NOT NULL, levels BLOB NOT NULL);"
    "CREATE TABLE reviews (n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, label INTEGER NOT NULL, by TEXT NOT NULL, time "
    "INTEGER "
    "NOT NULL);"
    "CREATE TABLE versions (product TEXT NOT NULL, version INTEGER NOT NULL, parent INTEGER NOT NULL, time INTEGER NOT "
    "NULL, "
    "author TEXT NOT NULL, reason TEXT NOT NULL, action TEXT NOT NULL, change TEXT NOT NULL, evidence TEXT NOT NULL, "
    "n_references INTEGER NOT NULL, n_rows INTEGER NOT NULL, threshold REAL NOT NULL, rate REAL NOT NULL, method TEXT "
    "NOT NULL, n INTEGER NOT "
    "NULL, guaranteed REAL NOT NULL, bound REAL, sha256 TEXT NOT NULL, PRIMARY KEY (product, version));"
    "CREATE TABLE activations (n INTEGER PRIMARY KEY, product TEXT NOT NULL, version INTEGER NOT NULL, time INTEGER "
    "NOT NULL, by "
    "TEXT NOT NULL, reason TEXT NOT NULL);"
    "CREATE INDEX activations_product ON activations (product, n);"
    "PRAGMA user_version = 1;";

pb_status station_sql_fail(station_db *db, int code, const char *doing)
{
    const int primary = code & 0xff;
    const pb_status status = primary == SQLITE_NOMEM                                 ? PB_STATUS_NO_MEMORY
                             : primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? PB_STATUS_BAD_FORMAT
                                                                                     : PB_STATUS_OUTPUT;
    return pb_fail(status, "station.db: cannot %s: %s", doing,
                   db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
}

pb_status station_sql(station_db *db, const char *sql, sqlite3_stmt **out)
{
    for (int i = 0; i < db->n_prepared; i++)
        if (db->prepared[i].sql == sql) {
            *out = db->prepared[i].statement;
            sqlite3_reset(*out);
            sqlite3_clear_bindings(*out);
            return PB_STATUS_OK;
        }
    PB_ASSERT(db->n_prepared < STATION_MAX_STATEMENTS);
    const int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (code != SQLITE_OK)
        return station_sql_fail(db, code, "prepare a statement");
    db->prepared[db->n_prepared].sql = sql;
    db->prepared[db->n_prepared++].statement = *out;
    return PB_STATUS_OK;
}

pb_status station_sql_run(station_db *db, sqlite3_stmt *statement, const char *doing)
{
    const int code = sqlite3_step(statement);
    const pb_status status =
        code == SQLITE_DONE || code == SQLITE_ROW ? PB_STATUS_OK : station_sql_fail(db, code, doing);
    sqlite3_reset(statement);
    return status;
}

pb_status station_sql_next(station_db *db, sqlite3_stmt *statement, const char *doing, bool *row)
{
    const int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (*row)
        return PB_STATUS_OK;
    const pb_status status = code == SQLITE_DONE ? PB_STATUS_OK : station_sql_fail(db, code, doing);
    sqlite3_reset(statement);
    return status;
}

void station_sql_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_TRANSIENT);
}

void station_sql_copy(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text ? text : "");
}

static pb_status execute(station_db *db, const char *sql, const char *doing)
{
    const int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? PB_STATUS_OK : station_sql_fail(db, code, doing);
}

pb_status station_sql_number(station_db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement;
    bool row;
    PB_TRY(station_sql(db, sql, &statement));
    PB_TRY(station_sql_next(db, statement, "read", &row));
    *out = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

static pb_status make_schema(station_db *db, const char *path)
{
    int64_t version;
    PB_TRY(execute(db, "PRAGMA journal_mode = WAL", "set the journal mode"));
    PB_TRY(execute(db, "BEGIN IMMEDIATE", "begin"));
    pb_status status = station_sql_number(db, "PRAGMA user_version", &version);
    if (status == PB_STATUS_OK && version == 0)
        status = execute(db, schema, "make its tables");
    if (status == PB_STATUS_OK && version > SCHEMA)
        status = pb_fail(PB_STATUS_UNSUPPORTED, "%s is of a later version of purebank (schema %d; this one knows %d)",
                         path, (int)version, SCHEMA);
    if (status == PB_STATUS_OK)
        return execute(db, "COMMIT", "commit");
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static pb_status open_database(station_db *db, const char *path, bool writes)
{
    const int flags =
        SQLITE_OPEN_NOMUTEX | (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
    const int code = sqlite3_open_v2(path, &db->handle, flags, NULL);
    if (code != SQLITE_OK)
        return station_sql_fail(db, code, "be opened");
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    PB_TRY(
        execute(db, "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096;", "be set up"));
    if (writes)
        return make_schema(db, path);
    return execute(db, "PRAGMA query_only = ON", "be set up");
}

pb_status station_db_open(const char *path, bool writes, station_db **out)
{
    station_db *db;
    PB_TRY(PB_NEW(db, 1));
    pthread_mutex_init(&db->lock, NULL);
    const pb_status status = open_database(db, path, writes);
    if (status != PB_STATUS_OK) {
        station_db_close(db);
        return status;
    }
    *out = db;
    return PB_STATUS_OK;
}

void station_db_close(station_db *db)
{
    if (!db)
        return;
    for (int i = 0; i < db->n_prepared; i++)
        sqlite3_finalize(db->prepared[i].statement);
    sqlite3_close(db->handle);
    pthread_mutex_destroy(&db->lock);
    pb_free(db);
}

pb_status station_db_check(station_db *db)
{
    sqlite3_stmt *statement;
    bool row;
    char said[200];
    PB_TRY(station_sql(db, "PRAGMA quick_check(1)", &statement));
    PB_TRY(station_sql_next(db, statement, "be checked", &row));
    station_sql_copy(statement, 0, said, sizeof said);
    sqlite3_reset(statement);
    return strcmp(said, "ok") == 0 ? PB_STATUS_OK : pb_fail(PB_STATUS_BAD_FORMAT, "station.db is damaged: %s", said);
}

pb_status station_db_begin(station_db *db)
{
    pthread_mutex_lock(&db->lock);
    const pb_status status = execute(db, "BEGIN IMMEDIATE", "begin");
    if (status != PB_STATUS_OK)
        pthread_mutex_unlock(&db->lock);
    return status;
}

pb_status station_db_commit(station_db *db)
{
    PB_TRY(execute(db, "COMMIT", "commit"));
    pthread_mutex_unlock(&db->lock);
    return PB_STATUS_OK;
}

void station_db_rollback(station_db *db)
{
    pb_error error;
    pb_error_save(&error);
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    pb_error_restore(&error);
    pthread_mutex_unlock(&db->lock);
}

pb_status station_db_end(station_db *db, pb_status status)
{
    if (status == PB_STATUS_OK)
        status = station_db_commit(db);
    if (status != PB_STATUS_OK)
        station_db_rollback(db);
    return status;
}

pb_status station_db_rehearse(station_db *db)
{
    _Static_assert(SCHEMA == 1, "the version that is written");
    return execute(db, "PRAGMA user_version = 1", "write");
}
