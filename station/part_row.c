#include "station/part_row.h"

#include <math.h>

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
