/* Two passes with a union of provisional numbers (Rosenfeld and Pfaltz 1966); the root of a union is its lowest number, so that
 * regions come out in the order of their first pixels. */
#include "metrics/regions.h"

#include "base/memory.h"

static int32_t root_of(int32_t *parent, int32_t label)
{
    while (parent[label] != label) {
        parent[label] = parent[parent[label]];
        label = parent[label];
    }
    return label;
}

/* The union of both; -1 stands for no region. */
static int32_t join(int32_t *parent, int32_t a, int32_t b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
    return a < b ? a : b;
}

/* The union of the neighbours that are numbered already: left, and the three above. */
static int32_t join_neighbours(int32_t *parent, const int32_t *row, const int32_t *above, int32_t x, int32_t width)
{
    int32_t label = x > 0 ? row[x - 1] : -1;
    for (int32_t i = x - 1; above && i <= x + 1; i++)
        if (i >= 0 && i < width)
            label = join(parent, label, above[i]);
    return label;
}

pb_status pb_label_regions(const uint8_t *mask, int32_t width, int32_t height, int32_t *out, int32_t *out_n)
{
    const int64_t n = (int64_t)width * height;
    int32_t *parent, n_labels = 0;
    PB_TRY(PB_NEW_UNINITIALISED(parent, n));
    for (int32_t y = 0; y < height; y++) {
        int32_t *row = out + (int64_t)y * width;
        for (int32_t x = 0; x < width; x++) {
            row[x] = -1;
            if (!mask[(int64_t)y * width + x])
                continue;
            row[x] = join_neighbours(parent, row, y > 0 ? row - width : NULL, x, width);
            if (row[x] < 0) {
                parent[n_labels] = n_labels;
                row[x] = n_labels++;
            }
        }
    }
    /* Roots come before what hangs on them: their final numbers overwrite the parents from the front. */
    *out_n = 0;
    for (int32_t label = 0; label < n_labels; label++)
        parent[label] = parent[label] == label ? (*out_n)++ : parent[parent[label]];
    for (int64_t i = 0; i < n; i++)
        if (out[i] >= 0)
            out[i] = parent[out[i]];
    pb_free(parent);
    return PB_STATUS_OK;
}
