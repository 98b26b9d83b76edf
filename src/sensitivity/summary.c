/* What a table of drawn defects comes to, in one sentence. */
#include "sensitivity/sensitivity.h"

#include <stdio.h>

#include "bank/bank.h"

/* The sizes of a kind that are not seen, from the smallest on: less than half are caught, whatever the contrast. */
typedef struct blind_sizes {
    double up_to; /* 0: none */
    bool all;
} blind_sizes;

static bool is_line_seen(const pb_sensitivity *found, int64_t first, int64_t end)
{
    for (int64_t i = first; i < end; i++)
        if (!pb_catches_few(found->rows[i].caught, found->rows[i].n))
            return true;
    return false;
}

static blind_sizes find_blind_sizes(const pb_sensitivity *found, pb_defect_kind kind)
{
    blind_sizes blind = {0, true};
    for (int64_t first = 0, end; first < found->n_rows; first = end) {
        const pb_defect *line = &found->rows[first].defect;
        end = pb_sensitivity_line_end(found, first);
        if (line->kind != kind)
            continue;
        if (is_line_seen(found, first, end))
            blind.all = false;
        else if (blind.all)
            blind.up_to = line->size;
    }
    return blind;
}

static double highest_contrast(const pb_sensitivity *found)
{
    double highest = 0;
    for (int64_t i = 0; i < found->n_rows; i++)
        highest = found->rows[i].defect.contrast > highest ? found->rows[i].defect.contrast : highest;
    return highest;
}

void pb_sensitivity_summary(const pb_sensitivity *sensitivity, char *out, size_t size)
{
    static const char *const names[PB_N_DEFECT_KINDS] = {"scratches", "dents", "stains", "missing texture",
                                                         "foreign patches"};
    char list[320] = "";
    size_t length = 0;
    for (int kind = 0; kind < PB_N_DEFECT_KINDS; kind++) {
        const blind_sizes blind = find_blind_sizes(sensitivity, (pb_defect_kind)kind);
        if (blind.up_to == 0)
            continue;
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s %s %g px", length > 0 ? ", " : "",
                                   names[kind], blind.all ? "of all sizes, up to" : "up to", blind.up_to);
    }
    const double contrast = 100 * highest_contrast(sensitivity);
    if (length > 0)
        snprintf(out, size, "Not seen at any contrast up to %g %% (fewer than half are caught): %s.", contrast, list);
    else
        snprintf(out, size, "Of every kind and size, half or more are caught at some contrast up to %g %%.", contrast);
}
