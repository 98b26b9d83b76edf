#include "station/store.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "station/part_row.h"

/* ---- parts -------------------------------------------------------------------------------------------------------- */

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
    sqlite3_bind_blob(statement, 8, map->level, (map->has_region ? 2 : 1) * map->rows * map->columns, SQLITE_STATIC);
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
    const int64_t size = sqlite3_column_bytes(statement, 6), n = (int64_t)out->rows * out->columns;
    pb_status status = PB_STATUS_OK;
    out->has_region = size == 2 * n;
    if (out->rows < 1 || out->columns < 1 || (size != n && size != 2 * n))
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
    return station_sql_number(db, "SELECT time FROM parts ORDER BY seq DESC LIMIT 1", out);
}
