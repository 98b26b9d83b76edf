/* The filter: rows centred, scaled, contracted where that pays, and rounded to a type that multiplies fast, with a bound of
 * all that was lost. index.c derives the bound. */
#ifndef PB_SEARCH_FILTER_H
#define PB_SEARCH_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/index.h>

#include "search/bytes.h"
#include "search/contraction.h"
#include "search/kernels.h"
#include "search/product.h"
#include "search/topk.h"

/* Where rows are refuted: by products, by fine coordinates, by the rows in bytes, by the rows in float32. */
typedef enum pb_stage { PB_STAGE_PRODUCTS, PB_STAGE_FINE, PB_STAGE_BYTES, PB_STAGE_ROWS, PB_STAGES } pb_stage;

/* How much of a row the filter looks at. */
typedef struct pb_filter_plan {
    pb_precision precision; /* of the products */
    int64_t coarse;  /* coordinates of the contracted rows that are multiplied; 0: all channels, no contraction */
    int64_t fine;    /* >= coarse: of what is left, coordinates that are compared before a row is measured */
    bool fine_bytes; /* those are kept in bytes, else in halves */
    double fault[PB_STAGES]; /* 0; for tests: share of the bound that is withheld */
} pb_filter_plan;

/* The coordinates in which rows are rounded: (x - centre) / unit; for cosine x is divided by its norm first. Of its contraction
 * where there is one. */
typedef struct pb_frame {
    int64_t dim;
    int64_t columns; /* that are multiplied: dim, or coarse coordinates */
    int64_t fine;    /* coordinates that are compared, 0: none are */
    bool fine_bytes; /* in bytes, else in halves */
    pb_metric metric;
    pb_precision precision;
    bool rotated; /* bytes only: spread over all columns before rounding, see pb_rotate() */
    int exponent; /* unit = 2^exponent */
    double inverse_unit;
    double *centre;      /* dim */
    float *float_centre; /* the same, where that is exact and rows may be centred in float32; else NULL */
    bool spare_bytes;    /* so few rows pass that bytes would not pay */
    bool bytes;          /* rows are kept in bytes, too, see pb_frame_keep_bytes() */
    pb_contraction *contraction;
    double fault[PB_STAGES]; /* see pb_filter_plan */
} pb_frame;

/* Takes centre and unit from a sample of the rows, and how the filter works from how many rows it would let through.
 * @param plan    NULL to choose by measurement, or what to use (bytes only where the CPU has them) */
pb_status pb_frame_init(pb_frame *frame, const float *rows, int64_t n, int64_t dim, pb_metric metric,
                        const pb_filter_plan *plan);
void pb_frame_clear(pb_frame *frame);

/* Rows are centred in float32 from now on, where centre and unit are such that nothing but the difference is rounded. */
pb_status pb_frame_use_floats(pb_frame *frame);

/* Rows in bytes take a quarter of the rows' memory, which an index of many rows must not. @param n rows that are searched */
bool pb_frame_has_room_for_bytes(const pb_frame *frame, int64_t n);

/* Rows that are rounded from now on are kept in bytes, too, where products look at less of them (contracted, or 7 bits), it pays and there is room. */
void pb_frame_keep_bytes(pb_frame *frame, int64_t n);

/* The bytes that this CPU multiplies exactly and faster than floats, so many at a time; PB_PRECISION_F32 where it does not. */
pb_status pb_frame_bytes(int64_t columns, pb_precision *out);

/* Does this CPU multiply so, exactly and fast? */
pb_status pb_frame_has(pb_precision precision, int64_t columns, bool *out);

/* A row in units of the frame, float64; the centre itself and true where it is too far out to round. @param out dim */
bool pb_frame_centre_row(const pb_frame *frame, const float *row, double *out);

/* The same rounded to float32, and what that took away. @param out dim */
bool pb_frame_round_row(const pb_frame *frame, const float *row, float *out, pb_rounding *rounding);

/* What was chosen. */
pb_filter_plan pb_frame_plan(const pb_frame *frame);

/* Bytes of a rounded value. */
static inline int64_t pb_frame_value_bytes(const pb_frame *frame)
{
    return frame->precision == PB_PRECISION_F32 ? 4 : 1;
}

/* Halves from one row of fine coordinates to the next: whole vectors. */
static inline int64_t pb_frame_fine_stride(const pb_frame *frame)
{
    return (frame->fine + 15) / 16 * 16;
}

/* What is needed of a row where it is looked at by itself, never below what it stands for. */
typedef struct pb_row_losses {
    float norm;      /* of the rounded row */
    float lost;      /* |row - rounded row|, both contracted */
    float fine_lost; /* |row - fine row|, both contracted; infinity where the row is too far out */
} pb_row_losses;

/* Rounded rows; as columns of a product they are packed too. In units of the frame. */
typedef struct pb_rounded {
    int64_t n, capacity;
    int64_t first, stride; /* which rows of all these are, for who needs to know */
    void *values;          /* capacity x columns: float, or uint8_t (pb_precision_bias()); rows past n are zero */
    void *packed;          /* the same as columns of a product, or NULL */
    float *scale;          /* value = scale * integer (bytes only) */
    int32_t *shift;        /* bias * sum of the row's integers: what uint8_t adds to a product with it (bytes only) */
    float *half_square;    /* |rounded row|^2 / 2; -infinity where the row is too far out to round: always a
                           candidate */
    pb_row_losses *losses;
    float *lost;             /* the same as in `losses`, for comparisons of many rows (bytes only) */
    uint16_t *fine;          /* capacity x pb_frame_fine_stride(): the fine contraction in halves, or NULL */
    pb_byte_rows fine_bytes; /* the same in bytes, where the frame has them so */
    pb_byte_rows bytes;      /* where the frame has them */
    double max_norm, max_lost;
    bool borrowed; /* all but `packed` and `lost` */
} pb_rounded;

pb_status pb_rounded_init(pb_rounded *rounded, const pb_frame *frame, int64_t capacity);

/* Rounds n <= capacity rows.
 * @param stride rows from one to the next */
pb_status pb_rounded_fill(pb_rounded *rounded, const pb_frame *frame, const float *rows, int64_t n, int64_t stride);

/* Rows that were rounded before: all but what they are packed to is borrowed, and maxima are found anew. */
pb_status pb_rounded_restore(pb_rounded *rounded, const pb_frame *frame, const pb_product *product);

/* The values that were packed and dropped: as pb_rounded_fill() made them. @param out capacity x columns */
pb_status pb_rounded_unpack(const pb_rounded *rounded, const pb_frame *frame, const pb_product *product, void *out);

/* Packs the rows as the columns of `product`, which has `capacity` of them. */
pb_status pb_rounded_pack(pb_rounded *rounded, const pb_frame *frame, const pb_product *product);

/* Frees the unpacked values, for rows that are only used as columns. */
void pb_rounded_drop_values(pb_rounded *rounded);

void pb_rounded_clear(pb_rounded *rounded);

/* Row i of a tile of products (rows x columns->capacity) as float32: in place, or scaled into `scratch`. */
const float *pb_filter_products(const pb_frame *frame, const pb_rounded *rows, const pb_rounded *columns,
                                const void *products, int64_t i, float *scratch);

/* What a row's products with all of `columns` say: product - half_square. @param scale of the row (bytes only)
 * @param out columns->n */
void pb_filter_scores(const pb_frame *frame, const pb_rounded *columns, const void *products, float scale, float *out);

/* The k candidates with the smallest half_square - product, the most promising ones, as a heap of their numbers.
 * @param product candidate c has product[c * stride]
 * @param items   room for k */
pb_topk pb_filter_best(const pb_rounded *candidates, const float *product, int64_t stride, int64_t k,
                       pb_neighbor *items);

/* PB_STATUS_BAD_VALUE naming row and channel of the first NaN or infinity. @param what "row", "query", ... */
pb_status pb_check_finite_rows(const float *rows, int64_t first, int64_t n, int64_t dim, const char *what);

/* One row's side of the bound. */
typedef struct pb_row_bound {
    double half_square, norm, lost;
} pb_row_bound;

static inline pb_row_bound pb_rounded_bound(const pb_rounded *rounded, int64_t i)
{
    return (pb_row_bound){(double)rounded->half_square[i], (double)rounded->losses[i].norm,
                          (double)rounded->losses[i].lost};
}

/* A distance in units of the frame, in which rows are compared. */
double pb_filter_units(const pb_frame *frame, double limit);

/* A row x can be within distance `units` of a row y with norm <= norm_y and loss <= lost_y only if
 * product(x, y) - half_square(y) >= this, product and difference as computed in float32. */
float pb_filter_threshold(const pb_frame *frame, pb_row_bound x, double norm_y, double lost_y, double units);

/* The same for rows with losses of their own, as a line: y can be within `units` only if product(x, y) - half_square(y) + slope * lost_y,
 * computed in float32, reaches `least`. Where `units` are finite. @param norm_y, lost_y of all rows that are compared with it */
typedef struct pb_filter_line {
    float slope, least;
} pb_filter_line;

pb_filter_line pb_filter_line_of(const pb_frame *frame, pb_row_bound x, double norm_y, double lost_y, double units);

/* Squared distance of the fine coordinates in halves of row i of x and row j of y. */
float pb_filter_fine_square(const pb_frame *frame, const pb_rounded *x, int64_t i, const pb_rounded *y, int64_t j);

/* index.c, (13): the relative and the absolute error of a sum of n squares, twice. */
static inline double pb_filter_relative_error(int64_t n)
{
    return (double)(n + 8) * 0x1p-23;
}

static inline double pb_filter_absolute_error(int64_t n)
{
    return (double)n * 0x1p-120;
}

/* Above this, fine squared distances prove that rows are farther apart than `units`. @param lost both rows' fine_lost */
static inline double pb_filter_fine_limit(const pb_frame *frame, double lost, double units)
{
    const double reach = (units + lost) * (1 - frame->fault[PB_STAGE_FINE]);
    const int64_t stride = pb_frame_fine_stride(frame);
    return reach * reach * (1 + pb_filter_relative_error(stride)) + pb_filter_absolute_error(stride);
}

/* The same of rows in bytes, for what pb_byte_rows_square() says. @param stage PB_STAGE_FINE or PB_STAGE_BYTES */
static inline double pb_filter_bytes_limit(const pb_frame *frame, pb_stage stage, pb_byte_row x, pb_byte_row y,
                                           double units)
{
    return pb_byte_rows_limit(x, y, units, frame->fault[stage]);
}

/* The same for squared distances of the rows themselves, in float32 and at most FLT_MAX; Euclidean metric. */
double pb_filter_row_limit(const pb_frame *frame, double limit);

/* What a squared distance in float32 says the distance is at most. */
double pb_filter_row_bound(const pb_frame *frame, float square);

#endif
