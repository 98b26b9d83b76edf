#include "experiment/cells.h"

#include <math.h>
#include <string.h>

#include <purebank/audit.h>

#include "audit/audit.h"
#include "base/memory.h"
#include "base/order.h"
#include "base/product.h"
#include "io/features.h"
#include "purify/outliers.h"
#include "references/references.h"
#include "score/score.h"

/* ---- Draws ------------------------------------------------------------------------------------------------------ */

/* The number of the facts about a set for one k. */
static int64_t find_facts(const pb_cell_results *results, int64_t set, int64_t k)
{
    for (int64_t i = 0; i < results->n_facts; i++)
        if (results->facts[i].set == set && results->facts[i].k == k)
            return i;
    return -1;
}

static int64_t add_facts(pb_cell_results *results, int64_t set, int64_t k)
{
    const int64_t there = find_facts(results, set, k);
    if (there >= 0)
        return there;
    results->facts[results->n_facts] = (pb_set_facts){.set = set, .k = k, .bank = -1};
    return results->n_facts++;
}

static pb_status draw_sets(pb_cell_results *results)
{
    PB_TRY(PB_NEW(results->facts, 2 * results->n));
    pb_block *block = &results->block;
    for (int64_t i = 0; i < results->n; i++) {
        pb_cell *cell = &results->cell[i];
        int64_t clean;
        PB_TRY(pb_block_add_set(block, cell->limit, cell->contamination, &cell->set));
        PB_TRY(pb_references_check_k(block->set[cell->set].n_images, block->category->n_patches, cell->k));
        PB_TRY(pb_block_add_set(block, cell->limit, 0, &clean));
        cell->facts = add_facts(results, cell->set, cell->k);
        cell->clean = add_facts(results, clean, cell->k); /* becomes its bank */
    }
    return PB_STATUS_OK;
}

pb_status pb_cells_draw(const pb_study_category *category, pb_setup setup, int64_t seed, const pb_cell *cells,
                        int64_t n, pb_cell_results *out)
{
    pb_cell_results results = {.block = {.category = category, .seed = seed}, .n = n};
    pb_status status;
    PB_TRY_GOTO(PB_NEW(results.cell, n));
    memcpy(results.cell, cells, (size_t)n * sizeof *cells);
    PB_TRY_GOTO(pb_block_new(category, setup, seed, &results.block));
    PB_TRY_GOTO(draw_sets(&results));
    *out = results;
    return PB_STATUS_OK;
done:
    status = pb_block_fail(&results.block, status);
    pb_cells_free(&results);
    return status;
}

pb_sharing pb_cells_sharing(const pb_cell_results *results)
{
    pb_sharing sharing = {.k = 1};
    unsigned needs = PB_NEEDS_NOTHING;
    for (int64_t i = 0; i < results->n; i++) {
        const pb_cell *cell = &results->cell[i];
        sharing.k = cell->k > sharing.k ? cell->k : sharing.k;
        needs |= cell->treatment.method->needs;
    }
    sharing.cosine = needs & PB_NEEDS_COSINE;
    sharing.around = needs & PB_NEEDS_AROUND;
    sharing.spread = needs & PB_NEEDS_SPREAD;
    return sharing;
}

void pb_cells_free(pb_cell_results *results)
{
    pb_banks_free(&results->banks);
    pb_block_free(&results->block);
    pb_free(results->cell);
    pb_free(results->metrics);
    pb_free(results->pixels);
    for (int64_t i = 0; i < results->n_facts; i++) {
        pb_free(results->facts[i].loo);
        pb_free(results->facts[i].loo_means);
    }
    pb_free(results->facts);
    *results = (pb_cell_results){.n = 0};
}

/* ---- Masks ------------------------------------------------------------------------------------------------------ */

/* One set under examination. */
typedef struct examination {
    pb_cell_results *results;
    int64_t set;
    pb_features features; /* of its images */
    pb_references_source source;
} examination;

static const pb_reference_set *set_of(const examination *e)
{
    return &e->results->block.set[e->set];
}

static pb_status add_bank(const examination *e, int64_t k, pb_patch_mask *mask, int64_t *out)
{
    const pb_status status = pb_banks_add(&e->results->banks, &e->results->block, e->set, k, mask, out);
    if (status != PB_STATUS_OK)
        pb_patch_mask_free(mask);
    return status;
}

/* Of the m images with the highest scores, how many are contaminated? */
static double precision_at(const pb_reference_set *set, const int64_t *order, int64_t m)
{
    int64_t found = 0;
    for (int64_t i = 0; i < m; i++)
        found += set->contaminated[order[i]];
    return (double)found / (double)m;
}

static pb_status judge_scores(const pb_reference_set *set, const double *scores, int64_t *order, pb_set_facts *facts)
{
    facts->skewness = pb_skewness(scores, set->n_images);
    facts->auroc = facts->precision_1 = facts->precision_m = (double)NAN;
    if (set->n_contaminated == 0)
        return PB_STATUS_OK;
    PB_TRY(pb_order_descending(scores, set->n_images, order));
    facts->precision_1 = precision_at(set, order, 1);
    facts->precision_m = precision_at(set, order, set->n_contaminated);
    if (set->n_contaminated == set->n_images)
        return PB_STATUS_OK;
    return pb_metrics_auroc(scores, set->contaminated, set->n_images, &facts->auroc);
}

static pb_status keep_scores(const examination *e, const double *patch_scores, const double *means, pb_set_facts *facts)
{
    const int64_t n_images = e->features.n_images, n = n_images * e->features.n_patches;
    PB_TRY(PB_NEW_UNINITIALISED(facts->loo, n));
    PB_TRY(PB_NEW_UNINITIALISED(facts->loo_means, n_images));
    memcpy(facts->loo, patch_scores, (size_t)n * sizeof *facts->loo);
    memcpy(facts->loo_means, means, (size_t)n_images * sizeof *facts->loo_means);
    return PB_STATUS_OK;
}

static pb_status examine_images(const examination *e, pb_references *references, pb_set_facts *facts)
{
    const pb_reference_set *set = set_of(e);
    const double *patch_scores;
    double *scores = NULL;
    int64_t *order = NULL;
    pb_status status;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &patch_scores));
    PB_TRY_GOTO(PB_NEW(scores, set->n_images));
    PB_TRY_GOTO(PB_NEW(order, set->n_images));
    PB_TRY_GOTO(pb_image_means(patch_scores, set->n_images, e->features.n_patches, scores));
    PB_TRY_GOTO(judge_scores(set, scores, order, facts));
    if (e->results->keep_loo)
        PB_TRY_GOTO(keep_scores(e, patch_scores, scores, facts));
    facts->examined = true;
done:
    pb_free(scores);
    pb_free(order);
    return status;
}

static bool is_left(const pb_patch_mask *mask, int64_t image)
{
    return memchr(mask->keep + image * mask->n_patches, 1, (size_t)mask->n_patches) != NULL;
}

static pb_status purify(const examination *e, pb_references *references, pb_cell *cell, pb_patch_mask *out)
{
    const pb_purify_options options = {.size = sizeof options,
                                       .percentile = cell->percentile,
                                       .contamination = cell->contamination,
                                       .seed = e->results->block.seed,
                                       .contaminated = set_of(e)->contaminated};
    cell->detection = e->results->facts[cell->facts].auroc;
    return pb_purify(references, cell->treatment.method->name, &options, out);
}

/* How well the audit's scores tell the contaminated images; NaN where all, or none, are. */
static pb_status measure_audit(const pb_audit *audit, const pb_reference_set *set, double *out)
{
    *out = (double)NAN;
    if (set->n_contaminated == 0 || set->n_contaminated == set->n_images)
        return PB_STATUS_OK;
    double *scores;
    PB_TRY(PB_NEW(scores, audit->n_images));
    for (int64_t i = 0; i < audit->n_images; i++)
        scores[i] = audit->images[i].score;
    const pb_status status = pb_metrics_auroc(scores, set->contaminated, set->n_images, out);
    pb_free(scores);
    return status;
}

static pb_status audit(const examination *e, pb_references *references, pb_cell *cell, pb_patch_mask *out)
{
    const pb_audit_options options = {.size = sizeof options,
                                      .multiplier = cell->treatment.multiplier,
                                      .contamination = cell->contamination,
                                      .seed = e->results->block.seed};
    pb_audit *found = NULL;
    PB_TRY(pb_audit_run(references, cell->treatment.method->name, &options, &found));
    pb_status status = measure_audit(found, set_of(e), &cell->detection);
    if (status == PB_STATUS_OK)
        status = pb_patch_mask_new(found->n_images, e->features.n_patches, out);
    for (int64_t i = 0; i < found->n_images && status == PB_STATUS_OK; i++)
        if (found->images[i].flagged)
            memset(out->keep + i * out->n_patches, 0, (size_t)out->n_patches);
    pb_audit_free(found);
    return status;
}

static pb_status treat_cell(const examination *e, pb_references *references, pb_cell *cell)
{
    const pb_reference_set *set = set_of(e);
    pb_patch_mask mask;
    const pb_method *method = cell->treatment.method;
    const pb_status status =
        method->kind == PB_METHOD_PURIFICATION ? purify(e, references, cell, &mask) : audit(e, references, cell, &mask);
    if (status != PB_STATUS_OK)
        return pb_fail(status, "%s: %s", method->name, pb_error_message());
    for (int64_t i = 0; i < mask.n_images; i++) {
        cell->n_images_left += is_left(&mask, i);
        cell->n_bad_removed += set->contaminated[i] && !is_left(&mask, i);
    }
    cell->n_removed = mask.n_images * mask.n_patches - pb_patch_mask_count(&mask);
    return add_bank(e, cell->k, &mask, &cell->bank);
}

static pb_status treat_cells(const examination *e, pb_references *references, int64_t facts)
{
    for (int64_t i = 0; i < e->results->n; i++)
        if (e->results->cell[i].facts == facts)
            PB_TRY(treat_cell(e, references, &e->results->cell[i]));
    return PB_STATUS_OK;
}

static bool has_cells(const pb_cell_results *results, int64_t facts)
{
    for (int64_t i = 0; i < results->n; i++)
        if (results->cell[i].facts == facts)
            return true;
    return false;
}

static pb_status examine_for_k(const examination *e, int64_t facts)
{
    pb_set_facts *fact = &e->results->facts[facts];
    pb_references *references;
    pb_patch_mask everything;
    PB_TRY(pb_patch_mask_new(set_of(e)->n_images, e->features.n_patches, &everything));
    PB_TRY(add_bank(e, fact->k, &everything, &fact->bank));
    if (!has_cells(e->results, facts))
        return PB_STATUS_OK;
    PB_TRY(pb_references_new_within(&e->features, fact->k, &e->source, &references));
    pb_status status = examine_images(e, references, fact);
    if (status == PB_STATUS_OK)
        status = treat_cells(e, references, facts);
    pb_references_free(references);
    return status;
}

static pb_status examine_set(pb_cell_results *results, const pb_shared_images *shared, int64_t set, float *rows)
{
    const pb_block *block = &results->block;
    const pb_features *like = block->category->train;
    examination e = {.results = results, .set = set, .source = {.images = block->set[set].image}};
    for (int metric = 0; shared && metric <= PB_METRIC_COSINE; metric++)
        e.source.lists[metric] = shared->lists[metric];
    e.source.own = shared ? shared->own : NULL;
    e.source.moments = shared ? shared->moments : NULL;
    pb_block_gather(block, &block->set[set], rows);
    PB_TRY(
        pb_features_view(rows, block->set[set].n_images, like->grid_height, like->grid_width, like->dim, &e.features));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < results->n_facts && status == PB_STATUS_OK; i++)
        if (results->facts[i].set == set)
            status = examine_for_k(&e, i);
    return status;
}

static pb_status examine(pb_cell_results *results, const pb_shared_images *shared, const pb_progress *progress)
{
    const pb_block *block = &results->block;
    int64_t largest = 0;
    float *rows;
    for (int64_t i = 0; i < block->n_sets; i++)
        largest = block->set[i].n_images > largest ? block->set[i].n_images : largest;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(rows, largest, block->category->n_patches, block->category->dim));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < block->n_sets && status == PB_STATUS_OK; i++) {
        status = examine_set(results, shared, i, rows);
        if (status == PB_STATUS_OK)
            status = pb_progress_report(progress, 0, 1);
    }
    pb_free(rows);
    return status;
}

/* ---- Scores and metrics ----------------------------------------------------------------------------------------- */

static pb_status measure(pb_cell_results *results)
{
    const pb_block *block = &results->block;
    PB_TRY(PB_NEW(results->metrics, results->banks.n));
    for (int64_t b = 0; b < results->banks.n; b++)
        PB_TRY(pb_metrics_detection(results->banks.bank[b].image_scores, block->label, block->split.n_test,
                                    &results->metrics[b]));
    for (int64_t i = 0; i < results->n; i++) {
        pb_cell *cell = &results->cell[i];
        cell->clean = results->facts[cell->clean].bank;
        cell->dirty = results->facts[cell->facts].bank;
    }
    return PB_STATUS_OK;
}

static pb_status compute(pb_cell_results *results, const pb_scoring *scoring, pb_shared_images *shared)
{
    const pb_progress *progress = scoring->progress.report ? &scoring->progress : NULL;
    const pb_sharing sharing = pb_cells_sharing(results);
    if (!scoring->one_by_one)
        PB_TRY(pb_shared_images_new(&results->block, &sharing, scoring->memory, shared));
    PB_TRY(examine(results, scoring->one_by_one ? NULL : shared, progress));
    pb_shared_images_drop_moments(shared);
    PB_TRY(pb_banks_score(&results->block, shared, scoring, &results->banks));
    PB_TRY(measure(results));
    if (!scoring->measure_pixels)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(results->pixels, results->banks.n));
    return pb_pixels_measure(&results->block, &results->banks, results->pixels, &results->n_masks);
}

pb_status pb_cells_compute(pb_cell_results *results, const pb_scoring *scoring)
{
    pb_shared_images shared = {0};
    const pb_status status = compute(results, scoring, &shared);
    pb_shared_images_free(&shared);
    return pb_block_fail(&results->block, status);
}
