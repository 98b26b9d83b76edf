/* The page of a calibration: what is known about parts, and what each threshold would do to them. */
#include <inttypes.h>
#include <math.h>

#include <purebank/report.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "pages/bank_facts.h"
#include "pages/image_names.h"
#include "pages/svg_charts.h"

typedef struct calibration_page {
    pb_page page;
    const pb_bank *bank;
    const char *bank_path;
    double confidence, *scores; /* of the known parts */
    uint8_t *labels;            /* the same: 1 = defect */
    int64_t n_good, n_defect;
    pb_trade_off set, fitted, *rows;
    int64_t n_rows;
    int decimals;
} calibration_page;

static pb_status gather(calibration_page *self)
{
    const pb_bank *bank = self->bank;
    PB_TRY(PB_NEW(self->scores, bank->n_known));
    PB_TRY(PB_NEW(self->labels, bank->n_known));
    for (int64_t i = 0; i < bank->n_known; i++) {
        self->scores[i] = bank->known[i].score;
        self->labels[i] = bank->known[i].defect;
    }
    self->n_good = pb_bank_n_verified(bank);
    self->n_defect = bank->n_known - self->n_good;
    self->decimals = pb_score_decimals(self->scores, bank->n_known);
    PB_TRY(pb_bank_trade_off_at(bank, bank->threshold.value, self->confidence, &self->set));
    PB_TRY(pb_bank_trade_off_at(bank, bank->fitted_threshold.value, self->confidence, &self->fitted));
    PB_TRY(PB_NEW(self->rows, bank->n_known + 1));
    return pb_bank_trade_offs(bank, self->confidence, self->rows, bank->n_known, &self->n_rows);
}

static void write_verdict(calibration_page *self)
{
    pb_page *page = &self->page;
    const bool bad = pb_catches_few(self->set.caught, self->n_defect);
    pb_page_html(page, "<header><p class=\"eyebrow\">Calibration of <bdi>");
    pb_page_text(page, self->bank_path);
    pb_page_printf(page, "</bdi></p>\n<h1 class=\"verdict%s\">", bad ? " bad" : "");
    if (self->n_defect > 0)
        pb_page_printf(page, "<span>%" PRId64 " of %" PRId64 " known defects caught,</span> ", self->set.caught,
                       self->n_defect);
    pb_page_printf(page, "<span>%" PRId64 " of %" PRId64 " verified good parts fail</span></h1>\n<p class=\"lead\">",
                   self->set.good_above, self->n_good);
    pb_page_html(page, "The references alone had set a threshold of ");
    pb_page_score(page, self->fitted.threshold, self->decimals);
    pb_page_printf(
        page, ", at which %" PRId64 " of the defects are caught and %" PRId64 " of the good parts fail.</p></header>\n",
        self->fitted.caught, self->fitted.good_above);
}

static pb_status write_curve(calibration_page *self)
{
    pb_page *page = &self->page;
    pb_roc_point *points;
    int64_t n;
    if (self->n_good == 0 || self->n_defect == 0) {
        pb_page_html(page,
                     "<p class=\"explains\">A curve of defects caught against good parts failed takes known parts "
                     "of both kinds.</p>\n");
        return PB_STATUS_OK;
    }
    PB_TRY(pb_metrics_roc(self->scores, self->labels, self->bank->n_known, &points, &n));
    pb_svg_roc(page, points, n, (double)self->set.good_above / (double)self->n_good,
               (double)self->set.caught / (double)self->n_defect);
    pb_page_html(page, "<p class=\"explains\">Each threshold is one point of the curve; the circle is the one that was "
                       "set.</p>\n");
    pb_buffer_free(points);
    return PB_STATUS_OK;
}

static pb_status write_charts(calibration_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<div class=\"columns\"><section class=\"panel\"><h2>Scores</h2>\n");
    pb_svg_histograms(page, self->scores, self->labels, self->bank->n_known, self->set.threshold, self->decimals);
    pb_page_html(page,
                 "<p class=\"explains\">Verified good parts above the axis, known defects below it. Parts right of "
                 "the threshold fail.</p></section>\n<section class=\"panel\"><h2>Trade-off</h2>\n");
    PB_TRY(write_curve(self));
    pb_page_html(page, "</section></div>\n");
    return PB_STATUS_OK;
}

static void write_row(calibration_page *self, const pb_trade_off *row, const char *what)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<tr><th scope=\"row\">");
    pb_page_score(page, row->threshold, self->decimals);
    pb_page_printf(page, "</th><td>%" PRId64 "</td><td>%" PRId64 "</td>", row->good_above, row->caught);
    if (isnan(row->promised))
        pb_page_html(page, "<td>-</td><td>-</td>");
    else
        pb_page_printf(page, "<td>%.3g&nbsp;%%</td><td>%.3g&nbsp;%%</td>", 100 * row->promised, 100 * row->bound);
    pb_page_printf(page, "<td class=\"words\">%s</td></tr>\n", what);
}

static void write_table(calibration_page *self)
{
    enum { MOST = 20 };
    pb_page *page = &self->page;
    pb_page_html(page,
                 "<section class=\"panel\"><h2>Choices</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">"
                 "Threshold</th><th scope=\"col\">Good parts that fail</th><th scope=\"col\">Defects caught</th>"
                 "<th scope=\"col\">False alarms on average, at most</th>");
    pb_page_printf(
        page,
        "<th scope=\"col\">%g&nbsp;%% of stations see at most</th><td class=\"words\"></td></tr></thead><tbody>\n",
        100 * self->confidence);
    write_row(self, &self->fitted, "set by the references alone");
    write_row(self, &self->set, "set now");
    for (int64_t i = 0; i < self->n_rows && i < MOST; i++)
        write_row(self, &self->rows[i], "");
    pb_page_html(page,
                 "</tbody></table></div><p class=\"explains\">The rates hold without assumptions on how scores are "
                 "distributed, as long as new parts are made and photographed like the verified ones.</p></section>\n");
}

static void write_parts(calibration_page *self)
{
    pb_page *page = &self->page;
    const pb_bank *bank = self->bank;
    pb_page_html(page,
                 "<section class=\"panel\"><h2>Evidence</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">"
                 "Part</th><th scope=\"col\">Known as</th><th scope=\"col\">Score</th><th scope=\"col\">Verdict</th>"
                 "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < bank->n_known; i++) {
        const pb_known_part *part = &bank->known[i];
        pb_page_html(page, "<tr><th scope=\"row\">");
        pb_page_name(page, part->path, 0);
        pb_page_printf(page, "</th><td>%s</td><td>", part->defect ? "defect" : "good");
        pb_page_score(page, part->score, self->decimals);
        pb_page_printf(page, "</td><td>%s</td></tr>\n", pb_verdict_name(pb_bank_verdict(bank, part->score, NULL)));
    }
    pb_page_html(page, "</tbody></table></div></section>\n");
}

static pb_status write_page(calibration_page *self)
{
    pb_page *page = &self->page;
    pb_page_begin(page, "Calibration", false, PB_PAGE_STILL);
    write_verdict(self);
    PB_TRY(write_charts(self));
    write_table(self);
    pb_page_bank(page, "The bank", self->bank);
    write_parts(self);
    pb_page_end(page);
    return page->status;
}

static pb_status report(calibration_page *self, const char *path)
{
    PB_TRY(gather(self));
    PB_TRY(pb_page_open(path, &self->page));
    const pb_status status = write_page(self);
    return pb_page_close(&self->page, status);
}

pb_status pb_report_calibration(const pb_bank *bank, const char *bank_path, double confidence, const char *path)
{
    calibration_page self = {.bank = bank, .bank_path = bank_path, .confidence = confidence};
    PB_CHECK_ARG(bank && bank_path && path, "a page of a calibration needs a bank, its path and a path");
    if (bank->n_known == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s knows no parts that a page could show", bank_path);
    const pb_status status = report(&self, path);
    pb_free(self.scores);
    pb_free(self.labels);
    pb_free(self.rows);
    return status;
}
