#include "station/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "station/sql.h"

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

static pb_status read_number(station_db *db, const char *sql, int64_t *out)
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
    pb_status status = read_number(db, "PRAGMA user_version", &version);
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

/* ---- parts -------------------------------------------------------------------------------------------------------- */

void station_sql_part(sqlite3_stmt *statement, station_part *out)
{
    *out = (station_part){
        .seq = sqlite3_column_int64(statement, 0),
        .time_ms = sqlite3_column_int64(statement, 6),
        .verdict = (pb_verdict)sqlite3_column_int(statement, 7),
        .score = sqlite3_column_type(statement, 8) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(statement, 8),
        .threshold = sqlite3_column_double(statement, 9),
        .bank = sqlite3_column_int64(statement, 12),
        .width = sqlite3_column_int(statement, 13),
        .height = sqlite3_column_int(statement, 14),
        .bytes = sqlite3_column_int64(statement, 18),
        .label = (station_label)sqlite3_column_int(statement, 25),
        .reviewed_ms = sqlite3_column_int64(statement, 27)};
    station_sql_copy(statement, 1, out->id, sizeof out->id);
    station_sql_copy(statement, 2, out->product, sizeof out->product);
    station_sql_copy(statement, 3, out->line, sizeof out->line);
    station_sql_copy(statement, 4, out->lot, sizeof out->lot);
    station_sql_copy(statement, 5, out->name, sizeof out->name);
    station_sql_copy(statement, 10, out->reason[0], sizeof out->reason[0]);
    station_sql_copy(statement, 11, out->reason[1], sizeof out->reason[1]);
    station_sql_copy(statement, 15, out->type, sizeof out->type);
    station_sql_copy(statement, 16, out->sha256, sizeof out->sha256);
    station_sql_copy(statement, 17, out->file, sizeof out->file);
    for (int i = 0; i < STATION_N_STEPS; i++)
        out->ms[i] = sqlite3_column_double(statement, 19 + i);
    station_sql_copy(statement, 26, out->reviewed_by, sizeof out->reviewed_by);
}

static void bind_part(sqlite3_stmt *statement, const station_part *part)
{
    station_sql_text(statement, 1, part->id);
    station_sql_text(statement, 2, part->product);
    station_sql_text(statement, 3, part->line);
    station_sql_text(statement, 4, part->lot);
    station_sql_text(statement, 5, part->name);
    sqlite3_bind_int64(statement, 6, part->time_ms);
    sqlite3_bind_int(statement, 7, (int)part->verdict);
    if (!isnan(part->score))
        sqlite3_bind_double(statement, 8, part->score);
    sqlite3_bind_double(statement, 9, part->threshold);
    station_sql_text(statement, 10, part->reason[0]);
    station_sql_text(statement, 11, part->reason[1]);
    sqlite3_bind_int64(statement, 12, part->bank);
    sqlite3_bind_int(statement, 13, part->width);
    sqlite3_bind_int(statement, 14, part->height);
    station_sql_text(statement, 15, part->type);
    station_sql_text(statement, 16, part->sha256);
    station_sql_text(statement, 17, part->file);
    sqlite3_bind_int64(statement, 18, part->bytes);
    for (int i = 0; i < STATION_N_STEPS; i++)
        sqlite3_bind_double(statement, 19 + i, part->ms[i]);
}

static pb_status insert_map(station_db *db, int64_t seq, const station_map *map)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "INSERT INTO maps VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &statement));
    sqlite3_bind_int64(statement, 1, seq);
    sqlite3_bind_int(statement, 2, map->rows);
    sqlite3_bind_int(statement, 3, map->columns);
    sqlite3_bind_int(statement, 4, map->view.left);
    sqlite3_bind_int(statement, 5, map->view.top);
    sqlite3_bind_int(statement, 6, map->view.width);
    sqlite3_bind_int(statement, 7, map->view.height);
    sqlite3_bind_blob(statement, 8, map->level, map->rows * map->columns, SQLITE_STATIC);
    return station_sql_run(db, statement, "store a heatmap");
}

pb_status station_db_insert(station_db *db, station_part *part, const station_map *map, bool *taken)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(
        db,
        "INSERT INTO parts (id, product, line, lot, name, time, verdict, score, threshold, reason1, reason2, bank, "
        "width, height, type, sha256, file, bytes, wait, decode, features, scoring, store, total) VALUES (?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        &statement));
    bind_part(statement, part);
    PB_TRY(station_sql_run(db, statement, "store a part"));
    *taken = sqlite3_changes(db->handle) == 0;
    if (*taken)
        return PB_STATUS_OK;
    part->seq = sqlite3_last_insert_rowid(db->handle);
    return map->level ? insert_map(db, part->seq, map) : PB_STATUS_OK;
}

pb_status station_db_find(station_db *db, const char *id, station_part *out, bool *found)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "SELECT " STATION_PART_COLUMNS " FROM parts WHERE id = ?", &statement));
    station_sql_text(statement, 1, id);
    PB_TRY(station_sql_next(db, statement, "read a part", found));
    if (*found)
        station_sql_part(statement, out);
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

pb_status station_db_map(station_db *db, int64_t seq, station_map *out, bool *found)
{
    sqlite3_stmt *statement;
    *out = (station_map){0};
    PB_TRY(station_sql(
        db, "SELECT n_rows, n_columns, view_left, view_top, view_width, view_height, levels FROM maps WHERE seq = ?",
        &statement));
    sqlite3_bind_int64(statement, 1, seq);
    PB_TRY(station_sql_next(db, statement, "read a heatmap", found));
    if (!*found)
        return PB_STATUS_OK;
    *out = (station_map){.rows = sqlite3_column_int(statement, 0),
                         .columns = sqlite3_column_int(statement, 1),
                         .view = {sqlite3_column_int(statement, 2), sqlite3_column_int(statement, 3),
                                  sqlite3_column_int(statement, 4), sqlite3_column_int(statement, 5)}};
    const int64_t size = sqlite3_column_bytes(statement, 6);
    pb_status status = PB_STATUS_OK;
    if (out->rows < 1 || out->columns < 1 || (int64_t)out->rows * out->columns != size)
        status = pb_fail(PB_STATUS_BAD_FORMAT, "station.db: a heatmap of %lld bytes for %d x %d patches",
                         (long long)size, (int)out->rows, (int)out->columns);
    else if (!(out->level = pb_malloc((size_t)size, 1)))
        status = PB_STATUS_NO_MEMORY;
    else
        memcpy(out->level, sqlite3_column_blob(statement, 6), (size_t)size);
    sqlite3_reset(statement);
    return status;
}

pb_status station_db_has_file(station_db *db, const char *file, bool *out)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "SELECT 1 FROM parts WHERE file = ?", &statement));
    station_sql_text(statement, 1, file);
    PB_TRY(station_sql_next(db, statement, "look for a photo", out));
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

pb_status station_db_newest_ms(station_db *db, int64_t *out)
{
    return read_number(db, "SELECT time FROM parts ORDER BY seq DESC LIMIT 1", out);
}
