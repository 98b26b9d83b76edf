/* The page of a bank's sensitivity: what would be caught, by size and contrast, and what that looks like. */
#include <inttypes.h>
#include <math.h>

#include <purebank/report.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "io/jpeg.h"
#include "pages/bank_facts.h"
#include "pages/image_names.h"
#include "pages/picture.h"

enum { PICTURE_SIDE = 144 };

typedef struct sensitivity_page {
    pb_page page;
    const pb_sensitivity *found;
    const pb_bank *bank;
    const char *bank_path;
    pb_image example; /* zeroed where its photo is gone */
} sensitivity_page;

static const pb_sensitivity_row *row_at(const sensitivity_page *self, int64_t i)
{
    return pb_sensitivity_row_at(self->found, i);
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static void write_head(sensitivity_page *self)
{
    pb_page *page = &self->page;
    pb_page_html(page, "<thead><tr><th scope=\"col\">Defect</th><th scope=\"col\">Size</th>");
    for (int64_t i = 0, end = pb_sensitivity_line_end(self->found, 0); i < end; i++)
        pb_page_printf(page, "<th scope=\"col\">%.3g&nbsp;%%</th>", 100 * row_at(self, i)->defect.contrast);
    pb_page_html(page, "</tr></thead>\n<tbody>");
}

static void write_table(sensitivity_page *self)
{
    pb_page *page = &self->page;
    const int64_t n = pb_sensitivity_n_rows(self->found);
    pb_page_html(page, "<section class=\"panel\"><h2>Caught, by size and contrast</h2><div class=\"scroll\"><table>");
    write_head(self);
    for (int64_t first = 0, end; first < n; first = end) {
        const pb_defect *defect = &row_at(self, first)->defect;
        pb_page_printf(page, "<tr><th scope=\"row\">%s</th><td>%.4g&nbsp;px</td>", pb_defect_kind_name(defect->kind),
                       defect->size);
        end = pb_sensitivity_line_end(self->found, first);
        for (int64_t i = first; i < end; i++)
            pb_page_printf(page, "<td>%" PRId64 " of %" PRId64 "</td>", row_at(self, i)->caught, row_at(self, i)->n);
        pb_page_html(page, "</tr>\n");
    }
    pb_page_html(
        page, "</tbody></table></div><p class=\"explains\">Contrast is the difference to what is there, as a share of "
              "full white. Each was drawn into each reference once, at a place of its own, and scored against "
              "the bank without that reference. What is not seen here will not be seen; real defects that are "
              "like these may still be missed.</p></section>\n");
}

/* ---- pictures ----------------------------------------------------------------------------------------------------- */

/* A square around the defect, twice as large as it. */
static pb_rect surroundings(const pb_image *image, const pb_rect *place)
{
    const int32_t longer = place->width > place->height ? place->width : place->height;
    const int32_t wanted = 2 * longer > 48 ? 2 * longer : 48;
    const int32_t shorter = image->width < image->height ? image->width : image->height;
    const int32_t side = wanted < shorter ? wanted : shorter;
    int32_t left = place->left + place->width / 2 - side / 2, top = place->top + place->height / 2 - side / 2;
    left = left < 0 ? 0 : left > image->width - side ? image->width - side : left;
    top = top < 0 ? 0 : top > image->height - side ? image->height - side : top;
    return (pb_rect){left, top, side, side};
}

static pb_status draw_example(const pb_image *photo, const pb_sensitivity_row *row, pb_picture *out)
{
    pb_image image = {0}, cut = {0}, small = {0};
    pb_rect place;
    pb_status status;
    PB_TRY_GOTO(pb_image_crop(photo, 0, 0, photo->width, photo->height, &image));
    PB_TRY_GOTO(pb_defect_draw(&image, &row->defect, row->seed, &place));
    const pb_rect around = surroundings(&image, &place);
    PB_TRY_GOTO(pb_image_crop(&image, around.left, around.top, around.width, around.height, &cut));
    PB_TRY_GOTO(pb_image_resize(&cut, PICTURE_SIDE, PICTURE_SIDE, PB_RESAMPLE_BICUBIC, &small));
    PB_TRY_GOTO(pb_jpeg_encode(&small, 85, &out->jpeg, &out->size));
    out->width = out->height = PICTURE_SIDE;
done:
    pb_image_free(&image);
    pb_image_free(&cut);
    pb_image_free(&small);
    return status;
}

static pb_status write_example(sensitivity_page *self, const pb_sensitivity_row *row)
{
    pb_page *page = &self->page;
    pb_picture picture = {0};
    PB_TRY(draw_example(&self->example, row, &picture));
    pb_page_html(page, "<li class=\"pair\"><figure>");
    pb_page_picture(page, &picture, pb_defect_kind_name(row->defect.kind), pb_sensitivity_example(self->found));
    pb_page_printf(
        page, "<figcaption>%.4g&nbsp;px, %.3g&nbsp;%% <span class=\"badge%s\">%s</span></figcaption></figure></li>\n",
        row->defect.size, 100 * row->defect.contrast, row->example ? " good" : "", row->example ? "caught" : "missed");
    pb_free(picture.jpeg);
    return page->status;
}

static pb_status write_examples(sensitivity_page *self)
{
    pb_page *page = &self->page;
    const int64_t n = pb_sensitivity_n_rows(self->found);
    if (!self->example.rgb)
        return page->status;
    for (int64_t i = 0; i < n; i++) {
        const pb_sensitivity_row *row = row_at(self, i);
        if (i == 0 || row->defect.kind != row_at(self, i - 1)->defect.kind) {
            pb_page_printf(page, "<section class=\"gallery\"><h2>%s, in ", pb_defect_kind_name(row->defect.kind));
            pb_page_name(page, pb_sensitivity_example(self->found), 0);
            pb_page_html(page, "</h2>\n<ol class=\"pairs\">\n");
        }
        PB_TRY(write_example(self, row));
        if (i == n - 1 || row->defect.kind != row_at(self, i + 1)->defect.kind)
            pb_page_html(page, "</ol></section>\n");
    }
    return page->status;
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

static void write_header(sensitivity_page *self)
{
    pb_page *page = &self->page;
    int64_t caught = 0, drawn = 0;
    for (int64_t i = 0; i < pb_sensitivity_n_rows(self->found); i++) {
        caught += row_at(self, i)->caught;
        drawn += row_at(self, i)->n;
    }
    pb_page_html(page, "<header><p class=\"eyebrow\">Sensitivity of <bdi>");
    pb_page_text(page, self->bank_path);
    pb_page_printf(page, "</bdi></p>\n<h1 class=\"verdict\">%" PRId64 " of %" PRId64 " drawn defects are caught</h1>\n",
                   caught, drawn);
    pb_page_printf(page,
                   "<p class=\"lead\">Defects of known size and contrast, drawn into %" PRId64
                   " good references: what this bank will see, and what not, before the first real defect",
                   pb_sensitivity_n_references(self->found));
    if (pb_sensitivity_n_left_out(self->found) > 0)
        pb_page_printf(page, ". %" PRId64 " references are above the threshold as they are, and were left out",
                       pb_sensitivity_n_left_out(self->found));
    pb_page_html(page, ".</p></header>\n");
}

static pb_status write_page(sensitivity_page *self)
{
    pb_page *page = &self->page;
    pb_page_begin(page, "Sensitivity", PB_PAGE_STILL);
    write_header(self);
    write_table(self);
    PB_TRY(write_examples(self));
    pb_page_bank(page, "The bank", self->bank);
    pb_page_end(page, PB_PAGE_STILL);
    return page->status;
}

pb_status pb_report_sensitivity(const pb_sensitivity *sensitivity, const pb_bank *bank, const char *bank_path,
                                const char *path)
{
    sensitivity_page self = {.found = sensitivity, .bank = bank, .bank_path = bank_path};
    PB_CHECK_ARG(sensitivity && bank && bank_path && path,
                 "a page of sensitivity needs what was found, its bank and a path");
    const pb_image_options options = {.size = sizeof options, .sample_bits = bank->origin.sample_bits};
    if (pb_image_read_as(pb_sensitivity_example(sensitivity), &options, &self.example) != PB_STATUS_OK)
        self.example = (pb_image){0}; /* then there are no pictures */
    pb_status status = pb_page_open(path, &self.page);
    if (status == PB_STATUS_OK)
        status = pb_page_close(&self.page, write_page(&self));
    pb_image_free(&self.example);
    return status;
}
