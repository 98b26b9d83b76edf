/* A cell opened up, for those who want to see more of it than a row. */
#include <purebank/cell.h>

#include <inttypes.h>
#include <string.h>

#include <purebank/audit.h>

#include "base/memory.h"
#include "base/memory_limit.h"
#include "base/options.h"
#include "base/ranges.h"
#include "experiment/categories.h"
#include "experiment/cells.h"

struct pb_cell_caches {
    pb_study_categories categories;
};

struct pb_cell_view {
    const char *category; /* of the cache */
    const pb_origin *origin;
    int64_t n_patches, n_references, n_test, n_methods;
    pb_cell_reference *reference;
    pb_cell_image *test;
    pb_cell_method *method;
    double clean_auroc;
    pb_cell_results results;
};

pb_status pb_cell_caches_open(const char *root, const char *categories, pb_cell_caches **out)
{
    pb_cell_caches *caches;
    PB_TRY(PB_NEW(caches, 1));
    const pb_status status = pb_study_categories_open(root, categories, &caches->categories);
    if (status == PB_STATUS_OK)
        *out = caches;
    else
        pb_free(caches);
    return status;
}

int64_t pb_cell_caches_n(const pb_cell_caches *caches)
{
    return caches->categories.n;
}

const pb_cache *pb_cell_caches_at(const pb_cell_caches *caches, int64_t i)
{
    return caches->categories.cache[i];
}

void pb_cell_caches_close(pb_cell_caches *caches)
{
    if (!caches)
        return;
    pb_study_categories_free(&caches->categories);
    pb_free(caches);
}

/* ---- Methods ---------------------------------------------------------------------------------------------------- */

/* Of an audit, which the list has once for each multiplier that the studies tried, only its default is looked at. */
static bool is_wanted(const pb_treatment *treatment)
{
    return treatment->multiplier == treatment->method->multiplier;
}

/* The methods asked for, behind none. */
static pb_status list_methods(const pb_cell_options *options, pb_treatment_list *out)
{
    pb_treatment_list asked = {0};
    pb_status status;
    PB_CHECK_ARG(options->methods, "no methods are named");
    PB_TRY_GOTO(pb_treatments_images(PB_METHOD_NONE, out));
    PB_TRY_GOTO(pb_treatments_images(options->methods, &asked));
    for (int64_t i = 0; i < asked.n; i++)
        if (is_wanted(&asked.value[i]))
            PB_TRY_GOTO(pb_treatments_push(out, asked.value[i]));
done:
    pb_free(asked.value);
    if (status != PB_STATUS_OK) {
        pb_free(out->value);
        *out = (pb_treatment_list){0};
    }
    return status;
}

static pb_status check_numbers(const pb_cell_options *options)
{
    PB_CHECK_ARG(options->setup == PB_SETUP_SHARED || options->setup == PB_SETUP_DISJOINT, "%d is no setup",
                 (int)options->setup);
    PB_TRY(pb_check_seed(options->seed));
    PB_CHECK_ARG(options->n_references >= 2 && options->n_references <= INT32_MAX,
                 "%" PRId64 " references: there must be 2 or more", options->n_references);
    PB_CHECK_ARG(options->k >= 1 && options->k <= 10000, "%" PRId64 " neighbours: it must be 1 to 10000", options->k);
    PB_TRY(pb_check_share("contamination", options->contamination));
    PB_TRY(pb_check_percentile(options->percentile));
    PB_CHECK_ARG(options->memory >= 0, "a memory limit of %" PRId64 " bytes", options->memory);
    return PB_STATUS_OK;
}

/* What is asked, whoever's version of the struct it came in. */
static pb_status read_options(const pb_cell_options *options, pb_cell_options *out)
{
    static const pb_cell_options defaults = PB_CELL_OPTIONS_INIT;
    return PB_OPTIONS_READ(pb_cell_options, options, &defaults, out);
}

pb_status pb_cell_options_check(const pb_cell_options *asked)
{
    pb_treatment_list methods = {0};
    pb_cell_options options;
    PB_TRY(read_options(asked, &options));
    PB_TRY(check_numbers(&options));
    PB_TRY(list_methods(&options, &methods));
    pb_free(methods.value);
    return PB_STATUS_OK;
}

/* ---- Computing -------------------------------------------------------------------------------------------------- */

static pb_status draw(const pb_study_category *category, const pb_cell_options *options, pb_cell_results *out)
{
    pb_treatment_list methods = {0};
    pb_cell *cells;
    PB_TRY(check_numbers(options));
    PB_TRY(list_methods(options, &methods));
    pb_status status = PB_NEW(cells, methods.n);
    for (int64_t m = 0; m < methods.n && status == PB_STATUS_OK; m++)
        cells[m] = (pb_cell){.limit = options->n_references,
                             .contamination = options->contamination,
                             .k = options->k,
                             .percentile = options->percentile,
                             .treatment = methods.value[m]};
    if (status == PB_STATUS_OK)
        status = pb_cells_draw(category, options->setup, options->seed, cells, methods.n, out);
    pb_free(cells);
    pb_free(methods.value);
    return status;
}

static pb_status show_references(const pb_cache *cache, pb_cell_view *view)
{
    const pb_cell_results *results = &view->results;
    const pb_reference_set *set = &results->block.set[results->cell[0].set];
    const double *loo = results->facts[results->cell[0].facts].loo;
    view->n_references = set->n_images;
    PB_TRY(PB_NEW(view->reference, set->n_images));
    for (int64_t i = 0; i < set->n_images; i++) {
        const pb_drawn_image source = results->block.image[set->image[i]];
        view->reference[i] =
            (pb_cell_reference){.path = (source.from_test ? &cache->test : &cache->train)->path[source.index],
                                .from_test = source.from_test,
                                .contaminated = set->contaminated[i],
                                .index = source.index,
                                .loo = loo + i * view->n_patches,
                                .score = results->facts[results->cell[0].facts].loo_means[i]};
    }
    return PB_STATUS_OK;
}

static pb_status show_tests(const pb_cache *cache, pb_cell_view *view)
{
    const pb_block *block = &view->results.block;
    view->n_test = block->split.n_test;
    PB_TRY(PB_NEW(view->test, view->n_test));
    for (int64_t i = 0; i < view->n_test; i++)
        view->test[i] =
            (pb_cell_image){cache->test.path[block->split.test[i]], block->split.test[i], block->label[i] != 0};
    return PB_STATUS_OK;
}

static pb_status show_methods(pb_cell_view *view)
{
    const pb_cell_results *results = &view->results;
    view->n_methods = results->n;
    view->clean_auroc = results->metrics[results->cell[0].clean].auroc;
    PB_TRY(PB_NEW(view->method, results->n));
    for (int64_t m = 0; m < results->n; m++) {
        const pb_cell *cell = &results->cell[m];
        const pb_study_bank *bank = &results->banks.bank[cell->bank];
        view->method[m] = (pb_cell_method){.name = cell->treatment.method->name,
                                           .multiplier = cell->treatment.multiplier,
                                           .keep = bank->keep,
                                           .n_removed = cell->n_removed,
                                           .patch_scores = bank->patch_scores,
                                           .image_scores = bank->image_scores,
                                           .auroc = results->metrics[cell->bank].auroc};
    }
    return PB_STATUS_OK;
}

static pb_status compute(pb_cell_caches *caches, int64_t i, const pb_cell_options *options, const pb_progress *progress,
                         pb_cell_view *view)
{
    pb_cell_results *results = &view->results;
    const pb_cache *cache = caches->categories.cache[i];
    const pb_scoring scoring = {.keep_patches = true,
                                .memory = options->memory > 0 ? options->memory : pb_memory_limit() / 2,
                                .progress = progress ? *progress : (pb_progress){0}};
    PB_TRY(draw(&caches->categories.category[i], options, results));
    results->keep_loo = true;
    PB_TRY(pb_study_category_load(&caches->categories, i, false));
    const pb_status status = pb_cells_compute(results, &scoring);
    pb_study_category_unload(&caches->categories, i);
    PB_TRY(status);
    view->category = cache->category;
    view->origin = &cache->origin;
    view->n_patches = results->block.category->n_patches;
    PB_TRY(show_references(cache, view));
    PB_TRY(show_tests(cache, view));
    return show_methods(view);
}

pb_status pb_cell_view_compute(pb_cell_caches *caches, int64_t i, const pb_cell_options *options,
                               const pb_progress *progress, pb_cell_view **out)
{
    pb_cell_options known;
    pb_cell_view *view;
    PB_TRY(read_options(options, &known));
    PB_CHECK_ARG(i >= 0 && i < caches->categories.n, "category %" PRId64 " of %" PRId64, i, caches->categories.n);
    PB_TRY(PB_NEW(view, 1));
    const pb_status status = compute(caches, i, &known, progress, view);
    if (status == PB_STATUS_OK)
        *out = view;
    else
        pb_cell_view_free(view);
    return status;
}

/* ---- What is seen ------------------------------------------------------------------------------------------------- */

const char *pb_cell_view_category(const pb_cell_view *view)
{
    return view->category;
}

const pb_origin *pb_cell_view_origin(const pb_cell_view *view)
{
    return view->origin;
}

int64_t pb_cell_view_n_patches(const pb_cell_view *view)
{
    return view->n_patches;
}

int64_t pb_cell_view_n_references(const pb_cell_view *view)
{
    return view->n_references;
}

int64_t pb_cell_view_n_test(const pb_cell_view *view)
{
    return view->n_test;
}

int64_t pb_cell_view_n_methods(const pb_cell_view *view)
{
    return view->n_methods;
}

double pb_cell_view_clean_auroc(const pb_cell_view *view)
{
    return view->clean_auroc;
}

const pb_cell_reference *pb_cell_view_reference_at(const pb_cell_view *view, int64_t i)
{
    return &view->reference[i];
}

const pb_cell_image *pb_cell_view_test_at(const pb_cell_view *view, int64_t i)
{
    return &view->test[i];
}

const pb_cell_method *pb_cell_view_method_at(const pb_cell_view *view, int64_t m)
{
    return &view->method[m];
}

void pb_cell_view_free(pb_cell_view *view)
{
    if (!view)
        return;
    pb_cells_free(&view->results);
    pb_free(view->reference);
    pb_free(view->test);
    pb_free(view->method);
    pb_free(view);
}
