#include "station/findings.h"

#include <ctype.h>
#include <stdio.h>

/* What helps, in a sentence of its own; "" where nothing is to be added. */
static const char *way_out(pb_bank_finding_kind kind)
{
    switch (kind) {
    case PB_FINDING_ZERO_THRESHOLD:
        return " Leave the copies out.";
    case PB_FINDING_DEFECTS_MAY_PASS:
        return " More references, or a calibration by reviewed parts, help.";
    case PB_FINDING_NOT_SEPARATED:
        return " Another backbone, a higher resolution or more light may.";
    case PB_FINDING_DEFECTS_UNKNOWN:
        return " Parts that are reviewed as defects do.";
    case PB_FINDING_GOOD_UNUSABLE:
        return " Add such parts as references, or give all the references' light, camera and distance.";
    case PB_FINDING_SIZES_DIFFER:
        return " Take all from one distance.";
    case PB_FINDING_SHAPES_DIFFER:
        return " Each is squeezed to the same size: cut them to one shape.";
    default:
        return "";
    }
}

void station_finding_text(const pb_bank_finding *finding, char *out, size_t size)
{
    char text[PB_BANK_FINDING_TEXT];
    pb_bank_finding_explain(finding, text, sizeof text);
    snprintf(out, size, "%c%s.%s", toupper((unsigned char)text[0]), text + 1, way_out(finding->kind));
}
