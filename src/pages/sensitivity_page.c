/* The page of a bank's sensitivity: what would be caught, by size and contrast, and what that looks like. */
#include <inttypes.h>

#include <purebank/report.h>

#include "base/error.h"
#include "pages/bank_facts.h"
#include "pages/sensitivity_panel.h"

typedef struct sensitivity_page {
    pb_page page;
    const pb_sensitivity *found;
    const pb_bank *bank;
    const char *bank_path;
} sensitivity_page;

static void write_header(sensitivity_page *self)
{
    pb_page *page = &self->page;
    int64_t caught, drawn;
    pb_sensitivity_totals(self->found, &caught, &drawn);
    pb_page_html(page, "<header><p class=\"eyebrow\">Sensitivity of <bdi>");
    pb_page_text(page, self->bank_path);
    pb_page_printf(page, "</bdi></p>\n<h1 class=\"verdict\">%" PRId64 " of %" PRId64 " drawn defects are caught</h1>\n",
                   caught, drawn);
    pb_page_html(page, "<p class=\"lead\">");
    pb_page_sensitivity_lead(page, self->found);
    pb_page_html(page, "</p></header>\n");
}

static pb_status write_page(sensitivity_page *self)
{
    pb_page *page = &self->page;
    pb_page_begin(page, "Sensitivity", false, PB_PAGE_STILL);
    write_header(self);
    pb_page_sensitivity_table(page, self->found);
    PB_TRY(pb_page_sensitivity_examples(page, self->found, self->bank));
    pb_page_bank(page, "The bank", self->bank);
    pb_page_end(page);
    return page->status;
}

pb_status pb_report_sensitivity(const pb_sensitivity *sensitivity, const pb_bank *bank, const char *bank_path,
                                const char *path)
{
    sensitivity_page self = {.found = sensitivity, .bank = bank, .bank_path = bank_path};
    PB_CHECK_ARG(sensitivity && bank && bank_path && path,
                 "a page of sensitivity needs what was found, its bank and a path");
    PB_TRY(pb_page_open(path, &self.page));
    return pb_page_close(&self.page, write_page(&self));
}
