#include "scoring.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { IMAGES_AT_A_TIME = 32 };

pb_status cli_scorer_open(const cli_settings *settings, cli_scorer *out)
{
    out->bank_path = settings->arguments[0];
    out->backbone_name = settings->backbone;
    out->precision = settings->precision;
    out->allow_precision_mix = settings->allow_precision_mix;
    return pb_bank_load(out->bank_path, &out->bank);
}

pb_status cli_scorer_match(const cli_scorer *scorer, pb_features *features, const char *name)
{
    pb_origin origin = *pb_features_origin(features);
    PB_TRY(pb_bank_match(scorer->bank, &origin, name, scorer->allow_precision_mix));
    memcpy(origin.precision, pb_bank_origin(scorer->bank)->precision, sizeof origin.precision);
    return pb_features_set_origin(features, &origin);
}

pb_status cli_scorer_open_backbone(cli_scorer *scorer)
{
    const pb_bank_backbone_options options = {.size = sizeof options,
                                              .name = scorer->backbone_name,
                                              .precision = scorer->precision,
                                              .any_precision = scorer->allow_precision_mix};
    return pb_bank_open_backbone(scorer->bank, &options, &scorer->backbone);
}

void cli_scorer_close(cli_scorer *scorer)
{
    pb_backbone_close(scorer->backbone);
    pb_bank_free(scorer->bank);
}

/* Features of a batch: a view of those that are there, or fresh ones from images. */
static pb_status batch_features(cli_scorer *scorer, const cli_inputs *inputs, int64_t first, int64_t n,
                                const pb_progress *progress, pb_photo *photos, pb_features **out)
{
    if (inputs->from_features)
        return pb_features_slice(inputs->features, first, n, out);
    return pb_backbone_extract_visited(scorer->backbone, (const char *const *)inputs->paths.path + first, n, progress,
                                       pb_bank_guard(scorer->bank) ? pb_photo_visit : NULL, photos, out);
}

/* Parts that the bank was made of. They find themselves there, and their scores say nothing. */
typedef struct known_parts {
    const pb_bank *bank;
    const char *const *paths;
    const char *part, *reference; /* the first pair */
    int64_t n;
} known_parts;

static pb_status look_for_references(known_parts *known, int64_t first, int64_t n)
{
    int64_t *copy_of;
    PB_TRY(PB_NEW(copy_of, n));
    const pb_status status = pb_bank_find_copies(known->bank, known->paths + first, n, copy_of);
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        if (copy_of[i] >= 0 && known->n++ == 0) {
            known->part = known->paths[first + i];
            known->reference = pb_bank_reference_at(known->bank, copy_of[i])->path;
        }
    pb_free(copy_of);
    return status;
}

static void warn_about_known(const known_parts *known)
{
    char part[512];
    if (known->n == 0)
        return;
    snprintf(part, sizeof part, "%s", cli_path(known->part));
    cli_warn("%lld part%s in the bank, so that the score is far too low: %s is the reference %s", (long long)known->n,
             known->n == 1 ? " is itself" : "s are themselves", part, cli_path(known->reference));
}

typedef struct scoring_run {
    cli_scorer *scorer;
    const cli_inputs *inputs;
    cli_batch_fn receive;
    cli_unreadable_fn unreadable;
    void *context;
    cli_progress progress;
    pb_photo photos[IMAGES_AT_A_TIME]; /* of the batch */
} scoring_run;

/* Of features alone only the patch scores are known. */
static pb_status judge_photos(scoring_run *run, int64_t n, const double *patch_scores, int64_t n_patches,
                              pb_guard_verdict *out)
{
    const pb_guard *guard = pb_bank_guard(run->scorer->bank);
    for (int64_t i = 0; i < n; i++) {
        out[i] = (pb_guard_verdict){.usable = true};
        if (!guard)
            continue;
        if (run->inputs->from_features)
            pb_photo_unknown(&run->photos[i]);
        PB_TRY(pb_photo_add_patch_scores(patch_scores + i * n_patches, n_patches, &run->photos[i]));
        pb_guard_judge(guard, &run->photos[i], &out[i]);
    }
    return PB_STATUS_OK;
}

static pb_status score_batch(scoring_run *run, const pb_features *features, int64_t first, int64_t n)
{
    pb_bank *bank = run->scorer->bank;
    const int64_t n_patches = pb_features_n_patches(features);
    double *patch_scores = NULL, *image_scores = NULL;
    pb_guard_verdict *guarded = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(patch_scores, n * n_patches));
    PB_TRY_GOTO(PB_NEW(guarded, n));
    PB_TRY_GOTO(PB_NEW(image_scores, n));
    PB_TRY_GOTO(pb_bank_score(bank, features, patch_scores, image_scores));
    PB_TRY_GOTO(judge_photos(run, n, patch_scores, n_patches, guarded));
    status = run->receive(run->context, first, n, patch_scores, image_scores, guarded);
done:
    pb_free(guarded);
    pb_free(patch_scores);
    pb_free(image_scores);
    return status;
}

/* A file that is damaged, of another format, too large or gone; not what would befall any other photo as well. */
static bool is_of_the_photo(pb_status status)
{
    return status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED || status == PB_STATUS_LIMIT ||
           status == PB_STATUS_IO;
}

static pb_status run_batch(scoring_run *run, int64_t first, int64_t n);

/* Extraction fails for a batch as a whole, so that its photos are taken one by one. */
static pb_status run_singly(scoring_run *run, int64_t first, int64_t n)
{
    for (int64_t i = first; i < first + n; i++)
        PB_TRY(run_batch(run, i, 1));
    return PB_STATUS_OK;
}

static pb_status run_batch(scoring_run *run, int64_t first, int64_t n)
{
    pb_features *features = NULL;
    run->progress.offset = first;
    pb_status status =
        batch_features(run->scorer, run->inputs, first, n, &run->progress.callback, run->photos, &features);
    if (run->unreadable && !run->inputs->from_features && is_of_the_photo(status))
        return n > 1 ? run_singly(run, first, n) : run->unreadable(run->context, first);
    if (status == PB_STATUS_OK)
        status = cli_scorer_match(run->scorer, features, "the part");
    if (status == PB_STATUS_OK)
        status = score_batch(run, features, first, n);
    pb_features_free(features);
    return status;
}

pb_status cli_scorer_run(cli_scorer *scorer, const cli_inputs *inputs, cli_batch_fn receive,
                         cli_unreadable_fn unreadable, void *context)
{
    scoring_run run = {
        .scorer = scorer, .inputs = inputs, .receive = receive, .unreadable = unreadable, .context = context};
    pb_status status = PB_STATUS_OK;
    if (!inputs->from_features)
        PB_TRY(cli_scorer_open_backbone(scorer));
    known_parts known = {.bank = scorer->bank, .paths = (const char *const *)inputs->paths.path};
    cli_progress_start(&run.progress, "score", "images");
    run.progress.total = inputs->paths.n;
    for (int64_t first = 0; first < inputs->paths.n && status == PB_STATUS_OK; first += IMAGES_AT_A_TIME) {
        const int64_t left = inputs->paths.n - first, n = left < IMAGES_AT_A_TIME ? left : IMAGES_AT_A_TIME;
        status = run_batch(&run, first, n);
        if (status == PB_STATUS_OK && !inputs->from_features)
            status = look_for_references(&known, first, n);
        if (status == PB_STATUS_OK && cli_interrupted())
            status = pb_fail(PB_STATUS_CANCELLED, "cancelled");
    }
    cli_progress_end();
    if (status == PB_STATUS_OK)
        warn_about_known(&known);
    return status;
}
