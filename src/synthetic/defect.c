/* Defects for photos of good parts. Each is a weight between -1 and 1 for every pixel around its centre, times a contrast. */
#include "synthetic/defect.h"

#include <math.h>

#include <purebank/synthetic.h>

#include "base/error.h"

const char *pb_defect_kind_name(pb_defect_kind kind)
{
    static const char *const names[PB_N_DEFECT_KINDS] = {"scratch", "dent", "stain", "missing", "foreign"};
    return kind >= 0 && kind < PB_N_DEFECT_KINDS ? names[kind] : "unknown";
}

/* Where a defect lies. No function of a library is asked for an angle: they differ in their last bits. */
typedef struct placed {
    const pb_defect *defect;
    double x, y, cosine, sine, length; /* centre, direction, and half the length of a scratch */
    double reach;                      /* nothing is farther from the centre */
} placed;

/* splitmix64 (Steele, Lea, Flood 2014): uniform in [0, 1). */
static double draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* A point of the unit disc, not too near its centre, is a direction. */
static void draw_direction(uint64_t *state, placed *out)
{
    double norm;
    do {
        out->cosine = 2 * draw(state) - 1;
        out->sine = 2 * draw(state) - 1;
        norm = out->cosine * out->cosine + out->sine * out->sine;
    } while (norm > 1 || norm < 0.01);
    out->cosine /= sqrt(norm);
    out->sine /= sqrt(norm);
}

static placed place(const pb_image *image, const pb_defect *defect, uint64_t seed)
{
    const double side = fmin(image->width, image->height);
    placed result = {.defect = defect};
    uint64_t state = seed;
    draw_direction(&state, &result);
    result.length = fmin(10 * defect->size, side / 6);
    result.reach = (defect->kind == PB_DEFECT_SCRATCH ? result.length + defect->size : defect->size / 2) + 1;
    result.x = result.reach + draw(&state) * (image->width - 2 * result.reach);
    result.y = result.reach + draw(&state) * (image->height - 2 * result.reach);
    return result;
}

static double clamp(double x)
{
    return fmin(fmax(x, 0), 1);
}

/* @param u,v from the centre, along the direction and across it */
static double weight_at(const placed *at, double u, double v)
{
    const double size = at->defect->size, radius = size / 2, r = sqrt(u * u + v * v);
    const double edge = clamp(radius + 0.5 - r), bend = at->length / 8;
    const double along = u / at->length;
    switch (at->defect->kind) {
    case PB_DEFECT_SCRATCH:
        return clamp(radius + 0.5 - fabs(v - bend * along * along)) * clamp(at->length + 0.5 - fabs(u));
    case PB_DEFECT_DENT: /* what a lamp at the side makes of a paraboloid */
        return u / radius * clamp(2 * (1 - r / radius));
    case PB_DEFECT_STAIN:
        return clamp(2 * (1 - r / radius));
    case PB_DEFECT_MISSING:
        return edge;
    default: { /* stripes, a quarter of the size apart and not finer than 4 pixels */
        const double period = fmax(4, size / 4), phase = u / period - floor(u / period);
        return edge * (phase < 0.5 ? 1 : -1);
    }
    }
}

/* Mean colour of the ring around a disc. */
static void ring_mean(const pb_image *image, const placed *at, double mean[3])
{
    const double radius = at->defect->size / 2;
    const int32_t reach = (int32_t)(radius + 4);
    int64_t n = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (int32_t y = (int32_t)at->y - reach; y <= (int32_t)at->y + reach; y++)
        for (int32_t x = (int32_t)at->x - reach; x <= (int32_t)at->x + reach; x++) {
            const double r = sqrt((x - at->x) * (x - at->x) + (y - at->y) * (y - at->y));
            if (x < 0 || y < 0 || x >= image->width || y >= image->height || r < radius || r > radius + 3)
                continue;
            for (int c = 0; c < 3; c++)
                mean[c] += image->rgb[((int64_t)y * image->width + x) * 3 + c];
            n++;
        }
    for (int c = 0; c < 3; c++)
        mean[c] /= (double)(n > 0 ? n : 1);
}

static void draw_pixel(uint8_t rgb[3], const placed *at, double weight, const double mean[3], double sign)
{
    for (int c = 0; c < 3; c++) {
        const double value = rgb[c], change = at->defect->kind == PB_DEFECT_MISSING
                                                  ? at->defect->contrast * (mean[c] - value)
                                                  : at->defect->contrast * 255 * sign;
        rgb[c] = (uint8_t)(fmin(fmax(value + weight * change, 0), 255) + 0.5);
    }
}

static pb_rect bounds(const pb_image *image, const placed *at)
{
    const int32_t left = (int32_t)fmax(floor(at->x - at->reach), 0), top = (int32_t)fmax(floor(at->y - at->reach), 0);
    const int32_t right = (int32_t)fmin(ceil(at->x + at->reach) + 1, image->width);
    const int32_t bottom = (int32_t)fmin(ceil(at->y + at->reach) + 1, image->height);
    return (pb_rect){left, top, right - left, bottom - top};
}

double pb_defect_size_bound(int32_t width, int32_t height)
{
    return fmin(width, height) / 2 - 2;
}

static pb_status check(const pb_image *image, const pb_defect *defect)
{
    PB_CHECK_ARG(defect->kind >= 0 && defect->kind < PB_N_DEFECT_KINDS, "there is no kind of defect number %d",
                 (int)defect->kind);
    PB_CHECK_ARG(
        defect->size >= 1 && defect->size < pb_defect_size_bound(image->width, image->height),
        "a defect of %g pixels does not fit into a photo of %d x %d: it is at least 1, and less than half of the "
        "shorter side",
        defect->size, (int)image->width, (int)image->height);
    PB_CHECK_ARG(defect->contrast >= 0 && defect->contrast <= 1, "a contrast lies between 0 and 1, not at %g",
                 defect->contrast);
    return PB_STATUS_OK;
}

pb_status pb_defect_draw(pb_image *image, const pb_defect *defect, uint64_t seed, pb_rect *out_place)
{
    double mean[3];
    PB_TRY(check(image, defect));
    const placed at = place(image, defect, seed);
    const pb_rect box = bounds(image, &at);
    ring_mean(image, &at, mean);
    const double sign = mean[0] + mean[1] + mean[2] > 3 * 127.5 ? -1 : 1;
    for (int32_t y = box.top; y < box.top + box.height; y++)
        for (int32_t x = box.left; x < box.left + box.width; x++) {
            const double dx = x - at.x, dy = y - at.y;
            const double weight = weight_at(&at, dx * at.cosine + dy * at.sine, dy * at.cosine - dx * at.sine);
            if (weight != 0)
                draw_pixel(image->rgb + ((int64_t)y * image->width + x) * 3, &at, weight, mean, sign);
        }
    if (out_place)
        *out_place = box;
    return PB_STATUS_OK;
}
