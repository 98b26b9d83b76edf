#include "pages/bank_facts.h"

#include <inttypes.h>
#include <math.h>

#include "bank/bank.h"

/* A list that stays open. */
static void write_facts(pb_page *page, const pb_bank *bank)
{
    const pb_threshold *threshold = &bank->threshold;
    pb_page_html(page, "<dl class=\"facts\"><div><dt>A part fails above</dt><dd>");
    pb_page_score(page, threshold->value, pb_score_decimals(&threshold->value, 1));
    pb_page_printf(page, "</dd></div><div><dt>References kept</dt><dd>%" PRId64 "</dd></div>", pb_bank_n_good(bank));
    if (pb_bank_n_verified(bank) > 0)
        pb_page_printf(page, "<div><dt>Verified good parts</dt><dd>%" PRId64 "</dd></div>", pb_bank_n_verified(bank));
    pb_page_printf(page, "<div><dt>False alarms asked for</dt><dd>%.3g&nbsp;%%</dd></div>",
                   threshold->false_alarm_rate * 100);
    pb_page_printf(page, "<div><dt>Promised without assumptions</dt><dd>%.3g&nbsp;%%</dd></div>\n",
                   fmax(threshold->false_alarm_rate, threshold->guaranteed_rate) * 100);
}

/* One paragraph: what the false-alarm rate rests on. */
static void write_promise(pb_page *page, const pb_bank *bank)
{
    const pb_threshold *threshold = &bank->threshold;
    const int64_t n_verified = pb_bank_n_verified(bank);
    const char *kind = n_verified > 0 ? "verified good parts" : "references";
    const double asked = threshold->false_alarm_rate * 100, promised = threshold->guaranteed_rate * 100;
    if (pb_threshold_is_promised(threshold)) {
        pb_page_printf(page,
                       "<p>A new good part scores above the threshold with a probability of at most %.3g&nbsp;%%, "
                       "however the scores are distributed, ",
                       asked);
    } else {
        pb_page_printf(page,
                       "<p>With %" PRId64 " %s, %.3g&nbsp;%% is the smallest false-alarm rate that can be "
                       "promised without assumptions. ",
                       n_verified > 0 ? n_verified : threshold->n, kind, promised);
        pb_page_printf(page,
                       "The %.3g&nbsp;%% asked for holds if the logarithms of the scores are normally distributed; "
                       "promising it without that takes %.0f %s. Both hold ",
                       asked, ceil(1 / threshold->false_alarm_rate - 1e-9) - 1, kind);
    }
    pb_page_printf(page, "as long as new parts are made and photographed like the %s.</p>\n",
                   n_verified > 0 ? kind : "references kept");
}

/* One line: backbone, grid, neighbours, image score, purification. */
static void write_settings(pb_page *page, const pb_bank *bank)
{
    pb_page_html(page, "<p>");
    pb_page_text(page, *bank->origin.backbone ? bank->origin.backbone : "Features of unknown origin");
    pb_page_printf(page,
                   ", %d&thinsp;&times;&thinsp;%d patches an image, %" PRId64 " nearest neighbours, image score %s, "
                   "purification ",
                   bank->origin.grid_height, bank->origin.grid_width, bank->k, pb_image_score_name(bank->image_score));
    pb_page_text(page, pb_method_label(PB_METHOD_PURIFICATION, bank->purify_method));
    pb_page_html(page, ".</p>\n");
    pb_page_region(page, bank->roi);
    pb_page_augment(page, &bank->augment);
}

void pb_page_region(pb_page *page, const pb_roi *roi)
{
    if (!roi)
        return;
    pb_page_html(page, "<p>Region of interest ");
    pb_page_text(page, roi->name);
    pb_page_printf(page,
                   ": %" PRId64 " of %" PRId64
                   " patches of a photo count. What lies outside, dark on the heatmaps, is not looked "
                   "at.</p>\n",
                   roi->n_inside, (int64_t)roi->grid_height * roi->grid_width);
}

void pb_page_augment(pb_page *page, const pb_augment *augment)
{
    char text[PB_AUGMENT_TEXT];
    const int64_t n = pb_augment_n_variants(augment);
    if (n < 2)
        return;
    pb_augment_text(augment, text, sizeof text);
    pb_page_printf(page, "<p>Each reference stands with %" PRId64 " altered cop%s (", n - 1, n == 2 ? "y" : "ies");
    pb_page_text(page, text);
    pb_page_html(page,
                 "), which vouch for other references and for parts. Scores and heatmaps of references are those of "
                 "their photos as they are.</p>\n");
}

void pb_page_bank_begin(pb_page *page, const char *heading, const pb_bank *bank)
{
    pb_page_printf(page, "<section class=\"bank\"><h2>%s</h2>", heading);
    write_facts(page, bank);
}

void pb_page_bank_end(pb_page *page, const pb_bank *bank)
{
    pb_page_html(page, "</dl>\n");
    write_promise(page, bank);
    write_settings(page, bank);
    pb_page_html(page, "</section>\n");
}

void pb_page_bank(pb_page *page, const char *heading, const pb_bank *bank)
{
    pb_page_bank_begin(page, heading, bank);
    pb_page_bank_end(page, bank);
}
