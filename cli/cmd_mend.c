/* purebank mend: references and patches come and go, and what that does. */
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/product.h"
#include "findings.h"
#include "io/file.h"
#include "io/path.h"
#include "mend_show.h"
#include "output.h"
#include "overwrite.h"
#include "previous.h"
#include "scoring.h"

enum { IMAGES_AT_A_TIME = 32 };

typedef struct mend_job {
    const cli_settings *settings;
    cli_scorer scorer;
    pb_mend *mend;
    pb_bank *mended; /* NULL: nothing changes */
    int64_t n_added;
    cli_mend_shown shown;
} mend_job;

/* ---- photos ------------------------------------------------------------------------------------------------------- */

/* Features and measures of n photos. @param augment of references: the bank's; NULL: of parts @param photos room for n */
static pb_status extract(mend_job *job, const pb_augment *augment, const char *const *paths, int64_t n,
                         pb_photo *photos, pb_features **out)
{
    cli_progress progress;
    PB_TRY(cli_scorer_open_backbone(&job->scorer));
    cli_progress_start(&progress, "features", "images");
    pb_status status = pb_backbone_extract_augmented(job->scorer.backbone, augment, paths, n, &progress.callback,
                                                     pb_photo_visit, photos, out);
    cli_progress_end();
    if (status == PB_STATUS_OK)
        status = cli_scorer_match(&job->scorer, *out, n == 1 ? paths[0] : "the photos");
    return status;
}

static pb_status extract_part(mend_job *job, const char *path, pb_photo *photo, pb_features **out)
{
    return extract(job, NULL, &path, 1, photo, out);
}

/* With the copies that the bank has of its references. */
static pb_status extract_reference(mend_job *job, const char *path, pb_photo *photo, pb_features **out)
{
    return extract(job, pb_bank_augment(job->scorer.bank), &path, 1, photo, out);
}

/* Is it there, the very file? A digest of "" is that of no file. */
static bool is_the_file(const char *path, const char *sha256)
{
    char hex[65];
    pb_error before;
    pb_error_save(&before);
    const bool same = *sha256 && pb_sha256_file(path, hex) == PB_STATUS_OK && strcmp(hex, sha256) == 0;
    pb_error_restore(&before);
    return same;
}

/* ---- references --------------------------------------------------------------------------------------------------- */

/* The path of the first reference with the same file name, whatever its folder; NULL where there is none. */
static const char *reference_called(const pb_bank *bank, const char *name)
{
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const char *path = pb_bank_reference_at(bank, i)->path;
        if (strcmp(pb_base_name(path), pb_base_name(name)) == 0)
            return path;
    }
    return NULL;
}

/* By the path that the bank has, or by the digest of a file that lies elsewhere now. */
static pb_status find_reference(const mend_job *job, const char *name, int64_t *out)
{
    const pb_bank *bank = job->scorer.bank;
    char hex[65] = "";
    pb_error before;
    pb_error_save(&before);
    if (pb_sha256_file(name, hex) != PB_STATUS_OK)
        hex[0] = '\0';
    pb_error_restore(&before);
    for (int by_digest = 0; by_digest < 2; by_digest++)
        for (*out = 0; *out < pb_bank_n_references(bank); (*out)++) {
            const pb_bank_reference *reference = pb_bank_reference_at(bank, *out);
            if (by_digest ? *hex && strcmp(hex, reference->sha256) == 0 : strcmp(name, reference->path) == 0)
                return PB_STATUS_OK;
        }
    const char *near_name = reference_called(bank, name);
    return pb_fail(PB_STATUS_MISMATCH, "%s is none of the %lld references of %s%s%s%s", name,
                   (long long)pb_bank_n_references(bank), job->scorer.bank_path, near_name ? ": is it " : "",
                   near_name ? near_name : "", near_name ? "?" : "");
}

/* "NAME:3,17" -> the name, and a list of numbers. Free both. */
static pb_status read_patches(const char *text, char **name, int32_t **out, int64_t *out_n)
{
    const char *colon = strrchr(text, ':');
    *out_n = 0;
    if (!colon || colon == text)
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "\"%s\" names no patches: it should be NAME:P,.. such as refs/03.png:17,18", text);
    PB_TRY(PB_NEW(*out, (int64_t)strlen(colon)));
    PB_TRY(PB_NEW_STRING(*name, text));
    (*name)[colon - text] = '\0';
    pb_item item;
    for (const char *list = colon + 1; pb_item_split(&list, ',', &item);) {
        int64_t value;
        if (!pb_item_integer(item, 0, INT32_MAX, &value))
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "\"%s\" names no patches: \"%s\" is no list of numbers", text,
                           colon + 1);
        (*out)[(*out_n)++] = (int32_t)value;
    }
    return PB_STATUS_OK;
}

static pb_status change_patches(const mend_job *job, const cli_list *list,
                                pb_status (*change)(pb_mend *, int64_t, const int32_t *, int64_t))
{
    for (int i = 0; i < list->n; i++) {
        char *name = NULL;
        int32_t *patches = NULL;
        int64_t n, reference;
        pb_status status = read_patches(list->value[i], &name, &patches, &n);
        if (status == PB_STATUS_OK)
            status = find_reference(job, name, &reference);
        if (status == PB_STATUS_OK)
            status = change(job->mend, reference, patches, n);
        pb_free(name);
        pb_free(patches);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

static pb_status remove_references(const mend_job *job)
{
    const cli_list *list = &job->settings->removed;
    for (int i = 0; i < list->n; i++) {
        int64_t reference;
        PB_TRY(find_reference(job, list->value[i], &reference));
        PB_TRY(pb_mend_remove(job->mend, reference));
    }
    return PB_STATUS_OK;
}

/* Whether it may is pb_mend_add()'s to say. */
static pb_status warn_about_photo(const mend_job *job, const char *path, pb_photo *photo)
{
    pb_guard_verdict verdict;
    PB_TRY(pb_bank_judge_photos(job->scorer.bank, photo, NULL, 1, &verdict));
    if (!verdict.usable && !verdict.no_part)
        cli_warn("%s becomes a reference though it looks odd: %s", cli_path(path), verdict.reason);
    return PB_STATUS_OK;
}

static pb_status add_photo(mend_job *job, const char *path)
{
    char hex[65];
    pb_photo photo;
    pb_features *features = NULL;
    pb_status status = extract_reference(job, path, &photo, &features);
    if (status == PB_STATUS_OK)
        status = warn_about_photo(job, path, &photo);
    if (status == PB_STATUS_OK)
        status = pb_sha256_file(path, hex);
    if (status == PB_STATUS_OK)
        status = pb_mend_add(job->mend, path, hex, features, &photo);
    pb_features_free(features);
    job->n_added += status == PB_STATUS_OK;
    return status;
}

static pb_status add_photos(mend_job *job)
{
    const cli_settings *settings = job->settings;
    pb_paths paths = {0};
    if (settings->added.n == 0)
        return PB_STATUS_OK;
    pb_status status = pb_paths_collect(settings->added.value, settings->added.n, &paths);
    if (status == PB_STATUS_OK)
        status = cli_protect_inputs(settings, (const char *const *)paths.path, paths.n);
    for (int64_t i = 0; status == PB_STATUS_OK && i < paths.n; i++)
        status = add_photo(job, paths.path[i]);
    pb_paths_free(&paths);
    return status;
}

/* Banks of purebank 0.1, and coresets, lack what a photo still has. */
static pb_status give_what_is_missing(mend_job *job)
{
    for (int64_t i = 0; i < pb_bank_n_references(job->scorer.bank); i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(job->scorer.bank, i);
        bool wants_features, wants_photo;
        pb_photo photo;
        pb_features *features = NULL;
        pb_mend_needs(job->mend, i, &wants_features, &wants_photo);
        if ((!wants_features && !wants_photo) || !is_the_file(reference->path, reference->sha256))
            continue; /* what is missing then is said by who misses it */
        pb_status status = extract_reference(job, reference->path, &photo, &features);
        if (status == PB_STATUS_OK)
            status = pb_mend_give(job->mend, i, features, &photo);
        pb_features_free(features);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

/* ---- the change --------------------------------------------------------------------------------------------------- */

static bool is_change(const cli_settings *settings)
{
    return settings->added.n + settings->removed.n + settings->excluded.n + settings->restored.n > 0;
}

static pb_status apply(mend_job *job)
{
    const cli_settings *settings = job->settings;
    const time_t now = time(NULL);
    struct tm utc;
    char text[32] = "";
    cli_progress progress;
    if (gmtime_r(&now, &utc))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const pb_change_note note = {.author = settings->author, .reason = settings->reason, .time = text};
    cli_progress_start(&progress, "mend", NULL);
    pb_status status = pb_mend_audit(job->mend, NULL, &progress.callback, &job->shown.audit);
    if (status == PB_STATUS_OK)
        status = pb_mend_apply(job->mend, &note, &progress.callback, &job->mended);
    cli_progress_end();
    return status;
}

/* Parts that the bank knows are judged by the new one, as long as their photos are where they were. */
static pb_status recalibrate(mend_job *job)
{
    const pb_bank *bank = job->scorer.bank;
    for (int64_t i = 0; i < pb_bank_n_known(bank); i++) {
        const pb_known_part *part = pb_bank_known_at(bank, i);
        pb_photo photo;
        pb_features *features = NULL;
        if (!is_the_file(part->path, part->sha256)) {
            job->shown.n_gone++;
            continue;
        }
        pb_status status = extract_part(job, part->path, &photo, &features);
        if (status == PB_STATUS_OK)
            status = pb_mend_recalibrate(bank, features, &i, job->mended);
        pb_features_free(features);
        PB_TRY(status);
    }
    return PB_STATUS_OK;
}

static pb_status change(mend_job *job)
{
    PB_TRY(pb_mend_new(job->scorer.bank, &job->mend));
    PB_TRY(remove_references(job));
    PB_TRY(change_patches(job, &job->settings->excluded, pb_mend_exclude));
    PB_TRY(change_patches(job, &job->settings->restored, pb_mend_restore));
    PB_TRY(add_photos(job));
    PB_TRY(give_what_is_missing(job));
    PB_TRY(apply(job));
    return recalibrate(job);
}

/* ---- what it does, and what there is ------------------------------------------------------------------------------ */

/* Parts that are references before or after find themselves, and their verdicts say nothing. */
static pb_status find_themselves(const mend_job *job, const char *const *paths, int64_t n, bool *out)
{
    int64_t before[IMAGES_AT_A_TIME], after[IMAGES_AT_A_TIME];
    PB_TRY(pb_bank_find_copies(job->scorer.bank, paths, n, before));
    PB_TRY(pb_bank_find_copies(job->mended, paths, n, after));
    for (int64_t i = 0; i < n; i++)
        out[i] = before[i] >= 0 || after[i] >= 0;
    return PB_STATUS_OK;
}

static pb_status compare_batch(mend_job *job, const char *const *paths, int64_t n)
{
    pb_photo photos[IMAGES_AT_A_TIME];
    pb_verdict_change changes[IMAGES_AT_A_TIME];
    bool themselves[IMAGES_AT_A_TIME] = {false};
    pb_features *features = NULL;
    pb_status status = extract(job, NULL, paths, n, photos, &features);
    if (status == PB_STATUS_OK)
        status = pb_bank_what_if(job->scorer.bank, job->mended, features, photos, changes);
    if (status == PB_STATUS_OK)
        status = find_themselves(job, paths, n, themselves);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++) {
        job->shown.n_themselves += themselves[i];
        if (!themselves[i])
            status = cli_mend_note_verdict(&job->shown, paths[i], &changes[i]);
    }
    pb_features_free(features);
    return status;
}

static pb_status compare_parts(mend_job *job)
{
    const cli_settings *settings = job->settings;
    pb_paths paths = {0};
    if (settings->parts.n == 0)
        return PB_STATUS_OK;
    pb_status status = pb_paths_collect(settings->parts.value, settings->parts.n, &paths);
    if (status == PB_STATUS_OK)
        status = cli_protect_inputs(settings, (const char *const *)paths.path, paths.n);
    const int64_t most = cli_images_at_a_time(pb_bank_origin(job->scorer.bank), IMAGES_AT_A_TIME);
    for (int64_t i = 0; status == PB_STATUS_OK && i < paths.n; i += most) {
        const int64_t left = paths.n - i;
        status = compare_batch(job, (const char *const *)paths.path + i, left < most ? left : most);
    }
    pb_paths_free(&paths);
    return status;
}

/* A part as it is named, or "part.png:3,17" with the patches that matter. */
static pb_status trace_part(mend_job *job, const char *text)
{
    enum { WORST = 5 };
    const pb_bank *bank = job->scorer.bank;
    char *name = NULL;
    int32_t *patches = NULL;
    double *patch_scores = NULL, score;
    pb_photo photo;
    pb_features *features = NULL;
    int64_t n = 0;
    pb_status status;
    if (pb_path_exists(text))
        PB_TRY_GOTO(PB_NEW_STRING(name, text));
    else
        PB_TRY_GOTO(read_patches(text, &name, &patches, &n));
    PB_TRY_GOTO(extract_part(job, name, &photo, &features));
    const int64_t n_patches = pb_features_n_patches(features);
    PB_TRY_GOTO(PB_NEW(patch_scores, n_patches));
    PB_TRY_GOTO(pb_bank_score(bank, features, patch_scores, &score));
    if (!patches) {
        n = pb_bank_roi(bank) ? pb_roi_n_inside(pb_bank_roi(bank)) : n_patches;
        n = n < WORST ? n : WORST;
        PB_TRY_GOTO(PB_NEW(patches, n));
        PB_TRY_GOTO(pb_worst_patches(patch_scores, n_patches, n, patches));
    }
    PB_TRY_GOTO(cli_mend_show_trace(&job->shown, bank, name, features, patches, n, patch_scores));
done:
    pb_free(name);
    pb_free(patches);
    pb_free(patch_scores);
    pb_features_free(features);
    return status;
}

static pb_status run(mend_job *job)
{
    const cli_settings *settings = job->settings;
    PB_TRY(cli_scorer_open(settings, &job->scorer));
    if (is_change(settings))
        PB_TRY(change(job));
    if (job->mended)
        PB_TRY(compare_parts(job));
    for (int i = 0; i < settings->traced.n; i++)
        PB_TRY(trace_part(job, settings->traced.value[i]));
    if (job->mended && !settings->plan) {
        const char *output = settings->output ? settings->output : job->scorer.bank_path;
        PB_TRY(cli_keep_previous_bank(output));
        PB_TRY(pb_bank_save(job->mended, output));
    }
    if (job->mended)
        cli_mend_show_change(&job->shown, job->scorer.bank, job->mended, job->n_added);
    else if (settings->traced.n == 0)
        cli_mend_show_history(job->scorer.bank);
    return settings->json ? cli_mend_write_json(&job->shown, job->scorer.bank, job->mended, settings->json)
                          : PB_STATUS_OK;
}

int cli_mend(const cli_settings *settings)
{
    mend_job job = {.settings = settings};
    if (!is_change(settings) && (settings->plan || settings->parts.n > 0 || settings->output))
        return cli_usage_error("mend changes nothing unless told what: --add, --remove, --take-out or --put-back");
    cli_reserve_stdout(settings->json, NULL);
    job.shown.output = settings->plan ? NULL : settings->output ? settings->output : settings->arguments[0];
    const pb_status status = run(&job);
    if (status == PB_STATUS_OK && job.mended)
        cli_warn_about_weakness(job.mended);
    cli_mend_shown_free(&job.shown);
    pb_mend_free(job.mend);
    pb_bank_free(job.mended);
    cli_scorer_close(&job.scorer);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
