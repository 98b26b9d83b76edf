/** @file synthetic.h
 *  @brief Defects drawn into photos of good parts, of known size and contrast. No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_SYNTHETIC_H
#define PUREBANK_SYNTHETIC_H

#include <stdint.h>

#include <purebank/image.h>

PB_BEGIN_DECLS

/** What is drawn. Lengths are pixels of the photo; `contrast` is a share of full white (of 255), away from the nearer end of the range
 *  as far as the place allows: dark on bright surfaces, bright on dark ones. */
typedef enum pb_defect_kind {
    PB_DEFECT_SCRATCH, /**< a slightly bent line, `size` wide, 20 times as long, at most a third of the shorter side */
    PB_DEFECT_DENT,    /**< a round hollow, `size` across: one flank brighter, the other darker */
    PB_DEFECT_STAIN,   /**< a soft spot, `size` across */
    PB_DEFECT_MISSING, /**< a round patch, `size` across, fades into the mean colour around it; contrast 1: all of it */
    PB_DEFECT_FOREIGN, /**< a round patch, `size` across, of stripes that no part has */
    PB_N_DEFECT_KINDS
} pb_defect_kind;

/** "scratch", "dent", "stain", "missing", "foreign"; "unknown" for anything else. */
PB_API const char *pb_defect_kind_name(pb_defect_kind kind);

typedef struct pb_defect {
    pb_defect_kind kind;
    double size;     /**< pixels, >= 1, less than half the photo's shorter side */
    double contrast; /**< 0..1 */
} pb_defect;

/** Draws one defect, its place and direction by the seed alone: the same for every contrast. The same bytes on every machine.
 *  @param out_place NULL, or receives the rectangle that holds all of it
 *  @return PB_STATUS_BAD_ARGUMENT for a kind, size or contrast that is none, or a defect too large for the photo */
PB_API pb_status pb_defect_draw(pb_image *image, const pb_defect *defect, uint64_t seed, pb_rect *out_place);

PB_END_DECLS

#endif
