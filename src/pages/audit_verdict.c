/* The top of the audit page: what stands out, why, and what a person decided before. */
#include "pages/audit_page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "audit/audit.h"
#include "bank/bank.h"
#include "base/memory.h"
#include "pages/image_names.h"

enum { MAX_LISTED = 8 }; /* names in one sentence */

/* ---- lists of names ---- */

typedef bool (*chosen)(const pb_audit_page *self, int64_t i);

static bool is_flagged(const pb_audit_page *self, int64_t i)
{
    return self->audit->images[i].flagged;
}

static bool is_odd_photo(const pb_audit_page *self, int64_t i)
{
    return self->audit->images[i].reason[0] != '\0';
}

static bool is_flagged_by_score(const pb_audit_page *self, int64_t i)
{
    return is_flagged(self, i) && !is_odd_photo(self, i);
}

static bool is_left_out(const pb_audit_page *self, int64_t i)
{
    return self->audit->images[i].decision != PB_DECISION_KEEP;
}

static bool is_kept_though_flagged(const pb_audit_page *self, int64_t i)
{
    return is_flagged(self, i) && !is_left_out(self, i);
}

/* Links to the cards of the images chosen, most suspicious first; returns how many there are. */
static int64_t list_images(pb_audit_page *self, chosen choose)
{
    pb_page *page = &self->page;
    int64_t n = 0;
    for (int64_t place = 0; place < self->audit->n_images; place++) {
        const int64_t i = self->order[place];
        if (!choose(self, i) || n++ >= MAX_LISTED)
            continue;
        pb_page_printf(page, "%s<a href=\"#reference-%" PRId64 "\">", n == 1 ? "" : ", ", i);
        pb_page_name(page, self->content->paths[i], self->folder);
        pb_page_html(page, "</a>");
    }
    if (n > MAX_LISTED)
        pb_page_printf(page, " and %" PRId64 " more", n - MAX_LISTED);
    return n;
}

/* ---- of an audit ---- */

static void write_audit_headline(pb_audit_page *self)
{
    pb_page *page = &self->page;
    const int64_t n = self->audit->n_images;
    pb_page_printf(page, "<h1 class=\"verdict %s\">", self->n_flagged ? "bad" : "good");
    if (!isfinite(self->audit->limit) && self->n_flagged == 0)
        pb_page_html(page, "The references are too alike to say what stands out");
    else if (self->n_flagged == 0)
        pb_page_printf(page, "None of %" PRId64 " references stands out", n);
    else
        pb_page_printf(page, "%" PRId64 " of %" PRId64 " references %s out: look at %s", self->n_flagged, n,
                       self->n_flagged == 1 ? "stands" : "stand", self->n_flagged == 1 ? "it" : "them");
    pb_page_html(page, "</h1>\n");
}

static void write_audit_reason(pb_audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<p class=\"lead\">");
    const int64_t n_odd = list_images(self, is_odd_photo), n_by_score = self->n_flagged - n_odd;
    if (n_odd > 0)
        pb_page_printf(page, " %s as %s: the reason is beside %s below. ", n_odd == 1 ? "stands out" : "stand out",
                       n_odd == 1 ? "a photo" : "photos", n_odd == 1 ? "it" : "each");
    if (!isfinite(self->audit->limit)) {
        pb_page_html(page,
                     "At least half of them have the same score, so no limit can be drawn. Are there copies of one "
                     "image among them?</p>\n");
        return;
    }
    if (n_by_score == 0)
        pb_page_printf(page, "All %" PRId64 " score at or below the limit of ", self->audit->n_images - n_odd);
    else
        pb_page_printf(page, " %s above the limit of ",
                       list_images(self, is_flagged_by_score) == 1 ? "scores" : "score");
    pb_page_score(page, self->audit->limit, self->decimals);
    if (n_by_score == 0)
        pb_page_html(page, ". A fault that several references share cannot be seen this way: look through them "
                           "once.</p>\n");
    else
        pb_page_printf(page,
                       ": %s from the others in at least one place. Whether that is a fault is for you to "
                       "say.</p>\n",
                       n_by_score == 1 ? "it differs" : "they differ");
}

/* No more than the audit's share are ever flagged: say so where that cut something off. */
static void write_cap_note(pb_audit_page *self)
{
    int64_t n_above = 0;
    for (int64_t i = 0; i < self->audit->n_images; i++)
        n_above += self->audit->images[i].score > self->audit->limit && !self->audit->images[i].flagged;
    if (n_above == 0)
        return;
    pb_page_html(&self->page, "<p class=\"note\">");
    pb_page_count(&self->page, n_above, "more image scores", "more images score");
    pb_page_printf(&self->page,
                   " above the limit, but no more than %d&nbsp;%% of the references are ever flagged: with so "
                   "many differing, look at the whole set.</p>\n",
                   (int)PB_AUDIT_MOST_FLAGGED_PERCENT);
}

static bool stands_out_as_photo(const pb_audit_page *self, int64_t i)
{
    return self->audit->images[i].stands_out[0] != '\0';
}

/* What stands out need be no fault, but limits for photos do not rest on it. */
static void write_photo_note(pb_audit_page *self)
{
    pb_page *page = &self->page;
    int64_t n = 0;
    for (int64_t i = 0; i < self->audit->n_images; i++)
        n += stands_out_as_photo(self, i);
    if (n == 0)
        return;
    pb_page_html(page, "<p class=\"note\">");
    (void)list_images(self, stands_out_as_photo);
    pb_page_printf(page, " %s: the limits for photos of parts %s not rest on %s. The reason is beside %s below.</p>\n",
                   n == 1 ? "stands out by far as a photo" : "stand out by far as photos", self->bank ? "do" : "will",
                   n == 1 ? "it" : "them", n == 1 ? "it" : "each");
}

/* The page and fit must not seem to disagree. */
static void write_proposal_note(pb_audit_page *self)
{
    if (self->n_flagged > 0 && !self->content->recall)
        pb_page_html(
            &self->page,
            "<p class=\"note\">What is flagged is marked <em>Remove</em> below: a proposal, nothing more. "
            "A bank keeps every reference, flagged or not, until you have saved your decisions and fitted it with "
            "them.</p>\n");
}

/* ---- earlier decisions ---- */

static int64_t count_recalled(const pb_recall *recall, pb_recall_kind kind)
{
    int64_t n = 0;
    for (int64_t i = 0; i < recall->n_images; i++)
        n += recall->images[i].kind == kind;
    return n;
}

static void list_gone(pb_page *page, const pb_recall *recall)
{
    const int64_t n_listed = recall->n_gone < MAX_LISTED ? recall->n_gone : MAX_LISTED;
    pb_page_html(page, " ");
    pb_page_count(page, recall->n_gone,
                  "image decided about is no longer here: ", "images decided about are no longer here: ");
    for (int64_t i = 0; i < n_listed; i++) {
        pb_page_html(page, i == 0 ? "<bdi>" : ", <bdi>");
        pb_page_text(page, recall->gone[i]);
        pb_page_html(page, "</bdi>");
    }
    if (n_listed < recall->n_gone)
        pb_page_printf(page, " and %" PRId64 " more", recall->n_gone - n_listed);
    pb_page_html(page, ".");
}

static void write_recall(pb_audit_page *self)
{
    pb_page *page = &self->page;
    const pb_recall *recall = self->content->recall;
    if (!recall)
        return;
    const int64_t n_changed = count_recalled(recall, PB_RECALL_CHANGED), n_new = count_recalled(recall, PB_RECALL_NEW);
    pb_page_printf(page,
                   "<p class=\"note recall\"><b>Your earlier decisions are filled in for %" PRId64 " of %" PRId64
                   " images.</b>",
                   count_recalled(recall, PB_RECALL_SAME), recall->n_images);
    if (n_changed > 0) {
        pb_page_html(page, " ");
        pb_page_count(page, n_changed, "photo has", "photos have");
        pb_page_html(page, " changed since.");
    }
    if (n_new > 0) {
        pb_page_html(page, " ");
        pb_page_count(page, n_new, "image is new.", "images are new.");
    }
    if (n_changed + n_new > 0)
        pb_page_html(page, " There the audit&rsquo;s proposal stands until you decide.");
    if (recall->n_gone > 0)
        list_gone(page, recall);
    pb_page_html(page, "</p>\n");
}

/* ---- of a bank ---- */

static void write_bank_headline(pb_audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<h1 class=\"verdict good\">");
    if (self->n_leaving == 0)
        pb_page_printf(page, "All %" PRId64 " references are in the bank", self->audit->n_images);
    else
        pb_page_printf(page, "%" PRId64 " of %" PRId64 " references are in the bank, %" PRId64 " left out",
                       self->audit->n_images - self->n_leaving, self->audit->n_images, self->n_leaving);
    pb_page_html(page, "</h1>\n");
}

static void write_bank_reason(pb_audit_page *self)
{
    pb_page *page = &self->page;
    const bool by_person = self->bank->references[0].decided_by_person;
    pb_page_html(page, "<p class=\"lead\">");
    if (self->n_leaving > 0) {
        const int64_t n = list_images(self, is_left_out);
        pb_page_printf(page, " %s left out: %s. ", n == 1 ? "is" : "are",
                       by_person ? "so you decided" : "the audit flagged them, and nobody has looked: not reviewed");
    }
    int64_t n_kept_flagged = 0;
    for (int64_t i = 0; i < self->audit->n_images; i++)
        n_kept_flagged += is_kept_though_flagged(self, i);
    if (n_kept_flagged > 0) {
        (void)list_images(self, is_kept_though_flagged);
        pb_page_printf(page, " %s out, but %s kept: %s.", n_kept_flagged == 1 ? "stands" : "stand",
                       n_kept_flagged == 1 ? "is" : "are",
                       by_person ? "so you decided"
                                 : "nobody has looked at what the audit flagged, the bank is not reviewed");
    } else if (self->n_leaving == 0) {
        pb_page_html(page, by_person ? "So you decided." : "None of them stood out in the audit.");
    }
    pb_page_html(page, "</p>\n");
}

/* ---- both ---- */

static void write_eyebrow(pb_audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_printf(page, "<p class=\"eyebrow\">%s", self->bank ? "References of a bank" : "Audit of reference images");
    if (self->folder > 0) {
        char *folder = pb_strdup(self->content->paths[0]);
        if (!folder) {
            page->status = PB_STATUS_NO_MEMORY;
            return;
        }
        folder[self->folder] = '\0';
        pb_page_html(page, " in <bdi>");
        pb_page_text(page, folder);
        pb_page_html(page, "</bdi>");
        pb_free(folder);
    }
    pb_page_html(page, "</p>\n");
}

void pb_audit_page_verdict(pb_audit_page *self)
{
    pb_page_html(&self->page, "<header>\n");
    write_eyebrow(self);
    if (self->bank) {
        write_bank_headline(self);
        write_bank_reason(self);
        write_photo_note(self);
    } else {
        write_audit_headline(self);
        write_audit_reason(self);
        write_cap_note(self);
        write_photo_note(self);
        write_proposal_note(self);
        write_recall(self);
    }
    pb_page_html(&self->page, "</header>\n");
}

static const char *rule_summary(const char *name)
{
    const pb_method *rule = pb_method_find(PB_METHOD_AUDIT, name);
    return rule ? rule->summary : "";
}

void pb_audit_page_explanation(pb_audit_page *self)
{
    pb_page *page = &self->page;
    const char *summary = rule_summary(self->audit->rule);
    pb_page_html(page, "<details class=\"reading\"><summary>How to read this page</summary><p>Every reference is "
                       "compared, patch by patch, with the <em>other</em> references: a patch&rsquo;s leave-one-out "
                       "score is its ");
    if (self->audit->k == 1)
        pb_page_html(page, "distance to the most similar patch in them. The rule ");
    else
        pb_page_printf(page, "mean distance to the %" PRId64 " most similar patches in them. The rule ",
                       pb_references_k(self->content->references));
    pb_page_text(page, pb_method_label(PB_METHOD_AUDIT, self->audit->rule));
    pb_page_html(page, *summary ? " (" : "");
    pb_page_text(page, summary);
    pb_page_printf(page,
                   "%s makes one score an image of these; the limit is median&nbsp;+&nbsp;%g&nbsp;&times;&nbsp;1.4826"
                   "&nbsp;&times;&nbsp;MAD over all images.</p>",
                   *summary ? ")" : "", self->audit->multiplier);
    pb_page_html(page,
                 "<p>Heatmaps share one scale of colours. They show <em>where</em> an image differs from the others; "
                 "they do not prove a defect: dust, light or a shifted part do the same, and a fault present in "
                 "several references hides itself. A close-up sets the worst patch of an image beside the patch of "
                 "another reference that resembles it most: what the worst one should look like, as far as the set "
                 "can tell.</p>");
    pb_page_html(page, self->bank ? "<p>The bank holds the patches of the images that were kept. To decide "
                                    "otherwise, take an audit&rsquo;s page, save its "
                                    "decisions and fit again.</p></details>\n"
                                  : "<p>The decision is yours: <em>keep</em> puts an image into the bank, "
                                    "<em>remove</em> leaves it out, <em>recapture</em> leaves it out until a new "
                                    "photo replaces it.</p></details>\n");
}
