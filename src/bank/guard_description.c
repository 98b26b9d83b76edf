#include "bank/guard_description.h"

#include <math.h>

#include "io/json_fields.h"

enum { N_CELLS = PB_GUARD_THUMBNAIL * PB_GUARD_THUMBNAIL };

json_t *pb_guard_to_json(const pb_guard *guard)
{
    json_t *measures = json_object(), *layout = json_array();
    bool whole = measures && layout;
    for (int m = 0; whole && m < PB_GUARD_N_MEASURES; m++)
        whole = json_object_set_new(measures, pb_guard_measure_name((pb_guard_measure)m),
                                    json_pack("{s:o, s:o}", "centre", pb_json_finite_or_null(guard->centre[m]), "scale",
                                              pb_json_finite_or_null(guard->scale[m]))) == 0;
    for (int i = 0; whole && i < N_CELLS; i++)
        whole = json_array_append_new(layout, json_real((double)guard->layout[i])) == 0;
    if (whole)
        return json_pack("{s:I, s:f, s:f, s:o, s:o}", "n", (json_int_t)guard->n, "rate", guard->rate, "factor",
                         guard->factor, "measures", measures, "layout", layout);
    json_decref(measures);
    json_decref(layout);
    return NULL;
}

static pb_status read_measures(const json_t *measures, const char *name, pb_guard *out)
{
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++) {
        const json_t *measure;
        PB_TRY(pb_json_get_object(measures, pb_guard_measure_name((pb_guard_measure)m), name, &measure));
        PB_TRY(pb_json_get_real(measure, "centre", name, true, &out->centre[m]));
        PB_TRY(pb_json_get_real(measure, "scale", name, true, &out->scale[m]));
        if (out->scale[m] <= 0)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: the limits of the photos' %s are none", name,
                           pb_guard_measure_name((pb_guard_measure)m));
    }
    return PB_STATUS_OK;
}

static pb_status read_layout(const json_t *layout, const char *name, pb_guard *out)
{
    if (json_array_size(layout) != N_CELLS)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: the photos' layout has %zu cells instead of %d", name,
                       json_array_size(layout), N_CELLS);
    for (int i = 0; i < N_CELLS; i++) {
        const json_t *cell = json_array_get(layout, (size_t)i);
        if (!json_is_number(cell))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: cell %d of the photos' layout is no number", name, i);
        out->layout[i] = (float)json_number_value(cell);
    }
    return PB_STATUS_OK;
}

pb_status pb_guard_from_json(const json_t *object, const char *name, pb_guard *out)
{
    const json_t *measures, *layout;
    *out = (pb_guard){0};
    PB_TRY(pb_json_get_int(object, "n", name, 1, INT32_MAX, &out->n));
    PB_TRY(pb_json_get_real(object, "rate", name, false, &out->rate));
    PB_TRY(pb_json_get_real(object, "factor", name, false, &out->factor));
    if (!(out->rate > 0 && out->rate < 1) || !(out->factor > 0))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: limits of photos for a rate of %g are none", name, out->rate);
    PB_TRY(pb_json_get_object(object, "measures", name, &measures));
    PB_TRY(read_measures(measures, name, out));
    PB_TRY(pb_json_get_array(object, "layout", name, &layout));
    return read_layout(layout, name, out);
}
