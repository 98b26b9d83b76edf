/* purebank info: what a file holds. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backbone/checkpoint_find.h"
#include "base/memory.h"
#include "findings.h"
#include "info.h"
#include "io/file.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/origin.h"
#include "io/path.h"
#include "light.h"
#include "options.h"
#include "output.h"
#include "terminal.h"

static void say_note(const char *backbone)
{
    const char *note = pb_backbone_note(backbone);
    if (!*note)
        return;
    cli_blank_line();
    cli_say_wrapped(0, "%s", note);
}

/* What banks of its features do unless told otherwise. */
void cli_say_defaults(const pb_backbone *backbone)
{
    const pb_method *rule =
        pb_method_find(PB_METHOD_AUDIT, pb_backbone_audit_rule_of(pb_backbone_origin(backbone)->backbone));
    cli_say("  image score     %s", pb_backbone_default_image_score(backbone));
    if (rule)
        cli_say("  audited by      %s, multiplier %g", rule->name, rule->multiplier);
}

void cli_say_origin(const pb_origin *origin)
{
    if (!origin->backbone[0]) {
        cli_say("  made by         unknown (no .origin.json or cache.json beside it)");
        return;
    }
    cli_say("  made by         %s%s%s, %s", cli_path(origin->backbone), origin->layer[0] ? " layer " : "",
            cli_path(origin->layer), cli_path(origin->precision));
    cli_say("  weights hash    %.16s...", cli_path(origin->weights_hash));
    cli_say("  preprocessing   %s", cli_path(origin->preprocessing));
    if (!origin->is_upright)
        cli_say("  photos          read as stored, without their EXIF orientation (purebank 0.1)");
    if (origin->sample_bits > 0)
        cli_say("  photos          of %d bits a sample", (int)origin->sample_bits);
    cli_say("  input, grid     %dx%d pixels, %dx%d patches, %lld channels", (int)origin->input_width,
            (int)origin->input_height, (int)origin->grid_width, (int)origin->grid_height, (long long)origin->dim);
}

/* What does not apply is NaN in a bank. */
static const char *number_or_dash(double value, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "-");
    else
        snprintf(text, 32, "%.4g", value);
    return text;
}

/* Has a person looked at what stands out? */
static void say_review(const pb_bank *bank)
{
    int64_t waiting = 0, decided = 0;
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        waiting += pb_bank_awaits_review(reference);
        decided += reference->decided_by_person;
    }
    if (waiting > 0)
        cli_say("  review          not reviewed: nobody has looked at the %lld flagged reference%s", (long long)waiting,
                waiting == 1 ? "" : "s");
    else if (decided > 0)
        cli_say("  review          a person has decided about the references");
    else
        cli_say("  review          none%s", pb_bank_audit_rule(bank)[0] ? ": nothing was flagged" : "");
}

static void say_threshold(const pb_bank *bank)
{
    const pb_threshold *threshold = pb_bank_threshold(bank), *fitted = pb_bank_fitted_threshold(bank);
    const int64_t n_good = pb_bank_n_verified(bank);
    cli_say("  threshold       %.4g for a false-alarm rate of %g %% (%s, from %lld %s)", threshold->value,
            100 * threshold->false_alarm_rate, pb_threshold_method_name(threshold->method), (long long)threshold->n,
            n_good == 0              ? "references"
            : n_good == threshold->n ? "verified good parts"
                                     : "verified good parts and references");
    if (pb_bank_n_known(bank) > 0)
        cli_say("  calibrated      by %lld verified good parts, %lld known defects; before: %.4g for %g %%",
                (long long)n_good, (long long)(pb_bank_n_known(bank) - n_good), fitted->value,
                100 * fitted->false_alarm_rate);
    if (pb_bank_n_changes(bank) > 0)
        cli_say("  changed         %lld times since it was fitted: purebank mend lists them",
                (long long)pb_bank_n_changes(bank));
}

static void say_region(const pb_roi *roi)
{
    if (!roi)
        return;
    cli_say("  region          %s: %lld patches of a photo count", cli_path(pb_roi_name(roi)),
            (long long)pb_roi_n_inside(roi));
    if (pb_roi_sha256(roi)[0])
        cli_say("  its mask        %d x %d pixels, SHA-256 %.16s...", (int)pb_roi_mask_width(roi),
                (int)pb_roi_mask_height(roi), pb_roi_sha256(roi));
}

static void say_copies(const pb_augment *augment)
{
    char text[PB_AUGMENT_TEXT];
    if (!augment)
        return;
    pb_augment_text(augment, text, sizeof text);
    cli_say("  altered copies  %s: %lld of each reference", text, (long long)pb_augment_n_variants(augment) - 1);
}

/* Which of its references say how a photo is to look. */
static void say_guard(const pb_bank *bank)
{
    const pb_guard *guard = pb_bank_guard(bank);
    if (!guard) {
        cli_say("  photos          not checked: the bank knows no limits for them (of features, or of purebank 0.1)");
        return;
    }
    char left_out[48] = "", odd[112] = "";
    const long long n = (long long)pb_bank_n_references(bank), n_kept = (long long)pb_bank_n_kept(bank);
    if (n_kept < n)
        snprintf(left_out, sizeof left_out, "; %lld %s not in the bank", n - n_kept, n - n_kept == 1 ? "is" : "are");
    if (guard->n < n_kept)
        snprintf(odd, sizeof odd, "; %lld stand%s out by far as %s (below), and count%s for no limit",
                 n_kept - (long long)guard->n, n_kept - guard->n == 1 ? "s" : "",
                 n_kept - guard->n == 1 ? "a photo" : "photos", n_kept - guard->n == 1 ? "s" : "");
    cli_say("  photos          limits from %lld of %lld references, which refuse another %g %% of good parts%s%s",
            (long long)guard->n, n, 100 * guard->rate, left_out, odd);
}

static void say_bank(const pb_bank *bank, const char *path)
{
    cli_say("  patches         %lld of %lld references (%lld x %lld float32)", (long long)pb_bank_n_rows(bank),
            (long long)pb_bank_n_kept(bank), (long long)pb_bank_n_rows(bank), (long long)pb_bank_dim(bank));
    if (pb_bank_coreset_of(bank) > 0)
        cli_say("  coreset         chosen from %lld patches", (long long)pb_bank_coreset_of(bank));
    cli_say_origin(pb_bank_origin(bank));
    say_region(pb_bank_roi(bank));
    say_copies(pb_bank_augment(bank));
    cli_say("  scoring         mean distance to %lld neighbours, image score %s", (long long)pb_bank_k(bank),
            pb_image_score_name(pb_bank_image_score(bank)));
    cli_say("  purification    %s", cli_path(pb_method_label(PB_METHOD_PURIFICATION, pb_bank_purify_method(bank))));
    if (pb_bank_audit_rule(bank)[0])
        cli_say("  audit           %s, multiplier %g, limit %.4g",
                cli_path(pb_method_label(PB_METHOD_AUDIT, pb_bank_audit_rule(bank))), pb_bank_audit_multiplier(bank),
                pb_bank_audit_limit(bank));
    else
        cli_say("  audit           none");
    say_review(bank);
    say_threshold(bank);
    say_guard(bank);
    cli_say_light(bank);
    cli_say_findings(bank);
    cli_say("  written by      purebank %s", cli_path(pb_bank_program_version(bank)));
    cli_say("\n  %-9s  %11s  %13s  %s", "decision", "audit score", "leave-one-out", "reference");
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        char audit[32], loo[32];
        cli_say("  %-9s  %11s  %13s  %s%s", pb_decision_name(reference->decision),
                number_or_dash(reference->audit_score, audit), number_or_dash(reference->loo_score, loo),
                cli_path(reference->path), reference->flagged ? "  (flagged)" : "");
        if (reference->unusable[0])
            cli_say("  %-9s  %s", "", cli_path(reference->unusable));
        else if (reference->stands_out[0])
            cli_say("  %-9s  stands out by far as a photo: %s", "", cli_path(reference->stands_out));
    }
    cli_blank_line();
    cli_say_trust(bank, path);
    say_note(pb_bank_origin(bank)->backbone);
}

static pb_status write_bank_json(const pb_bank *bank, const char *json)
{
    char *text;
    json_t *object = NULL;
    PB_TRY(pb_bank_describe(bank, &text));
    pb_status status = pb_json_parse(text, strlen(text), "the bank's description", &object);
    if (status == PB_STATUS_OK)
        status = cli_write_json(object, json);
    pb_buffer_free(text);
    return status;
}

static pb_status info_bank(const char *path, const char *json)
{
    pb_bank *bank;
    PB_TRY(pb_bank_load(path, &bank));
    cli_say("%s: memory bank", cli_path(path));
    say_bank(bank, path);
    const pb_status status = json ? write_bank_json(bank, json) : PB_STATUS_OK;
    pb_bank_free(bank);
    return status;
}

static pb_status info_features(const char *path, const char *json)
{
    pb_features *features;
    PB_TRY(pb_features_load(path, &features));
    cli_say("%s: features of %lld images, %lld patches, %lld channels", cli_path(path),
            (long long)pb_features_n_images(features), (long long)pb_features_n_patches(features),
            (long long)pb_features_dim(features));
    cli_say_origin(pb_features_origin(features));
    pb_status status = PB_STATUS_OK;
    json_t *origin;
    if (json) {
        status = pb_origin_to_json(pb_features_origin(features), &origin);
        if (status == PB_STATUS_OK)
            status =
                cli_write_json(json_pack("{s:I, s:I, s:I, s:o}", "n_images", (json_int_t)pb_features_n_images(features),
                                         "n_patches", (json_int_t)pb_features_n_patches(features), "dim",
                                         (json_int_t)pb_features_dim(features), "origin", origin),
                               json);
    }
    pb_features_free(features);
    return status;
}

/* Is it the name of a backbone that is no checkpoint? */
static bool needs_no_download(const char *name)
{
    const pb_backbone_entry *entry;
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++)
        if (!entry->repositories[0] && strcmp(entry->name, name) == 0)
            return true;
    return false;
}

static pb_status info_backbone(const char *name, const char *json)
{
    pb_backbone *backbone;
    json_t *origin;
    PB_TRY(pb_backbone_open(name, NULL, &backbone));
    cli_say("%s: a backbone that needs no download", name);
    cli_say_origin(pb_backbone_origin(backbone));
    cli_say_defaults(backbone);
    say_note(name);
    pb_status status = json ? pb_origin_to_json(pb_backbone_origin(backbone), &origin) : PB_STATUS_OK;
    if (json && status == PB_STATUS_OK)
        status = cli_write_json(origin, json);
    pb_backbone_close(backbone);
    return status;
}

static json_t *cache_to_json(const pb_cache *cache)
{
    json_t *origin = NULL;
    if (pb_origin_to_json(pb_cache_origin(cache), &origin) != PB_STATUS_OK)
        return NULL;
    return json_pack("{s:o, s:o, s:b, s:s, s:I, s:I, s:I, s:o}", "folder", pb_json_lossy_string(pb_cache_folder(cache)),
                     "category", pb_json_lossy_string(pb_cache_category(cache)), "described",
                     (int)pb_cache_is_described(cache), "values", pb_cache_is_half(cache) ? "float16" : "float32",
                     "n_train", (json_int_t)pb_cache_paths(cache, PB_CACHE_TRAIN)->n, "n_test",
                     (json_int_t)pb_cache_paths(cache, PB_CACHE_TEST)->n, "n_defect",
                     (json_int_t)pb_cache_n_defect(cache), "origin", origin);
}

static void say_cache(const pb_cache *cache)
{
    const pb_origin *origin = pb_cache_origin(cache);
    const int64_t n_test = pb_cache_paths(cache, PB_CACHE_TEST)->n, n_defect = pb_cache_n_defect(cache);
    cli_say("%s: feature cache", cli_path(pb_cache_folder(cache)));
    cli_say("  category        %s", cli_path(pb_cache_category(cache)));
    cli_say("  images          %lld training, %lld test (%lld good, %lld defect)",
            (long long)pb_cache_paths(cache, PB_CACHE_TRAIN)->n, (long long)n_test, (long long)(n_test - n_defect),
            (long long)n_defect);
    cli_say("  features        %lld patches x %lld channels, %s", (long long)origin->grid_height * origin->grid_width,
            (long long)origin->dim, pb_cache_is_half(cache) ? "float16" : "float32");
    cli_say_origin(origin);
}

/* One category's cache, or all in a folder. */
static pb_status info_caches(const pb_paths *folders, bool single, const char *json)
{
    json_t *all = json_array();
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < folders->n && status == PB_STATUS_OK; i++) {
        pb_cache *cache;
        status = pb_cache_open(folders->path[i], &cache);
        if (status != PB_STATUS_OK)
            break;
        say_cache(cache);
        if (json_array_append_new(all, cache_to_json(cache)) != 0)
            status = pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
        pb_cache_free(cache);
    }
    if (status == PB_STATUS_OK && json)
        status = cli_write_json(json_incref(single ? json_array_get(all, 0) : all), json);
    json_decref(all);
    return status;
}

static pb_status info_folder(const char *path, const char *json)
{
    pb_paths caches = {0}, unfinished = {0};
    if (pb_cache_list(path, &caches, &unfinished) != PB_STATUS_OK)
        return cli_info_checkpoint(path, json);
    const pb_status status = info_caches(&caches, caches.n == 1 && pb_cache_is(path), json);
    for (int64_t i = 0; i < unfinished.n; i++)
        cli_say("%s: not finished", cli_path(unfinished.path[i]));
    pb_paths_free(&caches);
    pb_paths_free(&unfinished);
    return status;
}

/* Not by fopen(), which would wait for the writer of a pipe. */
static bool starts_with_npy_magic(const char *path)
{
    static const char magic[] = "\x93NUMPY";
    pb_file_map map;
    if (pb_file_map_open(path, &map) != PB_STATUS_OK)
        return false;
    const bool starts = map.size >= sizeof magic - 1 && memcmp(map.bytes, magic, sizeof magic - 1) == 0;
    pb_file_map_close(&map);
    return starts;
}

/* What is no file may be the name of a backbone, as --backbone takes it. */
static pb_status info_name(const char *name, const char *json)
{
    char *folder;
    if (pb_checkpoint_find(name, &folder) != PB_STATUS_OK)
        return pb_fail(PB_STATUS_IO,
                       "%s: no such file or folder, and no backbone of this name in $PB_BACKBONES, the Hugging Face "
                       "cache or ./backbones",
                       name);
    const pb_status status = cli_info_checkpoint(folder, json);
    pb_free(folder);
    return status;
}

int cli_info(const cli_settings *settings)
{
    const char *path = settings->arguments[0];
    struct stat info = {0};
    cli_reserve_stdout(settings->json, NULL);
    pb_status status;
    if (needs_no_download(path))
        status = info_backbone(path, settings->json);
    else if (stat(path, &info) != 0 && errno == ENOENT)
        status = info_name(path, settings->json);
    else if (S_ISDIR(info.st_mode))
        status = info_folder(path, settings->json);
    else if (starts_with_npy_magic(path))
        status = info_features(path, settings->json);
    else
        status = info_bank(path, settings->json);
    return status == PB_STATUS_OK ? CLI_EXIT_OK : cli_fail(status);
}
