/* The curve of per-region overlap in one sweep over the distinct scores, highest first (method.md#aupro,
 * method.md#spro). */
#ifndef PB_METRICS_OVERLAP_H
#define PB_METRICS_OVERLAP_H

#include <stdint.h>

enum { PB_N_OVERLAP_LIMITS = 2 };

/* False positive rates up to which the area is taken. */
static const double pb_overlap_limits[PB_N_OVERLAP_LIMITS] = {0.3, 0.05};

typedef struct pb_overlap_curve {
    int64_t n_negatives, n_regions;
    int64_t false_positives;
    double covered; /* sum over the regions of their covered share */
    double area[PB_N_OVERLAP_LIMITS];
} pb_overlap_curve;

/* The next lower score, held by `negatives` pixels outside of all regions and by pixels that are `covered` of their regions, a sum
 * of shares. */
static inline void pb_overlap_step(pb_overlap_curve *curve, double covered, int64_t negatives)
{
    const double before = (double)curve->false_positives / (double)curve->n_negatives;
    const double overlap = curve->covered / (double)curve->n_regions;
    curve->false_positives += negatives;
    curve->covered += covered;
    if (negatives == 0)
        return; /* the curve goes straight up: no area */
    const double after = (double)curve->false_positives / (double)curve->n_negatives;
    const double slope = (curve->covered / (double)curve->n_regions - overlap) / (after - before);
    for (int i = 0; i < PB_N_OVERLAP_LIMITS; i++) {
        const double width = (after < pb_overlap_limits[i] ? after : pb_overlap_limits[i]) - before;
        if (width > 0)
            curve->area[i] += width * (overlap + slope * width / 2);
    }
}

/* The area up to limit i, 1 for a perfect map. */
static inline double pb_overlap_area(const pb_overlap_curve *curve, int i)
{
    return curve->area[i] / pb_overlap_limits[i];
}

#endif
