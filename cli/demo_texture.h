/* Random numbers and noise for the demo's pictures: integer hashes, + - * / and square roots only, so that
 * every machine draws the same bytes. */
#ifndef PB_CLI_DEMO_TEXTURE_H
#define PB_CLI_DEMO_TEXTURE_H

#include <stdint.h>

/* A well-mixed 32-bit hash of two numbers. */
uint32_t demo_hash(uint32_t a, uint32_t b);

/* A stream of random numbers. */
typedef struct demo_rng {
    uint32_t seed, counter;
} demo_rng;

/* Uniform in [low, high). */
float demo_uniform(demo_rng *rng, float low, float high);

/* -1 or 1. */
float demo_sign(demo_rng *rng);

/* Value noise in [-1, 1]: smooth interpolation between random values on the integer grid. */
float demo_noise(uint32_t seed, float x, float y);

/* Three octaves of value noise, about [-1, 1]. */
float demo_fractal_noise(uint32_t seed, float x, float y);

/* Roughly normal with unit variance, one value a pixel and channel. */
float demo_pixel_noise(uint32_t seed, int32_t index);

/* 0 below `low`, 1 above `high`, smooth between them. */
float demo_smoothstep(float low, float high, float x);

float demo_clamp(float x, float low, float high);

#endif
