#include "backbone/image_source.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

/* A photo that its variants share: decoded for the first that is asked for, freed after the last. Items are handed out in order, so
 * that no more photos are there than threads at work. */
typedef struct shared_photo {
    pthread_mutex_t lock;
    pb_image image; /* rgb NULL: not there */
    int64_t n_made; /* variants */
} shared_photo;

struct pb_image_variants {
    const pb_augment *augment;
    int64_t n_variants, n_photos;
    shared_photo *photos; /* NULL: images are lent */
};

static int64_t photo_of(const pb_image_source *source, int64_t index)
{
    return source->variants ? index / source->variants->n_variants : index;
}

/* ---- one image ---------------------------------------------------------------------------------------------------- */

static pb_status check_size(const pb_image_source *source, int64_t photo, const pb_image *image)
{
    if (source->width == 0 || (image->width == source->width && image->height == source->height))
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_SHAPE,
                   "%s has %d x %d pixels, not %d x %d as the first photo: at this resolution all must have one size",
                   source->paths[photo], (int)image->width, (int)image->height, (int)source->width,
                   (int)source->height);
}

static pb_status read_photo(const pb_image_source *source, int64_t photo, pb_image *out)
{
    const pb_image_options options = {.size = sizeof options, .sample_bits = source->sample_bits};
    PB_TRY(pb_image_read_as(source->paths[photo], &options, out));
    pb_status status = check_size(source, photo, out);
    if (status == PB_STATUS_OK && source->visit)
        status = source->visit(source->context, photo, out);
    if (status != PB_STATUS_OK) {
        pb_image_free(out);
        *out = (pb_image){0};
    }
    return status;
}

static pb_status lend_photo(const pb_image_source *source, int64_t photo, pb_image *out)
{
    const pb_image *image = &source->images[photo];
    PB_CHECK_ARG(image->rgb && image->width >= 1 && image->height >= 1, "image %lld is empty (%d x %d pixels)",
                 (long long)photo, (int)image->width, (int)image->height);
    *out = *image;
    return PB_STATUS_OK;
}

/* @param shared locked */
static pb_status make_shared(const pb_image_source *source, int64_t index, shared_photo *shared, pb_image *out)
{
    const pb_image_variants *variants = source->variants;
    if (!shared->image.rgb)
        PB_TRY(read_photo(source, photo_of(source, index), &shared->image));
    PB_TRY(pb_augment_image(variants->augment, index % variants->n_variants, &shared->image, out));
    if (++shared->n_made == variants->n_variants) {
        pb_image_free(&shared->image);
        shared->image = (pb_image){0};
    }
    return PB_STATUS_OK;
}

static pb_status make_variant(const pb_image_source *source, int64_t index, pb_image *out)
{
    const pb_image_variants *variants = source->variants;
    if (!variants->photos) {
        pb_image lent;
        PB_TRY(lend_photo(source, photo_of(source, index), &lent));
        return pb_augment_image(variants->augment, index % variants->n_variants, &lent, out);
    }
    shared_photo *shared = &variants->photos[photo_of(source, index)];
    pthread_mutex_lock(&shared->lock);
    const pb_status status = make_shared(source, index, shared, out);
    pthread_mutex_unlock(&shared->lock);
    return status;
}

pb_status pb_image_source_get(const pb_image_source *source, int64_t index, pb_image *out)
{
    if (source->variants)
        return make_variant(source, index, out);
    return source->images ? lend_photo(source, index, out) : read_photo(source, index, out);
}

pb_status pb_image_source_blame(const pb_image_source *source, int64_t index, pb_status status)
{
    return status == PB_STATUS_LIMIT && source->paths
               ? pb_fail(status, "%s: %s", source->paths[photo_of(source, index)], pb_error_message())
               : status;
}

void pb_image_source_release(const pb_image_source *source, pb_image *image)
{
    if (!source->images || source->variants)
        pb_image_free(image);
    *image = (pb_image){0};
}

/* ---- variants ----------------------------------------------------------------------------------------------------- */

pb_status pb_image_variants_begin(const pb_augment *augment, pb_image_source *source)
{
    pb_image_variants *variants;
    PB_TRY(PB_NEW(variants, 1));
    *variants =
        (pb_image_variants){.augment = augment, .n_variants = pb_augment_n_variants(augment), .n_photos = source->n};
    if (!source->images && PB_NEW(variants->photos, source->n) != PB_STATUS_OK) {
        pb_free(variants);
        return PB_STATUS_NO_MEMORY;
    }
    for (int64_t i = 0; variants->photos && i < source->n; i++)
        pthread_mutex_init(&variants->photos[i].lock, NULL);
    source->variants = variants;
    source->n *= variants->n_variants;
    return PB_STATUS_OK;
}

void pb_image_variants_end(pb_image_source *source)
{
    pb_image_variants *variants = source->variants;
    if (!variants)
        return;
    for (int64_t i = 0; variants->photos && i < variants->n_photos; i++) {
        pb_image_free(&variants->photos[i].image); /* after a failure */
        pthread_mutex_destroy(&variants->photos[i].lock);
    }
    pb_free(variants->photos);
    pb_free(variants);
    source->variants = NULL;
}

/* ---- their places ------------------------------------------------------------------------------------------------- */

typedef struct placing {
    const pb_augment *augment;
    const pb_origin *origin;
    float *rows;
} placing;

static pb_status place_variant(void *context, int64_t index, int worker)
{
    const placing *job = context;
    const int64_t n_patches = (int64_t)job->origin->grid_height * job->origin->grid_width, dim = job->origin->dim;
    float *rows = job->rows + index * n_patches * dim, *copy = NULL;
    int32_t *place = NULL;
    pb_status status;
    (void)worker;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(place, n_patches));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(copy, n_patches, dim));
    PB_TRY_GOTO(pb_augment_places(job->augment, index % pb_augment_n_variants(job->augment), job->origin->grid_height,
                                  job->origin->grid_width, place));
    memcpy(copy, rows, (size_t)(n_patches * dim) * sizeof *copy);
    for (int64_t p = 0; p < n_patches; p++)
        memcpy(rows + place[p] * dim, copy + p * dim, (size_t)dim * sizeof *copy);
done:
    pb_free(place);
    pb_free(copy);
    return status;
}

pb_status pb_variants_put_in_place(const pb_augment *augment, const pb_origin *origin, int64_t n_photos, float *rows)
{
    placing job = {augment, origin, rows};
    return pb_parallel_for(n_photos * pb_augment_n_variants(augment), place_variant, &job, NULL);
}
