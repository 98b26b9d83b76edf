#include "station/findings.h"

#include <stdio.h>

void station_finding_text(const pb_bank_finding *finding, char *out, size_t size)
{
    const double value = finding->value, limit = finding->limit;
    switch (finding->kind) {
    case PB_FINDING_FEW_REFERENCES:
        snprintf(out, size,
                 "Only %.0f good references: they show little of what good parts may look like. Take %.0f or more.",
                 value, limit);
        break;
    case PB_FINDING_ZERO_THRESHOLD:
        snprintf(out, size,
                 "The threshold %.2g is practically 0: the references repeat each other, and every new part fails.",
                 value);
        break;
    case PB_FINDING_DEFECTS_MAY_PASS:
        snprintf(
            out, size,
            "The threshold %.4g is %.1f times what good parts typically score (%.4g): defects in between pass. More "
            "references, or a calibration by reviewed parts, help.",
            value, limit > 0 ? value / limit : 0, limit);
        break;
    case PB_FINDING_RATE_NOT_PROMISED:
        snprintf(out, size,
                 "The false-alarm rate of %.3g %% rests on an assumption; so few parts promise no rate below %.3g %% "
                 "without one.",
                 100 * value, 100 * limit);
        break;
    case PB_FINDING_NO_AUDIT:
        snprintf(out, size, "Nothing has looked for bad references: no audit ran.");
        break;
    case PB_FINDING_NOT_REVIEWED:
        snprintf(out, size, "The audit flagged %.0f references, and nobody has decided about them.", value);
        break;
    case PB_FINDING_FLAGGED_KEPT:
        snprintf(out, size, "%.0f flagged references are in the bank.", value);
        break;
    case PB_FINDING_UNKNOWN_ORIGIN:
        snprintf(out, size, "Nothing tells what made the features of this bank.");
        break;
    case PB_FINDING_DEFECTS_PASS:
        snprintf(out, size, "%.0f of %.0f known defects pass.", value, limit);
        break;
    default:
        snprintf(out, size, "Something is weak about this bank.");
    }
}
