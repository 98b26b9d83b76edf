/* A part as a row of station.db. */
#ifndef PB_STATION_PART_ROW_H
#define PB_STATION_PART_ROW_H

#include "station/part.h"
#include "station/sql.h"

/* The columns of a part, in this order. */
#define STATION_PART_COLUMNS                                                                                           \
    "seq, id, product, line, lot, name, time, verdict, score, threshold, reason1, reason2, bank, width, height, "      \
    "type, sha256, file, bytes, wait, decode, features, scoring, store, total, label, reviewed_by, reviewed"
void station_sql_part(sqlite3_stmt *statement, station_part *out);

#endif
