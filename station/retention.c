#include "station/retention.h"

#include <math.h>

#include "station/clock.h"

enum { AT_A_TIME = 200 };

static pb_status delete_parts(station *self, const station_old *parts, int64_t n)
{
    PB_TRY(station_db_delete(self->writer, parts, n));
    for (int64_t i = 0; i < n; i++)
        station_photos_remove(self->photos, parts[i].file);
    atomic_fetch_add(&self->metrics.deleted_parts, n);
    return PB_STATUS_OK;
}

/* The writer's connection is shared: a look through it is a transaction, too. */
static pb_status find_old(station *self, int64_t before_ms, station_old *out, int64_t *out_n)
{
    PB_TRY(station_db_begin(self->writer));
    return station_db_end(self->writer, station_db_oldest(self->writer, before_ms, AT_A_TIME, out, out_n));
}

static pb_status find_usage(station *self, station_usage *out)
{
    PB_TRY(station_db_begin(self->writer));
    return station_db_end(self->writer, station_db_usage(self->writer, out));
}

static pb_status retain_days(station *self, int64_t *out_n)
{
    const int64_t before = station_now_ms() - (int64_t)llround(self->config.keep_days * 86400e3);
    station_old old[AT_A_TIME];
    int64_t n;
    do {
        PB_TRY(find_old(self, before, old, &n));
        if (n > 0)
            PB_TRY(delete_parts(self, old, n));
        *out_n += n;
    } while (n == AT_A_TIME);
    return PB_STATUS_OK;
}

static pb_status retain_bytes(station *self, int64_t *out_n)
{
    station_usage usage;
    station_old old[AT_A_TIME];
    int64_t n, gone;
    PB_TRY(find_usage(self, &usage));
    double over = (double)usage.bytes - self->config.keep_gigabytes * 1e9;
    while (over > 0) {
        PB_TRY(find_old(self, 0, old, &n));
        for (gone = 0; gone < n && over > 0; gone++)
            over -= (double)old[gone].bytes;
        if (gone == 0)
            break;
        PB_TRY(delete_parts(self, old, gone));
        *out_n += gone;
    }
    return PB_STATUS_OK;
}

pb_status station_retain(station *self, int64_t *out_n)
{
    *out_n = 0;
    if (self->config.keep_days > 0)
        PB_TRY(retain_days(self, out_n));
    if (self->config.keep_gigabytes > 0)
        PB_TRY(retain_bytes(self, out_n));
    return PB_STATUS_OK;
}
