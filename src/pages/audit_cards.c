/* One reference after the other: its pictures, its score among the others, and the decision about it. */
#include "pages/audit_page.h"

#include <inttypes.h>
#include <math.h>

#include "audit/audit.h"
#include "bank/bank.h"
#include "io/features.h"
#include "pages/image_names.h"

/* ---- pictures ---- */

static void write_pictures(pb_audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_image_view *view = &self->views->images[i];
    const char *name = self->content->paths[i] + self->folder;
    pb_page_html(page, "<div class=\"pictures\">");
    if (view->photo.jpeg) {
        pb_page_html(page, "<figure>");
        pb_page_picture(page, &view->photo, "Photo", name);
        pb_page_html(page, "<figcaption>Photo</figcaption></figure>");
    } else if (self->views->n_photos > 0) {
        pb_page_html(page, "<figure>");
        pb_page_no_photo(page, view->problem);
        pb_page_html(page, "<figcaption>Photo</figcaption></figure>");
    }
    pb_page_html(page, "<figure>");
    pb_page_picture(page, &view->heatmap, "Heatmap of", name);
    pb_page_html(page, "<figcaption>Heatmap</figcaption></figure></div>\n");
}

/* Which copy of the photo it is that shows the patch: the picture is cut out of the photo as it is. */
static void write_variant(pb_audit_page *self, int64_t variant)
{
    char words[PB_AUGMENT_TEXT];
    if (variant == 0)
        return;
    pb_augment_words(&self->views->features->augment, variant, words, sizeof words);
    pb_page_html(&self->page, ", ");
    pb_page_text(&self->page, words);
}

static void write_patch_figure(pb_audit_page *self, const pb_patch_view *view, const char *what, int64_t image,
                               int64_t patch, int64_t variant, const char *measure, double value)
{
    pb_page *page = &self->page;
    const char *path = self->content->paths[image];
    pb_page_html(page, "<figure>");
    if (view->picture.jpeg)
        pb_page_patch(page, view, what, path + self->folder);
    pb_page_printf(page, "<figcaption><b>%s</b> ", what);
    pb_page_name(page, path, self->folder);
    pb_page_html(page, "<br>");
    pb_page_patch_place(page, patch, self->views->features->grid_width);
    write_variant(self, variant);
    pb_page_printf(page, "<br>%s ", measure);
    pb_page_score(page, value, self->decimals);
    pb_page_html(page, "</figcaption></figure>");
}

/* Open where the audit flagged, else folded away until a person opens it. */
static void write_evidence(pb_audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_evidence *evidence = &self->views->evidences[i];
    if (!evidence->found)
        return;
    pb_page_printf(page, "<details class=\"closeup\"%s><summary>Close-up: where it differs most</summary>",
                   self->audit->images[i].flagged ? " open" : "");
    pb_page_html(page, "<div class=\"evidence\">");
    write_patch_figure(self, &evidence->worst, "Worst patch", i, evidence->worst_patch, 0, "score",
                       evidence->worst_score);
    write_patch_figure(self, &evidence->nearest, self->bank ? "Nearest kept" : "Nearest unflagged",
                       evidence->nearest_image, evidence->nearest_patch, evidence->nearest_variant, "distance",
                       evidence->nearest_distance);
    pb_page_html(page, "</div></details>\n");
}

/* ---- score ---- */

static void write_margin(pb_audit_page *self, double score, bool is_flagged_as_photo)
{
    const double limit = self->audit->limit;
    if (!isfinite(limit) || limit <= 0)
        return;
    const double percent = (score / limit - 1) * 100;
    pb_page_printf(&self->page, "%.*f&nbsp;%% %s the limit", fabs(percent) < 9.95 ? 1 : 0, fabs(percent),
                   score > limit ? "above" : "below");
    if (is_flagged_as_photo)
        pb_page_html(&self->page, ": flagged as a photo, whatever it scores");
}

static void write_score(pb_audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_audit_image *image = &self->audit->images[i];
    pb_page_html(page, "<p class=\"score\"><span class=\"value\">");
    pb_page_score(page, image->score, self->decimals);
    pb_page_html(page, "</span> ");
    write_margin(self, image->score, image->reason[0] != '\0');
    pb_page_html(page, " <span class=\"mean\">mean of its patches ");
    pb_page_score(page, image->mean, self->decimals);
    pb_page_html(page, "</span></p>");
    pb_svg_strip(page, &self->strip_axis, self->audit->limit, image->score, image->flagged && !image->reason[0]);
}

/* ---- the decision to take ---- */

static void write_choices(pb_audit_page *self, int64_t i)
{
    static const pb_decision decisions[] = {PB_DECISION_KEEP, PB_DECISION_REMOVE, PB_DECISION_RECAPTURE};
    static const char *const labels[] = {"Keep", "Remove", "Recapture"};
    pb_page *page = &self->page;
    pb_page_html(page, "<fieldset class=\"choices\"><legend>Decision for ");
    pb_page_text(page, self->content->paths[i] + self->folder);
    pb_page_html(page, "</legend>");
    for (int d = 0; d < 3; d++)
        pb_page_printf(page,
                       "<label><input type=\"radio\" name=\"decision-%" PRId64 "\" value=\"%s\" autocomplete=\"off\"%s>"
                       "<span>%s</span></label>",
                       i, pb_decision_name(decisions[d]),
                       self->audit->images[i].decision == decisions[d] ? " checked" : "", labels[d]);
    pb_page_html(page, "</fieldset>\n");
}

static void write_recalled(pb_audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_recall_image *recalled = &self->content->recall->images[i];
    switch (recalled->kind) {
    case PB_RECALL_SAME:
        pb_page_html(page, "<p class=\"recalled\">As you decided earlier.</p>\n");
        break;
    case PB_RECALL_CHANGED:
        pb_page_printf(page,
                       "<p class=\"recalled\"><b>Another photo than the one you decided about</b> (then: %s). Decide "
                       "anew; what is marked is the audit&rsquo;s proposal.</p>\n",
                       pb_decision_name(recalled->decision));
        break;
    case PB_RECALL_NEW:
        pb_page_html(page, "<p class=\"recalled\"><b>New since your earlier decisions.</b> What is marked is the "
                           "audit&rsquo;s proposal.</p>\n");
        break;
    }
}

/* ---- the decision taken ---- */

static const char *decision_taken(pb_decision decision)
{
    return decision == PB_DECISION_KEEP ? "Kept" : decision == PB_DECISION_REMOVE ? "Removed" : "To be taken again";
}

static const char *reason_of(const pb_bank_reference *reference)
{
    const bool kept = reference->decision == PB_DECISION_KEEP;
    if (!reference->decided_by_person)
        return !kept                ? "flagged by the audit"
               : reference->flagged ? "flagged, but the audit was asked to report only"
                                    : "not flagged by the audit";
    if (reference->flagged)
        return kept ? "your decision, although the audit flagged it" : "your decision; the audit flagged it, too";
    return kept ? "your decision; the audit did not flag it either" : "your decision; the audit did not flag it";
}

static int64_t patches_in_bank(const pb_bank *bank, int64_t image)
{
    int64_t n = 0;
    for (int64_t row = 0; row < bank->n_rows; row++)
        n += bank->image_of_row[row] == image;
    return n;
}

static void write_outcome(pb_audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_bank_reference *reference = &self->bank->references[i];
    pb_page_printf(page, "<p class=\"outcome %s\"><b>%s</b> <span>%s</span></p>\n",
                   pb_decision_name(reference->decision), decision_taken(reference->decision), reason_of(reference));
    if (reference->decision == PB_DECISION_RECAPTURE)
        pb_page_html(page, "<p class=\"recalled\">Out of the bank until a new photo replaces it.</p>\n");
    if (reference->decision != PB_DECISION_KEEP)
        return;
    pb_page_printf(page, "<p class=\"recalled\">%" PRId64 " of its %" PRId64 " patches%s are in the bank",
                   patches_in_bank(self->bank, i), self->views->features->n_patches,
                   pb_bank_augment(self->bank) ? ", with those of its copies," : "");
    if (isfinite(reference->loo_score)) {
        pb_page_html(page, "; against the rest of it the image scores ");
        pb_page_score(page, reference->loo_score, pb_score_decimals(&self->bank->threshold.value, 1));
    } else {
        pb_page_html(page, ": purification took them all");
    }
    pb_page_html(page, ".</p>\n");
}

/* ---- cards ---- */

static void write_card(pb_audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_audit_image *image = &self->audit->images[i];
    pb_page_printf(page,
                   "<li class=\"card%s\" id=\"reference-%" PRId64 "\" data-image=\"%" PRId64 "\"><h3><span "
                   "class=\"rank\">%" PRId64 "</span> ",
                   image->reason[0] ? " flagged photo"
                   : image->flagged ? " flagged"
                                    : "",
                   i, i, image->rank);
    pb_page_name(page, self->content->paths[i], self->folder);
    if (image->flagged)
        pb_page_printf(page, " <span class=\"badge\">flagged%s</span>", image->reason[0] ? " as a photo" : "");
    pb_page_html(page, "</h3>\n");
    write_pictures(self, i);
    pb_page_html(page, "<div class=\"about\">");
    if (image->reason[0]) {
        pb_page_html(page, "<p class=\"recalled\"><b>As a photo: ");
        pb_page_text(page, image->reason);
        pb_page_html(page, ".</b></p>\n");
    } else if (image->stands_out[0]) {
        pb_page_html(page, "<p class=\"recalled\">Stands out by far as a photo: ");
        pb_page_text(page, image->stands_out);
        pb_page_html(page, ".</p>\n");
    }
    write_score(self, i);
    if (self->bank)
        write_outcome(self, i);
    else
        write_choices(self, i);
    if (self->content->recall)
        write_recalled(self, i);
    write_evidence(self, i);
    pb_page_html(page, "</div></li>\n");
}

void pb_audit_page_cards(pb_audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<section><div class=\"section-head\"><h2>References, most suspicious first</h2>\n");
    pb_page_colors(page, self->views->low, self->views->high,
                   self->bank ? pb_score_decimals(&self->views->high, 1) : self->decimals,
                   self->bank && self->views->high == self->bank->threshold.value);
    pb_page_html(page, "</div>\n");
    if (self->views->n_photos == 0)
        pb_page_html(page, "<p class=\"note\">None of the photos could be read when this page was written, so the "
                           "heatmaps stand alone.</p>\n");
    pb_page_html(page, "<ol class=\"cards\">\n");
    for (int64_t i = 0; i < self->audit->n_images; i++)
        write_card(self, self->order[i]);
    pb_page_html(page, "</ol></section>\n");
}
