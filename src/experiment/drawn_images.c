#include "experiment/drawn_images.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "io/features.h"

static pb_status take_labels(pb_block *block)
{
    PB_TRY(PB_NEW(block->label, block->split.n_test));
    for (int64_t i = 0; i < block->split.n_test; i++) {
        block->label[i] = block->category->label[block->split.test[i]];
        block->n_anomalies += block->label[i];
    }
    return PB_STATUS_OK;
}

pb_status pb_block_new(const pb_study_category *category, pb_setup setup, int64_t seed, pb_block *out)
{
    pb_block block = {.category = category, .setup = setup, .seed = seed};
    pb_status status = pb_test_split_new(category->label, category->n_test, setup, seed, &block.split);
    if (status == PB_STATUS_OK)
        status = take_labels(&block);
    if (status == PB_STATUS_OK)
        *out = block;
    else
        pb_block_free(&block);
    return status;
}

static bool holds(const pb_reference_set *set, int64_t n, int64_t image)
{
    for (int64_t i = 0; i < n; i++)
        if (set->image[i] == image)
            return true;
    return false;
}

/* The number of an image of this source that the first n slots do not use yet. */
static pb_status find_image(pb_block *block, const pb_reference_set *set, int64_t n, pb_drawn_image source,
                            int64_t *out)
{
    for (int64_t i = 0; i < block->n_images; i++)
        if (block->image[i].from_test == source.from_test && block->image[i].index == source.index &&
            !holds(set, n, i)) {
            *out = i;
            return PB_STATUS_OK;
        }
    PB_TRY(PB_RESERVE(block->image, block->n_images + 1, block->capacity));
    block->image[block->n_images] = source;
    *out = block->n_images++;
    return PB_STATUS_OK;
}

/* The draws of one set. */
typedef struct set_draws {
    int64_t *reference, *slot, *contaminant;
} set_draws;

static pb_status place_images(pb_block *block, const set_draws *draws, pb_reference_set *set)
{
    for (int64_t i = 0; i < set->n_contaminated; i++)
        set->contaminated[draws->slot[i]] = 1;
    for (int64_t i = 0; i < set->n_images; i++) {
        pb_drawn_image source = {false, draws->reference[i]};
        for (int64_t m = 0; m < set->n_contaminated; m++)
            if (draws->slot[m] == i)
                source = (pb_drawn_image){true, draws->contaminant[m]};
        PB_TRY(find_image(block, set, i, source, &set->image[i]));
    }
    return PB_STATUS_OK;
}

static pb_status draw(pb_block *block, set_draws *draws, pb_reference_set *set)
{
    const int64_t n_train = block->category->n_train, n = set->limit < n_train ? set->limit : n_train;
    PB_TRY(PB_NEW(draws->reference, n));
    PB_TRY(PB_NEW(draws->slot, n));
    PB_TRY(PB_NEW(draws->contaminant, n));
    PB_TRY(PB_NEW(set->image, n));
    PB_TRY(PB_NEW(set->contaminated, n));
    PB_TRY(pb_draw_references(n_train, set->limit, block->seed, draws->reference, &set->n_images));
    set->n_contaminated = pb_contaminated_count(set->n_images, set->contamination);
    PB_TRY(pb_draw_contamination(set->n_images, set->n_contaminated, block->split.pool, block->split.n_pool,
                                 block->seed, draws->slot, draws->contaminant));
    return place_images(block, draws, set);
}

static void set_free(pb_reference_set *set)
{
    pb_free(set->image);
    pb_free(set->contaminated);
}

/* Takes the set over, also where it fails. */
static pb_status push_set(pb_block *block, pb_reference_set *set, int64_t *out)
{
    pb_reference_set *larger = pb_realloc(block->set, (size_t)block->n_sets + 1, sizeof *larger);
    if (!larger) {
        set_free(set);
        return PB_STATUS_NO_MEMORY;
    }
    block->set = larger;
    *out = block->n_sets;
    block->set[block->n_sets++] = *set;
    return PB_STATUS_OK;
}

pb_status pb_block_add_set(pb_block *block, int64_t limit, double contamination, int64_t *out)
{
    for (int64_t i = 0; i < block->n_sets; i++)
        if (block->set[i].limit == limit && block->set[i].contamination == contamination && !block->set[i].recaptured) {
            *out = i;
            return PB_STATUS_OK;
        }
    pb_reference_set set = {.limit = limit, .contamination = contamination};
    set_draws draws = {0};
    pb_status status = draw(block, &draws, &set);
    pb_free(draws.reference);
    pb_free(draws.slot);
    pb_free(draws.contaminant);
    if (status == PB_STATUS_OK)
        return push_set(block, &set, out);
    set_free(&set);
    return status;
}

/* ---- Recaptures ------------------------------------------------------------------------------------------------- */

/* The training images that are no references of any contamination with this N, in the order of use. */
static pb_status draw_recaptures(const pb_block *block, int64_t limit, int64_t *out, int64_t *out_n)
{
    const int64_t n_train = block->category->n_train;
    int64_t *reference = NULL, *unused = NULL, n_references, n_unused = 0;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(reference, limit < n_train ? limit : n_train));
    PB_TRY_GOTO(PB_NEW(unused, n_train));
    PB_TRY_GOTO(pb_draw_references(n_train, limit, block->seed, reference, &n_references));
    for (int64_t i = 0, r = 0; i < n_train; i++)
        if (r < n_references && reference[r] == i) /* ascending */
            r++;
        else
            unused[n_unused++] = i;
    status = pb_draw_recaptures(unused, n_unused, block->seed, out);
    *out_n = n_unused;
done:
    pb_free(reference);
    pb_free(unused);
    return status;
}

static pb_status replace_images(pb_block *block, int64_t set, const uint8_t *replaced, const int64_t *photo,
                                int64_t n_photos, pb_reference_set *out)
{
    int64_t used = 0;
    for (int64_t i = 0; i < block->set[set].n_images; i++) {
        const pb_reference_set *old = &block->set[set];
        if (replaced[i] && used == n_photos)
            continue;
        int64_t image = old->image[i];
        if (replaced[i])
            PB_TRY(find_image(block, out, out->n_images, (pb_drawn_image){false, photo[used++]}, &image));
        out->contaminated[out->n_images] = !replaced[i] && old->contaminated[i];
        out->n_contaminated += out->contaminated[out->n_images];
        out->image[out->n_images++] = image;
    }
    return PB_STATUS_OK;
}

pb_status pb_block_add_recaptured(pb_block *block, int64_t set, const uint8_t *replaced, int64_t *out)
{
    const pb_reference_set *old = &block->set[set];
    pb_reference_set recaptured = {.recaptured = true, .limit = old->limit, .contamination = old->contamination};
    int64_t *photo = NULL, n_photos;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(photo, block->category->n_train));
    PB_TRY_GOTO(PB_NEW(recaptured.image, old->n_images));
    PB_TRY_GOTO(PB_NEW(recaptured.contaminated, old->n_images));
    PB_TRY_GOTO(draw_recaptures(block, old->limit, photo, &n_photos));
    PB_TRY_GOTO(replace_images(block, set, replaced, photo, n_photos, &recaptured));
done:
    pb_free(photo);
    if (status == PB_STATUS_OK)
        return push_set(block, &recaptured, out);
    set_free(&recaptured);
    return status;
}

void pb_block_free(pb_block *block)
{
    for (int64_t i = 0; i < block->n_sets; i++)
        set_free(&block->set[i]);
    pb_free(block->set);
    pb_free(block->image);
    pb_free(block->label);
    pb_test_split_free(&block->split);
    *block = (pb_block){0};
}

int64_t pb_block_patches(const pb_block *block)
{
    return block->n_images * block->category->n_patches;
}

const float *pb_block_image(const pb_block *block, int64_t image)
{
    const pb_drawn_image source = block->image[image];
    const pb_features *features = source.from_test ? block->category->test : block->category->train;
    return features->data + source.index * features->n_patches * features->dim;
}

void pb_block_gather(const pb_block *block, const pb_reference_set *set, float *rows)
{
    const int64_t values = block->category->n_patches * block->category->dim;
    for (int64_t i = 0; i < set->n_images; i++)
        memcpy(rows + i * values, pb_block_image(block, set->image[i]), (size_t)values * sizeof *rows);
}

pb_status pb_block_fail(const pb_block *block, pb_status status)
{
    if (status == PB_STATUS_OK || status == PB_STATUS_CANCELLED || status == PB_STATUS_NO_MEMORY)
        return status;
    return pb_fail(status, "%s, seed %" PRId64 ": %s", block->category->name, block->seed, pb_error_message());
}
