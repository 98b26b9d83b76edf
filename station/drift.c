#include "station/drift.h"

#include <math.h>

static const double MOST = 3; /* deviations that one part may add: a defect that passed is no drift */

double station_drift_run_length(double limit)
{
    const double k = STATION_DRIFT_SLACK, b = limit + 1.166;
    const double one_side = (exp(2 * k * b) - 2 * k * b - 1) / (2 * k * k);
    return one_side / 2;
}

/* Student's t with `degrees` as a normal value of the same tail (Wallace 1959, Annals of Mathematical Statistics 30, 1124-1130, his
 * second approximation: within .02 from 5 degrees on). */
static double normal_of_t(double t, double degrees)
{
    const double z = (8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log1p(t * t / degrees));
    return t < 0 ? -z : z;
}

/* Welford. */
static void learn(station_drift *drift, double value)
{
    drift->n++;
    const double difference = value - drift->mean;
    drift->mean += difference / (double)drift->n;
    drift->squares += difference * (value - drift->mean);
}

static void add_up(double *sum, int64_t *risen_ms, double step, int64_t time_ms)
{
    if (*sum == 0)
        *risen_ms = time_ms;
    *sum = fmax(0, *sum + step);
}

void station_drift_add(station_drift *drift, double score, int64_t time_ms)
{
    if (!(score > 0))
        return;
    const double value = log(score);
    if (drift->n < STATION_DRIFT_WARM_UP || drift->squares <= 0) {
        learn(drift, value);
        return;
    }
    const double n = (double)drift->n;
    const double deviation = sqrt(drift->squares / (n - 1));
    const double t = sqrt(n / (n + 1)) * (value - drift->mean) / deviation;
    const double z = fmin(fmax(normal_of_t(t, n - 1), -MOST), MOST);
    add_up(&drift->up, &drift->risen_up_ms, z - STATION_DRIFT_SLACK, time_ms);
    add_up(&drift->down, &drift->risen_down_ms, -z - STATION_DRIFT_SLACK, time_ms);
    const bool above = station_drift_statistic(drift) > STATION_DRIFT_LIMIT;
    if (above && !drift->drifting)
        drift->since_ms = drift->up > drift->down ? drift->risen_up_ms : drift->risen_down_ms;
    drift->drifting = above;
    /* The sums do not run away, so that they come back within a few dozen parts when the shift ends. */
    drift->up = fmin(drift->up, 2 * STATION_DRIFT_LIMIT);
    drift->down = fmin(drift->down, 2 * STATION_DRIFT_LIMIT);
    if (!above)
        learn(drift, value);
}

double station_drift_statistic(const station_drift *drift)
{
    return fmax(drift->up, drift->down);
}
