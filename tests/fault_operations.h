/* What the program's commands do, each as one function of the library that starts from files and ends with files. */
#ifndef PB_TESTS_FAULT_OPERATIONS_H
#define PB_TESTS_FAULT_OPERATIONS_H

#include "caches.h"
#include "snapshot.h"

#include "base/memory.h"
#include "dataset/dataset.h"
#include "io/features.h"

static char fault_inputs[512]; /* photos/, set/, caches/, part.bank, results, decisions.json */
static char fault_output[512]; /* what an operation writes goes here */

#define IN(name) fault_path(fault_inputs, name)
#define OUT(name) fault_path(fault_output, name)

/* Static buffers, good for eight calls. */
static const char *fault_path(const char *folder, const char *name)
{
    static char path[8][1024];
    static int next;
    char *buffer = path[next++ % 8];
    snprintf(buffer, sizeof path[0], "%s/%s", folder, name);
    return buffer;
}

enum { FAULT_REFERENCES = 4, FAULT_SIDE = 4, FAULT_DIM = 6, FAULT_K = 3 };

/* ---- extract ---- */

static pb_status run_extract(void)
{
    const char *photo = IN("photos/0.png");
    pb_paths paths = {0};
    pb_features *features = NULL;
    pb_backbone *backbone = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_paths_collect(&photo, 1, &paths));
    PB_TRY_GOTO(pb_backbone_open("builtin", NULL, &backbone));
    PB_TRY_GOTO(pb_backbone_extract_files(backbone, (const char *const *)paths.path, paths.n, NULL, &features));
    status = pb_features_save_named(features, (const char *const *)paths.path, OUT("parts.npy"));
done:
    pb_features_free(features);
    pb_backbone_close(backbone);
    pb_paths_free(&paths);
    return status;
}

/* ---- audit ---- */

static pb_status run_audit(void)
{
    const char *photos = IN("photos");
    pb_features *features = NULL;
    pb_references *references = NULL;
    pb_audit *audit = NULL;
    pb_paths paths = {0};
    pb_recall recall = {0};
    pb_status status;
    PB_TRY_GOTO(pb_paths_collect(&photos, 1, &paths));
    PB_TRY_GOTO(pb_features_load(IN("refs.npy"), &features));
    PB_TRY_GOTO(pb_references_new(features, FAULT_K, NULL, &references));
    PB_TRY_GOTO(pb_audit_run(references, PB_AUDIT_RULE_OF_STUDIES, NULL, &audit));
    PB_TRY_GOTO(pb_decisions_recall(IN("decisions.json"), (const char *const *)paths.path, NULL, paths.n, &recall));
    PB_TRY_GOTO(pb_recall_apply(&recall, audit));
    const pb_audit_report content = {.size = sizeof content,

                                     .audit = audit,
                                     .references = references,
                                     .paths = (const char *const *)paths.path,
                                     .recall = &recall};
    status = pb_report_audit(&content, OUT("audit.html"));
done:
    pb_recall_free(&recall);
    pb_audit_free(audit);
    pb_references_free(references);
    pb_features_free(features);
    pb_paths_free(&paths);
    return status;
}

/* ---- fit ---- */

static pb_status fault_measure(const char *path, pb_photo *out)
{
    pb_image image;
    PB_TRY(pb_image_read(path, &image));
    const pb_status status = pb_photo_measure(&image, out);
    pb_image_free(&image);
    return status;
}

static pb_status run_fit(void)
{
    const char *photos = IN("photos");
    pb_features *features = NULL;
    pb_references *references = NULL;
    pb_photo measured[FAULT_REFERENCES];
    pb_decision decisions[FAULT_REFERENCES];
    pb_audit *audit = NULL;
    pb_bank *bank = NULL;
    pb_paths paths = {0};
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_status status;
    options.photos = measured;
    options.decisions = decisions;
    options.purify_method = "loo_patch";
    PB_TRY_GOTO(pb_paths_collect(&photos, 1, &paths));
    for (int64_t i = 0; i < paths.n; i++)
        PB_TRY_GOTO(fault_measure(paths.path[i], &measured[i]));
    PB_TRY_GOTO(pb_decisions_load(IN("decisions.json"), (const char *const *)paths.path, NULL, paths.n, decisions));
    PB_TRY_GOTO(pb_features_load(IN("refs.npy"), &features));
    PB_TRY_GOTO(pb_references_new(features, FAULT_K, NULL, &references));
    PB_TRY_GOTO(pb_bank_fit(references, (const char *const *)paths.path, NULL, &options, &bank, &audit));
    status = pb_bank_save(bank, OUT("part.bank"));
done:
    pb_bank_free(bank);
    pb_audit_free(audit);
    pb_references_free(references);
    pb_features_free(features);
    pb_paths_free(&paths);
    return status;
}

/* ---- fit with altered copies ---- */

static pb_status run_augment(void)
{
    const char *photos = IN("photos");
    const pb_augment augment = {.flips = true};
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    pb_backbone *backbone = NULL;
    pb_features *features = NULL;
    pb_references *references = NULL;
    pb_bank *bank = NULL;
    pb_paths paths = {0};
    pb_status status;
    options.input_size = 128;
    PB_TRY_GOTO(pb_paths_collect(&photos, 1, &paths));
    PB_TRY_GOTO(pb_backbone_open("builtin", &options, &backbone));
    PB_TRY_GOTO(pb_backbone_extract_augmented(backbone, &augment, (const char *const *)paths.path, 3, NULL, NULL, NULL,
                                              &features));
    PB_TRY_GOTO(pb_references_new(features, FAULT_K, NULL, &references));
    PB_TRY_GOTO(pb_bank_fit(references, (const char *const *)paths.path, NULL, NULL, &bank, NULL));
    status = pb_bank_save(bank, OUT("copies.bank"));
done:
    pb_bank_free(bank);
    pb_references_free(references);
    pb_features_free(features);
    pb_backbone_close(backbone);
    pb_paths_free(&paths);
    return status;
}

/* ---- score ---- */

static pb_status fault_heatmap(const pb_bank *bank, const double *patch_scores, const char *photo)
{
    pb_image image = {0}, overlay = {0};
    double low, high;
    const pb_origin *origin = pb_bank_origin(bank);
    pb_status status;
    pb_bank_patch_scale(bank, &low, &high);
    PB_TRY_GOTO(pb_image_read(photo, &image));
    PB_TRY_GOTO(pb_image_overlay(&image, patch_scores, origin->grid_height, origin->grid_width, NULL, low, high, 0.5,
                                 PB_COLORMAP_INFERNO, NULL, &overlay));
    status = pb_image_write_png(&overlay, OUT("heatmap.png"));
done:
    pb_image_free(&image);
    pb_image_free(&overlay);
    return status;
}

static pb_status run_score(void)
{
    pb_bank *bank = NULL;
    pb_backbone *backbone = NULL;
    pb_features *features = NULL;
    double *patch_scores = NULL, score;
    const char *photo = IN("photos/0.png");
    int64_t copy;
    pb_status status;
    PB_TRY_GOTO(pb_bank_load(IN("photos.bank"), &bank));
    PB_TRY_GOTO(pb_bank_open_backbone(bank, NULL, &backbone));
    PB_TRY_GOTO(pb_backbone_extract_files(backbone, &photo, 1, NULL, &features));
    PB_TRY_GOTO(PB_NEW(patch_scores, pb_features_n_patches(features)));
    PB_TRY_GOTO(pb_bank_score(bank, features, patch_scores, &score));
    PB_TRY_GOTO(pb_bank_find_copies(bank, &photo, 1, &copy));
    status = fault_heatmap(bank, patch_scores, photo);
done:
    pb_free(patch_scores);
    pb_features_free(features);
    pb_backbone_close(backbone);
    pb_bank_free(bank);
    return status;
}

/* ---- eval ---- */

/* Each mask file as a region, as set/defects_config.json has it. */
static pb_status fault_regions(const pb_paths *masks, pb_pixel_metrics *metrics)
{
    pb_saturations *saturations;
    pb_status status = pb_saturations_find(masks->path[0], &saturations);
    for (int64_t i = 0; i < masks->n && status == PB_STATUS_OK; i++) {
        pb_saturated_region region;
        status = pb_saturated_region_read(saturations, masks->path[i], &region);
        if (status == PB_STATUS_OK)
            status = pb_pixel_metrics_add_region(metrics, region.mask, region.width, region.height, region.enough,
                                                 region.is_share);
        pb_buffer_free(region.mask);
    }
    pb_saturations_free(saturations);
    return status;
}

static pb_status fault_pixels(const pb_testset *set, const pb_bank *bank, const double *patch_scores, int64_t n_patches,
                              pb_pixel_figures *out)
{
    const pb_origin *origin = pb_bank_origin(bank);
    pb_pixel_metrics *metrics;
    PB_TRY(pb_pixel_metrics_new(&metrics));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < set->n && status == PB_STATUS_OK; i++) {
        uint8_t *mask = NULL;
        int32_t width = 0, height = 0;
        if (set->label[i])
            status = pb_defect_mask_read(&set->mask[i], set->path[i], &mask, &width, &height);
        if (status == PB_STATUS_OK)
            status = pb_pixel_metrics_add(metrics, patch_scores + i * n_patches, origin->grid_height,
                                          origin->grid_width, mask, width, height);
        if (status == PB_STATUS_OK && set->label[i])
            status = fault_regions(&set->mask[i], metrics);
        pb_buffer_free(mask);
    }
    if (status == PB_STATUS_OK)
        status = pb_pixel_metrics_result(metrics, out);
    pb_pixel_metrics_free(metrics);
    return status;
}

static pb_status run_eval(void)
{
    pb_bank *bank = NULL;
    pb_testset *set = NULL;
    pb_features *features = NULL;
    double *patch_scores = NULL, *scores = NULL;
    pb_detection_metrics image;
    pb_pixel_figures pixel;
    pb_status status;
    PB_TRY_GOTO(pb_bank_load(IN("part.bank"), &bank));
    PB_TRY_GOTO(pb_testset_open(IN("set/test"), &set));
    PB_TRY_GOTO(pb_features_load(IN("set.npy"), &features));
    const int64_t n_patches = pb_features_n_patches(features);
    PB_TRY_GOTO(PB_NEW(patch_scores, set->n * n_patches));
    PB_TRY_GOTO(PB_NEW(scores, set->n));
    PB_TRY_GOTO(pb_bank_score(bank, features, patch_scores, scores));
    pb_eval_report content = {.size = sizeof content,
                              .bank = bank,
                              .bank_path = "part.bank",
                              .testset = set,
                              .image_scores = scores,
                              .patch_scores = patch_scores,
                              .n_patches = n_patches,
                              .image = &image,
                              .pixel = &pixel};
    PB_TRY_GOTO(pb_metrics_detection(scores, set->label, set->n, &image));
    PB_TRY_GOTO(fault_pixels(set, bank, patch_scores, n_patches, &pixel));
    status = pb_report_eval(&content, OUT("eval.html"));
done:
    pb_free(patch_scores);
    pb_free(scores);
    pb_features_free(features);
    pb_testset_free(set);
    pb_bank_free(bank);
    return status;
}

/* ---- info ---- */

static pb_status run_info(void)
{
    pb_bank *bank = NULL;
    pb_features *features = NULL;
    char *text = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_bank_load(IN("part.bank"), &bank));
    PB_TRY_GOTO(pb_bank_describe(bank, &text));
    status = pb_features_load(IN("refs.npy"), &features);
done:
    pb_buffer_free(text);
    pb_features_free(features);
    pb_bank_free(bank);
    return status;
}

/* ---- mend ---- */

static pb_status fault_mended(pb_mend *mend, const pb_features *features, const pb_photo *photo)
{
    static const int32_t patches[] = {1, 2};
    const pb_change_note note = {.author = "a person", .reason = "a reason"};
    pb_bank *mended = NULL;
    pb_audit *audit = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_mend_add(mend, "new.png", NULL, features, photo));
    PB_TRY_GOTO(pb_mend_remove(mend, 0));
    PB_TRY_GOTO(pb_mend_exclude(mend, 1, patches, 2));
    PB_TRY_GOTO(pb_mend_audit(mend, NULL, NULL, &audit));
    PB_TRY_GOTO(pb_mend_apply(mend, &note, NULL, &mended));
    status = pb_bank_save(mended, OUT("part.bank"));
done:
    pb_audit_free(audit);
    pb_bank_free(mended);
    return status;
}

static pb_status run_mend(void)
{
    static const double scores[] = {9, 1, 1, 1, 1, 8};
    int32_t worst[] = {-1, -1};
    pb_bank *bank = NULL;
    pb_mend *mend = NULL;
    pb_features *features = NULL, *one = NULL;
    pb_photo measured;
    pb_trace_row trace[2 * FAULT_K];
    pb_status status;
    PB_TRY_GOTO(pb_worst_patches(scores, 6, 2, worst));
    assert_true(worst[0] == 0 && worst[1] == 5); /* or it says that it failed */
    PB_TRY_GOTO(pb_bank_load(IN("part.bank"), &bank));
    PB_TRY_GOTO(pb_features_load(IN("set.npy"), &features));
    PB_TRY_GOTO(pb_features_slice(features, 0, 1, &one));
    PB_TRY_GOTO(fault_measure(IN("set/test/good/0.png"), &measured));
    PB_TRY_GOTO(pb_bank_trace(bank, one, worst, 2, FAULT_K, trace));
    PB_TRY_GOTO(pb_mend_new(bank, &mend));
    status = fault_mended(mend, one, &measured);
done:
    pb_mend_free(mend);
    pb_features_free(one);
    pb_features_free(features);
    pb_bank_free(bank);
    return status;
}

/* ---- cache ---- */

static pb_status run_cache(void)
{
    pb_backbone *backbone = NULL;
    pb_dataset *set = NULL;
    pb_cache_writer *writer = NULL;
    pb_cache_findings findings = {0};
    pb_status status;
    PB_TRY_GOTO(pb_dataset_open(IN("set"), "all", &set));
    PB_TRY_GOTO(pb_backbone_open("builtin", NULL, &backbone));
    PB_TRY_GOTO(pb_cache_writer_open(OUT("cache"), set, backbone, NULL, &writer));
    PB_TRY_GOTO(pb_cache_writer_run(writer, 0, NULL));
    PB_TRY_GOTO(pb_cache_check(OUT("cache/set"), &findings));
    if (findings.problems.n > 0)
        status = pb_fail(PB_STATUS_BAD_FORMAT, "%s", findings.problems.path[0]);
done:
    pb_paths_free(&findings.problems);
    pb_paths_free(&findings.notes);
    pb_cache_writer_close(writer);
    pb_backbone_close(backbone);
    pb_dataset_free(set);
    return status;
}

/* ---- experiment ---- */

static pb_status run_experiment(void)
{
    pb_experiment_options options = PB_EXPERIMENT_OPTIONS_INIT;
    const pb_experiment_caches caches = {NULL, IN("caches")};
    pb_experiment *experiment;
    options.limits = "4";
    options.seeds = "0,1";
    options.contamination = "0,0.25";
    options.methods = "fast";
    options.memory = INT64_C(1) << 30;
    PB_TRY(pb_experiment_open("main", &caches, 1, OUT("results"), &options, &experiment));
    const pb_status status = pb_experiment_compute(experiment, NULL);
    pb_experiment_close(experiment);
    return status;
}

/* ---- merge, compare, tables, report of a study ---- */

static pb_status run_merge(void)
{
    const char *const inputs[] = {IN("a.csv"), IN("b.csv")};
    pb_results_merged merged;
    return pb_results_merge(inputs, 2, NULL, OUT("all.csv"), &merged);
}

static pb_status run_compare(void)
{
    pb_results_comparison comparison;
    PB_TRY(pb_results_compare(IN("a.csv"), IN("a.csv"), NULL, 0, &comparison));
    pb_results_comparison_free(&comparison);
    return PB_STATUS_OK;
}

static pb_status fault_write_tables(const pb_study_tables *tables)
{
    for (int64_t i = 0; i < tables->n && i < 3; i++)
        for (pb_table_format format = PB_TABLE_LATEX; format <= PB_TABLE_CSV; format++) {
            char name[256];
            snprintf(name, sizeof name, "%s%s", pb_table_id(tables->table[i]), pb_table_suffix(format));
            PB_TRY(pb_table_write(tables->table[i], format, OUT(name)));
        }
    return PB_STATUS_OK;
}

static pb_status run_tables(void)
{
    const char *const inputs[] = {IN("a.csv"), IN("b.csv")};
    const pb_study_selection selection = {.size = sizeof selection, .methods = "none"};
    pb_study *study = NULL;
    pb_study_selected selected = {0}, baseline = {0};
    pb_study_tables tables = {0};
    pb_status status;
    PB_TRY_GOTO(pb_study_read(inputs, 2, (pb_study_setups){0}, &study));
    PB_TRY_GOTO(pb_study_select(study, &selection, &baseline));
    PB_TRY_GOTO(pb_study_select(study, NULL, &selected));
    PB_TRY_GOTO(pb_study_tables_make(&selected, NULL, &tables));
    PB_TRY_GOTO(fault_write_tables(&tables));
    const pb_study_page page = {
        .size = sizeof page, .study = selected.study, .tables = &tables, .sources = inputs, .n_sources = 2};
    status = pb_report_study(&page, OUT("study.html"));
done:
    pb_study_tables_free(&tables);
    pb_study_selected_free(&selected);
    pb_study_selected_free(&baseline);
    pb_study_free(study);
    return status;
}

#endif
