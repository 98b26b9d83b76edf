/* The evaluation page: what the bank's threshold catches and what it fails by mistake, the scores of good
 * parts and defects, and the images on which it does worst. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <purebank/report.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "dataset/dataset.h"
#include "io/path.h"
#include "pages/bank_facts.h"
#include "pages/image_names.h"
#include "pages/picture.h"
#include "pages/svg_charts.h"

enum { N_SHOWN = 12 }; /* images a gallery shows at most */

/* Images in the order of a gallery, with their pictures. */
typedef struct gallery {
    int64_t n;
    int64_t images[N_SHOWN];
    pb_image_view views[N_SHOWN];
} gallery;

typedef struct eval_page {
    pb_page page;
    const pb_eval_report *content;
    const pb_testset *set;
    double threshold, low, high;
    int64_t n_caught, n_false; /* defects and good parts that fail */
    int64_t n_unusable;        /* of these, by their photos */
    int decimals;
    size_t folder;
    gallery misses, alarms;
} eval_page;

static double percent_of(int64_t part, int64_t all)
{
    return all > 0 ? 100 * (double)part / (double)all : 0;
}

static bool fails(const eval_page *self, int64_t i)
{
    return self->content->verdicts ? self->content->verdicts[i] != PB_VERDICT_PASS
                                   : pb_score_fails(self->content->image_scores[i], self->threshold);
}

static bool is_unusable(const eval_page *self, int64_t i)
{
    return self->content->verdicts && self->content->verdicts[i] == PB_VERDICT_UNUSABLE;
}

/* ---- gathering ---- */

/* Inserts image i into a gallery ordered by `sign` * score, ascending; the last falls out of a full one. */
static void insert(gallery *shown, const double *scores, double sign, int64_t i)
{
    int64_t place = shown->n;
    while (place > 0 && sign * scores[i] < sign * scores[shown->images[place - 1]])
        place--;
    if (place == N_SHOWN)
        return;
    const int64_t last = shown->n < N_SHOWN ? shown->n : N_SHOWN - 1;
    for (int64_t j = last; j > place; j--)
        shown->images[j] = shown->images[j - 1];
    shown->images[place] = i;
    shown->n = last + 1;
}

static void count_and_choose(eval_page *self)
{
    const double *scores = self->content->image_scores;
    for (int64_t i = 0; i < self->set->n; i++) {
        self->n_unusable += is_unusable(self, i);
        if (self->set->label[i]) {
            self->n_caught += fails(self, i);
            insert(&self->misses, scores, 1, i);
        } else {
            self->n_false += fails(self, i);
            insert(&self->alarms, scores, -1, i);
        }
    }
}

static pb_status make_view(void *context, int64_t item, int worker)
{
    eval_page *self = context;
    gallery *shown = item < N_SHOWN ? &self->misses : &self->alarms;
    const int64_t place = item % N_SHOWN;
    (void)worker;
    if (place >= shown->n)
        return PB_STATUS_OK;
    const int64_t i = shown->images[place];
    const pb_origin *origin = &self->content->bank->origin;
    const pb_heatmap heatmap = {self->content->patch_scores + i * self->content->n_patches,
                                origin,
                                origin->grid_height,
                                origin->grid_width,
                                self->low,
                                self->high,
                                self->content->bank->roi};
    return pb_image_view_make(self->set->path[i], &heatmap, &self->set->mask[i], &shown->views[place]);
}

static void free_views(eval_page *self)
{
    for (int64_t i = 0; i < N_SHOWN; i++) {
        pb_image_view_free(&self->misses.views[i]);
        pb_image_view_free(&self->alarms.views[i]);
    }
}

static pb_status gather(eval_page *self)
{
    const pb_eval_report *content = self->content;
    int64_t n_scores;
    PB_TRY(pb_size_multiply(self->set->n, content->n_patches, "patch scores", &n_scores));
    self->threshold = content->bank->threshold.value;
    self->decimals = pb_score_decimals(content->image_scores, self->set->n);
    self->folder = pb_common_folder((const char *const *)self->set->path, self->set->n);
    pb_bank_patch_scale(content->bank, &self->low, &self->high); /* as the heatmaps of the parts that it scores */
    if (!(self->low < self->high))
        PB_TRY(pb_heatmap_scale(content->patch_scores, n_scores, &self->low, &self->high));
    count_and_choose(self);
    return pb_parallel_for((int64_t)2 * N_SHOWN, make_view, self, NULL);
}

/* ---- verdict ---- */

/* Nobody should read in the colour of success that most defects pass, or that good parts fail in numbers. */
static bool is_bad(const eval_page *self)
{
    return pb_catches_few(self->n_caught, self->set->n_defect) || 10 * self->n_false > self->set->n_good;
}

static void write_verdict(eval_page *self)
{
    pb_page *page = &self->page;
    const pb_testset *set = self->set;
    pb_page_html(page, "<header><p class=\"eyebrow\">Evaluation of <bdi>");
    pb_page_text(page, self->content->bank_path);
    pb_page_html(page, is_bad(self) ? "</bdi></p>\n<h1 class=\"verdict bad\"><span>"
                                    : "</bdi></p>\n<h1 class=\"verdict\"><span>");
    pb_page_printf(page,
                   "%" PRId64 " of %" PRId64 " defects caught,</span> <span>%" PRId64 " of %" PRId64
                   " good parts fail by mistake</span>",
                   self->n_caught, set->n_defect, self->n_false, set->n_good);
    pb_page_printf(page,
                   "</h1>\n<p class=\"lead\">AUROC %.4f: of a defect and a good part taken at random, the defect "
                   "scores higher in %.1f&nbsp;%% of the pairs. ",
                   self->content->image->auroc, self->content->image->auroc * 100);
    pb_page_html(page, "At the threshold of ");
    pb_page_score(page, self->threshold, self->decimals);
    pb_page_html(page, ", ");
    pb_page_count(page, set->n_defect - self->n_caught, "defect is missed", "defects are missed");
    pb_page_html(page, " and ");
    pb_page_count(page, self->n_false, "good part is a false alarm", "good parts are false alarms");
    if (self->n_unusable > 0) {
        pb_page_html(page, "; ");
        pb_page_count(page, self->n_unusable, "photo is unusable and counts as failed",
                      "photos are unusable and count as failed");
    }
    if (self->content->n_unreadable > 0) {
        pb_page_html(page, "; ");
        pb_page_count(page, self->content->n_unreadable, "photo could not be read and counts nowhere",
                      "photos could not be read and count nowhere");
    }
    pb_page_html(page, ".</p></header>\n");
}

/* ---- charts ---- */

static pb_status write_charts(eval_page *self)
{
    pb_page *page = &self->page;
    const pb_eval_report *content = self->content;
    pb_roc_point *points;
    int64_t n_points;
    PB_TRY(pb_metrics_roc(content->image_scores, self->set->label, self->set->n, &points, &n_points));
    pb_page_html(page, "<div class=\"columns\"><section class=\"panel\"><h2>Scores</h2>\n");
    pb_svg_histograms(page, content->image_scores, self->set->label, self->set->n, self->threshold, self->decimals);
    pb_page_html(page,
                 "<p class=\"explains\">How many parts have which score: good parts above the axis, defects below it. "
                 "Parts right of the threshold fail. Each half has its own scale; its tallest bar is named.");
    if (self->n_unusable > 0)
        pb_page_html(page, " Unusable photos fail, too, whatever their score.");
    pb_page_html(page, "</p></section>\n<section class=\"panel\"><h2>ROC curve</h2>\n");
    pb_svg_roc(page, points, n_points, percent_of(self->n_false, self->set->n_good) / 100,
               percent_of(self->n_caught, self->set->n_defect) / 100);
    pb_page_html(
        page, "<p class=\"explains\">Each threshold is one point of the curve: the share of good parts that fail, "
              "and of defects that are caught. A curve along the dotted line would be chance; one through the top left "
              "corner, perfect. The circle is the bank&rsquo;s threshold.");
    if (self->n_unusable > 0)
        pb_page_html(page, " It lies beside the curve: unusable photos fail, too, whatever their score.");
    pb_page_html(page, "</p></section></div>\n");
    pb_buffer_free(points);
    return PB_STATUS_OK;
}

/* ---- tables ---- */

static void write_metric(pb_page *page, const char *name, double value, const char *meaning)
{
    pb_page_printf(page, "<tr><th scope=\"row\">%s</th><td>%.4f</td><td class=\"words\">%s</td></tr>\n", name, value,
                   meaning);
}

static void write_pixel_metrics(pb_page *page, const pb_pixel_figures *pixel)
{
#define PB_PIXEL_FIGURE(member, id, regions, label, heading, words)                                                    \
    if (pixel->regions > 0)                                                                                            \
        write_metric(page, heading, pixel->member, words);
#define PB_PIXEL_COUNT(member)
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
}

static void write_metrics(eval_page *self)
{
    pb_page *page = &self->page;
    const pb_eval_report *content = self->content;
    pb_page_html(page,
                 "<section class=\"panel\"><h2>Metrics</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">"
                 "Metric</th><th scope=\"col\">Value</th><td class=\"words\"></td></tr></thead><tbody>\n");
#define PB_METRIC(member, id, label, heading, words) write_metric(page, heading, content->image->member, words);
#include <purebank/detection_metrics.def>
#undef PB_METRIC
    if (content->pixel)
        write_pixel_metrics(page, content->pixel);
    pb_page_html(page, "</tbody></table></div></section>\n");
}

/* What is caught is good, what fails by mistake is not. */
static void write_kind(eval_page *self, const char *kind, int64_t n, int64_t n_failed, bool is_defect)
{
    pb_page *page = &self->page;
    const double percent = percent_of(n_failed, n);
    pb_page_html(page, "<tr><th scope=\"row\"><bdi>");
    pb_page_text(page, kind);
    pb_page_printf(page, "</bdi></th><td>%" PRId64 "</td><td>%" PRId64 "</td><td>%.1f&nbsp;%%</td>", n, n_failed,
                   percent);
    pb_page_printf(page,
                   "<td class=\"share\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                   "<path class=\"all\" d=\"M0 0h100v8h-100z\"/><path class=\"part%s\" d=\"M0 0h%.1fv8h-%.1fz\"/></svg>"
                   "</td></tr>\n",
                   is_defect ? " good" : "", percent, percent);
}

/* Kinds are folders, so their images stand together. Rows of `label` only. */
static void write_kinds_of(eval_page *self, bool label)
{
    const pb_testset *set = self->set;
    for (int64_t first = 0, end; first < set->n; first = end) {
        int64_t n_failed = 0;
        for (end = first; end < set->n && strcmp(set->kind[end], set->kind[first]) == 0; end++)
            n_failed += fails(self, end);
        if ((set->label[first] != 0) == label)
            write_kind(self, set->kind[first], end - first, n_failed, label);
    }
}

static void write_kinds(eval_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<section class=\"panel\"><h2>By kind of part</h2><div class=\"scroll\"><table><thead><tr>"
                       "<th scope=\"col\">Defect</th><th scope=\"col\">Parts</th><th scope=\"col\">Caught</th>"
                       "<th scope=\"col\">Share</th><td></td></tr></thead><tbody>\n");
    write_kinds_of(self, true);
    pb_page_html(page,
                 "</tbody><thead><tr><th scope=\"col\">Good</th><th scope=\"col\">Parts</th><th scope=\"col\">False "
                 "alarms</th><th scope=\"col\">Share</th><td></td></tr></thead><tbody>\n");
    write_kinds_of(self, false);
    pb_page_html(page,
                 "</tbody></table></div><p class=\"explains\">At the bank&rsquo;s threshold. With few parts of a kind "
                 "the share says little: one part more or less moves it far.</p></section>\n");
}

static void write_bank(eval_page *self)
{
    pb_page *page = &self->page;
    const pb_bank *bank = self->content->bank;
    pb_page_bank_begin(page, "The bank", bank);
    pb_page_printf(page, "<div><dt>False alarms measured here</dt><dd>%.3g&nbsp;%%</dd></div>",
                   percent_of(self->n_false, self->set->n_good));
    pb_page_bank_end(page, bank);
}

/* ---- galleries ---- */

static void write_pair(eval_page *self, const gallery *shown, int64_t place)
{
    pb_page *page = &self->page;
    const int64_t i = shown->images[place];
    const pb_image_view *view = &shown->views[place];
    const char *name = self->set->path[i] + self->folder;
    const bool wrong = fails(self, i) != (self->set->label[i] != 0);
    const char *outcome = is_unusable(self, i)  ? "unusable photo"
                          : self->set->label[i] ? (wrong ? "missed" : "caught")
                          : wrong               ? "false alarm"
                                                : "passes";
    pb_page_html(page, "<li class=\"pair\"><h3>");
    pb_page_name(page, self->set->path[i], self->folder);
    pb_page_printf(page, " <span class=\"badge%s\">%s</span></h3><div class=\"pictures\"><figure>",
                   is_unusable(self, i) ? " neutral"
                   : wrong              ? ""
                                        : " good",
                   outcome);
    if (view->photo.jpeg) {
        pb_page_picture(page, &view->photo, "Photo", name);
    } else {
        pb_page_no_photo(page, view->problem);
    }
    pb_page_html(page, "<figcaption>Photo</figcaption></figure><figure>");
    pb_page_picture(page, &view->heatmap, "Heatmap of", name);
    pb_page_html(page, "<figcaption>Heatmap</figcaption></figure></div><p class=\"score\"><span class=\"value\">");
    pb_page_score(page, self->content->image_scores[i], self->decimals);
    pb_page_html(page, "</span>");
    if (self->threshold > 0) {
        const double percent = (self->content->image_scores[i] / self->threshold - 1) * 100;
        pb_page_printf(page, "%.1f&nbsp;%% %s the threshold", fabs(percent),
                       self->content->image_scores[i] > self->threshold ? "above" : "below");
    }
    pb_page_html(page, "</p></li>\n");
}

static void write_gallery(eval_page *self, const gallery *shown, const char *title, const char *note)
{
    pb_page *page = &self->page;
    pb_page_printf(page, "<section class=\"gallery\"><div class=\"section-head\"><h2>%s</h2>\n", title);
    pb_page_colors(page, self->low, self->high, pb_score_decimals(&self->high, 1), self->high == self->threshold);
    pb_page_printf(page, "</div><p class=\"note\">%s</p>\n<ol class=\"pairs\">\n", note);
    for (int64_t place = 0; place < shown->n; place++)
        write_pair(self, shown, place);
    pb_page_html(page, "</ol></section>\n");
}

/* ---- the page ---- */

static pb_status write_page(eval_page *self)
{
    pb_page *page = &self->page;
    pb_page_begin(page, "Evaluation of a bank", false, PB_PAGE_STILL);
    write_verdict(self);
    PB_TRY(write_charts(self));
    pb_page_html(page, "<div class=\"columns even\">\n");
    write_kinds(self);
    write_bank(self);
    pb_page_html(page, "</div>\n");
    write_metrics(self);
    write_gallery(self, &self->misses, "Defects with the lowest scores",
                  self->set->n_masks > 0 ? "What the bank sees least. The outline on the heatmap is the true defect."
                                         : "What the bank sees least.");
    write_gallery(self, &self->alarms, "Good parts with the highest scores",
                  "What the bank mistakes for defects, or nearly so. Heatmaps show where a part differs from the "
                  "references, not that this place is faulty.");
    pb_page_end(page);
    return page->status;
}

static pb_status check_content(const pb_eval_report *content)
{
    PB_CHECK_ARG(content->bank && content->bank_path && content->testset && content->image_scores &&
                     content->patch_scores && content->image,
                 "an evaluation report needs a bank, its path, a test set, scores and their metrics");
    const pb_origin *origin = &content->bank->origin;
    if ((int64_t)origin->grid_height * origin->grid_width != content->n_patches)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%" PRId64 " patch scores an image do not fit the bank's grid of %d x %d",
                       content->n_patches, origin->grid_height, origin->grid_width);
    for (int64_t i = 0; i < content->testset->n; i++)
        if (!isfinite(content->image_scores[i]))
            return pb_fail(PB_STATUS_BAD_VALUE, "the score of test image %" PRId64 " is not finite", i);
    return PB_STATUS_OK;
}

pb_status pb_report_eval(const pb_eval_report *given, const char *path)
{
    static const pb_eval_report empty = PB_EVAL_REPORT_INIT;
    pb_eval_report whole;
    const pb_eval_report *content = &whole;
    PB_CHECK_ARG(given && path, "an evaluation report needs its content and a path");
    PB_TRY(PB_OPTIONS_READ(pb_eval_report, given, &empty, &whole));
    PB_TRY(check_content(content));
    eval_page *self;
    PB_TRY(PB_NEW(self, 1));
    self->content = content;
    self->set = content->testset;
    pb_status status;
    PB_TRY_GOTO(gather(self));
    PB_TRY_GOTO(pb_page_open(path, &self->page));
    status = pb_page_close(&self->page, write_page(self));
done:
    free_views(self);
    pb_free(self);
    return status;
}
