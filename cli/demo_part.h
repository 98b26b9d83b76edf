/* One product of the demo: a brushed aluminium cover with a turned seat around its bore, four countersunk
 * holes, a laser mark and a dot-peened code, photographed under directional light. */
#ifndef PB_CLI_DEMO_PART_H
#define PB_CLI_DEMO_PART_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/image.h>

enum { DEMO_PART_PIXELS = 512, DEMO_PART_MAX_DEFECTS = 3 };

typedef enum demo_kind { DEMO_GOOD, DEMO_SCRATCH, DEMO_STAIN, DEMO_DENT, DEMO_CHIP, DEMO_N_KINDS } demo_kind;

/* "good", "scratch", ... : the names of the folders. */
const char *demo_kind_name(demo_kind kind);

/* Lengths in pixels, positions from the centre of the part, x along the grain. */
typedef struct demo_defect {
    float x, y;
    float size;         /* length of a scratch, radius of the others */
    float cosine, sine; /* direction of a scratch */
    float strength;     /* 1 = plainly visible */
    uint32_t seed;
} demo_defect;

typedef struct demo_part {
    uint32_t seed;
    demo_kind kind;
    int n_defects;
    demo_defect defects[DEMO_PART_MAX_DEFECTS];
    /* Where the part lies in the picture. */
    float shift_x, shift_y, cosine, sine, scale;
    /* Light and camera. */
    float light_x, light_y;   /* towards the light, in the picture's plane */
    float band_x, band_width; /* the broad reflection on the brushed face */
    float gain, gradient_x, gradient_y, warmth, blur, noise;
    float grain; /* depth of the brushing marks */
} demo_part;

/* Draws a part's pose, light, grain and defects from `seed`; the same seed gives the same part whatever the kind.
 * @param n_defects 0 for DEMO_GOOD, else 1..DEMO_PART_MAX_DEFECTS */
demo_part demo_part_make(uint32_t seed, demo_kind kind, int n_defects);

/* Takes the photo. @param out_mask NULL, or receives the pixels that the defects change: white on black */
pb_status demo_part_photo(const demo_part *part, pb_image *out, pb_image *out_mask);

#endif
