/* Versions of banks, which of them judges, and what people say of parts. */
#include "station/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "station/part_row.h"

/* ---- reviews ------------------------------------------------------------------------------------------------------ */

static pb_status write_review(station_db *db, const char *id, station_label label, const char *by, int64_t now_ms,
                              bool *found)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "UPDATE parts SET label = ?2, reviewed_by = ?3, reviewed = ?4 WHERE id = ?1", &statement));
    station_sql_text(statement, 1, id);
    sqlite3_bind_int(statement, 2, (int)label);
    station_sql_text(statement, 3, label ? by : "");
    sqlite3_bind_int64(statement, 4, label ? now_ms : 0);
    PB_TRY(station_sql_run(db, statement, "store a review"));
    *found = sqlite3_changes(db->handle) > 0;
    if (!*found)
        return PB_STATUS_OK;
    PB_TRY(station_sql(db, "INSERT INTO reviews (seq, label, by, time) SELECT seq, ?2, ?3, ?4 FROM parts WHERE id = ?1",
                       &statement));
    station_sql_text(statement, 1, id);
    sqlite3_bind_int(statement, 2, (int)label);
    station_sql_text(statement, 3, by);
    sqlite3_bind_int64(statement, 4, now_ms);
    return station_sql_run(db, statement, "store a review");
}

pb_status station_db_review(station_db *db, const char *id, station_label label, const char *by, int64_t now_ms,
                            bool *found)
{
    PB_TRY(station_db_begin(db));
    return station_db_end(db, write_review(db, id, label, by, now_ms, found));
}

/* The draw goes by the part's number, so that a part stays in the queue or out of it. */
#define NEAR "verdict = 0 AND score >= 0.9 * threshold"
#define DRAWN "verdict = 0 AND (seq * 2654435761 % 1000003) < ?2 * 1000003"
#define OPEN "FROM parts WHERE label = 0 AND (?1 = '' OR product = ?1) AND (verdict > 0 OR (" NEAR ") OR (" DRAWN "))"

static pb_status count_open(station_db *db, const char *product, double share, int64_t *out)
{
    sqlite3_stmt *statement;
    bool row;
    PB_TRY(station_sql(db, "SELECT count(*) " OPEN, &statement));
    station_sql_text(statement, 1, product);
    sqlite3_bind_double(statement, 2, share);
    PB_TRY(station_sql_next(db, statement, "count what waits for review", &row));
    *out = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

pb_status station_db_queue(station_db *db, const char *product, double share, int64_t limit, station_queue_visit visit,
                           void *context, int64_t *out_left)
{
    sqlite3_stmt *statement;
    bool row;
    PB_TRY(count_open(db, product, share, out_left));
    PB_TRY(station_sql(db,
                       "SELECT " STATION_PART_COLUMNS
                       ", CASE WHEN verdict = 1 THEN 0 WHEN verdict = 2 THEN 2 WHEN " NEAR
                       " THEN 1 ELSE 3 END AS why " OPEN " ORDER BY why, seq DESC LIMIT ?3",
                       &statement));
    station_sql_text(statement, 1, product);
    sqlite3_bind_double(statement, 2, share);
    sqlite3_bind_int64(statement, 3, limit);
    pb_status status = station_sql_next(db, statement, "list what waits for review", &row);
    while (status == PB_STATUS_OK && row) {
        station_part part;
        station_sql_part(statement, &part);
        status = visit(context, &part, (station_why)sqlite3_column_int(statement, 28));
        if (status == PB_STATUS_OK)
            status = station_sql_next(db, statement, "list what waits for review", &row);
    }
    sqlite3_reset(statement);
    return status;
}

pb_status station_db_count_reviewed(station_db *db, const char *product, int64_t out[3])
{
    sqlite3_stmt *statement;
    bool row;
    out[0] = out[1] = out[2] = 0;
    PB_TRY(station_sql(db, "SELECT label, count(*) FROM parts WHERE product = ? AND label > 0 GROUP BY label",
                       &statement));
    station_sql_text(statement, 1, product);
    PB_TRY(station_sql_next(db, statement, "count reviews", &row));
    while (row) {
        const int label = sqlite3_column_int(statement, 0);
        if (label <= 3)
            out[label - 1] = sqlite3_column_int64(statement, 1);
        PB_TRY(station_sql_next(db, statement, "count reviews", &row));
    }
    return PB_STATUS_OK;
}

/* ---- versions ----------------------------------------------------------------------------------------------------- */

void station_version_free(station_version *version)
{
    pb_free(version->evidence);
    version->evidence = NULL;
}

static pb_status insert_activation(station_db *db, const char *product, int64_t version, int64_t now_ms, const char *by,
                                   const char *reason)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "INSERT INTO activations (product, version, time, by, reason) VALUES (?, ?, ?, ?, ?)",
                       &statement));
    station_sql_text(statement, 1, product);
    sqlite3_bind_int64(statement, 2, version);
    sqlite3_bind_int64(statement, 3, now_ms);
    station_sql_text(statement, 4, by);
    station_sql_text(statement, 5, reason);
    return station_sql_run(db, statement, "activate a bank");
}

static pb_status insert_version(station_db *db, const station_version *version)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       &statement));
    station_sql_text(statement, 1, version->product);
    sqlite3_bind_int64(statement, 2, version->version);
    sqlite3_bind_int64(statement, 3, version->parent);
    sqlite3_bind_int64(statement, 4, version->time_ms);
    station_sql_text(statement, 5, version->author);
    station_sql_text(statement, 6, version->reason);
    station_sql_text(statement, 7, version->action);
    station_sql_text(statement, 8, version->change);
    station_sql_text(statement, 9, version->evidence ? version->evidence : "[]");
    sqlite3_bind_int64(statement, 10, version->n_references);
    sqlite3_bind_int64(statement, 11, version->n_rows);
    sqlite3_bind_double(statement, 12, version->threshold.value);
    sqlite3_bind_double(statement, 13, version->threshold.false_alarm_rate);
    station_sql_text(statement, 14, pb_threshold_method_name(version->threshold.method));
    sqlite3_bind_int64(statement, 15, version->threshold.n);
    sqlite3_bind_double(statement, 16, version->threshold.guaranteed_rate);
    if (!isnan(version->bound))
        sqlite3_bind_double(statement, 17, version->bound);
    station_sql_text(statement, 18, version->sha256);
    return station_sql_run(db, statement, "store a version of a bank");
}

pb_status station_db_add_version(station_db *db, const station_version *version)
{
    PB_TRY(station_db_begin(db));
    pb_status status = insert_version(db, version);
    if (status == PB_STATUS_OK)
        status = insert_activation(db, version->product, version->version, version->time_ms, version->author,
                                   version->reason);
    return station_db_end(db, status);
}

pb_status station_db_activate(station_db *db, const char *product, int64_t version, int64_t now_ms, const char *by,
                              const char *reason)
{
    PB_TRY(station_db_begin(db));
    return station_db_end(db, insert_activation(db, product, version, now_ms, by, reason));
}

static pb_status read_number(station_db *db, sqlite3_stmt *statement, const char *product, int64_t *out)
{
    bool row;
    station_sql_text(statement, 1, product);
    PB_TRY(station_sql_next(db, statement, "read versions", &row));
    *out = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

pb_status station_db_active(station_db *db, const char *product, int64_t *out)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "SELECT version FROM activations WHERE product = ? ORDER BY n DESC LIMIT 1", &statement));
    return read_number(db, statement, product, out);
}

pb_status station_db_active_since(station_db *db, const char *product, int64_t *out_ms)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "SELECT time FROM activations WHERE product = ? ORDER BY n DESC LIMIT 1", &statement));
    return read_number(db, statement, product, out_ms);
}

pb_status station_db_newest_version(station_db *db, const char *product, int64_t *out)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "SELECT max(version) FROM versions WHERE product = ?", &statement));
    return read_number(db, statement, product, out);
}

static pb_status read_version(sqlite3_stmt *statement, station_version *out)
{
    char method[16];
    *out = (station_version){.version = sqlite3_column_int64(statement, 1),
                             .parent = sqlite3_column_int64(statement, 2),
                             .time_ms = sqlite3_column_int64(statement, 3),
                             .n_references = sqlite3_column_int64(statement, 9),
                             .n_rows = sqlite3_column_int64(statement, 10),
                             .threshold = {.value = sqlite3_column_double(statement, 11),
                                           .false_alarm_rate = sqlite3_column_double(statement, 12),
                                           .n = sqlite3_column_int64(statement, 14),
                                           .guaranteed_rate = sqlite3_column_double(statement, 15)},
                             .bound = sqlite3_column_type(statement, 16) == SQLITE_NULL
                                          ? (double)NAN
                                          : sqlite3_column_double(statement, 16)};
    station_sql_copy(statement, 0, out->product, sizeof out->product);
    station_sql_copy(statement, 4, out->author, sizeof out->author);
    station_sql_copy(statement, 5, out->reason, sizeof out->reason);
    station_sql_copy(statement, 6, out->action, sizeof out->action);
    station_sql_copy(statement, 7, out->change, sizeof out->change);
    station_sql_copy(statement, 13, method, sizeof method);
    out->threshold.method = pb_threshold_method_of(method);
    station_sql_copy(statement, 17, out->sha256, sizeof out->sha256);
    const char *evidence = (const char *)sqlite3_column_text(statement, 8);
    return PB_NEW_STRING(out->evidence, evidence ? evidence : "[]");
}

pb_status station_db_version(station_db *db, const char *product, int64_t version, station_version *out, bool *found)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "SELECT * FROM versions WHERE product = ? AND version = ?", &statement));
    station_sql_text(statement, 1, product);
    sqlite3_bind_int64(statement, 2, version);
    PB_TRY(station_sql_next(db, statement, "read a version", found));
    const pb_status status = *found ? read_version(statement, out) : PB_STATUS_OK;
    sqlite3_reset(statement);
    return status;
}

pb_status station_db_versions(station_db *db, const char *product, station_version_visit visit, void *context)
{
    sqlite3_stmt *statement;
    bool row;
    PB_TRY(station_sql(db, "SELECT * FROM versions WHERE product = ? ORDER BY version DESC", &statement));
    station_sql_text(statement, 1, product);
    pb_status status = station_sql_next(db, statement, "list versions", &row);
    while (status == PB_STATUS_OK && row) {
        station_version version;
        status = read_version(statement, &version);
        if (status == PB_STATUS_OK) {
            status = visit(context, &version);
            station_version_free(&version);
        }
        if (status == PB_STATUS_OK)
            status = station_sql_next(db, statement, "list versions", &row);
    }
    sqlite3_reset(statement);
    return status;
}

static pb_status count_version(void *context, const station_version *version)
{
    (void)version;
    ++*(int64_t *)context;
    return PB_STATUS_OK;
}

bool station_db_has_other_version(station_db *db, const char *product)
{
    int64_t n = 0;
    return station_db_versions(db, product, count_version, &n) == PB_STATUS_OK && n > 1;
}

pb_status station_db_activations(station_db *db, const char *product, station_activation_visit visit, void *context)
{
    sqlite3_stmt *statement;
    bool row;
    char by[STATION_TEXT_BYTES], reason[STATION_WHY_BYTES];
    PB_TRY(station_sql(db,
                       "SELECT version, time, by, reason FROM activations WHERE product = ? ORDER BY n DESC LIMIT 50",
                       &statement));
    station_sql_text(statement, 1, product);
    pb_status status = station_sql_next(db, statement, "list activations", &row);
    while (status == PB_STATUS_OK && row) {
        station_sql_copy(statement, 2, by, sizeof by);
        station_sql_copy(statement, 3, reason, sizeof reason);
        status = visit(context, sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1), by, reason);
        if (status == PB_STATUS_OK)
            status = station_sql_next(db, statement, "list activations", &row);
    }
    sqlite3_reset(statement);
    return status;
}
