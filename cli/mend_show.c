#include "mend_show.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "output.h"
#include "terminal.h"

void cli_mend_shown_free(cli_mend_shown *shown)
{
    pb_audit_free(shown->audit);
    json_decref(shown->verdicts);
    json_decref(shown->traces);
}

/* Into an array that begins with it. */
static pb_status append(json_t **array, json_t *object)
{
    if (!*array)
        *array = json_array();
    return json_array_append_new(*array, object) == 0
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
}

/* ---- verdicts ----------------------------------------------------------------------------------------------------- */

pb_status cli_mend_note_verdict(cli_mend_shown *shown, const char *path, const pb_verdict_change *change)
{
    shown->n_parts++;
    if (change->old_verdict != change->new_verdict) {
        if (shown->n_turned++ == 0)
            cli_say("%sVerdicts that turn%s", cli_color_on(CLI_BOLD), cli_color_off());
        cli_say("  %-8s -> %-8s  %9.4g -> %9.4g  %s", pb_verdict_name(change->old_verdict),
                pb_verdict_name(change->new_verdict), change->old_score, change->new_score, cli_path(path));
    }
    return append(&shown->verdicts,
                  json_pack("{s:o, s:f, s:f, s:s, s:s}", "path", pb_json_lossy_string(path), "old_score",
                            change->old_score, "new_score", change->new_score, "old_verdict",
                            pb_verdict_name(change->old_verdict), "new_verdict", pb_verdict_name(change->new_verdict)));
}

/* ---- traces ------------------------------------------------------------------------------------------------------- */

/* Which copy it is that shows the patch; "" where references have none. */
static const char *variant_of(const pb_bank *bank, const pb_trace_row *row, char out[PB_AUGMENT_TEXT])
{
    out[0] = '\0';
    if (pb_bank_augment(bank))
        pb_augment_words(pb_bank_augment(bank), row->variant, out, PB_AUGMENT_TEXT);
    return out;
}

static json_t *row_to_json(const pb_bank *bank, const pb_trace_row *row)
{
    char variant[PB_AUGMENT_TEXT];
    variant_of(bank, row, variant);
    return json_pack("{s:I, s:o, s:i, s:s*, s:f}", "row", (json_int_t)row->row, "reference",
                     pb_json_lossy_string(pb_bank_reference_at(bank, row->reference)->path), "patch", (int)row->patch,
                     "variant", *variant ? variant : NULL, "distance", row->distance);
}

static pb_status patch_to_json(const pb_bank *bank, int32_t patch, double score, const pb_trace_row *rows, json_t **out)
{
    json_t *near = NULL;
    for (int64_t j = 0; j < pb_bank_k(bank); j++)
        PB_TRY(append(&near, row_to_json(bank, &rows[j])));
    return append(out, json_pack("{s:i, s:f, s:o}", "patch", (int)patch, "score", score, "nearest", near));
}

static void say_patch(const pb_bank *bank, int32_t patch, double score, const pb_trace_row *rows)
{
    const int32_t width = pb_bank_origin(bank)->grid_width;
    cli_say("  patch %d (row %d, column %d of its grid) scores %.4g; nearest:", (int)patch, (int)(patch / width),
            (int)(patch % width), score);
    for (int64_t j = 0; j < pb_bank_k(bank); j++) {
        char variant[PB_AUGMENT_TEXT];
        variant_of(bank, &rows[j], variant);
        cli_say("    %9.4g  %s:%d%s%s", rows[j].distance, cli_path(pb_bank_reference_at(bank, rows[j].reference)->path),
                (int)rows[j].patch, *variant ? "  " : "", variant);
    }
}

static pb_status say_culprits(const pb_bank *bank, const pb_trace_row *trace, int64_t n)
{
    enum { MOST = 5 };
    pb_trace_culprit *culprits;
    int64_t n_culprits;
    PB_TRY(PB_NEW(culprits, n));
    const pb_status status = pb_trace_culprits(trace, n, true, culprits, &n_culprits);
    if (status == PB_STATUS_OK)
        cli_say("  of these %lld, by reference:", (long long)n);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n_culprits && i < MOST; i++)
        cli_say("    %6lld  %s (nearest %.4g)", (long long)culprits[i].n,
                cli_path(pb_bank_reference_at(bank, culprits[i].reference)->path), culprits[i].nearest);
    pb_free(culprits);
    return status;
}

pb_status cli_mend_show_trace(cli_mend_shown *shown, const pb_bank *bank, const char *path, const pb_features *part,
                              const int32_t *patches, int64_t n, const double *patch_scores)
{
    const int64_t k = pb_bank_k(bank);
    pb_trace_row *trace;
    json_t *rows = NULL;
    pb_status status;
    PB_TRY(PB_NEW_PRODUCT(trace, n, k));
    PB_TRY_GOTO(pb_bank_trace(bank, part, patches, n, k, trace));
    cli_say("%s%s%s", cli_color_on(CLI_BOLD), cli_path(path), cli_color_off());
    for (int64_t i = 0; i < n; i++) {
        say_patch(bank, patches[i], patch_scores[patches[i]], trace + i * k);
        PB_TRY_GOTO(patch_to_json(bank, patches[i], patch_scores[patches[i]], trace + i * k, &rows));
    }
    PB_TRY_GOTO(say_culprits(bank, trace, n * k));
    status = append(&shown->traces, json_pack("{s:o, s:O}", "path", pb_json_lossy_string(path), "patches", rows));
done:
    json_decref(rows);
    pb_free(trace);
    return status;
}

/* ---- the change --------------------------------------------------------------------------------------------------- */

static void say_audit(const pb_audit *audit, const pb_bank *mended, int64_t n_added)
{
    const int64_t n = pb_audit_n_images(audit);
    for (int64_t i = n - n_added; i < n; i++) {
        const pb_audit_image *image = pb_audit_image_at(audit, i);
        cli_say("  %s: audit score %.4g, rank %lld of %lld (1 = most suspicious), limit %.4g%s",
                cli_path(pb_bank_reference_at(mended, i)->path), image->score, (long long)image->rank, (long long)n,
                pb_audit_limit(audit), image->flagged ? ": flagged, look at it again" : "");
    }
}

static void say_change(const pb_bank_change *change)
{
    char patches[48] = "";
    if (change->n_patches > 0)
        snprintf(patches, sizeof patches, "%lld patch%s of ", (long long)change->n_patches,
                 change->n_patches == 1 ? "" : "es");
    cli_say("  %-7s  %s%s", pb_change_kind_name(change->kind), patches, cli_path(change->path));
}

void cli_mend_show_change(const cli_mend_shown *shown, const pb_bank *old, const pb_bank *mended, int64_t n_added)
{
    if (n_added > 0)
        cli_say("%sNew references, by %s%s", cli_color_on(CLI_BOLD), pb_audit_rule(shown->audit), cli_color_off());
    say_audit(shown->audit, mended, n_added);
    if (shown->n_parts > 0)
        cli_say("%lld of %lld verdicts turn.", (long long)shown->n_turned, (long long)shown->n_parts);
    if (shown->n_themselves > 0)
        cli_say("Parts that are references before or after, and not judged: %lld", (long long)shown->n_themselves);
    cli_say("%s%s%s: %lld of %lld references kept, %lld patches (before: %lld of %lld, %lld)", cli_color_on(CLI_BOLD),
            shown->output ? cli_path(shown->output) : "Planned, and nothing written", cli_color_off(),
            (long long)pb_bank_n_kept(mended), (long long)pb_bank_n_references(mended),
            (long long)pb_bank_n_rows(mended), (long long)pb_bank_n_kept(old), (long long)pb_bank_n_references(old),
            (long long)pb_bank_n_rows(old));
    for (int64_t i = pb_bank_n_changes(old); i < pb_bank_n_changes(mended); i++)
        say_change(pb_bank_change_at(mended, i));
    cli_say("  threshold %.4g, before %.4g", pb_bank_threshold(mended)->value, pb_bank_threshold(old)->value);
    if (pb_bank_n_known(old) > 0)
        cli_say("  %lld of %lld known parts judged anew", (long long)pb_bank_n_known(mended),
                (long long)pb_bank_n_known(old));
    if (shown->n_gone > 0)
        cli_warn("%lld known parts are not where they were, or have changed: they are no evidence any more",
                 (long long)shown->n_gone);
}

void cli_mend_show_history(const pb_bank *bank)
{
    if (pb_bank_n_changes(bank) == 0)
        cli_say("Nothing was changed since the bank was fitted.");
    for (int64_t i = 0; i < pb_bank_n_changes(bank); i++) {
        const pb_bank_change *change = pb_bank_change_at(bank, i);
        say_change(change);
        cli_say("           %s%s%s%s%s  threshold %.4g -> %.4g", cli_path(change->time), *change->author ? "  " : "",
                cli_path(change->author), *change->reason ? ": " : "", cli_path(change->reason),
                change->threshold_before, change->threshold_after);
    }
}

static json_t *change_to_json(const pb_bank_change *change)
{
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:f, s:f}", "change", pb_change_kind_name(change->kind), "path",
                     pb_json_lossy_string(change->path), "patches", (json_int_t)change->n_patches, "author",
                     pb_json_lossy_string(change->author), "reason", pb_json_lossy_string(change->reason), "time",
                     pb_json_lossy_string(change->time), "threshold_before", change->threshold_before,
                     "threshold_after", change->threshold_after);
}

static pb_status references_to_json(const pb_bank *bank, const pb_audit *audit, json_t **out)
{
    for (int64_t i = 0; audit && i < pb_bank_n_references(bank); i++) {
        const pb_audit_image *image = pb_audit_image_at(audit, i);
        PB_TRY(append(out, json_pack("{s:o, s:f, s:I, s:b}", "path",
                                     pb_json_lossy_string(pb_bank_reference_at(bank, i)->path), "audit_score",
                                     image->score, "rank", (json_int_t)image->rank, "flagged", (int)image->flagged)));
    }
    return PB_STATUS_OK;
}

static json_t *or_empty(json_t *array)
{
    return array ? json_incref(array) : json_array();
}

pb_status cli_mend_write_json(cli_mend_shown *shown, const pb_bank *old, const pb_bank *mended, const char *path)
{
    const pb_bank *bank = mended ? mended : old;
    json_t *history = NULL, *references = NULL;
    pb_status status = references_to_json(bank, shown->audit, &references);
    for (int64_t i = 0; status == PB_STATUS_OK && i < pb_bank_n_changes(bank); i++)
        status = append(&history, change_to_json(pb_bank_change_at(bank, i)));
    if (status == PB_STATUS_OK)
        status = cli_write_json(json_pack("{s:f, s:f, s:b, s:o, s:o, s:o, s:o}", "threshold_before",
                                          pb_bank_threshold(old)->value, "threshold", pb_bank_threshold(bank)->value,
                                          "written", (int)(mended && shown->output), "references", or_empty(references),
                                          "verdicts", or_empty(shown->verdicts), "traces", or_empty(shown->traces),
                                          "history", or_empty(history)),
                                path);
    json_decref(history);
    json_decref(references);
    return status;
}
