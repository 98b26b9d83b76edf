/* What the guard refuses: photos of every set spoiled in many ways, and untouched good ones.
 *
 *   build/release/bench/study_guard REFERENCES DRAWS FOLDER...
 *
 * Each FOLDER holds photos of good parts of one set. A fixed 12 of them are the parts under test, the references are drawn from
 * the others, the rest are untouched good parts. */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench.h"

enum { K = 5, N_TESTED = 12, MAX_GOOD = 72 };

typedef enum spoil {
    BLACK,
    WHITE,
    GREY,
    NOISE,
    BLUR,
    DARKER,
    BRIGHTER,
    NEGATIVE,
    COVERED,
    HALF_TURNED,
    TURNED_HALVES,
    OTHER,
    N_SPOILS
} spoil;
static const char *const spoil_names[] = {"black",   "white",       "grey",          "noise",
                                          "blur",    "darker",      "brighter",      "negative",
                                          "covered", "half turned", "halves turned", "other set"};

typedef struct image_set {
    const char *folder;
    pb_paths paths;
    pb_image images[MAX_GOOD];
    pb_photo photos[MAX_GOOD], spoiled_photos[N_SPOILS * N_TESTED];
    pb_features *features, *spoiled; /* spoiled: N_SPOILS x N_TESTED */
    int64_t n;
} image_set;

static uint8_t clamp(double x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x + 0.5);
}

/* `stops` of light, through the sRGB curve. */
static uint8_t expose(uint8_t level, double stops)
{
    const double v = level / 255.0, linear = (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)) * exp2(stops);
    const double w = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
    return clamp(255 * w);
}

static void blur_lines(double *values, int64_t n, int64_t step, double *line)
{
    enum { RADIUS = 24 };
    const double sigma = 8;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0, weights = 0;
        for (int64_t d = -RADIUS; d <= RADIUS; d++) {
            const int64_t at = i + d < 0 ? 0 : i + d >= n ? n - 1 : i + d;
            const double w = exp(-0.5 * (double)(d * d) / (sigma * sigma));
            sum += w * values[at * step];
            weights += w;
        }
        line[i] = sum / weights;
    }
    for (int64_t i = 0; i < n; i++)
        values[i * step] = line[i];
}

static void blur(pb_image *image)
{
    const int64_t w = image->width, h = image->height;
    double *values = calloc((size_t)(w * h), sizeof *values), *line = calloc((size_t)(w + h), sizeof *line);
    for (int c = 0; c < 3; c++) {
        for (int64_t i = 0; i < w * h; i++)
            values[i] = image->rgb[i * 3 + c];
        for (int64_t y = 0; y < h; y++)
            blur_lines(values + y * w, w, 1, line);
        for (int64_t x = 0; x < w; x++)
            blur_lines(values + x, h, w, line);
        for (int64_t i = 0; i < w * h; i++)
            image->rgb[i * 3 + c] = clamp(values[i]);
    }
    free(values);
    free(line);
}

static void turn_half(pb_image *image, bool both)
{
    const int64_t w = image->width, h = image->height, half = h / 2;
    for (int64_t part = 0; part < (both ? 2 : 1); part++) {
        uint8_t *rgb = image->rgb + (part ? 0 : (h - half) * w * 3);
        for (int64_t i = 0, j = half * w - 1; i < j; i++, j--)
            for (int c = 0; c < 3; c++) {
                const uint8_t t = rgb[i * 3 + c];
                rgb[i * 3 + c] = rgb[j * 3 + c];
                rgb[j * 3 + c] = t;
            }
    }
}

static void spoil_image(pb_image *image, spoil how, uint64_t seed)
{
    const int64_t n = (int64_t)image->width * image->height * 3;
    uint64_t state = seed;
    for (int64_t i = 0; i < n; i++) {
        uint8_t *v = &image->rgb[i];
        switch (how) {
        case BLACK:
            *v = 0;
            break;
        case WHITE:
            *v = 255;
            break;
        case GREY:
            *v = 128;
            break;
        case NOISE:
            *v = (uint8_t)bench_random(&state);
            break;
        case DARKER:
            *v = expose(*v, -2);
            break;
        case BRIGHTER:
            *v = expose(*v, 2);
            break;
        case NEGATIVE:
            *v = (uint8_t)(255 - *v);
            break;
        case COVERED:
            *v = (i / 3) % image->width < image->width / 2 ? 20 : *v;
            break;
        default:
            break;
        }
    }
    if (how == BLUR)
        blur(image);
    if (how == HALF_TURNED || how == TURNED_HALVES)
        turn_half(image, how == TURNED_HALVES);
}

static pb_status load(const char *folder, pb_backbone *backbone, image_set *set)
{
    set->folder = folder;
    PB_TRY(pb_paths_collect(&folder, 1, &set->paths));
    set->n = set->paths.n < MAX_GOOD ? set->paths.n : MAX_GOOD;
    for (int64_t i = 0; i < set->n; i++) {
        PB_TRY(pb_image_read(set->paths.path[i], &set->images[i]));
        PB_TRY(pb_photo_measure(&set->images[i], &set->photos[i]));
    }
    PB_TRY(pb_features_new(set->n, pb_backbone_origin(backbone), &set->features));
    return pb_backbone_extract(backbone, set->images, set->n, pb_features_rows(set->features));
}

/* Parts under test stand at fixed places. */
static int64_t tested(const image_set *set, int64_t i)
{
    return i * set->n / N_TESTED;
}

static pb_status spoil_set(image_set *set, const image_set *other, pb_backbone *backbone)
{
    PB_TRY(pb_features_new(N_SPOILS * N_TESTED, pb_backbone_origin(backbone), &set->spoiled));
    const int64_t floats = pb_features_n_patches(set->spoiled) * pb_features_dim(set->spoiled);
    for (int64_t i = 0; i < N_SPOILS * N_TESTED; i++) {
        const spoil how = (spoil)(i / N_TESTED);
        const pb_image *from =
            how == OTHER ? &other->images[tested(other, i % N_TESTED)] : &set->images[tested(set, i % N_TESTED)];
        pb_image image;
        PB_TRY(pb_image_new(from->width, from->height, &image));
        memcpy(image.rgb, from->rgb, (size_t)from->width * (size_t)from->height * 3);
        spoil_image(&image, how, (uint64_t)i);
        PB_TRY(pb_photo_measure(&image, &set->spoiled_photos[i]));
        PB_TRY(pb_backbone_extract(backbone, &image, 1, pb_features_rows(set->spoiled) + i * floats));
        pb_image_free(&image);
    }
    return PB_STATUS_OK;
}

typedef struct counts {
    int64_t n, score_only, passes, unusable, by_measure[PB_GUARD_N_MEASURES];
} counts;

/* By the bank's own limits, as score does. */
static void count(const pb_bank *bank, pb_photo *photo, const double *patch_scores, int64_t n_patches, double score,
                  counts *c)
{
    pb_guard_verdict photo_verdict;
    pb_photo_add_patch_scores(patch_scores, n_patches, photo);
    pb_guard_judge(pb_bank_guard(bank), photo, &photo_verdict);
    const pb_verdict verdict = pb_bank_verdict(bank, score, &photo_verdict);
    c->n++;
    c->score_only += score <= pb_bank_threshold(bank)->value;
    c->unusable += verdict == PB_VERDICT_UNUSABLE;
    c->passes += verdict == PB_VERDICT_PASS;
    if (!photo_verdict.usable)
        c->by_measure[photo_verdict.measure]++;
}

static void show(const char *name, const counts *c)
{
    printf("  %-14s %4" PRId64 "  pass by score %5.1f %%  pass %5.1f %%  unusable %5.1f %% ", name, c->n,
           100.0 * (double)c->score_only / (double)c->n, 100.0 * (double)c->passes / (double)c->n,
           100.0 * (double)c->unusable / (double)c->n);
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++)
        if (c->by_measure[m])
            printf(" %d:%" PRId64, m, c->by_measure[m]);
    printf("\n");
}

static pb_status draw(image_set *set, int64_t n_references, uint64_t seed, counts *good, counts *spoiled)
{
    int64_t order[MAX_GOOD] = {0}, n_pool = 0;
    for (int64_t i = 0; i < set->n; i++) {
        bool is_tested = false;
        for (int64_t j = 0; j < N_TESTED; j++)
            is_tested = is_tested || tested(set, j) == i;
        if (!is_tested)
            order[n_pool++] = i;
    }
    uint64_t state = seed;
    for (int64_t i = 0; i < n_pool; i++) {
        const int64_t j = i + (int64_t)(bench_random(&state) % (uint64_t)(n_pool - i)), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    const int64_t P = pb_features_n_patches(set->features), floats = P * pb_features_dim(set->features);
    pb_features *refs;
    pb_references *references;
    pb_bank *bank;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    static pb_photo photos[MAX_GOOD];
    PB_TRY(pb_features_new(n_references, pb_features_origin(set->features), &refs));
    for (int64_t i = 0; i < n_references; i++) {
        memcpy(pb_features_rows(refs) + i * floats, pb_features_image_at(set->features, order[i]),
               (size_t)floats * sizeof(float));
        photos[i] = set->photos[order[i]];
    }
    options.audit_rule = NULL;
    options.photos = photos;
    options.image_score = PB_IMAGE_SCORE_TOP1;
    options.false_alarm_rate = 0.01;
    PB_TRY(pb_references_new(refs, K, NULL, &references));
    PB_TRY(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    double *patch_scores, *scores;
    PB_TRY(PB_NEW(patch_scores, 400 * P));
    PB_TRY(PB_NEW(scores, 400));
    PB_TRY(pb_bank_score(bank, set->spoiled, patch_scores, scores));
    for (int64_t i = 0; i < N_SPOILS * N_TESTED; i++)
        count(bank, &set->spoiled_photos[i], patch_scores + i * P, P, scores[i], &spoiled[i / N_TESTED]);
    PB_TRY(pb_bank_score(bank, set->features, patch_scores, scores));
    for (int64_t i = 0; i < set->n; i++) {
        bool is_reference = false;
        for (int64_t j = 0; j < n_references; j++)
            is_reference = is_reference || order[j] == i;
        if (!is_reference)
            count(bank, &set->photos[i], patch_scores + i * P, P, scores[i], good);
    }
    pb_free(patch_scores);
    pb_free(scores);
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(refs);
    return PB_STATUS_OK;
}

static void show_deviations(const image_set *set)
{
    printf("  sd:");
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < set->n; i++) {
            sum += set->photos[i].value[m];
            squares += set->photos[i].value[m] * set->photos[i].value[m];
        }
        printf(" %d:%.3f(%.2f)", m, sqrt(fmax(squares / (double)set->n - sum * sum / (double)(set->n * set->n), 0)),
               sum / (double)set->n);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static image_set sets[24];
    const int n_sets = argc - 3;
    const long n_references = argc > 3 ? strtol(argv[1], NULL, 10) : 0,
               n_draws = argc > 3 ? strtol(argv[2], NULL, 10) : 0;
    pb_backbone *backbone;
    pb_status status = pb_backbone_open("builtin", NULL, &backbone);
    counts all[N_SPOILS] = {0}, all_good = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int s = 0; s < n_sets && status == PB_STATUS_OK; s++)
        status = load(argv[3 + s], backbone, &sets[s]);
    for (int s = 0; s < n_sets && status == PB_STATUS_OK; s++) {
        counts good = {0}, spoiled[N_SPOILS] = {0};
        status = spoil_set(&sets[s], &sets[(s + 1) % n_sets], backbone);
        printf("%s: %" PRId64 " photos\n", sets[s].folder, sets[s].n);
        show_deviations(&sets[s]);
        for (int d = 0; d < n_draws && status == PB_STATUS_OK; d++)
            status = draw(&sets[s], n_references, (uint64_t)d, &good, spoiled);
        if (good.n == 0)
            break;
        show("good", &good);
        for (int i = 0; i < N_SPOILS; i++)
            if (spoiled[i].passes > 0)
                show(spoil_names[i], &spoiled[i]);
        for (int i = 0; i < N_SPOILS; i++) {
            all[i].n += spoiled[i].n;
            all[i].score_only += spoiled[i].score_only;
            all[i].passes += spoiled[i].passes;
            all[i].unusable += spoiled[i].unusable;
        }
        all_good.n += good.n;
        all_good.score_only += good.score_only;
        all_good.passes += good.passes;
        all_good.unusable += good.unusable;
    }
    printf("all\n");
    show("good", &all_good);
    for (int i = 0; i < N_SPOILS; i++)
        show(spoil_names[i], &all[i]);
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    return status != PB_STATUS_OK;
}
