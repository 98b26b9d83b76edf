/* synthetic defects, and sensitivity: what a bank would see of them. */
#include <math.h>
#include <string.h>

#include <purebank/sensitivity.h>

#include "photos.h"

enum { SIDE = 120 };

static void make_grey(pb_image *out, uint8_t level)
{
    assert_ok(pb_image_new(SIDE, SIDE, out));
    memset(out->rgb, level, (size_t)SIDE * SIDE * 3);
}

/* ---- defects ------------------------------------------------------------------------------------------------------ */

/* Nothing outside the rectangle that is returned; inside, pixels change, and by no more than the contrast. */
static void defects_stay_in_their_place(void **state)
{
    (void)state;
    for (int kind = 0; kind < PB_N_DEFECT_KINDS; kind++)
        for (uint64_t seed = 0; seed < 50; seed++) {
            pb_image image;
            pb_rect place;
            const pb_defect defect = {(pb_defect_kind)kind, kind == PB_DEFECT_SCRATCH ? 3 : 20, 0.2};
            int64_t changed = 0;
            make_grey(&image, 100);
            for (int i = 0; i < SIDE * SIDE; i++) /* something that may be missing */
                image.rgb[3 * i] = (uint8_t)(90 + i % 7);
            pb_image before;
            assert_ok(pb_image_crop(&image, 0, 0, SIDE, SIDE, &before));
            assert_ok(pb_defect_draw(&image, &defect, seed, &place));
            assert_true(place.left >= 0 && place.top >= 0 && place.left + place.width <= SIDE &&
                        place.top + place.height <= SIDE);
            for (int i = 0; i < SIDE * SIDE * 3; i++) {
                const int x = i / 3 % SIDE, y = i / 3 / SIDE, step = abs(image.rgb[i] - before.rgb[i]);
                const bool inside =
                    x >= place.left && x < place.left + place.width && y >= place.top && y < place.top + place.height;
                assert_true(step == 0 || inside);
                assert_true(step <= 51); /* .2 of 255 */
                changed += step > 0;
            }
            assert_true(changed > 10);
            pb_image_free(&before);
            pb_image_free(&image);
        }
}

/* @return the largest difference of a grey photo from its level, with its sign */
static int draw_on(uint8_t level, const pb_defect *defect, uint64_t seed)
{
    pb_image image;
    int largest = 0;
    make_grey(&image, level);
    assert_ok(pb_defect_draw(&image, defect, seed, NULL));
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        if (abs(image.rgb[i] - level) > abs(largest))
            largest = image.rgb[i] - level;
    pb_image_free(&image);
    return largest;
}

static void contrast_is_a_share_of_white(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const pb_defect scratch = {PB_DEFECT_SCRATCH, 4, 0.2}, stain = {PB_DEFECT_STAIN, 24, 0.4};
        assert_int_equal(draw_on(200, &scratch, seed), -51); /* dark on bright */
        assert_int_equal(draw_on(50, &scratch, seed), 51);   /* bright on dark */
        assert_true(abs(draw_on(200, &stain, seed) + 102) <= 1);
        const pb_defect missing = {PB_DEFECT_MISSING, 24, 1};
        assert_int_equal(draw_on(77, &missing, seed), 0); /* of nothing, nothing is missing */
    }
}

/* What is lost in a missing patch is its texture: the mean of the ring around it is all that is left. */
static void a_missing_patch_is_even(void **state)
{
    (void)state;
    pb_image image;
    pb_rect place;
    const pb_defect missing = {PB_DEFECT_MISSING, 30, 1};
    make_grey(&image, 0);
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        image.rgb[i] = (uint8_t)(i / 3 % 2 ? 80 : 120);
    assert_ok(pb_defect_draw(&image, &missing, 5, &place));
    const int x = place.left + place.width / 2, y = place.top + place.height / 2;
    for (int d = -8; d <= 8; d++)
        assert_true(abs(image.rgb[((y + d) * SIDE + x + d) * 3] - 100) <= 3);
    pb_image_free(&image);
}

/* Rows of an experiment differ in their contrast and in nothing else. */
static void the_seed_alone_says_where(void **state)
{
    (void)state;
    pb_rect a, b, other;
    pb_image image;
    int64_t moved = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        make_grey(&image, 90);
        assert_ok(pb_defect_draw(&image, &(pb_defect){PB_DEFECT_DENT, 20, 0.1}, seed, &a));
        assert_ok(pb_defect_draw(&image, &(pb_defect){PB_DEFECT_DENT, 20, 0.9}, seed, &b));
        assert_ok(pb_defect_draw(&image, &(pb_defect){PB_DEFECT_DENT, 20, 0.1}, seed + 100, &other));
        assert_memory_equal(&a, &b, sizeof a);
        moved += a.left != other.left || a.top != other.top;
        pb_image_free(&image);
    }
    assert_true(moved >= 9);
}

static void what_is_no_defect_is_refused(void **state)
{
    (void)state;
    const double nan = (double)NAN;
    const pb_defect wrong[] = {
        {(pb_defect_kind)5, 4, 0.1}, {(pb_defect_kind)-1, 4, 0.1}, {PB_DEFECT_STAIN, 0.5, 0.1},
        {PB_DEFECT_STAIN, 60, 0.1},  {PB_DEFECT_STAIN, nan, 0.1},  {PB_DEFECT_STAIN, 8, 1.1},
        {PB_DEFECT_STAIN, 8, -0.1},  {PB_DEFECT_STAIN, 8, nan},    {PB_DEFECT_SCRATCH, 1e9, 0.1}};
    pb_image image;
    make_grey(&image, 90);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_status(pb_defect_draw(&image, &wrong[i], 0, NULL), PB_STATUS_BAD_ARGUMENT);
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        assert_int_equal(image.rgb[i], 90);
    pb_image_free(&image);
    assert_string_equal(pb_defect_kind_name(PB_DEFECT_FOREIGN), "foreign");
    assert_string_equal(pb_defect_kind_name((pb_defect_kind)9), "unknown");
}

/* ---- sensitivity -------------------------------------------------------------------------------------------------- */

static pb_bank *load(const char *name)
{
    char path[512];
    pb_bank *bank;
    in_root(name, path);
    assert_ok(pb_bank_load(path, &bank));
    return bank;
}

/* A row's example, scored as it is defined: drawn by its seed into the example photo, against a bank of the others. */
static void rows_are_scores_without_the_reference(void **state)
{
    (void)state;
    static const double sizes[] = {3, 16}, contrasts[] = {0.1, 0.6};
    pb_sensitivity_options options = PB_SENSITIVITY_OPTIONS_INIT;
    pb_sensitivity *found;
    pb_backbone *backbone;
    options.sizes = sizes;
    options.contrasts = contrasts;
    options.n_sizes = options.n_contrasts = 2;
    options.n_references = 3;
    assert_run("fit refs/00.png refs/01.png refs/02.png refs/04.png refs/05.png refs/06.png -o good.bank", 0);
    assert_run("fit refs/01.png refs/02.png refs/04.png refs/05.png refs/06.png -o rest.bank --audit off", 0);
    pb_bank *bank = load("good.bank"), *rest = load("rest.bank");
    assert_ok(pb_bank_open_backbone(bank, NULL, &backbone));
    char here[1024];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(program_folder), 0); /* where the bank's paths begin */
    assert_ok(pb_sensitivity_run(bank, backbone, &options, &found));
    assert_int_equal(pb_sensitivity_n_rows(found), PB_N_DEFECT_KINDS * 4);
    assert_int_equal(pb_sensitivity_n_references(found) + pb_sensitivity_n_left_out(found), 3);
    assert_string_equal(pb_sensitivity_example(found), "refs/00.png");
    int64_t seen = 0;
    for (int64_t i = 0; i < pb_sensitivity_n_rows(found); i++) {
        const pb_sensitivity_row *row = pb_sensitivity_row_at(found, i);
        pb_image image;
        pb_features *features;
        double patch_scores[784], score;
        assert_true(row->defect.size == sizes[i / 2 % 2] && row->defect.contrast == contrasts[i % 2]);
        assert_int_equal(row->n, pb_sensitivity_n_references(found));
        assert_true(row->caught >= row->example && row->caught <= row->n);
        assert_ok(pb_image_read(pb_sensitivity_example(found), &image));
        assert_ok(pb_defect_draw(&image, &row->defect, row->seed, NULL));
        assert_ok(pb_features_new(1, pb_bank_origin(rest), &features));
        assert_ok(pb_backbone_extract(backbone, &image, 1, pb_features_rows(features)));
        assert_ok(pb_bank_score(rest, features, patch_scores, &score));
        assert_int_equal(row->example, score > pb_bank_threshold(bank)->value);
        seen += row->caught;
        pb_features_free(features);
        pb_image_free(&image);
    }
    assert_true(seen > 0); /* a stain of 16 pixels and 60 % on these parts of 96 x 80 is no secret */
    assert_int_equal(chdir(here), 0);
    pb_sensitivity_free(found);
    pb_backbone_close(backbone);
    pb_bank_free(bank);
    pb_bank_free(rest);
}

static void the_program_says_what_is_seen(void **state)
{
    (void)state;
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    assert_run(
        "sensitivity part.bank --sizes 2,20 --contrasts 5%,70% --limit 3 --json s.json --csv s.csv --report s.html", 0);
    assert_says("stain       20 px    0 of 3      3 of 3");
    assert_says("stain     from 20 px at 70 % contrast");
    json_t *object = load_json("s.json");
    assert_int_equal(json_array_size(json_object_get(object, "rows")), 20);
    assert_int_equal(json_integer_value(json_object_get(object, "references")), 3);
    json_decref(object);
    assert_script("test $(wc -l <s.csv) = 21 && grep -q 'stain,20.*,3,3,' s.csv", 0);
    assert_script("test $(grep -o 'data:image/jpeg' s.html | wc -l) = 20", 0);
    assert_run("sensitivity part.bank --sizes 2,20 --contrasts 5%,70% --limit 3 --csv one.csv --threads 1", 0);
    assert_script("cmp one.csv s.csv", 0);
    assert_run("sensitivity part.bank --sizes 2,20 --contrasts 5%,70% --limit 3 --csv other.csv --seed 7", 0);
    assert_script("cmp -s other.csv s.csv", 1);
}

/* The page of a fit has the table of fewer references: the same rows that the command finds with as many. */
static void the_report_of_a_fit_has_it(void **state)
{
    (void)state;
    assert_run("fit refs -o part.bank --decisions reviewed.json --report fit.html --sensitivity 3", 0);
    assert_says("Of defects drawn into 3 of 7 references, ");
    assert_script("test $(grep -o 'data:image/jpeg' fit.html | wc -l) -ge 60 && grep -q 'id=\"sensitivity\"' fit.html",
                  0);
    assert_run("sensitivity part.bank --limit 3 --report s.html", 0);
    assert_script("grep -o '<td>[0-9]* of 3</td>' fit.html >a.txt; grep -o '<td>[0-9]* of 3</td>' s.html >b.txt; "
                  "test $(wc -l <a.txt) = 60 && cmp a.txt b.txt",
                  0);
    assert_run("fit refs -o part.bank --decisions reviewed.json --report fit.html", 0); /* 5, unless told */
    assert_script("grep -q '<td>[0-9]* of 5</td>' fit.html", 0);
    assert_run("fit refs -o part.bank --decisions reviewed.json --report fit.html --sensitivity 0", 0);
    assert_says("not known  which defects it sees");
    assert_script("grep -q 'id=\"sensitivity\"' fit.html", 1);
    assert_run("fit refs -o part.bank --report fit.html --sensitivity many", 2);
    assert_run("fit refs -o part.bank --decisions reviewed.json --sensitivity 3", 0);
    assert_says("--sensitivity has no effect without --report");
}

/* Features show no photos to draw into: the page does without. */
static void features_have_no_such_section(void **state)
{
    (void)state;
    assert_run("extract refs -o f.npy", 0);
    assert_run("fit f.npy -o f.bank --report f.html --sensitivity 2", 0);
    assert_script("grep -q 'id=\"sensitivity\"' f.html", 1);
}

/* Refs 0 to 5 enlarged four times, the seventh as it was, and cut: the defaults of a large photo would not fit into it. */
static void write_mixed_photos(void)
{
    make_folder("mixed");
    for (int i = 0; i < 7; i++) {
        char from[512], to[512], name[32];
        pb_image image, other;
        snprintf(name, sizeof name, "refs/%02d.png", i);
        in_root(name, from);
        snprintf(name, sizeof name, "mixed/%d.png", i);
        in_root(name, to);
        assert_ok(pb_image_read(from, &image));
        if (i < 6)
            assert_ok(pb_image_resize(&image, 384, 320, PB_RESAMPLE_BICUBIC, &other));
        else
            assert_ok(pb_image_crop(&image, 0, 0, 96, 60, &other));
        assert_ok(pb_image_write_png(&other, to));
        pb_image_free(&image);
        pb_image_free(&other);
    }
}

/* 320 / 5 = 64 pixels is more than half of 60. */
static void photos_of_different_sizes_are_drawn_into(void **state)
{
    (void)state;
    write_mixed_photos();
    assert_run("fit mixed -o mixed.bank --audit off", 0);
    assert_says(
        "the reference photos differ in size: their shorter sides are 60 to 320 pixels, and all become 448 x 448");
    assert_says("differ in shape: their widths over heights are 1.20 to 1.60");
    assert_run("sensitivity mixed.bank --contrasts 40% --json m.json", 0);
    assert_says("scratch      4 px"); /* by a side of 60: 1, 2 and 4; 3, 6 and 12 */
    assert_says("stain       12 px");
    json_t *object = load_json("m.json");
    assert_int_equal(json_array_size(json_object_get(object, "rows")), 15);
    assert_int_equal(json_integer_value(json_object_get(object, "in_bank")), 7);
    json_decref(object);
    assert_run("sensitivity mixed.bank --sizes 5,30", 2);
    assert_says("--sizes 5,30: mixed/6.png: a defect of 30 pixels does not fit into a photo of 96 x 60");
}

/* What was drawn into, of how many, and why not all; and one sentence for it all. */
static void the_summary_says_what_it_rests_on(void **state)
{
    (void)state;
    assert_run("fit refs -o part.bank --decisions reviewed.json", 0);
    assert_run("sensitivity part.bank --sizes 2,20 --contrasts 5%,70% --limit 3", 0);
    assert_says("defects drawn into 3 of 7 references");
    assert_says("4 were not looked at: at most 3 are taken unless --limit says otherwise");
    assert_run("sensitivity part.bank --sizes 1 --contrasts 1% --limit 3", 0);
    assert_says(
        "Not seen at any contrast up to 1 % (fewer than half are caught): scratches of all sizes, up to 1 px, dents");
    assert_run("sensitivity part.bank --sizes 30 --contrasts 1% --limit 8", 0);
    assert_null(strstr(program_output, "unless --limit says otherwise"));
}

static void what_cannot_be_said_is_refused(void **state)
{
    (void)state;
    assert_run("sensitivity part.bank --sizes 60", 2);
    assert_says("does not fit into a photo of 96 x 80");
    assert_run("sensitivity part.bank --contrasts 0", 2);
    assert_run("sensitivity part.bank --sizes x", 2);
    assert_script("cp refs/00.png kept.png && cp refs/01.png refs/00.png", 0);
    assert_run("sensitivity part.bank --limit 2", 3);
    assert_says("refs/00.png has changed since the bank was made");
    assert_script("rm refs/00.png", 0);
    assert_run("sensitivity part.bank --limit 2", 3);
    assert_says("refs/00.png");
    assert_script("mv kept.png refs/00.png", 0);
    assert_run("extract refs -o refs.npy", 0);
    assert_script("rm refs.origin.json", 0);
    assert_run("fit refs.npy -o unknown.bank", 0);
    assert_run("sensitivity unknown.bank", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defects_stay_in_their_place),
        cmocka_unit_test(contrast_is_a_share_of_white),
        cmocka_unit_test(a_missing_patch_is_even),
        cmocka_unit_test(the_seed_alone_says_where),
        cmocka_unit_test(what_is_no_defect_is_refused),
        cmocka_unit_test(rows_are_scores_without_the_reference),
        cmocka_unit_test(photos_of_different_sizes_are_drawn_into),
        cmocka_unit_test(the_summary_says_what_it_rests_on),
        cmocka_unit_test(the_program_says_what_is_seen),
        cmocka_unit_test(the_report_of_a_fit_has_it),
        cmocka_unit_test(features_have_no_such_section),
        cmocka_unit_test(what_cannot_be_said_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, begin_with_photos, remove_program_folder);
}
