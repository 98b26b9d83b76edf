/* References with features and photos, and banks that are fitted to some of them, to be changed. */
#ifndef PB_TESTS_MENDED_H
#define PB_TESTS_MENDED_H

#include <math.h>

#include <purebank/image.h>
#include <purebank/mend.h>

#include "io/features.h"
#include "support.h"

enum { N = 9, SIDE = 5, P = SIDE * SIDE, D = 12, PX = 40 };

static const pb_origin origin = TEST_ORIGIN(SIDE, D);

/* N images with features and photos; image 3 has a defect in 4 patches. */
typedef struct set {
    float rows[N][P][D];
    pb_photo photos[N];
    char names[N][16], digests[N][65];
    pb_augment augment; /* copies that features have; their patches differ a little from the photo's */
} set;

static inline void make_photo(test_rng *rng, pb_photo *out)
{
    pb_image image;
    assert_ok(pb_image_new(PX, PX, &image));
    for (int i = 0; i < PX * PX * 3; i++)
        image.rgb[i] = (uint8_t)(60 + (i / 3 % PX) * 3 + (int)(20 * test_rng_uniform(rng)));
    assert_ok(pb_photo_measure(&image, out));
    pb_image_free(&image);
}

static inline void make_set(set *s)
{
    test_rng rng = {11};
    for (int i = 0; i < N; i++) {
        for (int p = 0; p < P; p++)
            for (int d = 0; d < D; d++)
                s->rows[i][p][d] = (float)(sin(0.7 * p + d) + 0.1 * test_rng_normal(&rng) + (i == 3 && p < 4 ? 3 : 0));
        make_photo(&rng, &s->photos[i]);
        snprintf(s->names[i], sizeof s->names[i], "refs/%d.png", i);
        snprintf(s->digests[i], sizeof s->digests[i], "%064d", i + 1);
    }
}

/* How a bank is to be fitted, of which references, in which order. */
typedef struct recipe {
    pb_bank_options options;
    bool photos;
    bool region; /* without the last column and the last row of patches */
    int n, image[N];
    pb_decision decision[N];
    uint8_t by_person[N];
    uint8_t excluded[N][P]; /* by image of the set */
} recipe;

static inline pb_features *features_of(const set *s, const int *images, int n)
{
    pb_features *features;
    const int n_variants = (int)pb_augment_n_variants(&s->augment);
    assert_ok(pb_features_new_within(n, &origin, NULL, &s->augment, &features));
    float *out = pb_features_rows(features);
    for (int i = 0; i < n * n_variants; i++)
        for (int j = 0; j < P * D; j++)
            *out++ = s->rows[images[i / n_variants]][j / D][j % D] +
                     (i % n_variants > 0 ? (float)(0.2 * sin(images[i / n_variants] + 3.1 * (i % n_variants) + 1.7 * j))
                                         : 0);
    return features;
}

static inline pb_roi *region(void)
{
    uint8_t inside[P];
    pb_roi *roi;
    for (int p = 0; p < P; p++)
        inside[p] = p % SIDE < SIDE - 1 && p / SIDE < SIDE - 1;
    assert_ok(pb_roi_new(inside, SIDE, SIDE, "middle", &roi));
    return roi;
}

/* Features of the region, and what of `excluded` is in it. */
static inline void cut_to_region(pb_features **features, uint8_t *excluded)
{
    pb_features *cut;
    pb_roi *roi = region();
    int64_t to = 0;
    assert_ok(pb_features_cut(*features, roi, &cut));
    for (int64_t i = 0; i < pb_features_n_images(cut) * P; i++)
        if (pb_roi_inside(roi)[i % P])
            excluded[to++] = excluded[i];
    pb_roi_free(roi);
    pb_features_free(*features);
    *features = cut;
}

static inline pb_bank *fit(const set *s, const recipe *r, bool decided)
{
    const char *paths[N], *digests[N];
    pb_photo photos[N];
    uint8_t excluded[N * P] = {0};
    pb_features *features = features_of(s, r->image, r->n);
    pb_references *references;
    pb_bank *bank = NULL;
    pb_bank_options options = r->options;
    for (int i = 0; i < r->n; i++) {
        paths[i] = s->names[r->image[i]];
        digests[i] = s->digests[r->image[i]];
        photos[i] = s->photos[r->image[i]];
        memcpy(excluded + (size_t)i * P, r->excluded[r->image[i]], P);
    }
    if (r->region)
        cut_to_region(&features, excluded);
    options.photos = r->photos ? photos : NULL;
    options.excluded = excluded;
    options.decisions = decided ? r->decision : NULL;
    options.by_person = decided ? r->by_person : NULL;
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, paths, digests, &options, &bank, NULL));
    pb_references_free(references);
    pb_features_free(features);
    return bank;
}

/* Images 0 .. n - 1, as fit takes them from one who has decided nothing. */
static inline recipe recipe_of(int n)
{
    recipe r = {.options = PB_BANK_OPTIONS_INIT, .photos = true, .n = n};
    r.options.audit_rule = PB_AUDIT_RULE_OF_STUDIES; /* flags image 3 alone */
    for (int i = 0; i < n; i++)
        r.image[i] = i;
    return r;
}

static inline void add(const set *s, int image, pb_mend *mend)
{
    pb_features *features = features_of(s, &image, 1);
    assert_ok(pb_mend_add(mend, s->names[image], s->digests[image], features, &s->photos[image]));
    pb_features_free(features);
}

static inline pb_bank *apply(pb_mend *mend)
{
    pb_bank *mended = NULL;
    assert_ok(pb_mend_apply(mend, NULL, NULL, &mended));
    return mended;
}

#endif
