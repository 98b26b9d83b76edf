#include "demo_texture.h"

#include <math.h>

/* The finaliser of MurmurHash3 (Appleby), applied to each number in turn. */
static uint32_t mix(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h *= 0xc2b2ae35u;
    return h ^ (h >> 16);
}

uint32_t demo_hash(uint32_t a, uint32_t b)
{
    return mix(mix(a + 0x9e3779b9u) ^ (b * 0x27d4eb2fu + 0x165667b1u));
}

float demo_uniform(demo_rng *rng, float low, float high)
{
    const uint32_t bits = demo_hash(rng->seed, rng->counter++) >> 8;
    return low + (high - low) * (float)bits * 0x1p-24f;
}

float demo_sign(demo_rng *rng)
{
    return demo_uniform(rng, 0.0f, 1.0f) < 0.5f ? -1.0f : 1.0f;
}

float demo_clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

float demo_smoothstep(float low, float high, float x)
{
    const float t = demo_clamp((x - low) / (high - low), 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
}

static float grid_value(uint32_t seed_of_row, int32_t column)
{
    return (float)(mix(seed_of_row ^ ((uint32_t)column * 0x27d4eb2fu)) >> 8) * 0x1p-23f - 1.0f;
}

float demo_noise(uint32_t seed, float x, float y)
{
    const float left = floorf(x), top = floorf(y);
    const int32_t column = (int32_t)left, row = (int32_t)top;
    const float u = x - left, v = y - top;
    const float su = u * u * (3.0f - 2.0f * u), sv = v * v * (3.0f - 2.0f * v);
    const uint32_t upper_row = demo_hash(seed, (uint32_t)row), lower_row = demo_hash(seed, (uint32_t)row + 1u);
    const float upper_left = grid_value(upper_row, column), upper_right = grid_value(upper_row, column + 1);
    const float lower_left = grid_value(lower_row, column), lower_right = grid_value(lower_row, column + 1);
    const float upper = upper_left + (upper_right - upper_left) * su;
    const float lower = lower_left + (lower_right - lower_left) * su;
    return upper + (lower - upper) * sv;
}

float demo_fractal_noise(uint32_t seed, float x, float y)
{
    return 0.57f * demo_noise(seed, x, y) + 0.29f * demo_noise(seed + 1u, 2.0f * x, 2.0f * y) +
           0.14f * demo_noise(seed + 2u, 4.0f * x, 4.0f * y);
}

float demo_pixel_noise(uint32_t seed, int32_t index)
{
    /* Sum of four bytes: variance 4 * (256^2 - 1) / 12. */
    const uint32_t h = demo_hash(seed, (uint32_t)index);
    const uint32_t sum = (h & 255u) + ((h >> 8) & 255u) + ((h >> 16) & 255u) + (h >> 24);
    return ((float)sum - 510.0f) * (1.0f / 147.8f);
}
