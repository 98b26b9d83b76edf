/* Drawn defects on a page: the table of what was caught, and what they look like in one reference. */
#include "pages/sensitivity_panel.h"

#include <inttypes.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "io/jpeg.h"
#include "pages/image_names.h"
#include "pages/picture.h"

enum { PICTURE_SIDE = 176 };

void pb_sensitivity_totals(const pb_sensitivity *found, int64_t *caught, int64_t *drawn)
{
    *caught = *drawn = 0;
    for (int64_t i = 0; i < pb_sensitivity_n_rows(found); i++) {
        *caught += pb_sensitivity_row_at(found, i)->caught;
        *drawn += pb_sensitivity_row_at(found, i)->n;
    }
}

void pb_page_sensitivity_lead(pb_page *page, const pb_sensitivity *found)
{
    char summary[512];
    pb_sensitivity_summary(found, summary, sizeof summary);
    pb_page_html(page, "<b>");
    pb_page_text(page, summary);
    pb_page_printf(page,
                   "</b> Defects of known size and contrast, drawn into %" PRId64 " of %" PRId64
                   " references: what this bank will see, and what not, before the first real defect",
                   pb_sensitivity_n_references(found), pb_sensitivity_n_in_bank(found));
    if (pb_sensitivity_n_left_out(found) > 0)
        pb_page_printf(page, ". %" PRId64 " references are above the threshold as they are, and were left out",
                       pb_sensitivity_n_left_out(found));
    pb_page_html(page, ".");
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static void write_head(pb_page *page, const pb_sensitivity *found)
{
    pb_page_html(page, "<thead><tr><th scope=\"col\">Defect</th><th scope=\"col\">Size</th>");
    for (int64_t i = 0, end = pb_sensitivity_line_end(found, 0); i < end; i++)
        pb_page_printf(page, "<th scope=\"col\">%.3g&nbsp;%%</th>",
                       100 * pb_sensitivity_row_at(found, i)->defect.contrast);
    pb_page_html(page, "</tr></thead>\n<tbody>");
}

void pb_page_sensitivity_table(pb_page *page, const pb_sensitivity *found)
{
    const int64_t n = pb_sensitivity_n_rows(found);
    pb_page_html(page, "<section class=\"panel\"><h2>Caught, by size and contrast</h2><div class=\"scroll\"><table>");
    write_head(page, found);
    for (int64_t first = 0, end; first < n; first = end) {
        const pb_defect *defect = &pb_sensitivity_row_at(found, first)->defect;
        pb_page_printf(page, "<tr><th scope=\"row\">%s</th><td>%.4g&nbsp;px</td>", pb_defect_kind_name(defect->kind),
                       defect->size);
        end = pb_sensitivity_line_end(found, first);
        for (int64_t i = first; i < end; i++) {
            const pb_sensitivity_row *row = pb_sensitivity_row_at(found, i);
            pb_page_printf(page, "<td>%" PRId64 " of %" PRId64 "</td>", row->caught, row->n);
        }
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

static pb_status write_example(pb_page *page, const pb_image *photo, const char *name, const pb_sensitivity_row *row)
{
    pb_picture picture = {0};
    PB_TRY(draw_example(photo, row, &picture));
    pb_page_html(page, "<li class=\"pair\"><figure>");
    pb_page_picture(page, &picture, pb_defect_kind_name(row->defect.kind), name);
    pb_page_printf(
        page, "<figcaption>%.4g&nbsp;px, %.3g&nbsp;%% <span class=\"badge%s\">%s</span></figcaption></figure></li>\n",
        row->defect.size, 100 * row->defect.contrast, row->example ? " good" : "", row->example ? "caught" : "missed");
    pb_free(picture.jpeg);
    return page->status;
}

static pb_status write_examples(pb_page *page, const pb_sensitivity *found, const pb_image *photo)
{
    const int64_t n = pb_sensitivity_n_rows(found);
    for (int64_t i = 0; i < n; i++) {
        const pb_sensitivity_row *row = pb_sensitivity_row_at(found, i);
        if (i == 0 || row->defect.kind != pb_sensitivity_row_at(found, i - 1)->defect.kind) {
            pb_page_printf(page, "<section class=\"gallery\"><h2>%s, in ", pb_defect_kind_name(row->defect.kind));
            pb_page_name(page, pb_sensitivity_example(found), 0);
            pb_page_html(page, "</h2>\n<ol class=\"pairs small\">\n");
        }
        PB_TRY(write_example(page, photo, pb_sensitivity_example(found), row));
        if (i == n - 1 || row->defect.kind != pb_sensitivity_row_at(found, i + 1)->defect.kind)
            pb_page_html(page, "</ol></section>\n");
    }
    return page->status;
}

pb_status pb_page_sensitivity_examples(pb_page *page, const pb_sensitivity *found, const pb_bank *bank)
{
    const pb_image_options options = {.size = sizeof options, .sample_bits = bank->origin.sample_bits};
    pb_image photo = {0};
    if (pb_image_read_as(pb_sensitivity_example(found), &options, &photo) != PB_STATUS_OK)
        return page->status; /* gone since: then there are no pictures */
    const pb_status status = write_examples(page, found, &photo);
    pb_image_free(&photo);
    return status;
}
