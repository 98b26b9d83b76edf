#include "search/stored.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "io/checksum.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "search/index.h"
#include "search/scan.h"

static const char name_of_messages[] = "the index of the bank";

enum { VERSION = 1, SAMPLE = 64 /* rows that are contracted anew */, CHECKSUM_DIGITS = 16 };

/* What an index consists of besides numbers; values and fine coordinates are those of block_rows rows a block. */
typedef enum part { CENTRE, AXES, VALUES, SCALE, SHIFT, HALF_SQUARE, LOSSES, FINE, CHECKSUMS } part;

static const char *const names[PB_STORED_TENSORS] = {
    [CENTRE] = "index.centre", [AXES] = "index.axes",   [VALUES] = "index.values",
    [SCALE] = "index.scale",   [SHIFT] = "index.shift", [HALF_SQUARE] = "index.half_square",
    [LOSSES] = "index.losses", [FINE] = "index.fine",   [CHECKSUMS] = "index.checksums",
};

typedef struct layout {
    pb_dtype type;
    int64_t rows, columns; /* columns 0: one dimension; rows 0: there is none */
} layout;

static layout layout_of(const pb_searched *s, part p)
{
    const pb_frame *frame = &s->frame;
    const bool bytes = frame->precision != PB_PRECISION_F32;
    const int64_t rows = s->n_blocks * s->block_rows;
    switch (p) {
    case CENTRE:
        return (layout){PB_DTYPE_F64, frame->dim, 0};
    case AXES:
        return (layout){PB_DTYPE_F32, (frame->fine > 0 ? frame->fine : frame->columns) - 1, frame->dim};
    case VALUES:
        return (layout){bytes ? PB_DTYPE_U8 : PB_DTYPE_F32, rows, frame->columns};
    case SCALE:
        return (layout){PB_DTYPE_F32, bytes ? rows : 0, 0};
    case SHIFT:
        return (layout){PB_DTYPE_I32, bytes ? rows : 0, 0};
    case HALF_SQUARE:
        return (layout){PB_DTYPE_F32, rows, 0};
    case LOSSES:
        return (layout){PB_DTYPE_F32, rows, 3};
    case FINE:
        return (layout){PB_DTYPE_F16, frame->fine > 0 ? rows : 0, pb_frame_fine_stride(frame)};
    case CHECKSUMS:
        break;
    }
    return (layout){PB_DTYPE_I64, s->n_blocks, 0};
}

static size_t bytes_of(layout l)
{
    return (size_t)(l.rows * (l.columns > 0 ? l.columns : 1)) * pb_dtype_bytes(l.type);
}

/* One block's share of a tensor with a row for each row. */
static size_t block_bytes(const pb_searched *s, part p)
{
    return bytes_of(layout_of(s, p)) / (size_t)s->n_blocks;
}

static const part of_blocks[] = {VALUES, SCALE, SHIFT, HALF_SQUARE, LOSSES, FINE};
enum { OF_BLOCKS = sizeof of_blocks / sizeof *of_blocks };

/* @param content the tensors' */
static uint64_t block_checksum(const pb_searched *s, void *const *content, int64_t b)
{
    uint64_t sum = 0;
    for (int i = 0; i < OF_BLOCKS; i++) {
        const size_t bytes = block_bytes(s, of_blocks[i]);
        if (bytes > 0)
            sum = pb_checksum((const char *)content[of_blocks[i]] + (size_t)b * bytes, bytes, sum);
    }
    return sum;
}

/* Of all that does not belong to a block, and of the blocks' checksums. */
static void whole_checksum(const pb_searched *s, void *const *content, char out[CHECKSUM_DIGITS + 1])
{
    static const part parts[] = {CENTRE, AXES, CHECKSUMS};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        sum = pb_checksum(content[parts[i]], bytes_of(layout_of(s, parts[i])), sum);
    snprintf(out, CHECKSUM_DIGITS + 1, "%016" PRIx64, sum);
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

typedef struct storing {
    const pb_index *index;
    void **content;
} storing;

static void *place_of(const storing *job, part p, int64_t b)
{
    return (char *)job->content[p] + (size_t)b * block_bytes(&job->index->searched, p);
}

static pb_status store_block(void *context, int64_t b, int worker)
{
    (void)worker;
    const storing *job = context;
    const pb_searched *s = &job->index->searched;
    const pb_rounded *block = &s->blocks[b];
    const void *const from[PB_STORED_TENSORS] = {[SCALE] = block->scale,
                                                 [SHIFT] = block->shift,
                                                 [HALF_SQUARE] = block->half_square,
                                                 [LOSSES] = block->losses,
                                                 [FINE] = block->fine};
    PB_TRY(pb_rounded_unpack(block, &s->frame, job->index->packing, place_of(job, VALUES, b)));
    for (int i = 0; i < OF_BLOCKS; i++)
        if (from[of_blocks[i]] && block_bytes(s, of_blocks[i]) > 0)
            memcpy(place_of(job, of_blocks[i], b), from[of_blocks[i]], block_bytes(s, of_blocks[i]));
    ((uint64_t *)job->content[CHECKSUMS])[b] = block_checksum(s, job->content, b);
    return PB_STATUS_OK;
}

static pb_status describe(const pb_searched *s, void *const *content, char **out)
{
    const pb_frame *frame = &s->frame;
    char digits[CHECKSUM_DIGITS + 1];
    whole_checksum(s, content, digits);
    json_t *object =
        json_pack("{s:i, s:s, s:b, s:i, s:I, s:I, s:s}", "version", (int)VERSION, "precision",
                  pb_precision_name(frame->precision), "rotated", (int)frame->rotated, "exponent", frame->exponent,
                  "coarse", (json_int_t)frame->columns, "fine", (json_int_t)frame->fine, "checksum", digits);
    if (!object)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot describe an index");
    const pb_status status = pb_json_text(object, out);
    json_decref(object);
    return status;
}

static pb_status store(const pb_index *index, pb_stored *out)
{
    const pb_searched *s = &index->searched;
    for (int p = 0; p < PB_STORED_TENSORS; p++) {
        const layout l = layout_of(s, (part)p);
        char *room;
        if (bytes_of(l) == 0)
            continue;
        PB_TRY(PB_NEW(room, bytes_of(l)));
        out->owned[p] = room;
        out->tensors[out->n_tensors++] = (pb_tensor){.name = names[p],
                                                     .type = l.type,
                                                     .n_dims = l.columns > 0 ? 2 : 1,
                                                     .shape = {l.rows, l.columns},
                                                     .n_items = (int64_t)(bytes_of(l) / pb_dtype_bytes(l.type)),
                                                     .data = room,
                                                     .bytes = bytes_of(l)};
    }
    memcpy(out->owned[CENTRE], s->frame.centre, bytes_of(layout_of(s, CENTRE)));
    memcpy(out->owned[AXES], pb_contraction_axes(s->frame.contraction), bytes_of(layout_of(s, AXES)));
    storing job = {index, out->owned};
    PB_TRY(pb_parallel_for(s->n_blocks, store_block, &job, NULL));
    return describe(s, out->owned, &out->description);
}

pb_status pb_stored_of(const pb_index *index, pb_stored *out)
{
    *out = (pb_stored){0};
    const pb_frame *frame = &index->searched.frame;
    if (!frame->contraction || frame->fine_bytes || frame->metric != PB_METRIC_EUCLIDEAN)
        return PB_STATUS_OK;
    const pb_status status = store(index, out);
    if (status != PB_STATUS_OK)
        pb_stored_clear(out);
    return status;
}

void pb_stored_clear(pb_stored *stored)
{
    for (int p = 0; p < PB_STORED_TENSORS; p++)
        pb_free(stored->owned[p]);
    pb_free(stored->description);
    *stored = (pb_stored){0};
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

typedef struct opening {
    pb_index *index;
    void *content[PB_STORED_TENSORS]; /* of the file, which nothing writes to */
    char checksum[CHECKSUM_DIGITS + 1];
} opening;

static pb_status damaged(const char *what)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s is damaged: %s", name_of_messages, what);
}

static pb_status read_frame(const json_t *object, pb_frame *frame, char checksum[CHECKSUM_DIGITS + 1])
{
    char precision[16];
    int64_t version, exponent;
    bool available;
    PB_TRY(pb_json_get_int(object, "version", name_of_messages, 0, INT32_MAX, &version));
    if (version != VERSION)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s is of version %" PRId64 "; the one that can be read is %d",
                       name_of_messages, version, (int)VERSION);
    PB_TRY(pb_json_get_text(object, "precision", name_of_messages, precision, sizeof precision));
    PB_TRY(pb_json_get_bool(object, "rotated", name_of_messages, &frame->rotated));
    PB_TRY(pb_json_get_int(object, "exponent", name_of_messages, -200, 200, &exponent));
    PB_TRY(pb_json_get_int(object, "coarse", name_of_messages, 2, PB_CONTRACTION_MAX_SIZE, &frame->columns));
    PB_TRY(pb_json_get_int(object, "fine", name_of_messages, 0, PB_CONTRACTION_MAX_SIZE, &frame->fine));
    PB_TRY(pb_json_get_text(object, "checksum", name_of_messages, checksum, CHECKSUM_DIGITS + 1));
    if ((frame->fine > 0 && frame->fine <= frame->columns) || frame->dim > PB_CONTRACTION_MAX_DIM)
        return damaged("its description contradicts itself");
    frame->exponent = (int)exponent;
    frame->inverse_unit = ldexp(1, -frame->exponent);
    frame->precision = PB_PRECISION_F32;
    while (frame->precision < PB_PRECISIONS && strcmp(precision, pb_precision_name(frame->precision)) != 0)
        frame->precision++;
    if (frame->precision == PB_PRECISIONS)
        return damaged("its precision is none");
    PB_TRY(pb_frame_has(frame->precision, frame->columns, &available));
    return available ? PB_STATUS_OK
                     : pb_fail(PB_STATUS_UNSUPPORTED, "%s multiplies bytes as this CPU does not", name_of_messages);
}

static pb_status find_tensors(const pb_safetensors *file, const pb_searched *s, void **content)
{
    for (int p = 0; p < PB_STORED_TENSORS; p++) {
        const layout l = layout_of(s, (part)p);
        const int64_t shape[] = {l.rows, l.columns};
        const pb_tensor *tensor;
        if (bytes_of(l) == 0)
            continue;
        PB_TRY(pb_safetensors_require(file, names[p], l.type, l.columns > 0 ? 2 : 1, shape, &tensor));
        if ((uintptr_t)tensor->data % pb_dtype_bytes(l.type) != 0)
            return damaged("its numbers are not aligned");
        memcpy(&content[p], &tensor->data, sizeof content[p]); /* not const, as blocks that are filled are not */
    }
    return PB_STATUS_OK;
}

/* Of the values, what would not fit the sums of a product. */
static bool fits(const pb_rounded *block, const pb_frame *frame)
{
    const int most = pb_precision_bias(frame->precision) + pb_precision_most(frame->precision);
    const uint8_t *values = block->values;
    bool fits = true;
    for (int64_t i = 0; frame->precision != PB_PRECISION_F32 && i < block->n * frame->columns; i++)
        fits &= values[i] > 0 && values[i] <= most;
    return fits;
}

/* What no rounding leaves, and what comparisons would take for an answer. */
static bool makes_sense(const pb_rounded *block, const pb_frame *frame)
{
    const int64_t most = pb_precision_most(frame->precision), largest = (most + 1) * most * frame->columns; /* shift */
    for (int64_t i = 0; i < block->n; i++) {
        if (block->shift && (block->shift[i] > largest || block->shift[i] < -largest))
            return false;
        const pb_row_losses l = block->losses[i];
        if (!(l.norm >= 0 && l.norm < INFINITY && l.lost >= 0 && l.lost < INFINITY && l.fine_lost >= 0) ||
            !(block->half_square[i] < INFINITY) ||
            (block->scale && !(block->scale[i] >= 0 && block->scale[i] < INFINITY)))
            return false;
    }
    return true;
}

static pb_status open_block(void *context, int64_t b, int worker)
{
    (void)worker;
    const opening *job = context;
    pb_searched *s = &job->index->searched;
    pb_rounded *block = &s->blocks[b];
    void *places[PB_STORED_TENSORS] = {0};
    const pb_index_block rows = pb_index_block_of(s, b);
    if (block_checksum(s, job->content, b) != ((const uint64_t *)job->content[CHECKSUMS])[b])
        return damaged("a block does not have its checksum");
    for (int i = 0; i < OF_BLOCKS; i++)
        if (job->content[of_blocks[i]])
            places[of_blocks[i]] = (char *)job->content[of_blocks[i]] + (size_t)b * block_bytes(s, of_blocks[i]);
    *block = (pb_rounded){.n = rows.n,
                          .capacity = s->block_rows,
                          .first = rows.first,
                          .stride = rows.stride,
                          .borrowed = true,
                          .values = places[VALUES],
                          .scale = places[SCALE],
                          .shift = places[SHIFT],
                          .half_square = places[HALF_SQUARE],
                          .losses = places[LOSSES],
                          .fine = places[FINE]};
    if (!makes_sense(block, &s->frame) || !fits(block, &s->frame))
        return damaged("a block holds what no rounding leaves");
    return pb_rounded_restore(block, &s->frame, job->index->packing);
}

/* Value m of a rounded row. */
static double value_of(const pb_frame *frame, const void *values, float scale, int64_t i, int64_t m)
{
    const int64_t at = i * frame->columns + m;
    if (frame->precision == PB_PRECISION_F32)
        return (double)((const float *)values)[at];
    return (double)scale * (((const uint8_t *)values)[at] - pb_precision_bias(frame->precision));
}

/* Both roundings of a row are within their losses of its contraction. */
static bool agree(const opening *job, const pb_rounded *anew, int64_t b, int64_t i)
{
    const pb_searched *s = &job->index->searched;
    const pb_frame *frame = &s->frame;
    const pb_rounded *block = &s->blocks[b];
    const void *values = (const char *)job->content[VALUES] + (size_t)b * block_bytes(s, VALUES);
    double square = 0;
    for (int64_t m = 0; m < frame->columns; m++) {
        const double difference = value_of(frame, values, block->scale ? block->scale[i] : 1, i, m) -
                                  value_of(frame, anew->values, anew->scale ? anew->scale[0] : 1, 0, m);
        square += difference * difference;
    }
    return sqrt(square) <= ((double)block->losses[i].lost + (double)anew->losses[0].lost) * (1 + 1e-9);
}

static pb_status check_sample(void *context, int64_t item, int worker)
{
    (void)worker;
    const opening *job = context;
    const pb_searched *s = &job->index->searched;
    const int64_t b = item * s->n_blocks / SAMPLE, i = item % s->blocks[b].n;
    pb_rounded anew;
    PB_TRY(pb_rounded_init(&anew, &s->frame, 1));
    const float *row = s->rows + pb_searched_row(s, b, i) * s->frame.dim;
    pb_status status = pb_rounded_fill(&anew, &s->frame, row, 1, 1);
    if (status == PB_STATUS_OK && !agree(job, &anew, b, i))
        status = damaged("it is not that of these rows");
    pb_rounded_clear(&anew);
    return status;
}

static pb_status open_frame(opening *job)
{
    pb_frame *frame = &job->index->searched.frame;
    const int64_t n_axes = layout_of(&job->index->searched, AXES).rows;
    PB_TRY(PB_NEW_UNINITIALISED(frame->centre, frame->dim));
    memcpy(frame->centre, job->content[CENTRE], (size_t)frame->dim * sizeof *frame->centre);
    PB_TRY(pb_contraction_restore(job->content[AXES], n_axes, frame->dim, &frame->contraction));
    for (int64_t c = 0; c < frame->dim; c++)
        if (!isfinite(frame->centre[c]))
            return damaged("its centre is not finite");
    return pb_frame_use_floats(frame);
}

static pb_status open_index(opening *job, const pb_safetensors *file)
{
    pb_searched *s = &job->index->searched;
    char checksum[CHECKSUM_DIGITS + 1];
    pb_index_divide(s);
    PB_TRY(find_tensors(file, s, job->content));
    whole_checksum(s, job->content, checksum);
    if (strcmp(checksum, job->checksum) != 0)
        return damaged("it does not have its checksum");
    PB_TRY(open_frame(job));
    const pb_product_shape shape = {PB_INDEX_QUERY_TILE, s->block_rows, s->frame.columns, s->frame.precision};
    PB_TRY(pb_product_new(shape, NULL, &job->index->packing));
    PB_TRY(PB_NEW(s->blocks, s->n_blocks));
    PB_TRY(pb_parallel_for(s->n_blocks, open_block, job, NULL));
    pb_searched_finish(s);
    return pb_parallel_for(SAMPLE, check_sample, job, NULL);
}

pb_status pb_stored_open(const pb_safetensors *file, const char *description, const float *rows, int64_t n, int64_t dim,
                         pb_index **out)
{
    opening job = {0};
    json_t *object;
    PB_ASSERT(n >= 1 && dim >= 1);
    PB_TRY(pb_json_parse(description, strlen(description), name_of_messages, &object));
    pb_status status = PB_NEW(job.index, 1);
    if (status == PB_STATUS_OK) {
        job.index->searched = (pb_searched){.rows = rows, .n = n, .frame = {.dim = dim, .metric = PB_METRIC_EUCLIDEAN}};
        status = read_frame(object, &job.index->searched.frame, job.checksum);
    }
    json_decref(object);
    if (status == PB_STATUS_OK)
        status = open_index(&job, file);
    if (status == PB_STATUS_OK)
        *out = job.index;
    else
        pb_index_free(job.index);
    return status;
}
