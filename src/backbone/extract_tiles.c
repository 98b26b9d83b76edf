#include "backbone/extract_tiles.h"

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

typedef struct tile_row {
    const pb_backbone_kind *kind;
    void *state;
    const pb_tiling *tiling;
    int64_t dim;
    pb_image photo;
    int32_t row;
    pb_image *tile;  /* x.n */
    float *features; /* x.n x tile_values */
    int64_t tile_values;
} tile_row;

static pb_status cut_tile(void *context, int64_t column, int worker)
{
    const tile_row *r = context;
    (void)worker;
    return pb_tile_cut(r->tiling, &r->photo, (int32_t)column, r->row, &r->tile[column]);
}

static pb_status extract_row(tile_row *r, float *out)
{
    const int32_t n = r->tiling->x.n;
    const pb_image_source source = {.n = n, .images = r->tile};
    pb_status status = pb_parallel_for(n, cut_tile, r, NULL);
    if (status == PB_STATUS_OK)
        status = r->kind->extract(r->state, &source, NULL, r->features);
    for (int32_t i = 0; i < n; i++) {
        if (status == PB_STATUS_OK)
            pb_tile_place(r->tiling, i, r->row, r->features + i * r->tile_values, r->dim, out);
        pb_image_free(&r->tile[i]);
        r->tile[i] = (pb_image){0};
    }
    return status;
}

static pb_status extract_photo(tile_row *r, const pb_image_source *source, int64_t i, float *out)
{
    r->photo = (pb_image){0};
    PB_TRY(pb_image_source_get(source, i, &r->photo));
    pb_status status = PB_STATUS_OK;
    for (r->row = 0; r->row < r->tiling->y.n && status == PB_STATUS_OK; r->row++)
        status = extract_row(r, out);
    pb_image_source_release(source, &r->photo);
    return status;
}

pb_status pb_extract_tiles(const pb_backbone_kind *kind, void *state, const pb_tiling *tiling, int64_t dim,
                           const pb_image_source *source, const pb_progress *progress, float *out)
{
    const int64_t values = (int64_t)tiling->y.cells * tiling->x.cells * dim;
    tile_row row = {.kind = kind,
                    .state = state,
                    .tiling = tiling,
                    .dim = dim,
                    .tile_values = (int64_t)tiling->x.per_tile * tiling->y.per_tile * dim};
    pb_status status;
    PB_TRY_GOTO(PB_NEW(row.tile, tiling->x.n));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(row.features, tiling->x.n, row.tile_values));
    for (int64_t i = 0; i < source->n && status == PB_STATUS_OK; i++) {
        status = pb_progress_report(progress, i, source->n);
        if (status == PB_STATUS_OK)
            status = extract_photo(&row, source, i, out + i * values);
    }
    if (status == PB_STATUS_OK)
        status = pb_progress_report(progress, source->n, source->n);
done:
    pb_free(row.tile);
    pb_free(row.features);
    return status;
}
