/* Times: of the calendar for what people read, of a steady clock for what is measured. */
#ifndef PB_STATION_CLOCK_H
#define PB_STATION_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATION_TIME_BYTES = 32 };

/* Milliseconds since 1970, UTC. May be set back. */
int64_t station_now_ms(void);
/* Nanoseconds of a clock that nobody sets. */
int64_t station_steady_ns(void);

/* "2026-11-29T14:41:35.123Z". */
void station_time_text(int64_t ms, char out[STATION_TIME_BYTES]);
/* RFC 3339, seconds with or without a fraction, "Z" or an offset; false where it is not one. */
bool station_time_parse(const char *text, int64_t *out_ms);

#endif
