/* Lists of some of the images, taken from lists of all of them: no search. */
#include "search/neighbors.h"

#include "base/memory.h"
#include "base/product.h"

typedef struct selection {
    const pb_neighbors *all;
    const int64_t *images; /* of `all`, in the order of the new lists */
    int64_t *place;        /* all->n_images: the image's number in the new lists, -1 = none */
    pb_neighbors *out;
} selection;

/* What a filtered list holds are the nearest of the selection, as far as it goes: nothing between them was left out. Its
 * end is marked; questions that go further search again. */
static void filter_list(const selection *s, int64_t image, int64_t patch)
{
    const int64_t n_patches = s->all->n_patches;
    const pb_neighbor *from = s->all->lists + (s->images[image] * n_patches + patch) * s->all->depth;
    pb_neighbor *to = s->out->lists + (image * n_patches + patch) * s->out->depth;
    int64_t n = 0;
    for (int64_t i = 0; i < s->all->depth && n < s->out->depth && from[i].index >= 0; i++) {
        const int64_t place = s->place[from[i].index / n_patches];
        if (place >= 0)
            to[n++] = (pb_neighbor){from[i].distance, place * n_patches + from[i].index % n_patches};
    }
    for (; n < s->out->depth; n++)
        to[n] = (pb_neighbor){(double)INFINITY, PB_NEIGHBORS_END};
}

static pb_status filter_lists(selection *s)
{
    const int64_t n_images = s->out->n_images, n_patches = s->out->n_patches;
    PB_TRY(PB_NEW_UNINITIALISED(s->place, s->all->n_images));
    for (int64_t i = 0; i < s->all->n_images; i++)
        s->place[i] = -1;
    for (int64_t i = 0; i < n_images; i++) {
        PB_ASSERT(s->images[i] >= 0 && s->images[i] < s->all->n_images && s->place[s->images[i]] < 0);
        s->place[s->images[i]] = i;
    }
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(s->out->lists, n_images, n_patches, s->out->depth));
    for (int64_t i = 0; i < n_images; i++)
        for (int64_t p = 0; p < n_patches; p++)
            filter_list(s, i, p);
    return PB_STATUS_OK;
}

pb_status pb_neighbors_within(const pb_neighbors *all, const int64_t *images, int64_t n_images, const float *rows,
                              int64_t depth, pb_neighbors **out)
{
    const int64_t others = (n_images - 1) * all->n_patches;
    PB_ASSERT(n_images >= 2 && depth >= 1);
    pb_neighbors *neighbors;
    PB_TRY(PB_NEW(neighbors, 1));
    *neighbors = *all;
    neighbors->rows = rows;
    neighbors->n_images = n_images;
    neighbors->depth = depth < others ? depth : others;
    neighbors->lists = NULL;
    neighbors->made = NULL; /* it counts other images */
    selection s = {.all = all, .images = images, .out = neighbors};
    const pb_status status = filter_lists(&s);
    pb_free(s.place);
    if (status != PB_STATUS_OK) {
        pb_neighbors_free(neighbors);
        return status;
    }
    *out = neighbors;
    return PB_STATUS_OK;
}
