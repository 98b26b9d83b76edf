/* Do the scores of good parts wander? Not one part is meant, but a shift of all: a lamp that ages, a tool that wears. */
#ifndef PB_STATION_DRIFT_H
#define PB_STATION_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

/* Self-starting CUSUM (Hawkins 1987, "Self-starting CUSUM charts for location and scale", The Statistician 36, 299-315) of log scores: part
 * n is compared with the mean and deviation of the n - 1 before it, the difference becomes a normal value by the t distribution, and
 * two sums add up what lies above and below. No constants of the station need to be known, and a station whose log scores are normal
 * and independent raises a false alarm once in STATION_DRIFT_PARTS parts on average (Siegmund 1985, Sequential Analysis, 2.6).
 * After an alarm the mean learns no more, so that the alarm stays as long as the shift does. */
typedef struct station_drift {
    int64_t n; /* learned from */
    double mean, squares, up, down;
    int64_t risen_up_ms, risen_down_ms; /* when the sums last left 0 */
    bool drifting;
    int64_t since_ms; /* of the drift */
} station_drift;

/* Shifts of one deviation are what it finds fastest; smaller parts of it add nothing. */
#define STATION_DRIFT_SLACK 0.5
#define STATION_DRIFT_LIMIT 8.0
enum { STATION_DRIFT_WARM_UP = 30 }; /* parts that are only learned from */
/* Parts between two false alarms on average, by Siegmund's formula for both sides. */
double station_drift_run_length(double limit);

void station_drift_add(station_drift *drift, double score, int64_t time_ms);
/* The larger of the sums: drifting above STATION_DRIFT_LIMIT. */
double station_drift_statistic(const station_drift *drift);

#endif
