/* The audit page: the verdict in words, all scores along one axis, then each reference with its pictures, its score and
 * the decision about it: to be taken by a person, or, on the page of a bank, the one taken. */
#include "pages/audit_page.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "audit/audit.h"
#include "bank/bank.h"
#include "base/memory.h"
#include "base/options.h"
#include "io/features.h"
#include "io/path.h"
#include "pages/bank_facts.h"
#include "pages/decisions_text.h"
#include "pages/sensitivity_panel.h"

/* ---- overview ---- */

static void write_overview(pb_audit_page *self, pb_svg_dot *dots, char (*targets)[32])
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
                       "</svg>flagged");
    for (int64_t i = 0; i < n; i++)
        if (self->audit->images[i].reason[0]) {
            pb_page_html(page, ", below the limit as a photo");
            break;
        }
    pb_page_html(page, "</span></figcaption>\n");
    pb_svg_dot_plot(page, dots, n, self->audit->limit, self->decimals);
    pb_page_html(page, "</figure>\n");
}

static pb_status write_overview_figure(pb_audit_page *self)
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

static void write_bank(pb_audit_page *self)
{
    if (self->bank) {
        pb_page_bank(&self->page, "The bank made from the references kept", self->bank);
        return;
    }
    pb_page_region(&self->page, self->views->features->roi);
    pb_page_augment(&self->page, &self->views->features->augment);
}

/* What drawn defects say about the bank; their pictures are many, and so stay folded. */
static pb_status write_sensitivity(pb_audit_page *self)
{
    pb_page *page = &self->page;
    const pb_sensitivity *found = self->content->sensitivity;
    int64_t caught, drawn;
    if (!found)
        return page->status;
    pb_sensitivity_totals(found, &caught, &drawn);
    pb_page_printf(page,
                   "<section id=\"sensitivity\"><h2>%" PRId64 " of %" PRId64
                   " drawn defects are caught</h2><p class=\"note\">",
                   caught, drawn);
    pb_page_sensitivity_lead(page, found);
    pb_page_html(page, "</p>\n");
    pb_page_sensitivity_table(page, found);
    pb_page_html(page, "<details class=\"reading\"><summary>What they look like</summary>\n");
    PB_TRY(pb_page_sensitivity_examples(page, found, self->bank));
    pb_page_html(page, "</details></section>\n");
    return page->status;
}

/* ---- saving ---- */

/* Photos about which an earlier decisions.json, as it is, says nothing that holds. */
static int64_t count_undecided(const pb_recall *recall)
{
    int64_t n = recall->n_gone;
    for (int64_t i = 0; i < recall->n_images; i++)
        n += recall->images[i].kind != PB_RECALL_SAME;
    return n;
}

static const char *initial_state(const pb_recall *recall)
{
    if (!recall)
        return "No changes yet";
    return count_undecided(recall) > 0 ? "Save again: the images have changed" : "As you decided earlier";
}

static void write_saving(pb_audit_page *self)
{
    pb_page *page = &self->page;
    pb_page_json(page, "decisions", self->decisions);
    pb_page_printf(page,
                   "<noscript><p class=\"note\">Decisions so far: %" PRId64 " stay, %" PRId64 " leave. "
                   "Changing and saving them needs JavaScript.</p></noscript>\n",
                   self->audit->n_images - self->n_leaving, self->n_leaving);
    pb_page_printf(page,
                   "<div class=\"bar\" id=\"bar\" role=\"region\" aria-label=\"Decisions\" hidden><p><output "
                   "id=\"summary\"></output> <span id=\"state\" role=\"status\" data-initial=\"%s\"></span></p>"
                   "<button type=\"button\" id=\"save\">Save decisions.json</button></div>\n",
                   initial_state(self->content->recall));
}

/* ---- the page ---- */

static void write_title(const pb_audit_page *self, char *title, size_t size)
{
    if (self->bank)
        snprintf(title, size, "Bank of %" PRId64 " references", self->audit->n_images - self->n_leaving);
    else
        snprintf(title, size, "Audit: %" PRId64 " of %" PRId64 " references stand out", self->n_flagged,
                 self->audit->n_images);
}

static pb_status define_strips(pb_audit_page *self)
{
    double *scores;
    PB_TRY(PB_NEW(scores, self->audit->n_images));
    for (int64_t i = 0; i < self->audit->n_images; i++)
        scores[i] = self->audit->images[i].score;
    pb_svg_strip_define(&self->page, scores, self->audit->n_images, self->audit->limit, &self->strip_axis);
    pb_free(scores);
    return PB_STATUS_OK;
}

static pb_status write_page(pb_audit_page *self)
{
    pb_page *page = &self->page;
    const bool decides = !self->bank;
    char title[96];
    write_title(self, title, sizeof title);
    pb_page_begin(page, title, false, decides ? PB_PAGE_DECISIONS : PB_PAGE_STILL);
    pb_audit_page_verdict(self);
    write_bank(self);
    PB_TRY(write_sensitivity(self));
    PB_TRY(write_overview_figure(self));
    pb_audit_page_explanation(self);
    PB_TRY(define_strips(self));
    pb_audit_page_cards(self);
    if (decides)
        write_saving(self);
    pb_page_end(page);
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
    if (content->bank && content->bank->n_references != n)
        return pb_fail(PB_STATUS_BAD_SHAPE, "the bank has %" PRId64 " references, the audit %" PRId64,
                       content->bank->n_references, n);
    PB_CHECK_ARG(content->bank || !content->sensitivity, "what drawn defects say is about a bank, and there is none");
    if (content->recall && content->recall->n_images != n)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "earlier decisions are recalled for %" PRId64 " images, the audit has %" PRId64,
                       content->recall->n_images, n);
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

static void summarise(pb_audit_page *self)
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
    pb_audit_page self = {.content = content,
                          .audit = content->audit,
                          .bank = content->bank,
                          .views = views,
                          .order = order,
                          .decisions = decisions};
    summarise(&self);
    PB_TRY(pb_page_open(path, &self.page));
    const pb_status status = write_page(&self);
    return pb_page_close(&self.page, status);
}

pb_status pb_report_audit(const pb_audit_report *given, const char *path)
{
    static const pb_audit_report empty = PB_AUDIT_REPORT_INIT;
    pb_audit_report whole;
    const pb_audit_report *content = &whole;
    PB_CHECK_ARG(given && path, "an audit report needs its content and a path");
    PB_TRY(PB_OPTIONS_READ(pb_audit_report, given, &empty, &whole));
    PB_TRY(check_content(content));
    pb_audit_views views = {0};
    int64_t *order = NULL;
    char *decisions = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(order, content->audit->n_images));
    PB_TRY_GOTO(order_by_rank(content->audit, order));
    if (!content->bank)
        PB_TRY_GOTO(pb_decisions_text(content, &decisions));
    PB_TRY_GOTO(pb_audit_views_gather(content, &views));
    PB_TRY_GOTO(report_audit(content, &views, order, decisions, path));
done:
    pb_audit_views_free(&views);
    pb_free(decisions);
    pb_free(order);
    return status;
}
