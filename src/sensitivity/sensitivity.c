/* Defects drawn into references, each scored against the bank without that reference. */
#include "sensitivity/sensitivity.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bank/bank.h"
#include "bank/without_reference.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/parse.h"
#include "base/product.h"
#include "base/ranges.h"
#include "base/threads.h"
#include "io/features.h"
#include "io/file.h"
#include "metrics/select.h"
#include "synthetic/defect.h"

enum { IMAGES_AT_A_TIME = 8, DEFAULT_SIZES = 3 }; /* full-size photos are large */

typedef struct sensitivity_run {
    const pb_bank *bank;
    pb_backbone *backbone;
    const pb_sensitivity_options *options;
    pb_sensitivity *out;
    int64_t *references; /* of the bank, into which is drawn: n */
    int64_t n, n_patches;
    int64_t smallest;      /* reference whose photo has the shortest side of those: what fits into it fits everywhere */
    int32_t width, height; /* of that photo */
    double *ratios;        /* n_rows x n, of those done */
    double *patches;       /* scratch: IMAGES_AT_A_TIME x n_patches */
    double scores[IMAGES_AT_A_TIME];
    uint64_t seeds[IMAGES_AT_A_TIME]; /* of what was drawn into them */
} sensitivity_run;

/* ---- what is drawn ------------------------------------------------------------------------------------------------ */

/* Sizes by the photos: a scratch begins at what the built-in backbone's 448 pixels just resolve, the others at a twentieth. */
static double default_size(pb_defect_kind kind, int64_t i, double side)
{
    const double first = kind == PB_DEFECT_SCRATCH ? fmax(1, side / 224) : fmax(2, side / 20);
    return fmax(1, floor(first * (double)(1 << i) + 0.5));
}

static pb_status refuse_size(const sensitivity_run *run, double size)
{
    return pb_fail(PB_STATUS_BAD_ARGUMENT,
                   "%s: a defect of %g pixels does not fit into a photo of %d x %d: it is to be smaller than %g "
                   "pixels, a little less than half of the shorter side",
                   run->bank->references[run->smallest].path, size, (int)run->width, (int)run->height,
                   pb_defect_size_bound(run->width, run->height));
}

/* Sizes asked for must fit; of the default ones those that do are drawn. */
static pb_status make_rows_of(sensitivity_run *run, const double *contrasts, int64_t n_contrasts)
{
    const double side = fmin(run->width, run->height), bound = pb_defect_size_bound(run->width, run->height);
    const pb_sensitivity_options *options = run->options;
    const int64_t n_sizes = options->sizes ? options->n_sizes : DEFAULT_SIZES;
    pb_sensitivity *out = run->out;
    PB_TRY(PB_NEW_PRODUCT(out->rows, PB_N_DEFECT_KINDS, n_sizes, n_contrasts));
    for (int kind = 0; kind < PB_N_DEFECT_KINDS; kind++)
        for (int64_t s = 0; s < n_sizes; s++) {
            const double size = options->sizes ? options->sizes[s] : default_size((pb_defect_kind)kind, s, side);
            if (size >= bound && options->sizes)
                return refuse_size(run, size);
            for (int64_t c = 0; size < bound && c < n_contrasts; c++)
                out->rows[out->n_rows++].defect = (pb_defect){(pb_defect_kind)kind, size, contrasts[c]};
        }
    return out->n_rows > 0 ? PB_STATUS_OK : refuse_size(run, default_size(PB_DEFECT_SCRATCH, 0, side));
}

static pb_status make_rows(sensitivity_run *run)
{
    double *usual = NULL;
    int64_t n = 0;
    if (run->options->contrasts)
        return make_rows_of(run, run->options->contrasts, run->options->n_contrasts);
    pb_status status = pb_parse_shares("contrasts", PB_DEFAULT_CONTRASTS, 0, 1, &usual, &n);
    if (status == PB_STATUS_OK)
        status = make_rows_of(run, usual, n);
    pb_free(usual);
    return status;
}

/* The same place for every contrast, another one for every size, kind and reference. */
static uint64_t seed_of(const sensitivity_run *run, const pb_defect *defect, int64_t reference, int64_t attempt)
{
    const uint64_t parts[] = {(uint64_t)run->options->seed, (uint64_t)reference, (uint64_t)defect->kind,
                              (uint64_t)(defect->size * 1024), (uint64_t)attempt};
    const int n_parts = attempt > 0 ? 5 : 4;
    uint64_t seed = 0;
    for (int i = 0; i < n_parts; i++)
        seed = (seed ^ parts[i]) * 0x9e3779b97f4a7c15u + (seed >> 29) + 1;
    return seed;
}

/* How many cells the middle of a place is away from the bank's region: 0 inside; more than any place within the grid where it is
 * outside of what that covers. */
static double distance_to_region(const pb_bank *bank, const pb_image *photo, const pb_rect *place)
{
    const pb_origin *origin = &bank->origin;
    const pb_rect view = pb_origin_view(origin, photo->width, photo->height);
    const int64_t x = place->left + place->width / 2 - view.left, y = place->top + place->height / 2 - view.top;
    if (x < 0 || y < 0 || x >= view.width || y >= view.height)
        return (double)origin->grid_height + origin->grid_width;
    const int64_t row = y * origin->grid_height / view.height, column = x * origin->grid_width / view.width;
    const int64_t nearest = bank->roi->nearest[row * origin->grid_width + column];
    const int64_t rows = row - nearest / origin->grid_width, columns = column - nearest % origin->grid_width;
    return hypot((double)rows, (double)columns);
}

/* The seed of the first place whose middle lies in the bank's region; a large defect may have none there, and then the nearest of those that
 * were tried. @param canvas a copy of the photo, left as it is */
static pb_status find_seed(const sensitivity_run *run, const pb_defect *defect, int64_t reference, pb_image *canvas,
                           uint64_t *out)
{
    enum { ATTEMPTS = 1000 };
    const pb_defect unseen = {defect->kind, defect->size, 0};
    double least = HUGE_VAL;
    *out = seed_of(run, defect, reference, 0);
    for (int64_t attempt = 0; run->bank->roi && attempt < ATTEMPTS && least > 0; attempt++) {
        const uint64_t seed = seed_of(run, defect, reference, attempt);
        pb_rect place;
        PB_TRY(pb_defect_draw(canvas, &unseen, seed, &place));
        const double distance = distance_to_region(run->bank, canvas, &place);
        if (distance < least) {
            least = distance;
            *out = seed;
        }
    }
    return PB_STATUS_OK;
}

/* ---- one reference ------------------------------------------------------------------------------------------------ */

static pb_status read_photo(const pb_bank *bank, const pb_bank_reference *reference, pb_image *out)
{
    const pb_image_options options = {.size = sizeof options, .sample_bits = bank->origin.sample_bits};
    char hex[65];
    if (*reference->sha256) {
        PB_TRY(pb_sha256_file(reference->path, hex));
        if (strcmp(hex, reference->sha256) != 0)
            return pb_fail(PB_STATUS_MISMATCH, "%s has changed since the bank was made: its SHA-256 is another",
                           reference->path);
    }
    return pb_image_read_as(reference->path, &options, out);
}

static pb_status copy_image(const pb_image *image, pb_image *out)
{
    PB_TRY(pb_image_new(image->width, image->height, out));
    memcpy(out->rgb, image->rgb, (size_t)image->width * (size_t)image->height * 3);
    return PB_STATUS_OK;
}

/* Scores n photos against the rest of the bank, into run->scores. */
static pb_status score(sensitivity_run *run, const pb_bank_rest *rest, const pb_image *images, int64_t n)
{
    pb_features *features;
    PB_TRY(pb_features_new(n, &run->bank->origin, &features));
    pb_status status = pb_backbone_extract(run->backbone, images, n, pb_features_rows(features));
    if (status == PB_STATUS_OK)
        status = pb_bank_rest_score(run->bank, rest, features, run->patches, run->scores);
    pb_features_free(features);
    return status;
}

/* Rows first .. first + n, drawn into the photo. */
static pb_status score_rows(sensitivity_run *run, const pb_bank_rest *rest, const pb_image *photo, int64_t reference,
                            int64_t first, int64_t n)
{
    pb_image images[IMAGES_AT_A_TIME] = {{0}};
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++) {
        const pb_defect *defect = &run->out->rows[first + i].defect;
        status = copy_image(photo, &images[i]);
        if (status == PB_STATUS_OK)
            status = find_seed(run, defect, reference, &images[i], &run->seeds[i]);
        if (status == PB_STATUS_OK)
            status = pb_defect_draw(&images[i], defect, run->seeds[i], NULL);
    }
    if (status == PB_STATUS_OK)
        status = score(run, rest, images, n);
    for (int64_t i = 0; i < n; i++)
        pb_image_free(&images[i]);
    return status;
}

static void note(sensitivity_run *run, int64_t row, uint64_t seed, double score_of)
{
    pb_sensitivity_row *out = &run->out->rows[row];
    const double threshold = run->bank->threshold.value;
    const bool caught = pb_score_fails(score_of, threshold);
    if (out->n == 0) {
        out->example = caught;
        out->seed = seed;
    }
    run->ratios[row * run->n + out->n++] = threshold > 0 ? score_of / threshold : (double)INFINITY;
    out->caught += caught;
}

static pb_status report_progress(const sensitivity_run *run, int64_t place, int64_t row)
{
    const int64_t n_rows = run->out->n_rows;
    return pb_progress_report(&run->options->progress, place * n_rows + row, run->n * n_rows);
}

static pb_status draw_and_score(sensitivity_run *run, const pb_bank_rest *rest, const pb_image *photo, int64_t place)
{
    const int64_t reference = run->references[place], n_rows = run->out->n_rows;
    PB_TRY(score(run, rest, photo, 1));
    if (pb_score_fails(run->scores[0], run->bank->threshold.value)) {
        run->out->n_left_out++;
        return report_progress(run, place, n_rows);
    }
    if (run->out->n_references++ == 0)
        PB_TRY(PB_NEW_STRING(run->out->example, run->bank->references[reference].path));
    for (int64_t first = 0; first < n_rows; first += IMAGES_AT_A_TIME) {
        const int64_t left = n_rows - first, n = left < IMAGES_AT_A_TIME ? left : IMAGES_AT_A_TIME;
        PB_TRY(score_rows(run, rest, photo, reference, first, n));
        for (int64_t i = 0; i < n; i++)
            note(run, first + i, run->seeds[i], run->scores[i]);
        PB_TRY(report_progress(run, place, first + n));
    }
    return PB_STATUS_OK;
}

static pb_status examine(sensitivity_run *run, const pb_image *photo, int64_t place)
{
    pb_bank_rest rest;
    PB_TRY(pb_bank_rest_new(run->bank, run->references[place], &rest));
    const pb_status status = draw_and_score(run, &rest, photo, place);
    pb_bank_rest_free(&rest);
    return status;
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

/* Those in the bank, evenly spread. */
static pb_status choose_references(sensitivity_run *run)
{
    const pb_bank *bank = run->bank;
    int64_t n = 0;
    PB_TRY(PB_NEW(run->references, bank->n_references));
    for (int64_t i = 0; i < bank->n_references; i++)
        if (pb_bank_reference_is_good(&bank->references[i]))
            run->references[n++] = i;
    run->out->n_in_bank = n;
    run->n = n < run->options->n_references ? n : run->options->n_references;
    for (int64_t i = 0; i < run->n; i++)
        run->references[i] = run->references[i * n / run->n];
    return PB_STATUS_OK;
}

/* The bank remembers the size of a photo, unless it is of purebank 0.1 or of features. */
static pb_status size_of(const pb_bank *bank, int64_t reference, int32_t *width, int32_t *height)
{
    pb_image photo = {0};
    if (bank->left_out.photos && bank->left_out.photos[reference].width > 0) {
        *width = bank->left_out.photos[reference].width;
        *height = bank->left_out.photos[reference].height;
        return PB_STATUS_OK;
    }
    const pb_status status = read_photo(bank, &bank->references[reference], &photo);
    *width = photo.width;
    *height = photo.height;
    pb_image_free(&photo);
    return status;
}

/* The smallest photo says how large defects are by default. */
static pb_status find_smallest(sensitivity_run *run)
{
    for (int64_t place = 0; place < run->n; place++) {
        int32_t width, height;
        PB_TRY(size_of(run->bank, run->references[place], &width, &height));
        if (place > 0 && fmin(width, height) >= fmin(run->width, run->height))
            continue;
        run->smallest = run->references[place];
        run->width = width;
        run->height = height;
    }
    return PB_STATUS_OK;
}

static pb_status prepare(sensitivity_run *run)
{
    PB_TRY(choose_references(run));
    PB_TRY(find_smallest(run));
    PB_TRY(make_rows(run));
    PB_TRY(PB_NEW_PRODUCT(run->ratios, run->out->n_rows, run->n));
    return PB_NEW_PRODUCT(run->patches, IMAGES_AT_A_TIME, run->n_patches);
}

static pb_status examine_all(sensitivity_run *run)
{
    PB_TRY(prepare(run));
    for (int64_t place = 0; place < run->n; place++) {
        pb_image photo = {0};
        pb_status status = read_photo(run->bank, &run->bank->references[run->references[place]], &photo);
        if (status == PB_STATUS_OK)
            status = examine(run, &photo, place);
        pb_image_free(&photo);
        PB_TRY(status);
    }
    if (run->out->n_references == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "all %" PRId64
                       " references are above the threshold as they are: nothing can be said about defects",
                       run->n);
    for (int64_t row = 0; row < run->out->n_rows; row++)
        run->out->rows[row].ratio = pb_median(run->ratios + row * run->n, run->out->rows[row].n);
    return PB_STATUS_OK;
}

static pb_status check_options(const pb_sensitivity_options *options)
{
    PB_CHECK_ARG(options->n_references >= 1, "defects need at least one reference to be drawn into, not %" PRId64,
                 options->n_references);
    PB_TRY(pb_check_seed(options->seed));
    PB_CHECK_ARG(!options->sizes || options->n_sizes >= 1, "no sizes of defects are given");
    PB_CHECK_ARG(!options->contrasts || options->n_contrasts >= 1, "no contrasts of defects are given");
    for (int64_t i = 0; options->contrasts && i < options->n_contrasts; i++)
        PB_CHECK_ARG(options->contrasts[i] > 0 && options->contrasts[i] <= 1,
                     "a contrast lies between 0 and 1, not at %g", options->contrasts[i]);
    for (int64_t i = 0; options->sizes && i < options->n_sizes; i++)
        PB_CHECK_ARG(options->sizes[i] >= 1 && options->sizes[i] < 1e6, "a defect is at least 1 pixel large, not %g",
                     options->sizes[i]);
    return PB_STATUS_OK;
}

pb_status pb_sensitivity_run(const pb_bank *bank, pb_backbone *backbone, const pb_sensitivity_options *options,
                             pb_sensitivity **out)
{
    static const pb_sensitivity_options defaults = PB_SENSITIVITY_OPTIONS_INIT;
    pb_sensitivity_options known;
    sensitivity_run run = {.bank = bank, .backbone = backbone, .options = &known};
    PB_TRY(PB_OPTIONS_READ(pb_sensitivity_options, options, &defaults, &known));
    PB_TRY(check_options(&known));
    PB_TRY(pb_bank_match(bank, pb_backbone_origin(backbone), "the backbone", true));
    run.n_patches = (int64_t)bank->origin.grid_height * bank->origin.grid_width;
    PB_TRY(PB_NEW(run.out, 1));
    const pb_status status = examine_all(&run);
    pb_free(run.references);
    pb_free(run.ratios);
    pb_free(run.patches);
    if (status == PB_STATUS_OK)
        *out = run.out;
    else
        pb_sensitivity_free(run.out);
    return status;
}

int64_t pb_sensitivity_n_rows(const pb_sensitivity *sensitivity)
{
    return sensitivity->n_rows;
}

const pb_sensitivity_row *pb_sensitivity_row_at(const pb_sensitivity *sensitivity, int64_t i)
{
    return &sensitivity->rows[i];
}

int64_t pb_sensitivity_line_end(const pb_sensitivity *sensitivity, int64_t first)
{
    const pb_defect *line = &sensitivity->rows[first].defect;
    int64_t end = first + 1;
    while (end < sensitivity->n_rows && sensitivity->rows[end].defect.kind == line->kind &&
           sensitivity->rows[end].defect.size == line->size)
        end++;
    return end;
}

int64_t pb_sensitivity_n_references(const pb_sensitivity *sensitivity)
{
    return sensitivity->n_references;
}

int64_t pb_sensitivity_n_left_out(const pb_sensitivity *sensitivity)
{
    return sensitivity->n_left_out;
}

int64_t pb_sensitivity_n_in_bank(const pb_sensitivity *sensitivity)
{
    return sensitivity->n_in_bank;
}

const char *pb_sensitivity_example(const pb_sensitivity *sensitivity)
{
    return sensitivity->example;
}

void pb_sensitivity_free(pb_sensitivity *sensitivity)
{
    if (!sensitivity)
        return;
    pb_free(sensitivity->rows);
    pb_free(sensitivity->example);
    pb_free(sensitivity);
}
