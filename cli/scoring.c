#include "scoring.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/threads.h"
#include "io/file.h"

enum { IMAGES_AT_A_TIME = 32 };

pb_status cli_scorer_open(const cli_settings *settings, cli_scorer *out)
{
    out->bank_path = settings->arguments[0];
    out->backbone_name = settings->backbone;
    out->precision = settings->precision;
    out->allow_precision_mix = settings->allow_precision_mix;
    return pb_bank_load(out->bank_path, &out->bank);
}

static pb_status match_origin(const cli_scorer *scorer, pb_origin *origin, const char *name)
{
    const pb_origin *bank = &scorer->bank->origin;
    pb_origin alike = *origin;
    memcpy(alike.precision, bank->precision, sizeof alike.precision);
    PB_TRY(pb_origin_match(bank, "the bank", &alike, name));
    if (bank->backbone[0] && origin->backbone[0] && strcmp(bank->precision, origin->precision) != 0 &&
        !scorer->allow_precision_mix)
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s is of precision %s, the bank of %s: scores would differ a little; --allow-precision-mix "
                       "takes it all the same",
                       name, origin->precision, bank->precision);
    *origin = alike;
    return PB_STATUS_OK;
}

pb_status cli_scorer_match(const cli_scorer *scorer, pb_features *features, const char *name)
{
    pb_origin origin = *pb_features_origin(features);
    PB_TRY(match_origin(scorer, &origin, name));
    return pb_features_set_origin(features, &origin);
}

/* What was asked of the backbone is the bank's wish, not the user's: say so in front of the message. */
static pb_status fail_unlike_the_bank(const cli_scorer *scorer)
{
    const pb_origin *origin = &scorer->bank->origin;
    char why[512];
    snprintf(why, sizeof why, "%s", pb_error_message());
    return pb_fail(PB_STATUS_MISMATCH, "%s was built with %s%s%s at %dx%d: %s", scorer->bank_path, origin->backbone,
                   origin->layer[0] ? " layer " : "", origin->layer, (int)origin->input_width,
                   (int)origin->input_height, why);
}

/* As the bank was built: the checkpoint is named, the rest stands in the bank. */
static pb_status open_like_the_bank(cli_scorer *scorer)
{
    const pb_origin *origin = &scorer->bank->origin;
    const bool is_builtin = strcmp(origin->backbone, "builtin") == 0;
    const pb_backbone_options options = {.size = sizeof(pb_backbone_options),
                                         .input_size = origin->input_width,
                                         .layer = origin->layer,
                                         .precision = scorer->precision ? scorer->precision : origin->precision};
    if (!scorer->backbone_name && !is_builtin)
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "%s was built with a %s checkpoint (SHA-256 %.16s...): give its folder, or its name in "
                       "$PB_BACKBONES or the "
                       "Hugging Face cache, with --backbone",
                       scorer->bank_path, origin->backbone, origin->weights_hash);
    const pb_status status =
        pb_backbone_open(scorer->backbone_name ? scorer->backbone_name : origin->backbone, &options, &scorer->backbone);
    return status == PB_STATUS_BAD_ARGUMENT ? fail_unlike_the_bank(scorer) : status;
}

pb_status cli_scorer_open_backbone(cli_scorer *scorer)
{
    const pb_origin *origin = &scorer->bank->origin;
    if (!origin->backbone[0])
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s was built from features of unknown origin, so images cannot be turned into the same "
                       "features: give features (.npy)",
                       scorer->bank_path);
    PB_TRY(open_like_the_bank(scorer));
    pb_origin own = *pb_backbone_origin(scorer->backbone);
    char name[512];
    snprintf(name, sizeof name, "--backbone %s", scorer->backbone_name ? scorer->backbone_name : "");
    return match_origin(scorer, &own, scorer->backbone_name ? name : "this program's backbone");
}

void cli_scorer_close(cli_scorer *scorer)
{
    pb_backbone_close(scorer->backbone);
    pb_bank_free(scorer->bank);
}

/* Features of a batch: a view of those that are there, or fresh ones from images. */
static pb_status batch_features(cli_scorer *scorer, const cli_inputs *inputs, int64_t first, int64_t n,
                                const pb_progress *progress, pb_features **out)
{
    if (!inputs->from_features)
        return pb_backbone_extract_files(scorer->backbone, (const char *const *)inputs->paths.path + first, n, progress,
                                         out);
    return pb_features_slice(inputs->features, first, n, out);
}

/* Parts that the bank was made of. They find themselves there, and their scores say nothing. */
typedef struct known_parts {
    const pb_bank *bank;
    const char *const *paths;
    const char *part, *reference; /* the first pair */
    int64_t n;
} known_parts;

static const pb_bank_reference *find_reference(const pb_bank *bank, const char *sha256)
{
    for (int64_t i = 0; *sha256 && i < bank->n_references; i++)
        if (bank->references[i].decision == PB_DECISION_KEEP && strcmp(bank->references[i].sha256, sha256) == 0)
            return &bank->references[i];
    return NULL;
}

typedef struct digest {
    char hex[65];
} digest;

typedef struct digest_job {
    const char *const *paths;
    digest *digests;
} digest_job;

static pb_status digest_one(void *context, int64_t i, int worker)
{
    (void)worker;
    const digest_job *job = context;
    struct stat info;
    if (stat(job->paths[i], &info) != 0 || !S_ISREG(info.st_mode))
        return PB_STATUS_OK; /* a pipe has been read, and is not read again */
    if (pb_sha256_file(job->paths[i], job->digests[i].hex) != PB_STATUS_OK)
        job->digests[i].hex[0] = '\0'; /* that it cannot be read is said elsewhere */
    return PB_STATUS_OK;
}

static pb_status look_for_references(known_parts *known, int64_t first, int64_t n)
{
    digest_job job = {.paths = known->paths + first};
    PB_TRY(PB_NEW(job.digests, n));
    const pb_status status = pb_parallel_for(n, digest_one, &job, NULL);
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++) {
        const pb_bank_reference *reference = find_reference(known->bank, job.digests[i].hex);
        if (reference && known->n++ == 0) {
            known->part = job.paths[i];
            known->reference = reference->path;
        }
    }
    pb_free(job.digests);
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
} scoring_run;

static pb_status score_batch(const scoring_run *run, const pb_features *features, int64_t first, int64_t n)
{
    pb_bank *bank = run->scorer->bank;
    double *patch_scores = NULL, *image_scores = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(patch_scores, n * pb_features_n_patches(features)));
    PB_TRY_GOTO(PB_NEW(image_scores, n));
    PB_TRY_GOTO(pb_bank_score(bank, features, patch_scores, image_scores));
    status = run->receive(run->context, first, n, patch_scores, image_scores);
done:
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
    pb_status status = batch_features(run->scorer, run->inputs, first, n, &run->progress.callback, &features);
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
