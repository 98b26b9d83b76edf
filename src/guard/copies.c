#include "guard/copies.h"

#include <math.h>

#include "io/augment.h"

/* A photo as it would have been measured before it was turned or mirrored so. */
static pb_photo undo_lie(const pb_photo *photo, const pb_lie *lie)
{
    pb_photo before = *photo;
    for (int y = 0; y < PB_GUARD_THUMBNAIL; y++)
        for (int x = 0; x < PB_GUARD_THUMBNAIL; x++)
            before.thumbnail[pb_lie_source(lie, PB_GUARD_THUMBNAIL, PB_GUARD_THUMBNAIL, y, x)] =
                photo->thumbnail[y * PB_GUARD_THUMBNAIL + x];
    if (lie->transposed) {
        before.value[PB_GUARD_ASPECT] = -photo->value[PB_GUARD_ASPECT];
        before.value[PB_GUARD_GRAIN] = -photo->value[PB_GUARD_GRAIN];
    }
    if (lie->across != lie->down)
        before.value[PB_GUARD_SLANT] = -photo->value[PB_GUARD_SLANT];
    return before;
}

/* A photo as bright as the references, as far as their copies are darker or brighter. */
static pb_photo undo_brightness(const pb_guard *guard, const pb_augment *augment, const pb_photo *photo)
{
    const double usual = exp2(guard->centre[PB_GUARD_BRIGHTNESS]) - 1;
    const double mean = exp2(photo->value[PB_GUARD_BRIGHTNESS]) - 1;
    const double deviation = exp2(photo->value[PB_GUARD_CONTRAST]) - 0.5;
    pb_photo before = *photo;
    if (!(usual > 0))
        return before;
    const double factor = fmin(fmax(mean / usual, fmin(1, augment->darkest)), fmax(1, augment->brightest));
    before.value[PB_GUARD_BRIGHTNESS] = log2(mean / factor + 1);
    before.value[PB_GUARD_CONTRAST] = log2(deviation / factor + 0.5);
    return before;
}

void pb_guard_judge_as_copies(const pb_guard *guard, const pb_augment *augment, const pb_photo *photo,
                              pb_guard_verdict *out)
{
    const pb_augment ways = {.rot90 = augment->rot90, .flips = augment->flips};
    pb_guard_judge(guard, photo, out);
    if (!pb_augment_is_any(augment))
        return;
    const int n_lights = augment->brightest > 0 ? 2 : 1; /* its own, and that of the references */
    for (int64_t v = 0; !out->usable && v < pb_augment_n_variants(&ways); v++)
        for (int lit = 0; !out->usable && lit < n_lights; lit++) {
            pb_lie lie;
            double factor;
            pb_guard_verdict verdict;
            if (pb_augment_variant(&ways, v, &lie, &factor) != PB_STATUS_OK)
                return;
            const pb_photo lying = undo_lie(photo, &lie),
                           before = lit ? undo_brightness(guard, augment, &lying) : lying;
            pb_guard_judge(guard, &before, &verdict);
            if (verdict.usable)
                *out = verdict;
        }
}
