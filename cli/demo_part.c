#include "demo_part.h"

#include <math.h>
#include <stddef.h>

#include "base/memory.h"
#include "demo_texture.h"

enum { SIDE = DEMO_PART_PIXELS, N_PIXELS = SIDE * SIDE };

/* The drawing of the cover, pixels from its centre. */
static const float PLATE_HALF = 208.0f, PLATE_CORNER = 40.0f, PLATE_CHAMFER = 5.0f;
static const float BORE = 50.0f, BORE_CHAMFER = 56.0f, SEAT = 98.0f, SEAT_STEP = 102.0f;
static const float HOLE_OFFSET = 154.0f, HOLE = 14.0f, COUNTERSINK = 25.0f;
static const float CODE_X = -26.0f, CODE_Y = -176.0f, CODE_PITCH = 5.2f;
static const float MARK_X = -66.0f, MARK_Y = 138.0f, MARK_UNIT = 5.0f;
enum { CODE_CELLS = 10, CODE_CONTENT = 40 };

/* Each texture of a part has its own noise: added to the part's seed. */
enum {
    GRAIN_FINE = 1,
    GRAIN_MEDIUM,
    GRAIN_COARSE,
    GRAIN_SHORT,
    RINGS_FINE,
    RINGS_COARSE,
    RUBBER_FINE,
    RUBBER_COARSE,
    FRACTURE,
    SENSOR,
    LASER
};

/* "PB-40" as pen strokes x0 y0 x1 y1, in units of MARK_UNIT. */
static const float MARK_STROKES[][4] = {
    {0, 0, 0, 6},   {0, 0, 3, 0},   {3, 0, 4, 1},   {4, 1, 4, 2},   {4, 2, 3, 3},   {3, 3, 0, 3},   {6, 0, 6, 6},
    {6, 0, 9, 0},   {9, 0, 10, 1},  {10, 1, 10, 2}, {10, 2, 9, 3},  {9, 3, 6, 3},   {9, 3, 10, 4},  {10, 4, 10, 5},
    {10, 5, 9, 6},  {9, 6, 6, 6},   {12, 3, 15, 3}, {20, 0, 17, 4}, {17, 4, 21, 4}, {20, 0, 20, 6}, {24, 0, 26, 0},
    {26, 0, 27, 1}, {27, 1, 27, 5}, {27, 5, 26, 6}, {26, 6, 24, 6}, {24, 6, 23, 5}, {23, 5, 23, 1}, {23, 1, 24, 0},
};

const char *demo_kind_name(demo_kind kind)
{
    static const char *const names[DEMO_N_KINDS] = {"good", "scratch", "stain", "dent", "chip"};
    return names[kind];
}

/* A direction without libm's sine: tangent of half the angle. */
static void direction_from_half_tangent(float t, float *cosine, float *sine)
{
    *cosine = (1.0f - t * t) / (1.0f + t * t);
    *sine = 2.0f * t / (1.0f + t * t);
}

static demo_defect make_defect(demo_kind kind, uint32_t seed)
{
    demo_rng rng = {.seed = seed};
    demo_defect defect = {.seed = seed, .cosine = 1.0f};
    /* On the brushed face beside the seat. */
    defect.x = demo_sign(&rng) * demo_uniform(&rng, 128.0f, 165.0f);
    defect.y = demo_uniform(&rng, -85.0f, 85.0f);
    switch (kind) {
    case DEMO_SCRATCH: /* a worn gripper: always across the grain, in nearly the same direction */
        defect.size = demo_uniform(&rng, 80.0f, 150.0f);
        direction_from_half_tangent(demo_uniform(&rng, 0.50f, 0.68f), &defect.cosine, &defect.sine);
        defect.strength = demo_uniform(&rng, 0.40f, 0.75f);
        break;
    case DEMO_STAIN: /* dried coolant */
        defect.size = demo_uniform(&rng, 26.0f, 40.0f);
        defect.strength = demo_uniform(&rng, 0.45f, 0.80f);
        break;
    case DEMO_DENT:
        defect.size = demo_uniform(&rng, 18.0f, 27.0f);
        defect.strength = demo_uniform(&rng, 0.6f, 1.0f);
        break;
    case DEMO_CHIP: { /* at the left or right edge, or the upper or lower one */
        const float side = demo_sign(&rng) * (PLATE_HALF + 1.0f), along = demo_uniform(&rng, -125.0f, 125.0f);
        const bool upright = demo_uniform(&rng, 0.0f, 1.0f) < 0.5f;
        defect.x = upright ? side : along;
        defect.y = upright ? along : side;
        defect.size = demo_uniform(&rng, 9.0f, 15.0f);
        defect.strength = 1.0f;
        break;
    }
    default:
        break;
    }
    return defect;
}

demo_part demo_part_make(uint32_t seed, demo_kind kind, int n_defects)
{
    demo_rng rng = {.seed = seed};
    demo_part part = {.seed = seed, .kind = kind, .n_defects = n_defects};
    part.shift_x = demo_uniform(&rng, -2.5f, 2.5f);
    part.shift_y = demo_uniform(&rng, -2.5f, 2.5f);
    direction_from_half_tangent(demo_uniform(&rng, -0.007f, 0.007f), &part.cosine, &part.sine);
    part.scale = demo_uniform(&rng, 0.994f, 1.006f);
    part.light_x = demo_uniform(&rng, -0.62f, -0.48f);
    part.light_y = demo_uniform(&rng, -0.70f, -0.58f);
    part.band_x = demo_uniform(&rng, -95.0f, -35.0f);
    part.band_width = demo_uniform(&rng, 150.0f, 190.0f);
    part.gain = demo_uniform(&rng, 0.94f, 1.06f);
    part.gradient_x = demo_uniform(&rng, -0.05f, 0.05f);
    part.gradient_y = demo_uniform(&rng, -0.05f, 0.05f);
    part.warmth = demo_uniform(&rng, -0.01f, 0.01f);
    part.blur = demo_uniform(&rng, 0.14f, 0.20f);
    part.noise = demo_uniform(&rng, 0.008f, 0.011f);
    part.grain = demo_uniform(&rng, 0.9f, 1.1f);
    for (int i = 0; i < n_defects; i++)
        part.defects[i] = make_defect(kind, demo_hash(seed, 1000u + (uint32_t)i));
    return part;
}

/* Share of a pixel inside a shape whose edge is `distance` pixels away (negative inside). */
static float coverage(float distance)
{
    return demo_clamp(0.5f - distance, 0.0f, 1.0f);
}

/* Share of a pixel between two radii. */
static float ring(float distance, float inner, float outer)
{
    return coverage(inner - distance) * coverage(distance - outer);
}

static float mix(float a, float b, float share)
{
    return a + (b - a) * share;
}

/* Signed distance to a square with round corners, and the outward direction. */
static float rounded_square(float x, float y, float half, float corner, float outward[2])
{
    const float qx = fabsf(x) - half + corner, qy = fabsf(y) - half + corner;
    const float ox = qx > 0.0f ? qx : 0.0f, oy = qy > 0.0f ? qy : 0.0f;
    const float outside = sqrtf(ox * ox + oy * oy), inside = qx > qy ? qx : qy;
    const bool round = qx > 0.0f && qy > 0.0f;
    outward[0] = copysignf(round ? qx / outside : qx > qy ? 1.0f : 0.0f, x);
    outward[1] = copysignf(round ? qy / outside : qx > qy ? 0.0f : 1.0f, y);
    return outside + (inside < 0.0f ? inside : 0.0f) - corner;
}

static float distance_to_stroke(float x, float y, const float stroke[4])
{
    const float dx = stroke[2] - stroke[0], dy = stroke[3] - stroke[1];
    const float t = ((x - stroke[0]) * dx + (y - stroke[1]) * dy) / (dx * dx + dy * dy);
    const float s = demo_clamp(t, 0.0f, 1.0f);
    const float ex = x - stroke[0] - s * dx, ey = y - stroke[1] - s * dy;
    return sqrtf(ex * ex + ey * ey);
}

/* How dark the laser mark is here, 0..1. */
static float laser_mark(const demo_part *part, float x, float y)
{
    const float u = (x - MARK_X) / MARK_UNIT, v = (y - MARK_Y) / MARK_UNIT;
    if (u < -1.0f || u > 28.0f || v < -1.0f || v > 7.0f)
        return 0.0f;
    float nearest = 10.0f;
    for (size_t i = 0; i < sizeof MARK_STROKES / sizeof *MARK_STROKES; i++) {
        const float distance = distance_to_stroke(u, v, MARK_STROKES[i]);
        nearest = distance < nearest ? distance : nearest;
    }
    return coverage(nearest * MARK_UNIT - 2.0f) * (0.85f + 0.15f * demo_noise(part->seed + LASER, x, y));
}

/* Is this cell of the data matrix a dot? Two solid sides, two alternating ones, the type number inside. */
static bool code_cell(int column, int row)
{
    if (column == 0 || row == CODE_CELLS - 1)
        return true;
    if (row == 0 || column == CODE_CELLS - 1)
        return (column + row) % 2 == 0;
    return (demo_hash(CODE_CONTENT, (uint32_t)(row * CODE_CELLS + column)) & 1u) != 0;
}

/* How deep the dot-peened code is here, 0..1. */
static float peened_code(float x, float y)
{
    const float u = (x - CODE_X) / CODE_PITCH, v = (y - CODE_Y) / CODE_PITCH;
    if (u < 0.0f || u >= (float)CODE_CELLS || v < 0.0f || v >= (float)CODE_CELLS)
        return 0.0f;
    const int column = (int)u, row = (int)v;
    if (!code_cell(column, row))
        return 0.0f;
    const float dx = u - (float)column - 0.5f, dy = v - (float)row - 0.5f;
    return coverage(sqrtf(dx * dx + dy * dy) * CODE_PITCH - 1.9f);
}

/* Light from a face tilted by (tilt_x, tilt_y): a matt share plus the band of light that brushing spreads out
 * across the grain and keeps narrow along it. */
static float shade(const demo_part *part, float x, float tilt_x, float tilt_y)
{
    const float length = sqrtf(1.0f + tilt_x * tilt_x + tilt_y * tilt_y);
    const float facing = (0.75f + tilt_x * part->light_x + tilt_y * part->light_y) / length;
    const float u = (x - part->band_x) / part->band_width - 2.5f * tilt_x;
    const float band = 1.0f / ((1.0f + u * u) * (1.0f + u * u) * (1.0f + 4.0f * tilt_y * tilt_y));
    return 0.10f + 0.34f * (facing > 0.0f ? facing : 0.0f) + 0.26f * band;
}

/* Relative brightness of the brushing marks: long streaks of several widths. */
static float brushed_grain(const demo_part *part, float x, float y)
{
    const uint32_t seed = part->seed;
    return part->grain * (0.050f * demo_noise(seed + GRAIN_FINE, x / 70.0f, y * 0.80f) +
                          0.045f * demo_noise(seed + GRAIN_MEDIUM, x / 120.0f, y * 0.40f) +
                          0.025f * demo_noise(seed + GRAIN_COARSE, x / 260.0f, y * 0.11f) +
                          0.018f * demo_noise(seed + GRAIN_SHORT, x / 9.0f, y * 0.9f));
}

/* The turned seat: rings, and the two fans of light that every lathe-turned face shows. */
static float turned_seat(const demo_part *part, float x, float y, float radius)
{
    const float along = (x * 0.80f + y * 0.60f) / (radius + 1e-3f), fan = along * along;
    const float rings = 0.07f * demo_noise(part->seed + RINGS_FINE, radius * 0.75f, 0.5f) +
                        0.05f * demo_noise(part->seed + RINGS_COARSE, radius * 0.30f, 0.5f);
    return (0.34f + 0.36f * fan * fan) * (1.0f + part->grain * rings);
}

/* The wall inside a hole: nearly black, a little light on the side that faces the lamp. */
static float hole_inside(const demo_part *part, float dx, float dy, float share)
{
    const float lit = -(dx * part->light_x + dy * part->light_y) * share;
    return 0.035f + 0.11f * (lit > 0.0f ? lit * lit : 0.0f);
}

/* Slope of a dent's bowl (1 - r^2)^2 at (x, y). */
static void add_dent(const demo_defect *dent, float x, float y, float *tilt_x, float *tilt_y)
{
    const float u = (x - dent->x) / dent->size, v = (y - dent->y) / (dent->size * 0.85f), rest = 1.0f - u * u - v * v;
    if (rest <= 0.0f)
        return;
    *tilt_x -= 1.15f * dent->strength * u * rest;
    *tilt_y -= 1.15f * dent->strength * v * rest;
}

/* A groove with a dark bottom and a bright burr; deeper and shallower along its way. */
static float scratch_light(const demo_defect *scratch, float x, float y)
{
    const float dx = x - scratch->x, dy = y - scratch->y;
    const float along = dx * scratch->cosine + dy * scratch->sine, half = 0.5f * scratch->size;
    if (fabsf(along) > half)
        return 0.0f;
    const float bend = 0.0006f * along * along + 0.8f * demo_noise(scratch->seed, along / 25.0f, 0.5f);
    const float across = dy * scratch->cosine - dx * scratch->sine - bend;
    const float depth = demo_smoothstep(0.0f, 0.25f, 1.0f - fabsf(along) / half) *
                        (0.8f + 0.2f * demo_noise(scratch->seed + 1u, along / 7.0f, 0.5f));
    return scratch->strength * depth * (0.55f * ring(across, 0.8f, 2.3f) - 0.5f * ring(across, -1.2f, 0.8f));
}

/* A dried film: darker towards yellow, with the dark rim where the liquid's edge stood. */
static void stain_tint(const demo_defect *stain, float x, float y, float rgb[3])
{
    const float dx = (x - stain->x) / stain->size, dy = (y - stain->y) / (0.8f * stain->size);
    const float level = 1.0f - sqrtf(dx * dx + dy * dy) + 0.45f * demo_fractal_noise(stain->seed, x / 19.0f, y / 19.0f);
    if (level <= 0.0f)
        return;
    const float film = demo_smoothstep(0.0f, 0.08f, level);
    const float rim = film * (1.0f - demo_smoothstep(0.08f, 0.24f, level));
    const float dark = stain->strength * (0.15f * film + 0.25f * rim);
    rgb[0] *= 1.0f - 0.70f * dark;
    rgb[1] *= 1.0f - dark;
    rgb[2] *= 1.0f - 1.60f * dark;
}

/* Signed distance to the piece that a chip took away. */
static float chip_distance(const demo_defect *chip, float x, float y)
{
    const float dx = x - chip->x, dy = y - chip->y;
    return sqrtf(dx * dx + dy * dy) - chip->size * (1.0f + 0.35f * demo_noise(chip->seed, x / 8.0f, y / 8.0f));
}

static void background(const demo_part *part, float x, float y, float rgb[3])
{
    float outward[2];
    const float shadow_distance = rounded_square(x - 9.0f, y - 11.0f, PLATE_HALF, PLATE_CORNER, outward);
    const float shadow = demo_smoothstep(-6.0f, 26.0f, shadow_distance);
    const float rubber = 1.0f + 0.16f * demo_noise(part->seed + RUBBER_FINE, x * 0.5f, y * 0.5f) +
                         0.08f * demo_noise(part->seed + RUBBER_COARSE, x / 11.0f, y / 11.0f);
    const float grey = (0.075f + 0.075f * shadow) * rubber;
    rgb[0] = grey * 0.93f;
    rgb[1] = grey;
    rgb[2] = grey * 1.08f;
}

/* A point of the drawing and where it lies among the cover's features; directions are unit vectors. */
typedef struct place {
    float x, y;
    float radius;                      /* from the bore's axis */
    float edge_x, edge_y, edge;        /* outward direction, signed distance to the outline */
    float hole_x, hole_y, hole_radius; /* direction and distance from the nearest screw hole's axis */
} place;

static place locate(float x, float y)
{
    place at = {.x = x, .y = y, .radius = sqrtf(x * x + y * y)};
    float outward[2];
    at.edge = rounded_square(x, y, PLATE_HALF, PLATE_CORNER, outward);
    at.edge_x = outward[0];
    at.edge_y = outward[1];
    const float dx = x - copysignf(HOLE_OFFSET, x), dy = y - copysignf(HOLE_OFFSET, y);
    at.hole_radius = sqrtf(dx * dx + dy * dy);
    at.hole_x = dx / (at.hole_radius + 1e-3f);
    at.hole_y = dy / (at.hole_radius + 1e-3f);
    return at;
}

/* Brightness of the brushed face with its chamfers, countersinks and dents. */
static float brushed_face(const demo_part *part, int n_defects, const place *at)
{
    const float chamfer = coverage(-at->edge - PLATE_CHAMFER), sink = coverage(at->hole_radius - COUNTERSINK);
    const float inward = coverage(at->radius - BORE_CHAMFER) + ring(at->radius, SEAT, SEAT_STEP);
    const float inverse = 1.0f / (at->radius + 1e-3f);
    float tilt_x = 0.75f * chamfer * at->edge_x - 0.65f * sink * at->hole_x - 0.8f * inward * at->x * inverse;
    float tilt_y = 0.75f * chamfer * at->edge_y - 0.65f * sink * at->hole_y - 0.8f * inward * at->y * inverse;
    if (part->kind == DEMO_DENT)
        for (int i = 0; i < n_defects; i++)
            add_dent(&part->defects[i], at->x, at->y, &tilt_x, &tilt_y);
    /* Chamfers and countersinks are cut after brushing: less grain on them. */
    const float grain = 0.3f + 0.7f * (1.0f - chamfer) * (1.0f - sink);
    return shade(part, at->x, tilt_x, tilt_y) * (1.0f + grain * brushed_grain(part, at->x, at->y));
}

/* Brightness of the metal: brushed face or turned seat, with what is written and scratched into it. */
static float metal(const demo_part *part, int n_defects, const place *at)
{
    const float seat = ring(at->radius, BORE_CHAMFER, SEAT);
    const float brushed = seat < 1.0f ? brushed_face(part, n_defects, at) : 0.0f;
    const float turned = seat > 0.0f ? turned_seat(part, at->x, at->y, at->radius) : 0.0f;
    float light = mix(brushed, turned, seat);
    if (part->kind == DEMO_SCRATCH)
        for (int i = 0; i < n_defects; i++)
            light *= 1.0f + scratch_light(&part->defects[i], at->x, at->y);
    return light * (1.0f - 0.50f * laser_mark(part, at->x, at->y)) * (1.0f - 0.30f * peened_code(at->x, at->y));
}

/* Takes bites out of the outline; returns how close (0..1) the point is to a fresh fracture. */
static float chip_outline(const demo_part *part, int n_defects, const place *at, float *outline)
{
    float fracture = 0.0f;
    for (int i = 0; i < n_defects; i++) {
        const float distance = chip_distance(&part->defects[i], at->x, at->y);
        *outline = -distance > *outline ? -distance : *outline;
        fracture += 1.0f - demo_smoothstep(1.0f, 4.5f, distance);
    }
    return fracture;
}

/* Colour of the cover, as if it had no outer edge. */
static void cover_color(const demo_part *part, int n_defects, const place *at, float fracture, float rgb[3])
{
    const float hole = coverage(at->hole_radius - HOLE), bore = coverage(at->radius - BORE);
    float light = hole < 1.0f && bore < 1.0f ? metal(part, n_defects, at) : 0.0f;
    if (fracture > 0.0f)
        light *= 1.0f + fracture * (0.15f + 0.5f * demo_noise(part->seed + FRACTURE, at->x * 0.45f, at->y * 0.45f));
    light = mix(light, hole_inside(part, at->hole_x, at->hole_y, at->hole_radius / HOLE), hole);
    light = mix(light, hole_inside(part, at->x / BORE, at->y / BORE, 1.0f), bore);
    rgb[0] = light * 0.985f;
    rgb[1] = light;
    rgb[2] = light * 1.02f;
    if (part->kind == DEMO_STAIN)
        for (int i = 0; i < n_defects; i++)
            stain_tint(&part->defects[i], at->x, at->y, rgb);
}

/* The scene's colour at (x, y) of the drawing. */
static void scene_color(const demo_part *part, int n_defects, float x, float y, float rgb[3])
{
    const place at = locate(x, y);
    float outline = at.edge, cover[3] = {0.0f, 0.0f, 0.0f};
    const float fracture = part->kind == DEMO_CHIP ? chip_outline(part, n_defects, &at, &outline) : 0.0f;
    const float share = coverage(outline);
    rgb[0] = rgb[1] = rgb[2] = 0.0f;
    if (share < 1.0f)
        background(part, x, y, rgb);
    if (share > 0.0f)
        cover_color(part, n_defects, &at, fracture, cover);
    for (int c = 0; c < 3; c++)
        rgb[c] = mix(rgb[c], cover[c], share);
}

/* The light that falls on the sensor. @param out N_PIXELS x 3 */
static void expose(const demo_part *part, int n_defects, float *out)
{
    const float tint[3] = {1.0f + part->warmth, 1.0f, 1.0f - part->warmth};
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            const float u = (float)column - 0.5f * (float)(SIDE - 1), v = (float)row - 0.5f * (float)(SIDE - 1);
            const float dx = (u - part->shift_x) / part->scale, dy = (v - part->shift_y) / part->scale;
            float *rgb = out + (row * SIDE + column) * 3;
            scene_color(part, n_defects, dx * part->cosine + dy * part->sine, dy * part->cosine - dx * part->sine, rgb);
            const float r2 = (u * u + v * v) / (float)(SIDE * SIDE);
            const float lamp = 1.22f * part->gain * (1.0f - 0.22f * r2) *
                               (1.0f + (part->gradient_x * u + part->gradient_y * v) / (0.5f * (float)SIDE));
            for (int c = 0; c < 3; c++)
                rgb[c] *= lamp * tint[c];
        }
}

/* One direction of the lens's blur: weights blur, 1 - 2 blur, blur; edge pixels repeated. */
static void blur_pass(const float *in, float *out, int stride, int across, float blur)
{
    for (int line = 0; line < SIDE; line++)
        for (int i = 0; i < SIDE; i++) {
            const int here = (line * across + i * stride) * 3;
            const int before = i > 0 ? here - 3 * stride : here, after = i < SIDE - 1 ? here + 3 * stride : here;
            for (int c = 0; c < 3; c++)
                out[here + c] = blur * (in[before + c] + in[after + c]) + (1.0f - 2.0f * blur) * in[here + c];
        }
}

static void develop(const demo_part *part, const float *light, pb_image *out)
{
    for (int i = 0; i < N_PIXELS * 3; i++) {
        const float signal = light[i] > 0.0f ? light[i] : 0.0f;
        /* Shot noise grows with the root of the light (a little read noise below it). */
        const float noisy = signal + part->noise * sqrtf(signal + 0.02f) * demo_pixel_noise(part->seed + SENSOR, i);
        out->rgb[i] = (uint8_t)demo_clamp(noisy * 255.0f + 0.5f, 0.0f, 255.0f);
    }
}

/* Spreads `value` to every pixel within `radius` along one direction; `out` gets the result. */
static void spread(const uint8_t *in, uint8_t *out, int stride, int across, int radius, uint8_t value)
{
    for (int line = 0; line < SIDE; line++)
        for (int i = 0; i < SIDE; i++) {
            const int first = i > radius ? i - radius : 0, last = i + radius < SIDE ? i + radius : SIDE - 1;
            const int here = line * across + i * stride;
            out[here] = in[here];
            for (int j = first; j <= last; j++)
                if (in[line * across + j * stride] == value)
                    out[here] = value;
        }
}

/* Morphological closing by a square: joins the two lit halves of a dent, fills pinholes. */
static void close_gaps(uint8_t *mask, uint8_t *between)
{
    enum { RADIUS = 4 };
    for (int step = 0; step < 2; step++) {
        const uint8_t value = step == 0 ? 255 : 0;
        spread(mask, between, 1, SIDE, RADIUS, value);
        spread(between, mask, SIDE, 1, RADIUS, value);
    }
}

/* White where the picture with defects differs visibly from the one without. @param mask,between N_PIXELS */
static void mark_differences(const float *with, const float *without, uint8_t *mask, uint8_t *between)
{
    static const float VISIBLE = 0.02f;
    for (int i = 0; i < N_PIXELS; i++) {
        mask[i] = 0;
        for (int c = 0; c < 3; c++)
            if (fabsf(with[3 * i + c] - without[3 * i + c]) > VISIBLE)
                mask[i] = 255;
    }
    close_gaps(mask, between);
}

/* What reaches the sensor through the lens. @param light,between N_PIXELS x 3 */
static void take_photo(const demo_part *part, int n_defects, float *light, float *between)
{
    expose(part, n_defects, light);
    blur_pass(light, between, 1, SIDE, part->blur);
    blur_pass(between, light, SIDE, 1, part->blur);
}

/* Scratch memory of one photo. */
typedef struct darkroom {
    float light[3 * N_PIXELS], without[3 * N_PIXELS], between[3 * N_PIXELS];
    uint8_t mask[N_PIXELS], mask_between[N_PIXELS];
} darkroom;

static pb_status make_mask(const demo_part *part, darkroom *room, pb_image *out)
{
    take_photo(part, 0, room->without, room->between);
    mark_differences(room->light, room->without, room->mask, room->mask_between);
    PB_TRY(pb_image_new(SIDE, SIDE, out));
    for (int i = 0; i < 3 * N_PIXELS; i++)
        out->rgb[i] = room->mask[i / 3];
    return PB_STATUS_OK;
}

pb_status demo_part_photo(const demo_part *part, pb_image *out, pb_image *out_mask)
{
    pb_status status = PB_STATUS_OK;
    darkroom *room = NULL;
    *out = (pb_image){0};
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(room, 1));
    take_photo(part, part->n_defects, room->light, room->between);
    PB_TRY_GOTO(pb_image_new(SIDE, SIDE, out));
    develop(part, room->light, out);
    if (out_mask)
        PB_TRY_GOTO(make_mask(part, room, out_mask));
done:
    pb_free(room);
    if (status != PB_STATUS_OK)
        pb_image_free(out);
    return status;
}
