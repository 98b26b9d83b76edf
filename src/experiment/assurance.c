#include "experiment/assurance.h"

#include <string.h>

#include <purebank/audit.h>
#include <purebank/references.h>

#include "audit/audit.h"
#include "base/memory.h"
#include "base/product.h"
#include "experiment/cell_rows.h"
#include "io/features.h"

/* ---- Draws ------------------------------------------------------------------------------------------------------ */

static int64_t find_decision(pb_assurance *assurance, int64_t set, const pb_method *method)
{
    for (int64_t i = 0; i < assurance->n_decisions; i++)
        if (assurance->decision[i].set == set && assurance->decision[i].method == method)
            return i;
    assurance->decision[assurance->n_decisions] =
        (pb_assurance_decision){.set = set, .method = method, .kept_set = set};
    return assurance->n_decisions++;
}

static pb_status draw(pb_assurance *assurance)
{
    PB_TRY(PB_NEW(assurance->decision, assurance->n));
    PB_TRY(PB_NEW(assurance->decision_of, assurance->n));
    for (int64_t i = 0; i < assurance->n; i++) {
        const pb_cell *cell = &assurance->cell[i];
        int64_t set;
        PB_TRY(pb_block_add_set(&assurance->block, cell->limit, cell->contamination, &set));
        assurance->decision_of[i] = find_decision(assurance, set, cell->treatment.method);
    }
    return PB_STATUS_OK;
}

pb_status pb_assurance_draw(const pb_detectors *detectors, int64_t category, pb_setup setup, int64_t seed,
                            const pb_cell *cells, int64_t n, pb_assurance *out)
{
    const pb_study_category *audited = pb_detectors_category(detectors, detectors->auditor, category);
    pb_assurance assurance = {
        .detectors = detectors, .category = category, .n = n, .block = {.category = audited, .seed = seed}};
    pb_status status;
    PB_TRY_GOTO(PB_NEW(assurance.cell, n));
    memcpy(assurance.cell, cells, (size_t)n * sizeof *cells);
    PB_TRY_GOTO(pb_block_new(audited, setup, seed, &assurance.block));
    PB_TRY_GOTO(draw(&assurance));
    *out = assurance;
    return PB_STATUS_OK;
done:
    status = pb_block_fail(&assurance.block, status);
    pb_assurance_free(&assurance);
    return status;
}

void pb_assurance_free(pb_assurance *assurance)
{
    for (int64_t i = 0; i < assurance->n_decisions; i++)
        pb_free(assurance->decision[i].removed);
    for (int d = 0; d < PB_MAX_DETECTORS; d++) {
        pb_banks_free(&assurance->banks[d]);
        pb_free(assurance->metrics[d]);
    }
    pb_block_free(&assurance->block);
    pb_free(assurance->cell);
    pb_free(assurance->decision_of);
    pb_free(assurance->decision);
    memset(assurance, 0, sizeof *assurance);
}

/* ---- The plan --------------------------------------------------------------------------------------------------- */

/* The block as another detector sees it: the same draws. Borrowed. */
static pb_block seen_by(const pb_assurance *assurance, int64_t detector)
{
    pb_block block = assurance->block;
    block.category = pb_detectors_category(assurance->detectors, detector, assurance->category);
    return block;
}

/* The same with as many new photos as audits may flag: the first ones of one order for each N. */
static pb_block at_most(const pb_assurance *assurance, int64_t detector)
{
    pb_block block = seen_by(assurance, detector);
    for (int64_t i = 0; i < block.n_sets; i++) {
        bool is_first = true;
        for (int64_t j = 0; j < i; j++)
            is_first = is_first && block.set[j].limit != block.set[i].limit;
        if (is_first)
            block.n_images += pb_audit_most_flagged(block.set[i].n_images);
    }
    return block;
}

static int64_t cells_of(const pb_assurance *assurance, int64_t detector)
{
    int64_t n = 0;
    for (int64_t i = 0; i < assurance->n; i++)
        n += assurance->cell[i].detector == detector;
    return n;
}

static int64_t largest_k(const pb_assurance *assurance)
{
    int64_t k = 1;
    for (int64_t i = 0; i < assurance->n; i++)
        k = assurance->cell[i].k > k ? assurance->cell[i].k : k;
    return k;
}

double pb_assurance_products(const pb_assurance *assurance)
{
    double products = 0;
    for (int64_t d = 0; d < assurance->detectors->n; d++) {
        const pb_block block = at_most(assurance, d);
        const double patches = (double)block.category->n_patches;
        if (cells_of(assurance, d) > 0)
            products +=
                (double)block.split.n_test * patches * (double)block.n_images * patches * (double)block.category->dim;
    }
    return products;
}

int64_t pb_assurance_memory(const pb_assurance *assurance)
{
    const pb_sharing sharing = {.k = largest_k(assurance)};
    int64_t memory = 0;
    for (int64_t d = 0; d < assurance->detectors->n; d++) {
        const pb_block block = at_most(assurance, d);
        const int64_t n = cells_of(assurance, d);
        const int64_t taken = n > 0 || d == assurance->detectors->auditor ? pb_scoring_memory(&block, &sharing, n) : 0;
        memory = taken > memory ? taken : memory;
    }
    return memory;
}

/* ---- Decisions -------------------------------------------------------------------------------------------------- */

static void mark(const pb_audit *audit, const pb_reference_set *set, pb_assurance_decision *decision)
{
    for (int64_t i = 0; i < set->n_images; i++) {
        const bool oracle = decision->method->action == PB_ASSURE_ORACLE;
        decision->removed[i] = oracle                                       ? set->contaminated[i]
                               : decision->method->action == PB_ASSURE_KEEP ? 0
                                                                            : audit->images[i].flagged;
        decision->n_removed += decision->removed[i];
        decision->n_bad_removed += decision->removed[i] && set->contaminated[i];
    }
    for (int top = 1; top <= PB_REVIEW_BUDGET; top++)
        decision->found[top - 1] = pb_audit_found(audit, set->contaminated, top);
}

static pb_status decide(pb_assurance *assurance, pb_references *references, pb_assurance_decision *decision)
{
    const pb_audit_options options = {.size = sizeof options, .seed = assurance->block.seed};
    const pb_reference_set *set = &assurance->block.set[decision->set];
    pb_audit *audit;
    PB_TRY(PB_NEW(decision->removed, set->n_images));
    PB_TRY(pb_audit_run(references, decision->method->audit_rule, &options, &audit));
    mark(audit, set, decision);
    pb_audit_free(audit);
    if (decision->method->action != PB_ASSURE_RECAPTURE || decision->n_removed == 0)
        return PB_STATUS_OK;
    return pb_block_add_recaptured(&assurance->block, decision->set, decision->removed, &decision->kept_set);
}

static pb_status decide_references(pb_assurance *assurance, int64_t set, pb_references *references)
{
    for (int64_t i = 0; i < assurance->n_decisions; i++)
        if (assurance->decision[i].set == set)
            PB_TRY(decide(assurance, references, &assurance->decision[i]));
    return PB_STATUS_OK;
}

static pb_status decide_set(pb_assurance *assurance, int64_t set)
{
    const pb_study_category *category = assurance->block.category;
    const pb_features *like = category->train;
    const int64_t n_images = assurance->block.set[set].n_images;
    float *rows;
    pb_features features = {.n_images = 0};
    pb_references *references = NULL;
    pb_status status;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(rows, n_images, category->n_patches, category->dim));
    pb_block_gather(&assurance->block, &assurance->block.set[set], rows);
    PB_TRY_GOTO(pb_features_view(rows, n_images, like->grid_height, like->grid_width, category->dim, &features));
    PB_TRY_GOTO(pb_references_new(&features, largest_k(assurance), NULL, &references));
    status = decide_references(assurance, set, references);
done:
    pb_references_free(references);
    pb_free(rows);
    return status;
}

/* ---- Scores ----------------------------------------------------------------------------------------------------- */

/* A detector's progress as part of all. */
typedef struct shared_progress {
    const pb_progress *whole;
    int64_t detector, n;
} shared_progress;

static int on_progress(void *context, int64_t done, int64_t total)
{
    const shared_progress *part = context;
    return part->whole->report(part->whole->context, part->detector * total + done, part->n * total);
}

static pb_status add_bank(pb_assurance *assurance, const pb_block *block, int64_t i)
{
    const pb_assurance_decision *decision = &assurance->decision[assurance->decision_of[i]];
    const pb_reference_set *set = &block->set[decision->kept_set];
    pb_cell *cell = &assurance->cell[i];
    pb_patch_mask mask;
    PB_TRY(pb_patch_mask_new(set->n_images, block->category->n_patches, &mask));
    for (int64_t r = 0; r < set->n_images && !set->recaptured; r++)
        if (decision->removed[r])
            memset(mask.keep + r * mask.n_patches, 0, (size_t)mask.n_patches);
    const pb_status status =
        pb_banks_add(&assurance->banks[cell->detector], block, decision->kept_set, cell->k, &mask, &cell->bank);
    if (status != PB_STATUS_OK)
        pb_patch_mask_free(&mask);
    return status;
}

static pb_status score_banks(const pb_block *block, int64_t k, const pb_scoring *scoring, pb_study_banks *banks)
{
    pb_shared_images shared = {0};
    if (!scoring->one_by_one)
        PB_TRY(pb_shared_images_gather(block, k, &shared));
    const pb_status status = pb_banks_score(block, &shared, scoring, banks);
    pb_shared_images_free(&shared);
    return status;
}

static pb_status score_detector(pb_assurance *assurance, int64_t detector, const pb_scoring *scoring)
{
    const pb_block block = seen_by(assurance, detector);
    pb_study_banks *banks = &assurance->banks[detector];
    for (int64_t i = 0; i < assurance->n; i++)
        if (assurance->cell[i].detector == detector)
            PB_TRY(add_bank(assurance, &block, i));
    if (banks->n == 0)
        return PB_STATUS_OK;
    PB_TRY(score_banks(&block, largest_k(assurance), scoring, banks));
    PB_TRY(PB_NEW(assurance->metrics[detector], banks->n));
    for (int64_t b = 0; b < banks->n; b++)
        PB_TRY(pb_metrics_detection(banks->bank[b].image_scores, block.label, block.split.n_test,
                                    &assurance->metrics[detector][b]));
    return PB_STATUS_OK;
}

static pb_status compute(pb_assurance *assurance, const pb_scoring *scoring)
{
    const int64_t n_drawn = assurance->block.n_sets;
    for (int64_t set = 0; set < n_drawn; set++)
        PB_TRY(decide_set(assurance, set));
    shared_progress part = {.whole = &scoring->progress, .n = assurance->detectors->n};
    pb_scoring own = *scoring;
    if (scoring->progress.report)
        own.progress = (pb_progress){on_progress, &part};
    for (int64_t d = 0; d < assurance->detectors->n; d++) {
        part.detector = d;
        const pb_status status = score_detector(assurance, d, &own);
        if (status != PB_STATUS_OK && status != PB_STATUS_CANCELLED && status != PB_STATUS_NO_MEMORY)
            return pb_fail(status, "detector %s: %s", assurance->detectors->detector[d].name, pb_error_message());
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

pb_status pb_assurance_compute(pb_assurance *assurance, const pb_scoring *scoring)
{
    return pb_block_fail(&assurance->block, compute(assurance, scoring));
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static const pb_column found_columns[PB_REVIEW_BUDGET] = {PB_COLUMN_TOP1_CONTAMINATED, PB_COLUMN_TOP2_CONTAMINATED,
                                                          PB_COLUMN_TOP3_CONTAMINATED};

void pb_assurance_report(const pb_assurance *assurance, int64_t i, pb_row *row)
{
    const pb_cell *cell = &assurance->cell[i];
    const pb_assurance_decision *decision = &assurance->decision[assurance->decision_of[i]];
    const pb_reference_set *set = &assurance->block.set[decision->set];
    const pb_detection_metrics *metrics = &assurance->metrics[cell->detector][cell->bank];
    pb_row_whole(row, PB_COLUMN_N_TRAIN, set->n_images);
    pb_row_whole(row, PB_COLUMN_N_CONTAMINATED, set->n_contaminated);
    pb_row_whole(row, PB_COLUMN_IMAGES_REMOVED, decision->n_removed);
    pb_row_whole(row, PB_COLUMN_CONTAMINATED_REMOVED, decision->n_bad_removed);
    for (int top = 0; top < PB_REVIEW_BUDGET; top++)
        pb_row_whole(row, found_columns[top], decision->found[top]);
    pb_report_metrics(metrics, row);
}
