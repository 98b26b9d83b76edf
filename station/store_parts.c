/* Lists of parts: filters become a statement with bound values. */
#include "station/store.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "station/part_row.h"

enum { SQL_BYTES = 2048, MAX_VALUES = 16 };

typedef struct bound_value {
    enum { VALUE_TEXT, VALUE_WHOLE, VALUE_REAL } kind;
    const char *text;
    int64_t whole;
    double real;
} bound_value;

typedef struct built_sql {
    char text[SQL_BYTES];
    size_t length;
    bound_value value[MAX_VALUES];
    int n;
} built_sql;

static void add(built_sql *sql, const char *text)
{
    sql->length += (size_t)snprintf(sql->text + sql->length, SQL_BYTES - sql->length, "%s", text);
    PB_ASSERT(sql->length < SQL_BYTES);
}

static void add_text(built_sql *sql, const char *condition, const char *value)
{
    add(sql, condition);
    sql->value[sql->n++] = (bound_value){.kind = VALUE_TEXT, .text = value};
}

static void add_whole(built_sql *sql, const char *condition, int64_t value)
{
    add(sql, condition);
    sql->value[sql->n++] = (bound_value){.kind = VALUE_WHOLE, .whole = value};
}

static void add_real(built_sql *sql, const char *condition, double value)
{
    add(sql, condition);
    sql->value[sql->n++] = (bound_value){.kind = VALUE_REAL, .real = value};
}

static void add_review(built_sql *sql, station_reviewed reviewed)
{
    static const char *const conditions[] = {
        [STATION_REVIEWED_ANY] = "",
        [STATION_REVIEWED_YES] = " AND label > 0",
        [STATION_REVIEWED_NO] = " AND label = 0",
        [STATION_REVIEWED_GOOD] = " AND label = 1",
        [STATION_REVIEWED_DEFECT] = " AND label = 2",
        [STATION_REVIEWED_UNUSABLE] = " AND label = 3",
    };
    add(sql, conditions[reviewed]);
}

static void add_filter(built_sql *sql, const station_filter *filter)
{
    add(sql, " WHERE 1");
    if (filter->product[0])
        add_text(sql, " AND product = ?", filter->product);
    if (filter->verdicts) {
        add(sql, " AND verdict IN (");
        for (int verdict = 0, n = 0; verdict < 3; verdict++)
            if (filter->verdicts >> verdict & 1)
                add_whole(sql, n++ ? ", ?" : "?", verdict);
        add(sql, ")");
    }
    add_review(sql, filter->reviewed);
    if (filter->has_from)
        add_whole(sql, " AND time >= ?", filter->from_ms);
    if (filter->has_to)
        add_whole(sql, " AND time < ?", filter->to_ms);
    if (filter->has_low)
        add_real(sql, " AND score >= ?", filter->low);
    if (filter->has_high)
        add_real(sql, " AND score <= ?", filter->high);
    if (filter->has_line)
        add_text(sql, " AND line = ?", filter->line);
    if (filter->has_lot)
        add_text(sql, " AND lot = ?", filter->lot);
    if (filter->version)
        add_whole(sql, " AND bank = ?", filter->version);
    if (filter->before)
        add_whole(sql, " AND seq < ?", filter->before);
}

static pb_status prepare(station_db *db, const built_sql *sql, sqlite3_stmt **out)
{
    const int code = sqlite3_prepare_v2(db->handle, sql->text, -1, out, NULL);
    if (code != SQLITE_OK)
        return station_sql_fail(db, code, "prepare a list");
    for (int i = 0; i < sql->n; i++) {
        const bound_value *value = &sql->value[i];
        if (value->kind == VALUE_TEXT)
            sqlite3_bind_text(*out, i + 1, value->text, -1, SQLITE_TRANSIENT);
        else if (value->kind == VALUE_WHOLE)
            sqlite3_bind_int64(*out, i + 1, value->whole);
        else
            sqlite3_bind_double(*out, i + 1, value->real);
    }
    return PB_STATUS_OK;
}

pb_status station_db_list(station_db *db, const station_filter *filter, int64_t limit, station_part_visit visit,
                          void *context)
{
    built_sql sql = {.length = 0};
    sqlite3_stmt *statement;
    bool row;
    add(&sql, "SELECT " STATION_PART_COLUMNS " FROM parts");
    add_filter(&sql, filter);
    add_whole(&sql, " ORDER BY seq DESC LIMIT ?", limit);
    PB_TRY(prepare(db, &sql, &statement));
    pb_status status = station_sql_next(db, statement, "list parts", &row);
    while (status == PB_STATUS_OK && row) {
        station_part part;
        station_sql_part(statement, &part);
        status = visit(context, &part);
        if (status == PB_STATUS_OK)
            status = station_sql_next(db, statement, "list parts", &row);
    }
    sqlite3_finalize(statement);
    return status;
}

pb_status station_db_count(station_db *db, const station_filter *filter, int64_t *out)
{
    built_sql sql = {.length = 0};
    sqlite3_stmt *statement;
    bool row;
    station_filter all = *filter;
    all.before = 0;
    add(&sql, "SELECT count(*) FROM parts");
    add_filter(&sql, &all);
    PB_TRY(prepare(db, &sql, &statement));
    const pb_status status = station_sql_next(db, statement, "count parts", &row);
    *out = status == PB_STATUS_OK && row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

/* ---- statistics --------------------------------------------------------------------------------------------------- */

static void reverse(station_point *points, int64_t n)
{
    for (int64_t i = 0; i < n / 2; i++) {
        const station_point last = points[n - 1 - i];
        points[n - 1 - i] = points[i];
        points[i] = last;
    }
}

static pb_status read_points(station_db *db, sqlite3_stmt *statement, station_point **out, int64_t *out_n)
{
    int64_t capacity = 0;
    bool row;
    PB_TRY(station_sql_next(db, statement, "read scores", &row));
    while (row) {
        PB_TRY(PB_RESERVE(*out, *out_n + 1, capacity));
        (*out)[(*out_n)++] = (station_point){.time_ms = sqlite3_column_int64(statement, 0),
                                             .verdict = (pb_verdict)sqlite3_column_int(statement, 1),
                                             .label = (station_label)sqlite3_column_int(statement, 2),
                                             .score = sqlite3_column_double(statement, 3)};
        PB_TRY(station_sql_next(db, statement, "read scores", &row));
    }
    return PB_STATUS_OK;
}

pb_status station_db_points(station_db *db, const station_filter *filter, int64_t limit, station_point **out,
                            int64_t *out_n)
{
    built_sql sql = {.length = 0};
    sqlite3_stmt *statement;
    *out = NULL;
    *out_n = 0;
    add(&sql, "SELECT time, verdict, label, score FROM parts");
    add_filter(&sql, filter);
    add_whole(&sql, " ORDER BY seq DESC LIMIT ?", limit);
    PB_TRY(prepare(db, &sql, &statement));
    const pb_status status = read_points(db, statement, out, out_n);
    sqlite3_finalize(statement);
    if (status != PB_STATUS_OK) {
        pb_free(*out);
        *out = NULL;
        *out_n = 0;
        return status;
    }
    reverse(*out, *out_n);
    return PB_STATUS_OK;
}

/* ---- retention ---------------------------------------------------------------------------------------------------- */

pb_status station_db_usage(station_db *db, station_usage *out)
{
    sqlite3_stmt *statement;
    bool row;
    PB_TRY(station_sql(db, "SELECT count(*), coalesce(sum(bytes), 0) FROM parts", &statement));
    PB_TRY(station_sql_next(db, statement, "sum up photos", &row));
    *out = (station_usage){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

pb_status station_db_oldest(station_db *db, int64_t before_ms, int64_t limit, station_old *out, int64_t *out_n)
{
    /* verdict 0: OK, 1: NG; label 0: nobody has looked, 1: good */
    sqlite3_stmt *statement;
    bool row;
    *out_n = 0;
    PB_TRY(station_sql(
        db,
        "SELECT seq, bytes, file FROM parts WHERE (?1 = 0 OR time < ?1) AND NOT (verdict = 1 AND label = 0) "
        "ORDER BY CASE WHEN verdict = 0 AND label = 1 THEN 0 WHEN verdict = 0 AND label = 0 THEN 1 ELSE 2 END, seq "
        "LIMIT ?2",
        &statement));
    sqlite3_bind_int64(statement, 1, before_ms);
    sqlite3_bind_int64(statement, 2, limit);
    PB_TRY(station_sql_next(db, statement, "look for old parts", &row));
    while (row && *out_n < limit) {
        station_old *old = &out[(*out_n)++];
        *old = (station_old){.seq = sqlite3_column_int64(statement, 0), .bytes = sqlite3_column_int64(statement, 1)};
        station_sql_copy(statement, 2, old->file, sizeof old->file);
        PB_TRY(station_sql_next(db, statement, "look for old parts", &row));
    }
    sqlite3_reset(statement);
    return PB_STATUS_OK;
}

static pb_status delete_part(station_db *db, int64_t seq)
{
    sqlite3_stmt *statement;
    PB_TRY(station_sql(db, "DELETE FROM maps WHERE seq = ?", &statement));
    sqlite3_bind_int64(statement, 1, seq);
    PB_TRY(station_sql_run(db, statement, "delete a heatmap"));
    PB_TRY(station_sql(db, "DELETE FROM reviews WHERE seq = ?", &statement));
    sqlite3_bind_int64(statement, 1, seq);
    PB_TRY(station_sql_run(db, statement, "delete reviews"));
    PB_TRY(station_sql(db, "DELETE FROM parts WHERE seq = ?", &statement));
    sqlite3_bind_int64(statement, 1, seq);
    return station_sql_run(db, statement, "delete a part");
}

pb_status station_db_delete(station_db *db, const station_old *parts, int64_t n)
{
    PB_TRY(station_db_begin(db));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        status = delete_part(db, parts[i].seq);
    return station_db_end(db, status);
}
