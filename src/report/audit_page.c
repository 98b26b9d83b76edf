/* The audit page: the verdict in words, all scores along one axis, then each reference with its pictures, its
 * score and the decision that a person takes. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <purebank/report.h>

#include "base/memory.h"
#include "io/path.h"
#include "report/audit_views.h"
#include "report/decisions.h"
#include "report/names.h"
#include "report/svg.h"

enum { MAX_LISTED = 8 }; /* flagged references that the verdict names */

typedef struct audit_page {
    pb_page page;
    const pb_audit_report *content;
    const pb_audit *audit;
    const pb_audit_views *views;
    const int64_t *order; /* images, most suspicious first */
    int decimals;
    size_t folder; /* bytes of the paths that all share */
    int64_t n_flagged, n_leaving;
    const char *decisions; /* JSON */
    pb_axis strip_axis;
} audit_page;

/* ---- verdict ---- */

static void write_margin(audit_page *self, double score)
{
    const double limit = self->audit->limit;
    if (!isfinite(limit) || limit <= 0)
        return;
    const double percent = (score / limit - 1) * 100;
    pb_page_printf(&self->page, "%.*f&nbsp;%% %s the limit", fabs(percent) < 9.95 ? 1 : 0, fabs(percent),
                   score > limit ? "above" : "below");
}

static void write_headline(audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_printf(page, "<h1 class=\"verdict %s\">", self->n_flagged ? "bad" : "good");
    if (self->n_flagged == 0)
        pb_page_html(page, "No reference stands out");
    else
        pb_page_printf(page, "%" PRId64 " of %" PRId64 " references %s wrong: remove or retake %s", self->n_flagged,
                       self->audit->n_images, self->n_flagged == 1 ? "looks" : "look",
                       self->n_flagged == 1 ? "it" : "them");
    pb_page_html(page, "</h1>\n");
}

static void list_flagged(audit_page *self)
{
    pb_page *page = &self->page;
    const int64_t n_listed = self->n_flagged < MAX_LISTED ? self->n_flagged : MAX_LISTED;
    for (int64_t i = 0; i < n_listed; i++) {
        pb_page_printf(page, "%s<a href=\"#reference-%" PRId64 "\">", i == 0 ? "" : ", ", self->order[i]);
        pb_page_name(page, self->content->paths[self->order[i]], self->folder);
        pb_page_html(page, "</a>");
    }
    if (n_listed < self->n_flagged)
        pb_page_printf(page, " and %" PRId64 " more", self->n_flagged - n_listed);
}

static void write_reason(audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<p class=\"lead\">");
    if (!isfinite(self->audit->limit)) {
        pb_page_html(page,
                     "The scores of the references hardly vary, so no limit can be drawn. Are there copies of one "
                     "image among them?</p>\n");
        return;
    }
    if (self->n_flagged == 0) {
        pb_page_printf(page, "All %" PRId64 " references score at or below the limit of ", self->audit->n_images);
    } else {
        list_flagged(self);
        pb_page_printf(page, " %s above the limit of ", self->n_flagged == 1 ? "scores" : "score");
    }
    pb_page_score(page, self->audit->limit, self->decimals);
    if (self->n_flagged == 0)
        pb_page_html(page, ". A fault that several references share cannot be seen this way.</p>\n");
    else
        pb_page_printf(page, ": %s from the others in at least one place.</p>\n",
                       self->n_flagged == 1 ? "it differs" : "they differ");
}

/* At most 40 % are ever flagged: say so where that cut something off. */
static void write_cap_note(audit_page *self)
{
    int64_t n_above = 0;
    for (int64_t i = 0; i < self->audit->n_images; i++)
        n_above += self->audit->images[i].score > self->audit->limit;
    if (n_above == self->n_flagged)
        return;
    pb_page_html(&self->page, "<p class=\"note\">");
    pb_page_count(&self->page, n_above - self->n_flagged, "more image scores", "more images score");
    pb_page_html(&self->page,
                 " above the limit, but no more than 40&nbsp;% of the references are ever flagged: with so "
                 "many differing, look at the whole set.</p>\n");
}

static void write_folder(audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<p class=\"eyebrow\">Audit of reference images");
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

static const char *rule_summary(const char *name)
{
    int64_t n;
    const pb_audit_rule *rules = pb_audit_rules(&n);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(rules[i].name, name) == 0)
            return rules[i].summary;
    return "";
}

static void write_explanation(audit_page *self)
{
    pb_page *page = &self->page;
    const char *summary = rule_summary(self->audit->rule);
    pb_page_html(page,
                 "<details><summary>How to read this page</summary><p>Every reference is compared, patch by patch, "
                 "with the <em>other</em> references: a patch&rsquo;s leave-one-out score is its mean distance to ");
    pb_page_printf(page, "the %" PRId64 " most similar patches in them. The rule ",
                   pb_references_k(self->content->references));
    pb_page_text(page, self->audit->rule);
    pb_page_html(page, *summary ? " (" : "");
    pb_page_text(page, summary);
    pb_page_printf(page,
                   "%s makes one score an image of these; the limit is median&nbsp;+&nbsp;%g&nbsp;&times;&nbsp;1.4826"
                   "&nbsp;&times;&nbsp;MAD over all images. ",
                   *summary ? ")" : "", self->audit->k);
    pb_page_html(page,
                 "Heatmaps share one scale of colours. They show <em>where</em> an image differs from the others; "
                 "they do not prove a defect: dust, light or a shifted part do the same, and a fault present in "
                 "several references hides itself. The decision is yours: <em>keep</em> puts an image into the bank, "
                 "<em>remove</em> leaves it out, <em>recapture</em> leaves it out until a new photo replaces it."
                 "</p></details>\n");
}

/* ---- overview ---- */

static void write_overview(audit_page *self, pb_svg_dot *dots, char (*targets)[32])
{
    const int64_t n = self->audit->n_images;
    for (int64_t i = 0; i < n; i++) {
        const int64_t image = self->order[n - 1 - i];
        snprintf(targets[i], sizeof targets[i], "reference-%" PRId64, image);
        dots[i] = (pb_svg_dot){self->audit->images[image].score, self->audit->images[image].flagged,
                               self->content->paths[image] + self->folder, targets[i]};
    }
    pb_page *page = &self->page;
    pb_page_html(page, "<figure class=\"overview\"><figcaption>Score of each reference <span class=\"key\"><svg "
                       "viewBox=\"0 0 14 14\"><circle class=\"dot\" cx=\"7\" cy=\"7\" r=\"5\"/></svg>unflagged</span> "
                       "<span class=\"key\"><svg viewBox=\"0 0 14 14\"><path class=\"dot flagged\" d=\"M7 0l7 7l-7 "
                       "7l-7-7z\"/>"
                       "</svg>flagged</span></figcaption>\n");
    pb_svg_dot_plot(page, dots, n, self->audit->limit, self->decimals);
    pb_page_html(page, "</figure>\n");
}

static pb_status write_overview_figure(audit_page *self)
{
    pb_svg_dot *dots = NULL;
    char(*targets)[32] = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(dots, self->audit->n_images));
    PB_TRY_GOTO(PB_NEW(targets, self->audit->n_images));
    write_overview(self, dots, targets);
done:
    pb_free(dots);
    pb_free(targets);
    return status;
}

/* ---- the bank ---- */

static void write_promise(pb_page *page, const pb_threshold *threshold)
{
    const double asked = threshold->false_alarm_rate * 100, promised = threshold->guaranteed_rate * 100;
    if (strcmp(threshold->method, "conformal") == 0) {
        pb_page_printf(page,
                       "<p>A new good part scores above the threshold with a probability of at most %.3g&nbsp;%%, "
                       "however the scores are distributed, ",
                       asked);
    } else {
        pb_page_printf(page,
                       "<p>With %" PRId64 " references, %.3g&nbsp;%% is the smallest false-alarm rate that can be "
                       "promised without assumptions. ",
                       threshold->n, promised);
        pb_page_printf(page,
                       "The %.3g&nbsp;%% asked for holds if the logarithms of the scores are normally distributed; "
                       "promising it without that takes %.0f references. Both hold ",
                       asked, ceil(1 / threshold->false_alarm_rate - 1e-9) - 1);
    }
    pb_page_html(page, "as long as new parts are made and photographed like the references kept.</p>\n");
}

static void write_bank(audit_page *self)
{
    pb_page *page = &self->page;
    const pb_bank *bank = self->content->bank;
    if (!bank)
        return;
    const pb_threshold *threshold = &bank->threshold;
    pb_page_html(page,
                 "<section class=\"bank\"><h2>The bank made from the references kept</h2><dl class=\"facts\"><div>"
                 "<dt>A part fails above</dt><dd>");
    pb_page_score(page, threshold->value, pb_score_decimals(&threshold->value, 1));
    pb_page_printf(page, "</dd></div><div><dt>References kept</dt><dd>%" PRId64 "</dd></div>", threshold->n);
    pb_page_printf(page, "<div><dt>False alarms asked for</dt><dd>%.3g&nbsp;%%</dd></div>",
                   threshold->false_alarm_rate * 100);
    pb_page_printf(page, "<div><dt>Promised without assumptions</dt><dd>%.3g&nbsp;%%</dd></div></dl>\n",
                   fmax(threshold->false_alarm_rate, threshold->guaranteed_rate) * 100);
    write_promise(page, threshold);
    pb_page_html(page, "</section>\n");
}

/* ---- one reference ---- */

static void write_pictures(audit_page *self, int64_t i)
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
        pb_page_html(page, "<figure><div class=\"placeholder\"><b>No photo</b><span>");
        pb_page_text(page, view->problem);
        pb_page_html(page, "</span></div><figcaption>Photo</figcaption></figure>");
    }
    pb_page_html(page, "<figure>");
    pb_page_picture(page, &view->heatmap, "Heatmap of", name);
    pb_page_html(page, "<figcaption>Heatmap</figcaption></figure></div>\n");
}

static void write_score(audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_audit_image *image = &self->audit->images[i];
    pb_page_html(page, "<p class=\"score\"><span class=\"value\">");
    pb_page_score(page, image->score, self->decimals);
    pb_page_html(page, "</span> ");
    write_margin(self, image->score);
    pb_page_html(page, " <span class=\"mean\">mean of its patches ");
    pb_page_score(page, image->mean, self->decimals);
    pb_page_html(page, "</span></p>");
    pb_svg_strip(page, &self->strip_axis, self->audit->limit, image->score, image->flagged);
}

static void write_choices(audit_page *self, int64_t i)
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

static void write_patch_figure(audit_page *self, const pb_patch_view *view, const char *what, int64_t image,
                               int64_t patch, const char *measure, double value)
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
    pb_page_printf(page, "<br>%s ", measure);
    pb_page_score(page, value, self->decimals);
    pb_page_html(page, "</figcaption></figure>");
}

static void write_evidence(audit_page *self, int64_t i)
{
    const pb_evidence *evidence = &self->views->evidences[i];
    pb_page_html(&self->page, "<div class=\"evidence\">");
    write_patch_figure(self, &evidence->worst, "Worst patch", i, evidence->worst_patch, "score", evidence->worst_score);
    write_patch_figure(self, &evidence->nearest, "Nearest unflagged patch", evidence->nearest_image,
                       evidence->nearest_patch, "distance", evidence->nearest_distance);
    pb_page_html(&self->page, "</div>\n");
}

static void write_card(audit_page *self, int64_t i)
{
    pb_page *page = &self->page;
    const pb_audit_image *image = &self->audit->images[i];
    pb_page_printf(page,
                   "<li class=\"card%s\" id=\"reference-%" PRId64 "\" data-image=\"%" PRId64 "\"><h3><span "
                   "class=\"rank\">%" PRId64 "</span> ",
                   image->flagged ? " flagged" : "", i, i, image->rank);
    pb_page_name(page, self->content->paths[i], self->folder);
    pb_page_html(page, image->flagged ? " <span class=\"badge\">flagged</span></h3>\n" : "</h3>\n");
    write_pictures(self, i);
    pb_page_html(page, "<div class=\"about\">");
    write_score(self, i);
    write_choices(self, i);
    if (image->flagged)
        write_evidence(self, i);
    pb_page_html(page, "</div></li>\n");
}

static void write_cards(audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<section><div class=\"section-head\"><h2>References, most suspicious first</h2>\n");
    pb_page_colors(page, self->views->low, self->views->high, self->decimals);
    pb_page_html(page, "</div>\n");
    if (self->views->n_photos == 0)
        pb_page_html(page, "<p class=\"note\">None of the photos could be read when this page was written, so the "
                           "heatmaps stand alone.</p>\n");
    pb_page_html(page, "<ol class=\"cards\">\n");
    for (int64_t i = 0; i < self->audit->n_images; i++)
        write_card(self, self->order[i]);
    pb_page_html(page, "</ol></section>\n");
}

/* ---- saving ---- */

static void write_saving(audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_json(page, "decisions", self->decisions);
    pb_page_printf(page,
                   "<noscript><p class=\"note\">Decisions so far: %" PRId64 " stay, %" PRId64 " leave. "
                   "Changing and saving them needs JavaScript.</p></noscript>\n",
                   self->audit->n_images - self->n_leaving, self->n_leaving);
    pb_page_html(page, "<div class=\"bar\" id=\"bar\" role=\"region\" aria-label=\"Decisions\" hidden><p><output "
                       "id=\"summary\"></output> <span id=\"state\" role=\"status\"></span></p><button type=\"button\" "
                       "id=\"save\">Save decisions.json</button></div>\n");
}

/* ---- the page ---- */

static pb_status write_page(audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_begin(page, self->n_flagged ? "Audit: references look wrong" : "Audit: no reference stands out", true);
    pb_page_html(page, "<header>\n");
    write_folder(self);
    write_headline(self);
    write_reason(self);
    write_cap_note(self);
    pb_page_html(page, "</header>\n");
    PB_TRY(write_overview_figure(self));
    write_explanation(self);
    write_bank(self);
    double *scores;
    PB_TRY(PB_NEW(scores, self->audit->n_images));
    for (int64_t i = 0; i < self->audit->n_images; i++)
        scores[i] = self->audit->images[i].score;
    pb_svg_strip_define(page, scores, self->audit->n_images, self->audit->limit, &self->strip_axis);
    pb_free(scores);
    write_cards(self);
    write_saving(self);
    pb_page_end(page, true);
    return page->status;
}

static pb_status check_content(const pb_audit_report *content)
{
    PB_CHECK_ARG(content->audit && content->references && content->paths,
                 "an audit report needs an audit, its references and their paths");
    const pb_audit *audit = content->audit;
    const int64_t n = pb_references_features(content->references)->n_images;
    if (audit->n_images != n)
        return pb_fail(PB_STATUS_BAD_SHAPE, "the audit has %" PRId64 " images, its references %" PRId64,
                       audit->n_images, n);
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(audit->images[i].score))
            return pb_fail(PB_STATUS_BAD_VALUE, "the audit's score of image %" PRId64 " is not finite", i);
    return PB_STATUS_OK;
}

/* Images by rank; ranks are 1..n, each once. */
static pb_status order_by_rank(const pb_audit *audit, int64_t *order)
{
    for (int64_t i = 0; i < audit->n_images; i++)
        order[i] = -1;
    for (int64_t i = 0; i < audit->n_images; i++) {
        const int64_t rank = audit->images[i].rank;
        if (rank < 1 || rank > audit->n_images || order[rank - 1] >= 0)
            return pb_fail(PB_STATUS_BAD_ARGUMENT,
                           "rank %" PRId64 " of image %" PRId64 " is out of range or used twice", rank, i);
        order[rank - 1] = i;
    }
    return PB_STATUS_OK;
}

static void summarise(audit_page *self)
{
    for (int64_t i = 0; i < self->audit->n_images; i++) {
        self->n_flagged += self->audit->images[i].flagged;
        self->n_leaving += self->audit->images[i].decision != PB_DECISION_KEEP;
    }
    const double largest = self->audit->images[self->order[0]].score;
    self->decimals = pb_score_decimals(&largest, 1);
    self->folder = pb_common_folder(self->content->paths, self->audit->n_images);
}

static pb_status report_audit(const pb_audit_report *content, const pb_audit_views *views, const int64_t *order,
                              const char *decisions, const char *path)
{
    audit_page self = {
        .content = content, .audit = content->audit, .views = views, .order = order, .decisions = decisions};
    summarise(&self);
    PB_TRY(pb_page_open(path, &self.page));
    const pb_status status = write_page(&self);
    return pb_page_close(&self.page, status);
}

pb_status pb_report_audit(const pb_audit_report *content, const char *path)
{
    PB_TRY(check_content(content));
    pb_audit_views views = {0};
    int64_t *order = NULL;
    char *decisions = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(order, content->audit->n_images));
    PB_TRY_GOTO(order_by_rank(content->audit, order));
    PB_TRY_GOTO(pb_decisions_text(content, &decisions));
    PB_TRY_GOTO(pb_audit_views_gather(content, &views));
    PB_TRY_GOTO(report_audit(content, &views, order, decisions, path));
done:
    pb_audit_views_free(&views);
    pb_free(decisions);
    pb_free(order);
    return status;
}
