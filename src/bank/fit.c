/* References -> bank: audit, decisions, purification, descriptors, threshold. */
#include "bank/bank.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <purebank/metrics.h>

#include "audit/audit.h"
#include "audit/photos.h"
#include "bank/choose_coreset.h"
#include "bank/left_out.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/product.h"
#include "base/ranges.h"
#include "catalog/catalog.h"
#include "io/features.h"
#include "references/references.h"

/* Everything one call of pb_bank_fit() works on. */
typedef struct fit_state {
    pb_references *references;
    const pb_features *features;
    const pb_bank_options *options;
    pb_bank *bank;
    pb_audit *audit;        /* NULL where none runs */
    int64_t n_kept;         /* images */
    pb_patch_mask mask;     /* patches of the bank, over all references */
    bool *good;             /* n_images: those that the threshold rests on */
    double *coreset_scores; /* of their patches, where the bank is a coreset (pb_choose_coreset()); else NULL */
} fit_state;

static pb_status check_options(const pb_bank_options *options, const pb_references *references)
{
    const pb_features *features = pb_references_features(references);
    PB_CHECK_ARG(options->k == pb_references_k(references),
                 "K is %" PRId64 ", but the references were examined with K = %" PRId64, options->k,
                 pb_references_k(references));
    PB_CHECK_ARG(options->purify_method, "no purification method is named; \"none\" keeps every patch");
    PB_TRY(pb_check_percentile(options->percentile));
    PB_TRY(pb_check_share("the expected share of bad images", options->contamination));
    PB_CHECK_ARG(options->image_score >= PB_IMAGE_SCORE_OF_BACKBONE && options->image_score < PB_N_IMAGE_SCORES,
                 "there is no image score number %d", (int)options->image_score);
    PB_TRY(pb_threshold_check_rate(options->false_alarm_rate));
    PB_TRY(pb_check_share("the share of patches that stay in the bank", options->coreset_share));
    PB_TRY(pb_check_seed(options->seed));
    PB_CHECK_ARG(options->coreset_rows >= 0, "%" PRId64 " patches that stay in the bank", options->coreset_rows);
    for (int64_t i = 0; options->decisions && i < features->n_images; i++)
        PB_TRY(pb_decision_check(options->decisions[i], i));
    return PB_STATUS_OK;
}

static pb_status describe_references(fit_state *fit, const char *const *paths, const char *const *sha256)
{
    pb_bank *bank = fit->bank;
    const int64_t n = fit->features->n_images;
    PB_TRY(PB_NEW(bank->references, n));
    bank->n_references = n;
    for (int64_t i = 0; i < n; i++) {
        pb_bank_reference *reference = &bank->references[i];
        char name[32];
        snprintf(name, sizeof name, "image %" PRId64, i);
        PB_TRY(PB_NEW_STRING(reference->path, paths ? paths[i] : name));
        if (sha256)
            snprintf(reference->sha256, sizeof reference->sha256, "%s", sha256[i]);
        reference->audit_score = reference->audit_mean = reference->loo_score = (double)NAN;
    }
    return PB_STATUS_OK;
}

/* What is left to the backbone of the features. @param options checked */
static pb_status choose_by_backbone(const pb_features *features, pb_bank_options *options)
{
    const char *backbone = features->origin.backbone;
    if (options->audit_rule && strcmp(options->audit_rule, PB_AUDIT_RULE_OF_BACKBONE) == 0)
        options->audit_rule = pb_backbone_audit_rule_of(backbone);
    return options->image_score != PB_IMAGE_SCORE_OF_BACKBONE
               ? PB_STATUS_OK
               : pb_image_score_parse(pb_backbone_image_score_for(&features->origin), &options->image_score);
}

/* Those of studies ask for what nobody knows about references that are not theirs. */
static pb_status check_rule(const char *name)
{
    char known[256];
    const pb_method *rule = pb_method_find(PB_METHOD_AUDIT, name);
    if (rule && pb_audit_is_for_use(rule))
        return PB_STATUS_OK;
    pb_catalog_names(PB_METHOD_AUDIT, pb_audit_is_for_use, known, sizeof known);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no audit rule \"%s\" for banks; there are %s", name, known);
}

static pb_status run_audit(fit_state *fit)
{
    const pb_bank_options *options = fit->options;
    pb_bank *bank = fit->bank;
    bank->audit_limit = (double)NAN;
    if (!options->audit_rule)
        return PB_STATUS_OK;
    const pb_audit_options asked = {.size = sizeof asked, .multiplier = options->audit_multiplier};
    PB_TRY(check_rule(options->audit_rule));
    PB_TRY(pb_audit_run(fit->references, options->audit_rule, &asked, &fit->audit));
    snprintf(bank->audit_rule, sizeof bank->audit_rule, "%s", fit->audit->rule);
    bank->audit_multiplier = fit->audit->multiplier;
    bank->audit_limit = fit->audit->limit;
    for (int64_t i = 0; i < bank->n_references; i++) {
        bank->references[i].audit_score = fit->audit->images[i].score;
        bank->references[i].audit_mean = fit->audit->images[i].mean;
        bank->references[i].flagged = fit->audit->images[i].flagged;
    }
    return PB_STATUS_OK;
}

/* On top of the threshold's, which is the same with and without photos. */
static double guard_rate(const pb_bank_options *options)
{
    return fmin(options->false_alarm_rate / 5, PB_DEFAULT_GUARD_RATE);
}

/* Photos that are not usable as photos: suspicious whatever their patches say. */
static pb_status look_at_photos(fit_state *fit)
{
    const pb_photo *photos = fit->options->photos;
    pb_bank *bank = fit->bank;
    const int64_t n = bank->n_references;
    pb_guard_verdict *verdicts;
    if (!photos)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(verdicts, n));
    const pb_status status = pb_photos_flag(photos, n, &fit->features->augment, guard_rate(fit->options), fit->audit,
                                            &bank->guard, verdicts);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++) {
        pb_bank_reference *reference = &bank->references[i];
        snprintf(reference->unusable, sizeof reference->unusable, "%s", verdicts[i].reason);
        reference->flagged = reference->flagged || !verdicts[i].usable;
    }
    pb_free(verdicts);
    return status;
}

/* Limits from the n photos in the bank, and from their leave-one-out patch scores. */
static pb_status fit_guard(fit_state *fit, const pb_scored_photo *scored, int64_t n)
{
    const pb_photo *photos = fit->options->photos;
    pb_bank *bank = fit->bank;
    pb_guard_verdict *verdicts;
    if (!photos)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(verdicts, n));
    const pb_status status =
        pb_photos_note(photos, scored, n, guard_rate(fit->options), fit->audit, &bank->guard, verdicts);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++) {
        pb_bank_reference *reference = &bank->references[scored[i].image];
        snprintf(reference->stands_out, sizeof reference->stands_out, "%s", verdicts[i].stands_out);
    }
    bank->has_guard = status == PB_STATUS_OK;
    pb_free(verdicts);
    return status;
}

static pb_status decide(fit_state *fit)
{
    const pb_bank_options *options = fit->options;
    for (int64_t i = 0; i < fit->bank->n_references; i++) {
        pb_bank_reference *reference = &fit->bank->references[i];
        const bool removed = reference->flagged && options->audit_removes;
        reference->decided_by_person = options->decisions && (!options->by_person || options->by_person[i]);
        reference->decision =
            options->decisions ? options->decisions[i] : (removed ? PB_DECISION_REMOVE : PB_DECISION_KEEP);
        fit->n_kept += reference->decision == PB_DECISION_KEEP;
        if (fit->audit) /* so that its report shows what became of the image */
            fit->audit->images[i].decision = reference->decision;
    }
    if (fit->n_kept < 2)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "only %" PRId64 " of %" PRId64
                       " references are kept, a bank needs at least 2: add good photos, or "
                       "decide otherwise",
                       fit->n_kept, fit->bank->n_references);
    return PB_STATUS_OK;
}

static bool is_kept(const fit_state *fit, int64_t image)
{
    return fit->bank->references[image].decision == PB_DECISION_KEEP;
}

static pb_status purify(const fit_state *fit, pb_references *references, pb_patch_mask *out)
{
    const pb_purify_options options = {.size = sizeof options,
                                       .percentile = fit->options->percentile,
                                       .contamination = fit->options->contamination,
                                       .seed = fit->options->seed};
    return pb_purify(references, fit->options->purify_method, &options, out);
}

/* Methods judge the patches that are left, as if the removed images had never been there. */
static pb_status purify_kept(fit_state *fit, const pb_features *kept)
{
    const int64_t n_patches = fit->features->n_patches;
    pb_references *references = NULL;
    pb_patch_mask mask = {0};
    pb_status status;
    PB_TRY_GOTO(pb_references_new(kept, fit->options->k, NULL, &references));
    PB_TRY_GOTO(purify(fit, references, &mask));
    for (int64_t i = 0, row = 0; i < fit->features->n_images; i++)
        if (is_kept(fit, i))
            memcpy(fit->mask.keep + i * n_patches, mask.keep + row++ * n_patches, (size_t)n_patches);
done:
    pb_patch_mask_free(&mask);
    pb_references_free(references);
    return status;
}

static pb_status gather_kept(const fit_state *fit, float **out)
{
    const int64_t image_floats = fit->features->n_patches * fit->features->dim;
    float *rows;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(rows, fit->n_kept, image_floats));
    for (int64_t i = 0, row = 0; i < fit->features->n_images; i++)
        if (is_kept(fit, i))
            memcpy(rows + row++ * image_floats, fit->features->data + i * image_floats,
                   (size_t)image_floats * sizeof *rows);
    *out = rows;
    return PB_STATUS_OK;
}

/* After purification, which judges the references as they were photographed. */
static void exclude(fit_state *fit)
{
    const uint8_t *excluded = fit->options->excluded;
    const int64_t n_patches = fit->features->n_patches, n_own = pb_features_n_own(fit->features);
    for (int64_t i = 0; excluded && i < fit->features->n_images * n_patches; i++)
        if (excluded[i / n_patches * n_own + i % n_patches % n_own])
            fit->mask.keep[i] = 0;
}

static pb_status make_mask(fit_state *fit)
{
    const pb_features *features = fit->features;
    PB_TRY(pb_patch_mask_new(features->n_images, features->n_patches, &fit->mask));
    for (int64_t i = 0; i < features->n_images; i++)
        if (!is_kept(fit, i))
            memset(fit->mask.keep + i * features->n_patches, 0, (size_t)features->n_patches);
    if (strcmp(fit->options->purify_method, PB_METHOD_NONE) == 0)
        return PB_STATUS_OK;
    if (fit->n_kept == features->n_images) {
        pb_patch_mask_free(&fit->mask);
        return purify(fit, fit->references, &fit->mask);
    }
    float *rows;
    PB_TRY(gather_kept(fit, &rows));
    pb_features kept;
    pb_features_view_like(features, rows, fit->n_kept, &kept);
    const pb_status status = purify_kept(fit, &kept);
    pb_free(rows);
    return status;
}

static void copy_kept(const fit_state *fit, float *rows)
{
    const pb_features *features = fit->features;
    const int64_t dim = features->dim;
    for (int64_t i = 0; i < features->n_images * features->n_patches; i++)
        if (fit->mask.keep[i]) {
            memcpy(rows, features->data + i * dim, (size_t)dim * sizeof *rows);
            rows += dim;
        }
}

/* Images have patches in the bank before the coreset is taken; afterwards some may have none and are good references still. */
static pb_status reduce(fit_state *fit)
{
    const pb_features *features = fit->features;
    const int64_t n = pb_patch_mask_count(&fit->mask);
    if (pb_coreset_size(fit->options, n) == n)
        return PB_STATUS_OK;
    fit->bank->coreset_of = n;
    PB_TRY(PB_NEW_PRODUCT(fit->coreset_scores, features->n_images, features->n_patches));
    return pb_choose_coreset(features, fit->options, fit->good, fit->mask.keep, fit->coreset_scores);
}

static pb_status copy_descriptors(fit_state *fit)
{
    const pb_features *features = fit->features;
    pb_bank *bank = fit->bank;
    const int64_t n = pb_patch_mask_count(&fit->mask), dim = features->dim;
    if (n < fit->options->k)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " patches are left in the bank, fewer than K = %" PRId64 ": lower K or keep more", n,
                       fit->options->k);
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(bank->own_rows, n, dim));
    PB_TRY(PB_NEW(bank->image_of_row, n));
    PB_TRY(PB_NEW(bank->patch_of_row, n));
    copy_kept(fit, bank->own_rows);
    for (int64_t i = 0, row = 0; row < n; i++) {
        if (!fit->mask.keep[i])
            continue;
        bank->image_of_row[row] = (int32_t)(i / features->n_patches);
        bank->patch_of_row[row++] = (int32_t)pb_features_number(features, i % features->n_patches);
    }
    bank->rows = bank->own_rows;
    bank->n_rows = n;
    bank->dim = dim;
    return PB_STATUS_OK;
}

/* Does any patch of the image stay? One that purification removed altogether is no good reference. */
static pb_status list_good(fit_state *fit)
{
    const int64_t n_patches = fit->features->n_patches;
    PB_TRY(PB_NEW(fit->good, fit->features->n_images));
    for (int64_t i = 0; i < fit->features->n_images; i++)
        fit->good[i] = memchr(fit->mask.keep + i * n_patches, 1, (size_t)n_patches) != NULL;
    return PB_STATUS_OK;
}

/* Does the audit alone say, by its patches, that the image is bad? Until somebody has looked at it, it is what a good part may
 * look like: without it the threshold would be too narrow for parts that are as good (docs/verdicts.md). */
static bool left_unseen(const fit_state *fit, int64_t image)
{
    const pb_bank_reference *reference = &fit->bank->references[image];
    return reference->decision != PB_DECISION_KEEP && !reference->decided_by_person && !reference->unusable[0];
}

/* Scores of the image's own patches, as a part has them, but for those that a person took out. @param out may be where they are, or before @return how many */
static int64_t copy_scores(const fit_state *fit, int64_t image, const double *patch_scores, double *out)
{
    const int64_t n_own = pb_features_n_own(fit->features);
    const uint8_t *excluded = fit->options->excluded ? fit->options->excluded + image * n_own : NULL;
    const double *scores = patch_scores + image * fit->features->n_patches;
    int64_t n = 0;
    for (int64_t p = 0; p < n_own; p++)
        if (!excluded || !excluded[p])
            out[n++] = scores[p];
    return n;
}

/* The threshold by scores of the images in the bank, and of those that left it unseen. @param patch_scores of all images
 * against the bank; @param scores,@param own room for all images, and for an image's patches */
static pb_status threshold_of(fit_state *fit, const double *patch_scores, double *scores, double *own)
{
    pb_bank *bank = fit->bank;
    int64_t n = 0;
    for (int64_t i = 0; i < fit->features->n_images; i++) {
        if (!fit->good[i] && !left_unseen(fit, i))
            continue;
        const int64_t n_own = copy_scores(fit, i, patch_scores, own);
        if (n_own == 0)
            continue;
        PB_TRY(pb_image_score_of(fit->options->image_score, own, n_own, &scores[n]));
        if (fit->good[i])
            bank->references[i].loo_score = scores[n];
        n++;
    }
    PB_TRY(pb_threshold_fit(scores, n, fit->options->false_alarm_rate, &bank->fitted_threshold));
    bank->threshold = bank->fitted_threshold;
    return PB_STATUS_OK;
}

/* Guard and colour scale, by the patches of the images in the bank. @param patch_scores of all images; made shorter */
static pb_status fit_scales(fit_state *fit, double *patch_scores)
{
    pb_bank *bank = fit->bank;
    pb_scored_photo *scored = NULL;
    int64_t n = 0, n_scores = 0;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(scored, fit->n_kept));
    for (int64_t i = 0; i < fit->features->n_images; i++) {
        if (!fit->good[i])
            continue;
        double *own = patch_scores + n_scores;
        const int64_t n_own = copy_scores(fit, i, patch_scores, own);
        scored[n++] = (pb_scored_photo){i, own, n_own};
        n_scores += n_own;
    }
    PB_TRY_GOTO(fit_guard(fit, scored, n));
    PB_TRY_GOTO(pb_percentile(patch_scores, n_scores, 50, &bank->patch_score_low));
    PB_TRY_GOTO(pb_percentile(patch_scores, n_scores, 100, &bank->patch_score_high));
    if (bank->patch_score_high <= bank->patch_score_low)
        bank->patch_score_high = bank->patch_score_low + 1;
done:
    pb_free(scored);
    return status;
}

/* Of the patches of all references, by banks without them. */
static pb_status score_references(fit_state *fit, double **out)
{
    const pb_neighbors *neighbors;
    if (fit->coreset_scores) {
        *out = fit->coreset_scores;
        fit->coreset_scores = NULL;
        return PB_STATUS_OK;
    }
    PB_TRY(pb_references_neighbors(fit->references, &neighbors));
    PB_TRY(PB_NEW_PRODUCT(*out, fit->features->n_images, fit->features->n_patches));
    return pb_neighbors_scores(neighbors, fit->options->k, fit->mask.keep, *out);
}

/* Leave-one-out image scores of the references against the bank as it will be used. */
static pb_status fit_threshold(fit_state *fit)
{
    double *patch_scores = NULL, *image_scores = NULL, *own = NULL;
    pb_status status;
    PB_TRY_GOTO(score_references(fit, &patch_scores));
    PB_TRY_GOTO(PB_NEW(image_scores, fit->features->n_images));
    PB_TRY_GOTO(PB_NEW(own, pb_features_n_own(fit->features)));
    PB_TRY_GOTO(threshold_of(fit, patch_scores, image_scores, own));
    PB_TRY_GOTO(fit_scales(fit, patch_scores));
done:
    pb_free(patch_scores);
    pb_free(image_scores);
    pb_free(own);
    return status;
}

static void describe_bank(fit_state *fit)
{
    pb_bank *bank = fit->bank;
    bank->origin = fit->features->origin;
    bank->k = fit->options->k;
    bank->image_score = fit->options->image_score;
    bank->percentile = fit->options->percentile;
    bank->contamination = fit->options->contamination;
    bank->seed = fit->options->seed;
    bank->coreset_share = fit->options->coreset_rows > 0 ? 0 : fit->options->coreset_share;
    snprintf(bank->purify_method, sizeof bank->purify_method, "%s", fit->options->purify_method);
    snprintf(bank->program_version, sizeof bank->program_version, "%s", pb_version());
}

/* What the references are looked at in is what parts will be. */
static pb_status take_region(fit_state *fit)
{
    const pb_roi *roi = fit->features->roi;
    const pb_photo *photos = fit->options->photos;
    fit->bank->augment = fit->features->augment;
    if (!roi)
        return PB_STATUS_OK;
    for (int64_t i = 0; photos && i < fit->bank->n_references; i++)
        PB_TRY(pb_roi_check_photo(roi, fit->bank->references[i].path, photos[i].width, photos[i].height));
    return pb_roi_copy(roi, &fit->bank->roi);
}

static pb_status run(fit_state *fit, const char *const *paths, const char *const *sha256)
{
    PB_TRY(pb_bank_allocate(&fit->bank));
    describe_bank(fit);
    PB_TRY(describe_references(fit, paths, sha256));
    PB_TRY(take_region(fit));
    if (strcmp(fit->options->purify_method, PB_METHOD_NONE) != 0)
        pb_references_expect_subsets(fit->references);
    PB_TRY(run_audit(fit));
    PB_TRY(look_at_photos(fit));
    PB_TRY(decide(fit));
    PB_TRY(make_mask(fit));
    exclude(fit);
    PB_TRY(list_good(fit));
    PB_TRY(reduce(fit));
    PB_TRY(copy_descriptors(fit));
    PB_TRY(pb_left_out_copy(fit->features, fit->options, fit->mask.keep, fit->bank));
    return fit_threshold(fit);
}

pb_status pb_bank_fit(pb_references *references, const char *const *paths, const char *const *sha256,
                      const pb_bank_options *options, pb_bank **out, pb_audit **out_audit)
{
    static const pb_bank_options defaults = PB_BANK_OPTIONS_INIT;
    pb_bank_options known;
    fit_state fit = {.references = references, .features = pb_references_features(references), .options = &known};
    PB_TRY(PB_OPTIONS_READ(pb_bank_options, options, &defaults, &known));
    if (known.k == 0)
        known.k = pb_references_k(references);
    PB_TRY(check_options(&known, references));
    PB_TRY(choose_by_backbone(fit.features, &known));
    const pb_status status = run(&fit, paths, sha256);
    pb_patch_mask_free(&fit.mask);
    pb_free(fit.good);
    pb_free(fit.coreset_scores);
    if (status == PB_STATUS_OK) {
        *out = fit.bank;
        if (out_audit)
            *out_audit = fit.audit;
        else
            pb_audit_free(fit.audit);
        return PB_STATUS_OK;
    }
    pb_audit_free(fit.audit);
    pb_bank_free(fit.bank);
    return status;
}
